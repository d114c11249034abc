"""Activations under PyTorch's names: autograd's own functions, and a few made of them.

All work on anything autograd works on: numbers, arrays, Values and Tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from nn import errors
from nn.functional.checks import whole_axis
from nn.inputs import as_target

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]

# --- made of straight pieces ----------------------------------------------------------------------


def relu(input: Any) -> Any:
    """The larger of 0 and x; at 0 the slope is 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return ag.relu(input)


def relu6(input: Any) -> Any:
    """relu, but not above 6; the slope is 0 at both corners.

    >>> relu6(np.array([-1.0, 2.0, 9.0]))
    array([0., 2., 6.])
    """
    return ag.relu6(input)


def leaky_relu(input: Any, negative_slope: Any = 0.01) -> Any:
    """x above 0, negative_slope * x below (and at 0).

    >>> leaky_relu(np.array([-1.0, 2.0]), 0.5)
    array([-0.5,  2. ])
    """
    return ag.leaky_relu(input, negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """leaky_relu with slopes that may be learned: one for all, or one per channel on axis 1.

    Args:
        input: (N, C, ...), or anything if there is one slope.
        weight: the slopes, (C,) or (1,) or a single number.

    Raises:
        ShapeError: if the number of slopes is not that of the channels.

    He et al., "Delving Deep into Rectifiers", 2015.

    >>> prelu(np.array([[-1.0, -1.0]]), np.array([0.5, 0.25]))
    array([[-0.5 , -0.25]])
    """
    slopes, shape = np.shape(weight), np.shape(input)
    if slopes in ((), (1,)):
        return ag.leaky_relu(input, ag.reshape(weight, ()) if slopes else weight)
    if len(slopes) != 1 or len(shape) < 2 or shape[1] != slopes[0]:
        raise errors.wrong_slopes(shape, slopes)
    return ag.leaky_relu(input, ag.reshape(weight, (-1,) + (1,) * (len(shape) - 2)))


def hardtanh(input: Any, min_val: Any = -1.0, max_val: Any = 1.0) -> Any:
    """x between two bounds, and the bounds beyond; the slope at a bound is 0.

    >>> hardtanh(np.array([-3.0, 0.5]))
    array([-1. ,  0.5])
    """
    return ag.hardtanh(input, min_val, max_val)


def hardsigmoid(input: Any) -> Any:
    """(x + 3) / 6 between -3 and 3, then 0 and 1.

    >>> hardsigmoid(np.array([0.0, 4.0]))
    array([0.5, 1. ])
    """
    return ag.hardsigmoid(input)


def hardswish(input: Any) -> Any:
    """x * hardsigmoid(x).

    >>> hardswish(np.array([0.0, 3.0]))
    array([0., 3.])
    """
    return ag.hardswish(input)


def hardshrink(input: Any, lambd: Any = 0.5) -> Any:
    """x where it is further from 0 than lambd, else 0.

    >>> hardshrink(np.array([0.25, 2.0]))
    array([0., 2.])
    """
    return ag.hardshrink(input, lambd)


def softshrink(input: Any, lambd: Any = 0.5) -> Any:
    """x moved towards 0 by lambd, and 0 if it was closer than that.

    >>> softshrink(np.array([0.25, 2.0]))
    array([0. , 1.5])
    """
    return ag.softshrink(input, lambd)


def threshold(input: Any, threshold: Any, value: Any) -> Any:
    """x where it is above the threshold, else `value`.

    >>> import nn
    >>> nn.functional.threshold(np.array([1.0, 2.0]), 1.0, -1.0)
    array([-1.,  2.])
    """
    return ag.threshold(input, threshold, value)


# --- smooth ---------------------------------------------------------------------------------------


def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-x)): anything to between 0 and 1.

    >>> sigmoid(np.array([0.0]))
    array([0.5])
    """
    return ag.sigmoid(input)


def logsigmoid(input: Any) -> Any:
    """log(sigmoid(x)), without overflow.

    >>> logsigmoid(np.array([-1000.0]))
    array([-1000.])
    """
    return ag.logsigmoid(input)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent: anything to between -1 and 1.

    >>> tanh(np.array([0.0]))
    array([0.])
    """
    return ag.tanh(input)


def tanhshrink(input: Any) -> Any:
    """x - tanh(x).

    >>> tanhshrink(np.array([0.0]))
    array([0.])
    """
    return ag.tanhshrink(input)


def softsign(input: Any) -> Any:
    """x / (1 + abs(x)): anything to between -1 and 1.

    >>> softsign(np.array([1.0]))
    array([0.5])
    """
    return ag.softsign(input)


def softplus(input: Any, beta: Any = 1.0, threshold: Any = 20.0) -> Any:
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x is above the threshold.

    >>> softplus(np.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """
    return ag.softplus(input, beta, threshold)


def elu(input: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha * (exp(x) - 1) below.

    >>> elu(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """
    return ag.elu(input, alpha)


def selu(input: Any) -> Any:
    """elu with a scale that keeps mean 0 and variance 1 through layers.

    >>> selu(np.array([0.0, 1.0])).round(4)
    array([0.    , 1.0507])
    """
    return ag.selu(input)


def celu(input: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha * (exp(x / alpha) - 1) below.

    >>> celu(np.array([-1000.0, 2.0]), 0.5)
    array([-0.5,  2. ])
    """
    return ag.celu(input, alpha)


def gelu(input: Any, approximate: str = "none") -> Any:
    """x times the part of the normal distribution below x; "tanh" for the approximate formula.

    >>> gelu(np.array([0.0, 100.0]))
    array([  0., 100.])
    """
    return ag.gelu(input, approximate)


def silu(input: Any) -> Any:
    """x * sigmoid(x).

    >>> silu(np.array([0.0]))
    array([0.])
    """
    return ag.silu(input)


def mish(input: Any) -> Any:
    """x * tanh(softplus(x)).

    >>> mish(np.array([0.0]))
    array([0.])
    """
    return ag.mish(input)


# --- along an axis --------------------------------------------------------------------------------


def glu(input: Any, dim: int = -1) -> Any:
    """One half along an axis, times the sigmoid of the other half.

    Raises:
        ShapeError: if the size of the axis is odd.

    >>> glu(np.array([2.0, 4.0, 0.0, 0.0]))
    array([1., 2.])
    """
    input = as_target(input)
    shape = input.shape
    if not shape or (-len(shape) <= dim < len(shape) and shape[dim] % 2):
        raise errors.no_halves(dim, shape)
    kept, gate = ag.split(input, 2, axis=dim)
    return kept * ag.sigmoid(gate)


def softmax(input: Any, dim: int | None = None) -> Any:
    """exp(x) over its sum along an axis: scores to probabilities.

    The axis must be said: PyTorch guesses one that depends on the number of axes, with a warning.

    >>> softmax(np.array([[0.0, 0.0]]), 1)
    array([[0.5, 0.5]])
    """
    return ag.softmax(input, axis=whole_axis("softmax", dim))


def softmin(input: Any, dim: int | None = None) -> Any:
    """softmax(-x) along an axis: the smallest gets the most.

    >>> softmin(np.array([0.0, 1000.0]), 0)
    array([1., 0.])
    """
    return ag.softmax(ag.negative(input), axis=whole_axis("softmin", dim))


def log_softmax(input: Any, dim: int | None = None) -> Any:
    """log(softmax(x)) along an axis, without overflow.

    >>> log_softmax(np.array([0.0, 1000.0]), 0)
    array([-1000.,     0.])
    """
    return ag.log_softmax(input, axis=whole_axis("log_softmax", dim))
