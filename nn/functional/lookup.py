"""Embedding: whole numbers are replaced by the rows of a table that they point at."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor
from nn import errors
from nn.inputs import Array, as_target

__all__ = ["embedding"]


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` that `input` points at: (...) and (V, D) give (..., D).

    Args:
        input: whole numbers from 0 to V - 1, of any shape.
        weight: the table, (V, D). A row used twice gets the sum of both gradients.
        padding_idx: a row that gets no gradient; negative ones count from the end.
        max_norm: rows used that are longer than this are first shortened to it, in `weight`
            itself, which must then be a Tensor or Parameter.
        norm_type: which norm that is.
        scale_grad_by_freq: False; True is not supported.
        sparse: leave the gradient of `weight`, if it is a leaf, as the rows that were used, an
            `autograd.RowGradient`: for large tables. `optim.SGD`, `Adagrad` and `SparseAdam`
            then touch only these rows.

    Raises:
        DTypeError: unless the input holds whole numbers.
        IndexingError: for a number outside the table.
        OptionError: for what is not supported.

    >>> embedding([2, 0], np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    array([[5., 6.],
           [1., 2.]])
    """
    if len(weight.shape) != 2:
        raise errors.wrong_table(weight.shape)
    if scale_grad_by_freq:
        raise errors.not_offered("embedding", "scale_grad_by_freq=True", "divide the loss instead")
    rows = len(weight)
    padding_idx = padding_row("embedding", padding_idx, rows)
    indices = _indices(input, rows)
    if max_norm is not None:
        _shorten(weight, indices, max_norm, norm_type)
    kept = None if padding_idx is None else indices != padding_idx
    if kept is None or kept.all() or not isinstance(weight, Tensor):
        return ag.take(weight, indices, axis=0, sparse=sparse)
    # The same numbers where the padding is, but from no node: no gradient goes there.
    padding = _read(weight, padding_idx)
    if not sparse:
        return ag.where(kept[..., None], ag.take(weight, indices, axis=0), padding)
    used = ag.take(weight, indices[kept], axis=0, sparse=True)
    return ag.put(np.broadcast_to(padding, (*indices.shape, weight.shape[1])), kept, used)


def padding_row(owner: str, padding_idx: int | None, rows: int) -> int | None:
    """`padding_idx` counted from the front, checked."""
    if padding_idx is None:
        return None
    whole = isinstance(padding_idx, (int, np.integer)) and not isinstance(padding_idx, bool)
    if not whole or not -rows <= padding_idx < rows:
        expected = f"the number of one of the {rows} rows"
        raise errors.bad_option(owner, "padding_idx", expected, padding_idx)
    return int(padding_idx) % rows


def _indices(input: Any, rows: int) -> Array:
    """The input as whole numbers inside the table."""
    given = as_target(input)
    indices: Array = given.numpy() if isinstance(given, Tensor) else given
    if indices.dtype.kind not in "iu":
        if indices.size:
            raise errors.indices_not_integers(indices.dtype)
        return indices.astype(int)  # an empty list has no dtype of its own
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        where = tuple(int(i) for i in np.argwhere((indices < 0) | (indices >= rows))[0])
        raise errors.row_outside(int(indices[where]), where, rows)
    return indices


def _shorten(weight: Any, indices: Array, max_norm: float, norm_type: float) -> None:
    """Bring the rows that are used, where they are longer than `max_norm`, down to it."""
    if not isinstance(weight, Tensor):
        raise errors.not_offered("embedding", "max_norm for a plain array", "hand in a Tensor")
    used = np.unique(indices)
    lengths = ag.norm(_read(weight, used), norm_type, axis=1)
    long = lengths > max_norm
    if long.any():
        # The small number is PyTorch's: it keeps a shortened row from being shortened again.
        factors = (max_norm / (lengths[long] + 1e-7)).astype(weight.dtype)
        weight.overwrite()[used[long]] *= factors[:, None]


def _read(weight: Tensor, rows: Any) -> Array:
    """Some rows of a table, as they are now; not the whole of a large one."""
    with ag.no_grad():
        picked: Array = ag.take(weight, rows, axis=0).numpy()
    return picked
