"""Moving elements about: nothing is computed, the gradient travels the same way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops.op import ManyOp, Op, array_op

# --- broadcasting and its undoing -----------------------------------------------------------------


@array_op(
    "unbroadcast({}, {shape})",
    lambda g, out, x, shape: spread(g, x),
    says="summed over the axes that had been stretched",
)
def unbroadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """Bring a gradient back to `shape`: sum over the axes along which broadcasting stretched."""
    x = np.asarray(x)
    if x.ndim > len(shape):
        x = np.add.reduce(x, axis=tuple(range(x.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and np.shape(x)[i] != 1)
    if stretched:
        x = np.add.reduce(x, axis=stretched, keepdims=True)
    return x if np.shape(x) == shape else np.broadcast_to(x, shape)


@array_op(
    "spread({} over {})",
    lambda g, out, x, _like: unbroadcast(g, np.shape(x)),
    None,
    says="copied to every element of a shape",
)
def spread(x: Any, like: Any) -> Any:
    """x, repeated to the shape of `like` by broadcasting."""
    return np.broadcast_to(x, np.shape(like))


@array_op(
    "broadcast_to({}, {shape})",
    lambda g, out, _x, shape: g,
    says="broadcast: each input element gets the sum of the gradients of its copies",
)
def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    return np.broadcast_to(x, shape)


@array_op(
    "astype({}, {dtype})",
    lambda g, out, _x, dtype: g,
    says="a change of dtype: the gradient changes back",
)
def astype(x: Any, dtype: Any) -> Any:
    return np.asarray(x).astype(dtype)


@array_op("transpose({}, {axes})", lambda g, out, _x, axes: transpose(g, inverse(axes)), says="")
def transpose(x: Any, axes: tuple[int, ...] | None = None) -> Any:
    return np.transpose(x, axes)


def inverse(axes):
    return None if axes is None else tuple(np.argsort(axes))


@array_op("getitem({}, {index})", lambda g, out, x, index: put_back(g, x, index), says="")
def getitem(x: Any, index: Any) -> Any:
    return x[index]


copy = Op(
    "copy",
    "copy({})",
    lambda x: x,
    np.copy,
    lambda g, out, _x: g,
    says="a copy: the gradient passes as it is",
    doc="""The same numbers in a node of its own.

    >>> copy(2.0)
    2.0
    """,
)


@array_op(
    "item({})",
    lambda g, out, x: spread(g, x),
    says="the one number of an array: the gradient goes into its only cell",
)
def item(x: Any) -> Any:
    """The one number in an array, as a scalar node."""
    return np.asarray(x).item()
