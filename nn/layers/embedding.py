"""Embedding: a learned vector for each of a number of things."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import errors, init
from nn.functional import lookup
from nn.functional.checks import flag, number
from nn.layers.options import positive
from nn.module import Module
from nn.parameter import Parameter


class Embedding(Module):
    """A table of vectors; whole numbers pick its rows: (...) to (..., embedding_dim).

    Args:
        num_embeddings: how many rows.
        embedding_dim: the length of each.
        padding_idx: a row that starts at 0 and never gets a gradient; negative ones count from
            the end.
        max_norm: rows that are used and longer than this are first shortened to it, in place.
        norm_type: which norm that is.
        scale_grad_by_freq: False; True is not supported.
        sparse: leave the gradient of the weights as the rows that were used, an
            `autograd.RowGradient`: for large tables. `optim.SGD`, `Adagrad` and `SparseAdam`
            then touch only these rows.
        generator: of the initial weights: a numpy Generator, a seed, or None.

    Attributes:
        weight: (num_embeddings, embedding_dim), from a normal distribution, as in PyTorch.

    Raises:
        DTypeError: for an input that holds no whole numbers.
        IndexingError: for one outside the table.
        OptionError: for options out of range or not supported.

    >>> layer = Embedding(10, 3, padding_idx=0, generator=0)
    >>> layer([[1, 2, 0, 0]]).shape
    (1, 4, 3)
    >>> layer(0).numpy().tolist()
    [0.0, 0.0, 0.0]
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        generator: init.Seed = None,
    ) -> None:
        self.num_embeddings = positive("Embedding", "num_embeddings", num_embeddings)
        self.embedding_dim = positive("Embedding", "embedding_dim", embedding_dim)
        self.padding_idx = lookup.padding_row("Embedding", padding_idx, self.num_embeddings)
        if max_norm is not None:
            number("Embedding", "max_norm", max_norm, "a positive number or None", least=0)
        self.max_norm = max_norm
        self.norm_type = number("Embedding", "norm_type", norm_type)
        if flag("Embedding", "scale_grad_by_freq", scale_grad_by_freq):
            raise errors.not_offered("Embedding", "scale_grad_by_freq=True", "leave it out")
        self.sparse = flag("Embedding", "sparse", sparse)
        self.weight = Parameter(
            np.empty((self.num_embeddings, self.embedding_dim), get_default_dtype())
        )
        self.reset_parameters(generator)

    def reset_parameters(self, generator: init.Seed = None) -> None:
        """Draw fresh vectors; that of the padding is 0."""
        table = self.weight.overwrite()
        table[...] = init.as_generator(generator).standard_normal(table.shape)
        if self.padding_idx is not None:
            table[self.padding_idx] = 0.0

    def forward(self, input: Any) -> Tensor:
        return lookup.embedding(  # type: ignore[no-any-return]  # a Tensor of a Tensor
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            sparse=self.sparse,
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2.0:
            text += f", norm_type={self.norm_type}"
        return text + ", sparse=True" if self.sparse else text
