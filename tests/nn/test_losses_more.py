"""Losses beside cross entropy: facts, finite differences, stored and live numbers of PyTorch."""

from __future__ import annotations

import itertools
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn import functional as F, losses

REFERENCES = Path(__file__).parents[1] / "references" / "nn.npz"
REDUCTIONS = ["mean", "sum", "none"]


def normal(rng, shape):
    return rng.standard_normal(shape) * 2


def quarters(rng, shape):
    """Corners and ties are among these."""
    return rng.integers(-8, 9, shape) / 4


def unit(rng, shape):
    return rng.uniform(0.01, 0.99, shape)


def bits(rng, shape):
    return rng.integers(0, 2, shape).astype(float)


def bits_and_between(rng, shape):
    return np.where(rng.random(shape) < 0.5, bits(rng, shape), rng.random(shape))


def signs(rng, shape):
    return rng.integers(0, 2, shape) * 2.0 - 1


def counts(rng, shape):
    return rng.poisson(2.0, shape).astype(float)


def variances(rng, shape):
    return rng.uniform(0.0, 2.0, shape)


def log_unit(rng, shape):
    return np.log(unit(rng, shape))


def labels(classes):
    return lambda rng, shape: rng.integers(0, classes, shape)


# module, options, the inputs with a gradient (how drawn, shape), the rest
CASES = [
    ("MSELoss", {}, [(normal, (3, 4)), (normal, (3, 4))], []),
    ("L1Loss", {}, [(normal, (3, 4)), (normal, (3, 4))], []),
    ("L1Loss", {}, [(quarters, (40,))], [(quarters, (40,))]),
    ("SmoothL1Loss", {}, [(normal, (3, 4)), (normal, (3, 4))], []),
    ("SmoothL1Loss", {"beta": 0.3}, [(normal, (20,)), (normal, (20,))], []),
    ("SmoothL1Loss", {"beta": 0.0}, [(quarters, (20,)), (quarters, (20,))], []),
    ("SmoothL1Loss", {"beta": 0.5}, [(quarters, (2, 3, 4))], [(quarters, (2, 3, 4))]),
    ("HuberLoss", {}, [(normal, (3, 4)), (normal, (3, 4))], []),
    ("HuberLoss", {"delta": 0.5}, [(quarters, (20,)), (quarters, (20,))], []),
    ("HuberLoss", {"delta": 2.5}, [(normal, ())], [(normal, ())]),
    ("BCELoss", {}, [(unit, (3, 4))], [(bits_and_between, (3, 4))]),
    ("BCELoss", {}, [(unit, (3, 4)), (unit, (3, 4))], []),
    ("BCELoss", {}, [(bits, (20,))], [(bits, (20,))]),
    ("BCELoss", {"weight": (3, 4)}, [(unit, (3, 4))], [(bits, (3, 4))]),
    ("BCELoss", {"weight": (3, 1)}, [(unit, (2, 3, 4))], [(bits, (2, 3, 4))]),
    ("BCEWithLogitsLoss", {}, [(normal, (3, 4))], [(bits_and_between, (3, 4))]),
    ("BCEWithLogitsLoss", {}, [(normal, (3, 4)), (unit, (3, 4))], []),
    ("BCEWithLogitsLoss", {"pos_weight": (4,)}, [(normal, (3, 4)), (unit, (3, 4))], []),
    ("BCEWithLogitsLoss", {"weight": (4,)}, [(normal, (3, 4))], [(bits, (3, 4))]),
    (
        "BCEWithLogitsLoss",
        {"weight": (3, 1), "pos_weight": (1,)},
        [(normal, (3, 4))],
        [(bits_and_between, (3, 4))],
    ),
    ("KLDivLoss", {}, [(log_unit, (3, 4))], [(bits_and_between, (3, 4))]),
    ("KLDivLoss", {}, [(log_unit, (2, 3, 4)), (unit, (2, 3, 4))], []),
    ("KLDivLoss", {"log_target": True}, [(log_unit, (3, 4)), (log_unit, (3, 4))], []),
    ("HingeEmbeddingLoss", {}, [(quarters, (40,))], [(signs, (40,))]),
    ("HingeEmbeddingLoss", {"margin": 1.7}, [(normal, (3, 4))], [(signs, (3, 4))]),
    ("MarginRankingLoss", {}, [(quarters, (30,)), (quarters, (30,))], [(signs, (30,))]),
    ("MarginRankingLoss", {"margin": 0.5}, [(normal, (3, 4)), (normal, (3, 4))], [(signs, (3, 4))]),
    ("MultiMarginLoss", {}, [(quarters, (6, 4))], [(labels(4), (6,))]),
    ("MultiMarginLoss", {"p": 2, "margin": 0.7}, [(normal, (6, 4))], [(labels(4), (6,))]),
    ("MultiMarginLoss", {"weight": (4,)}, [(normal, (6, 4))], [(labels(4), (6,))]),
    ("MultiMarginLoss", {"p": 2, "weight": (4,)}, [(normal, (6, 4))], [(labels(4), (6,))]),
    ("MultiMarginLoss", {"weight": (5,)}, [(normal, (5,))], [(labels(5), ())]),
    ("SoftMarginLoss", {}, [(normal, (3, 4))], [(signs, (3, 4))]),
    ("CosineEmbeddingLoss", {}, [(normal, (6, 3)), (normal, (6, 3))], [(signs, (6,))]),
    ("CosineEmbeddingLoss", {"margin": 0.4}, [(normal, (6, 3)), (normal, (6, 3))], [(signs, (6,))]),
    ("CosineEmbeddingLoss", {"margin": -0.3}, [(normal, (3,)), (normal, (3,))], [(signs, ())]),
    ("TripletMarginLoss", {}, [(normal, (6, 3))] * 3, []),
    ("TripletMarginLoss", {"margin": 3.0, "swap": True}, [(normal, (6, 3))] * 3, []),
    ("TripletMarginLoss", {"p": 1.0, "eps": 0.01}, [(normal, (2, 5, 3))] * 3, []),
    ("TripletMarginLoss", {"p": 3.0, "swap": True}, [(normal, (3,))] * 3, []),
    ("TripletMarginLoss", {"p": math.inf}, [(normal, (6, 3))] * 3, []),
    ("PoissonNLLLoss", {}, [(normal, (3, 4)), (normal, (3, 4))], []),
    ("PoissonNLLLoss", {"full": True}, [(normal, (3, 4))], [(counts, (3, 4))]),
    ("PoissonNLLLoss", {"log_input": False, "eps": 0.1}, [(unit, (3, 4))], [(counts, (3, 4))]),
    ("PoissonNLLLoss", {"log_input": False, "full": True}, [(unit, (9,)), (variances, (9,))], []),
    ("GaussianNLLLoss", {}, [(normal, (3, 4)), (normal, (3, 4)), (variances, (3, 4))], []),
    ("GaussianNLLLoss", {"full": True}, [(normal, (3, 4))] * 2 + [(variances, (3, 1))], []),
    ("GaussianNLLLoss", {"eps": 0.7}, [(normal, (3, 4))] * 2 + [(variances, (3,))], []),
    ("GaussianNLLLoss", {}, [(normal, (5,))] * 2 + [(variances, (5,))], []),
    ("MultiLabelSoftMarginLoss", {}, [(normal, (3, 4))], [(bits_and_between, (3, 4))]),
    ("MultiLabelSoftMarginLoss", {"weight": (4,)}, [(normal, (3, 4))], [(bits, (3, 4))]),
    ("MultiLabelSoftMarginLoss", {}, [(normal, (4,)), (unit, (4,))], []),
]
RUNS = [
    pytest.param(*case, reduction, id=f"{number}-{case[0]}-{reduction}")
    for number, case in enumerate(CASES)
    for reduction in REDUCTIONS + (["batchmean"] if case[0] == "KLDivLoss" else [])
]


def drawn(options, inputs, rest, rng):
    """Options with arrays for shapes, the inputs, the rest."""
    options = {
        k: rng.uniform(0.2, 2.0, v) if isinstance(v, tuple) else v for k, v in options.items()
    }
    return options, *([np.asarray(f(rng, s)) for f, s in group] for group in (inputs, rest))


@pytest.mark.parametrize(("name", "options", "inputs", "rest", "reduction"), RUNS)
def test_losses_equal_pytorch(name, options, inputs, rest, reduction, rng):
    torch = pytest.importorskip("torch")
    options, inputs, rest = drawn(options, inputs, rest, rng)
    theirs = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    mine = [ag.Tensor(x, requires_grad=True) for x in inputs]
    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    loss = getattr(losses, name)(**options, reduction=reduction)(*mine, *rest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch advises against the mean of kl_div
        module = getattr(torch.nn, name)(**theirs, reduction=reduction)
        expected = module(*leaves, *map(torch.tensor, rest))
    assert loss.shape == tuple(expected.shape)
    np.testing.assert_allclose(loss.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    upstream = np.asarray(rng.standard_normal(loss.shape))
    loss.backward(upstream)
    expected.backward(torch.tensor(upstream))
    certain = name == "BCELoss" and np.isin(inputs[0], [0, 1]).any()
    rtol = 1e-8 if certain else 1e-9  # there the slope has PyTorch's 1e-12 in it, which is float32
    for a, b in zip(mine, leaves, strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("number", range(18))
def test_losses_equal_stored_numbers_of_pytorch(number):
    with np.load(REFERENCES) as file:
        name, options, shapes, _ = json.loads(str(file["cases"]))["losses"][number]
        prefix = f"losses.{number}."
        stored = {k.removeprefix(prefix): file[k] for k in file if k.startswith(prefix)}
    inputs = [ag.Tensor(stored[f"x{slot}"], requires_grad=True) for slot in range(len(shapes))]
    rest = [stored[key] for key in ("t0", "t1") if key in stored]
    loss = getattr(losses, name)(**options)(*inputs, *rest)
    np.testing.assert_allclose(loss.numpy(), stored["y"], rtol=1e-9, atol=1e-12)
    loss.backward(stored["g"])
    for slot, leaf in enumerate(inputs):
        np.testing.assert_allclose(leaf.grad, stored[f"d{slot}"], rtol=1e-9, atol=1e-12)


def test_every_loss_has_a_stored_number():
    with np.load(REFERENCES) as file:
        stored = [name for name, *_ in json.loads(str(file["cases"]))["losses"]]
    assert len(stored) == 18
    assert set(stored) == set(losses.__all__)
    assert {name for name, *_ in CASES} | {"CrossEntropyLoss", "NLLLoss"} == set(losses.__all__)


@pytest.mark.parametrize(
    ("name", "options", "inputs", "rest"),
    [
        pytest.param(*case, id=f"{number}-{case[0]}")
        for number, case in enumerate(CASES)
        if case[2][0][0] is not bits  # where certain answers are cut off, the slope is PyTorch's
    ],
)
def test_gradients_are_those_of_finite_differences(name, options, inputs, rest, rng):
    if name == "GaussianNLLLoss" and "eps" in options:
        options = {}  # variances below eps have the slope at eps, as in PyTorch
    options, inputs, rest = drawn(options, inputs, rest, rng)
    inputs = [np.asarray(x + 0.003) for x in inputs]  # beside the corners
    module = getattr(losses, name)(**options, reduction="none")
    ag.gradcheck(lambda *xs: module(*xs, *rest), inputs)


@pytest.mark.parametrize(("name", "options", "inputs", "rest", "reduction"), RUNS)
def test_reductions_are_of_the_losses_of_the_elements(name, options, inputs, rest, reduction, rng):
    options, inputs, rest = drawn(options, inputs, rest, rng)
    make = getattr(losses, name)
    each = make(**options, reduction="none")(*inputs, *rest).numpy()
    divisor = {"mean": max(each.size, 1), "batchmean": len(each) if each.ndim else 1}
    expected = each if reduction == "none" else each.sum() / divisor.get(reduction, 1)
    loss = make(**options, reduction=reduction)(*inputs, *rest)
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("name", "options", "inputs", "rest", "reduction"), RUNS)
def test_float32_stays_float32(name, options, inputs, rest, reduction, rng):
    """Only the first input decides; plain float64 arrays and lists follow it."""
    options, inputs, rest = drawn(options, inputs, rest, rng)
    make = getattr(losses, name)
    first = ag.Tensor(inputs[0].astype(np.float32), requires_grad=True)
    others = [x.tolist() for x in (*inputs[1:], *rest)]
    loss = make(**options, reduction=reduction)(first, *others)
    loss.backward(np.ones(loss.shape, np.float32))
    assert loss.dtype == first.grad.dtype == np.float32
    expected = make(**options, reduction=reduction)(*inputs, *rest)
    np.testing.assert_allclose(loss.numpy(), expected.numpy(), rtol=2e-4, atol=2e-5)


# --- by hand --------------------------------------------------------------------------------------


def test_the_round_corner_meets_the_straight_line():
    for beta in (0.25, 1.0, 3.0):
        d = np.array([0.0, beta / 2, beta, beta + 1, -beta - 1])
        smooth = F.smooth_l1_loss(d, 0.0, "none", beta).numpy()
        huber = F.huber_loss(d, 0.0, "none", beta).numpy()
        np.testing.assert_allclose(smooth, [0, beta / 8, beta / 2, 1 + beta / 2, 1 + beta / 2])
        np.testing.assert_allclose(huber, beta * smooth, rtol=1e-14)


def test_certain_and_wrong_costs_a_hundred_and_has_a_finite_slope():
    p = ag.Tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    loss = F.binary_cross_entropy(p, [1.0, 0.0, 0.0, 1.0], reduction="none")
    np.testing.assert_array_equal(loss.numpy(), [100, 100, 0, 0])
    loss.backward(np.ones(4))
    np.testing.assert_array_equal(p.grad, [-1e12, 1e12, 0, 0])


@pytest.mark.parametrize("factor", [None, [1.0], [3.0]])
def test_large_logits_neither_overflow_nor_lose_what_is_left(factor):
    x = ag.Tensor([800.0, -800.0, 800.0, -800.0, 40.0, -40.0], requires_grad=True)
    target = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
    loss = F.binary_cross_entropy_with_logits(x, target, pos_weight=factor, reduction="none")
    k, left = 1.0 if factor is None else factor[0], math.exp(-40.0)
    np.testing.assert_allclose(loss.numpy(), [0, 0, 800, 800 * k, k * left, left], rtol=1e-12)
    loss.backward(np.ones(6))
    np.testing.assert_allclose(x.grad, [0, 0, 1, -k, -k * left, left], rtol=1e-12)


def test_logits_and_probabilities_agree(rng):
    x, t, w = rng.standard_normal((4, 3)), rng.random((4, 3)), rng.random(3)
    p = 1 / (1 + np.exp(-x))
    a = F.binary_cross_entropy(p, t, w, "none").numpy()
    b = F.binary_cross_entropy_with_logits(x, t, w, "none").numpy()
    c = F.multilabel_soft_margin_loss(x, t, w, "none").numpy()
    np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_allclose(b.mean(1), c, rtol=1e-12)


def test_soft_margin_is_the_cross_entropy_of_a_logit(rng):
    x = np.array([0.0, 3.0, -3.0, 900.0, -900.0])
    loss = F.soft_margin_loss(x, [1, 1, 1, -1, -1], "none").numpy()
    expected = F.binary_cross_entropy_with_logits(x, [1, 1, 1, 0, 0], None, "none").numpy()
    np.testing.assert_allclose(loss, expected, rtol=1e-12)


def test_kl_is_zero_for_equal_distributions_and_else_above(rng):
    p, q = rng.dirichlet(np.ones(5), 3), rng.dirichlet(np.ones(5), 3)
    assert F.kl_div(np.log(p), p, "sum").item() == pytest.approx(0.0, abs=1e-14)
    expected = (q * (np.log(q) - np.log(p))).sum() / 3
    assert expected > 0
    assert F.kl_div(np.log(p), q, "batchmean").item() == pytest.approx(expected, rel=1e-12)
    assert F.kl_div(np.log(p), np.log(q), "batchmean", log_target=True).item() == pytest.approx(
        expected, rel=1e-12
    )


def test_a_probability_of_zero_costs_nothing_and_has_a_finite_slope():
    p = ag.Tensor([[0.0, 1.0]], requires_grad=True)
    loss = F.kl_div(np.log([[0.5, 0.5]]), p, "sum")
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    np.testing.assert_allclose(p.grad, [[math.log(2), 1 + math.log(2)]])


def test_multi_margin_is_its_definition(rng):
    x, y, w = rng.standard_normal((5, 4)), rng.integers(0, 4, 5), rng.random(4)
    for p, margin in itertools.product((1, 2), (1.0, 0.3)):
        expected = [
            w[y[n]] * sum(max(0, margin - x[n, y[n]] + x[n, c]) ** p for c in range(4) if c != y[n])
            for n in range(5)
        ]
        loss = F.multi_margin_loss(x, y, p, margin, w, "none").numpy()
        np.testing.assert_allclose(loss, np.array(expected) / 4, rtol=1e-12)


def test_a_zero_vector_has_a_cosine_and_a_gradient():
    x = ag.Tensor(np.zeros((2, 3)), requires_grad=True)
    loss = F.cosine_embedding_loss(x, np.ones((2, 3)), [1, -1], reduction="none")
    np.testing.assert_array_equal(loss.numpy(), [1.0, 0.0])
    loss.backward([1.0, 1.0])
    assert np.isfinite(x.grad).all()


def test_swapping_never_makes_a_triplet_easier(rng):
    triplet = rng.standard_normal((3, 50, 4))
    plain = F.triplet_margin_loss(*triplet, reduction="none").numpy()
    swapped = F.triplet_margin_loss(*triplet, swap=True, reduction="none").numpy()
    assert (swapped >= plain).all()
    assert (swapped > plain).any()


def test_poisson_with_and_without_logarithm_agree(rng):
    rate, count = rng.uniform(0.5, 4.0, 7), rng.poisson(3.0, 7).astype(float)
    a = F.poisson_nll_loss(np.log(rate), count, full=True).item()
    b = F.poisson_nll_loss(rate, count, log_input=False, full=True, eps=0.0).item()
    assert a == pytest.approx(b, rel=1e-12)
    # Stirling's formula: log(n!) to about 1 / (12 * n)
    exact = np.mean(rate - count * np.log(rate) + [math.lgamma(n + 1) for n in count])
    assert a == pytest.approx(exact, abs=0.05)


def test_gaussian_with_all_constants_is_minus_the_log_of_the_density():
    loss = F.gaussian_nll_loss(1.0, 2.0, 4.0, full=True).item()
    density = math.exp(-((1 - 2) ** 2) / 8) / math.sqrt(2 * math.pi * 4)
    assert loss == pytest.approx(-math.log(density), rel=1e-12)


def test_a_variance_below_eps_counts_as_eps_and_gets_the_gradient_there():
    var = ag.Tensor([0.0, 0.5], requires_grad=True)
    loss = F.gaussian_nll_loss([1.0, 1.0], [2.0, 2.0], var, eps=0.5, reduction="none")
    np.testing.assert_allclose(loss.numpy(), [0.5 * (math.log(0.5) + 2)] * 2)
    loss.backward(np.ones(2))
    np.testing.assert_allclose(var.grad, [0.5 * (2 - 4)] * 2)


def test_one_number_stands_for_all_targets():
    x = np.array([[0.25, 0.75]])
    for function, target in (
        (F.l1_loss, 0.5),
        (F.huber_loss, 0.5),
        (F.binary_cross_entropy, 1.0),
        (F.binary_cross_entropy_with_logits, 1),
        (F.soft_margin_loss, -1),
        (F.hinge_embedding_loss, -1),
        (F.poisson_nll_loss, 2),
    ):
        assert function(x, target).item() == function(x, np.full((1, 2), target, float)).item()


def test_weights_are_buffers():
    assert list(losses.BCELoss([1.0, 2.0]).state_dict()) == ["weight"]
    both = losses.BCEWithLogitsLoss([1.0], pos_weight=[2.0])
    assert list(both.state_dict()) == ["weight", "pos_weight"]
    assert list(losses.MultiMarginLoss(weight=[1.0]).state_dict()) == ["weight"]
    assert list(losses.MultiLabelSoftMarginLoss([1.0]).state_dict()) == ["weight"]
    assert all(not list(loss.parameters()) for loss in (both, losses.BCELoss([1.0])))


# --- what is refused ------------------------------------------------------------------------------

ELEMENTWISE = [
    F.mse_loss,
    F.l1_loss,
    F.smooth_l1_loss,
    F.huber_loss,
    F.binary_cross_entropy,
    F.binary_cross_entropy_with_logits,
    F.multilabel_soft_margin_loss,
    F.kl_div,
    F.hinge_embedding_loss,
    F.soft_margin_loss,
    F.poisson_nll_loss,
]


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize("shapes", [((3, 1), (3,)), ((3,), (3, 1)), ((2, 3), (3,)), ((3,), (1,))])
def test_shapes_that_differ_are_not_broadcast(loss, shapes):
    x, target = np.ones(shapes[0]), np.ones(shapes[1])
    with pytest.raises(errors.ShapeError, match=f"{loss.__name__}: prediction and target"):
        loss(x, target)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: F.margin_ranking_loss(np.ones(3), np.ones((3, 1)), 1), "one shape"),
        (lambda: F.margin_ranking_loss(np.ones(3), np.float64(1.0), 1), "one shape"),
        (lambda: F.margin_ranking_loss(np.ones(3), np.ones(3), np.ones((3, 1))), "one shape"),
        (lambda: F.cosine_embedding_loss(np.ones((2, 3)), np.ones(3), [1, 1]), "one shape"),
        (lambda: F.cosine_embedding_loss(*np.ones((2, 2, 3)), 1), r"target must have shape \(2,\)"),
        (lambda: F.cosine_embedding_loss(*np.ones((2, 2, 3)), [[1], [1]]), r"got \(2, 1\)"),
        (lambda: F.cosine_embedding_loss(*np.ones((2, 2, 3, 1)), [[1]]), r"\(D,\) or \(N, D\)"),
        (lambda: F.cosine_embedding_loss(1.0, 1.0, 1), r"\(D,\) or \(N, D\)"),
        (lambda: F.triplet_margin_loss(np.ones((2, 3)), np.ones((2, 3)), np.ones(3)), "positive"),
        (lambda: F.triplet_margin_loss(1.0, 1.0, 1.0), r"\(\.\.\., D\)"),
        (lambda: F.multi_margin_loss(np.ones((2, 3, 4)), [0, 1]), r"\(C,\) or \(N, C\)"),
        (lambda: F.multi_margin_loss(np.ones((2, 3)), [0, 1, 2]), "target must have shape"),
        (lambda: F.multi_margin_loss(np.ones((2, 3)), [0, 1], weight=[1.0]), "one number per"),
        (lambda: F.gaussian_nll_loss(np.ones((2, 3)), np.ones((2, 3)), np.ones(3)), "var must"),
        (lambda: F.gaussian_nll_loss(np.ones((2, 3)), np.ones(3), np.ones((2, 3))), "one shape"),
        (lambda: F.binary_cross_entropy([0.5], [1.0], weight=np.ones((2, 1))), "weight must"),
        (lambda: F.binary_cross_entropy([0.5, 0.5], [1.0, 1.0], np.ones(3)), "weight must"),
        (
            lambda: F.binary_cross_entropy_with_logits(
                [0.5, 0], [1, 1], pos_weight=np.ones((2, 1))
            ),
            "pos_weight must broadcast",
        ),
        (lambda: F.multilabel_soft_margin_loss(0.5, 1.0), r"\(\.\.\., C\)"),
        (lambda: F.kl_div(-1.0, 1.0, "batchmean"), "batchmean"),
        (lambda: F.l1_loss(np.ones((0, 2)), np.ones((0, 2))), "at least one"),
    ],
)
def test_bad_shapes_are_refused(call, words):
    with pytest.raises(errors.ShapeError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: F.binary_cross_entropy([0.5, 1.5], [1.0, 0.0]), r"probabilities .* got 1.5 .*1,"),
        (lambda: F.binary_cross_entropy([-0.5], [1.0]), "probabilities must be between 0 and 1"),
        (lambda: F.binary_cross_entropy([math.nan], [1.0]), "got nan"),
        (lambda: F.binary_cross_entropy([0.5], [2.0]), "targets must be between 0 and 1, got 2"),
        (lambda: F.binary_cross_entropy([0.5], -1), "targets must be between 0 and 1, got -1"),
        (lambda: F.binary_cross_entropy_with_logits([9.0], [-1.0]), "targets must be between"),
        (lambda: F.binary_cross_entropy_with_logits([9.0], [1.5]), "targets must be between"),
        (lambda: F.multilabel_soft_margin_loss([9.0], [-1.0]), "targets must be between"),
        (lambda: F.multilabel_soft_margin_loss([9.0], [1.5]), "targets must be between"),
        (lambda: F.kl_div([-1.0], [-0.5]), "probabilities must be at least 0, got -0.5"),
        (lambda: F.hinge_embedding_loss([1.0, 1.0], [1, 0]), r"1 or -1, got 0 \(at index \(1,\)\)"),
        (lambda: F.margin_ranking_loss([1.0], [1.0], [2]), "1 or -1, got 2"),
        (lambda: F.soft_margin_loss([1.0], [math.nan]), "1 or -1, got nan"),
        (lambda: F.cosine_embedding_loss([[1.0]], [[1.0]], [0]), "2 \\* target - 1"),
        (lambda: F.poisson_nll_loss([-1.0], [1.0], log_input=False), "expected counts must be"),
        (lambda: F.gaussian_nll_loss([1.0], [1.0], [-1.0]), "variances must be at least 0"),
        (lambda: F.multi_margin_loss([[1.0, 2.0]], [2]), "label 2 .* 0 to 1"),
        (lambda: F.multi_margin_loss([[1.0, 2.0]], [-1]), "label -1 .* 0 to 1"),
        (lambda: F.multi_margin_loss([[1.0, 2.0]], [-100]), "label -100 .* 0 to 1"),
    ],
)
def test_numbers_outside_their_range_are_refused(call, words):
    with pytest.raises(errors.DomainError, match=words):
        call()


def test_labels_of_multi_margin_are_integers():
    with pytest.raises(errors.DTypeError):
        F.multi_margin_loss([[1.0, 2.0]], [1.0])


@pytest.mark.parametrize("name", losses.__all__)
def test_reductions_are_checked(name):
    for reduction in ("average", None, "batchmean"):
        if name == "KLDivLoss" and reduction == "batchmean":
            continue
        with pytest.raises(errors.OptionError, match=f"{name}: reduction must be 'mean'"):
            getattr(losses, name)(reduction=reduction)
    for function in ELEMENTWISE:
        with pytest.raises(errors.OptionError, match=function.__name__):
            function([1.0], [1.0], reduction="elementwise_mean")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SmoothL1Loss", {"beta": -1.0}),
        ("SmoothL1Loss", {"beta": "1"}),
        ("HuberLoss", {"delta": 0.0}),
        ("HuberLoss", {"delta": math.nan}),
        ("PoissonNLLLoss", {"eps": None}),
        ("GaussianNLLLoss", {"eps": 0.0}),
        ("HingeEmbeddingLoss", {"margin": "wide"}),
        ("MarginRankingLoss", {"margin": True}),
        ("MultiMarginLoss", {"p": 3}),
        ("MultiMarginLoss", {"p": True}),
        ("MultiMarginLoss", {"margin": None}),
        ("CosineEmbeddingLoss", {"margin": [0.1]}),
        ("TripletMarginLoss", {"margin": 0.0}),
        ("TripletMarginLoss", {"p": 0}),
        ("TripletMarginLoss", {"p": "2"}),
        ("TripletMarginLoss", {"eps": None}),
    ],
)
def test_bad_options_are_refused(name, options):
    with pytest.raises(errors.OptionError, match=f"{name}: {next(iter(options))} must be"):
        getattr(losses, name)(**options)
