"""Kinks, ties and nan: who gets the gradient where a slope does not exist, row by row.

Every row runs on a scalar and on an array, whose other cells are ordinary numbers: the stance must
not depend on the neighbours. Upstream gradients are random, never 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients
from autograd.ops import activation, arithmetic, choose, piecewise, transcendental, trigonometry

INF, NAN = math.inf, math.nan
G = -1.7  # the upstream gradient: negative, so that a lost sign shows

UNARY: list[tuple[Callable[[Any], Any], float, float, float]] = [
    # function, point, value there, slope there
    (piecewise.relu, 0.0, 0.0, 0.0),
    (piecewise.relu, -0.0, 0.0, 0.0),
    (piecewise.relu, 5e-324, 5e-324, 1.0),
    (piecewise.relu, INF, INF, 1.0),
    (piecewise.relu, -INF, 0.0, 0.0),
    (piecewise.relu, NAN, NAN, 1.0),
    (arithmetic.abs, 0.0, 0.0, 0.0),
    (arithmetic.abs, -0.0, 0.0, 0.0),
    (arithmetic.abs, -INF, INF, -1.0),
    (arithmetic.sign, 0.0, 0.0, 0.0),
    (arithmetic.sign, -3.0, -1.0, 0.0),
    (arithmetic.floor, 2.0, 2.0, 0.0),
    (arithmetic.floor, -0.5, -1.0, 0.0),
    (arithmetic.ceil, 2.5, 3.0, 0.0),
    (arithmetic.round, 2.5, 2.0, 0.0),
    (arithmetic.round, -3.5, -4.0, 0.0),
    (transcendental.sqrt, 0.0, 0.0, 0.0),
    (transcendental.sqrt, -1.0, NAN, NAN),
    (transcendental.sqrt, INF, INF, 0.0),
    (transcendental.log, 0.0, -INF, INF),
    (transcendental.rsqrt, 0.0, INF, -INF),
    (trigonometry.arcsin, 1.0, math.pi / 2, INF),
    (lambda x: trigonometry.arccosh(2.0 - x), 1.0, 0.0, -INF),
    (trigonometry.arctanh, 1.0, INF, INF),
    (trigonometry.sinc, 0.0, 1.0, 0.0),
    (lambda x: x**0.0, 0.0, 1.0, 0.0),
    (lambda x: x**1.0, 0.0, 0.0, 1.0),
    (lambda x: x**2.0, 0.0, 0.0, 0.0),
    (lambda x: x**0.5, 0.0, 0.0, INF),
    (lambda x: x**3.0, -2.0, -8.0, 12.0),
    (lambda x: 2.0 / x, 0.0, INF, -INF),
    (piecewise.relu6, 0.0, 0.0, 0.0),
    (piecewise.relu6, 6.0, 6.0, 0.0),
    (piecewise.relu6, NAN, NAN, 1.0),
    (piecewise.hardtanh, -1.0, -1.0, 0.0),
    (piecewise.hardtanh, 1.0, 1.0, 0.0),
    (piecewise.hardtanh, NAN, NAN, 1.0),
    (piecewise.leaky_relu, 0.0, 0.0, 0.01),
    (piecewise.hardsigmoid, -3.0, 0.0, 0.0),
    (piecewise.hardsigmoid, 3.0, 1.0, 0.0),
    (piecewise.hardswish, -3.0, 0.0, 0.0),
    (piecewise.hardswish, 3.0, 3.0, 1.0),
    (piecewise.hardshrink, 0.5, 0.0, 0.0),
    (piecewise.hardshrink, NAN, NAN, 1.0),
    (piecewise.softshrink, -0.5, 0.0, 0.0),
    (lambda x: piecewise.threshold(x, 0.5, 7.0), 0.5, 7.0, 0.0),
    (lambda x: activation.elu(x, 0.7), 0.0, 0.0, 0.7),
    (lambda x: activation.celu(x, 0.7), 0.0, 0.0, 1.0),
    (lambda x: choose.clip(x, -1.0, 2.0), -1.0, -1.0, 1.0),
    (lambda x: choose.clip(x, -1.0, 2.0), 2.0, 2.0, 1.0),
    (lambda x: choose.clip(x, -1.0, 2.0), 2.5, 2.0, 0.0),
    (lambda x: choose.clip(x, -1.0, 2.0), -INF, -1.0, 0.0),
    (lambda x: choose.clip(x, -1.0, 2.0), NAN, NAN, 1.0),
    (lambda x: choose.clip(x, min=0.0), 0.0, 0.0, 1.0),
    (lambda x: choose.clip(x, max=0.0), 0.0, 0.0, 1.0),
    (choose.nan_to_num, NAN, 0.0, 0.0),
    (choose.nan_to_num, INF, float(np.finfo(float).max), 0.0),
    (lambda x: choose.nan_to_num(x, neginf=-5.0), -INF, -5.0, 0.0),
    (choose.nan_to_num, -2.5, -2.5, 1.0),
    (lambda x: choose.maximum(0.0, x), 0.0, 0.0, 0.0),
    (lambda x: choose.maximum(x, 0.0), 0.0, 0.0, 1.0),
    (lambda x: choose.minimum(0.0, x), 0.0, 0.0, 0.0),
    (lambda x: choose.maximum(x, x), 3.0, 3.0, 1.0),
    (lambda x: choose.minimum(x, x, ties="split"), 3.0, 3.0, 1.0),
]


def close(x: Any, y: Any) -> None:
    np.testing.assert_allclose(np.asarray(x, dtype=float), np.asarray(y, dtype=float), rtol=1e-14)


@pytest.mark.parametrize("row", range(len(UNARY)))
def test_one_input(row: int, rng: np.random.Generator) -> None:
    function, point, value, slope = UNARY[row]
    expected = G * slope if slope else 0.0
    x = Value(point)
    y = function(x)
    y.backward(G)
    close([y.data, x.grad], [value, expected])
    cells = rng.uniform(0.6, 0.9, 5)
    cells[3] = point
    t = Tensor(cells, requires_grad=True)
    out = function(t)
    out.backward(np.full(5, G))
    close([out.data[3], t.grad[3]], [value, expected])
    assert np.isfinite(np.delete(t.grad, 3)).all()


@pytest.mark.parametrize(
    ("function", "point"),
    [
        (transcendental.sqrt, 0.0),
        (piecewise.relu, 0.0),
        (piecewise.hardswish, 3.0),
        (arithmetic.abs, 0.0),
        (lambda x: x**1.0, 0.0),
        (lambda x: x**0.0, 0.0),
        (lambda x: choose.clip(x, 0.0, 1.0), 0.0),
        (lambda x: choose.maximum(x, 0.0, ties="split"), 0.0),
        (lambda x: trigonometry.hypot(x, 0.0), 0.0),
        (lambda x: piecewise.leaky_relu(x, 0.2), 0.0),
    ],
)
def test_second_order_at_a_kink_is_zero(function: Callable[[Any], Any], point: float) -> None:
    x = Value(point)
    (first,) = gradients(function(x), [x], create_graph=True)
    assert gradients(first, [x]) == [0.0]
    t = Tensor([point, 0.7], requires_grad=True)
    (slopes,) = gradients(function(t), [t], np.array([G, 0.4]), create_graph=True)
    (second,) = gradients(slopes, [t], np.array([0.3, 0.9]))
    assert second[0] == 0.0


def test_second_order_of_sinc_at_zero() -> None:
    x = Value(0.0)
    (first,) = gradients(trigonometry.sinc(x), [x], create_graph=True)
    close(gradients(first, [x]), [-(math.pi**2) / 3])


PAIRS = [
    # x, y, value of maximum, part of x (first), part of x (split); the rest is y's
    (2.0, 1.0, 2.0, 1.0, 1.0),
    (1.0, 2.0, 2.0, 0.0, 0.0),
    (3.0, 3.0, 3.0, 1.0, 0.5),
    (0.0, -0.0, 0.0, 1.0, 0.5),
    (-0.0, 0.0, -0.0, 1.0, 0.5),
    (INF, INF, INF, 1.0, 0.5),
    (-INF, -INF, -INF, 1.0, 0.5),
    (NAN, 1.0, NAN, 1.0, 1.0),
    (1.0, NAN, NAN, 0.0, 0.0),
    (NAN, NAN, NAN, 1.0, 1.0),
    (NAN, INF, NAN, 1.0, 1.0),
    (INF, NAN, NAN, 0.0, 0.0),
]


@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("pair", PAIRS)
def test_maximum_and_minimum(pair: tuple[float, ...], ties: str) -> None:
    x, y, value, first, split = pair
    part = first if ties == "first" else split
    cases = [(choose.maximum, 1.0), (choose.minimum, -1.0)]
    for function, mirror in cases:  # a minimum is a maximum in the mirror
        a, b = Value(mirror * x), Value(mirror * y)
        out = function(a, b, ties=ties)
        out.backward(G)
        np.testing.assert_equal(out.data, mirror * value)
        assert math.copysign(1, out.data) == math.copysign(1, mirror * value) or value != value
        assert (a.grad, b.grad) == (G * part, G * (1 - part))
        s = Tensor([[mirror * x, 5.0]], requires_grad=True)
        t = Tensor([[mirror * y], [mirror * y]], requires_grad=True)
        result = function(s, t, ties=ties)
        result.backward(np.array([[G, 0.0], [0.25, 0.0]]))
        np.testing.assert_equal(result.data[:, 0], np.full(2, mirror * value))
        close(s.grad[0, 0], (G + 0.25) * part)
        close(t.grad[:, 0], np.array([G, 0.25]) * (1 - part))


@pytest.mark.parametrize("function", [choose.maximum, choose.minimum])
@pytest.mark.parametrize("ties", ["first", "split"])
def test_the_parts_add_up(function: Any, ties: str, rng: np.random.Generator) -> None:
    # Small integers: about a third of the cells are ties. Large enough for the branchless path.
    x, y = (Tensor(rng.integers(0, 3, (50, 100)) * 1.0, requires_grad=True) for _ in range(2))
    g = rng.normal(size=(50, 100))
    g[0, :4] = INF, -INF, 5.0, 0.0
    function(x, y, ties=ties).backward(g)
    tied = x.data == y.data
    np.testing.assert_array_equal(x.grad + y.grad, g)
    share = 1.0 if ties == "first" else 0.5
    np.testing.assert_array_equal(x.grad[tied], g[tied] * share)
    assert not ((x.grad != 0) & (y.grad != 0) & ~tied).any()
    lost = x.data < y.data if function is choose.maximum else x.data > y.data
    np.testing.assert_array_equal(x.grad[lost], 0.0)
    assert not np.signbit(x.grad[lost]).any()  # 0.0, never -0.0


@pytest.mark.parametrize("function", [choose.maximum, choose.minimum])
def test_unknown_ties(function: Any) -> None:
    with pytest.raises(errors.OptionError, match="'first' or 'split', got 'last'"):
        function(1.0, 2.0, ties="last")


CLIPS = [
    # x, low, high, value, and who gets the gradient: 0 is x, 1 is low, 2 is high
    (0.5, 0.0, 1.0, 0.5, 0),
    (0.0, 0.0, 1.0, 0.0, 0),
    (1.0, 0.0, 1.0, 1.0, 0),
    (-2.0, 0.0, 1.0, 0.0, 1),
    (3.0, 0.0, 1.0, 1.0, 2),
    (0.5, 2.0, 1.0, 1.0, 2),  # crossed bounds: the upper one wins
    (3.0, 2.0, 1.0, 1.0, 2),
    (0.5, 1.0, 1.0, 1.0, 1),
    (NAN, 0.0, 1.0, NAN, 0),
    (0.5, NAN, 1.0, NAN, 1),
    (0.5, 0.0, NAN, NAN, 2),
]


@pytest.mark.parametrize("row", CLIPS)
def test_clip_with_bounds_that_are_nodes(row: tuple[float, float, float, float, int]) -> None:
    *numbers, value, winner = row
    expected = [G if slot == winner else 0.0 for slot in range(3)]
    scalars = [Value(x) for x in numbers]
    out = choose.clip(*scalars)
    out.backward(G)
    np.testing.assert_equal(out.data, value)
    assert [x.grad for x in scalars] == expected
    tensors = [Tensor([x, 0.5], requires_grad=True) for x in numbers]
    choose.clip(*tensors).backward([G, 0.0])
    assert [t.grad[0] for t in tensors] == expected


def test_clip_needs_a_bound() -> None:
    with pytest.raises(errors.OptionError, match="lower bound"):
        choose.clip(1.0)


def test_both_at_the_origin() -> None:
    for function in (trigonometry.hypot, trigonometry.arctan2):
        x, y = Value(0.0), Value(0.0)
        function(x, y).backward(G)
        assert (x.grad, y.grad) == (0.0, 0.0)
        s, t = (Tensor(np.zeros((2, 2)), requires_grad=True) for _ in range(2))
        function(s, t).backward(np.full((2, 2), G))
        assert not s.grad.any()
        assert not t.grad.any()


@pytest.mark.parametrize("end", [INF, -INF])
def test_logaddexp_of_equal_infinities(end: float) -> None:
    x, y = Value(end), Value(end)
    out = transcendental.logaddexp(x, y)
    out.backward(G)
    assert (out.data, x.grad, y.grad) == (end, G / 2, G / 2)
    s, t = (Tensor([end, 1.0], requires_grad=True) for _ in range(2))
    transcendental.logaddexp(s, t).backward([G, G])
    close([s.grad, t.grad], np.full((2, 2), G / 2))


def test_logaddexp_with_one_infinity() -> None:
    x, y = Value(-INF), Value(3.0)
    out = transcendental.logaddexp(x, y)
    out.backward(G)
    assert (out.data, x.grad, y.grad) == (3.0, 0.0, G)


def test_power_of_the_exponent_at_zero() -> None:
    for base, exponent, expected in [(0.0, 2.0, 0.0), (0.0, 0.0, 0.0), (2.0, 0.0, math.log(2.0))]:
        y = Value(exponent)
        (Value(base) ** y).backward(G)
        close(y.grad, G * expected)
        t = Tensor([exponent, 1.0], requires_grad=True)
        (np.array([base, 3.0]) ** t).backward([G, 0.0])
        close(t.grad[0], G * expected)
    y = Value(2.0)
    (Value(-2.0) ** y).backward()
    assert math.isnan(y.grad)


def test_mixed_second_order_of_power_at_exponent_zero() -> None:
    # d/dx d/dy x**y at (2, 0) is 1 / x: the slope of the base must not forget the exponent there.
    x, y = Value(2.0), Value(0.0)
    (slope,) = gradients(x**y, [x], create_graph=True)
    close(gradients(slope, [y]), [0.5])


@pytest.mark.parametrize("bad", [INF, -INF, NAN])
def test_a_blocked_gradient_is_zero_whatever_it_was(bad: float) -> None:
    for function in (piecewise.relu, piecewise.hardtanh, lambda x: choose.clip(x, -1.0, 1.0)):
        x = Value(-7.0)
        function(x).backward(bad)
        assert x.grad == 0.0
        t = Tensor([-7.0, 0.5], requires_grad=True)
        function(t).backward([bad, bad])
        np.testing.assert_equal(t.grad, [0.0, bad])


def test_where_and_masked_fill(rng: np.random.Generator) -> None:
    condition = rng.random((3, 4)) < 0.5
    g = rng.normal(size=(3, 4))
    x = Tensor(rng.normal(size=(3, 4)), requires_grad=True)
    y = Tensor(rng.normal(size=(4,)), requires_grad=True)
    out = choose.where(condition, x, y)
    np.testing.assert_array_equal(out.data, np.where(condition, x.data, y.data))
    out.backward(g)
    np.testing.assert_array_equal(x.grad, g * condition)
    close(y.grad, (g * ~condition).sum(axis=0))
    x.zero_grad()
    v = Value(-3.0)
    out = choose.masked_fill(x, condition, v)
    np.testing.assert_array_equal(out.data, np.where(condition, -3.0, x.data))
    out.backward(g)
    np.testing.assert_array_equal(x.grad, g * ~condition)
    close(v.grad, g[condition].sum())


def test_nan_to_num_knows_the_dtype() -> None:
    t = Tensor(np.array([INF, -INF, NAN, 1.5], np.float32), requires_grad=True)
    out = choose.nan_to_num(t, nan=9.0)
    largest = np.finfo(np.float32).max
    np.testing.assert_array_equal(out.data, np.array([largest, -largest, 9.0, 1.5], np.float32))
    assert out.dtype == np.float32
    out.backward([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(t.grad, [0.0, 0.0, 0.0, 4.0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_relu_of_large_arrays_in_every_order_of_memory(dtype: Any) -> None:
    x = np.random.default_rng(3).standard_normal((3, 41, 67)).astype(dtype)
    x[0, 0, :4] = NAN, -0.0, -INF, INF
    grown = np.broadcast_to(x[:, :, :1], x.shape)
    for data in (x, x.transpose(2, 0, 1), x[:, ::-1], x[:, 1:, ::2], np.asfortranarray(x), grown):
        result = piecewise.relu(data)
        np.testing.assert_array_equal(result, np.where(data < 0, 0, data))
        assert not np.signbit(result[result == 0]).any()
        assert result.dtype == dtype


def test_a_slope_that_is_a_node() -> None:
    x, slope = Tensor([[-2.0, 3.0], [0.0, -1.0]], requires_grad=True), Value(0.25)
    piecewise.leaky_relu(x, slope).backward([[3.0, 5.0], [7.0, -2.0]])
    assert slope.grad == -2.0 * 3.0 + -1.0 * -2.0
    np.testing.assert_array_equal(x.grad, [[0.75, 5.0], [1.75, -0.5]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: piecewise.hardtanh(1.0, 2.0, -2.0), "min_val must lie below max_val, got 2.0"),
        (lambda: piecewise.softshrink(1.0, -0.5), "lambd must be 0 or more, got -0.5"),
        (lambda: activation.celu(1.0, 0), "alpha must be a number other than 0"),
        (lambda: activation.gelu(1.0, "erf"), "'none' or 'tanh', got 'erf'"),
        (lambda: arithmetic.round(1.0, 0.5), "decimals must be one whole number"),
    ],
)
def test_options_that_make_no_sense(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(errors.OptionError, match=message):
        call()
