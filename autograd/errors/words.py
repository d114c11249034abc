"""How things are called in messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def describe(x: Any) -> str:
    """What `x` is, in a few words: kind, shape and dtype.

    >>> import numpy as np
    >>> describe(np.zeros((3, 4), np.float32))
    'float32 array of shape (3, 4)'
    >>> describe(2.0), describe(None)
    ('the number 2.0', 'None')
    """
    if isinstance(x, np.ndarray):
        return f"{x.dtype} array of shape {x.shape}"
    if hasattr(x, "op") and hasattr(x, "data"):
        inner = getattr(x, "_data", None)
        inner = x.data if inner is None else inner  # a Tensor's `data` would hand its array out
        kind = type(x).__name__
        return f"{kind} {inner!r}" if isinstance(inner, float) else f"{kind} of {describe(inner)}"
    if x is None:
        return "None"
    number = isinstance(x, (bool, int, float, np.generic))
    text = str(x) if number else " ".join(repr(x).split())
    kind = "number" if number else type(x).__name__
    return f"the {kind} {text if len(text) <= 60 else text[:57] + '...'}"


def listing(items: Iterable[Any]) -> str:
    """The items, comma-separated, the last after 'and'."""
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
