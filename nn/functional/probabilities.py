"""Losses of probabilities that need not add up to 1, and of whole distributions.

The losses of logits are one operation, made of softplus: large scores neither overflow nor lose
the small loss that is left.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.functional.checks import (
    check_reduction,
    element_weights,
    one_of,
    pair,
    reduced,
    within,
)

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "multilabel_soft_margin_loss",
]

LOWEST_LOG = -100.0  # PyTorch's: a probability of 0 costs 100, not infinity
SMALLEST_SLOPE = 1e-12  # and the least that p * (1 - p) counts as in its gradient


@ag.operation(
    vjp=(
        lambda g, out, p, t: g * (p - t) / ag.maximum(p * (1.0 - p), SMALLEST_SLOPE),
        lambda g, out, p, _t: (
            g * (ag.maximum(ag.log1p(-p), LOWEST_LOG) - ag.maximum(ag.log(p), LOWEST_LOG))
        ),
    ),
    form="binary_cross_entropy({}, {})",
    says="binary cross entropy: the gradient times (p - target) / (p * (1 - p))",
)
def _cross_entropy(p: Any, t: Any) -> Any:
    """-t * log(p) - (1 - t) * log(1 - p), with no logarithm below -100.

    >>> _cross_entropy(np.array([0.0, 0.0]), np.array([0.0, 1.0]))
    array([  0., 100.])
    """
    with np.errstate(divide="ignore"):
        miss, hit = np.log1p(-p), np.log(p)
    return (t - 1.0) * np.maximum(miss, LOWEST_LOG) - t * np.maximum(hit, LOWEST_LOG)


@ag.operation(
    vjp=(
        lambda g, out, x, t, factor: g * ((1.0 - t) * ag.sigmoid(x) - factor * t * ag.sigmoid(-x)),
        lambda g, out, x, _t, factor: g * (ag.logsigmoid(-x) - factor * ag.logsigmoid(x)),
        lambda g, out, x, t, _factor: -g * t * ag.logsigmoid(x),
    ),
    form="logit_cross_entropy({}, {}, {})",
    says="cross entropy of a logit: the gradient times (sigmoid of the logit - target)",
)
def _logit_cross_entropy(x: Any, t: Any, factor: Any) -> Any:
    """-factor * t * log(sigmoid(x)) - (1 - t) * log(sigmoid(-x)), without overflow.

    >>> _logit_cross_entropy(np.array([1000.0, -1000.0]), 1.0, 1.0)
    array([   0., 1000.])
    """
    corner = np.log1p(np.exp(-np.abs(x)))
    return factor * t * (corner + np.maximum(-x, 0)) + (1.0 - t) * (corner + np.maximum(x, 0))


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """Minus the log-probability of yes-or-no answers, from probabilities.

    Args:
        input: probabilities of yes, 0 to 1. With a sigmoid before it, use
            `binary_cross_entropy_with_logits` instead: it is more exact.
        target: 1 for yes, 0 for no, or between; of the same shape, or one number for all.
        weight: a factor per element; it is broadcast.
        reduction: "mean" or "sum" over all elements, or "none".

    Logarithms are cut off at -100, as in PyTorch: a certain and wrong answer costs 100.

    Raises:
        DomainError: for a probability or a target outside 0 to 1.

    >>> binary_cross_entropy([0.5, 0.25], [1.0, 0.0], reduction="none")
    Tensor([0.693147, 0.287682])
    """
    check_reduction("binary_cross_entropy", reduction)
    p, goal = pair("binary_cross_entropy", input, target)
    within("binary_cross_entropy", "probabilities", p, 0.0, 1.0)
    within("binary_cross_entropy", "targets", goal, 0.0, 1.0)
    factors = element_weights("binary_cross_entropy", weight, p)
    losses = _cross_entropy(p, goal)
    return reduced(losses if factors is None else losses * factors, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:
    """A sigmoid, then minus the log-probability of yes-or-no answers.

    Args:
        input: scores of any size ("logits").
        target: 1 for yes, 0 for no, or between; of the same shape, or one number for all.
        weight: a factor per element; it is broadcast.
        reduction: "mean" or "sum" over all elements, or "none".
        pos_weight: what a yes counts, usually one number per class on the last axis; it is
            broadcast.

    Raises:
        DomainError: for a target outside 0 to 1.

    >>> binary_cross_entropy_with_logits([0.0, 800.0], [1.0, 0.0], reduction="sum").item()
    800.6931471805599
    """
    loss = "binary_cross_entropy_with_logits"
    check_reduction(loss, reduction)
    x, goal = pair(loss, input, target)
    within(loss, "targets", goal, 0.0, 1.0)
    factors = element_weights(loss, weight, x)
    positive = element_weights(loss, pos_weight, x, "pos_weight")
    losses = _logit_cross_entropy(x, goal, 1.0 if positive is None else positive)
    return reduced(losses if factors is None else losses * factors, reduction)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """Many yes-or-no questions about each sample: the mean of their cross entropies.

    Args:
        input: scores of any size, (..., C).
        target: 1 for yes, 0 for no, of the same shape.
        weight: a factor per class (or what broadcasts to the input).
        reduction: "mean" or "sum" over the samples, or "none".

    Raises:
        DomainError: for a target outside 0 to 1.

    >>> multilabel_soft_margin_loss([[0.0, 0.0, 9.0]], [[1.0, 0.0, 1.0]]).item().__round__(4)
    0.4621
    """
    loss = "multilabel_soft_margin_loss"
    check_reduction(loss, reduction)
    x, goal = pair(loss, input, target)
    if not x.ndim:
        raise errors.wrong_input(loss, "(..., C)", x.shape)
    within(loss, "targets", goal, 0.0, 1.0)
    factors = element_weights(loss, weight, x)
    losses = _logit_cross_entropy(x, goal, 1.0)
    if factors is not None:
        losses = losses * factors
    return reduced(ag.mean(losses, axis=-1), reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """How far the distribution `input` is from the distribution `target` (Kullback and Leibler).

    Args:
        input: log-probabilities.
        target: probabilities, or log-probabilities with log_target=True; of the same shape.
        reduction: "batchmean": the sum over the size of the first axis, which is the definition
            for a batch of distributions; "mean" or "sum" over all elements, or "none".
        log_target: which of the two the target is.

    Raises:
        DomainError: for a probability below 0.

    >>> kl_div(np.log([[0.5, 0.5]]), [[1.0, 0.0]], reduction="batchmean").item().__round__(4)
    0.6931
    """
    check_kl_reduction("kl_div", reduction)
    logq, goal = pair("kl_div", input, target)
    if log_target:
        losses = ag.exp(goal) * (goal - logq)
    else:
        within("kl_div", "probabilities", goal, 0.0, math.inf)
        logp = ag.log(ag.where(ag.greater(goal, 0.0), goal, 1.0))  # 0 * log(0) is 0
        losses = goal * (logp - logq)
    if reduction != "batchmean":
        return reduced(losses, reduction)
    if not logq.ndim or not logq.shape[0]:
        raise errors.wrong_input("kl_div with reduction='batchmean'", "(N, ...)", logq.shape)
    return ag.sum(losses) / logq.shape[0]  # type: ignore[no-any-return]  # a Tensor of a Tensor


def check_kl_reduction(loss: str, reduction: str) -> None:
    """Raise unless it is one of all reductions, or "batchmean"."""
    one_of(loss, "reduction", reduction, ("mean", "batchmean", "sum", "none"))
