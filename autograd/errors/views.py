"""Traces, pictures and explanations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd.errors.kinds import (
    DTypeError,
    GradientError,
    IndexingError,
    MissingExtraError,
    OptionError,
    OutputError,
)
from autograd.errors.nodes import node_expected
from autograd.errors.words import describe, listing


def no_root(node: Any) -> GradientError:
    return GradientError(
        f"no backward pass that is still known reached {describe(node)}: call backward() on the "
        "result, without free=True, and keep it in a variable; or say where to start, as in "
        "why(x, root=loss)"
    )


def no_such_name(name: str, names: Iterable[str]) -> OptionError:
    return OptionError(f"nothing in this trace is called {name!r}; there are {listing(names)}")


def nothing_to_see(what: str, got: Any) -> DTypeError:
    """For what cannot be looked at, with what was probably meant."""
    if callable(got):
        advice = "call it, and look at what it returns: draw(model(x))"
    elif isinstance(got, (np.ndarray, float, int)):
        advice = "hand in the node itself, not its numbers: x instead of x.data"
    elif isinstance(got, Iterable):
        advice = "look at one of them at a time"
    else:
        advice = "hand in a result, or something that it was computed from"
    return node_expected(what, got, advice)


def no_such_module(name: str, names: Sequence[str]) -> OptionError:
    found = listing(names) if names else "none"
    return OptionError(f"no module of this graph is called {name!r}; there are {found}")


def not_nodes(option: str, got: Any) -> DTypeError:
    return DTypeError(
        f"{option} takes a Value or a Tensor, or several, as in {option}=[x, y] or "
        f"{option}=model.parameters(); got {describe(got)}"
    )


def no_whole_number(option: str, got: Any, least: int | None) -> OptionError:
    limit = "" if least is None else f" of at least {least}"
    return OptionError(f"{option} must be a whole number{limit}, got {describe(got)}")


def not_a_dictionary(option: str, got: Any) -> DTypeError:
    return DTypeError(
        f'{option} must be a dictionary, as in {{"first": x, "second": y}}; got {describe(got)}'
    )


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


def no_graphviz_pure() -> MissingExtraError:
    return MissingExtraError(
        "engine='pure' needs the program of the wheel graphviz-pure, which is not here: "
        "pip install graphviz-pure, or let engine='builtin' lay the picture out"
    )


def no_dot() -> MissingExtraError:
    return MissingExtraError(
        "engine='dot' needs graphviz on this system, and there is no program called dot: install "
        "the system's package graphviz, or leave engine out"
    )


def no_graphviz() -> MissingExtraError:
    return MissingExtraError(
        "a PNG is drawn by graphviz, which is not here: pip install graphviz-pure, or install the "
        "system's package graphviz; .svg and .html need neither"
    )


def no_png(program: str) -> OutputError:
    return OutputError(
        f"graphviz ({program}) could not draw this picture; save it as .svg or .html"
    )


def picture_suffix(path: Any, suffixes: Iterable[str]) -> OptionError:
    return OptionError(
        f"a picture is saved as one of {listing(suffixes)}, by the end of its name; got "
        f"{str(path)!r}"
    )


def page_suffix(path: Any) -> OptionError:
    return OptionError(
        f"a stepper is saved as a page, to a name that ends in .html, got {str(path)!r}; "
        "draw(...).save writes .svg and .png"
    )


def cannot_write(path: Any, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {path} ({error.strerror or error}); name a file in a folder that exists"
    )


def too_few_to_compare(count: int) -> OptionError:
    return OptionError(
        f"compare takes two results or more, each with its title, got {count}: "
        'compare({"max": a, "mean": b})'
    )


def one_cell_expected(shape: tuple[int, ...]) -> IndexingError:
    return IndexingError(
        f"expand shows one cell at a time, and this has the shape {shape}: say which cell, as in "
        f"expand(x, {tuple([0] * len(shape))})"
    )


def too_many_cells(count: int, limit: int, node: Any) -> OptionError:
    return OptionError(
        f"this cell is made of {count:,} cells or more (that many as far back as a "
        f"{describe(node)}), and the limit is {limit:,}. Name nodes to treat as inputs, as in "
        "expand(x, cell, stop=[hidden]), expand a cell further in, or pass a larger limit"
    )


def closed_step(op: str) -> GradientError:
    return GradientError(
        f"{op}: in an expanded graph this is one closed step, whose gradient cannot be "
        "differentiated again; do that on the Tensors"
    )


def not_a_guess(guess: Any) -> DTypeError:
    return DTypeError(
        f"a guess is a number, or an array of numbers as large as the gradient, got "
        f"{describe(guess)}; None shows the answer"
    )


def not_an_index(index: Any) -> IndexingError:
    return IndexingError(
        f"a cell is named by one whole number per axis, as in why(x, (0, 2)), got {describe(index)}"
    )


def not_in_graph(node: Any) -> OptionError:
    return OptionError(
        f"{describe(node)} is not in this graph, so there is nothing around it to draw; focus "
        "takes a node that the root was computed from, or its name"
    )
