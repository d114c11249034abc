"""What all losses share: how the losses of the elements become one number."""

from __future__ import annotations

from nn.functional.checks import check_reduction
from nn.module import Module


class Loss(Module):
    """A loss that keeps its `reduction`: "mean", "sum" or "none".

    >>> Loss("sum").reduction
    'sum'
    """

    def __init__(self, reduction: str = "mean") -> None:
        check_reduction(type(self).__name__, reduction)
        self.reduction = reduction
