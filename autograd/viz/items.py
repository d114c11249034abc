"""What a trace is made of: items, contributions and modules, as plain data that all views read.

There are numbers and names in it, no nodes: it keeps no graph alive, and the same graph gives the
same trace, byte for byte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograd import errors
from autograd.viz.cells import Links


@dataclass
class Item:
    """One node of a trace, or one constant.

    number: its place in forward order. kind: "input", "parameter", "constant", "result" or
    "root". says: the sentence of its operation. formula: how it was made. data, grad: a float or
    an array; grad is None where no gradient arrived. before: what earlier backward passes had
    left in `.grad`. hooked: what arrived, and what `.grad` holds since a hook changed it.
    inputs: the items in its argument slots. expects: how many contributions make up its gradient.
    zero: the kind of "no gradient", see `words.KINDS`; None if there is one. links: for arrays of
    a few cells, slot by slot, which cell reads which.
    """

    number: int
    name: str
    kind: str
    op: str | None
    says: str
    formula: str
    data: Any
    grad: Any = None
    before: Any = None
    hooked: tuple[Any, Any] | None = None
    inputs: tuple[int, ...] = ()
    frame: int | None = None
    expects: int = 0
    zero: str | None = None
    links: tuple[Links | None, ...] = ()

    @property
    def shape(self) -> tuple[int, ...] | None:
        """None for a scalar node."""
        return None if isinstance(self.data, float) else np.shape(self.data)

    @property
    def dtype(self) -> str:
        return "float64" if isinstance(self.data, float) else str(self.data.dtype)


@dataclass(frozen=True)
class Contribution:
    """One row of the ledger: what `sender` added to the gradient of `receiver` through `slot`.

    local: the slope; None where arrays are involved. amount = upstream x local. total: the
    receiver's gradient so far. arrived: which of its contributions this is, from 1.
    zero: "blocked" or "starved" if it is 0 everywhere.
    """

    sender: int
    receiver: int
    slot: int
    upstream: Any
    local: float | None
    amount: Any
    total: Any
    arrived: int
    zero: str | None


@dataclass
class Part:
    """A frame in a trace, see `frames.Frame`; with what it hides when it is closed."""

    path: str
    label: str
    detail: str
    parent: int | None
    items: int = 0
    grad_in: float = 0.0  # the norm of the gradients that arrive from outside
    grad_out: float = 0.0  # the norm of those it sends out


@dataclass
class Trace:
    """What `trace` returns. `print` it for the text view; `to_json()` for other programs.

    items: every node and constant, in forward order. contributions: in order of arrival.
    frames: the modules. complete: False where the graph was too large; then `items` and
    `contributions` are empty and the frames have the sums. overwrites: each contribution replaced
    the one before, see `compare_overwriting`.
    """

    root: int
    seed: Any
    items: list[Item]
    contributions: list[Contribution]
    frames: list[Part]
    nodes: int
    complete: bool = True
    note: str = ""
    overwrites: bool = False
    _into: dict[int, list[Contribution]] = field(default_factory=dict, repr=False)

    def item(self, name: str) -> Item:
        """The item of a name.

        Raises:
            OptionError: if there is none; the message lists the names.
        """
        for item in self.items:
            if item.name == name:
                return item
        raise errors.no_such_name(name, [item.name for item in self.items])

    def into(self, item: Item) -> list[Contribution]:
        """The contributions to one gradient, in the order in which they were added."""
        if not self._into:
            for row in self.contributions:
                self._into.setdefault(row.receiver, []).append(row)
        return self._into.get(item.number, [])

    def counted(self, item: Item) -> list[Contribution]:
        """Those of them that its gradient is made of: all, or the last that replaced the others."""
        rows = self.into(item)
        return rows[-1:] if self.overwrites else rows

    @cached_property
    def forward(self) -> list[Item]:
        """The items that an operation made, in forward order."""
        return [item for item in self.items if item.op is not None]

    @cached_property
    def backward(self) -> list[Item]:
        """The items that passed something on, in backward order."""
        senders = dict.fromkeys(row.sender for row in self.contributions)
        return [self.items[number] for number in senders]

    def __str__(self) -> str:
        from autograd.viz.text import text

        return text(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """The trace as JSON, in the format of `as_json.VERSION`. nan and infinities are strings."""
        from autograd.viz.as_json import as_json

        return json.dumps(as_json(self), indent=indent, ensure_ascii=False, allow_nan=False)
