"""Steppers side by side, in step: two rules on the same numbers, or a mistake beside the truth."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd import errors
from autograd.graph import Node
from autograd.viz import asked, naming
from autograd.viz.plain import shortened
from autograd.viz.replay import Replay
from autograd.viz.stepper.page import Panel
from autograd.viz.stepper.panel import panel_of
from autograd.viz.stepper.step import Stepper, options

DOWN = "down"  # all pictures side by side run one way
RIGHT, WRONG = "+=  adds what arrives", "=  overwrites (a bug)"


def compare(
    roots: Mapping[str, Node],
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
    """Step through several graphs together, side by side.

    Args:
        roots: a title for each result, as {"max pooling": a, "average pooling": b}. The page
            says which gradients differ, by the names that nodes or variables have.
        upstream, names, include, parameters, at, grain, predict, theme: as in `step`, for each
            of them.

    Raises:
        OptionError: if there are fewer than two, or an option is unknown.
        GradientError: as in `step`.

    >>> from autograd import Value, maximum, minimum
    >>> a, b = Value(1.0), Value(2.0)
    >>> both = compare({"largest": maximum(a, b), "smallest": minimum(a, b)})
    >>> [panel.trace.item("b").grad for panel in both.panels]
    [1.0, 0.0]
    """
    chosen = options(at, grain, predict, theme)
    if len(asked.mapping("what is compared", roots)) < 2:
        raise errors.too_few_to_compare(len(roots))
    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    replays = {title: Replay(root, upstream) for title, root in roots.items()}
    panels = _panels(replays, seen_as, include, parameters, theme)
    if shared := _shared(panels):
        chosen["shared"] = shared
    return Stepper(panels, chosen)


def _panels(
    replays: Mapping[str, Replay],
    seen_as: Mapping[int, str],
    include: Iterable[Node],
    parameters: Iterable[Node],
    theme: str,
) -> list[Panel]:
    """A panel for each replay, by its title."""
    include, parameters = asked.nodes("include", include), asked.nodes("parameters", parameters)
    return [
        panel_of(i, title, replay, seen_as, include, parameters, theme, DOWN)
        for i, (title, replay) in enumerate(replays.items())
    ]


def _shared(panels: Sequence[Panel]) -> list[str]:
    """Names that people gave in all graphs: of the others ("dot", "add#2") nobody knows whether
    they stand for the same thing."""
    given = frozenset.intersection(*[panel.given for panel in panels])
    items = panels[0].trace.items
    return [shortened(item.name) for item in items if item.name in given]


def compare_overwriting(
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
    """The backward pass beside the same one with a mistake: `=` where `+=` belongs.

    Wherever a value is used more than once, only the last contribution is left, and all that is
    computed from it is wrong as well.

    Args:
        root, upstream, names, include, parameters, at, grain, predict, theme: as in `step`.

    Raises:
        GradientError: as in `step`.
        OptionError: as in `step`.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> bug = compare_overwriting(x * x)
    >>> [panel.trace.item("x").grad for panel in bug.panels]
    [6.0, 3.0]
    """
    chosen = options(at, grain, predict, theme)
    seen_as = naming.variables(sys._getframe(1)) if names is None else naming.given(names)
    replays = {RIGHT: Replay(root, upstream), WRONG: Replay(root, upstream, assign=True)}
    return Stepper(_panels(replays, seen_as, include, parameters, theme), chosen)
