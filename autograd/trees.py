"""Arguments with structure: lists, tuples and dictionaries of numbers, arrays and nodes.

The functions of `autograd.functional` take such trees wherever they take one input. A tree is
taken apart into its leaves, the leaves are worked on, and a tree of the same make is built again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Build = Callable[[Sequence[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Build]:
    """The leaves of a tree, from left to right, and a function that puts leaves in their places.

    >>> leaves, build = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> build([10.0, 20.0, 30.0])
    {'w': [10.0, 20.0], 'b': 30.0}
    """
    leaves = [leaf for _, leaf in walk(tree)]

    def build(replacements: Sequence[Any]) -> Any:
        return _build(tree, iter(replacements))

    return leaves, build


def walk(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf of a tree with the way to it, as it would be written in Python.

    >>> list(walk({"w": (1.0, 2.0)}, "params"))
    [("params['w'][0]", 1.0), ("params['w'][1]", 2.0)]
    """
    if isinstance(tree, (list, tuple)):
        for i, branch in enumerate(tree):
            yield from walk(branch, f"{path}[{i}]")
    elif isinstance(tree, dict):
        for key, branch in tree.items():
            yield from walk(branch, f"{path}[{key!r}]")
    else:
        yield path, tree


def _build(tree: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(tree, (list, tuple)):
        branches = [_build(branch, leaves) for branch in tree]
        if hasattr(tree, "_fields"):  # a named tuple takes its fields one by one
            return type(tree)(*branches)
        return type(tree)(branches)
    if isinstance(tree, dict):
        return {key: _build(branch, leaves) for key, branch in tree.items()}
    return next(leaves)
