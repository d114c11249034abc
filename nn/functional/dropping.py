"""Dropout: some numbers are set to 0 at random, the others scaled so that the mean stays.

The random part is a plain array that the input is multiplied by, so there is nothing new to
differentiate. It is drawn from a generator of one's own; numpy's global state is never used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor
from nn import errors, init
from nn.inputs import Array, as_floats

__all__ = ["dropout", "dropout2d"]


def dropout(
    input: Any, p: float = 0.5, training: bool = True, generator: init.Seed = None
) -> Tensor:
    """Set each number to 0 with probability p, and scale the others by 1 / (1 - p).

    Args:
        input: any shape.
        p: the probability.
        training: False gives the input as it is.
        generator: a numpy Generator, a seed, or None for fresh numbers.

    Raises:
        OptionError: unless p is between 0 and 1.

    >>> sorted(set(dropout(np.ones(100), 0.5, generator=0).numpy().tolist()))
    [0.0, 2.0]

    Srivastava et al., "Dropout", 2014.
    """
    x = as_floats(input)
    return _dropped("dropout", x, x.shape, p, training, generator)


def dropout2d(
    input: Any, p: float = 0.5, training: bool = True, generator: init.Seed = None
) -> Tensor:
    """Dropout of whole channels: neighbours in one map say much the same, so they go together.

    Args:
        input: (N, C, H, W) or (N, C, L).

    The others are those of `dropout`.

    Raises:
        ShapeError: for other shapes.

    >>> x = dropout2d(np.ones((1, 8, 2, 2)), 0.5, generator=0).numpy()
    >>> sorted(set(x.sum((2, 3)).ravel().tolist()))
    [0.0, 8.0]
    """
    x = as_floats(input)
    if x.ndim not in (3, 4):
        raise errors.wrong_input("dropout2d", "(N, C, H, W) or (N, C, L)", x.shape)
    together = x.shape[:2] + (1,) * (x.ndim - 2)
    return _dropped("dropout2d", x, together, p, training, generator)


def check_probability(owner: str, p: float) -> None:
    """Raise unless it is a number between 0 and 1."""
    if isinstance(p, bool) or not isinstance(p, (int, float, np.number)) or not 0.0 <= p <= 1.0:
        raise errors.bad_option(owner, "p", "a probability, between 0 and 1", p)


def _dropped(
    name: str, x: Tensor, shape: tuple[int, ...], p: float, training: bool, generator: init.Seed
) -> Tensor:
    check_probability(name, p)
    if not training or p == 0.0:
        return x
    kept: Array = init.as_generator(generator).random(shape, dtype=np.float32) >= np.float32(p)
    if p == 1.0:
        kept[...] = False  # where rounding might have kept one
    factors = kept.astype(x.dtype)
    if p < 1.0:
        factors *= 1.0 / (1.0 - float(p))
    return x * factors  # type: ignore[no-any-return]  # a Tensor times an array is a Tensor
