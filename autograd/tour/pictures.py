"""The pictures of the tour's page: maps of an image network and the curve of its loss, as SVG."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import Any

import numpy as np

from autograd.viz.numbers import number, pretty, signed
from autograd.viz.picture.pixels import shades

CELL = 10  # the side of a cell of a map
SIGNS = {1: "M{x:g} 5h4m-2-2v4", -1: "M{x:g} 5h4"}


def map_picture(
    x: Any,
    label: str,
    *,
    signs: bool = False,
    winners: Collection[tuple[int, int]] = (),
    window: tuple[int, int, int] | None = None,
    kind: str = "value",
    most: float | None = None,
) -> str:
    """A matrix as tinted cells.

    Args:
        x: the numbers. label: what it is, for those who do not see it.
        signs: these are gradients: colour, and a plus or a minus in the cell.
        winners: cells with a dot. window: the row, the column and the side of a frame.
        kind: the class of the tint of values.
        most: the number with the strongest tint, where several maps share a scale.
    """
    rows, columns = x.shape
    width, height = columns * CELL, rows * CELL
    parts = [
        f'<svg class="map" viewBox="-1 -1 {width + 2} {height + 2}" role="img" '
        f'aria-label="{escape(label)}"><title>{escape(label)}</title>'
        f'<rect class="ground" width="{width}" height="{height}"/>'
    ]
    tints = shades(x, signs=signs) if most is None else x / most if most else x
    for (i, j), tint in np.ndenumerate(tints):
        if round(abs(tint), 2) > 0:
            parts.append(_cell(i, j, float(tint), float(x[i, j]), signs, kind))
    parts += [
        f'<circle class="winner" cx="{j * CELL + 5}" cy="{i * CELL + 5}" r="2"/>'
        for i, j in sorted(winners)
    ]
    if window:
        i, j, side = window
        parts.append(
            f'<rect class="window" x="{j * CELL}" y="{i * CELL}" width="{side * CELL}" '
            f'height="{side * CELL}"/>'
        )
    return "".join([*parts, "</svg>"])


def _cell(i: int, j: int, tint: float, value: float, signs: bool, kind: str) -> str:
    place = f'x="{j * CELL}" y="{i * CELL}" width="{CELL}" height="{CELL}"'
    if not signs:
        return f'<rect class="{kind}" {place} fill-opacity="{tint:.2f}"/>'
    sign = 1 if value > 0 else -1
    path = SIGNS[sign].format(x=3)
    return (
        f'<g><title>{pretty(signed(value))}</title><rect class="{"plus" if sign > 0 else "minus"}" '
        f'{place} fill-opacity="{0.85 * abs(tint):.2f}"/>'
        f'<path class="sign" transform="translate({j * CELL} {i * CELL})" d="{path}"/></g>'
    )


def loss_curve(losses: Sequence[float]) -> str:
    """The mean loss of each pass, from left to right, from 0 up."""
    width, height, left, top = 320.0, 120.0, 44.0, 10.0
    most = max(losses)
    across = width / max(1, len(losses) - 1)
    points = " ".join(
        f"{left + i * across:.1f},{top + height * (1 - loss / most):.1f}"
        for i, loss in enumerate(losses)
    )
    said = (
        f"Mean loss of each pass: {number(losses[0], 3)} in the first, "
        f"{number(losses[-1], 3)} in the last."
    )
    foot = top + height
    return (
        f'<svg class="curve" viewBox="0 0 {left + width + 12:g} {foot + 26:g}" width="376" '
        f'role="img" aria-label="{said}"><title>{said}</title>'
        f'<path class="axis" fill="none" d="M{left:g} {top:g}v{height:g}h{width:g}"/>'
        f'<polyline class="line" points="{points}"/>'
        f'<text x="{left - 6:g}" y="{top + 8:g}" text-anchor="end">{number(most, 2)}</text>'
        f'<text x="{left - 6:g}" y="{foot:g}" text-anchor="end">0</text>'
        f'<text x="{left:g}" y="{foot + 18:g}">pass 1</text>'
        f'<text x="{left + width:g}" y="{foot + 18:g}" text-anchor="end">pass {len(losses)}</text>'
        "</svg>"
    )
