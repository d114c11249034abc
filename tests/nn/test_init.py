"""Starting values: variance and bounds by the formula, right angles, fans, seeds, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn import init
from nn.parameter import Parameter

RANDOM = [
    "uniform_",
    "normal_",
    "trunc_normal_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "orthogonal_",
]


def fill(name, shape, *args, seed=0, **options):
    return getattr(init, name)(np.empty(shape), *args, generator=seed, **options)


def is_uniform(x, low, high):
    """Bounds, mean and variance, to five standard errors of so many numbers."""
    width, n = high - low, x.size
    assert low <= x.min() < low + 0.01 * width
    assert high - 0.01 * width < x.max() <= high
    assert abs(x.mean() - (low + high) / 2) < 5 * width / math.sqrt(12 * n)
    assert x.var() == pytest.approx(width**2 / 12, rel=5 / math.sqrt(n))


def is_normal(x, mean, std):
    n = x.size
    assert abs(x.mean() - mean) < 5 * std / math.sqrt(n)
    assert x.std() == pytest.approx(std, rel=5 / math.sqrt(2 * n))
    assert np.mean(abs(x - mean) < std) == pytest.approx(0.6827, abs=2.5 / math.sqrt(n))


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (-3.0, -2.5), (-7, 40)])
def test_uniform(a, b):
    is_uniform(fill("uniform_", (200, 300), a, b), a, b)


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (5.0, 0.1), (-1, 30)])
def test_normal(mean, std):
    is_normal(fill("normal_", (200, 300), mean, std), mean, std)


def test_constants():
    np.testing.assert_array_equal(init.constant_(np.empty((2, 3)), -0.5), np.full((2, 3), -0.5))
    np.testing.assert_array_equal(init.ones_(np.empty(3)), np.ones(3))
    np.testing.assert_array_equal(init.zeros_(np.empty(())), 0.0)


# Weights as layers have them: shape, fan_in, fan_out
FANS = [
    ((300, 200), 200, 300),
    ((64, 32, 7), 32 * 7, 64 * 7),
    ((32, 16, 5, 3), 16 * 15, 32 * 15),
    ((16, 8, 3, 3, 3), 8 * 27, 16 * 27),
]


@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), FANS)
def test_fans(shape, fan_in, fan_out):
    assert init.fan_in_and_fan_out(shape) == (fan_in, fan_out)
    torch = pytest.importorskip("torch")
    expected = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert expected == (fan_in, fan_out)


@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), FANS)
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
def test_xavier(shape, fan_in, fan_out, gain):
    variance = gain**2 * 2 / (fan_in + fan_out)
    bound = math.sqrt(3 * variance)
    is_uniform(fill("xavier_uniform_", shape, gain), -bound, bound)
    is_normal(fill("xavier_normal_", shape, gain), 0.0, math.sqrt(variance))


@pytest.mark.parametrize(("shape", "fan_in", "fan_out"), FANS)
@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize(
    ("nonlinearity", "a", "squared_gain"),
    [("leaky_relu", 0.0, 2.0), ("leaky_relu", 2.0, 0.4), ("relu", 0.7, 2.0), ("linear", 0, 1.0)],
)
def test_kaiming(shape, fan_in, fan_out, mode, nonlinearity, a, squared_gain):
    variance = squared_gain / (fan_in if mode == "fan_in" else fan_out)
    bound = math.sqrt(3 * variance)
    is_uniform(fill("kaiming_uniform_", shape, a, mode, nonlinearity), -bound, bound)
    is_normal(fill("kaiming_normal_", shape, a, mode, nonlinearity), 0.0, math.sqrt(variance))


def test_kaiming_keeps_the_size_of_activations_through_relus():
    x = np.random.default_rng(100).standard_normal((256, 300))
    for seed in range(10):
        x = np.maximum(x @ fill("kaiming_normal_", (300, 300), seed=seed).T, 0)
    assert 0.5 < np.mean(x**2) < 2.0  # it would be 2 ** -10 with the gain of a linear layer


@pytest.mark.parametrize(
    "nonlinearity",
    ["linear", "conv1d", "conv3d", "conv_transpose2d", "sigmoid", "tanh", "relu", "selu"],
)
def test_gains_equal_pytorch(nonlinearity):
    torch = pytest.importorskip("torch")
    expected = torch.nn.init.calculate_gain(nonlinearity)
    assert init.calculate_gain(nonlinearity) == pytest.approx(expected, rel=1e-12)


def test_gains_by_hand():
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("selu") == 3 / 4
    assert init.calculate_gain("leaky_relu", 1.0) == 1.0
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / 1.0001)


# --- normal between two bounds --------------------------------------------------------------------


def moments(mean, std, a, b):
    """Mean and variance of the truncated distribution, by adding up a fine grid."""
    x = np.linspace(a, b, 200_001)
    exponent = -0.5 * ((x - mean) / std) ** 2
    p = np.exp(exponent - exponent.max())
    p /= p.sum()
    centre = (p * x).sum()
    return centre, (p * (x - centre) ** 2).sum()


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [
        (0.0, 1.0, -2.0, 2.0),
        (0.0, 0.02, -2.0, 2.0),
        (1.0, 2.0, 0.5, 9.0),
        (0.0, 5.0, -2.0, 2.0),  # narrow
        (0.0, 1.0, -1.0, 1.4),
        (0.0, 1.0, 0.0, 4.0),
        (0.0, 1.0, 3.0, 4.0),  # a tail
        (0.0, 1.0, 8.0, 30.0),  # where plain drawing would never end
        (0.0, 1.0, -30.0, -8.0),
        (5.0, 0.1, 2.0, 2.5),
        (0.0, 1.0, 3.0, 3.001),
    ],
)
def test_truncated_normal(mean, std, a, b):
    x = fill("trunc_normal_", (200, 200), mean, std, a, b)
    assert a <= x.min() <= x.max() <= b
    centre, variance = moments(mean, std, max(a, mean - 40 * std), min(b, mean + 40 * std))
    assert abs(x.mean() - centre) < 5 * math.sqrt(variance / x.size)
    assert x.var() == pytest.approx(variance, rel=0.08)


def test_absurd_bounds_end_as_well():
    assert fill("trunc_normal_", 3, 0.0, 1e-310, 1.0, 2.0).tolist() == [1.0, 1.0, 1.0]
    assert fill("trunc_normal_", 3, 0.0, 1.0, -1e300, -1e299).tolist() == [-1e299] * 3
    assert np.isfinite(fill("trunc_normal_", 3, 0.0, 1.0, -1e308, 1e308)).all()


# --- right angles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(5, 5), (3, 8), (8, 3), (4, 3, 2, 2), (12, 2, 3), (1, 4), (4, 1)]
)
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_orthogonal(shape, gain):
    w = fill("orthogonal_", shape, gain).reshape(shape[0], -1)
    short = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(short, gain**2 * np.eye(len(short)), atol=1e-12)


def test_orthogonal_directions_are_spread_evenly():
    """Without care for signs, the diagonal would be mostly negative."""
    first = [fill("orthogonal_", (3, 3), seed=seed)[0, 0] for seed in range(400)]
    assert abs(np.mean(first)) < 0.15
    assert np.var(first) == pytest.approx(1 / 3, rel=0.25)


# --- what all share -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
def test_seeds_decide_and_numpys_global_state_is_left_alone(name):
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    a, b, c = (fill(name, (4, 5), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()
    rng = np.random.default_rng(1)
    np.testing.assert_array_equal(fill(name, (4, 5), seed=rng), a)
    assert (fill(name, (4, 5), seed=rng) != a).any()
    assert (fill(name, (4, 5), seed=None) != fill(name, (4, 5), seed=None)).any()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("name", [*RANDOM, "ones_", "zeros_"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_are_filled_in_place_and_returned(name, dtype):
    w = Parameter(np.full((4, 6), 7.0, dtype))
    options = {"generator": 5} if name in RANDOM else {}
    assert getattr(init, name)(w, **options) is w
    assert w.dtype == dtype
    assert w.requires_grad
    expected = getattr(init, name)(np.empty((4, 6), dtype), **options)
    np.testing.assert_array_equal(w.numpy(), expected)


def test_a_graph_notices():
    w = Parameter(np.ones((2, 2)))
    loss = (w * w).sum()
    init.zeros_(w)
    with pytest.raises(errors.ChangedError):
        loss.backward()


@pytest.mark.parametrize("name", [n for n in RANDOM if n not in ("uniform_", "normal_")])
def test_nothing_to_fill(name):
    assert fill(name, (3, 0)).shape == (3, 0)
    assert fill(name, (0, 3)).shape == (0, 3)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in RANDOM if "normal_" != n != "uniform_"])
def test_weights_have_two_axes(name):
    if name == "trunc_normal_":
        assert fill(name, 3).shape == (3,)
        return
    for shape in ((), (3,)):
        with pytest.raises(errors.ShapeError, match="two axes or more"):
            fill(name, shape)


@pytest.mark.parametrize("name", [*RANDOM, "ones_", "zeros_"])
@pytest.mark.parametrize(
    "thing", [np.zeros((2, 2), int), [[0.0, 1.0]], None, np.zeros((2, 2), complex)]
)
def test_only_arrays_of_floats_are_filled(name, thing):
    with pytest.raises((errors.DTypeError, errors.ShapeError)):
        getattr(init, name)(thing)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("uniform_", {"a": 1.0, "b": 0.0}),
        ("uniform_", {"b": math.inf}),
        ("uniform_", {"a": "low"}),
        ("normal_", {"std": -1.0}),
        ("normal_", {"mean": math.nan}),
        ("normal_", {"std": True}),
        ("trunc_normal_", {"std": 0.0}),
        ("trunc_normal_", {"a": 2.0}),
        ("trunc_normal_", {"a": 3.0, "b": 2.0}),
        ("xavier_uniform_", {"gain": -1.0}),
        ("xavier_normal_", {"gain": None}),
        ("kaiming_normal_", {"mode": "fan"}),
        ("kaiming_normal_", {"nonlinearity": "swoosh"}),
        ("kaiming_normal_", {"a": "0"}),
        ("orthogonal_", {"gain": math.nan}),
        ("constant_", {"val": "0"}),
        ("constant_", {"val": math.nan}),
    ],
)
def test_bad_options_are_refused_and_nothing_is_changed(name, options):
    w = np.full((3, 3), 7.0)
    with pytest.raises(errors.OptionError):
        getattr(init, name)(w, **options)
    np.testing.assert_array_equal(w, np.full((3, 3), 7.0))


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("seed", [-1, 1.5, "seed", True])
def test_bad_generators_are_refused(name, seed):
    with pytest.raises(errors.DTypeError, match="generator"):
        fill(name, (3, 3), seed=seed)


def test_results_of_operations_are_not_filled():
    x = ag.Tensor(np.ones((2, 2)), requires_grad=True) * 2
    with pytest.raises(errors.AutogradError):
        init.zeros_(x)
