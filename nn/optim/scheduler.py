"""What all schedules share: an optimiser, its rates, counting steps, and a state.

A schedule is made for an optimiser, sets its first rates at once, and after each epoch (or each
batch, as you like) `step()` sets the next.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd.errors import listing
from nn import errors
from nn.optim.optimizer import Optimizer, is_number


class Schedule:
    """What all schedules share: an optimiser, the rates set last, and a state.

    Raises:
        DTypeError: for something else than an optimiser.
    """

    functions: ClassVar[tuple[str, ...]] = ()  # attributes that no state can hold
    optimizer: Optimizer
    _last_lr: list[float]

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise errors.not_an_optimiser(type(self).__name__, optimizer)
        self.optimizer = optimizer
        self._last_lr = self.current()

    def current(self) -> list[float]:
        """The rate of each group of the optimiser as it is now."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The rates that this schedule set last, one per group."""
        return list(self._last_lr)

    def per_group(self, option: str, given: Any) -> list[Any]:
        """One entry for each group: the list itself, or the same thing for all."""
        groups = len(self.optimizer.param_groups)
        if not isinstance(given, (list, tuple)):
            return [given] * groups
        if len(given) != groups:
            raise errors.wrong_count(type(self).__name__, option, groups, len(given))
        return list(given)

    def bad(self, option: str, expected: str, got: Any) -> Exception:
        """The error for an option of this schedule."""
        return errors.bad_option(type(self).__name__, option, expected, got)

    # --- the state -----------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Options and position, as plain numbers and lists.

        Functions are not part of it, and neither is the optimiser: its state has the rates.
        """
        left_out = {"optimizer", *self.functions}
        return {k: copy.deepcopy(v) for k, v in vars(self).items() if k not in left_out}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a schedule of the same kind stopped. Load the optimiser's state as well.

        Raises:
            StateError: if the state does not fit. Then nothing was changed.
        """
        self._compare(state)
        vars(self).update(copy.deepcopy(dict(state)))

    def _compare(self, state: Mapping[str, Any]) -> None:
        name = type(self).__name__
        mine = self.state_dict()
        if not isinstance(state, Mapping) or state.keys() != mine.keys():
            raise errors.schedule_mismatch(name, f"expected a dict with {listing(mine)}")
        if len(state["_last_lr"]) != len(self._last_lr):
            raise errors.schedule_mismatch(
                name, f"expected {len(self._last_lr)} groups, got {len(state['_last_lr'])}"
            )


class LRScheduler(Schedule):
    """The base of schedules that count steps. A subclass says in `get_lr` what the rates are.

    Args:
        optimizer: whose rates are set.
        last_epoch: -1 to start; otherwise the number of steps that were already taken.

    Raises:
        DTypeError: for something else than an optimiser.
        OptionError: for a start in the middle without the rates of the beginning.

    >>> from nn.optim import SGD
    >>> from autograd import Tensor
    >>> class Halve(LRScheduler):
    ...     def get_lr(self):
    ...         return [base * 0.5**self.last_epoch for base in self.base_lrs]
    >>> schedule = Halve(SGD([Tensor([1.0], requires_grad=True)], lr=0.1))
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.05]
    """

    # Whether a sequence that comes to this schedule sets the rates of the beginning first:
    # needed where `get_lr` only says what happens to the rate.
    relative: ClassVar[bool] = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        super().__init__(optimizer)
        self.check_start(last_epoch)
        for group in optimizer.param_groups:
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise errors.no_initial_lr(type(self).__name__)
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = int(last_epoch) + 1
        self.apply(self.first_lr())

    def check_start(self, last_epoch: Any) -> None:
        """Raise unless a schedule can start there."""
        if not isinstance(last_epoch, (int, np.integer)) or last_epoch < -1:
            raise self.bad("last_epoch", "-1 or the number of steps taken", last_epoch)

    def get_lr(self) -> list[float]:
        """The rate of each group at `last_epoch`."""
        raise NotImplementedError

    def first_lr(self) -> list[float]:
        """The rates at the moment the schedule is made."""
        return self.get_lr()

    def step(self) -> None:
        """Set the next rates. Call it after the optimiser's step."""
        self.last_epoch += 1
        self.apply(self.get_lr())

    def apply(self, rates: Sequence[float]) -> None:
        """Set the rates of all groups."""
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise errors.groups_changed(type(self).__name__, len(rates), len(groups))
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = float(rate)
        self._last_lr = self.current()

    def restart(self, first: bool) -> None:
        """Begin at epoch 0: as the `first` of a sequence of schedules, or later in it."""
        self.last_epoch = 0
        if self.relative:
            self.apply(self.base_lrs)
        self.apply(self.first_lr() if first or self.relative else self.get_lr())

    def times(self, factor: float) -> list[float]:
        """The present rates, multiplied. Refuses groups that came later."""
        if len(self.optimizer.param_groups) != len(self.base_lrs):
            now = len(self.optimizer.param_groups)
            raise errors.groups_changed(type(self).__name__, len(self.base_lrs), now)
        return [rate * factor for rate in self.current()]

    def positive(self, option: str, given: Any) -> int:
        """`given`, checked to be a whole number of at least 1."""
        if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or given < 1:
            raise self.bad(option, "a whole number of at least 1", given)
        return int(given)

    def number(self, option: str, given: Any) -> float:
        """`given`, checked to be a finite number."""
        if not is_number(given):
            raise self.bad(option, "a number", given)
        return float(given)

    def numbers(self, option: str, given: Any) -> list[float]:
        """`per_group`, all of them numbers."""
        return [self.number(option, x) for x in self.per_group(option, given)]
