"""The questions this project answers: every acceptance number, in scalars and in arrays.

Questions 1 to 4 and 7. The numbers come from `questions.json`, which was computed independently.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.viz import ledger

DATA = json.loads((Path(__file__).parent / "questions.json").read_text())


def values(rows):
    """Nested lists of numbers as nested lists of Values."""
    return [values(row) for row in rows] if isinstance(rows, list) else Value(rows)


def grads(rows):
    return [grads(row) for row in rows] if isinstance(rows, list) else rows.grad


def seeded(outputs, upstream):
    """One root whose backward sends `upstream` into `outputs`: the sum of upstream x output."""
    return ag.total([u * out for u, out in zip(upstream, outputs, strict=True)])


# --- question 1: pooling into a fully connected or convolutional layer ----------------------------

FC = DATA["pool_fc_2_3_6"]
SIGMOID_1A = [-0.15775187, 0.39528042]


def activations():
    return [
        pytest.param(lambda z: z, FC["dP_identity"], 1e-15, id="identity"),
        pytest.param(ag.relu, FC["dP_relu"], 1e-15, id="relu"),
        pytest.param(ag.sigmoid, SIGMOID_1A, 1e-8, id="sigmoid"),
    ]


@pytest.mark.parametrize(("f", "expected", "atol"), activations())
def test_q1a_fully_connected_with_arrays(f, expected, atol):
    P = Tensor(FC["P"], requires_grad=True)
    f(ag.matmul(Tensor(FC["W"]), P)).backward(FC["dFC"])
    np.testing.assert_allclose(P.grad, expected, rtol=0, atol=atol)


@pytest.mark.parametrize(("f", "expected", "atol"), activations())
def test_q1a_fully_connected_with_scalars(f, expected, atol):
    P = values(FC["P"])
    fc = [f(ag.dot(row, P)) for row in FC["W"]]
    seeded(fc, FC["dFC"]).backward()
    np.testing.assert_allclose(grads(P), expected, rtol=0, atol=atol)


def test_q1a_equal_weights_are_the_only_case_of_a_plain_sum():
    P = Tensor(FC["P"], requires_grad=True)
    ag.matmul(np.ones((3, 2)), P).backward(FC["dFC"])
    assert P.grad.tolist() == FC["dP_all_ones_W"]


def test_q1a_ledger_has_three_addends_for_each_pooled_value():
    P = Tensor(FC["P"], requires_grad=True)
    fc = ag.matmul(Tensor(FC["W"]), P)
    fc.backward(FC["dFC"])
    for j, (addends, total) in enumerate([((1.0, 3.0, -1.5), 2.5), ((-2.0, 6.0, 3.0), 7.0)]):
        book = ledger(fc, P, (j,))
        assert tuple(row.contribution for row in book.rows) == addends
        assert [row.upstream for row in book.rows] == FC["dFC"]
        assert [row.local for row in book.rows] == [w[j] for w in FC["W"]]
        assert book.total == total == P.grad[j]


PR = [[1.0, 4.0, 2.0, 0.0], [3.0, 2.0, 7.0, 5.0]]
DPR = [[0, 2.5, 0, 0], [0, 0, 7, 0]]


def test_q1a_pooling_in_front_with_arrays():
    pr = Tensor([[PR]], requires_grad=True)
    P = ag.max_pool2d(pr, 2).reshape(2)
    ag.matmul(Tensor(FC["W"]), P).backward(FC["dFC"])
    assert P.data.tolist() == [4.0, 7.0]
    assert pr.grad[0, 0].tolist() == DPR


def test_q1a_pooling_in_front_with_scalars():
    pr = values(PR)
    P = [ag.max(pr[0][c], pr[0][c + 1], pr[1][c], pr[1][c + 1]) for c in (0, 2)]
    seeded([ag.dot(row, P) for row in FC["W"]], FC["dFC"]).backward()
    assert grads(pr) == DPR


CONV = DATA["pool_conv"]


def test_q1b_convolution_with_arrays():
    P = Tensor(np.zeros((1, 1, 3, 3)), requires_grad=True)
    ag.conv2d(P, np.array([[CONV["K"]]], dtype=float)).backward([[CONV["G"]]])
    assert P.grad[0, 0].tolist() == CONV["dP"]
    assert P.grad[0, 0, 0, 2] == 40
    assert P.grad[0, 0, 1, 0] == 60


def test_q1b_readers_of_each_cell():
    P = Tensor(np.zeros((1, 1, 3, 3)), requires_grad=True)
    y = ag.conv2d(P, np.array([[CONV["K"]]], dtype=float))
    y.backward([[CONV["G"]]])
    counts = [[len(ledger(y, P, (0, 0, r, c)).rows) for c in range(3)] for r in range(3)]
    assert counts == CONV["readers"]
    left_middle = ledger(y, P, (0, 0, 1, 0))
    assert sorted(row.contribution for row in left_middle.rows) == [30, 30]


def test_q1b_convolution_with_scalars():
    P, K = values([[0.0] * 3 for _ in range(3)]), CONV["K"]
    outputs = [
        ag.dot(
            [K[m][n] for m in (0, 1) for n in (0, 1)],
            [P[r + m][c + n] for m in (0, 1) for n in (0, 1)],
        )
        for r in (0, 1)
        for c in (0, 1)
    ]
    seeded(outputs, [g for row in CONV["G"] for g in row]).backward()
    assert grads(P) == CONV["dP"]


OVERLAP = DATA["pool_overlap"]


def test_q1c_overlapping_windows_with_arrays():
    x = Tensor([[OVERLAP["x"]]], requires_grad=True)
    y = ag.max_pool2d(x, OVERLAP["k"], stride=OVERLAP["s"])
    y.backward([[OVERLAP["up"]]])
    assert y.data[0, 0].tolist() == OVERLAP["y"]
    np.testing.assert_allclose(x.grad[0, 0], OVERLAP["dx"], rtol=0, atol=1e-15)


def test_q1c_overlapping_windows_with_scalars():
    x = values(OVERLAP["x"])
    outputs = [
        ag.max(x[r][c], x[r][c + 1], x[r + 1][c], x[r + 1][c + 1]) for r in (0, 1) for c in (0, 1)
    ]
    seeded(outputs, [u for row in OVERLAP["up"] for u in row]).backward()
    np.testing.assert_allclose(grads(x), OVERLAP["dx"], rtol=0, atol=1e-15)


# --- question 2: through max-pooling at all -------------------------------------------------------

Z, NEXT_W, NEXT_DELTA = [0.5, 2.0, -1.0, 1.5], [1.5, -0.5], [0.3, -0.2]


def test_q2_one_hot_delta_with_scalars():
    z = values(Z)
    pooled = ag.max(*z)
    seeded([w * pooled for w in NEXT_W], NEXT_DELTA).backward()
    assert pooled.grad == pytest.approx(0.55, abs=1e-15)
    assert grads(z) == [0.0, pooled.grad, 0.0, 0.0]


def test_q2_one_hot_delta_with_arrays():
    z = Tensor(Z, requires_grad=True)
    pooled = z.max()
    (pooled * np.array(NEXT_W)).backward(NEXT_DELTA)
    np.testing.assert_allclose(pooled.grad, 0.55, rtol=0, atol=1e-15)
    np.testing.assert_allclose(z.grad, [0, 0.55, 0, 0], rtol=0, atol=1e-15)


def test_q2_jacobian_of_two_maxima():
    jacobian = ag.jacobian(lambda x: ag.stack([ag.maximum(x[0], x[1]), ag.maximum(x[1], x[2])]))
    assert jacobian(np.array([1.0, 3.0, 2.0])).tolist() == [[0, 1, 0], [0, 1, 0]]


def test_q2_two_channels_route_on_their_own():
    x = Tensor([[[[1.0, 4], [3, 2]], [[2, 6], [7, 2]]]], requires_grad=True)
    ag.max_pool2d(x, 2).backward(np.array([1.0, 2.0]).reshape(1, 2, 1, 1))
    assert x.grad[0].tolist() == [[[0, 1], [0, 0]], [[0, 0], [2, 0]]]


# --- question 3: the worked CNN -------------------------------------------------------------------

CNN = DATA["cnn_exact"]
ROUNDED = DATA["cnn_seed_rounded"]


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)


def test_q3_with_arrays():
    X = Tensor([[CNN["X"]]], requires_grad=True)
    K = Tensor([[CNN["K"]]], requires_grad=True)
    b = Tensor(CNN["b"], requires_grad=True)
    W = Tensor(CNN["W"], requires_grad=True)
    F = ag.conv2d(X, K, b)
    P = ag.max_pool2d(F, 2)
    S = ag.sigmoid(P)
    H = ag.matmul(W, S.reshape(4))
    H.backward(CNN["dH"])
    close(F.data[0, 0], CNN["feature_map"])
    close(P.data[0, 0], CNN["pooled"])
    close(S.data[0, 0], CNN["sigmoid"])
    close(H.data, CNN["H"])
    close(S.grad[0, 0], CNN["dS"])
    close(P.grad[0, 0], CNN["dP"])
    close(F.grad[0, 0], CNN["dF"])
    close(K.grad[0, 0], CNN["dK"])
    close(b.grad, CNN["db"])
    close(W.grad, CNN["dW"])
    close(X.grad[0, 0], CNN["dX"])
    stepped = K.data[0, 0] - 0.1 * K.grad[0, 0]
    close(stepped, np.array(CNN["K"]) - 0.1 * np.array(CNN["dK"]))
    np.testing.assert_allclose(  # as written in the question, where twelve digits are given
        stepped,
        [[-0.134475727866, 0.140561543110], [-0.511129612959, 0.613143819067]],
        rtol=0,
        atol=2e-12,
    )


def test_q3_with_scalars():
    X, K, W, b = values(CNN["X"]), values(CNN["K"]), values(CNN["W"]), Value(CNN["b"][0])
    kernel = [K[m][n] for m in (0, 1) for n in (0, 1)]
    F = [
        [ag.dot(kernel, [X[r + m][c + n] for m in (0, 1) for n in (0, 1)]) + b for c in range(4)]
        for r in range(4)
    ]
    P = [
        [ag.max(F[r][c], F[r][c + 1], F[r + 1][c], F[r + 1][c + 1]) for c in (0, 2)] for r in (0, 2)
    ]
    S = [[ag.sigmoid(p) for p in row] for row in P]
    flat = [s for row in S for s in row]
    H = [ag.dot(row, flat) for row in W]
    seeded(H, CNN["dH"]).backward()
    close([h.data for h in H], CNN["H"])
    for nodes, expected in [(S, "dS"), (P, "dP"), (F, "dF"), (K, "dK"), (W, "dW"), (X, "dX")]:
        close(grads(nodes), CNN[expected])
    close(b.grad, CNN["db"][0])


def test_q3_level_a_from_the_rounded_sigmoid():
    """The numbers of the thread: the sigmoid rounded to two places, and its slope s (1 - s)."""
    s = np.array(ROUNDED["sigmoid"])
    K = Tensor([[CNN["K"]]], requires_grad=True)
    b = Tensor([0.0], requires_grad=True)
    P = ag.max_pool2d(ag.conv2d(Tensor([[CNN["X"]]]), K, b), 2)
    dS = (np.array(CNN["dH"]) @ np.array(CNN["W"])).reshape(2, 2)
    P.backward((dS * s * (1 - s))[None, None])
    close(P.grad[0, 0], ROUNDED["dP"])
    close(K.grad[0, 0], ROUNDED["dK"])
    close(b.grad[0], ROUNDED["db"])


def test_q3_level_c_from_deltas_cut_to_four_digits():
    cut = np.trunc(np.array(ROUNDED["dP"]) * 1e4) / 1e4
    K = Tensor([[CNN["K"]]], requires_grad=True)
    b = Tensor([0.0], requires_grad=True)
    ag.max_pool2d(ag.conv2d(Tensor([[CNN["X"]]]), K, b), 2).backward(cut[None, None])
    close(K.grad[0, 0], ROUNDED["dK_published_from_4_digit_deltas"])
    close(b.grad[0], 0.0836)


def test_q3_one_dimensional_check():
    x = Tensor([[[1.0, 2.0, 3.0]]], requires_grad=True)
    k = Tensor([[[0.2, 0.7]]], requires_grad=True)
    b = Tensor([0.0], requires_grad=True)
    y = ag.conv1d(x, k, b)
    y.backward([[[0.2, -0.5]]])
    close(y.data[0, 0], [1.6, 2.5])
    close(k.grad[0, 0], [-0.8, -1.1])
    close(x.grad[0, 0], [0.04, 0.04, -0.35])
    close(b.grad, [-0.3])


# --- question 4: ReLU chains ----------------------------------------------------------------------

CHAIN = DATA["relu_chain"]


@pytest.mark.parametrize("kind", [Value, lambda x: Tensor(x, requires_grad=True)])
@pytest.mark.parametrize(("net", "layers"), [("one", 1), ("two", 2), ("three", 3)])
def test_q4_relu_chains(kind, net, layers):
    x = kind(CHAIN["x"])
    weights = {f"w{i}": kind(CHAIN[f"w{i}"]) for i in range(1, layers + 1)}
    h = x
    for i in range(layers, 0, -1):  # numbered from the output backwards
        h = ag.relu(weights[f"w{i}"] * h)
    cost = 0.5 * (CHAIN["y"] - h) ** 2
    cost.backward()
    expected = CHAIN[net]
    assert float(h) == expected["yhat"]
    assert float(cost) == expected["C"]
    assert float(x.grad) == expected["dx"]
    for name, w in weights.items():
        assert float(w.grad) == expected[f"d{name}"]


def three_layer_cost(w3):
    h = ag.relu(CHAIN["w1"] * ag.relu(CHAIN["w2"] * ag.relu(w3 * CHAIN["x"])))
    return 0.5 * (CHAIN["y"] - h) ** 2


def test_q4_the_right_sign_descends_and_the_askers_climbs():
    w3, step = CHAIN["w3"], 0.01
    true = ag.grad(three_layer_cost)(w3)
    assert true == CHAIN["three"]["dw3"]
    assert three_layer_cost(w3 - step * true) == pytest.approx(3.1752, abs=1e-12)
    wrong = CHAIN["three"]["asker_dw3"]
    assert three_layer_cost(w3 - step * wrong) == pytest.approx(6.0552, abs=1e-12)


def test_q4_an_inactive_unit_passes_nothing():
    w1, w2, w3 = Value(0.5), Value(-4.0), Value(1.5)
    h = ag.relu(w1 * ag.relu(w2 * ag.relu(w3 * 2.0)))
    (0.5 * (3.0 - h) ** 2).backward()
    assert (w1.grad, w2.grad, w3.grad) == (0.0, 0.0, 0.0)


def test_q4_slope_at_zero_decides_what_a_dead_unit_teaches():
    b = Value(0.0)
    (0.5 * (3.0 - ag.relu(0.5 * ag.relu(Value(-4.0) * 2.0) + b)) ** 2).backward()
    assert b.grad == 0.0


@pytest.mark.parametrize(
    ("f", "w", "slope"),
    [
        (ag.sigmoid, 1.0, 2.784767175817587e-7),
        (ag.relu, 1.0, 1.0),
        (ag.relu, 0.5, 9.765625e-4),
        (ag.relu, 2.0, 1024.0),
    ],
)
def test_q4_ten_layers(f, w, slope):
    def net(x):
        for _ in range(10):
            x = f(w * x)
        return x

    assert ag.grad(net)(1.0) == pytest.approx(slope, rel=1e-14)
    assert ag.grad(net)(np.array(1.0)) == pytest.approx(slope, rel=1e-14)


# --- question 7: the biases of a convolution ------------------------------------------------------

BIAS = DATA["bias"]


def test_q7_tiny_convolution():
    x = Tensor([BIAS["x"]], dtype=float)
    w = Tensor(np.array(BIAS["w"], dtype=float)[:, :, None, None], requires_grad=True)
    b = Tensor(BIAS["b"], requires_grad=True)
    y = ag.conv2d(x, w, b)
    y.backward([BIAS["up"]])
    assert y.data[0].tolist() == BIAS["y"]
    assert b.grad.tolist() == BIAS["db"]
    assert w.grad[:, :, 0, 0].tolist() == BIAS["dw"]


def test_q7_tiny_convolution_with_scalars():
    x, w, b = BIAS["x"], values(BIAS["w"]), values(BIAS["b"])
    outputs, upstream = [], []
    for o in (0, 1):
        for r in (0, 1):
            for c in (0, 1):
                outputs.append(ag.dot(w[o], [x[i][r][c] for i in range(3)]) + b[o])
                upstream.append(BIAS["up"][o][r][c])
    seeded(outputs, upstream).backward()
    assert grads(b) == BIAS["db"]
    assert grads(w) == BIAS["dw"]


def test_q7_one_bias_per_output_map_collects_every_position():
    import nn

    layer = nn.Conv2d(3, 32, 5, generator=0)
    counts = {name: p.size for name, p in layer.named_parameters()}
    assert counts == {"weight": BIAS["weights"], "bias": BIAS["biases"]}
    assert sum(counts.values()) == BIAS["total"]
    y = layer(np.zeros((1, 3, 32, 32), np.float32))
    assert list(y.shape[1:]) == BIAS["out"]
    y.backward(np.ones(y.shape))
    assert layer.bias.grad.tolist() == [784.0] * 32
