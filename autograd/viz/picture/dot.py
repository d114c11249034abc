"""The graph in DOT, the language of graphviz: for the layout, and for graphviz's own pictures.

Sizes are fixed beforehand, so what graphviz places is what our own writer draws. Labels are
HTML-like tables; what users wrote is escaped here, and nowhere else for this format.
"""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING

from autograd.viz.picture.boxes import GAP, STUB_GAP, Box
from autograd.viz.picture.heat import Grid
from autograd.viz.picture.palette import LIGHT
from autograd.viz.picture.scene import Border, Scene, Unit, Wire
from autograd.viz.plain import one_line

if TYPE_CHECKING:
    import graphviz

FONT = "Courier New"
SIZE, SMALL = "11", "10"
LETTERS = 90  # of a line of text
POINTS = 72.0  # to the inch
MANY = 200  # units from which on graphviz is told to think less
TONES = {"plus": LIGHT.plus, "minus": LIGHT.minus, "zero": LIGHT.zero, "mixed": LIGHT.muted}
STYLES = {"plus": "solid", "minus": "dashed", "zero": "dotted", "mixed": "solid"}
# graphviz-pure measures what is not ASCII as a space.
ASCII = str.maketrans({"\N{MINUS SIGN}": "-", "\u00d7": "x", "\u2026": ".."})
BLANK = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'


def source(scene: Scene, *, bare: bool = False) -> graphviz.Digraph:
    """The graph of a scene. bare: without texts, which a layout does not need."""
    import graphviz

    font = {"fontname": FONT, "fontsize": SIZE}
    graph = graphviz.Digraph(
        "glassgrad",
        graph_attr={
            **font,
            "rankdir": "LR" if scene.sideways else "TB",
            "nodesep": "0.25",
            "ranksep": "0.8" if bare else "0.5",
            "ordering": "in",  # operands from left to right
            "remincross": "false",  # a second pass would shuffle what is equal
            "bgcolor": LIGHT.paper,
            "labeljust": "l",
            "dpi": "144",
            "pad": "0.15",
        },
        node_attr={
            **font,
            "shape": "none",
            "margin": "0",
            "fixedsize": "true" if bare else "false",
            "label": "",
        },
        edge_attr={"fontname": FONT, "fontsize": SMALL, "color": LIGHT.edge, "arrowsize": "0.6"},
    )
    if len(scene.units) > MANY:
        graph.attr(nslimit="1", nslimit1="1", mclimit="0.2")
    if scene.note and not bare:
        graph.attr(label=f"<{_paragraph(scene.note)}>", labelloc="b")
    _inside(graph, None, scene, bare)
    for i, wire in enumerate(scene.wires):
        if wire.tail != wire.head:
            look = {"dir": "none", "id": str(i)} if bare else _edge(wire)
            graph.edge(*_ends(wire, scene, bare), **look)
    return graph


def note(text: str) -> graphviz.Digraph:
    """A graph that is nothing but a text."""
    import graphviz

    graph = graphviz.Digraph("glassgrad", graph_attr={"dpi": "144"})
    graph.node("note", f"<{_paragraph(text)}>", shape="none", fontname=FONT, fontsize=SIZE)
    return graph


def _paragraph(text: str) -> str:
    return "".join(
        f'{escaped(line)}<BR ALIGN="LEFT"/>'
        for part in text.split("\n")
        for line in textwrap.wrap(part, LETTERS)
    )


def _inside(graph: graphviz.Digraph, frame: int | None, scene: Scene, bare: bool) -> None:
    """The units and the frames of one frame."""
    for i, unit in enumerate(scene.units):
        if unit.frame == frame:
            graph.node(f"u{i}", **_node(unit, scene.sideways, bare))
    for border in scene.borders:
        if border.parent == frame:
            with graph.subgraph(name=f"cluster_{border.number}") as inner:
                inner.attr(**_cluster(border, bare))
                _inside(inner, border.number, scene, bare)


def _cluster(border: Border, bare: bool) -> dict[str, str]:
    return {
        "label": f"<{'x' * len(border.label) if bare else escaped(border.label)}>",
        "style": "rounded,filled",
        "color": LIGHT.hair,
        "fillcolor": LIGHT.panel,
        "fontcolor": LIGHT.muted,
        "margin": "12",
    }


def _ends(wire: Wire, scene: Scene, bare: bool) -> tuple[str, str]:
    """Wires leave from the middle of one side and arrive at the middle of the other. Our own
    pictures spread them afterwards; in graphviz's, boxes without stubs are left to graphviz."""
    out, into = ("e", "w") if scene.sideways else ("s", "n")
    ends = []
    for i, side in ((wire.tail, out), (wire.head, into)):
        port = f":b:{side}" if scene.units[i].stubs else f":{side}" if bare else ""
        ends.append(f"u{i}{port}")
    return ends[0], ends[1]


def _edge(wire: Wire) -> dict[str, str]:
    look = {"label": f"<{escaped(wire.amount)}>"} if wire.amount else {}
    if wire.several > 1:
        look = {"label": f"{wire.several}x"}
    if wire.tone:
        look |= {
            "color": TONES[wire.tone],
            "fontcolor": TONES[wire.tone],
            "style": STYLES[wire.tone],
            "penwidth": f"{wire.size:g}",
            "dir": "both",
            "arrowhead": "vee",
            "arrowtail": "dot" if wire.winner else "tee" if wire.zero == "blocked" else "normal",
        }
    return look


# --- nodes ----------------------------------------------------------------------------------------


def _node(unit: Unit, sideways: bool, bare: bool) -> dict[str, str]:
    size = {"width": f"{unit.width / POINTS:.4f}", "height": f"{unit.height / POINTS:.4f}"}
    if bare and not unit.stubs:
        return size
    return {**size, "label": f"<{_unit(unit, sideways, bare)}>"}


def _unit(unit: Unit, sideways: bool, bare: bool) -> str:
    """A box, the port to which edges lead, between its stubs, with nothing on its other sides."""
    box, w, h = unit.box, unit.width, unit.height
    left, top = box.x - unit.x, box.y - unit.y
    right, bottom = w - left - box.width, h - top - box.height
    middle = _cell("" if bare else _box(box), box.width, box.height, 'PORT="b"')
    if sideways:
        before = [stub for stub in unit.stubs if stub.y < box.y]
        row = _blank(left, box.height) + middle + _blank(right, box.height)
        parts = [
            _stack(before, w, top - GAP, True, bare),
            _blank(w, GAP) if before else "",
            _cell(_table(_row(row)), w, box.height),
            _blank(w, GAP) if bottom >= GAP else "",
            _stack(unit.stubs[len(before) :], w, bottom - GAP, True, bare),
        ]
        return _table("".join(_row(part) for part in parts if part))
    before = [stub for stub in unit.stubs if stub.x < box.x]
    cells = (_blank(box.width, top), middle, _blank(box.width, bottom))
    column = "".join(_row(cell) for cell in cells if cell)
    parts = [
        _stack(before, left - GAP, h, False, bare),
        _blank(GAP, h) if before else "",
        _cell(_table(column), box.width, h),
        _blank(GAP, h) if right >= GAP else "",
        _stack(unit.stubs[len(before) :], right - GAP, h, False, bare),
    ]
    return _table(_row("".join(parts)))


def _blank(width: float, height: float) -> str:
    return _cell("", width, height) if width >= 1 and height >= 1 else ""


def _stack(stubs: list[Box], width: float, height: float, across: bool, bare: bool) -> str:
    """Stubs side by side, or on top of each other, in a cell of this size."""
    if not stubs or bare:
        return _blank(width, height)
    cells = [_cell(_box(stub), stub.width, stub.height) for stub in stubs]
    rows = _row("".join(cells)) if across else "".join(map(_row, cells))
    look = f'BORDER="0" CELLBORDER="0" CELLSPACING="{STUB_GAP / 2:g}"'
    return _cell(f"<TABLE {look}>{rows}</TABLE>", width, height)


def _box(box: Box) -> str:
    """A box as graphviz draws it: double, dashed or bold frames as in our own pictures."""
    if box.form == "more":
        return escaped(box.data)
    fill = LIGHT.panel if box.kind == "folded" else getattr(LIGHT, box.kind)
    style = {"constant": "dashed", "parameter": "solid"}.get(box.kind, "rounded")
    wide, color = (2, LIGHT.ink) if box.kind == "root" else (1, LIGHT.edge)
    look = f'BORDER="{wide}" STYLE="{style}" COLOR="{color}" BGCOLOR="{fill}"'
    look += f' CELLBORDER="0" CELLSPACING="0" CELLPADDING="{2 if box.form == "stub" else 3}"'
    table = f"<TABLE {look}>{''.join(_lines(box))}</TABLE>"
    if box.kind != "parameter":
        return table
    frame = f'BORDER="1" COLOR="{LIGHT.edge}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"'
    return f"<TABLE {frame}>{_row(f'<TD>{table}</TD>')}</TABLE>"


def _lines(box: Box) -> list[str]:
    grad = f'<FONT COLOR="{TONES[box.tone]}"><B>{escaped(box.grad)}</B></FONT>'
    name, data = f"<B>{escaped(box.name)}</B>", escaped(box.data)
    if box.form == "small":
        return [_one(escaped(box.labels[0].text))]
    last = _row(f'<TD ALIGN="RIGHT" COLSPAN="2">{grad}</TD>') if box.lone else _pair("grad", grad)
    if box.form == "stub":
        return [_pair(name, data), last]
    if box.form == "folded":
        return [_one(name), _one(data), _one(escaped(box.grad))]
    op = f'<FONT COLOR="{LIGHT.muted}">{escaped(box.op)}</FONT>'
    heading = _pair(name, op) if box.op else _one(name)
    if box.form == "plain":
        return [heading, _pair("data", data), last]
    captions = [escaped(x.text) for x in box.labels if x.role.split()[0] in ("data", "grad")]
    grids = [_grid(grid) for _, grid, _, _ in box.grids]
    parts = [_across(captions)] + ([_across([*grids, ""][:2])] if grids else [])
    return [heading, _one(escaped(box.shape)), *parts]


def _grid(grid: Grid) -> str:
    rows = ""
    for i, levels in enumerate(grid.levels().tolist()):
        texts = grid.texts[i] if grid.texts else ("",) * len(levels)
        rows += _row(
            "".join(
                _cell(escaped(text) if text else "", *grid.cell, f'BGCOLOR="{_tint(level, grid)}"')
                for text, level in zip(texts, levels, strict=True)
            )
        )
    frame = f'BORDER="1" COLOR="{LIGHT.hair}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'
    size = f'WIDTH="{round(grid.width + 2)}" HEIGHT="{round(grid.height + 2)}"'
    return f'<TABLE {frame} FIXEDSIZE="TRUE" {size}>{rows}</TABLE>'


def _tint(level: int, grid: Grid) -> str:
    """The colour of a cell on white paper."""
    color = LIGHT.high if not grid.signs else LIGHT.plus if level > 0 else LIGHT.minus
    share = grid.strength(level)
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)


def _table(rows: str) -> str:
    return f"<TABLE {BLANK}>{rows}</TABLE>"


def _row(cells: str) -> str:
    return f"<TR>{cells}</TR>"


def _cell(inside: str, width: float, height: float, more: str = "") -> str:
    """A cell of this size; it grows if what is inside needs more, for graphviz's fonts differ."""
    exactly = "" if inside else 'FIXEDSIZE="TRUE" '
    return f'<TD {more} {exactly}WIDTH="{round(width)}" HEIGHT="{round(height)}">{inside}</TD>'


def _pair(left: str, right: str) -> str:
    return _row(f'<TD ALIGN="LEFT">{left} </TD><TD ALIGN="RIGHT">{right}</TD>')


def _one(text: str) -> str:
    return _row(f'<TD ALIGN="LEFT" COLSPAN="2">{text}</TD>')


def _across(things: list[str]) -> str:
    return _row("".join(f'<TD ALIGN="LEFT">{thing}</TD>' for thing in things))


def escaped(text: str) -> str:
    """A text inside an HTML-like label."""
    return html.escape(one_line(text).translate(ASCII)).replace("&#x27;", "&#39;") or " "
