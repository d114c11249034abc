"""What stands between the brackets of `x[...]`.

An `Index` is numpy's own index, checked, with private copies of its arrays: the backward pass
needs them as they were. It knows the shape of the array it is for, so that a gradient can be put
back in zeros of that shape; which flat positions it picks; and which of two writes to one
position is the last.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Recorder, plain

Array = np.ndarray[Any, Any]


class Index:
    """What stands between the brackets, checked, with the shape of the array it is for.

    Arrays and lists in it are copied: the backward pass needs them as they are now. Arrays,
    Tensors and lists must hold integers, or booleans (a mask).

    Raises:
        IndexingError: for anything that numpy does not index with.

    >>> Index((slice(1, None), [0, 2, 2], None), (4, 3))
    1:, [0, 2, 2], None
    """

    __slots__ = ("key", "lane", "lead", "once", "shape")

    key: tuple[Any, ...]  # what numpy is given
    shape: tuple[int, ...]  # of the array it is used on
    lead: int  # how many axes it deals with; the others come along whole
    lane: int | None  # the axis, if it picks along a single axis with one array of integers
    once: bool  # whether no element can be picked twice

    def __init__(self, index: Any, shape: tuple[int, ...]) -> None:
        items = index if isinstance(index, tuple) else (index,)
        self.key = key = tuple(_item(item) for item in items)
        self.shape = shape
        arrays = [item for item in key if isinstance(item, np.ndarray)]
        self.once = not arrays or (len(arrays) == 1 and arrays[0].dtype.kind == "b")
        *front, last = key or (None,)
        lone = len(arrays) == 1 and arrays[0] is last and not self.once
        self.lane = len(front) if lone and all(_is_whole(item) for item in front) else None
        dotted = any(item is ... for item in key)
        self.lead = len(shape) if dotted else sum(_axes_taken(item) for item in key)

    def __repr__(self) -> str:
        return ", ".join(_written(item) for item in self.key) or "()"

    @property
    def rest(self) -> tuple[int, ...]:
        """The sizes of the axes that come along whole."""
        return self.shape[self.lead :]

    def positions(self) -> Array:
        """Where each picked row lies, if the axes dealt with are laid out flat.

        Each axis contributes its coordinate times its stride. The coordinates are picked by the
        index itself, from an array of the full shape that takes no memory.
        """
        sizes = self.shape[: self.lead]
        total: Any = np.zeros((), np.intp)
        stride = 1
        for axis in reversed(range(self.lead)):
            steps = np.arange(sizes[axis]) * stride
            steps = steps.reshape(-1, *(1,) * (self.lead - axis - 1))
            total = total + np.broadcast_to(steps, sizes)[self.key]
            stride *= sizes[axis]
        if not self.lead:
            total = np.broadcast_to(total, ())[self.key]
        return np.asarray(total)

    def winners(self) -> Any:
        """Which of the picked rows is the last one picked from its place."""
        if self.once:
            return np.True_
        positions = self.positions()
        _, last = np.unique(positions.ravel()[::-1], return_index=True)
        wins = np.zeros(positions.size, bool)
        wins[positions.size - 1 - last] = True
        return wins.reshape(positions.shape + (1,) * len(self.rest))


def _item(item: Any) -> Any:
    """One part of an index, as numpy takes it."""
    if item is None or item is ... or item.__class__ is int:
        return item
    if isinstance(item, slice):
        return slice(_bound(item.start), _bound(item.stop), _bound(item.step))
    numbers = _numbers(item)
    if not isinstance(numbers, (list, tuple, np.ndarray, np.generic, int)):
        raise errors.bad_index(item)
    array = np.array(plain(numbers))
    if not array.size and isinstance(item, (list, tuple)):
        return array.astype(np.intp)  # numpy makes floats of []
    if array.dtype.kind not in "iub":
        raise errors.bad_index(item)
    if array.dtype.kind == "b":
        return array
    return array.astype(np.intp, copy=False) if array.ndim else int(array)


def _numbers(x: Any) -> Any:
    """A node's numbers; anything else as it is."""
    return x.numpy() if isinstance(x, Recorder) and hasattr(x, "numpy") else x


def _bound(x: Any) -> int | None:
    """One of the three numbers of a slice."""
    if x is None or x.__class__ is int:
        return x
    try:
        return operator.index(_numbers(x))
    except TypeError:
        raise errors.bad_index(x) from None


def _is_whole(item: Any) -> bool:
    return isinstance(item, slice) and item == slice(None)


def _axes_taken(item: Any) -> int:
    """How many axes of the array one part of an index uses up."""
    if item is None:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype.kind == "b" else 1


def _written(item: Any) -> str:
    """One part of an index, as one would write it."""
    if isinstance(item, slice):
        start, stop, step = (
            "" if x is None else str(x) for x in (item.start, item.stop, item.step)
        )
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if item is ...:
        return "..."
    if not isinstance(item, np.ndarray):
        return str(item)
    kind = "mask" if item.dtype.kind == "b" else "indices"
    return str(item.tolist()) if item.size <= 8 else f"<{kind} {item.shape}>"


def integers(name: str, indices: Any) -> Array:
    """Indices as an array of integers; a mask or a slice is refused."""
    array = np.asarray(_item(indices))
    if array.dtype.kind != "i":
        raise errors.integers_expected(name, indices)
    return array


def unraveled(name: str, where: Array, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """Indices into the flat array, as one array of coordinates per axis."""
    if not shape:
        raise errors.nothing_to_pick(name)
    size = math.prod(shape)
    outside = where[(where < -size) | (where >= size)]
    if outside.size:
        raise errors.outside(name, int(outside[0]), size)
    return np.unravel_index(where % size if size else where, shape)
