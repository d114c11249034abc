"""The graph: how contributions come together, what stays, what is let go of."""

from __future__ import annotations

import contextlib
import gc
import json
import math
import re
import threading
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients, no_grad, ops, paused_gc
from autograd.graph import Node, contributions, topological_order
from autograd.modes import default_dtype, enable_grad, get_default_dtype
from autograd.ops.arithmetic import gate

QUESTIONS = json.loads(Path(__file__).with_name("questions.json").read_text())


def value(x: float) -> Value:
    return Value(x)


def tensor(x: float) -> Tensor:
    """An array node with one number in it, so that one test text serves both kinds."""
    return Tensor([[x]], requires_grad=True)


def number(x: Any) -> float:
    return float(np.asarray(x).reshape(-1)[0])


both = pytest.mark.parametrize("make", [value, tensor])
Make = Callable[[float], Any]


def relu(x: Any) -> Any:
    return ops.maximum(0.0, x)


# --- one node, several ways ----------------------------------------------------------------------


@both
def test_a_node_added_to_itself(make: Make) -> None:
    x = make(3.0)
    (x + x).backward(0.7 if make is value else [[0.7]])
    assert number(x.grad) == pytest.approx(1.4, rel=1e-15)


@both
def test_a_node_times_itself(make: Make) -> None:
    x = make(3.0)
    (x * x).backward()
    assert number(x.grad) == 6.0


@both
def test_doublings(make: Make) -> None:
    """b = a + a, c = b + b: the classic that plain recursion gets wrong."""
    a = make(1.5)
    b = a + a
    c = b + b
    c.backward()
    assert [number(n.grad) for n in (a, b, c)] == [4.0, 2.0, 1.0]


@both
def test_a_diamond_of_2_to_the_60_paths(make: Make) -> None:
    x = make(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert number(x.grad) == 2.0**60
    assert number(gradients(y, [x])[0]) == 2.0**60


@both
def test_one_node_as_both_inputs_of_max(make: Make) -> None:
    """All of the gradient arrives, once (questions.md 9.2, item 7)."""
    x = make(3.0)
    ops.maximum(x, x).backward()
    assert number(x.grad) == 1.0
    x = make(3.0)
    (x * ops.maximum(x, x)).backward()
    assert number(x.grad) == 6.0


@both
def test_max_of_two_multiples_tied_at_zero(make: Make) -> None:
    x = make(0.0)
    ops.maximum(2 * x, 3 * x).backward()
    assert number(x.grad) == 2.0


@both
def test_a_node_reached_at_several_depths(make: Make) -> None:
    """x is read directly, through one, and through three operations."""
    x = make(0.5)
    deep = ops.tanh(ops.exp(x * 2.0))
    y = x + deep * x + ops.exp(x)
    y.backward()
    t, e = math.tanh(math.exp(1.0)), math.exp(1.0)
    expected = 1 + t + 0.5 * (1 - t * t) * e * 2 + math.exp(0.5)
    assert number(x.grad) == pytest.approx(expected, rel=1e-14)


@both
def test_what_does_not_lead_anywhere_gets_nothing(make: Make) -> None:
    x, unused = make(2.0), make(5.0)
    side = x * unused
    (x * 3.0).backward()
    assert number(x.grad) == 3.0
    assert unused.grad is None or unused.grad == 0.0
    assert side.grad is None or side.grad == 0.0


@both
def test_a_branch_that_only_decides_gets_nothing(make: Make) -> None:
    """A node read only by a comparison has no gradient; the pass goes on beside it."""
    x, w = make(2.0), make(4.0)
    decides = ops.exp(w * x)
    y = gate(x * 3.0, ops.greater(decides, 1.0))
    y.backward()
    assert number(x.grad) == 3.0
    assert w.grad is None or number(w.grad) == 0.0
    assert number(gradients(y, [x])[0]) == 3.0
    assert number(gradients(y, [w])[0]) == 0.0


def test_a_gradient_nobody_asked_for_is_never_computed() -> None:
    calls: list[str] = []

    def rule(name: str) -> Any:
        def slope(g: Any, out: Any, x: Any, y: Any) -> Any:
            calls.append(name)
            return g

        return slope

    op = ops.Op("spy", "spy({}, {})", lambda x, y: x + y, np.add, rule("x"), rule("y"), says="")
    w = Tensor([1.0], requires_grad=True)
    op(w, Tensor([2.0])).backward()
    op(np.ones(1), w).backward()
    op(Value(1.0), 2.0).backward()
    assert calls == ["x", "y", "x"]
    calls.clear()
    op(w, np.ones(1)).backward()
    gradients(op(w, 2.0), [w])
    assert calls == ["x", "x"]


def test_a_comparison_records_nothing_to_go_back_through() -> None:
    """Its result has no gradient to pass on, so backward from it is an error, not a silence."""
    x = Tensor([2.0], requires_grad=True)
    decided = ops.greater(x, 1.0)
    assert decided.dtype == bool
    assert not decided.requires_grad
    with pytest.raises(errors.GradientError):
        decided.backward()


def test_a_value_holds_a_float_whatever_made_it() -> None:
    x = Value(2.0)
    for node in (ops.greater(x, 1.0), ops.equal(x, 1.0), abs(x), round(x), ops.sign(x)):
        assert type(node.data) is float


# --- repeated passes -----------------------------------------------------------------------------


@both
def test_a_second_pass_is_right(make: Make) -> None:
    """Leaves add up over passes; every other node shows the latest pass."""
    x = make(3.0)
    h = x * 2.0
    y = h * h
    y.backward()
    assert (number(x.grad), number(h.grad), number(y.grad)) == (24.0, 12.0, 1.0)
    y.backward()
    assert (number(x.grad), number(h.grad), number(y.grad)) == (48.0, 12.0, 1.0)
    x.zero_grad()
    y.backward()
    assert number(x.grad) == 24.0


@both
def test_two_roots_share_a_subgraph(make: Make) -> None:
    x = make(2.0)
    shared = x * x
    first, second = shared * 3.0, ops.exp(shared)
    first.backward()
    assert (number(x.grad), number(shared.grad)) == (12.0, 3.0)
    second.backward()
    e = math.exp(4.0)
    assert number(shared.grad) == pytest.approx(e, rel=1e-15)
    assert number(x.grad) == pytest.approx(12.0 + 4.0 * e, rel=1e-15)


@both
def test_a_pass_from_the_middle(make: Make) -> None:
    x = make(2.0)
    h = x * x
    y = h * 5.0
    y.backward()
    h.backward()
    assert number(x.grad) == 20.0 + 4.0
    assert number(h.grad) == 1.0


@both
def test_backward_from_a_leaf(make: Make) -> None:
    x = make(2.0)
    x.backward()
    x.backward(2.5 if make is value else [[2.5]])
    assert number(x.grad) == 3.5


@both
def test_a_freed_graph_says_so(make: Make) -> None:
    x = make(3.0)
    h = x * 2.0
    y = h * h
    y.backward(free=True)
    assert number(x.grad) == 24.0
    h.name = "middle"
    for again, which in (
        (y.backward, errors.describe(y)),
        (h.backward, f"{errors.describe(h)} (middle)"),
        (lambda: gradients(y, [x]), errors.describe(y)),
        (lambda: list(contributions(y, 1.0)), errors.describe(y)),
    ):
        expected = f"free=True.*behind {re.escape(which)}, to save.*without free=True"
        with pytest.raises(errors.GradientError, match=expected):
            again()
    assert number(x.grad) == 24.0


@both
def test_a_new_graph_over_a_freed_one_says_so(make: Make) -> None:
    x = make(3.0)
    h = x * 2.0
    (h * h).backward(free=True)
    with pytest.raises(errors.GradientError, match="free"):
        (h * 5.0).backward()
    assert number(x.grad) == 24.0


@both
def test_free_lets_go_of_the_graph(make: Make, no_collector: None) -> None:
    x = make(3.0)
    h = ops.exp(x * 2.0)
    y = h * h
    inner = weakref.ref(h)
    del h
    y.backward(free=True)
    assert inner() is None


# --- upstream gradients --------------------------------------------------------------------------


def test_a_vector_arrives() -> None:
    w = Tensor(QUESTIONS["pool_fc_2_3_6"]["W"])
    p = Tensor([1.0, 2.0], requires_grad=True)
    (w @ p).backward([2, 3, 6])
    np.testing.assert_allclose(p.grad, [2.5, 7.0], rtol=1e-15)


@pytest.mark.parametrize(
    "upstream", [np.ones(2), np.ones((3, 1)), 1.0, np.ones((1, 3)), [1.0, 2.0]], ids=repr
)
def test_an_upstream_of_the_wrong_shape(upstream: Any) -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with pytest.raises(errors.ShapeError, match=r"\(3,\)"):
        y.backward(upstream)
    assert x.grad is None


@pytest.mark.parametrize("upstream", ["text", 1j, None, [1j, 2j, 3j], [None] * 3, [[1], [1, 2]]])
def test_an_upstream_that_is_no_array_of_numbers(upstream: Any) -> None:
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    with pytest.raises(errors.AutogradError):
        (x * 2).backward(upstream)
    assert x.grad is None


@pytest.mark.parametrize("upstream", ["text", 1j, [1.0, 2.0], np.ones(3)])
def test_an_upstream_that_is_no_number(upstream: Any) -> None:
    x = Value(2.0)
    with pytest.raises(errors.AutogradError):
        (x * 2).backward(upstream)
    assert x.grad == 0.0


def test_backward_from_an_array_names_its_shape() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(errors.GradientError, match=r"\(2, 3\).*upstream"):
        (x * 2).backward()


def test_backward_on_what_recorded_nothing_names_the_flag() -> None:
    with pytest.raises(errors.GradientError, match="requires_grad=True"):
        (Tensor([1.0]) * 2).backward()
    with pytest.raises(errors.GradientError, match="requires_grad=True"):
        Tensor([1.0]).backward()
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        y = x * 2
    with pytest.raises(errors.GradientError):
        y.backward()


def test_the_upstream_array_is_not_kept(rng: np.random.Generator) -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    upstream = rng.normal(size=3)
    before = upstream.copy()
    y = x + 0.0
    y.backward(upstream)
    x.grad[0] = 99.0
    np.testing.assert_array_equal(upstream, before)
    upstream[1] = 77.0
    assert 77.0 not in x.grad


# --- whose gradient array is it ------------------------------------------------------------------


def test_gradients_of_two_leaves_are_two_arrays() -> None:
    """`add` hands one array to both sides; changing one gradient must not change the other."""
    a, b = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    y = a + b
    y.backward(np.array([1.0, 2.0, 3.0]))
    a.grad *= 10
    np.testing.assert_array_equal(b.grad, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(y.grad, [1.0, 2.0, 3.0])
    b.grad[0] = -1
    np.testing.assert_array_equal(a.grad, [10.0, 20.0, 30.0])


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_gradients_are_arrays_that_can_be_written_to(shape: tuple[int, ...]) -> None:
    for function in (
        lambda x: x + 1.0,
        lambda x: x * x,
        lambda x: x.sum() if shape else x + x,
        lambda x: ops.broadcast_to(x, (4, *shape)).sum(),
        lambda x: -x,
    ):
        x = Tensor(np.full(shape, 2.0, np.float32), requires_grad=True)
        y = function(x)
        for _ in range(3):
            y.backward(np.ones(y.shape))
            assert isinstance(x.grad, np.ndarray)
            assert x.grad.dtype == np.float32
            assert x.grad.shape == shape
            x.grad *= 0.5
            x.grad[...] = 1.0


@pytest.mark.parametrize("times", [1, 2])
def test_every_gradient_of_a_scalar_graph_is_a_float(times: int) -> None:
    x = Value(np.float64(0.5))
    y = ops.exp(x) * np.float64(2.0) + x ** np.float32(2.0) + np.int64(3) * x + (x > 0) * x
    for _ in range(times):
        y.backward()
    assert all(type(n.grad) is float and type(n.data) is float for n in (x, y))


# --- very deep graphs ----------------------------------------------------------------------------


def test_a_chain_of_a_million_values(no_collector: None) -> None:
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + x
    assert repr(y) == "Value(1e+06, op=add)"
    y.backward()
    assert x.grad == 1_000_001.0
    assert gradients(y, [x]) == [1_000_001.0]
    inner = weakref.ref(y.a)
    del y
    assert inner() is None


def test_a_chain_of_a_million_values_let_go_of_on_the_way(no_collector: None) -> None:
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + x
    y.backward(free=True)
    assert x.grad == 1_000_001.0


def test_a_chain_of_a_hundred_thousand_tensors(no_collector: None) -> None:
    x = Tensor([1.0, -2.0], requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + x
    assert repr(y) == "Tensor([ 100001., -200002.], op=add)"
    y.backward([1.0, 0.5])
    np.testing.assert_array_equal(x.grad, [100_001.0, 50_000.5])
    inner = weakref.ref(y.parents[0])
    del y
    assert inner() is None


def test_a_chain_with_both_kinds_of_node(no_collector: None) -> None:
    x = Value(1.0)
    w = Tensor([1.0], requires_grad=True)
    y: Any = x
    for _ in range(5_000):
        y = (y * w).sum().value() + x
    y.backward()
    assert x.grad == 5_001.0
    assert w.grad[0] == pytest.approx(5_000 * 5_001 / 2)
    inner = weakref.ref(y.parents[0])
    del y
    assert inner() is None


def test_recorded_gradients_of_a_long_chain() -> None:
    x = Value(1.0)
    y = x
    for _ in range(50_000):
        y = y * x
    (first,) = gradients(y, [x], create_graph=True)
    assert first.data == 50_001.0
    (second,) = gradients(first, [x])
    assert second == pytest.approx(50_001.0 * 50_000.0)


# --- freeing at once -----------------------------------------------------------------------------


def _value_graph() -> tuple[Any, list[Any]]:
    x = Value(0.5)
    h = ops.exp(x * 2.0) + x
    return h * h, [x]


def _tensor_graph() -> tuple[Any, list[Any]]:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    h = ops.exp(x * 2.0) + x
    return (h * h).sum(), [x]


def _many_graph() -> tuple[Any, list[Any]]:
    xs = [Value(float(i)) for i in range(4)]
    return ops.dot(xs[:2], xs[2:]) * ops.total(xs), xs


def _mixed_graph() -> tuple[Any, list[Any]]:
    v, t = Value(0.5), Tensor([1.0, 2.0], requires_grad=True)
    return (v * t).sum().value() * v, [v, t]


graphs = pytest.mark.parametrize("build", [_value_graph, _tensor_graph, _many_graph, _mixed_graph])


@graphs
@pytest.mark.parametrize("use", ["forward", "backward", "gradients", "create_graph", "hook"])
def test_dropping_the_root_frees_the_graph(build: Any, use: str, no_collector: None) -> None:
    root, inputs = build()
    order, _ = topological_order(root)
    refs = [weakref.ref(node) for node in order]
    del order
    assert len(refs) > 2
    if use == "backward":
        root.backward()
    elif use == "gradients":
        gradients(root, inputs)
    elif use == "create_graph":
        first = gradients(root, inputs, create_graph=True)
        more = [weakref.ref(n) for g in first for n in topological_order(g)[0]]
        refs += more
        del first
    elif use == "hook":
        root.register_hook(lambda g: None)
        root.name = "root"
        root.backward()
    del root
    assert [ref() for ref in refs] == [None] * len(refs)


@graphs
def test_an_error_in_backward_keeps_nothing_alive(build: Any, no_collector: None) -> None:
    root, _ = build()

    def refuse(_: Any) -> None:
        raise ZeroDivisionError

    root.register_hook(refuse)
    with contextlib.suppress(ZeroDivisionError):
        root.backward()
    inner = weakref.ref(root)
    del root
    assert inner() is None


def _live_nodes() -> int:
    return sum(issubclass(type(x), Node) for x in gc.get_objects())


def test_a_thousand_training_steps_leave_nothing_behind(no_collector: None) -> None:
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(3, 2)), requires_grad=True)
    v = Value(0.1)
    x = rng.normal(size=(5, 3))

    def step() -> None:
        loss = (ops.tanh(x @ w) * v).sum()
        loss.backward()
        (first,) = gradients((w * w).sum(), [w], create_graph=True)
        (first * first).sum().backward()
        w.overwrite()[...] -= 1e-3 * w.grad
        v.data -= 1e-3 * v.grad
        w.zero_grad()
        v.zero_grad()

    for _ in range(20):
        step()
    nodes = _live_nodes()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(1_000):
            step()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert _live_nodes() == nodes
    assert grown < 20_000


# --- hooks ---------------------------------------------------------------------------------------


@both
def test_a_hook_on_a_leaf_sees_the_gradient_of_the_pass_once(make: Make) -> None:
    x = make(3.0)
    seen: list[float] = []
    x.register_hook(lambda g: seen.append(number(g)))
    y = x * x + x
    y.backward()
    y.backward()
    assert seen == [7.0, 7.0]
    assert number(x.grad) == 14.0


@both
def test_a_hook_on_an_inner_node_sees_the_whole(make: Make) -> None:
    x = make(3.0)
    h = x * 2.0
    seen: list[float] = []
    h.register_hook(lambda g: seen.append(number(g)))
    (h * h + h).backward()
    assert seen == [13.0]


@both
def test_hooks_replace_in_order(make: Make) -> None:
    x = make(3.0)
    h = x * 2.0
    calls: list[str] = []

    def double(g: Any) -> Any:
        calls.append("double")
        return g * 2

    def shift(g: Any) -> Any:
        calls.append("shift")
        return g + 1

    h.register_hook(double)
    h.register_hook(shift)
    (h * 1.0).backward()
    assert calls == ["double", "shift"]
    assert number(h.grad) == 3.0
    assert number(x.grad) == 6.0


@both
def test_a_removed_hook_is_gone(make: Make) -> None:
    x = make(3.0)
    first = x.register_hook(lambda g: g * 10)
    second = x.register_hook(lambda g: g * 2)
    first.remove()
    (x * 1.0).backward()
    assert number(x.grad) == 2.0
    second.remove()
    second.remove()
    (x * 1.0).backward()
    assert number(x.grad) == 3.0


@both
def test_one_function_as_two_hooks(make: Make) -> None:
    """Taking one of them off leaves the other."""

    def double(g: Any) -> Any:
        return g * 2

    x = make(1.0)
    hook = x.register_hook(double)
    x.register_hook(double)
    (x * 1.0).backward()
    assert number(x.grad) == 4.0
    hook.remove()
    x.zero_grad()
    (x * 1.0).backward()
    assert number(x.grad) == 2.0


@both
def test_a_hook_may_remove_itself(make: Make) -> None:
    x = make(1.0)

    def once(g: Any) -> Any:
        hook.remove()
        return g * 5

    hook = x.register_hook(once)
    other: list[float] = []
    x.register_hook(lambda g: other.append(number(g)))
    y = x * 1.0
    y.backward()
    y.backward()
    assert number(x.grad) == 6.0
    assert other == [5.0, 1.0]


@both
def test_a_hook_that_fails_leaves_the_gradients(make: Make) -> None:
    x, w = make(3.0), make(2.0)
    h = x * w
    y = h * h
    y.backward()
    before = number(x.grad), number(w.grad)

    def refuse(_: Any) -> None:
        raise KeyError("stop")

    for node in (x, h, y):
        hook = node.register_hook(refuse)
        with pytest.raises(KeyError):
            y.backward()
        hook.remove()
        assert (number(x.grad), number(w.grad)) == before
    y.backward()
    assert number(x.grad) == 2 * before[0]


def test_a_hook_must_keep_the_shape() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    x.register_hook(lambda g: np.ones(2))
    with pytest.raises(errors.ShapeError):
        (x * 2).sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("where", ["a", "b", "y"])
def test_a_hook_that_writes_into_its_gradient_reaches_nobody_else(where: str) -> None:
    """`add` passes one array to both sides: a hook on one must not change the other's."""
    a, b = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    y = a + b
    nodes = {"a": a, "b": b, "y": y}

    def scribble(g: Any) -> None:
        g *= 100.0

    nodes[where].register_hook(scribble)
    with contextlib.suppress(ValueError):  # refusing the write is as good
        y.backward([1.0, 2.0, 3.0])
        for name in "ab":
            if name != where and where != "y":
                np.testing.assert_array_equal(nodes[name].grad, [1.0, 2.0, 3.0])


def test_a_hook_on_what_gets_no_gradient_is_not_called() -> None:
    x, w = Tensor([2.0], requires_grad=True), Tensor([4.0], requires_grad=True)
    called: list[Any] = []
    w.register_hook(called.append)
    gate(x * 3.0, ops.greater(w, 1.0)).backward()
    assert called == []


def test_a_hook_does_not_keep_its_node_alive(no_collector: None) -> None:
    x = Tensor([1.0], requires_grad=True)
    hook = x.register_hook(lambda g: None)
    ref = weakref.ref(x)
    del x
    assert ref() is None
    hook.remove()


def test_gradients_are_the_same_with_a_hook_in_force(rng: np.random.Generator) -> None:
    """Hooks take another path through the pass; it must give the same numbers."""
    x = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    v = Value(0.3)
    y = (ops.tanh(x @ rng.normal(size=(3, 2))) * v).sum().value() * v
    y.backward()
    expected = x.grad.copy(), v.grad
    x.zero_grad()
    v.zero_grad()
    hook = Value(1.0).register_hook(lambda g: g)
    x.register_hook(lambda g: None)
    y.backward()
    np.testing.assert_array_equal(x.grad, expected[0])
    assert v.grad == expected[1]
    hook.remove()


# --- errors on the way ---------------------------------------------------------------------------


def _broken_op() -> Any:
    def refuse(g: Any, out: Any, x: Any) -> Any:
        raise ArithmeticError("broken rule")

    return ops.Op("broken", "broken({})", lambda x: x, np.negative, refuse, says="fails")


@both
@pytest.mark.parametrize("free", [False, True])
def test_a_rule_that_fails_leaves_the_gradients_of_leaves(make: Make, free: bool) -> None:
    x, w = make(3.0), make(5.0)
    (x * w).backward()
    y = _broken_op()(x * 2.0) * w + x
    with pytest.raises(ArithmeticError, match="broken rule"):
        y.backward(free=free)
    assert (number(x.grad), number(w.grad)) == (5.0, 3.0)
    (x * w).backward()
    assert (number(x.grad), number(w.grad)) == (10.0, 6.0)


def test_a_rule_that_gives_a_wrong_shape_is_named() -> None:
    op = ops.Op("odd", "odd({})", None, np.exp, lambda g, out, x: np.ones(7), says="wrong")
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(errors.AutogradError, match="odd"):
        op(x).backward(np.ones((2, 3)))
    assert x.grad is None


# --- gradients() ---------------------------------------------------------------------------------


@both
def test_gradients_touch_no_grad(make: Make) -> None:
    x = make(3.0)
    h = x * x
    y = h * 2.0
    before = x.grad, h.grad, y.grad
    got = gradients(y, [x, h, y])
    assert [number(g) for g in got] == [12.0, 2.0, 1.0]
    assert (x.grad, h.grad, y.grad) == before


@both
def test_gradients_of_the_unreachable_are_zeros(make: Make) -> None:
    x, far = make(3.0), make(4.0)
    y = x * 2.0
    behind = y * far  # reads y; y does not read it
    for create_graph in (False, True):
        first, second, third = gradients(y, [far, x, behind], create_graph=create_graph)
        first, second, third = (getattr(g, "data", g) for g in (first, second, third))
        assert (number(first), number(second), number(third)) == (0.0, 2.0, 0.0)
        assert np.shape(first) == np.shape(far.data)


@both
def test_gradients_want_a_list_of_nodes(make: Make) -> None:
    """A Tensor is iterable: its rows would be new nodes, and their gradients zeros."""
    x = make(3.0)
    for inputs in (x, [2.0], [None], None, np.ones(2)):
        with pytest.raises((errors.AutogradError, TypeError)):
            gradients(x * x, inputs)
    for root in (3.0, np.ones(2), None):
        with pytest.raises((errors.AutogradError, TypeError)):
            gradients(root, [x])


def test_an_input_that_is_a_constant_to_the_graph_is_no_silent_zero() -> None:
    """The root does depend on it; only the flag is missing."""
    constant, w = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=True)
    y = (constant * w).sum()
    with pytest.raises(errors.GradientError, match="requires_grad"):
        gradients(y, [constant, w])


def test_gradients_of_the_same_input_twice() -> None:
    x = Value(3.0)
    assert gradients(x * x, [x, x]) == [6.0, 6.0]


def test_gradients_with_respect_to_an_inner_node_and_what_lies_behind() -> None:
    x = Value(2.0)
    h = x * x
    y = h * h + x
    assert gradients(y, [h, x]) == [8.0, 33.0]


@both
def test_three_orders(make: Make) -> None:
    x = make(1.3)
    y = ops.exp(x * 2.0) * x
    orders = []
    for _ in range(3):
        (y,) = gradients(y, [x], create_graph=True)
        orders.append(number(y.data))
    e = math.exp(2.6)
    expected = [e * (2 * 1.3 + 1), e * (4 * 1.3 + 4), e * (8 * 1.3 + 12)]
    np.testing.assert_allclose(orders, expected, rtol=1e-13)


@both
def test_recorded_gradients_can_be_backed_through(make: Make) -> None:
    x = make(1.5)
    (first,) = gradients(x * x * x, [x], create_graph=True)
    (first * first).backward()
    assert number(x.grad) == pytest.approx(2 * 3 * 1.5**2 * 6 * 1.5)


@both
def test_a_recorded_gradient_of_a_linear_function(make: Make) -> None:
    """It is a constant: its own gradient is zero, not an error."""
    x = make(1.5)
    (first,) = gradients(x * 3.0 + x, [x], create_graph=True)
    assert number(first.data) == 4.0
    assert number(gradients(first, [x])[0]) == 0.0


def test_recorded_gradients_follow_a_recorded_upstream() -> None:
    x, u = Value(3.0), Value(0.5)
    (first,) = gradients(x * x, [x], u, create_graph=True)
    assert first.data == 3.0
    assert gradients(first, [x, u]) == [1.0, 6.0]


def test_recorded_gradients_across_both_kinds(rng: np.random.Generator) -> None:
    a = rng.normal(size=4)
    v, t = Value(0.7), Tensor(a, requires_grad=True)
    y = (ops.exp(v * t)).sum().value()
    dv, dt = gradients(y, [v, t], create_graph=True)
    assert isinstance(dv, Value)
    assert isinstance(dt, Tensor)
    e = np.exp(0.7 * a)
    assert dv.data == pytest.approx(np.sum(a * e))
    np.testing.assert_allclose(dt.data, 0.7 * e)
    dvv, dvt = gradients(dv, [v, t])
    assert dvv == pytest.approx(np.sum(a * a * e))
    np.testing.assert_allclose(dvt, e * (1 + 0.7 * a))
    mix = rng.normal(size=4)
    dtv, dtt = gradients(dt, [v, t], mix)
    assert dtv == pytest.approx(np.sum(mix * e * (1 + 0.7 * a)))
    np.testing.assert_allclose(dtt, mix * 0.49 * e)


# --- both kinds in one graph ---------------------------------------------------------------------


def test_a_value_in_an_array_expression_gets_the_sum(rng: np.random.Generator) -> None:
    a, upstream = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    v = Value(1.5)
    y = v * a
    assert isinstance(y, Tensor)
    y.backward(upstream)
    assert v.grad == pytest.approx(np.sum(upstream * a), rel=1e-14)
    assert type(v.grad) is float


def test_a_value_on_both_sides_of_the_border() -> None:
    v = Value(2.0)
    t = Tensor([1.0, 3.0], requires_grad=True)
    y = (v * t).sum().value() * v  # v * v * (1 + 3)
    y.backward()
    assert v.grad == 16.0
    np.testing.assert_array_equal(t.grad, [4.0, 4.0])


def test_stack_of_values(rng: np.random.Generator) -> None:
    vs = [Value(x) for x in (1.0, 2.0, 3.0)]
    t = ops.stack([vs[0], vs[1], vs[2], vs[0]])
    assert isinstance(t, Tensor)
    assert t.shape == (4,)
    t.backward([1.0, 10.0, 100.0, 1000.0])
    assert [v.grad for v in vs] == [1001.0, 10.0, 100.0]


def test_one_number_of_a_tensor_is_a_value() -> None:
    t = Tensor([[2.0]], requires_grad=True)
    v = t.value()
    assert isinstance(v, Value)
    (v * v).backward()
    np.testing.assert_array_equal(t.grad, [[4.0]])
    with pytest.raises(errors.ShapeError, match=r"\(2,\)"):
        Tensor([1.0, 2.0]).value()


def test_a_value_taken_from_a_constant_is_a_leaf() -> None:
    v = Tensor([2.0]).value()
    (v * 3.0).backward()
    assert v.grad == 3.0


def test_float32_and_float64_in_one_graph(rng: np.random.Generator) -> None:
    """Each input gets its gradient in its own dtype."""
    a, b = rng.normal(size=3).astype(np.float32), rng.normal(size=3)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    v = Value(0.5)
    z = x * y * v
    assert z.dtype == np.float64
    z.backward(np.ones(3))
    assert (x.grad.dtype, y.grad.dtype, type(v.grad)) == (np.float32, np.float64, float)
    np.testing.assert_allclose(x.grad, b * 0.5, rtol=1e-6)
    np.testing.assert_allclose(y.grad, a * 0.5, rtol=1e-14)
    assert (x * v).dtype == np.float32
    first = gradients(z, [x], np.ones(3), create_graph=True)[0]
    assert first.dtype == np.float32


# --- modes ---------------------------------------------------------------------------------------


def _records() -> bool:
    return (Tensor([1.0], requires_grad=True) * 2).requires_grad


def test_no_grad_nests_and_restores() -> None:
    with no_grad():
        assert not _records()
        with no_grad():
            assert not _records()
        assert not _records()
        with enable_grad():
            assert _records()
        assert not _records()
    assert _records()


def test_no_grad_restores_after_an_error() -> None:
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert _records()


def test_no_grad_as_a_decorator() -> None:
    @no_grad()
    def inside(deeper: int) -> list[bool]:
        return [_records(), *(inside(deeper - 1) if deeper else [])]

    assert inside(2) == [False] * 3
    assert _records()
    assert inside(1) == [False] * 2
    assert inside.__name__ == "inside"


def test_no_grad_is_for_one_thread() -> None:
    inside, outside = threading.Event(), threading.Event()
    seen: list[bool] = []

    def work() -> None:
        with no_grad():
            inside.set()
            outside.wait(10)
            seen.append(_records())

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    seen.append(_records())
    outside.set()
    thread.join()
    assert seen == [True, False]


def test_values_record_under_no_grad() -> None:
    x = Value(3.0)
    with no_grad():
        y = x * x
        (x * 1.0).backward()
    y.backward()
    assert x.grad == 7.0


def test_backward_inside_no_grad() -> None:
    x = Tensor([3.0], requires_grad=True)
    y = x * x
    with no_grad():
        y.backward()
        assert gradients(y, [x])[0][0] == 6.0
    assert x.grad[0] == 6.0


def test_paused_gc_nests_and_keeps_what_it_found() -> None:
    assert gc.isenabled()
    with paused_gc():
        assert not gc.isenabled()
        with paused_gc():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with paused_gc():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
    with pytest.raises(KeyError), paused_gc():
        raise KeyError
    assert gc.isenabled()


def test_default_dtype_nests_and_refuses_integers() -> None:
    before = get_default_dtype()
    with default_dtype(np.float64):
        assert get_default_dtype() == np.float64
        with default_dtype("float32"):
            assert get_default_dtype() == np.float32
        assert get_default_dtype() == np.float64
    assert get_default_dtype() == before
    for bad in (int, complex, str):
        with pytest.raises(errors.DTypeError), default_dtype(bad):
            pass


# --- the questions: 1, 2 and 4, in scalars and in arrays -----------------------------------------


FC = QUESTIONS["pool_fc_2_3_6"]
WAYS = {
    "identity": (lambda z: z, FC["W"], FC["dP_identity"]),
    "relu": (relu, FC["W"], FC["dP_relu"]),
    "ones": (lambda z: z, np.ones((3, 2)).tolist(), FC["dP_all_ones_W"]),
    "sigmoid": (
        lambda z: 1.0 / (1.0 + ops.exp(-z)),
        FC["W"],
        [-0.15775187, 0.39528042],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_question_1_the_next_layer_is_fully_connected(way: str) -> None:
    f, weights, expected = WAYS[way]
    tolerance = 1e-8 if way == "sigmoid" else 1e-14
    p = Tensor(FC["P"], requires_grad=True)
    f(Tensor(weights) @ p).backward(FC["dFC"])
    np.testing.assert_allclose(p.grad, expected, atol=tolerance)

    ps = [Value(x) for x in FC["P"]]
    for row, upstream in zip(weights, FC["dFC"], strict=True):
        f(sum(w * x for w, x in zip(row, ps, strict=True))).backward(upstream)
    np.testing.assert_allclose([x.grad for x in ps], expected, atol=tolerance)


def test_question_1_with_pooling_in_front() -> None:
    before = [[1.0, 4, 2, 0], [3, 2, 7, 5]]
    expected = [[0, 2.5, 0, 0], [0, 0, 7, 0]]
    cells = [[Value(x) for x in row] for row in before]
    pooled = []
    for left in (0, 2):
        a, b = cells[0][left : left + 2]
        c, d = cells[1][left : left + 2]
        pooled.append(ops.maximum(ops.maximum(a, b), ops.maximum(c, d)))
    assert [p.data for p in pooled] == [4.0, 7.0]
    root = sum(
        u * (r[0] * pooled[0] + r[1] * pooled[1]) for u, r in zip(FC["dFC"], FC["W"], strict=True)
    )
    root.backward()
    assert [[x.grad for x in row] for row in cells] == expected

    t = Tensor(before, requires_grad=True)
    (Tensor(FC["W"]) @ ops.stack([t[:, :2].max(), t[:, 2:].max()])).backward(FC["dFC"])
    np.testing.assert_array_equal(t.grad, expected)


def _readers(shape: tuple[int, int], window: int) -> list[list[tuple[int, int]]]:
    """For each window position, row by row, the cells it reads, row by row."""
    rows, columns = shape[0] - window + 1, shape[1] - window + 1
    return [
        [(i + m, j + n) for m in range(window) for n in range(window)]
        for i in range(rows)
        for j in range(columns)
    ]


def test_question_1_the_next_layer_is_a_convolution() -> None:
    q = QUESTIONS["pool_conv"]
    kernel = [w for row in q["K"] for w in row]
    upstream = [g for row in q["G"] for g in row]
    cells = {(i, j): Value(1.0 + 3 * i + j) for i in range(3) for j in range(3)}
    t = Tensor(np.arange(9.0).reshape(3, 3), requires_grad=True)
    by_values: Any = 0.0
    by_arrays: Any = 0.0
    for window, g in zip(_readers((3, 3), 2), upstream, strict=True):
        by_values = by_values + g * sum(w * cells[at] for w, at in zip(kernel, window, strict=True))
        by_arrays = by_arrays + g * sum(w * t[at] for w, at in zip(kernel, window, strict=True))
    by_values.backward()
    by_arrays.backward()
    got = [[cells[i, j].grad for j in range(3)] for i in range(3)]
    assert got == q["dP"]
    np.testing.assert_array_equal(t.grad, q["dP"])


def test_question_1_overlapping_windows_add_up() -> None:
    q = QUESTIONS["pool_overlap"]
    upstream = [g for row in q["up"] for g in row]
    cells = {(i, j): Value(q["x"][i][j]) for i in range(3) for j in range(3)}
    t = Tensor(np.array(q["x"], float), requires_grad=True)
    winners = []
    for window, g in zip(_readers((3, 3), 2), upstream, strict=True):
        best = cells[window[0]]
        for at in window[1:]:
            best = ops.maximum(best, cells[at])
        winners.append(best.data)
        best.backward(g)
        (i, j), _, _, (k, m) = window
        t[i : k + 1, j : m + 1].max().backward(g)
    assert winners == [y for row in q["y"] for y in row]
    got = [[cells[i, j].grad for j in range(3)] for i in range(3)]
    np.testing.assert_allclose(got, q["dx"], atol=1e-15)
    np.testing.assert_allclose(t.grad, q["dx"], atol=1e-15)


def test_question_2_one_max_over_four() -> None:
    z = [0.5, 2.0, -1.0, 1.5]
    vs = [Value(x) for x in z]
    top = ops.maximum(ops.maximum(vs[0], vs[1]), ops.maximum(vs[2], vs[3]))
    (0.3 * (1.5 * top) + -0.2 * (-0.5 * top)).backward()
    assert top.grad == pytest.approx(0.55, rel=1e-15)
    np.testing.assert_allclose([v.grad for v in vs], [0, 0.55, 0, 0], rtol=1e-15)

    t = Tensor(z, requires_grad=True)
    top = t.max()
    (Tensor([1.5, -0.5]) * top).backward([0.3, -0.2])
    np.testing.assert_allclose(t.grad, [0, 0.55, 0, 0], rtol=1e-15)


def test_question_2_jacobian_rows_are_one_hot() -> None:
    expected = [[0, 1, 0], [0, 1, 0]]
    vs = [Value(x) for x in (1.0, 3.0, 2.0)]
    rows = [gradients(ops.maximum(vs[i], vs[i + 1]), vs) for i in range(2)]
    assert rows == expected
    t = Tensor([1.0, 3.0, 2.0], requires_grad=True)
    y = ops.maximum(t[:2], t[1:])
    for row, seed in zip(expected, np.eye(2), strict=True):
        np.testing.assert_array_equal(gradients(y, [t], seed)[0], row)


def test_question_2_each_channel_has_its_own_winner() -> None:
    t = Tensor([[[1.0, 4], [3, 2]], [[2, 6], [7, 2]]], requires_grad=True)
    t.max(axis=(1, 2)).backward([1, 2])
    np.testing.assert_array_equal(t.grad, [[[0, 1], [0, 0]], [[0, 0], [2, 0]]])


LAYERS = {"one": ["w1"], "two": ["w2", "w1"], "three": ["w3", "w2", "w1"]}


@both
@pytest.mark.parametrize("net", LAYERS)
def test_question_4_relu_chains(make: Make, net: str) -> None:
    q = QUESTIONS["relu_chain"]
    nodes = {name: make(q[name]) for name in ["x", *LAYERS[net]]}
    h = nodes["x"]
    for name in LAYERS[net]:
        h = relu(nodes[name] * h)
    cost = 0.5 * (q["y"] - h) ** 2
    cost.backward()
    assert (number(h.data), number(cost.data)) == (q[net]["yhat"], q[net]["C"])
    for name in ("x", *LAYERS[net]):
        assert number(nodes[name].grad) == q[net]["d" + name]


@both
def test_question_4_one_step_downhill(make: Make) -> None:
    q = QUESTIONS["relu_chain"]

    def cost(w3: Any) -> Any:
        h = w3 * q["x"]
        for w in (q["w2"], q["w1"]):
            h = w * relu(h)
        return 0.5 * (q["y"] - relu(h)) ** 2

    w3 = make(q["w3"])
    before = cost(w3)
    before.backward()
    assert number(before.data) == 4.5
    after = cost(make(q["w3"] - 0.01 * number(w3.grad)))
    assert number(after.data) == pytest.approx(3.1752, abs=1e-12)


@both
def test_question_4_a_dead_unit_passes_exactly_nothing(make: Make) -> None:
    w1, w2, x, b = make(0.5), make(-4.0), make(2.0), make(0.0)
    out = relu(w1 * relu(w2 * x) + b)
    (0.5 * (3.0 - out) ** 2).backward()
    assert [number(n.grad) for n in (w1, w2, x, b)] == [0.0] * 4


@both
@pytest.mark.parametrize(("weight", "slope"), [(1.0, 1.0), (0.5, 9.765625e-4), (2.0, 1024.0)])
def test_question_4_ten_layers(make: Make, weight: float, slope: float) -> None:
    x = make(1.0)
    h = x
    for _ in range(10):
        h = relu(weight * h)
    h.backward()
    assert number(x.grad) == slope


@both
def test_question_4_ten_sigmoids_vanish(make: Make) -> None:
    x = make(1.0)
    h = x
    for _ in range(10):
        h = 1.0 / (1.0 + ops.exp(-h))
    h.backward()
    assert number(x.grad) == pytest.approx(2.784767175817587e-7, rel=1e-12)
