"""Which cell reads which: found out from the operation itself, with no line of code per operation.

What output cell i sends to input cell j is the rule applied to a gradient that sits at i alone.
Whether i looks at j at all, even with slope 0 (a window that saw a cell and chose another), is
found by putting nan and the infinities into j and running the kernel again: where the output
changes, j was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.graph import Node, fitted
from autograd.viz.again import again

Cell = tuple[int, ...]
Array = np.ndarray[Any, Any]

MOST_CELLS = 256  # inputs and outputs of an operation whose links are worked out beforehand
MOST_LINKS = 600
POISONS = (np.nan, np.inf, -np.inf)


@dataclass(frozen=True)
class Links:
    """The pairs of cells of one argument slot: flat positions in output and input, and the slope.

    A slope of 0 is a cell that was looked at and not chosen, or switched off.
    """

    outputs: tuple[int, ...]
    inputs: tuple[int, ...]
    slopes: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        return {"out": self.outputs, "in": self.inputs, "slope": self.slopes}


def links(node: Node) -> tuple[Links | None, ...]:
    """The links of every slot of an array operation; None for a slot that is too large for it."""
    if node.op is None or np.ndim(node.data) == 0 == max(map(np.ndim, node.operands), default=0):
        return ()
    return tuple([_links(node, slot) for slot in range(len(node.parents))])


def _links(node: Node, slot: int) -> Links | None:
    size, out_size = np.size(node.operands[slot]), np.size(node.data)
    if node.parents[slot] is None or not 0 < size <= MOST_CELLS or not 0 < out_size <= MOST_CELLS:
        return None
    slopes = np.array([as_row(node, slot, where) for where in np.ndindex(np.shape(node.data))])
    looked = np.array([looks(node, slot, cell).ravel() for cell in cells(node.operands[slot])]).T
    outputs, inputs = np.nonzero(looked | (slopes != 0.0))
    if len(outputs) > MOST_LINKS:
        return None
    return Links(
        tuple(outputs.tolist()), tuple(inputs.tolist()), tuple(slopes[outputs, inputs].tolist())
    )


def cells(x: Any) -> Iterator[Cell]:
    """The indices of all cells of a number or an array, in row-major order."""
    return np.ndindex(np.shape(x))


def as_row(node: Node, slot: int, where: Cell) -> Array:
    """The slopes of output cell `where` by every cell of the input in `slot`, flat."""
    return np.ravel(share_of(node, slot, one_hot(node, where, 1.0)))


def share_of(node: Node, slot: int, g: Any) -> Any:
    """What the input in `slot` gets when `g` arrives at `node`."""
    assert node.op is not None
    parent = node.parents[slot]
    assert parent is not None
    wanted = [parent if i == slot else None for i in range(len(node.parents))]
    with np.errstate(all="ignore"):
        share = node.op.shares(wanted, g, node.data, node.operands, node.params)[slot]
    if share is None:
        return np.zeros(np.shape(parent.data))
    return fitted(node.op, parent, share)


def one_hot(node: Node, where: Cell, upstream: float) -> Any:
    """A gradient of `node` that is `upstream` at one cell and 0 elsewhere."""
    if isinstance(node.data, float):
        return upstream
    g = np.zeros_like(node.data)
    g[where] = upstream
    return g


def looks(node: Node, slot: int, cell: Cell) -> Array:
    """Which output cells change when one input cell becomes nan or infinite."""
    x = node.operands[slot]
    out = np.asarray(node.data)
    changed = np.zeros(out.shape, dtype=bool)
    if np.ndim(x) and x.dtype.kind != "f":
        return changed  # positions and conditions carry no gradient
    for poison in POISONS:
        poisoned: Any = poison
        if np.ndim(x):
            poisoned = np.array(x)
            poisoned[cell] = poison
        there = _run(node, [poisoned if i == slot else y for i, y in enumerate(node.operands)])
        if there is None:
            return np.ones(out.shape, dtype=bool)  # the kernel refuses it: anything may depend
        changed |= ~((there == out) | (np.isnan(there) & np.isnan(out)))
    return changed


def _run(node: Node, operands: Sequence[Any]) -> Array | None:
    out = again(node, operands)
    return out if out is not None and np.shape(out) == np.shape(node.data) else None


def readers(node: Node, slot: int, cell: Cell) -> list[Cell]:
    """The output cells that look at one cell of the input in `slot`."""
    return [tuple(map(int, where)) for where in np.argwhere(looks(node, slot, cell))]


def moved(node: Node, cell: Cell) -> list[Cell]:
    """Where a cell went in an operation that only moves cells."""
    assert node.op is not None
    shape = np.shape(node.operands[0])
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    there = node.op.array(numbers, **node.params)
    return [tuple(map(int, where)) for where in np.argwhere(there == numbers[cell])]
