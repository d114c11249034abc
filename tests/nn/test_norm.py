"""Normalisation layers: against finite differences, plain formulas and PyTorch, in both modes."""

from __future__ import annotations

import itertools
import weakref

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import errors
from nn.functional import normalisation, standardise
from nn.layers import norm

# name, arguments, options, shape of the input
LAYERS = [
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm1d", (3,), {"momentum": None}, (2, 3, 7)),
    ("BatchNorm1d", (3,), {"track_running_stats": False, "eps": 0.1}, (2, 3, 20)),
    ("BatchNorm1d", (2,), {"affine": False, "momentum": 0.3}, (6, 2)),
    ("BatchNorm2d", (3,), {}, (2, 3, 4, 5)),
    ("BatchNorm2d", (1,), {"momentum": None, "eps": 0.5}, (1, 1, 1, 2)),
    ("BatchNorm2d", (2,), {"affine": False, "track_running_stats": False}, (3, 2, 1, 3)),
    ("LayerNorm", (4,), {}, (3, 4)),
    ("LayerNorm", ((3, 4),), {"eps": 0.1}, (2, 2, 3, 4)),
    ("LayerNorm", ([5],), {"bias": False}, (5,)),
    ("LayerNorm", (6,), {"elementwise_affine": False}, (2, 3, 6)),
    ("GroupNorm", (2, 4), {}, (3, 4, 5)),
    ("GroupNorm", (3, 6), {"eps": 0.01}, (2, 6, 2, 3)),
    ("GroupNorm", (4, 4), {"affine": False}, (2, 4, 3)),
    ("GroupNorm", (1, 4), {}, (2, 4)),
    ("InstanceNorm1d", (3,), {}, (2, 3, 5)),
    ("InstanceNorm1d", (3,), {"affine": True, "track_running_stats": True}, (2, 3, 5)),
    ("InstanceNorm1d", (3,), {"affine": True}, (3, 5)),
    ("InstanceNorm2d", (2,), {"track_running_stats": True, "momentum": 0.5}, (3, 2, 2, 4)),
    ("InstanceNorm2d", (2,), {"affine": True, "eps": 0.1}, (2, 3, 4)),
    ("RMSNorm", (4,), {}, (3, 4)),
    ("RMSNorm", ((2, 3),), {"eps": 0.1}, (4, 2, 3)),
    ("RMSNorm", (5,), {"elementwise_affine": False}, (2, 2, 5)),
    ("LocalResponseNorm", (3,), {"alpha": 0.5}, (2, 5, 4)),
    ("LocalResponseNorm", (2,), {"alpha": 0.7, "beta": 0.5, "k": 2.0}, (2, 3, 2, 3)),
    ("LocalResponseNorm", (6,), {"alpha": 1.0}, (1, 4, 3)),
]
NAMES = [f"{name}-{i}" for i, (name, *_) in enumerate(LAYERS)]
TABLE = pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS, ids=NAMES)


def made(name, args, options, rng):
    """A float64 layer whose weights and statistics are not their starting values."""
    with ag.default_dtype(np.float64):
        layer = getattr(nn, name)(*args, **options)
    for parameter in layer.parameters():
        parameter.overwrite()[...] = rng.standard_normal(parameter.shape)
    if getattr(layer, "running_mean", None) is not None:
        layer.running_mean = rng.standard_normal(layer.num_features)
        layer.running_var = rng.uniform(0.5, 2.0, layer.num_features)
    return layer


@pytest.mark.parametrize("training", [True, False])
@TABLE
def test_gradients_are_those_of_finite_differences(
    name, args, options, shape, training, rng, check_gradients
):
    layer = made(name, args, options, rng).train(training)
    check_gradients(layer, rng.standard_normal(shape) + 2.0, rng)


@pytest.mark.parametrize("training", [True, False])
@TABLE
def test_second_derivatives(name, args, options, shape, training, rng):
    layer = made(name, args, options, rng).train(training)
    named = list(layer.named_parameters())
    x = rng.standard_normal(shape)
    start = [parameter.numpy() for _, parameter in named]

    def function(x, *weights):
        for (key, _), weight in zip(named, weights, strict=True):
            setattr(layer, key, weight)
        return layer(x)

    ag.gradcheck(function, (x, *start), order=2, mode="random")


def test_third_derivatives_of_the_fused_operation(rng):
    for pooled, affine in ((True, (1, 2, 1, 1)), (False, (1, 2, 3, 1)), (False, (1, 1, 1, 12))):
        shape = (2, 1, 1, 12) if affine[3] == 12 else (2, 2, 3, 4)
        size = (int(np.prod(affine)),)
        view = shape if affine != (1, 2, 1, 1) else (2, 2, 1, 12)
        weights = rng.standard_normal(shape)

        def loss(x, w, view=view, pooled=pooled, affine=affine, size=size, weights=weights):
            layout = normalisation.Layout(view, pooled, affine, size, 1e-3)
            out = normalisation.standardised(x, w, 0.5, layout, normalisation.Findings())
            return ag.sum(weights * ag.tanh(out))

        def gradient(x, w, loss=loss):
            x, w = (z if isinstance(z, ag.Tensor) else ag.Tensor(z, True) for z in (x, w))
            return ag.gradients(loss(x, w), [x, w], create_graph=True)

        point = (rng.standard_normal(shape), rng.standard_normal(size))
        ag.gradcheck(gradient, point, order=2, mode="random")


@TABLE
def test_layers_equal_pytorch_in_training_and_then_in_evaluation(name, args, options, shape, rng):
    torch = pytest.importorskip("torch")
    mine = made(name, args, options, rng)
    theirs = getattr(torch.nn, name)(*args, **options).double()
    theirs.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in mine.state_dict().items()})
    assert list(mine.state_dict()) == list(theirs.state_dict())
    for step, training in itertools.product(range(2), (True, False)):
        x = rng.standard_normal(shape) * 3.0 + 5.0
        upstream = rng.standard_normal(shape)
        a, b = ag.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        mine.train(training).zero_grad()
        theirs.train(training).zero_grad()
        out, expected = mine(a), theirs(b)
        out.backward(upstream)
        expected.backward(torch.from_numpy(upstream))
        close = {"rtol": 1e-9, "atol": 1e-9, "err_msg": f"step {step}, training={training}"}
        np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), **close)
        np.testing.assert_allclose(a.grad, b.grad.numpy(), **close)
        for key, parameter in theirs.named_parameters():
            np.testing.assert_allclose(getattr(mine, key).grad, parameter.grad.numpy(), **close)
        for key, buffer in theirs.named_buffers():
            np.testing.assert_allclose(getattr(mine, key), buffer.numpy(), **close)


@pytest.mark.parametrize("training", [True, False])
@TABLE
def test_float32_stays_float32_and_is_as_exact_as_it_can_be(
    name, args, options, shape, training, rng
):
    exact = made(name, args, options, rng).train(training)
    layer = getattr(nn, name)(*args, **options).train(training)
    layer.load_state_dict(exact.state_dict())
    x, upstream = (rng.standard_normal(shape).astype(np.float32) for _ in range(2))
    if training and isinstance(layer, norm._Norm) and layer.running_mean is not None:
        layer(x)  # also after the statistics have moved
        exact(ag.Tensor(x.astype(float)))
    leaf, fine = ag.Tensor(x, True), ag.Tensor(x.astype(float), True)
    out, expected = layer(leaf), exact(fine)
    out.backward(upstream)
    expected.backward(upstream.astype(float))
    for mine, theirs in [(out.numpy(), expected.numpy()), (leaf.grad, fine.grad)]:
        assert mine.dtype == np.float32
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5 * (1 + abs(theirs).max()))
    for a, b in zip(layer.parameters(), exact.parameters(), strict=True):
        assert a.grad.dtype == np.float32
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-4, atol=1e-5)
    for key, buffer in layer.named_buffers():
        assert buffer.dtype == (np.int64 if key == "num_batches_tracked" else np.float32)


# --- second paths and facts -----------------------------------------------------------------------


def plain(x, axes, weight, bias, eps, centred=True):
    """Normalisation as the textbook has it, on arrays."""
    mean = x.mean(axes, keepdims=True) if centred else 0.0
    var = ((x - mean) ** 2).mean(axes, keepdims=True)
    return (x - mean) / np.sqrt(var + eps) * weight + bias


@pytest.mark.parametrize("large", [False, True])
def test_each_layer_equals_its_formula(large, rng, monkeypatch):
    """Also on arrays that are worked on piece by piece."""
    monkeypatch.setattr(standardise, "CHUNK", 1 << 14)
    n, c, height, width = (37, 6, 21, 23) if large else (3, 6, 2, 3)
    x = rng.standard_normal((n, c, height, width)) * 2.0 + 1.0
    w, b = rng.standard_normal(c), rng.standard_normal(c)
    wide, offset = w[:, None, None], b[:, None, None]
    F = normalisation
    got = F.batch_norm(x, None, None, w, b, True)
    np.testing.assert_allclose(got.numpy(), plain(x, (0, 2, 3), wide, offset, 1e-5), atol=1e-12)
    got = F.instance_norm(x, None, None, w, b)
    np.testing.assert_allclose(got.numpy(), plain(x, (2, 3), wide, offset, 1e-5), atol=1e-12)
    got = F.group_norm(x, 2, w, b, 1e-3).numpy().reshape(n, 2, -1)
    parts = plain(x.reshape(n, 2, -1), 2, 1.0, 0.0, 1e-3).reshape(x.shape) * wide + offset
    np.testing.assert_allclose(got, parts.reshape(n, 2, -1), atol=1e-12)
    v, d = rng.standard_normal((height, width)), rng.standard_normal((height, width))
    got = F.layer_norm(x, (height, width), v, d)
    np.testing.assert_allclose(got.numpy(), plain(x, (2, 3), v, d, 1e-5), atol=1e-12)
    got = F.rms_norm(x, (height, width), v, 1e-6)
    np.testing.assert_allclose(got.numpy(), plain(x, (2, 3), v, 0.0, 1e-6, False), atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (lambda: nn.BatchNorm2d(3), (0, 2, 3)),
        (lambda: nn.LayerNorm((3, 31, 33)), (1, 2, 3)),
        (lambda: nn.GroupNorm(3, 3), (2, 3)),
        (lambda: nn.InstanceNorm2d(3, affine=True), (2, 3)),
    ],
)
@pytest.mark.usefixtures("float64")
def test_gradients_on_large_arrays_equal_those_of_separate_operations(
    layer, axes, rng, monkeypatch
):
    monkeypatch.setattr(standardise, "CHUNK", 1 << 14)
    layer = layer()
    x = ag.Tensor(rng.standard_normal((40, 3, 31, 33)) + 3.0, requires_grad=True)
    upstream = rng.standard_normal(x.shape)
    for parameter in layer.parameters():
        parameter.overwrite()[...] = rng.standard_normal(parameter.shape)
    layer(x).backward(upstream)
    leaves = [x, *layer.parameters()]
    fused = [leaf.grad.copy() for leaf in leaves]
    x.zero_grad()
    layer.zero_grad()
    like = (3, 1, 1) if layer.weight.ndim == 1 else layer.weight.shape
    mean = ag.mean(x, axes, keepdims=True)
    spread = ag.sqrt(ag.var(x, axes, keepdims=True) + layer.eps)
    out = (x - mean) / spread * ag.reshape(layer.weight, like) + ag.reshape(layer.bias, like)
    out.backward(upstream)
    for mine, leaf in zip(fused, leaves, strict=True):
        np.testing.assert_allclose(mine, leaf.grad, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [(5, 3), (4, 2, 5), (4, 3, 2, 5), (1, 3, 2, 5), (2, 1, 3, 2)])
@pytest.mark.parametrize("chunk", [4, 1 << 17])
@pytest.mark.usefixtures("float64")
def test_batch_norm_of_samples_that_lie_innermost_in_memory(shape, chunk, rng, monkeypatch):
    """As a convolution leaves them: the same numbers, and the same order in memory."""
    monkeypatch.setattr(standardise, "CHUNK", chunk)
    x, upstream = rng.standard_normal(shape), rng.standard_normal(shape)
    found = []
    for inner in (False, True):
        data, g = x, upstream
        if inner:
            data, g = (np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0) for a in (x, upstream))
        leaf, weight = ag.Tensor(data, requires_grad=True), ag.Tensor(np.arange(1.0, 1 + shape[1]))
        weight.requires_grad = True
        bias = ag.Tensor(np.ones(shape[1]), requires_grad=True)
        y = normalisation.batch_norm(leaf, None, None, weight, bias, True)
        (y * y).backward(g)
        found.append([y.numpy(), leaf.grad, weight.grad, bias.grad])
        if inner:
            assert np.moveaxis(y.data, 0, -1).flags.c_contiguous
    for usual, other in zip(*found, strict=True):
        np.testing.assert_allclose(other, usual, rtol=1e-10, atol=1e-11)


def test_a_scalar_network_gives_the_same(rng):
    """Batch norm of one channel written out in Values."""
    x, upstream = rng.standard_normal(5), rng.standard_normal(5)
    values = [ag.Value(float(v)) for v in x]
    w, b = ag.Value(1.5), ag.Value(-0.5)
    mean = sum(values) / 5.0
    var = sum((v - mean) ** 2 for v in values) / 5.0
    loss = sum(
        float(u) * ((v - mean) / ag.sqrt(var + 1e-5) * w + b)
        for u, v in zip(upstream, values, strict=True)
    )
    loss.backward()
    leaf = ag.Tensor(x[:, None], requires_grad=True)
    weight, bias = ag.Tensor([1.5], requires_grad=True), ag.Tensor([-0.5], requires_grad=True)
    out = normalisation.batch_norm(leaf, weight=weight, bias=bias, training=True)
    out.backward(upstream[:, None])
    np.testing.assert_allclose(leaf.grad.ravel(), [v.grad for v in values], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose([weight.grad[0], bias.grad[0]], [w.grad, b.grad], rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_a_bias_in_front_of_batch_norm_gets_no_gradient(rng):
    """Question 7: the mean takes the bias off again, so nothing depends on it."""
    conv = nn.Conv2d(3, 4, 3, generator=0)
    x, upstream = rng.standard_normal((5, 3, 8, 8)), rng.standard_normal((5, 4, 6, 6))
    nn.BatchNorm2d(4)(conv(x)).backward(upstream)
    assert abs(conv.bias.grad).max() < 1e-13 * abs(upstream).sum()
    assert abs(conv.weight.grad).max() > 1e-2
    conv.zero_grad()
    conv(x).backward(upstream)  # without it, the bias gets the sum
    np.testing.assert_allclose(conv.bias.grad, upstream.sum((0, 2, 3)), rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_normalised_inputs_let_the_weights_move_in_every_direction(rng):
    """Question 8: positive inputs force one sign on a neuron's gradient; centred ones do not."""
    hidden = 1.0 / (1.0 + np.exp(-rng.standard_normal((200, 5))))

    def one_signed(features):
        signs = np.sign(features)  # times the sign of the upstream gradient, the same for all five
        return np.mean(abs(signs.sum(1)) == 5)

    assert one_signed(hidden) == 1.0
    assert one_signed(nn.BatchNorm1d(5)(hidden).numpy()) < 0.2
    assert one_signed(nn.LayerNorm(5)(hidden).numpy()) == 0.0


def test_gradients_of_a_group_sum_to_zero_and_do_not_stretch_it(rng):
    """Shifting or (eps = 0) scaling an input changes nothing, so no gradient points there."""
    x = ag.Tensor(rng.standard_normal((4, 6)), requires_grad=True)
    normalisation.layer_norm(x, 6, eps=0.0).backward(rng.standard_normal((4, 6)))
    np.testing.assert_allclose(x.grad.sum(1), 0.0, atol=1e-14)
    np.testing.assert_allclose((x.grad * x.numpy()).sum(1), 0.0, atol=1e-14)
    x.zero_grad()
    normalisation.rms_norm(x, 6, eps=0.0).backward(rng.standard_normal((4, 6)))
    np.testing.assert_allclose((x.grad * x.numpy()).sum(1), 0.0, atol=1e-14)
    assert abs(x.grad.sum(1)).max() > 1e-3


def test_large_means_do_not_spoil_the_spread(rng):
    """In float32, mean(x**2) - mean(x)**2 would be 0 or negative here."""
    x = (rng.standard_normal((64, 3, 5)) + 3000.0).astype(np.float32)
    exact = plain(x.astype(float), (0, 2), 1.0, 0.0, 1e-5)
    got = nn.BatchNorm1d(3)(x).numpy()
    np.testing.assert_allclose(got, exact, atol=2e-3)
    assert nn.LayerNorm(5)(x).numpy().std(-1) == pytest.approx(1.0, abs=1e-2)


def test_a_constant_channel_is_normalised_to_the_bias():
    x = ag.Tensor(np.full((4, 2), 7.0), requires_grad=True)
    out = normalisation.batch_norm(x, bias=np.array([1.0, -1.0]), training=True)
    np.testing.assert_array_equal(out.numpy(), [[1.0, -1.0]] * 4)
    out.backward(np.arange(8.0).reshape(4, 2))
    assert np.isfinite(x.grad).all()


def test_backward_twice_with_another_upstream_gradient(rng):
    """What one pass summed up about its gradient must not leak into the next."""
    x = rng.standard_normal((6, 3))
    upstream = rng.standard_normal((6, 3))
    leaf = ag.Tensor(x, requires_grad=True)
    weight = ag.Tensor(np.ones(3), requires_grad=True)
    out = normalisation.batch_norm(leaf, weight=weight, training=True)
    for _ in range(2):
        leaf.zero_grad()
        weight.zero_grad()
        out.backward(upstream)
        other, scale = ag.Tensor(x, True), ag.Tensor(np.ones(3), True)
        normalisation.batch_norm(other, weight=scale, training=True).backward(upstream)
        np.testing.assert_array_equal(leaf.grad, other.grad)
        np.testing.assert_array_equal(weight.grad, scale.grad)
        upstream[...] = rng.standard_normal((6, 3))  # the same array, with other numbers


def test_findings_are_only_told_about_the_arrays_they_are_about(rng):
    layout = normalisation.Layout((4, 3, 1, 1), True, (1, 3, 1, 1), (3,), 1e-5)
    found = normalisation.Findings()
    x, g, other = (rng.standard_normal((4, 3)) for _ in range(3))
    mean, _ = found.measure(x, layout)
    np.testing.assert_allclose(mean.ravel(), x.mean(0), rtol=1e-12)
    found.add_up(g, x, mean, layout)
    np.testing.assert_allclose(found.added(other, x, mean, layout)[0].ravel(), other.sum(0))
    found.add_up(g, x, mean, layout)
    found.added(g, x, mean, layout)
    g[...] = other  # the same array with other numbers, as a caller may reuse it
    np.testing.assert_allclose(found.added(g, x, mean, layout)[0].ravel(), other.sum(0))
    np.testing.assert_allclose(found.recall(other, layout)[0].ravel(), other.mean(0), rtol=1e-12)


# --- running statistics ---------------------------------------------------------------------------


@pytest.mark.usefixtures("float64")
def test_running_statistics_move_by_the_momentum(rng):
    layer, average = nn.BatchNorm1d(2, momentum=0.25), nn.BatchNorm1d(2, momentum=None)
    mean, var = np.zeros(2), np.ones(2)
    means, variances = [], []
    for step in range(3):
        x = rng.standard_normal((5, 2)) * 2 + 1
        layer(x)
        average(x)
        mean = 0.75 * mean + 0.25 * x.mean(0)
        var = 0.75 * var + 0.25 * x.var(0, ddof=1)
        means.append(x.mean(0))
        variances.append(x.var(0, ddof=1))
        assert layer.num_batches_tracked == step + 1
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-12)
    np.testing.assert_allclose(average.running_mean, np.mean(means, 0), rtol=1e-12)
    np.testing.assert_allclose(average.running_var, np.mean(variances, 0), rtol=1e-12)
    before = layer.state_dict()
    layer.eval()(x)
    for key, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[key])
    np.testing.assert_allclose(layer(x).numpy(), (x - mean) / np.sqrt(var + layer.eps), rtol=1e-12)
    layer.reset_parameters()
    assert layer.running_mean.tolist() == [0, 0]
    assert layer.num_batches_tracked == 0


def test_evaluation_treats_each_sample_by_itself(rng):
    layer = nn.BatchNorm2d(3)
    x = rng.standard_normal((4, 3, 5, 5)).astype(np.float32)
    layer(x)
    layer.eval()
    np.testing.assert_allclose(layer(x).numpy()[2:3], layer(x[2:3]).numpy(), rtol=1e-6)
    layer(x[:1, :, :1, :1])  # one value is enough here


def test_without_statistics_evaluation_uses_the_batch(rng):
    layer = nn.BatchNorm1d(3, track_running_stats=False)
    x = rng.standard_normal((5, 3))
    expected = layer(x).numpy()
    np.testing.assert_array_equal(layer.eval()(x).numpy(), expected)
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert nn.BatchNorm1d(3, affine=False).weight is None


def test_a_batch_used_in_backward_survives_the_next_update(rng):
    """Statistics move in place; a graph made before does not see that."""
    layer = nn.BatchNorm1d(2).eval()
    x = ag.Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    out = layer(x)
    layer.train()(rng.standard_normal((4, 2)) * 9)
    out.backward(np.ones((4, 2)))
    np.testing.assert_allclose(x.grad, 1 / np.sqrt(1 + 1e-5), rtol=1e-6)


@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4), (2, 3, 0)])
def test_empty_batches_give_empty_results_and_move_nothing(shape):
    layer = nn.BatchNorm1d(3)
    x = ag.Tensor(np.zeros(shape), requires_grad=True)
    out = layer(x)
    assert out.shape == shape
    out.backward(np.zeros(shape))
    assert x.grad.shape == shape
    np.testing.assert_array_equal(layer.weight.grad, 0.0)
    assert layer.running_mean.tolist() == [0, 0, 0]
    assert nn.LayerNorm(3)(np.zeros((0, 3))).shape == (0, 3)
    assert nn.LocalResponseNorm(3)(np.zeros((0, 3, 4))).shape == (0, 3, 4)


def test_fused_layers_keep_no_memory_over_many_steps(no_collector, rng):
    layer = nn.BatchNorm2d(4)
    x = rng.standard_normal((2, 4, 3, 3)).astype(np.float32)
    out = layer(ag.Tensor(x, requires_grad=True))
    found = weakref.ref(out.params["found"])
    out.backward(x)
    del out
    assert found() is None


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (nn.BatchNorm1d(3), (5, 4), ["BatchNorm1d(3", "(N, 3) or (N, 3, L)", "(5, 4)"]),
        (nn.BatchNorm1d(3), (3,), ["(3,)"]),
        (nn.BatchNorm2d(3), (5, 3), ["(N, 3, H, W)", "(5, 3)"]),
        (nn.BatchNorm2d(3), (5, 4, 2, 2), ["(N, 3, H, W)", "(5, 4, 2, 2)"]),
        (nn.InstanceNorm1d(3), (5, 2, 4), ["(3, L) or (N, 3, L)"]),
        (nn.InstanceNorm2d(3), (3, 3), ["(3, H, W) or (N, 3, H, W)"]),
        (nn.GroupNorm(1, 3), (5, 2), ["GroupNorm(1, 3", "(N, 3, ...)", "(5, 2)"]),
        (nn.LayerNorm((2, 3)), (5, 3, 2), ["LayerNorm((2, 3)", "(..., 2, 3)", "(5, 3, 2)"]),
        (nn.LayerNorm((2, 3)), (3,), ["(..., 2, 3)", "(3,)"]),
        (nn.RMSNorm(4), (4, 1), ["RMSNorm((4,)", "(..., 4)"]),
        (nn.LocalResponseNorm(2), (4, 4), ["LocalResponseNorm(2", "(N, C, ...)"]),
    ],
)
def test_wrong_shapes_name_layer_expected_and_received(layer, shape, words):
    with pytest.raises(errors.ShapeError) as caught:
        layer(np.zeros(shape))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.BatchNorm1d(3), (1, 3)),
        (nn.BatchNorm1d(3), (1, 3, 1)),
        (nn.BatchNorm2d(3), (1, 3, 1, 1)),
        (nn.InstanceNorm1d(3), (4, 3, 1)),
        (nn.InstanceNorm2d(3), (3, 1, 1)),
        (nn.GroupNorm(3, 3), (1, 3, 1)),
    ],
)
def test_a_single_value_has_no_spread(layer, shape):
    with pytest.raises(errors.ShapeError, match="more than one value per"):
        layer(np.zeros(shape))


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: nn.BatchNorm1d(0), "num_features"),
        (lambda: nn.BatchNorm2d(2.5), "num_features"),
        (lambda: nn.BatchNorm2d(2, momentum=1.5), "momentum"),
        (lambda: nn.GroupNorm(2, 3), "num_channels"),
        (lambda: nn.GroupNorm(0, 3), "num_groups"),
        (lambda: nn.LayerNorm(()), "normalized_shape"),
        (lambda: nn.LayerNorm((3, 0)), "normalized_shape"),
        (lambda: nn.RMSNorm("3"), "normalized_shape"),
        (lambda: nn.LocalResponseNorm(0), "size"),
        (lambda: normalisation.group_norm(np.zeros((2, 3)), 2), "num_groups"),
        (lambda: normalisation.local_response_norm(np.zeros((2, 3, 1)), 0), "size"),
        (lambda: normalisation.batch_norm(np.zeros((2, 3))), "running_mean"),
        (
            lambda: normalisation.batch_norm(np.zeros((2, 3)), np.zeros(3), None, training=True),
            "running_var",
        ),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weight": np.ones(2)}, "weight must have shape"),
        ({"bias": np.ones((3, 1))}, "bias must have shape"),
        ({"running_mean": [0.0] * 3, "running_var": np.ones(3)}, "running_mean must be a numpy"),
        ({"running_mean": np.zeros(3), "running_var": np.ones(2)}, "running_var must be a numpy"),
    ],
)
def test_functions_refuse_weights_and_statistics_of_another_shape(options, words):
    with pytest.raises(errors.ShapeError, match=words):
        normalisation.batch_norm(np.zeros((4, 3)), training=True, **options)


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm", "group_norm", "layer_norm"])
def test_functions_refuse_inputs_of_too_few_axes(name):
    more = {"group_norm": (1,), "layer_norm": ((3, 2),)}.get(name, ())
    with pytest.raises(errors.ShapeError, match=name):
        getattr(normalisation, name)(np.zeros(3), *more)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (
            nn.BatchNorm1d(3, momentum=None, bias=False),
            "BatchNorm1d(3, eps=1e-05, momentum=None, affine=True, bias=False, "
            "track_running_stats=True)",
        ),
        (nn.GroupNorm(2, 4), "GroupNorm(2, 4, eps=1e-05, affine=True)"),
        (nn.GroupNorm(2, 4, bias=False), "GroupNorm(2, 4, eps=1e-05, affine=True, bias=False)"),
        (nn.LayerNorm(3), "LayerNorm((3,), eps=1e-05, elementwise_affine=True)"),
        (
            nn.LayerNorm(3, bias=False),
            "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=False)",
        ),
        (nn.RMSNorm(3), "RMSNorm((3,), eps=None, elementwise_affine=True)"),
        (nn.LocalResponseNorm(2), "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)"),
    ],
)
def test_repr_shows_the_options(layer, text):
    assert repr(layer) == text
