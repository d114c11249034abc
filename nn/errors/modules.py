"""Modules, their options and shapes; scalar networks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.errors import (
    DomainError,
    DTypeError,
    IndexingError,
    OptionError,
    ShapeError,
    describe,
    listing,
)
from nn.errors.kinds import (
    MissingForwardError,
    StateError,
)

Shape = tuple[int, ...]


def no_forward(layer: str) -> MissingForwardError:
    return MissingForwardError(
        f"{layer}: a module computes in its method forward(self, ...), and this class has none"
    )


def not_state(state: Any) -> StateError:
    return StateError(
        f"load_state_dict: expected a dict of arrays by name, got {describe(state)}; "
        "it is what state_dict() returns"
    )


def state_mismatch(problems: Iterable[str]) -> StateError:
    return StateError(
        "load_state_dict: the state does not fit, nothing was changed: "
        + "; ".join(problems)
        + ". It must come from a model of the same layers and sizes; strict=False ignores missing "
        "and unexpected names"
    )


def taken_name(owner: str, name: str) -> OptionError:
    return OptionError(
        f"{owner}: {name!r} cannot be the name of a member, because it is taken or holds a dot"
    )


def name_of_method(owner: str, name: str) -> OptionError:
    return OptionError(
        f"{owner}.{name} is a method of every Module, which others call; choose another name for "
        "the member"
    )


def members_in_set(name: str) -> DTypeError:
    return DTypeError(
        f"{name}: a set of layers or parameters has no order, so they have no names; use a list"
    )


def same_name(name: str) -> OptionError:
    return OptionError(
        f"two different things in this module are both called {name!r}, and only one could be "
        "saved; give attributes and the keys of dicts other names"
    )


def tuple_for_input(count: int) -> DTypeError:
    return DTypeError(
        f"a layer got a tuple of {count} where it expects one array; a recurrent layer returns "
        "(output, state) and attention (output, weights): unpack it, and hand the output on"
    )


def not_a_module(owner: str, got: Any) -> DTypeError:
    if isinstance(got, (list, tuple)):
        advice = f"; layers in a list need a star: {owner}(*layers)"
    elif isinstance(got, type):
        advice = f"; make one of it: {got.__name__}(...)"
    elif callable(got):
        advice = "; put a function into the forward of a Module of your own"
    else:
        advice = ""
    return DTypeError(f"{owner}: expected layers (Modules), got {describe(got)}{advice}")


def array_for_parameter(owner: str, name: str) -> DTypeError:
    return DTypeError(
        f"{owner}.{name} is a parameter, and a plain array in its place would not learn; write "
        f"layer.{name}.data = array for other numbers, or layer.{name} = nn.Parameter(array) for "
        "a parameter of another shape"
    )


def no_such_layer(index: Any, length: int) -> IndexingError:
    return IndexingError(f"Sequential: there is no layer {index!r} among its {length}")


def bad_option(owner: str, option: str, expected: str, got: Any) -> OptionError:
    return OptionError(f"{owner}: {option} must be {expected}, got {got!r}")


def bad_generator(got: Any) -> DTypeError:
    return DTypeError(
        f"generator: expected a numpy.random.Generator, a seed (an integer >= 0) or None, "
        f"got {describe(got)}"
    )


def unknown_names(owner: str, what: str, got: Iterable[str], known: Iterable[str]) -> OptionError:
    return OptionError(f"{owner}: unknown {what} {listing(got)}; it takes {listing(known)}")


def wrong_input(layer: str, expected: str, got: Shape) -> ShapeError:
    return ShapeError(f"{layer}: expected an input of shape {expected}, got shape {got}")


def unequal_shapes(loss: str, prediction: Shape, target: Shape) -> ShapeError:
    return ShapeError(
        f"{loss}: prediction and target must have one shape, got {prediction} and {target}; "
        "reshape one of them (broadcasting here is nearly always a mistake)"
    )


def wrong_target(loss: str, prediction: Shape, expected: Shape, target: Shape) -> ShapeError:
    return ShapeError(
        f"{loss}: for predictions of shape {prediction}, the target must have shape {expected} "
        f"(one class label each) or {prediction} (a probability per class), got {target}"
    )


def wrong_class_weights(loss: str, classes: int, got: Shape) -> ShapeError:
    return ShapeError(f"{loss}: weight needs one number per class, shape ({classes},), got {got}")


def no_class_axis(loss: str) -> ShapeError:
    return ShapeError(
        f"{loss}: predictions need an axis of classes, (C,) or (N, C, ...), got a single number"
    )


def labels_not_integers(loss: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{loss}: class labels are integers, got {got}; convert them with .astype(int), or hand in "
        "probabilities in the shape of the predictions"
    )


def label_outside(loss: str, label: int, where: Shape, classes: int) -> DomainError:
    return DomainError(
        f"{loss}: label {label} (at index {where}) is outside the {classes} classes, "
        f"which are 0 to {classes - 1}"
    )


def other_architecture(mine: str, theirs: str) -> ShapeError:
    return ShapeError(
        f"MLP: the array network must be a Sequential of the same layers, {mine}; got {theirs}"
    )
