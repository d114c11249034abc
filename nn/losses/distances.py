"""Losses of numbers as modules."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import functional as F
from nn.functional.checks import flag, number
from nn.functional.distances import check_beta
from nn.losses.base import Loss


class MSELoss(Loss):
    """The mean squared difference of prediction and target.

    Args:
        reduction: "mean", "sum" or "none".

    >>> MSELoss()([1.0, 2.0], [3.0, 2.0]).item()
    2.0
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.mse_loss(input, target, self.reduction)


class L1Loss(Loss):
    """The mean size of the difference of prediction and target.

    Args:
        reduction: "mean", "sum" or "none".

    >>> L1Loss()([1.0, 2.0], [3.0, 2.0]).item()
    1.0
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.l1_loss(input, target, self.reduction)


class SmoothL1Loss(Loss):
    """L1Loss with a round corner, as wide as beta; see `nn.functional.smooth_l1_loss`.

    Args:
        reduction: "mean", "sum" or "none".
        beta: where the parabola ends, 0 or more.

    >>> SmoothL1Loss()([0.5, 3.0], [0.0, 0.0]).item()
    1.3125
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        check_beta("SmoothL1Loss", beta)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(Loss):
    """Half the squared difference up to delta, then a line; see `nn.functional.huber_loss`.

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the parabola ends, above 0.

    >>> HuberLoss(delta=2.0)([0.5, 3.0], [0.0, 0.0]).item()
    2.0625
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = number("HuberLoss", "delta", delta, "a number above 0", least=0)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.huber_loss(input, target, self.reduction, self.delta)


class PoissonNLLLoss(Loss):
    """Minus the log-probability of counts; see `nn.functional.poisson_nll_loss`.

    Args:
        log_input: the input is the logarithm of the expected count; False: the count itself.
        full: add log(target!), by Stirling's formula, where the target is above 1.
        eps: added to a count before its logarithm is taken.
        reduction: "mean", "sum" or "none".

    >>> PoissonNLLLoss()([0.0], [2.0]).item()
    1.0
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        eps: float = 1e-8,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        self.log_input = flag("PoissonNLLLoss", "log_input", log_input)
        self.full = flag("PoissonNLLLoss", "full", full)
        self.eps = number("PoissonNLLLoss", "eps", eps)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.poisson_nll_loss(
            input, target, self.log_input, self.full, self.eps, self.reduction
        )


class GaussianNLLLoss(Loss):
    """Minus the log-probability of a target, given mean and variance.

    Args:
        full: add the constant log(2 * pi) / 2.
        eps: smaller variances count as eps.
        reduction: "mean", "sum" or "none".

    See `nn.functional.gaussian_nll_loss` for the shapes of the variances.

    >>> GaussianNLLLoss()([1.0, 2.0], [3.0, 2.0], [1.0, 1.0]).item()
    1.0
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full = flag("GaussianNLLLoss", "full", full)
        self.eps = number("GaussianNLLLoss", "eps", eps, "a number above 0", least=0)

    def forward(self, input: Any, target: Any, var: Any) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
