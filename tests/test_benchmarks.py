"""The benchmarks run, agree about gradients, and say in words what they found. Nothing is timed."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The modules of the package, which lies beside the tests and is not installed."""
    monkeypatch.syspath_prepend(str(ROOT))
    names = ("harness", "report", "scalar", "array", "peers")
    return SimpleNamespace(**{n: importlib.import_module(f"benchmarks.{n}") for n in names})


def run(tmp_path: Path, *arguments: str) -> tuple[str, dict[tuple[str, str], dict[str, Any]]]:
    """What `python -m benchmarks` prints, and its results by workload and column."""
    file = tmp_path / "results.jsonl"
    command = [sys.executable, "-m", "benchmarks", *arguments, "--quick", "--json", str(file)]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    results = map(json.loads, file.read_text().splitlines())
    return child.stdout, {(r["workload"], r["column"]): r for r in results}


def installed(*names: str) -> list[str]:
    return [name for name in names if importlib.util.find_spec(name) is not None]


def test_scalar_section_prints_a_table_and_all_peers_find_the_same_gradients(tmp_path):
    text, results = run(tmp_path, "scalar", "--only", "collector: off")
    peers = installed("micrograd", "xad", "torch")
    assert "us per elementary operation" in text
    assert "goal: ours, n-ary at most 0.4: " in text
    for peer in peers:
        assert f"ours/{peer}" in text
    for peer in {"micrograd", "xad", "torch"} - set(peers):
        assert f"{peer} is not installed: skipped" in text
    columns = ["ours", "ours, free", "ours, n-ary", *peers]
    gradients = [results["garbage collector: off", c]["samples"][0]["gradients"] for c in columns]
    assert len(gradients[0][0]) == 337
    assert any(gradients[0][0])
    for other in gradients[1:]:
        assert other[0] == pytest.approx(gradients[0][0], rel=1e-12, abs=1e-15)


def test_deep_graphs_and_memory_run(tmp_path):
    _, results = run(tmp_path, "scalar", "--only", "chain of 10^6")
    ours = {workload: r for (workload, column), r in results.items() if column == "ours"}
    assert "chain of 10^6" in ours
    assert "tracemalloc after forward" in ours
    for result in ours.values():
        assert not result["failure"], result
        assert len(result["samples"]) == 1


def test_views_are_timed_and_weighed(tmp_path):
    text, results = run(tmp_path, "views")
    assert not [result for result in results.values() if result["failure"]]
    assert "goal: ours at most 100: met" in text
    fragments = [r for (name, _), r in results.items() if name.startswith("fragment")]
    assert len(fragments) == 2
    assert all(50e3 < r["samples"][0]["cpu"] < 130e3 for r in fragments)


def test_array_section_agrees_with_torch(tmp_path):
    pytest.importorskip("torch")
    name = "digits, batch 64"
    text, results = run(tmp_path, "array", "--only", name)
    assert "gradients agree" in text
    ours = results[name, "ours"]["samples"][0]["gradients"]
    theirs = results[name, "torch"]["samples"][0]["gradients"]
    assert len(ours) == 4  # weights and biases of the convolution and of the linear layer
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(other, rel=1e-4, abs=1e-6)


ADAM = "Adam, 10^6 parameters in 20 tensors"
GRADIENTS = {  # how many are compared
    "LSTM T32 B32 I64 H128: and backward": 5,
    "batch norm 64x32x14x14: and backward": 3,
    "layer norm 256x512: and backward": 3,
    "cross entropy 256x1000: and backward": 1,
    "avg_pool2d 64x16x25x25, 3x3, stride 2: and backward": 1,
    "LeNet, batch 64": 10,
    ADAM: 2,
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_array_lines_agree_with_torch(benchmarks, name):
    pytest.importorskip("torch")
    (line,) = (w for table in benchmarks.array.TABLES for w in table.workloads if w.name == name)
    ours, theirs = (line.run(column, True).gradients for column in ("ours", "torch"))
    assert len(ours) == GRADIENTS[name]
    for mine, other in zip(ours, theirs, strict=True):
        assert any(mine)
        assert mine == pytest.approx(other, rel=1e-4, abs=1e-6)


def test_the_step_of_adam_moves_every_tensor(benchmarks):
    reached = benchmarks.array.adam("ours", True).gradients
    for seed, tensor in enumerate(reached):
        start, gradient = (benchmarks.array.random(s, 10) for s in (seed, 100 + seed))
        # The first step is the rate long, against the sign of the gradient.
        assert tensor == pytest.approx(start - 0.01 * np.sign(gradient), abs=1e-5)


def test_every_whole_line_has_a_goal_against_torch(benchmarks):
    for table in benchmarks.array.TABLES:
        for line in table.workloads:
            if line.name.endswith(": and backward"):
                assert [goal.of for goal in line.goals] == ["torch"], line.name


def test_the_network_has_as_many_operations_as_one_counts_by_hand(benchmarks):
    first, second, last = 16 * (2 * 2 + 1), 16 * (2 * 16 + 1), 2 * 16
    hinge = 3
    per_point = first + second + last + hinge
    assert benchmarks.scalar.operations(False) == 100 * per_point + 99 + 1


@pytest.mark.parametrize("many", [False, True])
def test_gradients_of_the_network_against_finite_differences(benchmarks, many):
    scalar = benchmarks.scalar
    engine = benchmarks.peers.Ours()
    floats = SimpleNamespace(relu=lambda x: x if x > 0 else 0.0)
    numbers = scalar.initial()
    leaves = engine.leaves(numbers)
    gradients = engine.gradients(scalar.loss(engine, leaves, 10, many=many), leaves)
    step = 1e-6
    for i in (0, 1, 2, 48, 100, 150, 319, 320, 336):
        above, below = ([*numbers[:i], numbers[i] + h, *numbers[i + 1 :]] for h in (step, -step))
        slope = (scalar.loss(floats, above, 10) - scalar.loss(floats, below, 10)) / (2 * step)
        assert gradients[i] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def table_of(benchmarks, figures: dict[str, Any], *goals: Any) -> str:
    """The report on one workload with these times, or failures, by column."""
    harness, results = benchmarks.harness, {}
    for column, figure in figures.items():
        failed = isinstance(figure, str)
        samples = [] if failed else [harness.Sample(figure, figure, [[figure]])]
        failure, message = (figure, "too deep") if failed else ("", "")
        results["sums", column] = harness.Result("sums", column, samples, failure, message)
    workload = harness.Workload("sums", None, list(figures), goals=goals)
    table = harness.Table("Sums", "s", [workload])
    return benchmarks.report.report([table], results, quick=False, clock="cpu")


@pytest.mark.parametrize(
    ("ours", "limit", "of", "expected"),
    [
        (0.5, 0.25, "ours, other", "at most 1/4 of ours, other: met (1/8.0)"),
        (2.0, 0.25, "ours, other", "at most 1/4 of ours, other: NOT met (1/2.0)"),
        (5.0, 2.0, "ours, other", "at most 2 of ours, other: met (1.25)"),
        (0.5, 0.4, None, "at most 0.4: NOT met (0.500)"),
        (0.4, 0.4, None, "at most 0.4: met (0.400)"),
        (0.5, 0.25, "nobody", "at most 1/4 of nobody: not measured"),
    ],
)
def test_goals_are_answered_in_words(benchmarks, ours, limit, of, expected):
    goal = benchmarks.harness.Goal(limit, of, exactly=True)
    assert expected in table_of(benchmarks, {"ours": ours, "ours, other": 4.0}, goal)


def test_a_goal_against_a_peer_means_its_fastest_column(benchmarks):
    goal = benchmarks.harness.Goal(1.5, "ours")
    figures = {"ours": 9.0, "ours, a": 8.0, "ours, b": 4.0}
    assert "NOT met (2.25)" in table_of(benchmarks, figures, goal)


def test_a_failure_is_shown_where_the_time_would_be(benchmarks):
    text = table_of(benchmarks, {"ours": 1.0, "ours, deep": "RecursionError"})
    assert "RecursionError: too deep" in text


def test_gradients_that_differ_are_shouted_about(benchmarks):
    assert "GRADIENTS DIFFER" in table_of(benchmarks, {"ours": 1.0, "ours, b": 1.1})
    assert "gradients agree" in table_of(benchmarks, {"ours": 1.0, "ours, b": 1.0 + 1e-7})


def test_peers_take_turns_within_each_workload(benchmarks):
    pairs = [("a", "x"), ("a", "y"), ("a", "z"), ("b", "x"), ("b", "y"), ("b", "z")]
    orders = [list(benchmarks.harness._in_turns(pairs, seed)) for seed in range(6)]
    for order in orders:
        assert sorted(order[:3]) == pairs[:3]
        assert sorted(order[3:]) == pairs[3:]
    assert len({tuple(order) for order in orders}) > 1
