"""How a measurement is made fairly.

Every pair of workload and peer runs in a fresh process, so that one's heap, garbage and threads
do not disturb the other, with one BLAS thread. The peers take turns, round after round, and the
median over the rounds is reported: whatever else the machine does meets them all alike. CPU time
of the process is measured beside wall time, because it suffers less from busy neighbours.

The parent starts `python -m benchmarks.child`; the child answers with one line of JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}
PATIENCE = 900.0  # seconds until a child is given up


@dataclass(frozen=True)
class Sample:
    """What one child measured: CPU and wall seconds of one step (or bytes, in both)."""

    cpu: float
    wall: float
    gradients: Sequence[Sequence[float]] = ()  # to be compared between the peers


@dataclass(frozen=True)
class Goal:
    """What the design asks of a column: at most `limit`, or `limit` times a peer.

    `of` means the fastest of that peer's columns, or `exactly` that one.
    """

    limit: float
    of: str | None = None
    column: str = "ours"
    exactly: bool = False


@dataclass(frozen=True)
class Workload:
    """One row of a table: something that every peer does.

    run: measures it for one peer; the second argument asks for a tiny size.
    scale: what a sample is multiplied by for the table, from the same second argument.
    """

    name: str
    run: Callable[[str, bool], Sample]
    columns: Sequence[str]
    scale: Callable[[bool], float] = lambda quick: 1.0
    goals: Sequence[Goal] = ()


@dataclass(frozen=True)
class Table:
    """Workloads that are reported together, in one unit."""

    title: str
    unit: str
    workloads: Sequence[Workload]


@dataclass
class Result:
    """The samples of one workload and column over all rounds, or why there are none."""

    workload: str
    column: str
    samples: list[Sample] = field(default_factory=list)
    failure: str = ""  # the name of an exception
    message: str = ""

    def median(self, clock: str = "cpu") -> float | None:
        if not self.samples:
            return None
        walls = clock == "wall"
        return statistics.median(s.wall if walls else s.cpu for s in self.samples)


# --- in the child: timing ---------------------------------------------------------------------


def mean_step(step: Callable[[], Any], *, quick: bool, seconds: float = 4.0) -> Sample:
    """The mean of up to ten steps, each with the result of the one before still alive.

    The mean, because full garbage collections come in some steps and not in others.
    """
    _kept = step()
    most = 1 if quick else 10
    count = 0
    cpu, wall = time.process_time(), time.perf_counter()
    while count < min(most, 3) or (count < most and time.perf_counter() - wall < seconds):
        _kept = step()  # frees the previous result after the new one is there
        count += 1
    return Sample((time.process_time() - cpu) / count, (time.perf_counter() - wall) / count)


def median_step(step: Callable[[], Any], *, quick: bool, seconds: float = 0.6) -> Sample:
    """The median over blocks of steps, each block long enough for the clock (2 ms)."""
    once = timed(step)  # also a warm-up
    for _ in range(0 if quick else 2):
        once = min(once, timed(step), key=lambda sample: sample.wall)
    count = 1 if quick else max(1, int(2e-3 / max(once.wall, 1e-9)))
    blocks: list[Sample] = []
    end = time.perf_counter() + (0.0 if quick else seconds)
    while len(blocks) < (1 if quick else 7) or time.perf_counter() < end:
        blocks.append(timed(step, count))
    return Sample(
        statistics.median(block.cpu for block in blocks),
        statistics.median(block.wall for block in blocks),
    )


def timed(step: Callable[[], Any], count: int = 1) -> Sample:
    """One measurement of `count` steps, per step."""
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        step()
    return Sample((time.process_time() - cpu) / count, (time.perf_counter() - wall) / count)


# --- in the parent: rounds --------------------------------------------------------------------


def installed(column: str) -> bool:
    """Whether the peer of this column can be imported; "torch, nhwc" is a variant of torch."""
    name = column.partition(",")[0]
    return name == "ours" or importlib.util.find_spec(name) is not None


def measure(
    section: str, tables: Sequence[Table], *, rounds: int, quick: bool, say: Callable[[str], None]
) -> dict[tuple[str, str], Result]:
    """Run everything, the peers taking turns; keyed by workload and column."""
    pairs = [
        (workload.name, column)
        for table in tables
        for workload in table.workloads
        for column in workload.columns
        if installed(column)
    ]
    results = {pair: Result(*pair) for pair in pairs}
    for number in range(rounds):
        for workload, column in _in_turns(pairs, seed=number):
            result = results[workload, column]
            if result.failure:
                continue  # it will not do better in the next round
            say(f"round {number + 1} of {rounds}: {workload}, {column}")
            answer = _ask_child(section, workload, column, quick)
            if "failure" in answer:
                result.failure, result.message = answer["failure"], answer["message"]
            else:
                result.samples.append(Sample(**answer))
    return results


def _in_turns(pairs: Sequence[tuple[str, str]], seed: int) -> Iterator[tuple[str, str]]:
    """The workloads in order; within each, the peers in an order that changes by round."""
    shuffle = random.Random(seed)
    for name in dict.fromkeys(workload for workload, _ in pairs):
        columns = [column for workload, column in pairs if workload == name]
        shuffle.shuffle(columns)
        for column in columns:
            yield name, column


def _ask_child(section: str, workload: str, column: str, quick: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.child", section, workload, column]
    try:
        child = subprocess.run(
            [*command, *(["--quick"] if quick else [])],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failure": "too slow", "message": f"given up after {PATIENCE:.0f} s"}
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"failure": "crashed", "message": f"exit code {child.returncode}: {last[0]}"}
    answer: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return answer
