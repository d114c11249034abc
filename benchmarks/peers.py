"""The scalar engines behind one small face.

Each turns numbers into leaves, has a `relu` and a `maximum`, and gives back the gradients of a
root. Everything in between is written once, with Python's operators. A peer is imported when it
is made, so that a process holds only the one it measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Peer(Protocol):
    """What a workload needs of a scalar engine."""

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        """New inputs, at the start of a new computation."""
        ...

    def gradients(self, root: Any, leaves: Sequence[Any]) -> list[float]:
        """Run backward from `root`, and collect."""
        ...

    def relu(self, x: Any) -> Any: ...

    def maximum(self, x: Any, y: Any) -> Any: ...


class Ours:
    """glassgrad; with `free`, backward lets go of the graph as it goes."""

    def __init__(self, free: bool = False) -> None:
        import autograd

        self.maximum = autograd.maximum
        self.leaf = autograd.Value
        self.free = free

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        return [self.leaf(number) for number in numbers]

    def gradients(self, root: Any, leaves: Sequence[Any]) -> list[float]:
        root.backward(free=self.free)
        return [leaf.grad for leaf in leaves]

    def relu(self, x: Any) -> Any:
        return x.relu()


class Micrograd:
    """micrograd, which has neither a maximum nor many-input nodes."""

    def __init__(self) -> None:
        from micrograd.engine import Value

        self.leaf = Value

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        return [self.leaf(number) for number in numbers]

    def gradients(self, root: Any, leaves: Sequence[Any]) -> list[float]:
        root.backward()
        return [leaf.grad for leaf in leaves]

    def relu(self, x: Any) -> Any:
        return x.relu()

    def maximum(self, x: Any, y: Any) -> Any:
        return x + (y - x).relu()


class Xad:
    """XAD: a tape in C++ that every operation is written to."""

    def __init__(self) -> None:
        from xad import math
        from xad.adj_1st import Real, Tape

        self.maximum = math.max
        self.leaf = Real
        self.tape = Tape()
        self.tape.activate()

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        self.tape.clearAll()
        leaves = [self.leaf(number) for number in numbers]
        self.tape.registerInputs(leaves)
        self.tape.newRecording()
        return leaves

    def gradients(self, root: Any, leaves: Sequence[Any]) -> list[float]:
        self.tape.registerOutput(root)
        root.derivative = 1.0
        self.tape.computeAdjoints()
        return [leaf.derivative for leaf in leaves]

    def relu(self, x: Any) -> Any:
        return self.maximum(x, 0.0)


class Torch:
    """PyTorch with tensors of one number: what it is not made for, but what people try."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.relu = torch.relu
        self.maximum = torch.maximum

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        double = self.torch.float64
        return [self.torch.tensor(x, dtype=double, requires_grad=True) for x in numbers]

    def gradients(self, root: Any, leaves: Sequence[Any]) -> list[float]:
        root.backward()
        return [float(leaf.grad) for leaf in leaves]


def peer(column: str) -> Peer:
    """The engine of a column. Our own variants differ in how the workload uses it."""
    makers: dict[str, Any] = {"micrograd": Micrograd, "xad": Xad, "torch": Torch}
    if column in makers:
        return makers[column]()  # type: ignore[no-any-return]  # looked up by name
    return Ours(free=column.endswith("free"))
