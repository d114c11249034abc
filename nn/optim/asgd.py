"""Averaged gradient descent: the mean of the places visited is better than the last of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import errors
from nn.optim.optimizer import Array, Group, Optimizer, State, at_least_zero, is_number


class ASGD(Optimizer):
    """Averaged stochastic gradient descent, as PyTorch has it.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size at first.
        lambd: how strongly weights shrink, and how fast the step size falls.
        alpha: the power with which the step size falls.
        t0: the step after which averaging starts.
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        maximize: climb instead.

    w = w * (1 - lambd * eta) - eta * g, with eta = lr / (1 + lambd * lr * t)^alpha. The state
    keeps `ax` beside each parameter: a copy of w up to step t0 + 1, then the mean of w from there.
    Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> w = Tensor([1.0], requires_grad=True)
    >>> optimiser = ASGD([w], lr=0.5, lambd=0.0, t0=0)
    >>> for _ in range(3):
    ...     w.grad = np.ones(1)
    ...     optimiser.step()
    >>> w.item(), optimiser.state_dict()["state"][0]["ax"].item()
    (-0.5, -0.25)
    """

    needs = ("step", "eta", "mu", "ax")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("ASGD", group, "lr", "lambd", "weight_decay")
        for option in ("alpha", "t0"):
            if not is_number(group[option]):
                raise errors.bad_option("ASGD", option, "a number", group[option])

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "eta": float(group["lr"]), "mu": 1.0, "ax": np.zeros_like(w)}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        lr, lambd = float(group["lr"]), group["lambd"]
        memory["step"] = step = memory["step"] + 1
        eta, mean = memory["eta"], memory["ax"]
        np.multiply(g, eta, out=other)
        w *= 1.0 - lambd * eta
        np.subtract(w, other, out=w)
        if memory["mu"] == 1.0:
            np.copyto(mean, w)
        else:
            np.subtract(w, mean, out=other)
            mean += np.multiply(other, memory["mu"], out=other)
        memory["eta"] = lr / (1.0 + lambd * lr * step) ** group["alpha"]
        memory["mu"] = 1.0 / max(1.0, step - group["t0"])
