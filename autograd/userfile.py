"""A function in a file of the user's, run for the graph that it returns.

`glassgrad step model.py:loss` imports `model.py`, calls `loss()` and shows the graph behind the
result. The variables of the function name the nodes, as they would where the function stands.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from autograd import errors
from autograd.graph import Node

NAME = "the_file"  # no module of this name can be in the way of one that somebody imports


def split(target: str) -> tuple[Path, str]:
    """The file and the function in "file.py:function".

    Raises:
        CommandError: if no function is named.

    >>> split("lessons/pool.py:loss")[1]
    'loss'
    """
    path, colon, name = target.rpartition(":")
    if not colon or not name.isidentifier():
        raise errors.no_function_named(target)
    return Path(path), name


def graph_of(path: Path, name: str) -> tuple[Node, dict[str, Any]]:
    """Call a function of a file; its result, and the variables that it had when it returned.

    A result that no variable held has the name of the function.

    Raises:
        CommandError: if there is no such file or function, if the function needs arguments or
            returns no node, and if the user's code raised something: its traceback is printed.
    """
    if not path.is_file():
        raise errors.no_file(path)
    variables: dict[str, Any] = {}
    with _beside(path):
        module = _imported(path)
        function = getattr(module, name, None)
        if not callable(function):
            raise errors.no_such_function(path, name, _functions(module))
        _takes_nothing(function, name)
        with _explained(path, name), _watched(function, variables):
            result = function()
    if not isinstance(result, Node):
        raise errors.no_root_returned(name, result)
    return result, {**vars(module), **variables, name: result}


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(NAME, path.resolve())
    if path.suffix != ".py" or spec is None or spec.loader is None:
        raise errors.no_python_file(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module  # as `import` does: dataclasses look there for their module
    with _explained(path, ""):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _beside(path: Path) -> Iterator[None]:
    """In here the file finds the modules that lie beside it, as a script does."""
    before = sys.path[:]
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield
    finally:
        sys.path[:] = before


def _functions(module: ModuleType) -> list[str]:
    return [
        name
        for name, thing in vars(module).items()
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and name[0] != "_"
    ]


def _takes_nothing(function: Callable[..., Any], name: str) -> None:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty and parameter.kind not in kinds
    ]
    if needed:
        raise errors.needs_arguments(name, needed)


@contextmanager
def _explained(path: Path, name: str) -> Iterator[None]:
    """What the user's code raises is shown with the user's own lines, then said in a sentence."""
    try:
        yield
    except (Exception, SystemExit) as error:
        file = str(path.resolve())
        lines = error.__traceback__
        while lines is not None and lines.tb_frame.f_code.co_filename != file:
            lines = lines.tb_next  # our own frames, and those of the import
        traceback.print_exception(type(error), error, lines)
        raise errors.failed(path, name, error) from None


@contextmanager
def _watched(function: Callable[..., Any], variables: dict[str, Any]) -> Iterator[None]:
    """Notes the variables of `function` when it returns."""
    code = getattr(inspect.unwrap(function), "__code__", None)

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            variables.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)
