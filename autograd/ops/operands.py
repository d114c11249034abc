"""What public functions do with their arguments before an operation runs.

An `Op` takes operands and ready-made parameters. These helpers make the parameters out of what
people pass: axes counted from the end, sizes as a list, a Value where an array is expected.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd import errors
from autograd.ops.op import Op, Recorder, plain, recorder_of


def operand(x: Any) -> Any:
    """`x` as an operation takes it: nodes and symbols as they are, the rest as numpy sees it."""
    return x if isinstance(x, Recorder) else plain(x)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an operand; numbers, Values and symbols have ().

    >>> shape_of(operand([[1.0, 2.0]])), shape_of(3.0)
    ((1, 2), ())
    """
    return getattr(x, "shape", ())


def on_arrays(op: Op, *operands: Any, **params: Any) -> Any:
    """Call an operation of arrays; a Value among the operands is an array without dimensions."""
    recorder = recorder_of(operands)
    if recorder is not None and recorder.rank < Recorder.for_arrays.rank:
        return Recorder.for_arrays.record(op, operands, params)
    return op(*operands, **params)


def axes_of(name: str, x: Any, axis: Any, more: int = 0) -> tuple[int, ...]:
    """One axis or several, counted from the front; `more` is how many axes x is about to gain.

    Raises:
        IndexingError: for an axis that is not there.
        ShapeError: for an axis named twice.
        DTypeError: for something that is not a whole number.

    >>> axes_of("flip", np.zeros((2, 3, 4)), (0, -1))
    (0, 2)
    """
    try:
        return normalize_axis_tuple(axis, len(shape_of(x)) + more)
    except (ValueError, TypeError) as error:  # numpy's AxisError is a ValueError
        raise errors.kernel_failed(name, [x], error) from error


def whole(name: str, option: str, x: Any) -> int:
    """`x` as a Python int, if it is a whole number.

    >>> whole("roll", "shift", np.int32(3))
    3
    """
    try:
        return operator.index(x)
    except TypeError:
        raise errors.whole_expected(name, option, x) from None


def wholes(name: str, option: str, xs: Any) -> tuple[int, ...]:
    """One whole number or several, as a tuple.

    >>> wholes("reshape", "shape", [2, -1]), wholes("reshape", "shape", 6)
    ((2, -1), (6,))
    """
    if isinstance(xs, (list, tuple)) or (isinstance(xs, np.ndarray) and xs.ndim == 1):
        return tuple(whole(name, option, x) for x in xs)
    return (whole(name, option, xs),)
