"""What callers catch, beside the kinds of `autograd.errors`."""

from __future__ import annotations

from typing import Any

from autograd.errors import (
    AutogradError,
)


class StateError(AutogradError, ValueError):
    """A saved state that does not belong to this model or optimiser. Nothing was changed."""


class MissingForwardError(AutogradError, NotImplementedError):
    """A module that does not say what it computes."""


class NoGradientWarning(UserWarning):
    """An optimiser took a step, and not one of its parameters had a gradient."""


class DivergedError(AutogradError, FloatingPointError):
    """The loss became nan or infinite; the weights are those before the step. See `.history`."""

    history: Any = None


class FileError(AutogradError, OSError):
    """A file that cannot be read, or is not what it should be. Nothing was changed."""
