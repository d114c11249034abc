"""The backward pass of a finished graph once more, with every contribution kept.

The engine adds contributions up and forgets them. Here the same rules run in the same order, on
the numbers that the nodes captured, and nothing is added before it is written down. No `.grad`
is touched. `trace` freezes the result; `why` and `expand` ask it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import FREED, Node, contributions, recent, topological_order
from autograd.tensor import Tensor
from autograd.value import Value
from autograd.watching import hooks


@dataclass(slots=True)
class Sent:
    """One contribution: what one argument slot of `sender` added to the gradient of `receiver`.

    amount: the contribution. total: the receiver's gradient once it was added.
    """

    sender: Node
    slot: int
    receiver: Node
    upstream: Any
    amount: Any
    total: Any
    _slopes: dict[Node, list[float | None]] = field(repr=False)  # of the senders asked so far

    @property
    def local(self) -> float | None:
        """The slope of the sender in that slot; None where arrays are involved."""
        if self.sender not in self._slopes:
            self._slopes[self.sender] = _slopes(self.sender)
        return self._slopes[self.sender][self.slot]


class Replay:
    """A backward pass from `root`, replayed.

    Args:
        root: where it starts. Its graph must have been kept (not `backward(free=True)`).
        upstream: the gradient that arrives at `root`. Left out, it is that of the latest
            backward from `root`; without one, 1 for a single number.
        assign: let each contribution replace what is there instead of adding to it: the mistake
            of writing `=` for `+=`, to be looked at beside the right thing.

    Attributes:
        order: the recorded nodes, inputs before their readers. leaves: the nodes they rest on.
        sent: every contribution, in the order in which backward adds them.
        grads: the gradient of every node that one arrived at.
        seen: the numbers of the leaves, as their readers saw them.

    Raises:
        GradientError: if nothing was recorded, the graph was let go of, or `root` is not one
            number and has no gradient.
        ChangedError: if an array that the graph needs was overwritten since.
    """

    def __init__(self, root: Node, upstream: Any = None, *, assign: bool = False) -> None:
        if not isinstance(root, Node):
            raise errors.nothing_to_see("what is shown", root)
        self.root, self.assign = root, assign
        self.seed: Any = _seed(root, upstream)
        self.order, self.leaves = topological_order(root)
        self._nodes = {*self.order, *self.leaves}
        for node in self.order:
            if node.op is FREED:
                raise errors.freed(node)
        self.seen: dict[Node, Any] = {}
        for node in self.order:
            unchanged(node)
            for parent, x in zip(node.parents, node.operands, strict=True):
                if parent is not None and parent.op is None:
                    self.seen.setdefault(parent, x)
        # Hooks are not called a second time: what they made of a gradient is read off, if this
        # is the pass that they were called in.
        self.latest = arrived(root) and np.array_equal(root.grad, self.seed, equal_nan=True)
        self.grads: dict[Node, Any] = {root: self.seed}
        self.sent: list[Sent] = []
        self._into: dict[Node, list[Sent]] = {}
        self._sums: dict[Node, Any] = {root: self.seed}
        self._slopes: dict[Node, list[float | None]] = {}
        with np.errstate(all="ignore"):
            for node in reversed(self.order):
                self._pass_on(node)

    def _pass_on(self, node: Node) -> None:
        if node not in self.grads:
            if not isinstance(node, Value):
                return  # whatever read it only looked at it
            self.grads[node] = node.nothing  # a Value passes on the 0 it starts with
        if self.latest and not self.assign and hooks.get(node):
            self.grads[node] = as_numbers(node.grad)
        g = self.grads[node]
        for slot, receiver, share in contributions(node, g):
            total = share
            if receiver in self._sums and not self.assign:
                total = self._sums[receiver] + share  # rows of a table as rows, like backward
            elif isinstance(receiver, Value):
                total = receiver.nothing + share
            self._sums[receiver] = total
            share, total = as_numbers(share), as_numbers(total)
            self.grads[receiver] = total
            sent = Sent(node, slot, receiver, g, share, total, self._slopes)
            self.sent.append(sent)
            self._into.setdefault(receiver, []).append(sent)

    def into(self, node: Node) -> list[Sent]:
        """The contributions to one node's gradient, in the order in which they were added."""
        return self._into.get(node, [])

    def hooked(self, node: Node) -> tuple[Any, Any] | None:
        """What arrived at a node, and what `.grad` holds now that its hooks have changed it.

        None where they changed nothing, or were not called in this pass. What a leaf holds may be
        of earlier passes as well.
        """
        if not self.latest or self.assign or node is self.root or not hooks.get(node):
            return None
        rows = self.into(node)
        if node.grad is None or not (rows or isinstance(node, Value)):
            return None
        came, made = rows[-1].total if rows else 0.0, as_numbers(node.grad)
        return None if np.array_equal(came, made, equal_nan=True) else (came, made)

    def __contains__(self, node: Node) -> bool:
        return node in self._nodes


def find_root(node: Node) -> Node:
    """Where the latest backward pass that reached `node` started, if that is still alive.

    Raises:
        GradientError: if there is none.
    """
    for started in reversed(recent):
        root = started()
        if root is not None and root.op is not FREED:
            order, leaves = topological_order(root)
            if any(node is other for other in (*order, *leaves)):
                return root
    raise errors.no_root(node)


def latest_root() -> Node | None:
    """Where the latest backward pass of all started, of those that can be replayed."""
    alive = [root for started in recent if (root := started()) is not None]
    return next((root for root in reversed(alive) if root.op is not FREED), None)


def arrived(node: Node) -> bool:
    """Whether a backward pass has left a gradient here."""
    grad = node.grad
    return grad is not None and not (isinstance(node, Value) and grad == 0.0)


def unchanged(node: Node) -> None:
    """Raise if the numbers that went into a node are no longer there to be shown.

    Stricter than `Node.check`, which lets a change pass where no gradient depends on it.
    """
    if not isinstance(node, Tensor):
        return
    node.check()
    for parent in node.parents:
        if isinstance(parent, Tensor) and parent.when > node.when:
            assert node.op is not None
            raise errors.changed(node.op.name, parent)


def as_numbers(share: Any) -> Any:
    """A gradient as a float or an array: one that came as rows is laid out."""
    return share if share.__class__ is float else np.asarray(share)


def _seed(root: Node, upstream: Any) -> Any:
    if upstream is None and root.op is not None and root.op is not FREED and arrived(root):
        return root.grad
    return root.as_gradient(upstream)


def _slopes(node: Node) -> list[float | None]:
    """The local slope of each slot of a scalar node: its rule, given a gradient of 1."""
    nothing: list[float | None] = [None] * len(node.parents)
    if not isinstance(node, Value) or node.op is None:
        return nothing
    if not all(p is None or isinstance(p, Value) for p in node.parents):
        return nothing
    with np.errstate(all="ignore"):
        shares = node.op.shares(node.parents, 1.0, node.data, node.operands, node.params)
    return [None if share is None else float(share) for share in shares]
