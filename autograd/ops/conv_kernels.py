"""How convolutions are computed: as matrix products over columns of windows.

The windows of some positions are copied side by side ("im2col") and multiplied with the weights:
the matrix product is where the time should go, the rest stays in the cache. Inside, samples are
innermost in memory: (channels, *size, batch). Then a cell of the window is the same run of numbers
at another place, whatever the number of channels, so that columns are copied, and gradients added
back, in long rows. Results stay that way in memory, so that the next layer finds them so.

Measured on 64 images, forward, backward for cells and for weights, one thread: 6x12x12 to 16
channels, 5x5, takes 0.6 of the time it takes with channels innermost, and 16x28x28 to 32, 3x3,
0.9 of it, of which the products alone are 0.8.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import product
from math import prod
from typing import Any

import numpy as np

from autograd.ops.window import (
    Sizes,
    Window,
    batch_last,
    empty_last,
    inside,
    is_batch_last,
    to_batch_last,
    view_windows,
)

# Bytes of columns at a time: still in the cache when they are read. A quarter of it costs 5 %.
CACHE = 1536 * 1024

# --- what decides between the ways ----------------------------------------------------------------


def batched(x: Any, n: int) -> Any:
    """x with a batch axis, of one sample if it came without."""
    x = np.asarray(x)
    return x if x.ndim == n + 2 else x[None]


def _fitting(x: Any, size: Sizes) -> Any:
    """x with a batch axis, of this spatial size or an error: columns are read without a check."""
    x = batched(x, len(size))
    return x.reshape(*x.shape[:2], *size)


def column(b: Any, window: Window) -> Any:
    """One number per channel, to be broadcast over positions."""
    return np.asarray(b).reshape(-1, *(1,) * len(window.kernel))


def _is_dense(x: Any, window: Window) -> bool:
    """A 1x1 kernel that reads every cell of whole samples once: a matrix product per sample."""
    aligned = window.size == window.out and not any(window.padding)
    return aligned and window.groups == prod(window.kernel) == 1 and not is_batch_last(x)


def correlate(x: Any, w: Any, b: Any, window: Window) -> Any:
    """y from x and w."""
    n = len(window.kernel)
    single = np.ndim(x) == n + 1
    x, w = _fitting(x, window.size), np.asarray(w)
    dtype = np.result_type(x, w) if b is None else np.result_type(x, w, b)
    if _is_dense(x, window):
        y = np.empty((len(x), len(w), *window.out), dtype)
        _dense(x, w.reshape(w.shape[:2]), y)
        if b is not None:
            y += column(b, window)
    else:
        y = _read_all(x, w, b, window, dtype)
    return y[0] if single else y


def scatter(y: Any, w: Any, b: Any, window: Window) -> Any:
    """x from y and w: every y cell adds its copy of the kernel."""
    n = len(window.kernel)
    single = np.ndim(y) == n + 1
    y, w = _fitting(y, window.out), np.asarray(w)
    dtype = np.result_type(y, w) if b is None else np.result_type(y, w, b)
    swapped = _as_correlation(w, window)
    if _is_dense(y, window):
        x = np.empty((len(y), w.shape[1], *window.size), dtype)
        _dense(y, w.reshape(w.shape[:2]).T, x)
    elif swapped is not None:
        turned = np.flip(w, tuple(range(2, w.ndim))).swapaxes(0, 1)
        x = _read_all(y, turned, None, swapped, dtype)
    else:
        x = _add_all(y, w, window, dtype)
    if b is not None:
        x += column(b, window)
    return x[0] if single else x


def join(y: Any, x: Any, window: Window) -> Any:
    """w from y and x: every weight collects the products of the cells it joins."""
    y, x = _fitting(y, window.out), _fitting(x, window.size)
    shape = (y.shape[1], x.shape[1] // window.groups, *window.kernel)
    if _is_dense(x, window):
        flat = x.reshape(*x.shape[:2], prod(window.size)).swapaxes(1, 2)
        return (y.reshape(*y.shape[:2], prod(window.out)) @ flat).sum(0).reshape(shape)
    take = _taking(y)
    rows = shape[0] // window.groups
    turned = np.zeros((window.groups, prod(shape[1:]), rows), np.result_type(y, x))
    for piece, columns in _columns(x, window):
        some = take(piece).reshape(window.groups, rows, columns.shape[2])
        turned += columns @ some.swapaxes(1, 2)  # the other way round takes up to twice as long
    return np.ascontiguousarray(turned.swapaxes(1, 2)).reshape(shape)


def _as_correlation(w: Any, window: Window) -> Window | None:
    """For stride 1: the window that reads y with the kernel turned round and so gives x.

    Copying columns of y costs half as much as adding columns of x into each other.
    """
    if window.groups > 1 or len(w) * prod(window.size) > 1.5 * w.shape[1] * prod(window.out):
        return None
    before = tuple(e - 1 - p for e, p in zip(window.spans, window.padding, strict=True))
    if any(s != 1 for s in window.stride) or min(before) < 0:
        return None
    return window._replace(size=window.out, out=window.size, padding=before)


def _dense(x: Any, w: Any, out: Any) -> None:
    """out = w times the channels of x, at every position."""
    cells = prod(x.shape[2:])
    flat = x.reshape(len(x), x.shape[1], cells)
    np.matmul(w, flat, out=out.reshape(len(x), len(w), cells))


# --- columns --------------------------------------------------------------------------------------


class _Scratch(threading.local):
    """Room for columns that is kept from call to call, and asked for anew by each thread.

    Memory fresh from the system is slow the first time it is touched: for the forward pass of 64
    images of 1x28x28 to 6 channels, 5x5, as slow as all the rest.
    """

    def __init__(self) -> None:
        self.bytes = np.empty(0, np.uint8)

    def room(self, count: int, dtype: Any) -> Any:
        """An array of `count` numbers, good until the next call."""
        size = count * np.dtype(dtype).itemsize
        if size > len(self.bytes):
            if size > 2 * CACHE:
                return np.empty(count, dtype)  # a rare size, not to be held on to
            self.bytes = np.empty(size, np.uint8)
        return self.bytes[:size].view(dtype)


scratch = _Scratch()


def _pieces(out: Sizes, size: int) -> Iterator[tuple[slice, ...]]:
    """Cut the positions into pieces that fit the cache, where one position takes `size` bytes.

    Runs of lines along the first axis; a line that is too large is cut up in the same way.
    """
    length, *rest = out
    step = CACHE // max(1, size * prod(rest))
    if step == 0 and rest:
        for line in range(length):
            for piece in _pieces(tuple(rest), size):
                yield slice(line, line + 1), *piece
        return
    for start in range(0, length, max(1, step)):
        yield slice(start, min(start + max(1, step), length)), *(slice(0, m) for m in rest)


def _framed(x: Any, window: Window) -> Any:
    """x with its padding, or without what no window reads: (channels, *frame, batch)."""
    if window.frame == window.size and not any(window.padding):
        return to_batch_last(x)
    frame = np.zeros((x.shape[1], *window.frame, len(x)), x.dtype)
    target, source = inside(window)
    to_batch_last(x[(slice(None), slice(None), *source)], frame[(slice(None), *target)])
    return frame


def _columns(x: Any, window: Window) -> Iterator[tuple[tuple[slice, ...], Any]]:
    """The windows of x, some positions at a time: (where, columns), all in one reused buffer.

    Columns have the shape (groups, channels * kernel cells, positions * batch).
    """
    windows = view_windows(_framed(x, window), window)
    count = prod(windows.shape[: 1 + len(window.kernel)])
    for piece in _pieces(window.out, count * len(x) * x.itemsize):
        columns = windows[(..., *piece, slice(None))]
        if prod(window.kernel) > 1:
            copy = scratch.room(columns.size, x.dtype).reshape(columns.shape)
            copy[...] = columns
            columns = copy
        shape = (window.groups, count // window.groups, columns.size // max(1, count))
        yield piece, columns.reshape(shape)


def _taking(y: Any) -> Callable[[tuple[slice, ...]], Any]:
    """A function that gives a piece of y, (channels, *piece, batch).

    What lies otherwise in memory is turned piece by piece where all of it would leave the cache.
    """
    if is_batch_last(y) or y.nbytes <= CACHE:
        source = to_batch_last(y)
        return lambda piece: source[(slice(None), *piece)]
    return lambda piece: to_batch_last(y[(slice(None), slice(None), *piece)])


def _read_all(x: Any, w: Any, b: Any, window: Window, dtype: Any) -> Any:
    """Every window times the weights."""
    groups, rows = window.groups, len(w) // window.groups
    matrix = w.reshape(groups, rows, prod(w.shape[1:]))
    y = empty_last(len(x), len(w), window.out, dtype)
    target = batch_last(y)
    offset = None if b is None else column(b, window)[..., None]
    for piece, columns in _columns(x, window):
        some = target[(slice(None), *piece)]
        np.matmul(matrix, columns, out=some.reshape(groups, rows, columns.shape[2]))
        if offset is not None:
            some += offset
    return y


def _add_all(y: Any, w: Any, window: Window, dtype: Any) -> Any:
    """Every y cell times the weights, added to the cells of its window.

    One product for each line of the kernel: so few that its columns need not be many positions.
    """
    groups, rows = window.groups, len(w) // window.groups
    first, *line = window.kernel
    channels = w.shape[1] * groups
    x = empty_last(len(y), channels, window.size, dtype)
    batch_last(x)[...] = 0
    whole = window.frame == window.size and not any(window.padding)
    frame = batch_last(x) if whole else np.zeros((channels, *window.frame, len(y)), dtype)
    windows = view_windows(frame, window)
    # (first, groups, channels / groups * line, rows)
    split = w.reshape(groups, rows, w.shape[1], first, prod(line)).transpose(3, 0, 2, 4, 1)
    lines = split.reshape(first, groups, w.shape[1] * prod(line), rows)
    take = _taking(y)
    for piece in _pieces(window.out, channels * prod(line) * len(y) * x.itemsize):
        some = take(piece)
        for cell, matrix in enumerate(lines):
            flat = some.reshape(groups, rows, some.size // max(1, len(w)))
            shape = (groups, matrix.shape[1], flat.shape[2])
            columns = np.matmul(matrix, flat, out=scratch.room(prod(shape), dtype).reshape(shape))
            columns = columns.reshape(channels, *line, *some.shape[1:])
            for place in product(*map(range, line)):
                windows[(slice(None), cell, *place, *piece)] += columns[(slice(None), *place)]
    if not whole:
        target, kept = inside(window)
        batch_last(x)[(slice(None), *kept)] = frame[(slice(None), *target)]
    return x
