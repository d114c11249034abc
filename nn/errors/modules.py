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


def not_a_module(owner: str, got: Any) -> DTypeError:
    return DTypeError(f"{owner}: expected layers (Modules), got {describe(got)}")


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
