"""What a check of gradients found, ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
    """

    where: str
    index: int | None
    cell: tuple[int, ...] | None
    analytic: float
    numeric: float
    note: str = ""

    @property
    def difference(self) -> float:
        """How far apart they are."""
        return abs(self.analytic - self.numeric)

    def __str__(self) -> str:
        place = "" if self.index is None else f"input {self.index}, cell {self.cell}, "
        return (
            f"{place}{self.where}: the rule says {self.analytic:.10g}, finite differences "
            f"{self.numeric:.10g}, difference {self.difference:.3g}{self.note}"
        )


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
        lines = [
            f"gradcheck {'passed' if self else 'FAILED'}: {self.checked} slopes compared, "
            f"worst relative difference {self.worst:.2g}"
        ]
        kinds: list[list[Any]] = [self.problems, self.failures, self.kinks]
        for items in kinds:
            lines += [f"  {item}" for item in items[:5]]
            if len(items) > 5:
                lines.append(f"  ... and {len(items) - 5} more like this")
        return "\n".join(lines)
