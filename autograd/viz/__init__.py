"""Readers of a finished graph: they show it, and say where its gradients came from.

`trace` replays the backward pass and writes every contribution down; the views read the trace.
Nothing in the engine knows about them, and nothing is recorded for them while a network trains.
"""

from autograd.viz.ledger import Ledger, Row, ledger
from autograd.viz.trace import Contribution, Item, Trace, trace

__all__ = ["Contribution", "Item", "Ledger", "Row", "Trace", "ledger", "trace"]
