"""Toy problems in the plane: two or more classes of points that no straight line separates.

Each function returns points, (n, 2) float64, and labels, (n,) int64, shuffled. `generator` is a
numpy Generator, a seed, or None.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import errors, init
from nn.layers.options import positive

Array = np.ndarray[Any, Any]


def moons(n: int = 200, noise: float = 0.1, generator: init.Seed = None) -> tuple[Array, Array]:
    """Two half circles that reach into each other.

    Args:
        n: how many points.
        noise: standard deviation of the normal noise on each coordinate.
        generator: a numpy Generator, a seed, or None.

    >>> points, labels = moons(100, generator=0)
    >>> points.shape, int(labels.sum())
    ((100, 2), 50)
    """
    angles, labels = _classes("moons", n, 2)
    angle = np.pi * angles
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _finished(
        "moons", np.where(labels[:, None] == 0, upper, lower), labels, noise, generator
    )


def circles(
    n: int = 200, noise: float = 0.05, factor: float = 0.5, generator: init.Seed = None
) -> tuple[Array, Array]:
    """A circle of radius 1 (class 0) around a smaller one (class 1).

    Args:
        n: how many points.
        noise: standard deviation of the normal noise on each coordinate.
        factor: radius of the smaller circle, between 0 and 1.
        generator: a numpy Generator, a seed, or None.

    >>> points, labels = circles(6, noise=0.0, generator=0)
    >>> np.hypot(*points.T)[labels == 1].round(6).tolist()
    [0.5, 0.5, 0.5]
    """
    if not 0.0 < factor < 1.0:
        raise errors.bad_option("circles", "factor", "between 0 and 1", factor)
    turns, labels = _classes("circles", n, 2, closed=True)
    radius = np.where(labels == 0, 1.0, factor)
    angle = 2.0 * np.pi * turns
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _finished("circles", points, labels, noise, generator)


def spirals(
    n: int = 300,
    noise: float = 0.05,
    classes: int = 3,
    turns: float = 0.75,
    generator: init.Seed = None,
) -> tuple[Array, Array]:
    """Spiral arms that start together in the middle.

    Args:
        n: how many points.
        noise: standard deviation of the normal noise on each coordinate.
        classes: how many arms.
        turns: how many times an arm winds around.
        generator: a numpy Generator, a seed, or None.

    >>> points, labels = spirals(90, generator=0)
    >>> np.bincount(labels).tolist()
    [30, 30, 30]
    """
    positive("spirals", "classes", classes)
    radius, labels = _classes("spirals", n, classes)
    angle = 2.0 * np.pi * (turns * radius + labels / classes)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _finished("spirals", points, labels, noise, generator)


def _classes(name: str, n: int, classes: int, closed: bool = False) -> tuple[Array, Array]:
    """For each point its place along its curve, from 0 to 1, and its class, evenly many of each."""
    positive(name, "n", n)
    counts = [n // classes + (label < n % classes) for label in range(classes)]
    places = [np.linspace(0.0, 1.0, count, endpoint=not closed) for count in counts]
    return np.concatenate(places), np.repeat(np.arange(classes), counts)


def _finished(
    name: str, points: Array, labels: Array, noise: float, generator: init.Seed
) -> tuple[Array, Array]:
    """Noise added, and the order shuffled."""
    if not noise >= 0.0:
        raise errors.bad_option(name, "noise", "a number of at least 0", noise)
    generator = init.as_generator(generator)
    points = points + noise * generator.standard_normal(points.shape)
    order = generator.permutation(len(points))
    return points[order], labels[order]
