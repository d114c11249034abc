"""Operations on many scalars at once: one node where there would be dozens."""

from __future__ import annotations
import math
from operator import mul
from autograd.ops.op import ManyOp


def _dot(*xs):
    half = len(xs) // 2
    return math.fsum(map(mul, xs[:half], xs[half:]))


weighted = ManyOp(
    "dot",
    "dot({})",
    lambda *xs: float(sum(map(mul, xs[: len(xs) // 2], xs[len(xs) // 2 :]))),
    lambda *xs: 0,
    lambda g, out, xs: [g * x for x in xs[len(xs) // 2 :]] + [g * x for x in xs[: len(xs) // 2]],
    says="",
)
total_op = ManyOp(
    "total",
    "total({})",
    lambda *xs: float(sum(xs)),
    lambda *xs: 0,
    lambda g, out, xs: [g] * len(xs),
    says="",
)


def dot(ws, xs):
    return weighted(*ws, *xs)


def total(xs):
    return total_op(*xs)
