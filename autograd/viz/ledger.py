"""The ledger: every contribution that was added into one gradient.

A gradient is a sum: each reader of a value adds its own upstream gradient times its local slope.
The sum is all that is left after a backward pass. The ledger takes it apart again, cell by cell,
with the engine's own rules: what output cell i sent to input cell j is the rule applied to the
gradient that arrived at i alone. No operation needs a line of code for that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import Node
from autograd.ops.shape import MOVES
from autograd.viz import words
from autograd.viz.again import held
from autograd.viz.cells import Cell, moved, one_hot, readers, share_of
from autograd.viz.numbers import number
from autograd.viz.replay import Replay, Sent
from autograd.watching import hooks

MOST_ROWS = 64  # readers of one cell that get a row of their own; the rest share one


@dataclass(frozen=True)
class Row:
    """One contribution: upstream x local slope, from one cell of one reader.

    slot: the argument of the reader that it came through. count: how many cells of the reader
    the row stands for; if more than one, local is nan, cell is (), and upstream is nan, or 0
    where nothing arrived at any of them.
    """

    reader: Node
    slot: int
    cell: Cell
    upstream: float
    local: float
    contribution: float
    count: int = 1

    @property
    def sender(self) -> str:
        """Who sent it: the name of the reader, or of its operation, and the cell."""
        if self.count > 1:
            return f"{label(self.reader, ())}, {self.count} more cells"
        return label(self.reader, self.cell)

    @property
    def zero(self) -> str | None:
        """Why the contribution is 0: "starved" or "blocked"; None if it is not."""
        if self.contribution != 0.0:
            return None
        return words.STARVED if self.upstream == 0.0 else words.BLOCKED


@dataclass(frozen=True)
class Ledger:
    """All contributions to one gradient. `print` it to read it."""

    node: Node
    cell: Cell
    rows: tuple[Row, ...]

    @property
    def total(self) -> float:
        """The sum of the contributions, in the order in which backward added them."""
        total = 0.0
        for row in self.rows:
            total += row.contribution
        return total

    def __str__(self) -> str:
        return self.text()

    def text(self, who: Callable[[Row], str] = lambda row: row.sender) -> str:
        """The ledger as a table; `who` says how a sender is called."""
        senders = [who(row) for row in self.rows]
        width = max([4, *map(len, senders)])
        lines = [f"{'from':<{width}}  {'upstream':>10}  {'x slope':>10}  {'= adds':>10}"]
        for sender, row in zip(senders, self.rows, strict=True):
            upstream, local = (
                ("", "") if row.count > 1 else (number(row.upstream), number(row.local))
            )
            lines.append(
                f"{sender:<{width}}  {upstream:>10}  {local:>10}  {number(row.contribution):>10}"
            )
        lines.append(f"{'sum':<{width}}  {'':>10}  {'':>10}  {number(self.total):>10}")
        return "\n".join(lines)


def ledger(root: Node, node: Node, cell: Cell = ()) -> Ledger:
    """Take the gradient of one cell of `node` apart into what each reader sent.

    Args:
        root: where backward started. Its graph must have been kept (not `free=True`).
        node: a node behind `root`.
        cell: which cell of it, as an index; () for a scalar.

    Raises:
        IndexingError: if `node` has no such cell.
        GradientError: if nothing was recorded, or `root` does not depend on `node`.

    >>> import autograd
    >>> x = autograd.Value(3.0, name="x")
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> print(ledger(y, x))
    from        upstream     x slope      = adds
    multiply           1           2           2
    multiply           1           3           3
    multiply           1           3           3
    sum                                        8
    """
    return ledger_of(Replay(root), node, cell)


def ledger_of(replay: Replay, node: Node, cell: Cell = ()) -> Ledger:
    """The same from a replay."""
    shape = np.shape(held(node))
    if len(cell) != len(shape) or not all(0 <= i < n for i, n in zip(cell, shape, strict=True)):
        raise errors.no_such_cell(cell, shape)
    if node not in replay:
        raise errors.not_behind(node)
    return Ledger(node, cell, tuple(rows_of(replay, replay.into(node), cell)))


def label(node: Node, cell: Cell) -> str:
    """What to call one cell of a node."""
    name = node.name or (node.op.name if node.op else "leaf")
    return f"{name}[{', '.join(map(str, cell))}]" if cell else name


def rows_of(replay: Replay, into: Sequence[Sent], cell: Cell) -> list[Row]:
    """The rows of some of the contributions to one cell."""
    rows: list[Row] = []
    todo = [(sent, cell) for sent in reversed(into)]
    while todo:
        sent, cell = todo.pop()
        reader = sent.sender
        if sent.local is not None:
            rows.append(Row(reader, sent.slot, (), sent.upstream, sent.local, sent.amount))
        elif reader.op in MOVES and reader is not replay.root and not hooks.get(reader):
            for there in moved(reader, cell):  # nobody reads there yet: look through to who does
                todo += [(beyond, there) for beyond in reversed(replay.into(reader))]
        else:
            rows += _sent(reader, sent.slot, sent.upstream, cell)
    return rows


def _sent(reader: Node, slot: int, upstreams: Any, cell: Cell) -> list[Row]:
    """What each cell of `reader` sent to one cell of its input in `slot`."""
    upstreams = np.broadcast_to(np.asarray(upstreams), np.shape(reader.data))
    looking = readers(reader, slot, cell)
    shown = looking
    if len(looking) > MOST_ROWS:
        largest = sorted(looking, key=lambda where: -abs(float(upstreams[where])))[:MOST_ROWS]
        shown = sorted(largest)
    rows = []
    for where in shown:
        upstream = float(upstreams[where])
        local = at(share_of(reader, slot, one_hot(reader, where, 1.0)), cell)
        sent = at(share_of(reader, slot, one_hot(reader, where, upstream)), cell)
        rows.append(Row(reader, slot, where, upstream, local, sent))
    if len(shown) < len(looking):
        rest = np.array(upstreams)
        rest[tuple(np.array(shown).T)] = 0.0
        sent = at(share_of(reader, slot, rest), cell)
        upstream = np.nan if rest.any() else 0.0
        rows.append(Row(reader, slot, (), upstream, np.nan, sent, len(looking) - len(shown)))
    return rows


def at(x: Any, cell: Cell) -> float:
    """One cell of a number or an array, as a float."""
    return float(x[cell]) if cell else float(x)
