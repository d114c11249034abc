"""How far to go along a direction: far enough to count, not so far that it climbs again.

A step t along d is good (the strong Wolfe conditions) if the loss fell by a fair share of what
the slope at the start promised, and the slope at t is clearly flatter than at the start. First
the step grows until a good one lies in a bracket, then the bracket is narrowed with cubics.
The choices of trial steps are those of PyTorch (and of Schmidt's minFunc), so paths agree.
Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

ENOUGH_DECREASE = 1e-4  # the share of the promised decrease that is asked for
FLATTER = 0.9  # the share of the first slope that is still allowed


class Trial(NamedTuple):
    """What was found at one step: the loss, its gradient, and the slope along the direction."""

    at: float
    loss: float
    gradient: Array
    slope: float


class Found(NamedTuple):
    """The step that was chosen, and how often the loss was computed to find it."""

    trial: Trial
    evaluations: int


def strong_wolfe(
    evaluate: Callable[[float], Trial],
    start: Trial,
    first: float,
    size: float,
    tolerance: float,
    most: int,
) -> Found:
    """A step that satisfies the strong Wolfe conditions, or the best one seen.

    Args:
        evaluate: gives the trial at a step.
        start: the trial at 0.
        first: the step to try first.
        size: the largest entry of the direction.
        tolerance: a bracket that moves no parameter by more than this is narrow enough.
        most: how many steps may be tried after the first one.

    A trial whose loss is inf lies too far out; it must not be nan.

    >>> def parabola(t):  # (t - 3)^2
    ...     slope = 2.0 * (t - 3.0)
    ...     return Trial(t, (t - 3.0) ** 2, np.array([slope]), slope)
    >>> strong_wolfe(parabola, parabola(0.0), 1e-3, 1.0, 1e-9, 25).trial.at
    1.0
    """

    def descends(trial: Trial) -> bool:
        return trial.loss <= start.loss + ENOUGH_DECREASE * trial.at * start.slope

    def flat(trial: Trial) -> bool:
        return abs(trial.slope) <= -FLATTER * start.slope

    before, now = start, evaluate(first)
    tried = 0
    while tried < most:
        climbed = not descends(now) or (tried > 1 and now.loss >= before.loss)
        if not climbed and flat(now):
            return Found(now, tried + 1)
        if climbed or now.slope >= 0.0:
            break
        at = cubic_minimum(before, now, now.at + 0.01 * (now.at - before.at), 10.0 * now.at)
        before, now = now, evaluate(at)
        tried += 1
    else:
        before = start
    ends = [before, now]
    low = int(not before.loss <= now.loss)
    stuck = False
    while tried < most and abs(ends[1].at - ends[0].at) * size >= tolerance:
        left, right = sorted((ends[0].at, ends[1].at))
        at = cubic_minimum(ends[0], ends[1], left, right)
        # A trial next to an end narrows the bracket little: twice in a row, it is moved inside.
        margin = 0.1 * (right - left)
        close = min(right - at, at - left) < margin
        if close and (stuck or not left < at < right):
            at = right - margin if right - at < at - left else left + margin
            close = False
        stuck = close
        now = evaluate(at)
        tried += 1
        if not descends(now) or now.loss >= ends[low].loss:
            ends[1 - low] = now
            low = int(not ends[0].loss <= ends[1].loss)
            continue
        if flat(now):
            return Found(now, tried + 1)
        if now.slope * (ends[1 - low].at - ends[low].at) >= 0.0:
            ends[1 - low] = ends[low]
        ends[low] = now
    return Found(ends[low], tried + 1)


def cubic_minimum(a: Trial, b: Trial, least: float, most: float) -> float:
    """Where the cubic through two trials, with their slopes, is lowest, within bounds.

    >>> nothing = np.zeros(0)
    >>> cubic_minimum(Trial(0.0, 4.0, nothing, -4.0), Trial(3.0, 1.0, nothing, 2.0), 0.0, 3.0)
    2.0
    """
    if a.at > b.at:
        a, b = b, a
    middle = (least + most) / 2.0
    if a.at == b.at:
        return middle
    bend = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.at - b.at)
    square = bend * bend - a.slope * b.slope
    if not square >= 0.0:
        return middle
    root = math.sqrt(square)
    divisor = b.slope - a.slope + 2.0 * root
    if divisor == 0.0:
        return middle
    at = b.at - (b.at - a.at) * ((b.slope + root - bend) / divisor)
    return min(max(at, least), most) if math.isfinite(at) else middle
