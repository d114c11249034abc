"""Sines, their inverses, their hyperbolic relatives, and lengths of right-angled triangles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.ops.arithmetic import divide, over
from autograd.ops.op import Op, ieee
from autograd.ops.transcendental import sqrt

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cos",
    "cosh",
    "hypot",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "tanh",
]

PI2 = math.pi * math.pi

# --- circular -------------------------------------------------------------------------------------

sin = Op(
    "sin",
    "sin({})",
    ieee(math.sin, np.sin),
    np.sin,
    lambda g, out, x: g * cos(x),
    says="sin: the gradient times the cosine of the input",
    doc="""The sine of an angle in radians, element by element.

    >>> sin(0.0)
    0.0
    """,
)
cos = Op(
    "cos",
    "cos({})",
    ieee(math.cos, np.cos),
    np.cos,
    lambda g, out, x: -g * sin(x),
    says="cos: minus the gradient times the sine of the input",
    doc="""The cosine of an angle in radians, element by element.

    >>> cos(0.0)
    1.0
    """,
)
tan = Op(
    "tan",
    "tan({})",
    ieee(math.tan, np.tan),
    np.tan,
    lambda g, out, _x: g * (1.0 + out * out),
    says="tan: the gradient times 1 plus the square of the result",
    doc="""The tangent of an angle in radians, element by element.

    >>> tan(0.0)
    0.0
    """,
)
arcsin = Op(
    "arcsin",
    "arcsin({})",
    ieee(math.asin, np.arcsin),
    np.arcsin,
    lambda g, out, x: divide(g, sqrt((1.0 - x) * (1.0 + x))),
    says="arcsin: the gradient over the cosine of the result; it grows without bound at -1 and 1",
    doc="""The angle whose sine is x, from -pi/2 to pi/2, element by element; nan outside -1 to 1.

    >>> arcsin(0.0)
    0.0
    """,
)
arccos = Op(
    "arccos",
    "arccos({})",
    ieee(math.acos, np.arccos),
    np.arccos,
    lambda g, out, x: divide(-g, sqrt((1.0 - x) * (1.0 + x))),
    says="arccos: minus the gradient over the sine of the result",
    doc="""The angle whose cosine is x, from 0 to pi, element by element; nan outside -1 to 1.

    >>> arccos(1.0)
    0.0
    """,
)
arctan = Op(
    "arctan",
    "arctan({})",
    math.atan,
    np.arctan,
    lambda g, out, x: g / (1.0 + x * x),
    says="arctan: the gradient over 1 plus the square of the input",
    doc="""The angle whose tangent is x, from -pi/2 to pi/2, element by element.

    >>> arctan(0.0)
    0.0
    """,
)
arctan2 = Op(
    "arctan2",
    "arctan2({}, {})",
    math.atan2,
    np.arctan2,
    lambda g, out, x, y: over(g * over(y, hypot(x, y)), hypot(x, y)),
    lambda g, out, x, y: over(-g * over(x, hypot(x, y)), hypot(x, y)),
    says="arctan2: the gradient times the other input, over the squared distance from the origin",
    doc="""The angle of the point (y, x), element by element: `arctan2(y, x)`, as numpy writes it.

    Both gradients are 0 at the origin.

    >>> arctan2(0.0, 1.0)
    0.0
    """,
)

# --- hyperbolic -----------------------------------------------------------------------------------

sinh = Op(
    "sinh",
    "sinh({})",
    ieee(math.sinh, np.sinh),
    np.sinh,
    lambda g, out, x: g * cosh(x),
    says="sinh: the gradient times the hyperbolic cosine of the input",
    doc="""The hyperbolic sine, element by element.

    >>> sinh(0.0)
    0.0
    """,
)
cosh = Op(
    "cosh",
    "cosh({})",
    ieee(math.cosh, np.cosh),
    np.cosh,
    lambda g, out, x: g * sinh(x),
    says="cosh: the gradient times the hyperbolic sine of the input",
    doc="""The hyperbolic cosine, element by element.

    >>> cosh(0.0)
    1.0
    """,
)
tanh = Op(
    "tanh",
    "tanh({})",
    math.tanh,
    np.tanh,
    lambda g, out, _x: g * (1 - out * out),
    says="tanh: the gradient times 1 minus the square of the result; near 1 or -1 little passes",
    doc="""The hyperbolic tangent, element by element.

    >>> tanh(0.0)
    0.0
    """,
)
arcsinh = Op(
    "arcsinh",
    "arcsinh({})",
    math.asinh,
    np.arcsinh,
    lambda g, out, x: g / hypot(x, 1.0),
    says="arcsinh: the gradient over the root of 1 plus the square of the input",
    doc="""The number whose hyperbolic sine is x, element by element.

    >>> arcsinh(0.0)
    0.0
    """,
)
arccosh = Op(
    "arccosh",
    "arccosh({})",
    ieee(math.acosh, np.arccosh),
    np.arccosh,
    lambda g, out, x: divide(g, sqrt(x - 1.0) * sqrt(x + 1.0)),
    says="arccosh: the gradient over the root of the squared input minus 1",
    doc="""The number from 0 up whose hyperbolic cosine is x, element by element; nan below 1.

    >>> arccosh(1.0)
    0.0
    """,
)
arctanh = Op(
    "arctanh",
    "arctanh({})",
    ieee(math.atanh, np.arctanh),
    np.arctanh,
    lambda g, out, x: divide(g, (1.0 - x) * (1.0 + x)),
    says="arctanh: the gradient over 1 minus the square of the input",
    doc="""The number whose hyperbolic tangent is x, element by element; nan outside -1 to 1.

    >>> arctanh(0.0)
    0.0
    """,
)

# --- lengths and waves ----------------------------------------------------------------------------

hypot = Op(
    "hypot",
    "hypot({}, {})",
    math.hypot,
    np.hypot,
    lambda g, out, x, _y: g * over(x, out),
    lambda g, out, _x, y: g * over(y, out),
    says="hypot: each side gets the gradient times its part of the length; 0 where the length is 0",
    doc="""The length of the hypotenuse, sqrt(x * x + y * y), element by element, without overflow.

    Both gradients are 0 at (0, 0).

    >>> hypot(3.0, 4.0)
    5.0
    """,
)

# The slope of sinc is x * sinc_ratio(x). Near 0 its closed form is a difference of nearly equal
# numbers, so the power series stands in for it there: the sum over k >= 1 of
# (-1)**k * 2 * k * pi**2 * (pi * x)**(2 * k - 2) / (2 * k + 1)!
SERIES = [PI2 * (-1.0) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(1, 13)]
NEAR_ZERO = 0.5


def _sinc_float(x: float) -> float:
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0


def _sinc_array(x: Any) -> Any:
    angle = np.multiply(x, math.pi)
    at_zero = np.equal(x, 0)
    return np.where(at_zero, 1.0, np.divide(np.sin(angle), np.where(at_zero, 1.0, angle)))


def _series(x: Any) -> Any:
    square = x * x * PI2
    total = SERIES[-1]
    for term in SERIES[-2::-1]:
        total = total * square + term
    return total


def _ratio_float(x: float) -> float:
    if math.fabs(x) < NEAR_ZERO:
        return _series(x)  # type: ignore[no-any-return]  # a float for a float
    return (math.cos(math.pi * x) - _sinc_float(x)) / x / x


def _ratio_array(x: Any) -> Any:
    near = np.abs(x) < NEAR_ZERO
    inner, outer = np.where(near, x, 0.0), np.where(near, 1.0, x)
    far = np.divide(
        np.divide(np.cos(np.multiply(outer, math.pi)) - _sinc_array(outer), outer), outer
    )
    return np.where(near, _series(inner), far)


sinc = Op(
    "sinc",
    "sinc({})",
    ieee(_sinc_float, _sinc_array),
    _sinc_array,
    lambda g, out, x: g * x * sinc_ratio(x),
    says="sinc: the gradient times (cos(pi * x) - sinc(x)) / x, which is 0 at 0",
    doc="""sin(pi * x) / (pi * x), element by element, and 1 at 0: numpy's normalised sinc.

    >>> sinc(0.0)
    1.0
    """,
)
sinc_ratio = Op(
    "sinc_ratio",
    "((cos(pi * {0}) - sinc({0})) / ({0} * {0}))",
    ieee(_ratio_float, _ratio_array),
    _ratio_array,
    lambda g, out, x: over(-g * (PI2 * sinc(x) + 3.0 * out), x),
    says="the slope of sinc divided by its input, accurate near 0",
)
