"""Frames: which nodes came out of which module, read from the calls that modules noted.

A call knows what went in and what came out. What lies between belongs to it, and to the calls
around it. The attribute paths of the outermost module name the frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.graph import Node
from autograd.watching import Call, calls


@dataclass
class Frame:
    """One call of a module, or a part that somebody framed by hand.

    path: the attribute path in the outermost module, "" for that itself. label: what to write on
    it. detail: the module as it prints. parent: the frame around this one, by its number.
    """

    path: str
    label: str
    detail: str
    parent: int | None
    nodes: set[Node] = field(repr=False)


def frames_of(order: Sequence[Node]) -> tuple[list[Frame], dict[Node, int]]:
    """The frames of a graph and the innermost frame of each node in one.

    In forward order, each before those inside it.
    """
    regions = _regions(order)
    regions.reverse()  # of two calls around the same nodes the later one is the outer one
    place = {node: i for i, node in enumerate(order)}
    regions.sort(key=lambda region: (min(place[node] for node in region[1]), -len(region[1])))
    frames: list[Frame] = []
    inside: dict[Node, int] = {}
    paths: dict[int, dict[int, str]] = {}  # by outermost frame: the paths of its modules
    outermost: dict[int, int] = {}
    seen: dict[str, int] = {}
    for call, nodes in regions:
        around = {inside.get(node) for node in nodes}
        if len(around) > 1:
            continue  # it lies across another frame; two boxes that cut each other say nothing
        parent = around.pop()
        number = len(frames)
        top = outermost[number] = number if parent is None else outermost[parent]
        if top == number:
            paths[top] = _paths(call.maker)
        path = paths[top].get(id(call.maker), "")
        label = _label(call.maker, path)
        key = f"{parent}/{label}"
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            label = f"{label} (call {seen[key]})"
        frames.append(Frame(path, label, _detail(call.maker), parent, nodes))
        inside.update(dict.fromkeys(nodes, number))
    return frames, inside


def modules_of(order: Sequence[Node]) -> list[Any]:
    """The outermost modules behind a graph."""
    frames = _regions(order)
    makers = [call.maker for call, _ in frames if not isinstance(call.maker, str)]
    below = {id(m) for maker in makers for path, m in _named(maker) if path}
    return list({id(m): m for m in makers if id(m) not in below}.values())


def _regions(order: Iterable[Node]) -> list[tuple[Call, set[Node]]]:
    """For every noted call the recorded nodes between its inputs and its outputs."""
    regions: dict[int, tuple[Call, set[Node]]] = {}
    for node in order:
        for call in calls.get(node) or ():
            _, nodes = regions.setdefault(id(call), (call, set()))
            stop = {x for ref in call.inputs if (x := ref()) is not None}
            nodes |= _between(node, stop)
    return [region for region in regions.values() if region[1]]


def _between(output: Node, stop: set[Node]) -> set[Node]:
    found: set[Node] = set()
    todo = [output]
    while todo:
        node = todo.pop()
        if node.op is None or node in stop or node in found:
            continue
        found.add(node)
        todo += [p for p in node.parents if p is not None]
    return found


def _named(maker: Any) -> Iterable[tuple[str, Any]]:
    return maker.named_modules() if hasattr(maker, "named_modules") else [("", maker)]


def _paths(maker: Any) -> dict[int, str]:
    return {id(module): path for path, module in _named(maker)}


def _label(maker: Any, path: str) -> str:
    if isinstance(maker, str):
        return maker
    kind = type(maker).__name__
    return f"{path} {kind}" if path else kind


def _detail(maker: Any) -> str:
    if isinstance(maker, str):
        return maker
    first, *rest = repr(maker).splitlines() or [""]
    return type(maker).__name__ if rest else first
