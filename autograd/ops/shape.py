"""Moving elements about: nothing is computed, the gradient travels the same way back.

Each operation here is linear, and its rule is another of them: what moves the elements back.
Shapes and axes are parameters, brought into one form before the operation runs. Where the way
back needs the old shape, that is a parameter too, `before`: so no rule reads the input, and
nothing has to be kept for it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, array_op
from autograd.ops.operands import axes_of, on_arrays, operand, shape_of, wholes
from autograd.ops.sums import fast_sum

__all__ = [
    "astype",
    "broadcast_to",
    "copy",
    "expand_dims",
    "flatten",
    "moveaxis",
    "reshape",
    "squeeze",
    "swapaxes",
    "transpose",
]

Shape = tuple[int, ...]

# --- broadcasting and its undoing -----------------------------------------------------------------


def _to_shape(x: Any, shape: Shape) -> Any:
    """Sum over the axes that `shape` has not, or has once; stretch those it has more often."""
    x = np.asarray(x)
    extra = x.ndim - len(shape)
    axes = tuple(
        i for i, n in enumerate(x.shape) if i < extra or (shape[i - extra] == 1 and n != 1)
    )
    if axes:
        x = fast_sum(x, axes, keepdims=True)
        x = x.reshape(x.shape[max(extra, 0) :])
    return x if x.shape == shape else np.broadcast_to(x, shape)


_unbroadcast = Op(
    "unbroadcast",
    "unbroadcast({}, {shape})",
    None,
    lambda x, shape, before: _to_shape(x, shape),
    lambda g, out, _x, shape, before: _unbroadcast(g, before, shape),
    says="summed over the axes that had been stretched: each element gets the gradient of its sum",
)


def unbroadcast(x: Any, shape: Shape) -> Any:
    """Bring a gradient back to `shape`: sum over the axes along which broadcasting stretched.

    Args:
        x: the gradient.
        shape: that of the operand before it was broadcast.

    >>> unbroadcast(np.array([[1.0, 2.0], [3.0, 4.0]]), (2,))
    array([4., 6.])
    """
    if x.__class__ is np.ndarray:
        return _to_shape(x, shape)
    return on_arrays(_unbroadcast, x, shape=shape, before=shape_of(x))


@array_op(
    "spread({} over {})",
    lambda g, out, _x, _like: g,
    None,
    says="copied to every element of a shape: the input gets the sum of the gradients",
)
def spread(x: Any, like: Any) -> Any:
    """x, repeated to the shape of `like` by broadcasting.

    >>> spread(2.0, [1.0, 1.0, 1.0])
    array([2., 2., 2.])
    """
    return np.broadcast_to(x, np.shape(like))


_broadcast_to = Op(
    "broadcast_to",
    "broadcast_to({}, {shape})",
    None,
    lambda x, shape: np.broadcast_to(x, shape),
    lambda g, out, _x, shape: g,
    says="broadcast: each input element gets the sum of the gradients of its copies",
)


def broadcast_to(x: Any, shape: Any) -> Any:
    """x, repeated to a larger shape: along new axes in front, and along axes of size 1.

    Raises:
        ShapeError: if x does not broadcast to the shape.

    >>> broadcast_to([1.0, 2.0], (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    return on_arrays(_broadcast_to, operand(x), shape=wholes("broadcast_to", "shape", shape))


# --- the same numbers, differently held -----------------------------------------------------------

_astype = Op(
    "astype",
    "astype({}, {dtype})",
    None,
    lambda x, dtype: np.asarray(x).astype(dtype),
    lambda g, out, _x, dtype: g,
    says="a change of dtype: the gradient changes back",
)


def astype(x: Any, dtype: Any) -> Any:
    """x in another dtype. The gradient comes back in the dtype of x.

    Raises:
        DTypeError: for a dtype that does not hold real numbers.
        GradientError: for integers or booleans, if x asks for a gradient: steps have no slope.

    >>> astype([1.0, 2.0], np.float32)
    array([1., 2.], dtype=float32)
    """
    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise errors.not_a_dtype("astype", dtype) from None
    if kind.kind not in "fiub":
        raise errors.not_a_dtype("astype", dtype)
    out = on_arrays(_astype, operand(x), dtype=kind)
    if kind.kind != "f" and getattr(out, "op", None) is not None:  # it was recorded
        raise errors.no_derivative("astype", f"{kind} moves in steps")
    return out


copy = Op(
    "copy",
    "copy({})",
    lambda x: x,
    lambda x: np.copy(x),
    lambda g, out, _x: g,
    says="a copy: the gradient passes as it is",
    doc="""The same numbers in a node of its own.

    >>> copy(2.0)
    2.0
    """,
)


@array_op(
    "item({})",
    lambda g, out, _x: g,
    says="the one number of an array: the gradient goes into its only cell",
)
def item(x: Any) -> Any:
    """The one number in an array, as a scalar node.

    Raises:
        ShapeError: if x holds more than one number.

    >>> item([[2.0]])
    2.0
    """
    return np.asarray(x).item()


# --- shapes ---------------------------------------------------------------------------------------


def _reshaping(name: str) -> Op:
    return Op(
        name,
        name + "({}, {shape})",
        None,
        lambda x, shape, before: np.reshape(x, shape),
        lambda g, out, _x, shape, before: _reshape(g, before, shape),
        says=f"{name}: the same elements in another shape; the gradient is shaped back",
    )


_reshape = _reshaping("reshape")
_flatten = _reshaping("flatten")


def reshape(x: Any, shape: Any, *more: int) -> Any:
    """The same elements, in row-major order, in another shape.

    Args:
        x: an array, a tensor or a Value.
        shape: the sizes, as a tuple or one by one; one of them may be -1, and is worked out.

    Raises:
        ShapeError: if the number of elements would change.

    >>> reshape([1.0, 2.0, 3.0, 4.0], (2, -1))
    array([[1., 2.],
           [3., 4.]])
    """
    sizes = wholes("reshape", "shape", (shape, *more) if more else shape)
    x = operand(x)
    return on_arrays(_reshape, x, shape=sizes, before=shape_of(x))


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from `start_dim` to `end_dim` laid out as one; all of them by default.

    The arguments are PyTorch's: `flatten(x, 1)` keeps the first axis, that of the samples.

    Raises:
        IndexingError: for an axis that is not there.
        ShapeError: if the last axis comes before the first.

    >>> flatten([[1.0, 2.0], [3.0, 4.0]])
    array([1., 2., 3., 4.])
    """
    x = operand(x)
    before = shape_of(x)
    shape: Shape = (1,)
    if before:
        (start,), (end,) = axes_of("flatten", x, start_dim), axes_of("flatten", x, end_dim)
        if start > end:
            raise errors.axes_reversed("flatten", start_dim, end_dim)
        shape = (*before[:start], math.prod(before[start : end + 1]), *before[end + 1 :])
    return on_arrays(_flatten, x, shape=shape, before=before)


_expand_dims = Op(
    "expand_dims",
    "expand_dims({}, {axis})",
    None,
    lambda x, axis: np.expand_dims(x, axis),
    lambda g, out, _x, axis: _squeeze(g, axis),
    says="expand_dims: an axis of size 1 more; the gradient loses it again",
)
_squeeze = Op(
    "squeeze",
    "squeeze({}, {axis})",
    None,
    lambda x, axis: np.squeeze(x, axis),
    lambda g, out, _x, axis: _expand_dims(g, axis),
    says="squeeze: axes of size 1 less; the gradient gets them back",
)


def expand_dims(x: Any, axis: Any) -> Any:
    """x with new axes of size 1.

    Args:
        x: an array, a tensor or a Value.
        axis: where the new axis will be, or several, counted in the result.

    Raises:
        IndexingError: for a place the result does not have.

    >>> expand_dims([1.0, 2.0], 0)
    array([[1., 2.]])
    """
    x = operand(x)
    more = len(axis) if isinstance(axis, (tuple, list)) else 1
    return on_arrays(_expand_dims, x, axis=axes_of("expand_dims", x, axis, more))


def squeeze(x: Any, axis: Any = None) -> Any:
    """x without axes of size 1: all of them, or those named.

    Raises:
        ShapeError: if an axis named has another size.

    >>> squeeze([[[1.0, 2.0]]]), squeeze([[[1.0, 2.0]]], axis=0)
    (array([1., 2.]), array([[1., 2.]]))
    """
    x = operand(x)
    if axis is None:
        axis = tuple(i for i, n in enumerate(shape_of(x)) if n == 1)
    return _squeeze(x, axis=axes_of("squeeze", x, axis))


# --- the order of axes ---------------------------------------------------------------


def _reordering(name: str, form: str) -> Op:
    return Op(
        name,
        form,
        None,
        lambda x, axes, back: np.transpose(x, axes),
        lambda g, out, _x, axes, back: _transpose(g, back, axes),
        says=f"{name}: the axes in another order; those of the gradient go back",
    )


_transpose = _reordering("transpose", "transpose({}, {axes})")
_moveaxis = _reordering("moveaxis", "transpose({}, {axes})")


def transpose(x: Any, axes: Any = None, *more: int) -> Any:
    """The axes of x in another order, reversed by default.

    Args:
        x: an array or a tensor.
        axes: for each axis of the result, which axis of x it is; as a tuple or one by one.

    Raises:
        ShapeError: if an axis is missing or named twice.

    >>> transpose([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 3.],
           [2., 4.]])
    """
    x = operand(x)
    n = len(shape_of(x))
    order = (axes, *more) if more else axes
    order = tuple(range(n))[::-1] if order is None else axes_of("transpose", x, order)
    if len(order) != n:
        raise errors.wrong_axes("transpose", order, shape_of(x))
    return _transpose(x, axes=order, back=_inverse(order))


def _inverse(order: Shape) -> Shape:
    """The order that undoes an order."""
    return tuple(sorted(range(len(order)), key=order.__getitem__))


@array_op(
    "swapaxes({}, {axis1}, {axis2})",
    lambda g, out, _x, axis1, axis2: swapaxes(g, axis1, axis2),
    says="swapaxes: two axes change places; those of the gradient change back",
)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """x with two axes exchanged.

    Raises:
        IndexingError: for an axis that is not there.

    >>> swapaxes([[1.0, 2.0]], 0, 1)
    array([[1.],
           [2.]])
    """
    return np.swapaxes(x, axis1, axis2)


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """x with axes moved to other places; the rest stay in order.

    Args:
        x: an array or a tensor.
        source: the axis to move, or several.
        destination: where each of them goes.

    Raises:
        IndexingError: for an axis that is not there.
        ShapeError: if there are not as many places as axes.

    >>> moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = operand(x)
    origin = axes_of("moveaxis", x, source)
    target = axes_of("moveaxis", x, destination)
    if len(origin) != len(target):
        raise errors.wrong_axes("moveaxis", target, shape_of(x))
    order = [axis for axis in range(len(shape_of(x))) if axis not in origin]
    for place, axis in sorted(zip(target, origin, strict=True)):
        order.insert(place, axis)
    return _moveaxis(x, axes=tuple(order), back=_inverse(tuple(order)))


# Each cell goes to one place and none is lost: whoever explains a gradient may look through these.
MOVES = frozenset({_reshape, _flatten, _expand_dims, _squeeze, _transpose, _moveaxis, swapaxes})
