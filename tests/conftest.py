"""What every test gets: seeded random numbers, and a look at whether it tidied up."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest

from autograd import modes, watching


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(20240229)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """The cyclic garbage collector is off: only reference counts free anything."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.fixture(autouse=True)
def _nothing_left_in_force() -> Iterator[None]:
    """A test that leaves a mode switched on would change the tests after it."""
    yield
    assert modes.recording.on
    assert not watching.watching
    assert gc.isenabled()
