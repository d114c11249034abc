"""The training loop: it does what the loop written by hand does, and keeps what it saw."""

from __future__ import annotations

import gc
import json
import signal
import threading

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import DataLoader
from nn.datasets import moons
from nn.errors import DivergedError, DTypeError, OptionError, ShapeError, StateError
from nn.optim.lbfgs import LBFGS
from nn.training.callbacks import Callback, EarlyStopping
from nn.training.fitting import accuracy, fit
from nn.training.history import History


def build(seed=0):
    g = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, 8, generator=g), nn.Tanh(), nn.Linear(8, 2, generator=g))


def data(n=60, size=8, seed=0):
    points, labels = moons(n, generator=seed)
    return DataLoader((points, labels), size, shuffle=True, generator=seed)


def quick(model, loader, epochs=3, **options):
    optimiser = options.pop("optimiser", None) or nn.optim.SGD(model.parameters(), lr=0.1)
    loss = options.pop("loss", None) or nn.CrossEntropyLoss()
    options.setdefault("progress", False)
    return fit(model, loader, loss, optimiser, epochs=epochs, **options)


class Halving:
    """A schedule by protocol."""

    def __init__(self, optimiser):
        self.optimiser = optimiser

    def step(self):
        self.optimiser.param_groups[0]["lr"] *= 0.5


class Told:
    def __init__(self):
        self.seen = []

    def step(self, metrics, epoch=None):
        self.seen.append(metrics)


def equal_weights(a, b):
    for name, array in a.state_dict().items():
        np.testing.assert_array_equal(array, b.state_dict()[name])


@pytest.mark.parametrize("clip", [{}, {"clip_norm": 0.05}, {"clip_value": 0.01}])
@pytest.mark.parametrize("every", ["epoch", "step"])
def test_it_is_the_loop_written_by_hand(clip, every):
    a, b = build(), build()
    opt_a = nn.optim.SGD(a.parameters(), lr=0.5, momentum=0.9)
    opt_b = nn.optim.SGD(b.parameters(), lr=0.5, momentum=0.9)
    history = quick(
        a, data(), optimiser=opt_a, schedule=Halving(opt_a), schedule_every=every, **clip
    )
    norms, rates, losses, means = [], [], [], []
    loader = data()
    for _ in range(3):
        total = 0.0
        for x, y in loader:
            opt_b.zero_grad()
            loss = nn.CrossEntropyLoss()(b(x), y)
            loss.backward()
            grads = [p.grad for p in b.parameters()]
            norm = float(np.sqrt(sum((g.astype(float) ** 2).sum() for g in grads)))
            for p in b.parameters():
                if "clip_norm" in clip:
                    p.grad = p.grad * min(1.0, 0.05 / (norm + 1e-6))
                elif clip:
                    p.grad = np.minimum(np.maximum(p.grad, -0.01), 0.01)
            rates.append(opt_b.param_groups[0]["lr"])
            opt_b.step()
            norms.append(norm)
            losses.append(loss.item())
            total += loss.item() * len(y)
            if every == "step":
                opt_b.param_groups[0]["lr"] *= 0.5
        if every == "epoch":
            opt_b.param_groups[0]["lr"] *= 0.5
        means.append(total / 60)
    for name, array in a.state_dict().items():
        np.testing.assert_allclose(array, b.state_dict()[name], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(history.steps["gradient_norm"], norms, rtol=1e-5)
    np.testing.assert_allclose(history.steps["loss"], losses, rtol=1e-5)
    assert history.steps["lr"] == rates
    np.testing.assert_allclose(history["loss"], means, rtol=1e-5)


def test_validation_and_metrics():
    model, loader = build(), data()
    points, labels = moons(33, generator=9)
    modes = []

    def watched(out, target):
        modes.append((model.training, out.requires_grad))
        return accuracy(out, target)

    history = quick(
        model, loader, validation=DataLoader((points, labels), 10), metrics={"right": watched}
    )
    assert set(history.epochs) == {"loss", "right", "val_loss", "val_right", "lr", "seconds"}
    with ag.no_grad():
        scores = model(points)
        expected = nn.CrossEntropyLoss()(scores, labels).item()
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-5)
    assert history["val_right"][-1] == pytest.approx(accuracy(scores, labels))
    assert set(modes) == {(True, False), (False, False)}
    whole = quick(build(), data(), validation=(points, labels), metrics=[accuracy])
    assert whole["val_loss"] == pytest.approx(history["val_loss"], rel=1e-5)
    assert len(whole["accuracy"]) == 3


@pytest.mark.parametrize("shape", [(4,), (4, 1)], ids=str)
@pytest.mark.parametrize("labels", [[1, 0, 1, 0], [1, -1, 1, -1], [True, False, True, False]])
def test_accuracy_of_one_score_a_sample(shape, labels):
    """By hand: 2.5 says class 1; -1, 0 and -3 say class 0; so three of four are right."""
    scores = np.array([2.5, -1.0, 0.0, -3.0]).reshape(shape)
    for wanted in ((4,), shape):
        assert accuracy(ag.Tensor(scores), np.reshape(labels, wanted)) == 0.75
    probabilities = 1 / (1 + np.exp(-scores - 1e-9))  # the third is a little above a half
    assert accuracy(probabilities, np.array(labels), threshold=0.5) == 1.0
    assert accuracy(probabilities, np.array(labels, float)) == 0.5  # all above 0


def test_accuracy_at_every_position(rng):
    scores = rng.standard_normal((3, 4, 2, 5))
    labels = rng.integers(0, 4, (3, 2, 5))
    right = sum(
        max(range(4), key=lambda c: scores[n, c, i, j]) == labels[n, i, j]
        for n, i, j in np.ndindex(3, 2, 5)
    )
    assert accuracy(scores, labels) == right / 30
    one, mask = scores[:, :1], labels < 2
    right = sum((one[n, 0, i, j] > 0) == mask[n, i, j] for n, i, j in np.ndindex(3, 2, 5))
    assert accuracy(one, mask) == accuracy(one, mask[:, None]) == right / 30


@pytest.mark.parametrize(
    ("scores", "labels", "kind", "words"),
    [
        (np.ones((3, 2)), np.ones((3, 1), int), ShapeError, r"shape \(3,\), got \(3, 1\)"),
        (np.ones((3, 3)), np.eye(3), ShapeError, r"shape \(3,\), got \(3, 3\)"),
        (np.ones((3, 1)), np.ones(2), ShapeError, r"shape \(3,\), got \(2,\)"),
        (np.ones(3), np.ones((3, 1)), ShapeError, r"shape \(3,\), got \(3, 1\)"),
        (np.ones((0, 2)), np.ones(0), ShapeError, r"\(N, C, ...\) or \(N,\), got shape \(0, 2\)"),
        (np.array(1.0), np.array(1), ShapeError, r"\(N, C, ...\) or \(N,\), got shape \(\)"),
        (np.ones(3), np.array([0, 1, 2]), OptionError, r"0 and 1, or -1 and 1.*\[0, 1, 2\]"),
        (np.ones(3), np.array([0, 1, -1]), OptionError, r"0 and 1, or -1 and 1"),
    ],
)
def test_accuracy_refuses_what_would_be_counted_wrongly(scores, labels, kind, words):
    with pytest.raises(kind, match=words):
        accuracy(scores, labels)


def test_the_accuracy_of_a_network_with_one_logit_tells_skill():
    points, labels = moons(200, generator=3)
    net = nn.Sequential(nn.Linear(2, 16, generator=0), nn.Tanh(), nn.Linear(16, 1, generator=1))
    targets = labels[:, None].astype(np.float32)
    optimiser = nn.optim.Adam(net.parameters(), lr=0.05)
    history = fit(
        net,
        (points, targets),
        nn.BCEWithLogitsLoss(),
        optimiser,
        epochs=150,
        metrics=[accuracy],
        progress=False,
    )
    assert history["accuracy"][-1] > 0.95


def test_it_learns_and_tells_a_schedule_that_asks():
    told, model = Told(), build()
    optimiser = nn.optim.Adam(model.parameters(), lr=0.02)
    history = quick(
        model, data(300, 32), 40, optimiser=optimiser, schedule=told, metrics=[accuracy]
    )
    assert history["accuracy"][-1] > 0.85
    assert told.seen == history["loss"]
    told = Told()
    history = quick(build(), data(), schedule=told, validation=data(20, 20))
    assert told.seen == history["val_loss"]


def test_modes_come_back_and_graphs_are_freed():
    model = build().eval()
    model[0].training = True
    seen = []
    model[1].register_forward_hook(lambda m, args, out: seen.append((m.training, gc.isenabled())))
    quick(model, data(), 1)
    assert set(seen) == {(True, False)}
    assert gc.isenabled()
    assert (model[0].training, model[1].training, model.training) == (True, False, False)
    with pytest.raises(ZeroDivisionError):
        quick(model, data(), 1, callbacks=[lambda run: 1 / 0])
    assert (model[0].training, model[1].training) == (True, False)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    held = []

    def keep(out, target):
        held.append(nn.CrossEntropyLoss()(out, target))
        return held[-1]

    quick(model, data(), 1, loss=keep)
    with pytest.raises(ag.GradientError, match="free=True"):
        held[0].backward()


def test_callbacks_are_told_in_order():
    events = []

    class Log(Callback):
        pass

    for name in ("train_begin", "epoch_begin", "step_end", "epoch_end", "train_end"):
        setattr(
            Log, f"on_{name}", lambda self, run, n=name: events.append((n, run.epoch, run.step))
        )
    quick(build(), data(16, 8), 2, callbacks=[Log(), lambda run: events.append(run.logs["loss"])])
    assert [e if isinstance(e, tuple) else "loss" for e in events] == [
        ("train_begin", 0, 0),
        ("epoch_begin", 0, 0),
        ("step_end", 0, 1),
        ("step_end", 0, 2),
        ("epoch_end", 1, 2),
        "loss",
        ("epoch_begin", 1, 2),
        ("step_end", 1, 3),
        ("step_end", 1, 4),
        ("epoch_end", 2, 4),
        "loss",
        ("train_end", 2, 4),
    ]


def test_a_callback_stops_the_run():
    history = quick(build(), data(), 9, callbacks=[lambda run: run.epoch == 2 and run.stop("ok")])
    assert len(history) == 2
    assert history.stopped == "ok"
    assert not history.interrupted


def test_ctrl_c_ends_it_after_the_step_with_the_history_kept():
    class Press(Callback):
        def on_step_end(self, run):
            if run.step == 11:
                signal.raise_signal(signal.SIGINT)

    model = build()
    history = quick(model, data(), 5, callbacks=[Press()])
    assert history.interrupted
    assert history.stopped == "interrupted"
    assert len(history) == 1
    assert len(history.steps["loss"]) == 11
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    more = quick(model, data(), 2, history=history)  # and it can go on
    assert more is history
    assert not history.interrupted
    assert len(history) == 2


def test_ctrl_c_twice_ends_it_at_once():
    def press(out, target):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    history = quick(build(), data(), 5, loss=press)
    assert history.interrupted
    assert history.steps["loss"] == []


def test_it_runs_in_a_thread():
    result = []
    thread = threading.Thread(target=lambda: result.append(quick(build(), data(), 2)))
    thread.start()
    thread.join()
    assert len(result[0]) == 2


def test_a_loss_that_is_nan_stops_before_the_step():
    model = build()
    points, labels = moons(16, generator=0)
    points[9] = np.nan
    before = []

    class Keep(Callback):
        def on_step_end(self, run):
            before.append(run.model.state_dict())

    with pytest.raises(DivergedError, match="nan at step 2, in epoch 1") as caught:
        quick(model, DataLoader((points, labels), 8), callbacks=[Keep()])
    assert len(caught.value.history.steps["loss"]) == 1
    assert "nan" in caught.value.history.stopped
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[0][name])


def stop_after(numbers, **options):
    """What early stopping does if the validation loss were these numbers."""

    class Says(Callback):
        def on_epoch_end(self, run):
            run.logs["x"] = numbers[run.epoch - 1]
            run.model.bias.overwrite()[...] = run.epoch

    model = nn.Linear(1, 1)
    stopper = EarlyStopping(monitor="x", **options)
    x = np.zeros((2, 1))
    optimiser = nn.optim.SGD(model.parameters(), lr=0.0)
    history = fit(
        model, (x, x), nn.MSELoss(), optimiser, epochs=len(numbers), progress=False,
        callbacks=[Says(), stopper],
    )  # fmt: skip
    return len(history), stopper.best_epoch, model.bias.item()


def test_early_stopping():
    numbers = [5.0, 4.0, 4.5, 3.9, 4.1, 4.2, 4.3, 1.0]
    assert stop_after(numbers, patience=1) == (3, 2, 2.0)
    assert stop_after(numbers, patience=2) == (6, 4, 4.0)
    assert stop_after(numbers, patience=3, restore_best=False) == (7, 4, 7.0)
    assert stop_after(numbers, patience=4) == (8, 8, 8.0)
    assert stop_after(numbers, patience=2, min_delta=0.2) == (4, 2, 2.0)
    assert stop_after([1.0, 2.0, 1.5, 1.6], patience=2, mode="max") == (4, 2, 2.0)
    assert stop_after([np.nan] * 4, patience=2) == (2, 0, 2.0)
    model = build()
    history = quick(
        model,
        data(),
        50,
        validation=data(20, 20),
        early_stopping=1,
        optimiser=nn.optim.SGD(model.parameters(), lr=0.0),
    )
    assert len(history) == 2  # a rate of 0: nothing gets better
    assert "val_loss" in history.stopped
    for options in ({"patience": 0}, {"patience": 1.5}, {"min_delta": -1}, {"mode": "up"}):
        with pytest.raises(OptionError):
            EarlyStopping(**options)
    with pytest.raises(OptionError, match="'x'"):
        quick(build(), data(), early_stopping=EarlyStopping(monitor="x"))
    with pytest.raises(OptionError, match="early_stopping"):
        quick(build(), data(), early_stopping="soon")


# --- recurrent state --------------------------------------------------------------------------


class Cell(nn.Module):
    """h = tanh(w h + u x), as in question 6."""

    def __init__(self):
        self.w, self.u = nn.Parameter([0.5]), nn.Parameter([1.0])
        self.seen = []

    def forward(self, x, state):
        self.seen.append(state)
        h = ag.Tensor([0.0]) if state is None else state["h"][0]
        for i in range(len(x)):
            h = ag.tanh(self.w * h + self.u * x[i])
        return h, {"h": (h,)}


@pytest.mark.parametrize(
    ("state", "h", "dw", "du"),
    [
        ("carry", 0.970112377191, 0.018385408148968, 0.120803305224137),
        ("detach", 0.970112377191, 0.007724506237017, 0.124862945520818),
        ("reset", 0.971731483368, 0.013651257847813, 0.118025158015),
    ],
)
def test_the_state_at_the_boundary(state, h, dw, du):
    """Question 6: two batches of two steps; the loss is the last output, so only it counts."""
    model = Cell()
    optimiser = nn.optim.SGD(model.parameters(), lr=1.0)
    batches = [
        (ag.Tensor([1.0, -0.5]), ag.Tensor([0.0, 0.0])),
        (ag.Tensor([0.25, 2.0]), ag.Tensor([1.0, 1.0])),
    ]
    outputs = []

    def last(out, target):
        outputs.append(out.item())
        return ag.sum(out * target[0])

    fit(model, batches, last, optimiser, epochs=1, state=state, progress=False)
    assert outputs[-1] == pytest.approx(h, abs=1e-11)
    share = 0.5 if state == "carry" else 1.0  # there, the mean over both batches is learned
    assert 0.5 - model.w.item() == pytest.approx(dw * share, abs=1e-11)
    assert 1.0 - model.u.item() == pytest.approx(du * share, abs=1e-11)
    assert model.seen[0] is None
    assert (model.seen[1] is None) == (state == "reset")
    steps = 1 if state == "carry" else 2
    assert optimiser_steps(model, batches, last, state) == steps


def optimiser_steps(model, batches, loss, state):
    optimiser = nn.optim.SGD(model.parameters(), lr=0.0)
    model.seen.clear()
    history = fit(
        model, batches, loss, optimiser, epochs=2, state=state, progress=False, validation=batches
    )
    assert model.seen[0] is None
    assert model.seen[4] is None  # each epoch begins anew
    assert (model.seen[3] is None) == (state == "reset")  # in validation too
    return len(history.steps["loss"]) // 2


def test_the_model_must_return_its_state():
    class Forgetful(nn.Module):
        def __init__(self):
            self.inner = build()

        def forward(self, x, state):
            return self.inner(x)

    with pytest.raises(DTypeError, match="output, new state"):
        quick(Forgetful(), data(), state="reset")


# --- history and arguments --------------------------------------------------------------------


def test_the_history_prints_and_becomes_a_dict():
    history = quick(build(), data(), 25)
    text = repr(history)
    assert "History of 25 epochs, 200 steps" in text
    assert len(text.splitlines()) == 13
    as_dict = json.loads(json.dumps(history.to_dict()))
    other = History()
    other.load_state_dict(as_dict)
    assert repr(other) == text
    assert other.to_dict() == history.to_dict()
    as_dict["epochs"]["loss"].append(1.0)
    assert len(other) == 25
    with pytest.raises(StateError, match="one length"):
        other.load_state_dict(as_dict)
    with pytest.raises(OptionError, match="'speed'"):
        history["speed"]


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": {"loss": ["1"]}},
        {"epochs": [1.0]},
        {"epochs": {"loss": 1.0}},
        {"steps": {}},
        {"interrupted": 1},
        {"stopped": 3},
        {"more": 1},
    ],
)
def test_a_bad_history_is_refused(change):
    history = History()
    history.add({"loss": 1.0})
    before = history.to_dict()
    with pytest.raises(StateError):
        history.load_state_dict({**before, **change})
    assert history.to_dict() == before


def test_a_column_that_comes_later_starts_with_nan():
    history = History()
    history.add({"loss": 1.0})
    history.add({"val": 2.0})
    assert np.isnan(history["val"][0])
    assert np.isnan(history["loss"][1])


def test_the_bar_shows_on_stderr(capsys):
    quick(build(), data(), 2, progress=True)
    assert "epoch 2/2" in capsys.readouterr().err
    quick(build(), data(), 2)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"epochs": -1}, OptionError, "epochs"),
        ({"epochs": 1.5}, OptionError, "epochs"),
        ({"clip_norm": 0}, OptionError, "clip_norm"),
        ({"clip_value": -1.0}, OptionError, "clip_value"),
        ({"schedule_every": "day"}, OptionError, "schedule_every"),
        ({"state": "keep"}, OptionError, "state"),
        ({"metrics": ["accuracy"]}, OptionError, "metrics"),
        ({"metrics": {"loss": accuracy}}, OptionError, "metrics"),
        ({"callbacks": [Callback]}, OptionError, "callbacks"),
        ({"callbacks": [3]}, OptionError, "callbacks"),
        ({"loss": lambda out, target: out}, ShapeError, "one number"),
        ({"loss": lambda out, target: 1.0}, ShapeError, "one number"),
    ],
)
def test_bad_arguments_are_refused(options, kind, words):
    with pytest.raises(kind, match=words):
        quick(build(), data(), **options)


def test_bad_data_are_refused():
    for loader in ([np.zeros((2, 2))], DataLoader(np.zeros((4, 2)), 2), [(1,)]):
        with pytest.raises(DTypeError, match="tuple of one or more inputs"):
            quick(build(), loader)
    with pytest.raises(OptionError, match="epoch 1"):
        quick(build(), [])
    with pytest.raises(OptionError, match="epoch 2"):
        quick(build(), iter(data()), 2)  # used up after one pass
    with pytest.raises(OptionError, match="no batch"):
        quick(build(), data(), validation=[])
    with pytest.raises(OptionError, match="Module"):
        quick(lambda x: x, data(), optimiser=nn.optim.SGD(build().parameters()))
    assert len(quick(build(), data(), 0)) == 0


def test_an_optimiser_that_searches():
    """LBFGS asks for the loss several times per step; a step stays one step."""
    model = nn.Linear(2, 1, generator=0)
    x = np.random.default_rng(0).standard_normal((30, 2))
    y = x @ np.array([[2.0], [-1.0]]) + 0.5
    optimiser = LBFGS(model.parameters(), lr=1.0)
    history = fit(model, (x, y), nn.MSELoss(), optimiser, epochs=4, progress=False)
    assert len(history.steps["loss"]) == 4
    assert history["loss"][-1] < 1e-8 < history["loss"][0]


def test_the_state_that_goes_on_holds_no_graph():
    model = Cell()
    optimiser = nn.optim.SGD(model.parameters(), lr=0.01)
    batches = [(ag.Tensor([0.1, -0.5]), ag.Tensor([0.0, 0.0]))] * 4
    fit(
        model,
        batches,
        lambda out, target: ag.sum(out * out),
        optimiser,
        epochs=2,
        state="detach",
        progress=False,
    )
    states = [state["h"][0] for state in model.seen if state is not None]
    assert len(states) == 6
    assert not any(state.requires_grad for state in states)


def test_only_the_first_loss_of_a_step_must_be_finite():
    class Twice(nn.optim.SGD):
        def step(self, closure=None):
            closure()
            closure()

    factors = iter([1.0, np.nan] * 10)
    model = build()
    optimiser = Twice(model.parameters(), lr=0.1)
    history = quick(
        model,
        data(16, 8),
        1,
        optimiser=optimiser,
        loss=lambda out, target: nn.CrossEntropyLoss()(out, target) * next(factors),
    )
    assert np.isfinite(history.steps["loss"]).all()


def test_early_stopping_starts_over_in_another_run():
    stopper = EarlyStopping(patience=2)
    model = nn.Linear(1, 1)
    x = np.zeros((2, 1))
    optimiser = nn.optim.SGD(model.parameters(), lr=0.0)
    for _ in range(2):
        history = fit(
            model,
            (x, x),
            nn.MSELoss(),
            optimiser,
            epochs=9,
            progress=False,
            early_stopping=stopper,
        )
        assert (len(history), stopper.best_epoch) == (3, 1)
