"""The gradient of a table of which only some rows were used.

A lookup reads a few rows of a table. The gradient of the others is 0, and an array of the table's
shape would hold hardly anything else. So the gradient is kept as what was sent: which rows, and
what arrived at each. Adding two such gradients puts their rows behind each other; the same row may
stand there many times, and counts with its sum. Nothing of the table's size is made until somebody
uses the gradient as an array.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autograd import errors

Array = np.ndarray[Any, Any]
Part = tuple[Array, Array]
CHUNK = 65536  # positions computed at a time, so that they stay in the cache


class RowGradient(NDArrayOperatorsMixin):
    """A gradient of a table, as the rows that got one.

    It is what backward leaves in `.grad` of a table that was only read by
    `take(..., axis=0, sparse=True)`, as `nn.Embedding(sparse=True)` does. It is an array-like:
    `np.asarray(grad)`, and any function of numpy, sees the array it stands for. Two of them are
    added, and one is scaled by a number, without making that array.

    Args:
        indices: which rows, whole numbers from 0 on; a row may stand there several times.
        values: what arrives at each, one row per index; both are copied.
        shape: the shape of the table.

    Attributes:
        coalesced: whether no row stands there twice, and they are in order.

    Raises:
        ShapeError: for values that are not one row of the table per index.
        DTypeError: for values that are no floating-point numbers.
        IndexingError: for indices that are no rows of the table.

    >>> grad = RowGradient([2, 0, 2], [[1.0], [5.0], [3.0]], (4, 1))
    >>> grad.to_dense().ravel()
    array([5., 0., 4., 0.])
    >>> grad.coalesce()
    RowGradient(indices=array([0, 2]), values=array([[5.],
           [4.]]), shape=(4, 1))
    """

    __slots__ = ("_parts", "coalesced", "shape")

    _parts: list[Part]  # put together when somebody asks for them
    shape: tuple[int, ...]
    coalesced: bool

    def __init__(self, indices: Any, values: Any, shape: tuple[int, ...]) -> None:
        indices, values, shape = np.array(indices), np.array(values), tuple(shape)
        if not indices.size:
            indices = indices.astype(np.intp)  # an empty list has no dtype of its own
        if not shape or indices.ndim != 1 or values.shape != (indices.size, *shape[1:]):
            raise errors.wrong_rows(shape, indices.shape, values.shape)
        if values.dtype.kind != "f":
            raise errors.integers_want_gradient(values.dtype)
        inside = indices.dtype.kind in "iu" and bool(np.all((indices >= 0) & (indices < shape[0])))
        if not inside:
            raise errors.not_rows(indices, shape)
        self._set([(indices.astype(np.intp), values)], shape, False)

    def _set(self, parts: list[Part], shape: tuple[int, ...], coalesced: bool) -> None:
        self._parts, self.shape, self.coalesced = parts, shape, coalesced

    @classmethod
    def sent(
        cls, parts: list[Part], shape: tuple[int, ...], coalesced: bool = False
    ) -> RowGradient:
        """For the engine: around arrays that are known to fit. No copy, no check."""
        grad = object.__new__(cls)
        grad._set(parts, shape, coalesced)
        return grad

    # --- what it holds -------------------------------------------------------------------------

    @property
    def indices(self) -> Array:
        """Which rows, in the order in which their gradients arrived."""
        return self._whole()[0]

    @property
    def values(self) -> Array:
        """What arrived at each of them."""
        return self._whole()[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of number."""
        return np.result_type(*[values for _, values in self._parts])

    @property
    def ndim(self) -> int:
        """The number of axes of the table."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements of the table."""
        return math.prod(self.shape)

    def _whole(self) -> Part:
        if len(self._parts) > 1:
            indices, values = zip(*self._parts, strict=True)
            self._parts = [(np.concatenate(indices), np.concatenate(values))]
        return self._parts[0]

    def __repr__(self) -> str:
        return f"RowGradient(indices={self.indices!r}, values={self.values!r}, shape={self.shape})"

    def __getitem__(self, index: Any) -> Any:
        return self.to_dense()[index]

    # --- the same in another form --------------------------------------------------------------

    def coalesce(self) -> Self:
        """Bring the rows in order, each once, with the sum of what arrived. Returns itself."""
        if not self.coalesced:
            indices, values = self._whole()
            rows, places = np.unique(indices, return_inverse=True)
            sums = np.zeros((len(rows), *self.shape[1:]), values.dtype)
            add_rows(sums, places, values)
            self._set([(rows, sums)], self.shape, True)
        return self

    def to_dense(self) -> Array:
        """The array of the table's shape that this stands for."""
        out = np.zeros(self.shape, self.dtype)
        self.add_to(out)
        return out

    def add_to(self, out: Array) -> None:
        """Add the rows to an array of the table's shape, in place (in C order)."""
        for indices, values in self._parts:
            add_rows(out, indices, values)

    def copy(self) -> RowGradient:
        """The same on arrays of its own."""
        indices, values = self._whole()
        return self.sent([(indices.copy(), values.copy())], self.shape, self.coalesced)

    def astype(self, dtype: Any) -> RowGradient:
        """The same in another kind of number."""
        indices, values = self._whole()
        return self.sent([(indices, values.astype(dtype))], self.shape, self.coalesced)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("a RowGradient holds no array of its shape; one must be made")
        return self.to_dense().astype(self.dtype if dtype is None else dtype, copy=False)

    # --- arithmetic ----------------------------------------------------------------------------

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        """Sums and multiples stay what they are; for anything else it is an array."""
        if out is not None and isinstance(out[0], RowGradient):
            out = None  # what `grad *= 0.5` asks for: the name gets the new one
        if method == "__call__" and out is None and not options:
            if ufunc is np.add:
                return _sum(*inputs)
            if _is_multiple(ufunc, inputs):
                indices, values = self._whole()
                values = ufunc(*[values if x is self else x for x in inputs])
                return self.sent([(indices, values)], self.shape, self.coalesced)
        if out is not None:
            options["out"] = out
        return getattr(ufunc, method)(*map(_array, inputs), **options)


def _array(x: Any) -> Any:
    return x.to_dense() if isinstance(x, RowGradient) else x


def _sum(x: Any, y: Any) -> Any:
    """x + y: rows if both are."""
    if not isinstance(x, RowGradient):
        x, y = y, x
    if isinstance(y, RowGradient) and x.shape == y.shape:
        return RowGradient.sent([*x._parts, *y._parts], x.shape)
    if not isinstance(y, np.ndarray) or x.shape != y.shape:
        return np.add(x.to_dense(), _array(y))
    out = np.array(y, np.result_type(x.dtype, y.dtype), order="C")
    x.add_to(out)
    return out


def _is_multiple(ufunc: Any, inputs: Any) -> bool:
    """Whether this is rows times a number, over a number, or negated."""
    first, *rest = inputs
    if not isinstance(first, RowGradient):
        first, *rest = rest[0], first
        if ufunc is np.divide:
            return False
    linear = ufunc in (np.multiply, np.divide, np.negative)
    return linear and all(isinstance(x, (int, float, np.number)) for x in rest)


def add_rows(out: Array, places: Array, values: Array) -> None:
    """Add values[i] to out[places[i]] for each i, repeats included; `out` is in C order.

    numpy's `add.at` is quick on flat arrays only, so the places are translated to flat positions.
    """
    length = math.prod(out.shape[1:])
    if not values.size:
        return
    flat = out.reshape(-1)
    values = values.astype(out.dtype, copy=False).reshape(-1, length)
    places = places.ravel() * length
    along = np.arange(length)
    step = max(1, CHUNK // length)
    for start in range(0, len(places), step):
        part = slice(start, start + step)
        np.add.at(flat, (places[part, None] + along).ravel(), values[part].ravel())
