"""Every lesson as a page: exported to HTML, opened in a browser, stepped, and stripped.

nbconvert's own page asks two libraries from elsewhere; no lesson needs them, so they are left
out. Whatever else a page asks for, or says in the console, fails the test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
ALIVE = ".glassgrad-stepper[data-ready]"
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem[:2])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The lessons as HTML."""
    nbconvert = pytest.importorskip(
        "nbconvert", reason='nbconvert is not installed: pip install -e ".[browser]"'
    )
    exporter = nbconvert.HTMLExporter(
        mathjax_url="data:text/javascript,", require_js_url="data:text/javascript,"
    )
    folder = tmp_path_factory.mktemp("lessons")
    found = {}
    for lesson in LESSONS:
        page, _ = exporter.from_filename(str(lesson))
        found[lesson.stem] = folder / f"{lesson.stem}.html"
        found[lesson.stem].write_text(page, encoding="utf-8")
    return found


@every_lesson
def test_it_opens_and_its_steppers_answer_a_key(show, pages, snap, lesson):
    page = show(pages[lesson.stem], width=900)
    steppers = page.locator(ALIVE)
    for i in range(steppers.count()):
        stepper = steppers.nth(i)
        stepper.get_by_role("button", name="Next").first.focus()
        before = stepper.get_by_role("slider").first.input_value()
        page.keyboard.press("End")
        after = stepper.get_by_role("slider").first.input_value()
        page.keyboard.press("Home")
        assert stepper.get_by_role("slider").first.input_value() == "0"
        assert before != after or after != "0"
    assert steppers.count() == page.locator(".glassgrad-stepper").count()
    snap(page, f"lesson-{lesson.stem}")


@every_lesson
def test_without_scripts_the_pictures_and_the_numbers_are_still_there(show, pages, lesson):
    page = show(pages[lesson.stem], width=900, scripts=False)
    hosts = page.locator(".glassgrad-stepper")
    for i in range(hosts.count()):
        picture = hosts.nth(i).locator("img").first
        assert picture.get_attribute("alt")
        assert picture.evaluate("image => image.naturalWidth") > 0
        assert hosts.nth(i).locator("table").count() > 0
    pictures = page.locator("img")
    for i in range(pictures.count()):
        assert pictures.nth(i).evaluate("image => image.naturalWidth") > 0
