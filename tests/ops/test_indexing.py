"""Picking and putting: every kind of numpy's indexing, with `np.add.at` as the second path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, errors, gradients
from autograd.ops import indexing as ix
from autograd.ops.indices import Index
from autograd.ops.symbol import formula

Array = np.ndarray[Any, Any]
FUZZ = 300
KINDS = ["slice", "int", "array", "array", "mask", "none", "dots", "whole", "stop"]


def scattered(shape: tuple[int, ...], index: Any, g: Any) -> Array:
    """Zeros with g added where an index picks: numpy's own, slow way."""
    out = np.zeros(shape)
    np.add.at(out, index, g)
    return out


# --- random index expressions ---------------------------------------------------------------------


def random_slice(rng: np.random.Generator, n: int) -> slice:
    def bound() -> int | None:
        return None if rng.random() < 0.3 else int(rng.integers(-n - 2, n + 3))

    step = rng.choice([None, 1, 2, 3, -1, -2])
    return slice(bound(), bound(), None if step is None else int(step))


def random_index(rng: np.random.Generator) -> tuple[tuple[int, ...], Any]:
    """A shape and an index for it; most kinds of part occur together with most others."""
    shape = tuple(int(n) for n in rng.integers(1, 5, size=rng.integers(0, 5)))
    if rng.random() < 0.1 and shape:
        shape = (0, *shape[1:])
    if rng.random() < 0.1:
        mask = rng.random(shape) < 0.5
        return shape, mask
    common = tuple(int(n) for n in rng.integers(2, 6, size=rng.integers(0, 3)))
    parts: list[Any] = []
    axis, dotted, masked = 0, False, False
    while axis < len(shape):
        n = shape[axis]
        kind = rng.choice(KINDS)
        if kind == "none" and len(parts) < 6:
            parts.append(None)
        elif kind == "dots" and not dotted:
            dotted = True
            parts.append(...)
            axis += int(rng.integers(0, len(shape) - axis + 1))
        elif kind == "stop" and not dotted:
            break
        elif kind == "int" and n:
            parts.append(int(rng.integers(-n, n)))
            axis += 1
        elif kind == "array" and n:
            # Repeats are likely; sizes of 1 broadcast against the other arrays.
            size = tuple(1 if rng.random() < 0.2 else m for m in common)
            parts.append(rng.integers(-n, n, size=size))
            axis += 1
        elif kind == "mask" and not masked and (not common or len(common) == 1) and n:
            # A mask counts as one array of indices, so it must pick as many as the others.
            masked = True
            mask = np.zeros(n, bool)
            count = min(common[0] if common else 1, n)
            mask[rng.permutation(n)[: count if rng.random() < 0.7 else 1]] = True
            parts.append(mask)
            axis += 1
        elif kind == "whole":
            parts.append(slice(None))
            axis += 1
        else:
            parts.append(random_slice(rng, n))
            axis += 1
    if len(parts) == 1 and rng.random() < 0.5:
        return shape, parts[0]
    return shape, tuple(parts)


def valid_indices() -> list[tuple[tuple[int, ...], Any]]:
    rng = np.random.default_rng(7)
    found: list[tuple[tuple[int, ...], Any]] = []
    while len(found) < FUZZ:
        shape, index = random_index(rng)
        try:
            np.zeros(shape)[index]
        except IndexError:
            continue
        found.append((shape, index))
    return found


SAMPLES = valid_indices()
by_hand: list[tuple[tuple[int, ...], Any]] = [
    ((3, 4), ()),
    ((), ()),
    ((), None),
    ((), ...),
    ((), True),
    ((), (True, None)),
    ((3,), False),
    ((3,), (True, False)),
    ((2, 3), (np.array(True), [0, 1, 1])),
    ((3, 4), []),
    ((3, 4), [[1, 1], [2, 1]]),
    ((3, 4), [True, False, True]),
    ((3, 4), ([0, 2, 0], [1, 1, 1])),
    ((3, 4), (slice(None), [1, 1, 3])),
    ((3, 4, 5), ([0, 0], slice(None), [1, 1])),
    ((3, 4, 5), (slice(None), [0, 0], [1, 1])),
    ((3, 4, 5), (0, slice(None), [1, 1])),
    ((3, 4, 5), ([0, 1], ..., [1, 1])),
    ((3, 4, 5), (..., [4, 4, -1])),
    ((3, 4, 5), (None, [2, 2], None, slice(None, None, -2), None)),
    ((3, 4), np.arange(12).reshape(3, 4) % 2 == 0),
    ((3, 4, 2), (np.arange(12).reshape(3, 4) % 5 == 0, 1)),
    ((3, 4, 2), (np.arange(12).reshape(3, 4) % 5 == 0, [1, 0, 1])),
    ((3, 4, 2), (1, np.arange(8).reshape(4, 2) < 3)),
    ((4,), np.array(2)),
    ((4,), np.int8(-1)),
    ((4, 2), np.array([3, 3], np.uint8)),
    ((0, 3), np.zeros((0, 3), bool)),
    ((0, 3), (slice(None), [1, 1])),
    ((2, 0), ([0, 0, 1],)),
    ((5, 3), np.zeros((0,), int)),
    ((40, 700), np.random.default_rng(3).integers(0, 40, 500)),  # several chunks
    ((3, 4), np.ix_([0, 0, 2], [1, 1])),
]
every_index = pytest.mark.parametrize(
    ("shape", "index"), by_hand + SAMPLES, ids=[str(i) for i in range(len(by_hand) + len(SAMPLES))]
)


def test_the_fuzz_covers_what_it_should() -> None:
    parts = [i if isinstance(i, tuple) else (i,) for _, i in SAMPLES]
    kinds = [
        {p.dtype.kind if isinstance(p, np.ndarray) else type(p).__name__ for p in index}
        for index in parts
    ]
    for kind in ("slice", "int", "i", "b", "NoneType", "ellipsis"):
        assert sum(kind in k for k in kinds) > 25, kind
    assert sum({"i", "b"} <= k for k in kinds) > 3
    assert sum({"i", "slice"} <= k for k in kinds) > 25
    repeated = [1 for shape, index in SAMPLES if scattered(shape, index, 1.0).max(initial=0) > 1]
    assert len(repeated) > 25


# --- getitem --------------------------------------------------------------------------------------


@every_index
def test_getitem(shape: Any, index: Any, rng: Any) -> None:
    x = rng.normal(size=shape)
    want = np.asarray(x[index])
    t = Tensor(x, requires_grad=True)
    y = t[index]
    assert y.shape == want.shape
    np.testing.assert_array_equal(y.numpy(), want)
    np.testing.assert_array_equal(ix.getitem(x, index), want)
    g = rng.normal(size=want.shape)
    np.testing.assert_allclose(
        gradients(y, [t], g)[0], scattered(shape, index, g), rtol=1e-13, atol=1e-14
    )


@every_index
def test_getitem_to_third_order(shape: Any, index: Any, rng: Any) -> None:
    """x**3 picked: the first two derivatives, and that in the direction of the upstream."""
    x = rng.normal(size=shape)
    t = Tensor(x, requires_grad=True)
    y = (t * t * t)[index]
    g = Tensor(rng.normal(size=y.shape), requires_grad=True)
    (first,) = gradients(y, [t], g, create_graph=True)
    back = scattered(shape, index, g.numpy())
    np.testing.assert_allclose(first.numpy(), 3 * x * x * back, rtol=1e-12, atol=1e-13)
    v = rng.normal(size=shape)
    along_x, along_g = gradients(first, [t, g], v, create_graph=True)
    np.testing.assert_allclose(along_x.numpy(), 6 * x * v * back, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(along_g.numpy(), (3 * x * x * v)[index], rtol=1e-12, atol=1e-13)
    (third,) = gradients(along_g, [t], g.numpy())
    np.testing.assert_allclose(third, 6 * x * v * back, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.longdouble])
@pytest.mark.parametrize("index", [slice(1, None), [0, 2, 2], np.array([True, False, True])])
def test_dtype_is_kept(dtype: Any, index: Any, rng: Any) -> None:
    t = Tensor(rng.normal(size=(3, 4)).astype(dtype), requires_grad=True)
    y = t[index]
    assert y.dtype == dtype
    g = rng.normal(size=y.shape).astype(dtype)
    raw = ix.put_back(g, Index(index, (3, 4)))
    assert raw.dtype == dtype
    np.testing.assert_allclose(
        gradients(y, [t], g)[0].astype(float),
        scattered((3, 4), index, g.astype(float)),
        rtol=2e-3,
    )


def test_index_arrays_are_taken_as_they_are(rng: Any) -> None:
    """Changing the index after the call reaches neither the forward nor the backward pass."""
    g = rng.normal(size=2)
    for index in ([0, 2], np.array([0, 2]), np.array([True, False, True])):
        t = Tensor(rng.normal(size=3), requires_grad=True)
        y = t[index]
        z = t[index, None]
        index[0] = 1 if not isinstance(index, np.ndarray) or index.dtype != bool else False
        np.testing.assert_array_equal(gradients(y, [t], g)[0], [g[0], 0.0, g[1]])
        np.testing.assert_array_equal(gradients(z, [t], g[:, None])[0], [g[0], 0.0, g[1]])


def test_a_tensor_as_index(rng: Any) -> None:
    t = Tensor(rng.normal(size=(4, 3)), requires_grad=True)
    where = Tensor(np.array([3, 0, 3]))
    mask = Tensor(np.array([True, False, False, True]))
    one = Tensor(np.array(2))
    g = rng.normal(size=(3, 3))
    np.testing.assert_array_equal(t[where].numpy(), t.numpy()[[3, 0, 3]])
    np.testing.assert_array_equal(gradients(t[where], [t], g)[0], scattered((4, 3), [3, 0, 3], g))
    np.testing.assert_array_equal(t[mask].numpy(), t.numpy()[[0, 3]])
    np.testing.assert_array_equal(t[one, :one].numpy(), t.numpy()[2, :2])
    np.testing.assert_array_equal(ix.take(t, where, axis=0).numpy(), t.numpy()[[3, 0, 3]])


def test_nothing_is_kept_but_the_index(rng: Any) -> None:
    for op in (ix._getitem, ix._take, ix._take_along_axis, ix._put, ix._index_add, ix.put_back):
        assert not any(op.keeps(i, range(op.arity)) for i in range(op.arity)), op.name


def test_rows_add_up_to_the_tensor() -> None:
    t = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    a, b = t
    (a * a * b).sum().backward()
    np.testing.assert_array_equal(t.grad, [[6.0, 16.0], [1.0, 4.0]])


def test_an_index_is_printed_as_written() -> None:
    index = (0, slice(1, None), ..., None, [0, 2, 2], slice(None, None, -1))
    assert repr(Index(index, (1,) * 5)) == "0, 1:, ..., None, [0, 2, 2], ::-1"
    assert repr(Index(np.zeros((3, 4), bool), (3, 4))) == "<mask (3, 4)>"
    assert repr(Index(np.zeros(20, int), (3,))) == "<indices (20,)>"
    assert repr(Index((), ())) == "()"
    assert formula(ix._getitem) == ["put_back(g, index)"]
    assert formula(ix.put_back) == ["g[index]"]
    assert formula(ix._put) == ["erase(g, index)", "pick_last(g, index)"]
    assert formula(ix._index_add) == ["g", "g[index]"]


# --- take and take_along_axis ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "indices", "axis"),
    [
        ((3, 4), [0, 2, 2, -1], 0),
        ((3, 4), [[0, 1], [1, 1]], 1),
        ((3, 4), [[0, 1], [1, 1]], -2),
        ((2, 3, 4), np.array([[3, 3], [-4, 0]]), -1),
        ((3, 4), 1, 1),
        ((3, 4), -1, None),
        ((3, 4), [11, 0, -1, 11], None),
        ((3, 4), [[5], [5]], None),
        ((3, 4), [], 0),
        ((3, 4), [], None),
        ((0, 4), [], 0),
        ((0, 4), [1, 1], 1),
        ((0, 4), [], None),
        ((5,), [4, 4, 4], 0),
    ],
)
def test_take(shape: Any, indices: Any, axis: int | None, rng: Any) -> None:
    x = rng.normal(size=shape)
    whole = np.asarray(indices, int)
    want = np.take(x, whole, axis=axis)
    t = Tensor(x, requires_grad=True)
    y = ix.take(t, indices, axis=axis)
    assert y.shape == want.shape
    np.testing.assert_array_equal(y.numpy(), want)
    g = rng.normal(size=want.shape)
    where = np.take(np.arange(x.size).reshape(shape), whole, axis=axis)
    expected = scattered((x.size,), where, g).reshape(shape)
    np.testing.assert_allclose(gradients(y, [t], g)[0], expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("shape", "indices_shape", "axis"),
    [
        ((3, 4), (3, 6), 1),
        ((3, 4), (2, 4), 0),
        ((2, 3, 4), (2, 5, 4), -2),
        ((3, 4), (7,), None),
        ((2, 3, 4), (2, 1, 5), -1),
        ((1, 4), (3, 2), 1),
        ((0, 4), (0, 2), 1),
    ],
)
def test_take_along_axis(shape: Any, indices_shape: Any, axis: int | None, rng: Any) -> None:
    x = rng.normal(size=shape)
    n = x.size if axis is None else shape[axis]
    indices = rng.integers(-n, n, size=indices_shape)
    want = np.take_along_axis(x, indices, axis)
    t = Tensor(x, requires_grad=True)
    y = ix.take_along_axis(t, indices, axis)
    np.testing.assert_array_equal(y.numpy(), want)
    g = rng.normal(size=want.shape)
    where = np.take_along_axis(np.arange(x.size).reshape(shape), indices, axis)
    expected = scattered((x.size,), where, g).reshape(shape)
    np.testing.assert_allclose(gradients(y, [t], g)[0], expected, rtol=1e-13)


def test_take_along_axis_reads_argsort(rng: Any) -> None:
    x = rng.normal(size=(3, 5))
    t = Tensor(x, requires_grad=True)
    y = ix.take_along_axis(t, np.argsort(x))
    np.testing.assert_array_equal(y.numpy(), np.sort(x))


# --- put and index_add ----------------------------------------------------------------------------


def put_one_by_one(x: Array, index: Any, values: Array) -> tuple[Array, Array]:
    """x[index] = values as a loop in row-major order, and which value each cell has (-1: none)."""
    where = np.arange(x.size).reshape(x.shape)[index]
    out, writer = x.copy().ravel(), np.full(x.size, -1)
    for n, (place, value) in enumerate(
        zip(np.ravel(where), np.broadcast_to(values, where.shape).ravel(), strict=True)
    ):
        out[place], writer[place] = value, n
    return out.reshape(x.shape), writer


@every_index
def test_put(shape: Any, index: Any, rng: Any) -> None:
    x = rng.normal(size=shape)
    picked = np.shape(x[index])
    values = rng.normal(size=picked)
    want, writer = put_one_by_one(x, index, values)
    tx, tv = Tensor(x, requires_grad=True), Tensor(values, requires_grad=True)
    y = ix.put(tx, index, tv)
    np.testing.assert_array_equal(y.numpy(), want)
    np.testing.assert_array_equal(tx.numpy(), x)
    g = Tensor(rng.normal(size=shape), requires_grad=True)
    dx, dv = gradients(y, [tx, tv], g, create_graph=True)
    flat = g.numpy().ravel()
    want_dv = np.zeros(int(np.prod(picked)))
    for place, n in enumerate(writer):
        if n >= 0:
            want_dv[n] = flat[place]
    np.testing.assert_array_equal(dx.numpy().ravel(), np.where(writer < 0, flat, 0.0))
    np.testing.assert_array_equal(dv.numpy().ravel(), want_dv)
    # The way back is linear in g: its own way back must put again.
    hx, hv = rng.normal(size=shape), rng.normal(size=picked)
    (from_x,) = gradients(dx, [g], hx)
    (from_v,) = gradients(dv, [g], hv)
    np.testing.assert_array_equal(from_x + from_v, put_one_by_one(hx, index, hv)[0])


def test_put_broadcasts_and_takes_values(rng: Any) -> None:
    x = rng.normal(size=(3, 4))
    v = Value(2.0)
    t = Tensor(x, requires_grad=True)
    y = ix.put(t, (slice(None), [0, 3, 0]), v * v)
    assert (y.numpy()[:, [0, 3]] == 4.0).all()
    g = rng.normal(size=(3, 4))
    y.backward(g)
    assert v.grad == pytest.approx(4.0 * g[:, [0, 3]].sum())
    row = Tensor(rng.normal(size=(1, 4)), requires_grad=True)
    for values in (row, row[0]):
        z = ix.put(t, [0, 2], values)
        np.testing.assert_allclose(gradients(z, [row], g)[0], (g[0] + g[2])[None])
    z = ix.put(t, 0, row)  # numpy drops axes of size 1 in front
    np.testing.assert_array_equal(gradients(z, [row], g)[0], g[:1])
    np.testing.assert_array_equal(gradients(ix.put(t, [[0]], row), [row], g)[0], g[:1])


def test_put_keeps_the_dtype_of_the_array() -> None:
    t = Tensor(np.ones(3, np.float32), requires_grad=True)
    values = Tensor(np.array([0.5, 0.25]), requires_grad=True)
    y = ix.put(t, [0, 1], values)
    assert y.dtype == np.float32
    dt, dv = gradients(y, [t, values], [1.0, 2.0, 3.0])
    assert (dt.dtype, dv.dtype) == (np.float32, np.float64)
    assert ix.put(np.arange(3), 0, 7).dtype.kind == "i"


@pytest.mark.parametrize(
    ("shape", "axis", "index"),
    [
        ((4, 3), 0, [0, 3, 3, 1]),
        ((4, 3), 1, [2, 2]),
        ((2, 3, 4), -2, [0, 0, -1]),
        ((3, 2), 0, []),
        ((5,), 0, 2),
        ((0, 3), 1, [1, 1]),
        ((30, 400), 0, [7] * 300),
    ],
)
def test_index_add(shape: Any, axis: int, index: Any, rng: Any) -> None:
    x = rng.normal(size=shape)
    count = np.size(index)
    values = rng.normal(size=tuple(count if i == axis % x.ndim else n for i, n in enumerate(shape)))
    want = x.copy()
    moved, rows = np.moveaxis(want, axis, 0), np.moveaxis(values, axis, 0)
    for i, row in zip(np.atleast_1d(np.asarray(index, int)), rows, strict=True):
        moved[i] += row
    tx, tv = Tensor(x, requires_grad=True), Tensor(values, requires_grad=True)
    y = ix.index_add(tx, axis, index, tv)
    np.testing.assert_allclose(y.numpy(), want, rtol=1e-12)
    g = Tensor(rng.normal(size=shape), requires_grad=True)
    dx, dv = gradients(y, [tx, tv], g, create_graph=True)
    np.testing.assert_array_equal(dx.numpy(), g.numpy())
    places = np.atleast_1d(np.asarray(index, int))
    np.testing.assert_array_equal(dv.numpy(), np.take(g.numpy(), places, axis=axis))
    (again,) = gradients(dv, [g], values)
    np.testing.assert_allclose(again, want - x, rtol=1e-9, atol=1e-11)


def test_index_add_and_put_as_pytorch(rng: Any) -> None:
    torch = pytest.importorskip("torch")
    x, values, g = rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    index = np.array([0, 3, 3, 1, 0])
    for axis in (0, -2):
        tx, tv = Tensor(x, requires_grad=True), Tensor(values, requires_grad=True)
        y = ix.index_add(tx, axis, index, tv)
        px, pv = torch.tensor(x, requires_grad=True), torch.tensor(values, requires_grad=True)
        z = px.index_add(axis, torch.tensor(index), pv)
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(y.numpy(), z.detach().numpy(), rtol=1e-14)
        for ours, theirs in zip(gradients(y, [tx, tv], g), (px.grad, pv.grad), strict=True):
            np.testing.assert_array_equal(ours, theirs.numpy())
    px, pv = torch.tensor(x, requires_grad=True), torch.tensor(values[:3], requires_grad=True)
    places = np.array([2, 0, 3])  # no repeats: which of them wins is open in PyTorch
    px.index_put((torch.tensor(places),), pv).backward(torch.tensor(g))
    tx, tv = Tensor(x, requires_grad=True), Tensor(values[:3], requires_grad=True)
    for ours, theirs in zip(
        gradients(ix.put(tx, places, tv), [tx, tv], g), (px.grad, pv.grad), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs.numpy())


def test_embedding_as_pytorch(rng: Any) -> None:
    torch = pytest.importorskip("torch")
    table = rng.normal(size=(50, 70)).astype(np.float32)
    words = rng.integers(0, 50, size=(40, 30))
    g = rng.normal(size=(40, 30, 70)).astype(np.float32)
    t = Tensor(table, requires_grad=True)
    p = torch.tensor(table, requires_grad=True)
    torch.nn.functional.embedding(torch.tensor(words), p).backward(torch.tensor(g))
    (got,) = gradients(t[words], [t], g)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, p.grad.numpy(), rtol=1e-4, atol=1e-4)


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda t: t[4], errors.IndexingError, "getitem: index 4 is out of bounds.*size 4"),
        (lambda t: t[0, -4], errors.IndexingError, "out of bounds"),
        (lambda t: t[[0, 9]], errors.IndexingError, "out of bounds"),
        (lambda t: t[0, 0, 0], errors.IndexingError, "too many indices"),
        (lambda t: t[..., ...], errors.IndexingError, "ellipsis"),
        (lambda t: t[[0, 1], [0, 1, 2]], errors.IndexingError, "broadcast"),
        (lambda t: t[[True, False]], errors.IndexingError, "boolean"),
        (lambda t: t[1.0], errors.IndexingError, r"integers.*got the number 1\.0"),
        (lambda t: t[Tensor([0.0, 1.0])], errors.IndexingError, r"integers.*astype\(int\)"),
        (lambda t: t[Value(1.0)], errors.IndexingError, "integers"),
        (lambda t: t[np.array([0.5])], errors.IndexingError, "integers"),
        (lambda t: t[np.zeros(0)], errors.IndexingError, "integers"),
        (lambda t: t["a"], errors.IndexingError, "integers.*got the str 'a'"),
        (lambda t: t[{}], errors.IndexingError, "integers"),
        (lambda t: t[1j], errors.IndexingError, "integers"),
        (lambda t: t[1.5:], errors.IndexingError, "integers"),
        (lambda t: t[: Value(2.0)], errors.IndexingError, "integers"),
        (lambda t: t[::0], errors.IndexingError, "step cannot be zero"),
        (lambda t: t[[[0], [1, 2]]], errors.ShapeError, "rectangular"),
        (lambda t: t[["a"]], errors.DTypeError, "real numbers"),
        (lambda t: ix.getitem("text", 0), errors.DTypeError, "real numbers"),
        (lambda t: ix.getitem(Value(1.0), 0), errors.DTypeError, "works on arrays"),
        (lambda t: ix.take(t, [4], 0), errors.IndexingError, "take.*out of bounds"),
        (lambda t: ix.take(t, [12]), errors.IndexingError, "take: index 12.*-12 to 11"),
        (lambda t: ix.take(t, -13), errors.IndexingError, "take: index -13"),
        (lambda t: ix.take(t, [0], 2), errors.IndexingError, "take.*axis 2"),
        (lambda t: ix.take(t, [0.5], 0), errors.IndexingError, "integers"),
        (lambda t: ix.take(t, [True, False], 0), errors.IndexingError, "must be integers"),
        (lambda t: ix.take(t, slice(2), 0), errors.IndexingError, "must be integers"),
        (lambda t: ix.take(t, None, 0), errors.IndexingError, "must be integers"),
        (lambda t: ix.take(3.0, [0]), errors.IndexingError, "without axes"),
        (lambda t: ix.take(np.zeros(0), [0]), errors.IndexingError, "take"),
        (lambda t: ix.take_along_axis(t, [[3]], 1), errors.IndexingError, "take_along_axis"),
        (lambda t: ix.take_along_axis(t, [0], 1), errors.ShapeError, r"\(4, 3\).*\(1,\)"),
        (lambda t: ix.take_along_axis(t, [[0]] * 3, 1), errors.ShapeError, r"\(3, 1\)"),
        (lambda t: ix.take_along_axis(t, [[0]], 2), errors.IndexingError, "axis 2"),
        (lambda t: ix.put(t, [4], 1.0), errors.IndexingError, "put.*out of bounds"),
        (lambda t: ix.put(t, [0, 0], np.ones((3, 3))), errors.ShapeError, r"\(2, 3\).*\(3, 3\)"),
        (lambda t: ix.put(t, 0, np.ones(2)), errors.ShapeError, "put"),
        (lambda t: ix.put(np.arange(3), 0, 0.5), errors.DTypeError, "lose their fractions"),
        (lambda t: ix.put(np.arange(3), 0, Value(2.0)), errors.DTypeError, "fractions"),
        (lambda t: ix.index_add(t, 0, [0, 1], np.ones((3, 3))), errors.ShapeError, "index_add"),
        (lambda t: ix.index_add(t, 2, [0], np.ones((1, 3))), errors.IndexingError, "axis 2"),
        (lambda t: ix.index_add(t, 0, [4], np.ones((1, 3))), errors.IndexingError, "bounds"),
        (lambda t: ix.index_add(t, 0, [0.0], np.ones((1, 3))), errors.IndexingError, "integers"),
        (lambda t: ix.index_add(np.arange(3), 0, [0], [0.5]), errors.DTypeError, "fractions"),
    ],
)
def test_errors(call: Any, kind: type[Exception], message: str) -> None:
    t = Tensor(np.arange(12.0).reshape(4, 3), requires_grad=True)
    with pytest.raises(kind, match=message):
        call(t)
