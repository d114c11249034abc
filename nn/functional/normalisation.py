"""Normalisation as functions, with PyTorch's names and arguments.

All but batch norm in evaluation and local response norm are one operation, `standardised`, with
different layouts: see `standardise`. The biased variance normalises; the unbiased one goes into
the running statistics, which are plain arrays and are updated in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.functional.standardise import Findings, Layout, standardised
from nn.inputs import Array, as_floats, as_input

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
]


def batch_norm(
    input: Any,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel to mean 0 and variance 1, over batch and positions; then weight and bias.

    Args:
        input: (N, C) or (N, C, ...).
        running_mean, running_var: (C,) arrays. In training they are moved in place towards this
            batch's; else they are what is used.
        weight, bias: (C,), or None for 1 and 0.
        training: use the statistics of this batch.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Raises:
        ShapeError: for other shapes, and for a single value per channel in training.
        OptionError: without training and without running statistics.

    >>> batch_norm([[1.0, 10.0], [3.0, 30.0]], training=True, eps=0.0)
    Tensor([[-1., -1.],
            [ 1.,  1.]])

    Ioffe and Szegedy, "Batch Normalization", 2015.
    """
    x = as_floats(input)
    if x.ndim < 2:
        raise errors.wrong_input("batch_norm", "(N, C) or (N, C, ...)", x.shape)
    n, channels, *space = x.shape
    weight, bias = _affine("batch_norm", weight, bias, (channels,), x)
    running = _running("batch_norm", running_mean, running_var, channels, training)
    if not training:
        assert running is not None
        return _with_statistics(x, *running, weight, bias, eps)
    if n * prod(space) == 1:
        raise errors.one_value("batch_norm", "channel", x.shape)
    found = Findings()
    view = (n, channels, 1, prod(space))
    layout = Layout(view, True, (1, channels, 1, 1), (channels,), eps)
    out = standardised(x, weight, bias, layout, found)
    if running is not None and x.size:
        _move(running, found, layout.size, momentum)
    return out  # type: ignore[no-any-return]  # an operation on a Tensor gives one


def instance_norm(
    input: Any,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each sample to mean 0 and variance 1, over positions.

    Args:
        input: (N, C, ...), with at least one axis of positions.
        use_input_stats: normalise each channel by itself; False takes the running statistics.

    The others are those of `batch_norm`; the running statistics move towards the mean of those of
    the samples.

    Raises:
        ShapeError: for other shapes, and for a single position.
        OptionError: without input and without running statistics.

    >>> instance_norm([[[1.0, 3.0], [10.0, 30.0]]], eps=0.0)
    Tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    x = as_floats(input)
    if x.ndim < 3:
        raise errors.wrong_input("instance_norm", "(N, C, ...)", x.shape)
    n, channels, *space = x.shape
    weight, bias = _affine("instance_norm", weight, bias, (channels,), x)
    running = _running("instance_norm", running_mean, running_var, channels, use_input_stats)
    if not use_input_stats:
        assert running is not None
        return _with_statistics(x, *running, weight, bias, eps)
    if prod(space) == 1:
        raise errors.one_value("instance_norm", "channel of a sample", x.shape)
    found = Findings()
    view = (n, channels, 1, prod(space))
    layout = Layout(view, False, (1, channels, 1, 1), (channels,), eps)
    out = standardised(x, weight, bias, layout, found)
    if running is not None and x.size:
        _move(running, found, layout.size, momentum)
    return out  # type: ignore[no-any-return]  # as above


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Tensor:
    """Each group of channels of each sample to mean 0 and variance 1.

    Args:
        input: (N, C, ...).
        num_groups: into how many equal groups the channels are cut.
        weight, bias: (C,), or None for 1 and 0.
        eps: added to the variance.

    Raises:
        ShapeError: for other shapes; for one sample with a single value per group.
        OptionError: if the groups do not come out even.

    >>> group_norm([[1.0, 3.0, 10.0, 30.0]], 2, eps=0.0)
    Tensor([[-1.,  1., -1.,  1.]])

    Wu and He, "Group Normalization", 2018.
    """
    x = as_floats(input)
    if x.ndim < 2:
        raise errors.wrong_input("group_norm", "(N, C, ...)", x.shape)
    n, channels, *space = x.shape
    if num_groups < 1 or channels % num_groups:
        expected = f"a number that divides the {channels} channels"
        raise errors.bad_option("group_norm", "num_groups", expected, num_groups)
    weight, bias = _affine("group_norm", weight, bias, (channels,), x)
    each = channels // num_groups
    if n * each * prod(space) == 1:
        raise errors.one_value("group_norm", "group", x.shape)
    view = (n, num_groups, each, prod(space))
    layout = Layout(view, False, (1, num_groups, each, 1), (channels,), eps)
    return standardised(x, weight, bias, layout, Findings())  # type: ignore[no-any-return]  # as above


def layer_norm(
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Tensor:
    """The last axes to mean 0 and variance 1, for each sample (and position) by itself.

    Args:
        input: (..., *normalized_shape).
        normalized_shape: the sizes of the last axes, which are measured together.
        weight, bias: of that shape, or None for 1 and 0.
        eps: added to the variance.

    Raises:
        ShapeError: for other shapes.

    >>> layer_norm([[1.0, 3.0], [10.0, 30.0]], 2, eps=0.0)
    Tensor([[-1.,  1.],
            [-1.,  1.]])

    Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """
    return _last_axes("layer_norm", input, normalized_shape, weight, bias, eps, True)


def rms_norm(
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any = None,
    eps: float | None = None,
) -> Tensor:
    """The last axes divided by their root mean square: layer norm that leaves the mean in.

    Args:
        input: (..., *normalized_shape).
        normalized_shape: the sizes of the last axes, which are measured together.
        weight: of that shape, or None for 1.
        eps: added to the mean square; the dtype's machine epsilon if None.

    Raises:
        ShapeError: for other shapes.

    >>> rms_norm([[3.0, 4.0]], 2, eps=0.0) * 12.5**0.5
    Tensor([[3., 4.]])

    Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    """
    return _last_axes("rms_norm", input, normalized_shape, weight, None, eps, False)


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Each element over a power of the mean square of its neighbours in other channels.

    y = x / (k + alpha * mean of x**2 over `size` channels around it) ** beta; channels beyond the
    ends count as 0.

    Args:
        input: (N, C, ...), with at least one axis of positions.
        size: how many channels; of an even number one more lies before than behind.

    Raises:
        ShapeError: for fewer axes.

    >>> local_response_norm(np.full((1, 2, 1), 3.0), 1, alpha=1.0, beta=0.5, k=0.0)
    Tensor([[[1.],
             [1.]]])

    Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012.
    """
    x = as_floats(input)
    if x.ndim < 3:
        raise errors.wrong_input("local_response_norm", "(N, C, ...)", x.shape)
    if size < 1:
        raise errors.bad_option("local_response_norm", "size", "a whole number from 1", size)
    if x.size == 0:
        return x
    n, channels, *space = x.shape
    squares = ag.reshape(ag.square(x), (n, 1, channels, prod(space)))
    around = ((0, 0), (0, 0), (size // 2, (size - 1) // 2), (0, 0))
    mean = ag.avg_pool2d(ag.pad(squares, around), (size, 1), stride=1)
    return x / (k + alpha * ag.reshape(mean, x.shape)) ** beta  # type: ignore[no-any-return]  # as above


# --- what they share ------------------------------------------------------------------------------


def _last_axes(
    name: str,
    input: Any,
    normalized_shape: int | Sequence[int],
    weight: Any,
    bias: Any,
    eps: float | None,
    centred: bool,
) -> Tensor:
    x = as_floats(input)
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or x.shape[max(0, x.ndim - len(shape)) :] != shape:
        wanted = ", ".join(map(str, shape)) or "at least one axis"
        raise errors.wrong_input(name, f"(..., {wanted})", x.shape)
    weight, bias = _affine(name, weight, bias, shape, x)
    length = prod(shape)
    if eps is None:
        eps = float(np.finfo(x.dtype).eps)
    view = (prod(x.shape[: x.ndim - len(shape)]), 1, 1, length)
    layout = Layout(view, False, (1, 1, 1, length), shape, eps, centred)
    return standardised(x, weight, bias, layout, Findings())  # type: ignore[no-any-return]  # as above


def _affine(
    name: str, weight: Any, bias: Any, shape: tuple[int, ...], x: Tensor
) -> tuple[Tensor | float, Tensor | float]:
    """Weight and bias of one shape, or the numbers that stand for none."""
    pair: list[Tensor | float] = []
    for option, given, none in (("weight", weight, 1.0), ("bias", bias, 0.0)):
        if given is None:
            pair.append(none)
            continue
        given = as_input(given, x.dtype)
        if given.shape != shape:
            raise errors.wrong_affine(name, option, shape, given.shape)
        pair.append(given)
    return pair[0], pair[1]


def _running(
    name: str, mean: Array | None, var: Array | None, channels: int, optional: bool
) -> tuple[Array, Array] | None:
    """The running statistics, checked; None if there are none and none are needed."""
    if mean is None or var is None:
        if mean is not var or not optional:
            raise errors.no_statistics(name)
        return None
    for option, array in (("running_mean", mean), ("running_var", var)):
        if not isinstance(array, np.ndarray) or array.shape != (channels,):
            raise errors.wrong_statistics(name, option, channels, array)
    return mean, var


def _move(running: tuple[Array, Array], found: Findings, count: int, momentum: float) -> None:
    """Move running statistics towards what was found: the mean, and the unbiased variance."""
    mean, var = running
    batch = (found.mean.mean(axis=0), found.var.mean(axis=0))
    with np.errstate(all="ignore"):
        mean += momentum * (batch[0].reshape(mean.shape) - mean)
        var += momentum * (batch[1].reshape(var.shape) * (count / (count - 1)) - var)


def _with_statistics(
    x: Tensor, mean: Array, var: Array, weight: Tensor | float, bias: Tensor | float, eps: float
) -> Tensor:
    """Normalised by given numbers: for each channel one factor and one offset."""
    with np.errstate(all="ignore"):
        scale = weight * (1.0 / np.sqrt(var + eps)).astype(x.dtype)
        offset = bias - mean.astype(x.dtype) * scale
    across = (-1,) + (1,) * (x.ndim - 2)
    return x * ag.reshape(scale, across) + ag.reshape(offset, across)  # type: ignore[no-any-return]  # as above
