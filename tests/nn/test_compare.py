"""Comparing optimisers: question 5's problems, equal conditions, what the words support."""

from __future__ import annotations

import math
import sys
from functools import partial

import numpy as np
import pytest

import nn
from autograd import errors
from nn.errors import MissingExtraError
from nn.functional import mse_loss
from nn.optim import SGD, Adam
from nn.optim.adaptive import Adadelta, Adagrad, RMSprop
from nn.optim.comparing import compare
from nn.optim.problems import SparseStream, bowl, movement, ravine, sparse_stream
from nn.optim.report import Comparison, Run, sign_test

QUIET = {"progress": False}

# --- the problems of question 5 -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "dense", "sparse", "ratio"),
    [
        (partial(SGD, lr=0.1), 10.0, 1.0, 0.100),
        (partial(SGD, lr=0.1, momentum=0.9), 91.000239, 9.464674, 0.104),
        (partial(Adagrad, lr=0.1), 1.858960, 0.502100, 0.270),
        (partial(RMSprop, lr=0.1), 20.260584, 5.459927, 0.269),
        (partial(Adadelta, lr=1.0), 0.406149, 0.032380, 0.080),
        (partial(Adam, lr=0.1), 10.0, 3.145791, 0.315),
    ],
)
def test_question_5b_the_sparse_stream(rule, dense, sparse, ratio):
    moved = movement(rule, sparse_stream(100, every=10))
    np.testing.assert_allclose(moved, [dense, sparse], atol=6e-7)
    assert moved[1] / moved[0] == pytest.approx(ratio, abs=5e-4)


def test_question_5b_momentum_and_adam_move_a_weight_whose_gradient_is_0():
    stream = sparse_stream(100)

    def idle(rule):
        """How far the rare weight moves in steps in which its gradient is 0."""
        total = movement(rule, stream)[1]
        on = stream[:, 1] == 1
        far = [movement(rule, stream[: k + 1])[1] for k in range(100)]
        return total - np.diff([0.0, *far])[on].sum()

    assert idle(partial(SGD, lr=0.1, momentum=0.9)) == pytest.approx(8.0, abs=0.05)
    assert idle(partial(Adam, lr=0.1)) == pytest.approx(2.64, abs=0.005)
    assert idle(partial(Adagrad, lr=0.1)) == pytest.approx(0.0, abs=1e-12)


def test_the_problems():
    assert float(bowl()()) == 1.0
    assert float(ravine()()) == 13.0
    assert float(ravine(3)()) == float(ravine(3)()) != float(ravine(4)())
    model = SparseStream()
    np.testing.assert_array_equal(model(sparse_stream(3)).numpy(), np.zeros(3))


# --- running ------------------------------------------------------------------------------------


class Careless(nn.Module):
    """Its first weights depend on how often it was made, not on the seed."""

    made = 0

    def __init__(self, seed):
        Careless.made += 1
        self.linear = nn.Linear(3, 1, generator=Careless.made)

    def forward(self, x):
        return self.linear(x)[:, 0]


def regression(rng):
    x = rng.standard_normal((12, 3))
    return x, x @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.standard_normal(12)


def spied(seen):
    """A loss that notes which targets it was given."""

    def loss(prediction, target):
        seen.append(np.array(target))
        return mse_loss(prediction, target)

    return loss


def test_the_same_weights_and_batches_for_all(rng):
    seen = []
    result = compare(
        Careless, regression(rng), loss=spied(seen), optimisers=[SGD, Adam], rates=[0.01, 0.1],
        seeds=[3, 8], steps=5, batch_size=5, **QUIET,
    )  # fmt: skip
    assert [(r.optimiser, r.rate, r.seed) for r in result.runs] == [
        (name, rate, seed) for name in ("SGD", "Adam") for rate in (0.01, 0.1) for seed in (3, 8)
    ]
    for seed in (3, 8):
        assert len({run.losses[0] for run in result.runs if run.seed == seed}) == 1
    assert result.runs[0].losses[0] != result.runs[1].losses[0]
    per_run = [seen[i : i + 6] for i in range(0, len(seen), 6)]  # five batches and all data
    assert [len(x) for x in per_run[0]] == [5, 5, 2, 5, 5, 12]
    for i, batches in enumerate(per_run):
        for mine, first in zip(batches, per_run[i % 2], strict=True):
            np.testing.assert_array_equal(mine, first)
    assert sorted(np.concatenate(per_run[0][:3])) == sorted(per_run[0][5])  # each row once


def test_a_run_is_an_ordinary_training_run(float64):
    result = compare(
        ravine, optimisers={"M": partial(SGD, momentum=0.9)}, rates=[0.01], seeds=[2], steps=7,
        **QUIET,
    )  # fmt: skip
    model = ravine(2)
    optimiser = SGD(model.parameters(), lr=0.01, momentum=0.9)
    losses = []
    for _ in range(7):
        optimiser.zero_grad()
        loss = model()
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    losses.append(float(model()))
    np.testing.assert_array_equal(result.runs[0].losses, losses)
    assert result.runs[0].final == losses[-1]


def test_equal_in_one_process_and_in_two(float64):
    x = sparse_stream(20)
    options = {
        "loss": mse_loss, "optimisers": [SGD, Adam], "rates": {"SGD": [0.1, 9.0], "Adam": [0.1]},
        "seeds": range(2), "steps": 12, "batch_size": 8,
    }  # fmt: skip
    data = (x, x.sum(axis=1))
    alone = compare(SparseStream, data, **options, **QUIET)
    assert compare(SparseStream, data, **options, **QUIET, processes=2).runs == alone.runs
    assert compare(SparseStream, data, **options, **QUIET).runs == alone.runs


def test_functions_without_a_name_cannot_travel():
    with pytest.raises(errors.DTypeError, match="top level of an importable module"):
        compare(lambda seed: bowl(seed), optimisers=[SGD], processes=2, **QUIET)


def test_divergence_is_recorded():
    result = compare(ravine, optimisers=[SGD], rates=[0.05, 1.0, 1e30], seeds=[0, 1], steps=40,
                     target=1e-1, **QUIET)  # fmt: skip
    row = result.rows()[0]
    assert row.rate == 0.05
    assert row.diverged == 4
    assert (row.usable, row.tried) == (1, 3)
    lost = [run for run in result.runs if run.rate == 1e30]
    assert all(run.diverged and len(run.losses) < 10 for run in lost)
    assert "never" not in result.table()
    assert "never" in compare(bowl, optimisers=[SGD], rates=[1e-6], target=0.0, seeds=[0],
                              steps=3, **QUIET).table()  # fmt: skip
    nothing = compare(ravine, optimisers=[SGD], rates=[1e30], seeds=[0], steps=40, **QUIET)
    assert nothing.words().startswith("Most runs diverged")


def test_a_progress_bar(capsys):
    compare(bowl, optimisers=[SGD], rates=[0.1], seeds=[0, 1], steps=2)
    assert "2/2" in capsys.readouterr().err


# --- what the numbers support -------------------------------------------------------------------


def runs(name, finals, rate=0.1, start=10.0):
    return [Run(name, rate, seed, (start, x), x) for seed, x in enumerate(finals)]


def test_words_support_what_wins_on_every_seed():
    """Even if the seeds differ more than the optimisers."""
    words = Comparison(
        runs("A", [1.0, 2.0, 3.0, 4.0, 5.0]) + runs("B", [1.5, 2.5, 3.5, 4.5, 5.5])
    ).words()
    assert "The numbers support A over B." in words
    assert "do not support" not in words
    assert "on 5 of 5 seeds; chance alone decides so clearly with probability 0.062" in words


def test_words_say_when_the_spread_is_too_wide():
    words = Comparison(
        runs("A", [1.0, 2.0, 3.0, 4.0, 5.0]) + runs("B", [0.9, 2.5, 3.1, 3.5, 5.5])
        + runs("C", [7.0, 7.0, 8.0, 7.0, 7.0])
    ).words()  # fmt: skip
    assert "They do not support a choice between A and B: the spread over the seeds" in words
    assert "The numbers support A over C." in words


def test_a_lower_median_is_not_enough():
    """B wins on six of seven seeds, and one bad seed lifts its median above that of A."""
    a = [7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    b = [6.9, 5.9, 4.9, 3.9, 2.9, 1.9, 9.0]
    c = [6.9, 5.9, 4.9, 3.9, 2.9, 1.9, 0.9]
    result = Comparison(runs("A", [*a, *a, *a]) + runs("B", [*c, *c, *b]))
    assert result.rows()[0].optimiser == "B"
    lifted = Comparison(runs("A", a) + runs("B", b))
    assert lifted.rows()[0].optimiser == "A"
    assert sign_test(1, 7) > 0.1
    eight = Comparison(runs("A", [8.0, *a, 0.5]) + runs("B", [7.9, *b[:-1], 0.9, 9.0]))
    assert eight.rows()[0].optimiser == "A"
    assert sign_test(1, 9) < 0.1
    assert "do not support a choice between A and B" in eight.words()


def test_words_ask_for_more_seeds():
    words = Comparison(runs("A", [1.0, 1.1]) + runs("B", [2.0, 2.1])).words()
    assert "2 seeds are too few, 5 are the least" in words
    assert "The numbers support" not in words


def test_words_when_the_seed_has_no_influence():
    same = Comparison(runs("A", [1.0] * 3) + runs("B", [2.0] * 3) + runs("C", [1.0] * 3)).words()
    assert "The numbers support A over B." in same
    assert "C ended at the same loss." in same


def test_words_about_the_edge_of_the_grid_and_about_no_progress():
    edge = Comparison(runs("A", [1.0], 0.1) + runs("A", [2.0], 0.01) + runs("A", [9.0], 0.001))
    assert "0.1, was the largest that was tried: a larger one" in edge.words()
    assert edge.rows()[0].usable == 1  # 8 of 9 is less than nine tenths
    inside = Comparison(runs("A", [1.0], 0.1) + runs("A", [1.5], 0.01) + runs("A", [9.0], 1.0))
    assert "tried" not in inside.words()
    assert inside.rows()[0].usable == 2
    lost = Comparison(runs("A", [11.0], 0.1) + runs("A", [12.0], 0.01)).words()
    assert "nothing was learned" in lost
    assert "tried" not in lost


def test_the_table():
    result = Comparison(
        [Run("A", 0.1, 0, (4.0, 2.0, 1.0), 1.0), Run("A", 0.1, 1, (4.0, 1.0, 0.5), 0.5)], target=1.0
    )
    head, line = result.table().splitlines()
    assert head.split("  ")[0] == "optimiser"
    assert line.split() == ["A", "0.1", "0.75", "0.5", "to", "1", "1.5", "1", "of", "1", "0"]
    assert str(result) == f"{result.table()}\n\n{result.words()}"


def test_the_sign_test_counts_coins():
    for games in range(1, 8):
        flips = [bin(k).count("1") for k in range(2**games)]
        for wins in range(games + 1):
            as_clear = sum(abs(2 * f - games) >= abs(2 * wins - games) for f in flips)
            assert sign_test(wins, games) == pytest.approx(as_clear / 2**games)


def test_the_plot():
    pytest.importorskip("matplotlib")
    result = compare(ravine, optimisers=[SGD, Adam], rates=[0.01, 1e30], seeds=[0, 1], steps=5,
                     **QUIET)  # fmt: skip
    left, right = result.plot().axes
    assert [line.get_label() for line in left.lines] == [row.optimiser for row in result.rows()]
    assert len(right.lines[0].get_ydata()) == 6
    sgd = left.lines[[line.get_label() for line in left.lines].index("SGD")]
    assert math.isnan(sgd.get_ydata()[1])  # diverged: a gap


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match="plots"):
        Comparison(runs("A", [1.0])).plot()


@pytest.mark.parametrize(
    ("option", "bad"),
    [
        ("steps", 0), ("steps", None), ("steps", 2.5), ("batch_size", 0), ("processes", 0),
        ("processes", True), ("target", "x"), ("seeds", []), ("rates", []), ("rates", [-0.1]),
        ("optimisers", []), ("optimisers", ["SGD"]), ("data", (np.ones(3), np.ones(2))),
        ("data", (np.ones(0), np.ones(0))),
    ],
)  # fmt: skip
def test_bad_input_is_refused(option, bad):
    with pytest.raises(errors.OptionError, match=f"compare: {option}"):
        compare(bowl, **{"loss": mse_loss, "optimisers": [SGD], **QUIET, option: bad})


def test_data_need_a_loss():
    with pytest.raises(errors.OptionError, match="needs a loss"):
        compare(SparseStream, (np.ones((2, 2)), np.ones(2)), optimisers=[SGD], **QUIET)
