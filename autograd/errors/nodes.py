"""Values, Tensors and the backward pass."""

from __future__ import annotations

from typing import Any

from autograd.errors.kinds import (
    AnomalyError,
    ChangedError,
    DTypeError,
    GradientError,
    IndexingError,
    OutputError,
    ShapeError,
)
from autograd.errors.words import describe


def nothing_recorded(node: Any, recording: bool) -> GradientError:
    why = (
        "it was computed while no_grad() was in force"
        if not recording
        else "none of its inputs asked for a gradient, or it was computed under no_grad() or from "
        "x.detach(); pass requires_grad=True to the Tensor that should get one"
    )
    return GradientError(f"backward: nothing was recorded for {describe(node)}: {why}")


def node_expected(
    what: str, got: Any, advice: str = "for functions of plain numbers and arrays use autograd.grad"
) -> DTypeError:
    return DTypeError(f"{what} must be a Value or a Tensor, got {describe(got)}; {advice}")


def not_learned(got: Any) -> DTypeError:
    return node_expected("what is learned", got, "write as_parameter(Value(0.5))")


def list_expected(got: Any) -> DTypeError:
    return DTypeError(f"gradients: expected a list of nodes, got {describe(got)}; write [x]")


def asks_for_none(node: Any) -> GradientError:
    return GradientError(
        f"gradients: the input {describe(node)} asks for no gradient, so nothing was recorded for "
        "it; make it with Tensor(data, requires_grad=True) before computing"
    )


def freed(node: Any) -> GradientError:
    called = f" ({node.name})" if node.name else ""
    return GradientError(
        f"backward(free=True) let go of the graph behind {describe(node)}{called}, to save memory: "
        "no gradient can be sent through it again, and nothing drawn or explained. Compute it "
        "again, and call backward() on the result without free=True if you want to look at the "
        "graph or go through it twice"
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
        "(an optimiser's step, for instance), and look at the graph before it too, or run the "
        "forward pass again"
    )


def read_only(name: str) -> GradientError:
    return GradientError(
        f"{name}: the result of an operation cannot be changed in place, because gradients are "
        "computed from it; build a new tensor instead: x.put(index, values), where(mask, a, b) "
        "or stack([...])"
    )


def no_deepcopy(node: Any) -> GradientError:
    return GradientError(
        f"only leaves can be deep-copied or pickled, this is the result of {node.op.name}; use "
        "x.copy() for a node of its own in the same graph, or x.detach() for the numbers alone"
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


def no_flag(name: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{name} must be True or False, got {describe(got)}; a dtype is given by name: "
        "Tensor(data, dtype=numpy.float32)"
    )


def masked_array() -> DTypeError:
    return DTypeError(
        "a Tensor has no mask, so the masked elements would come back; fill them first: "
        "Tensor(data.filled(0.0)), or keep the others: Tensor(data.compressed())"
    )


def earlier_gradient(expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"backward adds to the gradient that is in .grad already, and somebody put one of shape "
        f"{got} there, for a tensor of shape {expected}; set .grad = None, or call zero_grad()"
    )


def no_name(got: Any) -> DTypeError:
    return DTypeError(f"name: expected a text, or None for no name, got {describe(got)}")


def no_format(spec: str, shape: tuple[int, ...]) -> ShapeError:
    return ShapeError(
        f"the format {spec!r} is for one number, this is a tensor of shape {shape}; leave it out, "
        "pick a number with t[...], or reduce with .sum() or .mean()"
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


def no_folder(path: Any) -> OutputError:
    return OutputError(f"the output folder {path} does not exist; make it first: mkdir {path}")


def read_only_folder(path: Any) -> OutputError:
    return OutputError(
        f"the output folder {path} cannot be written to; choose another with --output FOLDER"
    )


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
