"""What of a graph is drawn: all of it, or its modules closed, or what is near one node.

Nobody reads a picture of a hundred boxes. Up to 40 boxes everything is drawn; beyond that,
modules inside modules are closed; where that is not enough, all modules are; and where there are
none, or still too many, what is nearest to the root is shown. How many nodes are hidden is said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograd import errors
from autograd.viz import words
from autograd.viz.items import Trace

FEW = 40  # boxes that can be read
CROWD = 60  # boxes around a focus, even if a hub within reach has thousands of readers
MOST_BESIDE = 8  # numbers and weights that are drawn beside one box
ALL = 10**6  # levels of modules


@dataclass
class View:
    """Which items are drawn, and which modules are drawn closed.

    items: those drawn. closed: the closed modules, each with the number of its last operation,
    which tells where it stands in the order. home: the closed module of an item inside one.
    inside: how many nodes a closed module hides. hidden: how many are not drawn, constants not
    counted, as in `Trace.nodes`. note: what the reader is told of that.
    """

    items: set[int]
    closed: dict[int, int] = field(default_factory=dict)
    home: dict[int, int] = field(default_factory=dict)
    inside: dict[int, int] = field(default_factory=dict)
    hidden: int = 0
    note: str = ""

    @property
    def boxes(self) -> int:
        """How many boxes there are to draw."""
        return len(self.items) + len(self.closed)


def choose(
    trace: Trace,
    depth: int | None = None,
    open: Iterable[str] = (),
    focus: int | None = None,
    hops: int = 1,
) -> View:
    """The view of a trace.

    Args:
        trace: the graph.
        depth: how many levels of modules are open; by default as many as can be read.
        open: paths or labels of modules that are open in any case.
        focus: the number of an item; only what is at most `hops` operations away is drawn.
    """
    opened = _opened(trace, open)
    if focus is not None:
        return _near(trace, fold(trace, ALL if depth is None else depth, opened), focus, hops)
    view = fold(trace, ALL if depth is None else depth, opened)
    if depth is None:
        for level in (1, 0):
            if view.boxes > FEW and trace.frames:
                view = fold(trace, level, opened)
        if view.boxes > FEW:
            view = _near(trace, view, trace.root, None)
    return view


def _opened(trace: Trace, names: Iterable[str]) -> set[int]:
    """The modules of these names, and all around them."""
    wanted = {names} if isinstance(names, str) else set(names)
    known = {name for part in trace.frames for name in (part.path, part.label)}
    for name in sorted(wanted - known, key=str):
        raise errors.no_such_module(name, [part.label for part in trace.frames])
    found: set[int] = set()
    for i, part in enumerate(trace.frames):
        if wanted & {part.path, part.label}:
            frame: int | None = i
            while frame is not None:
                found.add(frame)
                frame = trace.frames[frame].parent
    return found


def fold(trace: Trace, depth: int, opened: Iterable[int] = ()) -> View:
    """The view with the modules closed that are more than `depth` levels down and not `opened`."""
    hiding = _hiding(trace, depth, set(opened))
    home = {
        item.number: hider
        for item in trace.items
        if item.frame is not None and (hider := hiding[item.frame]) is not None
    }
    closed = {home[number]: number for number in sorted(home)}
    home |= _leaves(trace, home)
    inside = dict.fromkeys(closed, 0)
    for number, frame in home.items():
        inside[frame] += trace.items[number].kind != "constant"
    items = {item.number for item in trace.items if item.number not in home}
    hidden = sum(inside.values())
    note = words.hidden_in_modules(hidden, len(closed), depth + 1) if hidden else ""
    return View(items, closed, home, inside, hidden, note)


def _hiding(trace: Trace, depth: int, opened: set[int]) -> list[int | None]:
    """For each module the closed one that hides it, the outermost: itself, one around it, none."""
    level: list[int] = []
    hiding: list[int | None] = []
    for i, part in enumerate(trace.frames):
        level.append(1 if part.parent is None else level[part.parent] + 1)
        around = None if part.parent is None else hiding[part.parent]
        shut = level[i] > depth and i not in opened
        hiding.append(around if around is not None else i if shut else None)
    return hiding


def _leaves(trace: Trace, home: dict[int, int]) -> dict[int, int]:
    """Parameters and unnamed constants that only one closed module reads are hidden with it."""
    readers: dict[int, set[int | None]] = {}
    for item in trace.items:
        for number in item.inputs:
            readers.setdefault(number, set()).add(home.get(item.number))
    found = {}
    for number, homes in readers.items():
        item = trace.items[number]
        only = min(homes, key=str)
        if (
            item.op is None
            and len(homes) == 1
            and only is not None
            and not _is_data(item.kind, item.name)
        ):
            found[number] = only
    return found


def _is_data(kind: str, name: str) -> bool:
    """Whether a leaf goes into the network from outside: an input, or a constant with a name."""
    if kind == "constant":
        return name != "constant" and not name.lstrip("-")[:1].isdigit()
    return kind == "input"


def _near(trace: Trace, view: View, focus: int, hops: int | None) -> View:
    """Only what is near one item: so many hops around it, or as much as can be read before it."""
    place = {n: n for n in view.items} | {n: -1 - frame for n, frame in view.home.items()}
    around: dict[int, list[int]] = {}
    for item in trace.items:
        for number in item.inputs:
            reader, source = place[item.number], place[number]
            if reader != source:
                around.setdefault(reader, []).append(source)
                if hops is not None:
                    around.setdefault(source, []).append(reader)
    beside = {  # numbers and weights come along with what reads them
        item.number: {i for i in item.inputs if trace.items[i].kind in ("constant", "parameter")}
        for item in trace.items
    }
    kept = _reached(around, beside, place[focus], hops)
    items = view.items & kept
    closed = {frame: last for frame, last in view.closed.items() if -1 - frame in kept}
    home = {n: frame for n, frame in view.home.items() if frame in closed}
    left_out = (item for item in trace.items if item.number not in items)
    hidden = sum(item.kind != "constant" for item in left_out)
    note = words.hidden_around(hidden, trace.items[focus].name, hops) if hidden else ""
    return View(items, closed, home, view.inside, hidden, note)


def _reached(
    around: dict[int, list[int]], beside: dict[int, set[int]], start: int, hops: int | None
) -> set[int]:
    """What is at most `hops` away, or, without a limit to that, as much as can be read."""
    most = FEW if hops is None else CROWD
    kept = {start} | beside.get(start, set())
    seen, boxes = {start}, len(kept)
    todo = deque([(start, 0)])
    while todo:
        here, far = todo.popleft()
        for there in around.get(here, ()) if far != hops else ():
            more = beside.get(there, set()) - kept
            cost = 1 + min(len(more), MOST_BESIDE)
            if there not in seen and boxes + cost <= most:
                boxes += cost
                seen.add(there)
                kept |= more | {there}
                todo.append((there, far + 1))
    return kept
