"""A network of scalars: every weight is a Value, every neuron three nodes.

To be read beside the array layers: `MLP(2, [16, 1])` here and `Sequential(Linear(2, 16), ReLU(),
Linear(16, 1))` there compute the same numbers, and the weights can be copied either way. A neuron
is `activation(dot(weights, inputs) + bias)`; `dot` is one node for any number of inputs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import autograd as ag
from autograd import Value
from nn import errors, init
from nn.layers import Linear, ReLU, Sequential, Sigmoid, Tanh
from nn.layers.options import positive
from nn.module import Module

Number = Value | float

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": Value.relu,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
    "linear": lambda x: x,
}
LAYERS: dict[str, type[Module] | None] = {
    "relu": ReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "linear": None,
}


class Scalars:
    """What scalar networks share: a tree of Values with names."""

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Every parameter with its dotted path, which is its name as well."""
        return self._paths()

    def _give_names(self) -> None:
        """In a layer and in a network the names grow by what stands around."""
        for path, parameter in self._paths():
            parameter.name = path

    def _paths(self) -> Iterator[tuple[str, Value]]:
        raise NotImplementedError

    def parameters(self) -> list[Value]:
        """All weights and biases.

        >>> len(MLP(2, [16, 16, 1]).parameters())
        337
        """
        return [parameter for _, parameter in self._paths()]

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Scalars):
    """activation(w . x + b).

    Args:
        n_in: how many inputs.
        activation: "relu", "tanh", "sigmoid" or "linear".
        generator: of the weights: a numpy Generator, a seed, or None.

    Weights and bias start as those of `nn.Linear`: even numbers up to 1 / sqrt(n_in).

    >>> neuron = Neuron(2, "linear")
    >>> neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = 0.5, -1.0, 0.25
    >>> neuron([1.0, 2.0])
    Value(-1.25, op=add)
    >>> neuron
    Neuron(2, 'linear')
    """

    def __init__(self, n_in: int, activation: str = "relu", *, generator: init.Seed = None) -> None:
        positive("Neuron", "n_in", n_in)
        if activation not in ACTIVATIONS:
            raise errors.bad_option("Neuron", "activation", repr(list(ACTIVATIONS)), activation)
        bound = 1.0 / math.sqrt(n_in)
        draws = init.as_generator(generator).uniform(-bound, bound, n_in + 1).tolist()
        *self.weights, self.bias = [ag.as_parameter(Value(number)) for number in draws]
        self.activation = activation
        self._give_names()

    def __call__(self, xs: Sequence[Number]) -> Value:
        if len(xs) != len(self.weights):
            raise errors.wrong_input(repr(self), f"({len(self.weights)},)", (len(xs),))
        out: Value = ACTIVATIONS[self.activation](ag.dot(self.weights, xs) + self.bias)
        return out

    def _paths(self) -> Iterator[tuple[str, Value]]:
        for i, w in enumerate(self.weights):
            yield f"weights.{i}", w
        yield "bias", self.bias

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, {self.activation!r})"


class Layer(Scalars):
    """Neurons beside each other, all reading the same inputs.

    >>> layer = Layer(2, 3, "tanh", generator=0)
    >>> len(layer([1.0, 2.0]))
    3
    >>> layer
    Layer(2, 3, 'tanh')
    """

    def __init__(
        self, n_in: int, n_out: int, activation: str = "relu", *, generator: init.Seed = None
    ) -> None:
        positive("Layer", "n_out", n_out)
        generator = init.as_generator(generator)
        self.neurons = [Neuron(n_in, activation, generator=generator) for _ in range(n_out)]
        self.n_in, self.n_out, self.activation = n_in, n_out, activation
        self._give_names()

    def __call__(self, xs: Sequence[Number]) -> list[Value]:
        return [neuron(xs) for neuron in self.neurons]

    def _paths(self) -> Iterator[tuple[str, Value]]:
        for i, neuron in enumerate(self.neurons):
            for path, parameter in neuron._paths():
                yield f"neurons.{i}.{path}", parameter

    def __repr__(self) -> str:
        return f"Layer({self.n_in}, {self.n_out}, {self.activation!r})"


class MLP(Scalars):
    """Layers in a row; the last one is linear.

    Args:
        n_in: how many inputs.
        sizes: how many neurons each layer has; the last number is that of the outputs.
        activation: of all layers but the last: "relu", "tanh", "sigmoid" or "linear".
        generator: of the weights: a numpy Generator, a seed, or None.

    Called with floats or Values, it gives one Value if the last layer has one neuron, else a list.

    >>> net = MLP(2, [3, 1], activation="tanh", generator=0)
    >>> loss = (net([0.5, -1.0]) - 1.0) ** 2
    >>> loss.backward()
    >>> net
    MLP(2, [3, 1], activation='tanh')
    >>> [name for name, _ in net.named_parameters()][:3]
    ['layers.0.neurons.0.weights.0', 'layers.0.neurons.0.weights.1', 'layers.0.neurons.0.bias']
    """

    def __init__(
        self,
        n_in: int,
        sizes: Sequence[int],
        activation: str = "relu",
        *,
        generator: init.Seed = None,
    ) -> None:
        if isinstance(sizes, int) or not len(sizes):
            raise errors.bad_option("MLP", "sizes", "a list of layer sizes, as in [16, 1]", sizes)
        generator = init.as_generator(generator)
        kinds = [activation] * (len(sizes) - 1) + ["linear"]
        self.layers = [
            Layer(n, m, kind, generator=generator)
            for (n, m), kind in zip(itertools.pairwise([n_in, *sizes]), kinds, strict=True)
        ]
        self.activation = activation
        self._give_names()

    def __call__(self, xs: Sequence[Number]) -> Value | list[Value]:
        for layer in self.layers:
            xs = layer(xs)
        return xs[0] if len(xs) == 1 else xs  # type: ignore[return-value]  # layers give lists of Values

    def _paths(self) -> Iterator[tuple[str, Value]]:
        for i, layer in enumerate(self.layers):
            for path, parameter in layer._paths():
                yield f"layers.{i}.{path}", parameter

    def copy_to(self, network: Sequential) -> None:
        """Put these weights into the array layers of `network`.

        Raises:
            ShapeError: unless it is a Sequential of the same layers: Linear with bias, activation,
                Linear, ... Then nothing was changed.

        >>> import nn
        >>> net = MLP(2, [3, 1], generator=0)
        >>> arrays = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        >>> net.copy_to(arrays)
        >>> round(net([0.5, 1.0]).data - arrays([[0.5, 1.0]]).item(), 6)
        0.0
        """
        for linear, layer in self._beside(network):
            weights = [[w.data for w in neuron.weights] for neuron in layer.neurons]
            linear.weight.overwrite()[...] = weights
            linear.bias.overwrite()[...] = [neuron.bias.data for neuron in layer.neurons]

    def copy_from(self, network: Sequential) -> None:
        """Take the weights of the array layers of `network`; the other way of `copy_to`."""
        for linear, layer in self._beside(network):
            weights, biases = linear.weight.numpy().tolist(), linear.bias.numpy().tolist()
            for neuron, row, bias in zip(layer.neurons, weights, biases, strict=True):
                neuron.bias.data = bias
                for w, number in zip(neuron.weights, row, strict=True):
                    w.data = number

    def _beside(self, network: Any) -> list[tuple[Any, Layer]]:
        """Each array layer with its scalar layer, all checked."""
        mine = []
        for layer in self.layers:
            mine.append(f"Linear({layer.n_in}, {layer.n_out})")
            kind = LAYERS[layer.activation]
            if kind is not None:
                mine.append(f"{kind.__name__}()")
        if not isinstance(network, Sequential):
            raise errors.other_architecture(", ".join(mine), repr(network))
        theirs = []
        for module in network:
            text = f"{type(module).__name__}()"
            if isinstance(module, Linear):
                bias = "" if module.bias is not None else ", bias=False"
                text = f"Linear({module.in_features}, {module.out_features}{bias})"
            theirs.append(text)
        if theirs != mine:
            raise errors.other_architecture(", ".join(mine), ", ".join(theirs))
        linears = [module for module in network if isinstance(module, Linear)]
        return list(zip(linears, self.layers, strict=True))

    def __repr__(self) -> str:
        sizes = [layer.n_out for layer in self.layers]
        return f"MLP({self.layers[0].n_in}, {sizes}, activation={self.activation!r})"
