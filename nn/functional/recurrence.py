"""Recurrent layers as functions of whole sequences, and the state that goes from one to the next.

All time steps are one node of the graph; `nn.functional.recurrent_steps` has the loops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, Value
from nn.functional.recurrent_steps import GRUSteps, LSTMSteps, RNNSteps
from nn.inputs import Array

__all__ = ["detach_state", "gru_sequence", "lstm_sequence", "rnn_sequence"]


def rnn_sequence(
    x: Any,
    h0: Any,
    weight_ih: Any,
    weight_hh: Any,
    bias: Any = None,
    nonlinearity: str = "tanh",
    reverse: bool = False,
) -> Any:
    """h = tanh(x[t] @ weight_ih.T + h @ weight_hh.T + bias) for one t after the other; or relu.

    Args:
        x: the inputs, (T, N, I).
        h0: the state before the first step, (N, H).
        weight_ih, weight_hh: (H, I) and (H, H).
        bias: the sum of all biases, (H,), or None.
        nonlinearity: "tanh" or "relu".
        reverse: go from the last step to the first.

    Returns:
        The state after each step, (T, N, H).

    >>> x = Tensor([[[1.0]], [[-0.5]]])
    >>> rnn_sequence(x, np.zeros((1, 1)), np.eye(1), np.array([[0.5]])).numpy().ravel().round(4)
    array([ 0.7616, -0.1186])
    """
    bias = _zeros_for(weight_ih) if bias is None else bias
    relu = nonlinearity == "relu"
    return RNNSteps.apply(x, h0, weight_ih, weight_hh, bias, relu=relu, reverse=reverse)


def lstm_sequence(
    x: Any,
    h0: Any,
    c0: Any,
    weight_ih: Any,
    weight_hh: Any,
    bias: Any = None,
    reverse: bool = False,
) -> Any:
    """The hidden and the cell state of an LSTM after each step.

    With i, f, g, o the four blocks of x[t] @ weight_ih.T + h @ weight_hh.T + bias, behind a
    sigmoid (g: a tanh): c = f * c + i * g and h = o * tanh(c).

    Args:
        x: the inputs, (T, N, I).
        h0, c0: the state before the first step, (N, H) each.
        weight_ih, weight_hh: (4 * H, I) and (4 * H, H).
        bias: the sum of all biases, (4 * H,), or None.
        reverse: go from the last step to the first.

    Returns:
        Both states after each step: (2, T, N, H), h and then c.

    >>> h0, c0, weight = np.zeros((1, 1)), np.ones((1, 1)), np.ones((4, 1))
    >>> lstm_sequence(np.zeros((3, 1, 1)), h0, c0, weight, weight).shape
    (2, 3, 1, 1)
    """
    bias = _zeros_for(weight_ih) if bias is None else bias
    return LSTMSteps.apply(x, h0, c0, weight_ih, weight_hh, bias, reverse=reverse)


def gru_sequence(
    x: Any,
    h0: Any,
    weight_ih: Any,
    weight_hh: Any,
    bias_ih: Any = None,
    bias_hh: Any = None,
    reverse: bool = False,
) -> Any:
    """The state of a GRU after each step.

    With a the three blocks of x[t] @ weight_ih.T + bias_ih and b those of
    h @ weight_hh.T + bias_hh: r, z = sigmoid(a + b), n = tanh(a + r * b) and
    h = (1 - z) * n + z * h.

    Args:
        x: the inputs, (T, N, I).
        h0: the state before the first step, (N, H).
        weight_ih, weight_hh: (3 * H, I) and (3 * H, H).
        bias_ih, bias_hh: (3 * H,), or None.
        reverse: go from the last step to the first.

    Returns:
        The state after each step, (T, N, H).

    >>> gru_sequence(np.zeros((1, 1, 1)), np.ones((1, 1)), np.zeros((3, 1)), np.zeros((3, 1)))
    array([[[0.5]]])
    """
    bias_ih = _zeros_for(weight_ih) if bias_ih is None else bias_ih
    bias_hh = _zeros_for(weight_hh) if bias_hh is None else bias_hh
    return GRUSteps.apply(x, h0, weight_ih, weight_hh, bias_ih, bias_hh, reverse=reverse)


def detach_state(state: Any) -> Any:
    """The same state as constants: the numbers go on, the gradient ends here.

    Args:
        state: a Tensor or Value, or tuples, lists and dicts of them, as recurrent layers return
            it. Anything else in there (None, plain arrays) stays what it is.

    >>> h = Tensor([1.0], requires_grad=True) * 2.0
    >>> detach_state((h, None))
    (Tensor([2.]), None)
    """
    if isinstance(state, (list, tuple)):
        parts = [detach_state(part) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    if isinstance(state, dict):
        return {name: detach_state(part) for name, part in state.items()}
    return state.detach() if isinstance(state, (Tensor, Value)) else state


def _zeros_for(weight: Any) -> Array:
    """A bias that does nothing."""
    return np.zeros(weight.shape[0], weight.dtype)
