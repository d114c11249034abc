"""`why` on scalars: senders, sums, kinds of zero, what is left over, what cannot be told."""

from __future__ import annotations

import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, errors, graph, maximum
from autograd.viz import trace, why, words
from autograd.viz.explain.why import Addend


def founding(ties="first"):
    """x5 .. x8 in two windows, three neurons, upstream 2, 3, 6."""
    x = [Value(v) for v in (3.0, 7.0, 7.0, 4.0)]
    p1, p2 = maximum(x[0], x[1], ties=ties), maximum(x[2], x[3], ties=ties)
    weights = [[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]
    h1, h2, h3 = (ag.dot(row, [p1, p2]) for row in weights)
    loss = ag.total([2 * h1, 3 * h2, 6 * h3])
    loss.backward()
    return {"x": x, "p1": p1, "p2": p2, "h1": h1, "h2": h2, "h3": h3, "loss": loss}


def rows_of(explanation):
    return {row.sender: (row.upstream, row.local, row.amount) for row in explanation.rows}


def test_the_founding_example_names_senders_and_products():
    names = founding()
    told = why(names["p2"], names=names)
    assert rows_of(told) == {"h1": (2, -1, -2), "h2": (3, 2, 6), "h3": (6, 0.5, 3)}
    assert [row.total for row in told.rows][-1] == told.total == names["p2"].grad == 7.0
    text = str(told)
    assert text.startswith("Why is the gradient of p2 +7?\np2 = maximum(x[2], x[3]) = 7.")
    columns = [line.split() for line in text.splitlines()]
    for row in ("h1 2 -1 -2 +7", "h2 3 2 +6 +9", "h3 6 0.5 +3 +3", "sum +7"):
        assert row.split() in columns
    assert "It is used 3 times" in text
    assert "Nudge: raise p2 by 0.01: loss went up by 0.07, slope 7; the ledger says +7." in text
    assert why(names["p1"], names=names).total == 2.5


def test_names_come_from_the_callers_variables_and_are_those_of_the_trace():
    a, b = Value(2.0), Value(5.0)
    product = a * b
    loss = product + a
    loss.backward()
    told = why(a)
    assert told.name == "a"
    assert told.root == "loss"
    assert {row.sender for row in told.rows} == {"product", "loss"}
    assert {item.name for item in trace(loss).items} >= {"a", "b", "product", "loss"}


def test_an_unnamed_sender_is_called_by_its_formula():
    a, b = Value(2.0), Value(5.0)
    loss = a * b + 3 * a
    loss.backward()
    assert [row.sender for row in why(a).rows] == ["3 * a", "a * b"]


def test_a_long_formula_of_an_unnamed_sender_is_told_once():
    a, another_long_name = Value(2.0), Value(5.0)
    loss = a * another_long_name + 3 * a
    loss.backward()
    assert {row.sender for row in why(a).rows} == {"3 * a", "multiply"}
    assert "Here multiply = a * another_long_name." in why(a).says


def test_the_sentences_of_the_operations_that_sent():
    x = Value(2.0)
    y = x.tanh() * x
    y.backward()
    says = why(x).says
    assert any(sentence.startswith("Tanh: ") for sentence in says)
    assert any(sentence.startswith("Multiply: ") for sentence in says)
    assert sum(sentence.startswith("Multiply: ") for sentence in says) == 1


# --- every slot counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "amounts"),
    [(lambda x: x + x, [1.0, 1.0]), (lambda x: x * x, [3.0, 3.0]), (lambda x: x - x, [1.0, -1.0])],
)
def test_the_same_input_twice_is_two_contributions(f, amounts):
    x = Value(3.0)
    y = f(x)
    y.backward()
    told = why(x)
    assert [row.amount for row in told.rows] == amounts
    assert [row.slot for row in told.rows] == [0, 1]
    assert told.path_count == 2


def test_a_diamond_adds_what_its_sides_send():
    x = Value(2.0)
    left, right = 3 * x, x * x
    y = left * right
    y.backward()
    told = why(x)
    assert rows_of(told)["left"] == (4.0, 3.0, 12.0)
    assert [row.amount for row in told.rows if row.sender == "right"] == [12.0, 12.0]
    assert told.total == x.grad == 36.0


def test_totals_are_grad_bit_for_bit(rng):
    for _ in range(20):
        leaves = [Value(v) for v in rng.normal(size=4)]
        nodes = list(leaves)
        for _ in range(30):
            a, b = (nodes[i] for i in rng.integers(0, len(nodes), 2))
            f = rng.choice(["add", "mul", "max", "tanh"])
            nodes.append(
                {"add": a + b, "mul": a * b, "max": maximum(a, b), "tanh": a.tanh()}[str(f)]
            )
        root = ag.total(nodes[-5:])
        upstream = float(rng.normal())
        root.backward(upstream)
        for node in nodes:
            told = why(node)
            if told.zero == words.NOT_REACHED:
                assert node.grad == 0.0
                continue
            assert told.total == node.grad
            assert len(told.rows) == len({id(row) for row in told.rows})


# --- the root -------------------------------------------------------------------------------------


def test_the_root_was_given_its_gradient():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert why(y).total == 1.0
    assert "starts here: nudged by 1, y moves by 1" in str(why(y))
    y.backward(2.5)
    assert why(y).total == 2.5
    assert "was given the gradient 2.5" in str(why(y))
    assert why(x).total == 15.0  # this pass, not both
    assert "L stands for 2.5 x y." in " ".join(str(why(x)).split())


def test_another_upstream_can_be_asked_for():
    x = Value(3.0)
    y = x * x
    assert why(x, root=y).total == 6.0
    assert why(x, root=y, upstream=10.0).total == 60.0
    assert x.grad == 0.0


# --- six kinds of "no gradient" -------------------------------------------------------------------


def nodes_without_gradient():
    names = {name: Value(v) for name, v in [("loser", 1.0), ("winner", 2.0), ("off", -3.0)]}
    names |= {"both": Value(5.0), "apart": Value(9.0), "fixed": Tensor([1.0, 2.0])}
    names["behind"] = names["off"] * 1.0
    names["top"] = maximum(names["loser"], names["winner"])
    names["loss"] = names["top"] + names["behind"].relu() + (names["both"] - names["both"])
    names["loss"].backward()
    return names


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("loser", words.BLOCKED, "Nudging loser a little does not change top: the slope is 0."),
        (
            "off",
            words.STARVED,
            "Nothing arrived at behind, so there was nothing to pass on to off.",
        ),
        ("both", words.CANCELLED, "The wishes cancel: 1 - 1 = 0."),
        ("apart", words.NOT_REACHED, "loss does not depend on apart: there is no path"),
        ("fixed", words.NOT_ASKED, "fixed is a constant: nobody asked for its gradient."),
    ],
)
def test_a_zero_has_a_reason(name, kind, sentence):
    names = nodes_without_gradient()
    told = why(names[name], names=names)
    assert told.zero == kind
    assert told.reason.startswith(sentence)
    assert told.reason in str(told)
    assert told.reason in told._repr_html_().replace("\N{MINUS SIGN}", "-")
    assert (told.total is None) == (kind in (words.NOT_REACHED, words.NOT_ASKED))


def test_blocked_here_and_starved_there_is_blocked():
    x, top = Value(1.0), Value(2.0)
    nowhere = x * 3.0
    y = maximum(top, x) + (nowhere - 10.0).relu()
    y.backward()
    told = why(x)
    assert {row.zero for row in told.rows} == {words.BLOCKED, words.STARVED}
    assert told.zero == words.BLOCKED
    assert [row.note for row in told.rows if row.zero == words.STARVED] == [
        "starved: nothing arrived"
    ]


def test_pending_is_told_while_contributions_arrive():
    names = founding()
    text = str(trace(names["loss"], names=names))
    assert "to p1:  6 x -0.25 = -1.5  total -1.5  1 of 3 arrived, wait." in text
    assert "2 of 3 arrived, wait." in text
    assert "All 3 arrived." in text


def test_a_node_that_only_decides_is_blocked():
    x, yes, no = Value(3.0), Value(5.0), Value(6.0)
    y = ag.where(x, yes, no)
    y.backward()
    told = why(x)
    assert told.zero == words.BLOCKED
    assert "x only decides" in told.reason


# --- ties -----------------------------------------------------------------------------------------


def test_a_tie_names_the_winner_and_shows_both_slopes():
    x5, x7 = Value(7.0), Value(7.0)
    p2 = maximum(x5, x7)
    loss = 7 * p2
    loss.backward()
    first, second = why(x5), why(x7)
    assert first.rows[0].note == "won the tie with x7: it comes first"
    assert second.rows[0].note == "lost the tie: x5 comes first"
    for told in (first, second):
        assert told.nudge.kind == "kink"
        assert (told.nudge.left, told.nudge.right) == (0.0, pytest.approx(7.0))
        assert told.nudge.agrees
        assert "The two sides differ: a tie or a kink." in str(told)


def test_a_split_tie_is_shared():
    x5, x7 = Value(7.0), Value(7.0)
    loss = 7 * maximum(x5, x7, ties="split")
    loss.backward()
    assert why(x5).rows[0].note == "tie: shared"
    assert why(x5).total == why(x7).total == 3.5


def test_winner_and_loser_of_many():
    xs = [Value(v) for v in (1.0, 5.0, 3.0)]
    top = ag.max(*xs)
    top.backward()
    assert why(xs[1]).rows[0].note == "won"
    assert why(xs[0]).rows[0].note == "lost to xs[1]"
    lowest = ag.min(*xs)
    lowest.backward()
    assert why(xs[1]).rows[0].note == "lost to xs[0]"


def test_a_constant_can_win():
    x = Value(-2.0)
    y = maximum(0.0, x)
    y.backward()
    assert why(x).rows[0].note == "lost to 0"


# --- what .grad holds beside this pass ------------------------------------------------------------


def test_gradients_of_earlier_passes_are_told_apart():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert why(x).notes == ()
    y.backward()
    told = why(x)
    assert told.total == 6.0
    assert x.grad == 12.0
    assert "x.grad is 12, and this pass brought 6: the other 6 is from earlier passes" in str(told)
    assert "zero_grad()" in str(told)
    x.zero_grad()
    y.backward()
    assert why(x).notes == ()


def test_a_pass_that_was_only_imagined_leaves_nothing_over():
    x = Value(3.0)
    y = x * x
    y.backward()
    assert why(x, root=y, upstream=10.0).notes == ()
    z = 5 * x
    assert why(x, root=z).notes == ()


def test_left_over_gradients_of_arrays():
    t = Tensor([1.0, 2.0], requires_grad=True)
    y = (t * t).sum()
    y.backward()
    y.backward()
    assert "t.grad is [4, 8], and this pass brought [2, 4]" in str(why(t))
    assert "t.grad is 8, and this pass brought 4" in str(why(t, 1))


def test_hooks_are_noticed():
    x = Value(3.0)
    y = 2 * x
    z = y * y
    hook = y.register_hook(lambda g: 10.0 * g)
    z.backward()
    told = why(y)
    assert told.total == 12.0
    said = " ".join(str(told).split())
    assert "y.grad is 120, and this pass brought 12: a hook put another gradient" in said
    assert "in its place. The sums shown are those before the hook." in said
    below = why(x)
    assert below.rows[0].upstream == 120.0
    assert below.total == x.grad == 240.0
    assert not below.nudge.agrees
    assert "a hook on the way" in str(below)
    assert "before the hook" not in str(below)
    assert below.path_count == 0  # a product of slopes would not give the gradient
    hook.remove()
    x.zero_grad()
    z.backward()
    assert why(x).nudge.agrees


def test_the_gradient_of_a_leaf_with_a_hook_may_be_of_earlier_passes():
    x = Value(3.0)
    y = x * 2.0
    x.register_hook(lambda g: None)
    y.backward()
    assert not why(x).notes
    y.backward()
    (note,) = why(x).notes
    assert note.startswith("x.grad is 4, and this pass brought 2: a hook put another gradient")
    assert "or earlier passes are in it" in note


def test_a_rule_that_is_not_the_slope_is_noticed():
    @ag.operation(vjp=lambda g, out, x: g, says="straight through: the gradient as it is")
    def rounded(x):
        return float(np.round(x)) if isinstance(x, float) else np.round(x)

    x = Value(2.3)
    y = 4 * rounded(x)
    y.backward()
    told = why(x)
    assert told.total == 4.0
    assert not told.nudge.agrees
    assert "The two do not agree" in str(told)
    assert "Straight through: the gradient as it is." in str(told)


# --- where backward started -----------------------------------------------------------------------


@pytest.fixture
def no_pass() -> None:
    """No backward pass of another test is known."""
    graph.recent.clear()


@pytest.mark.usefixtures("no_pass")
def test_before_any_backward_a_sentence_says_what_to_do():
    x = Value(3.0)
    y = x * x
    with pytest.raises(errors.GradientError, match=r"call backward\(\) on the result"):
        why(x)
    y.backward()
    assert why(x).total == 6.0


@pytest.mark.usefixtures("no_pass", "no_collector")
def test_a_root_that_is_gone_or_was_freed():
    x = Value(3.0)
    (x * x).backward()
    with pytest.raises(errors.GradientError, match="keep it in a variable"):
        why(x)
    y = x * x
    y.backward(free=True)
    with pytest.raises(errors.GradientError, match="without free=True"):
        why(x)
    with pytest.raises(errors.GradientError, match="let go of"):
        why(x, root=y)


def test_a_node_the_latest_pass_did_not_reach():
    x, other = Value(3.0), Value(1.0)
    y = x * x
    y.backward()
    told = why(other)
    assert told.zero == words.NOT_REACHED
    assert told.total is None
    assert str(told).startswith("Why has other no gradient?")
    assert "If you mean another: call backward() on it, or say" in " ".join(str(told).split())
    assert "If you mean another" not in str(why(other, root=y))
    assert "If you mean another" not in str(why(x))
    assert "y does not depend on other" in str(told)


def test_the_latest_pass_that_reached_the_node_counts():
    x, z = Value(3.0), Value(4.0)
    first = x * x
    first.backward()
    second = z * z
    second.backward()
    assert why(x).root == "first"
    assert why(x).total == 6.0


@pytest.mark.usefixtures("no_pass", "no_collector")
def test_a_gradient_whose_pass_is_forgotten_is_not_explained_by_another():
    x, other = Value(3.0), Value(1.0)
    (x * x).backward()
    y = other * other
    y.backward()
    with pytest.raises(errors.GradientError, match="still known"):
        why(x)


@pytest.mark.parametrize("bad", [3.0, "x", np.zeros(2)])
def test_what_is_not_a_node_is_refused(bad):
    with pytest.raises(errors.DTypeError, match="must be a Value or a Tensor"):
        why(bad)


def test_nothing_is_changed_by_asking():
    names = founding()
    before = [(node.data, node.grad) for node in names["x"]]
    text = str(why(names["p1"], names=names))
    assert [(node.data, node.grad) for node in names["x"]] == before
    assert str(why(names["p1"], names=names)) == text


# --- large and deep -------------------------------------------------------------------------------


def chain(length):
    x = Value(1.0)
    y = x
    for _ in range(length // 2):
        y = y * 1.0 + x
    return x, y


def test_a_graph_of_a_hundred_thousand_nodes_is_answered():
    x, y = chain(100_000)
    y.backward()
    started = time.process_time()
    told = why(x)
    text, page, equation = str(told), told._repr_html_(), told.latex()
    assert time.process_time() - started < 20  # about 1.5 s; a quadratic walk takes minutes
    assert told.total == x.grad == 50_001.0
    assert told.path_count == 50_001
    assert told.nudge.agrees
    assert len(told.rows) == 50_001
    assert len(text.splitlines()) < 120
    assert len(page) < 100_000
    assert len(equation) < 2_000
    assert "49,977 more" in text


def test_a_deep_chain_does_not_recurse():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    told = why(x)
    assert told.total == 1.0
    assert told.path_count == 1
    assert "steps ..." in str(told)


def test_rows_are_plain_data():
    names = founding()
    told = why(names["p1"], names=names)
    assert all(isinstance(row, Addend) for row in told.rows)
    assert "Value(" not in repr(dict(vars(told)))


@pytest.mark.usefixtures("no_collector")
def test_an_explanation_keeps_no_graph_alive():
    x = Value(3.0)
    y = x * x
    y.backward()
    told = why(x, names={"x": x})  # a look at local variables would keep them until the end
    gone = weakref.ref(y)
    del y
    assert gone() is None
    assert told.total == 6.0


def test_the_same_bytes_in_a_new_process():
    code = (
        "from autograd import Value, maximum, total\n"
        "from autograd.viz import trace, why\n"
        "xs = [Value(v) for v in (3.0, 7.0, 7.0)]\n"
        "y = total([maximum(a, b) for a in xs for b in xs])\n"
        "y.backward()\n"
        "w = why(xs[1])\n"
        "print(w, w._repr_html_(), w.latex(), trace(y))\n"
    )
    root = Path(__file__).parents[2]
    outs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=root,
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outs) == 1
