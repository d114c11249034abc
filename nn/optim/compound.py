"""Schedules made of schedules, and the one that watches how the training goes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn import errors
from nn.functional.checks import one_of
from nn.optim.optimizer import Optimizer, is_number
from nn.optim.scheduler import LRScheduler, Schedule


class _Compound(LRScheduler):
    """Several schedules of one optimiser."""

    relative = True

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> None:
        self._schedulers = list(schedulers)
        if not self._schedulers:
            raise self.bad("schedulers", "at least one schedule", schedulers)
        if optimizer is None:
            optimizer = getattr(self._schedulers[0], "optimizer", None)
        for index, schedule in enumerate(self._schedulers):
            if not isinstance(schedule, LRScheduler) or schedule.optimizer is not optimizer:
                raise errors.foreign_schedule(type(self).__name__, index, schedule)
        assert optimizer is not None
        Schedule.__init__(self, optimizer)
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = 0

    def state_dict(self) -> dict[str, Any]:
        """Position and the states of all schedules."""
        state = {k: v for k, v in vars(self).items() if k not in ("optimizer", "_schedulers")}
        return {**state, "_schedulers": [schedule.state_dict() for schedule in self._schedulers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where the same schedules stopped.

        Raises:
            StateError: if the state does not fit. Then nothing was changed.
        """
        self._compare(state)
        for schedule, part in zip(self._schedulers, state["_schedulers"], strict=True):
            schedule.load_state_dict(part)
        vars(self).update({k: v for k, v in state.items() if k != "_schedulers"})

    def _compare(self, state: Mapping[str, Any]) -> None:
        super()._compare(state)
        parts = state["_schedulers"]
        if len(parts) != len(self._schedulers):
            what = f"expected {len(self._schedulers)} schedules, got {len(parts)}"
            raise errors.schedule_mismatch(type(self).__name__, what)
        for schedule, part in zip(self._schedulers, parts, strict=True):
            schedule._compare(part)


class SequentialLR(_Compound):
    """One schedule after the other, each starting at its milestone.

    Args:
        optimizer: whose rates are set.
        schedulers: the schedules, made for this optimiser.
        milestones: the epochs at which the second, the third ... begins.

    >>> from nn.optim import SGD
    >>> from nn.optim.schedule import ConstantLR, ExponentialLR
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], lr=8.0)
    >>> parts = [ConstantLR(optimiser, 0.25, 10), ExponentialLR(optimiser, 0.5)]
    >>> schedule = SequentialLR(optimiser, parts, milestones=[2])
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(4)]
    [2.0, 8.0, 4.0, 2.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
    ) -> None:
        super().__init__(optimizer, schedulers)
        self._milestones = list(milestones)
        if len(self._milestones) != len(self._schedulers) - 1 or any(
            not isinstance(x, (int, np.integer)) or x < 1 for x in self._milestones
        ):
            expected = f"{len(self._schedulers) - 1} epochs, one fewer than schedules"
            raise self.bad("milestones", expected, milestones)
        if self._milestones != sorted(self._milestones):
            raise self.bad("milestones", "in rising order", milestones)
        self.restart(first=True)

    def restart(self, first: bool) -> None:
        self.last_epoch = 0
        self.apply(self.base_lrs)
        self._schedulers[0].restart(first=True)
        self._last_lr = self.current()

    def step(self) -> None:
        """Step the schedule whose time it is, or start the next."""
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        if index and self._milestones[index - 1] == self.last_epoch:
            self._schedulers[index].restart(first=False)
        else:
            self._schedulers[index].step()
        self._last_lr = self.current()


class ChainedScheduler(_Compound):
    """All schedules at once: each changes the rate that the one before has left.

    Args:
        schedulers: the schedules, made for one optimiser.
        optimizer: that optimiser, if you like to say it.

    >>> from nn.optim import SGD
    >>> from nn.optim.schedule import ConstantLR, ExponentialLR
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], lr=8.0)
    >>> schedule = ChainedScheduler([ConstantLR(optimiser, 0.5, 2), ExponentialLR(optimiser, 0.5)])
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(3)]
    [2.0, 2.0, 1.0]
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        super().__init__(optimizer, schedulers)

    def restart(self, first: bool) -> None:
        self.last_epoch = 0
        self.apply(self.base_lrs)
        for schedule in self._schedulers:
            if isinstance(schedule, _Compound):
                schedule.restart(first=True)
            else:
                schedule.last_epoch = 0
                schedule.apply(schedule.first_lr())
        self._last_lr = self.current()

    def step(self) -> None:
        """Step all schedules."""
        self.last_epoch += 1
        for schedule in self._schedulers:
            schedule.step()
        self._last_lr = self.current()


class ReduceLROnPlateau(Schedule):
    """Times `factor` when a metric has not become better for `patience` epochs.

    Args:
        optimizer: whose rates are set.
        mode: "min" if smaller is better, "max" if larger is.
        factor: below 1.
        patience: how many epochs without progress are accepted.
        threshold: how much better counts as better,
        threshold_mode: relative to the best ("rel") or as such ("abs").
        cooldown: how many epochs after a change are not counted.
        min_lr: the lowest rate, or one for each group.
        eps: smaller changes of the rate are not made.

    `step` takes the metric.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], lr=8.0)
    >>> schedule = ReduceLROnPlateau(optimiser, factor=0.5, patience=1)
    >>> [schedule.step(loss) or schedule.get_last_lr()[0] for loss in (3.0, 2.0, 2.5, 2.0, 1.0)]
    [8.0, 8.0, 8.0, 4.0, 4.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(optimizer)
        one_of("ReduceLROnPlateau", "mode", mode, ("min", "max"))
        one_of("ReduceLROnPlateau", "threshold_mode", threshold_mode, ("rel", "abs"))
        if not is_number(factor) or not 0.0 <= factor < 1.0:
            raise self.bad("factor", "a number from 0 to just below 1", factor)
        for option, count in (("patience", patience), ("cooldown", cooldown)):
            if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 0:
                raise self.bad(option, "a whole number of at least 0", count)
        self.mode, self.factor = mode, float(factor)
        self.patience, self.cooldown = int(patience), int(cooldown)
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.min_lrs = self.per_group("min_lr", min_lr)
        self.eps = eps
        for option, numbers in (
            ("threshold", [threshold]),
            ("eps", [eps]),
            ("min_lr", self.min_lrs),
        ):
            if not all(is_number(x) for x in numbers):
                raise self.bad(option, "a number", numbers[0])
        self.last_epoch = 0
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs are not counted at present."""
        return self.cooldown_counter > 0

    def is_better(self, metric: float) -> bool:
        """Whether this is progress over the best so far."""
        sign = -1.0 if self.mode == "min" else 1.0
        if self.threshold_mode == "rel":
            bar = self.best * (1.0 + sign * self.threshold)
        else:
            bar = self.best + sign * self.threshold
        return metric < bar if self.mode == "min" else metric > bar

    def step(self, metrics: Any) -> None:
        """Take note of a metric (a number or a Tensor with one), and act on it."""
        if len(self.optimizer.param_groups) != len(self.min_lrs):
            now = len(self.optimizer.param_groups)
            raise errors.groups_changed(type(self).__name__, len(self.min_lrs), now)
        metric = float(metrics)
        self.last_epoch += 1
        if self.is_better(metric):
            self.best = metric
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, lowest in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                rate = max(float(group["lr"]) * self.factor, lowest)
                if group["lr"] - rate > self.eps:
                    group["lr"] = rate
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self.current()
