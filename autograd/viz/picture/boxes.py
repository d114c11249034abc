"""The boxes of a picture: what is written in each, and how large it is.

Sizes are reckoned in the cells of a monospace font, with slack, so that what a layout places is
what every writer draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.viz import words
from autograd.viz.numbers import number, pretty
from autograd.viz.picture import heat
from autograd.viz.plain import index_of, one_line, shortened, width

LETTER, SMALL = 7.3, 6.7  # widths of a letter at 12 and 11 px, with some slack
PAD, LINE = 10.0, 17.0
NARROWEST = 88.0
INSET = 2.0  # what the second frame of a parameter takes
SHEETS = 6.0  # how far the sheets behind an array stick out
BAR = 14.0  # room for the bar before a blocked gradient
APART = 14.0  # between the grids of an array
STUB_GAP, GAP = 7.0, 24.0  # between stubs, and between them and their box
COLUMN = 4  # stubs in a column


@dataclass(frozen=True)
class Label:
    """A line of text: its classes, its place in the box, its anchor, and what it says."""

    role: str
    x: float
    y: float
    anchor: str
    text: str


@dataclass
class Box:
    """One drawn value; or a closed module, then `frame` is its number and `item` is None.

    form: "plain", "stub" (two lines), "small" (a constant number), "array", "folded", or "more"
    (stubs that found no room). kind, zero: those of the item. grad: the gradient as text, tone:
    "plus", "minus", "mixed" or "zero". waiting: not all of it is there yet. used: how many slots
    read it. again: a further stub of a shared leaf. whole: the tooltip. rule: where the line
    above the gradient is, 0 for none. lift: how far further sheets stick out.
    """

    form: str
    kind: str
    name: str
    data: str = ""
    grad: str = ""
    tone: str = "zero"
    op: str = ""
    whole: str = ""
    item: int | None = None
    frame: int | None = None
    zero: str | None = None
    waiting: bool = False
    used: int = 0
    again: bool = False
    shape: str = ""
    grids: list[tuple[str, heat.Grid, float, float]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    rule: float = 0.0
    lift: float = 0.0
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0

    @property
    def inset(self) -> float:
        return INSET if self.kind == "parameter" else 0.0

    @property
    def lone(self) -> bool:
        """Whether the gradient's text says what it is without the word "grad" before it."""
        return self.zero is not None and not self.waiting and self.zero != words.NOT_REACHED


def fitted(text: str, most: int) -> str:
    """A name of at most so many columns in one line; of a dotted path the end is kept, of a cell
    its index.

    >>> fitted("layers.0.neurons.1.bias", 12), fitted("a long name", 8)
    ('…1.bias', 'a long …')
    >>> fitted("averylongname[0, 3]", 14), fitted("layers.0.weights[12]", 12)
    ('avery…me[0, 3]', '…weights[12]')
    """
    text = one_line(text if len(text) <= 40 * most else text[: 20 * most] + text[-20 * most :])
    if width(text) <= most:
        return text
    if index := index_of(text, most - 1):
        name = text.removesuffix(index)
        if "." in name and " " not in name:
            return fitted(name, most - width(index)) + index
        return shortened(text, most, "\u2026")
    if "." in text and " " not in text:
        parts = text.split(".")
        for i in range(1, len(parts)):
            if width(rest := ".".join(parts[i:])) < most:
                return f"\u2026{rest}"
    kept, room = "", most - 1
    for letter in text:
        room -= width(letter)
        if room < 0:
            break
        kept += letter
    return f"{kept}\u2026"


def measure(box: Box, data: Any = None, grad: Any = None, *, numbered: bool = True) -> None:
    """Give a box its labels, grids and size. `data`, `grad`: those of an array."""
    if box.form == "array":
        _array(box, data, grad, numbered)
    elif box.form in ("small", "more"):
        _small(box)
    elif box.form == "folded":
        _folded(box)
    elif box.form == "stub":
        _stub(box)
    else:
        _plain(box)


def _small(box: Box) -> None:
    text = box.data if pretty(box.name) in ("", box.data) else f"{box.name} {box.data}".strip()
    box.width, box.height = max(30.0, math.ceil(width(text) * LETTER + 14)), 26.0
    box.labels = [Label("data", box.width / 2, 17.5, "middle", text)]


def _stub(box: Box) -> None:
    name = 0.0 if pretty(box.name) == box.data else width(box.name) * LETTER + 12
    left, right = _fit(box, name + width(box.data) * LETTER)
    y = 17.0 + box.inset
    if name:
        box.labels.append(Label("name", left, y, "start", box.name))
    box.labels.append(Label("data", right, y, "end", box.data))
    _gradient(box, left, right, y + LINE)


def _plain(box: Box) -> None:
    heading = width(box.name) * LETTER + (12 + width(box.op) * SMALL if box.op else 0.0)
    left, right = _fit(box, max(heading, 4 * SMALL + 10 + width(box.data) * LETTER))
    y = 18.0 + box.inset
    box.labels.append(Label("name", left, y, "start", box.name))
    if box.op:
        box.labels.append(Label("op", right, y, "end", box.op))
    box.labels.append(Label("label", left, y + LINE, "start", "data"))
    box.labels.append(Label("data", right, y + LINE, "end", box.data))
    box.rule = y + LINE + 6.5
    _gradient(box, left, right, y + 2 * LINE + 5)


def _fit(box: Box, widest: float) -> tuple[float, float]:
    """The width of a box of one number; returns the left and the right end of its lines."""
    grad = width(box.grad) * LETTER + (BAR if box.lone else 4 * SMALL + 10)
    edge = PAD + box.inset
    box.width = float(math.ceil(max(widest, grad, NARROWEST - 2 * PAD) + 2 * edge))
    return edge, box.width - edge


def _gradient(box: Box, left: float, right: float, y: float) -> None:
    if not box.lone:
        box.labels.append(Label("label", left, y, "start", "grad"))
    box.labels.append(Label(f"grad {box.tone}", right, y, "end", box.grad))
    box.height = y + 8.0 + box.inset


def _array(box: Box, data: Any, grad: Any, numbered: bool) -> None:
    """The grid of an array and beside it that of its gradient, under their captions."""
    box.lift = SHEETS
    left, y = PAD + box.inset, 18.0 + box.inset + SHEETS
    box.labels.append(Label("name", left, y, "start", box.name))
    values = heat.grid(data, numbered=numbered)
    slopes = None
    if grad is not None:
        numbers = numbered and values is not None and values.texts is not None
        slopes = heat.grid(grad, signs=True, numbered=numbers)
    if values is not None and values.sheets > 1:
        box.shape += f", the first of {values.sheets} sheets"
    captions, grids = y + 2 * LINE, y + 2 * LINE + 6
    said = _caption("data", values, data)
    box.labels.append(Label("data", left, captions, "start", said))
    first = math.ceil(max(values.width if values else 0.0, width(said) * SMALL))
    x = left + first + APART + (4.0 if box.zero == words.BLOCKED else 0.0)
    if values is not None:
        box.grids.append(("data", values, left, grids))
    if slopes is not None:
        box.grids.append(("grad", slopes, x, grids))
    text = box.grad if box.lone else f"grad {box.grad}"
    text = _caption("grad", slopes, grad) if slopes is not None else text
    box.labels.append(Label(f"grad {box.tone}", x, captions, "start", text))
    second = math.ceil(max(slopes.width if slopes else 0.0, width(text) * SMALL))
    heading = width(box.name) * LETTER + (12 + width(box.op) * SMALL if box.op else 0.0)
    inner = max(heading, x - left + second, width(box.shape) * SMALL)
    box.width = math.ceil(inner + 2 * left) + SHEETS
    if box.op:
        box.labels.append(Label("op", box.width - SHEETS - left, y, "end", box.op))
    box.labels.append(Label("shape", left, y + LINE, "start", box.shape))
    tallest = max((grid.height for _, grid, _, _ in box.grids), default=-8.0)
    box.height = grids + tallest + PAD + box.inset


def _caption(what: str, grid: heat.Grid | None, x: Any) -> str:
    if grid is None or grid.texts:
        return what
    low, high = float(np.min(x)), float(np.max(x))
    extent = number(low, 3) if low == high else f"{number(low, 3)} to {number(high, 3)}"
    return pretty(f"{what} {extent}")


def _folded(box: Box) -> None:
    widest = max(width(box.name) * LETTER + 14, width(box.grad) * SMALL, width(box.data) * SMALL)
    box.width, box.height = float(math.ceil(widest + 2 * PAD)), 65.0
    box.labels = [
        Label("name", PAD, 19, "start", box.name),
        Label("data", PAD, 19 + LINE, "start", box.data),
        Label(f"grad {box.tone}", PAD, 19 + 2 * LINE, "start", box.grad),
    ]


def arrange(box: Box, stubs: list[Box], sideways: bool) -> tuple[float, float]:
    """Put stubs beside their box: to its left, many also to its right; or above it and below.

    Returns the size of all together.
    """
    first = len(stubs) if len(stubs) <= COLUMN else (len(stubs) + 1) // 2
    sides = [stubs[:first], stubs[first:]]
    return _over(box, sides) if sideways else _beside(box, sides)


def _beside(box: Box, sides: list[list[Box]]) -> tuple[float, float]:
    talls = [sum(s.height for s in side) + STUB_GAP * (len(side) - 1) for side in sides]
    high = max(box.height, *talls)
    left = max((stub.width + GAP for stub in sides[0]), default=0.0)
    box.x, box.y = left, (high - box.height) / 2
    wide = left + box.width
    for side, tall, right in zip(sides, talls, (False, True), strict=True):
        y = (high - tall) / 2
        for stub in side:
            stub.x, stub.y = wide + GAP if right else left - GAP - stub.width, y
            y += stub.height + STUB_GAP
    return wide + max((stub.width + GAP for stub in sides[1]), default=0.0), high


def _over(box: Box, sides: list[list[Box]]) -> tuple[float, float]:
    wides = [sum(s.width for s in side) + STUB_GAP * (len(side) - 1) for side in sides]
    wide = max(box.width, *wides)
    top = max((stub.height + GAP for stub in sides[0]), default=0.0)
    box.x, box.y = (wide - box.width) / 2, top
    high = top + box.height
    for side, length, below in zip(sides, wides, (False, True), strict=True):
        x = (wide - length) / 2
        for stub in side:
            stub.x, stub.y = x, high + GAP if below else top - GAP - stub.height
            x += stub.width + STUB_GAP
    return wide, high + max((stub.height + GAP for stub in sides[1]), default=0.0)
