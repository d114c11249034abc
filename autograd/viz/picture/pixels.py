"""Arrays as small pictures: one pixel per cell, as a PNG that stands in the page itself.

The shade is in the transparency, so that the picture sits on a light and on a dark page. Numbers
above 0 have one colour and numbers below 0 another where the sign counts, as in gradients.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

from autograd.viz.picture.palette import LIGHT

Array = np.ndarray[Any, Any]
SIDE = 64  # rows or columns; of larger arrays a pixel shows the mean of a block
SHADES = 127


def shades(x: Array, *, signs: bool) -> Array:
    """How strongly each cell is tinted: 0 to 1 from the smallest to the largest number, or, where
    the signs count, -1 to 1 with 0 at 0. What is no finite number has no tint.

    >>> shades(np.array([1.0, 3.0, 2.0]), signs=False)
    array([0. , 1. , 0.5])
    >>> shades(np.array([-1.0, 4.0, 0.0]), signs=True)
    array([-0.25,  1.  ,  0.  ])
    """
    finite = np.isfinite(x)
    known = np.where(finite, x, 0.0).astype(float)
    largest = float(np.abs(known).max(initial=0.0))
    if signs:
        return known / largest if largest else known
    low = float(known[finite].min(initial=largest))
    spread = float(known[finite].max(initial=-largest)) - low
    return np.where(finite, (known - low) / spread, 0.0) if spread > 0.0 else np.zeros(x.shape)


def color(shade: float, *, signs: bool, strongest: float) -> str:
    """The tint of one cell in CSS, at most so strong that text on it stays readable."""
    red, green, blue = _channels(_hue(shade, signs))
    return f"rgba({red},{green},{blue},{abs(shade) * strongest:.2f})"


def coarse(x: Array) -> tuple[Array, tuple[int, int]]:
    """A matrix with at most `SIDE` rows and columns, and of how many cells each is the mean.

    >>> coarse(np.ones((130, 2)))[0].shape, coarse(np.ones((130, 2)))[1]
    ((44, 2), (3, 1))
    """
    block = (-(-x.shape[0] // SIDE), -(-x.shape[1] // SIDE))
    if block == (1, 1):
        return x, block
    rows, columns = (np.arange(0, n, b) for n, b in zip(x.shape, block, strict=True))
    sums = np.add.reduceat(np.add.reduceat(x.astype(float), rows, 0), columns, 1)
    counts = np.outer(*(np.minimum(b, n - at) for n, b, at in _blocks(x.shape, block)))
    return sums / counts, block


def _blocks(shape: tuple[int, ...], block: tuple[int, int]) -> list[tuple[int, int, Array]]:
    return [(n, b, np.arange(0, n, b)) for n, b in zip(shape, block, strict=True)]


def png(shade: Array, *, signs: bool) -> str:
    """A data URI with one pixel for each of a matrix of shades.

    >>> png(np.zeros((2, 2)), signs=False)[:22]
    'data:image/png;base64,'
    """
    levels = np.round(shade * SHADES).astype(int) + SHADES  # 0 to 254: places in the palette
    steps = range(-SHADES, SHADES + 1)
    colors = b"".join(bytes(_channels(_hue(step, signs))) for step in steps)
    alphas = bytes(round(255 * abs(step) / SHADES) for step in steps)
    rows = b"".join(b"\0" + row.tobytes() for row in levels.astype(np.uint8))
    header = struct.pack(">IIBBBBB", shade.shape[1], shade.shape[0], 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", colors),
        (b"tRNS", alphas),
        (b"IDAT", zlib.compress(rows, 0)),  # not squeezed: the same bytes with every zlib
        (b"IEND", b""),
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _hue(shade: float, signs: bool) -> str:
    if not signs:
        return LIGHT.high
    return LIGHT.plus if shade >= 0 else LIGHT.minus


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
