"""What a model does with data: where it decides, and which of its units never answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

import autograd as ag
from nn import errors
from nn.looking.counting import is_ours
from nn.looking.undisturbed import left_alone
from nn.module import Module
from nn.plots import style

Array = np.ndarray[Any, Any]


def dead_shares(model: Module, batch: Any, *, unit_axis: int = 1) -> dict[str, tuple[int, int]]:
    """For each ReLU layer of `model`: how many units are 0 for all of `batch`, of how many.

    Args:
        model: run once, in evaluation mode, and left as it was.
        batch: what it is called on, samples first.
        unit_axis: the axis of units in what a ReLU gives. For images this is the channels, so a
            unit is a whole map; for sequences with the features last, say -1.

    A ReLU that is called as a function is not seen, only layers are. One that runs several times
    is listed for each of its calls.

    Raises:
        OptionError: if no ReLU layer ran.

    >>> import nn
    >>> net = nn.Sequential(nn.Linear(1, 2), nn.ReLU())
    >>> net[0].weight.overwrite()[...] = [[1.0], [-1.0]]
    >>> net[0].bias.overwrite()[...] = 0.0
    >>> dead_shares(net, np.array([[1.0], [2.0]]))
    {'1': (1, 2)}
    """
    if not isinstance(model, Module):
        raise errors.not_a_module("dead_units", model)
    shares: dict[str, tuple[int, int]] = {}
    handles = []

    def watch(name: str) -> Callable[..., None]:
        calls = 0

        def look(_module: Module, _args: Any, out: Any) -> None:
            nonlocal calls
            calls += 1
            alive = np.moveaxis(out_array(out) != 0, unit_axis, 0)
            alive = alive.reshape(len(alive), -1).any(axis=1)
            label = name or "(model)"
            label = label if calls == 1 else f"{label}, call {calls}"
            shares[label] = (int(np.count_nonzero(~alive)), len(alive))

        return look

    try:
        for name, module in model.named_modules():
            if _is_relu(module):
                handles.append(module.register_forward_hook(watch(name)))
        with left_alone(model), ag.no_grad():
            model(batch)
    finally:
        for handle in handles:
            handle.remove()
    if not shares:
        raise errors.no_relu(type(model).__name__)
    return shares


def _is_relu(module: Module) -> bool:
    return any(k.__name__ in ("ReLU", "ReLU6") and is_ours(k) for k in type(module).__mro__)


def out_array(out: Any) -> Array:
    """The numbers of what a model or layer gave."""
    with ag.no_grad():  # where a Tensor lets numpy look
        return np.asarray(out)


def dead_units(
    model: Module,
    batch: Any,
    *,
    unit_axis: int = 1,
    ax: Any = None,
    size: style.Size | None = None,
) -> Any:
    """A bar per ReLU layer: the share of its units that are 0 for all of `batch`.

    A unit that is 0 for every sample has a gradient of 0 for every sample: it does not learn.
    Take a large batch: in a small one a unit may only be resting.

    Args:
        model, batch, unit_axis: see `dead_shares`.
        ax, size: axes to draw into, or the size of a new figure in inches.

    Raises:
        OptionError: if no ReLU layer ran.
    """
    shares = dead_shares(model, batch, unit_axis=unit_axis)
    with style.drawing() as plt:
        ax = style.axes(plt, ax, size or (5.5, 1.2 + 0.35 * len(shares)))
        at = np.arange(len(shares))
        percent = [100 * dead / max(units, 1) for dead, units in shares.values()]
        ax.barh(at, percent, color=style.PALETTE[0], height=0.7)
        for i, (dead, units) in enumerate(shares.values()):
            inside = percent[i] > 60
            ax.annotate(
                f"{dead} of {units}",
                (percent[i], i),
                xytext=(-4 if inside else 4, 0),
                textcoords="offset points",
                ha="right" if inside else "left",
                va="center",
                color="white" if inside else "black",
                fontsize=8,
            )
        ax.set_yticks(at, list(shares))
        ax.set_ylim(len(shares) - 0.4, -0.6)
        ax.set_xlim(0, 100)
        ax.grid(visible=False, axis="y")
        style.title(ax, f"ReLU units that are 0 for all {len(batch)} samples")
        ax.set(xlabel="share of units, %", ylabel="layer")
    return ax


def decision_boundary(
    model: Callable[[Any], Any],
    x: Any,
    y: Any,
    *,
    threshold: float = 0.0,
    resolution: int = 200,
    ax: Any = None,
    size: style.Size = (4.8, 4.4),
) -> Any:
    """What a classifier of points in the plane says where, with the data; errors are ringed.

    Args:
        model: a Module (run in evaluation mode) or any function of points (N, 2). It gives one
            score a point, (N,) or (N, 1), or one per class, (N, C).
        x: points, (N, 2).
        y: their classes, (N,) or (N, 1): integers 0 to C - 1 for scores per class, else any two
            numbers, such as 0 and 1 or -1 and 1.
        threshold: a single score above it says the larger class. 0 fits logits, 0.5
            probabilities.
        resolution: points along each side of the grid.
        ax, size: axes to draw into, or the size of a new figure in inches.

    Raises:
        ShapeError: if the points are not in the plane, or there is not one class for each.
    """
    points = out_array(x)
    classes = out_array(y).reshape(-1)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise errors.wrong_input("decision_boundary", "(N, 2)", points.shape)
    if len(classes) != len(points):
        raise errors.unequal_shapes("decision_boundary", (len(points),), classes.shape)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1.0)
    sides = [np.linspace(low[i] - margin[i], high[i] + margin[i], resolution) for i in (0, 1)]
    grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2).astype(points.dtype)
    scores = _scores(model, np.concatenate([grid, points]))
    if scores.shape[1] == 1:
        kinds = np.unique(classes)
        said = (scores[:, 0] > threshold).astype(int)
        truth = np.searchsorted(kinds, classes)
    else:
        kinds = np.arange(scores.shape[1])
        said = scores.argmax(axis=1)
        truth = classes.astype(int)
        if not np.isin(classes, kinds).all():
            known = f"classes 0 to {len(kinds) - 1}, one for each score"
            raise errors.bad_option("decision_boundary", "y", known, np.unique(classes).tolist())
    if scores.shape[1] == 1 and len(kinds) > 2:
        known = "of two classes at most where there is one score"
        raise errors.bad_option("decision_boundary", "y", known, kinds.tolist())
    there, here = said[: len(grid)].reshape(resolution, resolution), said[len(grid) :]
    with style.drawing() as plt:
        ax = style.axes(plt, ax, size)
        ax.grid(visible=False)
        for i in range(max(len(kinds), 2)):
            color = style.PALETTE[i % 7]
            if (there == i).any():
                ax.contourf(*sides, there == i, levels=[0.5, 1.5], colors=[color], alpha=0.18)
        edges = np.arange(there.max()) + 0.5
        if len(edges) and there.min() < there.max():
            ax.contour(*sides, there, levels=edges, colors="black", linewidths=1.2)
        for i, kind in enumerate(kinds):
            own = points[truth == i]
            at = style.marker(i)
            ax.scatter(
                *own.T, s=20, edgecolors="white", linewidths=0.5, label=f"class {kind}", **at
            )
        wrong = points[truth != here]
        if len(wrong):
            label = f"wrong ({len(wrong)} of {len(points)})"
            ring = {"facecolors": "none", "edgecolors": "black", "linewidths": 0.7}
            ax.scatter(*wrong.T, s=55, label=label, **ring)
        ax.set(title="Decision boundary", xlabel="first input", ylabel="second input")
        style.legend_below(ax)
    return ax


def _scores(model: Callable[[Any], Any], points: Array) -> Array:
    """What the model says to points, (N, scores), in pieces of bounded size."""
    quiet = left_alone(model) if isinstance(model, Module) else nullcontext()
    with quiet, ag.no_grad():
        pieces = [out_array(model(points[i : i + 8192])) for i in range(0, len(points), 8192)]
    scores = np.concatenate(pieces)
    if scores.ndim > 2 or scores.size == 0:
        raise errors.wrong_input("decision_boundary", "(N,) or (N, C) from the model", scores.shape)
    return scores.reshape(len(points), -1)
