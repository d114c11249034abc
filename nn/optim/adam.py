"""Adam: a step size of its own for every weight, from running means of gradient and square."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.optim.optimizer import Array, Group, Optimizer, State, at_least_zero, below_one


class Adam(Optimizer):
    """Adam, as PyTorch has it.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        betas: how much of the running means of g and of g * g is kept.
        eps: added to the root, so that nothing is divided by 0.
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        amsgrad: divide by the largest mean square so far.
        maximize: climb instead.
        decoupled_weight_decay: pull the weights themselves, as AdamW does.

    m = b1 m + (1 - b1) g and v = b2 v + (1 - b2) g^2 start at 0, which 1 - b1^t and 1 - b2^t
    correct after t steps; weights move by -lr * (m / c1) / (sqrt(v / c2) + eps).
    Kingma and Ba, "Adam", 2015.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = Adam([w], lr=0.1)
    >>> (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
    >>> optimiser.step()
    >>> w
    Tensor([0.9, 0.9], requires_grad=True)
    """

    needs = ("step", "exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        name = type(self).__name__
        at_least_zero(name, group, "lr", "eps", "weight_decay")
        below_one(name, group, "betas", 2)

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
        if group["amsgrad"]:
            if "max_exp_avg_sq" not in memory:
                memory["max_exp_avg_sq"] = np.zeros_like(w)
            largest = memory["max_exp_avg_sq"]
            square = np.maximum(largest, square, out=largest)
        np.sqrt(square, out=other)
        other /= math.sqrt(1.0 - beta2**step)
        other += group["eps"]
        np.divide(mean, other, out=other)
        other *= float(group["lr"]) / (1.0 - beta1**step)
        np.subtract(w, other, out=w)


class AdamW(Adam):
    """Adam whose weight decay pulls the weights themselves: w *= 1 - lr * weight_decay.

    In Adam the pull goes through the gradient and is divided like it, so weights with large
    gradients are hardly pulled. Here all are pulled alike. The arguments are those of `Adam`,
    with a weight decay of 0.01 to begin with.
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 100.0], requires_grad=True)
    >>> w.grad = np.zeros(2)
    >>> AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w
    Tensor([ 0.95, 95.  ], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )
