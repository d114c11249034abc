"""Functions of two inputs: how alike two vectors are, how far apart, and a form linear in both."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.inputs import as_floats, as_input

__all__ = ["bilinear", "cosine_similarity", "pairwise_distance"]


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """y_o = sum over i, j of x1_i * W_oij * x2_j, plus bias.

    Args:
        input1, input2: (..., I) and (..., J), equal in all but the last axis.
        weight: (O, I, J).
        bias: (O,), or None.

    Returns:
        (..., O).

    Raises:
        ShapeError: for shapes that do not go together.

    >>> bilinear([1.0, 2.0], [3.0], [[[1.0], [10.0]]])
    Tensor([63.])
    """
    weight = as_floats(weight)
    a, b = as_input(input1, weight.dtype), as_input(input2, weight.dtype)
    if weight.ndim != 3:
        raise errors.wrong_input("bilinear (weight)", "(O, I, J)", weight.shape)
    fits = a.ndim and a.shape[:-1] == b.shape[:-1] and b.ndim
    if not fits or (a.shape[-1], b.shape[-1]) != weight.shape[1:]:
        raise errors.wrong_pair("bilinear", a.shape, b.shape)
    y = ag.einsum("...i,oij,...j->...o", a, weight, b)
    return y if bias is None else y + bias  # type: ignore[no-any-return]  # a Tensor of Tensors


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors: 1 for one direction, -1 for opposite ones.

    Args:
        x1, x2: the vectors, along axis `dim`; shapes that broadcast.
        dim: their axis, which is summed over.
        eps: the least that a length counts as.

    A vector shorter than eps is divided by eps, a constant; its gradient is the true slope of that.
    PyTorch gives the same value, but the gradient as if it were divided by its own length.

    >>> cosine_similarity([[1.0, 0.0]], [[1.0, 1.0]]).item() ** 2
    0.4999999999999999
    """
    a, b = _two(x1, x2)
    shape = _broadcast("cosine_similarity", a, b)
    if not -len(shape) <= dim < len(shape):
        expected = f"an axis of the inputs ({len(shape)} axes)"
        raise errors.bad_option("cosine_similarity", "dim", expected, dim)
    a, b = ag.broadcast_to(a, shape), ag.broadcast_to(b, shape)
    a = a / ag.maximum(ag.norm(a, axis=dim, keepdims=True), eps)
    b = b / ag.maximum(ag.norm(b, axis=dim, keepdims=True), eps)
    return ag.sum(a * b, axis=dim)  # type: ignore[no-any-return]  # as above


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The norm of x1 - x2 + eps over the last axis.

    Args:
        x1, x2: (..., D); shapes that broadcast.
        p: which norm: a number other than 0, or inf.
        eps: added to each difference.
        keepdim: leave the last axis in, with size 1.

    >>> pairwise_distance([[0.0, 0.0]], [[3.0, 4.0]], eps=0.0)
    Tensor([5.])
    """
    a, b = _two(x1, x2)
    if not _broadcast("pairwise_distance", a, b):
        raise errors.wrong_pair("pairwise_distance", a.shape, b.shape)
    return ag.norm(a - b + eps, p, axis=-1, keepdims=keepdim)  # type: ignore[no-any-return]  # as above


def _two(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:
    """Both as Tensors; plain data follow the dtype of a Tensor."""
    if isinstance(x2, Tensor) and not isinstance(x1, Tensor):
        return as_input(x1, x2.dtype), x2
    first = as_floats(x1)
    return first, as_input(x2, first.dtype)


def _broadcast(name: str, a: Tensor, b: Tensor) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise errors.wrong_pair(name, a.shape, b.shape) from None
