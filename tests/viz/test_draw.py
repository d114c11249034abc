"""`draw`: what is shown of a graph, what is hidden, and the files it is written to."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import examples
import numpy as np
import pytest

import autograd as ag
import nn
from autograd import GradientError, OptionError, OutputError, Tensor, Value
from autograd.errors import MissingExtraError
from autograd.viz.picture import collapse, layout
from autograd.viz.picture.draw import Drawing, draw


def drawn(example: examples.Example, **options: object) -> Drawing:
    return draw(example.root, **{**example.options(), **options})


def elements(drawing: Drawing) -> list[ET.Element]:
    return list(ET.fromstring(drawing.svg).iter())


def names(drawing: Drawing) -> set[str]:
    return {e.text or "" for e in elements(drawing) if e.get("class") == "name"}


def folded(drawing: Drawing) -> int:
    return sum(1 for e in elements(drawing) if e.get("class") == "folded")


# --- names and options ----------------------------------------------------------------------------


def test_variables_give_the_names() -> None:
    first = Value(2.0)
    second = first * 3.0
    assert names(draw(second)) >= {"first", "second"}
    assert names(draw(second, names={"other": first})) >= {"other", "other * 3"}


def test_options_are_checked() -> None:
    y = Value(2.0) * 3.0
    for option in ({"direction": "up"}, {"engine": "neato"}, {"theme": "pink"}):
        (key,) = option
        with pytest.raises(OptionError, match=f"draw: {key} must be 'auto' or"):
            draw(y, **option)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="nothing in this trace is called 'zz'"):
        draw(y, focus="zz")
    with pytest.raises(OptionError, match="not in this graph"):
        draw(y, focus=Value(1.0))
    with pytest.raises(GradientError):
        draw(Tensor([1.0, 2.0], requires_grad=True) * 2.0)


def test_drawing_changes_nothing_and_keeps_nothing() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    draw(y)
    assert (x.grad, y.grad) == (6.0, 1.0)


def test_direction_fits_the_page() -> None:
    def size(drawing: Drawing) -> tuple[float, float]:
        root = ET.fromstring(drawing.svg)
        return float(root.get("width", "")), float(root.get("height", ""))

    chain = examples.chain(4)
    down, right, auto = (size(drawn(chain, direction=d)) for d in ("down", "right", "auto"))
    assert down[1] > down[0]
    assert right[0] > right[1]
    assert auto == right  # it fits a page lying down
    assert size(drawn(examples.chain(12))) == size(drawn(examples.chain(12), direction="down"))


# --- large graphs ---------------------------------------------------------------------------------


def test_up_to_40_boxes_everything_is_drawn() -> None:
    example = examples.small_cnn()
    drawing = drawn(example)
    assert drawing.hidden == 0
    assert "hidden" not in drawing.svg


def test_modules_close_beyond_depth_1_and_open_one_by_one() -> None:
    example = examples.deep(12)  # 74 boxes
    drawing = drawn(example)
    assert (drawing.hidden, folded(drawing)) == (48, 24)
    assert "48 nodes hidden in 24 closed modules" in drawing.svg
    one = drawn(example, open=["2"])
    assert (one.hidden, folded(one)) == (45, 23)
    assert "2.weight" in names(one)
    every = drawn(example, depth=2)
    assert every.hidden == 0
    assert folded(drawn(example, depth=0)) == 1


def test_all_modules_close_where_one_level_is_too_many() -> None:
    drawing = drawn(examples.deep(40))
    assert folded(drawing) == 1
    assert drawing.hidden == 160


def test_a_closed_module_says_what_it_hides() -> None:
    drawing = drawn(examples.small_cnn(), depth=0)
    first = next(e for e in elements(drawing) if e.get("class") == "folded")
    texts = [e.text for e in first.iter() if e.tag.endswith("text")]
    frame = drawing.trace.frames[int(first.get("data-frame", ""))]
    assert texts[0] == "Sequential"
    assert texts[1] == "+ 9 nodes hidden"
    sizes = re.findall(r"[\d.]+", texts[2] or "")
    assert [float(x) for x in sizes] == pytest.approx([frame.grad_in, frame.grad_out], rel=1e-3)


def test_edges_of_closed_modules_name_them() -> None:
    drawing = drawn(examples.small_cnn(), depth=0)
    edges = [
        e.attrib for e in ET.fromstring(drawing.svg).iter() if e.get("class", "").startswith("edge")
    ]
    label = {part.label: str(i) for i, part in enumerate(drawing.trace.frames)}
    ends = [{k: v for k, v in e.items() if k.startswith(("data-from", "data-to"))} for e in edges]
    assert ends == [
        {"data-from": "2", "data-to-frame": label["Sequential"]},
        {"data-from-frame": label["Sequential"], "data-to-frame": label["CrossEntropyLoss"]},
    ]


def test_shared_weights_stand_beside_each_use() -> None:
    layer = nn.Linear(2, 2, generator=0)
    x = Tensor(np.ones((1, 2)), requires_grad=True)
    y = ag.sum(layer(layer(x)))
    drawing = draw(y)
    boxes = [
        e.get("class", "")
        for e in ET.fromstring(drawing.svg).iter()
        if "kind-parameter" in e.get("class", "")
    ]
    assert sum("node" in c for c in boxes) == 4
    assert sum("again" in c for c in boxes) == 2
    assert "weight (\u00d72)" in names(drawing)
    closed = draw(y, depth=0)
    assert "Linear" in " ".join(names(closed))


def test_many_weights_of_one_operation_are_counted() -> None:
    ws, xs = [Value(float(i)) for i in range(20)], [Value(1.0) for _ in range(3)]
    y = ag.dot(ws, [*xs, *[2.0] * 17])
    drawing = draw(y, parameters=ws, depth=9)
    assert drawing.hidden == 20 - 7  # the 17 constants are no nodes
    assert "+30 more" in drawing.svg


def test_without_modules_what_is_near_the_root_is_drawn() -> None:
    example = examples.chain(60)
    drawing = drawn(example)
    shown = [drawing.trace.items[n].kind for n in drawing.view.items]
    assert len(shown) <= collapse.FEW
    assert shown.count("constant") > 10  # which trace.nodes does not count either
    assert drawing.hidden == drawing.trace.nodes - (len(shown) - shown.count("constant"))
    assert "y" in names(drawing)
    assert "x" not in names(drawing)
    assert f"{drawing.hidden} nodes hidden; this is what is near y." in drawing.svg


def test_focus_shows_what_is_around_a_node() -> None:
    example = examples.founding()
    around = drawn(example, focus="p1")
    assert names(around) == {*(f"x{i}" for i in range(1, 5)), "p1", "h1", "h2", "h3"} | {
        f"w{i}{j}" for i in (1, 2, 3) for j in (1, 2)
    }
    assert names(drawn(example, focus=example.nodes["p1"])) == names(around)
    further = drawn(example, focus="p1", hops=2)
    assert "L" in names(further)
    assert "hops=3 shows more" in further.svg
    assert names(drawn(example, focus="x1", hops=0)) == {"x1"}


def test_too_large_for_a_picture_is_a_table_at_once() -> None:
    example = examples.chain(6000)
    ag.made_by("a <long> chain", example.nodes["x"], example.root)
    drawing = drawn(example)
    assert drawing.hidden == 6001
    assert "a &lt;long&gt; chain" in drawing.svg
    assert "6,001 nodes" in str(drawing)
    assert "focus" in str(drawing)
    assert "a &lt;long&gt; chain" in drawing._repr_mimebundle_()["text/html"]
    assert folded(drawn(example, depth=0)) == 1  # but a part of it may be asked for
    assert "y" in names(drawn(example, focus=example.root))


def test_a_thousand_boxes_are_drawn_if_asked_for() -> None:
    drawing = drawn(examples.chain(1000), depth=99)
    assert (drawing.hidden, repr(drawing)) == (0, "Drawing(2,001 boxes, 0 hidden)")
    assert len(drawing.svg) > 1_000_000


def test_what_nobody_could_look_at_is_never_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.viz.picture.draw.MOST_BOXES", 40)
    drawing = drawn(examples.chain(100), depth=0)
    assert (drawing.hidden, repr(drawing)) == (101, "Drawing(0 boxes, 101 hidden)")
    for told in (drawing.svg, str(drawing), drawing._page(), drawing.source):
        assert "101 nodes" in told
        assert len(told) < 10_000
    assert repr(drawn(examples.chain(100), depth=0, focus="x", hops=0)) == (
        "Drawing(1 box, 100 hidden)"
    )


@pytest.mark.slow
def test_a_hundred_thousand_nodes_are_counted_instead_of_drawn() -> None:
    drawing = drawn(examples.chain(100_000))
    assert "100,001 nodes" in str(drawing)
    assert len(drawing.svg) < 10_000


# --- files and notebooks --------------------------------------------------------------------------


def test_save(tmp_path: Path) -> None:
    drawing = drawn(examples.founding())
    svg = drawing.save(tmp_path / "a.svg")
    assert svg == tmp_path / "a.svg"
    assert svg.read_text(encoding="utf-8") == drawing.svg
    assert drawing.save(str(tmp_path / "a.dot")).read_text(encoding="utf-8") == drawing.source
    png = drawing.save(tmp_path / "a.PNG").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(png) > 20_000
    with pytest.raises(
        OptionError, match=r"one of \.svg, \.png, \.html and \.dot, .* got .*a\.pdf"
    ):
        drawing.save(tmp_path / "a.pdf")
    with pytest.raises(OutputError, match="name a file in a folder that exists"):
        drawing.save(tmp_path / "missing" / "a.svg")


def test_png_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = drawn(examples.twice())
    monkeypatch.setattr(layout, "program_of", lambda _engine: None)
    with pytest.raises(MissingExtraError, match="pip install graphviz-pure"):
        drawing.save(tmp_path / "a.png")
    monkeypatch.undo()
    monkeypatch.setattr(layout, "run", lambda *_: None)
    with pytest.raises(OutputError, match=r"save it as \.svg or \.html"):
        drawing.save(tmp_path / "a.png")


class Page(HTMLParser):
    """The tags of a page, and whether they close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "img", "br", "path", "rect", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    text = drawn(examples.small_cnn()).save(tmp_path / "a.html").read_text(encoding="utf-8")
    page = Page(text)
    tags = [tag for tag, _ in page.seen]
    assert page.open == []
    assert not {"script", "link", "iframe"} & set(tags)
    assert not [v for _, attrs in page.seen for k, v in attrs.items() if k in ("src", "href")]
    sizes = [attrs["value"] for tag, attrs in page.seen if tag == "input"]
    assert sizes == ["fit", "full", "double"]
    assert "<li>Sequential<ul><li>0 Conv2d<ul><li>0.weight: parameter" in text


def test_a_notebook_gets_an_image_and_words() -> None:
    drawing = drawn(examples.founding())
    bundle = drawing._repr_mimebundle_()
    page = Page(bundle["text/html"])
    assert page.open == []
    (image,) = [attrs for tag, attrs in page.seen if tag == "img"]
    assert image["alt"] == "The graph of L: 20 nodes"
    kind, data = str(image["src"]).split(",")
    assert kind == "data:image/svg+xml;base64"
    width = float(ET.fromstring(drawing.svg).get("width", ""))
    assert image["style"] == f"min-width:{0.8 * width:.0f}px"  # shrunk further, it would be a blur
    assert '<div style="overflow-x:auto"><img' in bundle["text/html"]
    assert base64.b64decode(data).decode() == drawing.svg
    assert not {"script", "style", "svg"} & {tag for tag, _ in page.seen}
    assert "p1 = max(x1, x2, x3, x4): result, 1, gradient 2.5" in bundle["text/html"]
    assert bundle["text/plain"] == str(drawing)
    assert repr(drawing) == "Drawing(23 boxes, 0 hidden)"


def test_source_is_dot() -> None:
    drawing = drawn(examples.founding())
    assert drawing.source.startswith("digraph glassgrad {")
    assert drawing.digraph.source == drawing.source
    for shown in ("fully connected", "max-pool", "p1", "+2.5", "style=dashed"):
        assert shown in drawing.source


def test_words_are_nested_by_module() -> None:
    lines = str(drawn(examples.small_cnn())).splitlines()
    assert lines[0].startswith("- images: constant, 2x1x6x6")
    assert lines[1] == "- Sequential"
    assert lines[2] == "  - 0 Conv2d"
    assert lines[3].startswith("    - 0.weight: parameter")
    assert lines[5].startswith("    - conv = ")
    assert len(lines) == 13 + 7
    few = str(drawn(examples.small_cnn(), depth=0)).splitlines()
    assert few[1].startswith("- Sequential: ")
    assert "9 nodes hidden" in few[1]


def test_importing_autograd_imports_none_of_this() -> None:
    import subprocess
    import sys

    code = "import autograd, sys; print([m for m in sys.modules if 'viz' in m or 'graphviz' in m])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
