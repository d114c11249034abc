"""What the tests of `nn` share: finite differences over parameters and inputs, float64 layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd as ag


@pytest.fixture
def float64() -> Iterator[None]:
    """Layers made in here have float64 parameters."""
    with ag.default_dtype(np.float64):
        yield


def slopes(function: Callable[[], float], array: Any, step: float = 1e-6) -> Any:
    """The gradient of `function()` by central differences over each element of `array`."""
    result = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = before + step
        above = function()
        array[index] = before - step
        below = function()
        array[index] = before
        result[index] = (above - below) / (2 * step)
    return result


@pytest.fixture
def check_gradients() -> Callable[..., None]:
    """Compare the gradients of a module's parameters and input with finite differences."""

    def check(module: Any, x: Any, rng: np.random.Generator, *rest: Any) -> None:
        x = x.copy()
        upstream = rng.standard_normal(np.shape(module(x, *rest)))

        def value() -> float:
            with ag.no_grad():
                out = module(x, *rest)
            return float(np.sum(upstream * (out.numpy() if isinstance(out, ag.Tensor) else out)))

        leaf = ag.Tensor(x, requires_grad=True)
        module.zero_grad()
        module(leaf, *rest).backward(upstream)
        np.testing.assert_allclose(leaf.grad, slopes(value, x), rtol=1e-6, atol=1e-8)
        for name, parameter in module.named_parameters():
            expected = slopes(value, parameter.overwrite())
            np.testing.assert_allclose(parameter.grad, expected, rtol=1e-6, atol=1e-8, err_msg=name)

    return check
