"""Guess first, then look: what lessons ask before they show a gradient."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np

from autograd import errors
from autograd.graph import Node
from autograd.viz import naming, words
from autograd.viz.again import held
from autograd.viz.explain import reasons
from autograd.viz.explain.card import Card, card
from autograd.viz.explain.inquiry import explain
from autograd.viz.explain.why import Why
from autograd.viz.plain import wrapped

NEAR = 1e-3  # as good as right: 0.333 for a third
CLOSE = 0.03  # nearly right
DUST = 1e-9  # of the size of the contributions: what rounding leaves of a sum that is 0


def check(
    guess: Any, node: Node, index: int | tuple[int, ...] | None = None, *, root: Node | None = None
) -> None:
    """Compare a guess of a gradient with the gradient, and show where it comes from.

    Says a verdict and the explanation of `why`: as text, in a notebook as a card; paths only where
    they say more than the contributions do. A few ways to go wrong are recognised: a plain sum of
    the upstream gradients, a product of the contributions, one of them alone, a wrong sign.

    Args:
        guess: a number, or as many as the gradient has; None just shows the answer.
        node, index, root: as in `why`.

    Raises:
        DTypeError: if the guess is not made of numbers.
        GradientError, IndexingError: as `why`.

    >>> from autograd import Value, total
    >>> x, y = Value(2.0), Value(3.0)
    >>> z = x * y + 4 * x
    >>> z.backward()
    >>> check(2, x)  # doctest: +ELLIPSIS
    Not yet: you said 2, the gradient of x is +7.
    2 is the plain sum of the upstream gradients; each is first multiplied by its slope.
    <BLANKLINE>
    x = 2, an input. It is used 2 times: each use sends upstream x slope, and they are added.
    ...
    """
    answer = explain(node, index, root, None, naming.variables(sys._getframe(1)))
    guessed = None if guess is None else _numbers(guess)
    verdict, answer = _verdict(guessed, answer)
    _show(Checked(verdict, card(_without_echo(answer))))


class Checked:
    """A verdict and the explanation below it: a notebook shows the HTML, all else the text."""

    def __init__(self, verdict: list[str], told: Card) -> None:
        self.verdict, self.told = verdict, told

    def __repr__(self) -> str:
        lines = [line for said in self.verdict for line in wrapped(said)]
        return "\n".join([*lines, "", self.told.body()])

    def _repr_html_(self) -> str:
        first, *more = self.verdict
        return Card(first, [*more, *self.told.parts]).html()


def _without_echo(answer: Why) -> Why:
    """Without the paths where each is a row again: the same slope times the same upstream."""
    products = [path.product for path in answer.paths if len(path.slopes) <= 2]
    same = products == [row.amount for row in answer.rows]
    return replace(answer, paths=(), path_count=0) if same else answer


def _show(checked: Checked) -> None:
    """In IPython by its own display, if it is there and running; printed elsewhere."""
    ipython: Any = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(checked)
    else:
        print(checked)


def _numbers(guess: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(held(guess) if isinstance(guess, Node) else guess, float)
    except (TypeError, ValueError):
        raise errors.not_a_guess(guess) from None


def _verdict(guess: np.ndarray[Any, Any] | None, answer: Why) -> tuple[list[str], Why]:
    """What to say of a guess, and what to explain: of an array the first cell that was wrong."""
    if guess is None:
        return [reasons.no_guess(answer.name, answer.total)], answer
    if answer.total is None:
        say = reasons.wrong_none if guess.any() else reasons.right_none
        return [say(answer.name)], answer
    if guess.shape != np.shape(answer.total):
        if np.ndim(answer.total) or guess.size != 1:
            return [reasons.other_shape(answer.name, guess.shape, np.shape(answer.total))], answer
        guess = guess.reshape(())
    if guess.ndim:
        return _verdict_of_array(guess, answer)
    number, total = float(guess), float(answer.total)
    if is_right(number, total, answer):
        return [reasons.right(answer.name, total)], answer
    if abs(number - total) <= CLOSE * abs(total):
        return [reasons.nearly(answer.name, number, total)], answer
    hint = _hint(number, answer)
    return [reasons.wrong(answer.name, number, total), *([hint] if hint else [])], answer


def _verdict_of_array(guess: np.ndarray[Any, Any], answer: Why) -> tuple[list[str], Why]:
    total = np.asarray(answer.total)
    fine = [
        is_right(float(g), float(t), None)
        for g, t in zip(guess.ravel(), total.ravel(), strict=True)
    ]
    if all(fine):
        return [reasons.right(answer.name, total)], answer
    first = fine.index(False)
    said = [reasons.some_right(answer.name, sum(fine), len(fine))]
    if not answer.cells:
        where = tuple(map(int, np.unravel_index(first, total.shape)))
        cell = words.cell_name(answer.name, where)
        numbers = float(guess.flat[first]), float(total.flat[first])
        return [*said, reasons.wrong(cell, *numbers)], answer
    more, cell_answer = _verdict(np.asarray(guess.flat[first]), answer.cells[first])
    return [*said, *more], cell_answer


def is_right(guess: float, total: float, answer: Why | None) -> bool:
    """Whether a guess is as good as right: up to rounding to three digits."""
    if guess == total or (np.isnan(guess) and np.isnan(total)):
        return True
    if not np.isfinite(total):
        return False
    size = sum(abs(row.amount) for row in answer.rows) if answer else 0.0
    rounded = any(float(f"{total:.{digits}g}") == guess for digits in range(3, 9))
    return rounded or abs(guess - total) <= max(NEAR * abs(total), DUST * size)


def _hint(guess: float, answer: Why) -> str:
    """A way to go wrong that leads to exactly this guess; "" if none is known."""
    rows = [row for row in answer.rows if row.upstream is not None]
    amounts = [row.amount for row in answer.rows]

    def same(x: float) -> bool:
        return bool(np.isclose(guess, x, rtol=NEAR, atol=0.0))

    if same(-answer.total):
        return reasons.WRONG_SIGN
    if rows and same(sum(row.upstream or 0.0 for row in rows)):
        return reasons.plain_sum(guess)
    if len(amounts) > 1 and same(float(np.prod(amounts))):
        return reasons.plain_product(guess)
    if len(amounts) > 1:
        for row in answer.rows:
            if same(row.amount):
                return reasons.one_alone(guess, row.sender)
    if rows and same(sum(row.local or 0.0 for row in rows)):
        return reasons.slopes_alone(guess)
    return ""
