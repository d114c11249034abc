"""The facts about one gradient, gathered from a replay: what a `Why` is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import Node
from autograd.viz import naming, words
from autograd.viz.again import held
from autograd.viz.cells import Cell, cell_at
from autograd.viz.explain import reasons
from autograd.viz.explain.contest import fate
from autograd.viz.explain.nudge import nudge
from autograd.viz.explain.paths import Path, paths
from autograd.viz.explain.why import Addend, NamedPath, Why
from autograd.viz.ledger import Row, at, rows_of
from autograd.viz.numbers import number
from autograd.viz.plain import shortened
from autograd.viz.replay import Replay, Sent, arrived, as_numbers, find_root, latest_root
from autograd.watching import hooks, is_parameter

MOST_SENDERS = 100_000  # that have a row of their own; the others share one
FEW = 16  # an array of so many cells is explained cell by cell
LARGEST = 5  # cells named of a larger one
MOST_FORMULAS = 4  # of senders without a name of their own
FORMULA = 72  # columns of one


def explain(
    node: Node,
    index: int | tuple[int, ...] | None,
    root: Node | None,
    upstream: Any,
    seen_as: Mapping[int, str],
) -> Why:
    """`why`, with the names of variables by identity."""
    if not isinstance(node, Node):
        raise errors.nothing_to_see("what is explained", node)
    cell = cell_at(index, np.shape(held(node)))
    if node.op is None and not node.depends:
        name, data = shortened(naming.called(node, seen_as)), held(node)
        if cell:
            name, data = words.cell_name(name, cell), data[cell]
        reason = words.zero_reason(words.NOT_ASKED, name, "", [])
        made = reasons.made(name, "", data, "constant")
        return Why(name, "", None, made, zero=words.NOT_ASKED, reason=reason)
    replay = Replay(_root_of(node) if root is None else root, upstream)
    inquiry = _Inquiry(replay, node, seen_as, guessed=root is None)
    return inquiry.whole() if cell is None else inquiry.cell(cell)


def _root_of(node: Node) -> Node:
    """Where the latest backward started: one that reached `node`, if there is one."""
    try:
        return find_root(node)
    except errors.GradientError:
        latest = latest_root()
        if latest is None or arrived(node):
            raise
        return latest


class _Inquiry:
    """Gathers the facts about one node, from one replay."""

    def __init__(
        self, replay: Replay, node: Node, seen_as: Mapping[int, str], guessed: bool
    ) -> None:
        self.replay, self.node, self.seen_as, self.guessed = replay, node, seen_as, guessed
        nodes = [*replay.order, *replay.leaves]
        if node not in replay:
            nodes.append(node)
        names = naming.labels(nodes, seen_as, {})
        self.names = {node: shortened(name) for node, name in names.items()}
        self.constants = naming.constant_names(seen_as)
        self.called = self.names[node]
        self.root = self.names[replay.root]
        self.data = held(node)
        self.sent = replay.into(node)

    def whole(self) -> Why:
        """An array as a whole: what each reader sent, and its cells, or the largest of them."""
        node, replay = self.node, self.replay
        made = reasons.made(self.called, self._formula(), self.data, self._kind())
        about = Why(self.called, self.root, replay.seed, made)
        if node not in replay:
            return self._unreached(about)
        total = replay.grads.get(node, np.zeros(np.shape(self.data)))
        if node is replay.root:
            return replace(about, total=total, reason=reasons.seeded(self.called, total))
        rows = self._sent()
        return replace(
            about,
            **self._zero(self.called, total, rows),
            total=total,
            rows=rows,
            says=_sentences([sent.sender for sent in self.sent]),
            notes=(*self._left_over(None, total), *self._about_cells(total)),
            cells=self._cells(total),
        )

    def _unreached(self, about: Why) -> Why:
        """Nothing came; perhaps because another pass was meant."""
        notes = (reasons.another_root(self.root, self.called),) if self.guessed else ()
        return replace(about, **self._zero(about.name, None, ()), notes=notes)

    def _sent(self) -> tuple[Addend, ...]:
        told, others = _largest(self.sent, ())
        rows = [
            Addend(
                sender=self.names[sent.sender],
                op=_op(sent.sender),
                slot=sent.slot,
                cell=(),
                upstream=None,
                local=None,
                amount=sent.amount,
                total=sent.total,
                zero=words.zero_of(sent.amount, sent.upstream),
            )
            for sent in told
        ]
        return (*rows, *self._together(others, ()))

    def _together(self, others: Sequence[Sent], cell: Cell) -> tuple[Addend, ...]:
        """The row that the smaller of very many contributions share."""
        if not others:
            return ()
        amount = sum(sent.amount[cell] if cell else sent.amount for sent in others)
        total = self.sent[-1].total[cell] if cell else self.sent[-1].total
        kind = None
        if all(words.all_zero(sent.amount) for sent in others):
            starved = all(words.all_zero(sent.upstream) for sent in others)
            kind = words.STARVED if starved else words.BLOCKED
        row = Addend(
            sender=reasons.more_uses(len(others)),
            op="",
            slot=0,
            cell=(),
            upstream=None,
            local=None,
            amount=amount if np.ndim(amount) else float(amount),
            total=total if np.ndim(total) else float(total),
            count=len(others),
            zero=kind,
        )
        return (row,)

    def _cells(self, total: Any) -> tuple[Why, ...]:
        if np.size(total) > FEW:
            return ()
        return tuple([self.cell(where, experiment=False) for where in np.ndindex(np.shape(total))])

    def _about_cells(self, total: Any) -> list[str]:
        sizes = np.abs(np.nan_to_num(total)).ravel()
        order = np.argsort(-sizes, kind="stable")[:LARGEST]
        places = [tuple(map(int, np.unravel_index(i, np.shape(total)))) for i in order]
        notes = []
        if sizes.size > FEW:
            largest = [(words.cell_name(self.called, at_), float(total[at_])) for at_ in places]
            notes.append(reasons.largest(largest))
        if zeros := int(np.sum(np.asarray(total) == 0.0)):
            notes.append(reasons.zero_cells(zeros, sizes.size))
        return [*notes, reasons.how_to_ask(self.called, places[0])] if places else notes

    # --- one number ---

    def cell(self, cell: Cell, experiment: bool = True) -> Why:
        """Everything about one number; without the experiment, only who sent what."""
        node, replay = self.node, self.replay
        single = np.size(self.data) == 1
        name = self.called if single else words.cell_name(self.called, cell)
        about = Why(name, self.root, replay.seed, self._made(name, cell))
        if node not in replay:
            return self._unreached(about)
        if node is replay.root:
            total = at(replay.seed, cell)
            return replace(about, total=total, reason=reasons.seeded(name, total))
        told, others = _largest(self.sent, cell)
        rows = rows_of(replay, told, cell)
        addends = (*self._addends(rows, cell), *self._together(others, cell))
        total = at(self.sent[-1].total, cell) if self.sent else 0.0
        zero = self._zero(name, total, addends)
        about = replace(about, rows=addends, total=total, **zero)
        if not experiment:
            return about
        about = replace(
            about,
            says=(*self._short_for(rows), *_sentences([row.reader for row in rows])),
            notes=tuple(self._left_over(cell, total)),
            **self._experiments(about, cell, total),
        )
        at_a_kink = about.nudge is not None and about.nudge.kind == "kink"
        if at_a_kink and about.zero == words.BLOCKED and not _tied(addends):
            senders = _senders(addends, words.BLOCKED)
            return replace(about, reason=reasons.kink_reason(name, senders))
        return about

    def _made(self, name: str, cell: Cell) -> str:
        if name == self.called:
            return reasons.made(name, self._formula(), self.data, self._kind())
        shape = np.shape(self.data)
        return reasons.cell_of(name, float(self.data[cell]), self.called, shape, self._formula())

    def _kind(self) -> str:
        return "parameter" if is_parameter(self.node) else "input"

    def _formula(self, node: Node | None = None) -> str:
        node = self.node if node is None else node
        slots = zip(node.parents, node.operands, strict=True)
        names = [self.names[p] if p in self.names else self._constant(x) for p, x in slots]
        return naming.formula(node, names)

    def _constant(self, x: Any) -> str:
        return self.constants.get(id(x), "constant") if np.ndim(x) else number(float(x))

    def _addends(self, rows: Sequence[Row], cell: Cell) -> tuple[Addend, ...]:
        addends: list[Addend] = []
        for row in rows:
            before = addends[-1].total if addends else 0.0
            sender = words.cell_name(self.names[row.reader], row.cell)
            note = fate(row, at(self.data, cell), self.names)
            addends.append(
                Addend(
                    sender=sender if row.count == 1 else reasons.more_cells(sender, row.count),
                    op=_op(row.reader),
                    slot=row.slot,
                    cell=row.cell,
                    upstream=row.upstream if row.count == 1 else None,
                    local=row.local if row.count == 1 else None,
                    amount=row.contribution,
                    total=before + row.contribution,
                    count=row.count,
                    zero=row.zero,
                    note=note or reasons.ZERO_ROWS.get(row.zero or "", ""),
                )
            )
        return tuple(addends)

    def _short_for(self, rows: Sequence[Row]) -> list[str]:
        """What the senders are that are called by their operation."""
        readers = dict.fromkeys(row.reader for row in rows)
        unnamed = [r for r in readers if self._is_called_by_op(r)]
        if not 0 < len(unnamed) <= MOST_FORMULAS:
            return []
        pairs = [(self.names[r], shortened(self._formula(r), FORMULA)) for r in unnamed]
        return [reasons.short_for(pairs)]

    def _is_called_by_op(self, node: Node) -> bool:
        by_op = self.names[node].partition("#")[0] == _op(node)
        return by_op and naming.called(node, self.seen_as) == _op(node)

    def _zero(self, name: str, total: Any, rows: Sequence[Addend]) -> dict[str, Any]:
        """The kind of zero and its sentence, as fields of a `Why`; nothing if there is none."""
        if total is None:
            reason = words.zero_reason(words.NOT_REACHED, name, self.root, [])
            return {"zero": words.NOT_REACHED, "reason": reason}
        if np.any(total):
            return {}
        if not rows and self.sent:  # the array was read, this cell of it was not
            readers = [self.names[sent.sender] for sent in self.sent]
            return {"zero": words.NOT_REACHED, "reason": reasons.cell_unread(name, readers)}
        kind = words.BLOCKED
        if any(row.zero is None for row in rows):
            kind = words.CANCELLED
        elif rows and all(row.zero == words.STARVED for row in rows):
            kind = words.STARVED
        senders = _senders(rows, kind)
        if kind == words.BLOCKED and _tied(rows):
            return {"zero": kind, "reason": reasons.tie_reason(name, senders)}
        addends = [row.amount for row in rows] if np.ndim(total) == 0 else []
        return {"zero": kind, "reason": words.zero_reason(kind, name, self.root, senders, addends)}

    def _left_over(self, cell: Cell | None, total: Any) -> list[str]:
        """What to say where `.grad` holds something else than this pass brought."""
        node, root = self.node, self.replay.root
        here = node.op is None or hooks.get(node)
        if not here or not arrived(node) or not _same(root.grad, self.replay.seed):
            return []
        grad = as_numbers(node.grad)
        grad, part = (grad, total) if cell is None else (at(grad, cell), total)
        if _same(grad, part):
            return []
        if hooks.get(node):
            return [reasons.hooked(self.called, grad, part, leaf=node.op is None)]
        return [reasons.left_over(self.called, grad, part)]

    def _experiments(self, about: Why, cell: Cell, total: float) -> dict[str, Any]:
        """The nudge and the paths, as fields of a `Why`."""
        found: dict[str, Any] = {}
        if not self.sent:
            return found
        moved = nudge(self.replay, self.node, cell, total)
        if moved is not None:
            said = [reasons.nudge_text(moved, about.name, about.measure)]
            if about.measure != self.root:
                said.append(reasons.measure(self.root, about.seed))
            if not moved.agrees:
                said.append(reasons.HOOKED if self._hooked() else reasons.UNEVEN)
            found |= {"nudge": moved, "nudge_says": " ".join(said)}
        ways = paths(self.replay, self.node)
        if ways is not None:
            found |= {"paths": tuple(map(self._named, ways.shown)), "path_count": ways.count}
        return found

    def _hooked(self) -> bool:
        return any(hooks.get(node) for node in self.replay.order)

    def _named(self, path: Path) -> NamedPath:
        through = tuple([None if node is None else self.names[node] for node in path.through])
        return NamedPath(through, path.slopes, path.left_out, path.product)


def _largest(sent: Sequence[Sent], cell: Cell) -> tuple[Sequence[Sent], list[Sent]]:
    """The contributions to tell one by one, and of very many the smaller ones."""
    if len(sent) <= MOST_SENDERS:
        return sent, []
    sizes = [_size(one.amount[cell] if cell else one.amount) for one in sent]
    told = set(np.argsort(-np.array(sizes), kind="stable")[:MOST_SENDERS].tolist())
    return (
        [one for i, one in enumerate(sent) if i in told],
        [one for i, one in enumerate(sent) if i not in told],
    )


def _size(x: Any) -> float:
    """How large a number is, or the largest of an array; nan is larger than all."""
    size = abs(x) if x.__class__ is float else float(np.max(np.abs(x), initial=0.0))
    return size if size == size else np.inf


def _senders(rows: Sequence[Addend], kind: str) -> list[str]:
    """Who sent these; for a blocked number only those that block it."""
    return [row.sender for row in rows if kind != words.BLOCKED or row.zero == words.BLOCKED]


def _tied(rows: Sequence[Addend]) -> bool:
    return any(row.note.startswith(reasons.LOST_TIE) for row in rows)


def _op(node: Node) -> str:
    return node.op.name if node.op else ""


def _same(a: Any, b: Any) -> bool:
    return a is not None and np.array_equal(as_numbers(a), b, equal_nan=True)


def _sentences(readers: Sequence[Node]) -> tuple[str, ...]:
    """What the operations that read a node do on the way back, each once."""
    said = [words.sentence(reader.op.says) for reader in readers if reader.op is not None]
    return tuple(dict.fromkeys(said))
