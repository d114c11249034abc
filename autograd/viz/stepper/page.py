"""The stepper as HTML: a picture and tables that stand by themselves, and the script that steps.

Where scripts do not run, as in a notebook from elsewhere or on a site that strips them, the
picture and the ledger remain, in plain tags. The picture is stored once: the script takes it
from there. Nothing is fetched from anywhere, and the same trace gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from autograd.viz import words
from autograd.viz.as_json import as_json
from autograd.viz.explain.reasons import absences
from autograd.viz.items import Contribution, Trace
from autograd.viz.numbers import MINUS, brief, number, pretty, signed
from autograd.viz.picture.palette import css_variables
from autograd.viz.plain import one_line, shortened
from autograd.viz.stepper.slim import data_uri

FOLDER = Path(__file__).parent
MODULES = (  # each after those that it imports
    *("numbers", "dom", "model", "grid", "arrivals", "cells", "why", "ledger", "picture"),
    *("predict", "pane", "deck", "theme", "start"),
)
MOST_ROWS = 200  # rows of the static ledger; the script has all
MOST_WHOLE = 1e6  # the largest number that is shorter without its point
FORMULA, TITLE = 120, 80  # letters of a formula, and of a title
COMMENT = r"//[^\n]*|/\*(?:(?!\*/).)*\*/ ?"
TEXT = r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|/(?![ *>/])(?:[^/\\\n]|\\.)+/'  # strings, templates, patterns
PARTS = re.compile(rf"({COMMENT}|{TEXT})", re.S)
SPACES = (  # that say nothing where every statement ends with a semicolon
    (re.compile(r"\s*\n\s*"), "\n"),
    (re.compile(r"\s*([=<>!&|?:,;{}()\[\]*%]) *((?<![)\]*%])\n)?"), r"\1"),
    (re.compile(r"(?<=[\w)\]]) ([-+]) (?=[\w(\[])"), r"\1"),
    (re.compile(r",(?=[)\]}])"), ""),
    (re.compile(r"\bconst "), "let "),  # nothing is assigned twice: a linter has seen to that
)
NEGATIVE = re.compile(r"(?<![\w)\]])-(?=\d|inf)")
CROSS = re.compile(r"(?<=\d)x(?=\d)")
ITEM = (  # those that are often missing last
    *("name", "kind", "data", "expects", "forward", "grad", "op", "inputs", "backward"),
    *("nudge", "zero", "why_zero", "frame", "links", "before", "full"),
)
ROW = ("sender", "receiver", "slot", "upstream", "amount", "total", "arrived", "local", "zero")
FRAME = ("label", "forward", "backward", "parent")
SENTENCES = ("forward", "backward", "nudge", "why_zero")
HEADS = ("into", "from", "upstream × slope", "adds", "total")


@dataclass(frozen=True)
class Panel:
    """One trace to step through.

    title: what it is called beside others. svg: its picture. opened: pictures with one closed
    module open, by the module's number. nudges: by item, what a nudge did. assign: contributions
    replaced each other instead of adding up. given: the names that people gave.
    """

    title: str
    trace: Trace
    svg: str
    opened: Mapping[int, str]
    nudges: Mapping[int, str]
    assign: bool = False
    given: frozenset[str] = frozenset()


def fragment(panels: Sequence[Panel], options: Mapping[str, Any]) -> str:
    """The HTML of a stepper, to be put into any page, any number of times."""
    parts = ['<div class="glassgrad-stepper" data-lm-suppress-shortcuts="true">']
    parts += [still(panel) for panel in panels]
    if all(panel.trace.complete for panel in panels):
        data = {"panes": [payload(panel) for panel in panels], "css": style(), **options}
        parts.append(
            f'<script>(() => {{\n"use strict";\n{script()}start({as_script(data)});\n}})();'
        )
        parts.append("</script>")
    return "\n".join([*parts, "</div>"])


def document(title: str, body: str, theme: str, css: str = "") -> str:
    """A whole page around a fragment; `css` are rules of its own."""
    scheme = "light dark" if theme == "auto" else theme
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="{scheme}">\n<title>{escape(title)}</title>\n'
        f"<style>\n{css_variables(theme, ':root')}\n"
        ":root { background: var(--gg-paper); color: var(--gg-ink) }\n"
        "body { max-width: 90rem; margin: 1rem auto; padding: 0 1rem; font-family: sans-serif }\n"
        f"h1 {{ font-size: 1.2rem }}\n{css}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


# --- script and styles ----------------------------------------------------------------------------


@cache
def script() -> str:
    """The modules of the script in one scope, without their comments and imports."""
    return "".join(bare((FOLDER / f"{name}.js").read_text(encoding="utf-8")) for name in MODULES)


@cache
def style() -> str:
    """The styles, with the palette."""
    colours = [
        css_variables(theme, f'[data-theme="{theme}"],[data-theme="{theme}"] svg.glassgrad')
        for theme in ("light", "dark")
    ]
    return "\n".join([*colours, bare_style((FOLDER / "stepper.css").read_text(encoding="utf-8"))])


def bare(source: str) -> str:
    """Source without comments, indentation and module syntax, and with less space."""
    source = re.sub(r"^import [^;]*;\n|^export ", "", source, flags=re.M)
    parts = PARTS.split(source)
    parts[1::2] = ["" if part.startswith(("//", "/*")) else part for part in parts[1::2]]
    for pattern, shorter in SPACES:
        parts[::2] = [pattern.sub(shorter, part) for part in parts[::2]]
    return "".join(parts).strip() + "\n"


def bare_style(source: str) -> str:
    """Rules without comments and space."""
    lines = [line.strip() for line in re.sub(r"/\*.*?\*/", "", source, flags=re.S).splitlines()]
    rules = "".join(re.sub(r"^([\w-]+): ", r"\1:", line.replace(" {", "{")) for line in lines)
    return re.sub(r"(?<![\d.])0\.(?=\d)", ".", rules.replace(", ", ","))


def as_script(data: Any) -> str:
    """JSON that can stand in a script: no name in it ends the script, or a line."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


# --- data -----------------------------------------------------------------------------------------


def payload(panel: Panel) -> dict[str, Any]:
    """What the script reads of one trace."""
    trace = brief_names(panel.trace)
    data = as_json(trace)
    for item, whole in zip(data["items"], panel.trace.items, strict=True):
        item["nudge"] = panel.nudges.get(whole.number)
        item["full"] = one_line(whole.name) if whole.name != item["name"] else None
        item["links"] = [link and few_digits(link) for link in item["links"]]
        # The sentence of the operation stands once.
        item["backward"] = item["backward"].removesuffix(words.sentence(item["says"])).strip()
    for frame, part in zip(data["frames"], trace.frames, strict=True):
        frame["forward"], frame["backward"] = words.module_sentences(part)
    done = words.overwritten_sentence if panel.assign else words.done_sentence
    kept = {
        "root": data["root"],
        "seed": data["seed"],
        "says": {item.op: item.says for item in trace.items if item.op is not None},
        "items": as_table(data["items"], ITEM),
        "contributions": as_table(data["contributions"], ROW),
        "frames": as_table(data["frames"], FRAME),
        "sent": words.CONTRIBUTION,
        "inputs": words.start_sentence(trace),
        "start": data["start"],
        "done": done(trace),
        "assign": panel.assign,
    }
    title = shortened(panel.title, TITLE)
    views = [{"frame": frame, "svg": svg} for frame, svg in panel.opened.items()]
    return {"title": title, "trace": kept, "views": views}


def few_digits(link: Mapping[str, Any]) -> dict[str, Any]:
    """Links with slopes as long as anybody reads them."""
    slopes = [x if isinstance(x, str) else float(f"{x:.6g}") for x in link["slope"]]
    return {**link, "slope": slopes}


def as_table(records: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Records with their keys written once; what says nothing is null, or cut off at the end."""
    rows = []
    for record in records:
        row = [record[key] if record[key] not in ("", []) else None for key in keys]
        row = [
            with_minus(x) if key in SENTENCES else brief_numbers(x)
            for key, x in zip(keys, row, strict=True)
        ]
        while row and row[-1] is None:
            row.pop()
        rows.append(row)
    return {"keys": keys, "rows": rows}


def brief_numbers(x: Any) -> Any:
    """Whole numbers, also those in arrays, without the point and zero that JSON would give them.

    >>> brief_numbers({"cells": [1.0, 2.5]})
    {'cells': [1, 2.5]}
    """
    if isinstance(x, float) and x.is_integer() and abs(x) < MOST_WHOLE:
        return int(x)
    if isinstance(x, list):
        return [brief_numbers(one) for one in x]
    return {key: brief_numbers(one) for key, one in x.items()} if isinstance(x, dict) else x


def with_minus(text: str | None) -> str | None:
    """With a true minus and a true cross."""
    return text and CROSS.sub("×", NEGATIVE.sub(MINUS, text))


def brief_names(trace: Trace) -> Trace:
    """The trace with names, formulas and labels of modules that fit into a line."""
    items = [
        replace(item, name=shortened(item.name), formula=shortened(item.formula, FORMULA))
        for item in trace.items
    ]
    frames = [
        replace(part, label=shortened(part.label), detail=shortened(part.detail))
        for part in trace.frames
    ]
    return replace(trace, items=items, frames=frames, _into={})


# --- the static part ------------------------------------------------------------------------------


def still(panel: Panel) -> str:
    """Picture and tables of one trace in plain tags."""
    title = f"<p><b>{escape(shortened(panel.title, TITLE))}</b></p>\n" if panel.title else ""
    trace = brief_names(panel.trace)
    if not trace.complete:
        return f"{title}<p>{escape(trace.note)}</p>\n{modules(trace)}"
    root = escape(trace.items[trace.root].name)
    alt = f"The graph of {root}: every value with its gradient. The tables below say the same."
    return (
        f'{title}<p><img alt="{alt}" src="{data_uri(panel.svg)}"></p>\n<p>{words.LEGEND}</p>\n'
        f"<details><summary>The ledger of {root}: every contribution to every gradient</summary>\n"
        f"{ledger(trace)}\n{missing(trace)}</details>"
    )


def ledger(trace: Trace) -> str:
    """All contributions as a table."""
    shown = trace.contributions[:MOST_ROWS]
    rows = [_row([*_texts(row, trace)]) for row in shown]
    more = len(trace.contributions) - len(shown)
    note = f"<p>and {more:,} more</p>" if more else ""
    return _table(HEADS, rows) + note


def _texts(row: Contribution, trace: Trace) -> list[str]:
    factors = f"{_line(row.upstream)} × {number(row.local)}" if row.local is not None else ""
    adds = signed(row.amount) if row.local is not None else brief(row.amount)
    total = signed(row.total) if row.local is not None else brief(row.total)
    receiver, sender = trace.items[row.receiver].name, trace.items[row.sender].name
    adds = f"{adds} ({row.zero})" if row.zero else adds
    expects = trace.items[row.receiver].expects
    total = f"{total}, {row.arrived} of {expects}" if row.arrived < expects else total
    return [receiver, sender, pretty(factors), pretty(adds), pretty(total)]


def _line(x: Any) -> str:
    return number(x) if isinstance(x, float) else brief(x)


def missing(trace: Trace) -> str:
    """Why some nodes have no gradient."""
    told = [with_minus(one) or "" for one in absences(trace)]
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in told)}</ul>\n" if told else ""


def modules(trace: Trace) -> str:
    """What is known of a graph too large to step through: its modules."""
    rows = [
        _row([p.label, p.detail, f"{p.items:,}", number(p.grad_in), number(p.grad_out)])
        for p in trace.frames
    ]
    return _table(("module", "what", "nodes", "gradient in", "gradient out"), rows) if rows else ""


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(
        f"<th>{escape(text)}" for text in heads
    )  # the ends of rows and cells are implied
    return f"<table>\n<tr>{head}\n" + "\n".join(rows) + "\n</table>\n"


def _row(texts: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(text, quote=False)}" for text in texts)
