"""What a model is made of, layer by layer: shapes, parameters, work, and memory for backward.

The model runs once, with a hook before and after every module. Hooks tell who called whom and
what came out; the graph of that run tells what backward will need. Nothing here is estimated but
the multiply-adds, which follow from the shapes.

Every row counts what no row below it counts, so that a column adds up to its total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.looking.counting import multiply_adds
from nn.looking.kept import arrays_held, arrays_in, memory_of, nodes_behind
from nn.looking.tables import html_table
from nn.looking.undisturbed import left_alone
from nn.module import Module

Shape = tuple[int, ...]
WORDS = 4  # columns of the table before those of numbers
PLURAL = {"weight": "weights", "bias": "biases"}


@dataclass
class Row:
    """One layer.

    Attributes:
        name: its path in the model; "" for the model itself. kind: its class.
        depth: how many calls it lies below the model.
        calls: how often it ran; 0 for one that holds parameters but was not called.
        output_shapes: each shape that came out, once.
        parameters: elements by kind ("weight", "bias", or the parameter's own name).
        frozen: how many of these do not learn.
        shared: whether it also uses parameters that an earlier row counted.
        multiply_adds: over all calls; None where they are not known or not counted.
        bytes_kept: what this layer adds to the memory that waits for backward.
    """

    name: str
    kind: str
    depth: int
    calls: int = 0
    output_shapes: list[Shape] = field(default_factory=list)
    parameters: Counter[str] = field(default_factory=Counter)
    frozen: int = 0
    shared: bool = False
    multiply_adds: int | None = None
    bytes_kept: int = 0

    @property
    def parameter_count(self) -> int:
        """The elements of all parameters this row counts."""
        return self.parameters.total()

    def breakdown(self) -> str:
        """The parameters in words: "2,400 weights + 32 biases = 2,432"."""
        parts = [
            f"{count:,} {kind if count == 1 else PLURAL.get(kind, kind)}"
            for kind, count in self.parameters.items()
        ]
        text = " + ".join(parts) + (f" = {self.parameter_count:,}" if len(parts) > 1 else "")
        notes = []
        if self.frozen:
            all_of_them = self.frozen == self.parameter_count
            notes.append("frozen" if all_of_them else f"{self.frozen:,} frozen")
        if self.shared:
            notes.append("others shared, counted above" if text else "shared, counted above")
        return f"{text} ({', '.join(notes)})".strip() if notes else text or "-"

    def add(self, other: Row) -> None:
        """Count what `other` counts as well."""
        self.parameters.update(other.parameters)
        self.frozen += other.frozen
        self.shared = self.shared or other.shared
        self.count(other.multiply_adds)
        self.bytes_kept += other.bytes_kept

    def count(self, found: int | None) -> None:
        """Add multiply-adds, if they are known."""
        if found is not None:
            self.multiply_adds = (self.multiply_adds or 0) + found


@dataclass(frozen=True)
class Summary:
    """What `summary` found. `print` it to read it."""

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """All parameters of the model, each counted once."""
        return sum(row.parameter_count for row in self.rows)

    @property
    def trainable(self) -> int:
        """Those that are not frozen."""
        return self.parameters - sum(row.frozen for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Of the layers for which they are counted."""
        return sum(row.multiply_adds or 0 for row in self.rows)

    @property
    def bytes_kept(self) -> int:
        """What the graph of one forward pass keeps alive for backward."""
        return sum(row.bytes_kept for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, ready for JSON.

        >>> import nn
        >>> found = summary(nn.Linear(3, 2), (5, 3)).to_dict()
        >>> found["parameters"], found["multiply_adds"], found["layers"][0]["parameters"]
        (8, 30, {'weight': 6, 'bias': 2})
        """
        layers = [
            {
                "name": row.name,
                "kind": row.kind,
                "depth": row.depth,
                "calls": row.calls,
                "output_shapes": [list(shape) for shape in row.output_shapes],
                "parameters": dict(row.parameters),
                "parameter_count": row.parameter_count,
                "frozen": row.frozen,
                "shared": row.shared,
                "multiply_adds": row.multiply_adds,
                "bytes_kept": row.bytes_kept,
            }
            for row in self.rows
        ]
        return {
            "layers": layers,
            "parameters": self.parameters,
            "trainable": self.trainable,
            "multiply_adds": self.multiply_adds,
            "bytes_kept": self.bytes_kept,
        }

    def __str__(self) -> str:
        table = self._table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = []
        for cells in table:
            padded = [
                f"{cell:>{width}}" if i >= WORDS else f"{cell:<{width}}"  # numbers to the right
                for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ]
            lines.append("  ".join(padded).rstrip())
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:], rule, self._total()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        head, *rows = self._table()
        return html_table(head, rows, words=WORDS, below=self._total())

    def _table(self) -> list[tuple[str, ...]]:
        head = ("layer", "kind", "output shape", "parameters", "multiply-adds", "bytes kept")
        return [head, *(_cells(self.rows, i) for i in range(len(self.rows)))]

    def _total(self) -> str:
        frozen = self.parameters - self.trainable
        rest = f" ({frozen:,} of them frozen)" if frozen else ""
        return (
            f"total: {self.parameters:,} parameters{rest}, {self.multiply_adds:,} multiply-adds, "
            f"{self.bytes_kept:,} bytes kept for backward"
        )


def _cells(rows: tuple[Row, ...], i: int) -> tuple[str, ...]:
    row = rows[i]
    above = next((r for r in reversed(rows[:i]) if r.depth < row.depth), None)
    prefix = f"{above.name}." if above is not None and above.name else ""
    name = row.name.removeprefix(prefix) or "(model)"
    times = f" x{row.calls}" if row.calls > 1 else ""
    shapes = ", ".join(map(str, row.output_shapes)) if row.calls else "not called"
    return (
        f"{'  ' * row.depth}{name}{times}",
        row.kind,
        shapes or "-",
        row.breakdown(),
        "-" if row.multiply_adds is None else f"{row.multiply_adds:,}",
        f"{row.bytes_kept:,}",
    )


def summary(model: Module, input: Any, *, depth: int | None = None) -> Summary:
    """What `model` is made of, from one run on `input`.

    Args:
        model: any Module.
        input: an array, list or Tensor; or a shape, a tuple of whole numbers, for zeros of that
            shape (nothing is added to it: say (1, 3, 32, 32) for a batch of one). A tuple of
            these is several inputs.
        depth: how many levels of calls below the model get rows of their own; deeper ones are
            added to the row above them. None for all, 0 for the model as one row.

    Returns:
        An object that prints as a table, in the order in which the layers ran; `rows`, the totals,
        and `to_dict()`.

    A layer that ran several times has one row for each module that called it. Parameters are
    counted once, in the first row that uses them. For multiply-adds see `nn.looking.counting`.

    *Bytes kept* are measured, not estimated. After the run, every node of the graph behind the
    outputs is asked for the arrays it holds: the inputs of its operation, its result, and those
    in its parameters and in what it noted for itself. Views count as the array they look into,
    and each array counts once, for the layer that made it; one that came from outside counts for
    the layer that read it first. Parameters and buffers live anyway and do not count. What the
    graph does not hold, Python's own objects and passing scratch, is not in the number.

    The model runs in evaluation mode, and is left as it was: mode, buffers and generators. In
    training, dropout and batch normalisation keep more.

    Raises:
        DTypeError: for something that is no Module.
        OptionError: for a bad depth.

    >>> import nn
    >>> print(summary(nn.Conv2d(3, 32, 5), (3, 32, 32)))
    layer    kind    output shape  parameters                         multiply-adds  bytes kept
    -------------------------------------------------------------------------------------------
    (model)  Conv2d  (32, 28, 28)  2,400 weights + 32 biases = 2,432      1,881,600     112,640
    -------------------------------------------------------------------------------------------
    total: 2,432 parameters, 1,881,600 multiply-adds, 112,640 bytes kept for backward
    """
    if not isinstance(model, Module):
        raise errors.not_a_module("summary", model)
    if depth is not None and (not isinstance(depth, int) or depth < 0):
        raise errors.bad_option("summary", "depth", "a whole number of at least 0, or None", depth)
    inputs = _inputs(model, input)
    run = _Run(model)
    with left_alone(model), ag.enable_grad(), run.watching():
        out = model(*inputs)
    run.measure(out)
    return Summary(tuple(run.rows(depth)))


# --- what goes in -----------------------------------------------------------------------------


def _inputs(model: Module, given: Any) -> list[Any]:
    several = isinstance(given, tuple) and not _is_shape(given)
    return [_input(model, one) for one in (given if several else (given,))]


def _is_shape(given: Any) -> bool:
    return isinstance(given, tuple) and all(
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in given
    )


def _input(model: Module, given: Any) -> Any:
    if _is_shape(given):
        if any(n < 0 for n in given):
            raise errors.bad_option("summary", "input", "a shape without negative sizes", given)
        kinds = [p.dtype for p in model.parameters()]
        return np.zeros(given, kinds[0] if kinds else ag.get_default_dtype())
    if isinstance(given, Tensor):
        # A leaf of the same numbers: what was computed before is no part of this model.
        return Tensor(given.numpy(), given.requires_grad)
    return given


# --- one run ----------------------------------------------------------------------------------


class _Line:
    """A row in the making: a module under the one that called it."""

    row: Row

    def __init__(self, module: Module, path: str, above: _Line | None) -> None:
        self.module = module
        self.below: list[_Line] = []
        depth = 0 if above is None else above.row.depth + 1
        self.row = Row(path, type(module).__name__, depth)
        if above is not None:
            above.below.append(self)

    def all(self) -> Iterator[_Line]:
        yield self
        for line in self.below:
            yield from line.all()


@dataclass
class _Call:
    """A module that is running, and the multiply-adds of what it has called so far."""

    line: _Line
    inner: int = 0


class _Run:
    """One forward pass: who called whom, and who made which node."""

    def __init__(self, model: Module) -> None:
        self.model = model
        self.paths = {module: path for path, module in model.named_modules()}
        self.top = _Line(model, "", None)
        self.calls: list[_Call] = []
        self.makers: dict[Any, _Line] = {}  # node -> the line in whose call it was made

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hooks on every module, taken off afterwards."""
        handles = []
        try:
            for module in self.paths:
                handles.append(module.register_forward_pre_hook(self._before))
                handles.append(module.register_forward_hook(self._after))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _before(self, module: Module, args: tuple[Any, ...]) -> None:
        line = self.top
        if self.calls:
            above = self.calls[-1].line
            self._claim(args, above)  # made between two calls: by the caller itself
            known = [line for line in above.below if line.module is module]
            line = known[0] if known else _Line(module, self.paths[module], above)
        self.calls.append(_Call(line))

    def _after(self, module: Module, args: tuple[Any, ...], out: Any) -> None:
        while self.calls[-1].line.module is not module:
            self.calls.pop()  # it failed, and its caller went on without it
        call = self.calls.pop()
        row = call.line.row
        self._claim(out, call.line)
        row.calls += 1
        shapes = [x.shape for x in arrays_in(out)]
        row.output_shapes += [s for s in dict.fromkeys(shapes) if s not in row.output_shapes]
        found = multiply_adds(module, [x.shape for x in arrays_in(args)], shapes)
        if found is not None:
            row.count(max(found - call.inner, 0))  # its parts have counted theirs
        if self.calls:
            self.calls[-1].inner += max(found or 0, call.inner)

    def _claim(self, things: Any, line: _Line) -> None:
        """The nodes behind these that nobody has claimed were made in the call of `line`."""
        for node in nodes_behind(arrays_in(things), self.makers):
            self.makers[node] = line

    def measure(self, out: Any) -> None:
        """Count the arrays that the graph behind `out` holds, and the parameters."""
        with ag.no_grad():  # where a Tensor shows its memory, read-only
            alive = [memory_of(np.asarray(p)) for p in self.model.parameters()]
        alive += [memory_of(array) for array in self.model.buffers()]
        seen = {id(array) for array in alive}
        for node in nodes_behind(arrays_in(out), ()):
            for array in map(memory_of, arrays_held(node)):
                if id(array) not in seen:
                    seen.add(id(array))
                    self.makers[node].row.bytes_kept += array.nbytes
        self._add_the_uncalled()
        counted: set[Any] = set()
        for line in self.top.all():
            for name, parameter in line.module.named_parameters(recurse=False):
                if parameter in counted:
                    line.row.shared = True
                    continue
                counted.add(parameter)
                line.row.parameters[_kind(name)] += parameter.size
                line.row.frozen += 0 if parameter.requires_grad else parameter.size

    def _add_the_uncalled(self) -> None:
        """A line for each module that has parameters and did not run, under one that did."""
        lines: dict[str, _Line] = {}
        for line in self.top.all():
            lines.setdefault(line.row.name, line)
        for module, path in self.paths.items():
            if path not in lines and any(True for _ in module.named_parameters(recurse=False)):
                above = path
                while above not in lines:
                    above = above.rpartition(".")[0]
                _Line(module, path, lines[above])

    def rows(self, depth: int | None) -> Iterable[Row]:
        """The rows in order; those too deep are added to the one above."""
        rows: list[Row] = []
        for line in self.top.all():
            if depth is None or line.row.depth <= depth:
                rows.append(line.row)
            else:
                rows[-1].add(line.row)
        return rows


def _kind(name: str) -> str:
    """Weights and biases go by many names: weight_ih_l0, in_proj_weight, bias_hh, ..."""
    for kind in PLURAL:
        if name.startswith(kind) or name.endswith(kind):
            return kind
    return name
