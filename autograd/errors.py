"""Every message in one place.

An error says what was expected, what came, and what to do about it. Each function here builds
one exception, ready to `raise`; the classes are what callers catch. All of them are
`AutogradError`s, and each is also the built-in kind a Python programmer would expect.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


class AutogradError(Exception):
    """The base of everything this library raises on purpose."""


class ShapeError(AutogradError, ValueError):
    """Shapes, axes or sizes that do not go together."""


class DTypeError(AutogradError, TypeError):
    """Data of a kind that cannot be used here: text, objects, complex numbers, integers."""


class OptionError(AutogradError, ValueError):
    """An option with a value it does not have."""


class DomainError(AutogradError, ValueError):
    """Data for which an operation has no answer: a singular matrix, a label outside its classes."""


class IndexingError(AutogradError, IndexError):
    """An index or axis outside the array."""


class GradientError(AutogradError, RuntimeError):
    """A gradient that cannot be had: nothing was recorded, or no rule is known."""


class ChangedError(GradientError):
    """An array was changed in place between the forward and the backward pass."""


class AnomalyError(AutogradError, FloatingPointError):
    """`detect_anomaly` saw the first nan or infinity."""


def describe(x: Any) -> str:
    """What `x` is, in a few words: kind, shape and dtype.

    >>> import numpy as np
    >>> describe(np.zeros((3, 4), np.float32))
    'float32 array of shape (3, 4)'
    >>> describe(2.0), describe(None)
    ('the number 2.0', 'None')
    """
    if isinstance(x, np.ndarray):
        return f"{x.dtype} array of shape {x.shape}"
    if hasattr(x, "op") and hasattr(x, "data"):
        inner = getattr(x, "_data", None)
        inner = x.data if inner is None else inner  # a Tensor's `data` would hand its array out
        kind = type(x).__name__
        return f"{kind} {inner!r}" if isinstance(inner, float) else f"{kind} of {describe(inner)}"
    if x is None:
        return "None"
    number = isinstance(x, (bool, int, float, np.generic))
    text = str(x) if number else repr(x)
    kind = "number" if number else type(x).__name__
    return f"the {kind} {text if len(text) <= 60 else text[:57] + '...'}"


def listing(items: Iterable[Any]) -> str:
    """The items, comma-separated, the last after 'and'."""
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


# --- operations -------------------------------------------------------------------------------


def kernel_failed(name: str, operands: Iterable[Any], error: Exception) -> AutogradError:
    """numpy's complaint, with the operation's name and what it was given."""
    kinds: dict[type[Exception], type[AutogradError]] = {
        np.exceptions.AxisError: IndexingError,
        np.linalg.LinAlgError: DomainError,
        IndexError: IndexingError,
        TypeError: DTypeError,
        OverflowError: DTypeError,
    }
    kind = next((ours for theirs, ours in kinds.items() if isinstance(error, theirs)), ShapeError)
    given = listing(describe(x) for x in operands)
    return kind(f"{name}: {error}; it was given {given}")


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


# --- backward ---------------------------------------------------------------------------------


def nothing_recorded(node: Any, recording: bool) -> GradientError:
    why = (
        "it was computed while no_grad() was in force"
        if not recording
        else "none of its inputs asked for a gradient; pass requires_grad=True to the Tensor that "
        "should get one"
    )
    return GradientError(f"backward: nothing was recorded for {describe(node)}: {why}")


def node_expected(what: str, got: Any) -> DTypeError:
    return DTypeError(
        f"gradients: {what} must be a Value or a Tensor, got {describe(got)}; "
        "for functions of plain numbers and arrays use autograd.grad"
    )


def list_expected(got: Any) -> DTypeError:
    return DTypeError(f"gradients: expected a list of nodes, got {describe(got)}; write [x]")


def asks_for_none(node: Any) -> GradientError:
    return GradientError(
        f"gradients: the input {describe(node)} asks for no gradient, so nothing was recorded for "
        "it; make it with Tensor(data, requires_grad=True) before computing"
    )


def freed() -> GradientError:
    return GradientError(
        "backward: the graph behind this node was let go of by backward(free=True); "
        "run the forward pass again, or leave free=False on the first backward"
    )


def not_scalar(shape: tuple[int, ...]) -> GradientError:
    return GradientError(
        f"backward: starts from one number, this tensor has shape {shape}; reduce it first "
        "(.sum() or .mean()), or pass the gradient that arrives here: y.backward(upstream)"
    )


def wrong_upstream(expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"backward: the upstream gradient must have the shape of what it belongs to, {expected}; "
        f"got shape {got}"
    )


def wrong_gradient(name: str, expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"{name}: its rule returned a gradient of shape {got} for an input of shape {expected}"
    )


def changed(op: str, node: Any) -> ChangedError:
    return ChangedError(
        f"backward through {op}: an input of it, {describe(node)}, was changed in place after "
        f"{op} had used it, so its gradient would be wrong; call backward() before the change "
        "(an optimiser's step, for instance), or run the forward pass again"
    )


def read_only(name: str) -> GradientError:
    return GradientError(
        f"{name}: the result of an operation cannot be changed in place, because gradients are "
        "computed from it; build a new tensor instead: x.put(index, values), where(mask, a, b) "
        "or stack([...])"
    )


def no_deepcopy(node: Any) -> GradientError:
    return GradientError(
        f"only leaves can be deep-copied, this is the result of {node.op.name}; use x.copy() for "
        "a node of its own in the same graph, or x.detach() for the numbers alone"
    )


def would_lose_gradient() -> GradientError:
    return GradientError(
        "this Tensor asks for a gradient, and turning it into a plain array would lose it; "
        "use x.detach().numpy() to say that this is meant, or the functions of `autograd` "
        "(or numpy's own np.exp(x), np.sum(x), ...), which keep the gradient"
    )


def not_in_protocol(name: str, advice: str = "") -> GradientError:
    return GradientError(
        f"numpy.{name} has no gradient rule here; "
        + (advice or "use a function of `autograd`, or x.detach().numpy() if no gradient is meant")
    )


def anomaly(what: str, op: str, node: Any, where: str) -> AnomalyError:
    return AnomalyError(f"{what} of {op} is the first that is not finite: {describe(node)}{where}")


def not_floating(dtype: Any) -> DTypeError:
    return DTypeError(
        f"parameters are floating-point numbers, got {dtype}; use numpy.float32 or numpy.float64"
    )


def no_item_assignment() -> GradientError:
    return GradientError(
        "item assignment on a Tensor is not recorded; use x = x.put(index, values) to keep the "
        "gradient, or x.data[index] = values to change the numbers of a leaf"
    )


def other_shape(expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"data: a leaf keeps its shape, {expected}; got an array of shape {got}. "
        "Make a new Tensor for it"
    )


def unknown_dtype(dtype: Any) -> DTypeError:
    return DTypeError(
        f"expected a dtype of real numbers, such as numpy.float32 or 'float64', got {dtype!r}"
    )


def final(name: str) -> DTypeError:
    return DTypeError(
        f"{name} cannot be subclassed; hold one in an attribute of a class of your own, or write "
        "functions of it"
    )


def nodes_in_array() -> DTypeError:
    return DTypeError(
        "a Tensor made from nodes would lose their gradients; use autograd.stack([v1, v2, ...])"
    )


def not_one_number(shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"expected exactly one number, got a tensor of shape {shape}; "
        "pick one with t[...], or reduce with .sum() or .mean()"
    )


def no_length() -> DTypeError:
    return DTypeError("len: a tensor of shape () has no length; it holds one number, t.item()")


def no_truth(shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"a tensor of shape {shape} is neither true nor false; "
        "use (t > 0).any() or (t > 0).all(), or autograd.where to choose element by element"
    )


# --- viz ----------------------------------------------------------------------------------------


def no_such_cell(cell: tuple[int, ...], shape: tuple[int, ...]) -> IndexingError:
    return IndexingError(
        f"there is no cell {cell} in shape {shape}; give one index per axis, each from 0 to "
        "the size of its axis less one"
    )


def not_behind(node: Any) -> GradientError:
    return GradientError(
        f"the root does not depend on {describe(node)}, so nothing was sent to it; "
        "pass the node that backward started from as the root"
    )


# --- the command line -----------------------------------------------------------------------------


class OutputError(AutogradError, OSError):
    """A place that cannot be written to."""


def no_folder(path: Any) -> OutputError:
    return OutputError(f"the output folder {path} does not exist; make it first: mkdir {path}")


def read_only_folder(path: Any) -> OutputError:
    return OutputError(
        f"the output folder {path} cannot be written to; choose another with --output FOLDER"
    )


# --- windows: convolution and pooling -------------------------------------------------------------


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


# --- elementwise and n-ary operations ---------------------------------------------------------


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


# --- reductions and linear algebra ------------------------------------------------------------


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


# --- shapes, joining and indexing -------------------------------------------------------------


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


# --- functional -------------------------------------------------------------------------------


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


# --- operations of one's own ------------------------------------------------------------------


def wrong_rules(name: str, expected: str, got: str) -> OptionError:
    return OptionError(f"operation {name}: expected {expected}, got {got}; pass vjp=(rule, rule)")


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


# --- checking ---------------------------------------------------------------------------------


class GradcheckError(AutogradError, AssertionError):
    """`gradcheck` found a gradient that finite differences do not confirm."""


def nothing_to_check() -> DTypeError:
    return DTypeError(
        "gradcheck: none of the inputs is a floating-point number, array, Value or Tensor, "
        "so there is nothing to differentiate by"
    )


# --- numpy's functions on nodes ---------------------------------------------------------------


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
