"""What a picture of a trace shows, before it is known where: units, wires, frames.

One box per value, one wire per argument slot. Parameters, constants and other leaves that only
one operation reads stand as stubs beside it, so that they do not crowd the rows; a box with its
stubs is a unit, which is what a layout places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.viz import words
from autograd.viz.items import Contribution, Item, Trace
from autograd.viz.numbers import brief, number, pretty, shape_text, signed
from autograd.viz.picture.boxes import Box, arrange, fitted, measure
from autograd.viz.picture.collapse import MOST_BESIDE, View
from autograd.viz.picture.curves import Route
from autograd.viz.picture.outline import lines
from autograd.viz.plain import bracketed, one_line

NAME, STUB_NAME, OP, FRAME = 20, 13, 16, 40  # letters that are shown of each
CHIP, ADDENDS = 22, 16  # letters of a number on a wire, and of a sum in a box
TOOLTIP, FULL = 400, 20_000  # letters of a line in a tooltip, and of the name in it
CHOOSERS = ("max", "min", "maximum", "minimum")
THINNEST, PER_DOUBLING, THICKEST = 1.2, 1.1, 7.0  # widths of a gradient's line
NUMBERED = 12  # arrays in a picture that still get their numbers written out


@dataclass
class Unit:
    """What a layout places: a box with its stubs. x, y: its corner."""

    box: Box
    stubs: list[Box] = field(default_factory=list)
    frame: int | None = None
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0

    def place(self, x: float, y: float) -> None:
        """Move the unit, with all that is in it."""
        for box in (self.box, *self.stubs):
            box.x += x - self.x
            box.y += y - self.y
        self.x, self.y = x, y


@dataclass
class Wire:
    """One argument slot: from the box that is read to the box that reads.

    tail, head: their units; of a stub both are its reader's. amount: the contribution that came
    back, as text; tone, size: the colour and width of its line. winner, tied: in a maximum.
    several: how many slots it stands for, at a closed module. points: the route; a stub has none.
    """

    tail: int
    head: int
    source: Box
    target: Box
    slot: int
    amount: str = ""
    tone: str = ""
    size: float = 0.0
    zero: str | None = None
    winner: bool = False
    tied: bool = False
    several: int = 1
    sentence: str = ""
    points: Route = field(default_factory=list)


@dataclass
class Border:
    """An open module: a frame around units."""

    number: int
    label: str
    detail: str
    parent: int | None
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass
class Scene:
    """All of a picture. hidden: how many nodes are not drawn; note: what the reader is told."""

    units: list[Unit]
    wires: list[Wire]
    borders: list[Border]
    hidden: int
    note: str
    title: str
    description: str
    sideways: bool = False
    width: float = 0.0
    height: float = 0.0

    def boxes(self) -> list[Box]:
        return [box for unit in self.units for box in (unit.box, *unit.stubs)]


def build(trace: Trace, view: View, upto: int | None = None, *, sideways: bool = False) -> Scene:
    """The scene of a trace.

    Args:
        trace: what is shown.
        view: which of its nodes and modules.
        upto: how many contributions have arrived; all of them by default. With fewer, gradients
            that are not complete say so.
        sideways: data flows to the right.
    """
    return _Builder(trace, view, upto, sideways).scene()


class _Builder:
    def __init__(self, trace: Trace, view: View, upto: int | None, sideways: bool) -> None:
        self.trace, self.view, self.sideways = trace, view, sideways
        rows = trace.contributions if upto is None else trace.contributions[:upto]
        self.sent = {(row.sender, row.slot): row for row in rows}
        self.arrived = {row.receiver: row.arrived for row in rows}
        self.readers: dict[int, list[int]] = {}
        for item in trace.items:
            for number_ in item.inputs:
                self.readers.setdefault(number_, []).append(item.number)
        self.numbered = sum(1 for n in view.items if trace.items[n].shape) <= NUMBERED
        self.units: list[Unit] = []
        self.at: dict[int, int] = {}  # the unit of an item
        self.folded: dict[int, int] = {}  # the unit of a closed module
        self.stubs: dict[int, list[tuple[Box, Wire]]] = {}  # by unit
        self.drawn: set[int] = set()
        self.hidden = view.hidden

    def scene(self) -> Scene:
        trace, view = self.trace, self.view
        self.beside = {n for n in view.items if self._is_stub(n)}
        places: list[tuple[int, int, int | None]] = [(n, n, None) for n in view.items - self.beside]
        places += [(first, -1, frame) for frame, first in view.closed.items()]
        for _, n, frame in sorted(places, key=lambda place: (place[0], place[1])):
            if frame is not None:
                self.folded[frame] = len(self.units)
                self.units.append(Unit(self._closed(frame), frame=trace.frames[frame].parent))
            else:
                self.at[n] = len(self.units)
                self.units.append(Unit(self._box(n), frame=trace.items[n].frame))
        wires = self._wires()
        for unit in self.units:
            unit.width, unit.height = arrange(unit.box, unit.stubs, self.sideways)
        root = one_line(trace.items[trace.root].name)[:TOOLTIP]
        return Scene(
            self.units,
            wires,
            self._borders(),
            self.hidden,
            one_line(view.note),
            words.picture_title(root, trace.nodes),
            "\n".join(lines(trace, view)),
            self.sideways,
        )

    def _is_stub(self, n: int) -> bool:
        """Whether a leaf stands beside the operations that read it, instead of in a row."""
        item = self.trace.items[n]
        readers = [r for r in self.readers.get(n, ()) if r in self.view.items]
        if item.op is not None or not readers or n == self.trace.root:
            return False
        if item.kind == "parameter" or (item.kind == "constant" and not np.ndim(item.data)):
            return True
        if len(self.readers[n]) > 1:
            return False
        others = [self.trace.items[i] for i in self.trace.items[readers[0]].inputs if i != n]
        return any(o.op is not None or (o.kind == "input" != item.kind) for o in others)

    # --- boxes ---

    def _box(self, n: int, *, stub: bool = False) -> Box:
        item = self.trace.items[n]
        name, op = _heading(item, STUB_NAME if stub else NAME)
        used = len(self.readers.get(n, ()))
        if stub and used > 1 and item.kind == "parameter":
            name = f"{name} (\u00d7{used})"
        grad, tone, zero, waiting = self._gradient(item)
        box = Box(
            _form(item, stub),
            item.kind,
            name,
            pretty(number(float(item.data)) if np.ndim(item.data) == 0 else brief(item.data)),
            pretty(grad),
            tone,
            op,
            whole(item, self.trace),
            item=n,
            zero=zero,
            waiting=waiting,
            used=used,
            again=n in self.drawn,
            shape=f"shape {shape_text(item.shape)}".replace("x", "\u00d7") if item.shape else "",
        )
        self.drawn.add(n)
        shown = item.grad if item.zero is None and not waiting else None
        measure(box, item.data, shown, numbered=self.numbered)
        return box

    def _gradient(self, item: Item) -> tuple[str, str, str | None, bool]:
        """The gradient as text, its tone, the kind of zero, and whether it is incomplete."""
        arrived = self.arrived.get(item.number, 0)
        if arrived < item.expects:
            return words.count_mark(arrived, item.expects), "zero", words.PENDING, True
        if item.zero is not None:
            return self._zero(item), "zero", item.zero, False
        if np.ndim(item.grad) == 0:
            return signed(float(item.grad)), tone_of(item.grad), None, False
        return brief(item.grad), tone_of(item.grad), None, False

    def _zero(self, item: Item) -> str:
        assert item.zero is not None
        if item.zero == words.CANCELLED and isinstance(item.data, float):
            addends = [row.amount for row in self.trace.into(item) if row.amount]
            text = f"0 = {words.sum_text(addends)}"
            if len(text) <= ADDENDS:
                return text
        return "none" if item.zero == words.NOT_REACHED else words.MARKS[item.zero]

    def _closed(self, frame: int) -> Box:
        part = self.trace.frames[frame]
        box = Box(
            "folded",
            "folded",
            fitted(self._label(frame), FRAME),
            words.hidden_mark(self.view.inside[frame]),
            pretty(words.flow_mark(part)),
            whole=words.closed_sentence(part, self.view.inside[frame]),
            frame=frame,
        )
        measure(box)
        return box

    def _label(self, frame: int) -> str:
        """The label of a module, with how often it is called if that is more than once."""
        part = self.trace.frames[frame]
        calls = [p for p in self.trace.frames if p.path == part.path and p.parent == part.parent]
        if len(calls) == 1 or not part.path:
            return part.label
        return f"{part.label} (\u00d7{len(calls)})"

    # --- wires ---

    def _wires(self) -> list[Wire]:
        wires: list[Wire] = []
        merged: dict[tuple[int, int], Wire] = {}
        for item in self.trace.items:
            head = self._unit_of(item.number)
            if head is None or item.number in self.beside:
                continue
            into_closed = item.number in self.view.home
            for slot, n in enumerate(item.inputs):
                if n in self.beside:
                    if not into_closed:
                        self._stub(n, item, slot, head)
                    continue
                tail = self._unit_of(n)
                if tail is None or tail == head:
                    continue
                known = merged.get((tail, head)) if into_closed else None
                if known is not None:
                    known.several += 1
                    known.amount = ""
                    continue
                wires.append(self._wire(tail, head, item, slot, n))
                if into_closed:
                    merged[tail, head] = wires[-1]
        for head, stubs in self.stubs.items():
            wires += self._fitting(head, stubs)
        return wires

    def _unit_of(self, n: int) -> int | None:
        home = self.view.home.get(n)
        return self.folded.get(home) if home is not None else self.at.get(n)

    def _stub(self, n: int, item: Item, slot: int, head: int) -> None:
        box = self._box(n, stub=True)
        wire = self._wire(head, head, item, slot, n)
        wire.source = box
        self.stubs.setdefault(head, []).append((box, wire))

    def _fitting(self, head: int, stubs: list[tuple[Box, Wire]]) -> list[Wire]:
        """As many stubs as there is room for; the last one stands for all others."""
        kept = stubs if len(stubs) <= MOST_BESIDE else stubs[: MOST_BESIDE - 1]
        self.units[head].stubs = [box for box, _ in kept]
        if len(kept) < len(stubs):
            rest = stubs[len(kept) :]
            names = ", ".join(box.name for box, _ in rest[:20])
            more = Box("more", "more", "", f"+{len(rest)} more", whole=names)
            self.hidden += sum(box.kind != "constant" for box, _ in rest)
            measure(more)
            self.units[head].stubs.append(more)
        return [wire for _, wire in kept]

    def _wire(self, tail: int, head: int, item: Item, slot: int, n: int) -> Wire:
        wire = Wire(tail, head, self.units[tail].box, self.units[head].box, slot)
        source = self.trace.items[n]
        row = self.sent.get((item.number, slot))
        if item.op in CHOOSERS and isinstance(item.data, float) and source.data == item.data:
            tied = [i for i in item.inputs if self.trace.items[i].data == item.data]
            wire.tied = len(tied) > 1
            wire.winner = not wire.tied or bool(row and row.local)
        if row is None:
            wire.sentence = _tip(words.reads(item.name, source.name))
            return wire
        wire.sentence = _tip(words.contribution_sentence(row, self.trace))
        wire.amount, wire.tone, wire.zero = _chip(row), tone_of(row.amount), row.zero
        wire.size = thickness(row.amount)
        return wire

    def _borders(self) -> list[Border]:
        frames = self.trace.frames
        used: set[int] = set()
        for unit in self.units:
            frame = unit.frame
            while frame is not None and frame not in used:
                used.add(frame)
                frame = frames[frame].parent
        return [
            Border(i, fitted(self._label(i), FRAME), frames[i].detail[:TOOLTIP], frames[i].parent)
            for i in sorted(used)
        ]


def _form(item: Item, stub: bool) -> str:
    if item.shape:
        return "array"
    if not stub:
        return "plain"
    return "small" if item.kind == "constant" else "stub"


def _heading(item: Item, most: int) -> tuple[str, str]:
    """The name and the operation; an operation is not said twice."""
    name, op = fitted(item.name, most), item.op or ""
    if op and item.name.partition("#")[0] in (op, item.formula, bracketed(item.formula)):
        return name, ""
    return name, fitted(op, OP)


def _chip(row: Contribution) -> str:
    """The number on a wire; of an array its extremes."""
    if np.ndim(row.amount) == 0:
        return pretty(signed(float(row.amount)))
    if row.zero:
        return "0"
    if np.size(row.amount) <= 3:
        text = "[" + ", ".join(signed(float(x)) for x in np.ravel(row.amount)) + "]"
    else:
        low, high = (signed(float(f(row.amount)), 3) for f in (np.min, np.max))
        text = f"{low} to {high}" if low != high else f"all {low}"
    return pretty(text) if len(text) <= CHIP else ""


def tone_of(x: Any) -> str:
    """The colour and dash of a gradient: "plus", "minus", "zero", or "mixed" for an array.

    >>> tone_of(2.0), tone_of(np.array([-1.0, 0.0])), tone_of(np.array([-1.0, 1.0]))
    ('plus', 'minus', 'mixed')
    """
    x = np.asarray(x)
    if not x.any():
        return "zero"
    if (x >= 0).all():
        return "plus"
    return "minus" if (x <= 0).all() else "mixed"


def thickness(x: Any) -> float:
    """The width of a gradient's line: it grows by a step whenever 1 + its size doubles.

    >>> thickness(0.0), thickness(-1.0), thickness(3.0), thickness(1e9)
    (1.2, 2.3, 3.4, 7.0)
    """
    size = float(np.max(np.abs(x), initial=0.0))
    if not math.isfinite(size):
        return THICKEST
    return round(min(THINNEST + PER_DOUBLING * math.log2(1.0 + size), THICKEST), 2)


def whole(item: Item, trace: Trace) -> str:
    """Everything about an item in a few lines, its name in full: its tooltip."""
    made = words.forward_sentence(item)
    mark = f", {words.MARKS[item.zero]}" if item.zero else ""
    lines = [words.kind_of(item.kind, item.shape) + mark, made]
    if item.shape:
        lines.append(words.extremes(item.data, signs=False))
    if item.zero:
        lines.append(words.zero_sentence(item.zero, item, trace))
    elif item.grad is not None:
        lines.append(f"Gradient {brief(item.grad)}.")
    return "\n".join([one_line(item.name)[:FULL], *(_tip(line) for line in lines)])


def _tip(line: str) -> str:
    return pretty(one_line(line)[:TOOLTIP])
