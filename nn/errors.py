"""Every message of `nn` in one place: what was expected, what came, and what to do about it.

The kinds are those of `autograd.errors`, and those that only networks need. Each function builds
one exception, ready to `raise`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.errors import (
    AutogradError,
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

Shape = tuple[int, ...]


class StateError(AutogradError, ValueError):
    """A saved state that does not belong to this model or optimiser. Nothing was changed."""


class MissingForwardError(AutogradError, NotImplementedError):
    """A module that does not say what it computes."""


class NoGradientWarning(UserWarning):
    """An optimiser took a step, and not one of its parameters had a gradient."""


# --- modules ----------------------------------------------------------------------------------


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


# --- options ----------------------------------------------------------------------------------


def bad_option(owner: str, option: str, expected: str, got: Any) -> OptionError:
    return OptionError(f"{owner}: {option} must be {expected}, got {got!r}")


def bad_generator(got: Any) -> DTypeError:
    return DTypeError(
        f"generator: expected a numpy.random.Generator, a seed (an integer >= 0) or None, "
        f"got {describe(got)}"
    )


def unknown_names(owner: str, what: str, got: Iterable[str], known: Iterable[str]) -> OptionError:
    return OptionError(f"{owner}: unknown {what} {listing(got)}; it takes {listing(known)}")


# --- shapes -----------------------------------------------------------------------------------


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


# --- optimisers -------------------------------------------------------------------------------


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


# --- scalar networks --------------------------------------------------------------------------


def other_architecture(mine: str, theirs: str) -> ShapeError:
    return ShapeError(
        f"MLP: the array network must be a Sequential of the same layers, {mine}; got {theirs}"
    )


# --- data -------------------------------------------------------------------------------------


def unequal_lengths(lengths: Iterable[int]) -> ShapeError:
    return ShapeError(f"train_test_split: arrays of one length are needed, got {listing(lengths)}")


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


# --- training ---------------------------------------------------------------------------------


class DivergedError(AutogradError, FloatingPointError):
    """The loss became nan or infinite; the weights are those before the step. See `.history`."""

    history: Any = None


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


# --- files ------------------------------------------------------------------------------------


class FileError(AutogradError, OSError):
    """A file that cannot be read, or is not what it should be. Nothing was changed."""


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


# --- recurrent layers and attention -----------------------------------------------------------


def wrong_state(layer: str, what: str, expected: Shape, got: Shape) -> ShapeError:
    return ShapeError(f"{layer}: expected {what} of shape {expected}, got shape {got}")


def not_a_pair(layer: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{layer}: the state is a pair (h, c) of the hidden and the cell state, got {describe(got)}"
    )


def no_steps(layer: str) -> ShapeError:
    return ShapeError(f"{layer}: the sequence has no time steps; at least one is needed")


def no_projection(layer: str) -> OptionError:
    return OptionError(
        f"{layer}: proj_size (a smaller hidden state by a projection) is not offered; leave it at "
        "0 and put a Linear layer behind"
    )


def dropout_without_effect(layer: str, dropout: float) -> UserWarning:
    return UserWarning(
        f"{layer}: dropout={dropout} acts between layers, behind each but the last, so with "
        "num_layers=1 it does nothing"
    )


def wrong_mask(owner: str, mask: str, expected: str, got: Shape) -> ShapeError:
    return ShapeError(f"{owner}: expected {mask} of shape {expected}, got shape {got}")


def wrong_attention(owner: str, expected: str, got: str) -> ShapeError:
    return ShapeError(f"{owner}: query, key and value need {expected}, got {got}")


def no_causal_mask(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: is_causal is only a remark about attn_mask, which must be given too; "
        "attn_mask=~np.tri(L, S, dtype=bool) is the causal one"
    )


def mask_kind(owner: str, mask: str, got: Any) -> DTypeError:
    return DTypeError(f"{owner}: {mask} must hold booleans or floating-point numbers, got {got}")


# --- optimisers that need more, schedules, clipping, comparing ----------------------------------


def one_group(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: all parameters must be in one group, because one direction moves them all"
    )


def no_closure(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: step needs a closure, a function that clears the gradients, computes the loss, "
        "calls backward and returns the loss; it is called several times"
    )


# --- losses and activations that need more -------------------------------------------------------


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


# --- normalisation ----------------------------------------------------------------------------


def one_value(layer: str, what: str, shape: Shape) -> ShapeError:
    return ShapeError(
        f"{layer}: more than one value per {what} is needed to measure a spread, got input of "
        f"shape {shape}; use a larger batch, or eval() where there are running statistics"
    )


def wrong_affine(layer: str, option: str, expected: Shape, got: Shape) -> ShapeError:
    return ShapeError(f"{layer}: {option} must have shape {expected}, got {got}")


def no_statistics(layer: str) -> OptionError:
    return OptionError(
        f"{layer}: running_mean and running_var are needed to normalise by them, both; without "
        "them it can only use the statistics of its input"
    )


def wrong_statistics(layer: str, option: str, channels: int, got: Any) -> ShapeError:
    return ShapeError(
        f"{layer}: {option} must be a numpy array of shape ({channels},), one number per channel, "
        f"because it is updated in place; got {describe(got)}"
    )


def nothing_to_clip(owner: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{owner}: expected parameters (Tensors or Values) whose gradients are to be clipped, got "
        f"{describe(got)}; usually it is model.parameters()"
    )


def norm_not_finite(total: float) -> DomainError:
    return DomainError(
        f"clipping: the norm of the gradients is {total}, so they cannot be scaled to a norm; "
        "look for the first nan or infinity with autograd.detect_anomaly, or pass "
        "error_if_nonfinite=False to scale by it anyway"
    )


def not_an_optimiser(owner: str, got: Any) -> DTypeError:
    return DTypeError(f"{owner}: expected an optimiser whose rate it sets, got {describe(got)}")


def wrong_count(owner: str, option: str, groups: int, got: int) -> OptionError:
    return OptionError(
        f"{owner}: {option} needs one entry for each of the {groups} parameter groups, got {got}"
    )


def no_initial_lr(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: to start after epoch 0, every parameter group must know its 'initial_lr'; load "
        "the optimiser's state first, or leave last_epoch at -1 and load the schedule's state"
    )


def no_momentum(owner: str) -> OptionError:
    return OptionError(
        f"{owner}: cycle_momentum moves 'momentum' or 'betas', and this optimiser has neither; "
        "pass cycle_momentum=False"
    )


def past_the_end(owner: str, step: int, total: int) -> OptionError:
    return OptionError(f"{owner}: it was made for {total} steps, and this would be step {step}")


def groups_changed(owner: str, before: int, now: int) -> OptionError:
    return OptionError(
        f"{owner}: it was made for {before} parameter groups, and the optimiser has {now} now; "
        "make the schedule after the last add_param_group"
    )


def foreign_schedule(owner: str, index: int, got: Any) -> OptionError:
    return OptionError(
        f"{owner}: entry {index} must be a schedule of the same optimiser that steps without a "
        f"metric, got {describe(got)}"
    )


def schedule_mismatch(owner: str, what: str) -> StateError:
    return StateError(f"{owner}: load_state_dict: {what}; nothing was changed")


# --- pictures ---------------------------------------------------------------------------------


class MissingExtraError(AutogradError, ImportError):
    """A library that only a part of this package needs is not installed."""


def missing_extra(owner: str, library: str, extra: str) -> MissingExtraError:
    return MissingExtraError(
        f"{owner} needs {library}, which is not installed; it comes with the extra {extra!r}: "
        f'pip install "glassgrad[{extra}]"'
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


# --- embedding and other layers ---------------------------------------------------------------


def not_offered(owner: str, what: str, instead: str) -> OptionError:
    return OptionError(f"{owner}: {what} is not supported; {instead}")


def wrong_table(got: Shape) -> ShapeError:
    return ShapeError(f"embedding: weight must be a table, shape (rows, length), got {got}")


def indices_not_integers(got: Any) -> DTypeError:
    return DTypeError(
        f"embedding: the input must hold whole numbers, the rows to pick, got {got}; convert it "
        "with .astype(int)"
    )


def row_outside(row: int, where: Shape, rows: int) -> IndexingError:
    return IndexingError(
        f"embedding: {row} (at index {where}) is outside the table, whose {rows} rows are 0 to "
        f"{rows - 1}"
    )


def wrong_pair(layer: str, first: Shape, second: Shape) -> ShapeError:
    return ShapeError(
        f"{layer}: the two inputs do not go together, got shapes {first} and {second}"
    )


def nothing_to_compare(option: str, got: Any) -> OptionError:
    return OptionError(f"compare: {option} must have at least one entry, got {got!r}")


def no_loss() -> OptionError:
    return OptionError(
        "compare: with data it needs a loss, a function of prediction and target; without data the "
        "model itself gives the loss"
    )


def not_importable(problem: str) -> DTypeError:
    return DTypeError(
        "compare: in several processes, functions are found again by their names, so make, loss "
        "and the optimisers must be defined at the top level of an importable module (no lambda, "
        "no function inside another, nothing typed into a notebook), and a script must call "
        f"compare below if __name__ == '__main__'; or leave processes out. It failed: {problem}"
    )


def border_too_wide(mode: str, width: tuple[int, ...], size: int) -> ShapeError:
    return ShapeError(
        f"pad: a border of {width} does not fit mode {mode!r} on an axis of size {size}; it can "
        "only repeat what is there once"
    )


def no_such_name(name: Any, names: list[str]) -> IndexingError:
    known = listing(names) if names else "none yet"
    return IndexingError(f"ModuleDict: there is no module {name!r}; the names are {known}")
