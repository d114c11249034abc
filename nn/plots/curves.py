"""Curves over training: losses and metrics, sizes of gradients, and how far weights move."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nn import errors
from nn.module import Module
from nn.plots import style

Array = np.ndarray[Any, Any]
Curves = dict[str, Array]

PARTS = {"": "training", "train": "training", "test": "test"}  # anything else is validation
PART = re.compile(r"^(train|val|valid|validation|test)[_ ]")


def history(
    record: Any,
    *,
    only: Iterable[str] | None = None,
    log: bool = False,
    per: str = "epoch",
    axes: Sequence[Any] | None = None,
    size: style.Size | None = None,
) -> list[Any]:
    """Losses and metrics over training, one panel for each quantity.

    Args:
        record: what `nn.fit` returned, or lists of numbers by name, one number per epoch; None
            where nothing was measured. "val_loss" (or "train_", "test_") is drawn into the panel
            of "loss". Or several of these by label, to compare runs: each has a colour.
        only: the quantities to draw; None for all.
        log: losses on a logarithmic scale.
        per: what one entry stands for.
        axes: one for each quantity, to draw into.
        size: of the figure, in inches.

    Returns:
        The axes, in the order of the quantities.

    Raises:
        OptionError: for nothing to draw, an unknown quantity, entries that are no numbers, or too
            few axes.
    """
    runs = {str(label): _curves("history", run) for label, run in _runs(record).items()}
    panels: dict[str, list[tuple[str, str]]] = {}
    for run, curves in runs.items():
        for name in curves:
            panels.setdefault(PART.sub("", name, count=1), []).append((run, name))
    if only is not None:
        wanted = list(only)
        if not wanted or any(name not in panels for name in wanted):
            raise errors.bad_option("history", "only", f"among {list(panels)}", wanted)
        panels = {name: panels[name] for name in wanted}
    if axes is not None and len(axes) != len(panels):
        raise errors.bad_option("history", "axes", f"{len(panels)} axes (one a quantity)", axes)
    with style.drawing() as plt:
        if axes is None:
            size = size or (5.5, 1.0 + 1.8 * len(panels))
            _, grid = plt.subplots(
                len(panels), figsize=size, layout="constrained", sharex=True, squeeze=False
            )
            axes = list(grid[:, 0])
        for ax, (quantity, lines) in zip(axes, panels.items(), strict=True):
            for i, (run, name) in enumerate(lines):
                look = style.line(i)
                if len(runs) > 1:
                    look["color"] = style.PALETTE[list(runs).index(run) % 7]
                numbers = runs[run][name]
                few = {"marker": style.MARKERS[i % 7]} if len(numbers) <= 30 else {}
                at = np.arange(1, len(numbers) + 1)
                ax.plot(at, numbers, label=_label(run, name), **look, **few)
            ax.set_ylabel(quantity.replace("_", " "))
            if log and "loss" in quantity:
                ax.set_yscale("log")
            if len(lines) > 1:
                ax.legend()
        axes[0].set_title("Training")
        axes[-1].set_xlabel(per)
        style.whole_ticks(axes[-1].xaxis)
    return list(axes)


def _runs(record: Any) -> dict[Any, Any]:
    """What was given as runs by label; one alone has none."""
    several = {}
    if isinstance(record, Mapping):
        several = {label: getattr(run, "epochs", run) for label, run in record.items()}
    if several and all(isinstance(run, Mapping) for run in several.values()):
        return several
    return {"": getattr(record, "epochs", record)}


def _label(run: str, name: str) -> str:
    """What the legend calls a line: the part of the data, of which run."""
    found = PART.match(name)
    part = PARTS.get(found[1] if found else "", "validation")
    return f"{run}, {part}" if run else part


class StepRecorder:
    """Notes after each step how large the gradients are and how far the weights moved.

    Call it after `optimiser.step()` and before `zero_grad()`. It keeps a copy of the parameters.

    Args:
        model: whose parameters are watched.

    Attributes:
        gradient_sizes: for each parameter, by its dotted name, a list with one number per step:
            the root mean square of its gradient; nan if it had none.
        update_ratios: likewise, the length of the step over the length of the parameter before
            it; nan where that was 0.
        weights: the names of those with at least two axes: weights, not biases.

    >>> import nn
    >>> model = nn.Linear(2, 1, generator=0)
    >>> optimiser, record = nn.optim.SGD(model.parameters(), lr=0.1), StepRecorder(model)
    >>> for _ in range(3):
    ...     optimiser.zero_grad()
    ...     (model(np.ones((1, 2))) ** 2).sum().backward()
    ...     _ = optimiser.step()
    ...     record()
    >>> {name: len(sizes) for name, sizes in record.gradient_sizes.items()}
    {'weight': 3, 'bias': 3}
    """

    def __init__(self, model: Module) -> None:
        if not isinstance(model, Module):
            raise errors.not_a_module("StepRecorder", model)
        self._parameters = dict(model.named_parameters())
        self._before = {name: p.numpy() for name, p in self._parameters.items()}
        self.gradient_sizes: dict[str, list[float]] = {name: [] for name in self._parameters}
        self.update_ratios: dict[str, list[float]] = {name: [] for name in self._parameters}
        self.weights = [name for name, p in self._parameters.items() if p.ndim >= 2]

    def __call__(self) -> None:
        for name, parameter in self._parameters.items():
            grad = parameter.grad
            size = np.nan if grad is None else np.sqrt(np.mean(np.square(grad, dtype=float)))
            self.gradient_sizes[name].append(float(size))
            before, now = self._before[name], parameter.numpy()
            length = float(np.linalg.norm(before))
            moved = float(np.linalg.norm(now - before))
            self.update_ratios[name].append(moved / length if length else np.nan)
            self._before[name] = now


def gradient_sizes(
    recorded: StepRecorder | Mapping[str, Sequence[float]],
    *,
    names: Iterable[str] | None = None,
    ax: Any = None,
    size: style.Size = (5.5, 3.6),
) -> Any:
    """The size of each layer's gradient, step by step, on a logarithmic scale.

    Layers that learn have sizes within a few powers of ten. One that sinks towards the input
    vanishes, one that rises explodes. An exact 0 has no place on this scale: it gets a line of its
    own at the bottom, and the legend counts it.

    Args:
        recorded: a StepRecorder, or numbers by name.
        names: which to draw. Left out: of a recorder its weights, else all.
        ax, size: axes to draw into, or the size of a new figure in inches.

    Raises:
        OptionError: for nothing to draw, or an unknown name.
    """
    sizes = recorded.gradient_sizes if isinstance(recorded, StepRecorder) else recorded
    curves = _chosen("gradient_sizes", recorded, sizes, names)
    with style.drawing() as plt:
        ax = style.axes(plt, ax, size)
        _over_steps(ax, curves)
        ax.set(title="Gradient size per layer", ylabel="root mean square")
        style.legend(ax)
    return ax


def update_ratios(
    recorded: StepRecorder | Mapping[str, Sequence[float]],
    *,
    names: Iterable[str] | None = None,
    ax: Any = None,
    size: style.Size = (5.5, 3.6),
) -> Any:
    """How far each layer moves in a step, relative to its size, on a logarithmic scale.

    The line at 1e-3 is a rule of thumb (A. Karpathy, "makemore", part 3, 2022): far below it a
    layer hardly learns, far above it the steps are large for weights of that size.

    Args and errors: as those of `gradient_sizes`.
    """
    ratios = recorded.update_ratios if isinstance(recorded, StepRecorder) else recorded
    curves = _chosen("update_ratios", recorded, ratios, names)
    with style.drawing() as plt:
        ax = style.axes(plt, ax, size)
        _over_steps(ax, curves, least=1e-3)
        ax.axhline(1e-3, color=style.GREY, linewidth=1.0, label="1e-3, a rule of thumb")
        ax.set(title="Update to weight ratio per layer", ylabel="step / weights")
        style.legend(ax)
    return ax


def _chosen(
    owner: str, recorded: Any, record: Mapping[str, Any], names: Iterable[str] | None
) -> Curves:
    curves = _curves(owner, record)
    if names is None:
        weights = recorded.weights if isinstance(recorded, StepRecorder) else []
        names = [name for name in curves if name in weights] or list(curves)
    chosen = list(names)
    unknown = [name for name in chosen if name not in curves]
    if unknown or not chosen:
        raise errors.bad_option(owner, "names", f"among {list(curves)}", chosen)
    return {name: curves[name] for name in chosen}


def _curves(owner: str, record: Any) -> Curves:
    """The lists of a record as arrays, those without a single number left out."""
    if not hasattr(record, "keys"):
        raise errors.bad_option(owner, "record", "lists of numbers by name", record)
    curves = {}
    for name in record:
        try:
            numbers = np.array([np.nan if x is None else x for x in record[name]], float)
        except (TypeError, ValueError):
            numbers = np.zeros((0, 0))
        if numbers.ndim != 1:
            raise errors.bad_option(owner, repr(name), "a list of numbers", record[name])
        if np.isfinite(numbers).any():
            curves[str(name)] = numbers
    if not curves:
        raise errors.nothing_to_draw(owner)
    return curves


def _over_steps(ax: Any, curves: Curves, least: float = np.inf) -> None:
    """The curves on a logarithmic scale; `least` is a size that must have its place on it."""
    any_zeros = False
    for i, (name, numbers) in enumerate(curves.items()):
        zeros = int(np.count_nonzero(numbers == 0))
        label = f"{name} (0 in {zeros} of {len(numbers)} steps)" if zeros else name
        few = {"marker": style.MARKERS[i % 7]} if len(numbers) <= 30 else {}
        ax.plot(np.arange(1, len(numbers) + 1), numbers, label=label, **style.line(i), **few)
        any_zeros = any_zeros or zeros > 0
        least = min(least, numbers[numbers > 0].min(initial=np.inf))
    if any_zeros:
        _logarithmic_and_zero(ax, least)
    else:
        ax.set_yscale("log")
    ax.set_xlabel("step")
    style.whole_ticks(ax.xaxis)


def _logarithmic_and_zero(ax: Any, least: float) -> None:
    """A logarithmic scale down to `least`, and 0 on a line a little below."""
    lowest = 10.0 ** np.floor(np.log10(least)) if np.isfinite(least) else 1.0
    highest = max(ax.dataLim.y1, 10 * lowest)
    decades = float(np.log10(highest / lowest))
    ax.set_yscale("symlog", linthresh=lowest, linscale=0.15 * decades)
    ax.set_ylim(-0.3 * lowest, highest * 10 ** (0.05 * decades))
    ax.axhline(0.0, color=style.GREY, linewidth=0.8, zorder=1)
