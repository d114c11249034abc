"""Functions of layers that are neither activations nor windows: linear, flatten, unit vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.functional.checks import whole_axis, whole_number
from nn.inputs import Array, as_target

__all__ = ["flatten", "linear", "normalize", "one_hot"]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """x @ weight.T + bias, over the last axis: (..., in) and (out, in) give (..., out).

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0]))
    array([[11.5, 17. ]])
    """
    return ag.linear(input, weight, bias)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Join the axes from `start_dim` to `end_dim` into one.

    >>> flatten(np.zeros((2, 3, 4)), 1).shape
    (2, 12)
    """
    return ag.flatten(input, start_dim, end_dim)


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """x over its norm along an axis, so that vectors have length 1; 0 stays 0.

    Args:
        input: an array or Tensor.
        p: which norm; a number other than 0, or inf.
        dim: the axis of the vectors.
        eps: the least that a norm counts as.

    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    axis = whole_axis("normalize", dim)
    input = as_target(input)
    return input / ag.maximum(ag.norm(input, p, axis=axis, keepdims=True), eps)


def one_hot(tensor: Any, num_classes: int = -1) -> Array:
    """Labels to rows of zeros with a 1 at the label: (...) to (..., num_classes).

    Args:
        tensor: integers, as an array, a list or a Tensor.
        num_classes: how many there are; -1 for the largest label plus 1.

    Returns:
        An array of integers: labels carry no gradient.

    Raises:
        DomainError: for a label outside the classes.

    >>> one_hot([0, 2])
    array([[1, 0, 0],
           [0, 0, 1]])
    """
    given = as_target(tensor)
    labels: Array = given.numpy() if isinstance(given, Tensor) else given
    if labels.dtype.kind not in "iu":
        raise errors.labels_not_integers("one_hot", labels.dtype)
    classes = whole_number("one_hot", "num_classes", num_classes) if num_classes != -1 else -1
    if classes < -1 or classes == 0 or (classes == -1 and not labels.size):
        expected = "the number of classes (-1, to take the largest label plus 1, needs labels)"
        raise errors.bad_option("one_hot", "num_classes", expected, num_classes)
    if classes == -1:
        classes = max(int(labels.max()) + 1, 1)
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise errors.label_outside("one_hot", int(labels[where]), where, classes)
    hot: Array = (np.expand_dims(labels, -1) == np.arange(classes)).astype(np.int64)
    return hot
