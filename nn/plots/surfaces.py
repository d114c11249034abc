"""Losses as landscapes: the paths of optimisers over one, and slices through a real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import autograd as ag
from nn import errors
from nn.init import Seed, as_generator
from nn.layers.options import positive
from nn.looking.undisturbed import left_alone
from nn.module import Module
from nn.parameter import Parameter
from nn.plots import style

Array = np.ndarray[Any, Any]

LONGEST = 4  # times its width that a plane is high, or the reverse, with one scale for both axes
CAVEAT = (
    "A slice is not the landscape: these are a few lines through a space of {size} dimensions. "
    "Valleys, walls and ways around them that lie in other directions do not show, and training "
    "does not move along these lines."
)


def optimiser_paths(
    loss: Callable[[Array], Any],
    paths: Mapping[str, Any],
    *,
    minimum: Any = None,
    resolution: int = 100,
    ax: Any = None,
    size: style.Size = (5.5, 4.6),
) -> Any:
    """The ways of several optimisers over a loss of two parameters, on its contour lines.

    Args:
        loss: of one array of two numbers; returns a number.
        paths: by name, arrays (steps + 1, 2): where each optimiser was, its start first.
        minimum: where the loss is smallest, if it is known; marked with a cross.
        resolution: points along each side of the grid on which the loss is computed.
        ax, size: axes to draw into, or the size of a new figure in inches.

    The picture holds all points whose loss is at most twice that of the starts; the legend says
    which paths leave it. Contour lines are close where the loss is small: each stands for the same
    factor. The legend gives the loss at the end of each path. Both axes have one scale, so that a
    round bowl looks round, unless one side of the picture were more than four times the other.

    Raises:
        OptionError: for no paths. ShapeError: for paths that are not in the plane.
    """
    walks = {name: np.asarray(path, float) for name, path in paths.items()}
    if not walks:
        raise errors.nothing_to_draw("optimiser_paths")
    for walk in walks.values():
        if walk.ndim != 2 or walk.shape[1] != 2 or len(walk) == 0:
            raise errors.wrong_input("optimiser_paths", "(steps, 2) for each path", walk.shape)

    def height(point: Array) -> float:
        with np.errstate(all="ignore"), ag.no_grad():
            return float(loss(point))

    losses = {name: np.array([height(p) for p in walk]) for name, walk in walks.items()}
    ceiling = 2 * max(abs(found[0]) for found in losses.values())
    near = [walk[losses[name] <= ceiling] for name, walk in walks.items()]
    near += [walk[:1] for walk in walks.values()]
    if minimum is not None:
        near.append(np.asarray(minimum, float).reshape(1, 2))
    corners = np.concatenate(near)
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.12 * np.maximum(high - low, 0.1 * max(float(np.max(high - low)), 1e-12))
    low, high = low - margin, high + margin
    sides = [np.linspace(low[i], high[i], resolution) for i in (0, 1)]
    surface = np.array([[height(np.array([a, b])) for a in sides[0]] for b in sides[1]])
    with style.drawing() as plt:
        ax = style.axes(plt, ax, size)
        ax.grid(visible=False)
        _contours(ax, sides, surface)
        for i, (name, walk) in enumerate(walks.items()):
            inside = np.all((walk >= low) & (walk <= high), axis=1)
            label = f"{name}: {losses[name][-1]:.2g}" + ("" if inside.all() else ", leaves")
            dots = {"marker": style.MARKERS[i % 7]} if len(walk) <= 100 else {}
            dense = {"markersize": 3, "linewidth": 1.2}
            ax.plot(*walk.T, label=label, **style.line(i), **dots, **dense)
            if inside[-1]:
                end = style.marker(i)
                ax.scatter(*walk[-1:].T, s=60, edgecolors="black", zorder=3, **end)
        starts = np.unique([walk[0] for walk in walks.values()], axis=0)
        ring = {"facecolors": "white", "edgecolors": "black", "zorder": 4}
        ax.scatter(*starts.T, s=40, label="start", **ring)
        if minimum is not None:
            where = np.asarray(minimum, float).reshape(2, 1)
            ax.scatter(*where, marker="x", s=60, color="black", label="minimum", zorder=4)
        ax.set_xlim(low[0], high[0])
        ax.set_ylim(low[1], high[1])
        if max(high - low) <= LONGEST * min(high - low):
            ax.set_aspect("equal")
        ax.set(title="Paths over the loss", xlabel="first parameter", ylabel="second parameter")
        style.legend_below(ax, "loss at the end")
    return ax


def _contours(ax: Any, sides: list[Array], surface: Array) -> None:
    """Lines at equal factors above the lowest point of the grid."""
    surface = np.where(np.isfinite(surface), surface, np.nan)
    lowest, highest = np.nanmin(surface), np.nanmax(surface)
    if not highest > lowest:
        return  # a plain has no contours
    above = (surface - lowest) / (highest - lowest)
    ax.contourf(*sides, np.log(above + 1e-3), 30, cmap="Greys", alpha=0.2)
    levels = np.geomspace(1e-4, 1, 15)[:-1]
    ax.contour(*sides, above, levels=levels, colors=style.GREY, linewidths=0.5, alpha=0.7)


def loss_slices(
    model: Module,
    loss: Callable[[], Any],
    *,
    directions: int = 3,
    radius: float = 1.0,
    points: int = 41,
    generator: Seed = None,
    ax: Any = None,
    size: style.Size = (5.5, 4.2),
) -> Any:
    """The loss along straight lines through the weights as they are, in random directions.

    Directions are scaled filter by filter to the length of the weights (Li et al., "Visualizing
    the loss landscape of neural nets", 2018), so that 1 means as far as the weights are long,
    whatever their scale. Biases and other parameters with one axis stay where they are.

    Args:
        model: its parameters are moved, and put back bit for bit. Graphs recorded before notice:
            backward through them is refused.
        loss: takes nothing and returns the loss of `model` on fixed data; called `points` times
            per direction, in evaluation mode.
        directions: how many.
        radius: how far to go to both sides.
        points: along each line.
        generator: of the directions: a numpy Generator, a seed, or None.
        ax, size: axes to draw into, or the size of a new figure in inches.

    Raises:
        OptionError: for a model without weights, or a bad number.
    """
    if not isinstance(model, Module):
        raise errors.not_a_module("loss_slices", model)
    positive("loss_slices", "directions", directions)
    positive("loss_slices", "points", points, least=3)
    if not (np.isfinite(radius) and radius > 0):
        raise errors.bad_option("loss_slices", "radius", "a number above 0", radius)
    weights = [p for p in model.parameters() if p.ndim >= 2]
    if not weights:
        raise errors.nothing_to_draw("loss_slices")
    draws = as_generator(generator)
    at = np.linspace(-radius, radius, points)
    here = [p.numpy() for p in weights]
    lines = []
    try:
        with left_alone(model), ag.no_grad():
            now = float(loss())
            for _ in range(directions):
                way = [_direction(w, draws) for w in here]
                lines.append([_loss_at(weights, here, way, distance, loss) for distance in at])
    finally:
        _put(weights, here)
    with style.drawing() as plt:
        ax = style.axes(plt, ax, size)
        for i, found in enumerate(lines):
            ax.plot(at, found, **style.line(i))
        ax.plot([0], [now], "o", color="black", label=f"the model, loss {now:.3g}", zorder=3)
        many = f"{directions} random directions" if directions > 1 else "one random direction"
        style.title(ax, f"Slices of the loss along {many}")
        caveat = CAVEAT.format(size=f"{sum(p.size for p in model.parameters()):,}")
        ax.set_ylabel("loss")
        ax.set_xlabel(
            "distance, in lengths of the weights\n\n" + style.wrapped(ax, caveat, per_inch=15),
            fontsize=8,
        )
        ax.legend()
    return ax


def _direction(w: Array, draws: np.random.Generator) -> Array:
    """A random direction, each filter (the first axis) as long as that of the weights."""
    way = np.asarray(draws.standard_normal(w.shape))
    axes = tuple(range(1, w.ndim))
    scale = np.linalg.norm(w.reshape(len(w), -1), axis=1)
    length = np.linalg.norm(way.reshape(len(w), -1), axis=1)
    unit: Array = way * np.expand_dims(scale / np.where(length > 0, length, 1.0), axes)
    return unit


def _loss_at(
    weights: list[Parameter],
    here: list[Array],
    way: list[Array],
    distance: float,
    loss: Callable[[], Any],
) -> float:
    _put(weights, [w + distance * d for w, d in zip(here, way, strict=True)])
    return float(loss())


def _put(weights: list[Parameter], arrays: list[Array]) -> None:
    for parameter, array in zip(weights, arrays, strict=True):
        parameter.overwrite()[...] = array
