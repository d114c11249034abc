"""Whatever is passed to a constructor or a layer: it works, or a typed sentence says what is wrong.

Every option of every layer, loss, optimiser, schedule and of the data gets things it cannot be.
Some of them it can be (a rate of 0, a flag of 0), so what counts is that nothing else than an
`AutogradError` comes out, and that each option refuses at least one: an option that takes a list,
an object and a complex number alike is not read at all.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.errors import AutogradError

FOLDER = Path(__file__).parents[1] / "references"
_spec = importlib.util.spec_from_file_location("shared", FOLDER / "shared.py")
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)

BAD_OPTIONS = [
    *(None, "x", "", "False", -1, 0, -3.5, 2.5, math.nan, math.inf, True, 1 + 2j),
    *([], (), {}, [None], object(), np.zeros((2, 2))),
]
UNREAD = {("OneCycleLR", "epochs"), ("OneCycleLR", "steps_per_epoch")}  # there is total_steps


def optimiser():
    return nn.optim.SGD([ag.Tensor([1.0, 2.0], requires_grad=True)], lr=0.1, momentum=0.9)


def parameters():
    return optimiser().param_groups[0]["params"]


def sentence(what, call):
    """What an `AutogradError` says, or None where `call` went well; anything else is a failure."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # dropout without effect
            call()
    except AutogradError as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}") from error
    return None


# What a constructor needs at least; these are made afresh for every try.
FRESH = {"optimizer": optimiser, "params": parameters, "parameters": parameters}
NEEDED = {
    "LambdaLR": {"lr_lambda": lambda epoch: 1.0},
    "MultiplicativeLR": {"lr_lambda": lambda epoch: 1.0},
    "StepLR": {"step_size": 2},
    "MultiStepLR": {"milestones": [1, 2]},
    "ExponentialLR": {"gamma": 0.9},
    "CosineAnnealingLR": {"T_max": 5},
    "CosineAnnealingWarmRestarts": {"T_0": 5},
    "CyclicLR": {"base_lr": 0.1, "max_lr": 0.2},
    "OneCycleLR": {"max_lr": 0.2, "total_steps": 10},
    "DataLoader": {"data": (np.zeros((4, 2)),)},
    "windows": {"sequence": np.arange(20.0), "length": 4},
    "clip_grad_norm_": {"max_norm": 1.0},
    "clip_grad_value_": {"clip_value": 1.0},
}


def cases():
    """Name, what makes one, and the options it cannot do without."""
    seen = set()
    for case in shared.read("modules.npz"):
        kind = getattr(nn, case["name"])
        if case["name"] not in seen:
            seen.add(case["name"])
            names = inspect.signature(kind).parameters
            given = dict(zip(names, case["args"], strict=False)) | case["options"]
            yield case["name"], kind, given
    with np.load(FOLDER / "nn.npz") as file:
        for rows in json.loads(str(file["cases"])).values():
            for name, options, *_ in rows:
                if name not in seen and inspect.isclass(getattr(nn, name, None)):
                    seen.add(name)
                    yield name, getattr(nn, name), options
    for name in ("ModuleList", "ModuleDict", "DataLoader", "windows", "EarlyStopping"):
        yield name, getattr(nn, name), NEEDED.get(name, {})
    for name in nn.optim.__all__:
        kind = getattr(nn.optim, name)
        if name in ("Optimizer", "LRScheduler", "SequentialLR", "ChainedScheduler"):
            continue  # nothing to give wrongly, or lists: see test_schedules
        if name in NEEDED or inspect.isclass(kind):
            first = next(iter(inspect.signature(kind).parameters))
            if first in FRESH:
                yield name, kind, {first: FRESH[first], **NEEDED.get(name, {})}


CASES = [
    pytest.param(name, kind, needed, option.name, id=f"{name}-{option.name}")
    for name, kind, needed in cases()
    for option in inspect.signature(kind).parameters.values()
    if option.kind not in (option.VAR_POSITIONAL, option.VAR_KEYWORD)
]


@pytest.mark.parametrize(("name", "kind", "needed", "option"), CASES)
def test_an_option_is_taken_or_refused_in_a_sentence(name, kind, needed, option):
    refused = 0
    for bad in BAD_OPTIONS:
        given = {key: thing() if key in FRESH else thing for key, thing in needed.items()}
        given[option] = bad
        said = sentence(f"{name}({option}={bad!r})", lambda given=given: kind(**given))
        assert said is None or len(said.split()) > 3
        refused += said is not None
    assert refused or (name, option) in UNREAD


def test_a_flag_that_is_a_word_is_refused():
    """`bias="False"` would be true."""
    with pytest.raises(ag.errors.OptionError, match=r"bias must be True or False, got 'False'"):
        nn.Linear(2, 3, "False")
    assert nn.Linear(2, 3, np.bool_(False)).bias is None
    assert nn.Linear(2, 3, 0).bias is None


# --- calls ----------------------------------------------------------------------------------------

BAD_INPUTS = {
    "None": None,
    "text": "x",
    "object": object(),
    "nothing": [],
    "dict": {},
    "complex": np.zeros(3, complex),
    "array of text": np.array(["a"]),
    "array of objects": np.array([None]),
    "uneven lists": [[1.0], [1.0, 2.0]],
    "one number": 1.5,
    "no elements": np.zeros(0),
    "nine axes": np.zeros((1,) * 9),
    "other sizes": np.zeros((2, 3, 4, 5, 6)),
}


def layers():
    """A module of each kind and arrays it takes."""
    seen = set()
    for case in shared.read("modules.npz"):
        name, arrays = case["name"], case["arrays"]
        inputs = [arrays[f"x{i}"] for i in range(9) if f"x{i}" in arrays]
        if name not in seen:
            seen.add(name)
            yield name, case["args"], case["options"], inputs
    with np.load(FOLDER / "nn.npz") as file:
        for table, rows in json.loads(str(file["cases"])).items():
            for number, (name, options, *_) in enumerate(rows):
                if name not in seen and inspect.isclass(getattr(nn, name, None)):
                    seen.add(name)
                    keys = [f"{table}.{number}.{key}" for key in ("x0", "x1", "x2", "t0", "t1")]
                    yield name, [], options, [file[key] for key in keys if key in file]


LAYERS = list(layers())


@pytest.mark.parametrize(("name", "args", "options", "inputs"), LAYERS, ids=[n for n, *_ in LAYERS])
@pytest.mark.filterwarnings("ignore")
def test_an_input_is_taken_or_refused_in_a_sentence(name, args, options, inputs):
    module = getattr(nn, name)(*args, **options)
    shared.call(module, name, list(inputs), {})  # what they are replaced in is right
    for slot in range(len(inputs)):
        for what, bad in BAD_INPUTS.items():
            given = [*inputs[:slot], bad, *inputs[slot + 1 :]]
            said = sentence(
                f"{name}, input {slot}, {what}",
                lambda given=given: shared.call(module, name, given, {}),
            )
            assert said is None or len(said.split()) > 3
