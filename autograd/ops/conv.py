"""Convolution: one small kernel slides over an array and is read against it everywhere.

As in PyTorch, this is cross-correlation: the kernel is not flipped. One implementation serves
every number of spatial axes, and three operations are all there is:

    conv                  y from x and w
    conv_transpose        x's gradient: each y cell is handed back to the x cells it read
    conv_weight_gradient  w's gradient: each weight meets every pair (x cell, y cell) it joined

Together they are the three ways to leave one factor out of sum(y * conv(x, w)), so the gradients
of each are the other two: derivatives of any order need nothing else.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.conv_kernels import batched, column, correlate, join, scatter
from autograd.ops.op import Op, array_op
from autograd.ops.window import (
    Sizes,
    Window,
    batch_last,
    is_batch_last,
    positions,
    shape_of,
    spatial_size,
    whole,
)

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"]


# --- the operations -------------------------------------------------------------------------------


def _conv(x: Any, w: Any, window: Window) -> Any:
    return correlate(x, w, None, window)


def _conv_bias(x: Any, w: Any, b: Any, window: Window) -> Any:
    return correlate(x, w, b, window)


def _transpose(x: Any, w: Any, window: Window) -> Any:
    return scatter(x, w, None, window)


def _transpose_bias(x: Any, w: Any, b: Any, window: Window) -> Any:
    return scatter(x, w, b, window)


# The rules, each for the operation with a bias and without.


def _to_cells(g: Any, out: Any, _x: Any, w: Any, *_b: Any, window: Window) -> Any:
    return conv_transpose(g, w, window)


def _to_weights(g: Any, out: Any, x: Any, _w: Any, *_b: Any, window: Window) -> Any:
    return conv_weight_gradient(g, x, window)


def _back_to_cells(g: Any, out: Any, _x: Any, w: Any, *_b: Any, window: Window) -> Any:
    return conv(g, w, window)


def _back_to_weights(g: Any, out: Any, x: Any, _w: Any, *_b: Any, window: Window) -> Any:
    return conv_weight_gradient(x, g, window)


def _to_bias(g: Any, out: Any, _x: Any, _w: Any, _b: Any, window: Window) -> Any:
    return channel_sum(g, window)


conv = Op(
    "conv",
    "conv({}, {}, {window})",
    None,
    _conv,
    _to_cells,
    _to_weights,
    says="convolution: a cell gets the gradients of the outputs that read it, times the "
    "weights in between; a weight gets gradient times cell over all its places",
)
conv_bias = Op(
    "conv",
    "conv({}, {}, {}, {window})",
    None,
    _conv_bias,
    _to_cells,
    _to_weights,
    _to_bias,
    says="convolution: a cell gets the gradients of the outputs that read it, times the "
    "weights; a weight gets gradient times cell over all its places; the bias, the sum",
)
conv_transpose = Op(
    "conv_transpose",
    "conv_transpose({}, {}, {window})",
    None,
    _transpose,
    _back_to_cells,
    _back_to_weights,
    says="transposed convolution: a cell gets the gradients of the outputs it wrote to, "
    "times the weights in between; a weight gets gradient times cell over all its places",
)
conv_transpose_bias = Op(
    "conv_transpose",
    "conv_transpose({}, {}, {}, {window})",
    None,
    _transpose_bias,
    _back_to_cells,
    _back_to_weights,
    _to_bias,
    says="transposed convolution: a cell gets the gradients of the outputs it wrote to, "
    "times the weights; a weight, gradient times cell over all its places; the bias, the sum",
)


@array_op(
    "conv_weight_gradient({}, {}, {window})",
    lambda g, out, _y, x, window: conv(x, g, window),
    lambda g, out, y, _x, window: conv_transpose(y, g, window),
    says="the gradient of a convolution's weights: each cell gets the other side's cells it met, "
    "times the weights' gradients",
)
def conv_weight_gradient(y: Any, x: Any, window: Window) -> Any:
    """For every weight the sum of y cell * x cell over all pairs that it joins."""
    return join(y, x, window)


@array_op(
    "channel_sum({}, {window})",
    lambda g, out, x, window: channel_spread(g, x, window),
    says="a sum over batch and positions: every cell gets its channel's gradient",
)
def channel_sum(x: Any, window: Window) -> Any:
    """The sum over batch and positions, one number per channel."""
    n = len(window.kernel)
    x = batched(x, n)
    if is_batch_last(x):
        rows = batch_last(x).reshape(x.shape[1], len(x) * prod(x.shape[2:]))
        return rows @ np.ones(rows.shape[1], x.dtype)
    # A product with ones is 4 times as fast as numpy's sum over two axes.
    return (x.reshape(*x.shape[:2], prod(x.shape[2:])) @ np.ones(prod(x.shape[2:]), x.dtype)).sum(0)


@array_op(
    "channel_spread({}, {}, {window})",
    lambda g, out, _x, _like, window: channel_sum(g, window),
    None,
    says="copied over batch and positions: the copies' gradients are summed",
)
def channel_spread(x: Any, like: Any, window: Window) -> Any:
    """One number per channel, repeated over batch and positions to the shape of `like`."""
    return np.broadcast_to(column(x, window), np.shape(like))


# --- the public functions -------------------------------------------------------------------------


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Convolution over one axis; see `conv2d`.

    >>> x = np.array([[1.0, 2.0, 3.0]])
    >>> conv1d(x, np.array([[[0.25, 0.75]]]))
    array([[1.75, 2.75]])
    """
    return _convolution("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Convolution over two axes: cross-correlation, with PyTorch's arguments and layout.

    Args:
        input: (batch, in_channels, height, width), or without the batch.
        weight: (out_channels, in_channels / groups, kernel height, kernel width).
        bias: (out_channels,), added everywhere in its channel.
        stride: how far the window moves from one position to the next.
        padding: zeros put around input, on both sides of an axis; "valid" for none, "same" for as
            many as keep the size (stride 1 only; an odd one goes to the end).
        dilation: the distance between the cells of one window.
        groups: cut the channels into this many groups that do not see each other.

    `stride`, `padding` and `dilation` are one number or one per axis.

    Returns:
        (batch, out_channels, out height, out width), where
        out = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1.

    Raises:
        ShapeError: when input, weight, bias and groups do not go together.
        OptionError: for an option that is not a whole number, or too small.

    >>> x = np.arange(9.0).reshape(1, 3, 3)
    >>> conv2d(x, np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), bias=[0.5])
    array([[[27.5, 37.5],
            [57.5, 67.5]]])

    Source: the arguments, sizes and "same" are those of torch.nn.functional.conv2d.
    """
    return _convolution("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Convolution over three axes; see `conv2d`.

    >>> conv3d(np.ones((1, 2, 3, 4)), np.ones((1, 1, 2, 2, 2))).shape
    (1, 1, 2, 3)
    """
    return _convolution("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Transposed convolution over one axis; see `conv_transpose2d`.

    >>> conv_transpose1d(np.array([[1.0, 10.0]]), np.array([[[2.0, 3.0]]]), stride=2)
    array([[ 2.,  3., 20., 30.]])
    """
    return _transposed(
        "conv_transpose1d",
        1,
        input,
        weight,
        bias,
        stride,
        padding,
        output_padding,
        groups,
        dilation,
    )


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Transposed convolution over two axes: what `conv2d` does to gradients, as a layer.

    Every cell of input puts a copy of the kernel, times its own value, into the output; where
    copies overlap they are added.

    Args:
        input: (batch, in_channels, height, width), or without the batch.
        weight: (in_channels, out_channels / groups, kernel height, kernel width).
        bias: (out_channels,), added everywhere in its channel.
        stride: the distance between the copies of two neighbours.
        padding: cells cut off on both sides of the output.
        output_padding: cells added at the end of each axis, less than stride or dilation: several
            input sizes give one output size in `conv2d`, and this says which to go back to.
        groups: cut the channels into this many groups that do not see each other.
        dilation: the distance between the cells of one copy.

    Returns:
        (batch, out_channels, out height, out width), where
        out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1.

    Raises:
        ShapeError: when input, weight, bias and groups do not go together.
        OptionError: for an option that is not a whole number, or out of range.

    >>> x = np.array([[[1.0, 10.0]]])
    >>> conv_transpose2d(x, np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    array([[[ 1., 12., 20.],
            [ 3., 34., 40.]]])

    Source: the arguments and sizes are those of torch.nn.functional.conv_transpose2d.
    """
    return _transposed(
        "conv_transpose2d",
        2,
        input,
        weight,
        bias,
        stride,
        padding,
        output_padding,
        groups,
        dilation,
    )


# --- from options to a window ---------------------------------------------------------------------


def _convolution(
    name: str,
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    size = spatial_size(name, x, n)
    outputs, per_group, kernel = _weight_shape(name, weight, n)
    groups = _groups(name, groups, "out_channels", outputs)
    channels = shape_of(x)[-n - 1]
    if channels != per_group * groups:
        raise errors.window_channels(name, shape_of(x), channels, per_group * groups, groups)
    _check_bias(name, bias, outputs)
    strides = whole(name, "stride", stride, n, 1)
    dilations = whole(name, "dilation", dilation, n, 1)
    window = Window(size, (), kernel, strides, (0,) * n, dilations, groups)
    if isinstance(padding, str):
        before, room = _named_padding(name, padding, window)
    else:
        before = whole(name, "padding", padding, n, 0)
        room = tuple(length + 2 * p for length, p in zip(size, before, strict=True))
    window = window._replace(padding=before, out=positions(name, window, room))
    return conv(x, weight, window) if bias is None else conv_bias(x, weight, bias, window)


def _transposed(
    name: str,
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    out = spatial_size(name, x, n)
    inputs, per_group, kernel = _weight_shape(name, weight, n)
    groups = _groups(name, groups, "in_channels", inputs)
    channels = shape_of(x)[-n - 1]
    if channels != inputs:
        raise errors.window_channels(name, shape_of(x), channels, inputs, 1)
    _check_bias(name, bias, per_group * groups)
    strides = whole(name, "stride", stride, n, 1)
    dilations = whole(name, "dilation", dilation, n, 1)
    before = whole(name, "padding", padding, n, 0)
    extra = whole(name, "output_padding", output_padding, n, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations, strict=True)):
        raise errors.output_padding_too_large(name, extra, strides, dilations)
    window = Window((), out, kernel, strides, before, dilations, groups)
    size = tuple(f - 2 * p + e for f, p, e in zip(window.frame, before, extra, strict=True))
    if min(size) < 1:
        raise errors.nothing_left(name, size, before)
    window = window._replace(size=size)
    if bias is None:
        return conv_transpose(x, weight, window)
    return conv_transpose_bias(x, weight, bias, window)


def _weight_shape(name: str, weight: Any, n: int) -> tuple[int, int, Sizes]:
    shape = shape_of(weight)
    if len(shape) != n + 2 or min(shape) < 1:
        raise errors.window_ndim(name, "weight", n, shape)
    return shape[0], shape[1], shape[2:]


def _groups(name: str, groups: Any, what: str, channels: int) -> int:
    (count,) = whole(name, "groups", groups, 1, 1)
    if channels % count:
        raise errors.window_groups(name, count, what, channels)
    return count


def _check_bias(name: str, bias: Any, channels: int) -> None:
    if bias is not None and shape_of(bias) != (channels,):
        raise errors.window_bias(name, shape_of(bias), channels)


def _named_padding(name: str, padding: str, window: Window) -> tuple[Sizes, Sizes]:
    """padding="valid" or "same": the cells before the array, and its padded size."""
    if padding == "valid":
        return window.padding, window.size
    if padding != "same":
        raise errors.unknown_option(name, "padding", padding, ["valid", "same"])
    if any(s != 1 for s in window.stride):
        raise errors.same_with_stride(name, window.stride)
    total = [e - 1 for e in window.spans]
    room = tuple(length + t for length, t in zip(window.size, total, strict=True))
    return tuple(t // 2 for t in total), room
