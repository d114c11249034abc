"""Containers of layers: in order, in a list, by name. The parts are attributes of the container."""

from __future__ import annotations

import operator
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

from nn import errors
from nn.module import Module


class _Parts(Module):
    """A module whose attributes that are modules are its parts, in the order they came."""

    def _add(self, name: Any, layer: Any) -> None:
        kind = type(self).__name__
        if not isinstance(layer, Module):
            raise errors.not_a_module(kind, layer)
        if not isinstance(name, str) or not name or "." in name or hasattr(self, name):
            raise errors.taken_name(kind, name)
        setattr(self, name, layer)

    def _layers(self) -> dict[str, Module]:
        return {name: thing for name, thing in vars(self).items() if isinstance(thing, Module)}

    def __len__(self) -> int:
        return len(self._layers())


class _InOrder(_Parts):
    """Parts that are numbered: iteration, indices and slices."""

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers().values())

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._of(list(self._layers().items())[index])
        return getattr(self, self._name(index))

    def __setitem__(self, index: int, layer: Module) -> None:
        if not isinstance(layer, Module):
            raise errors.not_a_module(type(self).__name__, layer)
        setattr(self, self._name(index), layer)

    def append(self, layer: Module) -> Self:
        """Add a module at the end, named by its position (or the next free number).

        >>> import nn
        >>> len(Sequential(nn.Linear(2, 3)).append(nn.ReLU()))
        2
        """
        number = len(self)
        while hasattr(self, str(number)):  # a slice of a Sequential keeps the names of its layers
            number += 1
        self._add(str(number), layer)
        return self

    def extend(self, layers: Iterable[Module]) -> Self:
        """Add several modules at the end."""
        for layer in layers:
            self.append(layer)
        return self

    def _name(self, index: int) -> str:
        names = list(self._layers())
        try:
            return names[operator.index(index)]
        except (IndexError, TypeError):
            raise errors.no_such_layer(index, len(names)) from None

    def _of(self, parts: list[tuple[str, Module]]) -> Self:
        """A container of this kind with some of the parts."""
        raise NotImplementedError


class Sequential(_InOrder):
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
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            named: Iterable[tuple[str, Any]] = layers[0].items()
        else:
            named = ((str(i), layer) for i, layer in enumerate(layers))
        for name, layer in named:
            self._add(name, layer)

    def forward(self, input: Any) -> Any:
        for layer in self._layers().values():
            input = layer(input)
        return input

    def _of(self, parts: list[tuple[str, Module]]) -> Self:
        return type(self)(dict(parts))


class ModuleList(_InOrder):
    """Modules in a list, named "0", "1", ...; how they are called is up to you.

    A plain Python list in an attribute works as well: a Module finds what is in it.

    >>> import nn
    >>> layers = ModuleList([nn.Linear(2, 2), nn.Linear(2, 1)])
    >>> [name for name, _ in layers.named_parameters()][2:]
    ['1.weight', '1.bias']
    >>> len(layers), len(layers[1:])
    (2, 1)
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        if not isinstance(modules, Iterable):
            raise errors.not_a_module("ModuleList", modules)
        self.extend(modules)

    def insert(self, index: int, layer: Module) -> None:
        """Put a module in front of the one at `index`; those behind it are renumbered."""
        layers = list(self)
        layers.insert(index, layer)
        for name in self._layers():
            delattr(self, name)
        self.extend(layers)

    def _of(self, parts: list[tuple[str, Module]]) -> Self:
        return type(self)(layer for _, layer in parts)


class ModuleDict(_Parts):
    """Modules by name; how they are called is up to you.

    >>> import nn
    >>> heads = ModuleDict({"digit": nn.Linear(4, 10)})
    >>> heads["size"] = nn.Linear(4, 1)
    >>> list(heads), "size" in heads
    (['digit', 'size'], True)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        if modules is not None and not isinstance(modules, Mapping):
            raise errors.bad_option("ModuleDict", "modules", "a dict of layers by name", modules)
        self.update(modules or {})

    def __getitem__(self, name: str) -> Any:
        return self._layers()[self._known(name)]

    def __setitem__(self, name: str, layer: Module) -> None:
        if name in self._layers():
            delattr(self, name)
        self._add(name, layer)

    def __delitem__(self, name: str) -> None:
        delattr(self, self._known(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers())

    def __contains__(self, name: object) -> bool:
        return name in self._layers()

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._layers().keys()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._layers().values()

    def items(self) -> ItemsView[str, Module]:
        """Names and modules."""
        return self._layers().items()

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add the modules of a dict, or replace those of the same name."""
        for name, layer in modules.items():
            self[name] = layer

    def pop(self, name: str) -> Module:
        """Take a module out and return it."""
        layer: Module = self[name]
        del self[name]
        return layer

    def _known(self, name: Any) -> str:
        if name not in self._layers():
            raise errors.no_such_name(name, list(self._layers()))
        return str(name)
