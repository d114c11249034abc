"""The modules of a graph as a table: what is drawn where a picture would be too large."""

from __future__ import annotations

import textwrap

from autograd.viz import words
from autograd.viz.items import Trace
from autograd.viz.numbers import number, pretty
from autograd.viz.picture.boxes import fitted
from autograd.viz.picture.markup import escaped, tag
from autograd.viz.picture.palette import DARK, LIGHT
from autograd.viz.picture.svg import whole
from autograd.viz.plain import one_line, table

MOST_ROWS = 40
NAME = 40  # letters of a module
LETTER, LINE, SIDE = 7.3, 22.0, 18.0
HEADS = ("module", "nodes", "grad in", "grad out")


def rows(trace: Trace) -> list[list[str]]:
    """The heads, then one row per module; inner ones are indented."""
    found = [list(HEADS)]
    level: list[int] = []
    for part in trace.frames:
        level.append(0 if part.parent is None else level[part.parent] + 1)
        name = "  " * level[-1] + fitted(part.label, NAME)
        sizes = (number(part.grad_in, 4), number(part.grad_out, 4))
        found.append([name, f"{part.items:,}", *sizes])
    rest = len(found) - 1 - MOST_ROWS
    return found if rest <= 0 else [*found[: MOST_ROWS + 1], [f"+{rest} more", "", "", ""]]


def lines(trace: Trace) -> list[str]:
    """The table as lines of text, and why it is there."""
    found = table(rows(trace), [False, True, True, True]) if trace.frames else []
    return [*found, words.too_large(trace.nodes, bool(trace.frames))]


def svg(trace: Trace, theme: str) -> str:
    """The table as a picture."""
    p = DARK if theme == "dark" else LIGHT
    body = rows(trace) if trace.frames else []
    note = textwrap.wrap(words.too_large(trace.nodes, bool(trace.frames)), 76)
    columns = [max(len(row[i]) for row in body) * LETTER for i in range(4)] if body else [0.0] * 4
    ends = [SIDE + sum(columns[: i + 1]) + 24 * i for i in range(4)]
    y, inside = SIDE + 12, []
    for line in note:
        inside.append(tag("text", escaped(line), class_="note", x=SIDE, y=y, fill=p.ink))
        y += LINE - 2
    y += 8
    for i, row in enumerate(body):
        color = p.muted if i == 0 else p.ink
        indent = (len(row[0]) - len(row[0].lstrip())) * LETTER
        role = "label" if i == 0 else "row"
        name = one_line(row[0])
        inside.append(tag("text", escaped(name), class_=role, x=SIDE + indent, y=y, fill=color))
        for j, text in enumerate(row[1:], 1):
            if text:
                inside.append(
                    tag(
                        "text",
                        escaped(pretty(text)),
                        class_=role,
                        x=ends[j],
                        y=y,
                        text_anchor="end",
                        fill=color,
                    )
                )
        rule = f"M{SIDE:g} {y + 7:g}H{ends[-1]:g}"
        inside.append(tag("path", class_="rule", stroke=p.hair, d=rule))
        y += LINE
    wide = max(ends[-1], max(map(len, note)) * LETTER + SIDE) + SIDE
    title = words.picture_title("a large network", trace.nodes)
    return whole(title, "\n".join(lines(trace)), p, theme, wide, y + 4, "".join(inside))
