"""Convolution: one small kernel slides over an array and is read against it everywhere.

As in PyTorch, this is cross-correlation: the kernel is not flipped. One implementation serves
every number of spatial axes. Here are the functions people call, and how their options become a
window; the operations that do it are in `conv_rules`.
"""

from __future__ import annotations

from typing import Any

from autograd import errors
from autograd.ops.conv_rules import conv, conv_bias, conv_transpose, conv_transpose_bias
from autograd.ops.window import Sizes, Window, positions, shape_of, spatial_size, whole

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"]


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

    >>> import numpy as np
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

    >>> import numpy as np
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

    >>> import numpy as np
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

    >>> import numpy as np
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

    >>> import numpy as np
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
