"""Recurrent cells: one time step at a time, for loops that one writes oneself.

A cell is a recurrent layer on a sequence of length one, and that is how it is computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor, get_default_dtype
from nn import errors, init
from nn.functional.checks import between, flag, one_of
from nn.functional.recurrence import gru_sequence, lstm_sequence, rnn_sequence
from nn.inputs import as_input
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class RecurrentModule(Module):
    """What recurrent layers and cells share: sizes, starting values, the check of states."""

    input_size: int
    hidden_size: int
    bias: bool

    def _options(self, input_size: Any, hidden_size: Any, bias: Any) -> None:
        self.input_size = positive(type(self).__name__, "input_size", input_size, least=0)
        self.hidden_size = positive(type(self).__name__, "hidden_size", hidden_size)
        self.bias = flag(type(self).__name__, "bias", bias)

    def _empty(self, *shape: int) -> Parameter:
        return Parameter(np.empty(shape, get_default_dtype()))

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw every parameter evenly from -1 / sqrt(hidden_size) to 1 / sqrt(hidden_size)."""
        generator = init.as_generator(generator)
        bound = 1.0 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, generator)

    def _state(self, name: str, given: Any, expected: tuple[int, ...], x: Tensor) -> Tensor:
        """A state as a Tensor; zeros for None."""
        if given is None:
            return Tensor(np.zeros(expected, x.dtype))
        state = as_input(given, x.dtype)
        if state.shape != expected:
            raise errors.wrong_state(repr(self), f"the state {name}", expected, state.shape)
        return state

    def _pair(self, hx: Any) -> Sequence[Any]:
        """The two states of an LSTM."""
        if hx is None:
            return (None, None)
        if not isinstance(hx, (tuple, list)) or len(hx) != 2:
            raise errors.not_a_pair(repr(self), hx)
        return hx


def check_nonlinearity(owner: str, nonlinearity: Any) -> str:
    """Raise unless it is "tanh" or "relu"."""
    return one_of(owner, "nonlinearity", nonlinearity, ("tanh", "relu"))


def probability(owner: str, option: str, given: Any) -> float:
    """`given` as a number from 0 to 1."""
    return float(between(owner, option, given, 0, 1, "a probability, from 0 to 1"))


class _Cell(RecurrentModule):
    """One step: the parameters, and a batch of one for input without a batch."""

    gates: int

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        generator: init.Seed = None,
    ) -> None:
        self._options(input_size, hidden_size, bias)
        rows = self.gates * self.hidden_size
        self.weight_ih = self._empty(rows, self.input_size)
        self.weight_hh = self._empty(rows, self.hidden_size)
        self.bias_ih = self._empty(rows) if self.bias else None
        self.bias_hh = self._empty(rows) if self.bias else None
        self.reset_parameters(generator)

    def _start(self, input: Any) -> tuple[Tensor, tuple[int, ...]]:
        """The input, and the shape of a state for it."""
        x = as_input(input, self.weight_ih.dtype)
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            expected = f"(N, {self.input_size}) or ({self.input_size},)"
            raise errors.wrong_input(repr(self), expected, x.shape)
        return x, (*x.shape[:-1], self.hidden_size)

    def _one_step(self, x: Tensor) -> Any:
        """The input as a sequence of one step, (1, N, input_size)."""
        return ag.reshape(x, (1, 1 if x.ndim == 1 else x.shape[0], self.input_size))

    def _all_bias(self) -> Any:
        """Both biases as one, for cells that add both at the same place."""
        return None if self.bias_ih is None else self.bias_ih + self.bias_hh

    def _rows(self, state: Tensor) -> Any:
        return ag.reshape(state, (-1, self.hidden_size))

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """h' = tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh), or relu.

    Args:
        input_size, hidden_size: the size of x and of h.
        bias: whether there are biases.
        nonlinearity: "tanh" or "relu".
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Called with x (N, input_size) and h (N, hidden_size), or both without N; h is zeros if left
    out. Returns h'.

    Raises:
        ShapeError: for other shapes.

    >>> cell = RNNCell(3, 5, generator=0)
    >>> h = None
    >>> for x in np.zeros((4, 2, 3)):
    ...     h = cell(x, h)
    >>> h.shape
    (2, 5)
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        generator: init.Seed = None,
    ) -> None:
        self.nonlinearity = check_nonlinearity("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, bias, generator=generator)

    def forward(self, input: Any, hx: Any = None) -> Tensor:
        x, shape = self._start(input)
        h = self._rows(self._state("h", hx, shape, x))
        states = rnn_sequence(
            self._one_step(x),
            h,
            self.weight_ih,
            self.weight_hh,
            self._all_bias(),
            self.nonlinearity,
        )
        return ag.reshape(states, shape)  # type: ignore[no-any-return]  # a Tensor for a Tensor

    def extra_repr(self) -> str:
        other = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity!r}"
        return super().extra_repr() + other


class LSTMCell(_Cell):
    """One step of an LSTM: c' = f * c + i * g and h' = o * tanh(c').

    i, f, g, o are the blocks of x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh, behind a
    sigmoid; g behind a tanh. Hochreiter and Schmidhuber, "Long short-term memory", 1997; the
    forget gate by Gers et al., 2000.

    Args:
        input_size, hidden_size: the size of x, and of h and c.
        bias: whether there are biases.
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Called with x (N, input_size) and the pair (h, c), each (N, hidden_size), or all without N;
    the state is zeros if left out. Returns the pair (h', c').

    Raises:
        ShapeError: for other shapes.
        DTypeError: for a state that is no pair.

    >>> cell = LSTMCell(3, 5, generator=0)
    >>> h, c = cell(np.zeros((2, 3)))
    >>> h, c = cell(np.ones((2, 3)), (h, c))
    >>> h.shape, c.shape
    ((2, 5), (2, 5))
    """

    gates = 4

    def forward(self, input: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        x, shape = self._start(input)
        h, c = self._pair(hx)
        h, c = self._state("h", h, shape, x), self._state("c", c, shape, x)
        states = lstm_sequence(
            self._one_step(x),
            self._rows(h),
            self._rows(c),
            self.weight_ih,
            self.weight_hh,
            self._all_bias(),
        )
        return ag.reshape(states[0], shape), ag.reshape(states[1], shape)


class GRUCell(_Cell):
    """One step of a GRU: h' = (1 - z) * n + z * h with n = tanh(a + r * b).

    r, z (behind a sigmoid) and n are the blocks of a = x @ weight_ih.T + bias_ih and
    b = h @ weight_hh.T + bias_hh, added up for r and z. Cho et al., "Learning phrase
    representations using RNN encoder-decoder", 2014, with r where PyTorch has it.

    Args:
        input_size, hidden_size: the size of x and of h.
        bias: whether there are biases.
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Called with x (N, input_size) and h (N, hidden_size), or both without N; h is zeros if left
    out. Returns h'.

    Raises:
        ShapeError: for other shapes.

    >>> GRUCell(3, 5, generator=0)(np.zeros(3)).shape
    (5,)
    """

    gates = 3

    def forward(self, input: Any, hx: Any = None) -> Tensor:
        x, shape = self._start(input)
        h = self._rows(self._state("h", hx, shape, x))
        states = gru_sequence(
            self._one_step(x), h, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        )
        return ag.reshape(states, shape)  # type: ignore[no-any-return]  # a Tensor for a Tensor
