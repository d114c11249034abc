"""The trace of a finished graph: its backward pass is replayed, and everything written down.

Forward order, every contribution in order of arrival, running totals, the kind of every zero.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.graph import Node, topological_order
from autograd.viz import asked, naming, words
from autograd.viz.again import held
from autograd.viz.cells import links
from autograd.viz.frames import Frame, frames_of, modules_of
from autograd.viz.items import Contribution, Item, Part, Trace
from autograd.viz.numbers import brief
from autograd.viz.replay import Replay, Sent, arrived
from autograd.watching import cells_of, hooks, is_parameter

LIMIT = 5000  # contributions; beyond it a trace has one row per module instead


def trace(
    root: Node,
    *,
    upstream: Any = None,
    names: Mapping[str, Any] | None = None,
    include: Iterable[Node] = (),
    parameters: Iterable[Node] = (),
    limit: int = LIMIT,
) -> Trace:
    """Replay a graph and its backward pass, and write everything down.

    Args:
        root: the result. It needs no backward pass; nothing in the graph changes.
        upstream: the gradient that arrives at `root`: by default that of its latest backward,
            else 1.
        names: what to call nodes, as {"p1": node}. By default the caller's variables say.
        include: nodes to show even if `root` does not depend on them.
        parameters: leaves to show as parameters; those of `nn` modules are known.
        limit: how many contributions to keep. A larger graph is told module by module.

    Raises:
        GradientError: if nothing was recorded, the graph was let go of, or `root` is not one
            number and no upstream gradient is known.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x + 2 * x
    >>> [(row.amount, row.total) for row in trace(y).into(trace(y).item("x"))]
    [(2.0, 2.0), (3.0, 5.0), (3.0, 8.0)]
    """
    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    return build(Replay(root, upstream), seen_as, include, parameters, limit)


def build(
    replay: Replay,
    seen_as: Mapping[int, str],
    include: Iterable[Node] = (),
    parameters: Iterable[Node] = (),
    limit: int = LIMIT,
) -> Trace:
    """The trace of a replay; `seen_as` has the names of variables, by identity."""
    return numbered(replay, seen_as, include, parameters, limit)[0]


def numbered(
    replay: Replay,
    seen_as: Mapping[int, str],
    include: Iterable[Node] = (),
    parameters: Iterable[Node] = (),
    limit: int = LIMIT,
) -> tuple[Trace, dict[Node, int]]:
    """The same, with the number of each node's item."""
    frames, inside = frames_of(replay.order)
    if len(replay.sent) > asked.whole("limit", limit, 0):
        return _summary(replay, frames, limit), {}
    builder = _Builder(replay, seen_as, frames, inside, include, parameters)
    trace = builder.trace()
    return trace, {node: i for node, i in builder.numbers.items() if isinstance(node, Node)}


class _Builder:
    """Numbers the nodes and writes items and contributions."""

    def __init__(
        self,
        replay: Replay,
        seen_as: Mapping[int, str],
        frames: list[Frame],
        inside: dict[Node, int],
        include: Iterable[Node],
        parameters: Iterable[Node],
    ) -> None:
        self.replay, self.seen_as = replay, seen_as
        self.frames, self.inside = frames, inside
        self.parameters = set(asked.nodes("parameters", parameters))
        self.also = _others(replay, (*asked.nodes("include", include), *_unused(replay)))
        self.taken: dict[str, int] = {}
        self.constants = naming.constant_names(seen_as)
        self.items: list[Item] = []
        self.numbers: dict[Any, int] = {}  # by node, and by identity of constant arrays

    def trace(self) -> Trace:
        replay = self.replay
        # Names of nodes first: a constant must not take the name of a variable.
        nodes = [*replay.order, *replay.leaves, *self.also]
        self.names = naming.labels(nodes, self.seen_as, self.taken)
        for node in replay.order:
            for parent in node.parents:
                if parent is not None and parent.op is None:
                    self._add(parent)
            self._add(node)
        for node in (*replay.leaves, *self.also):
            self._add(node)
        rows = self._rows()
        trace = Trace(
            root=self.numbers[replay.root],
            seed=_copy(replay.seed),
            items=self.items,
            contributions=rows,
            frames=_parts(self.frames, replay),
            nodes=len(replay.order) + len(replay.leaves),
            overwrites=replay.assign,
        )
        unreached = {self.numbers[node] for node in self.also}
        for item in self.items:
            item.zero = _zero_kind(item, trace, item.number in unreached)
        return trace

    def _add(self, node: Node) -> None:
        if node in self.numbers:
            return
        slots = zip(node.parents, node.operands, strict=True)
        inputs = tuple([self.numbers[p] if p is not None else self._constant(x) for p, x in slots])
        grad = self.replay.grads.get(node)
        number = self.numbers[node] = len(self.items)
        self.items.append(
            Item(
                number=number,
                name=self.names[node],
                kind=self._kind(node),
                op=node.op.name if node.op else None,
                says=node.op.says if node.op else "",
                formula=self._formula(node, inputs),
                data=_copy(self.replay.seen.get(node, held(node))),
                grad=grad,
                before=_before(node, self.replay) if node.op is None else None,
                hooked=self.replay.hooked(node),
                inputs=inputs,
                frame=self.inside.get(node),
                links=links(node),
            )
        )

    def _constant(self, x: Any) -> int:
        """The item of a constant operand: an array that is used twice is one item."""
        key = ("constant", id(x)) if isinstance(x, np.ndarray) else None
        if key is not None and key in self.numbers:
            return self.numbers[key]
        number = len(self.items)
        if key is not None:
            self.numbers[key] = number
        name = self.constants.get(id(x)) if key is not None else None
        if name is None:
            text = brief(x)
            name = text if np.ndim(x) == 0 else "constant"
        else:
            name = naming.unique(name, self.taken)
        data = _copy(x) if isinstance(x, np.ndarray) else float(x)
        self.items.append(Item(number, name, "constant", None, "", name, data))
        return number

    def _kind(self, node: Node) -> str:
        if node is self.replay.root:
            return "root"
        if node.op is not None:
            return "result"
        if not node.depends:
            return "constant"
        return "parameter" if is_parameter(node) or node in self.parameters else "input"

    def _formula(self, node: Node, inputs: tuple[int, ...]) -> str:
        if node.op is None:
            return self.names[node]
        return naming.formula(node, [self.items[i].name for i in inputs])

    def _rows(self) -> list[Contribution]:
        rows = []
        for sent in self.replay.sent:
            receiver = self.items[self.numbers[sent.receiver]]
            receiver.expects += 1
            rows.append(self._row(sent, receiver))
        return rows

    def _row(self, sent: Sent, receiver: Item) -> Contribution:
        return Contribution(
            sender=self.numbers[sent.sender],
            receiver=receiver.number,
            slot=sent.slot,
            upstream=sent.upstream,
            local=sent.local,
            amount=sent.amount,
            total=sent.total,
            arrived=receiver.expects,
            zero=words.zero_of(sent.amount, sent.upstream),
        )


def _zero_kind(item: Item, trace: Trace, unreached: bool) -> str | None:
    if item.kind == "constant":
        return words.NOT_ASKED
    if unreached:
        return words.NOT_REACHED
    if item.grad is not None and not words.all_zero(item.grad):
        return None
    if item.hooked is not None and not words.all_zero(item.hooked[0]):
        return words.BLOCKED
    rows = trace.counted(item)
    if item.number == trace.root or any(row.zero is None for row in rows):
        return words.CANCELLED if rows else words.STARVED
    if rows and all(row.zero == words.STARVED for row in rows):
        return words.STARVED
    return words.BLOCKED


def _unused(replay: Replay) -> list[Node]:
    """Parameters of the modules behind a graph that the root does not depend on."""
    found: list[Node] = []
    in_cells = {cells_of.get(leaf) for leaf in replay.leaves}
    for module in modules_of(replay.order):
        if hasattr(module, "parameters"):
            found += [p for p in module.parameters() if p not in replay and p not in in_cells]
    return found


def _others(replay: Replay, nodes: Iterable[Node]) -> list[Node]:
    """These nodes and what is behind them, apart from what the root depends on."""
    found: dict[Node, None] = {}
    for node in nodes:
        if node not in replay and node not in found:
            order, leaves = topological_order(node)
            found |= dict.fromkeys([n for n in (*leaves, *order) if n not in replay])
    return list(found)


def _before(leaf: Node, replay: Replay) -> Any:
    """What a leaf's `.grad` holds beside this pass: earlier passes that nobody cleared."""
    grad = replay.grads.get(leaf)
    if not arrived(leaf) or hooks.get(leaf):
        return None
    if grad is None or not replay.latest:  # nothing of what stands there is of this pass
        return _copy(leaf.grad)
    return None if np.array_equal(leaf.grad, grad, equal_nan=True) else leaf.grad - grad


def _copy(x: Any) -> Any:
    """Numbers to keep: only an array of its own that nobody can write to stays as it is."""
    kept = isinstance(x, float) or (x.base is None and not x.flags.writeable)
    return x if kept else np.array(x)


def _parts(frames: list[Frame], replay: Replay) -> list[Part]:
    parts = [Part(f.path, f.label, f.detail, f.parent, len(f.nodes)) for f in frames]
    if not parts:
        return parts
    into: dict[int, dict[Node, Any]] = {i: {} for i in range(len(parts))}
    out: dict[int, dict[Node, Any]] = {i: {} for i in range(len(parts))}
    holding: dict[Node, list[int]] = {}
    for i, frame in enumerate(frames):
        for node in frame.nodes:
            holding.setdefault(node, []).append(i)
    for sent in replay.sent:
        mine = set(holding.get(sent.sender, ()))
        theirs = set(holding.get(sent.receiver, ()))
        for i in theirs - mine:
            into[i][sent.receiver] = sent.total
        if not is_parameter(sent.receiver):
            for i in mine - theirs:
                before = out[i].get(sent.receiver, 0.0)
                out[i][sent.receiver] = before + sent.amount
    for i in holding.get(replay.root, ()):
        into[i][replay.root] = replay.seed
    for i, part in enumerate(parts):
        part.grad_in, part.grad_out = _norm(into[i].values()), _norm(out[i].values())
    return parts


def _norm(grads: Iterable[Any]) -> float:
    return float(np.sqrt(sum(float(np.sum(np.square(g))) for g in grads)))


def _summary(replay: Replay, frames: list[Frame], limit: int) -> Trace:
    nodes = len(replay.order) + len(replay.leaves)
    note = (
        f"{nodes:,} nodes and {len(replay.sent):,} contributions are more than the limit of "
        f"{limit:,}: only sums per module are kept. Trace a smaller batch or a part of the "
        "graph, or pass a larger limit."
    )
    return Trace(
        root=0,
        seed=_copy(replay.seed),
        items=[],
        contributions=[],
        frames=_parts(frames, replay),
        nodes=nodes,
        complete=False,
        note=note,
    )
