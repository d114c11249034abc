"""What to feed to each operation: one line per Op.

The key is the name of the variable that holds the Op (`module.name` if two modules use one
name). `each(...)` is for elementwise operations: one domain per input. `arrays(...)` is for the
others: one shape, or one function of a Generator, per input, and the parameters by name.
`through(...)` takes the parameters from a call of the public function, where that works them out
from the shapes. A list of samples tries the operation in several ways.

Domains keep away from kinks: all kinks of the elementwise operations lie at multiples of one
half, and `real` and `other` stay a tenth away from those, and from each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d
from autograd.ops.diagonals import diag, diagonal, trace
from autograd.ops.indexing import index_add, put, take, take_along_axis
from autograd.ops.indices import Index
from autograd.ops.joining import concatenate, stack
from autograd.ops.linalg import solve
from autograd.ops.op import Op
from autograd.ops.pool import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from autograd.ops.rearranging import flip, pad, repeat, roll, tile
from autograd.ops.shape import (
    expand_dims,
    flatten,
    moveaxis,
    reshape,
    squeeze,
    transpose,
    unbroadcast,
)
from autograd.ops.subscripts import einsum, tensordot
from autograd.ops.window import Window, fold, unfold

Rng = np.random.Generator
Array = np.ndarray[Any, Any]
Domain = Callable[[Rng, tuple[int, ...]], Any]
Operand = tuple[int, ...] | Callable[[Rng], Any]


@dataclass(frozen=True)
class Sample:
    """How to draw operands and parameters for one Op."""

    domains: tuple[Domain, ...] = ()
    operands: tuple[Operand, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    public: Callable[..., Any] | None = None  # what works the parameters out
    known: dict[Any, dict[str, Any]] = field(default_factory=dict)  # parameters worked out so far
    constant: tuple[int, ...] = ()  # inputs that never get a gradient, for ManyOps
    symmetric: bool = False  # the operand is a symmetric matrix, and so is its gradient
    resizes: bool = True  # False: the parameters are for these shapes only
    float32: bool = True  # whether float32 in gives float32 out

    def draw(self, rng: Rng, shapes: tuple[tuple[int, ...], ...] | None = None) -> list[Any]:
        """One operand per input; `shapes` is for elementwise operations only."""
        if self.domains:
            shapes = shapes or ((3, 4),) * len(self.domains)
            return [domain(rng, shape) for domain, shape in zip(self.domains, shapes, strict=True)]
        return [x(rng) if callable(x) else spaced(rng, x) for x in self.operands]

    def params(self, op: Op, operands: Sequence[Any]) -> dict[str, Any]:
        """The parameters of the Op for these operands."""
        if self.public is None:
            return self.parameters
        key = tuple(np.shape(x) for x in operands)
        if key not in self.known:
            nodes = [Tensor(x, requires_grad=np.asarray(x).dtype.kind == "f") for x in operands]
            node = self.public(*nodes)
            assert node.op is op, f"the sample of {op.name} leads to {node.op}"
            self.known[key] = node.params
        return self.known[key]


def each(*domains: Domain) -> Sample:
    """An elementwise operation: a domain per input."""
    return Sample(domains=domains)


def arrays(
    *operands: Operand,
    constant: tuple[int, ...] = (),
    float32: bool = True,
    resizes: bool = True,
    symmetric: bool = False,
    **params: Any,
) -> Sample:
    """An operation on arrays: a shape or a drawing function per input, and parameters."""
    return Sample(
        operands=operands,
        parameters=params,
        constant=constant,
        float32=float32,
        resizes=resizes,
        symmetric=symmetric,
    )


def through(public: Callable[..., Any], *operands: Operand, float32: bool = True) -> Sample:
    """An operation that `public`, called with the operands, ends in."""
    return Sample(operands=operands, public=public, float32=float32)


# --- domains: numbers of a kind, in any shape ----------------------------------------------------


def _between_halves(rng: Rng, shape: tuple[int, ...], low: int, high: int, at: float) -> Array:
    """Multiples of one half from low/2 to high/2, plus `at` and a little."""
    return rng.integers(low, high, size=shape) / 2 + at + rng.uniform(0.0, 0.08, size=shape)


def real(rng: Rng, shape: tuple[int, ...]) -> Array:
    return _between_halves(rng, shape, -7, 7, 0.12)


def other(rng: Rng, shape: tuple[int, ...]) -> Array:
    """As `real`, and never close to a number from there."""
    return _between_halves(rng, shape, -7, 7, 0.32)


def third(rng: Rng, shape: tuple[int, ...]) -> Array:
    """As `other`, but far to the right: an upper bound."""
    return _between_halves(rng, shape, 8, 12, 0.32)


def positive(rng: Rng, shape: tuple[int, ...]) -> Array:
    return _between_halves(rng, shape, 1, 7, 0.12)


def inside(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Between -0.9 and 0.9, not at 0."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.1, 0.9, size=shape)


def above_one(rng: Rng, shape: tuple[int, ...]) -> Array:
    return _between_halves(rng, shape, 2, 7, 0.12)


def yes_or_no(rng: Rng, shape: tuple[int, ...]) -> Array:
    return rng.random(shape) < 0.5


def between_tenths(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Small thresholds, never the size of a number from `real`."""
    return rng.integers(1, 3, size=shape) / 2 + 0.25


def fixed(number: Any) -> Domain:
    """Always this one number."""
    return lambda _rng, _shape: number


# --- operands of array operations ----------------------------------------------------------------


def spaced(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Numbers in random order, positive and negative, no two close together, none close to 0."""
    n = int(np.prod(shape))
    numbers = (np.arange(n) - n / 2 + 0.25 + rng.uniform(0.0, 0.3, n)) * (4.0 / max(n, 8))
    return rng.permutation(numbers).reshape(shape)


def above(lowest: float, shape: tuple[int, ...]) -> Callable[[Rng], Array]:
    """As `spaced`, shifted: all above `lowest`."""
    return lambda rng: spaced(rng, shape) + 2.5 + lowest


def yes_no(*shape: int) -> Callable[[Rng], Array]:
    return lambda rng: rng.random(shape) < 0.5


def whole(high: int, *shape: int) -> Callable[[Rng], Array]:
    """Integers from 0 to high - 1: indices."""
    return lambda rng: rng.integers(0, high, size=shape)


def this(array: Any) -> Callable[[Rng], Any]:
    """Exactly these numbers."""
    return lambda _rng: np.asarray(array)


def regular(n: int, *batch: int) -> Callable[[Rng], Array]:
    """Square matrices that are easy to invert."""
    return lambda rng: rng.normal(size=(*batch, n, n)) + n * np.eye(n)


def definite(n: int, *batch: int) -> Callable[[Rng], Array]:
    """Symmetric positive definite matrices."""

    def draw(rng: Rng) -> Array:
        a = rng.normal(size=(*batch, n, n))
        return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)

    return draw


TWO_PARTS = ((slice(None), slice(0, 3)), (slice(None), slice(3, 5)))
WINDOW = Window(
    size=(3, 5), out=(2, 3), kernel=(2, 3), stride=(2, 1), padding=(1, 0), dilation=(1, 1)
)
REDUCED = [
    arrays((2, 3, 4), axis=(0, -1)),
    arrays((2, 3, 4), axis=-2, keepdims=True),
    arrays((3, 4)),
]

DIFFERENT = [arrays((), (), (), ()), arrays(this(3.0), this(2.0), this(-1.0)), arrays(())]
POOL = Window(
    size=(3, 3), out=(2, 2), kernel=(2, 2), stride=(1, 1), padding=(0, 0), dilation=(1, 1)
)
POOLED = [[[3.0, 4.0, 2.0], [1.0, 5.0, 0.0], [8.0, 6.0, 4.0]]]
WINNERS = [[[5.0, 5.0], [8.0, 6.0]]]

# --- the table -----------------------------------------------------------------------------------

SAMPLES: dict[str, Sample | list[Sample]] = {
    # arithmetic
    "greater": each(real, other),
    "greater_equal": each(real, other),
    "less": each(real, other),
    "less_equal": each(real, other),
    "equal": each(real, other),
    "not_equal": each(real, other),
    "wins": each(real, other),
    "undercuts": each(real, other),
    "gate": each(real, yes_or_no),
    "block": each(real, yes_or_no),
    "zero": each(real),
    "add": each(real, other),
    "subtract": each(real, other),
    "multiply": each(real, other),
    "divide": each(real, other),
    "negative": each(real),
    "abs": each(real),
    "sign": each(real),
    "_round": each(real, fixed(1)),
    "unless_zero": each(real, other),
    "over": each(real, other),
    "square": each(real),
    "reciprocal": each(real),
    "floor": each(real),
    "ceil": each(real),
    # choose
    "if_wins": each(real, real, other),
    "unless_wins": each(real, real, other),
    "if_undercuts": each(real, real, other),
    "unless_undercuts": each(real, real, other),
    "halved": each(real, real, other),
    "_maximum_first": each(real, other),
    "_maximum_split": each(real, other),
    "_minimum_first": each(real, other),
    "_minimum_split": each(real, other),
    "between": each(real, real, other, third),
    "_clip": [each(real, other, third), each(third, real, other), each(positive, other, third)],
    "where": each(yes_or_no, real, other),
    "_masked_fill": each(real, yes_or_no, other),
    "_nan_to_num": each(real, other, third, positive),
    # transcendental
    "power": each(positive, other),
    "lowered": each(real, other),
    "log_base": each(positive, other),
    "sqrt": each(positive),
    "rsqrt": each(positive),
    "exp": each(real),
    "exp2": each(real),
    "expm1": each(real),
    "log": each(positive),
    "log2": each(positive),
    "log10": each(positive),
    "log1p": each(positive),
    "logaddexp": each(real, other),
    "portion": each(real, other),
    "erf": each(real),
    "erfc": each(real),
    # trigonometry
    "sin": each(real),
    "cos": each(real),
    "tan": each(inside),
    "arcsin": each(inside),
    "arccos": each(inside),
    "arctan": each(real),
    "arctan2": each(real, other),
    "sinh": each(real),
    "cosh": each(real),
    "tanh": each(real),
    "arcsinh": each(real),
    "arccosh": each(above_one),
    "arctanh": each(inside),
    "hypot": each(real, other),
    "sinc": each(real),
    "sinc_ratio": each(real),
    # activation
    "sigmoid": each(real),
    "logsigmoid": each(real),
    "_softplus": [each(real, positive, fixed(20.0)), each(real, positive, fixed(0.3))],
    "softplus_slope": each(real, positive, fixed(20.0)),
    "silu": each(real),
    "mish": each(real),
    "_gelu": each(real),
    "_gelu_tanh": each(real),
    "_elu": each(real, positive),
    "elu_slope": each(real, positive),
    "selu": each(real),
    "_celu": each(real, positive),
    "softsign": each(real),
    "tanhshrink": each(real),
    "softmax": [arrays((2, 3)), arrays((2, 3, 2), axis=(0, -1))],
    "log_softmax": [arrays((2, 3)), arrays((2, 3), axis=None)],
    # piecewise
    "relu": each(real),
    "leak": each(real, real, positive),
    "_leaky_relu": each(real, positive),
    "within": each(real, real, other, third),
    "_hardtanh": [each(real, other, third), each(third, real, other)],
    "relu6": [each(real), each(third)],
    "hardsigmoid": each(real),
    "hardswish": each(real),
    "hardswish_slope": each(real),
    "beyond": each(real, real, fixed(0.5)),
    "_softshrink": [each(real, fixed(0.5)), each(real, between_tenths)],
    "_hardshrink": each(real, fixed(0.5)),
    "_threshold": each(real, fixed(0.5), other),
    # shape
    "_unbroadcast": [
        through(lambda x: unbroadcast(x, (3, 1)), (2, 3, 4)),
        through(lambda x: unbroadcast(x, ()), (2, 3)),
    ],
    "spread": [arrays((1, 3), (4, 3)), arrays((), (2, 3)), arrays((3,), (2, 3))],
    "_broadcast_to": arrays((3, 1), shape=(2, 3, 4)),
    "_astype": [
        arrays((2, 3), dtype=np.dtype(np.float64), float32=False),
    ],
    "copy": each(real),
    "item": arrays((1, 1), float32=False),
    "_reshape": [
        through(lambda x: reshape(x, (3, -1)), (2, 6)),
        through(lambda x: reshape(x, x.shape[::-1]), (2, 3, 4)),
    ],
    "_flatten": through(lambda x: flatten(x, -2), (2, 3, 4)),
    "_expand_dims": through(lambda x: expand_dims(x, (0, -1)), (2, 3)),
    "_squeeze": through(lambda x: squeeze(x, -2), (2, 1, 3)),
    "_transpose": [
        through(transpose, (2, 3, 4)),
        through(lambda x: transpose(x, (2, 0, -2)), (2, 3, 4)),
    ],
    "_moveaxis": through(lambda x: moveaxis(x, (0, -1), (-2, 0)), (2, 3, 4)),
    "swapaxes": arrays((2, 3, 4), axis1=-1, axis2=0),
    # rearranging
    "_flip": through(lambda x: flip(x, (0, -1)), (2, 3, 4)),
    "_roll": [
        through(lambda x: roll(x, (1, -2), (0, -1)), (2, 3, 4)),
        through(lambda x: roll(x, 5), (2, 3)),
    ],
    "_roll_back": arrays((2, 3), shift=1, axis=-1),
    "_repeat": [
        through(lambda x: repeat(x, 2, -1), (2, 3)),
        arrays((2, 3), repeats=(2, 0, 1), axis=1, resizes=False),
    ],
    "gather_repeats": [
        arrays((2, 6), repeats=(2, 2, 2), axis=1, resizes=False),
        arrays((4, 2), repeats=(3, 0, 1), axis=0, resizes=False),
    ],
    "_tile": through(lambda x: tile(x, (2, 1, 3)), (2, 3)),
    "gather_tiles": arrays((4, 6), reps=(2, 2), before=(2, 3), resizes=False),
    "_pad": [
        through(lambda x: pad(x, ((1, 0), (2, 1)), constant_values=0.3), (2, 3)),
        through(lambda x: pad(x, ((1, 0), (2, 1)), mode="edge"), (2, 3)),
        through(lambda x: pad(x, ((1, 1), (2, 1)), mode="reflect"), (2, 3)),
        through(lambda x: pad(x, ((1, 3), (2, 1)), mode="wrap"), (2, 3)),
    ],
    "_pad_zeros": [
        arrays((2, 3), widths=((1, 0), (2, 1)), mode="constant"),
        arrays((2, 3), widths=((1, 0), (2, 1)), mode="edge"),
    ],
    "fold_border": [
        arrays((3, 6), widths=((1, 0), (2, 1)), mode="constant", resizes=False),
        arrays((4, 6), widths=((1, 1), (2, 1)), mode="reflect", resizes=False),
        arrays((4, 6), widths=((1, 1), (2, 1)), mode="wrap", resizes=False),
    ],
    # joining
    "part": arrays((2, 5), i=1, parts=TWO_PARTS, shape=(2, 5), resizes=False),
    "place": arrays((2, 2), i=1, parts=TWO_PARTS, shape=(2, 5), resizes=False),
    "_concatenate": through(lambda *xs: concatenate(xs, -1), (2, 3), (2, 1), (2, 4)),
    "_stack": [
        through(lambda *xs: stack(xs, -1), (2, 3), (2, 3)),
        through(lambda *xs: stack(xs), (), (), ()),
    ],
    # indexing
    "_getitem": [
        through(lambda x: x[::2, [1, 1, 3]], (4, 5)),
        through(lambda x: x[-1, ..., None], (4, 5)),
        through(lambda x: x[[2, 0, 2], 1:], (4, 5)),
        through(lambda x: x[np.array([True, False, True, False])], (4, 5)),
        through(lambda x: x[[0, 1, 1], :, [2, 2, 2]], (2, 3, 4)),
    ],
    "put_back": [
        arrays((3, 5), index=Index(([2, 0, 2],), (4, 5)), resizes=False),
        arrays((2,), index=Index((slice(1, 3), -1), (4, 5)), resizes=False),
    ],
    "_take": [
        through(lambda x: take(x, [[0, -1], [1, 1]], -1), (2, 3)),
        through(lambda x: take(x, [5, 0, 5]), (2, 3)),
    ],
    "_take_rows": [
        through(lambda x: take(x, [[0, -1], [1, 1]], 0, sparse=True), (3, 2)),
        through(lambda x: take(x, [], 0, sparse=True), (2, 3)),
        through(lambda x: take(x, 1, 0, sparse=True), (4,)),
    ],
    "_take_along_axis": through(lambda x: take_along_axis(x, [[0, 2, 2], [1, 0, 0]], -1), (2, 3)),
    "_put": [
        through(lambda x, v: put(x, ([0, 2, 0], [1, 1, 1]), v), (3, 4), (3,)),
        through(lambda x, v: put(x, (slice(1, None), 2), v), (3, 4), ()),
    ],
    "_index_add": through(lambda x, v: index_add(x, -1, [0, 2, 2], v), (2, 4), (2, 3)),
    "erase": arrays((3, 4), index=Index(([0, 2, 0],), (3, 4)), resizes=False),
    "pick_last": arrays((3, 4), index=Index(([0, 2, 0],), (3, 4)), resizes=False),
    "put_last": arrays((3, 4), index=Index(([0, 2, 0],), (3, 4)), resizes=False),
    # diagonals
    "_diagonal": through(lambda x: diagonal(x, 1, -1, 0), (3, 2, 4)),
    "_on_diagonal": arrays((2, 3), offset=-1, axes=(0, 2), shape=(4, 2, 5), resizes=False),
    "_diag": through(lambda x: diag(x, -2), (3,)),
    "_trace": through(lambda x: trace(x, -1), (3, 4, 2)),
    "tril": arrays((2, 3, 4), k=-1),
    "triu": arrays((3, 4), k=1),
    # reductions
    "reduce.sum": REDUCED,
    "expand_back": [
        arrays((2, 4), (2, 3, 4), axis=-2, keepdims=False),
        arrays((), (2, 3), axis=None, keepdims=False),
    ],
    "mean": REDUCED,
    "share_out": arrays((2, 4), (2, 3, 4), axis=-2, keepdims=False, ddof=1, resizes=False),
    "gathered": arrays((2, 3, 4), axis=(0, -1), keepdims=True, ddof=1),
    "ratio": each(real, other),
    "centred": arrays((2, 3, 4), axis=(0, -1)),
    "var": [*REDUCED, arrays((2, 3), axis=1, ddof=1)],
    "std": [*REDUCED, arrays((2, 3), axis=1, ddof=1)],
    "prod": [*REDUCED, arrays(this([[2.0, 0.0, -3.0], [0.0, 0.0, 1.5]]), axis=1)],
    "logsumexp": REDUCED,
    "softmax_over": [arrays((2, 3, 4), axis=(0, -1)), arrays((2, 3), axis=None)],
    "_norm_2": REDUCED,
    "_norm_1": REDUCED,
    "_norm_inf": [*REDUCED, arrays((2, 3), axis=-1, largest=False)],
    "_norm_p": [
        arrays((2, 3, 4), ord=3, axis=(0, -1)),
        arrays((2, 3), ord=1.5),
        arrays((2, 3), ord=-2, axis=1, keepdims=True),
    ],
    "signed_power": arrays((2, 3), p=1.7),
    "power_of_size": arrays((2, 3), p=-0.7),
    # order
    "_max": [*REDUCED, arrays((2, 3), axis=-1, ties="split")],
    "_min": [*REDUCED, arrays((2, 3), axis=-1, ties="split")],
    "to_winner": [
        arrays((2, 4), (2, 3, 4), axis=1, keepdims=False, largest=True, ties="first"),
        arrays((2, 4), (2, 3, 4), axis=1, keepdims=False, largest=False, ties="split"),
    ],
    "from_winner": [
        arrays((2, 3, 4), (2, 3, 4), axis=1, keepdims=False, largest=True, ties="first"),
        arrays((2, 3, 4), (2, 3, 4), axis=1, keepdims=True, largest=False, ties="split"),
    ],
    "_argmax": arrays((2, 3), axis=-1, keepdims=False, name="argmax"),
    "_argsort": arrays((2, 3), axis=0),
    "_sort": arrays((3, 4), axis=0),
    "_topk": [
        arrays((3, 4), k=2, axis=-1, largest=True),
        arrays((3, 4), k=2, axis=0, largest=False),
    ],
    "to_ranked": arrays((3, 2), (3, 4), axis=-1, k=2, largest=True),
    "from_ranked": arrays((3, 4), (3, 4), axis=0, k=2, largest=False),
    "median": [*REDUCED, arrays((2, 4), axis=1)],
    "to_middle": arrays((2, 4), (2, 3, 4), axis=1, keepdims=False, resizes=False),
    "from_middle": arrays((2, 3, 4), (2, 3, 4), axis=(0, 1), keepdims=False, resizes=False),
    # running results
    "carry": [arrays((2, 4), (2, 4), axis=-1), arrays((2, 3), (2, 3))],
    "carry_back": [arrays((2, 4), (2, 4), axis=0), arrays((2, 3), (2, 3))],
    "products_before": [arrays((2, 4), axis=-1), arrays((2, 3))],
    "products_after": [arrays((2, 4), axis=-1), arrays((2, 3))],
    "flat": arrays((2, 3)),
    "unflat": arrays((6,), (2, 3)),
    "_cumsum": [arrays((2, 4), axis=-1), arrays((3, 2), axis=0)],
    "cumsum_back": arrays((2, 4), axis=-1),
    "_cumprod": [arrays((2, 4), axis=-1), arrays(this([2.0, 0.0, -3.0, 0.0, 1.5]), axis=0)],
    "_cummax": arrays((2, 5), axis=-1),
    "_cummin": arrays((5, 2), axis=0),
    "to_leaders": arrays((2, 5), (2, 5), axis=-1, largest=True),
    "from_leaders": arrays((2, 5), (2, 5), axis=-1, largest=False),
    "exp_gap": arrays((2, 3), (2, 3)),
    "previous": arrays((2, 4), axis=-1),
    "following": arrays((2, 4), axis=-1),
    "shifted": arrays((2, 4), axis=0),
    "_logcumsumexp": [arrays((2, 4), axis=-1), arrays((4, 2), axis=0)],
    # products of matrices
    "matmul": [
        arrays((2, 3), (3, 4)),
        arrays((3,), (3, 4)),
        arrays((2, 3), (3,)),
        arrays((3,), (3,)),
        arrays((2, 1, 2, 3), (4, 3, 2)),
        arrays((4, 2, 3), (3,)),
        arrays((3, 2, 4), (4, 2)),
        arrays((2, 3), (4, 3, 2)),
    ],
    "matmul_left": [
        arrays((2, 4), (3, 4), (2, 3)),
        arrays((2,), (3,), (2, 3)),
        arrays((5, 2, 4), (5, 3, 4), (2, 3)),
        arrays((5, 4), (5, 3, 4), (3,)),
        arrays((2, 4, 2, 2), (4, 3, 2), (2, 1, 2, 3)),
    ],
    "matmul_right": [
        arrays((2, 4), (2, 3), (3, 4)),
        arrays((4,), (3,), (3, 4)),
        arrays((5, 2), (5, 2, 3), (3,)),
        arrays((), (3,), (3,)),
        arrays((2, 4, 2, 2), (2, 1, 2, 3), (4, 3, 2)),
    ],
    "linear_weight": arrays((2, 4, 3), (2, 4, 5)),
    "_linear": arrays((2, 4, 3), (5, 3)),
    "_linear_bias": [arrays((2, 4, 3), (5, 3), (5,)), arrays((3,), (5, 3), (5,))],
    "outer": [arrays((3,), (2,)), arrays((2, 3), (2,))],
    "outer_left": arrays((3, 2), (2,), (3,)),
    "outer_right": arrays((3, 2), (3,), (2,)),
    "kron": [arrays((2, 3), (3, 2)), arrays((3,), (2, 2))],
    "kron_left": arrays((6, 6), (3, 2), (2, 3)),
    "kron_right": arrays((6, 6), (2, 3), (3, 2)),
    # einsum
    "_arrange": [
        through(lambda x: einsum("iij->ji", x), (3, 3, 2)),
        through(lambda x: einsum("abc->ca", x), (2, 3, 4)),
    ],
    "rearrange": [
        arrays((2, 3), (3, 3, 2), source="iij", target="ji"),
        arrays((4, 2), (2, 3, 4), source="abc", target="ca"),
    ],
    "_contract": [
        through(lambda x, y: einsum("bij,bkj->ikb", x, y), (2, 3, 4), (2, 5, 4)),
        through(lambda x, y: einsum("i,i", x, y), (4,), (4,)),
        through(lambda x, y: einsum("ab,cb->bca", x, y), (2, 3), (4, 3)),
        through(lambda x, y: tensordot(x, y, ((0, -1), (1, 0))), (2, 3, 4), (4, 2, 3)),
    ],
    # linear algebra
    "swap_last": arrays((2, 3, 4)),
    "inv": [arrays(regular(3)), arrays(regular(2, 3))],
    "column": [arrays((2, 3), vector=True), arrays((2, 3), vector=False)],
    "uncolumn": [arrays((3, 1), vector=True), arrays((3, 2), vector=False)],
    "_solve": [
        through(solve, regular(3), (3,)),
        through(solve, regular(3), (3, 2)),
        through(solve, regular(3, 2), (3, 2)),
        through(solve, regular(3), (2, 3, 1)),
    ],
    "as_matrix": arrays((2, 3)),
    "from_matrix": arrays((2, 1, 1)),
    "det": [arrays(regular(3)), arrays(regular(2, 3)), arrays(regular(1))],
    "cofactors": [arrays(regular(3)), arrays(regular(2, 2))],
    "logdet": [arrays(regular(3)), arrays(regular(2, 3))],
    "half_lower": arrays((2, 3, 3)),
    "cholesky": [arrays(definite(3), symmetric=True), arrays(definite(2, 3), symmetric=True)],
    # many scalars
    "_dot": arrays((), (), (), (), (), ()),
    "_total": arrays((), (), ()),
    "place_of_max": arrays((), (), ()),
    "place_of_min": arrays((), (), ()),
    "count_of_max": arrays((), (), ()),
    "count_of_min": arrays((), (), ()),
    "at_place": each(real, fixed(2.0), fixed(2.0)),
    "if_best": each(real, real, other, fixed(2.0)),
    "_max_first": DIFFERENT,
    "_min_first": DIFFERENT,
    "_max_split": DIFFERENT,
    "_min_split": DIFFERENT,
    # convolution
    "conv_rules.conv": [
        through(
            lambda x, w: conv2d(x, w, stride=(2, 1), padding=(1, 0)), (2, 2, 4, 5), (3, 2, 2, 3)
        ),
        through(lambda x, w: conv1d(x, w, dilation=2, groups=2, padding=1), (2, 4, 6), (2, 2, 3)),
        through(lambda x, w: conv1d(x, w, padding="same"), (5, 6), (2, 5, 2)),
        through(lambda x, w: conv3d(x, w), (1, 1, 2, 3, 3), (2, 1, 2, 2, 1)),
    ],
    "conv_bias": [
        through(lambda x, w, b: conv2d(x, w, b, stride=2), (2, 1, 3, 4), (2, 1, 2, 2), (2,)),
        through(lambda x, w, b: conv1d(x, w, b, padding=2), (1, 5, 4), (3, 5, 2), (3,)),
    ],
    "conv_transpose": [
        through(
            lambda x, w: conv_transpose2d(x, w, stride=2, padding=1, output_padding=(1, 0)),
            (2, 2, 2, 3),
            (2, 3, 2, 3),
        ),
        through(lambda x, w: conv_transpose1d(x, w, dilation=2, groups=2), (1, 4, 3), (4, 2, 2)),
    ],
    "conv_transpose_bias": through(
        lambda x, w, b: conv_transpose1d(x, w, b, stride=2), (2, 2, 3), (2, 3, 2), (3,)
    ),
    "conv_weight_gradient": arrays((2, 3, 2, 3), (2, 2, 3, 5), window=WINDOW, resizes=False),
    "channel_sum": arrays((2, 3, 2, 3), window=WINDOW, resizes=False),
    "channel_spread": arrays((3,), (2, 3, 2, 3), window=WINDOW, resizes=False),
    # windows
    "max_pool": [
        through(lambda x: max_pool2d(x, 2), (2, 2, 4, 6)),
        through(lambda x: max_pool2d(x, (2, 3), stride=1, padding=1), (1, 2, 4, 5)),
        through(lambda x: max_pool1d(x, 2, stride=3, dilation=2, ceil_mode=True), (2, 2, 8)),
        through(lambda x: max_pool2d(x, 2, stride=1, ties="split"), (1, 3, 4)),
        through(lambda x: max_pool3d(x, 2), (1, 1, 2, 4, 3)),
    ],
    "pool_route": [
        arrays((1, 2, 2), this(POOLED), this(WINNERS), window=POOL, resizes=False),
        arrays((1, 2, 2), this(POOLED), this(WINNERS), window=POOL, ties="split", resizes=False),
    ],
    "pool_gather": [
        arrays((1, 3, 3), this(POOLED), this(WINNERS), window=POOL, resizes=False),
        arrays((1, 3, 3), this(POOLED), this(WINNERS), window=POOL, ties="split", resizes=False),
    ],
    "avg_pool": [
        through(lambda x: avg_pool2d(x, 2), (2, 2, 4, 6)),
        through(lambda x: avg_pool1d(x, 3, stride=2, padding=1), (2, 7)),
        through(lambda x: avg_pool2d(x, 2, 1, 1, count_include_pad=False), (1, 2, 3)),
        through(lambda x: avg_pool3d(x, 2, divisor_override=3), (1, 2, 3, 2)),
    ],
    "mean_spread": arrays((2, 3, 2, 3), window=WINDOW, include=False, resizes=False),
    "unfold_windows": through(lambda x: unfold(x, (2, 3), stride=2, padding=1), (1, 2, 4, 5)),
    "fold_windows": through(
        lambda x: fold(x, (3, 5), (2, 3), padding=(1, 0), stride=(2, 1)), (2, 12, 6)
    ),
}
