"""summary: question 7, work counted by naive loops, memory as the allocator sees it."""

from __future__ import annotations

import gc
import json
import tracemalloc

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import errors
from nn.looking.counting import multiply_adds
from nn.looking.summaries import summary


class Block(nn.Module):
    """A part with a layer called twice, a parameter of its own, two results, and one unused."""

    def __init__(self):
        self.a = nn.Linear(8, 8, generator=0)
        self.b = nn.Linear(8, 8, generator=1)
        self.scale = nn.Parameter(np.ones(8, np.float32))
        self.unused = nn.Linear(2, 1)

    def forward(self, x):
        return ag.relu(self.b(self.a(self.a(x)))) * self.scale, x


class Net(nn.Module):
    def __init__(self):
        self.blocks = [Block(), Block()]
        self.again = self.blocks[0]
        self.head = nn.Linear(8, 3, bias=False)

    def forward(self, x):
        for block in [*self.blocks, self.again]:
            x, _ = block(x)
        return self.head(x)


def rows(model, *args, **kwargs):
    return {row.name: row for row in summary(model, *args, **kwargs).rows}


# --- question 7 -----------------------------------------------------------------------------------


def test_q7_one_bias_per_map_and_a_weight_per_input_channel():
    found = summary(nn.Conv2d(3, 32, 5), (3, 32, 32))
    (row,) = found.rows
    assert row.breakdown() == "2,400 weights + 32 biases = 2,432"
    assert dict(row.parameters) == {"weight": 2400, "bias": 32}
    assert row.output_shapes == [(32, 28, 28)]
    assert found.parameters == found.trainable == 2432
    assert "2,400 weights + 32 biases = 2,432" in str(found)
    assert "(32, 28, 28)" in str(found)


def test_q7_what_the_asker_and_others_got_wrong():
    count = summary(nn.Conv2d(3, 32, 5), (3, 32, 32)).parameters
    assert count == (3 * (5 * 5) + 1) * 32
    without_input_channels = 32 * 5 * 5 + 32
    bias_per_colour = 2400 + 3 * 32
    untied_biases = 2400 + 32 * 28 * 28
    assert (without_input_channels, bias_per_colour, untied_biases) == (832, 2496, 27488)
    assert count not in (without_input_channels, bias_per_colour, untied_biases)


def test_q7_a_batch_changes_the_work_but_not_the_parameters():
    one = summary(nn.Conv2d(3, 32, 5), (1, 3, 32, 32))
    four = summary(nn.Conv2d(3, 32, 5), (4, 3, 32, 32))
    assert four.rows[0].output_shapes == [(4, 32, 28, 28)]
    assert four.parameters == one.parameters
    assert four.multiply_adds == 4 * one.multiply_adds
    assert four.bytes_kept == 4 * one.bytes_kept


# --- multiply-adds, counted by doing them one by one ----------------------------------------------


class Counter:
    """Adds products, and counts them."""

    def __init__(self):
        self.count = 0

    def add(self, out, index, a, b):
        out[index] += a * b
        self.count += 1


def naive_convolution(layer, x):
    """Direct loops over any number of axes; every tap is done, on padding too."""
    axes, counter = len(layer.kernel_size), Counter()
    pad = [(0, 0), (0, 0), *[(p, p) for p in layer.padding]]
    x, w = np.pad(x, pad), layer.weight.numpy()
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(
            x.shape[2:], layer.kernel_size, layer.stride, layer.dilation, strict=True
        )
    ]
    out = np.zeros((len(x), layer.out_channels, *size))
    per_group = layer.out_channels // layer.groups
    for index in np.ndindex(out.shape):
        n, o, *at = index
        for c, *tap in np.ndindex(w.shape[1:]):
            where = [at[i] * layer.stride[i] + tap[i] * layer.dilation[i] for i in range(axes)]
            channel = (o // per_group) * w.shape[1] + c
            counter.add(out, index, w[(o, c, *tap)], x[(n, channel, *where)])
    return out + layer.bias.numpy().reshape(-1, *[1] * axes), counter.count


CONVOLUTIONS = [
    ("Conv2d", (2, 4, 7, 6), (4, 6, (3, 2)), {"stride": 2, "padding": 1, "groups": 2}),
    ("Conv2d", (1, 2, 6, 6), (2, 3, 2), {"dilation": 3}),
    ("Conv1d", (2, 3, 9), (3, 4, 3), {"stride": 2}),
    ("Conv3d", (1, 2, 4, 5, 3), (2, 2, 2), {"padding": 1}),
]


@pytest.mark.parametrize(("kind", "shape", "args", "options"), CONVOLUTIONS)
def test_convolutions_against_loops(kind, shape, args, options, rng, float64):
    if not hasattr(nn, kind):
        pytest.skip(f"nn.{kind} is not there")
    layer = getattr(nn, kind)(*args, **options, generator=0)
    x = rng.standard_normal(shape)
    out, count = naive_convolution(layer, x)
    np.testing.assert_allclose(layer(x).numpy(), out, rtol=1e-10, atol=1e-12)
    assert summary(layer, x).multiply_adds == count


def test_linear_against_loops(rng, float64):
    layer, counter = nn.Linear(3, 4, generator=0), Counter()
    x, w = rng.standard_normal((2, 5, 3)), layer.weight.numpy()
    out = np.zeros((2, 5, 4))
    for i, j, o in np.ndindex(out.shape):
        for k in range(3):
            counter.add(out, (i, j, o), w[o, k], x[i, j, k])
    np.testing.assert_allclose(layer(x).numpy(), out + layer.bias.numpy(), rtol=1e-12)
    assert summary(layer, x).multiply_adds == counter.count == 120


def test_bilinear_against_loops(rng, float64):
    if not hasattr(nn, "Bilinear"):
        pytest.skip("nn.Bilinear is not there")
    layer, counter = nn.Bilinear(3, 2, 4, generator=0), Counter()
    a, b, w = rng.standard_normal((5, 3)), rng.standard_normal((5, 2)), layer.weight.numpy()
    out = np.zeros((5, 4))
    for n, o in np.ndindex(out.shape):
        for i in range(3):
            inner = np.zeros(1)
            for j in range(2):
                counter.add(inner, 0, w[o, i, j], b[n, j])
            counter.add(out, (n, o), a[n, i], inner[0])
    np.testing.assert_allclose(layer(a, b).numpy(), out + layer.bias.numpy(), rtol=1e-12)
    found = summary(layer, (a, b))
    assert found.multiply_adds == counter.count
    assert found.parameters == 4 * 3 * 2 + 4


def test_transposed_convolution_against_loops(rng, float64):
    if not hasattr(nn, "ConvTranspose2d"):
        pytest.skip("nn.ConvTranspose2d is not there")
    layer, counter = nn.ConvTranspose2d(4, 6, (3, 2), stride=2, groups=2, generator=0), Counter()
    x, w = rng.standard_normal((2, 4, 3, 4)), layer.weight.numpy()
    out = np.zeros((2, 6, 7, 8))
    for n, c, i, j in np.ndindex(x.shape):
        for o, u, v in np.ndindex(w.shape[1:]):
            where = (n, (c // 2) * 3 + o, 2 * i + u, 2 * j + v)
            counter.add(out, where, w[c, o, u, v], x[n, c, i, j])
    out += layer.bias.numpy()[:, None, None]
    np.testing.assert_allclose(layer(x).numpy(), out, rtol=1e-10, atol=1e-12)
    assert summary(layer, x).multiply_adds == counter.count


def test_lstm_against_loops(rng, float64):
    if not hasattr(nn, "LSTM"):
        pytest.skip("nn.LSTM is not there")
    layer, counter = nn.LSTM(3, 2, generator=0), Counter()
    x, h, c = rng.standard_normal((4, 5, 3)), np.zeros((5, 2)), np.zeros((5, 2))
    w_x, w_h = layer.weight_ih_l0.numpy(), layer.weight_hh_l0.numpy()
    bias = layer.bias_ih_l0.numpy() + layer.bias_hh_l0.numpy()
    for step in x:
        gates = np.zeros((5, 8))
        for n, k in np.ndindex(gates.shape):
            for i in range(3):
                counter.add(gates, (n, k), w_x[k, i], step[n, i])
            for i in range(2):
                counter.add(gates, (n, k), w_h[k, i], h[n, i])
        i, f, g, o = np.split(gates + bias, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
    np.testing.assert_allclose(layer(x)[0].numpy()[-1], h, rtol=1e-10)
    found = summary(layer, x)
    assert found.multiply_adds == counter.count
    assert found.rows[0].breakdown() == "40 weights + 16 biases = 56"
    assert found.rows[0].output_shapes == [(4, 5, 2), (1, 5, 2)]


def test_two_layers_and_both_directions_of_a_recurrent_layer_count_every_matrix():
    if not hasattr(nn, "GRU"):
        pytest.skip("nn.GRU is not there")
    layer = nn.GRU(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    first, second = 2 * 12 * (3 + 4), 2 * 12 * (8 + 4)
    assert summary(layer, (5, 7, 3)).multiply_adds == 5 * 7 * (first + second)
    assert summary(nn.GRUCell(3, 4), (5, 3)).multiply_adds == 5 * 12 * (3 + 4)


def test_attention_counts_projections_scores_and_mixing_once():
    if not hasattr(nn, "MultiheadAttention"):
        pytest.skip("nn.MultiheadAttention is not there")
    layer = nn.MultiheadAttention(8, 2, batch_first=True)
    batch, queries, keys, width = 3, 5, 7, 8
    q, k = np.ones((batch, queries, width)), np.ones((batch, keys, width))
    count = 0
    for _ in range(batch):
        count += queries * width * width + 2 * keys * width * width  # the three projections
        for _head in range(2):
            count += queries * keys * (width // 2)  # scores
            count += queries * keys * (width // 2)  # weighted values
        count += queries * width * width  # the last projection
    found = summary(layer, (q, k, k))
    assert found.multiply_adds == count
    assert found.parameters == 4 * 8 * 8 + 4 * 8
    last = nn.MultiheadAttention(8, 2)  # the batch on the second axis
    q, k = q.swapaxes(0, 1), k.swapaxes(0, 1)
    assert summary(last, (q, k, k)).multiply_adds == count
    assert summary(last, (q[:, 0], k[:, 0], k[:, 0])).multiply_adds == count // batch


def test_what_is_not_known_is_not_counted():
    class Linear(nn.Module):
        """Somebody's own, that happens to have our name."""

        def forward(self, x):
            return x

    class Mine(nn.Linear):
        pass

    assert multiply_adds(Linear(), [(2, 3)], [(2, 3)]) is None
    assert multiply_adds(nn.ReLU(), [(2, 3)], [(2, 3)]) is None
    assert multiply_adds(Mine(3, 4), [(2, 3)], [(2, 4)]) == 24
    assert summary(nn.ReLU(), (2, 3)).rows[0].multiply_adds is None
    assert str(summary(nn.ReLU(), (2, 3))).splitlines()[2].split()[-2:] == ["-", "0"]


# --- the tree -------------------------------------------------------------------------------------


def test_rows_follow_the_calls_and_every_column_adds_up():
    net = Net()
    found = summary(net, (5, 8))
    names = [(row.name, row.kind, row.depth, row.calls) for row in found.rows]
    assert names == [
        ("", "Net", 0, 1),
        ("blocks.0", "Block", 1, 2),
        ("blocks.0.a", "Linear", 2, 4),
        ("blocks.0.b", "Linear", 2, 2),
        ("blocks.0.unused", "Linear", 2, 0),
        ("blocks.1", "Block", 1, 1),
        ("blocks.1.a", "Linear", 2, 2),
        ("blocks.1.b", "Linear", 2, 1),
        ("blocks.1.unused", "Linear", 2, 0),
        ("head", "Linear", 1, 1),
    ]
    assert found.parameters == sum(p.size for p in net.parameters())
    assert found.multiply_adds == 5 * (9 * 8 * 8 + 8 * 3)
    for depth in (0, 1, 2, 7):
        folded = summary(net, (5, 8), depth=depth)
        assert max(row.depth for row in folded.rows) == min(depth, 2)
        for total in ("parameters", "multiply_adds", "bytes_kept"):
            assert getattr(folded, total) == getattr(found, total)


def test_the_table_shows_nesting_repeats_and_what_was_not_called():
    lines = str(summary(Net(), (5, 8))).splitlines()
    assert lines[0].split("  ")[0] == "layer"
    assert lines[3].startswith("  blocks.0 x2")
    assert lines[4].startswith("    a x4")
    assert "not called" in lines[6]
    assert "2 weights + 1 bias = 3" in lines[6]
    assert lines[-1].startswith("total: 334 parameters, 3,000 multiply-adds")
    assert repr(summary(Net(), (5, 8))) == "\n".join(lines)


def test_shared_parameters_count_once():
    one, two = nn.Linear(4, 4), nn.Linear(4, 4, bias=False)
    two.weight = one.weight
    third = nn.Linear(4, 4)
    third.weight = one.weight
    found = summary(nn.Sequential(one, two, third), (2, 4))
    assert found.parameters == 16 + 4 + 4
    assert [row.breakdown() for row in found.rows[1:]] == [
        "16 weights + 4 biases = 20",
        "(shared, counted above)",
        "4 biases (others shared, counted above)",
    ]
    layer = nn.Linear(4, 4)
    both = summary(nn.Sequential(layer, nn.ReLU(), layer), (2, 4))
    assert both.parameters == 20
    assert [(row.name, row.calls) for row in both.rows] == [("", 1), ("0", 2), ("1", 1)]


def test_one_module_under_two_callers_has_a_row_under_each_and_counts_once():
    layer = nn.Linear(4, 4)
    net = nn.Sequential(nn.Sequential(layer), nn.Sequential(layer))
    found = summary(net, (2, 4))
    assert [(row.depth, row.kind) for row in found.rows[1:]] == [
        (1, "Sequential"),
        (2, "Linear"),
        (1, "Sequential"),
        (2, "Linear"),
    ]
    assert found.parameters == 20
    assert found.multiply_adds == 64


def test_several_inputs_several_outputs_and_lists():
    class Two(nn.Module):
        def __init__(self):
            self.left, self.right = nn.Linear(3, 4), nn.Linear(2, 4)

        def forward(self, a, b):
            return {"sum": self.left(a) + self.right(b), "parts": [self.left(a)]}

    found = rows(Two(), ((5, 3), np.ones((5, 2))))
    assert found[""].output_shapes == [(5, 4)]
    assert (found["left"].calls, found["right"].calls) == (2, 1)
    assert rows(nn.Linear(2, 1), [[1.0, 2.0]])[""].output_shapes == [(1, 1)]
    assert rows(nn.Linear(2, 1), ag.Tensor([1.0, 2.0]))[""].output_shapes == [(1,)]


def test_shapes_that_differ_between_calls_are_all_shown():
    class Twice(nn.Module):
        def __init__(self):
            self.f = nn.ReLU()

        def forward(self, x):
            return self.f(x[:2]).sum() + self.f(x).sum()

    assert rows(Twice(), (5, 3))["f"].output_shapes == [(2, 3), (5, 3)]


def test_frozen_parameters_are_named():
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    net[0].requires_grad_(False)
    net[1].bias.requires_grad = False
    found = summary(net, (1, 3))
    assert (found.parameters, found.trainable) == (14, 4)
    assert found.rows[1].breakdown() == "6 weights + 2 biases = 8 (frozen)"
    assert found.rows[2].breakdown() == "4 weights + 2 biases = 6 (2 frozen)"
    assert "(10 of them frozen)" in str(found)


def test_to_dict_is_plain_data():
    found = summary(Net(), (5, 8)).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["layers"][-1]["output_shapes"] == [[5, 3]]
    assert sum(layer["parameter_count"] for layer in found["layers"]) == found["parameters"] == 334


# --- bytes kept -----------------------------------------------------------------------------------


def test_bytes_by_hand():
    """A chain: the input and each result once; a flattened view and the parameters not at all."""
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))
    found = rows(net, (5, 1, 6, 6))
    image, maps, scores = 5 * 36 * 4, 5 * 2 * 16 * 4, 5 * 3 * 4
    assert found["0"].bytes_kept == image + maps
    assert found["1"].bytes_kept == maps
    assert found["2"].bytes_kept == 0
    assert found["3"].bytes_kept == scores
    assert found[""].bytes_kept == 0


def test_an_array_read_twice_counts_once():
    class Square(nn.Module):
        def __init__(self):
            self.f = nn.Linear(4, 4)

        def forward(self, x):
            y = self.f(x)
            return y * y + y

    found = rows(Square(), (3, 4))
    array = 3 * 4 * 4
    assert found["f"].bytes_kept == 2 * array  # its input and its result
    assert found[""].bytes_kept == 2 * array  # the product and the sum


def test_what_lies_between_two_calls_belongs_to_the_caller():
    class Between(nn.Module):
        def __init__(self):
            self.f, self.g = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)

        def forward(self, x):
            return self.g(ag.exp(self.f(x)))

    found = rows(Between(), (3, 4))
    assert [found[name].bytes_kept // (3 * 4 * 4) for name in ("", "f", "g")] == [1, 2, 1]


def test_what_no_result_needs_is_not_kept():
    class Wasteful(nn.Module):
        def __init__(self):
            self.f, self.g = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            self.g(x)
            return self.f(x)

    found = rows(Wasteful(), (3, 4))
    assert found["g"].bytes_kept == 0
    assert found["g"].multiply_adds == 48


def test_nothing_is_kept_where_nothing_learns():
    net = nn.Sequential(nn.Linear(4, 4), nn.Tanh()).requires_grad_(False)
    assert summary(net, (3, 4)).bytes_kept == 0
    with ag.no_grad():  # the question is what training would keep
        assert summary(nn.Linear(4, 4), (3, 4)).bytes_kept == 2 * 48


def test_an_input_that_was_computed_does_not_bring_its_past():
    x = ag.exp(ag.Tensor(np.ones((300, 4), np.float32), requires_grad=True) * 2)
    net = nn.Linear(4, 2)
    assert summary(net, x).bytes_kept == summary(net, (300, 4)).bytes_kept
    assert x.requires_grad


def allocated(model, x):
    """Bytes that a forward pass leaves allocated while its result is alive: asked elsewhere."""
    out = model(x)  # whatever is made once is made now
    del out
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        out = model(x)
        return tracemalloc.get_traced_memory()[0] - before, out
    finally:
        tracemalloc.stop()


def test_bytes_are_what_the_allocator_says(rng):
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, generator=0),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, 10, generator=0),
        nn.Tanh(),
    )
    x = rng.standard_normal((64, 3, 30, 30)).astype(np.float32)
    found = summary(net, x).bytes_kept
    measured, out = allocated(net, x)
    assert out.shape == (64, 10)
    assert found == pytest.approx(measured, rel=0.01)
    assert found > 10**6


def test_bytes_include_what_an_operation_noted_for_itself(rng):
    class Notes:
        def __init__(self, array):
            self.inner = {"array": [array, self]}  # it may even point at itself

    class Half(ag.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.notes, ctx.kind = Notes(np.full((100, 2), 0.5)), np.float64
            return x * 0.5

        @staticmethod
        def backward(ctx, g):
            return g * ctx.notes.inner["array"][0][0, 0]

    class Net(nn.Module):
        def __init__(self):
            self.scale = nn.Parameter(np.ones(3, np.float32))

        def forward(self, x):
            return Half.apply(self.scale)

    assert summary(Net(), (1,)).bytes_kept == 100 * 2 * 8 + 3 * 4


def test_bytes_of_a_recurrent_layer_are_what_the_allocator_says(rng):
    if not hasattr(nn, "LSTM"):
        pytest.skip("nn.LSTM is not there")
    for kind in (nn.LSTM, nn.GRU, nn.RNN):
        net = kind(16, 32, generator=0)
        x = rng.standard_normal((20, 256, 16)).astype(np.float32)
        measured, _ = allocated(net, x)
        assert summary(net, x).bytes_kept == pytest.approx(measured, rel=0.02)


# --- the model is left alone ----------------------------------------------------------------------


class Restless(nn.Module):
    """Draws numbers and changes its buffers whenever it runs, in any mode."""

    def __init__(self):
        self.generator = np.random.default_rng(3)
        self.linear = nn.Linear(2, 2, generator=0)
        self.register_buffer("seen", np.zeros(1))
        self.register_buffer("last", np.zeros(2))
        self.modes = []

    def forward(self, x):
        self.seen += 1
        self.last = np.ones(2)
        self.modes.append(self.training)
        return self.linear(x) * self.generator.random()


def test_nothing_changes():
    net = nn.Sequential(Restless(), nn.ReLU())
    net[1].eval()
    net[0].linear.weight.grad = np.ones((2, 2), np.float32)
    state, buffer, draws = net.state_dict(), net[0].seen, net[0].generator.bit_generator.state
    seen = []
    handle = net[0].register_forward_hook(lambda *_: seen.append(1))
    summary(net, (3, 2))
    handle.remove()
    assert net[0].modes == [False]
    assert (net.training, net[0].training, net[1].training) == (True, True, False)
    assert net[0].seen is buffer
    assert all(np.array_equal(a, state[name]) for name, a in net.state_dict().items())
    assert net[0].generator.bit_generator.state == draws
    assert net[0].linear.weight.grad.tolist() == [[1, 1], [1, 1]]
    assert seen == [1]  # a hook of the user's stays, ours are gone
    net[0].linear.weight.requires_grad = True
    assert all(not module._hooks and not module._pre_hooks for module in net.modules())


def test_a_model_that_fails_is_left_alone_too():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 3))
    with pytest.raises(errors.ShapeError, match="expected an input of shape"):
        summary(net, (1, 2))
    assert net.training
    assert all(not module._hooks and not module._pre_hooks for module in net.modules())


def test_a_part_that_fails_and_is_caught():
    class Careful(nn.Module):
        def __init__(self):
            self.first = nn.Sequential(nn.Linear(9, 1))
            self.second = nn.Linear(2, 2)

        def forward(self, x):
            try:
                return self.first(x)
            except errors.ShapeError:
                return self.second(x)

    found = summary(Careful(), (3, 2))
    assert [(row.name, row.calls) for row in found.rows] == [
        ("", 1),
        ("first", 0),
        ("first.0", 0),
        ("second", 1),
    ]
    assert found.multiply_adds == 12


def test_bad_arguments():
    with pytest.raises(errors.DTypeError, match="summary: expected layers"):
        summary(lambda x: x, (1, 2))
    with pytest.raises(errors.OptionError, match="depth must be a whole number"):
        summary(nn.ReLU(), (1, 2), depth=-1)
    with pytest.raises(errors.OptionError, match="without negative sizes"):
        summary(nn.ReLU(), (-1, 2))
