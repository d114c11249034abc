"""Losses against a plain definition, finite differences and PyTorch, with every option."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import errors
from nn import functional as F

REDUCTIONS = ["mean", "sum", "none"]


def log_softmax(x, axis):
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def by_definition(x, target, weight, ignore_index, smoothing):
    """Cross entropy of labels, one element after the other: losses and what each counts."""
    classes = x.shape[1]
    logp = log_softmax(x, 1)
    weight = np.ones(classes) if weight is None else weight
    losses, counts = np.zeros(target.shape), np.zeros(target.shape)
    for where in np.ndindex(target.shape):
        label = target[where]
        if label == ignore_index:
            continue
        counts[where] = weight[label]
        for c in range(classes):
            q = (1 - smoothing) * (c == label) + smoothing / classes
            losses[where] -= q * weight[c] * logp[(where[0], c, *where[1:])]
    return losses, counts


@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 2, 3)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("ignore", [False, True])
def test_cross_entropy_is_its_definition(shape, weighted, smoothing, ignore, rng):
    x = rng.standard_normal(shape)
    target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    if ignore:
        target.flat[::3] = -7
    weight = rng.uniform(0.2, 2.0, shape[1]) if weighted else None
    losses, counts = by_definition(x, target, weight, -7, smoothing)
    results = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / counts.sum()}
    for reduction, expected in results.items():
        loss = F.cross_entropy(x, target, weight, -7, reduction, smoothing)
        np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-12, atol=1e-14)


LABELS = [
    (shape, weighted, smoothing, ignore, reduction)
    for shape, weighted, smoothing, ignore, reduction in itertools.product(
        [(5, 4), (3,), (2, 3, 2, 3), (1, 1)],
        [False, True],
        [0.0, 0.3],
        [False, True],
        REDUCTIONS,
    )
    if not (ignore and (shape == (3,) or shape == (1, 1)))
]


@pytest.mark.parametrize(("shape", "weighted", "smoothing", "ignore", "reduction"), LABELS)
def test_cross_entropy_of_labels_equals_pytorch(shape, weighted, smoothing, ignore, reduction, rng):
    classes = shape[0] if len(shape) == 1 else shape[1]
    target = rng.integers(0, classes, shape[2:] if len(shape) == 1 else (shape[0], *shape[2:]))
    target = np.asarray(target)
    if ignore:
        target.flat[::2] = -100
    options = {"reduction": reduction, "label_smoothing": smoothing}
    compare_with_pytorch(
        "CrossEntropyLoss", rng.standard_normal(shape) * 3, target, weighted, options, rng
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5, 4), (3,), (2, 3, 2, 3)])
def test_cross_entropy_of_probabilities_equals_pytorch(shape, weighted, smoothing, reduction, rng):
    target = rng.uniform(size=shape)
    target /= target.sum(0 if len(shape) == 1 else 1, keepdims=True)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    compare_with_pytorch(
        "CrossEntropyLoss", rng.standard_normal(shape), target, weighted, options, rng
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5, 4), (2, 3, 2, 3)])
def test_nll_loss_equals_pytorch(shape, weighted, reduction, rng):
    target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    target.flat[1] = 2
    options = {"reduction": reduction, "ignore_index": 2}
    compare_with_pytorch("NLLLoss", rng.standard_normal(shape), target, weighted, options, rng)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_mse_loss_equals_pytorch(reduction, rng):
    x, target = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    compare_with_pytorch("MSELoss", x, target, None, {"reduction": reduction}, rng)


def compare_with_pytorch(name, x, target, weighted, options, rng):
    torch = pytest.importorskip("torch")
    theirs_options = dict(options)
    if weighted:
        classes = x.shape[0] if x.ndim == 1 else x.shape[1]
        weight = rng.uniform(0.2, 2.0, classes)
        options = {**options, "weight": weight}
        theirs_options["weight"] = torch.from_numpy(weight)
    a = ag.Tensor(x, requires_grad=True)
    b = torch.tensor(x, requires_grad=True)
    loss = getattr(nn, name)(**options)(a, target)
    expected = getattr(torch.nn, name)(**theirs_options)(b, torch.from_numpy(target))
    assert loss.shape == tuple(expected.shape)
    np.testing.assert_allclose(loss.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = np.asarray(rng.standard_normal(loss.shape))
    loss.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("loss", "shape", "target"),
    [
        (nn.CrossEntropyLoss(reduction="none"), (4, 3), [0, 2, 1, 2]),
        (nn.CrossEntropyLoss([1.0, 0.5, 2.0], 1, label_smoothing=0.1), (4, 3), [0, 2, 1, 2]),
        (nn.CrossEntropyLoss(), (2, 3), [[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]),
        (nn.NLLLoss([1.0, 0.5, 2.0]), (4, 3), [0, 2, 1, 2]),
        (nn.MSELoss(reduction="none"), (2, 3), [[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]),
        (nn.MSELoss(), (2, 3), 0.5),
    ],
)
def test_gradients_are_those_of_finite_differences(loss, shape, target, rng, check_gradients):
    check_gradients(loss, rng.standard_normal(shape), rng, target)


@pytest.mark.parametrize("axis_last", [True, False])
def test_cross_entropy_of_labels_can_be_differentiated_twice(axis_last, rng):
    """The Hessian for one sample is diag(p) - p p', whatever the label."""
    data = rng.standard_normal(4)
    x = ag.Tensor(data if axis_last else data[None, :, None], requires_grad=True)
    loss = F.cross_entropy(x, 2 if axis_last else [[2]], reduction="sum")
    (first,) = ag.gradients(loss, [x], create_graph=True)
    p = np.exp(log_softmax(data, 0))
    np.testing.assert_allclose(first.numpy().ravel(), p - np.eye(4)[2], rtol=1e-12)
    for i in range(4):
        upstream = np.eye(4)[i].reshape(x.shape)
        (row,) = ag.gradients(first, [x], upstream)
        np.testing.assert_allclose(row.ravel(), p * (np.eye(4)[i] - p[i]), rtol=1e-11)


def test_integer_scores_are_taken_as_floats():
    x = np.array([[2, 0], [0, 1]])
    expected = F.cross_entropy(x.astype(float), [0, 1]).item()
    assert F.cross_entropy(x, [0, 1]).item() == expected
    assert F.mse_loss(x, x + 1).item() == 1.0


def test_probabilities_get_a_gradient_too(rng):
    x, q = rng.standard_normal((2, 3)), rng.uniform(size=(2, 3))
    target = ag.Tensor(q, requires_grad=True)
    F.cross_entropy(x, target, reduction="sum").backward()
    np.testing.assert_allclose(target.grad, -log_softmax(x, 1), rtol=1e-12)


def test_labels_may_be_arrays_lists_or_tensors():
    x = np.array([[2.0, 0.0, 1.0], [0.0, 0.0, 3.0]])
    expected = F.cross_entropy(x, [0, 2]).item()
    for labels in (
        np.array([0, 2]),
        np.array([0, 2], np.uint8),
        (0, 2),
        ag.Tensor(np.array([0, 2])),
        [np.int64(0), 2],
    ):
        assert F.cross_entropy(x, labels).item() == expected
    one_hot = np.eye(3, dtype=int)[[0, 2]]
    assert F.cross_entropy(x, one_hot).item() == pytest.approx(expected, rel=1e-12)


def test_large_scores_and_masked_classes_stay_finite():
    x = ag.Tensor([[1000.0, 0.0, -1000.0], [5.0, -math.inf, 1.0]], requires_grad=True)
    loss = F.cross_entropy(x, [0, 2], reduction="none")
    assert loss.numpy()[0] == 0.0
    assert loss.numpy()[1] == pytest.approx(math.log1p(math.exp(4.0)), rel=1e-12)
    loss.backward([1.0, 1.0])
    assert np.isfinite(x.grad).all()
    assert x.grad[1, 1] == 0.0


def test_an_ignored_label_counts_nothing_even_where_its_score_is_infinite():
    x = ag.Tensor([[0.0, 1.0], [-math.inf, -math.inf]], requires_grad=True)
    loss = F.nll_loss(x, [1, -100], reduction="sum")
    assert loss.item() == -1.0
    loss.backward()
    np.testing.assert_array_equal(x.grad, [[0.0, -1.0], [0.0, 0.0]])


def test_float32_stays_float32():
    x = ag.Tensor(np.zeros((2, 3), np.float32), requires_grad=True)
    for loss in (
        F.cross_entropy(x, [0, 1], np.ones(3), label_smoothing=0.1),
        F.cross_entropy(x, [0, -100]),
        F.cross_entropy(x, np.full((2, 3), 1 / 3)),
        F.nll_loss(x, [0, 1], [1, 2, 3]),
        F.mse_loss(x, np.zeros((2, 3))),
    ):
        assert loss.dtype == np.float32


def test_losses_of_nothing():
    assert math.isnan(F.cross_entropy(np.zeros((2, 3)), [-100, -100]).item())  # as in PyTorch
    assert F.cross_entropy(np.zeros((0, 3)), [], reduction="sum").item() == 0.0
    assert F.cross_entropy(np.zeros((0, 3)), [], reduction="none").shape == (0,)
    with pytest.raises(errors.ShapeError, match="at least one"):
        F.cross_entropy(np.zeros((0, 3)), [])


def test_the_weight_is_a_buffer():
    loss = nn.CrossEntropyLoss(weight=[1.0, 2.0])
    assert list(loss.state_dict()) == ["weight"]
    assert list(loss.parameters()) == []
    assert list(nn.CrossEntropyLoss().state_dict()) == []


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
@pytest.mark.parametrize(
    ("target", "words"),
    [
        ([0, 3], ["label 3", "(1,)", "3 classes", "0 to 2"]),
        ([-1, 0], ["label -1", "(0,)", "0 to 2"]),
    ],
)
def test_a_label_outside_the_classes_is_named(loss, target, words):
    with pytest.raises(errors.DomainError) as caught:
        loss(np.zeros((2, 3)), target)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
@pytest.mark.parametrize(
    ("x", "target", "kind"),
    [
        (np.zeros((2, 3)), [0.0, 1.0], errors.DTypeError),
        (np.zeros((2, 3)), ["a", "b"], errors.DTypeError),
        (np.zeros((2, 3)), [True, False], errors.DTypeError),
        (np.zeros((2, 3)), None, errors.AutogradError),
        (np.zeros((2, 3)), [0, 1, 2], errors.ShapeError),
        (np.zeros((2, 3)), 1, errors.ShapeError),
        (np.zeros((2, 3)), np.zeros((2, 2)), errors.ShapeError),
        (np.zeros((2, 3)), [[0], [1, 2]], errors.AutogradError),
        (np.zeros((2, 3, 4)), [0, 1], errors.ShapeError),
        (np.float64(2.0), 0, errors.ShapeError),
    ],
)
def test_targets_that_make_no_sense_are_refused(loss, x, target, kind):
    with pytest.raises(kind):
        loss(x, target)


def test_shapes_of_mse_are_not_broadcast():
    with pytest.raises(errors.ShapeError, match=r"\(3, 1\) and \(3,\)"):
        F.mse_loss(np.zeros((3, 1)), np.zeros(3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.MSELoss("average"),
        lambda: nn.CrossEntropyLoss(reduction="elementwise_mean"),
        lambda: nn.CrossEntropyLoss(label_smoothing=1.5),
        lambda: nn.CrossEntropyLoss(label_smoothing=math.nan),
        lambda: nn.CrossEntropyLoss(ignore_index=1.0),
        lambda: F.cross_entropy([[0.0]], [0], label_smoothing=-0.1),
        lambda: F.mse_loss(0.0, 0.0, "max"),
    ],
)
def test_bad_options_are_refused(make):
    with pytest.raises(errors.OptionError):
        make()


def test_class_weights_need_one_number_per_class():
    with pytest.raises(errors.ShapeError, match=r"\(3,\), got \(2,\)"):
        F.cross_entropy(np.zeros((2, 3)), [0, 1], weight=[1.0, 2.0])
