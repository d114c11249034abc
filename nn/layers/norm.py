"""Normalisation layers: activations brought to one mean and spread, then to a learned one.

They differ in what is measured together: a channel over the batch (batch norm), a channel of one
sample (instance norm), a group of channels of one sample (group norm), or the last axes (layer
norm, RMS norm). Only batch norm makes the samples of a batch depend on each other; so it measures
running statistics on the way, and uses those in evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, expand_dims, get_default_dtype
from nn import errors
from nn.functional import normalisation as N
from nn.inputs import as_input
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class _Norm(Module):
    """What normalisations over channels share: weight, bias, and perhaps running statistics."""

    shapes: ClassVar[dict[int, str]]  # how an input may look, by its number of axes

    running_mean: Any  # an array, or None
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
    ) -> None:
        name, dtype = type(self).__name__, get_default_dtype()
        self.num_features = positive(name, "num_features", num_features)
        self.eps = eps
        if momentum is not None and not 0.0 <= momentum <= 1.0:
            raise errors.bad_option(name, "momentum", "between 0 and 1, or None", momentum)
        self.momentum = momentum
        self.affine = bool(affine)
        self.track_running_stats = bool(track_running_stats)
        self.weight = Parameter(np.ones(self.num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(self.num_features, dtype)) if affine and bias else None
        tracked = self.track_running_stats
        self.register_buffer(
            "running_mean", np.zeros(self.num_features, dtype) if tracked else None
        )
        self.register_buffer("running_var", np.ones(self.num_features, dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", np.array(0) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget what was measured: mean 0, variance 1."""
        if self.track_running_stats:
            self.running_mean = np.zeros_like(self.running_mean)
            self.running_var = np.ones_like(self.running_var)
            self.num_batches_tracked = np.array(0)

    def reset_parameters(self) -> None:
        """Start afresh: weight 1, bias 0, and the running statistics forgotten."""
        self.reset_running_stats()
        _reset(self.weight, self.bias)

    def read(self, input: Any) -> Tensor:
        """The input as a Tensor, its shape checked."""
        x = as_input(input, _dtype_of(self.weight))
        shape = self.shapes.get(x.ndim, "")
        if not shape or x.shape[shape.split(", ").index("C")] != self.num_features:
            known = " or ".join(f"({shape})" for shape in self.shapes.values())
            expected = known.replace("C", str(self.num_features))
            raise errors.wrong_input(repr(self), expected, x.shape)
        return x

    def extra_repr(self) -> str:
        text = (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
        )
        if self.affine and self.bias is None:
            text += "bias=False, "
        return text + f"track_running_stats={self.track_running_stats}"


class _BatchNorm(_Norm):
    """Batch normalisation, whatever the positions."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias)

    def forward(self, input: Any) -> Tensor:
        x = self.read(input)
        tracking = self.training and self.running_mean is not None
        count = int(self.num_batches_tracked) + 1 if tracking else 1
        out = N.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            1.0 / count if self.momentum is None else self.momentum,
            self.eps,
        )
        if tracking:
            self.num_batches_tracked = np.array(count)
        return out


class BatchNorm1d(_BatchNorm):
    """Each channel to mean 0 and variance 1 over the batch (and positions); then weight and bias.

    Args:
        num_features: how many channels C.
        eps: added to the variance.
        momentum: how far the running statistics move in each training step; None: they are the
            plain average of all steps.
        affine: whether there are weight and bias. bias=False leaves that one out.
        track_running_stats: False keeps no statistics: evaluation uses those of its batch too.

    Input (N, C) or (N, C, L). In training the batch's own mean and biased variance are used, and
    the running statistics move towards its mean and unbiased variance; in evaluation those are
    used, and samples do not depend on each other.

    Attributes:
        weight, bias: (C,), from 1 and 0; or None.
        running_mean, running_var, num_batches_tracked: arrays that are part of the state; or None.

    A bias in a layer in front of this one has no effect: the mean takes it off again.

    Raises:
        ShapeError: for other shapes, and in training for a single value per channel.

    >>> layer = BatchNorm1d(2)
    >>> layer([[1.0, 10.0], [3.0, 30.0]]).numpy().round(3)
    array([[-1., -1.],
           [ 1.,  1.]], dtype=float32)
    >>> layer.running_mean
    array([0.2, 2. ], dtype=float32)
    """

    shapes = {2: "N, C", 3: "N, C, L"}


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for images, (N, C, H, W): over batch, height and width.

    >>> layer = BatchNorm2d(3)
    >>> layer(np.zeros((4, 3, 5, 5))).shape
    (4, 3, 5, 5)
    >>> layer
    BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
    """

    shapes = {4: "N, C, H, W"}


class _InstanceNorm(_Norm):
    """Instance normalisation, whatever the positions."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias)

    def forward(self, input: Any) -> Tensor:
        x = self.read(input)
        single = x.ndim == min(self.shapes)
        out = N.instance_norm(
            expand_dims(x, 0) if single else x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out[0] if single else out


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample to mean 0 and variance 1 over its positions.

    Args:
        num_features: how many channels C.
        eps: added to the variance.
        momentum: how far the running statistics move in each training step; None: not at all.
        affine: whether there are weight and bias. bias=False leaves that one out.
        track_running_stats: True keeps running statistics, and evaluation uses them.

    Input (N, C, L) or (C, L). Attributes are those of `BatchNorm1d`.

    Raises:
        ShapeError: for other shapes, and for a single position.

    >>> InstanceNorm1d(2)([[1.0, 3.0], [10.0, 30.0]]).numpy().round(3)
    array([[-1.,  1.],
           [-1.,  1.]])

    Ulyanov et al., "Instance Normalization", 2016.
    """

    shapes = {2: "C, L", 3: "N, C, L"}


class InstanceNorm2d(_InstanceNorm):
    """`InstanceNorm1d` for images, (N, C, H, W) or (C, H, W).

    >>> InstanceNorm2d(3)(np.zeros((4, 3, 5, 5))).shape
    (4, 3, 5, 5)
    """

    shapes = {3: "C, H, W", 4: "N, C, H, W"}


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
        self.eps, self.affine = eps, bool(affine)
        dtype = get_default_dtype()
        self.weight = Parameter(np.ones(self.num_channels, dtype)) if affine else None
        self.bias = Parameter(np.zeros(self.num_channels, dtype)) if affine and bias else None

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        _reset(self.weight, self.bias)

    def forward(self, input: Any) -> Tensor:
        x = as_input(input, _dtype_of(self.weight))
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
        self.eps = eps
        self.elementwise_affine = affine = bool(elementwise_affine)
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if affine else None
        if affine and bias:
            self.bias = Parameter(np.zeros(self.normalized_shape, dtype))

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        _reset(self.weight, self.bias)

    def read(self, input: Any) -> Tensor:
        """The input as a Tensor, its shape checked."""
        x = as_input(input, _dtype_of(self.weight))
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
        self.alpha, self.beta, self.k = alpha, beta, k

    def forward(self, input: Any) -> Tensor:
        x = as_input(input, None)
        if x.ndim < 3:
            raise errors.wrong_input(repr(self), "(N, C, ...)", x.shape)
        return N.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _dtype_of(weight: Parameter | None) -> Any:
    """What plain data are brought to: the dtype of the weights; without any, they stay."""
    return None if weight is None else weight.dtype


def _reset(weight: Parameter | None, bias: Parameter | None) -> None:
    if weight is not None:
        weight.overwrite()[...] = 1.0
    if bias is not None:
        bias.overwrite()[...] = 0.0
