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
        inner = x.data
        kind = type(x).__name__
        return f"{kind} {inner!r}" if isinstance(inner, float) else f"{kind} of {describe(inner)}"
    if isinstance(x, (bool, int, float, np.generic)):
        return f"the number {x}"
    if x is None:
        return "None"
    text = repr(x)
    return f"the {type(x).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


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
