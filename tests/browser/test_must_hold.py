"""What holds of all pages together, in a real browser: names are only names, numbers are right."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.viz import compare, compare_overwriting, draw, step, why

TESTS = Path(__file__).parents[1]
MINUS = "\N{MINUS SIGN}"
MARKUP = [
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    '"><svg onload="window.hacked = 1"><a href=\'javascript:hacked=1\'>',
    "</style></title></svg></p></table>--></textarea><!--",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "${window.hacked = 1} `x` {{braces}} \\u003cscript",
    "\u2028\u2029line",
    "]]><![CDATA[<b>",
]


def shared(name: str) -> Any:
    """The graphs that the tests of the views look at."""
    spec = importlib.util.spec_from_file_location(name, TESTS / "viz" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    spec.loader.exec_module(module)
    return module


examples = shared("examples")
NAMES = MARKUP + examples.NASTY


def pages(name: str) -> list[str]:
    """All HTML of a graph in which everything that can have a name has this one."""
    x, w, alone = Value(2.0, name=name), Value(-3.0, name=name + "w"), Value(1.0, name=name + "!")
    inner = ag.maximum(x * w, x) + w
    ag.made_by(name, [x, w], inner)
    y = inner * x
    y.name = name
    t = Tensor([[1.0, -2.0]], requires_grad=True, name=name)
    root = ag.sum(t * y)
    root.name = name
    root.backward()
    options: dict[str, Any] = {"names": {}, "include": [alone], "parameters": [w]}
    drawing = draw(root, **options)
    shown = [
        step(root, **options, at=-1).html,
        step(root, **options).to_iframe(),
        compare({name: root, name + "2": y}, names={}, at=-1).html,
        compare_overwriting(y, names={}, at=-1).html,
        drawing.svg,
        drawing._repr_mimebundle_()["text/html"],
        why(x, names={})._repr_html_(),
        why(t, (0, 1), names={})._repr_html_(),
        x._repr_html_(),
        t._repr_html_(),
    ]
    return ["<hr>".join(shown), drawing._page()]


def elements(tab: Any) -> dict[str, int]:
    """How many elements of some kinds a page has, with those of its steppers."""
    if tab.locator(".glassgrad-stepper").count():
        tab.locator(".glassgrad-stepper .stepper").last.wait_for()
    counts: dict[str, int] = tab.evaluate(
        """() => {
            const all = [...document.querySelectorAll("*")];
            const roots = [document, ...all.map((e) => e.shadowRoot).filter(Boolean)];
            const count = (tag) =>
                roots.reduce((sum, root) => sum + root.querySelectorAll(tag).length, 0);
            const tags = ["script", "style", "a", "b", "img", "iframe", "textarea", "svg", "hr"];
            return Object.fromEntries(tags.map((tag) => [tag, count(tag)]));
        }"""
    )
    return counts


def test_names_are_never_markup(show: Any) -> None:
    plain = [elements(show(page)) for page in pages("n")]
    for name in NAMES:
        for page, right in zip(pages(name), plain, strict=True):
            tab = show(page)
            assert elements(tab) == right, name[:80]
            assert all(frame.evaluate("window.hacked") is None for frame in tab.frames), name[:80]


# --- the numbers of the questions in the stepper itself -------------------------------------------

CNN = json.loads((TESTS / "questions.json").read_text())["cnn_exact"]
RIGHT = {
    "founding_tensors": {"P": [2.5, 7.0], "PR": [0.0, 2.5, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0]},
    "pool_conv": {"P": [10.0, 40.0, 40.0, 60.0, 200.0, 160.0, 90.0, 240.0, 160.0]},
    "overlap": {"x": [0.0, 0.0, 0.0, 0.0, -0.6, 0.0, 0.2, 0.3, 0.0]},
    "worked_cnn": {key[1:]: np.ravel(CNN[key]) for key in ("dX", "dK", "dW", "dF", "dP", "dS")},
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_numbers_of_the_questions(show: Any, name: str) -> None:
    example = examples.ALL[name]()
    tab = show(step(example.root, **example.options(), at=-1).html)
    box = tab.locator(".glassgrad-stepper .stepper")
    box.wait_for()
    for node, known in RIGHT[name].items():
        box.locator(".node", has=tab.locator(f'.name:text-is("{node}")')).first.click()
        cells = box.get_by_role("table", name=f"gradient of {node}", exact=True).locator("td")
        shown = [float(text.replace(MINUS, "-")) for text in cells.all_inner_texts()]
        np.testing.assert_allclose(shown, known, rtol=5e-4, atol=1e-9)
