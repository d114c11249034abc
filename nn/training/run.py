"""A training run: what callbacks see of it, and what surrounds it.

Modes of layers come back, Ctrl-C ends a step and not the middle of one, a bar shows the progress.
"""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nn.module import Module
from nn.training.history import History


class Run:
    """A training run as callbacks see it.

    Attributes:
        model, optimiser, schedule, data, validation, history: what `fit` was given.
        epochs: how many there will be.
        epoch: how many are finished.
        step: how many steps are finished, over all epochs.
        logs: the numbers of the latest epoch.
        callbacks: all that look on.
    """

    def __init__(
        self,
        model: Module,
        optimiser: Any,
        schedule: Any,
        data: Any,
        validation: Any,
        history: History,
        epochs: int,
        callbacks: list[Any],
    ) -> None:
        self.model, self.optimiser, self.schedule = model, optimiser, schedule
        self.data, self.validation, self.history = data, validation, history
        self.epochs, self.callbacks = epochs, callbacks
        self.logs: dict[str, float] = {}

    @property
    def epoch(self) -> int:
        return len(self.history)

    @property
    def step(self) -> int:
        return len(self.history.steps["loss"])

    @property
    def stopped(self) -> bool:
        return self.history.stopped is not None

    def stop(self, reason: str) -> None:
        """End the training after this step or epoch; the history keeps the reason."""
        self.history.stopped = reason


def rate_of(optimiser: Any) -> float:
    return float(optimiser.param_groups[0].get("lr", math.nan))


def tell(run: Run, event: str) -> None:
    for callback in run.callbacks:
        getattr(callback, event)(run)


@contextmanager
def modes_kept(model: Module) -> Iterator[None]:
    """Afterwards every module is in the mode it was in."""
    before = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


def interrupt(run: Run) -> None:
    run.history.interrupted = True
    run.stop("interrupted")


@contextmanager
def ctrl_c(run: Run) -> Iterator[None]:
    """Ctrl-C lets the step end first, so that weights and history stay whole; twice, it does not.

    Only where Python's own handler is in force: anybody else's stays.
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handler(number: int, frame: Any) -> None:
        if run.history.interrupted:
            signal.default_int_handler(number, frame)
        interrupt(run)

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def bar(run: Run, progress: bool) -> Iterator[Any]:
    """A progress bar over all steps, or None."""
    if not progress:
        yield None
        return
    from tqdm import tqdm

    steps = len(run.data) if hasattr(run.data, "__len__") else None
    total = None if steps is None else steps * run.epochs
    initial = 0 if steps is None else min(steps * run.epoch, total or 0)
    with tqdm(total=total, initial=initial, unit="step", dynamic_ncols=True) as shown:
        yield shown
