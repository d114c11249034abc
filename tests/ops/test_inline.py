"""The backward step written out gives exactly what the rules give."""

from __future__ import annotations

import importlib
import itertools
import math
import pkgutil

import numpy as np
import pytest

import autograd as ag
from autograd import Value, ops
from autograd.ops.inline import _is_plain, written_out
from autograd.ops.op import Op

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.3, -2.7, 6.0, math.inf, -math.inf, math.nan, 1e308, 5e-324]


def written():
    """Every operation of the table that has a step of this kind."""
    found = {}
    for info in pkgutil.iter_modules(ops.__path__):
        for op in vars(importlib.import_module(f"autograd.ops.{info.name}")).values():
            small = isinstance(op, Op) and op.scalar and not op.variadic and 1 <= op.arity <= 2
            if small and None not in op.rules and written_out(op):
                found[id(op)] = pytest.param(op, id=op.name)
    return list(found.values())


def test_the_operations_of_scalar_networks_have_one():
    names = {param.id for param in written()}
    assert {"add", "subtract", "multiply", "relu", "tanh", "sigmoid", "exp"} <= names


@pytest.mark.parametrize("op", written())
def test_it_equals_the_rules(op):
    pull = written_out(op)
    rng = np.random.default_rng(0)
    points = [
        *itertools.product(SPECIAL, repeat=op.arity),
        *rng.normal(size=(50, op.arity)).tolist(),
    ]
    for point in points:
        leaves = [Value(x) for x in point]
        node = Value.record(op, leaves, {})
        for g in (1.0, -0.37, math.inf, 0.0):
            node.grad = g
            for leaf in leaves:
                leaf.grad = 0.0
            pull(node)
            expected = [0.0 + float(rule(g, node.data, *point)) for rule in op.rules]
            assert [leaf.grad for leaf in leaves] == pytest.approx(
                expected, rel=0, abs=0, nan_ok=True
            )


def test_the_same_input_twice_and_a_constant():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0
    y = Value(2.0)
    (5.0 * y - y * 4.0).backward()
    assert y.grad == 1.0


@pytest.mark.parametrize(
    "text",
    ["g / y", "g * log(x)", "x wins over y", "g * 0.693147", "g ** 2", "z", "g.real", "g[0]"],
)
def test_what_is_not_plain_arithmetic_keeps_its_rules(text):
    assert not _is_plain(text)


def test_operations_of_users_run_their_own_rules():
    calls = []

    @ag.operation(vjp=lambda g, out, x: calls.append("rule") or g * 2.0)
    def double(x):
        return x * 2.0

    x = Value(1.0)
    double(x).backward()
    assert (x.grad, calls) == (2.0, ["rule"])
