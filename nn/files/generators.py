"""The state of numpy's random generators, as plain numbers: checked before it is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn import errors

# Places in a generator's own buffer: numpy believes them, and would read behind its end.
LARGEST = {"pos": 624, "buffer_pos": 4}


def restore_generator(generator: np.random.Generator, state: Any) -> None:
    """Let a generator go on where another of its kind was.

    Raises:
        StateError: if it is of another kind, or no such state. Then nothing was changed.

    >>> a, b = np.random.default_rng(0), np.random.default_rng(1)
    >>> restore_generator(b, a.bit_generator.state)
    >>> bool(a.random() == b.random())
    True
    """
    before = generator.bit_generator.state
    if not _alike(before, state):
        kind = before["bit_generator"]
        raise errors.bad_part("a generator", f"the state of a {kind}", state)
    try:
        generator.bit_generator.state = state
    except (ValueError, TypeError, OverflowError, KeyError) as problem:
        generator.bit_generator.state = before
        raise errors.part_refused("a generator", problem) from None


def _alike(mine: Any, theirs: Any, largest: int | None = None) -> bool:
    """Whether two states have the same names, and integers and arrays in the same places."""
    if isinstance(mine, Mapping):
        return (
            isinstance(theirs, Mapping)
            and mine.keys() == theirs.keys()
            and all(_alike(mine[key], theirs[key], LARGEST.get(key)) for key in mine)
        )
    if isinstance(mine, np.ndarray):
        return (
            isinstance(theirs, np.ndarray)
            and theirs.shape == mine.shape
            and theirs.dtype == mine.dtype
        )
    if isinstance(mine, str):
        return bool(mine == theirs)
    whole = isinstance(theirs, int) and not isinstance(theirs, bool) and theirs >= 0
    return whole and (largest is None or theirs <= largest)
