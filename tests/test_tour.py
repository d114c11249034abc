"""`glassgrad tour`: what it prints and draws is what the graph holds; it fails in sentences."""

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

from autograd import __main__ as command_line, tour as guide
from autograd.__main__ import main
from autograd.tour import network
from autograd.tour.page import map_graph, page as page_of
from autograd.tour.pictures import loss_curve, map_picture
from autograd.viz import ledger


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """The whole tour, taken once: what it prints."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        guide.tour(seed=0, quiet=True, output=tmp_path_factory.mktemp("tour"))
    return shown.getvalue()


@pytest.fixture(scope="module")
def learned():
    """A network that has hardly learned."""
    return network.learn(network.split(3), 1, quiet=True)


def test_it_reaches_97_percent_of_held_out_digits(text):
    (accuracy,) = re.findall(r"([\d.]+)% of the held-out digits are right", text)
    assert float(accuracy) >= 97


def test_what_it_says_of_the_accuracy_is_so(learned):
    scores = learned.network(learned.images).data
    right = [int(np.argmax(s)) == label for s, label in zip(scores, learned.labels, strict=True)]
    assert learned.accuracy == pytest.approx(sum(right) / len(right))
    assert len(learned.losses) == 1
    assert 0.2 < learned.losses[0] < 2.3


def test_it_prints_the_founding_example(text):
    assert "The gradient of P[0] is 2.5:" in text
    assert "The gradient of P[1] is 7:" in text
    rows = re.findall(r"FC\[(\d)\] +(\S+) +(\S+) +(\S+)", text)
    assert [tuple(map(float, row)) for row in rows] == [
        (0, 2, 0.5, 1), (1, 3, 1, 3), (2, 6, -0.25, -1.5),
        (0, 2, -1, -2), (1, 3, 2, 6), (2, 6, 0.5, 3),
    ]  # fmt: skip


def test_it_shows_ten_senders_a_winner_and_three_reasons(text):
    senders = re.findall(r"neuron for (\d) ", text)
    assert senders == [str(i) for i in range(10)]
    assert len(re.findall(r"\[\d+\.\d{4}\] +|\[\d+\.\d{4}\]$", text, re.M)) >= 1
    assert len(re.findall(r"gets 0: it lost by \d+\.\d{4}", text)) == 3


def test_the_ledger_of_the_trained_network_adds_up_to_the_gradient(learned):
    stages = network.hardest(learned)
    cell = network.pick(stages)
    assert cell is not None
    book = ledger(stages.loss, stages.pooled, cell)
    assert len(book.rows) == 10
    assert book.total == pytest.approx(float(stages.pooled.grad[cell]), rel=1e-5)
    window = network.behind(stages.feature_map.grad, cell)
    assert np.count_nonzero(window) == 1
    assert (
        window.flat[network.behind(stages.feature_map.data, cell).argmax()]
        == (stages.pooled.grad[cell])
    )


def test_one_map_alone_has_the_numbers_of_the_whole_network(learned):
    stages = network.hardest(learned)
    k = network.pick(stages)[1]
    loss, names = map_graph(learned, stages, k)
    loss.backward()
    assert loss.item() == pytest.approx(stages.loss.item(), rel=1e-5)
    pairs = {"map": stages.feature_map, "pooled": stages.pooled}
    for name, whole in pairs.items():
        np.testing.assert_allclose(names[name].data[0, 0], whole.data[0, k], rtol=1e-5)
        np.testing.assert_allclose(names[name].grad[0, 0], whole.grad[0, k], rtol=1e-4, atol=1e-7)


def test_the_page_has_the_numbers_and_asks_nobody(learned):
    stages = network.hardest(learned)
    page = page_of(learned, 1438, stages)
    assert f"{learned.accuracy:.1%}</b> of the held-out digits are right" in page
    assert "<b>p1</b> gets 2.5 = " in page
    assert "<b>p2</b> gets 7 = " in page
    assert page.count('<div class="glassgrad-stepper"') == 2
    assert page.count('<div class="pair">') == 32
    k = network.pick(stages)[1]
    assert f"map {k}, picked" in page
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)""", page)
    assert all("".join(found).startswith(("data:", "#")) for found in addresses)


def test_signs_and_sizes_of_a_map():
    picture = map_picture(np.array([[2.0, -1.0], [0.0, -4.0]]), "<map>", signs=True)
    assert picture.count('class="plus"') == 1
    assert re.findall(r'class="minus" x="(\d+)" y="(\d+)".*?fill-opacity="([\d.]+)"', picture) == [
        ("10", "0", "0.21"),
        ("10", "10", "0.85"),
    ]
    assert re.findall("<title>(.*?)</title>", picture) == [
        "&lt;map&gt;", "+2", "\N{MINUS SIGN}1", "\N{MINUS SIGN}4"
    ]  # fmt: skip


def test_the_curve_goes_from_the_first_loss_to_the_last():
    curve = loss_curve([2.0, 1.0, 0.5])
    points = re.search('points="(.*?)"', curve).group(1).split()
    heights = [float(point.split(",")[1]) for point in points]
    foot = float(re.search(r'd="M44 10v(\d+)', curve).group(1)) + 10
    assert [foot - height for height in heights] == [120, 60, 30]
    assert "2 in the first, 0.5 in the last" in curve


def test_seed_and_output(tmp_path, capsys):
    outputs = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        code = main(
            ["tour", "--epochs", "1", "--quiet", "--seed", "7", "--output", str(tmp_path / name)]
        )
        assert code == 0
        outputs.append((tmp_path / name / "tour.txt").read_text())
        shown = capsys.readouterr().out
        assert outputs[-1] in shown
        assert shown.endswith(f"Written to {tmp_path / name / 'tour.html'}\n")
    pages = [(tmp_path / name / "tour.html").read_bytes() for name in ("a", "b")]
    assert pages[0] == pages[1]
    without_times = [re.sub(r"in \d+\.\d s", "", text) for text in outputs]
    assert without_times[0] == without_times[1]


def test_without_a_folder_the_page_lies_here_or_in_a_temporary_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(guide, "page", lambda *_: "<p>page</p>")
    assert guide.tour(epochs=1, quiet=True).resolve() == tmp_path / "tour.html"

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(guide.tempfile, "TemporaryFile", refuse)
    elsewhere = guide.tour(epochs=1, quiet=True)
    assert elsewhere.is_absolute()
    assert elsewhere.read_text() == "<p>page</p>"


def test_open_shows_the_page(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(command_line.webbrowser, "open", shown.append)
    monkeypatch.setattr(guide, "page", lambda *_: "")
    main(["tour", "--epochs", "1", "--quiet", "--output", str(tmp_path), "--open"])
    assert shown == [(tmp_path / "tour.html").as_uri()]


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
