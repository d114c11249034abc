"""The why card: an explanation in sentences and columns, as text and as plain HTML.

Both show the same strings. HTML has true minus signs, and tags that survive a host which takes
styles and scripts away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, TypeVar

import numpy as np

from autograd.viz.explain import reasons
from autograd.viz.explain.paths import ENDS, TOO_MANY
from autograd.viz.explain.why import Addend, NamedPath, Why
from autograd.viz.numbers import MINUS, any_rounded, brief, number, pretty, signed
from autograd.viz.plain import WIDTH, fitted, one_line, shortened, width, wrapped
from autograd.viz.words import NOT_REACHED, STARVED

T = TypeVar("T", Addend, Why)

MOST_PRODUCTS = 6  # of one cell in a line
MOST_IDLE = 4  # rows of one table that say "nothing arrived"; more of them share a row
MOST_ROWS = 24  # of one table; the rest share a row
WAY = 75  # columns of a path, if its product leaves so many
FEW_PATHS = 4  # that may have two lines each
NAME = 8  # columns of a name in it; before there are fewer, more steps are left out
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
    told, idle = _without_idle(why.rows, STARVED)
    shown = _largest(told)
    rows, total = [], 0.0
    for row in shown:
        total += row.amount
        rows.append(_row(row, total))
    if rest := _count(told) - _count(shown):
        left = why.total - total
        rows.append([reasons.more(rest), "", "", signed(left), signed(why.total), ""])
    if idle:
        cells = any(row.cell for row in why.rows)
        said = reasons.idle(STARVED, idle, cells, among=bool(told))
        noted = any(row[-1] for row in rows)  # there is a column for the note
        who, note = said if noted else (": ".join(said), "")
        rows.append([who, "", "", signed(0.0), signed(why.total), note])
    rows.append(["sum", "", "", signed(why.total), "", ""])
    table = Table("", head, rows, (False, True, True, True, True, False), total=True)
    return table.without_blanks()


def _without_idle(rows: Sequence[T], kind: str) -> tuple[list[T], int]:
    """The rows to tell, and how many readers or cells with this kind of 0 share a line."""
    idle = _count([row for row in rows if row.zero == kind])
    if idle <= MOST_IDLE:
        return list(rows), 0
    return [row for row in rows if row.zero != kind], idle


def _count(rows: Sequence[Addend | Why]) -> int:
    return sum(row.count if isinstance(row, Addend) else 1 for row in rows)


def _largest(rows: Sequence[Addend]) -> list[Addend]:
    """All rows, or the largest of very many, in the order of arrival."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    sizes = [-np.max(np.abs(row.amount), initial=0.0) for row in rows]
    order = sorted(range(len(rows)), key=lambda i: (rows[i].count > 1, sizes[i]))
    return [rows[i] for i in sorted(order[:MOST_ROWS])]


def _row(row: Addend, total: float) -> list[str]:
    slopes = ["" if x is None else number(x) for x in (row.upstream, row.local)]
    return [shortened(row.sender), *slopes, signed(row.amount), signed(total), row.note]


def _senders(why: Why) -> Table:
    """What each reader sent to an array."""
    told, idle = _without_idle(why.rows, STARVED)
    shown = _largest(told)
    rows = [
        [shortened(row.sender), brief(row.amount), reasons.ZERO_ROWS.get(row.zero or "", "")]
        for row in shown
    ]
    if rest := _count(told) - _count(shown):
        left = why.total - sum(row.amount for row in shown)
        rows.append([reasons.more(rest), brief(left), ""])
    if idle:
        rows.append([": ".join(reasons.idle(STARVED, idle, False, among=bool(told))), "", ""])
    if len(rows) > 1:
        rows.append(["sum", brief(why.total), ""])
    table = Table("", ("from", "sends", ""), rows, (False, False, False), total=len(rows) > 1)
    return table.without_blanks()


def _sums(why: Why) -> Table:
    """The cells of a small array, each as a sum of products: as many as fit into a line."""
    head = ("cell", "upstream x slope", "gradient")
    told, starved = _without_idle(why.cells, STARVED)
    told, unread = _without_idle(told, NOT_REACHED)
    folded = [
        [": ".join(reasons.idle(kind, count, True, among=bool(told))), "", signed(0.0)]
        for kind, count in ((STARVED, starved), (NOT_REACHED, unread))
        if count
    ]
    for most in range(MOST_PRODUCTS, 0, -1):
        rows = [[cell.name, products(cell.rows, most), signed(cell.total)] for cell in told]
        rows += folded
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
    rows = _path_rows(why)
    columns = len(rows[0])
    more = why.path_count - len(why.paths)
    total = not more and len(why.paths) > 1
    if more:
        said = reasons.more_paths(more, why.path_count >= TOO_MANY)
        rows.append([said, *[""] * (columns - 1)])
    elif total:
        amount = signed(sum(path.product for path in why.paths))
        rows.append(["sum", *[""] * (columns - 2), amount])
    title = reasons.paths_title(shortened(why.name), shortened(why.root), why.path_count, TOO_MANY)
    return Table(title, (), rows, (*[False] * (columns - 1), True), total=total)


def _path_rows(why: Why) -> list[list[str]]:
    """Each path beside its product; a few long ones above it; of more of them the ends."""
    shown: Sequence[NamedPath] = why.paths
    numbers, room = _products(shown, why.seed)
    if len(shown) <= FEW_PATHS and any(width(_arrows(path)) > room for path in shown):
        rows = []
        for path, (product, amount) in zip(shown, numbers, strict=True):
            rows += [[_arrows(path), ""], [f"  {product}", amount]]
        if sum(max(map(width, column)) for column in zip(*rows, strict=True)) + 2 <= WIDTH:
            return rows
    for kept, least in ((ENDS, WIDTH), (1, NAME)):  # how many steps, if names have less room
        if all(width(_arrows(path)) <= room or _share(path, room) >= least for path in shown):
            break
        shown = [_without_middle(path, kept) for path in shown]
        numbers, room = _products(shown, why.seed)
    ways = [_way(path, room) for path in shown]
    return [[way, *row] for way, row in zip(ways, numbers, strict=True)]


def _products(paths: Sequence[NamedPath], seed: Any) -> tuple[list[list[str]], int]:
    """The numbers of a table of paths, and how many columns they leave for the names."""
    numbers = [[_product(path, seed), signed(path.product)] for path in paths]
    taken = sum(2 + max(map(width, column)) for column in zip(*numbers, strict=True))
    return numbers, min(WIDTH - taken, WAY)


def _without_middle(path: NamedPath, kept: int) -> NamedPath:
    """A path with so many of its first and of its last steps; None stands for the others."""
    left_out = path.left_out + len(path.slopes) - (path.left_out > 0) - 2 * kept
    if left_out < 2:
        return path
    through = (*path.through[: kept + 1], None, *path.through[-kept:])
    slopes = (*path.slopes[:kept], None, *path.slopes[-kept:])
    return replace(path, through=through, slopes=slopes, left_out=left_out)


def _arrows(path: NamedPath) -> str:
    gap = reasons.left_out(path.left_out)
    return " > ".join([gap if name is None else name for name in path.through])


def _way(path: NamedPath, most: int) -> str:
    whole = _arrows(path)
    if width(whole) <= most:
        return whole
    gap, room = reasons.left_out(path.left_out), _share(path, most)
    return " > ".join([gap if name is None else shortened(name, room) for name in path.through])


def _share(path: NamedPath, most: int) -> int:
    """How many columns each name of a path has."""
    gap = len(reasons.left_out(path.left_out)) * (None in path.through)
    return (most - gap) // len(path.through) - 3


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
