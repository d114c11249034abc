"""Activations: facts at their corners, finite differences, stored and live numbers of PyTorch."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn import functional as F
from nn.layers import activation, softmax

LAYERS = {**vars(activation), **vars(softmax)}
REFERENCES = Path(__file__).parents[1] / "references" / "nn.npz"

# name, arguments, options, shape of the input
CASES = [
    ("ReLU", (), {}, (3, 5)),
    ("ReLU", (), {"inplace": False}, ()),
    ("ReLU6", (), {}, (3, 5)),
    ("LeakyReLU", (), {}, (3, 5)),
    ("LeakyReLU", (0.3, False), {}, (7,)),
    ("PReLU", (), {}, (3, 5)),
    ("PReLU", (1, -0.5), {}, (2, 3, 4)),
    ("PReLU", (3,), {"init": 0.1}, (2, 3, 4, 2)),
    ("PReLU", (3,), {}, (2, 3)),
    ("PReLU", (), {}, (4,)),
    ("PReLU", (), {}, ()),
    ("ELU", (), {}, (3, 5)),
    ("ELU", (0.4,), {}, (3, 5)),
    ("SELU", (), {}, (3, 5)),
    ("CELU", (), {}, (3, 5)),
    ("CELU", (0.25,), {}, (3, 5)),
    ("GELU", (), {}, (3, 5)),
    ("GELU", ("tanh",), {}, (3, 5)),
    ("SiLU", (), {}, (3, 5)),
    ("Mish", (), {}, (3, 5)),
    ("Sigmoid", (), {}, (3, 5)),
    ("LogSigmoid", (), {}, (3, 5)),
    ("Tanh", (), {}, (3, 5)),
    ("Softplus", (), {}, (3, 5)),
    ("Softplus", (3.0, 2.0), {}, (3, 5)),
    ("Softsign", (), {}, (3, 5)),
    ("Hardtanh", (), {}, (3, 5)),
    ("Hardtanh", (-0.5, 2.0), {}, (3, 5)),
    ("Hardsigmoid", (), {}, (3, 5)),
    ("Hardswish", (), {}, (3, 5)),
    ("Softshrink", (), {}, (3, 5)),
    ("Softshrink", (1.25,), {}, (3, 5)),
    ("Hardshrink", (), {}, (3, 5)),
    ("Hardshrink", (1.25,), {}, (3, 5)),
    ("Tanhshrink", (), {}, (3, 5)),
    ("Threshold", (0.25, -3.0), {}, (3, 5)),
    ("GLU", (), {}, (3, 4)),
    ("GLU", (1,), {}, (2, 6, 3)),
    ("Softmax", (), {"dim": 1}, (3, 5, 2)),
    ("Softmax", (-1,), {}, (4,)),
    ("Softmin", (0,), {}, (3, 5)),
    ("LogSoftmax", (1,), {}, (3, 5)),
    ("LogSoftmax", (-3,), {}, (3, 5, 2)),
]
# PyTorch's slope of hardsigmoid is a sixth in float32, whatever the dtype of the rest.
SLOPES = {"Hardsigmoid": 1e-7}
NAMES = [f"{name}-{number}" for number, (name, *_) in enumerate(CASES)]


def make(name, args=(), options=None):
    with ag.default_dtype(np.float64):
        return LAYERS[name](*args, **(options or {}))


def corners(rng, shape):
    """Quarters from -4 to 4: the corners of every activation are hit."""
    return np.asarray(rng.integers(-16, 17, shape) / 4)


@pytest.mark.parametrize(("name", "args", "options", "shape"), CASES, ids=NAMES)
@pytest.mark.parametrize("where", ["anywhere", "corners"])
def test_activations_equal_pytorch(name, args, options, shape, where, rng):
    torch = pytest.importorskip("torch")
    draw = corners if where == "corners" else (lambda rng, shape: 5 * rng.standard_normal(shape))
    x = np.asarray(draw(rng, shape))
    mine, theirs = make(name, args, options), getattr(torch.nn, name)(*args, **options).double()
    for p in theirs.parameters():  # 0.1 is another number in float32
        p.data = torch.tensor(dict(mine.named_parameters())["weight"].numpy())
    a, b = ag.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = mine(a), theirs(b)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = np.asarray(rng.standard_normal(out.shape))
    out.backward(upstream)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=SLOPES.get(name, 1e-9), atol=1e-12)
    for (key, p), (other, q) in zip(
        mine.named_parameters(), theirs.named_parameters(), strict=True
    ):
        assert key == other
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "args", "options", "shape"), CASES, ids=NAMES)
def test_options_state_and_print_as_in_pytorch(name, args, options, shape):
    torch = pytest.importorskip("torch")
    mine, theirs = LAYERS[name](*args, **options), getattr(torch.nn, name)(*args, **options)
    assert repr(mine) == repr(theirs)
    expected = {key: p.numpy() for key, p in theirs.state_dict().items()}
    assert mine.state_dict().keys() == expected.keys()
    for key, array in mine.state_dict().items():
        np.testing.assert_array_equal(array, expected[key])


@pytest.mark.parametrize("number", range(27))
def test_activations_equal_stored_numbers_of_pytorch(number):
    with np.load(REFERENCES) as file:
        name, options, _ = json.loads(str(file["cases"]))["activations"][number]
        stored = {key: file[f"activations.{number}.{key}"] for key in ("x0", "y", "g", "d0")}
        weight = file[f"activations.{number}.p.weight"] if name == "PReLU" else None
    layer, x = make(name, (), options), ag.Tensor(stored["x0"], requires_grad=True)
    out = layer(x)
    np.testing.assert_allclose(out.numpy(), stored["y"], rtol=1e-9, atol=1e-12)
    out.backward(stored["g"])
    np.testing.assert_allclose(x.grad, stored["d0"], rtol=SLOPES.get(name, 1e-9), atol=1e-12)
    if weight is not None:
        np.testing.assert_allclose(layer.weight.grad, weight, rtol=1e-9)


def test_every_activation_has_a_stored_number():
    with np.load(REFERENCES) as file:
        stored = [name for name, *_ in json.loads(str(file["cases"]))["activations"]]
    assert len(stored) == 27
    assert set(stored) == {name for name, *_ in CASES}


@pytest.mark.parametrize(("name", "args", "options", "shape"), CASES, ids=NAMES)
def test_gradients_are_those_of_finite_differences(
    name, args, options, shape, rng, check_gradients
):
    check_gradients(make(name, args, options), np.asarray(rng.standard_normal(shape)), rng)


@pytest.mark.parametrize(("name", "args", "options", "shape"), CASES, ids=NAMES)
def test_second_derivatives_are_those_of_finite_differences(name, args, options, shape, rng):
    x = np.asarray(2 * rng.standard_normal(shape))
    ag.gradcheck(make(name, args, options), x, order=2)


@pytest.mark.parametrize(("name", "args", "options", "shape"), CASES, ids=NAMES)
def test_float32_stays_float32(name, args, options, shape, rng):
    x = rng.standard_normal(shape)
    layer = LAYERS[name](*args, **options)
    leaf = ag.Tensor(np.asarray(x, np.float32), requires_grad=True)
    out, expected = layer(leaf), make(name, args, options)(ag.Tensor(x)).numpy()
    out.backward(np.ones(out.shape, np.float32))
    assert out.dtype == leaf.grad.dtype == np.float32
    np.testing.assert_allclose(out.numpy(), expected, rtol=2e-6, atol=1e-6)
    assert all(p.dtype == p.grad.dtype == np.float32 for p in layer.parameters())


WHOLE = ("PReLU", "GLU", "Softmax", "Softmin", "LogSoftmax")  # not element by element


@pytest.mark.parametrize(
    ("name", "args", "options"), [case[:3] for case in CASES if case[0] not in WHOLE]
)
def test_cells_are_those_of_scalars(name, args, options, rng):
    """The same module on one Value at a time."""
    layer, x = make(name, args, options), corners(rng, 9)
    leaf = ag.Tensor(x, requires_grad=True)
    out = layer(leaf)
    out.backward(np.ones(9))
    for i, number in enumerate(x):
        v = ag.Value(float(number))
        y = layer(v)
        y.backward()
        assert y.data == pytest.approx(out.numpy()[i], rel=1e-12, abs=1e-15)
        assert v.grad == pytest.approx(leaf.grad[i], rel=1e-12, abs=1e-15)


# --- prelu ----------------------------------------------------------------------------------------


def test_each_channel_has_its_own_slope():
    layer = make("PReLU", (3,))
    layer.weight.overwrite()[...] = [0.5, 0.25, 0.0]
    x = np.full((2, 3, 2), -4.0)
    x[1] = 1.0
    out = layer(x)
    np.testing.assert_array_equal(out.numpy()[0], [[-2, -2], [-1, -1], [0, 0]])
    np.testing.assert_array_equal(out.numpy()[1], np.ones((3, 2)))
    out.backward(np.ones((2, 3, 2)))
    np.testing.assert_array_equal(layer.weight.grad, [-8, -8, -8])  # two cells of -4 each


@pytest.mark.parametrize("shape", [(3,), (2, 4), (), (4, 2, 3)])
def test_slopes_that_fit_no_channel_are_refused(shape):
    with pytest.raises(errors.ShapeError, match=r"per channel \(axis 1.*shape \(3,\)"):
        make("PReLU", (3,))(np.zeros(shape))


def test_prelu_starts_over():
    layer = LAYERS["PReLU"](2, 0.5)
    assert layer.weight.dtype == np.float32
    layer.weight.overwrite()[...] = 7.0
    layer.reset_parameters()
    np.testing.assert_array_equal(layer.weight.numpy(), [0.5, 0.5])


# --- along an axis --------------------------------------------------------------------------------


def test_softmax_softmin_and_log_softmax_agree(rng):
    x = rng.standard_normal((3, 4, 2))
    for axis in (0, 1, -1):
        p = F.softmax(x, axis)
        np.testing.assert_allclose(p.sum(axis), 1.0, rtol=1e-14)
        np.testing.assert_allclose(p, np.exp(x) / np.exp(x).sum(axis, keepdims=True), rtol=1e-12)
        np.testing.assert_allclose(F.softmin(-x, axis), p, rtol=1e-14)
        np.testing.assert_allclose(np.exp(F.log_softmax(x, axis)), p, rtol=1e-12)


def test_glu_takes_the_first_half_and_opens_it_with_the_second():
    x = np.array([[1.0, 2.0, -3.0], [4.0, 5.0, 6.0], [0.0, 800.0, -800.0], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(F.glu(x, 0), [[0.5, 2.0, 0.0], [2.0, 2.5, 3.0]])
    with pytest.raises(errors.ShapeError, match=r"axis 1 must have an even size.*\(4, 3\)"):
        F.glu(x, 1)
    with pytest.raises(errors.ShapeError):
        F.glu(1.0)
    with pytest.raises(errors.AutogradError):
        F.glu(x, 2)


# --- unit vectors and one-hot labels --------------------------------------------------------------


@pytest.mark.parametrize("p", [1.0, 2.0, 3.5, math.inf])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_normalize_equals_pytorch(p, dim, rng):
    torch = pytest.importorskip("torch")
    x = rng.standard_normal((3, 4, 2))
    a, b = ag.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = F.normalize(a, p, dim), torch.nn.functional.normalize(b, p, dim)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_normalized_vectors_have_length_1_and_zero_stays_zero(rng):
    x = rng.standard_normal((4, 3))
    x[2] = 0.0
    lengths = np.linalg.norm(F.normalize(x), axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 0, 1], rtol=1e-14)
    ag.gradcheck(lambda x: F.normalize(x, p=3.0, dim=0), rng.standard_normal((4, 3)))
    assert F.normalize([[3.0, 4.0]], eps=10.0).tolist() == [[0.3, 0.4]]


def test_one_hot(rng):
    labels = rng.integers(0, 5, (3, 4))
    hot = F.one_hot(labels, 6)
    assert hot.shape == (3, 4, 6)
    assert hot.dtype == np.int64
    np.testing.assert_array_equal(hot.argmax(-1), labels)
    np.testing.assert_array_equal(hot.sum(-1), 1)
    assert F.one_hot(ag.Tensor(labels)).shape == (3, 4, labels.max() + 1)
    assert F.one_hot(np.zeros(2, int)).tolist() == [[1], [1]]
    assert F.one_hot(np.zeros((0, 2), int), 3).shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        (([0.0, 1.0],), errors.DTypeError),
        (([0, 3], 3), errors.DomainError),
        (([0, -1],), errors.DomainError),
        (([0, 1], 2.0), errors.OptionError),
        (([0, 1], 0), errors.OptionError),
        (([0, 1], -2), errors.OptionError),
        ((np.zeros(0, int),), errors.OptionError),
    ],
)
def test_bad_labels_are_refused(args, kind):
    with pytest.raises(kind):
        F.one_hot(*args)


# --- what is refused ------------------------------------------------------------------------------

IN_PLACE = ["ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "SiLU", "Mish", "Hardtanh"]


@pytest.mark.parametrize("name", [*IN_PLACE, "Hardsigmoid", "Hardswish"])
def test_writing_over_the_input_is_refused_with_a_sentence(name):
    with pytest.raises(errors.OptionError, match=f"{name}: inplace=True is not supported"):
        LAYERS[name](inplace=True)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("LeakyReLU", ("0.1",)),
        ("LeakyReLU", (math.nan,)),
        ("PReLU", (0,)),
        ("PReLU", (1.5,)),
        ("PReLU", (1, None)),
        ("ELU", (None,)),
        ("CELU", (0.0,)),
        ("GELU", ("erf",)),
        ("Softplus", (0,)),
        ("Softplus", (1.0, "high")),
        ("Hardtanh", (1.0, 1.0)),
        ("Hardtanh", (2.0, 1.0)),
        ("Softshrink", (-0.1,)),
        ("Hardshrink", (True,)),
        ("Threshold", (0.0, [1.0])),
        ("Threshold", (0.0, 1.0, True)),
        ("Softmax", ()),
        ("Softmin", (1.0,)),
        ("LogSoftmax", (None,)),
        ("GLU", (True,)),
    ],
)
def test_bad_options_are_refused(name, args):
    with pytest.raises(errors.OptionError, match=name):
        LAYERS[name](*args)


@pytest.mark.parametrize("function", [F.softmax, F.softmin, F.log_softmax])
def test_the_axis_of_a_softmax_must_be_said(function):
    with pytest.raises(errors.OptionError, match="dim must be an axis, such as 1"):
        function(np.zeros((2, 3)))
    with pytest.raises(errors.AutogradError):
        function(np.zeros((2, 3)), 2)
