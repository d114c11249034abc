"""How a node shows itself: inside a text, and in a notebook."""

from __future__ import annotations

from typing import Any

from autograd import errors


class Shown:
    """What numbers and arrays in a graph have in common for those who look at them."""

    __slots__ = ()

    def __format__(self: Any, spec: str) -> str:
        """As f-strings want it: a single number takes the formats of a float.

        >>> from autograd import Tensor
        >>> f"loss {Tensor([3.0, 4.0]).mean():.2f}"
        'loss 3.50'
        """
        if not spec:
            return str(self)
        if getattr(self, "size", 1) != 1:
            raise errors.no_format(spec, self.shape)
        return format(self.item(), spec)

    def _repr_html_(self: Any) -> str:
        """What a notebook shows."""
        from autograd.viz.rich import html  # a view, loaded when somebody looks

        return html(self)
