"""The gradient of rows: what it stands for, and how it travels through a graph."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import autograd as ag
from autograd import RowGradient, Tensor, Value, errors
from autograd.viz.ledger import ledger

CLOSE = {"rtol": 1e-12, "atol": 1e-12}
SHAPES = [(5,), (5, 3), (4, 2, 3), (3, 0)]


def some(rng, shape, count=7, dtype=np.float64):
    """A gradient of rows and the array it stands for, made in another way."""
    indices = rng.integers(0, shape[0], count)
    values = rng.standard_normal((count, *shape[1:])).astype(dtype)
    dense = np.zeros(shape, dtype)
    for row, value in zip(indices, values, strict=True):
        dense[row] += value
    return RowGradient(indices, values, shape), dense


# --- what it stands for ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_it_stands_for_an_array(shape, count, rng):
    grad, dense = some(rng, shape, count)
    for same in (grad, grad.copy(), copy.deepcopy(grad)):
        np.testing.assert_allclose(same.to_dense(), dense, **CLOSE)
        np.testing.assert_allclose(np.asarray(same), dense, **CLOSE)
    assert (grad.shape, grad.ndim, grad.size) == (dense.shape, dense.ndim, dense.size)
    assert grad.dtype == np.float64
    assert grad.indices.shape == (count,)
    assert not grad.coalesced
    rows = grad.indices.copy()
    assert grad.coalesce() is grad
    assert grad.coalesced
    assert grad.indices.tolist() == sorted(set(rows.tolist()))
    np.testing.assert_allclose(grad.to_dense(), dense, **CLOSE)


def test_many_rows_are_added_in_the_right_places(rng):
    grad, dense = some(rng, (300, 5), 40_000)  # more positions than one chunk
    np.testing.assert_allclose(grad.to_dense(), dense, rtol=1e-9)
    np.testing.assert_allclose(grad.coalesce().values, dense[grad.indices], rtol=1e-9)


def test_small_kinds_of_integers_do_not_overflow():
    grad = RowGradient(np.array([200, 3], np.uint8), np.ones((2, 50)), (250, 50))
    assert np.argwhere(grad.to_dense().any(axis=1)).ravel().tolist() == [3, 200]


def test_sums_and_multiples_stay_rows(rng):
    a, dense_a = some(rng, (5, 3))
    b, dense_b = some(rng, (5, 3), 4)
    cases = [
        (a + b, dense_a + dense_b),
        (b + a, dense_a + dense_b),
        (a * 2.5, dense_a * 2.5),
        (np.float64(-3.0) * a, dense_a * -3.0),
        (a / 4, dense_a / 4),
        (-a, -dense_a),
        (np.multiply(a, 2), dense_a * 2),
        ((a + b) * 0.5 + a, (dense_a + dense_b) * 0.5 + dense_a),
    ]
    for got, expected in cases:
        assert isinstance(got, RowGradient)
        np.testing.assert_allclose(got.to_dense(), expected, **CLOSE)
    assert (a + b).indices.tolist() == [*a.indices, *b.indices]
    scaled = a
    scaled *= 2.0
    scaled += b
    assert isinstance(scaled, RowGradient)
    np.testing.assert_allclose(scaled.to_dense(), dense_a * 2 + dense_b, **CLOSE)
    np.testing.assert_allclose(a.to_dense(), dense_a, **CLOSE)  # the old one is as it was


def test_anything_else_sees_an_array(rng):
    a, dense = some(rng, (5, 3))
    other = rng.standard_normal((5, 3))
    cases = [
        (a + other, dense + other),
        (other + a, dense + other),
        (np.asfortranarray(other) + a, dense + other),
        (a + other[0], dense + other[0]),
        (a + 1.0, dense + 1.0),
        (a - other, dense - other),
        (other - a, other - dense),
        (a * other, dense * other),
        (a * a, dense * dense),
        (np.sqrt(np.mean(np.square(a, dtype=float))), np.sqrt(np.mean(dense**2))),
        (1.0 / (a + 9.0), 1.0 / (dense + 9.0)),
        (a > 0.0, dense > 0.0),
        (a[2, 1:], dense[2, 1:]),
        (np.add(other, a, out=other.copy()), dense + other),
        (np.add.reduce(a, axis=0), dense.sum(axis=0)),
        (np.linalg.norm(a), np.linalg.norm(dense)),
    ]
    for got, expected in cases:
        assert not isinstance(got, RowGradient)
        np.testing.assert_allclose(got, expected, **CLOSE)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(2.0 / a, 2.0 / dense, **CLOSE)
    weights = other.copy()
    weights -= 0.1 * a
    np.testing.assert_allclose(weights, other - 0.1 * dense, **CLOSE)
    t = Tensor(other, requires_grad=True)
    for got in (t * a, a * t, a + t):
        assert isinstance(got, Tensor)
    np.testing.assert_allclose((a + t).numpy(), dense + other, **CLOSE)
    with pytest.raises(ValueError, match="must be made"):
        np.asarray(a, copy=False)


def test_dtypes_are_kept(rng):
    a, dense = some(rng, (5, 3), dtype=np.float32)
    assert a.dtype == a.to_dense().dtype == (a * 2.0).dtype == (a / 2).dtype == np.float32
    assert (a + dense).dtype == a.coalesce().dtype == np.float32
    assert a.astype(np.float64).dtype == np.asarray(a, float).dtype == np.float64
    assert (a + a.astype(np.float64)).dtype == np.float64


def test_it_owns_its_arrays_and_shows_them(rng):
    indices, values = np.array([1, 1]), np.array([[1.0], [2.0]])
    grad = RowGradient(indices, values, (3, 1))
    indices[:], values[:] = 0, 9.0
    assert grad.to_dense().ravel().tolist() == [0.0, 3.0, 0.0]
    twin = grad.copy()
    twin.values[...] = 7.0
    assert grad.to_dense().ravel().tolist() == [0.0, 3.0, 0.0]
    text = "RowGradient(indices=array([1]), values=array([[3.]]), shape=(3, 1))"
    assert repr(grad.coalesce()) == text


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (([0], [[1.0]], (3, 2)), errors.ShapeError, ["(1, 1)", "(3, 2)"]),
        (([[0]], [[1.0]], (3, 1)), errors.ShapeError, ["one-dimensional", "(1, 1)"]),
        (([0], [1.0], ()), errors.ShapeError, ["()"]),
        (([0], [[1]], (3, 1)), errors.DTypeError, ["int64"]),
        (([3], [[1.0]], (3, 1)), errors.IndexingError, ["0 to 2", "3 to 3"]),
        (([-1, 0], [[1.0], [1.0]], (3, 1)), errors.IndexingError, ["from -1 to 0"]),
        (([0.5], [[1.0]], (3, 1)), errors.IndexingError, ["whole numbers", "float64"]),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(arguments, kind, words):
    with pytest.raises(kind) as caught:
        RowGradient(*arguments)
    assert all(word in str(caught.value) for word in words)


# --- in a graph -----------------------------------------------------------------------------------


def rows_of(table, index):
    return ag.take(table, index, axis=0, sparse=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("index", [[[0, 3, -1], [3, 3, 1]], 2, -4, [], [[4], [0]]])
@pytest.mark.parametrize("shape", [(5, 3), (5,), (5, 2, 2)])
def test_backward_leaves_the_rows_that_were_used(shape, index, dtype, rng):
    numbers = rng.standard_normal(shape).astype(dtype)
    table, twin = (Tensor(numbers, requires_grad=True) for _ in range(2))
    out, expected = rows_of(table, index), ag.take(twin, index, axis=0)
    np.testing.assert_array_equal(out.numpy(), expected.numpy())
    upstream = rng.standard_normal(out.shape)
    out.backward(upstream)
    expected.backward(upstream)
    assert isinstance(table.grad, RowGradient)
    assert table.grad.dtype == dtype
    assert table.grad.indices.tolist() == [i % 5 for i in np.ravel(index)]
    np.testing.assert_array_equal(table.grad.to_dense(), twin.grad)  # the same additions
    table.zero_grad()
    assert table.grad is None


def test_uses_and_passes_put_their_rows_behind_each_other(rng):
    table = Tensor(rng.standard_normal((6, 2)), requires_grad=True)
    for _ in range(2):
        ((rows_of(table, [1, 5]) * 2.0).sum() + rows_of(table, [[5, 0]]).sum()).backward()
    assert isinstance(table.grad, RowGradient)
    assert sorted(table.grad.indices.tolist()) == [0, 0, 1, 1, 5, 5, 5, 5]
    expected = np.array([2.0, 4.0, 0.0, 0.0, 0.0, 6.0])[:, None].repeat(2, axis=1)
    np.testing.assert_array_equal(table.grad.to_dense(), expected)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("separately", [True, False])
def test_with_a_whole_gradient_the_sum_is_whole(first, separately, rng):
    table, twin = (Tensor(np.ones((5, 3)), requires_grad=True) for _ in range(2))
    x = rng.standard_normal((2, 3))
    for t, sparse in ((table, True), (twin, False)):
        parts = [
            (ag.take(t, [4, 0, 4], axis=0, sparse=sparse) ** 2).sum(),
            ag.linear(x, t).sum() * 0.5,
        ]
        parts = parts if first else parts[::-1]
        if separately:
            for part in parts:
                part.backward()
        else:
            (parts[0] + parts[1]).backward()
    assert isinstance(table.grad, np.ndarray)
    np.testing.assert_allclose(table.grad, twin.grad, **CLOSE)
    table.grad *= 2.0  # its own, and writeable
    np.testing.assert_allclose(table.grad, 2 * twin.grad, **CLOSE)


def test_the_gradient_of_a_leaf_is_its_own():
    table = Tensor(np.ones((3, 2)), requires_grad=True)
    out = rows_of(table, [0, 2])
    upstream = np.ones((2, 2))
    out.backward(upstream)
    kept = table.grad
    kept.values[...] = 7.0
    assert out.grad.tolist() == upstream.tolist() == [[1.0, 1.0]] * 2
    out.backward(upstream)
    out.grad[...] = 50.0
    assert table.grad.to_dense()[:, 0].tolist() == [8.0, 0.0, 8.0]


def test_a_table_that_was_computed_gets_a_whole_gradient(rng):
    base = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    table = base * base
    rows_of(table, [3, 3, 0]).sum().backward()
    assert isinstance(table.grad, np.ndarray)
    assert isinstance(base.grad, np.ndarray)
    expected = 2.0 * base.numpy() * np.array([1.0, 0.0, 0.0, 2.0])[:, None]
    np.testing.assert_allclose(base.grad, expected, **CLOSE)


def test_gradients_gives_rows_and_recorded_ones_nodes(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    picked = rows_of(table, [1, 1, 2])
    loss = (picked**3).sum()
    rows, middle = ag.gradients(loss, [table, picked])
    assert isinstance(rows, RowGradient)
    assert isinstance(middle, np.ndarray)
    assert table.grad is None
    (node,) = ag.gradients(loss, [table], create_graph=True)
    assert isinstance(node, Tensor)
    np.testing.assert_allclose(node.numpy(), rows.to_dense(), **CLOSE)
    (node**2).sum().backward()
    count = np.array([0.0, 2.0, 1.0, 0.0])[:, None]
    x = table.numpy()
    np.testing.assert_allclose(table.grad, 2 * (3 * count * x**2) * (6 * count * x), **CLOSE)


def test_functions_of_functions_give_arrays(rng):
    table = rng.standard_normal((4, 2))

    def loss(t):
        return (rows_of(t, [0, 3, 3]) ** 3).sum()

    dense = ag.grad(lambda t: (ag.take(t, [0, 3, 3], axis=0) ** 3).sum())
    for given in (table, Tensor(table)):
        got = ag.grad(loss)(given)
        assert isinstance(got, type(given))
        np.testing.assert_allclose(np.asarray(got), dense(table), **CLOSE)
    _, back = ag.vjp(lambda t: rows_of(t, [1, 1]), table)
    (share,) = back(np.ones((2, 2)))
    assert share.tolist() == [[0, 0], [2, 2], [0, 0], [0, 0]]
    ag.gradcheck(loss, table, order=2)
    np.testing.assert_allclose(
        ag.hvp(loss, table, np.ones_like(table)),
        6 * table * np.array([1.0, 0.0, 0.0, 2.0])[:, None],
        **CLOSE,
    )
    assert ag.jacobian(lambda t: rows_of(t, [2]))(table).sum() == 2.0


def test_hooks_see_rows_and_can_replace_them(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    seen = []

    def spoil(grad):
        seen.append(grad)
        grad.values[...] = 99.0  # a copy: nothing happens

    hooks = [table.register_hook(spoil), table.register_hook(lambda grad: grad * 2.0)]
    rows_of(table, [3, 0]).sum().backward()
    assert isinstance(seen[0], RowGradient)
    assert isinstance(table.grad, RowGradient)
    assert table.grad.to_dense()[:, 0].tolist() == [2.0, 0.0, 0.0, 2.0]
    hooks[1].remove()
    table.register_hook(lambda grad: np.asarray(grad) + 1.0)
    table.zero_grad()
    rows_of(table, [3, 0]).sum().backward()
    assert table.grad[:, 0].tolist() == [2.0, 1.0, 1.0, 2.0]
    table.register_hook(lambda grad: RowGradient([0], [[1.0]], (4, 1)))
    with pytest.raises(errors.ShapeError):
        rows_of(table, [3, 0]).sum().backward()
    assert table.grad[:, 0].tolist() == [2.0, 1.0, 1.0, 2.0]  # as before the failure


def test_rows_can_be_handed_in(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    twice = table * 2.0
    upstream = RowGradient([1, 1], np.ones((2, 2)), (4, 2))
    twice.backward(upstream)
    assert table.grad[:, 0].tolist() == [0.0, 4.0, 0.0, 0.0]
    table.zero_grad()
    table.backward(upstream)
    assert isinstance(table.grad, RowGradient)
    assert table.grad.to_dense()[:, 0].tolist() == [0.0, 2.0, 0.0, 0.0]
    narrow = Tensor(np.ones((4, 2), np.float32), requires_grad=True)
    narrow.backward(upstream)
    assert narrow.grad.dtype == np.float32


def test_modes(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    with ag.no_grad():
        assert not rows_of(table, [1]).requires_grad
    assert isinstance(rows_of(table.numpy(), [1]), np.ndarray)
    with ag.detect_anomaly():
        rows_of(table, [1, 1]).sum().backward()
        with pytest.raises(ag.AnomalyError, match=r"(?s)gradient.*take_rows.*test_rows"):
            rows_of(table, [1, 2]).backward(np.array([[1.0, np.nan], [1.0, 1.0]]))
    assert table.grad.indices.tolist() == [1, 1]
    out = rows_of(table, [2])
    loss = (out * out).sum()
    loss.backward(free=True)
    assert table.grad.indices.tolist() == [1, 1, 2]
    with pytest.raises(errors.GradientError):
        loss.backward()


def test_a_checkpointed_lookup(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    for loss in (
        ag.checkpoint(lambda: (rows_of(table, [3, 3]) ** 2).sum()),
        ag.checkpoint(lambda t: (rows_of(t, [3, 3]) ** 2).sum(), table),
    ):
        table.zero_grad()
        loss.backward()
        assert isinstance(table.grad, RowGradient)
        np.testing.assert_allclose(table.grad.to_dense()[3], 4 * table.numpy()[3], **CLOSE)
        assert not table.grad.to_dense()[:3].any()


def test_a_table_written_to_later_is_no_trouble(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    out = rows_of(table, [0, 2])
    loss = (out * out).sum()
    table.overwrite()[...] = 0.0  # the rule reads no number of the table
    loss.backward()
    np.testing.assert_allclose(table.grad.values, 2 * out.numpy(), **CLOSE)


def test_the_ledger_takes_rows_apart(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True, name="table")
    weights = np.array([[2.0, 3.0], [5.0, 7.0], [11.0, 13.0]])
    loss = (rows_of(table, [1, 3, 1]) * weights).sum()
    loss.backward()
    entries = ledger(loss, table, (1, 1))
    assert [row.contribution for row in entries.rows] == [3.0, 13.0]
    assert entries.total == table.grad[1, 1] == 16.0
    assert ledger(loss, table, (0, 0)).total == 0.0


def test_scalars_and_copies(rng):
    table = Tensor(rng.standard_normal((4, 2)), requires_grad=True)
    v = Value(3.0)
    (rows_of(table, 1).sum() * v).backward()
    assert table.grad.to_dense()[1].tolist() == [3.0, 3.0]
    twin = copy.deepcopy(table)
    twin.grad.values[...] = 0.0
    assert table.grad.values.tolist() == [[3.0, 3.0]]


@pytest.mark.parametrize("axis", [None, 1, -2])
def test_only_rows_can_be_sparse(axis):
    with pytest.raises(errors.OptionError, match="axis=0"):
        ag.take(np.ones((2, 2)), [0], axis, sparse=True)


def test_rows_outside_the_table_are_refused():
    for index in (2, [-3], [0, 5]):
        with pytest.raises(errors.IndexingError):
            rows_of(Tensor(np.ones((2, 2)), requires_grad=True), index)
    with pytest.raises(errors.AutogradError):
        rows_of(Tensor(1.0, requires_grad=True), [0])
