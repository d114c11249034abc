"""Operations that only networks need, declared with `autograd.operation` as anybody would.

Cross entropy of labels is one node here instead of three: its rule needs no array of log
probabilities, and nothing is scattered into an array of zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag

Array = np.ndarray[Any, Any]


def _below_peak(x: Array, axis: int) -> Array:
    """x minus its maximum over the classes, so that exp of it cannot overflow."""
    peak: Array = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return x - peak


def _total(x: Array, axis: int) -> Array:
    """The sum over the classes; as a product with ones it takes a quarter of the time."""
    if axis % x.ndim == x.ndim - 1:
        return np.expand_dims(x @ np.ones(x.shape[-1], x.dtype), -1)
    total: Array = np.add.reduce(x, axis=axis, keepdims=True)
    return total


def _softmax_rule(g: Any, out: Any, x: Any, _labels: Any, axis: int) -> Any:
    p = ag.softmax(x, axis=axis)
    return p * (g - ag.sum(g * p, axis=axis, keepdims=True))


@ag.operation(
    vjp=(_softmax_rule, None),
    scalar=None,
    form="(softmax({}) - one at {})",
    says="softmax: the gradient minus its mean under the result, times the result",
)
def excess(x: Any, labels: Any, axis: int) -> Any:
    """softmax(x), less 1 at the label: by how much each class is too probable.

    >>> excess(np.zeros((1, 2)), np.array([1]), axis=1)
    array([[ 0.5, -0.5]])
    """
    p = _below_peak(x, axis)
    np.exp(p, out=p)
    p /= _total(p, axis)
    at = np.expand_dims(labels, axis)
    np.put_along_axis(p, at, np.take_along_axis(p, at, axis) - 1, axis)
    return p


@ag.operation(
    vjp=(
        lambda g, out, x, labels, axis: excess(x, labels, axis) * ag.expand_dims(g, axis),
        None,
    ),
    scalar=None,
    form="cross_entropy({}, {})",
    says="cross entropy: each score gets the gradient times its softmax, less 1 at the label",
)
def label_loss(x: Any, labels: Any, axis: int) -> Any:
    """log(sum(exp(x))) - x[label] over the axis of classes: the cross entropy of each label.

    >>> label_loss(np.zeros((1, 2)), np.array([1]), axis=1).round(4)
    array([0.6931])
    """
    lowered = _below_peak(x, axis)
    picked = np.take_along_axis(lowered, np.expand_dims(labels, axis), axis)
    total = _total(np.exp(lowered, out=lowered), axis)
    return np.squeeze(np.log(total) - picked, axis)
