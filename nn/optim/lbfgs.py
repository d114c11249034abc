"""L-BFGS: guess the curvature from the last steps, and jump to where the loss should be lowest.

All parameters are one long vector here. What is remembered are pairs: how the parameters moved
and how the gradient changed with that. From them the direction is made without any matrix.
Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", 1980.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.errors import listing
from nn import errors
from nn.optim.line_search import Trial, strong_wolfe
from nn.optim.optimizer import (
    Array,
    Group,
    Optimizer,
    State,
    at_least_zero,
    is_number,
)

REMEMBERED = {
    *("n_iter", "func_evals", "d", "t", "old_dirs", "old_stps", "ro", "H_diag"),
    *("prev_flat_grad", "prev_loss"),
}


class LBFGS(Optimizer):
    """L-BFGS, as PyTorch has it. For full batches: it trusts that the loss is one function.

    Args:
        params: parameters (Tensors, Values or both), all in one group.
        lr: the step along the direction, or the first one that the line search tries.
        max_iter: how many directions one step follows at most.
        max_eval: how often the loss is computed in one step at most; 1.25 * max_iter if None.
        tolerance_grad: stop when no entry of the gradient is larger.
        tolerance_change: stop when neither loss nor parameters change by more.
        history_size: how many pairs are remembered.
        line_search_fn: None or "strong_wolfe".

    `step` needs a closure that clears the gradients, computes the loss, calls backward and
    returns the loss. It is called several times; the loss of the first call is returned.
    A parameter whose gradient is None stays where it is.

    Raises:
        OptionError: for a bad option, several groups, or a step without a closure.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 1.0], requires_grad=True)
    >>> optimiser = LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimiser.zero_grad()
    ...     loss = (0.5 * (w * w * [1.0, 25.0])).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimiser.step(closure).item()
    13.0
    >>> bool(abs(w.numpy()).max() < 1e-4)
    True
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if max_eval is None and is_number(max_iter):
            max_eval = int(max_iter) * 5 // 4
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Only the first group is taken: one direction moves all parameters.

        Raises:
            OptionError: for a second group.
        """
        if self.param_groups:
            raise errors.one_group("LBFGS")
        super().add_param_group(group)

    def check(self, group: Group) -> None:
        at_least_zero("LBFGS", group, "lr", "tolerance_grad", "tolerance_change")
        for option in ("max_iter", "max_eval", "history_size"):
            given = group[option]
            if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or given < 1:
                raise errors.bad_option("LBFGS", option, "a whole number of at least 1", given)
        search = group["line_search_fn"]
        if search is not None and not (isinstance(search, str) and search == "strong_wolfe"):
            expected = "None or 'strong_wolfe'"
            raise errors.bad_option("LBFGS", "line_search_fn", expected, search)

    # --- all parameters as one vector ----------------------------------------------------------

    def _length(self) -> int:
        return sum(math.prod(unit.shape) for unit in self._units[0])

    def _gradient(self) -> Array:
        """The gradients of all parameters in one new vector; 0 where there is none."""
        units = self._units[0]
        flat = np.zeros(self._length(), np.result_type(*(unit.dtype for unit in units)))
        offset = 0
        for unit in units:
            size = math.prod(unit.shape)
            g = unit.gradient()
            if g is not None:
                self.accept(g, self.param_groups[0])
                flat[offset : offset + size] = np.ravel(g)
            offset += size
        return flat

    def _parameters(self) -> list[Array]:
        return [unit.open().copy() for unit in self._units[0]]

    def _put(self, places: list[Array], step: float, direction: Array) -> None:
        """Set the parameters to where they were plus a step along the direction."""
        offset = 0
        for unit, place in zip(self._units[0], places, strict=True):
            piece = direction[offset : offset + place.size].reshape(place.shape)
            np.add(place, step * piece, out=unit.open(), casting="same_kind")
            unit.close()
            offset += place.size

    # --- learning ------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Follow up to `max_iter` directions.

        Args:
            closure: clears the gradients, computes the loss, calls backward, returns the loss.

        Returns:
            The loss that `closure` returned first.

        Raises:
            OptionError: without a closure.
        """
        if closure is None:
            raise errors.no_closure("LBFGS")
        settings = np.geterr()

        def evaluate() -> tuple[float, Array]:
            with np.errstate(**settings):
                loss = float(closure())
            return loss, self._gradient()

        first = closure()
        if not any(unit.arrived() for unit in self._units[0]):
            self._warn_once()
        with np.errstate(all="ignore"):
            self._follow(float(first), self._gradient(), evaluate)
        return first

    def _follow(
        self, loss: float, gradient: Array, evaluate: Callable[[], tuple[float, Array]]
    ) -> None:
        group, memory = self.param_groups[0], self._memory[0][0]
        tolerance = group["tolerance_change"]
        searching = group["line_search_fn"] is not None
        if not memory:
            memory.update(n_iter=0, func_evals=0)
        memory["func_evals"] += 1
        calls = 1
        if _largest(gradient) <= group["tolerance_grad"]:
            return
        for iteration in range(1, group["max_iter"] + 1):
            memory["n_iter"] += 1
            direction = self._direction(gradient, memory, group["history_size"])
            step = float(group["lr"])
            if memory["n_iter"] == 1:
                step *= min(1.0, 1.0 / float(np.abs(gradient).sum()))
            memory.update(d=direction, t=step, prev_flat_grad=gradient, prev_loss=loss)
            slope = float(gradient @ direction)
            if slope > -tolerance:
                return
            before, places, made = loss, self._parameters(), 0
            if searching:

                def trial(
                    at: float, places: list[Array] = places, direction: Array = direction
                ) -> Trial:
                    self._put(places, at, direction)
                    found, g = evaluate()
                    found = math.inf if math.isnan(found) else found
                    return Trial(at, found, g, float(g @ direction))

                start = Trial(0.0, loss, gradient, slope)
                (step, loss, gradient, _), made = strong_wolfe(
                    trial, start, step, _largest(direction), tolerance, group["max_eval"] - calls
                )
                memory["t"] = step
            self._put(places, step, direction)
            if not searching and iteration < group["max_iter"]:
                loss, gradient = evaluate()
                made = 1
            calls += made
            memory["func_evals"] += made
            if (
                calls >= group["max_eval"]
                or _largest(gradient) <= group["tolerance_grad"]
                or _largest(direction) * abs(step) <= tolerance
                or abs(loss - before) < tolerance
            ):
                return

    def _direction(self, gradient: Array, memory: State, most: int) -> Array:
        """Downhill, bent by the curvature that the remembered pairs show."""
        if memory["n_iter"] == 1:
            memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -gradient
        changes, moves, weights = memory["old_dirs"], memory["old_stps"], memory["ro"]
        change = gradient - memory["prev_flat_grad"]
        move = memory["d"] * memory["t"]
        curvature = float(change @ move)
        if curvature > 1e-10:
            if len(changes) >= most:
                for pairs in (changes, moves, weights):
                    del pairs[: len(pairs) - most + 1]
            changes.append(change)
            moves.append(move)
            weights.append(1.0 / curvature)
            memory["H_diag"] = curvature / float(change @ change)
        direction = -gradient
        shares = []
        for change, move, weight in zip(changes[::-1], moves[::-1], weights[::-1], strict=True):
            share = float(move @ direction) * weight
            shares.append(share)
            direction -= share * change
        direction *= memory["H_diag"]
        for change, move, weight in zip(changes, moves, weights, strict=True):
            direction += (shares.pop() - float(change @ direction) * weight) * move
        return direction

    # --- the state -----------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Options and memory; the remembered pairs are the rows of two arrays.

        The memory belongs to all parameters together and stands under the number 0.
        """
        state = super().state_dict()
        for memory in state["state"].values():
            if "d" in memory:
                for name in ("old_dirs", "old_stps"):
                    rows, length = len(memory[name]), memory["d"].size
                    memory[name] = np.array(memory[name], memory["d"].dtype).reshape(rows, length)
                memory["ro"] = np.array(memory["ro"], np.float64)
        return state

    def _fitted(self, memory: Mapping[str, Any], _unit: Any) -> State:
        """A copy of the saved memory, checked against the length of the vector."""
        fitted = copy.deepcopy(dict(memory))
        if not fitted:
            return fitted
        names = {"n_iter", "func_evals"} if "d" not in fitted else REMEMBERED
        if not names <= fitted.keys():
            missing = listing(sorted(names - fitted.keys()))
            raise errors.optimiser_mismatch(f"{missing} is missing in the memory of LBFGS")
        if "d" not in fitted:  # it stopped before the first move
            return fitted
        rows, length = len(fitted["ro"]), self._length()
        for name in ("d", "prev_flat_grad", "old_dirs", "old_stps"):
            shape = (rows, length) if name.startswith("old") else (length,)
            if np.shape(fitted[name]) != shape:
                raise errors.optimiser_mismatch(
                    f"{name} has shape {np.shape(fitted[name])} instead of {shape}"
                )
        for name in ("old_dirs", "old_stps"):
            fitted[name] = list(fitted[name])
        fitted["ro"] = [float(x) for x in fitted["ro"]]
        return fitted


def _largest(x: Array) -> float:
    """The largest absolute entry, 0.0 if there is none."""
    return float(np.abs(x).max(initial=0.0))
