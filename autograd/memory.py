"""Memory that is kept between operations instead of being given back to the system.

glibc returns large blocks to the system as soon as they are freed, and the system fills every
page of a new one with zeros when it is first touched. A training step makes and drops the same
arrays again and again, and can spend a third of its time on that. It is the allocator of the
whole process that is at work there, so nothing is changed unless somebody asks for it.
"""

from __future__ import annotations

import ctypes
import os

from autograd import errors

# From malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
GIB, MIB = 1 << 30, 1 << 20


def keep_memory() -> None:
    """Tell the allocator of this process to keep freed memory, for the arrays to come.

    Makes training faster where arrays of 128 KiB and more come and go: a step of a small
    convolutional network takes four fifths of its time. The price: up to 1 GiB that this process
    no longer needs stays with it, whichever library freed it. This lasts until the process ends,
    and calling it again changes nothing. Results are the same to the last bit.

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
    # Versions before 2.35 take at most 32 MiB as the size from which a block is mapped by itself.
    accepted = any(mallopt(M_MMAP_THRESHOLD, size) for size in (GIB, 32 * MIB))
    if not (accepted and mallopt(M_TRIM_THRESHOLD, GIB) and mallopt(M_TOP_PAD, 64 * MIB)):
        raise errors.mallopt_refused()
