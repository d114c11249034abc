"""Norms of vectors and matrices: how large they are, measured in several ways.

Each way is one operation. An element's slope is its size relative to the norm, to some power, so
it is at most 1; at the zero vector, where a norm has a kink, it is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops import arithmetic
from autograd.ops.op import array_op
from autograd.ops.operands import operand, shape_of
from autograd.ops.order import max, min, not_empty, to_winner
from autograd.ops.reduce import expand_back, ratio, sum
from autograd.ops.sums import (
    Array,
    Axis,
    axes_of,
    fast_squares,
    fast_sum,
    floating,
    reduced,
    result_shape,
)

__all__ = ["norm"]


@array_op(
    "norm({}, {axis})",
    lambda g, out, x, axis, keepdims: (
        expand_back(g, x, axis, keepdims) * ratio(x, expand_back(out, x, axis, keepdims))
    ),
    says="norm: every element gets the gradient times itself over the norm; 0 at the zero vector",
)
def _norm_2(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    x = floating(x)
    squares = fast_squares(x, axis, keepdims)
    limits = np.finfo(x.dtype)
    if not np.all((squares > limits.tiny / limits.eps) & (squares < np.inf)):
        return _scaled_norm(x, 2.0, axis, keepdims)  # some squares over- or underflow
    return np.sqrt(squares)


@array_op(
    "norm({}, 1, {axis})",
    lambda g, out, x, axis, keepdims: expand_back(g, x, axis, keepdims) * arithmetic.sign(x),
    says="sum of sizes: every element gets the gradient times its sign",
)
def _norm_1(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return fast_sum(np.abs(x), axis, keepdims)


@array_op(
    "norm({}, inf, {axis})",
    lambda g, out, x, axis, keepdims, largest: (
        to_winner(g, arithmetic.abs(x), axis, keepdims, largest, "first") * arithmetic.sign(x)
    ),
    says="largest (or smallest) size: its element gets the gradient times its sign, others 0",
)
def _norm_inf(x: Any, axis: Axis = None, keepdims: bool = False, largest: bool = True) -> Any:
    x = floating(x)
    not_empty("norm", x.shape, axis)
    choose, start = (np.maximum, 0.0) if largest else (np.minimum, np.inf)
    return reduced(choose, np.abs(x), axis, keepdims, initial=start)


@array_op(
    "norm({}, {ord}, {axis})",
    lambda g, out, x, ord, axis, keepdims: (
        expand_back(g, x, axis, keepdims)
        * signed_power(ratio(x, expand_back(out, x, axis, keepdims)), ord - 1)
    ),
    says="norm: every element gets the gradient times (its size over the norm) to the power ord-1",
)
def _norm_p(x: Any, ord: float, axis: Axis = None, keepdims: bool = False) -> Any:
    return _scaled_norm(floating(x), ord, axis, keepdims)


def _scaled_norm(x: Array, p: float, axis: Axis, keepdims: bool) -> Any:
    """The p-norm, with the elements divided by their largest (smallest for p < 0) first."""
    sizes = np.abs(x)
    choose, start = (np.maximum, 0.0) if p > 0 else (np.minimum, np.inf)
    scale = choose.reduce(sizes, axis=axis, keepdims=True, initial=start)
    plain = (scale > 0) & (scale < np.inf)
    parts = np.where(plain, sizes / scale, sizes) ** p
    out = np.where(plain, scale * fast_sum(parts, axis, True) ** (1 / p), scale)
    return out.astype(scale.dtype, copy=False).reshape(result_shape(x.shape, axis, keepdims))[()]


@array_op(
    "sign({0}) * abs({0}) ** ({p})",
    lambda g, out, x, p: g * (p * power_of_size(x, p - 1)),
    says="a power that keeps the sign; flat at 0",
)
def signed_power(x: Any, p: float) -> Any:
    """sign(x) * abs(x) ** p, and 0 at 0 whatever the power."""
    return np.sign(x) * _power_of_size(x, p)


@array_op(
    "abs({}) ** ({p})",
    lambda g, out, x, p: g * (p * signed_power(x, p - 1)),
    says="a power of the size; flat at 0",
)
def power_of_size(x: Any, p: float) -> Any:
    """abs(x) ** p, and 0 at 0 whatever the power."""
    return _power_of_size(x, p)


def _power_of_size(x: Any, p: float) -> Any:
    return np.where(np.equal(x, 0), 0.0, np.abs(x) ** p)


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices.

    Args:
        x: an array.
        ord: which norm. None: the square root of the sum of squares, over any axes. For vectors
            (one axis) also any number but 0: (sum of abs(x)**ord)**(1/ord), and inf or -inf: the
            largest or smallest size. For matrices (two axes) also "fro" (as None), 1 or -1: the
            largest or smallest column sum of sizes, inf or -inf: the same of the rows.
        axis: the axes of the vectors or matrices; all axes of x if None.
        keepdims: leave the reduced axes in, with size 1.

    At the zero vector the gradient is 0, never nan. For powers below 2 the derivative of the
    gradient does not exist where an element is 0; it is taken as 0 there.

    Raises:
        OptionError: for an `ord` that is not in the list (the singular value norms).

    >>> norm([[3.0, 4.0], [0.0, 0.0]], axis=1)
    array([5., 0.])
    """
    x = operand(x)
    if ord is None:
        return _norm_2(x, axis, keepdims)
    try:
        axes = axes_of(axis, len(shape_of(x)))
    except (ValueError, TypeError) as error:
        raise errors.kernel_failed("norm", [x], error) from error
    if len(axes) == 1:
        return _vector_norm(x, ord, axis, keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, axis, keepdims)
    raise errors.norm_refused(ord, f"{len(axes)} axes", "use ord=None, or one or two axes")


def _vector_norm(x: Any, ord: Any, axis: Axis, keepdims: bool) -> Any:
    if isinstance(ord, bool) or not isinstance(ord, (int, float, np.number)) or ord == 0:
        advice = "use None, inf, -inf or a number other than 0"
        raise errors.norm_refused(ord, "vectors", advice)
    if ord == 1:
        return _norm_1(x, axis, keepdims)
    if ord == 2:
        return _norm_2(x, axis, keepdims)
    if np.isinf(ord):
        return _norm_inf(x, axis, keepdims, bool(ord > 0))
    return _norm_p(x, float(ord), axis, keepdims)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    if isinstance(ord, str) and ord == "fro":
        return _norm_2(x, axis, keepdims)
    if ord not in (1, -1, np.inf, -np.inf):
        advice = "use 'fro', 1, -1, inf or -inf; norms of singular values are not here"
        raise errors.norm_refused(ord, "matrices", advice)
    first, second = (0, 1) if axis is None else (int(a) % len(shape_of(x)) for a in axis)
    summed, chosen = (first, second) if abs(ord) == 1 else (second, first)
    sums = _norm_1(x, summed, True)
    choose = max if ord > 0 else min
    most = choose(sums, axis=chosen, keepdims=True)
    return most if keepdims else sum(most, axes)
