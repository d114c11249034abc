"""`glassgrad notebooks`: lessons are copied, nothing of the reader's is touched."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from autograd import lessons
from autograd.__main__ import main


@pytest.fixture
def two_lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("00_first.ipynb", "01_second.ipynb", "build.py"):
        (source / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(lessons, "PLACES", (source,))
    return tmp_path / "mine"


def test_lessons_are_copied_and_nothing_else(two_lessons: Path, capsys) -> None:
    assert main(["notebooks", str(two_lessons), "--no-open"]) == 0
    assert sorted(path.name for path in two_lessons.iterdir()) == [
        "00_first.ipynb",
        "01_second.ipynb",
    ]
    assert "2 lessons copied" in capsys.readouterr().out


def test_what_the_reader_changed_stays(two_lessons: Path, capsys) -> None:
    two_lessons.mkdir()
    (two_lessons / "00_first.ipynb").write_text("my answers", encoding="utf-8")
    assert main(["notebooks", str(two_lessons), "--no-open"]) == 0
    assert (two_lessons / "00_first.ipynb").read_text(encoding="utf-8") == "my answers"
    assert "1 lessons copied" in capsys.readouterr().out


def test_without_the_extra_a_sentence_says_what_to_install(
    two_lessons: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["notebooks", str(two_lessons)]) == 1
    assert 'pip install "glassgrad[notebooks]"' in capsys.readouterr().err


def test_a_place_that_is_a_file_is_refused(two_lessons: Path, capsys) -> None:
    two_lessons.write_text("a file", encoding="utf-8")
    assert main(["notebooks", str(two_lessons), "--no-open"]) == 1
    assert "name another folder" in capsys.readouterr().err


def test_an_installation_without_lessons_says_so(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "PLACES", (tmp_path,))
    assert main(["notebooks", str(tmp_path / "x"), "--no-open"]) == 1
    assert "came without the lessons" in capsys.readouterr().err


def test_jupyterlab_is_opened_in_the_folder(
    two_lessons: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(lessons.subprocess, "call", lambda command: called.append(command) or 0)
    assert main(["notebooks", str(two_lessons)]) == 0
    assert called[0][-2:] == ["jupyterlab", str(two_lessons)]
