"""Adam's relatives: the same running means of gradient and square, put together differently.

Adamax divides by the largest gradient instead of a mean; NAdam looks ahead along the momentum;
RAdam does not divide at all until it has seen enough gradients to know their size.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.optim.optimizer import Array, Group, Optimizer, State, at_least_zero, below_one


def running_means(memory: State, g: Array, betas: tuple[float, float], spare: Array) -> None:
    """One more step, and its gradient and square in the running means. `spare` is overwritten."""
    beta1, beta2 = betas
    mean, square = memory["exp_avg"], memory["exp_avg_sq"]
    memory["step"] += 1
    mean *= beta1
    mean += np.multiply(g, 1.0 - beta1, out=spare)
    square *= beta2
    np.multiply(g, g, out=spare)
    square += np.multiply(spare, 1.0 - beta2, out=spare)


class Adamax(Optimizer):
    """Adamax, as PyTorch has it: Adam with the largest gradient, slowly forgotten, as divisor.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        betas: how much of the running mean of g and of the largest size is kept.
        eps: added to the size of the gradient.
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        maximize: climb instead.

    m = b1 m + (1 - b1) g; u = max(b2 u, |g| + eps); weights move by -lr / (1 - b1^t) * m / u.
    Kingma and Ba, "Adam", 2015, section 7.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = Adamax([w], lr=0.1)
    >>> (w * [0.5, -4.0]).sum().backward()
    >>> optimiser.step()
    >>> w.numpy().round(6)
    array([0.9, 1.1])
    """

    needs = ("step", "exp_avg", "exp_inf")

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("Adamax", group, "lr", "eps", "weight_decay")
        below_one("Adamax", group, "betas", 2)

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "exp_avg": np.zeros_like(w), "exp_inf": np.zeros_like(w)}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        beta1, beta2 = group["betas"]
        mean, largest = memory["exp_avg"], memory["exp_inf"]
        memory["step"] += 1
        mean *= beta1
        mean += np.multiply(g, 1.0 - beta1, out=other)
        largest *= beta2
        np.abs(g, out=other)
        other += group["eps"]
        np.maximum(largest, other, out=largest)
        np.divide(mean, largest, out=other)
        other *= float(group["lr"]) / (1.0 - beta1 ** memory["step"])
        np.subtract(w, other, out=w)


class NAdam(Optimizer):
    """NAdam, as PyTorch has it: Adam with Nesterov's look ahead along the momentum.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        betas: how much of the running means of g and of g * g is kept.
        eps: added to the root, so that nothing is divided by 0.
        weight_decay: how strongly weights are pulled towards 0.
        momentum_decay: how fast the momentum grows towards betas[0].
        decoupled_weight_decay: pull the weights themselves, as AdamW does.
        maximize: climb instead.

    mu_t = b1 * (1 - 0.96^(t * momentum_decay) / 2); weights move by -lr times
    ((1 - mu_t) g / (1 - mu_1...mu_t) + mu_{t+1} m / (1 - mu_1...mu_{t+1})) / (sqrt(v / c2) + eps).
    Dozat, "Incorporating Nesterov Momentum into Adam", 2016.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = NAdam([w], lr=0.1)
    >>> for _ in range(100):
    ...     optimiser.zero_grad()
    ...     (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
    ...     optimiser.step()
    >>> bool(abs(w.numpy()).max() < 0.05)
    True
    """

    needs = ("step", "exp_avg", "exp_avg_sq", "mu_product")

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("NAdam", group, "lr", "eps", "weight_decay", "momentum_decay")
        below_one("NAdam", group, "betas", 2)

    def begin(self, w: Array, group: Group) -> State:
        means = {"exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}
        return {"step": 0, **means, "mu_product": 1.0}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        running_means(memory, g, group["betas"], other)
        beta1, beta2 = group["betas"]
        step, lr, decay = memory["step"], float(group["lr"]), group["momentum_decay"]
        now = beta1 * (1.0 - 0.5 * 0.96 ** (step * decay))
        ahead = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * decay))
        memory["mu_product"] *= now
        np.multiply(g, lr * (1.0 - now) / (1.0 - memory["mu_product"]), out=spare)
        np.multiply(memory["exp_avg"], lr * ahead / (1.0 - memory["mu_product"] * ahead), out=other)
        spare += other
        np.divide(memory["exp_avg_sq"], 1.0 - beta2**step, out=other)
        np.sqrt(other, out=other)
        other += group["eps"]
        np.subtract(w, np.divide(spare, other, out=spare), out=w)


class RAdam(Optimizer):
    """RAdam, as PyTorch has it: Adam that first waits until it knows how large gradients are.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        betas: how much of the running means of g and of g * g is kept.
        eps: added to the root, so that nothing is divided by 0.
        weight_decay: how strongly weights are pulled towards 0.
        decoupled_weight_decay: pull the weights themselves, as AdamW does.
        maximize: climb instead.

    After t steps the mean of squares is worth rho_t = r - 2 t b2^t / (1 - b2^t) gradients, with
    r = 2 / (1 - b2) - 1. While that is at most 5, weights move by -lr * m / c1; later Adam's step
    is multiplied by sqrt((rho_t - 4)(rho_t - 2) r / ((r - 4)(r - 2) rho_t)).
    Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = RAdam([w], lr=0.1)
    >>> (w * [0.5, -4.0]).sum().backward()
    >>> optimiser.step()  # the first steps follow the gradient as it is
    >>> w
    Tensor([0.95, 1.4 ], requires_grad=True)
    """

    needs = ("step", "exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("RAdam", group, "lr", "eps", "weight_decay")
        below_one("RAdam", group, "betas", 2)

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        running_means(memory, g, group["betas"], other)
        beta1, beta2 = group["betas"]
        step = memory["step"]
        rate = float(group["lr"]) / (1.0 - beta1**step)
        kept = beta2**step
        most = 2.0 / (1.0 - beta2) - 1.0
        worth = most - 2.0 * step * kept / (1.0 - kept)
        if worth > 5.0:
            rate *= math.sqrt(
                (worth - 4.0) * (worth - 2.0) * most / ((most - 4.0) * (most - 2.0) * worth)
            )
            np.sqrt(memory["exp_avg_sq"], out=other)
            other += group["eps"]
            np.divide(memory["exp_avg"], other, out=other)
            other *= rate * math.sqrt(1.0 - kept)
        else:
            np.multiply(memory["exp_avg"], rate, out=other)
        np.subtract(w, other, out=w)
