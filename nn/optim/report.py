"""What a comparison of optimisers found: a table, words, a plot.

For one seed all optimisers start from the same weights and see the same batches, so they are
compared seed by seed: an optimiser that wins on most seeds is better even if the seeds differ
much. How often chance alone would give so many wins is the sign test, and that is what `words`
goes by. It needs at least 5 seeds to say anything.
"""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.looking.tables import html_table

CHANCE = 0.1  # wins that chance gives more often than this support nothing
SHARE = 0.9  # a rate is usable if it gets this share of the best rate's progress


@dataclass(frozen=True)
class Run:
    """One optimiser with one rate and one seed.

    `losses[k]` is the training loss after k steps, the last one the final loss on all data;
    `final` is inf for a run that diverged.
    """

    optimiser: str
    rate: float
    seed: int
    losses: tuple[float, ...]
    final: float

    @property
    def diverged(self) -> bool:
        """Whether the loss became nan or infinite."""
        return self.final == math.inf

    def steps_to(self, target: float) -> float:
        """How many steps it took until the loss was at most `target`; inf if it never was."""
        for k, loss in enumerate(self.losses):
            if loss <= target:
                return float(k)
        return math.inf


@dataclass(frozen=True)
class Row:
    """One optimiser at its best rate.

    `median`, `low` and `high` are final losses over the seeds, `steps` the median number of
    steps to the target. `usable` of `tried` rates get 90 % of the best rate's progress, and
    `diverged` counts runs over all rates.
    """

    optimiser: str
    rate: float
    median: float
    low: float
    high: float
    steps: float | None
    usable: int
    tried: int
    diverged: int
    finals: tuple[float, ...]


class Comparison:
    """The result of `compare`.

    >>> runs = [Run("A", 0.1, s, (4.0, 1.0 + s), 1.0 + s) for s in range(5)]
    >>> runs += [Run("B", 0.1, s, (4.0, 2.0 + s), 2.0 + s) for s in range(5)]
    >>> [row.median for row in Comparison(runs).rows()]
    [3.0, 4.0]
    """

    def __init__(self, runs: list[Run], target: float | None = None) -> None:
        self.runs = list(runs)
        self.target = target

    def rows(self) -> list[Row]:
        """One row for each optimiser, the lowest median final loss first."""
        names = dict.fromkeys(run.optimiser for run in self.runs)
        return sorted((self._row(name) for name in names), key=lambda row: row.median)

    def _row(self, name: str) -> Row:
        mine = [run for run in self.runs if run.optimiser == name]
        rates = list(dict.fromkeys(run.rate for run in mine))
        medians = {
            rate: float(np.median([run.final for run in mine if run.rate == rate]))
            for rate in rates
        }
        best = min(rates, key=lambda rate: medians[rate])
        chosen = [run for run in mine if run.rate == best]
        start = float(np.median([run.losses[0] for run in chosen]))
        progress = start - medians[best]
        usable = 0
        if progress > 0.0:  # never true of inf and nan
            usable = sum(start - median >= SHARE * progress for median in medians.values())
        steps = None
        if self.target is not None:
            steps = float(np.median([run.steps_to(self.target) for run in chosen]))
        finals = tuple(run.final for run in chosen)
        return Row(
            name,
            best,
            medians[best],
            min(finals),
            max(finals),
            steps,
            usable,
            len(rates),
            sum(run.diverged for run in mine),
            finals,
        )

    # --- the table -----------------------------------------------------------------------------

    def table(self) -> str:
        """The rows as text."""
        lines = self._lines()
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _lines(self) -> list[list[str]]:
        head = ["optimiser", "best rate", "final loss", "over the seeds"]
        head += ["steps to target"] if self.target is not None else []
        head += ["usable rates", "diverged"]
        lines = [head]
        for row in self.rows():
            line = [row.optimiser, _short(row.rate), _short(row.median)]
            line.append(f"{_short(row.low)} to {_short(row.high)}")
            if row.steps is not None:
                line.append("never" if math.isinf(row.steps) else _short(row.steps))
            line += [f"{row.usable} of {row.tried}", str(row.diverged)]
            lines.append(line)
        return lines

    def __repr__(self) -> str:
        return f"{self.table()}\n\n{self.words()}"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        head, *rows = self._lines()
        return html_table(head, rows, words=len(head), below=self.words())

    # --- words ---------------------------------------------------------------------------------

    def words(self) -> str:
        """What the numbers support, and what not."""
        rows = self.rows()
        best = rows[0]
        seeds = len(best.finals)
        if math.isinf(best.median):
            return "Most runs diverged with every optimiser and rate: try smaller rates."
        said = [
            f"{best.optimiser} ended lowest: a median loss of {_short(best.median)} at rate "
            f"{_short(best.rate)} ({_short(best.low)} to {_short(best.high)} over {seeds} seeds)."
        ]
        if best.usable == 0:
            said.append("But that is not below where it started: nothing was learned.")
        equal: list[str] = []
        better: list[str] = []
        for other in rows[1:]:
            verdict, supported = _against(best, other)
            said.append(verdict)
            (better if supported else equal).append(other.optimiser)
        if better:
            said.append(f"The numbers support {best.optimiser} over {_and(better)}.")
        if equal:
            reason = "the spread over the seeds is too wide for the difference"
            if seeds < _least_seeds():
                reason = f"{seeds} seeds are too few, {_least_seeds()} are the least"
            together = _and([best.optimiser, *equal])
            said.append(f"They do not support a choice between {together}: {reason}.")
        said.extend(self._edges(rows))
        return "\n".join(said)

    def _edges(self, rows: list[Row]) -> list[str]:
        """Where the best rate may lie outside what was tried."""
        said = []
        for row in rows:
            rates = sorted({run.rate for run in self.runs if run.optimiser == row.optimiser})
            if len(rates) > 1 and row.rate in (rates[0], rates[-1]) and row.usable:
                end, more = (
                    ("largest", "larger") if row.rate == rates[-1] else ("smallest", "smaller")
                )
                said.append(
                    f"The best rate of {row.optimiser}, {_short(row.rate)}, was the {end} that was "
                    f"tried: a {more} one may be better."
                )
        return said

    # --- the plot ------------------------------------------------------------------------------

    def plot(self) -> Any:
        """Final loss over rate, and loss over steps at the best rate; a matplotlib Figure.

        Bands go from the lowest to the highest of the seeds.

        Raises:
            MissingExtraError: without matplotlib, which the extra `plots` installs.
        """
        from nn.plots import style  # not before: the plots know the whole of nn

        with style.drawing():
            return self._figure(style)

    def _figure(self, style: Any) -> Any:
        figure = importlib.import_module("matplotlib.figure").Figure((10, 5), layout="constrained")
        left, right = figure.subplots(1, 2)
        for i, row in enumerate(self.rows()):
            mine = [run for run in self.runs if run.optimiser == row.optimiser]
            rates = sorted({run.rate for run in mine})
            finals = [[run.final for run in mine if run.rate == rate] for rate in rates]
            _band(left, rates, np.array(finals), row.optimiser, style.line(i))
            paths = [run.losses for run in mine if run.rate == row.rate]
            shortest = min(map(len, paths))  # one that diverged is shorter
            columns = np.array([path[:shortest] for path in paths]).T
            label = f"{row.optimiser}, rate {_short(row.rate)}"
            _band(right, range(shortest), columns, label, style.line(i))
        left.set(xscale="log", xlabel="rate", ylabel="final loss")
        right.set(xlabel="step", ylabel="training loss")
        losses = np.array([x for run in self.runs for x in run.losses])
        highest = 2.0 * max(run.losses[0] for run in self.runs)
        for axes in (left, right):
            if (losses[np.isfinite(losses)] >= 0.0).all() and highest > 0.0:
                axes.set_yscale("log", nonpositive="mask")
                axes.set_ylim(top=highest)  # what climbs above where it started is of no interest
            style.legend_below(axes)
        return figure


def _band(axes: Any, x: Any, y: Any, label: str, look: dict[str, Any]) -> None:
    """The median over the columns of `y`, and all of them as a band. Infinity is a gap."""
    shown = np.where(np.isfinite(y).all(axis=1, keepdims=True), y, np.nan)
    marker = "." if len(x) < 20 else ""
    axes.plot(x, np.median(shown, axis=1), marker=marker, label=label, **look)
    axes.fill_between(x, shown.min(axis=1), shown.max(axis=1), color=look["color"], alpha=0.12)


def _against(best: Row, other: Row) -> tuple[str, bool]:
    """How two optimisers compare seed by seed, in words, and whether that supports a choice."""
    pairs = list(zip(best.finals, other.finals, strict=True))
    if len(set(best.finals)) == 1 and len(set(other.finals)) == 1:
        if best.median == other.median:
            return f"{other.optimiser} ended at the same loss.", False
        if len(pairs) > 1:
            verdict = (
                f"{other.optimiser} ended at {_short(other.median)}; the seed had no influence."
            )
            return verdict, True
    wins = sum(a < b for a, b in pairs)
    decided = sum(a != b for a, b in pairs)
    chance = sign_test(wins, decided)
    verdict = (
        f"It was lower than {other.optimiser} ({_short(other.median)} at rate "
        f"{_short(other.rate)}; {_short(other.low)} to {_short(other.high)}) on {wins} of "
        f"{len(pairs)} seeds; chance alone decides so clearly with probability {chance:.2g}."
    )
    return verdict, wins > decided / 2 and chance <= CHANCE


def sign_test(wins: int, games: int) -> float:
    """How often fair coins are at least as one-sided as `wins` of `games`.

    >>> sign_test(5, 5), sign_test(3, 5)
    (0.0625, 1.0)
    """
    most = max(wins, games - wins)
    tail = sum(math.comb(games, k) for k in range(most, games + 1)) / 2.0**games
    return min(1.0, 2.0 * tail)


def _least_seeds() -> int:
    return next(n for n in range(1, 100) if sign_test(n, n) <= CHANCE)


def _short(x: float) -> str:
    return f"{x:.3g}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
