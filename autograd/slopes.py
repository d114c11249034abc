"""Slopes by finite differences along a line, and what is the matter where there is not one slope.

A step to each side gives two one-sided slopes, per output. They differ by curvature, and then
the difference halves when the step does; or because there is a kink inside the step, and then it
does not. Going on to smaller steps tells a kink at the place itself from one beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
FINER = 5  # so many times is a step divided by 8 before we believe in a kink


@dataclass(frozen=True)
class Slopes:
    """The slopes of all outputs for one step, and what rounding may have done to them."""

    step: float
    left: Array
    right: Array
    noise: Array
    gap: Array  # how far the outputs moved

    @property
    def central(self) -> Array:
        return (self.left + self.right) / 2

    @property
    def jump(self) -> Array:
        return self.right - self.left

    @property
    def size(self) -> Array:
        return np.maximum(np.abs(self.left), np.abs(self.right))


@dataclass(frozen=True)
class Rough:
    """An output that has not one slope within the step.

    kind: "kink": any slope from left to right will do. "near-tie": with a smaller step there is
    one slope, left and right are those of the larger one. "jump": there is no slope at all.
    """

    kind: str
    left: float
    right: float
    low: float  # the rule must not be below this,
    high: float  # nor above this

    def allows(self, rule: float) -> bool:
        """Whether the rule may say this; nan never."""
        return self.low <= rule <= self.high

    def nearest(self, rule: float) -> float:
        """The slope next to what the rule says, of those that finite differences find."""
        if self.kind == "kink":
            return min(self.left, self.right, key=lambda slope: abs(rule - slope))
        return (self.low + self.high) / 2


class Line:
    """A function of many inputs, along one direction from one point.

    Args:
        at: the function: a list of arrays to a row of outputs.
        start: the point. direction: one array per input.
        first: the outputs at the point. eps: the precision of the outputs.
    """

    def __init__(
        self,
        at: Callable[[Sequence[Array]], Array],
        start: Sequence[Array],
        direction: Sequence[Array],
        first: Array,
        eps: float,
    ) -> None:
        self.at, self.start, self.direction = at, start, direction
        self.first, self.eps = first, eps

    def moved(self, t: float) -> Array:
        return self.at([x + t * d for x, d in zip(self.start, self.direction, strict=True)])

    def slopes(self, step: float) -> Slopes:
        """One-sided slopes. Rounding: 8 units in the last place of the largest value."""
        with np.errstate(all="ignore"):
            plus, minus = self.moved(step), self.moved(-step)
            up, down = plus - self.first, self.first - minus
            largest = np.maximum(np.abs(self.first), np.maximum(np.abs(plus), np.abs(minus)))
            noise = 8 * self.eps * largest / step
            return Slopes(step, down / step, up / step, noise, np.maximum(np.abs(up), np.abs(down)))

    def widest(self, step: float) -> Slopes | None:
        """The slopes for the largest step not over `step` for which all outputs are finite."""
        for k in range(FINER):
            slopes = self.slopes(step / 8**k)
            if np.all(np.isfinite(slopes.central)):
                return slopes
        return None

    def rough(self, coarse: Slopes, rtol: float, atol: float) -> dict[int, Rough]:
        """The outputs that have not one slope within the step of `coarse`, by their number."""
        suspects = np.abs(coarse.jump) > rtol * coarse.size + coarse.noise + atol
        if not suspects.any():
            return {}
        smooth = np.ones_like(suspects)
        for divisor in (2, 4):  # two, because a kink a third of a step away passes for curvature
            fine = self.slopes(coarse.step / divisor)
            off = np.abs(fine.jump - coarse.jump / divisor)
            smooth &= off <= 0.1 * np.abs(coarse.jump) + fine.noise
        rough = np.flatnonzero(suspects & ~smooth)
        if not rough.size:
            return {}
        finer = [self.slopes(coarse.step / 8**k) for k in range(1, FINER + 1)]
        return {int(i): self._kind(int(i), coarse, finer, rtol, atol) for i in rough}

    def _kind(
        self, i: int, coarse: Slopes, finer: Sequence[Slopes], rtol: float, atol: float
    ) -> Rough:
        left, right = float(coarse.left[i]), float(coarse.right[i])
        last = finer[-1]
        largest = float(last.noise[i]) * last.step / (8 * self.eps)
        if last.gap[i] > max(0.3 * coarse.gap[i], np.sqrt(self.eps) * largest):
            return Rough("jump", left, right, np.nan, np.nan)
        for fine in finer:
            curvature = abs(float(coarse.jump[i])) * fine.step / coarse.step
            blur = rtol * float(fine.size[i]) + float(fine.noise[i]) + atol
            if abs(fine.jump[i]) <= 4 * curvature + blur:
                slope = float(fine.central[i])
                return Rough("near-tie", left, right, slope - blur, slope + blur)
        fine = finer[1]  # little curvature, little rounding
        left, right = float(fine.left[i]), float(fine.right[i])
        blur = rtol * float(fine.size[i]) + float(fine.noise[i]) + atol
        return Rough("kink", left, right, min(left, right) - blur, max(left, right) + blur)


def default_step(eps: float) -> float:
    """A power of two (so that x + step is mostly exact) next to the cube root of `eps`."""
    return float(2.0 ** np.round(np.log2(eps) / 3))
