"""Memory that is kept between operations instead of being given back to the system.

glibc returns large blocks to the system as soon as they are freed, and the system fills every
page of a new one with zeros when it is first touched. A training step makes and drops the same
arrays again and again, and can spend a third of its time on that. But glibc learns: a block of up
to 32 MiB that was freed once is kept the next time, and with it twice as much free memory. So the
import frees one such block, which nobody had touched. It is the allocator of the whole process
that learns from it; to keep more than those 64 MiB is done only when somebody asks for it.
"""

from __future__ import annotations

import ctypes
import os

import numpy as np

from autograd import errors

# From malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
GIB, MIB = 1 << 30, 1 << 20
LARGEST = 32 * MIB  # block that glibc learns from, and that versions before 2.35 let one set

np.empty(LARGEST - MIB, np.uint8)  # freed on this line: the lesson


def keep_memory() -> None:
    """Tell the allocator of this process to keep up to 1 GiB of freed memory, instead of 64 MiB.

    Makes training faster where a step makes and drops more than that, or arrays above 32 MiB. The
    price: memory that this process no longer needs stays with it, whichever library freed it.
    This lasts until the process ends, and calling it again changes nothing. Results are the same
    to the last bit.

    Raises:
        PlatformError: where the C library is not glibc (macOS, Windows, Alpine Linux), or refuses.

    >>> from autograd import keep_memory
    >>> keep_memory()  # doctest: +SKIP

    The three parameters are described in the manual page mallopt(3).
    """
    try:
        known = (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # no such function, or no such name
        known = False
    if not known:
        raise errors.no_glibc()
    mallopt = ctypes.CDLL(None).mallopt
    accepted = any(mallopt(M_MMAP_THRESHOLD, size) for size in (GIB, LARGEST))
    if not (accepted and mallopt(M_TRIM_THRESHOLD, GIB) and mallopt(M_TOP_PAD, 64 * MIB)):
        raise errors.mallopt_refused()
