"""Derivatives as functions of functions: nesting, trees, refusals, and checkpoints."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import NamedTuple

import numpy as np
import pytest

from autograd import Tensor, Value, enable_grad, errors, gradients, no_grad, ops
from autograd.functional import (
    checkpoint,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.transform import depth


def numeric(f, x, h=1e-6):
    """Slopes of a function of one array, by central differences; the last axes are those of x."""
    x = np.asarray(x, float)
    columns = []
    for i in np.ndindex(x.shape):
        d = np.zeros_like(x)
        d[i] = h
        columns.append((np.asarray(f(x + d)) - np.asarray(f(x - d))) / (2 * h))
    return np.moveaxis(np.array(columns), 0, -1).reshape(np.shape(columns[0]) + x.shape)


def network(w, x):
    """A vector of three from a matrix and a vector: nothing symmetric about it."""
    return ops.tanh(w @ x) * np.array([1.0, -2.0, 0.5]) + ops.sum(x * x)


@pytest.fixture(autouse=True)
def _depth_is_restored():
    yield
    assert depth.now == 0


# --- grad -----------------------------------------------------------------------------------------


def test_numbers_give_floats_and_arrays_give_arrays(rng):
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert type(grad(lambda x: x**3)(2)) is float
    assert type(grad(lambda x: x**3)(np.float64(2))) is float
    x = rng.standard_normal((2, 3))
    got = grad(lambda x: ops.sum(ops.sin(x) * x))(x)
    np.testing.assert_allclose(got, np.cos(x) * x + np.sin(x), rtol=1e-14)
    assert type(got) is np.ndarray


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype, rng):
    x = rng.standard_normal(3).astype(dtype)
    value, got = value_and_grad(lambda x: (x * x).sum())(x)
    assert got.dtype == value.dtype == dtype
    assert grad(lambda x: x * x)(dtype(3)) == 6
    assert jacobian(lambda x: x * x)(x).dtype == dtype


def test_argnums(rng):
    f = lambda x, y, z: x * y**2 + z  # noqa: E731
    assert grad(f)(2.0, 3.0, 1.0) == 9.0
    assert grad(f, argnums=1)(2.0, 3.0, 1.0) == 12.0
    assert grad(f, argnums=(2, 0))(2.0, 3.0, 1.0) == (1.0, 9.0)
    assert grad(f, argnums=-1)(2.0, 3.0, 1.0) == 1.0
    assert grad(f, argnums=[0])(2.0, 3.0, 1.0) == (9.0,)
    for wrong in (3, -4, "x"):
        with pytest.raises(errors.OptionError, match="argnums"):
            grad(f, argnums=(wrong,))(2.0, 3.0, 1.0)


def test_other_arguments_and_keywords_arrive_untouched():
    seen = []

    def f(x, other, *, scale):
        seen.append(other)
        return x * scale

    marker = object()
    assert grad(f)(2.0, marker, scale=5) == 5.0
    assert seen == [marker]


class Pair(NamedTuple):
    a: object
    b: object


def test_trees_come_back_in_the_same_structure(rng):
    w = rng.standard_normal(2)
    params = {"w": [w, 2.0], "pair": Pair(3.0, (4.0,))}

    def f(p):
        return (p["w"][0] * p["w"][1]).sum() + p["pair"].a * p["pair"].b[0] ** 2

    got = grad(f)(params)
    assert list(got) == ["w", "pair"]
    np.testing.assert_array_equal(got["w"][0], [2.0, 2.0])
    assert got["w"][1] == pytest.approx(w.sum())
    assert got["pair"] == Pair(16.0, (24.0,))
    assert type(got["pair"]) is Pair


def test_zeros_where_nothing_depends():
    assert grad(lambda x, y: y, argnums=0)(2.0, 3.0) == 0.0
    assert grad(lambda x: 5.0)(2.0) == 0.0
    assert grad(lambda x: Value(5.0))(2.0) == 0.0
    got = grad(lambda x, y: y.sum())(np.ones((2, 3), np.float32), np.ones(2))
    assert got.shape == (2, 3)
    assert got.dtype == np.float32
    assert not got.any()
    assert grad(grad(lambda x: 3.0 * x))(1.0) == 0.0
    assert not hessian(lambda x: x.sum())(np.ones(3)).any()
    assert not jacobian(lambda x: np.ones((2, 2)))(np.ones(3)).any()
    assert jacobian(lambda x: np.ones((2, 2)))(np.ones(3)).shape == (2, 2, 3)


def test_the_identity():
    assert grad(lambda x: x)(2.0) == 1.0
    assert jacobian(lambda x: x)(np.ones(2)).tolist() == [[1, 0], [0, 1]]
    assert value_and_grad(lambda x: x)(np.array([3.0])) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("f", "x", "kind", "message"),
    [
        (lambda x: x * 2, np.ones(3), errors.GradientError, r"shape \(3,\).*jacobian"),
        (lambda x: np.ones((2, 1)), np.ones(3), errors.GradientError, r"\(2, 1\).*jacobian"),
        (lambda x: [x, x], 1.0, errors.DTypeError, "list.*jacobian or vjp"),
        (lambda x: None, 1.0, errors.DTypeError, "returned None"),
        (lambda x: x, np.arange(3), errors.DTypeError, "int64.*astype"),
        (lambda x: x, "text", errors.DTypeError, "text"),
        (lambda x: x, None, errors.DTypeError, "None"),
        (lambda x: x, np.array([1j]), errors.DTypeError, "complex"),
        (lambda x: x, Tensor([1, 2], dtype=int), errors.DTypeError, "int64"),
    ],
)
def test_refusals(f, x, kind, message):
    with pytest.raises(kind, match=message):
        grad(f)(x)


def test_gradients_do_not_share_memory(rng):
    x = rng.standard_normal(3)
    a, b = grad(lambda x, y: ((x + y) * x.numpy()).sum(), argnums=(0, 1))(x, x)
    a += 1.0
    np.testing.assert_array_equal(b, x)
    c = grad(lambda x: x.sum())(x)
    c += 1.0  # not a read-only view of one number
    np.testing.assert_array_equal(c, [2.0, 2.0, 2.0])


def test_the_argument_is_not_changed_by_writes_in_place(rng):
    x = rng.standard_normal(3)
    kept = x.copy()

    def f(t):
        y = (t * t).sum()
        t.data[:] = 0.0
        return y

    np.testing.assert_allclose(grad(f)(x), 2 * kept)
    np.testing.assert_array_equal(x, kept)


def test_no_grad_around_and_inside():
    with no_grad():
        np.testing.assert_array_equal(grad(lambda x: (x * x).sum())(np.array([1.0, 2.0])), [2, 4])

    def f(x):
        with no_grad():
            scale = x * x  # a constant
        return (x * scale).sum()

    np.testing.assert_array_equal(grad(f)(np.array([1.0, 3.0])), [1.0, 9.0])

    def g(x):
        with no_grad():
            slope = grad(lambda y: (y * y * x).sum())(np.ones(2))  # 2x, a constant too
        return (x * slope).sum()

    np.testing.assert_array_equal(grad(g)(np.array([1.0, 3.0])), [2.0, 6.0])


def test_it_looks_like_what_it_is():
    def cost(x):
        """Its own words."""
        return x

    assert grad(cost).__name__ == "gradient_of_cost"
    assert "gradient of cost" in grad(cost).__doc__


# --- nesting --------------------------------------------------------------------------------------


def test_perturbations_are_not_confused():
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0
    assert grad(lambda x: x * grad(lambda x: x * x)(x))(5.0) == 20.0
    inner = lambda x: grad(lambda y: grad(lambda z: x * y * z)(y) * y)(x)  # noqa: E731
    assert inner(3.0) == 18.0  # x * 2y at y = x
    assert grad(inner)(3.0) == 12.0


def test_perturbations_are_not_confused_with_arrays(rng):
    x = rng.standard_normal(3)
    got = grad(lambda x: (x * grad(lambda y: (x * y * y).sum())(np.full(3, 2.0))).sum())(x)
    np.testing.assert_allclose(got, 8 * x, rtol=1e-14)  # x * 2xy at y = 2
    got = grad(lambda x: (grad(lambda y: (x * y * y).sum())(x)).sum())(x)
    np.testing.assert_allclose(got, 4 * x, rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_any_order(order):
    f = ops.exp
    for _ in range(order):
        f = grad(f)
    assert f(0.3) == pytest.approx(np.exp(0.3), rel=1e-14)
    g = lambda x: ops.sin(2 * x).sum() if isinstance(x, Tensor) else ops.sin(2 * x)  # noqa: E731
    for _ in range(order):
        g = grad(g)
    expected = 2.0**order * np.sin(0.6 + order * np.pi / 2)
    assert g(0.3) == pytest.approx(expected, rel=1e-13)


def test_inside_a_transform_results_are_nodes_outside_numbers():
    kinds = []
    _, outside = vjp(lambda y: y * y, 3.0)

    def f(x):
        inner = grad(lambda y: y * y)(3.0)
        value, zero = value_and_grad(lambda y, z: z * z, argnums=0)(np.ones(2), 3.0)
        kinds.append([type(inner), type(value), type(zero), type(outside(1.0)[0])])
        return x * inner

    assert grad(f)(1.0) == 6.0
    assert kinds == [[Value, float, Tensor, Value]]  # z came as a plain number
    assert type(grad(lambda y: y * y)(3.0)) is float


def test_depth_is_restored_after_an_error_and_kept_per_thread():
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 // 0)(1.0)
    assert depth.now == 0
    seen = []

    def f(x):
        thread = threading.Thread(target=lambda: seen.append(type(grad(lambda y: y * y)(1.0))))
        thread.start()
        thread.join()
        return x

    grad(f)(1.0)
    assert seen == [float]


def test_nodes_in_give_nodes_out():
    x = Value(3.0)
    slope = grad(lambda x: x**3)(x)
    assert isinstance(slope, Value)
    (slope * 2).backward()
    assert x.grad == 36.0
    t = Tensor([1.0, 2.0], requires_grad=True)
    slope = grad(lambda t: (t**3).sum())(t)
    slope.backward(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(t.grad, [6.0, 120.0])


def test_a_gradient_penalty_reaches_the_parameters(rng):
    w = Tensor(rng.standard_normal(3), requires_grad=True)
    x = Tensor(rng.standard_normal(3), requires_grad=True)
    penalty = (grad(lambda x: (ops.tanh(w * x)).sum())(x) ** 2).sum()
    penalty.backward()

    def by_hand(w):
        return np.sum((w * (1 - np.tanh(w * x.numpy()) ** 2)) ** 2)

    np.testing.assert_allclose(w.grad, numeric(by_hand, w.numpy()), rtol=1e-7)


def test_a_constant_tensor_gives_a_constant_tensor():
    t = Tensor([1.0, 2.0])
    value, slope = value_and_grad(lambda t: (t * t).sum())(t)
    assert isinstance(slope, Tensor)
    assert isinstance(value, Tensor)
    assert not slope.requires_grad
    assert not value.requires_grad
    np.testing.assert_array_equal(slope.numpy(), [2.0, 4.0])
    wants = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        assert not grad(lambda t: (t * t).sum())(wants).requires_grad


def test_no_graph_is_left_behind(no_collector):
    seen = []

    def f(x):
        y = x * x
        seen.append(weakref.ref(y))
        return y.sum()

    result = grad(f)(np.ones(3))
    assert seen[0]() is None
    hessian(f)(np.ones(2))
    assert all(ref() is None for ref in seen)
    assert result.tolist() == [2, 2, 2]
    assert not gc.isenabled()


# --- vjp and jvp ----------------------------------------------------------------------------------


def test_vjp_and_jvp_agree_with_the_jacobian(rng):
    w, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    dw, dx, u = rng.standard_normal((3, 4)), rng.standard_normal(4), rng.standard_normal(3)
    jw = numeric(lambda w: network(w, x), w)
    jx = numeric(lambda x: network(w, x), x)
    value, back = vjp(network, w, x)
    np.testing.assert_allclose(value, network(w, x))
    for _ in range(2):  # it can be called again
        gw, gx = back(u)
        np.testing.assert_allclose(gw, np.tensordot(u, jw, 1), rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(gx, u @ jx, rtol=1e-8, atol=1e-9)
    value, moved = jvp(network, (w, x), (dw, dx))
    np.testing.assert_allclose(value, network(w, x))
    np.testing.assert_allclose(moved, np.tensordot(jw, dw, 2) + jx @ dx, rtol=1e-8, atol=1e-9)
    got = jacobian(network, argnums=(0, 1))(w, x)
    np.testing.assert_allclose(got[0], jw, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(got[1], jx, rtol=1e-8, atol=1e-9)


def test_jvp_is_exact():
    _, slope = jvp(ops.exp, 0.7, 2.0)
    assert slope == 2 * np.exp(0.7)
    value, slope = jvp(lambda x, y: x**2 * y, [3.0, 5.0], [1.0, 10.0])
    assert (value, slope) == (45.0, 120.0)


def test_outputs_with_structure(rng):
    x = rng.standard_normal(3)

    def f(x, s):
        return {"sum": x.sum() * s, "both": [x * s, s * s, 7.0]}

    value, back = vjp(f, x, 2.0)
    assert value["sum"] == pytest.approx(2 * x.sum())
    assert value["both"][1:] == [4.0, 7.0]
    u = rng.standard_normal(3)
    gx, gs = back({"sum": 10.0, "both": [u, 100.0, 5.0]})
    np.testing.assert_allclose(gx, 20.0 + 2.0 * u)
    assert gs == pytest.approx(10 * x.sum() + u @ x + 400.0)
    dx = rng.standard_normal(3)
    _, moved = jvp(f, (x, 2.0), (dx, 0.5))
    assert moved["sum"] == pytest.approx(2 * dx.sum() + 0.5 * x.sum())
    np.testing.assert_allclose(moved["both"][0], 2 * dx + 0.5 * x)
    assert moved["both"][1:] == [2.0, 0.0]
    slopes = jacobian(f, argnums=(0, 1))(x, 2.0)
    np.testing.assert_allclose(slopes["both"][0][0], 2 * np.eye(3))
    np.testing.assert_allclose(slopes["both"][0][1], x)
    np.testing.assert_allclose(slopes["sum"][0], np.full(3, 2.0))
    assert slopes["both"][1][1] == 4.0
    assert not slopes["both"][2][0].any()


def test_they_nest_in_each_other():
    assert grad(lambda x: jvp(lambda y: x * y**2, 3.0, 1.0)[1])(5.0) == 6.0
    assert grad(lambda v: jvp(lambda y: y**3, 2.0, v)[1])(5.0) == 12.0
    assert grad(lambda u: vjp(lambda y: y**3, 2.0)[1](u)[0])(5.0) == 12.0
    assert jvp(lambda x: grad(lambda y: y**3)(x), 2.0, 10.0) == (12.0, 120.0)
    _, back = vjp(lambda y: y**3, 2.0)
    assert grad(lambda u: back(u * u)[0])(5.0) == 120.0  # made outside, called inside
    assert jvp(lambda x: jvp(lambda y: y**4, x, 1.0)[1], 2.0, 1.0) == (32.0, 48.0)
    assert grad(lambda x: hvp(lambda y: x * y**3, 2.0, 1.0))(5.0) == 12.0


def test_directions_and_upstreams_must_fit():
    x = np.ones((2, 3))
    with pytest.raises(errors.ShapeError, match=r"jvp.*\(2, 3\).*\(3,\)"):
        jvp(lambda x: x, x, np.ones(3))
    with pytest.raises(errors.ShapeError, match=r"vjp.*\(2, 3\).*\(\)"):
        vjp(lambda x: x, x)[1](1.0)
    with pytest.raises(errors.ShapeError, match=r"vjp.*expected 2, got 1"):
        vjp(lambda x: [x, x], x)[1](x)
    with pytest.raises(errors.ShapeError, match=r"jvp.*expected 2, got 1"):
        jvp(lambda x, y: x, (x, x), (x,))
    with pytest.raises(errors.ShapeError, match=r"hvp.*expected 1, got 2"):
        hvp(lambda x: x[0].sum(), ([x],), ([x, x],))
    with pytest.raises(errors.DTypeError):
        vjp(lambda x: x, 1.0)[1]("text")


def test_float32_directions_and_upstreams():
    x = np.ones(2, np.float32)
    value, slope = jvp(lambda x: x * x, x, np.array([1, 2]))
    assert value.dtype == slope.dtype == np.float32
    _, back = vjp(lambda x: x * x, x)
    assert back(np.array([1, 2]))[0].dtype == np.float32


# --- second derivatives ---------------------------------------------------------------------------


def test_hessian_of_several_arguments(rng):
    x, y = rng.standard_normal(3), rng.standard_normal((2, 3))
    f = lambda x, y: ops.sum(ops.tanh(y @ x) ** 2) + x[0] ** 3  # noqa: E731
    got = hessian(f, argnums=(0, 1))(x, y)
    for i, arg in enumerate((x, y)):
        for j, by in enumerate((x, y)):

            def slope(z, i=i, j=j):
                args = [x, y]
                args[j] = z
                return grad(f, argnums=i)(*args)

            np.testing.assert_allclose(got[i][j], numeric(slope, by), rtol=1e-6, atol=1e-8)
            assert got[i][j].shape == arg.shape + by.shape
    hx = got[0][0]
    np.testing.assert_allclose(hx, hx.T, rtol=1e-12, atol=1e-14)


def test_hvp_is_the_hessian_times_a_vector(rng):
    x, v = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    f = lambda x: ops.sum(ops.exp(x @ x.T) * x[:, :2] ** 2)  # noqa: E731
    expected = np.tensordot(hessian(f)(x), v, 2)
    np.testing.assert_allclose(hvp(f, x, v), expected, rtol=1e-12)
    assert hvp(lambda x, y: x * x * y, (3.0, 5.0), (1.0, 0.5)) == (13.0, 6.0)
    assert hvp(lambda x: 3 * x, 2.0, 1.0) == 0.0
    got = hvp(lambda p: p["a"] ** 2 * p["b"], {"a": 3.0, "b": 5.0}, {"a": 1.0, "b": 0.0})
    assert got == {"a": 10.0, "b": 6.0}


def test_hessian_of_a_scalar():
    assert hessian(lambda x: x**4)(2.0) == 48.0


def test_empty_arrays():
    assert grad(lambda x: x.sum())(np.zeros((0, 2))).shape == (0, 2)
    assert jacobian(lambda x: x)(np.zeros((0,))).shape == (0, 0)
    assert jacobian(lambda x: x[:0])(np.zeros(3)).shape == (0, 3)


# --- checkpoint -----------------------------------------------------------------------------------


def block(w, x):
    """A few operations whose inside is worth forgetting."""
    return ops.tanh(w @ x) * x + w[0, 0]


def test_checkpoint_gives_the_same_value_and_gradients(rng):
    w0, x0, u = rng.standard_normal((3, 3)), rng.standard_normal(3), rng.standard_normal(3)
    results = []
    for around in (lambda f, *xs: f(*xs), checkpoint):
        w, x = Tensor(w0, requires_grad=True), Tensor(x0, requires_grad=True)
        hidden = x * 2.0
        y = around(block, w, hidden)
        z = around(lambda h, w=w: block(w, h), y)  # w is captured, not passed
        z.backward(u)
        results.append((z.numpy(), w.grad, x.grad, y.grad, hidden.grad))
    for plain, again in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, again)


def test_checkpoint_with_values():
    w, x, c = Value(3.0), Value(2.0), Value(5.0)
    inner = c * 2.0  # captured, and not a leaf
    y = checkpoint(lambda x: (w * x + inner) ** 2 + Value(1.0), x)
    (y * 2).backward()
    assert y.data == 257.0
    assert (w.grad, x.grad, c.grad, inner.grad) == (128.0, 192.0, 128.0, 64.0)
    y.backward()  # once more on the same graph
    assert w.grad == 192.0


def test_checkpoint_mixes_values_and_tensors(rng):
    data = rng.standard_normal(3)
    v, t = Value(2.0), Tensor(data, requires_grad=True)
    y = checkpoint(lambda v, t: (v * t * t).sum().value() * v, v, t)
    assert isinstance(y, Value)
    y.backward()
    assert v.grad == pytest.approx(4 * data @ data)
    np.testing.assert_allclose(t.grad, 8 * data)
    w = Tensor([3.0], requires_grad=True)
    checkpoint(lambda v: (w * v).sum().value() * v, v).backward()  # captured, behind a value()
    np.testing.assert_array_equal(w.grad, [4.0])
    z = checkpoint(lambda v, t: t * v, v, t)
    assert gradients(z, [v], np.ones(3))[0] == pytest.approx(data.sum())


def test_checkpoint_takes_trees_and_constants(rng):
    t = Tensor(rng.standard_normal(3), requires_grad=True)
    y = checkpoint(lambda d, a, text: d["t"][0] * a * len(text), {"t": [t]}, np.arange(3.0), "four")
    y.backward(np.ones(3))
    np.testing.assert_array_equal(t.grad, [0.0, 4.0, 8.0])


def test_what_lies_between_is_forgotten(no_collector, rng):
    seen = []

    def f(x):
        hidden = ops.exp(x)
        seen.append(weakref.ref(hidden))
        return hidden * hidden

    x = Tensor(rng.standard_normal(3), requires_grad=True)
    y = checkpoint(f, x)
    assert seen[0]() is None
    assert y.parents == (x,)
    y.backward(np.ones(3))
    assert len(seen) == 2
    assert seen[1]() is None
    np.testing.assert_allclose(x.grad, 2 * np.exp(2 * x.numpy()))
    forgotten = weakref.ref(y)
    del y
    assert forgotten() is None


def test_checkpoints_nest():
    calls = []

    def inner(x):
        calls.append("inner")
        return x**3

    def outer(x):
        calls.append("outer")
        return checkpoint(inner, x * 2.0) * x

    x = Value(1.5)
    y = checkpoint(outer, x)
    y.backward()
    assert x.grad == pytest.approx(32 * 1.5**3)
    assert calls == ["outer", "inner", "outer", "inner", "inner"]


def test_checkpoints_can_be_differentiated_again(rng):
    x = rng.standard_normal(3)
    w = rng.standard_normal((3, 3))
    f = lambda x: ops.sum(ops.tanh(w @ x) * x)  # noqa: E731
    np.testing.assert_allclose(hessian(lambda x: checkpoint(f, x))(x), hessian(f)(x), rtol=1e-12)
    assert grad(grad(lambda x: checkpoint(lambda x: x**4, x)))(2.0) == 48.0
    assert grad(grad(grad(lambda x: checkpoint(lambda: x**4))))(2.0) == 48.0  # captured
    assert grad(lambda x: checkpoint(lambda y: x * grad(lambda z: z * y)(2.0), 3.0 * x))(5.0) == 30


def test_two_threads_do_not_mix_up_what_they_watch():
    together, results = threading.Barrier(2), []

    def work(scale):
        w, x = Value(scale), Value(2.0)

        def f(x):
            together.wait(timeout=10)  # both are inside now
            y = w * x
            together.wait(timeout=10)
            return y * y

        results.append(checkpoint(f, x).parents == (x, w))

    threads = [threading.Thread(target=work, args=(scale,)) for scale in (3.0, 4.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert results == [True, True]


def test_a_second_run_that_differs_is_noticed(rng):
    x = Tensor(rng.standard_normal(50), requires_grad=True)
    noise = np.random.default_rng(1)
    y = checkpoint(lambda x: x * (noise.random(50) > 0.5), x)
    with pytest.raises(errors.GradientError, match="generator="):
        y.backward(np.ones(50))
    assert x.grad is None
    scale = np.array([2.0])
    v = Value(3.0)
    y = checkpoint(lambda v: ops.sum(v * scale), v)
    scale[0] = 5.0
    with pytest.raises(errors.GradientError, match="something else"):
        y.backward()


def test_random_numbers_are_drawn_again():
    x = Tensor(np.arange(1.0, 51.0), requires_grad=True)
    noise = np.random.default_rng(1)
    y = checkpoint(lambda x: x * (noise.random(50) > 0.5), x, generator=noise)
    noise.random(7)  # somebody else draws in between
    before = noise.bit_generator.state
    y.backward(np.ones(50))
    np.testing.assert_array_equal(x.grad, y.numpy() != 0)
    assert noise.bit_generator.state == before  # as if backward had not drawn


@pytest.mark.parametrize("change", ["overwrite", "assign", "write"])
def test_a_captured_parameter_that_changed_is_noticed(change):
    w, x = Tensor([3.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    y = checkpoint(lambda x: w * 1.0 + x, x)  # the result does not even depend on it nonlinearly
    if change == "overwrite":
        w.overwrite()[:] = 10.0
    elif change == "assign":
        w.data = np.array([10.0])
    else:
        w.data[:] = 10.0
    with pytest.raises(errors.ChangedError, match="checkpoint"):
        y.backward()
    v = Value(3.0)
    z = checkpoint(lambda a: v * a, Value(2.0))
    v.data = 4.0
    with pytest.raises(errors.ChangedError, match="checkpoint"):
        z.backward()


def test_without_recording_it_is_a_plain_call():
    calls = []

    def f(x):
        calls.append(1)
        return x * x

    x = Tensor([2.0], requires_grad=True)
    with no_grad():
        y = checkpoint(f, x)
    assert not y.requires_grad
    y = checkpoint(f, Tensor([3.0]))
    assert not y.requires_grad
    assert y.op is None
    assert len(calls) == 2
    with no_grad(), enable_grad():
        assert checkpoint(f, x).requires_grad


def test_checkpoint_returns_one_node():
    with pytest.raises(errors.DTypeError, match=r"checkpoint.*tuple"):
        checkpoint(lambda x: (x, x), Value(1.0))
