"""Linear algebra: inverse, solve, determinants, Cholesky factors.

All of it works on stacks of matrices, shape (..., n, n). What has no answer, such as the inverse
of a singular matrix, is an error that says so. Products of matrices are in `products`,
`einsum` is in `subscripts`, `norm` in `norms`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops import reduce
from autograd.ops.op import array_op
from autograd.ops.operands import operand, shape_of
from autograd.ops.scan import products_after, products_before
from autograd.ops.sums import Array

__all__ = ["cholesky", "det", "inv", "logdet", "solve"]

# --- inverse and solving --------------------------------------------------------------------------


def _square(name: str, x: Any) -> Array:
    matrices: Array = np.asarray(x)
    if matrices.ndim < 2 or matrices.shape[-1] != matrices.shape[-2]:
        raise errors.not_square(name, matrices.shape)
    return matrices


@array_op("{}.T", lambda g, out, _x: swap_last(g), says="transposed: so is the gradient")
def swap_last(x: Any) -> Any:
    """Every matrix transposed."""
    return np.swapaxes(x, -1, -2)


@array_op(
    "inv({})",
    lambda g, out, _x: -(swap_last(out) @ g @ swap_last(out)),
    says="inv: the gradient goes between two transposed inverses, with a minus",
)
def inv(x: Any) -> Any:
    """The inverse of square matrices, shape (..., n, n).

    Raises:
        DomainError: if a matrix is singular.
        ShapeError: if they are not square.

    >>> inv([[2.0, 0.0], [0.0, 4.0]])
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    x = _square("inv", x)
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        raise errors.singular("inv") from None


@array_op(
    "column({})",
    lambda g, out, _x, vector: uncolumn(g, vector),
    says="vectors as matrices of one column",
)
def column(x: Any, vector: bool) -> Any:
    """Vectors as matrices of one column; matrices as they are."""
    return np.asarray(x)[..., None] if vector else x


@array_op(
    "uncolumn({})",
    lambda g, out, _x, vector: column(g, vector),
    says="matrices of one column as vectors",
)
def uncolumn(x: Any, vector: bool) -> Any:
    """Matrices of one column as vectors again; others as they are."""
    return np.asarray(x)[..., 0] if vector else x


def _solve_rule(g: Any, out: Any, a: Any, _b: Any, vector: Any) -> Any:
    back = column(_solve(swap_last(a), g, vector), vector)
    return -(back @ swap_last(column(out, vector)))


@array_op(
    "solve({}, {})",
    _solve_rule,
    lambda g, out, a, _b, vector: _solve(swap_last(a), g, vector),
    says="solve: the right side gets the gradient solved with a.T; a gets minus that times the "
    "solution",
)
def _solve(a: Any, b: Any, vector: bool = False) -> Any:
    a = _square("solve", a)
    try:
        if vector:
            return np.linalg.solve(a, np.asarray(b)[..., None])[..., 0]
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise errors.singular("solve") from None


def solve(a: Any, b: Any) -> Any:
    """The x for which a @ x = b.

    Args:
        a: square matrices, shape (..., n, n).
        b: one vector (n,), or matrices (..., n, k). Leading axes broadcast.

    Raises:
        DomainError: if a matrix is singular.
        ShapeError: if shapes do not match.

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0])
    array([1. , 0.5])
    """
    a, b = operand(a), operand(b)
    return _solve(a, b, len(shape_of(b)) == 1)


# --- determinants ---------------------------------------------------------------------------------


@array_op("as_matrix({})", lambda g, out, _x: from_matrix(g), says="numbers as 1 by 1 matrices")
def as_matrix(x: Any) -> Any:
    """Numbers as 1 by 1 matrices, to be multiplied with matrices."""
    return np.asarray(x)[..., None, None]


@array_op("from_matrix({})", lambda g, out, _x: as_matrix(g), says="1 by 1 matrices as numbers")
def from_matrix(x: Any) -> Any:
    """1 by 1 matrices as numbers again."""
    return np.asarray(x)[..., 0, 0]


@array_op(
    "det({})",
    lambda g, out, x: as_matrix(g) * cofactors(x),
    says="det: every element gets the gradient times its cofactor",
)
def det(x: Any) -> Any:
    """The determinant of square matrices, shape (..., n, n).

    The gradient is right for singular matrices too; derivatives of it need regular ones.

    Raises:
        ShapeError: if they are not square.

    >>> round(det([[1.0, 2.0], [3.0, 4.0]]), 12)
    np.float64(-2.0)
    """
    return np.linalg.det(_square("det", x))


def _cofactors_rule(g: Any, out: Any, x: Any) -> Any:
    inverse = swap_last(inv(x))
    return reduce.sum(g * inverse, (-2, -1), True) * out - out @ swap_last(g) @ inverse


@array_op("cofactors({})", _cofactors_rule, says="cofactors: by way of the inverse")
def cofactors(x: Any) -> Any:
    """What the determinant of the rest is, with its sign, for every element.

    From the singular values: u @ diag(products of the other values) @ vh, with the sign of
    det(u) det(vh). Nothing is divided by, so singular matrices are no exception.

    >>> cofactors([[1.0, 2.0], [2.0, 4.0]]).round(12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    x = _square("cofactors", x)
    if x.size == 0:
        return np.zeros_like(x)
    finite = np.isfinite(x).all(axis=(-2, -1), keepdims=True)
    u, s, vh = np.linalg.svd(np.where(finite, x, 0.0))
    others = products_before.array(s, -1) * products_after.array(s, -1)
    sign = np.sign(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    out = sign * ((u * others[..., None, :]) @ vh)
    return out if finite.all() else np.where(finite, out, np.nan)


@array_op(
    "logdet({})",
    lambda g, out, x: as_matrix(g) * swap_last(inv(x)),
    says="logdet: every matrix gets the gradient times its transposed inverse",
)
def logdet(x: Any) -> Any:
    """The logarithm of the size of the determinant, log(abs(det(x))), without over- or underflow.

    Raises:
        DomainError: if a matrix is singular: there is no logarithm of 0.
        ShapeError: if they are not square.

    >>> logdet([[1.0, 2.0], [3.0, 4.0]]).round(6)
    np.float64(0.693147)
    """
    sign, size = np.linalg.slogdet(_square("logdet", x))
    if np.any(sign == 0):
        raise errors.singular("logdet")
    return size


# --- Cholesky -------------------------------------------------------------------------------------


@array_op(
    "half_lower({})",
    lambda g, out, _x: half_lower(g),
    says="the lower half: the upper one gets nothing, the diagonal half",
)
def half_lower(x: Any) -> Any:
    """The lower triangle, with half of the diagonal.

    >>> half_lower([[2.0, 2.0], [2.0, 2.0]])
    array([[1., 0.],
           [2., 1.]])
    """
    x = np.asarray(x)
    n = x.shape[-1]
    return x * (np.tri(n, dtype=x.dtype) - np.eye(n, dtype=x.dtype) / 2)


def _cholesky_rule(g: Any, out: Any, _x: Any) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition" (2016), made symmetric."""
    upper = swap_last(out)
    inner = half_lower(upper @ g)
    half = _solve(upper, swap_last(_solve(upper, inner)))
    return (half + swap_last(half)) / 2


@array_op(
    "cholesky({})",
    _cholesky_rule,
    says="cholesky: the gradient, seen from the factor, halved on the diagonal, made symmetric",
)
def cholesky(x: Any) -> Any:
    """The lower triangular factor c with c @ c.T = x, for symmetric positive definite x.

    Only the lower triangle of x is read. As x can only move as a symmetric matrix, its gradient
    is symmetric: each half of the matrix gets half.

    Raises:
        DomainError: if a matrix is not positive definite.
        ShapeError: if they are not square.

    >>> cholesky([[4.0, 2.0], [2.0, 10.0]])
    array([[2., 0.],
           [1., 3.]])
    """
    x = _square("cholesky", x)
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        raise errors.not_positive_definite() from None
