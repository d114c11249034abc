"""How pooling is computed: one axis after the other.

The largest of a window is the largest of its rows' largest. A gradient goes the same way back:
first to the row that won, then to the cell that won in that row. "First, row by row" is exactly
that, and it costs k + k comparisons a window instead of k * k. Who won is found again from x and
the result in backward, which takes about half the time of keeping and using indices.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from autograd.ops.window import Window, cells, reach

CACHE = 640 * 1024  # bytes: so much is still in a core's own cache when it is read again

# --- the largest ----------------------------------------------------------------------------------


def _steps(x: Any, window: Window, axis: int) -> Any:
    """For each cell of a window along one spatial axis: the positions that have it in the array,
    and the cells they read, as indices into all of x."""
    lead = (slice(None),) * (x.ndim - len(window.kernel) + axis)
    for offset in range(window.kernel[axis]):
        at, into = reach(window, axis, offset)
        yield (*lead, at), (*lead, into)


def _is_everywhere(at: tuple[slice, ...], window: Window, axis: int) -> bool:
    return bool(at[-1].stop - at[-1].start == window.out[axis])


def _slide(combine: Any, x: Any, window: Window, axis: int, outside: Any) -> Any:
    """Combine the cells of each window along one axis; `outside` is what padding counts as."""
    steps = list(_steps(x, window, axis))
    whole = [into for at, into in steps if _is_everywhere(at, window, axis)]
    if len(whole) > 1:
        y = combine(x[whole[0]], x[whole[1]])
    elif whole:
        y = x[whole[0]].copy("K")
    else:
        shape = list(x.shape)
        shape[len(steps[0][0]) - 1] = window.out[axis]
        y = np.full(shape, outside, x.dtype)
    done = whole[:2]
    for at, into in steps:
        if into not in done:
            combine(y[at], x[into], out=y[at])
    return y


def largest(x: Any, window: Window, axis: int) -> Any:
    x = np.asarray(x)
    if x.dtype.kind == "f":
        lowest: Any = -np.inf
    else:
        lowest = np.iinfo(x.dtype).min if x.dtype.kind in "iu" else False
    return _slide(np.maximum, x, window, axis, lowest)


def _partial_maxima(x: Any, y: Any, window: Window) -> list[Any]:
    """y, then x pooled along all axes but the first, but the first two, ..., then x itself."""
    maxima = [np.asarray(x)]
    for axis in reversed(range(1, len(window.kernel))):
        maxima.append(largest(maxima[-1], window, axis))
    return [np.asarray(y), *reversed(maxima)]


def _wins(x: Any, y: Any, window: Window, axis: int) -> Any:
    """For each cell along one axis: where it lies, and for which windows it is the first winner."""
    nan = x.dtype.kind == "f" and bool(np.isnan(y).any())
    unclaimed = np.ones_like(y, bool)
    *steps, last = _steps(x, window, axis)
    for at, into in steps:
        won = x[into] == y[at]
        if nan:
            won |= np.isnan(x[into])
        won &= unclaimed[at]
        unclaimed[at] ^= won
        yield at, into, won
    yield *last, unclaimed[last[0]]  # a window that nobody has won so far goes to its last cell


def _masked(won: Any, g: Any, out: Any = None) -> Any:
    """g where won, else 0, for any g: the bits of g times 1 or 0.

    10 times as fast as np.where, and no nan can come of inf * 0.
    """
    whole = f"i{g.itemsize}"
    bits = np.multiply(g.view(whole), won.view("i1"), out=None if out is None else out.view(whole))
    return bits.view(g.dtype)


def route(g: Any, x: Any, y: Any, window: Window) -> Any:
    """A part at a time, so that what lies in between is small and its memory is reused."""
    g, x, y = np.asarray(g), np.asarray(x), np.asarray(y)
    routed = np.zeros_like(x, g.dtype)
    for part in _parts(x, window):
        maxima = _partial_maxima(x[part], y[part], window)
        share = g[part]
        for axis, (won_y, won_x) in enumerate(pairwise(maxima)):
            last = axis == len(window.kernel) - 1
            target = routed[part] if last else np.zeros_like(won_x, g.dtype)
            for offset, (at, into, won) in enumerate(_wins(won_x, won_y, window, axis)):
                if offset * window.dilation[axis] < window.stride[axis]:
                    _masked(won, share[at], target[into])  # nothing has come to these cells yet
                else:
                    target[into] += _masked(won, share[at])
            share = target
    return routed


def _parts(x: Any, window: Window) -> Iterator[tuple[slice, ...]]:
    """Some samples of x, or where these lie innermost in memory, some channels."""
    axis = int(x.ndim == len(window.kernel) + 2 and x.strides[1] > x.strides[0])
    step = max(1, CACHE * x.shape[axis] // max(1, x.nbytes))
    for start in range(0, x.shape[axis], step):
        yield (slice(None),) * axis + (slice(start, start + step),)


def gather(h: Any, x: Any, y: Any, window: Window) -> Any:
    h = np.asarray(h)
    maxima = _partial_maxima(x, y, window)
    for axis in reversed(range(len(window.kernel))):
        won_y, won_x = maxima[axis : axis + 2]
        read = np.zeros_like(won_y, h.dtype)
        for at, into, won in _wins(won_x, won_y, window, axis):
            read[at] += _masked(won, h[into])
        h = read
    return h


def winners(x: Any, y: Any, window: Window) -> Any:
    """Where the first winners are: whole numbers that count one channel's cells row by row."""
    x, y = (t.detach().numpy() if hasattr(t, "detach") else np.asarray(t) for t in (x, y))
    index = np.arange(prod(window.size)).reshape(window.size)
    return gather(np.broadcast_to(index, x.shape), x, y, window)


# --- the largest, with shared ties ----------------------------------------------------------------


def _tied(x: Any, y: Any, window: Window) -> Any:
    """For each cell of a window: where it lies, and for which windows it is among the largest."""
    for _, at, into in cells(window):
        tied = x[into] == y[at]
        yield at, into, tied | (np.isnan(x[into]) & np.isnan(y[at]))


def _counts(x: Any, y: Any, window: Window, dtype: Any) -> Any:
    count = np.zeros_like(y, dtype)
    for at, _, tied in _tied(x, y, window):
        count[at] += tied
    return np.maximum(count, 1)


def route_shares(g: Any, x: Any, y: Any, window: Window) -> Any:
    g, x, y = np.asarray(g), np.asarray(x), np.asarray(y)
    share = g / _counts(x, y, window, g.dtype)
    routed = np.zeros_like(x, share.dtype)
    for at, into, tied in _tied(x, y, window):
        routed[into] += _masked(tied, share[at])
    return routed


def gather_shares(h: Any, x: Any, y: Any, window: Window) -> Any:
    h, x, y = np.asarray(h), np.asarray(x), np.asarray(y)
    total = np.zeros_like(y, h.dtype)
    for at, into, tied in _tied(x, y, window):
        total[at] += _masked(tied, h[into])
    return total / _counts(x, y, window, h.dtype)


# --- the mean -------------------------------------------------------------------------------------


def added(x: Any, window: Window, axis: int) -> Any:
    return _slide(np.add, x, window, axis, 0)


def spread_out(x: Any, window: Window, axis: int) -> Any:
    """Along one axis, each number copied to the cells of its window; overlaps are added."""
    shape = list(x.shape)
    shape[x.ndim - len(window.kernel) + axis] = window.size[axis]
    total = np.zeros(shape, x.dtype)
    for offset, (at, into) in enumerate(_steps(x, window, axis)):
        if offset < window.stride[axis]:
            total[into] = x[at]  # no cell before this one lies in the same place
        else:
            total[into] += x[at]
    return total


@lru_cache(maxsize=256)
def areas(window: Window, include: bool, divisor: int | None, dtype: Any) -> Any:
    """What each window's sum is divided by: a number, or an array over the positions."""
    if divisor is not None:
        return divisor
    area = np.ones((), dtype)
    for size, out, k, s, p in zip(*window[:5], strict=True):
        start = np.arange(out) * s - p
        end = np.minimum(start + k, size + p)
        if not include:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        area = area[..., None] * (end - start).astype(dtype)
    return area.flat[0].item() if (area == area.flat[0]).all() else area
