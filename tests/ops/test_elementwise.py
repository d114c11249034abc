"""Elementwise operations: both kernels, dtypes, accuracy, and PyTorch beside them."""

from __future__ import annotations

import doctest
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients, ops
from autograd.ops import (
    activation,
    arithmetic,
    choose,
    piecewise,
    probability,
    special,
    transcendental,
    trigonometry,
)
from autograd.ops.op import Op

MODULES = [arithmetic, choose, transcendental, trigonometry, piecewise, activation, probability]
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 1e-308]
TABLE = {
    f"{module.__name__.split('.')[-1]}.{name}": op
    for module in MODULES
    for name, op in vars(module).items()
    if isinstance(op, Op) and not op.variadic
}
ELEMENTWISE = {name: op for name, op in TABLE.items() if op.scalar is not None}


def grid(op: Op) -> Iterator[tuple[float, ...]]:
    """All combinations of special numbers, thinned out for many inputs."""
    numbers = SPECIAL if op.arity <= 3 else SPECIAL[:6]
    return itertools.product(numbers, repeat=op.arity)


def identical(x: float, y: float) -> bool:
    return (x != x and y != y) or (x == y and math.copysign(1, x) == math.copysign(1, y))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_kernels_agree_on_special_numbers(name: str) -> None:
    op = ELEMENTWISE[name]
    rows = [(x, 1.0) for x in SPECIAL] if op.name == "round" else list(grid(op))
    columns: list[Any] = [np.array(column) for column in zip(*rows, strict=True)]
    if op.name == "round":
        columns[1] = 1
    results = op(*columns)
    assert op.scalar is not None
    for row, result in zip(rows, results, strict=True):
        single = op.scalar(*row)
        assert type(single) in (float, bool)
        # Several can meet at an ordinary number, where the exponentials of C and numpy differ.
        near = op.arity > 1 and single != 0.0 and math.isclose(single, result, rel_tol=1e-15)
        assert near or identical(float(single), float(result)), (row, single, result)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_kernels_agree_on_ordinary_numbers(name: str, rng: np.random.Generator) -> None:
    op = ELEMENTWISE[name]
    columns = [rng.normal(size=200) for _ in range(op.arity)]
    if op.name == "round":
        columns[1] = np.array(2.0)
    results = op(*columns)
    assert op.scalar is not None
    expected = [op.scalar(*map(float, row)) for row in zip(*np.broadcast_arrays(*columns))]  # noqa: B905
    np.testing.assert_allclose(results, expected, rtol=4e-15, atol=1e-16)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_float32_stays(name: str, rng: np.random.Generator) -> None:
    op = ELEMENTWISE[name]
    first = 1 if op.name == "where" else 0
    for constants in (False, True):  # all arrays, then Python numbers for all inputs but one
        xs: list[Any] = [rng.random((2, 3), dtype=np.float32) for _ in range(op.arity)]
        if constants or op.name == "round":
            xs = [x if slot == first else 1 for slot, x in enumerate(xs)]
        xs = [Tensor(x, requires_grad=True) if np.ndim(x) else x for x in xs]
        out = op(*xs)
        if out.dtype == bool:
            continue
        assert out.dtype == np.float32
        shares = op.shares(xs, np.ones((2, 3), np.float32), out.data, out.operands, {})
        got = [s for s, x in zip(shares, xs, strict=True) if np.ndim(x) and s is not None]
        assert {np.asarray(s).dtype for s in got} <= {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "function",
    [
        *(ops.add, ops.subtract, ops.multiply, ops.divide, ops.power),
        *(choose.maximum, choose.minimum, trigonometry.hypot, trigonometry.arctan2),
        *(transcendental.logaddexp, piecewise.leaky_relu),
    ],
)
def test_a_number_on_the_left_keeps_float32(function: Any, rng: np.random.Generator) -> None:
    t = Tensor(rng.random(4, dtype=np.float32), requires_grad=True)
    for left in (2.0, 2, Value(2.0)):
        out = function(left, t)
        out.backward(np.ones(4))
        assert out.dtype == t.grad.dtype == np.float32


@pytest.mark.parametrize("name", TABLE)
def test_examples(name: str) -> None:
    op = TABLE[name]
    names = {**vars(ops), **vars(__import__(f"autograd.ops.{name.split('.')[0]}", fromlist=["x"]))}
    test = doctest.DocTestParser().get_doctest(op.__doc__ or "", names, name, None, None)
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test).failed == 0


# --- choosing without a branch --------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.int64])
@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (100, 90)])
def test_pick_and_keep(dtype: Any, shape: tuple[int, ...], rng: np.random.Generator) -> None:
    x, y = ((rng.normal(size=shape) * 9).astype(dtype) for _ in range(2))
    condition = rng.random(shape) < 0.5
    if shape == (100, 90) and np.dtype(dtype).kind == "f":
        x[0, :3] = np.inf, -np.inf, np.nan
        y[1, :3] = np.inf, -np.inf, np.nan
    for a, b in ((x, y), (x.T, y.T), (x, 0.0), (0.0, x), (x[..., :1] if x.ndim else x, y)):
        c = condition.T if np.shape(a) == np.shape(b) == x.T.shape != x.shape else condition
        expected = np.where(c, a, b)
        picked = choose.pick(c, a, b)
        assert np.asarray(picked).dtype == expected.dtype
        np.testing.assert_array_equal(picked, expected)
    kept = np.asarray(arithmetic.keep(x, condition))
    expected = np.where(condition, x, 0.0)
    assert kept.dtype == expected.dtype
    np.testing.assert_array_equal(kept, expected)
    assert not np.signbit(kept[~condition].astype(float)).any()


def test_large_arrays_choose_as_small_ones(rng: np.random.Generator) -> None:
    x = rng.choice([-2.0, -1.0, -0.0, 0.0, 1.0, np.inf, -np.inf, np.nan], 20_000)
    y = rng.permutation(x)
    for name in ("_maximum_first", "_minimum_first", "_maximum_split"):
        op: Op = getattr(choose, name)
        whole = op(x, y)
        parts = np.concatenate([op(x[i : i + 100], y[i : i + 100]) for i in range(0, x.size, 100)])
        np.testing.assert_array_equal(whole, parts)
        np.testing.assert_array_equal(np.signbit(whole), np.signbit(parts))


# --- accuracy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "scalar"), [(special.erf_array, math.erf), (special.erfc_array, math.erfc)]
)
def test_the_error_function(array: Callable[..., Any], scalar: Callable[[float], float]) -> None:
    small = np.geomspace(1e-300, 1.0, 500)
    x = np.concatenate([np.linspace(-8.0, 26.0, 20_001), small, -small, [1.0, -1.0, 0.5, 1e5]])
    expected = np.array([scalar(v) for v in x.tolist()])
    np.testing.assert_allclose(array(x), expected, rtol=1e-15, atol=0.0)
    single = x[np.abs(x) < 9].astype(np.float32)
    single = single[np.abs(single) > 1e-37]
    expected = np.array([scalar(v) for v in single.tolist()])
    result = array(single)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-38)


def test_the_error_function_keeps_shapes() -> None:
    x = np.linspace(-2.0, 2.0, 60).reshape(3, 4, 5)
    for view in (x, x[:, ::2].T, x[0, 0, 0], x[:0], np.asfortranarray(x)):
        result = special.erf_array(view)
        assert result.shape == view.shape
        expected = [math.erf(v) for v in view.ravel().tolist()]
        np.testing.assert_allclose(result.ravel(), expected, rtol=1e-15)
    half = special.erfc_array(np.float16(0.25))
    assert half.dtype == np.float16
    np.testing.assert_allclose(float(half), math.erfc(0.25), rtol=1e-3)
    np.testing.assert_allclose(special.erf_array(np.array([1, 2])), [math.erf(1), math.erf(2)])


def test_the_slope_of_sinc_near_zero() -> None:
    # The first terms of the series are exact here; the closed form would have no digit left.
    for x in (1e-9, 1e-5, 1e-3):
        v = Value(x)
        trigonometry.sinc(v).backward()
        a = math.pi * x
        expected = math.pi * (-a / 3 + a**3 / 30 - a**5 / 840)
        np.testing.assert_allclose(v.grad, expected, rtol=1e-14)
    for x in (0.4999, 0.5001):  # both sides of the place where the formula changes
        v = Value(x)
        trigonometry.sinc(v).backward()
        a = math.pi * x
        np.testing.assert_allclose(v.grad, (math.cos(a) - math.sin(a) / a) / x, rtol=1e-13)


# --- activations beside PyTorch -------------------------------------------------------------------

POINTS = [-1000.0, -88.5, -6.0, -3.0, -2.0, -1.0, -0.5, -1e-3, -0.0, 0.0]
POINTS += [-x for x in POINTS[:8]] + [20.0, 20.1, 0.25]
ACTIVATIONS: list[tuple[str, dict[str, Any]]] = [
    ("relu", {}),
    ("relu6", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": -0.3}),
    ("elu", {}),
    ("elu", {"alpha": 0.3}),
    ("selu", {}),
    ("celu", {}),
    ("celu", {"alpha": 2.5}),
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("silu", {}),
    ("mish", {}),
    ("sigmoid", {}),
    ("logsigmoid", {}),
    ("softplus", {}),
    ("softplus", {"beta": 2.0, "threshold": 5.0}),
    ("softsign", {}),
    ("hardtanh", {}),
    ("hardtanh", {"min_val": -2.0, "max_val": 0.5}),
    ("hardsigmoid", {}),
    ("hardswish", {}),
    ("softshrink", {}),
    ("softshrink", {"lambd": 2.0}),
    ("hardshrink", {}),
    ("hardshrink", {"lambd": 1.0}),
    ("tanhshrink", {}),
    ("threshold", {"threshold": -0.5, "value": 3.0}),
]


@pytest.mark.parametrize(("name", "options"), ACTIVATIONS)
def test_activations_are_pytorchs(
    name: str, options: dict[str, Any], rng: np.random.Generator
) -> None:
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn.functional, name)
    ours = getattr(piecewise, name, None) or getattr(activation, name)
    points = np.concatenate([POINTS, rng.normal(size=40) * 3])
    precise = 1e-7 if name == "hardsigmoid" else 1e-13  # PyTorch has a float32 sixth there
    for dtype, tolerance in ((np.float64, precise), (np.float32, 2e-6)):
        g = rng.normal(size=points.shape).astype(dtype)
        x = torch.tensor(points.astype(dtype), requires_grad=True)
        y = theirs(x, **options)
        y.backward(torch.tensor(g))
        t = Tensor(points.astype(dtype), requires_grad=True)
        out = ours(t, **options)
        out.backward(g)
        assert out.dtype == t.grad.dtype == dtype
        close = {"rtol": tolerance, "atol": tolerance}
        np.testing.assert_allclose(out.data, y.detach().numpy(), **close)
        np.testing.assert_allclose(t.grad, x.grad.numpy(), **close)
    for point, value, slope in zip(points, ours(points, **options), t.grad / g, strict=True):
        v = Value(point)
        out = ours(v, **options)
        out.backward()
        np.testing.assert_allclose([out.data, v.grad], [value, slope], rtol=1e-5, atol=1e-5)


ENDS = ["relu", "relu6", "leaky_relu", "elu", "selu", "celu", "sigmoid", "logsigmoid", "softplus"]
ENDS += [
    "silu",
    "gelu",
    "mish",
    "hardtanh",
    "hardsigmoid",
    "hardshrink",
    "softshrink",
    "tanhshrink",
]


@pytest.mark.parametrize("name", ENDS)
def test_values_at_infinity_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours = getattr(piecewise, name, None) or getattr(activation, name)
    ends = [-math.inf, math.inf, math.nan]
    expected = getattr(torch.nn.functional, name)(torch.tensor(ends, dtype=torch.float64)).numpy()
    np.testing.assert_array_equal(ours(np.array(ends)), expected)
    np.testing.assert_array_equal([ours(x) for x in ends], expected)


@pytest.mark.parametrize("name", ["elu", "celu", "leaky_relu", "softplus", "softshrink"])
def test_parameters_get_their_gradient(name: str, rng: np.random.Generator) -> None:
    ours = getattr(piecewise, name, None) or getattr(activation, name)
    points = rng.normal(size=12) * 2
    g = rng.normal(size=12)
    parameter = Value(0.8)
    ours(Tensor(points), parameter).backward(g)
    step = 1e-6
    high, low = (float(np.sum(g * ours(points, 0.8 + s))) for s in (step, -step))
    np.testing.assert_allclose(parameter.grad, (high - low) / (2 * step), rtol=1e-7)


# --- softmax --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_softmax_is_pytorchs(name: str, axis: int, rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    data, g = rng.normal(size=(3, 4, 5)) * 4, rng.normal(size=(3, 4, 5))
    data[0, 0, 0], data[1, 2] = 900.0, -900.0
    x = torch.tensor(data, requires_grad=True)
    y = getattr(torch, name)(x, dim=axis)
    (first,) = torch.autograd.grad(y, x, torch.tensor(g), create_graph=True)
    (second,) = torch.autograd.grad(first, x, torch.tensor(g))
    t = Tensor(data, requires_grad=True)
    out = getattr(probability, name)(t, axis=axis)
    (once,) = gradients(out, [t], g, create_graph=True)
    (twice,) = gradients(once, [t], g)
    for ours, theirs in ((out.data, y.detach()), (once.data, first.detach()), (twice, second)):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-11, atol=1e-13)


def test_softmax_shapes(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 4))
    for axis in (None, (0, 2), (-1, 1), 1):
        np.testing.assert_allclose(probability.softmax(x, axis).sum(axis), 1.0)
        np.testing.assert_allclose(
            probability.log_softmax(x, axis), np.log(probability.softmax(x, axis))
        )
    assert probability.softmax(np.zeros((2, 0))).shape == (2, 0)
    assert probability.log_softmax(np.zeros((0, 2)), axis=0).shape == (0, 2)
    assert probability.softmax(np.float32([1, 2])).dtype == np.float32
    np.testing.assert_array_equal(probability.softmax([1, 1]), [0.5, 0.5])
    with pytest.raises(errors.IndexingError, match="softmax: axis 3"):
        probability.softmax(x, axis=3)
    with pytest.raises(errors.DTypeError, match="softmax: works on arrays"):
        probability.softmax(Value(1.0))


def test_huge_and_hopeless_rows() -> None:
    x = np.array([[1e308, -1e308], [-np.inf, 0.0], [1e5, 1e5 - 1]])
    np.testing.assert_array_equal(probability.softmax(x)[:2], [[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_array_equal(probability.log_softmax(x)[1], [-np.inf, 0.0])
    assert np.isnan(probability.softmax(np.full(3, -np.inf))).all()
    expected = -math.log1p(math.exp(-1.0))
    np.testing.assert_allclose(probability.log_softmax(x)[2, 0], expected, rtol=1e-10)
