"""Losses of one class out of many: cross entropy, and minus the log-probability itself."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn.functional.checks import between, check_reduction, reduced, weighted
from nn.inputs import (
    Array,
    Labels,
    as_floats,
    as_input,
    as_target,
    class_axis,
    class_weights,
    read_labels,
)
from nn.operations import label_loss

__all__ = ["cross_entropy", "nll_loss"]


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of the right class.

    Args:
        input: log-probabilities, (C,) or (N, C, ...).
        target: integer class labels, in the shape of `input` without its axis of classes.
        weight: one factor per class; the mean is then a weighted one.
        ignore_index: a label that does not count.
        reduction: "mean", "sum" or "none".

    Raises:
        DomainError: for a label outside the classes.

    >>> nll_loss(np.log([[0.25, 0.75], [0.5, 0.5]]), [0, 1], reduction="none")
    Tensor([1.386294, 0.693147])
    """
    check_reduction("nll_loss", reduction)
    logp = as_floats(input)
    classes, axis = class_axis("nll_loss", logp)
    labels = read_labels("nll_loss", target, logp.shape, axis, ignore_index)
    factors = class_weights("nll_loss", weight, classes, logp.dtype)
    picked = ag.take_along_axis(logp, np.expand_dims(labels.at, axis), axis)
    losses = _counted(-ag.squeeze(picked, axis), labels, factors)
    return weighted(losses, labels.counts(factors), reduction)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Softmax over the classes, then minus the log-probability of the right one.

    Args:
        input: scores of any size ("logits"), (C,) or (N, C, ...).
        target: integer class labels, in the shape of `input` without its axis of classes; or a
            probability for every class, in the shape of `input`.
        weight: one factor per class; with labels, the mean is then a weighted one.
        ignore_index: a label that does not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of the target is spread evenly over all classes, 0 to 1.

    Raises:
        DomainError: for a label outside the classes.
        ShapeError, DTypeError: for a target of another shape, or of no whole numbers.

    >>> scores = Tensor([[2.0, 0.0], [0.0, 0.0]], requires_grad=True)
    >>> loss = cross_entropy(scores, [0, 1])
    >>> loss.backward()
    >>> round(loss.item(), 4), scores.grad.round(4)
    (0.41, array([[-0.0596,  0.0596],
           [ 0.25  , -0.25  ]]))
    """
    check_reduction("cross_entropy", reduction)
    between("cross_entropy", "label_smoothing", label_smoothing, 0, 1)
    scores = as_floats(input)
    classes, axis = class_axis("cross_entropy", scores)
    factors = class_weights("cross_entropy", weight, classes, scores.dtype)
    target = as_target(target)
    if target.shape == scores.shape:
        return reduced(_expected(scores, target, factors, label_smoothing, axis), reduction)
    labels = read_labels("cross_entropy", target, scores.shape, axis, ignore_index)
    losses = _counted(label_loss(scores, labels.at, axis), labels, factors)
    if label_smoothing:
        evenly = -_over_classes(ag.log_softmax(scores, axis=axis), factors, axis)
        if labels.ignored is not None:
            evenly = ag.where(labels.ignored, 0.0, evenly)
        losses = (1.0 - label_smoothing) * losses + label_smoothing / classes * evenly
    return weighted(losses, labels.counts(factors), reduction)


def _counted(losses: Tensor, labels: Labels, factors: Array | None) -> Tensor:
    """The loss of each label times the factor of its class; 0 where the label is ignored."""
    if factors is not None:
        losses = losses * factors[labels.at]
    if labels.ignored is not None:
        losses = ag.where(labels.ignored, 0.0, losses)  # also where 0 * inf would be nan
    return losses


def _expected(scores: Tensor, goal: Any, factors: Array | None, smoothing: float, axis: int) -> Any:
    """The cross entropy of probabilities, for each sample."""
    goal = as_input(goal, scores.dtype)
    if smoothing:
        goal = goal * (1.0 - smoothing) + smoothing / scores.shape[axis]
    return -_over_classes(goal * ag.log_softmax(scores, axis=axis), factors, axis)


def _over_classes(x: Any, factors: Array | None, axis: int) -> Any:
    """The sum over the classes, each times its factor."""
    if factors is not None:
        x = x * factors.reshape((-1,) + (1,) * (x.ndim - axis - 1))
    return ag.sum(x, axis=axis)
