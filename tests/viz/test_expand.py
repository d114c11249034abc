"""The scalars behind a cell have the numbers of the array graph: every operation, every cell."""

from __future__ import annotations

import examples
import graphs
import numpy as np
import pytest
import samples

import autograd as ag
import nn
import nn.functional as F
from autograd import Tensor, Value, errors
from autograd.graph import gradients, topological_order
from autograd.viz.expand import expand
from autograd.viz.trace import trace


def leaf(x, **options):
    return Tensor(x, requires_grad=True, **options)


def behind(root):
    """The recorded nodes and the leaves of an expanded graph, after a look at each.

    Each node holds the number of an array. It must be what its operation makes of its inputs.
    """
    order, leaves = topological_order(root)
    for node in order:
        assert isinstance(node, Value)
        again = node.op.scalar(*node.operands, **node.params)
        np.testing.assert_allclose(node.data, again, rtol=2e-6, atol=1e-6)
        for parent, x in zip(node.parents, node.operands, strict=True):
            assert parent is None or parent.data == x or np.isnan(x)
    return order, leaves


def cells(leaves, inputs):
    """The gradients that were left in the cells of these arrays, as arrays."""
    found = {name: np.zeros(np.shape(x)) for name, x in inputs.items()}
    for node in leaves:
        name, _, cell = (node.name or "").partition("[")
        if name in found:
            found[name][tuple(map(int, cell[:-1].split(", "))) if cell else ()] += node.grad
    return found


def check(out, inputs, rng, rtol=1e-9, most=30):
    """Expand the cells of `out`; compare with backward through the arrays."""
    upstream = rng.normal(size=out.shape)
    places = list(np.ndindex(out.shape))
    for i in places if len(places) <= most else rng.permutation(len(places))[:most]:
        where = i if isinstance(i, tuple) else places[i]
        cell = expand(out, where, names=inputs)
        np.testing.assert_array_equal(cell.data, float(out.numpy()[where]))
        _, leaves = behind(cell)
        cell.backward(upstream[where])
        given = {name: x for name, x in inputs.items() if isinstance(x, ag.graph.Node)}
        expected = [np.zeros(np.shape(x.numpy())) for x in given.values()]
        if out.dtype.kind == "f":
            one_hot = np.zeros(out.shape)
            one_hot[where] = upstream[where]
            expected = gradients(out, list(given.values()), one_hot)
        for (name, found), wanted in zip(cells(leaves, given).items(), expected, strict=True):
            wanted = np.asarray(wanted, float)
            atol = rtol * max(1.0, np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0))
            np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol, err_msg=name)


@pytest.mark.parametrize("case", graphs.TABLE, ids=lambda case: case.key)
def test_every_operation_every_cell(case, rng):
    operands = case.sample.draw(rng)
    params = case.sample.params(case.op, operands)
    floats = [i for i, x in enumerate(operands) if np.asarray(x).dtype.kind == "f"]
    given = [leaf(x) if i in floats else x for i, x in enumerate(operands)]
    bound, params = case.op.bind(given, params)
    out = Tensor.record(case.op, bound, params)
    # An input that the operation treats as a constant has no rule, and so no gradient.
    inputs = {f"x{i}": given[i] for i in floats if i not in case.sample.constant}
    check(out, inputs, rng)


def test_operations_made_of_moves_only_make_nothing():
    """A cell that was carried about is not copied: what comes out is the leaf itself."""
    x = leaf(np.arange(24.0).reshape(2, 3, 4))
    y = ag.flip(ag.transpose(x)[1:, [2, 0]], axis=0).reshape(-1)
    cell = expand(y, 1)
    assert cell.op is None
    assert cell.name == "x[1, 2, 3]"
    assert cell.data == y.numpy()[1] == 23.0


def test_what_is_closed_and_what_is_open():
    """Structure is shown where there is one; the rest is one step per cell."""
    x, w = leaf(np.arange(1.0, 7.0).reshape(2, 3)), leaf(np.ones((3, 2)))
    ops = {
        "total": ag.sum(x, axis=1),
        "max": ag.max(x, axis=0),
        "min": ag.min(x),
        "dot": ag.matmul(x, w),
        "multiply": ag.outer(x[0], x[1]),
        "softmax": ag.softmax(x),
        "exp": ag.exp(x),
    }
    for name, out in ops.items():
        assert expand(out, (0,) * out.ndim).op.name == name
    mean = expand(ag.mean(x, axis=1), 1)
    assert [mean.op.name, mean.parents[0].op.name, mean.operands[1]] == ["divide", "total", 3.0]
    row = expand(ag.softmax(x), (1, 2)).parents
    assert [cell.name for cell in row] == ["x[1, 0]", "x[1, 1]", "x[1, 2]"]


def test_losers_are_there_too():
    """A closed step reads every cell that it looked at, not only those with a slope."""
    x = leaf([3.0, 1.0, 2.0, 5.0])
    middle = expand(ag.median(x))
    assert {p.name for p in middle.parents} == {f"x[{i}]" for i in range(4)}
    running = expand(ag.cummax(x), 2)
    assert [p.name for p in running.parents] == ["x[0]", "x[1]", "x[2]"]
    running.backward()
    assert [p.grad for p in running.parents] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["founding_tensors", "pool_conv", "overlap", "worked_cnn"])
def test_examples(name, rng):
    example = examples.ALL[name]()
    leaves = topological_order(example.root)[1]
    check(example.root, {k: x for k, x in example.nodes.items() if x in set(leaves)}, rng)


def test_worked_network_of_question_3():
    """Every neuron of H; and together the gradients that the arrays get."""
    example = examples.worked_cnn()
    h = example.root
    h.backward(example.upstream)
    shared = {}
    for i, (number, upstream) in enumerate(zip([0.890, -0.030], [0.25, -0.15], strict=True)):
        cell = expand(h, i, names=example.nodes)
        assert cell.data == pytest.approx(number, abs=5e-4)
        cell.backward(upstream)
        for node in topological_order(cell)[1]:
            shared[node.name] = shared.get(node.name, 0.0) + node.grad
    for name in ("K", "X", "W", "b"):
        grad = example.nodes[name].grad
        for where in np.ndindex(grad.shape):
            cell = f"{name}[{', '.join(map(str, where))}]"
            assert shared.get(cell, 0.0) == pytest.approx(grad[where], rel=1e-12, abs=1e-15)


def test_modules_parameters_and_frames(rng):
    """Leaves know that they are cells of a parameter; modules frame the cells they made."""
    example = examples.small_cnn()
    model = example.keep
    example.root.backward()
    loss = expand(example.root, names=example.nodes)
    order, leaves = behind(loss)
    loss.backward()
    parameters = dict(model.named_parameters())
    found = cells(leaves, parameters)
    for name, parameter in parameters.items():
        np.testing.assert_allclose(found[name], parameter.grad, rtol=1e-6, atol=1e-7)
    shown = trace(loss)
    kinds = {item.name: item.kind for item in shown.items}
    assert kinds["0.weight[1, 0, 2, 2]"] == kinds["4.bias[2]"] == "parameter"
    assert not any(item.zero == "not reached" for item in shown.items)
    assert [part.label for part in shown.frames] == [
        "Sequential",
        "0 Conv2d",
        "1 ReLU",
        "2 MaxPool2d",
        "4 Linear",
        "CrossEntropyLoss",
    ]
    assert len(order) == shown.frames[0].items + shown.frames[-1].items


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.BatchNorm1d(3),
        lambda: nn.Sequential(nn.LayerNorm(3), nn.GELU()),
        lambda: nn.Sequential(nn.Linear(3, 4, generator=1), nn.Softmax(1), nn.Linear(4, 2)),
        lambda: nn.Sequential(nn.Embedding(5, 3, generator=1, sparse=True), nn.Flatten()),
        lambda: nn.Sequential(nn.Unflatten(1, (1, 3)), nn.Conv1d(1, 2, 2), nn.AvgPool1d(2, 1)),
        lambda: nn.Sequential(nn.Dropout(0.5, generator=3), nn.Linear(3, 2)),
    ],
)
def test_networks(build, rng):
    model = build()
    whole = isinstance(model, nn.Sequential) and isinstance(model[0], nn.Embedding)
    x = np.array([[0, 3], [3, 1]]) if whole else leaf(rng.normal(size=(4, 3)), dtype=np.float32)
    out = model(x)
    inputs = dict(model.named_parameters()) | ({} if whole else {"x": x})
    check(out, inputs, rng, rtol=2e-5)


def test_recurrent_network(rng):
    lstm = nn.LSTM(2, 3, generator=1)
    x = leaf(rng.normal(size=(4, 1, 2)).astype(np.float32))
    output, (h, c) = lstm(x)
    for out in (output, h, c):
        check(out, dict(lstm.named_parameters()) | {"x": x}, rng, rtol=1e-4, most=4)


def test_values_and_tensors_in_one_graph(rng):
    """A Value in the graph gets a twin; nothing of the original changes."""
    v, x = Value(1.5, name="v"), leaf([1.0, 2.0, 3.0])
    y = (x * v).sum().value() * v + ag.stack([v, v * 2.0])[1]
    y.backward()
    before = v.grad, x.grad.copy()
    twin = expand(y)
    order, leaves = behind(twin)
    assert {node.grad for node in (*order, *leaves)} == {0.0}
    twin.backward()
    by_name = {node.name: node for node in leaves}
    assert by_name["v"] is not v
    assert by_name["v"].grad == v.grad == before[0]
    assert [by_name[f"x[{i}]"].grad for i in range(3)] == x.grad.tolist()
    np.testing.assert_array_equal(x.grad, before[1])
    out = ag.stack([v * v, Value(2.0), ag.exp(v)])
    check(out * x, {"v": v, "x": x}, rng)


def test_a_cell_read_twice_is_one_node():
    x = leaf([2.0, 3.0])
    y = ag.sum(x * x) + x[0]
    root = expand(y)
    _, leaves = behind(root)
    assert sorted(node.name for node in leaves) == ["x[0]", "x[1]"]
    root.backward()
    assert [node.grad for node in sorted(leaves, key=lambda node: node.name)] == [5.0, 6.0]
    k, p = leaf(np.ones((1, 1, 2, 2))), leaf(np.arange(9.0).reshape(1, 1, 3, 3))
    _, leaves = topological_order(expand(ag.sum(F.conv2d(p, k))))
    assert len(leaves) == 4 + 9


def test_constants_stay_constants():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    padded = ag.pad(x, 1, constant_values=7.0)
    border = expand(padded, (0, 0))
    assert (border.op, border.data) == (None, 7.0)
    root = expand(padded[0] @ np.array([1.0, 2.0, 3.0, 4.0]) + padded[1, 1])
    _, leaves = topological_order(root)
    assert root.data == 71.0
    assert [node.name for node in leaves] == ["x[0, 0]"]


def test_stop_opens_one_layer_only():
    x, w = leaf([1.0, 2.0]), leaf([[1.0, -1.0], [0.5, 2.0]])
    hidden = ag.tanh(w @ x)
    y = ag.sum(hidden * hidden)
    root = expand(y, stop=[hidden])
    _, leaves = behind(root)
    assert [node.name for node in leaves] == ["hidden[0]", "hidden[1]"]
    root.backward()
    y.backward()
    assert [node.grad for node in leaves] == hidden.grad.tolist()
    assert expand(hidden, 1, stop=[hidden]).op is None


def test_names_come_from_the_user_then_variables_then_operations():
    x = leaf([1.0, 2.0], name="pixels")
    hidden = x * 2.0
    root = expand(ag.sum(hidden + 1.0))
    order, leaves = topological_order(root)
    assert [node.name for node in leaves] == ["pixels[0]", "pixels[1]"]
    assert [node.name for node in order] == ["hidden[0]", "add[0]", "hidden[1]", "add[1]", None]
    assert expand(hidden, 0, names={"h": hidden}).name == "h[0]"


def test_single_precision_agrees_in_every_decision():
    """Numbers that tie in float32 tie here too, though they were summed in double precision."""
    a = leaf(np.array([0.1, 0.2, 0.3], np.float32))
    b = leaf(np.array([0.3, 0.2, 0.1], np.float32))
    largest = ag.max(ag.stack([ag.sum(a), ag.sum(b)]))
    root = expand(largest)
    root.backward(2.0)
    largest.backward(2.0)
    found = cells(topological_order(root)[1], {"a": a, "b": b})
    np.testing.assert_array_equal(found["a"], a.grad)
    np.testing.assert_array_equal(found["b"], 0.0 if b.grad is None else b.grad)


def test_own_operations(rng):
    """An operation that looks across cells, though it has a kernel for floats, stays closed."""

    @ag.operation(vjp=lambda g, out, x: (g - ag.sum(g * out)) / ag.sum(x))
    def share(x):
        return x / np.sum(x)

    @ag.operation(vjp=lambda g, out, x, power: g * power * x ** (power - 1))
    def raised(x, power):
        return x**power

    x = leaf([1.0, 2.0, 5.0])
    assert len(expand(share(x), 0).parents) == 3
    check(share(x), {"x": x}, rng)
    assert len(expand(raised(x, 3), 0).parents) == 1
    check(raised(x, power=3), {"x": x}, rng)


def test_an_operation_that_only_seems_to_move_cells(rng):
    """It compares, or it counts: then a cell does not only come from its place."""

    @ag.operation(vjp=lambda g, out, x: ag.where(x == 0.0, 0.0, g), scalar=None)
    def filled(x):
        return np.where(x == 0.0, 1.0, x)

    @ag.operation(vjp=lambda g, out, x: ag.where(x != 0.0, g, 0.0), scalar=None)
    def kept(x):
        return np.array([v if v else 0.0 for v in x])

    x = leaf([0.0, 2.0, 0.0])
    for op in (filled, kept):
        assert expand(op(x), 1).op.name == op.name
        check(op(x), {"x": x}, rng)


def test_ties_go_to_the_first_in_row_major_order_whatever_the_axes():
    x = leaf([[1.0, 5.0], [5.0, 1.0]])
    for f, n in ((ag.max, 5.0), (ag.min, 1.0)):
        cell = expand(f(x, axis=(1, 0)))
        cell.backward()
        y = f(x, axis=(1, 0))
        x.zero_grad()
        y.backward()
        assert cell.data == n
        assert cells(cell.parents, {"x": x})["x"].tolist() == x.grad.tolist()


def test_functions_are_not_disturbed(rng):
    """Looking runs forward again, on a context of its own; what backward needs stays."""

    class Scaled(ag.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x * np.sum(w)

        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved
            return g * np.sum(w), np.full(np.shape(w), np.sum(g * x))

    x, w = leaf([1.0, 2.0]), leaf([0.5, 1.0, 3.0])
    out = Scaled.apply(x, w)
    check(out, {"x": x, "w": w}, rng)
    out.backward([1.0, 1.0])
    np.testing.assert_array_equal(w.grad, [3.0, 3.0, 3.0])

    class Noisy(ag.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.factor = float(rng.normal())
            return x * ctx.factor

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor

    v = Value(2.0)
    noisy = Noisy.apply(v)
    twin = expand(noisy)
    assert twin.data == noisy.data
    twin.backward()
    noisy.backward()
    assert topological_order(twin)[1][0].grad == v.grad == noisy.data / 2.0


def test_checkpoints(rng):
    w, x = leaf([2.0, 3.0]), leaf([0.5, -1.0])
    out = ag.checkpoint(lambda x: ag.tanh(w * x) * ag.sum(w), x)
    check(out, {"w": w, "x": x}, rng)


def test_the_array_graph_may_go():
    """A closed step keeps its numbers, not the graph; and a backward with free=True is its own."""
    x = leaf([1.0, 2.0])
    y = ag.sum(ag.softmax(x) * np.array([1.0, 3.0]))
    root = expand(y)
    y.backward(free=True)
    root.backward()
    _, leaves = topological_order(root)
    np.testing.assert_allclose([node.grad for node in leaves], x.grad, rtol=1e-12)


def test_closed_steps_run_again_on_other_numbers():
    """The value of a closed step can be asked for elsewhere: experiments nudge it."""
    x = leaf([1.0, 2.0, 4.0])
    cell = expand(ag.softmax(x), 1)
    moved = cell.op.scalar(1.0, 2.5, 4.0)
    assert moved == pytest.approx(np.exp(2.5) / np.exp([1.0, 2.5, 4.0]).sum(), rel=1e-12)
    shares = cell.op.shares(cell.parents, 1.0, moved, [1.0, 2.5, 4.0], {})
    assert shares[1] == pytest.approx(moved * (1 - moved), rel=1e-12)


def test_no_second_derivative_through_a_closed_step():
    x = leaf([1.0, 2.0])
    cell = expand(ag.softmax(x), 1)
    with pytest.raises(errors.GradientError, match="softmax: in an expanded graph this is one"):
        gradients(cell, [cell.parents[0]], create_graph=True)
    square = expand(x * x, 1)
    (first,) = gradients(square, [square.parents[0]], create_graph=True)
    assert gradients(first, [square.parents[0]]) == [2.0]


def test_which_cell():
    x = leaf(np.arange(6.0).reshape(2, 3))
    y = x * 2.0
    assert expand(y, (-1, -1)).data == expand(y, (1, 2)).data == 10.0
    assert expand(ag.sum(y).reshape(1, 1)).data == 30.0
    with pytest.raises(errors.IndexingError, match=r"shape \(2, 3\): say which cell"):
        expand(y)
    for wrong in ((2, 0), 0, (0, 0, 0), (0, 1.5), "a"):
        with pytest.raises(errors.IndexingError, match="cell"):
            expand(y, wrong)
    with pytest.raises(errors.DTypeError, match="expanded"):
        expand(np.ones(3), 0)


def test_graphs_that_cannot_be_expanded():
    x = leaf([1.0, 2.0])
    with pytest.raises(errors.GradientError, match="requires_grad"):
        expand(Tensor([1.0]))
    y = ag.sum(x * x)
    y.backward(free=True)
    with pytest.raises(errors.GradientError, match="free=True"):
        expand(y)
    y = ag.sum(x + 1.0)
    x.overwrite()[...] = 5.0
    with pytest.raises(errors.ChangedError):
        expand(y)


def test_a_leaf_that_moved_on_shows_what_was_read():
    x = leaf([1.0, 2.0])
    v = Value(3.0)
    y = x * v
    x.data = [7.0, 8.0]
    v.data = 9.0
    cell = expand(y, 1)
    assert [p.data for p in cell.parents] == [2.0, 3.0]


def test_too_many_cells():
    x = leaf(np.ones((50, 60)))
    y = ag.sum(ag.exp(x))
    with pytest.raises(errors.OptionError, match=r"3,001 cells or more .* limit is 3,000\. Name"):
        expand(y, limit=3000)
    assert len(topological_order(expand(y, limit=6001))[1]) == 3000
    huge = ag.sum(leaf(np.ones(10**6)) * 2.0)
    with pytest.raises(errors.OptionError, match="1,000,001 cells or more"):
        expand(huge)


def test_deep_graphs():
    x = leaf([0.5, 0.25])
    y = x
    for _ in range(3000):
        y = y * 1.001
    root = expand(y, 1)
    root.backward()
    assert len(topological_order(root)[0]) == 3000
    v = Value(1.0)
    w = v
    for _ in range(9000):
        w = w + 1.0
    assert expand(w).data == 9001.0


def test_zero_sized_arrays():
    x = leaf(np.ones((0, 3)))
    total = expand(ag.sum(x))
    assert (total.op, total.data) == (None, 0.0)
    empty = leaf(np.ones((2, 0))) @ leaf(np.ones((0, 2)))
    assert expand(empty, (0, 1)).data == 0.0


def test_comparisons_and_positions():
    x = leaf([1.0, -2.0])
    assert expand(ag.greater(x, 0.0), 1).data == 0.0
    assert expand(ag.where(ag.greater(x, 0.0), x, 0.0), 0).data == 1.0
    y = ag.sum(ag.where(ag.greater(x, 0.0), x, -x))
    root = expand(y)
    root.backward()
    y.backward()
    _, leaves = topological_order(root)
    assert {n.name: n.grad for n in leaves} == {"x[0]": x.grad[0], "x[1]": x.grad[1]}


def test_the_views_show_it():
    from autograd.viz.explain.why import why
    from autograd.viz.picture.draw import draw
    from autograd.viz.stepper.step import step

    example = examples.founding_tensors()
    cell = expand(example.root, 1, names=example.nodes)
    cell.backward(3.0)
    pooled = cell.parents[2]
    found = why(pooled, root=cell)
    assert found.total == 3.0
    assert found.nudge.agrees
    assert [row.zero for row in why(pooled.parents[0], root=cell).rows] == ["blocked"]
    for shown in (str(trace(cell)), draw(cell).svg, step(cell).html):
        assert "PR[0, 0, 1, 3]" in shown
        assert "pooled[0, 0, 0, 1]" in shown


def test_random_graphs(rng):
    """Graphs of all kinds of operations in a row: the same numbers at the leaves."""
    for seed in range(1, 400, 3):
        root = graphs.random_graph(seed)
        _, leaves = topological_order(root)
        names = {f"x{i}": node for i, node in enumerate(leaves)}
        if not np.isfinite(float(root)):
            continue
        twin = expand(root, names=names)
        twin.backward(0.7)
        found = cells(topological_order(twin)[1], names)
        for (name, got), wanted in zip(found.items(), gradients(root, leaves, 0.7), strict=True):
            wanted = np.asarray(wanted, float)
            atol = 1e-8 * max(1.0, np.abs(wanted[np.isfinite(wanted)]).max(initial=0.0))
            np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=atol, err_msg=f"{seed} {name}")


def test_samples_are_all_there():
    """The table behind these tests has an entry for each line of samples."""
    count = sum(len(s) if isinstance(s, list) else 1 for s in samples.SAMPLES.values())
    assert len(graphs.TABLE) == count
