"""Layers that move numbers about: other axes, borders, resizing, windows as columns."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn.functional import grids
from nn.layers import padding, shape as shapes

# module, name, arguments, options, shape of the input
LAYERS = [
    (shapes, "Unflatten", (1, (2, 3)), {}, (2, 6)),
    (shapes, "Unflatten", (-2, (-1, 2)), {}, (2, 4, 3)),
    (shapes, "PixelShuffle", (2,), {}, (2, 8, 2, 3)),
    (shapes, "PixelShuffle", (3,), {}, (9, 2, 1)),
    (shapes, "Upsample", (5,), {}, (2, 2, 3)),
    (shapes, "Upsample", ((3, 8),), {}, (1, 2, 5, 4)),
    (shapes, "Upsample", (), {"scale_factor": 2}, (2, 3, 2, 3)),
    (shapes, "Upsample", (), {"scale_factor": (1.7, 0.6)}, (1, 2, 5, 7)),
    (shapes, "Upsample", (), {"scale_factor": 2.5}, (1, 1, 2, 3, 2)),
    (shapes, "Upsample", (7,), {"mode": "linear"}, (2, 2, 4)),
    (shapes, "Upsample", ((7, 3),), {"mode": "bilinear"}, (2, 2, 4, 5)),
    (shapes, "Upsample", ((7, 3),), {"mode": "bilinear", "align_corners": True}, (2, 2, 4, 5)),
    (shapes, "Upsample", (1,), {"mode": "bilinear", "align_corners": True}, (1, 2, 3, 4)),
    (
        shapes,
        "Upsample",
        (),
        {"scale_factor": (2.3, 0.7), "mode": "bilinear", "align_corners": False},
        (1, 2, 3, 6),
    ),
    (shapes, "Upsample", (), {"scale_factor": 1.5, "mode": "trilinear"}, (1, 1, 2, 4, 3)),
    (shapes, "Unfold", (2,), {}, (2, 3, 4, 5)),
    (shapes, "Unfold", ((2, 3),), {"dilation": (2, 1), "padding": 1, "stride": 2}, (2, 5, 6)),
    (shapes, "Fold", ((4, 5), (2, 2)), {}, (2, 8, 12)),
    (shapes, "Fold", ((5, 6), (2, 3)), {"padding": (1, 0), "stride": (2, 1)}, (6, 12)),
    (padding, "ConstantPad1d", ((1, 2), 3.5), {}, (2, 3, 4)),
    (padding, "ConstantPad2d", ((1, 0, 2, 3), -1.0), {}, (2, 3, 4)),
    (padding, "ConstantPad2d", (2, 0.5), {}, (1, 2, 3, 4)),
    (padding, "ZeroPad2d", ((0, 1, 2, 0),), {}, (2, 2, 3, 4)),
    (padding, "ReflectionPad2d", ((3, 2, 1, 2),), {}, (2, 2, 3, 4)),
    (padding, "ReflectionPad2d", (1,), {}, (2, 2, 2)),
    (padding, "ReplicationPad1d", ((5, 2),), {}, (2, 3, 2)),
    (padding, "ReplicationPad2d", ((3, 0, 1, 4),), {}, (1, 2, 3, 2)),
]
NAMES = [f"{name}-{i}" for i, (_, name, *_) in enumerate(LAYERS)]
TABLE = pytest.mark.parametrize(("module", "name", "args", "options", "shape"), LAYERS, ids=NAMES)


@TABLE
def test_gradients_are_those_of_finite_differences(
    module, name, args, options, shape, rng, check_gradients
):
    layer = getattr(module, name)(*args, **options)
    check_gradients(layer, rng.standard_normal(shape), rng)
    ag.gradcheck(lambda x: layer(x) ** 3, rng.standard_normal(shape), order=2, mode="random")


@TABLE
def test_layers_equal_pytorch(module, name, args, options, shape, rng):
    torch = pytest.importorskip("torch")
    x = rng.standard_normal(shape)
    a, b = ag.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = getattr(module, name)(*args, **options)(a)
    expected = getattr(torch.nn, name)(*args, **options)(b)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)


@TABLE
def test_float32_stays_float32(module, name, args, options, shape, rng):
    x = ag.Tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
    out = getattr(module, name)(*args, **options)(x)
    out.sum().backward()
    assert out.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad_equals_numpy(mode, rng):
    x = rng.standard_normal((2, 5, 4))
    names = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    expected = np.pad(x, ((0, 0), (2, 0), (1, 3)), mode=names[mode])
    np.testing.assert_array_equal(grids.pad(x, (1, 3, 2, 0), mode).numpy(), expected)


@pytest.mark.parametrize("old", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("new", [1, 2, 3, 4, 6, 10, 15])
def test_resizing_a_line_equals_the_definition(old, new, rng):
    x = rng.standard_normal(old)
    near = grids.interpolate(x[None, None], new).numpy().ravel()
    np.testing.assert_array_equal(near, x[[i * old // new for i in range(new)]])
    for corners in (False, True):
        got = grids.interpolate(x[None, None], new, None, "linear", corners).numpy().ravel()
        if corners:
            at = np.linspace(0, old - 1, new) if new > 1 else np.zeros(1)
        else:
            at = (np.arange(new) + 0.5) * old / new - 0.5
        np.testing.assert_allclose(got, np.interp(at, np.arange(old), x), rtol=1e-9, atol=1e-12)


def test_nearest_by_awkward_factors_takes_pytorchs_neighbours(rng):
    torch = pytest.importorskip("torch")
    for old, factor in [(10, 1 / 3), (7, 1.1), (9, 3.3), (30, 0.3), (11, 4 / 3), (49, 3 / 49)]:
        x = rng.standard_normal((1, 1, old))
        expected = torch.nn.functional.interpolate(torch.from_numpy(x), scale_factor=factor)
        got = grids.interpolate(x, scale_factor=factor)
        np.testing.assert_array_equal(got.numpy(), expected.numpy())


@pytest.mark.parametrize(("old", "new"), [(4, 82), (4, 98), (4, 110)])
def test_nearest_in_float32_rounds_as_pytorch_does(old, new):
    torch = pytest.importorskip("torch")
    x = np.arange(old, dtype=np.float32)[None, None]
    expected = torch.nn.functional.interpolate(torch.from_numpy(x), size=new).numpy()
    np.testing.assert_array_equal(grids.interpolate(x, new).numpy(), expected)
    assert (expected != grids.interpolate(x.astype(float), new).numpy()).any()


def test_an_infinity_stays_with_its_neighbours():
    x = np.array([[[np.inf, 1.0, 2.0, 3.0]]])
    out = grids.interpolate(x, 7, mode="linear", align_corners=True).numpy().ravel()
    np.testing.assert_array_equal(out, [np.inf, np.inf, 1.0, 1.5, 2.0, 2.5, 3.0])
    out = grids.interpolate(x[..., ::-1], 4, mode="linear", align_corners=True).numpy().ravel()
    np.testing.assert_array_equal(out, [3.0, 2.0, 1.0, np.inf])


def test_fold_adds_what_unfold_copied(rng):
    x = rng.standard_normal((2, 3, 4, 5))
    columns = shapes.Unfold((2, 3))(x)
    readers = shapes.Fold((4, 5), (2, 3))(shapes.Unfold((2, 3))(np.ones_like(x)))
    np.testing.assert_allclose(shapes.Fold((4, 5), (2, 3))(columns), x * readers, rtol=1e-12)


def test_pixel_shuffle_puts_channels_side_by_side():
    x = np.arange(16.0).reshape(4, 2, 2)
    out = shapes.PixelShuffle(2)(x).numpy()
    for h, w in np.ndindex(4, 4):
        assert out[0, h, w] == x[(h % 2) * 2 + w % 2, h // 2, w // 2]


def test_unflatten_undoes_flatten(rng):
    x = rng.standard_normal((2, 3, 4))
    flat = shapes.Flatten()(x)
    np.testing.assert_array_equal(shapes.Unflatten(1, (3, 4))(flat).numpy(), x)


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (shapes.Unflatten(1, (2, 3)), (2, 5), ["Unflatten(dim=1", "2 * 3 on axis 1", "(2, 5)"]),
        (shapes.Unflatten(1, (2, -1)), (2, 5), ["2 * -1"]),
        (shapes.Unflatten(2, (2, 3)), (2, 6), ["axis 2", "(2, 6)"]),
        (shapes.PixelShuffle(2), (1, 6, 2, 2), ["pixel_shuffle", "C * 2 * 2", "(1, 6, 2, 2)"]),
        (shapes.PixelShuffle(2), (4, 2), ["(4, 2)"]),
        (shapes.Upsample(2, mode="bilinear"), (1, 1, 2), ["4 axes for bilinear", "(1, 1, 2)"]),
        (shapes.Upsample(2), (1, 2), ["3 to 5 axes"]),
        (shapes.Unfold(3), (1, 1, 2, 2), ["unfold"]),
        (shapes.Fold(4, 2), (1, 4, 5), ["fold"]),
        (padding.ZeroPad2d(1), (2, 2), ["ZeroPad2d((1, 1, 1, 1))", "(N, C, H, W)", "(2, 2)"]),
        (padding.ReplicationPad1d(1), (2,), ["(N, C, L) or (C, L)"]),
        (padding.ReflectionPad2d(2), (1, 2, 3), ["(2, 2)", "reflect", "size 2"]),
        (padding.ReplicationPad1d(2), (1, 0), ["replicate", "size 0"]),
    ],
)
def test_wrong_shapes_are_refused_in_a_sentence(layer, shape, words):
    with pytest.raises(errors.ShapeError) as caught:
        layer(np.zeros(shape))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: shapes.Unflatten(1, ()), "unflattened_size"),
        (lambda: shapes.Unflatten(1, (-1, -1)), "unflattened_size"),
        (lambda: shapes.Unflatten(1, 6), "unflattened_size"),
        (lambda: shapes.Unflatten(1, (2, 1.5)), "unflattened_size"),
        (lambda: shapes.PixelShuffle(0), "upscale_factor"),
        (lambda: shapes.Upsample(), "size"),
        (lambda: shapes.Upsample(2, 2.0), "size"),
        (lambda: shapes.Upsample(2.5), "size"),
        (lambda: shapes.Upsample(scale_factor=-1.0), "scale_factor"),
        (lambda: shapes.Upsample(2, mode="bicubic"), "mode"),
        (lambda: shapes.Upsample(2, align_corners=False), "align_corners"),
        (lambda: shapes.Upsample((2, 2))(np.zeros((1, 1, 2))), "size"),
        (lambda: shapes.Upsample(scale_factor=0.1)(np.zeros((1, 1, 2))), "size"),
        (lambda: shapes.Unfold((1, 2, 3)), "kernel_size"),
        (lambda: shapes.Fold(0, 2), "output_size"),
        (lambda: padding.ZeroPad2d((1, 2)), "padding"),
        (lambda: padding.ConstantPad1d(-1, 0.0), "padding"),
        (lambda: grids.pad([1.0], (1, 1), "mirror"), "mode"),
        (lambda: grids.pad([1.0], (1,)), "pad must be pairs"),
        (lambda: grids.pad([1.0], (1, -1)), "pad must be pairs"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


def test_more_borders_than_axes_are_refused():
    with pytest.raises(errors.ShapeError, match="2 axes or more"):
        grids.pad([1.0], (1, 1, 1, 1))


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (shapes.Unflatten(1, [2, 3]), "Unflatten(dim=1, unflattened_size=(2, 3))"),
        (shapes.PixelShuffle(2), "PixelShuffle(upscale_factor=2)"),
        (shapes.Upsample(scale_factor=2.0), "Upsample(scale_factor=2.0, mode='nearest')"),
        (shapes.Upsample(3), "Upsample(size=3, mode='nearest')"),
        (shapes.Unfold(2), "Unfold(kernel_size=2, dilation=1, padding=0, stride=1)"),
        (
            shapes.Fold((4, 5), 2),
            "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=1)",
        ),
        (padding.ConstantPad1d(1, 2.0), "ConstantPad1d(padding=(1, 1), value=2.0)"),
        (padding.ReflectionPad2d((1, 2, 3, 4)), "ReflectionPad2d((1, 2, 3, 4))"),
    ],
)
def test_repr_shows_the_options(layer, text):
    assert repr(layer) == text
