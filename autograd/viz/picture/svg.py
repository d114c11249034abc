"""A laid out scene as SVG: shapes and dashes first, colour second, no ids, no script.

Colours stand in attributes too, so that the picture survives hosts that strip styles; the style
only brings the dark theme.

    <svg class="glassgrad">
      <g class="frame" data-frame="0">
      <g class="edge [zero-blocked]" data-from="3" data-to="7" data-slot="1">
        <path class="wire">, <path class="head">          data flows to the reader
        <path class="flow">, <path class="flow-head">     the gradient flows back, beside it
        <circle class="winner">, <g class="tie">, <text class="chip">
      <g class="node kind-result [stub] [zero-starved]" data-item="7">
        <title>, class="box", <text class="name">, "op", "data", "grad", <g class="heat heat-data">
      <g class="folded" data-frame="2">

A shared leaf has several nodes with one data-item: one beside each operation that reads it. An
edge at a closed module has data-from-frame or data-to-frame, and may stand for several slots.
"""

from __future__ import annotations

import textwrap

from autograd.viz.picture import svg_boxes
from autograd.viz.picture.markup import escaped, moved, tag
from autograd.viz.picture.palette import DARK, LIGHT, Palette, css_variables
from autograd.viz.picture.scene import Border, Scene
from autograd.viz.picture.svg_legend import entries
from autograd.viz.picture.svg_wires import Wires

FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
LETTER = 6.9  # of the lines below the picture
GAP, LINE, SIDE = 22.0, 20.0, 16.0
NARROWEST = 320.0


def write(scene: Scene, theme: str = "auto", *, legend: bool = True) -> str:
    """The picture. theme: "auto" follows the reader's system; "light", "dark"."""
    p = DARK if theme == "dark" else LIGHT
    wide = max(scene.width, NARROWEST)
    foot, deep = _foot(scene, p, wide, legend)
    wires = Wires(scene, p)
    things = [
        *[_frame(border, p) for border in scene.borders],
        *[wires.draw(wire) for wire in scene.wires],
        *[_frame_label(border, p) for border in scene.borders],
        *[svg_boxes.box(box, p) for box in scene.boxes()],
        *[svg_boxes.fork(u.box, p, scene.sideways) for u in scene.units if u.box.used > 1],
    ]
    picture = tag("g", *things, class_="picture", transform=moved((wide - scene.width) / 2, 0))
    return whole(
        scene.title, scene.description, p, theme, wide, scene.height + deep, picture + foot
    )


def whole(
    title: str, description: str, p: Palette, theme: str, wide: float, high: float, inside: str
) -> str:
    """The svg element around a picture."""
    wide, high = round(wide), round(high)
    return tag(
        "svg",
        tag("title", escaped(title)),
        tag("desc", escaped(description)),
        tag("style", style(theme)),
        tag("rect", class_="paper", width=wide, height=high, rx=8, fill=p.paper),
        inside,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"glassgrad theme-{theme}",
        role="img",
        viewBox=f"0 0 {wide} {high}",
        width=wide,
        height=high,
        font_family=FONT,
        font_size=12,
        fill=p.ink,
        style="max-width:100%;height:auto",
        aria_label=title,
    )


def _frame(border: Border, p: Palette) -> str:
    panel = tag(
        "rect",
        class_="panel",
        x=border.x,
        y=border.y,
        width=border.width,
        height=border.height,
        rx=9,
        fill=p.panel,
        stroke=p.hair,
    )
    title = tag("title", escaped(border.detail))
    return tag("g", title, panel, class_="frame", data_frame=border.number)


def _frame_label(border: Border, p: Palette) -> str:
    """Above the wires, in front of a halo."""
    return tag(
        "text",
        escaped(border.label),
        class_="frame-label",
        x=border.x + 11,
        y=border.y + 16,
        font_size=11,
        fill=p.muted,
        stroke=p.panel,
        stroke_width=4,
        stroke_linejoin="round",
        paint_order="stroke",
    )


def _foot(scene: Scene, p: Palette, wide: float, legend: bool) -> tuple[str, float]:
    """Legend and note below the picture, and how high they are."""
    marks, x, y = [], SIDE, scene.height + 8
    for mark, text in entries(scene, p) if legend else ():
        room = 34 + len(text) * LETTER
        if x + room > wide - SIDE and x > SIDE:
            x, y = SIDE, y + LINE
        marks.append(tag("g", mark, tag("text", text, x=30, y=4), transform=moved(x, y)))
        x += room + GAP
    foot = ""
    if marks:
        foot, y = tag("g", *marks, class_="legend", font_size=11, fill=p.muted), y + LINE
    for line in textwrap.wrap(scene.note, int((wide - 2 * SIDE) / LETTER)):
        foot += tag("text", escaped(line), class_="note", x=SIDE, y=y + 4, font_size=11, fill=p.ink)
        y += LINE
    return foot, y - scene.height + 2


FILLS = {
    ".paper,.sheets,.ground,.fork rect,.tie circle": "paper",
    ".panel,.folded .box": "panel",
    ".fold": "hair",
    ".head": "line",
    "text,.winner": "ink",
    ".label,.op,.shape,.frame-label,.legend text,text.mixed,.several,.flow-head.mixed": "muted",
    ".tint-high": "high",
    **{f"text.{tone},.flow-head.{tone}": tone for tone in ("plus", "minus", "zero")},
    ".tint-plus": "plus",
    ".tint-minus": "minus",
}
STROKES = {
    ".panel,.rule": "hair",
    ".sheets,.fold,.fork rect,.box": "edge",
    ".kind-constant .box,.bar,.hollow": "zero",
    ".kind-root .box,.tie circle,.tie path,.prongs,.dash": "ink",
    ".wire": "line",
    ".flow.mixed": "muted",
    ".chip": "paper",
    ".frame-label": "panel",
    **{f".flow.{tone}": tone for tone in ("plus", "minus", "zero")},
}


def style(theme: str = "auto") -> str:
    """The rules of the picture: the theme's colours for all that attributes colour."""
    kinds = ("input", "parameter", "constant", "result", "root")
    fills = FILLS | {f".kind-{kind} .box": kind for kind in kinds}
    rules = [css_variables(theme, f"svg.theme-{theme}"), "svg.glassgrad{fill:var(--gg-ink)}"]
    for part, found in (("fill", fills), ("stroke", STROKES)):
        for selectors, color in found.items():
            each = ",".join(f".glassgrad {selector}" for selector in selectors.split(","))
            rules.append(f"{each}{{{part}:var(--gg-{color})}}")
    rules.append(".glassgrad .kind-parameter .inner,.glassgrad .hollow{fill:none}")
    return "\n".join(rules)
