"""Layers and losses equal numbers that PyTorch gave once, with every option; torch is not needed.

The numbers are made by `tests/references/make_module_references.py`, those of activations by
`make_nn_references.py`. The same cases are held against finite differences, and that nothing public
was forgotten is tested here too.
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


# --- and finite differences, which need nobody's numbers ------------------------------------------


# Rows of padding get no gradient, though the result depends on them: see test_dropout_embedding.
BY_DECISION = {"Embedding"}
SMOOTH = [
    (case, number)
    for case, number in zip(CASES, IDS, strict=True)
    if case["dtype"] == "float64" and case["name"] not in BY_DECISION
]


def slope_along(value, arrays, rng, step=1e-6):
    """A random direction over all arrays together, and the slope of `value` along it."""
    way = [rng.standard_normal(np.shape(array)) for array in arrays]
    found = []
    for sign in (1.0, -1.0):
        for array, part in zip(arrays, way, strict=True):
            array += sign * step * part
        found.append(value())
        for array, part in zip(arrays, way, strict=True):
            array -= sign * step * part
    return way, (found[0] - found[1]) / (2 * step)


def check_slope(module, name, inputs, wanting, more, upstream, rng):
    """The gradients of some inputs and of all parameters, along a direction through all of them."""

    def answers(inputs):
        return shared.call(module, name, inputs, more)

    def value():
        with ag.no_grad():
            ys = answers(inputs)
            return sum(float(np.sum(np.asarray(y) * upstream[i])) for i, y in enumerate(ys))

    nodes = [
        ag.Tensor(x, requires_grad=True) if slot in wanting else x for slot, x in enumerate(inputs)
    ]
    ys = answers(nodes)
    ag.total([ag.sum(y * upstream[i]) for i, y in enumerate(ys)]).backward()
    parameters = [p for p in module.parameters() if p.grad is not None]
    gradients = [nodes[slot].grad for slot in wanting] + [p.grad for p in parameters]
    arrays = [inputs[slot] for slot in wanting] + [p.overwrite() for p in parameters]
    assert arrays, "nothing was compared"
    way, expected = slope_along(value, arrays, rng)
    sizes = [np.sum(np.abs(g * part)) for g, part in zip(gradients, way, strict=True)]
    slope = sum(float(np.sum(g * part)) for g, part in zip(gradients, way, strict=True))
    assert slope == pytest.approx(expected, rel=1e-5, abs=1e-7 * (1.0 + sum(sizes)))


@pytest.mark.parametrize("case", [case for case, _ in SMOOTH], ids=[number for _, number in SMOOTH])
@pytest.mark.filterwarnings("ignore:Support for mismatched")
def test_gradients_of_modules_are_those_of_finite_differences(case, rng):
    name = case["name"]
    with ag.default_dtype(np.float64):
        module = getattr(nn, name)(*case["args"], **case["options"])
    module.load_state_dict(arrays_of(case, "before."))
    module.train(case["training"])
    inputs = [np.array(x) for x in arrays_of(case, "x").values()]
    wanting = [slot for slot in range(len(inputs)) if slot in arrays_of(case, "d")]
    more = case["call"] | arrays_of(case, "call.")
    check_slope(module, name, inputs, wanting, more, arrays_of(case, "g"), rng)


@pytest.mark.parametrize(("name", "options", "arrays"), SIMPLE, ids=[name for name, *_ in SIMPLE])
def test_gradients_of_activations_and_losses_are_those_of_finite_differences(
    name, options, arrays, rng
):
    with ag.default_dtype(np.float64):
        module = getattr(nn, name)(**options)
    slots = range(sum(key.startswith("x") for key in arrays))
    inputs = [arrays[f"x{slot}"] - 0.013 for slot in slots]  # away from the kinks
    inputs += [arrays[key] for key in ("t0", "t1") if key in arrays]
    check_slope(module, name, inputs, list(slots), {}, {0: arrays["g"]}, rng)


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
