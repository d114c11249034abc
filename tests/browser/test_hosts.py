"""The stepper and the small pictures where people meet them: JupyterLab, exports, bare HTML."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 90  # seconds for a server or a page to come up

CELLS = [
    "# Who gets the gradient?",
    """from autograd import Tensor, Value, dot, max, maximum
from autograd.viz import step
x = [Value(v) for v in (0.5, 1.0, -2.0, 0.0, -1.0, 2.0, 0.0, 1.5)]
p1, p2 = max(*x[:4]), max(*x[4:])
weights = [[0.5, -1.0], [1.0, 2.0], [-0.25, 0.5]]
h = [dot(row, [p1, p2]) for row in weights]
L = dot([2.0, 3.0, 6.0], h)
step(L)""",
    """t = Tensor([[1.0, -2.0], [3.0, 4.0]], requires_grad=True, name="t")
(t * t).sum().backward()
t""",
]


@dataclass
class Lab:
    """A JupyterLab with two notebooks, one trusted and one that came from elsewhere."""

    port: int
    folder: Path

    @property
    def server(self) -> str:
        return f"://127.0.0.1:{self.port}/"

    def page(self, notebook: str) -> str:
        return f"http{self.server}lab/tree/{notebook}?reset"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Jupyter with every folder of its own: nobody's settings, nobody's trust."""
    for module in ("jupyterlab", "nbconvert", "nbformat", "ipykernel"):
        pytest.importorskip(
            module, reason=f'{module} is not installed: pip install -e ".[browser]"'
        )
    home = tmp_path_factory.mktemp("jupyter")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text('{"adaptive-theme": true}')
    (settings / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'
    )
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
    }


@pytest.fixture(scope="module")
def notebooks(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an executed notebook, twice: `trusted.ipynb` and `foreign.ipynb`."""
    import nbformat
    import nbformat.v4 as v4

    folder = tmp_path_factory.mktemp("notebooks")
    text, *code = CELLS
    notebook = v4.new_notebook(
        cells=[v4.new_markdown_cell(text, id="text"), *map(_cell, range(len(code)), code)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "empty.ipynb")
    _run(
        environment,
        *("nbconvert", "--execute", "--to", "notebook", "--output", "foreign.ipynb"),
        str(folder / "empty.ipynb"),
    )
    executed = nbformat.read(folder / "foreign.ipynb", as_version=4)
    executed.cells[0].source += " (signed)"  # what is trusted is the content
    nbformat.write(executed, folder / "trusted.ipynb")
    _run(environment, "nbformat.sign", str(folder / "trusted.ipynb"))
    return folder


def _cell(number: int, source: str) -> Any:
    import nbformat.v4 as v4

    return v4.new_code_cell(source, id=f"code{number}")


def _run(environment: dict[str, str], module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def lab(environment: dict[str, str], notebooks: Path) -> Iterator[Lab]:
    """A server on this machine, without a token, for as long as the tests of this file run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        f"--ServerApp.root_dir={notebooks}",
        *("--IdentityProvider.token=", "--LabApp.extension_manager=readonly"),
    ]
    log = notebooks / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status", server, log)
            yield Lab(port, notebooks)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def opened(show: Any, lab: Lab, notebook: str, **options: Any) -> Any:
    """A notebook in JupyterLab, once its last output and its text are there."""
    page = show(lab.page(notebook), server=lab.server, **options)
    page.set_default_timeout(PATIENCE * 1000)
    page.locator(".jp-OutputArea-output caption").last.wait_for()
    page.locator(".jp-MarkdownOutput").first.wait_for()
    return page


def cells(page: Any) -> int:
    return int(page.locator(".jp-Notebook-cell").count())


STEPPER = ".glassgrad-stepper"
ALIVE = f"{STEPPER} [data-theme]"  # what the script puts into it


def test_in_a_trusted_notebook_it_steps(show, lab, snap):
    page = opened(show, lab, "trusted.ipynb")
    stepper = page.locator(ALIVE)
    assert page.locator(STEPPER).evaluate("host => host.children.length") == 0  # not shown twice
    snap(page, "start")
    before = stepper.inner_text()
    stepper.get_by_role("button", name="To backward").click()
    stepper.get_by_role("button", name="Next").click()
    assert stepper.inner_text() != before
    assert "2.5" not in stepper.inner_text()
    page.keyboard.press("End")
    assert "2.5" in stepper.inner_text()
    snap(page, "end")


def test_it_follows_the_theme_of_the_notebook(show, lab, snap):
    """JupyterLab is told to follow the system; the stepper follows JupyterLab."""
    page = opened(show, lab, "trusted.ipynb", scheme="dark")
    assert page.locator("body").get_attribute("data-jp-theme-light") == "false"
    page.locator(f"{STEPPER} [data-theme=dark]").wait_for()
    snap(page)


def test_in_a_notebook_from_elsewhere_picture_and_ledger_remain(show, lab, snap):
    page = opened(show, lab, "foreign.ipynb")
    stepper = page.locator(STEPPER)
    assert stepper.get_attribute("data-ready") is None
    assert stepper.locator("button").count() == 0
    assert stepper.locator("img").evaluate("picture => picture.naturalWidth") > 100
    stepper.locator("summary").click()
    rows = stepper.locator("table tr").all_inner_texts()
    assert any(row.split("\t")[0] == "p1" and row.split("\t")[-1] == "+2.5" for row in rows)
    assert "loading" not in stepper.inner_text().lower()
    snap(page)


@pytest.mark.parametrize("notebook", ["trusted.ipynb", "foreign.ipynb"])
def test_arrays_show_their_numbers(show, lab, notebook):
    page = opened(show, lab, notebook)
    texts = page.locator("table", has=page.locator("caption")).all_inner_texts()
    assert [text.split() for text in texts] == [
        ["value", "0", "1", "0", "1", "\N{MINUS SIGN}2", "1", "3", "4"],
        ["gradient", "0", "1", "0", "+2", "\N{MINUS SIGN}4", "1", "+6", "+8"],
    ]


def test_keys_never_reach_the_notebook(show, lab):
    page = opened(show, lab, "trusted.ipynb")
    page.locator(".jp-Notebook-cell").first.click()
    page.keyboard.press("Escape")
    before = cells(page)
    page.keyboard.press("b")  # it listens: a cell more
    page.locator(".jp-Notebook-cell").nth(before).wait_for()
    before = cells(page)
    sources = page.locator(".jp-Cell-inputArea").all_inner_texts()
    button = page.locator(STEPPER).get_by_role("button", name="Next")
    button.focus()
    for key in (
        *("a", "b", "x", "c", "v", "z", "d", "d", "m", "y", "r", "1", "s"),
        *("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Shift+ArrowRight", "Home", "End"),
        *(" ", "Enter", "Escape", "Shift+m"),
    ):
        page.keyboard.press(key)
        page.wait_for_timeout(20)
    page.wait_for_timeout(300)
    assert cells(page) == before
    assert page.locator(".jp-Cell-inputArea").all_inner_texts() == sources
    assert page.locator(".jp-Dialog").count() == 0


@pytest.fixture(scope="module")
def exported(environment: dict[str, str], notebooks: Path) -> Path:
    """The notebook as HTML, without the libraries that nbconvert has from elsewhere."""
    _run(
        environment,
        *("nbconvert", "--to", "html", "--HTMLExporter.mathjax_url=data:text/javascript,"),
        *("--HTMLExporter.require_js_url=data:text/javascript,", "--output", "exported"),
        str(notebooks / "foreign.ipynb"),
    )
    return notebooks / "exported.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exported_to_html_it_steps_offline(show, exported, snap, scheme):
    page = show(exported, scheme=scheme)
    stepper = page.locator(ALIVE)
    stepper.get_by_role("button", name="Next").focus()
    page.keyboard.press("End")
    assert "2.5" in stepper.inner_text()
    snap(page)


def test_an_output_shown_twice_steps_twice(show, exported):
    """As with "Create New View for Cell Output": the same bytes once more on the same page."""
    html = exported.read_text(encoding="utf-8")
    (fragment,) = re.findall(r'<div class="glassgrad-stepper".*?</script>\s*</div>', html, re.S)
    page = show(html.replace(fragment, fragment * 2))
    for i in range(2):
        page.locator(ALIVE).nth(i).get_by_role("button", name="Next").focus()
        page.keyboard.press("End")
        assert "2.5" in page.locator(ALIVE).nth(i).inner_text()


def test_without_scripts_styles_and_classes_picture_and_ledger_remain(
    show, exported, stripped, snap
):
    html = exported.read_text(encoding="utf-8")
    bare = stripped(html)
    assert "<script" not in bare
    page = show(bare, scripts=False)
    picture = page.get_by_alt_text(re.compile("The graph of L"))
    assert picture.evaluate("picture => picture.naturalWidth") > 100
    page.locator("summary").click()
    rows = page.locator("table tr").all_inner_texts()
    assert any(row.split("\t")[0] == "p2" and row.split("\t")[-1] == "+7" for row in rows)
    snap(page)
