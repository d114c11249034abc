"""Starting values of parameters, as PyTorch has them.

Each function fills a parameter (or an array) in place, returns it, and takes a
`numpy.random.Generator`, a seed, or None for fresh numbers. numpy's global state is never used.
The options are checked before anything is changed.
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

GAINS = {
    **dict.fromkeys(["linear", "conv1d", "conv2d", "conv3d", "sigmoid"], 1.0),
    **dict.fromkeys(["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"], 1.0),
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 0.75,
}
FAR = 1e100  # standard deviations; nothing is lost beyond, and nothing overflows


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
        nonlinearity: linear (or the name of a convolution), sigmoid, tanh, relu, leaky_relu or
            selu.
        param: the negative slope of leaky_relu; 0.01 if left out.

    >>> calculate_gain("leaky_relu", 0.0) == calculate_gain("relu")
    True
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else number("param", param)
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


def number(
    option: str, given: Any, expected: str = "a finite number", least: float = -math.inf
) -> Any:
    """`given`, if it is a finite number of at least `least`."""
    plain = isinstance(given, (int, float, np.integer, np.floating)) and not isinstance(given, bool)
    if not plain or not math.isfinite(given) or given < least:
        raise errors.bad_option("init", option, expected, given)
    return given


def _array(tensor: Any) -> Array:
    """The array to be filled."""
    array = tensor.overwrite() if isinstance(tensor, Tensor) else tensor
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise errors.not_floats_to_fill(tensor)
    return array


# --- constants ------------------------------------------------------------------------------------


def constant_(tensor: T, val: float) -> T:
    """Fill with one number.

    >>> constant_(np.empty(2), 0.3)
    array([0.3, 0.3])
    """
    _array(tensor)[...] = number("val", val)
    return tensor


def ones_(tensor: T) -> T:
    """Fill with ones.

    >>> ones_(np.empty(2))
    array([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: T) -> T:
    """Fill with zeros.

    >>> zeros_(np.empty(2))
    array([0., 0.])
    """
    return constant_(tensor, 0.0)


# --- numbers drawn independently ------------------------------------------------------------------


def uniform_(tensor: T, a: float = 0.0, b: float = 1.0, generator: Seed = None) -> T:
    """Fill with numbers spread evenly from `a` to `b`.

    >>> x = uniform_(np.empty(1000), -2.0, 2.0, generator=0)
    >>> bool(x.min() >= -2 and x.max() < 2)
    True
    """
    number("b", b, "a finite number of at least a", least=number("a", a))
    rng = as_generator(generator)
    array = _array(tensor)
    array[...] = rng.uniform(a, b, array.shape)
    return tensor


def normal_(tensor: T, mean: float = 0.0, std: float = 1.0, generator: Seed = None) -> T:
    """Fill with numbers from a normal distribution.

    >>> x = normal_(np.empty(10_000), 3.0, 0.1, generator=0)
    >>> round(float(x.mean()), 2), round(float(x.std()), 2)
    (3.0, 0.1)
    """
    number("mean", mean)
    number("std", std, "a finite number of at least 0", least=0.0)
    rng = as_generator(generator)
    array = _array(tensor)
    array[...] = rng.normal(mean, std, array.shape)
    return tensor


def trunc_normal_(
    tensor: T,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Seed = None,
) -> T:
    """Fill with numbers from a normal distribution, without those outside `a` to `b`.

    Args:
        tensor: what to fill.
        mean, std: of the whole distribution; std is above 0.
        a, b: the bounds themselves (not counted in standard deviations); may be far from the mean.
        generator: a Generator, a seed or None.

    >>> x = trunc_normal_(np.empty(1000), std=5.0, generator=0)
    >>> bool(abs(x).max() <= 2.0)
    True
    """
    number("mean", mean)
    if number("std", std, "a finite number above 0", least=0.0) == 0.0:
        raise errors.bad_option("init", "std", "a finite number above 0", std)
    if number("b", b, "a finite number above a", least=number("a", a)) == a:
        raise errors.bad_option("init", "b", "a finite number above a", b)
    rng = as_generator(generator)
    array = _array(tensor)
    low, high = (max(-FAR, min((bound - mean) / std, FAR)) for bound in (a, b))
    z = _normal_between(rng, low, high, array.size)
    array[...] = np.clip(mean + std * z, a, b).reshape(array.shape)
    return tensor


def _normal_between(rng: np.random.Generator, low: float, high: float, size: int) -> Array:
    """Standard normal numbers between two bounds, by drawing until enough were accepted.

    Of a wide interval around 0, the draws are normal and those outside are dropped; of a narrow
    one they are even, and of a tail exponential, and each stays with the probability that makes
    up for the difference (Robert, "Simulation of truncated normal variables", 1995). So about
    half of the draws or more are accepted, wherever the bounds are.
    """
    if high < 0:
        return -_normal_between(rng, -high, -low, size)
    kept = np.empty(0)
    while kept.size < size:
        count = 2 * (size - kept.size) + 8
        if low > 0:
            rate = (low + math.hypot(low, 2.0)) / 2.0
            reach = -math.expm1(-rate * (high - low))  # the part of the exponential below `high`
            z = low - np.log1p(-reach * rng.random(count)) / rate
            stays = rng.random(count) < np.exp(-0.5 * (z - rate) ** 2)
        elif high - low < math.sqrt(2.0 * math.pi):
            z = rng.uniform(low, high, count)
            stays = rng.random(count) < np.exp(-0.5 * z * z)
        else:
            z = rng.standard_normal(count)
            stays = (z >= low) & (z <= high)
        kept = np.concatenate([kept, z[stays]])
    return kept[:size]


# --- scaled by the number of connections ----------------------------------------------------------


def xavier_uniform_(tensor: T, gain: float = 1.0, generator: Seed = None) -> T:
    """Even numbers up to gain * sqrt(6 / (fan_in + fan_out)).

    A compromise: neither activations nor gradients keep their size exactly, but both nearly do.
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010.

    >>> w = xavier_uniform_(np.empty((4, 2)), generator=0)
    >>> bool(abs(w).max() <= 1.0)
    True
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: T, gain: float = 1.0, generator: Seed = None) -> T:
    """Normal numbers with standard deviation gain * sqrt(2 / (fan_in + fan_out)).

    >>> w = xavier_normal_(np.empty((100, 100)), generator=0)
    >>> round(float(w.std()), 2)
    0.1
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _xavier_std(tensor: Tensor | Array, gain: float) -> float:
    fans = sum(fan_in_and_fan_out(np.shape(tensor)))
    number("gain", gain, "a finite number of at least 0", least=0.0)
    return float(gain * math.sqrt(2.0 / fans)) if fans else 0.0


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
    gain, fan = _kaiming(tensor, a, mode, nonlinearity)
    bound = gain * math.sqrt(3.0 / fan) if fan else 0.0
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: T,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Seed = None,
) -> T:
    """Normal numbers with standard deviation gain / sqrt(fan); as `kaiming_uniform_` otherwise.

    >>> w = kaiming_normal_(np.empty((100, 200)), generator=0)
    >>> round(float(w.std()), 2)
    0.1
    """
    gain, fan = _kaiming(tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, gain / math.sqrt(fan) if fan else 0.0, generator)


def _kaiming(tensor: Tensor | Array, a: float, mode: str, nonlinearity: str) -> tuple[float, int]:
    """The gain, and the fan that is asked for."""
    if mode not in ("fan_in", "fan_out"):
        raise errors.bad_option("init", "mode", "'fan_in' or 'fan_out'", mode)
    fans = fan_in_and_fan_out(np.shape(tensor))
    return calculate_gain(nonlinearity, a), fans[mode == "fan_out"]


# --- together -------------------------------------------------------------------------------------


def orthogonal_(tensor: T, gain: float = 1.0, generator: Seed = None) -> T:
    """Fill with rows, or columns if there are more rows, of length `gain` at right angles.

    Args:
        tensor: a weight, (out, in, ...); the axes after the first count as one.
        gain: the length; multiplying by such a matrix changes no other length.
        generator: a Generator, a seed or None.

    Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", 2013.

    >>> w = orthogonal_(np.empty((2, 3)), generator=0)
    >>> np.abs(w @ w.T).round(9)
    array([[1., 0.],
           [0., 1.]])
    """
    number("gain", gain)
    rng = as_generator(generator)
    fan_in_and_fan_out(np.shape(tensor))  # refuses fewer than two axes
    array = _array(tensor)
    if not array.size:
        return tensor
    rows, columns = array.shape[0], array.size // array.shape[0]
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(np.diagonal(r) < 0, -1.0, 1.0)  # else the directions are not evenly spread
    array[...] = gain * (q if rows >= columns else q.T).reshape(array.shape)
    return tensor
