"""The legend of a picture: what occurs in it, and no more."""

from __future__ import annotations

from autograd.viz.picture.markup import tag
from autograd.viz.picture.palette import Palette
from autograd.viz.picture.scene import Scene
from autograd.viz.picture.svg_boxes import tone_color
from autograd.viz.picture.svg_wires import DASHES, tie

TONES = {
    "plus": "gradient, +",
    "minus": "gradient, \N{MINUS SIGN}",
    "mixed": "gradient, both signs",
    "zero": "gradient 0",
}
KINDS = {
    "input": "input",
    "parameter": "parameter",
    "constant": "constant, no gradient",
    "root": "the root",
}


def entries(scene: Scene, p: Palette) -> list[tuple[str, str]]:
    """The marks, 24 wide around y = 0, with what they mean."""
    found = []
    tones = {wire.tone for wire in scene.wires}
    kinds = {box.kind for box in scene.boxes()}
    if scene.wires:
        wire = tag("path", class_="wire", stroke=p.line, d="M0 0h20")
        head = tag("path", class_="head", fill=p.line, d="M24 0l-7 -3v6z")
        found.append((wire + head, "data"))
    found += [(_flow(tone, p), text) for tone, text in TONES.items() if tone in tones]
    found += [(_swatch(kind, p), text) for kind, text in KINDS.items() if kind in kinds]
    if any(wire.winner for wire in scene.wires):
        found.append((tag("circle", class_="winner", cx=12, r=4, fill=p.ink), "winner"))
    if any(wire.tied for wire in scene.wires):
        found.append((tie(12, 0, p), "tie"))
    if any(box.form == "folded" for box in scene.boxes()):
        outline = "M2 -7.5h15l6 6v9h-21z"
        mark = tag("path", class_="box", fill=p.panel, stroke=p.edge, d=outline)
        found.append((tag("g", mark, class_="folded-mark"), "closed module"))
    return found


def _flow(tone: str, p: Palette) -> str:
    color = tone_color(tone, p)
    head = tag("path", class_=f"flow-head {tone}", fill=color, d="M0 0l8 -4v8z")
    line = tag(
        "path",
        class_=f"flow {tone}",
        stroke=color,
        stroke_width=2.6,
        stroke_dasharray=DASHES.get(tone),
        d="M7 0h18",
    )
    return head + line


def _swatch(kind: str, p: Palette) -> str:
    look: dict[str, object] = {"rx": 4, "stroke": p.edge}
    if kind == "parameter":
        look = {"stroke": p.edge}
    elif kind == "constant":
        look = {"rx": 2, "stroke": p.zero, "stroke_dasharray": "4 3"}
    elif kind == "root":
        look = {"rx": 4, "stroke": p.ink, "stroke_width": 2.4}
    inner = ""
    if kind == "parameter":
        place = {"x": 2.5, "y": -5, "width": 19, "height": 10}
        inner = tag("rect", class_="box inner", **place, fill="none", stroke=p.edge)
    fill = getattr(p, kind)
    outer = tag("rect", class_="box", y=-7.5, width=24, height=15, fill=fill, **look)
    return tag("g", outer, inner, class_=f"kind-{kind}")
