"""Tags and texts of SVG and HTML. What users wrote is escaped here, and nowhere else for these."""

from __future__ import annotations

import html
import re


def escaped(text: str) -> str:
    """A text between tags, or in an attribute; what XML forbids becomes a space.

    >>> escaped('<a> & "b"')
    '&lt;a&gt; &amp; &quot;b&quot;'
    """
    return html.escape(FORBIDDEN.sub(" ", text))


FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def tag(name: str, *inside: str, **attributes: object) -> str:
    """An element. None leaves an attribute out; `_` in a name stands for `-`, also at the end.

    >>> tag("rect", class_="box", stroke_width=2.0, rx=None)
    '<rect class="box" stroke-width="2"/>'
    >>> tag("text", escaped("<x>"), x=1.25)
    '<text x="1.2">&lt;x&gt;</text>'
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(inside)}</{name}>" if inside else f"<{name}{said}/>"


def _value(value: object) -> str:
    return short(value) if isinstance(value, float) else escaped(str(value))


def short(x: float) -> str:
    """A coordinate, with one digit after the point."""
    text = f"{x:.1f}"
    return text[:-2] if text.endswith(".0") else text


def moved(x: float, y: float) -> str:
    """The transform that moves something to a place."""
    return f"translate({short(x)} {short(y)})"
