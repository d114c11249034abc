"""Activations as layers. Nothing is learned here."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.module import Module


class ReLU(Module):
    """The larger of 0 and x; at 0 the slope is 0.

    >>> import numpy as np
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        return F.relu(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)): anything to between 0 and 1.

    >>> import numpy as np
    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def forward(self, input: Any) -> Any:
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent: anything to between -1 and 1.

    >>> import numpy as np
    >>> Tanh()(np.array([0.0]))
    array([0.])
    """

    def forward(self, input: Any) -> Any:
        return F.tanh(input)
