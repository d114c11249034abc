"""Normalisation of each sample by itself: group norm, layer norm, RMS norm, local response norm.

They differ in what is measured together: a group of channels, the last axes, or the neighbours in
other channels. No sample sees another, so training and evaluation are the same, and there are no
statistics to keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import errors
from nn.functional import normalisation as N
from nn.functional.checks import flag, not_negative, number
from nn.inputs import as_input
from nn.layers.norm import dtype_of, reset
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class GroupNorm(Module):
    """Each group of channels of each sample to mean 0 and variance 1; then weight and bias.

    Args:
        num_groups: into how many equal groups the channels are cut.
        num_channels: how many channels C, a multiple of num_groups.
        eps: added to the variance.
        affine: whether there are weight and bias, one per channel. bias=False leaves that one out.

    Input (N, C, ...). Nothing depends on the other samples, in training as in evaluation.

    Raises:
        OptionError: if the groups do not come out even.
        ShapeError: for other shapes.

    >>> GroupNorm(2, 4)([[1.0, 3.0, 10.0, 30.0]]).numpy().round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        self.num_groups = positive("GroupNorm", "num_groups", num_groups)
        self.num_channels = positive("GroupNorm", "num_channels", num_channels)
        if self.num_channels % self.num_groups:
            expected = f"a multiple of num_groups ({num_groups})"
            raise errors.bad_option("GroupNorm", "num_channels", expected, num_channels)
        self.eps = not_negative("GroupNorm", "eps", eps)
        self.affine = affine = flag("GroupNorm", "affine", affine)
        biased = flag("GroupNorm", "bias", bias) and affine
        dtype = get_default_dtype()
        self.weight = Parameter(np.ones(self.num_channels, dtype)) if affine else None
        self.bias = Parameter(np.zeros(self.num_channels, dtype)) if biased else None

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        reset(self.weight, self.bias)

    def forward(self, input: Any) -> Tensor:
        x = as_input(input, dtype_of(self.weight))
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise errors.wrong_input(repr(self), f"(N, {self.num_channels}, ...)", x.shape)
        return N.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        text = f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"
        return text + ", bias=False" if self.affine and self.bias is None else text


class _LastAxes(Module):
    """What layer norm and RMS norm share."""

    weight: Parameter | None
    bias: Parameter | None = None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None,
        elementwise_affine: bool,
        bias: bool,
    ) -> None:
        name, dtype = type(self).__name__, get_default_dtype()
        many = isinstance(normalized_shape, (tuple, list))
        given: Any = normalized_shape if many else (normalized_shape,)
        self.normalized_shape = tuple(positive(name, "normalized_shape", size) for size in given)
        if not self.normalized_shape:
            expected = "the sizes of one axis or more"
            raise errors.bad_option(name, "normalized_shape", expected, normalized_shape)
        self.eps = None if eps is None else not_negative(name, "eps", eps)
        affine = flag(name, "elementwise_affine", elementwise_affine)
        self.elementwise_affine = affine
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if affine else None
        if flag(name, "bias", bias) and affine:
            self.bias = Parameter(np.zeros(self.normalized_shape, dtype))

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        reset(self.weight, self.bias)

    def read(self, input: Any) -> Tensor:
        """The input as a Tensor, its shape checked."""
        x = as_input(input, dtype_of(self.weight))
        if x.shape[max(0, x.ndim - len(self.normalized_shape)) :] != self.normalized_shape:
            wanted = ", ".join(map(str, self.normalized_shape))
            raise errors.wrong_input(repr(self), f"(..., {wanted})", x.shape)
        return x

    def extra_repr(self) -> str:
        shape, affine = self.normalized_shape, self.elementwise_affine
        return f"{shape}, eps={self.eps}, elementwise_affine={affine}"


class LayerNorm(_LastAxes):
    """The last axes of each sample to mean 0 and variance 1; then weight and bias.

    Args:
        normalized_shape: the sizes of the last axes, which are measured together.
        eps: added to the variance.
        elementwise_affine: whether there are weight and bias, of that shape.
        bias: False leaves that one out.

    Input (..., *normalized_shape). Nothing depends on the other samples.

    Raises:
        ShapeError: for other last axes.

    >>> LayerNorm(2)([[1.0, 3.0], [10.0, 30.0]]).numpy().round(3)
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    """

    eps: float

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__(normalized_shape, eps, elementwise_affine, bias)

    def forward(self, input: Any) -> Tensor:
        x = self.read(input)
        return N.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        text = super().extra_repr()
        return text + ", bias=False" if self.elementwise_affine and self.bias is None else text


class RMSNorm(_LastAxes):
    """The last axes of each sample divided by their root mean square; then a weight.

    Args:
        normalized_shape: the sizes of the last axes, which are measured together.
        eps: added to the mean square; the machine epsilon of the input's dtype if None.
        elementwise_affine: whether there is a weight, of that shape.

    Input (..., *normalized_shape). The mean stays in, unlike with `LayerNorm`.

    Raises:
        ShapeError: for other last axes.

    >>> RMSNorm(2)([[7.0, 1.0]])
    Tensor([[1.4, 0.2]], dtype=float32, op=standardised)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
    ) -> None:
        super().__init__(normalized_shape, eps, elementwise_affine, False)

    def forward(self, input: Any) -> Tensor:
        return N.rms_norm(self.read(input), self.normalized_shape, self.weight, self.eps)


class LocalResponseNorm(Module):
    """Each element over a power of the mean square of its neighbours in other channels.

    Args:
        size: how many channels are looked at.
        alpha, beta, k: y = x / (k + alpha * mean of squares) ** beta.

    Input (N, C, ...), with at least one axis of positions. Nothing is learned.

    >>> LocalResponseNorm(3)(np.zeros((2, 5, 4, 4), np.float32)).shape
    (2, 5, 4, 4)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size = positive("LocalResponseNorm", "size", size)
        self.alpha = number("LocalResponseNorm", "alpha", alpha)
        self.beta = number("LocalResponseNorm", "beta", beta)
        self.k = number("LocalResponseNorm", "k", k)

    def forward(self, input: Any) -> Tensor:
        x = as_input(input, None)
        if x.ndim < 3:
            raise errors.wrong_input(repr(self), "(N, C, ...)", x.shape)
        return N.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
