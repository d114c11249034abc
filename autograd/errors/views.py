"""Traces, pictures and explanations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd.errors.kinds import GradientError, MissingExtraError, OptionError, OutputError
from autograd.errors.words import describe, listing


def no_root(node: Any) -> GradientError:
    return GradientError(
        f"no backward pass that is still known reached {describe(node)}: call backward() on the "
        "result and keep it in a variable, or say where to start, as in why(x, root=loss)"
    )


def no_such_name(name: str, names: Iterable[str]) -> OptionError:
    return OptionError(f"nothing in this trace is called {name!r}; there are {listing(names)}")


def no_lessons() -> OutputError:
    return OutputError(
        "this installation came without the lessons; install the package again, or open the "
        "notebooks/ folder of the source"
    )


def cannot_copy(folder: Any, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write the lessons to {folder} ({error.strerror or error}); name another folder, "
        "as in: glassgrad notebooks my-lessons"
    )


def missing_extra(owner: str, library: str, extra: str) -> MissingExtraError:
    return MissingExtraError(
        f"{owner} needs {library}, which is not installed; it comes with the extra {extra!r}: "
        f'pip install "glassgrad[{extra}]"'
    )
