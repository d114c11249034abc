"""How a number is written: here, and nowhere else.

Text, pictures and pages show the same digits. Where digits had to be cut, sums may look wrong in
the last place; `is_exact` says so, and the views then write "rounded".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

DIGITS = 5
DUST = 1e-7  # that of float32
MINUS = "\N{MINUS SIGN}"


def number(x: float, digits: int = DIGITS) -> str:
    """A number with at most so many significant digits, without trailing zeros.

    >>> number(2.5), number(-0.157751873), number(1e-7), number(float("nan"))
    ('2.5', '-0.15775', '1e-07', 'nan')
    """
    x = float(x)
    return "0" if x == 0.0 else f"{x:.{digits}g}"


def signed(x: float, digits: int = DIGITS) -> str:
    """A number with its sign, as gradients are written; 0 has none.

    >>> signed(7.0), signed(-1.5), signed(0.5), signed(0.0)
    ('+7', '-1.5', '+0.5', '0')
    """
    text = number(x, digits)
    return text if text[0] in "-n" or text == "0" else f"+{text}"


def pretty(text: str) -> str:
    """The same with a true minus sign, for pictures and pages."""
    return text.replace("-", MINUS)


def is_exact(x: float, digits: int = DIGITS) -> bool:
    """Whether `number` shows all of `x`, but for the dust of floating point.

    >>> is_exact(2.5), is_exact(0.1 + 0.2), is_exact(1 / 3)
    (True, True, False)
    """
    return not math.isfinite(x) or abs(float(number(x, digits)) - x) <= DUST * abs(x)


def any_rounded(xs: Sequence[Any]) -> bool:
    """Whether any of these is shown with fewer digits than it has."""
    return not all(is_exact(float(x)) for x in xs)


def finite(x: float) -> float | str:
    """A number as JSON can hold it: nan and the infinities as text.

    >>> finite(2.5), finite(math.inf)
    (2.5, 'inf')
    """
    return x if math.isfinite(x) else str(x)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as people say it.

    >>> shape_text((2, 3)), shape_text((4,)), shape_text(())
    ('2x3', '4', 'number')
    """
    return "x".join(map(str, shape)) if shape else "number"


def brief(x: Any, digits: int = DIGITS) -> str:
    """A number, or an array in one short line.

    >>> brief(2.0), brief(np.array([1.0, 2.0])), brief(np.zeros((3, 4)))
    ('2', '[1, 2]', '3x4, all 0')
    """
    if np.ndim(x) == 0:
        return number(float(x), digits)
    x = np.asarray(x)
    if x.ndim == 1 and x.size <= 4:
        return "[" + ", ".join(number(float(v), digits) for v in x) + "]"
    shape = shape_text(x.shape)
    if x.ndim == 1:
        shape = f"{shape} cells"
    if x.size == 0:
        return f"{shape}, empty"
    low, high = float(x.min()), float(x.max())
    if low == high:
        return f"{shape}, all {number(low, digits)}"
    return f"{shape}, {number(low, digits)} to {number(high, digits)}"
