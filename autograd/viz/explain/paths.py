"""Paths: every way from one node to the root, each with its product of slopes.

Multiply along a path, add over the paths: the sum is the gradient. There can be very many paths
(a chain of 100 doublings has 2 ** 100), so they are counted without being walked, and the first
few are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograd.graph import Node
from autograd.value import Value
from autograd.viz.replay import Replay, Sent
from autograd.watching import hooks

MOST_PATHS = 32
MOST_STEPS = 300_000  # walked to show them
TOO_MANY = 10**30  # beyond it the count says "more than"
WHOLE = 9  # steps of a path that are all kept: ten nodes
ENDS = 2  # of a longer one: how many steps are kept from its start, and from its end


@dataclass(frozen=True)
class Path:
    """One way to the root. through: its nodes; slopes: those of its steps; None stands for the
    steps of a long path that are left out. left_out: how many. product: seed x all slopes."""

    through: tuple[Node | None, ...]
    slopes: tuple[float | None, ...]
    left_out: int
    product: float


@dataclass(frozen=True)
class Paths:
    """The first paths from a node to the root, and how many there are in all."""

    shown: tuple[Path, ...]
    count: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


def paths(replay: Replay, node: Node) -> Paths | None:
    """The paths from `node`; None where arrays or hooks lie on the way."""
    if not isinstance(replay.seed, float) or not _scalar_above(replay, node):
        return None
    shown = []
    for steps in _walk(replay, node):
        if any(sent.local is None for sent in steps):
            return None
        shown.append(_path(node, steps, replay.seed))
        if len(shown) == MOST_PATHS:
            break
    return Paths(tuple(shown), count(replay, node))


def count(replay: Replay, node: Node) -> int:
    """How many paths there are, up to `TOO_MANY`."""
    counts: dict[Node, int] = {replay.root: 1}
    for sent in replay.sent:  # every sender has received all of its own before it sends
        here = counts.get(sent.receiver, 0) + counts[sent.sender]
        counts[sent.receiver] = min(here, TOO_MANY)
    return counts.get(node, 0)


def _scalar_above(replay: Replay, node: Node) -> bool:
    """Whether only scalars, and nothing with a hook, lie between the node and the root."""
    seen = {node}
    todo = [node]
    while todo:
        for sent in replay.into(todo.pop()):
            if sent.sender.rank != Value.rank or (hooks and hooks.get(sent.sender)):
                return False
            if sent.sender not in seen:
                seen.add(sent.sender)
                todo.append(sent.sender)
    return True


def _walk(replay: Replay, node: Node) -> Iterator[list[Sent]]:
    """The paths, depth first, in the order of the ledgers; ends when it took too many steps."""
    if node is replay.root:
        return
    taken: list[Sent] = []
    todo = [iter(replay.into(node))]
    for _ in range(MOST_STEPS):
        sent = next(todo[-1], None)
        if sent is None:
            todo.pop()
            if not todo:
                return
            taken.pop()
            continue
        taken.append(sent)
        todo.append(iter(replay.into(sent.sender)))
        if sent.sender is replay.root:
            yield taken


def _path(node: Node, steps: list[Sent], seed: float) -> Path:
    product = seed
    for sent in reversed(steps):
        assert sent.local is not None
        product *= sent.local
    left_out = len(steps) - 2 * ENDS if len(steps) > WHOLE else 0
    shown: list[Sent | None] = [*steps]
    if left_out:
        shown[ENDS:-ENDS] = [None]
    return Path(
        (node, *(None if s is None else s.sender for s in shown)),
        tuple([None if s is None else s.local for s in shown]),
        left_out,
        product,
    )
