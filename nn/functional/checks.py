"""What functions check before they compute, and how many losses become one number."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.inputs import Array, as_floats, as_input

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(loss: str, reduction: str) -> None:
    """Raise unless it is "mean", "sum" or "none"."""
    one_of(loss, "reduction", reduction, REDUCTIONS)


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The mean or sum over all elements, or the losses as they are."""
    if reduction == "none":
        return losses
    return ag.mean(losses) if reduction == "mean" else ag.sum(losses)  # type: ignore[no-any-return]  # a Tensor of a Tensor


def weighted(losses: Tensor, counts: Array | None, reduction: str) -> Tensor:
    """`reduced`, with a mean in which each element counts what it counts."""
    if reduction == "mean" and counts is not None:
        return ag.sum(losses) / float(counts.sum())  # type: ignore[no-any-return]  # as above
    return reduced(losses, reduction)


def pair(loss: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Prediction and target as Tensors; the target has the same shape or is one number for all.

    Raises:
        ShapeError: if the shapes differ. (3, 1) and (3,) would broadcast to (3, 3), and the loss
            would be of pairs that nobody meant.
    """
    prediction = as_floats(input)
    goal = as_input(target, prediction.dtype)
    if goal.shape not in (prediction.shape, ()):
        raise errors.unequal_shapes(loss, prediction.shape, goal.shape)
    return prediction, goal


def element_weights(loss: str, weight: Any, like: Tensor, option: str = "weight") -> Tensor | None:
    """Factors that broadcast to the shape of the losses, or None."""
    if weight is None:
        return None
    factors = as_input(weight, like.dtype)
    try:
        fits = np.broadcast_shapes(factors.shape, like.shape) == like.shape
    except ValueError:
        fits = False
    if not fits:
        raise errors.wrong_element_weights(loss, option, like.shape, factors.shape)
    return factors


def within(loss: str, what: str, x: Tensor, low: float, high: float) -> None:
    """Raise unless every element is between two bounds; nan is not."""
    array = x.numpy()
    wrong = ~((array >= low) & (array <= high))
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise errors.element_outside(loss, what, low, high, float(array[where]), where)


def signs(loss: str, target: Tensor) -> None:
    """Raise unless every target is 1 or -1."""
    array = target.numpy()
    wrong = np.abs(array) != 1
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise errors.not_a_sign(loss, float(array[where]), where)


def number(
    loss: str, option: str, given: Any, expected: str = "a number", least: Any = None
) -> Any:
    """`given`, if it is a number, and above `least` where there is one."""
    plain = isinstance(given, (int, float, np.integer, np.floating)) and not isinstance(given, bool)
    if not plain or given != given or (least is not None and not given > least):
        raise errors.bad_option(loss, option, expected, given)
    return given


def between(
    owner: str, option: str, given: Any, low: float, high: float, expected: str = ""
) -> Any:
    """`given`, if it is a number from `low` to `high`, both included."""
    expected = expected or f"between {low} and {high}"
    if not low <= number(owner, option, given, expected) <= high:
        raise errors.bad_option(owner, option, expected, given)
    return given


def not_negative(owner: str, option: str, given: Any) -> Any:
    """`given`, if it is a number of at least 0."""
    return between(owner, option, given, 0, math.inf, "a number of at least 0")


def flag(owner: str, option: str, given: Any) -> bool:
    """`given`, if it is True or False. A text such as "False" would count as True."""
    if not isinstance(given, (bool, np.bool_, int, np.integer)) or given not in (0, 1):
        raise errors.bad_option(owner, option, "True or False", given)
    return bool(given)


def one_of(owner: str, option: str, given: Any, known: Sequence[str]) -> str:
    """`given`, if it is one of the words that are known."""
    if not isinstance(given, str) or given not in known:
        *others, last = map(repr, known)
        expected = f"{', '.join(others)} or {last}" if others else last
        raise errors.bad_option(owner, option, expected, given)
    return given


def whole_number(owner: str, option: str, given: Any, expected: str = "a whole number") -> int:
    """`given` as an integer."""
    try:
        if isinstance(given, (bool, np.bool_)):
            raise TypeError
        return operator.index(given)
    except TypeError:
        raise errors.bad_option(owner, option, expected, given) from None


def whole_axis(owner: str, dim: Any) -> int:
    """`dim` as an integer; None is no axis."""
    return whole_number(owner, "dim", dim, "an axis, such as 1 for the classes of (N, C)")
