"""Diagonals and triangles of matrices.

A diagonal's way back is to be laid on the diagonal of zeros, and the other way round. A triangle
is its own: what was cut off gets nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, array_op
from autograd.ops.operands import axes_of, operand, shape_of, whole
from autograd.ops.shape import _expand_dims

__all__ = [
    "diag",
    "diagonal",
    "trace",
    "tril",
    "triu",
]

Shape = tuple[int, ...]


def _laying(name: str, form: str, says: str) -> Op:
    return Op(
        name,
        form,
        None,
        _lay,
        lambda g, out, _x, offset, axes, shape: _diagonal(g, offset, axes, shape),
        says=says,
    )


def _lay(x: Any, offset: int, axes: tuple[int, int], shape: Shape) -> Any:
    """Zeros of a shape, with the last axis of x on the diagonal of two axes."""
    x = np.asarray(x)
    out = np.zeros(shape, x.dtype)
    planes = np.moveaxis(out, axes, (-2, -1))
    rows, columns = planes.shape[-2:]
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    along = np.arange(length)
    planes[..., along + max(-offset, 0), along + max(offset, 0)] = x
    return out


_diagonal = Op(
    "diagonal",
    "diagonal({}, {offset})",
    None,
    lambda x, offset, axes, shape: np.diagonal(x, offset, *axes),
    lambda g, out, _x, offset, axes, shape: _on_diagonal(g, offset, axes, shape),
    says="diagonal: the gradient goes onto the diagonal, the other elements get 0",
)
_on_diagonal = _laying(
    "on_diagonal",
    "on_diagonal({}, {offset})",
    "laid on a diagonal among zeros: the gradient is read off that diagonal",
)
_diag = _laying(
    "diag", "diag({}, {offset})", "diag: laid on the diagonal, so its gradient is read off there"
)
_trace = Op(
    "trace",
    "trace({}, {offset})",
    None,
    lambda x, offset, axes, shape: np.trace(x, offset, axes[0], axes[1]),
    lambda g, out, _x, offset, axes, shape: _on_diagonal(
        _expand_dims(g, (-1,)), offset, axes, shape
    ),
    says="trace: every element of the diagonal gets the gradient, the others get 0",
)


def _two_axes(name: str, x: Any, axis1: int, axis2: int) -> tuple[int, int]:
    """Two different axes, counted from the front."""
    if len(shape_of(x)) < 2:
        raise errors.needs_matrix(name, shape_of(x))
    first, second = axes_of(name, x, (axis1, axis2))
    return first, second


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of the matrices that lie in two axes; it becomes the last axis.

    Args:
        x: an array or a tensor of two axes or more.
        offset: 0 for the main diagonal, above 0 for one to the right of it, below for the left.
        axis1, axis2: the rows and the columns.

    Raises:
        ShapeError: if x has fewer than two axes, or both are the same.
        IndexingError: for an axis that is not there.

    >>> diagonal([[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.])
    """
    x = operand(x)
    axes = _two_axes("diagonal", x, axis1, axis2)
    return _diagonal(x, offset=whole("diagonal", "offset", offset), axes=axes, shape=shape_of(x))


def diag(x: Any, k: int = 0) -> Any:
    """A vector becomes a matrix with it on the diagonal; of a matrix, the diagonal is returned.

    Args:
        x: an array or a tensor with one or two axes.
        k: which diagonal: 0 the main one, above 0 to the right, below to the left.

    Raises:
        ShapeError: for any other number of axes.

    >>> diag([1.0, 2.0])
    array([[1., 0.],
           [0., 2.]])
    >>> diag([[1.0, 2.0], [3.0, 4.0]], k=1)
    array([2.])
    """
    x = operand(x)
    shape = shape_of(x)
    offset = whole("diag", "k", k)
    if len(shape) == 2:
        return _diagonal(x, offset=offset, axes=(0, 1), shape=shape)
    if len(shape) != 1:
        raise errors.needs_vector_or_matrix("diag", shape)
    size = shape[0] + abs(offset)
    return _diag(x, offset=offset, axes=(0, 1), shape=(size, size))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal; the arguments are those of `diagonal`.

    Raises:
        ShapeError: if x has fewer than two axes, or both are the same.
        IndexingError: for an axis that is not there.

    >>> float(trace([[1.0, 2.0], [3.0, 4.0]]))
    5.0
    """
    x = operand(x)
    axes = _two_axes("trace", x, axis1, axis2)
    return _trace(x, offset=whole("trace", "offset", offset), axes=axes, shape=shape_of(x))


@array_op(
    "tril({}, {k})",
    lambda g, out, _x, k: tril(g, k),
    says="tril: the gradient passes on and below the diagonal; what was cut off gets 0",
)
def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of the matrices in the last two axes, zeros elsewhere.

    k moves the diagonal up to which it reaches: above 0 to the right.

    Raises:
        ShapeError: for an array without axes.

    >>> tril([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 0.],
           [3., 4.]])
    """
    return np.tril(_matrix("tril", x), k)


@array_op(
    "triu({}, {k})",
    lambda g, out, _x, k: triu(g, k),
    says="triu: the gradient passes on and above the diagonal; what was cut off gets 0",
)
def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of the matrices in the last two axes, zeros elsewhere.

    k moves the diagonal from which it starts: above 0 to the right.

    Raises:
        ShapeError: for an array without axes.

    >>> triu([[1.0, 2.0], [3.0, 4.0]])
    array([[1., 2.],
           [0., 4.]])
    """
    return np.triu(_matrix("triu", x), k)


def _matrix(name: str, x: Any) -> Any:
    """x, if it has axes (numpy makes a matrix of a vector by repeating it)."""
    x = np.asarray(x)
    if not x.ndim:
        raise errors.needs_matrix(name, x.shape)
    return x
