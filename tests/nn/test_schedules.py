"""Schedules: equal to PyTorch over 60 steps, to formulas, resumed, combined, and refused."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest

from autograd import Tensor, errors
from nn.errors import StateError
from nn.optim import SGD, Adam
from nn.optim.adaptive import Adagrad
from nn.optim.compound import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from nn.optim.cyclic import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from nn.optim.schedule import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from nn.optim.scheduler import LRScheduler

STEPS = 60
RATES = (0.3, 0.05)


class Ours:
    """This package's schedules, to be asked for by name, like torch.optim.lr_scheduler."""

    LambdaLR, MultiplicativeLR, StepLR, MultiStepLR = (
        LambdaLR,
        MultiplicativeLR,
        StepLR,
        MultiStepLR,
    )
    ConstantLR, LinearLR, ExponentialLR = ConstantLR, LinearLR, ExponentialLR
    PolynomialLR, CosineAnnealingLR = PolynomialLR, CosineAnnealingLR
    CosineAnnealingWarmRestarts = CosineAnnealingWarmRestarts
    CyclicLR, OneCycleLR, SequentialLR = CyclicLR, OneCycleLR, SequentialLR
    ChainedScheduler, ReduceLROnPlateau = ChainedScheduler, ReduceLROnPlateau


def simple(name, *args, **options):
    return lambda lib, optimiser: getattr(lib, name)(optimiser, *args, **options)


def sequence(milestones, *parts):
    return lambda lib, o: lib.SequentialLR(o, [part(lib, o) for part in parts], milestones)


def chain(*parts):
    return lambda lib, o: lib.ChainedScheduler([part(lib, o) for part in parts])


MAKERS = [
    simple("LambdaLR", lambda e: 0.95**e),
    simple("LambdaLR", [lambda e: 1 / (1 + e), lambda e: abs(math.sin(e))]),
    simple("MultiplicativeLR", lambda e: 0.9 if e % 7 else 1.3),
    simple("MultiplicativeLR", [lambda e: 0.97, lambda e: 1.01]),
    simple("StepLR", 7),
    simple("StepLR", 1, gamma=0.9),
    simple("MultiStepLR", [3, 10, 10, 41]),
    simple("MultiStepLR", (30, 5), gamma=0.5),
    simple("ConstantLR"),
    simple("ConstantLR", factor=0.2, total_iters=17),
    simple("LinearLR"),
    simple("LinearLR", start_factor=0.9, end_factor=0.1, total_iters=23),
    simple("LinearLR", start_factor=1.0, end_factor=0.0, total_iters=50),
    simple("ExponentialLR", 0.93),
    simple("ExponentialLR", gamma=1.01),
    simple("PolynomialLR"),
    simple("PolynomialLR", total_iters=40, power=2.5),
    simple("CosineAnnealingLR", 10),
    simple("CosineAnnealingLR", 33, eta_min=0.01),
    simple("CosineAnnealingLR", T_max=1, eta_min=0.2),
    simple("CosineAnnealingWarmRestarts", 7),
    simple("CosineAnnealingWarmRestarts", 3, T_mult=2, eta_min=0.01),
    simple("CyclicLR", 0.01, 0.1, step_size_up=5),
    simple("CyclicLR", [0.01, 0.02], [0.1, 0.3], 4, 9, mode="triangular2"),
    simple("CyclicLR", 0.01, 0.1, step_size_up=6, mode="exp_range", gamma=0.95),
    simple("CyclicLR", 0.01, 0.1, 3, scale_fn=lambda x: 1 / x, base_momentum=0.1, max_momentum=0.5),
    simple(
        "CyclicLR", 0.01, 0.1, 8, 2, scale_fn=lambda x: 0.9**x, scale_mode="iterations",
        cycle_momentum=False,
    ),
    simple("OneCycleLR", 0.4, total_steps=60),
    simple("OneCycleLR", [0.4, 2.0], epochs=7, steps_per_epoch=9, anneal_strategy="linear"),
    simple("OneCycleLR", 0.4, total_steps=70, three_phase=True, pct_start=0.4),
    simple("OneCycleLR", 0.4, 60, pct_start=0.0, div_factor=3.0, final_div_factor=7.0),
    simple("OneCycleLR", 0.4, 70, cycle_momentum=False, pct_start=1.0),
    simple("OneCycleLR", 0.4, 60, base_momentum=[0.1, 0.2], max_momentum=0.7),
    sequence([20], simple("ConstantLR", 0.1, 30), simple("ExponentialLR", 0.9)),
    sequence([5, 25], simple("LinearLR"), simple("CosineAnnealingLR", 20), simple("StepLR", 4)),
    sequence([9, 30], simple("LambdaLR", lambda e: 0.9**e),
             simple("CosineAnnealingWarmRestarts", 5), simple("MultiplicativeLR", lambda e: 0.9)),
    sequence([4, 11, 40], simple("CosineAnnealingWarmRestarts", 5), simple("PolynomialLR", 7),
             simple("MultiStepLR", [3, 5]), simple("CyclicLR", 0.3, 0.5, 3)),
    chain(simple("ConstantLR", 0.1, 20), simple("ExponentialLR", 0.9)),
    chain(simple("LinearLR"), simple("StepLR", 9), simple("CosineAnnealingLR", 12)),
]  # fmt: skip
OPTIMISERS = {"SGD": {"momentum": 0.9}, "Adam": {}}


def ours(kind="SGD"):
    params = [Tensor([1.0], requires_grad=True) for _ in RATES]
    groups = [{"params": [p], "lr": r} for p, r in zip(params, RATES, strict=True)]
    return {"SGD": SGD, "Adam": Adam}[kind](groups, **OPTIMISERS[kind])


def picture(optimiser):
    return [
        (group["lr"], group.get("momentum", 0.0), *group.get("betas", ()))
        for group in optimiser.param_groups
    ]


def walk(schedule, optimiser, steps=STEPS):
    path = [picture(optimiser)]
    for _ in range(steps):
        schedule.step()
        path.append(picture(optimiser))
        assert schedule.get_last_lr() == [group["lr"] for group in optimiser.param_groups]
    return path


@pytest.mark.parametrize("kind", OPTIMISERS)
@pytest.mark.parametrize("make", MAKERS)
def test_sixty_steps_equal_pytorch(make, kind):
    torch = pytest.importorskip("torch")
    params = [torch.zeros(1, requires_grad=True) for _ in RATES]
    groups = [{"params": [p], "lr": r} for p, r in zip(params, RATES, strict=True)]
    theirs = getattr(torch.optim, kind)(groups, **OPTIMISERS[kind])
    mine = ours(kind)
    path = walk(make(Ours, mine), mine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = walk(make(torch.optim.lr_scheduler, theirs), theirs)
    np.testing.assert_allclose(path, expected, rtol=1e-10, atol=1e-15)


FORMULAS = [
    (MAKERS[0], lambda e, base: base * 0.95**e),
    (MAKERS[4], lambda e, base: base * 0.1 ** (e // 7)),
    (MAKERS[6], lambda e, base: base * 0.1 ** sum(e >= m for m in (3, 10, 10, 41))),
    (MAKERS[9], lambda e, base: base * (0.2 if e < 17 else 1.0)),
    (MAKERS[11], lambda e, base: base * (0.9 - 0.8 * min(e, 23) / 23)),
    (MAKERS[13], lambda e, base: base * 0.93**e),
    (MAKERS[16], lambda e, base: base * (1 - min(e, 40) / 40) ** 2.5),
    (MAKERS[18], lambda e, base: 0.01 + (base - 0.01) * (1 + math.cos(math.pi * e / 33)) / 2),
    (MAKERS[20], lambda e, base: base * (1 + math.cos(math.pi * (e % 7) / 7)) / 2),
    (MAKERS[22], lambda e, base: 0.01 + 0.09 * (1 - abs(e % 10 - 5) / 5)),
    (MAKERS[33], lambda e, base: base * (0.1 if e < 20 else 0.9 ** (e - 20))),
    (MAKERS[37], lambda e, base: base * (0.1 if e < 20 else 1.0) * 0.9**e),
]


@pytest.mark.parametrize(("make", "formula"), FORMULAS)
def test_sixty_steps_equal_the_formula(make, formula):
    optimiser = ours()
    path = walk(make(Ours, optimiser), optimiser)
    for epoch, rates in enumerate(path):
        for (rate, *_), base in zip(rates, RATES, strict=True):
            assert rate == pytest.approx(formula(epoch, base), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("make", MAKERS)
def test_the_state_goes_on_where_it_stopped(make):
    optimiser = ours()
    expected = walk(make(Ours, optimiser), optimiser)
    first = ours()
    schedule = make(Ours, first)
    walk(schedule, first, 23)
    saved = json.loads(json.dumps([schedule.state_dict(), first.state_dict()]))
    second = ours()
    again = make(Ours, second)
    again.load_state_dict(saved[0])
    second.load_state_dict(saved[1])
    assert again.get_last_lr() == schedule.get_last_lr()
    np.testing.assert_array_equal(walk(again, second, STEPS - 23), expected[23:])
    assert json.loads(json.dumps(schedule.state_dict())) == saved[0]


def test_a_start_in_the_middle():
    optimiser = ours()
    with pytest.raises(errors.OptionError, match="initial_lr"):
        StepLR(optimiser, 3, last_epoch=4)
    for group, rate in zip(optimiser.param_groups, RATES, strict=True):
        group["initial_lr"] = rate
    schedule = LambdaLR(optimiser, lambda e: 0.5**e, last_epoch=2)
    np.testing.assert_allclose(schedule.get_last_lr(), np.array(RATES) / 8)
    with pytest.raises(errors.OptionError, match="last_epoch"):
        StepLR(optimiser, 3, last_epoch=-2)


def test_a_sequence_in_a_sequence():
    """Starts as it would alone."""
    inner = sequence([2], simple("ConstantLR", 0.5, 9), simple("ExponentialLR", 0.5))
    alone = ours()
    expected = walk(inner(Ours, alone), alone, 10)
    for outer, begin in ((sequence([6], inner, simple("StepLR", 3)), 0),
                         (sequence([6], simple("StepLR", 3), inner), 6),
                         (sequence([6], simple("StepLR", 3), chain(inner)), 6)):  # fmt: skip
        optimiser = ours()
        path = walk(outer(Ours, optimiser), optimiser, 16)
        length = 6 if begin == 0 else 10
        np.testing.assert_allclose(path[begin : begin + length], expected[:length])


def test_the_last_cycle_ends_where_it_should():
    optimiser = ours()
    schedule = OneCycleLR(optimiser, 0.4, total_steps=10, pct_start=0.1)
    for _ in range(10):
        schedule.step()
    with pytest.raises(errors.OptionError, match="10 steps"):
        schedule.step()


METRICS = [5.0, 4.0, 4.0, 3.9999, 4.1, 4.0, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8] * 4
PLATEAUS = [
    {},
    {"patience": 2},
    {"patience": 1, "factor": 0.5, "cooldown": 3},
    {"patience": 0, "factor": 0.3, "min_lr": [0.01, 0.04]},
    {"patience": 1, "mode": "max", "threshold": 0.3, "threshold_mode": "abs"},
    {"patience": 1, "mode": "max", "threshold": 0.1},
    {"patience": 1, "threshold": 0.5, "threshold_mode": "abs", "factor": 0.9, "eps": 0.02},
]


@pytest.mark.parametrize("options", PLATEAUS)
def test_plateaus_equal_pytorch(options):
    torch = pytest.importorskip("torch")
    params = [torch.zeros(1, requires_grad=True) for _ in RATES]
    groups = [{"params": [p], "lr": r} for p, r in zip(params, RATES, strict=True)]
    theirs = torch.optim.SGD(groups)
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, **options)
    mine = ours()
    schedule = ReduceLROnPlateau(mine, **options)
    for i, metric in enumerate(METRICS):
        if i == 20:  # and in between through its state
            state = json.loads(json.dumps(schedule.state_dict()))
            schedule = ReduceLROnPlateau(mine)
            schedule.load_state_dict(state)
        schedule.step(Tensor(metric))
        other.step(metric)
        np.testing.assert_allclose(schedule.get_last_lr(), other.get_last_lr(), rtol=1e-12)
        assert schedule.get_last_lr() == [group["lr"] for group in mine.param_groups]


def test_a_plateau_lowers_the_rate_after_its_patience():
    optimiser = ours()
    schedule = ReduceLROnPlateau(optimiser, patience=2, factor=0.5)
    rates = []
    for metric in (1.0, 0.5, 0.5, 0.6, 0.5, float("nan"), 0.4):
        schedule.step(metric)
        rates.append(optimiser.param_groups[0]["lr"])
    assert rates == [0.3, 0.3, 0.3, 0.3, 0.15, 0.15, 0.15]


def test_states_that_do_not_fit_are_refused():
    optimiser = ours()
    schedule = StepLR(optimiser, 3)
    single = SGD([Tensor([1.0], requires_grad=True)])
    for state in (None, {}, ExponentialLR(optimiser, 0.5).state_dict()):
        with pytest.raises(StateError, match="nothing was changed"):
            schedule.load_state_dict(state)
    with pytest.raises(StateError, match="groups"):
        schedule.load_state_dict(StepLR(single, 3).state_dict())
    two = SequentialLR(optimiser, [schedule, ExponentialLR(optimiser, 0.5)], [4])
    one = SequentialLR(optimiser, [schedule], [])
    with pytest.raises(StateError, match="schedules"):
        two.load_state_dict(one.state_dict())
    before, wrong = two.state_dict(), two.state_dict()
    wrong["_schedulers"] = [{**wrong["_schedulers"][0], "gamma": 0.7}, wrong["_schedulers"][0]]
    with pytest.raises(StateError):
        two.load_state_dict({**wrong, "last_epoch": 7})
    assert two.state_dict() == before


BAD = [
    (StepLR, {"step_size": 0}),
    (MultiStepLR, {"milestones": [1.5]}),
    (ConstantLR, {"factor": 0.0}),
    (ConstantLR, {"factor": 1.5}),
    (ConstantLR, {"total_iters": 0}),
    (LinearLR, {"start_factor": 0.0}),
    (LinearLR, {"end_factor": -0.1}),
    (ExponentialLR, {"gamma": None}),
    (PolynomialLR, {"power": -1.0}),
    (PolynomialLR, {"total_iters": 2.5}),
    (CosineAnnealingLR, {"T_max": 0}),
    (CosineAnnealingWarmRestarts, {"T_0": 0}),
    (CosineAnnealingWarmRestarts, {"T_mult": 1.5, "T_0": 3}),
    (LambdaLR, {"lr_lambda": 0.5}),
    (MultiplicativeLR, {"lr_lambda": [lambda e: 1.0]}),
    (CyclicLR, {"mode": "square", "base_lr": 0.1, "max_lr": 0.2}),
    (CyclicLR, {"scale_mode": "x", "base_lr": 0.1, "max_lr": 0.2}),
    (CyclicLR, {"base_lr": [0.1], "max_lr": 0.2}),
    (OneCycleLR, {"total_steps": None, "max_lr": 0.1}),
    (OneCycleLR, {"pct_start": 1.5, "max_lr": 0.1, "total_steps": 5}),
    (OneCycleLR, {"anneal_strategy": "x", "max_lr": 0.1, "total_steps": 5}),
    (OneCycleLR, {"div_factor": 0, "max_lr": 0.1, "total_steps": 5}),
    (ReduceLROnPlateau, {"mode": "best"}),
    (ReduceLROnPlateau, {"factor": 1.0}),
    (ReduceLROnPlateau, {"patience": -1}),
    (ReduceLROnPlateau, {"min_lr": [0.1]}),
    (ReduceLROnPlateau, {"threshold_mode": "x"}),
    (SequentialLR, {"schedulers": [], "milestones": []}),
    (ChainedScheduler, {"schedulers": []}),
]


@pytest.mark.parametrize(("kind", "options"), BAD)
def test_bad_options_are_refused(kind, options):
    with pytest.raises(errors.OptionError, match=f"{kind.__name__}: {next(iter(options))}"):
        kind(optimizer=ours(), **options)


def test_what_does_not_belong_together_is_refused():
    mine, other = ours(), ours()
    with pytest.raises(errors.DTypeError, match="optimiser"):
        StepLR([0.1], 3)
    for wrong in (StepLR(other, 3), ReduceLROnPlateau(mine), 3):
        with pytest.raises(errors.OptionError, match="entry 1"):
            SequentialLR(mine, [StepLR(mine, 3), wrong], [3])
        with pytest.raises(errors.OptionError, match="entry 1"):
            ChainedScheduler([StepLR(mine, 3), wrong])
    parts = [StepLR(mine, 3), StepLR(mine, 4), StepLR(mine, 5)]
    for milestones in ([3], [5, 3], [0, 3], ["x", 3]):
        with pytest.raises(errors.OptionError, match="milestones"):
            SequentialLR(mine, parts, milestones)
    adagrad = Adagrad([Tensor([1.0], requires_grad=True)])
    for make in (simple("CyclicLR", 0.1, 0.2), simple("OneCycleLR", 0.1, 5)):
        with pytest.raises(errors.OptionError, match="cycle_momentum=False"):
            make(Ours, adagrad)


@pytest.mark.parametrize("make", [simple("StepLR", 3), simple("LambdaLR", lambda e: 1.0)])
def test_groups_that_came_later_are_refused(make):
    optimiser = ours()
    schedule, plateau = make(Ours, optimiser), ReduceLROnPlateau(optimiser)
    optimiser.add_param_group({"params": [Tensor([1.0], requires_grad=True)]})
    with pytest.raises(errors.OptionError, match="2 parameter groups"):
        schedule.step()
    with pytest.raises(errors.OptionError, match="2 parameter groups"):
        plateau.step(1.0)


def test_a_schedule_of_your_own():
    class Thirds(LRScheduler):
        def get_lr(self):
            return [base / (1 + self.last_epoch // 3) for base in self.base_lrs]

    optimiser = ours()
    path = walk(Thirds(optimiser), optimiser, 7)
    assert [rates[0][0] for rates in path] == [0.3 / (1 + e // 3) for e in range(8)]
