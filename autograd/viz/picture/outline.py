"""A picture in words, for those who do not see it: lists of what is drawn, module by module."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd.viz import words
from autograd.viz.items import Trace
from autograd.viz.numbers import pretty
from autograd.viz.picture.collapse import View
from autograd.viz.picture.markup import escaped, tag
from autograd.viz.plain import one_line

LETTERS = 400  # of a line


def told(trace: Trace, view: View) -> list[tuple[tuple[int, ...], str]]:
    """Each thing drawn as a line, with the open modules around it, outermost first.

    Leaves come right before what reads them first; parameters and numbers in its module.
    """
    reader: dict[int, int] = {}
    for item in trace.items:
        for number in item.inputs:
            if item.number in view.items:
                reader.setdefault(number, item.number)
    found: list[tuple[tuple[int, int, int], int | None, str]] = []
    for n in view.items:
        item, first = trace.items[n], reader.get(n, n)
        beside = item.kind == "parameter" or (item.kind == "constant" and not np.ndim(item.data))
        frame = trace.items[first].frame if beside else item.frame
        rank = 2 if item.op is not None else 1 if beside else 0
        place = n if item.op is not None else first
        found.append(((place, rank, n), frame, words.item_line(item)))
    for closed, last in view.closed.items():
        part = trace.frames[closed]
        line = f"{part.label}: {words.closed_sentence(part, view.inside[closed])}"
        found.append(((last, 2, last), part.parent, line))
    found.sort(key=lambda line: line[0])
    return [(_around(trace, frame), pretty(one_line(line)[:LETTERS])) for _, frame, line in found]


def _around(trace: Trace, frame: int | None) -> tuple[int, ...]:
    path: list[int] = []
    while frame is not None:
        path.append(frame)
        frame = trace.frames[frame].parent
    return tuple(path[::-1])


def _steps(trace: Trace, view: View) -> Iterator[tuple[int, str, bool]]:
    """The lines of the nested lists: how deep, what, and whether it is the name of a module."""
    here: tuple[int, ...] = ()
    for around, line in told(trace, view):
        same = 0
        while same < min(len(here), len(around)) and here[same] == around[same]:
            same += 1
        for level in range(same, len(around)):
            yield level, one_line(trace.frames[around[level]].label)[:LETTERS], True
        yield len(around), line, False
        here = around


def lines(trace: Trace, view: View) -> list[str]:
    """The nested lists as lines of text."""
    found = [f"{'  ' * deep}- {text}" for deep, text, _ in _steps(trace, view)]
    return [*found, *([one_line(view.note)] if view.note else [])]


def lists(trace: Trace, view: View) -> str:
    """The nested lists in HTML."""
    parts, here = ["<ul>"], 0
    for deep, text, module in _steps(trace, view):
        parts.append("</ul></li>" * (here - deep))
        here = deep + module
        item = escaped(text)
        parts.append(f"<li>{item}<ul>" if module else f"<li>{item}</li>")
    parts.append("</ul></li>" * here + "</ul>")
    return "".join(parts) + (tag("p", escaped(one_line(view.note))) if view.note else "")
