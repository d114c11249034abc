"""`check`: a friendly verdict on a guess, then the ledger."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, errors
from autograd.viz import check

WEIGHTS = [[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]


@pytest.fixture
def P():
    """Two pooled values that three neurons read; the neurons stay alive."""
    P = Tensor([1.0, 2.0], requires_grad=True, name="P")
    fc = ag.matmul(Tensor(WEIGHTS), P)
    fc.name = "fc"
    fc.backward([2.0, 3.0, 6.0])
    yield P
    fc.name = None


def said(capsys, *args, **options):
    check(*args, **options)
    return capsys.readouterr().out


def test_none_just_shows(capsys, P):
    out = said(capsys, None, P, 0)
    assert out.startswith("No guess yet. The gradient of P[0]: +2.5.\n\n")
    assert "fc[2]         6    -0.25    -1.5    +2.5" in out


@pytest.mark.parametrize("guess", [2.5, "2.5", np.float32(2.5), [2.5], Value(2.5), 2.501])
def test_a_right_guess(capsys, guess, P):
    assert said(capsys, guess, P, 0).startswith("Yes: the gradient of P[0] is +2.5.\n")


@pytest.mark.parametrize(
    ("guess", "hint"),
    [
        (11, "11 is the plain sum of the upstream gradients"),
        (-2.5, "The size is right, the sign is not."),
        (-4.5, "-4.5 is the product of the contributions; they are added"),
        (-1.5, "-1.5 is what fc[2] alone sends; the contributions are added."),
        (1.25, "1.25 is the sum of the slopes"),
    ],
)
def test_a_known_mistake_is_recognised(capsys, guess, hint, P):
    out = said(capsys, guess, P, 0)
    assert out.startswith(f"Not yet: you said {guess}, the gradient of P[0] is +2.5.\n{hint}")


def test_another_mistake_gets_no_hint(capsys, P):
    lines = said(capsys, 42, P, 0).splitlines()
    assert lines[:2] == ["Not yet: you said 42, the gradient of P[0] is +2.5.", ""]


def test_the_multiplied_gradient_of_the_question(capsys):
    P = Tensor(np.zeros((1, 1, 3, 3)), requires_grad=True)
    y = ag.conv2d(P, np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    y.backward([[[[10.0, 20.0], [30.0, 40.0]]]])
    out = said(capsys, 900, P, (0, 0, 1, 0))
    assert "900 is the product of the contributions; they are added, not multiplied." in out


@pytest.mark.parametrize(
    ("guess", "verdict"),
    [(0.333, "Yes"), (0.3333, "Yes"), (1 / 3, "Yes"), (0.33, "Nearly"), (0.3, "Not yet")],
)
def test_rounding_is_forgiven(capsys, guess, verdict):
    x = Value(2.0)
    y = x / 3.0
    y.backward()
    assert said(capsys, guess, x).startswith(verdict)


def test_what_rounding_leaves_of_zero(capsys):
    x = Value(1.0)
    y = 0.1 * x + 0.2 * x - 0.3 * x
    y.backward()
    assert x.grad != 0.0
    assert said(capsys, 0, x).startswith("Yes")
    assert said(capsys, 0.001, x).startswith("Not yet")


def test_a_whole_array(capsys, P):
    assert said(capsys, [2.5, 7], P).startswith("Yes: the gradient of P is [2.5, 7].")
    out = said(capsys, [2.5, 11], P)
    assert out.startswith(
        "1 of 2 cells in P are right. The first that is not:\n"
        "Not yet: you said 11, the gradient of P[1] is +7.\n"
        "11 is the plain sum of the upstream gradients"
    )
    assert "P[1] = 2, one of the 2 cells of P." in out
    out = said(capsys, [1, 2, 3], P)
    assert out.startswith("Not yet: the gradient of P has the shape (2,), your guess has the shape")


def test_a_large_array(capsys, rng):
    t = Tensor(rng.normal(size=(5, 6)), requires_grad=True, name="t")
    y = (t * t).sum()
    y.backward()
    guess = np.array(t.grad)
    assert said(capsys, guess, t).startswith("Yes: the gradient of t is 5x6, ")
    guess[2, 3] += 1.0
    assert "29 of 30 cells in t are right" in said(capsys, guess, t)
    assert "the gradient of t[2, 3] is" in said(capsys, guess, t)


def test_where_there_is_no_gradient(capsys):
    x, apart = Value(2.0), Value(1.0, name="apart")
    y = x * x
    y.backward()
    assert said(capsys, 0, apart).startswith("Yes, nothing arrives at apart")
    assert said(capsys, 3, apart).startswith("Not yet: apart has no gradient.")
    assert said(capsys, None, apart).startswith(
        "No guess yet. The gradient of apart: there is none."
    )


def test_another_root(capsys):
    x = Value(2.0)
    first, second = x * x, 5 * x
    first.backward()
    second.backward()
    assert said(capsys, 5, x).startswith("Yes")
    assert said(capsys, 4, x, root=first).startswith("Yes")


def test_nan_is_nan(capsys):
    x = Value(-1.0)
    y = ag.sqrt(x) * x
    y.backward()
    assert np.isnan(x.grad)
    assert said(capsys, np.nan, x).startswith("Yes")
    assert said(capsys, 1.0, x).startswith("Not yet")


@pytest.mark.parametrize("bad", ["seven", {}, [[1], [2, 3]], 1 + 2j, object()])
def test_what_is_no_guess(bad, P):
    with pytest.raises(errors.DTypeError, match="a guess is a number"):
        check(bad, P, 0)


def test_names_are_those_of_the_caller(capsys):
    thing = Value(2.0)
    result = thing * thing
    result.backward()
    check(4, thing)
    assert capsys.readouterr().out.startswith("Yes: the gradient of thing is +4.")


# --- in a notebook --------------------------------------------------------------------------------


def test_a_notebook_shows_a_card_and_all_else_prints(monkeypatch, capsys):
    x = Value(3.0)
    y = x * x
    y.backward()
    check(4, x)
    printed = capsys.readouterr().out
    shown = []
    shell = SimpleNamespace(
        get_ipython=lambda: object(), display=SimpleNamespace(display=shown.append)
    )
    monkeypatch.setitem(sys.modules, "IPython", shell)
    check(4, x)
    assert capsys.readouterr().out == ""
    (card,) = shown
    assert f"{card!r}\n" == printed
    page = card._repr_html_()
    assert page.index("Not yet: you said 4") < page.index("<table") < page.rindex("+6")
    assert "<strong>Not yet" in page
    monkeypatch.setattr(shell, "get_ipython", lambda: None)  # imported, but nothing runs in it
    check(4, x)
    assert capsys.readouterr().out == printed


def test_readers_at_which_nothing_arrived_share_a_line_here_too(capsys):
    x = Value(2.0)
    y = x + ag.total([x * 3.0 for _ in range(7)]) * 0.0
    y.backward()
    check(5.0, x)
    assert "7 more uses: nothing arrived" in capsys.readouterr().out


def test_paths_are_shown_only_where_they_say_more(capsys):
    x = Value(2.0, name="x")
    h = x * 3.0
    root = h * 4.0 + x * 5.0
    root.backward()
    assert "2 paths from x" in said(capsys, None, x)
    assert "path" not in said(capsys, None, h)  # one contribution, and it is the path
    twice = Value(2.0, name="twice")
    both = twice * 3.0 + twice * 5.0
    both.backward()
    assert "path" not in said(capsys, None, twice)
