"""Elements in other places, or in several: flip, roll, repeat, tile and pad.

Moving is undone by moving back. Copying is undone by adding the copies up; a border that was
copied from inside is added to where it came from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import errors
from autograd.ops.op import Op, Recorder, array_op, plain
from autograd.ops.operands import axes_of, on_arrays, operand, shape_of, whole, wholes
from autograd.ops.shape import reshape

__all__ = [
    "flip",
    "pad",
    "repeat",
    "roll",
    "tile",
]

Array = np.ndarray[Any, Any]

# --- flip and roll --------------------------------------------------------------------------------

_flip = Op(
    "flip",
    "flip({}, {axis})",
    None,
    lambda x, axis: np.flip(x, axis),
    lambda g, out, _x, axis: _flip(g, axis),
    says="flip: the elements backwards; the gradient is flipped back",
)


def flip(x: Any, axis: Any = None) -> Any:
    """The elements in reverse order along an axis, along several, or along all.

    Raises:
        IndexingError: for an axis that is not there.

    >>> flip([1.0, 2.0, 3.0])
    array([3., 2., 1.])
    """
    x = operand(x)
    axes = range(len(shape_of(x))) if axis is None else axis
    return _flip(x, axis=axes_of("flip", x, axes))


_roll = Op(
    "roll",
    "roll({}, {shift}, {axis})",
    None,
    lambda x, shift, axis: np.roll(x, shift, axis),
    lambda g, out, _x, shift, axis: _roll_back(g, shift, axis),
    says="roll: every element moves on; the gradient moves back",
)
_roll_back = Op(
    "roll_back",
    "roll({}, -{shift}, {axis})",
    None,
    lambda x, shift, axis: np.roll(x, np.negative(shift), axis),
    lambda g, out, _x, shift, axis: _roll(g, shift, axis),
    says="roll: every element moves on; the gradient moves back",
)


def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """The elements moved on along an axis; those that fall off the end come in at the start.

    Args:
        x: an array or a tensor.
        shift: by how many places, or one number per axis.
        axis: the axis, or several; None moves on through x laid out flat.

    Raises:
        IndexingError: for an axis that is not there.

    >>> roll([1.0, 2.0, 3.0], 1)
    array([3., 1., 2.])
    """
    x = operand(x)
    if isinstance(shift, (tuple, list)):
        places: Any = wholes("roll", "shift", shift)
    else:
        places = whole("roll", "shift", shift)
    return _roll(x, shift=places, axis=None if axis is None else axes_of("roll", x, axis))


# --- repeat and tile ------------------------------------------------------------------------------

_repeat = Op(
    "repeat",
    "repeat({}, {repeats}, {axis})",
    None,
    lambda x, repeats, axis: np.repeat(x, repeats, axis),
    lambda g, out, _x, repeats, axis: gather_repeats(g, repeats, axis),
    says="repeat: each element gets the sum of the gradients of its copies",
)


@array_op(
    "gather_repeats({}, {repeats}, {axis})",
    lambda g, out, _x, repeats, axis: _repeat(g, repeats, axis),
    says="neighbours added up: each of them gets the gradient of their sum",
)
def gather_repeats(x: Any, repeats: tuple[int, ...], axis: int) -> Any:
    """Sums over neighbours along an axis: the first `repeats[0]`, the next `repeats[1]`, ...

    >>> gather_repeats([1.0, 2.0, 3.0], (2, 0, 1), 0)
    array([3., 0., 3.])
    """
    x = np.asarray(x)
    counts = np.array(repeats, np.intp)
    shape = list(x.shape)
    shape[axis] = len(counts)
    if len(counts) and (counts == counts[0]).all():
        shape.insert(axis + 1, counts[0])
        return np.add.reduce(x.reshape(shape), axis=axis + 1)
    out = np.zeros(shape, x.dtype)
    some = counts > 0
    starts = (np.cumsum(counts) - counts)[some]
    if len(starts):
        out[(slice(None),) * axis + (some,)] = np.add.reduceat(x, starts, axis)
    return out


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element several times in a row.

    Args:
        x: an array or a tensor.
        repeats: how often; one number, or one per element along the axis.
        axis: the axis along which to repeat; None lays x out flat first.

    Raises:
        ShapeError: if the numbers do not match the axis, or one is negative.
        IndexingError: for an axis that is not there.

    >>> repeat([1.0, 2.0], 2)
    array([1., 1., 2., 2.])
    >>> repeat([1.0, 2.0], [3, 1])
    array([1., 1., 1., 2.])
    """
    x = operand(x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    (axis,) = axes_of("repeat", x, axis)
    size = shape_of(x)[axis]
    counts = wholes("repeat", "repeats", repeats)
    if len(counts) == 1:
        counts *= size
    if len(counts) != size or any(count < 0 for count in counts):
        raise errors.wrong_repeats(counts, size, axis)
    return _repeat(x, repeats=counts, axis=axis)


_tile = Op(
    "tile",
    "tile({}, {reps})",
    None,
    lambda x, reps, before: np.tile(x, reps),
    lambda g, out, _x, reps, before: gather_tiles(g, reps, before),
    says="tile: each element gets the sum of the gradients of its copies",
)


@array_op(
    "gather_tiles({}, {reps})",
    lambda g, out, _x, reps, before: _tile(g, reps, before),
    says="tiles added up: each of them gets the gradient of their sum",
)
def gather_tiles(x: Any, reps: tuple[int, ...], before: tuple[int, ...]) -> Any:
    """The sum of the tiles that `tile` made from an array of shape `before`.

    >>> gather_tiles([1.0, 2.0, 3.0, 4.0], (2,), (2,))
    array([4., 6.])
    """
    sizes = (1,) * (len(reps) - len(before)) + before
    pairs = [n for pair in zip(reps, sizes, strict=True) for n in pair]
    return np.add.reduce(np.reshape(x, pairs), axis=tuple(range(0, len(pairs), 2))).reshape(before)


def tile(x: Any, reps: Any) -> Any:
    """x several times side by side.

    Args:
        x: an array, a tensor or a Value.
        reps: how often along the last axis, or one number per axis; new axes come in front.

    >>> tile([1.0, 2.0], 2), tile([1.0, 2.0], (2, 1)).shape
    (array([1., 2., 1., 2.]), (2, 2))
    """
    x = operand(x)
    before = shape_of(x)
    counts = wholes("tile", "reps", reps)
    counts = (1,) * (len(before) - len(counts)) + counts
    if any(count < 0 for count in counts):
        raise errors.negative_count("tile", "reps", counts)
    return on_arrays(_tile, x, reps=counts, before=before)


# --- pad ------------------------------------------------------------------------------------------

Widths = tuple[tuple[int, int], ...]
MODES = ("constant", "edge", "reflect", "wrap")


def _pad_kernel(x: Any, widths: Widths, mode: str, fill: Any) -> Any:
    options = {"constant_values": fill} if mode == "constant" else {}
    return np.pad(x, widths, mode=mode, **options)  # type: ignore[call-overload]  # mode is one of four


_pad = Op(
    "pad",
    "pad({}, {widths}, {mode})",
    None,
    _pad_kernel,
    lambda g, out, _x, widths, mode, fill: fold_border(g, widths, mode),
    says="pad: each element gets its own gradient and those of its copies in the border",
)
_pad_zeros = Op(
    "pad_zeros",
    "pad({}, {widths}, {mode})",
    None,
    lambda x, widths, mode: _pad_kernel(x, widths, mode, 0),
    lambda g, out, _x, widths, mode: fold_border(g, widths, mode),
    says="pad: each element gets its own gradient and those of its copies in the border",
)


@array_op(
    "fold_border({}, {widths})",
    lambda g, out, _x, widths, mode: _pad_zeros(g, widths, mode),
    says="the border cut off, and added where it was copied from",
)
def fold_border(x: Any, widths: Widths, mode: str) -> Any:
    """x without its border; a border that holds copies is added to what it was copied from.

    >>> fold_border([1.0, 2.0, 3.0, 4.0], ((1, 1),), "edge")
    array([3., 7.])
    """
    x = np.asarray(x)
    for axis, (low, high) in enumerate(widths):
        if low or high:
            x = _fold_axis(np.moveaxis(x, axis, 0), low, high, mode)
            x = np.moveaxis(x, 0, axis)
    return x


def _fold_axis(x: Array, low: int, high: int, mode: str) -> Array:
    """`fold_border` along the first axis."""
    size = len(x) - low - high
    out = x[low : low + size]
    if mode == "constant":
        return out
    out = out.copy()
    source = np.pad(np.arange(size), (low, high), mode=mode)  # type: ignore[call-overload]  # likewise
    for row in (*range(low), *range(low + size, len(x))):
        out[source[row]] += x[row]
    return out


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """x with a border.

    Args:
        x: an array or a tensor.
        pad_width: how wide: one number; (before, after); or such a pair for every axis.
        mode: "constant"; "edge" repeats the outermost elements (PyTorch's "replicate"),
            "reflect" mirrors at them, "wrap" goes on from the other side.
        constant_values: what the border is made of, in the same forms as `pad_width`.

    Raises:
        OptionError: for another mode.
        ShapeError: for widths that do not match x or are negative.

    >>> pad([1.0, 2.0, 3.0], (2, 1))
    array([0., 0., 1., 2., 3., 0.])
    >>> pad([1.0, 2.0, 3.0], 2, mode="reflect")
    array([3., 2., 1., 2., 3., 2., 1.])
    """
    if mode not in MODES:
        raise errors.unknown_option("pad", "mode", mode, MODES)
    x = operand(x)
    widths = _widths(pad_width, len(shape_of(x)))
    if isinstance(constant_values, Recorder):
        raise errors.parameter_is_node("pad", "constant_values", constant_values)
    return _pad(x, widths=widths, mode=mode, fill=np.array(plain(constant_values)))


def _widths(pad_width: Any, ndim: int) -> Widths:
    """The widths as a pair for every axis."""
    given = np.asarray(plain(pad_width))
    try:
        pairs = np.broadcast_to(given, (ndim, 2))
    except ValueError:
        raise errors.wrong_widths(pad_width, ndim) from None
    if given.dtype.kind not in "iu" or (given < 0).any():
        raise errors.wrong_widths(pad_width, ndim)
    return tuple((int(low), int(high)) for low, high in pairs)
