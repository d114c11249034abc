"""Results as plain tables.

A row is a workload, a column a peer. Behind the times stand the ratios: ours divided by the
peer's, so below 1 we are the faster one. Goals are answered in words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.harness import Goal, Result, Table, Workload, installed

Results = Mapping[tuple[str, str], Result]
EQUAL = 1e-3  # float32 sums in another order differ by less


def report(tables: Sequence[Table], results: Results, *, quick: bool, clock: str) -> str:
    """All tables of a section as text."""
    text = "\n\n".join("\n".join(_table(table, results, quick, clock)) for table in tables)
    return f"Tiny sizes: these figures say nothing.\n\n{text}" if quick else text


def _table(table: Table, results: Results, quick: bool, clock: str) -> Iterator[str]:
    columns = list(dict.fromkeys(c for workload in table.workloads for c in workload.columns))
    present = [c for c in columns if installed(c)]
    peers = [c for c in present if not c.startswith("ours")]
    title, *more = table.title.splitlines()
    time = {"cpu": "CPU time", "wall": "wall time"}[clock]
    yield f"{title} ({table.unit}{'' if 'bytes' in table.unit else ', ' + time})"
    yield from more
    for column in columns:
        if column not in present:
            yield f"{column} is not installed: skipped"
    lines = [["", *present, "|", *(f"ours/{peer}" for peer in peers)]]
    notes: list[list[str]] = [[]]
    for workload in table.workloads:
        figures = _figures(workload, results, quick, clock)
        cells = [_cell(results.get((workload.name, c)), figures.get(c)) for c in present]
        ratios = [_ratio(figures, "ours", peer) for peer in peers]
        lines.append([workload.name, *cells, "|", *ratios])
        notes.append(list(_notes(workload, results, figures)))
    for line, below in zip(_aligned(lines), notes, strict=True):
        yield line
        yield from (f"    {note}" for note in below)


def _figures(workload: Workload, results: Results, quick: bool, clock: str) -> dict[str, float]:
    """The medians in the unit of the table, by column, where there are any."""
    scale = workload.scale(quick)
    medians = {
        column: results[workload.name, column].median(clock)
        for column in workload.columns
        if (workload.name, column) in results
    }
    return {column: median * scale for column, median in medians.items() if median is not None}


def _cell(result: Result | None, figure: float | None) -> str:
    if result is None:
        return ""
    return result.failure if figure is None else _short(figure)


def _ratio(figures: Mapping[str, float], ours: str, peer: str) -> str:
    if ours not in figures or not figures.get(peer):
        return ""
    return _short(figures[ours] / figures[peer])


def _short(number: float) -> str:
    """Three digits that matter, never an exponent."""
    if not math.isfinite(number) or abs(number) >= 100 or number == 0:
        return f"{number:.0f}"
    return f"{number:.{max(0, 2 - math.floor(math.log10(abs(number))))}f}"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *rest in lines:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def _notes(workload: Workload, results: Results, figures: Mapping[str, float]) -> Iterator[str]:
    yield from (_verdict(goal, figures) for goal in workload.goals)
    for column in workload.columns:
        result = results.get((workload.name, column))
        if result is not None and result.message:
            yield f"{column}: {result.failure}: {result.message}"
    worst = max(_differences(workload, results), default=None)
    if worst is not None and not worst[0] <= EQUAL:
        yield f"GRADIENTS DIFFER: {worst[1]} by {worst[0]:.1e} of the largest"
    elif worst is not None:
        yield f"gradients agree: largest relative difference {worst[0]:.1e} ({worst[1]})"


def _verdict(goal: Goal, figures: Mapping[str, float]) -> str:
    """Whether a goal is met, in words."""
    if goal.of is None:
        text, other = f"at most {goal.limit:g}", 1.0
    else:
        limit = f"1/{1 / goal.limit:g}" if goal.limit <= 0.5 else f"{goal.limit:g}"
        text, other = f"at most {limit} of {goal.of}", _best(goal, figures)
    text = f"goal: {goal.column} {text}"
    if goal.column not in figures or not other:
        return f"{text}: not measured"
    share = figures[goal.column] / other
    got = f"1/{1 / share:.1f}" if goal.of and share <= 0.5 else _short(share)
    return f"{text}: {'met' if share <= goal.limit else 'NOT met'} ({got})"


def _best(goal: Goal, figures: Mapping[str, float]) -> float:
    """The peer's figure that a goal refers to, the fastest unless `exactly`; 0 if there is none."""
    assert goal.of is not None
    if goal.exactly:
        return figures.get(goal.of, 0.0)
    return min((f for c, f in figures.items() if c.partition(",")[0] == goal.of), default=0.0)


def _differences(workload: Workload, results: Results) -> Iterator[tuple[float, str]]:
    """How far the gradients of every column lie from those of the last one that has any."""
    found = {
        column: results[workload.name, column].samples[0].gradients
        for column in workload.columns
        if (workload.name, column) in results and results[workload.name, column].samples
    }
    found = {column: gradients for column, gradients in found.items() if gradients}
    if len(found) < 2:
        return
    *others, reference = found
    for column in others:
        for mine, theirs in zip(found[column], found[reference], strict=True):
            size = max(map(abs, theirs), default=0.0)
            gap = max((abs(a - b) for a, b in zip(mine, theirs, strict=True)), default=0.0)
            yield (gap / size if size else gap), f"{column} and {reference}"
