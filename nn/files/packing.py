"""Trees of plain things (dicts, lists, tuples, numbers, text, arrays) as JSON and arrays by name.

What JSON cannot say is a dict with one key: {"$array": name}, {"$tuple": [...]}, {"$dict":
[[key, value], ...]}. A dict whose own keys begin so is written as a "$dict" too. Every number comes
back as it was, and reading makes nothing but plain things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd import Tensor
from nn import errors

Array = np.ndarray[Any, Any]

LONG = 16  # from this length on, a list of numbers is kept as an array
DEEP = 50  # nesting nobody needs


class Packed:
    """Takes the arrays out of a tree."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

    def pack(self, thing: Any, path: str, depth: int) -> Any:
        """`thing` for JSON. Numbers come back exactly: JSON keeps every digit of a float."""
        if depth > DEEP:
            raise errors.cannot_save(path, thing)
        if isinstance(thing, Tensor):
            thing = thing.numpy()
        if thing is None or type(thing) in (bool, int, float, str):
            return thing
        if isinstance(thing, np.generic):
            return {"$scalar": self._put(np.asarray(thing), path)}
        if isinstance(thing, np.ndarray):
            return {"$array": self._put(thing, path)}
        if isinstance(thing, Mapping):
            named = all(type(key) is str and key[:1] != "$" for key in thing)
            inner = {k: self.pack(v, f"{path}.{k}", depth + 1) for k, v in thing.items()}
            if named:
                return inner
            return {"$dict": [[self.pack(k, path, depth + 1), v] for k, v in inner.items()]}
        if type(thing) in (list, tuple):
            key = "$tuple" if type(thing) is tuple else "$list"
            if key == "$list" and len(thing) >= LONG and all(type(x) is float for x in thing):
                return {"$floats": self._put(np.array(thing), path)}
            items = [self.pack(x, f"{path}.{i}", depth + 1) for i, x in enumerate(thing)]
            return items if key == "$list" else {key: items}
        raise errors.cannot_save(path.removeprefix("."), thing)

    def _put(self, array: Array, path: str) -> str:
        # Weights of the model get the names that `save` gives them, behind "model.".
        name = path.removeprefix(".").replace("model.state.", "model.", 1)
        while name in self.arrays:  # "a.b" and "a" with a "b" in it
            name += "'"
        self.arrays[name] = array
        return name


def unpacked(tree: Any, arrays: Mapping[str, Array], depth: int) -> Any:
    """The tree again. Raises ValueError, TypeError or LookupError for what makes no sense."""
    if depth > 2 * DEEP + 10:
        raise ValueError("nested too deeply")
    if isinstance(tree, list):
        return [unpacked(x, arrays, depth + 1) for x in tree]
    if not isinstance(tree, dict):
        return tree
    key = next(iter(tree), "")
    if key[:1] != "$":
        return {k: unpacked(v, arrays, depth + 1) for k, v in tree.items()}
    (content,) = tree.values()
    if key in ("$tuple", "$dict"):
        items = unpacked(content, arrays, depth + 1)
        return tuple(items) if key == "$tuple" else dict(items)
    return READERS[key](arrays[content])


READERS: dict[str, Callable[[Array], Any]] = {
    "$array": lambda array: array,
    "$scalar": lambda array: array[()],
    "$floats": lambda array: array.tolist(),
}
