"""What holds of all views together: one graph, told in text, JSON, picture and page.

The numbers are read back from each view as its reader would read them, and compared with each
other; what each view does beyond that is tested beside it.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import examples
import graphs
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.viz import compare, compare_overwriting, draw, step, trace, why, words
from autograd.viz.picture import collapse
from autograd.viz.picture.draw import picture
from autograd.viz.plain import shortened

HERE = Path(__file__).parent
DATA = json.loads((HERE.parent / "questions.json").read_text())
MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)")
FEW = 64  # cells of an array that every view shows one by one
VOID = ("meta", "input", "img", "br", "tr", "th", "td", "path", "rect", "circle")


def read(text: str) -> float:
    """A number as people read it, with a true minus or not."""
    text = text.replace(MINUS, "-")
    assert NUMBER.fullmatch(text), text
    return float(text)


def agrees(text: str, x: float, digits: tuple[int, ...] = (5,)) -> bool:
    """Whether a text is this number, with the digits that a view shows."""
    shown = read(text)
    if math.isnan(x):
        return math.isnan(shown)
    return any(shown == float(f"{x:.{n}g}") for n in digits)


def cells(told: Any) -> list[float]:
    """All numbers of a number or an array of the JSON."""
    return [float(x) for x in (told["cells"] if isinstance(told, dict) else [told])]


# --- readers: from each view, what it says of each node -------------------------------------------


class Page(HTMLParser):
    """A page: its texts, its tables, its pictures, and what its script is given."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.listed: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self._inside = tag
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        if tag == "li":
            self.listed.append("")

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            return
        self.text += data
        if self._inside == "td":
            self.rows[-1][-1] += data.rstrip("\n")
        if self._inside == "li":
            self.listed[-1] += data.rstrip("\n")


def script_data(html: str) -> dict[str, Any]:
    """What the stepper's script is given, read as a browser would."""
    found = re.search(r"start\((\{.*\})\);\n\}\)\(\);\s*</script>", html, re.S)
    assert found
    return json.loads(found[1])


def records(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(zip(table["keys"], row, strict=False)) for row in table["rows"]]


def drawn(svg: str) -> dict[int, ET.Element]:
    """The boxes of a picture by the number of their item."""
    return {
        int(g.get("data-item", "")): g
        for g in ET.fromstring(svg).iter()
        if {"node"} <= set(g.get("class", "").split())
    }


def parts(box: ET.Element, role: str) -> list[str]:
    return ["".join(e.itertext()) for e in box.iter() if role in e.get("class", "").split()]


def heat(box: ET.Element, role: str) -> list[str]:
    grids = [e for e in box.iter() if role in e.get("class", "").split()]
    return [e.text or "" for grid in grids for e in grid.iter() if e.tag.endswith("tspan")]


def told_in_text(page: str, names: list[str]) -> list[str]:
    """The lines of the table of nodes, one for each of these names, in order."""
    lines = page[page.index("\nForward\n") : page.index("\nBackward\n")].splitlines()
    found, at = [], 0
    for name in (shortened(name, 30) for name in names):
        at = next(i for i in range(at, len(lines)) if lines[i].startswith(f"  {name} ")) + 1
        found.append(lines[at - 1])
    return found


def grid_in_text(page: str, name: str, shape: tuple[int, ...]) -> list[float]:
    """The gradient of an array in the text: right of its value, or below it."""
    block = page[page.index(f"\n  {name}, ") :]
    beside = re.match(r"\n.*\n    value +gradient\n", block)
    lines = block[block.index("gradient\n") :].splitlines()[1:]
    rows = [line.split() for line in lines if line.strip()][: math.prod(shape[:-1])]
    assert all(len(row) == shape[-1] * (2 if beside else 1) for row in rows)
    return [read(one) for row in rows for one in row[-shape[-1] :]]


def check_views(shown: Any, root: Any, options: dict[str, Any]) -> int:
    """Text, JSON, picture and page say the same of every node and every contribution.

    Returns how many numbers were compared.
    """
    data = json.loads(shown.to_json())
    items, rows = data["items"], data["contributions"]
    lines = told_in_text(str(shown), [item["name"] for item in items])
    boxes = drawn(picture(shown, view=collapse.fold(shown, collapse.ALL)))
    page = step(root, **options).html
    there = records(script_data(page)["panes"][0]["trace"]["items"])
    assert len(items) == len(there) == len(lines)
    assert set(boxes) == set(range(len(items)))
    count = 0
    for number, (item, line, other) in enumerate(zip(items, lines, there, strict=True)):
        box = boxes[number]
        assert other["data"] == item["data"]
        assert other.get("grad") == item["grad"]
        assert other.get("zero") == item["zero"]
        scalar = not isinstance(item["data"], dict)
        if scalar:
            (said,) = parts(box, "data")
            assert agrees(said, float(item["data"])), item["name"]
        if item["zero"] is not None:
            assert line.endswith(words.MARKS[item["zero"]]), line
            assert f"zero-{item['zero'].replace(' ', '-')}" in box.get("class", "")
            continue
        if item["grad"] is None:
            continue
        if scalar:
            (grad,) = parts(box, "grad")
            for said in (grad, line.split()[-1]):
                assert agrees(said, float(item["grad"])), (item["name"], said)
                count += 1
        elif "cells" in item["grad"] and 1 < len(item["grad"]["cells"]) <= FEW:
            said = heat(box, "heat-grad")
            if said:
                known = cells(item["grad"])
                assert len(said) == len(known)
                for one, x in zip(said, known, strict=True):
                    assert agrees(one, x, (5, 3)), (item["name"], one, x)
                    count += 1
    heads = tuple(f"    to {shortened(item['name'], 30)}: " for item in items)
    arrivals = [line for line in str(shown).splitlines() if line.startswith(heads)]
    ledger = [row for row in Page(page).rows if len(row) == 5]
    assert len(arrivals) == len(rows)
    for line, told, row in zip(arrivals, ledger, rows, strict=False):
        if row["local"] is None:
            continue
        found = re.search(r": +(\S+) +x +(\S+) += +(\S+)", line)
        assert found, line
        factors, adds, total = told[2].split(" × "), told[3].split()[0], told[4].split(",")[0]
        known = (row["upstream"], row["local"], row["amount"])
        for x, one, other in zip(known, found.groups(), (*factors, adds), strict=True):
            assert agrees(one, float(x)), line
            assert agrees(other, float(x)), told
            count += 2
        assert agrees(total, float(row["total"]))
    return count


@pytest.mark.parametrize("name", examples.ALL)
def test_every_view_of_an_example_has_the_same_numbers(name: str) -> None:
    example = examples.ALL[name]()
    assert check_views(example.trace(), example.root, example.options()) > 3


@pytest.mark.parametrize("part", range(4))
def test_every_view_of_random_graphs_has_the_same_numbers(part: int) -> None:
    compared = 0
    for seed in range(part, 80, 4):
        root = graphs.random_graph(seed)
        compared += check_views(trace(root, names={}), root, {"names": {}})
    assert compared > 200


# --- six kinds of no gradient ---------------------------------------------------------------------


def test_six_kinds_in_picture_page_and_text() -> None:
    """The sixth passes: in text and page at the first of two arrivals, in pictures on the way."""
    example = examples.six_kinds()
    shown = example.trace()
    whole = picture(shown)
    both = shown.item("both").number
    waiting = next(i for i, row in enumerate(shown.contributions, 1) if row.receiver == both)
    partial = picture(shown, upto=waiting)
    still = Page(re.sub(r"<script>.*?</script>", "", step_of(example), flags=re.S))
    saved = Page(draw(example.root, **example.options())._page())
    text = " ".join(str(shown).split())
    named = {
        words.BLOCKED: "loser",
        words.STARVED: "early",
        words.CANCELLED: "both",
        words.NOT_REACHED: "alone",
        words.NOT_ASKED: "4",
    }
    for kind, name in named.items():
        item = next(i for i in shown.items if i.name == name)
        role = f"zero-{kind.replace(' ', '-')}"
        assert role in drawn(whole)[item.number].get("class", "")
        assert f"{name}: {item.kind}" in saved.text or f"{name} = " in saved.text
        assert words.MARKS[kind] in next(one for one in saved.listed if one.startswith(name))
        if kind != words.NOT_ASKED:
            sentence = words.zero_sentence(kind, item, shown)
            assert f"{kind}: {sentence}" in text
            assert f"{kind}: {sentence}".replace("-2", f"{MINUS}2") in still.listed
    assert "not asked: 4, 2 are constants: nobody asked." in text
    assert "not asked: 4, 2 are constants: nobody asked." in still.listed
    assert "zero-pending" in drawn(partial)[both].get("class", "")
    assert parts(drawn(partial)[both], "grad") == ["\N{HORIZONTAL ELLIPSIS} 1 of 2"]
    assert "1 of 2 arrived, wait." in text
    arrivals = [row[2:] for row in still.rows if row[:1] == ["both"]]
    assert arrivals == [
        [f"{MINUS}1 × 2", f"{MINUS}2", f"{MINUS}2, 1 of 2"],
        ["1 × 2", "+2", "0"],
    ]


def step_of(example: examples.Example) -> str:
    return step(example.root, **example.options()).html


# --- the numbers of the questions, everywhere -----------------------------------------------------

CNN = DATA["cnn_exact"]
ACCEPTED = {
    "founding": {"p1": 2.5, "p2": 7.0},
    "founding_tensors": {
        "P": [2.5, 7.0],
        "PR": [0.0, 2.5, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0],
    },
    "pool_conv": {"P": [10.0, 40.0, 40.0, 60.0, 200.0, 160.0, 90.0, 240.0, 160.0]},
    "overlap": {"x": [0.0, 0.0, 0.0, 0.0, -0.6, 0.0, 0.2, 0.3, 0.0]},
    "worked_cnn": {
        "X": np.ravel(CNN["dX"]),
        "K": np.ravel(CNN["dK"]),
        "W": np.ravel(CNN["dW"]),
        "F": np.ravel(CNN["dF"]),
        "P": np.ravel(CNN["dP"]),
        "S": np.ravel(CNN["dS"]),
    },
}
SUMS = {  # how the text writes them out
    "founding": ["to p1: 6 x -0.25 = -1.5", "to p1: 3 x 1 = +3", "to p1: 2 x 0.5 = +1"],
    "founding_tensors": ["P[1]: 2 x -1 + 3 x 2 + 6 x 0.5 = +7"],
    "pool_conv": ["P[0, 0, 0, 2]: 20 x 2 = +40", "P[0, 0, 1, 0]: 10 x 3 + 30 x 1 = +60"],
    "overlap": ["x[0, 0, 1, 1]: -1.4 x 1 + 0.8 x 1 + 0.2 x 0 + 0.3 x 0 = -0.6"],
    "worked_cnn": [],
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_numbers_of_the_questions_in_text_picture_and_stepper(name: str) -> None:
    example = examples.ALL[name]()
    shown = example.trace()
    text = str(shown)
    boxes = drawn(draw(example.root, **example.options()).svg)
    there = records(script_data(step_of(example))["panes"][0]["trace"]["items"])
    for one in SUMS[name]:
        assert one in re.sub(" +", " ", text)
    for node, right in ACCEPTED[name].items():
        item = shown.item(node)
        known = np.ravel(right)
        np.testing.assert_allclose(cells(there[item.number]["grad"]), known, atol=1e-7)
        box = boxes[item.number]
        if item.shape is None:
            assert read(parts(box, "grad")[0]) == right
            assert read(told_in_text(text, [node])[0].split()[-1]) == right
            continue
        said = heat(box, "heat-grad")
        np.testing.assert_allclose([read(t) for t in said], known, rtol=5e-3, atol=1e-9)
        found = grid_in_text(text, node, item.shape)
        np.testing.assert_allclose(found, known, rtol=1e-4, atol=1e-9)


# --- the same bytes -------------------------------------------------------------------------------

OUTPUTS = """
import sys
sys.path.insert(0, {folder!r})
import conftest, test_must_hold
sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass")
sys.stdout.write(test_must_hold.everything())
"""


def everything() -> str:
    """All that every view says of the examples, and of some random graphs."""
    out: list[str] = []
    for build in examples.ALL.values():
        example = build()
        options = example.options()
        whole = example.trace()
        pictures = draw(example.root, **options)
        out += [str(whole), whole.to_json(), pictures.svg, pictures.source, pictures._page()]
        out += [step(example.root, **options).html]
        out += [compare_overwriting(example.root, **options).html]
        for node in example.nodes.values():
            cell = (0,) * np.ndim(node.data) if isinstance(node, Tensor) else None
            told = why(
                node, cell, root=example.root, upstream=example.upstream, names=example.nodes
            )
            out += [str(told), told._repr_html_(), told.latex()]
        out += [node._repr_html_() for node in example.nodes.values()]
    for seed in range(0, 60, 7):
        root = graphs.random_graph(seed)
        out += [str(trace(root)), draw(root, engine="builtin").svg, step(root).html]
    return "\n".join(out)


def test_the_same_bytes_in_a_new_process_whatever_the_seed_of_hashes() -> None:
    code = OUTPUTS.format(folder=str(HERE))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[1])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    done = [one.communicate() for one in running]
    assert [error for _, error in done] == [b"", b""]
    assert done[0][0] == done[1][0]
    assert done[0][0].decode(errors="surrogatepass") == everything()
    assert len(done[0][0]) > 1_000_000


# --- very large graphs ----------------------------------------------------------------------------

NODES = 100_000


def chain() -> tuple[Any, Any]:
    x = y = Value(0.5)
    for _ in range(NODES):
        y = ag.sin(y)
    return x, y


def hub() -> tuple[Any, Any]:
    x = y = Value(0.5)
    for i in range(NODES):
        y = y + x if i % 2 else y * 0.999
    return x, y


def wide() -> tuple[Any, Any]:
    x = Value(0.5)
    return x, ag.total([x * float(i) for i in range(NODES)])


LARGE = {
    "text": lambda _x, y: str(trace(y, names={})),
    "draw": lambda _x, y: draw(y, names={}).svg,
    "draw all": lambda _x, y: draw(y, names={}, depth=0).svg,
    "draw around": lambda x, y: draw(y, names={}, focus=x).svg,
    "step": lambda _x, y: step(y, names={}).html,
    "compare": lambda _x, y: compare({"a": y, "b": y}, names={}).html,
    "why": lambda x, _y: str(why(x, names={})),
    "why the root": lambda _x, y: str(why(y, names={})),
}


@pytest.mark.slow
@pytest.mark.parametrize("build", [chain, hub, wide])
def test_a_hundred_thousand_nodes_are_told_at_once(build: Any) -> None:
    """Each view says how many there are and what to do, or answers; nothing hangs or recurses."""
    x, y = build()
    y.backward()
    for name, view in LARGE.items():
        told = view(x, y)
        assert len(told) < 1_000_000, name
        if not name.startswith("why"):
            assert re.search(r"\d\d\d,\d\d\d nodes", told), name
