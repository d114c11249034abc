"""The stepper: a graph forwards and backwards, one step at a time, in a page of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from autograd import errors
from autograd.graph import Node
from autograd.viz import asked, naming
from autograd.viz.picture.palette import THEMES
from autograd.viz.plain import shortened
from autograd.viz.replay import Replay
from autograd.viz.stepper import page
from autograd.viz.stepper.panel import panel_of

GRAINS = ("node", "contribution", "module")


class Stepper:
    """Steps through the forward and the backward pass of one graph, or of several together.

    In a notebook it shows itself. Keys, while it has the focus: left and right step, with shift
    to the next phase; home and end; space plays; up and down walk along the edges; enter asks
    why; escape closes.
    """

    def __init__(self, panels: list[page.Panel], options: dict[str, Any]) -> None:
        self.panels, self.options = panels, options

    @property
    def html(self) -> str:
        """A fragment to put into a page; it may stand there more than once."""
        return page.fragment(self.panels, self.options)

    @property
    def title(self) -> str:
        names = []
        for panel in self.panels:
            items = panel.trace.items
            name = panel.title or (items[panel.trace.root].name if items else "this graph")
            names.append(shortened(name, page.TITLE))
        return f"Backpropagation step by step: {' and '.join(names)}"

    def save(self, path: str | Path) -> Path:
        """Write a page that needs nothing else; returns its path.

        Raises:
            OptionError: if the name does not end in .html.
            OutputError: if it cannot be written there.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise errors.page_suffix(path)
        whole = page.document(self.title, self.html, self.options["theme"])
        try:
            path.write_text(whole, encoding="utf-8")
        except OSError as error:
            raise errors.cannot_write(path, error) from error
        return path

    def to_iframe(self, height: int = 900) -> Html:
        """The page in a frame, for hosts that do not run the scripts of HTML outputs.

        Args:
            height: of the frame, in CSS pixels.
        """
        height = asked.whole("height", height, 1)
        whole = page.document(self.title, self.html, self.options["theme"])
        return Html(
            f'<iframe title="{escape(self.title)}" width="100%" height="{height}" '
            f'style="border:0" srcdoc="{escape(whole)}"></iframe>'
        )

    def __repr__(self) -> str:
        counts = [
            f"{panel.trace.nodes:,} nodes and {len(panel.trace.contributions):,} contributions"
            for panel in self.panels
        ]
        return f"Stepper({'; '.join(counts)}): .save('steps.html') writes it as a page"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}


class Html(str):
    """HTML that a notebook shows as such."""

    def _repr_html_(self) -> str:
        return str(self)


def step(
    root: Node,
    *,
    upstream: Any = None,
    names: Mapping[str, Any] | None = None,
    include: Iterable[Node] = (),
    parameters: Iterable[Node] = (),
    at: int = 0,
    grain: str = "node",
    predict: bool = False,
    theme: str = "auto",
) -> Stepper:
    """Step through a graph: forward, the seed, backward, with every contribution in a ledger.

    Args:
        root: the result. Nothing in its graph changes.
        upstream, names, include, parameters: as in `trace`.
        at: the step to open at; negative counts from the end.
        grain: what a backward step is: "node" (all that one node sends), "contribution" (one
            of them) or "module" (all that one module sends).
        predict: ask for the numbers of a step before they are shown.
        theme: "light", "dark", or "auto" for that of the page around it.

    Raises:
        GradientError: if nothing was recorded, the graph was let go of, or `root` is not one
            number and no upstream gradient is known.
        OptionError: if an option is not one of those above.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x + 2 * x
    >>> step(y)
    Stepper(4 nodes and 5 contributions): .save('steps.html') writes it as a page
    """
    chosen = options(at, grain, predict, theme)
    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    panel = panel_of(0, "", Replay(root, upstream), seen_as, include, parameters, theme)
    return Stepper([panel], chosen)


def options(at: int, grain: str, predict: bool, theme: str) -> dict[str, Any]:
    """What the script is told beside the traces."""
    if grain not in GRAINS:
        raise errors.unknown_option("step", "grain", grain, GRAINS)
    if theme not in THEMES:
        raise errors.unknown_option("step", "theme", theme, THEMES)
    return {"at": asked.whole("at", at), "grain": grain, "predict": bool(predict), "theme": theme}
