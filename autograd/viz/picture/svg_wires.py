"""Wires in SVG: data runs down one lane, thin; the gradient comes back on the lane beside it.

The gradient's line is solid for +, dashed for -, dotted for 0, and the wider the larger it is. Its
arrow points back to the input; a bar across it means that it was blocked.
"""

from __future__ import annotations

from autograd.viz import words
from autograd.viz.picture import curves
from autograd.viz.picture.boxes import Box
from autograd.viz.picture.markup import escaped, moved, tag
from autograd.viz.picture.palette import Palette
from autograd.viz.picture.scene import Scene, Wire
from autograd.viz.picture.svg_boxes import tone_color
from autograd.viz.picture.taken import Passing, Rectangle, Taken

LANE = 3.5  # how far each lane is from the middle
DASHES = {"minus": "6 4", "zero": "1.5 4"}
LETTER, TALL = 6.8, 15.0  # of the number on a wire
# Of a wire: where its number may stand.
SHARES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
WINNER, TIE = 6.0, 25.0  # how far from the input its marks stand: beside each other
DOT, RING = 4.0, 8.0  # half the size of these marks
LONG = 9  # letters of a number that would hide too much of the lanes

Point = curves.Point
Route = curves.Route


class Wires:
    """Draws the wires of a scene, one after the other: their numbers keep clear of each other."""

    def __init__(self, scene: Scene, palette: Palette) -> None:
        self.palette, self.sideways, self.width = palette, scene.sideways, scene.width
        self.taken = Taken((box.x, box.y, box.width, box.height) for box in scene.boxes())
        self.passing = Passing(
            curves.samples(wire.points) if wire.points else () for wire in scene.wires
        )
        self.places = {id(wire): place for place, wire in enumerate(scene.wires)}

    def draw(self, wire: Wire) -> str:
        """A wire, with the gradient that came back through it."""
        route = wire.points or beside(wire)
        lane = LANE if wire.tone else 0.0
        down, back = curves.beside(route, -lane), curves.beside(route, lane)
        inside = [tag("title", escaped(wire.sentence)), self._data(down)]
        if wire.tone:
            inside.append(self._gradient(wire, back))
        if wire.winner:
            x, y = curves.shortened(down, WINNER)[0][0]
            self.taken.add((x - DOT, y - DOT, 2 * DOT, 2 * DOT))
            inside.append(self._winner((x, y)))
        if wire.tied:
            x, y = curves.shortened(down, TIE)[0][0]
            self.taken.add((x - RING, y - RING, 2 * RING, 2 * RING))
            inside.append(tie(x, y, self.palette))
        if wire.several > 1:
            middle = curves.middle(route)
            text = f"{wire.several}\u00d7"
            inside.append(self._chip(middle, text, "several", self.palette.muted))
        elif wire.amount and wire.points:  # a stub beside its reader has no room for it
            inside.append(self._number(wire, back))
        classes = "edge" + (f" zero-{wire.zero}" if wire.zero else "")
        classes += f" tone-{wire.tone}" if wire.tone else ""
        ends = _end("from", wire.source) | _end("to", wire.target)
        return tag("g", *inside, class_=classes, **ends, data_slot=wire.slot)

    def _data(self, route: Route) -> str:
        line, towards = curves.shortened(route[::-1], 5.0)
        color = self.palette.line
        head = curves.triangle(route[-1], towards, 7.0, 6.0)
        wire = tag("path", class_="wire", fill="none", stroke=color, d=curves.path(line[::-1]))
        return wire + tag("path", class_="head", fill=color, d=head)

    def _gradient(self, wire: Wire, route: Route) -> str:
        color = tone_color(wire.tone, self.palette)
        head = 5.0 + 1.4 * wire.size
        line, towards = curves.shortened(route, head * 0.8)
        flow = tag(
            "path",
            class_=f"flow {wire.tone}",
            fill="none",
            stroke=color,
            stroke_width=f"{wire.size:g}",
            stroke_dasharray=DASHES.get(wire.tone),
            d=curves.path(line),
        )
        if wire.zero == words.BLOCKED:
            return flow + self._bar(route, color)
        arrow = curves.triangle(route[0], towards, head, head * 0.9)
        return flow + tag("path", class_=f"flow-head {wire.tone}", fill=color, d=arrow)

    def _bar(self, route: Route, color: str) -> str:
        """A bar across the line, where it leaves the reader."""
        x, y = curves.middle(route, 0.9)
        dx, dy = curves.direction((x, y), curves.middle(route, 0.8))
        ends = [(x - dy * 5, y + dx * 5), (x + dy * 5, y - dx * 5)]
        return tag("path", class_="bar", stroke=color, stroke_width=2.4, d=curves.line(ends))

    def _winner(self, at: Point) -> str:
        title = tag("title", "the winner")
        return tag(
            "circle", title, class_="winner", cx=at[0], cy=at[1], r=DOT, fill=self.palette.ink
        )

    def _number(self, wire: Wire, route: Route) -> str:
        """The contribution, where the fewest wires run; without a free place it stays hidden."""
        wide = len(wire.amount) * LETTER + 6
        color = tone_color(wire.tone, self.palette)
        places = [curves.middle(route, share) for share in SHARES]
        if len(wire.amount) > LONG:  # beside the lanes, not on them
            right, down = (0.0, -13.0) if self.sideways else (wide / 2 + 2 * LANE + 4, 0.0)
            beside_ = [(x + k * right, y + k * down) for k in (1, -1) for x, y in places]
            places = beside_ + places
        areas = {(x, y): (x - wide / 2, y - TALL / 2, wide, TALL) for x, y in places}
        free = [
            place
            for place, area in areas.items()
            if area[0] >= 0.0 and area[0] + wide <= self.width and not self.taken.meets(area)
        ]
        if not free:
            return self._chip(places[0], wire.amount, f"{wire.tone} crowded", color)
        best = min(free, key=lambda place: self._crossing(areas[place], wire))  # the first of them
        self.taken.add(areas[best])
        return self._chip(best, wire.amount, wire.tone, color)

    def _crossing(self, area: Rectangle, but: Wire) -> int:
        """How many other wires run through a place."""
        left, top, wide, tall = area
        wider = (left - LANE, top - LANE, wide + 2 * LANE, tall + 2 * LANE)
        return len(self.passing.through(wider) - {self.places[id(but)]})

    def _chip(self, middle: Point, text: str, role: str, color: str) -> str:
        return tag(
            "text",
            escaped(text),
            class_=f"chip {role}",
            x=middle[0],
            y=middle[1] + 4,
            text_anchor="middle",
            font_size=11,
            font_weight=600,
            fill=color,
            stroke=self.palette.paper,
            stroke_width=4 if len(text) > LONG else 9,  # on a line, which must not show in between
            stroke_linejoin="round",
            paint_order="stroke",
            display="none" if "crowded" in role else None,
        )


def tie(x: float, y: float, p: Palette) -> str:
    """The mark of a tie: an equals sign."""
    bars = tag("path", stroke=p.ink, stroke_width=1.4, d="M-3.5 -1.8h7M-3.5 1.8h7")
    ring = tag("circle", r=7, fill=p.paper, stroke=p.ink)
    title = tag("title", "a tie: as large as another input")
    return tag("g", title, ring, bars, class_="tie", transform=moved(x, y))


def beside(wire: Wire) -> Route:
    """From a stub to the box next to it."""
    a, b = wire.source, wire.target
    if a.x + a.width <= b.x or b.x + b.width <= a.x:
        left = a.x < b.x
        start = (a.x + a.width if left else a.x, a.y + a.height / 2)
        end = (b.x if left else b.x + b.width, _within(start[1], b.y, b.height))
        return curves.between(start, end, sideways=True)
    above = a.y < b.y
    start = (a.x + a.width / 2, a.y + a.height if above else a.y)
    return curves.between(
        start, (_within(start[0], b.x, b.width), b.y if above else b.y + b.height)
    )


def _within(x: float, start: float, length: float) -> float:
    return min(max(x, start + 11.0), start + length - 11.0)


def _end(which: str, box: Box) -> dict[str, object]:
    if box.item is None:
        return {f"data_{which}_frame": box.frame}
    return {f"data_{which}": box.item}
