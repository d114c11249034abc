"""Views: what it takes to look at a graph, in time and in bytes. There is no peer to set beside it.

The limits are those of a notebook: a cell that shows a lesson's graph answers at once, and its
output does not swell the file. Every figure includes the replay of the backward pass.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from autograd import Value, dot, max, maximum
from autograd.viz import draw, step, trace, why
from benchmarks.harness import Goal, Sample, Table, Workload, median_step

LESSON, LARGE, LONG = 20, 200, 10**5  # nodes
TENTH = 100.0  # milliseconds in which an answer seems to be there at once
KIBI = 1 / 1024
FRAGMENT = {LESSON: 100.0, LARGE: 500.0}  # kilobytes of a stepper, of 1,024 bytes

Graph = tuple[Value, Value]


def question(nodes: int) -> Graph:
    """The question of the README, which has 20 nodes; with one of its pixels."""
    x = [Value(v) for v in (0.5, 1.0, -2.0, 0.0, -1.0, 2.0, 0.0, 1.5)]
    pooled = [max(*x[:4]), max(*x[4:])]
    weights = [[Value(w) for w in row] for row in ([0.5, -1.0], [1.0, 2.0], [-0.25, 0.5])]
    return dot([2.0, 3.0, 6.0], [dot(row, pooled) for row in weights]), x[1]


def woven(nodes: int) -> Graph:
    """A graph of so many nodes, in which most are read more than once; with one of its leaves."""
    rows = [Value(0.5), Value(0.75), Value(1.0)]
    made = len(rows)
    while made < nodes:
        a, b = rows[-1], rows[-3]
        rows.append(maximum(a, b) if len(rows) % 5 == 0 else a * 0.5 + b)
        made += 1 if len(rows) % 5 == 1 else 2
    return rows[-1], rows[0]


def chain(nodes: int) -> Graph:
    """One operation after the other."""
    start = x = Value(0.5)
    for _ in range(nodes - 1):
        x = x + 0.25
    return x, start


def timed_view(
    column: str,
    quick: bool,
    *,
    view: Callable[[Graph], Any],
    make: Callable[[int], Graph],
    nodes: int,
) -> Sample:
    """The time of one view of a graph that is there already."""
    graph = make(LESSON if quick else nodes)
    graph[0].backward()
    return median_step(lambda: view(graph), quick=quick)


def fragment(column: str, quick: bool, *, make: Callable[[int], Graph], nodes: int) -> Sample:
    """The bytes of a stepper's HTML."""
    size = float(len(step(make(LESSON if quick else nodes)[0]).html.encode()))
    return Sample(size, size)


VIEWS: dict[str, Callable[[Graph], Any]] = {
    "trace": lambda graph: trace(graph[0]),
    "trace, as text": lambda graph: str(trace(graph[0])),
    "why, of a leaf": lambda graph: str(why(graph[1])),
    "draw, as SVG": lambda graph: draw(graph[0]).svg,
    "step, as HTML": lambda graph: step(graph[0]).html,
}


def _milliseconds(view: str, make: Callable[[int], Graph], nodes: int, *goals: Goal) -> Workload:
    run = partial(timed_view, view=VIEWS[view], make=make, nodes=nodes)
    return Workload(f"{view}: {_count(nodes)}", run, ("ours",), lambda quick: 1e3, goals)


def _kilobytes(make: Callable[[int], Graph], nodes: int) -> Workload:
    run, goal = partial(fragment, make=make, nodes=nodes), Goal(FRAGMENT[nodes])
    return Workload(f"fragment: {_count(nodes)}", run, ("ours",), lambda quick: KIBI, [goal])


def _count(nodes: int) -> str:
    return "10^5 nodes" if nodes == LONG else f"{nodes} nodes"


TABLES = [
    Table(
        "The question of the README",
        "ms",
        [_milliseconds(v, question, LESSON, Goal(TENTH)) for v in VIEWS],
    ),
    Table(
        "Larger graphs of numbers, most of them read more than once; a chain",
        "ms",
        [*(_milliseconds(v, woven, LARGE) for v in VIEWS), _milliseconds("trace", chain, LONG)],
    ),
    Table(
        "A stepper in a page: all of its HTML",
        "kilobytes",
        [_kilobytes(question, LESSON), _kilobytes(woven, LARGE)],
    ),
]
