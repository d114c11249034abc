"""Losses of comparisons: a score must beat another by a margin, and more is not rewarded.

Where the margin is just reached, the loss has a corner; its slope there is PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.functional.checks import (
    check_reduction,
    number,
    pair,
    reduced,
    signs,
)
from nn.inputs import as_floats, as_input, class_axis, class_weights, read_labels

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]

TINY = 1e-12  # added to squared lengths, as in PyTorch, so that a zero vector has a cosine
NO_LABEL = -(2**63) - 1  # no integer of numpy is as low: no label is ignored


def _positive_part(x: Any) -> Any:
    """The larger of x and 0. At a tie x wins, so that the slope is 1, as PyTorch's clamp has it."""
    return ag.maximum(x, 0.0)


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """The distance of two things that belong together; what it lacks of the margin, for others.

    Args:
        input: distances.
        target: 1 for things that belong together, -1 for others; of the same shape, or one
            number for all.
        margin: how far apart is far enough.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        DomainError: for a target other than 1 and -1.

    >>> hinge_embedding_loss([0.25, 0.25], [1, -1], reduction="none")
    Tensor([0.25, 0.75])
    """
    check_reduction("hinge_embedding_loss", reduction)
    number("hinge_embedding_loss", "margin", margin)
    distance, goal = pair("hinge_embedding_loss", input, target)
    signs("hinge_embedding_loss", goal)
    losses = ag.where(goal.numpy() > 0, distance, _positive_part(margin - distance))
    return reduced(losses, reduction)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """What the better score lacks to beat the other by the margin.

    Args:
        input1, input2: scores, of one shape.
        target: 1 where the first should be larger, -1 where the second should; of the same
            shape, or one number for all.
        margin: by how much.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        DomainError: for a target other than 1 and -1.

    >>> margin_ranking_loss([2.0, 2.0], [1.5, 1.5], [1, -1], reduction="none")
    Tensor([0. , 0.5])
    """
    check_reduction("margin_ranking_loss", reduction)
    number("margin_ranking_loss", "margin", margin)
    first, goal = pair("margin_ranking_loss", input1, target)
    first, second = pair("margin_ranking_loss", first, input2)
    if second.shape != first.shape:
        raise errors.unequal_shapes("margin_ranking_loss", first.shape, second.shape)
    signs("margin_ranking_loss", goal)
    return reduced(_positive_part(margin - goal * (first - second)), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target * input)): a score should have the sign of its target, and be large.

    Args:
        input: scores of any size.
        target: 1 or -1; of the same shape, or one number for all.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        DomainError: for a target other than 1 and -1.

    >>> soft_margin_loss([0.0, 800.0], [1, -1], reduction="none").numpy().round(4)
    array([6.931e-01, 8.000e+02])
    """
    check_reduction("soft_margin_loss", reduction)
    score, goal = pair("soft_margin_loss", input, target)
    signs("soft_margin_loss", goal)
    return reduced(-ag.logsigmoid(goal * score), reduction)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """What the score of the right class lacks to beat each other class by the margin.

    Args:
        input: scores, (C,) or (N, C).
        target: integer class labels, () or (N,).
        p: 1, or 2 to square what is lacking.
        margin: by how much.
        weight: one factor per class, for the samples of that class.
        reduction: "mean" or "sum" over the samples, or "none".

    What is lacking is added up over the other classes and divided by C.

    Raises:
        DomainError: for a label outside the classes.

    >>> multi_margin_loss([[0.5, 1.0, 0.0, 0.25]], [1]).item()
    0.1875
    """
    check_reduction("multi_margin_loss", reduction)
    check_power("multi_margin_loss", p)
    number("multi_margin_loss", "margin", margin)
    scores = as_floats(input)
    classes, axis = class_axis("multi_margin_loss", scores)
    if scores.ndim > 2:
        raise errors.wrong_input("multi_margin_loss", "(C,) or (N, C)", scores.shape)
    labels = read_labels("multi_margin_loss", target, scores.shape, axis, NO_LABEL).at
    factors = class_weights("multi_margin_loss", weight, classes, scores.dtype)
    at = np.expand_dims(labels, axis)
    lacking = ag.relu(margin - ag.take_along_axis(scores, at, axis) + scores)
    if p == 2:
        lacking = ag.square(lacking)
    lacking = ag.where(np.arange(classes) == at, 0.0, lacking)
    losses = ag.sum(lacking, axis=axis) / classes
    return reduced(losses if factors is None else losses * factors[labels], reduction)


def check_power(loss: str, p: int) -> None:
    """Raise unless it is 1 or 2."""
    if number(loss, "p", p, "1 or 2") not in (1, 2):
        raise errors.bad_option(loss, "p", "1 or 2", p)


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """1 minus the cosine, for vectors that belong together; for others, the cosine above a margin.

    Args:
        input1, input2: vectors, (D,) or (N, D).
        target: 1 for vectors that belong together, -1 for others; () or (N,).
        margin: the cosine that others may have; 0 to 0.5 is usual.
        reduction: "mean" or "sum" over the samples, or "none".

    Raises:
        DomainError: for a target other than 1 and -1.

    >>> cosine_embedding_loss([[3.0, 4.0], [1.0, 0.0]], [[4.0, 3.0], [1.0, 0.0]], [1, -1],
    ...                       reduction="none")
    Tensor([0.04, 1.  ])
    """
    check_reduction("cosine_embedding_loss", reduction)
    number("cosine_embedding_loss", "margin", margin)
    x = as_floats(input1)
    y, goal = as_floats(as_input(input2, x.dtype)), as_input(target, x.dtype)
    if y.shape != x.shape:
        raise errors.unequal_shapes("cosine_embedding_loss", x.shape, y.shape)
    if x.ndim not in (1, 2):
        raise errors.wrong_input("cosine_embedding_loss", "(D,) or (N, D)", x.shape)
    if goal.shape != x.shape[:-1]:
        raise errors.one_target_each("cosine_embedding_loss", x.shape, x.shape[:-1], goal.shape)
    signs("cosine_embedding_loss", goal)
    lengths = (ag.sum(x * x, axis=-1) + TINY) * (ag.sum(y * y, axis=-1) + TINY)
    cosine = ag.sum(x * y, axis=-1) / ag.sqrt(lengths)
    losses = ag.where(goal.numpy() > 0, 1.0 - cosine, _positive_part(cosine - margin))
    return reduced(losses, reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """An anchor should be closer to its positive than to its negative, by the margin.

    Args:
        anchor, positive, negative: vectors on the last axis, (..., D), of one shape.
        margin: by how much, above 0.
        p: which norm measures distances; 1, 2, inf or another number except 0.
        eps: added to each difference, as in PyTorch.
        swap: take the distance of positive and negative instead, if it is smaller.
        reduction: "mean" or "sum" over the triplets, or "none".

    Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional
    neural networks", 2016.

    >>> triplet_margin_loss([[0.0, 0.0]], [[3.0, 4.0]], [[0.0, 5.5]]).item().__round__(4)
    0.5
    """
    check_reduction("triplet_margin_loss", reduction)
    check_triplet("triplet_margin_loss", margin, p, eps)
    start = as_floats(anchor)
    near, far = (as_floats(as_input(x, start.dtype)) for x in (positive, negative))
    if not start.shape == near.shape == far.shape:
        raise errors.unequal_triplet(start.shape, near.shape, far.shape)
    if not start.ndim:
        raise errors.wrong_input("triplet_margin_loss", "(..., D)", start.shape)
    to_near, to_far = (ag.norm(start - x + eps, p, axis=-1) for x in (near, far))
    if swap:
        to_far = ag.minimum(to_far, ag.norm(near - far + eps, p, axis=-1))
    return reduced(_positive_part(margin + to_near - to_far), reduction)


def check_triplet(loss: str, margin: float, p: float, eps: float) -> None:
    """Raise unless the three options of a triplet loss are numbers it can use."""
    number(loss, "margin", margin, "a number above 0", least=0)
    if number(loss, "p", p, "a number other than 0") == 0:
        raise errors.bad_option(loss, "p", "a number other than 0", p)
    number(loss, "eps", eps)
