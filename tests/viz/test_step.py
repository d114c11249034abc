"""The stepper as bytes: what is in the page, what stays without scripts, sizes, errors."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value, errors
from autograd.viz import compare, compare_overwriting, step, trace
from autograd.viz.as_json import as_json
from autograd.viz.stepper import page
from autograd.viz.stepper.step import Stepper

WEIGHTS = ((0.5, -1.0), (1.0, 2.0), (-0.25, 0.5))
NASTY = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\"b'c&d{e}|f\\g",
    "two\nlines",
    "\u2028\u202eright to left\u05d0",
    "emoji \N{FIRE} \u6f22\u5b57",
    "x" * 10_000,
    "\x00\x1b[31m\ud800",
]


def founding():
    """Two windows of four, three neurons, upstream 2, 3 and 6."""
    left = [Value(v, name=f"x{i}") for i, v in enumerate((0.5, 1.0, -2.0, 0.25), 1)]
    right = [Value(v, name=f"x{i}") for i, v in enumerate((2.0, -1.0, 1.5, 0.0), 5)]
    p1, p2 = ag.max(*left), ag.max(*right)
    p1.name, p2.name = "p1", "p2"
    weights = [
        [Value(w, name=f"w{i}{j}") for j, w in enumerate(row)] for i, row in enumerate(WEIGHTS)
    ]
    neurons = [ag.dot(row, [p1, p2]) for row in weights]
    for i, neuron in enumerate(neurons):
        neuron.name = f"h{i}"
    root = ag.dot([2.0, 3.0, 6.0], neurons)
    root.name = "L"
    return root, [w for row in weights for w in row]


def founding_stepper(**options) -> Stepper:
    root, weights = founding()
    return step(root, parameters=weights, names={}, **options)


def data_of(stepper: Stepper) -> dict:
    """What the script is given, read from the page as a browser would."""
    found = re.search(r"start\((\{.*\})\);\n\}\)\(\);\s*</script>", stepper.html, re.S)
    assert found
    return json.loads(found[1])


def records(table: dict) -> list[dict]:
    return [dict(zip(table["keys"], row, strict=False)) for row in table["rows"]]


class Reader(HTMLParser):
    """Tags, texts and attributes, as a parser of HTML sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def without_scripts(text: str) -> str:
    return re.sub(r"<script>.*?</script>", "", text, flags=re.S)


# --- what is in it --------------------------------------------------------------------------------


def test_the_page_has_the_numbers_of_the_trace():
    root, weights = founding()
    told = trace(root, parameters=weights, names={})
    data = data_of(step(root, parameters=weights, names={}))["panes"][0]["trace"]
    items, rows = records(data["items"]), records(data["contributions"])
    assert [item["name"] for item in items] == [item.name for item in told.items]
    for item, known in zip(items, told.items, strict=True):
        assert item.get("grad") == known.grad
        assert item["data"] == known.data
        assert item.get("zero") == known.zero
        assert item["expects"] == known.expects
    assert [row["amount"] for row in rows] == [row.amount for row in told.contributions]
    assert [row["total"] for row in rows] == [row.total for row in told.contributions]
    grads = {item["name"]: item.get("grad") for item in items}
    assert (grads["p1"], grads["p2"]) == (2.5, 7.0)


def test_every_scalar_node_has_its_nudge():
    items = records(data_of(founding_stepper())["panes"][0]["trace"]["items"])
    with_one = {item["name"] for item in items if item.get("nudge")}
    assert with_one == {item["name"] for item in items if item.get("grad") is not None} - {"L"}
    told = {item["name"]: item["nudge"] for item in items if item.get("nudge")}
    assert "L did not move" in told["x1"]
    assert "slope 7" in told["p2"]


def test_sentences_have_a_true_minus_and_names_stay():
    a = Value(2.0, name="a-1")
    y = a * -3.0
    y.name = "y"
    items = records(data_of(step(y, names={}))["panes"][0]["trace"]["items"])
    told = {item["name"]: item for item in items}
    assert told["y"]["forward"] == "y = a-1 * \N{MINUS SIGN}3 = \N{MINUS SIGN}6."


# --- what stays without scripts -------------------------------------------------------------------


def test_without_scripts_there_is_a_picture_and_the_ledger():
    rest = without_scripts(founding_stepper().html)
    seen = Reader(rest)
    tags = [tag for tag, _ in seen.tags]
    assert tags.count("img") == 1
    assert "loading" not in rest.lower()
    texts = [text.strip() for text in seen.texts]
    row = texts.index("p1")
    cells = [text for text in texts[row : row + 12] if text]
    assert cells[:5] == ["p1", "h2", "6 × \u22120.25", "\u22121.5", "\u22121.5, 1 of 3"]
    assert tags.count("tr") == 1 + len(founding_trace().contributions)
    assert "blocked: Nudging x1 a little does not change p1: the slope is 0." in texts


def founding_trace():
    root, weights = founding()
    return trace(root, parameters=weights, names={})


def test_the_picture_is_stored_once_and_is_a_picture():
    stepper = founding_stepper()
    picture = next(attrs for tag, attrs in Reader(stepper.html).tags if tag == "img")
    kind, _, address = picture["src"].partition(",")
    assert kind == "data:image/svg+xml;charset=utf-8"
    source = unquote(address)
    drawn = ElementTree.fromstring(source)
    nodes = [g for g in drawn.iter() if "data-item" in g.attrib]
    assert {int(g.attrib["data-item"]) for g in nodes} == set(range(len(founding_trace().items)))
    assert len(re.findall(r"data-item=.\d", stepper.html)) == len(nodes)
    assert picture["alt"]


def test_only_plain_tags_carry_the_static_part():
    tags = {tag for tag, _ in Reader(without_scripts(founding_stepper().html)).tags}
    assert tags <= {
        "div",
        "p",
        "b",
        "img",
        "details",
        "summary",
        "table",
        "tr",
        "th",
        "td",
        "ul",
        "li",
    }


def test_no_ids_and_the_guard_on_the_host():
    seen = Reader(founding_stepper().html)
    assert not any("id" in attrs for _, attrs in seen.tags)
    assert seen.tags[0][1] == {"class": "glassgrad-stepper", "data-lm-suppress-shortcuts": "true"}


# --- names never become markup --------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_names_never_become_markup(name):
    a, b = Value(2.0, name=name), Value(3.0, name="b")
    y = a * b
    y.name = "y" + name
    stepper = compare({name: y, "other" + name: a + b}, names={})
    clean = compare({"n": Value(1.0) * 2, "m": Value(1.0) + 1}, names={})
    for text, other in ((stepper.html, clean.html), (page_of(stepper), page_of(clean))):
        count = [tag for tag, _ in Reader(text).tags].count
        plain = [tag for tag, _ in Reader(other).tags].count
        assert (count("script"), count("img")) == (plain("script"), plain("img"))
        assert text.lower().count("</script") == other.lower().count("</script")
    names = [item["name"] for item in records(data_of(stepper)["panes"][0]["trace"]["items"])]
    assert all(len(shown) <= 40 for shown in names)
    for text in (stepper.html, page_of(stepper), stepper.to_iframe()):
        assert not set("\x00\x1b\ud800") & set(text)
        assert len(text) < 3 * len(clean.to_iframe()) + 6 * len(name)


def page_of(stepper: Stepper) -> str:
    return page.document(stepper.title, stepper.html, "auto")


# --- sizes and bytes ------------------------------------------------------------------------------


def test_a_lesson_sized_page_is_small():
    stepper = founding_stepper()
    assert stepper.panels[0].trace.nodes == 20
    assert len(stepper.html.encode()) <= 100 * 1024
    assert len(page.script()) < 56_000
    assert len(page.style()) < 16_000


def test_two_hundred_nodes_stay_within_their_budget():
    generator = np.random.default_rng(0)
    layers = [nn.Linear(4, 4, generator=generator) for _ in range(50)]
    network = nn.Sequential(*layers)
    loss = network(Tensor(generator.normal(size=(1, 4)))).sum()
    stepper = step(loss)
    assert stepper.panels[0].trace.nodes > 140
    assert len(stepper.html.encode()) <= 500 * 1024


SAME = """
import sys
sys.path.insert(0, {folder!r})
import test_step
sys.stdout.reconfigure(encoding="utf-8")
print(test_step.founding_stepper().html, end="")
"""


def test_the_same_bytes_in_another_process():
    code = SAME.format(folder=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode() == founding_stepper().html


def test_nothing_is_fetched():
    text = founding_stepper().html
    addresses = set(re.findall(r"(?:https?|ftp|wss?)://[^\s\"'`)<%]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\s*\(", text)


# --- the source of the script ---------------------------------------------------------------------


def sources() -> dict[str, str]:
    return {p.stem: p.read_text(encoding="utf-8") for p in sorted(page.FOLDER.glob("*.js"))}


def test_all_modules_are_in_the_script_each_after_what_it_imports():
    assert set(sources()) == set(page.MODULES)
    for name, source in sources().items():
        for other in re.findall(r'^import .* from "\./(\w+)\.js";$', source, re.M):
            assert page.MODULES.index(other) < page.MODULES.index(name), (name, other)


def test_modules_can_share_one_scope():
    declared = [
        name
        for source in sources().values()
        for name in re.findall(r"^(?:export )?(?:function|const|let|class) (\w+)", source, re.M)
    ]
    assert len(declared) == len(set(declared))


def test_the_script_has_no_comments_and_no_module_syntax():
    script = page.script()
    assert "/*" not in script
    assert not re.search(r"^\s*(//|import |export )|[ ;]// ", script, re.M)


def test_bare_leaves_texts_alone():
    source = 'export const a = "x = 1; // no"; // yes\n/** @type {b} */\nconst c = `d = ${e}`;\n'
    assert page.bare(source).startswith('let a="x = 1; // no";')
    assert "`d = ${e}`" in page.bare(source)
    assert "yes" not in page.bare(source)
    assert "@type" not in page.bare(source)


# --- options, saving, frames ----------------------------------------------------------------------


def test_options_reach_the_script():
    data = data_of(founding_stepper(at=-2, grain="contribution", predict=True, theme="dark"))
    assert {k: data[k] for k in ("at", "grain", "predict", "theme")} == {
        "at": -2,
        "grain": "contribution",
        "predict": True,
        "theme": "dark",
    }


@pytest.mark.parametrize(("option", "allowed"), [("grain", "contribution"), ("theme", "light")])
def test_unknown_options_say_which_there_are(option, allowed):
    with pytest.raises(errors.OptionError, match=rf"{option}.*{allowed}"):
        founding_stepper(**{option: "no"})


def test_upstream_and_names():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 3.0
    data = data_of(step(y, upstream=[2.0, 5.0], names={"in": x, "out": y}))["panes"][0]["trace"]
    grads = {item["name"]: item.get("grad") for item in records(data["items"])}
    assert grads["in"]["cells"] == [6.0, 15.0]
    assert grads["out"]["cells"] == [2.0, 5.0]


def test_variables_name_the_nodes():
    weight = Value(2.0)
    loss = weight * weight
    names = [item.name for item in step(loss).panels[0].trace.items]
    assert names == ["weight", "loss"]


def test_saving(tmp_path):
    stepper = founding_stepper()
    path = stepper.save(tmp_path / "steps.html")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert stepper.html in text
    with pytest.raises(errors.OptionError, match=r"\.html.*steps\.png"):
        stepper.save(tmp_path / "steps.png")
    with pytest.raises(errors.OutputError, match="missing"):
        stepper.save(tmp_path / "missing" / "steps.html")


def test_in_a_frame():
    frame = founding_stepper().to_iframe(height=500)
    assert frame._repr_html_() == str(frame)
    (tag, attrs), *rest = Reader(frame).tags
    assert (tag, attrs["height"], rest) == ("iframe", "500", [])
    assert founding_stepper().html in attrs["srcdoc"]
    assert html.unescape(html.escape("<")) == "<"


def test_in_a_notebook_and_in_a_terminal():
    stepper = founding_stepper()
    bundle = stepper._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"] == stepper.html
    assert "20 nodes" in bundle["text/plain"]


def test_a_graph_that_is_too_large_says_so_instead():
    x = Value(1.0)
    for _ in range(5001):
        x = x + 1.0
    stepper = step(x)
    assert "<script" not in stepper.html
    assert "more than the limit of 5,000" in stepper.html


def test_closed_modules_can_be_stepped_into():
    generator = np.random.default_rng(0)
    blocks = [
        nn.Sequential(
            nn.Linear(3, 3, generator=generator), nn.ReLU(), nn.Linear(3, 3, generator=generator)
        )
        for _ in range(8)
    ]
    network = nn.Sequential(*blocks)
    pane = data_of(step(network(Tensor(np.ones((2, 3)))).sum()))["panes"][0]
    frames = records(pane["trace"]["frames"])
    assert len(pane["views"]) == 8
    for view in pane["views"]:
        closed = set(re.findall(r'class="folded"[^>]*data-frame="(\d+)"', view["svg"]))
        assert str(view["frame"]) not in closed
        assert len(closed) == 7
        assert frames[view["frame"]]["label"].endswith("Sequential")


# --- side by side ---------------------------------------------------------------------------------


def test_compare_takes_two_or_more():
    with pytest.raises(errors.OptionError, match="two results"):
        compare({"only": Value(1.0) * 2})


def test_compared_pictures_do_not_share_classes():
    data = compare({"a": founding()[0], "b": founding()[0]}, names={})
    first, second = (re.search(r"<style>\.(\w+)\{", panel.svg)[1] for panel in data.panels)
    assert first != second
    titles = [pane["title"] for pane in data_of(data)["panes"]]
    assert titles == ["a", "b"]


def test_the_bug_beside_the_right_thing():
    root, weights = founding()
    bug = compare_overwriting(root, parameters=weights, names={})
    right, wrong = (panel.trace for panel in bug.panels)
    assert [t.item("p1").grad for t in (right, wrong)] == [2.5, 1.0]
    assert [t.item("p2").grad for t in (right, wrong)] == [7.0, -2.0]
    assert [pane["trace"]["assign"] for pane in data_of(bug)["panes"]] == [False, True]
    assert not bug.panels[1].nudges
    assert root.grad == 0.0  # nothing in the graph was touched


@pytest.mark.parametrize(("slope", "passed_on", "kind"), [(0, 1, "blocked"), (5, 0, "starved")])
def test_an_overwriting_zero_is_not_said_to_cancel(slope, passed_on, kind):
    x = Value(3.0)
    y = (x * slope) * passed_on + x * 2.0  # what is sent first in the sum goes back last
    right, wrong = (panel.trace for panel in compare_overwriting(y, names={"x": x}).panels)
    item = wrong.item("x")
    assert [row.amount for row in wrong.into(item)] == [2.0, 0.0]
    assert (right.item("x").grad, right.item("x").zero) == (2.0, None)
    assert (item.grad, item.zero) == (0.0, kind)
    (said,) = [told["why_zero"] for told in as_json(wrong)["items"] if told["name"] == "x"]
    assert said.startswith("Only the last contribution is left. N")
    assert "cancel" not in said
    assert said in " ".join(str(wrong).split())
