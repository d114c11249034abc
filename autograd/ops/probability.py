"""Softmax and its logarithm: scores along an axis as shares of one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.ops import reduce
from autograd.ops.op import array_op
from autograd.ops.transcendental import exp

__all__ = ["log_softmax", "softmax"]


def _below_peak(x: Any, axis: Any) -> Any:
    """x minus its maximum along an axis, so that exp of it cannot overflow."""
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    return x - np.maximum.reduce(x, axis=axis, keepdims=True, initial=-math.inf)


@array_op(
    "softmax({}, {axis})",
    lambda g, out, _x, axis: out * (g - reduce.sum(g * out, axis=axis, keepdims=True)),
    says="softmax: the gradient minus its mean under the result, times the result",
)
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) divided by its sum along an axis: positive numbers that add up to 1.

    Args:
        x: an array or Tensor.
        axis: an axis, a tuple of axes, or None for all.

    Raises:
        IndexingError: if x has no such axis.
        DTypeError: for single Values.

    >>> import numpy as np
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    result = np.exp(_below_peak(np.asarray(x), axis))
    result /= np.add.reduce(result, axis=axis, keepdims=True)
    return result


@array_op(
    "log_softmax({}, {axis})",
    lambda g, out, _x, axis: g - exp(out) * reduce.sum(g, axis=axis, keepdims=True),
    says="log_softmax: the gradient minus its sum times the softmax",
)
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of `softmax`, without overflow and exact for small probabilities.

    Args:
        x: an array or Tensor.
        axis: an axis, a tuple of axes, or None for all.

    Raises:
        IndexingError: if x has no such axis.
        DTypeError: for single Values.

    >>> import numpy as np
    >>> log_softmax(np.array([0.0, -1000.0]))
    array([    0., -1000.])
    """
    result = _below_peak(np.asarray(x), axis)
    result -= np.log(np.add.reduce(np.exp(result), axis=axis, keepdims=True))
    return result
