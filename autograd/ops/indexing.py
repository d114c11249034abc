"""Picking elements out of an array, and putting them in.

Every way to pick is one thing: an `Index`. Its backward pass puts the gradient back where the
elements came from, in an array of zeros. An element that was picked twice gets both gradients,
added. Picking and putting back are each other's backward pass, so any order of derivative works.

A table of which few rows are picked can get its gradient as rows instead (`take(sparse=True)`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.indices import Index, integers, unraveled
from autograd.ops.op import Op, array_op
from autograd.ops.operands import axes_of, operand, shape_of
from autograd.rows import RowGradient, add_rows

__all__ = [
    "getitem",
    "index_add",
    "put",
    "take",
    "take_along_axis",
]

Array = np.ndarray[Any, Any]


# --- getitem and its way back ---------------------------------------------------------------------


def _pick(x: Any, index: Index) -> Any:
    x = np.asarray(x)
    if index.lane is not None:  # the same elements, several times as fast
        return np.take(x, index.key[-1], axis=index.lane)
    return x[index.key]


def _add_at(out: Array, index: Index, g: Any) -> None:
    """Add g to the picked elements of `out` (in C order), repeats included."""
    if index.once:
        out[index.key] += g
        return
    positions = index.positions()
    g = _fitted("index_add", g, positions.shape + index.rest)
    if g.size:
        add_rows(out.reshape(-1, *index.rest), positions, g)


def _assign(out: Array, index: Index, values: Any) -> Array:
    """Write values over the picked elements of `out` (in C order); the last write wins."""
    if index.once:
        out[index.key] = values
        return out
    positions = index.positions()
    values = _fitted("put", values, positions.shape + index.rest)
    rows = math.prod(index.rest)
    if values.size:
        wins = index.winners().ravel()
        out.reshape(-1, rows)[positions.ravel()[wins]] = values.reshape(-1, rows)[wins]
    return out


def _fitted(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    """The values broadcast to the shape of what they are for, as in an assignment."""
    values = np.asarray(values)
    while values.ndim > len(shape) and values.shape[0] == 1:
        values = values[0]
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise errors.values_do_not_fit(name, shape, values.shape) from None


_getitem = Op(
    "getitem",
    "{}[{index}]",
    None,
    lambda x, index: _pick(x, index),
    lambda g, out, _x, index: put_back(g, index),
    says="picked: the gradient goes back to where each element came from; the others get 0",
)


@array_op(
    "put_back({}, {index})",
    lambda g, out, _x, index: _getitem(g, index),
    says="put back into zeros: the gradient is picked from the same places",
)
def put_back(x: Any, index: Index) -> Any:
    """Zeros in the shape that `index` is for, with x added at the places it picks.

    >>> put_back([1.0, 2.0, 3.0], Index([0, 2, 2], (4,)))
    array([1., 0., 5., 0.])
    """
    x = np.asarray(x)
    out = np.zeros(index.shape, x.dtype)
    if index.once:
        out[index.key] = x
    else:
        _add_at(out, index, x)
    return out


def getitem(x: Any, index: Any) -> Any:
    """The elements of x that an index picks: `x[index]`, with all of numpy's indexing.

    Args:
        x: an array or a tensor.
        index: integers, slices, None, `...`, lists and arrays of integers, boolean masks, or a
            tuple of those. A Tensor of integers or booleans counts as an array.

    An element picked twice gets the sum of both gradients.

    Raises:
        IndexingError: for an index outside the array, or one that is no index.

    >>> getitem([1.0, 2.0, 3.0], [2, 2, 0])
    array([3., 3., 1.])
    """
    x = operand(x)
    return _getitem(x, index=Index(index, shape_of(x)))


# --- take -----------------------------------------------------------------------------------------

_take = Op(
    "take",
    "take({}, {index})",
    None,
    lambda x, index: _pick(x, index),
    lambda g, out, _x, index: put_back(g, index),
    says="picked: each element gets the sum of the gradients of the places it was taken to",
)
_take_rows = Op(
    "take_rows",
    "take({}, {index})",
    None,
    lambda x, index: _pick(x, index),
    lambda g, out, _x, index: _sent_back(g, index),
    says="picked: each row gets the sum of the gradients of the places it was taken to; "
    "only these rows are written down, the others get 0",
)


def _sent_back(g: Any, index: Index) -> Any:
    """What a table gets whose rows were picked: rows from an array, a node from a node."""
    if g.__class__ is not np.ndarray:
        return put_back(g, index)
    rows = np.ravel(index.key[0])
    return RowGradient.sent([(rows, g.reshape(rows.size, *index.rest))], index.shape)


def take(x: Any, indices: Any, axis: int | None = None, *, sparse: bool = False) -> Any:
    """Elements along an axis: the shape of `indices` takes the place of that axis.

    Args:
        x: an array or a tensor.
        indices: integers, of any shape; negative ones count from the end.
        axis: the axis they run along; None picks from x laid out flat.
        sparse: leave the gradient of x as a `RowGradient`, the rows that were picked, if x is a
            leaf: for a large table of which few rows are used. Needs axis=0.

    Raises:
        IndexingError: for an index or axis outside the array.
        OptionError: for `sparse` along another axis.

    >>> take([[1.0, 2.0], [3.0, 4.0]], [1, 1, 0], axis=0)
    array([[3., 4.],
           [3., 4.],
           [1., 2.]])
    >>> take([[1.0, 2.0], [3.0, 4.0]], [3, 0])
    array([4., 1.])
    """
    x = operand(x)
    shape = shape_of(x)
    where = integers("take", indices)
    if sparse:
        if axis != 0:
            raise errors.sparse_axis(axis)
        axes_of("take", x, axis)
        return _take_rows(x, index=Index(_from_the_front(where, shape[0]), shape))
    if axis is None:
        return _take(x, index=Index(unraveled("take", where, shape), shape))
    (axis,) = axes_of("take", x, axis)
    return _take(x, index=Index((slice(None),) * axis + (where,), shape))


def _from_the_front(where: Array, length: int) -> Array:
    """Indices with those that count from the end translated."""
    if not where.size or where.min() >= 0:
        return where
    return np.where((where < 0) & (where >= -length), where + length, where)


_take_along_axis = Op(
    "take_along_axis",
    "take_along_axis({}, {index})",
    None,
    lambda x, index: _pick(x, index),
    lambda g, out, _x, index: put_back(g, index),
    says="picked: each element gets the sum of the gradients of the places it was taken to",
)


def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """Elements along an axis, at other indices in each row: what argmax and argsort return.

    Args:
        x: an array or a tensor.
        indices: integers, with as many axes as x; the other axes broadcast.
        axis: the axis they run along; None is for x laid out flat.

    Raises:
        IndexingError: for an index or axis outside the array.
        ShapeError: if the other axes do not match.

    >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1)
    array([[2.],
           [3.]])
    """
    x = operand(x)
    shape = shape_of(x)
    where = integers("take_along_axis", indices)
    if axis is None:
        return _take_along_axis(x, index=Index(unraveled("take_along_axis", where, shape), shape))
    (axis,) = axes_of("take_along_axis", x, axis)
    matches = where.ndim == len(shape) and all(
        n == m or 1 in (n, m)
        for i, (n, m) in enumerate(zip(where.shape, shape, strict=True))
        if i != axis
    )
    if not matches:
        raise errors.indices_do_not_match(axis, shape, where.shape)
    key = list(np.ogrid[tuple(slice(n) for n in shape)])
    key[axis] = where
    return _take_along_axis(x, index=Index(tuple(key), shape))


# --- put and index_add ----------------------------------------------------------------------------


def _put_kernel(x: Any, values: Any, index: Index) -> Array:
    _check_kinds("put", x, values)
    return _assign(np.array(x, order="C"), index, values)


def _index_add_kernel(x: Any, values: Any, index: Index) -> Array:
    _check_kinds("index_add", x, values)
    out = np.array(x, order="C")
    _add_at(out, index, values)
    return out


def _check_kinds(name: str, x: Any, values: Any) -> None:
    if np.result_type(x).kind != "f" and np.result_type(values).kind == "f":
        raise errors.would_truncate(name, np.result_type(x), np.result_type(values))


_put = Op(
    "put",
    "put({}, [{index}], {})",
    None,
    _put_kernel,
    lambda g, out, _x, _values, index: erase(g, index),
    lambda g, out, _x, _values, index: pick_last(g, index),
    says="replaced: the gradient goes to the new values; the elements they replaced get 0",
)
_index_add = Op(
    "index_add",
    "index_add({}, [{index}], {})",
    None,
    _index_add_kernel,
    lambda g, out, _x, _values, index: g,
    lambda g, out, _x, _values, index: _getitem(g, index),
    says="added: the array gets the gradient as it is, each value that of its place",
)


@array_op(
    "erase({}, {index})",
    lambda g, out, _x, index: erase(g, index),
    says="replaced by zeros: the gradient is 0 there, and passes elsewhere",
)
def erase(x: Any, index: Index) -> Any:
    """x with zeros where `index` picks.

    >>> erase([1.0, 2.0, 3.0], Index([0, 2], (3,)))
    array([0., 2., 0.])
    """
    out = np.array(x)
    out[index.key] = 0
    return out


@array_op(
    "pick_last({}, {index})",
    lambda g, out, _x, index: put_last(g, index),
    says="picked, where a place is picked twice only the last time",
)
def pick_last(x: Any, index: Index) -> Any:
    """The elements that `index` picks; where one is picked again later, 0.

    >>> pick_last([1.0, 2.0, 3.0], Index([2, 0, 2], (3,)))
    array([0., 1., 3.])
    """
    x = np.asarray(x)
    return np.where(index.winners(), _pick(x, index), x.dtype.type(0))


@array_op(
    "put_last({}, {index})",
    lambda g, out, _x, index: pick_last(g, index),
    says="put into zeros, the last write to a place wins: the others get 0",
)
def put_last(x: Any, index: Index) -> Any:
    """Zeros in the shape that `index` is for, with x written to the places it picks.

    >>> put_last([1.0, 2.0, 3.0], Index([2, 0, 2], (3,)))
    array([2., 0., 3.])
    """
    x = np.asarray(x)
    return _assign(np.zeros(index.shape, x.dtype), index, x)


def put(x: Any, index: Any, values: Any) -> Any:
    """A copy of x in which `x[index]` has been replaced by values.

    Args:
        x: an array or a tensor; it stays as it is.
        index: anything `getitem` takes. (numpy's `put` counts in the flat array; this does not.)
        values: a number, a Value, an array or a tensor that broadcasts to `x[index]`.

    The gradient of a replaced element is 0. If an index repeats, the last value wins, and only
    that one gets a gradient.

    Raises:
        IndexingError: for an index outside the array.
        ShapeError: for values that do not fit.
        DTypeError: for fractions put into an array of integers.

    >>> put([1.0, 2.0, 3.0], [0, 2], 9.0)
    array([9., 2., 9.])
    """
    x = operand(x)
    return _put(x, operand(values), index=Index(index, shape_of(x)))


def index_add(x: Any, axis: int, index: Any, values: Any) -> Any:
    """A copy of x with values added at some places along an axis; repeated places add up.

    Args:
        x: an array or a tensor; it stays as it is.
        axis: the axis that the index counts along.
        index: whole numbers, one for each slice of values.
        values: in the shape of x, except along the axis, where it is as long as the index.

    The same operation as PyTorch's `index_add(dim, index, source)`.

    Raises:
        IndexingError: for an index or axis outside the array.
        ShapeError: for values that do not fit.

    >>> index_add([1.0, 2.0, 3.0], 0, [0, 2, 2], [10.0, 20.0, 30.0])
    array([11.,  2., 53.])
    """
    x = operand(x)
    (axis,) = axes_of("index_add", x, axis)
    where = np.atleast_1d(integers("index_add", index))
    key = (slice(None),) * axis + (where,)
    return _index_add(x, operand(values), index=Index(key, shape_of(x)))
