"""How nodes show themselves in a notebook: value and gradient side by side.

Plain tables with no script and no style sheet: hosts that take styles away still show every
number. Text has the host's own colour and tints are half transparent, so that the same bytes are
right on a light and on a dark page. Arrays of a few cells are told cell by cell, larger ones by
their extremes and as pictures.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from autograd.graph import Node
from autograd.value import Value
from autograd.viz import words
from autograd.viz.numbers import number, pretty, shape_text, signed
from autograd.viz.picture import pixels
from autograd.viz.plain import one_line, shortened

Array = np.ndarray[Any, Any]
ROWS, COLUMNS = 8, 10  # of a matrix whose numbers are written out
MOST_CELLS = 4 * ROWS * 8  # numbers written out for one array
MOST_SLICES = 12  # pictures of one array
NAME = 60  # of a name, in columns of text
DIGITS = 4  # of a number in a grid
TINT = 0.45  # of a cell with a number in it

CARD = "font-size:13px;line-height:1.5;margin:4px 0;overflow-x:auto"
SIDES = "display:flex;flex-wrap:wrap;gap:4px 28px;align-items:flex-start"
TABLE = "border-collapse:collapse;border:none;margin:2px 0;font:inherit"
CAPTION = "text-align:left;padding:2px 0;caption-side:top;color:inherit;white-space:nowrap"
HEAD = "padding:1px 6px;text-align:right;font-weight:normal;border:none;background:none;opacity:.75"
CELL = "padding:2px 8px;text-align:right;border:1px solid rgba(128,128,128,.3);white-space:nowrap"
MONO = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px"


def html(node: Node) -> str:
    """A node as a notebook shows it.

    >>> from autograd import Value
    >>> x = Value(3.0, name="<x>")
    >>> (x * x).backward()
    >>> "&lt;x&gt;" in html(x), "+6" in html(x), "script" in html(x)
    (True, True, False)
    """
    body = _scalar(node) if isinstance(node, Value) else _array(node)
    return f'<div style="{CARD}">{_heading(node)}{body}</div>'


def _heading(node: Node) -> str:
    data = _data(node)
    kind = type(node).__name__
    what = kind if isinstance(data, float) else f"{kind}, {shape_text(data.shape)}, {data.dtype}"
    made = f", {words.made_by(node.op.name)}" if node.op else ""
    called = ""
    if node.name:
        shown = shortened(node.name, NAME)
        whole = f' title="{escape(one_line(node.name))}"' if shown != node.name else ""
        called = f"<strong{whole}>{escape(shown)}</strong>: "
    return f'<div style="margin:0">{called}{escape(what + made)}</div>'


def _data(node: Any) -> Any:
    """The numbers, without a Tensor handing out its array."""
    return node.data if isinstance(node, Value) else node._data


# --- one number -----------------------------------------------------------------------------------


def _scalar(value: Value) -> str:
    grad = pretty(signed(value.grad))
    head = "".join(f'<th scope="col" style="{HEAD}">{w}</th>' for w in ("value", "gradient"))
    tint = pixels.color(np.sign(value.grad), signs=True, strongest=TINT / 2)
    cells = _cell(pretty(number(value.data))) + _cell(grad, tint)
    note = "" if value.grad != 0.0 else _note(words.ZERO_OR_NOT_YET)
    return f'<table style="{TABLE}">{_line(head)}{_line(cells)}</table>{note}'


def _line(cells: str) -> str:
    return f'<tr style="background:none">{cells}</tr>'  # hosts give every other row a ground


def _cell(text: str, tint: str = "transparent") -> str:
    return f'<td style="{CELL};{MONO};background:{tint}">{text}</td>'


def _note(text: str) -> str:
    return f'<div style="opacity:.8">{escape(text)}</div>'


# --- arrays ---------------------------------------------------------------------------------------


def _array(tensor: Any) -> str:
    data, grad = _data(tensor), tensor.grad
    if grad is None:
        missing = words.NO_GRADIENT_YET if tensor.requires_grad else words.NO_GRADIENT_ASKED
        return _sides(data, None) + _note(missing)
    if not isinstance(grad, np.ndarray):  # as rows: its array may be too large to be made
        return _sides(data, None) + _note(words.gradient_in_rows(len(grad.coalesce().indices)))
    return _sides(data, grad)


def _sides(data: Array, grad: Array | None) -> str:
    both = [("value", data, False)]
    if grad is not None:
        both.append(("gradient", grad, True))
    small = 0 < data.size <= MOST_CELLS and _rows(data) <= ROWS and _columns(data) <= COLUMNS
    draw = _grids if small else _pictures
    parts = [draw(title, x, signs) for title, x, signs in both]
    if small and len(parts) > 1:  # slice by slice: value and gradient of each are neighbours
        groups = ["".join(pair) for pair in zip(*parts, strict=True)]
    else:
        groups = ["".join("".join(part) for part in parts)]
    return "".join(f'<div style="{SIDES}">{group}</div>' for group in groups)


def _rows(x: Array) -> int:
    return x.shape[-2] if x.ndim > 1 else 1


def _columns(x: Array) -> int:
    return x.shape[-1] if x.ndim else 1


def _slices(x: Array) -> list[tuple[str, Array]]:
    """The matrices in an array, each with its place in words."""
    matrices = x.reshape(-1, _rows(x), _columns(x))
    leading = x.shape[:-2]
    return [
        (f" [{', '.join(map(str, where))}]" if leading else "", matrix)
        for where, matrix in zip(np.ndindex(leading), matrices, strict=True)
    ]


def _grids(title: str, x: Array, signs: bool) -> list[str]:
    shade = pixels.shades(x, signs=signs).reshape(-1, _rows(x), _columns(x))
    return [
        _grid(title + place, matrix, tints, signs, x.ndim)
        for (place, matrix), tints in zip(_slices(x), shade, strict=True)
    ]


def _grid(title: str, matrix: Array, tints: Array, signs: bool, axes: int) -> str:
    """A table of numbers. An array of one axis has no row numbers, a single number has none."""
    write = signed if signs else number
    corner = f'<td style="{HEAD}"></td>' if axes > 1 else ""
    tops = "".join(f'<th scope="col" style="{HEAD}">{j}</th>' for j in range(matrix.shape[1]))
    lines = [_line(corner + tops)] if axes else []
    for i, row in enumerate(matrix):
        head = f'<th scope="row" style="{HEAD}">{i}</th>' if axes > 1 else ""
        cells = "".join(
            _cell(
                pretty(write(float(v), DIGITS)),
                pixels.color(float(tints[i, j]), signs=signs, strongest=TINT),
            )
            for j, v in enumerate(row)
        )
        lines.append(_line(head + cells))
    caption = f'<caption style="{CAPTION}">{title}</caption>'
    return f'<table style="{TABLE}">{caption}{"".join(lines)}</table>'


def _pictures(title: str, x: Array, signs: bool) -> list[str]:
    """The extremes in words, and a picture of each of the first slices."""
    said = f"{title}: {words.extremes(x, signs=signs)}"
    if not x.size:
        return [f"<div>{escape(said)}</div>"]
    slices = _slices(x)
    shade = pixels.shades(np.concatenate([m for _, m in slices[:MOST_SLICES]]), signs=signs)
    images, at, block = [], 0, (1, 1)
    for place, matrix in slices[:MOST_SLICES]:
        tints, block = pixels.coarse(shade[at : at + len(matrix)])
        at += len(matrix)
        images.append(_picture(title + place, tints, signs))
    notes = words.picture_notes(block, min(len(slices), MOST_SLICES), len(slices))
    return [
        f'<div style="max-width:420px"><div>{escape(pretty(said))}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:6px">{"".join(images)}</div>'
        f"{_note(notes) if notes else ''}</div>"
    ]


def _picture(title: str, tints: Array, signs: bool) -> str:
    rows, columns = tints.shape
    side = max(1, min(12, 200 // max(rows, columns)))
    style = (
        f"width:{columns * side}px;height:{rows * side}px;max-width:100%;margin:2px 0;"
        "image-rendering:pixelated;border:1px solid rgba(128,128,128,.5)"
    )
    source = pixels.png(tints, signs=signs)
    return f'<img alt="{title}" title="{title}" src="{source}" style="{style}">'
