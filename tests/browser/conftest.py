"""Pages in a real browser: headless Chromium, driven by playwright.

Every page that a test opens is watched. A message in the console, an error in a script or a
request to anywhere but the page's own file, `data:` or the test's own server fails the test.
Without playwright or without a browser the tests are skipped, and say what is missing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = "GLASSGRAD_PICTURES"  # a folder: where `snap` puts pictures for people to look at
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def program() -> str | None:
    """Where the browser is: `CHROMIUM` says so, or one of the usual names is on the path."""
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    api = pytest.importorskip(
        "playwright.sync_api", reason='playwright is not installed: pip install -e ".[browser]"'
    )
    executable = program()
    if executable is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} found, and CHROMIUM is not set")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


class Watch:
    """What a page did that it must not do.

    server: the address that the page may talk to, beside its own file.
    """

    def __init__(self, server: str = "") -> None:
        self.problems: list[str] = []
        self.server = server

    def follow(self, page: Any) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error in the page: {error}"))
        page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if not self.allows(request.url):
            self.problems.append(f"request to {request.url}")

    def allows(self, url: str) -> bool:
        own = url.startswith(("file:", "data:", "blob:", "about:"))
        return own or bool(self.server and re.match(rf"(http|ws){self.server}", url))


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open a page, and fail the test at its end if the page did what it must not.

    `show(page)` takes a whole page or a fragment of HTML, the path of a file, or an address, and
    returns playwright's Page. Options: `width` and `height` in CSS pixels, `scheme` ("light" or
    "dark"), `media` ("screen" or "print"), `motion` ("reduce" or "no-preference"), `forced`
    (forced colours), `scripts` (False: as where scripts do not run), `server` (the address after
    "http" that may be talked to, such as "://localhost:8888"), `zoom` (2 for 200 %).
    """
    opened: list[tuple[Any, Watch]] = []

    def show(
        page: str | Path,
        *,
        width: int = 1100,
        height: int = 900,
        scheme: str = "light",
        media: str = "screen",
        motion: str = "no-preference",
        forced: bool = False,
        scripts: bool = True,
        server: str = "",
        zoom: float = 1,
    ) -> Any:
        context = browser.new_context(
            viewport={"width": round(width / zoom), "height": round(height / zoom)},
            device_scale_factor=zoom,
            color_scheme=scheme,
            reduced_motion=motion,
            forced_colors="active" if forced else "none",
            java_script_enabled=scripts,
            offline=not server,
        )
        watch = Watch(server)
        context.route(
            lambda url: not watch.allows(url),
            lambda route: route.abort(),
        )
        tab = context.new_page()
        watch.follow(tab)
        opened.append((context, watch))
        if isinstance(page, str) and not page.startswith(("http:", "file:")):
            path = tmp_path / f"page{len(opened)}.html"
            path.write_text(whole(page), encoding="utf-8")
            page = path
        tab.goto(page.as_uri() if isinstance(page, Path) else page)
        tab.emulate_media(media=media)
        return tab

    yield show
    problems = [problem for _, watch in opened for problem in watch.problems]
    for context, _ in opened:
        context.close()
    assert not problems, "\n".join(problems)


def whole(html: str) -> str:
    """A fragment as a page, as a notebook's export puts it into one."""
    if re.search(r"<html[\s>]", html[:1000], re.I):
        return html
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Test</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f"<body><main><h1>Test</h1>{html}</main></body></html>"
    )


@pytest.fixture(scope="session")
def violations() -> Callable[..., str]:
    """What axe-core finds wrong with a page: contrast, names, roles, order of headings, ...

    A text with one line for each finding; empty if there is none.
    """
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason='axe is not installed: pip install -e ".[browser]"',
    )

    def violations(page: Any, **options: Any) -> str:
        found = module.Axe().run(page, options=options or None).response["violations"]
        return "\n".join(
            f"{one['id']}: {node['target']}: {node['html'][:160]} ({node['failureSummary'][:300]})"
            for one in found
            for node in one["nodes"]
        )

    return violations


@pytest.fixture(scope="session")
def stripped() -> Callable[[str], str]:
    """HTML as hosts show it that take scripts and styles away, and every class and id."""

    def stripped(html: str) -> str:
        html = re.sub(r"<(script|style)\b.*?</\1\s*>", "", html, flags=re.S | re.I)
        return re.sub(r"""\s(?:class|id|style)=("[^"]*"|'[^']*')""", "", html)

    return stripped


@pytest.fixture
def snap(request: pytest.FixtureRequest) -> Callable[..., None]:
    """A picture for people, in the folder that GLASSGRAD_PICTURES names; without it, nothing."""

    def snap(page: Any, name: str = "") -> None:
        folder = os.environ.get(PICTURES)
        if folder:
            stem = re.sub(r"\W+", "-", f"{request.node.name} {name}").strip("-")
            page.screenshot(path=Path(folder) / f"{stem}.png", full_page=True)

    return snap


def too_wide(page: Any) -> list[str]:
    """What sticks out of the page to the right: the reader would have to scroll sideways."""
    found: list[str] = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > width + 1)
                .map(e => e.outerHTML.slice(0, 120));
        }"""
    )
    return found


@pytest.fixture(scope="session")
def sticking_out() -> Callable[[Any], list[str]]:
    return too_wide
