"""What is written is true: examples run, every public name is documented, formulas have sources."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import autograd
import autograd.ops
import nn
from autograd.ops.op import Op

ROOT = Path(__file__).parent.parent


def operations():
    """Every operation, with the module it is declared in."""
    for info in pkgutil.iter_modules(autograd.ops.__path__):
        module = importlib.import_module(f"autograd.ops.{info.name}")
        for name, op in vars(module).items():
            if isinstance(op, Op) and op.__doc__ and ">>>" in op.__doc__:
                yield pytest.param(module, op, id=f"{info.name}.{name}")


@pytest.mark.parametrize(("module", "op"), list(operations()))
def test_examples_of_operations(module, op):
    globs = {**vars(autograd), **vars(module)}
    test = doctest.DocTestParser().get_doctest(op.__doc__, globs, op.name, None, 0)
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", autograd.__all__)
def test_public_names_of_autograd_are_documented_with_an_example(name):
    thing = getattr(autograd, name)
    doc = thing.__doc__ or ""
    assert len(doc.split()) >= 5, f"{name} has no docstring"
    if not (isinstance(thing, type) and issubclass(thing, Exception)):
        assert ">>>" in doc, f"{name} has no runnable example"


@pytest.mark.parametrize("name", nn.__all__)
def test_public_names_of_nn_are_documented(name):
    assert len((getattr(nn, name).__doc__ or "").split()) >= 5


def test_every_public_operation_is_exported():
    assert set(autograd.ops.__all__) <= set(autograd.__all__)


def test_all_names_exist_once():
    for package in (autograd, nn, nn.functional, nn.layers, nn.losses, nn.optim):
        assert len(set(package.__all__)) == len(package.__all__)
        assert all(hasattr(package, name) for name in package.__all__)


def test_the_readme_commands_need_nothing_but_python():
    """The two commands of the first screen: a fresh environment each, nothing activated."""
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").split("## The question")[0]
    commands = re.findall(r"```sh\n(.*?)\n```", first_screen, re.S)
    assert len(commands) == 2
    for command in commands:
        assert command.startswith("python3 -m venv .venv && .venv/bin/python -m pip install")
    assert commands[0].endswith(".venv/bin/glassgrad tour")
    assert commands[1].endswith(".venv/bin/python -m pytest")
    assert "PyPI package called `autograd`" in first_screen


def test_operations_named_in_the_contributing_guide_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:autograd|nn|tests|benchmarks|notebooks)/[\w/.]*)`", text):
        assert (ROOT / path).exists(), path
