"""Borders around sequences and images. Nothing is learned here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from nn import errors
from nn.functional import grids
from nn.functional.checks import number
from nn.inputs import as_input
from nn.layers.options import sizes
from nn.module import Module

Sizes = int | Sequence[int]


class _Pad(Module):
    """A border of a kind, around a number of axes."""

    axes: ClassVar[int]
    mode: ClassVar[str]
    value: float = 0.0

    def __init__(self, padding: Sizes) -> None:
        self.padding = sizes(type(self).__name__, "padding", padding, 2 * self.axes, least=0)

    def forward(self, input: Any) -> Any:
        x = as_input(input, None)
        if x.ndim not in (self.axes + 1, self.axes + 2):
            space = {1: "L", 2: "H, W"}[self.axes]
            raise errors.wrong_input(repr(self), f"(N, C, {space}) or (C, {space})", x.shape)
        return grids.pad(x, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """A border of one number."""

    mode = "constant"

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = number(type(self).__name__, "value", value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """A border of one number around a sequence, (N, C, L) or (C, L).

    Args:
        padding: one number, or (left, right).
        value: what the border is made of.

    >>> ConstantPad1d((1, 2), 9.0)([[1.0]])
    Tensor([[9., 1., 9., 9.]])
    """

    axes = 1


class ConstantPad2d(_ConstantPad):
    """A border of one number around an image, (N, C, H, W) or (C, H, W).

    Args:
        padding: one number, or (left, right, top, bottom).
        value: what the border is made of.

    >>> ConstantPad2d((1, 0, 0, 1), 9.0)([[[1.0]]])
    Tensor([[[9., 1.],
             [9., 9.]]])
    """

    axes = 2


class ZeroPad2d(_Pad):
    """A border of zeros around an image, (N, C, H, W) or (C, H, W).

    Args:
        padding: one number, or (left, right, top, bottom).

    >>> ZeroPad2d((1, 0, 0, 0))([[[1.0]]])
    Tensor([[[0., 1.]]])
    """

    axes, mode = 2, "constant"


class ReflectionPad2d(_Pad):
    """A border that mirrors an image at its outermost elements, which are not repeated.

    Args:
        padding: one number, or (left, right, top, bottom); less than the size of the image.

    Input (N, C, H, W) or (C, H, W).

    Raises:
        ShapeError: for other axes, and for a border as wide as the image.

    >>> ReflectionPad2d((2, 0, 0, 0))([[[1.0, 2.0, 3.0]]])
    Tensor([[[3., 2., 1., 2., 3.]]])
    """

    axes, mode = 2, "reflect"


class ReplicationPad1d(_Pad):
    """A border that repeats the ends of a sequence, (N, C, L) or (C, L).

    Args:
        padding: one number, or (left, right).

    >>> ReplicationPad1d((2, 1))([[1.0, 2.0]])
    Tensor([[1., 1., 1., 2., 2.]])
    """

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """A border that repeats the outermost elements of an image, (N, C, H, W) or (C, H, W).

    Args:
        padding: one number, or (left, right, top, bottom).

    >>> ReplicationPad2d((1, 0, 0, 1))([[[1.0, 2.0]]])
    Tensor([[[1., 1., 2.],
             [1., 1., 2.]]])
    """

    axes, mode = 2, "replicate"
