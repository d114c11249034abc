"""Kept memory: pages are not fetched anew; more of them when asked for, where that is possible."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from autograd import errors, keep_memory

# Two arrays at a time, again and again: how many pages are fetched for them?
COUNT = """
import resource
import numpy as np
{call}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
a = np.ones({bytes} // 4, np.float32)
for step in range(30):
    if step == 10:
        before = faults()
    b = a * a
    c = a + b
    del b, c
print(faults() - before)
"""


def glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):
        return False


def faults(call: str, size: int) -> int:
    code = COUNT.format(call=call, bytes=size)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC")}
    clean["NUMPY_MADVISE_HUGEPAGE"] = "0"  # pages of one size, to be counted
    child = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True
    )
    return int(child.stdout)


@pytest.mark.skipif(not glibc(), reason="the allocator is another one")
def test_pages_stay_where_autograd_was_imported() -> None:
    for size in (1 << 20, 20 << 20):
        assert faults("", size) > 2_000  # what numpy alone does
        assert faults("import autograd", size) < 100


@pytest.mark.skipif(not glibc(), reason="the allocator is another one")
def test_many_pages_stay_when_asked_for() -> None:
    size = 100 << 20
    assert faults("import autograd", size) > 2_000
    assert faults("import autograd\nautograd.keep_memory()\nautograd.keep_memory()", size) < 100


@pytest.mark.parametrize("answer", [ValueError, OSError, AttributeError, "musl 1.2", None])
def test_elsewhere_it_is_refused_with_a_sentence(answer: Any, monkeypatch: Any) -> None:
    def confstr(name: str) -> Any:
        if isinstance(answer, type):
            raise answer
        return answer

    monkeypatch.setattr(os, "confstr", confstr, raising=False)
    with pytest.raises(errors.PlatformError, match="leave the call out"):
        keep_memory()


@pytest.mark.parametrize("refused", [-1, -2, -3])
def test_a_setting_that_is_not_accepted_is_reported(refused: int, monkeypatch: Any) -> None:
    class Library:
        def mallopt(self, parameter: int, value: int) -> int:
            return int(parameter != refused)

    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.36", raising=False)
    monkeypatch.setattr("ctypes.CDLL", lambda name: Library())
    with pytest.raises(errors.PlatformError, match="did not accept"):
        keep_memory()


def test_older_versions_take_a_smaller_threshold(monkeypatch: Any) -> None:
    taken = []

    class Library:
        def mallopt(self, parameter: int, value: int) -> int:
            taken.append((parameter, value))
            return int(parameter != -3 or value <= 32 << 20)

    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.17", raising=False)
    monkeypatch.setattr("ctypes.CDLL", lambda name: Library())
    keep_memory()
    assert taken[:2] == [(-3, 1 << 30), (-3, 32 << 20)]
