"""Products and linear algebra: what is special to them.

Values come from numpy, gradients from central differences for random upstream gradients, and
from PyTorch where it is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, errors
from autograd.graph import gradients
from autograd.ops import linalg, products, subscripts

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]
STEP = 1e-5


def value(f: Function, xs: list[Array]) -> Array:
    return np.asarray(f(*xs))


def slopes(f: Function, xs: list[Array], g: Array) -> list[Array]:
    """The gradients of sum(g * f(*xs)) by central differences."""
    found = []
    for slot, x in enumerate(xs):
        slope = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            moved = []
            for step in (STEP, -STEP):
                at = [z.copy() for z in xs]
                at[slot][i] += step
                moved.append(value(f, at))
            slope[i] = np.sum(g * (moved[0] - moved[1])) / (2 * STEP)
        found.append(slope)
    return found


def backward(f: Function, xs: list[Array], g: Array) -> list[Array]:
    tensors = [Tensor(x, requires_grad=True) for x in xs]
    f(*tensors).backward(g)
    return [np.zeros(t.shape) if t.grad is None else t.grad for t in tensors]


def check(f: Function, xs: list[Array], rng: np.random.Generator, *, second: bool = True) -> None:
    """First order, and second order through recorded gradients, against differences."""
    g = rng.normal(size=value(f, xs).shape)
    close = {"rtol": 1e-6, "atol": 1e-7}
    for found, expected in zip(backward(f, xs, g), slopes(f, xs, g), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, **close)
    if not second:
        return
    us = [rng.normal(size=x.shape) for x in xs]

    def along(*zs: Any) -> Any:
        """The gradients for (xs, g), in the random direction us."""
        nodes = [z if isinstance(z, Tensor) else Tensor(z, requires_grad=True) for z in zs]
        *inputs, up = nodes
        firsts = gradients(f(*inputs), inputs, up, create_graph=True)
        total: Any = 0.0
        for first, u in zip(firsts, us, strict=True):
            total = total + (first * u).sum()
        return total if isinstance(zs[0], Tensor) else total.data

    everything = [*xs, g]
    found = backward(along, everything, np.array(1.0))
    for one, expected in zip(found, slopes(along, everything, np.array(1.0)), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)


def regular(rng: np.random.Generator, *shape: int) -> Array:
    """Matrices that are far from singular."""
    return rng.normal(size=shape) * 0.4 + 2 * np.eye(shape[-1])


def definite(rng: np.random.Generator, *shape: int) -> Array:
    a = rng.normal(size=shape)
    return a @ a.swapaxes(-1, -2) + np.eye(shape[-1])


# --- matmul ---------------------------------------------------------------------------------------

MATMULS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((2, 2, 2, 3), (3,)),
    ((2, 5, 2, 3), (3, 4)),
    ((2, 1), (1, 3)),
    ((2, 0), (0, 3)),
    ((0, 2), (2, 3)),
    ((4, 0, 2), (2, 3)),
    ((0, 4, 2), (0, 2, 3)),
]


@pytest.mark.parametrize(("left", "right"), MATMULS, ids=str)
def test_matmul(left: tuple[int, ...], right: tuple[int, ...], rng: np.random.Generator) -> None:
    x, y = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_allclose(products.matmul(x, y), x @ y, rtol=1e-13, atol=1e-14)
    assert np.shape(products.matmul(x, y)) == np.shape(x @ y)
    check(products.matmul, [x, y], rng)


def test_matmul_of_strided_arrays(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(3, 4, 5)), rng.normal(size=(6, 3))
    f = products.matmul
    np.testing.assert_allclose(f(x.transpose(1, 2, 0), y.T), x.transpose(1, 2, 0) @ y.T)
    check(f, [x.transpose(1, 2, 0)[:, ::2], y.T], rng)


def test_operators_and_constants(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    g = rng.normal(size=(2, 4))
    t = Tensor(x, requires_grad=True)
    (t @ y).backward(g)
    np.testing.assert_allclose(t.grad, g @ y.T)
    u = Tensor(y, requires_grad=True)
    (x @ u).backward(g)
    np.testing.assert_allclose(u.grad, x.T @ g)


def test_a_gradient_nobody_asked_for_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("computed")

    x, w = Tensor(np.ones((2, 3))), Tensor(np.ones((3, 4)), requires_grad=True)
    monkeypatch.setattr(products.matmul_left, "array", refuse)
    products.matmul(x, w).backward(np.ones((2, 4)))
    assert w.grad is not None
    monkeypatch.setattr(products.matmul_right, "array", refuse)
    with pytest.raises(AssertionError):
        products.matmul(x, w).backward(np.ones((2, 4)))


@pytest.mark.parametrize(
    ("x", "y"),
    [(np.ones((2, 3)), np.ones((2, 3))), (np.ones(3), np.ones(4)), (2.0, np.ones(3))],
)
def test_matmul_of_wrong_shapes(x: Any, y: Array) -> None:
    with pytest.raises(errors.ShapeError, match="matmul"):
        products.matmul(x, Tensor(y))


# --- linear ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lead", [(), (5,), (2, 4), (0,), (2, 0)], ids=str)
@pytest.mark.parametrize("with_bias", [True, False])
def test_linear(lead: tuple[int, ...], with_bias: bool, rng: np.random.Generator) -> None:
    x, weight, bias = rng.normal(size=(*lead, 3)), rng.normal(size=(4, 3)), rng.normal(size=4)
    xs = [x, weight, bias] if with_bias else [x, weight]
    expected = x @ weight.T + (bias if with_bias else 0)
    np.testing.assert_allclose(products.linear(*xs), expected, rtol=1e-13)
    node = products.linear(*[Tensor(z, requires_grad=True) for z in xs])
    assert node.op is not None
    assert node.op.name == "linear"
    assert all(p is not None and p.op is None for p in node.parents)  # one node
    check(products.linear, xs, rng)


@pytest.mark.parametrize(
    "shapes",
    [((2, 3), (3, 4), None), ((2, 3), (4, 3), (3,)), ((2, 3), (4, 3), (1, 4)), ((), (4, 3), None)],
    ids=str,
)
def test_linear_of_wrong_shapes(shapes: Any) -> None:
    with pytest.raises(errors.ShapeError, match=r"linear: expected x of shape \(..., in\)"):
        products.linear(*[None if s is None else Tensor(np.ones(s)) for s in shapes])


# --- outer, kron ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"), [((2,), (3,)), ((2, 2), (3,)), ((), (3,)), ((0,), (2,))]
)
def test_outer(left: tuple[int, ...], right: tuple[int, ...], rng: np.random.Generator) -> None:
    x, y = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_array_equal(products.outer(x, y), np.outer(x, y))
    check(products.outer, [x, y], rng)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2,), (3,)),
        ((2, 3), (3, 2)),
        ((2, 3), (2,)),
        ((2,), (1, 3)),
        ((2, 1, 2), (3, 2)),
        ((), (2,)),
    ],
)
def test_kron(left: tuple[int, ...], right: tuple[int, ...], rng: np.random.Generator) -> None:
    x, y = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_array_equal(products.kron(x, y), np.kron(x, y))
    check(products.kron, [x, y], rng)


# --- einsum ---------------------------------------------------------------------------------------

EINSUMS = [
    ("ij->ji", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ij->j", [(2, 3)]),
    ("ba", [(2, 3)]),
    ("ii->i", [(3, 3)]),
    ("ii", [(3, 3)]),
    ("iji->j", [(3, 2, 3)]),
    ("iijj->ji", [(2, 2, 3, 3)]),
    ("...ii->...i", [(2, 3, 3)]),
    ("...i->...", [(2, 3)]),
    ("...", [(2, 3)]),
    ("i...->...i", [(2, 3, 4)]),
    ("->", [()]),
    ("", [()]),
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij,jk->ki", [(2, 3), (3, 4)]),
    ("kj , ij -> ik", [(4, 3), (2, 3)]),
    ("i,i", [(3,), (3,)]),
    ("i,j->ij", [(2,), (3,)]),
    ("i,j->", [(2,), (3,)]),
    ("i,j->j", [(2,), (3,)]),
    ("ij,ij->ij", [(2, 3), (2, 3)]),
    ("ij,ij->j", [(2, 3), (2, 3)]),
    ("ij,ji", [(2, 3), (3, 2)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 2)]),
    ("bij,jk->bik", [(2, 3, 4), (4, 2)]),
    ("bi,bi->b", [(2, 3), (2, 3)]),
    ("bhqd,bhkd->bhqk", [(2, 2, 3, 2), (2, 2, 4, 2)]),
    ("bqhd,bkhd->bhqk", [(2, 3, 2, 2), (2, 4, 2, 2)]),
    ("...ij,...jk->...ik", [(2, 2, 3), (2, 3, 2)]),
    ("...ij,...jk->...ik", [(2, 3), (2, 3, 2)]),
    ("...ij,...jk->...ik", [(4, 1, 2, 3), (2, 3, 2)]),
    ("...ij,j", [(2, 2, 3), (3,)]),
    ("i...,...j->...ij", [(2, 3), (3, 4)]),
    ("...,...", [(2, 3), (3,)]),
    ("ii,ij->j", [(3, 3), (3, 2)]),
    ("ii,jj->ij", [(2, 2), (3, 3)]),
    ("ij,jk->ik", [(2, 1), (3, 4)]),
    ("ij,jk->ik", [(2, 3), (1, 4)]),
    ("ij,jk->ijk", [(2, 1), (3, 4)]),
    ("ij,ij->i", [(2, 1), (1, 3)]),
    ("ij,ij->", [(1, 3), (2, 1)]),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
    ("ij,jk,kl->li", [(2, 3), (3, 4), (4, 2)]),
    ("i,i,i->i", [(3,), (3,), (3,)]),
    ("i,i,i", [(3,), (1,), (3,)]),
    ("i,j,k", [(2,), (3,), (2,)]),
    ("i,j,k->", [(2,), (3,), (2,)]),
    ("ij,ik,il->jkl", [(3, 2), (3, 2), (3, 2)]),
    ("ijk,il,jm,kn->lmn", [(2, 3, 2), (2, 2), (3, 2), (2, 2)]),
    ("...a,ab,...b->...", [(2, 3), (3, 4), (2, 4)]),
    (",ij,", [(), (2, 3), ()]),
    ("ij,jk->ik", [(2, 0), (0, 3)]),
    ("ij,jk->ik", [(0, 2), (2, 3)]),
    ("ij,jk,kl->il", [(2, 0), (0, 4), (4, 2)]),
    ("aB,Bc->ca", [(2, 3), (3, 2)]),
]


@pytest.mark.parametrize(("text", "shapes"), EINSUMS, ids=str)
def test_einsum(text: str, shapes: list[tuple[int, ...]], rng: np.random.Generator) -> None:
    xs = [rng.normal(size=shape) for shape in shapes]
    expected = np.einsum(text, *xs)
    found = subscripts.einsum(text, *xs)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    check(lambda *zs: subscripts.einsum(text, *zs), xs, rng)


def test_einsum_of_one_tensor_twice(rng: np.random.Generator) -> None:
    check(lambda x: subscripts.einsum("ij,kj->ik", x, x), [rng.normal(size=(3, 2))], rng)


def test_einsum_of_many_random_subscripts(rng: np.random.Generator) -> None:
    for _ in range(60):
        sizes = dict(zip("abcde", rng.integers(1, 4, size=5), strict=True))
        count = int(rng.integers(1, 4))
        terms = ["".join(rng.choice(list("abcde"), size=rng.integers(0, 4))) for _ in range(count)]
        letters = sorted(set("".join(terms)))
        kept = "".join(rng.permutation(letters)[: rng.integers(0, len(letters) + 1)])
        text = ",".join(terms) + "->" + kept
        xs = [rng.normal(size=[sizes[a] for a in term]) for term in terms]
        expected = np.einsum(text, *xs)
        np.testing.assert_allclose(subscripts.einsum(text, *xs), expected, atol=1e-12)
        check(lambda *zs, text=text: subscripts.einsum(text, *zs), xs, rng, second=False)


@pytest.mark.parametrize(
    ("text", "shapes", "message"),
    [
        ("i.i", [(3, 3)], "only letters"),
        ("i1", [(3, 3)], "only letters"),
        ("i-i", [(3, 3)], "only letters"),
        ("ij->i->j", [(3, 3)], "only letters"),
        ("......", [(3, 3)], "only letters"),
        ("ij,jk->ik", [(3, 3)], "2 arrays, and 1 were given"),
        ("i", [(3, 3)], "does not fit an array of 2 axes"),
        ("ijk", [(3, 3)], "does not fit an array of 2 axes"),
        ("...ijk->i", [(3, 3)], "does not fit an array of 2 axes"),
        ("i->j", [(3,)], "'j' of the result is in no array"),
        ("i->ii", [(3,)], "twice"),
        ("...i->i", [(2, 3)], "the result needs"),
        ([0, 1], [(2, 3)], "lists of numbers"),
    ],
)
def test_unreadable_subscripts(text: Any, shapes: Any, message: str) -> None:
    with pytest.raises(errors.OptionError, match=message):
        subscripts.einsum(text, *[np.ones(shape) for shape in shapes])


@pytest.mark.parametrize(
    ("text", "shapes"), [("ij,jk", [(2, 3), (4, 5)]), ("ii", [(2, 3)]), ("ii", [(1, 3)])]
)
def test_sizes_that_do_not_match(text: str, shapes: Any) -> None:
    with pytest.raises(errors.ShapeError, match="stands for axes of sizes"):
        subscripts.einsum(text, *[Tensor(np.ones(shape)) for shape in shapes])


# --- tensordot ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [
        ((2, 3), (2, 3), ([0, 1], [0, 1])),
        ((2, 3, 4), (3, 4, 2), 2),
        ((2, 3), (3, 2), 1),
        ((2, 3), (4,), 0),
        ((2, 3, 4), (4, 2, 5), ([0, -1], [1, 0])),
        ((2, 3, 4), (4, 2, 5), ([-1, 0], [0, 1])),
        ((2, 3, 4), (5, 3), (1, 1)),
        ((2, 0), (0, 3), 1),
    ],
)
def test_tensordot(left: Any, right: Any, axes: Any, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=left), rng.normal(size=right)
    expected = np.tensordot(x, y, axes)
    found = subscripts.tensordot(x, y, axes)
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    check(lambda a, b: subscripts.tensordot(a, b, axes), [x, y], rng)


@pytest.mark.parametrize(
    "axes", [3, -1, 2, ([0], [0, 1]), ([5], [0]), "ab", None, ([0, 0], [1, 1])]
)
def test_wrong_axes_of_tensordot(axes: Any) -> None:
    with pytest.raises(errors.ShapeError, match="tensordot: axes="):
        subscripts.tensordot(np.ones((2, 3)), np.ones((3, 2)), axes)


# --- inverse, solve, determinants, Cholesky -------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(3, 3), (1, 1), (2, 3, 3), (2, 1, 2, 2), (0, 2, 2), (0, 0)], ids=str
)
def test_inverse_and_determinants(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    x = regular(rng, *shape)
    np.testing.assert_allclose(linalg.inv(x), np.linalg.inv(x))
    np.testing.assert_allclose(linalg.det(x), np.linalg.det(x))
    np.testing.assert_allclose(linalg.logdet(x), np.linalg.slogdet(x)[1])
    for f in (linalg.inv, linalg.det, linalg.logdet):
        check(f, [x], rng)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3, 3), (3,)),
        ((3, 3), (3, 2)),
        ((4, 3, 3), (3,)),
        ((4, 3, 3), (3, 2)),
        ((4, 3, 3), (4, 3, 1)),
        ((3, 3), (4, 3, 2)),
        ((2, 1, 3, 3), (4, 3, 2)),
        ((0, 3, 3), (3, 2)),
    ],
    ids=str,
)
def test_solve(a: tuple[int, ...], b: tuple[int, ...], rng: np.random.Generator) -> None:
    x, y = regular(rng, *a), rng.normal(size=b)
    np.testing.assert_allclose(linalg.solve(x, y), np.linalg.solve(x, y))
    check(linalg.solve, [x, y], rng)


@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 3, 3), (0, 2, 2)], ids=str)
def test_cholesky(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    x = definite(rng, *shape)
    np.testing.assert_allclose(linalg.cholesky(x), np.linalg.cholesky(x))
    # Through a symmetric input, so that differences and gradient mean the same.
    check(lambda z: linalg.cholesky(z + transposed(z)), [x / 2], rng)
    (grad,) = backward(linalg.cholesky, [x], rng.normal(size=shape))
    np.testing.assert_allclose(grad, grad.swapaxes(-1, -2), atol=1e-12)


def transposed(x: Any) -> Any:
    return linalg.swap_last(x)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_determinant_of_singular_matrices(n: int, rank: int, rng: np.random.Generator) -> None:
    x = rng.normal(size=(n, min(rank, n))) @ rng.normal(size=(min(rank, n), n))
    check(linalg.det, [x], rng, second=False)
    check(linalg.det, [np.stack([x, regular(rng, n, n)])], rng, second=False)


def test_determinant_with_nan() -> None:
    x = np.stack([np.full((2, 2), np.nan), np.array([[1.0, 2.0], [3.0, 4.0]])])
    (grad,) = backward(linalg.det, [x], np.array([1.0, 1.0]))
    assert np.isnan(grad[0]).all()
    np.testing.assert_allclose(grad[1], [[4.0, -3.0], [-2.0, 1.0]])


def test_logdet_neither_overflows_nor_cares_about_signs(rng: np.random.Generator) -> None:
    x = np.diag([1e200, -1e200, 1e-30])
    np.testing.assert_allclose(linalg.logdet(x), np.log(10.0) * 370)
    (grad,) = backward(linalg.logdet, [x], np.array(2.0))
    np.testing.assert_allclose(np.diag(grad), [2e-200, -2e-200, 2e30])


SINGULAR = np.array([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]])


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (linalg.inv, SINGULAR),
        (lambda x: linalg.solve(x, np.ones(2)), SINGULAR),
        (lambda x: linalg.solve(x, np.ones((2, 1))), SINGULAR),
        (linalg.logdet, SINGULAR),
        (linalg.cholesky, -np.eye(2)),
        (linalg.cholesky, np.stack([np.eye(2), SINGULAR[1] - np.eye(2)])),
    ],
)
def test_no_answer(f: Function, x: Array) -> None:
    for source in (x, Tensor(x, requires_grad=True)):
        with pytest.raises(errors.DomainError, match=r"is (singular|not positive definite).*add a"):
            f(source)


@pytest.mark.parametrize("f", [linalg.inv, linalg.det, linalg.logdet, linalg.cholesky])
@pytest.mark.parametrize("shape", [(2, 3), (3,), ()])
def test_not_square(f: Function, shape: tuple[int, ...]) -> None:
    with pytest.raises(errors.ShapeError, match="expected square matrices"):
        f(Tensor(np.ones(shape)))


def test_solve_of_wrong_shapes() -> None:
    for a, b in (((2, 3), (2,)), ((2, 2), (3,)), ((2, 2), (3, 1)), ((2, 2), ())):
        with pytest.raises(errors.ShapeError, match="solve"):
            linalg.solve(np.eye(*a), np.ones(b))


# --- dtypes ---------------------------------------------------------------------------------------

ALL: list[tuple[Function, list[tuple[int, ...]]]] = [
    (products.matmul, [(2, 3), (3, 2)]),
    (products.matmul, [(4, 2, 3), (3, 2)]),
    (products.linear, [(2, 3), (4, 3), (4,)]),
    (products.outer, [(2,), (3,)]),
    (products.kron, [(2, 2), (3,)]),
    (lambda x, y: subscripts.einsum("ij,kj->k", x, y), [(2, 3), (4, 3)]),
    (lambda x: subscripts.einsum("ii->i", x), [(3, 3)]),
    (linalg.inv, [(3, 3)]),
    (linalg.det, [(3, 3)]),
    (linalg.logdet, [(3, 3)]),
    (linalg.cholesky, [(3, 3)]),
    (linalg.solve, [(3, 3), (3,)]),
]


@pytest.mark.parametrize(("f", "shapes"), ALL)
def test_float32_stays_float32(f: Function, shapes: Any, rng: np.random.Generator) -> None:
    square = len(shapes[0]) == 2 and shapes[0][0] == shapes[0][1]
    xs = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    if square:
        xs[0] = definite(rng, 3, 3).astype(np.float32)[: shapes[0][0], : shapes[0][1]]
    tensors = [Tensor(x, requires_grad=True) for x in xs]
    y = f(*tensors)
    assert y.dtype == f(*xs).dtype == np.float32
    firsts = gradients(y, tensors, rng.normal(size=y.shape), create_graph=True)
    assert all(first.dtype == np.float32 for first in firsts)


def test_integers_and_lists() -> None:
    np.testing.assert_array_equal(products.matmul([[1, 2]], [[3], [4]]), [[11]])
    np.testing.assert_allclose(linalg.inv([[2, 0], [0, 4]]), [[0.5, 0], [0, 0.25]])
    with pytest.raises(errors.DTypeError):
        products.matmul(np.array([["a"]]), np.ones((1, 1)))


# --- the same in PyTorch --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_against_pytorch(seed: int) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    batch = tuple(int(n) for n in rng.integers(1, 4, size=rng.integers(0, 3)))
    n, m, k = (int(i) for i in rng.integers(1, 5, size=3))
    a = regular(rng, *batch, n, n)
    rectangle = rng.normal(size=(*batch, n, m))
    one, other = rng.normal(size=(n, m)), rng.normal(size=(k, m))
    cases: list[tuple[Function, Function, list[Array]]] = [
        (products.matmul, torch.matmul, [a, rectangle]),
        (products.matmul, torch.matmul, [rectangle, other.T]),
        (products.linear, torch.nn.functional.linear, [rectangle, other, rng.normal(size=k)]),
        (products.kron, torch.kron, [one, other]),
        (linalg.inv, torch.linalg.inv, [a]),
        (linalg.det, torch.linalg.det, [a]),
        (linalg.logdet, lambda z: torch.linalg.slogdet(z)[1], [a]),
        (linalg.solve, torch.linalg.solve, [a, rectangle]),
        (linalg.cholesky, torch.linalg.cholesky, [definite(rng, *batch, n, n)]),
        (
            lambda x, y: subscripts.einsum("...nm,km->k...", x, y),
            lambda x, y: torch.einsum("...nm,km->k...", x, y),
            [rectangle, other],
        ),
    ]
    for ours, theirs, xs in cases:
        tensors = [torch.tensor(x.copy(), requires_grad=True) for x in xs]
        expected = theirs(*tensors)
        g = rng.normal(size=tuple(expected.shape))
        expected.backward(torch.tensor(g))
        np.testing.assert_allclose(
            value(ours, xs), expected.detach().numpy(), rtol=1e-9, atol=1e-12
        )
        for found, t in zip(backward(ours, xs, g), tensors, strict=True):
            np.testing.assert_allclose(found, t.grad.numpy(), rtol=1e-8, atol=1e-11)


def test_second_order_against_pytorch(rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    x = definite(rng, 3, 3)
    u = rng.normal(size=(3, 3))
    pairs = [(linalg.cholesky, torch.linalg.cholesky), (linalg.inv, torch.linalg.inv)]
    for ours, theirs in pairs:
        g = rng.normal(size=(3, 3))
        t = torch.tensor(x, requires_grad=True)
        (first,) = torch.autograd.grad(theirs(t), t, torch.tensor(g), create_graph=True)
        (expected,) = torch.autograd.grad(first, t, torch.tensor(u))
        z = Tensor(x, requires_grad=True)
        (mine,) = gradients(ours(z), [z], g, create_graph=True)
        (found,) = gradients(mine, [z], u)
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-9, atol=1e-11)
