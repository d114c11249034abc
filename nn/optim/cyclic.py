"""Schedules that rise and fall: in triangles, along cosines with restarts, or just once.

Two of them move the momentum the other way: small steps go with long memory. "Momentum" is the
option of that name or, in optimisers of Adam's kind, the first of `betas`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nn import errors
from nn.functional.checks import flag, one_of
from nn.optim.optimizer import Group, Optimizer
from nn.optim.scheduler import LRScheduler, Schedule


class _Momentum:
    """The option of an optimiser that a cycle moves."""

    def __init__(self, owner: str, optimizer: Optimizer) -> None:
        if not {"momentum", "betas"} & optimizer.defaults.keys():
            raise errors.no_momentum(owner)
        self.first_beta = "betas" in optimizer.defaults

    def put(self, group: Group, momentum: float) -> None:
        if self.first_beta:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(LRScheduler):
    """Up and down between `base_lr` and `max_lr`, in straight lines.

    Args:
        optimizer: whose rates are set.
        base_lr: the lowest rate, or one for each group.
        max_lr: the highest rate, or one for each group.
        step_size_up: steps from the lowest to the highest rate.
        step_size_down: steps back; as many if None.
        mode: "triangular"; "triangular2" halves the height every cycle; "exp_range" multiplies
            it by gamma every step.
        gamma: for "exp_range".
        scale_fn: the height as a function of your own; then `mode` does not count.
        scale_mode: whether `scale_fn` gets the number of the "cycle" or of the step
            ("iterations").
        cycle_momentum: move the momentum from `max_momentum` to `base_momentum` and back.
        base_momentum: its lowest value, or one for each group.
        max_momentum: its highest value, or one for each group.
        last_epoch: -1 to start.

    Smith, "Cyclical Learning Rates for Training Neural Networks", 2017.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)])
    >>> schedule = CyclicLR(optimiser, 1.0, 3.0, step_size_up=2, cycle_momentum=False)
    >>> [schedule.step() or schedule.get_last_lr()[0] for _ in range(4)]
    [2.0, 3.0, 2.0, 1.0]
    """

    functions = ("scale_fn", "_moved")

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        Schedule.__init__(self, optimizer)
        if scale_fn is None:
            one_of("CyclicLR", "mode", mode, ("triangular", "triangular2", "exp_range"))
        elif not callable(scale_fn):
            raise self.bad("scale_fn", "a function, or None", scale_fn)
        one_of("CyclicLR", "scale_mode", scale_mode, ("cycle", "iterations"))
        self.check_start(last_epoch)
        low = self.numbers("base_lr", base_lr)
        self.max_lrs = self.numbers("max_lr", max_lr)
        up = self.positive("step_size_up", step_size_up)
        down = up if step_size_down is None else self.positive("step_size_down", step_size_down)
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        self.mode = mode
        self.gamma = self.number("gamma", gamma)
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode
        moving = flag("CyclicLR", "cycle_momentum", cycle_momentum)
        self._moved = _Momentum("CyclicLR", optimizer) if moving else None
        self.base_momentums = self.numbers("base_momentum", base_momentum)
        self.max_momentums = self.numbers("max_momentum", max_momentum)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, low, strict=True):
                group["lr"] = rate
                group.setdefault("initial_lr", rate)
        self._lows = low
        super().__init__(optimizer, last_epoch)

    def _scale(self, cycle: int) -> float:
        """How high this cycle is."""
        if self.scale_fn is not None:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "triangular2":
            return 0.5 ** (cycle - 1)
        return self.gamma**self.last_epoch if self.mode == "exp_range" else 1.0

    def get_lr(self) -> list[float]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        done = 1.0 + self.last_epoch / self.total_size - cycle
        if done <= self.step_ratio:
            height = done / self.step_ratio
        else:
            height = (done - 1.0) / (self.step_ratio - 1.0)
        scale = self._scale(cycle)
        if self._moved:
            momenta = zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            )
            for group, low, high in momenta:
                self._moved.put(group, high - (high - low) * height * scale)
        rates = zip(self._lows, self.max_lrs, strict=True)
        return [low + (high - low) * height * scale for low, high in rates]


class OneCycleLR(LRScheduler):
    """Once up to `max_lr`, and then down to nearly nothing.

    Args:
        optimizer: whose rates are set.
        max_lr: the highest rate, or one for each group.
        total_steps: how many steps there are in all,
        epochs: or epochs
        steps_per_epoch: of so many steps each.
        pct_start: the share of the steps in which the rate rises.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: move the momentum from `max_momentum` to `base_momentum` and back.
        base_momentum: its lowest value, or one for each group.
        max_momentum: its highest value, or one for each group.
        div_factor: the first rate is max_lr / div_factor.
        final_div_factor: the last rate is the first / final_div_factor.
        three_phase: come down to the first rate as fast as it went up, then on to the last.
        last_epoch: -1 to start.

    Smith and Topin, "Super-Convergence", 2018.

    Raises:
        OptionError: also by `step`, after `total_steps` steps.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], momentum=0.9)
    >>> schedule = OneCycleLR(optimiser, 5.0, total_steps=5, pct_start=0.6, final_div_factor=1.0)
    >>> [round(schedule.step() or schedule.get_last_lr()[0], 4) for _ in range(4)]
    [2.6, 5.0, 2.6, 0.2]
    """

    functions = ("_moved",)

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        Schedule.__init__(self, optimizer)
        if total_steps is not None:
            self.total_steps = self.positive("total_steps", total_steps)
        elif epochs is None or steps_per_epoch is None:
            expected = "a whole number, unless epochs and steps_per_epoch are given"
            raise self.bad("total_steps", expected, total_steps)
        else:
            self.total_steps = self.positive("epochs", epochs)
            self.total_steps *= self.positive("steps_per_epoch", steps_per_epoch)
        if not 0.0 <= self.number("pct_start", pct_start) <= 1.0:
            raise self.bad("pct_start", "a number from 0 to 1", pct_start)
        self.anneal_strategy = one_of(
            "OneCycleLR", "anneal_strategy", anneal_strategy, ("cos", "linear")
        )
        self.check_start(last_epoch)
        for option, factor in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            if not self.number(option, factor) > 0.0:
                raise self.bad(option, "a number above 0", factor)
        high = self.numbers("max_lr", max_lr)
        low = [rate / div_factor for rate in high]
        last = [rate / final_div_factor for rate in low]
        slow = self.numbers("max_momentum", max_momentum)
        fast = self.numbers("base_momentum", base_momentum)
        # Each phase: its last step, the rates and the momenta it goes from and to.
        top = float(pct_start * self.total_steps) - 1.0
        end = self.total_steps - 1.0
        rise: Any = (top, low, high, slow, fast)
        if flag("OneCycleLR", "three_phase", three_phase):
            fall = [(2.0 * top, high, low, fast, slow), (end, low, last, slow, slow)]
        else:
            fall = [(end, high, last, fast, slow)]
        self._phases = [list(phase) for phase in (rise, *fall)]
        moving = flag("OneCycleLR", "cycle_momentum", cycle_momentum)
        self._moved = _Momentum("OneCycleLR", optimizer) if moving else None
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, low, strict=True):
                group["initial_lr"] = rate
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        step = self.last_epoch
        if step > self.total_steps:
            raise errors.past_the_end("OneCycleLR", step, self.total_steps)
        begin = 0.0
        for phase in self._phases[:-1]:
            if step <= phase[0]:
                break
            begin = phase[0]
        else:
            phase = self._phases[-1]
        end, low, high, slow, fast = phase
        done = (step - begin) / (end - begin) if end > begin else 1.0
        if self._moved:
            groups = zip(self.optimizer.param_groups, slow, fast, strict=True)
            for group, first, last in groups:
                self._moved.put(group, self._between(first, last, done))
        return [self._between(a, b, done) for a, b in zip(low, high, strict=True)]

    def _between(self, first: float, last: float, done: float) -> float:
        if self.anneal_strategy == "linear":
            return first + (last - first) * done
        return last + (first - last) / 2.0 * (1.0 + math.cos(math.pi * done))


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down to `eta_min` along half a cosine in `T_0` epochs, then from the top again.

    Args:
        optimizer: whose rates are set.
        T_0: epochs until the first restart.
        T_mult: how many times longer each run is than the one before, a whole number.
        eta_min: the lowest rate.
        last_epoch: -1 to start.

    Loshchilov and Hutter, "SGDR", 2017.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> optimiser = SGD([Tensor([1.0], requires_grad=True)], lr=8.0)
    >>> schedule = CosineAnnealingWarmRestarts(optimiser, T_0=2)
    >>> [round(schedule.step() or schedule.get_last_lr()[0], 6) for _ in range(4)]
    [4.0, 8.0, 4.0, 8.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_0 = self.positive("T_0", T_0)
        self.T_mult = self.positive("T_mult", T_mult)
        self.eta_min = self.number("eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        length, since = self.T_0, self.last_epoch
        if self.T_mult == 1:
            since %= length
        while since >= length:
            since -= length
            length *= self.T_mult
        height = (1.0 + math.cos(math.pi * since / length)) / 2.0
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]
