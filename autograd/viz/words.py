"""The sentences: what a step does, and why a gradient is zero. One place for every view.

Words before symbols: each step is one sentence. A zero is never left without its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.viz.numbers import brief, number, shape_text, signed
from autograd.viz.plain import bracketed

if TYPE_CHECKING:
    from autograd.viz.items import Contribution, Item, Part, Trace

BLOCKED, STARVED, CANCELLED = "blocked", "starved", "cancelled"
PENDING, NOT_REACHED, NOT_ASKED = "pending", "not reached", "not asked"
KINDS = (BLOCKED, STARVED, CANCELLED, PENDING, NOT_REACHED, NOT_ASKED)

MARKS = {  # what stands beside, or instead of, a gradient that is not there
    BLOCKED: "0 blocked",
    STARVED: "0 starved",
    CANCELLED: "0 cancelled",
    PENDING: "waiting",
    NOT_REACHED: "none: not reached",
    NOT_ASKED: "no gradient",
}


LEGEND = (
    "Thin arrows: values, forward. Thick arrows: gradients, back; dashed where negative, dotted "
    "where 0. Double frame: a parameter. Dashed frame: a constant."
)


def zero_sentence(kind: str, item: Item, trace: Trace) -> str:
    """Why this node has no gradient, or one of 0."""
    if kind == BLOCKED and item.hooked is not None and not all_zero(item.hooked[0]):
        return f"A hook put 0 in the place of what arrived at {item.name}: {brief(item.hooked[0])}."
    rows = trace.counted(item)
    senders = [trace.items[row.sender].name for row in rows]
    addends = [row.amount for row in rows] if isinstance(item.data, float) else []
    replaced = "Only the last contribution is left. " * (len(rows) < len(trace.into(item)))
    root = trace.items[trace.root].name
    return replaced + zero_reason(kind, item.name, root, senders, addends)


def zero_reason(
    kind: str, name: str, root: str, senders: list[str], addends: Sequence[float] = ()
) -> str:
    """The same from names. addends: what the senders sent, where it is one number each."""
    them = listing(senders)
    if kind == BLOCKED:
        if not senders:
            return f"{name} only decides: no gradient passes the operations that read it."
        return f"Nudging {name} a little does not change {them}: the slope is 0."
    if kind == STARVED:
        return f"Nothing arrived at {them}, so there was nothing to pass on to {name}."
    if kind == CANCELLED:
        if addends:
            return f"The wishes cancel: {sum_text(addends)} = 0."
        return f"What {them} sent adds up to 0 in every cell."
    if kind == NOT_REACHED:
        return f"{root} does not depend on {name}: there is no path between them."
    if kind == NOT_ASKED:
        return f"{name} is a constant: nobody asked for its gradient."
    return f"{name} still waits for some of its readers."


def sum_text(addends: Sequence[float], most: int = 8) -> str:
    """A sum as people write it.

    >>> sum_text([-2.0, 6.0, 3.0]), sum_text([1.0, -1.5])
    ('-2 + 6 + 3', '1 - 1.5')
    """
    shown = [number(x) for x in addends[:most]]
    parts = [f"- {x[1:]}" if x[0] == "-" else f"+ {x}" for x in shown[1:]]
    rest = [f"+ {len(addends) - most} more"] if len(addends) > most else []
    return " ".join([*shown[:1], *parts, *rest])


def forward_sentence(item: Item) -> str:
    """What the forward step of this node did."""
    if item.op is None:
        return f"{item.name} is {leaf(item.kind)}: {brief(item.data)}."
    return f"{made(item)} = {brief(item.data)}."


def made(item: Item) -> str:
    """How a node was made; said once where that is its name."""
    return item.name if item.name == item.formula else f"{item.name} = {item.formula}"


def start_sentence(trace: Trace) -> str:
    """What is there before the first step."""
    root = trace.items[trace.root].name
    return (
        f"The inputs and parameters are given. First the values are computed, up to {root}; "
        "then the gradients come back."
    )


def done_sentence(trace: Trace) -> str:
    """What there is to see after the last step."""
    root = trace.items[trace.root]
    if np.ndim(root.data) == 0 and trace.seed == 1.0:
        return (
            f"Done: everything has arrived. A gradient says how {root.name} moves when that number "
            "is nudged a little."
        )
    return "Done: everything has arrived. Each gradient is the sum of what its readers sent."


def overwritten_sentence(trace: Trace) -> str:
    """The same where each contribution replaced the one before it."""
    if all(item.expects < 2 for item in trace.items):
        return (
            "Done, and here the mistake shows nowhere: each number was sent one contribution, so "
            "there was none to replace."
        )
    return (
        "Done, and wrong: where several contributions came to one number, each replaced the one "
        "before, and only the last is left."
    )


def module_sentences(part: Part) -> tuple[str, str]:
    """What the forward and the backward step of a closed module did."""
    nodes = "1 value" if part.items == 1 else f"{part.items} values"
    return (
        f"{part.label} computes {nodes}.",
        f"{part.label}: gradients of size {number(part.grad_in)} arrive, and of size "
        f"{number(part.grad_out)} go on to what it read.",
    )


def seed_sentence(trace: Trace) -> str:
    """How the backward pass starts."""
    root = trace.items[trace.root]
    if np.ndim(root.data) == 0 and trace.seed == 1.0:
        return f"Start at {root.name}: nudged by 1, it moves by 1, so its gradient is 1."
    return f"Start at {root.name}: the gradient that arrives there is {brief(trace.seed)}."


def backward_sentence(item: Item) -> str:
    """What the backward step of this node does."""
    arrivals = "all of it has" if item.expects == 1 else f"all {item.expects} parts have"
    changed = ", and a hook changed it" if item.hooked is not None else ""
    ready = "" if item.kind == "root" else f" ({arrivals} arrived{changed})"
    return f"{item.name} passes on its gradient {brief(item.grad)}{ready}. {sentence(item.says)}"


CONTRIBUTION = {  # filled in here, and by the stepper's script
    "number": (
        "{sender} sends {receiver} its gradient {upstream} times the slope {local} = {amount}."
    ),
    "array": "{sender} sends to {receiver}, cell by cell: {amount}.",
    "wait": "{count} of {expects} arrived, wait.",
    "only": "It is the only one.",
    "all": "All {expects} arrived.",
}


def contribution_sentence(row: Contribution, trace: Trace) -> str:
    """What one contribution does."""
    sender, receiver = trace.items[row.sender], trace.items[row.receiver]
    sent = CONTRIBUTION["array" if row.local is None else "number"].format(
        sender=sender.name,
        receiver=receiver.name,
        upstream=brief(row.upstream),
        local="" if row.local is None else number(row.local),
        amount=brief(row.amount) if row.local is None else signed(row.amount),
    )
    return f"{sent} {arrival(row.arrived, receiver.expects)}"


def arrival(count: int, expects: int) -> str:
    """How many contributions are here, and whether to wait."""
    kind = "wait" if count < expects else "only" if expects == 1 else "all"
    return CONTRIBUTION[kind].format(count=count, expects=expects)


def sentence(text: str) -> str:
    """As a sentence: a capital at the start, a full stop at the end."""
    text = text.strip()
    return text if not text else text[0].upper() + text[1:].rstrip(".") + "."


def listing(words: list[str]) -> str:
    """Some names in a row, each once.

    >>> listing(["a", "b", "a", "c"])
    'a, b and c'
    """
    words = list(dict.fromkeys(words))
    if len(words) > 4:
        words = [*words[:3], f"{len(words) - 3} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def zero_of(amount: Any, upstream: Any) -> str | None:
    """Why a contribution is 0 everywhere; None if it is not."""
    if not all_zero(amount):
        return None
    return STARVED if all_zero(upstream) else BLOCKED


def leaf(kind: str) -> str:
    """What a node is that nothing made."""
    return {"constant": "a constant", "parameter": "a parameter"}.get(kind, "an input")


def cell_name(name: str, cell: tuple[int, ...]) -> str:
    """One cell of an array, as it would be written in Python."""
    return f"{bracketed(name)}[{', '.join(map(str, cell))}]" if cell else name


def all_zero(x: Any) -> bool:
    """Whether a gradient is 0 everywhere."""
    return not np.any(x)


def kind_of(item_kind: str, shape: tuple[int, ...] | None) -> str:
    """What a node is, in words: "parameter, 2x3"."""
    return item_kind if shape is None else f"{item_kind}, {shape_text(shape)}"


# --- nodes in a notebook --------------------------------------------------------------------------

ZERO_OR_NOT_YET = "No backward pass has reached it, or the gradient is 0; why(...) tells which."
NO_GRADIENT_YET = "No gradient yet: no backward pass has reached it."
NO_GRADIENT_ASKED = "No gradient: nobody asked for one (requires_grad=False)."


def made_by(op: str) -> str:
    """Where a node came from."""
    return f"made by {op}"


def gradient_in_rows(rows: int) -> str:
    """The gradient of a table of which only some rows were used."""
    return f"The gradient is 0 but in {rows:,} row{'s' if rows != 1 else ''}."


def extremes(x: Any, *, signs: bool) -> str:
    """A large array in a few numbers; of a gradient also how many cells have which sign.

    >>> extremes(np.array([1.0, 2.0, 6.0]), signs=False)
    'min 1, mean 3, max 6'
    >>> extremes(np.array([-1.0, 0.0, 0.0, np.nan]), signs=True)
    'min -1, mean -0.33333, max 0; 1 cell -, 2 cells 0; 1 cell not finite'
    """
    finite = np.asarray(x)[np.isfinite(x)]
    said = "no finite number"
    if finite.size:
        low, mean, high = (number(float(f(finite))) for f in (np.min, np.mean, np.max))
        said = f"min {low}, mean {mean}, max {high}"
    if signs and finite.size:
        counts = ((finite > 0).sum(), (finite < 0).sum(), (finite == 0).sum())
        said += "; " + ", ".join(
            f"{_cells(int(n))} {sign}" for n, sign in zip(counts, "+-0", strict=True) if n
        )
    if finite.size < np.size(x):
        said += f"; {_cells(np.size(x) - finite.size)} not finite"
    return said if np.size(x) else "no cells"


def _cells(count: int) -> str:
    return f"{count:,} cell" if count == 1 else f"{count:,} cells"


def picture_notes(block: tuple[int, int], shown: int, slices: int) -> str:
    """What pictures of an array leave out."""
    notes = []
    if block != (1, 1):
        notes.append(f"Each pixel is the mean of up to {shape_text(block)} cells.")
    if shown < slices:
        notes.append(f"The first {shown} of {slices:,} slices.")
    return " ".join(notes)


# --- pictures -------------------------------------------------------------------------------------


def picture_title(root: str, nodes: int) -> str:
    """What a picture is called."""
    return f"The graph of {root}: {count_of(nodes, 'node')}"


def count_of(count: int, thing: str) -> str:
    """A number of things.

    >>> count_of(1, "node"), count_of(1200, "node")
    ('1 node', '1,200 nodes')
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def count_mark(arrived: int, expects: int) -> str:
    """What stands in place of a gradient that is not complete."""
    return f"\N{HORIZONTAL ELLIPSIS} {arrived} of {expects}"


def hidden_mark(count: int) -> str:
    """What a closed module says it hides."""
    return f"+ {count_of(count, 'node')} hidden"


def flow_mark(part: Part) -> str:
    """The sizes of the gradients at a closed module."""
    return f"grad in {number(part.grad_in, 4)}, out {number(part.grad_out, 4)}"


def closed_sentence(part: Part, count: int) -> str:
    """What a closed module hides, and the sizes of the gradients that come in and go out."""
    return (
        f"{part.detail}. {count_of(count, 'node')} hidden. Gradients of size "
        f"{number(part.grad_in)} come in, and of size {number(part.grad_out)} go out."
    )


def reads(reader: str, source: str) -> str:
    """An argument slot without a contribution."""
    return f"{reader} reads {source}; no gradient comes back."


def item_line(item: Item) -> str:
    """One node in one line."""
    said = made(item) if item.op else item.name
    grad = "no gradient" if item.grad is None else f"gradient {brief(item.grad)}"
    if item.zero:
        grad = MARKS[item.zero] if item.grad is None else f"gradient {MARKS[item.zero]}"
    return f"{said}: {item.kind}, {brief(item.data)}, {grad}"


def hidden_in_modules(count: int, modules: int, deeper: int) -> str:
    """What a picture with closed modules leaves out, and how to see it."""
    return (
        f"{count_of(count, 'node')} hidden in {count_of(modules, 'closed module')}. "
        f'draw(..., depth={deeper}) opens one level more, open=["name"] opens one module.'
    )


def hidden_around(count: int, name: str, hops: int | None) -> str:
    """What a picture of a neighbourhood leaves out; without `hops` nobody asked for it."""
    around = "draw(..., focus=node) shows what is around a node."
    more = around if hops is None else f"hops={hops + 1} shows more."
    return f"{count_of(count, 'node')} hidden; this is what is near {name}. {more}"


def too_large(nodes: int, modules: bool) -> str:
    """Why there is a table, or a sentence, instead of a picture."""
    instead = "here are its modules. depth=0 draws them; " if modules else ""
    return (
        f"A graph of {count_of(nodes, 'node')} is too large to be drawn; {instead}"
        "draw(..., focus=node) shows what is around a node. Or draw the graph of a smaller batch."
    )


def used_sentence(count: int) -> str:
    """What the mark of a value that is read more than once means."""
    return f"used {count} times: its gradient is the sum of what comes back"
