"""Recurrent layers: RNN, LSTM, GRU over whole sequences, as in PyTorch.

Each layer and direction is one product for what all inputs add, and one loop over the state (see
`functional.recurrence`). The layer before feeds the layer after; two directions lie side by side
in the last axis. States go in and come out, so that a long sequence can be read in pieces: hand
the returned state to the next call, through `detach_state` if the gradient is to end in between.
"""

from __future__ import annotations

import warnings
from typing import Any

import autograd as ag
from autograd import Tensor
from nn import errors, init
from nn.functional.checks import flag
from nn.functional.recurrence import gru_sequence, lstm_sequence, rnn_sequence
from nn.inputs import as_input
from nn.layers.cells import RecurrentModule, check_nonlinearity, probability
from nn.layers.dropout import Dropout
from nn.layers.options import positive
from nn.parameter import Parameter


class _Recurrent(RecurrentModule):
    """Layers and directions around the loop that `_run` is."""

    gates: int
    states: tuple[str, ...] = ("h",)  # what a state consists of

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        proj_size: int = 0,
        generator: init.Seed = None,
    ) -> None:
        name = type(self).__name__
        self._options(input_size, hidden_size, bias)
        self.num_layers = positive(name, "num_layers", num_layers)
        self.batch_first = flag(name, "batch_first", batch_first)
        self.bidirectional = flag(name, "bidirectional", bidirectional)
        if not isinstance(proj_size, int) or proj_size != 0:
            raise errors.no_projection(name)
        generator = init.as_generator(generator)
        self.dropout = probability(name, "dropout", dropout)
        self.drop = Dropout(dropout, generator=generator) if dropout else None
        if dropout and self.num_layers == 1:
            warnings.warn(errors.dropout_without_effect(name, dropout), stacklevel=3)
        rows = self.gates * self.hidden_size
        for layer, suffix in self._runs():
            below = len(self._suffixes()) * self.hidden_size if layer else self.input_size
            setattr(self, f"weight_ih_l{layer}{suffix}", self._empty(rows, below))
            setattr(self, f"weight_hh_l{layer}{suffix}", self._empty(rows, self.hidden_size))
            if self.bias:
                setattr(self, f"bias_ih_l{layer}{suffix}", self._empty(rows))
                setattr(self, f"bias_hh_l{layer}{suffix}", self._empty(rows))
        self.reset_parameters(generator)

    def _suffixes(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def _runs(self) -> list[tuple[int, str]]:
        """Layers and directions in the order of the states."""
        return [(layer, suffix) for layer in range(self.num_layers) for suffix in self._suffixes()]

    def _parameter(self, kind: str, layer: int, suffix: str) -> Parameter | None:
        return vars(self).get(f"{kind}_l{layer}{suffix}")

    def _weights(self, layer: int, suffix: str) -> list[Any]:
        return [self._parameter(kind, layer, suffix) for kind in ("weight_ih", "weight_hh")]

    def _bias(self, layer: int, suffix: str) -> Any:
        """Both biases as one, where they are added at the same place."""
        bias = self._parameter("bias_ih", layer, suffix)
        return None if bias is None else bias + self._parameter("bias_hh", layer, suffix)

    def _run(self, x: Any, start: list[Any], layer: int, suffix: str) -> list[Any]:
        """The loop: each kind of state after every step, (T, N, H), from those before the first."""
        raise NotImplementedError

    def _forward(self, input: Any, states: Any) -> tuple[Tensor, list[Any]]:
        x = as_input(input, self.weight_ih_l0.dtype)  # type: ignore[attr-defined]  # set by name
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size:
            lead = "N, T" if self.batch_first else "T, N"
            size = self.input_size
            raise errors.wrong_input(repr(self), f"({lead}, {size}) or (T, {size})", x.shape)
        alone = x.ndim == 2  # one sequence, without an axis for the batch
        swapped = self.batch_first and not alone
        steps, batch = x.shape[swapped], 1 if alone else x.shape[not swapped]
        if steps == 0:
            raise errors.no_steps(repr(self))
        runs = self._runs()
        shape = (len(runs), self.hidden_size) if alone else (len(runs), batch, self.hidden_size)
        starts = [
            ag.reshape(self._state(name, given, shape, x), (len(runs), batch, self.hidden_size))
            for name, given in zip(self.states, states, strict=True)
        ]
        if alone:
            x = ag.expand_dims(x, 1)
        elif swapped:
            x = ag.swapaxes(x, 0, 1)
        ends: list[list[Any]] = [[] for _ in starts]
        out: list[Any] = []
        for run, (layer, suffix) in enumerate(runs):
            after = self._run(x, [start[run] for start in starts], layer, suffix)
            out.append(after[0])
            for end, state in zip(ends, after, strict=True):
                end.append(state[0 if suffix else -1])
            if len(out) == len(self._suffixes()):
                x = out[0] if len(out) == 1 else ag.concatenate(out, -1)
                out = []
                if self.drop is not None and layer < self.num_layers - 1:
                    x = self.drop(x)
        if alone:
            x = ag.squeeze(x, 1)
        elif swapped:
            x = ag.swapaxes(x, 0, 1)
        return x, [ag.reshape(ag.stack(end), shape) for end in ends]

    def extra_repr(self) -> str:
        defaults = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
        }
        changed = [
            f"{option}={getattr(self, option)!r}"
            for option, default in defaults.items()
            if getattr(self, option) != default
        ]
        return ", ".join([str(self.input_size), str(self.hidden_size), *changed])


class RNN(_Recurrent):
    """h[t] = tanh(x[t] @ weight_ih.T + bias_ih + h[t-1] @ weight_hh.T + bias_hh), or relu.

    Args:
        input_size, hidden_size: the size of x[t] and of h[t].
        num_layers: each layer but the first reads the outputs of the one before.
        nonlinearity: "tanh" or "relu".
        bias: whether there are biases.
        batch_first: sequences are (N, T, ...) instead of (T, N, ...). States are not concerned.
        dropout: the probability of dropping an output between layers, in training.
        bidirectional: read from both ends; the outputs lie side by side.
        proj_size: 0; other sizes are refused.
        generator: of the initial weights and of the dropout: a numpy Generator, a seed, or None.

    Attributes:
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0: of layer 0; l1, l2, ... follow, and
            each with _reverse for the other direction. They start evenly within
            1 / sqrt(hidden_size).

    Called with x (T, N, input_size) and h (layers * directions, N, hidden_size), or both without
    N; h is zeros if left out. Returns the outputs of the last layer at all steps,
    (T, N, directions * hidden_size), and h after the last step of each layer and direction.

    Raises:
        ShapeError: for other shapes.

    >>> import numpy as np
    >>> rnn = RNN(3, 5, num_layers=2, generator=0)
    >>> out, h = rnn(np.zeros((7, 2, 3)))
    >>> out.shape, h.shape
    ((7, 2, 5), (2, 2, 5))
    >>> rnn
    RNN(3, 5, num_layers=2)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        proj_size: int = 0,
        generator: init.Seed = None,
    ) -> None:
        self.nonlinearity = check_nonlinearity("RNN", nonlinearity)
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size=proj_size,
            generator=generator,
        )

    def _run(self, x: Any, start: list[Any], layer: int, suffix: str) -> list[Any]:
        (h,) = start
        by_x, by_h = self._weights(layer, suffix)
        bias = self._bias(layer, suffix)
        return [rnn_sequence(x, h, by_x, by_h, bias, self.nonlinearity, bool(suffix))]

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        out, (h,) = self._forward(input, [hx])
        return out, h

    def extra_repr(self) -> str:
        other = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity!r}"
        return super().extra_repr() + other


class LSTM(_Recurrent):
    """Long short-term memory: c[t] = f * c[t-1] + i * g and h[t] = o * tanh(c[t]).

    i, f, g, o are the blocks of x[t] @ weight_ih.T + bias_ih + h[t-1] @ weight_hh.T + bias_hh,
    behind a sigmoid; g behind a tanh. See `LSTMCell` for the sources.

    Args: those of `RNN`, without nonlinearity.

    Called with x (T, N, input_size) and a pair (h, c), each (layers * directions, N,
    hidden_size), or all without N; the state is zeros if left out. Returns the outputs of the
    last layer at all steps, (T, N, directions * hidden_size), and the pair (h, c) after the last
    step of each layer and direction.

    Raises:
        ShapeError: for other shapes.
        DTypeError: for a state that is no pair.

    >>> import numpy as np
    >>> lstm = LSTM(3, 5, batch_first=True, bidirectional=True, generator=0)
    >>> out, (h, c) = lstm(np.zeros((2, 7, 3)))
    >>> out.shape, h.shape, c.shape
    ((2, 7, 10), (2, 2, 5), (2, 2, 5))
    """

    gates = 4
    states = ("h", "c")

    def _run(self, x: Any, start: list[Any], layer: int, suffix: str) -> list[Any]:
        h, c = start
        by_x, by_h = self._weights(layer, suffix)
        both = lstm_sequence(x, h, c, by_x, by_h, self._bias(layer, suffix), bool(suffix))
        return [both[0], both[1]]

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        out, (h, c) = self._forward(input, list(self._pair(hx)))
        return out, (h, c)


class GRU(_Recurrent):
    """Gated recurrent units: h[t] = (1 - z) * n + z * h[t-1] with n = tanh(a + r * b).

    r, z (behind a sigmoid) and n are the blocks of a = x[t] @ weight_ih.T + bias_ih and
    b = h[t-1] @ weight_hh.T + bias_hh, added up for r and z. See `GRUCell` for the source.

    Args: those of `RNN`, without nonlinearity.

    Called, and returns, as `RNN` does.

    Raises:
        ShapeError: for other shapes.

    >>> import numpy as np
    >>> out, h = GRU(3, 5, generator=0)(np.zeros((7, 3)))
    >>> out.shape, h.shape
    ((7, 5), (1, 5))
    """

    gates = 3

    def _run(self, x: Any, start: list[Any], layer: int, suffix: str) -> list[Any]:
        (h,) = start
        by_x, by_h = self._weights(layer, suffix)
        biases = [self._parameter(kind, layer, suffix) for kind in ("bias_ih", "bias_hh")]
        return [gru_sequence(x, h, by_x, by_h, biases[0], biases[1], bool(suffix))]

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        out, (h,) = self._forward(input, [hx])
        return out, h
