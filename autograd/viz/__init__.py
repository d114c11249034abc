"""Readers of a finished graph. Nothing in the engine knows about them."""

from autograd.viz.ledger import Ledger, Row, ledger

__all__ = ["Ledger", "Row", "ledger"]
