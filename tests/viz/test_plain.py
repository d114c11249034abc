"""Columns of text: what takes how much room, and what is taken out."""

from __future__ import annotations

import numpy as np
import pytest
from examples import NASTY

from autograd.viz.picture import boxes
from autograd.viz.plain import (
    WIDTH,
    beside,
    fitted,
    grid,
    one_line,
    padded,
    shortened,
    table,
    width,
    wrapped,
)

WIDE = "\N{CJK UNIFIED IDEOGRAPH-6F22}"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        (WIDE, 2),
        ("\N{GRINNING FACE}", 2),
        ("e\N{COMBINING ACUTE ACCENT}", 1),
        ("\N{ZERO WIDTH JOINER}", 0),
        ("\N{GREEK SMALL LETTER ALPHA}", 1),
    ],
)
def test_width(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize("most", [5, 12, 40])
@pytest.mark.parametrize("text", [*NASTY, WIDE * 30, "abc" + WIDE * 30], ids=range(len(NASTY) + 2))
def test_shortened_fits_and_is_one_line(text, most):
    short = shortened(text, most)
    assert width(short) <= most
    assert len(short.splitlines()) <= 1
    assert shortened(short, most) == short


def test_both_ends_of_a_name_stay():
    short = shortened("layers.10.neurons.3.weights.27", 20)
    assert short.startswith("layers.")
    assert short.endswith(".27")


@pytest.mark.parametrize("most", [10, 13, 20, 30])
@pytest.mark.parametrize("name", ["averylongname", "layers.0.neurons.12.weights", "(some * thing)"])
@pytest.mark.parametrize("index", ["[7]", "[0, 12]", "[0, 3, 12]", "[1, 2]#3", "#12"])
@pytest.mark.parametrize("shorten", [shortened, boxes.fitted])
def test_an_index_stays(shorten, index, name, most):
    name *= 3
    short = shorten(name + index, most)
    dots = "..." if shorten is shortened else "\N{HORIZONTAL ELLIPSIS}"
    assert width(short) <= most
    if len(index) <= most - len(dots):
        assert short.endswith(index)
        assert dots in short
        assert shorten(name + index.replace("2", "1").replace("7", "1"), most) != short


def test_the_name_before_an_index_is_shortened_in_the_middle():
    dots = "\N{HORIZONTAL ELLIPSIS}"
    assert boxes.fitted("averylongname[0, 3, 12]", 13) == f"av{dots}[0, 3, 12]"
    assert boxes.fitted("averylongname[0, 3, 12]", 20) == f"averyl{dots}ame[0, 3, 12]"
    assert boxes.fitted("one.weights[12]", 12) == f"{dots}weights[12]"


@pytest.mark.parametrize("mark", ["\u202a", "\u202e", "\u2066", "\u2069", "\u202c"])
def test_marks_that_turn_the_direction_are_taken_out(mark):
    assert one_line(f"a{mark}b") == "ab"


def test_joined_emoji_and_spaces():
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"
    assert one_line(family) == family
    assert one_line("a\t\n  b\x00c") == "a b c"


def test_columns_line_up_with_wide_characters():
    lines = table([[WIDE * 2, "1"], ["ab", "22"]], [False, True])
    assert [width(line) for line in lines] == [8, 8]
    assert padded(WIDE, 4) == WIDE + "  "
    assert padded(WIDE, 4, right=True) == "  " + WIDE


def test_fitted_cuts_the_first_column():
    lines = fitted([["n" * 300, "v" * 30], ["short", "1"]], [False, True])
    assert [len(line) for line in lines] == [WIDTH, WIDTH]
    assert lines[0].endswith("v" * 30)


def test_wrapped_keeps_an_index_together():
    text = "word " * 18 + "pooled[0, 1, 2, 3] after"
    lines = wrapped(text, "  ", "    ")
    assert all(width(line) <= WIDTH for line in lines)
    assert lines[1].startswith("    pooled[0, 1, 2, 3]")
    assert " ".join(" ".join(lines).split()) == text


def test_wrapped_counts_columns_not_characters():
    lines = wrapped(" ".join([WIDE * 4] * 20))
    assert all(width(line) <= WIDTH for line in lines)
    assert len(lines) == 2


def test_grids_of_any_shape():
    assert grid(np.array(3.0)) == ["3"]
    assert grid(np.array([1.0, -2.0])) == [" 1  -2"]
    assert grid(np.zeros((2, 1, 2))) == ["[0]", "0  0", "[1]", "0  0"]
    assert grid(np.zeros((1, 1, 2))) == ["0  0"]


def test_blocks_stand_below_each_other_where_they_are_too_wide():
    narrow = beside([("a", ["1"]), ("b", ["2", "3"])])
    assert narrow == ["a      b", "1      2", "       3"]
    wide = beside([("a", ["x" * 60]), ("b", ["y" * 60])])
    assert [line.strip() for line in wide] == ["a", "x" * 60, "b", "y" * 60]
