"""Activation functions made of straight pieces, with PyTorch's names and defaults.

The interest is at the kinks. The slope there is PyTorch's: relu, relu6 and hardtanh are flat at
their corners, leaky_relu has its small slope at 0, the shrinking functions are flat at their
thresholds. A nan stays nan and takes the gradient.

Numbers that shape an activation (a slope, a bound) are inputs of the operation: `leaky_relu` with
a node for its slope is PReLU.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.arithmetic import block, gate, greater_equal, keep, less_equal, sign, unless_zero
from autograd.ops.choose import _clip_float, _minimum_first, larger, pick, smaller
from autograd.ops.op import Op

__all__ = [
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "relu",
    "relu6",
    "softshrink",
    "threshold",
]

# --- relu and its family --------------------------------------------------------------------------


ZEROS = {np.dtype(kind): np.zeros(4096, kind) for kind in ("f4", "f8")}


def _positive(x: Any) -> Any:
    """maximum(x, 0), by rows of zeros: with a number, numpy takes four times as long."""
    zeros = ZEROS.get(getattr(x, "dtype", None))  # type: ignore[arg-type]  # None is in no table
    if zeros is None or x.size < zeros.size:
        return np.maximum(x, 0)
    out = np.empty_like(x)
    if out.strides != x.strides:  # there are gaps, or repetitions: flat, it would be a copy
        return np.maximum(x, 0, out=out)
    whole = x.size - x.size % zeros.size
    flat, into = x.ravel("K"), out.ravel("K")
    rows = (-1, zeros.size)
    np.maximum(flat[:whole].reshape(rows), zeros, out=into[:whole].reshape(rows))
    np.maximum(flat[whole:], 0, out=into[whole:])
    return out


def _relu_array(x: Any) -> Any:
    result = _positive(x)
    result += 0  # the constant wins at 0: where x is -0.0, the result is 0.0 on every processor
    return result


relu = Op(
    "relu",
    "relu({})",
    lambda x: x if x > 0.0 or x != x else 0.0,
    _relu_array,
    lambda g, out, _x: unless_zero(g, out),
    says="relu: the gradient passes where the input is above 0; at 0 and below it is blocked",
    doc="""maximum(0, x), element by element. Its slope at 0 is 0: at a tie the constant wins.

    >>> relu(2.0), relu(-2.0)
    (2.0, 0.0)
    """,
)
leak = Op(
    "leak",
    "({0} if {1} > 0 else {0} * {2})",
    lambda g, x, slope: g if x > 0.0 else g * slope,
    lambda g, x, slope: pick(np.greater(x, 0), g, np.multiply(g, slope)),
    lambda g, out, _g, x, slope: leak(g, x, slope),
    None,
    lambda g, out, inner, x, _slope: gate(g * inner, less_equal(x, 0.0)),
    says="the gradient passes where a number is above 0; elsewhere it is scaled",
)
_leaky_relu = Op(
    "leaky_relu",
    "leaky_relu({}, {})",
    lambda x, slope: x if x > 0.0 else x * slope,
    lambda x, slope: pick(np.greater(x, 0), x, np.multiply(x, slope)),
    lambda g, out, x, slope: leak(g, x, slope),
    lambda g, out, x, _slope: g * _minimum_first(x, 0.0),
    says="leaky_relu: the gradient passes above 0; at 0 and below it is multiplied by the slope",
)


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """x above 0, negative_slope * x below, element by element. At 0 it has the small slope.

    Args:
        x: a number, an array or a node.
        negative_slope: the slope below 0; may be a node, which makes this PReLU.

    >>> leaky_relu(2.0), leaky_relu(-2.0)
    (2.0, -0.02)
    """
    return _leaky_relu(x, negative_slope)


# --- between two bounds ---------------------------------------------------------------------------


def _hardtanh_float(x: float, low: float, high: float) -> float:
    x = low if low >= x or low != low else x
    return high if high <= x or high != high else x


def _hardtanh_array(x: Any, low: Any, high: Any) -> Any:
    return smaller(high, larger(low, x))


within = Op(
    "within",
    "({0} if {2} < {1} < {3} else 0)",
    lambda g, x, low, high: 0.0 if x <= low or x >= high else g,
    lambda g, x, low, high: keep(g, ~(np.less_equal(x, low) | np.greater_equal(x, high))),
    lambda g, out, _g, x, low, high: within(g, x, low, high),
    None,
    None,
    None,
    says="the gradient passes strictly between two bounds",
)
_hardtanh = Op(
    "hardtanh",
    "hardtanh({}, {}, {})",
    _hardtanh_float,
    _hardtanh_array,
    lambda g, out, x, low, high: within(g, x, low, high),
    lambda g, out, x, low, _high: gate(g, less_equal(x, low)),
    lambda g, out, x, _low, high: gate(g, greater_equal(x, high)),
    says="hardtanh: the gradient passes strictly between the bounds; at a bound it is the bound's",
)


def hardtanh(x: Any, min_val: Any = -1.0, max_val: Any = 1.0) -> Any:
    """x between two bounds, and the bounds beyond, element by element.

    The slope at the bounds is 0, as PyTorch has it (`clip` passes the gradient there).

    Args:
        x: a number, an array or a node.
        min_val, max_val: the bounds; may be nodes.

    Raises:
        OptionError: if the bounds are numbers in the wrong order.

    >>> hardtanh(0.5), hardtanh(-3.0)
    (0.5, -1.0)
    """
    plain = (float, int)
    if min_val.__class__ in plain and max_val.__class__ in plain and not min_val < max_val:
        raise errors.bounds_crossed("hardtanh", min_val, max_val)
    return _hardtanh(x, min_val, max_val)


relu6 = Op(
    "relu6",
    "relu6({})",
    lambda x: _hardtanh_float(x, 0.0, 6.0),
    lambda x: smaller(6.0, _relu_array(x)),
    lambda g, out, x: within(g, x, 0.0, 6.0),
    says="relu6: the gradient passes strictly between 0 and 6",
    doc="""relu, but not above 6, element by element. The slope is 0 at both corners.

    >>> relu6(2.0), relu6(9.0)
    (2.0, 6.0)
    """,
)


def _hardsigmoid_float(x: float) -> float:
    return _hardtanh_float(x + 3.0, 0.0, 6.0) / 6.0


def _hardsigmoid_array(x: Any) -> Any:
    return smaller(6.0, _relu_array(np.add(x, 3.0))) / 6.0


hardsigmoid = Op(
    "hardsigmoid",
    "hardsigmoid({})",
    _hardsigmoid_float,
    _hardsigmoid_array,
    lambda g, out, x: within(g / 6.0, x, -3.0, 3.0),
    says="hardsigmoid: a sixth of the gradient passes strictly between -3 and 3",
    doc="""(x + 3) / 6 between -3 and 3, then 0 and 1, element by element: a sigmoid with corners.

    >>> hardsigmoid(0.0), hardsigmoid(4.0)
    (0.5, 1.0)
    """,
)
hardswish = Op(
    "hardswish",
    "hardswish({})",
    lambda x: x * _hardsigmoid_float(x),
    lambda x: np.multiply(x, _hardsigmoid_array(x)),
    lambda g, out, x: g * hardswish_slope(x),
    says="hardswish: the gradient times x / 3 + 1 / 2 between -3 and 3, 0 below, as it is above",
    doc="""x * relu6(x + 3) / 6, element by element: silu with corners.

    Its slope is 0 at -3 and 1 at 3. Source: Howard and others, MobileNetV3 (2019).

    >>> hardswish(3.0), hardswish(0.0)
    (3.0, 0.0)
    """,
)
hardswish_slope = Op(
    "hardswish_slope",
    "(0 if {0} <= -3 else 1 if {0} >= 3 else {0} / 3 + 0.5)",
    lambda x: 0.0 if x <= -3.0 else 1.0 if x >= 3.0 else x / 3.0 + 0.5,
    lambda x: np.where(
        np.less_equal(x, -3.0), 0.0, np.where(np.greater_equal(x, 3.0), 1.0, x / 3.0 + 0.5)
    ),
    lambda g, out, x: within(g / 3.0, x, -3.0, 3.0),
    says="the slope of hardswish",
)

# --- flat around 0, or below a threshold ----------------------------------------------------------

beyond = Op(
    "beyond",
    "({0} if abs({1}) > {2} else 0)",
    lambda g, x, lambd: 0.0 if -lambd <= x <= lambd else g,
    lambda g, x, lambd: keep(g, ~_around_zero(x, lambd)),
    lambda g, out, _g, x, lambd: beyond(g, x, lambd),
    None,
    None,
    says="the gradient passes where a number is further from 0 than a threshold",
)


def _around_zero(x: Any, lambd: Any) -> Any:
    return np.less_equal(-lambd, x) & np.less_equal(x, lambd)


def _softshrink_array(x: Any, lambd: Any) -> Any:
    return np.subtract(x, smaller(larger(x, -lambd), lambd))


_softshrink = Op(
    "softshrink",
    "softshrink({}, {})",
    lambda x, lambd: x - _clip_float(x, -lambd, lambd),
    _softshrink_array,
    lambda g, out, x, lambd: beyond(g, x, lambd),
    lambda g, out, _x, _lambd: -g * sign(out),
    says="softshrink: the gradient passes outside the threshold; inside and at it, it is 0",
)
_hardshrink = Op(
    "hardshrink",
    "hardshrink({}, {})",
    lambda x, lambd: 0.0 if -lambd <= x <= lambd else x,
    lambda x, lambd: pick(_around_zero(x, lambd), 0.0, x),
    lambda g, out, x, lambd: beyond(g, x, lambd),
    None,
    says="hardshrink: the gradient passes outside the threshold; inside and at it, it is 0",
)


def softshrink(x: Any, lambd: Any = 0.5) -> Any:
    """x moved towards 0 by lambd, and 0 if it was closer than that, element by element.

    Args:
        x: a number, an array or a node.
        lambd: how far; may be a node.

    Raises:
        OptionError: if lambd is a negative number.

    >>> softshrink(2.0), softshrink(-0.25)
    (1.5, 0.0)
    """
    if lambd.__class__ in (float, int) and lambd < 0:
        raise errors.out_of_range("softshrink", "lambd", "0 or more", lambd)
    return _softshrink(x, lambd)


def hardshrink(x: Any, lambd: Any = 0.5) -> Any:
    """x where it is further from 0 than lambd, else 0, element by element.

    Args:
        x: a number, an array or a node.
        lambd: the threshold; it only decides, so it gets no gradient.

    >>> hardshrink(2.0), hardshrink(0.25)
    (2.0, 0.0)
    """
    return _hardshrink(x, lambd)


_threshold = Op(
    "threshold",
    "threshold({}, {}, {})",
    lambda x, threshold, value: value if x <= threshold else x,
    lambda x, threshold, value: pick(np.less_equal(x, threshold), value, x),
    lambda g, out, x, threshold, _value: block(g, less_equal(x, threshold)),
    None,
    lambda g, out, x, threshold, _value: gate(g, less_equal(x, threshold)),
    says="threshold: the gradient passes above the threshold; at it and below it is the value's",
)


def threshold(x: Any, threshold: Any, value: Any) -> Any:
    """x where it is above the threshold, else `value`, element by element.

    Args:
        x: a number, an array or a node.
        threshold: it only decides, so it gets no gradient.
        value: what stands for the rest; a node gets the gradient of what it replaced.

    >>> threshold(2.0, 1.0, -1.0), threshold(1.0, 1.0, -1.0)
    (2.0, -1.0)
    """
    return _threshold(x, threshold, value)
