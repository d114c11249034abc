"""Paths from a node to the root: their products add up to the gradient."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.viz import why
from autograd.viz.explain.paths import MOST_PATHS, TOO_MANY, count, paths
from autograd.viz.plain import WIDTH, width
from autograd.viz.replay import Replay


def every_path(replay, node):
    """All paths by plain recursion, as a check: lists of slopes."""
    if node is replay.root:
        return [[]]
    return [
        [sent.local, *rest]
        for sent in replay.into(node)
        for rest in every_path(replay, sent.sender)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_counts_and_products_are_those_of_plain_recursion(seed):
    rng = np.random.default_rng(seed)
    nodes = [Value(v) for v in rng.normal(size=2)]
    for _ in range(6):
        a, b = (nodes[i] for i in rng.integers(0, len(nodes), 2))
        nodes.append(a * b if rng.random() < 0.5 else a + b)
    root = ag.total(nodes[-2:])
    replay = Replay(root, 1.5)
    for node in nodes:
        if node not in replay:
            continue
        expected = every_path(replay, node)
        found = paths(replay, node)
        assert found.count == len(expected) == count(replay, node)
        shown = [path.product for path in found.shown]
        assert shown == pytest.approx([1.5 * np.prod(p) for p in expected[:MOST_PATHS]])
        if not found.more:
            assert sum(shown) == pytest.approx(replay.grads[node])


def test_each_argument_slot_is_a_path_of_its_own():
    x = Value(3.0)
    found = paths(Replay(x * x), x)
    assert [path.slopes for path in found.shown] == [(3.0,), (3.0,)]


def test_names_run_from_the_node_to_the_root():
    x = Value(3.0)
    h = x * 2
    y = h + 1
    (path,) = paths(Replay(y), x).shown
    assert path.through == (x, h, y)
    assert path.slopes == (2.0, 1.0)


def test_very_many_paths_are_counted_without_being_walked():
    x = Value(1.0)
    y = x
    for _ in range(50):
        y = y + y
    found = paths(Replay(y), x)
    assert found.count == 2**50
    assert len(found.shown) == MOST_PATHS
    assert found.more == 2**50 - MOST_PATHS
    for _ in range(200):
        y = y + y
    assert paths(Replay(y), x).count == TOO_MANY


def test_a_long_path_is_shortened_and_its_product_is_not():
    x = Value(1.0)
    y = x
    for _ in range(1000):
        y = y * 1.001
    (path,) = paths(Replay(y), x).shown
    assert path.left_out == 996
    assert path.through.count(None) == 1
    assert len(path.through) == len(path.slopes) + 1 < 10
    assert path.product == pytest.approx(1.001**1000)


@pytest.mark.parametrize("steps", [5, 9])
def test_a_short_path_is_told_in_full(steps):
    x = Value(1.0)
    y = x
    for _ in range(steps):
        y = y * 2.0
    (path,) = paths(Replay(y), x).shown
    assert path.left_out == 0
    assert path.slopes == (2.0,) * steps
    assert len(path.through) == steps + 1
    assert all(a is not b for a, b in pairwise(path.through))


def lines_of(name, steps, slope, uses=1):
    """The lines that show the paths of a chain: its way, and its product if that stands below."""
    x = Value(1.0, name="x")
    y = ag.total([x] * uses)
    y.name = f"{name}1"
    for i in range(2, steps + 1):
        y = y * slope
        y.name = f"{name}{i}"
    y.backward()
    told = why(x, root=y, names={})
    assert sum(path.product for path in told.paths) == pytest.approx(x.grad)
    lines = str(told).splitlines()
    (start,) = [i for i, line in enumerate(lines) if " from x to " in line]
    html = told._repr_html_().replace("&gt;", ">").replace("\N{MINUS SIGN}", "-")
    html = html.replace("\N{MULTIPLICATION SIGN}", "x")
    for line in lines[start + 1 :]:
        assert width(line) <= WIDTH
        assert all(text.strip() in html for text in line.split("  "))
    return lines[start + 1 :]


def test_the_middle_of_a_path_is_shown_where_it_fits_the_line():
    (line,) = lines_of("h", 9, 2.0)
    way, product, total = line.split("  ")
    assert way == " > ".join(["x", *(f"h{i}" for i in range(1, 10))])
    assert product == " x ".join("1" + "2" * 8)
    assert total == "+256"
    (line,) = lines_of("h", 10, 2.0)
    assert "... 6 steps ..." in line


def test_a_few_long_paths_have_their_products_below():
    way, product = lines_of("layer", 8, -1.23456)
    assert way == " > ".join(["x", *(f"layer{i}" for i in range(1, 9))])
    assert product.split() == [*"1x", *" x ".join(["-1.2346"] * 7).split(), "-4.371"]
    lines = lines_of("layer", 8, 2.0, uses=2)
    assert [len(line.split(" > ")) for line in lines] == [9, 1, 9, 1, 1]
    assert lines[-1].split() == ["sum", "+256"]


@pytest.mark.parametrize(
    ("name", "steps", "slope", "uses", "way"),
    [
        ("layer", 9, 2.0, 5, "x > layer1 > layer2 > ... 5 steps ... > layer8 > layer9"),
        ("h", 8, -0.75, 5, "x > h1 > h2 > ... 4 steps ... > h7 > h8"),
        ("layer", 8, -0.12345, 5, "x > layer1 > ... 6 steps ... > layer8"),
        ("hidden_layer_", 8, 2.0, 1, "x > hidden_layer_1 > ... 6 steps ... > hidden_layer_8"),
        ("hidden_layer_", 50, 2.0, 1, "x > hidden_layer_1 > ... 48 steps ... > hidden_layer_50"),
    ],
)
def test_the_middle_of_a_path_is_left_out_where_it_does_not_fit(name, steps, slope, uses, way):
    lines = lines_of(name, steps, slope, uses)
    assert len(lines) == (uses + 1 if uses > 1 else 1)
    for line in lines[:uses]:
        assert line.split("  ")[0] == way
        assert " x ... x " in line


def test_no_paths_through_arrays_or_hooks():
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert paths(Replay((t * t).sum()), t) is None
    v = Value(2.0)
    assert paths(Replay((v * t).sum()), v) is None
    x = Value(2.0)
    h = 3 * x
    y = h * h
    assert paths(Replay(y), x).count == 2
    hook = h.register_hook(lambda g: g)
    assert paths(Replay(y), x) is None
    hook.remove()


def test_the_root_itself_has_none():
    x = Value(2.0)
    y = x * x
    found = paths(Replay(y), y)
    assert found.shown == ()
