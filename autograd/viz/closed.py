"""A closed step: one cell of an array operation that has no form in scalars, as an operation.

A softmax or an inverse looks at many cells at once. In a graph of scalars it is one step, which
takes those cells one by one, puts them back into their arrays, and lets the array operation and
its rule do the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import Node, fitted
from autograd.ops.op import ManyOp
from autograd.ops.symbol import Symbol
from autograd.viz.again import again, held
from autograd.viz.cells import cell_in, cell_of, one_hot
from autograd.viz.replay import as_numbers

Read = tuple[int, int]  # an argument slot, and a flat position in that input


class ClosedStep(ManyOp):
    """An array operation, seen from one cell of its result and the cells that this one reads.

    Args:
        step: the array node, cut off from its graph.
        place: which cell of its result, as a flat position.
        reads: which cells of its inputs; the operation takes them in this order.
    """

    def __init__(self, step: Node, place: int, reads: Sequence[Read]) -> None:
        op = step.op
        assert op is not None
        self.step, self.place, self.reads = step, place, reads
        value, form = self._value, f"{op.name}({{}})"
        super().__init__(op.name, form, value, value, self._shares, says=op.says)

    def _value(self, *xs: Any) -> float:
        return cell_of(self._with(xs)[1], self.place)

    def _shares(self, g: Any, out: Any, xs: Sequence[Any]) -> list[Any]:
        if isinstance(g, Symbol):
            return [Symbol(f"rule of {self.name} for input {i}") for i in range(len(xs))]
        if isinstance(g, Node):
            raise errors.closed_step(self.name)
        operands, data = self._with(xs)
        step, op = self.step, self.step.op
        assert op is not None
        upstream = one_hot(step, cell_in(self.place, np.shape(data)), g)
        slots = {slot for slot, _ in self.reads}
        leaves = [leaf if slot in slots else None for slot, leaf in enumerate(step.parents)]
        shares = op.shares(leaves, upstream, data, operands, step.params)
        flat = {
            slot: np.ravel(as_numbers(fitted(op, leaf, share)))
            for slot, (leaf, share) in enumerate(zip(leaves, shares, strict=True))
            if leaf is not None and share is not None
        }
        return [float(flat[slot][i]) if slot in flat else 0.0 for slot, i in self.reads]

    def _with(self, xs: Sequence[float]) -> tuple[Sequence[Any], Any]:
        """Operands and result of the array operation with these numbers in the cells it reads."""
        operands = list(self.step.operands)
        given = zip(self.reads, xs, strict=True)
        moved = [(slot, i, x) for (slot, i), x in given if cell_of(operands[slot], i) != x]
        if not moved:
            return operands, held(self.step)
        for slot in {slot for slot, _, _ in moved}:
            operands[slot] = np.array(operands[slot])
        for slot, i, x in moved:
            operands[slot].flat[i] = x
        out = again(self.step, operands)
        return operands, np.full(np.shape(held(self.step)), np.nan) if out is None else out
