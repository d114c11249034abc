"""The graphs that every view is looked at with. Each builder gives an `Example`.

In a test: `import examples`. Elsewhere: put this folder on the path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd as ag
import nn
import nn.functional as F
import nn.scalar
from autograd import Tensor, Value
from autograd.viz.items import Trace
from autograd.viz.trace import trace

WEIGHTS = [[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]
FROM_ABOVE = [2.0, 3.0, 6.0]
IMAGE = [
    [0.51, 0.9, 0.88, 0.84, 0.05],
    [0.4, 0.62, 0.22, 0.59, 0.1],
    [0.11, 0.2, 0.74, 0.33, 0.14],
    [0.47, 0.01, 0.85, 0.7, 0.09],
    [0.76, 0.19, 0.72, 0.17, 0.57],
]


@dataclass
class Example:
    """A graph: its root, what arrives there, its nodes by name, and what else to show.

    `keep` holds what must not be collected while the graph is looked at.
    """

    root: Any
    upstream: Any = None
    nodes: dict[str, Any] = field(default_factory=dict)
    parameters: list[Any] = field(default_factory=list)
    include: list[Any] = field(default_factory=list)
    keep: Any = None

    def trace(self) -> Trace:
        return trace(self.root, **self.options())

    def options(self) -> dict[str, Any]:
        """What every view takes beside the root."""
        return {
            "upstream": self.upstream,
            "names": self.nodes,
            "parameters": self.parameters,
            "include": self.include,
        }


def tensor(data: Any) -> Tensor:
    return Tensor(np.array(data, dtype=float), requires_grad=True)


def founding() -> Example:
    """(F) Eight numbers, two windows of four, three neurons at which 2, 3 and 6 arrive.

    p1 gets 2.5 = 1 + 3 - 1.5 and p2 gets 7 = -2 + 6 + 3 (in this order, or from h3 up).
    """
    xs = [Value(x) for x in (0.5, 1.0, -2.0, 0.0, -1.0, 2.0, 0.0, 1.5)]
    pooled = [ag.max(*xs[:4]), ag.max(*xs[4:])]
    ag.made_by("max-pool", xs, pooled)
    weights = [[Value(w) for w in row] for row in WEIGHTS]
    neurons = [ag.dot(row, pooled) for row in weights]
    ag.made_by("fully connected", [pooled, weights], neurons)
    nodes = {
        **{f"x{i}": x for i, x in enumerate(xs, 1)},
        **{f"p{i}": p for i, p in enumerate(pooled, 1)},
        **{f"w{i}{j}": w for i, row in enumerate(weights, 1) for j, w in enumerate(row, 1)},
        **{f"h{i}": h for i, h in enumerate(neurons, 1)},
        "L": ag.dot(FROM_ABOVE, neurons),
    }
    return Example(nodes["L"], None, nodes, [w for row in weights for w in row])


def founding_tensors() -> Example:
    """(F2) The same in arrays: pooled PR, weights W, the gradient (2, 3, 6) arrives at fc."""
    pr = tensor([[[[0.5, 1.0, -1.0, 2.0], [-2.0, 0.0, 0.0, 1.5]]]])
    pooled = ag.max_pool2d(pr, kernel_size=2)
    p = pooled.reshape(2)
    w = tensor(WEIGHTS)
    fc = ag.matmul(w, p)
    nodes = {"PR": pr, "pooled": pooled, "P": p, "W": w, "fc": fc}
    return Example(fc, np.array(FROM_ABOVE), nodes, [w])


def pool_conv() -> Example:
    """A pooled map read by a convolution: the corner gets 40, the left middle 60 = 10*3 + 30*1."""
    p = tensor([[[[1.0, 0.0, 2.0], [0.0, 1.0, 1.0], [2.0, 1.0, 0.0]]]])
    k = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    out = F.conv2d(p, k)
    return Example(
        out, np.array([[[[10.0, 20.0], [30.0, 40.0]]]]), {"P": p, "K": k, "out": out}, [k]
    )


def overlap() -> Example:
    """Overlapping windows: the middle wins two of them, -0.6 = -1.4 + 0.8."""
    x = tensor([[[[3.0, 4.0, 2.0], [1.0, 5.0, 0.0], [8.0, 6.0, 4.0]]]])
    pooled = ag.max_pool2d(x, kernel_size=2, stride=1)
    upstream = np.array([[[[-1.4, 0.8], [0.2, 0.3]]]])
    return Example(pooled, upstream, {"x": x, "pooled": pooled})


def worked_cnn() -> Example:
    """The worked network of question 3: 5x5 image, 2x2 convolution, 2x2 pool, sigmoid, neurons."""
    x = tensor([[IMAGE]])
    k, b = tensor([[[[-0.13, 0.15], [-0.51, 0.62]]]]), tensor([0.0])
    w = tensor([[0.61, 0.82, 0.96, -1.0], [0.02, -0.5, 0.23, 0.17]])
    feature = F.conv2d(x, k, b)
    pooled = ag.max_pool2d(feature, kernel_size=2)
    s = ag.sigmoid(pooled)
    h = ag.matmul(w, s.reshape(4))
    nodes = {"X": x, "K": k, "b": b, "W": w, "F": feature, "P": pooled, "S": s, "H": h}
    return Example(h, np.array([0.25, -0.15]), nodes, [k, b, w])


def small_cnn() -> Example:
    """A network of modules with a loss, on two small images."""
    rng = np.random.default_rng(3)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, generator=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8, 3, generator=2),
    )
    images = Tensor(rng.normal(size=(2, 1, 6, 6)))
    loss = nn.CrossEntropyLoss()(model(images), np.array([0, 2]))
    return Example(loss, None, {"images": images, "loss": loss}, keep=model)


def mlp() -> Example:
    """A scalar network, 2 inputs, 3 hidden neurons, 1 output, with a squared error."""
    model = nn.scalar.MLP(2, [3, 1], "tanh", generator=1)
    x = [Value(0.5), Value(-1.0)]
    y = model(x)
    nodes = {"x1": x[0], "x2": x[1], "y": y, "loss": (y - 1.0) ** 2}
    return Example(nodes["loss"], None, nodes, [p for _, p in model.named_parameters()], keep=model)


def six_kinds() -> Example:
    """Every reason for "no gradient" in one graph, apart from waiting, which passes.

    blocked: loser (a maximum's), gone (before a shut relu). starved: early (behind gone).
    cancelled: both (-2 and +2). not reached: alone. not asked: the constants.
    """
    winner, loser, early, both = Value(3.0), Value(1.0), Value(2.0), Value(1.5)
    top = ag.maximum(winner, loser)
    gone = -early * 4.0
    shut = ag.relu(gone)
    middle = 2.0 * both - 2.0 * both
    loss = top + shut + middle
    alone = Value(5.0)
    nodes = {
        "winner": winner,
        "loser": loser,
        "early": early,
        "both": both,
        "top": top,
        "gone": gone,
        "shut": shut,
        "middle": middle,
        "loss": loss,
        "alone": alone,
    }
    return Example(loss, None, nodes, include=[alone])


def ties() -> Example:
    """A tie: x2 and x4 are both largest, and the first one gets everything."""
    xs = [Value(x) for x in (1.0, 2.0, 0.5, 2.0)]
    p = ag.max(*xs)
    nodes = {**{f"x{i}": x for i, x in enumerate(xs, 1)}, "p": p, "y": 3.0 * p}
    return Example(nodes["y"], None, nodes)


def tie_split() -> Example:
    """The same tie, shared."""
    xs = [Value(x) for x in (1.0, 2.0, 0.5, 2.0)]
    p = ag.max(*xs, ties="split")
    nodes = {**{f"x{i}": x for i, x in enumerate(xs, 1)}, "p": p, "y": 3.0 * p}
    return Example(nodes["y"], None, nodes)


def twice() -> Example:
    """x times x: two edges, for the two argument slots."""
    x = Value(3.0)
    nodes = {"x": x, "y": x * x + 2.0 * x}
    return Example(nodes["y"], None, nodes)


def chain(length: int) -> Example:
    """A long chain without modules."""
    x = Value(1.0)
    y = x
    for i in range(length):
        y = y * 0.99 if i % 2 else y + 0.5
    return Example(y, None, {"x": x, "y": y})


def deep(layers: int) -> Example:
    """A network of many modules."""
    model = nn.Sequential(
        *[m for i in range(layers) for m in (nn.Linear(4, 4, generator=i), nn.ReLU())]
    )
    x = Tensor(np.ones((2, 4)))
    loss = ag.sum(model(x))
    return Example(loss, None, {"x": x, "loss": loss}, keep=model)


ALL: dict[str, Callable[[], Example]] = {
    build.__name__: build
    for build in (
        founding,
        founding_tensors,
        pool_conv,
        overlap,
        worked_cnn,
        small_cnn,
        mlp,
        six_kinds,
        ties,
        tie_split,
        twice,
    )
}

# Names that must never become markup, commands or more than one line.
NASTY = [
    "<script>alert(1)</script>",
    "\"quotes\" and 'quotes'",
    "{braces} \\frac{a}{b} $x$ & 100% # ~ ^ _",
    "two\nlines\r\n\ttab",
    "\N{GRINNING FACE}\N{CJK UNIFIED IDEOGRAPH-6F22}" * 4,
    "\N{HEBREW LETTER ALEF}\N{RIGHT-TO-LEFT OVERRIDE}abc\N{LEFT-TO-RIGHT ISOLATE}",
    "e\N{COMBINING ACUTE ACCENT}" * 10,
    "x" * 10_000,
    "\x00\x1b[31m\ud800",
    "",
]
