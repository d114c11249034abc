"""Functions over grids of positions: borders, resizing, and pooling to a given size.

All are made of taking elements along axes and averaging them, one axis after the other, so their
gradients come from `autograd`. Shapes are (N, C, ...), with one to three axes of positions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.functional.checks import number, one_of
from nn.inputs import Array, as_floats, as_input

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "interpolate",
    "pad",
    "pixel_shuffle",
]

Sizes = int | Sequence[int]
MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
LINEAR = {"linear": 3, "bilinear": 4, "trilinear": 5}  # the axes of the input


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Any:
    """A border around the last axes.

    Args:
        input: any shape.
        pad: how wide: (before, after) of the last axis, then of the one before it, and so on.
        mode: "constant"; "reflect" mirrors at the outermost element, "replicate" repeats it,
            "circular" goes on from the other side.
        value: what the border is made of, in mode "constant".

    Raises:
        OptionError: for negative widths, an odd number of them, or an unknown mode.
        ShapeError: for more axes than there are, and for a border wider than what it repeats.

    >>> pad([1.0, 2.0, 3.0], (2, 1), mode="reflect")
    Tensor([3., 2., 1., 2., 3., 2.])
    """
    if mode not in MODES:
        raise errors.bad_option("pad", "mode", "one of " + ", ".join(MODES), mode)
    x, widths = as_input(input, None), tuple(pad)
    if len(widths) % 2 or any(not isinstance(w, (int, np.integer)) or w < 0 for w in widths):
        expected = "pairs of whole numbers from 0 (crop with an index instead)"
        raise errors.bad_option("pad", "pad", expected, pad)
    pairs = list(zip(widths[::2], widths[1::2], strict=True))
    if len(pairs) > x.ndim:
        raise errors.wrong_input("pad", f"{len(pairs)} axes or more", x.shape)
    least = {"reflect": 1, "replicate": None, "circular": 0}.get(mode)
    for size, width in zip(reversed(x.shape), pairs, strict=False):
        if (least is not None and max(width) > size - least) or (mode != "constant" and not size):
            raise errors.border_too_wide(mode, width, size)
    around = [(0, 0)] * (x.ndim - len(pairs)) + pairs[::-1]
    if mode == "constant":
        return ag.pad(x, around, constant_values=value)
    return ag.pad(x, around, mode=MODES[mode])


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels become positions: (..., C * r * r, H, W) to (..., C, H * r, W * r).

    Raises:
        ShapeError: if the channels are no multiple of r * r.

    >>> pixel_shuffle(np.arange(4.0).reshape(4, 1, 1), 2)
    Tensor([[[0., 1.],
             [2., 3.]]])

    Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.
    """
    x, r = as_input(input, None), upscale_factor
    if x.ndim < 3 or x.shape[-3] % (r * r):
        raise errors.wrong_input("pixel_shuffle", f"(..., C * {r} * {r}, H, W)", x.shape)
    *batch, channels, height, width = x.shape
    n = len(batch)
    cells = ag.reshape(x, (*batch, channels // (r * r), r, r, height, width))
    order = [*range(n), n, n + 3, n + 1, n + 4, n + 2]
    shape = (*batch, channels // (r * r), height * r, width * r)
    return ag.reshape(ag.transpose(cells, order), shape)


# --- resizing -------------------------------------------------------------------------------------


def interpolate(
    input: Any,
    size: Sizes | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Any:
    """Resize: (N, C, ...) with other sizes along the axes of positions.

    Args:
        input: (N, C, L), (N, C, H, W) or (N, C, D, H, W).
        size: the new sizes, one number or one per axis of positions; or
        scale_factor: by how much; sizes are rounded down.
        mode: "nearest" repeats elements; "linear" (3 axes), "bilinear" (4) and "trilinear" (5)
            blend the neighbours along each axis.
        align_corners: for the blending modes. False: elements are cells, whose borders are
            stretched to the same frame. True: elements are points, and the outermost ones stay.

    Raises:
        OptionError: for options that do not go together.
        ShapeError: for an input of other axes.

    >>> interpolate([[[1.0, 2.0]]], scale_factor=2)
    Tensor([[[1., 1., 2., 2.]]])
    >>> interpolate([[[1.0, 2.0]]], size=3, mode="linear", align_corners=True)
    Tensor([[[1. , 1.5, 2. ]]])
    """
    x = as_input(input, None)
    check_resizing("interpolate", size, scale_factor, mode, align_corners)
    wanted = LINEAR.get(mode)
    if x.ndim not in (3, 4, 5) or wanted not in (None, x.ndim) or 0 in x.shape[2:]:
        expected = f"{wanted} axes for {mode}" if wanted else "(N, C, ...) with 3 to 5 axes"
        raise errors.wrong_input("interpolate", expected, x.shape)
    if wanted:
        x = as_floats(x)
    axes = x.ndim - 2
    factors = _each("scale_factor", scale_factor, axes)
    sizes = _each("size", size, axes)
    for axis, (given, factor) in enumerate(zip(sizes, factors, strict=True), start=2):
        old = x.shape[axis]
        new = math.floor(old * factor) if given is None else given
        if new < 1:
            raise errors.bad_option("interpolate", "size", "1 or more along each axis", new)
        step = old / new if factor is None else 1.0 / factor
        if mode == "nearest":
            x = _repeated(x, axis, new, step)
        else:
            x = _blended(x, axis, new, step, bool(align_corners))
    return x


def check_resizing(owner: str, size: Any, scale_factor: Any, mode: str, align: Any) -> None:
    """Raise unless the options go together."""
    one_of(owner, "mode", mode, ("nearest", *LINEAR))
    if (size is None) == (scale_factor is None):
        expected = "given where scale_factor is not, and only there"
        raise errors.bad_option(owner, "size", expected, size)
    if mode == "nearest" and align is not None:
        expected = "None in mode 'nearest', where nothing is blended"
        raise errors.bad_option(owner, "align_corners", expected, align)
    for factor in scale_factor if isinstance(scale_factor, (tuple, list)) else (scale_factor,):
        if factor is not None:
            number(owner, "scale_factor", factor, "positive", least=0)
    for new in size if isinstance(size, (tuple, list)) else (size,):
        whole = isinstance(new, (int, np.integer)) and not isinstance(new, bool)
        if new is not None and not (whole and new > 0):
            raise errors.bad_option(owner, "size", "whole numbers from 1", size)


def _each(option: str, given: Any, axes: int) -> tuple[Any, ...]:
    many = tuple(given) if isinstance(given, (tuple, list)) else (given,) * axes
    if len(many) != axes:
        expected = f"one number, or {axes} for this input"
        raise errors.bad_option("interpolate", option, expected, given)
    return many


def _repeated(x: Any, axis: int, new: int, step: float) -> Any:
    old = x.shape[axis]
    if new % old == 0 and step == old / new:
        return ag.repeat(x, new // old, axis=axis)
    # In the input's own precision: where two are equally near, rounding decides, as in PyTorch.
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    at = np.floor(np.arange(new, dtype=kind) * kind.type(step)).astype(int)
    return ag.take(x, np.minimum(at, old - 1), axis=axis)


def _blended(x: Any, axis: int, new: int, step: float, corners: bool) -> Any:
    old = x.shape[axis]
    places: Array = np.arange(new, dtype=float)
    if corners:
        places *= (old - 1) / (new - 1) if new > 1 else 0.0
    else:
        places = np.maximum((places + 0.5) * step - 0.5, 0.0)
    low = np.minimum(places.astype(int), old - 1)
    high = np.minimum(low + 1, old - 1)
    across = (-1,) + (1,) * (x.ndim - axis - 1)
    share = (places - low).astype(x.dtype).reshape(across)
    below, above = ag.take(x, low, axis=axis), ag.take(x, high, axis=axis)
    # Where nothing of the upper neighbour is wanted, none of its infinity is either.
    return below * (1.0 - share) + ag.where(share == 0.0, 0.0, above) * share


# --- pooling to a given size ----------------------------------------------------------------------


def adaptive_avg_pool1d(input: Any, output_size: int | Sequence[int]) -> Any:
    """The means of `output_size` windows that cover the sequence; see `adaptive_avg_pool2d`.

    >>> adaptive_avg_pool1d([[1.0, 2.0, 3.0]], 2)
    Tensor([[1.5, 2.5]])
    """
    return _adaptive("adaptive_avg_pool1d", input, output_size, 1, _mean_along)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of windows that cover the image, as many as asked for.

    Args:
        input: (N, C, H, W) or (C, H, W).
        output_size: one number or (vertical, horizontal); None for as many as there are.

    Window i of n runs from floor(i * size / n) to ceil((i + 1) * size / n), so that windows
    overlap where they do not come out even.

    Raises:
        ShapeError: for other axes.
        OptionError: for sizes that are no whole numbers.

    >>> adaptive_avg_pool2d(np.arange(6.0).reshape(1, 2, 3), (1, None))
    Tensor([[[1.5, 2.5, 3.5]]])
    """
    return _adaptive("adaptive_avg_pool2d", input, output_size, 2, _mean_along)


def adaptive_max_pool2d(input: Any, output_size: Any) -> Any:
    """The largest numbers of windows that cover the image; see `adaptive_avg_pool2d`.

    Of equal numbers the first, row by row, gets the gradient.

    >>> adaptive_max_pool2d(np.arange(6.0).reshape(1, 2, 3), 2)
    Tensor([[[1., 2.],
             [4., 5.]]])
    """
    return _adaptive("adaptive_max_pool2d", input, output_size, 2, None)


def adaptive_sizes(owner: str, output_size: Any, axes: int) -> tuple[int | None, ...]:
    """One size per axis, checked; None keeps what is there."""
    many = isinstance(output_size, (tuple, list))
    given = tuple(output_size) if many else (output_size,) * axes
    whole = all(
        n is None or (isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n > 0)
        for n in given
    )
    if len(given) != axes or not whole:
        expected = f"whole numbers from 1 (or None), one or {axes}"
        raise errors.bad_option(owner, "output_size", expected, output_size)
    return given


def _adaptive(name: str, input: Any, output_size: Any, axes: int, along: Any) -> Any:
    x = as_floats(input)
    asked = adaptive_sizes(name, output_size, axes)
    space = x.shape[-axes:]
    if x.ndim not in (axes + 1, axes + 2) or 0 in space:
        positions = "L" if axes == 1 else "H, W"
        raise errors.wrong_input(name, f"(N, C, {positions}) or (C, {positions})", x.shape)
    sizes = tuple(old if new is None else new for old, new in zip(space, asked, strict=True))
    if all(old % new == 0 for old, new in zip(space, sizes, strict=True)):  # ordinary pooling
        kernel = tuple(old // new for old, new in zip(space, sizes, strict=True))
        if along is None:
            return ag.max_pool2d(x, kernel)
        return (ag.avg_pool1d if axes == 1 else ag.avg_pool2d)(x, kernel)
    if along is None:
        return _largest(x, sizes)
    for axis, new in zip(range(x.ndim - axes, x.ndim), sizes, strict=True):
        x = along(x, axis, new)
    return x


def _windows(old: int, new: int) -> tuple[Array, Array]:
    """Which elements each window reads, (new, widest), and which of these count.

    Windows below the greatest width are filled up with their last element once more.
    """
    at = np.arange(new)
    first, last = at * old // new, -((-(at + 1) * old) // new) - 1
    reads = first[:, None] + np.arange((last - first).max() + 1)
    return np.minimum(reads, last[:, None]), reads <= last[:, None]


def _mean_along(x: Tensor, axis: int, new: int) -> Any:
    reads, counts = _windows(x.shape[axis], new)
    counts = counts.reshape(*counts.shape, *(1,) * (x.ndim - axis - 1))
    cells = ag.where(counts, ag.take(x, reads, axis=axis), 0.0)
    each = counts.sum(1).astype(x.dtype)
    return ag.sum(cells, axis=axis + 1) / each


def _largest(x: Tensor, sizes: tuple[int, ...]) -> Any:
    (rows, _), (columns, _) = (_windows(*pair) for pair in zip(x.shape[-2:], sizes, strict=True))
    # An element that fills a window up comes behind itself, so it is never the first winner.
    cells = x[(..., rows[:, None, :, None], columns[None, :, None, :])]
    return ag.max(ag.reshape(cells, (*cells.shape[:-2], -1)), axis=-1)
