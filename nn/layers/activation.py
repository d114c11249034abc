"""Activations as layers: the options are kept, the functions of `nn.functional` do the work.

Only PReLU learns anything. PyTorch's `inplace` is read, and refused where it is True: an input
that the graph still needs cannot be overwritten. Activations along an axis are in `softmax`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import errors, functional as F, init
from nn.functional.checks import flag, number, one_of
from nn.inputs import as_input
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class _InPlace(Module):
    """An activation that PyTorch can write over its input."""

    def __init__(self, inplace: bool = False) -> None:
        if flag(type(self).__name__, "inplace", inplace):
            raise errors.no_inplace(type(self).__name__)


class ReLU(_InPlace):
    """The larger of 0 and x; at 0 the slope is 0.

    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        return F.relu(input)


class ReLU6(_InPlace):
    """The larger of 0 and x, but not above 6; the slope is 0 at both corners.

    >>> ReLU6()(np.array([-1.0, 2.0, 9.0]))
    array([0., 2., 6.])
    """

    def forward(self, input: Any) -> Any:
        return F.relu6(input)


class SELU(_InPlace):
    """An ELU with a scale that keeps mean 0 and variance 1 through layers.

    >>> SELU()(np.array([0.0, 1.0])).round(4)
    array([0.    , 1.0507])
    """

    def forward(self, input: Any) -> Any:
        return F.selu(input)


class SiLU(_InPlace):
    """x * sigmoid(x).

    >>> SiLU()(np.array([0.0]))
    array([0.])
    """

    def forward(self, input: Any) -> Any:
        return F.silu(input)


class Mish(_InPlace):
    """x * tanh(softplus(x)).

    >>> Mish()(np.array([0.0]))
    array([0.])
    """

    def forward(self, input: Any) -> Any:
        return F.mish(input)


class Hardsigmoid(_InPlace):
    """(x + 3) / 6 between -3 and 3, then 0 and 1.

    >>> Hardsigmoid()(np.array([0.0, 4.0]))
    array([0.5, 1. ])
    """

    def forward(self, input: Any) -> Any:
        return F.hardsigmoid(input)


class Hardswish(_InPlace):
    """x * hardsigmoid(x).

    >>> Hardswish()(np.array([0.0, 3.0]))
    array([0., 3.])
    """

    def forward(self, input: Any) -> Any:
        return F.hardswish(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)): anything to between 0 and 1.

    >>> Sigmoid()(np.array([0.0]))
    array([0.5])
    """

    def forward(self, input: Any) -> Any:
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log(sigmoid(x)), without overflow.

    >>> LogSigmoid()(np.array([-1000.0]))
    array([-1000.])
    """

    def forward(self, input: Any) -> Any:
        return F.logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent: anything to between -1 and 1.

    >>> Tanh()(np.array([0.0]))
    array([0.])
    """

    def forward(self, input: Any) -> Any:
        return F.tanh(input)


class Tanhshrink(Module):
    """x - tanh(x).

    >>> Tanhshrink()(np.array([0.0]))
    array([0.])
    """

    def forward(self, input: Any) -> Any:
        return F.tanhshrink(input)


class Softsign(Module):
    """x / (1 + abs(x)): anything to between -1 and 1.

    >>> Softsign()(np.array([1.0]))
    array([0.5])
    """

    def forward(self, input: Any) -> Any:
        return F.softsign(input)


# --- with options ---------------------------------------------------------------------------------


class LeakyReLU(_InPlace):
    """x above 0, negative_slope * x below (and at 0).

    >>> LeakyReLU(0.5)(np.array([-1.0, 2.0]))
    array([-0.5,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = number("LeakyReLU", "negative_slope", negative_slope)

    def forward(self, input: Any) -> Any:
        return F.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class PReLU(Module):
    """LeakyReLU whose slopes are learned: one for all, or one per channel.

    Args:
        num_parameters: 1, or the number of channels, which are axis 1 of the input.
        init: what the slopes start with.

    Attributes:
        weight: the slopes, (num_parameters,).

    Weight decay pulls the slopes to 0, which makes a ReLU: leave them out of it.

    Raises:
        ShapeError: if there are several slopes, and the input has another number of channels.

    >>> PReLU(2)(np.array([[-1.0, -2.0], [3.0, -4.0]]))
    Tensor([[-0.25, -0.5 ],
            [ 3.  , -1.  ]], dtype=float32, op=leaky_relu)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        self.num_parameters = positive("PReLU", "num_parameters", num_parameters)
        self.init = number("PReLU", "init", init)
        self.weight = Parameter(np.empty(self.num_parameters, get_default_dtype()))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set all slopes to what they started with."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Tensor:
        return F.prelu(as_input(input, self.weight.dtype), self.weight)  # type: ignore[no-any-return]  # a Tensor for a Tensor

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(_InPlace):
    """x above 0, alpha * (exp(x) - 1) below.

    >>> ELU()(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = number("ELU", "alpha", alpha)

    def forward(self, input: Any) -> Any:
        return F.elu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class CELU(_InPlace):
    """x above 0, alpha * (exp(x / alpha) - 1) below: its slope at 0 is 1, whatever alpha is.

    >>> CELU(0.5)(np.array([-1000.0, 2.0]))
    array([-0.5,  2. ])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = _not_zero("CELU", "alpha", alpha)

    def forward(self, input: Any) -> Any:
        return F.celu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(Module):
    """x times the part of the normal distribution below x.

    Args:
        approximate: "none", or "tanh" for the formula with a tanh that some models learned with.

    >>> GELU()(np.array([0.0, 100.0]))
    array([  0., 100.])
    """

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = one_of("GELU", "approximate", approximate, ("none", "tanh"))

    def forward(self, input: Any) -> Any:
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x is above the threshold.

    >>> Softplus()(np.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = _not_zero("Softplus", "beta", beta)
        self.threshold = number("Softplus", "threshold", threshold)

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardtanh(_InPlace):
    """x between two bounds, and the bounds beyond; the slope at a bound is 0.

    >>> Hardtanh()(np.array([-3.0, 0.5]))
    array([-1. ,  0.5])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.min_val = number("Hardtanh", "min_val", min_val)
        self.max_val = number("Hardtanh", "max_val", max_val, "above min_val", least=min_val)

    def forward(self, input: Any) -> Any:
        return F.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Hardshrink(Module):
    """x where it is further from 0 than lambd, else 0.

    >>> Hardshrink()(np.array([0.25, 2.0]))
    array([0., 2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = number("Hardshrink", "lambd", lambd)

    def forward(self, input: Any) -> Any:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Module):
    """x moved towards 0 by lambd, and 0 if it was closer than that.

    >>> Softshrink()(np.array([0.25, 2.0]))
    array([0. , 1.5])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = number("Softshrink", "lambd", lambd)
        if lambd < 0:
            raise errors.bad_option("Softshrink", "lambd", "a number of at least 0", lambd)

    def forward(self, input: Any) -> Any:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Threshold(_InPlace):
    """x where it is above the threshold, else `value`.

    >>> Threshold(1.0, -1.0)(np.array([1.0, 2.0]))
    array([-1.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = number("Threshold", "threshold", threshold)
        self.value = number("Threshold", "value", value)

    def forward(self, input: Any) -> Any:
        return F.threshold(input, self.threshold, self.value)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}"


def _not_zero(layer: str, option: str, given: Any) -> Any:
    """`given`, if it is a number that one can divide by."""
    if number(layer, option, given) == 0:
        raise errors.bad_option(layer, option, "a number other than 0", given)
    return given
