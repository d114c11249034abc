"""Choosing an optimiser less randomly: all of them, on your own problem, under equal conditions.

Each optimiser runs with each rate of a small grid and with several seeds. For one seed all start
from the same weights and see the same batches, so the differences between them are theirs. The
result says which rate was best for each, how much the seeds matter and, in words, what the
numbers support: often that they do not support a choice.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

import autograd as ag
from nn import errors
from nn.module import Module
from nn.optim.adam import Adam
from nn.optim.adaptive import Adagrad, RMSprop
from nn.optim.optimizer import is_number
from nn.optim.report import Comparison, Run
from nn.optim.sgd import SGD

Make = Callable[[int], Module]
Rule = Callable[..., Any]

RULES: dict[str, Rule] = {
    "SGD": SGD,
    "SGD, momentum 0.9": partial(SGD, momentum=0.9),
    "Adagrad": Adagrad,
    "RMSprop": RMSprop,
    "Adam": Adam,
}
RATES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True)
class _Job:
    """What all runs have in common. It travels to other processes."""

    make: Make
    states: dict[int, dict[str, Any]]
    data: tuple[Any, Any] | None
    loss: Callable[[Any, Any], Any] | None
    rules: dict[str, Rule]
    steps: int
    batch_size: int | None
    dtype: Any

    def batches(self, seed: int) -> Iterator[tuple[Any, ...]]:
        """Batches without end: the same for everybody with this seed."""
        if self.data is None:
            while True:
                yield ()
        x, y = self.data
        if self.batch_size is None:
            while True:
                yield x, y
        generator = np.random.default_rng(seed)
        while True:
            order = generator.permutation(len(x))
            for begin in range(0, len(x), self.batch_size):
                rows = order[begin : begin + self.batch_size]
                yield x[rows], y[rows]

    def compute(self, model: Module, batch: tuple[Any, ...]) -> Any:
        """The loss of a model on a batch."""
        if self.loss is None:
            return model()
        x, y = batch
        return self.loss(model(x), y)


def compare(
    make: Make,
    data: tuple[Any, Any] | None = None,
    *,
    loss: Callable[[Any, Any], Any] | None = None,
    optimisers: Mapping[str, Rule] | Iterable[Rule] | None = None,
    rates: Sequence[float] | Mapping[str, Sequence[float]] = RATES,
    seeds: Iterable[int] = range(5),
    steps: int = 200,
    batch_size: int | None = None,
    target: float | None = None,
    processes: int | None = None,
    progress: bool = True,
) -> Comparison:
    """Run every optimiser with every rate and every seed, and see what can be said.

    Args:
        make: builds the model, given a seed. Its weights are made once for each seed and used
            in all runs with that seed.
        data: inputs and targets, two arrays of one length; None if the model called without
            arguments gives the loss, as those in `nn.optim.problems` do.
        loss: a function of prediction and target.
        optimisers: a dict from names to classes or functions, or a list of classes; each is
            called as rule(parameters, lr=rate).
            SGD with and without momentum, Adagrad, RMSprop and Adam if None.
        rates: the rates to try, for all or by the name of the optimiser.
        seeds: one run each. With fewer than 5 no choice can be supported.
        steps: how many steps a run takes.
        batch_size: rows of the data in a step; all of them if None.
        target: a loss, to count the steps until the training loss reaches it.
        processes: how many processes share the runs; None or 1 for this one alone. The numbers
            are the same.
        progress: show a bar.

    Returns:
        A `Comparison`: print it, ask for `words()`, `table()` or `plot()`.

    The final loss is that of all data, in evaluation mode. A run whose loss becomes nan or
    infinite ends there and is counted as diverged.

    Raises:
        OptionError: for a bad option.
        DTypeError: in several processes, for functions that cannot be found by name.

    >>> from nn.optim.problems import ravine
    >>> result = compare(ravine, optimisers=[SGD], rates=[0.01, 0.1], steps=50, progress=False)
    >>> result.rows()[0].rate, result.rows()[0].diverged
    (0.01, 0)
    """
    rules = _rules(optimisers)
    grid = [(name, rate) for name in rules for rate in _rates(rates, name)]
    listed = list(seeds)
    if not listed:
        raise errors.nothing_to_compare("seeds", listed)
    for option, count in (("steps", steps), ("batch_size", batch_size), ("processes", processes)):
        optional = option != "steps" and count is None
        whole = isinstance(count, (int, np.integer)) and not isinstance(count, bool)
        if not optional and not (whole and count is not None and count >= 1):
            raise errors.bad_option("compare", option, "a whole number of at least 1", count)
    if target is not None and not is_number(target):
        raise errors.bad_option("compare", "target", "a number", target)
    if data is not None:
        if loss is None:
            raise errors.no_loss()
        data = (np.asarray(data[0]), np.asarray(data[1]))
        if len(data[0]) != len(data[1]) or not len(data[0]):
            expected = "inputs and targets, two arrays of one length"
            got = (data[0].shape, data[1].shape)
            raise errors.bad_option("compare", "data", expected, got)
    states = {seed: make(seed).state_dict() for seed in listed}
    dtype = ag.get_default_dtype()
    loss = loss if data is not None else None
    job = _Job(make, states, data, loss, rules, steps, batch_size, dtype)
    tasks = [(name, rate, seed) for name, rate in grid for seed in listed]
    if processes is None or processes == 1:
        return Comparison(_here(job, tasks, progress), target)
    return Comparison(_elsewhere(job, tasks, progress, processes), target)


def _rules(optimisers: Mapping[str, Rule] | Iterable[Rule] | None) -> dict[str, Rule]:
    if optimisers is None:
        return dict(RULES)
    if isinstance(optimisers, Mapping):
        rules = dict(optimisers)
    else:
        rules = {getattr(rule, "__name__", repr(rule)): rule for rule in optimisers}
    if not rules:
        raise errors.nothing_to_compare("optimisers", optimisers)
    for rule in rules.values():
        if not callable(rule):
            raise errors.bad_option("compare", "optimisers", "classes or functions", rule)
    return rules


def _rates(rates: Sequence[float] | Mapping[str, Sequence[float]], name: str) -> list[float]:
    given = rates.get(name, RATES) if isinstance(rates, Mapping) else rates
    listed = sorted(set(given))
    if not listed:
        raise errors.nothing_to_compare("rates", given)
    for rate in listed:
        if not is_number(rate) or not rate > 0.0:
            raise errors.bad_option("compare", "rates", "numbers above 0", rate)
    return [float(rate) for rate in listed]


# --- running ------------------------------------------------------------------------------------

Task = tuple[str, float, int]


def _run(job: _Job, task: Task) -> Run:
    """One optimiser, one rate, one seed."""
    name, rate, seed = task
    losses: list[float] = []
    with ag.default_dtype(job.dtype), np.errstate(all="ignore"):
        model = job.make(seed)
        model.load_state_dict(job.states[seed])
        model.train()
        optimiser = job.rules[name](list(model.parameters()), lr=rate)
        batches = job.batches(seed)
        for _ in range(job.steps):
            batch = next(batches)

            def closure(batch: tuple[Any, ...] = batch) -> Any:
                optimiser.zero_grad()
                out = job.compute(model, batch)
                out.backward()
                return out

            losses.append(float(optimiser.step(closure)))
            if not math.isfinite(losses[-1]):
                return Run(name, rate, seed, tuple(losses), math.inf)
        model.eval()
        with ag.no_grad():
            final = float(job.compute(model, job.data or ()))
    final = final if math.isfinite(final) else math.inf
    return Run(name, rate, seed, (*losses, final), final)


def _here(job: _Job, tasks: list[Task], progress: bool) -> list[Run]:
    from tqdm import tqdm

    return [_run(job, task) for task in tqdm(tasks, "compare", disable=not progress)]


_JOB: list[_Job] = []  # in a worker: what it works on


def _receive(packed: bytes) -> None:
    _JOB[:] = [pickle.loads(packed)]


def _run_received(task: Task) -> Run:
    return _run(_JOB[0], task)


def _elsewhere(job: _Job, tasks: list[Task], progress: bool, processes: int) -> list[Run]:
    from tqdm import tqdm

    try:
        packed = pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as problem:
        raise errors.not_importable(str(problem)) from problem
    done: dict[int, Run] = {}
    try:
        with ProcessPoolExecutor(
            processes, get_context("spawn"), initializer=_receive, initargs=(packed,)
        ) as pool:
            waiting = {pool.submit(_run_received, task): i for i, task in enumerate(tasks)}
            for future in tqdm(
                as_completed(waiting), "compare", total=len(tasks), disable=not progress
            ):
                done[waiting[future]] = future.result()
    except BrokenProcessPool as problem:
        raise errors.not_importable(str(problem)) from problem
    return [done[i] for i in range(len(tasks))]
