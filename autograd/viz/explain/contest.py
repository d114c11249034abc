"""Who won: how a number fared in a maximum or a minimum that read it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograd.graph import Node
from autograd.viz import words
from autograd.viz.cells import as_row
from autograd.viz.explain import reasons
from autograd.viz.ledger import Row, at
from autograd.viz.numbers import number


def fate(row: Row, mine: float, names: Mapping[Node, str]) -> str:
    """In a few words, how the number `mine` fared in the reader of a ledger's row; "" where
    nothing was decided."""
    reader = row.reader
    if reader.op is None or reader.op.name not in reasons.ROUTERS or row.count > 1:
        return ""
    out = at(reader.data, row.cell)
    if out != out or mine != mine:
        return ""  # nan takes everything, or hides everything
    won = row.local != 0.0
    if 0.0 < row.local < 1.0:
        return reasons.TIE_SHARED
    if np.ndim(reader.data) or any(map(np.ndim, reader.operands)):
        return reasons.WON if won else reasons.lost(_winner_of_many(row, names), mine == out)
    same = [i for i, x in enumerate(reader.operands) if float(x) == out and i != row.slot]
    if won:
        return reasons.won_tie(_input(reader, same[0], names)) if same else reasons.WON
    return reasons.lost(_input(reader, same[0], names), mine == out) if same else ""


def _input(reader: Node, slot: int, names: Mapping[Node, str]) -> str:
    """What the input in a slot is called; a constant by its number."""
    parent = reader.parents[slot]
    return names[parent] if parent is not None else number(float(reader.operands[slot]))


def _winner_of_many(row: Row, names: Mapping[Node, str]) -> str:
    """The cell that the gradient of one cell of the reader goes to."""
    reader = row.reader
    for slot, parent in enumerate(reader.parents):
        if parent is None:
            continue
        slopes = as_row(reader, slot, row.cell)
        if slopes.any():
            where = np.unravel_index(int(np.argmax(np.abs(slopes))), np.shape(parent.data))
            return words.cell_name(names[parent], tuple(map(int, where)))
    return reasons.A_CONSTANT
