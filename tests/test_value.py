"""Value: a float that remembers. Operators both ways round, as a number, and its refusals."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients, ops

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
NUMBERS = [3, 3.0, True, np.float64(3.0), np.float32(3.0), np.int64(3), np.uint8(3), np.bool_(True)]

every_operator = pytest.mark.parametrize("sign", OPERATORS)
every_number = pytest.mark.parametrize("other", NUMBERS, ids=lambda x: type(x).__name__)


# --- operators -----------------------------------------------------------------------------------


@every_operator
@every_number
def test_operators_with_numbers_both_ways(sign: str, other: Any) -> None:
    function = OPERATORS[sign]
    plain = float(other)
    for build, slot in ((lambda v: function(v, other), 0), (lambda v: function(other, v), 1)):
        v = Value(1.7)
        y = build(v)
        assert type(y) is Value
        assert type(y.data) is float
        pair = (1.7, plain) if slot == 0 else (plain, 1.7)
        assert y.data == pytest.approx(function(*pair), rel=1e-15)
        y.backward(0.3)
        step = 1e-6
        ends = [
            function(*((1.7 + s, plain) if slot == 0 else (plain, 1.7 + s))) for s in (step, -step)
        ]
        assert v.grad == pytest.approx(0.3 * (ends[0] - ends[1]) / (2 * step), rel=1e-6, abs=1e-9)


@every_operator
def test_operators_between_values(sign: str) -> None:
    x, y = Value(1.7), Value(0.6)
    z = OPERATORS[sign](x, y)
    assert z.data == OPERATORS[sign](1.7, 0.6)
    assert z.op is not None
    assert z.parents == (x, y)
    assert z.operands == (1.7, 0.6)


@every_operator
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
def test_operators_with_arrays_and_tensors_both_ways(sign: str, shape: tuple[int, ...]) -> None:
    """They make a Tensor; the Value gets the sum of its gradients."""
    function = OPERATORS[sign]
    array = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)
    for wrap in (np.asarray, Tensor, lambda a: Tensor(a, requires_grad=True)):
        for swap in (False, True):
            v = Value(1.7)
            y = function(wrap(array), v) if swap else function(v, wrap(array))
            expected = function(array, 1.7) if swap else function(1.7, array)
            assert type(y) is Tensor
            assert y.shape == shape
            np.testing.assert_allclose(y.data, expected, rtol=1e-15)
            y.backward(np.ones(shape))
            step = 1e-6
            up, down = (
                np.sum(function(array, 1.7 + s) if swap else function(1.7 + s, array))
                for s in (step, -step)
            )
            assert v.grad == pytest.approx((up - down) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_a_value_does_not_change_the_dtype_of_an_array(dtype: Any) -> None:
    array = np.ones(3, dtype)
    assert (Value(2.0) * array).dtype == dtype
    assert (array * Value(2.0)).dtype == dtype
    assert (Tensor(array) - Value(2.0)).dtype == dtype


@pytest.mark.parametrize("bad", [None, "2", 1j, [1.0, 2.0], (1.0,), {}, object(), np.complex64(1)])
@every_operator
def test_operators_refuse_what_is_no_number(sign: str, bad: Any) -> None:
    with pytest.raises(errors.DTypeError, match="number"):
        OPERATORS[sign](Value(2.0), bad)
    with pytest.raises(TypeError):  # ours, or Python's own where the left side speaks first
        OPERATORS[sign](bad, Value(2.0))


def test_unary_operators() -> None:
    x = Value(-1.5)
    assert (-x).data == 1.5
    assert (+x).data == -1.5
    assert abs(x).data == 1.5
    assert round(Value(1.26), 1).data == 1.3
    assert round(Value(1.6)).data == 2.0
    assert gradients(-x, [x]) == [-1.0]
    assert gradients(abs(x), [x]) == [-1.0]
    assert gradients(+x, [x]) == [1.0]
    assert gradients(round(x, 1), [x]) == [0.0]


def test_sum_and_other_builtins() -> None:
    x, y = Value(2.0), Value(3.0)
    total = sum([x, y, x])
    assert total.data == 7.0
    total.backward()
    assert (x.grad, y.grad) == (2.0, 1.0)
    assert sum([x]).data == 2.0
    assert max([x, y]) is y
    assert min(x, y) is x
    assert sorted([y, x])[0] is x
    assert math.prod([x, y]).data == 6.0


@every_operator
def test_in_place_operators_bind_the_name_anew(sign: str) -> None:
    x = Value(2.0)
    y = x
    y = getattr(
        operator, {"+": "iadd", "-": "isub", "*": "imul", "/": "itruediv", "**": "ipow"}[sign]
    )(y, 3.0)
    assert y is not x
    assert x.data == 2.0
    assert y.data == OPERATORS[sign](2.0, 3.0)
    assert y.parents[0] is x


def test_an_array_multiplied_in_place_by_a_value_becomes_a_tensor() -> None:
    array: Any = np.ones(3)
    kept = array
    try:
        array *= Value(2.0)
    except errors.AutogradError:
        pass  # an array cannot hold the result: refusing is right too
    else:
        assert isinstance(array, Tensor)
    np.testing.assert_array_equal(kept, np.ones(3))


# --- comparisons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge"])
@pytest.mark.parametrize("pair", [(1.0, 2.0), (2.0, 1.0), (2.0, 2.0), (math.nan, 1.0)])
def test_comparisons_compare_the_numbers(name: str, pair: tuple[float, float]) -> None:
    function = getattr(operator, name)
    expected = function(*pair)
    for make_left in (Value, float, np.float64):
        for make_right in (Value, float, np.float32):
            if Value in (make_left, make_right):
                got = function(make_left(pair[0]), make_right(pair[1]))
                assert bool(got) is expected
                assert type(got) in (bool, np.bool_)


def test_equality_is_identity() -> None:
    x, y = Value(2.0), Value(2.0)
    assert x == x  # identity is the point
    assert x != y
    assert x != 2.0
    assert x in [y, x]
    assert x not in [y]
    assert len({x, y, x}) == 2
    assert {x: "x"}.get(y) is None
    x.data = 5.0
    assert hash(x) == hash(x)


@pytest.mark.parametrize("bad", ["2", None, 1j, [1.0, 2.0]])
def test_comparisons_with_what_is_no_number(bad: Any) -> None:
    with pytest.raises((errors.AutogradError, TypeError)):
        _ = Value(2.0) < bad


# --- as a number ---------------------------------------------------------------------------------


def test_as_a_number() -> None:
    x = Value(2.7)
    assert float(x) == 2.7
    assert type(float(x)) is float
    assert int(x) == 2
    assert x.item() == 2.7
    assert math.sqrt(x) == math.sqrt(2.7)
    assert f"{float(x):.1f}" == "2.7"
    assert bool(x)
    assert not Value(0.0)
    assert not Value(-0.0)
    array = x.numpy()
    assert array.shape == ()
    assert array == 2.7
    with pytest.raises(TypeError):
        len(x)  # type: ignore[arg-type]  # the point
    with pytest.raises(TypeError):
        iter(x)  # type: ignore[call-overload]  # the point


@pytest.mark.parametrize(
    "data",
    [2, 2.0, True, np.float32(2), np.int8(2), np.array(2.0), np.array([[2.0]]), Tensor([2.0])],
    ids=lambda x: type(x).__name__,
)
def test_what_a_value_is_made_of(data: Any) -> None:
    x = Value(data)
    assert type(x.data) is float
    assert x.data == float(np.asarray(getattr(data, "data", data)).reshape(-1)[0])
    assert x.op is None


@pytest.mark.parametrize("data", [math.inf, -math.inf, math.nan, 5e-324, 1.7e308])
def test_every_float_is_a_value(data: float) -> None:
    assert repr(Value(data).data) == repr(data)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "2.0",
        1j,
        [1.0],
        [],
        np.ones(2),
        np.array("a"),
        np.array([None]),
        {},
        Tensor([1.0, 2.0]),
    ],
    ids=repr,
)
def test_what_a_value_is_not_made_of(bad: Any) -> None:
    with pytest.raises(errors.DTypeError, match=r"one real number.*(use|;)") as caught:
        Value(bad)
    assert isinstance(caught.value, TypeError)


def test_an_integer_beyond_all_floats() -> None:
    with pytest.raises((errors.AutogradError, OverflowError)):
        Value(10**400)


# --- copies --------------------------------------------------------------------------------------


def test_detach_is_a_leaf_of_its_own() -> None:
    x = Value(2.0, name="x")
    y = (x * 3.0).detach()
    assert y.op is None
    assert y.data == 6.0
    (y * x).backward()
    assert x.grad == 6.0


@pytest.mark.parametrize("way", [lambda x: x.copy(), copy.copy])
def test_a_copy_stays_in_the_graph(way: Callable[[Value], Value]) -> None:
    x = Value(2.0)
    y = way(x)
    assert y is not x
    (y * 5.0).backward()
    assert x.grad == 5.0
    assert y.grad == 5.0


@pytest.mark.parametrize("way", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_deep_copy_of_a_leaf_is_a_leaf_of_its_own(way: Callable[[Value], Value]) -> None:
    x = Value(2.0, name="x")
    (x * 3.0).backward()
    y = way(x)
    assert (y.data, y.grad, y.op) == (2.0, 3.0, None)
    y.data = 9.0
    y.backward()
    assert (x.data, x.grad) == (2.0, 3.0)


@pytest.mark.parametrize("way", [copy.deepcopy, pickle.dumps])
def test_a_deep_copy_of_a_result_is_refused(way: Callable[[Value], Any]) -> None:
    """It would have to copy the graph behind it; detach() says what is meant."""
    x = Value(2.0)
    with pytest.raises(errors.GradientError, match="detach"):
        way(x * 3.0)


def test_deep_copies_keep_what_is_shared() -> None:
    x = Value(2.0, name="x")
    pair = copy.deepcopy({"a": x, "b": [x]})
    assert pair["a"].name == "x"
    assert pair["a"] is pair["b"][0]
    assert pair["a"] is not x


# --- names and looks -----------------------------------------------------------------------------


def test_repr_is_short() -> None:
    x = Value(2.0, name="x")
    assert repr(x) == "Value(2, name='x')"
    assert repr(x * 3) == "Value(6, op=multiply)"
    assert repr(Value(1 / 3)) == "Value(0.333333)"
    y = x
    for _ in range(1000):
        y = y * 1.0 + x
    assert len(repr(y)) < 60
    y.name = "the output"
    assert repr(y) == "Value(2002, op=add, name='the output')"


def test_names_come_and_go() -> None:
    x = Value(2.0)
    assert x.name is None
    x.name = "weight"
    assert x.name == "weight"
    x.name = "w"
    assert (x.name, Value(2.0).name, x.detach().name) == ("w", None, None)
    x.name = None
    assert x.name is None


def test_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        Value(2.0).colour = "red"  # type: ignore[attr-defined]  # the point


# --- moving a parameter --------------------------------------------------------------------------


def test_moving_a_leaf_does_not_reach_graphs_made_before() -> None:
    """A node keeps the numbers it was computed from, so its gradient stays right."""
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    assert x.grad == 6.0
    x.data -= 0.5
    assert x.data == 99.5
    assert (x * x).data == 99.5**2


@pytest.mark.parametrize("build", [lambda x: x * x, lambda x: x**2, lambda x: ops.dot([x], [x])])
def test_recorded_gradients_of_a_moved_leaf_are_those_of_the_old_number(build: Any) -> None:
    """They are computed from the nodes themselves: the right number, or an error."""
    x = Value(3.0)
    y = build(x)
    x.data = 100.0
    assert gradients(y, [x]) == [6.0]
    try:
        (first,) = gradients(y, [x], create_graph=True)
    except errors.ChangedError:
        return
    assert first.data == 6.0


def test_operators_on_tables_of_operations() -> None:
    """Methods and functions are the same operation."""
    x = Value(0.3)
    for method, function in (("__add__", ops.add), ("__mul__", ops.multiply)):
        assert getattr(x, method)(2.0).op is function
    assert (x**2).op is ops.power
    assert (2 / x).op is ops.divide
    assert (-x).op is ops.negative
    assert abs(x).op is ops.abs


# --- IEEE arithmetic, also backward --------------------------------------------------------------


def test_division_by_zero_is_infinite_not_an_error() -> None:
    x, zero = Value(1.0), Value(0.0)
    y = x / zero
    assert y.data == math.inf
    y.backward()
    assert x.grad == math.inf
    assert zero.grad == -math.inf
    assert math.isnan((zero / zero).data)


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [(0.0, 0.5, math.inf), (0.0, 0.0, 0.0), (-2.0, 3.0, 12.0), (0.0, 1.0, 1.0), (0.0, 2.0, 0.0)],
)
def test_power_at_the_edge(base: float, exponent: float, expected: float) -> None:
    x = Value(base)
    (x**exponent).backward()
    assert type(x.grad) is float
    assert x.grad == expected


def test_power_of_a_negative_base_with_a_fraction_is_nan() -> None:
    x = Value(-2.0)
    y = x**0.5
    y.backward()
    assert math.isnan(y.data)
    assert type(x.grad) is float
    assert math.isnan(x.grad)


def test_log_at_zero() -> None:
    x = Value(0.0)
    y = ops.log(x)
    y.backward()
    assert (y.data, x.grad) == (-math.inf, math.inf)


def test_overflow_is_infinite() -> None:
    x = Value(1e200)
    y = x**2.0
    assert y.data == math.inf
    assert ops.exp(Value(1e4)).data == math.inf
    assert (Value(1e308) * 10).data == math.inf
