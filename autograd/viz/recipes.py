"""How one cell of an array operation is made of cells of its inputs.

There are four ways, tried in this order:

- a recipe, for operations whose structure people want to see: a sum is a `total`, a mean is a
  total over a number, a maximum is the `max` of many, products and convolutions are `dot`s;
- an operation that also works on floats is itself, on the cells that broadcasting brings together;
- an operation that only carries cells about makes nothing new. Which ones do is found out by
  trying: the kernel gets tokens that can be carried, but neither computed with nor compared;
- everything else is one closed step: value and gradient come from the array operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.graph import Node
from autograd.ops.conv_rules import conv, conv_bias
from autograd.ops.nary import dot, max_of, min_of, total
from autograd.ops.op import Op
from autograd.ops.order import _max, _min
from autograd.ops.pool import avg_pool, max_pool
from autograd.ops.pool_kernels import areas
from autograd.ops.products import _linear, _linear_bias, matmul, outer
from autograd.ops.reduce import mean, sum as sum_
from autograd.ops.window import Window, cells as places_in
from autograd.viz.again import held, is_closed, rewired
from autograd.viz.cells import Array, cell_in, cell_of, sources
from autograd.viz.closed import ClosedStep, Read

Make = Callable[[Sequence[Any]], Any]  # from Values and floats to a Value or a float
NEAR = 1e-3  # a float kernel that is further away from the array kernel does something else


class Plan(NamedTuple):
    """How to make one cell: give the cells in `reads` to `make`. None: it is the one it reads."""

    reads: Sequence[Read]
    make: Make | None


Recipe = Callable[[Node, Sequence[int]], list[Plan]]


def plans(node: Node, wanted: Sequence[int]) -> list[Plan]:
    """How to make these cells (flat positions) of what an operation gave."""
    assert node.op is not None
    recipe = RECIPES.get(node.op)
    if recipe is not None:
        return recipe(node, wanted)
    found = None if is_closed(node) else _cell_by_cell(node, wanted) or _carried(node, wanted)
    return found or _closed(node, wanted)


def _numbered(x: Any) -> Array:
    """The flat positions of the cells, in the shape of x."""
    return np.arange(np.size(x)).reshape(np.shape(x))


def _constant(number: float) -> Plan:
    return Plan((), lambda _: number)


def _fixed(node: Node, place: int) -> Plan:
    """A cell that depends on nothing: a sum of no terms, the place of a winner."""
    return _constant(cell_of(held(node), place))


# --- cell by cell ---------------------------------------------------------------------------------


def _cell_by_cell(node: Node, wanted: Sequence[int]) -> list[Plan] | None:
    """The operation itself, on the cells that meet; None if it is not done cell by cell."""
    op, params, operands = node.op, node.params, node.operands
    assert op is not None
    shape = np.shape(node.data)
    try:
        places = [np.broadcast_to(_numbered(x), shape).ravel() for x in operands]
    except ValueError:
        return None
    if op.scalar is None:
        return None
    found = []
    for i in wanted:
        reads = [(slot, int(place[i])) for slot, place in enumerate(places)]
        here = op.scalar(*[cell_of(operands[slot], at) for slot, at in reads], **params)
        if not _near(here, cell_of(held(node), i)):
            return None  # an operation of somebody's own that looks across the cells of an array
        found.append(Plan(reads, lambda xs: op(*xs, **params)))
    return found


def _near(x: float, y: float) -> bool:
    return x == y or abs(x - y) <= NEAR * (1.0 + abs(y)) or (x != x and y != y)


# --- carried cells --------------------------------------------------------------------------------


class _Token:
    """Stands for one cell of one input. It can be carried about, and nothing else."""

    __slots__ = ("read",)

    def __init__(self, read: Read) -> None:
        self.read = read

    def _refuse(self, *_: Any) -> Any:
        raise TypeError("a token can only be carried")

    __bool__ = __eq__ = __ne__ = __hash__ = _refuse  # the others nobody has unless given


def _carried(node: Node, wanted: Sequence[int]) -> list[Plan] | None:
    """Where each cell came from; None if the operation does more than carry cells about."""
    assert node.op is not None
    operands = [_tokens(slot, x) for slot, x in enumerate(node.operands)]
    try:
        out = node.op.array(*operands, **node.params)
        cells: Any = [out] if isinstance(out, _Token) else np.ravel(out)
        if np.shape(out) != np.shape(held(node)):
            return None
        return [
            Plan([cells[i].read], None)
            if isinstance(cells[i], _Token)
            else _constant(float(cells[i]))  # a border, a triangle of zeros
            for i in wanted
        ]
    except Exception:  # whatever a kernel does with things that it cannot compute with
        return None


def _tokens(slot: int, x: Any) -> Any:
    """A token for each cell; positions and conditions stay as they are."""
    if np.asarray(x).dtype.kind != "f":
        return x
    tokens = np.empty(np.size(x), object)
    tokens[:] = [_Token((slot, i)) for i in range(np.size(x))]
    return tokens.reshape(np.shape(x))


# --- closed steps ---------------------------------------------------------------------------------


def _closed(node: Node, wanted: Sequence[int]) -> list[Plan]:
    """One step per cell, which does what the array operation does there."""
    reads: list[list[Read]] = [[] for _ in wanted]
    for slot, parent in enumerate(node.parents):
        if parent is not None:
            for mine, found in zip(reads, sources(node, slot, wanted), strict=True):
                mine += [(slot, i) for i in found]
    inputs = zip(node.parents, node.operands, strict=True)
    step = rewired(node, [None if p is None else p.constant(x) for p, x in inputs])
    return [
        Plan(mine, _on_all(ClosedStep(step, i, mine))) if mine else _fixed(node, i)
        for i, mine in zip(wanted, reads, strict=True)
    ]


def _on_all(op: Op) -> Make:
    return lambda xs: op(*xs)


# --- recipes: many cells in, one out --------------------------------------------------------------


def _many(groups_of: Callable[[Node], Array], maker: Callable[[Node, int, int], Make]) -> Recipe:
    """The recipe of a sum, a mean or a maximum of some cells of the first input.

    groups_of: those cells, one row for each cell of the result; -1 is none.
    maker: what to do with them, given the node, the cell of the result, and how many they are.
    """

    def recipe(node: Node, wanted: Sequence[int]) -> list[Plan]:
        groups = groups_of(node)
        found = []
        for i in wanted:
            reads = [(0, at) for at in groups[i].tolist() if at >= 0]
            found.append(Plan(reads, maker(node, i, len(reads))) if reads else _fixed(node, i))
        return found

    return recipe


def _along_axes(node: Node) -> Array:
    x, axis = _numbered(node.operands[0]), node.params["axis"]
    axes = range(x.ndim) if axis is None else sorted(normalize_axis_tuple(axis, x.ndim))
    x = np.moveaxis(x, axes, range(-len(axes), 0))
    return x.reshape(np.size(held(node)), math.prod(x.shape[x.ndim - len(axes) :]))


def _in_windows(node: Node) -> Array:
    windows = _windows(node.operands[0], node.params["window"])
    return windows.reshape(len(windows), -1).T


def _windows(x: Any, window: Window) -> Array:
    """The cells that each window reads; the first axis is the place in the window; -1: padding."""
    numbers = _numbered(x)
    channels = numbers.shape[: numbers.ndim - len(window.kernel)]
    windows = np.full((math.prod(window.kernel), *channels, *window.out), -1)
    for cells, (_, positions, read) in zip(windows, places_in(window), strict=True):
        cells[positions] = numbers[read]
    return windows


def _sum(_node: Node, _place: int, _count: int) -> Make:
    return total


def _mean(_node: Node, _place: int, count: int) -> Make:
    return lambda xs: total(xs) / float(count)


def _average(node: Node, place: int, _count: int) -> Make:
    params = node.params
    area = areas(params["window"], params["include"], params["divisor"], float)
    area = np.broadcast_to(area, np.shape(held(node)))
    return lambda xs: total(xs) / cell_of(area, place)


def _largest(node: Node, _place: int, _count: int) -> Make:
    return lambda xs: max_of(*xs, ties=node.params["ties"])


def _smallest(node: Node, _place: int, _count: int) -> Make:
    return lambda xs: min_of(*xs, ties=node.params["ties"])


# --- recipes: products ----------------------------------------------------------------------------


class Meeting(NamedTuple):
    """The cells of one dot product: those on the left, those they meet, and what is added."""

    left: list[Read]
    right: list[Read]
    bias: list[Read]


def _products(meetings: Callable[[Node], Callable[[int], Meeting]]) -> Recipe:
    """The recipe of an operation whose cells are dot products, perhaps with a bias."""

    def recipe(node: Node, wanted: Sequence[int]) -> list[Plan]:
        return [_product(meeting) for meeting in map(meetings(node), wanted)]

    return recipe


def _product(meeting: Meeting) -> Plan:
    n = len(meeting.left)

    def make(xs: Sequence[Any]) -> Any:
        out = xs[0] * xs[1] if n == 1 else dot(xs[:n], xs[n : 2 * n])
        return out + xs[-1] if meeting.bias else out

    return Plan([*meeting.left, *meeting.right, *meeting.bias], make)


def _in_slot(slot: int, cells: Array) -> list[Read]:
    return [(slot, i) for i in cells.ravel().tolist()]


def _rows_meet_columns(x: Array, y: Array) -> Callable[[int], tuple[Array, Array]]:
    """Which cells a cell of x @ y is made of; x and y hold the numbers of their cells."""
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    rows: Any = np.broadcast_to(x, (*batch, *x.shape[-2:]))
    columns: Any = np.broadcast_to(y, (*batch, *y.shape[-2:]))
    shape = (*batch, x.shape[-2], y.shape[-1])

    def at(place: int) -> tuple[Array, Array]:
        *lead, row, column = cell_in(place, shape)
        return rows[*lead, row], columns[*lead, :, column]

    return at


def _matmul(node: Node) -> Callable[[int], Meeting]:
    x, y = map(_numbered, node.operands)
    at = _rows_meet_columns(np.atleast_2d(x), y if y.ndim > 1 else y[:, None])

    def meeting(place: int) -> Meeting:
        row, column = at(place)
        return Meeting(_in_slot(0, row), _in_slot(1, column), [])

    return meeting


def _outer(node: Node) -> Callable[[int], Meeting]:
    width = np.size(node.operands[1])
    return lambda place: Meeting([(0, place // width)], [(1, place % width)], [])


def _weights_first(node: Node) -> Callable[[int], Meeting]:
    x, weight = map(_numbered, node.operands[:2])
    at = _rows_meet_columns(np.atleast_2d(x), weight.T)

    def meeting(place: int) -> Meeting:
        inputs, weights = at(place)
        bias = [(2, place % len(weight))] if len(node.operands) > 2 else []
        return Meeting(_in_slot(1, weights), _in_slot(0, inputs), bias)

    return meeting


def _kernel_on_window(node: Node) -> Callable[[int], Meeting]:
    window = node.params["window"]
    windows: Any = _windows(node.operands[0], window)
    weight = _numbered(node.operands[1])
    channels = weight.shape[1]
    shape, spatial = np.shape(held(node)), len(window.kernel)

    def meeting(place: int) -> Meeting:
        where = cell_in(place, shape)
        sample, out, position = where[: -spatial - 1], where[-spatial - 1], where[-spatial:]
        first = out // (len(weight) // window.groups) * channels
        read = windows[:, *sample, first : first + channels, *position].T
        inside = read >= 0  # the border gives nothing
        bias = [(2, out)] if len(node.operands) > 2 else []
        weights = weight[out].reshape(channels, -1)[inside]
        return Meeting(_in_slot(1, weights), _in_slot(0, read[inside]), bias)

    return meeting


RECIPES: dict[Op, Recipe] = {
    sum_: _many(_along_axes, _sum),
    mean: _many(_along_axes, _mean),
    _max: _many(_along_axes, _largest),
    _min: _many(_along_axes, _smallest),
    max_pool: _many(_in_windows, _largest),
    avg_pool: _many(_in_windows, _average),
    matmul: _products(_matmul),
    outer: _products(_outer),
    _linear: _products(_weights_first),
    _linear_bias: _products(_weights_first),
    conv: _products(_kernel_on_window),
    conv_bias: _products(_kernel_on_window),
}
