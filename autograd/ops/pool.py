"""Pooling: of each window one number stays, its largest or its mean.

Max pooling sends a gradient to the winner of the window and nowhere else. A cell that wins several
overlapping windows collects from all of them. Who wins a tie is decided by `ties`:

    "first"  the first of the largest cells, row by row: what argmax says
    "split"  all of them, in equal shares

Routing and its reverse (`pool_gather`, which reads an array at the winners) are each other's
gradients, and so are averaging and `mean_spread`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.choose import check_ties
from autograd.ops.op import array_op
from autograd.ops.pool_kernels import (
    added,
    areas,
    gather,
    gather_shares,
    largest,
    route,
    route_shares,
    spread_out,
    winners,
)
from autograd.ops.window import Window, positions, spatial_size, whole

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]

# --- the operations -------------------------------------------------------------------------------


@array_op(
    "max_pool({}, {window})",
    lambda g, out, x, window, ties: pool_route(g, x, out, window, ties),
    says="max pooling: the gradient goes to the winner of each window, all other cells get 0; "
    "a cell that wins several windows gets the sum",
)
def max_pool(x: Any, window: Window, ties: str = "first") -> Any:
    """The largest cell of each window."""
    for axis in range(len(window.kernel)):
        x = largest(x, window, axis)
    return x


@array_op(
    "pool_route({}, winners of {}, {window})",
    lambda g, out, _g, x, y, window, ties: pool_gather(g, x, y, window, ties),
    None,
    None,
    says="routed to the winners: each gradient gets what its winner gets",
)
def pool_route(g: Any, x: Any, y: Any, window: Window, ties: str = "first") -> Any:
    """One number per window, added to the cell of x that won it (y is max_pool of x)."""
    if ties == "split":
        return route_shares(g, x, y, window)
    return route(g, x, y, window)


@array_op(
    "pool_gather({}, winners of {}, {window})",
    lambda g, out, _h, x, y, window, ties: pool_route(g, x, y, window, ties),
    None,
    None,
    says="read at the winners: each winner gets the gradients of the windows it won",
)
def pool_gather(h: Any, x: Any, y: Any, window: Window, ties: str = "first") -> Any:
    """What h holds in the cell of x that won each window; under "split" the winners' mean."""
    if ties == "split":
        return gather_shares(h, x, y, window)
    return gather(h, x, y, window)


@array_op(
    "avg_pool({}, {window})",
    lambda g, out, _x, window, include, divisor: mean_spread(g, window, include, divisor),
    says="average pooling: every cell of a window gets an equal share of its gradient",
)
def avg_pool(x: Any, window: Window, include: bool = True, divisor: int | None = None) -> Any:
    """The mean of each window."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(float)
    for axis in range(len(window.kernel)):
        x = added(x, window, axis)
    return x / areas(window, include, divisor, x.dtype)


@array_op(
    "mean_spread({}, {window})",
    lambda g, out, _x, window, include, divisor: avg_pool(g, window, include, divisor),
    says="shared out over windows: each number gets the mean of what its cells get",
)
def mean_spread(x: Any, window: Window, include: bool = True, divisor: int | None = None) -> Any:
    """One number per window, shared out equally among its cells; overlaps are added."""
    x = np.asarray(x)
    x = x / areas(window, include, divisor, x.dtype)
    for axis in reversed(range(len(window.kernel))):
        x = spread_out(x, window, axis)
    return x


# --- the public functions -------------------------------------------------------------------------


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    ties: str = "first",
    return_indices: bool = False,
) -> Any:
    """The largest number of each window along one axis; see `max_pool2d`.

    >>> max_pool1d(np.array([[1.0, 5.0, 2.0, 3.0]]), 2)
    array([[5., 3.]])
    """
    return _max_pool(
        "max_pool1d",
        1,
        input,
        kernel_size,
        stride,
        padding,
        dilation,
        ceil_mode,
        ties,
        return_indices,
    )


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    ties: str = "first",
    return_indices: bool = False,
) -> Any:
    """The largest number of each window.

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size: the size of the window.
        stride: from one window to the next; kernel_size if left out, so that windows touch.
        padding: cells of -inf put around input, at most half a window. They never get a gradient.
        dilation: the distance between the cells of one window.
        ceil_mode: also keep a last window that hangs over the end.
        ties: "first" sends the gradient of a window to the first of its largest cells, row by row;
            "split" gives all of them equal shares.
        return_indices: also return where the first winners are, as whole numbers that count the
            cells of one channel row by row.

    The sizes are one number or one per axis. A nan wins its window.

    Returns:
        (batch, channels, out height, out width), where
        out = (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1, rounded up
        under ceil_mode as long as the last window starts inside input or its padding in front.

    Raises:
        ShapeError: for input of another shape, too much padding, or a window larger than the
            padded input.
        OptionError: for an option that is not a whole number, or an unknown `ties`.

    >>> x = np.array([[[1.0, 4.0, 2.0, 0.0], [3.0, 2.0, 7.0, 5.0]]])
    >>> max_pool2d(x, 2)
    array([[[4., 7.]]])

    Source: arguments and sizes are those of torch.nn.functional.max_pool2d; `ties` is new.
    """
    return _max_pool(
        "max_pool2d",
        2,
        input,
        kernel_size,
        stride,
        padding,
        dilation,
        ceil_mode,
        ties,
        return_indices,
    )


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    ties: str = "first",
    return_indices: bool = False,
) -> Any:
    """The largest number of each window over three axes; see `max_pool2d`.

    >>> max_pool3d(np.arange(8.0).reshape(1, 2, 2, 2), 2)
    array([[[[7.]]]])
    """
    return _max_pool(
        "max_pool3d",
        3,
        input,
        kernel_size,
        stride,
        padding,
        dilation,
        ceil_mode,
        ties,
        return_indices,
    )


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window along one axis; see `avg_pool2d`.

    >>> avg_pool1d(np.array([[1.0, 5.0, 2.0, 3.0]]), 2)
    array([[3. , 2.5]])
    """
    return _avg_pool(
        "avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None
    )


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window.

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size, stride, padding, ceil_mode: as in `max_pool2d`; the padding is 0 here.
        count_include_pad: whether padding counts as cells of the window.
        divisor_override: divide by this number instead of the number of cells.

    Returns:
        (batch, channels, out height, out width), sized as in `max_pool2d`.

    Raises:
        ShapeError: for input of another shape, too much padding, or a window larger than the
            padded input.
        OptionError: for an option that is not a whole number, or too small.

    >>> avg_pool2d(np.array([[[1.0, 4.0, 2.0, 0.0], [3.0, 2.0, 7.0, 5.0]]]), 2)
    array([[[2.5, 3.5]]])

    Source: arguments and sizes are those of torch.nn.functional.avg_pool2d.
    """
    return _avg_pool(
        "avg_pool2d",
        2,
        input,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window over three axes; see `avg_pool2d`.

    >>> avg_pool3d(np.arange(8.0).reshape(1, 2, 2, 2), 2)
    array([[[[3.5]]]])
    """
    return _avg_pool(
        "avg_pool3d",
        3,
        input,
        kernel_size,
        stride,
        padding,
        ceil_mode,
        count_include_pad,
        divisor_override,
    )


# --- from options to a window ---------------------------------------------------------------------


def _max_pool(
    name: str,
    n: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    ties: str,
    return_indices: bool,
) -> Any:
    check_ties(name, ties)
    window = _pool_window(name, n, x, kernel_size, stride, padding, dilation, ceil_mode)
    out = max_pool(x, window, ties)
    return (out, winners(x, out, window)) if return_indices else out


def _avg_pool(
    name: str,
    n: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    include: bool,
    divisor: int | None,
) -> Any:
    window = _pool_window(name, n, x, kernel_size, stride, padding, 1, ceil_mode)
    if divisor is not None:
        (divisor,) = whole(name, "divisor_override", divisor, 1, 1)
    return avg_pool(x, window, bool(include), divisor)


def _pool_window(
    name: str,
    n: int,
    x: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> Window:
    size = spatial_size(name, x, n)
    kernel = whole(name, "kernel_size", kernel_size, n, 1)
    strides = kernel if stride is None else whole(name, "stride", stride, n, 1)
    before = whole(name, "padding", padding, n, 0)
    window = Window(size, (), kernel, strides, before, whole(name, "dilation", dilation, n, 1))
    if any(p > k // 2 for p, k in zip(before, kernel, strict=True)):
        raise errors.pool_padding(name, before, kernel)
    room = tuple(length + 2 * p for length, p in zip(size, before, strict=True))
    if not ceil_mode:
        return window._replace(out=positions(name, window, room))
    out = tuple(
        _rounded_up(*sizes) for sizes in zip(room, window.spans, strides, before, strict=True)
    )
    if min(out) < 1:
        raise errors.window_too_large(name, window.spans, room)
    return window._replace(out=out)


def _rounded_up(room: int, span: int, stride: int, before: int) -> int:
    """The number of windows if a last one may hang over the end, but not start behind it."""
    out = -((span - room) // stride) + 1
    return out - 1 if (out - 1) * stride >= room - before else out
