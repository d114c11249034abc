"""The text view of a trace: everything in it as readable lines, for a terminal or a screen reader.

Forward, node by node, with the arrays of a few cells in full; the reason of every zero; then the
backward pass, contribution by contribution, with what had arrived by then. Lines have at most 100
columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np

from autograd.viz import words
from autograd.viz.cells import Links
from autograd.viz.explain import reasons
from autograd.viz.items import Contribution, Item, Part, Trace
from autograd.viz.numbers import DIGITS, any_rounded, brief, number, shape_text, signed
from autograd.viz.plain import WIDTH, beside, grid, shortened, table, width, wrapped

NAME = 30  # columns of a name
NUMBER = 26  # columns of a number or a short array
ROOM = 36  # for how a node was made, beside its name; less is a line of its own
RIGHT = (False, False, False, True, True)  # the columns of numbers
FORMULA = 160  # of how a node was made
FULL, COLUMNS = 64, 8  # cells, and columns, of an array that is printed in full
SUMS, TERMS = 16, 6  # cells of an array whose sums are written out, and terms of each


def text(trace: Trace) -> str:
    """The trace as text.

    >>> from autograd import Value
    >>> from autograd.viz.trace import trace
    >>> x = Value(3.0)
    >>> y = x * x
    >>> print(text(trace(y)))
    Backward pass from y: 2 nodes, 2 contributions.
    <BLANKLINE>
    Forward
      name  kind   made by  value  gradient
      x     input               3        +6
      y     root   x * x        9        +1
    <BLANKLINE>
    Backward
      Start at y: nudged by 1, it moves by 1, so its gradient is 1.
      y passes on its gradient 1. Multiply: each input gets the gradient times the other input.
        to x:  1 x 3 = +3  total +3  1 of 2 arrived, wait.
        to x:  1 x 3 = +3  total +6  All 2 arrived.
    """
    if not trace.complete:
        return "\n".join(_summary(trace))
    trace = _readable(trace)
    blocks = [
        [reasons.trace_title(trace.items[trace.root].name, trace.nodes, len(trace.contributions))],
        ["Forward", *_forward(trace)],
        *_arrays(trace),
        *_zeros(trace),
        ["Backward", *_backward(trace)],
        *_left_over(trace),
        *_hooks(trace),
        *([[reasons.ROUNDED]] if _is_rounded(trace) else []),
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def _readable(trace: Trace) -> Trace:
    """The same trace with names and formulas that fit into a line."""
    items = [
        replace(item, name=shortened(item.name, NAME), formula=shortened(item.formula, FORMULA))
        for item in trace.items
    ]
    return replace(trace, items=items, _into={})


# --- forward --------------------------------------------------------------------------------------


def _forward(trace: Trace) -> list[str]:
    """A table of the nodes, with a line where a module begins."""
    rows = [["name", "kind", "made by", "value", "gradient"], *map(_row, trace.items)]
    others = sum(max(width(row[i]) for row in rows) for i in (0, 1, 3, 4))
    longest = max(width(row[2]) for row in rows)
    if beside := others + min(longest, ROOM) + 4 * 2 + 2 <= WIDTH:
        room = WIDTH - others - 4 * 2 - 2
        lines = table([[*r[:2], shortened(r[2], room), *r[3:]] for r in rows], RIGHT)
    else:
        lines = table([[*r[:2], *r[3:]] for r in rows], RIGHT[1:])
    told = [f"  {lines[0]}"]
    inside: int | None = None
    for item, frame in zip(trace.items, _frames(trace.items), strict=True):
        if frame != inside:
            inside = frame
            told.append(f" {_path(trace, frame)}")
        told.append(f"  {lines[item.number + 1]}")
        if item.op is not None and not beside:
            told += wrapped(f"= {item.formula}", " " * 6, " " * 8)
    return told


def _frames(items: Sequence[Item]) -> list[int | None]:
    """The module of each item; leaves stand with the operation that follows them."""
    frames: list[int | None] = []
    after: int | None = None
    for item in reversed(items):
        if item.op is not None:
            after = item.frame
        frames.append(after)
    return frames[::-1]


def _row(item: Item) -> list[str]:
    made = item.formula if item.op is not None and item.formula != item.name else ""
    return [
        item.name,
        item.kind,
        made,
        _short(item.data),
        words.MARKS[item.zero] if item.zero is not None else _amount(item.grad),
    ]


def _short(x: Any, shape: bool = True) -> str:
    """A number or array in a few columns: with fewer digits if need be."""
    for digits in (DIGITS, 3, 2):
        told = brief(x, digits)
        if not shape:
            told = told.removeprefix(f"{shape_text(np.shape(x))}, ")
        if width(told) <= NUMBER:
            break
    return shortened(told, NUMBER)


def _amount(x: Any) -> str:
    """A gradient: one number with its sign, or how far an array reaches."""
    return signed(float(x)) if np.ndim(x) == 0 else _short(x, shape=False)


def _path(trace: Trace, frame: int | None) -> str:
    """The modules around a node, outermost first."""
    labels: list[str] = []
    while frame is not None:
        part = trace.frames[frame]
        labels.append(shortened(part.label))
        frame = part.parent
    return reasons.inside(labels[::-1])


def _arrays(trace: Trace) -> list[list[str]]:
    """The arrays of a few cells, in full."""
    blocks: list[list[str]] = []
    for item in trace.items:
        if item.shape is None or not _is_small(item.data):
            continue
        sides = [("value", grid(item.data))]
        if item.grad is not None:
            sides.append(("gradient", grid(item.grad, signed)))
        heading = f"{item.name}, {shape_text(item.shape)} {item.dtype}"
        if item.grad is None:
            heading += f": {words.MARKS[item.zero or words.NOT_REACHED]}"
        blocks.append([f"  {heading}", *(f"    {line}" for line in beside(sides))])
    return [["Arrays", *(line for block in blocks for line in block)]] if blocks else []


def _is_small(x: Any) -> bool:
    return 1 < np.size(x) <= FULL and np.shape(x)[-1] <= COLUMNS


def _zeros(trace: Trace) -> list[list[str]]:
    """Why gradients are 0 or missing, one sentence each."""
    lines = [line for told in reasons.absences(trace) for line in wrapped(told, "  ", "    ")]
    return [["No gradient, and why", *lines]] if lines else []


# --- backward -------------------------------------------------------------------------------------


def _backward(trace: Trace) -> Iterator[str]:
    yield from wrapped(words.seed_sentence(trace), "  ", "    ")
    inside: int | None = None
    said: set[str] = set()  # the sentences of the operations, each once
    for sender, rows in groupby(trace.contributions, key=lambda row: row.sender):
        item = trace.items[sender]
        told = replace(item, says="") if item.says in said else item
        said.add(item.says)
        if item.frame != inside:
            inside = item.frame
            yield f" {_path(trace, inside)}"
        yield from wrapped(words.backward_sentence(told), "  ", "    ")
        yield from _sent(trace, list(rows))


def _sent(trace: Trace, rows: Sequence[Contribution]) -> Iterator[str]:
    """What one node sends: a line for each argument slot, and sums for the cells of arrays."""
    cells = [_contribution(trace, row) for row in rows]
    lines = table(cells, (False,) * 4)
    if max(map(width, lines)) > WIDTH - 4:
        lines = ["  ".join(filter(None, row)) for row in cells]
    for row, line in zip(rows, lines, strict=True):
        yield from wrapped(line, "    ", "      ")
        yield from _sums(trace, row)


def _contribution(trace: Trace, row: Contribution) -> list[str]:
    receiver = trace.items[row.receiver]
    sent = _amount(row.amount)
    if row.local is not None:
        sent = f"{reasons.times(row.upstream, row.local)} = {sent}"
    if row.zero is not None:
        sent += f" ({row.zero})"
    return [
        f"to {receiver.name}:",
        sent,
        f"total {_amount(row.total)}" if receiver.expects > 1 else "",
        words.arrival(row.arrived, receiver.expects),
    ]


def _sums(trace: Trace, row: Contribution) -> Iterator[str]:
    """The cells of a contribution to a small array, each as a sum of products."""
    links = trace.items[row.sender].links
    found = links[row.slot] if row.slot < len(links) else None
    if found is None or np.size(row.amount) > SUMS or _only_moves(found):
        return
    receiver = trace.items[row.receiver]
    upstream, amount = np.ravel(row.upstream), np.ravel(row.amount)
    terms: dict[int, list[tuple[float, float]]] = {}
    for out, cell, slope in zip(found.outputs, found.inputs, found.slopes, strict=True):
        terms.setdefault(cell, []).append((float(upstream[out]), slope))
    for cell, factors in sorted(terms.items()):
        where = tuple(map(int, np.unravel_index(cell, np.shape(row.amount))))
        name = words.cell_name(receiver.name, where)
        sum_ = reasons.sum_of_products(factors, TERMS)
        yield from wrapped(f"{name}: {sum_} = {signed(float(amount[cell]))}", " " * 6, " " * 8)


def _only_moves(links: Links) -> bool:
    """Whether every cell goes to one place, as it is."""
    return all(s == 1.0 for s in links.slopes) and len(set(links.inputs)) == len(links.inputs)


def _is_rounded(trace: Trace) -> bool:
    """Whether any number of a contribution has more digits than are shown."""
    told = [x for row in trace.contributions for x in (row.upstream, row.local or 0.0, row.amount)]
    return any(any_rounded(np.ravel(x).tolist()) for x in told if np.size(x) <= FULL)


def _left_over(trace: Trace) -> list[list[str]]:
    """Leaves that hold more than this pass brought."""
    lines: list[str] = []
    for item in trace.items:
        if item.before is not None:
            told = reasons.left_over(item.name, item.before + item.grad, item.grad)
            lines += wrapped(told, "  ", "    ")
    return [["Left over", *lines]] if lines else []


def _hooks(trace: Trace) -> list[list[str]]:
    """Gradients that a hook changed: what arrived, and what is there now."""
    lines: list[str] = []
    for item in trace.items:
        if item.hooked is not None:
            came, made = item.hooked
            told = reasons.hooked(item.name, made, came, leaf=item.op is None)
            lines += wrapped(told, "  ", "    ")
    return [["Hooks", *lines]] if lines else []


# --- too large ------------------------------------------------------------------------------------


def _summary(trace: Trace) -> Iterator[str]:
    """The modules of a graph that is too large to be told node by node."""
    yield from wrapped(trace.note)
    if trace.frames:
        head = ["module", "nodes", "gradient in", "gradient out"]
        yield ""
        yield from table([head, *_modules(trace.frames)], (False, True, True, True))
        yield reasons.NORMS


def _modules(parts: Sequence[Part]) -> list[list[str]]:
    """A row for each module, the inner ones below the one around them."""
    inner: dict[int | None, list[int]] = {}
    for i, part in enumerate(parts):
        inner.setdefault(part.parent, []).append(i)
    rows: list[list[str]] = []
    todo = [(i, 0) for i in reversed(inner.get(None, []))]
    while todo:
        i, depth = todo.pop()
        part = parts[i]
        name = "  " * depth + shortened(part.label)
        rows.append([name, f"{part.items:,}", number(part.grad_in), number(part.grad_out)])
        todo += [(j, depth + 1) for j in reversed(inner.get(i, []))]
    return rows
