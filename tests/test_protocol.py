"""numpy's own functions on nodes: values, gradients, refusals; never an array of objects."""

from __future__ import annotations

import inspect
import operator

import numpy as np
import pytest

from autograd import Tensor, Value, errors, no_grad, protocol
from autograd.checking import gradcheck

A = np.array([[0.3, -1.2, 2.2], [1.7, 0.4, -0.6]])  # no ties, no zeros
B = np.array([[1.5, 0.2, -0.7], [-2.1, 0.9, 0.8]])
V = np.array([0.4, -1.1, 0.7])
S = np.array([[2.0, 0.3, -0.1], [0.3, 1.5, 0.4], [-0.1, 0.4, 1.1]])  # symmetric, positive
ORDER = np.array([[2, 0, 1], [0, 2, 1]])

# For every function that has a rule: calls of it on arrays, as numpy's users write them.
CALLS = {
    "sum": [lambda f: f(A), lambda f: f(A, axis=-1, keepdims=True), lambda f: f(A, (0, 1))],
    "mean": [lambda f: f(A, 0), lambda f: f(A, axis=(0, -1))],
    "prod": [lambda f: f(A), lambda f: f(A, axis=1)],
    "max": [lambda f: f(A), lambda f: f(A, axis=-1, keepdims=True)],
    "min": [lambda f: f(A), lambda f: f(A, 0)],
    "amax": [lambda f: f(A, axis=0)],
    "amin": [lambda f: f(A, axis=0)],
    "median": [lambda f: f(A), lambda f: f(A, axis=1, keepdims=True)],
    "var": [lambda f: f(A), lambda f: f(A, axis=1, ddof=1), lambda f: f(A, correction=1)],
    "std": [lambda f: f(A), lambda f: f(A, axis=0, ddof=1, keepdims=True)],
    "cumsum": [lambda f: f(A), lambda f: f(A, axis=1)],
    "cumprod": [lambda f: f(A, 0)],
    "sort": [lambda f: f(A), lambda f: f(A, axis=0)],
    "where": [lambda f: f(A > 0, A, 0.0), lambda f: f(A > B, A, B)],
    "clip": [
        lambda f: f(A, -1.0, 1.0),
        lambda f: f(A, a_min=0.0, a_max=None),
        lambda f: f(A, min=-0.5),
        lambda f: f(A, max=V),
    ],
    "round": [lambda f: f(A), lambda f: f(A, 1)],
    "around": [lambda f: f(A, decimals=1)],
    "nan_to_num": [lambda f: f(A), lambda f: f(A, nan=2.0)],
    "sinc": [lambda f: f(A)],
    "copy": [lambda f: f(A)],
    "reshape": [lambda f: f(A, (3, 2)), lambda f: f(A, -1)],
    "ravel": [lambda f: f(A)],
    "transpose": [lambda f: f(A), lambda f: f(A[None], (2, 0, 1))],
    "permute_dims": [lambda f: f(A, (1, 0))],
    "matrix_transpose": [lambda f: f(A[None])],
    "swapaxes": [lambda f: f(A, 0, -1)],
    "moveaxis": [lambda f: f(A[None], 0, -1)],
    "expand_dims": [lambda f: f(A, 1), lambda f: f(A, (0, -1))],
    "squeeze": [lambda f: f(A[None]), lambda f: f(A[:, None], axis=1)],
    "broadcast_to": [lambda f: f(V, (2, 3))],
    "atleast_1d": [lambda f: f(V), lambda f: f(V[0])],
    "atleast_2d": [lambda f: f(V), lambda f: f(A)],
    "flip": [lambda f: f(A), lambda f: f(A, 1)],
    "fliplr": [lambda f: f(A)],
    "flipud": [lambda f: f(A)],
    "roll": [lambda f: f(A, 2), lambda f: f(A, -1, axis=1)],
    "repeat": [lambda f: f(A, 2), lambda f: f(A, 2, axis=0)],
    "tile": [lambda f: f(A, (2, 1)), lambda f: f(A, 2)],
    "pad": [lambda f: f(A, 1), lambda f: f(A, ((0, 1), (2, 0)), constant_values=3.0)],
    "diag": [lambda f: f(V), lambda f: f(A, 1)],
    "diagonal": [lambda f: f(A), lambda f: f(A, offset=-1)],
    "trace": [lambda f: f(A), lambda f: f(A, 1)],
    "tril": [lambda f: f(A)],
    "triu": [lambda f: f(A, k=1)],
    "take": [lambda f: f(A, [0, 0, 4]), lambda f: f(A, [2, 0], axis=1)],
    "take_along_axis": [lambda f: f(A, ORDER, axis=1), lambda f: f(A, ORDER[:, :1], -1)],
    "concatenate": [lambda f: f([A, B]), lambda f: f((A, B, A), axis=1), lambda f: f([A, V], None)],
    "stack": [lambda f: f([A, B]), lambda f: f([A, B], axis=-1)],
    "vstack": [lambda f: f([A, V])],
    "hstack": [lambda f: f([A, B]), lambda f: f([V, V])],
    "column_stack": [lambda f: f([V, S])],
    "append": [lambda f: f(A, B), lambda f: f(A, B, axis=0)],
    "split": [lambda f: f(A, 3, axis=1), lambda f: f(A, [1])],
    "dot": [
        lambda f: f(A, V),
        lambda f: f(A, S),
        lambda f: f(S, np.stack([S, 2 * S, A.T @ A])),
        lambda f: f(V, 2.0),
    ],
    "inner": [lambda f: f(V, V), lambda f: f(A, B), lambda f: f(3.0, A)],
    "vdot": [lambda f: f(A, B)],
    "outer": [lambda f: f(A, V)],
    "kron": [lambda f: f(A, S)],
    "einsum": [lambda f: f("ij,kj->ik", A, B), lambda f: f("ij,j", A, V, optimize=True)],
    "tensordot": [lambda f: f(A, S, 1), lambda f: f(A, B, axes=([0, 1], [0, 1]))],
    "linalg.inv": [lambda f: f(S)],
    "linalg.det": [lambda f: f(S)],
    "linalg.slogdet": [lambda f: f(-S)],
    "linalg.solve": [lambda f: f(S, V), lambda f: f(S, A.T)],
    "linalg.cholesky": [lambda f: f(S)],
    "linalg.norm": [lambda f: f(A), lambda f: f(A, axis=1), lambda f: f(A, ord=1, axis=0)],
}


def test_every_function_with_a_rule_is_tested():
    assert set(CALLS) == set(protocol.FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "call"), [pytest.param(name, call, id=name) for name in CALLS for call in CALLS[name]]
)
def test_functions_give_numpys_values_and_right_gradients(name, call):
    function = protocol._numpy(name)
    try:
        expected = call(function)
    except TypeError as error:
        pytest.skip(f"not in this numpy: {error}")

    def as_nodes(x, make):
        if isinstance(x, list | tuple) and any(isinstance(i, np.ndarray) for i in x):
            return type(x)(as_nodes(i, make) for i in x)
        return make(x) if isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f" else x

    made = []

    def collect(*args, **kwargs):
        made.extend(
            x for tree in args for x in (tree if isinstance(tree, list | tuple) else [tree])
        )
        return 0

    call(collect)
    inputs = [x for x in made if isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"]

    def through_nodes(*nodes):
        waiting = list(nodes)
        result = call(
            lambda *args, **kwargs: function(
                *(as_nodes(x, lambda _: waiting.pop(0)) for x in args), **kwargs
            )
        )
        if name == "linalg.slogdet":
            return result.logabsdet
        return list(result) if isinstance(result, list | tuple) else result

    out = through_nodes(*[Tensor(x, requires_grad=True) for x in inputs])
    if name == "linalg.slogdet":
        expected = expected.logabsdet
    pairs = zip(out, expected, strict=True) if isinstance(out, list) else [(out, expected)]
    for got, want in pairs:
        assert isinstance(got, Tensor)
        assert got.requires_grad
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-12, atol=1e-13)
        assert got.shape == np.shape(want)
    if name == "linalg.cholesky":  # reads one triangle: a gradient for symmetric changes
        symmetric = through_nodes
        assert gradcheck(lambda x: symmetric((x + x.T) / 2), inputs)
    else:
        assert gradcheck(through_nodes, inputs)


@pytest.mark.parametrize("name", sorted(protocol.FUNCTIONS))
def test_argument_names_are_numpys(name):
    try:
        theirs = inspect.signature(protocol._numpy(name)).parameters
    except ValueError:
        pytest.skip("this numpy does not say")
    anything = any(p.kind is p.VAR_KEYWORD for p in theirs.values())
    other_versions = {
        ("reshape", "newshape"),
        ("reshape", "shape"),
        ("clip", "min"),
        ("clip", "max"),
    }
    for key in inspect.signature(protocol.FUNCTIONS[name]).parameters:
        assert key in theirs or anything or (name, key) in other_versions


UNARY = [
    "exp",
    "exp2",
    "expm1",
    "sin",
    "cos",
    "tan",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "square",
    "negative",
    "absolute",
    "fabs",
    "positive",
    "floor",
    "ceil",
    "rint",
    "sign",
]
POSITIVE = ["log", "log2", "log10", "log1p", "sqrt", "reciprocal"]
UNIT = ["arcsin", "arccos", "arctanh"]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "hypot",
    "arctan2",
    "logaddexp",
]


@pytest.mark.parametrize("name", UNARY + POSITIVE + UNIT)
@pytest.mark.parametrize("kind", ["tensor", "value"])
def test_unary_ufuncs(name, kind):
    x = {"P": np.abs(A) + 0.1, "U": A / 3, "A": A}[
        "P" if name in POSITIVE else "U" if name in UNIT else "A"
    ]
    ufunc = getattr(np, name)
    x = x if kind == "tensor" else float(x[0, 1])
    assert gradcheck(ufunc, x)
    node = Tensor(x, requires_grad=True) if kind == "tensor" else Value(x)
    out = ufunc(node)
    assert type(out) is type(node)
    np.testing.assert_allclose(out.numpy(), ufunc(x), rtol=1e-15)


@pytest.mark.parametrize("name", BINARY)
def test_binary_ufuncs_either_way_round_and_mixed(name):
    ufunc = getattr(np, name)
    assert gradcheck(ufunc, (A, V))
    assert gradcheck(lambda t: ufunc(B, t), A)
    assert gradcheck(lambda t: ufunc(t, B), A)
    assert gradcheck(lambda v: ufunc(B, v), 0.45)
    assert gradcheck(ufunc, (0.45, -1.3))
    t = Tensor(A, requires_grad=True)
    np.testing.assert_array_equal(ufunc(B, t).numpy(), ufunc(B, A))


def test_power_matmul_and_arccosh():
    assert gradcheck(np.power, (np.abs(A), V))
    assert gradcheck(np.float_power, (np.abs(A), 2.0))
    assert gradcheck(np.matmul, (A, S))
    assert gradcheck(np.arccosh, np.abs(A) + 1.1)


def test_every_ufunc_of_an_operation_is_in_the_table():
    from autograd import ops

    for op in vars(ops).values():
        if isinstance(op, ops.Op) and isinstance(op.array, np.ufunc):
            assert op.array in protocol._ufuncs() or op.array in protocol._plain(), op


# --- operators ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: B * x,
        lambda x: B + x,
        lambda x: B - x,
        lambda x: B / (x + 3),
        lambda x: np.abs(B) ** x,
        lambda x: np.float64(2) * x,
        lambda x: np.float32(2) - x,
        lambda x: np.int64(3) / (x + 3),
        lambda x: np.array(2.0) * x,
    ],
)
@pytest.mark.parametrize("x", [A, 0.7])
def test_arrays_and_numpy_numbers_on_the_left(f, x):
    assert gradcheck(f, x)
    node = Tensor(x, requires_grad=True) if np.ndim(x) else Value(x)
    np.testing.assert_allclose(f(node).numpy(), f(x), rtol=1e-7)  # float32(2) - 0.7 rounds


def test_array_at_tensor():
    assert gradcheck(lambda t: B @ t, A.T)


def test_comparisons_are_plain():
    t, v = Tensor(A, requires_grad=True), Value(0.3)
    for result, expected in [
        (operator.gt(B, t), B > A),
        (operator.eq(B, t), B == A),
        (np.less(t, 0), A < 0),
        (operator.ge(A, v), A >= 0.3),
        (np.greater(v, t), A < 0.3),
        (np.logical_and(t > 0, t), (A > 0) & (A != 0)),
    ]:
        assert type(result) is np.ndarray
        assert result.dtype == bool
        np.testing.assert_array_equal(result, expected)
    assert np.float64(1.0) > v


@pytest.mark.parametrize("name", protocol.PLAIN)
def test_questions_are_answered_on_the_array(name):
    function = getattr(np, name)
    more = {
        "argpartition": (2,),
        "full_like": (2.5,),
        "can_cast": (np.float32,),
        "digitize": (V[[1, 0, 2]],),
        "isin": ([0.3],),
        "searchsorted": (0.2,),
        "allclose": (A,),
        "array_equal": (A,),
        "array_equiv": (A,),
        "isclose": (A,),
        "may_share_memory": (B,),
        "shares_memory": (B,),
    }.get(name, ())
    data = np.sort(V) if name == "searchsorted" else A
    if name == "can_cast":
        pytest.skip("answers for dtypes")
    got = function(Tensor(data, requires_grad=True), *more)
    expected = function(data, *more)
    assert type(got) is type(expected)
    if name != "empty_like":
        np.testing.assert_array_equal(got, expected)


def test_where_with_one_argument_and_nodes_in_lists():
    t = Tensor(A, requires_grad=True)
    np.testing.assert_array_equal(np.where(t > 0)[1], np.where(A > 0)[1])
    np.testing.assert_array_equal(np.where(t)[1], np.where(A)[1])
    assert np.result_type(t, np.float32) == np.float64
    assert np.array_equal([Value(1.0), 2.0], Tensor([1.0, 2.0]))


def test_stacking_values_makes_a_tensor():
    a, b = Value(2.0), Value(3.0)
    out = np.stack([a, b, 1.0])
    (out * np.array([1.0, 10.0, 100.0])).sum().backward()
    assert (a.grad, b.grad) == (1.0, 10.0)


def test_reduce_of_a_ufunc_is_the_reduction():
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        assert gradcheck(ufunc.reduce, A)
        t = Tensor(A, requires_grad=True)
        np.testing.assert_allclose(ufunc.reduce(t).numpy(), ufunc.reduce(A))
        got = ufunc.reduce(t, axis=1, keepdims=True)
        np.testing.assert_allclose(got.numpy(), ufunc.reduce(A, axis=1, keepdims=True))


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: np.unique(t), r"numpy\.unique has no gradient rule.*depends on the data"),
        (lambda t: np.linalg.eigh(t[:, :2]), r"numpy\.linalg\.eigh"),
        (lambda t: np.fft.fft(t), r"numpy\.fft\.fft"),
        (lambda t: np.floor_divide(t, 2), r"floor_divide.*autograd\.floor"),
        (lambda t: B // t, "floor_divide"),
        (lambda t: np.divmod(t, 2), "divmod"),
        (lambda t: np.add.accumulate(t), r"add\.accumulate"),
        (lambda t: np.multiply.outer(t, t), r"multiply\.outer"),
        (lambda t: np.add.at(np.zeros(3), [0], t[0]), r"add\.at"),
        (lambda t: np.logaddexp.reduce(t), r"logaddexp\.reduce"),
        (lambda t: np.sum(t, dtype=np.float32), r"numpy\.sum.*dtype"),
        (lambda t: np.sum(t, out=np.zeros(())), r"numpy\.sum.*out"),
        (lambda t: np.sum(t, initial=1.0), r"numpy\.sum.*initial"),
        (lambda t: np.sum(t, None, np.float32), r"numpy\.sum.*dtype"),
        (lambda t: np.max(t, where=A > 0, initial=0), r"numpy\.max.*(where|initial)"),
        (lambda t: np.reshape(t, (3, 2), order="F"), r"numpy\.reshape.*order='F'"),
        (lambda t: np.exp(t, where=A > 0), r"numpy\.exp.*where"),
        (lambda t: np.exp(t, dtype=np.float32), r"numpy\.exp.*dtype"),
        (lambda t: np.add.reduce(t, initial=3.0), r"numpy\.add\.reduce.*initial"),
        (lambda t: np.add(t, 1, out=np.zeros_like(A)), "array = array"),
        (lambda t: np.add(A, 1, out=t), "array = array"),
        (lambda t: np.isnan(A, out=t), "array = array"),
        (lambda t: np.copyto(np.zeros_like(A), t), "copyto.*put"),
        (lambda t: np.save("nowhere", t), "save"),
    ],
)
def test_what_has_no_rule_raises_at_once_and_says_what_to_use(call, message):
    with pytest.raises(errors.GradientError, match=message):
        call(Tensor(A, requires_grad=True))
    with pytest.raises(errors.GradientError, match=message):
        call(Tensor(A))  # the same for constants: no surprise later


def test_defaults_of_numpy_may_be_spelt_out():
    t = Tensor(A, requires_grad=True)
    np.sum(t, axis=None, dtype=None, out=None)
    np.reshape(t, (3, 2), order="C")
    np.sort(t, kind=None)
    np.concatenate([t, t], dtype=None)


def test_writing_into_a_plain_array_is_refused():
    array = B.copy()
    with pytest.raises(errors.GradientError, match=r"array = array \+ tensor"):
        array *= Tensor(A, requires_grad=True)
    np.testing.assert_array_equal(array, B)
    with pytest.raises(errors.GradientError, match="lose it"):
        array[0] = Tensor(V, requires_grad=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: np.array(x),
        lambda x: np.asarray(x),
        lambda x: np.array([x, x]),
        lambda x: np.array([[1.0, 2.0], [x, 1.0]], dtype=object),
        lambda x: np.mean([x, x]),
        lambda x: np.float64(x) if isinstance(x, Tensor) else np.asarray(x),
    ],
)
@pytest.mark.parametrize("node", [Value(2.0), Tensor([1.0, 2.0], requires_grad=True)])
def test_no_array_of_objects_and_no_lost_gradient(make, node):
    with pytest.raises(errors.GradientError, match="would lose"):
        make(node)


def test_constants_become_arrays():
    t = Tensor(np.array([1.0, 2.0], np.float32))
    shared = np.asarray(t)
    assert shared.dtype == np.float32
    assert not shared.flags.writeable
    copied = np.array(t)
    copied[0] = 5.0  # writable, and its own
    assert t.numpy()[0] == 1.0
    assert np.asarray(t, dtype=np.float64).dtype == np.float64
    assert np.asarray(t, copy=False).base is not None
    with pytest.raises(ValueError, match="copy"):
        np.asarray(t, dtype=np.float64, copy=False)
    wants = Tensor([1.0], requires_grad=True)
    with no_grad():
        assert np.asarray(wants)[0] == 1.0
    np.testing.assert_allclose(wants.detach(), [1.0])
    np.testing.assert_allclose(t, [1.0, 2.0])


def test_a_shared_view_is_no_way_to_change_a_graph():
    t = Tensor([1.0, 2.0])
    w = Tensor([3.0, 4.0], requires_grad=True)
    view = np.asarray(t)
    y = w * view
    t.overwrite()[:] = 100.0
    y.backward(np.ones(2))
    np.testing.assert_array_equal(w.grad, [1.0, 2.0])


def test_float32_is_kept():
    t = Tensor(A.astype(np.float32), requires_grad=True)
    assert np.exp(t).dtype == np.float32
    assert (2.0 * np.sum(t, axis=0)).dtype == np.float32
    assert np.where(A > 0, t, 0.0).dtype == np.float32
