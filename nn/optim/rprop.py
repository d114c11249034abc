"""Rprop: only the signs of the gradient count, and each weight finds its own step size."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import errors
from nn.optim.optimizer import Array, Group, Optimizer, State, at_least_zero, is_number


class Rprop(Optimizer):
    """Resilient backpropagation, as PyTorch has it. For full batches.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size that every weight starts with.
        etas: the factors on a weight's step size after its gradient changed sign, and after it
            did not.
        step_sizes: the smallest and the largest step size.
        maximize: climb instead.

    A weight moves by its step size against the sign of its gradient. After a change of sign it
    went too far: the step size shrinks and the weight pauses for a step.
    Riedmiller and Braun, "The RPROP Algorithm", 1993.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = Rprop([w], lr=0.1)
    >>> for _ in range(2):
    ...     optimiser.zero_grad()
    ...     (w * [0.5, -4.0]).sum().backward()
    ...     optimiser.step()  # by 0.1, then by 0.12
    >>> w
    Tensor([0.78, 1.22], requires_grad=True)
    """

    needs = ("step", "prev", "step_size")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        options = {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize}
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("Rprop", group, "lr")
        etas, sizes = group["etas"], group["step_sizes"]
        if not _pair(etas) or not 0.0 < etas[0] < 1.0 < etas[1]:
            expected = "two numbers, one in (0, 1) and one above 1"
            raise errors.bad_option("Rprop", "etas", expected, etas)
        if not _pair(sizes) or not 0.0 <= sizes[0] <= sizes[1]:
            expected = "two numbers of at least 0, the smaller one first"
            raise errors.bad_option("Rprop", "step_sizes", expected, sizes)

    def begin(self, w: Array, group: Group) -> State:
        start = np.full_like(w, float(group["lr"]))
        return {"step": 0, "prev": np.zeros_like(w), "step_size": start}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        memory["step"] += 1
        previous, size = memory["prev"], memory["step_size"]
        shrink, grow = group["etas"]
        agreement = np.sign(np.multiply(g, previous, out=other), out=other)
        turned = agreement < 0.0
        np.copyto(previous, g)
        np.copyto(previous, 0.0, where=turned)
        np.copyto(agreement, grow, where=agreement > 0.0)
        np.copyto(agreement, 1.0, where=agreement == 0.0)
        np.copyto(agreement, shrink, where=turned)
        size *= agreement
        np.clip(size, *group["step_sizes"], out=size)
        np.sign(previous, out=other)
        other *= size
        np.subtract(w, other, out=w)


def _pair(x: Any) -> bool:
    return isinstance(x, (tuple, list)) and len(x) == 2 and all(is_number(i) for i in x)
