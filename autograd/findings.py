"""What a check of gradients found, ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import TextWrapper
from typing import Any

from autograd import errors

NAMED = 3  # so many outputs are named in a message
WRAPPED = TextWrapper(
    88,
    initial_indent="  ",
    subsequent_indent="    ",
    break_long_words=False,
    break_on_hyphens=False,
)


@dataclass(frozen=True)
class Kink:
    """A place where the function has not one slope within the step.

    kind: "kink" (at the input, or closer to it than can be told), or "near-tie" (beside it; the
    rule was checked with a smaller step), or "jump" (the function is not continuous).
    """

    where: str
    kind: str
    left: float
    right: float
    rule: float

    def __str__(self) -> str:
        return (
            f"{self.kind} at {self.where}: slope {self.left:.6g} from the left, "
            f"{self.right:.6g} from the right; the rule says {self.rule:.6g}"
        )


@dataclass(frozen=True)
class Mismatch:
    """A slope that the rule and finite differences do not agree on.

    index: which argument; cell: which element of it; None where several moved together.
    arriving: the upstream gradient under which the two were found, for each output that moves.
    kink: the kink that is there; then `numeric` is the nearest slope that the rule could have.
    """

    where: str
    index: int | None
    cell: tuple[int, ...] | None
    analytic: float
    numeric: float
    note: str = ""
    arriving: dict[str, float] = field(default_factory=dict)
    kink: Kink | None = None

    @property
    def difference(self) -> float:
        """How far apart they are."""
        return abs(self.analytic - self.numeric)

    def __str__(self) -> str:
        if self.kink is not None and self.kink.kind == "kink":
            return (
                f"{self.where}: a kink, slope {self.kink.left:.6g} from the left and "
                f"{self.kink.right:.6g} from the right; the rule says {self.analytic:.6g}, which "
                "is not between them"
            )
        return (
            f"{self.where}{self._with()}: the rule says {self.analytic:.10g}, finite differences "
            f"{self.numeric:.10g}, difference {self.difference:.3g}{self._per_one()}{self.note}"
        )

    def _with(self) -> str:
        """What was sent backward, for whoever expects 1."""
        if not self.arriving:
            return ""
        if len(self.arriving) > NAMED:
            return f", with random numbers arriving at {len(self.arriving)} cells of the result"
        said = [f"{number:.6g} arriving at {name}" for name, number in self.arriving.items()]
        return f", with {errors.listing(said)}"

    def _per_one(self) -> str:
        if len(self.arriving) != 1:
            return ""
        (g,) = self.arriving.values()
        return f"; for each 1 that arrives: {self.analytic / g:.6g} and {self.numeric / g:.6g}"


@dataclass(repr=False)
class GradcheckResult:
    """What `gradcheck` found. True if the gradients are right."""

    checked: int = 0
    worst: float = 0.0  # the largest difference found, relative to the size of the slopes
    failures: list[Mismatch] = field(default_factory=list)
    kinks: list[Kink] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # why there was nothing to compare

    def __bool__(self) -> bool:
        return not self.failures and not self.problems

    def __repr__(self) -> str:
        slopes = f"{self.checked} slope{'' if self.checked == 1 else 's'} compared"
        worst = "" if self.problems else f", worst relative difference {self.worst:.2g}"
        lines = [f"gradcheck {'passed' if self else 'FAILED'}: {slopes}{worst}"]
        told = [failure.kink for failure in self.failures]
        kinks = [kink for kink in self.kinks if kink not in told]
        kinds: list[list[Any]] = [self.problems, self.failures, kinks]
        for items in kinds:
            lines += [line for item in items[:5] for line in WRAPPED.wrap(str(item))]
            if len(items) > 5:
                lines.append(f"  ... and {len(items) - 5} more like this")
        return "\n".join(lines)
