"""Which cell reads which: found out from the operation itself, with no line of code per operation.

What output cell i sends to input cell j is the rule applied to a gradient that sits at i alone.
Whether i looks at j at all, even with slope 0 (a window that saw a cell and chose another), is
found by putting nan and the infinities into j and running the kernel again: where the output
changes, j was read.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import Node, fitted
from autograd.viz.again import again, is_closed
from autograd.viz.numbers import finite

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
        return {"out": self.outputs, "in": self.inputs, "slope": [*map(finite, self.slopes)]}


def links(node: Node) -> tuple[Links | None, ...]:
    """The links of every slot of an array operation; None for a slot that is too large for it."""
    if node.op is None or np.ndim(node.data) == 0 == max(map(np.ndim, node.operands), default=0):
        return ()
    if is_closed(node):  # somebody's own code: it is not run hundreds of times for a look at it
        return (None,) * len(node.parents)
    return tuple([_links(node, slot) for slot in range(len(node.parents))])


def _links(node: Node, slot: int) -> Links | None:
    size, out_size = np.size(node.operands[slot]), np.size(node.data)
    if node.parents[slot] is None or not 0 < size <= MOST_CELLS or not 0 < out_size <= MOST_CELLS:
        return None
    slopes = np.array([as_row(node, slot, where) for where in np.ndindex(np.shape(node.data))])
    poisons = _telling(node, slot)
    looked = np.array([_changed(node, slot, i, poisons).ravel() for i in range(size)]).T
    outputs, inputs = np.nonzero(looked | _tells(slopes))
    if len(outputs) > MOST_LINKS:
        return None
    return Links(
        tuple(outputs.tolist()), tuple(inputs.tolist()), tuple(slopes[outputs, inputs].tolist())
    )


def cell_at(index: int | Cell | None, shape: tuple[int, ...]) -> Cell | None:
    """An index as a cell, counted from the start. None, of more cells than one, is no cell.

    >>> cell_at(-1, (3,)), cell_at(None, (1, 1)), cell_at(None, (3,))
    ((2,), (0, 0), None)
    """
    if index is None:
        return (0,) * len(shape) if math.prod(shape) == 1 else None
    try:
        places = index if isinstance(index, tuple) else (index,)
        given = tuple(map(operator.index, places))
        if any(isinstance(place, (bool, np.bool_)) for place in places):
            raise TypeError
    except TypeError:
        raise errors.not_an_index(index) from None
    cell = tuple([i + n if i < 0 else i for i, n in zip(given, shape, strict=False)])
    if len(given) != len(shape) or not all(0 <= i < n for i, n in zip(cell, shape, strict=True)):
        raise errors.no_such_cell(given, shape)
    return cell


def flat_place(cell: Cell, shape: tuple[int, ...]) -> int:
    """The place of a cell in row-major order."""
    return int(np.ravel_multi_index(cell, shape)) if cell else 0


def cell_in(place: int, shape: tuple[int, ...]) -> Cell:
    """The cell at a place in row-major order."""
    return tuple(map(int, np.unravel_index(place, shape)))


def cell_of(x: Any, place: int) -> float:
    """The number at a place of an array in row-major order; of a number, that."""
    return x if isinstance(x, float) else float(np.asarray(x).flat[place])


def cells(x: Any) -> Iterator[Cell]:
    """The indices of all cells of a number or an array, in row-major order."""
    return np.ndindex(np.shape(x))


def as_row(node: Node, slot: int, where: Cell) -> Array:
    """The slopes of output cell `where` by every cell of the input in `slot`, flat."""
    return np.ravel(share_of(node, slot, one_hot(node, where, 1.0)))


def _tells(slopes: Any) -> Any:
    """Whether a slope shows that a cell is read. Not nan: it may be 0 times infinity elsewhere."""
    return (slopes != 0.0) & ~np.isnan(slopes)


def share_of(node: Node, slot: int, g: Any) -> Any:
    """What the input in `slot` gets when `g` arrives at `node`."""
    assert node.op is not None
    parent = node.parents[slot]
    assert parent is not None
    wanted = [parent if i == slot else None for i in range(len(node.parents))]
    with np.errstate(all="ignore"):
        share = node.op.shares(wanted, g, node.data, node.operands, node.params)[slot]
    if share is None:
        return np.zeros(np.shape(node.operands[slot]))
    return fitted(node.op, parent, share)


def one_hot(node: Node, where: Cell, upstream: float) -> Any:
    """A gradient of `node` that is `upstream` at one cell and 0 elsewhere."""
    if isinstance(node.data, float):
        return upstream
    g = np.zeros_like(node.data)
    g[where] = upstream
    return g


def looks(node: Node, slot: int, cell: Cell) -> Array:
    """Which output cells change when one input cell becomes nan or infinite.

    None of them, if the operation cannot be run again or refuses such numbers.
    """
    return _changed(node, slot, flat_place(cell, np.shape(node.operands[slot])))


def _telling(node: Node, slot: int) -> tuple[float, ...]:
    """Which poisons to try in every cell: nan alone, if the infinities show no more.

    They do in a sort, where only they travel. It is tried in the extreme cells, and two more.
    """
    x = np.ravel(node.operands[slot])
    for place in {0, x.size - 1, int(np.argmin(x)), int(np.argmax(x))}:
        with_nan = _changed(node, slot, place, POISONS[:1])
        if np.any(_changed(node, slot, place) & ~with_nan):
            return POISONS
    return POISONS[:1]


def _changed(
    node: Node, slot: int, places: int | Array, poisons: Sequence[float] = POISONS
) -> Array:
    """Which output cells change with these input cells."""
    x = node.operands[slot]
    out = np.asarray(node.data)
    changed = np.zeros(out.shape, dtype=bool)
    if np.ndim(x) and x.dtype.kind != "f":
        return changed  # positions and conditions carry no gradient
    for poison in poisons:
        poisoned: Any = poison
        if np.ndim(x):
            poisoned = np.array(x)
            poisoned.flat[places] = poison
        there = _run(node, [poisoned if i == slot else y for i, y in enumerate(node.operands)])
        if there is None:
            break
        changed |= ~((there == out) | (np.isnan(there) & np.isnan(out)))
    return changed


def sources(node: Node, slot: int, wanted: Sequence[int]) -> list[list[int]]:
    """For each of these output cells the cells of the input in `slot` that it looks at.

    The other way round than `readers`, and all as flat positions. The slopes say who counts; of
    the rest, halves without effect are dropped, until only cells that were looked at remain.
    """
    found = []
    for place in wanted:
        where = cell_in(place, np.shape(node.data))
        read = _tells(as_row(node, slot, where))
        todo = [np.flatnonzero(~read)]
        while todo:
            part = todo.pop()
            if not (part.size and _changed(node, slot, part)[where]):
                continue
            if part.size == 1:
                read[part] = True
            else:
                todo += [part[: part.size // 2], part[part.size // 2 :]]
        found.append(np.flatnonzero(read).tolist())
    return found


def _run(node: Node, operands: Sequence[Any]) -> Array | None:
    out = again(node, operands)
    return out if out is not None and np.shape(out) == np.shape(node.data) else None


def readers(node: Node, slot: int, cell: Cell) -> list[Cell]:
    """The output cells that look at one cell of the input in `slot`, or send it something."""
    looked = looks(node, slot, cell)
    found = looked | _senders(node, slot, cell, ~looked)
    return [tuple(map(int, where)) for where in np.argwhere(found)]


def _senders(node: Node, slot: int, cell: Cell, among: Array) -> Array:
    """The output cells, of those asked for, with a slope by one cell of the input in `slot`.

    Uneven gradients are sent from many cells at once, so that slopes do not cancel; halves that
    send nothing are dropped.
    """
    found = np.zeros(np.shape(node.data), dtype=bool)
    uneven = np.random.default_rng(0).uniform(1.0, 2.0, found.size)
    todo = [np.flatnonzero(among)]
    while todo:
        part = todo.pop()
        if not part.size:
            continue
        g = np.zeros(found.size)
        g[part] = uneven[part]
        upstream = np.asarray(g.reshape(found.shape), np.asarray(node.data).dtype)
        share = share_of(node, slot, float(g[0]) if isinstance(node.data, float) else upstream)
        slope = share[cell] if cell else share
        if part.size == 1:
            found.flat[part] = _tells(slope)
        elif slope != 0.0:
            todo += [part[: part.size // 2], part[part.size // 2 :]]
    return found


def moved(node: Node, cell: Cell) -> list[Cell]:
    """Where a cell went in an operation that only moves cells."""
    assert node.op is not None
    shape = np.shape(node.operands[0])
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    there = node.op.array(numbers, **node.params)
    return [tuple(map(int, where)) for where in np.argwhere(there == numbers[cell])]
