"""Names: what the views call each node.

A name that somebody gave comes first; then the variable that holds the node where the view was
asked for, so that `p1 = maximum(a, b)` is p1; then how it was made, if that is as short as a name,
as `x[3]` or `2 * x`; then the operation that made it. Two nodes never share a name. Names are for
people: nothing looks a node up by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import FrameType
from typing import Any

import numpy as np

from autograd.graph import Node
from autograd.ops.symbol import INFIX, Symbol
from autograd.tensor import Tensor
from autograd.viz import asked
from autograd.viz.numbers import number, shape_text
from autograd.viz.plain import bracketed, is_word, pieces, width
from autograd.watching import names

SHELL = frozenset({"In", "Out", "exit", "quit", "get_ipython"})  # variables of the shell's own
DEPTH = 2  # how far into lists of nodes to look
SHORT = 16  # columns of a formula that serves as a name
LOOSE = 0  # how tightly a name with spaces in it binds: it needs brackets everywhere
MOST_FORMULAS = 20_000  # nodes for which one is looked for
LONGEST = 1000  # the longest list to look into: not the data of a training run


def variables(frame: FrameType | None) -> dict[int, str]:
    """What the variables seen from a frame call their nodes and arrays, by identity."""
    found: dict[int, str] = {}
    if frame is not None:
        for scope in (frame.f_locals, frame.f_globals):
            _collect({name: x for name, x in scope.items() if _is_users(name)}, found)
    return found


def _is_users(name: str) -> bool:
    """Whether somebody wrote this variable, and not the shell, a comprehension or a test runner."""
    return name.isidentifier() and not name.startswith("_") and name not in SHELL


def given(mapping: Mapping[str, Any]) -> dict[int, str]:
    """The same from a dictionary of names that the user wrote."""
    found: dict[int, str] = {}
    _collect(asked.mapping("names", mapping), found)
    return found


def _collect(scope: Mapping[str, Any], found: dict[int, str]) -> None:
    for name, thing in scope.items():
        for path, node in _nodes_in(thing, name, DEPTH):
            found.setdefault(id(node), path)
            if isinstance(node, Tensor):
                found.setdefault(id(node._data), path)  # as a constant, its array is all we see


def _nodes_in(thing: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, (Node, np.ndarray)):
        yield path, thing
    elif isinstance(thing, (list, tuple)) and depth and len(thing) <= LONGEST:
        for i, item in enumerate(thing):
            yield from _nodes_in(item, f"{path}[{i}]", depth - 1)


def labels(
    nodes: Iterable[Node], seen_as: Mapping[int, str], taken: dict[str, int]
) -> dict[Node, str]:
    """A name for every node, none twice; inputs stand before what is made of them.

    Names that somebody gave come first, then variables, so that formulas can use them.
    """
    found: dict[Node, str] = {}
    speaking: dict[Node, str] = {}  # those that a formula may use
    rest = []
    for node in sorted(nodes, key=lambda node: node.name is None):
        if is_given(node, seen_as):
            found[node] = speaking[node] = unique(called(node, seen_as), taken)
        else:
            rest.append(node)
    for i, node in enumerate(rest):
        made = _short_formula(node, speaking, seen_as) if i < MOST_FORMULAS else ""
        name = found[node] = unique(made or called(node, seen_as), taken)
        if made:
            speaking[node] = name
    return found


def _short_formula(node: Node, names: Mapping[Node, str], seen_as: Mapping[int, str]) -> str:
    """How a node was made, if it is short and made of nothing but names and numbers; else ""."""
    if node.op is None or (node.params and not node.op.form.startswith("{}[")):
        return ""
    inputs = []
    for parent, x in zip(node.parents, node.operands, strict=True):
        name = names.get(parent) if parent is not None else seen_as.get(id(x))
        if name is None and parent is None and np.ndim(x) == 0:
            name = number(float(x))
        if name is None:
            return ""
        inputs.append(name)
    made = formula(node, inputs)
    return made if width(made) <= SHORT else ""


def is_given(node: Node, seen_as: Mapping[int, str]) -> bool:
    """Whether its name is one that somebody gave, to the node or to a variable."""
    return bool(node.name) or id(node) in seen_as


def called(node: Node, seen_as: Mapping[int, str]) -> str:
    """The name of one node, not yet unique."""
    return node.name or seen_as.get(id(node)) or (node.op.name if node.op else "leaf")


def unique(name: str, taken: dict[str, int]) -> str:
    """`name`, or name#2, name#3 if it is taken already."""
    count = taken[name] = taken.get(name, 0) + 1
    return name if count == 1 else unique(f"{bracketed(name)}#{count}", taken)


def constant_names(seen_as: Mapping[int, str]) -> dict[int, str]:
    """Names of arrays that are constants in a graph: of Tensors that still hold them."""
    found = dict(seen_as)
    for node, name in names.living():
        if isinstance(node, Tensor):
            found[id(node._data)] = name
    return found


def formula(node: Node, inputs: Iterable[str]) -> str:
    """How a node was computed, from the names of its inputs; "" for a leaf."""
    if node.op is None:
        return ""
    params = {
        key: f"array of {shape_text(value.shape)}" if isinstance(value, np.ndarray) else value
        for key, value in node.params.items()
    }
    return str(Symbol.record(node.op, [_symbol(name) for name in inputs], params))


def _symbol(name: str) -> Symbol:
    """A name in a formula; one that is a formula itself may need brackets there."""
    if is_word(name):
        return Symbol(name)
    operators = pieces(name)[1::2]
    return Symbol(name, min((INFIX.get(sign, LOOSE) for sign in operators), default=INFIX["-"] + 1))
