"""What an array node does while a gradient travels through it.

It receives shares from the nodes that read it, each brought to its own shape and dtype and added
to those before; when the walk reaches it, it hands them on. Nothing is copied on the way: the
first share is kept as it came. Only a leaf, whose gradient stays when all is done, sees to it
that nobody else holds the same array.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograd import errors, ops
from autograd.graph import FREED, Node, fitted
from autograd.rows import RowGradient
from autograd.value import Value

Array = np.ndarray[Any, Any]


class Receiver(Node):
    """The backward pass of an array node, which keeps its array in `_data`."""

    __slots__ = ("_data", "_params")

    _data: Array
    _params: dict[str, Any]

    def pull(self) -> None:
        if self.grad is None:
            return  # whatever read this node only looked at it
        self.check()
        # What `contributions` does, without a generator: the inner loop of array networks.
        op: Any = self.op
        if op is FREED:
            raise errors.freed(self)
        shares = op.shares(self.a, self.grad, self._data, self.x, self._params)
        for parent, share in zip(self.a, shares, strict=True):
            if share is not None:
                parent.receive(fitted(op, parent, share))

    def receive(self, share: Any) -> None:
        # The first to arrive is kept as it is: adding to zeros would cost as much as it.
        self.grad = share if self.grad is None else _sum(self.grad, share)

    def fit(self, share: Any) -> Any:
        if isinstance(share, Node):
            return self._fit_node(share)
        data = self._data
        if share.__class__ is not np.ndarray:
            if share.__class__ is RowGradient and self.op is None and share.shape == data.shape:
                return share if share.dtype == data.dtype else share.astype(data.dtype)
            share = np.asarray(share)
        if share.shape != data.shape:
            share = ops.unbroadcast(share, data.shape)
        if share.dtype != data.dtype:
            share = share.astype(data.dtype)
        return share

    def _fit_node(self, share: Any) -> Any:
        shape, dtype = self._data.shape, self._data.dtype
        if getattr(share, "shape", ()) != shape:
            share = ops.unbroadcast(share, shape)
        elif isinstance(share, Value):
            share = ops.broadcast_to(share, shape)
        if share.dtype != dtype:
            share = ops.astype(share, dtype)
        return share

    def commit(self, before: Any) -> None:
        rows = self.grad.__class__ is RowGradient
        if self.grad is None:
            self.grad = before
        elif before is not None:
            if getattr(before, "shape", ()) not in ((), self._data.shape):
                raise errors.earlier_gradient(self._data.shape, before.shape)
            self.grad = _sum(before, self.grad.copy() if rows else self.grad)
        elif rows or self.grad.base is not None or _holders(self) > ALONE:
            # Somebody else holds it too (an `add` hands one array to both sides, a lookup takes
            # its rows from the gradient of the result): a leaf's gradient is its own, to be
            # clipped or scaled in place.
            self.grad = self.grad.copy()

    def holds(self, data: Array) -> bool:
        return self._data is data or np.array_equal(self._data, data, equal_nan=True)

    def release(self) -> None:
        self.op, self.a, self.x, self._params, self.grad = FREED, (), (), {}, None

    def zero_grad(self) -> None:
        """Forget the gradient. Only leaves need it: other nodes start afresh at each pass."""
        self.grad = None


def _sum(x: Any, y: Any) -> Any:
    """Two gradients added. numpy gives scalars for arrays without dimensions."""
    total = x + y
    kept = total.__class__ is np.ndarray or total.__class__ is RowGradient
    return total if kept else np.asarray(total)


def _holders(node: Receiver) -> int:
    return sys.getrefcount(node.grad)


def _alone() -> int:
    """What `_holders` says of a gradient that nobody else holds: versions of Python differ."""
    node = object.__new__(Receiver)
    node.grad = np.zeros(1)
    return _holders(node)


ALONE = _alone()
