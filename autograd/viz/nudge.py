"""The nudge check: move one number a little, run what lies behind it again, and see how L moves.

Nothing here knows a rule. Only the operations between the moved node and the root are run again,
on the numbers that the graph captured, so that a gradient is checked by plain experiment: for
leaves, and for every node in between as if the graph were cut there. L is the root; where the
root is not one number, L is the sum of upstream gradient times root.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.graph import Node
from autograd.slopes import Line, Slopes
from autograd.value import Value
from autograd.viz.again import again, held
from autograd.viz.cells import Cell
from autograd.viz.replay import Replay

STEPS = (1e-2, 1e-4, 1e-6, 1e-8)  # for numbers of about 1
FINEST = 1e-6  # of a tiny number: the last step, in units of its size
SETTLED = 2e-4  # both sides have one slope if they differ by no more than this part of it
CLOSE = 2e-3  # the measured slope and the ledger agree if they differ by no more than this
MOST_WORK = 300_000  # operations (and 256 cells count as one) that are run again at most

SLOPE, FLAT, KINK, JUMP, ONE_SIDED, NONE = "slope", "flat", "kink", "jump", "one side", "none"


@dataclass(frozen=True)
class Nudge:
    """What happened to L when a number was raised, and lowered, by `step`.

    kind: "slope" (both sides have one), "flat" (it rises or falls on both sides, but less and
    less), "kink" (the sides differ), "jump", "one side" (on the other L is not finite), "none" (L
    is finite on no side). up, down: by how much L went up when the number was raised, lowered.
    right, left: the slopes to both sides. ledger: what the ledger says. agrees: whether that fits.
    """

    kind: str
    step: float
    up: float
    down: float
    right: float
    left: float
    ledger: float
    agrees: bool


class Rerun:
    """The operations between `node` and the root, to be run with other numbers in `node`.

    They are run in double precision. Where a node holds single precision, it gets its own number
    plus what the double-precision kernel says the change is: so two equal numbers stay equal, and
    a tie stays a tie.
    """

    def __init__(self, replay: Replay, node: Node) -> None:
        self.root, self.node = replay.root, node
        self.seed = np.asarray(replay.seed, float)
        moving: set[Node] = {node}
        self.steps: list[tuple[Node, list[Any], list[tuple[int, Node]]]] = []
        self.work = 0
        for reader in replay.order:
            slots = [(i, p) for i, p in enumerate(reader.parents) if p in moving]
            if slots:
                moving.add(reader)
                self.steps.append((reader, list(reader.operands), slots))
                self.work += 1 + np.size(reader.data) // 256
        self.followed = moving
        self.first: dict[Node, Any] | None = None

    def __call__(self, x: Any) -> float:
        """L when `node` holds x."""
        if self.first is None:
            self._start()
        values: dict[Node, Any] = {self.node: x}
        for reader, operands, slots in self.steps:
            for slot, parent in slots:
                operands[slot] = values[parent]
            out = again(reader, operands)
            if out is None:
                return math.nan
            values[reader] = self._anchored(reader, out)
        root = values[self.root]
        return float(root * self.seed) if self.seed.ndim == 0 else float(np.vdot(self.seed, root))

    def _start(self) -> None:
        """Bring operands to double precision, and run nodes of less once where they stand."""
        self.first = {}
        for reader, operands, _ in self.steps:
            operands[:] = map(as_double, operands)
            if not isinstance(reader, Value) and reader.data.dtype.kind == "f":
                if reader.data.dtype != np.float64:
                    self.first[reader] = again(reader, operands)

    def _anchored(self, reader: Node, out: Any) -> Any:
        assert self.first is not None
        first = self.first.get(reader)
        if first is None:
            return out
        change = out - first
        return np.where(np.isfinite(change), reader.data + change, out)

    @property
    def eps(self) -> float:
        """The precision of L."""
        return float(np.finfo(float).eps)


def as_double(x: Any) -> Any:
    """Numbers in double precision; positions and conditions as they are."""
    return x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def nudge(replay: Replay, node: Node, cell: Cell, ledger: float) -> Nudge | None:
    """Nudge one cell of a node, and compare with the ledger's total.

    None where too many operations would have to be run again, or one that cannot be.
    """
    rerun = Rerun(replay, node)
    start = as_double(held(node))
    if rerun.work > MOST_WORK:
        return None

    def at(xs: Sequence[Any]) -> Any:
        x = float(xs[0])
        if np.ndim(start):
            moved = np.array(start)
            moved[cell] = x
            return np.array([rerun(moved)])
        return np.array([rerun(x if isinstance(start, float) else np.array(x))])

    with np.errstate(all="ignore"):
        x = np.array(float(start[cell] if cell else start))
        first = at([x])
        line = Line(at, [x], [np.array(1.0)], first, float(np.finfo(float).eps))
        return _judge(line, _steps(float(x)), float(ledger))


def _steps(x: float) -> list[float]:
    """From 0.01 down, in the unit of large numbers; for tiny numbers down to well below them."""
    size = abs(x)
    unit = 10.0 ** math.floor(math.log10(size)) if 1.0 < size < math.inf else 1.0
    steps = [step * unit for step in STEPS]
    while 0.0 < FINEST * size < steps[-1] and size < 1e-2 and len(steps) < 10:
        steps.append(steps[-1] * 1e-2)
    return steps


def _judge(line: Line, steps: Sequence[float], ledger: float) -> Nudge | None:
    if not np.isfinite(line.first[0]):
        return Nudge(NONE, steps[0], *[math.nan] * 4, ledger, True)
    tried: list[Slopes] = []
    sided = None
    for step in steps:
        slopes = line.slopes(step)
        if not np.isfinite(slopes.central[0]):
            if sided is None and (np.isfinite(slopes.left[0]) or np.isfinite(slopes.right[0])):
                sided = slopes
            continue
        tried.append(slopes)
        if _settled(slopes) and _near(float(slopes.central[0]), ledger, slopes):
            return _seen(SLOPE, slopes, ledger, True)
        if len(tried) == 2 and not any(map(_settled, tried)) and not _shrinking(tried):
            break  # smaller steps do not bring the sides together
    if not tried:
        return _seen(ONE_SIDED if sided else NONE, sided or line.slopes(steps[-1]), ledger, True)
    found = line.rough(tried[0], 1e-3, 0.0).get(0)
    if found is not None and found.kind in (KINK, JUMP):
        agrees = found.kind == JUMP or found.allows(ledger)
        return _seen(found.kind, tried[0], ledger, agrees)
    if _vanishing(tried):
        return _seen(FLAT, tried[0], ledger, abs(ledger) <= CLOSE * float(tried[0].size[0]))
    last = next((s for s in tried if _settled(s)), tried[-1])
    return _seen(SLOPE, last, ledger, _near(float(last.central[0]), ledger, last))


def _settled(slopes: Slopes) -> bool:
    """Whether both sides say the same."""
    size = float(slopes.size[0])
    return abs(float(slopes.jump[0])) <= SETTLED * size + float(slopes.noise[0])


def _near(slope: float, ledger: float, slopes: Slopes) -> bool:
    return abs(slope - ledger) <= CLOSE * max(abs(slope), abs(ledger)) + float(slopes.noise[0])


def _shrinking(tried: Sequence[Slopes]) -> bool:
    """Whether the sides came closer with the smaller step."""
    first, last = (abs(float(s.jump[0])) for s in (tried[0], tried[-1]))
    return last <= 0.1 * first + float(tried[-1].noise[0])


def _vanishing(tried: Sequence[Slopes]) -> bool:
    """Whether the slope goes to 0 with the step, as in the lowest point of a bowl."""
    first, last = tried[0], tried[-1]
    return len(tried) > 1 and bool(last.size[0] <= 1e-2 * first.size[0] + last.noise[0])


def _seen(kind: str, slopes: Slopes, ledger: float, agrees: bool) -> Nudge:
    right, left = float(slopes.right[0]), float(slopes.left[0])
    return Nudge(
        kind, slopes.step, right * slopes.step, -left * slopes.step, right, left, ledger, agrees
    )
