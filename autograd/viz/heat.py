"""Small pictures of arrays: a grid of tinted cells, with the numbers in them where they fit.

More than two axes: the first sheet is shown. More than 8 rows or columns: a cell of the grid
stands for a block of the array; the mean of forward values, the largest of gradients, so that
one cell that matters is not lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.viz.numbers import number, pretty, signed
from autograd.viz.palette import LIGHT
from autograd.viz.pixels import shades

Array = np.ndarray[Any, Any]

MOST = 8  # rows and columns of a grid
LEVELS = 6  # steps of tint
NUMBERED = 25  # cells that still get their numbers
COLUMNS = 5
CELL = 11.0  # the side of a cell without a number
ROW = 19.0  # the height of a cell with one
LETTER = 6.8  # the width of a letter in a cell
FAINT, FULL = 0.34, 0.95  # the strongest tint under a number, and without one


@dataclass(frozen=True)
class Grid:
    """What to draw for an array.

    values: the cells that are shown. texts: what stands in them, row by row; None without numbers.
    signs: whether these are gradients, whose sign counts. note: what was left out.
    """

    values: Array
    texts: tuple[tuple[str, ...], ...] | None
    signs: bool
    width: float
    height: float
    note: str = ""

    @property
    def cell(self) -> tuple[float, float]:
        """The width and height of one cell."""
        rows, columns = self.values.shape
        return self.width / columns, self.height / rows

    def levels(self) -> Array:
        """The tint of every cell: 0 to LEVELS, and below 0 where the sign counts."""
        tint = shades(self.values, signs=self.signs) * LEVELS
        away = np.sign(tint) * np.ceil(np.abs(tint) - 1e-9) if self.signs else np.round(tint)
        return np.asarray(away, dtype=int)

    def strength(self, level: int) -> float:
        """How strong the colour of a level is."""
        return round((FAINT if self.texts else FULL) * abs(level) / LEVELS, 2)


def grid(x: Any, *, signs: bool = False, numbered: bool = True) -> Grid | None:
    """The grid of an array; None if it has no cells, or is a single number.

    Args:
        x: the array.
        signs: these are gradients: tint by sign, keep what is largest.
        numbered: write the numbers into the cells if they are few.

    >>> grid(np.array([[1.0, 2.0]])).texts
    (('1', '2'),)
    >>> grid(np.zeros((3, 28, 28))).values.shape
    (8, 8)
    """
    x = np.asarray(x)
    if x.size == 0 or x.ndim == 0:
        return None
    sheet, note = _sheet(x)
    if numbered and x.size == sheet.size <= NUMBERED and sheet.shape[1] <= COLUMNS:
        texts = tuple([tuple([_text(v, signs) for v in row]) for row in sheet.tolist()])
        widest = max(len(text) for row in texts for text in row)
        width = sheet.shape[1] * math.ceil(widest * LETTER + 8)
        return Grid(sheet, texts, signs, width, sheet.shape[0] * ROW)
    small = _blocks(_blocks(sheet, signs).T, signs).T
    if small.shape != sheet.shape:
        kept = "largest" if signs else "mean"
        note = ", ".join(filter(None, [note, f"each cell the {kept} of a block"]))
    return Grid(small, None, signs, small.shape[1] * CELL, small.shape[0] * CELL, note)


def _sheet(x: Array) -> tuple[Array, str]:
    if x.ndim == 1:
        return x[None, :], ""
    sheets = math.prod(x.shape[:-2])
    return x.reshape(-1, *x.shape[-2:])[0], f"the first of {sheets} sheets" if sheets > 1 else ""


def _blocks(x: Array, signs: bool) -> Array:
    """At most MOST rows; each stands for neighbours."""
    if len(x) <= MOST:
        return x
    parts = np.array_split(np.asarray(x, dtype=float), MOST)
    if not signs:
        return np.array([part.mean(axis=0) for part in parts])
    return np.array([_largest(part) for part in parts])


def _largest(part: Array) -> Array:
    where = np.abs(part).argmax(axis=0)
    return np.asarray(np.take_along_axis(part, where[None], axis=0)[0])


def _text(x: float, signs: bool) -> str:
    digits = 5 if len(number(x)) <= 6 else 3
    return signed(x, digits) if signs else number(x, digits)


def svg(grid: Grid, x: float, y: float, kind: str) -> str:
    """The grid as SVG, its corner at (x, y). kind: "data" or "grad"."""
    width, height = grid.cell
    levels = grid.levels()
    whole = f"M0 0h{grid.width:g}v{grid.height:g}h{-grid.width:g}z"
    parts = [
        f'<g class="heat heat-{kind}" transform="translate({x:g} {y:g})">',
        f'<path class="ground" fill="#ffffff" d="{whole}"/>',
    ]
    for level in sorted(set(levels.ravel().tolist()) - {0}):
        d = "".join(
            f"M{j * width:g} {i * height:g}h{width:g}v{height:g}h{-width:g}z"
            for i, j in np.argwhere(levels == level).tolist()
        )
        tone, color = _tone(level, grid.signs)
        opacity = f"{grid.strength(level):g}"
        parts.append(f'<path class="tint-{tone}" fill="{color}" fill-opacity="{opacity}" d="{d}"/>')
    parts.append(_rules(grid))
    if grid.texts:
        for i, row in enumerate(grid.texts):
            across = "".join(
                f'<tspan x="{(j + 0.5) * width:g}">{pretty(text)}</tspan>'
                for j, text in enumerate(row)
            )
            parts.append(f'<text class="cells" y="{(i + 0.5) * height + 4:g}">{across}</text>')
    elif grid.signs:
        parts.append(_dashes(levels, width, height))
    return "".join([*parts, "</g>"])


def _tone(level: int, signs: bool) -> tuple[str, str]:
    if not signs:
        return "high", LIGHT.high
    return ("plus", LIGHT.plus) if level > 0 else ("minus", LIGHT.minus)


def _rules(grid: Grid) -> str:
    """The frame and, between numbers, the lines."""
    (rows, columns), (width, height) = grid.values.shape, grid.cell
    d = f"M0 0h{grid.width:g}v{grid.height:g}h{-grid.width:g}z"
    if grid.texts:
        d += "".join(f"M{j * width:g} 0v{grid.height:g}" for j in range(1, columns))
        d += "".join(f"M0 {i * height:g}h{grid.width:g}" for i in range(1, rows))
    return f'<path class="rule" fill="none" stroke="#d5d9e0" d="{d}"/>'


def _dashes(levels: Array, width: float, height: float) -> str:
    """A dash in every negative cell: the sign without colour."""
    d = "".join(
        f"M{(j + 0.25) * width:g} {(i + 0.5) * height:g}h{width / 2:g}"
        for i, j in np.argwhere(levels < 0).tolist()
    )
    return f'<path class="dash" stroke="#1b1b1f" d="{d}"/>' if d else ""
