"""The command line: `glassgrad tour`, or `python -m autograd tour`."""

from __future__ import annotations

import argparse
import sys
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
        "where the gradient of one pooled neuron came from, and why three others got none.",
    )
    tour.add_argument("--seed", type=_whole, default=0, help="of everything random (default 0)")
    tour.add_argument(
        "--epochs", type=_positive, default=20, help="passes over the training data (default 20)"
    )
    tour.add_argument("--quiet", action="store_true", help="no progress bar, results only")
    tour.add_argument(
        "--output", type=Path, metavar="FOLDER", help="also write what is shown to FOLDER/tour.txt"
    )
    tour.set_defaults(run=_tour)
    return parser


def _tour(options: argparse.Namespace) -> int:
    from autograd.tour import tour  # needs nn and tqdm, which nothing else here does

    tour(seed=options.seed, epochs=options.epochs, quiet=options.quiet, output=options.output)
    return 0


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
