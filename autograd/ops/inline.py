"""The backward step of a scalar operation, written out.

Calling a rule costs a Python function call per input, more than the arithmetic in it. But a rule
can print itself (see `symbol`), and where the text is plain arithmetic, it can be compiled:

    def pull(node):
        g = node.grad
        x = node.x
        y = node.y
        a = node.a
        if a is not None: a.grad += g * y
        b = node.b
        if b is not None: b.grad += g * x

That takes 10 to 15 % off a training step of a scalar network. The derivative still stands once,
in the rule; and a test holds the two ways of running it equal.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from autograd.ops.op import Op
from autograd.ops.symbol import formula

Pull = Callable[[Any], None]
PLAIN = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Compare, ast.Name, ast.Constant,
    ast.operator, ast.unaryop, ast.cmpop, ast.expr_context,
)  # fmt: skip

EXACT = (0, 0.5, 1, 2)


def inline(operations: Iterable[Op]) -> None:
    """Give operations their written-out step where there is one, made at its first use."""
    for op in operations:
        if (
            op.scalar is not None
            and not op.variadic
            and 1 <= op.arity <= 2
            and None not in op.rules
        ):
            op.pull = _at_first_use(op, op.pull)


def _at_first_use(op: Op, rules: Pull) -> Pull:
    def pull(node: Any) -> None:
        op.pull = written_out(op) or rules
        op.pull(node)

    return pull


def written_out(op: Op) -> Pull | None:
    """The step of `op` as one function; None if a rule calls other operations."""
    texts = [str(text) for text in formula(op)]
    if not all(map(_is_plain, texts)):
        return None
    used = {n.id for text in texts for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    held = {"g": "grad", "out": "data", "x": "x", "y": "y"}
    lines = [f"{name} = node.{slot}" for name, slot in held.items() if name in used]
    for parent, text in zip("ab", texts, strict=False):
        lines += [f"{parent} = node.{parent}", f"if {parent} is not None: {parent}.grad += {text}"]
    source = "def pull(node):\n" + "".join(f"    {line}\n" for line in lines)
    namespace: dict[str, Pull] = {}
    exec(compile(source, f"<backward of {op.name}>", "exec"), namespace)
    return namespace["pull"]


def _is_plain(text: str) -> bool:
    """Whether a formula is arithmetic on g, out, x and y, and a few exact constants."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:  # "x wins over y" is for people
        return False
    for part in ast.walk(tree):
        if not isinstance(part, PLAIN) or isinstance(part, (ast.Div, ast.Pow, ast.FloorDiv)):
            return False  # Python's / and ** raise where numpy's answer
        if isinstance(part, ast.Name) and part.id not in ("g", "out", "x", "y"):
            return False
        if isinstance(part, ast.Compare) and len(part.ops) > 1:
            return False  # "0 < x < 6" does not say what happens to nan
        if isinstance(part, ast.Constant) and part.value not in EXACT:
            return False  # constants are printed to six digits, for people
    return True
