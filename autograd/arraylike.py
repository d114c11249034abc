"""What a Tensor does as an array and as a Python object: operators, comparisons, its shape.

Operators record; comparisons do not, they give plain boolean arrays. `==` compares elements, so
`in` and sets are told apart from it: a hash is that of the object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from autograd import errors, ops
from autograd.graph import Node
from autograd.methods import dressed, method
from autograd.ops.op import Op, Recorder, plain


def _operator(op: Op) -> Any:
    def method(self: ArrayLike, other: Any) -> Any:
        return Recorder.for_arrays.record(op, (self, other), {})

    return dressed(method, op)


def _reflected(op: Op) -> Any:
    def method(self: ArrayLike, other: Any) -> Any:
        return Recorder.for_arrays.record(op, (other, self), {})

    return dressed(method, op)


class ArrayLike:
    """The behaviour of arrays, for a class that keeps one in `_data`."""

    __slots__ = ()

    _data: np.ndarray[Any, Any]
    op: Op | None

    # --- what it is ------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The size along each axis."""
        return self._data.shape  # type: ignore[no-any-return]  # numpy's own annotation

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of number."""
        return self._data.dtype  # type: ignore[no-any-return]  # numpy's own annotation

    @property
    def T(self) -> Any:
        """All axes in reverse order."""
        return ops.transpose(self)

    def item(self) -> float:
        """The one number in this tensor."""
        if self.size != 1:
            raise errors.not_one_number(self.shape)
        return self._data.item()  # type: ignore[no-any-return]

    # --- operators -----------------------------------------------------------------------------

    __add__ = _operator(ops.add)
    __radd__ = _reflected(ops.add)
    __sub__ = _operator(ops.subtract)
    __rsub__ = _reflected(ops.subtract)
    __mul__ = _operator(ops.multiply)
    __rmul__ = _reflected(ops.multiply)
    __truediv__ = _operator(ops.divide)
    __rtruediv__ = _reflected(ops.divide)
    __pow__ = _operator(ops.power)
    __rpow__ = _reflected(ops.power)
    __matmul__ = _operator(ops.matmul)
    __rmatmul__ = _reflected(ops.matmul)
    __neg__ = method(ops.negative)
    __abs__ = method(ops.abs)

    def __pos__(self) -> Self:
        return self

    def __round__(self, ndigits: int | None = None) -> Any:
        return ops.round(self, ndigits or 0)

    def __getitem__(self, index: Any) -> Any:
        return ops.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise errors.read_only("item assignment") if self.op else errors.no_item_assignment()

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        if not self._data.ndim:
            raise errors.no_length()
        return len(self._data)

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self._data == _raw(item)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise errors.no_truth(self.shape)
        return bool(self._data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __eq__(self, other: object) -> Any:
        return _compare(ops.equal, self, other) if _comparable(other) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return _compare(ops.not_equal, self, other) if _comparable(other) else NotImplemented

    def __lt__(self, other: Any) -> Any:
        return _compare(ops.less, self, other)

    def __le__(self, other: Any) -> Any:
        return _compare(ops.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compare(ops.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compare(ops.greater_equal, self, other)

    __hash__ = object.__hash__


def _raw(x: Any) -> Any:
    return x._data if isinstance(x, ArrayLike) else x.data if isinstance(x, Node) else x


def _comparable(other: Any) -> bool:
    return isinstance(other, (Node, np.ndarray, np.generic, int, float, list, tuple))


def _compare(op: Op, x: ArrayLike, y: Any) -> Any:
    """A comparison as a plain boolean array: it has no gradient to record."""
    return op.run([x._data, plain(_raw(y))], {})
