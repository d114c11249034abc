"""Fully connected layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import errors, functional as F, init
from nn.inputs import as_input
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class Linear(Module):
    """y = x @ weight.T + bias, over the last axis.

    Args:
        in_features: size of the last axis that comes in.
        out_features: size of the last axis that goes out.
        bias: whether there is one.
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Attributes:
        weight: (out_features, in_features), even numbers up to 1 / sqrt(in_features).
        bias: (out_features,), the same; or None. Both as in PyTorch.

    Plain arrays are brought to the dtype of the weights.

    Raises:
        ShapeError: if the last axis of the input is not in_features.

    >>> layer = Linear(3, 2, generator=0)
    >>> layer(np.zeros((5, 3))).shape
    (5, 2)
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        generator: init.Seed = None,
    ) -> None:
        self.in_features = positive("Linear", "in_features", in_features, least=0)
        self.out_features = positive("Linear", "out_features", out_features, least=0)
        generator = init.as_generator(generator)
        dtype = get_default_dtype()
        self.weight = Parameter(np.empty((self.out_features, self.in_features), dtype))
        self.bias = Parameter(np.empty(self.out_features, dtype)) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw fresh weights, then biases."""
        generator = init.as_generator(generator)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), generator=generator)
        if self.bias is not None:
            bound = 1.0 / math.sqrt(self.in_features) if self.in_features else 0.0
            init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input: Any) -> Tensor:
        x = as_input(input, self.weight.dtype)
        if not x.ndim or x.shape[-1] != self.in_features:
            raise errors.wrong_input(repr(self), f"(..., {self.in_features})", x.shape)
        return F.linear(x, self.weight, self.bias)  # type: ignore[no-any-return]  # a Tensor for a Tensor

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
