"""Functions of functions, checks, operations of one's own, and numpy's functions on nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.errors.kinds import (
    DTypeError,
    GradientError,
    OptionError,
    PlatformError,
    ShapeError,
)
from autograd.errors.words import describe, listing


def not_scalar_function(name: str, shape: tuple[int, ...]) -> GradientError:
    return GradientError(
        f"{name}: the function must return one number, it returned shape {shape}; reduce it "
        "(.sum() or .mean()), or use autograd.jacobian for all slopes of all outputs"
    )


def not_a_node(name: str, out: Any) -> DTypeError:
    return DTypeError(
        f"{name}: the function must return one number (a Value or a one-element Tensor), "
        f"it returned {describe(out)}; use jacobian or vjp for several outputs"
    )


def no_such_argument(got: Any, count: int) -> OptionError:
    return OptionError(
        f"argnums: must name positional arguments of the call, from 0 to {count - 1} "
        f"(there were {count}), got {got!r}; pass the argument by position"
    )


def integers_differentiated(dtype: Any) -> DTypeError:
    return DTypeError(
        f"only floating-point arrays can be differentiated by, got {dtype}; convert the argument "
        "first (x.astype(float)), or leave it out of argnums"
    )


def cannot_differentiate(x: Any) -> DTypeError:
    return DTypeError(
        f"cannot differentiate by {describe(x)}: expected numbers, arrays, Values, Tensors, or "
        "lists, tuples and dictionaries of them; leave this argument out of argnums"
    )


def wrong_tree(name: str, what: str, expected: int, got: int) -> ShapeError:
    return ShapeError(
        f"{name}: the {what} must have the structure of what they belong to: expected {expected}, "
        f"got {got}"
    )


def wrong_direction(name: str, expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: a direction or upstream gradient must have the shape of what it belongs to, "
        f"{expected}; got shape {got}"
    )


def checkpoint_result(out: Any) -> DTypeError:
    return DTypeError(
        f"checkpoint: the function must return one Value or Tensor, it returned {describe(out)}; "
        "join several results with stack or concatenate, and take them apart outside"
    )


def checkpoint_differs(first: Any, again: Any) -> GradientError:
    return GradientError(
        "checkpoint: the function gave something else when it ran again for backward "
        f"({describe(first)} before, {describe(again)} now), so its gradient would be wrong; pass "
        "checkpoint(..., generator=) what it draws random numbers from, and change nothing it reads"
    )


def needs_matrix(name: str, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: expected an array with at least two axes, got shape {shape}; "
        "diag(x) makes a matrix of a vector, expand_dims adds an axis"
    )


def needs_vector_or_matrix(name: str, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: expected one or two axes, got shape {shape}; "
        "use diagonal(x, axis1=..., axis2=...) for more"
    )


def no_axis_to_join(got: Any) -> ShapeError:
    return ShapeError(
        f"concatenate: expected arrays with at least one axis, got {describe(got)}; "
        "use stack([...]) to make an array of single numbers"
    )


def do_not_join(name: str, shapes: Iterable[tuple[int, ...]], where: str) -> ShapeError:
    return ShapeError(
        f"{name}: the arrays must have as many axes, and the same size {where}; "
        f"got the shapes {listing(shapes)}"
    )


def uneven_split(count: int, size: int, axis: int) -> ShapeError:
    return ShapeError(
        f"split: axis {axis} of size {size} does not divide into {count} equal pieces; "
        "pass the places to cut at instead, for instance split(x, [2, 5])"
    )


def wrong_repeats(counts: Any, size: int, axis: int) -> ShapeError:
    return ShapeError(
        f"repeat: expected one count, or {size} of them (the size of axis {axis}), none negative; "
        f"got {describe(counts)}"
    )


def negative_count(name: str, option: str, got: Any) -> ShapeError:
    return ShapeError(f"{name}: {option} must not be negative, got {got}")


def wrong_widths(got: Any, ndim: int) -> ShapeError:
    return ShapeError(
        "pad: expected widths of 0 or more: one whole number, (before, after), or a pair for each "
        f"of the {ndim} axes; got {describe(got)}"
    )


def nothing_to_check() -> DTypeError:
    return DTypeError(
        "gradcheck: none of the inputs is a floating-point number, array, Value or Tensor, "
        "so there is nothing to differentiate by"
    )


def wrong_rules(name: str, expected: str, got: str) -> OptionError:
    return OptionError(f"operation {name}: expected {expected}, got {got}; pass vjp=(rule, rule)")


def function_expected(what: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{what}: expected a function, got {describe(got)}; hand in the function itself, f and not "
        "f(x)"
    )


def function_not_applied(name: str) -> GradientError:
    return GradientError(f"{name}: a Function is not instantiated; call {name}.apply(...)")


def function_incomplete(name: str) -> GradientError:
    return GradientError(
        f"{name}: a Function needs two static methods, forward(ctx, *inputs) and backward(ctx, g)"
    )


def function_result(name: str, out: Any) -> DTypeError:
    return DTypeError(
        f"{name}.forward: must return one number or array, it returned {describe(out)}; "
        "stack several results into one array, and take them apart outside"
    )


def function_gradients(name: str, expected: int, got: int) -> GradientError:
    return GradientError(
        f"{name}.backward: must return one gradient per input, {expected}, it returned {got}; "
        "return None in the place of an input that gets no gradient"
    )


def function_gradient_shape(
    name: str, expected: tuple[int, ...], got: tuple[int, ...]
) -> ShapeError:
    return ShapeError(
        f"{name}.backward: returned a gradient of shape {got} for an input of shape {expected}; "
        "sum it over the axes that were broadcast"
    )


def function_kept(name: str, what: str, thing: Any) -> GradientError:
    return GradientError(
        f"{name}.backward: cannot be differentiated again, because ctx.{what} ({describe(thing)}) "
        "is neither an input nor the output of forward: how it depends on the inputs is unknown. "
        "Save inputs and the output only and compute the rest from them in backward, pass "
        "constants as keyword options of apply, or use the autograd.operation decorator"
    )


def protocol_argument(name: str, argument: str, value: Any) -> GradientError:
    return GradientError(
        f"numpy.{name}: the argument {argument}={value!r} cannot be followed by a gradient; "
        f"leave {argument} out, or use x.detach().numpy() if no gradient is meant"
    )


def protocol_call(name: str, error: Exception) -> DTypeError:
    return DTypeError(f"numpy.{name}: {error}")


def into_array(name: str) -> GradientError:
    return GradientError(
        f"numpy.{name}: writing the result into an existing array (out=, or array += tensor) "
        "would lose its gradient; make a new one, as in array = array + tensor"
    )


def value_in_array() -> GradientError:
    return GradientError(
        "a Value records always, and turning it into a plain array would lose its gradient; use "
        "autograd.stack([v1, v2, ...]) to make a Tensor of Values, or v.item() for the number alone"
    )


def no_glibc() -> PlatformError:
    return PlatformError(
        "keep_memory needs the allocator of glibc, the C library of most Linux systems, and this "
        "process has another; leave the call out: everything works without it"
    )


def mallopt_refused() -> PlatformError:
    return PlatformError(
        "keep_memory: the allocator of glibc did not accept the settings (mallopt returned 0); "
        "leave the call out: everything works without it"
    )
