"""Starting values of parameters, as PyTorch has them.

Each function fills a parameter (or an array) in place, returns it, and takes a
`numpy.random.Generator`, a seed, or None for fresh numbers. numpy's global state is never used.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np

from autograd import Tensor
from autograd.errors import listing
from nn import errors

Array = np.ndarray[Any, Any]
T = TypeVar("T", bound=Tensor | Array)
Seed = np.random.Generator | int | None

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3.0, "relu": math.sqrt(2.0)}


def as_generator(generator: Seed) -> np.random.Generator:
    """A generator of random numbers, made from a seed if need be.

    Raises:
        DTypeError: if it is neither a generator, nor a seed, nor None.

    >>> bool(as_generator(7).random() == as_generator(7).random())
    True
    """
    if isinstance(generator, np.random.Generator):
        return generator
    if generator is None:
        return np.random.default_rng()
    if isinstance(generator, (int, np.integer)) and not isinstance(generator, bool):
        if generator < 0:
            raise errors.bad_generator(generator)
        return np.random.default_rng(generator)
    raise errors.bad_generator(generator)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much an activation shrinks what passes through it, to be made up for by the weights.

    Args:
        nonlinearity: linear, sigmoid, tanh, relu or leaky_relu.
        param: the negative slope of leaky_relu; 0.01 if left out.

    >>> calculate_gain("leaky_relu", 0.0) == calculate_gain("relu")
    True
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1.0 + slope**2))
    if nonlinearity not in GAINS:
        known = listing(["leaky_relu", *GAINS])
        raise errors.bad_option("init", "nonlinearity", known, nonlinearity)
    return GAINS[nonlinearity]


def fan_in_and_fan_out(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs one output of a weight sees, and how many outputs one input reaches.

    >>> fan_in_and_fan_out((32, 3, 5, 5))
    (75, 800)
    """
    if len(shape) < 2:
        raise errors.wrong_input("init", "(out, in, ...), two axes or more", shape)
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, generator: Seed = None) -> T:
    """Fill with numbers spread evenly from `a` to `b`.

    >>> x = uniform_(np.empty(1000), -2.0, 2.0, generator=0)
    >>> bool(x.min() >= -2 and x.max() < 2)
    True
    """
    array: Array = tensor.overwrite() if isinstance(tensor, Tensor) else tensor
    array[...] = as_generator(generator).uniform(a, b, array.shape)
    return tensor


def kaiming_uniform_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Seed = None,
) -> T:
    """Even numbers up to gain * sqrt(3 / fan): activations keep their size through layers.

    Args:
        tensor: a weight, (out, in, ...).
        a: the negative slope of leaky_relu, if that follows.
        mode: fan_in keeps the size of activations, fan_out that of gradients.
        nonlinearity: the activation that follows; see `calculate_gain`.
        generator: a Generator, a seed or None.

    He et al., "Delving Deep into Rectifiers", 2015.

    >>> w = kaiming_uniform_(np.empty((4, 6)), generator=0)
    >>> bool(abs(w).max() <= 1.0)
    True
    """
    if mode not in ("fan_in", "fan_out"):
        raise errors.bad_option("init", "mode", "'fan_in' or 'fan_out'", mode)
    fan = fan_in_and_fan_out(tensor.shape)[mode == "fan_out"]
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / fan) if fan else 0.0
    return uniform_(tensor, -bound, bound, generator)
