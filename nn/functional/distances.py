"""Losses of numbers: how far a prediction is from the number it should be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.functional.checks import check_reduction, number, pair, reduced, within
from nn.inputs import as_floats, as_input

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


@ag.operation(
    vjp=lambda g, out, d, delta: g * ag.clip(d, -delta, delta),
    form="huber({})",
    says="huber: the gradient times the difference, which is cut off at plus and minus delta",
)
def _huber(d: Any, delta: float) -> Any:
    """d * d / 2 up to delta, from there on the tangent: the slope is d cut off at delta.

    >>> _huber(np.array([0.5, -3.0]), 1.0)
    array([0.125, 2.5  ])
    """
    size = np.abs(d)
    near = np.minimum(size, delta)  # where it is delta: delta * (size - delta / 2)
    return near * (size - 0.5 * near)


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
    prediction, goal = pair("mse_loss", input, target)
    return reduced(ag.square(prediction - goal), reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """The size of the difference of prediction and target. Where they are equal, its slope is 0.

    Args:
        input: the prediction.
        target: of the same shape, or one number for all.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: if the shapes differ; they are not broadcast.

    >>> l1_loss([1.0, 2.0], [3.0, 2.0]).item()
    1.0
    """
    check_reduction("l1_loss", reduction)
    prediction, goal = pair("l1_loss", input, target)
    return reduced(ag.abs(prediction - goal), reduction)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """`l1_loss` with a round corner: d * d / (2 * beta) where the difference is below beta.

    Args:
        input: the prediction.
        target: of the same shape, or one number for all.
        reduction: "mean" or "sum" over all elements, or "none".
        beta: where the parabola ends, 0 or more; 0 is `l1_loss`.

    Girshick, "Fast R-CNN", 2015.

    >>> smooth_l1_loss([0.5, 3.0], 0.0, reduction="none")
    Tensor([0.125, 2.5  ])
    """
    check_reduction("smooth_l1_loss", reduction)
    check_beta("smooth_l1_loss", beta)
    prediction, goal = pair("smooth_l1_loss", input, target)
    difference = prediction - goal
    if beta == 0:
        return reduced(ag.abs(difference), reduction)
    return reduced(_huber(difference, beta) / beta, reduction)


def check_beta(loss: str, beta: float) -> None:
    """Raise unless it is a number of at least 0."""
    if number(loss, "beta", beta, "a number of at least 0") < 0:
        raise errors.bad_option(loss, "beta", "a number of at least 0", beta)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Half the squared difference up to delta, from there on a straight line of slope delta.

    Args:
        input: the prediction.
        target: of the same shape, or one number for all.
        reduction: "mean" or "sum" over all elements, or "none".
        delta: where the parabola ends, above 0.

    Huber, "Robust Estimation of a Location Parameter", 1964.

    >>> huber_loss([0.5, 3.0], 0.0, reduction="none", delta=2.0)
    Tensor([0.125, 4.   ])
    """
    check_reduction("huber_loss", reduction)
    number("huber_loss", "delta", delta, "a number above 0", least=0)
    prediction, goal = pair("huber_loss", input, target)
    return reduced(_huber(prediction - goal, delta), reduction)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of counts, when `input` says how many to expect.

    Args:
        input: the logarithm of the expected count; or, with log_input=False, the count itself.
        target: the counts that came, of the same shape, or one number for all.
        log_input: which of the two the input is.
        full: add log(target!), by Stirling's formula, where the target is above 1. It changes
            the loss, not the gradient of the input.
        eps: added to a count before its logarithm is taken, so that 0 has one.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        DomainError: for an expected count below 0.

    >>> poisson_nll_loss([0.0], [2.0]).item()
    1.0
    >>> round(poisson_nll_loss([4.0], [2.0], log_input=False).item(), 4)
    1.2274
    """
    check_reduction("poisson_nll_loss", reduction)
    number("poisson_nll_loss", "eps", eps)
    expected, count = pair("poisson_nll_loss", input, target)
    if log_input:
        losses = ag.exp(expected) - count * expected
    else:
        within("poisson_nll_loss", "expected counts", expected, 0.0, math.inf)
        losses = expected - count * ag.log(expected + eps)
    if full:
        losses = losses + _stirling(count)
    return reduced(losses, reduction)


def _stirling(count: Tensor) -> Any:
    """About log(count!) for counts above 1, and 0 below."""
    large = ag.greater(count, 1.0)
    n = ag.where(large, count, 1.0)  # so that no logarithm is taken of the others
    return ag.where(large, n * ag.log(n) - n + 0.5 * ag.log(2.0 * math.pi * n), 0.0)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of a target, when `input` and `var` are mean and variance.

    Args:
        input: the expected values.
        target: what came, of the same shape, or one number for all.
        var: the variances: of the same shape; with a last axis of size 1 or none, for one
            variance per row; one number for all.
        full: add the constant log(2 * pi) / 2.
        eps: smaller variances count as eps; their gradient is the one at eps.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        DomainError: for a variance below 0.
        ShapeError: for a `var` of another shape.

    Nix and Weigend, "Estimating the mean and variance of the target probability distribution",
    1994.

    >>> gaussian_nll_loss([1.0, 2.0], [3.0, 2.0], [1.0, 1.0], reduction="none")
    Tensor([2., 0.])
    """
    check_reduction("gaussian_nll_loss", reduction)
    number("gaussian_nll_loss", "eps", eps, "a number above 0", least=0)
    mean, goal = pair("gaussian_nll_loss", input, target)
    variance = as_floats(as_input(var, mean.dtype))
    within("gaussian_nll_loss", "variances", variance, 0.0, math.inf)
    if variance.ndim and variance.shape == mean.shape[:-1] and variance.shape != mean.shape:
        variance = ag.expand_dims(variance, -1)
    if variance.shape not in (mean.shape, (), (*mean.shape[:-1], 1)):
        raise errors.wrong_variances(mean.shape, variance.shape)
    # A constant is added, so that a variance that is too small still gets a gradient.
    missing = np.maximum(eps - variance.numpy(), 0.0).astype(variance.dtype)
    variance = variance + missing
    losses = 0.5 * (ag.log(variance) + ag.square(mean - goal) / variance)
    if full:
        losses = losses + 0.5 * math.log(2.0 * math.pi)
    return reduced(losses, reduction)
