"""`glassgrad tour`: what it prints is what the graph holds, and it fails in sentences."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from autograd import tour as guide
from autograd.__main__ import main
from autograd.viz import ledger
from nn.datasets import digits


@pytest.fixture(scope="module")
def page():
    """The whole tour, taken once."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        accuracy = guide.tour(seed=0, quiet=True)
    return shown.getvalue(), accuracy


def test_it_reaches_97_percent_of_held_out_digits(page):
    text, accuracy = page
    assert accuracy >= 0.97
    assert f"{accuracy:.1%}" in text


def test_it_prints_the_founding_example(page):
    text, _ = page
    assert "The gradient of P[0] is 2.5:" in text
    assert "The gradient of P[1] is 7:" in text
    rows = re.findall(r"FC\[(\d)\] +(\S+) +(\S+) +(\S+)", text)
    assert [tuple(map(float, row)) for row in rows] == [
        (0, 2, 0.5, 1), (1, 3, 1, 3), (2, 6, -0.25, -1.5),
        (0, 2, -1, -2), (1, 3, 2, 6), (2, 6, 0.5, 3),
    ]  # fmt: skip


def test_it_shows_ten_senders_a_winner_and_three_reasons(page):
    text, _ = page
    senders = re.findall(r"neuron for (\d) ", text)
    assert senders == [str(i) for i in range(10)]
    assert len(re.findall(r"\[\d+\.\d{4}\] +|\[\d+\.\d{4}\]$", text, re.M)) >= 1
    assert len(re.findall(r"gets 0: it lost by \d+\.\d{4}", text)) == 3


def test_the_ledger_of_the_trained_network_adds_up_to_the_gradient():
    images, labels = digits(channel=True)
    stages = guide.record(guide.build(np.random.default_rng(3)), images[5], int(labels[5]))
    cell = guide.pick(stages)
    assert cell is not None
    book = ledger(stages.loss, stages.pooled, cell)
    assert len(book.rows) == 10
    assert book.total == pytest.approx(float(stages.pooled.grad[cell]), rel=1e-5)
    window = guide.behind(stages.feature_map.grad, cell)
    assert np.count_nonzero(window) == 1
    assert (
        window.flat[guide.behind(stages.feature_map.data, cell).argmax()]
        == (stages.pooled.grad[cell])
    )


def test_seed_and_output(tmp_path, capsys):
    outputs = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        code = main(
            ["tour", "--epochs", "1", "--quiet", "--seed", "7", "--output", str(tmp_path / name)]
        )
        assert code == 0
        outputs.append((tmp_path / name / "tour.txt").read_text())
        assert outputs[-1] in capsys.readouterr().out
    without_times = [re.sub(r"in \d+\.\d s", "", text) for text in outputs]
    assert without_times[0] == without_times[1]


def test_a_missing_folder_is_a_sentence_before_any_training(tmp_path, capsys):
    assert main(["tour", "--output", str(tmp_path / "nowhere")]) == 1
    captured = capsys.readouterr()
    assert "does not exist; make it first" in captured.err
    assert captured.out == ""


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path, capsys, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(guide.tempfile, "TemporaryFile", refuse)
    assert main(["tour", "--output", str(tmp_path)]) == 1
    assert "cannot be written to; choose another" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--epochs", "0"], ["--epochs", "x"], ["--seed", "-1"]])
def test_wrong_numbers_are_refused(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["tour", *wrong])
    assert stopped.value.code == 2
    assert wrong[1] in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind exist on POSIX only")
def test_ctrl_c_ends_it_cleanly():
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "autograd", "tour", "--epochs", "100000", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Training on" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == "Stopped."
