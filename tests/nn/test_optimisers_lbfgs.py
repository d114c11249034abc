"""L-BFGS: equal to PyTorch, the line search, closures, memory, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, errors
from nn.errors import NoGradientWarning, StateError
from nn.optim.lbfgs import LBFGS
from nn.optim.line_search import ENOUGH_DECREASE, FLATTER, Trial, cubic_minimum, strong_wolfe

OPTIONS = [
    {},
    {"lr": 0.01},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "lr": 0.3, "max_iter": 4},
    {"line_search_fn": "strong_wolfe", "max_iter": 5, "max_eval": 3, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "max_iter": 3, "history_size": 1},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 0.5, "max_iter": 3},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 1e-2},
    {"lr": 0.05, "max_iter": 1},
]


def problem(rng):
    """A valley with bends, over a matrix and a vector, as a function of any library's arrays."""
    a, u, v = rng.standard_normal((7, 4)), rng.standard_normal((2, 2)), rng.standard_normal(2)

    def loss(u, v, matmul, concatenate, constant):
        w = concatenate([u.reshape(4), v * 2.0])
        r = matmul(constant(a), w[:4])
        return ((r * r - 1.0) ** 2).sum() + 10.0 * ((w[4] - w[0] ** 2) ** 2) + (w * w).sum()

    return loss, u, v


def mine(optimiser, loss, params):
    def closure():
        optimiser.zero_grad()
        out = loss(*params, ag.matmul, ag.concatenate, lambda x: x)
        out.backward()
        return out

    return closure


@pytest.mark.parametrize("options", OPTIONS)
def test_steps_equal_pytorch(options, rng):
    torch = pytest.importorskip("torch")
    loss, *start = problem(rng)
    params = [Tensor(x, requires_grad=True) for x in start]
    theirs = [torch.tensor(x, requires_grad=True) for x in start]
    optimiser, other = LBFGS(params, **options), torch.optim.LBFGS(theirs, **options)

    def closure():
        other.zero_grad()
        out = loss(*theirs, torch.matmul, torch.cat, torch.tensor)
        out.backward()
        return out

    for _ in range(5):
        a, b = optimiser.step(mine(optimiser, loss, params)), other.step(closure)
        assert a.item() == pytest.approx(b.item(), rel=1e-9)
        for x, y in zip(params, theirs, strict=True):
            np.testing.assert_allclose(x.numpy(), y.detach().numpy(), rtol=1e-8, atol=1e-9)
    state, known = optimiser.state_dict()["state"][0], other.state_dict()["state"][0]
    assert state["func_evals"] == known["func_evals"]
    assert state["n_iter"] == known["n_iter"]


def test_float32_equals_pytorch_to_its_precision(rng):
    torch = pytest.importorskip("torch")
    loss, *start = problem(rng)
    params = [Tensor(x.astype(np.float32), requires_grad=True) for x in start]
    theirs = [torch.tensor(x, dtype=torch.float32, requires_grad=True) for x in start]
    options = {"line_search_fn": "strong_wolfe", "max_iter": 4}
    optimiser, other = LBFGS(params, **options), torch.optim.LBFGS(theirs, **options)

    def closure():
        other.zero_grad()
        out = loss(*theirs, torch.matmul, torch.cat, lambda x: torch.tensor(x).float())
        out.backward()
        return out

    def own():
        optimiser.zero_grad()
        out = loss(*params, ag.matmul, ag.concatenate, lambda x: x.astype(np.float32))
        out.backward()
        return out

    for _ in range(2):
        optimiser.step(own)
        other.step(closure)
        for x, y in zip(params, theirs, strict=True):
            assert x.dtype == np.float32
            np.testing.assert_allclose(x.numpy(), y.detach().numpy(), rtol=2e-3, atol=2e-3)


def test_defaults_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    w = Tensor([1.0], requires_grad=True)
    assert LBFGS([w]).defaults == torch.optim.LBFGS([torch.zeros(1)]).defaults


def test_a_quadratic_is_solved(rng):
    """To the solution of the linear system, without any torch."""
    m = rng.standard_normal((6, 6))
    a, b = m @ m.T + np.eye(6), rng.standard_normal(6)
    for search in ("strong_wolfe", None):
        w = Tensor(np.zeros(6), requires_grad=True)
        optimiser = LBFGS([w], line_search_fn=search, tolerance_grad=1e-11, tolerance_change=0.0)

        def closure(w=w, optimiser=optimiser):
            optimiser.zero_grad()
            out = 0.5 * ag.matmul(w, ag.matmul(a, w)) - ag.matmul(b, w)
            out.backward()
            return out

        for _ in range(10):
            optimiser.step(closure)
        np.testing.assert_allclose(w.numpy(), np.linalg.solve(a, b), rtol=1e-7)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_values_move_as_tensors_do(search):
    w, a, b = Tensor([1.0, 1.0], requires_grad=True), Value(1.0), Value(1.0)
    arrays = LBFGS([w], max_iter=3, line_search_fn=search)
    scalars = LBFGS([a, b], max_iter=3, line_search_fn=search)

    def of_arrays():
        arrays.zero_grad()
        loss = ((w * w * [1.0, 25.0]) ** 2 + w * w).sum()
        loss.backward()
        return loss

    def of_scalars():
        scalars.zero_grad()
        loss = (a * a) ** 2 + (25.0 * (b * b)) ** 2 + a * a + b * b
        loss.backward()
        return loss

    for _ in range(4):
        arrays.step(of_arrays)
        scalars.step(of_scalars)
        np.testing.assert_allclose([a.data, b.data], w.numpy(), rtol=1e-9, atol=1e-12)


def test_a_parameter_without_a_gradient_stays_and_none_at_all_warns():
    a, b = Tensor([1.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    optimiser = LBFGS([a, b])

    def closure():
        optimiser.zero_grad()
        loss = (a * a).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    assert b.item() == 2.0
    assert abs(a.item()) < 1e-6
    lost = LBFGS([b])
    with pytest.warns(NoGradientWarning):
        lost.step(lambda: 1.0)
    assert b.item() == 2.0


@pytest.mark.parametrize("options", OPTIONS)
def test_the_state_goes_on_where_it_stopped(options, rng):
    loss, *start = problem(rng)
    params = [Tensor(x, requires_grad=True) for x in start]
    optimiser = LBFGS(params, **options)
    for _ in range(2):
        optimiser.step(mine(optimiser, loss, params))
    state = optimiser.state_dict()
    assert all(isinstance(state["state"][0][k], np.ndarray) for k in ("old_dirs", "old_stps", "ro"))
    copies = [Tensor(p.numpy(), requires_grad=True) for p in params]
    second = LBFGS(copies)
    second.load_state_dict(state)
    for _ in range(2):
        optimiser.step(mine(optimiser, loss, params))
        second.step(mine(second, loss, copies))
    for p, q in zip(params, copies, strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())


def test_a_state_before_the_first_move():
    w = Tensor([0.0], requires_grad=True)
    optimiser = LBFGS([w])

    def closure():
        optimiser.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    again = LBFGS([w])
    again.load_state_dict(optimiser.state_dict())
    assert again.state_dict()["state"][0] == {"n_iter": 0, "func_evals": 1}


def test_a_state_that_does_not_fit_is_refused(rng):
    loss, *start = problem(rng)
    params = [Tensor(x, requires_grad=True) for x in start]
    optimiser = LBFGS(params)
    optimiser.step(mine(optimiser, loss, params))
    state = optimiser.state_dict()
    with pytest.raises(StateError, match="shape"):
        LBFGS([Tensor(np.ones(2), requires_grad=True)] * 1).load_state_dict(
            {**state, "param_groups": [{**state["param_groups"][0], "params": [0]}]}
        )
    for name in state["state"][0]:
        if name != "d":
            part = {k: v for k, v in state["state"][0].items() if k != name}
            with pytest.raises(StateError, match=name):
                optimiser.load_state_dict({**state, "state": {0: part}})


def test_what_is_refused():
    a, b = Tensor([1.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    with pytest.raises(errors.OptionError, match="closure"):
        LBFGS([a]).step()
    with pytest.raises(errors.OptionError, match="one group"):
        LBFGS([{"params": [a]}, {"params": [b]}])
    bad = {
        "lr": -1.0,
        "max_iter": 0,
        "max_eval": 2.5,
        "history_size": True,
        "tolerance_grad": None,
        "tolerance_change": -1e-3,
        "line_search_fn": "armijo",
    }
    for option, value in bad.items():
        with pytest.raises(errors.OptionError, match=f"LBFGS: {option}"):
            LBFGS([a], **{option: value})


# --- the line search ----------------------------------------------------------------------------


def curve(name):
    f, slope = {
        "parabola": (lambda t: (t - 3.0) ** 2, lambda t: 2.0 * (t - 3.0)),
        "quartic": (lambda t: (t - 1.0) ** 4 - t, lambda t: 4.0 * (t - 1.0) ** 3 - 1.0),
        "waves": (
            lambda t: -np.sin(3.0 * t) + 0.1 * t * t,
            lambda t: -3.0 * np.cos(3.0 * t) + 0.2 * t,
        ),
        "well": (lambda t: -np.exp(-((t - 2.0) ** 2)), None),
    }[name]
    if slope is None:

        def slope(t):
            return 2.0 * (t - 2.0) * np.exp(-((t - 2.0) ** 2))

    return lambda t: Trial(t, float(f(t)), np.array([slope(t)]), float(slope(t)))


@pytest.mark.parametrize(
    ("name", "first"),
    list(itertools.product(["parabola", "quartic", "waves", "well"], [1e-4, 0.5, 1.0, 6.0, 30.0])),
)
def test_the_step_satisfies_the_conditions(name, first):
    f = curve(name)
    start = f(0.0)
    (at, loss, _, slope), evaluations = strong_wolfe(f, start, first, 1.0, 1e-12, 50)
    assert at > 0.0
    assert evaluations <= 51
    assert loss <= start.loss + ENOUGH_DECREASE * at * start.slope
    assert abs(slope) <= FLATTER * abs(start.slope)


@pytest.mark.parametrize("most", [1, 2, 4, 25])
def test_the_steps_that_are_tried_equal_pytorch(most, rng):
    """On random curves, some of them nasty: with kinks and far steps."""
    torch = pytest.importorskip("torch")
    theirs = pytest.importorskip("torch.optim.lbfgs")._strong_wolfe
    for k in range(150):
        a, b, c = rng.uniform(0.2, 3.0), rng.uniform(0.0, 4.0), rng.uniform(0.5, 9.0)
        kink, first = rng.uniform(0.0, 3.0), 10.0 ** rng.uniform(-3, 2)

        def value(t, a=a, b=b, c=c, kink=kink, k=k):
            return -a * t + 0.05 * t * t + b * np.cos(c * t) * (k % 3) + 4 * abs(t - kink)

        def slope(t, a=a, b=b, c=c, kink=kink, k=k):
            return -a + 0.1 * t - b * c * np.sin(c * t) * (k % 3) + 4 * np.sign(t - kink)

        seen, known = [], []

        def mine(t, seen=seen, value=value, slope=slope):
            seen.append(t)
            return Trial(t, float(value(t)), np.array([slope(t)]), float(slope(t)))

        def other(x, t, d, known=known, value=value, slope=slope):
            known.append(float(t))
            return float(value(float(t))), torch.tensor([slope(float(t))], dtype=torch.float64)

        start = mine(0.0)
        found, count = strong_wolfe(mine, start, first, 1.0, 1e-9, most)
        g, d = torch.tensor([start.slope], dtype=torch.float64), torch.ones(1, dtype=torch.float64)
        loss, _, at, calls = theirs(other, None, first, d, start.loss, g, g.dot(d), max_ls=most)
        assert count == calls
        np.testing.assert_allclose(seen[1:], known, rtol=1e-7)
        assert (found.at, found.loss) == pytest.approx((float(at), loss), rel=1e-7)


def test_the_search_backs_off_from_where_the_loss_is_infinite():
    def f(t):
        return Trial(t, np.inf, np.array([np.nan]), np.nan) if t > 4.0 else curve("parabola")(t)

    with np.errstate(all="ignore"):
        found = strong_wolfe(f, f(0.0), 100.0, 1.0, 1e-12, 50)
    assert 0.0 < found.trial.at < 4.0
    assert found.trial.loss < 9.0


def test_an_exploding_loss_leaves_finite_weights():
    """nan far out is a step too far, not the end."""
    w = Tensor([1.0], requires_grad=True)
    optimiser = LBFGS([w], lr=1e4, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = (ag.log(w) ** 2).sum() - 3.0 * ag.log(w).sum()
        loss.backward()
        return loss

    for _ in range(5):
        optimiser.step(closure)
    assert w.item() == pytest.approx(np.exp(1.5), rel=1e-5)


def test_the_cubic_finds_the_minimum_of_a_cubic(rng):
    for _ in range(20):
        # x^3 / 3 - c^2 x has its minimum at c
        c, low, high = rng.uniform(0.5, 1.5), rng.uniform(0.0, 0.4), rng.uniform(1.6, 3.0)
        a, b = (Trial(t, t**3 / 3 - c * c * t, np.zeros(0), t * t - c * c) for t in (low, high))
        assert cubic_minimum(a, b, low, high) == pytest.approx(c)
        assert cubic_minimum(b, a, low, high) == pytest.approx(c)
        assert cubic_minimum(a, b, low, 0.45) == 0.45
