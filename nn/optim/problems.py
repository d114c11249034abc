"""Small problems on which optimisers differ, and why is known.

The bowl is round, and every rule walks straight down. The ravine is 25 times steeper across than
along, so one rate for both is too large for one or too small for the other. In the sparse stream
one weight gets a gradient every time and the other only now and then, as words in texts do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn.module import Module
from nn.optim.optimizer import Optimizer
from nn.parameter import Parameter

Array = np.ndarray[Any, Any]


class Quadratic(Module):
    """The loss (c1 w1^2 + c2 w2^2 + ...) / 2 of its weights w; calling it gives the loss.

    Args:
        curvatures: c1, c2, ...
        seed: where to start; at (1, 1, ...) if None.

    Gradient descent converges for rates below 2 / max(c) and needs about max(c) / min(c) steps.

    >>> float(Quadratic([1.0, 25.0])())
    13.0
    """

    def __init__(self, curvatures: Any, seed: int | None = None) -> None:
        dtype = ag.get_default_dtype()
        self.curvatures = np.array(curvatures, dtype)
        start = np.ones(self.curvatures.shape)
        if seed is not None:
            start = np.random.default_rng(seed).standard_normal(start.shape)
        self.w = Parameter(start, dtype=dtype)

    def forward(self) -> Tensor:
        loss: Tensor = 0.5 * (self.curvatures * self.w * self.w).sum()
        return loss


def bowl(seed: int | None = None) -> Quadratic:
    """(w1^2 + w2^2) / 2.

    >>> float(bowl()())
    1.0
    """
    return Quadratic([1.0, 1.0], seed)


def ravine(seed: int | None = None) -> Quadratic:
    """(w1^2 + 25 w2^2) / 2: gradient descent is stable for rates below 2/25 = 0.08.

    >>> float(ravine()())
    13.0
    """
    return Quadratic([1.0, 25.0], seed)


class SparseStream(Module):
    """Two weights that predict x @ w, from (0, 0); made for the rows of `sparse_stream`.

    >>> SparseStream()(sparse_stream(3)).shape
    (3,)
    """

    def __init__(self, _seed: int | None = None) -> None:
        self.w = Parameter(np.zeros(2), dtype=ag.get_default_dtype())

    def forward(self, x: Any) -> Tensor:
        predicted: Tensor = ag.matmul(np.asarray(x, self.w.dtype), self.w)
        return predicted


def sparse_stream(steps: int = 100, every: int = 10) -> Array:
    """Rows in which the first entry is always 1, and the second in one row of `every`.

    >>> sparse_stream(4, every=3).tolist()
    [[1.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    """
    rows = np.ones((steps, 2))
    rows[:, 1] = np.arange(steps) % every == 0
    return rows


def movement(optimiser: Callable[[list[Tensor]], Optimizer], gradients: Array) -> Array:
    """How far each weight travels in all, when the rows of `gradients` arrive one per step.

    >>> from nn.optim import SGD
    >>> movement(lambda params: SGD(params, lr=0.1), sparse_stream()).round(6)
    array([10.,  1.])
    """
    w = Tensor(np.zeros(gradients.shape[1]), requires_grad=True)
    rule = optimiser([w])
    total = np.zeros_like(w.numpy())
    for row in gradients:
        before = w.numpy().copy()
        w.grad = row.copy()
        rule.step()
        total += np.abs(w.numpy() - before)
    return total
