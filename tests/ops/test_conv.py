"""Convolution: against plain loops, finite differences and PyTorch, stored and live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, errors
from autograd.graph import gradients
from autograd.ops import conv, pool, window

Array = np.ndarray[Any, Any]
Rng = np.random.Generator
QUESTIONS = json.loads(Path(__file__).parents[1].joinpath("questions.json").read_text())


# --- the same by loops ----------------------------------------------------------------------------


def joined(
    size: tuple[int, ...],
    out: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    before: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]]:
    """Every triple (input cell, kernel cell, output cell) that a convolution joins."""
    for o in product(*map(range, out)):
        for k in product(*map(range, kernel)):
            i = tuple(
                a * s + b * d - p
                for a, b, s, d, p in zip(o, k, stride, dilation, before, strict=True)
            )
            if all(0 <= a < n for a, n in zip(i, size, strict=True)):
                yield i, k, o


def by_loops(
    x: Array,
    w: Array,
    g: Array | None,
    out: tuple[int, ...],
    stride: tuple[int, ...],
    before: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> tuple[Array, Array, Array]:
    """y, and for an upstream gradient g the gradients of x and w, one product at a time."""
    y = np.zeros((len(x), len(w), *out))
    g = np.zeros_like(y) if g is None else g
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    wide, per = len(w) // groups, w.shape[1]
    for i, k, o in joined(x.shape[2:], out, w.shape[2:], stride, before, dilation):
        for b, f, c in product(range(len(x)), range(len(w)), range(per)):
            source = f // wide * per + c
            y[(b, f, *o)] += x[(b, source, *i)] * w[(f, c, *k)]
            dx[(b, source, *i)] += g[(b, f, *o)] * w[(f, c, *k)]
            dw[(f, c, *k)] += g[(b, f, *o)] * x[(b, source, *i)]
    return y, dx, dw


def backward(
    function: Any, xs: list[Array], g: Array | None, rng: Rng
) -> tuple[Any, Array, list[Any]]:
    """(y, g, gradients) of a function of arrays, g drawn if it is not given."""
    tensors = [Tensor(x, requires_grad=True) for x in xs]
    y = function(*tensors)
    g = rng.normal(size=y.shape) if g is None else g
    y.backward(g)
    return y.numpy(), g, [tensor.grad for tensor in tensors]


# Channels of x, of y, groups, kernel, size; then the options: few and many channels, 1x1 windows,
# groups, depthwise, holes, windows larger than x, cells that no window reads.
SWEEP = [
    (1, 2, 1, (2, 3), (5, 6), {}),
    (3, 2, 1, (3, 2), (6, 5), {"stride": (2, 1), "padding": (2, 1)}),
    (2, 3, 1, (2, 2), (7, 6), {"stride": 3}),
    (6, 5, 1, (3, 2), (5, 6), {"padding": 1}),
    (6, 5, 1, (2, 3), (7, 5), {"stride": 2, "dilation": (2, 1), "padding": (0, 2)}),
    (5, 4, 1, (3, 3), (4, 4), {"padding": 3}),
    (4, 6, 1, (1, 1), (3, 4), {}),
    (5, 6, 1, (1, 1), (5, 4), {"stride": 2}),
    (5, 6, 1, (1, 1), (3, 3), {"stride": 3, "padding": 3}),
    (4, 6, 2, (2, 3), (4, 5), {"stride": (1, 2), "padding": 1}),
    (4, 8, 4, (3, 2), (5, 4), {"dilation": (1, 2)}),
    (5, 5, 1, (4, 5), (4, 5), {}),
    (5, 5, 1, (2, 2), (3, 9), {"padding": (1, 0), "dilation": (3, 4)}),
    (2, 3, 1, (3,), (8,), {"stride": 2, "padding": 1}),
    (6, 4, 2, (3,), (8,), {"dilation": 3}),
    (7, 4, 1, (4,), (9,), {"stride": 3, "padding": 2}),
    (2, 3, 1, (2, 1, 3), (3, 2, 4), {"stride": (1, 2, 1), "padding": (1, 0, 1)}),
    (5, 4, 1, (2, 2, 1), (3, 4, 2), {"dilation": (2, 1, 1)}),
]


def each(value: Any, n: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * n


@pytest.mark.parametrize("case", SWEEP)
@pytest.mark.parametrize("bias", [False, True])
def test_values_and_gradients_against_loops(case: Any, bias: bool, rng: Rng) -> None:
    inputs, outputs, groups, kernel, size, options = case
    n = len(kernel)
    function = getattr(conv, f"conv{n}d")
    x = rng.normal(size=(2, inputs, *size))
    w = rng.normal(size=(outputs, inputs // groups, *kernel))
    xs = [x, w] + [rng.normal(size=outputs)] * bias
    y, g, grads = backward(lambda *ts: function(*ts, **options, groups=groups), xs, None, rng)
    settings = [
        each(options.get(key, usual), n)
        for key, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
    ]
    expected, dx, dw = by_loops(x, w, g, y.shape[2:], *settings, groups)
    if bias:
        expected += xs[2].reshape(-1, *(1,) * n)
        np.testing.assert_allclose(grads[2], g.sum((0, *range(2, n + 2))), atol=1e-12)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    np.testing.assert_allclose(grads[0], dx, atol=1e-12)
    np.testing.assert_allclose(grads[1], dw, atol=1e-12)


TRANSPOSED = [
    (2, 3, 1, (2, 3), (3, 4), {"stride": 2}),
    (5, 6, 1, (3, 2), (4, 3), {"padding": 1}),
    (6, 5, 1, (3, 3), (3, 4), {"stride": (2, 3), "padding": 1, "output_padding": (1, 2)}),
    (4, 6, 2, (2, 2), (3, 3), {"dilation": 2, "output_padding": 1}),
    (5, 4, 1, (1, 1), (3, 3), {"stride": 2, "output_padding": 1}),
    (5, 4, 1, (2, 2), (5, 4), {"padding": 2, "dilation": 2}),
    (3, 2, 1, (3,), (4,), {"stride": 2, "padding": 1, "output_padding": 1}),
    (5, 4, 1, (1, 1), (3, 4), {"dilation": 3, "padding": 1, "output_padding": 2}),
]


@pytest.mark.parametrize("case", TRANSPOSED)
def test_transposed_against_loops(case: Any, rng: Rng) -> None:
    inputs, outputs, groups, kernel, size, options = case
    n = len(kernel)
    function = getattr(conv, f"conv_transpose{n}d")
    x = rng.normal(size=(2, inputs, *size))
    w = rng.normal(size=(inputs, outputs // groups, *kernel))
    b = rng.normal(size=outputs)
    y, g, grads = backward(
        lambda *ts: function(*ts, **options, groups=groups), [x, w, b], None, rng
    )
    stride, before, dilation, extra = [
        each(options.get(key, usual), n)
        for key, usual in (("stride", 1), ("padding", 0), ("dilation", 1), ("output_padding", 0))
    ]
    expected = tuple(
        (a - 1) * s - 2 * p + d * (k - 1) + e + 1
        for a, s, p, d, k, e in zip(size, stride, before, dilation, kernel, extra, strict=True)
    )
    assert y.shape == (2, outputs, *expected)
    # A transposed convolution is what a convolution does to gradients: x takes the place of g.
    zeros = np.zeros((2, outputs, *expected))
    _, spread, _ = by_loops(zeros, w, x, size, stride, before, dilation, groups)
    dx, _, dw = by_loops(g, w, x, size, stride, before, dilation, groups)
    np.testing.assert_allclose(y, spread + b.reshape(-1, *(1,) * n), atol=1e-12)
    np.testing.assert_allclose(grads[0], dx, atol=1e-12)
    np.testing.assert_allclose(grads[1], dw, atol=1e-12)
    np.testing.assert_allclose(grads[2], g.sum((0, *range(2, n + 2))), atol=1e-12)


# --- the questions --------------------------------------------------------------------------------


def test_pool_into_conv_collects_from_every_window_that_reads_a_cell(rng: Rng) -> None:
    case = QUESTIONS["pool_conv"]
    pooled = Tensor(rng.normal(size=(1, 3, 3)), requires_grad=True)
    kernel = np.array(case["K"], float)[None, None]
    conv.conv2d(pooled, kernel).backward([case["G"]])
    np.testing.assert_array_equal(pooled.grad, [case["dP"]])
    readers = conv.conv_transpose2d(np.ones((1, 2, 2)), np.ones((1, 1, 2, 2)))
    np.testing.assert_array_equal(readers, [case["readers"]])


def test_the_worked_network_to_the_last_digit() -> None:
    case = {key: np.array(value) for key, value in QUESTIONS["cnn_exact"].items()}
    image, kernel, bias, weights = (
        Tensor(data, requires_grad=True)
        for data in (case["X"][None, None], case["K"][None, None], case["b"], case["W"])
    )
    feature_map = conv.conv2d(image, kernel, bias)
    pooled = pool.max_pool2d(feature_map, 2)
    squashed = 1.0 / (1.0 + 2.718281828459045 ** (-pooled))
    flat = squashed[0, 0, [0, 0, 1, 1], [0, 1, 0, 1]]
    hidden = weights @ flat
    hidden.backward(case["dH"])

    def same(ours: Any, key: str) -> None:
        np.testing.assert_allclose(ours.reshape(case[key].shape), case[key], rtol=0, atol=1e-12)

    same(feature_map.numpy(), "feature_map")
    same(pooled.numpy(), "pooled")
    same(hidden.numpy(), "H")
    same(squashed.grad, "dS")
    same(pooled.grad, "dP")
    same(feature_map.grad, "dF")
    same(kernel.grad, "dK")
    same(bias.grad, "db")
    same(image.grad, "dX")
    same(weights.grad, "dW")


def test_one_bias_per_output_channel() -> None:
    case = QUESTIONS["bias"]
    x, b = np.array(case["x"], float), Tensor(case["b"], requires_grad=True)
    w = Tensor(np.array(case["w"], float)[:, :, None, None], requires_grad=True)
    y = conv.conv2d(x, w, b)
    np.testing.assert_array_equal(y.numpy(), case["y"])
    y.backward(case["up"])
    np.testing.assert_array_equal(b.grad, case["db"])
    np.testing.assert_array_equal(w.grad[:, :, 0, 0], case["dw"])
    large = conv.conv2d(np.zeros((3, 32, 32)), np.zeros((32, 3, 5, 5)), np.zeros(32))
    assert large.shape == tuple(case["out"])


def test_the_small_case_in_one_dimension() -> None:
    x, k, b = (Tensor(v, requires_grad=True) for v in ([[1.0, 2, 3]], [[[0.2, 0.7]]], [0.0]))
    y = conv.conv1d(x, k, b)
    y.backward([[0.2, -0.5]])
    np.testing.assert_allclose(y.numpy(), [[1.6, 2.5]])
    np.testing.assert_allclose(k.grad, [[[-0.8, -1.1]]])
    np.testing.assert_allclose(x.grad, [[0.04, 0.04, -0.35]])
    np.testing.assert_allclose(b.grad, [-0.3])


# --- derivatives of derivatives -------------------------------------------------------------------


def second_order_by_differences(function: Any, xs: list[Array], rng: Rng) -> None:
    """The gradient of sum(h * gradient), h random, against central differences of the gradient."""
    y = function(*xs)
    hs = [rng.normal(size=x.shape) for x in xs]

    def first(values: list[Array], g: Array) -> list[Array]:
        tensors = [Tensor(v, requires_grad=True) for v in values]
        return gradients(function(*tensors), tensors, g)  # type: ignore[arg-type, return-value]  # tensors are nodes

    tensors = [Tensor(x, requires_grad=True) for x in xs]
    g = Tensor(rng.normal(size=np.shape(y)), requires_grad=True)
    firsts = gradients(function(*tensors), tensors, g, create_graph=True)
    total: Any = 0.0
    for share, h in zip(firsts, hs, strict=True):
        total = total + (share * h).sum()
    ours = gradients(total, [*tensors, g])
    steps = [*xs, g.numpy()]
    for slot, mine in enumerate(ours):
        direction = rng.normal(size=mine.shape)
        ends = []
        for sign in (1e-5, -1e-5):
            moved = [v + sign * direction if i == slot else v for i, v in enumerate(steps)]
            shares = first(moved[:-1], moved[-1])
            ends.append(sum(float((s * h).sum()) for s, h in zip(shares, hs, strict=True)))
        slope = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(np.sum(mine * direction), slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (
            lambda x, w, b: conv.conv2d(x, w, b, stride=2, padding=1),
            [(2, 2, 5, 4), (3, 2, 3, 2), (3,)],
        ),
        (lambda x, w, b: conv.conv2d(x, w, b, padding="same"), [(2, 5, 4, 3), (4, 5, 2, 3), (4,)]),
        (lambda x, w: conv.conv1d(x, w, groups=2, dilation=2), [(4, 7), (2, 2, 3)]),
        (
            lambda x, w, b: conv.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1),
            [(1, 5, 3, 2), (5, 4, 3, 2), (4,)],
        ),
    ],
)
def test_gradients_of_gradients(function: Any, shapes: Any, rng: Rng) -> None:
    xs = [rng.normal(size=shape) for shape in shapes]
    squared = lambda *ts: function(*ts) * function(*ts)  # noqa: E731  # so that nothing is linear
    second_order_by_differences(squared, xs, rng)


def test_third_order_is_exact_where_it_is_known() -> None:
    # y = (w * x) ** 3 at one cell: d3y/dx dx dw = 18 w^2 x
    x, w = Tensor([[[2.0]]], requires_grad=True), Tensor([[[3.0]]], requires_grad=True)
    y = conv.conv1d(x, w)
    cube = (y * y * y).sum()
    (dx,) = gradients(cube, [x], create_graph=True)
    (dxx,) = gradients(dx.sum(), [x], create_graph=True)
    (dxxw,) = gradients(dxx.sum(), [w])
    assert dxxw.item() == 18 * 9 * 2


# --- forms, kinds and memory ----------------------------------------------------------------------


@pytest.mark.parametrize("channels", [2, 6])
@pytest.mark.parametrize("groups", [1, 2])
def test_no_batch_is_a_batch_of_one(channels: int, groups: int, rng: Rng) -> None:
    x, w, b = (
        rng.normal(size=(channels, 5, 4)),
        rng.normal(size=(4, channels // groups, 2, 3)),
        rng.normal(size=4),
    )
    run = lambda *ts: conv.conv2d(*ts, padding=1, groups=groups)  # noqa: E731
    y, g, single = backward(run, [x, w, b], None, rng)
    batch_y, _, batch = backward(run, [x[None], w, b], g[None], rng)
    assert y.ndim == 3
    np.testing.assert_array_equal(y, batch_y[0])
    np.testing.assert_array_equal(single[0], batch[0][0])
    np.testing.assert_array_equal(single[1], batch[1])
    np.testing.assert_array_equal(single[2], batch[2])


@pytest.mark.parametrize("shape", [(2, 2, 3, 3), (4, 6, 3, 3), (4, 6, 1, 1)])
def test_an_empty_batch(shape: Any, rng: Rng) -> None:
    x, w, b = np.zeros((0, shape[1], 5, 5)), rng.normal(size=shape), rng.normal(size=shape[0])
    for stride in (1, 2):
        run = lambda *ts, s=stride: conv.conv2d(*ts, stride=s)  # noqa: E731
        y, _, grads = backward(run, [x, w, b], None, rng)
        assert y.shape[:2] == (0, shape[0])
        assert grads[0].shape == x.shape
        assert not grads[1].any()
        assert not grads[2].any()


def innermost(x: Any) -> Any:
    """The same numbers with the samples side by side in memory, as convolutions leave them."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)


@pytest.mark.parametrize("channels", [2, 6])
def test_memory_order_does_not_matter(channels: int, rng: Rng) -> None:
    x = rng.normal(size=(3, channels, 6, 5))
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    reversed_ = np.flip(np.flip(x, (0, 3)).copy(), (0, 3))
    w = rng.normal(size=(4, channels, 3, 2))
    for weight in (w, w[:, :, :1, :1]):
        expected, g, grads = backward(conv.conv2d, [x, weight], None, rng)
        for other in (last, reversed_, innermost(x), np.asfortranarray(x)):
            shifted = np.moveaxis(np.ascontiguousarray(np.moveaxis(g, 1, -1)), -1, 1)
            y = conv.conv2d(other, np.asfortranarray(weight))
            np.testing.assert_allclose(y, expected, atol=1e-12)
            node = Tensor(weight, requires_grad=True)
            conv.conv2d(other, node).backward(shifted)
            np.testing.assert_allclose(node.grad, grads[1], atol=1e-12)


@pytest.mark.parametrize("channels", [3, 8])
def test_blocks_and_bands_agree_with_one_piece(channels: int, rng: Rng, monkeypatch: Any) -> None:
    # A cache of nearly nothing cuts the positions into lines and those into single positions.
    x, w, b = (
        rng.normal(size=(3, channels, 7, 6)),
        rng.normal(size=(5, channels, 3, 2)),
        rng.normal(size=5),
    )
    for options in ({"padding": 1}, {"stride": 2}, {"dilation": 2}):
        run = lambda *ts, o=options: conv.conv2d(*ts, **o)  # noqa: E731
        y, g, grads = backward(run, [x, w, b], None, rng)
        monkeypatch.setattr("autograd.ops.conv_kernels.CACHE", 64)
        small_y, _, small = backward(run, [x, w, b], g, rng)
        monkeypatch.undo()
        np.testing.assert_allclose(small_y, y, atol=1e-12)
        for ours, whole in zip(small, grads, strict=True):
            np.testing.assert_allclose(ours, whole, atol=1e-12)


def test_float32_stays_float32(rng: Rng) -> None:
    for channels in (2, 6):
        x, w, b = (
            rng.normal(size=s).astype(np.float32)
            for s in ((1, channels, 5, 5), (4, channels, 3, 3), (4,))
        )
        y, _, grads = backward(conv.conv2d, [x, w, b], None, rng)
        assert [a.dtype for a in (y, *grads)] == [np.float32] * 4
        exact = conv.conv2d(*(a.astype(float) for a in (x, w, b)))
        np.testing.assert_allclose(y, exact, rtol=2e-5, atol=2e-5)


def test_whole_numbers_are_convolved_as_such(rng: Rng) -> None:
    x, w = rng.integers(-9, 9, (1, 5, 4, 4)), rng.integers(-9, 9, (2, 5, 2, 2))
    y = conv.conv2d(x, w)
    assert y.dtype.kind == "i"
    np.testing.assert_array_equal(y, conv.conv2d(x.astype(float), w.astype(float)))


def test_only_wanted_gradients_are_computed(rng: Rng, monkeypatch: Any) -> None:
    monkeypatch.setattr(conv.conv_transpose, "array", None)  # the first layer's input needs none
    w = Tensor(rng.normal(size=(2, 3, 2, 2)), requires_grad=True)
    conv.conv2d(rng.normal(size=(1, 3, 4, 4)), w).backward(np.ones((1, 2, 3, 3)))
    assert w.grad.shape == w.shape


def test_inputs_are_left_alone(rng: Rng) -> None:
    xs = [rng.normal(size=s) for s in ((1, 5, 4, 4), (4, 5, 3, 3), (4,))]
    copies = [x.copy() for x in xs]
    for x in xs:
        x.flags.writeable = False
    backward(conv.conv2d, xs, None, rng)
    for x, copy in zip(xs, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


def test_bias_makes_no_second_node(rng: Rng) -> None:
    x, w, b = (
        Tensor(rng.normal(size=s), requires_grad=True) for s in ((1, 2, 3, 3), (1, 2, 2, 2), (1,))
    )
    assert conv.conv2d(x, w, b).parents == (x, w, b)


# --- unfold and fold ------------------------------------------------------------------------------


def test_convolution_is_a_product_with_columns(rng: Rng) -> None:
    x, w = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 2))
    options = {"stride": (1, 2), "padding": (2, 0), "dilation": (2, 1)}
    columns = window.unfold(x, (3, 2), **options)
    y = conv.conv2d(x, w, **options)
    np.testing.assert_allclose((w.reshape(4, -1) @ columns).reshape(y.shape), y, atol=1e-12)


@pytest.mark.parametrize("batch", [(), (2,), (0,)])
def test_fold_is_the_transpose_of_unfold(batch: Any, rng: Rng) -> None:
    options = {"kernel_size": (3, 2), "dilation": (1, 2), "padding": (1, 0), "stride": (2, 1)}
    x = rng.normal(size=(*batch, 3, 5, 6))
    columns = window.unfold(x, **options)
    other = rng.normal(size=columns.shape)
    back = window.fold(other, (5, 6), **options)
    assert back.shape == x.shape
    np.testing.assert_allclose((columns * other).sum(), (x * back).sum())
    _, _, (dx,) = backward(lambda t: window.unfold(t, **options), [x], other, rng)
    np.testing.assert_allclose(dx, back)
    _, _, (dc,) = backward(lambda t: window.fold(t, (5, 6), **options), [other], x, rng)
    np.testing.assert_allclose(dc, columns)


# --- errors ---------------------------------------------------------------------------------------

X, W = np.zeros((2, 4, 6, 5)), np.zeros((6, 4, 3, 2))
BAD = [
    (lambda: conv.conv2d(X[0, 0], W), errors.ShapeError, r"x must have the shape .*\(6, 5\)"),
    (lambda: conv.conv2d(X[None], W), errors.ShapeError, "x must have the shape"),
    (lambda: conv.conv2d(X[..., :0], W, padding=2), errors.ShapeError, "at least 1"),
    (lambda: conv.conv2d(X, W[0]), errors.ShapeError, "weight must have the shape"),
    (lambda: conv.conv2d(X, W[:0]), errors.ShapeError, "none of them 0"),
    (lambda: conv.conv2d(X[:, :3], W), errors.ShapeError, "made for 4 input channels.*has 3"),
    (lambda: conv.conv2d(X, W, groups=2), errors.ShapeError, "8 input channels .2 groups of 4"),
    (lambda: conv.conv2d(X, W, groups=4), errors.ShapeError, "groups must divide out_channels"),
    (lambda: conv.conv2d(X, W, groups=0), errors.OptionError, "at least 1"),
    (lambda: conv.conv2d(X, W, np.zeros(4)), errors.ShapeError, r"shape \(6,\); got shape \(4,\)"),
    (lambda: conv.conv2d(X, W, stride=0), errors.OptionError, "stride .* at least 1.* number 0"),
    (lambda: conv.conv2d(X, W, stride=(1, 2, 3)), errors.OptionError, "or 2 of them"),
    (lambda: conv.conv2d(X, W, stride=1.5), errors.OptionError, "whole number"),
    (lambda: conv.conv2d(X, W, stride=None), errors.OptionError, "whole number"),
    (lambda: conv.conv2d(X, W, stride=[1, "2"]), errors.OptionError, "whole number"),
    (lambda: conv.conv2d(X, W, padding=-1), errors.OptionError, "at least 0"),
    (lambda: conv.conv2d(X, W, dilation=(1, 0)), errors.OptionError, "dilation"),
    (lambda: conv.conv2d(X, W, padding="full"), errors.OptionError, "'valid' or 'same'"),
    (lambda: conv.conv2d(X, W, padding="same", stride=2), errors.OptionError, "stride 1"),
    (lambda: conv.conv2d(X, W, dilation=3), errors.ShapeError, r"covers \(7, 4\).*only \(6, 5\)"),
    (lambda: conv.conv1d(X, W), errors.ShapeError, "channels, length"),
    (lambda: conv.conv_transpose2d(X, W), errors.ShapeError, "6 input channels.*has 4"),
    (
        lambda: conv.conv_transpose2d(X, W[:4], output_padding=1),
        errors.OptionError,
        "smaller than stride or dilation",
    ),
    (lambda: conv.conv_transpose2d(X, W[:4], padding=5), errors.ShapeError, "at least 1"),
    (lambda: conv.conv_transpose2d(X, W[:4], groups=3), errors.ShapeError, "divide in_channels"),
    (lambda: window.unfold(X, 7), errors.ShapeError, "smaller kernel"),
    (lambda: window.unfold(X[0, 0], 2), errors.ShapeError, "x must have"),
    (lambda: window.fold(np.zeros((7, 9)), 4, 2), errors.ShapeError, "multiple of 4, 9"),
    (lambda: window.fold(np.zeros(9), 4, 2), errors.ShapeError, "columns"),
    (lambda: window.fold(np.zeros((4, 9)), 0, 2), errors.OptionError, "output_size"),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_errors_say_what_was_expected(call: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


# --- PyTorch --------------------------------------------------------------------------------------


def stored() -> list[Any]:
    with np.load(Path(__file__).parents[1] / "references" / "window.npz") as file:
        arrays = dict(file)
    cases = json.loads(str(arrays["cases"]))
    return [
        pytest.param(
            case,
            {k.split(".")[1]: v for k, v in arrays.items() if k.startswith(f"{i}.")},
            id=f"{i}-{case[0]}",
        )
        for i, case in enumerate(cases)
    ]


@pytest.mark.parametrize(("case", "arrays"), stored())
def test_stored_results_of_pytorch(case: Any, arrays: Any, rng: Rng) -> None:
    name, shapes, options = case
    module = conv if "conv" in name else pool if "pool" in name else window
    xs = [arrays[f"x{slot}"] for slot in range(len(shapes))]
    run = lambda *ts: getattr(module, name)(*ts, **options)  # noqa: E731
    y, _, grads = backward(run, xs, arrays["g"], rng)
    np.testing.assert_allclose(y, arrays["y"], atol=1e-12)
    for slot, grad in enumerate(grads):
        np.testing.assert_allclose(grad, arrays[f"d{slot}"], atol=1e-12)


def random_case(rng: Rng) -> tuple[str, list[Array], dict[str, Any]]:
    n = int(rng.integers(1, 4))
    transposed = n < 3 and rng.random() < 0.35
    groups = int(rng.choice([1, 1, 2, 3]))
    inputs, outputs = (groups * int(rng.integers(1, 7)) for _ in range(2))

    def draw(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(v) for v in rng.integers(low, high, n))

    kernel, stride, dilation = draw(1, 4), draw(1, 4), draw(1, 3)
    x = rng.normal(size=(int(rng.integers(1, 4)), inputs, *draw(3, 8)))
    if rng.random() < 0.3:
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    if rng.random() < 0.2:
        x = x[0]
    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "groups": groups}
    options["padding"] = draw(0, 4)
    if not transposed and rng.random() < 0.2:
        options |= {"stride": 1, "padding": "same"}
    if transposed:
        high = [max(s, d) for s, d in zip(stride, dilation, strict=True)]
        options["output_padding"] = tuple(int(rng.integers(h)) for h in high)
    shape = (inputs, outputs // groups) if transposed else (outputs, inputs // groups)
    xs = [x, rng.normal(size=(*shape, *kernel))]
    if rng.random() < 0.6:
        xs.append(rng.normal(size=outputs))
    return f"conv{'_transpose' * transposed}{n}d", xs, options


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_random_configurations_against_pytorch(rng: Rng) -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    compared = 0
    for _ in range(200):
        name, xs, options = random_case(rng)
        tensors = [torch.tensor(x, requires_grad=True) for x in xs]
        try:
            theirs = getattr(torch.nn.functional, name)(*tensors, **options)
        except RuntimeError:
            with pytest.raises((errors.ShapeError, errors.OptionError)):
                getattr(conv, name)(*xs, **options)
            continue
        run = lambda *ts, f=name, o=options: getattr(conv, f)(*ts, **o)  # noqa: E731
        y, g, grads = backward(run, xs, None, rng)
        theirs.backward(torch.tensor(g))
        message = f"{name} {[x.shape for x in xs]} {options}"
        np.testing.assert_allclose(y, theirs.detach().numpy(), atol=1e-11, err_msg=message)
        for ours, tensor in zip(grads, tensors, strict=True):
            np.testing.assert_allclose(ours, tensor.grad.numpy(), atol=1e-11, err_msg=message)
        compared += 1
    assert compared > 100
