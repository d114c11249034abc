"""Paths from a node to the root: their products add up to the gradient."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.viz.explain.paths import MOST_PATHS, TOO_MANY, count, paths
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


def test_a_short_path_is_told_in_full():
    x = Value(1.0)
    y = x
    for _ in range(5):
        y = y * 2.0
    (path,) = paths(Replay(y), x).shown
    assert path.left_out == 0
    assert path.slopes == (2.0,) * 5
    assert all(a is not b for a, b in pairwise(path.through))


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
