"""Scalars: a small network, deep and wide graphs, memory, and the price of importing.

The network is micrograd's: 2-16-16-1, ReLU, hinge loss, on 100 points of two moons. Its time is
given per elementary operation (a multiplication, an addition, a ReLU), as counted in our graph,
so that peers and many-input nodes, which do the same arithmetic with fewer nodes, can be compared.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.harness import Goal, Sample, Table, Workload, mean_step, timed
from benchmarks.peers import Peer, peer

SIZES = (2, 16, 16, 1)
POINTS = 100
RATE = 0.05
Layers = list[list[tuple[list[Any], Any]]]  # layers of neurons: weights and bias

# --- the network ----------------------------------------------------------------------------------


@cache
def points(count: int) -> list[tuple[tuple[float, float], float]]:
    """Two moons, as ((x, y), +1 or -1)."""
    rng = random.Random(0)
    made = []
    for number in range(count):
        side = 1.0 if number % 2 else -1.0
        angle = math.pi * rng.random()
        x, y = math.cos(angle), math.sin(angle)
        if side > 0:
            x, y = 1 - x, 0.5 - y
        made.append(((x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)), side))
    return made


def initial() -> list[float]:
    """Starting weights and biases of all neurons, one after another."""
    rng = random.Random(1)
    return [
        number
        for inputs, outputs in pairwise(SIZES)
        for _ in range(outputs)
        for number in [*(rng.uniform(-1, 1) for _ in range(inputs)), 0.0]
    ]


def layers(leaves: Sequence[Any]) -> Layers:
    """The flat parameters as layers of neurons."""
    source = iter(leaves)
    return [
        [([next(source) for _ in range(inputs)], next(source)) for _ in range(outputs)]
        for inputs, outputs in pairwise(SIZES)
    ]


def neuron(weights: list[Any], bias: Any, inputs: Sequence[Any]) -> Any:
    """One operation at a time."""
    total = bias
    for w, x in zip(weights, inputs, strict=True):
        total = total + w * x
    return total


def total(terms: Sequence[Any]) -> Any:
    """One addition at a time."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def elementary(engine: Peer, network: Layers) -> Callable[[Sequence[Any]], Any]:
    """The network as a function of a point, in additions, multiplications and ReLUs."""
    *hidden, last = network

    def score(inputs: Sequence[Any]) -> Any:
        for layer in hidden:
            inputs = [engine.relu(neuron(weights, bias, inputs)) for weights, bias in layer]
        ((weights, bias),) = last
        return neuron(weights, bias, inputs)

    return score


def many_input(network: Layers) -> Any:
    """The same as our `nn.scalar.MLP`, whose neurons are one many-input node and a sum."""
    mlp = our_mlp()
    for layer, neurons in zip(mlp.layers, network, strict=True):
        for neuron, (weights, bias) in zip(layer.neurons, neurons, strict=True):
            neuron.weights, neuron.bias = weights, bias
    return mlp


@cache
def our_mlp() -> Any:
    from nn.scalar import MLP

    return MLP(SIZES[0], SIZES[1:])


def loss(engine: Peer, leaves: Sequence[Any], count: int, *, many: bool = False) -> Any:
    """The mean hinge loss over the points."""
    network = layers(leaves)
    score = many_input(network) if many else elementary(engine, network)
    hinges = [engine.relu(1.0 + -side * score(inputs)) for inputs, side in points(count)]
    return total(hinges) * (1.0 / count)


@cache
def operations(quick: bool) -> int:
    """The elementary operations of one forward pass, counted in our graph."""
    from autograd.graph import topological_order

    engine = peer("ours")
    order, _ = topological_order(loss(engine, engine.leaves(initial()), size(quick)))
    return len(order)


def size(quick: bool) -> int:
    return 3 if quick else POINTS


# --- training it, with the garbage collector as it is, paused, or off -----------------------------


@contextlib.contextmanager
def pause() -> Iterator[None]:
    """What `autograd.paused_gc` does, without importing it into a peer's process."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def training(column: str, quick: bool, *, collector: str, neighbours: int = 0) -> Sample:
    """Steps of gradient descent on the network: forward, backward, update, free."""
    _others = [[number] for number in range(neighbours)]
    engine = peer(column)
    guard = pause if collector == "paused" else contextlib.nullcontext
    numbers = initial()
    first: list[float] = []

    def step() -> Any:
        nonlocal numbers
        with guard():
            leaves = engine.leaves(numbers)
            root = loss(engine, leaves, size(quick), many="n-ary" in column)
            gradients = engine.gradients(root, leaves)
            numbers = [p - RATE * g for p, g in zip(numbers, gradients, strict=True)]
        first.extend(gradients if not first else ())
        return root

    if collector == "off":
        gc.disable()
    sample = mean_step(step, quick=quick)
    return Sample(sample.cpu, sample.wall, [first])


# --- deep and wide --------------------------------------------------------------------------------


def whole(column: str, compute: Callable[[Peer, list[Any]], Any], numbers: list[float]) -> Sample:
    """One computation of its own: forward, backward, free."""
    engine = peer(column)
    gradients: list[float] = []

    def step() -> None:
        leaves = engine.leaves(numbers)
        gradients[:] = engine.gradients(compute(engine, leaves), leaves)

    sample = timed(step)
    return Sample(sample.cpu, sample.wall, [gradients[:1000]])


def chain(column: str, quick: bool, *, length: int) -> Sample:
    """x * c + d, over and over: `length` operations, each on the result of the one before."""
    length = min(length, 200) if quick else length

    def compute(_: Peer, leaves: list[Any]) -> Any:
        return links(leaves[0], length)

    return whole(column, compute, [0.5])


def links(x: Any, length: int) -> Any:
    for _ in range(length // 2):
        x = x * 0.999999 + 0.000001
    return x


def pairs(terms: list[Any], combine: Callable[[Any, Any], Any]) -> Any:
    """Combine neighbours until one is left: a tree, so that nobody recurses deeply."""
    while len(terms) > 1:
        odd = terms[len(terms) & ~1 :]
        terms = [combine(x, y) for x, y in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


def fan_out(column: str, quick: bool) -> Sample:
    """One node used 10^5 times."""
    uses = 100 if quick else 10**5

    def compute(_: Peer, leaves: list[Any]) -> Any:
        terms = [leaves[0] * (number / uses) for number in range(uses)]
        return pairs(terms, lambda x, y: x + y)

    return whole(column, compute, [0.5])


def max_tree(column: str, quick: bool) -> Sample:
    """The largest of 10^5 numbers, by pairs."""

    def compute(engine: Peer, leaves: list[Any]) -> Any:
        return pairs(leaves, engine.maximum)

    return whole(column, compute, _numbers(100 if quick else 10**5))


def max_chain(column: str, quick: bool) -> Sample:
    """The largest of 10^5 numbers, one after another."""

    def compute(engine: Peer, leaves: list[Any]) -> Any:
        largest = leaves[0]
        for leaf in leaves[1:]:
            largest = engine.maximum(largest, leaf)
        return largest

    return whole(column, compute, _numbers(100 if quick else 10**5))


def _numbers(count: int) -> list[float]:
    rng = random.Random(2)
    return [rng.random() for _ in range(count)]


# --- memory ---------------------------------------------------------------------------------------


def resident() -> int:
    """The memory this process holds, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])  # Linux only
    return pages * os.sysconf("SC_PAGE_SIZE")


def traced() -> int:
    """The memory Python's allocator has given out since `tracemalloc.start`, in bytes."""
    return tracemalloc.get_traced_memory()[0]


def per_node(
    column: str, quick: bool, *, meter: Callable[[], int], backward: bool = False
) -> Sample:
    """Bytes per operation of a chain: what a living graph holds."""
    length = 2000 if quick else 10**6
    engine = peer(column)
    leaves = engine.leaves([0.5])
    links(leaves[0], 1000)  # whatever is made on first use
    gc.collect()
    if meter is traced:
        tracemalloc.start()
    before = meter()
    root = links(leaves[0], length)
    if backward:
        engine.gradients(root, leaves)
    grown = (meter() - before) / length
    return Sample(grown, grown)


# --- importing ------------------------------------------------------------------------------------

IMPORTS = {
    "ours": "import autograd",
    "numpy": "import numpy",
    "micrograd": "import micrograd.engine",
    "xad": "import xad.adj_1st",
    "torch": "import torch",
}


def importing(column: str, quick: bool) -> Sample:
    """Seconds that the import adds to a bare interpreter; best of a few, bytecode cached."""
    start_up(IMPORTS[column])
    tries = range(1 if quick else 5)
    bare = [start_up("pass") for _ in tries]
    full = [start_up(IMPORTS[column]) for _ in tries]
    cpu, wall = (min(s[i] for s in full) - min(s[i] for s in bare) for i in (0, 1))
    return Sample(cpu, wall)


def start_up(program: str) -> tuple[float, float]:
    """CPU and wall seconds of a Python process that runs `program`."""
    import resource  # not on Windows

    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime
    return used - before.ru_utime - before.ru_stime, wall


# --- the tables -----------------------------------------------------------------------------------

ENGINES = ("ours", "micrograd", "xad", "torch")
VARIANTS = ("ours", "ours, free", "ours, n-ary", "micrograd", "xad", "torch")


def _microseconds_per_operation(quick: bool) -> float:
    return 1e6 / operations(quick)


def _step(name: str, collector: str, *goals: Goal, neighbours: int = 0) -> Workload:
    run = partial(training, collector=collector, neighbours=neighbours)
    return Workload(name, run, VARIANTS, _microseconds_per_operation, goals)


def _milliseconds(name: str, run: Callable[[str, bool], Sample], *columns: str) -> Workload:
    return Workload(name, run, columns or ENGINES, lambda quick: 1e3)


def _both(limit: float) -> list[Goal]:
    """A goal against micrograd, with the graph kept and with the graph let go of."""
    return [Goal(limit, "micrograd", column) for column in VARIANTS[:2]]


N_ARY = Goal(0.4, column="ours, n-ary")

TABLES = [
    Table(
        "A training step of the 2-16-16-1 network on 100 points: forward, backward, update, free\n"
        "('free': backward(free=True); 'n-ary': nn.scalar.MLP, whose neurons are many-input nodes)",
        "us per elementary operation",
        [
            _step("garbage collector: default", "default", *_both(1 / 15), N_ARY),
            _step("garbage collector: paused during the step", "paused", N_ARY),
            _step("garbage collector: off", "off", *_both(1 / 2), N_ARY),
            _step("default, beside 300,000 other objects", "default", N_ARY, neighbours=300_000),
        ],
    ),
    Table(
        "Deep and wide graphs: forward, backward, free",
        "ms",
        [
            _milliseconds("chain of 10^4", partial(chain, length=10**4)),
            _milliseconds("chain of 10^5", partial(chain, length=10**5)),
            _milliseconds("chain of 10^6", partial(chain, length=10**6), *ENGINES[:3]),
            _milliseconds("one node used 10^5 times", fan_out),
            _milliseconds("maximum of 10^5, as a tree", max_tree),
            _milliseconds("maximum of 10^5, as a chain", max_chain),
        ],
    ),
    Table(
        "Memory of a living graph: a chain of 10^6",
        "bytes per operation",
        [
            Workload(
                "resident memory after forward",
                partial(per_node, meter=resident),
                ENGINES[:3],
                goals=[Goal(130)],
            ),
            Workload(
                "tracemalloc after forward",
                partial(per_node, meter=traced),
                ENGINES[:2],
                goals=[Goal(130)],
            ),
            Workload(
                "resident memory after backward, graph kept",
                partial(per_node, meter=resident, backward=True),
                ("ours", "xad"),
            ),
        ],
    ),
    Table(
        "Importing, on top of a bare interpreter",
        "s",
        [Workload("import", importing, tuple(IMPORTS), goals=[Goal(0.2)])],
    ),
]
