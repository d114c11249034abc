"""`tour.html` in a browser: it works offline, for everybody, with the numbers of the graphs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from autograd.tour import network
from autograd.tour.page import page as page_of

ALIVE = ".glassgrad-stepper [data-theme]"


@pytest.fixture(scope="module")
def stages() -> tuple[network.Learned, network.Recorded]:
    learned = network.learn(network.split(3), 2, quiet=True)
    return learned, network.hardest(learned)


@pytest.fixture(scope="module")
def tour(stages, tmp_path_factory) -> Path:
    """The page of a network that has hardly learned."""
    learned, recorded = stages
    path = tmp_path_factory.mktemp("tour") / "tour.html"
    path.write_text(page_of(learned, 1438, recorded), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show, tour, violations, snap, scheme):
    page = show(tour, scheme=scheme)
    assert violations(page) == ""
    snap(page)


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_nothing_sticks_out(show, tour, sticking_out, snap, width):
    page = show(tour, width=width)
    assert sticking_out(page) == []
    snap(page)


def test_both_steppers_step(show, tour):
    page = show(tour)
    steppers = page.locator(ALIVE)
    assert steppers.count() == 2
    for i in range(2):
        steppers.nth(i).get_by_role("button", name="Next").focus()
        page.keyboard.press("End")
    assert "+2.5" in steppers.nth(0).inner_text()
    assert "+7" in steppers.nth(0).inner_text()
    assert "kernel" in steppers.nth(1).inner_text()


def test_the_answer_has_the_numbers(show, tour):
    page = show(tour)
    page.get_by_text("The answer in four sentences").click()
    text = page.locator("#question > details").inner_text().replace("\N{MINUS SIGN}", "-")
    assert "p1 gets 2.5 = " in text
    assert "p2 gets 7 = " in text
    sums = re.findall(r"gets ([\d.]+) = ([-+\d. ]+)\.", text)
    assert [float(total) for total, _ in sums] == [
        sum(float(x.replace(" ", "")) for x in re.findall(r"[-+]? ?[\d.]+", addends))
        for _, addends in sums
    ]


def test_links_lead_somewhere(show, tour):
    page = show(tour)
    links = page.locator("nav a").evaluate_all("links => links.map(a => a.hash.slice(1))")
    assert len(links) == 7
    assert links == page.locator("section[id]").evaluate_all("all => all.map(s => s.id)")


def test_the_pictures_have_the_numbers(show, tour, stages):
    _, recorded = stages
    page = show(tour)
    _, k, *_ = network.pick(recorded)
    pooled, grads = recorded.pooled.data[0], recorded.pooled.grad[0]
    assert page.locator(".maps li").count() == len(pooled)
    assert page.locator(".maps li.picked").inner_text().startswith(f"map {k},")
    for i in range(len(grads)):
        cells = page.locator(".maps li").nth(i).locator("svg").nth(1)
        assert cells.locator(".plus").count() + cells.locator(".minus").count() <= 16
        strong = np.abs(grads[i]) > 0.01 * np.abs(grads).max()
        assert cells.locator(".plus").count() >= int((strong & (grads[i] > 0)).sum())
        assert cells.locator(".minus").count() >= int((strong & (grads[i] < 0)).sum())
    assert page.locator(".steps .winner").count() == int((pooled[k] > 0).sum())
    ledger = page.locator("#neuron .wide").inner_text()
    assert len(re.findall(r"score\[0, \d\]", ledger)) == 10
    reasons = page.locator(".reasons tr").all_inner_texts()[1:]
    assert sum("won" in reason for reason in reasons) == 1
    assert sum(reason.split("\t")[2] == "0" for reason in reasons) == 3


def test_without_scripts_and_styles_everything_is_still_there(show, tour, stripped, snap):
    page = show(stripped(tour.read_text(encoding="utf-8")), scripts=False)
    text = page.locator("body").inner_text()
    for words in ("The question, step by step", "Who sent its gradient", "Your own graph"):
        assert words in text
    pictures = page.locator("img")
    assert pictures.count() == 2
    assert pictures.first.evaluate("picture => picture.naturalWidth") > 100
    assert page.locator("summary").count() == 3
    snap(page)


def test_forced_colours_and_paper(show, tour, violations, snap):
    page = show(tour, forced=True)
    assert violations(page) == ""
    snap(page, "forced")
    page = show(tour, media="print", width=700)
    assert page.locator("#neuron .wide").is_visible()
    snap(page, "paper")


def test_it_is_not_large(tour):
    assert tour.stat().st_size < 800_000
