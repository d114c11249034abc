"""detect_anomaly names the op, the node and the user's line; notes leave with their node."""

from __future__ import annotations

import inspect
import math
import os
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, detect_anomaly, errors, gradients, ops, watching
from autograd.watching import Notes, hooks, names, origins


def line() -> int:
    """The line this is called from."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def value(x: float) -> Any:
    return Value(x)


def tensor(x: float) -> Any:
    return Tensor([x, 1.0], requires_grad=True)


both = pytest.mark.parametrize("make", [value, tensor])
Make = Callable[[float], Any]


def here(at: int) -> str:
    return f"{os.path.basename(__file__)}:{at} in "


# --- forward -------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("op", "x"), [(ops.log, 0.0), (ops.log, -1.0), (ops.exp, 1e4)], ids=["inf", "nan", "overflow"]
)
def test_forward_names_op_node_and_line(make: Make, op: Any, x: float) -> None:
    node = make(x)
    at = line() + 2
    with pytest.raises(errors.AnomalyError) as caught, detect_anomaly():
        op(node)
    text = str(caught.value)
    assert "result" in text
    assert op.name in text
    assert type(node).__name__ in text
    assert here(at) in text
    assert "test_forward_names_op_node_and_line" in text


@both
def test_forward_through_an_operator(make: Make) -> None:
    node = make(1.0)
    zero = make(0.0)
    at = line() + 2
    with pytest.raises(errors.AnomalyError) as caught, detect_anomaly():
        _ = node / zero
    assert "divide" in str(caught.value)
    assert here(at) in str(caught.value)


def test_forward_on_many_values() -> None:
    vs = [Value(1e308), Value(1e308), Value(1e308)]
    at = line() + 2
    with pytest.raises(errors.AnomalyError) as caught, detect_anomaly():
        ops.total(vs)
    assert "total" in str(caught.value)
    assert here(at) in str(caught.value)


def test_the_line_is_that_of_the_caller_of_a_public_function() -> None:
    """Functions of this library that stand in between are passed over."""
    t = Tensor([0.0, 1.0], requires_grad=True)
    at = line() + 2
    with pytest.raises(errors.AnomalyError) as caught, detect_anomaly():
        t.log().sum()
    assert here(at) in str(caught.value)


@both
def test_the_first_is_named_not_a_later_one(make: Make) -> None:
    node = make(0.0)
    with pytest.raises(errors.AnomalyError, match="log"), detect_anomaly():
        ops.exp(ops.log(node) * 0.0)


# --- backward ------------------------------------------------------------------------------------


@both
def test_backward_names_op_node_and_line(make: Make) -> None:
    """The forward pass is finite, the slope of the root is not."""
    node = make(0.0)
    node.name = "weight"
    with detect_anomaly():
        at = line() + 1
        root = node**0.5
        top = root * 2.0
    with pytest.raises(errors.AnomalyError) as caught, detect_anomaly():
        top.backward(None if isinstance(top, Value) else np.ones(2))
    text = str(caught.value)
    assert "gradient" in text
    assert "power" in text
    assert here(at) in text
    assert node.grad is None or node.grad == 0.0


@both
def test_backward_without_the_forward_names_the_op(make: Make) -> None:
    node = make(0.0)
    root = node**0.5
    with pytest.raises(errors.AnomalyError, match="power"), detect_anomaly():
        root.backward(None if isinstance(root, Value) else np.ones(2))
    assert node.grad is None or node.grad == 0.0


@both
@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_are_watched_too(make: Make, create_graph: bool) -> None:
    node = make(0.0)
    root = node**0.5
    upstream = None if isinstance(root, Value) else np.ones(2)
    with pytest.raises(errors.AnomalyError), detect_anomaly():
        gradients(root, [node], upstream, create_graph=create_graph)


@both
def test_gradients_of_earlier_passes_survive(make: Make) -> None:
    node = make(0.0)
    seed = None if isinstance(node, Value) else np.ones(2)
    (node * 3.0).backward(seed)
    with pytest.raises(errors.AnomalyError), detect_anomaly():
        (node**0.5).backward(seed)
    assert float(np.asarray(node.grad).reshape(-1)[0]) == 3.0


@both
def test_what_is_finite_passes_unchanged(make: Make) -> None:
    node, same = make(0.3), make(0.3)
    seed = 1.5 if isinstance(node, Value) else np.array([1.5, -2.0])

    def function(x: Any) -> Any:
        return ops.exp(x * 2.0) / (x + 1.0) + x * x

    function(same).backward(seed)
    with detect_anomaly():
        y = function(node)
        y.backward(seed)
    np.testing.assert_array_equal(node.grad, same.grad)
    np.testing.assert_array_equal(gradients(y, [node], seed)[0], same.grad)


# --- in force, and not ---------------------------------------------------------------------------


@both
def test_no_effect_when_off(make: Make) -> None:
    node = make(0.0)
    with detect_anomaly():
        pass
    root = ops.log(node)
    root.backward(None if isinstance(root, Value) else np.ones(2))
    assert math.isinf(np.asarray(node.grad).reshape(-1)[0])
    assert origins.get(root) is None


def test_nested() -> None:
    x = Value(0.0)
    with detect_anomaly():
        with detect_anomaly(), pytest.raises(errors.AnomalyError):
            ops.log(x)
        with pytest.raises(errors.AnomalyError):
            ops.log(x)
    ops.log(x)
    assert not watching.watching


def test_an_error_inside_ends_it() -> None:
    with pytest.raises(KeyError), detect_anomaly():
        raise KeyError
    assert not watching.watching


def test_as_a_decorator() -> None:
    @detect_anomaly()
    def function(x: Value) -> Any:
        return ops.log(x)

    with pytest.raises(errors.AnomalyError):
        function(Value(0.0))
    assert function(Value(1.0)).data == 0.0
    assert not watching.watching


def test_integers_and_constants_are_no_anomaly() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    with detect_anomaly():
        y = t * Tensor(np.array([1, 2])) * np.array([True, False])
        y.backward(np.ones(2))
    np.testing.assert_array_equal(t.grad, [1.0, 0.0])


def test_a_hook_sees_and_may_mend_a_gradient_under_watch() -> None:
    x = Value(2.0)
    h = x * 3.0
    seen: list[float] = []
    h.register_hook(seen.append)
    with detect_anomaly():
        (h * h).backward()
    assert seen == [12.0]
    assert x.grad == 36.0


# --- notes ---------------------------------------------------------------------------------------


def test_notes_leave_with_their_node(no_collector: None) -> None:
    before = [len(table._notes) for table in (names, hooks, origins)]
    with detect_anomaly():
        x = Value(2.0, name="x")
        y = x * x
        y.name = "y"
        t = Tensor([1.0], requires_grad=True, name="t")
        u = t * 2
    for node in (x, y, t, u):
        node.register_hook(lambda g: None)
    assert [len(table._notes) for table in (names, hooks, origins)] == [
        before[0] + 3,
        before[1] + 4,
        before[2] + 2,
    ]
    del x, y, t, u, node
    assert [len(table._notes) for table in (names, hooks, origins)] == before


def test_notes_are_by_identity() -> None:
    notes: Notes[str] = Notes()
    x, y = Tensor([1.0]), Tensor([1.0])
    assert not notes
    notes.put(x, "x")
    assert notes
    assert (notes.get(x), notes.get(y)) == ("x", None)
    notes.put(x, "again")
    assert notes.get(x) == "again"
    notes.drop(x)
    notes.drop(x)
    assert notes.get(x) is None
    assert not notes


def test_a_note_put_twice_leaves_once(no_collector: None) -> None:
    notes: Notes[str] = Notes()
    x = Value(1.0)
    notes.put(x, "first")
    notes.put(x, "second")
    ref = weakref.ref(x)
    del x
    assert ref() is None
    assert not notes


def test_a_name_does_not_pass_to_a_new_node(no_collector: None) -> None:
    for _ in range(200):
        x = Value(1.0, name="old")
        del x
        assert Value(1.0).name is None


def test_a_file_beside_the_packages_is_the_users() -> None:
    """Only files inside the two packages are passed over, not those whose path starts alike."""
    root = os.path.dirname(os.path.dirname(watching.__file__))
    for path in ("autograd_experiments.py", "nn_training.py", os.path.join("nnets", "a.py")):
        assert not os.path.join(root, path).startswith(watching.OURS)
    for path in (os.path.join("autograd", "value.py"), os.path.join("nn", "layers", "linear.py")):
        assert os.path.join(root, path).startswith(watching.OURS)
