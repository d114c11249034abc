"""Frames: what came out of which module, nested as the modules are."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
import nn
import nn.functional as F
from autograd import Tensor, Value, made_by
from autograd.viz.frames import frames_of, modules_of
from autograd.viz.replay import Replay
from autograd.viz.trace import trace


def tree(root):
    """(depth, label, operations directly inside) of every frame, in order."""
    frames, inside = frames_of(Replay(root).order)
    depths = {}
    found = []
    for number, frame in enumerate(frames):
        depths[number] = 0 if frame.parent is None else depths[frame.parent] + 1
        direct = [node.op.name for node in Replay(root).order if inside.get(node) == number]
        found.append((depths[number], frame.label, direct))
    return found


def check(root):
    """What must hold of any frames: each inside its parent, none across another."""
    order = Replay(root).order
    frames, inside = frames_of(order)
    for number, frame in enumerate(frames):
        assert frame.nodes
        if frame.parent is not None:
            assert frame.parent < number
            assert frame.nodes <= frames[frame.parent].nodes
        for other in frames[:number]:
            across = frame.nodes & other.nodes
            assert across in (set(), frame.nodes)
    for node, number in inside.items():
        smallest = min((f for f in frames if node in f.nodes), key=lambda f: len(f.nodes))
        assert len(frames[number].nodes) == len(smallest.nodes)
    return frames


def test_sequential():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    y = ag.sum(model(np.ones((4, 2))))
    check(y)
    assert tree(y) == [
        (0, "Sequential", []),
        (1, "0 Linear", ["linear"]),
        (1, "1 ReLU", ["relu"]),
        (1, "2 Linear", ["linear"]),
    ]
    assert frames_of(Replay(y).order)[0][1].detail == repr(model[0])


def test_a_module_with_one_part_is_around_it():
    """Two calls around the same nodes: the one that returned later is the outer one."""
    model = nn.Sequential(nn.Sequential(nn.Linear(2, 1)))
    y = ag.sum(model(np.ones((1, 2))))
    check(y)
    assert [(depth, label) for depth, label, _ in tree(y)] == [
        (0, "Sequential"),
        (1, "0 Sequential"),
        (2, "0.0 Linear"),
    ]


class Residual(nn.Module):
    def __init__(self):
        self.body = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
        self.gate = nn.Linear(3, 3)

    def forward(self, x):
        return x + self.body(x) * F.sigmoid(self.gate(x))


def test_nested_modules_with_parts_of_their_own():
    model = nn.Sequential(Residual(), Residual(), nn.Linear(3, 1))
    y = ag.sum(model(np.ones((1, 3))))
    check(y)
    found = tree(y)
    assert [(depth, label) for depth, label, _ in found] == [
        (0, "Sequential"),
        (1, "0 Residual"),
        (2, "0.body Sequential"),
        (3, "0.body.0 Linear"),
        (3, "0.body.1 Tanh"),
        (2, "0.gate Linear"),
        (1, "1 Residual"),
        (2, "1.body Sequential"),
        (3, "1.body.0 Linear"),
        (3, "1.body.1 Tanh"),
        (2, "1.gate Linear"),
        (1, "2 Linear"),
    ]
    assert sorted(found[1][2]) == ["add", "multiply", "sigmoid"]
    assert [m is model for m in modules_of(Replay(y).order)] == [True]


def test_a_module_called_twice():
    shared = nn.Linear(2, 2, generator=1)
    x = Tensor(np.ones((1, 2)), requires_grad=True)
    y = ag.sum(shared(ag.tanh(shared(x))))
    check(y)
    assert [label for _, label, _ in tree(y)] == ["Linear", "Linear (call 2)"]
    assert modules_of(Replay(y).order) == [shared]
    both = nn.Sequential(shared, nn.ReLU(), shared)
    y = ag.sum(both(x))
    assert [label for _, label, _ in tree(y)] == [
        "Sequential",
        "0 Linear",
        "1 ReLU",
        "0 Linear (call 2)",
    ]


def test_several_inputs_and_keywords():
    class Mix(nn.Module):
        def forward(self, x, *, scale):
            return x * scale

    before = Value(2.0) * 3.0
    x = Tensor([1.0, 2.0], requires_grad=True) + 1.0
    y = ag.sum(Mix()(x, scale=before))
    check(y)
    assert tree(y) == [(0, "Mix", ["multiply"])]


def test_several_outputs():
    lstm = nn.LSTM(2, 3, generator=1)
    x = np.ones((4, 1, 2), np.float32)
    output, (h, c) = lstm(x)
    alone = check(ag.sum(h))
    assert [frame.label for frame in alone] == ["LSTM"]
    y = ag.sum(output) + ag.sum(h * c)
    frames = check(y)
    assert [frame.label for frame in frames] == ["LSTM"]
    assert len(frames[0].nodes) >= len(alone[0].nodes)
    outside = [n.op.name for n in Replay(y).order if n not in frames[0].nodes]
    assert sorted(outside) == ["add", "multiply", "sum", "sum"]


def test_functional_parts_and_a_loss_have_no_frame_of_a_model():
    model = nn.Linear(2, 3, generator=1)
    scores = F.relu(model(np.ones((2, 2)))) * 2.0
    loss = nn.CrossEntropyLoss()(scores, np.array([0, 1]))
    check(loss)
    labels = [label for _, label, _ in tree(loss)]
    assert labels == ["Linear", "CrossEntropyLoss"]
    outside = [n.op.name for n in Replay(loss).order if n not in frames_of(Replay(loss).order)[1]]
    assert outside == ["relu", "multiply"]
    assert len(modules_of(Replay(loss).order)) == 2


def test_frames_by_hand():
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    made_by("inner", [a, b], c)
    made_by("outer", [a, b], d)
    e = d * 2.0
    check(e)
    assert tree(e) == [(0, "outer", ["add"]), (1, "inner", ["multiply"])]
    assert modules_of(Replay(e).order) == []


def test_frames_that_would_cut_each_other_are_left_out():
    a = Value(1.0)
    b = a * 2.0
    c = b * 3.0
    d = c * 4.0
    made_by("first", a, c)
    made_by("second", b, d)
    check(d)
    assert tree(d) == [(0, "first", ["multiply", "multiply"])]


def test_a_module_that_does_nothing_has_no_frame():
    x = Tensor([[1.0]], requires_grad=True)
    model = nn.Sequential(nn.Identity(), nn.Linear(1, 1), nn.Dropout(0.5).eval())
    y = ag.sum(model(x))
    check(y)
    assert [label for _, label, _ in tree(y)] == ["Sequential", "1 Linear"]


def test_parts_of_a_trace():
    """What a frame gets and what it sends out, as norms; parameters stay inside."""
    model = nn.Linear(2, 2, bias=False).astype(np.float64)
    model.weight.overwrite()[...] = [[3.0, 0.0], [0.0, 4.0]]
    x = Tensor([[1.0, 1.0]], requires_grad=True)
    hidden = x * 1.0
    shown = trace(ag.sum(model(hidden) * np.array([1.0, 2.0])))
    (part,) = shown.frames
    assert (part.path, part.label, part.items) == ("", "Linear", 1)
    assert part.grad_in == pytest.approx(np.hypot(1.0, 2.0))
    assert part.grad_out == pytest.approx(np.hypot(3.0, 8.0))
    again = ag.sum(model(x))  # straight from a leaf
    assert trace(again).frames[0].grad_out == pytest.approx(5.0)


def test_everything_that_a_frame_sends_to_one_node_is_added():
    x = Value(3.0)
    a = x * 1.0
    b = a * a + 2.0 * a
    made_by("box", a, b)
    assert trace(b).frames[0].grad_out == 8.0
