"""Schedules: the rate of each parameter group as a function of how many steps were taken.

Most schedules say what happens to the rate *now*: "times gamma". So several can act on one
optimiser at a time, and rates set by hand stay in force.

Names, arguments and values are PyTorch's. The cyclic ones are in `nn.optim.cyclic`, schedules
made of schedules and the one that watches a metric in `nn.optim.compound`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from nn.optim.optimizer import Optimizer
from nn.optim.scheduler import LRScheduler, Schedule

Factor = Callable[[int], float]


class LambdaLR(LRScheduler):
    """The rate of the beginning times a function of the epoch.

    Args:
        optimizer: whose rates are set.
        lr_lambda: a function of the epoch, or a list with one for each group.
        last_epoch: -1 to start.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], lr=0.5)
    >>> schedule = LambdaLR(optimiser, lambda epoch: 1 / (1 + epoch))
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    functions = ("lr_lambdas",)

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1
    ) -> None:
        Schedule.__init__(self, optimizer)
        self.lr_lambdas: list[Factor] = self.per_group("lr_lambda", lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise self.bad("lr_lambda", "a function of the epoch", function)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]


class MultiplicativeLR(LambdaLR):
    """The present rate times a function of the epoch, from epoch 1 on.

    Args:
        optimizer: whose rates are set.
        lr_lambda: a function of the epoch, or a list with one for each group.
        last_epoch: -1 to start.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], lr=0.5)
    >>> schedule = MultiplicativeLR(optimiser, lambda epoch: 0.5)
    >>> schedule.step(), schedule.step(), schedule.get_last_lr()
    (None, None, [0.125])
    """

    def first_lr(self) -> list[float]:
        return self.current()

    def get_lr(self) -> list[float]:
        pairs = zip(self.times(1.0), self.lr_lambdas, strict=True)
        return [rate * function(self.last_epoch) for rate, function in pairs]


class StepLR(LRScheduler):
    """Times `gamma` every `step_size` epochs.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = StepLR(SGD([Tensor([1.0], requires_grad=True)], lr=8.0), 2, gamma=0.5)
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(5)]
    [8.0, 4.0, 4.0, 2.0, 2.0]
    """

    relative = True

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = self.positive("step_size", step_size)
        self.gamma = self.number("gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        due = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return self.times(self.gamma if due else 1.0)


class MultiStepLR(LRScheduler):
    """Times `gamma` at each of the `milestones`; at one that is listed twice, twice.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = MultiStepLR(SGD([Tensor([1.0], requires_grad=True)], lr=8.0), [1, 4], 0.5)
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(5)]
    [4.0, 4.0, 4.0, 2.0, 2.0]
    """

    relative = True

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        listed = list(milestones) if isinstance(milestones, Iterable) else [milestones]
        whole = all(isinstance(milestone, (int, np.integer)) for milestone in listed)
        if not whole or not isinstance(milestones, Iterable):
            raise self.bad("milestones", "a list of epochs, whole numbers", milestones)
        self.milestones = sorted(int(milestone) for milestone in listed)
        self.gamma = self.number("gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self.times(self.gamma ** self.milestones.count(self.last_epoch))


class ConstantLR(LRScheduler):
    """Times `factor` for the first `total_iters` epochs, then the full rate.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = ConstantLR(SGD([Tensor([1.0], requires_grad=True)], lr=8.0), 0.5, 2)
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(3)]
    [4.0, 8.0, 8.0]
    """

    relative = True

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.factor = self.number("factor", factor)
        if not 0.0 < factor <= 1.0:  # from 0 there would be no way back
            raise self.bad("factor", "above 0 and at most 1", factor)
        self.total_iters = self.positive("total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return self.times(self.factor)
        return self.times(1.0 / self.factor if self.last_epoch == self.total_iters else 1.0)


class LinearLR(LRScheduler):
    """The factor goes in a straight line from `start_factor` to `end_factor`: a warm-up.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = LinearLR(SGD([Tensor([1.0], requires_grad=True)], lr=8.0), 0.25, 1.0, 3)
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(4)]
    [4.0, 6.0, 8.0, 8.0]
    """

    relative = True

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.start_factor = self.number("start_factor", start_factor)
        self.end_factor = self.number("end_factor", end_factor)
        if not 0.0 < start_factor <= 1.0:
            raise self.bad("start_factor", "above 0 and at most 1", start_factor)
        if not 0.0 <= end_factor <= 1.0:
            raise self.bad("end_factor", "a number from 0 to 1", end_factor)
        self.total_iters = self.positive("total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        return self.times(self.start_factor if self.last_epoch == 0 else 1.0)

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_iters:
            return self.times(1.0)
        rise = self.end_factor - self.start_factor
        so_far = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return self.times(1.0 + rise / so_far)


class ExponentialLR(LRScheduler):
    """Times `gamma` every epoch.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = ExponentialLR(SGD([Tensor([1.0], requires_grad=True)], lr=8.0), 0.5)
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(3)]
    [4.0, 2.0, 1.0]
    """

    relative = True

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = self.number("gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        return self.current()

    def get_lr(self) -> list[float]:
        return self.times(self.gamma)


class PolynomialLR(LRScheduler):
    """Down to 0 in `total_iters` epochs, as (1 - epoch / total_iters)^power.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = PolynomialLR(SGD([Tensor([1.0], requires_grad=True)], lr=9.0), 3, power=2.0)
    >>> [round(schedule.step() or schedule.get_last_lr()[0], 9) for _ in range(4)]
    [4.0, 1.0, 0.0, 0.0]
    """

    relative = True

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = self.positive("total_iters", total_iters)
        self.power = self.number("power", power)
        if power < 0.0:
            raise self.bad("power", "a number of at least 0", power)
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        return self.current()

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_iters:
            return self.times(1.0)
        left = 1.0 - self.last_epoch / self.total_iters
        before = 1.0 - (self.last_epoch - 1) / self.total_iters
        return self.times((left / before) ** self.power)


class CosineAnnealingLR(LRScheduler):
    """Down to `eta_min` in `T_max` epochs along half a cosine, and up again the same way.

    Loshchilov and Hutter, "SGDR", 2017, without the restarts.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> schedule = CosineAnnealingLR(SGD([Tensor([1.0], requires_grad=True)], lr=8.0), 4)
    >>> [round(schedule.step() or schedule.get_last_lr()[0], 6) for _ in range(4)]
    [6.828427, 4.0, 1.171573, 0.0]
    """

    relative = True

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = self.positive("T_max", T_max)
        self.eta_min = self.number("eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def first_lr(self) -> list[float]:
        return self.current()

    def get_lr(self) -> list[float]:
        angle = math.pi / self.T_max
        if (self.last_epoch - 1) % (2 * self.T_max) == self.T_max:
            # At the bottom the rate no longer knows how high it was.
            rise = (1.0 - math.cos(angle)) / 2.0
            rates = zip(self.times(1.0), self.base_lrs, strict=True)
            return [rate + (base - self.eta_min) * rise for rate, base in rates]
        factor = (1.0 + math.cos(angle * self.last_epoch)) / (
            1.0 + math.cos(angle * (self.last_epoch - 1))
        )
        return [factor * (rate - self.eta_min) + self.eta_min for rate in self.times(1.0)]
