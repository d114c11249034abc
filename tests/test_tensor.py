"""Tensor: an array that remembers. Operators, dtypes, refusals, and what may be written to."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, as_tensor, errors, gradients, no_grad, ops

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
OTHERS = {
    "int": 3,
    "float": 3.0,
    "bool": True,
    "float64": np.float64(3.0),
    "float32": np.float32(3.0),
    "int64": np.int64(3),
    "Value": Value(3.0),
    "array": np.array([1.0, 2.0, 3.0]),
    "array0d": np.array(3.0),
    "column": np.array([[1.0], [2.0]]),
    "int array": np.array([1, 2, 3]),
    "list": [1.0, 2.0, 3.0],
    "nested": [[1.0], [2.0]],
    "Tensor": Tensor([1.0, 2.0, 3.0]),
    "leaf": Tensor([1.0, 2.0, 3.0], requires_grad=True),
}
every_operator = pytest.mark.parametrize("sign", OPERATORS)


def leaf(*shape: int, start: float = 0.5) -> Tensor:
    data = np.linspace(start, start + 1.0, int(np.prod(shape))).reshape(shape)
    return Tensor(data, requires_grad=True)


def raw(x: Any) -> Any:
    return np.asarray(x.data if isinstance(x, (Tensor, Value)) else x)


# --- operators -----------------------------------------------------------------------------------


@every_operator
@pytest.mark.parametrize("kind", OTHERS)
def test_operators_both_ways(sign: str, kind: str, rng: np.random.Generator) -> None:
    function, other = OPERATORS[sign], OTHERS[kind]
    for swap in (False, True):
        t = leaf(3)
        y = function(other, t) if swap else function(t, other)

        def value(x: Any, swap: bool = swap) -> Any:
            return function(raw(other), x) if swap else function(x, raw(other))

        assert type(y) is Tensor
        np.testing.assert_allclose(y.data, value(t.data), rtol=1e-15)
        upstream = rng.normal(size=y.shape)
        y.backward(upstream)
        for i in range(3):
            ends = []
            for step in (1e-6, -1e-6):
                x = t.numpy()
                x[i] += step
                ends.append(np.sum(upstream * value(x)))
            assert t.grad[i] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("wrap", [np.asarray, list, Tensor])
def test_matrix_product_both_ways(wrap: Any, rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    upstream = rng.normal(size=(2, 4))
    t = Tensor(a, requires_grad=True)
    y = t @ wrap(b)
    y.backward(upstream)
    np.testing.assert_allclose(y.data, a @ b)
    np.testing.assert_allclose(t.grad, upstream @ b.T)
    t = Tensor(b, requires_grad=True)
    y = wrap(a) @ t
    assert isinstance(y, Tensor)
    y.backward(upstream)
    np.testing.assert_allclose(t.grad, a.T @ upstream)


def test_unary_operators() -> None:
    t = Tensor([-1.5, 2.26], requires_grad=True)
    np.testing.assert_array_equal((-t).data, [1.5, -2.26])
    np.testing.assert_array_equal((+t).data, [-1.5, 2.26])
    np.testing.assert_array_equal(abs(t).data, [1.5, 2.26])
    np.testing.assert_array_equal(round(t, 1).data, [-1.5, 2.3])
    np.testing.assert_array_equal(round(t).data, [-2.0, 2.0])
    abs(t).backward([1.0, 2.0])
    np.testing.assert_array_equal(t.grad, [-1.0, 2.0])


def test_sum_of_a_list() -> None:
    a, b = leaf(2), leaf(2)
    total = sum([a, b, a])
    total.backward([1.0, 2.0])
    np.testing.assert_array_equal(a.grad, [2.0, 4.0])
    np.testing.assert_array_equal(b.grad, [1.0, 2.0])


@every_operator
def test_in_place_operators_bind_the_name_anew(sign: str) -> None:
    x = leaf(3)
    before = x.numpy()
    y = x
    names = {"+": "iadd", "-": "isub", "*": "imul", "/": "itruediv", "**": "ipow"}
    y = getattr(operator, names[sign])(y, 3.0)
    assert y is not x
    np.testing.assert_array_equal(x.data, before)
    np.testing.assert_array_equal(y.data, OPERATORS[sign](before, 3.0))
    y.backward(np.ones(3))
    assert x.grad is not None


def test_an_array_changed_in_place_by_a_tensor() -> None:
    array: Any = np.ones(3)
    kept = array
    with pytest.raises(errors.AutogradError):
        np.add(array, leaf(3), out=array)
    try:
        array += leaf(3)
    except errors.AutogradError:
        pass
    else:
        assert isinstance(array, Tensor)
    np.testing.assert_array_equal(kept, np.ones(3))


# --- comparisons and the ways of an array --------------------------------------------------------


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_comparisons_are_plain_arrays(name: str) -> None:
    function = getattr(operator, name)
    a, b = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    expected = function(a, b)
    for left, right in (
        (Tensor(a), Tensor(b)),
        (Tensor(a, requires_grad=True), b),
        (a, Tensor(b)),
        (Tensor(a), 2.0),
        (Tensor(a), Value(2.0)),
        (Tensor(a), np.float32(2.0)),
        (Tensor(a), [2.0, 2.0, 2.0]),
    ):
        got = function(left, right)
        assert type(got) is np.ndarray
        assert got.dtype == bool
        np.testing.assert_array_equal(got, expected)


def test_hash_is_identity() -> None:
    x, y = Tensor([1.0]), Tensor([1.0])
    assert len({x, y, x}) == 2
    assert {x: 1, y: 2}[y] == 2


@pytest.mark.parametrize("name", ["lt", "eq"])
def test_comparisons_of_shapes_that_do_not_match(name: str) -> None:
    with pytest.raises(errors.AutogradError, match=r"\(3,\)"):
        getattr(operator, name)(Tensor(np.ones(3)), np.ones(4))


@pytest.mark.parametrize("bad", ["a", None, 1j])
def test_ordering_against_what_is_no_number(bad: Any) -> None:
    with pytest.raises((errors.AutogradError, TypeError)):
        _ = Tensor([1.0, 2.0]) < bad


def test_length_iteration_and_membership() -> None:
    t = leaf(3, 2)
    assert len(t) == 3
    rows = list(t)
    assert [row.shape for row in rows] == [(2,)] * 3
    rows[1].backward([1.0, 2.0])
    np.testing.assert_array_equal(t.grad, [[0, 0], [1, 2], [0, 0]])
    _, b, _ = t
    np.testing.assert_array_equal(b.data, rows[1].data)
    assert t.data[2, 1] in t
    assert 77.0 not in t
    assert list(Tensor(np.zeros((0, 3)))) == []
    assert len(Tensor(np.zeros((0, 3)))) == 0


def test_a_tensor_without_axes() -> None:
    t = Tensor(2.5)
    assert t.shape == ()
    with pytest.raises(TypeError, match="no length"):
        len(t)
    with pytest.raises(TypeError):
        list(t)
    assert (float(t), int(t), bool(t), t.item()) == (2.5, 2, True, 2.5)


@pytest.mark.parametrize("shape", [(1,), (1, 1), ()])
def test_one_number(shape: tuple[int, ...]) -> None:
    t = Tensor(np.full(shape, 2.7), requires_grad=True)
    assert float(t) == 2.7
    assert int(t) == 2
    assert t.item() == 2.7
    assert type(t.item()) is float
    assert bool(t) is True
    assert bool(t * 0) is False


@pytest.mark.parametrize("function", [float, int, bool, lambda t: t.item(), lambda t: t.value()])
@pytest.mark.parametrize("shape", [(2,), (0,), (1, 3)])
def test_many_numbers_are_not_one(function: Any, shape: tuple[int, ...]) -> None:
    with pytest.raises(errors.ShapeError) as caught:
        function(Tensor(np.ones(shape)))
    assert str(shape) in str(caught.value)


def test_attributes() -> None:
    t = Tensor(np.ones((2, 3), np.float32), name="t")
    assert (t.shape, t.ndim, t.size, t.dtype, t.name) == ((2, 3), 2, 6, np.float32, "t")
    assert t.T.shape == (3, 2)
    assert t.op is None
    assert t.parents == ()
    assert t.grad is None
    with pytest.raises(AttributeError):
        t.colour = "red"  # type: ignore[attr-defined]  # the point
    with pytest.raises(AttributeError):
        t.shape = (3, 2)  # type: ignore[misc]  # the point


def test_repr_is_short() -> None:
    assert repr(Tensor([1.0, 2.5])) == "Tensor([1. , 2.5])"
    assert repr(Tensor(np.ones(1, np.float32))) == "Tensor([1.], dtype=float32)"
    t = Tensor([1.0], requires_grad=True, name="w")
    assert repr(t) == "Tensor([1.], requires_grad=True, name='w')"
    assert repr(t * 2) == "Tensor([2.], op=multiply)"
    assert len(repr(Tensor(np.ones((1000, 1000))))) < 400
    assert repr(Tensor(np.zeros((0, 2)))).startswith("Tensor(")


# --- dtypes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (2, np.float64),
        (2.0, np.float64),
        ([1, 2], np.float64),
        ([[1, 2.0]], np.float64),
        ([np.int64(1), 2], np.float64),
        ([], np.float64),
        (True, bool),
        ([True, False], bool),
        (np.ones(2, np.float32), np.float32),
        (np.ones(2, np.int32), np.int32),
        (np.float32(2), np.float32),
        (np.ones(2, np.float16), np.float16),
        (Tensor(np.ones(2, np.float32)), np.float32),
    ],
)
def test_dtype_of_a_new_tensor(data: Any, dtype: Any) -> None:
    assert Tensor(data).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_python_numbers_are_weak(dtype: Any) -> None:
    t = Tensor(np.ones(3, dtype), requires_grad=True)
    for y in (t * 2, 2.0 * t, t + 1, 1 - t, t**2, 2**t, t / 3, t - Value(2.0), -t, abs(t), t @ t):
        assert y.dtype == dtype
    (t * 2.5 + 1).backward(np.ones(3))
    assert t.grad.dtype == dtype


def test_numpy_numbers_are_strong_as_in_numpy() -> None:
    t = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = t * np.float64(2.0)
    assert y.dtype == np.float64
    assert (np.float64(2.0) * t).dtype == np.float64
    assert (t * np.float32(2.0)).dtype == np.float32
    assert (t * np.ones(3)).dtype == np.float64
    assert (t * np.ones(3, np.int8)).dtype == (np.ones(3, np.float32) * np.ones(3, np.int8)).dtype
    y.backward(np.ones(3))
    assert t.grad.dtype == np.float32


def test_integers_compute_and_record_nothing() -> None:
    t = Tensor(np.array([1, 2, 3]))
    assert (t + 1).dtype == np.int64
    assert (t / 2).dtype == np.float64
    assert not (t * 2.5).requires_grad
    w = leaf(3)
    (w * t).backward(np.ones(3))
    np.testing.assert_array_equal(w.grad, [1.0, 2.0, 3.0])
    assert t.grad is None


def test_dtype_can_be_asked_for() -> None:
    assert Tensor([1, 2], dtype=np.float32).dtype == np.float32
    assert Tensor([1.7, 2], dtype=int).dtype == np.int64
    assert Tensor(np.ones(2, np.int64), requires_grad=True, dtype=np.float32).requires_grad


# --- making and handing over ---------------------------------------------------------------------


def test_a_tensor_copies() -> None:
    array = np.ones(3)
    t = Tensor(array)
    array[0] = 5.0
    np.testing.assert_array_equal(t.data, np.ones(3))
    source = leaf(3)
    twin = Tensor(source)
    twin.data[0] = 5.0
    assert source.data[0] == 0.5


def test_as_tensor_shares_and_passes_tensors_through() -> None:
    array = np.ones(3)
    t = as_tensor(array)
    array[0] = 5.0
    assert t.data[0] == 5.0
    t.data[1] = 7.0
    assert array[1] == 7.0
    assert as_tensor(t) is t
    assert as_tensor([1, 2]).dtype == np.float64


def test_numpy_is_a_copy() -> None:
    t = leaf(3)
    array = t.numpy()
    assert type(array) is np.ndarray
    array[0] = 99.0
    assert t.data[0] == 0.5
    (t * 2).numpy()[0] = 1.0


@pytest.mark.parametrize("build", [lambda t: t, lambda t: t * 2, lambda t: t[1:], lambda t: t.T])
def test_detach_stops_the_gradient_and_shares_nothing(build: Any) -> None:
    t = leaf(3)
    y = build(t)
    d = y.detach()
    assert d.op is None
    assert not d.requires_grad
    before = y.numpy()
    d.data[...] = 99.0
    np.testing.assert_array_equal(y.data, before)
    t.overwrite()[...] = -1.0
    np.testing.assert_array_equal(d.data, np.full_like(before, 99.0))
    z = leaf(*y.shape)
    (y.detach() * z).backward(np.ones(y.shape))
    assert t.grad is None


def test_detached_before_a_step_keeps_the_old_numbers() -> None:
    t = leaf(3)
    d = t.detach()
    before = t.numpy()
    t.overwrite()[...] = 9.0
    np.testing.assert_array_equal(d.data, before)


@pytest.mark.parametrize("way", [lambda t: t.copy(), copy.copy])
def test_a_copy_stays_in_the_graph(way: Any) -> None:
    t = leaf(3)
    y = way(t)
    (y * 2).backward(np.ones(3))
    np.testing.assert_array_equal(t.grad, [2.0, 2.0, 2.0])
    assert not np.shares_memory(y.data, t.data)


@pytest.mark.parametrize("way", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_deep_copy_of_a_leaf_is_a_leaf_of_its_own(way: Callable[[Any], Any]) -> None:
    t = Tensor(np.ones(2, np.float32), requires_grad=True, name="w")
    (t * 3).backward([1.0, 2.0])
    twin = way(t)
    assert (twin.requires_grad, twin.dtype, twin.op) == (True, np.float32, None)
    np.testing.assert_array_equal(twin.grad, [3.0, 6.0])
    twin.data[0] = 9.0
    twin.grad[0] = 9.0
    (twin * 1.0).backward([1.0, 1.0])
    np.testing.assert_array_equal(t.data, [1.0, 1.0])
    np.testing.assert_array_equal(t.grad, [3.0, 6.0])


def test_a_deep_copy_keeps_the_name_and_what_is_shared() -> None:
    t = Tensor([1.0], name="w")
    pair = copy.deepcopy([t, {"again": t}])
    assert pair[0] is pair[1]["again"]
    assert pair[0] is not t
    assert pair[0].name == "w"


@pytest.mark.parametrize("way", [copy.deepcopy, pickle.dumps])
def test_a_deep_copy_of_a_result_is_refused(way: Callable[[Any], Any]) -> None:
    with pytest.raises(errors.GradientError, match="detach"):
        way(leaf(3) * 2)


# --- bad input -----------------------------------------------------------------------------------


BAD_DATA = {
    "None": None,
    "str": "text",
    "list of str": ["a", "b"],
    "complex": 1j,
    "complex array": np.ones(2, complex),
    "object array": np.array([None, 1]),
    "ragged": [[1.0, 2.0], [3.0]],
    "dict": {"a": 1},
    "set": {1.0, 2.0},
    "dates": np.array(["2024-01-01"], "datetime64[D]"),
    "huge integer": 10**400,
    "integer beyond int64": 2**70,
    "list of None": [None, 1.0],
    "structured": np.zeros(2, [("a", float)]),
}


@pytest.mark.parametrize("kind", BAD_DATA)
def test_data_that_are_no_real_numbers(kind: str) -> None:
    makers: list[Any] = [Tensor, as_tensor]
    if kind != "integer beyond int64":  # which is a fine number beside floats
        makers += [lambda x: leaf(2) * x, lambda x: x + leaf(2)]
    for make in makers:
        with pytest.raises(errors.AutogradError) as caught:
            make(BAD_DATA[kind])
        assert "expected" in str(caught.value)
        assert "; " in str(caught.value)


@pytest.mark.parametrize(
    "nodes",
    [
        [Value(1.0), Value(2.0)],
        [Value(1.0), 2.0],
        [[Value(1.0)], [Value(2.0)]],
        [Tensor([1.0]), Tensor([2.0])],
        (Tensor([1.0], requires_grad=True),),
        Value(1.0),
        [[Tensor(1.0)]],
    ],
    ids=repr,
)
def test_a_tensor_made_from_nodes_is_refused(nodes: Any) -> None:
    """Their gradients would be lost without a word."""
    with pytest.raises(errors.AutogradError, match="stack"):
        Tensor(nodes)


@pytest.mark.parametrize("dtype", [int, bool, np.uint8])
def test_integers_cannot_ask_for_a_gradient(dtype: Any) -> None:
    array = np.ones(2, dtype)
    for attempt in (
        lambda: Tensor(array, requires_grad=True),
        lambda: as_tensor(array, requires_grad=True),
        lambda: Tensor([1.0], requires_grad=True, dtype=dtype),
    ):
        with pytest.raises(errors.DTypeError, match="floating"):
            attempt()
    t = Tensor(array)
    with pytest.raises(errors.DTypeError, match="floating"):
        t.requires_grad = True
    with pytest.raises(errors.DTypeError, match="floating"):
        leaf(2).data = array


@pytest.mark.parametrize("dtype", ["nonsense", complex, str, object])
def test_a_dtype_that_is_none(dtype: Any) -> None:
    with pytest.raises(errors.AutogradError):
        Tensor([1.0], dtype=dtype)


@every_operator
def test_shapes_that_do_not_broadcast(sign: str) -> None:
    for pair in ((leaf(3), leaf(4)), (leaf(2, 3), np.ones((3, 2))), (np.ones(2), leaf(3))):
        with pytest.raises(errors.ShapeError) as caught:
            OPERATORS[sign](*pair)
        for x in pair:
            assert str(x.shape) in str(caught.value)
        assert "broadcast" in str(caught.value)


def test_matrix_shapes_that_do_not_fit() -> None:
    for pair in ((leaf(2, 3), leaf(2, 3)), (leaf(3), leaf(4)), (leaf(2, 3), 2.0), (2.0, leaf(3))):
        with pytest.raises(errors.AutogradError, match="matmul"):
            _ = pair[0] @ pair[1]


@pytest.mark.parametrize("index", [5, (0, 5), "a", 1.5, (0, 0, 0), np.array([0.5]), [7]])
def test_an_index_outside(index: Any) -> None:
    with pytest.raises(errors.AutogradError, match=r"index|axis"):
        leaf(3, 2)[index]
    with pytest.raises(IndexError):
        leaf(3, 2)[5]


def test_item_assignment_is_refused() -> None:
    t = leaf(3)
    with pytest.raises(errors.GradientError, match="put"):
        t[0] = 5.0
    with pytest.raises(errors.GradientError, match="put"):
        (t * 2)[0] = 5.0
    np.testing.assert_array_equal(t.data, [0.5, 1.0, 1.5])


# --- writing into arrays: an error, or the right answer, never a silent wrong gradient -----------


def _after(change: Callable[[Tensor], Any], build: Callable[[Tensor], Tensor]) -> None:
    """Change a leaf between forward and backward: the gradient is that of the old numbers."""
    t = leaf(4)
    old = t.numpy()
    reference = Tensor(old, requires_grad=True)
    upstream = np.array([1.0, -2.0, 3.0, 0.5])
    expected_root = build(reference)
    upstream = np.resize(upstream, expected_root.shape)
    expected_root.backward(upstream)
    y = build(t)
    shown = y.numpy()
    try:
        change(t)
        y.backward(upstream)
    except errors.AutogradError:
        return
    np.testing.assert_array_equal(y.data, shown)
    np.testing.assert_allclose(t.grad, reference.grad, rtol=1e-14)
    first = gradients(y, [t], upstream)[0]
    np.testing.assert_allclose(first, reference.grad, rtol=1e-14)
    try:
        (recorded,) = gradients(y, [t], upstream, create_graph=True)
    except errors.ChangedError:
        return
    np.testing.assert_allclose(recorded.data, reference.grad, rtol=1e-14)


def _element(t: Tensor) -> None:
    t.data[0] = 50.0


def _view(t: Tensor) -> None:
    view = t.data[:2]
    view[...] = 50.0


def _out(t: Tensor) -> None:
    np.add(t.data, 7.0, out=t.data)


def _plus(t: Tensor) -> None:
    t.data += 7.0


def _assign(t: Tensor) -> None:
    t.data = np.full(4, 9.0)


def _other_shape(t: Tensor) -> None:
    t.data = np.full((2, 4), 9.0)


def _one_element(t: Tensor) -> None:
    t.data = np.full(1, 9.0)


def _other_dtype(t: Tensor) -> None:
    t.data = np.full(4, 9.0, np.float32)


def _step(t: Tensor) -> None:
    t.overwrite()[...] = 50.0


def _fill(t: Tensor) -> None:
    t.data.fill(3.0)


def _sort(t: Tensor) -> None:
    t.data[::-1].sort()


def _reshaped(t: Tensor) -> None:
    t.data.reshape(2, 2)[1, :] = 4.0


CHANGES = [
    _element, _view, _out, _plus, _assign, _other_shape, _one_element, _other_dtype, _step, _fill,
    _sort, _reshaped,
]  # fmt: skip
BUILDS = {
    "square": lambda t: t * t,
    "exp": ops.exp,
    "view then square": lambda t: t[1:] * t[1:],
    "view only": lambda t: t[::2],
    "transpose, slice, exp": lambda t: ops.exp(ops.transpose(t)[:3]),
    "constant of the same": lambda t: t * t.detach(),
    "sum": lambda t: t.sum(),
    "add": lambda t: t + 1.0,
    "deep": lambda t: ops.tanh(ops.exp(t) * t) / t,
    "matmul": lambda t: t @ t,
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__[1:])
@pytest.mark.parametrize("build", BUILDS)
def test_a_leaf_changed_after_forward(change: Any, build: str) -> None:
    _after(change, BUILDS[build])


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("take", ["all", "slice"])
def test_an_array_taken_before_forward_and_changed_after(build: str, take: str) -> None:
    t = leaf(4)
    handle = t.data if take == "all" else t.data[:2]
    reference = Tensor(t.numpy(), requires_grad=True)
    y, expected = BUILDS[build](t), BUILDS[build](reference)
    upstream = np.arange(1.0, 1.0 + y.size).reshape(y.shape)
    expected.backward(upstream)
    handle[...] = 50.0
    y.backward(upstream)
    np.testing.assert_array_equal(y.data, expected.data)
    np.testing.assert_allclose(t.grad, reference.grad, rtol=1e-14)


@pytest.mark.parametrize("build", BUILDS)
def test_a_shared_array_changed_after_forward(build: str) -> None:
    array = np.linspace(0.5, 1.5, 4)
    reference = Tensor(array, requires_grad=True)
    t = as_tensor(array, requires_grad=True)
    y, expected = BUILDS[build](t), BUILDS[build](reference)
    upstream = np.arange(1.0, 1.0 + y.size).reshape(y.shape)
    expected.backward(upstream)
    array[...] = 50.0
    y.backward(upstream)
    np.testing.assert_array_equal(y.data, expected.data)
    np.testing.assert_allclose(t.grad, reference.grad, rtol=1e-14)


@pytest.mark.parametrize("wrap", [lambda a: a, as_tensor, lambda a: as_tensor(a)[:]])
@pytest.mark.parametrize("swap", [False, True])
@every_operator
def test_an_operand_changed_after_forward(wrap: Any, swap: bool, sign: str) -> None:
    function = OPERATORS[sign]
    array = np.array([1.0, 2.0, 3.0])
    t, reference = leaf(3), leaf(3)
    other, kept = wrap(array), array.copy()
    y = function(other, t) if swap else function(t, other)
    z = function(kept, reference) if swap else function(reference, kept)
    array[...] = 50.0
    y.backward([1.0, 2.0, 3.0])
    z.backward([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(y.data, z.data)
    np.testing.assert_allclose(t.grad, reference.grad, rtol=1e-14)


def test_a_constant_tensor_overwritten_after_forward() -> None:
    t, constant = leaf(3), Tensor([1.0, 2.0, 3.0])
    view = constant[:2]
    y = t * constant
    constant.overwrite()[...] = 50.0
    np.testing.assert_array_equal(view.data, [1.0, 2.0])
    y.backward(np.ones(3))
    np.testing.assert_array_equal(t.grad, [1.0, 2.0, 3.0])


def test_a_constant_that_starts_to_ask_for_a_gradient() -> None:
    """A view made while it was a constant must not change under the graph that reads it."""
    constant, t = Tensor([1.0, 2.0, 3.0]), leaf(3)
    view = constant[:]
    y = t * view
    constant.requires_grad = True
    constant.overwrite()[...] = 50.0
    y.backward(np.ones(3))
    np.testing.assert_array_equal(t.grad, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("build", "op"),
    [
        (lambda t: t * t, "multiply"),
        (lambda t: ops.log(t) + 1.0, "log"),
        (lambda t: t[1:] * 2.0, "getitem"),
        (lambda t: ops.exp(t[1:]), "getitem"),
        (lambda t: t**2.0, "power"),
        (lambda t: (1.0 / t) + t, "divide"),
    ],
)
@pytest.mark.parametrize("way", ["backward", "gradients", "create_graph", "hook"])
def test_an_overwritten_leaf_is_noticed_and_the_op_named(build: Any, op: str, way: str) -> None:
    t = leaf(4)
    y = build(t)
    upstream = np.ones(y.shape)
    t.overwrite()[...] *= 0.5
    if way == "hook":
        t.register_hook(lambda g: None)

    def differentiate() -> None:
        if way in ("backward", "hook"):
            y.backward(upstream)
        else:
            gradients(y, [t], upstream, create_graph=way == "create_graph")

    with pytest.raises(errors.ChangedError, match=op):
        differentiate()
    assert t.grad is None


@pytest.mark.parametrize(
    "build",
    [lambda t: t + 1.0, lambda t: -t, lambda t: t - 2.0, ops.exp, lambda t: t * 3.0],
    ids=["add", "negative", "subtract", "exp", "multiply by a constant"],
)
def test_an_overwritten_leaf_that_no_rule_reads_is_no_trouble(build: Any) -> None:
    t = leaf(4)
    y = build(t)
    before = y.numpy()
    t.overwrite()[...] = 50.0
    y.backward(np.ones(4))
    reference = leaf(4)
    build(reference).backward(np.ones(4))
    np.testing.assert_array_equal(y.data, before)
    np.testing.assert_allclose(t.grad, reference.grad)


def test_after_a_step_the_next_pass_works() -> None:
    t = leaf(4)
    for _ in range(3):
        (t * t).backward(np.ones(4))
        t.overwrite()[...] -= 0.1 * t.grad
        t.zero_grad()
    np.testing.assert_allclose(t.data, leaf(4).data * 0.8**3)


@pytest.mark.parametrize("build", [lambda t: t * 2, lambda t: t[1:], lambda t: t.T, ops.copy])
def test_results_are_read_only(build: Any) -> None:
    y = build(leaf(4))
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 5.0
    with pytest.raises(errors.GradientError):
        y.data = np.ones(4)
    with pytest.raises(errors.GradientError):
        y.overwrite()
    with pytest.raises(ValueError, match=r"read-only|read only"):
        np.add(1.0, 2.0, out=y.data)


@pytest.mark.parametrize("build", [lambda t: t[1:], lambda t: t.T, lambda t: t * 1.0])
def test_what_no_grad_computes_is_independent(build: Any) -> None:
    t = leaf(4)
    with no_grad():
        y = build(t)
    before = y.numpy()
    t.overwrite()[...] = 50.0
    np.testing.assert_array_equal(y.data, before)
    y.data[0] = 7.0
    assert t.data[-1] == 50.0
    assert 7.0 not in t


def test_writing_to_what_a_constant_operation_gave() -> None:
    """Nothing was recorded, so it is a leaf, and may be written to; its source stays."""
    source = Tensor([1.0, 2.0, 3.0])
    view = source[:2]
    view.data[0] = 9.0
    np.testing.assert_array_equal(source.data, [1.0, 2.0, 3.0])
    source.data[1] = 8.0
    np.testing.assert_array_equal(view.data, [9.0, 2.0])


def test_an_upstream_array_changed_by_nobody(rng: np.random.Generator) -> None:
    a, b = leaf(3), leaf(3)
    upstream = rng.normal(size=3)
    kept = upstream.copy()
    y = (a + b) * 1.0 + a
    y.backward(upstream)
    a.grad *= 0.0
    np.testing.assert_array_equal(upstream, kept)
    np.testing.assert_array_equal(b.grad, kept)


def test_gradients_of_two_passes_are_kept_apart() -> None:
    """The gradient of the first pass, kept by the user, does not grow with the second."""
    t = leaf(3)
    y = t * 2.0
    y.backward(np.ones(3))
    first = t.grad
    y.backward(np.ones(3))
    np.testing.assert_array_equal(t.grad, [4.0, 4.0, 4.0])
    np.testing.assert_array_equal(first, [2.0, 2.0, 2.0])


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("through", ["nothing", "add", "reshape", "multiply"])
def test_an_upstream_stays_the_callers(through: str, free: bool) -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    paths = {"nothing": x, "add": x + 1.0, "reshape": x.reshape(3), "multiply": x * 1.0}
    upstream = np.array([5.0, 6.0, 7.0])
    paths[through].backward(upstream, free=free)
    x.grad *= 10.0
    np.testing.assert_array_equal(upstream, [5.0, 6.0, 7.0])
    upstream[...] = 0.0
    np.testing.assert_array_equal(x.grad, [50.0, 60.0, 70.0])
