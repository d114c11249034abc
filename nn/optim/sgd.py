"""Stochastic gradient descent: downhill, perhaps with momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import RowGradient
from nn import errors
from nn.optim.optimizer import Array, Group, Optimizer, State, at_least_zero, is_number


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as PyTorch has it.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        momentum: how much of the last velocity is kept.
        dampening: how much of the gradient does not go into the velocity.
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        nesterov: look ahead along the velocity.
        maximize: climb instead.

    The velocity is v = momentum * v + (1 - dampening) * g, starting as v = g; the weights move
    by -lr * v, with Nesterov by -lr * (g + momentum * v), without momentum by -lr * g.
    A gradient of rows moves these rows only; momentum and weight decay would move all others too,
    so with them it is refused.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.
        GradientError: in a step, for a gradient of rows with momentum or weight decay.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = SGD([w], lr=0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     optimiser.zero_grad()
    ...     (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
    ...     optimiser.step()
    >>> w
    Tensor([0.72, 0.  ], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("SGD", group, "lr", "momentum", "weight_decay")
        if not is_number(group["dampening"]):
            raise errors.bad_option("SGD", "dampening", "a number", group["dampening"])
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            expected = "False, unless there is momentum and no dampening"
            raise errors.bad_option("SGD", "nesterov", expected, group["nesterov"])

    def accept(self, g: Array | RowGradient, group: Group) -> None:
        if isinstance(g, RowGradient):
            for option in ("momentum", "weight_decay"):
                if group[option]:
                    raise errors.moves_all_rows("SGD", option, group[option])

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        momentum = group["momentum"]
        if momentum:
            velocity = memory.get("momentum_buffer")
            if velocity is None:
                velocity = memory["momentum_buffer"] = np.array(g, dtype=w.dtype)
            else:
                velocity *= momentum
                velocity += np.multiply(g, 1.0 - group["dampening"], out=other)
            if group["nesterov"]:
                g = np.add(np.multiply(velocity, momentum, out=other), g, out=other)
            else:
                g = velocity
        np.subtract(w, np.multiply(g, float(group["lr"]), out=other), out=w)
