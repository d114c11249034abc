"""What the views call each node."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.viz import naming, why
from autograd.viz.trace import trace

GLOBAL = Value(4.0)


def here():
    return naming.variables(sys._getframe(1))


def names(shown):
    return [item.name for item in shown.items if item.kind != "constant"]


def test_variables_of_the_function_and_of_the_module():
    x = Value(1.0)
    found = here()
    assert found[id(x)] == "x"
    assert found[id(GLOBAL)] == "GLOBAL"
    assert naming.variables(None) == {}


def test_lists_tuples_and_their_depth():
    row = [Value(1.0), Value(2.0)]
    grid = [[Value(3.0)], (Value(4.0), [Value(5.0)])]
    found = here()
    assert found[id(row[1])] == "row[1]"
    assert found[id(grid[0][0])] == "grid[0][0]"
    assert found[id(grid[1][0])] == "grid[1][0]"
    assert id(grid[1][1][0]) not in found


def test_private_and_shell_variables_are_passed_over():
    _hidden, Out = Value(1.0), [Value(2.0)]
    found = here()
    assert id(_hidden) not in found
    assert id(Out[0]) not in found


def test_long_lists_are_data():
    batch = [Value(1.0)] * (naming.LONGEST + 1)
    assert id(batch[0]) not in here()


def test_the_first_variable_wins_and_a_name_of_its_own_beats_it():
    first = Value(1.0)
    second = first
    named = Value(2.0, name="given")
    y = first * named
    assert second is first
    assert names(trace(y)) == ["first", "given", "y"]


def test_names_that_the_user_wrote():
    x, y = Value(1.0), Value(2.0)
    z = x * y
    assert names(trace(z, names={"a": x, "out": z})) == ["a", "leaf", "out"]
    assert names(trace(z, names={"in": [x, y]})) == ["in[0]", "in[1]", "in[0] * in[1]"]
    assert names(trace(z, names={"_x": x, "y'": y})) == ["_x", "y'", "_x * y'"]


def test_no_two_nodes_share_a_name():
    x = Value(1.0, name="add")
    y = Value(2.0, name="add")
    z = (x + y) + (x + 1.0) + Value(3.0, name="add#2")
    shown = trace(z, names={})
    assert len(set(names(shown))) == len(names(shown))
    first, second = (shown.item(name) for name in ("add", "add#2"))  # x and y keep theirs
    assert (first.data, second.data) == (1.0, 2.0)


def test_a_variable_is_not_taken_by_a_constant():
    w = np.array([1.0, 2.0])
    x = Tensor([3.0, 4.0], requires_grad=True)
    y = ag.sum(x * w)
    shown = trace(y)
    assert {item.name: item.kind for item in shown.items}["x"] == "input"
    assert [item.kind for item in shown.items].count("constant") == 1


def test_constant_tensors_are_called_by_their_name_or_variable():
    images = Tensor([[1.0, 2.0]])
    labels = Tensor([3.0], name="targets")
    w = Tensor([[1.0], [1.0]], requires_grad=True)
    shown = trace(ag.sum(images @ w - labels))
    constants = [item.name for item in shown.items if item.kind == "constant"]
    assert constants == ["images", "targets"]


def test_parameters_are_called_by_their_path():
    model = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1))
    y = ag.sum(model(np.ones((1, 2))))
    weights = model[0].weight
    assert weights is model[0].weight  # a variable too, but the path says more
    found = names(trace(y))
    assert {"0.weight", "0.bias", "1.weight", "1.bias"} <= set(found)
    assert "weights" not in found


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", 'a"b{c}|\n', "\u202eevil", "\N{ROCKET}" * 5000, "%s {} {0}"],
)
def test_any_text_is_a_name(name):
    x = Value(2.0, name=name)
    shown = trace(x * x + 1.0, names={})
    assert shown.items[0].name == name
    assert name in shown.items[1].formula
    assert trace(x * x, names={name: x}).item(name).kind == "input"


def test_what_has_no_name_is_called_by_its_formula_if_that_is_short():
    x, w = Value(2.0), Value(3.0)
    table = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    shown = [
        (-x, "-x"),
        (x * w, "x * w"),
        ((x + 1.0) * w, "(x + 1) * w"),
        (w - (x - 1.0), "w - (x - 1)"),
        ((x * w) ** 2, "(x * w) ** 2"),
        (ag.relu(-x), "relu(-x)"),
        (table[1], "table[1]"),
        (ag.exp(table)[0], "exp(table)[0]"),
        ((table * 2.0)[0], "(table * 2)[0]"),
        (ag.sum(table), "sum"),  # its parameters say nothing
        (x * 0.123456789 * w * w, "multiply"),  # too long
    ]
    for node, name in shown:
        root = ag.sum(node * node) if isinstance(node, Tensor) else node * node
        given = {"x": x, "w": w, "table": table}
        assert name in names(trace(root, names=given)), name


def test_formulas_keep_their_meaning_beside_cells_numbers_and_names_with_spaces():
    x = Value(2.0)
    again = x * x + x * x
    assert names(trace(again, names={"x": x})) == ["x", "x * x", "(x * x)#2", "add"]
    spaced = Value(3.0, name="two words")
    assert "(two words) * x" in names(trace((spaced * x) + 1.0, names={"x": x}))
    t = Tensor([1.0, 2.0], requires_grad=True)
    y = ag.sum(t * t)
    assert why(t, 0, root=y, names={"t": t}).rows[0].sender == "(t * t)[0]"
