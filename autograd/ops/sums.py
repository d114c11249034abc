"""Sums of arrays, fast and accurate: plain numpy, no operations.

Adding along an axis is a product with a vector of ones, and BLAS does that several times faster
than numpy's loop. A long sum of float32 in one accumulator drifts, though; so BLAS adds blocks of
at most `BLOCK` numbers and the blocks are added again. The result is about as exact as numpy's
pairwise sum along rows, and more exact than numpy down columns, where it adds one by one.

Reducing over several axes at once is reducing the rows of a matrix: `rows` and `unrows` go there
and back.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

Array = np.ndarray[Any, Any]
Axis = int | tuple[int, ...] | None

BLOCK = 512  # numbers in one accumulator; 512 equal float32 numbers are off by about 4 units
SMALL = 4096  # elements from which the detour over BLAS pays


def floating(x: Any) -> Array:
    """x as an array of floats: integers and booleans become float64."""
    array: Array = np.asarray(x)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The reduced axes: counted from the front, in order, each once."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted(normalize_axis_tuple(axis, ndim)))


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """`shape` with the reduced axes at size 1."""
    axes = axes_of(axis, len(shape))
    return tuple([1 if i in axes else n for i, n in enumerate(shape)])


def result_shape(shape: tuple[int, ...], axis: Axis, keepdims: bool) -> tuple[int, ...]:
    """The shape of a reduction's result."""
    if keepdims:
        return kept_shape(shape, axis)
    axes = axes_of(axis, len(shape))
    return tuple([n for i, n in enumerate(shape) if i not in axes])


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements go into one result."""
    return math.prod([shape[i] for i in axes_of(axis, len(shape))])


def rows(x: Any, axis: Axis) -> Array:
    """x with the reduced axes put last and merged into one, in row-major order."""
    x = np.asarray(x)
    axes = axes_of(axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in axes]
    shape = [x.shape[i] for i in kept]
    merged: Array = x.transpose([*kept, *axes]).reshape([*shape, count(x.shape, axis)])
    return merged


def unrows(r: Array, shape: tuple[int, ...], axis: Axis) -> Array:
    """The way back from `rows` to an array of `shape`."""
    axes = axes_of(axis, len(shape))
    order = [i for i in range(len(shape)) if i not in axes] + list(axes)
    return r.reshape([shape[i] for i in order]).transpose(np.argsort(order))


def reduced(ufunc: Any, x: Any, axis: Axis, keepdims: bool, **more: Any) -> Any:
    """`ufunc.reduce`, whose annotations know no keepdims that is decided later."""
    return ufunc.reduce(x, axis=axis, keepdims=keepdims, **more)


def fast_sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
    """`np.sum(x, axis, keepdims=keepdims)`, by BLAS where that is faster.

    That is: a large float array in C order, with the leading axes, the trailing axes or both
    summed (bias gradients, batch statistics, sums of rows).

    >>> fast_sum(np.ones((2, 3)), 0)
    array([2., 2., 2.])
    """
    if axis is None or x.size < SMALL or x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return reduced(np.add, x, axis, keepdims)
    split = _split(x.shape, axis)
    if split is None:
        return reduced(np.add, x, axis, keepdims)
    first, kept, last = split
    total = _down(_across(x.reshape(first * kept, last)).reshape(first, kept))
    return total.reshape(result_shape(x.shape, axis, keepdims))


def fast_squares(x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the squares of x; `np.vecdot` where it is faster.

    >>> fast_squares(np.array([[3.0, 4.0], [0.0, 1.0]]), axis=1)
    array([25.,  1.])
    """
    split = _split(x.shape, axis) if x.flags.c_contiguous and x.dtype.char in "fd" else None
    if split is None or split[2] == 1:
        return fast_sum(x * x, axis, keepdims)
    first, kept, last = split
    width = _block(last) or last
    y = x.reshape(first * kept * (last // width), width)
    total = _across(np.vecdot(y, y).reshape(first * kept, last // width))
    return _down(total.reshape(first, kept)).reshape(result_shape(x.shape, axis, keepdims))


def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """x summed over the axes along which broadcasting had stretched `shape`."""
    extra = x.ndim - len(shape)
    if extra:
        x = fast_sum(x, tuple(range(extra)))
    stretched = tuple([i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1])
    return fast_sum(x, stretched, keepdims=True) if stretched else x


def _split(shape: tuple[int, ...], axis: Axis) -> tuple[int, int, int] | None:
    """Sizes (summed, kept, summed), if no summed axis lies between kept ones."""
    axes = axes_of(axis, len(shape))
    if math.prod(shape) == 0:
        return None
    end = len(shape)
    start = 0
    while start < end and start in axes:
        start += 1
    while end > start and end - 1 in axes:
        end -= 1
    if start + len(shape) - end != len(axes):
        return None
    if start == len(shape):
        return 1, 1, math.prod(shape)
    return math.prod(shape[:start]), math.prod(shape[start:end]), math.prod(shape[end:])


def _across(x: Array) -> Array:
    """The sum of every row of a matrix."""
    n = x.shape[1]
    if n == 1:
        return x[:, 0]
    width = _block(n)
    if width == 0 or x.shape[0] == 1:
        return np.asarray(np.add.reduce(x, axis=1))
    if width == n:
        return np.asarray(x @ np.ones(n, x.dtype))
    blocks = x.reshape(-1, width) @ np.ones(width, x.dtype)
    return _across(blocks.reshape(x.shape[0], n // width))


def _down(x: Array) -> Array:
    """The sum of every column of a matrix."""
    n, columns = x.shape
    if n == 1:
        return np.asarray(x[0])
    ones = np.ones(min(n, BLOCK), x.dtype)
    if n <= BLOCK:
        return np.asarray(ones @ x)
    blocks, rest = divmod(n, BLOCK)
    parts: Array = ones @ x[: blocks * BLOCK].reshape(blocks, BLOCK, columns)
    total: Any = _down(parts)
    if rest:
        total = total + ones[:rest] @ x[blocks * BLOCK :]
    return np.asarray(total)


@lru_cache(maxsize=1024)
def _block(n: int) -> int:
    """The largest block that divides a row of n; 0 if only tiny ones do."""
    if n <= BLOCK:
        return n
    return next((width for width in range(BLOCK, 31, -1) if n % width == 0), 0)
