"""Losses of probabilities and of whole distributions as modules."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import functional as F
from nn.functional.checks import flag
from nn.functional.probabilities import check_kl_reduction
from nn.inputs import Array
from nn.losses.base import Loss


class BCELoss(Loss):
    """Minus the log-probability of yes-or-no answers, from probabilities.

    Args:
        weight: a factor per element (a buffer); it is broadcast.
        reduction: "mean", "sum" or "none".

    Raises:
        DomainError: for a probability or a target outside 0 to 1.

    >>> round(BCELoss()([0.5, 0.25], [1.0, 0.0]).item(), 4)
    0.4904
    """

    weight: Array | None

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """A sigmoid, then minus the log-probability of yes-or-no answers.

    Args:
        weight: a factor per element (a buffer); it is broadcast.
        reduction: "mean", "sum" or "none".
        pos_weight: what a yes counts, usually one number per class (a buffer); it is broadcast.

    Raises:
        DomainError: for a target outside 0 to 1.

    >>> round(BCEWithLogitsLoss()([0.0, 800.0], [1.0, 1.0]).item(), 4)
    0.3466
    """

    weight: Array | None
    pos_weight: Array | None

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, self.reduction, self.pos_weight
        )


class MultiLabelSoftMarginLoss(Loss):
    """Many yes-or-no questions about each sample: the mean of their cross entropies.

    Args:
        weight: a factor per class (a buffer).
        reduction: "mean" or "sum" over the samples, or "none".

    >>> round(MultiLabelSoftMarginLoss()([[0.0, 0.0, 9.0]], [[1.0, 0.0, 1.0]]).item(), 4)
    0.4621
    """

    weight: Array | None

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, self.weight, self.reduction)


class KLDivLoss(Loss):
    """How far the distribution that comes in is from the target's; see `nn.functional.kl_div`.

    Args:
        reduction: "batchmean": the sum over the size of the first axis; "mean", "sum" or "none".
        log_target: whether targets are log-probabilities, as inputs always are.

    >>> round(KLDivLoss("batchmean")([[-0.7, -0.7]], [[1.0, 0.0]]).item(), 4)
    0.7
    """

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        check_kl_reduction("KLDivLoss", reduction)
        self.reduction = reduction
        self.log_target = flag("KLDivLoss", "log_target", log_target)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.kl_div(input, target, self.reduction, self.log_target)
