"""A parameter: a Tensor that a network learns."""

from __future__ import annotations

from typing import Any

from autograd import Tensor


class Parameter(Tensor):
    """A Tensor that asks for a gradient by itself, and that a Module lists as its own.

    Args:
        data: anything a Tensor can be made of; it is copied.
        requires_grad: False freezes it.
        dtype: convert to this dtype.
        name: what messages and pictures call it. A Module fills in the dotted path.

    Operations on it give ordinary Tensors.

    >>> import numpy as np
    >>> w = Parameter(np.array([1.0, 2.0], np.float32))
    >>> (w * w).sum().backward()
    >>> w.grad
    array([2., 4.], dtype=float32)
    """

    __slots__ = ()
    learned = True

    def __init__(
        self,
        data: Any,
        requires_grad: bool = True,
        *,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(data, requires_grad, dtype=dtype, name=name)

    def become(self, data: Any) -> None:
        """Hold other numbers, of another dtype if need be, and stay the same object.

        Layers that share the parameter and optimisers that move it therefore keep it. Its
        gradient is converted along.

        >>> import numpy as np
        >>> w = Parameter(np.zeros(2, np.float32))
        >>> w.become(w.numpy().astype(np.float64))
        >>> w.dtype
        dtype('float64')
        """
        grad = self.grad
        Tensor.__init__(self, data, self.requires_grad)
        if grad is not None and grad.shape == self.shape:
            self.grad = grad.astype(self.dtype)
