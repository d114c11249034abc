"""Which places of a picture are taken: rectangles and lines, by the squares that they lie in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

SQUARE = 120.0
STEP = 6.0  # less than the height of any number

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, top, width, height


class Taken:
    """Rectangles that are in the way.

    >>> taken = Taken([(0.0, 0.0, 10.0, 10.0)])
    >>> taken.meets((5.0, 5.0, 10.0, 10.0)), taken.meets((10.0, 0.0, 5.0, 5.0))
    (True, False)
    """

    def __init__(self, rectangles: Iterable[Rectangle] = ()) -> None:
        self._squares: dict[tuple[int, int], list[Rectangle]] = {}
        for rectangle in rectangles:
            self.add(rectangle)

    def add(self, area: Rectangle) -> None:
        for square in _squares(area):
            self._squares.setdefault(square, []).append(area)

    def meets(self, area: Rectangle) -> bool:
        """Whether one of them has more than an edge in common with this one."""
        left, top, width, height = area
        return any(
            x < left + width and left < x + w and y < top + height and top < y + h
            for square in _squares(area)
            for x, y, w, h in self._squares.get(square, ())
        )


class Passing:
    """Broken lines, each given by its corners.

    >>> passing = Passing([[(0.0, 0.0), (50.0, 50.0)], [(90.0, 0.0), (10.0, 0.0)]])
    >>> passing.through((20.0, 20.0, 8.0, 8.0)), passing.through((20.0, 40.0, 8.0, 8.0))
    ({0}, set())
    """

    def __init__(self, lines: Iterable[Sequence[Point]]) -> None:
        self._squares: dict[tuple[int, int], list[tuple[int, float, float]]] = {}
        for number, corners in enumerate(lines):
            for x, y in _close(corners):
                square = int(x // SQUARE), int(y // SQUARE)
                self._squares.setdefault(square, []).append((number, x, y))

    def through(self, area: Rectangle) -> set[int]:
        """Which of the lines have a point inside."""
        left, top, width, height = area
        return {
            number
            for square in _squares(area)
            for number, x, y in self._squares.get(square, ())
            if left < x < left + width and top < y < top + height
        }


def _close(corners: Sequence[Point]) -> Iterator[Point]:
    """Points along a broken line, so close that none of them can miss a number in the way."""
    for (a, b), (c, d) in pairwise(corners):
        count = 1 + int(math.dist((a, b), (c, d)) / STEP)
        for k in range(count):
            yield a + (c - a) * k / count, b + (d - b) * k / count
    yield from corners[-1:]


def _squares(area: Rectangle) -> Iterator[tuple[int, int]]:
    left, top, width, height = area
    for i in range(int(left // SQUARE), int((left + width) // SQUARE) + 1):
        for j in range(int(top // SQUARE), int((top + height) // SQUARE) + 1):
            yield i, j
