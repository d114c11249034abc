"""What a recorded graph keeps alive: its nodes, and the arrays that they hold.

Nothing here changes a graph or needs to know an operation: nodes are asked for what they hold.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograd import Tensor
from nn.module import Module

Array = np.ndarray[Any, Any]


def arrays_in(thing: Any) -> Iterator[Any]:
    """The Tensors and arrays in what a module takes or gives."""
    if isinstance(thing, (Tensor, np.ndarray)):
        yield thing
    elif isinstance(thing, (tuple, list)):
        for item in thing:
            yield from arrays_in(item)
    elif isinstance(thing, dict):
        yield from arrays_in(list(thing.values()))


def nodes_behind(things: Iterable[Any], known: Container[Any]) -> list[Any]:
    """The recorded nodes behind these and not behind `known` ones, inputs first."""
    order: list[Any] = []
    seen: set[Any] = set()
    for thing in things:
        todo = [(thing, False)]
        while todo:
            node, done = todo.pop()
            if done:
                order.append(node)
            elif getattr(node, "op", None) is not None and node not in seen and node not in known:
                seen.add(node)
                todo.append((node, True))
                todo += [(p, False) for p in reversed(node.parents)]
    return order


def arrays_held(node: Any) -> Iterator[Array]:
    """The arrays a node keeps alive: its inputs as they were, its result, its parameters.

    An operation may keep what it found out in an object of its own, so those are opened too.
    """
    todo: list[Any] = [node.operands, node.params, node.data]
    seen: set[int] = set()
    while todo:
        thing = todo.pop(0)
        if isinstance(thing, np.ndarray):
            yield thing
        elif id(thing) in seen or isinstance(thing, (type, FunctionType, ModuleType, Module)):
            continue
        elif isinstance(thing, (tuple, list)):
            todo += thing
        elif isinstance(thing, dict):
            todo += thing.values()
        else:
            todo += getattr(thing, "__dict__", {}).values()
        seen.add(id(thing))


def memory_of(array: Array) -> Array:
    """The array that owns the memory a view looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
