"""Taking the mean off and dividing by the spread, with the factor and offset that follow: one node.

Batch, layer, group, instance and RMS normalisation differ only in which elements are measured
together and how the weights lie. A `Layout` says both for the input seen with four axes, so there
is one kernel forward, one for the input's gradient and one for the weights'. Pooled statistics
fold the forward pass into y = x * scale + shift; samples measured one by one are measured,
normalised and weighted piece by piece. The gradient,

    weight / std * (g - mean(g) - xhat * mean(g * xhat)),    xhat = (x - mean) / std,

is an operation itself, whose own rules are made of ordinary operations: any order works.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np

import autograd as ag

Array = np.ndarray[Any, Any]
Four = tuple[int, int, int, int]
# Elements worked on at once: they stay in a core's cache between the steps, and the allocator
# keeps temporaries of this size, where it would hand twice as much back and fetch it anew.
CHUNK = 1 << 17
SHORT = 16  # rows below this length are not worth a call of BLAS each


class Layout(NamedTuple):
    """Which elements are measured together, and where the weights belong.

    view: the input's shape as four axes (n, c, k, l). One mean and spread is taken over the last
    two of them, and over the first as well if `pooled`. affine: the shape in which a weight
    broadcasts against the view. shape: the weight's own. centred: whether the mean is taken off.
    turned: the view has the samples last, see `as_it_lies`.
    """

    view: Four
    pooled: bool
    affine: Four
    shape: tuple[int, ...]
    eps: float
    centred: bool = True
    turned: bool = False

    @property
    def axes(self) -> tuple[int, ...]:
        """What a mean and spread run over."""
        return (0, 2, 3) if self.pooled else (2, 3)

    @property
    def size(self) -> int:
        """How many elements go into one mean; 1 if there are none, as nothing is to be nan."""
        return max(1, prod(self.view[axis] for axis in self.axes))

    def spread(self, weight: Any) -> Any:
        """A weight as it broadcasts against the view; a number stays one."""
        if isinstance(weight, np.ndarray):
            return weight.reshape(self.affine)
        return weight if isinstance(weight, float) else ag.reshape(weight, self.affine)

    def collect(self, x: Any) -> Any:
        """The reverse: the sum over all elements that share a weight."""
        if isinstance(x, np.ndarray) and self.pooled:
            return _sums(self.as_it_lies(x).seen(x), True).reshape(self.shape)
        if isinstance(x, np.ndarray) and prod(self.affine) == prod(self.view[1:]):
            # A weight for each element of a sample: the product takes a quarter of the sum's time.
            rows = x.reshape(self.view[0], prod(self.affine))
            return (np.ones(len(rows), x.dtype) @ rows).reshape(self.shape)
        x = ag.reshape(x, self.view)
        for axis in (3, 2, 1, 0):
            if self.affine[axis] == 1 != self.view[axis]:
                x = ag.sum(x, axis=axis, keepdims=True)
        return ag.reshape(x, self.shape)

    def chunks(self) -> Iterator[tuple[slice, ...]]:
        """The first axis piece by piece; the channels, if there is but one sample."""
        axis = int(self.pooled and self.view[0] == 1)
        step = max(1, CHUNK * self.view[axis] // max(1, prod(self.view)))
        for start in range(0, self.view[axis], step):
            yield (slice(None),) * axis + (slice(start, start + step),)

    def as_it_lies(self, x: Array) -> Layout:
        """For pooled statistics of an array whose samples lie innermost in memory, as those of a
        convolution do: the whole batch seen as one long sample, without a copy."""
        if not self.pooled or x.flags.c_contiguous or not _samples_last(x).flags.c_contiguous:
            return self
        n, c, k, length = self.view
        return self._replace(view=(1, c, 1, k * length * n), turned=True)

    def seen(self, x: Array) -> Array:
        """An array of the input's shape with four axes."""
        return (_samples_last(x) if self.turned else x).reshape(self.view)

    def empty(self, x: Array, *others: Any) -> Array:
        """Room for a result of this input and whatever goes with it."""
        dtype = np.result_type(x, *others)
        return np.empty_like(x, dtype) if self.turned else np.empty(x.shape, dtype)


def _samples_last(x: Array) -> Array:
    return x.transpose(*range(1, x.ndim), 0)


class Findings:
    """What one call found out about its input, so that backward need not find it out again.

    Forward measures mean and spread, and the rules read them; the rule of the input sums up the
    gradient, and the weights' reads that. Each finding is for one array: for any other (a nudged
    input, say) it is worked out anew.
    """

    def __init__(self) -> None:
        self._x: Any = None
        self._about: Any = None

    def measure(self, x: Array, layout: Layout) -> tuple[Any, Array]:
        """The mean (0 if it stays in) and 1 / std of each group, shaped to broadcast."""
        seen = layout.seen(x)
        mean = _sums(seen, layout.pooled) / layout.size if layout.centred else 0.0
        return self.learn(x, mean, _squares(seen, mean, layout) / layout.size, layout)

    def learn(self, x: Array, mean: Any, var: Array, layout: Layout) -> tuple[Any, Array]:
        """Keep what was measured somewhere else."""
        self.mean: Any = mean
        self.var: Array = var
        self.scale: Array = np.reciprocal(np.sqrt(var + layout.eps))
        self._x = weakref.ref(x)
        return mean, self.scale

    def recall(self, x: Array, layout: Layout) -> tuple[Any, Array]:
        """What `measure` found, if that was about this array."""
        if self._x is None or self._x() is not x:
            return self.measure(x, layout)
        return self.mean, self.scale

    def add_up(self, g: Array, x: Array, mean: Any, layout: Layout) -> tuple[Array, Array]:
        """The sums of g and of g * (x - mean) over each group."""
        seen = layout.seen(g)
        total = _sums(seen, layout.pooled)
        along = _dots(seen, layout.seen(x), layout.pooled) - mean * total
        self.remember(g, x, (total, along))
        return total, along

    def added(self, g: Array, x: Array, mean: Any, layout: Layout) -> tuple[Array, Array]:
        """What `add_up` found, if that was about this gradient. It is told once."""
        known: tuple[Array, Array] | None = self.remembered(g, x)
        return known or self.add_up(g, x, mean, layout)

    def remember(self, g: Array, x: Array, sums: Any) -> None:
        """Keep what one rule summed up over this gradient, for the rule of another input."""
        self._sums, self._about = sums, (weakref.ref(g), weakref.ref(x))

    def remembered(self, g: Array, x: Array) -> Any:
        """What was kept for these two, or None. It is told once."""
        known, self._about = self._about, None
        return self._sums if known and known[0]() is g and known[1]() is x else None


# --- kernels --------------------------------------------------------------------------------------


def _sums(x: Array, pooled: bool) -> Array:
    """Sums over each group, by products with ones: several times faster than numpy's sum."""
    n, c, k, length = x.shape
    if not pooled:
        return (x.reshape(n, c, k * length) @ np.ones(k * length, x.dtype)).reshape(n, c, 1, 1)
    if n == 1:
        return (x.reshape(c, k * length) @ np.ones(k * length, x.dtype)).reshape(1, c, 1, 1)
    columns = np.ones(n, x.dtype) @ x.reshape(n, c * k * length)
    total: Array = columns.reshape(c, k * length).sum(axis=1).reshape(1, c, 1, 1)
    return total


def _dots(a: Array, b: Array, pooled: bool) -> Array:
    """Sums of a * b over each group."""
    n, c, k, length = a.shape
    if pooled and k * length < SHORT:
        return _sums(a * b, True)
    dots = np.vecdot(a.reshape(n, c, k * length), b.reshape(n, c, k * length))
    sums: Array = dots.sum(axis=0) if pooled else dots
    return sums.reshape(-1, c, 1, 1)


def _squares(x: Array, mean: Any, layout: Layout) -> Array:
    """Sums of (x - mean) squared over each group: the mean goes first, so nothing cancels."""
    if not layout.centred:
        return _dots(x, x, layout.pooled)
    total = np.zeros((1 if layout.pooled else len(x), x.shape[1], 1, 1), x.dtype)
    for part in layout.chunks():
        off = x[part] - _part(mean, part)
        into = _part(total, part)
        into += _dots(off, off, layout.pooled)
    return total


def _row_sums(
    g: Array, x: Array, factor: Any, mean: Any, rate: Array, layout: Layout, spare: Array
) -> tuple[Array, Array, Array]:
    """For samples measured one by one: three sums, from one look at g and x.

    The sums of g * factor and of g * factor * (x - mean) over each group, and what each weight
    gets: the sum of g * (x - mean) * rate. `spare` is room to work in.
    """
    n, c, k, length = g.shape
    if layout.affine[3] == 1:  # a row has one weight: first the sums over rows
        sums = (g @ np.ones(length, g.dtype))[..., None]
        dots = np.vecdot(g, x)[..., None] - mean * sums
        total = (sums * factor).sum(axis=2, keepdims=True)
        along = (dots * factor).sum(axis=2, keepdims=True)
        return total, along, (dots * rate).sum(axis=0)
    rows, product = g.reshape(n, length), np.multiply(g, x, out=spare).reshape(n, length)
    weights = (np.ones((c, k, length), g.dtype) * factor).reshape(length)
    total = (rows @ weights).reshape(rate.shape)
    along = (product @ weights).reshape(rate.shape) - mean * total
    share = rate.reshape(n) @ product
    if layout.centred:
        share -= (mean * rate).reshape(n) @ rows
    return total, along, share


def _part(x: Any, part: tuple[slice, ...]) -> Any:
    """The piece of something per group or per weight that belongs to a piece of the view."""
    if not np.ndim(x):
        return x
    return x[tuple(s if n > 1 else slice(None) for s, n in zip(part, x.shape, strict=False))]


def _to_weight(g: Any, out: Any, x: Any, _w: Any, _b: Any, layout: Layout, found: Findings) -> Any:
    return weight_slope(g, x, layout, found)


def _to_input(g: Any, out: Any, x: Any, w: Any, _b: Any, layout: Layout, found: Findings) -> Any:
    return input_slope(g, x, w, layout, found)


def _to_bias(g: Any, out: Any, _x: Any, _w: Any, _b: Any, layout: Layout, found: Findings) -> Any:
    return layout.collect(g)


@ag.operation(
    vjp=(_to_input, _to_weight, _to_bias),
    scalar=None,
    form="standardised({}) * {} + {}",
    says="normalisation: an input gets the gradient times weight over spread, less what the mean "
    "and the spread of its group take back; a weight, gradient times normalised input, summed",
)
def standardised(x: Any, weight: Any, bias: Any, layout: Layout, found: Findings) -> Any:
    """(x - mean) / sqrt(var + eps) * weight + bias, mean and variance over each group.

    >>> layout = Layout((1, 1, 1, 3), False, (1, 1, 1, 3), (3,), 0.0)
    >>> standardised(np.array([1.0, 2.0, 3.0]), 1.0, 0.0, layout, Findings()).round(4)
    array([-1.2247,  0.    ,  1.2247])
    """
    layout = layout.as_it_lies(x)
    factor, offset = layout.spread(weight), layout.spread(bias)
    out = layout.empty(x, factor, offset)
    seen, into = layout.seen(x), layout.seen(out)
    if layout.pooled:
        mean, scale = found.measure(x, layout)
        scale = scale * factor
        np.multiply(seen, scale, out=into)
        into += offset - mean * scale
        return out
    var = np.empty((*layout.view[:2], 1, 1), x.dtype)
    means: Any = np.empty_like(var) if layout.centred else 0.0
    for part in layout.chunks():  # everything while a piece is in the cache
        off, some = seen[part], into[part]
        if layout.centred:
            means[part] = _sums(off, False) / layout.size
            off = np.subtract(off, means[part], out=some)
        var[part] = _dots(off, off, False) / layout.size
        rate = np.reciprocal(np.sqrt(var[part] + layout.eps))
        if layout.affine[3] == 1:  # one factor for a whole row
            np.multiply(off, rate * factor, out=some)
        else:
            np.multiply(off, rate, out=some)
            some *= factor
        some += offset
    found.learn(x, means, var, layout)
    return out


def _curvature(h: Any, out: Any, g: Any, x: Any, w: Any, layout: Layout, found: Findings) -> Any:
    """The gradient of sum(h * input_slope(g, x, w)) for x, in ordinary operations."""

    def mean(z: Any) -> Any:
        return ag.mean(z, axis=layout.axes, keepdims=True)

    def centre(z: Any) -> Any:
        return z - mean(z) if layout.centred else z

    seen = centre(ag.reshape(x, layout.view))
    scale = ag.rsqrt(mean(ag.square(seen)) + layout.eps)
    normal = seen * scale
    h = centre(ag.reshape(h, layout.view))
    g = centre(ag.reshape(g, layout.view) * layout.spread(w))
    along_g, along_h = mean(g * normal), mean(h * normal)
    stretch = mean(g * h) - 3.0 * along_g * along_h
    slope = -ag.square(scale) * (normal * stretch + along_h * g + along_g * h)
    return ag.reshape(slope, x.shape)


def _back_once(h: Any, x: Any, layout: Layout, found: Findings) -> Any:
    """What a gradient h becomes on its way through the plain standardisation: this is symmetric."""
    return ag.reshape(input_slope(h, x, 1.0, layout, found), layout.view)


@ag.operation(
    vjp=(
        lambda h, out, _g, x, w, layout, found: ag.reshape(
            _back_once(h, x, layout, found) * layout.spread(w), x.shape
        ),
        _curvature,
        lambda h, out, g, x, _w, layout, found: layout.collect(
            ag.reshape(g, layout.view) * _back_once(h, x, layout, found)
        ),
    ),
    scalar=None,
    form="gradient_through_standardised({}, {}, {})",
    says="the gradient through a normalisation: linear and symmetric in the gradient",
)
def input_slope(g: Any, x: Any, weight: Any, layout: Layout, found: Findings) -> Any:
    """weight / std * (g - mean(g) - xhat * mean(g * xhat)), over each group."""
    layout = layout.as_it_lies(x)
    mean, scale = found.recall(x, layout)
    factor = layout.spread(weight)
    out = layout.empty(x, g, factor)
    seen, came, into = map(layout.seen, (x, g, out))
    if layout.pooled:
        came_in, along = found.add_up(g, x, mean, layout)
        by_g = factor * scale
        by_x = -by_g * scale * scale * along / layout.size
        rest = -by_g * came_in / layout.size - mean * by_x
        for part in layout.chunks():
            some = into[part]
            np.multiply(seen[part], _part(by_x, part), out=some)
            some += _part(rest, part)
            some += came[part] * _part(by_g, part)
        return out
    shares = np.zeros(layout.shape, out.dtype)
    for part in layout.chunks():
        some, here, rate, middle = into[part], seen[part], scale[part], _part(mean, part)
        total, along, share = _row_sums(came[part], here, factor, middle, rate, layout, some)
        shares += share.reshape(layout.shape)
        by_x = along * (rate * rate * rate / layout.size)
        if layout.affine[3] == 1:
            np.multiply(came[part], factor * rate, out=some)
        else:
            np.multiply(came[part], factor, out=some)
            some *= rate
        some -= here * by_x
        if layout.centred:
            some -= total * rate / layout.size - middle * by_x
    found.remember(g, x, shares)
    return out


@ag.operation(
    vjp=(
        lambda h, out, _g, x, layout, found: ag.reshape(
            ag.reshape(standardised(x, 1.0, 0.0, layout, found), layout.view) * layout.spread(h),
            x.shape,
        ),
        lambda h, out, g, x, layout, found: input_slope(g, x, h, layout, found),
    ),
    scalar=None,
    form="gradient_times_standardised({}, {})",
    says="gradient times normalised input, summed: each gets the other, and the input's mean and "
    "spread take their part back",
)
def weight_slope(g: Any, x: Any, layout: Layout, found: Findings) -> Any:
    """The sum of g * xhat over all elements that share a weight."""
    layout = layout.as_it_lies(x)
    mean, scale = found.recall(x, layout)
    if layout.pooled:
        return (found.added(g, x, mean, layout)[1] * scale).reshape(layout.shape)
    known: Array | None = found.remembered(g, x)
    if known is not None:
        return known
    seen, came = x.reshape(layout.view), g.reshape(layout.view)
    shares = np.zeros(layout.shape, np.result_type(g, x))
    for part in layout.chunks():
        some, rate, middle = came[part], scale[part], _part(mean, part)
        spare = np.empty(some.shape, shares.dtype)
        share = _row_sums(some, seen[part], 1.0, middle, rate, layout, spare)[2]
        shares += share.reshape(layout.shape)
    return shares
