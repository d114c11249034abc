"""Imports point one way: ops, graph, the two nodes, and then everything that reads them."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

PACKAGE = Path(autograd.__file__).parent
ROOT = PACKAGE.parent
FOUNDATION = ("errors", "modes")  # know nothing of nodes; anybody may use them

# A layer may import the layers before it, and others of its own layer.
LAYERS = [
    ("rows",),
    ("ops",),
    ("watching", "showing"),
    ("graph",),
    ("protocol", "methods", "arraylike", "receiving", "value", "tensor"),
]
SHOWN = ("autograd.showing",)  # it asks a view for what a notebook shows,
SHOWS = "autograd.viz.rich"  # but only when a node is shown: see HEAVY
PROGRAMS = ("autograd.tour.", "autograd.__main__.")  # run the whole, so they may import nn
TOP = len(LAYERS)  # functional, checking, viz, compile, the command line: all the rest


def imported(path: Path, package: str) -> set[str]:
    """The modules of `package` that a file imports at its top level or anywhere inside."""
    found: set[str] = set()
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found.add(module)
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in found if name == package or name.startswith(package + ".")}


def layer_of(module: str) -> int:
    """Which layer a dotted module of autograd belongs to; -1 for the foundation."""
    name = module.split(".")[1] if "." in module else ""
    if name in FOUNDATION:
        return -1
    for number, layer in enumerate(LAYERS):
        if name in layer:
            return number
    return TOP


def is_module(dotted: str) -> bool:
    path = ROOT.joinpath(*dotted.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(PACKAGE), ids=label)
def test_imports_point_one_way(path: Path) -> None:
    """ops <- graph <- value, tensor <- functional, checking, viz, compile <- nothing."""
    if path == PACKAGE / "__init__.py":
        return  # collects the public names of all layers
    own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    mine = layer_of(own)
    for name in imported(path, "autograd"):
        if name == "autograd" or (own in SHOWN and name.startswith(SHOWS)):
            continue  # `from autograd import x` is listed as autograd.x as well
        if is_module(name):
            assert layer_of(name) <= mine, f"{own} must not import {name}"
        elif name.count(".") == 1:
            assert mine == TOP, f"{own} must not import {name} from the package that imports it"
    assert not imported(path, "nn") or f"{own}.".startswith(PROGRAMS), f"{own} imports nn"


NN = sources(ROOT / "nn")


@pytest.mark.parametrize("path", NN, ids=label)
def test_nn_uses_the_public_names_only(path: Path) -> None:
    public = {*getattr(autograd, "__all__", []), "errors"}  # errors are there to be caught
    if not public:
        pytest.skip("autograd has no __all__ yet")
    for name in imported(path, "autograd"):
        parts = name.split(".")[1:]
        assert not any(part.startswith("_") for part in parts), f"{label(path)}: {name} is private"
        if parts:
            assert parts[0] in public, f"{label(path)} imports {name}, which is not public"
        if len(parts) > 1 and is_module(".".join(["autograd", *parts[:2]])):
            raise AssertionError(f"{label(path)} reaches into autograd.{parts[0]}: {name}")


@pytest.mark.parametrize("path", NN, ids=label)
def test_nn_does_not_reach_through_the_package(path: Path) -> None:
    """`autograd.tensor.x`, written out, is the same as importing it; `autograd.ops` likewise."""
    hidden = {"graph", "value", "tensor", "watching", "protocol", "methods"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        through = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "autograd"
        if through:
            assert node.attr not in hidden, f"{label(path)} uses autograd.{node.attr}"
            assert not node.attr.startswith("_"), f"{label(path)} uses autograd.{node.attr}"


def test_there_is_something_to_read() -> None:
    assert len(sources(PACKAGE)) > 10
    assert imported(PACKAGE / "graph.py", "autograd") >= {"autograd.errors", "autograd.ops.op"}


HEAVY = ["autograd.viz", "matplotlib", "graphviz", "tqdm", "safetensors", "torch", "pytest", "nn"]


def test_import_autograd_loads_no_tools() -> None:
    code = f"import sys, autograd; print([m for m in {HEAVY} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


def test_every_module_imports_alone() -> None:
    """No module depends on another having been imported first."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources(PACKAGE)
        if path.stem != "__main__"
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {names}:\n"
        "    for loaded in [m for m in sys.modules if m.split('.')[0] == 'autograd']:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr[-2000:]


def test_files_of_the_other_autograd_in_the_same_folder_are_noticed(tmp_path: Path) -> None:
    """HIPS autograd installs a package of the same name; its files would mix with ours."""
    shutil.copytree(PACKAGE, tmp_path / "autograd")
    (tmp_path / "autograd" / "tracer.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", "import autograd"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ImportError: glassgrad and the PyPI package 'autograd'" in done.stderr
