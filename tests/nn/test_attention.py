"""Attention: by hand in scalars, against PyTorch and finite differences, its masks and options."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from nn.functional.attention import scaled_dot_product_attention
from nn.layers.attention import MultiheadAttention
from nn.layers.transformer import TransformerEncoderLayer

PRECISION = {"rtol": 1e-9, "atol": 1e-12}


def to_values(numbers):
    """Nested lists of numbers as nested lists of Values."""
    return list(map(to_values, numbers)) if isinstance(numbers, list) else Value(numbers)


def grads(values):
    return list(map(grads, values)) if isinstance(values, list) else values.grad


def close(mine, theirs, message=""):
    theirs = theirs.detach().numpy()
    assert mine.shape == theirs.shape, message
    np.testing.assert_allclose(mine, theirs, err_msg=message, **PRECISION)


# --- number by number -----------------------------------------------------------------------------


def attend_by_hand(q, k, v, allowed, scale):
    """One head, one sample, in scalars: rows of results and rows of weights."""
    out, rows = [], []
    for i, query in enumerate(q):
        open_keys = [j for j in range(len(k)) if allowed[i][j]]
        exps = [
            ag.exp(sum((a * b for a, b in zip(query, k[j], strict=True)), 0.0) * scale)
            for j in open_keys
        ]
        total = sum(exps, Value(0.0))
        row = {j: e / total for j, e in zip(open_keys, exps, strict=True)}
        columns = range(len(v[0]))
        out.append([sum((w * v[j][c] for j, w in row.items()), Value(0.0)) for c in columns])
        rows.append([row.get(j, Value(0.0)) for j in range(len(k))])
    return out, rows


@pytest.mark.parametrize("causal", [False, True])
def test_dot_product_attention_equals_scalars(causal, rng):
    q, k, v = (rng.standard_normal(shape) for shape in ((3, 2), (4, 2), (4, 3)))
    leaves = [Tensor(x, requires_grad=True) for x in (q, k, v)]
    out = scaled_dot_product_attention(*leaves, is_causal=causal)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    values = [to_values(x.tolist()) for x in (q, k, v)]
    allowed = np.tri(3, 4) if causal else np.ones((3, 4))
    rows, _ = attend_by_hand(*values, allowed, 1 / math.sqrt(2))
    np.testing.assert_allclose(out.numpy(), [[x.data for x in row] for row in rows], rtol=1e-12)
    weighted = zip(chain(*rows), upstream.ravel().tolist(), strict=True)
    ag.total([x * g for x, g in weighted]).backward()
    for leaf, value in zip(leaves, values, strict=True):
        np.testing.assert_allclose(leaf.grad, grads(value), rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("float64")
def test_multihead_attention_equals_scalars(rng):
    """Two heads of one feature, one sample, a masked pair: result, weights, every gradient."""
    size, length = 2, 3
    module = MultiheadAttention(size, 2, generator=0)
    module.in_proj_bias.overwrite()[...] = rng.standard_normal(6)
    module.out_proj.bias.overwrite()[...] = rng.standard_normal(2)
    x = rng.standard_normal((length, size))
    mask = np.zeros((length, length), bool)
    mask[0, 2] = mask[2, 1] = True
    leaf = Tensor(x, requires_grad=True)
    out, weights = module(leaf, leaf, leaf, attn_mask=mask)
    up, up_weights = rng.standard_normal(out.shape), rng.standard_normal(weights.shape)
    (ag.sum(out * up) + ag.sum(weights * up_weights)).backward()

    values = {name: to_values(p.numpy().tolist()) for name, p in module.named_parameters()}
    xs = to_values(x.tolist())

    def linear(rows, weight, bias):
        pairs = list(zip(weight, bias, strict=True))
        return [
            [sum((a * w for a, w in zip(row, ws, strict=True)), b) for ws, b in pairs]
            for row in rows
        ]

    qkv = linear(xs, values["in_proj_weight"], values["in_proj_bias"])
    heads, shares = [], []
    for head in range(2):
        q, k, v = ([[row[2 * part + head]] for row in qkv] for part in range(3))
        result, rows = attend_by_hand(q, k, v, ~mask, 1.0)
        heads.append(result)
        shares.append(rows)
    joined = [heads[0][i] + heads[1][i] for i in range(length)]
    result = linear(joined, values["out_proj.weight"], values["out_proj.bias"])
    mean = [
        [(a + b) * 0.5 for a, b in zip(*rows, strict=True)] for rows in zip(*shares, strict=True)
    ]
    for mine, theirs in ((out, result), (weights, mean)):
        numbers = [[v.data for v in row] for row in theirs]
        np.testing.assert_allclose(mine.numpy(), numbers, **PRECISION)
    terms = zip(chain(*result, *mean), [*up.ravel(), *up_weights.ravel()], strict=True)
    ag.total([v * float(g) for v, g in terms]).backward()
    np.testing.assert_allclose(leaf.grad, grads(xs), **PRECISION)
    for name, p in module.named_parameters():
        np.testing.assert_allclose(p.grad, grads(values[name]), err_msg=name, **PRECISION)


# --- dot-product attention ------------------------------------------------------------------------

SHAPES = [((3, 4), (5, 4), (5, 2)), ((2, 3, 3, 4), (2, 3, 5, 4), (2, 3, 5, 2)),
          ((2, 3, 4), (1, 5, 4), (5, 2))]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients_of_dot_product_attention(shapes, order, rng):
    inputs = [rng.standard_normal(shape) for shape in shapes]
    mask = rng.random((3, 5)) < 0.7
    mask[1] = False  # this query may look nowhere

    def both(q, k, v):
        masked = scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return masked, scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3)

    assert ag.gradcheck(both, inputs, order=order, mode="full" if order == 1 else "random")


@pytest.mark.parametrize("mask", [None, "causal", "bool", "float", "grad"])
@pytest.mark.parametrize("shapes", SHAPES[:2])
@pytest.mark.parametrize("scale", [None, 0.7])
def test_dot_product_attention_equals_pytorch(shapes, mask, scale, rng):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.functional.scaled_dot_product_attention
    arrays = [rng.standard_normal(shape) for shape in shapes]
    mine_in = [Tensor(x, requires_grad=True) for x in arrays]
    their_in = [torch.tensor(x, requires_grad=True) for x in arrays]
    options = {"scale": scale}
    their_options = dict(options)
    numbers = rng.standard_normal((3, 5))
    if mask == "causal":
        options["is_causal"] = their_options["is_causal"] = True
    elif mask == "bool":
        options["attn_mask"] = numbers < 0.5
        their_options["attn_mask"] = torch.from_numpy(numbers < 0.5)
    elif mask is not None:
        numbers[0, 1] = -np.inf
        grad = mask == "grad"
        options["attn_mask"] = Tensor(numbers, requires_grad=True) if grad else numbers
        their_options["attn_mask"] = torch.tensor(numbers, requires_grad=grad)
    out, expected = (
        scaled_dot_product_attention(*mine_in, **options),
        theirs(*their_in, **their_options),
    )
    close(out.numpy(), expected)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    for a, b in zip(mine_in, their_in, strict=True):
        close(a.grad, b.grad)
    if mask == "grad":
        close(options["attn_mask"].grad, their_options["attn_mask"].grad)


def test_grouped_heads_equal_pytorch(rng):
    torch = pytest.importorskip("torch")
    q, k, v = (rng.standard_normal((2, heads, 3, 4)) for heads in (6, 2, 3))
    leaves = [Tensor(x, requires_grad=True) for x in (q, k, v)]
    theirs = [torch.tensor(x, requires_grad=True) for x in (q, k, v)]
    out = scaled_dot_product_attention(*leaves, enable_gqa=True)
    q_t, k_t, v_t = theirs
    expected = torch.nn.functional.scaled_dot_product_attention(
        q_t, k_t.repeat_interleave(3, 1), v_t.repeat_interleave(2, 1)
    )
    close(out.numpy(), expected)
    out.sum().backward()
    expected.sum().backward()
    for a, b in zip(leaves, theirs, strict=True):
        close(a.grad, b.grad)


def test_a_query_that_may_look_nowhere_gets_zeros(rng):
    q, k, v = (Tensor(rng.standard_normal((2, 3)), requires_grad=True) for _ in range(3))
    for mask in (np.array([[True, True], [False, False]]), np.array([[0.0, 1.0], [-np.inf] * 2])):
        out = scaled_dot_product_attention(q, k, v, attn_mask=mask)
        assert np.all(out.numpy()[1] == 0)
        assert np.all(out.numpy()[0] != 0)
        for leaf in (q, k, v):
            leaf.zero_grad()
        out.sum().backward()
        assert np.all(np.isfinite(q.grad))
        assert np.all(q.grad[1] == 0)


def test_dropout_keeps_the_mean_and_follows_its_generator(rng):
    q, k, v = np.zeros((1, 4)), np.zeros((10_000, 4)), np.ones((10_000, 1))
    out = scaled_dot_product_attention(q, k, v, dropout_p=0.25, generator=0)
    assert out.item() == pytest.approx(1.0, abs=0.03)
    assert out.item() != 1.0
    again = scaled_dot_product_attention(q, k, v, dropout_p=0.25, generator=0)
    assert out.item() == again.item()
    assert scaled_dot_product_attention(q, k, v, dropout_p=1.0).item() == 0.0


# --- multi-head attention -------------------------------------------------------------------------

OPTIONS = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"kdim": 5, "vdim": 3},
    {"kdim": 6, "vdim": 3, "batch_first": True, "bias": False},
    {"add_bias_kv": True},
    {"add_zero_attn": True, "batch_first": True},
    {"add_bias_kv": True, "add_zero_attn": True, "kdim": 4},
]
MASKS = [
    {},
    {"attn_mask": "bool"},
    {"attn_mask": "float"},
    {"attn_mask": "bool3"},
    {"attn_mask": "float3", "key_padding_mask": "float"},
    {"key_padding_mask": "bool"},
    {"key_padding_mask": "bool", "attn_mask": "bool", "need_weights": False},
    {"average_attn_weights": False},
    {"need_weights": False, "attn_mask": "bool", "is_causal": True},
]
HEADS, BATCH, LENGTH, KEYS = 2, 3, 4, 5


def make_mask(kind, shape, rng):
    mask = rng.random(shape) < 0.4
    mask[..., 0] = False  # each query may look somewhere
    return mask if kind.startswith("bool") else np.where(mask, -np.inf, rng.standard_normal(shape))


def call_options(masks, alone, rng):
    options = dict(masks)
    for key, value in masks.items():
        if key == "key_padding_mask":
            options[key] = make_mask(value, (KEYS,) if alone else (BATCH, KEYS), rng)
        elif key == "attn_mask":
            lead = ((1 if alone else BATCH) * HEADS,) if value.endswith("3") else ()
            options[key] = make_mask(value, (*lead, LENGTH, KEYS), rng)
    if options.get("is_causal"):
        options["attn_mask"] = ~np.tri(LENGTH, KEYS, dtype=bool)
    return options


# PyTorch's is_causal without weights also shuts the keys that are added behind, against the mask.
CASES = [
    (options, masks)
    for options in OPTIONS
    for masks in MASKS
    if not (masks.get("is_causal") and any(key.startswith("add_") for key in options))
]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("options", "masks"), CASES)
@pytest.mark.filterwarnings("ignore:Support for mismatched")
def test_multihead_attention_equals_pytorch(options, masks, alone, rng):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.MultiheadAttention(6, HEADS, **options).double()
    mine = MultiheadAttention(6, HEADS, **options).astype(np.float64)
    with torch.no_grad():
        for p in theirs.parameters():
            p.copy_(torch.from_numpy(rng.standard_normal(tuple(p.shape))))  # biases start at 0
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    lead = [(n,) if alone else (BATCH, n) if options.get("batch_first") else (n, BATCH)
            for n in (LENGTH, KEYS, KEYS)]  # fmt: skip
    sizes = (6, options.get("kdim", 6), options.get("vdim", 6))
    arrays = [rng.standard_normal((*axes, n)) for axes, n in zip(lead, sizes, strict=True)]
    call = call_options(masks, alone, rng)
    their_call = {
        k: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for k, v in call.items()
    }
    mine_in = [Tensor(x, requires_grad=True) for x in arrays]
    their_in = [torch.tensor(x, requires_grad=True) for x in arrays]
    got, expected = mine(*mine_in, **call), theirs(*their_in, **their_call)
    total, their_total = 0.0, 0.0
    for y, z in zip(got, expected, strict=True):
        assert (y is None) == (z is None)
        if y is not None:
            close(y.numpy(), z)
            upstream = rng.standard_normal(y.shape)
            total = total + ag.sum(y * upstream)
            their_total = their_total + (z * torch.from_numpy(upstream)).sum()
    total.backward()
    their_total.backward()
    for a, b in zip(mine_in, their_in, strict=True):
        close(a.grad, b.grad)
    named = dict(theirs.named_parameters())
    assert sorted(named) == sorted(name for name, _ in mine.named_parameters())
    for key, p in mine.named_parameters():
        close(p.grad, named[key].grad, key)


@pytest.mark.parametrize("batch_first", [False, True])
def test_self_attention_equals_pytorch(batch_first, rng):
    """The same input three times takes a way of its own: one product for all three."""
    torch = pytest.importorskip("torch")
    theirs = torch.nn.MultiheadAttention(6, 3, batch_first=batch_first).double()
    mine = MultiheadAttention(6, 3, batch_first=batch_first).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.standard_normal((4, 2, 6))
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, expected = mine(a, a, a)[0], theirs(b, b, b)[0]
    close(out.numpy(), expected)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    close(a.grad, b.grad)
    named = dict(theirs.named_parameters())
    for key, p in mine.named_parameters():
        close(p.grad, named[key].grad, key)
    apart = mine(Tensor(x), Tensor(x), Tensor(x))[0]  # three inputs that happen to be equal
    np.testing.assert_allclose(apart.numpy(), out.numpy(), rtol=1e-12)
    assert list(mine.state_dict()) == list(theirs.state_dict())


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("options", OPTIONS[:3] + OPTIONS[5:7])
def test_gradients_of_attention_are_those_of_finite_differences(options, rng, check_gradients):
    class Both(nn.Module):
        """Result and weights as one array."""

        def __init__(self):
            self.inner = MultiheadAttention(4, 2, generator=0, **options)

        def forward(self, x):
            return ag.concatenate([ag.reshape(y, -1) for y in self.inner(x, x, x)])

    check_gradients(Both(), rng.standard_normal((3, 2, 4)), rng)


def test_rows_without_keys_are_zeros_in_layers_too(rng):
    layer = MultiheadAttention(4, 2, generator=0)
    x = Tensor(rng.standard_normal((3, 4)).astype(np.float32), requires_grad=True)
    mask = np.zeros((3, 3), bool)
    mask[1] = True
    out, weights = layer(x, x, x, attn_mask=mask)
    np.testing.assert_array_equal(weights.numpy()[1], 0.0)
    np.testing.assert_array_equal(out.numpy()[1], layer.out_proj.bias.numpy())
    out.sum().backward()
    assert np.isfinite(x.grad).all()


def test_dropout_of_weights_in_training_only(rng):
    layer = MultiheadAttention(4, 2, dropout=0.5, generator=0)
    x = rng.standard_normal((20, 4)).astype(np.float32)
    _, weights = layer(x, x, x, average_attn_weights=False)
    assert 0.4 < np.mean(weights.numpy() == 0) < 0.6
    with layer.evaluating():
        _, weights = layer(x, x, x, average_attn_weights=False)
        np.testing.assert_allclose(weights.numpy().sum(-1), 1.0, rtol=1e-5)
    again = MultiheadAttention(4, 2, dropout=0.5, generator=0)
    first = again(x, x, x)[0].numpy()
    assert not np.array_equal(first, again(x, x, x)[0].numpy())
    twin = MultiheadAttention(4, 2, dropout=0.5, generator=0)
    np.testing.assert_array_equal(first, twin(x, x, x)[0].numpy())


def test_starting_values_are_those_of_pytorch():
    layer = MultiheadAttention(64, 4, add_bias_kv=True, generator=0)
    bound = math.sqrt(6 / (64 + 3 * 64))
    weight = layer.in_proj_weight.numpy()
    assert 0.98 * bound < abs(weight).max() <= bound
    assert abs(layer.out_proj.weight.numpy()).max() <= 1 / 8
    assert not layer.in_proj_bias.numpy().any()
    assert not layer.out_proj.bias.numpy().any()
    assert layer.bias_k.numpy().std() == pytest.approx(1 / 8, rel=0.4)  # sqrt(2 / (64 + 64))
    apart = MultiheadAttention(64, 4, kdim=32, vdim=16, generator=0)
    for p, size in (
        (apart.q_proj_weight, 64),
        (apart.k_proj_weight, 32),
        (apart.v_proj_weight, 16),
    ):
        bound = math.sqrt(6 / (64 + size))
        assert 0.98 * bound < abs(p.numpy()).max() <= bound
    same = MultiheadAttention(64, 4, add_bias_kv=True, generator=0)
    for p, q in zip(layer.parameters(), same.parameters(), strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())


# --- the encoder layer ----------------------------------------------------------------------------

ENCODERS = [
    {},
    {"norm_first": True},
    {"activation": "gelu", "batch_first": True},
    {"bias": False, "layer_norm_eps": 1e-3},
    {"norm_first": True, "activation": "gelu", "bias": False, "batch_first": True},
]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", ENCODERS)
@pytest.mark.filterwarnings("ignore:Support for mismatched")
def test_encoder_layers_equal_pytorch(options, masked, alone, rng):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.TransformerEncoderLayer(6, 2, 9, dropout=0.0, **options).double()
    mine = TransformerEncoderLayer(6, 2, 9, dropout=0.0, **options).astype(np.float64)
    with torch.no_grad():
        for p in theirs.parameters():
            p.copy_(torch.from_numpy(rng.standard_normal(tuple(p.shape))))
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    assert list(mine.state_dict()) == list(theirs.state_dict())
    lead = (4,) if alone else (3, 4) if options.get("batch_first") else (4, 3)
    x = rng.standard_normal((*lead, 6))
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    masks, their_masks = {}, {}
    if masked:
        padding = np.zeros((4,) if alone else (3, 4), bool)
        padding[..., -1] = True
        masks = {"src_mask": ~np.tri(4, dtype=bool), "src_key_padding_mask": padding}
        their_masks = {k: torch.from_numpy(v) for k, v in masks.items()}
    out, expected = mine(a, **masks), theirs(b, **their_masks)
    close(out.numpy(), expected)
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(torch.from_numpy(upstream))
    close(a.grad, b.grad)
    named = dict(theirs.named_parameters())
    for key, p in mine.named_parameters():
        close(p.grad, named[key].grad, key)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("options", [{}, {"norm_first": True, "activation": ag.tanh}])
def test_gradients_of_encoder_layers(options, rng, check_gradients):
    layer = TransformerEncoderLayer(4, 2, 5, dropout=0.0, generator=0, **options)
    check_gradients(layer, rng.standard_normal((3, 2, 4)), rng)


def test_encoder_layers_drop_in_training_only(rng):
    layer = TransformerEncoderLayer(4, 2, 8, dropout=0.5, generator=0)
    x = rng.standard_normal((3, 2, 4)).astype(np.float32)
    assert not np.array_equal(layer(x).numpy(), layer(x).numpy())
    with layer.evaluating():
        np.testing.assert_array_equal(layer(x).numpy(), layer(x).numpy())
    twins = [TransformerEncoderLayer(4, 2, 8, dropout=0.5, generator=7)(x) for _ in range(2)]
    np.testing.assert_array_equal(twins[0].numpy(), twins[1].numpy())


def test_float32_stays_float32(rng):
    layer = TransformerEncoderLayer(4, 2, 8, generator=0)
    x = Tensor(rng.standard_normal((3, 2, 4)).astype(np.float32), requires_grad=True)
    out = layer(x, src_mask=~np.tri(3, dtype=bool), src_key_padding_mask=np.zeros((2, 3)))
    assert out.dtype == np.float32
    out.sum().backward()
    assert {g.dtype for g in [x.grad, *(p.grad for p in layer.parameters())]} == {
        np.dtype(np.float32)
    }


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: MultiheadAttention(6, 4), "num_heads"),
        (lambda: MultiheadAttention(6, 0), "num_heads"),
        (lambda: MultiheadAttention(6.5, 2), "embed_dim"),
        (lambda: MultiheadAttention(6, 2, kdim=0), "kdim"),
        (lambda: MultiheadAttention(6, 2, dropout=-0.1), "dropout"),
        (lambda: TransformerEncoderLayer(6, 2, 0), "dim_feedforward"),
        (lambda: TransformerEncoderLayer(6, 2, activation="swish"), "activation"),
        (lambda: TransformerEncoderLayer(6, 2, dropout=2), "dropout"),
        (lambda: TransformerEncoderLayer(6, 4), "num_heads"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


def test_wrong_shapes_are_named():
    layer = MultiheadAttention(4, 2, kdim=3)
    good = [np.zeros((5, 2, 4)), np.zeros((6, 2, 3)), np.zeros((6, 2, 4))]
    layer(*good)
    for slot, shape in ((0, (5, 2, 3)), (1, (6, 2, 4)), (2, (7, 2, 4)), (0, (5, 3, 4)), (0, (5, 4)),
                        (0, ())):  # fmt: skip
        bad = list(good)
        bad[slot] = np.zeros(shape)
        with pytest.raises(errors.ShapeError, match="MultiheadAttention") as caught:
            layer(*bad)
        assert str(shape) in str(caught.value)
        assert "(L, N, 4), (S, N, 3), (S, N, 4)" in str(caught.value)
    with pytest.raises(errors.ShapeError):
        TransformerEncoderLayer(4, 2)(np.zeros((5, 2, 3)))


def test_wrong_masks_are_named():
    layer = MultiheadAttention(4, 2)
    x = np.zeros((5, 3, 4))
    for shape in ((5, 4), (3, 5, 5), (1, 6, 5, 5), (5,)):
        with pytest.raises(errors.ShapeError, match=r"attn_mask .*\(5, 5\) or \(6, 5, 5\)"):
            layer(x, x, x, attn_mask=np.zeros(shape, bool))
    for shape in ((5, 3), (5,), (3, 4)):
        with pytest.raises(errors.ShapeError, match=r"key_padding_mask .*\(3, 5\)"):
            layer(x, x, x, key_padding_mask=np.zeros(shape, bool))
    for name, shape in (("attn_mask", (5, 5)), ("key_padding_mask", (3, 5))):
        with pytest.raises(errors.DTypeError, match=f"{name}.*int"):
            layer(x, x, x, **{name: np.zeros(shape, int)})
    with pytest.raises(errors.OptionError, match="attn_mask"):
        layer(x, x, x, is_causal=True)


def test_dot_product_attention_refuses_in_sentences():
    q, k, v = np.zeros((2, 3)), np.zeros((4, 3)), np.zeros((4, 5))
    attend = scaled_dot_product_attention
    for bad in ((q, v, k), (q, k, q), (q[0], k, v), (np.zeros(()), k, v)):
        with pytest.raises(errors.ShapeError, match=r"\(\.\.\., L, E\)"):
            attend(*bad)
    with pytest.raises(errors.ShapeError, match="attn_mask"):
        attend(q, k, v, attn_mask=np.zeros((3, 4), bool))
    with pytest.raises(errors.DTypeError, match="attn_mask"):
        attend(q, k, v, attn_mask=np.zeros((2, 4), int))
    with pytest.raises(errors.OptionError, match="is_causal"):
        attend(q, k, v, attn_mask=np.zeros((2, 4), bool), is_causal=True)
    with pytest.raises(errors.OptionError, match="dropout_p"):
        attend(q, k, v, dropout_p=1.5)
    with pytest.raises(errors.ShapeError, match="heads"):
        attend(np.zeros((3, 2, 4)), np.zeros((2, 2, 4)), np.zeros((2, 2, 4)), enable_gqa=True)
    with pytest.raises(errors.ShapeError, match="heads"):
        attend(q, k, v, enable_gqa=True)
    for bad in ("text", [[1.0], [1.0, 2.0]], None):
        with pytest.raises(errors.AutogradError):
            attend(bad, k, v)


def test_data_of_the_wrong_kind_are_refused():
    for bad in (None, "text", [[1.0], [1.0, 2.0]], np.ones((1, 4), complex)):
        with pytest.raises(errors.AutogradError):
            MultiheadAttention(4, 2)(bad, bad, bad)
        with pytest.raises(errors.AutogradError):
            TransformerEncoderLayer(4, 2)(bad)


def test_an_empty_batch_goes_through():
    layer = MultiheadAttention(4, 2)
    empty = np.zeros((3, 0, 4))
    out, weights = layer(empty, empty, empty)
    assert out.shape == (3, 0, 4)
    assert weights.shape == (0, 3, 3)
