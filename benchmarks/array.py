"""Arrays: layers forward and backward, and whole training steps, float32, beside PyTorch.

Layers carry PyTorch's names and arguments, so every workload is written once and runs in both
libraries, on the same numbers; the gradients of the first step are compared. Goals in plain
numbers come from measurements on one machine, those against torch hold anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.harness import Goal, Sample, Table, Workload, median_step
from benchmarks.libraries import MOST, fill, library, random, run

Maker = Callable[[Any], Any]  # makes a layer or a network from the `nn` of a library

# --- one layer ------------------------------------------------------------------------------------


def layer(
    column: str,
    quick: bool,
    *,
    make: Maker,
    shape: tuple[int, ...],
    backward: bool = True,
    wants_input: bool = True,
) -> Sample:
    """A layer forward, and backward with a random gradient arriving at it."""
    lib = library(column)
    module = lib.prepare(make(lib.nn))
    parameters = list(module.parameters())
    fill(lib, parameters)
    x = lib.tensor(random(100, *batch_of(shape, quick)), wants_input)
    result = module(x)
    upstream = lib.upstream(result, random(101, *result.shape))

    def step() -> None:
        y = module(x)
        if backward:
            lib.backward(y, upstream)

    return run(lib, step, [*parameters, x] if wants_input else parameters, quick)


def lstm(column: str, quick: bool, *, backward: bool = True) -> Sample:
    """An LSTM over whole sequences from a state of zeros, and back through time."""
    lib = library(column)
    time, batch, inputs, hidden = (3, 2, 5, 4) if quick else (32, 32, 64, 128)
    module = lib.nn.LSTM(inputs, hidden)
    parameters = list(module.parameters())
    fill(lib, parameters)
    x = lib.tensor(random(100, time, batch, inputs), True)
    upstream = lib.constant(random(101, time, batch, hidden))

    def step() -> None:
        y, _ = module(x)
        if backward:
            lib.backward(y, upstream)

    return run(lib, step, [*parameters, x], quick)


def batch_of(shape: tuple[int, ...], quick: bool) -> tuple[int, ...]:
    return (2, *shape[1:]) if quick else shape


def cross_entropy(
    column: str, quick: bool, *, shape: tuple[int, ...], backward: bool = True
) -> Sample:
    """Softmax and cross entropy of random scores."""
    lib = library(column)
    module = lib.nn.CrossEntropyLoss()
    x = lib.tensor(random(100, *batch_of(shape, quick)), True)
    labels = lib.constant(np.random.default_rng(1).integers(shape[1], size=len(x)))

    def step() -> None:
        loss = module(x, labels)
        if backward:
            lib.backward(loss)

    return run(lib, step, [x], quick)


def adam(column: str, quick: bool) -> Sample:
    """One step of Adam, with the gradients there already; what is compared is where it ends."""
    lib = library(column)
    tensors, size = (2, 10) if quick else (20, 50_000)
    parameters = [lib.tensor(random(seed, size), True) for seed in range(tensors)]
    for seed, parameter in enumerate(parameters):
        parameter.grad = lib.constant(random(100 + seed, size))
    optimiser = lib.optim.Adam(parameters, lr=0.01)
    optimiser.step()
    reached = [lib.numpy(p.detach())[:: size // MOST | 1].tolist() for p in parameters]
    sample = median_step(optimiser.step, quick=quick)
    return Sample(sample.cpu, sample.wall, reached)


# --- a whole training step ------------------------------------------------------------------------


def by_hand(column: str, quick: bool) -> Sample:
    """The network of the scalar benchmark, with operators only: x @ w + b, ReLU, hinge loss."""
    lib = library(column)
    shapes = [(2, 16), (16,), (16, 16), (16,), (16, 1), (1,)]
    parameters = [
        lib.tensor(random(seed, *shape, scale=0.5), True) for seed, shape in enumerate(shapes)
    ]
    w1, b1, w2, b2, w3, b3 = parameters
    x = lib.tensor(random(100, 100, 2))
    sides = lib.tensor(np.sign(random(101, 100, 1)))

    def step() -> None:
        hidden = (x @ w1 + b1).relu()
        hidden = (hidden @ w2 + b2).relu()
        score = hidden @ w3 + b3
        loss = (1 - sides * score).relu().mean()
        lib.backward(loss)
        for parameter in parameters:
            lib.descend(parameter, 0.01)

    return run(lib, step, parameters, quick)


def training(
    column: str,
    quick: bool,
    *,
    make: Maker,
    shape: tuple[int, ...],
    classes: int = 10,
) -> Sample:
    """Network, cross entropy, backward, SGD with momentum."""
    lib = library(column)
    network = lib.prepare(make(lib.nn))
    parameters = list(network.parameters())
    fill(lib, parameters)
    loss = lib.nn.CrossEntropyLoss()
    optimiser = lib.optim.SGD(parameters, lr=0.01, momentum=0.9)
    x = lib.tensor(random(100, *batch_of(shape, quick)))
    labels = lib.constant(np.random.default_rng(1).integers(classes, size=len(x)))

    def step() -> None:
        lib.backward(loss(network(x), labels))
        optimiser.step()

    return run(lib, step, parameters, quick)


def tiny(nn: Any) -> Any:
    return nn.Sequential(
        nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2)
    )


def perceptron(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def digits(nn: Any) -> Any:
    """For 8x8 images: one convolution, one pooling, one linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 4 * 4, 10),
    )


def lenet(nn: Any) -> Any:
    """For 28x28 images, after LeCun et al. 1998, with ReLU and max-pooling."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


# --- the tables -----------------------------------------------------------------------------------

COLUMNS = ("ours", "torch")
IMAGES = (*COLUMNS, "torch, nhwc")
NEAR = Goal(2.5, "torch")  # no line is to be slower than this

CONVOLUTIONS: dict[str, tuple[tuple[int, ...], int, dict[str, int]]] = {
    "A 64x1x28x28 to 6, 5x5": ((64, 1, 28, 28), 6, {"kernel_size": 5}),
    "B 64x6x12x12 to 16, 5x5": ((64, 6, 12, 12), 16, {"kernel_size": 5}),
    "C 64x16x28x28 to 32, 3x3": ((64, 16, 28, 28), 32, {"kernel_size": 3, "padding": 1}),
    "D 32x64x14x14 to 64, 3x3": ((32, 64, 14, 14), 64, {"kernel_size": 3, "padding": 1}),
    "E 32x64x14x14 to 128, 1x1": ((32, 64, 14, 14), 128, {"kernel_size": 1}),
    "F 8x3x64x64 to 32, 3x3": ((8, 3, 64, 64), 32, {"kernel_size": 3, "padding": 1}),
    "G 32x32x28x28 to 64, 3x3, stride 2": (
        (32, 32, 28, 28),
        64,
        {"kernel_size": 3, "stride": 2, "padding": 1},
    ),
}
POOLINGS = {
    "64x16x24x24, 2x2": ((64, 16, 24, 24), 2, 2),
    "64x16x25x25, 3x3, stride 2": ((64, 16, 25, 25), 3, 2),
    "32x64x28x28, 2x2": ((32, 64, 28, 28), 2, 2),
}
LINEARS = {
    "100x16 to 16": ((100, 16), 16),
    "64x784 to 128": ((64, 784), 128),
    "256x512 to 512": ((256, 512), 512),
}


def _row(
    name: str,
    measure: Callable[[str, bool], Sample],
    *goals: Goal,
    columns: Sequence[str] = COLUMNS,
) -> Workload:
    return Workload(name, measure, columns, lambda quick: 1e3, goals)


def _conv2d(name: str) -> list[Workload]:
    shape, filters, options = CONVOLUTIONS[name]

    def make(nn: Any) -> Any:
        return nn.Conv2d(shape[1], filters, **options)

    measure = partial(layer, make=make, shape=shape)
    rows = [
        _row(f"conv2d {name}: forward", partial(measure, backward=False), columns=IMAGES),
        _row(f"conv2d {name}: and backward", measure, Goal(2.0, "torch"), columns=IMAGES),
    ]
    if shape[1] <= 3:  # a first layer: nobody asks for the gradient of the images
        first = partial(measure, wants_input=False)
        rows.append(_row(f"conv2d {name}: and backward, no dx", first, columns=IMAGES))
    return rows


def _pool2d(kind: str, name: str) -> list[Workload]:
    shape, kernel, stride = POOLINGS[name]
    measure = partial(layer, make=lambda nn: getattr(nn, kind)(kernel, stride), shape=shape)
    label = {"MaxPool2d": "max_pool2d", "AvgPool2d": "avg_pool2d"}[kind]
    goals = [Goal(1.0, "torch", exactly=True)]
    return [
        _row(f"{label} {name}: forward", partial(measure, backward=False), columns=IMAGES),
        _row(f"{label} {name}: and backward", measure, *goals, columns=IMAGES),
    ]


def _linear(name: str) -> list[Workload]:
    shape, outputs = LINEARS[name]
    measure = partial(layer, make=lambda nn: nn.Linear(shape[1], outputs), shape=shape)
    return [
        _row(f"linear {name}: forward", partial(measure, backward=False)),
        _row(f"linear {name}: and backward", measure, NEAR),
    ]


_relu = partial(layer, make=lambda nn: nn.ReLU(), shape=(64, 16, 24, 24))
_cross_entropy = partial(cross_entropy, shape=(256, 1000))
_batch_norm = partial(layer, make=lambda nn: nn.BatchNorm2d(32), shape=(64, 32, 14, 14))
_layer_norm = partial(layer, make=lambda nn: nn.LayerNorm(512), shape=(256, 512))

TABLES = [
    Table(
        "Training steps: forward, loss, backward, update",
        "ms",
        [
            _row("MLP 2-16-16-1, batch 100, by hand", by_hand, Goal(0.065)),
            _row(
                "MLP 2-16-16-2, batch 100, layers",
                partial(training, make=tiny, shape=(100, 2), classes=2),
            ),
            _row(
                "MLP 784-128-10, batch 64",
                partial(training, make=perceptron, shape=(64, 784)),
                Goal(0.38),
            ),
            _row(
                "digits, batch 64",
                partial(training, make=digits, shape=(64, 1, 8, 8)),
                columns=IMAGES,
            ),
            _row(
                "LeNet, batch 64",
                partial(training, make=lenet, shape=(64, 1, 28, 28)),
                Goal(6.0),
                Goal(1.0, "torch", exactly=True),
                columns=IMAGES,
            ),
        ],
    ),
    Table(
        "Linear, ReLU, cross entropy",
        "ms",
        [
            *(row for name in LINEARS for row in _linear(name)),
            _row("relu 64x16x24x24: forward", partial(_relu, backward=False)),
            _row("relu 64x16x24x24: and backward", _relu, NEAR),
            _row("cross entropy 256x1000: forward", partial(_cross_entropy, backward=False)),
            _row("cross entropy 256x1000: and backward", _cross_entropy, NEAR),
        ],
    ),
    Table(
        "Normalisation, recurrence, Adam",
        "ms",
        [
            _row("batch norm 64x32x14x14: forward", partial(_batch_norm, backward=False)),
            _row("batch norm 64x32x14x14: and backward", _batch_norm, NEAR),
            _row("layer norm 256x512: forward", partial(_layer_norm, backward=False)),
            _row("layer norm 256x512: and backward", _layer_norm, NEAR),
            _row("LSTM T32 B32 I64 H128: forward", partial(lstm, backward=False)),
            _row("LSTM T32 B32 I64 H128: and backward", lstm, NEAR),
            _row("Adam, 10^6 parameters in 20 tensors", adam, NEAR),
        ],
    ),
    Table("Conv2d", "ms", [row for name in CONVOLUTIONS for row in _conv2d(name)]),
    Table("MaxPool2d", "ms", [r for name in POOLINGS for r in _pool2d("MaxPool2d", name)]),
    Table("AvgPool2d", "ms", [r for name in POOLINGS for r in _pool2d("AvgPool2d", name)]),
]
