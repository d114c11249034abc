"""The trace: a graph and its backward pass as plain data."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import examples
import graphs
import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from autograd.viz import words
from autograd.viz.as_json import VERSION, as_json
from autograd.viz.trace import LIMIT, trace

ROOT = Path(ag.__file__).parent.parent
KINDS = {"input", "parameter", "constant", "result", "root"}


def leaf(x, **options):
    return Tensor(x, requires_grad=True, **options)


def number(x):
    """A number of the JSON back as a float."""
    return float(x)


def told(x):
    """Numbers of the JSON as an array."""
    if isinstance(x, dict):
        return np.array([number(v) for v in x["cells"]]).reshape(x["shape"])
    return np.array(number(x))


def check(shown):
    """What holds of every trace."""
    assert shown.complete
    for i, item in enumerate(shown.items):
        assert item.number == i
        assert item.kind in KINDS
        assert all(j < i for j in item.inputs)  # inputs before their readers
        assert item.formula == item.name or item.op is not None
        assert item.zero is None or item.zero in words.KINDS
        rows = shown.into(item)
        assert [row.arrived for row in rows] == list(range(1, item.expects + 1))
        slots = [(row.sender, row.slot) for row in rows]
        assert len(set(slots)) == len(slots)
        for row in rows:
            assert shown.items[row.sender].inputs[row.slot] == i
        if rows:
            np.testing.assert_array_equal(rows[-1].total, item.grad)
    named = [item.name for item in shown.items if item.kind != "constant"]
    assert len(set(named)) == len(named)
    data = as_json(shown)
    again = json.loads(shown.to_json())
    assert again == json.loads(json.dumps(data))
    assert again["version"] == VERSION
    for item, there in zip(shown.items, again["items"], strict=True):
        if np.size(item.data) <= 1024:
            np.testing.assert_array_equal(told(there["data"]), np.asarray(item.data, float))
            if item.grad is not None:
                np.testing.assert_array_equal(told(there["grad"]), np.asarray(item.grad, float))
        assert there["forward"]
        assert bool(there["why_zero"]) == (item.zero is not None)
        for link, j in zip(there["links"], there["inputs"], strict=False):
            if link:
                places = zip(link["out"], link["in"], link["slope"], strict=True)
                sizes = np.size(item.data), np.size(shown.items[j].data)
                assert all(o < sizes[0] and i < sizes[1] for o, i, _ in places)
    for row, there in zip(shown.contributions, again["contributions"], strict=True):
        if np.size(row.amount) <= 1024:
            np.testing.assert_array_equal(told(there["amount"]), np.asarray(row.amount, float))
        assert there["sentence"]


@pytest.mark.parametrize("part", range(10))
def test_random_graphs(part):
    for seed in range(part, 1000, 10):
        root = graphs.random_graph(seed)
        if seed % 2:
            root.backward(0.3)
        shown = trace(root)
        for item, node in zip(shown.forward, shown_order(root), strict=True):
            if seed % 2 and node.grad is not None:
                np.testing.assert_array_equal(item.grad, node.grad)
        if seed % 4 == 1:
            check(shown)


def shown_order(root):
    return ag.graph.topological_order(root)[0]


@pytest.mark.parametrize("name", examples.ALL)
def test_examples(name):
    check(examples.ALL[name]().trace())


def test_order_kinds_and_formulas():
    x, w = leaf([1.0, 2.0]), nn.Parameter(np.array([3.0, 4.0]))
    y = ag.sum(x * w + 0.5)
    shown = trace(y, parameters=[x])
    found = [(i.name, i.kind, i.op, i.inputs, i.formula) for i in shown.items]
    assert found == [
        ("x", "parameter", None, (), "x"),
        ("w", "parameter", None, (), "w"),
        ("x * w", "result", "multiply", (0, 1), "x * w"),
        ("0.5", "constant", None, (), "0.5"),
        ("x * w + 0.5", "result", "add", (2, 3), "x * w + 0.5"),
        ("y", "root", "sum", (4,), "sum(x * w + 0.5)"),
    ]
    assert trace(y).items[0].kind == "input"
    assert shown.root == 5
    assert [item.name for item in shown.backward] == ["y", "x * w + 0.5", "x * w"]
    assert shown.item("w").expects == 1
    with pytest.raises(errors.OptionError, match="called 'v'; there are"):
        shown.item("v")


def test_a_constant_array_used_twice_is_one_item():
    x, t = leaf([1.0, 1.0]), Tensor([5.0, 6.0])
    shown = trace(ag.sum(x * t + t))
    (constant,) = [i for i in shown.items if i.kind == "constant"]
    assert (constant.name, constant.zero, constant.grad) == ("t", words.NOT_ASKED, None)
    assert [constant.number in i.inputs for i in shown.forward] == [True, True, False]


def test_six_kinds():
    """As the example says; and waiting never shows in a finished pass."""
    shown = examples.six_kinds().trace()
    zeros = {item.name: item.zero for item in shown.items if item.kind != "constant"}
    assert zeros == {
        "winner": None,
        "loser": words.BLOCKED,
        "gone": words.BLOCKED,
        "early": words.STARVED,
        "both": words.CANCELLED,
        "alone": words.NOT_REACHED,
        "top": None,
        "shut": None,
        "middle": None,
        "loss": None,
        **{k: v for k, v in zeros.items() if k not in examples.six_kinds().nodes},
    }
    assert {i.zero for i in shown.items if i.kind == "constant"} == {words.NOT_ASKED}


def test_zero_of_a_node_that_only_decides():
    x, y = Value(1.0), Value(2.0)
    shown = trace(ag.where(ag.greater(x, y), x, y))
    decided = next(item for item in shown.items if item.op == "greater")
    assert decided.zero == words.BLOCKED
    assert "only decides" in as_json(shown)["items"][decided.number]["why_zero"]
    t = leaf([1.0, -1.0])
    mask = ag.greater(t, 0.0)
    shown = trace(ag.sum(ag.where(mask, t, 0.0)))
    assert shown.item("mask").zero == words.BLOCKED
    assert shown.item("t").grad.tolist() == [1.0, 0.0]


def test_zero_in_single_cells_is_no_zero_of_the_node():
    x = leaf([1.0, -1.0])
    shown = trace(ag.sum(ag.relu(x)))
    assert shown.item("x").zero is None
    shown = trace(ag.sum(ag.relu(leaf([-1.0, -2.0]))))
    assert shown.items[0].zero == words.BLOCKED


def test_included_nodes_bring_what_is_behind_them():
    x, other = Value(2.0), Value(3.0)
    y = x * x
    side = other * x + 1.0
    shown = trace(y, include=[side, x])
    check(shown)
    zeros = {item.name: item.zero for item in shown.items if item.kind != "constant"}
    assert zeros.pop("x") is None
    assert zeros.pop("y") is None
    assert set(zeros) == {"other", "other * x", "side"}
    assert set(zeros.values()) == {words.NOT_REACHED}


def test_unused_parameters_are_shown_as_not_reached():
    class Half(nn.Module):
        def __init__(self):
            self.used, self.unused = nn.Linear(2, 1), nn.Linear(2, 1)

        def forward(self, x):
            return self.used(x)

    shown = trace(ag.sum(Half()(np.ones((1, 2)))))
    assert shown.item("unused.weight").zero == words.NOT_REACHED
    assert shown.item("used.weight").zero is None


def test_what_earlier_passes_left():
    x, t = Value(3.0), leaf([1.0, 2.0])
    for _ in range(2):
        y = x * x + ag.sum(t * x).value()
        assert trace(y).item("x").before == (x.grad or None)  # this pass has not run yet
        y.backward()
    shown = trace(y)
    assert (shown.item("x").grad, shown.item("x").before) == (9.0, 9.0)
    np.testing.assert_array_equal(shown.item("t").before, [3.0, 3.0])
    assert shown.item("y").before is None
    assert trace(y, upstream=2.0).item("x").before == 18.0  # all of it is of other passes
    x.zero_grad()
    t.zero_grad()
    y.backward()
    assert trace(y).item("x").before is trace(y).item("t").before is None
    other = Value(1.0)
    other.grad = 5.0
    assert trace(y, include=[other]).item("other").before == 5.0


def test_a_hook_is_not_an_earlier_pass():
    x = Value(3.0)
    x.register_hook(lambda g: 10.0 * g)
    y = x * 2.0
    y.backward()
    assert x.grad == 20.0
    assert trace(y).item("x").before is None
    assert trace(y).item("x").hooked == (2.0, 20.0)


def test_what_a_hook_changed_is_marked():
    x = Value(2.0)
    h = x * 3.0
    h.register_hook(lambda g: 10.0 * g)
    x.register_hook(lambda g: None)  # looks, and changes nothing
    y = h * h + h
    assert trace(y).item("h").hooked is None  # no pass yet
    y.backward()
    told = trace(y)
    item = told.item("h")
    assert (item.hooked, item.grad) == ((13.0, 130.0), 130.0)
    assert told.into(item)[-1].total == 13.0
    assert told.item("x").hooked is None
    assert trace(y, upstream=2.0).item("h").hooked is None  # a pass it was not called in
    sentences = [each["backward"] for each in as_json(told)["items"]]
    assert sum("(all 3 parts have arrived, and a hook changed it)" in s for s in sentences) == 1
    text = " ".join(str(told).split())
    assert (
        "Hooks h.grad is 130, and this pass brought 13: a hook put another gradient in its place. "
        "The sums shown are those before the hook."
    ) in text


def test_a_hook_that_puts_0_in_its_place_does_not_cancel():
    t = leaf([1.0, 2.0])
    h = t * 3.0
    h.register_hook(np.zeros_like)
    y = (h * np.array([1.0, -4.0])).sum()
    y.backward()
    told = trace(y)
    assert told.item("h").zero == words.BLOCKED
    assert "A hook put 0 in the place of what arrived at h: [1, -4]." in str(told)
    assert told.item("t").zero == words.STARVED


def test_numbers_of_all_kinds():
    """float32, truth values, whole numbers, nan and infinities, no cells, many cells."""
    x = leaf(np.array([1.0, np.inf], np.float32))
    empty, large = leaf(np.ones((0, 2))), leaf(np.ones((40, 40)))
    mask, places = Tensor([True, False]), np.array([1, 0, 1])
    total = ag.sum(ag.where(mask, x, 0.0)) + ag.sum(ag.take(x, places)) + ag.sum(empty)
    root = total + ag.sum(large * 2.0) + ag.argmax(x)
    shown = trace(root)
    data = json.loads(shown.to_json())
    by_name = dict(zip([i.name for i in shown.items], data["items"], strict=True))
    assert by_name["x"]["dtype"] == "float32"
    assert by_name["x"]["data"] == {"shape": [2], "cells": [1.0, "inf"]}
    assert by_name["empty"]["data"] == {"shape": [0, 2], "cells": []}
    assert by_name["large"]["data"] == {"shape": [40, 40], "min": 1.0, "max": 1.0, "mean": 1.0}
    assert by_name["mask"]["data"]["cells"] == [1.0, 0.0]
    assert by_name["mask"]["dtype"] == "bool"
    assert shown.item("x").grad.dtype == np.float32
    assert shown.items[shown.root].shape == ()
    assert trace(Value(1.0) + 1.0).items[0].shape is None


def test_same_input_same_bytes_in_another_process():
    program = (
        "import sys; sys.path.insert(0, 'tests/viz'); import conftest, examples, graphs\n"
        "from autograd.viz.trace import trace\n"
        "for build in examples.ALL.values(): print(build().trace().to_json())\n"
        "for seed in range(60): print(trace(graphs.random_graph(seed)).to_json())\n"
    )
    outputs = []
    for seed in ("0", "1"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, check=True
        )
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == len(examples.ALL) + 60


def test_a_trace_keeps_no_node_alive(no_collector):
    example = examples.small_cnn()
    shown = example.trace()
    nodes = [example.root, *ag.graph.topological_order(example.root)[0]]
    kept = [weakref.ref(node) for node in nodes]
    text = shown.to_json()
    del example, nodes
    assert not any(ref() for ref in kept)
    assert shown.to_json() == text
    gc.collect()


def test_a_trace_does_not_change_with_the_graph():
    w = nn.Parameter(np.array([1.0, 2.0]))
    view = w.reshape(2, 1)
    loss = ag.sum(view * view)
    loss.backward()
    shown = trace(loss)
    text = shown.to_json()
    nn.optim.SGD([w], lr=0.5).step()
    w.grad[...] = 9.0
    assert shown.to_json() == text
    with pytest.raises(errors.ChangedError, match="changed in place"):
        trace(loss)


def test_a_leaf_that_moved_on_shows_what_was_read():
    """A scalar network trains in place; the picture of a step is that of the step."""
    w, t = Value(2.0), leaf([1.0, 3.0])
    loss = ag.sum(t * w)
    loss.backward()
    w.data -= 0.5
    t.data = [7.0, 7.0]
    shown = trace(loss)
    assert shown.item("w").data == 2.0
    assert shown.item("t").data.tolist() == [1.0, 3.0]


def test_nothing_of_the_graph_changes():
    x, w = leaf([1.0, 2.0]), nn.Parameter(np.ones(2))
    loss = ag.sum(x * w)
    arrays = x._data, w._data
    trace(loss, include=[leaf([3.0])])
    assert x.grad is w.grad is loss.grad is None
    assert x._data is arrays[0]
    assert w._data is arrays[1]
    assert not any([w.exposed, x.exposed])


def test_a_function_is_not_disturbed_by_a_look():
    runs = []

    class Scale(ag.Function):
        @staticmethod
        def forward(ctx, x):
            runs.append("forward")
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            runs.append("backward")
            return 2.0 * g * ctx.saved[0]

    x = leaf([1.0, 2.0])
    y = ag.sum(Scale.apply(x))
    check(trace(y))
    assert runs == ["forward", "backward"]
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_graphs_that_have_gone():
    x = Value(2.0)
    y = x * x
    y.backward(free=True)
    with pytest.raises(errors.GradientError, match="free=True"):
        trace(y)
    with pytest.raises(errors.GradientError, match="requires_grad"):
        trace(Tensor([1.0]).sum())


def test_a_leaf_alone():
    x = Value(2.0)
    shown = trace(x)
    assert [(i.name, i.kind, i.grad) for i in shown.items] == [("x", "root", 1.0)]
    assert shown.contributions == []
    shown.to_json()


def test_too_large_a_graph_is_told_module_by_module():
    model = nn.scalar.MLP(2, [3, 1], generator=1)
    loss = ag.total([(model([0.5, i / 10]) - 1.0) ** 2 for i in range(10)])
    shown = trace(loss, limit=50)
    assert not shown.complete
    assert shown.items == shown.contributions == []
    assert "more than the limit of 50" in shown.note
    json.loads(shown.to_json())
    assert trace(loss, limit=10_000).complete
    layers = nn.Sequential(*[nn.Linear(2, 2, generator=i) for i in range(4)])
    x = np.ones((1, 2))
    whole, small = trace(ag.sum(layers(x))), trace(ag.sum(layers(x)), limit=3)
    assert small.frames == whole.frames
    assert len(small.frames) == 5


def test_a_hundred_thousand_nodes_do_not_hang():
    """Told as a sum; the time is a benchmark line, here only that it ends, without recursion."""
    x = Value(0.5)
    y = x
    for i in range(100_000):
        y = y + x if i % 2 else y * 0.999
    shown = trace(y)
    assert not shown.complete
    assert shown.nodes == 100_001
    assert f"limit of {LIMIT:,}" in shown.note
