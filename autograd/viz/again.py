"""Operations run again on other numbers, and leaves looked at, without disturbing the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.custom import Context
from autograd.errors import AutogradError
from autograd.graph import Node
from autograd.value import Value


def held(node: Any) -> Any:
    """The numbers of a node. A Tensor does not hand its array out for it."""
    return node.data if isinstance(node, Value) else node._data


def again(node: Node, operands: Sequence[Any]) -> Any:
    """What the operation of `node` gives on these operands; None if it cannot be asked.

    A `Function` gets a context of its own, so that what its backward needs stays as it was. A
    checkpoint has forgotten what lies inside.
    """
    op, params = node.op, node.params
    assert op is not None
    if op.name == "checkpoint":
        return None
    if isinstance(params.get("ctx"), Context):
        params = {**params, "ctx": Context()}
    try:
        if op.scalar is not None and isinstance(node, Value):
            return float(op.scalar(*operands, **params))
        return np.asarray(op.run(operands, params))
    except (AutogradError, ArithmeticError, ValueError):
        return None
