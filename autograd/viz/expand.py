"""The scalars behind one cell of an array graph, as a graph of Values.

From the root back, every operation is asked which cells of its inputs the wanted cells are made
of; nothing else is ever made. Then the Values are built, inputs first. Each has the very number
that its cell has in the array, so both graphs agree in every decision, ties included. A cell that
is read twice is one Value, read twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import FREED, Node, topological_order
from autograd.modes import recording
from autograd.ops.shape import item
from autograd.value import Value
from autograd.viz import naming, words
from autograd.viz.again import held, rewired
from autograd.viz.cells import Cell, cell_at, cell_in, cell_of, flat_place
from autograd.viz.recipes import Plan, plans
from autograd.viz.replay import unchanged
from autograd.watching import Call, calls, cells_of, made_by

LIMIT = 20_000  # cells behind one cell: far more than anybody can look at


def expand(
    tensor: Node,
    index: int | Cell | None = None,
    *,
    stop: Iterable[Node] = (),
    names: Mapping[str, Any] | None = None,
    limit: int = LIMIT,
) -> Value:
    """The graph of Values behind one cell of a Tensor.

    Sums become `total`, maxima and max pooling `max` of many, matrix products and convolutions
    `dot`; cells that were only moved about are not copied; what has no such form (a softmax, an
    inverse) is one step per cell. Numbers and gradients are those of the array graph, of which
    nothing is touched: all Values are new, also those that stand for Values in it, and hooks stay
    behind. `draw`, `why` and `step` show the result; its `backward` leaves gradients in its own
    leaves, which are called after their cells: "P[0]", "0.weight[1, 0, 2, 2]".

    Args:
        tensor: a Tensor that an operation made; or a Value that comes from Tensors.
        index: the cell, counted as in numpy. A single number needs none.
        stop: nodes to treat as inputs: to open one layer and not what lies before it.
        names: what to call nodes, as {"p": node}. By default the caller's variables say.
        limit: how many cells this one may be made of.

    Raises:
        IndexingError: if there is no such cell, or the cell is not said.
        GradientError: if nothing was recorded, or the graph was let go of.
        ChangedError: if an array that the graph needs was overwritten since.
        OptionError: if it is made of more cells than `limit`.

    >>> from autograd import Tensor, matmul
    >>> W = Tensor([[0.5, -1.0], [1.0, 2.0]], requires_grad=True)
    >>> P = Tensor([3.0, 4.0], requires_grad=True)
    >>> h = expand(matmul(W, P), 1)
    >>> h.backward(3.0)
    >>> h.op.name, h.data, [(leaf.name, leaf.grad) for leaf in h.parents]
    ('dot', 11.0, [('W[1, 0]', 9.0), ('W[1, 1]', 12.0), ('P[0]', 3.0), ('P[1]', 6.0)])
    """
    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    if not isinstance(tensor, Node):
        raise errors.nothing_to_see("what is expanded", tensor)
    if tensor.op is None and not tensor.depends:
        raise errors.nothing_recorded(tensor, recording.on)
    shape = np.shape(held(tensor))
    cell = cell_at(index, shape)
    if cell is None:
        raise errors.one_cell_expected(shape)
    return _Expansion(tensor, set(stop), limit).build(flat_place(cell, shape), seen_as)


class _Expansion:
    """Which cells are needed, and how each is made."""

    def __init__(self, root: Node, stop: set[Node], limit: int) -> None:
        self.root, self.stop, self.limit = root, stop, limit
        order, leaves = topological_order(root)
        self.nodes: list[Node] = [*leaves, *order]  # inputs before their readers
        self.plans: dict[Node, dict[int, Plan | None]] = {node: {} for node in self.nodes}
        self.seen: dict[Node, Any] = {}  # what the readers of a node saw in it
        self.made: dict[Node, dict[int, Any]] = {}

    def build(self, place: int, seen_as: Mapping[int, str]) -> Value:
        self._plan(place)
        used = [node for node in self.nodes if self.plans[node]]
        called = naming.labels(used, seen_as, {})
        for node in used:
            self._make(node, called[node] if node.name or id(node) in seen_as else None)
        self._frame(used)
        out = self.made[self.root][place]
        return out if isinstance(out, Value) else Value(out)  # a border, for example

    # --- from the root back: what is needed ---

    def _plan(self, place: int) -> None:
        self.plans[self.root][place] = None
        count = 0
        for node in reversed(self.nodes):
            wanted = self.plans[node]
            count += len(wanted)
            if count > self.limit:
                raise errors.too_many_cells(count, self.limit, node)
            if node.op is FREED:
                raise errors.freed(node)
            if wanted and node.op is not None and node not in self.stop:
                unchanged(node)
                places = sorted(wanted)
                found = self._plans(node, places)
                self.plans[node] = dict(zip(places, found, strict=True))
                for plan in found:
                    for slot, at in plan.reads:
                        parent = node.parents[slot]
                        if parent is not None:
                            self.plans[parent].setdefault(at, None)
                            self.seen.setdefault(parent, node.operands[slot])

    def _plans(self, node: Node, wanted: list[int]) -> list[Plan]:
        if node.op is item:
            return [Plan([(0, 0)], None)]
        if isinstance(node, Value):
            reads = [(slot, 0) for slot in range(len(node.parents))]
            return [Plan(reads, lambda xs: rewired(node, [_if_node(x) for x in xs]))]
        return plans(node, wanted)

    # --- inputs first: the Values ---

    def _make(self, node: Node, called: str | None) -> None:
        data = self.seen.get(node, held(node))
        shape = np.shape(data)
        made = self.made[node] = {}
        for place, plan in self.plans[node].items():
            if plan is None:
                out: Any = Value(cell_of(data, place))
                if node.learned:
                    cells_of.put(out, node)
            else:
                out = self._from(node, plan)
            made[place] = out
            if isinstance(out, Value) and (plan is None or plan.make is not None):
                out.data = cell_of(data, place)  # a sum in another order may round otherwise
                out.name = _name(node, called, shape, place)

    def _from(self, node: Node, plan: Plan) -> Any:
        parents, operands = node.parents, node.operands
        xs: list[Any] = []
        for slot, at in plan.reads:
            parent = parents[slot]
            xs.append(cell_of(operands[slot], at) if parent is None else self.made[parent][at])
        return xs[0] if plan.make is None else plan.make(xs)

    def _frame(self, used: Iterable[Node]) -> None:
        """The frames of the modules around the cells they made."""
        outputs: dict[int, tuple[Call, list[Any]]] = {}
        for node in used:
            for call in calls.get(node) or ():
                outputs.setdefault(id(call), (call, []))[1].extend(self.made[node].values())
        for call, values in outputs.values():
            given = [x for ref in call.inputs if (x := ref()) is not None]
            inputs = [cell for x in given for cell in self.made.get(x, {}).values()]
            made_by(call.maker, inputs, [x for x in values if isinstance(x, Value)])


def _if_node(x: Any) -> Value | None:
    return x if isinstance(x, Value) else None


def _name(node: Node, called: str | None, shape: tuple[int, ...], place: int) -> str | None:
    """What to call a cell: a node without cells that nobody named needs no name."""
    if not shape:
        return called
    return words.cell_name(called or naming.called(node, {}), cell_in(place, shape))
