"""Layers and losses equal numbers that PyTorch gave once, with every option; torch is not needed.

The numbers are made by `tests/references/make_module_references.py`, those of activations by
`make_nn_references.py`. That nothing public was forgotten is tested here too.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn

FOLDER = Path(__file__).parents[1] / "references"
_spec = importlib.util.spec_from_file_location("shared", FOLDER / "shared.py")
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)

CASES = shared.read("modules.npz")
IDS = [f"{number}-{case['name']}-{case['dtype']}" for number, case in enumerate(CASES)]
with np.load(FOLDER / "nn.npz") as file:
    SIMPLE = [
        (name, options, {key.split(".", 2)[2]: file[key] for key in file if key.startswith(prefix)})
        for table, rows in json.loads(str(file["cases"])).items()
        for number, (name, options, *_) in enumerate(rows)
        for prefix in [f"{table}.{number}."]
    ]
PRECISION = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 2e-6, "atol": 2e-6}}
# A length below eps counts as eps. PyTorch's slope is that of the length all the same; ours is that
# of the result, as finite differences have it.
OWN_SLOPE = [("CosineSimilarity", {"dim": -1, "eps": 4.0})]


def equal(mine, theirs, dtype, what):
    """The same to the precision of the dtype, and in that dtype."""
    assert np.isfinite(theirs).all(), what
    assert mine.shape == theirs.shape, what
    assert mine.dtype == dtype, what
    np.testing.assert_allclose(mine, theirs, err_msg=what, **PRECISION[dtype])


def arrays_of(case, prefix):
    """What is stored under names that begin so, by the rest of the name."""
    found = {k.removeprefix(prefix): v for k, v in case["arrays"].items() if k.startswith(prefix)}
    return {int(k) if k.isdigit() else k: v for k, v in found.items()}


@pytest.mark.parametrize("case", CASES, ids=IDS)
@pytest.mark.filterwarnings("ignore:Support for mismatched")
def test_modules_equal_stored_numbers_of_pytorch(case):
    name, dtype = case["name"], case["dtype"]
    with ag.default_dtype(dtype):
        module = getattr(nn, name)(*case["args"], **case["options"])
    module.load_state_dict(arrays_of(case, "before."))
    module.train(case["training"])
    gradients = arrays_of(case, "d")
    inputs = [
        ag.Tensor(x, requires_grad=True) if slot in gradients else x
        for slot, x in arrays_of(case, "x").items()
    ]
    answers = shared.call(module, name, inputs, case["call"] | arrays_of(case, "call."))
    results, upstream = arrays_of(case, "y"), arrays_of(case, "g")
    assert len(answers) == len(results)
    for slot, y in enumerate(answers):
        equal(y.numpy(), results[slot], dtype, f"result {slot}")
    ag.total([ag.sum(y * upstream[slot]) for slot, y in enumerate(answers)]).backward()
    for slot, x in enumerate(inputs):
        if slot in gradients and (name, case["options"]) not in OWN_SLOPE:
            equal(x.grad, gradients[slot], dtype, f"gradient of input {slot}")
    parameters = dict(module.named_parameters())
    assert parameters.keys() == arrays_of(case, "d.").keys()
    for key, expected in arrays_of(case, "d.").items():
        equal(parameters[key].grad, expected, dtype, f"gradient of {key}")
    after = arrays_of(case, "before.") | arrays_of(case, "after.")
    assert module.state_dict().keys() == after.keys()
    for key, array in module.state_dict().items():
        np.testing.assert_allclose(array, after[key], err_msg=key, **PRECISION[dtype])


@pytest.mark.parametrize(("name", "options", "arrays"), SIMPLE, ids=[name for name, *_ in SIMPLE])
def test_activations_and_losses_in_float32(name, options, arrays):
    """Their stored inputs are the same in both precisions, so the results are nearly so."""
    slots = range(sum(key.startswith("x") for key in arrays))
    module = getattr(nn, name)(**options)
    inputs = [ag.Tensor(arrays[f"x{slot}"].astype("f4"), requires_grad=True) for slot in slots]
    rest = [arrays[key] for key in ("t0", "t1") if key in arrays]
    rest = [x.astype("f4") if x.dtype.kind == "f" else x for x in rest]
    out = module(*inputs, *rest)
    out.backward(arrays["g"].astype("f4"))
    equal(out.numpy(), arrays["y"], "float32", "result")
    for slot, x in enumerate(inputs):
        equal(x.grad, arrays[f"d{slot}"], "float32", f"gradient of input {slot}")
    for key, p in module.named_parameters():
        equal(p.grad, arrays[f"p.{key}"], "float32", f"gradient of {key}")


# --- nothing was forgotten ------------------------------------------------------------------------

CONTAINERS = {"Sequential", "ModuleList", "ModuleDict"}  # compute nothing: what they hold does
# Options without a line, and why.
NO_LINE = {
    "generator": "ours: random",
    "ties": "ours: PyTorch has no choice",
    "inplace": "refused unless False",
    "padding_mode": "refused unless 'zeros'",
    "proj_size": "refused unless 0",
    "scale_grad_by_freq": "refused unless False",
    "sparse": "a gradient of another kind, tested with the optimisers that take it",
    "dropout": "random unless 0 or in evaluation",
    "init": "a starting value: the lines load a state",
    "args": "ignored",
    "kwargs": "ignored",
}


def lines():
    """Name, arguments, options of every stored line."""
    yield from ((case["name"], case["args"], case["options"] | case["call"]) for case in CASES)
    yield from ((name, [], options) for name, options, _ in SIMPLE)


def test_every_layer_and_loss_has_a_stored_line():
    public = {*nn.layers.__all__, *nn.losses.__all__}
    modules = {
        name
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name)) and issubclass(getattr(nn, name), nn.Module)
    }
    assert modules == public | {"Module"}
    assert {name for name, *_ in lines()} == public - CONTAINERS
    precisions = {(case["name"], case["dtype"]) for case in CASES}
    assert {name for name, dtype in precisions if dtype == "float32"} == {
        name for name, dtype in precisions if dtype == "float64"
    }


@pytest.mark.parametrize("name", sorted({name for name, *_ in lines()}))
def test_every_option_of_layers_and_losses_is_in_a_line(name):
    kind, tried = getattr(nn, name), set()
    options = inspect.signature(kind).parameters
    for _, args, given in (line for line in lines() if line[0] == name):
        given = {**dict(zip(options, args, strict=False)), **given}
        tried |= {key for key, x in given.items() if key in options and x != options[key].default}
    left = options.keys() - tried
    assert left <= NO_LINE.keys()
