"""The adaptive optimisers: equal to PyTorch, to their definitions, and to question 5."""

from __future__ import annotations

import json
import math
import tracemalloc
import warnings

import numpy as np
import pytest

from autograd import Tensor, Value, errors
from nn.errors import NoGradientWarning, StateError
from nn.optim import SGD, Adam
from nn.optim.adam import AdamW
from nn.optim.adam_family import Adamax, NAdam, RAdam
from nn.optim.adaptive import Adadelta, Adagrad, RMSprop
from nn.optim.asgd import ASGD
from nn.optim.rprop import Rprop

OPTIONS = {
    Adagrad: [
        {},
        {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.1},
        {"lr": 0.1, "initial_accumulator_value": 0.3, "eps": 0.01},
        {"lr": 0.1, "maximize": True, "weight_decay": 0.05},
    ],
    Adadelta: [
        {},
        {"lr": 0.5, "rho": 0.7, "eps": 1e-3},
        {"weight_decay": 0.2, "maximize": True},
        {"maximize": True},
    ],
    RMSprop: [
        {},
        {"lr": 0.1, "alpha": 0.5, "eps": 0.01},
        {"lr": 0.1, "centered": True},
        {"lr": 0.02, "momentum": 0.9},
        {"lr": 0.02, "momentum": 0.9, "centered": True, "weight_decay": 0.1, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.1},
    ],
    Adam: [{"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}],
    AdamW: [
        {},
        {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.5},
        {"lr": 0.1, "amsgrad": True, "maximize": True, "eps": 0.1},
        {"lr": 0.1, "weight_decay": 0.0},
    ],
    Adamax: [
        {},
        {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.1},
        {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
    ],
    NAdam: [
        {},
        {"lr": 0.1, "betas": (0.5, 0.9), "momentum_decay": 0.3, "eps": 0.01},
        {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
    ],
    RAdam: [
        {},
        {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.01},
        {"lr": 0.1, "betas": (0.5, 0.5)},  # never sure enough
        {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
    ],
    ASGD: [
        {},
        {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 3},
        {"lr": 0.1, "lambd": 0.01, "weight_decay": 0.1, "t0": 10, "maximize": True},
        {"lr": 0.1, "t0": -5.0, "alpha": 0.0},
    ],
    Rprop: [
        {},
        {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (0.05, 0.3)},
        {"lr": 0.1, "maximize": True},
    ],
}
CASES = [(rule, options) for rule, several in OPTIONS.items() for options in several]
IDS = [f"{rule.__name__}-{i}" for rule, several in OPTIONS.items() for i in range(len(several))]
RULES = list(OPTIONS)
SHAPES = [(3, 2), (4,), (), (0,)]
STEPS = 20


def streams(rng, dtype=np.float64):
    """Starting points and a gradient for each step; one is missing, some are 0."""
    start = [np.asarray(rng.standard_normal(shape), dtype) for shape in SHAPES]
    grads = [[np.asarray(rng.standard_normal(s), dtype) for s in SHAPES] for _ in range(STEPS)]
    grads[3][1] = None
    grads[5][0][1] = 0.0
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
    return path, optimiser


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_twenty_steps_equal_pytorch(rule, options, dtype, rng):
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # ASGD and NAdam keep numbers in this precision
    start, grads = streams(rng, dtype)
    theirs = [torch.tensor(x, requires_grad=True) for x in start]
    tolerance = (1e-9, 1e-12) if dtype is np.float64 else (1e-4, 1e-5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            optimiser = getattr(torch.optim, rule.__name__)(theirs, **options)
        for mine, step in zip(run(rule, options, start, grads)[0], grads, strict=True):
            for tensor, g in zip(theirs, step, strict=True):
                tensor.grad = None if g is None else torch.from_numpy(g.copy())
            optimiser.step()
            for a, b in zip(mine, theirs, strict=True):
                assert a.dtype == dtype
                np.testing.assert_allclose(a, b.detach().numpy(), *tolerance)
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("rule", RULES)
def test_defaults_are_those_of_pytorch(rule):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.optim, rule.__name__)([torch.zeros(1)]).defaults
    mine = rule([Tensor([0.0], requires_grad=True)]).defaults
    assert mine == {name: theirs[name] for name in mine}
    machinery = {"foreach", "capturable", "differentiable", "fused"}
    assert theirs.keys() - mine.keys() <= machinery


def by_definition(rule, o, w, g, s):
    """One step of one scalar, as the papers (and PyTorch's notes) write it."""
    lr = o.get("lr", 1e-2)
    wd = o.get("weight_decay", 0.01 if rule is AdamW else 0.0)
    g = -g if o.get("maximize") else g
    if rule is AdamW or o.get("decoupled_weight_decay"):
        w *= 1 - o.get("lr", 2e-3 if rule is NAdam else 1e-3) * wd
    else:
        g += wd * w
    s["t"] = t = s.get("t", 0) + 1
    if rule is Adagrad:
        s["G"] = s.get("G", o.get("initial_accumulator_value", 0.0)) + g * g
        rate = lr / (1 + (t - 1) * o.get("lr_decay", 0.0))
        return w - rate * g / (math.sqrt(s["G"]) + o.get("eps", 1e-10))
    if rule is Adadelta:
        rho, eps = o.get("rho", 0.9), o.get("eps", 1e-6)
        s["v"] = rho * s.get("v", 0.0) + (1 - rho) * g * g
        d = g * math.sqrt(s.get("u", 0.0) + eps) / math.sqrt(s["v"] + eps)
        s["u"] = rho * s.get("u", 0.0) + (1 - rho) * d * d
        return w - o.get("lr", 1.0) * d
    if rule is RMSprop:
        a = o.get("alpha", 0.99)
        s["v"] = a * s.get("v", 0.0) + (1 - a) * g * g
        s["m"] = a * s.get("m", 0.0) + (1 - a) * g
        spread = s["v"] - s["m"] ** 2 if o.get("centered") else s["v"]
        d = g / (math.sqrt(max(spread, 0.0)) + o.get("eps", 1e-8))
        s["b"] = o.get("momentum", 0.0) * s.get("b", 0.0) + d
        return w - lr * s["b"]
    if rule is ASGD:
        lambd, eta = o.get("lambd", 1e-4), s.get("eta", lr)
        s["eta"] = lr / (1 + lambd * lr * t) ** o.get("alpha", 0.75)
        return w - eta * (g + lambd * w)
    if rule is Rprop:
        down, up = o.get("etas", (0.5, 1.2))
        low, high = o.get("step_sizes", (1e-6, 50))
        turn = g * s.get("g", 0.0)
        s["size"] = s.get("size", lr) * (up if turn > 0 else down if turn < 0 else 1.0)
        s["size"] = min(max(s["size"], low), high)
        s["g"] = 0.0 if turn < 0 else g
        return w - math.copysign(s["size"], g) * (s["g"] != 0.0)
    b1, b2 = o.get("betas", (0.9, 0.999))
    s["m"] = b1 * s.get("m", 0.0) + (1 - b1) * g
    s["v"] = b2 * s.get("v", 0.0) + (1 - b2) * g * g
    m = s["m"] / (1 - b1**t)
    eps = o.get("eps", 1e-8)
    if rule is Adamax:
        s["inf"] = max(b2 * s.get("inf", 0.0), abs(g) + eps)
        return w - o.get("lr", 2e-3) * m / s["inf"]
    if rule is NAdam:
        psi = o.get("momentum_decay", 4e-3)
        mu = [b1 * (1 - 0.5 * 0.96 ** (i * psi)) for i in range(1, t + 2)]
        look = mu[t] * s["m"] / (1 - math.prod(mu)) + (1 - mu[t - 1]) * g / (1 - math.prod(mu[:t]))
        return w - o.get("lr", 2e-3) * look / (math.sqrt(s["v"] / (1 - b2**t)) + eps)
    lr = o.get("lr", 1e-3)
    if rule is RAdam:
        top = 2 / (1 - b2) - 1
        rho = top - 2 * t * b2**t / (1 - b2**t)
        if rho <= 5:
            return w - lr * m
        r = math.sqrt((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho))
        return w - lr * m * r * math.sqrt(1 - b2**t) / (math.sqrt(s["v"]) + eps)
    s["top"] = max(s.get("top", 0.0), s["v"])
    v = s["top"] if o.get("amsgrad") else s["v"]
    return w - lr * m / (math.sqrt(v / (1 - b2**t)) + eps)


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_twenty_steps_equal_the_definition(rule, options, rng):
    start, grads = streams(rng)
    path, _ = run(rule, options, start, grads)
    for i, x in enumerate(start):
        for index in np.ndindex(x.shape):
            w, memory = float(x[index]), {}
            for mine, step in zip(path, grads, strict=True):
                if step[i] is not None:
                    w = by_definition(rule, options, w, float(step[i][index]), memory)
                assert mine[i][index] == pytest.approx(w, rel=1e-9, abs=1e-12)


def test_the_average_of_asgd_is_the_mean_of_the_weights(rng):
    start, grads = streams(rng)
    path, optimiser = run(ASGD, {"lr": 0.1, "t0": 4}, start, grads)
    mean = optimiser.state_dict()["state"][0]["ax"]
    np.testing.assert_allclose(mean, np.mean([p[0] for p in path[5:]], axis=0), rtol=1e-12)
    _, never = run(ASGD, {"lr": 0.1}, start, grads)
    np.testing.assert_array_equal(never.state_dict()["state"][0]["ax"], never._units[0][0].open())


# --- question 5 ---------------------------------------------------------------------------------

RATE = {"lr": 0.1}
BOWL = [
    (
        Adagrad,
        RATE,
        [
            (0.90000000001, 0.9000000000004),
            (0.8331035268523, 0.8331035268383),
            (0.7804561813655, 0.7804561813488),
        ],
    ),
    (
        RMSprop,
        {"lr": 0.1, "alpha": 0.99},
        [(1.0e-7, 4.0e-9), (-5.04e-10, -2.02e-11), (5.09e-12, 2.04e-13)],
    ),
    (
        Adadelta,
        {"lr": 1.0},
        [
            (0.9968377381511, 0.9968377223651),
            (0.9935981984077, 0.9935981660204),
            (0.9903090828008, 0.9903090333563),
        ],
    ),
]


@pytest.mark.parametrize(("rule", "options", "expected"), BOWL)
def test_question_5a_the_bowl(rule, options, expected):
    """f = (w1^2 + 25 w2^2) / 2 from (1, 1), with arrays and with scalars."""
    w, a, b = Tensor([1.0, 1.0], requires_grad=True), Value(1.0), Value(1.0)
    arrays, scalars = rule([w], **options), rule([a, b], **options)
    tolerance = 6e-3 if rule is RMSprop else 1e-12  # published with three digits
    for step in expected:
        arrays.zero_grad()
        scalars.zero_grad()
        (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
        (0.5 * (a * a + 25.0 * (b * b))).backward()
        arrays.step()
        scalars.step()
        np.testing.assert_allclose(w.numpy(), step, rtol=tolerance)
        np.testing.assert_allclose([a.data, b.data], w.numpy(), rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize(("rate", "size"), [(0.079, 0.0063), (0.080, 1.0), (0.081, 140.0)])
def test_question_5a_gradient_descent_is_stable_below_2_over_25(rate, size):
    w = Tensor([1.0, 1.0], requires_grad=True)
    optimiser = SGD([w], lr=rate)
    for _ in range(200):
        optimiser.zero_grad()
        (0.5 * (w * w * [1.0, 25.0]).sum()).backward()
        optimiser.step()
    assert abs(w.numpy()[1]) == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_question_5_the_first_step(size):
    def first(rule, **options):
        w = Tensor([0.0], requires_grad=True)
        w.grad = np.array([size])
        rule([w], **options).step()
        return -w.item()

    for rule in (Adam, AdamW, Adagrad, Adamax):
        assert first(rule, lr=0.02) == pytest.approx(0.02, rel=1e-4)
    assert first(RMSprop, lr=0.02) == pytest.approx(0.2, rel=1e-3)
    assert first(RMSprop, lr=0.02, alpha=0.75) == pytest.approx(0.04, rel=1e-3)
    assert first(Rprop, lr=0.02) == pytest.approx(0.02)


# --- what all share -----------------------------------------------------------------------------


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


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_the_state_goes_on_where_it_stopped(rule, options, rng):
    start, grads = streams(rng)
    expected = run(rule, options, start, grads)[0]
    _, first = run(rule, options, start, grads[:11])
    state = first.state_dict()
    json.dumps(state["param_groups"])
    params = [Tensor(x, requires_grad=True) for x in expected[10]]
    second = rule(params, lr=77.0)
    second.load_state_dict(state)
    before = {k: np.copy(x) for k, x in state["state"][0].items()}
    for step, there in zip(grads[11:], expected[11:], strict=True):
        for parameter, g in zip(params, step, strict=True):
            parameter.grad = None if g is None else g.copy()
        second.step()
        for p, x in zip(params, there, strict=True):
            np.testing.assert_array_equal(p.numpy(), x)
    for name, x in before.items():  # the state that was handed over did not move along
        np.testing.assert_array_equal(state["state"][0][name], x)


@pytest.mark.parametrize("rule", RULES)
def test_a_state_that_does_not_fit_is_refused(rule):
    def make(*shape):
        w = Tensor(np.ones(shape), requires_grad=True)
        w.grad = np.ones(shape)
        optimiser = rule([w])
        optimiser.step()
        return optimiser

    mine, other = make(2), make(3)
    state = mine.state_dict()
    with pytest.raises(StateError, match="shape"):
        mine.load_state_dict(other.state_dict())
    for name in state["state"][0]:
        part = {k: v for k, v in state["state"][0].items() if k != name}
        with pytest.raises(StateError, match=name):
            mine.load_state_dict({**state, "state": {0: part}})


@pytest.mark.parametrize("rule", RULES)
def test_a_parameter_without_a_gradient_is_untouched(rule):
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimiser = rule([{"params": [a]}, {"params": [b], "lr": 0.5}])
    with pytest.warns(NoGradientWarning):
        optimiser.step()
    for _ in range(2):
        optimiser.zero_grad()
        (a * 3.0).sum().backward()
        optimiser.step()
    assert b.item() == 1.0
    assert 1 not in optimiser.state_dict()["state"]
    assert a.item() < 1.0


@pytest.mark.parametrize(("rule", "options"), CASES, ids=IDS)
def test_a_step_allocates_nothing_and_leaves_gradients_alone(rule, options, rng):
    """After the first step, at most masks: an eighth of a parameter."""
    params = [Tensor(np.ones((100, 100)), requires_grad=True) for _ in range(3)]
    grads = [rng.standard_normal((100, 100)) for _ in params]
    for p, g in zip(params, grads, strict=True):
        p.grad = g.copy()
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
    assert peak - before < 35_000  # a parameter has 80,000 bytes
    for p, g in zip(params, grads, strict=True):
        np.testing.assert_array_equal(p.grad, g)


def test_a_constant_gradient_does_not_upset_the_centered_rule():
    """Its variance is 0, and rounding may take it just below."""
    w = Tensor(np.zeros(3, np.float32), requires_grad=True)
    optimiser = RMSprop([w], centered=True, alpha=0.5)
    for _ in range(200):
        w.grad = np.array([0.1, 0.7, 3.3], np.float32)
        optimiser.step()
    assert np.isfinite(w.numpy()).all()


BAD = [-0.1, float("nan"), "0.1", None, True]
WRONG = {
    Adagrad: ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"],
    Adadelta: ["lr", "rho", "eps", "weight_decay"],
    RMSprop: ["lr", "alpha", "eps", "weight_decay", "momentum"],
    AdamW: ["lr", "eps", "weight_decay", "betas"],
    Adamax: ["lr", "eps", "weight_decay", "betas"],
    NAdam: ["lr", "eps", "weight_decay", "betas", "momentum_decay"],
    RAdam: ["lr", "eps", "weight_decay", "betas"],
    ASGD: ["lr", "lambd", "weight_decay"],
    Rprop: ["lr", "etas", "step_sizes"],
}
MORE = [
    (Adadelta, "rho", 1.5),
    (Adadelta, "eps", 0.0),
    (RMSprop, "alpha", 1.1),
    (ASGD, "alpha", "x"),
    (ASGD, "t0", None),
    (Rprop, "etas", (1.2, 0.5)),
    (Rprop, "etas", (0.5,)),
    (Rprop, "step_sizes", (2.0, 1.0)),
    (AdamW, "betas", (0.9, 1.0)),
]


@pytest.mark.parametrize(
    ("rule", "option", "bad"),
    [(rule, name, bad) for rule, names in WRONG.items() for name in names for bad in BAD] + MORE,
)
def test_bad_options_are_refused(rule, option, bad):
    with pytest.raises(errors.OptionError, match=f"{rule.__name__}: {option}"):
        rule([Tensor([1.0], requires_grad=True)], **{option: bad})
