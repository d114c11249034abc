"""Make window.npz: what PyTorch says about a few convolutions, poolings and their gradients.

Run `python tests/references/make_window_references.py` where torch is installed; the tests read
the file and need no torch. Everything is float64 from one seed, so a new run changes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

# Function, shapes of its tensors (the first is x), options.
CASES: list[tuple[str, list[tuple[int, ...]], dict[str, Any]]] = [
    ("conv1d", [(2, 3, 7), (4, 3, 3), (4,)], {"stride": 2, "padding": 2}),
    ("conv2d", [(2, 3, 6, 5), (4, 3, 3, 2), (4,)], {"padding": [1, 0], "stride": [1, 2]}),
    ("conv2d", [(2, 6, 5, 6), (4, 3, 2, 3), (4,)], {"groups": 2, "dilation": [2, 1]}),
    ("conv2d", [(3, 8, 6, 6), (5, 8, 3, 3), (5,)], {"padding": "same", "dilation": 2}),
    ("conv2d", [(5, 5, 4), (2, 5, 2, 4)], {"padding": "same"}),
    ("conv2d", [(2, 5, 3, 4), (6, 5, 1, 1), (6,)], {}),
    ("conv3d", [(1, 2, 3, 4, 5), (3, 2, 2, 1, 3), (3,)], {"padding": 1, "stride": [1, 2, 2]}),
    ("conv_transpose1d", [(2, 3, 4), (3, 2, 3), (2,)], {"stride": 3, "output_padding": 2}),
    (
        "conv_transpose2d",
        [(2, 4, 3, 4), (4, 3, 3, 2), (6,)],
        {"stride": [2, 1], "padding": 1, "groups": 2, "dilation": [1, 2], "output_padding": 1},
    ),
    ("conv_transpose2d", [(2, 5, 4, 3), (5, 6, 3, 3), (6,)], {"padding": 2}),
    ("max_pool1d", [(2, 3, 8)], {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}),
    ("max_pool2d", [(2, 3, 7, 6)], {"kernel_size": [3, 2], "stride": 2, "ceil_mode": True}),
    ("max_pool2d", [(2, 5, 6)], {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("max_pool3d", [(1, 2, 4, 5, 4)], {"kernel_size": 2, "stride": [2, 1, 2], "padding": 1}),
    ("avg_pool1d", [(2, 3, 8)], {"kernel_size": 3, "padding": 1, "ceil_mode": True}),
    (
        "avg_pool2d",
        [(2, 2, 7, 6)],
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    ),
    (
        "avg_pool2d",
        [(2, 2, 5, 6)],
        {"kernel_size": [3, 2], "stride": 1, "padding": 1, "count_include_pad": False},
    ),
    ("avg_pool3d", [(1, 2, 4, 5, 4)], {"kernel_size": 2, "divisor_override": 3}),
    ("unfold", [(2, 3, 5, 6)], {"kernel_size": [2, 3], "dilation": 2, "padding": 1, "stride": 2}),
    ("fold", [(2, 12, 12)], {"output_size": [5, 6], "kernel_size": 2, "padding": 1, "stride": 2}),
]


def main() -> None:
    rng = np.random.default_rng(11)
    stored: dict[str, Any] = {"cases": np.array(json.dumps(CASES))}
    for number, (name, shapes, options) in enumerate(CASES):
        xs = [rng.integers(-24, 25, shape) / 8 for shape in shapes]  # eighths: exact, and small
        tensors = [torch.tensor(x, requires_grad=True) for x in xs]
        kept = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        y = getattr(torch.nn.functional, name)(*tensors, **kept)
        g = rng.integers(-24, 25, tuple(y.shape)) / 8
        y.backward(torch.tensor(g))
        stored |= {f"{number}.y": y.detach().numpy(), f"{number}.g": g}
        for slot, (x, tensor) in enumerate(zip(xs, tensors, strict=True)):
            stored |= {f"{number}.x{slot}": x, f"{number}.d{slot}": tensor.grad.numpy()}
    np.savez_compressed(Path(__file__).with_name("window.npz"), **stored)


if __name__ == "__main__":
    main()
