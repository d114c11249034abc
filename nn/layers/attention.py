"""Multi-head attention: several attentions side by side, each in a part of the features.

Queries, keys and values go through a linear map each, are cut into heads, attend (see
`nn.functional.attention`), and are put together again by one more linear map.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor, get_default_dtype
from nn import errors, functional as F, init
from nn.functional.attention import attention_weights, read_mask
from nn.functional.checks import flag
from nn.inputs import Array, as_input
from nn.layers.cells import probability
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class MultiheadAttention(Module):
    """Each head: softmax(q @ k.T / sqrt(d)) @ v, with d = embed_dim / num_heads.

    Args:
        embed_dim: features of a query, and of the result.
        num_heads: a divisor of embed_dim.
        dropout: the probability of dropping a weight of the attention, in training.
        bias: whether the linear maps have biases.
        add_bias_kv: one more key and value that are learned.
        add_zero_attn: one more key and value that are zeros.
        kdim, vdim: features of a key and of a value; embed_dim unless given.
        batch_first: (N, L, E) instead of (L, N, E).
        generator: of the initial weights and of the dropout: a numpy Generator, a seed, or None.

    Attributes:
        in_proj_weight: (3 * embed_dim, embed_dim), for queries, keys and values, one below the
            other; with kdim or vdim, q_proj_weight, k_proj_weight and v_proj_weight in its place.
        in_proj_bias: (3 * embed_dim,), or None.
        out_proj: a Linear.
        bias_k, bias_v: (1, 1, embed_dim), or None.

    Called with query (L, N, embed_dim), key (S, N, kdim), value (S, N, vdim), or all without N,
    and

    - key_padding_mask, (N, S): keys that nobody may look at (True), or numbers to be added;
    - attn_mask, (L, S) or (N * num_heads, L, S): where a query may not look (True), or numbers;
    - need_weights: return the weights of the attention too;
    - average_attn_weights: their mean over heads, (N, L, S), instead of (N, num_heads, L, S);
    - is_causal: a remark that attn_mask is the causal one; the mask itself decides.

    Returns the result, (L, N, embed_dim), and the weights or None. A query that may look nowhere
    gets weights of 0 (in PyTorch they are nan if need_weights is True).

    Vaswani et al., "Attention is all you need", 2017.

    Raises:
        ShapeError: for other shapes.
        DTypeError: for a mask of integers.

    >>> attention = MultiheadAttention(8, 2, batch_first=True, generator=0)
    >>> x = np.ones((3, 5, 8))
    >>> out, weights = attention(x, x, x)
    >>> out.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))
    >>> attention
    MultiheadAttention(
      8, 2, batch_first=True
      (out_proj): Linear(in_features=8, out_features=8, bias=True)
    )
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        *,
        generator: init.Seed = None,
    ) -> None:
        name = "MultiheadAttention"
        self.embed_dim = width = positive(name, "embed_dim", embed_dim)
        self.num_heads = positive(name, "num_heads", num_heads)
        if width % self.num_heads:
            raise errors.bad_option(name, "num_heads", f"a divisor of {width}", num_heads)
        self.kdim = width if kdim is None else positive(name, "kdim", kdim)
        self.vdim = width if vdim is None else positive(name, "vdim", vdim)
        self.dropout = probability(name, "dropout", dropout)
        self.batch_first = flag(name, "batch_first", batch_first)
        self.add_zero_attn = flag(name, "add_zero_attn", add_zero_attn)
        generator = init.as_generator(generator)
        self.drop = Dropout(dropout, generator=generator) if dropout else None
        self._joint = self.kdim == self.vdim == width
        if self._joint:
            self.in_proj_weight = _empty(3 * width, width)
        else:
            self.q_proj_weight = _empty(width, width)
            self.k_proj_weight = _empty(width, self.kdim)
            self.v_proj_weight = _empty(width, self.vdim)
        self.in_proj_bias = _empty(3 * width) if flag(name, "bias", bias) else None
        learned = flag(name, "add_bias_kv", add_bias_kv)
        self.bias_k = _empty(1, 1, width) if learned else None
        self.bias_v = _empty(1, 1, width) if learned else None
        self.out_proj = Linear(width, width, bias=bias, generator=generator)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw weights by Xavier's rule, as PyTorch does; biases are 0."""
        generator = init.as_generator(generator)
        for weight in [self.in_proj_weight] if self._joint else self._three():
            bound = math.sqrt(6.0 / sum(weight.shape))
            init.uniform_(weight, -bound, bound, generator)
        self.out_proj.reset_parameters(generator)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                bias.overwrite()[...] = 0.0
        for more in (self.bias_k, self.bias_v):
            if more is not None:
                size = 1.0 / math.sqrt(self.embed_dim)
                more.overwrite()[...] = size * generator.standard_normal(more.shape)

    def _three(self) -> list[Any]:
        """The weights for queries, keys and values."""
        if not self._joint:
            return [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        width = self.embed_dim
        return [self.in_proj_weight[i * width : (i + 1) * width] for i in range(3)]

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        if is_causal and attn_mask is None:
            raise errors.no_causal_mask("MultiheadAttention")
        one = query is key is value
        q, k, v = self._inputs(query, key, value)
        alone = q.ndim == 2
        batch_axis = 0 if self.batch_first and not alone else 1
        if alone:
            q, k, v = (ag.expand_dims(x, 1) for x in (q, k, v))
        batch = q.shape[batch_axis]
        length, keys = q.shape[1 - batch_axis], k.shape[1 - batch_axis]
        if one and self._joint:
            joint = F.linear(q, self.in_proj_weight, self.in_proj_bias)
            width = self.embed_dim
            projected = [joint[..., i * width : (i + 1) * width] for i in range(3)]
        else:
            projected = [
                F.linear(x, weight, bias)
                for x, weight, bias in zip((q, k, v), self._three(), self._biases(), strict=True)
            ]
        q, k, v = (self._heads(x, batch_axis) for x in projected)
        k, v = self._extended(k, self.bias_k), self._extended(v, self.bias_v)
        padding = key_padding_mask
        mask = self._mask(attn_mask, padding, alone, batch, length, keys, k.shape[-2], q.dtype)
        weights = attention_weights(q, k, mask)
        if self.drop is not None:
            weights = self.drop(weights)
        out = ag.transpose(weights @ v, (0, 2, 1, 3) if batch_axis == 0 else (2, 0, 1, 3))
        out = self.out_proj(ag.reshape(out, (*out.shape[:2], self.embed_dim)))
        if alone:
            out = ag.squeeze(out, 1)
        if not need_weights:
            return out, None
        if average_attn_weights:
            weights = ag.mean(weights, axis=1)
        return out, ag.squeeze(weights, 0) if alone else weights

    def _biases(self) -> list[Any]:
        if self.in_proj_bias is None:
            return [None] * 3
        width = self.embed_dim
        return [self.in_proj_bias[i * width : (i + 1) * width] for i in range(3)]

    def _inputs(self, *given: Any) -> list[Any]:
        """Query, key and value as Tensors that fit each other."""
        dtype = self.out_proj.weight.dtype
        tensors = [as_input(x, dtype) for x in given]
        q, k, v = tensors
        sizes = (self.embed_dim, self.kdim, self.vdim)
        fits = q.ndim in (2, 3) and q.ndim == k.ndim == v.ndim and k.shape[:-1] == v.shape[:-1]
        if fits and q.ndim == 3:
            batch_axis = 0 if self.batch_first else 1
            fits = q.shape[batch_axis] == k.shape[batch_axis]
        if not fits or any(x.shape[-1] != n for x, n in zip(tensors, sizes, strict=True)):
            lead = ("N, L", "N, S", "N, S") if self.batch_first else ("L, N", "S, N", "S, N")
            pairs = zip(lead, sizes, strict=True)
            expected = ", ".join(f"({axes}, {size})" for axes, size in pairs)
            shapes = ", ".join(str(x.shape) for x in tensors)
            raise errors.wrong_attention("MultiheadAttention", f"{expected}, or no N", shapes)
        return tensors

    def _heads(self, x: Any, batch_axis: int) -> Any:
        """(N, L, E) or (L, N, E), cut into heads: (N, heads, L, E / heads)."""
        size = self.embed_dim // self.num_heads
        x = ag.reshape(x, (*x.shape[:2], self.num_heads, size))
        return ag.transpose(x, (0, 2, 1, 3) if batch_axis == 0 else (1, 2, 0, 3))

    def _extended(self, x: Any, learned: Any) -> Any:
        """Keys or values, and behind them the learned one and the zeros."""
        batch, heads, _, size = x.shape
        more = [x]
        if learned is not None:
            rows = ag.reshape(learned, (1, heads, 1, size))
            more.append(ag.broadcast_to(rows, (batch, heads, 1, size)))
        if self.add_zero_attn:
            more.append(np.zeros((batch, heads, 1, size), x.dtype))
        return ag.concatenate(more, 2) if len(more) > 1 else x

    def _mask(
        self,
        attn_mask: Any,
        key_padding_mask: Any,
        alone: bool,
        batch: int,
        length: int,
        keys: int,
        all_keys: int,
        dtype: Any,
    ) -> Array | Tensor | None:
        """Both masks as one that broadcasts to (N, heads, L, S), no key of ours masked."""
        name = "MultiheadAttention"
        masks: list[Any] = []
        if attn_mask is not None:
            mask = read_mask(name, "attn_mask", attn_mask, dtype)
            many = (batch * self.num_heads, length, keys)
            if mask.shape not in ((length, keys), many):
                expected = f"({length}, {keys}) or {many}"
                raise errors.wrong_mask(name, "attn_mask", expected, mask.shape)
            if mask.ndim == 3:
                mask = ag.reshape(mask, (batch, self.num_heads, length, keys))
            masks.append(mask)
        if key_padding_mask is not None:
            mask = read_mask(name, "key_padding_mask", key_padding_mask, dtype)
            shape = (keys,) if alone else (batch, keys)
            if mask.shape != shape:
                raise errors.wrong_mask(name, "key_padding_mask", str(shape), mask.shape)
            masks.append(ag.reshape(mask, (batch, 1, 1, keys)))
        if not masks:
            return None
        if not all(isinstance(mask, np.ndarray) for mask in masks):
            masks = [
                Tensor(np.where(mask, -np.inf, 0.0).astype(dtype))
                if isinstance(mask, np.ndarray)
                else mask
                for mask in masks
            ]
        mask = masks[0]
        for other in masks[1:]:
            mask = mask | other if isinstance(mask, np.ndarray) else mask + other
        if all_keys == keys:
            return mask  # type: ignore[no-any-return]  # what the list holds
        open_keys = np.zeros((*mask.shape[:-1], all_keys - keys), mask.dtype)
        return ag.concatenate([mask, open_keys], -1)  # type: ignore[no-any-return]  # a Tensor

    def extra_repr(self) -> str:
        changed = {
            "dropout": self.dropout or None,
            "bias": None if self.in_proj_bias is not None else False,
            "add_bias_kv": self.bias_k is not None or None,
            "add_zero_attn": self.add_zero_attn or None,
            "kdim": None if self.kdim == self.embed_dim else self.kdim,
            "vdim": None if self.vdim == self.embed_dim else self.vdim,
            "batch_first": self.batch_first or None,
        }
        options = [f"{option}={value!r}" for option, value in changed.items() if value is not None]
        return ", ".join([str(self.embed_dim), str(self.num_heads), *options])


def _empty(*shape: int) -> Parameter:
    return Parameter(np.empty(shape, get_default_dtype()))
