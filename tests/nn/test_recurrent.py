"""Recurrent layers: by hand in scalars, against PyTorch and finite differences, and in training."""

from __future__ import annotations

import gc
import math
import tracemalloc
import warnings
from collections import namedtuple
from itertools import pairwise

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from nn.functional.recurrence import detach_state, gru_sequence, lstm_sequence, rnn_sequence
from nn.layers.cells import GRUCell, LSTMCell, RNNCell
from nn.layers.recurrent import GRU, LSTM, RNN

LAYERS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
CELLS = {"RNNCell": RNNCell, "LSTMCell": LSTMCell, "GRUCell": GRUCell}
OPTIONS = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"bidirectional": True},
    {"num_layers": 3},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
    {"num_layers": 2, "bidirectional": True, "bias": False},
]
KINDS = [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})]
ALL = [(name, {**kind, **options}) for name, kind in KINDS for options in OPTIONS]
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in options.items())}" for name, options in ALL]


def flat(states):
    return list(states) if isinstance(states, tuple) else [states]


def to_values(numbers):
    """Nested lists of numbers as nested lists of Values."""
    return list(map(to_values, numbers)) if isinstance(numbers, list) else Value(numbers)


def grads(values):
    return list(map(grads, values)) if isinstance(values, list) else values.grad


def set_weights(module, **arrays):
    for name, array in arrays.items():
        parameter = getattr(module, name)
        parameter.overwrite()[...] = np.reshape(array, parameter.shape)


# --- the numbers of the questions -----------------------------------------------------------------

# h = tanh(0.5 h + x) over 1, -0.5, 0.25, 2; what happens to h after two steps
BOUNDARY = [
    ("carry", 0.970112377191, 0.018385408148968, 0.120803305224137),
    ("detach", 0.970112377191, 0.007724506237017, 0.124862945520818),
    ("reset", 0.971731483368, 0.013651257847813, 0.118025158015),
]
STEPS = [1.0, -0.5, 0.25, 2.0]


@pytest.mark.parametrize(("choice", "h4", "dw", "du"), BOUNDARY)
def test_state_at_a_boundary_in_scalars(choice, h4, dw, du):
    w, u = Value(0.5), Value(1.0)
    h = Value(0.0)
    for t, x in enumerate(STEPS):
        if t == 2 and choice != "carry":
            h = detach_state(h) if choice == "detach" else Value(0.0)
        h = ag.tanh(w * h + u * x)
    h.backward()
    assert h.data == pytest.approx(h4, abs=1e-12)
    assert w.grad == pytest.approx(dw, abs=1e-12)
    assert u.grad == pytest.approx(du, abs=1e-12)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("choice", "h4", "dw", "du"), BOUNDARY)
@pytest.mark.parametrize("kind", ["layer", "cell"])
def test_state_at_a_boundary_in_arrays(choice, h4, dw, du, kind):
    module = RNN(1, 1, bias=False) if kind == "layer" else RNNCell(1, 1, bias=False)
    names = [name for name, _ in module.named_parameters()]
    set_weights(module, **dict(zip(names, (1.0, 0.5), strict=True)))
    state = None
    for piece in (STEPS[:2], STEPS[2:]):
        if choice == "detach":
            state = detach_state(state)
        elif choice == "reset":
            state = None
        if kind == "layer":
            _, state = module(np.reshape(piece, (2, 1)), state)
        else:
            for x in piece:
                state = module([x], state)
    state.backward(np.ones(state.shape))
    by_x, by_h = module.parameters()
    assert state.item() == pytest.approx(h4, abs=1e-12)
    assert by_h.grad.item() == pytest.approx(dw, abs=1e-12)
    assert by_x.grad.item() == pytest.approx(du, abs=1e-12)


# an LSTM cell with one hidden unit, gates i, f, g, o, over 1, -0.5, 2
WX, WH, B = (0.5, -0.3, 0.8, 0.2), (0.1, 0.4, -0.2, 0.3), (0.0, 1.0, 0.0, -0.1)
H = (0.205425125764, 0.063102025471, 0.369863109304)
C = (0.413335883914, 0.136408405752, 0.756019223826)
D_WX = (0.162335937453, 0.014046679772, 0.095272624603, 0.309362581652)
D_WH = (-0.000931972031, 0.004119217727, 0.019769382494, 0.010168126412)
D_B = (0.065236888055, 0.027796510374, 0.183127747070, 0.156184473449)
INPUTS = (1.0, -0.5, 2.0)


def test_the_lstm_cell_in_scalars():
    wx, wh, b = ([Value(v) for v in values] for values in (WX, WH, B))
    h, c = Value(0.0), Value(0.0)
    for x, h_t, c_t in zip(INPUTS, H, C, strict=True):
        i, f, g, o = (wx[k] * x + wh[k] * h + b[k] for k in range(4))
        c = ag.sigmoid(f) * c + ag.sigmoid(i) * ag.tanh(g)
        h = ag.sigmoid(o) * ag.tanh(c)
        assert h.data == pytest.approx(h_t, abs=1e-12)
        assert c.data == pytest.approx(c_t, abs=1e-12)
    h.backward()
    for mine, expected in ((wx, D_WX), (wh, D_WH), (b, D_B)):
        assert [v.grad for v in mine] == pytest.approx(expected, abs=1e-12)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("kind", ["layer", "cell"])
def test_the_lstm_cell_in_arrays(kind):
    module = LSTM(1, 1) if kind == "layer" else LSTMCell(1, 1)
    names = [name for name, _ in module.named_parameters()]
    set_weights(module, **dict(zip(names, (WX, WH, B, np.zeros(4)), strict=True)))
    if kind == "layer":
        out, (h, _) = module(np.reshape(INPUTS, (3, 1)))
        hs, cs = out.numpy().ravel(), None
    else:
        state, pairs = None, []
        for x in INPUTS:
            state = module([x], state)
            pairs.append([s.item() for s in state])
        h = state[0]
        hs, cs = zip(*pairs, strict=True)
    assert list(hs) == pytest.approx(H, abs=1e-12)
    assert cs is None or list(cs) == pytest.approx(C, abs=1e-12)
    h.backward(np.ones(h.shape))
    grads = [p.grad.ravel().tolist() for p in module.parameters()]
    for mine, expected in zip(grads, (D_WX, D_WH, D_B, D_B), strict=True):
        assert mine == pytest.approx(expected, abs=1e-12)


# --- every layer a second time, number by number --------------------------------------------------


def by_hand(name, relu, x, h, c, wi, wh, bi, bh):
    """One step for one sample, in scalars."""
    hidden = range(len(h))
    a = [
        sum((w * v for w, v in zip(row, x, strict=True)), b) for row, b in zip(wi, bi, strict=True)
    ]
    r = [
        sum((w * v for w, v in zip(row, h, strict=True)), b) for row, b in zip(wh, bh, strict=True)
    ]
    n = len(h)
    if name == "RNN":
        act = ag.relu if relu else ag.tanh
        return [act(a[j] + r[j]) for j in hidden], None
    if name == "LSTM":
        z = [p + q for p, q in zip(a, r, strict=True)]
        i, f, g, o = (z[k * n : (k + 1) * n] for k in range(4))
        c = [ag.sigmoid(f[j]) * c[j] + ag.sigmoid(i[j]) * ag.tanh(g[j]) for j in hidden]
        return [ag.sigmoid(o[j]) * ag.tanh(c[j]) for j in hidden], c
    reset = [ag.sigmoid(a[j] + r[j]) for j in hidden]
    update = [ag.sigmoid(a[n + j] + r[n + j]) for j in hidden]
    new = [ag.tanh(a[2 * n + j] + reset[j] * r[2 * n + j]) for j in hidden]
    return [(1 - update[j]) * new[j] + update[j] * h[j] for j in hidden], None


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_layers_equal_scalars(name, kind, rng):
    """Two layers, both directions, two samples: outputs, states and every gradient."""
    layers, samples, steps, hidden, size = 2, 2, 3, 2, 2
    module = LAYERS[name](size, hidden, layers, bidirectional=True, generator=0, **kind)
    x = rng.standard_normal((steps, samples, size))
    starts = rng.standard_normal((2, 4, samples, hidden))
    leaf = Tensor(x, requires_grad=True)
    h0, c0 = (Tensor(s, requires_grad=True) for s in starts)
    out, states = module(leaf, (h0, c0) if name == "LSTM" else h0)
    weights = [rng.standard_normal(y.shape) for y in (out, *flat(states))]
    ag.total([ag.sum(y * w) for y, w in zip((out, *flat(states)), weights, strict=True)]).backward()

    values = {key: to_values(p.numpy().tolist()) for key, p in module.named_parameters()}
    xs, hs, cs = to_values(x.tolist()), *to_values(starts.tolist())
    ends = [[], []]
    rows = xs
    for layer in range(layers):
        after = [[[] for _ in range(samples)] for _ in range(steps)]
        for direction, suffix in enumerate(("", "_reverse")):
            own = [
                values[f"{kind_of}_l{layer}{suffix}"]
                for kind_of in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            ]
            run = 2 * layer + direction
            for n in range(samples):
                h, c = hs[run][n], cs[run][n]
                for t in reversed(range(steps)) if suffix else range(steps):
                    h, c = by_hand(name, "nonlinearity" in kind, rows[t][n], h, c, *own)
                    after[t][n] = after[t][n] + h
                ends[0] += h
                ends[1] += c or []
        rows = after
    terms = [Value(0.0)]
    for t in range(steps):
        for n in range(samples):
            assert [v.data for v in rows[t][n]] == pytest.approx(out.numpy()[t, n], abs=1e-12)
            terms += [w * v for w, v in zip(weights[0][t, n].tolist(), rows[t][n], strict=True)]
    for end, state, weight in zip(ends, flat(states), weights[1:], strict=False):
        for v, s, w in zip(end, state.numpy().ravel(), weight.ravel(), strict=True):
            assert v.data == pytest.approx(s, abs=1e-12)
            terms.append(v * float(w))
    ag.total(terms).backward()

    np.testing.assert_allclose(leaf.grad, grads(xs), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(h0.grad, grads(hs), rtol=1e-9, atol=1e-12)
    if name == "LSTM":
        np.testing.assert_allclose(c0.grad, grads(cs), rtol=1e-9, atol=1e-12)
    for key, p in module.named_parameters():
        np.testing.assert_allclose(p.grad, grads(values[key]), rtol=1e-9, atol=1e-12, err_msg=key)


# --- finite differences ---------------------------------------------------------------------------

SEQUENCES = [
    ("rnn", rnn_sequence, 1, {}),
    ("rnn", rnn_sequence, 1, {"nonlinearity": "relu", "reverse": True}),
    ("lstm", lstm_sequence, 4, {}),
    ("lstm", lstm_sequence, 4, {"reverse": True}),
    ("gru", gru_sequence, 3, {}),
    ("gru", gru_sequence, 3, {"reverse": True}),
]


@pytest.mark.parametrize(("name", "sequence", "gates", "options"), SEQUENCES)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients_of_sequences_are_those_of_finite_differences(
    name, sequence, gates, options, order, rng
):
    hidden, steps, batch, size = 2, 3, 2, 3
    args = [rng.standard_normal((steps, batch, size))]
    args += [rng.standard_normal((batch, hidden)) for _ in range(2 if name == "lstm" else 1)]
    args += [rng.standard_normal((gates * hidden, n)) for n in (size, hidden)]
    args += [rng.standard_normal(gates * hidden) for _ in range(2 if name == "gru" else 1)]
    assert ag.gradcheck(lambda *xs: sequence(*xs, **options), args, order=order)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("name", "options"), ALL, ids=IDS)
def test_gradients_of_layers_are_those_of_finite_differences(name, options, rng, check_gradients):
    class Whole(nn.Module):
        """Outputs and states as one array."""

        def __init__(self):
            self.layer = LAYERS[name](2, 2, generator=3, **options)

        def forward(self, x):
            out, states = self.layer(x)
            return ag.concatenate([ag.reshape(y, -1) for y in (out, *flat(states))])

    check_gradients(Whole(), rng.standard_normal((3, 2, 2)), rng)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", CELLS)
def test_gradients_of_cells_are_those_of_finite_differences(name, rng, check_gradients):
    class Twice(nn.Module):
        def __init__(self):
            self.cell = CELLS[name](3, 2, generator=0)

        def forward(self, x):
            state = self.cell(x[0])
            state = self.cell(x[1], state)
            return ag.concatenate(flat(state))

    check_gradients(Twice(), rng.standard_normal((2, 2, 3)), rng)


@pytest.mark.parametrize("layer", [RNN, LSTM, GRU])
def test_in_a_graph_the_steps_are_named_as_other_operations_are(layer, rng):
    out, _ = layer(3, 4, generator=0)(rng.standard_normal((5, 2, 3)))
    steps, ops = f"{layer.__name__.lower()}_steps", [out.op]
    ops += [parent.op for parent in out.parents if parent is not None]
    says = next(op.says for op in ops if op is not None and op.name == steps)
    assert says.startswith(f"{layer.__name__} steps: the gradient walks back through time, ")


def test_frozen_weights_and_constant_states_get_nothing():
    for name, cls in LAYERS.items():
        layer = cls(2, 3, generator=0)
        layer.weight_hh_l0.requires_grad = False
        out, _ = layer(np.ones((4, 1, 2)))
        out.sum().backward()
        assert layer.weight_hh_l0.grad is None, name
        assert layer.weight_ih_l0.grad is not None


# --- PyTorch --------------------------------------------------------------------------------------


def close(mine, theirs, message="", rtol=1e-9, atol=1e-12):
    theirs = theirs.detach().numpy()
    assert mine.shape == theirs.shape, message
    np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol, err_msg=message)


def compare(torch, mine, theirs, x, states, rng, precision):
    """One call with gradients to everything; `states` is None or a list of arrays."""
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    args, their_args = [a], [b]
    leaves = [(a, b, "input")]
    if states is not None:
        pairs = [
            (Tensor(s, requires_grad=True), torch.tensor(s, requires_grad=True)) for s in states
        ]
        leaves += [(p, q, "state") for p, q in pairs]
        args.append(tuple(p for p, _ in pairs) if len(pairs) > 1 else pairs[0][0])
        their_args.append(tuple(q for _, q in pairs) if len(pairs) > 1 else pairs[0][1])
    got, expected = mine(*args), theirs(*their_args)
    if isinstance(got, tuple) and len(got) == 2 and isinstance(got[1], tuple):
        got, expected = (got[0], *got[1]), (expected[0], *expected[1])
    total, their_total = 0.0, 0.0
    for y, z in zip(flat(got), flat(expected), strict=True):
        close(y.numpy(), z, "value", **precision)
        upstream = rng.standard_normal(y.shape).astype(x.dtype)
        total = total + ag.sum(y * upstream)
        their_total = their_total + (z * torch.from_numpy(upstream)).sum()
    total.backward()
    their_total.backward()
    named = dict(theirs.named_parameters())
    mine_named = dict(mine.named_parameters())
    assert list(mine_named) == list(named)
    leaves += [(p, named[key], key) for key, p in mine_named.items()]
    for p, q, key in leaves:
        close(p.grad, q.grad, key, **precision)


@pytest.mark.parametrize(("name", "options"), ALL, ids=IDS)
@pytest.mark.parametrize("batch", [3, None])
@pytest.mark.parametrize("given", [True, False])
def test_layers_equal_pytorch(name, options, batch, given, rng):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(4, 5, **options).double()
    mine = LAYERS[name](4, 5, **options).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    axes = (6,) if batch is None else (batch, 6) if options.get("batch_first") else (6, batch)
    runs = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    shape = (runs, 5) if batch is None else (runs, batch, 5)
    states = [rng.standard_normal(shape) for _ in range(1 + (name == "LSTM"))] if given else None
    precision = {"rtol": 1e-9, "atol": 1e-12}
    compare(torch, mine, theirs, rng.standard_normal((*axes, 4)), states, rng, precision)


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_layers_equal_pytorch_in_float32(name, options, rng):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(4, 5, 2, **options)
    mine = LAYERS[name](4, 5, 2, **options)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.standard_normal((6, 3, 4)).astype(np.float32)
    compare(torch, mine, theirs, x, None, rng, {"rtol": 1e-4, "atol": 1e-5})


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [3, None])
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize(
    ("name", "options"),
    [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}), ("LSTMCell", {}), ("GRUCell", {})],
)
def test_cells_equal_pytorch(name, options, bias, batch, given, rng):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(4, 5, bias=bias, **options).double()
    mine = CELLS[name](4, 5, bias=bias, **options).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    lead = () if batch is None else (batch,)
    many = 1 + (name == "LSTMCell")
    states = [rng.standard_normal((*lead, 5)) for _ in range(many)] if given else None
    precision = {"rtol": 1e-9, "atol": 1e-12}
    compare(torch, mine, theirs, rng.standard_normal((*lead, 4)), states, rng, precision)


@pytest.mark.parametrize("name", LAYERS)
def test_saturated_gates_equal_pytorch(name, rng):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.nn, name)(4, 5).double()
    mine = LAYERS[name](4, 5).astype(np.float64)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.standard_normal((6, 3, 4)) * 300.0
    with torch.no_grad():
        expected, _ = theirs(torch.from_numpy(x))
    np.testing.assert_allclose(mine(x)[0].numpy(), expected.numpy(), rtol=1e-9, atol=1e-12)


# --- states ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", LAYERS)
def test_a_carried_state_makes_pieces_equal_the_whole(name, rng):
    layer = LAYERS[name](3, 4, 2, generator=0)
    x = rng.standard_normal((9, 2, 3))
    upstream = rng.standard_normal((9, 2, 4))
    whole, _ = layer(x)
    whole.backward(upstream)
    expected = [p.grad for p in layer.parameters()]
    layer.zero_grad()
    state, pieces = None, []
    for a, b in pairwise((0, 2, 3, 9)):
        out, state = layer(x[a:b], state)
        pieces.append(out)
    joined = ag.concatenate(pieces)
    np.testing.assert_allclose(joined.numpy(), whole.numpy(), rtol=1e-12)
    joined.backward(upstream)
    for p, g in zip(layer.parameters(), expected, strict=True):
        np.testing.assert_allclose(p.grad, g, rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", LAYERS)
def test_cells_step_by_step_equal_the_layer(name, rng):
    layer, cell = LAYERS[name](3, 4, generator=0), CELLS[name + "Cell"](3, 4)
    cell.load_state_dict({k[: -len("_l0")]: v for k, v in layer.state_dict().items()})
    x = rng.standard_normal((5, 2, 3))
    out, states = layer(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        np.testing.assert_allclose(flat(state)[0].numpy(), out.numpy()[t], rtol=1e-12)
    for mine, theirs in zip(flat(state), flat(states), strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy()[0], rtol=1e-12)


def test_detach_state_takes_trees():
    pair = namedtuple("pair", "h c")
    x = Tensor([1.0, 2.0], requires_grad=True)
    v = Value(3.0) * 2.0
    tree = {"lstm": pair(x * 2, x * 3), "list": [x, (v,)], "none": None, "array": np.ones(1)}
    free = detach_state(tree)
    assert isinstance(free["lstm"], pair)
    assert isinstance(free["list"][1], tuple)
    assert free["none"] is None
    assert free["array"] is tree["array"]
    for leaf in (*free["lstm"], free["list"][0]):
        assert not leaf.requires_grad
    np.testing.assert_array_equal(free["lstm"].c.numpy(), [3.0, 6.0])
    assert free["list"][1][0].data == 6.0
    assert free["list"][1][0].op is None


@pytest.mark.parametrize("name", LAYERS)
def test_a_weight_changed_before_backward_is_noticed(name):
    layer = LAYERS[name](2, 3)
    out, _ = layer(np.ones((4, 1, 2)))
    layer.weight_hh_l0.overwrite()[...] = 0.0
    with pytest.raises(errors.ChangedError):
        out.sum().backward()


# --- training -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("free", [True, False])
def test_memory_stays_flat_over_1000_training_steps(free):
    rng = np.random.default_rng(0)
    layer = LSTM(3, 8, generator=0)
    head = nn.Linear(8, 2, generator=1)
    optimiser = nn.optim.SGD([*layer.parameters(), *head.parameters()], lr=1e-2)
    x = rng.standard_normal((10, 4, 3)).astype(np.float32)
    goal = rng.standard_normal((10, 4, 2)).astype(np.float32)
    state = None

    def train(steps):
        nonlocal state
        for _ in range(steps):
            optimiser.zero_grad()
            out, state = layer(x, detach_state(state))
            ag.mean(ag.square(head(out) - goal)).backward(free=free)
            optimiser.step()

    train(30)
    tracemalloc.start()
    try:
        train(20)
        gc.collect()  # also empties Python's stocks of free tuples, which would be counted
        before = tracemalloc.get_traced_memory()[0]
        train(1000)
        garbage = gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert garbage == 0
    assert after - before < 50_000  # one leaked Tensor a step would be more than 100,000


@pytest.mark.parametrize("name", LAYERS)
def test_long_sequences_do_not_recurse(name):
    layer = LAYERS[name](1, 2, generator=0)
    out, _ = layer(np.ones((5000, 1)))
    out[-1].sum().backward()
    assert all(np.isfinite(p.grad).all() for p in layer.parameters())


def test_long_chains_of_cells_do_not_recurse():
    layer, cell = GRU(1, 2, generator=0), GRUCell(1, 2, generator=0)
    out, _ = layer(np.ones((5000, 1)))
    out[-1].sum().backward()
    state = None
    for _ in range(5000):
        state = cell(np.ones((1, 1)), state)
    state.sum().backward()
    for p, q in zip(layer.parameters(), cell.parameters(), strict=True):
        np.testing.assert_allclose(q.grad, p.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_learns_to_remember_the_first_input(name):
    rng = np.random.default_rng(1)
    layer, head = LAYERS[name](1, 8, generator=0), nn.Linear(8, 1, generator=1)
    optimiser = nn.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.02)
    for _ in range(150):
        x = rng.choice([-1.0, 1.0], (6, 32, 1)).astype(np.float32)
        optimiser.zero_grad()
        out, _ = layer(x)
        loss = ag.mean(ag.square(head(out[-1]) - x[0]))
        loss.backward(free=True)
        optimiser.step()
    assert loss.item() < 0.1


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), KINDS)
def test_float32_stays_float32(name, options, rng):
    layer = LAYERS[name](3, 4, 2, bidirectional=True, **options)
    x = Tensor(rng.standard_normal((5, 2, 3)).astype(np.float32), requires_grad=True)
    out, states = layer(x)
    assert {y.dtype for y in (out, *flat(states))} == {np.dtype(np.float32)}
    out.sum().backward()
    assert {g.dtype for g in [x.grad, *(p.grad for p in layer.parameters())]} == {
        np.dtype(np.float32)
    }
    assert layer(np.ones((5, 2, 3)))[0].dtype == np.float32


@pytest.mark.parametrize("module", [LSTM(5, 64, 2, generator=0), GRUCell(40, 64, generator=0)])
def test_weights_start_as_in_pytorch(module):
    bound = 1 / math.sqrt(64)
    for p in module.parameters():
        array = p.numpy()
        assert 0.9 * bound < abs(array).max() <= bound
        assert array.var() == pytest.approx(bound**2 / 3, rel=6 / math.sqrt(array.size))


@pytest.mark.parametrize("cls", [*LAYERS.values(), *CELLS.values()])
def test_seeds_repeat(cls):
    a, b, c = cls(2, 3, generator=4), cls(2, 3, generator=np.random.default_rng(4)), cls(2, 3)
    for p, q, r in zip(a.parameters(), b.parameters(), c.parameters(), strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())
        assert not np.array_equal(p.numpy(), r.numpy())


def test_names_and_order_of_parameters():
    names = list(LSTM(2, 3, 2, bidirectional=True).state_dict())
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    runs = ("l0", "l0_reverse", "l1", "l1_reverse")
    assert names == [f"{kind}_{run}" for run in runs for kind in kinds]
    assert list(GRUCell(2, 3, bias=False).state_dict()) == ["weight_ih", "weight_hh"]


@pytest.mark.parametrize("name", LAYERS)
def test_dropout_acts_between_layers_in_training_only(name, rng):
    layer = LAYERS[name](3, 40, 2, dropout=0.5, generator=0).astype(np.float64)
    plain = LAYERS[name](3, 40, 2).astype(np.float64)
    plain.load_state_dict(layer.state_dict())
    x = rng.standard_normal((4, 2, 3))
    with layer.evaluating():
        np.testing.assert_array_equal(layer(x)[0].numpy(), plain(x)[0].numpy())
    a, b = layer(x)[0].numpy(), layer(x)[0].numpy()
    assert not np.array_equal(a, b)
    assert (a != 0).all()  # the last layer's outputs are not dropped
    (_, ends), (_, plain_ends) = layer(x), plain(x)
    first, plain_first = flat(ends)[0].numpy()[0], flat(plain_ends)[0].numpy()[0]
    np.testing.assert_array_equal(first, plain_first)  # nor the states of the first
    again = LAYERS[name](3, 40, 2, dropout=0.5, generator=0).astype(np.float64)
    np.testing.assert_array_equal(again(x)[0].numpy(), a)
    gone = LAYERS[name](3, 40, 2, dropout=1.0, generator=0).astype(np.float64)
    gone.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(gone(x)[0].numpy(), gone(-x)[0].numpy())


def test_dropout_in_one_layer_is_warned_about():
    with pytest.warns(UserWarning, match="num_layers=1"):
        GRU(2, 3, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GRU(2, 3, 2, dropout=0.5)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (LSTM(2, 3), "LSTM(2, 3)"),
        (GRU(2, 3, 2, bias=False, batch_first=True), "GRU(2, 3, num_layers=2, bias=False, "
         "batch_first=True)"),
        (RNN(2, 3, nonlinearity="relu", bidirectional=True),
         "RNN(2, 3, bidirectional=True, nonlinearity='relu')"),
        (RNNCell(2, 3, nonlinearity="relu"), "RNNCell(2, 3, nonlinearity='relu')"),
        (LSTMCell(2, 3, bias=False), "LSTMCell(2, 3, bias=False)"),
    ],
)  # fmt: skip
def test_repr_shows_the_options(module, text):
    assert repr(module) == text


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_wrong_shapes_are_named(name):
    layer = LAYERS[name](3, 4)
    for shape in ((5, 2, 2), (3,), (5,), (1, 5, 2, 3), ()):
        with pytest.raises(errors.ShapeError) as caught:
            layer(np.zeros(shape))
        assert f"{name}(3, 4)" in str(caught.value)
        assert "(T, N, 3)" in str(caught.value)
        assert str(shape) in str(caught.value)
    with pytest.raises(errors.ShapeError, match=r"\(N, T, 3\)"):
        LAYERS[name](3, 4, batch_first=True)(np.zeros((2, 5, 4)))
    with pytest.raises(errors.ShapeError, match="no time steps"):
        layer(np.zeros((0, 2, 3)))
    for shape in ((1, 2, 3), (2, 2, 4), (1, 4), (2, 4)):
        state = np.zeros(shape)
        with pytest.raises(errors.ShapeError, match=r"state h .*\(1, 2, 4\)"):
            layer(np.zeros((5, 2, 3)), (state, state) if name == "LSTM" else state)


def test_an_empty_batch_goes_through():
    for cls in LAYERS.values():
        out, states = cls(3, 4, bidirectional=True)(np.zeros((5, 0, 3)))
        assert out.shape == (5, 0, 8)
        assert flat(states)[0].shape == (2, 0, 4)
    for cls in CELLS.values():
        assert flat(cls(3, 4)(np.zeros((0, 3))))[0].shape == (0, 4)


@pytest.mark.parametrize("name", CELLS)
def test_wrong_shapes_are_named_by_cells(name):
    cell = CELLS[name](3, 4)
    for shape in ((2, 2), (2,), (5, 2, 3), ()):
        with pytest.raises(errors.ShapeError, match=rf"{name}\(3, 4\).*\(N, 3\)"):
            cell(np.zeros(shape))
    state = np.zeros((3, 4))
    with pytest.raises(errors.ShapeError, match=r"state h .*\(2, 4\)"):
        cell(np.zeros((2, 3)), (state, state) if name == "LSTMCell" else state)


def test_an_lstm_wants_a_pair():
    for state in (np.zeros((1, 2, 4)), (np.zeros((1, 2, 4)),), "hc", Tensor(np.zeros((1, 2, 4)))):
        with pytest.raises(errors.DTypeError, match="pair"):
            LSTM(3, 4)(np.zeros((5, 2, 3)), state)
        with pytest.raises(errors.DTypeError, match="pair"):
            LSTMCell(3, 4)(np.zeros((2, 3)), state)
    with pytest.raises(errors.ShapeError, match="state c"):
        LSTM(3, 4)(np.zeros((5, 2, 3)), (np.zeros((1, 2, 4)), np.zeros((1, 2, 5))))


@pytest.mark.parametrize(
    ("make", "option"),
    [
        (lambda: LSTM(-1, 2), "input_size"),
        (lambda: GRU(2, 0), "hidden_size"),
        (lambda: RNN(2, 2.5), "hidden_size"),
        (lambda: RNN(2, 2, 0), "num_layers"),
        (lambda: RNN(2, 2, nonlinearity="sigmoid"), "nonlinearity"),
        (lambda: RNNCell(2, 2, nonlinearity="gelu"), "nonlinearity"),
        (lambda: LSTM(2, 2, 2, dropout=1.5), "dropout"),
        (lambda: LSTM(2, 2, 2, dropout="0.5"), "dropout"),
        (lambda: LSTM(2, 2, 2, dropout=True), "dropout"),
        (lambda: LSTM(2, 4, proj_size=2), "proj_size"),
        (lambda: GRUCell(2, "4"), "hidden_size"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(make, option):
    with pytest.raises(errors.OptionError, match=option):
        make()


def test_data_of_the_wrong_kind_are_refused():
    for module in (RNN(2, 1), LSTM(2, 1), GRU(2, 1), GRUCell(2, 1)):
        for bad in (None, "text", [[1.0], [1.0, 2.0]], np.ones((1, 2), complex)):
            with pytest.raises(errors.AutogradError):
                module(bad)
