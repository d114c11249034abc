"""Losses of comparisons as modules."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import functional as F
from nn.functional.checks import flag, number
from nn.functional.margins import check_power, check_triplet
from nn.inputs import Array
from nn.losses.base import Loss


class HingeEmbeddingLoss(Loss):
    """The distance of things that belong together (1); what others (-1) lack of the margin.

    Args:
        margin: how far apart is far enough.
        reduction: "mean", "sum" or "none".

    >>> HingeEmbeddingLoss()([0.25, 0.25], [1, -1]).item()
    0.5
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = number("HingeEmbeddingLoss", "margin", margin)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.hinge_embedding_loss(input, target, self.margin, self.reduction)


class MarginRankingLoss(Loss):
    """What the better score lacks to beat the other by the margin.

    Args:
        margin: by how much.
        reduction: "mean", "sum" or "none".

    The target is 1 where the first score should be larger, -1 where the second should.

    >>> MarginRankingLoss()([2.0, 2.0], [1.5, 1.5], [1, -1]).item()
    0.25
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = number("MarginRankingLoss", "margin", margin)

    def forward(self, input1: Any, input2: Any, target: Any) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class SoftMarginLoss(Loss):
    """log(1 + exp(-target * input)): a score should have the sign of its target (1 or -1).

    Args:
        reduction: "mean", "sum" or "none".

    >>> round(SoftMarginLoss()([0.0], [1]).item(), 4)
    0.6931
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.soft_margin_loss(input, target, self.reduction)


class MultiMarginLoss(Loss):
    """What the score of the right class lacks to beat each other class by the margin.

    Args:
        p: 1, or 2 to square what is lacking.
        margin: by how much.
        weight: one factor per class (a buffer).
        reduction: "mean" or "sum" over the samples, or "none".

    >>> MultiMarginLoss()([[0.5, 1.0, 0.0, 0.25]], [1]).item()
    0.1875
    """

    weight: Array | None

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        check_power("MultiMarginLoss", p)
        self.p = p
        self.margin = number("MultiMarginLoss", "margin", margin)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)


class CosineEmbeddingLoss(Loss):
    """1 - cosine for vectors that belong together (1); for others (-1), the cosine above a margin.

    Args:
        margin: the cosine that others may have; 0 to 0.5 is usual.
        reduction: "mean" or "sum" over the samples, or "none".

    >>> round(CosineEmbeddingLoss()([[3.0, 4.0]], [[4.0, 3.0]], [1]).item(), 4)
    0.04
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = number("CosineEmbeddingLoss", "margin", margin)

    def forward(self, input1: Any, input2: Any, target: Any) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class TripletMarginLoss(Loss):
    """An anchor should be closer to its positive than to its negative, by the margin.

    Args:
        margin: by how much, above 0.
        p: which norm measures distances.
        eps: added to each difference, as in PyTorch.
        swap: take the distance of positive and negative instead, if it is smaller.
        reduction: "mean" or "sum" over the triplets, or "none".

    >>> round(TripletMarginLoss()([[0.0, 0.0]], [[3.0, 4.0]], [[0.0, 5.5]]).item(), 4)
    0.5
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        check_triplet("TripletMarginLoss", margin, p, eps)
        self.margin, self.p, self.eps = margin, p, eps
        self.swap = flag("TripletMarginLoss", "swap", swap)

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Tensor:
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            self.margin,
            self.p,
            self.eps,
            self.swap,
            self.reduction,
        )
