"""A little geometry: routes made of cubic Bezier curves, as lists of 1 + 3n points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from autograd.viz.picture.markup import short

Point = tuple[float, float]
Route = list[Point]

HALVINGS = 9  # on the way to a point at some distance
SAMPLES = 12  # points to a curve when its length is reckoned


def straight(a: Point, b: Point) -> Route:
    """A straight line as a curve.

    >>> straight((0.0, 0.0), (3.0, 0.0))
    [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]
    """
    return [a, mix(a, b, 1 / 3), mix(a, b, 2 / 3), b]


def between(a: Point, b: Point, sideways: bool = False) -> Route:
    """A curve that leaves `a` straight down (or up) and arrives at `b` so; or from side to side."""
    if sideways:
        half = (a[0] + b[0]) / 2
        return [a, (half, a[1]), (half, b[1]), b]
    half = (a[1] + b[1]) / 2
    return [a, (a[0], half), (b[0], half), b]


def mix(a: Point, b: Point, t: float) -> Point:
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)


def at(route: Sequence[Point], i: int, t: float) -> Point:
    """The point at `t` in the curve that starts at point `i`."""
    a, b, c, d = route[i : i + 4]
    ab, bc, cd = mix(a, b, t), mix(b, c, t), mix(c, d, t)
    return mix(mix(ab, bc, t), mix(bc, cd, t), t)


def samples(route: Sequence[Point]) -> Route:
    """Points along a route."""
    points = [route[0]]
    for i in range(0, len(route) - 1, 3):
        points += [at(route, i, k / SAMPLES) for k in range(1, SAMPLES + 1)]
    return points


def middle(route: Sequence[Point], share: float = 0.5) -> Point:
    """The point after so much of a route's length."""
    points = samples(route)
    left = share * length(points)
    for p, q in pairwise(points):
        step = math.dist(p, q)
        if step and left <= step:
            return mix(p, q, left / step)
        left -= step
    return points[-1]


def length(points: Sequence[Point]) -> float:
    """The length of a broken line."""
    return sum(math.dist(p, q) for p, q in pairwise(points))


def shortened(route: Sequence[Point], by: float) -> tuple[Route, Point]:
    """A route without so much of its start, and the direction that points back out of it."""
    route = list(route)
    while len(route) > 4 and math.dist(route[0], route[3]) < by:
        by -= math.dist(route[0], route[3])
        route = route[3:]
    a, b, c, d = route[:4]
    low, high = 0.0, 0.9
    for _ in range(HALVINGS):
        t = (low + high) / 2
        low, high = (t, high) if math.dist(a, at(route, 0, t)) < by else (low, t)
    t = high
    bc, cd = mix(b, c, t), mix(c, d, t)
    rest = mix(bc, cd, t)
    start = mix(mix(mix(a, b, t), bc, t), rest, t)
    return [start, rest, cd, d, *route[4:]], direction(start, a)


def direction(a: Point, b: Point) -> Point:
    """The unit vector from `a` to `b`; upwards if they are one point."""
    far = math.dist(a, b)
    return ((b[0] - a[0]) / far, (b[1] - a[1]) / far) if far else (0.0, -1.0)


def beside(route: Sequence[Point], by: float) -> Route:
    """A route that runs beside another at a distance, to the right of its direction."""
    moved = []
    last = len(route) - 1
    for i, (x, y) in enumerate(route):
        dx, dy = direction(route[max(i - 1, 0)], route[min(i + 1, last)])
        moved.append((x - dy * by, y + dx * by))
    return moved


def path(route: Sequence[Point]) -> str:
    """A route in SVG.

    >>> path(straight((0.0, 0.0), (3.0, 0.0)))
    'M0 0C1 0 2 0 3 0'
    """
    head, rest = route[0], route[1:]
    return f"M{coordinates([head])}" + "".join(
        f"C{coordinates(rest[i : i + 3])}" for i in range(0, len(rest), 3)
    )


def line(points: Sequence[Point]) -> str:
    """A broken line in SVG."""
    return "M" + "L".join(coordinates([point]) for point in points)


def coordinates(points: Sequence[Point]) -> str:
    return " ".join(f"{short(x)} {short(y)}" for x, y in points)


def triangle(tip: Point, towards: Point, long: float, wide: float) -> str:
    """An arrowhead in SVG, its tip at a point."""
    dx, dy = towards
    x, y = tip[0] - dx * long, tip[1] - dy * long
    wx, wy = -dy * wide / 2, dx * wide / 2
    return line([tip, (x + wx, y + wy), (x - wx, y - wy)]) + "z"
