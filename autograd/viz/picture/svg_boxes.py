"""Boxes in SVG: the shape says what kind of node it is, before any colour does."""

from __future__ import annotations

from autograd.viz import words
from autograd.viz.picture import heat
from autograd.viz.picture.boxes import SMALL, Box
from autograd.viz.picture.markup import escaped, moved, short, tag
from autograd.viz.picture.palette import Palette

CORNER = 14.0  # the folded corner of a closed module
LETTER = 7.3


def box(box: Box, p: Palette) -> str:
    """A box with all that is written in it."""
    inside = [tag("title", escaped(box.whole)), _shape(box, p)]
    if box.rule:
        inside.append(_line("rule", f"M1 {box.rule:g}H{box.width - 1:g}", p.hair, 1))
    inside += [heat.svg(grid, x, y, kind) for kind, grid, x, y in box.grids]
    inside += _labels(box, p)
    if box.zero == words.BLOCKED and not box.waiting:
        inside.append(_bar(box, p))
    place = moved(box.x, box.y)
    if box.form == "folded":
        return tag("g", *inside, class_="folded", data_frame=box.frame, transform=place)
    if box.form == "more":
        return tag("g", *inside, class_="more", transform=place)
    classes = f"node kind-{box.kind}"
    classes += " stub" if box.form in ("stub", "small") else ""
    classes += " again" if box.again else ""
    classes += f" zero-{box.zero.replace(' ', '-')}" if box.zero else ""
    pale = "0.6" if box.zero == words.NOT_REACHED else None
    return tag("g", *inside, class_=classes, data_item=box.item, opacity=pale, transform=place)


def _shape(box: Box, p: Palette) -> str:
    """Double frame: a parameter. Dashes: a constant. Bold: the root. Sheets behind: an array."""
    if box.form == "more":
        return ""
    if box.form == "folded":
        return _folder(box, p)
    up, wide, high = box.lift, box.width - box.lift, box.height - box.lift
    look: dict[str, object] = {
        "class_": "box",
        "y": up or None,
        "width": wide,
        "height": high,
        "fill": getattr(p, box.kind),
        "stroke": p.edge,
    }
    shapes = _sheets(box, p) if up else ""
    if box.kind == "parameter":
        inner = tag(
            "rect",
            class_="box inner",
            x=3,
            y=up + 3,
            width=wide - 6,
            height=high - 6,
            fill="none",
            stroke=p.edge,
        )
        return shapes + tag("rect", **look) + inner
    if box.kind == "constant":
        return shapes + tag("rect", **{**look, "stroke": p.zero}, rx=3, stroke_dasharray="4 3")
    if box.kind == "root":
        return shapes + tag("rect", **{**look, "stroke": p.ink}, rx=7, stroke_width=2.6)
    return shapes + tag("rect", **look, rx=7, stroke_width=1.2)


def _sheets(box: Box, p: Palette) -> str:
    """The edges of two more sheets, behind the box."""
    up, right, bottom = box.lift, box.width - box.lift, box.height
    d = ""
    for out in (up, up / 2):
        d += f"M{short(out + 4)} {short(up - out + up / 2)}V{short(up - out)}"
        d += f"H{short(right + out)}V{short(bottom - out - 5)}h{short(-up / 2)}"
    return tag("path", class_="sheets", fill=p.paper, stroke=p.edge, d=d)


def _folder(box: Box, p: Palette) -> str:
    """A box with a folded corner."""
    w, h, r = short(box.width), short(box.height - 7), short(box.width - CORNER)
    d = f"M7 0H{r}L{w} {CORNER:g}V{h}q0 7 -7 7H7q-7 0 -7 -7V7q0 -7 7 -7z"
    corner = f"M{r} 0V{CORNER:g}H{w}z"
    return tag("path", class_="box", fill=p.panel, stroke=p.edge, stroke_width=1.2, d=d) + tag(
        "path", class_="fold", fill=p.hair, stroke=p.edge, d=corner
    )


def _labels(box: Box, p: Palette) -> list[str]:
    texts = []
    for label in box.labels:
        kind, *tones = label.role.split()
        color, bold = p.ink, kind == "name"
        small = kind in ("op", "label", "shape") or (kind != "name" and bool(box.lift))
        if kind in ("op", "label", "shape"):
            color = p.muted
        elif kind == "grad":
            color = tone_color(tones[0], p)
            bold = not box.lift and box.form != "folded"
        small |= box.form in ("folded", "more") and kind != "name"
        text = escaped(label.text)
        if box.zero == words.STARVED and kind == "grad" and text.startswith("0"):
            text = tag("tspan", "0", class_="hollow", fill="none", stroke=color) + text[1:]
        texts.append(
            tag(
                "text",
                text,
                class_=label.role,
                x=label.x,
                y=label.y,
                text_anchor=None if label.anchor == "start" else label.anchor,
                fill=color,
                font_size=11 if small else None,
                font_weight=600 if bold else None,
            )
        )
    return texts


def _bar(box: Box, p: Palette) -> str:
    """The bar before a gradient that was blocked."""
    label = next(label for label in box.labels if label.role.startswith("grad"))
    x = label.x - 6
    if label.anchor == "end":
        x -= len(label.text) * (SMALL if box.lift else LETTER)
    return _line("bar", f"M{short(x)} {short(label.y - 10)}v12", p.zero, 2.4)


def fork(box: Box, p: Palette, sideways: bool) -> str:
    """The mark of a value that is read more than once: a small fork, and how often."""
    text = f"{box.used}\u00d7"
    wide = 22.0 + SMALL * len(text)
    over = wide / 2 if sideways else wide - 6
    x, y = box.x + box.width - box.lift - over, box.y + box.height - 3
    return tag(
        "g",
        tag("title", escaped(words.used_sentence(box.used))),
        tag("rect", width=wide, height=15, rx=7.5, fill=p.paper, stroke=p.edge),
        _line("prongs", "M10 3v3.5M10 6.5q-4 0 -4 5.5M10 6.5q4 0 4 5.5M10 6.5v5.5", p.ink, 1.3),
        tag("text", text, class_="used", x=18, y=11.5, font_size=11, fill=p.ink),
        class_="fork",
        transform=moved(x, y),
    )


def tone_color(tone: str, p: Palette) -> str:
    """The colour of a gradient; that of an array with both signs is none of the two."""
    return str(p.muted if tone == "mixed" else getattr(p, tone))


def _line(role: str, d: str, color: str, wide: float) -> str:
    return tag("path", class_=role, fill="none", stroke=color, stroke_width=wide, d=d)
