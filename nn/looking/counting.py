"""How many multiply-adds a layer takes, from its parameters and the shapes that go in and out.

One multiply-add is one product that is added to a sum. What counts are the products of a layer's
weights with its input, and those of attention; adding a bias, activations, normalisation and
pooling are not counted. A tap of a convolution that falls on the padding counts as any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nn.module import Module

Shape = tuple[int, ...]


def multiply_adds(layer: Module, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int | None:
    """The multiply-adds of one call, or None for a layer that nothing is known about.

    Args:
        layer: what was called.
        inputs: the shapes of its arguments; outputs: those of its results.

    Layers are known by name, their own or that of a layer of this package they derive from.

    >>> import nn
    >>> multiply_adds(nn.Linear(3, 4), [(10, 3)], [(10, 4)])
    120
    """
    for kind in type(layer).__mro__:
        count = RULES.get(kind.__name__)
        if count is not None and is_ours(kind):
            return count(layer, inputs, outputs) if inputs and outputs else None
    return None


def is_ours(kind: type) -> bool:
    """Whether a class comes from this package: only then does its name say what it computes."""
    return kind.__module__.split(".")[0] == "nn"


def _linear(layer: Any, _inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    return math.prod(outputs[0]) * int(layer.in_features)


def _bilinear(layer: Any, _inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Per output: a weighted sum of the second input for each element of the first."""
    first, second = int(layer.in1_features), int(layer.in2_features)
    return math.prod(outputs[0]) * (first * second + first)


def _convolution(layer: Any, _inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """Each output is a sum over one kernel; the weight is (out, in / groups, *kernel)."""
    taps: int = math.prod(layer.weight.shape[1:])
    return math.prod(outputs[0]) * taps


def _transposed(layer: Any, inputs: Sequence[Shape], _outputs: Sequence[Shape]) -> int:
    """Each input is spread over one kernel; the weight is (in, out / groups, *kernel)."""
    taps: int = math.prod(layer.weight.shape[1:])
    return math.prod(inputs[0]) * taps


def _recurrent(layer: Any, inputs: Sequence[Shape], _outputs: Sequence[Shape]) -> int:
    """Each matrix is used once for each step of each sequence."""
    steps = math.prod(inputs[0][:-1])
    used: int = sum(p.size for p in layer.parameters() if p.ndim == 2)
    return steps * used


def _attention(layer: Any, inputs: Sequence[Shape], _outputs: Sequence[Shape]) -> int | None:
    """The three projections, all queries with all keys, the weights with the values, the last."""
    if len(inputs) < 3:
        return None  # key and value were passed by name, which a hook does not see
    query, key, value = inputs[:3]
    length, width = query[-2 if layer.batch_first or len(query) == 2 else 0], query[-1]
    batch = math.prod(query) // max(length * width, 1)
    keys = math.prod(key) // max(batch * key[-1], 1)
    projected = length * width + keys * (key[-1] + value[-1]) + length * width
    read = keys + (layer.bias_k is not None) + bool(layer.add_zero_attn)
    return batch * (projected * width + 2 * length * read * width)


Rule = Callable[[Any, Sequence[Shape], Sequence[Shape]], int | None]

RULES: dict[str, Rule] = {
    "Linear": _linear,
    "Bilinear": _bilinear,
    **{f"Conv{n}d": _convolution for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": _transposed for n in (1, 2, 3)},
    **dict.fromkeys(["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"], _recurrent),
    "MultiheadAttention": _attention,
}
