"""Arithmetic, comparisons, rounding, and the gates that rules choose with.

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
from autograd.ops.op import Op, Rule, ieee, same

__all__ = [
    "abs",
    "add",
    "ceil",
    "divide",
    "equal",
    "floor",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "multiply",
    "negative",
    "not_equal",
    "reciprocal",
    "round",
    "sign",
    "square",
    "subtract",
]

Array = np.ndarray[Any, Any]

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

BITS = {np.dtype(f"f{size}"): np.dtype(f"i{size}") for size in (2, 4, 8)}


def keep(g: Any, condition: Any) -> Any:
    """g where the condition holds, else 0: `np.where(condition, g, 0.0)`, without its branch.

    A branch that jumps at random costs twenty times this: the bits of g, read as an integer, times
    0 or 1. An infinite or nan g is blocked too, and what is blocked is 0.0, never -0.0.
    """
    bits = BITS.get(getattr(g, "dtype", None))  # type: ignore[arg-type]  # None is in no table
    if bits is None:
        return np.where(condition, g, 0.0)
    return (g.view(bits) * np.asarray(condition, dtype=bool)).view(g.dtype)


gate = Op(
    "gate",
    "({} if {} else 0)",
    lambda g, condition: g if condition else 0.0,
    keep,
    lambda g, out, _x, condition: gate(g, condition),
    None,
    says="the gradient passes where the condition holds; elsewhere it is 0",
)
block = Op(
    "block",
    "(0 if {1} else {0})",
    lambda g, condition: 0.0 if condition else g,
    lambda g, condition: keep(g, np.logical_not(condition)),
    lambda g, out, _x, condition: block(g, condition),
    None,
    says="the gradient passes where the condition does not hold; elsewhere it is 0",
)
unless_zero = Op(
    "unless_zero",
    "({} if {} != 0 else 0)",
    lambda g, x: g if x else 0.0,
    lambda g, x: keep(g, np.not_equal(x, 0)),
    lambda g, out, _g, x: unless_zero(g, x),
    None,
    says="the gradient passes where a number is not 0",
)
over = Op(
    "over",
    "{} / {}",
    lambda x, y: x / y if y else 0.0,
    lambda x, y: keep(np.divide(x, y), np.not_equal(y, 0)),
    lambda g, out, _x, y: over(g, y),
    lambda g, out, _x, y: over(-g * out, y),
    says="a quotient that is 0 where it would divide by 0: the stance on roots and norms at 0",
)
zero = Op(
    "zero",
    "0",
    lambda x: 0.0,
    lambda x: np.zeros_like(x, dtype=np.result_type(x, np.float16)),
    lambda g, out, _x: zero(g),
    says="flat everywhere: the gradient is 0",
)

# --- arithmetic -----------------------------------------------------------------------------------

add = Op(
    "add",
    "{} + {}",
    operator.add,
    np.add,
    same,
    same,
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
    lambda g, out, _x, y: divide(g, y),
    lambda g, out, _x, y: divide(-g * out, y),
    says="divide: the top gets gradient over bottom, the bottom minus that times the result",
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
    lambda x: 1.0 if x > 0.0 else -1.0 if x < 0.0 else x * x,
    np.sign,
    lambda g, out, _x: zero(g),
    says="sign: flat on both sides, so the gradient is 0",
    doc="""-1, 0 or 1, element by element. Its gradient is 0 everywhere.

    >>> sign(-2.0)
    -1.0
    """,
)
square = Op(
    "square",
    "square({})",
    lambda x: x * x,
    np.square,
    lambda g, out, x: g * 2.0 * x,
    says="square: the gradient times twice the input",
    doc="""x times x, element by element.

    >>> square(-3.0)
    9.0
    """,
)
reciprocal = Op(
    "reciprocal",
    "1 / {}",
    ieee(lambda x: 1.0 / x, lambda x: np.divide(1.0, x)),
    lambda x: np.divide(1.0, x),
    lambda g, out, _x: -g * out * out,
    says="reciprocal: minus the gradient times the square of the result",
    doc="""1 over x, element by element. Integers give fractions, unlike numpy's.

    >>> reciprocal(4.0)
    0.25
    """,
)

# --- rounding: flat steps, so the gradient is a documented zero -----------------------------------


def _step(name: str, scalar: Rule, array: Rule, meaning: str, example: str) -> Op:
    return Op(
        name,
        f"{name}({{}})",
        # The sign is copied because -0.5 rounds up to -0.0, and Python's integers have no -0.
        ieee(lambda x: math.copysign(float(scalar(x)), x), array),
        array,
        lambda g, out, _x: zero(g),
        says=f"{name}: flat between its steps, so the gradient is 0",
        doc=f"""{meaning}, element by element. The gradient is 0 everywhere, also at the steps.

    >>> {name}(2.5), {name}(-2.5)
    {example}
    """,
    )


floor = _step(
    "floor", math.floor, np.floor, "The largest integer that is not above x", "(2.0, -3.0)"
)
ceil = _step("ceil", math.ceil, np.ceil, "The smallest integer that is not below x", "(3.0, -2.0)")
_round = Op(
    "round",
    "round({}, {})",
    lambda x, decimals: float(_to_decimals(x, decimals)),
    lambda x, decimals: _to_decimals(x, decimals),
    lambda g, out, _x, _decimals: zero(g),
    None,
    says="round: flat between its steps, so the gradient is 0",
)


@np.errstate(all="ignore")
def _to_decimals(x: Any, decimals: Any) -> Any:
    if np.size(decimals) != 1 or not float(np.ravel(decimals)[0]).is_integer():
        raise errors.not_whole("round", "decimals", decimals)
    return np.round(x, int(np.ravel(decimals)[0]))


def round(x: Any, decimals: int = 0) -> Any:
    """Round to a number of decimals; halves go to the even neighbour. The gradient is 0.

    Args:
        x: a number, an array or a node.
        decimals: how many digits to keep after the point; negative: tens, hundreds, ...

    Raises:
        OptionError: if `decimals` is not a whole number.

    >>> round(2.5), round(-1.26, 1)
    (2.0, -1.3)
    """
    return _round(x, decimals)
