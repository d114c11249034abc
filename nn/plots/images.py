"""Weights and activations as images: all kernels, or all maps, side by side in one picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd as ag
from nn import errors
from nn.looking.undisturbed import left_alone
from nn.module import Module
from nn.plots import style
from nn.plots.behaviour import out_array

Array = np.ndarray[Any, Any]


def kernels(
    layer: Any,
    *,
    most: int = 16,
    ax: Any = None,
    size: style.Size | None = None,
) -> Any:
    """The kernels of a convolution, all on one scale that is centred at 0.

    With one input channel they fill a near-square; with several, output maps run along one side
    and input channels along the other, the longer one across.

    Args:
        layer: a convolution (its `weight` is shown), or an array (out, in, height, width), or
            (out, in, length).
        most: rows and columns at most; the title says if there are more.
        ax, size: axes to draw into, or the size of a new figure in inches.

    Raises:
        ShapeError: for weights with other axes.
    """
    weight = out_array(getattr(layer, "weight", layer))
    if weight.ndim == 3:
        weight = weight[:, :, None]
    if weight.ndim != 4 or weight.size == 0:
        raise errors.wrong_input("kernels", "(out, in, height, width)", weight.shape)
    outputs, inputs = weight.shape[:2]
    with style.drawing() as plt:
        if inputs == 1:
            shown = weight[: most * most, 0]
            note = "" if len(shown) == outputs else f": first {len(shown)} of {outputs}"
            return _grid(plt, ax, size, shown, f"Kernels{note}", "weight")
        shown = weight[:most, :most]
        note = ""
        if shown.shape[:2] != (outputs, inputs):
            note = f": {len(shown)} of {outputs} maps, {shown.shape[1]} of {inputs} channels"
        names = ["output map", "input channel"]
        if len(shown) > shown.shape[1]:  # pages are wider than tall
            shown, names = shown.swapaxes(0, 1), names[::-1]
        rows, columns, height, width = shown.shape
        ax = style.axes(plt, ax, size or _room(*shown.shape))
        _mosaic(ax, shown, "weight")
        _ticks(ax.yaxis, height, [str(i) for i in range(rows)], 16)
        _ticks(ax.xaxis, width, [str(i) for i in range(columns)], int(4 * style.width(ax)))
        ax.set(ylabel=names[0], xlabel=names[1])
        style.title(ax, f"Kernels{note}")
    return ax


def feature_maps(
    model: Module,
    input: Any,
    layer: str | Module | None = None,
    *,
    sample: int = 0,
    most: int = 64,
    ax: Any = None,
    size: style.Size | None = None,
) -> Any:
    """What a layer makes of one image: every map it gives, on one scale.

    Args:
        model: run once, in evaluation mode, and left as it was.
        input: what it is called on.
        layer: a part of the model, or its dotted name; its latest call is shown. None for what the
            model itself gives.
        sample: which of a batch.
        most: how many maps at most; the title says if there are more.
        ax, size: axes to draw into, or the size of a new figure in inches.

    Raises:
        OptionError: for a layer that is not in the model, or did not run.
        ShapeError: if it does not give maps, (N, C, H, W) or (C, H, W).
        IndexingError: if there is no such sample.
    """
    if not isinstance(model, Module):
        raise errors.not_a_module("feature_maps", model)
    parts = dict(model.named_modules())
    names = {module: name for name, module in parts.items()}
    part: Any = parts.get(layer) if isinstance(layer, str) else layer or model
    if part is None or part not in names:
        known = f"one of {[name for name in parts if name]}, or a module of them"
        raise errors.bad_option("feature_maps", "layer", known, layer)
    seen: list[Array] = []
    handle = part.register_forward_hook(lambda _module, _args, out: seen.append(out_array(out)))
    try:
        with left_alone(model), ag.no_grad():
            model(input)
    finally:
        handle.remove()
    if not seen:
        raise errors.bad_option("feature_maps", "layer", "one that the model calls", layer)
    maps = seen[-1]
    if maps.ndim == 4:
        if not -len(maps) <= sample < len(maps):
            raise errors.no_such_sample("feature_maps", sample, len(maps))
        maps = maps[sample]
    if maps.ndim != 3 or maps.size == 0:
        raise errors.wrong_input("feature_maps", "(N, C, H, W) from the layer", seen[-1].shape)
    empty = int(np.count_nonzero(~maps.any(axis=(1, 2))))
    notes = [f"first {most} of {len(maps)}"] if len(maps) > most else []
    notes += [f"{empty} all 0"] if empty else []
    name = names[part] or type(part).__name__
    with style.drawing() as plt:
        title = ", ".join([f"Feature maps of {name}", *notes])
        return _grid(plt, ax, size, maps[:most], title, "activation")


def _grid(plt: Any, ax: Any, size: style.Size | None, tiles: Array, title: str, unit: str) -> Any:
    """Tiles (n, height, width) in reading order in a near-square."""
    count, height, width = tiles.shape
    columns = math.ceil(math.sqrt(count * height / width))
    columns = min(max(columns, 1), count)
    rows = math.ceil(count / columns)
    shown = np.full((rows * columns, height, width), np.nan)
    shown[:count] = tiles
    ax = style.axes(plt, ax, size or _room(rows, columns, height, width))
    _mosaic(ax, shown.reshape(rows, columns, height, width), unit)
    firsts = range(0, count, columns)
    lasts = [min(first + columns, count) - 1 for first in firsts]
    spans = [f"{a}" if a == b else f"{a} to {b}" for a, b in zip(firsts, lasts, strict=True)]
    _ticks(ax.yaxis, height, spans, 16)
    ax.set_xticks([])
    ax.set_ylabel("map" if unit == "activation" else "output map")
    style.title(ax, title)
    return ax


def _mosaic(ax: Any, tiles: Array, unit: str) -> None:
    """Tiles (rows, columns, height, width) as one image, white lines between, with its scale."""
    rows, columns, height, width = tiles.shape
    image = tiles.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    finite = image[np.isfinite(image)]
    largest = float(np.abs(finite).max(initial=0.0)) or 1.0
    scale: dict[str, Any]
    if (finite < 0).any():
        scale = {"cmap": style.SIGNED, "vmin": -largest, "vmax": largest}
    else:
        scale = {"cmap": style.SIZES, "vmin": 0.0, "vmax": largest}
    ax.grid(visible=False)
    drawn = ax.imshow(image, interpolation="nearest", **scale)
    for row in range(1, rows):
        ax.axhline(row * height - 0.5, color="white", linewidth=2)
    for column in range(1, columns):
        ax.axvline(column * width - 0.5, color="white", linewidth=2)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)
    beside = ax.inset_axes((1.02, 0.0, 0.04, 1.0))  # as high as the image, whatever its shape
    bar = ax.figure.colorbar(drawn, cax=beside, ticks=sorted({scale["vmin"], 0.0, largest}))
    bar.set_label(unit)
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    bar.outline.set_visible(False)


def _ticks(axis: Any, step: int, labels: list[str], most: int) -> None:
    """A label at the middle of each tile, or of every second, ... where there are many."""
    every = math.ceil(len(labels) / most)
    middles = [i * step + (step - 1) / 2 for i in range(len(labels))]
    axis.set_ticks(middles[::every], labels[::every])


def _room(rows: int, columns: int, height: int, width: int) -> style.Size:
    """A figure in which a tile has about a third of an inch, within what a page holds."""
    tall, wide = rows * height, columns * width
    unit = min(0.45 / max(height, width), 6.0 / max(tall, wide))
    unit = max(unit, 2.0 / max(tall, wide))
    return (wide * unit + 1.5, max(tall * unit, 1.0) + 0.7)
