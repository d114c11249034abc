"""A trace as JSON: what the stepper reads, and other programs may.

All numbers of small arrays are there, large ones are told by their extremes. Every sentence is
written out, so that a reader needs no words of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.viz import words
from autograd.viz.numbers import finite

if TYPE_CHECKING:
    from autograd.viz.items import Contribution, Item, Trace

VERSION = 1
CELLS = 1024  # arrays larger than this are told by their extremes


def as_json(trace: Trace) -> dict[str, Any]:
    """The trace as dictionaries and lists of JSON's kinds."""
    return {
        "version": VERSION,
        "complete": trace.complete,
        "note": trace.note,
        "nodes": trace.nodes,
        "root": trace.root,
        "seed": numbers(trace.seed),
        "items": [_item(item, trace) for item in trace.items],
        "contributions": [_row(row, trace) for row in trace.contributions],
        "frames": [
            {
                "path": part.path,
                "label": part.label,
                "detail": part.detail,
                "parent": part.parent,
                "nodes": part.items,
                "grad_in": numbers(part.grad_in),
                "grad_out": numbers(part.grad_out),
            }
            for part in trace.frames
        ],
        "start": words.seed_sentence(trace) if trace.complete else "",
    }


def _item(item: Item, trace: Trace) -> dict[str, Any]:
    made = item.op is not None
    return {
        "name": item.name,
        "kind": item.kind,
        "op": item.op,
        "says": item.says,
        "formula": item.formula,
        "dtype": item.dtype,
        "data": numbers(item.data),
        "grad": None if item.grad is None else numbers(item.grad),
        "before": None if item.before is None else numbers(item.before),
        "inputs": list(item.inputs),
        "frame": item.frame,
        "expects": item.expects,
        "zero": item.zero,
        "why_zero": words.zero_sentence(item.zero, item, trace) if item.zero else "",
        "forward": words.forward_sentence(item),
        "backward": words.backward_sentence(item) if made and item.grad is not None else "",
        "links": [None if link is None else link.as_json() for link in item.links],
    }


def _row(row: Contribution, trace: Trace) -> dict[str, Any]:
    return {
        "sender": row.sender,
        "receiver": row.receiver,
        "slot": row.slot,
        "upstream": numbers(row.upstream),
        "local": None if row.local is None else numbers(row.local),
        "amount": numbers(row.amount),
        "total": numbers(row.total),
        "arrived": row.arrived,
        "zero": row.zero,
        "sentence": words.contribution_sentence(row, trace),
    }


def numbers(x: Any) -> Any:
    """A number for JSON, or an array: its shape with all its cells, or with their extremes."""
    if isinstance(x, float):
        return finite(x)
    x = np.asarray(x)
    told: dict[str, Any] = {"shape": list(x.shape)}
    if x.size <= CELLS:
        told["cells"] = [finite(float(v)) for v in x.ravel()]
    else:
        told |= {
            k: finite(float(f(x))) for k, f in (("min", np.min), ("max", np.max), ("mean", np.mean))
        }
    return told
