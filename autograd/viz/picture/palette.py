"""Every colour of the pictures and pages, light and dark.

Contrast is at least 4.5 to 1 for text on paper, and plus and minus stay apart for all common kinds
of colour blindness. In grey they are equal: so the dash and the printed sign say it as well.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one theme.

    plus, minus, zero: gradients. ink: text and the outline of the current node. muted: second
    text. line: forward arrows. hair: frames and rules. paper: the ground. panel: frames' fill.
    input, parameter, constant, result, root: fills of nodes, by kind. current: fill of the node
    whose turn it is. low, high: the ends of the scale of forward values.
    """

    plus: str
    minus: str
    zero: str
    ink: str
    muted: str
    line: str
    edge: str
    hair: str
    paper: str
    panel: str
    input: str
    parameter: str
    constant: str
    result: str
    root: str
    current: str
    low: str
    high: str


LIGHT = Palette(
    plus="#0072b2",
    minus="#b34700",
    zero="#5f6673",
    ink="#1b1b1f",
    muted="#5b6270",
    line="#8a919e",
    edge="#7b8494",
    hair="#d5d9e0",
    paper="#ffffff",
    panel="#f7f8fa",
    input="#eaf2fd",
    parameter="#e9f5ec",
    constant="#f1f2f4",
    result="#ffffff",
    root="#f6effd",
    current="#fdf3d0",
    low="#f4f6fa",
    high="#7f8bb8",
)

DARK = Palette(
    plus="#56b4e9",
    minus="#f0a35e",
    zero="#a3abb8",
    ink="#ececf1",
    muted="#aab1be",
    line="#7d8695",
    edge="#8d96a6",
    hair="#3d434e",
    paper="#16181d",
    panel="#1c1f26",
    input="#1b2a40",
    parameter="#1c3327",
    constant="#262930",
    result="#20232a",
    root="#322644",
    current="#3f371c",
    low="#262a33",
    high="#7886bd",
)

THEMES = ("auto", "light", "dark")


def css_variables(theme: str = "auto", selector: str = ":host") -> str:
    """The colours as custom properties `--gg-plus` and so on, on `selector`.

    With "auto" they follow what the reader's system prefers.

    >>> css_variables("light", "svg")[:22]
    'svg{--gg-plus:#0072b2;'
    """
    light, dark = _rule(LIGHT, selector), _rule(DARK, selector)
    if theme == "auto":
        return f"{light}\n@media (prefers-color-scheme:dark){{{dark}}}"
    return dark if theme == "dark" else light


def _rule(palette: Palette, selector: str) -> str:
    return selector + "{" + "".join(f"--gg-{k}:{v};" for k, v in asdict(palette).items()) + "}"
