"""Reading the options of layers: sizes are whole numbers, one for all axes or one for each."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from nn import errors


def positive(owner: str, option: str, given: Any, least: int = 1) -> int:
    """`given` as a whole number, at least `least`."""
    try:
        if isinstance(given, (bool, np.bool_)):
            raise TypeError
        size = operator.index(given)
    except TypeError:
        size = least - 1
    if size < least:
        raise errors.bad_option(owner, option, f"a whole number of at least {least}", given)
    return size


def sizes(owner: str, option: str, given: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """`given` as one whole number per axis."""
    many = tuple(given) if isinstance(given, (tuple, list)) else (given,) * axes
    if len(many) != axes:
        raise errors.bad_option(owner, option, f"one number, or {axes}", given)
    return tuple(positive(owner, option, size, least) for size in many)


def shown(size: tuple[int, ...]) -> str:
    """Sizes as briefly as they can be written."""
    return str(size[0] if len(set(size)) == 1 else size)
