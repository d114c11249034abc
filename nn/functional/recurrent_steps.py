"""The loops of recurrent layers: operations with one node for all time steps.

What the inputs add to the gates does not depend on the state, so it is one product for all time
steps. What is left is a loop over the state, on plain arrays, in place. The gradient walks back
through the same loop, and then the gradients of both weights are again one product each, for all
steps at once.

The way back is written once, in arithmetic that runs on arrays as well as on nodes. On arrays it
reads the gates that the forward pass left behind. When the gradient itself is recorded, those are
worked out anew from the inputs and the output, so that the way back to the inputs is known.

Gates lie side by side in PyTorch's order. sigmoid(z) is computed as (1 + tanh(z / 2)) / 2, so
one tanh does all gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from autograd import Function, Tensor
from nn.inputs import Array

# --- what the three loops share -------------------------------------------------------------------


class _Left:
    """Numbers that the forward pass leaves for a backward pass on plain arrays.

    No part of what a Function saves: in a recorded pass these numbers would be constants.
    """

    def __init__(self, *arrays: Array) -> None:
        self.arrays = arrays


class _Gates(NamedTuple):
    """How a row of gates is computed with one tanh: tanh(z * scale) * scale + shift."""

    scale: Array
    shift: Array

    def into(self, z: Array) -> None:
        """Turn what goes into the gates into the gates, in place."""
        z *= self.scale
        np.tanh(z, out=z)
        z *= self.scale
        z += self.shift

    def of(self, z: Any) -> Any:
        """The gates, for anything that computes."""
        return np.tanh(z * self.scale) * self.scale + self.shift


def _gates(kinds: str, hidden: int, dtype: Any) -> _Gates:
    """For blocks of `hidden` gates each: "s" for a sigmoid, "t" for a tanh."""
    tanh = np.repeat([kind == "t" for kind in kinds], hidden)
    return _Gates(np.where(tanh, 1.0, 0.5).astype(dtype), np.where(tanh, 0.0, 0.5).astype(dtype))


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _blocks(x: Any, many: int) -> list[Any]:
    """The last axis in equal blocks."""
    size = x.shape[-1] // many
    return [x[..., i * size : (i + 1) * size] for i in range(many)]


def _before(start: Any, states: Any, reverse: bool) -> Callable[[int], Any]:
    """The state that step t began with."""
    last = states.shape[0] - 1

    def state(t: int) -> Any:
        if t == (last if reverse else 0):
            return start
        return states[t + 1 if reverse else t - 1]

    return state


def _all_before(start: Any, states: Any, reverse: bool) -> Any:
    """The states that the steps began with, (T, N, H)."""
    parts = [states[1:], start[None]] if reverse else [start[None], states[:-1]]
    return np.concatenate(parts)


def _projected(x: Array, weight: Array, bias: Array, dtype: Any) -> Array:
    """x @ weight.T + bias as one product, in an array to be worked on in place."""
    out = np.empty((*x.shape[:2], len(weight)), dtype)
    np.matmul(_flat(x), weight.T, out=_flat(out))
    out += bias
    return out


def _flat(x: Any) -> Any:
    """Steps and samples as rows: (T, N, K) as (T * N, K)."""
    return x.reshape(x.shape[0] * x.shape[1], x.shape[2])


def _rows_for(g: Any, like: Any) -> Any:
    """Where the gradients of the steps are put: an array for plain ones, a list for nodes."""
    return [None] * len(like) if isinstance(g, Tensor) else np.empty(like.shape, like.dtype)


def _joined(rows: Any) -> Any:
    return np.stack(rows) if isinstance(rows, list) else rows


def _to_weight(shares: Any, x: Any) -> Any:
    """The gradient of a weight: one product over all steps and samples."""
    return _flat(shares).T @ _flat(x)


def _to_bias(shares: Any) -> Any:
    """The gradient of a bias: the sum over all steps and samples, as a product."""
    rows = _flat(shares)
    return np.ones(rows.shape[0], rows.dtype) @ rows


def _to_input(shares: Any, weight: Any) -> Any:
    return (_flat(shares) @ weight).reshape(*shares.shape[:2], weight.shape[1])


# --- the three loops ------------------------------------------------------------------------------


class RNNSteps(Function):
    """RNN steps: the gradient walks back through time, from each hidden state to the one before."""

    name = "rnn_steps"

    @staticmethod
    def forward(
        ctx: Any,
        x: Array,
        h0: Array,
        weight_ih: Array,
        weight_hh: Array,
        bias: Array,
        *,
        relu: bool,
        reverse: bool,
    ) -> Array:
        dtype = np.result_type(x, h0, weight_ih, weight_hh, bias)
        out = _projected(x, weight_ih, bias, dtype)
        h, turned = h0, weight_hh.T
        for t in _order(len(out), reverse):
            z = out[t]
            z += h @ turned
            h = np.maximum(z, 0.0, out=z) if relu else np.tanh(z, out=z)
        ctx.save_for_backward(x, h0, weight_ih, weight_hh, out)
        ctx.relu, ctx.reverse = relu, reverse
        return out

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, h0, weight_ih, weight_hh, out = ctx.saved
        shares = _rows_for(g, out)
        dh: Any = 0.0
        for t in reversed(_order(len(out), ctx.reverse)):
            h, dh = out[t], g[t] + dh
            if ctx.relu:
                shares[t] = ag.where(ag.less_equal(h, 0.0), 0.0, dh)
            else:
                shares[t] = dh * (1.0 - h * h)
            dh = shares[t] @ weight_hh
        shares = _joined(shares)
        to_x, _, to_ih, to_hh, to_bias = ctx.needs_input_grad
        return (
            _to_input(shares, weight_ih) if to_x else None,
            dh,
            _to_weight(shares, x) if to_ih else None,
            _to_weight(shares, _all_before(h0, out, ctx.reverse)) if to_hh else None,
            _to_bias(shares) if to_bias else None,
        )


class LSTMSteps(Function):
    """LSTM steps: the gradient walks back through time, along the hidden and the cell states."""

    name = "lstm_steps"

    @staticmethod
    def forward(
        ctx: Any,
        x: Array,
        h0: Array,
        c0: Array,
        weight_ih: Array,
        weight_hh: Array,
        bias: Array,
        *,
        reverse: bool,
    ) -> Array:
        steps, batch, _ = x.shape
        hidden = len(weight_hh) // 4
        dtype = np.result_type(x, h0, c0, weight_ih, weight_hh, bias)
        gates = _projected(x, weight_ih, bias, dtype)
        out = np.empty((2, steps, batch, hidden), dtype)
        activate = _gates("ssts", hidden, dtype).into
        h, c, turned = h0, c0, weight_hh.T
        for t in _order(steps, reverse):
            z = gates[t]
            z += h @ turned
            activate(z)
            i, f, u, o = _blocks(z, 4)
            c = np.multiply(f, c, out=out[1, t])
            c += i * u
            h = np.tanh(c, out=out[0, t])
            h *= o
        ctx.save_for_backward(x, h0, c0, weight_ih, weight_hh, bias, out)
        ctx.reverse, ctx.left = reverse, _Left(gates)
        return out

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, h0, c0, weight_ih, weight_hh, bias, out = ctx.saved
        h, c = out[0], out[1]
        to_x, _, _, to_ih, to_hh, to_bias = ctx.needs_input_grad
        recorded = isinstance(g, Tensor)
        h_before = _all_before(h0, h, ctx.reverse) if recorded or to_hh else None
        if recorded:
            z = x @ weight_ih.T + h_before @ weight_hh.T + bias
            gates = _gates("ssts", h.shape[-1], out.dtype).of(z)
        else:
            (gates,) = ctx.left.arrays
        c_before = _before(c0, c, ctx.reverse)
        # The slope of a sigmoid s is s * (1 - s), that of a tanh u is (1 + u) * (1 - u).
        lift = np.repeat(np.array([0, 0, 1, 0], out.dtype), h.shape[-1])
        shares = _rows_for(g, gates)
        dh: Any = 0.0
        dc: Any = 0.0
        for t in reversed(_order(len(h), ctx.reverse)):
            i, f, u, o = _blocks(gates[t], 4)
            bent = np.tanh(c[t])
            dh = g[0, t] + dh
            dc = g[1, t] + dc + dh * o * (1.0 - bent * bent)
            to_gates = np.concatenate([dc * u, dc * c_before(t), dc * i, dh * bent], -1)
            shares[t] = to_gates * (lift + gates[t]) * (1.0 - gates[t])
            dh, dc = shares[t] @ weight_hh, dc * f
        shares = _joined(shares)
        return (
            _to_input(shares, weight_ih) if to_x else None,
            dh,
            dc,
            _to_weight(shares, x) if to_ih else None,
            _to_weight(shares, h_before) if to_hh else None,
            _to_bias(shares) if to_bias else None,
        )


class GRUSteps(Function):
    """GRU steps: the gradient walks back through time, past the gates and through them."""

    name = "gru_steps"

    @staticmethod
    def forward(
        ctx: Any,
        x: Array,
        h0: Array,
        weight_ih: Array,
        weight_hh: Array,
        bias_ih: Array,
        bias_hh: Array,
        *,
        reverse: bool,
    ) -> Array:
        size = len(weight_hh) // 3
        dtype = np.result_type(x, h0, weight_ih, weight_hh, bias_ih, bias_hh)
        gates = _projected(x, weight_ih, bias_ih, dtype)  # r, z, n
        from_state = np.empty(gates.shape, dtype)
        out = np.empty((*gates.shape[:2], size), dtype)
        activate = _gates("ss", size, dtype).into
        h, turned = h0, weight_hh.T
        for t in _order(len(out), reverse):
            b, rz, n = from_state[t], gates[t, :, : 2 * size], gates[t, :, 2 * size :]
            np.matmul(h, turned, out=b)
            b += bias_hh
            rz += b[:, : 2 * size]
            activate(rz)
            n += rz[:, :size] * b[:, 2 * size :]
            np.tanh(n, out=n)
            state = np.subtract(h, n, out=out[t])
            state *= rz[:, size:]
            state += n  # n + z * (h - n)
            h = state
        ctx.save_for_backward(x, h0, weight_ih, weight_hh, bias_ih, bias_hh, out)
        ctx.reverse, ctx.left = reverse, _Left(gates, from_state)
        return out

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, h0, weight_ih, weight_hh, bias_ih, bias_hh, out = ctx.saved
        size = out.shape[-1]
        to_x, _, to_ih, to_hh, to_bias_ih, to_bias_hh = ctx.needs_input_grad
        recorded = isinstance(g, Tensor)
        all_before = _all_before(h0, out, ctx.reverse) if recorded or to_hh else None
        if recorded:
            from_state = all_before @ weight_hh.T + bias_hh
            gates = _gru_gates(x @ weight_ih.T + bias_ih, from_state, size)
        else:
            gates, from_state = ctx.left.arrays
        h_before = _before(h0, out, ctx.reverse)
        shares, state_shares = _rows_for(g, gates), _rows_for(g, gates)
        dh: Any = 0.0
        for t in reversed(_order(len(out), ctx.reverse)):
            dh = g[t] + dh
            r, z, n = _blocks(gates[t], 3)
            dn = dh * (1.0 - z) * (1.0 - n * n)
            dz = dh * (h_before(t) - n) * z * (1.0 - z)
            dr = dn * from_state[t, :, 2 * size :] * r * (1.0 - r)
            shares[t] = np.concatenate([dr, dz, dn], -1)
            state_shares[t] = np.concatenate([dr, dz, dn * r], -1)
            dh = dh * z + state_shares[t] @ weight_hh
        shares, state_shares = _joined(shares), _joined(state_shares)
        return (
            _to_input(shares, weight_ih) if to_x else None,
            dh,
            _to_weight(shares, x) if to_ih else None,
            _to_weight(state_shares, all_before) if to_hh else None,
            _to_bias(shares) if to_bias_ih else None,
            _to_bias(state_shares) if to_bias_hh else None,
        )


def _gru_gates(from_input: Any, from_state: Any, size: int) -> Any:
    """The gates r, z, n of all steps, for anything that computes."""
    rz = _gates("ss", size, from_input.dtype).of(
        from_input[..., : 2 * size] + from_state[..., : 2 * size]
    )
    n = np.tanh(from_input[..., 2 * size :] + rz[..., :size] * from_state[..., 2 * size :])
    return np.concatenate([rz, n], -1)
