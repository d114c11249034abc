"""Weights in files: safetensors, the format PyTorch's users share weights in. No pickle anywhere.

A file is a short text (names, dtypes, shapes) and plain numbers; reading it runs nothing. Names
and layouts are PyTorch's, so files go both ways. Files written here also carry a checksum over
names, shapes, numbers and notes: one flipped bit is noticed. Files of others have none, and are
taken as they are.

A file is written beside its place, brought to the disk and renamed: whoever looks finds the old
file or the new one, never half of one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from autograd import Tensor
from nn import errors
from nn.module import Module
from nn.state import LoadResult

Array = np.ndarray[Any, Any]

VERSION = "1"  # of the notes below, not of safetensors
OURS, CHECKSUM = "glassgrad", "sha256"
NOTE = "__metadata__"  # where safetensors keeps notes: no tensor can have this name

DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),  # the upper half of a float32
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype(bool),
}
WRITABLE = {dtype for name, dtype in DTYPES.items() if name != "BF16"}


class Contents(NamedTuple):
    """What a file holds: arrays by name, and notes."""

    arrays: dict[str, Array]
    metadata: dict[str, str]


def save(model: Module, path: Any, *, metadata: Mapping[str, str] | None = None) -> None:
    """Write the parameters and buffers of a model, under PyTorch's names.

    `safetensors.torch.load_file` reads it, and `load_state_dict` of the same layers in PyTorch
    takes it. A shared parameter is written under each of its names.

    Args:
        model: any Module.
        path: usually ends with .safetensors. An old file there is replaced in one go.
        metadata: notes to keep along, text by text.

    Raises:
        OutputError: if the place cannot be written to; an old file there stays.

    >>> import nn, tempfile
    >>> a, b = nn.Linear(3, 2), nn.Linear(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(a, folder + "/model.safetensors")
    ...     load(b, folder + "/model.safetensors")
    LoadResult(missing_keys=[], unexpected_keys=[])
    >>> bool((a.weight == b.weight).all())
    True
    """
    if not isinstance(model, Module):
        raise errors.bad_option("save", "model", "a Module", model)
    save_arrays(model.state_dict(), path, metadata=metadata)


def load(model: Module, path: Any, strict: bool = True) -> LoadResult:
    """Take over parameters and buffers from a safetensors file, written here or by PyTorch.

    Args:
        model: of the same layers and sizes.
        path: the file.
        strict: refuse missing and unexpected names too, not only wrong shapes and kinds.

    Returns:
        The missing and the unexpected names.

    Raises:
        FileError: for a file that is no safetensors file, damaged or not there.
        StateError: for one that does not fit; it lists everything that is wrong.

    In either case nothing was changed.
    """
    if not isinstance(model, Module):
        raise errors.bad_option("load", "model", "a Module", model)
    return model.load_state_dict(load_arrays(path).arrays, strict)


def save_arrays(
    arrays: Mapping[str, Any], path: Any, *, metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays by name, with notes and a checksum, whole or not at all.

    Raises:
        DTypeError: for something that is no array of real numbers, or a name that is no text.
        OutputError: if the place cannot be written to.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_arrays({"x": np.arange(3)}, folder + "/x.safetensors", metadata={"unit": "mm"})
    ...     arrays, notes = load_arrays(folder + "/x.safetensors")
    >>> arrays["x"], notes["unit"]
    (array([0, 1, 2]), 'mm')
    """
    tidy = {}
    for name, array in arrays.items():
        if not isinstance(name, str) or name == NOTE or not _is_text(name):
            raise errors.cannot_save("a name", name)
        tidy[name] = _little_endian(name, array)
    notes = {"format": "pt", OURS: VERSION}  # "pt": the layouts of the arrays are PyTorch's
    for key, text in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(text, str) or not _is_text(key + text):
            raise errors.cannot_save(f"the note {key!r}", text)
        if key in (*notes, CHECKSUM):
            raise errors.bad_option("save", "metadata", "without the name " + repr(key), key)
        notes[key] = text
    notes[CHECKSUM] = _checksum(tidy, notes)
    place = as_path("save", path)
    if not place.name:  # "" is a folder, and so is "/"
        raise errors.bad_option("save", "path", "the name of a file", path)
    write_whole(place, safetensors.numpy.save(tidy, metadata=notes))


def load_arrays(path: Any) -> Contents:
    """The arrays and notes of a safetensors file; bfloat16 comes as float32.

    Raises:
        FileError: for a file that is no safetensors file, damaged or not there.
    """
    place = as_path("load", path)
    try:
        raw = place.read_bytes()
    except (OSError, ValueError) as problem:
        raise errors.unreadable(path, _why(problem)) from None
    try:
        return _parsed(raw)
    except _Damaged as problem:
        raise errors.unreadable(path, str(problem)) from None


def as_path(owner: str, path: Any) -> Path:
    """Where a file is, or will be."""
    if not isinstance(path, (str, os.PathLike)):
        raise errors.bad_option(owner, "path", "the name of a file", path)
    return Path(path)


def write_whole(path: Path, raw: bytes) -> None:
    """Put bytes in a file so that at any moment there is the old file or the new one.

    Raises:
        OutputError: if that fails.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        _sync_folder(path.parent)
    except (OSError, ValueError) as problem:
        raise errors.unwritable(path, _why(problem)) from None
    finally:
        with contextlib.suppress(OSError, ValueError):
            beside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too. Systems where a folder cannot be opened do it alone."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- reading ----------------------------------------------------------------------------------


class _Damaged(Exception):
    """Why a file is refused."""


def _parsed(raw: bytes) -> Contents:
    if raw[:2] in (b"PK", b"\x80\x02", b"\x80\x04") and not _plausible(raw):
        raise _Damaged(
            "it looks like a pickle (torch.save), which could run code when read; write it with "
            "safetensors.torch.save_file(model.state_dict(), path) instead"
        )
    if not _plausible(raw):
        raise _Damaged("it is no safetensors file, or cut off in its header")
    length = int.from_bytes(raw[:8], "little")
    try:
        header = json.loads(raw[8 : 8 + length].decode(), object_pairs_hook=_once)
        parts = safetensors.deserialize(raw)  # type: ignore[no-untyped-call]
    except _Damaged:
        raise
    except (ValueError, RecursionError, safetensors.SafetensorError) as problem:
        raise _Damaged(f"its header is damaged ({str(problem)[:200]})") from None
    arrays = {name: _array(name, part) for name, part in parts}
    halves = {name for name, part in parts if part["dtype"] == "BF16"}
    notes = header.get(NOTE) or {}
    if OURS in notes or CHECKSUM in notes:
        if notes.get(OURS) != VERSION:
            raise _Damaged(
                f"its notes are of version {notes.get(OURS)!r}, this program reads {VERSION!r}"
            )
        found = _checksum(arrays, {k: v for k, v in notes.items() if k != CHECKSUM})
        if notes.get(CHECKSUM) != found:
            raise _Damaged("its checksum does not match: it was damaged after it was written")
    return Contents(
        {name: _own(array, name in halves) for name, array in arrays.items()},
        {k: v for k, v in notes.items() if k not in (OURS, CHECKSUM, "format")},
    )


def _plausible(raw: bytes) -> bool:
    """Whether the first eight bytes can be the length of a header that is there."""
    return 2 <= int.from_bytes(raw[:8], "little") <= len(raw) - 8 and raw[8:9] == b"{"


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of JSON; a name that comes twice could mean one thing here and another elsewhere."""
    found: dict[str, Any] = {}
    for name, thing in pairs:
        if name in found:
            raise _Damaged(f"the name {name!r} comes twice in its header")
        found[name] = thing
    return found


def _array(name: str, part: Mapping[str, Any]) -> Array:
    dtype = DTYPES.get(part["dtype"])
    if dtype is None:
        raise _Damaged(
            f"{name} has the dtype {part['dtype']}, which numpy does not have; convert it to F32"
        )
    try:
        array: Array = np.frombuffer(part["data"], dtype).reshape(part["shape"])
    except (ValueError, OverflowError) as problem:
        raise _Damaged(f"{name} of shape {part['shape']} is impossible ({problem})") from None
    if part["dtype"] == "BOOL" and (array.view(np.uint8) > 1).any():
        raise _Damaged(f"{name} holds booleans that are neither 0 nor 1")
    return array


def _own(array: Array, bfloat16: bool) -> Array:
    """An array of one's own, in the byte order of this machine; bfloat16 as float32."""
    if bfloat16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(array.dtype.newbyteorder("="))


def _checksum(arrays: Mapping[str, Array], notes: Mapping[str, str]) -> str:
    """Over names, dtypes, shapes, numbers and notes, however the file arranges them."""
    shapes = [[name, arrays[name].dtype.str, arrays[name].shape] for name in sorted(arrays)]
    total = hashlib.sha256(json.dumps([shapes, notes], sort_keys=True).encode())
    for name in sorted(arrays):
        total.update(arrays[name].tobytes())
    return total.hexdigest()


# --- writing ----------------------------------------------------------------------------------


def _little_endian(name: str, array: Any) -> Array:
    """`array` in one piece and little-endian, as the format wants it."""
    if isinstance(array, Tensor):
        array = array.numpy()
    if not isinstance(array, (np.ndarray, np.generic)):
        raise errors.cannot_save(name, array)
    dtype = array.dtype.newbyteorder("<")
    if dtype not in WRITABLE:
        raise errors.cannot_save(name, np.asarray(array))
    return np.asarray(array, dtype=dtype, order="C")


def _is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: halves of characters cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _why(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
