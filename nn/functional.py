"""The functions behind the layers: no state, everything is an argument.

Most are autograd's own, under PyTorch's names. The losses are here in full: what they check, and
what PyTorch's options mean. Shapes are PyTorch's too: classes on axis 1, images (N, C, H, W).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
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

__all__ = [
    "avg_pool2d",
    "conv2d",
    "cross_entropy",
    "flatten",
    "linear",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "relu",
    "sigmoid",
    "tanh",
]

Sizes = int | Sequence[int]

# --- layers ---------------------------------------------------------------------------------------


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """x @ weight.T + bias, over the last axis: (..., in) and (out, in) give (..., out).

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0]))
    array([[11.5, 17. ]])
    """
    return ag.linear(input, weight, bias)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Any:
    """Slide each kernel over the image: (N, C, H, W) and (O, C / groups, kh, kw).

    >>> conv2d(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    return ag.conv2d(
        input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def max_pool2d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    ties: str = "first",
) -> Any:
    """The largest number in each window; the stride is the window's size unless given.

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """
    return ag.max_pool2d(
        input,
        kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        ceil_mode=ceil_mode,
        ties=ties,
    )


def avg_pool2d(
    input: Any,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window; the stride is the window's size unless given.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    return ag.avg_pool2d(
        input,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
        divisor_override=divisor_override,
    )


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Join the axes from `start_dim` to `end_dim` into one.

    >>> flatten(np.zeros((2, 3, 4)), 1).shape
    (2, 12)
    """
    return ag.flatten(input, start_dim, end_dim)


# --- activations ----------------------------------------------------------------------------------


def relu(input: Any) -> Any:
    """The larger of 0 and x; at 0 the slope is 0.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return ag.relu(input)


def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-x)): anything to between 0 and 1.

    >>> sigmoid(np.array([0.0]))
    array([0.5])
    """
    return ag.sigmoid(input)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent: anything to between -1 and 1.

    >>> tanh(np.array([0.0]))
    array([0.])
    """
    return ag.tanh(input)


# --- losses ---------------------------------------------------------------------------------------


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """The squared difference of prediction and target.

    Args:
        input: the prediction.
        target: of the same shape, or one number for all.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: if the shapes differ; they are not broadcast.

    >>> mse_loss([1.0, 2.0], [3.0, 2.0]).item()
    2.0
    """
    check_reduction("mse_loss", reduction)
    prediction = as_floats(input)
    goal = as_input(target, prediction.dtype)
    if goal.shape not in (prediction.shape, ()):
        raise errors.unequal_shapes("mse_loss", prediction.shape, goal.shape)
    return _reduced(ag.square(prediction - goal), reduction)


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
    return _weighted(losses, labels.counts(factors), reduction)


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
    if not 0.0 <= label_smoothing <= 1.0:
        raise errors.bad_option(
            "cross_entropy", "label_smoothing", "between 0 and 1", label_smoothing
        )
    scores = as_floats(input)
    classes, axis = class_axis("cross_entropy", scores)
    factors = class_weights("cross_entropy", weight, classes, scores.dtype)
    target = as_target(target)
    if target.shape == scores.shape:
        return _reduced(_expected(scores, target, factors, label_smoothing, axis), reduction)
    labels = read_labels("cross_entropy", target, scores.shape, axis, ignore_index)
    losses = _counted(label_loss(scores, labels.at, axis), labels, factors)
    if label_smoothing:
        evenly = -_over_classes(ag.log_softmax(scores, axis=axis), factors, axis)
        if labels.ignored is not None:
            evenly = ag.where(labels.ignored, 0.0, evenly)
        losses = (1.0 - label_smoothing) * losses + label_smoothing / classes * evenly
    return _weighted(losses, labels.counts(factors), reduction)


def check_reduction(loss: str, reduction: str) -> None:
    """Raise unless it is "mean", "sum" or "none"."""
    if reduction not in ("mean", "sum", "none"):
        raise errors.bad_option(loss, "reduction", "'mean', 'sum' or 'none'", reduction)


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


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return losses
    return ag.mean(losses) if reduction == "mean" else ag.sum(losses)  # type: ignore[no-any-return]  # as above


def _weighted(losses: Tensor, counts: Array | None, reduction: str) -> Tensor:
    """`_reduced`, with a mean in which each element counts what it counts."""
    if reduction == "mean" and counts is not None:
        return ag.sum(losses) / float(counts.sum())  # type: ignore[no-any-return]  # as above
    return _reduced(losses, reduction)
