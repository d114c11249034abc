"""Tables for notebooks: plain HTML, in the host's own colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

WHOLE = "overflow-x:auto;font-size:13px;line-height:1.4"
TABLE = "border-collapse:collapse;border:none;margin:4px 0;font:inherit;white-space:nowrap"
RULE = "1px solid rgba(128,128,128,.5)"


def html_table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: int = 1,
    above: str = "",
    below: str = "",
) -> str:
    """A table; whatever stands in it is text, never markup.

    Args:
        head: the titles of the columns.
        rows: their cells. The first cell of a row names it; spaces before it indent it.
        words: how many columns, from the left, hold words; numbers stand to the right.
        above: lines over the table. below: lines under it.

    >>> html_table(["layer", "parameters"], [["<conv>", "10"]], below="total: 10")[-50:]
    'ht">10</td></tr></table><div>total: 10</div></div>'
    """

    def align(i: int) -> str:
        return f"padding:2px 10px;text-align:{'left' if i < words else 'right'}"

    top = "".join(
        f'<th scope="col" style="{align(i)};border-bottom:{RULE}">{escape(title)}</th>'
        for i, title in enumerate(head)
    )
    lines = [f"<tr>{top}</tr>"]
    for first, *others in rows:
        indent = len(first) - len(first.lstrip())
        style = f"{align(0)};padding-left:{10 + 8 * indent}px;font-weight:normal"
        cells = f'<th scope="row" style="{style}">{escape(first.lstrip())}</th>'
        for i, cell in enumerate(others, 1):
            cells += f'<td style="{align(i)}">{escape(cell)}</td>'
        lines.append(f"<tr>{cells}</tr>")
    before, after = (
        "".join(f"<div>{escape(line)}</div>" for line in text.splitlines())
        for text in (above, below)
    )
    table = f'<table style="{TABLE}">{"".join(lines)}</table>'
    return f'<div style="{WHOLE}">{before}{table}{after}</div>'
