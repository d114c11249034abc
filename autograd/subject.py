"""What `gradcheck` checks: a function, as a graph and as numbers to numbers.

Its arguments may be trees; the floating-point numbers in them are moved, all else is passed on.
Its outputs may be a tree as well, and are one row of numbers here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import errors
from autograd.tensor import Tensor
from autograd.transform import at_depth, depth
from autograd.trees import flatten, walk
from autograd.value import Value

Array = np.ndarray[Any, Any]


class Subject:
    """The function under test: as a graph, and as numbers to numbers."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        names: Sequence[str],
        gives: str = "result",
    ) -> None:
        self.f, self.names, self.gives = f, names, gives
        self.given, self.build = flatten(list(args))
        labels = [
            (index, path)
            for index, (arg, name) in enumerate(zip(args, names, strict=True))
            for path, _ in walk(arg, name)
        ]
        self.slots = [i for i, x in enumerate(self.given) if _is_checked(x)]
        if not self.slots:
            raise errors.nothing_to_check()
        self.labels = [labels[i] for i in self.slots]
        self.start = [_as_float64(self.given[i]) for i in self.slots]

    def nodes(self, xs: Sequence[Array]) -> list[Any]:
        """Fresh nodes with these numbers."""
        scalar = [isinstance(self.given[i], (float, int, Value)) for i in self.slots]
        return [
            Value(float(x)) if alone else Tensor(x, requires_grad=True)
            for x, alone in zip(xs, scalar, strict=True)
        ]

    def tree(self, nodes: Sequence[Any]) -> Any:
        """What the function gives on these nodes."""
        given = list(self.given)
        for slot, node in zip(self.slots, nodes, strict=True):
            given[slot] = node
        with at_depth(depth.now + 1):
            return self.f(*self.build(given))

    def outputs(self, nodes: Sequence[Any]) -> list[Any]:
        """The same, taken apart."""
        return flatten(self.tree(nodes))[0]

    def at(self, xs: Sequence[Array]) -> Array:
        """All outputs, in one row of numbers."""
        return row(self.outputs(self.nodes(xs)))

    def where(self, slot: int, cell: tuple[int, ...]) -> str:
        """An element, as it would be written in Python."""
        return f"{self.labels[slot][1]}{brackets(cell)}"


def names_of(f: Callable[..., Any], count: int) -> list[str]:
    """What the arguments are called, for messages."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a builtin that does not say
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if not names and count == 1:
        return ["x"]
    return [names[i] if i < len(names) else f"input{i}" for i in range(count)]


def row(outputs: Sequence[Any]) -> Array:
    """All numbers of all outputs, one after the other."""
    arrays = [x.numpy() if isinstance(x, (Value, Tensor)) else np.asarray(x) for x in outputs]
    return np.concatenate([np.zeros(0), *(x.astype(np.float64).ravel() for x in arrays)])


def brackets(cell: tuple[int, ...]) -> str:
    """An index, as it would be written in Python; nothing for a single number."""
    return f"[{', '.join(map(str, cell))}]" if cell else ""


def _is_checked(x: Any) -> bool:
    if isinstance(x, (np.ndarray, np.generic, Tensor)):
        return x.dtype.kind == "f"
    return isinstance(x, (float, int, Value)) and not isinstance(x, bool)


def _as_float64(x: Any) -> Array:
    return np.array(x.numpy() if isinstance(x, (Value, Tensor)) else x, np.float64)
