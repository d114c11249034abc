"""Arithmetic, comparisons, rounding, and choosing the larger: one number at a time.

Each entry works on floats and, element by element with broadcasting, on arrays. Rules never
mention shapes: a gradient is summed back over broadcast axes on its way to the input.

Comparisons inside rules are operations too (`greater`, `gate`), never Python's `>`: a recorded
gradient then follows the numbers it is replayed on, not those it was recorded on.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, Rule, ieee

# --- choosing: what rules use instead of Python's comparisons and if ------------------------------


def _comparison(name: str, sign: str, scalar: Rule, array: Rule) -> Op:
    return Op(
        name,
        f"{{}} {sign} {{}}",
        scalar,
        array,
        None,
        None,
        says="a comparison only decides; no gradient passes",
        doc=f"""Whether x {sign} y, element by element.

    >>> import autograd
    >>> autograd.{name}(2.0, 1.0)
    {scalar(2.0, 1.0)}
    """,
    )


greater = _comparison("greater", ">", operator.gt, np.greater)
greater_equal = _comparison("greater_equal", ">=", operator.ge, np.greater_equal)
less = _comparison("less", "<", operator.lt, np.less)
less_equal = _comparison("less_equal", "<=", operator.le, np.less_equal)
equal = _comparison("equal", "==", operator.eq, np.equal)
not_equal = _comparison("not_equal", "!=", operator.ne, np.not_equal)

wins = Op(
    "wins",
    "{} wins over {}",
    lambda x, y: x >= y or x != x,
    lambda x, y: np.greater_equal(x, y) | np.not_equal(x, x),
    None,
    None,
    says="the first of two wins a maximum: it is larger, or equal, or not a number",
)
undercuts = Op(
    "undercuts",
    "{} undercuts {}",
    lambda x, y: x <= y or x != x,
    lambda x, y: np.less_equal(x, y) | np.not_equal(x, x),
    None,
    None,
    says="the first of two wins a minimum: it is smaller, or equal, or not a number",
)
gate = Op(
    "gate",
    "({} if {} else 0)",
    lambda g, condition: g if condition else 0.0,
    lambda g, condition: np.where(condition, g, 0.0),
    lambda g, out, _x, condition: gate(g, condition),
    None,
    says="the gradient passes where the condition holds; elsewhere it is 0",
)
block = Op(
    "block",
    "(0 if {1} else {0})",
    lambda g, condition: 0.0 if condition else g,
    lambda g, condition: np.where(condition, 0.0, g),
    lambda g, out, _x, condition: block(g, condition),
    None,
    says="the gradient passes where the condition does not hold; elsewhere it is 0",
)
zero = Op(
    "zero",
    "0",
    lambda x: 0.0,
    lambda x: np.zeros_like(x, dtype=np.result_type(x, np.float32) if np.size(x) else None),
    lambda g, out, _x: zero(g),
    says="flat everywhere: the gradient is 0",
)

# --- arithmetic -----------------------------------------------------------------------------------

add = Op(
    "add",
    "{} + {}",
    operator.add,
    np.add,
    lambda g, out, _x, _y: g,
    lambda g, out, _x, _y: g,
    says="add: both inputs get the gradient as it is",
    doc="""The sum, element by element.

    >>> add(2.0, 3.0)
    5.0
    """,
)
subtract = Op(
    "subtract",
    "{} - {}",
    operator.sub,
    np.subtract,
    lambda g, out, _x, _y: g,
    lambda g, out, _x, _y: -g,
    says="subtract: the first input gets the gradient, the second its negative",
    doc="""The difference, element by element.

    >>> subtract(2.0, 3.0)
    -1.0
    """,
)
multiply = Op(
    "multiply",
    "{} * {}",
    operator.mul,
    np.multiply,
    lambda g, out, _x, y: g * y,
    lambda g, out, x, _y: g * x,
    says="multiply: each input gets the gradient times the other input",
    doc="""The product, element by element.

    >>> multiply(2.0, 3.0)
    6.0
    """,
)
divide = Op(
    "divide",
    "{} / {}",
    ieee(operator.truediv, np.divide),
    np.divide,
    lambda g, out, _x, y: g / y,
    lambda g, out, _x, y: -g * out / y,
    says="divide: the top gets the gradient over the bottom, the bottom minus that times the result",
    doc="""The quotient, element by element; x / 0 is inf, -inf or nan, as in IEEE arithmetic.

    >>> divide(1.0, 4.0), divide(1.0, 0.0)
    (0.25, inf)
    """,
)
negative = Op(
    "negative",
    "-{}",
    operator.neg,
    np.negative,
    lambda g, out, _x: -g,
    says="negative: the gradient changes its sign",
    doc="""Minus x, element by element.

    >>> negative(2.0)
    -2.0
    """,
)
abs = Op(
    "abs",
    "abs({})",
    operator.abs,
    np.abs,
    lambda g, out, x: g * sign(x),
    says="abs: the gradient times the sign of the input; 0 at 0",
    doc="""The size of x, without its sign, element by element.

    >>> abs(-2.0)
    2.0
    """,
)
sign = Op(
    "sign",
    "sign({})",
    lambda x: math.copysign(1.0, x) if x < 0 or x > 0 else x * 0.0,
    np.sign,
    lambda g, out, _x: zero(g),
    says="sign: flat on both sides, so the gradient is 0",
    doc="""-1, 0 or 1, element by element. Its gradient is 0 everywhere.

    >>> sign(-2.0)
    -1.0
    """,
)
round = Op(
    "round",
    "round({}, {})",
    lambda x, decimals: float(np.round(x, int(decimals))),
    lambda x, decimals: np.round(x, int(decimals)),
    lambda g, out, _x, _decimals: zero(g),
    None,
    says="round: flat between its steps, so the gradient is 0",
)
maximum_first = Op(
    "maximum",
    "maximum({}, {})",
    lambda x, y: x if x >= y or x != x else y,
    np.maximum,
    lambda g, out, x, y: gate(g, wins(x, y)),
    lambda g, out, x, y: block(g, wins(x, y)),
    says="max: the whole gradient goes to the larger input, the other gets 0; a tie to the first",
)


def maximum(x: Any, y: Any, ties: str = "first") -> Any:
    return maximum_first(x, y)
