"""The graph, and how a gradient travels through it.

Operations leave nodes behind. A node knows the operation that made it, the nodes that went in
(`a`) and what those held at that moment (`x`). Nothing else: no closure, and no way to reach the
nodes that read it. So a graph has no cycles, and is freed the moment its root is dropped.

`backward` sorts the nodes so that inputs come before what reads them, then walks that order from
the root: when a node is reached, everything that reads it has already added its share, so its
gradient is complete and can be passed on. That is the whole algorithm. Nothing here recurses: a
chain of a million nodes works.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import errors
from autograd.ops.op import Op, Recorder
from autograd.showing import Shown
from autograd.watching import Hook, hooks, names, run_hooks, watching


class Node(Shown, Recorder):
    """A number or an array in the graph.

    grad: the gradient of the last backward pass; on leaves, the sum over passes.
    op: the operation that made it; None for a leaf.
    a: its input nodes, None where an input was a constant. x: the inputs as they were.
    """

    __slots__ = ("__weakref__", "a", "grad", "op", "x")

    nothing: ClassVar[Any]  # the gradient before anything has arrived
    learned: ClassVar[bool] = False  # whether it is a parameter of a network
    grad: Any
    op: Op | None
    a: Any
    x: Any

    data: Any

    # Each kind of node says how these are done for it.

    @property
    def parents(self) -> tuple[Node | None, ...]:
        """The input nodes, one per argument; None where the argument was a constant."""
        raise NotImplementedError

    @property
    def operands(self) -> tuple[Any, ...]:
        """The inputs as they were when the operation ran, one per argument."""
        raise NotImplementedError

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the operation: axis, stride, ..."""
        raise NotImplementedError

    @property
    def depends(self) -> bool:
        """Whether a gradient that arrives here has anywhere to go, or to stay."""
        return True

    def pull(self) -> None:
        """Pass this node's gradient on to its inputs."""
        raise NotImplementedError

    def receive(self, share: Any) -> None:
        """Add one contribution to this node's gradient."""
        raise NotImplementedError

    def fit(self, share: Any) -> Any:
        """Bring a contribution to this node's kind, shape and dtype."""
        raise NotImplementedError

    def as_gradient(self, upstream: Any, borrow: bool = False) -> Any:
        """Check and convert a gradient that the user hands in; None means 1 for one number.

        The result is a copy, or with `borrow` what nobody can write to through it.
        """
        raise NotImplementedError

    def commit(self, before: Any) -> None:
        """End of a pass, leaves only: put the gradient of earlier passes back underneath."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of everything this node holds for a backward pass."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise if an input was changed in place since this node was made."""

    def holds(self, data: Any) -> bool:
        """Whether this node has the same numbers now as `data`."""
        raise NotImplementedError

    def zeros(self, recorded: bool) -> Any:
        """A gradient of nothing but zeros, as a node if `recorded`."""
        raise NotImplementedError

    @classmethod
    def constant(cls, data: Any) -> Any:
        """A node that holds `data` and depends on nothing."""
        raise NotImplementedError

    def backward(self, upstream: Any = None, *, free: bool = False) -> None:
        """Send a gradient from here to everything this was computed from.

        Args:
            upstream: the gradient that arrives here, in this node's shape; 1 if left out, which
                needs a single number.
            free: let go of the graph and the intermediate gradients on the way. Saves memory in
                training loops; a second backward through these nodes is then an error.

        Leaves add up their gradients over calls (see `zero_grad`); every other node shows the
        gradient of the latest call. A second call on a kept graph is therefore right.

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward()
        >>> x.grad
        6.0
        """
        backward(self, upstream, free=free)

    def register_hook(self, function: Callable[[Any], Any]) -> Hook:
        """Call `function(grad)` whenever a backward pass has completed this node's gradient.

        If it returns something, that is passed on instead. `.remove()` on the result ends it.

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> hook = x.register_hook(lambda g: print("arrived:", g))
        >>> (x * x).backward()
        arrived: 6.0
        """
        return Hook(self, function)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self.op is not None:
            raise errors.no_deepcopy(self)
        return super().__reduce_ex__(protocol)

    @property
    def name(self) -> str | None:
        """What people call this node: shown in messages and pictures."""
        return names.get(self)

    @name.setter
    def name(self, name: str | None) -> None:
        if name is None:
            names.drop(self)
        elif not isinstance(name, str):
            raise errors.no_name(name)
        else:
            names.put(self, name)


class _Freed(Op):
    """What stands in a node whose graph was let go of."""

    @staticmethod
    def pull(node: Node) -> None:
        raise errors.freed(node)


recent: deque[weakref.ref[Node]] = deque(maxlen=16)  # where the latest passes started

FREED = _Freed("freed", "freed", None, np.asarray, says="let go of by backward(free=True)")


def topological_order(root: Node) -> tuple[list[Any], list[Any]]:
    """The recorded nodes behind `root`, inputs before their readers; and the leaves.

    Depth first, left input first. A node goes onto the list when nothing below it is missing: at
    once, or when it is met the second time (None on the stack marks that the next one is).
    """
    order: list[Any] = []
    leaves: list[Any] = []
    seen: set[Any] = set()
    todo: list[Any] = [root]
    while todo:
        node = todo.pop()
        if node is None:
            order.append(todo.pop())
            continue
        if node in seen:
            continue
        seen.add(node)
        if node.op is None:
            leaves.append(node)
            continue
        a = node.a
        if a.__class__ is tuple:
            missing = [p for p in reversed(a) if p is not None and p not in seen]
            if missing:
                todo.append(node)
                todo.append(None)
                todo += missing
            else:
                order.append(node)
            continue
        b = node.b  # the same for two inputs, without a list: the case of scalar networks
        right = b is not None and b not in seen
        if a is not None and a not in seen:
            todo.append(node)
            todo.append(None)
            if right:
                todo.append(b)
            todo.append(a)
        elif right:
            todo.append(node)
            todo.append(None)
            todo.append(b)
        else:
            order.append(node)
    return order, leaves


def backward(root: Node, upstream: Any = None, *, free: bool = False) -> None:
    """Send a gradient from `root` to everything it was computed from; see `Node.backward`.

    If anything fails on the way, the gradients of the leaves are as they were before.
    """
    seed = root.as_gradient(upstream, borrow=free)  # no node shows it when all is over
    order, leaves = topological_order(root)
    scalars = _scalars_only(order)
    if scalars:
        for node in order:
            node.grad = 0.0
    else:
        for node in order:
            node.grad = node.nothing
    before = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = leaf.nothing
    root.receive(seed)
    nodes = _drain(order) if free else reversed(order)
    try:
        with np.errstate(all="ignore"):
            if hooks or watching:
                for node in nodes:
                    _pull_watched(node)
            elif scalars:
                for node in nodes:  # what Value.pull does, without the call
                    node.op.pull(node)
            else:
                for node in nodes:
                    node.pull()
            if hooks:
                for leaf in leaves:
                    if leaf.grad is not None:
                        leaf.grad = run_hooks(leaf, leaf.grad)
        for leaf, grad in zip(leaves, before, strict=True):
            leaf.commit(grad)
    except BaseException:
        for leaf, grad in zip(leaves, before, strict=True):
            leaf.grad = grad
        raise
    recent.append(weakref.ref(root))


def _drain(order: list[Any]) -> Iterator[Any]:
    """From the root on, each node for one step; then it lets go of what it holds."""
    while order:
        node = order.pop()
        yield node
        node.release()


def _scalars_only(order: list[Any]) -> bool:
    """Whether all of these nodes are single numbers."""
    kinds: set[type[Node]] = set(map(type, order))
    return all(kind.rank == 1 for kind in kinds)


def _pull_watched(node: Node) -> None:
    """`node.pull()`, with hooks run before and every contribution checked."""
    if node.grad is None:
        return
    if hooks:
        node.grad = run_hooks(node, node.grad)
    for _, parent, share in contributions(node, node.grad):
        if watching:
            watching[-1].arrived(parent, node, share)
        parent.receive(share)


def contributions(
    node: Node, upstream: Any, *, record: bool = False, only: Container[Any] | None = None
) -> Iterator[tuple[int, Node, Any]]:
    """What each input of `node` gets when `upstream` arrives at it: (slot, input, contribution).

    With `record`, the rules run on nodes, so the contributions can be differentiated again.
    With `only`, rules of inputs that are not in it are not run.
    """
    op = node.op
    if op is None:
        return
    if op is FREED:
        raise errors.freed(node)
    node.check()
    parents: Sequence[Node | None] = node.parents
    if only is not None:
        parents = [p if p in only else None for p in parents]
    operands: Sequence[Any] = node.operands
    out = node.data
    if record:
        out = node
        operands = _as_nodes(node, op)
    shares = op.shares(parents, upstream, out, operands, node.params)
    for slot, (parent, share) in enumerate(zip(parents, shares, strict=True)):
        if parent is not None and share is not None:
            yield slot, parent, fitted(op, parent, share)


def _as_nodes(node: Node, op: Op) -> list[Any]:
    """The inputs of `node` as nodes; an error if one has other numbers now than it had then."""
    operands = []
    for slot, (parent, x) in enumerate(zip(node.parents, node.operands, strict=True)):
        if parent is not None and not parent.holds(x) and op.keeps(slot, node.parents):
            raise errors.changed(op.name, parent)
        operands.append(x if parent is None else parent)
    return operands


def fitted(op: Op, parent: Node, share: Any) -> Any:
    """A contribution in the kind, shape and dtype of the input it is for."""
    try:
        return parent.fit(share)
    except ValueError:
        shape = np.shape(getattr(share, "data", share))
        raise errors.wrong_gradient(op.name, np.shape(parent.data), shape) from None


def gradients(
    root: Node, inputs: Sequence[Node], upstream: Any = None, *, create_graph: bool = False
) -> list[Any]:
    """The gradient of `root` with respect to each of `inputs`, touching no `.grad`.

    Args:
        root: what is differentiated: one number, unless `upstream` is given.
        inputs: nodes, leaves or not.
        upstream: the gradient that arrives at `root`.
        create_graph: return nodes, which can be differentiated again, instead of numbers.

    Returns:
        One gradient per input; zeros where `root` does not depend on it. Of a table that was only
        read by lookups with `sparse=True`, a `RowGradient`.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> (first,) = gradients(x ** 3, [x], create_graph=True)
    >>> first.data, gradients(first, [x])
    (12.0, [12.0])
    """
    _check_nodes(root, inputs)
    if not root.depends:
        return [x.zeros(create_graph) for x in inputs]
    seed: Any = root.as_gradient(upstream)
    if create_graph:
        seed = upstream if isinstance(upstream, Node) else type(root).constant(seed)
    order, _ = topological_order(root)
    wanted = set(inputs)
    useful = set(inputs)  # the nodes that a wanted input lies behind
    for node in order:
        if node.op is FREED:
            raise errors.freed(node)
        if any(p is not None and p in useful for p in node.parents):
            useful.add(node)
    arrived: dict[Node, Any] = {root: seed}
    with np.errstate(all="ignore"):
        for node in reversed(order):
            if node not in arrived or node not in useful:
                continue
            g = arrived[node] if node in wanted else arrived.pop(node)
            for _, parent, share in contributions(node, g, record=create_graph, only=useful):
                if watching:
                    watching[-1].arrived(parent, node, share)
                arrived[parent] = arrived[parent] + share if parent in arrived else share
    return [arrived[x] if x in arrived else x.zeros(create_graph) for x in inputs]


def _check_nodes(root: Any, inputs: Any) -> None:
    if not isinstance(root, Node):
        raise errors.node_expected("gradients: the root", root)
    if not isinstance(inputs, (list, tuple)):
        raise errors.list_expected(inputs)
    for x in inputs:
        if not isinstance(x, Node):
            raise errors.node_expected("gradients: each input", x)
        if not x.depends:
            raise errors.asks_for_none(x)
