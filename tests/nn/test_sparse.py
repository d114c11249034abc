"""Tables of which few rows are used: layers, optimisers, clipping, training."""

from __future__ import annotations

import math
import tracemalloc
from functools import partial

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import RowGradient, Tensor, Value, errors
from nn import optim
from nn.functional import embedding
from nn.optim import SGD, Adagrad, SparseAdam
from nn.optim.clip import clip_grad_norm_, clip_grad_value_, get_total_norm

pytestmark = pytest.mark.usefixtures("float64")

RULES = [
    partial(SGD, lr=0.1),
    partial(SGD, lr=0.1, maximize=True),
    partial(Adagrad, lr=0.2),
    partial(Adagrad, lr=0.2, lr_decay=0.1, initial_accumulator_value=0.3, eps=1e-3),
    partial(Adagrad, lr=0.2, maximize=True),
    partial(SparseAdam, lr=0.1),
    partial(SparseAdam, lr=0.05, betas=(0.5, 0.9), eps=1e-3, maximize=True),
]
NAMES = [f"{i}-{rule.func.__name__}" for i, rule in enumerate(RULES)]
rules = pytest.mark.parametrize("rule", RULES, ids=NAMES)


def stream(rng, steps=20, rows=12, seen=9):
    """Rows used in each step, repeats included; the last three never, some steps none at all."""
    sizes = rng.integers(0, 8, steps)
    return [rng.integers(0, seen, size) for size in sizes]


def goals(indices, rng):
    return rng.standard_normal((indices.size, 3))


def tables(sparse=True, **options):
    layer = nn.Embedding(12, 3, sparse=sparse, generator=7, **options)
    return layer, layer.weight.numpy()


# --- equal to PyTorch, and to what they mean ------------------------------------------------------


@rules
@pytest.mark.parametrize("padding_idx", [None, 2])
def test_twenty_steps_equal_pytorch(rule, padding_idx, rng):
    torch = pytest.importorskip("torch")
    mine, start = tables(padding_idx=padding_idx)
    theirs = torch.nn.Embedding(12, 3, padding_idx=padding_idx, sparse=True).double()
    theirs.load_state_dict({"weight": torch.tensor(start)})
    step = rule(mine.parameters())
    other = getattr(torch.optim, rule.func.__name__)(theirs.parameters(), **rule.keywords)
    for indices in stream(rng):
        goal = goals(indices, rng)
        for model, o, wrap in ((mine, step, np.asarray), (theirs, other, torch.tensor)):
            o.zero_grad()
            ((model(wrap(indices)) - wrap(goal)) ** 2).sum().backward()
            with torch.sparse.check_sparse_tensor_invariants():
                o.step()
        theirs_now = theirs.weight.detach().numpy()
        np.testing.assert_allclose(mine.weight.numpy(), theirs_now, rtol=1e-9, atol=1e-12)
    expected = other.state_dict()["state"]
    for number, memory in step.state_dict()["state"].items():
        assert memory.keys() == expected[number].keys()
        for name, kept in memory.items():
            goal = np.asarray(expected[number][name])
            np.testing.assert_allclose(kept, goal, rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_arguments_of_sparse_adam_are_those_of_pytorch():
    optimiser = SparseAdam([Tensor([[1.0]], requires_grad=True)])
    assert {k: v for k, v in optimiser.param_groups[0].items() if k != "params"} == {
        "lr": 1e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "maximize": False,
    }


@pytest.mark.parametrize("rule", RULES[:5], ids=NAMES[:5])
def test_rows_alone_or_the_whole_table_give_the_same_numbers(rule, rng):
    """SGD and Adagrad do not move a row whose gradient is 0: so nothing may differ at all."""
    (mine, _), (twin, _) = tables(True, padding_idx=1), tables(False, padding_idx=1)
    steps = [rule(layer.parameters()) for layer in (mine, twin)]
    for indices in stream(rng):
        goal = goals(indices, rng)
        for layer, step in zip((mine, twin), steps, strict=True):
            step.zero_grad()
            ((layer(indices) - goal) ** 2).sum().backward()
            step.step()
        np.testing.assert_array_equal(mine.weight.numpy(), twin.weight.numpy())
    a, b = (step.state_dict()["state"] for step in steps)
    for number in b:
        for name in b[number]:
            np.testing.assert_array_equal(a[number][name], b[number][name])


def test_lazy_adam_is_adam_where_every_row_is_used(rng):
    (mine, _), (twin, _) = tables(True), tables(False)
    steps = [
        SparseAdam(mine.parameters(), lr=0.1, eps=1e-14),
        optim.Adam(twin.parameters(), lr=0.1, eps=1e-14),
    ]
    for _ in range(20):
        indices = np.concatenate([np.arange(12), rng.integers(0, 12, 5)])
        goal = goals(indices, rng)
        for layer, step in zip((mine, twin), steps, strict=True):
            step.zero_grad()
            ((layer(indices) - goal) ** 2).sum().backward()
            step.step()
    np.testing.assert_allclose(mine.weight.numpy(), twin.weight.numpy(), rtol=1e-9)


@rules
def test_other_rows_and_their_memory_stay_as_they_are(rule, rng):
    layer, _ = tables(padding_idx=4)
    step = rule(layer.parameters())
    for indices in [np.arange(12), *stream(rng)]:
        goal = goals(indices, rng)
        step.zero_grad()
        ((layer(indices) - goal) ** 2).sum().backward()
        others = np.setdiff1d(np.arange(12), indices[indices != 4])
        memory = step.state_dict()["state"].get(0, {})
        before = [layer.weight.numpy(), *[x for x in memory.values() if np.ndim(x)]]
        step.step()
        memory = step.state_dict()["state"].get(0, {})
        after = [layer.weight.numpy(), *[x for x in memory.values() if np.ndim(x)]]
        for old, new in zip(before, after, strict=False):
            assert old[others].tobytes() == new[others].tobytes()
        used = np.setdiff1d(indices, [4])
        assert not used.size or (before[0][used] != after[0][used]).any()


@rules
@pytest.mark.usefixtures("no_collector")
def test_a_step_of_a_large_table_makes_nothing_of_its_size(rule, rng):
    rows = 10**6
    layer = nn.Embedding(rows, 2, padding_idx=5, max_norm=50.0, sparse=True, generator=0)
    step = rule(layer.parameters())

    def learn():
        step.zero_grad()
        indices = rng.integers(0, rows, (4, 8))
        indices[0, :2] = 5
        (layer(indices) ** 2).sum().backward()
        layer(indices[1]).sum().backward()
        clip_grad_norm_(layer.parameters(), 1.0)
        clip_grad_value_(layer.parameters(), 0.5)
        step.step()

    if rule.func is not SGD:
        learn()  # the first makes the memory
    tracemalloc.start()
    try:
        for _ in range(3):
            learn()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(layer.weight.grad, RowGradient)
    assert peak < 200_000 < layer.weight.data.nbytes / 50


def test_the_padding_row_is_not_among_the_rows(rng):
    layer, start = tables(padding_idx=4)
    for indices in ([[4, 1], [4, 4]], [4], 4, 1, [1, 2], []):
        layer.zero_grad()
        upstream = rng.standard_normal((*np.shape(indices), 3))
        out = layer(indices)
        out.backward(upstream)
        flat = np.ravel(np.array(indices, int))
        np.testing.assert_array_equal(out.numpy(), start[flat].reshape(out.shape))
        assert layer.weight.grad.indices.tolist() == [i for i in flat if i != 4]
        expected = upstream.reshape(-1, 3)[flat != 4]
        np.testing.assert_array_equal(layer.weight.grad.values, expected)


def test_second_derivatives_through_a_sparse_embedding(rng):
    index = np.array([0, 2, 2, 1])

    def loss(weight):
        return ag.sum(embedding(index, weight, padding_idx=1, sparse=True) ** 3)

    weight = rng.standard_normal((4, 2))
    weight[1] = 0.0  # or the finite difference would see what the padding row does
    ag.gradcheck(loss, weight, order=2)


# --- question 5b ----------------------------------------------------------------------------------


def lazy_adam(uses, lr=0.1, b1=0.9, b2=0.999, eps=1e-8):
    """How far unit gradients at these steps (from 1 on) move a row, from the definition."""
    total = 0.0
    for k, t in enumerate(uses, 1):  # m and v have been decayed k times, not t
        m, v = 1 - b1**k, 1 - b2**k
        total += lr * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (math.sqrt(v) + eps)
    return total


@pytest.mark.parametrize(
    ("rule", "often", "rarely", "atol"),
    [
        (partial(SGD, lr=0.1), 10.0, 1.0, 6e-7),
        (partial(Adagrad, lr=0.1), 1.858960, 0.502100, 6e-7),
        (partial(SparseAdam, lr=0.1), lazy_adam(range(1, 101)), lazy_adam(range(1, 101, 10)), 1e-9),
    ],
)
def test_question_5b_through_an_embedding(rule, often, rarely, atol):
    """Row 0 is used in every step, row 1 in steps 1, 11, 21, ..., and then skipped for good."""
    layer = nn.Embedding(2, 1, sparse=True, generator=0)
    step = rule(layer.parameters())
    moved = np.zeros(2)
    for t in range(100):
        before = layer.weight.numpy().ravel()
        step.zero_grad()
        layer([0, 1] if t % 10 == 0 else [0]).sum().backward()
        step.step()
        far = np.abs(layer.weight.numpy().ravel() - before)
        assert far[1] == 0.0 or t % 10 == 0
        moved += far
    np.testing.assert_allclose(moved, [often, rarely], atol=atol)


# --- who takes rows, and who does not -------------------------------------------------------------

OTHERS = [
    optim.Adam,
    optim.AdamW,
    optim.Adamax,
    optim.NAdam,
    optim.RAdam,
    optim.RMSprop,
    optim.Adadelta,
    optim.ASGD,
    optim.Rprop,
]


def test_every_optimiser_is_in_one_of_the_two_lists():
    known = {*OTHERS, SGD, Adagrad, SparseAdam, optim.LBFGS, optim.Optimizer}
    kinds = {x for x in vars(optim).values() if isinstance(x, type)}
    assert known == {kind for kind in kinds if issubclass(kind, optim.Optimizer)}


@pytest.mark.parametrize("kind", OTHERS)
def test_the_others_refuse_rows_and_move_nothing(kind):
    head = nn.Linear(3, 1, generator=0)
    layer, start = tables()
    weight = head.weight.numpy()
    optimiser = kind([*head.parameters(), *layer.parameters()])
    head(layer([1, 2])).sum().backward()
    words = rf"{kind.__name__}: .*SGD, Adagrad and SparseAdam"
    with pytest.raises(errors.GradientError, match=words):
        optimiser.step()
    np.testing.assert_array_equal(layer.weight.numpy(), start)
    np.testing.assert_array_equal(head.weight.numpy(), weight)
    assert optimiser.state_dict()["state"] == {}


def test_lbfgs_refuses_rows():
    layer, start = tables()
    optimiser = optim.LBFGS(layer.parameters())

    def closure():
        optimiser.zero_grad()
        loss = layer([1, 2]).sum()
        loss.backward()
        return loss

    with pytest.raises(errors.GradientError, match="SparseAdam"):
        optimiser.step(closure)
    np.testing.assert_array_equal(layer.weight.numpy(), start)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (partial(SGD, lr=0.1, momentum=0.9), "momentum=0.9"),
        (partial(SGD, lr=0.1, weight_decay=0.2), "weight_decay=0.2"),
        (partial(Adagrad, lr=0.1, weight_decay=0.2), "weight_decay=0.2"),
    ],
)
def test_what_would_move_all_rows_is_refused(rule, words):
    layer, start = tables()
    head = nn.Linear(3, 1, generator=0)
    optimiser = rule([*head.parameters(), *layer.parameters()])
    head(layer([1, 2])).sum().backward()
    with pytest.raises(errors.GradientError, match=words):
        optimiser.step()
    np.testing.assert_array_equal(layer.weight.numpy(), start)
    groups = [
        {"params": list(head.parameters())},
        {"params": [layer.weight], "momentum": 0.0, "weight_decay": 0.0},
    ]
    if rule.func is SGD:
        rule(groups).step()
        assert (layer.weight.numpy() != start).any(axis=1).tolist().count(True) == 2


def test_sparse_adam_refuses_whole_gradients():
    layer, start = tables()
    head = nn.Linear(3, 1, generator=0)
    optimiser = SparseAdam([*layer.parameters(), *head.parameters()])
    head(layer([1, 2])).sum().backward()
    with pytest.raises(errors.GradientError, match=r"SparseAdam: .*use Adam"):
        optimiser.step()
    np.testing.assert_array_equal(layer.weight.numpy(), start)
    with pytest.raises(errors.GradientError, match="use Adam"):
        SparseAdam([Value(1.0)]).step()


@pytest.mark.parametrize(
    "options", [{"lr": 0.0}, {"lr": "fast"}, {"eps": 0.0}, {"betas": (0.9, 1.0)}, {"betas": 0.9}]
)
def test_bad_options_are_refused_in_a_sentence(options):
    with pytest.raises(errors.OptionError, match=f"SparseAdam: .*{next(iter(options))}"):
        SparseAdam([Tensor([[1.0]], requires_grad=True)], **options)


def test_a_gradient_of_another_table_is_refused():
    layer, _ = tables()
    layer.weight.grad = RowGradient([0], [[1.0]], (12, 1))
    with pytest.raises(errors.ShapeError, match="gradient"):
        SGD(layer.parameters()).step()


def test_tied_weights_learn_as_without_sparse(rng):
    """The table is read by rows, and as the weights of the last layer: the sum is whole."""
    weights = []
    for sparse in (True, False):
        layer, _ = tables(sparse)
        step = SGD(layer.parameters(), lr=0.1, momentum=0.9)
        for indices in ([1, 1, 5], [7, 0, 5]):
            step.zero_grad()
            scores = ag.linear(layer(indices), layer.weight)
            nn.CrossEntropyLoss()(scores, [2, 3, 4]).backward()
            assert isinstance(layer.weight.grad, np.ndarray)
            step.step()
        weights.append(layer.weight.numpy())
    np.testing.assert_allclose(*weights, rtol=1e-12)


# --- clipping -------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [2.0, 1, 3.5, math.inf])
@pytest.mark.parametrize("limit", [0.3, 100.0])
def test_clipping_by_norm_counts_the_sum_of_each_row(power, limit, rng):
    grads = []
    for sparse in (True, False):
        layer, head = tables(sparse)[0], nn.Linear(3, 2, generator=1)
        params = [*layer.parameters(), *head.parameters()]
        head(layer([3, 3, 8, 3])).sum().backward()
        assert get_total_norm([p.grad for p in params], power) == get_total_norm(
            [np.asarray(p.grad) for p in params], power
        )
        grads.append([clip_grad_norm_(params, limit, power), *[p.grad for p in params]])
    mine, expected = grads
    assert isinstance(mine[1], RowGradient)
    for a, b in zip(mine, expected, strict=True):
        np.testing.assert_allclose(np.asarray(a), b, rtol=1e-12)
    assert get_total_norm(mine[1]) == pytest.approx(np.linalg.norm(expected[1]), rel=1e-12)


def test_clipping_by_value_cuts_the_sum_of_each_row():
    layer, _ = tables()
    layer.weight.grad = RowGradient(
        [3, 0, 3], [[0.4, -2.0, 0.1], [-0.2, 9.0, 0.0], [0.4, 1.8, 0.1]], (12, 3)
    )
    clip_grad_value_(layer.parameters(), 0.5)
    rows = layer.weight.grad
    assert isinstance(rows, RowGradient)
    assert rows.indices.tolist() == [0, 3]
    np.testing.assert_allclose(rows.values, [[-0.2, 0.5, 0.0], [0.5, -0.2, 0.2]], rtol=1e-12)


def test_clipping_keeps_float32():
    layer = nn.Embedding(5, 2, sparse=True, generator=0).astype(np.float32)
    (layer([1, 2, 1]) * 9.0).sum().backward()
    clip_grad_norm_(layer.parameters(), np.float64(0.5))
    clip_grad_value_(layer.parameters(), 0.1)
    assert layer.weight.grad.dtype == np.float32
    for rule in (SGD, Adagrad, SparseAdam):
        rule(layer.parameters()).step()
        assert layer.weight.dtype == np.float32


# --- training, saving -----------------------------------------------------------------------------


def model(sparse):
    return nn.Sequential(
        nn.Embedding(20, 4, sparse=sparse, generator=0), nn.Flatten(), nn.Linear(8, 2, generator=1)
    )


def words(rng):
    x = rng.integers(0, 20, (48, 2))
    return nn.DataLoader((x, (x.sum(axis=1) > 20).astype(int)), 8, shuffle=True, generator=3)


@pytest.mark.parametrize("rule", [partial(SGD, lr=0.3), partial(Adagrad, lr=0.3)])
def test_fit_learns_the_same_with_rows(rule):
    weights = []
    for sparse in (True, False):
        net = model(sparse)
        history = nn.fit(
            net,
            words(np.random.default_rng(0)),
            nn.CrossEntropyLoss(),
            rule(net.parameters()),
            epochs=4,
            clip_norm=1.0,
            progress=False,
        )
        weights.append([net.state_dict(), history["loss"]])
        assert history["loss"][-1] < history["loss"][0]
    for name, array in weights[0][0].items():
        np.testing.assert_allclose(array, weights[1][0][name], rtol=1e-9)


def test_lazy_adam_for_the_table_and_adam_for_the_rest(rng):
    table, _, head = net = model(True)
    step = SparseAdam(table.parameters(), lr=0.1)
    rest = optim.Adam(head.parameters(), lr=0.1)
    losses = []
    for _ in range(6):
        for x, y in words(rng):
            net.zero_grad()
            loss = nn.CrossEntropyLoss()(net(x), y)
            loss.backward(free=True)
            step.step()
            rest.step()
        losses.append(float(loss))
    assert losses[-1] < losses[0]


@rules
def test_memory_is_saved_and_loaded(rule, rng, tmp_path):
    def learn(layer, step, count):
        for k in range(count):
            step.zero_grad()
            (layer([k, 3, 3]) ** 2).sum().backward()
            step.step()

    layer, _ = tables()
    step = rule(layer.parameters())
    learn(layer, step, 5)
    nn.save_checkpoint(tmp_path / "c.safetensors", model=layer, optimiser=step)
    learn(layer, step, 3)
    twin = nn.Embedding(12, 3, sparse=True, generator=1)
    other = rule(twin.parameters())
    nn.load_checkpoint(tmp_path / "c.safetensors", model=twin, optimiser=other)
    assert twin.weight.grad is None
    learn(twin, other, 3)
    np.testing.assert_array_equal(twin.weight.numpy(), layer.weight.numpy())


def test_what_reads_gradients_reads_rows(rng):
    from nn.plots.curves import StepRecorder

    net, twin = model(True), model(False)
    records = []
    for each in (net, twin):
        step, record = SGD(each.parameters(), lr=0.1), StepRecorder(each)
        for x, y in words(np.random.default_rng(0)):
            step.zero_grad()
            nn.CrossEntropyLoss()(each(x), y).backward()
            step.step()
            record()
        records.append(record)
    for name, sizes in records[0].gradient_sizes.items():
        np.testing.assert_allclose(sizes, records[1].gradient_sizes[name], rtol=1e-9)
    net.astype(np.float32)
    assert isinstance(net[0].weight.grad, RowGradient)
    assert net[0].weight.grad.dtype == np.float32
    assert "Embedding" in str(nn.summary(net, np.array([[1, 2]])))
