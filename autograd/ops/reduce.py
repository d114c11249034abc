"""Reductions: sum, mean, prod, var, std, logsumexp, median; max and min are in `order`.

`axis` is None (all), one axis or several, counted from either end; `keepdims` leaves the reduced
axes in with size 1: as in numpy. A rule spreads the gradient back over the axes (`expand_back`,
or `share_out` for means) and multiplies by each element's part in the result.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, array_op
from autograd.ops.order import not_empty
from autograd.ops.scan import products_after, products_before
from autograd.ops.sums import (
    Array,
    Axis,
    count,
    fast_squares,
    fast_sum,
    floating,
    kept_shape,
    reduced,
    result_shape,
    rows,
    unrows,
)

__all__ = ["logsumexp", "mean", "median", "prod", "std", "sum", "var"]

# --- sums and means -------------------------------------------------------------------------------


@array_op(
    "sum({}, {axis})",
    lambda g, out, x, axis, keepdims: expand_back(g, x, axis, keepdims),
    says="sum: every element gets the gradient as it is",
)
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the elements, or along axes.

    Args:
        x: an array.
        axis: the axes to sum over: None (all), one, or a tuple; negative ones count from the end.
        keepdims: leave the reduced axes in, with size 1.

    The sum of nothing is 0.

    Raises:
        IndexingError: for an axis that is not there.

    >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([4., 6.])
    """
    return fast_sum(np.asarray(x), axis, keepdims)


@array_op(
    "expand_back({} to {})",
    lambda g, out, _x, _like, axis, keepdims: sum(g, axis, keepdims),
    None,
    says="repeated along the reduced axes: the gradients of the copies are added",
)
def expand_back(x: Any, like: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The result of a reduction, repeated to the shape of `like`, which was reduced.

    >>> expand_back([1.0, 2.0], np.zeros((2, 3)), axis=1)
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    return _expanded(x, np.shape(like), axis, keepdims)


def _expanded(x: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Array:
    if not keepdims and axis is not None:
        x = np.reshape(x, kept_shape(shape, axis))
    return np.broadcast_to(x, shape)


@array_op(
    "mean({}, {axis})",
    lambda g, out, x, axis, keepdims: share_out(g, x, axis, keepdims),
    says="mean: every element gets an equal part of the gradient, g / n",
)
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of the elements, or along axes; see `sum` for the arguments.

    Raises:
        ShapeError: if there is no element along the axes.

    >>> mean([[1.0, 2.0], [3.0, 6.0]], axis=1)
    array([1.5, 4.5])
    """
    x = np.asarray(x)
    n = _at_least("mean", x.shape, axis, 0)
    return fast_sum(x, axis, keepdims) / n


@array_op(
    "share_out({} to {})",
    lambda g, out, _x, _like, axis, keepdims, ddof: gathered(g, axis, keepdims, ddof),
    None,
    says="an equal part to every element",
)
def share_out(x: Any, like: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Any:
    """x / (n - ddof), repeated to the shape of `like`, which has n elements along the axes.

    >>> share_out(6.0, [1.0, 2.0, 3.0])
    array([2., 2., 2.])
    """
    shape = np.shape(like)
    return _expanded(x / _divisor(shape, axis, ddof), shape, axis, keepdims)


@array_op(
    "gathered({}, {axis})",
    lambda g, out, x, axis, keepdims, ddof: share_out(g, x, axis, keepdims, ddof),
    says="the sum over n - ddof",
)
def gathered(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Any:
    """The sum along axes, over the number of elements less `ddof`: a mean for ddof 0."""
    x = np.asarray(x)
    return fast_sum(x, axis, keepdims) / _divisor(x.shape, axis, ddof)


def _divisor(shape: tuple[int, ...], axis: Axis, ddof: float) -> float:
    # Zero elements along the axis are let through only if the result has none either.
    return count(shape, axis) - ddof or 1


def _at_least(name: str, shape: tuple[int, ...], axis: Axis, ddof: float) -> int:
    """How many elements go into a result; refuses to have too few."""
    n = count(shape, axis)
    if n <= ddof and 0 not in result_shape(shape, axis, False):
        if n == 0:
            raise errors.empty_reduction(name, shape, axis)
        raise errors.too_few(name, ddof, n)
    return n or 1


# --- spread ---------------------------------------------------------------------------------------


def _ratio(x: Any, y: Any) -> Any:
    quotient = np.divide(x, y)
    zeros = np.equal(y, 0.0)
    return np.where(zeros, 0.0, quotient) if zeros.any() else quotient


ratio = Op(
    "ratio",
    "{} / {}",
    lambda x, y: 0.0 if y == 0.0 else x / y,
    _ratio,
    lambda g, out, _x, y: ratio(g, y),
    lambda g, out, _x, y: -ratio(g * out, y),
    says="divide, and 0 where the bottom is 0",
    doc="""x / y, and 0 where y is 0: for slopes of things that have a kink there.

    >>> ratio(1.0, 4.0), ratio(1.0, 0.0)
    (0.25, 0.0)
    """,
)


@array_op(
    "centred({}, {axis})",
    lambda g, out, _x, axis: centred(g, axis),
    says="less its mean: so is the gradient",
)
def centred(x: Any, axis: Axis = None) -> Any:
    """x less its mean along the axes.

    >>> centred([1.0, 2.0, 6.0])
    array([-2., -1.,  3.])
    """
    x = np.asarray(x)
    return x - fast_sum(x, axis, True) / _divisor(x.shape, axis, 0)


@array_op(
    "var({}, {axis})",
    lambda g, out, x, axis, keepdims, ddof: (
        share_out(2 * g, x, axis, keepdims, ddof) * centred(x, axis)
    ),
    says="var: every element gets the gradient times twice its distance from the mean, over n",
)
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance: the mean of the squared distances from the mean.

    Args:
        x: an array.
        axis: the axes to reduce, as in `sum`.
        ddof: divide by n - ddof; 0 as in numpy, 1 for the unbiased estimate (PyTorch's default).
        keepdims: leave the reduced axes in, with size 1.

    The mean is taken off first, so nothing cancels in large numbers.

    Raises:
        ShapeError: if there are not more than `ddof` elements along the axes.

    >>> var([1.0, 2.0, 6.0], ddof=1)
    np.float64(7.0)
    """
    return _variance("var", np.asarray(x), axis, ddof, keepdims)


@array_op(
    "std({}, {axis})",
    lambda g, out, x, axis, keepdims, ddof: (
        share_out(ratio(g, out), x, axis, keepdims, ddof) * centred(x, axis)
    ),
    says="std: every element gets the gradient times its distance from the mean, over n times the "
    "result; 0 where nothing varies",
)
def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The standard deviation, the square root of `var`. Its gradient is 0 where it is 0.

    >>> std([1.0, 3.0])
    np.float64(1.0)
    """
    return np.sqrt(_variance("std", np.asarray(x), axis, ddof, keepdims))


def _variance(name: str, x: Array, axis: Axis, ddof: float, keepdims: bool) -> Any:
    n = _at_least(name, x.shape, axis, ddof)
    return fast_squares(centred.array(x, axis), axis, keepdims) / (n - ddof or 1)


# --- prod, logsumexp ------------------------------------------------------------------------------


@array_op(
    "prod({}, {axis})",
    lambda g, out, x, axis, keepdims: (
        expand_back(g, x, axis, keepdims) * (products_before(x, axis) * products_after(x, axis))
    ),
    says="prod: every element gets the gradient times the product of all the others",
)
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of the elements, or along axes; see `sum` for the arguments.

    The gradient is right with any number of zeros. The product of nothing is 1.

    >>> from autograd import Tensor
    >>> x = Tensor([2.0, 0.0, 5.0], requires_grad=True)
    >>> prod(x).backward()
    >>> x.grad
    array([ 0., 10.,  0.])
    """
    return reduced(np.multiply, np.asarray(x), axis, keepdims)


@array_op(
    "logsumexp({}, {axis})",
    lambda g, out, x, axis, keepdims: expand_back(g, x, axis, keepdims) * softmax_over(x, axis),
    says="logsumexp: every element gets its share, exp(x - result), of the gradient",
)
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over all elements or along axes, without overflow.

    Of infinite elements the largest share the gradient equally. Of nothing it is -inf.

    >>> logsumexp([1000.0, 1000.0]).round(3)
    np.float64(1000.693)
    """
    top, parts = _parts(x, axis)
    out = np.log(fast_sum(parts, axis, True)) + top
    return out.reshape(result_shape(parts.shape, axis, keepdims))[()]


@array_op(
    "softmax({}, {axis})",
    lambda g, out, _x, axis: out * (g - sum(g * out, axis, True)),
    says="each share gets its gradient less the mean of all gradients, times the share",
)
def softmax_over(x: Any, axis: Axis = None) -> Any:
    """exp(x) over the sum of exp(x), over several axes; shares add up to 1 at infinities too.

    >>> softmax_over([0.0, -np.inf, 0.0])
    array([0.5, 0. , 0.5])
    """
    _, parts = _parts(x, axis)
    return parts / fast_sum(parts, axis, True)


def _parts(x: Any, axis: Axis) -> tuple[Any, Array]:
    """The maximum, and exp(x - maximum): 1 for the maximum itself, even if it is infinite."""
    x = floating(x)
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    if np.isfinite(top).all():
        return top, np.exp(x - top)
    return top, np.exp(np.where(np.equal(x, top), 0.0, x - top))


# --- median ---------------------------------------------------------------------------------------


@array_op(
    "median({}, {axis})",
    lambda g, out, x, axis, keepdims: to_middle(g, x, axis, keepdims),
    says="median: the gradient goes to the element in the middle, or half each to the middle two",
)
def median(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The element in the middle of the sorted ones; the mean of the middle two for an even count.

    Of equal elements the first counts as the smallest. A nan makes the result nan; the first
    nan takes the gradient.

    Raises:
        ShapeError: if there is no element along the axes.

    >>> median([[1.0, 9.0, 4.0], [2.0, 8.0, 3.0]], axis=1)
    array([4., 3.])
    """
    return from_middle.array(x, x, axis, keepdims)


@array_op(
    "to_middle({}, {})",
    lambda g, out, _v, x, axis, keepdims: from_middle(g, x, axis, keepdims),
    None,
    says="put in the middle of the sorted elements",
)
def to_middle(v: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Half of v added to each of the two places in the middle of sorted x."""
    r = rows(x, axis)
    half = 0.5 * np.reshape(v, [*r.shape[:-1], 1])
    out = np.zeros(r.shape, half.dtype)
    if r.size:
        for place in _middle(r):
            np.put_along_axis(out, place, np.take_along_axis(out, place, -1) + half, axis=-1)
    return unrows(out, np.shape(x), axis)


@array_op(
    "from_middle({}, {})",
    lambda g, out, _v, x, axis, keepdims: to_middle(g, x, axis, keepdims),
    None,
    says="the mean of what stands in the middle two places",
)
def from_middle(v: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """The mean of the elements of v in the two places in the middle of sorted x."""
    not_empty("median", np.shape(x), axis)
    r = rows(x, axis)
    v = rows(v, axis)
    shape = result_shape(np.shape(x), axis, keepdims)
    if r.size == 0:
        return np.zeros(shape, np.result_type(v, np.float16))
    low, high = [np.take_along_axis(v, place, axis=-1) for place in _middle(r)]
    return (0.5 * low + 0.5 * high).reshape(shape)


def _middle(r: Array) -> tuple[Array, Array]:
    """The places of the two middle elements of each row (twice the same if the count is odd)."""
    order = np.argsort(r, axis=-1, kind="stable")
    n = r.shape[-1]
    nans = np.isnan(r)
    first = np.argmax(nans, axis=-1, keepdims=True)
    spoiled = nans.any(axis=-1, keepdims=True)
    low, high = (n - 1) // 2, n // 2
    return (
        np.where(spoiled, first, order[..., low : low + 1]),
        np.where(spoiled, first, order[..., high : high + 1]),
    )
