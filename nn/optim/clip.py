"""Clipping: gradients that are too large are made smaller before the step.

By norm, all gradients shrink together and keep their direction; by value, each entry is cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import RowGradient, Tensor, Value
from nn import errors
from nn.functional.checks import flag, number
from nn.optim.optimizer import is_number

Array = np.ndarray[Any, Any]


def get_total_norm(
    tensors: Any, norm_type: float | str = 2.0, error_if_nonfinite: bool = False
) -> float:
    """The norm of several arrays, as if they were one long vector.

    Args:
        tensors: arrays, gradients of rows, Tensors or numbers; or one of them.
        norm_type: the power, a number above 0; inf or "inf" for the largest entry.
        error_if_nonfinite: raise if the norm is nan or infinite.

    Returns:
        The norm, 0.0 of nothing.

    Raises:
        OptionError: for a power that gives no norm.
        DomainError: for nan or infinity, if that is asked for.

    >>> get_total_norm([np.array([3.0]), np.array([[0.0, 4.0]])])
    5.0
    """
    if isinstance(tensors, (np.ndarray, RowGradient, Tensor, Value)) or is_number(tensors):
        tensors = [tensors]
    power = _power("get_total_norm", norm_type)
    return _norm([_array(x) for x in tensors], power, error_if_nonfinite)


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float | str = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients together, in place, so that their norm is at most `max_norm`.

    Args:
        parameters: Tensors and Values, or one of them; those without a gradient do not count.
        max_norm: the largest norm that is left alone.
        norm_type: the power, a number above 0; inf or "inf" for the largest entry.
        error_if_nonfinite: raise if the norm is nan or infinite, instead of scaling by it.

    Returns:
        The norm before.

    As in PyTorch, the factor is max_norm / (norm + 1e-6), if that is below 1.

    Raises:
        OptionError: for a bad option.
        DTypeError: for something that has no gradient to clip.
        DomainError: for a norm of nan or infinity, if that is asked for.

    >>> w = Tensor([3.0, 4.0], requires_grad=True)
    >>> w.grad = np.array([3.0, 4.0])
    >>> clip_grad_norm_([w], 1.0)
    5.0
    >>> w.grad.round(4)
    array([0.6, 0.8])
    """
    number("clip_grad_norm_", "max_norm", max_norm)
    flag("clip_grad_norm_", "error_if_nonfinite", error_if_nonfinite)
    power = _power("clip_grad_norm_", norm_type)
    having = _having_gradients("clip_grad_norm_", parameters)
    total = _norm([_array(p.grad) for p in having], power, error_if_nonfinite)
    factor = float(max_norm) / (total + 1e-6)
    if not factor >= 1.0:  # so that nan, too, is passed on to the gradients
        with np.errstate(all="ignore"):
            for parameter in having:
                g = parameter.grad
                if isinstance(g, np.ndarray) and g.flags.writeable:
                    np.multiply(g, factor, out=g)
                else:
                    parameter.grad = g * factor
    return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Cut every entry of every gradient to -clip_value ... clip_value, in place.

    Args:
        parameters: Tensors and Values, or one of them; those without a gradient do not count.
        clip_value: the largest size that is left alone.

    Raises:
        OptionError: for a negative or infinite value.
        DTypeError: for something that has no gradient to clip.

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> w.grad = np.array([-7.0, 0.25])
    >>> clip_grad_value_(w, 0.5)
    >>> w.grad
    array([-0.5 ,  0.25])
    """
    if not is_number(clip_value) or clip_value < 0.0:
        expected = "a number of at least 0"
        raise errors.bad_option("clip_grad_value_", "clip_value", expected, clip_value)
    for parameter in _having_gradients("clip_grad_value_", parameters):
        g = parameter.grad
        if isinstance(g, np.ndarray) and g.flags.writeable:
            np.clip(g, -clip_value, clip_value, out=g)
        elif isinstance(g, RowGradient):
            values = g.coalesce().values  # the sum of a row's entries is what counts
            np.clip(values, -clip_value, clip_value, out=values)
        elif isinstance(g, np.ndarray):
            parameter.grad = np.clip(g, -clip_value, clip_value)
        elif not math.isnan(g):
            parameter.grad = min(max(g, -float(clip_value)), float(clip_value))


def _having_gradients(owner: str, parameters: Any) -> list[Any]:
    """The parameters whose gradient is not None."""
    if isinstance(parameters, (Tensor, Value)):
        parameters = [parameters]
    if not isinstance(parameters, Iterable):
        raise errors.nothing_to_clip(owner, parameters)
    listed = list(parameters)
    for parameter in listed:
        if not isinstance(parameter, (Tensor, Value)):
            raise errors.nothing_to_clip(owner, parameter)
    return [p for p in listed if p.grad is not None]


def _power(owner: str, norm_type: Any) -> float:
    if isinstance(norm_type, (str, float)) and norm_type in ("inf", math.inf):
        return math.inf
    if not is_number(norm_type) or not norm_type > 0.0:
        raise errors.bad_option(owner, "norm_type", "a number above 0, or inf", norm_type)
    return float(norm_type)


def _array(x: Any) -> Array:
    if isinstance(x, RowGradient):
        return x.coalesce().values  # the other rows add nothing to a norm
    return np.asarray(x.numpy() if isinstance(x, Tensor) else x.data if isinstance(x, Value) else x)


def _norm(arrays: list[Array], power: float, error_if_nonfinite: bool) -> float:
    with np.errstate(all="ignore"):
        total = _power_norm(np.array([_power_norm(x, power) for x in arrays]), power)
    if error_if_nonfinite and not math.isfinite(total):
        raise errors.norm_not_finite(total)
    return total


def _power_norm(x: Array, power: float) -> float:
    """The norm of one array; large and small entries are scaled so that no power overflows."""
    if power == 2.0:
        norm = float(np.linalg.norm(x.ravel()))
        if math.isfinite(norm) and norm > 0.0:
            return norm
    largest = float(np.max(np.abs(x), initial=0.0))
    if power == math.inf or largest == 0.0 or not math.isfinite(largest):
        return largest
    scaled = np.abs(np.divide(x, largest, dtype=np.float64))
    root: float = float(np.sum(scaled**power)) ** (1.0 / power)
    return largest * root
