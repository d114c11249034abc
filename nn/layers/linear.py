"""Fully connected layers, of one input and of two, and one that does nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import errors, functional as F, init
from nn.functional import pairs
from nn.functional.checks import flag
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
        biased = flag("Linear", "bias", bias)
        self.bias = Parameter(np.empty(self.out_features, dtype)) if biased else None
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


class Bilinear(Module):
    """y_o = x1 @ weight_o @ x2 + bias_o, over the last axes.

    Args:
        in1_features, in2_features: sizes of the last axes that come in.
        out_features: size of the last axis that goes out.
        bias: whether there is one.
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Attributes:
        weight: (out_features, in1_features, in2_features), even numbers up to
            1 / sqrt(in1_features).
        bias: (out_features,), the same; or None. Both as in PyTorch.

    Raises:
        ShapeError: for inputs of other last axes, or different in the axes before.

    >>> layer = Bilinear(3, 4, 2, generator=0)
    >>> layer(np.zeros((5, 3)), np.zeros((5, 4))).shape
    (5, 2)
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        generator: init.Seed = None,
    ) -> None:
        self.in1_features = positive("Bilinear", "in1_features", in1_features)
        self.in2_features = positive("Bilinear", "in2_features", in2_features)
        self.out_features = positive("Bilinear", "out_features", out_features)
        dtype = get_default_dtype()
        shape = (self.out_features, self.in1_features, self.in2_features)
        self.weight = Parameter(np.empty(shape, dtype))
        biased = flag("Bilinear", "bias", bias)
        self.bias = Parameter(np.empty(self.out_features, dtype)) if biased else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw fresh weights, then biases."""
        generator = init.as_generator(generator)
        bound = 1.0 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound, generator)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound, generator)

    def forward(self, input1: Any, input2: Any) -> Tensor:
        first, second = (as_input(x, self.weight.dtype) for x in (input1, input2))
        for x, size in ((first, self.in1_features), (second, self.in2_features)):
            if not x.ndim or x.shape[-1] != size:
                raise errors.wrong_input(repr(self), f"(..., {size})", x.shape)
        return pairs.bilinear(first, second, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Identity(Module):
    """What comes in goes out: a place to put nothing. Any arguments are taken and ignored.

    >>> Identity(54, unused=True)(7.0)
    7.0
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        return input
