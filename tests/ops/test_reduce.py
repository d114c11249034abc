"""Reductions, running results, sorting: what is special to them.

Values come from numpy, gradients from central differences for random upstream gradients, and
from PyTorch where it is installed.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors
from autograd.graph import gradients
from autograd.ops import norms, order, reduce, scan, sums
from autograd.ops.arithmetic import multiply

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]
STEP = 1e-5


def slopes(f: Function, x: Array, g: Array) -> Array:
    """The gradient of sum(g * f(x)) by central differences."""
    found = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += STEP
        down[i] -= STEP
        found[i] = np.sum(g * (np.asarray(f(up)) - np.asarray(f(down)))) / (2 * STEP)
    return found


def gradient(f: Function, x: Array, g: Array) -> Array:
    t = Tensor(x, requires_grad=True)
    f(t).backward(g)
    assert isinstance(t.grad, np.ndarray)
    return t.grad


def check(f: Function, x: Array, rng: np.random.Generator, tolerance: float = 1e-6) -> None:
    """First order, and second order through a recorded gradient, against differences."""
    g = rng.normal(size=np.shape(f(x)))
    np.testing.assert_allclose(gradient(f, x, g), slopes(f, x, g), rtol=tolerance, atol=tolerance)
    u = rng.normal(size=x.shape)
    t, upstream = Tensor(x, requires_grad=True), Tensor(g, requires_grad=True)
    (first,) = gradients(f(t), [t], upstream, create_graph=True)
    by_x, by_g = gradients(first, [t, upstream], u)
    expected = slopes(lambda z: gradient(f, z, g), x, u)
    np.testing.assert_allclose(by_x, expected, rtol=tolerance, atol=10 * tolerance)
    expected = slopes(lambda z: gradient(f, x, z), g, u)
    np.testing.assert_allclose(by_g, expected, rtol=tolerance, atol=10 * tolerance)


AXES: list[Any] = [None, 0, 1, -1, (0, 2), (-1, 0), (2, 1), (0, 1, 2), ()]
SMOOTH: dict[str, Function] = {
    "sum": reduce.sum,
    "mean": reduce.mean,
    "prod": reduce.prod,
    "var": reduce.var,
    "std": reduce.std,
    "norm": norms.norm,
    "logsumexp": reduce.logsumexp,
    "max": order.max,
    "min": order.min,
    "median": reduce.median,
}


def reference(name: str) -> Function:
    """The same in numpy."""
    if name == "logsumexp":
        return lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))
    if name == "norm":
        return lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    return getattr(np, name)  # type: ignore[no-any-return]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", SMOOTH)
def test_values_and_gradients(
    name: str, axis: Any, keepdims: bool, rng: np.random.Generator
) -> None:
    x = rng.permutation(24).reshape(2, 3, 4) * 0.11 - 1.2
    f = SMOOTH[name]
    expected = reference(name)(x, axis=axis, keepdims=keepdims)
    found = f(x, axis=axis, keepdims=keepdims)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)
    check(lambda z: f(z, axis=axis, keepdims=keepdims), x, rng)


@pytest.mark.parametrize("name", SMOOTH)
def test_float32_stays_float32(name: str, rng: np.random.Generator) -> None:
    f = SMOOTH[name]
    t = Tensor(rng.normal(size=(3, 4)).astype(np.float32), requires_grad=True)
    for axis in (None, 1):
        y = f(t, axis=axis)
        assert y.dtype == np.float32
        y.backward(np.ones(y.shape))
        assert t.grad is not None
        assert t.grad.dtype == np.float32
        assert f(t.numpy(), axis=axis).dtype == np.float32


@pytest.mark.parametrize("name", SMOOTH)
def test_one_number_without_axes(name: str) -> None:
    t = Tensor(3.0, requires_grad=True)
    SMOOTH[name](t).backward(2.0)
    flat = name in ("var", "std")
    np.testing.assert_allclose(t.grad, 0.0 if flat else 2.0)
    np.testing.assert_allclose(SMOOTH[name](3.0), 0.0 if flat else 3.0)


@pytest.mark.parametrize("name", SMOOTH)
def test_other_axes_may_be_empty(name: str) -> None:
    t = Tensor(np.zeros((0, 3)), requires_grad=True)
    y = SMOOTH[name](t, axis=1)
    assert y.shape == (0,)
    y.backward(np.zeros(0))
    assert t.grad is not None
    assert t.grad.shape == (0, 3)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize(("axis", "kind"), [(2, errors.IndexingError), (-3, errors.IndexingError)])
def test_axis_out_of_range(name: str, axis: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=str(axis)):
        SMOOTH[name](Tensor(np.ones((2, 3))), axis=axis)


@pytest.mark.parametrize("name", ["mean", "max", "min", "median", "var", "std"])
@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
def test_reducing_nothing_is_refused(name: str, axis: Any) -> None:
    with pytest.raises(errors.ShapeError, match=rf"{name}: needs at least one element.*\(0, 3\)"):
        SMOOTH[name](Tensor(np.zeros((0, 3))), axis=axis)


@pytest.mark.parametrize("f", [order.argmax, order.argmin])
def test_position_in_nothing_is_refused(f: Function) -> None:
    with pytest.raises(errors.ShapeError, match="at least one element"):
        f(np.zeros((0, 3)), axis=0)
    with pytest.raises(errors.IndexingError):
        f(np.zeros(3), axis=1)


def test_sums_and_products_of_nothing() -> None:
    x = np.zeros((2, 0))
    np.testing.assert_array_equal(reduce.sum(x, axis=1), [0.0, 0.0])
    np.testing.assert_array_equal(reduce.prod(x, axis=1), [1.0, 1.0])
    np.testing.assert_array_equal(norms.norm(x, axis=1), [0.0, 0.0])
    np.testing.assert_array_equal(reduce.logsumexp(x, axis=1), [-np.inf, -np.inf])


# --- var, std -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ddof", [0, 1, 2, 0.5])
def test_ddof(ddof: float, rng: np.random.Generator) -> None:
    x = rng.normal(size=(4, 5))
    for f, g in ((reduce.var, np.var), (reduce.std, np.std)):
        np.testing.assert_allclose(f(x, axis=1, ddof=ddof), g(x, axis=1, ddof=ddof))
        check(lambda z, f=f: f(z, axis=(0, 1), ddof=ddof), x, rng)


def test_too_few_for_ddof() -> None:
    with pytest.raises(errors.ShapeError, match=r"ddof=1 needs more than 1 elements.*got 1"):
        reduce.std(np.ones((3, 1)), axis=1, ddof=1)


def test_variance_of_large_numbers_does_not_cancel() -> None:
    x = np.array([1e9, 1e9 + 1, 1e9 + 2])
    np.testing.assert_allclose(reduce.var(x), 2 / 3, rtol=1e-12)


@pytest.mark.parametrize(
    "f",
    [
        reduce.std,
        norms.norm,
        lambda x: norms.norm(x, 1),
        lambda x: norms.norm(x, 3),
        lambda x: norms.norm(x, 1.5),
        lambda x: norms.norm(x, np.inf),
    ],
)
def test_zero_gradient_at_the_kink(f: Function) -> None:
    t = Tensor(np.zeros(3), requires_grad=True)
    (first,) = gradients(f(t), [t], create_graph=True)
    np.testing.assert_array_equal(first.data, np.zeros(3))
    (second,) = gradients(first, [t], np.array([1.0, -2.0, 3.0]))
    np.testing.assert_array_equal(second, np.zeros(3))


# --- norm -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", [None, 1, 2, 3, 1.5, 2.5, 0.5, -1, -2, np.inf, -np.inf])
@pytest.mark.parametrize("axis", [0, -1])
def test_vector_norms(ord: Any, axis: int, rng: np.random.Generator) -> None:
    x = rng.uniform(0.3, 2.0, size=(3, 4)) * rng.choice([-1, 1], size=(3, 4))
    for keepdims in (False, True):
        np.testing.assert_allclose(
            norms.norm(x, ord, axis, keepdims),
            np.linalg.norm(x, ord, axis, keepdims),
            rtol=1e-12,
        )
    check(lambda z: norms.norm(z, ord, axis), x, rng)
    t = Tensor(x.astype(np.float32), requires_grad=True)
    assert norms.norm(t, ord, axis).dtype == np.float32


@pytest.mark.parametrize("ord", [None, "fro", 1, -1, np.inf, -np.inf])
@pytest.mark.parametrize("axis", [(0, 1), (2, 0), (-1, -2)])
def test_matrix_norms(ord: Any, axis: Any, rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3, 4))
    for keepdims in (False, True):
        np.testing.assert_allclose(
            norms.norm(x, ord, axis, keepdims), np.linalg.norm(x, ord, axis, keepdims)
        )
    check(lambda z: norms.norm(z, ord, axis), x, rng)
    np.testing.assert_allclose(norms.norm(x[0], ord), np.linalg.norm(x[0], ord))


@pytest.mark.parametrize(
    ("x", "ord"), [(np.eye(2), "nuc"), (np.eye(2), 2), (np.ones(2), 0), (np.ones(2), "fro")]
)
def test_refused_norms(x: Array, ord: Any) -> None:
    with pytest.raises(errors.OptionError, match=r"norm: ord=.* use "):
        norms.norm(Tensor(x), ord)


@pytest.mark.parametrize("ord", [1.5, 1.2, 0.5, 3])
def test_norm_beside_a_zero(ord: float) -> None:
    t = Tensor([0.0, 1.0, -2.0], requires_grad=True)
    (first,) = gradients(norms.norm(t, ord), [t], create_graph=True)
    (second,) = gradients(first, [t], np.array([1.0, 2.0, 3.0]))
    assert first.data[0] == second[0] == 0.0
    rest = Tensor([1.0, -2.0], requires_grad=True)
    (first,) = gradients(norms.norm(rest, ord), [rest], create_graph=True)
    np.testing.assert_allclose(second[1:], gradients(first, [rest], np.array([2.0, 3.0]))[0])


@pytest.mark.parametrize(("x", "y"), [(1.0, 4.0), (1.0, 0.0), (0.0, -0.0), (np.inf, 0.0)])
def test_ratio_of_floats_is_that_of_arrays(x: float, y: float) -> None:
    assert reduce.ratio(x, y) == reduce.ratio(np.array(x), np.array(y))


def test_norm_neither_overflows_nor_underflows() -> None:
    for scale in (1e200, 1e-200, 5e-320):
        x = np.array([3.0, -4.0]) * scale
        np.testing.assert_allclose(norms.norm(x), 5 * scale, rtol=1e-3 if scale < 1e-300 else 1e-15)
        np.testing.assert_allclose(norms.norm(x, 4.0), 337**0.25 * scale, rtol=1e-3)
    np.testing.assert_allclose(
        gradient(norms.norm, np.array([3e-200, -4e-200]), np.array(2.0)), [1.2, -1.6]
    )
    assert norms.norm(np.array([np.inf, 1.0])) == np.inf
    assert math.isnan(norms.norm(np.array([np.nan, 1.0])))
    assert norms.norm(np.array([10**10, 0])) == 1e10


# --- prod -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [0, 1, 2, 3, 5])
def test_products_with_zeros(zeros: int, rng: np.random.Generator) -> None:
    x = rng.normal(size=(5, 2))
    x[rng.permutation(5)[:zeros], 0] = 0.0
    for f in (reduce.prod, scan.cumprod):
        for axis in (0, None):
            check(lambda z, f=f, axis=axis: f(z, axis=axis), x, rng)


@pytest.mark.parametrize("f", [reduce.prod, scan.cumprod, scan.logcumsumexp, reduce.std])
def test_third_order(f: Function, rng: np.random.Generator) -> None:
    x = np.array([0.0, 2.0, 0.0, 3.0])
    g = rng.normal(size=np.shape(f(x)))
    u, v = rng.normal(size=(2, 4))

    def second(z: Array) -> Any:
        t = Tensor(z, requires_grad=True)
        (first,) = gradients(f(t), [t], Tensor(g), create_graph=True)
        (again,) = gradients(first, [t], Tensor(u), create_graph=True)
        return t, again

    t, again = second(x)
    (third,) = gradients(again, [t], v)
    np.testing.assert_allclose(third, slopes(lambda z: second(z)[1].data, x, v), atol=1e-7)


# --- logsumexp ------------------------------------------------------------------------------------


def test_logsumexp_at_its_limits() -> None:
    up = np.array(2.0)
    assert reduce.logsumexp(np.array([1e4, 0.0])) == 1e4
    assert reduce.logsumexp(np.array([-1e4, -1e4])) == pytest.approx(-1e4 + math.log(2))
    for x, value, expected in (
        ([-np.inf, -np.inf], -np.inf, [1.0, 1.0]),
        ([-np.inf, 0.0], 0.0, [0.0, 2.0]),
        ([np.inf, 0.0], np.inf, [2.0, 0.0]),
    ):
        assert reduce.logsumexp(np.array(x)) == value
        np.testing.assert_array_equal(gradient(reduce.logsumexp, np.array(x), up), expected)
    assert math.isnan(reduce.logsumexp(np.array([np.nan, 0.0])))


# --- max and min: ties, nan, zeros, arguments -----------------------------------------------------


def test_ties_go_to_the_first_in_row_major_order() -> None:
    x = np.array([[[1.0, 3.0], [3.0, 0.0]], [[3.0, 2.0], [1.0, 3.0]]])
    for axis in (None, 0, 1, 2, (0, 1), (0, 2), (1, 2), (2, 0)):
        out = order.max(x, axis=axis)
        g = np.arange(1.0, 1.0 + out.size).reshape(np.shape(out))
        grad = gradient(lambda z, axis=axis: order.max(z, axis=axis), x, g)
        # A second path: make the winner unique by taking a little off in row-major order.
        unique = x - 1e-6 * np.arange(8.0).reshape(2, 2, 2)
        np.testing.assert_array_equal(
            grad, gradient(lambda z, axis=axis: order.max(z, axis=axis), unique, g)
        )
        assert np.count_nonzero(grad) == g.size
        np.testing.assert_array_equal(
            grad, -gradient(lambda z, axis=axis: order.min(-z, axis=axis), x, -g) * -1
        )


@pytest.mark.parametrize("f", [order.max, order.min])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_shares_of_a_tie_add_up(f: Function, axis: Any, rng: np.random.Generator) -> None:
    x = rng.integers(0, 3, size=(4, 5)).astype(float)
    g = rng.normal(size=np.shape(f(x, axis=axis)))
    best = np.broadcast_to(f(x, axis=axis, keepdims=True), x.shape)
    for ties in ("first", "split"):
        grad = gradient(lambda z, ties=ties: f(z, axis=axis, ties=ties), x, g)
        np.testing.assert_allclose(grad.sum(axis=axis), g)
        assert np.all(grad[x != best] == 0)
    tied = x == best
    counts = np.broadcast_to(tied.sum(axis=axis, keepdims=True), x.shape)
    whole = np.broadcast_to(
        g if axis is None else g.reshape(np.shape(f(x, axis=axis, keepdims=True))), x.shape
    )
    np.testing.assert_allclose(grad, np.where(tied, whole / counts, 0.0))


@pytest.mark.parametrize("ties", ["first", "split"])
def test_second_order_of_max_is_flat_in_x_and_linear_in_g(
    ties: str, rng: np.random.Generator
) -> None:
    x = np.array([[2.0, 2.0, 1.0], [0.0, 5.0, 5.0]])
    t = Tensor(x, requires_grad=True)
    up = Tensor(rng.normal(size=2), requires_grad=True)
    (first,) = gradients(order.max(t, axis=1, ties=ties), [t], up, create_graph=True)
    u = rng.normal(size=(2, 3))
    by_x, by_up = gradients(first, [t, up], u)
    np.testing.assert_array_equal(by_x, np.zeros((2, 3)))
    halves = [u[0, 0], u[1, 1]] if ties == "first" else [u[0, :2].mean(), u[1, 1:].mean()]
    np.testing.assert_allclose(by_up, halves)
    sent = Tensor(u, requires_grad=True)
    (back,) = gradients(first, [up], sent, create_graph=True)
    (there,) = gradients(back, [sent], up.data)
    np.testing.assert_allclose(there, first.data)
    v = Tensor([1.0, 3.0], requires_grad=True)  # max(v)**2: the second derivative is 2 at 3
    (once,) = gradients(multiply(order.max(v), order.max(v)), [v], create_graph=True)
    np.testing.assert_array_equal(gradients(once[1], [v])[0], [0.0, 2.0])


@pytest.mark.parametrize("ties", ["first", "split"])
def test_the_first_nan_wins(ties: str) -> None:
    x = np.array([[1.0, np.nan, np.nan], [4.0, 2.0, 3.0]])
    for f, second in ((order.max, [3.0, 0.0, 0.0]), (order.min, [0.0, 3.0, 0.0])):
        out = f(x, axis=1, ties=ties)
        assert math.isnan(out[0])
        grad = gradient(lambda z, f=f: f(z, axis=1, ties=ties), x, np.array([2.0, 3.0]))
        np.testing.assert_array_equal(grad, [[0.0, 2.0, 0.0], second])


def test_infinite_and_negative_zero_ties() -> None:
    up = np.array(1.5)
    np.testing.assert_array_equal(gradient(order.max, np.array([-np.inf] * 3), up), [1.5, 0, 0])
    np.testing.assert_array_equal(gradient(order.max, np.array([-0.0, 0.0]), up), [1.5, 0])
    for first, second in itertools.permutations((0.0, -0.0)):
        for f in (order.max, order.min):
            wide = np.full(40, second)
            wide[0] = first
            assert math.copysign(1, f(wide)) == math.copysign(1, first)


def test_infinite_gradient_stays_with_the_winner() -> None:
    for ties in ("first", "split"):
        grad = gradient(
            lambda z, ties=ties: order.max(z, ties=ties), np.array([1.0, 2.0]), np.array(np.inf)
        )
        np.testing.assert_array_equal(grad, [0.0, np.inf])


def test_numpys_positional_arguments() -> None:
    x = np.array([[1.0, 5.0], [7.0, 2.0]])
    t = Tensor(x, requires_grad=True)
    np.testing.assert_array_equal(order.max(t, 0).data, [7.0, 5.0])
    np.testing.assert_array_equal(order.min(t, -1, True).data, [[1.0], [2.0]])
    np.testing.assert_array_equal(order.max([[1.0, 5.0], [7.0, 2.0]], 1), [5.0, 7.0])
    assert order.max([3.0, 4.0]) == 4.0
    assert order.max(np.array(3.0)) == 3.0


def test_numbers_and_values_are_compared_in_one_node() -> None:
    a, b = Value(1.0), Value(4.0)
    for root in (order.max(a, b, 2.0), order.max([a, b, 2.0]), order.max(2, a, b)):
        assert isinstance(root, Value)
        a.zero_grad()
        b.zero_grad()
        root.backward(3.0)
        assert (root.data, a.grad, b.grad) == (4.0, 0.0, 3.0)
    assert order.min(3.0, 2.0) == 2.0
    low = order.min(a, b, ties="split")
    assert low.data == 1.0


@pytest.mark.parametrize("f", [order.max, order.min])
def test_wrong_arguments_of_max(f: Function) -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(errors.OptionError, match="ties must be 'first' or 'split', got 'last'"):
        f(t, ties="last")
    with pytest.raises(errors.OptionError):
        f(1.0, 2.0, ties=None)
    with pytest.raises(errors.DTypeError, match="stack"):
        f([t, t])
    with pytest.raises(errors.DTypeError, match="axis"):
        f(Value(1.0), 2.0, axis=0)
    with pytest.raises(errors.DTypeError, match="nothing"):
        f()
    with pytest.raises(errors.DTypeError, match="4 arguments"):
        f(t, 0, True, 1)
    with pytest.raises(errors.DTypeError, match="real numbers"):
        f(np.array(["a", "b"]))


# --- positions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_argmax_is_numpys(axis: Any, rng: np.random.Generator) -> None:
    x = rng.integers(0, 3, size=(4, 5, 3)).astype(float)
    x[1, 2, 0] = np.nan
    for source in (x, Tensor(x, requires_grad=True)):
        for keepdims in (False, True):
            for ours, theirs in ((order.argmax, np.argmax), (order.argmin, np.argmin)):
                found = ours(source, axis=axis, keepdims=keepdims)
                assert not isinstance(found, Tensor)
                np.testing.assert_array_equal(found, theirs(x, axis=axis, keepdims=keepdims))
        found = order.argsort(source, axis=axis)
        np.testing.assert_array_equal(found, np.argsort(x, axis=axis, stable=True))


def test_argmax_over_several_axes_counts_in_row_major_order(rng: np.random.Generator) -> None:
    x = rng.permutation(24).reshape(2, 3, 4)
    found = order.argmax(x, axis=(2, 0))
    np.testing.assert_array_equal(found, x.transpose(1, 0, 2).reshape(3, 8).argmax(1))


def test_asking_for_positions_leaves_the_tensor_alone() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    order.argmax(t)
    order.topk(t, 1)
    assert not t.exposed
    assert order.argmax(Value(3.0)) == 0


# --- median ---------------------------------------------------------------------------------------


def test_median_with_ties_and_nan(rng: np.random.Generator) -> None:
    up = np.array(3.0)
    np.testing.assert_array_equal(
        gradient(reduce.median, np.array([5.0, 2.0, 2.0, 2.0, 9.0]), up), [0, 0, 0, 3, 0]
    )
    np.testing.assert_array_equal(
        gradient(reduce.median, np.array([4.0, 1.0, 1.0, 7.0]), up), [1.5, 0, 1.5, 0]
    )
    np.testing.assert_array_equal(
        gradient(reduce.median, np.array([4.0, np.nan, 1.0, np.nan]), up), [0, 3, 0, 0]
    )
    assert math.isnan(reduce.median(np.array([1.0, np.nan])))
    assert reduce.median(np.array([1.7e308, 1.7e308])) == 1.7e308
    assert reduce.median([3, 1, 2, 10]) == 2.5


# --- sort, topk -----------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_sort(axis: Any, rng: np.random.Generator) -> None:
    x = rng.permutation(12).reshape(3, 4) * 0.3
    np.testing.assert_array_equal(order.sort(x, axis=axis), np.sort(x, axis=axis))
    check(lambda z: order.sort(z, axis=axis), x, rng)


def test_sort_sends_gradients_back_stably() -> None:
    x = np.array([2.0, 1.0, 2.0, 1.0, np.nan])
    up = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(gradient(order.sort, x, up), [3.0, 1.0, 4.0, 2.0, 5.0])


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("axis", [0, -1])
def test_topk(axis: int, k: int, largest: bool, rng: np.random.Generator) -> None:
    x = rng.permutation(12).reshape(3, 4) * 0.3
    values, places = order.topk(x, k, axis, largest)
    expected = np.sort(x, axis=axis)
    expected = np.flip(expected, axis) if largest else expected
    np.testing.assert_array_equal(values, np.take(expected, range(k), axis))
    np.testing.assert_array_equal(np.take_along_axis(x, places, axis), values)
    check(lambda z: order.topk(z, k, axis, largest)[0], x, rng)


def test_topk_of_equals_takes_the_first() -> None:
    x = np.array([[1.0, 4.0, 4.0, 1.0, np.nan]])
    t = Tensor(x, requires_grad=True)
    values, places = order.topk(t, 4)
    np.testing.assert_array_equal(places, [[4, 1, 2, 0]])
    assert not isinstance(places, Tensor)
    values.backward([[1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_array_equal(t.grad, [[4.0, 2.0, 3.0, 0.0, 1.0]])
    np.testing.assert_array_equal(order.topk(x, 3, largest=False)[1], [[0, 3, 1]])


@pytest.mark.parametrize("k", [-1, 4, 2.5, None])
def test_topk_with_a_wrong_k(k: Any) -> None:
    with pytest.raises(errors.AutogradError, match="k must be"):
        order.topk(np.arange(3.0), k)
    with pytest.raises(errors.IndexingError):
        order.topk(np.arange(3.0), 1, axis=1)


# --- running results ------------------------------------------------------------------------------

RUNNING: dict[str, tuple[Function, Function]] = {
    "cumsum": (scan.cumsum, np.cumsum),
    "cumprod": (scan.cumprod, np.cumprod),
    "cummax": (scan.cummax, np.maximum.accumulate),
    "cummin": (scan.cummin, np.minimum.accumulate),
    "logcumsumexp": (scan.logcumsumexp, np.logaddexp.accumulate),
}


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", RUNNING)
def test_running(name: str, axis: Any, rng: np.random.Generator) -> None:
    f, theirs = RUNNING[name]
    x = rng.permutation(12).reshape(3, 4) * 0.3 - 1.9
    expected = theirs(x.reshape(-1), axis=0) if axis is None else theirs(x, axis=axis)
    np.testing.assert_allclose(f(x, axis=axis), expected, rtol=1e-14)
    check(lambda z: f(z, axis=axis), x, rng)
    t = Tensor(x.astype(np.float32), requires_grad=True)
    y = f(t, axis=axis)
    y.backward(np.ones(y.shape))
    assert t.grad is not None
    assert y.dtype == t.grad.dtype == np.float32


@pytest.mark.parametrize("name", RUNNING)
def test_running_over_nothing_and_one_number(name: str) -> None:
    f = RUNNING[name][0]
    for shape, axis in (((0, 3), 0), ((0, 3), 1), ((3, 0), 0), ((3, 0), 1), ((0,), None)):
        t = Tensor(np.zeros(shape), requires_grad=True)
        y = f(t, axis=axis)
        assert y.shape == shape
        y.backward(np.zeros(shape))
    t = Tensor(3.0, requires_grad=True)
    y = f(t)
    assert y.shape == (1,)
    y.backward([2.0])
    np.testing.assert_array_equal(t.grad, 2.0)
    with pytest.raises(errors.IndexingError):
        f(np.zeros((2, 2)), axis=2)


def test_cummax_ties_and_nan() -> None:
    x = np.array([1.0, 3.0, 3.0, 2.0, np.nan, 9.0, np.nan])
    up = np.arange(1.0, 8.0)
    out = scan.cummax(x)
    np.testing.assert_array_equal(out, [1, 3, 3, 3, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(gradient(scan.cummax, x, up), [1, 9, 0, 0, 18, 0, 0])
    np.testing.assert_array_equal(gradient(scan.cummin, x, up), [10, 0, 0, 0, 18, 0, 0])


def test_logcumsumexp_is_stable() -> None:
    x = np.array([0.0, 1000.0, -1000.0, 1000.0])
    g = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(scan.logcumsumexp(x), [0, 1000, 1000, 1000 + math.log(2)])
    np.testing.assert_allclose(gradient(scan.logcumsumexp, x, g), [1, 7, 0, 2], atol=1e-12)
    # A share of 1e-22 is small, not zero.
    tiny = gradient(scan.logcumsumexp, np.array([0.0, 50.0]), np.array([0.0, 1.0]))
    np.testing.assert_allclose(tiny, [math.exp(-50), 1.0])
    start = np.array([-np.inf, -np.inf, 0.0])
    np.testing.assert_array_equal(gradient(scan.logcumsumexp, start, g[:3])[2], 3.0)
    assert np.isfinite(gradient(scan.logcumsumexp, start, g[:3])).all()


# --- fast sums ------------------------------------------------------------------------------------

SHAPES = [
    (64, 128),
    (700, 9),
    (3, 5000),
    (9, 997),
    (1030, 12),
    (8, 3, 14, 14),
    (1, 5000),
    (5000, 1),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fast_sums_agree_and_are_accurate(
    shape: tuple[int, ...], dtype: Any, rng: np.random.Generator
) -> None:
    x = rng.uniform(0.5, 1.5, size=shape).astype(dtype)
    exact = x.astype(np.longdouble)
    ndim = len(shape)
    every = [c for n in range(1, ndim + 1) for c in itertools.combinations(range(ndim), n)]
    for axis in every:
        for keepdims in (False, True):
            found = sums.fast_sum(x, axis, keepdims)
            expected = exact.sum(axis=axis, keepdims=keepdims)
            assert found.dtype == dtype
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, rtol=30 * np.finfo(dtype).eps)
            squares = sums.fast_squares(x, axis, keepdims)
            expected = (exact * exact).sum(axis=axis, keepdims=keepdims)
            assert squares.dtype == dtype
            np.testing.assert_allclose(squares, expected, rtol=30 * np.finfo(dtype).eps)


def test_fast_sum_of_other_layouts_and_kinds(rng: np.random.Generator) -> None:
    x = rng.normal(size=(80, 90))
    np.testing.assert_allclose(sums.fast_sum(x.T, 0), x.sum(1))
    np.testing.assert_allclose(sums.fast_sum(x[:, ::2], (1,)), x[:, ::2].sum(1))
    whole = rng.integers(0, 9, size=(80, 90))
    np.testing.assert_array_equal(sums.fast_sum(whole, -1), whole.sum(-1))
    assert sums.fast_sum(whole, -1).dtype == whole.dtype
    np.testing.assert_array_equal(sums.fast_sum(np.zeros((0, 5000)), 0), np.zeros(5000))
    bad = np.ones((80, 90))
    bad[3, 4] = np.inf
    assert np.isinf(sums.fast_sum(bad, 1)).nonzero()[0].tolist() == [3]
    assert np.isinf(sums.fast_sum(bad, 0)).nonzero()[0].tolist() == [4]


def test_long_float32_sums_do_not_drift() -> None:
    x = np.full((100_000, 4), 0.1, np.float32)
    exact = float(np.float32(0.1)) * 100_000
    np.testing.assert_allclose(reduce.sum(x, axis=0), exact, rtol=1e-5)
    np.testing.assert_allclose(reduce.sum(np.ascontiguousarray(x.T), axis=1), exact, rtol=1e-6)


# --- the same in PyTorch --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_against_pytorch(seed: int) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 6, size=rng.integers(1, 4)))
    chosen = rng.permutation(len(shape))[: rng.integers(1, len(shape) + 1)]
    axis = tuple(int(a) - len(shape) * int(rng.integers(0, 2)) for a in chosen)
    keepdims = bool(rng.integers(0, 2))
    x = rng.normal(size=shape)
    one = axis[0]
    pairs: list[tuple[Function, Function]] = [
        (lambda z: reduce.sum(z, axis, keepdims), lambda z: z.sum(axis, keepdims)),
        (lambda z: reduce.mean(z, axis, keepdims), lambda z: z.mean(axis, keepdims)),
        (
            lambda z: reduce.logsumexp(z, axis, keepdims),
            lambda z: torch.logsumexp(z, axis, keepdims),
        ),
        (lambda z: order.max(z, axis, keepdims), lambda z: torch.amax(z, axis, keepdims)),
        (lambda z: order.min(z, axis, keepdims), lambda z: torch.amin(z, axis, keepdims)),
        (lambda z: reduce.prod(z, one, keepdims), lambda z: torch.prod(z, one, keepdims)),
        (
            lambda z: norms.norm(z, 3, one, keepdims),
            lambda z: torch.linalg.vector_norm(z, 3, one, keepdims),
        ),
        (lambda z: scan.cumsum(z, one), lambda z: torch.cumsum(z, one)),
        (lambda z: scan.cumprod(z, one), lambda z: torch.cumprod(z, one)),
        (lambda z: scan.cummax(z, one), lambda z: torch.cummax(z, one).values),
        (lambda z: scan.logcumsumexp(z, one), lambda z: torch.logcumsumexp(z, one)),
        (lambda z: order.sort(z, one), lambda z: torch.sort(z, one).values),
        (lambda z: order.topk(z, 1, one)[0], lambda z: torch.topk(z, 1, one).values),
    ]
    if math.prod(shape[a] for a in axis) > 1:
        pairs += [
            (
                lambda z: reduce.var(z, axis, 1, keepdims),
                lambda z: torch.var(z, axis, correction=1, keepdim=keepdims),
            ),
            (
                lambda z: reduce.std(z, axis, 1, keepdims),
                lambda z: torch.std(z, axis, correction=1, keepdim=keepdims),
            ),
        ]
    for ours, theirs in pairs:
        t = torch.tensor(x, requires_grad=True)
        expected = theirs(t)
        g = rng.normal(size=tuple(expected.shape))
        expected.backward(torch.tensor(g))
        np.testing.assert_allclose(ours(x), expected.detach().numpy(), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(gradient(ours, x, g), t.grad.numpy(), rtol=1e-9, atol=1e-12)
