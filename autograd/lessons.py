"""The lessons, for `glassgrad notebooks`: copied to a folder of the reader's, opened in JupyterLab.

Copied, because a lesson is there to be changed. What is in the folder already stays as it is.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from autograd import errors

PACKAGE = Path(__file__).parent
PLACES = (PACKAGE / "notebooks", PACKAGE.parent / "notebooks")  # installed, or in the source tree


def lessons() -> list[Path]:
    """The notebooks that came with this installation, in reading order.

    Raises:
        OutputError: if it came without them.
    """
    for place in PLACES:
        found = sorted(place.glob("[0-9][0-9]_*.ipynb"))
        if found:
            return found
    raise errors.no_lessons()


def copy_lessons(folder: Path) -> list[Path]:
    """Copy the lessons that are not there yet; returns those that were copied.

    Raises:
        OutputError: if `folder` cannot be made or written to.
    """
    source = lessons()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = [path for path in source if not (folder / path.name).exists()]
        return [Path(shutil.copy(path, folder)) for path in fresh]
    except OSError as error:
        raise errors.cannot_copy(folder, error) from None


def open_lab(folder: Path) -> int:
    """Open JupyterLab in a folder, and wait until it is closed; returns its exit code.

    Raises:
        MissingExtraError: if JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise errors.missing_extra("glassgrad notebooks", "JupyterLab", "notebooks")
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(folder)])
