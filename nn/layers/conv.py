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
from nn.inputs import as_input
from nn.layers.options import positive, shown, sizes
from nn.module import Module
from nn.parameter import Parameter

Sizes = int | Sequence[int]


class _Conv(Module):
    """What convolutions share, for any number of spatial axes."""

    axes: ClassVar[int]
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
        name, axes = type(self).__name__, self.axes
        self.in_channels = positive(name, "in_channels", in_channels)
        self.out_channels = positive(name, "out_channels", out_channels)
        self.kernel_size = sizes(name, "kernel_size", kernel_size, axes)
        self.stride = sizes(name, "stride", stride, axes)
        self.dilation = sizes(name, "dilation", dilation, axes)
        self.groups = positive(name, "groups", groups)
        self.padding = self._padding(padding)
        for option in ("in_channels", "out_channels"):
            if getattr(self, option) % self.groups:
                expected = f"a multiple of groups ({groups})"
                raise errors.bad_option(name, option, expected, getattr(self, option))
        if padding_mode != "zeros":
            expected = "'zeros' (pad with autograd.pad beforehand for other borders)"
            raise errors.bad_option(name, "padding_mode", expected, padding_mode)
        self.padding_mode = padding_mode
        generator = init.as_generator(generator)
        dtype = get_default_dtype()
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight = Parameter(np.empty(shape, dtype))
        self.bias = Parameter(np.empty(self.out_channels, dtype)) if bias else None
        self.reset_parameters(generator)

    def _padding(self, padding: Sizes | str) -> tuple[int, ...] | str:
        name = type(self).__name__
        if not isinstance(padding, str):
            return sizes(name, "padding", padding, self.axes, least=0)
        if padding not in ("same", "valid"):
            raise errors.bad_option(name, "padding", "'same', 'valid' or numbers", padding)
        if padding == "same" and any(step != 1 for step in self.stride):
            raise errors.bad_option(name, "stride", "1 where padding is 'same'", self.stride)
        return padding

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw fresh weights, then biases: even numbers up to 1 / sqrt(inputs of one output)."""
        generator = init.as_generator(generator)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        if self.bias is not None:
            bound = 1.0 / math.sqrt(init.fan_in_and_fan_out(self.weight.shape)[0])
            init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input: Any) -> Tensor:
        x = as_input(input, self.weight.dtype)
        spatial = self.axes
        if x.ndim not in (spatial + 1, spatial + 2) or x.shape[-spatial - 1] != self.in_channels:
            space = ", ".join("DHW"[-spatial:])
            expected = f"(N, {self.in_channels}, {space}) or ({self.in_channels}, {space})"
            raise errors.wrong_input(repr(self), expected, x.shape)
        return type(self).convolve(  # type: ignore[no-any-return]  # a Tensor for a Tensor
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )

    def extra_repr(self) -> str:
        parts = [str(self.in_channels), str(self.out_channels)]
        parts.append(f"kernel_size={shown(self.kernel_size)}")
        parts.append(f"stride={shown(self.stride)}")
        if self.padding != (0,) * self.axes:
            text = repr(self.padding) if isinstance(self.padding, str) else shown(self.padding)
            parts.append(f"padding={text}")
        if self.dilation != (1,) * self.axes:
            parts.append(f"dilation={shown(self.dilation)}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        return ", ".join(parts)


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
