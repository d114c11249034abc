"""Readers of a finished graph: they show it, and say where its gradients came from.

`trace` replays the backward pass and writes every contribution down; the views read the trace.
Nothing in the engine knows about them, and nothing is recorded for them while a network trains.
"""

from autograd.viz.expand import expand
from autograd.viz.explain.guess import check
from autograd.viz.explain.why import Addend, Why, why
from autograd.viz.items import Contribution, Item, Trace
from autograd.viz.ledger import Ledger, Row, ledger
from autograd.viz.picture.draw import Drawing, draw
from autograd.viz.stepper.compare import compare, compare_overwriting
from autograd.viz.stepper.step import Stepper, step
from autograd.viz.trace import trace

__all__ = [
    "Addend",
    "Contribution",
    "Drawing",
    "Item",
    "Ledger",
    "Row",
    "Stepper",
    "Trace",
    "Why",
    "check",
    "compare",
    "compare_overwriting",
    "draw",
    "expand",
    "ledger",
    "step",
    "trace",
    "why",
]
