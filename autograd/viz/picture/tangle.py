"""How tangled a layout is: the fewer crossings, the easier it is to follow a wire."""

from __future__ import annotations

from itertools import combinations

from autograd.viz.picture import curves
from autograd.viz.picture.scene import Scene, Wire
from autograd.viz.picture.taken import Taken

HIT = 4  # a wire that runs over a box is as bad as so many crossings
NEAR = 1.0

Point = tuple[float, float]


def tangle(scene: Scene) -> int:
    """Crossings of wires, operands that stand in the wrong order, and wires that run over boxes."""
    wires = [wire for wire in scene.wires if wire.points]
    count = sum(_crossing(a, b) + _swapped(a, b, scene.sideways) for a, b in combinations(wires, 2))
    taken = Taken((box.x, box.y, box.width, box.height) for box in scene.boxes())
    return count + HIT * sum(_runs_over(wire, taken) for wire in wires)


def _crossing(a: Wire, b: Wire) -> bool:
    """Whether two wires cross, taken as straight lines."""
    if a.tail == b.tail or a.head == b.head:
        return False
    p, q, r, s = a.points[0], a.points[-1], b.points[0], b.points[-1]
    return _side(p, q, r) != _side(p, q, s) and _side(r, s, p) != _side(r, s, q)


def _side(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0.0


def _swapped(a: Wire, b: Wire, sideways: bool) -> bool:
    """Whether a later operand comes from further left (or up) than an earlier one."""
    if a.head != b.head or a.tail == b.tail:
        return False
    first, second = (wire.points[0][1 if sideways else 0] for wire in (a, b))
    return (a.slot < b.slot) != (first < second)


def _runs_over(wire: Wire, taken: Taken) -> bool:
    inner = curves.samples(wire.points)[1:-1]
    return any(taken.meets((x - NEAR, y - NEAR, 2 * NEAR, 2 * NEAR)) for x, y in inner)
