"""Attention as functions: each query takes a weighted mean of the values.

The weights are a softmax over how well the query fits each key. Masks take keys away: booleans
cut them off, floating-point numbers are added to the scores. A query that may look at no key at
all gets weights of 0, and so a result of 0, not nan.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors, init
from nn.functional.dropping import dropout
from nn.inputs import Array, as_floats, as_input

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    generator: init.Seed = None,
) -> Tensor:
    """softmax(query @ key.T * scale + mask) @ value, over the last two axes.

    Args:
        query: (..., L, E).
        key: (..., S, E).
        value: (..., S, V).
        attn_mask: broadcast to (..., L, S). Booleans: True where the query may look. Numbers: they
            are added to the scores, -inf cuts off.
        dropout_p: the probability of dropping a weight; 0 in evaluation.
        is_causal: query number l looks at the keys 0 to l only. Excludes attn_mask.
        scale: 1 / sqrt(E) unless given.
        enable_gqa: each head of key and value (third axis from the end) serves several of query.
        generator: of the dropout: a numpy Generator, a seed, or None.

    Returns:
        (..., L, V). Queries that may look nowhere get 0.

    Vaswani et al., "Attention is all you need", 2017.

    Raises:
        ShapeError: for shapes that do not go together.
        DTypeError: for a mask of integers.
        OptionError: for a probability outside 0 to 1, or a mask and is_causal at once.

    >>> q, k, v = np.zeros((2, 4)), np.zeros((3, 4)), np.array([[1.0], [2.0], [6.0]])
    >>> scaled_dot_product_attention(q, k, v, is_causal=True).numpy().round(4)
    array([[1. ],
           [1.5]])
    """
    name = "scaled_dot_product_attention"
    if not 0.0 <= dropout_p <= 1.0:
        raise errors.bad_option(name, "dropout_p", "a probability, from 0 to 1", dropout_p)
    q = as_floats(query)
    k, v = as_input(key, q.dtype), as_input(value, q.dtype)
    if min(q.ndim, k.ndim, v.ndim) < 2:
        shapes = ", ".join(map(str, (q.shape, k.shape, v.shape)))
        raise errors.wrong_attention(name, "(..., L, E), (..., S, E) and (..., S, V)", shapes)
    if enable_gqa:
        k, v = _for_all_heads(name, q, k), _for_all_heads(name, q, v)
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        shapes = ", ".join(map(str, (q.shape, k.shape, v.shape)))
        raise errors.wrong_attention(name, "(..., L, E), (..., S, E) and (..., S, V)", shapes)
    shape = (q.shape[-2], k.shape[-2])
    mask: Any = None
    if is_causal:
        if attn_mask is not None:
            raise errors.bad_option(name, "is_causal", "False beside a mask", is_causal)
        mask = ~np.tri(*shape, dtype=bool)
    elif attn_mask is not None:
        mask = read_mask(name, "attn_mask", attn_mask, q.dtype)
        if isinstance(mask, np.ndarray):
            mask = ~mask
        try:
            np.broadcast_shapes((*q.shape[:-2], *shape), mask.shape)
        except ValueError:
            expected = f"(..., {shape[0]}, {shape[1]})"
            raise errors.wrong_mask(name, "attn_mask", expected, mask.shape) from None
    weights = attention_weights(q, k, mask, scale)
    return dropout(weights, dropout_p, generator=generator) @ v  # type: ignore[no-any-return]  # a Tensor


def attention_weights(q: Tensor, k: Any, mask: Any, scale: float | None = None) -> Any:
    """How much each query takes of each key: rows of L weights over S keys, (..., L, S).

    Args:
        mask: None, booleans with True where the query may *not* look, or a Tensor to be added.
    """
    scale = 1.0 / math.sqrt(q.shape[-1] or 1) if scale is None else float(scale)
    scores = (q * scale) @ ag.swapaxes(k, -1, -2)
    if mask is None:
        return ag.softmax(scores, axis=-1)
    if isinstance(mask, np.ndarray):
        scores = ag.where(mask, -np.inf, scores)
        shut = mask
    else:
        scores = scores + mask
        shut = mask.numpy() == -np.inf
    blind = shut.all(axis=-1, keepdims=True)
    if not blind.any():
        return ag.softmax(scores, axis=-1)
    return ag.where(blind, 0.0, ag.softmax(ag.where(blind, 0.0, scores), axis=-1))


def read_mask(owner: str, name: str, mask: Any, dtype: Any) -> Array | Tensor:
    """A mask as an array of booleans, or as a Tensor of numbers.

    Raises:
        DTypeError: for integers: PyTorch's versions disagree on whether they add or cut off.
    """
    tensor = as_input(mask, None)
    if tensor.dtype == bool:
        return tensor.numpy()
    if tensor.dtype.kind != "f":
        raise errors.mask_kind(owner, name, tensor.dtype)
    return tensor if isinstance(mask, Tensor) else as_input(tensor.numpy(), dtype)


def _for_all_heads(owner: str, q: Tensor, x: Tensor) -> Any:
    """Each head of x as often as there are heads of q for it."""
    if min(q.ndim, x.ndim) < 3 or not x.shape[-3] or q.shape[-3] % x.shape[-3]:
        expected = "heads of key and value that divide those of query (third axis from the end)"
        raise errors.wrong_attention(owner, expected, f"{q.shape} and {x.shape}")
    return ag.repeat(x, q.shape[-3] // x.shape[-3], axis=-3)
