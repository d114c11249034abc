"""For everybody: contrast, names, narrow and zoomed pages, forced colours, paper."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, dot, max_pool2d, maximum
from autograd.viz import compare, draw, step, why
from autograd.viz.stepper.page import document

SCHEMES = ("light", "dark")


def founding() -> dict[str, Value]:
    xs = [Value(x) for x in (0.5, 1.0, -2.0, 0.0)]
    p1, p2 = maximum(xs[0], xs[1]), maximum(xs[2], xs[3])
    neurons = [dot(row, [p1, p2]) for row in ((0.5, -1.0), (1.0, 2.0), (-0.25, 0.5))]
    root = dot((2.0, 3.0, 6.0), neurons)
    return {"x1": xs[0], "x2": xs[1], "p1": p1, "p2": p2, "L": root}


def arrays() -> Tensor:
    image = Tensor([[[[3.0, 4, 2], [1, 5, 0], [8, 6, 4]]]], requires_grad=True, name="image")
    pooled = max_pool2d(image, kernel_size=2, stride=1)
    pooled.backward([[[[-1.4, 0.8], [0.2, 0.3]]]])
    return pooled


def cards() -> str:
    """What small objects show in a notebook."""
    rng = np.random.default_rng(0)
    large = Tensor(rng.normal(size=(3, 20, 30)), requires_grad=True, name="large")
    large.backward(rng.normal(size=(3, 20, 30)))
    nodes = founding()
    nodes["L"].backward()
    small = arrays()
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    shown = [nodes["p1"], nodes["L"], small, large, nn.summary(model, (5, 3))]
    return "<hr>".join(thing._repr_html_() for thing in shown)


def reasons() -> str:
    nodes = founding()
    nodes["L"].backward()
    pooled = arrays()
    books = [
        why(nodes["p1"], names=nodes),
        why(nodes["x1"], names=nodes),
        why(pooled, (0, 0, 0, 0), root=pooled),
    ]
    return "<hr>".join(book._repr_html_() for book in books)


def picture() -> str:
    nodes = founding()
    return draw(nodes["L"], names=nodes).svg


def stepper(**options: Any) -> str:
    nodes = founding()
    return step(nodes["L"], names=nodes, **options).html


def array_stepper() -> str:
    return step(arrays(), at=-1).html


def compared() -> str:
    x = Value(3.0, name="x")
    return compare({"square": x * x, "double": 2.0 * x}).html


PAGES = {
    "cards": cards,
    "why": reasons,
    "draw": picture,
    "step": stepper,
    "step at the end": lambda: stepper(at=-1),
    "step asking": lambda: stepper(at=9, predict=True),
    "arrays": array_stepper,
    "compare": compared,
}


def page_of(name: str) -> str:
    """With the head and the colours that a saved page has."""
    return document(name, PAGES[name](), "auto")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(show, violations, snap, name, scheme):
    page = show(page_of(name), scheme=scheme)
    assert violations(page) == ""
    snap(page)


@pytest.mark.parametrize("width", [360, 700])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_of_a_narrow_page(show, sticking_out, snap, name, width):
    page = show(page_of(name), width=width)
    assert sticking_out(page) == []
    snap(page)


@pytest.mark.parametrize("name", PAGES)
def test_at_200_percent_nothing_sticks_out(show, sticking_out, name):
    assert sticking_out(show(page_of(name), width=1100, zoom=2)) == []


@pytest.mark.parametrize("name", PAGES)
def test_text_says_something(show, name):
    """What a script could not find is left out, not written as such."""
    text = show(page_of(name)).evaluate(
        """() => {
            const texts = node => [...node.childNodes].flatMap(child => [
                ...(child.nodeType === 3 ? [child.data] : []),
                ...(child.shadowRoot ? texts(child.shadowRoot) : []),
                ...(/^(script|style)$/i.test(child.nodeName) ? [] : texts(child)),
            ]);
            return texts(document.body).join(" ");
        }"""
    )
    assert len(text) > 50
    assert not re.search(r"\b(undefined|null|NaN|None|\[object)\b", text)


@pytest.mark.parametrize("name", ["step at the end", "draw"])
def test_forced_colours(show, violations, snap, name):
    page = show(page_of(name), forced=True)
    assert violations(page) == ""
    snap(page)


def test_without_motion_nothing_moves(show):
    page = show(page_of("step"), motion="reduce")
    page.get_by_role("button", name="To backward").click()
    running = page.evaluate("() => document.getAnimations({subtree: true}).length")
    assert running == 0


def test_on_paper_the_picture_and_the_ledger_stand(show, snap):
    page = show(page_of("step at the end"), media="print", width=700)
    stepper = page.locator(".glassgrad-stepper [data-theme]")
    assert stepper.get_by_text("+2.5").first.is_visible()
    assert stepper.locator("table").first.is_visible()
    assert not stepper.get_by_role("button", name="Next").is_visible()
    snap(page)


def test_smallest_letters(show):
    """At full width no letter is smaller than 11 pixels."""
    for name in PAGES:
        small = show(page_of(name), width=1100).evaluate(
            """() => {
                const all = root => [...root.querySelectorAll("*")].flatMap(
                    e => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
                const scale = e => {
                    const svg = e.closest("svg");
                    return svg && svg.viewBox.baseVal.width
                        ? svg.getScreenCTM().a : 1;
                };
                return all(document.body)
                    .filter(e => [...e.childNodes].some(c => c.nodeType === 3 && c.data.trim()))
                    .filter(e => !/^(script|style|title|desc)$/i.test(e.nodeName))
                    .filter(e => e.getClientRects().length)
                    .map(e => [parseFloat(getComputedStyle(e).fontSize) * scale(e),
                               e.textContent.trim().slice(0, 30)])
                    .filter(([size]) => size < 10.9);
            }"""
        )
        assert small == [], name
