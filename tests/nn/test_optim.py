"""Optimisers: the update rules, what is skipped, groups, memory, and Values beside Tensors."""

from __future__ import annotations

import itertools
import json
import tracemalloc
import warnings

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, errors
from nn.errors import NoGradientWarning, StateError
from nn.optim import SGD, Adam

SGD_OPTIONS = [
    {"lr": 0.1},
    {"lr": 0.1, "weight_decay": 0.05},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True},
    {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.2},
    {"lr": 0.01, "maximize": True},
    {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1, "maximize": True, "nesterov": True},
    {"lr": 0.0},
]
ADAM_OPTIONS = [
    {},
    {"lr": 0.1},
    {"lr": 0.1, "betas": (0.5, 0.9)},
    {"lr": 0.1, "betas": (0.0, 0.0), "eps": 1e-3},
    {"lr": 0.1, "weight_decay": 0.1},
    {"lr": 0.1, "amsgrad": True},
    {"lr": 0.1, "amsgrad": True, "weight_decay": 0.2, "maximize": True, "eps": 0.1},
    {"lr": 0.1, "maximize": True},
]
CASES = [(SGD, o) for o in SGD_OPTIONS] + [(Adam, o) for o in ADAM_OPTIONS]
IDS = [f"{rule.__name__}-{i}" for i, (rule, _) in enumerate(CASES)]
SHAPES = [(3, 2), (4,), (), (0,)]
STEPS = 20


def streams(rng):
    """Starting points and a gradient for each step."""
    start = [np.asarray(rng.standard_normal(shape)) for shape in SHAPES]
    grads = [[np.asarray(rng.standard_normal(shape)) for shape in SHAPES] for _ in range(STEPS)]
    grads[3][1] = None  # took no part in that step
    return start, grads


def run(rule, options, start, grads):
    params = [Tensor(x, requires_grad=True) for x in start]
    optimiser = rule(params, **options)
    path = []
    for step in grads:
        for parameter, g in zip(params, step, strict=True):
            parameter.grad = None if g is None else g.copy()
        optimiser.step()
        path.append([p.numpy() for p in params])
    return path


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_twenty_steps_equal_pytorch(rule, options, rng):
    torch = pytest.importorskip("torch")
    start, grads = streams(rng)
    theirs = [torch.tensor(x, requires_grad=True) for x in start]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimiser = getattr(torch.optim, rule.__name__)(theirs, **options)
    for mine, step in zip(run(rule, options, start, grads), grads, strict=True):
        for tensor, g in zip(theirs, step, strict=True):
            tensor.grad = None if g is None else torch.from_numpy(g.copy())
        optimiser.step()
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-9, atol=1e-12)


def by_definition(rule, o, start, grads):
    """The rules as they stand in the literature, one scalar at a time. No momentum subtleties."""
    path = []
    state = [np.zeros((3, x.size)) for x in start]
    counts = [0] * len(start)
    ws = [x.ravel().copy() for x in start]
    for step in grads:
        for i, g in enumerate(step):
            if g is None:
                continue
            g = -g.ravel() if o.get("maximize") else g.ravel()
            g = g + o.get("weight_decay", 0.0) * ws[i]
            counts[i] += 1
            t, (m, v, top) = counts[i], state[i]
            if rule is SGD:
                mu = o.get("momentum", 0.0)
                m[...] = g if t == 1 else mu * m + (1 - o.get("dampening", 0.0)) * g
                ws[i] -= o["lr"] * (g if not mu else g + mu * m if o.get("nesterov") else m)
            else:
                b1, b2 = o.get("betas", (0.9, 0.999))
                m[...] = b1 * m + (1 - b1) * g
                v[...] = b2 * v + (1 - b2) * g * g
                top[...] = np.maximum(top, v)
                vhat = (top if o.get("amsgrad") else v) / (1 - b2**t)
                ws[i] -= o.get("lr", 1e-3) * m / (1 - b1**t) / (np.sqrt(vhat) + o.get("eps", 1e-8))
        path.append([w.reshape(x.shape).copy() for w, x in zip(ws, start, strict=True)])
    return path


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_twenty_steps_equal_the_definition(rule, options, rng):
    start, grads = streams(rng)
    expected = by_definition(rule, options, start, grads)
    for mine, theirs in zip(run(rule, options, start, grads), expected, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda p: SGD(p, lr=0.1), [(0.9, -1.5), (0.81, 2.25), (0.729, -3.375)]),
        (lambda p: SGD(p, lr=0.1, momentum=0.9), [(0.9, -1.5), (0.72, 0.0), (0.486, 1.35)]),
        (
            lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
            [(0.81, -3.75), (0.5751, 12.0375), (0.327321, -39.369375)],
        ),
        (
            lambda p: Adam(p, lr=0.1),
            [
                (0.900000001, 0.90000000004),
                (0.8004122297123, 0.8004122277529),
                (0.7015862745045, 0.7015862715123),
            ],
        ),
    ],
)
def test_question_5a_the_bowl(make, expected):
    """f = (w1^2 + 25 w2^2) / 2 from (1, 1), with arrays and with scalars."""
    w = Tensor([1.0, 1.0], requires_grad=True)
    a, b = Value(1.0), Value(1.0)
    arrays, scalars = make([w]), make([a, b])
    for step in expected:
        arrays.zero_grad()
        scalars.zero_grad()
        (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
        (0.5 * (a * a + 25.0 * (b * b))).backward()
        arrays.step()
        scalars.step()
        np.testing.assert_allclose(w.numpy(), step, rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose([a.data, b.data], step, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_values_move_as_tensors_do(rule, options, rng):
    start = rng.standard_normal(5)
    w = Tensor(start, requires_grad=True)
    values = [Value(x) for x in start]
    mixed = rule([values[0], w, *values[1:]], **options)
    for _ in range(STEPS):
        g = rng.standard_normal(5)
        w.grad = g.copy()
        for value, slope in zip(values, g, strict=True):
            value.grad = float(slope)
        mixed.step()
        np.testing.assert_allclose([v.data for v in values], w.numpy(), rtol=1e-14, atol=1e-16)
    assert all(type(v.data) is float for v in values)


@pytest.mark.parametrize("rule", [SGD, Adam])
def test_float32_stays_float32_and_gradients_are_not_touched(rule):
    w = Tensor(np.ones(3, np.float32), requires_grad=True)
    optimiser = rule([w], lr=0.1, weight_decay=0.1, maximize=True)
    g = np.array([1.0, -2.0, 3.0], np.float32)
    w.grad = g.copy()
    optimiser.step()
    np.testing.assert_array_equal(w.grad, g)
    assert w.dtype == np.float32
    arrays = [
        x
        for memory in optimiser.state_dict()["state"].values()
        for x in memory.values()
        if isinstance(x, np.ndarray)
    ]
    assert all(x.dtype == np.float32 for x in arrays)


@pytest.mark.parametrize("options", [{"momentum": 0.9, "weight_decay": 0.1}, {}])
def test_a_parameter_without_a_gradient_is_untouched(options):
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimiser = SGD([a, b], lr=0.1, **options)
    for _ in range(2):
        optimiser.zero_grad()
        (a * 3.0).sum().backward()
        optimiser.step()
    assert b.item() == 1.0
    assert 1 not in optimiser.state_dict()["state"]
    assert a.item() != 1.0


def test_a_warning_once_if_nothing_had_a_gradient():
    w = Tensor([1.0], requires_grad=True)
    optimiser = SGD([w], lr=0.1)
    with pytest.warns(NoGradientWarning, match="no parameter had a gradient"):
        optimiser.step()
    optimiser.step()  # silent: warnings are errors here
    v = Value(1.0)
    scalars = Adam([v])
    with pytest.warns(NoGradientWarning):
        scalars.step()
    v.grad = 1.0
    scalars.step()


def test_a_step_between_forward_and_backward_is_noticed():
    w = Tensor([1.0, 2.0], requires_grad=True)
    y = (w * w).sum()
    w.grad = np.ones(2)
    SGD([w], lr=0.1).step()
    with pytest.raises(errors.ChangedError):
        y.backward()


def test_the_array_asked_for_beforehand_is_the_one_that_moves():
    w = Tensor([1.0], requires_grad=True)
    array = w.data
    w.grad = np.ones(1)
    SGD([w], lr=0.5).step()
    assert w.item() == 0.5
    assert array.tolist() == [0.5]


def test_zero_grad_and_closure():
    w, v = Tensor([2.0], requires_grad=True), Value(3.0)
    optimiser = SGD([w, v], lr=0.1)

    def closure():
        optimiser.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        (v * v).backward()
        return loss

    assert optimiser.step(closure).item() == 4.0
    assert w.item() == pytest.approx(1.6)
    assert v.data == pytest.approx(2.4)
    optimiser.zero_grad()
    assert w.grad is None
    assert v.grad == 0.0


def test_groups_have_options_of_their_own():
    a, b, c = (Tensor([1.0], requires_grad=True) for _ in range(3))
    optimiser = SGD([{"params": [a], "lr": 0.5}, {"params": b}], lr=0.1)
    optimiser.add_param_group({"params": [c], "lr": 0.0, "momentum": 0.9})
    for p in (a, b, c):
        p.grad = np.ones(1)
    optimiser.step()
    assert [p.item() for p in (a, b, c)] == [0.5, 0.9, 1.0]
    optimiser.param_groups[2]["lr"] = np.float64(0.25)
    optimiser.step()
    assert c.item() == pytest.approx(1.0 - 0.25 * 1.9)
    assert repr(optimiser).startswith("SGD(\n  group 0: 1 parameters, lr=0.5")


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_the_state_goes_on_where_it_stopped(rule, options, rng):
    start, grads = streams(rng)
    expected = run(rule, options, start, grads)[-1]
    params = [Tensor(x, requires_grad=True) for x in start]
    values = [Value(1.0), Value(2.0)]
    first = rule([*params, *values], **options)

    def advance(optimiser, steps):
        for step in steps:
            for parameter, g in zip(params, step, strict=True):
                parameter.grad = None if g is None else g.copy()
            values[0].grad, values[1].grad = 1.0, -0.5
            optimiser.step()

    advance(first, grads[:11])
    state = first.state_dict()
    second = rule([*params, *values], lr=77.0)
    second.load_state_dict(state)
    advance(second, grads[11:])
    for p, x in zip(params, expected, strict=True):
        np.testing.assert_allclose(p.numpy(), x, rtol=1e-12, atol=1e-15)
    json.dumps(state["param_groups"])


@pytest.mark.parametrize(("rule", "options"), [(SGD, {"momentum": 0.9}), (Adam, {"amsgrad": True})])
def test_a_state_is_a_copy_both_ways(rule, options):
    w = Tensor([1.0, 2.0], requires_grad=True)
    optimiser = rule([w], **options)

    def step(times):
        for _ in range(times):
            w.grad = np.ones(2)
            optimiser.step()

    def arrays(state):
        return {k: np.copy(x) for k, x in state["state"][0].items()}

    step(2)
    state = optimiser.state_dict()
    before = arrays(state)
    step(2)  # the state must not move along
    for name, x in arrays(state).items():
        np.testing.assert_array_equal(x, before[name])
    optimiser.load_state_dict(state)
    step(2)  # nor after it was loaded
    for name, x in arrays(state).items():
        np.testing.assert_array_equal(x, before[name])
    assert any(not np.array_equal(x, before[k]) for k, x in arrays(optimiser.state_dict()).items())


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(rng):
    def make(*shapes, rule=Adam):
        params = [Tensor(rng.standard_normal(shape), requires_grad=True) for shape in shapes]
        for p in params:
            p.grad = np.ones(p.shape)
        optimiser = rule(params)
        optimiser.step()
        return optimiser

    mine = make((2,), (3,))
    before = mine.state_dict()
    wrong = [
        None,
        {"state": {}},
        make((2,)).state_dict(),
        make((3,), (2,)).state_dict(),
        {**before, "param_groups": before["param_groups"] * 2},
        {**before, "state": {0: {"step": 3}}},
    ]
    for state in wrong:
        with pytest.raises(StateError, match="nothing was changed"):
            mine.load_state_dict(state)
    bad = {**before["param_groups"][0], "lr": -1.0}
    with pytest.raises(errors.OptionError):
        mine.load_state_dict({**before, "param_groups": [bad]})
    assert mine.param_groups[0]["lr"] == 1e-3
    after = mine.state_dict()
    for number, memory in before["state"].items():
        for name, x in memory.items():
            np.testing.assert_array_equal(after["state"][number][name], x)


LEAF = Tensor([1.0], requires_grad=True)


@pytest.mark.parametrize("rule", [SGD, Adam])
@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ([], errors.OptionError),
        ([{"params": []}], errors.OptionError),
        (LEAF, errors.DTypeError),
        (Value(1.0), errors.DTypeError),
        ("weights", errors.DTypeError),
        (3, errors.DTypeError),
        ([np.zeros(2)], errors.DTypeError),
        ([LEAF * 2], errors.DTypeError),
        ([Value(1.0) * 2], errors.DTypeError),
        ([LEAF, LEAF], errors.OptionError),
        ([{"params": [LEAF]}, {"params": [LEAF]}], errors.OptionError),
        ([{"params": [LEAF]}, LEAF], errors.DTypeError),
        ([{"lr": 0.1}], errors.DTypeError),
        ([{"params": [LEAF], "learning_rate": 0.1}], errors.OptionError),
    ],
)
def test_parameters_that_make_no_sense_are_refused(rule, params, kind):
    with pytest.raises(kind):
        rule(params)


def test_a_duplicate_is_named():
    w = Tensor([1.0], requires_grad=True, name="conv1.weight")
    with pytest.raises(errors.OptionError, match=r"conv1\.weight"):
        SGD([w, w])


BAD = [-0.1, float("nan"), float("inf"), "0.1", None, True]


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        *[(SGD, {name: bad}) for name in ("lr", "momentum", "weight_decay") for bad in BAD],
        *[(Adam, {name: bad}) for name in ("lr", "eps", "weight_decay") for bad in BAD],
        *[(Adam, {"betas": bad}) for bad in [(0.9,), 0.9, (1.0, 0.9), (0.9, -0.1), ("a", 0.9)]],
        (SGD, {"dampening": "x"}),
        (SGD, {"nesterov": True}),
        (SGD, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    ],
)
def test_bad_options_are_refused(rule, options):
    with pytest.raises(errors.OptionError, match=next(iter(options))):
        rule([Tensor([1.0], requires_grad=True)], **options)


def test_a_gradient_of_another_shape_is_refused():
    w = Tensor([1.0, 2.0], requires_grad=True)
    for bad in (np.ones(3), np.ones((2, 1)), [1.0, 2.0]):
        w.grad = bad
        with pytest.raises(errors.ShapeError, match="gradient"):
            SGD([w]).step()


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        (SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True}),
        (Adam, {"amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    ],
)
def test_a_step_allocates_nothing(rule, options):
    """After the first step, only what is smaller than one parameter."""
    params = [Tensor(np.ones((100, 100)), requires_grad=True) for _ in range(3)]
    for p in params:
        p.grad = np.ones(p.shape)
    optimiser = rule(params, **options)
    optimiser.step()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        optimiser.step()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 20_000  # a parameter has 80,000 bytes


def test_an_exploding_step_gives_no_warning():
    w = Tensor(np.array([1e38], np.float32), requires_grad=True)
    w.grad = np.array([1e38], np.float32)
    for rule in (SGD, Adam):
        rule([w], lr=1e10).step()


def test_sgd_minimises_a_small_least_squares_problem(rng):
    x, target = rng.standard_normal((30, 3)), np.array([1.0, -2.0, 0.5])
    w = Tensor(np.zeros(3), requires_grad=True)
    for rule, options in itertools.product([SGD, Adam], [{"lr": 0.1}]):
        w.overwrite()[...] = 0.0
        optimiser = rule([w], **options)
        for _ in range(400):
            optimiser.zero_grad()
            ag.mean((ag.matmul(x, w) - x @ target) ** 2).backward()
            optimiser.step()
        np.testing.assert_allclose(w.numpy(), target, atol=1e-4)
