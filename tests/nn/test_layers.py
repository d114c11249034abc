"""Layers against finite differences and PyTorch, their starting values, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import errors
from nn import functional as F, init

# name, arguments, shape of the input
LAYERS = [
    ("Linear", (3, 4), {}, (5, 3)),
    ("Linear", (3, 4), {"bias": False}, (3,)),
    ("Linear", (2, 1), {}, (2, 3, 2)),
    ("Linear", (2, 3), {}, (0, 2)),
    ("Conv2d", (2, 3, 3), {}, (2, 2, 6, 5)),
    ("Conv2d", (2, 3, (2, 3)), {"stride": (2, 1), "padding": (1, 2)}, (2, 2, 5, 6)),
    ("Conv2d", (4, 6, 2), {"groups": 2, "dilation": (2, 1), "bias": False}, (1, 4, 5, 4)),
    ("Conv2d", (2, 2, (3, 2)), {"padding": "same", "dilation": 2}, (1, 2, 5, 6)),
    ("Conv2d", (1, 2, 3), {"padding": "valid"}, (1, 1, 4, 4)),
    ("Conv2d", (3, 3, 2), {"groups": 3}, (3, 4, 3)),
    ("MaxPool2d", (2,), {}, (2, 3, 5, 6)),
    ("MaxPool2d", ((3, 2),), {"stride": (2, 1), "padding": 1}, (1, 2, 6, 5)),
    ("MaxPool2d", (2, 3), {"ceil_mode": True, "dilation": 2}, (2, 1, 7, 8)),
    ("MaxPool2d", (2,), {}, (3, 4, 4)),
    ("AvgPool2d", (2,), {}, (2, 3, 5, 6)),
    ("AvgPool2d", (3, 2, 1), {"ceil_mode": True, "count_include_pad": False}, (1, 2, 6, 6)),
    ("AvgPool2d", ((2, 3),), {"divisor_override": 5}, (1, 2, 4, 6)),
    ("Flatten", (), {}, (2, 3, 4)),
    ("Flatten", (), {"start_dim": 0, "end_dim": -2}, (2, 3, 4)),
    ("ReLU", (), {}, (3, 4)),
    ("Sigmoid", (), {}, (3, 4)),
    ("Tanh", (), {}, (3, 4)),
]
NAMES = [f"{name}-{i}" for i, (name, *_) in enumerate(LAYERS)]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=NAMES)
def test_gradients_are_those_of_finite_differences(
    name, args, options, shape, rng, check_gradients
):
    layer = getattr(nn, name)(*args, **options)
    check_gradients(layer, rng.standard_normal(shape), rng)


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=NAMES)
def test_layers_equal_pytorch(name, args, options, shape, rng):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(*args, **options).double()
    mine = getattr(nn, name)(*args, **options).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.standard_normal(shape)
    a = ag.Tensor(x, requires_grad=True)
    b = torch.tensor(x, requires_grad=True)
    out, expected = mine(a), theirs(b)
    assert out.shape == tuple(expected.shape)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)
    named = dict(theirs.named_parameters())
    for key, parameter in mine.named_parameters():
        np.testing.assert_allclose(
            parameter.grad, named[key].grad.numpy(), rtol=1e-9, atol=1e-12, err_msg=key
        )


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=NAMES)
def test_float32_stays_float32(name, args, options, shape, rng):
    layer = getattr(nn, name)(*args, **options)
    x = ag.Tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
    out = layer(x)
    assert out.dtype == np.float32
    out.sum().backward()
    assert {g.dtype for g in [x.grad, *(p.grad for p in layer.parameters())]} == {
        np.dtype(np.float32)
    }


def test_the_winner_of_a_tied_window():
    x = np.array([[[[3.0, 3.0], [3.0, 1.0]]]])
    for ties, expected in (("first", [6, 0, 0, 0]), ("split", [2, 2, 2, 0])):
        leaf = ag.Tensor(x, requires_grad=True)
        nn.MaxPool2d(2, ties=ties)(leaf).backward([[[[6.0]]]])
        assert leaf.grad.ravel().tolist() == expected


def test_plain_data_follow_the_dtype_of_the_layer():
    layer = nn.Linear(2, 1)
    for x in (np.ones((1, 2)), [[1, 1]], np.ones((1, 2), np.uint8), np.ones((1, 2), bool)):
        assert layer(x).dtype == np.float32
    assert layer(ag.Tensor([[1.0, 1.0]])).dtype == np.float64  # a Tensor stays what it is
    assert nn.Conv2d(1, 1, 1)(np.full((1, 1, 2, 2), 1e300)).dtype == np.float32


def test_linear_on_another_batch_shape_equals_rows():
    layer = nn.Linear(3, 2).astype(np.float64)
    x = np.random.default_rng(0).standard_normal((2, 4, 3))
    expected = np.einsum("abi,oi->abo", x, layer.weight.numpy()) + layer.bias.numpy()
    np.testing.assert_allclose(layer(x).numpy(), expected, rtol=1e-12)


# --- starting values ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "fan_in"),
    [
        (lambda g: nn.Linear(30, 400, generator=g), 30),
        (lambda g: nn.Conv2d(6, 200, (3, 2), groups=2, generator=g), 18),
    ],
)
def test_weights_start_as_in_pytorch(make, fan_in):
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weights and biases: range, mean and variance."""
    layer = make(0)
    bound = 1 / math.sqrt(fan_in)
    for array in (layer.weight.numpy(), layer.bias.numpy()):
        assert abs(array).max() <= bound
        assert abs(array).max() > 0.98 * bound
        n = array.size
        assert abs(array.mean()) < 4 * bound / math.sqrt(3 * n)
        assert array.var() == pytest.approx(bound**2 / 3, rel=4 / math.sqrt(n))


@pytest.mark.parametrize("make", [lambda g: nn.Linear(3, 4, generator=g),
                                  lambda g: nn.Conv2d(2, 3, 3, generator=g)])  # fmt: skip
def test_seeds_repeat_and_numpys_global_state_is_left_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # what must not change
    a, b, c = make(5), make(np.random.default_rng(5)), make(6)
    np.testing.assert_array_equal(a.weight.numpy(), b.weight.numpy())
    np.testing.assert_array_equal(a.bias.numpy(), b.bias.numpy())
    assert not np.array_equal(a.weight.numpy(), c.weight.numpy())
    assert not np.array_equal(make(None).weight.numpy(), make(None).weight.numpy())
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    a.reset_parameters(6)
    np.testing.assert_array_equal(a.weight.numpy(), c.weight.numpy())


def test_one_generator_gives_layers_different_weights():
    generator = np.random.default_rng(0)
    a, b = nn.Linear(3, 3, generator=generator), nn.Linear(3, 3, generator=generator)
    assert not np.array_equal(a.weight.numpy(), b.weight.numpy())


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("nonlinearity", ["leaky_relu", "relu", "tanh", "linear", "sigmoid"])
def test_kaiming_bounds_are_those_of_pytorch(mode, nonlinearity):
    torch = pytest.importorskip("torch")
    gain = torch.nn.init.calculate_gain(nonlinearity, 0.3)
    assert init.calculate_gain(nonlinearity, 0.3) == pytest.approx(gain, rel=1e-12)
    shape = (20, 10, 5, 4)
    mine = init.kaiming_uniform_(np.empty(shape), 0.3, mode, nonlinearity, generator=0)
    theirs = torch.empty(shape)
    torch.nn.init.kaiming_uniform_(theirs, 0.3, mode, nonlinearity)
    assert abs(mine).max() == pytest.approx(float(theirs.abs().max()), rel=5e-3)


def test_init_fills_parameters_in_place_and_refuses_nonsense():
    w = nn.Parameter(np.zeros((3, 2)))
    assert init.uniform_(w, 1.0, 2.0, generator=0) is w
    assert (w.numpy() >= 1).all()
    assert init.kaiming_uniform_(np.empty((3, 0))).size == 0
    with pytest.raises(errors.ShapeError, match="two axes"):
        init.kaiming_uniform_(np.empty(3))
    with pytest.raises(errors.OptionError, match="mode"):
        init.kaiming_uniform_(w, mode="fan")
    with pytest.raises(errors.OptionError, match="nonlinearity"):
        init.calculate_gain("swoosh")


@pytest.mark.parametrize("bad", ["0", 1.5, True, -1, [1]])
def test_a_generator_of_another_kind_is_refused(bad):
    with pytest.raises(errors.DTypeError, match="Generator"):
        nn.Linear(1, 1, generator=bad)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (nn.Linear(3, 2), (5, 4), ["Linear(in_features=3", "(..., 3)", "(5, 4)"]),
        (nn.Linear(3, 2), (), ["Linear", "()"]),
        (nn.Conv2d(3, 2, 3), (1, 1, 8, 8), ["Conv2d(3, 2", "(N, 3, H, W)", "(1, 1, 8, 8)"]),
        (nn.Conv2d(3, 2, 3), (8, 8), ["Conv2d", "(3, H, W)", "(8, 8)"]),
        (nn.MaxPool2d(2), (8, 8), ["MaxPool2d(kernel_size=2", "(N, C, H, W)", "(8, 8)"]),
        (nn.AvgPool2d(2), (1, 1, 1, 8, 8), ["AvgPool2d", "(1, 1, 1, 8, 8)"]),
    ],
)
def test_wrong_shapes_name_layer_expected_and_received(layer, shape, words):
    for x in (np.zeros(shape, np.float32), ag.Tensor(np.zeros(shape))):
        with pytest.raises(errors.ShapeError) as caught:
            layer(x)
        assert all(word in str(caught.value) for word in words)


def test_an_image_smaller_than_the_kernel_is_refused():
    for layer in (nn.Conv2d(1, 1, 5), nn.MaxPool2d(5), nn.AvgPool2d(5)):
        with pytest.raises(errors.AutogradError):
            layer(np.zeros((1, 1, 3, 3)))


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: nn.Linear(-1, 2), "in_features"),
        (lambda: nn.Linear(2, 1.5), "out_features"),
        (lambda: nn.Conv2d(0, 1, 3), "in_channels"),
        (lambda: nn.Conv2d(1, 1, 0), "kernel_size"),
        (lambda: nn.Conv2d(1, 1, (3, 3, 3)), "kernel_size"),
        (lambda: nn.Conv2d(1, 1, 3, stride=0), "stride"),
        (lambda: nn.Conv2d(1, 1, 3, padding=-1), "padding"),
        (lambda: nn.Conv2d(1, 1, 3, padding="full"), "padding"),
        (lambda: nn.Conv2d(1, 1, 3, padding="same", stride=2), "stride"),
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "in_channels"),
        (lambda: nn.Conv2d(4, 3, 3, groups=2), "out_channels"),
        (lambda: nn.Conv2d(1, 1, 3, padding_mode="reflect"), "padding_mode"),
        (lambda: nn.Conv2d(1, 1, True), "kernel_size"),
        (lambda: nn.MaxPool2d(2, padding=2), "padding"),
        (lambda: nn.MaxPool2d(2, ties="all"), "ties"),
        (lambda: nn.MaxPool2d("2"), "kernel_size"),
        (lambda: nn.AvgPool2d(2, stride=0), "stride"),
        (lambda: nn.AvgPool2d(2, divisor_override=0), "divisor_override"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


def test_flatten_refuses_axes_that_are_not_there():
    for layer in (nn.Flatten(0, 5), nn.Flatten(2, 1), nn.Flatten(-4)):
        with pytest.raises(errors.AutogradError, match="flatten"):
            layer(np.zeros((2, 3, 4)))


def test_data_of_the_wrong_kind_are_refused():
    layer = nn.Linear(2, 1)
    for bad in (None, "text", [[1.0], [1.0, 2.0]], np.ones((1, 2), complex), [["a", "b"]]):
        with pytest.raises(errors.AutogradError):
            layer(bad)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (nn.Linear(2, 3, bias=False), "Linear(in_features=2, out_features=3, bias=False)"),
        (
            nn.Conv2d(2, 4, (3, 2), 2, padding="valid", dilation=2, groups=2, bias=False),
            "Conv2d(2, 4, kernel_size=(3, 2), stride=2, padding='valid', dilation=2, groups=2, "
            "bias=False)",
        ),
        (nn.Conv2d(1, 1, 3, padding=1), "Conv2d(1, 1, kernel_size=3, stride=1, padding=1)"),
        (
            nn.MaxPool2d(3, 2, 1, 2, ceil_mode=True, ties="split"),
            "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=2, ceil_mode=True, "
            "ties='split')",
        ),
        (nn.AvgPool2d((2, 3)), "AvgPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0)"),
        (nn.Flatten(), "Flatten(start_dim=1, end_dim=-1)"),
    ],
)
def test_repr_shows_the_options(layer, text):
    assert repr(layer) == text


def test_functional_names_are_all_there():
    for name in F.__all__:
        assert callable(getattr(F, name))
        assert getattr(F, name).__doc__
