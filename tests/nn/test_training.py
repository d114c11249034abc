"""Whole networks: they learn, and their training loops do not leak."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

import autograd as ag
import nn
from nn.datasets import moons


def test_an_array_network_learns_the_moons():
    points, labels = moons(400, noise=0.1, generator=0)
    generator = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Linear(2, 16, generator=generator),
        nn.ReLU(),
        nn.Linear(16, 16, generator=generator),
        nn.ReLU(),
        nn.Linear(16, 2, generator=generator),
    )
    optimiser = nn.optim.Adam(net.parameters(), lr=0.02)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(150):
        optimiser.zero_grad()
        loss_of(net(points[:300]), labels[:300]).backward(free=True)
        optimiser.step()
    with ag.no_grad():
        guesses = net(points[300:]).numpy().argmax(axis=1)
    assert (guesses == labels[300:]).mean() > 0.95


def test_a_scalar_network_learns_the_moons():
    points, labels = moons(80, noise=0.05, generator=1)
    net = nn.scalar.MLP(2, [8, 1], activation="tanh", generator=1)
    optimiser = nn.optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
    signs = (2 * labels - 1).tolist()
    with ag.paused_gc():
        for _ in range(80):
            optimiser.zero_grad()
            squares = [(net(x) - s) ** 2 for x, s in zip(points.tolist(), signs, strict=True)]
            (ag.total(squares) * (1 / len(signs))).backward()
            optimiser.step()
    right = [(net(x).data > 0) == (s > 0) for x, s in zip(points.tolist(), signs, strict=True)]
    assert np.mean(right) > 0.95


@pytest.mark.usefixtures("no_collector")
def test_memory_stays_flat_over_1000_training_steps():
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, generator=0),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8, 3, generator=1),
    )
    x = rng.standard_normal((4, 1, 6, 6)).astype(np.float32)
    labels = rng.integers(0, 3, 4)
    optimiser = nn.optim.Adam(net.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)

    def train(steps):
        for _ in range(steps):
            optimiser.zero_grad()
            loss_of(net(x), labels).backward()
            optimiser.step()

    train(50)
    tracemalloc.start()
    try:
        train(20)
        gc.collect()  # also empties Python's stocks of free tuples, which would be counted
        before = tracemalloc.get_traced_memory()[0]
        train(1000)
        garbage = gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert garbage == 0  # nothing was left for the collector to find
    assert after - before < 50_000  # one leaked Tensor a step would be more than 100,000


def test_a_frozen_layer_keeps_its_weights():
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    net[0].requires_grad_(False)
    before = net.state_dict()
    optimiser = nn.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for _ in range(3):
        optimiser.zero_grad()
        net(np.ones((4, 2))).sum().backward()
        optimiser.step()
    after = net.state_dict()
    np.testing.assert_array_equal(before["0.weight"], after["0.weight"])
    assert not np.array_equal(before["2.weight"], after["2.weight"])
