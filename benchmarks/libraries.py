"""Two libraries with one face: what an array workload does, glassgrad and PyTorch do alike.

A workload asks for its column's library and then for tensors, layers, a backward pass. The same
numbers go in, and the gradients of the first step come out, so that they can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
from benchmarks.harness import Sample, median_step

Array = np.ndarray[Any, Any]
MOST = 1000  # elements of each gradient that are compared


class Ours:
    """glassgrad."""

    def __init__(self) -> None:
        import nn

        self.nn: Any = nn
        self.optim: Any = nn.optim

    def tensor(self, array: Array, wants: bool = False) -> Any:
        return autograd.Tensor(array, requires_grad=wants)

    def constant(self, array: Array) -> Any:
        """Labels, and gradients handed to an optimiser."""
        return array

    def upstream(self, result: Any, array: Array) -> Any:
        """A gradient for a result, in memory as the result is: so it comes from the next layer."""
        gradient = np.empty_like(result.data)
        gradient[...] = array
        return gradient

    def prepare(self, module: Any) -> Any:
        return module

    def write(self, parameter: Any, array: Array) -> None:
        parameter.data = array

    def descend(self, parameter: Any, rate: float) -> None:
        parameter.overwrite()[...] -= rate * parameter.grad

    def backward(self, root: Any, upstream: Any = None) -> None:
        root.backward(upstream, free=True)

    def numpy(self, gradient: Any) -> Array:
        return np.asarray(gradient)


class Torch:
    """PyTorch on one thread; with `last`, images and filters lie channels last in memory."""

    def __init__(self, last: bool = False) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.nn: Any = torch.nn
        self.optim: Any = torch.optim
        self.last = last

    def tensor(self, array: Array, wants: bool = False) -> Any:
        return self.constant(array).requires_grad_(wants)

    def constant(self, array: Array) -> Any:
        tensor = self.torch.from_numpy(array.copy())
        if self.last and tensor.ndim == 4:
            tensor = tensor.contiguous(memory_format=self.torch.channels_last)
        return tensor

    def upstream(self, result: Any, array: Array) -> Any:
        return self.constant(array)

    def prepare(self, module: Any) -> Any:
        return module.to(memory_format=self.torch.channels_last) if self.last else module

    def write(self, parameter: Any, array: Array) -> None:
        with self.torch.no_grad():
            parameter.copy_(self.torch.from_numpy(array))

    def descend(self, parameter: Any, rate: float) -> None:
        with self.torch.no_grad():
            parameter -= rate * parameter.grad

    def backward(self, root: Any, upstream: Any = None) -> None:
        root.backward(upstream)

    def numpy(self, gradient: Any) -> Array:
        return gradient.numpy()  # type: ignore[no-any-return]  # torch may be absent


def library(column: str) -> Any:
    """The library of a column: a variant stands behind the comma."""
    name, _, variant = column.partition(", ")
    return Torch(last=bool(variant)) if name == "torch" else Ours()


def random(seed: int, *shape: int, scale: float = 1.0) -> Array:
    """Normal numbers, float32."""
    return (scale * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def fill(lib: Any, parameters: Sequence[Any]) -> None:
    """Give the parameters the same small numbers in every library."""
    for seed, parameter in enumerate(parameters):
        lib.write(parameter, random(seed, *parameter.shape, scale=0.1))


def some(lib: Any, tensors: Sequence[Any]) -> list[list[float]]:
    """Evenly spread elements of the gradients of these tensors."""
    flat = [lib.numpy(tensor.grad).ravel() for tensor in tensors if tensor.grad is not None]
    return [gradient[:: gradient.size // MOST | 1].tolist() for gradient in flat]


def run(lib: Any, step: Callable[[], None], wants: Sequence[Any], quick: bool) -> Sample:
    """Time a step; its gradients are forgotten before each time, and kept from the first."""

    def fresh_step() -> None:
        for tensor in wants:
            tensor.grad = None
        step()

    fresh_step()
    gradients = some(lib, wants)
    sample = median_step(fresh_step, quick=quick)
    return Sample(sample.cpu, sample.wall, gradients)
