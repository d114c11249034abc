"""What the scripts that make reference numbers and the tests that read them both need.

A file of references holds two arrays: the cases as text (JSON), and all numbers of all cases one
behind the other. A zip entry for each of some thousand small arrays would be larger than they are.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

Case = dict[str, Any]

# Optimisers: the parameters, and how long they walk. LBFGS descends a valley of the first two.
SHAPES = ((2, 2), (3,), ())
STEPS = 20
# Schedules: the rates of the two groups, and what a metric says, once per step.
RATES = (0.3, 0.05)
METRICS = (5.0, 4.0, 4.0, 3.9999, 4.1, 4.0, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8)
METRICS += (5.1, 5.2, 5.4, 5.5, 5.7, 5.8, 6.0, 6.5, 6.6, 6.7, 6.8, 7.1, 2.9, 2.5, 2.4)


def write(name: str, cases: list[Case]) -> None:
    """Store cases; the arrays of each are under its key "arrays"."""
    numbers: list[Any] = [np.zeros(0)]
    told = []
    for case in cases:
        arrays = {key: np.asarray(array) for key, array in case["arrays"].items()}
        numbers += [array.astype(np.float64).ravel() for array in arrays.values()]
        layout = [(key, array.dtype.str, array.shape) for key, array in arrays.items()]
        told.append({**case, "arrays": layout})
    path = Path(__file__).with_name(name)
    np.savez_compressed(path, cases=np.array(json.dumps(told)), numbers=np.concatenate(numbers))


def read(name: str) -> list[Case]:
    """The cases of a file, each with its arrays in their own types and shapes."""
    with np.load(Path(__file__).with_name(name)) as file:
        cases, numbers = json.loads(str(file["cases"])), file["numbers"]
    at = 0
    for case in cases:
        arrays = {}
        for key, dtype, shape in case["arrays"]:
            arrays[key] = numbers[at : at + math.prod(shape)].astype(dtype).reshape(shape)
            at += math.prod(shape)
        case["arrays"] = arrays
    assert at == len(numbers)
    return cases  # type: ignore[no-any-return]  # what was written


def call(module: Any, name: str, inputs: list[Any], options: Case) -> list[Any]:
    """What a module answers, as a flat list without the Nones; an LSTM's states are a pair."""
    if name.startswith("LSTM"):
        inputs = [inputs[0], tuple(inputs[1:])] if inputs[1:] else inputs
    answers, waiting = [], [module(*inputs, **options)]
    while waiting:
        answer = waiting.pop(0)
        if isinstance(answer, tuple):
            waiting = [*answer, *waiting]
        elif answer is not None:
            answers.append(answer)
    return answers


def valley(u: Any, v: Any) -> Any:
    """A loss with bends and several scales, over (2, 2) and (3,), for any library's arrays."""
    tilted = ((u * v[:2] - 1.0) ** 2).sum() + 0.1 * (u**2).sum()
    return tilted + 5.0 * ((v[1:] - v[:-1] ** 2) ** 2).sum() + (v**4).sum()


def group_options(optimiser: Any) -> list[tuple[float, float]]:
    """The rate and the momentum (or the first beta) of each group, which schedules set."""
    groups = optimiser.param_groups
    return [(group["lr"], group.get("momentum", group.get("betas", [0])[0])) for group in groups]


def schedule(library: Any, optimiser: Any, recipe: list[Any]) -> Any:
    """A schedule from [name, arguments, options], in which {"power": b} is b**epoch.

    The parts of a `SequentialLR` or `ChainedScheduler` are recipes too.
    """
    name, args, options = recipe
    args = [_read(library, optimiser, arg) for arg in args]
    options = {key: _read(library, optimiser, option) for key, option in options.items()}
    first = [] if name == "ChainedScheduler" else [optimiser]
    return getattr(library, name)(*first, *args, **options)


def _read(library: Any, optimiser: Any, given: Any) -> Any:
    if isinstance(given, dict):
        base = given["power"]
        return lambda epoch: base**epoch
    if isinstance(given, (list, tuple)) and given and isinstance(given[0], (list, tuple)):
        return [schedule(library, optimiser, recipe) for recipe in given]
    if isinstance(given, (list, tuple)):
        return [_read(library, optimiser, entry) for entry in given]
    return given
