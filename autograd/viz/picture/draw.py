"""`draw`: the picture of a graph, with every value, gradient and contribution."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import errors
from autograd.graph import Node
from autograd.viz import asked, naming, words
from autograd.viz.items import Trace
from autograd.viz.picture import collapse, dot, layout, outline, svg, table
from autograd.viz.picture.markup import escaped, tag
from autograd.viz.picture.palette import THEMES, css_variables
from autograd.viz.picture.scene import Scene, build
from autograd.viz.replay import Replay
from autograd.viz.trace import LIMIT, numbered

if TYPE_CHECKING:
    import graphviz

DIRECTIONS = ("auto", "down", "right")
SUFFIXES = (".svg", ".png", ".html", ".dot")
FORCED = 1_000_000  # contributions that are looked at if a part of a large graph is asked for
MOST_BOXES = 5_000  # beyond it nothing is drawn, even if asked for
SIDEWAYS = 15  # boxes up to which data may flow to the right
LEGIBLE = 0.8  # of its size to which a picture in a notebook is shrunk at the most
TALL, WIDE = 560.0, 900.0  # a picture that is higher than this may lie down if it fits a page


class Drawing:
    """What `draw` returns. A notebook shows it; `save` writes it.

    hidden: how many nodes are not drawn. svg: the picture. source, digraph: the same graph for
    graphviz, as DOT and as an object of the package `graphviz`.
    """

    def __init__(
        self, trace: Trace, view: collapse.View, direction: str, engine: str, theme: str
    ) -> None:
        self.trace, self.view, self.engine, self.theme = trace, view, engine, theme
        small = trace.complete and view.boxes <= MOST_BOXES
        self._scene = laid_out(trace, view, direction, engine) if small else None
        self.hidden = trace.nodes if self._scene is None else self._scene.hidden

    @cached_property
    def svg(self) -> str:
        if self._scene is None:
            return table.svg(self.trace, self.theme)
        return svg.write(self._scene, self.theme)

    @cached_property
    def digraph(self) -> graphviz.Digraph:
        if self._scene is None:
            return dot.note("\n".join(table.lines(self.trace)))
        return dot.source(self._scene)

    @property
    def source(self) -> str:
        return str(self.digraph.source)

    def save(self, path: str | Path) -> Path:
        """Write the picture; the end of the name says how. Returns the path.

        Args:
            path: ends in .svg, .html (a page with the picture and its text), .png (drawn by
                graphviz, with its own shapes) or .dot.

        Raises:
            OptionError: for another end.
            OutputError: if it cannot be written there.
            MissingExtraError: for .png without graphviz.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise errors.picture_suffix(path, SUFFIXES)
        data = self._png() if suffix == ".png" else self._text(suffix).encode()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise errors.cannot_write(path, error) from error
        return path

    def _text(self, suffix: str) -> str:
        return {".svg": self.svg, ".dot": self.source}.get(suffix) or self._page()

    def _png(self) -> bytes:
        program = layout.program_of("auto" if self.engine == "builtin" else self.engine)
        if program is None:
            raise errors.no_graphviz()
        data = layout.run(program, self.source, "png")
        if data is None:
            raise errors.no_png(program)
        return data

    def _page(self) -> str:
        """A page that needs nothing else; even its buttons are no script."""
        title = escaped(self._title)
        levels = [
            f'<label><input type="radio" name="size" value="{name}"{" checked" * (not i)}>'
            f"{text}</label>"
            for i, (name, text) in enumerate(SIZES.items())
        ]
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n"
            f"<style>\n{css_variables(self.theme, ':root')}\n{PAGE}</style>\n"
            f"</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
            f"<fieldset><legend>Size</legend>{''.join(levels)}</fieldset>\n"
            '<div class="box" tabindex="0" role="region" aria-label="The picture">'
            f"{self.svg}</div>\n"
            f"<details><summary>The picture in words</summary>{self._words()}</details>\n"
            "</main>\n</body>\n</html>\n"
        )

    @property
    def _title(self) -> str:
        if self._scene is not None:
            return self._scene.title
        return words.picture_title("a large network", self.trace.nodes)

    def _words(self) -> str:
        if self._scene is None:
            return tag("pre", escaped("\n".join(table.lines(self.trace))))
        return outline.lists(self.trace, self.view)

    def __repr__(self) -> str:
        shown = 0 if self._scene is None else self.view.boxes
        return f"Drawing({shown:,} {'box' if shown == 1 else 'boxes'}, {self.hidden:,} hidden)"

    def __str__(self) -> str:
        if self._scene is None:
            return "\n".join(table.lines(self.trace))
        return "\n".join(outline.lines(self.trace, self.view))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The picture as an image in the page itself: it needs no trust, no script, no style."""
        data = b64encode(self.svg.encode()).decode()
        wide = 0.0 if self._scene is None else LEGIBLE * self._scene.width  # else it scrolls
        style = f"min-width:{wide:.0f}px"
        image = tag("img", alt=self._title, src=f"data:image/svg+xml;base64,{data}", style=style)
        spoken = f"<details><summary>The picture in words</summary>{self._words()}</details>"
        box = f'<div style="overflow-x:auto">{image}</div>'
        return {"text/html": f"<div>{box}{spoken}</div>", "text/plain": str(self)}


SIZES = {"fit": "fit", "full": "100 %", "double": "200 %"}
PAGE = """\
:root { background: var(--gg-paper); color: var(--gg-ink); font-family: sans-serif }
body { margin: 1rem }
h1 { font-size: 1.2rem }
fieldset { border: 0; padding: 0; margin: 0 0 .75rem }
legend { float: left; margin-right: 1rem; color: var(--gg-muted) }
label { display: inline-block; padding: 4px 12px 4px 4px; min-height: 24px }
.box { overflow: auto; max-height: 85vh; border: 1px solid var(--gg-hair); border-radius: 8px }
.box svg { display: block; margin: 0 auto }
main:has([value="full"]:checked) svg { max-width: none !important }
main:has([value="double"]:checked) svg { max-width: none !important; zoom: 2 }
details { margin-top: 1rem; line-height: 1.6 }
"""


def draw(
    root: Node,
    *,
    upstream: Any = None,
    names: Mapping[str, Any] | None = None,
    include: Iterable[Node] = (),
    parameters: Iterable[Node] = (),
    direction: str = "auto",
    depth: int | None = None,
    open: Iterable[str] = (),
    focus: Node | str | None = None,
    hops: int = 1,
    engine: str = "auto",
    theme: str = "auto",
) -> Drawing:
    """The picture of a graph: one box per value, one line per argument slot.

    Thin arrows show where data went, wide ones where gradients came back: solid for +, dashed
    for -, dotted for 0, with their numbers. Parameters have a double frame, constants a dashed
    one, the root a bold one; modules are frames. Up to 40 boxes are drawn; of larger graphs
    modules are closed, and the picture says how many nodes it hides.

    Args:
        root: the result. Nothing in its graph changes.
        upstream, names, include, parameters: as in `trace`.
        direction: where data flows: "down", "right", or "auto".
        depth: how many levels of modules are open; by default as many as can be read.
        open: modules to open, by their path or label.
        focus: a node, or its name: only what is around it is drawn.
        hops: how many operations around it.
        engine: who lays the picture out: "pure" (graphviz-pure), "dot" (graphviz of the system),
            "builtin", or "auto" for the first of these that is there.
        theme: "light", "dark", or "auto" for what the reader's system prefers.

    Raises:
        GradientError: if nothing was recorded, the graph was let go of, or `root` is not one
            number and no upstream gradient is known.
        MissingExtraError: if the engine asked for is not there.
        OptionError: if an option is not one of those above, or nothing has the name in `focus`.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x + 2 * x
    >>> print(draw(y))
    - x: input, 3, gradient 8
    - x * x: result, 9, gradient 1
    - 2: constant, 2, no gradient
    - 2 * x: result, 6, gradient 1
    - y = x * x + 2 * x: root, 15, gradient 1
    """
    for option, value, allowed in (
        ("direction", direction, DIRECTIONS),
        ("engine", engine, layout.ENGINES),
        ("theme", theme, THEMES),
    ):
        if value not in allowed:
            raise errors.unknown_option("draw", option, value, allowed)
    depth = None if depth is None else asked.whole("depth", depth, 0)
    hops = asked.whole("hops", hops, 0)
    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    limit = LIMIT if depth is None and focus is None else FORCED
    trace, places = numbered(Replay(root, upstream), seen_as, include, parameters, limit)
    if not trace.complete:
        return Drawing(trace, collapse.View(set()), direction, engine, theme)
    item = None
    if isinstance(focus, str):
        item = trace.item(focus).number
    elif focus is not None:
        if focus not in places:
            raise errors.not_in_graph(focus)
        item = places[focus]
    view = collapse.choose(trace, depth, open, item, hops)
    return Drawing(trace, view, direction, engine, theme)


def laid_out(
    trace: Trace,
    view: collapse.View,
    direction: str = "auto",
    engine: str = "auto",
    upto: int | None = None,
) -> Scene:
    """The scene of a view with everything in its place."""
    scene = build(trace, view, upto, sideways=direction == "right")
    layout.lay_out(scene, engine)
    if direction == "auto" and len(scene.units) <= SIDEWAYS and scene.height > TALL:
        other = build(trace, view, upto, sideways=True)
        layout.lay_out(other, engine)
        if other.width <= WIDE and other.height <= 0.6 * scene.height:
            return other
    return scene


def picture(
    trace: Trace,
    *,
    view: collapse.View | None = None,
    direction: str = "auto",
    engine: str = "auto",
    theme: str = "auto",
    upto: int | None = None,
    legend: bool = True,
) -> str:
    """The SVG of a trace, for other views to build on.

    upto: how many contributions have arrived; all of them by default.
    """
    view = collapse.choose(trace) if view is None else view
    return svg.write(laid_out(trace, view, direction, engine, upto), theme, legend=legend)
