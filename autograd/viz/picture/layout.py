"""Where everything goes: graphviz says, or our own ranks where there is no graphviz.

graphviz gets boxes of fixed size and returns their places and the routes of the wires. Its
program comes with the wheel `graphviz-pure` ("pure"), or from the system ("dot").
"""

from __future__ import annotations

import copy
import functools
import json
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd import errors
from autograd.viz.picture import curves, dot, ranks
from autograd.viz.picture.scene import Border, Scene, Unit, Wire
from autograd.viz.picture.taken import Taken
from autograd.viz.picture.tangle import tangle

ENGINES = ("auto", "pure", "dot", "builtin")
SECONDS = 10.0  # after which our own ranks take over
COMPARED = 40  # units of a graph that is laid out in both ways
MARGIN = 16.0
SPREAD = 20.0  # between wires that meet at a box
CLEAR = 2.0  # how near a wire may come to a box

Point = tuple[float, float]


def lay_out(scene: Scene, engine: str = "auto") -> None:
    """Place everything in a scene.

    Args:
        scene: what to place; changed in place.
        engine: "pure" (the program of graphviz-pure), "dot" (that of the system), "builtin", or
            "auto": the first of these three that is there; of a small graph, our own layout if it
            is less tangled.

    Raises:
        MissingExtraError: if the program asked for is not there.
        OptionError: for another engine.
    """
    program = program_of(engine)
    ours = copy.deepcopy(scene) if engine == "auto" and len(scene.units) <= COMPARED else None
    if program is None or not scene.units or not _by_graphviz(scene, program):
        ranks.place(scene)
    elif ours is not None:
        ranks.place(ours)
        if tangle(ours) < tangle(scene):
            scene.units, scene.wires, scene.borders = ours.units, ours.wires, ours.borders
    _frame_all(scene)


def program_of(engine: str) -> str | None:
    """The path of the graphviz program of an engine; None for "builtin", or if "auto" finds none.

    Raises:
        MissingExtraError: if the program asked for is not there.
        OptionError: for another engine.
    """
    if engine not in ENGINES:
        raise errors.unknown_option("draw", "engine", engine, ENGINES)
    pure = find_pure() if engine in ("auto", "pure") else None
    if engine == "pure" and pure is None:
        raise errors.no_graphviz_pure()
    system = shutil.which("dot") if engine in ("auto", "dot") and pure is None else None
    if engine == "dot" and system is None:
        raise errors.no_dot()
    return pure or system


@functools.cache
def find_pure() -> str | None:
    """The program of the wheel graphviz-pure: beside this Python, or on the path."""
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    for scheme in schemes:
        for name in ("graphviz-pure", "graphviz-pure.exe"):
            path = Path(sysconfig.get_path("scripts", scheme)) / name
            if path.is_file():
                return str(path)
    return shutil.which("graphviz-pure")


def run(program: str, source: str, form: str, seconds: float = SECONDS) -> bytes | None:
    """What graphviz makes of a source in some format; None if it failed or took too long."""
    try:
        done = subprocess.run(
            [program, f"-T{form}"],
            input=source.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None


def _by_graphviz(scene: Scene, program: str) -> bool:
    out = run(program, dot.source(scene, bare=True).source, "json0")
    if out is None:
        return False
    told = json.loads(out)
    height = float(told["bb"].split(",")[3])

    def flipped(text: str) -> Point:
        x, y = text.split(",")[:2]
        return float(x), height - float(y)

    borders = {f"cluster_{border.number}": border for border in scene.borders}
    for thing in told.get("objects", ()):
        if thing["name"] in borders:
            border = borders[thing["name"]]
            left, bottom, right, top = map(float, thing["bb"].split(","))
            border.x, border.y = left, height - top
            border.width, border.height = right - left, top - bottom
        elif "pos" in thing:
            unit = scene.units[int(thing["name"][1:])]
            x, y = flipped(thing["pos"])
            unit.place(x - unit.width / 2, y - unit.height / 2)
    for edge in told.get("edges", ()):
        scene.wires[int(edge["id"])].points = _route(edge, flipped)
    if not all(_reads_on(wire, scene.sideways) for wire in scene.wires):
        return False  # frames can make graphviz put a reader beside what it reads
    _spread(scene)
    _smooth(scene)
    return True


def _route(edge: dict[str, Any], flipped: Callable[[str], Point]) -> list[Point]:
    parts = edge["pos"].split(";")[0].split()
    return [flipped(part) for part in parts if part[0] not in "es"]


def _reads_on(wire: Wire, sideways: bool) -> bool:
    """Whether the reader is below what it reads; or to its right."""
    a, b = wire.source, wire.target
    if not wire.points:
        return True
    return b.x >= a.x + a.width if sideways else b.y >= a.y + a.height


def _spread(scene: Scene) -> None:
    """graphviz lets all wires at a side meet in its middle: give each a place of its own."""
    across = 1 if scene.sideways else 0
    for end in (0, -1):
        meeting: dict[int, list[Wire]] = {}
        for wire in scene.wires:
            if wire.points:
                meeting.setdefault(wire.tail if end == 0 else wire.head, []).append(wire)
        for wires in meeting.values():
            box = wires[0].source if end == 0 else wires[0].target
            room = (box.height if across else box.width) * 0.66
            step = min(SPREAD, room / len(wires))
            wires.sort(key=lambda wire: _heading(wire.points, end, across))
            for i, wire in enumerate(wires):
                _bend(wire.points, end, across, (i - (len(wires) - 1) / 2) * step)


def _heading(points: list[Point], end: int, across: int) -> tuple[float, ...]:
    """Where a route comes from: a little away from its end, further away, at its other end."""
    near = points[:7] if end == 0 else points[::-1][:7]
    return tuple([point[across] for point in (near[3], near[-1], points[-1 - end])])


def _bend(points: list[Point], end: int, across: int, by: float) -> None:
    """Move one end of a route, and the curve there a little less."""
    for i, share in ((0, 1.0), (1, 1.0), (2, 0.4)):
        at = i if end == 0 else len(points) - 1 - i
        x, y = points[at]
        points[at] = (x, y + by * share) if across else (x + by * share, y)


def _smooth(scene: Scene) -> None:
    """A plain curve from end to end instead of graphviz's route, wherever nothing is in its way."""
    taken = Taken((box.x, box.y, box.width, box.height) for box in scene.boxes())
    for wire in scene.wires:
        if wire.points:
            route = curves.between(wire.points[0], wire.points[-1], scene.sideways)
            inner = curves.samples(route)[2:-2]
            areas = ((x - CLEAR, y - CLEAR, 2 * CLEAR, 2 * CLEAR) for x, y in inner)
            if not any(map(taken.meets, areas)):
                wire.points = route


def _frame_all(scene: Scene) -> None:
    """Move everything so that it starts at the margin, and say how large it all is."""
    placed: list[Unit | Border] = [*scene.units, *scene.borders]
    things = [(thing.x, thing.y, thing.width, thing.height) for thing in placed]
    across = [x for wire in scene.wires for x, _ in wire.points]
    dx = MARGIN - min([x for x, _, _, _ in things] + across, default=0.0)
    dy = MARGIN - min([y for _, y, _, _ in things], default=0.0)
    scene.width = max([x + w for x, _, w, _ in things] + across, default=0.0) + dx + MARGIN
    scene.height = max([y + h for _, y, _, h in things], default=0.0) + dy + MARGIN
    for unit in scene.units:
        unit.place(unit.x + dx, unit.y + dy)
    for border in scene.borders:
        border.x, border.y = border.x + dx, border.y + dy
    for wire in scene.wires:
        wire.points = [(x + dx, y + dy) for x, y in wire.points]
