"""Small pictures of arrays: a grid of tinted cells, with the numbers in them where they fit.

More than two axes: the first sheet is shown. More than 8 rows or columns: a cell of the grid
stands for a block of the array; the mean of forward values, the largest of gradients, so that
one cell that matters is not lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.viz.numbers import number, pretty, signed
from autograd.viz.picture.markup import moved, short, tag
from autograd.viz.picture.palette import LIGHT
from autograd.viz.picture.pixels import shades

Array = np.ndarray[Any, Any]

MOST = 8  # rows and columns of a grid
LEVELS = 6  # steps of tint
NUMBERED = 25  # cells that still get their numbers
COLUMNS = 5
CELL, WIDEST = 11.0, 17.0  # the side of a cell without a number
SIDE = 88.0  # of a grid of such cells
ROW = 19.0  # the height of a cell with one
LETTER = 6.8  # the width of a letter in a cell
FAINT, FULL = 0.34, 0.95  # the strongest tint under a number, and without one


@dataclass(frozen=True)
class Grid:
    """What to draw for an array.

    values: the cells that are shown. texts: what stands in them, row by row; None without numbers.
    signs: whether these are gradients, whose sign counts. sheets: how many the array has; the
    first is shown.
    """

    values: Array
    texts: tuple[tuple[str, ...], ...] | None
    signs: bool
    width: float
    height: float
    sheets: int = 1

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
    sheets = math.prod(x.shape[:-2])
    sheet = x.reshape(-1, *x.shape[-2:])[0] if x.ndim > 1 else x[None, :]
    if numbered and sheets == 1 and sheet.size <= NUMBERED and sheet.shape[1] <= COLUMNS:
        texts = tuple([tuple([_text(v, signs) for v in row]) for row in sheet.tolist()])
        widest = max(len(text) for row in texts for text in row)
        width = sheet.shape[1] * math.ceil(widest * LETTER + 8)
        return Grid(sheet, texts, signs, width, sheet.shape[0] * ROW)
    small = _blocks(_blocks(sheet, signs).T, signs).T
    side = min(max(SIDE / max(small.shape), CELL), WIDEST)
    return Grid(small, None, signs, small.shape[1] * side, small.shape[0] * side, sheets)


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
    whole = _cells([(0, 0)], grid.width, grid.height)
    inside = [tag("path", class_="ground", fill=LIGHT.paper, d=whole)]
    for level in sorted(set(levels.ravel().tolist()) - {0}):
        tone = "high" if not grid.signs else "plus" if level > 0 else "minus"
        inside.append(
            tag(
                "path",
                class_=f"tint-{tone}",
                fill=getattr(LIGHT, tone),
                fill_opacity=f"{grid.strength(level):g}",
                d=_cells(np.argwhere(levels == level).tolist(), width, height),
            )
        )
    lines = whole + (_between(grid) if grid.texts else "")
    inside.append(tag("path", class_="rule", fill="none", stroke=LIGHT.hair, d=lines))
    for i, row in enumerate(grid.texts or ()):
        across = [tag("tspan", pretty(text), x=(j + 0.5) * width) for j, text in enumerate(row)]
        middle = (i + 0.5) * height + 4
        inside.append(tag("text", *across, y=middle, text_anchor="middle", font_size=11))
    if grid.signs and not grid.texts and (levels < 0).any():
        inside.append(tag("path", class_="dash", stroke=LIGHT.ink, d=_dashes(levels, grid)))
    return tag("g", *inside, class_=f"heat heat-{kind}", transform=moved(x, y))


def _cells(cells: Sequence[Sequence[int]], width: float, height: float) -> str:
    w, h = short(width), short(height)
    return "".join(f"M{short(j * width)} {short(i * height)}h{w}v{h}h-{w}z" for i, j in cells)


def _between(grid: Grid) -> str:
    """The lines between numbers."""
    (rows, columns), (width, height) = grid.values.shape, grid.cell
    down = "".join(f"M{short(j * width)} 0v{short(grid.height)}" for j in range(1, columns))
    return down + "".join(f"M0 {short(i * height)}h{short(grid.width)}" for i in range(1, rows))


def _dashes(levels: Array, grid: Grid) -> str:
    """A dash in every negative cell: the sign without colour."""
    width, height = grid.cell
    return "".join(
        f"M{short((j + 0.25) * width)} {short((i + 0.5) * height)}h{short(width / 2)}"
        for i, j in np.argwhere(levels < 0).tolist()
    )
