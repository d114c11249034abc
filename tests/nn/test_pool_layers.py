"""Pooling over one and three axes, and pooling to a given size."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn.functional import grids
from nn.layers import pool

# name, arguments, options, shape of the input
LAYERS = [
    ("MaxPool1d", (2,), {}, (2, 3, 7)),
    ("MaxPool1d", (3, 2, 1), {"dilation": 2, "ceil_mode": True}, (3, 9)),
    ("MaxPool3d", (2,), {}, (1, 2, 4, 5, 3)),
    ("MaxPool3d", ((1, 2, 3), (1, 2, 1)), {"padding": (0, 1, 1)}, (2, 3, 4, 4)),
    ("AvgPool1d", (3,), {}, (2, 2, 7)),
    ("AvgPool1d", (3, 2, 1), {"ceil_mode": True, "count_include_pad": False}, (2, 8)),
    ("AdaptiveAvgPool1d", (3,), {}, (2, 2, 7)),
    ("AdaptiveAvgPool1d", (4,), {}, (2, 8)),
    ("AdaptiveAvgPool1d", (5,), {}, (1, 2, 3)),
    ("AdaptiveAvgPool2d", (1,), {}, (2, 3, 4, 5)),
    ("AdaptiveAvgPool2d", ((3, None),), {}, (2, 2, 7, 4)),
    ("AdaptiveAvgPool2d", ((5, 3),), {}, (3, 4, 8)),
    ("AdaptiveMaxPool2d", (2,), {}, (2, 3, 4, 6)),
    ("AdaptiveMaxPool2d", ((3, 4),), {}, (1, 2, 7, 5)),
    ("AdaptiveMaxPool2d", ((None, 2),), {}, (2, 3, 5)),
]
NAMES = [f"{name}-{i}" for i, (name, *_) in enumerate(LAYERS)]
TABLE = pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=NAMES)


@TABLE
def test_gradients_are_those_of_finite_differences(
    name, args, options, shape, rng, check_gradients
):
    layer = getattr(pool, name)(*args, **options)
    check_gradients(layer, rng.standard_normal(shape), rng)
    ag.gradcheck(lambda x: layer(x) ** 3, rng.standard_normal(shape), order=2, mode="random")


@TABLE
def test_layers_equal_pytorch(name, args, options, shape, rng):
    torch = pytest.importorskip("torch")
    x = rng.integers(-3, 4, shape).astype(float)  # many ties
    a, b = ag.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = getattr(pool, name)(*args, **options)(a)
    expected = getattr(torch.nn, name)(*args, **options)(b)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)


@TABLE
def test_float32_stays_float32(name, args, options, shape, rng):
    x = ag.Tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
    out = getattr(pool, name)(*args, **options)(x)
    out.sum().backward()
    assert out.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("old", range(1, 9))
@pytest.mark.parametrize("new", range(1, 9))
def test_adaptive_windows_are_those_of_the_definition(old, new, rng):
    x = rng.standard_normal((2, old, 1))
    windows = [x[:, i * old // new : math.ceil((i + 1) * old / new)] for i in range(new)]
    means = np.stack([w.mean(1) for w in windows], 1)
    largest = np.stack([w.max(1) for w in windows], 1)
    np.testing.assert_allclose(grids.adaptive_avg_pool2d(x, (new, 1)).numpy(), means, rtol=1e-12)
    np.testing.assert_array_equal(grids.adaptive_max_pool2d(x, (new, 1)).numpy(), largest)
    line = grids.adaptive_avg_pool1d(x[:, :, 0], new).numpy()
    np.testing.assert_allclose(line, means[:, :, 0], rtol=1e-12)


def test_the_first_of_equals_wins_and_infinities_stay_where_they_are():
    x = ag.Tensor(np.ones((1, 5, 5)), requires_grad=True)
    grids.adaptive_max_pool2d(x, 2).backward(np.array([[[1.0, 2.0], [3.0, 4.0]]]))
    expected = np.zeros((5, 5))
    expected[0, 0], expected[0, 2], expected[2, 0], expected[2, 2] = 1, 2, 3, 4
    np.testing.assert_array_equal(x.grad[0], expected)
    out = grids.adaptive_avg_pool1d([[np.inf, 1.0, 2.0, 3.0, 4.0]], 2).numpy()
    np.testing.assert_array_equal(out, [[np.inf, 3.0]])


def test_a_volume_equals_its_slices(rng):
    """A window of depth 1 pools each slice by itself, and one axis is a flat image."""
    x = rng.standard_normal((2, 3, 4, 6, 5))
    out = pool.MaxPool3d((1, 2, 3), (1, 2, 1))(x)
    for d in range(4):
        flat = pool.MaxPool2d((2, 3), (2, 1))(x[:, :, d])
        np.testing.assert_array_equal(out[:, :, d], flat)
    line = x[:, :, 0, 0]
    np.testing.assert_array_equal(
        pool.MaxPool1d(2)(line), pool.MaxPool2d((1, 2))(line[:, :, None])[:, :, 0]
    )
    np.testing.assert_allclose(
        pool.AvgPool1d(2)(line), pool.AvgPool2d((1, 2))(line[:, :, None])[:, :, 0], rtol=1e-14
    )


def test_ties_can_be_split():
    x = ag.Tensor(np.ones((1, 4)), requires_grad=True)
    pool.MaxPool1d(2, ties="split")(x).backward([[1.0, 3.0]])
    assert x.grad.tolist() == [[0.5, 0.5, 1.5, 1.5]]


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (pool.MaxPool1d(2), (4,), ["MaxPool1d(kernel_size=2", "(N, C, L) or (C, L)", "(4,)"]),
        (pool.AvgPool1d(2), (1, 1, 4, 4), ["AvgPool1d", "(N, C, L)"]),
        (pool.MaxPool3d(2), (4, 4, 4), ["MaxPool3d", "(N, C, D, H, W) or (C, D, H, W)"]),
        (pool.AdaptiveAvgPool1d(2), (4,), ["adaptive_avg_pool1d", "(N, C, L)", "(4,)"]),
        (pool.AdaptiveAvgPool2d(2), (4, 4), ["adaptive_avg_pool2d", "(N, C, H, W)"]),
        (pool.AdaptiveMaxPool2d(2), (1, 1, 0, 4), ["adaptive_max_pool2d", "(1, 1, 0, 4)"]),
    ],
)
def test_wrong_shapes_name_layer_expected_and_received(layer, shape, words):
    with pytest.raises(errors.ShapeError) as caught:
        layer(np.zeros(shape))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: pool.MaxPool1d((2, 2)), "kernel_size"),
        (lambda: pool.MaxPool3d(2, padding=2), "padding"),
        (lambda: pool.MaxPool3d(2, ties="last"), "MaxPool3d: ties"),
        (lambda: pool.MaxPool1d(2, dilation=0), "MaxPool1d: dilation"),
        (lambda: pool.AvgPool1d(2, stride=0), "stride"),
        (lambda: pool.AdaptiveAvgPool1d((1, 2)), "output_size"),
        (lambda: pool.AdaptiveAvgPool2d(0), "output_size"),
        (lambda: pool.AdaptiveMaxPool2d((2, 1.5)), "output_size"),
        (lambda: pool.AdaptiveMaxPool2d(True), "output_size"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


def test_repr_shows_the_options():
    assert repr(pool.MaxPool3d(2)) == "MaxPool3d(kernel_size=2, stride=2, padding=0)"
    assert repr(pool.AvgPool1d(3, 1)) == "AvgPool1d(kernel_size=3, stride=1, padding=0)"
    assert repr(pool.AdaptiveAvgPool2d((2, None))) == "AdaptiveAvgPool2d(output_size=(2, None))"
