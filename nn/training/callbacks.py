"""What can look on while a network is trained, and stop it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nn import errors
from nn.functional.checks import flag, one_of
from nn.optim.optimizer import is_number

if TYPE_CHECKING:
    from nn.training.run import Run

Array = np.ndarray[Any, Any]


class Callback:
    """The base of callbacks: override what you need. Each method is given the `Run`.

    `run` has the model, optimiser, schedule, data and history, the numbers `epoch` and `step` (how
    many are finished), `logs` (the numbers of the epoch that has just ended), and `stop(reason)`.

    >>> class Shout(Callback):
    ...     def on_epoch_end(self, run):
    ...         print("epoch", run.epoch)
    """

    def on_train_begin(self, run: Run) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, run: Run) -> None:
        """Before each epoch."""

    def on_step_end(self, run: Run) -> None:
        """After each step of the optimiser."""

    def on_epoch_end(self, run: Run) -> None:
        """After each epoch, its validation and the schedule."""

    def on_train_end(self, run: Run) -> None:
        """At the end, also if the run was stopped or interrupted; not after an error."""


class EarlyStopping(Callback):
    """Stop when a number has not become better for a while, and go back to the best weights.

    Args:
        patience: how many epochs in a row may pass without the number getting better.
        min_delta: by how much it must get better to count.
        monitor: its name in the history; by default "val_loss", or "loss" without validation.
        mode: "min" if less is better, "max" if more is.
        restore_best: put the weights of the best epoch back at the end of training.

    Attributes:
        best: the best number so far; None before the first epoch.
        best_epoch: its epoch, counted from 1.

    Raises:
        OptionError: for a bad option, or, in training, a name the run does not record.
    """

    def __init__(
        self,
        patience: int = 10,
        min_delta: float = 0.0,
        monitor: str | None = None,
        mode: str = "min",
        restore_best: bool = True,
    ) -> None:
        name = "EarlyStopping"
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            raise errors.bad_option(name, "patience", "an integer of at least 1", patience)
        if not is_number(min_delta) or min_delta < 0:
            raise errors.bad_option(name, "min_delta", "a number of at least 0", min_delta)
        if monitor is not None and not isinstance(monitor, str):
            raise errors.bad_option(name, "monitor", "a name in the history, or None", monitor)
        self.patience, self.min_delta, self.monitor = patience, min_delta, monitor
        self.mode = one_of(name, "mode", mode, ("min", "max"))
        self.restore_best = flag(name, "restore_best", restore_best)
        self.forget()

    def forget(self) -> None:
        """Start over, as for a new run."""
        self.best: float | None = None
        self.best_epoch = self.waited = 0
        self.weights: dict[str, Array] = {}

    def on_train_begin(self, run: Run) -> None:
        if run.epoch == 0:
            self.forget()

    def on_epoch_end(self, run: Run) -> None:
        name = self.monitor or ("val_loss" if "val_loss" in run.logs else "loss")
        if name not in run.logs:
            raise errors.unknown_quantity(name, run.logs)
        number = run.logs[name]
        if self._better(number):
            self.best, self.best_epoch, self.waited = number, run.epoch, 0
            if self.restore_best:
                self.weights = run.model.state_dict()
            return
        self.waited += 1
        if self.waited >= self.patience:
            run.stop(
                f"{name} has not got better than {self.best if self.best is not None else 'nan'} "
                f"(epoch {self.best_epoch}) for {self.waited} epochs"
            )

    def _better(self, number: float) -> bool:
        if math.isnan(number):
            return False
        if self.best is None:
            return True
        gain = self.best - number if self.mode == "min" else number - self.best
        return gain > self.min_delta

    def on_train_end(self, run: Run) -> None:
        if self.restore_best and self.weights:
            run.model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """The best so far, with its weights: a checkpoint keeps it."""
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "waited": self.waited,
            "weights": dict(self.weights),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there.

        Raises:
            StateError: if it is no such state. Then nothing was changed.
        """
        if not isinstance(state, Mapping) or state.keys() != self.state_dict().keys():
            raise errors.bad_part("early stopping", "what state_dict gives", state)
        if state["best"] is not None and not isinstance(state["best"], float):
            raise errors.bad_part("early stopping: best", "a number or None", state["best"])
        for name in ("best_epoch", "waited"):
            number = state[name]
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise errors.bad_part(f"early stopping: {name}", "an integer from 0", number)
        weights = state["weights"]
        if not isinstance(weights, Mapping) or not all(
            isinstance(array, np.ndarray) for array in weights.values()
        ):
            raise errors.bad_part("early stopping: weights", "a dict of arrays", weights)
        vars(self).update({**state, "weights": dict(weights)})
