"""The why card: an explanation in sentences and columns, as text and as plain HTML.

Both show the same strings. HTML has true minus signs, and tags that survive a host which takes
styles and scripts away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np

from autograd.viz.explain import reasons
from autograd.viz.explain.paths import TOO_MANY
from autograd.viz.explain.why import Addend, NamedPath, Why
from autograd.viz.numbers import MINUS, any_rounded, brief, number, pretty, signed
from autograd.viz.plain import WIDTH, fitted, one_line, shortened, width, wrapped

MOST_PRODUCTS = 6  # of one cell in a line
MOST_ROWS = 24  # of one table; the rest share a row
WAY = 75  # columns of a path, if its product leaves so many
FORMULA = 200  # characters of a sentence that holds a formula

TABLE = "border-collapse:collapse;border:none;margin:6px 0;font:inherit"
CELL = "padding:1px 8px;border:none;background:none;white-space:nowrap;text-align:"
SIDES = ("left", "right")
HEAD = ";font-weight:normal;opacity:.75"
TIMES = re.compile(rf"(?:(?<=\d )|(?<=upstream ))x(?= slope| {MINUS}?\d)|^x(?= slope)")  # no name
LINE = ";border-top:1px solid rgba(128,128,128,.6);font-weight:bold"


@dataclass(frozen=True)
class Table:
    """Rows of texts. right: which columns are flush right; total: whether the last row is a sum."""

    title: str
    head: tuple[str, ...]
    rows: list[list[str]]
    right: tuple[bool, ...]
    total: bool = False

    def text(self) -> str:
        rows = [list(self.head), *self.rows] if self.head else self.rows
        lines = fitted(rows, self.right)
        return "\n".join([*([self.title] if self.title else []), *lines])

    def html(self) -> str:
        title = _sentence(self.title) if self.title else ""
        head = ""
        if self.head:
            titles = zip(self.head, self.right, strict=True)
            tops = [
                f'<th scope="col" style="{CELL}{SIDES[right]}{HEAD}">{_safe(title or "note")}</th>'
                for title, right in titles
            ]
            head = f"<thead><tr>{''.join(tops)}</tr></thead>"
        rows = [self._row(row, self.total and row is self.rows[-1]) for row in self.rows]
        body = f"{head}<tbody>{''.join(rows)}</tbody>"
        return f'{title}<div style="overflow-x:auto"><table style="{TABLE}">{body}</table></div>'

    def without_blanks(self) -> Table:
        """The same without columns that have neither a title nor a text."""
        columns = zip(*self.rows, strict=True)
        kept = [i for i, texts in enumerate(columns) if self.head[i] or any(texts)]
        rows = [[row[i] for i in kept] for row in self.rows]
        head, right = tuple(self.head[i] for i in kept), tuple(self.right[i] for i in kept)
        return replace(self, head=head, rows=rows, right=right)

    def _row(self, row: list[str], total: bool) -> str:
        line = LINE if total else ";font-weight:inherit"
        first = f'<th scope="row" style="{CELL}{SIDES[0]}{line}">{_safe(row[0])}</th>'
        rest = [
            f'<td style="{CELL}{SIDES[right]}{line}">{_safe(cell)}</td>'
            for cell, right in zip(row[1:], self.right[1:], strict=True)
        ]
        return f"<tr>{first}{''.join(rest)}</tr>"


@dataclass(frozen=True)
class Card:
    """A headline, then sentences (str) and tables in order."""

    title: str
    parts: list[str | Table] = field(default_factory=list)

    def text(self) -> str:
        """The card as lines that fit a page."""
        return "\n".join([*wrapped(self.title), self.body()])

    def body(self) -> str:
        """The same without the headline."""
        blocks = []
        gap = False  # around tables
        for part in self.parts:
            alone = isinstance(part, Table)
            lines = part.text() if isinstance(part, Table) else "\n".join(wrapped(part))
            blocks.append("\n" + lines if alone or gap else lines)
            gap = alone
        return "\n".join(blocks)

    def html(self) -> str:
        """The card as a fragment of HTML."""
        parts = [part.html() if isinstance(part, Table) else _sentence(part) for part in self.parts]
        title = f'<p style="margin:2px 0"><strong>{_safe(self.title)}</strong></p>'
        return f'<div style="font-size:13px;line-height:1.5">{title}{"".join(parts)}</div>'


def card(why: Why) -> Card:
    """An explanation as a card."""
    parts: list[str | Table] = [shortened(why.made, FORMULA)]
    if why.rows:
        count = sum(row.count for row in why.rows)
        cells = any(row.cell for row in why.rows)
        if np.ndim(why.total) == 0:
            parts[0] = f"{parts[0]} {reasons.uses(count, cells)}"
            parts.append(_ledger(why))
        else:
            parts.append(_senders(why))
            if why.cells:
                parts.append(_sums(why))
    if why.zero is not None:
        parts.append(f"{reasons.SAID_ZERO[why.zero]} {why.reason}")
    elif why.reason:
        parts.append(why.reason)
    parts += why.says
    if why.nudge_says:
        parts.append(why.nudge_says)
    parts += why.notes
    if _is_rounded(why):
        parts.append(reasons.ROUNDED)
    if any(len(path.slopes) > 1 for path in why.paths):
        parts.append(_paths(why))
    return Card(reasons.question(shortened(why.name), why.total, why.zero), parts)


def _ledger(why: Why) -> Table:
    """Every contribution to one number, with the total."""
    head = ("from", "upstream", "x slope", "= adds", "so far", "")
    shown = _largest(why.rows)
    rows, total = [], 0.0
    for row in shown:
        total += row.amount
        rows.append(_row(row, total))
    if rest := sum(row.count for row in why.rows) - sum(row.count for row in shown):
        left = why.total - total
        rows.append([reasons.more(rest), "", "", signed(left), signed(why.total), ""])
    rows.append(["sum", "", "", signed(why.total), "", ""])
    table = Table("", head, rows, (False, True, True, True, True, False), total=True)
    return table.without_blanks()


def _largest(rows: Sequence[Addend]) -> list[Addend]:
    """All rows, or the largest of very many, in the order of arrival."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    order = sorted(range(len(rows)), key=lambda i: (rows[i].count > 1, -abs(rows[i].amount)))
    return [rows[i] for i in sorted(order[:MOST_ROWS])]


def _row(row: Addend, total: float) -> list[str]:
    slopes = ["" if x is None else number(x) for x in (row.upstream, row.local)]
    return [shortened(row.sender), *slopes, signed(row.amount), signed(total), row.note]


def _senders(why: Why) -> Table:
    """What each reader sent to an array."""
    rows = [
        [shortened(row.sender), brief(row.amount), reasons.ZERO_ROWS.get(row.zero or "", "")]
        for row in why.rows
    ]
    if len(rows) > 1:
        rows.append(["sum", brief(why.total), ""])
    table = Table("", ("from", "sends", ""), rows, (False, False, False), total=len(rows) > 1)
    return table.without_blanks()


def _sums(why: Why) -> Table:
    """The cells of a small array, each as a sum of products: as many as fit into a line."""
    head = ("cell", "upstream x slope", "gradient")
    for most in range(MOST_PRODUCTS, 0, -1):
        rows = [[cell.name, products(cell.rows, most), signed(cell.total)] for cell in why.cells]
        widths = [max(map(width, column)) + 2 for column in zip(head, *rows, strict=True)]
        if sum(widths) - 2 <= WIDTH:
            break
    return Table("", head, rows, (False, False, True))


def products(rows: tuple[Addend, ...], most: int) -> str:
    """A sum of products in one line: 2 x 0.5 + 3 x 1."""
    return reasons.sum_of_products(
        [(row.upstream or 0.0, row.local) for row in rows if row.local is not None], most
    )


def _paths(why: Why) -> Table:
    """The paths to the root, each with its product."""
    numbers = [[_product(path, why.seed), signed(path.product)] for path in why.paths]
    room = WIDTH - sum(2 + max(map(width, column)) for column in zip(*numbers, strict=True))
    ways = [_way(path, min(room, WAY)) for path in why.paths]
    rows = [[way, *row] for way, row in zip(ways, numbers, strict=True)]
    more = why.path_count - len(rows)
    if more:
        rows.append([reasons.more_paths(more, why.path_count >= TOO_MANY), "", ""])
    elif len(rows) > 1:
        rows.append(["sum", "", signed(sum(path.product for path in why.paths))])
    title = reasons.paths_title(shortened(why.name), shortened(why.root), why.path_count, TOO_MANY)
    return Table(title, (), rows, (False, False, True), total=not more and len(rows) > 1)


def _way(path: NamedPath, most: int) -> str:
    gap = reasons.left_out(path.left_out)
    whole = " > ".join([gap if name is None else name for name in path.through])
    if width(whole) <= most:
        return whole
    room = (most - len(gap) * (None in path.through)) // len(path.through) - 3
    return " > ".join([gap if name is None else shortened(name, room) for name in path.through])


def _product(path: NamedPath, seed: Any) -> str:
    slopes = ["..." if x is None else number(x) for x in path.slopes]
    return " x ".join([*slopes, *([] if seed == 1.0 else [number(seed)])])


def _is_rounded(why: Why) -> bool:
    """Whether any number of the ledger has more digits than are shown."""
    rows = [row for row in why.rows if row.local is not None]
    shown = [x for row in rows for x in (row.upstream, row.local, row.amount, row.total)]
    shown += [cell.total for cell in why.cells]
    shown += [x for cell in why.cells for row in cell.rows for x in (row.upstream, row.local) if x]
    return any_rounded(shown)


def _sentence(text: str) -> str:
    return f'<p style="margin:2px 0;max-width:46em">{_safe(text)}</p>'


def _safe(text: str) -> str:
    """A text in HTML: no markup, true signs."""
    return escape(TIMES.sub("\N{MULTIPLICATION SIGN}", pretty(one_line(text))))
