"""What is refused, and what is taken though it was meant otherwise."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from autograd.viz import compare, compare_overwriting, draw, step, trace, why


@pytest.fixture
def y():
    x = Value(2.0, name="x")
    return x * x


@pytest.fixture
def out():
    network = nn.Sequential(nn.Linear(3, 2, generator=0), nn.ReLU())
    return ag.sum(network(np.ones((1, 3))))


@pytest.mark.parametrize("view", [trace, draw, step, compare_overwriting])
@pytest.mark.parametrize("option", ["include", "parameters"])
@pytest.mark.parametrize("bad", [None, 3, [3.0], "x", {"x": Value(1.0)}, nn.Linear(2, 2)], ids=str)
def test_what_is_no_node(view, option, bad, y):
    with pytest.raises(errors.DTypeError, match=rf"{option} takes a Value or a Tensor.*got"):
        view(y, **{option: bad})


@pytest.mark.parametrize("view", [trace, draw, step, compare_overwriting])
def test_one_node_is_taken_as_such(view):
    x, other = Tensor([1.0, 2.0], requires_grad=True), Value(1.0)
    y = ag.sum(x * x)
    told = view(y, parameters=x, include=other)
    if view is trace:
        assert told.item("x").kind == "parameter"
        assert told.item("other").zero == "not reached"


@pytest.mark.parametrize("bad", ["x", [("a", 1)], 3])
def test_names_are_a_dictionary(bad, y):
    for view in (trace, draw, step):
        with pytest.raises(errors.DTypeError, match="names must be a dictionary"):
            view(y, names=bad)


def test_what_is_compared_has_titles(y):
    for bad in (y, [y, y]):
        with pytest.raises(errors.DTypeError, match="what is compared must be a dictionary"):
            compare(bad)


@pytest.mark.parametrize("bad", ["all", 1.5, -1])
def test_counts_are_whole_numbers(bad, y):
    for call in (
        lambda: draw(y, depth=bad),
        lambda: draw(y, hops=bad),
        lambda: trace(y, limit=bad),
        lambda: step(y).to_iframe(bad),
    ):
        with pytest.raises(errors.OptionError, match="whole number of at least"):
            call()


def test_steps_are_whole_numbers(y):
    for bad in ("first", None, 2.5):
        with pytest.raises(errors.OptionError, match="at must be a whole number, got"):
            step(y, at=bad)
    assert step(y, at=np.int64(-1)).options["at"] == -1


def test_modules_that_are_not_there(out):
    with pytest.raises(errors.OptionError, match=r"called 'Relu'; there are .*1 ReLU"):
        draw(out, open=["Relu"])
    with pytest.raises(errors.OptionError, match="called 'x'; there are none"):
        draw(Value(1.0) * 2.0, open="x")
    closed, opened = draw(out, depth=0), draw(out, depth=0, open="0 Linear")
    assert opened.hidden < closed.hidden


@pytest.mark.parametrize("bad", [True, (True, False), (np.True_, 0)])
def test_a_truth_value_is_no_index(bad):
    t = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    ag.sum(t * t).backward()
    with pytest.raises(errors.IndexingError, match="whole number per axis"):
        why(t, bad)


def test_after_an_optimiser_step_it_says_what_to_do():
    layer = nn.Linear(3, 1)
    loss = ag.sum(layer(np.ones((2, 3))) ** 2)
    loss.backward()
    nn.optim.SGD(layer.parameters(), lr=0.1).step()
    for view in (trace, draw, step):
        with pytest.raises(errors.ChangedError, match="look at the graph before it too, or run"):
            view(loss)


@pytest.mark.parametrize("view", [trace, draw, step, why, compare_overwriting])
def test_what_cannot_be_looked_at(view, out):
    for bad, advice in (
        (nn.Linear(2, 1), r"the Linear Linear\(in_features=2.*call it, and look at what"),
        (out.data, "array of shape .*; hand in the node itself, not its numbers"),
        (3.0, "the number 3.0; hand in the node itself"),
        ([out], "look at one of them at a time"),
        (None, "None; hand in a result"),
    ):
        with pytest.raises(errors.DTypeError, match=f"must be a Value or a Tensor, got.*{advice}"):
            view(bad)
