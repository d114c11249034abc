"""Operations that move elements about: values against numpy, gradients against their definition.

All of them are linear: f(x) = J x. So the backward pass must be the transpose of J, its own
backward pass J again, and everything can be checked exactly, without finite differences.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients, no_grad
from autograd.ops import diagonals as di, joining as jo, rearranging as re, shape as sh
from autograd.ops.op import Op
from autograd.ops.symbol import formula

Array = np.ndarray[Any, Any]
Function = Callable[[Any], Any]


def pull(f: Function, x: Array, g: Any) -> Array:
    """The gradient of f at x for an upstream gradient g."""
    t = Tensor(x, requires_grad=True)
    return gradients(f(t), [t], g)[0]


SAME: dict[str, tuple[tuple[int, ...], Callable[[Any, Any], Any]]] = {
    # Called with a namespace of functions, ours or numpy's, and an input of this shape.
    "reshape": ((2, 3, 4), lambda m, x: m.reshape(x, (4, 6))),
    "reshape -1": ((2, 3), lambda m, x: m.reshape(x, -1)),
    "reshape to ()": ((1, 1), lambda m, x: m.reshape(x, ())),
    "reshape empty": ((0, 3), lambda m, x: m.reshape(x, (3, -1))),
    "transpose": ((2, 3, 4), lambda m, x: m.transpose(x)),
    "transpose axes": ((2, 3, 4), lambda m, x: m.transpose(x, (2, 0, 1))),
    "transpose negative": ((2, 3, 4), lambda m, x: m.transpose(x, axes=(-1, 0, -2))),
    "transpose 1-D": ((3,), lambda m, x: m.transpose(x)),
    "transpose ()": ((), lambda m, x: m.transpose(x)),
    "transpose empty": ((0, 3), lambda m, x: m.transpose(x)),
    "swapaxes": ((2, 3, 4), lambda m, x: m.swapaxes(x, 0, -1)),
    "moveaxis": ((2, 3, 4), lambda m, x: m.moveaxis(x, 0, -1)),
    "moveaxis back": ((2, 3, 4), lambda m, x: m.moveaxis(x, -1, 0)),
    "moveaxis two": ((2, 3, 4, 5), lambda m, x: m.moveaxis(x, [0, 2], [-1, 0])),
    "expand_dims": ((2, 3), lambda m, x: m.expand_dims(x, 1)),
    "expand_dims last": ((2, 3), lambda m, x: m.expand_dims(x, -1)),
    "expand_dims two": ((2, 3), lambda m, x: m.expand_dims(x, (0, -1))),
    "squeeze": ((1, 3, 1, 2), lambda m, x: m.squeeze(x)),
    "squeeze one": ((1, 3, 1, 2), lambda m, x: m.squeeze(x, -2)),
    "squeeze two": ((1, 3, 1, 2), lambda m, x: m.squeeze(x, axis=(2, 0))),
    "squeeze nothing": ((2, 3), lambda m, x: m.squeeze(x)),
    "broadcast_to": ((3, 1), lambda m, x: m.broadcast_to(x, (2, 3, 4))),
    "broadcast_to 1": ((1,), lambda m, x: m.broadcast_to(x, 5)),
    "broadcast_to empty": ((1, 2), lambda m, x: m.broadcast_to(x, (0, 2))),
    "copy": ((2, 3), lambda m, x: m.copy(x)),
    "flip": ((2, 3, 4), lambda m, x: m.flip(x)),
    "flip one": ((2, 3, 4), lambda m, x: m.flip(x, -2)),
    "flip two": ((2, 3, 4), lambda m, x: m.flip(x, (0, -1))),
    "flip ()": ((), lambda m, x: m.flip(x)),
    "roll": ((2, 3), lambda m, x: m.roll(x, 2)),
    "roll axis": ((2, 5), lambda m, x: m.roll(x, -7, axis=-1)),
    "roll axes": ((3, 4, 5), lambda m, x: m.roll(x, (1, -2), axis=(0, 2))),
    "roll one shift, two axes": ((3, 4), lambda m, x: m.roll(x, 2, axis=(0, 1))),
    "roll empty": ((0, 2), lambda m, x: m.roll(x, 3, axis=0)),
    "repeat": ((2, 3), lambda m, x: m.repeat(x, 3)),
    "repeat axis": ((2, 3), lambda m, x: m.repeat(x, 2, axis=-1)),
    "repeat counts": ((2, 4), lambda m, x: m.repeat(x, [2, 0, 1, 3], axis=1)),
    "repeat counts in front": ((3, 2), lambda m, x: m.repeat(x, np.array([0, 2, 0]), 0)),
    "repeat never": ((2, 3), lambda m, x: m.repeat(x, 0, axis=0)),
    "repeat empty": ((0, 3), lambda m, x: m.repeat(x, 2, axis=0)),
    "repeat empty counts": ((0, 3), lambda m, x: m.repeat(x, np.zeros(0, int), axis=0)),
    "repeat ()": ((), lambda m, x: m.repeat(x, 3)),
    "tile": ((2, 3), lambda m, x: m.tile(x, 2)),
    "tile both": ((2, 3), lambda m, x: m.tile(x, (3, 2))),
    "tile new axes": ((2, 3), lambda m, x: m.tile(x, (2, 1, 3, 2))),
    "tile none": ((2, 3), lambda m, x: m.tile(x, (2, 0))),
    "tile ()": ((), lambda m, x: m.tile(x, (2, 2))),
    "pad": ((2, 3), lambda m, x: m.pad(x, 2)),
    "pad pair": ((2, 3), lambda m, x: m.pad(x, (1, 3))),
    "pad pairs": ((2, 3), lambda m, x: m.pad(x, ((0, 1), (2, 0)))),
    "pad columns": ((2, 3), lambda m, x: m.pad(x, ((1,), (2,)))),
    "pad nothing": ((2, 3), lambda m, x: m.pad(x, 0)),
    "pad empty": ((0, 2), lambda m, x: m.pad(x, 1)),
    "diag": ((4,), lambda m, x: m.diag(x)),
    "diag up": ((3,), lambda m, x: m.diag(x, 2)),
    "diag down": ((3,), lambda m, x: m.diag(x, -1)),
    "diag of matrix": ((3, 4), lambda m, x: m.diag(x)),
    "diag of matrix up": ((3, 4), lambda m, x: m.diag(x, 2)),
    "diag of matrix down": ((3, 4), lambda m, x: m.diag(x, k=-1)),
    "diag outside": ((3, 4), lambda m, x: m.diag(x, 5)),
    "diag empty": ((0,), lambda m, x: m.diag(x)),
    "diagonal": ((3, 4, 2), lambda m, x: m.diagonal(x)),
    "diagonal axes": ((2, 3, 4), lambda m, x: m.diagonal(x, 1, -2, -1)),
    "diagonal swapped": ((3, 2, 4), lambda m, x: m.diagonal(x, -1, axis1=2, axis2=0)),
    "trace": ((3, 4), lambda m, x: m.trace(x)),
    "trace axes": ((2, 3, 4), lambda m, x: m.trace(x, -1, axis1=-1, axis2=1)),
    "trace outside": ((2, 3), lambda m, x: m.trace(x, 7)),
    "tril": ((3, 4), lambda m, x: m.tril(x)),
    "tril k": ((2, 3, 4), lambda m, x: m.tril(x, -1)),
    "tril vector": ((3,), lambda m, x: m.tril(x)),
    "triu": ((3, 4), lambda m, x: m.triu(x)),
    "triu k": ((2, 4, 3), lambda m, x: m.triu(x, k=1)),
    "concatenate": ((2, 3), lambda m, x: m.concatenate([x, x, x], axis=-1)),
    "concatenate flat": ((2, 3), lambda m, x: m.concatenate([x, x], axis=None)),
    "stack": ((2, 3), lambda m, x: m.stack([x, x], axis=-1)),
    "split": ((2, 6), lambda m, x: m.split(x, 3, axis=-1)[1]),
    "split at": ((5, 2), lambda m, x: m.split(x, [1, 4])[2]),
    "split beyond": ((3, 2), lambda m, x: m.split(x, [2, 7])[1]),
    "split empty": ((0, 2), lambda m, x: m.split(x, 2)[1]),
}
for _mode in ("edge", "reflect", "wrap"):
    for _widths in (1, (0, 2), ((2, 1), (0, 3)), ((9, 4), (1, 8))):
        SAME[f"pad {_mode} {_widths}"] = (
            (3, 4),
            lambda m, x, widths=_widths, mode=_mode: m.pad(x, widths, mode),
        )
OWN: dict[str, tuple[tuple[int, ...], Function, Function]] = {
    # What numpy has not, or calls otherwise: ours, and the same in numpy.
    "reshape ints": ((2, 3, 4), lambda x: sh.reshape(x, 3, -1), lambda x: x.reshape(3, -1)),
    "reshape keyword": ((2, 3), lambda x: sh.reshape(x, shape=[3, 2]), lambda x: x.reshape(3, 2)),
    "transpose ints": ((2, 3), lambda x: sh.transpose(x, 1, 0), np.transpose),
    "flatten": ((2, 3, 4), sh.flatten, np.ravel),
    "flatten 1": ((2, 3, 4), lambda x: sh.flatten(x, 1), lambda x: x.reshape(2, 12)),
    "flatten 0 -2": ((2, 3, 4), lambda x: sh.flatten(x, 0, -2), lambda x: x.reshape(6, 4)),
    "flatten ()": ((), sh.flatten, np.ravel),
    "flatten empty": ((0, 3, 2), lambda x: sh.flatten(x, 1), lambda x: x.reshape(0, 6)),
    "repeat [] times": ((0, 2), lambda x: re.repeat(x, [], 0), lambda x: x),
    "spread": (
        (3, 1),
        lambda x: sh.spread(x, np.ones((3, 2))),
        lambda x: np.broadcast_to(x, (3, 2)),
    ),
    "unbroadcast": (
        (4, 2, 3),
        lambda x: sh.unbroadcast(x, (2, 1)),
        lambda x: x.sum((0, 2)).reshape(2, 1),
    ),
    "unbroadcast (C, 1, 1)": (
        (4, 5, 2, 3),
        lambda x: sh.unbroadcast(x, (5, 1, 1)),
        lambda x: x.sum((0, 2, 3)).reshape(5, 1, 1),
    ),
    "unbroadcast ()": ((2, 3), lambda x: sh.unbroadcast(x, ()), np.sum),
    "unbroadcast empty": ((0, 3), lambda x: sh.unbroadcast(x, (3,)), lambda x: x.sum(0)),
    "unbroadcast upwards": (
        (1, 3),
        lambda x: sh.unbroadcast(x, (2, 4, 3)),
        lambda x: np.broadcast_to(x, (2, 4, 3)),
    ),
    "unbroadcast both ways": (
        (4, 1),
        lambda x: sh.unbroadcast(x, (2, 1, 3)),
        lambda x: np.broadcast_to(x.sum(), (2, 1, 3)),
    ),
}
OURS = SimpleNamespace(**{k: v for m in (sh, re, di, jo) for k, v in vars(m).items()})
CASES = [
    pytest.param(shape, partial(call, OURS), partial(call, np), id=name)
    for name, (shape, call) in SAME.items()
] + [pytest.param(*case, id=name) for name, case in OWN.items()]

every_case = pytest.mark.parametrize(("shape", "ours", "theirs"), CASES)


@every_case
def test_values_are_numpys(shape: Any, ours: Function, theirs: Function, rng: Any) -> None:
    x = rng.normal(size=shape)
    want = np.asarray(theirs(x))
    on_array = np.asarray(ours(x))
    t = ours(Tensor(x, requires_grad=True))
    assert on_array.shape == t.shape == want.shape
    np.testing.assert_array_equal(on_array, want)
    np.testing.assert_array_equal(t.numpy(), want)
    np.testing.assert_array_equal(np.asarray(ours(x.tolist())), want) if x.size else None


@every_case
def test_backward_is_the_transpose(shape: Any, ours: Function, theirs: Function) -> None:
    size = int(np.prod(shape))
    unit = np.eye(size)
    columns = [np.asarray(theirs(row.reshape(shape))) for row in unit]
    out_shape = np.shape(theirs(np.zeros(shape)))
    out_size = int(np.prod(out_shape))
    jacobian = np.array([c.ravel() for c in columns]).reshape(size, out_size).T
    x = np.arange(size, dtype=float).reshape(shape)
    rows = [pull(ours, x, e.reshape(out_shape)).ravel() for e in np.eye(out_size)]
    np.testing.assert_array_equal(np.array(rows).reshape(out_size, size), jacobian)


@every_case
def test_the_way_back_has_its_own_way_back(
    shape: Any, ours: Function, theirs: Function, rng: Any
) -> None:
    """Differentiating the gradient with respect to the upstream gradient gives f again."""
    x, h = rng.normal(size=shape), rng.normal(size=shape)
    t = Tensor(x, requires_grad=True)
    y = ours(t)
    g = Tensor(rng.normal(size=y.shape), requires_grad=True)
    (dx,) = gradients(y, [t], g, create_graph=True)
    assert dx.shape == shape
    up = Tensor(h, requires_grad=True)
    (forward,) = gradients(dx, [g], up, create_graph=True)
    np.testing.assert_allclose(forward.numpy(), theirs(h), rtol=1e-13, atol=1e-14)
    (again,) = gradients(forward, [up], g.numpy())
    np.testing.assert_allclose(again, dx.numpy(), rtol=1e-13, atol=1e-14)


@every_case
def test_float32_stays_float32(shape: Any, ours: Function, theirs: Function, rng: Any) -> None:
    t = Tensor(rng.normal(size=shape).astype(np.float32), requires_grad=True)
    y = ours(t)
    assert y.dtype == np.float32
    g = rng.normal(size=y.shape).astype(np.float32)
    raw = y.op.shares(y.parents, g, y._data, y.operands, y.params)  # before the driver casts
    assert all(np.result_type(share) == np.float32 for share in raw if share is not None)
    assert gradients(y, [t], g)[0].dtype == np.float32


@every_case
def test_second_order_through_a_cube(
    shape: Any, ours: Function, theirs: Function, rng: Any
) -> None:
    x = rng.normal(size=shape)
    t = Tensor(x, requires_grad=True)
    y = ours(t * t * t)
    g = rng.normal(size=y.shape)
    (first,) = gradients(y, [t], g, create_graph=True)
    v = rng.normal(size=shape)
    (second,) = gradients(first, [t], v)
    back = pull(ours, x, g)
    np.testing.assert_allclose(first.numpy(), 3 * x * x * back, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(second, 6 * x * back * v, rtol=1e-12, atol=1e-13)


# --- parameters are taken as they are at the call -------------------------------------------------


def test_lists_changed_afterwards_do_not_reach_the_graph(rng: Any) -> None:
    x, g = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 2, 3))
    t = Tensor(x, requires_grad=True)
    order = [2, 0, 1]
    y = sh.transpose(t, order)
    order[:] = [0, 1, 2]
    np.testing.assert_array_equal(gradients(y, [t], g)[0], g.transpose(1, 2, 0))
    counts = np.array([1, 2, 0])
    z = re.repeat(t, counts, axis=1)
    counts[:] = 1
    up = rng.normal(size=z.shape)
    want = np.stack([up[:, 0], up[:, 1] + up[:, 2], np.zeros((2, 4))], axis=1)
    np.testing.assert_array_equal(gradients(z, [t], up)[0], want)


def test_results_read_nothing_but_the_gradient() -> None:
    """No rule here needs the input: a parameter may move between forward and backward."""
    for module in (sh, re, di):
        for op in vars(module).values():
            if isinstance(op, Op):
                assert not any(op.keeps(i, range(op.arity)) for i in range(op.arity)), op.name


def test_formulas_are_short() -> None:
    assert formula(sh._reshape) == ["reshape(g, before)"]
    assert formula(sh._transpose) == ["transpose(g, back)"]
    assert formula(sh.swapaxes) == ["swapaxes(g, axis1, axis2)"]
    assert formula(sh.spread) == ["g", None]
    assert formula(re._roll) == ["roll(g, -shift, axis)"]
    assert formula(di.tril) == ["tril(g, k)"]
    assert formula(di._trace) == ["on_diagonal(expand_dims(g, (-1,)), offset)"]
    assert formula(jo._concatenate) == ["part 0 of g", "part 1 of g", "part 2 of g"]


def test_a_parameter_may_move_between_forward_and_backward(rng: Any) -> None:
    """These make arrays of their own, and the way back does not look at the parameter."""
    for f in (lambda x: x[[0, 2, 0]], lambda x: re.pad(x, 1), lambda x: re.roll(x, 1), di.tril):
        t = Tensor(rng.normal(size=(3, 3)), requires_grad=True)
        y = f(t) * 1.0
        g = rng.normal(size=y.shape)
        want = gradients(y, [t], g)[0]
        t.overwrite()[...] = 7.0
        np.testing.assert_array_equal(gradients(y, [t], g)[0], want)


def test_views_cost_no_copy() -> None:
    t = Tensor(np.zeros((3, 4)), requires_grad=True)
    for view in (sh.reshape(t, 12), sh.transpose(t), sh.swapaxes(t, 0, 1), re.flip(t), t[1:]):
        assert np.shares_memory(view._data, t._data)
        assert not view._data.flags.writeable


# --- one by one -----------------------------------------------------------------------------------


def test_unbroadcast_is_accurate_in_float32(rng: Any) -> None:
    g = rng.normal(size=(64, 8, 30, 30)).astype(np.float32)
    for shape, axes in [((8, 1, 1), (0, 2, 3)), ((30,), (0, 1, 2)), ((64, 1, 1, 1), (1, 2, 3))]:
        got = sh.unbroadcast(g, shape)
        assert got.shape == shape
        assert got.dtype == np.float32
        want = g.astype(np.float64).sum(axes).reshape(shape)
        np.testing.assert_allclose(got, want, atol=2e-3, rtol=1e-5)


def test_astype_there_and_back(rng: Any) -> None:
    x = rng.normal(size=(2, 3)).astype(np.float32)
    t = Tensor(x, requires_grad=True)
    y = sh.astype(t, np.float64)
    assert y.dtype == np.float64
    g = rng.normal(size=(2, 3))
    (dx,) = gradients(y, [t], g)
    assert dx.dtype == np.float32
    np.testing.assert_array_equal(dx, g.astype(np.float32))
    np.testing.assert_array_equal(sh.astype([1.7, -1.7], "int64"), [1, -1])


@pytest.mark.parametrize("dtype", [int, bool, np.uint8])
def test_astype_to_whole_numbers_has_no_derivative(dtype: Any) -> None:
    t = Tensor([1.5, 2.5], requires_grad=True)
    with pytest.raises(errors.GradientError, match=r"astype.*no derivative.*detach"):
        sh.astype(t, dtype)
    with pytest.raises(errors.GradientError, match="astype"):
        sh.astype(Value(2.0), dtype)
    assert sh.astype(t.detach(), dtype).dtype == dtype
    with no_grad():
        assert sh.astype(t, dtype).dtype == dtype


@pytest.mark.parametrize("dtype", [complex, "U3", object, "no such dtype", "datetime64[s]"])
def test_astype_to_no_number(dtype: Any) -> None:
    with pytest.raises(errors.DTypeError, match="astype: expected a dtype of real numbers"):
        sh.astype([1.0], dtype)


def test_astype_nan_to_int_is_silent() -> None:
    assert sh.astype([np.nan, 2.0], int).shape == (2,)


def test_item_sends_the_gradient_into_its_cell() -> None:
    t = Tensor([[2.0]], requires_grad=True)
    v = t.value()
    (v * v * v).backward()
    np.testing.assert_array_equal(t.grad, [[12.0]])
    (first,) = gradients(t.value() ** 3, [t], create_graph=True)
    np.testing.assert_allclose(gradients(first, [t], [[1.0]])[0], [[12.0]])
    with pytest.raises(errors.ShapeError):
        sh.item(np.zeros(2))


def test_a_value_becomes_an_array() -> None:
    v = Value(3.0)
    for f, count in [
        (lambda x: sh.broadcast_to(x, (2, 3)), 6),
        (lambda x: sh.reshape(x, (1, 1)), 1),
        (lambda x: sh.expand_dims(x, 0), 1),
        (lambda x: sh.flatten(x), 1),
        (lambda x: re.tile(x, (2, 2)), 4),
        (lambda x: re.repeat(x, 5), 5),
        (lambda x: sh.unbroadcast(x, (3,)), 3),
        (lambda x: sh.broadcast_to(x, ()), 1),
    ]:
        y = f(v)
        assert isinstance(y, Tensor)
        g = np.arange(1.0, count + 1).reshape(y.shape)
        assert gradients(y, [v], g) == [g.sum()]
        (first,) = gradients(f(v * v * v), [v], g, create_graph=True)
        assert gradients(first, [v]) == [pytest.approx(18.0 * g.sum())]


# --- concatenate and stack ------------------------------------------------------------------------


def test_concatenate_gives_each_its_part(rng: Any) -> None:
    shapes = [(2, 3, 2), (2, 1, 2), (2, 0, 2), (2, 4, 2)]
    xs = [rng.normal(size=shape) for shape in shapes]
    ts = [Tensor(x, requires_grad=True) for x in xs]
    y = jo.concatenate([*ts[:3], xs[3]], axis=-2)  # the last one is a constant
    np.testing.assert_array_equal(y.numpy(), np.concatenate(xs, axis=1))
    g = rng.normal(size=y.shape)
    got = gradients(y, ts[:3], g)
    for dx, want in zip(got, np.split(g, [3, 4, 4], axis=1), strict=False):
        np.testing.assert_array_equal(dx, want)


def test_the_same_tensor_twice_gets_both_parts(rng: Any) -> None:
    t = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    g = rng.normal(size=(4, 3))
    np.testing.assert_array_equal(gradients(jo.concatenate([t, t]), [t], g)[0], g[:2] + g[2:])


def test_stack_of_values_and_numbers_mixed(rng: Any) -> None:
    v, w = Value(2.0), Value(-1.5)
    t = Tensor(0.5, requires_grad=True)
    y = jo.stack([v, 3, w, t, v])
    assert isinstance(y, Tensor)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y.numpy(), [2.0, 3.0, -1.5, 0.5, 2.0])
    g = rng.normal(size=5)
    y.backward(g)
    assert v.grad == pytest.approx(g[0] + g[4], rel=1e-15)
    assert w.grad == g[2]
    np.testing.assert_array_equal(t.grad, g[3])


def test_stack_of_values_only_and_second_order() -> None:
    vs = [Value(float(i)) for i in (1, 2, 3)]
    y = jo.stack([v * v for v in vs])
    weights = np.array([2.0, -1.0, 0.5])
    firsts = gradients(y, vs, weights, create_graph=True)
    assert [float(first) for first in firsts] == [4.0, -4.0, 3.0]
    assert gradients(firsts[0], vs) == [4.0, 0.0, 0.0]
    assert gradients(firsts[1], vs) == [0.0, -2.0, 0.0]


def test_stack_of_rows_of_values() -> None:
    rows = [[Value(1.0), 2.0], [Value(3.0), Value(4.0)]]
    y = jo.stack(rows)
    np.testing.assert_array_equal(y.numpy(), [[1.0, 2.0], [3.0, 4.0]])
    y.backward([[1.0, 2.0], [3.0, 4.0]])
    assert [rows[0][0].grad, rows[1][0].grad, rows[1][1].grad] == [1.0, 3.0, 4.0]
    z = jo.concatenate([rows[0], Tensor([5.0]), [6.0]])
    np.testing.assert_array_equal(z.numpy(), [1.0, 2.0, 5.0, 6.0])


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_stack_axes(axis: int, rng: Any) -> None:
    xs = [rng.normal(size=(2, 3)) for _ in range(4)]
    ts = [Tensor(x, requires_grad=True) for x in xs]
    y = jo.stack(ts, axis)
    np.testing.assert_array_equal(y.numpy(), np.stack(xs, axis))
    g = rng.normal(size=y.shape)
    for dx, want in zip(gradients(y, ts, g), np.moveaxis(g, axis, 0), strict=True):
        np.testing.assert_array_equal(dx, want)


def test_joining_keeps_float32_beside_python_numbers() -> None:
    t = Tensor(np.float32(1.5), requires_grad=True)
    assert jo.stack([t, 2.0, Value(1.0)]).dtype == np.float32
    assert jo.stack([1, 2]).dtype.kind == "i"
    both = jo.concatenate([Tensor(np.ones(2, np.float32), requires_grad=True), np.ones(1)])
    assert both.dtype == np.float64
    (dx,) = gradients(jo.stack([t, 2.0]), [t], [1.0, 2.0])
    assert dx.dtype == np.float32


def test_a_tensor_is_a_list_of_its_rows(rng: Any) -> None:
    t = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    g = rng.normal(size=6)
    np.testing.assert_array_equal(gradients(jo.concatenate(t), [t], g)[0], g.reshape(2, 3))
    joined = jo.concatenate(t[i : i + 1] for i in range(2))
    np.testing.assert_array_equal(joined.numpy(), t.numpy())


def test_split_puts_every_piece_back(rng: Any) -> None:
    t = Tensor(rng.normal(size=(2, 6)), requires_grad=True)
    for cuts in (3, [1, 5], (2, 2, 4), np.array([3])):
        pieces = jo.split(t, cuts, axis=1)
        want = np.split(t.numpy(), cuts, axis=1)
        assert [p.shape for p in pieces] == [w.shape for w in want]
        y = jo.concatenate(pieces, axis=1)
        g = rng.normal(size=(2, 6))
        np.testing.assert_array_equal(gradients(y, [t], g)[0], g)


def test_pad_values(rng: Any) -> None:
    x = rng.normal(size=(2, 3))
    t = Tensor(x, requires_grad=True)
    for fill in (-np.inf, 2, ((1.0, 2.0), (3.0, 4.0)), np.array([5.0, 6.0])):
        y = re.pad(t, ((1, 2), (0, 1)), constant_values=fill)
        np.testing.assert_array_equal(y.numpy(), np.pad(x, ((1, 2), (0, 1)), constant_values=fill))
        g = rng.normal(size=y.shape)
        np.testing.assert_array_equal(gradients(y, [t], g)[0], g[1:3, :3])


# --- against PyTorch ------------------------------------------------------------------------------


def test_padding_and_repeating_as_pytorch(rng: Any) -> None:
    torch = pytest.importorskip("torch")
    x = rng.normal(size=(1, 2, 5))
    for ours, theirs in [("reflect", "reflect"), ("edge", "replicate"), ("wrap", "circular")]:
        t = Tensor(x, requires_grad=True)
        y = re.pad(t, ((0, 0), (0, 0), (3, 4)), mode=ours)
        tt = torch.tensor(x, requires_grad=True)
        ty = torch.nn.functional.pad(tt, (3, 4), mode=theirs)
        g = rng.normal(size=y.shape)
        ty.backward(torch.tensor(g))
        np.testing.assert_array_equal(y.numpy(), ty.detach().numpy())
        np.testing.assert_allclose(gradients(y, [t], g)[0], tt.grad.numpy(), rtol=1e-13)


def test_flatten_as_pytorch(rng: Any) -> None:
    torch = pytest.importorskip("torch")
    x = rng.normal(size=(2, 3, 4, 5))
    for start in range(-4, 4):
        for end in range(-4, 4):
            if start % 4 <= end % 4:
                want = torch.flatten(torch.tensor(x), start, end).shape
                assert sh.flatten(x, start, end).shape == tuple(want)


# --- errors ---------------------------------------------------------------------------------------

Z = np.zeros


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda t: sh.reshape(t, (4, 2)), errors.ShapeError, r"reshape.*\(2, 3\)"),
        (lambda t: sh.reshape(t, (-1, -1)), errors.ShapeError, "reshape"),
        (lambda t: sh.reshape(t, (2, 1.5)), errors.DTypeError, "reshape: shape must be a whole"),
        (lambda t: sh.reshape(t, None), errors.DTypeError, "got None"),
        (lambda t: sh.flatten(t, 3), errors.IndexingError, "flatten.*axis 3"),
        (lambda t: sh.flatten(t, 1, 0), errors.ShapeError, "must not come after"),
        (lambda t: sh.transpose(t, (0,)), errors.ShapeError, r"transpose.*\(0,\).*\(2, 3\)"),
        (lambda t: sh.transpose(t, (0, 0)), errors.ShapeError, "repeated axis"),
        (lambda t: sh.transpose(t, (0, 2)), errors.IndexingError, "transpose.*axis 2"),
        (lambda t: sh.swapaxes(t, 0, 2), errors.IndexingError, "swapaxes"),
        (lambda t: sh.moveaxis(t, 0, 5), errors.IndexingError, "moveaxis.*axis 5"),
        (lambda t: sh.moveaxis(t, (0, 1), 0), errors.ShapeError, "as many places as axes"),
        (lambda t: sh.expand_dims(t, 3), errors.IndexingError, "expand_dims"),
        (lambda t: sh.squeeze(t, 0), errors.ShapeError, "squeeze.*size not equal to one"),
        (lambda t: sh.squeeze(t, 2), errors.IndexingError, "squeeze"),
        (lambda t: sh.broadcast_to(t, (2, 4)), errors.ShapeError, "broadcast_to"),
        (lambda t: sh.broadcast_to(t, (3,)), errors.ShapeError, "broadcast_to"),
        (lambda t: re.flip(t, 2), errors.IndexingError, "flip"),
        (lambda t: re.roll(t, 1, 2), errors.IndexingError, "roll"),
        (lambda t: re.roll(t, 1.5), errors.DTypeError, "roll: shift"),
        (lambda t: re.roll(t, (1, 2, 3), (0, 1)), errors.ShapeError, "roll"),
        (lambda t: re.repeat(t, [1, 2], axis=1), errors.ShapeError, "repeat.*3 of them"),
        (lambda t: re.repeat(t, -1), errors.ShapeError, "repeat.*negative"),
        (lambda t: re.repeat(t, 1.5), errors.DTypeError, "repeat: repeats"),
        (lambda t: re.repeat(t, 2, 2), errors.IndexingError, "repeat"),
        (lambda t: re.tile(t, -1), errors.ShapeError, "tile.*negative"),
        (lambda t: re.tile(t, "ab"), errors.DTypeError, "tile: reps"),
        (lambda t: re.pad(t, -1), errors.ShapeError, "pad.*0 or more"),
        (lambda t: re.pad(t, 1.5), errors.ShapeError, "pad.*whole number"),
        (lambda t: re.pad(t, ((1, 1),) * 3), errors.ShapeError, "2 axes"),
        (lambda t: re.pad(t, 1, "symmetric"), errors.OptionError, "'reflect'.*'symmetric'"),
        (
            lambda t: re.pad(t, 1, constant_values=Value(1.0)),
            errors.GradientError,
            "constant_values",
        ),
        (lambda t: re.pad(Z((0, 2)), 1, "edge"), errors.ShapeError, "pad"),
        (lambda t: di.diag(Z((2, 2, 2))), errors.ShapeError, "one or two axes"),
        (lambda t: di.diag(t, 0.5), errors.DTypeError, "diag: k"),
        (lambda t: di.diagonal(t, 0, 1, 1), errors.ShapeError, "repeated axis"),
        (lambda t: di.diagonal(t, 0, 0, 2), errors.IndexingError, "diagonal"),
        (lambda t: di.trace(Z(3)), errors.ShapeError, "trace.*two axes"),
        (lambda t: di.tril(1.0), errors.ShapeError, "tril.*two axes"),
        (lambda t: jo.concatenate([]), errors.ShapeError, "concatenate.*at least one"),
        (lambda t: jo.stack([]), errors.ShapeError, "stack.*at least one"),
        (lambda t: jo.stack(()), errors.ShapeError, "stack.*at least one"),
        (lambda t: jo.concatenate(None), errors.DTypeError, "list of arrays, got None"),
        (lambda t: jo.stack(3.0), errors.DTypeError, "list of arrays"),
        (
            lambda t: jo.concatenate([t, Z((3, 3)), Z((2, 2))]),
            errors.ShapeError,
            r"\(3, 3\) and \(2, 2\)",
        ),
        (lambda t: jo.concatenate([t, Z(3)]), errors.ShapeError, "as many axes"),
        (lambda t: jo.concatenate([t, t], 2), errors.IndexingError, "concatenate"),
        (lambda t: jo.concatenate([t[0], 2.0]), errors.ShapeError, r"number 2\.0.*stack"),
        (lambda t: jo.concatenate([Value(1.0)]), errors.ShapeError, r"Value 1\.0.*stack"),
        (lambda t: jo.stack([t, Z((3, 2))]), errors.ShapeError, r"stack.*\(2, 3\) and \(3, 2\)"),
        (lambda t: jo.stack([t, t], 3), errors.IndexingError, "stack"),
        (lambda t: jo.stack([t, "no"]), errors.DTypeError, "real numbers"),
        (lambda t: jo.split(t, 2, axis=1), errors.ShapeError, "size 3 does not divide into 2"),
        (lambda t: jo.split(t, 0), errors.ShapeError, "does not divide"),
        (lambda t: jo.split(t, 1.5), errors.DTypeError, "split"),
        (lambda t: jo.split(t, 2, axis=2), errors.IndexingError, "split"),
        (lambda t: jo.split(1.0, 1), errors.IndexingError, "split"),
        (lambda t: sh.reshape([[1.0], [2.0, 3.0]], -1), errors.ShapeError, "rectangular"),
        (lambda t: sh.reshape("text", -1), errors.DTypeError, "real numbers"),
        (lambda t: sh.transpose(None), errors.DTypeError, "real numbers"),
    ],
)
def test_errors(call: Function, kind: type[Exception], message: str) -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    with pytest.raises(kind, match=message):
        call(t)
