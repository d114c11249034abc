"""Checkpoints: forget the inside of a computation, and run it again when its gradient is due.

A graph keeps every intermediate array until backward has read it. A checkpointed stretch keeps
its inputs and its result only. It is one node of the graph. Its rule runs the stretch once more,
this time keeping everything, and asks that small graph for the gradients.

What the stretch reads without being given it (the weights of a layer, say) gets its gradient
too. So the first run is watched: every node that went in and was not made inside is an input of
the checkpoint node, as if it had been passed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import errors, ops
from autograd.graph import Node, gradients
from autograd.modes import recording
from autograd.ops.op import ManyOp
from autograd.tensor import Tensor
from autograd.transform import at_depth, depth, fresh, records
from autograd.trees import flatten
from autograd.value import Value
from autograd.watching import watching

__all__ = ["checkpoint"]


def checkpoint(
    f: Callable[..., Any], *inputs: Any, generator: np.random.Generator | None = None
) -> Any:
    """`f(*inputs)`, without keeping what lies between; backward runs `f` again.

    Args:
        f: returns one Value or Tensor. It must compute the same when it runs again.
        inputs: Values, Tensors, numbers, arrays, and lists, tuples and dictionaries of them.
        generator: the random generator that `f` draws from, if it does (dropout): its state is
            put back for the second run, so both runs draw the same.

    Returns:
        What `f` returns, as one node. Its gradients reach the inputs and everything else `f`
        used, and can be differentiated again.

    Raises:
        GradientError: in backward, if the second run gave something else: `f` draws random
            numbers from a generator of its own, or depends on something that has changed.

    >>> from autograd import Value
    >>> w, x = Value(3.0), Value(2.0)
    >>> y = checkpoint(lambda x: (w * x) ** 2, x)
    >>> y
    Value(36, op=checkpoint)
    >>> y.backward()
    >>> w.grad, x.grad
    (24.0, 36.0)
    """
    if not recording.on:
        return f(*inputs)
    given, build = flatten(inputs)
    slots = [i for i, x in enumerate(given) if records(x)]
    nodes = [given[i] for i in slots]
    stretch = _Stretch(f, given, slots, build, generator)
    leaves = [fresh(x) for x in nodes]
    with _watch() as made:
        out = stretch.run(leaves)
    if not isinstance(out, (Value, Tensor)):
        raise errors.checkpoint_result(out)
    captured = _captured(out, made, set(leaves))
    if not records(out) or not (nodes or captured):
        return out
    return stretch.node([*nodes, *captured], out.item() if isinstance(out, Value) else out.numpy())


class _Stretch:
    """What is kept of a checkpointed computation."""

    def __init__(
        self,
        f: Callable[..., Any],
        given: list[Any],
        slots: list[int],
        build: Callable[[Sequence[Any]], Any],
        generator: np.random.Generator | None,
    ) -> None:
        self.f, self.build, self.slots = f, build, slots
        self.constants = [None if records(x) else x for x in given]
        self.depth = depth.now
        self.generator = generator
        self.state: Any = None
        if generator is not None:
            self.state = copy.deepcopy(generator.bit_generator.state)

    def run(self, leaves: Sequence[Any]) -> Any:
        """Run the function on these nodes in the places of the recorded inputs."""
        given = list(self.constants)
        for slot, leaf in zip(self.slots, leaves, strict=True):
            given[slot] = leaf
        with at_depth(self.depth):
            return self.f(*self.build(given))

    def run_again(self, leaves: Sequence[Any]) -> Any:
        """The same once more, on the random numbers of the first time."""
        if self.generator is None:
            return self.run(leaves)
        later = self.generator.bit_generator.state
        self.generator.bit_generator.state = self.state
        try:
            return self.run(leaves)
        finally:
            self.generator.bit_generator.state = later

    def node(self, parents: list[Any], out: Any) -> Any:
        """The node that stands for the whole stretch."""
        count = len(self.slots)
        captured = parents[count:]

        def rule(g: Any, result: Any, xs: Sequence[Any]) -> list[Any]:
            recorded = isinstance(g, Node)
            with at_depth(self.depth):
                leaves = [_again(x) for x in xs[:count]]
            for node, x in zip(captured, xs[count:], strict=True):
                if not _same(node, x):
                    raise errors.changed("checkpoint", node)
            root = self.run_again(leaves)
            if not _close(root, result):
                raise errors.checkpoint_differs(result, root)
            with at_depth(self.depth):
                return gradients(root, [*leaves, *captured], g, create_graph=recorded)

        op = ManyOp(
            "checkpoint",
            "checkpoint({})",
            lambda *_: out,
            lambda *_: out,
            rule,
            says="checkpoint: the stretch behind it is run again, and passes the gradient on",
        )
        if isinstance(out, float) and all(isinstance(x, Value) for x in parents):
            return Value.record(op, parents, {})
        node = Tensor.record(op, parents, {})
        return node.value() if isinstance(out, float) else node


class _Watch:
    """Notes every node that is made, and tells whoever is watching already."""

    def __init__(self) -> None:
        self.nodes: set[Any] = set()
        self.others = list(watching)

    def made(self, node: Any) -> None:
        self.nodes.add(node)
        if self.others:
            self.others[-1].made(node)

    def arrived(self, node: Any, sender: Any, share: Any) -> None:
        if self.others:
            self.others[-1].arrived(node, sender, share)


@contextmanager
def _watch() -> Iterator[set[Any]]:
    watch: Any = _Watch()
    watching.append(watch)
    try:
        yield watch.nodes
    finally:
        watching.remove(watch)


def _captured(out: Any, made: set[Any], leaves: set[Any]) -> list[Any]:
    """The nodes behind `out` that were not made on the way."""
    found: list[Any] = []
    seen = {out}
    todo = [out]
    while todo:
        node = todo.pop()
        if node in made or node.op is ops.item:
            parents = [p for p in node.parents if p is not None and p not in seen]
            seen.update(parents)
            todo.extend(parents)
        elif node not in leaves:
            found.append(node)
    return found


def _again(x: Any) -> Node:
    """An input of the stretch, as it was: a node in a recorded pass, else its numbers."""
    return fresh(x) if isinstance(x, (Node, float)) else Tensor(x, requires_grad=True)


def _same(node: Any, then: Any) -> bool:
    """Whether a captured node still holds what it held."""
    if node is then:
        return True
    now = node.item() if isinstance(node, Value) else node.numpy()
    return np.array_equal(now, then, equal_nan=True)


def _close(again: Any, first: Any) -> bool:
    """Whether two results are equal up to rounding (sums may be taken in another order)."""
    a, b = (x.detach().data if isinstance(x, Node) else np.asarray(x) for x in (again, first))  # type: ignore[attr-defined]
    if np.shape(a) != np.shape(b):
        return False
    finite = np.abs(b)[np.isfinite(b)]
    tolerance = np.sqrt(np.finfo(np.result_type(b, np.float16)).eps)
    size = float(finite.max()) if finite.size else 0.0
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * size, equal_nan=True)
