"""Why: one gradient taken apart, with the reason where it is 0.

A `Why` is plain data: who sent what, what the operations say, what a nudge does, which paths lead
to the root. `inquiry` gathers it; `card` puts it into sentences and columns, which text, HTML and
LaTeX show with the same digits.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.graph import Node
from autograd.viz import naming
from autograd.viz.cells import Cell
from autograd.viz.explain.nudge import Nudge


@dataclass(frozen=True)
class Addend:
    """One contribution: what a reader of the node sent to it.

    sender: its name, with the cell. op: its operation. slot: through which of its arguments.
    upstream x local = amount; total: the gradient once it was added. For a whole array amount and
    total are arrays, and upstream and local None. count: how many cells share this row; zero: why
    it is 0; note: how the node fared there.
    """

    sender: str
    op: str
    slot: int
    cell: Cell
    upstream: float | None
    local: float | None
    amount: Any
    total: Any
    count: int = 1
    zero: str | None = None
    note: str = ""


@dataclass(frozen=True)
class NamedPath:
    """A path by the names of its nodes; None stands for steps that are left out."""

    through: tuple[str | None, ...]
    slopes: tuple[float | None, ...]
    left_out: int
    product: float


@dataclass(frozen=True, repr=False)
class Why:
    """What `why` returns. `print` it; a notebook shows it as a table; `.latex()` is an equation.

    name: the node, with the cell. rows: the contributions, in the order of arrival; of very many
    the largest 100,000, and a last one for the rest. total: the gradient, None if there is none.
    zero: why it is 0, one of `words.KINDS`, and reason: the same as a sentence. says: what the
    operations that sent do. nudge: the experiment. paths: the ways to the root, of which there
    are `path_count`. notes: what else there is to know. cells: for an array as a whole, its
    cells one by one, or the largest.
    """

    name: str
    root: str
    seed: Any
    made: str
    rows: tuple[Addend, ...] = ()
    total: Any = None
    zero: str | None = None
    reason: str = ""
    says: tuple[str, ...] = ()
    nudge: Nudge | None = None
    nudge_says: str = ""
    paths: tuple[NamedPath, ...] = ()
    path_count: int = 0
    notes: tuple[str, ...] = ()
    cells: tuple[Why, ...] = ()

    @property
    def measure(self) -> str:
        """What moves when the node is nudged: the root, or L where that is not one number."""
        seed = self.seed
        return self.root if np.size(seed) == 1 and np.all(np.asarray(seed) == 1.0) else "L"

    def __str__(self) -> str:
        from autograd.viz.explain.card import card

        return card(self).text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from autograd.viz.explain.card import card

        return card(self).html()

    def latex(self) -> str:
        """The sum as aligned LaTeX, without dollar signs."""
        from autograd.viz.explain.latex import latex

        return latex(self)


def why(
    node: Node,
    index: int | tuple[int, ...] | None = None,
    *,
    root: Node | None = None,
    upstream: Any = None,
    names: Mapping[str, Any] | None = None,
) -> Why:
    """Who sent this gradient, how much from each, and why is it 0 if it is?

    Args:
        node: a Value or a Tensor.
        index: which cell of a Tensor, counted as in numpy. Left out, the array as a whole.
        root: where backward started. Left out, the latest backward pass that reached `node`.
        upstream: the gradient that arrives at `root`: by default that of its latest backward,
            else 1.
        names: what to call nodes, as {"p1": node}. By default the caller's variables say.

    Returns:
        A `Why`: print it, or let a notebook show it.

    Raises:
        GradientError: if no backward pass is known, or its graph was let go of (`free=True`).
        IndexingError: if there is no such cell.

    >>> from autograd import Value, maximum
    >>> x5, x6, weight = Value(7.0), Value(4.0), Value(0.5)
    >>> p2 = maximum(x5, x6)
    >>> loss = p2 * weight
    >>> loss.backward()
    >>> print(why(x6))
    Why is the gradient of x6 0?
    x6 = 4, an input. It is used once: there is one contribution.
    <BLANKLINE>
    from  upstream  x slope  = adds  so far
    p2         0.5        0       0       0  lost to x5
    sum                           0
    <BLANKLINE>
    0, blocked. Nudging x6 a little does not change p2: the slope is 0.
    Max: the whole gradient goes to the larger input, the other gets 0; a tie to the first.
    Nudge: raise x6 by 0.01: loss did not move. The ledger says 0.
    <BLANKLINE>
    One path from x6 to loss: multiply along it.
    x6 > p2 > loss  0 x 0.5  0
    """
    from autograd.viz.explain.inquiry import explain

    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    return explain(node, index, root, upstream, seen_as)
