"""Layers that only move numbers about."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.module import Module


class Flatten(Module):
    """Join axes into one; by default all but the first, which is the batch.

    Args:
        start_dim, end_dim: the first and the last axis to join.

    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        return F.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
