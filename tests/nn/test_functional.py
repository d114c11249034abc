"""nn.functional has PyTorch's names and arguments, and passes every one of them on."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn import functional as F

OURS = {"ties", "generator"}  # what PyTorch has no word for
NOT_HERE = {"out", "weight", "antialias", "recompute_scale_factor"}
OLD = {"size_average", "reduce", "_stacklevel", "inplace", "dtype"}

# name, shapes of the inputs, options: none at its default
WINDOWS = [
    ("conv1d", [(2, 4, 9), (6, 2, 3), (6,)], {"stride": 2, "padding": 1, "groups": 2}),
    ("conv1d", [(2, 4, 9), (6, 4, 3), (6,)], {"dilation": 2}),
    ("conv2d", [(2, 4, 7, 6), (6, 2, 3, 2), (6,)], {"stride": (2, 1), "padding": 1, "groups": 2}),
    ("conv2d", [(2, 4, 7, 6), (6, 4, 3, 2), (6,)], {"dilation": (1, 2)}),
    ("conv3d", [(1, 2, 5, 4, 5), (4, 1, 2, 3, 2), (4,)], {"stride": 2, "padding": 1, "groups": 2}),
    ("conv3d", [(1, 2, 5, 4, 5), (4, 2, 2, 2, 2), (4,)], {"dilation": 2}),
    (
        "conv_transpose1d",
        [(2, 4, 5), (4, 3, 3), (6,)],
        {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2, "dilation": 2},
    ),
    (
        "conv_transpose2d",
        [(2, 4, 3, 5), (4, 3, 3, 2), (6,)],
        {"stride": 3, "padding": 1, "output_padding": (2, 1), "groups": 2, "dilation": (2, 1)},
    ),
    ("max_pool1d", [(2, 3, 9)], {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}),
    ("max_pool1d", [(2, 3, 8)], {"kernel_size": 3, "ceil_mode": True}),
    ("max_pool2d", [(2, 3, 9, 8)], {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}),
    ("max_pool2d", [(2, 3, 8, 7)], {"kernel_size": (3, 2), "ceil_mode": True}),
    ("max_pool3d", [(1, 2, 6, 7, 6)], {"kernel_size": 2, "stride": 3, "padding": 1, "dilation": 2}),
    ("max_pool3d", [(1, 2, 5, 5, 5)], {"kernel_size": 2, "ceil_mode": True}),
    ("avg_pool1d", [(2, 3, 8)], {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("avg_pool1d", [(2, 3, 8)], {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    (
        "avg_pool2d",
        [(2, 3, 8, 7)],
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    ),
    ("avg_pool2d", [(2, 3, 8, 7)], {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    ("avg_pool2d", [(2, 3, 8, 7)], {"kernel_size": 2, "divisor_override": 3}),
    ("avg_pool3d", [(1, 2, 5, 6, 5)], {"kernel_size": 2, "stride": 1, "ceil_mode": True}),
    ("avg_pool3d", [(1, 2, 5, 6, 5)], {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    ("avg_pool3d", [(1, 2, 5, 6, 5)], {"kernel_size": 2, "divisor_override": 3}),
    ("unfold", [(2, 3, 6, 7)], {"kernel_size": 2, "dilation": 2, "padding": 1, "stride": 3}),
    (
        "fold",
        [(2, 12, 6)],
        {"output_size": (6, 7), "kernel_size": 2, "dilation": 2, "padding": 1, "stride": 3},
    ),
    ("linear", [(2, 3, 4), (5, 4), (5,)], {}),
]


def numbers(rng, shape):
    return rng.standard_normal(shape)


def arguments(function):
    """The names of the arguments, or None if a builtin does not say."""
    try:
        names = list(inspect.signature(getattr(function, "__wrapped__", function)).parameters)
    except ValueError:
        return None
    return None if names == ["args", "kwargs"] else names


def test_arguments_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    compared = 0
    for name in F.__all__:
        theirs = arguments(getattr(torch.nn.functional, name, None) or getattr(torch, name))
        if theirs is None:
            continue
        mine = [p for p in arguments(getattr(F, name)) if p not in OURS]
        assert set(mine) <= set(theirs), name
        # PyTorch's mse, l1 and huber losses also take a weight per element.
        assert {p for p in theirs if p not in mine} - OLD <= NOT_HERE, name
        if not {"size_average", "ceil_mode"} & set(theirs):  # losses close ranks; ties are ours
            assert mine == [p for p in theirs if p in mine], name
        compared += 1
    assert compared > 40


@pytest.mark.parametrize(("name", "shapes", "options"), WINDOWS)
def test_every_option_of_a_window_is_passed_on(name, shapes, options, rng):
    torch = pytest.importorskip("torch")
    xs = [numbers(rng, shape) for shape in shapes]
    leaves = [torch.tensor(x, requires_grad=True) for x in xs]
    tensors = [ag.Tensor(x, requires_grad=True) for x in xs]
    out = getattr(F, name)(*tensors, **options)
    expected = getattr(torch.nn.functional, name)(*leaves, **options)
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = numbers(rng, out.shape)
    out.backward(upstream)
    expected.backward(torch.tensor(upstream))
    for a, b in zip(tensors, leaves, strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_winners_of_a_pooling(axes):
    pool = getattr(F, f"max_pool{axes}d")
    x = np.zeros((1, 1) + (2,) * axes)
    out, at = pool(x, 2, return_indices=True)
    assert out.shape == at.shape == (1, 1) + (1,) * axes
    assert at.item() == 0
    leaf = ag.Tensor(x, requires_grad=True)
    pool(leaf, 2, ties="split").sum().backward()
    np.testing.assert_array_equal(leaf.grad, np.full(x.shape, 0.5**axes))


def test_functions_check_what_the_layers_check():
    with pytest.raises(errors.AutogradError):
        F.conv1d(np.zeros((1, 2, 5)), np.zeros((1, 3, 2)))
    with pytest.raises(errors.AutogradError):
        F.max_pool1d(np.zeros((1, 2, 5)), 6)


@pytest.mark.parametrize(
    "loss",
    [
        lambda x, t: F.huber_loss(x, t, delta=0.7),
        lambda x, t: F.smooth_l1_loss(x, t, beta=0.7),
        F.binary_cross_entropy,
        F.binary_cross_entropy_with_logits,
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=np.array([0.5, 3.0])),
        F.multilabel_soft_margin_loss,
        F.kl_div,
        lambda x, t: F.gaussian_nll_loss(x, t, t),
        lambda x, t: F.cosine_embedding_loss(x, t, [1, -1, 1], margin=-0.9),
        lambda x, t: F.triplet_margin_loss(x, t, t[::-1] * 2),
        lambda x, t: F.multi_margin_loss(x, [0, 1, 1], p=2) + t.sum(),
    ],
)
def test_losses_can_be_differentiated_twice(loss, rng):
    ag.gradcheck(loss, (rng.uniform(0.1, 0.9, (3, 2)), rng.uniform(0.1, 0.9, (3, 2))), order=2)


def test_the_weight_of_positives_gets_its_gradient(rng):
    x, t = rng.standard_normal((3, 2)), rng.random((3, 2))
    ag.gradcheck(
        lambda w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w), np.array([0.5, 3.0])
    )
