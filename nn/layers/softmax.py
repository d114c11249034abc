"""Activations that read an axis as a whole: softmax and its family, and gated halves."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.functional.checks import whole_axis
from nn.module import Module


class _AlongAxis(Module):
    """An activation that reads an axis as a whole. None is refused: an axis must be said."""

    def __init__(self, dim: int | None = None) -> None:
        self.dim = whole_axis(type(self).__name__, dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class GLU(_AlongAxis):
    """One half along an axis, times the sigmoid of the other half.

    >>> import numpy as np
    >>> GLU()(np.array([2.0, 4.0, 0.0, 0.0]))
    array([1., 2.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim)

    def forward(self, input: Any) -> Any:
        return F.glu(input, self.dim)


class Softmax(_AlongAxis):
    """exp(x) over its sum along an axis: scores to probabilities.

    >>> import numpy as np
    >>> Softmax(dim=1)(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim)


class Softmin(_AlongAxis):
    """softmax(-x) along an axis: the smallest gets the most.

    >>> import numpy as np
    >>> Softmin(dim=1)(np.array([[0.0, 1000.0]]))
    array([[1., 0.]])
    """

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.dim)


class LogSoftmax(_AlongAxis):
    """log(softmax(x)) along an axis, without overflow.

    >>> import numpy as np
    >>> LogSoftmax(dim=1)(np.array([[0.0, 1000.0]]))
    array([[-1000.,     0.]])
    """

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim)
