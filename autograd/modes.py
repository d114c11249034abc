"""What is in force around a computation: recording or not, the collector paused, the dtype.

Each is a context manager that also works as a decorator, restores what it found, and nests.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import errors


class _Recording(threading.local):
    """Whether tensors record, per thread."""

    on = True


recording = _Recording()


@contextmanager
def no_grad() -> Iterator[None]:
    """Tensors record nothing in here, whatever asks for a gradient. Per thread.

    A `Value` records always: a scalar network runs on plain floats when nothing is to be recorded.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     y = w * 2
    >>> y.requires_grad
    False
    """
    before = recording.on
    recording.on = False
    try:
        yield
    finally:
        recording.on = before


@contextmanager
def enable_grad() -> Iterator[None]:
    """Tensors record again, inside a `no_grad()`.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad(), enable_grad():
    ...     y = w * 2
    >>> y.requires_grad
    True
    """
    before = recording.on
    recording.on = True
    try:
        yield
    finally:
        recording.on = before


@contextmanager
def paused_gc() -> Iterator[None]:
    """Python's cyclic garbage collector rests in here.

    A graph has no cycles, so the collector finds nothing in it, but it looks: in a loop that
    builds graphs of scalars, most of the time goes into looking. Put it around a training step
    or loop. Cyclic garbage of other code waits until the end of the block. State and nesting are
    respected: if the collector was off before, it stays off.

    >>> import gc
    >>> with paused_gc():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_dtype: list[np.dtype[Any]] = [np.dtype(np.float32)]


def get_default_dtype() -> np.dtype[Any]:
    """The dtype that layers make their parameters in: float32, or what `default_dtype` says.

    >>> get_default_dtype()
    dtype('float32')
    """
    return _dtype[-1]


@contextmanager
def default_dtype(dtype: Any) -> Iterator[None]:
    """Layers made in here have parameters of this dtype.

    Tensors are not affected: they have the dtype of their data.

    Raises:
        DTypeError: unless `dtype` is a floating-point dtype.

    >>> import numpy as np
    >>> with default_dtype(np.float64):
    ...     get_default_dtype()
    dtype('float64')
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise errors.not_floating(dtype)
    _dtype.append(dtype)
    try:
        yield
    finally:
        _dtype.pop()
