"""An explanation as an equation, for those who like symbols."""

from __future__ import annotations

import math

import numpy as np

from autograd.viz import words
from autograd.viz.explain import reasons
from autograd.viz.explain.why import Addend, Why
from autograd.viz.numbers import any_rounded, brief, number
from autograd.viz.plain import one_line, shortened

MOST_TERMS = 8
SYMBOLS = {
    "\\": r"\backslash ",
    "_": r"\_",
    "#": r"\#",
    "%": r"\%",
    "&": r"\&",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "~": r"\sim ",
    "^": r"\wedge ",
    "<": "{<}",
    ">": "{>}",
}


def latex(why: Why) -> str:
    r"""Gradient = upstream times slope, added up, in an `aligned` environment.

    >>> from autograd import Value
    >>> from autograd.viz import why
    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> print(why(x).latex())
    \begin{aligned}
    \frac{\partial\,\text{y}}{\partial\,\text{x}}
      &= \underbrace{1 \cdot 3}_{\text{y}} + \underbrace{1 \cdot 3}_{\text{y}} \\
      &= 3 + 3 \\
      &= 6
    \end{aligned}
    """
    if why.cells:
        return "\n".join(map(latex, why.cells))
    left = rf"\frac{{\partial\,{name(why.measure)}}}{{\partial\,{name(why.name)}}}"
    if why.total is None:
        return _aligned(left, [rf"\text{{{words.MARKS[why.zero or words.NOT_REACHED]}}}"])
    if np.ndim(why.total):
        return _aligned(left, [rf"\text{{{brief(why.total)}}}"])
    right = []
    if why.rows:
        right = [_sum([_term(row) for row in why.rows])]
    if len(why.rows) > 1:
        right.append(_plain_sum(why.rows))
    exact = "=" if not any_rounded([row.amount for row in why.rows]) else r"\approx"
    return _aligned(left, [*right, _number(why.total)], exact)


def _aligned(left: str, right: list[str], last: str = "=") -> str:
    """Lines that are aligned at their equals signs."""
    signs = ["="] * (len(right) - 1) + [last]
    lines = [f"  &{sign} {part}" for sign, part in zip(signs, right, strict=True)]
    return "\n".join([r"\begin{aligned}", left, (" \\\\\n").join(lines), r"\end{aligned}"])


def _term(row: Addend) -> str:
    if row.upstream is None or row.local is None:
        return rf"\underbrace{{{_number(row.amount)}}}_{{{name(row.sender)}}}"
    slope = _number(row.local)
    slope = rf"\left({slope}\right)" if slope.startswith("-") else slope
    return rf"\underbrace{{{_number(row.upstream)} \cdot {slope}}}_{{{name(row.sender)}}}"


def _sum(terms: list[str]) -> str:
    """Terms with plus signs; of very many the first few."""
    if len(terms) > MOST_TERMS:
        rest = len(terms) - MOST_TERMS
        terms = [*terms[:MOST_TERMS], rf"\cdots\text{{ ({reasons.more(rest)})}}"]
    return " + ".join(terms)


def _plain_sum(rows: tuple[Addend, ...]) -> str:
    parts = [_number(row.amount) for row in rows]
    parts = [f"({x})" if x.startswith("-") and i else x for i, x in enumerate(parts)]
    return _sum(parts)


def _number(x: float) -> str:
    """A number with the digits it has everywhere, powers of ten written out."""
    if math.isnan(x):
        return r"\text{nan}"
    if math.isinf(x):
        return r"\infty" if x > 0 else r"-\infty"
    digits, e, power = number(x).partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}" if e else digits


def name(text: str) -> str:
    r"""A name in math: letters as text, everything that TeX reads as a command made harmless.

    >>> print(name("h_1"))
    \text{h}\_\text{1}
    """
    parts: list[str] = []
    plain = ""
    for character in shortened(one_line(text)):
        if character in SYMBOLS:
            parts += [rf"\text{{{plain}}}"] * bool(plain) + [SYMBOLS[character]]
            plain = ""
        else:
            plain += character
    return "".join(parts + [rf"\text{{{plain}}}"] * bool(plain))
