"""The layer that transformers are stacks of: attention, then two linear maps, with ways past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd as ag
from autograd import Tensor
from nn import errors, init
from nn.functional.checks import flag, not_negative
from nn.inputs import as_input
from nn.layers.attention import MultiheadAttention
from nn.layers.cells import probability
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.options import positive
from nn.layers.sample_norm import LayerNorm
from nn.module import Module

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": ag.relu, "gelu": ag.gelu}


class TransformerEncoderLayer(Module):
    """x + attention(x), then x + linear2(activation(linear1(x))), each normalised.

    Args:
        d_model: features of each element of the sequence.
        nhead: heads of the attention, a divisor of d_model.
        dim_feedforward: features between the two linear maps.
        dropout: the probability of dropping, in training: weights of the attention, features
            behind the activation, and both results before they are added.
        activation: "relu", "gelu", or a function.
        layer_norm_eps: eps of the two LayerNorms.
        batch_first: (N, L, d_model) instead of (L, N, d_model).
        norm_first: normalise what goes into the two parts, instead of the sums.
        bias: whether linear maps and norms have biases.
        generator: of the initial weights and of the dropout: a numpy Generator, a seed, or None.

    Called with src, (L, N, d_model) or (L, d_model), src_mask and src_key_padding_mask, which are
    attn_mask and key_padding_mask of `MultiheadAttention`, and is_causal. Returns the same shape.

    Vaswani et al., "Attention is all you need", 2017.

    Raises:
        ShapeError, DTypeError: as `MultiheadAttention`.

    >>> import numpy as np
    >>> layer = TransformerEncoderLayer(8, 2, 16, batch_first=True, generator=0)
    >>> layer(np.ones((3, 5, 8))).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        generator: init.Seed = None,
    ) -> None:
        name = "TransformerEncoderLayer"
        positive(name, "d_model", d_model)
        positive(name, "dim_feedforward", dim_feedforward)
        probability(name, "dropout", dropout)
        if not callable(activation) and (
            not isinstance(activation, str) or activation not in ACTIVATIONS
        ):
            expected = "'relu', 'gelu' or a function"
            raise errors.bad_option(name, "activation", expected, activation)
        not_negative(name, "layer_norm_eps", layer_norm_eps)
        generator = init.as_generator(generator)
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, generator=generator
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, generator=generator)
        self.dropout = Dropout(dropout, generator=generator)
        self.linear2 = Linear(dim_feedforward, d_model, bias, generator=generator)
        self.norm_first = flag(name, "norm_first", norm_first)
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias)
        self.dropout1 = Dropout(dropout, generator=generator)
        self.dropout2 = Dropout(dropout, generator=generator)
        self.activation = activation if callable(activation) else ACTIVATIONS[activation]

    def forward(
        self,
        src: Any,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Tensor:
        x = as_input(src, self.linear1.weight.dtype)
        masks = (src_mask, src_key_padding_mask, is_causal)
        if self.norm_first:
            x = x + self._attend(self.norm1(x), *masks)
            return x + self._feed(self.norm2(x))  # type: ignore[no-any-return]  # as below
        x = self.norm1(x + self._attend(x, *masks))
        return self.norm2(x + self._feed(x))  # type: ignore[no-any-return]  # a Tensor for a Tensor

    def _attend(self, x: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        out, _ = self.self_attn(
            x,
            x,
            x,
            attn_mask=mask,
            key_padding_mask=padding,
            need_weights=False,
            is_causal=is_causal,
        )
        return self.dropout1(out)

    def _feed(self, x: Any) -> Any:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))
