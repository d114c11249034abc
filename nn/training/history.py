"""History: what a training run saw, epoch by epoch and step by step."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from nn import errors
from nn.looking.tables import html_table

SHOWN = 10  # epochs in the printed table


class History:
    """The numbers of a training run, as lists.

    Attributes:
        epochs: by name, one number per epoch: "loss", each metric, the same with "val_" in front
            for the validation data, "lr", and "seconds".
        steps: by name, one number per step: "loss", "lr" (of the first group of parameters)
            and "gradient_norm" (over all parameters, before clipping).
        interrupted: whether Ctrl-C ended the run.
        stopped: why the run ended before its last epoch; None if it did not.

    `history["loss"]` is `history.epochs["loss"]`; `len(history)` counts finished epochs.

    >>> history = History()
    >>> history.add({"loss": 0.5, "lr": 0.1})
    >>> history["loss"], len(history)
    ([0.5], 1)
    """

    def __init__(self) -> None:
        self.epochs: dict[str, list[float]] = {}
        self.steps: dict[str, list[float]] = {"loss": [], "lr": [], "gradient_norm": []}
        self.interrupted = False
        self.stopped: str | None = None

    def __len__(self) -> int:
        return max((len(column) for column in self.epochs.values()), default=0)

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.epochs:
            raise errors.unknown_quantity(name, self.epochs or ["nothing yet"])
        return self.epochs[name]

    def add(self, numbers: Mapping[str, float]) -> None:
        """The numbers of an epoch that has just ended.

        A name that was not there before starts with nan for the epochs it missed.
        """
        finished = len(self)
        for name in {**self.epochs, **numbers}:
            column = self.epochs.setdefault(name, [float("nan")] * finished)
            column.append(float(numbers.get(name, float("nan"))))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain lists and numbers: for JSON, or a table of another library."""
        return copy.deepcopy(vars(self))

    state_dict = to_dict

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what another history held.

        Raises:
            StateError: if it is no such state. Then nothing was changed.
        """
        wanted = {"epochs", "steps", "interrupted", "stopped"}
        if not isinstance(state, Mapping) or state.keys() != wanted:
            raise errors.bad_part("history", "what History.to_dict gives", state)
        for name in ("epochs", "steps"):
            if not _are_columns(state[name]):
                raise errors.bad_part(f"history.{name}", "a dict of lists of numbers", state[name])
        if len({len(column) for column in state["epochs"].values()}) > 1:
            raise errors.bad_part("history.epochs", "lists of one length", state["epochs"])
        if not self.steps.keys() <= state["steps"].keys():
            raise errors.bad_part("history.steps", "lists of all quantities", state["steps"])
        if not isinstance(state["interrupted"], bool):
            raise errors.bad_part("history.interrupted", "True or False", state["interrupted"])
        if state["stopped"] is not None and not isinstance(state["stopped"], str):
            raise errors.bad_part("history.stopped", "a text or None", state["stopped"])
        vars(self).update(copy.deepcopy(dict(state)))

    def __repr__(self) -> str:
        rows = self._table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(word.rjust(width) for word, width in zip(row, widths, strict=True))
            for row in rows
        ]
        return "\n".join([self._title(), *lines])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        head, *rows = self._table()
        return html_table(head, rows, above=self._title())

    def _table(self) -> list[list[str]]:
        names = list(self.epochs)
        rows = [["epoch", *names]]
        for i in range(len(self)):
            if len(self) > SHOWN and SHOWN // 2 <= i < len(self) - SHOWN // 2:
                if i == SHOWN // 2:
                    rows.append(["..."] * len(rows[0]))
                continue
            rows.append([str(i + 1), *(f"{self.epochs[name][i]:.4g}" for name in names)])
        return rows

    def _title(self) -> str:
        end = f"; {self.stopped}" if self.stopped else ""
        return f"History of {len(self)} epochs, {len(self.steps['loss'])} steps{end}"


def _are_columns(thing: Any) -> bool:
    return isinstance(thing, Mapping) and all(
        isinstance(name, str)
        and isinstance(column, list)
        and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in column)
        for name, column in thing.items()
    )
