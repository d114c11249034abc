"""Convolutions over one and three axes, and transposed ones."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn.layers import conv

# name, arguments, options, shape of the input
LAYERS = [
    ("Conv1d", (2, 3, 3), {}, (2, 2, 7)),
    ("Conv1d", (4, 2, 2), {"stride": 2, "padding": 1, "groups": 2, "bias": False}, (1, 4, 6)),
    ("Conv1d", (2, 2, 4), {"padding": "same", "dilation": 2}, (2, 9)),
    ("Conv1d", (1, 2, (3,)), {"padding": "valid"}, (1, 1, 4)),
    ("Conv3d", (2, 3, 2), {}, (1, 2, 3, 4, 3)),
    ("Conv3d", (1, 2, (1, 2, 3)), {"stride": (1, 2, 1), "padding": (0, 1, 1)}, (2, 1, 2, 3, 3)),
    ("Conv3d", (2, 2, 2), {"groups": 2, "dilation": (1, 2, 1), "bias": False}, (2, 2, 3, 2)),
    ("ConvTranspose1d", (2, 3, 3), {}, (2, 2, 5)),
    ("ConvTranspose1d", (4, 2, 3), {"stride": 2, "output_padding": 1, "groups": 2}, (1, 4, 4)),
    ("ConvTranspose1d", (1, 2, 3), {"padding": 1, "dilation": 2, "bias": False}, (1, 5)),
    ("ConvTranspose2d", (2, 3, 2), {}, (2, 2, 3, 4)),
    (
        "ConvTranspose2d",
        (2, 4, (3, 2)),
        {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "groups": 2},
        (1, 2, 3, 2),
    ),
    ("ConvTranspose2d", (1, 2, 2), {"dilation": (2, 1), "bias": False}, (1, 3, 3)),
]
NAMES = [f"{name}-{i}" for i, (name, *_) in enumerate(LAYERS)]
TABLE = pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=NAMES)


@pytest.mark.usefixtures("float64")
@TABLE
def test_gradients_are_those_of_finite_differences(
    name, args, options, shape, rng, check_gradients
):
    check_gradients(getattr(conv, name)(*args, **options), rng.standard_normal(shape), rng)


@TABLE
def test_layers_equal_pytorch(name, args, options, shape, rng):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(*args, **options).double()
    mine = getattr(conv, name)(*args, **options).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.standard_normal(shape)
    a, b = ag.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = mine(a), theirs(b)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)
    for key, parameter in theirs.named_parameters():
        grad = getattr(mine, key).grad
        np.testing.assert_allclose(grad, parameter.grad.numpy(), rtol=1e-9, atol=1e-12)


@TABLE
def test_float32_stays_float32(name, args, options, shape, rng):
    layer = getattr(conv, name)(*args, **options)
    x = ag.Tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert {a.dtype for a in [out, x.grad, *(p.grad for p in layer.parameters())]} == {
        np.dtype(np.float32)
    }
    exact = getattr(conv, name)(*args, **options).astype(np.float64)
    exact.load_state_dict(layer.state_dict())
    np.testing.assert_allclose(out.numpy(), exact(x.numpy()).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("float64")
def test_conv1d_and_conv3d_equal_loops(rng):
    line, volume = conv.Conv1d(2, 3, 2, stride=2), conv.Conv3d(1, 2, 2)
    x = rng.standard_normal((1, 2, 6))
    w, b = line.weight.numpy(), line.bias.numpy()
    for o, p in np.ndindex(3, 3):
        expected = (w[o] * x[0, :, 2 * p : 2 * p + 2]).sum() + b[o]
        assert line(x).numpy()[0, o, p] == pytest.approx(expected, rel=1e-12)
    x = rng.standard_normal((1, 3, 2, 3))
    w, b = volume.weight.numpy(), volume.bias.numpy()
    for o, i, k in np.ndindex(2, 2, 2):
        expected = (w[o, 0] * x[0, i : i + 2, :, k : k + 2]).sum() + b[o]
        assert volume(x).numpy()[o, i, 0, k] == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("float64")
def test_a_transposed_convolution_is_what_a_convolution_does_to_gradients(rng):
    """<conv(x), y> = <x, transposed(y)> with one and the same weight."""
    forth = conv.Conv2d(3, 2, (2, 3), stride=2, padding=1, bias=False)
    back = conv.ConvTranspose2d(2, 3, (2, 3), stride=2, padding=1, bias=False)
    back.load_state_dict(forth.state_dict())
    x = rng.standard_normal((2, 3, 6, 7))
    y = rng.standard_normal(forth(x).shape)
    returned = back(y, output_size=(6, 7)).numpy()
    assert returned.shape == x.shape
    assert (forth(x).numpy() * y).sum() == pytest.approx((x * returned).sum(), rel=1e-12)


@pytest.mark.parametrize("size", [9, (9, 10), (1, 3, 10, 9)])
def test_the_output_size_can_be_asked_for(size, rng):
    layer = conv.ConvTranspose2d(2, 3, 3, stride=2, generator=0)
    x = rng.standard_normal((1, 2, 4, 4)).astype(np.float32)
    out = layer(x, output_size=size).numpy()
    assert out.shape[-2:] == ((9, 9) if size == 9 else size[-2:])
    torch = pytest.importorskip("torch")
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, stride=2)
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in layer.state_dict().items()})
    asked = [size, size] if isinstance(size, int) else list(size)
    expected = theirs(torch.from_numpy(x), output_size=asked).detach().numpy()
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "fan"),
    [
        (lambda g: conv.Conv1d(6, 300, 4, groups=2, generator=g), 12),
        (lambda g: conv.Conv3d(2, 100, (1, 2, 3), generator=g), 12),
        (lambda g: conv.ConvTranspose1d(12, 60, 4, groups=2, generator=g), 120),
        (lambda g: conv.ConvTranspose2d(30, 200, (2, 3), generator=g), 1200),
    ],
)
def test_weights_start_as_in_pytorch(make, fan):
    """Even numbers up to 1 / sqrt(fan), where the fan is counted over the weight's later axes."""
    layer, bound = make(0), 1 / np.sqrt(fan)
    for array in (layer.weight.numpy(), layer.bias.numpy()):
        assert 0.7 * bound < abs(array).max() <= bound * (1 + 1e-6)
    assert layer.weight.numpy().var() == pytest.approx(bound**2 / 3, rel=0.1)
    np.testing.assert_array_equal(layer.weight.numpy(), make(0).weight.numpy())


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (conv.Conv1d(3, 2, 3), (1, 2, 8), ["Conv1d(3, 2", "(N, 3, L) or (3, L)", "(1, 2, 8)"]),
        (conv.Conv1d(3, 2, 3), (1, 3, 8, 8), ["(N, 3, L)"]),
        (conv.Conv3d(3, 2, 3), (3, 8, 8), ["(N, 3, D, H, W) or (3, D, H, W)"]),
        (conv.ConvTranspose1d(3, 2, 3), (2, 8), ["ConvTranspose1d(3, 2", "(3, L)"]),
        (conv.ConvTranspose2d(3, 2, 3), (1, 2, 8, 8), ["(N, 3, H, W)", "(1, 2, 8, 8)"]),
    ],
)
def test_wrong_shapes_name_layer_expected_and_received(layer, shape, words):
    with pytest.raises(errors.ShapeError) as caught:
        layer(np.zeros(shape))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: conv.Conv1d(0, 1, 3), "in_channels"),
        (lambda: conv.Conv1d(1, 1, (3, 3)), "kernel_size"),
        (lambda: conv.Conv3d(1, 1, (3, 3)), "kernel_size"),
        (lambda: conv.ConvTranspose2d(1, 1, 2, padding="same"), "padding"),
        (lambda: conv.ConvTranspose2d(1, 1, 2, output_padding=-1), "output_padding"),
        (lambda: conv.ConvTranspose2d(3, 4, 2, groups=2), "in_channels"),
        (lambda: conv.ConvTranspose1d(4, 3, 2, groups=2), "out_channels"),
        (lambda: conv.ConvTranspose1d(1, 1, 2, padding_mode="reflect"), "padding_mode"),
        (lambda: conv.ConvTranspose1d(1, 1, 2, output_padding=1)(np.zeros((1, 3))), "output_padd"),
        (lambda: conv.ConvTranspose1d(1, 1, 2, 2)(np.zeros((1, 3)), output_size=8), "output_size"),
        (lambda: conv.ConvTranspose1d(1, 1, 2, 2)(np.zeros((1, 3)), output_size=5), "output_size"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


def test_repr_shows_the_options():
    text = "ConvTranspose2d(2, 4, kernel_size=3, stride=2, padding=1, output_padding=1, groups=2)"
    layer = conv.ConvTranspose2d(2, 4, 3, 2, 1, 1, 2)
    assert repr(layer) == text
    assert repr(conv.Conv1d(1, 2, 3, bias=False)) == (
        "Conv1d(1, 2, kernel_size=3, stride=1, bias=False)"
    )
