"""Pictures: every encoding, read back from the SVG as a browser would read it."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import examples
import numpy as np
import pytest

import autograd as ag
from autograd import Value
from autograd.viz.picture import collapse, heat, scene, svg
from autograd.viz.picture.draw import draw, picture
from autograd.viz.picture.palette import DARK, LIGHT, css_variables
from autograd.viz.plain import one_line

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = ("pure", "builtin")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)


def having(root: ET.Element, *classes: str) -> list[ET.Element]:
    return [e for e in root.iter() if set(classes) <= set(e.get("class", "").split())]


def node(root: ET.Element, name: str) -> ET.Element:
    """The box whose name (or whose number, for constants) is this."""
    for box in having(root, "node"):
        if any(text(e) == name for e in having(box, "name") + having(box, "data")):
            return box
    raise AssertionError(f"no box {name}")


def text(element: ET.Element) -> str:
    return "".join(
        t for e in element.iter() if e.tag != f"{SVG}title" for t in [e.text or "", e.tail or ""]
    ).strip()


def said(box: ET.Element, role: str) -> str:
    (element,) = having(box, role)
    return text(element)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- one box per value, one wire per slot ---------------------------------------------------------


@pytest.mark.parametrize("name", examples.ALL)
def test_one_box_per_value_and_one_edge_per_slot(name: str, engine: str) -> None:
    trace = examples.ALL[name]().trace()
    root = parsed(picture(trace, engine=engine))
    boxes = having(root, "node")
    drawn = [int(b.get("data-item", "")) for b in boxes if "again" not in b.get("class", "")]
    assert sorted(drawn) == list(range(len(trace.items)))
    slots = [(i, item.number, slot) for item in trace.items for slot, i in enumerate(item.inputs)]
    edges = [
        tuple(int(e.get(f"data-{key}", "")) for key in ("from", "to", "slot"))
        for e in having(root, "edge")
    ]
    assert sorted(edges) == sorted(slots)


@pytest.mark.parametrize("name", examples.ALL)
def test_no_ids_and_no_scripts(name: str) -> None:
    root = parsed(picture(examples.ALL[name]().trace()))
    assert not [e for e in root.iter() if "id" in e.attrib or e.tag.endswith("script")]
    assert not [
        e for e in root.iter() for k, v in e.attrib.items() if k.startswith("on") or "url(" in v
    ]


def test_values_and_gradients_are_in_the_boxes(engine: str) -> None:
    root = parsed(picture(examples.founding().trace(), engine=engine))
    for name, data, grad in (("p1", "1", "+2.5"), ("p2", "2", "+7"), ("w31", "\u22120.25", "+6")):
        box = node(root, name)
        assert (said(box, "data"), said(box, "grad")) == (data, grad)
    assert said(node(root, "p1"), "op") == "max"


def test_contributions_stand_on_the_wires() -> None:
    trace = examples.founding().trace()
    root = parsed(picture(trace))
    for row in trace.contributions:
        sender, receiver = trace.items[row.sender], trace.items[row.receiver]
        if receiver.kind == "parameter":
            continue  # beside their reader, with their gradient in the box
        (edge,) = [
            e
            for e in having(root, "edge")
            if e.get("data-from") == str(receiver.number)
            and e.get("data-to") == str(sender.number)
            and e.get("data-slot") == str(row.slot)
        ]
        amount = float(said(edge, "chip").replace("\u2212", "-"))
        assert amount == row.amount


@pytest.mark.parametrize("name", examples.ALL)
def test_numbers_on_wires_are_whole_and_free(name: str, engine: str) -> None:
    root = parsed(picture(examples.ALL[name]().trace(), engine=engine))
    width = float(root.get("width", ""))
    areas = []
    for chip in having(root, "chip"):
        half = len(text(chip)) * 3.3
        x, y = float(chip.get("x", "")), float(chip.get("y", ""))
        if chip.get("display") != "none":
            assert half <= x <= width - half
            assert not any(abs(x - a) < half + b and abs(y - c) < 11 for a, b, c in areas)
            areas.append((x, half, y))


def crowded() -> Value:
    a, b = Value(1.0), Value(2.0)
    return ag.dot([2.0, 3.0, 6.0], [a + b, a + b, a + b])


def far_across() -> Value:
    x = [Value(v) for v in (0.5, 1.0, -2.0, 0.0, -1.0, 2.0, 0.0, 1.5)]
    pooled = [ag.max(*x[:4]), ag.max(*x[4:])]
    rows = [[Value(0.5), Value(-1.0)], [Value(1.0), Value(2.0)], [Value(-0.25), Value(0.5)]]
    return ag.dot([2.0, 3.0, 6.0], [ag.dot(row, pooled) for row in rows])


@pytest.mark.parametrize("root", [crowded, far_across])
def test_no_other_gradient_runs_through_a_number(engine: str, root: Callable[[], Value]) -> None:
    edges = having(parsed(draw(root(), engine=engine).svg), "edge")
    edges = [edge for edge in edges if "tone-zero" not in edge.get("class", "")]
    flows = [e for edge in edges for e in having(edge, "flow")]
    dots = [e for edge in edges for e in having(edge, "winner")]
    for edge in edges:
        for chip in having(edge, "chip"):
            half = len(text(chip)) * 3.3
            x, y = float(chip.get("x", "")), float(chip.get("y", "")) - 4
            others = [flow for flow in flows if flow not in list(edge.iter())]
            assert not any(
                abs(u - x) < half and abs(v - y) < 6
                for f in others
                for u, v in along(f.get("d", ""))
            )
            for dot in dots:
                u, v = float(dot.get("cx", "")), float(dot.get("cy", ""))
                assert abs(u - x) > half + 4 or abs(v - y) > 11


def along(path: str) -> list[tuple[float, float]]:
    """Points along a path of cubic curves."""
    numbers = [float(number) for number in re.findall(r"-?[0-9.]+", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    found = []
    for i in range(0, len(points) - 1, 3):
        corners = np.array(points[i : i + 4])
        for t in np.linspace(0, 1, 25):
            weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
            found.append(tuple(weights @ corners))
    return found


def test_x_times_x_has_two_edges_that_do_not_coincide(engine: str) -> None:
    root = parsed(picture(examples.twice().trace(), engine=engine))
    edges = [
        e for e in having(root, "edge") if (e.get("data-from"), e.get("data-to")) == ("0", "1")
    ]
    assert {e.get("data-slot") for e in edges} == {"0", "1"}
    assert len({having(e, "wire")[0].get("d") for e in edges}) == 2


# --- kinds of nodes without colour ----------------------------------------------------------------


def shape(box: ET.Element) -> ET.Element:
    return having(box, "box")[0]


def test_kinds_of_nodes_are_told_apart_without_colour() -> None:
    root = parsed(picture(examples.founding().trace()))
    parameter, constant = node(root, "w11"), node(root, "3")
    assert len(having(parameter, "box")) == 2  # a double frame
    assert shape(parameter).get("rx") is None  # square corners
    assert shape(constant).get("stroke-dasharray")
    assert float(shape(constant).get("height", "")) < float(shape(parameter).get("height", ""))
    widths = {
        kind: float(shape(node(root, name)).get("stroke-width", "1"))
        for kind, name in (("root", "L"), ("result", "h1"))
    }
    assert widths["root"] >= 2 * widths["result"]
    assert "no gradient" in constant.findtext(f"{SVG}title", "")


def test_arrays_have_sheets_a_shape_and_heat_grids() -> None:
    root = parsed(picture(examples.founding_tensors().trace()))
    box = node(root, "PR")
    assert having(box, "sheets")
    assert said(box, "shape") == "shape 1\u00d71\u00d72\u00d74"
    data, grad = having(box, "heat-data")[0], having(box, "heat-grad")[0]
    assert [t.text for t in data.iter(f"{SVG}tspan")] == [
        "0.5",
        "1",
        "\u22121",
        "2",
        "\u22122",
        "0",
        "0",
        "1.5",
    ]
    assert [t.text for t in grad.iter(f"{SVG}tspan")] == [
        "0",
        "+2.5",
        "0",
        "+7",
        "0",
        "0",
        "0",
        "0",
    ]
    assert "min \u22122, mean 0.25, max 2" in box.findtext(f"{SVG}title", "")


def test_winners_ties_and_forks() -> None:
    root = parsed(picture(examples.ties().trace()))
    edges = {e.get("data-from"): e for e in having(root, "edge") if e.get("data-to") == "4"}
    assert {k for k, e in edges.items() if having(e, "winner")} == {"1"}
    assert {k for k, e in edges.items() if having(e, "tie")} == {"1", "3"}
    assert (said(edges["1"], "chip"), said(edges["3"], "chip")) == ("+3", "0")
    split = parsed(picture(examples.tie_split().trace()))
    winners = [e for e in having(split, "edge") if having(e, "winner")]
    assert [said(e, "chip") for e in winners] == ["+1.5", "+1.5"]
    fork = having(parsed(picture(examples.twice().trace())), "fork")
    assert [said(f, "used") for f in fork] == ["3\u00d7"]


def test_sign_is_dash_and_print_not_only_colour() -> None:
    root = parsed(picture(examples.founding().trace()))
    seen = set()
    for edge in having(root, "edge"):
        for flow in having(edge, "flow"):
            _, tone = flow.get("class", "").split()
            dash = flow.get("stroke-dasharray")
            seen.add((tone, dash))
            chips = having(edge, "chip")
            if chips:
                mark = {"plus": "+", "minus": "\u2212", "zero": "0"}[tone]
                assert text(chips[0])[0] == mark
    assert len({dash for _, dash in seen}) == len(seen) == 3
    assert ("plus", None) in seen


def test_width_grows_with_the_logarithm_and_is_capped() -> None:
    widths = [scene.thickness(x) for x in (0.0, 1.0, 3.0, 7.0)]
    assert np.diff(widths) == pytest.approx([1.1] * 3)
    assert scene.thickness(-3.0) == scene.thickness(3.0) == scene.thickness(np.array([3.0, -1.0]))
    assert (
        scene.thickness(1e300)
        == scene.thickness(float("inf"))
        == scene.thickness(float("nan"))
        == scene.THICKEST
    )


def numbers(d: str) -> list[float]:
    for letter in "MCLz":
        d = d.replace(letter, " ")
    return [float(x) for x in d.split()]


def test_data_arrows_point_to_the_reader_and_gradient_arrows_back(engine: str) -> None:
    root = parsed(picture(examples.founding().trace(), engine=engine, direction="down"))
    edges = [e for e in having(root, "edge") if e.get("data-to") == "22" and having(e, "chip")]
    assert len(edges) == 3
    for edge in edges:
        wire = numbers(having(edge, "wire")[0].get("d", ""))
        head = numbers(having(edge, "head")[0].get("d", ""))
        back = numbers(having(edge, "flow-head")[0].get("d", ""))
        assert wire[1] < wire[-1] < head[1]  # down, to its tip
        assert back[1] < min(back[3], back[5])  # the tip is above its base: back up
        assert abs(back[1] - wire[1]) < 3
        assert abs(back[0] - wire[0]) >= 5  # on a lane of its own


# --- six kinds of no gradient ---------------------------------------------------------------------


def test_six_kinds_of_no_gradient_are_marked(engine: str) -> None:
    trace = examples.six_kinds().trace()
    root = parsed(picture(trace, engine=engine))
    marks = {
        "loser": ("zero-blocked", "0 blocked"),
        "early": ("zero-starved", "0 starved"),
        "both": ("zero-cancelled", "0 = \u22122 + 2"),
        "alone": ("zero-not-reached", "none"),
    }
    for name, (role, mark) in marks.items():
        box = node(root, name)
        assert role in box.get("class", "")
        assert said(box, "grad") == mark
    assert having(node(root, "loser"), "bar")
    assert having(node(root, "early"), "hollow")
    assert float(node(root, "alone").get("opacity", "")) < 1
    assert "zero-not-asked" in node(root, "4").get("class", "")
    edges = {(e.get("data-from"), e.get("data-to")): e for e in having(root, "edge")}
    blocked, starved = edges["1", "2"], edges["3", "4"]
    assert "zero-blocked" in blocked.get("class", "")
    assert having(blocked, "bar")
    assert not having(blocked, "flow-head")
    assert "zero-starved" in starved.get("class", "")
    assert not having(starved, "bar")


def test_what_waits_says_how_much_has_arrived() -> None:
    trace = examples.founding().trace()
    p1 = trace.item("p1")
    places = [i for i, row in enumerate(trace.contributions, 1) if row.receiver == p1.number]
    root = parsed(picture(trace, upto=places[1]))
    assert said(node(root, "p1"), "grad") == "\u2026 2 of 3"
    assert "zero-pending" in node(root, "p1").get("class", "")
    assert said(node(parsed(picture(trace, upto=places[2])), "p1"), "grad") == "+2.5"


# --- themes, text, bytes --------------------------------------------------------------------------


def test_colours_stand_in_attributes_and_follow_the_theme() -> None:
    trace = examples.founding().trace()
    light, dark = picture(trace, theme="light"), picture(trace, theme="dark")
    for own, other, palette in ((light, dark, LIGHT), (dark, light, DARK)):
        root = parsed(own)
        assert having(root, "paper")[0].get("fill") == palette.paper
        assert palette.plus in {e.get("stroke") for e in having(root, "flow", "plus")}
        assert own != other
    auto = picture(trace)
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark
    assert having(parsed(auto), "paper")[0].get("fill") == LIGHT.paper


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_legible_on_every_ground(palette: object) -> None:
    grounds = ("paper", "panel", "input", "parameter", "constant", "result", "root", "current")
    for ground in grounds:
        for ink in ("ink", "muted", "plus", "minus", "zero"):
            assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5, (ink, ground)


def test_every_colour_is_a_variable() -> None:
    style = css_variables("auto", ":host")
    assert style.count("--gg-plus") == 2
    assert set(LIGHT.__dataclass_fields__) == {
        part.split(":")[0] for part in css_variables("light").split("--gg-")[1:]
    }


def test_the_picture_is_told_in_words() -> None:
    root = parsed(picture(examples.founding().trace()))
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == "The graph of L: 20 nodes"
    words = root.findtext(f"{SVG}desc", "")
    assert "- max-pool\n  - p1 = max(x1, x2, x3, x4): result, 1, gradient 2.5" in words


def test_the_same_graph_gives_the_same_bytes_in_a_new_process() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import examples; from autograd.viz.picture.draw import draw\n"
        "for build in (examples.founding, examples.small_cnn, examples.six_kinds):\n"
        "    e = build()\n"
        "    d = draw(e.root, **e.options())\n"
        "    sys.stdout.buffer.write((d.svg + d.source + str(d)).encode())"
    )
    here = Path(__file__).parent
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(here)],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(here.parent.parent), "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 10_000


NASTY = [
    "<script>alert(1)</script>",
    "a & b < c > d \"e\" 'f'",
    "{curly|pipe}\\N\\l",
    "two\nlines\ttab\0null\x1b[31m",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eturned",
    "\u65e5\u672c\u8a9e\u306e\u540d\u524d",
    "]]>--><!--",
    "x" * 10_000,
    "a.b." * 3_000,
    "\ud800 lone",
    "",
]


@pytest.mark.parametrize("name", NASTY)
def test_names_never_become_markup(name: str, engine: str) -> None:
    x, w = Value(2.0, name=name or None), Value(3.0)
    y = ag.maximum(x * w, x) + 1.0
    ag.made_by(name, x, y)
    drawing = draw(y, names={name: w}, parameters=[w], engine=engine)
    root = parsed(drawing.svg)
    allowed = {"svg", "g", "title", "desc", "style", "rect", "path", "circle", "text", "tspan"}
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= allowed
    for label in having(root, "name") + having(root, "frame-label"):
        assert len(text(label)) <= 45
    for box in having(root, "node"):
        assert float(having(box, "box")[0].get("width", "")) < 400
    if name.strip():
        titles = [e.text or "" for e in root.iter(f"{SVG}title")]
        assert any(one_line(name) in title for title in titles)  # in full
    assert len(drawing.svg) < 60_000 + 3 * len(name)
    html = drawing._repr_mimebundle_()["text/html"]
    assert "<script" not in html


def test_numbers_of_every_kind_are_drawn() -> None:
    for x in (float("nan"), float("inf"), -float("inf"), 1e-300, -1.23456789e20):
        root = parsed(draw(Value(x, name="x") * 2.0).svg)
        assert node(root, "x") is not None
    for data in (
        np.zeros((0, 3)),
        np.full((3, 3), np.nan),
        np.zeros((2, 0)),
        np.ones((20, 30, 40)),
    ):
        x = ag.Tensor(data, requires_grad=True, name="x")
        root = parsed(draw(ag.sum(x)).svg)
        assert node(root, "x") is not None


def test_large_arrays_are_drawn_small() -> None:
    x = ag.Tensor(np.arange(400.0).reshape(20, 20), requires_grad=True, name="x")
    weights = np.zeros((20, 20))
    weights[13, 7] = -5.0
    text_ = draw(ag.sum(x * weights)).svg
    box = node(parsed(text_), "x")
    cells = [p.get("d", "").count("M") for p in having(box, "tint-minus")]
    assert cells == [1]  # the one cell that matters is not averaged away
    assert having(box, "dash")
    assert len(text_) < 30_000
    grid = heat.grid(weights, signs=True)
    assert grid is not None
    assert grid.values.shape == (8, 8)
    assert (grid.values.min(), grid.values.max()) == (-5.0, 0.0)
    means = heat.grid(np.arange(400.0).reshape(20, 20))
    assert means is not None
    assert means.values[0, 0] == np.arange(400.0).reshape(20, 20)[:3, :3].mean()


def test_tints_are_in_steps_and_keep_small_gradients() -> None:
    grid = heat.grid(np.array([[-4.0, 0.0, 1e-9, 4.0]]), signs=True)
    assert grid is not None
    assert grid.levels().tolist() == [[-heat.LEVELS, 0, 1, heat.LEVELS]]
    assert heat.grid(np.array(3.0)) is None
    assert heat.grid(np.zeros((0, 2))) is None
    sheets = heat.grid(np.zeros((2, 3, 4, 5)))
    assert sheets is not None
    assert (sheets.sheets, sheets.values.shape) == (6, (4, 5))


def test_budgets() -> None:
    assert len(picture(examples.founding().trace())) < 100_000
    example = examples.chain(200)
    assert len(draw(example.root, depth=99).svg) < 500_000


def test_style_names_only_what_is_drawn() -> None:
    drawn = set()
    for build in examples.ALL.values():
        root = parsed(picture(build().trace()))
        drawn |= {c for e in root.iter() for c in e.get("class", "").split()}
    example = examples.small_cnn()
    several = Value(2.0)
    square = several * several
    ag.made_by("square", several, square)
    for other in (draw(example.root, depth=0), draw(square + 1.0, depth=0)):
        drawn |= {c for e in parsed(other.svg).iter() for c in e.get("class", "").split()}
    named = {
        part.split(" ")[0]
        for selectors in (*svg.FILLS, *svg.STROKES)
        for selector in selectors.split(",")
        for part in selector.replace("text.", " .").split(".")[1:]
    }
    assert named <= drawn, named - drawn
    for kind in ("input", "parameter", "constant", "result", "root"):
        assert f".glassgrad .kind-{kind} .box{{fill:var(--gg-{kind})}}" in svg.style()


def test_a_view_may_be_given() -> None:
    trace = examples.small_cnn().trace()
    root = parsed(picture(trace, view=collapse.fold(trace, 0)))
    assert len(having(root, "folded")) == 2
