"""The command line: `glassgrad tour`, `step` and `notebooks`, or `python -m autograd ...`."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from autograd.errors import AutogradError

INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, for instance `| head`
        sys.stderr.close()
        return 0
    except (AutogradError, OSError) as error:
        print(f"glassgrad: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="glassgrad", description="An autograd engine you can see through."
    )
    commands = parser.add_subparsers(metavar="command", required=True)
    tour = commands.add_parser(
        "tour",
        help="train a small network on real digits and see where one gradient came from",
        description="Train a small convolutional network on real handwritten digits, then show "
        "where the gradient of one pooled neuron came from, and why three others got none: in "
        "the terminal, and on a page to step through.",
    )
    tour.add_argument("--seed", type=_whole, default=0, help="of everything random (default 0)")
    tour.add_argument(
        "--epochs", type=_positive, default=20, help="passes over the training data (default 20)"
    )
    tour.add_argument("--quiet", action="store_true", help="no progress bar, results only")
    tour.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where to write tour.html (default: here), and what is printed, as tour.txt",
    )
    tour.add_argument("--open", action="store_true", help="open the page in the browser")
    tour.set_defaults(run=_tour)
    step = commands.add_parser(
        "step",
        help="step through the graph that a function of yours returns",
        description="Import a Python file, call one of its functions, which returns a Value or a "
        "Tensor, and write a page that steps through the graph behind it, forward and backward.",
    )
    step.add_argument("target", metavar="file.py:function", help="what to call")
    step.add_argument(
        "--output", type=Path, metavar="PAGE", help="where to write (default function.html here)"
    )
    step.add_argument("--open", action="store_true", help="open the page in the browser")
    step.set_defaults(run=_step)
    notebooks = commands.add_parser(
        "notebooks",
        help="copy the lessons to a folder of yours and open them in JupyterLab",
        description="Copy the lessons to a folder, leaving alone what is there already, and open "
        'JupyterLab in it. Needs the extra: pip install "glassgrad[notebooks]".',
    )
    notebooks.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("glassgrad-lessons"),
        metavar="FOLDER",
        help="where to copy them (default glassgrad-lessons)",
    )
    notebooks.add_argument("--no-open", action="store_true", help="copy only")
    notebooks.set_defaults(run=_notebooks)
    return parser


def _tour(options: argparse.Namespace) -> int:
    from autograd.tour import tour  # needs nn and tqdm, which nothing else here does

    page = tour(
        seed=options.seed, epochs=options.epochs, quiet=options.quiet, output=options.output
    )
    _written(page, options.open)
    return 0


def _step(options: argparse.Namespace) -> int:
    from autograd.userfile import graph_of, split
    from autograd.viz import step

    path, name = split(options.target)
    output = options.output or Path(f"{name}.html")
    if output.is_dir():
        output = output / f"{name}.html"
    root, variables = graph_of(path, name)
    _written(step(root, names=variables).save(output), options.open)
    return 0


def _notebooks(options: argparse.Namespace) -> int:
    from autograd.lessons import copy_lessons, open_lab

    copied = copy_lessons(options.folder)
    print(f"{len(copied)} lessons copied to {options.folder}. Begin with the one called 00.")
    return 0 if options.no_open else open_lab(options.folder)


def _written(page: Path, wanted: bool) -> None:
    """Say where the page is, and show it if wanted."""
    print(f"Written to {page}")
    if wanted:
        webbrowser.open(page.resolve().as_uri())


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {number}")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
