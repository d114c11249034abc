"""Dropout, embedding, bilinear and distance layers."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as ag
from autograd import errors
from nn.functional import dropping, lookup, pairs
from nn.layers.distance import CosineSimilarity, PairwiseDistance
from nn.layers.dropout import Dropout, Dropout2d
from nn.layers.embedding import Embedding
from nn.layers.linear import Bilinear, Identity

CLOSE = {"rtol": 1e-9, "atol": 1e-12}

# --- dropout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_scales_what_stays(p):
    x = np.full(100_000, 3.0)
    out = Dropout(p, generator=0)(x).numpy()
    assert set(np.unique(out).round(12)) == {0.0, round(3.0 / (1 - p), 12)}
    assert np.mean(out == 0) == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / x.size))


def test_the_gradient_passes_where_the_number_did(rng):
    x = ag.Tensor(rng.standard_normal((4, 50)), requires_grad=True)
    upstream = rng.standard_normal(x.shape)
    out = Dropout(0.3, generator=1)(x)
    out.backward(upstream)
    factors = out.numpy() / x.numpy()
    np.testing.assert_allclose(x.grad, upstream * factors, **CLOSE)
    assert (factors == 0).any()
    assert (factors != 0).any()


def test_dropout_second_derivatives(rng):
    def loss(x):
        return ag.sum(Dropout(0.4, generator=3)(x) ** 3)

    ag.gradcheck(loss, rng.standard_normal((3, 5)), order=2)


def test_dropout_does_nothing_in_evaluation_and_everything_at_one(rng):
    x = rng.standard_normal((3, 4))
    for kind, shape in ((Dropout, (3, 4)), (Dropout2d, (3, 4, 1))):
        given = x.reshape(shape)
        np.testing.assert_array_equal(kind(0.7).eval()(given).numpy(), given)
        np.testing.assert_array_equal(kind(0.0)(given).numpy(), given)
        np.testing.assert_array_equal(kind(1.0)(given).numpy(), 0.0)


@pytest.mark.parametrize("shape", [(20, 30, 2, 3), (20, 30, 4)])
def test_dropout2d_drops_whole_channels(shape):
    out = Dropout2d(0.25, generator=0)(np.ones(shape)).numpy().reshape(20, 30, -1)
    assert (out == out[:, :, :1]).all()
    assert np.mean(out[:, :, 0] == 0) == pytest.approx(0.25, abs=0.1)
    with pytest.raises(errors.ShapeError, match=r"\(N, C, H, W\)"):
        Dropout2d()(np.ones((2, 3)))


def test_generators_repeat_and_go_on():
    x = np.ones(50)
    a, b = Dropout(generator=5), Dropout(generator=np.random.default_rng(5))
    first = a(x).numpy()
    np.testing.assert_array_equal(first, b(x).numpy())
    second = a(x).numpy()
    assert not np.array_equal(first, second)  # each call draws anew
    np.testing.assert_array_equal(second, b(x).numpy())
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # what must not change
    Dropout()(x)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_dropout_keeps_float32():
    x = ag.Tensor(np.ones((4, 4), np.float32), requires_grad=True)
    out = dropping.dropout(x, 0.5, generator=0)
    out.sum().backward()
    assert out.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("p", [-0.1, 1.1, "0.5", None, True, float("nan")])
def test_probabilities_out_of_range_are_refused(p):
    for make in (lambda: Dropout(p), lambda: Dropout2d(p), lambda: dropping.dropout([1.0], p)):
        with pytest.raises(errors.OptionError, match="p must be a probability"):
            make()


def test_dropout_in_place_is_refused():
    with pytest.raises(errors.OptionError, match="inplace"):
        Dropout(0.5, inplace=True)
    assert repr(Dropout(0.2)) == "Dropout(p=0.2)"


# --- embedding ------------------------------------------------------------------------------------

EMBEDDINGS = [
    {},
    {"padding_idx": 1},
    {"padding_idx": -1},
    {"max_norm": 1.0},
    {"max_norm": 0.8, "norm_type": 1.0, "padding_idx": 0},
    {"sparse": True},
    {"sparse": True, "padding_idx": 1},
    {"sparse": True, "max_norm": 0.8, "padding_idx": -1},
]


@pytest.mark.parametrize("options", EMBEDDINGS)
@pytest.mark.parametrize("index", [[[0, 3, 1], [3, 3, 4]], 2, [], [[4], [0]]])
def test_embedding_equals_pytorch(options, index, rng):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Embedding(5, 3, **{**options, "sparse": False}).double()
    mine = Embedding(5, 3, **options).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    assert mine.padding_idx == theirs.padding_idx
    out, expected = mine(index), theirs(torch.tensor(index, dtype=torch.int64))
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), **CLOSE)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    assert isinstance(mine.weight.grad, ag.RowGradient if mine.sparse else np.ndarray)
    np.testing.assert_allclose(np.asarray(mine.weight.grad), theirs.weight.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(mine.weight.numpy(), theirs.weight.detach().numpy(), **CLOSE)


@pytest.mark.usefixtures("float64")
def test_a_row_gets_the_sum_of_the_gradients_of_its_uses(rng):
    layer = Embedding(4, 3, padding_idx=2, generator=0)
    index = rng.integers(0, 4, (6, 5))
    upstream = rng.standard_normal((6, 5, 3))
    layer(index).backward(upstream)
    expected = np.zeros((4, 3))
    for at in np.ndindex(index.shape):
        if index[at] != 2:
            expected[index[at]] += upstream[at]
    np.testing.assert_allclose(layer.weight.grad, expected, **CLOSE)


def test_embedding_second_derivatives(rng):
    index = np.array([0, 2, 2, 1])

    def loss(weight):
        return ag.sum(lookup.embedding(index, weight, padding_idx=1) ** 3)

    weight = rng.standard_normal((4, 2))
    weight[1] = 0.0  # or the finite difference would see what the padding row does
    ag.gradcheck(loss, weight, order=2)


def test_the_padding_row_starts_at_zero_and_keeps_what_it_is_given():
    layer = Embedding(3, 2, padding_idx=0, generator=0)
    assert layer.weight.numpy()[0].tolist() == [0, 0]
    layer.weight.overwrite()[0] = [5.0, 6.0]
    out = layer([0, 1])
    assert out.numpy()[0].tolist() == [5.0, 6.0]
    out.sum().backward()
    assert layer.weight.grad[:2].tolist() == [[0, 0], [1, 1]]
    layer.reset_parameters(0)
    assert layer.weight.numpy()[0].tolist() == [0, 0]


def test_embeddings_start_normally_distributed():
    table = Embedding(400, 50, generator=0).weight.numpy()
    assert table.dtype == np.float32
    assert abs(table.mean()) < 4 / np.sqrt(table.size)
    assert table.std() == pytest.approx(1.0, abs=0.02)
    np.testing.assert_array_equal(table, Embedding(400, 50, generator=0).weight.numpy())


def test_a_row_shortened_after_its_use_is_noticed():
    layer = Embedding(3, 2, max_norm=1.0, generator=0)
    layer.weight.overwrite()[...] = 4.0
    early = layer.weight * layer.weight
    layer([1])
    np.testing.assert_allclose(np.linalg.norm(layer.weight.numpy()[1]), 1.0, rtol=1e-6)
    assert layer.weight.numpy()[0].tolist() == [4, 4]
    with pytest.raises(errors.ChangedError):
        early.sum().backward()


@pytest.mark.parametrize(
    ("index", "kind", "words"),
    [
        ([0, 5], errors.IndexingError, ["5", "(1,)", "0 to 4"]),
        ([[-1]], errors.IndexingError, ["-1", "(0, 0)"]),
        ([0.0, 1.0], errors.DTypeError, ["float64", "astype(int)"]),
        ([True], errors.DTypeError, ["bool"]),
        ("abc", errors.AutogradError, []),
    ],
)
def test_wrong_indices_are_refused_in_a_sentence(index, kind, words):
    with pytest.raises(kind) as caught:
        Embedding(5, 2)(index)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Embedding(0, 2), "num_embeddings"),
        (lambda: Embedding(2, 1.5), "embedding_dim"),
        (lambda: Embedding(5, 2, padding_idx=5), "padding_idx"),
        (lambda: Embedding(5, 2, padding_idx=-6), "padding_idx"),
        (lambda: Embedding(5, 2, padding_idx=1.0), "padding_idx"),
        (lambda: Embedding(5, 2, max_norm=0), "max_norm"),
        (lambda: Embedding(5, 2, scale_grad_by_freq=True), "scale_grad_by_freq=True is not"),
        (lambda: lookup.embedding([0], np.ones((2, 2)), scale_grad_by_freq=True), "scale_grad"),
        (lambda: lookup.embedding([0], np.ones((2, 2)), max_norm=1.0), "plain array"),
    ],
)
def test_embedding_options_are_refused_in_a_sentence(make, words):
    with pytest.raises(errors.OptionError, match=words):
        make()


def test_embedding_repr_and_a_table_that_is_none():
    assert repr(Embedding(5, 2)) == "Embedding(5, 2)"
    text = "Embedding(5, 2, padding_idx=4, max_norm=2.0, norm_type=1.0)"
    assert repr(Embedding(5, 2, -1, 2.0, 1.0)) == text
    assert repr(Embedding(5, 2, sparse=True)) == "Embedding(5, 2, sparse=True)"
    with pytest.raises(errors.ShapeError, match="table"):
        lookup.embedding([0], np.ones(3))


# --- bilinear, identity, distances ----------------------------------------------------------------


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("shape", "bias"), [((5,), True), ((), False), ((2, 3), True)])
def test_bilinear_equals_pytorch_and_finite_differences(shape, bias, rng, check_gradients):
    layer = Bilinear(3, 4, 2, bias, generator=0)
    x, y = rng.standard_normal((*shape, 3)), rng.standard_normal((*shape, 4))
    check_gradients(layer, x, rng, y)
    expected = np.einsum("...i,oij,...j->...o", x, layer.weight.numpy(), y)
    expected = expected + layer.bias.numpy() if bias else expected
    np.testing.assert_allclose(layer(x, y).numpy(), expected, **CLOSE)
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Bilinear(3, 4, 2, bias).double()
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in layer.state_dict().items()})
    a, b = (torch.tensor(z, requires_grad=True) for z in (x, y))
    c, d = (ag.Tensor(z, requires_grad=True) for z in (x, y))
    out, goal = layer(c, d), theirs(a, b)
    np.testing.assert_allclose(out.numpy(), goal.detach().numpy(), **CLOSE)
    upstream = rng.standard_normal(out.shape)
    layer.zero_grad()
    out.backward(upstream)
    goal.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(c.grad, a.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(d.grad, b.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(layer.weight.grad, theirs.weight.grad.numpy(), **CLOSE)


def test_bilinear_starts_as_in_pytorch_and_refuses_other_shapes():
    layer = Bilinear(16, 50, 40, generator=0)
    assert layer.weight.dtype == np.float32
    for array in (layer.weight.numpy(), layer.bias.numpy()):
        assert 0.9 * 0.25 < abs(array).max() <= 0.25
    assert repr(Bilinear(1, 2, 3)) == (
        "Bilinear(in1_features=1, in2_features=2, out_features=3, bias=True)"
    )
    with pytest.raises(errors.ShapeError, match=r"\(\.\.\., 50\)"):
        layer(np.zeros((2, 16)), np.zeros((2, 16)))
    with pytest.raises(errors.ShapeError, match="do not go together"):
        layer(np.zeros((2, 16)), np.zeros((3, 50)))
    with pytest.raises(errors.ShapeError, match="weight"):
        pairs.bilinear([1.0], [1.0], [[1.0]])
    with pytest.raises(errors.OptionError, match="in2_features"):
        Bilinear(1, 0, 1)


def test_identity_hands_back_what_came():
    x = ag.Tensor([1.0])
    assert Identity(3, option=4)(x) is x


DISTANCES = [
    (CosineSimilarity, {}, (4, 3), (4, 3)),
    (CosineSimilarity, {"dim": -1, "eps": 5.0}, (2, 3), (2, 3)),
    (CosineSimilarity, {"dim": 0}, (5,), (5,)),
    (CosineSimilarity, {}, (4, 3, 2), (1, 3, 1)),
    (PairwiseDistance, {}, (4, 3), (4, 3)),
    (PairwiseDistance, {"p": 1.0, "keepdim": True}, (4, 3), (3,)),
    (PairwiseDistance, {"p": float("inf"), "eps": 0.1}, (2, 4, 3), (4, 3)),
    (PairwiseDistance, {"p": 3}, (5,), (5,)),
]


@pytest.mark.parametrize(("kind", "options", "one", "other"), DISTANCES)
def test_distances_equal_pytorch_and_finite_differences(kind, options, one, other, rng):
    layer = kind(**options)
    x, y = rng.standard_normal(one), rng.standard_normal(other)
    ag.gradcheck(layer, (x, y), order=2, mode="random")
    assert layer(ag.Tensor(x.astype(np.float32)), y).dtype == np.float32
    assert layer(y, ag.Tensor(x.astype(np.float32))).dtype == np.float32
    torch = pytest.importorskip("torch")
    a, b = (torch.tensor(z, requires_grad=True) for z in (x, y))
    c, d = (ag.Tensor(z, requires_grad=True) for z in (x, y))
    goal, out = getattr(torch.nn, kind.__name__)(**options)(a, b), layer(c, d)
    np.testing.assert_allclose(out.numpy(), goal.detach().numpy(), **CLOSE)
    if options.get("eps") == 5.0:
        return  # below eps PyTorch's slope is not that of its value
    upstream = np.asarray(rng.standard_normal(out.shape))
    out.backward(upstream)
    goal.backward(torch.from_numpy(upstream))
    np.testing.assert_allclose(c.grad, a.grad.numpy(), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(d.grad, b.grad.numpy(), rtol=1e-8, atol=1e-12)


def test_distances_at_zero_have_no_nan():
    for layer in (CosineSimilarity(), PairwiseDistance(eps=0.0)):
        x = ag.Tensor(np.zeros((2, 3)), requires_grad=True)
        layer(x, np.zeros((2, 3))).sum().backward()
        np.testing.assert_array_equal(x.grad, 0.0)


def test_distances_refuse_what_does_not_go_together():
    for layer in (CosineSimilarity(), PairwiseDistance()):
        with pytest.raises(errors.ShapeError, match="do not go together"):
            layer(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(errors.ShapeError, match="do not go together"):
        PairwiseDistance()(1.0, 2.0)
    with pytest.raises(errors.OptionError, match="dim"):
        CosineSimilarity(2)(np.zeros((2, 3)), np.zeros((2, 3)))
    with pytest.raises(errors.OptionError, match="p must be"):
        PairwiseDistance(0)
    assert repr(CosineSimilarity()) == "CosineSimilarity(dim=1, eps=1e-08)"
    assert repr(PairwiseDistance()) == "PairwiseDistance(p=2.0, eps=1e-06, keepdim=False)"
