"""Make modules.npz: what PyTorch says about layers and losses: results, states and gradients.

Run `python tests/references/make_module_references.py` where torch is installed; the tests read
the file and need no torch. All from one seed, so a new run changes nothing. Inputs and parameters
are numbers that float32 holds exactly, so that both precisions start from the same.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from shared import Case, call, write

Row = tuple[Any, ...]

# Name, arguments, options, inputs, and for some: options of the call, or {"eval": True}.
# An input is a shape, or (what it holds, ..., shape); only shapes, "unit" and "spread" are leaves.
LAYERS: list[Row] = [
    ("Linear", [3, 2], {}, [(4, 3)]),
    ("Linear", [3, 2], {"bias": False}, [(2, 2, 3)]),
    ("Bilinear", [3, 2, 4], {}, [(5, 3), (5, 2)]),
    ("Bilinear", [2, 3, 2], {"bias": False}, [(2, 2, 2), (2, 2, 3)]),
    ("Identity", [], {}, [(2, 3)]),
    ("Flatten", [], {}, [(2, 3, 2)]),
    ("Flatten", [], {"start_dim": 0, "end_dim": 1}, [(2, 3, 2)]),
    ("Unflatten", [], {"dim": 1, "unflattened_size": (3, -1)}, [(2, 6)]),
    ("Embedding", [6, 3], {}, [("labels", 6, (2, 4))]),
    ("Embedding", [6, 3], {"padding_idx": -2}, [("labels", 6, (2, 6))]),
    ("Embedding", [6, 3], {"max_norm": 1.5, "norm_type": 1.0}, [("labels", 6, (5,))]),
    # --- convolution and pooling
    ("Conv1d", [2, 3, 3], {}, [(2, 2, 6)]),
    ("Conv1d", [2, 3, 3], {"stride": 2, "padding": 2, "bias": False}, [(2, 2, 7)]),
    ("Conv1d", [4, 2, 2], {"groups": 2, "dilation": 2}, [(4, 6)]),
    ("Conv2d", [2, 3, 3], {}, [(2, 2, 5, 4)]),
    ("Conv2d", [2, 3, (2, 3)], {"stride": (1, 2), "padding": (1, 0)}, [(1, 2, 4, 5)]),
    ("Conv2d", [4, 4, 2], {"groups": 2, "dilation": (1, 2), "bias": False}, [(1, 4, 4, 4)]),
    ("Conv2d", [1, 2, 3], {"padding": "same"}, [(1, 4, 3)]),
    ("Conv3d", [1, 2, 2], {}, [(1, 1, 3, 3, 2)]),
    ("Conv3d", [2, 2, (2, 1, 2)], {"stride": 2, "padding": 1, "bias": False}, [(1, 2, 3, 2, 3)]),
    ("Conv3d", [2, 2, 2], {"groups": 2, "dilation": 2}, [(2, 3, 3, 4)]),
    ("ConvTranspose1d", [2, 3, 3], {}, [(2, 2, 4)]),
    (
        "ConvTranspose1d",
        [2, 4, 3],
        {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2, "dilation": 2},
        [(2, 2, 3)],
    ),
    ("ConvTranspose1d", [2, 3, 2], {"bias": False, "stride": 2}, [(2, 2, 3)], {"output_size": [7]}),
    ("ConvTranspose2d", [2, 3, 3], {}, [(1, 2, 3, 2)]),
    (
        "ConvTranspose2d",
        [2, 2, (2, 3)],
        {"stride": 2, "padding": (0, 1), "output_padding": 1, "groups": 2, "dilation": (2, 1)},
        [(1, 2, 3, 2)],
    ),
    (
        "ConvTranspose2d",
        [1, 2, 2],
        {"bias": False, "stride": 3},
        [(1, 2, 2)],
        {"output_size": [6, 7]},
    ),
    ("MaxPool1d", [2], {}, [(2, 2, 7)]),
    ("MaxPool1d", [3], {"stride": 2, "padding": 1, "dilation": 2, "ceil_mode": True}, [(2, 10)]),
    ("MaxPool2d", [2], {}, [(2, 2, 4, 5)]),
    (
        "MaxPool2d",
        [(3, 2)],
        {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "ceil_mode": True},
        [(1, 2, 6, 5)],
    ),
    ("MaxPool3d", [2], {}, [(1, 2, 4, 3, 4)]),
    (
        "MaxPool3d",
        [2],
        {"stride": (2, 1, 1), "padding": (0, 1, 0), "dilation": (1, 1, 2), "ceil_mode": True},
        [(1, 5, 3, 4)],
    ),
    ("AvgPool1d", [2], {}, [(2, 2, 7)]),
    ("AvgPool1d", [3], {"stride": 2, "padding": 1, "ceil_mode": True}, [(2, 2, 8)]),
    ("AvgPool1d", [3], {"stride": 1, "padding": 1, "count_include_pad": False}, [(2, 5)]),
    ("AvgPool2d", [2], {}, [(2, 2, 4, 5)]),
    (
        "AvgPool2d",
        [(3, 2)],
        {"stride": 2, "padding": (1, 0), "ceil_mode": True, "count_include_pad": False},
        [(1, 2, 6, 5)],
    ),
    ("AvgPool2d", [2], {"stride": 1, "padding": 1, "divisor_override": 3}, [(2, 3, 3)]),
    ("AdaptiveAvgPool1d", [3], {}, [(2, 2, 8)]),
    ("AdaptiveAvgPool1d", [2], {}, [(2, 6)]),
    ("AdaptiveAvgPool2d", [(3, 2)], {}, [(1, 2, 8, 3)]),
    ("AdaptiveAvgPool2d", [(None, 2)], {}, [(2, 3, 4)]),
    ("AdaptiveMaxPool2d", [(3, 2)], {}, [(1, 2, 8, 3)]),
    ("AdaptiveMaxPool2d", [(None, 2)], {}, [(2, 3, 4)]),
    # --- normalisation
    ("BatchNorm1d", [3], {}, [(5, 3)]),
    ("BatchNorm1d", [3], {}, [(5, 3)], {"eval": True}),
    ("BatchNorm1d", [2], {"momentum": None, "eps": 0.25}, [(3, 2, 4)]),
    ("BatchNorm1d", [2], {"momentum": 0.3, "affine": False}, [(3, 2, 4)]),
    ("BatchNorm1d", [2], {"track_running_stats": False}, [(3, 2)], {"eval": True}),
    ("BatchNorm1d", [2], {"bias": False}, [(4, 2)]),
    ("BatchNorm2d", [2], {}, [(2, 2, 3, 2)]),
    ("BatchNorm2d", [2], {}, [(2, 2, 3, 2)], {"eval": True}),
    ("BatchNorm2d", [2], {"momentum": None, "eps": 0.25}, [(2, 2, 2, 3)]),
    ("BatchNorm2d", [2], {"affine": False, "track_running_stats": False}, [(2, 2, 2, 3)]),
    ("BatchNorm2d", [2], {"bias": False}, [(2, 2, 1, 2)]),
    ("LayerNorm", [4], {}, [(3, 4)]),
    ("LayerNorm", [(2, 3)], {"eps": 0.25, "bias": False}, [(3, 2, 3)]),
    ("LayerNorm", [4], {"elementwise_affine": False}, [(2, 2, 4)]),
    ("GroupNorm", [2, 4], {}, [(2, 4, 3)]),
    ("GroupNorm", [3, 6], {"eps": 0.25, "affine": False}, [(2, 6)]),
    ("GroupNorm", [2, 4], {"bias": False}, [(2, 4, 2, 1)]),
    ("InstanceNorm1d", [3], {}, [(2, 3, 4)]),
    (
        "InstanceNorm1d",
        [2],
        {"affine": True, "track_running_stats": True, "momentum": 0.3, "eps": 0.25},
        [(3, 2, 4)],
    ),
    ("InstanceNorm1d", [2], {"track_running_stats": True}, [(2, 5)], {"eval": True}),
    ("InstanceNorm1d", [2], {"affine": True, "bias": False}, [(2, 2, 3)]),
    ("InstanceNorm2d", [2], {}, [(2, 2, 2, 3)]),
    (
        "InstanceNorm2d",
        [2],
        {"affine": True, "track_running_stats": True, "momentum": 0.3, "eps": 0.25},
        [(2, 2, 3, 2)],
    ),
    ("InstanceNorm2d", [2], {"track_running_stats": True}, [(2, 2, 3)], {"eval": True}),
    ("InstanceNorm2d", [2], {"affine": True, "bias": False}, [(2, 2, 3)]),
    ("RMSNorm", [4], {}, [(3, 4)]),
    ("RMSNorm", [(2, 3)], {"eps": 0.25, "elementwise_affine": False}, [(3, 2, 3)]),
    ("LocalResponseNorm", [3], {}, [(2, 4, 3)]),
    ("LocalResponseNorm", [2], {"alpha": 0.5, "beta": 1.5, "k": 2.0}, [(1, 5, 2, 2)]),
    # --- dropout, where nothing is random
    ("Dropout", [0.5], {}, [(3, 4)], {"eval": True}),
    ("Dropout", [1.0], {}, [(3, 4)]),
    ("Dropout2d", [0.5], {}, [(2, 3, 2, 2)], {"eval": True}),
    ("Dropout2d", [1.0], {}, [(2, 3, 2, 2)]),
    # --- recurrence
    ("RNNCell", [3, 2], {}, [(4, 3), (4, 2)]),
    ("RNNCell", [3, 2], {"nonlinearity": "relu", "bias": False}, [(3,)]),
    ("LSTMCell", [3, 2], {}, [(4, 3), (4, 2), (4, 2)]),
    ("LSTMCell", [3, 2], {"bias": False}, [(3,)]),
    ("GRUCell", [3, 2], {}, [(4, 3), (4, 2)]),
    ("GRUCell", [3, 2], {"bias": False}, [(3,)]),
    ("RNN", [3, 2], {}, [(4, 2, 3), (1, 2, 2)]),
    ("RNN", [3, 2], {"num_layers": 2, "nonlinearity": "relu", "batch_first": True}, [(2, 4, 3)]),
    ("RNN", [3, 2], {"bidirectional": True, "bias": False}, [(4, 3), (2, 2)]),
    ("LSTM", [3, 2], {}, [(4, 2, 3), (1, 2, 2), (1, 2, 2)]),
    ("LSTM", [3, 2], {"num_layers": 2, "bias": False, "batch_first": True}, [(2, 4, 3)]),
    ("LSTM", [2, 2], {"num_layers": 2, "bidirectional": True}, [(3, 2), (4, 2), (4, 2)]),
    ("GRU", [3, 2], {}, [(4, 2, 3), (1, 2, 2)]),
    ("GRU", [3, 2], {"num_layers": 2, "bias": False, "batch_first": True}, [(2, 4, 3)]),
    ("GRU", [2, 2], {"num_layers": 2, "bidirectional": True}, [(3, 2), (4, 2)]),
    # --- attention
    ("MultiheadAttention", [4, 2], {}, [(3, 2, 4), (5, 2, 4), (5, 2, 4)]),
    (
        "MultiheadAttention",
        [4, 2],
        {"bias": False, "batch_first": True, "kdim": 3, "vdim": 2},
        [(2, 3, 4), (2, 5, 3), (2, 5, 2)],
        {"attn_mask": ("shut", (4, 3, 5)), "average_attn_weights": False},
    ),
    (
        "MultiheadAttention",
        [4, 2],
        {"add_bias_kv": True, "add_zero_attn": True},
        [(3, 4), (5, 4), (5, 4)],
        {"key_padding_mask": ("shut", (5,)), "need_weights": False},
    ),
    (
        "MultiheadAttention",
        [4, 1],
        {},
        [(3, 2, 4), (5, 2, 4), (5, 2, 4)],
        {"attn_mask": ("added", (3, 5))},
    ),
    ("TransformerEncoderLayer", [4, 2, 5, 0.0], {}, [(3, 2, 4)]),
    (
        "TransformerEncoderLayer",
        [4, 2, 3, 0.5],
        {"activation": "gelu", "batch_first": True, "norm_first": True, "bias": False},
        [(2, 3, 4)],
        {"eval": True, "src_key_padding_mask": ("shut", (2, 3))},
    ),
    (
        "TransformerEncoderLayer",
        [4, 1, 3, 0.0],
        {"layer_norm_eps": 0.25},
        [(3, 4)],
        {"src_mask": ("shut", (3, 3))},
    ),
    # --- borders and sizes
    ("ConstantPad1d", [(1, 2), 0.5], {}, [(2, 2, 3)]),
    ("ConstantPad2d", [(1, 0, 2, 1), -1.5], {}, [(1, 2, 2, 3)]),
    ("ZeroPad2d", [(1, 0, 0, 2)], {}, [(2, 2, 3)]),
    ("ReflectionPad2d", [(2, 1, 0, 1)], {}, [(1, 2, 2, 4)]),
    ("ReplicationPad1d", [(2, 1)], {}, [(2, 3)]),
    ("ReplicationPad2d", [(2, 1, 0, 3)], {}, [(1, 2, 2, 3)]),
    ("Upsample", [], {"scale_factor": 2}, [(1, 2, 3)]),
    ("Upsample", [], {"size": (4, 5)}, [(1, 2, 3, 2)]),
    ("Upsample", [], {"scale_factor": 1.7, "mode": "linear"}, [(2, 1, 4)]),
    ("Upsample", [], {"size": (5, 2), "mode": "bilinear"}, [(1, 2, 3, 4)]),
    ("Upsample", [], {"size": 5, "mode": "bilinear", "align_corners": True}, [(1, 2, 2, 3)]),
    ("Upsample", [], {"size": (3, 4, 2), "mode": "trilinear"}, [(1, 1, 2, 3, 2)]),
    ("PixelShuffle", [2], {}, [(2, 8, 2, 3)]),
    ("Unfold", [2], {}, [(2, 2, 3, 4)]),
    ("Unfold", [(2, 3)], {"dilation": (2, 1), "padding": 1, "stride": 2}, [(1, 2, 4, 5)]),
    ("Fold", [(3, 4), 2], {}, [(2, 8, 6)]),
    ("Fold", [(5, 6), 2], {"dilation": 2, "padding": (1, 0), "stride": (2, 3)}, [(1, 8, 6)]),
    # --- two inputs compared
    ("CosineSimilarity", [], {}, [(3, 4), (3, 4)]),
    ("CosineSimilarity", [], {"dim": -1, "eps": 4.0}, [(2, 3, 2), (2, 3, 2)]),
    ("PairwiseDistance", [], {}, [(3, 4), (3, 4)]),
    ("PairwiseDistance", [], {"p": 1.0, "eps": 0.25, "keepdim": True}, [(3, 4), (3, 4)]),
    ("PairwiseDistance", [], {"p": float("inf")}, [(4,), (4,)]),
    ("PairwiseDistance", [], {"p": 3.0}, [(2, 4), (2, 4)]),
]
WEIGHT = {"weight": [1.0, 1.0, 1.0]}  # the numbers themselves are drawn, with the state
SAME, LABELLED = [(4, 3), (4, 3)], [(8, 3), ("labels", 3, (8,))]
LOSSES: list[Row] = [
    ("MSELoss", [], {}, SAME),
    ("MSELoss", [], {"reduction": "none"}, SAME),
    ("L1Loss", [], {"reduction": "sum"}, SAME),
    ("SmoothL1Loss", [], {}, SAME),
    ("SmoothL1Loss", [], {"beta": 0.5, "reduction": "none"}, SAME),
    ("HuberLoss", [], {}, SAME),
    ("HuberLoss", [], {"delta": 0.5, "reduction": "sum"}, SAME),
    ("PoissonNLLLoss", [], {}, [(4, 3), ("counts", (4, 3))]),
    (
        "PoissonNLLLoss",
        [],
        {"log_input": False, "full": True, "eps": 0.25, "reduction": "none"},
        [("unit", (4, 3)), ("counts", (4, 3))],
    ),
    ("GaussianNLLLoss", [], {}, [(4, 3), (4, 3), ("spread", (4, 3))]),
    (
        "GaussianNLLLoss",
        [],
        {"full": True, "eps": 0.25, "reduction": "sum"},
        [(4, 3), (4, 3), ("spread", (4, 3))],
    ),
    ("BCELoss", [], {}, [("unit", (4, 3)), ("bits", (4, 3))]),
    ("BCELoss", [], {**WEIGHT, "reduction": "none"}, [("unit", (4, 3)), ("unit", (4, 3))]),
    ("BCEWithLogitsLoss", [], {}, [(4, 3), ("bits", (4, 3))]),
    (
        "BCEWithLogitsLoss",
        [],
        {**WEIGHT, "pos_weight": [1.0, 1.0, 1.0], "reduction": "sum"},
        [(4, 3), ("unit", (4, 3))],
    ),
    ("CrossEntropyLoss", [], {}, LABELLED),
    ("CrossEntropyLoss", [], {**WEIGHT, "ignore_index": 1, "label_smoothing": 0.25}, LABELLED),
    ("CrossEntropyLoss", [], {"reduction": "none"}, [(2, 3, 4), ("labels", 3, (2, 4))]),
    ("CrossEntropyLoss", [], {**WEIGHT, "label_smoothing": 0.25}, [(4, 3), ("unit", (4, 3))]),
    ("CrossEntropyLoss", [], {"reduction": "sum"}, LABELLED),
    ("CrossEntropyLoss", [], {}, [(3,), ("labels", 3, ())]),
    ("NLLLoss", [], {}, LABELLED),
    ("NLLLoss", [], {**WEIGHT, "ignore_index": 2}, [(2, 3, 4), ("labels", 3, (2, 4))]),
    ("NLLLoss", [], {**WEIGHT, "reduction": "none"}, LABELLED),
    ("KLDivLoss", [], {"reduction": "batchmean"}, [(4, 3), ("unit", (4, 3))]),
    ("KLDivLoss", [], {"log_target": True, "reduction": "sum"}, SAME),
    ("HingeEmbeddingLoss", [], {}, [(4, 3), ("signs", (4, 3))]),
    ("HingeEmbeddingLoss", [], {"margin": 1.5, "reduction": "none"}, [(4, 3), ("signs", (4, 3))]),
    ("MarginRankingLoss", [], {}, [(6,), (6,), ("signs", (6,))]),
    (
        "MarginRankingLoss",
        [],
        {"margin": 0.5, "reduction": "sum"},
        [(6,), (6,), ("signs", (6,))],
    ),
    ("MultiMarginLoss", [], {}, LABELLED),
    ("MultiMarginLoss", [], {**WEIGHT, "p": 2, "margin": 0.5, "reduction": "none"}, LABELLED),
    ("SoftMarginLoss", [], {}, [(4, 3), ("signs", (4, 3))]),
    ("SoftMarginLoss", [], {"reduction": "none"}, [(4, 3), ("signs", (4, 3))]),
    ("CosineEmbeddingLoss", [], {}, [(4, 3), (4, 3), ("signs", (4,))]),
    (
        "CosineEmbeddingLoss",
        [],
        {"margin": -0.5, "reduction": "sum"},
        [(8, 3), (8, 3), ("signs", (8,))],
    ),
    ("TripletMarginLoss", [], {}, [(4, 3)] * 3),
    (
        "TripletMarginLoss",
        [],
        {"margin": 2.0, "p": 1.0, "eps": 0.25, "swap": True, "reduction": "none"},
        [(4, 3)] * 3,
    ),
    ("MultiLabelSoftMarginLoss", [], {}, [(4, 3), ("bits", (4, 3))]),
    (
        "MultiLabelSoftMarginLoss",
        [],
        {**WEIGHT, "reduction": "sum"},
        [(4, 3), ("bits", (4, 3))],
    ),
]
LEAVES = ("unit", "spread")


def draw(rng: np.random.Generator, what: Any) -> tuple[Any, bool]:
    """An input, and whether it gets a gradient."""
    if not what or isinstance(what[0], int):
        return rng.integers(-2048, 2049, what) / 1024, True  # hardly ever twice the same
    kind, *_, shape = what
    drawn = {
        "unit": lambda: rng.integers(1, 256, shape) / 256,
        "spread": lambda: rng.integers(1, 1025, shape) / 512,
        "labels": lambda: rng.integers(0, what[1], shape),
        "counts": lambda: rng.integers(0, 6, shape).astype(float),
        "bits": lambda: rng.integers(0, 2, shape).astype(float),
        "signs": lambda: rng.integers(0, 2, shape) * 2.0 - 1,
        "shut": lambda: rng.random(shape) < np.where(np.arange(shape[-1]), 0.5, 0.0),
        "added": lambda: rng.choice([-np.inf, *np.arange(-8, 9) / 8], shape),
    }[kind]()
    return np.asarray(drawn), kind in LEAVES


def set_state(module: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Give a module random parameters and (positive) buffers; returns them."""
    parameters = dict(module.named_parameters())
    state = {}
    for name, tensor in module.state_dict().items():
        least = -8 if name in parameters else 1
        drawn = rng.integers(least, 9, tuple(tensor.shape))
        state[name] = drawn / 8 if tensor.dtype.is_floating_point else drawn
    module.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return state


def record(row: Row, dtype: str, rng: np.random.Generator) -> Case:
    """One row, computed in one precision."""
    name, args, options, wanted = row[:4]
    more = dict(row[4]) if len(row) > 4 else {}
    torch.set_default_dtype(getattr(torch, dtype))
    lists = ("weight", "pos_weight")
    kept = {k: torch.tensor(v) if k in lists else v for k, v in options.items()}
    module = getattr(torch.nn, name)(*args, **kept)
    module.train(not more.pop("eval", False))
    arrays = {f"before.{key}": array for key, array in set_state(module, rng).items()}
    inputs = []
    for slot, what in enumerate(wanted):
        x, leaf = draw(rng, what)
        arrays[f"x{slot}"] = x.astype(dtype) if x.dtype.kind == "f" else x
        inputs.append(torch.tensor(arrays[f"x{slot}"], requires_grad=leaf))
    for key, option in more.items():
        if isinstance(option, tuple):
            mask = draw(rng, option)[0]
            arrays[f"call.{key}"] = mask.astype(dtype) if mask.dtype.kind == "f" else mask
    plain = {key: option for key, option in more.items() if not isinstance(option, tuple)}
    masks = {key: torch.tensor(arrays[f"call.{key}"]) for key in more.keys() - plain.keys()}
    answers = call(module, name, inputs, {**plain, **masks})
    upstream = [np.asarray(rng.integers(-8, 9, tuple(y.shape)) / 8, dtype) for y in answers]
    torch.autograd.backward(answers, [torch.tensor(g) for g in upstream])
    for slot, (y, g) in enumerate(zip(answers, upstream, strict=True)):
        arrays |= {f"y{slot}": y.detach().numpy(), f"g{slot}": g}
    for slot, x in enumerate(inputs):
        if x.requires_grad:
            arrays[f"d{slot}"] = x.grad.numpy()
    for key, p in module.named_parameters():
        arrays[f"d.{key}"] = p.grad.numpy()
    for key, tensor in module.state_dict().items():
        if not np.array_equal(tensor.numpy(), arrays[f"before.{key}"]):
            arrays[f"after.{key}"] = tensor.numpy()
    case = {"name": name, "args": args, "options": options, "call": plain, "dtype": dtype}
    return {**case, "training": module.training, "arrays": arrays}


def main() -> None:
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(12)
    rows = LAYERS + LOSSES
    cases = [record(row, "float64", rng) for row in rows]
    first = {row[0]: row for row in reversed(rows)}
    cases += [record(row, "float32", rng) for row in reversed(first.values())]
    write("modules.npz", cases)


if __name__ == "__main__":
    main()
