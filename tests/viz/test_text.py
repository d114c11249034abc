"""The text view of a trace: complete, in lines that fit, with the numbers of the trace."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import examples
import graphs
import numpy as np
import pytest
from examples import NASTY

import autograd as ag
from autograd import Tensor, Value
from autograd.viz import trace, words
from autograd.viz.numbers import number, signed
from autograd.viz.plain import WIDTH, width
from autograd.viz.text import text

DATA = json.loads((Path(__file__).parents[1] / "questions.json").read_text())


def lines_of(told):
    return [line.strip() for line in str(told).splitlines()]


@pytest.mark.parametrize("build", examples.ALL.values(), ids=examples.ALL)
def test_every_node_and_every_contribution_is_there(build):
    told = build().trace()
    lines = lines_of(told)
    forward = lines[lines.index("Forward") : lines.index("Backward")]
    backward = lines[lines.index("Backward") :]
    for item in told.items:
        assert any(line.startswith(item.name) and item.kind in line for line in forward), item.name
    arrivals = [
        f"{line} {after}" for line, after in pairwise([*backward, ""]) if line.startswith("to ")
    ]
    assert len(arrivals) == len(told.contributions)
    for row, line in zip(told.contributions, arrivals, strict=True):
        receiver = told.items[row.receiver]
        assert line.startswith(f"to {receiver.name}:")
        assert words.arrival(row.arrived, receiver.expects) in line, line
        if row.local is not None:
            product = f"{number(row.upstream)} x {number(row.local)} = {signed(row.amount)}"
            assert product in line
        if receiver.expects > 1 and isinstance(row.total, float):
            assert f"total {signed(row.total)}" in line


@pytest.mark.parametrize("build", examples.ALL.values(), ids=examples.ALL)
def test_lines_fit_and_the_same_graph_gives_the_same_text(build):
    example = build()
    first = str(example.trace())
    assert all(width(line) <= WIDTH for line in first.splitlines())
    assert all(line == line.rstrip() for line in first.splitlines())
    assert first == str(example.trace()) == str(build().trace())


@pytest.mark.parametrize("build", examples.ALL.values(), ids=examples.ALL)
def test_small_arrays_are_printed_in_full(build):
    told = build().trace()
    page = str(told)
    for item in told.items:
        if item.shape is not None and 1 < item.data.size <= 64 and item.shape[-1] <= 8:
            block = page[page.index(f"\n  {item.name}, ") :]
            block = block[: block.index("\n\n")]
            for cell in np.ravel(item.data):
                assert number(float(cell)) in block
            if item.grad is not None:
                for cell in np.ravel(item.grad):
                    assert signed(float(cell)) in block


def test_the_founding_example():
    names = examples.founding().nodes
    lines = [re.sub(r" +", " ", line) for line in lines_of(examples.founding().trace())]
    assert "to p2: 2 x -1 = -2 total +7 All 3 arrived." in lines
    assert "to p1: 6 x -0.25 = -1.5 total -1.5 1 of 3 arrived, wait." in lines
    assert "p2 result max(x5, x6, x7, x8) 2 +7" in lines
    assert names


def test_questions_1b_and_1c_cell_by_cell():
    lines = lines_of(examples.pool_conv().trace())
    assert "P[0, 0, 0, 2]: 20 x 2 = +40" in lines
    assert "P[0, 0, 1, 0]: 10 x 3 + 30 x 1 = +60" in lines
    lines = lines_of(examples.overlap().trace())
    assert "x[0, 0, 1, 1]: -1.4 x 1 + 0.8 x 1 + 0.2 x 0 + 0.3 x 0 = -0.6" in lines


def test_question_3_every_gradient_is_in_the_text():
    page = str(examples.worked_cnn().trace())
    cnn = DATA["cnn_exact"]
    for key in ("dS", "dP", "dF", "dK", "db", "dW", "dX"):
        for cell in np.ravel(np.array(cnn[key])):
            assert signed(float(cell)) in page, (key, cell)
    assert "Rounded: some of these numbers have more digits than are shown." in page


def test_question_4():
    x = Value(2.0)
    w = {i: Value(DATA["relu_chain"][f"w{i}"]) for i in (1, 2, 3)}
    h = x
    for i in (3, 2, 1):
        h = (w[i] * h).relu()
    cost = 0.5 * (DATA["relu_chain"]["y"] - h) ** 2
    page = " ".join(str(trace(cost, names={f"w{i}": w[i] for i in w} | {"x": x})).split())
    for i in (1, 2, 3):
        right = signed(DATA["relu_chain"]["three"][f"dw{i}"])
        assert f"w{i} input {number(w[i].data)} {right}" in page


def test_six_kinds_of_no_gradient_each_with_its_mark_and_sentence():
    told = examples.six_kinds().trace()
    page = str(told)
    kinds = {item.zero for item in told.items} - {None}
    assert kinds == set(words.KINDS) - {words.PENDING}
    for kind in kinds:
        assert words.MARKS[kind] in page
        assert f"\n  {kind}: " in page
    assert "arrived, wait." in page  # the sixth passes
    for item in told.items:
        if item.zero not in (None, words.NOT_ASKED):
            sentence = words.zero_sentence(item.zero, item, told)
            assert sentence in " ".join(page.split())


def test_the_modules_are_named():
    page = str(examples.small_cnn().trace())
    for module in ("0 Conv2d", "1 ReLU", "2 MaxPool2d", "3 Flatten", "4 Linear"):
        assert page.count(f"in Sequential / {module}:") == 2  # forward and backward


def test_a_sentence_is_said_once_for_each_operation():
    page = " ".join(str(examples.mlp().trace()).split())
    assert page.count("Dot: each number gets the gradient times its partner.") == 1
    assert page.count("passes on its gradient") == len(examples.mlp().trace().backward)


def test_a_graph_without_modules_has_no_headings():
    assert "module" not in str(examples.twice().trace())


def test_what_earlier_passes_left():
    x = Value(3.0)
    y = x * x
    y.backward()
    y.backward()
    page = " ".join(str(trace(y)).split())
    assert "x.grad is 12, and this pass brought 6: the other 6 is from earlier passes" in page


def test_a_graph_that_is_too_large_is_told_by_its_modules():
    example = examples.deep(3)
    told = trace(example.root, limit=5)
    page = str(told)
    assert not told.complete
    assert "more than the limit of 5" in " ".join(page.split())
    assert "pass a larger limit" in " ".join(page.split())
    rows = [line.split() for line in page.splitlines()]
    assert ["module", "nodes", "gradient", "in", "gradient", "out"] in rows
    for i, part in enumerate(told.frames):
        name = ("  " if part.parent is not None else "") + part.label
        row = next(line for line in page.splitlines() if line.startswith(name + " "))
        assert row.split()[-3:] == [str(part.items), number(part.grad_in), number(part.grad_out)], i
    inner = [line.strip() for line in page.splitlines() if line.startswith("  ")]
    assert [line.split()[0] for line in inner] == ["0", "1", "2", "3", "4", "5"]


def test_a_graph_that_is_too_large_and_has_no_modules():
    told = examples.chain(40)
    page = str(trace(told.root, limit=5))
    assert "more than the limit" in page
    assert "module  " not in page


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_names_stay_in_their_line(nasty):
    x, y = Value(2.0), Value(3.0)
    x.name = nasty
    t = Tensor([1.0, 2.0], requires_grad=True, name=nasty)
    product = ag.maximum(x, y)
    product.name = nasty
    root = (product * t).sum()
    page = str(trace(root))
    page.encode()
    assert all(width(line) <= WIDTH for line in page.splitlines())
    assert not set("\x00\x1b\r\t\N{RIGHT-TO-LEFT OVERRIDE}") & set(page)
    assert len(page) < 6000


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_have_a_text(seed):
    told = trace(graphs.random_graph(seed))
    page = text(told)
    assert all(width(line) <= WIDTH for line in page.splitlines())
    for row in told.contributions:
        if row.local is not None:
            assert f"{number(row.upstream)} x {number(row.local)} = {signed(row.amount)}" in page


def test_a_deep_chain_has_a_text():
    example = examples.chain(2000)
    assert len(str(trace(example.root)).splitlines()) > 4000
