"""Question 8: what inputs of one sign do to the gradients of a neuron, and what centring undoes.

All gradients are the engine's. The random figures are those of
`numpy.random.default_rng(0).standard_normal((1000, 5))`; `RandomState(0)` gives others (32.96 for
sigmoid instead of 32.46). The upstream gradients of the batches are drawn next from the same
generator.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value

ASKED = json.loads((Path(__file__).parents[1] / "questions.json").read_text())["zero_centred"]


# --- acceptance 8 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [0, 1])
def test_the_gradient_of_w_is_the_input_times_one_number(case):
    upstream, expected = ASKED["up"][case], ASKED["dw"][case]
    w = Tensor([0.3, -0.7, 1.1], requires_grad=True)
    b = Tensor(0.2, requires_grad=True)
    f = ag.dot(w, Tensor(ASKED["x"])) + b
    f.backward(upstream)
    np.testing.assert_allclose(w.grad, expected, rtol=1e-15)
    assert b.grad == upstream
    assert w.grad.shape == w.shape  # df/dw is x in the shape of w, not transposed
    assert np.all(np.sign(w.grad) == np.sign(upstream))


def test_the_same_with_scalars():
    for upstream, expected in zip(ASKED["up"], ASKED["dw"], strict=True):
        w = [Value(0.3), Value(-0.7), Value(1.1)]
        ag.dot(w, ASKED["x"]).backward(upstream)
        assert [v.grad for v in w] == pytest.approx(expected, rel=1e-15)


def test_a_batch_can_mix_signs(float64):
    layer = nn.Linear(2, 1)
    layer(np.array(ASKED["batch_x"])).backward(np.array(ASKED["batch_up"])[:, None])
    np.testing.assert_allclose(layer.weight.grad[0], ASKED["batch_dw"], rtol=1e-15)
    assert layer.weight.grad[0, 0] > 0 > layer.weight.grad[0, 1]


def test_a_shift_inside_the_product_gives_both_signs():
    """f = sum of w (x + b): the slope is x + b, negative where b < -x."""
    w = Tensor([1.0, 1.0], requires_grad=True)
    f = ag.sum(w * (Tensor([0.5, 2.0]) + Tensor([-1.0, -1.0])))
    f.backward(3.0)
    assert w.grad.tolist() == [-1.5, 3.0]


def test_each_neuron_has_its_own_sign(float64):
    layer = nn.Linear(3, 2)
    layer(np.array([ASKED["x"]])).backward([[1.0, -2.0]])
    assert np.all(layer.weight.grad[0] > 0)
    assert np.all(layer.weight.grad[1] < 0)


# --- the zig-zag ----------------------------------------------------------------------------------


INPUTS = np.array([[2.0, 1.0], [1.0, 2.0]])


def walk(target, steps=200):
    """The path of per-sample SGD from 0 to `target`, and the gradient of each step."""
    w = nn.Parameter(np.zeros(2))
    optimiser = nn.optim.SGD([w], lr=0.1)
    path, gradients = [w.numpy()], []
    for step in range(steps):
        x = INPUTS[step % 2]
        optimiser.zero_grad()
        loss = (ag.dot(w, x) - x @ target) ** 2 * 0.5
        loss.backward()
        gradients.append(w.grad.copy())
        optimiser.step()
        path.append(w.numpy())
    return np.array(path), np.array(gradients)


def longer_than_straight(path, target):
    """The length of the path over the straight line to the target."""
    return np.linalg.norm(np.diff(path, axis=0), axis=1).sum() / np.linalg.norm(target)


def first_within(path, target, error=0.01):
    """How many steps until the weights are that close to the target."""
    return int(np.argmax(np.linalg.norm(path - target, axis=1) < error))


@pytest.mark.parametrize(
    ("target", "ratio", "steps"), [((1.0, -1.0), 3.1623, 74), ((1.0, 1.0), 1.2443, 40)]
)
def test_the_zig_zag(target, ratio, steps):
    target = np.array(target)
    path, gradients = walk(target)
    assert round(longer_than_straight(path, target), 4) == ratio
    assert first_within(path, target) == steps
    assert one_sign(gradients).all()  # every step goes north-east or south-west


def test_the_ratio_is_the_square_root_of_ten():
    """South-east is +1 and -1 of the inputs, 2 sqrt(5) against sqrt(2); north-east 1/3 of each."""
    south_east, north_east = np.array([1.0, -1.0]), np.array([1.0, 1.0])
    np.testing.assert_allclose(np.linalg.solve(INPUTS.T, south_east), [1, -1], rtol=1e-12)
    np.testing.assert_allclose(np.linalg.solve(INPUTS.T, north_east), [1 / 3, 1 / 3], rtol=1e-12)
    assert 2 * math.sqrt(5) / math.sqrt(2) == pytest.approx(ASKED["zigzag_ratio"], rel=1e-12)
    assert ASKED["zigzag_ratio"] == pytest.approx(math.sqrt(10), rel=1e-12)
    assert round(2 / 3 * math.sqrt(5) / math.sqrt(2), 4) == 1.0541  # to the north-east
    path, _ = walk(south_east, steps=2000)
    assert longer_than_straight(path, south_east) == pytest.approx(math.sqrt(10), rel=1e-5)


# --- many samples ---------------------------------------------------------------------------------


def one_sign(gradients):
    """Which rows have no two signs."""
    return np.all(gradients > 0, axis=1) | np.all(gradients < 0, axis=1)


def condition(features):
    """Of the Gram matrix: how much harder one direction of the weights is to learn than another."""
    return float(np.linalg.cond(features.T @ features))


@pytest.fixture
def drawn():
    """1000 x 5 normal pre-activations, and an upstream gradient for each."""
    generator = np.random.default_rng(0)
    return generator.standard_normal((1000, 5)), generator.standard_normal(1000)


def test_condition_numbers(drawn):
    z, _ = drawn
    sigmoid = ag.sigmoid(z)
    assert round(condition(sigmoid), 1) == 32.5
    assert round(condition(sigmoid - sigmoid.mean(axis=0)), 2) == 1.25
    assert round(condition(ag.tanh(z)), 2) == 1.23
    assert round(condition(ag.relu(z)), 2) == 3.56


def test_the_gram_matrix_is_the_curvature_a_neuron_sees(drawn):
    """Why its condition matters: it is the Hessian of the squared error by the weights."""
    features = ag.sigmoid(drawn[0][:50])

    def loss(w):
        return ag.sum((features @ w) ** 2) * 0.5

    hessian = ag.hessian(loss)(np.zeros(5))
    np.testing.assert_allclose(hessian, features.T @ features, rtol=1e-12)


def sample_gradients(features, upstream):
    """The gradient of the weights of one neuron, for each sample by itself."""
    w = Tensor(np.zeros(features.shape[1]), requires_grad=True)
    return np.array(
        [ag.gradients(ag.dot(w, x), [w], g)[0] for x, g in zip(features, upstream, strict=True)]
    )


def batch_gradients(features, upstream, size=32):
    """The same, summed over each full batch."""
    w = Tensor(np.zeros(features.shape[1]), requires_grad=True)
    starts = range(0, len(features) - size + 1, size)
    return np.array(
        [
            ag.gradients(ag.matmul(features[i : i + size], w), [w], upstream[i : i + size])[0]
            for i in starts
        ]
    )


def test_share_of_gradients_with_one_sign_per_sample(drawn):
    z, upstream = drawn
    assert one_sign(sample_gradients(ag.sigmoid(z), upstream)).mean() == 1.0
    assert round(float(one_sign(sample_gradients(ag.tanh(z), upstream)).mean()), 3) == 0.068


def test_share_of_gradients_with_one_sign_per_batch(drawn):
    """65 % for sigmoid. For tanh it stays rare, about 1 in 16 (what five fair signs give)."""
    z, upstream = drawn
    sigmoid = one_sign(batch_gradients(ag.sigmoid(z), upstream))
    tanh = one_sign(batch_gradients(ag.tanh(z), upstream))
    assert len(sigmoid) == 31
    assert round(100 * float(sigmoid.mean())) == 65
    assert tanh.mean() < 0.1


def test_relu_gives_zeros_too_not_only_one_sign(drawn):
    z, upstream = drawn
    gradients = sample_gradients(ag.relu(z), upstream)
    assert not one_sign(gradients).all()
    assert np.all(np.all(gradients >= 0, axis=1) | np.all(gradients <= 0, axis=1))


def test_normalising_the_features_mends_it(drawn):
    """What centring by hand does, done by a mean and a scale per feature."""
    z, upstream = drawn
    features = ag.sigmoid(z)
    normal = (features - features.mean(axis=0)) / features.std(axis=0)
    assert condition(normal) < 1.3
    assert one_sign(sample_gradients(normal, upstream)).mean() < 0.1
