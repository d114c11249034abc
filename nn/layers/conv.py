"""Convolutional layers: a small kernel slides over an image.

Convolution here is what all libraries mean by it: the kernel is not flipped. One bias per output
map is added to every position of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import errors, functional as F, init
from nn.functional.checks import flag
from nn.inputs import as_input
from nn.layers.options import positive, shown, sizes
from nn.module import Module
from nn.parameter import Parameter

Sizes = int | Sequence[int]

SPACE = {1: "L", 2: "H, W", 3: "D, H, W"}  # what the axes of positions are called


class _Windows(Module):
    """What convolutions and transposed ones share, for any number of spatial axes."""

    axes: ClassVar[int]
    output_padding: tuple[int, ...] = ()
    padding: tuple[int, ...] | str

    def _start(
        self,
        channels: tuple[int, int],
        kernel_size: Sizes,
        stride: Sizes,
        dilation: Sizes,
        groups: int,
        padding_mode: str,
    ) -> None:
        name, axes = type(self).__name__, self.axes
        self.in_channels = positive(name, "in_channels", channels[0])
        self.out_channels = positive(name, "out_channels", channels[1])
        self.kernel_size = sizes(name, "kernel_size", kernel_size, axes)
        self.stride = sizes(name, "stride", stride, axes)
        self.dilation = sizes(name, "dilation", dilation, axes)
        self.groups = positive(name, "groups", groups)
        for option in ("in_channels", "out_channels"):
            if getattr(self, option) % self.groups:
                expected = f"a multiple of groups ({groups})"
                raise errors.bad_option(name, option, expected, getattr(self, option))
        if not isinstance(padding_mode, str) or padding_mode != "zeros":
            expected = "'zeros' (pad with autograd.pad beforehand for other borders)"
            raise errors.bad_option(name, "padding_mode", expected, padding_mode)
        self.padding_mode = padding_mode

    def _make(self, rows: int, columns: int, bias: bool, generator: init.Seed) -> None:
        """Weights from `columns` maps to `rows`, and a bias per output map."""
        dtype = get_default_dtype()
        shape = (rows, columns // self.groups, *self.kernel_size)
        self.weight = Parameter(np.empty(shape, dtype))
        biased = flag(type(self).__name__, "bias", bias)
        self.bias = Parameter(np.empty(self.out_channels, dtype)) if biased else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw fresh weights, then biases: even numbers up to 1 / sqrt(fan), as in PyTorch.

        The fan is the size of the weight's axes after the first: the inputs of one output.
        """
        generator = init.as_generator(generator)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        if self.bias is not None:
            bound = 1.0 / math.sqrt(init.fan_in_and_fan_out(self.weight.shape)[0])
            init.uniform_(self.bias, -bound, bound, generator)

    def read(self, input: Any) -> Tensor:
        """The input as a Tensor, its shape checked."""
        x = as_input(input, self.weight.dtype)
        spatial = self.axes
        if x.ndim not in (spatial + 1, spatial + 2) or x.shape[-spatial - 1] != self.in_channels:
            space = SPACE[spatial]
            expected = f"(N, {self.in_channels}, {space}) or ({self.in_channels}, {space})"
            raise errors.wrong_input(repr(self), expected, x.shape)
        return x

    def extra_repr(self) -> str:
        parts = [str(self.in_channels), str(self.out_channels)]
        parts.append(f"kernel_size={shown(self.kernel_size)}")
        parts.append(f"stride={shown(self.stride)}")
        if self.padding != (0,) * self.axes:
            text = repr(self.padding) if isinstance(self.padding, str) else shown(self.padding)
            parts.append(f"padding={text}")
        if any(self.output_padding):
            parts.append(f"output_padding={shown(self.output_padding)}")
        if self.dilation != (1,) * self.axes:
            parts.append(f"dilation={shown(self.dilation)}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        return ", ".join(parts)


class _Conv(_Windows):
    """Convolution over any number of spatial axes."""

    convolve: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        generator: init.Seed = None,
    ) -> None:
        channels = (in_channels, out_channels)
        self._start(channels, kernel_size, stride, dilation, groups, padding_mode)
        self.padding = self._padding(padding)
        self._make(self.out_channels, self.in_channels, bias, generator)

    def _padding(self, padding: Sizes | str) -> tuple[int, ...] | str:
        name = type(self).__name__
        if not isinstance(padding, str):
            return sizes(name, "padding", padding, self.axes, least=0)
        if padding not in ("same", "valid"):
            raise errors.bad_option(name, "padding", "'same', 'valid' or numbers", padding)
        if padding == "same" and any(step != 1 for step in self.stride):
            raise errors.bad_option(name, "stride", "1 where padding is 'same'", self.stride)
        return padding

    def forward(self, input: Any) -> Tensor:
        return type(self).convolve(  # type: ignore[no-any-return]  # a Tensor for a Tensor
            self.read(input),
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


class Conv1d(_Conv):
    """Convolution over sequences, (N, C, L) or (C, L); see `Conv2d`.

    >>> Conv1d(2, 4, 3, padding="same", generator=0)(np.zeros((1, 2, 9))).shape
    (1, 4, 9)
    """

    axes = 1
    convolve = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """Convolution over images, (N, C, H, W) or (C, H, W).

    Args:
        in_channels, out_channels: maps that come in and go out.
        kernel_size, stride, padding, dilation: one number, or (vertical, horizontal). Padding may
            be "same" (the size stays; stride 1 only) or "valid" (none).
        groups: split the channels into so many parts that do not see each other.
        bias: whether there is one, per output map.
        padding_mode: "zeros".
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Attributes:
        weight: (out_channels, in_channels / groups, *kernel_size); bias: (out_channels,) or None.
            Both start as in PyTorch.

    Plain arrays are brought to the dtype of the weights.

    Raises:
        OptionError: for options that do not go together.
        ShapeError: for an input with other channels, or smaller than the kernel.

    >>> layer = Conv2d(3, 32, 5, generator=0)
    >>> layer(np.zeros((1, 3, 32, 32))).shape
    (1, 32, 28, 28)
    >>> layer
    Conv2d(3, 32, kernel_size=5, stride=1)
    """

    axes = 2
    convolve = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """Convolution over volumes, (N, C, D, H, W) or (C, D, H, W); see `Conv2d`.

    >>> Conv3d(1, 2, 2, generator=0)(np.zeros((1, 1, 4, 5, 6))).shape
    (1, 2, 3, 4, 5)
    """

    axes = 3
    convolve = staticmethod(F.conv3d)


class _ConvTranspose(_Windows):
    """Transposed convolution over any number of spatial axes."""

    scatter: ClassVar[Callable[..., Any]]
    padding: tuple[int, ...]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        *,
        generator: init.Seed = None,
    ) -> None:
        channels = (in_channels, out_channels)
        self._start(channels, kernel_size, stride, dilation, groups, padding_mode)
        name = type(self).__name__
        self.padding = sizes(name, "padding", padding, self.axes, least=0)
        self.output_padding = sizes(name, "output_padding", output_padding, self.axes, least=0)
        self._make(self.in_channels, self.out_channels, bias, generator)

    def forward(self, input: Any, output_size: Sizes | None = None) -> Tensor:
        x = self.read(input)
        return type(self).scatter(  # type: ignore[no-any-return]  # a Tensor for a Tensor
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            output_padding=self._extra(x, output_size),
            groups=self.groups,
            dilation=self.dilation,
        )

    def _extra(self, x: Tensor, output_size: Sizes | None) -> tuple[int, ...]:
        """The output padding that gives this size."""
        if output_size is None:
            return self.output_padding
        name = type(self).__name__
        if isinstance(output_size, Sequence):
            output_size = output_size[-self.axes :]  # batch and channels may be in front
        wanted = sizes(name, "output_size", output_size, self.axes)
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                x.shape[-self.axes :],
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                strict=True,
            )
        ]
        if any(not 0 <= w - n < s for w, n, s in zip(wanted, least, self.stride, strict=True)):
            most = tuple(n + s - 1 for n, s in zip(least, self.stride, strict=True))
            expected = f"between {tuple(least)} and {most} for an input of shape {x.shape}"
            raise errors.bad_option(name, "output_size", expected, output_size)
        return tuple(w - n for w, n in zip(wanted, least, strict=True))


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution over sequences, (N, C, L) or (C, L); see `ConvTranspose2d`.

    >>> ConvTranspose1d(2, 3, 4, stride=2, generator=0)(np.zeros((1, 2, 5))).shape
    (1, 3, 12)
    """

    axes = 1
    scatter = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over images, (N, C, H, W) or (C, H, W): it makes them larger.

    Every cell writes a copy of the kernel, times its own value, into the output; copies that
    overlap are added. It is what `Conv2d` does to gradients.

    Args:
        in_channels, out_channels: maps that come in and go out.
        kernel_size, dilation: one number, or (vertical, horizontal).
        stride: the distance between the copies of two neighbours.
        padding: cells cut off on both sides of the output.
        output_padding: cells added at the end; or call the layer with `output_size=` instead.
        groups: split the channels into so many parts that do not see each other.
        bias: whether there is one, per output map.
        padding_mode: "zeros".
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Attributes:
        weight: (in_channels, out_channels / groups, *kernel_size); bias: (out_channels,) or None.
            Both start as in PyTorch.

    Raises:
        OptionError: for options that do not go together.
        ShapeError: for an input with other channels.

    >>> layer = ConvTranspose2d(4, 2, 3, stride=2, generator=0)
    >>> layer(np.zeros((1, 4, 5, 5))).shape
    (1, 2, 11, 11)
    >>> layer(np.zeros((1, 4, 5, 5)), output_size=12).shape
    (1, 2, 12, 12)
    """

    axes = 2
    scatter = staticmethod(F.conv_transpose2d)
