"""Operations: what they are given, and what numpy says to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.errors.kinds import (
    AutogradError,
    DomainError,
    DTypeError,
    GradientError,
    IndexingError,
    OptionError,
    ShapeError,
)
from autograd.errors.words import describe, listing

# numpy's exceptions: what they are here, and what to do about them.
FROM_NUMPY: list[tuple[type[Exception], type[AutogradError], str]] = [
    (np.exceptions.AxisError, IndexingError, "axes count from 0, or from -1 backwards"),
    (np.linalg.LinAlgError, DomainError, "check the matrix, for instance its det or its symmetry"),
    (IndexError, IndexingError, "indices count from 0, or from -1 backwards"),
    (TypeError, DTypeError, "pass real numbers, and parameters as help(autograd.{name}) has them"),
    (OverflowError, DTypeError, "use numbers that fit into 64 bits"),
    (ValueError, ShapeError, "help(autograd.{name}) says which shapes go together"),
]

# Those ValueErrors of numpy that are not about shapes, by what they say.
BY_TEXT: list[tuple[str, type[AutogradError], str]] = [
    ("negative integer powers", DTypeError, "convert to fractions first: x.astype(float)"),
    ("slice step cannot be zero", IndexingError, "a step is 1, 2, ... or, backwards, -1, -2, ..."),
]

KERNEL_ERRORS = tuple(theirs for theirs, _, _ in FROM_NUMPY)


def kernel_failed(name: str, operands: Iterable[Any], error: Exception) -> AutogradError:
    """numpy's complaint, with the operation's name, what it was given, and what to do."""
    kind, advice = next(
        (ours, advice) for theirs, ours, advice in FROM_NUMPY if isinstance(error, theirs)
    )
    for text, ours, instead in BY_TEXT:
        if text in str(error):
            kind, advice = ours, instead
    given = listing(describe(x) for x in operands)
    reason = str(error).removeprefix(f"{name}: ")
    return kind(f"{name}: {reason}; it was given {given}; {advice.format(name=name)}")


def matmul_shapes(left: tuple[int, ...], right: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"matmul: the last axis of the left and the second last of the right (the only one of a "
        f"vector) must have one size, got shapes {left} and {right}; transpose one of them"
    )


def matmul_number(left: tuple[int, ...], right: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"matmul: takes arrays of at least one axis, got shapes {left} and {right}; for a single "
        "number write x * y"
    )


def no_broadcast(name: str, shapes: Iterable[tuple[int, ...]]) -> ShapeError:
    return ShapeError(
        f"{name}: shapes {listing(shapes)} do not broadcast; aligned from the right, each pair of "
        "sizes must be equal or contain a 1. Reshape one of them, or add an axis with expand_dims"
    )


def not_numeric(x: Any) -> DTypeError:
    return DTypeError(
        f"expected real numbers (float, integer or boolean), got {describe(x)}; "
        "convert the data first, for instance with numpy.asarray(data, dtype=float)"
    )


def ragged(x: Any) -> ShapeError:
    return ShapeError(
        f"expected a rectangular array, got nested lists of unequal length: {describe(x)}; "
        "pad the rows to one length, or keep them as separate tensors"
    )


def not_a_number(x: Any) -> DTypeError:
    return DTypeError(
        f"a Value holds one real number, got {describe(x)}; "
        "use float(...) on it first, or a Tensor for arrays"
    )


def integers_want_gradient(dtype: Any) -> DTypeError:
    return DTypeError(
        f"only floating-point tensors can ask for a gradient, got {dtype}; "
        "convert first: Tensor(data.astype(float), requires_grad=True)"
    )


def unknown_option(name: str, option: str, got: Any, allowed: Iterable[Any]) -> OptionError:
    choices = " or ".join(repr(a) for a in allowed)
    return OptionError(f"{name}: {option} must be {choices}, got {got!r}")


def wrong_count(name: str, expected: str, got: Any) -> DTypeError:
    return DTypeError(f"{name}: takes {expected}, got {got}")


def given_twice(name: str, parameter: str) -> DTypeError:
    return DTypeError(f"{name}: {parameter} was given twice, by position and by name; give it once")


def scalar_kind_missing(name: str) -> DTypeError:
    return DTypeError(
        f"{name}: works on arrays, and got single Values; "
        f"put them into an array first: {name}(stack([v1, v2, ...]))"
    )


def no_derivative(name: str, why: str) -> GradientError:
    return GradientError(
        f"{name}: has no derivative here ({why}), and its input asks for a gradient; "
        "call it on x.detach() if the gradient should stop, or choose another operation"
    )


def not_whole(name: str, option: str, got: Any) -> OptionError:
    return OptionError(f"{name}: {option} must be one whole number, got {describe(got)}")


def no_bounds() -> OptionError:
    return OptionError("clip: needs a lower bound, an upper bound or both; min and max are None")


def bounds_crossed(name: str, low: Any, high: Any) -> OptionError:
    return OptionError(
        f"{name}: min_val must lie below max_val, got {low} and {high}; swap them if they were "
        "given in the wrong order"
    )


def out_of_range(name: str, option: str, expected: str, got: Any) -> OptionError:
    return OptionError(f"{name}: {option} must be {expected}, got {got}")


def unequal_counts(name: str, left: int, right: int) -> ShapeError:
    return ShapeError(
        f"{name}: needs as many numbers on the left as on the right, got {left} and {right}"
    )


def not_a_vector(name: str, got: Any) -> ShapeError:
    return ShapeError(
        f"{name}: takes two sequences of numbers, or two arrays of one axis each; got "
        f"{describe(got)}. For more axes use matmul"
    )


def only_single_numbers(name: str, got: Any, advice: str) -> DTypeError:
    return DTypeError(f"{name}: takes single numbers, got {describe(got)}; {advice}")


def empty_reduction(name: str, shape: tuple[int, ...], axis: Any) -> ShapeError:
    where = "all axes" if axis is None else f"axis {axis}"
    return ShapeError(
        f"{name}: needs at least one element, and an array of shape {shape} has none along "
        f"{where}; check the shape first, or choose another axis"
    )


def too_few(name: str, ddof: Any, found: int) -> ShapeError:
    return ShapeError(
        f"{name}: ddof={ddof} needs more than {ddof} elements along the axis, got {found}; "
        "use ddof=0, or reduce over more elements"
    )


def one_array_or_numbers(name: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{name}: takes one array, or several single numbers, or one list of them; got {got}; "
        f"to compare arrays element by element use {name}imum(a, b), to join them stack([a, b])"
    )


def wrong_k(k: Any, size: int) -> ShapeError:
    return ShapeError(f"topk: k must be an integer from 0 to the axis size {size}, got {k!r}")


def norm_refused(ord: Any, kind: str, advice: str) -> OptionError:
    return OptionError(f"norm: ord={ord!r} is not offered for {kind}; {advice}")


def not_square(name: str, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: expected square matrices, shape (..., n, n), got shape {shape}; "
        "the last two axes must have one size"
    )


def singular(name: str) -> DomainError:
    return DomainError(
        f"{name}: a matrix is singular (its rows are linearly dependent), so there is no answer; "
        "check the data, or add a small multiple of the identity matrix to it"
    )


def not_positive_definite() -> DomainError:
    return DomainError(
        "cholesky: a matrix is not positive definite, so it has no such factor; make it "
        "symmetric, or add a small multiple of the identity matrix to it"
    )


def linear_shapes(x: tuple[int, ...], weight: tuple[int, ...], bias: Any) -> ShapeError:
    return ShapeError(
        "linear: expected x of shape (..., in), weight (out, in) and bias (out,) or None; got "
        f"{x}, {weight} and {bias}; PyTorch's weight layout is the transpose of x @ w"
    )


def einsum_text(subscripts: Any, why: str) -> OptionError:
    return OptionError(
        f"einsum: cannot read the subscripts {subscripts!r}: {why}; write them as in "
        "'ij,jk->ik', one letter per axis, '...' for any further axes"
    )


def einsum_sizes(subscripts: str, letter: str, sizes: Iterable[int]) -> ShapeError:
    return ShapeError(
        f"einsum: in {subscripts!r} the letter {letter} stands for axes of sizes "
        f"{listing(sizes)}; one letter has one size (or 1)"
    )


def tensordot_axes(x: tuple[int, ...], y: tuple[int, ...], axes: Any) -> ShapeError:
    return ShapeError(
        f"tensordot: axes={axes!r} do not pair up axes of equal size of shapes {x} and {y}; give a "
        "number of axes (last of the first, first of the second), or two lists of equal length"
    )
