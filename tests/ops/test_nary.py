"""Many scalars in one node: equal to the elementary operations, and to the arrays."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients
from autograd.ops import nary
from autograd.ops.op import ManyOp
from autograd.ops.symbol import formula

NAN, INF = math.nan, math.inf


def values(numbers: Any) -> list[Value]:
    return [Value(x) for x in numbers]


def grads(nodes: list[Value]) -> list[float]:
    return [node.grad for node in nodes]


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_dot_is_the_elementary_network(n: int, rng: np.random.Generator) -> None:
    a, b, g = rng.normal(size=n) * 1e3, rng.normal(size=n), float(rng.normal())
    ws, xs = values(a), values(b)
    y = nary.dot(ws, xs)
    y.backward(g)
    vs, us = values(a), values(b)
    z = vs[0] * us[0]
    for v, u in zip(vs[1:], us[1:], strict=True):
        z = z + v * u
    z.backward(g)
    assert y.data == z.data  # bit for bit: the same additions in the same order
    assert grads(ws) == grads(vs)
    assert grads(xs) == grads(us)
    assert y.parents == (*ws, *xs)


def test_sums_are_plain_additions_from_the_left() -> None:
    # A compensated sum, as Python's own sum() since 3.12, would find the 2.0 again.
    numbers = [1e100, 1.0, -1e100, 1.0]
    assert nary.total(values(numbers)).data == 1.0
    assert nary.total(numbers) == 1.0
    assert nary.dot(values(numbers), [1.0] * 4).data == 1.0
    assert math.copysign(1, nary.total(values([-0.0, -0.0])).data) == -1.0


def test_total(rng: np.random.Generator) -> None:
    numbers = rng.normal(size=9).tolist()
    xs = values(numbers)
    y = nary.total(x for x in [*xs, 2.5, 3])
    y.backward(-0.7)
    expected = 0.0
    for x in [*numbers, 2.5, 3.0]:
        expected += x
    assert y.data == expected
    assert grads(xs) == [-0.7] * 9


def test_one_node_several_times() -> None:
    x = Value(3.0)
    y = nary.dot([x, x, 2.0], [x, 5.0, x])
    y.backward(0.5)
    assert y.data == 9.0 + 15.0 + 6.0
    assert x.grad == 0.5 * (6.0 + 5.0 + 2.0)
    z = nary.total([x, x, x])
    x.zero_grad()
    z.backward(2.0)
    assert x.grad == 6.0


def test_nothing_and_plain_numbers() -> None:
    assert nary.dot([], []) == 0.0
    assert nary.total([]) == 0.0
    assert nary.dot([1, 2.0], (3.0, np.float64(4.0))) == 11.0
    assert isinstance(nary.dot([1.0, 2.0], [3.0, 4.0]), float)


def test_second_order_of_dot() -> None:
    w, x = Value(2.0), Value(3.0)
    y = nary.dot([w, w], [x, w])  # w * x + w * w
    dw, dx = gradients(y, [w, x], create_graph=True)
    assert (dw.data, dx.data) == (3.0 + 4.0, 2.0)
    assert gradients(dw, [w, x]) == [2.0, 1.0]


def test_dot_of_arrays(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=5), rng.normal(size=5)
    t = Tensor(a, requires_grad=True)
    y = nary.dot(t, b)
    y.backward(-1.5)
    np.testing.assert_allclose(y.item(), a @ b, rtol=1e-14)
    np.testing.assert_allclose(t.grad, -1.5 * b, rtol=1e-14)
    np.testing.assert_allclose(nary.dot(a, b), a @ b, rtol=1e-14)


def test_dot_of_values_and_an_array(rng: np.random.Generator) -> None:
    numbers = rng.normal(size=4)
    ws = values([1.0, -2.0, 0.5, 3.0])
    y = nary.dot(ws, numbers)
    assert isinstance(y, Value)
    y.backward(2.0)
    assert grads(ws) == (2.0 * numbers).tolist()
    assert nary.dot(numbers, ws).data == y.data


def test_tensors_of_one_number() -> None:
    s, v = Tensor(2.0, requires_grad=True), Value(3.0)
    y = nary.dot([s, v], [v, 4.0])
    y.backward()
    assert (float(y), float(s.grad), v.grad) == (18.0, 3.0, 6.0)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ([1.0, 2.0], [1.0], "as many numbers on the left as on the right, got 2 and 1"),
        (np.ones(3), np.ones(2), "got 3 and 2"),
        ([Value(1.0)], np.ones(2), "got 1 and 2"),
        (np.ones((2, 2)), np.ones(2), "arrays of one axis each; got float64 array of shape"),
        (np.ones(2), Tensor(np.ones((1, 2))), "use matmul"),
    ],
)
def test_shapes_that_do_not_fit(left: Any, right: Any, message: str) -> None:
    with pytest.raises(errors.ShapeError, match=message):
        nary.dot(left, right)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: nary.dot([x, 1.0], [2.0, 3.0]),
        lambda x: nary.total([Value(1.0), x]),
        lambda x: nary.max_of(x, Value(1.0)),
        lambda x: nary.min_of(1.0, x, ties="split"),
    ],
)
def test_arrays_among_the_numbers(call: Any) -> None:
    for x in (np.ones(2), Tensor(np.ones((2, 1)), requires_grad=True)):
        with pytest.raises(errors.DTypeError, match=r"takes single numbers, got .* for arrays use"):
            call(x)


# --- the largest and the smallest -----------------------------------------------------------------

ROWS: list[tuple[list[float], float, list[float], list[float]]] = [
    # numbers, the largest, parts if the first takes all, parts if it is split
    ([3.0], 3.0, [1], [1]),
    ([1.0, 5.0, 2.0], 5.0, [0, 1, 0], [0, 1, 0]),
    ([1.0, 5.0, 5.0], 5.0, [0, 1, 0], [0, 1 / 2, 1 / 2]),
    ([4.0, 4.0, 4.0, 4.0], 4.0, [1, 0, 0, 0], [1 / 4] * 4),
    ([0.0, -0.0], 0.0, [1, 0], [1 / 2, 1 / 2]),
    ([-INF, -INF], -INF, [1, 0], [1 / 2, 1 / 2]),
    ([2.0, INF, INF], INF, [0, 1, 0], [0, 1 / 2, 1 / 2]),
    ([7.0, NAN, 9.0], NAN, [0, 1, 0], [0, 1, 0]),
    ([7.0, NAN, INF, NAN], NAN, [0, 1, 0, 0], [0, 1, 0, 0]),
    ([NAN, 1.0], NAN, [1, 0], [1, 0]),
]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("ties", ["first", "split"])
def test_winners(row: Any, ties: str) -> None:
    numbers, value, first, split = row
    parts = first if ties == "first" else split
    for function, mirror in ((nary.max_of, 1.0), (nary.min_of, -1.0)):
        xs = values([mirror * x for x in numbers])
        y = function(*xs, ties=ties)
        y.backward(-1.2)
        np.testing.assert_equal(y.data, mirror * value)
        assert grads(xs) == [-1.2 * part for part in parts]


@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("function", [nary.max_of, nary.min_of])
def test_agrees_with_argmax_and_adds_up(function: Any, ties: str, rng: np.random.Generator) -> None:
    arg = np.argmax if function is nary.max_of else np.argmin
    for numbers in itertools.product([0.0, 1.0, 2.0], repeat=4):
        xs = values(numbers)
        g = float(rng.normal())
        function(*xs, ties=ties).backward(g)
        won = np.array(numbers) == numbers[arg(numbers)]
        if ties == "first":
            won = np.arange(4) == arg(numbers)
        np.testing.assert_allclose(grads(xs), np.where(won, g / won.sum(), 0.0), rtol=1e-15)


def test_the_same_node_twice_and_numbers() -> None:
    x = Value(2.0)
    for ties in ("first", "split"):
        x.zero_grad()
        nary.max_of(1.0, x, x, 0, ties=ties).backward(3.0)
        assert x.grad == 3.0
    assert nary.max_of(1.0, 3, 2.0) == 3.0


@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("function", [nary.max_of, nary.min_of])
def test_second_order_of_a_choice(function: Any, ties: str) -> None:
    x, y = Value(3.0), Value(3.0)
    out = function(x * x, y * y, 9.0, ties=ties)
    (dx,) = gradients(out, [x], create_graph=True)
    part = 1.0 if ties == "first" else 1 / 3
    np.testing.assert_allclose([dx.data, *gradients(dx, [x, y])], [6.0 * part, 2.0 * part, 0.0])
    dx.backward()  # the nodes that only decide pass zeros on, without complaint
    np.testing.assert_allclose([x.grad, y.grad], [2.0 * part, 0.0])


@pytest.mark.parametrize(("function", "name"), [(nary.max_of, "max"), (nary.min_of, "min")])
def test_errors_of_a_choice(function: Any, name: str) -> None:
    with pytest.raises(errors.OptionError, match=f"{name}: ties must be 'first' or 'split'"):
        function(Value(1.0), ties="all")
    with pytest.raises(errors.DTypeError, match=f"{name}: takes at least one input"):
        function()


def test_what_the_formulas_say() -> None:
    assert formula(nary._total) == ["g"] * 3
    assert formula(nary._max_first)[1] == "(g if argmax(x0, x1, x2) = 1 else 0)"
    for op in vars(nary).values():
        if isinstance(op, ManyOp):
            assert op.says
