"""Losses, optimisers and schedules, data, training, files and pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.errors import (
    DomainError,
    DTypeError,
    GradientError,
    IndexingError,
    OptionError,
    OutputError,
    ShapeError,
    describe,
    listing,
)
from nn.errors.kinds import (
    DivergedError,
    FileError,
    NoGradientWarning,
    StateError,
)

Shape = tuple[int, ...]


def wrong_element_weights(loss: str, option: str, expected: Shape, got: Shape) -> ShapeError:
    return ShapeError(
        f"{loss}: {option} must broadcast to the shape of the predictions, {expected}, got {got}"
    )


def element_outside(
    loss: str, what: str, low: float, high: float, got: float, where: Shape
) -> DomainError:
    bounds = f"at least {low:g}" if high == float("inf") else f"between {low:g} and {high:g}"
    return DomainError(f"{loss}: {what} must be {bounds}, got {got:g} (at index {where})")


def not_a_sign(loss: str, got: float, where: Shape) -> DomainError:
    return DomainError(
        f"{loss}: each target must be 1 or -1, got {got:g} (at index {where}); "
        "labels 0 and 1 become those by 2 * target - 1"
    )


def one_target_each(loss: str, inputs: Shape, expected: Shape, got: Shape) -> ShapeError:
    return ShapeError(
        f"{loss}: for inputs of shape {inputs}, the target must have shape {expected}, got {got}"
    )


def wrong_variances(expected: Shape, got: Shape) -> ShapeError:
    return ShapeError(
        f"gaussian_nll_loss: var must have the shape of the predictions, {expected}, one number "
        f"per row, {(*expected[:-1], 1)}, or be a single number; got shape {got}"
    )


def unequal_triplet(anchor: Shape, positive: Shape, negative: Shape) -> ShapeError:
    return ShapeError(
        f"triplet_margin_loss: anchor, positive and negative must have one shape, got {anchor}, "
        f"{positive} and {negative}"
    )


def wrong_slopes(input: Shape, weight: Shape) -> ShapeError:
    return ShapeError(
        f"prelu: expected one slope, or one per channel (axis 1 of the input), "
        f"got slopes of shape {weight} for an input of shape {input}"
    )


def no_halves(dim: int, shape: Shape) -> ShapeError:
    return ShapeError(f"glu: axis {dim} must have an even size, to be halved; got shape {shape}")


def no_inplace(layer: str) -> OptionError:
    return OptionError(
        f"{layer}: inplace=True is not supported, because the graph may still need the input; "
        "leave it out, the result is the same"
    )


def not_floats_to_fill(got: Any) -> DTypeError:
    return DTypeError(
        f"init: expected a Tensor or a numpy array of floating-point numbers, got {describe(got)}"
    )


def not_parameters(got: Any) -> DTypeError:
    return DTypeError(
        f"optimiser: expected an iterable of parameters, or of dicts with the key 'params', got "
        f"{describe(got)}; usually it is model.parameters()"
    )


def not_a_parameter(got: Any) -> DTypeError:
    return DTypeError(
        f"optimiser: only leaves can be optimised (a Parameter, a Tensor or a Value that was not "
        f"computed), got {describe(got)}"
    )


def no_parameters() -> OptionError:
    return OptionError("optimiser: got no parameters; does the model have any layers with weights?")


def duplicate_parameter(parameter: Any) -> OptionError:
    name = f" named {parameter.name!r}" if parameter.name else ""
    return OptionError(
        f"optimiser: a parameter{name} was given twice ({describe(parameter)}); it would be moved "
        "twice in each step. List it in one group, once"
    )


def wrong_gradient(parameter: Any, got: Any) -> ShapeError:
    return ShapeError(
        f"optimiser: the gradient of {describe(parameter)} must be an array of that shape, "
        f"got {describe(got)}"
    )


def no_gradient() -> NoGradientWarning:
    return NoGradientWarning(
        "optimiser: no parameter had a gradient, so this step learned nothing; was backward() "
        "called after zero_grad(), and does the loss depend on these parameters?"
    )


def optimiser_mismatch(what: str) -> StateError:
    return StateError(f"load_state_dict: {what}; nothing was changed")


def one_group(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: all parameters must be in one group, because one direction moves them all"
    )


def no_closure(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: step needs a closure, a function that clears the gradients, computes the loss, "
        "calls backward and returns the loss; it is called several times"
    )


def unequal_lengths(lengths: Iterable[int]) -> ShapeError:
    return ShapeError(f"train_test_split: arrays of one length are needed, got {listing(lengths)}")


def option_of_groups(owner: str, option: str) -> OptionError:
    return OptionError(
        f"{owner}: {option} belongs to the groups of parameters, and nobody would read it here; "
        f"write: for group in optimiser.param_groups: group[{option!r}] = ..."
    )


def samples_one_by_one() -> DTypeError:
    return DTypeError(
        "DataLoader: got a list of samples, each with parts of its own; put the parts into arrays "
        "first: DataLoader((np.stack([x for x, _ in samples]), np.array([y for _, y in samples])))"
    )


def bad_data(got: Any) -> DTypeError:
    return DTypeError(
        f"DataLoader: expected an array, or a tuple of arrays with one sample per row, got "
        f"{describe(got)}"
    )


def unequal_data(lengths: Iterable[int]) -> ShapeError:
    return ShapeError(
        f"DataLoader: all arrays need the same number of samples (first axis), got "
        f"{listing(lengths)}"
    )


def data_wants_gradient(got: Any) -> GradientError:
    return GradientError(
        f"DataLoader: data cannot ask for a gradient, got {describe(got)}; hand in tensor.detach()"
    )


def no_windows(length: int, needed: int, elements: int) -> ShapeError:
    return ShapeError(
        f"windows: a window of length {length} needs {needed} elements, the sequence has "
        f"{elements}; choose a shorter length, or drop_last=False to keep a short window"
    )


def ragged_windows(lengths: Iterable[int]) -> ShapeError:
    return ShapeError(
        f"windows: the windows have different lengths ({listing(lengths)}) and do not fit in one "
        "array; leave the short last one out with drop_last=True, or loop over the windows"
    )


def cannot_split(windows: int) -> ShapeError:
    return ShapeError(
        f"windows: {windows} windows cannot be split into two parts that share no element; "
        "take a longer sequence or shorter windows"
    )


def diverged(loss: float, epoch: int, step: int, history: Any) -> DivergedError:
    error = DivergedError(
        f"fit: the loss is {loss} at step {step}, in epoch {epoch}, and the step was not taken; "
        "try a smaller learning rate, clip_norm=1.0, or look for nan in the data "
        "(autograd.detect_anomaly names the operation)"
    )
    error.history = history
    return error


def bad_batch(got: Any) -> DTypeError:
    return DTypeError(
        f"fit: each batch must be a tuple of one or more inputs and the target, got {describe(got)}"
    )


def data_used_up(epoch: int) -> OptionError:
    return OptionError(
        f"fit: the data gave no batch in epoch {epoch}; data must be something that can be looped "
        "over once per epoch and holds a batch: a DataLoader, a list of batches, a tuple of arrays"
    )


def no_state_returned(got: Any) -> DTypeError:
    return DTypeError(
        f"fit: with state=..., the model is called as model(input, state) and must return a tuple "
        f"(output, new state), got {describe(got)}"
    )


def loss_not_one_number(got: Any) -> ShapeError:
    return ShapeError(f"fit: the loss must be a Tensor of one number, got {describe(got)}")


def unknown_quantity(name: str, known: Iterable[str]) -> OptionError:
    return OptionError(f"fit: there is no {name!r} to monitor; this run records {listing(known)}")


def unreadable(path: Any, why: str) -> FileError:
    return FileError(f"load: {path} cannot be used: {why}; nothing was changed")


def unwritable(path: Any, why: str) -> OutputError:
    return OutputError(f"save: {path} cannot be written: {why}; an older file there is untouched")


def cannot_save(name: str, got: Any) -> DTypeError:
    return DTypeError(
        f"save: {name} is {describe(got)}, which these files cannot hold; they hold arrays of real "
        "numbers (float16 to float64, integers, booleans), numbers, text, None, lists, tuples and "
        "dicts of them"
    )


def bad_part(name: str, expected: str, got: Any) -> StateError:
    return StateError(
        f"checkpoint: {name} must be {expected}, got {describe(got)}; nothing was changed"
    )


def other_parts(missing: Iterable[str], unexpected: Iterable[str]) -> StateError:
    words = [f"it has no {listing(missing)}"] if missing else []
    words += [f"it holds {listing(unexpected)}, which was not asked for"] if unexpected else []
    return StateError(f"checkpoint: {' and '.join(words)}; nothing was changed")


def part_refused(name: str, why: Any) -> StateError:
    why = str(why).removesuffix("; nothing was changed").removeprefix("checkpoint: ")
    return StateError(f"checkpoint: {name} does not fit: {why}; nothing was changed")


def folder_in_use(folder: Any) -> OptionError:
    return OptionError(
        f"Checkpoint: {folder} already holds checkpoints, which would be mixed with those of this "
        "run; go on with them (resume=True) or choose another folder"
    )


def nothing_to_draw(owner: str) -> OptionError:
    return OptionError(f"{owner}: there is nothing to draw: no numbers were given")


def no_relu(model: str) -> OptionError:
    return OptionError(
        f"dead_units: no ReLU layer of {model} ran; nn.functional.relu inside a forward cannot be "
        "seen, make it an nn.ReLU()"
    )


def no_such_sample(owner: str, index: int, length: int) -> IndexingError:
    return IndexingError(f"{owner}: there is no sample {index} in a batch of {length}")


def rows_not_taken(owner: str) -> GradientError:
    return GradientError(
        f"{owner}: a gradient of rows, as nn.Embedding(sparse=True) gives it, cannot be used, "
        "because this rule moves every row at every step; SGD, Adagrad and SparseAdam take it, or "
        "leave sparse=True out"
    )


def moves_all_rows(owner: str, option: str, got: float) -> GradientError:
    return GradientError(
        f"{owner}: a gradient of rows, as nn.Embedding(sparse=True) gives it, cannot be used with "
        f"{option}={got}, which moves every row at every step; set it to 0, put the table into a "
        "parameter group of its own, or leave sparse=True out"
    )


def whole_not_taken(owner: str) -> GradientError:
    return GradientError(
        f"{owner}: expected a gradient of rows, as nn.Embedding(sparse=True) gives it, got one for "
        "the whole parameter; use Adam for it"
    )
