"""A small layout of our own, for where there is no graphviz: ranks, one below the other.

Every frame is laid out by itself, inner ones first, and is one block in the frame around it. In
a frame: a block stands one rank below what it reads; neighbours in a rank are ordered by the
middle of what they are wired to; then each rank moves as near to its neighbours as the gaps allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from autograd.viz.picture import curves
from autograd.viz.picture.scene import Scene, Wire
from autograd.viz.plain import width

GAP, RANK_GAP = 18.0, 58.0  # between neighbours, and between ranks
PADDING, HEADING = 12.0, 20.0  # inside a frame, and for its label
LABEL = 6.7  # the width of a letter of it
SWEEPS = 6
MOST_BENDS = 20_000  # places kept free for wires that pass a rank

Point = tuple[float, float]


@dataclass
class Block:
    """A unit, a laid out frame, or the place where a wire passes a rank. Across the ranks it is
    `wide`, along them `tall`; `middle` is where the wires meet it, across."""

    wide: float
    tall: float
    middle: float
    rank: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)


def place(scene: Scene) -> None:
    """Give every unit and frame its place, and every wire its route."""
    _Ranks(scene).place()


class _Ranks:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.across = scene.sideways
        self.borders = {border.number: border for border in scene.borders}
        self.first: dict[int, int] = {}  # of a frame, its first unit
        self.bends: dict[int, list[Point]] = {}  # of a wire, in the coordinates of its frame
        self.bent_in: dict[int, int | None] = {}
        self.offset: dict[int | None, Point] = {}

    def place(self) -> None:
        scene = self.scene
        paths = [self._path(unit.frame) for unit in scene.units]
        for i, path in enumerate(paths):
            for around in path:
                self.first.setdefault(around, i)
        levels: dict[int | None, list[tuple[int, int, int]]] = {}
        for i, wire in enumerate(scene.wires):
            if wire.tail != wire.head:
                frame, a, b = self._meet(wire, paths)
                levels.setdefault(frame, []).append((a, b, i))
        for frame in [*sorted(self.borders, reverse=True), None]:
            self._lay_out(frame, levels.get(frame, []))
        self._settle()
        self._wire()

    def _path(self, frame: int | None) -> list[int]:
        """The frames around a unit, outermost first."""
        path = []
        while frame is not None:
            path.append(frame)
            frame = self.borders[frame].parent
        return path[::-1]

    def _meet(self, wire: Wire, paths: list[list[int]]) -> tuple[int | None, int, int]:
        """The innermost frame around both ends, and the blocks in it that hold them.

        Units are numbered from 0, frames downwards from -1."""
        a, b = paths[wire.tail], paths[wire.head]
        same = 0
        while same < min(len(a), len(b)) and a[same] == b[same]:
            same += 1
        frame = a[same - 1] if same else None
        tail = -1 - a[same] if same < len(a) else wire.tail
        head = -1 - b[same] if same < len(b) else wire.head
        return frame, tail, head

    # --- one frame ---

    def _lay_out(self, frame: int | None, wires: list[tuple[int, int, int]]) -> None:
        names = [i for i, unit in enumerate(self.scene.units) if unit.frame == frame]
        names += [-1 - b.number for b in self.scene.borders if b.parent == frame]
        names.sort(key=lambda name: name if name >= 0 else self.first[-1 - name])
        at = {name: i for i, name in enumerate(names)}
        blocks = [self._block(name) for name in names]
        edges = [(at[a], at[b], i) for a, b, i in wires if a != b]
        ranked(blocks, [(a, b) for a, b, _ in edges])
        bends = bent(blocks, edges)
        rows = ordered(blocks)
        settled(blocks, rows)
        tops = stacked(blocks, rows)
        left = min((b.x - b.middle for b in blocks), default=0.0)
        right = max((b.x - b.middle + b.wide for b in blocks), default=0.0)
        dx, dy = self._inset(frame)
        for name, block in zip(names, blocks, strict=False):
            self._put(name, block.x - block.middle - left + dx, block.y + dy)
        for i, middles in bends.items():
            self.bent_in[i] = frame
            self.bends[i] = [
                (blocks[m].x - left + dx, y + dy)
                for m in middles
                for y in (tops[blocks[m].rank][0], tops[blocks[m].rank][1])
            ]
        if frame is not None:
            border = self.borders[frame]
            wide = right - left
            tall = max((bottom for _, bottom in tops), default=0.0)
            border.width, border.height = (tall, wide) if self.across else (wide, tall)
            border.width = max(border.width, LABEL * width(border.label)) + 2 * PADDING
            border.height += 2 * PADDING + HEADING

    def _block(self, name: int) -> Block:
        if name >= 0:
            unit = self.scene.units[name]
            box = unit.box
            if self.across:
                return Block(unit.height, unit.width, box.y - unit.y + box.height / 2)
            return Block(unit.width, unit.height, box.x - unit.x + box.width / 2)
        border = self.borders[-1 - name]
        if self.across:
            return Block(border.height, border.width, border.height / 2)
        return Block(border.width, border.height, border.width / 2)

    def _inset(self, frame: int | None) -> Point:
        if frame is None:
            return 0.0, 0.0
        top = PADDING + HEADING
        return (top, PADDING) if self.across else (PADDING, top)

    def _put(self, name: int, across: float, along: float) -> None:
        x, y = (along, across) if self.across else (across, along)
        if name >= 0:
            self.scene.units[name].place(x, y)
        else:
            self.borders[-1 - name].x, self.borders[-1 - name].y = x, y

    # --- the whole ---

    def _settle(self) -> None:
        """From places in a frame to places in the picture: outer frames first."""
        for number in sorted(self.borders):
            border = self.borders[number]
            x, y = self.offset.get(border.parent, (0.0, 0.0))
            border.x, border.y = border.x + x, border.y + y
            self.offset[number] = (border.x, border.y)
        for unit in self.scene.units:
            x, y = self.offset.get(unit.frame, (0.0, 0.0))
            unit.place(unit.x + x, unit.y + y)

    def _wire(self) -> None:
        outs: dict[int, list[int]] = {}
        ins: dict[int, list[int]] = {}
        for i, wire in enumerate(self.scene.wires):
            if wire.tail != wire.head:
                outs.setdefault(wire.tail, []).append(i)
                ins.setdefault(wire.head, []).append(i)
        starts = {i: p for u, ws in outs.items() for i, p in self._ports(u, ws, False)}
        ends = {i: p for u, ws in ins.items() for i, p in self._ports(u, ws, True)}
        for i, wire in enumerate(self.scene.wires):
            if wire.tail != wire.head:
                x, y = self.offset.get(self.bent_in.get(i), (0.0, 0.0))
                bends = [(b, a) if self.across else (a, b) for a, b in self.bends.get(i, [])]
                inner = [(a + x, b + y) for a, b in bends]
                wire.points = self._curve([starts[i], *inner, ends[i]])

    def _ports(self, unit: int, wires: list[int], into: bool) -> list[tuple[int, Point]]:
        """Where the wires of a box begin or end: side by side, in the order of their others."""
        scene = self.scene
        box = scene.units[unit].box

        def other(i: int) -> tuple[float, int]:
            wire = scene.wires[i]
            far = wire.source if into else wire.target
            return (far.y + far.height / 2 if self.across else far.x + far.width / 2, i)

        found = []
        for k, i in enumerate(sorted(wires, key=other)):
            share = 0.5 + 0.7 * ((k + 1) / (len(wires) + 1) - 0.5)
            if self.across:
                point = (box.x if into else box.x + box.width, box.y + share * box.height)
            else:
                point = (box.x + share * box.width, box.y if into else box.y + box.height)
            found.append((i, point))
        return found

    def _curve(self, points: list[Point]) -> list[Point]:
        route = [points[0]]
        for a, b in pairwise(points):
            route += curves.between(a, b, self.across)[1:]
        return route


def ranked(blocks: list[Block], edges: Sequence[tuple[int, int]]) -> None:
    """Each block below all that it reads; what would close a circle does not count."""
    into = [0] * len(blocks)
    out: list[list[int]] = [[] for _ in blocks]
    for a, b in edges:
        into[b] += 1
        out[a].append(b)
    todo = [i for i in range(len(blocks)) if not into[i]]
    sources = list(todo)
    done: set[int] = set()
    waiting = iter(range(len(blocks)))
    while len(done) < len(blocks):
        here = todo.pop() if todo else next(waiting)
        if here in done:
            continue
        done.add(here)
        for there in out[here]:
            into[there] -= 1
            if there not in done:
                blocks[there].rank = max(blocks[there].rank, blocks[here].rank + 1)
                if into[there] == 0:
                    todo.append(there)
    for i in sources:  # what reads nothing stands right above its first reader
        below = [blocks[j].rank for j in out[i] if blocks[j].rank > blocks[i].rank]
        if below:
            blocks[i].rank = min(below) - 1


def bent(blocks: list[Block], edges: Sequence[tuple[int, int, int]]) -> dict[int, list[int]]:
    """Tell blocks their neighbours; where a wire passes a rank it gets a place of its own there."""
    spans = sum(max(blocks[b].rank - blocks[a].rank - 1, 0) for a, b, _ in edges)
    bends: dict[int, list[int]] = {}
    for a, b, i in edges:
        first, last = blocks[a].rank, blocks[b].rank
        chain = [a]
        if spans <= MOST_BENDS:
            for rank in range(first + 1, last):
                bends.setdefault(i, []).append(len(blocks))
                chain.append(len(blocks))
                blocks.append(Block(8.0, 0.0, 4.0, rank))
        chain.append(b)
        for p, q in pairwise(chain):
            if blocks[p].rank < blocks[q].rank:
                blocks[p].below.append(q)
                blocks[q].above.append(p)
    return bends


def ordered(blocks: list[Block]) -> list[list[int]]:
    """The ranks, each in an order with few crossings."""
    rows: list[list[int]] = [[] for _ in range(max((b.rank for b in blocks), default=-1) + 1)]
    for i, block in enumerate(blocks):
        rows[block.rank].append(i)
    place = {i: float(k) for row in rows for k, i in enumerate(row)}
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            keys = {}
            for i in row:
                near = blocks[i].above if down else blocks[i].below
                keys[i] = sum(place[j] for j in near) / len(near) if near else place[i]
            row.sort(key=lambda i: (keys[i], place[i]))
            for k, i in enumerate(row):
                place[i] = float(k)
    return rows


def settled(blocks: list[Block], rows: list[list[int]]) -> None:
    """Across: every rank as near to its neighbours as order and gaps allow."""
    for row in rows:
        x = 0.0
        for i in row:
            blocks[i].x = x + blocks[i].middle
            x += blocks[i].wide + GAP
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            wishes = []
            for i in row:
                near = blocks[i].above if down else blocks[i].below
                near = near or (blocks[i].below if down else blocks[i].above)
                wishes.append(sum(blocks[j].x for j in near) / len(near) if near else blocks[i].x)
            for i, x in zip(row, spread([blocks[i] for i in row], wishes), strict=True):
                blocks[i].x = x


def spread(row: list[Block], wishes: list[float]) -> list[float]:
    """Places as near to the wishes as the gaps allow: neighbours that collide move together."""
    shift = [0.0]
    for a, b in pairwise(row):
        shift.append(shift[-1] + a.wide - a.middle + GAP + b.middle)
    groups: list[tuple[float, int]] = []  # the mean wish of neighbours that touch, and how many
    for wish, past in zip(wishes, shift, strict=True):
        mean, count = wish - past, 1
        while groups and groups[-1][0] >= mean:
            other, size = groups.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        groups.append((mean, count))
    means = [mean for mean, count in groups for _ in range(count)]
    return [mean + past for mean, past in zip(means, shift, strict=True)]


def stacked(blocks: list[Block], rows: list[list[int]]) -> list[tuple[float, float]]:
    """Along: the ranks below each other, what is in them at mid height. Their tops and bottoms."""
    y = 0.0
    edges = []
    for row in rows:
        tall = max(blocks[i].tall for i in row)
        for i in row:
            blocks[i].y = y + (tall - blocks[i].tall) / 2
        edges.append((y, y + tall))
        y += tall + RANK_GAP
    return edges
