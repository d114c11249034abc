"""Products: matmul, the layer `linear`, outer and Kronecker products.

A product that is linear in both inputs comes as a family of three: the product, what its left
input gets, and what its right input gets. Each one's rules are the other two, so any order of
derivative works, and each is computed only if somebody wants it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, array_op, same
from autograd.ops.operands import operand
from autograd.ops.sums import Array, sum_to

__all__ = ["kron", "linear", "matmul", "outer"]

# --- matmul ---------------------------------------------------------------------------------------


@array_op(
    "{} @ {}",
    lambda g, out, x, y: matmul_left(g, y, x),
    lambda g, out, x, y: matmul_right(g, x, y),
    says="matmul: in every product of two numbers, each gets the gradient times the other; what "
    "meets at one number is added up",
)
def matmul(x: Any, y: Any) -> Any:
    """The matrix product, as numpy's `@`.

    Args:
        x: matrices (..., n, k), or a vector (k,).
        y: matrices (..., k, m), or a vector (k,). Leading axes broadcast.

    Returns:
        An array (..., n, m); without n if x is a vector, without m if y is one.

    Raises:
        ShapeError: if the sizes do not match, or an input is a single number.

    >>> matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
    array([21., 43.])
    """
    x, y = np.asarray(x), np.asarray(y)
    if not (x.ndim and y.ndim):
        raise errors.matmul_number(x.shape, y.shape)
    if x.shape[-1] != y.shape[-2 if y.ndim > 1 else 0]:
        raise errors.matmul_shapes(x.shape, y.shape)
    if x.ndim > 2 and y.ndim == 2 and x.flags.c_contiguous:
        return _one_product(x, y)
    return np.matmul(x, y)


def _one_product(x: Array, y: Array) -> Array:
    """(..., n, k) @ (k, m) as a single product of matrices, not one per leading index."""
    out = np.empty((*x.shape[:-1], y.shape[1]), np.result_type(x, y))
    np.matmul(flat_rows(x), y, out=flat_rows(out))
    return out


def flat_rows(x: Array) -> Array:
    """(..., k) as a matrix (n, k)."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


@array_op(
    "{} @ {}.T",
    lambda g, out, _x, y, _like: matmul(g, y),
    lambda g, out, x, y, _like: matmul_right(x, g, y),
    None,
    says="the gradient of a matmul's left input",
)
def matmul_left(g: Any, y: Any, like: Any) -> Any:
    """What the left input of a matmul, of the shape of `like`, gets: g @ y.T."""
    g, y, shape = np.asarray(g), np.asarray(y), np.shape(like)
    if y.ndim == 1:
        return g[..., None] * y
    if len(shape) == 1:
        return sum_to(np.matmul(y, g[..., None])[..., 0], shape)
    if y.ndim == 2:
        return matmul.array(g, y.T)
    if len(shape) == 2 and g.ndim == y.ndim and g.shape[:-2] == y.shape[:-2]:
        summed = [*range(g.ndim - 2), g.ndim - 1]
        return np.tensordot(g, y, (summed, summed))
    return sum_to(np.matmul(g, y.swapaxes(-1, -2)), shape)


@array_op(
    "{1}.T @ {0}",
    lambda g, out, _g, x, _like: matmul(x, g),
    lambda g, out, upstream, x, _like: matmul_left(upstream, g, x),
    None,
    says="the gradient of a matmul's right input",
)
def matmul_right(g: Any, x: Any, like: Any) -> Any:
    """What the right input of a matmul, of the shape of `like`, gets: x.T @ g."""
    g, x, shape = np.asarray(g), np.asarray(x), np.shape(like)
    if len(shape) == 1:
        return g * x if x.ndim == 1 else g.reshape(-1) @ flat_rows(x)
    if x.ndim == 1:
        return sum_to(x[:, None] * g[..., None, :], shape)
    if len(shape) == 2:
        return flat_rows(x).T @ flat_rows(g)
    return sum_to(np.matmul(x.swapaxes(-1, -2), g), shape)


# --- linear: one node for x @ weight.T + bias -----------------------------------------------------


def _linear_kernel(x: Any, weight: Any, bias: Any = None) -> Any:
    x, weight = np.asarray(x), np.asarray(weight)
    fits = x.ndim > 0 and weight.ndim == 2 and x.shape[-1] == weight.shape[1]
    if not fits or (bias is not None and np.shape(bias) != weight.shape[:1]):
        found = None if bias is None else np.shape(bias)
        raise errors.linear_shapes(x.shape, weight.shape, found)
    out = matmul.array(x, weight.T)
    if bias is None:
        return out
    if out.ndim and out.dtype == bias.dtype:
        out += bias
        return out
    return out + bias


@array_op(
    "{0}.T @ {1}",
    lambda g, out, _g, x: _linear(x, g),
    lambda g, out, upstream, _x: matmul(upstream, g),
    says="the gradient of a linear layer's weight",
)
def linear_weight(g: Any, x: Any) -> Any:
    """What the weight of `linear` gets: g.T @ x, summed over all samples."""
    return flat_rows(np.asarray(g)).T @ flat_rows(np.asarray(x))


def _linear_to_input(g: Any, out: Any, _x: Any, weight: Any, *_bias: Any) -> Any:
    return matmul(g, weight)


def _linear_to_weight(g: Any, out: Any, x: Any, _weight: Any, *_bias: Any) -> Any:
    return linear_weight(g, x)


_linear = Op(
    "linear",
    "{} @ {}.T",
    None,
    lambda x, weight: _linear_kernel(x, weight),
    _linear_to_input,
    _linear_to_weight,
    says="linear: on every connection the input gets gradient times weight, and the weight "
    "gradient times input; what meets is added up",
)
_linear_bias = Op(
    "linear",
    "{} @ {}.T + {}",
    None,
    _linear_kernel,
    _linear_to_input,
    _linear_to_weight,
    same,
    says="linear: on every connection the input gets gradient times weight, the weight gradient "
    "times input, the bias the gradient; what meets is added up",
)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """x @ weight.T + bias in one node: the layer of a network.

    Args:
        x: samples, shape (..., in).
        weight: shape (out, in), as in PyTorch.
        bias: shape (out,), or None.

    Returns:
        An array (..., out).

    Raises:
        ShapeError: for other shapes.

    >>> linear([[1.0, 2.0]], [[1.0, 10.0], [0.0, 1.0], [1.0, 0.0]], [0.5, 0.5, 0.5])
    array([[21.5,  2.5,  1.5]])
    """
    if bias is None:
        return _linear(operand(x), operand(weight))
    return _linear_bias(operand(x), operand(weight), operand(bias))


# --- outer and Kronecker products -----------------------------------------------------------------


@array_op(
    "outer({}, {})",
    lambda g, out, x, y: outer_left(g, y, x),
    lambda g, out, x, y: outer_right(g, x, y),
    says="outer: each element gets the gradients of its row (or column) times the other vector",
)
def outer(x: Any, y: Any) -> Any:
    """The product of every element of x with every element of y, shape (x.size, y.size).

    >>> outer([1.0, 2.0], [1.0, 10.0, 100.0])
    array([[  1.,  10., 100.],
           [  2.,  20., 200.]])
    """
    return np.multiply(np.reshape(x, (-1, 1)), np.reshape(y, (1, -1)))


@array_op(
    "{} @ {}",
    lambda g, out, _g, y, _like: outer(g, y),
    lambda g, out, upstream, y, _like: outer_right(upstream, g, y),
    None,
    says="the gradient of an outer product's left input",
)
def outer_left(g: Any, y: Any, like: Any) -> Any:
    """What the left input of `outer` gets: g @ y."""
    return (np.asarray(g) @ np.reshape(y, -1)).reshape(np.shape(like))


@array_op(
    "{1} @ {0}",
    lambda g, out, _g, x, _like: outer(x, g),
    lambda g, out, upstream, x, _like: outer_left(upstream, g, x),
    None,
    says="the gradient of an outer product's right input",
)
def outer_right(g: Any, x: Any, like: Any) -> Any:
    """What the right input of `outer` gets: x @ g."""
    return (np.reshape(x, -1) @ np.asarray(g)).reshape(np.shape(like))


@array_op(
    "kron({}, {})",
    lambda g, out, x, y: kron_left(g, y, x),
    lambda g, out, x, y: kron_right(g, x, y),
    says="kron: each element of one input gets the gradients of its block, times the other input",
)
def kron(x: Any, y: Any) -> Any:
    """The Kronecker product: x with every element replaced by that element times y.

    >>> kron([1.0, 10.0], [1.0, 2.0, 3.0])
    array([ 1.,  2.,  3., 10., 20., 30.])
    """
    return np.kron(x, y)


@array_op(
    "kron_left({}, {})",
    lambda g, out, _g, y, _like: kron(g, y),
    lambda g, out, upstream, y, _like: kron_right(upstream, g, y),
    None,
    says="the gradient of a Kronecker product's left input",
)
def kron_left(g: Any, y: Any, like: Any) -> Any:
    """What the left input of `kron` gets: each block of g times y, added up."""
    blocks, _, inside = _blocks(g, np.shape(like), np.shape(y))
    part = np.reshape(y, [blocks.shape[i] for i in inside])
    return np.tensordot(blocks, part, (inside, range(part.ndim))).reshape(np.shape(like))


@array_op(
    "kron_right({}, {})",
    lambda g, out, _g, x, _like: kron(x, g),
    lambda g, out, upstream, x, _like: kron_left(upstream, g, x),
    None,
    says="the gradient of a Kronecker product's right input",
)
def kron_right(g: Any, x: Any, like: Any) -> Any:
    """What the right input of `kron` gets: all blocks of g, weighted with x, added up."""
    blocks, outside, _ = _blocks(g, np.shape(x), np.shape(like))
    part = np.reshape(x, [blocks.shape[i] for i in outside])
    return np.tensordot(blocks, part, (outside, range(part.ndim))).reshape(np.shape(like))


def _blocks(g: Any, x: tuple[int, ...], y: tuple[int, ...]) -> tuple[Array, list[int], list[int]]:
    """g with an axis pair (which block, where in it) for each axis, and the axes of either kind."""
    ndim = max(len(x), len(y))
    x, y = (1,) * (ndim - len(x)) + x, (1,) * (ndim - len(y)) + y
    shape = [n for pair in zip(x, y, strict=True) for n in pair]
    return np.reshape(g, shape), list(range(0, 2 * ndim, 2)), list(range(1, 2 * ndim, 2))
