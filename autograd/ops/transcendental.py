"""Powers, roots, exponentials, logarithms, trigonometry and the error function."""

from __future__ import annotations

import math

import numpy as np

from autograd.ops.arithmetic import block, gate, not_equal
from autograd.ops.op import Op, ieee

power = Op(
    "power",
    "{} ** {}",
    ieee(math.pow, np.power),
    np.power,
    lambda g, out, x, y: gate(g * y * x ** (y - 1), not_equal(y, 0.0)),
    lambda g, out, x, y: block(g * out * log(x), settled(x, y)),
    says="power: the base gets the exponent times the base to one less",
    doc="""x to the power y, element by element.

    The base's gradient at exponent 0 is 0. The exponent's is 0 where the base is 0 and stays
    0 nearby, and nan where the base is negative: powers between integers do not exist there.

    >>> power(2.0, 3.0)
    8.0
    """,
)
settled = Op(
    "settled",
    "({} == 0 and {} >= 0)",
    lambda x, y: x == 0.0 and y >= 0.0,
    lambda x, y: np.equal(x, 0.0) & np.greater_equal(y, 0.0),
    None,
    None,
    says="0 to a power that is not negative: changing the power a little changes nothing",
)
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
log = Op(
    "log",
    "log({})",
    ieee(math.log, np.log),
    np.log,
    lambda g, out, x: g / x,
    says="log: the gradient divided by the input",
    doc="""The natural logarithm, element by element; log(0) is -inf, of a negative number nan.

    >>> log(1.0)
    0.0
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
