"""Formulas: the rules of the operations, run on text.

A `Symbol` is a number that only knows how it is written. Run an operation's rule on symbols and
the formula of the gradient comes out, from the very code that computes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.ops.op import ManyOp, Op, Recorder

ATOM = 9
INFIX = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, ">": 0, "<": 0, "=": 0, "!": 0, "i": 0}


class Symbol(Recorder):
    """A piece of formula: its text, and how tightly its outermost operator binds.

    >>> x = Symbol("x")
    >>> print(-(x + 1) * x ** 2)
    -(x + 1) * x ** 2
    """

    __slots__ = ("binds", "text")
    rank = 3

    def __init__(self, text: str, binds: int = ATOM) -> None:
        self.text = text
        self.binds = binds

    def __repr__(self) -> str:
        return self.text

    @classmethod
    def record(cls, op: Op, operands: Sequence[Any], params: dict[str, Any]) -> Symbol:
        if isinstance(op, ManyOp):
            return Symbol(_filled(op.form, [", ".join(_text(x, 0) for x in operands)], params))
        binds = _binding(op.form)
        # Left operands may bind as loosely as the operator itself, right ones must bind tighter.
        texts = [_text(x, _needed(op.form, binds, slot)) for slot, x in enumerate(operands)]
        return Symbol(_filled(op.form, texts, params), binds)

    def __add__(self, other: Any) -> Symbol:
        return _infix(self, "+", other)

    def __radd__(self, other: Any) -> Symbol:
        return _infix(other, "+", self)

    def __sub__(self, other: Any) -> Symbol:
        return _infix(self, "-", other)

    def __rsub__(self, other: Any) -> Symbol:
        return _infix(other, "-", self)

    def __mul__(self, other: Any) -> Symbol:
        return _infix(self, "*", other)

    def __rmul__(self, other: Any) -> Symbol:
        return _infix(other, "*", self)

    def __truediv__(self, other: Any) -> Symbol:
        return _infix(self, "/", other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return _infix(other, "/", self)

    def __pow__(self, other: Any) -> Symbol:
        return Symbol(f"{_text(self, ATOM)} ** {_text(other, 4)}", 4)

    def __matmul__(self, other: Any) -> Symbol:
        return _infix(self, "@", other)

    def __neg__(self) -> Symbol:
        return Symbol(f"-{_text(self, 2)}", 2)


def formula(op: Op) -> list[str | None]:
    """What each input of `op` gets, as text: g is the incoming gradient, out the result.

    None where an input never gets a gradient. Operations of many inputs are shown with three.

    >>> from autograd import ops
    >>> formula(ops.multiply)
    ['g * y', 'g * x']
    >>> formula(ops.tanh)
    ['g * (1 - out * out)']
    """
    g, out = Symbol("g"), Symbol("out")
    if isinstance(op, ManyOp):
        xs = [Symbol(f"x{i}") for i in range(3)]
        params = {key: Symbol(key) for key in op.defaults}
        return [_text(share, 0) for share in op.rule(g, out, xs, **params)]
    inputs = [Symbol(name) for name in "xyzwvu"[: op.arity]]
    params = {key: Symbol(key) for key in op.defaults}
    shares = op.shares(inputs, g, out, inputs, params)
    return [None if share is None else _text(share, 0) for share in shares]


def _filled(form: str, texts: Sequence[str], params: dict[str, Any]) -> str:
    """A form with its blanks filled in; a None at the end is what stands there by default.

    >>> [_filled("sum({}, {axis})", ["x"], {"axis": axis}) for axis in (None, 0)]
    ['sum(x)', 'sum(x, 0)']
    """
    text = form.format(*texts, **params)
    return f"{text.removesuffix(', None)')})" if text.endswith(", None)") else text


def _text(x: Any, at_least: int) -> str:
    """`x` as text, in parentheses if it binds more loosely than its surroundings."""
    if isinstance(x, Symbol):
        return x.text if x.binds >= at_least else f"({x.text})"
    if isinstance(x, float):
        text = f"{x:.6g}"
        return f"({text})" if text.startswith("-") and at_least else text
    return str(x)


def _infix(x: Any, sign: str, y: Any) -> Symbol:
    binds = INFIX[sign]
    return Symbol(f"{_text(x, binds)} {sign} {_text(y, binds + 1)}", binds)


def _needed(form: str, binds: int, slot: int) -> int:
    """How tightly an operand must bind to go without parentheses."""
    if form.startswith("{}["):
        return ATOM
    return 0 if binds == ATOM else binds + (slot > 0 or binds == 4)


def _binding(form: str) -> int:
    """How tightly the outermost operator of a print form binds."""
    if form.startswith("{} ** "):
        return 4
    if form.startswith("{} "):
        return INFIX.get(form[3], 0)
    if form.startswith("-"):
        return 2
    return ATOM
