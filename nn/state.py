"""The state of a model: arrays by name, and the check that they fit before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor
from nn import errors
from nn.parameter import Parameter

Array = np.ndarray[Any, Any]
KINDS = {"f": "floating-point numbers", "i": "integers", "u": "integers", "b": "booleans"}


class LoadResult(NamedTuple):
    """What `load_state_dict(strict=False)` had to ignore."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Buffer(NamedTuple):
    """Where a buffer lives: an attribute of a module. Read and written as a Parameter is."""

    owner: Any
    attribute: str

    def numpy(self) -> Array:
        """A copy."""
        return np.array(getattr(self.owner, self.attribute))

    @property
    def shape(self) -> tuple[int, ...]:
        """The size along each axis."""
        return np.shape(getattr(self.owner, self.attribute))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of its numbers."""
        return np.asarray(getattr(self.owner, self.attribute)).dtype

    def overwrite(self) -> Array:
        """An array to be filled, in place of the old one: whoever holds that keeps it."""
        array = self.numpy()
        setattr(self.owner, self.attribute, array)
        return array


def checked(
    state: Any, places: Mapping[str, Parameter | Buffer], strict: bool
) -> tuple[dict[str, Array], LoadResult]:
    """The arrays of `state` that have a place, all fitting, and the names that do not match.

    Precision may differ, the kind of number may not: integers in the place of weights are
    quantised weights or somebody else's, and a counter is no fraction.

    Raises:
        StateError: that lists everything that is wrong.
    """
    if not isinstance(state, Mapping):
        raise errors.not_state(state)
    result = LoadResult(
        [name for name in places if name not in state],
        [str(name) for name in state if name not in places],
    )
    arrays: dict[str, Array] = {}
    problems = []
    if strict and result.missing_keys:
        problems.append("missing: " + ", ".join(result.missing_keys))
    if strict and result.unexpected_keys:
        problems.append("unexpected: " + ", ".join(result.unexpected_keys))
    for name, place in places.items():
        if name not in state:
            continue
        arrays[name] = array = _plain(state[name])
        if array.dtype.kind not in "fiub":
            problems.append(f"{name} is not an array of real numbers")
        elif array.shape != place.shape:
            problems.append(f"{name} has shape {array.shape}, expected {place.shape}")
        elif not _fits(state[name], array, place.dtype):
            wanted = KINDS.get(place.dtype.kind, str(place.dtype))
            problems.append(f"{name} has dtype {array.dtype}, expected {wanted} ({place.dtype})")
    if problems:
        raise errors.state_mismatch(problems)
    return arrays, result


def _fits(given: Any, array: Array, dtype: np.dtype[Any]) -> bool:
    """Whether the numbers can be kept as they are, but for the precision of fractions."""
    if dtype.kind == "f":
        typed = isinstance(given, (np.ndarray, np.generic, Tensor))
        return array.dtype.kind == "f" or not typed  # Python's whole numbers are numbers
    if (array.dtype.kind == "b") != (dtype.kind == "b") or array.dtype.kind == "f":
        return False
    return bool((array.astype(dtype) == array).all())


def _plain(x: Any) -> Array:
    """What a state holds under one name, as an array; not a numeric one if it makes no sense."""
    if isinstance(x, Tensor):
        return x.numpy()
    try:
        return np.asarray(x)
    except ValueError:  # ragged lists
        return np.asarray(None)
