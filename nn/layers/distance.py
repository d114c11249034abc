"""Layers that compare two inputs. Nothing is learned here."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import errors
from nn.functional import pairs
from nn.functional.checks import flag, number, whole_number
from nn.module import Module


class CosineSimilarity(Module):
    """The cosine of the angle between vectors along an axis.

    Args:
        dim: the axis of the vectors.
        eps: the least that a length counts as. The gradient of a shorter vector is the true slope
            of that; PyTorch's is not.

    >>> CosineSimilarity()([[1.0, 0.0]], [[-2.0, 0.0]])
    Tensor([-1.])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        self.dim = whole_number("CosineSimilarity", "dim", dim)
        self.eps = number("CosineSimilarity", "eps", eps)

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return pairs.cosine_similarity(x1, x2, self.dim, self.eps)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, eps={self.eps}"


class PairwiseDistance(Module):
    """The norm of the difference of vectors, over the last axis.

    Args:
        p: which norm: a number other than 0, or inf.
        eps: added to each difference.
        keepdim: leave the last axis in, with size 1.

    Raises:
        OptionError: for p = 0.

    >>> PairwiseDistance(eps=0.0)([[0.0, 0.0]], [[3.0, 4.0]])
    Tensor([5.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        if number("PairwiseDistance", "p", p, "a number other than 0") == 0:
            raise errors.bad_option("PairwiseDistance", "p", "a number other than 0", p)
        self.p, self.eps = p, number("PairwiseDistance", "eps", eps)
        self.keepdim = flag("PairwiseDistance", "keepdim", keepdim)

    def forward(self, x1: Any, x2: Any) -> Tensor:
        return pairs.pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)

    def extra_repr(self) -> str:
        return f"p={self.p}, eps={self.eps}, keepdim={self.keepdim}"
