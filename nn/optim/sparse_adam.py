"""SparseAdam: Adam for tables of which each step uses few rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import RowGradient
from nn import errors
from nn.optim.optimizer import (
    Array,
    Group,
    Optimizer,
    State,
    below_one,
    is_number,
)


class SparseAdam(Optimizer):
    """Adam that leaves rows alone that got no gradient, as PyTorch has it.

    Args:
        params: Tensors, or dicts with options for each group.
        lr: the step size, above 0.
        betas: how much of the running means of g and of g * g is kept.
        eps: added to the root, above 0.
        maximize: climb instead.

    Adam goes on moving a row whose gradient is 0, by what it remembers. Here such a row stays as it
    is, and its memory too: m = b1 m + (1 - b1) g and v = b2 v + (1 - b2) g^2 only for the rows that
    got a gradient, which move by -lr * sqrt(c2) / c1 * m / (sqrt(v) + eps), where c1 = 1 - b1^t and
    c2 = 1 - b2^t count all t steps. (Adam adds eps after correcting the root, PyTorch's SparseAdam
    before.)

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.
        GradientError: in a step, for a gradient that is a whole array.

    >>> import nn
    >>> table = nn.Embedding(1000, 2, sparse=True, generator=0)
    >>> before = table.weight.numpy()
    >>> table([3, 3, 8]).sum().backward()
    >>> SparseAdam(table.parameters(), lr=0.1).step()
    >>> np.flatnonzero((table.weight.numpy() != before).any(axis=1))
    array([3, 8])
    """

    needs = ("step", "exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def check(self, group: Group) -> None:
        for option in ("lr", "eps"):
            if not is_number(group[option]) or not group[option] > 0.0:
                raise errors.bad_option("SparseAdam", option, "a number above 0", group[option])
        below_one("SparseAdam", group, "betas", 2)

    def accept(self, g: Array | RowGradient, group: Group) -> None:
        if not isinstance(g, RowGradient):
            raise errors.whole_not_taken("SparseAdam")

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        beta1, beta2 = group["betas"]
        memory["step"] = step = memory["step"] + 1
        mean, square = memory["exp_avg"], memory["exp_avg_sq"]
        mean *= beta1
        mean += np.multiply(g, 1.0 - beta1, out=other)
        square *= beta2
        np.multiply(g, g, out=other)
        square += np.multiply(other, 1.0 - beta2, out=other)
        np.sqrt(square, out=other)
        other += group["eps"]
        np.divide(mean, other, out=other)
        other *= float(group["lr"]) * math.sqrt(1.0 - beta2**step) / (1.0 - beta1**step)
        np.subtract(w, other, out=w)
