"""Pooling: who wins, who shares, and where the gradient goes."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, errors
from autograd.graph import gradients
from autograd.ops import pool

Array = np.ndarray[Any, Any]
Rng = np.random.Generator
QUESTIONS = json.loads(Path(__file__).parents[1].joinpath("questions.json").read_text())
INF, NAN = np.inf, np.nan


def each(value: Any, n: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * n


def windows(
    size: tuple[int, ...], out: tuple[int, ...], options: dict[str, Any]
) -> list[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
    """(position, the array's cells in its window, row by row), by plain arithmetic."""
    n = len(size)
    kernel = each(options["kernel_size"], n)
    stride = each(options.get("stride", kernel), n)
    padding, dilation = each(options.get("padding", 0), n), each(options.get("dilation", 1), n)
    found = []
    for position in product(*map(range, out)):
        cells = []
        for cell in product(*map(range, kernel)):
            at = tuple(
                o * s + c * d - p
                for o, s, c, d, p in zip(position, stride, cell, dilation, padding, strict=True)
            )
            if all(0 <= a < length for a, length in zip(at, size, strict=True)):
                cells.append(at)
        found.append((position, cells))
    return found


def by_loops(x: Array, g: Array, n: int, options: dict[str, Any]) -> tuple[Array, Array]:
    """Max pooling and its gradient, one window at a time."""
    ties = options.get("ties", "first")
    y, dx = np.full(g.shape, -INF), np.zeros_like(x)
    for lead in np.ndindex(*x.shape[:-n]):
        for position, cells in windows(x.shape[-n:], g.shape[-n:], options):
            values = np.array([x[(*lead, *cell)] for cell in cells])
            winner = int(np.argmax(values))  # the first nan, or else the first largest
            y[(*lead, *position)] = values[winner]
            same = (values == values[winner]) | (np.isnan(values) & np.isnan(values[winner]))
            for i, cell in enumerate(cells):
                if same[i] if ties == "split" else i == winner:
                    share = same.sum() if ties == "split" else 1
                    dx[(*lead, *cell)] += g[(*lead, *position)] / share
    return y, dx


def run(function: Any, x: Array, g: Any, **options: Any) -> tuple[Array, Array]:
    tensor = Tensor(x, requires_grad=True)
    y = function(tensor, **options)
    y.backward(g(y.shape) if callable(g) else g)
    return y.numpy(), tensor.grad


# --- max pooling against loops --------------------------------------------------------------------

SWEEP: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((4, 6), {"kernel_size": 2}),
    ((5, 7), {"kernel_size": 2}),
    ((5, 7), {"kernel_size": 2, "ceil_mode": True}),
    ((6, 5), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ((6, 5), {"kernel_size": (2, 3), "stride": 1}),
    ((7, 6), {"kernel_size": (3, 1), "stride": (1, 2), "padding": (1, 0)}),
    ((8, 7), {"kernel_size": (2, 3), "dilation": (3, 2), "stride": (2, 1)}),
    ((7, 5), {"kernel_size": 2, "stride": 3}),
    ((6, 7), {"kernel_size": 4, "stride": (3, 4), "padding": 2, "ceil_mode": True}),
    ((3, 3), {"kernel_size": 3}),
    ((2, 3), {"kernel_size": 1}),
    ((9,), {"kernel_size": 3, "stride": 2, "padding": 1}),
    ((8,), {"kernel_size": 2, "dilation": 3, "stride": 3}),
    ((4, 5, 3), {"kernel_size": 2, "stride": (2, 1, 1)}),
    ((3, 4, 5), {"kernel_size": (2, 3, 2), "stride": 2, "padding": (1, 1, 0), "ceil_mode": True}),
]


@pytest.mark.parametrize(("size", "options"), SWEEP)
@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("kind", ["distinct", "tied", "special"])
def test_max_pool_against_loops(size: Any, options: Any, ties: str, kind: str, rng: Rng) -> None:
    n = len(size)
    x = rng.normal(size=(2, 3, *size))
    if kind != "distinct":
        x = rng.integers(-1, 2, size=x.shape).astype(float)
    if kind == "special":
        chosen = rng.random(x.shape)
        x[chosen < 0.3] = -INF
        x[(chosen > 0.3) & (chosen < 0.4)] = NAN
        x[(chosen > 0.4) & (chosen < 0.5)] = INF
        x[(chosen > 0.5) & (chosen < 0.6)] = -0.0
    options = {**options, "ties": ties}
    function = getattr(pool, f"max_pool{n}d")
    g: Any = rng.normal(size=function(x, **options).shape)
    expected, slope = by_loops(x, g, n, options)
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    innermost = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)
    for data in (x, last, innermost, np.asfortranarray(x)):
        y, dx = run(function, data, g, **options)
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_allclose(dx, slope, atol=1e-12)
        assert np.isfinite(dx).all()
        assert dx.sum() == pytest.approx(g.sum())  # nothing is lost, nothing is added
    single, single_dx = run(function, x[0], g[0], **options)
    np.testing.assert_array_equal(single, expected[0])
    np.testing.assert_allclose(single_dx, slope[0], atol=1e-12)


@pytest.mark.parametrize("ties", ["first", "split"])
def test_gradients_of_gradients(ties: str, rng: Rng) -> None:
    # Distinct numbers a tenth apart: no kink within reach of the differences.
    x = rng.permutation(np.arange(60) / 10).reshape(1, 2, 6, 5)
    options = {"kernel_size": 3, "stride": (2, 1), "padding": 1, "ties": ties}
    second_order(lambda t: pool.max_pool2d(t, **options), x, rng)


def second_order(function: Any, x: Array, rng: Rng) -> None:
    """The gradient of sum(h * gradient of sum(c * y ** 3)) against differences of the gradient."""
    c: Any = rng.normal(size=function(x).shape)
    h = rng.normal(size=x.shape)

    def slope(at: Any, create_graph: bool = False) -> tuple[Any, Any]:
        t = Tensor(at, requires_grad=True)
        y = function(t)
        return t, gradients((y * y * y * c).sum(), [t], create_graph=create_graph)[0]

    t, first = slope(x, create_graph=True)
    (ours,) = gradients((first * h).sum(), [t])
    direction, step = rng.normal(size=x.shape), 1e-5
    ends = [float((slope(x + s * direction)[1] * h).sum()) for s in (step, -step)]
    np.testing.assert_allclose(
        float((ours * direction).sum()), (ends[0] - ends[1]) / (2 * step), rtol=1e-6, atol=1e-6
    )
    assert np.abs(ours).max() > 1e-3


def test_second_order_at_ties_follows_the_same_winners(rng: Rng) -> None:
    x = Tensor(np.array([[[2.0, 2.0], [1.0, 2.0]]]), requires_grad=True)
    for ties, weight in (("first", [1, 0, 0, 0]), ("split", [1 / 3, 1 / 3, 0, 1 / 3])):
        y = pool.max_pool2d(x, 2, ties=ties)
        (first,) = gradients((y * y).sum(), [x], create_graph=True)
        np.testing.assert_allclose(first.numpy().ravel(), 4 * np.array(weight))
        h = rng.normal(size=x.shape)
        (second,) = gradients((first * h).sum(), [x])
        expected = 2 * np.array(weight) * (h.ravel() @ weight)
        np.testing.assert_allclose(second.ravel(), expected)


def test_first_order_against_differences(rng: Rng) -> None:
    x = rng.permutation(np.arange(42) / 10).reshape(1, 1, 6, 7)
    for function, options in (
        (pool.max_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1}),
        (pool.avg_pool2d, {"kernel_size": (3, 2), "stride": 2, "padding": 1}),
    ):
        g: Any = rng.normal(size=function(x, **options).shape)  # type: ignore[operator]  # both are functions
        _, dx = run(function, x, g, **options)
        slope = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            ends = []
            for step in (1e-4, -1e-4):
                moved = x.copy()
                moved[i] += step
                ends.append(float((g * function(moved, **options)).sum()))  # type: ignore[operator]  # likewise
            slope[i] = (ends[0] - ends[1]) / 2e-4
        np.testing.assert_allclose(dx, slope, atol=1e-8)


# --- the questions --------------------------------------------------------------------------------


def test_overlapping_windows_add_up() -> None:
    case = QUESTIONS["pool_overlap"]
    y, dx = run(
        pool.max_pool2d, np.array([case["x"]], float), [case["up"]], kernel_size=2, stride=1
    )
    np.testing.assert_array_equal(y, [case["y"]])
    np.testing.assert_allclose(dx, [case["dx"]], atol=1e-15)


def test_every_channel_has_its_own_winner() -> None:
    x = np.array([[[1.0, 4.0], [3.0, 2.0]], [[2.0, 6.0], [7.0, 2.0]]])
    _, dx = run(pool.max_pool2d, x, [[[1.0]], [[2.0]]], kernel_size=2)
    np.testing.assert_array_equal(dx, [[[0, 1], [0, 0]], [[0, 0], [2, 0]]])


def test_pool_in_front_of_a_layer() -> None:
    x = Tensor([[[1.0, 4, 2, 0], [3, 2, 7, 5]]], requires_grad=True)
    case = QUESTIONS["pool_fc_2_3_6"]
    pooled = pool.max_pool2d(x, 2)
    (np.array(case["W"]) @ pooled[0, 0]).backward(case["dFC"])
    np.testing.assert_array_equal(pooled.grad, [[case["dP_identity"]]])
    np.testing.assert_array_equal(x.grad, [[[0, 2.5, 0, 0], [0, 0, 7, 0]]])


def test_one_cell_in_nine_windows() -> None:
    x = np.array([[[1.0, 2, 3], [4, 9, 5], [6, 7, 8]]])
    _, dx = run(pool.max_pool2d, x, np.ones, kernel_size=3, stride=1, padding=1)
    np.testing.assert_array_equal(dx, [[[0, 0, 0], [0, 9, 0], [0, 0, 0]]])


# --- ties, padding, special numbers ---------------------------------------------------------------


@pytest.mark.parametrize("level", [0.0, -3.0, 7.5, -INF, INF, NAN])
@pytest.mark.parametrize("padding", [0, 1])
def test_a_constant_array_gives_to_the_first_cell_of_each_window(
    level: float, padding: int
) -> None:
    x = np.full((1, 4, 4), level)
    g = np.arange(1.0, 1 + (2 + padding) ** 2).reshape(1, 2 + padding, 2 + padding)
    y, dx = run(pool.max_pool2d, x, g, kernel_size=2, padding=padding)
    np.testing.assert_array_equal(y, np.full(g.shape, level))
    expected = np.zeros((4, 4))
    starts = [0, 2] if not padding else [0, 1, 3]
    expected[np.ix_(starts, starts)] = g[0]
    np.testing.assert_array_equal(dx[0], expected)
    _, dx = run(pool.max_pool2d, x, g, kernel_size=2, padding=padding, ties="split")
    widths = np.array([2, 2]) if not padding else np.array([1, 2, 1])
    shares = g[0] / np.outer(widths, widths)
    np.testing.assert_allclose(dx[0], np.repeat(np.repeat(shares, widths, 0), widths, 1))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_k_equal_winners(k: int, rng: Rng) -> None:
    x = np.array([5.0] * k + [1.0] * (9 - k))
    order = rng.permutation(9)
    x = x[order].reshape(1, 3, 3)
    _, first = run(pool.max_pool2d, x, [[[2.0]]], kernel_size=3)
    assert np.argmax(first) == np.argmax(x)
    assert first.sum() == 2.0
    _, split = run(pool.max_pool2d, x, [[[2.0]]], kernel_size=3, ties="split")
    np.testing.assert_allclose(split, np.where(x == 5, 2.0 / k, 0.0))


def test_first_means_row_by_row() -> None:
    # The earlier column of a later row does not win against an earlier row.
    x = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    _, dx = run(pool.max_pool2d, x, [[[1.0]]], kernel_size=2)
    np.testing.assert_array_equal(dx, [[[0, 1], [0, 0]]])
    y, indices = pool.max_pool2d(x, 2, return_indices=True)
    assert (y.item(), indices.item()) == (1.0, 1)


def test_minus_zero_ties_with_zero() -> None:
    for x in ([-0.0, 0.0, -0.0, -0.0], [0.0, -0.0, 0.0, 0.0]):
        _, dx = run(pool.max_pool1d, np.array([x]), [[3.0]], kernel_size=4)
        np.testing.assert_array_equal(dx, [[3, 0, 0, 0]])


def test_nan_wins_and_only_its_own_windows() -> None:
    x = np.array([[[1.0, 2, 3, 4], [5, NAN, 9, 8], [0, 1, NAN, 3], [9, 1, 2, NAN]]])
    y, dx = run(pool.max_pool2d, x, [[[1.0, 2], [3, 4]]], kernel_size=2)
    np.testing.assert_array_equal(y, [[[NAN, 9], [9, NAN]]])
    expected = [[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 4, 0], [3, 0, 0, 0]]
    np.testing.assert_array_equal(dx, [expected])


@pytest.mark.parametrize("ties", ["first", "split"])
@pytest.mark.parametrize("upstream", [INF, -INF, NAN])
def test_an_endless_upstream_stays_in_its_window(upstream: float, ties: str) -> None:
    x = np.array([[[1.0, 2, 3, 4], [5, 6, 7, 8]]])
    y, dx = run(pool.max_pool2d, x, [[[upstream, 1.0]]], kernel_size=2, ties=ties)
    np.testing.assert_array_equal(dx, [[[0, 0, 0, 0], [0, upstream, 0, 1]]])
    assert y.shape == (1, 1, 2)


def test_no_negative_zeros_in_gradients() -> None:
    x = np.array([[[1.0, 2], [3, 4]]])
    for ties in ("first", "split"):
        _, dx = run(pool.max_pool2d, x, [[[-1.0]]], kernel_size=2, ties=ties)
        assert not np.signbit(dx[dx == 0]).any()


def test_padding_is_minus_infinity_and_gets_nothing() -> None:
    x = np.array([[[-1.0, -2], [-3, -4]]])
    y, dx = run(pool.max_pool2d, x, [[[1.0, 2], [3, 4]]], kernel_size=2, padding=1)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(dx, [[[1, 2], [3, 4]]])


def test_trailing_cells_get_exactly_nothing() -> None:
    x = np.arange(9.0).reshape(1, 3, 3)
    for function in (pool.max_pool2d, pool.avg_pool2d):
        _, dx = run(function, x, [[[8.0]]], kernel_size=2)
        assert not dx[0, 2].any()
        assert not dx[0, :, 2].any()
        assert dx.sum() == 8
        hanging, dx = run(function, x, np.ones, kernel_size=2, ceil_mode=True)
        assert hanging.shape == (1, 2, 2)
        assert dx[0, 2, 2] == 1


def test_a_window_that_sees_only_padding_has_no_winner() -> None:
    # Holes let the window (-1, 3) miss the array 0..2 altogether.
    y, dx = run(pool.max_pool1d, np.ones((1, 3)), [[5.0]], kernel_size=2, padding=1, dilation=4)
    np.testing.assert_array_equal(y, [[-INF]])
    np.testing.assert_array_equal(dx, [[0, 0, 0]])


def test_indices_read_the_winners(rng: Rng) -> None:
    x = Tensor(rng.integers(0, 3, (2, 3, 7, 6)).astype(float), requires_grad=True)
    y, indices = pool.max_pool2d(x, 3, stride=2, padding=1, return_indices=True)
    assert indices.dtype == np.int64
    read = np.take_along_axis(x.numpy().reshape(2, 3, 42), indices.reshape(2, 3, -1), 2)
    np.testing.assert_array_equal(read.reshape(y.shape), y.numpy())
    y.backward(np.ones(y.shape))
    counted = np.zeros((6, 42))
    for plane, row in enumerate(indices.reshape(6, -1)):
        np.add.at(counted[plane], row, 1.0)
    np.testing.assert_array_equal(x.grad.reshape(6, 42), counted)


# --- average pooling ------------------------------------------------------------------------------


MEANS = [
    (size, options, count)
    for size, options in SWEEP
    for count in ("with padding", "without", "divisor")
    # PyTorch's averages know no dilation, and the one in one dimension no divisor.
    if "dilation" not in options and (count != "divisor" or len(size) > 1)
]


@pytest.mark.parametrize(("size", "options", "count"), MEANS)
def test_avg_pool_against_loops(size: Any, options: Any, count: str, rng: Rng) -> None:
    n = len(size)
    extra: dict[str, Any] = {"count_include_pad": count == "with padding"}
    if count == "divisor":
        extra = {"divisor_override": 3}
    x = rng.normal(size=(2, 3, *size))
    function = getattr(pool, f"avg_pool{n}d")
    g: Any = rng.normal(size=function(x, **options, **extra).shape)
    kernel, padding = each(options["kernel_size"], n), each(options.get("padding", 0), n)
    stride = each(options.get("stride", kernel), n)
    expected, slope = np.zeros_like(g), np.zeros_like(x)
    for position, cells in windows(size, g.shape[2:], options):
        area = float(len(cells))
        if count == "with padding":
            starts = [o * s - p for o, s, p in zip(position, stride, padding, strict=True)]
            lengths = zip(starts, kernel, size, padding, strict=True)
            area = float(np.prod([min(a + k, length + p) - a for a, k, length, p in lengths]))
        if count == "divisor":
            area = 3.0
        for cell in cells:
            expected[(..., *position)] += x[(..., *cell)] / area
            slope[(..., *cell)] += g[(..., *position)] / area
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    for data in (x, last):
        y, dx = run(function, data, g, **options, **extra)
        np.testing.assert_allclose(y, expected, atol=1e-12)
        np.testing.assert_allclose(dx, slope, atol=1e-12)
    np.testing.assert_allclose(function(x[1], **options, **extra), expected[1], atol=1e-12)
    second_order(lambda t: function(t, **options, **extra), x, rng)


def test_average_of_eight_over_four() -> None:
    _, dx = run(pool.avg_pool2d, np.zeros((1, 2, 2)), [[[8.0]]], kernel_size=2)
    np.testing.assert_array_equal(dx, np.full((1, 2, 2), 2.0))


# --- kinds ----------------------------------------------------------------------------------------

FUNCTIONS = [pool.max_pool2d, pool.avg_pool2d]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_stays(function: Any, dtype: Any, rng: Rng) -> None:
    x = rng.normal(size=(1, 2, 5, 5)).astype(dtype)
    y, dx = run(function, x, np.ones, kernel_size=3, stride=2, padding=1)
    assert y.dtype == dx.dtype == dtype


@pytest.mark.parametrize("function", FUNCTIONS)
def test_empty_batch(function: Any) -> None:
    y, dx = run(function, np.zeros((0, 2, 5, 4)), np.zeros, kernel_size=2, padding=1)
    assert (y.shape, dx.shape) == ((0, 2, 3, 3), (0, 2, 5, 4))


def test_whole_numbers() -> None:
    x = np.array([[[200, 250], [100, 250]]], np.uint8)
    assert pool.max_pool2d(x, 2, padding=1).dtype == np.uint8
    np.testing.assert_array_equal(pool.max_pool2d(-x.astype(int), 2), [[[-100]]])
    np.testing.assert_array_equal(pool.avg_pool2d(x, 2), [[[200.0]]])


def test_upstream_in_strange_memory(rng: Rng) -> None:
    x = Tensor(rng.normal(size=(2, 3, 4, 4)), requires_grad=True)
    pool.max_pool2d(x, 2).sum().backward()  # the gradient of a sum is one number, stretched
    assert x.grad.sum() == 24
    assert set(np.unique(x.grad)) == {0.0, 1.0}


@pytest.mark.parametrize("cache", [64, 2 * 5 * 7 * 6 * 8])  # one sample or channel, or two
def test_small_blocks_agree_with_one_piece(cache: int, rng: Rng, monkeypatch: Any) -> None:
    x, g = rng.integers(0, 4, (5, 5, 7, 6)).astype(float), rng.normal(size=(5, 5, 3, 2))
    _, whole = run(pool.max_pool2d, x, g, kernel_size=3, stride=2)
    monkeypatch.setattr("autograd.ops.pool_kernels.CACHE", cache)
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    innermost = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)
    for data in (x, last, innermost):
        _, cut = run(pool.max_pool2d, data, g, kernel_size=3, stride=2)
        np.testing.assert_array_equal(cut, whole)
        _, single = run(pool.max_pool2d, data[2], g[2], kernel_size=3, stride=2)
        np.testing.assert_array_equal(single, whole[2])


# --- errors ---------------------------------------------------------------------------------------

X = np.zeros((2, 3, 6, 5))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("args", "kind", "words"),
    [
        ((X[0, 0], 2), errors.ShapeError, r"\(batch, channels, height, width\).*\(6, 5\)"),
        ((X[None], 2), errors.ShapeError, "x must have the shape"),
        ((X, 7), errors.ShapeError, r"covers \(7, 7\).*only \(6, 5\)"),
        ((X, 3, 1, 2), errors.ShapeError, r"half of the window.*\(2, 2\).*\(3, 3\)"),
        ((X, 0), errors.OptionError, "kernel_size .* at least 1"),
        ((X, (2, 2, 2)), errors.OptionError, "2 of them"),
        ((X, 2.0), errors.OptionError, "whole number"),
        ((X, 2, 0), errors.OptionError, "stride"),
        ((X, 2, 1, -1), errors.OptionError, "padding"),
        ((X[..., :0], 2, 1, 1), errors.ShapeError, "spatial sizes of at least 1"),
    ],
)
def test_errors_say_what_was_expected(function: Any, args: Any, kind: Any, words: str) -> None:
    with pytest.raises(kind, match=words):
        function(*args)


def test_errors_of_single_options() -> None:
    with pytest.raises(errors.OptionError, match="'first' or 'split', got 'last'"):
        pool.max_pool2d(X, 2, ties="last")
    with pytest.raises(errors.OptionError, match="dilation"):
        pool.max_pool2d(X, 2, dilation=0)
    with pytest.raises(errors.OptionError, match="divisor_override"):
        pool.avg_pool2d(X, 2, divisor_override=0)
    with pytest.raises(errors.ShapeError, match="smaller kernel"):
        pool.max_pool2d(X, 9, stride=1, ceil_mode=True)


# --- PyTorch --------------------------------------------------------------------------------------


def test_random_configurations_against_pytorch(rng: Rng) -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    compared = 0
    for _ in range(200):
        n = int(rng.integers(1, 4))
        kernel, stride = ([int(v) for v in rng.integers(1, 5, n)] for _ in range(2))
        largest = rng.random() < 0.6
        options: dict[str, Any] = {
            "kernel_size": tuple(kernel),
            "stride": tuple(stride),
            "padding": tuple(int(rng.integers(k // 2 + 1)) for k in kernel),
            "ceil_mode": bool(rng.random() < 0.4),
        }
        x = rng.integers(-2, 3, (2, 2, *rng.integers(2, 9, n))).astype(float)
        if largest:
            name = f"max_pool{n}d"
            options |= {"dilation": tuple(int(v) for v in rng.integers(1, 3, n))}
            try:
                # Windows that see nothing but padding: PyTorch then writes outside its arrays.
                if np.isneginf(getattr(pool, name)(x, **options)).any():
                    continue
            except errors.ShapeError:
                pass
            options["return_indices"] = True
        else:
            name = f"avg_pool{n}d"
            options["count_include_pad"] = bool(rng.random() < 0.5)
        tensor = torch.tensor(x, requires_grad=True)
        try:
            theirs = getattr(torch.nn.functional, name)(tensor, **options)
        except RuntimeError:
            if name != "avg_pool3d":  # that one also refuses windows that fit only with padding
                with pytest.raises(errors.ShapeError):
                    getattr(pool, name)(x, **options)
            continue
        node = Tensor(x, requires_grad=True)
        ours = getattr(pool, name)(node, **options)
        message = f"{name} {x.shape} {options}"
        if largest:
            np.testing.assert_array_equal(ours[1], theirs[1].numpy(), err_msg=message)
            ours, theirs = ours[0], theirs[0]
        g = rng.normal(size=ours.shape)
        ours.backward(g)
        theirs.backward(torch.tensor(g))
        np.testing.assert_allclose(
            ours.numpy(), theirs.detach().numpy(), atol=1e-12, err_msg=message
        )
        np.testing.assert_allclose(node.grad, tensor.grad.numpy(), atol=1e-12, err_msg=message)
        compared += 1
    assert compared > 100
