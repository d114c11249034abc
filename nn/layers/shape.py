"""Layers that move numbers about: other axes, other sizes. Nothing is learned here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd as ag
from nn import errors, functional as F
from nn.functional import grids
from nn.functional.checks import whole_number
from nn.inputs import as_input
from nn.layers.options import positive, shown, sizes
from nn.module import Module

Sizes = int | Sequence[int]


class Flatten(Module):
    """Join axes into one; by default all but the first, which is the batch.

    Args:
        start_dim, end_dim: the first and the last axis to join.

    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = whole_number("Flatten", "start_dim", start_dim)
        self.end_dim = whole_number("Flatten", "end_dim", end_dim)

    def forward(self, input: Any) -> Any:
        return F.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split one axis into several: what `Flatten` joined comes apart again.

    Args:
        dim: the axis.
        unflattened_size: what it becomes; one of the sizes may be -1, and is worked out.

    Raises:
        OptionError: for sizes that are no whole numbers, or two of them -1.
        ShapeError: if the axis has another size.

    >>> import numpy as np
    >>> Unflatten(1, (3, -1))(np.zeros((2, 12))).shape
    (2, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = whole_number("Unflatten", "dim", dim)
        given: Any = unflattened_size
        whole = isinstance(given, (tuple, list)) and given
        self.unflattened_size = (
            tuple(positive("Unflatten", "unflattened_size", size, least=-1) for size in given)
            if whole
            else ()
        )
        if not whole or self.unflattened_size.count(-1) > 1:
            expected = "the sizes of one axis or more, of which one may be -1"
            raise errors.bad_option("Unflatten", "unflattened_size", expected, given)

    def forward(self, input: Any) -> Any:
        x = as_input(input, None)
        if not -x.ndim <= self.dim < x.ndim:
            raise errors.wrong_input(repr(self), f"(...) with an axis {self.dim}", x.shape)
        dim = self.dim % x.ndim
        new = self.unflattened_size
        known = 1
        for size in new:
            known *= size if size != -1 else 1
        fits = x.shape[dim] % known == 0 if -1 in new and known else x.shape[dim] == known
        if not fits:
            product = " * ".join(map(str, new))
            expected = f"{product} on axis {self.dim}"
            raise errors.wrong_input(repr(self), expected, x.shape)
        return ag.reshape(x, (*x.shape[:dim], *new, *x.shape[dim + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class PixelShuffle(Module):
    """Channels become positions: (..., C * r * r, H, W) to (..., C, H * r, W * r).

    Args:
        upscale_factor: r.

    Raises:
        ShapeError: if the channels are no multiple of r * r.

    >>> import numpy as np
    >>> PixelShuffle(2)(np.zeros((1, 8, 3, 4))).shape
    (1, 2, 6, 8)
    """

    def __init__(self, upscale_factor: int) -> None:
        self.upscale_factor = positive("PixelShuffle", "upscale_factor", upscale_factor)

    def forward(self, input: Any) -> Any:
        return grids.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class Upsample(Module):
    """Another size along the axes of positions.

    Args:
        size: the new sizes, one number or one per axis; or
        scale_factor: by how much; sizes are rounded down.
        mode: "nearest" repeats; "linear" (N, C, L), "bilinear" (N, C, H, W) and "trilinear"
            (N, C, D, H, W) blend the neighbours.
        align_corners: for blending: whether the outermost elements stay the outermost ones (True),
            or elements are cells of a frame that is stretched (False or None).

    Raises:
        OptionError: for options that do not go together.

    >>> import numpy as np
    >>> Upsample(scale_factor=2)(np.array([[[1.0, 2.0]]]))
    Tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ) -> None:
        grids.check_resizing("Upsample", size, scale_factor, mode, align_corners)
        self.size, self.scale_factor = size, scale_factor
        self.mode, self.align_corners = mode, align_corners

    def forward(self, input: Any) -> Any:
        return grids.interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        by = f"size={self.size}" if self.size is not None else f"scale_factor={self.scale_factor}"
        return f"{by}, mode={self.mode!r}"


class _Columns(Module):
    """What Unfold and Fold share: a window, and how it slides."""

    def __init__(
        self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        name = type(self).__name__
        self.kernel_size = sizes(name, "kernel_size", kernel_size, 2)
        self.dilation = sizes(name, "dilation", dilation, 2)
        self.padding = sizes(name, "padding", padding, 2, least=0)
        self.stride = sizes(name, "stride", stride, 2)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={shown(self.kernel_size)}, dilation={shown(self.dilation)}, "
            f"padding={shown(self.padding)}, stride={shown(self.stride)}"
        )


class Unfold(_Columns):
    """Every window of an image as a column: (N, C, H, W) to (N, C * window, positions).

    Args:
        kernel_size, dilation, padding, stride: one number, or (vertical, horizontal).

    Input may be (C, H, W) too.

    Raises:
        ShapeError: for an input of other axes, or smaller than the window.

    >>> import numpy as np
    >>> Unfold(2)(np.zeros((1, 3, 4, 5))).shape
    (1, 12, 12)
    """

    def forward(self, input: Any) -> Any:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(_Columns):
    """Columns put back to where `Unfold` takes them from; what overlaps is added.

    Args:
        output_size: (vertical, horizontal) of the result, or one number.
        kernel_size, dilation, padding, stride: those of the `Unfold`.

    Input (N, C * window, positions), or without N.

    Raises:
        ShapeError: for an input that `Unfold` would not give.

    >>> import numpy as np
    >>> Fold((4, 5), 2)(np.zeros((1, 12, 12))).shape
    (1, 3, 4, 5)
    """

    def __init__(
        self,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sizes = 0,
        stride: Sizes = 1,
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = sizes("Fold", "output_size", output_size, 2)

    def forward(self, input: Any) -> Any:
        return F.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self) -> str:
        return f"output_size={shown(self.output_size)}, {super().extra_repr()}"
