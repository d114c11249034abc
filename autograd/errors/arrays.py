"""Shapes, joining and indexing; windows: convolution and pooling."""

from __future__ import annotations

from typing import Any

from autograd.errors.kinds import (
    DTypeError,
    GradientError,
    IndexingError,
    OptionError,
    ShapeError,
)
from autograd.errors.words import describe


def whole_expected(name: str, option: str, got: Any) -> DTypeError:
    return DTypeError(f"{name}: {option} must be a whole number (int), got {describe(got)}")


def bad_index(got: Any) -> IndexingError:
    return IndexingError(
        "an index is made of integers, slices, None, ..., lists or arrays of integers, and boolean "
        f"masks; got {describe(got)}; numbers with a fraction part are no index, convert them "
        "first: index.astype(int)"
    )


def integers_expected(name: str, got: Any) -> IndexingError:
    return IndexingError(
        f"{name}: the indices must be integers, got {describe(got)}; "
        "use x[...] for masks and slices"
    )


def outside(name: str, index: int, size: int) -> IndexingError:
    return IndexingError(
        f"{name}: index {index} is out of bounds for {size} elements; "
        f"expected {-size} to {size - 1}"
    )


def nothing_to_pick(name: str) -> IndexingError:
    return IndexingError(
        f"{name}: an array without axes holds one number, there is nothing to pick from; "
        "use reshape(x, 1) first"
    )


def indices_do_not_match(axis: int, shape: tuple[int, ...], indices: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"take_along_axis: the indices must have as many axes as the array, and sizes that "
        f"broadcast except along axis {axis}; got an array of shape {shape} and indices of "
        f"shape {indices}"
    )


def values_do_not_fit(name: str, expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: the index picks elements of shape {expected}, and the values have shape {got}; "
        "expected values that broadcast to it"
    )


def would_truncate(name: str, into: Any, values: Any) -> DTypeError:
    return DTypeError(
        f"{name}: values of dtype {values} would lose their fractions in an array of dtype {into}; "
        "convert the array first: astype(x, float)"
    )


def nothing_to_join(name: str) -> ShapeError:
    return ShapeError(f"{name}: expected at least one array, got an empty list")


def not_several(name: str, got: Any) -> DTypeError:
    return DTypeError(f"{name}: expected a list of arrays, got {describe(got)}")


def parameter_is_node(name: str, option: str, got: Any) -> GradientError:
    return GradientError(
        f"{name}: no gradient flows to {option}, and {describe(got)} was given for it; "
        "pass a plain number, for instance float(v)"
    )


def not_a_dtype(name: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{name}: expected a dtype of real numbers (numpy.float32, numpy.float64, int, bool, ...), "
        f"got {got!r}"
    )


def axes_reversed(name: str, start: int, end: int) -> ShapeError:
    return ShapeError(f"{name}: the first axis ({start}) must not come after the last ({end})")


def wrong_axes(name: str, axes: tuple[int, ...], shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: the axes {axes} do not match an array of shape {shape}; "
        "expected every axis once (transpose), or as many places as axes (moveaxis)"
    )


def window_option(name: str, option: str, n: int, least: int, got: Any) -> OptionError:
    many = f" or {n} of them, one per axis" if n > 1 else ""
    return OptionError(
        f"{name}: {option} must be a whole number of at least {least}{many}; got {describe(got)}"
    )


def window_ndim(name: str, what: str, n: int, got: tuple[int, ...]) -> ShapeError:
    axes = ["length", "height, width", "depth, height, width"][n - 1]
    kernel = ", ".join(f"kernel {axis}" for axis in axes.split(", "))
    transposed = "transpose" in name
    expected = {
        "x": f"(batch, channels, {axes}) or, for one sample, (channels, {axes}), "
        "with spatial sizes of at least 1",
        "weight": f"(in_channels, out_channels / groups, {kernel}), none of them 0"
        if transposed
        else f"(out_channels, in_channels / groups, {kernel}), none of them 0",
        "columns": "(batch, channels * kernel cells, positions) or, for one sample, without batch",
    }[what]
    return ShapeError(
        f"{name}: {what} must have the shape {expected}; got shape {got}; "
        "reshape it, or add a missing axis with expand_dims"
    )


def window_channels(
    name: str, shape: tuple[int, ...], got: int, expected: int, groups: int
) -> ShapeError:
    in_groups = f" ({groups} groups of {expected // groups})" if groups > 1 else ""
    return ShapeError(
        f"{name}: the weight was made for {expected} input channels{in_groups}, x of shape "
        f"{shape} has {got}; channels come before the spatial axes: transpose x if they stand last"
    )


def window_groups(name: str, groups: int, what: str, channels: int) -> ShapeError:
    return ShapeError(
        f"{name}: groups must divide {what}; got groups={groups} and {channels} {what}; "
        f"choose a divisor of {channels}"
    )


def window_bias(name: str, got: tuple[int, ...], channels: int) -> ShapeError:
    return ShapeError(
        f"{name}: bias must hold one number per output channel, shape {(channels,)}; "
        f"got shape {got}"
    )


def window_too_large(name: str, spans: tuple[int, ...], room: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: the window covers {spans} cells, dilation included, and the padded input has "
        f"only {room}; use a smaller kernel or dilation, or more padding"
    )


def pool_padding(name: str, padding: tuple[int, ...], kernel: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: padding may be at most half of the window, or some windows would see nothing "
        f"else; got padding {padding} for kernel_size {kernel}; pad x beforehand if it is meant"
    )


def same_with_stride(name: str, stride: tuple[int, ...]) -> OptionError:
    return OptionError(
        f'{name}: padding="same" keeps the size, which needs stride 1; got stride {stride}; '
        "give the padding as numbers instead"
    )


def output_padding_too_large(
    name: str, got: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> OptionError:
    return OptionError(
        f"{name}: output_padding must be smaller than stride or dilation; "
        f"got output_padding {got}, stride {stride}, dilation {dilation}"
    )


def nothing_left(name: str, size: tuple[int, ...], padding: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: the output would have the spatial size {size}, expected at least 1 along each "
        f"axis; padding cuts off cells here, use less than {padding}"
    )


def fold_columns(
    name: str, got: tuple[int, ...], cells: int, positions: int, size: tuple[int, ...]
) -> ShapeError:
    return ShapeError(
        f"{name}: an output of size {size} is made of {positions} positions of {cells} cells per "
        f"channel; expected columns of shape (batch, a multiple of {cells}, {positions}), "
        f"got shape {got}"
    )


def sparse_axis(axis: Any) -> OptionError:
    return OptionError(
        f"take: sparse=True keeps the gradient as rows, so it needs axis=0; got axis={axis}"
    )


def wrong_rows(shape: Any, indices: Any, values: Any) -> ShapeError:
    return ShapeError(
        "RowGradient: expected one-dimensional indices and one row of the table for each; got "
        f"indices of shape {indices} and values of shape {values} for a table of shape {shape}"
    )


def not_rows(indices: Any, shape: tuple[int, ...]) -> IndexingError:
    return IndexingError(
        f"RowGradient: indices must be whole numbers from 0 to {shape[0] - 1}, the rows of a table "
        f"of shape {shape}; got {describe(indices)}" + _range(indices)
    )


def _range(numbers: Any) -> str:
    return f" with numbers from {numbers.min()} to {numbers.max()}" if numbers.size else ""
