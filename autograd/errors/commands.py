"""The command line: files and functions of the user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.errors.kinds import CommandError
from autograd.errors.words import describe, listing


def no_function_named(target: str) -> CommandError:
    return CommandError(
        f"{target!r} does not say which function to call: write the file and the function, as in "
        "glassgrad step model.py:loss"
    )


def no_file(path: Any) -> CommandError:
    return CommandError(f"there is no file {path}; write its path from the current folder")


def no_python_file(path: Any) -> CommandError:
    return CommandError(f"{path} is not a Python file; expected a file that ends in .py")


def no_such_function(path: Any, name: str, others: Sequence[str]) -> CommandError:
    there = f"there is {listing(others)}" if others else "it defines none"
    return CommandError(f"{path} has no function {name!r}; {there}")


def needs_arguments(name: str, needed: Sequence[str]) -> CommandError:
    return CommandError(
        f"{name}() is called without arguments, but needs {listing(needed)}: give them defaults, "
        "or write a function around it that fills them in"
    )


def failed(path: Any, name: str, error: BaseException) -> CommandError:
    what = f"calling {name}()" if name else "importing it"
    return CommandError(
        f"{path} raised {type(error).__name__} while {what}; the lines above say where"
    )


def no_root_returned(name: str, result: Any) -> CommandError:
    hint = "; does it end with a return?" if result is None else ""
    return CommandError(
        f"{name}() must return the result to start from, a Value or a Tensor; it returned "
        f"{describe(result)}{hint}"
    )
