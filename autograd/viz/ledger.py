"""The ledger: every contribution that was added into one gradient.

A gradient is a sum: each reader of a value adds its own upstream gradient times its local slope.
The sum is all that is left after a backward pass. The ledger takes it apart again, cell by cell,
with the engine's own rules: what output cell i sent to input cell j is the rule applied to the
gradient that arrived at i alone. No operation needs a line of code for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import Node, topological_order
from autograd.ops.shape import MOVES

Cell = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One contribution: upstream x local slope, from one cell of one reader."""

    reader: Node
    cell: Cell
    upstream: float
    local: float
    contribution: float

    @property
    def sender(self) -> str:
        """Who sent it: the name of the reader, or of its operation, and the cell."""
        return label(self.reader, self.cell)


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
            lines.append(
                f"{sender:<{width}}  {row.upstream:>10.5g}  {row.local:>10.5g}"
                f"  {row.contribution:>10.5g}"
            )
        lines.append(f"{'sum':<{width}}  {'':>10}  {'':>10}  {self.total:>10.5g}")
        return "\n".join(lines)


def ledger(root: Node, node: Node, cell: Cell = ()) -> Ledger:
    """Take the gradient of one cell of `node` apart into what each reader sent.

    Args:
        root: where backward started. Its graph must have been kept (not `free=True`).
        node: a node behind `root`.
        cell: which cell of it, as an index; () for a scalar.

    Raises:
        IndexingError: if `node` has no such cell.
        GradientError: if backward has not run, or `root` does not depend on `node`.

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
    if len(cell) != np.ndim(node.data) or any(
        not 0 <= i < n for i, n in zip(cell, np.shape(node.data), strict=True)
    ):
        raise errors.no_such_cell(cell, np.shape(node.data))
    order, leaves = topological_order(root)
    if not any(node is other for other in (*order, *leaves)):
        raise errors.not_behind(node)
    rows = _rows(list(reversed(order)), node, cell)
    return Ledger(node, cell, tuple(rows))


def label(node: Node, cell: Cell) -> str:
    """What to call one cell of a node."""
    name = node.name or (node.op.name if node.op else "leaf")
    return f"{name}[{', '.join(map(str, cell))}]" if cell else name


def _rows(readers: list[Node], node: Node, cell: Cell) -> list[Row]:
    rows: list[Row] = []
    for reader in readers:
        for slot, parent in enumerate(reader.parents):
            if parent is not node:
                continue
            if reader.op in MOVES:  # nobody reads there yet: look through to who does
                for moved in _moved(reader, node, cell):
                    rows += _rows(readers, reader, moved)
            else:
                rows += _sent(reader, slot, node, cell)
    return rows


def _moved(reader: Node, node: Node, cell: Cell) -> list[Cell]:
    """Where a cell went in an operation that only moves cells."""
    assert reader.op is not None
    numbers = np.arange(np.size(node.data)).reshape(np.shape(node.data))
    there = reader.op.array(numbers, **reader.params)
    return [tuple(map(int, where)) for where in np.argwhere(there == numbers[cell])]


def _sent(reader: Node, slot: int, node: Node, cell: Cell) -> list[Row]:
    """What each cell of `reader` sent to one cell of its input in `slot`."""
    upstreams = np.asarray(reader.grad if reader.grad is not None else 0.0, dtype=float)
    upstreams = np.broadcast_to(upstreams, np.shape(reader.data))
    rows = []
    for where in np.ndindex(upstreams.shape):
        local = _through(reader, slot, node, cell, where, 1.0)
        if local != 0.0:
            upstream = float(upstreams[where])
            sent = _through(reader, slot, node, cell, where, upstream)
            rows.append(Row(reader, where, upstream, local, sent))
    return rows


def _through(
    reader: Node, slot: int, node: Node, cell: Cell, where: Cell, upstream: float
) -> float:
    """The contribution to `cell` if `upstream` had arrived at `where` alone."""
    assert reader.op is not None
    g: Any = upstream
    if np.ndim(reader.data):
        g = np.zeros_like(reader.data)
        g[where] = upstream
    elif not isinstance(reader.data, float):
        g = np.asarray(upstream, dtype=reader.data.dtype)
    wanted = [node if i == slot else None for i in range(len(reader.parents))]
    with np.errstate(all="ignore"):
        share = reader.op.shares(wanted, g, reader.data, reader.operands, reader.params)[slot]
    fitted: Any = 0.0 if share is None else node.fit(share)
    return float(fitted[cell]) if cell else float(fitted)
