"""Sliding windows: where each one starts, which cells it reads, and the columns they make.

Convolution and pooling share all of this. A public function turns its options (`stride`,
`padding="same"`, `ceil_mode`, ...) into one `Window`, and the operations and their rules pass that
along. It fixes the sizes on both sides, so a gradient needs no input to know its own shape.

Everything here works for any number of spatial axes. They come last, after the channels: x has
shape (batch, channels, *size), or (channels, *size) for a single sample.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd import errors
from autograd.ops.op import array_op, plain

__all__ = ["fold", "unfold"]

Sizes = tuple[int, ...]


class Window(NamedTuple):
    """How windows of one size slide over an array: one number per spatial axis in each field.

    size: of the array that is read. out: how many positions the window takes.
    padding: how far the first window starts before the array. What lies behind the array's end
    follows from `out`, so uneven padding needs no field of its own.
    """

    size: Sizes
    out: Sizes
    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int = 1

    def __str__(self) -> str:
        words = ["x".join(map(str, self.kernel))]
        for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1)):
            sizes = getattr(self, name)
            if any(n != usual for n in sizes):
                words.append(f"{name} {sizes[0] if len(set(sizes)) == 1 else sizes}")
        return ", ".join(words + ([f"groups {self.groups}"] if self.groups > 1 else []))

    @property
    def spans(self) -> Sizes:
        """How much of the array one window covers, holes included."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def frame(self) -> Sizes:
        """How much all windows cover together, from the first cell to the last."""
        return tuple(
            (n - 1) * s + e for n, s, e in zip(self.out, self.stride, self.spans, strict=True)
        )


# --- reading the options --------------------------------------------------------------------------


def shape_of(x: Any) -> Sizes:
    """The shape of a tensor, an array, or nested lists."""
    shape: Sizes = x.shape if hasattr(x, "shape") else np.shape(plain(x))
    return shape


def whole(name: str, option: str, given: Any, n: int, least: int) -> Sizes:
    """An option that is one whole number, or one per spatial axis, as a tuple of n."""
    try:
        many = tuple(given) if isinstance(given, Sequence | np.ndarray) else (given,)
        sizes = tuple(operator.index(size) for size in many)
    except TypeError:
        sizes = ()
    if len(sizes) == 1:
        sizes *= n
    if len(sizes) != n or min(sizes) < least:
        raise errors.window_option(name, option, n, least, given)
    return sizes


def spatial_size(name: str, x: Any, n: int) -> Sizes:
    """The last n sizes of x, which must be (batch, channels, *size) or (channels, *size)."""
    shape = shape_of(x)
    if len(shape) not in (n + 1, n + 2) or min(shape[-n:]) < 1:
        raise errors.window_ndim(name, "x", n, shape)
    return shape[-n:]


def positions(name: str, window: Window, room: Sizes) -> Sizes:
    """How many positions fit into `room` (the padded size) along each axis."""
    if any(e > r for e, r in zip(window.spans, room, strict=True)):
        raise errors.window_too_large(name, window.spans, room)
    return tuple(
        (r - e) // s + 1 for r, e, s in zip(room, window.spans, window.stride, strict=True)
    )


# --- where the windows lie ------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def reach(window: Window, axis: int, offset: int) -> tuple[slice, slice]:
    """Along one axis: which positions have their cell number `offset` inside the array, and where.

    Two slices of equal length, the positions and the cells they read; the others read padding.
    """
    size, out = window.size[axis], window.out[axis]
    stride = window.stride[axis]
    start = offset * window.dilation[axis] - window.padding[axis]
    first = max(0, -(start // stride))
    last = min(out, (size - 1 - start) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    cell = first * stride + start
    return slice(first, last), slice(cell, cell + (last - first - 1) * stride + 1, stride)


def cells(window: Window) -> Iterator[tuple[Sizes, tuple[Any, ...], tuple[Any, ...]]]:
    """Every cell of a window in row-major order: its place, the positions that have it inside the
    array, and what they read; both as indices into the last axes."""
    for place in product(*map(range, window.kernel)):
        pairs = [reach(window, axis, offset) for axis, offset in enumerate(place)]
        yield place, (..., *(p for p, _ in pairs)), (..., *(c for _, c in pairs))


def inside(window: Window) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Which part of the frame is array, not padding; which part of the array is in the frame."""
    lengths = [
        max(0, min(size, frame - padding))
        for size, frame, padding in zip(window.size, window.frame, window.padding, strict=True)
    ]
    pairs = list(zip(window.padding, lengths, strict=True))
    return tuple(slice(p, p + n) for p, n in pairs), tuple(slice(0, n) for n in lengths)


# --- memory order ---------------------------------------------------------------------------------


def batch_last(x: Any) -> Any:
    """(batch, channels, *size) seen as (channels, *size, batch)."""
    return x.transpose(*range(1, x.ndim), 0)


def is_batch_last(x: Any) -> bool:
    """Whether the samples of x (batch, channels, *size) lie innermost in memory."""
    return bool(batch_last(x).flags.c_contiguous)


def empty_last(batch: int, channels: int, size: Sizes, dtype: Any) -> Any:
    """An array (batch, channels, *size) whose samples lie innermost in memory.

    It owns its memory, which a transposed view would not: a node then need not copy it.
    """
    inner = np.empty((channels, *size, batch), dtype)
    return np.empty_like(inner.transpose(-1, *range(inner.ndim - 1)))


def to_batch_last(x: Any, into: Any = None) -> Any:
    """(batch, channels, *size) copied to (channels, *size, batch), unless it lies so already.

    Some samples at a time, so that the lines they are read from stay in the cache: up to three
    times as fast where they lie a power of two apart.
    """
    x = batch_last(x)
    if into is None:
        if x.flags.c_contiguous:
            return x
        into = np.empty(x.shape, x.dtype)
    for start in range(0, x.shape[-1], 16):
        into[..., start : start + 16] = x[..., start : start + 16]
    return into


# --- columns --------------------------------------------------------------------------------------


def view_windows(frame: Any, window: Window) -> Any:
    """The windows as a view of a frame (channels, *frame, batch).

    (channels, *kernel, *out, batch): cells appear as often as windows read them.
    """
    first, *steps, last = frame.strides
    out = [step * s for step, s in zip(steps, window.stride, strict=True)]
    kernel = [step * d for step, d in zip(steps, window.dilation, strict=True)]
    shape = (frame.shape[0], *window.kernel, *window.out, frame.shape[-1])
    return as_strided(frame, shape, (first, *kernel, *out, last))


# --- columns as a public pair: unfold and fold ----------------------------------------------------


@array_op(
    "unfold({}, {window})",
    lambda g, out, _x, window: fold_windows(g, window),
    says="unfold: each cell gets the gradients of all its copies, added up",
)
def unfold_windows(x: Any, window: Window) -> Any:
    """Every window as one column: (batch, channels * kernel cells, positions)."""
    x = np.asarray(x)
    single = x.ndim == len(window.kernel) + 1
    x = x[None] if single else x
    columns: Any = np.zeros((*x.shape[:2], *window.kernel, *window.out), x.dtype)
    for place, at, into in cells(window):
        columns[(slice(None), slice(None), *place)][at] = x[into]
    columns = columns.reshape(len(x), x.shape[1] * prod(window.kernel), prod(window.out))
    return columns[0] if single else columns


@array_op(
    "fold({}, {window})",
    lambda g, out, _x, window: unfold_windows(g, window),
    says="fold: each column gets the gradients of the cells it was added to",
)
def fold_windows(x: Any, window: Window) -> Any:
    """Every column put back to where its window lies; what overlaps is added."""
    x = np.asarray(x)
    channels = x.shape[-2] // prod(window.kernel)
    columns = x.reshape(*x.shape[:-2], channels, *window.kernel, *window.out)
    total = np.zeros((*x.shape[:-2], channels, *window.size), x.dtype)
    spatial = (slice(None),) * len(window.out)
    for place, at, into in cells(window):
        total[into] += columns[(..., *place, *spatial)][at]
    return total


def unfold(
    input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """Cut out every window and lay it down as a column ("im2col").

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size, dilation, padding, stride: one number or one per axis, as in `conv2d`.

    Returns:
        (batch, channels * kernel cells, positions): channels outermost, then the cells of the
        window, row by row; positions row by row. Convolution is a matrix product with these.

    Raises:
        ShapeError: for input of another shape, or a window larger than the padded input.
        OptionError: for an option that is not a whole number, or too small.

    >>> unfold(np.array([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]), 2)
    array([[1., 2.],
           [2., 3.],
           [4., 5.],
           [5., 6.]])

    Source: arguments and order are those of torch.nn.functional.unfold.
    """
    window = _column_window(
        "unfold", spatial_size("unfold", input, 2), kernel_size, dilation, padding, stride
    )
    return unfold_windows(input, window)


def fold(
    input: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Any:
    """Put columns back to where `unfold` took them from, and add where they overlap.

    Args:
        input: (batch, channels * kernel cells, positions), or without the batch.
        output_size: (height, width) of the result.
        kernel_size, dilation, padding, stride: as for the `unfold` this undoes.

    Returns:
        (batch, channels, height, width). `fold(unfold(input))` is input times the number of windows
        that read each cell.

    Raises:
        ShapeError: when input is not what `unfold` makes of an array of this size.
        OptionError: for an option that is not a whole number, or too small.

    >>> fold(unfold(np.ones((1, 3, 3)), 2), 3, 2)
    array([[[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]]])

    Source: arguments and order are those of torch.nn.functional.fold.
    """
    size = whole("fold", "output_size", output_size, 2, 1)
    window = _column_window("fold", size, kernel_size, dilation, padding, stride)
    shape = shape_of(input)
    count, length = prod(window.kernel), prod(window.out)
    if len(shape) not in (2, 3):
        raise errors.window_ndim("fold", "columns", 2, shape)
    if shape[-2] % count or shape[-1] != length:
        raise errors.fold_columns("fold", shape, count, length, size)
    return fold_windows(input, window)


def _column_window(
    name: str, size: Sizes, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Window:
    kernel = whole(name, "kernel_size", kernel_size, 2, 1)
    before = whole(name, "padding", padding, 2, 0)
    strides = whole(name, "stride", stride, 2, 1)
    window = Window(size, (), kernel, strides, before, whole(name, "dilation", dilation, 2, 1))
    room = tuple(length + 2 * p for length, p in zip(size, before, strict=True))
    return window._replace(out=positions(name, window, room))
