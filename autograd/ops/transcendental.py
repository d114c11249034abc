"""Powers, roots, exponentials, logarithms and the error function.

Rules divide with the operation `divide`, which follows IEEE on floats as well (1 / 0 is inf, not
an exception), or with `over`, which answers 0 where it would divide by 0: that is the stance on
roots at 0, so that the norm of a zero vector has gradient 0 and not nan.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.ops.arithmetic import divide, over, reciprocal
from autograd.ops.op import Op, ieee
from autograd.ops.special import erf_array, erfc_array

__all__ = [
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "power",
    "rsqrt",
    "sqrt",
]

LN2 = math.log(2.0)
LN10 = math.log(10.0)
ERF_SLOPE = 2.0 / math.sqrt(math.pi)

# --- powers and roots -----------------------------------------------------------------------------


def _power_array(x: Any, y: Any) -> Any:
    # Squares, cubes and the powers in their gradients are common, and pow costs many products.
    if np.result_type(x) == np.result_type(x, y) and _one_number(y) and np.ndim(x) >= np.ndim(y):
        exponent = np.ravel(y)[0]
        if exponent == 2.0:
            return np.square(x)
        if exponent == 1.0:
            return np.positive(x)
        if exponent == 3.0:
            return np.square(x) * x
    return np.power(x, y)


def _one_number(y: Any) -> bool:
    """Whether y holds one number only, perhaps spread over a shape by broadcasting."""
    return not np.ndim(y) or (y.size > 0 and not any(y.strides))


def _lowered_array(x: Any, y: Any) -> Any:
    dtype = np.result_type(x, y)
    if np.ndim(y) or y == 0:
        return np.where(np.logical_or(x, y), y - 1.0, 0.0).astype(dtype, copy=False)
    return np.broadcast_to(np.asarray(y - 1.0, dtype), np.shape(x))


power = Op(
    "power",
    "{} ** {}",
    ieee(math.pow, np.power),
    _power_array,
    lambda g, out, x, y: g * y * power(x, lowered(x, y)),
    lambda g, out, x, y: g * out * log_base(x, y),
    says="power: the base gets the exponent times the base to one less",
    doc="""x to the power y, element by element.

    The base's gradient at exponent 0 is 0. The exponent's is 0 where the base is 0 and stays
    0 nearby, and nan where the base is negative: powers between integers do not exist there.

    >>> power(2.0, 3.0)
    8.0
    """,
)
lowered = Op(
    "lowered",
    "({1} - 1)",
    lambda x, y: y - 1.0 if x or y else 0.0,
    _lowered_array,
    None,
    lambda g, out, _x, _y: g,
    says="the exponent of a power's slope: one less, but 0 for 0 ** 0, which is flat",
)
log_base = Op(
    "log_base",
    "log({0})",
    lambda x, y: 0.0 if x == 0.0 and y >= 0.0 else log(x),
    lambda x, y: np.where(np.equal(x, 0) & np.greater_equal(y, 0), 0.0, np.log(x)),
    lambda g, out, x, _y: over(g, x),
    None,
    says="the logarithm of a power's base; 0 where 0 to a positive power stays 0",
)
sqrt = Op(
    "sqrt",
    "sqrt({})",
    ieee(math.sqrt, np.sqrt),
    np.sqrt,
    lambda g, out, _x: over(g * 0.5, out),
    says="sqrt: half the gradient divided by the result; 0 at 0",
    doc="""The square root, element by element; of a negative number nan, as is its gradient.

    The gradient at 0 is 0, so that the length of a zero vector has one.

    >>> sqrt(9.0)
    3.0
    """,
)
rsqrt = Op(
    "rsqrt",
    "1 / sqrt({})",
    ieee(lambda x: 1.0 / math.sqrt(x), lambda x: 1.0 / np.sqrt(x)),
    lambda x: 1.0 / np.sqrt(x),
    lambda g, out, x: divide(g * -0.5 * out, x),
    says="rsqrt: minus half the gradient times the result, divided by the input",
    doc="""1 over the square root, element by element. PyTorch's function of that name.

    >>> rsqrt(4.0)
    0.5
    """,
)

# --- exponentials and logarithms ------------------------------------------------------------------

exp = Op(
    "exp",
    "exp({})",
    ieee(math.exp, np.exp),
    np.exp,
    lambda g, out, _x: g * out,
    says="exp: the gradient times the result, because exp is its own slope",
    doc="""e to the power x, element by element.

    >>> exp(0.0)
    1.0
    """,
)
exp2 = Op(
    "exp2",
    "exp2({})",
    ieee(math.exp2, np.exp2),
    np.exp2,
    lambda g, out, _x: g * out * LN2,
    says="exp2: the gradient times the result times log(2)",
    doc="""2 to the power x, element by element.

    >>> exp2(3.0)
    8.0
    """,
)
expm1 = Op(
    "expm1",
    "expm1({})",
    ieee(math.expm1, np.expm1),
    np.expm1,
    lambda g, out, _x: g * (out + 1.0),
    says="expm1: the gradient times the result plus 1",
    doc="""exp(x) - 1, element by element, exact for small x.

    >>> expm1(1e-20)
    1e-20
    """,
)
log = Op(
    "log",
    "log({})",
    ieee(math.log, np.log),
    np.log,
    lambda g, out, x: divide(g, x),
    says="log: the gradient divided by the input",
    doc="""The natural logarithm, element by element; log(0) is -inf, of a negative number nan.

    >>> log(1.0)
    0.0
    """,
)
log2 = Op(
    "log2",
    "log2({})",
    ieee(math.log2, np.log2),
    np.log2,
    lambda g, out, x: divide(g, x * LN2),
    says="log2: the gradient divided by the input and by log(2)",
    doc="""The logarithm to base 2, element by element.

    >>> log2(8.0)
    3.0
    """,
)
log10 = Op(
    "log10",
    "log10({})",
    ieee(math.log10, np.log10),
    np.log10,
    lambda g, out, x: divide(g, x * LN10),
    says="log10: the gradient divided by the input and by log(10)",
    doc="""The logarithm to base 10, element by element.

    >>> log10(100.0)
    2.0
    """,
)
log1p = Op(
    "log1p",
    "log1p({})",
    ieee(math.log1p, np.log1p),
    np.log1p,
    lambda g, out, x: divide(g, 1.0 + x),
    says="log1p: the gradient divided by 1 plus the input",
    doc="""log(1 + x), element by element, exact for small x.

    >>> log1p(1e-20)
    1e-20
    """,
)


def _logaddexp_float(x: float, y: float) -> float:
    if x == y:  # also two equal infinities, whose difference is nan
        return x + LN2
    if x > y:
        return x + math.log1p(math.exp(y - x))
    return y + math.log1p(math.exp(x - y))


def _portion_float(x: float, y: float) -> float:
    if x == y:
        return 0.5
    return reciprocal(1.0 + exp(y - x))  # type: ignore[no-any-return]  # floats in, a float out


def _portion_array(x: Any, y: Any) -> Any:
    portion = np.divide(1.0, 1.0 + np.exp(np.subtract(y, x)))
    return np.where(np.equal(x, y), portion.dtype.type(0.5), portion)


logaddexp = Op(
    "logaddexp",
    "logaddexp({}, {})",
    _logaddexp_float,
    np.logaddexp,
    lambda g, out, x, y: g * portion(x, y),
    lambda g, out, x, y: g * portion(y, x),
    says="logaddexp: each input gets its portion, exp(x) over the sum; the portions add up to 1",
    doc="""log(exp(x) + exp(y)), element by element, without overflow.

    Two equal inputs get half of the gradient each, also where both are infinite.

    >>> logaddexp(1000.0, float("-inf"))
    1000.0
    """,
)
portion = Op(
    "portion",
    "1 / (1 + exp({1} - {0}))",
    _portion_float,
    _portion_array,
    lambda g, out, _x, _y: g * out * (1.0 - out),
    lambda g, out, _x, _y: -g * out * (1.0 - out),
    says="what part of exp(x) + exp(y) is exp(x)",
)

# --- the error function ---------------------------------------------------------------------------

erf = Op(
    "erf",
    "erf({})",
    math.erf,
    erf_array,
    lambda g, out, x: g * ERF_SLOPE * exp(-x * x),
    says="erf: the gradient times 2 / sqrt(pi) times exp(-x * x)",
    doc="""The error function, element by element: 2 / sqrt(pi) times the integral of exp(-t * t).

    The relative error is below 1e-15 for float64.

    >>> erf(0.0), erf(float("inf"))
    (0.0, 1.0)
    """,
)
erfc = Op(
    "erfc",
    "erfc({})",
    math.erfc,
    erfc_array,
    lambda g, out, x: g * -ERF_SLOPE * exp(-x * x),
    says="erfc: minus the gradient times 2 / sqrt(pi) times exp(-x * x)",
    doc="""1 - erf(x), element by element, exact far to the right, where that would be 0.

    The relative error is below 1e-15 for float64.

    >>> erfc(0.0), erfc(float("inf"))
    (1.0, 0.0)
    """,
)
