"""Putting arrays together and taking them apart.

Joining is placing: every input goes to a part of the result, so its gradient is that part of the
gradient, and the way back from a part is to place it in zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.indexing import getitem
from autograd.ops.op import ManyOp, array_op, recorder_of
from autograd.ops.operands import axes_of, on_arrays, operand, shape_of, whole, wholes
from autograd.ops.shape import reshape

__all__ = [
    "concatenate",
    "split",
    "stack",
]

Array = np.ndarray[Any, Any]
Parts = tuple[tuple[Any, ...], ...]  # for each input, what to index the result with

# --- concatenate, stack, split --------------------------------------------------------------------


@array_op(
    "part {i} of {}",
    lambda g, out, _x, i, parts, shape: place(g, i, parts, shape),
    says="a part of an array: its gradient is placed where the part was, among zeros",
)
def part(x: Any, i: int, parts: Parts, shape: tuple[int, ...]) -> Any:
    """The part of x that came from input number i.

    >>> part(np.arange(5.0), 1, ((slice(0, 3),), (slice(3, 5),)), (5,))
    array([3., 4.])
    """
    return np.asarray(x)[parts[i]]


@array_op(
    "place({}, {i})",
    lambda g, out, _x, i, parts, shape: part(g, i, parts, shape),
    says="placed among zeros: only that part of the gradient comes back",
)
def place(x: Any, i: int, parts: Parts, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape, with x as part number i.

    >>> place(np.array([1.0, 2.0]), 1, ((slice(0, 3),), (slice(3, 5),)), (5,))
    array([0., 0., 0., 1., 2.])
    """
    x = np.asarray(x)
    out = np.zeros(shape, x.dtype)
    out[parts[i]] = x
    return out


def _one_kind(xs: Sequence[Any]) -> list[Array]:
    """The operands as arrays of one dtype; Python numbers have no say in which."""
    dtype = np.result_type(*xs)
    return [np.asarray(x, dtype) for x in xs]


_concatenate = ManyOp(
    "concatenate",
    "concatenate([{}], {axis})",
    None,
    lambda *xs, axis, parts, shape: np.concatenate(xs, axis),
    lambda g, out, xs, axis, parts, shape: [part(g, i, parts, shape) for i in range(len(xs))],
    says="concatenate: each input gets the part of the gradient where it lies",
    reads=False,
)
_stack = ManyOp(
    "stack",
    "stack([{}], {axis})",
    None,
    lambda *xs, axis, parts, shape: np.stack(_one_kind(xs), axis),
    lambda g, out, xs, axis, parts, shape: [part(g, i, parts, shape) for i in range(len(xs))],
    says="stack: each input gets the slice of the gradient where it lies",
    reads=False,
)


def concatenate(arrays: Iterable[Any], axis: int | None = 0) -> Any:
    """Arrays one after the other, along an axis they have.

    Args:
        arrays: arrays and tensors that agree in every other axis.
        axis: the axis to join along; None lays each out flat first (Values may be among them).

    Raises:
        ShapeError: for an empty list, or shapes that do not match.
        IndexingError: for an axis that is not there.

    >>> concatenate([[1.0, 2.0], [3.0]])
    array([1., 2., 3.])
    """
    xs = _several("concatenate", arrays)
    if axis is None:
        xs, axis = [reshape(x, -1) for x in xs], 0
    shapes = [shape_of(x) for x in xs]
    if () in shapes:
        raise errors.no_axis_to_join(xs[shapes.index(())])
    (axis,) = axes_of("concatenate", xs[0], axis)
    if any(not _alike(shape, shapes[0], axis) for shape in shapes):
        raise errors.do_not_join("concatenate", shapes, f"in every axis but axis {axis}")
    ends = np.cumsum([0, *(shape[axis] for shape in shapes)]).tolist()
    lead = (slice(None),) * axis
    parts = tuple((*lead, slice(a, b)) for a, b in pairwise(ends))
    shape = (*shapes[0][:axis], ends[-1], *shapes[0][axis + 1 :])
    return on_arrays(_concatenate, *xs, axis=axis, parts=parts, shape=shape)


def stack(arrays: Iterable[Any], axis: int = 0) -> Any:
    """Arrays of one shape, or Values, side by side along a new axis.

    Args:
        arrays: arrays, tensors, Values and numbers, all of one shape. A list of nodes inside
            the list is stacked first.
        axis: where the new axis will be.

    The gradient flows back to each of them. This is how Values become a Tensor.

    Raises:
        ShapeError: for an empty list, or shapes that differ.
        IndexingError: for an axis the result does not have.

    >>> stack([[1.0, 2.0], [3.0, 4.0]], axis=1)
    array([[1., 3.],
           [2., 4.]])
    """
    xs = _several("stack", arrays)
    shapes = [shape_of(x) for x in xs]
    (axis,) = axes_of("stack", xs[0], axis, more=1)
    if any(shape != shapes[0] for shape in shapes):
        raise errors.do_not_join("stack", shapes, "in every axis")
    lead = (slice(None),) * axis
    parts = tuple((*lead, i) for i in range(len(xs)))
    shape = (*shapes[0][:axis], len(xs), *shapes[0][axis:])
    return on_arrays(_stack, *xs, axis=axis, parts=parts, shape=shape)


def _several(name: str, arrays: Any) -> list[Any]:
    """The operands of a join: at least one."""
    if isinstance(arrays, (str, bytes, dict)) or not hasattr(arrays, "__iter__"):
        raise errors.not_several(name, arrays)
    xs = [_joinable(x) for x in arrays]
    if not xs:
        raise errors.nothing_to_join(name)
    return xs


def _joinable(x: Any) -> Any:
    """One operand of a join; nodes in a list are stacked."""
    nested = isinstance(x, (list, tuple)) and recorder_of(x) is not None
    return stack(x) if nested else operand(x)


def _alike(shape: tuple[int, ...], first: tuple[int, ...], axis: int) -> bool:
    """Whether two shapes agree but for one axis."""
    same = shape[:axis] == first[:axis] and shape[axis + 1 :] == first[axis + 1 :]
    return same and len(shape) == len(first)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """x cut into pieces along an axis.

    Args:
        x: an array or a tensor.
        indices_or_sections: how many pieces of equal size, or the places to cut at.
        axis: the axis to cut along.

    Raises:
        ShapeError: if the axis does not divide into so many equal pieces.
        IndexingError: for an axis that is not there.

    >>> split([1.0, 2.0, 3.0, 4.0], 2)
    [array([1., 2.]), array([3., 4.])]
    >>> split([1.0, 2.0, 3.0, 4.0], [1])
    [array([1.]), array([2., 3., 4.])]
    """
    x = operand(x)
    (axis,) = axes_of("split", x, axis)
    size = shape_of(x)[axis]
    cuts: list[int | None]
    if isinstance(indices_or_sections, (list, tuple, np.ndarray)):
        cuts = [0, *wholes("split", "indices_or_sections", indices_or_sections), None]
    else:
        count = whole("split", "indices_or_sections", indices_or_sections)
        if count < 1 or size % count:
            raise errors.uneven_split(count, size, axis)
        cuts = list(range(0, size + 1, size // count)) if size else [0] * (count + 1)
    lead = (slice(None),) * axis
    return [getitem(x, (*lead, slice(a, b))) for a, b in pairwise(cuts)]
