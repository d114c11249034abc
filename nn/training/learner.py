"""The passes over the data: with steps in training, without them in validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.optim.clip import clip_grad_norm_, clip_grad_value_, get_total_norm
from nn.training.run import Run, rate_of, tell


class Learner:
    """The passes over the data."""

    def __init__(
        self,
        run: Run,
        loss: Callable[[Any, Any], Any],
        metrics: dict[str, Callable[..., Any]],
        state: str | None,
        clip_norm: float | None,
        clip_value: float | None,
    ) -> None:
        self.run, self.loss, self.metrics, self.state = run, loss, metrics, state
        self.clip_norm, self.clip_value = clip_norm, clip_value
        self.schedule: Callable[[float], None] | None = None
        self.bar: Any = None
        parameters = [p for group in run.optimiser.param_groups for p in group["params"]]
        self.parameters = [p for p in parameters if isinstance(p, Tensor)]

    def begin(self, bar: Any) -> None:
        self.bar = bar
        if bar is not None:
            bar.set_description(f"epoch {self.run.epoch + 1}/{self.run.epochs}", refresh=False)

    def train(self) -> dict[str, float] | None:
        """One pass with steps. None if it was stopped before its end."""
        run, means = self.run, _Means()
        run.model.train()
        if self.state == "carry":
            return self._train_whole(means)
        memory: Any = None
        for inputs, target in _batches(run.data):
            memory, keep = self._step(inputs, target, memory)
            means.add(keep, _samples(target))
            if run.stopped:
                return None
        if not means.weight:
            raise errors.data_used_up(run.epoch + 1)
        return means.result()

    def _step(self, inputs: Any, target: Any, memory: Any) -> tuple[Any, dict[str, float]]:
        """A step on one batch; the state after it, and its numbers."""
        seen: list[Any] = []
        rate = rate_of(self.run.optimiser)
        norms: list[float] = []

        def closure() -> Any:
            self.run.optimiser.zero_grad()
            out, after = self._forward(inputs, memory)
            total = self._loss_of(out, target)
            if not seen:  # an optimiser that searches may ask again, at points of its own
                self._check(total.item())
                seen.append((total.item(), _detached(out), _detached(after)))
            total.backward(free=True)
            norms.append(self._clip())
            return total

        self.run.optimiser.step(closure)
        number, out, after = seen[0]
        keep = {"loss": number} | self._measured(out, target)
        self._record(number, rate, norms[0])
        return (after if self.state == "detach" else None), keep

    def _train_whole(self, means: _Means) -> dict[str, float] | None:
        """An epoch as one graph, through which the gradient of a carried state goes back."""
        rate = rate_of(self.run.optimiser)
        norms: list[float] = []
        numbers: list[dict[str, float]] = []

        def closure() -> Any:
            self.run.optimiser.zero_grad()
            memory: Any = None
            total: Any = 0.0
            weight = 0
            first = not numbers
            for inputs, target in _batches(self.run.data):
                out, memory = self._forward(inputs, memory)
                loss, samples = self._loss_of(out, target), _samples(target)
                total, weight = total + loss * float(samples), weight + samples
                if first:
                    self._check(loss.item())
                    numbers.append({"loss": loss.item()} | self._measured(_detached(out), target))
                    means.add(numbers[-1], samples)
            if not weight:
                raise errors.data_used_up(self.run.epoch + 1)
            total = total / float(weight)
            total.backward(free=True)
            norms.append(self._clip())
            return total

        self.run.optimiser.step(closure)
        result = means.result()
        self._record(result["loss"], rate, norms[0])
        return None if self.run.stopped else result

    def validate(self) -> dict[str, float]:
        """One pass without steps, in evaluation mode."""
        means = _Means()
        memory: Any = None
        with self.run.model.evaluating(), ag.no_grad():
            for inputs, target in _batches(self.run.validation):
                out, after = self._forward(inputs, memory)
                memory = None if self.state == "reset" else after
                numbers = {"loss": self._loss_of(out, target).item()}
                means.add(numbers | self._measured(out, target), _samples(target))
        if not means.weight:
            raise errors.data_used_up(self.run.epoch + 1)
        return {f"val_{name}": number for name, number in means.result().items()}

    def _forward(self, inputs: Any, memory: Any) -> tuple[Any, Any]:
        if self.state is None:
            return self.run.model(*inputs), None
        result = self.run.model(*inputs, memory)
        if not isinstance(result, tuple) or len(result) != 2:
            raise errors.no_state_returned(result)
        return result

    def _loss_of(self, out: Any, target: Any) -> Any:
        total = self.loss(out, target)
        if not isinstance(total, Tensor) or total.size != 1:
            raise errors.loss_not_one_number(total)
        return total

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            run = self.run
            run.history.stopped = f"the loss became {loss}"
            raise errors.diverged(loss, run.epoch + 1, run.step + 1, run.history)

    def _clip(self) -> float:
        """Clip as asked; how long the gradient was before."""
        if self.clip_norm is not None:
            norm = clip_grad_norm_(self.parameters, self.clip_norm)
        else:
            norm = get_total_norm([p.grad for p in self.parameters if p.grad is not None])
        if self.clip_value is not None:
            clip_grad_value_(self.parameters, self.clip_value)
        return norm

    def _measured(self, out: Any, target: Any) -> dict[str, float]:
        if not self.metrics:
            return {}
        with ag.no_grad():
            return {name: float(metric(out, target)) for name, metric in self.metrics.items()}

    def _record(self, loss: float, rate: float, norm: float) -> None:
        steps = self.run.history.steps
        for name, number in (("loss", loss), ("lr", rate), ("gradient_norm", norm)):
            steps[name].append(number)
        if self.schedule is not None:
            self.schedule(loss)
        if self.bar is not None:
            self.bar.set_postfix(loss=f"{loss:.4g}", refresh=False)
            self.bar.update()
        tell(self.run, "on_step_end")


class _Means:
    """Means over samples."""

    def __init__(self) -> None:
        self.weight = 0
        self.sums: dict[str, float] = {}

    def add(self, numbers: Mapping[str, float], samples: int) -> None:
        self.weight += samples
        for name, number in numbers.items():
            self.sums[name] = self.sums.get(name, 0.0) + number * samples

    def result(self) -> dict[str, float]:
        return {name: total / self.weight for name, total in self.sums.items()}


# --- batches and states -----------------------------------------------------------------------


def _batches(data: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The inputs and the target of each batch."""
    for batch in data:
        if not isinstance(batch, (tuple, list)) or len(batch) < 2:
            raise errors.bad_batch(batch)
        yield tuple(batch[:-1]), batch[-1]


def _samples(target: Any) -> int:
    shape = np.shape(target)
    return int(shape[0]) if shape else 1


def _detached(thing: Any) -> Any:
    """The same numbers without a graph, in tuples, lists and dicts too."""
    if isinstance(thing, Tensor):
        return thing.detach()
    if isinstance(thing, (tuple, list)):
        inner = [_detached(x) for x in thing]
        return type(thing)(*inner) if hasattr(thing, "_fields") else type(thing)(inner)
    if isinstance(thing, dict):
        return {key: _detached(x) for key, x in thing.items()}
    return thing
