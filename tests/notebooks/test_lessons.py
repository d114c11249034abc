"""The lessons run from the top, show what they say they show, and answer the questions.

Every acceptance number of the questions must stand in an `assert` of the lesson that answers it;
the stored outputs, which people read on the web, must equal fresh ones.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jupytext", reason="the lessons need the extra: pip install -e '.[notebooks]'")
pytest.importorskip("nbclient", reason="the lessons need the extra: pip install -e '.[notebooks]'")

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
QUESTIONS = json.loads((ROOT / "tests" / "questions.json").read_text(encoding="utf-8"))
TITLES = [
    "00_who_gets_the_gradient",
    "01_numbers_that_remember",
    "02_what_each_gate_does",
    "03_used_twice_add",
    "04_max_pool",
    "05_pool_into_fully_connected",
    "06_pool_into_convolution",
    "07_the_worked_cnn",
    "08_relu_chains",
    "09_scalars_to_arrays",
    "10_do_not_trust_check",
    "11_choosing_an_optimiser",
    "12_windows_and_memory",
    "13_how_many_biases",
    "14_why_zero_centred",
    "15_train_and_watch",
    "16_a_whole_cnn",
    "17_your_own_operation",
    "18_big_graphs",
]
ANSWERED = {  # which lessons answer which entry of questions.json
    "pool_fc_2_3_6": "00 05",
    "pool_conv": "06",
    "pool_overlap": "04",
    "cnn_exact": "07",
    "cnn_seed_rounded": "07",
    "relu_chain": "08",
    "optimisers_3_steps": "11",
    "bias": "13",
    "zero_centred": "14",
}
IN_PROSE = {  # the acceptance numbers that the questions have in prose, by lesson
    "04": [0.3, -0.2, 1.5, -0.5, 0.55, 2.0, 6.0, 2.5],
    "05": [4.0, 7.0, -0.15775187, 0.39528042],
    "07": [0.0365, 0.0364, -0.134475727866, 0.140561543110, -0.511129612959, 0.613143819067],
    "08": [9.5367e-7, 2.784767175817587e-7, 9.765625e-4, 1024.0, 3.1752, 6.0552, -1.5, -3.0],
    "11": [10.0, 1.0, 91.000239, 9.464674, 1.858960, 0.502100, 20.260584, 5.459927, 0.406149,
           0.032380, 3.145791, 0.079, 0.0063, 0.081, 140.0],
    "12": [0.970112377191, 0.018385408148968, 0.120803305224137, 0.007724506237017,
           0.124862945520818, 0.971731483368, 0.013651257847813, 0.118025158015,
           0.205425125764, 0.063102025471, 0.369863109304, 0.413335883914, 0.136408405752,
           0.756019223826, 0.162335937453, 0.014046679772, 0.095272624603, 0.309362581652,
           -0.000931972031, 0.004119217727, 0.019769382494, 0.010168126412,
           0.065236888055, 0.027796510374, 0.183127747070, 0.156184473449,
           13.0, 169.0, 5.0, 2.0, 24.0, 25.0, 7.0, 91.0],
    "13": [2400.0, 32.0, 2432.0, 832.0, 96.0, 25088.0, 784.0],
    "14": [3.1623, 1.2443, 74.0, 40.0, 4.4721, 1.0541, 32.5, 1.25, 1.23, 3.56, -1.5, 3.0],
}  # fmt: skip
MEGABYTE = 1_000_000
ABSOLUTE = re.compile(r"/(home|tmp|work|root|usr)/|[A-Z]:\\\\")


def _builder() -> Any:
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _builder()
texts = [FOLDER / "text" / f"{title}.py" for title in TITLES]
every_lesson = pytest.mark.parametrize("text", texts, ids=lambda path: path.stem[:2])


def stored(text: Path) -> Any:
    return json.loads(build.notebook_of(text).read_text(encoding="utf-8"))


def source(cell: Any) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def outputs(notebook: Any) -> Iterator[tuple[int, Any]]:
    for number, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            yield number, output


def test_the_folder_has_these_lessons_and_no_others() -> None:
    assert [text.stem for text in build.texts()] == TITLES
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == TITLES


@every_lesson
def test_the_notebook_is_its_text(text: Path) -> None:
    written, kept = build.read(text), stored(text)
    assert [(c["cell_type"], source(c)) for c in kept["cells"]] == [
        (c["cell_type"], source(c)) for c in written["cells"]
    ]
    assert kept["metadata"] == written["metadata"]


@every_lesson
def test_small_and_fit_to_be_read_anywhere(text: Path) -> None:
    assert build.notebook_of(text).stat().st_size < MEGABYTE
    for number, output in outputs(stored(text)):
        assert output.get("name") != "stderr", f"cell {number} writes to stderr"
        assert output["output_type"] != "error" or "raises-exception" in tags(text, number)
        told = json.dumps(output)
        assert not re.search(r"/(home|tmp|work|root|usr)/|[A-Z]:\\\\", told), (
            f"a path in cell {number}"
        )
        assert "Warning" not in told


def tags(text: Path, number: int) -> list[str]:
    return list(stored(text)["cells"][number]["metadata"].get("tags", []))


def test_all_together_are_below_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.ipynb")) < 10 * MEGABYTE


@every_lesson
def test_each_lesson_is_built_as_the_others(text: Path) -> None:
    """Question first, predictions, three lines at the end, exercises, folded answers, a link."""
    cells = stored(text)["cells"]
    prose = [source(c) for c in cells if c["cell_type"] == "markdown"]
    code = [source(c) for c in cells if c["cell_type"] == "code"]
    assert prose[0].startswith("# ")
    assert "**Afterwards you can say" in prose[0]
    assert "**In three lines**" in "\n".join(prose[-4:])
    assert "<details>" in "\n".join(prose[-4:]), "answers to the exercises are folded away"
    assert any("check(" in c for c in code), "something to predict"
    following = TITLES[TITLES.index(text.stem) + 1 : TITLES.index(text.stem) + 2]
    for title in following:
        assert f"({title}.ipynb)" in prose[-1]
    for words in prose:
        assert len(words.split()) <= 150, f"a wall of text: {words[:60]}"
    for lines in code:
        assert len(lines.splitlines()) <= 20, f"a long cell: {lines[:60]}"
        assert "import *" not in lines


@pytest.mark.slow
@every_lesson
def test_it_runs_and_gives_what_is_stored(text: Path) -> None:
    fresh, kept = build.run(build.read(text)), stored(text)
    for number, (new, old) in enumerate(zip(fresh["cells"], kept["cells"], strict=True)):
        where = f"cell {number} of {text.stem}"
        mine, theirs = new.get("outputs", []), old.get("outputs", [])
        assert [o["output_type"] for o in mine] == [o["output_type"] for o in theirs], where
        for a, b in zip(mine, theirs, strict=True):
            same_output(a, b, where)


def same_output(a: Any, b: Any, where: str) -> None:
    """Equal but for the last digits of numbers, and for the pixels of plots."""
    if a["output_type"] == "stream":
        same_text(joined(a["text"]), joined(b["text"]), where)
        return
    assert set(a.get("data", {})) == set(b.get("data", {})), where
    for kind, content in a.get("data", {}).items():
        if not kind.startswith("image/"):
            same_text(joined(content), joined(b["data"][kind]), where)


def joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)


NUMBER = re.compile(r"(-?\d+\.?\d*(?:e[+-]?\d+)?)")


def same_text(a: str, b: str, where: str) -> None:
    left, right = NUMBER.split(a), NUMBER.split(b)
    assert left[::2] == right[::2], where
    for x, y in zip(left[1::2], right[1::2], strict=True):
        if x != y:
            assert math.isclose(float(x), float(y), rel_tol=1e-6, abs_tol=1e-9), where


# --- the numbers of the questions ---------------------------------------------------------------


def asserted(starts: str) -> list[float]:
    """Every number in an assert of these lessons."""
    found: list[float] = []
    for text in texts:
        if text.stem[:2] in starts.split():
            for cell in stored(text)["cells"]:
                if cell["cell_type"] == "code":
                    for node in ast.walk(ast.parse(source(cell))):
                        if isinstance(node, ast.Assert):
                            found += list(numbers_in(node))
    return found


def numbers_in(node: ast.AST) -> Iterator[float]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and type(inner.value) in (int, float):
            yield float(inner.value)
            yield -float(inner.value)  # a minus sign is an operator to the parser


def leaves(tree: Any) -> Iterator[float]:
    if isinstance(tree, dict):
        for branch in tree.values():
            yield from leaves(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from leaves(branch)
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield float(tree)


def missing(expected: Iterator[float], starts: str) -> list[float]:
    there = asserted(starts)
    return [
        x
        for x in expected
        if not any(math.isclose(x, y, rel_tol=1e-6, abs_tol=5e-12) for y in there)
    ]


@pytest.mark.parametrize("entry", QUESTIONS)
def test_every_number_of_a_question_is_asserted_where_it_is_answered(entry: str) -> None:
    assert missing(leaves(QUESTIONS[entry]), ANSWERED[entry]) == []


@pytest.mark.parametrize("lesson", IN_PROSE)
def test_the_numbers_in_the_prose_of_the_questions_are_asserted_too(lesson: str) -> None:
    assert missing(iter(IN_PROSE[lesson]), lesson) == []
