"""Makes the lessons: `python notebooks/build.py` runs each text in `text/`, writes its notebook.

A lesson is written as text (`text/NN_name.py`, the percent format of jupytext) and read as a
notebook with outputs (`NN_name.ipynb`). Both are kept; this is the way from one to the other.
Give the start of a name to make only some: `python notebooks/build.py 00 04`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
TIMEOUT = 120  # seconds for one cell, on a slow machine
SAME_EVERY_TIME = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}


def texts(starts: tuple[str, ...] = ()) -> list[Path]:
    """The texts of the lessons, in reading order."""
    found = sorted((HERE / "text").glob("[0-9][0-9]_*.py"))
    return [path for path in found if not starts or path.name.startswith(starts)]


def notebook_of(text: Path) -> Path:
    """Where the notebook of a text lies."""
    return HERE / f"{text.stem}.ipynb"


def read(text: Path) -> Any:
    """The lesson as a notebook without outputs, the same for the same text."""
    notebook = jupytext.read(text, fmt="py:percent")
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": title_of(notebook),
    }
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # a random id would make every run a change
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def title_of(notebook: Any) -> str:
    """The first heading."""
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if line.startswith("# "):
                return str(line[2:])
    return ""


def run(notebook: Any) -> Any:
    """Run every cell in a fresh kernel, in an empty folder; the outputs are put into it."""
    with tempfile.TemporaryDirectory() as folder:
        here = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, **SAME_EVERY_TIME, "PYTHONPATH": here}
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT,
            kernel_name="python3",
            coalesce_streams=True,  # else one print may be stored in two pieces
            resources={"metadata": {"path": folder}},
        )
        client.execute(env=environment)
    notebook.metadata["language_info"] = {"name": "python"}  # the kernel adds its version
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
    return notebook


def make(text: Path) -> Path:
    """Run one lesson and write its notebook."""
    notebook = run(read(text))
    nbformat.validate(notebook)
    path = notebook_of(text)
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")
    return path


def main(starts: list[str]) -> None:
    for text in texts(tuple(starts)):
        path = make(text)
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
