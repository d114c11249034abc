"""The command line: `python -m benchmarks [scalar|array|views] [--rounds N] [--quick] ...`."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.harness import Table, measure
from benchmarks.report import report

SECTIONS = ("scalar", "array", "views")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure glassgrad beside the peers that are installed "
        "(micrograd, xad, torch), in the same run, one thread each. Ratios are what counts.",
    )
    parser.add_argument("section", nargs="?", choices=SECTIONS, help="left out: all")
    parser.add_argument("--rounds", type=int, default=3, help="the median is taken over (3)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads whose name has TEXT")
    parser.add_argument("--wall", action="store_true", help="report wall time, not CPU time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append every result, by line")
    options = parser.parse_args(arguments)
    kernels = os.environ.get("OPENBLAS_CORETYPE", "what it finds best")
    print(
        f"Python {platform.python_version()}, {platform.machine()}, one thread a process, "
        f"numpy's BLAS uses {kernels} (OPENBLAS_CORETYPE)"
    )
    for section in [options.section] if options.section else SECTIONS:
        _run(section, options)


def _run(section: str, options: argparse.Namespace) -> None:
    tables = _select(importlib.import_module(f"benchmarks.{section}").TABLES, options.only)
    rounds = 1 if options.quick else options.rounds
    results = measure(section, tables, rounds=rounds, quick=options.quick, say=_progress)
    clock = "wall" if options.wall else "cpu"
    print(f"\n{report(tables, results, quick=options.quick, clock=clock)}", flush=True)
    if options.json is not None:
        with options.json.open("a") as file:
            file.writelines(json.dumps(asdict(result)) + "\n" for result in results.values())


def _select(tables: Sequence[Table], text: str) -> list[Table]:
    """The tables, with only the workloads whose name (or title) contains the text."""
    chosen = [
        dataclasses.replace(
            table, workloads=[w for w in table.workloads if text in w.name or text in table.title]
        )
        for table in tables
    ]
    return [table for table in chosen if table.workloads]


def _progress(text: str) -> None:
    """What is being measured, on one line that is overwritten; nothing when redirected."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
