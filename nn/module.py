"""Module: a part of a network that knows its parts.

A module is a Python object with a method `forward`. Its parameters and parts are whatever lies
in its attributes: Parameters, Modules, and lists, tuples and dicts of them. They are found by
looking, when somebody asks; nothing has to be registered, and `super().__init__()` need not be
called. Names are the paths one would write, with dots: "conv1.weight", "blocks.0.bias".

Buffers are arrays that belong to the state but are not learned (running statistics): those are
registered, because an array in an attribute can be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from reprlib import recursive_repr
from typing import Any, Self

import numpy as np

from autograd import Tensor, made_by
from nn import errors
from nn.hooks import Handle
from nn.parameter import Parameter
from nn.state import Buffer, LoadResult, checked

Array = np.ndarray[Any, Any]
BOOKKEEPING = {"training", "_buffers", "_hooks", "_pre_hooks", "_named"}


class Module:
    """The base of all layers and networks.

    >>> import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         self.body = [nn.Linear(2, 3), nn.Linear(3, 3)]
    ...         self.head = nn.Linear(3, 1)
    ...     def forward(self, x):
    ...         for layer in self.body:
    ...             x = nn.functional.relu(layer(x))
    ...         return self.head(x)
    >>> net = Net()
    >>> [name for name, _ in net.named_parameters()][:3]
    ['body.0.weight', 'body.0.bias', 'body.1.weight']
    >>> net([[1.0, 2.0]]).shape
    (1, 1)
    """

    training: bool = True
    _buffers: Mapping[str, bool] = {}  # name -> part of the state
    _hooks: tuple[Callable[..., Any], ...] = ()
    _pre_hooks: tuple[Callable[..., Any], ...] = ()
    _named: bool = False

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, np.ndarray) and isinstance(vars(self).get(name), Parameter):
            raise errors.array_for_parameter(type(self).__name__, name)
        if name in METHODS and (isinstance(value, Module) or not callable(value)):
            raise errors.name_of_method(type(self).__name__, name)
        super().__setattr__(name, value)

    # --- computing -----------------------------------------------------------------------------

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What this module computes. Define it in your class, and call the module itself."""
        raise errors.no_forward(type(self).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._named:
            self._named = True
            list(self.named_parameters())  # on the way each gets its name
        for before in self._pre_hooks:
            changed = before(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        out = self.forward(*args, **kwargs)
        for after in self._hooks:
            changed = after(self, args, out)
            if changed is not None:
                out = changed
        made_by(self, (*args, *kwargs.values()), out)
        return out

    def register_forward_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, args, output)` after each forward; what it returns replaces output.

        >>> import nn
        >>> layer = nn.Flatten()
        >>> handle = layer.register_forward_hook(lambda module, args, out: print(out.shape))
        >>> _ = layer(np.zeros((2, 3, 4)))
        (2, 12)
        >>> handle.remove()
        """
        return Handle(self, "_hooks", hook)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, args)` before each forward; what it returns replaces the arguments.

        >>> import nn
        >>> layer = nn.ReLU()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: -args[0])
        >>> layer(np.array([-1.0, 2.0]))
        array([1., 0.])
        """
        return Handle(self, "_pre_hooks", hook)

    # --- looking -------------------------------------------------------------------------------

    def _members(self) -> Iterator[tuple[str, Any]]:
        """The modules and parameters directly in here, by name, in order of assignment."""
        for name, thing in vars(self).items():
            if name not in BOOKKEEPING:
                yield from _inside(name, thing)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly in here, each once, with their names."""
        seen: set[Module] = set()
        for name, thing in self._members():
            if isinstance(thing, Module) and thing not in seen:
                seen.add(thing)
                yield name, thing

    def children(self) -> Iterator[Module]:
        """The modules directly in here, each once."""
        return (module for _, module in self.named_children())

    def named_modules(self, *, remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """This module (named '') and all below it, outer before inner.

        >>> import nn
        >>> [name for name, _ in nn.Sequential(nn.ReLU(), nn.Tanh()).named_modules()]
        ['', '0', '1']
        """
        return _tree(self, "", set() if remove_duplicate else None, ())

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(self, recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Every parameter once, with its dotted path, outer before inner.

        A parameter that is shared is listed under the first of its names. The path becomes the
        parameter's own name, which messages and pictures show.

        >>> import nn
        >>> [name for name, _ in nn.Sequential(nn.Linear(2, 1)).named_parameters()]
        ['0.weight', '0.bias']
        """
        seen: set[Parameter] = set()
        for path, module in self.named_modules() if recurse else [("", self)]:
            for name, thing in module._members():
                if isinstance(thing, Parameter) and thing not in seen:
                    seen.add(thing)
                    full = _join(path, name)
                    _call(thing, full)
                    yield full, thing

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every parameter once.

        >>> import nn
        >>> sum(p.size for p in nn.Conv2d(3, 32, 5).parameters())
        2432
        """
        return (parameter for _, parameter in self.named_parameters(recurse))

    # --- buffers -------------------------------------------------------------------------------

    def register_buffer(self, name: str, array: Any, persistent: bool = True) -> None:
        """Keep an array that is part of the state but not learned; None for "not in use".

        It is an attribute from now on, a plain numpy array. One that is not persistent is left
        out of `state_dict`.

        >>> layer = Module()
        >>> layer.register_buffer("running_mean", np.zeros(2))
        >>> layer.running_mean, list(layer.state_dict())
        (array([0., 0.]), ['running_mean'])
        """
        if (
            not isinstance(name, str)
            or "." in name
            or (hasattr(self, name) and name not in self._buffers)
        ):
            raise errors.taken_name(type(self).__name__, name)
        self._buffers = {**self._buffers, name: persistent}
        setattr(self, name, None if array is None else Tensor(array).numpy())

    def named_buffers(self, recurse: bool = True) -> Iterator[tuple[str, Array]]:
        """Every buffer once, with its dotted path."""
        seen: set[int] = set()
        for path, module in self.named_modules() if recurse else [("", self)]:
            for name in module._buffers:
                array = getattr(module, name)
                if array is not None and id(array) not in seen:
                    seen.add(id(array))
                    yield _join(path, name), array

    def buffers(self, recurse: bool = True) -> Iterator[Array]:
        """Every buffer once."""
        return (array for _, array in self.named_buffers(recurse))

    # --- changing ------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Switch this module and all below it to training (or, with False, to evaluation)."""
        if mode not in (True, False):  # "eval" would count as True
            raise errors.bad_option("train", "mode", "True or False", mode)
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self) -> Self:
        """Switch this module and all below it to evaluation."""
        return self.train(False)

    @contextmanager
    def evaluating(self) -> Iterator[Self]:
        """Evaluation in here; afterwards every module is as it was.

        >>> import nn
        >>> net = nn.Sequential(nn.Linear(2, 1))
        >>> with net.evaluating():
        ...     net.training, net[0].training
        (False, False)
        >>> net.training
        True
        """
        before = [(module, module.training) for module in self.modules()]
        self.eval()
        try:
            yield self
        finally:
            for module, mode in before:
                module.training = mode

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters in here (False), or let them learn again.

        >>> import nn
        >>> nn.Linear(2, 1).requires_grad_(False).weight.requires_grad
        False
        """
        if requires_grad not in (True, False):
            raise errors.bad_option("requires_grad_", "requires_grad", "a bool", requires_grad)
        for parameter in self.parameters():
            parameter.requires_grad = bool(requires_grad)
        return self

    def astype(self, dtype: Any) -> Self:
        """Convert parameters and floating-point buffers, in place of the old ones.

        Raises:
            DTypeError: unless `dtype` is a floating-point dtype.

        >>> import nn
        >>> nn.Linear(2, 1).astype(np.float64).weight.dtype
        dtype('float64')
        """
        dtype = Tensor(0.0, dtype=dtype).dtype  # refuses what is none, in a sentence
        if dtype.kind != "f":
            raise errors.bad_option("astype", "dtype", "a floating-point dtype", dtype)
        with np.errstate(all="ignore"):
            for parameter in self.parameters():
                parameter.become(parameter.numpy().astype(dtype))
            for module in self.modules():
                for name in module._buffers:
                    array = getattr(module, name)
                    if array is not None and array.dtype.kind == "f":
                        setattr(module, name, array.astype(dtype))
        return self

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call `function(module)` on every module in here, inner ones first, and on this one."""
        for module in reversed(list(self.modules())):
            function(module)
        return self

    # --- the state -----------------------------------------------------------------------------

    def _places(self) -> dict[str, Parameter | Buffer]:
        """Everything that belongs to the state, under each of its names, in PyTorch's order."""
        places: dict[str, Parameter | Buffer] = {}
        for path, module in self.named_modules(remove_duplicate=False):
            for name, thing in module._members():
                if isinstance(thing, Parameter):
                    _put(places, _join(path, name), thing)
            for name, persistent in module._buffers.items():
                if persistent and getattr(module, name) is not None:
                    _put(places, _join(path, name), Buffer(module, name))
        return places

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and persistent buffers, by name: plain numpy arrays.

        A shared parameter appears under each of its names, as in PyTorch.

        >>> import nn
        >>> {name: array.shape for name, array in nn.Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {name: place.numpy() for name, place in self._places().items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> LoadResult:
        """Take over parameters and buffers from `state`; dtypes stay as they are here.

        Args:
            state: arrays or Tensors by name.
            strict: refuse missing and unexpected names too, not only wrong shapes.

        Returns:
            The missing and the unexpected names.

        Raises:
            StateError: if the state does not fit. Then nothing was changed.

        >>> import nn
        >>> a, b = nn.Linear(3, 2), nn.Linear(3, 2)
        >>> b.load_state_dict(a.state_dict())
        LoadResult(missing_keys=[], unexpected_keys=[])
        >>> bool((a.weight == b.weight).all())
        True
        """
        places = self._places()
        arrays, result = checked(state, places, strict)
        with np.errstate(all="ignore"):
            for name, array in arrays.items():
                places[name].overwrite()[...] = array
        return result

    # --- showing -------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the parentheses of the printed module."""
        return ""

    @recursive_repr("...")
    def __repr__(self) -> str:
        lines = [f"({name}): {module!r}" for name, module in self.named_children()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        body = "\n".join([*([extra] if extra else []), *lines]).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


METHODS = {name for name in vars(Module) if name[0] != "_"} - {"training"}  # no member hides them


def _is_member(thing: Any) -> bool:
    return isinstance(thing, (Module, Parameter))


def _inside(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    if _is_member(thing):
        yield name, thing
    elif isinstance(thing, (list, tuple)):
        for i, item in enumerate(thing):
            yield from _inside(f"{name}.{i}", item)
    elif isinstance(thing, dict):
        for key, item in thing.items():
            yield from _inside(f"{name}.{key}", item)
    elif isinstance(thing, (set, frozenset)) and any(map(_is_member, thing)):
        raise errors.members_in_set(name)


def _tree(
    module: Module, path: str, seen: set[Module] | None, above: tuple[Module, ...]
) -> Iterator[tuple[str, Module]]:
    if module in above or (seen is not None and module in seen):
        return  # a part that points back at its whole is no part of itself
    if seen is not None:
        seen.add(module)
    yield path, module
    for name, thing in module._members():
        if isinstance(thing, Module):
            yield from _tree(thing, _join(path, name), seen, (*above, module))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _put(places: dict[str, Any], name: str, thing: Any) -> None:
    if name in places:
        raise errors.same_name(name)
    places[name] = thing


def _call(parameter: Parameter, path: str) -> None:
    """Name a parameter by its path. The longest path stays; a name of the user's own too."""
    if parameter.name is None or path.endswith("." + parameter.name):
        parameter.name = path
