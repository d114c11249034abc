"""What is known about a node beside the graph: name, hooks, and the line and module that made it.

These are rare, so they cost a node nothing: they live in tables of their own, by identity, and
leave with the node. `detect_anomaly` is here too: while it is on, every new node and every
gradient is checked, and the first that is not finite is named with the line that made it.
"""

from __future__ import annotations

import math
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from autograd import errors
from autograd.ops.op import Recorder
from autograd.rows import RowGradient

T = TypeVar("T")


class _Mark(weakref.ref[Any]):
    """A reference to a node that knows its place in a table of notes."""

    __slots__ = ("key",)
    key: int


class Notes(Generic[T]):
    """A dictionary from nodes to notes, by identity; a note goes when its node goes."""

    def __init__(self) -> None:
        self._notes: dict[int, tuple[_Mark, T]] = {}
        notes = self._notes
        self._gone = lambda mark: notes.pop(mark.key, None)

    def __bool__(self) -> bool:
        return bool(self._notes)

    def get(self, node: Any) -> T | None:
        found = self._notes.get(id(node))
        return found[1] if found else None

    def put(self, node: Any, note: T) -> None:
        mark = _Mark(node, self._gone)
        mark.key = key = id(node)
        self._notes[key] = (mark, note)

    def drop(self, node: Any) -> None:
        self._notes.pop(id(node), None)

    def living(self) -> Iterator[tuple[Any, T]]:
        """The nodes that have a note, each with it."""
        for ref, note in list(self._notes.values()):
            if (node := ref()) is not None:
                yield node, note


names: Notes[str] = Notes()
hooks: Notes[list[Hook]] = Notes()
origins: Notes[str] = Notes()
calls: Notes[tuple[Call, ...]] = Notes()
cells_of: Notes[Any] = Notes()  # of a scalar that stands for a cell of a parameter: that parameter
learned: Notes[bool] = Notes()  # of a scalar that is a parameter itself
watching: list[Anomaly] = []  # not empty while detect_anomaly is in force


def as_parameter(value: Any) -> Any:
    """Mark a number that a network learns, so that pictures and texts call it a parameter.

    The neurons of `nn.scalar` do this with their weights. Optimisers do not ask for it.

    Returns:
        The same Value.

    >>> from autograd import Value
    >>> from autograd.viz import trace
    >>> w = as_parameter(Value(0.5, name="w"))
    >>> trace(w * 2.0).item("w").kind
    'parameter'
    """
    if not isinstance(value, Recorder):
        raise errors.not_learned(value)
    learned.put(value, True)
    return value


def is_parameter(node: Any) -> bool:
    """Whether a network learns this number or array, or the one that this is a cell of."""
    return node.learned or bool(learned.get(node)) or cells_of.get(node) is not None


class Call(NamedTuple):
    """One call that a node came out of: whose, and the nodes that went in."""

    maker: Any
    inputs: tuple[weakref.ref[Any], ...]


def made_by(maker: Any, inputs: Any, output: Any) -> None:
    """Note that `output` came out of `maker`, a module or a name, when `inputs` went in.

    Pictures draw a frame around what lies between. Layers do this by themselves.

    Args:
        maker: a module, or the text to write on the frame.
        inputs, output: nodes, or lists and tuples of them; anything else is left out.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> y = x * x + 1
    >>> made_by("square and one more", x, y)
    """
    call = None
    for node in _nodes_in(output):
        if node.op is not None:
            if call is None:
                call = Call(maker, tuple(weakref.ref(x) for x in _nodes_in(inputs)))
            calls.put(node, (*(calls.get(node) or ()), call))


def _nodes_in(x: Any) -> Iterator[Any]:
    if isinstance(x, (list, tuple)):
        for item in x:
            yield from _nodes_in(item)
    elif isinstance(x, Recorder):
        yield x


class Hook:
    """What `register_hook` returns: `remove()` takes the hook off again."""

    def __init__(self, node: Any, function: Callable[[Any], Any]) -> None:
        if not callable(function):
            raise errors.function_expected("register_hook", function)
        self._node = weakref.ref(node)
        self.function = function
        hooks.put(node, [*(hooks.get(node) or []), self])

    def remove(self) -> None:
        node = self._node()
        if node is None:
            return
        rest = [hook for hook in hooks.get(node) or [] if hook is not self]
        if rest:
            hooks.put(node, rest)
        else:
            hooks.drop(node)


def run_hooks(node: Any, grad: Any) -> Any:
    """The gradient of `node` after its hooks have seen (and perhaps replaced) it."""
    for hook in hooks.get(node) or []:
        replaced = hook.function(_shown(grad))
        if replaced is not None:
            grad = node.as_gradient(replaced)
    return grad


def _shown(grad: Any) -> Any:
    """A gradient to look at: an array may be shared with other nodes, so it is read-only."""
    if isinstance(grad, RowGradient):
        return grad.copy()
    if isinstance(grad, np.ndarray):
        grad = grad.view()
        grad.flags.writeable = False
    return grad


class Anomaly:
    """Checks one node or gradient after another; remembers the line that made each node."""

    def made(self, node: Any) -> None:
        origin = _line_of_user()
        origins.put(node, origin)
        if not finite(node.data):
            raise errors.anomaly("the result", node.op.name, node, f", made at {origin}")

    def arrived(self, node: Any, sender: Any, share: Any) -> None:
        if not finite(share):
            origin = origins.get(sender)
            where = f", sent by the {sender.op.name} made at {origin}" if origin else ""
            raise errors.anomaly("the gradient", sender.op.name, node, where)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """While in force, stop at the first nan or infinity, forward or backward.

    The error names the operation, the node, and the source line that made it. Costs time:
    meant for looking for a fault, not for training.

    Raises:
        AnomalyError: where a result, or a gradient sent to an input, is not finite.

    >>> from autograd import Value
    >>> with detect_anomaly():
    ...     Value(-1.0).log()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    autograd.errors.AnomalyError: the result of log is the first that is not finite: ...
    """
    watching.append(Anomaly())
    try:
        yield
    finally:
        watching.pop()


def finite(x: Any) -> bool:
    """Whether every number in `x`, or in the node `x`, is finite."""
    if isinstance(x, RowGradient):
        x = x.values
    x = getattr(x, "data", x) if not isinstance(x, np.ndarray) else x
    return math.isfinite(x) if isinstance(x, float) else bool(np.all(np.isfinite(x)))


OURS = tuple(f"{Path(__file__).parent.parent / package}{os.sep}" for package in ("autograd", "nn"))


def _line_of_user() -> str:
    """The innermost source line outside this library: file:line in function."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
