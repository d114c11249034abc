"""Dropout layers. Nothing is learned here, and in evaluation they do nothing."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from nn import errors, init
from nn.functional import dropping
from nn.functional.checks import flag
from nn.module import Module


class _Dropout(Module):
    """What dropout layers share: a probability, and a generator of their own."""

    def __init__(
        self, p: float = 0.5, inplace: bool = False, *, generator: init.Seed = None
    ) -> None:
        dropping.check_probability(type(self).__name__, p)
        if flag(type(self).__name__, "inplace", inplace):
            raise errors.no_inplace(type(self).__name__)
        self.p = p
        self.generator = init.as_generator(generator)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout(_Dropout):
    """Each number to 0 with probability p, the others scaled by 1 / (1 - p); only in training.

    Args:
        p: the probability.
        inplace: False; the graph may need the input.
        generator: of the random numbers: a numpy Generator, a seed, or None. It is kept, so each
            call draws new ones; layers may share one.

    Raises:
        OptionError: unless p is between 0 and 1, or for inplace=True.

    >>> import numpy as np
    >>> layer = Dropout(0.5, generator=0)
    >>> sorted(set(layer(np.ones(100)).numpy().tolist()))
    [0.0, 2.0]
    >>> layer.eval()(np.ones(2))
    Tensor([1., 1.])
    """

    def forward(self, input: Any) -> Tensor:
        return dropping.dropout(input, self.p, self.training, self.generator)


class Dropout2d(_Dropout):
    """Dropout of whole channels, for (N, C, H, W) or (N, C, L); see `Dropout`.

    >>> import numpy as np
    >>> Dropout2d(0.5, generator=0)(np.ones((2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return dropping.dropout2d(input, self.p, self.training, self.generator)
