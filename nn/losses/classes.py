"""Losses of one class out of many as modules."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import errors, functional as F
from nn.functional.checks import between
from nn.inputs import Array
from nn.losses.base import Loss


class _WeightedLoss(Loss):
    """Losses over classes: a factor per class (a buffer), and a label that does not count."""

    weight: Array | None

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        if isinstance(ignore_index, bool) or not isinstance(ignore_index, int):
            name = type(self).__name__
            raise errors.bad_option(name, "ignore_index", "an integer", ignore_index)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index


class NLLLoss(_WeightedLoss):
    """Minus the log-probability of the right class; see `nn.functional.nll_loss`.

    >>> round(NLLLoss()([[-0.5, -0.9]], [1]).item(), 4)
    0.9
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(_WeightedLoss):
    """Softmax and minus the log-probability of the right class, in one.

    Args:
        weight: one factor per class; with labels, the mean is then a weighted one.
        ignore_index: a label that does not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of the target is spread evenly over all classes, 0 to 1.

    Predictions are scores of any size, (C,) or (N, C, ...); targets are integer labels, without
    the axis of classes, or probabilities in the shape of the predictions.

    Raises:
        DomainError: for a label outside the classes.

    >>> round(CrossEntropyLoss()([[2.0, 0.0], [0.0, 0.0]], [0, 1]).item(), 4)
    0.41
    """

    def __init__(
        self,
        weight: Any = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, ignore_index, reduction)
        self.label_smoothing = between("CrossEntropyLoss", "label_smoothing", label_smoothing, 0, 1)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            self.ignore_index,
            self.reduction,
            self.label_smoothing,
        )
