"""Checkpoints: everything a training run needs to go on as if it had never stopped.

A checkpoint is one safetensors file: all arrays are tensors in it, under readable names
("model.conv1.weight", "optimiser.state.0.exp_avg"), and the rest (options, counts, the states of
random generators) is JSON in its notes, under the same checksum. Reading it runs nothing, and
whatever it says is checked before anything is changed.

Parts are kept by protocol: models, and whatever has `state_dict` and `load_state_dict`
(optimisers, schedules, loaders, histories, early stopping), numpy Generators, and plain values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.errors import AutogradError
from nn import errors
from nn.files.generators import restore_generator
from nn.files.packing import Packed, unpacked
from nn.files.saving import load_arrays, save_arrays
from nn.module import Module
from nn.optim.optimizer import Optimizer
from nn.training.callbacks import Callback
from nn.training.run import Run

NOTE = "checkpoint"
NAME = re.compile(r"checkpoint-(\d+)\.safetensors")
LEFT_OVER = re.compile(r"\.checkpoint-\d+\.safetensors\.[0-9a-f]+\.tmp")


def save_checkpoint(path: Any, /, **parts: Any) -> None:
    """Write the states of all parts into one file, whole or not at all.

    The generators that layers of a model hold (dropout) are kept with the model.

    Args:
        path: the file; an old one there is replaced in one go.
        parts: by name: Modules, things with `state_dict`, numpy Generators, plain values.

    Raises:
        DTypeError: for a part that these files cannot hold.
        OutputError: if the place cannot be written to.

    >>> import nn, tempfile
    >>> net, rng = nn.Linear(2, 1), np.random.default_rng(0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(folder + "/c", model=net, noise=rng, epoch=3)
    ...     expected = rng.random()
    ...     load_checkpoint(folder + "/c", model=net, noise=rng)
    {'epoch': 3}
    >>> bool(rng.random() == expected)
    True
    """
    packed = Packed()
    tree = packed.pack({name: _state_of(part) for name, part in parts.items()}, "", 0)
    save_arrays(packed.arrays, path, metadata={NOTE: json.dumps(tree)})


def load_checkpoint(path: Any, /, **parts: Any) -> dict[str, Any]:
    """Bring all parts into the states they had, and return the plain values.

    Args:
        path: a file of `save_checkpoint`.
        parts: by the same names: the things to be restored.

    Raises:
        FileError: for a file that is no checkpoint, damaged or not there.
        StateError: if a part is missing or does not fit.

    In either case nothing was changed: parts that were already restored are put back.
    """
    for name, part in parts.items():
        if not _has_state(part) and not isinstance(part, np.random.Generator):
            expected = "something with a state (plain values are returned, and not handed in)"
            raise errors.bad_part(name, expected, part)
    states = _read(path)
    missing = [name for name in parts if name not in states]
    if missing:
        raise errors.other_parts(missing, [])
    plain = {name: state for name, state in states.items() if name not in parts}
    with_state = [name for name, state in plain.items() if isinstance(state, dict)]
    if with_state:
        raise errors.other_parts([], with_state)
    before: list[tuple[Any, Any]] = []
    try:
        for name, part in parts.items():
            before.append((part, _state_of(part)))
            _restore(name, part, states[name])
    except BaseException:
        for part, state in reversed(before):
            _restore("the state before", part, state)
        raise
    return plain


def latest(folder: Any) -> Path | None:
    """The newest checkpoint in a folder that is whole; damaged ones are passed over.

    Returns:
        Its path, or None if there is none.

    >>> latest("no such folder") is None
    True
    """
    for path in reversed(_numbered(Path(folder))):
        try:
            _read(path)
        except errors.FileError:
            continue
        return path
    return None


class Checkpoint(Callback):
    """A callback for `fit` that writes checkpoints into a folder, and goes on from them.

    Model, optimiser, schedule, history, and data and callbacks that have a state are all kept.
    Resuming is bit-identical to never having stopped.

    Args:
        folder: made if need be. Files are named by their epoch.
        every: epochs between checkpoints; the last epoch always gets one.
        keep: how many of the newest files stay.
        resume: go on from the newest whole checkpoint, if there is one.
        generators: what else draws random numbers: a numpy Generator, or several by name. Those
            of the loader and of the model's layers are known.

    Raises:
        OptionError: for a bad option; and in training, if the folder holds checkpoints already
            and `resume` is False.

    >>> import nn, tempfile
    >>> def train(folder, epochs):
    ...     net = nn.Linear(1, 1, generator=0)
    ...     optimiser = nn.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    ...     keeper = Checkpoint(folder, resume=True)
    ...     batch = (np.ones((4, 1)), np.ones((4, 1)))
    ...     return fit(net, batch, nn.MSELoss(), optimiser, epochs=epochs, callbacks=[keeper],
    ...                progress=False)
    >>> from nn.training.fitting import fit
    >>> with tempfile.TemporaryDirectory() as a, tempfile.TemporaryDirectory() as b:
    ...     _ = train(a, 3)  # stopped here
    ...     bool(train(a, 6)["loss"] == train(b, 6)["loss"])
    True
    """

    def __init__(
        self,
        folder: Any,
        *,
        every: int = 1,
        keep: int = 3,
        resume: bool = False,
        generators: Mapping[str, np.random.Generator] | np.random.Generator | None = None,
    ) -> None:
        for name, number in (("every", every), ("keep", keep)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise errors.bad_option("Checkpoint", name, "an integer of at least 1", number)
        if isinstance(generators, np.random.Generator):
            generators = {"own": generators}
        for generator in (generators or {}).values():
            if not isinstance(generator, np.random.Generator):
                raise errors.bad_generator(generator)
        self.folder, self.every, self.keep, self.resume = Path(folder), every, keep, resume
        self.generators = dict(generators or {})

    def _parts(self, run: Run) -> dict[str, Any]:
        parts = {"model": run.model, "optimiser": run.optimiser, "history": run.history}
        if run.schedule is not None:
            parts["schedule"] = run.schedule
        others = {"data": run.data, "validation": run.validation}
        others |= {f"callback{i}": callback for i, callback in enumerate(run.callbacks)}
        parts |= {name: thing for name, thing in others.items() if _has_state(thing)}
        return parts | {f"generator_{name}": g for name, g in self.generators.items()}

    def on_train_begin(self, run: Run) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.iterdir():
                if LEFT_OVER.fullmatch(path.name):  # of a run that was killed while it wrote
                    path.unlink(missing_ok=True)
        except OSError as problem:
            raise errors.unwritable(self.folder, problem.strerror or str(problem)) from None
        if not self.resume and run.epoch == 0 and _numbered(self.folder):
            raise errors.folder_in_use(self.folder)
        newest = latest(self.folder) if self.resume else None
        if newest is not None:
            load_checkpoint(newest, **self._parts(run))
            if run.history.interrupted:  # Ctrl-C is no reason to stay stopped
                run.history.interrupted, run.history.stopped = False, None

    def on_epoch_end(self, run: Run) -> None:
        if run.epoch % self.every == 0 or run.epoch >= run.epochs or run.stopped:
            self._write(run)

    def _write(self, run: Run) -> None:
        path = self.folder / f"checkpoint-{run.epoch:08d}.safetensors"
        save_checkpoint(path, **self._parts(run), epoch=run.epoch, step=run.step)
        for old in _numbered(self.folder)[: -self.keep]:
            old.unlink(missing_ok=True)


def _numbered(folder: Path) -> list[Path]:
    """The files that are named like checkpoints, oldest first."""
    try:
        found = [(NAME.fullmatch(path.name), path) for path in folder.iterdir()]
    except OSError:
        return []
    return [path for _, path in sorted((int(m[1]), path) for m, path in found if m)]


def _read(path: Any) -> dict[str, Any]:
    """The states in a checkpoint, by the names of the parts."""
    arrays, notes = load_arrays(path)
    if NOTE not in notes:
        raise errors.unreadable(path, "it holds arrays, but is no checkpoint")
    try:
        states = unpacked(json.loads(notes[NOTE]), arrays, 0)
    except (ValueError, TypeError, LookupError, RecursionError) as problem:
        raise errors.unreadable(path, f"what it says makes no sense ({problem!r:.200})") from None
    if not isinstance(states, dict) or not all(isinstance(name, str) for name in states):
        raise errors.unreadable(path, "it does not name its parts")
    return states


# --- parts ------------------------------------------------------------------------------------


def _has_state(thing: Any) -> bool:
    return hasattr(thing, "state_dict") and hasattr(thing, "load_state_dict")


def _state_of(part: Any) -> Any:
    if isinstance(part, Module):
        generators = {name: g.bit_generator.state for name, g in _generators(part)}
        return {"state": part.state_dict(), "generators": generators}
    if isinstance(part, np.random.Generator):
        return part.bit_generator.state
    return part.state_dict() if _has_state(part) else part


def _restore(name: str, part: Any, state: Any) -> None:
    """Bring one part into a state, or raise."""
    try:
        if isinstance(part, Module):
            _restore_module(name, part, state)
        elif isinstance(part, np.random.Generator):
            restore_generator(part, state)
        elif isinstance(part, Optimizer):
            _check_optimiser(part, state)
            part.load_state_dict(state)
        else:
            _check_alike(name, part.state_dict(), state)
            part.load_state_dict(state)
    except AutogradError as problem:
        raise errors.part_refused(name, problem) from None
    except (ValueError, TypeError, LookupError, AttributeError) as problem:
        # A class of somebody else's, that did not look before it leapt.
        raise errors.part_refused(name, repr(problem)) from None


def _restore_module(name: str, module: Module, state: Any) -> None:
    if not isinstance(state, dict) or state.keys() != {"state", "generators"}:
        raise errors.bad_part(name, "the state of a model", state)
    generators = dict(_generators(module))
    saved = state["generators"]
    if not isinstance(saved, dict) or saved.keys() != generators.keys():
        raise errors.bad_part(f"{name}: generators", f"those of {sorted(generators)}", saved)
    module.load_state_dict(state["state"])
    for where, generator in generators.items():
        restore_generator(generator, saved[where])


def _generators(module: Module) -> Iterator[tuple[str, np.random.Generator]]:
    """The random generators that the layers of a model hold, by their paths."""
    for path, layer in module.named_modules():
        for name, thing in vars(layer).items():
            if isinstance(thing, np.random.Generator):
                yield (f"{path}.{name}" if path else name), thing


def _check_optimiser(optimiser: Optimizer, state: Any) -> None:
    """Raise unless options are of the kinds they have here, and memories hold numbers only.

    The optimiser itself checks values of options and the shapes of arrays.
    """
    if not isinstance(state, dict) or not {"state", "param_groups"} <= state.keys():
        raise errors.bad_part("the state", "a dict with 'state' and 'param_groups'", state)
    groups, memories = state["param_groups"], state["state"]
    if not isinstance(groups, list) or len(groups) != len(optimiser.param_groups):
        raise errors.bad_part("param_groups", f"{len(optimiser.param_groups)} groups", groups)
    for mine, theirs in zip(optimiser.param_groups, groups, strict=True):
        if not isinstance(theirs, dict):
            raise errors.bad_part("a group", "a dict", theirs)
        for option, value in theirs.items():
            if option == "params":
                if not isinstance(value, list) or not all(_kind(x) == "integer" for x in value):
                    raise errors.bad_part("params", "a list of integers", value)
            elif option in mine:
                _check_alike(option, mine[option], value)
            elif not isinstance(option, str) or not _is_plain(value):
                raise errors.bad_part(f"the option {option!r}", "a number", value)
    if not isinstance(memories, dict):
        raise errors.bad_part("state", "a dict", memories)
    for number, memory in memories.items():
        if _kind(number) != "integer" or not isinstance(memory, dict):
            raise errors.bad_part("state", "a dict of dicts, by number", memories)
        for name, value in memory.items():
            counts = name == "step" and not isinstance(value, np.ndarray)
            fits = _kind(value) in ("integer", "number") and value >= 0 if counts else True
            if not isinstance(name, str) or not fits or not _is_memory(value):
                raise errors.bad_part(f"{name} of parameter {number}", "numbers", value)


def _is_plain(thing: Any) -> bool:
    if isinstance(thing, (tuple, list)):
        return all(_is_plain(x) for x in thing)
    return thing is None or isinstance(thing, (bool, int, float))


def _is_memory(thing: Any) -> bool:
    """Arrays of real numbers, numbers, and lists of them."""
    if isinstance(thing, (tuple, list)):
        return all(_is_memory(x) for x in thing)
    if isinstance(thing, np.ndarray):
        return thing.dtype.kind in "fiub"
    return _is_plain(thing)


def _check_alike(name: str, mine: Any, theirs: Any) -> None:
    """Raise unless `theirs` has values of the kinds that `mine` has. None goes with anything."""
    if mine is None or theirs is None:
        return
    a, b = _kind(mine), _kind(theirs)
    if a != b and {a, b} != {"integer", "number"}:
        raise errors.bad_part(name, f"of the kind {a}", theirs)
    if isinstance(mine, dict):
        for key in mine.keys() & theirs.keys():
            _check_alike(f"{name}.{key}", mine[key], theirs[key])


def _kind(thing: Any) -> str:
    kinds: tuple[tuple[str, Any], ...] = (
        ("truth value", (bool, np.bool_)),
        ("integer", (int, np.integer)),
        ("number", (float, np.floating)),
        ("text", str),
        ("array", (np.ndarray, Tensor)),
        ("dict", dict),
        ("list", (list, tuple)),
    )
    return next((kind for kind, types in kinds if isinstance(thing, types)), type(thing).__name__)
