"""The guided tour: a question, a network that learns, and the answer inside that network.

It takes the founding example apart, trains a small convolutional network on real handwritten
digits, and follows one test digit's gradient to one pooled neuron and the window behind it. It
prints what it finds and writes a page to look at. Every number is read from the recorded graph.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from autograd import errors
from autograd.tour import text
from autograd.tour.network import hardest, learn, split
from autograd.tour.page import page

PAGE, TEXT = "tour.html", "tour.txt"


def tour(
    *, seed: int = 0, epochs: int = 20, quiet: bool = False, output: Path | None = None
) -> Path:
    """Take the tour; returns the page that it wrote.

    Args:
        seed: of the split, the initial weights and the order of the batches.
        epochs: passes over the training digits.
        quiet: no progress bar.
        output: the folder for `tour.html`, and for the printed text as `tour.txt`. Left out, the
            page goes to the current folder, or to a temporary one if that cannot be written to,
            and the text is only printed.

    Raises:
        OutputError: if `output` is not a folder that can be written to; before any training.
    """
    folder = _place() if output is None else output
    if output is not None:
        _writable(output)
    paper = text.Paper()
    text.founding_example(paper)
    parts = split(seed)
    text.before_learning(paper, parts)
    started = time.perf_counter()
    learned = learn(parts, epochs, quiet)
    text.after_learning(paper, learned, time.perf_counter() - started)
    stages = hardest(learned)
    text.one_digit(paper, stages)
    (folder / PAGE).write_text(page(learned, len(parts.images), stages), encoding="utf-8")
    if output is not None:
        (folder / TEXT).write_text(paper.text, encoding="utf-8")
    return folder / PAGE


def _place() -> Path:
    """The current folder, or a new temporary one."""
    here = Path()
    try:
        _writable(here)
    except errors.OutputError:
        return Path(tempfile.mkdtemp(prefix="glassgrad-"))
    return here


def _writable(folder: Path) -> None:
    """Raise unless a file can be made in `folder`; asking is not enough, permissions lie."""
    if not folder.is_dir():
        raise errors.no_folder(folder)
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        raise errors.read_only_folder(folder) from None
