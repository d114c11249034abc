"""Operations run again on other numbers, and leaves looked at, without disturbing the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.custom import Context
from autograd.errors import AutogradError
from autograd.graph import Node
from autograd.value import Value

FORGETFUL = frozenset({"checkpoint"})  # operations that do not know any more what they computed


def held(node: Any) -> Any:
    """The numbers of a node. A Tensor does not hand its array out for it."""
    return node.data if isinstance(node, Value) else node._data


def is_closed(node: Node) -> bool:
    """Whether a node comes from a `Function` or a checkpoint: code that is not one operation."""
    return isinstance(node.params.get("ctx"), Context) or getattr(node.op, "name", "") in FORGETFUL


def again(node: Node, operands: Sequence[Any]) -> Any:
    """What the operation of `node` gives on these operands; None if it cannot be asked.

    A `Function` gets a context of its own, so that what its backward needs stays as it was. A
    checkpoint has forgotten what lies inside.
    """
    op, params = node.op, node.params
    assert op is not None
    if op.name in FORGETFUL:
        return None
    if is_closed(node):
        params = {**params, "ctx": Context()}
    try:
        if op.scalar is not None and isinstance(node, Value):
            return float(op.scalar(*operands, **params))
        out = np.asarray(op.run(operands, params))
        return float(out) if isinstance(node, Value) else out
    except (AutogradError, ArithmeticError, ValueError):
        return None


def rewired(node: Node, inputs: Sequence[Node | None]) -> Any:
    """The same step on other nodes, which hold the same numbers as its inputs.

    Nothing is run. One on leaves is a step without the graph behind it.
    """
    twin: Any = object.__new__(type(node))
    for kind in type(node).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            if slot != "__weakref__":
                setattr(twin, slot, getattr(node, slot))
    twin.grad = node.nothing
    if isinstance(node, Value) and node.a.__class__ is not tuple:
        twin.a, twin.b = (*inputs, None)[:2]
    else:
        twin.a = tuple(inputs)
    return twin
