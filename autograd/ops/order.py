"""Reductions and arrangements that choose: max, min, argmax, sort, topk.

Where elements are equal, the first in row-major order over the reduced axes is the winner: what
`argmax` says. The winner takes the gradient; a nan wins, the first if there are several.

To bring a gradient to the winners and to look a value up at the winners are each other's
backward pass, so choosing can be differentiated as often as you like: the choice itself is flat.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.choose import check_ties
from autograd.ops.op import Op, Recorder, array_op, plain
from autograd.ops.operands import operand, shape_of, whole
from autograd.ops.scan import along
from autograd.ops.sums import Array, Axis, count, reduced, result_shape, rows, unrows

__all__ = ["argmax", "argmin", "argsort", "max", "min", "sort", "topk"]


def not_empty(name: str, shape: tuple[int, ...], axis: Axis) -> None:
    """Refuse to reduce nothing to something."""
    if count(shape, axis) == 0 and 0 not in result_shape(shape, axis, False):
        raise errors.empty_reduction(name, shape, axis)


# --- max and min ----------------------------------------------------------------------------------


@array_op(
    "max({}, {axis})",
    lambda g, out, x, axis, keepdims, ties: to_winner(g, x, axis, keepdims, True, ties),
    says="max: the whole gradient goes to the largest element, the others get 0; a tie to the "
    "first",
)
def _max(x: Any, axis: Axis = None, keepdims: bool = False, ties: str = "first") -> Any:
    return _extreme("max", x, axis, keepdims, True)


@array_op(
    "min({}, {axis})",
    lambda g, out, x, axis, keepdims, ties: to_winner(g, x, axis, keepdims, False, ties),
    says="min: the whole gradient goes to the smallest element, the others get 0; a tie to the "
    "first",
)
def _min(x: Any, axis: Axis = None, keepdims: bool = False, ties: str = "first") -> Any:
    return _extreme("min", x, axis, keepdims, False)


def _extreme(name: str, x: Any, axis: Axis, keepdims: bool, largest: bool) -> Any:
    x = np.asarray(x)
    not_empty(name, x.shape, axis)
    if x.size == 0:
        return np.zeros(result_shape(x.shape, axis, keepdims), x.dtype)
    out = reduced(np.maximum if largest else np.minimum, x, axis, keepdims)
    if x.dtype.kind == "f" and not np.all(out):
        # 0.0 and -0.0 are equal, and which one numpy returns depends on the processor.
        return np.where(out == 0, from_winner.array(x, x, axis, keepdims, largest, "first"), out)
    return out


@array_op(
    "to_winner({}, {})",
    lambda g, out, _v, x, axis, keepdims, largest, ties: from_winner(
        g, x, axis, keepdims, largest, ties
    ),
    None,
    says="put where the winner is",
)
def to_winner(v: Any, x: Any, axis: Axis, keepdims: bool, largest: bool, ties: str) -> Any:
    """v in the places of x that won a reduction to the shape of v, zeros elsewhere.

    >>> to_winner(5.0, [1.0, 3.0, 3.0], None, False, True, "first")
    array([0., 5., 0.])
    """
    r = rows(x, axis)
    v = np.reshape(v, [*r.shape[:-1], 1])
    if r.size == 0:
        out = np.zeros(r.shape, v.dtype)
    elif ties == "split":
        tied = _tied(r, largest)
        out = np.where(tied, v / np.count_nonzero(tied, axis=-1, keepdims=True), 0.0)
    else:
        out = np.zeros(r.shape, v.dtype)
        np.put_along_axis(out, _winner(r, largest), v, axis=-1)
    return unrows(out.astype(v.dtype, copy=False), np.shape(x), axis)


@array_op(
    "from_winner({}, {})",
    lambda g, out, _v, x, axis, keepdims, largest, ties: to_winner(
        g, x, axis, keepdims, largest, ties
    ),
    None,
    says="looked up where the winner is",
)
def from_winner(v: Any, x: Any, axis: Axis, keepdims: bool, largest: bool, ties: str) -> Any:
    """The elements of v in the places of x that won; their mean if winners share."""
    r = rows(x, axis)
    v = rows(v, axis)
    shape = result_shape(np.shape(x), axis, keepdims)
    if r.size == 0:
        return np.zeros(shape, v.dtype)
    if ties == "split":
        tied = _tied(r, largest)
        mean = np.where(tied, v, 0.0).sum(axis=-1) / np.count_nonzero(tied, axis=-1)
        return mean.astype(v.dtype, copy=False).reshape(shape)
    return np.take_along_axis(v, _winner(r, largest), axis=-1).reshape(shape)


def _winner(r: Array, largest: bool) -> Array:
    """Where the winner of each row is, with an axis of size 1 for it."""
    find: Any = np.argmax if largest else np.argmin
    return np.asarray(find(r, axis=-1, keepdims=True))


def _tied(r: Array, largest: bool) -> Array:
    """Which elements share a row's gradient: all that equal the winner; of nans the first."""
    first = _winner(r, largest)
    best = np.take_along_axis(r, first, axis=-1)
    alone = np.isnan(best) & (np.arange(r.shape[-1]) == first)
    return np.asarray(np.equal(r, best) | alone)


def max(*xs: Any, axis: Axis = None, keepdims: bool = False, ties: str = "first") -> Any:
    """The largest element of an array, or along axes; or the largest of several numbers.

    `max(x, axis, keepdims)` reduces an array. `max(a, b, c)` and `max([a, b, c])` compare
    numbers and Values, in one node. For two arrays, element by element, there is `maximum`.

    Args:
        xs: one array (with axis and keepdims, as in numpy), or numbers, or one list of them.
        axis: the axes to reduce; all of them if None.
        keepdims: leave the reduced axes in, with size 1.
        ties: who gets the gradient when several are largest: "first" (in row-major order over
            the reduced axes, what `argmax` says) takes all, with "split" they share equally.

    A nan makes the result nan; the first nan takes the gradient.

    Raises:
        ShapeError: if there is no element along the axes.
        OptionError: for another policy on ties.

    >>> from autograd import Tensor
    >>> x = Tensor([[1.0, 5.0], [5.0, 2.0]], requires_grad=True)
    >>> max(x).backward()
    >>> x.grad
    array([[0., 1.],
           [0., 0.]])
    >>> max([[1.0, 5.0], [7.0, 2.0]], axis=1)
    array([5., 7.])
    """
    return _choose("max", _max, xs, axis, keepdims, ties)


def min(*xs: Any, axis: Axis = None, keepdims: bool = False, ties: str = "first") -> Any:
    """The smallest element of an array, or along axes; or the smallest of several numbers.

    Arguments, ties, nans and errors as in `max`.

    >>> min([[1.0, 5.0], [7.0, 2.0]], axis=0)
    array([1., 2.])
    """
    return _choose("min", _min, xs, axis, keepdims, ties)


def _choose(name: str, op: Op, xs: tuple[Any, ...], axis: Any, keepdims: Any, ties: str) -> Any:
    check_ties(name, ties)
    if not xs:
        raise errors.wrong_count(name, "an array, or at least one number", "nothing")
    numbers: Any = None
    if len(xs) == 1 and isinstance(xs[0], (list, tuple)):
        if any(isinstance(x, Recorder) for x in xs[0]):
            numbers = xs[0]
    elif _is_number(xs[0]):
        numbers = xs
    if numbers is not None:
        if not all(_is_number(x) for x in numbers):
            raise errors.one_array_or_numbers(name, errors.listing(map(errors.describe, numbers)))
        if axis is not None or keepdims:
            raise errors.wrong_count(name, "no axis or keepdims with single numbers", axis)
        from autograd.ops import nary

        many: Any = getattr(nary, f"{name}_of")
        return many(*numbers, ties=ties)
    if len(xs) > 3:
        raise errors.wrong_count(name, "one array, axis and keepdims", f"{len(xs)} arguments")
    given = dict(zip(("axis", "keepdims"), xs[1:], strict=False))
    axis, keepdims = given.get("axis", axis), given.get("keepdims", keepdims)
    return op(operand(xs[0]), axis=axis, keepdims=keepdims, ties=ties)


def _is_number(x: Any) -> bool:
    """Whether x is one number: Python's, numpy's, or a Value."""
    if isinstance(x, Recorder):
        return x.rank < Recorder.for_arrays.rank
    return isinstance(x, (int, float, np.number))


# --- argmax, argmin, argsort: plain arrays of positions -------------------------------------------


def raw(x: Any) -> Any:
    """The numbers in x, for results that carry no gradient."""
    if isinstance(x, Recorder):
        inner: Any = x
        return inner._data if hasattr(x, "_data") else inner.data
    return plain(x)


@array_op("argmax({}, {axis})", None, says="a position: no gradient passes")
def _argmax(x: Any, axis: Axis, keepdims: bool, name: str) -> Any:
    r = rows(x, axis)
    if r.shape[-1] == 0:
        raise errors.empty_reduction(name, np.shape(x), axis)
    places = _winner(r, name == "argmax").reshape(result_shape(np.shape(x), axis, keepdims))
    return places if places.ndim else places[()]


def argmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Where the largest element is: plain integers, without a gradient.

    The first of equals, and the first nan. Over several axes (or all), positions count
    through the reduced axes in row-major order.

    Raises:
        ShapeError: if there is no element along the axes.

    >>> argmax([[1.0, 5.0], [7.0, 2.0]], axis=1)
    array([1, 0])
    """
    return _argmax.compute((raw(x),), {"axis": axis, "keepdims": keepdims, "name": "argmax"})


def argmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Where the smallest element is; see `argmax`.

    >>> argmin([[1.0, 5.0], [7.0, 2.0]], axis=1)
    array([0, 1])
    """
    return _argmax.compute((raw(x),), {"axis": axis, "keepdims": keepdims, "name": "argmin"})


@array_op("argsort({}, {axis})", None, says="positions: no gradient passes")
def _argsort(x: Any, axis: int, k: int | None = None, largest: bool = False) -> Any:
    return _order(x, axis, k, largest)


def argsort(x: Any, axis: int | None = -1) -> Any:
    """The positions that would sort an axis: plain integers; equals keep their order, nans last.

    With axis None all elements are sorted in one row.

    >>> argsort([3.0, 1.0, 2.0])
    array([1, 2, 0])
    """
    array, axis = along(raw(x), axis)
    return _argsort.compute((array,), {"axis": axis})


def _order(x: Any, axis: int, k: int | None, largest: bool) -> Array:
    """The positions of the first k in sorted order; equals in the order they came."""
    x = np.asarray(x)
    if largest:  # sort the mirror image, and read it backwards
        mirrored = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
        order = x.shape[axis] - 1 - np.flip(mirrored, axis)
    else:
        order = np.argsort(x, axis=axis, kind="stable")
    return np.moveaxis(np.moveaxis(order, axis, -1)[..., :k], -1, axis)


# --- sort, topk -----------------------------------------------------------------------------------


@array_op(
    "sort({}, {axis})",
    lambda g, out, x, axis: to_ranked(g, x, axis, None, False),
    says="sort: every gradient goes back to where its element came from",
)
def _sort(x: Any, axis: int) -> Any:
    return np.sort(x, axis=axis, kind="stable")


@array_op(
    "topk({}, {k})",
    lambda g, out, x, k, axis, largest: to_ranked(g, x, axis, k, largest),
    says="topk: the chosen elements get their gradients, the others 0",
)
def _topk(x: Any, k: int, axis: int, largest: bool) -> Any:
    return from_ranked.array(x, x, axis, k, largest)


@array_op(
    "to_ranked({}, {})",
    lambda g, out, _v, x, axis, k, largest: from_ranked(g, x, axis, k, largest),
    None,
    says="put back to where the sorted elements came from",
)
def to_ranked(v: Any, x: Any, axis: int, k: int | None, largest: bool) -> Any:
    """v, which is in the order of sorted x, put back where the elements came from."""
    v = np.asarray(v)
    out = np.zeros(np.shape(x), v.dtype)
    np.put_along_axis(out, _order(x, axis, k, largest), v, axis=axis)
    return out


@array_op(
    "from_ranked({}, {})",
    lambda g, out, _v, x, axis, k, largest: to_ranked(g, x, axis, k, largest),
    None,
    says="taken in the order of another array",
)
def from_ranked(v: Any, x: Any, axis: int, k: int | None, largest: bool) -> Any:
    """The elements of v in the order in which x is sorted."""
    return np.take_along_axis(np.asarray(v), _order(x, axis, k, largest), axis=axis)


def sort(x: Any, axis: int | None = -1) -> Any:
    """The elements in ascending order along an axis; equals keep their order, nans come last.

    With axis None all elements are sorted in one row.

    >>> sort([[3.0, 1.0, 2.0], [5.0, 6.0, 4.0]])
    array([[1., 2., 3.],
           [4., 5., 6.]])
    """
    return _sort(*along(x, axis))


def topk(x: Any, k: int, axis: int = -1, largest: bool = True) -> tuple[Any, Any]:
    """The k largest elements along an axis, largest first, and their positions.

    As PyTorch's `topk`, with one rule for equals: the first come first. A nan counts as
    largest. With `largest=False` the k smallest, smallest first. The positions are plain
    integers, without a gradient.

    Raises:
        ShapeError: unless k is between 0 and the size of the axis.

    >>> topk([1.0, 4.0, 2.0, 4.0], 3)
    (array([4., 4., 2.]), array([1, 3, 2]))
    """
    x = operand(x)
    k = whole("topk", "k", k)
    shape = shape_of(x)
    if -len(shape) <= axis < len(shape) and not 0 <= k <= shape[axis]:
        raise errors.wrong_k(k, shape[axis])
    values = _topk(x, k, axis, largest)
    places = _argsort.compute((raw(x),), {"axis": axis, "k": k, "largest": largest})
    return values, places
