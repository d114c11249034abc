"""Optimisers and schedules equal numbers that PyTorch gave once, with every option.

The numbers are made by `tests/references/make_optim_references.py`; torch is not needed to read
them. That nothing public was forgotten is tested here too.
"""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from nn import optim
from nn.optim.scheduler import Schedule

FOLDER = Path(__file__).parents[1] / "references"
_spec = importlib.util.spec_from_file_location("shared", FOLDER / "shared.py")
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)

CASES = shared.read("optim.npz")
WALKS = [case for case in CASES if "options" in case and "rows" not in case["arrays"]]
SPARSE = [case for case in CASES if "rows" in case["arrays"]]
PATHS = [case for case in CASES if "recipe" in case]
PRECISION = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 1e-5, "atol": 1e-6}}


def ids(cases, key):
    return [f"{number}-{case['name']}-{case[key]}" for number, case in enumerate(cases)]


@pytest.mark.parametrize("case", WALKS, ids=ids(WALKS, "dtype"))
def test_twenty_steps_equal_stored_numbers_of_pytorch(case):
    name, arrays, slots = case["name"], case["arrays"], range(len(shared.SHAPES))
    params = [ag.Tensor(arrays[f"x{slot}"], requires_grad=True) for slot in slots]
    optimiser = getattr(optim, name)(params, **case["options"])

    def closure():
        optimiser.zero_grad()
        loss = shared.valley(*params[:2])
        loss.backward()
        return loss

    def check(mine, key, step=...):
        expected, message = arrays[key][step], f"{key} after step {step}"
        assert mine.dtype == case["dtype"]
        np.testing.assert_allclose(mine, expected, err_msg=message, **PRECISION[case["dtype"]])

    for step in range(shared.STEPS):
        for slot, p in enumerate(params):
            if name != "LBFGS":
                p.grad = arrays[f"g{slot}"][step, ...].copy()
        if step == 3:  # the second parameter has no gradient this time
            params[1].grad = None
        optimiser.step(closure if name == "LBFGS" else None)
        for slot, p in enumerate(params):
            check(p.numpy(), f"y{slot}", step)
    if name == "ASGD":
        for slot, memory in optimiser.state_dict()["state"].items():
            check(memory["ax"], f"mean{slot}")


@pytest.mark.parametrize("case", SPARSE, ids=ids(SPARSE, "dtype"))
def test_twenty_steps_of_few_rows_equal_stored_numbers_of_pytorch(case):
    arrays = case["arrays"]
    layer = nn.Embedding(5, 2, sparse=True).astype(case["dtype"])
    layer.load_state_dict({"weight": arrays["x"]})
    optimiser = getattr(optim, case["name"])(layer.parameters(), **case["options"])
    for step, (rows, g) in enumerate(zip(arrays["rows"], arrays["g"], strict=True)):
        optimiser.zero_grad()
        layer(rows).backward(g)
        optimiser.step()
        np.testing.assert_allclose(
            layer.weight.numpy(), arrays["y"][step], **PRECISION[case["dtype"]]
        )


@pytest.mark.parametrize("case", PATHS, ids=ids(PATHS, "kind"))
def test_rates_equal_stored_numbers_of_pytorch(case):
    groups = [{"params": [ag.Tensor([0.0], requires_grad=True)], "lr": r} for r in shared.RATES]
    kinds = {"SGD": lambda: optim.SGD(groups, momentum=0.9), "Adam": lambda: optim.Adam(groups)}
    optimiser = kinds[case["kind"]]()
    schedule = shared.schedule(optim, optimiser, case["recipe"])
    path = [shared.group_options(optimiser)]
    for metric in shared.METRICS:
        schedule.step(*([metric] if case["name"] == "ReduceLROnPlateau" else []))
        path.append(shared.group_options(optimiser))
    np.testing.assert_allclose(path, case["arrays"]["path"], rtol=1e-9, atol=1e-15)


# --- nothing was forgotten ------------------------------------------------------------------------

BASES = {"Optimizer", "LRScheduler"}  # what others are made from
# Options without a line, and why.
NO_LINE = {
    "params": "always set",
    "optimizer": "always set; ChainedScheduler finds it in its schedules",
    "last_epoch": "a start in the middle: where a run is resumed, which tests of its own do",
}


def public(base):
    """The names of public classes of a kind."""
    named = {name: getattr(optim, name) for name in optim.__all__}
    found = {name for name, x in named.items() if inspect.isclass(x) and issubclass(x, base)}
    return found - BASES


def test_every_optimiser_has_stored_walks_in_both_precisions():
    for dtype in PRECISION:
        walked = {case["name"] for case in WALKS + SPARSE if case["dtype"] == dtype}
        assert walked == public(optim.Optimizer)


def test_every_schedule_has_a_stored_path():
    assert {case["name"] for case in PATHS} == public(Schedule)


@pytest.mark.parametrize("name", sorted(public(optim.Optimizer) | public(Schedule)))
def test_every_option_is_in_a_line(name):
    """Set to something else than its default, that is."""
    options = inspect.signature(getattr(optim, name)).parameters
    tried = set()
    for case in CASES:
        args, given = case["recipe"][1:] if "recipe" in case else ([], case["options"])
        if case["name"] == name:
            placed = [key for key in options if key not in ("params", "optimizer")]
            given = dict(zip(placed, args, strict=False)) | given
            tried |= {key for key, x in given.items() if x != options[key].default}
    left = options.keys() - tried
    assert left <= NO_LINE.keys()
