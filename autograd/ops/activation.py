"""Smooth activation functions, with PyTorch's names and defaults.

All are written so that large inputs neither overflow nor turn into nan. Numbers that shape an
activation (a slope, a scale) are inputs of the operation: they may be learned, and get a gradient
wherever there is one. The activations that consist of straight pieces are in `piecewise`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.arithmetic import abs, block, divide, greater
from autograd.ops.choose import _minimum_first, pick
from autograd.ops.op import Op, ieee
from autograd.ops.special import erfc_array
from autograd.ops.transcendental import erfc, exp, expm1
from autograd.ops.trigonometry import tanh

__all__ = [
    "celu",
    "elu",
    "gelu",
    "logsigmoid",
    "mish",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanhshrink",
]

ROOT_HALF = math.sqrt(0.5)
BELL = 1.0 / math.sqrt(2.0 * math.pi)
# Both constants of selu are from Klambauer and others, Self-Normalizing Neural Networks (2017).
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
# The tanh form of gelu is from Hendrycks and Gimpel, Gaussian Error Linear Units (2016).
GELU_INNER = math.sqrt(2.0 / math.pi)
GELU_CUBE = 0.044715

# --- sigmoid and its family -----------------------------------------------------------------------


def _sigmoid_array(x: Any) -> Any:
    # exp overflows to inf for very negative x, and 1 / inf is the right answer there.
    total = np.exp(np.negative(x))
    total += 1.0
    return np.divide(1.0, total)


def _soft_float(x: float) -> float:
    """log(1 + exp(x)) without overflow."""
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-math.fabs(x))) if x == x else x


def _soft_array(x: Any) -> Any:
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0)


sigmoid = Op(
    "sigmoid",
    "sigmoid({})",
    ieee(lambda x: 1.0 / (1.0 + math.exp(-x)), _sigmoid_array),
    _sigmoid_array,
    lambda g, out, _x: g * out * (1.0 - out),
    says="sigmoid: the gradient times result times 1 minus result; far from 0 little passes",
    doc="""1 / (1 + exp(-x)), element by element: squeezes any number between 0 and 1.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """,
)
logsigmoid = Op(
    "logsigmoid",
    "logsigmoid({})",
    lambda x: -_soft_float(-x),
    lambda x: -_soft_array(np.negative(x)),
    lambda g, out, x: g * sigmoid(-x),
    says="logsigmoid: the gradient times 1 minus the sigmoid of the input",
    doc="""log(sigmoid(x)), element by element, without overflow.

    >>> logsigmoid(-1000.0)
    -1000.0
    """,
)
_softplus = Op(
    "softplus",
    "softplus({}, {}, {})",
    lambda x, beta, threshold: x if x * beta > threshold else divide(_soft_float(x * beta), beta),
    lambda x, beta, threshold: pick(
        np.greater(np.multiply(x, beta), threshold),
        x,
        np.divide(_soft_array(np.multiply(x, beta)), beta),
    ),
    lambda g, out, x, beta, threshold: g * softplus_slope(x, beta, threshold),
    lambda g, out, x, beta, threshold: (
        g * divide(x * softplus_slope(x, beta, threshold) - out, beta)
    ),
    None,
    says="softplus: the gradient times the sigmoid of the input; 1 above the threshold",
)
softplus_slope = Op(
    "softplus_slope",
    "(1 if {0} * {1} > {2} else sigmoid({0} * {1}))",
    lambda x, beta, threshold: 1.0 if x * beta > threshold else sigmoid(x * beta),
    lambda x, beta, threshold: _one_above(
        np.greater(np.multiply(x, beta), threshold), _sigmoid_array(np.multiply(x, beta))
    ),
    lambda g, out, _x, beta, _threshold: g * out * (1.0 - out) * beta,
    lambda g, out, x, _beta, _threshold: g * out * (1.0 - out) * x,
    None,
    says="the slope of softplus",
)


def _one_above(condition: Any, slope: Any) -> Any:
    return pick(condition, slope.dtype.type(1.0), slope)


def softplus(x: Any, beta: Any = 1.0, threshold: Any = 20.0) -> Any:
    """log(1 + exp(beta * x)) / beta, element by element: a maximum(0, x) with a round corner.

    Args:
        x: a number, an array or a node.
        beta: how sharp the corner is; may be a node.
        threshold: where beta * x is above it, the result is x itself.

    >>> softplus(1000.0), softplus(-1000.0)
    (1000.0, 0.0)
    """
    return _softplus(x, beta, threshold)


def _silu_float(x: float) -> float:
    return x / (1.0 + math.exp(-x))


def _silu_array(x: Any) -> Any:
    total = np.exp(np.negative(x))
    total += 1.0
    return np.divide(x, total)


def _silu_rule(g: Any, out: Any, x: Any) -> Any:
    s = sigmoid(x)
    return g * s * (1.0 + x * (1.0 - s))


silu = Op(
    "silu",
    "silu({})",
    ieee(_silu_float, _silu_array),
    _silu_array,
    _silu_rule,
    says="silu: the gradient times s * (1 + x * (1 - s)), where s is the sigmoid of the input",
    doc="""x * sigmoid(x), element by element; also called swish.

    >>> silu(0.0)
    0.0
    """,
)


def _mish_rule(g: Any, out: Any, x: Any) -> Any:
    t = tanh(softplus(x))
    return g * (t + x * sigmoid(x) * (1.0 - t * t))


mish = Op(
    "mish",
    "mish({})",
    lambda x: x * math.tanh(_soft_float(x)),
    lambda x: np.multiply(x, np.tanh(_soft_array(x))),
    _mish_rule,
    says="mish: the gradient times t + x * sigmoid(x) * (1 - t * t), with t = tanh(softplus(x))",
    doc="""x * tanh(softplus(x)), element by element. Source: Misra, Mish (2019).

    >>> mish(0.0)
    0.0
    """,
)

# --- gelu -----------------------------------------------------------------------------------------

_gelu = Op(
    "gelu",
    "gelu({})",
    lambda x: x * (0.5 * math.erfc(-ROOT_HALF * x)),
    lambda x: np.multiply(x, 0.5 * erfc_array(np.multiply(x, -ROOT_HALF))),
    lambda g, out, x: g * (0.5 * erfc(-ROOT_HALF * x) + x * (BELL * exp(-0.5 * x * x))),
    says="gelu: the gradient times the bell curve's area left of x, plus x times its height at x",
)


def _gelu_tanh_rule(g: Any, out: Any, x: Any) -> Any:
    t = tanh(GELU_INNER * x * (1.0 + GELU_CUBE * x * x))
    inner = GELU_INNER * (1.0 + 3.0 * GELU_CUBE * x * x)
    return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner)


_gelu_tanh = Op(
    "gelu",
    "gelu({}, tanh)",
    lambda x: 0.5 * x * (1.0 + math.tanh(GELU_INNER * x * (1.0 + GELU_CUBE * x * x))),
    lambda x: 0.5 * x * (1.0 + np.tanh(GELU_INNER * x * (1.0 + GELU_CUBE * x * x))),
    _gelu_tanh_rule,
    says="gelu: the gradient times the slope of x / 2 * (1 + t), where t is a tanh of the input",
)


def gelu(x: Any, approximate: str = "none") -> Any:
    """x times the part of the standard normal distribution below x, element by element.

    Args:
        x: a number, an array or a node.
        approximate: "none", or "tanh" for the formula with a tanh that some models were trained
            with.

    Raises:
        OptionError: for another value of `approximate`.

    >>> gelu(0.0), gelu(100.0)
    (0.0, 100.0)
    """
    if approximate == "none":
        return _gelu(x)
    if approximate == "tanh":
        return _gelu_tanh(x)
    raise errors.unknown_option("gelu", "approximate", approximate, ("none", "tanh"))


# --- exponential below, straight above ------------------------------------------------------------


def _elu_float(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x)


def _elu_array(x: Any, alpha: Any) -> Any:
    return pick(np.greater(x, 0), x, np.multiply(np.expm1(x), alpha))


_elu = Op(
    "elu",
    "elu({}, {})",
    _elu_float,
    _elu_array,
    lambda g, out, x, alpha: g * elu_slope(x, alpha),
    lambda g, out, x, _alpha: g * expm1(_minimum_first(x, 0.0)),
    says="elu: the gradient passes above 0; below it shrinks with exp(x), and at 0 by alpha",
)
elu_slope = Op(
    "elu_slope",
    "(1 if {0} > 0 else {1} * exp({0}))",
    lambda x, alpha: 1.0 if x > 0.0 else alpha * math.exp(x),
    lambda x, alpha: _one_above(np.greater(x, 0), np.exp(x) * alpha),
    lambda g, out, x, _alpha: block(g * out, greater(x, 0.0)),
    lambda g, out, x, _alpha: block(g * exp(_minimum_first(x, 0.0)), greater(x, 0.0)),
    says="the slope of elu",
)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha * (exp(x) - 1) below, element by element.

    The slope at 0 is alpha. Source: Clevert and others, Exponential Linear Units (2015).

    Args:
        x: a number, an array or a node.
        alpha: how far below 0 it goes; may be a node.

    >>> elu(2.0), elu(-1000.0)
    (2.0, -1.0)
    """
    return _elu(x, alpha)


selu = Op(
    "selu",
    "selu({})",
    lambda x: SELU_SCALE * _elu_float(x, SELU_ALPHA),
    lambda x: _elu_array(x, SELU_ALPHA) * SELU_SCALE,
    lambda g, out, x: g * SELU_SCALE * elu_slope(x, SELU_ALPHA),
    says="selu: as elu, and both sides scaled so that layers keep mean 0 and variance 1",
    doc="""elu with a fixed alpha and scale that keep a deep network's numbers normal.

    Source of the constants: Klambauer and others, Self-Normalizing Neural Networks (2017).

    >>> selu(0.0)
    0.0
    """,
)


def _celu_float(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x / alpha)


def _celu_array(x: Any, alpha: Any) -> Any:
    return pick(np.greater(x, 0), x, np.expm1(np.divide(x, alpha)) * alpha)


def _celu_alpha_rule(g: Any, out: Any, x: Any, alpha: Any) -> Any:
    inner = divide(_minimum_first(x, 0.0), alpha)
    return g * (expm1(inner) - inner * exp(inner))


_celu = Op(
    "celu",
    "celu({}, {})",
    ieee(_celu_float, _celu_array),
    _celu_array,
    lambda g, out, x, alpha: g * exp(divide(_minimum_first(x, 0.0), alpha)),
    _celu_alpha_rule,
    says="celu: the gradient passes above 0; below it shrinks with exp(x / alpha)",
)


def celu(x: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha * (exp(x / alpha) - 1) below, element by element. Its slope at 0 is 1.

    Source: Barron, Continuously Differentiable Exponential Linear Units (2017).

    Args:
        x: a number, an array or a node.
        alpha: how far below 0 it goes; may be a node.

    Raises:
        OptionError: if alpha is the number 0.

    >>> celu(2.0), celu(-1000.0, 0.5)
    (2.0, -0.5)
    """
    if alpha.__class__ in (float, int) and not alpha:
        raise errors.out_of_range("celu", "alpha", "a number other than 0", alpha)
    return _celu(x, alpha)


# --- the rest of the family -----------------------------------------------------------------------


def _softsign_rule(g: Any, out: Any, x: Any) -> Any:
    size = 1.0 + abs(x)
    return g / (size * size)


softsign = Op(
    "softsign",
    "softsign({})",
    lambda x: x / (1.0 + math.fabs(x)),
    lambda x: np.divide(x, 1.0 + np.abs(x)),
    _softsign_rule,
    says="softsign: the gradient over the square of 1 plus the size of the input",
    doc="""x / (1 + abs(x)), element by element: between -1 and 1.

    >>> softsign(1.0)
    0.5
    """,
)


def _tanhshrink_rule(g: Any, out: Any, x: Any) -> Any:
    t = tanh(x)
    return g * t * t


tanhshrink = Op(
    "tanhshrink",
    "tanhshrink({})",
    lambda x: x - math.tanh(x),
    lambda x: np.subtract(x, np.tanh(x)),
    _tanhshrink_rule,
    says="tanhshrink: the gradient times the square of the input's tanh",
    doc="""x - tanh(x), element by element.

    >>> tanhshrink(0.0)
    0.0
    """,
)
