"""One explanation in text, HTML and LaTeX: the same numbers, and nothing that is markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import examples
import numpy as np
import pytest
from examples import NASTY

import autograd as ag
from autograd import Tensor, Value
from autograd.viz import why
from autograd.viz.explain.latex import name as tex_name
from autograd.viz.plain import WIDTH, width


class Reader(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)
        assert {key for key, _ in attrs} <= {"style", "scope"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def numbers_in(text: str) -> set[str]:
    """The numbers in a text, without signs (LaTeX puts some in parentheses)."""
    return set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", text))


def told_by(example):
    options = {"root": example.root, "upstream": example.upstream, "names": example.nodes}
    for key, node in example.nodes.items():
        shape = np.shape(node.data) if isinstance(node, Tensor) else ()
        yield key, why(node, tuple(n - 1 for n in shape) if shape else None, **options)


@pytest.mark.parametrize("build", examples.ALL.values(), ids=examples.ALL)
def test_the_same_numbers_everywhere(build):
    for _, told in told_by(build()):
        text, page = str(told), Reader(told._repr_html_())
        assert page.open == []
        assert page.tags <= {"div", "p", "strong", "table", "thead", "tbody", "tr"} | {
            "th",
            "td",
        }
        whole = " ".join(page.texts).replace("\N{MINUS SIGN}", "-")
        words_of_page = " ".join(whole.replace("\N{MULTIPLICATION SIGN}", "x").split())
        for line in text.splitlines():
            for word in line.split():
                assert word in words_of_page, (word, words_of_page)
        equation = told.latex()
        for row in told.rows[:8]:
            shown = numbers_in(f"{abs(row.amount):.5g}")
            assert shown <= numbers_in(equation)
            assert shown <= numbers_in(text)


@pytest.mark.parametrize("build", examples.ALL.values(), ids=examples.ALL)
def test_lines_fit_and_the_second_time_is_the_same(build):
    example = build()
    first = [(str(told), told._repr_html_(), told.latex()) for _, told in told_by(example)]
    again = [(str(told), told._repr_html_(), told.latex()) for _, told in told_by(example)]
    assert first == again
    for text, _, _ in first:
        assert all(width(line) <= WIDTH for line in text.splitlines())


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_names_never_become_markup(nasty):
    x, y = Value(2.0), Value(3.0)
    x.name = nasty
    t = Tensor([1.0, 2.0], requires_grad=True, name=nasty)
    product = x * y
    product.name = nasty
    root = (product * t).sum()
    root.backward()
    for told in (why(x), why(product), why(t), why(t, 1), why(root)):
        text, page, equation = str(told), told._repr_html_(), told.latex()
        assert Reader(page).open == []
        assert "script" not in Reader(page).tags
        assert all(width(line) <= WIDTH for line in text.splitlines())
        assert len(text) < 5000
        assert len(page) < 12_000
        for out in (text, page, equation):
            out.encode()  # no half of a surrogate pair
            assert not set("\x00\x1b\r\t\N{RIGHT-TO-LEFT OVERRIDE}") & set(out)
        assert_balanced(equation)


def assert_balanced(equation: str) -> None:
    bare = re.sub(r"\\[\\{}_#%&$]", "", equation)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    # Outside commands and alignment there is nothing that TeX reads as one.
    outside = bare.replace("&=", "").replace(r"&\approx", "").replace("_{", "").replace("^{", "")
    assert not set("#%$~") & set(outside)
    assert "&" not in outside
    assert "_" not in outside
    assert "^" not in outside


@pytest.mark.parametrize(
    ("plain", "tex"),
    [
        ("p1", r"\text{p1}"),
        ("h_1", r"\text{h}\_\text{1}"),
        ("100%", r"\text{100}\%"),
        ("a{b}", r"\text{a}\{\text{b}\}"),
        ("", ""),
    ],
)
def test_names_in_latex(plain, tex):
    assert tex_name(plain) == tex


def test_latex_of_a_sum():
    x = Value(2.0)
    y = 3 * x - x / 4
    y.backward()
    lines = why(x).latex().splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert lines[1] == r"\frac{\partial\,\text{y}}{\partial\,\text{x}}"
    assert r"\underbrace{1 \cdot 3}_{\text{3 * x}}" in lines[2]
    assert r"\underbrace{-1 \cdot 0.25}_{\text{x / 4}}" in lines[2]
    assert lines[-2] == "  &= 2.75"
    assert lines[-1] == r"\end{aligned}"


def test_latex_puts_negative_numbers_in_parentheses():
    x = Value(2.0)
    y = x * 4.0 - 3.0 * x + x * -5.0
    y.backward()
    lines = why(x).latex().splitlines()
    assert r"1 \cdot \left(-5\right)" in lines[2]
    assert sorted(lines[3].removeprefix("  &= ").removesuffix(r" \\").split(" + ")) in (
        ["(-3)", "(-5)", "4"],
        ["(-3)", "-5", "4"],
        ["(-5)", "-3", "4"],
    )
    assert lines[3].count("(") == lines[3].split("&= ")[1][1:].count("-")


def test_latex_of_numbers_that_have_no_plain_form():
    x = Value(1e-12)
    y = x * 1e-9
    y.backward()
    assert r"1 \cdot 10^{-9}" in why(x).latex()
    z = x * float("inf")
    z.backward()
    assert r"\infty" in why(x).latex()


def test_latex_says_where_digits_were_cut():
    x = Value(2.0)
    y = x / 3.0
    y.backward()
    assert r"\approx 0.33333" in why(x).latex()
    assert "Rounded: some of these numbers have more digits" in str(why(x))
    z = x / 4.0
    z.backward()
    assert r"\approx" not in why(x).latex()
    assert "Rounded" not in str(why(x))


def test_a_row_of_its_own_for_what_was_left_out():
    x = Value(1.0)
    y = ag.total([x * float(i) for i in range(60)])
    y.backward()
    told = why(x)
    assert len(told.rows) == 60
    text = str(told)
    assert "36 more" in text
    sums = [line.split() for line in text.splitlines()]
    assert ["sum", "+1770"] in sums
    assert "28 more" in text.split("paths from")[1]
    assert r"\cdots\text{ (52 more)}" in told.latex()


def test_html_names_its_columns():
    x = Value(2.0)
    y = x * x
    y.backward()
    page = why(x)._repr_html_()
    assert page.count('<th scope="col"') == 5  # nobody lost or starved: no column for notes
    assert '<th scope="row"' in page
    blocked = ag.maximum(x, 3.0)
    blocked.backward()
    assert why(x, root=blocked)._repr_html_().count('<th scope="col"') == 6
    assert not hasattr(why(x), "_repr_latex_")


def test_html_has_true_minus_signs():
    x = Value(2.0)
    y = x * -3.0
    y.backward()
    page = why(x)._repr_html_()
    assert "\N{MINUS SIGN}3" in page
    assert ">-3" not in page
    assert "\N{MINUS SIGN}" not in str(why(x))


def test_a_notebook_and_a_terminal_show_it_by_themselves():
    x = Value(2.0)
    y = x * x
    y.backward()
    assert repr(why(x)) == str(why(x))
