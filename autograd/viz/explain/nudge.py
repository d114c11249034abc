"""The nudge check: move one number a little, run what lies behind it again, and see how L moves.

Nothing here knows a rule. Only the operations between the moved node and the root are run again,
on the numbers that the graph captured, so that a gradient is checked by plain experiment: for
leaves, and for every node in between as if the graph were cut there. L is the root; where the
root is not one number, L is the sum of upstream gradient times root.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.graph import Node
from autograd.slopes import Line, Rough, Slopes
from autograd.value import Value
from autograd.viz.again import FORGETFUL, again, held
from autograd.viz.cells import Cell
from autograd.viz.replay import Replay

Kernel = Callable[..., Any]

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
        self.seed = np.asarray(replay.seed, float)
        self.eps = float(np.finfo(float).eps)  # the precision of L
        self.places: dict[Node, int] = {node: 0}  # of the nodes that move
        self.steps: list[tuple[Kernel, list[Any], list[tuple[int, int]]]] = []
        self.work = 0
        self.readers: list[Node] = []
        for reader in replay.order:
            if any(p in self.places for p in reader.parents):
                self.places[reader] = len(self.places)
                self.readers.append(reader)
                self.work += 1 + np.size(reader.data) // 256
                if self.work > MOST_WORK:
                    break  # nobody will run so many

    def __call__(self, x: Any) -> float:
        """L when `node` holds x."""
        if not self.steps:
            self._start()
        values = [x]
        for kernel, operands, slots in self.steps:
            for slot, place in slots:
                operands[slot] = values[place]
            try:
                values.append(kernel(*operands))
            except _CannotSay:
                return math.nan
        if self.seed.ndim == 0:
            return float(values[-1] * self.seed)
        return float(np.vdot(self.seed, values[-1]))

    def _start(self) -> None:
        """Bring operands to double precision, and run nodes of less once where they stand."""
        for reader in self.readers:
            parents = enumerate(reader.parents)
            slots = [(i, self.places[p]) for i, p in parents if p in self.places]
            kernel, operands = _kernel(reader), list(map(as_double, reader.operands))
            if not isinstance(reader, Value) and reader.data.dtype != np.float64:
                first = again(reader, operands)
                if first is not None and first.dtype.kind == "f":
                    kernel = _anchored(reader, first)
                    self.eps = max(self.eps, float(np.finfo(first.dtype).eps))
            self.steps.append((kernel, operands, slots))


class _CannotSay(Exception):
    """An operation cannot be run again, or refuses the numbers."""


def _forgot(reader: Node) -> bool:
    return reader.op is not None and reader.op.name in FORGETFUL


def _kernel(reader: Node) -> Kernel:
    """The operation of a node as a function of its operands alone."""
    op = reader.op
    assert op is not None
    if isinstance(reader, Value) and op.scalar is not None and not reader.params:
        return op.scalar  # the case of scalar networks, without detours

    def kernel(*operands: Any) -> Any:
        out = again(reader, operands)
        if out is None:
            raise _CannotSay
        return out

    return kernel


def _anchored(reader: Node, first: Any) -> Kernel:
    """The number that the node holds, plus what the kernel says the change is."""
    kernel = _kernel(reader)

    def moved(*operands: Any) -> Any:
        out = kernel(*operands)
        change = out - first
        return np.where(np.isfinite(change), reader.data + change, out)

    return moved


def as_double(x: Any) -> Any:
    """Numbers in double precision; positions and conditions as they are."""
    return x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def nudge(replay: Replay, node: Node, cell: Cell, ledger: float) -> Nudge | None:
    """Nudge one cell of a node, and compare with the ledger's total.

    None where too many operations would have to be run again, or one that cannot be.
    """
    rerun = Rerun(replay, node)
    start = as_double(held(node))
    if rerun.work > MOST_WORK or any(_forgot(reader) for reader in rerun.readers):
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
        line = Line(at, [x], [np.array(1.0)], first, rerun.eps)
        return _judge(line, _steps(float(x)), float(ledger))


def _steps(x: float) -> list[float]:
    """From 0.01 down, in the unit of large numbers; for tiny numbers down to well below them."""
    size = abs(x)
    unit = 10.0 ** math.floor(math.log10(size)) if 1.0 < size < math.inf else 1.0
    steps = [step * unit for step in STEPS]
    while 0.0 < FINEST * size < steps[-1] and size < 1e-2 and len(steps) < 10:
        steps.append(steps[-1] * 1e-2)
    return steps


def _judge(line: Line, steps: Sequence[float], ledger: float) -> Nudge:
    if not np.isfinite(line.first[0]):
        return Nudge(NONE, steps[0], math.nan, math.nan, math.nan, math.nan, ledger, True)
    x = abs(float(line.start[0]))
    tried: list[Slopes] = []
    sided: Slopes | None = None
    kink: Rough | None = None
    for step in steps:
        slopes = line.slopes(step)
        if not np.isfinite(slopes.central[0]):
            if sided is None and (np.isfinite(slopes.left[0]) or np.isfinite(slopes.right[0])):
                sided = slopes
            continue
        tried.append(slopes)
        if _settled(slopes) and _near(float(slopes.central[0]), ledger, slopes):
            return _seen(SLOPE, slopes, ledger, True)
        small = [s for s in tried if x == 0.0 or s.step <= 0.1 * x]  # not across a pole at 0
        if len(small) == 2 and not _settled(slopes):  # a smaller step did not help
            kink = line.rough(small[0], 1e-3, 0.0).get(0)
            if kink is not None and kink.kind != "near-tie":
                agrees = kink.kind == JUMP or kink.allows(ledger)
                return _seen(kink.kind, small[0], ledger, agrees)
    if not tried:
        return _seen(ONE_SIDED if sided else NONE, sided or line.slopes(steps[-1]), ledger, True)
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


def _vanishing(tried: Sequence[Slopes]) -> bool:
    """Whether the slope goes to 0 with the step, as in the lowest point of a bowl."""
    first, last = tried[0], tried[-1]
    return len(tried) > 1 and bool(last.size[0] <= 1e-2 * first.size[0] + last.noise[0])


def _seen(kind: str, slopes: Slopes, ledger: float, agrees: bool) -> Nudge:
    right, left = float(slopes.right[0]), float(slopes.left[0])
    return Nudge(
        kind, slopes.step, right * slopes.step, -left * slopes.step, right, left, ledger, agrees
    )
