"""Make optim.npz: what PyTorch says about optimisers, twenty steps each, and about schedules.

Run `python tests/references/make_optim_references.py` where torch is installed; the tests read the
file and need no torch. All from one seed, so a new run changes nothing.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from shared import METRICS, RATES, SHAPES, STEPS, Case, group_options, schedule, valley, write

# Name, options. Gradients are random; those of LBFGS are of the valley.
OPTIMISERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.25}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.2}),
    ("Adagrad", {"weight_decay": 0.3}),
    ("Adagrad", {"initial_accumulator_value": 0.3}),
    ("Adagrad", {"eps": 0.01}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.7}),
    ("Adadelta", {"eps": 1e-3}),
    ("Adadelta", {"weight_decay": 0.3}),
    ("Adadelta", {"weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.5}),
    ("RMSprop", {"eps": 0.1}),
    ("RMSprop", {"weight_decay": 0.3}),
    ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"momentum": 0.5, "centered": True, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": [0.5, 0.7]}),
    ("Adam", {"lr": 0.1, "eps": 0.1}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.3}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "betas": [0.5, 0.7]}),
    ("Adam", {"lr": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "betas": [0.5, 0.7], "eps": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.5}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.0}),
    ("AdamW", {"lr": 0.1, "amsgrad": True, "betas": [0.5, 0.7], "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.1, "betas": [0.5, 0.7]}),
    ("Adamax", {"lr": 0.1, "eps": 0.1}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.3}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.3, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.1, "betas": [0.5, 0.7]}),
    ("NAdam", {"lr": 0.1, "eps": 0.1}),
    ("NAdam", {"lr": 0.1, "momentum_decay": 0.3}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.3}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.1, "betas": [0.5, 0.9]}),
    ("RAdam", {"lr": 0.1, "betas": [0.5, 0.5]}),  # never sure enough
    ("RAdam", {"lr": 0.1, "eps": 0.1}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.3}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5}),
    ("ASGD", {"lr": 0.1, "t0": 5.0}),
    ("ASGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "weight_decay": 0.1, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": [0.25, 1.5]}),
    ("Rprop", {"lr": 0.1, "step_sizes": [0.0625, 0.125]}),
    ("Rprop", {"lr": 0.1, "maximize": True}),
    ("LBFGS", {"lr": 0.05, "max_iter": 2}),
    ("LBFGS", {}),
    ("LBFGS", {"lr": 0.1, "max_iter": 4, "history_size": 2}),
    ("LBFGS", {"lr": 0.1, "max_eval": 3}),
    ("LBFGS", {"lr": 0.1, "tolerance_grad": 0.5}),
    ("LBFGS", {"lr": 0.1, "tolerance_change": 0.01}),
    ("LBFGS", {"line_search_fn": "strong_wolfe"}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 1}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "lr": 0.2, "max_iter": 2, "history_size": 1}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "max_eval": 2}),
]
# The same for the table of an embedding, of which each step uses a few rows, some of them twice.
SPARSE: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.2, "eps": 0.1, "initial_accumulator_value": 0.3}),
    ("SparseAdam", {}),
    ("SparseAdam", {"lr": 0.1, "betas": [0.5, 0.7]}),
    ("SparseAdam", {"lr": 0.1, "eps": 0.1}),
    ("SparseAdam", {"lr": 0.1, "maximize": True}),
]

# Recipes for `shared.schedule`: name, arguments, options.
POWER = {"power": 0.9}
WARM, CONSTANT = ["LinearLR", [], {}], ["ConstantLR", [0.1, 12], {}]
EXPONENTIAL, STEP = ["ExponentialLR", [0.9], {}], ["StepLR", [4], {}]
COSINE, RESTARTS = ["CosineAnnealingLR", [9], {}], ["CosineAnnealingWarmRestarts", [5], {}]
SCHEDULES: list[list[Any]] = [
    ["LambdaLR", [POWER], {}],
    ["LambdaLR", [[POWER, {"power": 0.5}]], {}],
    ["MultiplicativeLR", [{"power": 0.99}], {}],
    ["MultiplicativeLR", [[{"power": 1.01}, POWER]], {}],
    ["StepLR", [7], {}],
    ["StepLR", [2], {"gamma": 0.7}],
    ["MultiStepLR", [[3, 10, 10, 21]], {}],
    ["MultiStepLR", [[15, 5]], {"gamma": 0.5}],
    ["ConstantLR", [], {}],
    ["ConstantLR", [], {"factor": 0.2, "total_iters": 17}],
    ["LinearLR", [], {}],
    ["LinearLR", [], {"start_factor": 0.9, "end_factor": 0.1, "total_iters": 23}],
    ["ExponentialLR", [0.93], {}],
    ["ExponentialLR", [], {"gamma": 1.01}],
    ["PolynomialLR", [], {}],
    ["PolynomialLR", [], {"total_iters": 20, "power": 2.5}],
    ["CosineAnnealingLR", [10], {}],
    ["CosineAnnealingLR", [23], {"eta_min": 0.01}],
    ["CosineAnnealingWarmRestarts", [7], {}],
    ["CosineAnnealingWarmRestarts", [3], {"T_mult": 2, "eta_min": 0.01}],
    ["CyclicLR", [0.01, 0.1], {}],
    ["CyclicLR", [[0.01, 0.02], [0.1, 0.3]], {"step_size_up": 4, "step_size_down": 9}],
    ["CyclicLR", [0.01, 0.1], {"step_size_up": 3, "mode": "triangular2", "cycle_momentum": False}],
    ["CyclicLR", [0.01, 0.1], {"step_size_up": 6, "mode": "exp_range", "gamma": 0.95}],
    [
        "CyclicLR",
        [0.01, 0.1, 5],
        {"scale_fn": POWER, "base_momentum": 0.1, "max_momentum": [0.5, 0.7]},
    ],
    ["CyclicLR", [0.01, 0.1, 5], {"scale_fn": POWER, "scale_mode": "iterations"}],
    ["OneCycleLR", [0.4], {"total_steps": 30}],
    ["OneCycleLR", [[0.4, 2.0]], {"epochs": 5, "steps_per_epoch": 7, "anneal_strategy": "linear"}],
    ["OneCycleLR", [0.4], {"total_steps": 40, "three_phase": True, "pct_start": 0.4}],
    ["OneCycleLR", [0.4, 30], {"pct_start": 0.0, "div_factor": 3.0, "final_div_factor": 7.0}],
    ["OneCycleLR", [0.4, 40], {"cycle_momentum": False, "pct_start": 1.0}],
    ["OneCycleLR", [0.4, 30], {"base_momentum": [0.1, 0.2], "max_momentum": 0.7}],
    ["SequentialLR", [[CONSTANT, EXPONENTIAL], [10]], {}],
    ["SequentialLR", [[WARM, COSINE, STEP], [5, 17]], {}],
    ["SequentialLR", [[["LambdaLR", [POWER], {}], RESTARTS, WARM], [9, 20]], {}],
    ["ChainedScheduler", [[CONSTANT, EXPONENTIAL]], {}],
    ["ChainedScheduler", [[WARM, STEP, COSINE]], {}],
    ["ReduceLROnPlateau", [], {}],
    ["ReduceLROnPlateau", [], {"patience": 2, "factor": 0.5}],
    ["ReduceLROnPlateau", [], {"patience": 1, "cooldown": 3}],
    ["ReduceLROnPlateau", [], {"patience": 0, "factor": 0.3, "min_lr": [0.01, 0.04]}],
    ["ReduceLROnPlateau", [], {"patience": 1, "factor": 0.9, "mode": "max", "threshold": 0.1}],
    [
        "ReduceLROnPlateau",
        [],
        {"patience": 1, "factor": 0.9, "mode": "max", "threshold": 0.3, "threshold_mode": "abs"},
    ],
    ["ReduceLROnPlateau", [], {"patience": 1, "factor": 0.9, "eps": 0.02}],
]


def gradients(rng: np.random.Generator) -> dict[str, Any]:
    """A gradient for each parameter and step; one number is 0 for a while."""
    drawn = {f"g{slot}": rng.integers(-16, 17, (STEPS, *s)) / 8 for slot, s in enumerate(SHAPES)}
    drawn["g1"][4:8, 1] = 0.0
    return drawn


def walk(name: str, options: dict[str, Any], dtype: str, rng: np.random.Generator) -> Case:
    """Twenty steps; the second parameter has no gradient in the fourth."""
    torch.set_default_dtype(torch.float64)  # ASGD and NAdam keep numbers in this precision
    if name == "LBFGS":  # from other starts, the path may blow rounding errors up
        rng = np.random.default_rng(4)
    starts = {f"x{slot}": rng.integers(-8, 9, shape) / 8 for slot, shape in enumerate(SHAPES)}
    arrays = {key: np.asarray(array, dtype) for key, array in starts.items()}
    if name != "LBFGS":
        arrays |= {key: array.astype(dtype) for key, array in gradients(rng).items()}
    params = [torch.tensor(arrays[f"x{slot}"], requires_grad=True) for slot in range(len(SHAPES))]
    optimiser = getattr(torch.optim, name)(params, **options)

    def closure() -> Any:
        optimiser.zero_grad()
        loss = valley(*params[:2])
        loss.backward()
        return loss

    paths: list[list[Any]] = [[] for _ in params]
    for step in range(STEPS):
        for slot, p in enumerate(params):
            if name != "LBFGS":
                p.grad = torch.tensor(arrays[f"g{slot}"][step])
        if step == 3:
            params[1].grad = None
        optimiser.step(closure if name == "LBFGS" else None)
        for path, p in zip(paths, params, strict=True):
            path.append(p.detach().numpy().copy())
    arrays |= {f"y{slot}": np.stack(path) for slot, path in enumerate(paths)}
    if name == "ASGD":  # what t0 is for
        arrays |= {f"mean{slot}": optimiser.state[p]["ax"].numpy() for slot, p in enumerate(params)}
    return {"name": name, "options": options, "dtype": dtype, "arrays": arrays}


def walk_rows(name: str, options: dict[str, Any], dtype: str, rng: np.random.Generator) -> Case:
    """Twenty steps of an embedding; a step uses three rows of five."""
    torch.set_default_dtype(getattr(torch, dtype))
    arrays = {
        "x": (rng.integers(-8, 9, (5, 2)) / 8).astype(dtype),
        "rows": rng.integers(0, 5, (STEPS, 3)),
        "g": (rng.integers(-16, 17, (STEPS, 3, 2)) / 8).astype(dtype),
    }
    layer = torch.nn.Embedding(5, 2, sparse=True)
    layer.load_state_dict({"weight": torch.tensor(arrays["x"])})
    optimiser = getattr(torch.optim, name)(layer.parameters(), **options)
    path = []
    for rows, g in zip(arrays["rows"], arrays["g"], strict=True):
        optimiser.zero_grad()
        layer(torch.tensor(rows)).backward(torch.tensor(g))
        optimiser.step()
        path.append(layer.weight.detach().numpy().copy())
    arrays["y"] = np.stack(path)
    return {"name": name, "options": options, "dtype": dtype, "arrays": arrays}


def rates(recipe: list[Any], kind: str) -> Case:
    """The rates and momenta of both groups before and after each step of a schedule."""
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in RATES]
    optimiser = torch.optim.SGD(groups, momentum=0.9) if kind == "SGD" else torch.optim.Adam(groups)
    made = schedule(torch.optim.lr_scheduler, optimiser, recipe)
    path = [group_options(optimiser)]
    for metric in METRICS:
        made.step(*([metric] if recipe[0] == "ReduceLROnPlateau" else []))
        path.append(group_options(optimiser))
    return {"name": recipe[0], "recipe": recipe, "kind": kind, "arrays": {"path": np.array(path)}}


def main() -> None:
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(13)
    cases = [walk(name, options, "float64", rng) for name, options in OPTIMISERS]
    first = dict(reversed(OPTIMISERS))
    cases += [walk(name, options, "float32", rng) for name, options in reversed(first.items())]
    cases += [walk_rows(name, options, "float64", rng) for name, options in SPARSE]
    cases += [walk_rows(name, options, "float32", rng) for name, options in SPARSE[::2]]
    cases += [rates(recipe, "SGD") for recipe in SCHEDULES]
    moved = ("CyclicLR", "OneCycleLR")
    cases += [rates(recipe, "Adam") for recipe in SCHEDULES if recipe[0] in moved]
    write("optim.npz", cases)


if __name__ == "__main__":
    main()
