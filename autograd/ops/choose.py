"""Choosing: maximum, minimum, clip, where, and filling in what is missing.

A choice has a winner, and the winner takes the gradient. What happens when two are equal is
decided once, here: the first argument wins (`ties="first"`), or both get half (`ties="split"`).
A nan wins every maximum and every minimum, the first nan if there are two, and takes the gradient
with it. Whatever the policy, the shares of the inputs add up to the gradient that came in.

On arrays nothing here branches from element to element: see `keep` and `pick`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.arithmetic import (
    BITS,
    abs,
    block,
    equal,
    gate,
    keep,
    less,
    not_equal,
)
from autograd.ops.op import Op

__all__ = [
    "clip",
    "masked_fill",
    "maximum",
    "minimum",
    "nan_to_num",
    "where",
]

BRANCHLESS = 4096  # from this many elements on, the bits of numbers are picked without a branch


def pick(condition: Any, x: Any, y: Any) -> Any:
    """`np.where(condition, x, y)` at a tenth of the price when the condition jumps at random."""
    if np.size(condition) < BRANCHLESS:
        return np.where(condition, x, y)
    dtype = np.result_type(x, y)
    bits = BITS.get(dtype)
    if bits is None:
        return np.where(condition, x, y)
    ours, theirs = (np.asarray(z, dtype).view(bits) for z in (x, y))
    return (((ours ^ theirs) * np.asarray(condition, dtype=bool)) ^ theirs).view(dtype)


def first_of_equals(out: Any, x: Any, y: Any) -> Any:
    """`out`, but exactly x where x and y are equal: 0.0 and -0.0 are, and processors disagree."""
    same = np.equal(x, y)
    return pick(same, x, out) if same.any() else out


def larger(x: Any, y: Any) -> Any:
    return first_of_equals(np.maximum(x, y), x, y)


def smaller(x: Any, y: Any) -> Any:
    return first_of_equals(np.minimum(x, y), x, y)


def _beats(x: Any, y: Any) -> Any:
    return np.greater_equal(x, y) | np.not_equal(x, x)


def _undercuts(x: Any, y: Any) -> Any:
    return np.less_equal(x, y) | np.not_equal(x, x)


# --- who gets the gradient: one operation per side, so that a rule is one call --------------------

wins = Op(
    "wins",
    "{} wins over {}",
    lambda x, y: x >= y or x != x,
    _beats,
    None,
    None,
    says="the first of two wins a maximum: it is larger, or equal, or not a number",
)
undercuts = Op(
    "undercuts",
    "{} undercuts {}",
    lambda x, y: x <= y or x != x,
    _undercuts,
    None,
    None,
    says="the first of two wins a minimum: it is smaller, or equal, or not a number",
)
if_wins = Op(
    "if_wins",
    "({} if {} wins over {} else 0)",
    lambda g, x, y: g if x >= y or x != x else 0.0,
    lambda g, x, y: keep(g, _beats(x, y)),
    lambda g, out, _g, x, y: if_wins(g, x, y),
    None,
    None,
    says="the gradient passes where the first wins a maximum against the second",
)
unless_wins = Op(
    "unless_wins",
    "(0 if {1} wins over {2} else {0})",
    lambda g, x, y: 0.0 if x >= y or x != x else g,
    lambda g, x, y: keep(g, ~_beats(x, y)),
    lambda g, out, _g, x, y: unless_wins(g, x, y),
    None,
    None,
    says="the gradient passes where the first does not win a maximum against the second",
)
if_undercuts = Op(
    "if_undercuts",
    "({} if {} undercuts {} else 0)",
    lambda g, x, y: g if x <= y or x != x else 0.0,
    lambda g, x, y: keep(g, _undercuts(x, y)),
    lambda g, out, _g, x, y: if_undercuts(g, x, y),
    None,
    None,
    says="the gradient passes where the first wins a minimum against the second",
)
unless_undercuts = Op(
    "unless_undercuts",
    "(0 if {1} undercuts {2} else {0})",
    lambda g, x, y: 0.0 if x <= y or x != x else g,
    lambda g, x, y: keep(g, ~_undercuts(x, y)),
    lambda g, out, _g, x, y: unless_undercuts(g, x, y),
    None,
    None,
    says="the gradient passes where the first does not win a minimum against the second",
)
halved = Op(
    "halved",
    "({0} / 2 if {1} = {2} else {0})",
    lambda g, x, y: g * 0.5 if x == y else g,
    lambda g, x, y: pick(np.equal(x, y), g * 0.5, g),
    lambda g, out, _g, x, y: halved(g, x, y),
    None,
    None,
    says="half of the gradient passes where two are equal",
)

# --- maximum and minimum --------------------------------------------------------------------------

_maximum_first = Op(
    "maximum",
    "maximum({}, {})",
    lambda x, y: x if x >= y or x != x else y,
    larger,
    lambda g, out, x, y: if_wins(g, x, y),
    lambda g, out, x, y: unless_wins(g, x, y),
    says="max: the whole gradient goes to the larger input, the other gets 0; a tie to the first",
)
_maximum_split = Op(
    "maximum",
    "maximum({}, {})",
    lambda x, y: x if x >= y or x != x else y,
    larger,
    lambda g, out, x, y: halved(if_wins(g, x, y), x, y),
    lambda g, out, x, y: unless_wins(g, x, y) + 0.5 * gate(g, equal(x, y)),
    says="max: the whole gradient goes to the larger input; at a tie each gets half",
)
_minimum_first = Op(
    "minimum",
    "minimum({}, {})",
    lambda x, y: x if x <= y or x != x else y,
    smaller,
    lambda g, out, x, y: if_undercuts(g, x, y),
    lambda g, out, x, y: unless_undercuts(g, x, y),
    says="min: the whole gradient goes to the smaller input, the other gets 0; a tie to the first",
)
_minimum_split = Op(
    "minimum",
    "minimum({}, {})",
    lambda x, y: x if x <= y or x != x else y,
    smaller,
    lambda g, out, x, y: halved(if_undercuts(g, x, y), x, y),
    lambda g, out, x, y: unless_undercuts(g, x, y) + 0.5 * gate(g, equal(x, y)),
    says="min: the whole gradient goes to the smaller input; at a tie each gets half",
)
TIES = ("first", "split")


def check_ties(name: str, ties: str) -> None:
    """Raise unless it says who wins among equals."""
    if ties not in TIES:
        raise errors.unknown_option(name, "ties", ties, TIES)


def maximum(x: Any, y: Any, ties: str = "first") -> Any:
    """The larger of two, element by element with broadcasting; a nan is larger than any number.

    Args:
        x, y: numbers, arrays or nodes.
        ties: who gets the gradient where both are equal: the "first" argument, or "split" it,
            half to each.

    Raises:
        OptionError: for another value of `ties`.
        ShapeError: if the shapes do not broadcast.

    >>> from autograd import Value
    >>> a, b = Value(1.0), Value(1.0)
    >>> maximum(a, b).backward()
    >>> a.grad, b.grad
    (1.0, 0.0)
    """
    check_ties("maximum", ties)
    return _maximum_first(x, y) if ties == "first" else _maximum_split(x, y)


def minimum(x: Any, y: Any, ties: str = "first") -> Any:
    """The smaller of two, element by element with broadcasting; a nan is smaller than any number.

    Args:
        x, y: numbers, arrays or nodes.
        ties: who gets the gradient where both are equal: the "first" argument, or "split" it,
            half to each.

    Raises:
        OptionError: for another value of `ties`.
        ShapeError: if the shapes do not broadcast.

    >>> from autograd import Value
    >>> a, b = Value(1.0), Value(1.0)
    >>> minimum(a, b, ties="split").backward()
    >>> a.grad, b.grad
    (0.5, 0.5)
    """
    check_ties("minimum", ties)
    return _minimum_first(x, y) if ties == "first" else _minimum_split(x, y)


# --- clip: a maximum inside a minimum -------------------------------------------------------------


def _clip_float(x: float, low: float, high: float) -> float:
    x = x if x >= low or x != x else low
    return x if x <= high or x != x else high


between = Op(
    "between",
    "({0} if {2} <= {1} <= {3} else 0)",
    lambda g, x, low, high: g if low <= x <= high or x != x else 0.0,
    lambda g, x, low, high: keep(g, _beats(x, low) & _undercuts(x, high)),
    lambda g, out, _g, x, low, high: between(g, x, low, high),
    None,
    None,
    None,
    says="the gradient passes between two bounds and at them",
)
_clip = Op(
    "clip",
    "clip({}, {}, {})",
    _clip_float,
    lambda x, low, high: smaller(larger(x, low), high),
    lambda g, out, x, low, high: between(g, x, low, high),
    lambda g, out, x, low, high: unless_wins(if_undercuts(g, low, high), x, low),
    lambda g, out, x, low, high: unless_undercuts(g, _maximum_first(x, low), high),
    says="clip: the gradient passes between the bounds and at them; outside, the bound gets it",
)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """x, but not below `min` and not above `max`, element by element.

    The gradient of x is 1 between the bounds and at both of them, 0 outside. A bound may be a
    node: it gets the gradient where it is what comes out. If the bounds cross, `max` wins.

    Args:
        x: a number, an array or a node.
        min, max: the bounds, anything that broadcasts against x; None for no bound on that side.

    Raises:
        OptionError: if both bounds are None.

    >>> clip(7.0, 0.0, 6.0), clip(-2.0, min=-1.0)
    (6.0, -1.0)
    """
    if min is None and max is None:
        raise errors.no_bounds()
    if max is None:
        return _maximum_first(x, min)
    if min is None:
        return _minimum_first(x, max)
    return _clip(x, min, max)


# --- choosing by a condition ----------------------------------------------------------------------

where = Op(
    "where",
    "({1} if {0} else {2})",
    lambda condition, x, y: x if condition else y,
    pick,
    None,
    lambda g, out, condition, _x, _y: gate(g, condition),
    lambda g, out, condition, _x, _y: block(g, condition),
    says="where: the gradient goes to the side that was chosen, the other side gets 0",
    doc="""x where the condition holds, elsewhere y; `where(condition, x, y)`, with broadcasting.

    The condition gets no gradient.

    >>> where(True, 1.0, 2.0), where(False, 1.0, 2.0)
    (1.0, 2.0)
    """,
)
_masked_fill = Op(
    "masked_fill",
    "({2} if {1} else {0})",
    lambda x, mask, value: value if mask else x,
    lambda x, mask, value: pick(mask, value, x),
    lambda g, out, _x, mask, _value: block(g, mask),
    None,
    lambda g, out, _x, mask, _value: gate(g, mask),
    says="masked_fill: the gradient passes where nothing was filled in; the rest is the value's",
)


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """x, with `value` wherever the mask holds. PyTorch's function of that name.

    Args:
        x: a number, an array or a node.
        mask: true where x is replaced; broadcasts against x and gets no gradient.
        value: what is filled in: usually a number; a node gets the gradient of what it replaced.

    >>> import numpy as np
    >>> masked_fill(np.array([1.0, 2.0]), np.array([False, True]), -1.0)
    array([ 1., -1.])
    """
    return _masked_fill(x, mask, value)


def _fill_missing(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    high = pick(np.equal(x, math.inf), posinf, x)
    return pick(np.not_equal(x, x), nan, pick(np.equal(x, -math.inf), neginf, high))


_nan_to_num = Op(
    "nan_to_num",
    "nan_to_num({}, {}, {}, {})",
    lambda x, nan, posinf, neginf: (
        nan if x != x else posinf if x == math.inf else neginf if x == -math.inf else x
    ),
    _fill_missing,
    lambda g, out, x, _nan, _posinf, _neginf: gate(g, less(abs(x), math.inf)),
    lambda g, out, x, _nan, _posinf, _neginf: gate(g, not_equal(x, x)),
    lambda g, out, x, _nan, _posinf, _neginf: gate(g, equal(x, math.inf)),
    lambda g, out, x, _nan, _posinf, _neginf: gate(g, equal(x, -math.inf)),
    says="nan_to_num: the gradient passes where the number was finite; elsewhere it is 0",
)


def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """x, with numbers in place of nan and the infinities.

    The gradient of x is 1 where it was finite, 0 where it was replaced.

    Args:
        x: a number, an array or a node.
        nan: what stands for nan.
        posinf, neginf: what stands for the infinities; None for the largest and smallest numbers
            of the dtype.

    >>> nan_to_num(float("nan"), nan=5.0), nan_to_num(2.0)
    (5.0, 2.0)
    """
    dtype = np.dtype(getattr(x, "dtype", np.float64))
    limit = float(np.finfo(dtype if dtype.kind == "f" else np.float64).max)
    return _nan_to_num(
        x, nan, limit if posinf is None else posinf, -limit if neginf is None else neginf
    )
