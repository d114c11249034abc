"""The nudge check: every operation of the table, kinks, curvature, sizes, precision, budgets."""

from __future__ import annotations

import graphs
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, maximum
from autograd.viz.explain import nudge as module
from autograd.viz.explain.nudge import nudge
from autograd.viz.replay import Replay


def tried(root, node, cell=(), upstream=None):
    replay = Replay(root, upstream)
    total = replay.grads[node]
    return nudge(replay, node, cell, float(total[cell] if cell else total))


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: 7 * x, 2.0, 7.0),
        (lambda x: x * x, 3.0, 6.0),
        (lambda x: x.exp(), 40.0, np.exp(40.0)),
        (lambda x: x.exp(), -40.0, np.exp(-40.0)),
        (lambda x: 1 / x, 1e-5, -1e10),
        (lambda x: x.log(), 1e-8, 1e8),
        (lambda x: x * x, 1e10, 2e10),
        (lambda x: 3 * x, 1e300, 3.0),
        (lambda x: x.tanh(), 30.0, 0.0),
        (lambda x: ag.sin(100 * x), 0.3, 100 * np.cos(30.0)),
        (lambda x: 1e12 + x, 0.5, 1.0),
        (lambda x: x + 1e-9 * x * x, 2.0, 1.0),
    ],
)
def test_the_slope_is_that_of_the_function(f, x, slope):
    x = Value(x)
    found = tried(f(x), x)
    assert found.kind == "slope"
    assert found.agrees
    assert found.right == pytest.approx(slope, rel=3e-3, abs=1e-12)
    assert found.up == pytest.approx(found.right * found.step)


def test_a_simple_slope_takes_a_readable_step():
    x = Value(2.0)
    assert tried(7 * x, x).step == 0.01
    large = Value(5432.0)
    assert tried(7 * large, large).step == 10.0


@pytest.mark.parametrize("wrong", [6.9, -7.0, 0.0, np.nan])
def test_a_wrong_ledger_is_found_out(wrong):
    x = Value(2.0)
    assert not nudge(Replay(7 * x), x, (), wrong).agrees


def test_a_wrong_ledger_of_zero_is_found_out():
    x = Value(3.0)
    assert not nudge(Replay(x * x), x, (), 0.0).agrees
    assert not nudge(Replay(x * 0.0), x, (), 1.0).agrees


@pytest.mark.parametrize("power", [2, 3, 4])
def test_the_bottom_of_a_bowl_is_flat(power):
    x = Value(0.0)
    found = tried(x**power, x)
    assert found.kind == "flat"
    assert found.agrees
    assert not nudge(Replay(x**power), x, (), 1.0).agrees


@pytest.mark.parametrize(
    ("f", "left", "right"),
    [
        (lambda x: abs(x), -1.0, 1.0),
        (lambda x: x.relu(), 0.0, 1.0),
        (lambda x: 3 * maximum(x, 0.0) + x, 1.0, 4.0),
        (lambda x: maximum(x * x, x), 0.0, 1.0),
    ],
)
def test_a_kink_has_two_slopes(f, left, right):
    x = Value(0.0)
    found = tried(f(x), x)
    assert found.kind == "kink"
    assert found.agrees
    assert (found.left, found.right) == pytest.approx((left, right), abs=0.02)
    assert not nudge(Replay(f(x)), x, (), right + 1.0).agrees


@pytest.mark.parametrize("margin", [0.1, 0.005, 1e-4, 1e-5])
def test_a_loser_close_behind_still_does_not_move_it(margin):
    ahead, behind = Value(5.0), Value(5.0 - margin)
    y = 7 * maximum(ahead, behind)
    assert tried(y, behind).up == 0.0
    assert tried(y, behind).agrees
    assert tried(y, ahead).right == pytest.approx(7.0)


def test_steps_and_edges():
    x = Value(2.0)
    stairs = tried(ag.floor(x), x)
    assert stairs.kind == "jump"
    assert stairs.down == -1.0
    zero = Value(0.0)
    edge = tried(ag.sqrt(zero), zero)
    assert edge.kind == "one side"
    assert np.isnan(edge.down)
    broken = Value(np.inf)
    assert tried(broken * 2, broken).kind == "none"


def test_a_node_in_the_middle_is_nudged_as_if_the_graph_were_cut():
    x = Value(3.0)
    h = x * x
    y = h * 4 + x
    assert tried(y, h).right == pytest.approx(4.0)


def test_a_root_of_many_cells_is_weighed_by_its_upstream():
    t = Tensor([1.0, 2.0], requires_grad=True)
    y = t * t
    found = tried(y, t, (1,), [10.0, 0.5])
    assert found.ledger == 2.0
    assert found.agrees


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_precision_of_the_arrays_does_not_matter(dtype, rng):
    t = Tensor(rng.normal(size=(4, 3)).astype(dtype), requires_grad=True)
    w = Tensor(rng.normal(size=(5, 3)).astype(dtype), requires_grad=True)
    y = ag.tanh(ag.matmul(t, w.T)).sum()
    for cell in [(0, 0), (3, 2)]:
        assert tried(y, t, cell).agrees
        assert tried(y, w, cell).agrees


def test_a_change_of_dtype_on_the_way_is_allowed_for(rng):
    t = Tensor(rng.normal(size=3), requires_grad=True)
    y = ag.astype(ag.exp(t), np.float32).sum()
    assert tried(y, t, (1,)).agrees


@pytest.mark.parametrize("case", graphs.TABLE, ids=lambda case: case.key)
def test_every_operation(case):
    """What moving an input does is what the operation's rule says."""
    rng = np.random.default_rng(7)
    operands = case.sample.draw(rng, None)
    params = case.sample.params(case.op, operands)
    slots = case.gradients(operands)
    given = [
        Tensor(x, requires_grad=True) if i in slots and np.size(x) else x
        for i, x in enumerate(operands)
    ]
    root = case.record(given, params)
    if not isinstance(root, Tensor) or not root.requires_grad:
        return  # a comparison: nothing passes it
    if case.sample.symmetric:
        return  # the rule is that of a symmetric matrix, of which no cell moves alone
    replay = Replay(root, rng.normal(size=root.shape))
    for leaf in replay.leaves:
        cell = tuple(int(rng.integers(n)) for n in leaf.shape)
        found = nudge(replay, leaf, cell, float(replay.grads.get(leaf, np.zeros(leaf.shape))[cell]))
        assert found is not None
        assert found.agrees, found


def test_random_graphs_of_every_operation():
    found = 0
    for seed in range(60):
        root = graphs.random_graph(seed)
        replay = Replay(root, np.random.default_rng(seed).normal(size=np.shape(root.data)))
        for node in replay.leaves[:3]:
            if node not in replay.grads:
                continue
            grad = replay.grads[node]
            cell = tuple(n // 2 for n in np.shape(grad))
            told = nudge(replay, node, cell, float(grad[cell] if cell else grad))
            if told is not None and told.kind == "slope":
                found += 1
                assert told.agrees, (seed, told)
    assert found > 50


def test_too_much_work_is_not_begun(monkeypatch):
    x = Value(1.0)
    y = x
    for _ in range(100):
        y = y * 1.01
    assert tried(y, x) is not None
    monkeypatch.setattr(module, "MOST_WORK", 99)
    assert tried(y, x) is None


def test_nothing_in_the_graph_changes(rng):
    t = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    h = ag.exp(t)
    y = h.sum()
    y.backward()
    before = t.grad.copy(), h.data.copy(), h.grad.copy()
    tried(y, t, (1, 1))
    for then, now in zip(before, (t.grad, h.data, h.grad), strict=True):
        assert np.array_equal(then, now)
    y.backward()
    assert np.array_equal(t.grad, 2 * before[0])
