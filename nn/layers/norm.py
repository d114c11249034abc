"""Normalisation of channels that may keep running statistics: batch norm and instance norm.

Activations are brought to one mean and spread, then to a learned one. What is measured together
is a channel over the batch (batch norm), or a channel of one sample (instance norm). Only batch
norm makes the samples of a batch depend on each other; so it measures running statistics on the
way, and uses those in evaluation. Those that need none are in `nn.layers.sample_norm`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd import Tensor, expand_dims, get_default_dtype
from nn import errors
from nn.functional import normalisation as N
from nn.functional.checks import between, flag, not_negative
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
        self.eps = not_negative(name, "eps", eps)
        if momentum is not None:
            between(name, "momentum", momentum, 0, 1, "between 0 and 1, or None")
        self.momentum = momentum
        self.affine = affine = flag(name, "affine", affine)
        self.track_running_stats = flag(name, "track_running_stats", track_running_stats)
        biased = flag(name, "bias", bias) and affine
        self.weight = Parameter(np.ones(self.num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(self.num_features, dtype)) if biased else None
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
        reset(self.weight, self.bias)

    def read(self, input: Any) -> Tensor:
        """The input as a Tensor, its shape checked."""
        x = as_input(input, dtype_of(self.weight))
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


def dtype_of(weight: Parameter | None) -> Any:
    """What plain data are brought to: the dtype of the weights; without any, they stay."""
    return None if weight is None else weight.dtype


def reset(weight: Parameter | None, bias: Parameter | None) -> None:
    """Weight 1, bias 0, where there are any."""
    if weight is not None:
        weight.overwrite()[...] = 1.0
    if bias is not None:
        bias.overwrite()[...] = 0.0
