"""Containers of layers."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any, Self, overload

from nn import errors
from nn.module import Module


class Sequential(Module):
    """Layers that are called one after the other.

    Args:
        layers: Modules, named "0", "1", ...; or one dict from names to Modules, in order.

    The layers are attributes under their names. It has a length, can be iterated over, and takes
    indices and slices; a slice is a Sequential that shares its layers.

    Raises:
        DTypeError: for something that is no Module.
        OptionError: for a name that holds a dot or is taken.

    >>> import nn
    >>> net = Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> net
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    >>> len(net), net[-1].in_features, len(net[:2])
    (3, 3, 2)
    >>> Sequential({"hidden": nn.Linear(2, 3), "act": nn.ReLU()}).hidden.in_features
    2
    """

    def __init__(self, *layers: Any) -> None:
        named: list[tuple[str, Any]]
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            named = list(layers[0].items())
        else:
            named = [(str(i), layer) for i, layer in enumerate(layers)]
        for name, layer in named:
            self._add(name, layer)

    def _add(self, name: Any, layer: Any) -> None:
        if not isinstance(layer, Module):
            raise errors.not_a_module("Sequential", layer)
        if not isinstance(name, str) or not name or "." in name or hasattr(self, name):
            raise errors.taken_name("Sequential", name)
        setattr(self, name, layer)

    def _layers(self) -> dict[str, Module]:
        return {name: thing for name, thing in vars(self).items() if isinstance(thing, Module)}

    def forward(self, input: Any) -> Any:
        for layer in self._layers().values():
            input = layer(input)
        return input

    def append(self, layer: Module) -> Self:
        """Add a layer at the end, named by its position (or the next free number).

        >>> import nn
        >>> len(Sequential(nn.Linear(2, 3)).append(nn.ReLU()))
        2
        """
        number = len(self)
        while hasattr(self, str(number)):  # a slice keeps the numbers of its layers
            number += 1
        self._add(str(number), layer)
        return self

    def __len__(self) -> int:
        return len(self._layers())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers().values())

    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    @overload
    def __getitem__(self, index: int) -> Any: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Sequential(dict(list(self._layers().items())[index]))
        return getattr(self, self._name(index))

    def __setitem__(self, index: int, layer: Module) -> None:
        if not isinstance(layer, Module):
            raise errors.not_a_module("Sequential", layer)
        setattr(self, self._name(index), layer)

    def _name(self, index: int) -> str:
        names = list(self._layers())
        try:
            return names[operator.index(index)]
        except (IndexError, TypeError):
            raise errors.no_such_layer(index, len(names)) from None
