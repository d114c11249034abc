"""Is a gradient right? Compare it with finite differences, knowing what those cannot see.

Every input is moved a little to both sides, and the slope between the two ends is compared with
what backward says. The catch of such checks is a kink (relu at 0, two equal entries of a max):
there the two one-sided slopes disagree, their mean is nobody's gradient, and a right rule fails.
So the one-sided slopes are looked at too. Curvature makes them differ as well, but by an amount
that halves when the step is halved; at a kink the difference stays. There a rule passes if it
is one of the slopes or between them, and the kink is reported. Where several inputs meet in one
kink, their gradients must also add up: a rule that pays every winner of a tie in full fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import errors
from autograd.findings import GradcheckResult, Kink, Mismatch
from autograd.slopes import Line, default_step
from autograd.subject import Subject, brackets, names_of, row
from autograd.tensor import Tensor
from autograd.transform import depends, inner, pull_all, shape_of
from autograd.trees import flatten, walk
from autograd.value import Value

__all__ = ["gradcheck"]

Array = np.ndarray[Any, Any]
DIRECTIONS = 8  # how many the random mode tries
TIED = 8  # for up to so many inputs in one kink it is checked that their gradients add up
SAMPLES = 32  # points around a kink whose gradients say what is possible in it


def gradcheck(
    f: Callable[..., Any],
    inputs: Any,
    *,
    mode: str = "full",
    order: int = 1,
    step: float | None = None,
    rtol: float | None = None,
    atol: float = 0.0,
    generator: int | np.random.Generator = 0,
    raise_on_failure: bool = True,
) -> GradcheckResult:
    """Compare the gradients of `f` with finite differences.

    Args:
        f: any function; returns Values, Tensors, or lists, tuples and dictionaries of them, of
            any shape. All outputs are checked at once, through a random weighted sum.
        inputs: a tuple or list of arguments, or one argument. Floating-point numbers, arrays,
            Values and Tensors are checked, in float64 whatever their dtype; other arguments
            (integer arrays, text) are passed on.
        mode: "full" moves each element on its own; "random" moves all at once, along 8 random
            directions: for large inputs.
        order: 2 also checks the gradients of the gradients.
        step: how far to move, times max(1, |x|) for each element. The default is about the cube
            root of the machine epsilon, where the two errors of a central difference, the cut
            series (~ step**2) and rounding (~ eps / step), balance (Press et al., Numerical
            Recipes, section 5.7).
        rtol, atol: the allowed difference is rtol times the size of the slopes, plus atol, plus
            what rounding makes of the values of `f`. Default for rtol: 1e-5 (1e-2 where `f`
            gives float32).
        generator: a `numpy.random.Generator` or a seed, for the weights and directions.
        raise_on_failure: raise, instead of returning a result that is false.

    Returns:
        A result that is true if all is well, prints what was found, and lists the kinks.

    Raises:
        GradcheckError: the gradients are wrong, or cannot be compared: `f` does not give the same
            twice, is not finite, or jumps.
        OptionError: an unknown mode or order.

    >>> from autograd import Tensor
    >>> gradcheck(lambda x: x * x, Tensor([1.0, 2.0])).checked
    2
    >>> print(gradcheck(abs, 0.0).kinks[0])
    kink at x = 0.0: slope -1 from the left, 1 from the right; the rule says 0
    """
    if not callable(f):
        raise errors.function_expected("gradcheck", f)
    if mode not in ("full", "random"):
        raise errors.unknown_option("gradcheck", "mode", mode, ("full", "random"))
    if order not in (1, 2):
        raise errors.unknown_option("gradcheck", "order", order, (1, 2))
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    rng = np.random.default_rng(generator)
    result = GradcheckResult()
    options = (result, rng, step, rtol, atol)
    subject = Subject(f, args, names_of(f, len(args)))
    _Check(subject, *options).run(mode)
    if order == 2 and result:
        _Check(_gradient_of(subject, args, rng), *options, second=True).run(mode)
    if raise_on_failure and not result:
        raise errors.GradcheckError(repr(result))
    return result


class _Check:
    """One pass over all inputs of a subject."""

    def __init__(
        self,
        subject: Subject,
        result: GradcheckResult,
        rng: np.random.Generator,
        step: float | None,
        rtol: float | None,
        atol: float,
        second: bool = False,
    ) -> None:
        self.subject, self.result, self.rng, self.atol = subject, result, rng, atol
        self.second = second  # gradients of gradients: those of a kink jump
        self.leaves = subject.nodes(subject.start)
        outputs = list(walk(subject.tree(self.leaves), subject.gives))
        self.paths = [path for path, _ in outputs]
        self.roots = [root for _, root in outputs]
        self.first = row(self.roots)
        signs = rng.choice((-1.0, 1.0), self.first.shape)
        self.weights = signs * rng.uniform(0.5, 1.5, self.first.shape)
        self.eps = max(_eps(x) for x in [1.0, *self.roots])
        self.step = default_step(self.eps) if step is None else step
        self.rtol = (1e-5 if self.eps < 1e-10 else 1e-2) if rtol is None else rtol
        self.rows: dict[int, list[Array]] = {}

    def run(self, mode: str) -> None:
        """Compare everything; what is found goes into the result."""
        problems = self.result.problems
        if not self._same_again():
            problems.append("f does not give the same twice for the same inputs")
        elif not np.all(np.isfinite(self.first)):
            problems.append("f is not finite at these inputs; choose others")
        else:
            gradients = self._gradients(self.weights)
            self._compare_backward(gradients)
            (self._all_cells if mode == "full" else self._directions)(gradients)
            if not self._same_again():
                problems.append("f does not give the same after it was called with other inputs")

    def _same_again(self) -> bool:
        again = self.subject.at(self.subject.start)
        return np.array_equal(again, self.first, equal_nan=True)

    # --- what the rules say ---

    def _gradients(self, weights: Array) -> list[Array]:
        """The gradient of a weighted sum of all outputs, by each input."""
        upstream = _split(weights, self.roots)
        shares = pull_all(self.roots, self.leaves, upstream, recorded=False)
        return [np.asarray(share, np.float64) for share in shares]

    def _one_output(self, output: int) -> list[Array]:
        """The gradient of one output alone."""
        if output not in self.rows:
            self.rows[output] = self._gradients(np.eye(1, self.first.size, output)[0])
        return self.rows[output]

    def _compare_backward(self, gradients: list[Array]) -> None:
        """`backward` must leave in `.grad` what `gradients` returns."""
        pairs = [(x, u) for x, u in zip(self.roots, _split(self.weights, self.roots), strict=True)]
        moving = [(x, u) for x, u in pairs if depends(x)]
        if not moving:
            return
        inner([x for x, _ in moving], [u for _, u in moving]).backward()
        for slot, (leaf, expected) in enumerate(zip(self.leaves, gradients, strict=True)):
            got = np.zeros_like(expected) if leaf.grad is None else np.asarray(leaf.grad)
            if not np.allclose(got, expected, rtol=1e-9, atol=1e-12, equal_nan=True):
                name = self.subject.labels[slot][1]
                text = f"{name}: backward() leaves {got}, but gradients() returns {expected}"
                self.result.problems.append(text)

    # --- moving the inputs ---

    def _directions(self, gradients: list[Array]) -> None:
        for i in range(DIRECTIONS):
            scales = [np.maximum(1.0, np.abs(x)) for x in self.subject.start]
            direction = [self.rng.standard_normal(s.shape) * s for s in scales]
            self._line(f"random direction {i}", None, None, direction, self.step, gradients)

    def _all_cells(self, gradients: list[Array]) -> None:
        meeting: dict[int, list[tuple[int, tuple[int, ...]]]] = {}  # the kinks of each output
        for slot, x in enumerate(self.subject.start):
            for cell in np.ndindex(x.shape):
                where = f"{self.subject.where(slot, cell)} = {float(x[cell])!r}"
                step = self.step * 2.0 ** math.ceil(math.log2(max(1.0, abs(float(x[cell])))))
                direction = self._along([(slot, cell)])
                for output in self._line(where, slot, cell, direction, step, gradients):
                    meeting.setdefault(output, []).append((slot, cell))
        for output, cells in meeting.items():
            if 2 <= len(cells) <= TIED:
                self._tied(output, cells)

    def _along(self, cells: Sequence[tuple[int, tuple[int, ...]]]) -> list[Array]:
        """The direction that moves these cells, all by the same."""
        direction = [np.zeros_like(x) for x in self.subject.start]
        for slot, cell in cells:
            direction[slot][cell] = 1.0
        return direction

    def _line(
        self,
        where: str,
        slot: int | None,
        cell: tuple[int, ...] | None,
        direction: list[Array],
        step: float,
        gradients: list[Array],
    ) -> list[int]:
        """Compare the slopes along one direction; returns the outputs that have a kink there."""
        line = Line(self.subject.at, self.subject.start, direction, self.first, self.eps)
        slopes = line.widest(step)
        if slopes is None:
            self.result.problems.append(f"{where}: f is not finite close by; choose other inputs")
            return []
        self.result.checked += 1
        index = None if slot is None else self.subject.labels[slot][0]
        weights = self.weights.copy()
        analytic = _dot(gradients, direction)
        kinks: list[tuple[float, Kink]] = []
        rough = line.rough(slopes, self.rtol, self.atol)
        for output, found in rough.items():
            rule = _dot(self._one_output(output), direction)
            analytic -= weights[output] * rule
            weights[output] = 0.0
            kink = Kink(where, found.kind, found.left, found.right, rule)
            kinks.append((abs(found.right - found.left), kink))
            if found.kind == "jump":
                if not self.second:  # the gradient of a kink does jump
                    text = f"f jumps at {where}, so it has no slope there; choose other inputs"
                    self.result.problems.append(text)
            elif not found.allows(rule):
                slope, note = found.nearest(rule), "" if found.kind == "kink" else f" ({kink})"
                mismatch = Mismatch(where, index, cell, rule, slope, note, kink=kink)
                self.result.failures.append(mismatch)
                self._note(mismatch.difference, max(abs(found.left), abs(found.right)))
        if kinks:
            self.result.kinks.append(max(kinks, key=lambda pair: pair[0])[1])
        size = np.abs(weights) @ slopes.size
        rounding = 1e-12 * max(size, abs(_dot(gradients, direction)))
        numeric, noise = weights @ slopes.central, np.abs(weights) @ slopes.noise + rounding
        if not self._near(analytic, numeric, size, noise):
            # Perhaps the step was too large. What a smaller one changes is an error of the step.
            fine = line.slopes(slopes.step / 8)
            moved = np.abs(weights) @ np.abs(fine.central - slopes.central)
            numeric = weights @ fine.central
            noise = np.abs(weights) @ fine.noise + rounding + moved
        if not self._near(analytic, numeric, size, noise):
            arriving = self._arriving(weights, slopes.size)
            mismatch = Mismatch(where, index, cell, analytic, float(numeric), arriving=arriving)
            self.result.failures.append(mismatch)
        self._note(abs(analytic - numeric) - noise, size or abs(analytic))
        return [output for output, found in rough.items() if found.kind == "kink"]

    def _arriving(self, weights: Array, moved: Array) -> dict[str, float]:
        """The upstream gradient of every output that moves; of all, if none does."""
        names = [
            f"{path}{brackets(cell)}"
            for path, root in zip(self.paths, self.roots, strict=True)
            for cell in np.ndindex(shape_of(root))
        ]
        if len(names) == 1:
            names = [f"the {self.subject.gives}"]
        met = weights != 0.0
        if np.any(met & (moved > 0.0)):
            met &= moved > 0.0
        return {names[i]: float(weights[i]) for i in np.flatnonzero(met)}

    def _note(self, difference: float, size: float) -> None:
        """Remember the worst there was; nan is worse than anything."""
        if size and not difference / size <= self.result.worst:
            self.result.worst = float(difference / size)

    def _near(self, analytic: float, numeric: float, size: float, noise: float) -> bool:
        allowed = self.rtol * max(size, abs(analytic)) + self.atol + noise
        return bool(abs(analytic - numeric) <= allowed)  # never if one of them is nan

    def _tied(self, output: int, cells: list[tuple[int, tuple[int, ...]]]) -> None:
        """Several inputs meet in one kink of this output: move them together.

        The gradient at a kink is a mean of the gradients around it (Clarke, "Optimization and
        Nonsmooth Analysis", 1983), so its slope lies between the smallest and largest of theirs.
        """
        direction = self._along(cells)
        line = Line(self.subject.at, self.subject.start, direction, self.first, self.eps)
        fine = line.slopes(self.step / 64)
        around = [float(fine.left[output]), float(fine.right[output])]
        weights = np.eye(1, self.first.size, output)[0]
        for _ in range(SAMPLES):
            near = [x.copy() for x in self.subject.start]
            for slot, cell in cells:
                near[slot][cell] += self.step / 64 * self.rng.uniform(-1.0, 1.0)
            leaves = self.subject.nodes(near)
            roots = self.subject.outputs(leaves)
            shares = pull_all(roots, leaves, _split(weights, roots), recorded=False)
            around.append(_dot([np.asarray(share) for share in shares], direction))
        rule = _dot(self._one_output(output), direction)
        low, high = min(around), max(around)
        blur = 1e3 * self.rtol * max(abs(low), abs(high)) + float(fine.noise[output]) + self.atol
        self.result.checked += 1
        if not low - blur <= rule <= high + blur:
            where = " and ".join(self.subject.where(*place) for place in cells) + " moved together"
            numeric = low if rule < low else high
            slopes = f"{low:.6g}" if high - low <= blur else f"between {low:.6g} and {high:.6g}"
            note = f" (around them the slope is {slopes})"
            mismatch = Mismatch(where, None, None, rule, numeric, note)
            self.result.failures.append(mismatch)
            self._note(mismatch.difference, max(abs(low), abs(high)))


def _gradient_of(subject: Subject, args: Sequence[Any], rng: np.random.Generator) -> Subject:
    """The gradient of a subject by its inputs, as a function of the inputs and the upstream."""
    roots = [x for x in subject.outputs(subject.nodes(subject.start)) if depends(x)]
    upstream = _split(rng.uniform(0.5, 1.5, row(roots).size), roots)

    def gradient(*inputs: Any) -> Any:
        flat, _ = flatten(list(inputs[:-1]))
        leaves = [flat[i] for i in subject.slots]
        outs = [x for x in subject.outputs(leaves) if depends(x)]
        shares = pull_all(outs, leaves, inputs[-1], recorded=True)
        return {name: share for (_, name), share in zip(subject.labels, shares, strict=True)}

    return Subject(gradient, [*args, upstream], [*subject.names, "upstream"], "gradient")


def _split(numbers: Array, outputs: Sequence[Any]) -> list[Any]:
    """The opposite of `row`: an upstream gradient for each output."""
    parts = []
    for x in outputs:
        shape = shape_of(x)
        size = int(np.prod(shape))
        part, numbers = numbers[:size].reshape(shape), numbers[size:]
        parts.append(float(part) if isinstance(x, Value) else part)
    return parts


def _eps(x: Any) -> float:
    """The precision of an output: that of its dtype, float64 for numbers."""
    dtype = x.dtype if isinstance(x, (Tensor, np.ndarray)) and x.dtype.kind == "f" else np.float64
    return float(np.finfo(dtype).eps)


def _dot(xs: Sequence[Array], ys: Sequence[Array]) -> float:
    """The slope along a direction; what does not move does not count, be it nan."""
    return float(sum((x * y)[y != 0].sum() for x, y in zip(xs, ys, strict=True)))
