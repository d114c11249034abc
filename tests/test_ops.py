"""One suite over the table: every operation, in every kind it can run in.

The operations are collected from the modules of `autograd.ops`; what to feed them stands in
`samples.py`. An operation without a sample fails the suite. Gradients are compared with central
differences, always for a random upstream gradient.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import itertools
import math
import pkgutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import errors, ops
from autograd.graph import gradients
from autograd.ops.op import ManyOp, Op, slots_read
from autograd.ops.symbol import formula
from autograd.tensor import Tensor
from autograd.value import Value

_spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
assert _spec is not None
assert _spec.loader is not None
samples = importlib.util.module_from_spec(_spec)
importlib.sys.modules["samples"] = samples  # type: ignore[attr-defined]  # dataclasses look there
_spec.loader.exec_module(samples)
Sample = samples.Sample

STEP = 1e-6


# --- the table, and a list of cases from it ------------------------------------------------------


class Entry(NamedTuple):
    key: str
    op: Op
    samples: list[Any]


class Case(NamedTuple):
    op: Op
    sample: Any


def _declared(module: Any) -> set[str]:
    """The names a module's own source declares, as opposed to imports."""
    names: set[str] = set()
    for statement in ast.parse(inspect.getsource(module)).body:
        if isinstance(statement, ast.Assign):
            names |= {x.id for t in statement.targets for x in ast.walk(t) if hasattr(x, "id")}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
        elif isinstance(statement, ast.FunctionDef):
            names.add(statement.name)
    return names


def _table() -> list[Entry]:
    entries: list[Entry] = []
    seen: set[int] = set()
    for info in pkgutil.iter_modules(ops.__path__):
        module = importlib.import_module(f"autograd.ops.{info.name}")
        declared = _declared(module)
        for name, op in vars(module).items():
            if isinstance(op, Op) and name in declared and id(op) not in seen:
                seen.add(id(op))
                table = samples.SAMPLES
                found = table.get(f"{info.name}.{name}", table.get(name, []))
                found = found if isinstance(found, list) else [found]
                entries.append(Entry(f"{info.name}.{name}", op, found))
    return entries


TABLE = _table()


def elementwise(op: Op) -> bool:
    return op.scalar is not None and not op.variadic


def has_rule(op: Op) -> bool:
    return op.variadic or any(rule is not None for rule in op.rules)


def cases(wanted: Callable[[Op], bool] = lambda op: True) -> Any:
    """A parametrize mark over the samples of the operations that `wanted` picks."""
    params = [
        pytest.param(Case(entry.op, sample), id=f"{entry.key}-{i}" if i else entry.key)
        for entry in TABLE
        if wanted(entry.op)
        for i, sample in enumerate(entry.samples)
    ]
    return pytest.mark.parametrize("case", params)


def every(wanted: Callable[[Op], bool] = lambda op: True) -> Any:
    """A parametrize mark over the operations themselves."""
    params = [pytest.param(entry.op, id=entry.key) for entry in TABLE if wanted(entry.op)]
    return pytest.mark.parametrize("op", params)


def test_every_op_has_a_sample() -> None:
    missing = [entry.key for entry in TABLE if not entry.samples]
    assert not missing, f"add a line to tests/samples.py for: {', '.join(missing)}"


def test_every_sample_has_an_op() -> None:
    known = {entry.key for entry in TABLE} | {entry.key.split(".")[1] for entry in TABLE}
    assert not set(samples.SAMPLES) - known


# --- helpers -------------------------------------------------------------------------------------


def slots(case: Case, operands: Sequence[Any]) -> list[int]:
    """The inputs that can get a gradient: those with a rule and real numbers."""
    return [
        slot
        for slot, x in enumerate(operands)
        if np.asarray(x).dtype.kind == "f"
        and slot not in case.sample.constant
        and (case.op.variadic or case.op.rules[slot] is not None)
    ]


def leaves(operands: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    """Tensors for the wanted inputs, the others as they are."""
    return [Tensor(x, requires_grad=True) if i in wanted else x for i, x in enumerate(operands)]


def values(operands: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    return [Value(x) if i in wanted else x for i, x in enumerate(operands)]


def run(case: Case, operands: Sequence[Any]) -> Any:
    """The value of the operation, computed by its array kernel on plain arrays."""
    with np.errstate(all="ignore"):
        return np.asarray(case.op.array(*operands, **options(case, operands)))


def options(case: Case, operands: Sequence[Any]) -> dict[str, Any]:
    """The parameters of the operation for these operands, defaults filled in."""
    return {**case.op.defaults, **case.sample.params(case.op, operands)}


def apply(case: Case, nodes: Sequence[Any]) -> Any:
    """The operation, called with nodes or numbers and the sample's parameters."""
    plain = [getattr(x, "data", x) if isinstance(x, (Tensor, Value)) else x for x in nodes]
    return case.op(*nodes, **case.sample.params(case.op, plain))


def upstream_for(case: Case, operands: Sequence[Any], rng: np.random.Generator) -> Any:
    return rng.uniform(0.5, 1.5, run(case, operands).shape) * rng.choice([-1.0, 1.0])


def differences(
    function: Callable[[list[Any]], Any], operands: Sequence[Any], slot: int
) -> np.ndarray[Any, Any]:
    """Central differences of the sum of `function` with respect to each element of an operand."""
    x = np.array(operands[slot], dtype=np.float64)
    result = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = x.copy()
            moved[index] += step
            ends.append(np.asarray(function([*operands[:slot], moved, *operands[slot + 1 :]])))
        changed = ends[0] != ends[1]  # so that infinity less infinity is no change
        result[index] = np.sum(ends[0][changed] - ends[1][changed]) / (2 * STEP)
    return result


def symmetrised(case: Case, expected: Any) -> Any:
    """Differences of one element at a time, for an operand that can only move symmetrically."""
    return (expected + np.swapaxes(expected, -1, -2)) / 2 if case.sample.symmetric else expected


def close(got: Any, expected: Any, tolerance: float = 2e-6) -> None:
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


def numbers(case: Case, rng: np.random.Generator) -> list[Any]:
    """Python floats as operands."""
    operands = case.sample.draw(rng, *([((),) * case.op.arity] if case.sample.domains else []))
    return [float(x) for x in operands]


def check_gradients(case: Case, operands: Sequence[Any], rng: np.random.Generator) -> None:
    """The gradients of one backward pass against central differences."""
    wanted = slots(case, operands)
    nodes = leaves(operands, wanted)
    root = apply(case, nodes)
    close(root.data, run(case, operands), 1e-14)
    upstream = upstream_for(case, operands, rng)
    root.backward(upstream)
    for slot in wanted:
        expected = differences(lambda xs: upstream * run(case, xs), operands, slot)
        expected = symmetrised(case, expected)
        close(
            np.zeros(nodes[slot].shape) if nodes[slot].grad is None else nodes[slot].grad, expected
        )


def is_recorded(case: Case, operands: Sequence[Any]) -> bool:
    """Whether there is anything to differentiate: a wanted input, and a result of real numbers."""
    return bool(slots(case, operands)) and run(case, operands).dtype.kind == "f"


# --- values --------------------------------------------------------------------------------------


@cases(elementwise)
def test_float_and_array_kernels_agree(case: Case, rng: np.random.Generator) -> None:
    for _ in range(20):
        xs = numbers(case, rng)
        np.testing.assert_allclose(
            float(case.op.scalar(*xs)), float(run(case, xs)), rtol=1e-14, atol=1e-300
        )
        assert isinstance(case.op.scalar(*xs), (float, bool))


GRID = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-310]


@cases(elementwise)
def test_float_and_array_kernels_agree_on_special_values(case: Case) -> None:
    for xs in _grid(case):
        got = float(case.op.scalar(*xs))
        expected = float(run(case, _as_arrays(case, xs))[0])
        assert _same(got, expected, 4e-16 * 8), (xs, got, expected)


@cases(lambda op: elementwise(op) and has_rule(op))
def test_float_and_array_gradients_agree_on_special_values(case: Case) -> None:
    for xs in _grid(case):
        wanted = slots(case, xs)
        scalars = values(xs, wanted)
        tensors = leaves(_as_arrays(case, xs), wanted)
        case.op(*scalars).backward(0.7)
        case.op(*tensors).backward([0.7])
        for slot in wanted:
            got, expected = scalars[slot].grad, tensors[slot].grad.reshape(-1)[0]
            assert type(got) is float
            assert _same(got, float(expected), 1e-14), (xs, slot, got, expected)


def _grid(case: Case) -> list[tuple[float, ...]]:
    free = [i for i, x in enumerate(case.sample.draw(np.random.default_rng(0))) if np.ndim(x)]
    fixed = numbers(case, np.random.default_rng(0))
    grid = GRID if len(free) < 3 else GRID[::2]
    rows = []
    for choice in itertools.product(grid, repeat=len(free)):
        row = list(fixed)
        for slot, x in zip(free, choice, strict=True):
            row[slot] = x
        rows.append(tuple(row))
    return rows


def _as_arrays(case: Case, xs: Sequence[float]) -> list[Any]:
    """Arrays of one element, where the sample draws arrays; numbers where it fixes numbers."""
    drawn = case.sample.draw(np.random.default_rng(0))
    return [np.array([x]) if np.ndim(d) else x for x, d in zip(xs, drawn, strict=True)]


def _same(x: float, y: float, tolerance: float) -> bool:
    """Equal as IEEE numbers go: nan is nan, the sign of a zero counts not."""
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or abs(x - y) <= tolerance * max(abs(x), abs(y))


@cases()
def test_kernels_leave_their_inputs_alone(case: Case, rng: np.random.Generator) -> None:
    """Read-only inputs, and inputs that are not contiguous, give the same result."""
    operands = case.sample.draw(rng)
    expected = run(case, operands)
    guarded = [np.array(x) for x in operands]
    for x in guarded:
        x.flags.writeable = False
    np.testing.assert_array_equal(run(case, guarded), expected)
    strided = [
        np.repeat(np.asfortranarray(x), 2, -1)[..., ::2] if np.ndim(x) else x for x in operands
    ]
    np.testing.assert_allclose(run(case, strided), expected, rtol=1e-12, atol=1e-12)


@cases(lambda op: elementwise(op) and has_rule(op))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_arrays_agree_with_small_ones(
    case: Case, dtype: Any, rng: np.random.Generator
) -> None:
    """Kernels may work in blocks, or take other paths from some size on."""
    shape = (5, 2003)
    operands = case.sample.draw(rng, (shape,) * case.op.arity)
    operands = [np.asarray(x, dtype if np.asarray(x).dtype.kind == "f" else None) for x in operands]
    wanted = [slot for slot in slots(case, operands) if np.ndim(operands[slot])]
    upstream = rng.normal(size=shape).astype(dtype)
    nodes = leaves(operands, wanted)
    whole = apply(case, nodes)
    whole.backward(upstream)
    tolerance = 1e-13 if dtype is np.float64 else 2e-5
    for start in (0, 997, 2000):
        part = np.s_[:, start : start + 3]
        small = leaves([x[part] if np.ndim(x) else x for x in operands], wanted)
        root = apply(case, small)
        root.backward(upstream[part])
        close(root.data, whole.data[part], tolerance)
        for slot in wanted:
            close(small[slot].grad, nodes[slot].grad[part], tolerance)


# --- first order ---------------------------------------------------------------------------------


@cases(lambda op: op.scalar is not None and has_rule(op))
def test_value_gradient(case: Case, rng: np.random.Generator) -> None:
    for _ in range(5):
        xs = numbers(case, rng)
        wanted = slots(case, xs)
        nodes = values(xs, wanted)
        root = apply(case, nodes)
        assert isinstance(root, Value)
        upstream = rng.normal()
        root.backward(upstream)

        def again(moved: list[Any], upstream: float = upstream) -> float:
            return upstream * float(case.op.scalar(*map(float, moved), **options(case, moved)))

        for slot in wanted:
            close(nodes[slot].grad, differences(again, xs, slot))


@cases(has_rule)
def test_array_gradient(case: Case, rng: np.random.Generator) -> None:
    operands = case.sample.draw(rng)
    if not is_recorded(case, operands):
        pytest.skip("no input of this operation gets a gradient")
    check_gradients(case, operands, rng)


BROADCAST = {
    2: [
        ((3, 1), (1, 4)),
        ((4,), (2, 3, 4)),
        ((), (2, 3)),
        ((2, 3), ()),
        ((2, 1, 3), (1,)),
    ],
    3: [
        ((3, 1), (1, 4), (4,)),
        ((), (2, 3), (1, 3)),
        ((2, 3), (), ()),
        ((3,), (2, 1), (1, 1, 1)),
    ],
}


@cases(lambda op: elementwise(op) and op.arity in BROADCAST)
def test_broadcast(case: Case, rng: np.random.Generator) -> None:
    for shapes in BROADCAST[case.op.arity]:
        operands = case.sample.draw(rng, shapes)
        if all(np.shape(x) == shape for x, shape in zip(operands, shapes, strict=True)):
            assert run(case, operands).shape == np.broadcast_shapes(*shapes)
        if is_recorded(case, operands):
            check_gradients(case, operands, rng)


@cases(lambda op: elementwise(op) and op.arity > 1 and has_rule(op))
def test_a_value_meets_an_array(case: Case, rng: np.random.Generator) -> None:
    """A Value enters an array operation as one number, and gets the sum of its gradients."""
    arity = case.op.arity
    for slot in range(arity):
        shapes = tuple(() if i == slot else (2, 3) for i in range(arity))
        operands = case.sample.draw(rng, shapes)
        if slot not in slots(case, operands) or run(case, operands).shape != (2, 3):
            continue
        value = Value(operands[slot])
        root = case.op(*operands[:slot], value, *operands[slot + 1 :])
        assert isinstance(root, Tensor)
        upstream = rng.normal(size=(2, 3))
        root.backward(upstream)
        expected = differences(lambda xs, u=upstream: u * run(case, xs), operands, slot)
        close(value.grad, float(expected))


@cases()
def test_float32_stays_float32(case: Case, rng: np.random.Generator) -> None:
    if not case.sample.float32:
        pytest.skip("this operation changes the dtype on purpose")
    draws = [case.sample.draw(rng)]
    if elementwise(case.op):
        draws.append(case.sample.draw(rng, ((),) * case.op.arity))
    for operands in draws:
        wide = run(case, operands)
        narrow = [_narrow(x) for x in operands]
        wanted = slots(case, narrow)
        nodes = leaves(narrow, wanted)
        root = apply(case, nodes)
        if wide.dtype != np.float64:
            assert np.asarray(getattr(root, "data", root)).dtype == wide.dtype
            continue
        assert np.asarray(getattr(root, "data", root)).dtype == np.float32
        if not is_recorded(case, narrow):
            continue
        upstream = upstream_for(case, operands, rng)
        exact = leaves(operands, wanted)
        apply(case, exact).backward(upstream)
        root.backward(upstream.astype(np.float32))
        for slot in wanted:
            got, expected = nodes[slot].grad, exact[slot].grad
            assert (got is None) == (expected is None)
            if got is not None:
                assert isinstance(got, (np.ndarray, autograd.RowGradient))
                assert got.dtype == np.float32
                close(got, expected, 2e-3)


def _narrow(x: Any) -> Any:
    array = np.asarray(x)
    return array.astype(np.float32) if array.dtype == np.float64 else x


@cases()
def test_axes_of_size_zero(case: Case, rng: np.random.Generator) -> None:
    """Every axis size in turn becomes 0: the right shapes come out, or a typed error."""
    if not case.sample.resizes:
        pytest.skip("the parameters are for these shapes only")
    full = case.sample.draw(rng)
    for size in sorted({n for x in full for n in np.shape(x)}):
        operands = [_emptied(x, size) for x in full]
        nodes = leaves(operands, slots(case, operands))
        try:
            root = apply(case, nodes)
        except errors.AutogradError:
            if elementwise(case.op):
                raise
            continue
        if isinstance(root, Tensor) and root.op is not None:
            root.backward(np.ones(root.shape))
            for slot in slots(case, operands):
                grad = nodes[slot].grad
                assert grad is None or grad.shape == nodes[slot].shape
                assert grad is None or np.all(np.isfinite(grad))


def _emptied(x: Any, size: int) -> Any:
    for axis, n in enumerate(np.shape(x)):
        if n == size:
            x = np.take(x, [], axis)
    return x


# --- second order, and the three ways to a gradient ----------------------------------------------


def _first(case: Case, operands: Sequence[Any], wanted: Sequence[int], upstream: Any) -> list[Any]:
    nodes = leaves(operands, wanted)
    root = apply(case, nodes)
    return gradients(root, [nodes[slot] for slot in wanted], upstream)


@cases(has_rule)
def test_second_order(case: Case, rng: np.random.Generator) -> None:
    """The gradient of a random mix of first gradients, with respect to inputs and upstream."""
    operands = case.sample.draw(rng)
    if not is_recorded(case, operands):
        pytest.skip("no input of this operation gets a gradient")
    wanted = slots(case, operands)
    upstream = upstream_for(case, operands, rng)
    nodes = leaves(operands, wanted)
    seed = Tensor(upstream, requires_grad=True)
    root = apply(case, nodes)
    inputs = [nodes[slot] for slot in wanted]
    first = gradients(root, inputs, seed, create_graph=True)
    mix = [rng.normal(size=g.shape) for g in first]
    second = _sum_of_gradients(first, [*inputs, seed], mix)

    def mixed(xs: list[Any]) -> float:
        parts = _first(case, xs[:-1], wanted, xs[-1])
        return float(sum(np.sum(m * g) for m, g in zip(mix, parts, strict=True)))

    everything = [*operands, upstream]
    for slot, got in zip([*wanted, len(operands)], second, strict=True):
        expected = differences(mixed, everything, slot)
        close(got, symmetrised(case, expected) if slot in wanted else expected, 5e-6)


def _sum_of_gradients(roots: list[Any], inputs: list[Any], mix: list[Any]) -> list[Any]:
    total = [np.zeros(np.shape(x.data)) for x in inputs]
    for root, weight in zip(roots, mix, strict=True):
        if root.op is None and not any(root is x for x in inputs):
            continue  # a constant: the operation is linear here
        for i, share in enumerate(gradients(root, inputs, weight)):
            total[i] = total[i] + share
    return total


@cases(lambda op: op.scalar is not None and has_rule(op))
def test_second_order_of_values(case: Case, rng: np.random.Generator) -> None:
    xs = numbers(case, rng)
    wanted = slots(case, xs)
    u = float(rng.normal())
    nodes = values(xs, wanted)
    seed = Value(u)
    inputs = [nodes[slot] for slot in wanted]
    root = apply(case, nodes)
    first = gradients(root, inputs, seed, create_graph=True)
    assert all(isinstance(g, Value) for g in first)
    mix = [float(rng.normal()) for _ in first]

    def mixed(moved: list[Any]) -> float:
        again = values([float(x) for x in moved[:-1]], wanted)
        result = apply(case, again)
        parts = gradients(result, [again[slot] for slot in wanted], float(moved[-1]))
        return sum(m * g for m, g in zip(mix, parts, strict=True))

    second = [0.0] * (len(inputs) + 1)
    for g, weight in zip(first, mix, strict=True):
        for i, share in enumerate(gradients(g, [*inputs, seed], weight)):
            second[i] += share
    for slot, got in zip([*wanted, len(xs)], second, strict=True):
        close(got, differences(mixed, [*xs, u], slot), 5e-6)


@cases(has_rule)
def test_three_ways_to_one_gradient(case: Case, rng: np.random.Generator) -> None:
    """backward(), gradients() and gradients(create_graph=True) give the same numbers."""
    operands = case.sample.draw(rng)
    if not is_recorded(case, operands):
        pytest.skip("no input of this operation gets a gradient")
    wanted = slots(case, operands)
    upstream = upstream_for(case, operands, rng)
    nodes = leaves(operands, wanted)
    inputs = [nodes[slot] for slot in wanted]
    root = apply(case, nodes)
    plain = gradients(root, inputs, upstream)
    recorded = gradients(root, inputs, upstream, create_graph=True)
    assert all(x.grad is None for x in inputs)
    root.backward(upstream)
    for x, a, b in zip(inputs, plain, recorded, strict=True):
        assert isinstance(a, (np.ndarray, autograd.RowGradient))
        assert isinstance(b, Tensor)
        close(a, np.zeros(x.shape) if x.grad is None else x.grad, 1e-13)
        close(b.data, a, 1e-12)
        assert b.dtype == x.dtype


# --- which inputs get a gradient -----------------------------------------------------------------


@cases(lambda op: has_rule(op) and (op.variadic or op.arity > 1))
def test_one_input_at_a_time(case: Case, rng: np.random.Generator) -> None:
    """Whether the others are constant tensors or plain arrays: the gradient is the same."""
    operands = case.sample.draw(rng)
    if not is_recorded(case, operands):
        pytest.skip("no input of this operation gets a gradient")
    wanted = slots(case, operands)
    upstream = upstream_for(case, operands, rng)
    together = _first(case, operands, wanted, upstream)
    for slot, expected in zip(wanted, together, strict=True):
        for wrap in (Tensor, np.asarray):
            nodes = [wrap(x) for x in operands]
            nodes[slot] = Tensor(operands[slot], requires_grad=True)
            apply(case, nodes).backward(upstream)
            got = nodes[slot].grad
            close(np.zeros(np.shape(expected)) if got is None else got, expected, 1e-13)
            assert all(getattr(x, "grad", None) is None for x in nodes if x is not nodes[slot])


@cases(lambda op: op.scalar is not None and has_rule(op) and (op.variadic or op.arity > 1))
def test_one_value_at_a_time(case: Case, rng: np.random.Generator) -> None:
    xs = numbers(case, rng)
    wanted = slots(case, xs)
    nodes = values(xs, wanted)
    apply(case, nodes).backward(0.7)
    for slot in wanted:
        for number in (float, np.float64, np.float32):
            alone = [number(x) for x in xs]
            alone[slot] = Value(xs[slot])
            root = apply(case, alone)
            assert isinstance(root, Value)
            root.backward(0.7)
            close(alone[slot].grad, nodes[slot].grad, 1e-13 if number is not np.float32 else 1e-4)


@cases(lambda op: not op.variadic and op.arity == 2 and all(op.rules))
def test_one_node_as_both_inputs(case: Case, rng: np.random.Generator) -> None:
    """Two gradients arrive at it: what two separate nodes with these numbers get, added."""
    x, y = case.sample.draw(rng)
    for both in (x, y):
        apart = [Tensor(both, requires_grad=True), Tensor(both, requires_grad=True)]
        try:
            root = apply(case, apart)
        except errors.AutogradError:
            continue  # these two inputs have different shapes
        upstream = rng.normal(size=root.shape)
        root.backward(upstream)
        node = Tensor(both, requires_grad=True)
        apply(case, [node, node]).backward(upstream)
        np.testing.assert_allclose(node.grad, apart[0].grad + apart[1].grad, rtol=1e-14)
        if elementwise(case.op):
            number = Value(np.ravel(both)[0])
            case.op(number, number).backward(upstream.flat[0])
            close(number.grad, node.grad.flat[0], 1e-14)


class _Untouchable:
    """Stands in for an input that a rule says it does not read."""


@cases(lambda op: not op.variadic and has_rule(op))
def test_rules_read_only_what_they_say(case: Case, rng: np.random.Generator) -> None:
    """An argument named with an underscore is not kept safe from changes, so nobody may read it."""
    operands = case.sample.draw(rng)
    out = run(case, operands)
    g = upstream_for(case, operands, rng)
    params = options(case, operands)
    for rule in case.op.rules:
        if rule is None:
            continue
        read = slots_read(rule, case.op.arity)
        given = [x if slot in read else _Untouchable() for slot, x in enumerate(operands)]
        with np.errstate(all="ignore"):
            rule(g, out, *given, **params)


# --- the formula ---------------------------------------------------------------------------------


@every(has_rule)
def test_formula_is_text(op: Op) -> None:
    texts = formula(op)
    assert len(texts) == (3 if op.variadic else op.arity)
    for slot, text in enumerate(texts):
        if op.variadic or op.rules[slot] is not None:
            assert isinstance(text, str)
            assert text
            assert "object at" not in text
            assert "<" not in text.replace("<=", "").replace(" < ", "")


# Print forms that are not Python, and what they mean for ordinary numbers.
READ_AS = {" wins over ": " >= ", " undercuts ": " <= ", " = ": " == "}
NUMBERS = {"pi": math.pi, "inf": math.inf, "nan": math.nan}


@cases(lambda op: elementwise(op) and has_rule(op))
def test_formula_says_what_the_rule_does(case: Case, rng: np.random.Generator) -> None:
    """The printed formula, read as Python, gives what the rule gives."""
    names = {entry.op.name: entry.op for entry in TABLE if entry.op.scalar is not None}
    for _ in range(5):
        xs = numbers(case, rng)
        g, out = float(rng.normal()), float(case.op.scalar(*xs))
        scope = {**names, **NUMBERS, "g": g, "out": out, **dict(zip("xyzw", xs, strict=False))}
        for rule, text in zip(case.op.rules, formula(case.op), strict=True):
            if rule is None or text is None:
                continue
            for words, sign in READ_AS.items():
                text = text.replace(words, sign)
            close(float(eval(text, scope)), float(rule(g, out, *xs)), 1e-5)


# --- bad input -----------------------------------------------------------------------------------


@cases()
def test_integers_and_booleans_are_constants(case: Case, rng: np.random.Generator) -> None:
    """They compute, or are refused with a typed error; no gradient is asked for."""
    operands = case.sample.draw(rng)
    for kind in (np.int64, bool, np.uint8, np.float16):
        given = [np.abs(x).astype(kind) if np.asarray(x).dtype.kind == "f" else x for x in operands]
        try:
            result = apply(case, given)
            recorded = apply(case, [Tensor(x) for x in given])
        except errors.AutogradError:
            continue
        assert isinstance(recorded, Tensor)
        assert not recorded.requires_grad
        np.testing.assert_array_equal(recorded.data, result)
        assert recorded.dtype.kind in "fiub"


@cases(lambda op: op.variadic or op.arity > 1)
def test_integers_beside_floats(case: Case, rng: np.random.Generator) -> None:
    """An integer constant changes nothing about the gradient of the others."""
    operands = case.sample.draw(rng)
    wanted = slots(case, operands)
    if len(wanted) < 2 or not is_recorded(case, operands):
        pytest.skip("needs two inputs of real numbers")
    whole = np.rint(np.abs(operands[wanted[0]])) + 1
    upstream = upstream_for(case, operands, rng)
    grads = []
    for constant in (whole, whole.astype(np.int64)):
        given = list(operands)
        given[wanted[0]] = constant
        nodes = leaves(given, wanted[1:])
        try:
            apply(case, nodes).backward(upstream)
        except errors.AutogradError:
            return
        grads.append([nodes[slot].grad for slot in wanted[1:]])
    for a, b in zip(*grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(
    "bad",
    [None, "text", 1j, np.array([1j]), np.array([object()]), [[1.0], [1.0, 2.0]], np.array(["a"])],
    ids=["None", "str", "complex", "complex-array", "object-array", "ragged", "str-array"],
)
@cases()
def test_what_is_not_a_number_is_refused(case: Case, bad: Any, rng: np.random.Generator) -> None:
    operands = case.sample.draw(rng)
    params = case.sample.params(case.op, operands)
    for slot in range(len(operands)):
        given = [*operands[:slot], bad, *operands[slot + 1 :]]
        with pytest.raises(errors.AutogradError) as caught:
            case.op(*given, **params)
        assert len(str(caught.value)) > 20
        others = [i for i in slots(case, operands) if i != slot]
        if others:
            with pytest.raises(errors.AutogradError):
                case.op(*leaves(given, others), **params)


@every(lambda op: not op.variadic)
def test_a_wrong_number_of_inputs_is_refused(op: Op) -> None:
    for count in (0, op.arity + len(op.defaults) + 1):
        with pytest.raises(errors.AutogradError, match=op.name):
            op(*[1.0] * count)
        with pytest.raises(errors.AutogradError, match=op.name):
            op(*[np.ones(2)] * count)


@every(lambda op: not op.variadic)
def test_an_unknown_parameter_is_refused(op: Op) -> None:
    for x in (np.ones((2, 2)), Tensor(np.ones((2, 2)))):
        with pytest.raises(errors.AutogradError, match=op.name):
            op(*[x] * op.arity, no_such_parameter=1)


@pytest.mark.parametrize("x", [1.0, 1, np.float64(1.0), Value(1.0)], ids=lambda x: type(x).__name__)
def test_an_unknown_parameter_is_refused_for_numbers(x: Any) -> None:
    for op, count in ((ops.add, 2), (ops.exp, 1), (ops.log, 1)):
        with pytest.raises(errors.AutogradError, match=op.name):
            op(*[x] * count, no_such_parameter=1)


# --- words ---------------------------------------------------------------------------------------


@every()
def test_says(op: Op) -> None:
    assert op.says, f"{op.name} says nothing about its backward pass"
    assert len(op.says.split()) <= 30
    assert op.name.isidentifier()


@every()
def test_form_prints(op: Op) -> None:
    params = dict.fromkeys(op.defaults, "p")
    text = op.form.format(*["x"] * (1 if op.variadic else op.arity), **params)
    assert text


def _public() -> list[Any]:
    return [
        pytest.param(name, id=name)
        for name in getattr(autograd, "__all__", [])
        if callable(getattr(autograd, name))
    ]


@pytest.mark.parametrize("name", _public())
def test_public_names_have_a_docstring(name: str) -> None:
    doc = getattr(autograd, name).__doc__
    assert doc
    assert len(doc.split()) > 3


def test_rules_of_many_inputs_answer_for_each() -> None:
    for entry in TABLE:
        if isinstance(entry.op, ManyOp):
            for sample in entry.samples:
                xs = sample.draw(np.random.default_rng(1))
                case = Case(entry.op, sample)
                params = options(case, xs)
                g = np.ones_like(run(case, xs))
                assert len(entry.op.rule(g, run(case, xs), xs, **params)) == len(xs)
