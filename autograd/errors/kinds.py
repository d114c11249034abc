"""What callers catch. Each is an `AutogradError`, and the built-in kind one would expect."""

from __future__ import annotations


class AutogradError(Exception):
    """The base of everything this library raises on purpose."""


class ShapeError(AutogradError, ValueError):
    """Shapes, axes or sizes that do not go together."""


class DTypeError(AutogradError, TypeError):
    """Data of a kind that cannot be used here: text, objects, complex numbers, integers."""


class OptionError(AutogradError, ValueError):
    """An option with a value it does not have."""


class DomainError(AutogradError, ValueError):
    """Data for which an operation has no answer: a singular matrix, a label outside its classes."""


class IndexingError(AutogradError, IndexError):
    """An index or axis outside the array."""


class GradientError(AutogradError, RuntimeError):
    """A gradient that cannot be had: nothing was recorded, or no rule is known."""


class ChangedError(GradientError):
    """An array was changed in place between the forward and the backward pass."""


class AnomalyError(AutogradError, FloatingPointError):
    """`detect_anomaly` saw the first nan or infinity."""


class GradcheckError(AutogradError, AssertionError):
    """`gradcheck` found a gradient that finite differences do not confirm."""


class OutputError(AutogradError, OSError):
    """A place that cannot be written to."""


class MissingExtraError(AutogradError, ImportError):
    """A library that only a part of this package needs is not installed."""


class CommandError(AutogradError, RuntimeError):
    """A command line that cannot be carried out."""


class PlatformError(AutogradError, RuntimeError):
    """Something that this operating system cannot do."""
