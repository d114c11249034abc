"""Rates that adapt: each weight's step is divided by the size its gradients have had.

Adagrad adds all squares up, so its steps only ever get smaller; RMSprop forgets old squares;
Adadelta also puts the size of its own past steps on top, and so needs hardly any rate at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import RowGradient
from nn import errors
from nn.optim.optimizer import Array, Group, Optimizer, State, at_least_zero, is_number, up_to_one


class Adagrad(Optimizer):
    """Adagrad, as PyTorch has it: rare weights keep large steps, often-used ones get small ones.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        lr_decay: step t uses lr / (1 + (t - 1) * lr_decay).
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        initial_accumulator_value: where the sums of squares start.
        eps: added to the root, so that nothing is divided by 0.
        maximize: climb instead.

    s = s + g^2; weights move by -lr * g / (sqrt(s) + eps). The first step is lr, whatever the
    size of the gradient. Duchi, Hazan and Singer, "Adaptive Subgradient Methods", 2011.
    A gradient of rows moves these rows only, with the same result; weight decay would move all
    others too, so with it it is refused.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.
        GradientError: in a step, for a gradient of rows with weight decay.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = Adagrad([w], lr=0.1)
    >>> (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
    >>> optimiser.step()
    >>> w
    Tensor([0.9, 0.9], requires_grad=True)
    """

    needs = ("step", "sum")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        options = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        at_least_zero("Adagrad", group, *options)

    def accept(self, g: Array | RowGradient, group: Group) -> None:
        if isinstance(g, RowGradient) and group["weight_decay"]:
            raise errors.moves_all_rows("Adagrad", "weight_decay", group["weight_decay"])

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "sum": np.full_like(w, float(group["initial_accumulator_value"]))}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        memory["step"] += 1
        memory["sum"] += np.multiply(g, g, out=other)
        np.sqrt(memory["sum"], out=other)
        other += group["eps"]
        np.divide(g, other, out=other)
        other *= float(group["lr"]) / (1.0 + (memory["step"] - 1) * group["lr_decay"])
        np.subtract(w, other, out=w)


class RMSprop(Optimizer):
    """RMSprop, as PyTorch has it: steps divided by a running root mean square of the gradient.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: the step size.
        alpha: how much of the running mean of g * g is kept.
        eps: added to the root, so that nothing is divided by 0.
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        momentum: how much of the last velocity is kept.
        centered: divide by the standard deviation of the gradient instead.
        maximize: climb instead.

    v = alpha * v + (1 - alpha) * g^2, starting at 0 and not corrected for that; weights move by
    -lr * g / (sqrt(v) + eps). So the first step is lr / sqrt(1 - alpha), ten times lr.
    Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([3.0, -3.0], requires_grad=True)
    >>> optimiser = RMSprop([w], lr=0.1)
    >>> (w * [0.5, -4.0]).sum().backward()
    >>> optimiser.step()
    >>> w.numpy().round(6)
    array([ 2., -2.])
    """

    needs = ("step", "square_avg")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("RMSprop", group, "lr", "eps", "weight_decay", "momentum")
        up_to_one("RMSprop", group, "alpha")

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "square_avg": np.zeros_like(w)}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        alpha, square = group["alpha"], memory["square_avg"]
        memory["step"] += 1
        square *= alpha
        np.multiply(g, g, out=other)
        square += np.multiply(other, 1.0 - alpha, out=other)
        if group["centered"]:
            mean = self._kept(memory, "grad_avg", w)
            mean *= alpha
            mean += np.multiply(g, 1.0 - alpha, out=other)
            np.multiply(mean, mean, out=other)
            np.subtract(square, other, out=other)
            np.maximum(other, 0.0, out=other)  # rounding can leave a variance just below 0
            np.sqrt(other, out=other)
        else:
            np.sqrt(square, out=other)
        other += group["eps"]
        np.divide(g, other, out=other)
        if group["momentum"]:
            velocity = self._kept(memory, "momentum_buffer", w)
            velocity *= group["momentum"]
            velocity += other
            np.multiply(velocity, float(group["lr"]), out=other)
        else:
            other *= float(group["lr"])
        np.subtract(w, other, out=w)

    @staticmethod
    def _kept(memory: State, name: str, w: Array) -> Array:
        """An array of the memory; zeros when an option first asks for it."""
        if name not in memory:
            memory[name] = np.zeros_like(w)
        kept: Array = memory[name]
        return kept


class Adadelta(Optimizer):
    """Adadelta, as PyTorch has it: steps in the units of the weights, so `lr` is just a factor.

    Args:
        params: parameters (Tensors, Values or both), or dicts with options for each group.
        lr: a factor on the step.
        rho: how much of the running means of squares is kept.
        eps: added to both means; also what the very first steps grow from.
        weight_decay: how strongly weights are pulled towards 0, through their gradient.
        maximize: climb instead.

    v = rho * v + (1 - rho) * g^2; d = g * sqrt(u + eps) / sqrt(v + eps);
    u = rho * u + (1 - rho) * d^2; weights move by -lr * d. Zeiler, "ADADELTA", 2012.

    Raises:
        OptionError: for a bad option, no parameters, or one given twice.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = Adadelta([w])
    >>> (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
    >>> optimiser.step()
    >>> w.numpy().round(6)
    array([0.996838, 0.996838])
    """

    needs = ("step", "square_avg", "acc_delta")

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def check(self, group: Group) -> None:
        at_least_zero("Adadelta", group, "lr", "weight_decay")
        up_to_one("Adadelta", group, "rho")
        if not is_number(group["eps"]) or not group["eps"] > 0.0:  # with 0 no step is ever taken
            raise errors.bad_option("Adadelta", "eps", "a number above 0", group["eps"])

    def begin(self, w: Array, group: Group) -> State:
        return {"step": 0, "square_avg": np.zeros_like(w), "acc_delta": np.zeros_like(w)}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        spare, other = self.scratch(w)
        g = self.directed(w, g, group, spare)
        rho, eps = group["rho"], group["eps"]
        square, moved = memory["square_avg"], memory["acc_delta"]
        memory["step"] += 1
        square *= rho
        np.multiply(g, g, out=other)
        square += np.multiply(other, 1.0 - rho, out=other)
        np.sqrt(np.add(square, eps, out=other), out=other)
        delta = np.divide(g, other, out=spare)  # g itself is not needed any more
        delta *= np.sqrt(np.add(moved, eps, out=other), out=other)
        moved *= rho
        np.multiply(delta, delta, out=other)
        moved += np.multiply(other, 1.0 - rho, out=other)
        delta *= float(group["lr"])
        np.subtract(w, delta, out=w)
