"""The replay is the backward pass: a thousand graphs, bit for bit."""

from __future__ import annotations

import gc
import weakref

import examples
import graphs
import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from autograd.viz.ledger import ledger_of
from autograd.viz.replay import Replay, find_root
from autograd.viz.trace import trace

GRAPHS = 1000


def leaf(x, **options):
    return Tensor(x, requires_grad=True, **options)


def same(x, y):
    """Bit for bit; signs of zero too, and nan is nan."""
    x, y = np.asarray(x), np.asarray(y)
    return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()


def slots_with_a_gradient(replay):
    """(reader, slot, input) where a contribution must arrive, worked out from the graph alone."""
    reached = {replay.root}
    expected = []
    for node in reversed(replay.order):
        if node not in reached and not isinstance(node, Value):
            continue
        for slot, parent in enumerate(node.parents):
            if parent is None or not (node.op.variadic or node.op.rules[slot] is not None):
                continue
            reached.add(parent)
            expected.append((node, slot, parent))
    return expected


def check(root, upstream):
    """The ledgers of a graph against its own backward."""
    root.backward(upstream)
    replay = Replay(root)
    assert [(s.sender, s.slot, s.receiver) for s in replay.sent] == slots_with_a_gradient(replay)
    for node in (*replay.order, *replay.leaves):
        rows = replay.into(node)
        total = root.as_gradient(upstream) if node is root else node.nothing
        for row in rows:
            total = row.amount if total is None else total + row.amount
            assert same(row.total, total)
        if node.grad is None or (isinstance(node, Value) and node not in replay.grads):
            assert not rows
            assert not node.grad
        else:
            assert same(total, node.grad)
            assert same(replay.grads[node], node.grad)
    return replay


def cell_ledgers(replay, rng):
    """For some cells of every node: what their readers sent adds up to the cell's gradient."""
    for node in (*replay.order, *replay.leaves):
        grad = replay.grads.get(node)
        if node is replay.root or np.asarray(grad).dtype.kind != "f" or not np.size(grad):
            continue  # a comparison gets none, whatever stands there
        cells = list(np.ndindex(np.shape(grad)))
        for i in rng.permutation(len(cells))[:2]:
            found = ledger_of(replay, node, cells[i])
            here = float(grad[cells[i]] if cells[i] else grad)
            sizes = [abs(row.contribution) for row in found.rows] + [abs(here)]
            if np.all(np.isfinite(sizes)):
                assert found.total == pytest.approx(here, rel=1e-5, abs=1e-9 * (1 + max(sizes)))
            else:
                np.testing.assert_equal(np.isfinite(found.total), np.isfinite(here))


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_graphs(part):
    rng = np.random.default_rng(part)
    for seed in range(part, GRAPHS, 10):
        root = graphs.random_graph(seed)
        replay = check(root, float(rng.normal()))
        if seed % 5 == part % 5:
            cell_ledgers(replay, rng)


@pytest.mark.parametrize("name", examples.ALL)
def test_examples(name):
    example = examples.ALL[name]()
    check(example.root, example.upstream)


def _conv():
    image = np.random.default_rng(1).normal(size=(3, 1, 6, 6)).astype(np.float32)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, generator=1),
        nn.BatchNorm2d(2),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Dropout(0.5, generator=2),
        nn.GroupNorm(1, 2),
        nn.Flatten(),
        nn.Linear(8, 3, generator=3),
    )
    return nn.CrossEntropyLoss()(model(image), np.array([0, 2, 1]))


def _attention():
    table = nn.Embedding(5, 4, sparse=True, generator=1)
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
    return ag.mean(layer(table(np.array([[0, 3, 1], [2, 2, 4]]))) ** 2)


def _recurrent():
    lstm, gru = nn.LSTM(4, 3, generator=1), nn.GRU(3, 2, generator=2)
    output, _ = gru(lstm(np.ones((3, 2, 4), np.float32))[0])
    return ag.sum(output**2)


@pytest.mark.parametrize("build", [_conv, _attention, _recurrent])
def test_a_look_at_a_network_does_not_change_a_bit(build):
    loss = build()
    first = check(loss, 0.7)
    before = [np.array(first.grads[node]) for node in first.leaves]
    trace(loss)
    for node in first.leaves:
        node.zero_grad()
    loss.backward(0.7)
    for node, grad in zip(first.leaves, before, strict=True):
        assert same(node.grad, grad)


def test_slopes_of_scalars_are_their_rules_at_1():
    x, y = Value(3.0), Value(2.0)
    sent = Replay(x * y + x).sent
    assert [(s.upstream, s.local, s.amount) for s in sent] == [
        (1.0, 1.0, 1.0),
        (1.0, 1.0, 1.0),
        (1.0, 2.0, 2.0),
        (1.0, 3.0, 3.0),
    ]
    t = leaf([1.0, 2.0])
    assert {s.local for s in Replay((t * x).sum()).sent} == {None}


def test_the_root_takes_what_it_was_given():
    x = leaf([1.0, 2.0])
    y = x * 3.0
    with pytest.raises(errors.GradientError, match="shape"):
        Replay(y)
    assert Replay(y, [1.0, 10.0]).grads[x].tolist() == [3.0, 30.0]
    y.backward([2.0, 5.0])
    assert Replay(y).grads[x].tolist() == [6.0, 15.0]  # of the latest backward
    assert Replay(y, [1.0, 1.0]).grads[x].tolist() == [3.0, 3.0]
    v = Value(2.0)
    assert Replay(v * v).grads[v] == 4.0
    with pytest.raises(errors.GradientError, match="requires_grad"):
        Replay(Tensor(1.0))
    with pytest.raises(errors.DTypeError, match="what is shown must be"):
        Replay(3.0)


def test_nothing_changes():
    """A replay leaves gradients, and even the arrays of leaves, as they are."""
    x, w = leaf([1.0, 2.0]), nn.Parameter(np.ones(2))
    array = w._data
    y = ag.sum(x * w)
    y.backward()
    before = x.grad.copy(), w.grad.copy(), y.grad
    check_again = Replay(y, 5.0)
    ledger_of(check_again, x, (1,))
    assert same(x.grad, before[0])
    assert same(w.grad, before[1])
    assert y.grad is before[2]
    assert w._data is array
    assert not any([w.exposed, x.exposed])


def test_the_mistake_of_writing_assign_for_add():
    """With = for +=, the last contribution wins, and what it passes on is wrong as well."""
    x = Value(3.0)
    y = x * x
    z = y + 2.0 * y
    z.backward()
    wrong = Replay(z, assign=True)
    assert (z.grad, y.grad, x.grad) == (1.0, 3.0, 18.0)
    assert wrong.grads[y] in (1.0, 2.0)
    assert wrong.grads[x] == wrong.grads[y] * 3.0
    assert [s.amount for s in Replay(z).into(y)] == [s.amount for s in wrong.into(y)]
    assert wrong.into(y)[-1].total == wrong.grads[y]
    t = leaf([1.0, 2.0])
    assert Replay(ag.sum(t + t), assign=True).grads[t].tolist() == [1.0, 1.0]


def test_gone_and_changed():
    x = leaf([1.0, 2.0])
    y = ag.sum(ag.exp(x))
    y.backward(free=True)
    with pytest.raises(errors.GradientError, match="free=True"):
        Replay(y)
    for f in (lambda x: x * x, lambda x: x + 1.0, lambda x: x.reshape(2, 1)):
        model = nn.Linear(2, 1, generator=1)
        loss = ag.sum(model(f(x)) if f(x).ndim == 1 else f(x))
        loss = loss + ag.sum(model.bias + 0.0)
        loss.backward()
        Replay(loss)
        nn.optim.SGD(model.parameters(), lr=0.1).step()
        with pytest.raises(errors.ChangedError, match="changed in place"):
            Replay(loss)


def test_leaves_are_shown_as_they_were_read():
    v, t = Value(2.0), leaf([1.0, 2.0])
    y = ag.sum(t * v)
    v.data = 7.0
    t.data = [8.0, 9.0]
    seen = Replay(y).seen
    assert seen[v] == 2.0
    assert seen[t].tolist() == [1.0, 2.0]


def test_hooks_are_not_called_again():
    calls = []
    x = Value(3.0)
    y = x * x

    def double(g):
        calls.append(g)
        return 2.0 * g

    y.register_hook(double)
    z = 3.0 * y
    z.backward()
    assert (x.grad, calls) == (36.0, [3.0])
    replay = Replay(z)
    assert replay.grads[x] == 36.0
    assert replay.grads[y] == y.grad == 6.0
    assert [s.total for s in replay.into(y)] == [3.0]  # what arrived, before the hook
    assert Replay(z, 10.0).grads[x] == 180.0  # another pass: the hook was never in it
    assert calls == [3.0]
    y.register_hook(lambda g: 0.0)
    x.zero_grad()
    z.backward()
    assert Replay(z).grads[x] == x.grad == 0.0


def test_a_value_that_nothing_reached_passes_on_its_zero():
    """As in backward: 0 times an infinite slope is nan."""
    x = Value(0.0)
    root = ag.log(x)
    y = ag.greater(root, 1.0) + x
    y.backward()
    check_grad = Replay(y).grads[x]
    assert np.isnan(x.grad)
    assert np.isnan(check_grad)


def test_rows_of_a_table_are_added_as_backward_adds_them(rng):
    table = leaf(rng.normal(size=(4, 3)).astype(np.float32))
    picks = [ag.take(table, rng.integers(0, 4, 50), axis=0, sparse=True) for _ in range(3)]
    rows = ag.sum(ag.concatenate(picks) * rng.normal(size=(150, 3)).astype(np.float32)) * 0.1
    for loss in (rows, rows + ag.sum(table * 0.3)):
        table.zero_grad()
        loss.backward()
        replay = Replay(loss)
        assert all(type(s.amount) is type(s.total) is np.ndarray for s in replay.into(table))
        assert same(replay.grads[table], table.grad)
        total = np.sum([s.amount for s in replay.into(table)], axis=0)
        np.testing.assert_allclose(total, table.grad, rtol=1e-5, atol=1e-6)


def test_the_latest_root():
    x = Value(2.0)
    y, z = x * 3.0, x * 5.0
    y.backward()
    assert find_root(x) is y
    z.backward()
    assert find_root(x) is z
    assert find_root(y) is y
    with pytest.raises(errors.GradientError, match="no backward pass"):
        find_root(Value(1.0))
    del z
    assert find_root(x) is y


def test_no_memory_is_kept(no_collector):
    """Neither the list of latest roots nor a replay that was dropped keeps a graph alive."""
    x = leaf(np.ones(3))
    y = ag.sum(x * 2.0)
    y.backward()
    kept = weakref.ref(y)
    Replay(y)
    del y
    assert kept() is None
    gc.collect()


def test_checkpoints_and_functions():
    class Cube(ag.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved
            return g * 3 * x * x

    for x in (Value(2.0), leaf([1.0, 2.0])):
        w = Value(0.5)
        y = Cube.apply(x) + ag.checkpoint(lambda x, w=w: w * x * x, x)
        y = y if isinstance(x, Value) else y.sum()
        replay = check(y, 1.5)
        for node in (x, w):
            cell = (1,) if isinstance(node, Tensor) else ()
            expected = np.asarray(node.grad)[cell] if cell else node.grad
            assert ledger_of(replay, node, cell).total == pytest.approx(expected)
        assert replay.grads[w] == w.grad


def test_long_chains_do_not_recurse():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + x
    replay = Replay(y)
    assert len(replay.sent) == 40_000
    assert replay.grads[x] == 20_001.0
    assert len(replay.into(x)) == 20_001
