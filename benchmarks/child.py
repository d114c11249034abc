"""One measurement in a process of its own: `python -m benchmarks.child SECTION WORKLOAD COLUMN`.

Prints one line of JSON: the sample, or the name and the message of the exception that ended it.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict


def main(section: str, name: str, column: str, *options: str) -> None:
    tables = importlib.import_module(f"benchmarks.{section}").TABLES
    (workload,) = [w for table in tables for w in table.workloads if w.name == name]
    try:
        answer = asdict(workload.run(column, "--quick" in options))
    except Exception as error:  # whatever a peer raises belongs into the report
        message = (str(error).splitlines() or [""])[0]
        answer = {"failure": type(error).__name__, "message": message}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
