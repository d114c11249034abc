"""Where things are placed: boxes keep clear of each other, frames hold what is theirs."""

from __future__ import annotations

import random
import shutil
import stat
from itertools import combinations, pairwise
from pathlib import Path

import examples
import numpy as np
import pytest

import autograd as ag
from autograd import OptionError, Value
from autograd.errors import MissingExtraError
from autograd.viz.picture import collapse, curves, dot, layout, ranks, scene
from autograd.viz.picture.scene import Scene
from autograd.viz.picture.taken import Taken
from autograd.viz.picture.tangle import tangle
from autograd.viz.trace import trace

ENGINES = ("pure", "builtin")


def laid_out(example: examples.Example, engine: str, sideways: bool, **view: object) -> Scene:
    written = example.trace()
    found = scene.build(written, collapse.choose(written, **view), sideways=sideways)
    layout.lay_out(found, engine)
    return found


def random_graph(seed: int) -> examples.Example:
    """Up to 40 numbers, read at random, some of them within frames."""
    rng = random.Random(seed)
    nodes = [Value(float(i)) for i in range(rng.randint(1, 5))]
    for i in range(rng.randint(3, 35)):
        a, b = rng.choice(nodes), rng.choice(nodes[-6:])
        nodes.append(rng.choice([ag.add, ag.multiply, ag.maximum])(a, b))
        if rng.random() < 0.3:
            ag.made_by(f"frame {i}", [a, b], nodes[-1])
        if rng.random() < 0.1:
            ag.made_by(f"outer {i}", nodes[:1], nodes[-1])
    return examples.Example(nodes[-1], None, {"x": nodes[0]}, keep=nodes)


def check(found: Scene) -> None:
    areas = [(b.x, b.y, b.width, b.height) for b in found.boxes()]
    for a, b in combinations(areas, 2):
        assert not Taken([a]).meets(b)
    borders = {border.number: border for border in found.borders}
    for x, y, width, height in areas + [(b.x, b.y, b.width, b.height) for b in found.borders]:
        assert x >= 0
        assert y >= 0
        assert x + width <= found.width
        assert y + height <= found.height
    for unit in found.units:
        inside, frame = set(), unit.frame
        while frame is not None:
            inside.add(frame)
            frame = borders[frame].parent
        for number, border in borders.items():
            frame_area = (border.x, border.y, border.width, border.height)
            assert Taken([frame_area]).meets((unit.x, unit.y, unit.width, unit.height)) == (
                number in inside
            )
            if number in inside:
                assert border.x <= unit.x
                assert border.y + 18 <= unit.y  # below the label
                assert unit.x + unit.width <= border.x + border.width
                assert unit.y + unit.height <= border.y + border.height
    along = 0 if found.sideways else 1
    for wire in found.wires:
        if wire.tail != wire.head:
            tail, head = wire.source, wire.target
            assert len(wire.points) % 3 == 1
            start, end = wire.points[0], wire.points[-1]
            assert end[along] >= start[along] - 1
            sizes = ((tail.width, tail.height), (head.width, head.height))
            for point, box, (w, h) in ((start, tail, sizes[0]), (end, head, sizes[1])):
                assert box.x - 6 <= point[0] <= box.x + w + 6
                assert box.y - 6 <= point[1] <= box.y + h + 6


@pytest.mark.parametrize("sideways", [False, True], ids=["down", "right"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", examples.ALL)
def test_examples_do_not_overlap(name: str, engine: str, sideways: bool) -> None:
    check(laid_out(examples.ALL[name](), engine, sideways))


@pytest.mark.parametrize("sideways", [False, True], ids=["down", "right"])
def test_random_graphs_do_not_overlap(sideways: bool) -> None:
    for seed in range(40):
        check(laid_out(random_graph(seed), "builtin", sideways, depth=9))
    for seed in range(10):
        check(laid_out(random_graph(seed), "pure", sideways, depth=9))


@pytest.mark.parametrize("engine", ENGINES)
def test_closed_modules_and_neighbourhoods_are_laid_out(engine: str) -> None:
    check(laid_out(examples.small_cnn(), engine, False, depth=0))
    check(laid_out(examples.small_cnn(), engine, False, depth=1, open=["4"]))
    check(laid_out(examples.deep(30), engine, False))
    check(laid_out(examples.chain(60), engine, False, focus=40, hops=3))


def test_ranks_keep_their_order_where_they_can() -> None:
    found = laid_out(examples.founding(), "auto", False)
    left = {unit.box.name: unit.box.x for unit in found.units}
    names = [f"x{i}" for i in range(1, 9)]
    for row in (names, ["p1", "p2"], ["h1", "h2", "h3"]):
        assert [left[name] for name in row] == sorted(left[name] for name in row)


def test_auto_takes_the_less_tangled_layout() -> None:
    for name in examples.ALL:
        tangles = {e: tangle(laid_out(examples.ALL[name](), e, False)) for e in (*ENGINES, "auto")}
        assert tangles["auto"] == min(tangles.values())


def test_ranks_put_readers_below_what_they_read() -> None:
    blocks = [ranks.Block(10, 10, 5) for _ in range(5)]
    ranks.ranked(blocks, [(0, 1), (1, 2), (0, 2), (3, 2), (4, 3)])
    assert [b.rank for b in blocks] == [0, 1, 2, 1, 0]
    ring = [ranks.Block(10, 10, 5) for _ in range(3)]
    ranks.ranked(ring, [(0, 1), (1, 2), (2, 0)])  # no graph of ours; but it must end
    assert {b.rank for b in ring} == {0, 1, 2}


def test_neighbours_are_spread_as_near_to_their_wishes_as_gaps_allow() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        row = [ranks.Block(w, 10, w * m) for w, m in rng.uniform((5, 0), (50, 1), (6, 2))]
        wishes = rng.uniform(-100, 100, 6).tolist()
        places = ranks.spread(row, wishes)
        cost = sum((p - w) ** 2 for p, w in zip(places, wishes, strict=True))
        gaps = [
            q - b.middle - (p - a.middle + a.wide)
            for (a, p), (b, q) in pairwise(zip(row, places, strict=True))
        ]
        assert min(gaps) >= ranks.GAP - 1e-9
        for _ in range(20):  # no small change that keeps the gaps is better
            other = [p + d for p, d in zip(places, rng.normal(0, 0.5, 6), strict=True)]
            if all(
                q - b.middle - (p - a.middle + a.wide) >= ranks.GAP
                for (a, p), (b, q) in pairwise(zip(row, other, strict=True))
            ):
                assert sum((p - w) ** 2 for p, w in zip(other, wishes, strict=True)) >= cost - 1e-9


def test_a_large_graph_is_laid_out_by_ourselves_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    found = laid_out(examples.chain(1500), "builtin", False, depth=0)
    assert len(found.units) == 1501
    called = []
    monkeypatch.setattr(layout, "run", lambda *args: called.append(args))  # as if it took too long
    check(laid_out(examples.founding(), "auto", False))
    assert len(called) == 1


def test_a_program_that_hangs_is_stopped(tmp_path: Path) -> None:
    program = tmp_path / "slow"
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    assert layout.run(str(program), "digraph {}", "json0", 0.2) is None
    assert layout.run(str(tmp_path / "missing"), "digraph {}", "json0") is None
    assert layout.run("/bin/false", "digraph {}", "json0") is None


def test_engines_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert layout.find_pure() is not None
    monkeypatch.setattr(layout, "find_pure", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(MissingExtraError, match="pip install graphviz-pure"):
        laid_out(examples.twice(), "pure", False)
    with pytest.raises(MissingExtraError, match="install the system's package graphviz"):
        laid_out(examples.twice(), "dot", False)
    with pytest.raises(OptionError, match="engine must be 'auto' or 'pure'"):
        laid_out(examples.twice(), "neato", False)
    check(laid_out(examples.twice(), "auto", False))


@pytest.mark.skipif(shutil.which("dot") is None, reason="no graphviz on this system")
def test_the_dot_of_the_system() -> None:
    for name in examples.ALL:
        check(laid_out(examples.ALL[name](), "dot", False))


def test_dot_source_survives_every_name() -> None:
    for name in ('a"b', "<b>", "{x|y}", "\\N", "a\nb", "\u65e5\u672c", "]]>", "&amp;", "x" * 5000):
        x = Value(2.0, name=name)
        y = x * 3.0
        ag.made_by(name, x, y)
        written = trace(y, names={})
        found = scene.build(written, collapse.choose(written))
        for bare in (True, False):
            out = layout.run(str(layout.find_pure()), dot.source(found, bare=bare).source, "json0")
            assert out is not None
            assert b'"name": "u0"' in out


def test_curves() -> None:
    route = curves.between((0.0, 0.0), (30.0, 40.0))
    cut, back = curves.shortened(route, 10.0)
    assert np.hypot(*cut[0]) == pytest.approx(10.0, abs=0.2)
    assert cut[-1] == route[-1]
    assert back[1] < 0
    straight = [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 3.0)]
    assert curves.beside(straight, 2.0) == [(-2.0, y) for _, y in straight]
    assert curves.middle(straight, 0.25) == pytest.approx((0.0, 0.75))
    assert curves.length(curves.samples(straight)) == pytest.approx(3.0)
