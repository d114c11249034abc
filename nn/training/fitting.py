"""fit: the training loop, written once.

For each batch: forward, loss, backward, clip, step. Around it what one forgets by hand: gradients
cleared, graphs freed as they are used, the collector paused, training and evaluation mode, no
recording in validation, the schedule, and a history that is kept when Ctrl-C ends the run.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.data import DataLoader
from nn.module import Module
from nn.optim.optimizer import is_number
from nn.training.callbacks import Callback, EarlyStopping
from nn.training.history import History
from nn.training.learner import Learner
from nn.training.run import Run, bar, ctrl_c, interrupt, modes_kept, rate_of, tell

Metrics = Mapping[str, Callable[..., Any]] | Iterable[Callable[..., Any]]
STATES = (None, "reset", "carry", "detach")


def fit(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Any],
    optimiser: Any,
    *,
    epochs: int,
    validation: Any = None,
    metrics: Metrics = (),
    schedule: Any = None,
    schedule_every: str = "epoch",
    clip_norm: float | None = None,
    clip_value: float | None = None,
    early_stopping: EarlyStopping | int | None = None,
    callbacks: Iterable[Any] = (),
    state: str | None = None,
    history: History | None = None,
    progress: bool = True,
) -> History:
    """Train a model, and return the history.

    Args:
        model: called as model(*inputs).
        data: a DataLoader, or anything that gives batches each time it is looped over; a batch is
            a tuple (inputs..., target). A tuple of arrays is one batch.
        loss: called as loss(output, target); gives a Tensor of one number, the mean over samples.
        optimiser: has the model's parameters.
        epochs: how many passes over the data in all, counting those in `history`.
        validation: data as above; loss and metrics are computed after each epoch.
        metrics: functions of (output, target), by name or with a name of their own.
        schedule: its `step` is called after each epoch, or after each step of the optimiser; one
            that wants a number (ReduceLROnPlateau) gets the validation loss, or the loss.
        schedule_every: "epoch" or "step".
        clip_norm: the gradient of all parameters together is made at most this long.
        clip_value: then each number of a gradient is brought into [-clip_value, clip_value].
        early_stopping: an EarlyStopping, or its patience.
        callbacks: Callbacks, or functions that are called with the Run after each epoch.
        state: how a recurrent state goes from batch to batch. With a name, the model is called as
            model(*inputs, state) and returns (output, new state); each epoch starts with None.
            "reset": every batch starts with None. "detach": the numbers go on, the gradient does
            not go back. "carry": the gradient goes back to the beginning of the epoch; so an
            epoch is one graph, and the optimiser takes one step at its end. None: no state.
        history: go on from here, as if training had not stopped.
        progress: show a bar.

    Losses and metrics of an epoch are means over its samples (the first axis of the target).
    Ctrl-C ends the run after the step it is in, with `history.interrupted` set; pressed twice, it
    ends at once.

    Raises:
        DivergedError: when the loss is nan or infinite, before the step; it has the `history`.
        OptionError, DTypeError: for arguments that make no sense.

    >>> import nn
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> net = nn.Linear(1, 1, generator=0)
    >>> optimiser = nn.optim.SGD(net.parameters(), lr=0.5)
    >>> history = fit(net, (x, 2 * x + 1), nn.MSELoss(), optimiser, epochs=50, progress=False)
    >>> history["loss"][-1] < 1e-6, net.weight.numpy().round(2).tolist()
    (True, [[2.0]])
    """
    _check_parts(model, loss, optimiser, schedule, history)
    _check_options(epochs, schedule_every, clip_norm, clip_value, state)
    history = History() if history is None else history
    history.interrupted, history.stopped = False, None
    if not isinstance(callbacks, Iterable):
        raise errors.bad_option("fit", "callbacks", "a list of them", callbacks)
    all_callbacks = [_as_callback(callback) for callback in callbacks]
    if early_stopping is not None:
        # First: a checkpoint that is written after an epoch must know what was decided.
        stopper: Any = early_stopping
        if _is_int(early_stopping):
            stopper = EarlyStopping(stopper)
        if not isinstance(stopper, EarlyStopping):
            expected = "an EarlyStopping or an integer"
            raise errors.bad_option("fit", "early_stopping", expected, early_stopping)
        all_callbacks.insert(0, stopper)
    data = _as_batches(data)
    validation = None if validation is None else _as_batches(validation)
    run = Run(model, optimiser, schedule, data, validation, history, epochs, all_callbacks)
    learner = Learner(run, loss, _named(metrics), state, clip_norm, clip_value)
    if schedule is not None and schedule_every == "step":
        learner.schedule = _stepper(schedule)
    with modes_kept(model), ctrl_c(run):
        try:
            _epochs(run, learner, schedule if schedule_every == "epoch" else None, progress)
        except KeyboardInterrupt:  # the second one, or in a thread without handlers
            interrupt(run)
        tell(run, "on_train_end")
    return history


def _epochs(run: Run, learner: Learner, schedule: Any, progress: bool) -> None:
    advance = _stepper(schedule) if schedule is not None else None
    tell(run, "on_train_begin")
    with bar(run, progress) as shown:
        while run.epoch < run.epochs and not run.stopped:
            started = time.perf_counter()
            learner.begin(shown)
            tell(run, "on_epoch_begin")
            rate = rate_of(run.optimiser)
            with ag.paused_gc():
                logs = learner.train()
                if logs is None:  # stopped in the middle: no whole epoch to speak of
                    return
                if run.validation is not None:
                    logs |= learner.validate()
            if advance is not None:
                advance(logs.get("val_loss", logs["loss"]))
            logs |= {"lr": rate, "seconds": time.perf_counter() - started}
            run.logs = logs
            run.history.add(logs)
            tell(run, "on_epoch_end")


def accuracy(scores: Any, labels: Any, *, threshold: float = 0.0) -> float:
    """The share of samples that are put into the class of their label: a metric.

    Args:
        scores: one per class, (N, C, ...), the classes on the second axis: the largest decides. Or
            a single one, (N,) or (N, 1, ...): above the threshold it says class 1, else class 0.
        labels: one for each sample (and position): (N, ...); of single scores also in their shape.
            Class numbers; of single scores 0 and 1, or -1 and 1.
        threshold: of a single score. 0 fits logits; probabilities (after a Sigmoid) need 0.5:
            `metrics={"accuracy": lambda p, y: nn.accuracy(p, y, threshold=0.5)}`.

    Raises:
        ShapeError: for no scores, or where there is not one label for each.
        OptionError: for other labels of single scores.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    0.5
    >>> accuracy(np.array([[2.5], [-0.3], [0.2]]), np.array([1, 0, 1]))
    1.0
    """
    scores, labels = (
        x.numpy() if isinstance(x, Tensor) else np.asarray(x) for x in (scores, labels)
    )
    if scores.size == 0 or scores.ndim == 0:
        raise errors.wrong_input("accuracy", "(N, C, ...) or (N,)", scores.shape)
    single = scores.ndim == 1 or scores.shape[1] == 1
    wanted = scores.shape[:1] + scores.shape[2:]
    if labels.shape != wanted and not (single and labels.shape == scores.shape):
        raise errors.one_target_each("accuracy", scores.shape, wanted, labels.shape)
    if not single:
        return float(np.mean(scores.argmax(axis=1) == labels))
    if not (np.isin(labels, (0, 1)).all() or np.isin(labels, (-1, 1)).all()):
        known = "0 and 1, or -1 and 1, where there is one score"
        raise errors.bad_option("accuracy", "labels", known, np.unique(labels).tolist())
    return float(np.mean((scores.reshape(wanted) > threshold) == (labels.reshape(wanted) > 0)))


# --- what comes in ----------------------------------------------------------------------------


def _is_int(x: Any) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool)


def _check_parts(model: Any, loss: Any, optimiser: Any, schedule: Any, history: Any) -> None:
    if not isinstance(model, Module):
        raise errors.bad_option("fit", "model", "a Module", model)
    if not callable(loss) or isinstance(loss, type):
        expected = "a function of (output, target), such as nn.MSELoss() with its parentheses"
        raise errors.bad_option("fit", "loss", expected, loss)
    if isinstance(optimiser, type) or not hasattr(optimiser, "step"):
        expected = "an optimiser, such as nn.optim.Adam(model.parameters())"
        raise errors.bad_option("fit", "optimiser", expected, optimiser)
    if schedule is not None and (isinstance(schedule, type) or not hasattr(schedule, "step")):
        expected = "a schedule of the optimiser, such as nn.optim.StepLR(optimiser, 10), or None"
        raise errors.bad_option("fit", "schedule", expected, schedule)
    if not isinstance(history, (History, NoneType)):
        raise errors.bad_option("fit", "history", "what an earlier fit returned, or None", history)


def _check_options(
    epochs: Any, schedule_every: Any, clip_norm: Any, clip_value: Any, state: Any
) -> None:
    if not _is_int(epochs) or epochs < 0:
        raise errors.bad_option("fit", "epochs", "an integer of at least 0", epochs)
    if schedule_every not in ("epoch", "step"):
        raise errors.bad_option("fit", "schedule_every", "'epoch' or 'step'", schedule_every)
    for name, number in (("clip_norm", clip_norm), ("clip_value", clip_value)):
        if number is not None and not (is_number(number) and number > 0):
            raise errors.bad_option("fit", name, "a positive number or None", number)
    if state not in STATES:
        raise errors.bad_option("fit", "state", "'reset', 'detach', 'carry' or None", state)


def _as_batches(data: Any) -> Any:
    """A tuple of arrays is one batch."""
    if (
        isinstance(data, tuple)
        and data
        and all(hasattr(x, "shape") or isinstance(x, list) for x in data)
    ):
        loader = DataLoader(data)
        return DataLoader(data, batch_size=max(1, loader.samples))
    if not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        expected = "a DataLoader, a list of batches or a tuple of arrays"
        raise errors.bad_option("fit", "data", expected, data)
    return data


def _named(metrics: Metrics) -> dict[str, Callable[..., Any]]:
    named = dict(metrics) if isinstance(metrics, Mapping) else None
    if named is None:
        if not isinstance(metrics, Iterable):
            raise errors.bad_option("fit", "metrics", "a list or dict of functions", metrics)
        named = {getattr(metric, "__name__", type(metric).__name__): metric for metric in metrics}
    for name, metric in named.items():
        if not callable(metric):
            raise errors.bad_option("fit", "metrics", "functions of (output, target)", metric)
        if name in ("loss", "lr", "seconds"):
            raise errors.bad_option("fit", "metrics", "named otherwise than a column", name)
    return named


class _Plain(Callback):
    """A function as a callback."""

    def __init__(self, function: Callable[[Run], Any]) -> None:
        self.function = function

    def on_epoch_end(self, run: Run) -> None:
        self.function(run)


def _as_callback(callback: Any) -> Callback:
    if isinstance(callback, Callback):
        return callback
    if not callable(callback) or isinstance(callback, type):
        raise errors.bad_option("fit", "callbacks", "Callbacks or functions of the run", callback)
    return _Plain(callback)


def _stepper(schedule: Any) -> Callable[[float], None]:
    """`schedule.step`, with a number if it wants one."""
    wants = [
        p
        for p in inspect.signature(schedule.step).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return (lambda number: schedule.step(number)) if wants else (lambda _: schedule.step())
