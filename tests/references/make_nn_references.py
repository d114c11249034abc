"""Make nn.npz: what PyTorch says about activations, losses and their gradients.

Run `python tests/references/make_nn_references.py` where torch is installed; the tests read the
file and need no torch. Everything is float64 from one seed, so a new run changes nothing.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

# Module, options, shape of the input.
ACTIVATIONS: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("ReLU", {}, (2, 9)),
    ("ReLU6", {}, (2, 9)),
    ("LeakyReLU", {"negative_slope": 0.2}, (2, 9)),
    ("PReLU", {"num_parameters": 3}, (2, 3, 4)),
    ("ELU", {"alpha": 0.7}, (2, 9)),
    ("SELU", {}, (2, 9)),
    ("CELU", {"alpha": 0.25}, (2, 9)),
    ("GELU", {}, (2, 9)),
    ("GELU", {"approximate": "tanh"}, (2, 9)),
    ("SiLU", {}, (2, 9)),
    ("Mish", {}, (2, 9)),
    ("Sigmoid", {}, (2, 9)),
    ("LogSigmoid", {}, (2, 9)),
    ("Tanh", {}, (2, 9)),
    ("Softplus", {"beta": 2.0, "threshold": 3.0}, (2, 9)),
    ("Softsign", {}, (2, 9)),
    ("Hardtanh", {"min_val": -1.5, "max_val": 0.5}, (2, 9)),
    ("Hardsigmoid", {}, (2, 9)),
    ("Hardswish", {}, (2, 9)),
    ("Softshrink", {"lambd": 1.0}, (2, 9)),
    ("Hardshrink", {"lambd": 1.0}, (2, 9)),
    ("Tanhshrink", {}, (2, 9)),
    ("Threshold", {"threshold": 0.5, "value": -2.0}, (2, 9)),
    ("GLU", {"dim": 1}, (2, 6, 3)),
    ("Softmax", {"dim": 1}, (2, 5, 3)),
    ("Softmin", {"dim": 0}, (4, 3)),
    ("LogSoftmax", {"dim": -1}, (2, 5)),
]

# Module, options, shapes of the inputs that get a gradient, and what the target is.
LOSSES: list[tuple[str, dict[str, Any], list[tuple[int, ...]], str]] = [
    ("MSELoss", {}, [(4, 3), (4, 3)], ""),
    ("L1Loss", {}, [(4, 3), (4, 3)], ""),
    ("SmoothL1Loss", {"beta": 0.8}, [(4, 3), (4, 3)], ""),
    ("HuberLoss", {"delta": 0.8}, [(4, 3), (4, 3)], ""),
    ("PoissonNLLLoss", {"full": True}, [(4, 3)], "counts"),
    ("GaussianNLLLoss", {"full": True, "eps": 0.2}, [(4, 3)], "variances"),
    ("BCELoss", {"weight": [0.5, 1.0, 2.0]}, [(4, 3)], "probabilities"),
    ("BCEWithLogitsLoss", {"pos_weight": [0.5, 1.0, 2.0]}, [(4, 3)], "yes or no"),
    ("CrossEntropyLoss", {"weight": [0.5, 1.0, 2.0], "label_smoothing": 0.1}, [(5, 3)], "labels"),
    ("NLLLoss", {"ignore_index": 1}, [(5, 3)], "labels"),
    ("KLDivLoss", {"reduction": "batchmean"}, [(4, 3)], "yes or no"),
    ("HingeEmbeddingLoss", {"margin": 1.5}, [(4, 3)], "signs"),
    ("MarginRankingLoss", {"margin": 0.5}, [(6,), (6,)], "signs"),
    ("MultiMarginLoss", {"p": 2, "weight": [0.5, 1.0, 2.0]}, [(5, 3)], "labels"),
    ("SoftMarginLoss", {}, [(4, 3)], "signs"),
    ("CosineEmbeddingLoss", {"margin": 0.25}, [(4, 3), (4, 3)], "sign per row"),
    ("TripletMarginLoss", {"swap": True, "margin": 2.0}, [(4, 3), (4, 3), (4, 3)], ""),
    ("MultiLabelSoftMarginLoss", {"weight": [0.5, 1.0, 2.0]}, [(4, 3)], "yes or no"),
]


def eighths(rng: np.random.Generator, shape: tuple[int, ...], least: int = -32) -> Any:
    """Numbers from -4 to 4 that float64 holds exactly; corners of activations are among them."""
    return rng.integers(least, 33, shape) / 8


def targets(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> list[Any]:
    """What a loss is called with after its inputs."""
    if kind == "counts":
        return [rng.integers(0, 6, shape).astype(float)]
    if kind == "variances":
        return [eighths(rng, shape), rng.integers(0, 17, shape) / 8]
    if kind in ("yes or no", "probabilities"):
        return [rng.integers(0, 2, shape).astype(float)]
    if kind == "labels":
        return [rng.integers(0, shape[1], shape[0])]
    if kind == "signs":
        return [rng.integers(0, 2, shape) * 2.0 - 1]
    return [rng.integers(0, 2, shape[0]) * 2.0 - 1] if kind == "sign per row" else []


def record(module: Any, inputs: list[Any], rest: list[Any], rng: np.random.Generator) -> Any:
    """Arrays by name: inputs, the rest, the result, a random upstream gradient, gradients."""
    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    y = module(*leaves, *[torch.tensor(x) for x in rest])
    g = eighths(rng, tuple(y.shape))
    y.backward(torch.tensor(g))
    found = {"y": y.detach().numpy(), "g": np.asarray(g)}
    for slot, (x, leaf) in enumerate(zip(inputs, leaves, strict=True)):
        found |= {f"x{slot}": x, f"d{slot}": leaf.grad.numpy()}
    found |= {f"t{slot}": np.asarray(x) for slot, x in enumerate(rest)}
    return found | {f"p.{name}": p.grad.numpy() for name, p in module.named_parameters()}


def main() -> None:
    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(11)
    cases = {"activations": ACTIVATIONS, "losses": LOSSES}
    stored: dict[str, Any] = {"cases": np.array(json.dumps(cases))}
    for number, (name, options, shape) in enumerate(ACTIVATIONS):
        found = record(getattr(torch.nn, name)(**options), [eighths(rng, shape)], [], rng)
        stored |= {f"activations.{number}.{key}": array for key, array in found.items()}
    for number, (name, options, shapes, kind) in enumerate(LOSSES):
        kept = {k: torch.tensor(v) if isinstance(v, list) else v for k, v in options.items()}
        inputs = [eighths(rng, shape) for shape in shapes]
        if kind == "probabilities":
            inputs = [rng.integers(1, 32, shape) / 32 for shape in shapes]
        rest = targets(rng, kind, shapes[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = record(getattr(torch.nn, name)(**kept), inputs, rest, rng)
        stored |= {f"losses.{number}.{key}": array for key, array in found.items()}
    np.savez_compressed(Path(__file__).with_name("nn.npz"), **stored)


if __name__ == "__main__":
    main()
