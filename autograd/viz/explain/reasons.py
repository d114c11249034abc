"""The sentences of explanations and of guesses; those of all views are in `words`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.viz.numbers import brief, number, shape_text, signed
from autograd.viz.words import (
    BLOCKED,
    CANCELLED,
    NOT_ASKED,
    NOT_REACHED,
    STARVED,
    leaf,
    listing,
    sentence,
    zero_sentence,
)

if TYPE_CHECKING:
    from autograd.viz.explain.nudge import Nudge
    from autograd.viz.items import Trace

ROUTERS = frozenset({"max", "min", "maximum", "minimum", "max_pool"})  # one input wins, others lose
FEW_NAMES = 8  # that are all said

ROUNDED = "Rounded: some of these numbers have more digits than are shown."
UNEVEN = (
    "The two do not agree: on the way, a rule says something else than the slope of its operation, "
    "on purpose or by mistake (gradcheck finds out which)."
)
HOOKED = "The two need not agree: a hook on the way may have put another gradient in its place."


def question(name: str, total: Any, zero: str | None) -> str:
    """The headline of an explanation."""
    if total is None:
        return f"Why has {name} no gradient?"
    if np.ndim(total):
        return f"Where does the gradient of {name} come from?"
    return f"Why is the gradient of {name} {signed(total)}?"


def made(name: str, formula: str, data: Any, kind: str) -> str:
    """What a node is: how it was computed, and what came out."""
    if formula:
        how = name if name == formula else f"{name} = {formula}"
        return f"{how} = {brief(data)}."
    return f"{name} = {brief(data)}, {leaf(kind)}."


def cell_of(name: str, value: float, node: str, shape: tuple[int, ...], formula: str) -> str:
    """What one cell of an array is."""
    how = f" = {formula}" if formula else ""
    return f"{name} = {number(value)}, one of the {shape_text(shape)} cells of {node}{how}."


def uses(count: int, cells: bool) -> str:
    """How many things read a node, and so how many contributions there are."""
    if count == 1:
        return f"{'One cell reads it' if cells else 'It is used once'}: there is one contribution."
    who = f"{count:,} cells read it: each" if cells else f"It is used {count:,} times: each use"
    return f"{who} sends upstream x slope, and they are added."


def seeded(name: str, seed: Any) -> str:
    """Why the root has its gradient."""
    if np.ndim(seed) == 0 and seed == 1.0:
        return (
            f"The backward pass starts here: nudged by 1, {name} moves by 1. So its gradient is 1."
        )
    return f"The backward pass starts here: {name} was given the gradient {brief(seed)}."


WON, TIE_SHARED, A_CONSTANT = "won", "tie: shared", "a constant"


def won_tie(other: str) -> str:
    """How an input fared in a maximum that another input ties in."""
    return f"won the tie with {other}: it comes first"


LOST_TIE = "lost the tie: "


def lost(winner: str, tie: bool) -> str:
    """The same for one that did not win."""
    return f"{LOST_TIE}{winner} comes first" if tie else f"lost to {winner}"


def tie_reason(name: str, senders: list[str]) -> str:
    """Why one that ties with the winner has no gradient, though a nudge may be felt."""
    return (
        f"{name} ties with the winner, and at a tie the first takes the whole gradient. A nudge to "
        f"one side would change {listing(senders)}, to the other it would not."
    )


def kink_reason(name: str, senders: list[str]) -> str:
    """Why a number has no gradient that stands exactly where a slope changes."""
    return (
        f"{name} stands exactly at a kink of {listing(senders)}: the slopes to its two sides "
        "differ, and the rule takes 0."
    )


def more_cells(name: str, count: int) -> str:
    """Readers that share a row."""
    return f"{name}, {count:,} more cells"


def more_uses(count: int) -> str:
    """The smaller of very many contributions, which share a row."""
    return f"{count:,} more uses"


ZERO_ROWS = {BLOCKED: "blocked: slope 0", STARVED: "starved: nothing arrived"}


IDLE = {STARVED: "nothing arrived", NOT_REACHED: "nobody reads them"}


def idle(kind: str, count: int, cells: bool, *, among: bool) -> tuple[str, str]:
    """Many readers, or cells, and the one thing to say of them. among: others are told.

    >>> idle(STARVED, 12, True, among=True), idle(NOT_REACHED, 5, False, among=False)
    (('12 more cells', 'nothing arrived'), ('5 uses', 'nobody reads them'))
    """
    return f"{count:,} {'more ' * among}{'cells' if cells else 'uses'}", IDLE[kind]


def constants(names: list[str]) -> str:
    """Why constants have no gradient."""
    named = ", ".join(names) if len(names) <= FEW_NAMES else listing(names)
    return f"{named} {'are constants' if len(names) > 1 else 'is a constant'}: nobody asked."


def absences(trace: Trace) -> list[str]:
    """Why gradients are 0 or missing: the kind and its sentence, each once."""
    told = [
        f"{item.zero}: {zero_sentence(item.zero, item, trace)}"
        for item in trace.items
        if item.zero is not None and item.zero != NOT_ASKED
    ]
    names = [item.name for item in trace.items if item.zero == NOT_ASKED]
    if names:
        told.append(f"{NOT_ASKED}: {constants(list(dict.fromkeys(names)))}")
    return list(dict.fromkeys(told))


def cell_unread(name: str, senders: list[str]) -> str:
    """Why a cell of an array that was read has no gradient: nobody looked at this cell."""
    return f"No cell of {listing(senders)} reads {name}, so nothing depends on it."


def left_over(name: str, grad: Any, total: Any) -> str:
    """What to say where `.grad` is not what this pass brought."""
    return (
        f"{_has(name, grad, total)}: the other {brief(grad - total)} is from earlier passes that "
        "nobody cleared. Call zero_grad() before each pass."
    )


def hooked(name: str, grad: Any, total: Any, leaf: bool) -> str:
    """The same where a hook saw the gradient; that of a leaf may be of earlier passes as well."""
    perhaps = ", or earlier passes are in it" * leaf
    return (
        f"{_has(name, grad, total)}: a hook put another gradient in its place{perhaps}. The sums "
        "shown are those before the hook."
    )


def _has(name: str, grad: Any, total: Any) -> str:
    return f"{name}.grad is {brief(grad)}, and this pass brought {brief(total)}"


def another_root(root: str, name: str) -> str:
    """What to do if the pass that was found is not the one that was meant."""
    return (
        f"{root} is the latest result with a backward pass that is known. If you mean another: "
        f"call backward() on it, or say where to start, why({name}, root=result)."
    )


def how_to_ask(name: str, cell: tuple[int, ...]) -> str:
    """How to ask about one cell."""
    where = str(cell[0]) if len(cell) == 1 else f"({', '.join(map(str, cell))})"
    return f"One cell at a time: why({name}, {where})."


SAID_ZERO = {
    BLOCKED: "0, blocked.",
    STARVED: "0, starved.",
    CANCELLED: "0, cancelled.",
    NOT_REACHED: "None, not reached.",
    NOT_ASKED: "None, not asked.",
}


def more(count: int) -> str:
    """What was left out of a list."""
    return f"{count:,} more"


def more_paths(count: int, at_least: bool) -> str:
    """The paths that are not shown."""
    return "and very many more" if at_least else f"and {count:,} more"


def left_out(steps: int) -> str:
    """The middle of a long path."""
    return f"... {steps:,} steps ..."


def times(upstream: float | None, local: float) -> str:
    """One product: upstream x slope."""
    return f"{number(upstream or 0.0)} x {number(local)}"


def sum_of_products(factors: Sequence[tuple[float, float]], most: int) -> str:
    """A sum of products: upstream x slope. Of many the first; those that are 0 go first.

    >>> sum_of_products([(2.0, 0.5), (3.0, 0.0)], 4), sum_of_products([(0.0, 1.0), (2.0, 3.0)], 1)
    ('2 x 0.5 + 3 x 0', '2 x 3 + 1 more of 0')
    """
    shown = list(factors)
    if len(shown) > most:
        shown = [pair for pair in factors if pair[0] * pair[1] != 0.0]
    rest = "more of 0" if len(shown) <= most else "more"
    terms = [times(*pair) for pair in shown[:most]]
    if len(terms) < len(factors):
        terms.append(f"{len(factors) - len(terms):,} {rest}")
    return " + ".join(terms)


def largest(cells: Sequence[tuple[str, float]]) -> str:
    """The cells with the largest gradients."""
    return "Largest: " + ", ".join(f"{name} {signed(x)}" for name, x in cells) + "."


def short_for(formulas: Sequence[tuple[str, str]]) -> str:
    """What the names of senders stand for that have none of their own."""
    return "Here " + listing([f"{name} = {formula}" for name, formula in formulas]) + "."


def zero_cells(zeros: int, cells: int) -> str:
    """How many cells of a gradient are 0."""
    return f"{zeros:,} of {count_of(cells)} have gradient 0."


def measure(root: str, seed: Any) -> str:
    """What L is where the root is not one number with gradient 1."""
    if np.ndim(seed) == 0:
        return f"L stands for {number(float(seed))} x {root}."
    return f"L stands for the sum of upstream gradient x {root}."


def nudge_text(nudge: Nudge, name: str, root: str) -> str:
    """What moving a number did."""
    if nudge.kind == "none":
        return f"Nudge: {root} is no finite number here, so there is nothing to compare."
    step = number(nudge.step, 4)
    up = f"raise {name} by {step}: {root} {_went(nudge.up)}"
    down = f"lower {name} by {step}: {root} {_went(nudge.down)}"
    ledger = f"the ledger says {signed(nudge.ledger, 4)}"
    if nudge.kind == "slope":
        if nudge.up == nudge.down == 0.0:
            return f"Nudge: {up}. {sentence(ledger)}"
        return f"Nudge: {up}, slope {number(nudge.right, 4)}; {ledger}."
    if nudge.kind == "flat":
        return (
            f"Nudge: {up}; {down}. The smaller the step, the flatter it is: slope 0, and {ledger}."
        )
    if nudge.kind == "kink":
        sides = f"{up}, slope {number(nudge.right, 4)}; {down}, slope {number(nudge.left, 4)}"
        return f"Nudge: {sides}. The two sides differ: a tie or a kink. {sentence(ledger)}"
    if nudge.kind == "jump":
        return f"Nudge: {up}; {down}. {root} jumps here and has no slope. {sentence(ledger)}"
    return f"Nudge: {up}; {down}. {sentence(ledger)}"


def _went(change: float) -> str:
    if not np.isfinite(change):
        return "is no finite number there"
    if change == 0.0:
        return "did not move"
    return f"went {'up' if change > 0 else 'down'} by {number(abs(change), 4)}"


def paths_title(name: str, root: str, count: int, too_many: int) -> str:
    """The headline of the paths."""
    if count == 1:
        return f"One path from {name} to {root}: multiply along it."
    many = f"More than 10^{len(str(too_many)) - 1}" if count >= too_many else f"{count:,}"
    return f"{many} paths from {name} to {root}: multiply along each, add over all."


# --- guesses --------------------------------------------------------------------------------------

WRONG_SIGN = "The size is right, the sign is not."


def no_guess(name: str, total: Any) -> str:
    """The answer, where nobody guessed."""
    said = "there is none" if total is None else _gradient(total)
    return f"No guess yet. The gradient of {name}: {said}."


def right(name: str, total: Any) -> str:
    """A guess that is right."""
    return f"Yes: the gradient of {name} is {_gradient(total)}."


def nearly(name: str, guess: float, total: float) -> str:
    """A guess that rounding does not quite explain."""
    return f"Nearly: you said {number(guess)}, the gradient of {name} is {signed(total)}."


def wrong(name: str, guess: float, total: float) -> str:
    """A guess that is wrong."""
    return f"Not yet: you said {number(guess)}, the gradient of {name} is {signed(total)}."


def some_right(name: str, count: int, cells: int) -> str:
    """How much of a guessed array is right."""
    return f"{count:,} of {count_of(cells)} in {name} are right. The first that is not:"


def other_shape(name: str, guess: tuple[int, ...], total: tuple[int, ...]) -> str:
    """A guess of another shape."""
    return f"Not yet: the gradient of {name} {_shape_of(total)}, your guess {_shape_of(guess)}."


def right_none(name: str) -> str:
    """A guess of 0 where there is no gradient."""
    return f"Yes, nothing arrives at {name}; there is not even a 0."


def wrong_none(name: str) -> str:
    """Another guess where there is none."""
    return f"Not yet: {name} has no gradient."


def plain_sum(guess: float) -> str:
    """A mistake: the slopes were left out."""
    return (
        f"{number(guess)} is the plain sum of the upstream gradients; each is first multiplied by "
        "its slope."
    )


def plain_product(guess: float) -> str:
    """A mistake: contributions multiplied."""
    return f"{number(guess)} is the product of the contributions; they are added, not multiplied."


def one_alone(guess: float, sender: str) -> str:
    """A mistake: one contribution in the place of the sum."""
    return f"{number(guess)} is what {sender} alone sends; the contributions are added."


def slopes_alone(guess: float) -> str:
    """A mistake: the upstream gradients were left out."""
    return (
        f"{number(guess)} is the sum of the slopes; each is first multiplied by the gradient that "
        "comes from upstream."
    )


def _gradient(total: Any) -> str:
    return brief(total) if np.ndim(total) else signed(total)


def _shape_of(shape: tuple[int, ...]) -> str:
    return f"has the shape {shape}" if shape else "is one number"


def count_of(cells: int) -> str:
    """A number of cells."""
    return f"{cells:,} cell" if cells == 1 else f"{cells:,} cells"


# --- the text view --------------------------------------------------------------------------------

NORMS = "(gradient in and out: the norms of what arrives from outside and of what goes on)"


def trace_title(root: str, nodes: int, contributions: int) -> str:
    """What a trace is of."""
    return (
        f"Backward pass from {root}: {nodes:,} node{'s' * (nodes != 1)}, "
        f"{contributions:,} contribution{'s' * (contributions != 1)}."
    )


def inside(labels: Sequence[str]) -> str:
    """Where a node stands: the modules around it, outermost first."""
    return f"in {' / '.join(labels)}:" if labels else "in no module:"
