"""The network of the tour, its training, and one digit's way through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import nn
from autograd import Tensor, no_grad, paused_gc
from nn.datasets import digits, train_test_split

BATCH = 32
RATE = 0.005


def build(generator: np.random.Generator) -> nn.Sequential:
    """Convolution, ReLU, max-pooling, fully connected: 8x8 images in, 10 classes out."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, generator=generator),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 10, generator=generator),
    )


def train(network: nn.Sequential, parts: Split, epochs: int, quiet: bool) -> list[float]:
    """Adam on cross entropy, in shuffled batches; returns the mean loss of each pass."""
    images, labels = parts.images, parts.labels
    optimiser = nn.optim.Adam(network.parameters(), lr=RATE)
    loss_of = nn.CrossEntropyLoss()
    means = []
    with paused_gc(), tqdm(total=epochs * len(images), unit="digit", disable=quiet) as bar:
        for epoch in range(epochs):
            bar.set_description(f"pass {epoch + 1} of {epochs}")
            order, total = parts.generator.permutation(len(images)), 0.0
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                loss = loss_of(network(images[batch]), labels[batch])
                optimiser.zero_grad()
                loss.backward(free=True)
                optimiser.step()
                total += loss.item() * len(batch)
                bar.update(len(batch))
                bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
            means.append(total / len(images))
    return means


def accuracy_of(network: nn.Sequential, images: Any, labels: Any) -> float:
    """The share of images whose largest score is at their label."""
    with no_grad():
        return float(np.mean(network(images).argmax(axis=1) == labels))


@dataclass
class Learned:
    """A trained network, and what it has not seen.

    losses: the mean loss of each pass. images, labels: the held-out digits.
    """

    network: nn.Sequential
    losses: list[float]
    accuracy: float
    images: Any
    labels: Any


class Split(NamedTuple):
    """The digits, in two parts; the second is held out. `generator` goes on from here."""

    images: Any
    others: Any
    labels: Any
    their_labels: Any
    generator: np.random.Generator


def split(seed: int) -> Split:
    """Four fifths of the digits to train on, and the rest."""
    generator = np.random.default_rng(seed)
    images, others, labels, their_labels = train_test_split(
        *digits(channel=True), generator=generator
    )
    return Split(images, others, labels, their_labels, generator)


def learn(parts: Split, epochs: int, quiet: bool) -> Learned:
    """Train on the first part, and see how many of the second come out right."""
    network = build(parts.generator)
    losses = train(network, parts, epochs, quiet)
    accuracy = accuracy_of(network, parts.others, parts.their_labels)
    return Learned(network, losses, accuracy, parts.others, parts.their_labels)


@dataclass
class Recorded:
    """One digit's way through the network, every stage a node of one graph.

    image: 8x8, from 0 to 1. label: what it is.
    """

    image: Any
    label: int
    feature_map: Tensor
    pooled: Tensor
    scores: Tensor
    loss: Tensor


def record(network: nn.Sequential, image: Any, label: int) -> Recorded:
    """Run one image forward and backward, keeping the stages."""
    convolution, relu, pooling, flatten, linear = network
    feature_map = relu(convolution(image[None]))
    pooled = pooling(feature_map)
    scores = linear(flatten(pooled))
    loss = nn.CrossEntropyLoss()(scores, [label])
    loss.backward()
    return Recorded(image[0], label, feature_map, pooled, scores, loss)


def hardest(learned: Learned) -> Recorded:
    """The held-out digit with the largest loss."""
    with no_grad():
        losses = nn.CrossEntropyLoss(reduction="none")(
            learned.network(learned.images), learned.labels
        )
    worst = int(losses.argmax())
    return record(learned.network, learned.images[worst], int(learned.labels[worst]))


def pick(stages: Recorded) -> tuple[int, ...] | None:
    """The pooled cell with the largest gradient whose window has one clear winner.

    Rather one where the losers are not 0 themselves: there is more to see.
    """
    pooled, grads = stages.pooled.data, np.abs(stages.pooled.grad)
    clear = []
    for flat in np.argsort(-grads, axis=None, kind="stable"):
        cell = tuple(int(i) for i in np.unravel_index(flat, pooled.shape))
        cells = behind(stages.feature_map.data, cell)
        if grads[cell] > 0 and pooled[cell] > 0 and (cells == pooled[cell]).sum() == 1:
            clear.append(cell)
            if cells.min() > 0:
                return cell
    return clear[0] if clear else None


def behind(array: Any, cell: tuple[int, ...]) -> Any:
    """The 2x2 window that a pooled cell looks at."""
    n, channel, row, column = cell
    return array[n, channel, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
