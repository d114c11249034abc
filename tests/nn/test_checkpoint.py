"""Checkpoints: resuming is as if nothing had stopped, and nothing damaged is taken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from nn.data import DataLoader
from nn.errors import AutogradError, DTypeError, FileError, OptionError, OutputError, StateError
from nn.files.checkpoint import Checkpoint, latest, load_checkpoint, save_checkpoint
from nn.files.saving import load_arrays, save_arrays
from nn.optim import (
    adam as adam_module,
    adam_family,
    adaptive,
    asgd,
    compound,
    cyclic,
    lbfgs,
    rprop,
    schedule,
    sgd,
)
from nn.training.callbacks import EarlyStopping
from nn.training.fitting import fit
from nn.training.history import History

ROOT = Path(nn.__file__).parent.parent


class Noise(nn.Module):
    """Drops numbers at random, as dropout does."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def forward(self, x):
        if not self.training:
            return x
        return x * (self.generator.random(x.shape) > 0.3).astype(x.dtype)


class Conv(nn.Module):
    def __init__(self):
        g = np.random.default_rng(0)
        self.conv = nn.Conv2d(1, 2, 3, generator=g)
        self.noise = Noise(4)
        self.head = nn.Linear(8, 3, generator=g)
        self.register_buffer("calls", np.array(0))

    def forward(self, x):
        if self.training:
            self.calls = self.calls + 1
        x = self.noise(ag.relu(self.conv(x)))
        return self.head(ag.reshape(x, (len(x), 8)))


class Recurrent(nn.Module):
    """A recurrent layer of two matrices, and noise."""

    def __init__(self):
        g = np.random.default_rng(1)
        self.inward, self.back = nn.Linear(1, 4, generator=g), nn.Linear(4, 4, generator=g)
        self.noise = Noise(5)
        self.out = nn.Linear(4, 3, generator=g)

    def forward(self, x):
        h = ag.Tensor(np.zeros((len(x), 4), np.float32))
        for i in range(4):
            h = ag.tanh(self.inward(x[:, 0, i, :1]) + self.back(h))
        return self.out(self.noise(h))


class Decay:
    """A schedule by protocol, with a state."""

    def __init__(self, optimiser):
        self.optimiser, self.count = optimiser, 0

    def step(self):
        self.count += 1
        self.optimiser.param_groups[0]["lr"] *= 0.9 if self.count % 2 else 0.97

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = state["count"]


def momentum(model):
    return nn.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)


def adam(model):
    return nn.optim.Adam(model.parameters(), lr=0.01, amsgrad=True)


def train(folder, epochs, build=Conv, optimise=adam, history_too=False, **options):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20, 1, 4, 4)).astype(np.float32)
    y = rng.integers(0, 3, 20)
    model = build()
    optimiser = optimise(model)
    loader = DataLoader((x[:15], y[:15]), 4, shuffle=True, generator=9)
    keeper = Checkpoint(folder, resume=True, **options)
    history = fit(
        model,
        loader,
        nn.CrossEntropyLoss(),
        optimiser,
        epochs=epochs,
        validation=DataLoader((x[15:], y[15:]), 2, shuffle=True, generator=10),
        schedule=Decay(optimiser),
        early_stopping=EarlyStopping(patience=10_000, restore_best=False),
        callbacks=[keeper],
        progress=False,
    )
    return (model, history) if history_too else model


def identical(a, b):
    assert a.keys() == b.keys()
    for name, array in a.items():
        assert array.dtype == b[name].dtype
        assert array.tobytes() == b[name].tobytes(), name


@pytest.mark.parametrize("optimise", [momentum, adam])
@pytest.mark.parametrize("build", [Conv, Recurrent])
def test_resuming_is_bit_identical_to_never_stopping(tmp_path, build, optimise):
    n = 4
    straight, h1 = train(tmp_path / "a", 2 * n, build, optimise, True)
    stopped = train(tmp_path / "b", n, build, optimise)
    resumed, h2 = train(tmp_path / "b", 2 * n, build, optimise, True)
    identical(resumed.state_dict(), straight.state_dict())
    assert stopped.state_dict().keys() == straight.state_dict().keys()
    assert any((stopped.state_dict()[k] != v).any() for k, v in straight.state_dict().items())
    for h in (h1, h2):
        h.epochs.pop("seconds")
    assert h1.to_dict() == h2.to_dict()
    # Every part matters: the files, written after the same epochs, say the same.
    a, b = (load_arrays(latest(tmp_path / f)) for f in "ab")
    a.arrays.pop("history.epochs.seconds", None), b.arrays.pop("history.epochs.seconds", None)
    identical(a.arrays, b.arrays)
    assert a.metadata.keys() == b.metadata.keys()


OPTIMISERS = {
    name: kind
    for module in (sgd, adam_module, adam_family, adaptive, asgd, lbfgs, rprop)
    for name, kind in vars(module).items()
    if isinstance(kind, type)
    and issubclass(kind, nn.optim.Optimizer)
    and kind is not nn.optim.Optimizer
    and name[0] != "_"
}


@pytest.mark.parametrize("kind", OPTIMISERS.values(), ids=OPTIMISERS.keys())
def test_every_optimiser_goes_on_bit_for_bit(tmp_path, kind):
    def steps(w, optimiser, count):
        def closure():
            optimiser.zero_grad()
            loss = ag.sum((w * w - 1.0) ** 2)
            loss.backward()
            return loss

        for _ in range(count):
            optimiser.step(closure)

    straight = nn.Parameter([0.3, -2.0, 1.5])
    steps(straight, kind([straight]), 6)
    first, second = nn.Parameter([0.3, -2.0, 1.5]), nn.Parameter([0.0, 0.0, 0.0])
    before, after = kind([first]), kind([second])
    steps(first, before, 3)
    second.overwrite()[...] = first.numpy()
    save_checkpoint(tmp_path / "c", optimiser=before)
    load_checkpoint(tmp_path / "c", optimiser=after)
    steps(second, after, 3)
    assert second.numpy().tobytes() == straight.numpy().tobytes()


def test_the_newest_k_stay(tmp_path):
    train(tmp_path, 5, keep=2)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"checkpoint-0000000{i}.safetensors" for i in (4, 5)]
    assert latest(tmp_path).name == names[-1]
    train(tmp_path, 8, keep=2, every=5)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        f"checkpoint-0000000{i}.safetensors" for i in (5, 8)
    ]


def test_broken_checkpoints_are_passed_over(tmp_path):
    train(tmp_path, 4, keep=9)
    paths = sorted(tmp_path.iterdir())
    assert latest(tmp_path) == paths[3]
    paths[3].write_bytes(paths[3].read_bytes()[:-1])
    assert latest(tmp_path) == paths[2]
    raw = bytearray(paths[2].read_bytes())
    raw[-3] ^= 4
    paths[2].write_bytes(raw)
    (tmp_path / ".checkpoint-00000009.safetensors.0123abcd.tmp").write_bytes(b"half")
    (tmp_path / "checkpoint-new.safetensors").write_bytes(b"foreign")
    save_arrays({}, tmp_path / "checkpoint-00000099.safetensors")  # whole, but no checkpoint
    assert latest(tmp_path) == paths[1]
    (tmp_path / "checkpoint-00000099.safetensors").unlink()
    resumed = train(tmp_path, 6, keep=9)
    identical(resumed.state_dict(), train(tmp_path / "other", 6).state_dict())
    assert not list(tmp_path.glob(".*"))
    for path in tmp_path.glob("checkpoint*"):
        path.write_bytes(b"")
    assert latest(tmp_path) is None


def test_a_folder_in_use_is_not_mixed(tmp_path):
    train(tmp_path, 1)
    model = Conv()
    with pytest.raises(OptionError, match="resume=True"):
        fit(model, (np.zeros((1, 1, 4, 4)), [0]), nn.CrossEntropyLoss(), adam(model), epochs=1,
            callbacks=[Checkpoint(tmp_path)], progress=False)  # fmt: skip
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        train(tmp_path / "file", 1)
    for options in ({"every": 0}, {"keep": 0}, {"keep": True}):
        with pytest.raises(OptionError):
            Checkpoint(tmp_path, **options)
    with pytest.raises(DTypeError, match="generator"):
        Checkpoint(tmp_path, generators={"a": 3})


def test_generators_of_ones_own_are_kept(tmp_path):
    own = np.random.Generator(np.random.MT19937(1))
    train(tmp_path, 1, generators=own)
    expected = own.random(3)
    again = np.random.Generator(np.random.MT19937(2))
    train(tmp_path, 1, generators=again)
    np.testing.assert_array_equal(again.random(3), expected)


def test_an_interrupted_run_goes_on_and_a_stopped_one_stays(tmp_path):
    def run(epochs, callbacks):
        model = nn.Linear(1, 1, generator=0)
        x = np.ones((2, 1))
        keeper = Checkpoint(tmp_path, resume=True)
        optimiser = nn.optim.SGD(model.parameters(), lr=0.1)
        return fit(model, (x, x), nn.MSELoss(), optimiser, epochs=epochs, progress=False,
                   callbacks=[*callbacks, keeper])  # fmt: skip

    history = run(9, [lambda run: run.epoch == 2 and signal.raise_signal(signal.SIGINT)])
    assert (len(history), history.interrupted) == (2, True)
    history = run(9, [lambda run: run.epoch == 4 and run.stop("enough")])
    assert (len(history), history.interrupted, history.stopped) == (4, False, "enough")
    assert len(run(9, [])) == 4


SCHEDULES = {
    "cosine": lambda o: schedule.CosineAnnealingLR(o, T_max=5),
    "multiplicative": lambda o: schedule.MultiplicativeLR(o, lambda epoch: 0.9),
    "cycle": lambda o: cyclic.OneCycleLR(o, max_lr=0.1, total_steps=12),
    "restarts": lambda o: cyclic.CosineAnnealingWarmRestarts(o, T_0=2, T_mult=2),
    "sequence": lambda o: compound.SequentialLR(
        o, [schedule.LinearLR(o, total_iters=3), schedule.ExponentialLR(o, 0.8)], [3]
    ),
    "plateau": lambda o: compound.ReduceLROnPlateau(o, patience=0, threshold=0.5),
}


@pytest.mark.parametrize("make", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_schedules_go_on_where_they_were(tmp_path, make):
    def run(folder, epochs):
        model = nn.Linear(1, 1, generator=0)
        optimiser = momentum(model)
        x = np.ones((2, 1))
        fit(model, (x, x), nn.MSELoss(), optimiser, epochs=epochs, schedule=make(optimiser),
            callbacks=[Checkpoint(folder, resume=True)], progress=False)  # fmt: skip
        return model, optimiser.param_groups[0]["lr"]

    straight, rate = run(tmp_path / "a", 8)
    run(tmp_path / "b", 4)
    resumed, again = run(tmp_path / "b", 8)
    assert again == rate
    identical(resumed.state_dict(), straight.state_dict())


# --- files ------------------------------------------------------------------------------------


def test_everything_plain_comes_back_as_it_was(tmp_path, rng):
    thing = {
        "none": None,
        "truth": [True, False],
        "integers": [0, -1, 2**130],
        "floats": [0.1, -0.0, 1e-310, 1e308, float("inf"), float("-inf")],
        "many": rng.standard_normal(100).tolist(),
        "text": 'größe \\ " {',
        "tuple": (1, (2.0, []), ()),
        "numbered": {7: "a", 1: {2: np.arange(3)}, "x": 1, False: 2},
        "$array": {"$tuple": 3, "": {}},
        "a.b": np.ones(1),
        "a": {"b": np.zeros(2, np.float32)},
        "scalar": np.float32(0.1),
        "zero": np.array(3),
    }
    save_checkpoint(tmp_path / "c", things=[thing])
    (back,) = load_checkpoint(tmp_path / "c")["things"]
    assert repr(back) == repr(thing)
    assert type(back["scalar"]) is np.float32
    assert back["zero"].shape == ()
    save_checkpoint(tmp_path / "c", nan=float("nan"))
    assert np.isnan(load_checkpoint(tmp_path / "c")["nan"])


def test_weights_have_readable_names(tmp_path):
    model = Conv()
    optimiser = adam(model)
    save_checkpoint(tmp_path / "c", model=model, optimiser=optimiser, epoch=2)
    arrays = load_arrays(tmp_path / "c").arrays
    assert "model.conv.weight" in arrays
    identical({"x": arrays["model.head.bias"]}, {"x": model.state_dict()["head.bias"]})


@pytest.mark.parametrize("thing", [object(), lambda: 1, {1, 2}, 1j, b"x", np.array(["a"])], ids=str)
def test_what_cannot_be_kept_is_refused_by_name(tmp_path, thing):
    with pytest.raises(DTypeError, match=r"extra.inner"):
        save_checkpoint(tmp_path / "c", extra={"inner": thing})
    assert not list(tmp_path.iterdir())
    endless = []
    endless.append(endless)
    with pytest.raises(DTypeError):
        save_checkpoint(tmp_path / "c", extra=endless)


def parts():
    model = nn.Sequential(nn.Linear(2, 3, generator=0), Noise(1), nn.Linear(3, 1, generator=1))
    optimiser = nn.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        ag.sum(model(np.ones((2, 2), np.float32))).backward()
        optimiser.step()
    history, stopper = History(), EarlyStopping()
    history.add({"loss": 1.0})
    stopper.best, stopper.weights = 0.5, model.state_dict()
    return {
        "model": model,
        "optimiser": optimiser,
        "schedule": Decay(optimiser),
        "data": DataLoader(np.arange(4), generator=1),
        "history": history,
        "stopper": stopper,
        "noise": np.random.default_rng(7),
    }


def everything(things):
    """All states, as text."""
    states = {
        name: thing.bit_generator.state if name == "noise" else thing.state_dict()
        for name, thing in things.items()
    }
    states["layer"] = things["model"][1].generator.bit_generator.state
    with np.printoptions(floatmode="unique"):
        return repr(states)


def tampered(path, change):
    """Change the JSON of a checkpoint, and give it a checksum that is right."""
    arrays, notes = load_arrays(path)
    tree = json.loads(notes["checkpoint"])
    change(tree, arrays)
    save_arrays(arrays, path, metadata={**notes, "checkpoint": json.dumps(tree)})


def option(name, value):
    return lambda t, a: t["optimiser"]["param_groups"][0].update({name: value})


def memory(name, value):
    return lambda t, a: t["optimiser"]["state"]["$dict"][0][1].update({name: value})


TAMPERING = {
    "no model": lambda t, a: t.pop("model"),
    "no weight": lambda t, a: t["model"]["state"].pop("0.weight"),
    "another weight": lambda t, a: t["model"]["state"].update(x={"$array": "model.0.bias"}),
    "text for a weight": lambda t, a: t["model"]["state"].update({"0.weight": "text"}),
    "another shape": lambda t, a: a.update({"model.0.weight": np.zeros((3, 3))}),
    "integers for weights": lambda t, a: a.update({"model.0.weight": np.zeros((3, 2), int)}),
    "no such array": lambda t, a: t["model"]["state"].update({"0.weight": {"$array": "none"}}),
    "array by number": lambda t, a: t["model"]["state"].update({"0.weight": {"$array": 3}}),
    "array by list": lambda t, a: t["model"]["state"].update({"0.weight": {"$array": [3]}}),
    "unknown mark": lambda t, a: t.update(noise={"$eval": "print(1)"}),
    "two marks": lambda t, a: t.update(noise={"$tuple": [], "$list": []}),
    "bad pairs": lambda t, a: t.update(noise={"$dict": [1, 2]}),
    "list as key": lambda t, a: t.update(noise={"$dict": [[[1], 2]]}),
    "no layer generator": lambda t, a: t["model"]["generators"].clear(),
    "layer generator": lambda t, a: t["model"]["generators"]["1.generator"].update(has_uint32="1"),
    "model is a list": lambda t, a: t.update(model=[]),
    "rate is text": option("lr", "0.1"),
    "rate is true": option("lr", True),
    "rate is negative": option("lr", -1.0),
    "rate is nan": option("lr", float("nan")),
    "betas": option("betas", 0.9),
    "betas of text": option("betas", {"$tuple": ["a", "b"]}),
    "flag": option("amsgrad", 1),
    "strange option": option("more", "text"),
    "parameters": option("params", [0]),
    "parameters are text": option("params", "0123"),
    "no groups": lambda t, a: t["optimiser"].update(param_groups=[]),
    "groups are text": lambda t, a: t["optimiser"].update(param_groups=["a"]),
    "no state": lambda t, a: t["optimiser"].pop("state"),
    "state is a list": lambda t, a: t["optimiser"].update(state=[]),
    "state by name": lambda t, a: t["optimiser"].update(state={"a": {}}),
    "step is text": memory("step", "2"),
    "step is negative": memory("step", -1),
    "step is missing": lambda t, a: t["optimiser"]["state"]["$dict"][0][1].pop("step"),
    "memory is text": memory("exp_avg", "text"),
    "memory is a dict": memory("exp_avg", {}),
    "memory has another shape": memory("exp_avg", {"$array": "model.2.bias"}),
    "schedule": lambda t, a: t.update(schedule={"count": "3"}),
    "schedule without": lambda t, a: t.update(schedule={}),
    "loader": lambda t, a: t.update(data={"generator": {}}),
    "generator": lambda t, a: t["noise"].update(state={"state": -1, "inc": 1}),
    "generator too large": lambda t, a: t["noise"]["state"].update(state=2**200),
    "another generator": lambda t, a: t["noise"].update(bit_generator="MT19937"),
    "history": lambda t, a: t["history"].update(epochs={"loss": ["a"]}),
    "stopper": lambda t, a: t["stopper"].update(waited=-1),
    "stopper best": lambda t, a: t["stopper"].update(best="low"),
    "stopper weights": lambda t, a: t["stopper"].update(weights={"a": 1}),
}


@pytest.mark.parametrize("change", TAMPERING.values(), ids=TAMPERING.keys())
def test_a_tampered_checkpoint_changes_nothing(tmp_path, change):
    save_checkpoint(tmp_path / "c", **parts(), epoch=3)
    mine = parts()
    mine["noise"].random(3)
    mine["model"][1].generator.random(3)
    mine["optimiser"].param_groups[0]["lr"] = 0.5
    mine["model"][0].bias.overwrite()[...] = 7.0
    before = everything(mine)
    tampered(tmp_path / "c", change)
    with pytest.raises((StateError, FileError), match="nothing was changed"):
        load_checkpoint(tmp_path / "c", **mine)
    assert everything(mine) == before


def test_parts_must_match(tmp_path):
    save_checkpoint(tmp_path / "c", **parts(), epoch=3)
    mine = parts()
    assert load_checkpoint(tmp_path / "c", **mine) == {"epoch": 3}
    with pytest.raises(StateError, match="it has no other"):
        load_checkpoint(tmp_path / "c", **mine, other=nn.Linear(1, 1))
    mine.pop("schedule")
    with pytest.raises(StateError, match="holds schedule, which was not asked for"):
        load_checkpoint(tmp_path / "c", **mine)
    with pytest.raises(StateError, match="epoch"):
        load_checkpoint(tmp_path / "c", **parts(), epoch=3)
    save_arrays({}, tmp_path / "weights")
    with pytest.raises(FileError, match="no checkpoint"):
        load_checkpoint(tmp_path / "weights")
    with pytest.raises(FileError, match="No such file"):
        load_checkpoint(tmp_path / "none")


def test_damaged_checkpoints_are_refused(tmp_path):
    rng = np.random.default_rng(6)
    path = tmp_path / "c"
    save_checkpoint(path, **parts(), epoch=3)
    good = path.read_bytes()
    mine = parts()
    mine["model"][0].bias.overwrite()[...] = 7.0
    before = everything(mine)
    refused = 0
    for _ in range(300):
        raw = bytearray(good)
        kind = rng.integers(3)
        if kind == 0:
            del raw[rng.integers(0, len(raw)) :]
        elif kind == 1:
            raw[rng.integers(0, len(raw))] ^= 1 << rng.integers(8)
        else:
            at = rng.integers(0, len(raw) - 8)
            raw[at : at + 8] = rng.bytes(8)
        path.write_bytes(raw)
        try:
            load_checkpoint(path, **mine)
        except AutogradError:
            refused += 1
            assert everything(mine) == before
    assert refused == 300


# --- kill -9 ----------------------------------------------------------------------------------

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import importlib.util
import numpy as np
spec = importlib.util.spec_from_file_location("checkpoint_run", sys.argv[2])
run = importlib.util.module_from_spec(spec)
sys.modules["checkpoint_run"] = run
spec.loader.exec_module(run)
from nn.files.checkpoint import Checkpoint
told = Checkpoint.on_epoch_begin
def tell(self, run):
    print(run.epoch, flush=True)
    sys.stdin.readline()  # a word from the parent for each epoch, so that it can keep up
Checkpoint.on_epoch_begin = tell
model = run.train(sys.argv[3], int(sys.argv[4]))
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_killed_at_random_moments_and_resumed(tmp_path):
    """20 times kill -9, while training or while writing: the end is the same, bit for bit."""
    rng = np.random.default_rng(8)
    kills, at_most = 20, 8
    epochs = kills * at_most + 5
    command = [sys.executable, "-c", CHILD, str(ROOT), __file__, str(tmp_path / "a"), str(epochs)]
    quick = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # starts sooner
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    reached = 0
    for _ in range(kills):
        child = subprocess.Popen(command, env=quick, **pipes)
        child.stdin.write(b"\n" * at_most)
        child.stdin.flush()
        lines = b"".join(child.stdout.readline() for _ in range(int(rng.integers(2, 7))))
        time.sleep(float(rng.uniform(0, 0.02)))
        child.kill()
        rest, problem = child.communicate()
        assert child.returncode == -signal.SIGKILL, problem
        told = [int(word) for word in (lines + rest).split()]
        assert told[0] >= reached, problem  # it went on from a checkpoint that was whole
        reached = told[-1]
        path = latest(tmp_path / "a")
        assert path is None or int(path.name[11:19]) >= reached
    assert reached > kills  # there was something to resume
    final = subprocess.run(command, capture_output=True, text=True, input="")
    assert final.stdout.endswith("done\n"), final.stderr
    train(tmp_path / "b", epochs)
    a, b = (load_arrays(latest(tmp_path / folder)) for folder in "ab")
    for contents in (a, b):
        contents.arrays.pop("history.epochs.seconds")
    identical(a.arrays, b.arrays)
    trees = [json.loads(contents.metadata["checkpoint"]) for contents in (a, b)]
    assert trees[0] == trees[1]
    assert not [name for name in os.listdir(tmp_path / "a") if name.startswith(".")]
