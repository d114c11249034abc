"""Graphs by the thousand: of every operation in the table, in Values, arrays, and both."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, NamedTuple

import numpy as np
import samples

import autograd as ag
from autograd import Tensor, Value, ops
from autograd.ops.op import Op


class Case(NamedTuple):
    """An operation and one way to feed it."""

    key: str
    op: Op
    sample: Any

    def record(self, operands: list[Any], params: dict[str, Any] | None = None) -> Any:
        """The node that the operation makes of these, whatever kind they are of."""
        if params is None:
            params = self.sample.params(self.op, operands)
        operands, params = self.op.bind(operands, params)
        if all(np.ndim(x) == 0 and not isinstance(x, Tensor) for x in operands):
            return self.op(*operands, **params)
        return Tensor.record(self.op, operands, params)

    def gradients(self, operands: list[Any]) -> list[int]:
        """The slots whose inputs can get a gradient."""
        return [
            slot
            for slot, x in enumerate(operands)
            if np.asarray(x).dtype.kind == "f"
            and slot not in self.sample.constant
            and (self.op.variadic or self.op.rules[slot] is not None)
        ]


def _table() -> list[Case]:
    found = []
    for info in pkgutil.iter_modules(ops.__path__):
        module = importlib.import_module(f"autograd.ops.{info.name}")
        for name, op in vars(module).items():
            # As the table does it: names of one module first, then names of any.
            key = f"{info.name}.{name}" if f"{info.name}.{name}" in samples.SAMPLES else name
            if isinstance(op, Op) and key in samples.SAMPLES:
                given = samples.SAMPLES[key]
                many = given if isinstance(given, list) else [given]
                found += [Case(f"{key}-{i}", op, sample) for i, sample in enumerate(many)]
    return list({(case.op, id(case.sample)): case for case in found}.values())


TABLE = _table()
SCALARS = [case for case in TABLE if case.op.scalar is not None and case.sample.domains]


def random_graph(seed: int) -> Any:
    """A root of one number, over some operations of the table, in turn; the same for each seed.

    What an operation reads is a leaf of the right kind plus a part of earlier results, moved to
    its place: so results are read several times, stretched, and Values meet Tensors.
    """
    rng = np.random.default_rng(seed)
    kind = ("scalars", "arrays", "both")[seed % 3]
    cases = SCALARS if kind == "scalars" else TABLE
    pool: list[Any] = [Value(rng.normal()) if kind != "arrays" else _leaf(rng.normal(size=()))]
    for i in range(4):
        case = cases[(4 * seed + i) % len(cases)]
        shapes = ((),) * len(case.sample.domains) if kind == "scalars" else None
        operands = case.sample.draw(rng, shapes)
        params = case.sample.params(case.op, operands)
        wanted = case.gradients(operands) or [
            slot for slot, x in enumerate(operands) if np.asarray(x).dtype.kind == "f"
        ]
        given = list(operands)
        for slot in wanted:
            given[slot] = _operand(rng, operands[slot], pool, kind)
        if rng.random() < 0.2:  # one node in two places, where it fits
            for slot in wanted[1:]:
                if np.shape(operands[slot]) == np.shape(operands[wanted[0]]):
                    given[slot] = given[wanted[0]]
        out = case.record(given, params)
        pool.append(_one_number(rng, out, kind))
    root = pool[-1]
    for node in pool[:-1]:
        root = root + float(rng.normal()) * node
    return root


def _leaf(x: Any) -> Tensor:
    return Tensor(x, requires_grad=True)


def _operand(rng: Any, x: Any, pool: list[Any], kind: str) -> Any:
    """A node that holds x, or nearly, and depends on earlier results."""
    if kind == "scalars" or (kind == "both" and np.ndim(x) == 0 and rng.random() < 0.5):
        leaf: Any = Value(float(x))
    else:
        leaf = _leaf(np.asarray(x))
    if rng.random() < 0.4:
        return leaf
    earlier = pool[int(rng.integers(len(pool)))]
    now = float(earlier)
    return leaf + 0.25 * (earlier - now) if np.isfinite(now) else leaf * 1.0


def _one_number(rng: Any, out: Any, kind: str) -> Any:
    if not isinstance(out, Tensor):
        return out if isinstance(out, Value) else Value(float(out))
    if out.size == 0:
        return _leaf(rng.normal(size=()))
    total = ag.sum(out * rng.normal(size=out.shape))
    return total.value() if kind == "both" and rng.random() < 0.5 else total
