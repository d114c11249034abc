"""What all optimisers share: groups of parameters, their options, their memory, the step.

A rule of learning is one method, `update`: it changes one array in place, given its gradient.
The same rule moves Tensors and scalar Values: the Values of a group are gathered into one flat
array, moved as one, and put back. Nothing is allocated in a step after the first: what a rule
remembers lies in arrays made once, and two scratch arrays serve all parameters.

A table of which few rows were used has a gradient of rows only (`autograd.RowGradient`). Rules that
can do without the other rows say so in `accept`; they are then run on these rows alone.

Options keep PyTorch's names. They can be changed between steps: `optimiser.param_groups[0]["lr"]`.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from autograd import RowGradient, Tensor, Value
from autograd.errors import listing
from nn import errors
from nn.functional.checks import flag

Array = np.ndarray[Any, Any]
Group = dict[str, Any]
State = dict[str, Any]

# What is either on or off, in whatever rule it is an option of.
FLAGS = {"amsgrad", "centered", "decoupled_weight_decay", "maximize", "nesterov"}


class _Arrays:
    """A Tensor as the step sees it."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.tensor.dtype

    def gradient(self) -> Array | RowGradient | None:
        grad: Array | RowGradient | None = self.tensor.grad
        if grad is None:
            return None
        if not isinstance(grad, (np.ndarray, RowGradient)) or grad.shape != self.tensor.shape:
            raise errors.wrong_gradient(self.tensor, grad)
        return grad

    def arrived(self) -> bool:
        return self.tensor.grad is not None

    def open(self) -> Array:
        return self.tensor.overwrite()

    def close(self) -> None:
        """The array was changed in place: nothing is left to do."""


class _Scalars:
    """The Values of a group as the step sees them: one flat array."""

    def __init__(self, values: list[Value]) -> None:
        self.values = values
        self.shape = (len(values),)
        self.dtype = np.dtype(np.float64)
        self._data, self._grad = np.empty(self.shape), np.empty(self.shape)

    def gradient(self) -> Array | None:
        self._grad[...] = [value.grad or 0.0 for value in self.values]
        return self._grad

    def arrived(self) -> bool:
        return any(value.grad for value in self.values)

    def open(self) -> Array:
        self._data[...] = [value.data for value in self.values]
        return self._data

    def close(self) -> None:
        for value, number in zip(self.values, self._data.tolist(), strict=True):
            value.data = number


class Optimizer:
    """The base of all optimisers.

    A subclass hands its options to `__init__`, says in `check` what values they can have, and in
    `update` how one array moves. One that takes gradients of rows says so in `accept`, and in
    `begin` what its memory holds before the first step.

    Args:
        params: parameters, or dicts with the key "params" and options of their own.
        defaults: the options of groups that do not say otherwise.

    Raises:
        OptionError: for no parameters, one given twice, an unknown option, or a bad value.
        DTypeError: for something that is no leaf.
    """

    needs: ClassVar[tuple[str, ...]] = ()  # the arrays a loaded memory must have, if any

    def __init__(self, params: Any, defaults: Group) -> None:
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self._units: list[list[_Arrays | _Scalars]] = []
        self._memory: list[list[State]] = []
        self._scratch: dict[np.dtype[Any], Array] = {}
        self._warned = False
        if isinstance(params, (Tensor, Value, Mapping, str)) or not isinstance(params, Iterable):
            raise errors.not_parameters(params)
        groups = list(params)
        if not groups:
            raise errors.no_parameters()
        if not isinstance(groups[0], Mapping):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in vars(self).get("defaults", ()):
            raise errors.option_of_groups(type(self).__name__, name)
        super().__setattr__(name, value)

    # --- groups --------------------------------------------------------------------------------

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take in more parameters, with options of their own where `group` has some."""
        name = type(self).__name__
        if not isinstance(group, Mapping) or "params" not in group:
            raise errors.not_parameters(group)
        unknown = group.keys() - self.defaults.keys() - {"params"}
        if unknown:
            raise errors.unknown_names(name, "option", sorted(unknown), self.defaults)
        params = group["params"]
        params = [params] if isinstance(params, (Tensor, Value)) else list(params)
        if not params:
            raise errors.no_parameters()
        seen = {id(p) for known in self.param_groups for p in known["params"]}
        for parameter in params:
            if not isinstance(parameter, (Tensor, Value)) or parameter.op is not None:
                raise errors.not_a_parameter(parameter)
            if id(parameter) in seen:
                raise errors.duplicate_parameter(parameter)
            seen.add(id(parameter))
        complete = {**self.defaults, **group, "params": params}
        for option in FLAGS & complete.keys():
            flag(name, option, complete[option])
        self.check(complete)
        tensors = [p for p in params if isinstance(p, Tensor)]
        values = [p for p in params if isinstance(p, Value)]
        units: list[_Arrays | _Scalars] = [_Arrays(tensor) for tensor in tensors]
        if values:
            units.append(_Scalars(values))
        self.param_groups.append(complete)
        self._units.append(units)
        self._memory.append([{} for _ in units])

    def check(self, group: Group) -> None:
        """Raise if an option of `group` has a value it cannot have."""

    def accept(self, g: Array | RowGradient, group: Group) -> None:
        """Raise if this rule cannot use such a gradient. Asked before anything is moved."""
        if isinstance(g, RowGradient):
            raise errors.rows_not_taken(type(self).__name__)

    # --- learning ------------------------------------------------------------------------------

    def begin(self, w: Array, group: Group) -> State:
        """What the memory of `w` holds before the first step."""
        return {}

    def update(self, w: Array, g: Array, memory: State, group: Group) -> None:
        """Move `w` in place. `g` must not be changed; `memory` is this parameter's own dict."""
        raise NotImplementedError

    def update_rows(self, w: Array, g: RowGradient, memory: State, group: Group) -> None:
        """Move the rows that got a gradient, by `update` on these rows alone."""
        g = g.coalesce()
        rows = g.indices
        part, mine = w[rows], {k: v[rows] if _is_array(v) else v for k, v in memory.items()}
        self.update(part, g.values, mine, group)
        w[rows] = part
        for name, kept in mine.items():
            if _is_array(kept):
                memory[name][rows] = kept
            else:
                memory[name] = kept

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        A Tensor whose gradient is None is skipped and stays untouched, its memory too. (A Value
        has a gradient always: 0.0 until one arrives.) If nothing at all had a gradient, a
        `NoGradientWarning` says so, once.

        Args:
            closure: computes the loss and calls backward; it is called first.

        Returns:
            What `closure` returned.

        Raises:
            GradientError: for a gradient that this rule cannot use. Then nothing was moved.
        """
        loss = closure() if closure is not None else None
        moves = []
        for group, units, memories in zip(
            self.param_groups, self._units, self._memory, strict=True
        ):
            for unit, memory in zip(units, memories, strict=True):
                g = unit.gradient()
                if g is not None:
                    self.accept(g, group)
                    moves.append((unit, g, memory, group))
        with np.errstate(all="ignore"):
            for unit, g, memory, group in moves:
                w = unit.open()
                if not memory:
                    memory.update(self.begin(w, group))
                if isinstance(g, RowGradient):
                    self.update_rows(w, g, memory, group)
                else:
                    self.update(w, g, memory, group)
                unit.close()
        if not any(unit.arrived() for unit, *_ in moves):
            self._warn_once()
        return loss

    def _warn_once(self) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(errors.no_gradient(), stacklevel=3)

    def zero_grad(self) -> None:
        """Forget all gradients: None for Tensors, 0.0 for Values."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.zero_grad()

    # --- what rules are written with -----------------------------------------------------------

    def scratch(self, w: Array) -> tuple[Array, Array]:
        """Two arrays like `w`, to be written to. They are shared: a rule finds rubbish in them."""
        pool = self._scratch.get(w.dtype)
        if pool is None or pool.shape[1] < w.size:
            pool = self._scratch[w.dtype] = np.empty((2, w.size), w.dtype)
        first, second = pool[:, : w.size]
        return first.reshape(w.shape), second.reshape(w.shape)

    def directed(self, w: Array, g: Array, group: Group, spare: Array) -> Array:
        """The gradient, negated if maximising, with the pull of weight decay added to it.

        Where the group says that weight decay is decoupled, the weights shrink here instead.
        """
        decay = group.get("weight_decay", 0.0)
        if group["maximize"]:
            g = np.negative(g, out=spare)
        if decay and group.get("decoupled_weight_decay"):
            np.multiply(w, 1.0 - float(group["lr"]) * decay, out=w)
        elif decay:
            pull = self.scratch(w)[1] if g is spare else spare
            g = np.add(np.multiply(w, decay, out=pull), g, out=spare)
        return g

    # --- the state -----------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Options and memory, as plain numbers and copies of arrays.

        `state` holds the memory of each parameter by its number, `param_groups` the options, with
        the numbers of its parameters under "params". The Values of a group count as one.
        """
        state: dict[int, State] = {}
        groups = []
        number = 0
        for group, memories in zip(self.param_groups, self._memory, strict=True):
            options = {k: copy.deepcopy(v) for k, v in group.items() if k != "params"}
            groups.append({**options, "params": list(range(number, number + len(memories)))})
            for memory in memories:
                if memory:
                    state[number] = {k: _copied(v) for k, v in memory.items()}
                number += 1
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where another optimiser of the same kind and parameters stopped.

        Raises:
            StateError: if the state does not fit. Then nothing was changed.
        """
        if not isinstance(state, Mapping) or not {"state", "param_groups"} <= state.keys():
            raise errors.optimiser_mismatch("expected a dict with 'state' and 'param_groups'")
        groups, saved = state["param_groups"], state["state"]
        if len(groups) != len(self.param_groups):
            raise errors.optimiser_mismatch(
                f"expected {len(self.param_groups)} parameter groups, got {len(groups)}"
            )
        options, memories = [], []
        for mine, theirs, units in zip(self.param_groups, groups, self._units, strict=True):
            numbers = theirs.get("params", ())
            if len(numbers) != len(units):
                raise errors.optimiser_mismatch(
                    f"a group has {len(units)} parameters here and {len(numbers)} there"
                )
            merged = {**mine, **copy.deepcopy(dict(theirs)), "params": mine["params"]}
            self.check(merged)
            options.append(merged)
            memories.append(
                [self._fitted(saved.get(n, {}), u) for n, u in zip(numbers, units, strict=True)]
            )
        for group, new in zip(self.param_groups, options, strict=True):
            group.update(new)
        self._memory = memories

    def _fitted(self, memory: Mapping[str, Any], unit: _Arrays | _Scalars) -> State:
        """A copy of one parameter's saved memory, checked against the parameter."""
        missing = [name for name in self.needs if memory and name not in memory]
        if missing:
            raise errors.optimiser_mismatch(
                f"{listing(missing)} of a parameter is missing in the memory of "
                f"{type(self).__name__}"
            )
        fitted: State = {}
        for name, saved in memory.items():
            fitted[name] = saved
            if isinstance(saved, np.ndarray):
                if saved.shape != unit.shape:
                    raise errors.optimiser_mismatch(
                        f"{name} has shape {saved.shape} for a parameter of shape {unit.shape}"
                    )
                fitted[name] = saved.astype(unit.dtype)
        return fitted

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            options = ", ".join(f"{k}={v}" for k, v in group.items() if k != "params")
            lines.append(f"  group {i}: {len(group['params'])} parameters, {options}")
        return f"{type(self).__name__}(\n" + "\n".join(lines) + "\n)"


def at_least_zero(owner: str, group: Group, *options: str) -> None:
    """Raise unless these options are numbers from 0 upwards."""
    for option in options:
        if not is_number(group[option]) or not group[option] >= 0.0:
            raise errors.bad_option(owner, option, "a number of at least 0", group[option])


def below_one(owner: str, group: Group, option: str, count: int) -> None:
    """Raise unless this option is `count` numbers from 0 to just below 1."""
    given = group[option]
    if (
        not isinstance(given, (tuple, list))
        or len(given) != count
        or not all(is_number(x) and 0.0 <= x < 1.0 for x in given)
    ):
        raise errors.bad_option(owner, option, f"{count} numbers in [0, 1)", given)


def up_to_one(owner: str, group: Group, *options: str) -> None:
    """Raise unless these options are numbers from 0 to 1."""
    for option in options:
        if not is_number(group[option]) or not 0.0 <= group[option] <= 1.0:
            raise errors.bad_option(owner, option, "a number from 0 to 1", group[option])


def is_number(x: Any) -> bool:
    """Whether `x` is a finite real number."""
    real = isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool)
    return real and math.isfinite(x)


def _copied(x: Any) -> Any:
    return x.copy() if _is_array(x) else x


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray)
