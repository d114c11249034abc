"""Running results: cumsum, cumprod, cummax, cummin, logcumsumexp.

Everything about products rests on one recurrence, `carry`: what reaches a position from those
before it, each multiplied by all that lies in between,

    carry(b, x)[t] = b[t-1] + x[t-1] * carry(b, x)[t-1],    carry(b, x)[0] = 0.

Its rules are carries in the other direction, so any order of derivative works. Nothing divides:
products with one zero, or many, have the right gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.ops.arithmetic import gate, greater
from autograd.ops.op import array_op
from autograd.ops.operands import on_arrays, operand, shape_of
from autograd.ops.sums import Array, Axis, floating, rows, unrows

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]

# --- carrying along an axis -----------------------------------------------------------------------


@array_op(
    "carry({}, {})",
    lambda g, out, _b, x, axis: carry_back(g, x, axis),
    lambda g, out, _b, x, axis: out * carry_back(g, x, axis),
    says="carried forwards: the gradient is carried backwards",
)
def carry(b: Any, x: Any, axis: Axis = None) -> Any:
    """What reaches each position from those before it, times all x in between.

    Several axes (or None for all) count as one, in row-major order.

    >>> carry([1.0, 1.0, 1.0], [5.0, 2.0, 3.0])
    array([0., 1., 3.])
    """
    return _carried(b, x, axis, 1)


@array_op(
    "carry_back({}, {})",
    lambda g, out, _b, x, axis: carry(g, x, axis),
    lambda g, out, _b, x, axis: out * carry(g, x, axis),
    says="carried backwards: the gradient is carried forwards",
)
def carry_back(b: Any, x: Any, axis: Axis = None) -> Any:
    """What reaches each position from those after it, times all x in between."""
    return _carried(b, x, axis, -1)


def _carried(b: Any, x: Any, axis: Axis, direction: int) -> Array:
    shape = np.broadcast_shapes(np.shape(b), np.shape(x))
    first = [np.moveaxis(rows(np.broadcast_to(z, shape), axis), -1, 0) for z in (b, x)]
    given, factors = (np.ascontiguousarray(z[::direction]) for z in first)
    reached = np.zeros(given.shape, np.result_type(given, factors))
    for t in range(1, len(reached)):
        reached[t] = given[t - 1] + factors[t - 1] * reached[t - 1]
    return unrows(np.moveaxis(reached[::direction], 0, -1), shape, axis)


@array_op(
    "products_before({}, {axis})",
    lambda g, out, x, axis: out * carry_back(g, x, axis),
    says="the product of everything before an element: the later ones pass their gradient back",
)
def products_before(x: Any, axis: Axis = None) -> Any:
    """The product of all elements before each one; 1 for the first.

    >>> products_before([2.0, 3.0, 4.0])
    array([1., 2., 6.])
    """
    r = rows(x, axis)
    out = np.ones(r.shape, r.dtype)
    np.multiply.accumulate(r[..., :-1], axis=-1, out=out[..., 1:])
    return unrows(out, np.shape(x), axis)


@array_op(
    "products_after({}, {axis})",
    lambda g, out, x, axis: out * carry(g, x, axis),
    says="the product of everything after an element: the earlier ones pass their gradient on",
)
def products_after(x: Any, axis: Axis = None) -> Any:
    """The product of all elements after each one; 1 for the last.

    >>> products_after([2.0, 3.0, 4.0])
    array([12.,  4.,  1.])
    """
    r = rows(x, axis)[..., ::-1]
    out = np.ones(r.shape, r.dtype)
    np.multiply.accumulate(r[..., :-1], axis=-1, out=out[..., 1:])
    return unrows(out[..., ::-1], np.shape(x), axis)


# --- running sums and products --------------------------------------------------------------------


@array_op(
    "flat({})",
    lambda g, out, x: unflat(g, x),
    says="laid out in one row: the gradient goes back into the shape",
)
def flat(x: Any) -> Any:
    """The elements in one row, as numpy lays them out where no axis is given."""
    return np.reshape(x, -1)


@array_op(
    "unflat({}, {})",
    lambda g, out, _x, _like: flat(g),
    None,
    says="one row put into a shape: the gradient is laid out again",
)
def unflat(x: Any, like: Any) -> Any:
    """The elements of a row in the shape of `like`."""
    return np.reshape(x, np.shape(like))


def along(x: Any, axis: int | None) -> tuple[Any, int]:
    """An operand and the axis to go along; no axis means all elements in one row."""
    x = operand(x)
    if axis is not None:
        return x, axis
    return (x if len(shape_of(x)) == 1 else on_arrays(flat, x)), 0


@array_op(
    "cumsum({}, {axis})",
    lambda g, out, _x, axis: cumsum_back(g, axis),
    says="running sum: an element gets the gradients of all sums from its own on",
)
def _cumsum(x: Any, axis: int) -> Any:
    return np.cumsum(x, axis=axis)


@array_op(
    "cumsum_back({}, {axis})",
    lambda g, out, _x, axis: _cumsum(g, axis),
    says="running sum from the end",
)
def cumsum_back(x: Any, axis: int) -> Any:
    """The running sum from the end to the front."""
    return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis)


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The running sum along an axis; over all elements in one row if no axis is given.

    >>> cumsum([1.0, 2.0, 4.0])
    array([1., 3., 7.])
    """
    return _cumsum(*along(x, axis))


@array_op(
    "cumprod({}, {axis})",
    lambda g, out, x, axis: products_before(x, axis) * (g + carry_back(g * x, x, axis)),
    says="running product: the gradients of all products from here on, times the other factors",
)
def _cumprod(x: Any, axis: int) -> Any:
    return np.cumprod(x, axis=axis)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """The running product along an axis; over all elements in one row if no axis is given.

    The gradient is right with any number of zeros: nothing is divided.

    >>> cumprod([2.0, 3.0, 4.0])
    array([ 2.,  6., 24.])
    """
    return _cumprod(*along(x, axis))


# --- running extremes -----------------------------------------------------------------------------


@array_op(
    "cummax({}, {axis})",
    lambda g, out, x, axis: to_leaders(g, x, axis, True),
    says="running max: each gradient goes to the element that led at that point",
)
def _cummax(x: Any, axis: int) -> Any:
    return np.maximum.accumulate(np.asarray(x), axis=axis)


@array_op(
    "cummin({}, {axis})",
    lambda g, out, x, axis: to_leaders(g, x, axis, False),
    says="running min: each gradient goes to the element that led at that point",
)
def _cummin(x: Any, axis: int) -> Any:
    return np.minimum.accumulate(np.asarray(x), axis=axis)


@array_op(
    "to_leaders({}, {}, {axis})",
    lambda g, out, _v, x, axis, largest: from_leaders(g, x, axis, largest),
    None,
    says="added up at the running winners",
)
def to_leaders(v: Any, x: Any, axis: int, largest: bool) -> Any:
    """Each element of v added to the place in x that led the running maximum there."""
    v = np.moveaxis(np.asarray(v), axis, -1)
    out = np.zeros(v.shape, v.dtype)
    if v.size:  # on flat arrays, where add.at is fast
        starts = np.arange(0, v.size, v.shape[-1]).reshape([*v.shape[:-1], 1])
        places = _leaders(x, axis, largest) + starts
        np.add.at(out.reshape(-1), places.reshape(-1), v.reshape(-1))
    return np.moveaxis(out, -1, axis)


@array_op(
    "from_leaders({}, {}, {axis})",
    lambda g, out, _v, x, axis, largest: to_leaders(g, x, axis, largest),
    None,
    says="looked up at the running winners",
)
def from_leaders(v: Any, x: Any, axis: int, largest: bool) -> Any:
    """The elements of v at the places in x that led the running maximum."""
    v = np.moveaxis(np.asarray(v), axis, -1)
    return np.moveaxis(np.take_along_axis(v, _leaders(x, axis, largest), axis=-1), -1, axis)


def _leaders(x: Any, axis: int, largest: bool) -> Array:
    """Where the running extreme sits: the first of equals, and the first nan for good."""
    r = np.moveaxis(np.asarray(x), axis, -1)
    best = (np.maximum if largest else np.minimum).accumulate(r, axis=-1)
    new, old = r[..., 1:], best[..., :-1]
    takes = (new > old if largest else new < old) | (np.isnan(new) & ~np.isnan(old))
    places = np.zeros(r.shape, np.intp)
    places[..., 1:] = np.where(takes, np.arange(1, r.shape[-1]), 0)
    return np.maximum.accumulate(places, axis=-1)


def cummax(x: Any, axis: int | None = None) -> Any:
    """The largest element so far along an axis; over all elements in one row without an axis.

    The gradient at each point goes to the element that leads there: the first of equals, as in
    `max` (PyTorch takes the last). After a nan everything is nan, and that nan gets it all.

    >>> cummax([1.0, 3.0, 2.0])
    array([1., 3., 3.])
    """
    return _cummax(*along(x, axis))


def cummin(x: Any, axis: int | None = None) -> Any:
    """The smallest element so far along an axis; see `cummax`.

    >>> cummin([3.0, 1.0, 2.0])
    array([3., 1., 1.])
    """
    return _cummin(*along(x, axis))


# --- running log of sums of exponentials ----------------------------------------------------------


@array_op(
    "exp_gap({}, {})",
    lambda g, out, _x, _y: g * out,
    lambda g, out, _x, _y: -g * out,
    says="exp of a difference: the gradient times the result, with both signs",
)
def exp_gap(x: Any, y: Any) -> Any:
    """exp(x - y), and 1 where both are the same infinity.

    >>> exp_gap([0.0, np.inf], [0.0, np.inf])
    array([1., 1.])
    """
    return np.exp(np.where(np.equal(x, y), 0.0, x - y))


@array_op(
    "previous({}, {axis})",
    lambda g, out, _x, axis: following(g, axis),
    says="moved on by one place: the gradient moves back",
)
def previous(x: Any, axis: int) -> Any:
    """Every element moved on by one place; -inf comes first."""
    return _moved(floating(x), axis, 1, -np.inf)


@array_op(
    "following({}, {axis})",
    lambda g, out, _x, axis: shifted(g, axis),
    says="moved back by one place: the gradient moves on",
)
def following(x: Any, axis: int) -> Any:
    """Every element moved back by one place; 0 comes last."""
    return _moved(np.asarray(x), axis, -1, 0.0)


@array_op(
    "shifted({}, {axis})",
    lambda g, out, _x, axis: following(g, axis),
    says="moved on by one place: the gradient moves back",
)
def shifted(x: Any, axis: int) -> Any:
    """Every element moved on by one place; 0 comes first."""
    return _moved(np.asarray(x), axis, 1, 0.0)


def _moved(x: Array, axis: int, by: int, fill: float) -> Array:
    out = np.roll(x, by, axis)
    edge = np.moveaxis(out, axis, 0)
    edge[slice(0, 1) if by > 0 else slice(-1, None)] = fill
    return out


def _logcumsumexp_rule(g: Any, out: Any, x: Any, axis: Any) -> Any:
    """exp(x - out) is an element's share in the sum at its place; it fades as others come."""
    before = previous(out, axis)
    fading = gate(exp_gap(before, out), greater(before, -np.inf))
    return exp_gap(x, out) * (g + carry_back(g * fading, fading, axis))


@array_op(
    "logcumsumexp({}, {axis})",
    _logcumsumexp_rule,
    says="running logsumexp: an element gets its share, exp(x - out), of every later gradient",
)
def _logcumsumexp(x: Any, axis: int) -> Any:
    return np.logaddexp.accumulate(floating(x), axis=axis)


def logcumsumexp(x: Any, axis: int | None = None) -> Any:
    """log(cumsum(exp(x))) along an axis, without overflow.

    >>> logcumsumexp([1000.0, 1000.0]).round(3)
    array([1000.   , 1000.693])
    """
    return _logcumsumexp(*along(x, axis))
