"""The same picture in fewer bytes: what many shapes repeat is said once, as a rule of the style.

A page carries its picture with it, so size counts. Looks of shapes move from attributes to classes;
what the style or the script says anyway (colours, and the tooltips of nodes and wires) goes.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import quote

LOOK = re.compile(
    r" (fill|stroke|stroke-width|stroke-dasharray|stroke-linejoin|paint-order|fill-opacity"
    r'|font-size|font-weight|text-anchor)="([^"]*)"'
)
COLOUR = re.compile(r' (?:fill|stroke)="#\w+"')
TAG = re.compile(r"<[a-z][^>]*>")
OFTEN = 3  # times a look must occur to become a rule
PIXELS = ("font-size", "stroke-width")
Look = tuple[tuple[str, str], ...]
QUOTES = str.maketrans("\"'", "'\"")
SAFE = " /:;=?,.()'!*-_~[]@$+{}>"  # what may stand in a data URI inside double quotes


def slim(svg: str, prefix: str) -> str:
    """The picture with shared looks as classes `prefix`0, `prefix`1, ...

    >>> look = '<path fill="none" d="M0 0"/>'
    >>> slim("<svg><style></style>" + 3 * look + "</svg>", "a")[:52]
    '<svg><style>.a0{fill:none}</style><path class="a0" d'
    """
    svg = re.sub(r'(<g class="(?:node|edge|folded)[^>]*>)<title>[^<]*</title>', r"\1", svg)
    svg = re.sub(r"<desc>[^<]*</desc>", "", svg)
    svg = TAG.sub(lambda tag: COLOUR.sub("", tag[0]), svg)  # the style knows those of both themes
    head, _, body = svg.partition("</style>")
    head = head.replace(".glassgrad ", "")  # nothing but this picture is in its reach
    looks = Counter(look for tag in TAG.findall(body) for look in _looks(tag))
    often = [look for look, times in looks.most_common() if times >= OFTEN]
    names = {look: f"{prefix}{i}" for i, look in enumerate(often)}

    def shared(match: re.Match[str]) -> str:
        tag = match[0]
        moved = [look for look in _looks(tag) if look in names]
        for key, value in (pair for look in moved for pair in look):
            tag = tag.replace(f' {key}="{value}"', "", 1)
        classes = " ".join(names[look] for look in moved)
        if not moved:
            return tag
        if ' class="' in tag:
            return tag.replace(' class="', f' class="{classes} ', 1)
        return re.sub(r"^<\w+", rf'\g<0> class="{classes}"', tag)

    rules = "".join(f".{name}{{{_rule(look)}}}" for look, name in names.items())
    before, _, style = head.partition("<style>")
    return f"{before}<style>{rules}{style}</style>{TAG.sub(shared, body)}".replace("\n", "")


def _looks(tag: str) -> list[Look]:
    """The look of a shape, and the width of its line: widths vary where the rest does not."""
    pairs = LOOK.findall(tag)
    widths = tuple(pair for pair in pairs if pair[0] == "stroke-width")
    return [look for look in (tuple(pair for pair in pairs if pair not in widths), widths) if look]


def _rule(look: Look) -> str:
    return ";".join(f"{key}:{value}{'px' if key in PIXELS else ''}" for key, value in look)


def data_uri(svg: str) -> str:
    """The picture as the address of an image, to stand in double quotes."""
    svg = TAG.sub(lambda match: match[0].translate(QUOTES), svg)
    return "data:image/svg+xml;charset=utf-8," + quote(svg, safe=SAFE)
