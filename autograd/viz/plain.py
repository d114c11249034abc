"""Text in columns: how wide it is, how to shorten it, tables and arrays as lines.

Everything here counts columns of a terminal: wide characters take two, combining ones none. Names
come from users, so line breaks and characters that turn the direction of text are taken out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.viz.numbers import number

WIDTH = 92  # of a page of text; what a notebook of 900 pixels shows without breaking lines
NAME = 40  # of a name in it
DOTS = "..."


def width(text: str) -> int:
    """How many columns a text takes.

    >>> width("abc"), width("\\u6f22\\u5b57"), width("e\\u0301")
    (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def one_line(text: str) -> str:
    """A text without line breaks, control characters and marks that turn its direction.

    >>> one_line("two\\nlines\\u202e")
    'two lines'
    """
    if text.isascii() and text.isprintable():
        return text
    kept = [c for c in text if unicodedata.bidirectional(c) not in TURNS]
    spaced = [" " if unicodedata.category(c)[:1] in "CZ" and c not in JOINERS else c for c in kept]
    return " ".join("".join(spaced).split())


TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
JOINERS = frozenset({"\u200d", "\u200c"})  # inside emoji and some scripts


def shortened(text: str, most: int = NAME, dots: str = DOTS) -> str:
    """A text in one line of at most so many columns: its middle is left out, an index is not.

    >>> shortened("layers.0.neurons.12.weights.3", 20)
    'layers.0.neu...hts.3'
    >>> shortened("the_weights[0, 12, 3]", 20)
    'the_w...ts[0, 12, 3]'
    """
    text = one_line(text)
    if width(text) <= most:
        return text
    room = most - len(dots)
    index = width(index_of(text, room))
    tail = _start(text[::-1], index + (room - index) // 3)[::-1]
    return _start(text, room - width(tail)) + dots + tail


def index_of(text: str, most: int) -> str:
    """The index, and the number, that a name ends with, if they fit into so many columns.

    >>> index_of("x[0, 1]#2", 8), index_of("x[0, 1]#2", 7), index_of("x + 1", 20)
    ('[0, 1]#2', '', '')
    """
    found = END.search(text)
    return found[0] if found and width(found[0]) <= most else ""


def _start(text: str, room: int) -> str:
    """As much of a text as fits into so many columns."""
    columns = 0
    for i, character in enumerate(text):
        columns += _columns(character)
        if columns > room:
            return text[:i]
    return text


def pieces(text: str) -> list[str]:
    """A text split at its spaces, where no bracket is open.

    >>> pieces("2 * max(x, y)")
    ['2', '*', 'max(x, y)']
    """
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == " " and not depth:
            found.append("")
        else:
            found[-1] += letter
    return found


def is_word(name: str) -> bool:
    """Whether a name, which may be a formula, stays together wherever it stands."""
    return len(pieces(name)) == 1 and (name[:1] != "-" or name[1:2].isdigit())


def bracketed(name: str) -> str:
    """A name that something can be put behind: a formula gets brackets.

    >>> bracketed("x"), bracketed("max(x, y)"), bracketed("2 * x"), bracketed("-x")
    ('x', 'max(x, y)', '(2 * x)', '(-x)')
    """
    return name if is_word(name) else f"({name})"


def padded(text: str, columns: int, right: bool = False) -> str:
    """A text filled up with spaces, on its left side if `right`."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


def table(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Rows as lines with aligned columns; `right` says which are flush right.

    >>> table([["x", "1"], ["long", "10"]], [False, True])
    ['x      1', 'long  10']
    """
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(padded, row, widths, right)).rstrip() for row in rows]


def fitted(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """The same in at most `WIDTH` columns: the texts in the first column are cut if need be."""
    others = sum(2 + max(map(width, column)) for column in list(zip(*rows, strict=True))[1:])
    room = max(NAME // 4, WIDTH - others)
    return table([[shortened(row[0], room), *row[1:]] for row in rows], right)


def wrapped(text: str, indent: str = "", later: str | None = None) -> list[str]:
    """A paragraph as lines of at most `WIDTH` columns; an index such as [0, 1] stays in one.

    >>> wrapped("a few words", "  ")
    ['  a few words']
    """
    later = indent if later is None else later
    lines, line = [], indent
    empty = True
    whole = INDEX.sub(lambda found: found[0].replace(" ", GLUE), text.rstrip())
    for word in (shortened_word(word, WIDTH - width(later)) for word in whole.split(" ")):
        if not empty and width(line) + 1 + width(word) > WIDTH:
            lines.append(line)
            line, empty = later, True
        line += word if empty else f" {word}"
        empty = False
    return [line.replace(GLUE, " ") for line in (*lines, line)]


def shortened_word(word: str, most: int) -> str:
    """A word that is longer than a line without its middle."""
    return word if width(word) <= most else shortened(word.replace(GLUE, " "), most)


END = re.compile(r"(\[[\d, ]+\])?(#\d+)?\Z")
INDEX = re.compile(r"\[[\d, ]*\]")
GLUE = "\0"


def grid(x: Any, write: Any = number) -> list[str]:
    """An array as lines, every number in full; slices of more than two axes under their index.

    >>> print("\\n".join(grid(np.array([[1.0, -2.5], [10.0, 0.0]]))))
     1  -2.5
    10     0
    """
    x = np.asarray(x)
    matrices = x.reshape((-1, x.shape[-2] if x.ndim > 1 else 1, x.shape[-1] if x.ndim else 1))
    texts = [[[write(float(v)) for v in row] for row in matrix] for matrix in matrices]
    columns = max((len(t) for matrix in texts for row in matrix for t in row), default=0)
    lines = []
    for where, matrix in zip(np.ndindex(x.shape[:-2]), texts, strict=True):
        if len(texts) > 1:
            lines.append(f"[{', '.join(map(str, where))}]")
        lines += ["  ".join(padded(t, columns, True) for t in row) for row in matrix]
    return lines


def beside(blocks: Sequence[tuple[str, list[str]]], gap: int = 6) -> list[str]:
    """Blocks with titles next to each other, or below each other where they are too wide."""
    widths = [max(map(width, [title, *lines])) for title, lines in blocks]
    if sum(widths) + gap * (len(blocks) - 1) > WIDTH - gap:
        return [line for title, lines in blocks for line in (title, *(f"  {x}" for x in lines))]
    height = max(len(lines) for _, lines in blocks)
    columns = [[title, *lines, *[""] * (height - len(lines))] for title, lines in blocks]
    return [
        (" " * gap).join(map(padded, row, widths)).rstrip() for row in zip(*columns, strict=True)
    ]
