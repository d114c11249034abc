"""What a stepper shows of one graph: its trace, its picture, and what a nudge of each node does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from autograd.graph import Node
from autograd.viz import naming
from autograd.viz.explain import reasons
from autograd.viz.explain.nudge import nudge
from autograd.viz.items import Trace
from autograd.viz.picture import collapse
from autograd.viz.picture.draw import picture
from autograd.viz.plain import shortened
from autograd.viz.replay import Replay
from autograd.viz.stepper.page import Panel
from autograd.viz.stepper.slim import slim
from autograd.viz.trace import numbered
from autograd.viz.words import sentence

MOST_NUDGED = 40  # scalar nodes; each is a run of all that lies behind it
MOST_BOXES = 80  # in the picture of a module that is stepped into
MOST_BYTES = 250_000  # of such pictures on a page


def panel_of(
    place: int,
    title: str,
    replay: Replay,
    seen_as: Mapping[int, str],
    include: Iterable[Node],
    parameters: Iterable[Node],
    theme: str,
    direction: str = "auto",
) -> Panel:
    """Trace, picture and nudges of a replay. place: which panel of the page it is."""
    trace, places = numbered(replay, seen_as, include, parameters)
    if not trace.complete:
        return Panel(title, trace, "", {}, {}, replay.assign)
    view = collapse.choose(trace)
    prefix = f"{chr(ord('a') + place % 26)}{place // 26 or ''}"  # pictures on one page share styles
    return Panel(
        title,
        trace,
        slim(picture(trace, view=view, direction=direction, theme=theme, legend=False), prefix),
        _opened(trace, view, direction, theme, prefix),
        {} if replay.assign else _nudges(replay, trace, places),
        replay.assign,
        frozenset(
            trace.items[place].name
            for node, place in places.items()
            if naming.is_given(node, seen_as)
        ),
    )


def _opened(
    trace: Trace, view: collapse.View, direction: str, theme: str, prefix: str
) -> dict[int, str]:
    """Pictures with one of the closed modules open, as many as a page can carry."""
    pictures: dict[int, str] = {}
    room = MOST_BYTES
    for frame in sorted(view.closed):
        inside = collapse.fold(trace, 0, _within(trace, view, frame))
        if inside.boxes <= MOST_BOXES:
            svg = picture(trace, view=inside, direction=direction, theme=theme, legend=False)
            svg = slim(svg, prefix)
            room -= len(svg)
            if room < 0:
                break
            pictures[frame] = svg
    return pictures


def _within(trace: Trace, view: collapse.View, frame: int) -> set[int]:
    """The frames that are open when one closed module is stepped into, with all that is in it."""
    found: set[int] = set()
    for i in range(len(trace.frames)):
        chain: list[int] = []
        here: int | None = i
        while here is not None:
            chain.append(here)
            here = trace.frames[here].parent
        if frame in chain or not view.closed.keys() & chain:
            found.add(i)
    return found


def _nudges(replay: Replay, trace: Trace, places: Mapping[Node, int]) -> dict[int, str]:
    """What a nudge of each number does, where there are few enough."""
    root = trace.items[trace.root]
    scalars = [n for n in places if isinstance(n.data, float)]
    if len(scalars) > MOST_NUDGED or np.ndim(root.data):
        return {}
    said: dict[int, str] = {}
    for node in scalars:
        item = trace.items[places[node]]
        if item.grad is None or item.number == trace.root:
            continue
        seen = nudge(replay, node, (), float(item.grad))
        if seen is not None:
            text = reasons.nudge_text(seen, shortened(item.name), shortened(root.name))
            said[item.number] = sentence(text.removeprefix("Nudge: "))
    return said
