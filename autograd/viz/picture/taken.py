"""Which places of a picture are taken: rectangles, found by the squares that they lie in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SQUARE = 120.0

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


def _squares(area: Rectangle) -> Iterator[tuple[int, int]]:
    left, top, width, height = area
    for i in range(int(left // SQUARE), int((left + width) // SQUARE) + 1):
        for j in range(int(top // SQUARE), int((top + height) // SQUARE) + 1):
            yield i, j
