"""Normalisation, embedding and other layers, recurrence and attention."""

from __future__ import annotations

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
    StateError,
)

Shape = tuple[int, ...]


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
