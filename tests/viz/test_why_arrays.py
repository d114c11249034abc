"""`why` on arrays: one cell, its readers, and the array as a whole; the acceptance questions."""

from __future__ import annotations

import json
from pathlib import Path

import examples
import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from autograd.viz import why, words
from autograd.viz.explain import inquiry, nudge
from autograd.viz.replay import Replay

DATA = json.loads((Path(__file__).parents[1] / "questions.json").read_text())


def leaf(data):
    return Tensor(np.array(data, dtype=float), requires_grad=True)


def products(told):
    return [(row.upstream, row.local) for row in told.rows]


# --- questions 1a, 1b, 1c, 2 ----------------------------------------------------------------------


@pytest.mark.parametrize("j", [0, 1])
def test_q1a_each_pooled_value_has_its_own_weighted_sum(j):
    fc = DATA["pool_fc_2_3_6"]
    P = leaf(fc["P"])
    y = ag.matmul(Tensor(fc["W"]), P)
    y.backward(fc["dFC"])
    told = why(P, j)
    assert products(told) == [(g, w[j]) for g, w in zip(fc["dFC"], fc["W"], strict=True)]
    assert [row.sender for row in told.rows] == ["y[0]", "y[1]", "y[2]"]
    assert told.total == fc["dP_identity"][j]
    assert told.nudge.agrees


def test_q1a_the_cells_of_a_small_array_are_written_as_sums():
    fc = DATA["pool_fc_2_3_6"]
    P = leaf(fc["P"])
    y = ag.matmul(Tensor(fc["W"]), P)
    y.backward(fc["dFC"])
    text = str(why(P))
    assert "P[0]  2 x 0.5 + 3 x 1 + 6 x -0.25      +2.5" in text
    assert "P[1]  2 x -1 + 3 x 2 + 6 x 0.5           +7" in text
    assert "why(P, 1)" in text


def test_q1a_with_relu_between():
    fc = DATA["pool_fc_2_3_6"]
    P = leaf(fc["P"])
    z = ag.matmul(Tensor(fc["W"]), P)
    y = ag.relu(z)
    y.backward(fc["dFC"])
    assert [why(P, j).total for j in (0, 1)] == fc["dP_relu"]
    shut = why(z, 0)
    assert shut.zero == words.BLOCKED
    assert products(shut) == [(2.0, 0.0)]


def test_q1b_one_pooled_cell_and_the_neurons_that_read_it():
    conv = DATA["pool_conv"]
    P = leaf(np.zeros((1, 1, 3, 3)))
    K = leaf([[conv["K"]]])
    y = ag.conv2d(P, K)
    y.backward([[conv["G"]]])
    corner, left = why(P, (0, 0, 0, 2)), why(P, (0, 0, 1, 0))
    assert products(corner) == [(20.0, 2.0)]
    assert corner.total == 40.0
    assert products(left) == [(10.0, 3.0), (30.0, 1.0)]
    assert [row.sender for row in left.rows] == ["y[0, 0, 0, 0]", "y[0, 0, 1, 0]"]
    assert left.total == 60.0
    for r, c in np.ndindex(3, 3):
        told = why(P, (0, 0, r, c))
        assert told.total == conv["dP"][r][c]
        assert len(told.rows) == conv["readers"][r][c]
        assert told.nudge.agrees
    assert "P[0, 0, 1, 0]  10 x 3 + 30 x 1" in str(why(P))


def test_q1c_an_overlapping_cell_wins_twice_and_loses_twice():
    case = DATA["pool_overlap"]
    x = leaf([[case["x"]]])
    y = ag.max_pool2d(x, case["k"], stride=case["s"])
    y.backward([[case["up"]]])
    told = why(x, (0, 0, 1, 1))
    assert products(told) == [(-1.4, 1.0), (0.8, 1.0), (0.2, 0.0), (0.3, 0.0)]
    assert [row.note for row in told.rows] == [
        "won",
        "won",
        "lost to x[0, 0, 2, 0]",
        "lost to x[0, 0, 2, 1]",
    ]
    assert told.total == pytest.approx(-0.6, abs=1e-15)
    assert told.nudge.agrees
    for r, c in np.ndindex(3, 3):
        assert why(x, (0, 0, r, c)).total == pytest.approx(case["dx"][r][c], abs=1e-15)
    assert why(x, (0, 0, 0, 0)).zero == words.BLOCKED


def test_q2_one_pixel_and_the_window_that_chose_another():
    z = leaf([0.5, 2.0, -1.0, 1.5])
    pooled = z.max()
    y = pooled * np.array([1.5, -0.5])
    y.backward([0.3, -0.2])
    assert why(pooled).total == pytest.approx(0.55)
    assert [row.amount for row in why(pooled).rows] == pytest.approx([0.45, 0.1])
    told = [why(z, i) for i in range(4)]
    assert [t.total for t in told] == pytest.approx([0, 0.55, 0, 0])
    assert [t.rows[0].note for t in told] == ["lost to z[1]", "won", "lost to z[1]", "lost to z[1]"]
    assert "L did not move" in str(told[0])


# --- question 3: the worked network, at every layer -----------------------------------------------

LAYERS = {"S": "dS", "P": "dP", "F": "dF", "K": "dK", "b": "db", "W": "dW", "X": "dX"}


@pytest.mark.parametrize(("name", "expected"), LAYERS.items())
def test_q3_every_cell_of_every_layer(name, expected):
    example = examples.worked_cnn()
    node = example.nodes[name]
    right = np.array(DATA["cnn_exact"][expected])
    shape = node.shape
    for flat in range(0, right.size, 3 if right.size > 10 else 1):
        cell = tuple(int(i) for i in np.unravel_index(flat, shape))
        told = why(node, cell, **ROOT(example))
        assert told.total == pytest.approx(right.flat[flat], abs=1e-12)
        assert sum(row.amount for row in told.rows) == pytest.approx(told.total, abs=1e-15)
        assert told.nudge is None or told.nudge.agrees


def ROOT(example):
    return {"root": example.root, "upstream": example.upstream, "names": example.nodes}


def test_q3_a_kernel_weight_is_used_at_every_place():
    example = examples.worked_cnn()
    told = why(example.nodes["K"], (0, 0, 0, 1), **ROOT(example))
    assert len(told.rows) == 16
    assert sum(row.zero == words.STARVED for row in told.rows) == 12  # cells that lost their window
    used = {row.cell: row.local for row in told.rows}
    assert used[0, 0, 1, 1] == examples.IMAGE[1][2]
    assert told.rows[0].note == "starved: nothing arrived"


def test_q3_a_bias_has_one_row_for_each_position():
    example = examples.worked_cnn()
    told = why(example.nodes["b"], **ROOT(example))
    assert told.name == "b"  # one number needs no index
    assert len(told.rows) == 16
    assert {row.local for row in told.rows} == {1.0}


def test_q3_a_pooled_cell_is_read_through_the_flattening():
    example = examples.worked_cnn()
    told = why(example.nodes["S"], (0, 0, 1, 0), **ROOT(example))
    assert [row.sender for row in told.rows] == ["H[0]", "H[1]"]
    assert products(told) == [(0.25, 0.96), (-0.15, 0.23)]


# --- question 4 -----------------------------------------------------------------------------------


def test_q4_three_layers_of_relu():
    chain = DATA["relu_chain"]
    x, y = Value(chain["x"]), chain["y"]
    w1, w2, w3 = (Value(chain[f"w{i}"]) for i in (1, 2, 3))
    h3 = (w3 * x).relu()
    h2 = (w2 * h3).relu()
    h1 = (w1 * h2).relu()
    cost = 0.5 * (y - h1) ** 2
    cost.backward()
    for name, node in {"w1": w1, "w2": w2, "w3": w3, "x": x}.items():
        told = why(node)
        key = "dx" if name == "x" else f"d{name}"
        assert told.total == chain["three"][key]
        assert told.nudge.agrees
        assert told.path_count == 1
        assert told.paths[0].product == told.total


def test_q4_an_inactive_unit_starves_what_lies_behind():
    w1, w2, w3 = Value(0.5), Value(-4.0), Value(1.5)
    z3 = w3 * 2.0
    z2 = w2 * z3.relu()
    h2 = z2.relu()
    z1 = w1 * h2
    cost = 0.5 * (3.0 - z1.relu()) ** 2
    cost.backward()
    assert why(z1).zero == words.BLOCKED  # at exactly 0, because the unit below it is dead
    assert {why(node).zero for node in (h2, z2, w2, z3, w3)} == {words.STARVED}
    assert "Nothing arrived at" in str(why(w3))


# --- many rows, whole arrays ----------------------------------------------------------------------


def test_readers_at_which_nothing_arrived_share_a_line():
    example = examples.worked_cnn()
    told = why(example.nodes["K"], (0, 0, 0, 1), **ROOT(example))
    text, html = str(told), told._repr_html_()
    assert len(told.rows) == 16  # all are there, four are shown
    assert sum(line.startswith("F[") for line in text.splitlines()) == 4
    line = next(line for line in text.splitlines() if line.startswith("12 more cells"))
    assert line.startswith("12 more cells: nothing arrived")
    assert line.split()[-2:] == ["0", "+0.094385"]
    assert "12 more cells: nothing arrived" in html
    assert "starved" not in text + html


@pytest.mark.parametrize("zeros", [4, 5])
def test_a_few_readers_at_which_nothing_arrived_have_a_line_each(zeros):
    x = Value(2.0)
    uses = [x * 3.0 for _ in range(zeros)]
    y = x + ag.total([use * 0.0 for use in uses])
    y.backward()
    text = str(why(x))
    assert text.count("starved: nothing arrived") == (zeros if zeros < 5 else 0)
    assert ("5 more uses: nothing arrived" in text) == (zeros == 5)


@pytest.mark.parametrize("scale", [0.0, 3.0])
def test_of_very_many_readers_the_smaller_share_a_row(scale, monkeypatch):
    monkeypatch.setattr(inquiry, "MOST_SENDERS", 1000)
    n = 1500
    x = Value(2.0)
    y = ag.total([x * (1.0 + i) * scale for i in range(n)])
    y.backward()
    told = why(x)
    assert len(told.rows) == 1001
    assert sum(row.count for row in told.rows) == n
    assert told.total == told.rows[-1].total == x.grad
    rest = told.rows[-1]
    assert rest.sender == "500 more uses"
    assert rest.amount == pytest.approx(scale * 500 * 501 / 2)  # the smallest ones
    assert rest.zero == (words.STARVED if scale == 0.0 else None)
    assert told.zero == rest.zero
    assert "It is used 1,500 times" in str(told)
    line = "1,500 uses: nothing arrived" if scale == 0.0 else "1,476 more  "
    assert f"\n{line}" in str(told)


@pytest.mark.parametrize("index", [None, 1])
def test_of_very_many_arrays_too(index, rng, monkeypatch):
    monkeypatch.setattr(inquiry, "MOST_SENDERS", 1000)
    numbers = rng.normal(size=(1200, 3))
    x = leaf([1.0, 2.0, 3.0])
    y = ag.stack([x * row for row in numbers]).sum()
    y.backward()
    told = why(x, index)
    assert len(told.rows) == 1001
    assert sum(row.count for row in told.rows) == 1200
    assert sum(row.amount for row in told.rows) == pytest.approx(np.sum(numbers, 0)[index or ...])
    assert len(str(told).splitlines()) < 45
    assert "1,176 more" in str(told)


def test_too_much_to_be_run_again_is_not_prepared(monkeypatch):
    monkeypatch.setattr(nudge, "MOST_WORK", 10)
    x = Value(2.0)
    y = ag.total([x * 3.0 for _ in range(50)])
    y.backward()
    rerun = nudge.Rerun(Replay(y), x)
    assert len(rerun.readers) == 11
    assert why(x).nudge is None


def test_where_nothing_arrived_at_any_reader_there_are_none_more():
    x = Value(2.0)
    y = ag.total([x * 3.0 for _ in range(6)]) * 0.0
    y.backward()
    told = why(x)
    assert told.zero == words.STARVED
    assert "\n6 uses: nothing arrived" in str(told)


def test_the_rest_of_very_many_cells_is_starved_where_nothing_arrived_at_it():
    b = leaf([1.0])
    y = b * np.ones(100)
    upstream = np.zeros(100)
    upstream[7] = 2.0
    y.backward(upstream)
    told = why(b)
    assert [row.count for row in told.rows][-1] == 36
    assert told.rows[-1].zero == words.STARVED
    assert "99 more cells: nothing arrived" in str(told)


def test_cells_that_nothing_reaches_share_a_line():
    x = leaf(np.arange(12.0).reshape(3, 4))
    y = (x[0] * 3).sum()
    y.backward()
    told = why(x)
    assert len(told.cells) == 12
    assert "8 more cells: nobody reads them" in str(told)
    assert str(told).count("3 x 1") == 4
    z = (ag.relu(x - 5.5) * 2).max()
    z.backward()
    told = why(x)
    assert [cell.total for cell in told.cells] == [0.0] * 11 + [2.0]
    for shown in (str(told), told._repr_html_()):
        assert "11 more cells: nothing arrived" in shown
        assert "x[0, 0]</th>" not in shown
        assert "x[2, 3]" in shown


def test_a_bias_over_many_positions_shares_rows(rng):
    layer = nn.Conv2d(1, 2, 3, generator=0)
    images = rng.normal(size=(2, 1, 12, 12)).astype(np.float32)
    y = layer(images)
    upstream = rng.normal(size=y.shape)
    y.backward(upstream)
    told = why(layer.bias, 1)
    assert sum(row.count for row in told.rows) == 2 * 10 * 10
    assert told.total == pytest.approx(float(layer.bias.grad[1]), rel=1e-5)
    lines = str(told).splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= 100
    shown = [line for line in lines if "conv[" in line or "more" in line]
    assert sum(int(line.split()[0]) for line in shown if line.split()[1:2] == ["more"]) == 200 - 24


def test_a_large_array_as_a_whole_says_how_to_ask(rng):
    x = leaf(rng.normal(size=(3, 9)))
    x_sum = (x * x).sum()
    x_sum.backward()
    told = why(x)
    assert told.cells == ()
    assert np.array_equal(told.total, x.grad)
    largest = np.unravel_index(np.argmax(np.abs(x.grad)), x.shape)
    assert f"why(x, ({largest[0]}, {largest[1]}))" in str(told)
    assert [row.sender for row in told.rows] == ["x * x", "x * x"]


def test_a_whole_array_of_zeros_has_a_reason():
    x = leaf([-1.0, -2.0])
    h = ag.relu(x)
    y = h.sum()
    y.backward()
    told = why(x)
    assert told.zero == words.BLOCKED
    assert "Nudging x a little does not change h" in str(told)
    assert "2 of 2 cells have gradient 0." in str(told)


def test_a_cell_that_no_window_reads():
    x = leaf(np.arange(9.0).reshape(1, 1, 3, 3))
    y = ag.max_pool2d(x, 2)
    y.backward()
    told = why(x, (0, 0, 2, 2))
    assert told.zero == words.NOT_REACHED
    assert told.total == 0.0
    assert "No cell of y reads x[0, 0, 2, 2]" in str(told)


def test_ties_in_a_window():
    x = leaf([[[[5.0, 1.0], [5.0, 5.0]]]])
    y = ag.max_pool2d(x, 2)
    y.backward()
    assert why(x, (0, 0, 0, 0)).rows[0].note == "won"
    assert why(x, (0, 0, 1, 1)).rows[0].note == "lost the tie: x[0, 0, 0, 0] comes first"
    assert why(x, (0, 0, 1, 1)).nudge.kind == "kink"
    split = leaf([[[[5.0, 1.0], [5.0, 5.0]]]])
    z = ag.max_pool2d(split, 2, ties="split")
    z.backward()
    assert why(split, (0, 0, 1, 1)).rows[0].note == "tie: shared"


def test_single_precision_ties_stay_ties():
    x = Tensor(np.array([0.1, 0.3, 0.3], np.float32), requires_grad=True)
    h = x * np.float32(1.7) + np.float32(0.9)
    y = h.max()
    y.backward()
    first, second = why(x, 1), why(x, 2)
    assert first.nudge.kind == second.nudge.kind == "kink"
    assert second.rows[0].amount == 0.0


def test_a_tie_with_a_node_that_is_not_run_again_stays_a_tie():
    """In double precision the sums would not be equal, and v would be ahead or behind."""
    u, v = (Tensor(np.array([0.1], np.float32), requires_grad=True) for _ in range(2))
    a, b = (x * np.float32(1.7) + np.float32(1000.1) for x in (u, v))
    y = ag.maximum(a, b).sum()
    y.backward()
    told = why(v)
    assert told.total == 0.0
    assert told.nudge.kind == "kink"
    assert told.nudge.right == pytest.approx(1.7, rel=1e-3)


def test_a_value_inside_an_array_expression():
    scale = Value(10.0)
    t = leaf([1.0, 2.0])
    y = (scale * t).sum()
    y.backward()
    told = why(scale)
    assert products(told) == [(1.0, 1.0), (1.0, 2.0)]
    assert told.total == 3.0
    assert told.nudge.agrees
    assert told.paths == ()


def test_indices_count_as_in_numpy():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = (x * x).sum()
    y.backward()
    assert why(x, (-1, -1)).name == "x[1, 1]"
    assert why(x, (np.int64(0), 1)).total == 4.0


@pytest.mark.parametrize("index", [0, (0, 2), (-3, 0), (0, 0, 0)])
def test_a_cell_that_is_not_there(index):
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(errors.IndexingError, match="one index per axis"):
        why(x, index)


@pytest.mark.parametrize("index", [1.5, "a", slice(0, 2)])
def test_what_is_no_index(index):
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(errors.IndexingError, match="one whole number per axis"):
        why(x, index)


def test_asking_hands_no_array_out():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    why(x)
    why(x, 0)
    assert not x.exposed


def test_a_function_keeps_what_its_backward_needs():
    class Square(ag.Function):
        """Square: the gradient times twice the input."""

        @staticmethod
        def forward(ctx, x):
            ctx.saved = (x,)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved
            return g * 2 * x

    t = leaf([1.0, 3.0])
    y = Square.apply(t).sum()
    y.backward()
    told = why(t, 1)
    assert told.total == 6.0
    assert told.nudge.agrees
    t.zero_grad()
    y.backward()
    assert t.grad.tolist() == [2.0, 6.0]


def test_a_checkpoint_cannot_be_nudged_but_explained():
    t = leaf([1.0, 3.0])
    y = ag.checkpoint(lambda x: (x * x).sum(), t)
    y.backward()
    told = why(t, 1)
    assert told.total == 6.0
    assert [row.amount for row in told.rows] == [6.0]
    assert "Nudge" not in str(told)


def test_the_folded_row_is_never_cut():
    lstm = nn.LSTM(3, 4, generator=0)
    loss = ag.sum(lstm(np.ones((2, 1, 3)))[0])
    loss.backward()
    told = str(why(lstm.weight_hh_l0, (0, 1)))
    (folded,) = [line for line in told.splitlines() if " more cells" in line]
    assert folded.startswith("5 more cells ")
    assert folded.endswith("  nothing arrived")
    assert "blocked: slope 0" in told  # so there was a column for it
