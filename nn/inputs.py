"""What comes in: plain data become Tensors, class labels are checked.

Data that carry no gradient follow the network: numpy's arrays are float64 unless one says
otherwise, parameters float32, so plain arrays and lists are brought to the dtype of what they
meet. A Tensor stays what it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors

Array = np.ndarray[Any, Any]


def as_input(x: Any, dtype: Any) -> Tensor:
    """`x` as a Tensor; anything that is none yet is brought to `dtype` (None leaves it alone)."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, tuple) and any(isinstance(part, Tensor) for part in x):
        raise errors.tuple_for_input(len(x))
    with np.errstate(all="ignore"):
        return Tensor(x, dtype=dtype)


def as_floats(x: Any) -> Tensor:
    """`x` as a Tensor of floating-point numbers."""
    tensor = as_input(x, None)
    if tensor.dtype.kind != "f":
        tensor = ag.astype(tensor, np.float64)
    return tensor


def as_target(target: Any) -> Any:
    """A Tensor or array; lists become arrays, of integers if that is what they hold."""
    if isinstance(target, (Tensor, np.ndarray)):
        return target
    as_input(target, None)  # refuses what is no rectangle of numbers, in a sentence
    return np.asarray(target)


class Labels(NamedTuple):
    """Class labels that were checked. Where one is ignored, `at` is 0."""

    at: Array
    ignored: Array | None

    def counts(self, factors: Array | None) -> Array | None:
        """What each label counts in a mean; None if all count 1."""
        if factors is None:
            return None if self.ignored is None else (~self.ignored).astype(np.float64)
        counts: Array = factors[self.at]
        return counts if self.ignored is None else np.where(self.ignored, 0.0, counts)


def class_axis(loss: str, scores: Tensor) -> tuple[int, int]:
    """How many classes there are, and on which axis: the first of (C,), else the second."""
    if not scores.ndim:
        raise errors.no_class_axis(loss)
    axis = 0 if scores.ndim == 1 else 1
    return scores.shape[axis], axis


def class_weights(loss: str, weight: Any, classes: int, dtype: Any) -> Array | None:
    """One number per class, or None."""
    if weight is None:
        return None
    factors = as_input(weight, dtype).numpy().astype(dtype)
    if factors.shape != (classes,):
        raise errors.wrong_class_weights(loss, classes, factors.shape)
    return factors


def read_labels(
    loss: str, target: Any, shape: tuple[int, ...], axis: int, ignore_index: int
) -> Labels:
    """Integer labels from an array, a list or a Tensor, for scores of a shape.

    Raises:
        ShapeError: unless the shape is that of the scores without their axis of classes.
        DTypeError: unless they are integers.
        DomainError: for one that is neither a class nor `ignore_index`.
    """
    target = as_target(target)
    labels: Array = target.numpy() if isinstance(target, Tensor) else target
    expected = shape[:axis] + shape[axis + 1 :]
    if labels.shape != expected:
        raise errors.wrong_target(loss, shape, expected, labels.shape)
    if labels.size == 0:
        return Labels(labels.astype(int), None)  # an empty list has no dtype of its own
    if labels.dtype.kind not in "iu":
        raise errors.labels_not_integers(loss, labels.dtype)
    smallest, largest = int(labels.min()), int(labels.max())
    if 0 <= smallest <= largest < shape[axis] and not smallest <= ignore_index <= largest:
        return Labels(labels, None)  # the usual case, without another look at each
    ignored = labels == ignore_index
    wrong = ((labels < 0) | (labels >= shape[axis])) & ~ignored
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise errors.label_outside(loss, int(labels[where]), where, shape[axis])
    return Labels(np.where(ignored, 0, labels), ignored)
