"""One run of a user's function on fresh nodes: what all of `autograd.functional` is made of.

Each call makes fresh nodes out of the arguments, runs the function on them, and asks the graph.
Two things follow from "fresh":

- a derivative inside a derivative never confuses its variable with the outer one, because a
  gradient is asked of particular nodes, and those of the inner call are its own;
- an argument that is a node itself is copied by a recorded operation, so what is computed from
  the inner derivative still leads back to the outer variable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import errors, ops
from autograd.graph import Node, gradients
from autograd.modes import enable_grad, recording
from autograd.ops.op import plain
from autograd.rows import RowGradient
from autograd.tensor import Tensor
from autograd.trees import Build, flatten
from autograd.value import Value


class _Depth(threading.local):
    """How many functions of `autograd.functional` are running around us, in this thread."""

    now = 0


depth = _Depth()


@contextmanager
def at_depth(level: int) -> Iterator[None]:
    """In here, tensors record, and `level` functions of `autograd.functional` are running."""
    before = depth.now
    depth.now = level
    try:
        with enable_grad():
            yield
    finally:
        depth.now = before


@dataclass
class Call:
    """What is known after the user's function has run."""

    out: Any  # what it returned
    leaves: list[Any]  # the fresh nodes
    build: Build  # from one gradient per leaf to the structure of the arguments
    recorded: bool  # results must be nodes that can be differentiated again
    as_nodes: bool  # results are nodes, recorded or not: Tensors came in
    on: bool  # whether tensors were recording around the call

    def result(self, shares: list[Any], recorded: bool | None = None) -> Any:
        """Gradients, one per leaf, in the structure of the arguments."""
        return self.build(self.hand_out(shares, recorded))

    def hand_out(self, things: Sequence[Any], recorded: bool | None = None) -> list[Any]:
        """What the caller gets for nodes and raw gradients: nodes, or numbers and arrays."""
        if self.recorded if recorded is None else recorded:
            return [x if self.on or not isinstance(x, Tensor) else x.detach() for x in things]
        seen: set[int] = set()
        return [self._unrecorded(x, seen) for x in things]

    def _unrecorded(self, x: Any, seen: set[int]) -> Any:
        if isinstance(x, (Value, Tensor)):
            if self.as_nodes:
                return x.detach()
            return x.item() if isinstance(x, Value) else x.numpy()[()]
        if isinstance(x, RowGradient):
            x = x.to_dense()  # arrays went in, arrays come out
        if isinstance(x, np.ndarray):
            if id(x) in seen or x.base is not None or not x.flags.writeable:
                x = x.copy()  # an `add` hands one array to both sides: the caller gets two
            seen.add(id(x))
            return Tensor(x) if self.as_nodes else x
        return Value(x) if self.as_nodes and isinstance(x, float) else x

    def match(self, directions: Any, name: str) -> list[Any]:
        """A direction, as one number, array or node per leaf."""
        given, _ = flatten(directions)
        if len(given) != len(self.leaves):
            raise errors.wrong_tree(name, "directions", len(self.leaves), len(given))
        self.recorded = self.recorded or any(map(records, given))
        return [matched(leaf, v, name) for leaf, v in zip(self.leaves, given, strict=True)]


def run(
    f: Callable[..., Any], args: Sequence[Any], kwargs: Any, argnums: int | Sequence[int]
) -> Call:
    """Run `f` with the chosen arguments replaced by fresh nodes."""
    if not callable(f):
        raise errors.function_expected("derivative", f)
    positions = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in positions:
        if not isinstance(i, int) or not -len(args) <= i < len(args):
            raise errors.no_such_argument(i, len(args))
    given, build = flatten([args[i] for i in positions])
    recorded = depth.now > 0 or any(map(records, given))
    on = recording.on
    leaves = [fresh(x) for x in given]
    lifted = list(args)
    for i, tree in zip(positions, build(leaves), strict=True):
        lifted[i] = tree
    with at_depth(depth.now + 1):
        out = f(*lifted, **kwargs)

    def arrange(shares: Sequence[Any]) -> Any:
        trees = build(shares)
        return trees[0] if isinstance(argnums, int) else tuple(trees)

    return Call(out, leaves, arrange, recorded, any(isinstance(x, Tensor) for x in given), on)


def records(x: Any) -> bool:
    """Whether an operation on `x` is recorded now."""
    return isinstance(x, Value) or (isinstance(x, Tensor) and x.requires_grad and recording.on)


def fresh(x: Any) -> Node:
    """A new node with the numbers of `x`; if `x` is recorded, a gradient flows back to it."""
    if isinstance(x, (Value, Tensor)) and records(x):
        return x.copy()
    if isinstance(x, (float, int, np.integer)):
        return Value(x)
    if isinstance(x, (np.ndarray, np.floating, Tensor)):
        if x.dtype.kind != "f":
            raise errors.integers_differentiated(x.dtype)
        return Tensor(x, requires_grad=True)
    raise errors.cannot_differentiate(x)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a node, an array or a number."""
    return () if isinstance(x, Value) else x.shape if isinstance(x, Tensor) else np.shape(x)


def matched(node: Any, x: Any, name: str) -> Any:
    """A gradient or a direction that the user hands in for `node`, checked and converted."""
    if not isinstance(node, Node):
        return x
    if not isinstance(x, Node):
        x = np.asarray(plain(x))
    if shape_of(x) != shape_of(node):
        raise errors.wrong_direction(name, shape_of(node), shape_of(x))
    return node.fit(x)


def depends(root: Any) -> bool:
    """Whether anything was recorded behind `root`."""
    return isinstance(root, Value) or (isinstance(root, Tensor) and root.requires_grad)


def pull(root: Any, leaves: Sequence[Node], upstream: Any, recorded: bool) -> list[Any]:
    """The gradient of `root` by each leaf; zeros where there is no way."""
    if not depends(root):
        return [leaf.zeros(recorded) for leaf in leaves]
    with enable_grad():
        return gradients(root, leaves, upstream, create_graph=recorded)


def pull_all(
    roots: Sequence[Any], leaves: Sequence[Node], upstreams: Sequence[Any], recorded: bool
) -> list[Any]:
    """The gradients of several outputs, each with its upstream gradient, in one pass."""
    if len(roots) == 1:
        return pull(roots[0], leaves, upstreams[0], recorded)
    with enable_grad():
        pairs = [(x, u) for x, u in zip(roots, upstreams, strict=True) if depends(x)]
        return pull(inner([x for x, _ in pairs], [u for _, u in pairs]), leaves, None, recorded)


def inner(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    """The sum of all products of corresponding elements."""
    total: Any = 0.0
    for x, y in zip(xs, ys, strict=True):
        product = x * y
        total = total + (ops.sum(product) if isinstance(product, Tensor) else product)
    return total
