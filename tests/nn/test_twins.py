"""Every layer twice: once with its array, once number by number in scalars.

A twin computes what a layer does from its definition, in `Value`s, which numpy keeps in object
arrays: only `+ - * / **`, exp, log, sqrt, tanh, erf, the larger and the smaller of two, and where
numbers lie. Results and all gradients are compared, those of inputs and of parameters.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value

# --- numbers in object arrays ---------------------------------------------------------------------


def each(f, *arrays):
    """A function of numbers, element by element."""
    return np.asarray(np.frompyfunc(f, len(arrays), 1)(*arrays), object)


def values(array):
    return each(lambda x: Value(float(x)), array)


def numbers(array):
    """What the Values (or plain numbers) of an array hold."""
    return each(lambda v: v.data if isinstance(v, Value) else v, array).astype(float)


def along(f, x, axis):
    """A function of a row of numbers, which gives a row, for every row along an axis."""
    moved = np.moveaxis(x, axis, -1)
    rows = np.stack([f(row) for row in moved.reshape(-1, moved.shape[-1])])
    return np.moveaxis(rows.reshape(*moved.shape[:-1], -1), -1, axis)


def row_of(entries):
    return np.fromiter(entries, object, len(entries))


def total(x, axes):
    """The sum, with its axes left in."""
    return x.sum(axes, keepdims=True)


def above(v):
    return ag.maximum(v, 0.0)


def below(v):
    return ag.minimum(v, 0.0)


def size(v):
    return ag.maximum(v, -v)


def logistic(v):
    return 1.0 / (1.0 + ag.exp(-v))


def bell(v):
    """The part of the normal distribution below a number."""
    return 0.5 * (1.0 + ag.erf(v / math.sqrt(2.0)))


def bell_by_tanh(v):
    return 0.5 * (1.0 + ag.tanh(math.sqrt(2.0 / math.pi) * (v + 0.044715 * v**3)))


def ramp(v):
    return ag.minimum(above(v + 3.0), 6.0) / 6.0


# --- one number at a time -------------------------------------------------------------------------

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
ELEMENTWISE = {
    "Identity": lambda _, v: v,
    "ReLU": lambda _, v: above(v),
    "ReLU6": lambda _, v: ag.minimum(above(v), 6.0),
    "LeakyReLU": lambda m, v: above(v) + m.negative_slope * below(v),
    "ELU": lambda m, v: above(v) + m.alpha * (ag.exp(below(v)) - 1.0),
    "CELU": lambda m, v: above(v) + m.alpha * (ag.exp(below(v) / m.alpha) - 1.0),
    "SELU": lambda _, v: SELU_SCALE * (above(v) + SELU_ALPHA * (ag.exp(below(v)) - 1.0)),
    "GELU": lambda m, v: v * (bell(v) if m.approximate == "none" else bell_by_tanh(v)),
    "SiLU": lambda _, v: v * logistic(v),
    "Mish": lambda _, v: v * ag.tanh(ag.log(1.0 + ag.exp(v))),
    "Sigmoid": lambda _, v: logistic(v),
    "LogSigmoid": lambda _, v: ag.log(logistic(v)),
    "Tanh": lambda _, v: 2.0 * logistic(2.0 * v) - 1.0,
    "Tanhshrink": lambda _, v: v - ag.tanh(v),
    "Softplus": lambda m, v: (
        v if v.data * m.beta > m.threshold else ag.log(1.0 + ag.exp(m.beta * v)) / m.beta
    ),
    "Softsign": lambda _, v: v / (1.0 + size(v)),
    "Hardtanh": lambda m, v: ag.minimum(ag.maximum(v, m.min_val), m.max_val),
    "Hardsigmoid": lambda _, v: ramp(v),
    "Hardswish": lambda _, v: v * ramp(v),
    "Softshrink": lambda m, v: above(v - m.lambd) + below(v + m.lambd),
    "Hardshrink": lambda m, v: v if abs(v.data) > m.lambd else 0.0,
    "Threshold": lambda m, v: v if v.data > m.threshold else m.value,
    "Dropout": lambda _, v: v,  # in evaluation
    "Dropout2d": lambda _, v: v,
}


# --- rows, tables and distances -------------------------------------------------------------------


def linear(x, weight, bias=None):
    y = (x[..., None, :] * weight).sum(-1)
    return y if bias is None else y + bias


def bilinear(_, p, a, b):
    return (a[:, None, :, None] * p["weight"] * b[:, None, None, :]).sum((-2, -1)) + p["bias"]


def embedding(_, p, rows):
    return p["weight"][rows]


def prelu(_, p, x):
    slopes = p["weight"].reshape(-1, *(1,) * (x.ndim - 2))
    return each(above, x) + slopes * each(below, x)


def softmax(row):
    shares = each(ag.exp, row)
    return shares / total(shares, -1)


def glu(m, _, x):
    first, second = np.split(x, 2, m.dim)
    return first * each(logistic, second)


def cosine(m, _, a, b):
    def length(x):
        return each(lambda v: ag.maximum(ag.sqrt(v), m.eps), (x * x).sum(m.dim))

    return (a * b).sum(m.dim) / length(a) / length(b)


def distance(m, _, a, b):
    powers = (each(size, a - b + m.eps) ** m.p).sum(-1)
    return powers ** (1.0 / m.p)


# --- normalisation --------------------------------------------------------------------------------


def standard(x, axes, eps):
    """To mean 0 and variance 1 over some axes."""
    count = math.prod(x.shape[axis] for axis in axes)
    centred = x - total(x, axes) / count
    return centred / each(ag.sqrt, total(centred**2, axes) / count + eps)


def per_channel(p, y):
    """Times the weight and plus the bias of the channel, axis 1."""
    for name, parameter in p.items():
        parameter = parameter.reshape(-1, *(1,) * (y.ndim - 2))
        y = y * parameter if name == "weight" else y + parameter
    return y


def batch_norm(m, p, x):
    if m.training:
        return per_channel(p, standard(x, (0, *range(2, x.ndim)), m.eps))
    mean, var = (a.reshape(-1, *(1,) * (x.ndim - 2)) for a in (m.running_mean, m.running_var))
    return per_channel(p, (x - mean) / np.sqrt(var + m.eps))


def instance_norm(m, p, x):
    return per_channel(p, standard(x, tuple(range(2, x.ndim)), m.eps))


def group_norm(m, p, x):
    groups = x.reshape(x.shape[0], m.num_groups, -1)
    return per_channel(p, standard(groups, (2,), m.eps).reshape(x.shape))


def layer_norm(m, p, x):
    y = standard(x, tuple(range(-len(m.normalized_shape), 0)), m.eps)
    return y * p["weight"] + p["bias"]


def rms_norm(m, p, x):
    axes = tuple(range(-len(m.normalized_shape), 0))
    eps = np.finfo(float).eps if m.eps is None else m.eps
    mean = total(x * x, axes) / math.prod(m.normalized_shape)
    return x / each(ag.sqrt, mean + eps) * p["weight"]


def local_response_norm(m, _, x):
    def divided(row):
        squares = [row[max(0, c - m.size // 2) : c + (m.size + 1) // 2] for c in range(len(row))]
        means = row_of([(near * near).sum() / m.size for near in squares])
        return row / (m.k + m.alpha * means) ** m.beta

    return along(divided, x, 1)


# --- windows --------------------------------------------------------------------------------------


def reach(at, step, width, dilation):
    """The cells of the window that begins at `at` steps, one slice per axis."""
    return tuple(
        slice(i * s, i * s + d * (k - 1) + 1, d)
        for i, s, k, d in zip(at, step, width, dilation, strict=True)
    )


def room(m, x):
    """How often the window fits along each axis of (N, C, ...)."""
    dilation = getattr(m, "dilation", (1,) * len(m.kernel_size))
    axes = zip(x.shape[2:], m.kernel_size, m.stride, dilation, strict=True)
    return tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in axes)


def bordered(x, padding, number):
    return np.pad(x, [(0, 0), (0, 0), *((q, q) for q in padding)], constant_values=number)


def conv(m, p, x):
    x, weight = bordered(x, m.padding, 0.0), p["weight"]
    out = np.empty((x.shape[0], m.out_channels, *room(m, x)), object)
    inputs = weight.shape[1]
    for n, o, *at in np.ndindex(out.shape):
        first = o // (m.out_channels // m.groups) * inputs
        cells = x[n, first : first + inputs, *reach(at, m.stride, m.kernel_size, m.dilation)]
        out[n, o, *at] = (cells * weight[o]).sum() + p["bias"][o]
    return out


def conv_transpose(m, p, x):
    """Every input writes a copy of the kernel, times itself."""
    sizes = [
        (n - 1) * s + d * (k - 1) + 1 + q
        for n, s, d, k, q in zip(
            x.shape[2:], m.stride, m.dilation, m.kernel_size, m.output_padding, strict=True
        )
    ]
    out = np.full((x.shape[0], m.out_channels, *sizes), 0.0, object)
    outputs = m.out_channels // m.groups
    for n, i, *at in np.ndindex(x.shape):
        first = i // (m.in_channels // m.groups) * outputs
        here = (n, slice(first, first + outputs), *reach(at, m.stride, m.kernel_size, m.dilation))
        out[here] = out[here] + p["weight"][i] * x[n, i, *at, None]
    kept = out[:, :, *(slice(q, size - q) for q, size in zip(m.padding, sizes, strict=True))]
    return kept + p["bias"].reshape(-1, *(1,) * len(sizes))


def pool(gather):
    """What windows give; cells of the border are None, and left out by `gather`."""

    def pooled(m, _, x):
        dilation = getattr(m, "dilation", (1,) * len(m.kernel_size))
        x = bordered(x, m.padding, None)
        out = np.empty((*x.shape[:2], *room(m, x)), object)
        for n, c, *at in np.ndindex(out.shape):
            window = x[n, c, *reach(at, m.stride, m.kernel_size, dilation)]
            out[n, c, *at] = gather([v for v in window.flat if v is not None], window.size)
        return out

    return pooled


def adaptive(gather):
    """Window i of n runs from floor(i * size / n) to ceil((i + 1) * size / n)."""

    def pooled(m, _, x):
        axes = x.ndim - 2
        wanted = m.output_size if isinstance(m.output_size, tuple) else (m.output_size,) * axes
        out = np.empty((*x.shape[:2], *wanted), object)
        for n, c, *at in np.ndindex(out.shape):
            ends = zip(at, wanted, x.shape[2:], strict=True)
            window = x[n, c, *(slice(i * s // k, -(-(i + 1) * s // k)) for i, k, s in ends)]
            out[n, c, *at] = gather(list(window.flat), window.size)
        return out

    return pooled


def largest(cells, _):
    return reduce(ag.maximum, cells)


def average(cells, count):
    return sum(cells, 0.0) / count


def unfold(m, _, x):
    x = bordered(x, m.padding, 0.0)
    positions = list(np.ndindex(room(m, x)))
    windows = [x[:, :, *reach(at, m.stride, m.kernel_size, m.dilation)] for at in positions]
    return np.stack([window.reshape(len(x), -1) for window in windows], -1)


def fold(m, _, columns):
    channels = columns.shape[1] // math.prod(m.kernel_size)
    empty = np.full((len(columns), channels, *m.output_size), 0.0, object)
    out = bordered(empty, m.padding, 0.0)
    for column, at in enumerate(np.ndindex(room(m, out))):
        here = (slice(None), slice(None), *reach(at, m.stride, m.kernel_size, m.dilation))
        out[here] = out[here] + columns[:, :, column].reshape(out[here].shape)
    inside = zip(m.padding, m.output_size, strict=True)
    return out[:, :, *(slice(q, q + size) for q, size in inside)]


# --- borders and sizes ----------------------------------------------------------------------------


def border(source):
    """`source(i, n)` is the element that stands at place i of n, which may lie outside."""

    def padded(m, _, x):
        pairs = zip(m.padding[::2], m.padding[1::2], strict=True)
        for axis, sides in enumerate(pairs, start=1):  # the last axis first

            def widened(row, sides=sides):
                places = [source(i, len(row)) for i in range(-sides[0], len(row) + sides[1])]
                return row_of([m.value if at is None else row[at] for at in places])

            x = along(widened, x, -axis)
        return x

    return padded


def nothing(i, n):
    return i if 0 <= i < n else None


def mirrored(i, n):
    return abs(i) if i < n else 2 * (n - 1) - i


def nearest(i, n):
    return min(max(i, 0), n - 1)


def upsample(m, _, x):
    for axis in range(2, x.ndim):
        old = x.shape[axis]
        new = m.size[axis - 2] if m.size else old * m.scale_factor

        def stretched(row, old=old, new=new):
            if m.mode == "nearest":
                return row_of([row[i * old // new] for i in range(new)])
            places = [max((i + 0.5) * old / new - 0.5, 0.0) for i in range(new)]
            ends = [(row[int(at)], row[min(int(at) + 1, old - 1)], at % 1.0) for at in places]
            return row_of([a * (1.0 - share) + b * share for a, b, share in ends])

        x = along(stretched, x, axis)
    return x


def pixel_shuffle(m, _, x):
    r = m.upscale_factor
    samples, channels, height, width = x.shape
    out = np.empty((samples, channels // r**2, height * r, width * r), object)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c * r * r + i % r * r + j % r, i // r, j // r]
    return out


# --- recurrence and attention ---------------------------------------------------------------------


def step(kind, act, x, state, wi, wh, bi, bh):
    """One step of a batch: the new state, h first."""
    h, c = state[0], state[-1]
    a, b = linear(x, wi, bi), linear(h, wh, bh)
    if kind == "RNN":
        return [each(act, a + b)]
    if kind == "LSTM":
        i, f, g, o = np.split(a + b, 4, -1)
        c = each(logistic, f) * c + each(logistic, i) * each(ag.tanh, g)
        return [each(logistic, o) * each(ag.tanh, c), c]
    (a_r, a_z, a_n), (b_r, b_z, b_n) = np.split(a, 3, -1), np.split(b, 3, -1)
    z = each(logistic, a_z + b_z)
    new = each(ag.tanh, a_n + each(logistic, a_r + b_r) * b_n)
    return [(1.0 - z) * new + z * h]


def activation_of(m):
    return above if getattr(m, "nonlinearity", "") == "relu" else ag.tanh


def cell(kind):
    return lambda m, p, x, *state: step(kind, activation_of(m), x, state, *p.values())


def layers(kind):
    def run(m, p, x, *states):
        if m.batch_first:
            x = x.swapaxes(0, 1)
        suffixes = ["", "_reverse"] if m.bidirectional else [""]
        ends = []
        for layer in range(m.num_layers):
            out = []
            for suffix in suffixes:
                own = [
                    p[f"{name}_l{layer}{suffix}"]
                    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                ]
                state = [start[len(ends)] for start in states]
                seen = []
                for at in x[::-1] if suffix else x:
                    state = step(kind, activation_of(m), at, state, *own)
                    seen.append(state[0])
                ends.append(state)
                out.append(np.stack(seen[::-1] if suffix else seen))
            x = np.concatenate(out, -1)
        last = [np.stack(parts) for parts in zip(*ends, strict=True)]
        return [x.swapaxes(0, 1) if m.batch_first else x, *last]

    return run


def attention(m, p, query, key, value):
    """(L, N, E): each head a softmax over the keys."""
    width, head = m.embed_dim, m.embed_dim // m.num_heads
    parts = [slice(i * width, (i + 1) * width) for i in range(3)]
    q, k, v = (
        linear(x, p["in_proj_weight"][part], p["in_proj_bias"][part])
        for x, part in zip((query, key, value), parts, strict=True)
    )
    results, shares = [], 0.0
    for first in range(0, width, head):
        own = (..., slice(first, first + head))
        scores = (q[own][:, None] * k[own][None]).sum(-1) / math.sqrt(head)  # (L, S, N)
        weights = along(softmax, scores, 1)
        results.append((weights[..., None] * v[own][None]).sum(1))
        shares = shares + weights / m.num_heads
    joined = np.concatenate(results, -1)
    out = linear(joined, p["out_proj.weight"], p["out_proj.bias"])
    return [out, shares.transpose(2, 0, 1)]


def encoder(m, p, x):
    def part(name):
        names = [key for key in p if key.startswith(f"{name}.")]
        return {key.removeprefix(f"{name}."): p[key] for key in names}

    def attend(x):
        return attention(m.self_attn, part("self_attn"), x, x, x)[0]

    def feed(x):
        hidden = each(above, linear(x, *part("linear1").values()))
        return linear(hidden, *part("linear2").values())

    if m.norm_first:
        x = x + attend(layer_norm(m.norm1, part("norm1"), x))
        return x + feed(layer_norm(m.norm2, part("norm2"), x))
    x = layer_norm(m.norm1, part("norm1"), x + attend(x))
    return layer_norm(m.norm2, part("norm2"), x + feed(x))


# --- the comparison -------------------------------------------------------------------------------

TWINS = {
    **{name: lambda m, _, x, f=f: each(lambda v: f(m, v), x) for name, f in ELEMENTWISE.items()},
    "PReLU": prelu,
    "GLU": glu,
    "Softmax": lambda m, _, x: along(softmax, x, m.dim),
    "Softmin": lambda m, _, x: along(softmax, -x, m.dim),
    "LogSoftmax": lambda m, _, x: each(ag.log, along(softmax, x, m.dim)),
    "Linear": lambda _, p, x: linear(x, *p.values()),
    "Bilinear": bilinear,
    "Embedding": embedding,
    "CosineSimilarity": cosine,
    "PairwiseDistance": distance,
    "BatchNorm1d": batch_norm,
    "BatchNorm2d": batch_norm,
    "InstanceNorm1d": instance_norm,
    "InstanceNorm2d": instance_norm,
    "GroupNorm": group_norm,
    "LayerNorm": layer_norm,
    "RMSNorm": rms_norm,
    "LocalResponseNorm": local_response_norm,
    "Conv1d": conv,
    "Conv2d": conv,
    "Conv3d": conv,
    "ConvTranspose1d": conv_transpose,
    "ConvTranspose2d": conv_transpose,
    "MaxPool1d": pool(largest),
    "MaxPool2d": pool(largest),
    "MaxPool3d": pool(largest),
    "AvgPool1d": pool(average),
    "AvgPool2d": pool(average),
    "AdaptiveAvgPool1d": adaptive(average),
    "AdaptiveAvgPool2d": adaptive(average),
    "AdaptiveMaxPool2d": adaptive(largest),
    "Unfold": unfold,
    "Fold": fold,
    "ConstantPad1d": border(nothing),
    "ConstantPad2d": border(nothing),
    "ZeroPad2d": border(nothing),
    "ReflectionPad2d": border(mirrored),
    "ReplicationPad1d": border(nearest),
    "ReplicationPad2d": border(nearest),
    "Upsample": upsample,
    "PixelShuffle": pixel_shuffle,
    "Flatten": lambda _m, _, x: x.reshape(x.shape[0], -1),
    "Unflatten": lambda m, _, x: x.reshape(x.shape[0], *m.unflattened_size),
    "RNNCell": cell("RNN"),
    "LSTMCell": cell("LSTM"),
    "GRUCell": cell("GRU"),
    "RNN": layers("RNN"),
    "LSTM": layers("LSTM"),
    "GRU": layers("GRU"),
    "MultiheadAttention": attention,
    "TransformerEncoderLayer": encoder,
}
# Layers without a twin: they compute nothing, what they hold does.
NO_TWIN = {"Sequential", "ModuleList", "ModuleDict"}

# Layer, shapes of its inputs (of states too), and "eval" where it is not training.
CASES = [
    *((getattr(nn, name), [(3, 4)]) for name in list(ELEMENTWISE)[:-3]),
    (lambda: nn.GELU("tanh"), [(3, 4)]),
    (lambda: nn.Softplus(2.0, 1.0), [(3, 4)]),
    (lambda: nn.Threshold(0.25, -3.0), [(3, 4)]),
    (nn.Dropout, [(3, 4)], "eval"),
    (nn.Dropout2d, [(2, 3, 2, 2)], "eval"),
    (lambda: nn.PReLU(3), [(2, 3, 2)]),
    (nn.GLU, [(3, 4)]),
    (lambda: nn.Softmax(1), [(2, 4, 2)]),
    (lambda: nn.Softmin(0), [(3, 2)]),
    (lambda: nn.LogSoftmax(-1), [(3, 4)]),
    (lambda: nn.Linear(3, 2), [(4, 3)]),
    (lambda: nn.Bilinear(3, 2, 4), [(3, 3), (3, 2)]),
    (lambda: nn.CosineSimilarity(), [(3, 4), (3, 4)]),
    (lambda: nn.CosineSimilarity(eps=3.0), [(3, 4), (3, 4)]),
    (lambda: nn.PairwiseDistance(), [(3, 4), (3, 4)]),
    (lambda: nn.PairwiseDistance(3.0, eps=0.25), [(3, 4), (3, 4)]),
    (lambda: nn.BatchNorm1d(3), [(4, 3)]),
    (lambda: nn.BatchNorm1d(2), [(3, 2, 3)], "eval"),
    (lambda: nn.BatchNorm2d(2), [(2, 2, 2, 3)]),
    (lambda: nn.BatchNorm2d(2), [(2, 2, 2, 2)], "eval"),
    (lambda: nn.InstanceNorm1d(2, affine=True), [(2, 2, 4)]),
    (lambda: nn.InstanceNorm2d(2), [(2, 2, 2, 3)]),
    (lambda: nn.GroupNorm(2, 4), [(2, 4, 3)]),
    (lambda: nn.LayerNorm((2, 3)), [(3, 2, 3)]),
    (lambda: nn.RMSNorm(4), [(3, 4)]),
    (lambda: nn.LocalResponseNorm(3, 0.5, 1.5, 2.0), [(2, 5, 2)]),
    (lambda: nn.LocalResponseNorm(2, 0.5), [(1, 4, 2, 2)]),
    (lambda: nn.Conv1d(2, 3, 2, stride=2, padding=1), [(2, 2, 6)]),
    (lambda: nn.Conv2d(4, 2, (2, 3), padding=(0, 1), groups=2), [(2, 4, 3, 4)]),
    (lambda: nn.Conv3d(2, 2, 2, dilation=(1, 1, 2)), [(1, 2, 3, 2, 4)]),
    (lambda: nn.ConvTranspose1d(2, 3, 3, 2, 1, 1), [(2, 2, 3)]),
    (lambda: nn.ConvTranspose2d(2, 4, 2, (2, 1), groups=2, dilation=(1, 2)), [(1, 2, 3, 2)]),
    (lambda: nn.MaxPool1d(2), [(2, 2, 5)]),
    (lambda: nn.MaxPool2d(3, 2, 1), [(2, 2, 5, 4)]),
    (lambda: nn.MaxPool3d(2, 1, dilation=(1, 2, 1)), [(1, 2, 3, 3, 3)]),
    (lambda: nn.AvgPool1d(3, 1, 1), [(2, 2, 4)]),
    (lambda: nn.AvgPool2d((2, 3), 1, (0, 1)), [(2, 2, 3, 4)]),
    (lambda: nn.AdaptiveAvgPool1d(3), [(2, 2, 5)]),
    (lambda: nn.AdaptiveAvgPool2d((2, 3)), [(1, 2, 5, 4)]),
    (lambda: nn.AdaptiveMaxPool2d((3, 2)), [(1, 2, 5, 4)]),
    (lambda: nn.Unfold((2, 3), padding=1, stride=2), [(2, 2, 4, 5)]),
    (lambda: nn.Fold((4, 3), 2, padding=(1, 0)), [(2, 8, 10)]),
    (lambda: nn.ConstantPad1d((1, 2), 0.5), [(2, 2, 3)]),
    (lambda: nn.ConstantPad2d((1, 0, 2, 1), -1.5), [(1, 2, 2, 3)]),
    (lambda: nn.ZeroPad2d((0, 1, 1, 2)), [(1, 2, 2, 3)]),
    (lambda: nn.ReflectionPad2d((2, 1, 0, 1)), [(1, 2, 2, 4)]),
    (lambda: nn.ReplicationPad1d((2, 1)), [(2, 2, 3)]),
    (lambda: nn.ReplicationPad2d((2, 1, 0, 3)), [(1, 2, 2, 3)]),
    (lambda: nn.Upsample(scale_factor=2), [(1, 2, 2, 3)]),
    (lambda: nn.Upsample((5, 4), mode="bilinear"), [(1, 2, 2, 3)]),
    (lambda: nn.PixelShuffle(2), [(2, 8, 2, 3)]),
    (nn.Flatten, [(2, 3, 2)]),
    (lambda: nn.Unflatten(1, (3, 2)), [(2, 6)]),
    (lambda: nn.RNNCell(3, 2), [(4, 3), (4, 2)]),
    (lambda: nn.RNNCell(3, 2, nonlinearity="relu"), [(4, 3), (4, 2)]),
    (lambda: nn.LSTMCell(3, 2), [(4, 3), (4, 2), (4, 2)]),
    (lambda: nn.GRUCell(3, 2), [(4, 3), (4, 2)]),
    (lambda: nn.RNN(3, 2, 2, "relu"), [(3, 2, 3), (2, 2, 2)]),
    (lambda: nn.RNN(3, 2, batch_first=True), [(2, 3, 3), (1, 2, 2)]),
    (lambda: nn.LSTM(3, 2, 2, bidirectional=True), [(3, 2, 3), (4, 2, 2), (4, 2, 2)]),
    (lambda: nn.GRU(3, 2, 2, bidirectional=True), [(3, 2, 3), (4, 2, 2)]),
    (lambda: nn.MultiheadAttention(4, 2), [(3, 2, 4), (4, 2, 4), (4, 2, 4)]),
    (lambda: nn.TransformerEncoderLayer(4, 2, 3, 0.0), [(3, 2, 4)]),
    (lambda: nn.TransformerEncoderLayer(4, 2, 3, 0.0, norm_first=True), [(3, 2, 4)]),
]  # fmt: skip


def flat(answer):
    """Nested tuples and lists as one list."""
    nested = isinstance(answer, (tuple, list))
    return [y for part in answer for y in flat(part)] if nested else [answer]


def made(make, rng, mode=""):
    """The layer in float64, with random parameters and statistics."""
    with ag.default_dtype(np.float64):
        layer = make()
    for p in layer.parameters():
        p.overwrite()[...] = rng.standard_normal(p.shape)
    for _, array in layer.named_buffers():
        array[...] = rng.integers(1, 9, array.shape) / 4
    return layer.train(mode != "eval")


def compare(layer, inputs, rng):
    """Results and gradients of a layer and of its twin; whole numbers have no gradient."""
    name = type(layer).__name__
    leaves = [Tensor(x, requires_grad=True) if x.dtype.kind == "f" else x for x in inputs]
    pair = name.startswith("LSTM")
    answers = flat(layer(leaves[0], tuple(leaves[1:])) if pair else layer(*leaves))
    upstream = [rng.standard_normal(y.shape) for y in answers]

    p = {key: values(parameter.numpy()) for key, parameter in layer.named_parameters()}
    twins = [values(x) if x.dtype.kind == "f" else x for x in inputs]
    results = flat(TWINS[name](layer, p, *twins))
    near = {"rtol": 1e-12, "atol": 1e-12}
    assert len(answers) == len(results)
    for y, twin in zip(answers, results, strict=True):
        np.testing.assert_allclose(y.numpy(), numbers(twin), **near)

    ag.total([ag.sum(y * g) for y, g in zip(answers, upstream, strict=True)]).backward()
    weighted = zip(results, upstream, strict=True)
    terms = [v for y, g in weighted for v in np.atleast_1d(y * g).flat if isinstance(v, Value)]
    ag.total(terms).backward()
    for leaf, twin in zip(leaves, twins, strict=True):
        if isinstance(leaf, Tensor):
            np.testing.assert_allclose(
                leaf.grad, each(lambda v: v.grad, twin).astype(float), **near
            )
    for key, parameter in layer.named_parameters():
        expected = each(lambda v: v.grad, p[key]).astype(float)
        np.testing.assert_allclose(parameter.grad, expected, **near, err_msg=key)


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case[0]()).__name__)
def test_layers_equal_their_twins(case, rng):
    make, shapes, *mode = case
    compare(made(make, rng, *mode), [1.5 * rng.standard_normal(shape) for shape in shapes], rng)


def test_an_embedding_equals_its_twin(rng):
    compare(made(lambda: nn.Embedding(5, 3), rng), [rng.integers(0, 5, (2, 4))], rng)


def test_every_layer_has_a_twin_that_is_compared():
    compared = {type(case[0]()).__name__ for case in CASES} | {"Embedding"}
    assert compared == TWINS.keys()
    assert TWINS.keys() | NO_TWIN == set(nn.layers.__all__)
