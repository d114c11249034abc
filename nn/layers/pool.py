"""Pooling layers: one number for each window of an image. Nothing is learned here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from nn import errors, functional as F
from nn.functional import grids
from nn.functional.checks import flag, one_of
from nn.inputs import as_input
from nn.layers.options import positive, shown, sizes
from nn.module import Module

Sizes = int | Sequence[int]


class _Pool(Module):
    """What pooling layers share."""

    axes: ClassVar[int]

    def __init__(
        self, kernel_size: Sizes, stride: Sizes | None, padding: Sizes, ceil_mode: bool
    ) -> None:
        name, axes = type(self).__name__, self.axes
        self.kernel_size = sizes(name, "kernel_size", kernel_size, axes)
        given = self.kernel_size if stride is None else stride
        self.stride = sizes(name, "stride", given, axes)
        self.padding = sizes(name, "padding", padding, axes, least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            expected = f"at most half the kernel ({shown(self.kernel_size)})"
            raise errors.bad_option(name, "padding", expected, padding)
        self.ceil_mode = flag(type(self).__name__, "ceil_mode", ceil_mode)

    def check(self, input: Any) -> None:
        """Raise unless the input has the axes of an image."""
        shape = input.shape if hasattr(input, "shape") else as_input(input, None).shape
        if len(shape) not in (self.axes + 1, self.axes + 2):
            space = {1: "L", 2: "H, W", 3: "D, H, W"}[self.axes]
            raise errors.wrong_input(repr(self), f"(N, C, {space}) or (C, {space})", shape)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={shown(self.kernel_size)}, stride={shown(self.stride)}, "
            f"padding={shown(self.padding)}"
        )


class _MaxPool(_Pool):
    """Max pooling over any number of axes."""

    pool: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        *,
        ceil_mode: bool = False,
        ties: str = "first",
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = sizes(type(self).__name__, "dilation", dilation, self.axes)
        self.ties = one_of(type(self).__name__, "ties", ties, ("first", "split"))

    def forward(self, input: Any) -> Any:
        self.check(input)
        return type(self).pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.ties,
        )

    def extra_repr(self) -> str:
        text = super().extra_repr()
        if self.dilation != (1,) * self.axes:
            text += f", dilation={shown(self.dilation)}"
        if self.ceil_mode:
            text += ", ceil_mode=True"
        return text if self.ties == "first" else text + f", ties={self.ties!r}"


class MaxPool1d(_MaxPool):
    """The largest number in each window of a sequence, (N, C, L) or (C, L); see `MaxPool2d`.

    >>> import numpy as np
    >>> MaxPool1d(2)(np.array([[1.0, 3.0, 2.0, 0.0]]))
    array([[3., 2.]])
    """

    axes = 1
    pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest number in each window of an image, (N, C, H, W) or (C, H, W).

    Args:
        kernel_size, padding, dilation: one number, or (vertical, horizontal). Padding is minus
            infinity and never wins.
        stride: the same; the window's size if left out, so windows do not overlap.
        ceil_mode: windows may hang over the end.
        ties: who gets the gradient among equals: "first" (in reading order) or "split".

    >>> import numpy as np
    >>> pool = MaxPool2d(2)
    >>> pool(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    >>> pool
    MaxPool2d(kernel_size=2, stride=2, padding=0)
    """

    axes = 2
    pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest number in each window of a volume, (N, C, D, H, W) or (C, D, H, W).

    >>> import numpy as np
    >>> MaxPool3d(2)(np.zeros((1, 3, 4, 6, 5))).shape
    (1, 3, 2, 3, 2)

    See `MaxPool2d`.
    """

    axes = 3
    pool = staticmethod(F.max_pool3d)


class AvgPool1d(_Pool):
    """The mean of each window of a sequence, (N, C, L) or (C, L); see `AvgPool2d`.

    >>> import numpy as np
    >>> AvgPool1d(2)(np.array([[1.0, 3.0, 2.0, 0.0]]))
    array([[2., 1.]])
    """

    axes = 1

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = flag("AvgPool1d", "count_include_pad", count_include_pad)

    def forward(self, input: Any) -> Any:
        self.check(input)
        return F.avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )


class AvgPool2d(_Pool):
    """The mean of each window of an image, (N, C, H, W) or (C, H, W).

    Args:
        kernel_size, padding: one number, or (vertical, horizontal). Padding is zeros.
        stride: the same; the window's size if left out, so windows do not overlap.
        ceil_mode: windows may hang over the end.
        count_include_pad: whether the zeros of the padding count in the mean.
        divisor_override: divide by this instead of by the count.

    >>> import numpy as np
    >>> AvgPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """

    axes = 2

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad = flag("AvgPool2d", "count_include_pad", count_include_pad)
        if divisor_override is not None:
            positive("AvgPool2d", "divisor_override", divisor_override)
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        self.check(input)
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class _Adaptive(Module):
    """Pooling to a given size."""

    axes: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size
        grids.adaptive_sizes(type(self).__name__, output_size, self.axes)

    def forward(self, input: Any) -> Any:
        return type(self).pool(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_Adaptive):
    """The means of as many windows as asked for, (N, C, L) or (C, L); see `AdaptiveAvgPool2d`.

    >>> AdaptiveAvgPool1d(2)([[1.0, 3.0, 2.0, 0.0]])
    Tensor([[2., 1.]])
    """

    axes = 1
    pool = staticmethod(grids.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_Adaptive):
    """The means of as many windows as asked for, whatever the size of the image.

    Args:
        output_size: one number or (vertical, horizontal); None for as many as there are.

    Input (N, C, H, W) or (C, H, W). Window i of n runs from floor(i * size / n) to
    ceil((i + 1) * size / n).

    Raises:
        OptionError: for sizes that are no whole numbers.
        ShapeError: for an input of other axes.

    >>> import numpy as np
    >>> AdaptiveAvgPool2d((1, None))(np.zeros((2, 3, 5, 7))).shape
    (2, 3, 1, 7)
    """

    axes = 2
    pool = staticmethod(grids.adaptive_avg_pool2d)


class AdaptiveMaxPool2d(_Adaptive):
    """The largest numbers of as many windows as asked for; see `AdaptiveAvgPool2d`.

    >>> import numpy as np
    >>> AdaptiveMaxPool2d(2)(np.arange(9.0).reshape(1, 3, 3))
    Tensor([[[4., 5.],
             [7., 8.]]])
    """

    axes = 2
    pool = staticmethod(grids.adaptive_max_pool2d)
