"""`glassgrad step file.py:function`: the user's own graph, and a sentence when there is none."""

from __future__ import annotations

import sys

import pytest

from autograd import Value
from autograd.__main__ import main
from autograd.userfile import graph_of, split
from autograd.viz import trace

GOOD = """
from autograd import Value
from helper import TWO

scale = Value(10.0)

def loss(steps=2):
    inner = [Value(1.0), Value(TWO)]
    product = inner[0] * inner[1]
    return product * scale

def nothing():
    loss()

def number():
    return 3

def needs(a, b, *more, c=1):
    return a

def breaks():
    return deeper()

def deeper():
    return Value("text")

def leaves():
    raise SystemExit(3)

def _hidden():
    pass
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    (tmp_path / "model.py").write_text(GOOD)
    (tmp_path / "helper.py").write_text("TWO = 2.0\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "model.py"
    sys.modules.pop("helper", None)


def test_the_function_names_the_nodes(file):
    before = sys.path[:]
    root, names = graph_of(file, "loss")
    assert root.data == 20.0
    assert sys.path == before
    assert sys.getprofile() is None
    found = {item.name for item in trace(root, names=names).items}
    assert {"inner[0]", "inner[1]", "product", "scale", "loss"} <= found


def test_a_function_may_be_made_by_a_decorator(tmp_path):
    (tmp_path / "wrapped.py").write_text(
        "import functools\nfrom autograd import Value\n"
        "def same(f):\n    @functools.wraps(f)\n    def g(): return f()\n    return g\n"
        "@same\ndef loss():\n    x = Value(3.0)\n    return x * x\n"
    )
    root, names = graph_of(tmp_path / "wrapped.py", "loss")
    assert isinstance(names["x"], Value)
    assert root.data == 9.0


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("model.py", "does not say which function to call"),
        ("model.py:", "does not say which function to call"),
        ("nowhere.py:loss", "there is no file nowhere.py"),
        (
            "model.py:lost",
            "no function 'lost'; there is loss, nothing, number, needs, breaks, deeper and leaves",
        ),
        ("model.py:needs", "needs a and b"),
        ("model.py:nothing", "returned None; does it end with a return?"),
        ("model.py:number", "returned the number 3"),
        ("model.py:breaks", "raised DTypeError while calling breaks()"),
        ("model.py:leaves", "raised SystemExit while calling leaves()"),
        ("notes.txt:loss", "expected a file that ends in .py"),
        ("broken.py:loss", "raised SyntaxError while importing it"),
        ("empty.py:loss", "it defines none"),
    ],
)
def test_what_is_missing_is_said(file, capsys, target, said):
    for name, text in (("notes.txt", ""), ("broken.py", "def loss(:"), ("empty.py", "")):
        file.with_name(name).write_text(text)
    assert main(["step", target]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err.splitlines()[-1]
    assert list(file.parent.glob("*.html")) == []


def test_an_exception_is_shown_from_the_users_lines_on(file, capsys):
    main(["step", "model.py:breaks"])
    shown = capsys.readouterr().err
    first = shown.index("model.py")
    assert "userfile.py" not in shown
    assert shown.index("in breaks") > first
    assert "in deeper" in shown
    assert 'return Value("text")' in shown


def test_targets():
    path, name = split("C:\\lessons\\pool.py:loss")
    assert str(path).endswith("pool.py")
    assert name == "loss"


def test_the_page_is_written_where_it_should_be(file, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    assert main(["step", "model.py:loss"]) == 0
    page = file.with_name("loss.html")
    assert capsys.readouterr().out == "Written to loss.html\n"
    assert "product" in page.read_text(encoding="utf-8")
    (file.parent / "pages").mkdir()
    assert main(["step", "model.py:loss", "--output", "pages", "--open"]) == 0
    assert (file.parent / "pages" / "loss.html").read_bytes() == page.read_bytes()
    assert shown == [(file.parent / "pages" / "loss.html").as_uri()]
    assert main(["step", "model.py:loss", "--output", "nowhere/loss.html"]) == 1
    assert "nowhere" in capsys.readouterr().err
