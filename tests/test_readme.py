"""The README's picture is what its code draws, and its table names every lesson."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from autograd.viz import draw

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_picture_is_what_the_code_beside_it_draws() -> None:
    first = README[README.index("## The question") : README.index("`draw(L)`")]
    variables: dict[str, object] = {}
    for example in doctest.DocTestParser().get_examples(first):
        exec(example.source, variables)
    drawn = eval("draw(L)", {**variables, "draw": draw})
    assert drawn.svg == (ROOT / "docs" / "founding.svg").read_text(encoding="utf-8")


def test_the_table_of_lessons_is_complete() -> None:
    named = re.findall(r"\(notebooks/(\w+\.ipynb)\)", README)
    assert sorted(named) == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
