"""What nodes and tables show in a notebook: their own numbers, as text, never as markup."""

from __future__ import annotations

import base64
import io
import re
import struct
import subprocess
import sys
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, matmul, take
from autograd.viz.numbers import number, pretty, signed
from autograd.viz.picture import pixels

NASTY = "<script>alert(1)</script>\"'&{}|\\\n\N{GRINNING FACE}\N{HEBREW LETTER ALEF}"


class Reader(HTMLParser):
    """The tables of a fragment as lists of rows of texts, and every tag that was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[str] = []
        self.alts: list[str] = []
        self.rows: list[list[str]] = []
        self.text = self.caption = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.text = ""
        if tag == "table":
            self.rows, self.caption = [], ""
        elif tag == "tr":
            self.rows.append([])
        elif tag == "img":
            self.alts.append(dict(attrs)["alt"])

    def handle_endtag(self, tag):
        if tag == "caption":
            self.caption = self.text
        elif tag == "td":
            self.rows[-1].append(self.text)
        elif tag == "table":
            self.tables[self.caption] = [row for row in self.rows if any(row)]

    def handle_data(self, data):
        self.text += data


def shown(node) -> Reader:
    return Reader(node._repr_html_())


def test_a_value_shows_its_number_and_its_gradient():
    x = Value(3.0, name="x")
    y = -2.0 * x * x
    assert shown(y).tables[""] == [["\N{MINUS SIGN}18", "0"]]
    assert "No backward pass has reached it" in y._repr_html_()
    y.backward()
    assert shown(x).tables[""] == [["3", "\N{MINUS SIGN}12"]]
    assert "No backward pass" not in x._repr_html_()
    assert "made by multiply" in y._repr_html_()


def test_a_tensor_shows_value_and_gradient_cell_by_cell():
    P = Tensor([1.0, 2.0], requires_grad=True, name="P")
    fc = matmul(Tensor([[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]), P)
    fc.backward([2.0, 3.0, 6.0])
    assert shown(P).tables == {"value": [["1", "2"]], "gradient": [["+2.5", "+7"]]}


@pytest.mark.parametrize("shape", [(), (1,), (10,), (8, 8), (3, 2, 2), (1, 2, 3, 4), (2, 1)])
def test_small_arrays_have_every_number_in_its_place(rng, shape):
    t = Tensor(rng.normal(size=shape), requires_grad=True)
    upstream = rng.normal(size=shape)
    (t * 2.0).backward(upstream)
    tables = shown(t).tables
    matrix = (1, *shape)[-2:] if shape else (1, 1)
    for title, array, write in (("value", t.data, number), ("gradient", t.grad, signed)):
        for where in np.ndindex(shape[:-2]):
            name = title + (f" [{', '.join(map(str, where))}]" if shape[:-2] else "")
            want = [[pretty(write(v, 4)) for v in row] for row in array[where].reshape(matrix)]
            assert tables.pop(name) == want
    assert tables == {}


def decoded(alt_and_html: str) -> np.ndarray:
    """The shades in the PNG of a fragment's first picture, from -1 to 1."""
    data = base64.b64decode(re.search(r"base64,([\w+/=]+)", alt_and_html).group(1))
    stream = io.BytesIO(data[8:])
    chunks = {}
    while head := stream.read(8):
        size, kind = struct.unpack(">I4s", head)
        chunks[kind] = stream.read(size)
        assert struct.unpack(">I", stream.read(4))[0] == zlib.crc32(kind + chunks[kind])
    width, height, depth, color, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, color) == (8, 3)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    return (rows[:, 1:].astype(int) - pixels.SHADES) / pixels.SHADES


def test_larger_arrays_are_told_by_extremes_and_pictures(rng):
    x = rng.normal(size=(20, 30))
    t = Tensor(x, requires_grad=True)
    t.backward(np.where(x > 0, x, 0.0) - np.where(x < -1, 1.0, 0.0))
    html = t._repr_html_()
    assert f"min {number(x.min())}, mean {number(x.mean())}, max {number(x.max())}" in (
        html.replace("\N{MINUS SIGN}", "-")
    )
    counts = (x > 0).sum(), (x < -1).sum(), ((x <= 0) & (x >= -1)).sum()
    assert "{} cells +, {} cells \N{MINUS SIGN}, {} cells 0".format(*counts) in html
    assert shown(t).alts == ["value", "gradient"]
    value, gradient = html.split("gradient:")
    span = x.max() - x.min()
    np.testing.assert_allclose(decoded(value), (x - x.min()) / span, atol=0.5 / pixels.SHADES)
    largest = np.abs(t.grad).max()
    np.testing.assert_allclose(decoded(gradient), t.grad / largest, atol=0.5 / pixels.SHADES)


def test_what_a_picture_leaves_out_is_said(rng):
    html = Tensor(rng.normal(size=(50, 200, 100)))._repr_html_()
    assert "Each pixel is the mean of up to 4x2 cells. The first 12 of 50 slices." in html
    assert len(re.findall("<img", html)) == 12


def test_a_coarse_picture_has_the_means_of_its_blocks(rng):
    x = rng.normal(size=(131, 70))
    small, block = pixels.coarse(x)
    assert block == (3, 2)
    assert small.shape == (44, 35)
    np.testing.assert_allclose(small[4, 5], x[12:15, 10:12].mean())
    np.testing.assert_allclose(small[-1, -1], x[129:, 68:].mean())


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (Tensor([1.0]), "nobody asked for one"),
        (Tensor([1.0], requires_grad=True), "no backward pass has reached it"),
        (Tensor(np.zeros((0, 3))), "no cells"),
        (Tensor(np.full((9, 9), np.nan)), "no finite number; 81 cells not finite"),
        (Tensor([np.nan, np.inf]), ">inf<"),
        (Tensor([True, False]), "bool"),
    ],
)
def test_what_is_not_there_is_said(tensor, said):
    assert said in tensor._repr_html_()


def test_a_gradient_in_rows_is_not_laid_out():
    table = Tensor(np.ones((40, 2)), requires_grad=True)
    take(table, [3, 5, 3], axis=0, sparse=True).sum().backward()
    assert "The gradient is 0 but in 2 rows." in table._repr_html_()


def test_looking_does_not_hand_the_array_out():
    t = Tensor([1.0, 2.0], requires_grad=True)
    t._repr_html_()
    assert not t.exposed


@pytest.mark.parametrize("make", [Value, lambda x, name: Tensor([x], name=name)])
def test_names_never_become_markup(make):
    reader = shown(make(1.0, name=NASTY * 300))
    assert set(reader.tags) <= {"div", "strong", "table", "caption", "tr", "th", "td"}
    assert len(reader.text) < 200
    make(1.0, name="\x00\ud800" + "x" * 100)._repr_html_().encode()


def test_the_same_bytes_in_a_new_process():
    code = (
        "import numpy as np; from autograd import Tensor;"
        "t = Tensor(np.arange(400.0).reshape(20, 20), requires_grad=True);"
        "t.backward(np.sin(np.arange(400.0)).reshape(20, 20));"
        "print(t._repr_html_())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert b"<img" in outputs.pop()


# --- tables of nn ---------------------------------------------------------------------------------


def test_a_summary_shows_the_cells_of_its_text():
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))
    found = nn.summary(model, (5, 3))
    reader = Reader(found._repr_html_())
    (rows,) = reader.tables.values()
    for line, cells in zip(str(found).splitlines()[3:-2], rows[1:], strict=True):
        assert all(cell in line for cell in cells)
    assert str(found).splitlines()[-1] in found._repr_html_()


def test_a_history_shows_the_cells_of_its_text():
    history = nn.History()
    for i in range(30):
        history.add({"loss": 1 / (i + 1), "<b>": i})
    html = history._repr_html_()
    (rows,) = Reader(html).tables.values()
    assert len(rows) == 11
    assert [line.split()[1:] for line in repr(history).splitlines()[2:]] == rows
    assert "&lt;b&gt;" in html
    assert "History of 30 epochs, 0 steps" in html


def test_a_comparison_shows_its_table_and_its_words():
    run = nn.optim.report.Run
    runs = [run("A<", 0.1, s, (4.0, 1.0 + s), 1.0 + s) for s in range(5)]
    found = nn.optim.report.Comparison(runs, target=3.0)
    html = found._repr_html_()
    assert "A&lt;" in html
    assert len(Reader(html).tables.popitem()[1]) == 1
    assert all(line.replace("<", "&lt;") in html for line in found.words().splitlines())
