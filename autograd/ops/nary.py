"""Operations on many scalars at once: one node where there would be dozens.

A neuron with 16 inputs is 31 elementary operations, or one `dot`. Sums are taken from left to
right, starting with the first term, with plain float additions, so that the same network written
in elementary operations gives the same numbers, bit for bit.

These nodes are for single numbers (Values). Arrays have `matmul` and the reductions.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import reduce as fold
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops import products
from autograd.ops.arithmetic import zero
from autograd.ops.choose import check_ties
from autograd.ops.op import ManyOp, Op, Recorder

__all__ = [
    "dot",
    "total",
]

Floats = Callable[..., float]


def _numbers_only(name: str, kernel: Floats, advice: str) -> Callable[..., Any]:
    """The array kernel of an operation on single numbers: arrays of one number are let in."""

    def run(*xs: Any) -> Any:
        for x in xs:
            if np.ndim(x):
                raise errors.only_single_numbers(name, x, advice)
        dtype = np.result_type(*xs)
        return dtype.type(kernel(*xs)) if dtype.kind == "f" else kernel(*xs)

    return run


# --- sums -----------------------------------------------------------------------------------------


def _plain_sum(xs: Iterable[float]) -> float:
    """Left to right, each addition rounded: what the operator + does, also in its signs of zero."""
    return sum(xs, -0.0) if sys.version_info < (3, 12) else fold(operator.add, xs)


def _dot_float(*xs: float) -> float:
    half = len(xs) // 2
    return _plain_sum(map(operator.mul, xs[:half], xs[half:]))


def _dot_rule(g: Any, out: Any, xs: Sequence[Any]) -> list[Any]:
    half = len(xs) // 2
    return [g * x for x in xs[half:]] + [g * w for w in xs[:half]]


def _total_float(*xs: float) -> float:
    return _plain_sum(xs)


_dot = ManyOp(
    "dot",
    "dot({})",
    _dot_float,
    _numbers_only("dot", _dot_float, "for arrays use matmul"),
    _dot_rule,
    says="dot: each number gets the gradient times its partner",
)
_total = ManyOp(
    "total",
    "total({})",
    _total_float,
    _numbers_only("total", _total_float, "for arrays use sum"),
    lambda g, out, xs: [g] * len(xs),
    says="total: every number gets the gradient as it is",
)


def dot(ws: Any, xs: Any) -> Any:
    """The sum of the products ws[0] * xs[0] + ws[1] * xs[1] + ..., as one node.

    The products are added from left to right. Two arrays or Tensors of one axis give their inner
    product; an array against a sequence that contains Values counts as a sequence of numbers.

    Args:
        ws, xs: sequences of Values and numbers, of equal length.

    Raises:
        ShapeError: if the lengths differ, or an array has not exactly one axis.

    >>> from autograd import Value
    >>> w, x = Value(2.0), Value(3.0)
    >>> y = dot([w, 1.0], [x, 4.0])
    >>> y.backward()
    >>> y.data, w.grad, x.grad
    (10.0, 3.0, 2.0)
    """
    arrays: Any = (np.ndarray, Recorder.for_arrays)
    if isinstance(ws, arrays) or isinstance(xs, arrays):
        if any(np.ndim(v) != 1 for v in (ws, xs) if isinstance(v, arrays)):
            raise errors.not_a_vector("dot", ws if np.ndim(ws) != 1 else xs)
        if not (_has_nodes(ws) or _has_nodes(xs)):
            _check_counts(len(ws), len(xs))
            return products.matmul(ws, xs)
    left, right = _numbers(ws), _numbers(xs)
    _check_counts(len(left), len(right))
    return _dot(*left, *right) if left else 0.0


def total(xs: Iterable[Any]) -> Any:
    """The sum of many scalars, as one node; added from left to right. Of none: 0.0.

    >>> from autograd import Value
    >>> total([Value(1.0), Value(2.0), 3.0]).data
    6.0
    """
    numbers = _numbers(xs)
    return _total(*numbers) if numbers else 0.0


def _has_nodes(xs: Any) -> bool:
    """Whether `xs` is a sequence of single nodes, not an array of its own."""
    return isinstance(xs, (list, tuple)) and any(isinstance(x, Recorder) for x in xs)


def _numbers(xs: Any) -> Sequence[Any]:
    if isinstance(xs, np.ndarray):
        return xs.tolist()  # type: ignore[no-any-return]  # Python floats
    return xs if isinstance(xs, (list, tuple)) else tuple(xs)


def _check_counts(left: int, right: int) -> None:
    if left != right:
        raise errors.unequal_counts("dot", left, right)


# --- the largest and the smallest of many ---------------------------------------------------------


def _largest(*xs: float) -> float:
    best = xs[0]
    for x in xs:
        if x > best:
            best = x
        elif x != x:
            return x
    return best


def _smallest(*xs: float) -> float:
    best = xs[0]
    for x in xs:
        if x < best:
            best = x
        elif x != x:
            return x
    return best


def _place(best_of: Floats) -> Floats:
    """Where the winner stands, counted from 0, as a float: the first of equals, the first nan."""

    def place(*xs: float) -> float:
        best = best_of(*xs)
        for i, x in enumerate(xs):
            if x == best or x != x:
                return float(i)
        raise AssertionError("the best of some numbers is one of them")

    return place


def _winners(best_of: Floats) -> Floats:
    """How many are equal to the best; 1 if that is a nan."""

    def winners(*xs: float) -> float:
        best = best_of(*xs)
        return float(sum(x == best for x in xs)) if best == best else 1.0

    return winners


def _deciding(name: str, form: str, kernel: Floats, says: str) -> ManyOp:
    return ManyOp(
        name,
        form,
        kernel,
        _numbers_only(name, kernel, "for arrays use max(x, axis=...)"),
        lambda g, out, xs: [zero(g)] * len(xs),
        says=says,
    )


place_of_max = _deciding(
    "place_of_max", "argmax({})", _place(_largest), "which number is the largest; it is flat"
)
place_of_min = _deciding(
    "place_of_min", "argmin({})", _place(_smallest), "which number is the smallest; it is flat"
)
count_of_max = _deciding(
    "count_of_max", "winners({})", _winners(_largest), "how many are the largest; it is flat"
)
count_of_min = _deciding(
    "count_of_min", "winners({})", _winners(_smallest), "how many are the smallest; it is flat"
)
at_place = Op(
    "at_place",
    "({} if {} = {} else 0)",
    lambda g, place, i: g if place == i else 0.0,
    lambda g, place, i: np.where(np.equal(place, i), g, 0.0),
    lambda g, out, _g, place, i: at_place(g, place, i),
    None,
    None,
    says="the gradient passes to the winner of many, by its place",
)
if_best = Op(
    "if_best",
    "({0} if {1} = {2} else 0)",
    lambda g, x, best, away: g if x == best or away == 0.0 else 0.0,
    lambda g, x, best, away: np.where(np.equal(x, best) | np.equal(away, 0), g, 0.0),
    lambda g, out, _g, x, best, away: if_best(g, x, best, away),
    None,
    None,
    None,
    says="the gradient passes to all winners of many; if that is a nan, to the first in place",
)


def _first_rule(place_of: ManyOp) -> Callable[..., list[Any]]:
    def rule(g: Any, out: Any, xs: Sequence[Any]) -> list[Any]:
        place = place_of(*xs)
        return [at_place(g, place, float(i)) for i in range(len(xs))]

    return rule


def _split_rule(place_of: ManyOp, count_of: ManyOp) -> Callable[..., list[Any]]:
    def rule(g: Any, out: Any, xs: Sequence[Any]) -> list[Any]:
        place, part = place_of(*xs), g / count_of(*xs)
        return [if_best(part, x, out, place - float(i)) for i, x in enumerate(xs)]

    return rule


def _best(name: str, kernel: Floats, rule: Callable[..., list[Any]], says: str) -> ManyOp:
    array = _numbers_only(name, kernel, f"for arrays use {name}(x, axis=...)")
    return ManyOp(name, f"{name}({{}})", kernel, array, rule, says=says)


_FIRST = "the whole gradient goes to the {} number, the others get 0; a tie to the first"
_SPLIT = "the gradient goes to the {} number; at a tie its winners get equal parts"
_max_first = _best("max", _largest, _first_rule(place_of_max), "max: " + _FIRST.format("largest"))
_min_first = _best("min", _smallest, _first_rule(place_of_min), "min: " + _FIRST.format("smallest"))
_max_split = _best(
    "max", _largest, _split_rule(place_of_max, count_of_max), "max: " + _SPLIT.format("largest")
)
_min_split = _best(
    "min", _smallest, _split_rule(place_of_min, count_of_min), "min: " + _SPLIT.format("smallest")
)


def max_of(*xs: Any, ties: str = "first") -> Any:
    """The largest of many scalars, as one node: what `max(*xs)` does.

    Args:
        xs: Values and numbers. The first nan, if there is one, is the largest.
        ties: who gets the gradient where several are the largest: the "first" of them, or
            "split" it into equal parts.

    Raises:
        OptionError: for another value of `ties`.
        DTypeError: for arrays, and for nothing at all.

    >>> from autograd import Value
    >>> a, b, c = Value(1.0), Value(5.0), Value(5.0)
    >>> max_of(a, b, c).backward(6.0)
    >>> a.grad, b.grad, c.grad
    (0.0, 6.0, 0.0)
    """
    check_ties("max", ties)
    return (_max_first if ties == "first" else _max_split)(*xs)


def min_of(*xs: Any, ties: str = "first") -> Any:
    """The smallest of many scalars, as one node: what `min(*xs)` does.

    Args:
        xs: Values and numbers. The first nan, if there is one, is the smallest.
        ties: who gets the gradient where several are the smallest: the "first" of them, or
            "split" it into equal parts.

    Raises:
        OptionError: for another value of `ties`.
        DTypeError: for arrays, and for nothing at all.

    >>> from autograd import Value
    >>> a, b, c = Value(5.0), Value(1.0), Value(1.0)
    >>> min_of(a, b, c, ties="split").backward(6.0)
    >>> a.grad, b.grad, c.grad
    (0.0, 3.0, 3.0)
    """
    check_ties("min", ties)
    return (_min_first if ties == "first" else _min_split)(*xs)
