"""Which cell reads which, and the ledger of one cell."""

from __future__ import annotations

import graphs
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, errors
from autograd.viz import cells
from autograd.viz.ledger import MOST_ROWS, ledger, ledger_of
from autograd.viz.replay import Replay


def leaf(x, **options):
    return Tensor(x, requires_grad=True, **options)


def pairs(link):
    """The pairs of cells in a Links, with their slopes."""
    places = zip(link.outputs, link.inputs, strict=True)
    return dict(zip(places, link.slopes, strict=True))


@pytest.mark.parametrize("case", graphs.TABLE, ids=lambda case: case.key)
def test_links_are_the_jacobian(case, rng):
    """Slope by slope what the rule says, and no cell with a slope is missing."""
    operands = case.sample.draw(rng)
    params = case.sample.params(case.op, operands)
    wanted = case.gradients(operands)
    given = [leaf(x) if i in wanted else x for i, x in enumerate(operands)]
    bound, params = case.op.bind(given, params)
    node = Tensor.record(case.op, bound, params)
    if not wanted or node.dtype.kind != "f":
        return
    found = cells.links(node)
    if all(np.ndim(x) == 0 for x in (node, *operands)):
        assert found == ()
        return
    for slot in wanted:
        size = np.size(operands[slot])
        if found[slot] is None or not size:
            continue
        links = pairs(found[slot])
        assert len(links) == len(found[slot].outputs)  # no pair twice
        for i, where in enumerate(np.ndindex(node.shape)):
            one_hot = np.zeros(node.shape)
            one_hot[where] = 1.0
            leaves = [x for x in given if isinstance(x, Tensor)]
            grads = ag.graph.gradients(node, leaves, one_hot)
            row = np.ravel(np.asarray(grads[[x is given[slot] for x in leaves].index(True)]))
            for j in range(size):
                assert links.get((i, j), 0.0) == pytest.approx(row[j], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("case", graphs.TABLE[::2], ids=lambda case: case.key)
def test_links_are_all_readers(case, rng):
    """The shortcuts of `links` find what is found for one cell at a time."""
    operands = case.sample.draw(rng)
    wanted = case.gradients(operands)
    given = [leaf(x) if i in wanted else x for i, x in enumerate(operands)]
    bound, params = case.op.bind(given, case.sample.params(case.op, operands))
    node = Tensor.record(case.op, bound, params)
    for slot, link in enumerate(cells.links(node)):
        if link is not None:
            expected = {
                (cells.flat_place(where, node.shape), j)
                for j, cell in enumerate(cells.cells(operands[slot]))
                for where in cells.readers(node, slot, cell)
            }
            assert set(pairs(link)) == expected


def test_losers_and_shut_gates_are_linked_with_slope_0():
    x = leaf([[0.5, 1.0, -1.0, 2.0], [-2.0, 0.0, 0.0, 1.5]])
    (window,) = cells.links(ag.max_pool2d(x.reshape(1, 2, 4), 2))
    assert pairs(window) == {
        **dict.fromkeys([(0, 0), (0, 4), (0, 5), (1, 2), (1, 6), (1, 7)], 0.0),
        (0, 1): 1.0,
        (1, 3): 1.0,
    }
    (gate,) = cells.links(ag.relu(leaf([-1.0, 2.0])))
    assert pairs(gate) == {(0, 0): 0.0, (1, 1): 1.0}
    condition, x, _ = cells.links(ag.where(ag.greater(x[0], 0.0), x[1], 5.0))
    assert pairs(condition) == {}
    assert pairs(x) == {(0, 0): 1.0, (1, 1): 1.0, (3, 3): 1.0}


def test_every_use_of_a_kernel_weight():
    k, p = leaf(np.ones((1, 1, 2, 2))), leaf(np.arange(9.0).reshape(1, 1, 3, 3))
    image, kernel = cells.links(ag.conv2d(p, k))
    assert sorted(pairs(kernel)) == [(i, j) for i in range(4) for j in range(4)]
    assert [slope for (_, j), slope in sorted(pairs(kernel).items()) if j == 0] == [0, 1, 3, 4]
    assert len(pairs(image)) == 16


def test_single_precision_and_stretched_inputs():
    x, v = leaf(np.array([1.0, 2.0], np.float32)), Value(3.0)
    image, number = cells.links(x * v)
    assert pairs(image) == {(0, 0): 3.0, (1, 1): 3.0}
    assert pairs(number) == {(0, 0): 1.0, (1, 0): 2.0}


def test_no_links_where_they_would_be_too_many_or_run_code():
    assert cells.links(ag.exp(leaf(np.ones(257)))) == (None,)
    assert cells.links(leaf(np.ones((26, 26))) @ leaf(np.ones((26, 26)))) == (None, None)
    assert cells.links(leaf(np.ones(3))) == ()
    assert cells.links(ag.sum(leaf(np.ones((0, 2))))) == (None,)
    runs = []

    class Watched(ag.Function):
        @staticmethod
        def forward(ctx, x):
            runs.append(1)
            return x * 2.0

        @staticmethod
        def backward(ctx, g):
            runs.append(2)
            return g * 2.0

    assert cells.links(Watched.apply(leaf([1.0, 2.0]))) == (None,)
    assert cells.links(ag.checkpoint(ag.exp, leaf([1.0, 2.0]))) == (None,)
    assert runs == [1]


def test_infinite_slopes_are_told():
    (link,) = cells.links(ag.log(leaf([0.0, 4.0])))
    assert link.as_json() == {"out": (0, 1), "in": (0, 1), "slope": ["inf", 0.25]}


def test_sources_are_readers_the_other_way_round(rng):
    for case in graphs.TABLE[::7]:
        operands = case.sample.draw(rng)
        if not case.gradients(operands):
            continue
        slot = case.gradients(operands)[0]
        given = [leaf(x) if i == slot else x for i, x in enumerate(operands)]
        bound, params = case.op.bind(given, case.sample.params(case.op, operands))
        node = Tensor.record(case.op, bound, params)
        if not node.size or not np.size(operands[slot]):
            continue
        found = cells.sources(node, slot, range(node.size))
        for j, cell in enumerate(cells.cells(operands[slot])):
            here = [
                int(np.ravel_multi_index(where, node.shape)) if where else 0
                for where in cells.readers(node, slot, cell)
            ]
            assert here == [i for i in range(node.size) if j in found[i]], case.key


def test_an_index_as_a_cell():
    assert cells.cell_at(2, (3,)) == cells.cell_at(-1, (3,)) == (2,)
    assert cells.cell_at((1, -1), (2, 3)) == (1, 2)
    assert cells.cell_at(None, ()) == cells.cell_at((), ()) == ()
    assert cells.cell_at(None, (1, 1)) == (0, 0)
    assert cells.cell_at(None, (2, 1)) is None
    for index, shape in [(3, (3,)), (-4, (3,)), (0, (2, 2)), ((0, 0), (2,)), (0, ())]:
        with pytest.raises(errors.IndexingError):
            cells.cell_at(index, shape)


# --- the ledger of one cell -----------------------------------------------------------------------


def rows(found):
    return [(row.sender, row.upstream, row.local, row.contribution) for row in found.rows]


def test_ledger_looks_through_what_only_moves():
    x, w = leaf([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 6.0])
    y = ag.transpose(x.reshape(2, 2)) @ w
    assert rows(ledger_of(Replay(y, [2.0, 3.0]), x, (2,))) == [("matmul[0]", 2.0, 6.0, 12.0)]
    deep = x
    for _ in range(3000):
        deep = deep.reshape(4)
    assert rows(ledger(ag.sum(deep), x, (1,))) == [("sum", 1.0, 1.0, 1.0)]


def test_ledger_of_a_root_that_only_moves():
    x = leaf([1.0, 2.0, 3.0, 4.0])
    y = x.reshape(2, 2)
    assert rows(ledger_of(Replay(y, [[1.0, 2.0], [3.0, 4.0]]), x, (2,))) == [
        ("reshape[1, 0]", 3.0, 1.0, 3.0)
    ]


def test_ledger_with_a_hook_on_the_way():
    x = leaf([1.0, 2.0])
    moved = x.reshape(2, 1)
    moved.register_hook(lambda g: 10.0 * g)
    y = ag.sum(moved * 3.0)
    y.backward()
    assert rows(ledger(y, x, (0,))) == [("reshape[0, 0]", 30.0, 1.0, 30.0)]


def test_ledger_where_poison_does_not_show():
    """A result that is nan already, and an operand that is read in two slots."""
    x = leaf([1.0, 2.0])
    y = ag.sum(x * np.array([3.0, np.inf])) + np.nan
    assert rows(ledger(y, x, (0,))) == [("multiply[0]", 1.0, 3.0, 3.0)]
    assert rows(ledger(y, y.parents[0])) == [("add", 1.0, 1.0, 1.0)]
    total = ag.sum(ag.nan_to_num(x, x, x, x))
    assert ledger(total, x, (1,)).total == 1.0


def test_many_readers_share_a_row(rng):
    x = leaf([2.0])
    w = rng.normal(size=200)
    found = ledger(ag.sum(x * w), x, (0,))
    assert len(found.rows) == MOST_ROWS + 1
    assert found.rows[-1].count == 200 - MOST_ROWS
    assert found.total == pytest.approx(w.sum(), rel=1e-12)
    assert "136 more cells" in found.text()


def test_ledger_of_rows_of_a_table():
    table = leaf(np.arange(6.0).reshape(3, 2))
    y = ag.sum(ag.take(table, [2, 0, 2], axis=0, sparse=True) * np.array([1.0, 10.0]))
    assert rows(ledger(y, table, (2, 1))) == [
        ("take_rows[0, 1]", 10.0, 1.0, 10.0),
        ("take_rows[2, 1]", 10.0, 1.0, 10.0),
    ]


def test_ledger_refuses_cells_and_nodes_that_are_not_there():
    x, other = leaf([1.0, 2.0]), leaf([1.0])
    y = ag.sum(x)
    for cell in ((2,), (-1,), (), (0, 0)):
        with pytest.raises(errors.IndexingError, match="cell"):
            ledger(y, x, cell)
    with pytest.raises(errors.GradientError):
        ledger(y, other, (0,))
