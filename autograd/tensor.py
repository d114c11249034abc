"""Tensor: the array node.

A `Tensor` is a numpy array that remembers how it was computed, if something that went in asks for
a gradient. The numbers are numpy's, and so are the names and the rules of shapes and dtypes.

Arrays can be written to, graphs must not notice. Three rules see to that:

- the result of an operation is read-only;
- a leaf owns its array. Asking for `.data` hands the array out; from then on an operation that
  needs it for its gradient takes a snapshot, so a later write cannot reach the graph;
- optimisers write in place through `overwrite()`, which notes the time. A node made before that
  raises in backward instead of computing with the new numbers.

What a tensor does while a gradient travels through it is in `receiving`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from autograd import errors, ops
from autograd.arraylike import ArrayLike
from autograd.graph import Node
from autograd.methods import ArrayMethods, ElementwiseMethods
from autograd.modes import recording
from autograd.ops.op import Op, Recorder, plain
from autograd.protocol import NumpyProtocol
from autograd.receiving import Receiver
from autograd.rows import RowGradient
from autograd.value import Value
from autograd.watching import watching

Array = np.ndarray[Any, Any]
clock = [0]  # counts the writes in place; nodes and writes are stamped with it


class Tensor(ArrayLike, ElementwiseMethods, ArrayMethods, NumpyProtocol, Receiver):
    """An array that remembers how it was computed.

    Args:
        data: anything numpy makes an array of real numbers from; it is copied. Python numbers
            become float64, arrays keep their dtype.
        requires_grad: whether backward should leave a gradient here.
        name: what messages and pictures call it.
        dtype: convert to this dtype.

    Attributes:
        grad: the gradient, an array of this shape and dtype; None until one arrives. A
            `RowGradient` where this was only read by lookups with `sparse=True`.

    Raises:
        DTypeError: for data that are not real numbers, or integers that ask for a gradient.
        ShapeError: for nested lists of unequal length.

    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    array([[2., 4.],
           [6., 8.]])
    """

    __slots__ = ("exposed", "wants", "when")
    rank: ClassVar[int] = 2
    nothing = None
    __array_priority__ = 2000.0

    wants: bool  # what `requires_grad` says
    exposed: bool  # somebody outside may hold the array
    when: int

    def __init__(
        self,
        data: Any,
        requires_grad: bool = False,
        *,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        if not isinstance(requires_grad, (bool, int, np.bool_)):  # a dtype, given by position
            raise errors.no_flag("requires_grad", requires_grad)
        self._start(_as_array(data, dtype, copy=True), requires_grad)
        if name is not None:
            self.name = name

    def _start(self, array: Array, requires_grad: bool) -> None:
        if requires_grad and array.dtype.kind != "f":
            raise errors.integers_want_gradient(array.dtype)
        self._data = array
        self.wants = bool(requires_grad)
        self.grad = self.op = self.a = self.x = None
        self._params = {}
        self.exposed = False
        self.when = 0

    # --- recording -----------------------------------------------------------------------------

    @classmethod
    def record(cls, op: Op, operands: Sequence[Any], params: dict[str, Any]) -> Tensor:
        """Apply an operation to tensors, arrays, Values and numbers, leaving a node if need be."""
        on = recording.on
        wanted = False
        arrays: list[Any] = []
        parents: list[Node | None] = []
        outside: list[int] = []  # slots of arrays that somebody else may write to
        for x in operands:
            parent: Node | None = None
            if isinstance(x, Tensor):
                if on and x.wants:
                    parent = x
                    wanted = True
                if x.exposed:
                    outside.append(len(arrays))
                arrays.append(x._data)
            elif isinstance(x, Value):
                if on:
                    parent = x
                    wanted = True
                arrays.append(x.data)
            else:
                array = plain(x)
                if array.__class__ is np.ndarray:
                    outside.append(len(arrays))
                arrays.append(array)
            parents.append(parent)
        if outside and wanted:
            _take_snapshots(op, arrays, outside, parents)
        out = op.run(arrays, params)
        if out.__class__ is not np.ndarray:
            out = np.asarray(out)  # numpy gives scalars for arrays without dimensions
        if out.base is not None or _one_of(out, arrays):
            leaf_stays = wanted and not outside
            out = out.view() if leaf_stays or _settled(operands) else out.copy()
        out.setflags(write=False)
        node: Tensor = object.__new__(Tensor)
        node._data = out
        node.wants = wanted
        node.grad = None
        node.exposed = False
        node.when = clock[0]
        if wanted:
            node.op = op
            node.a = tuple(parents)
            node.x = tuple(arrays)
            node._params = params
            if watching:
                watching[-1].made(node)
        else:
            node.op = node.a = node.x = None
            node._params = {}
        return node

    @classmethod
    def constant(cls, data: Any) -> Tensor:
        return Tensor(data)

    @property
    def parents(self) -> tuple[Node | None, ...]:
        return self.a or ()

    @property
    def operands(self) -> tuple[Any, ...]:
        return self.x or ()

    @property
    def params(self) -> dict[str, Any]:
        return self._params

    def check(self) -> None:
        if self.when == clock[0]:
            return  # nothing was written since
        for slot, parent in enumerate(self.a or ()):
            if not isinstance(parent, Tensor) or parent.when <= self.when:
                continue
            assert self.op is not None
            if self.op.keeps(slot, self.a) or np.may_share_memory(self._data, parent._data):
                raise errors.changed(self.op.name, parent)

    def as_gradient(self, upstream: Any, borrow: bool = False) -> Any:
        if not self.requires_grad:
            raise errors.nothing_recorded(self, recording.on)
        if upstream is None:
            if self._data.size != 1:
                raise errors.not_scalar(self.shape)
            return np.ones_like(self._data)
        if isinstance(upstream, RowGradient) and upstream.shape == self.shape:
            return self.fit(upstream.copy())
        array = _as_array(upstream, self.dtype, copy=not borrow)
        if array.shape != self.shape:
            raise errors.wrong_upstream(self.shape, array.shape)
        if borrow:
            array = array.view()  # a view: a leaf takes a copy of it in `commit`
            array.setflags(write=False)
        return array

    def zeros(self, recorded: bool) -> Any:
        zeros = np.zeros_like(self._data)
        return Tensor(zeros) if recorded else zeros

    # --- the array -----------------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The array. A leaf's may be changed in place; the result of an operation is read-only."""
        if self.op is None and not self.exposed:
            # Graphs made so far keep the old array, the caller gets one of his own.
            self._data = self._data.copy()
            self.exposed = True
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if self.op is not None:
            raise errors.read_only("data")
        if data is self._data:
            return  # what `t.data += ...` ends with
        array = _as_array(data, None, copy=True)
        if array.shape != self.shape:
            raise errors.other_shape(self.shape, array.shape)
        if array.dtype.kind == self.dtype.kind == "f":
            array = array.astype(self.dtype, copy=False)
        if self.wants and array.dtype.kind != "f":
            raise errors.integers_want_gradient(array.dtype)
        self._data = array
        self.exposed = False

    @property
    def requires_grad(self) -> bool:
        """Whether backward leaves a gradient here. On leaves it can be switched.

        Never for integers and booleans: a comparison is recorded, but no gradient passes it.
        """
        return self.wants and self._data.dtype.kind == "f"

    @requires_grad.setter
    def requires_grad(self, wants: bool) -> None:
        if self.op is not None:
            raise errors.read_only("requires_grad")
        if wants and self.dtype.kind != "f":
            raise errors.integers_want_gradient(self.dtype)
        if wants and not self.wants and not self.exposed:
            self._data = self._data.copy()  # graphs that read it as a constant keep the old one
        self.wants = bool(wants)

    @property
    def depends(self) -> bool:
        return self.requires_grad

    def overwrite(self) -> Array:
        """The array itself, to be changed in place: for optimisers.

        Graphs recorded before notice: their backward raises a `ChangedError`.
        """
        if self.op is not None:
            raise errors.read_only("overwrite")
        if not self.requires_grad and not self.exposed:
            self._data = self._data.copy()  # graphs that read it as a constant keep the old one
        clock[0] += 1
        self.when = clock[0]
        return self._data

    def numpy(self) -> Array:
        """A copy of the array, free of any graph."""
        return self._data.copy()

    def value(self) -> Value:
        """The one number in this tensor, as a scalar node of the same graph.

        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> v = x.sum().value()
        >>> (v * v).backward()
        >>> x.grad
        array([6., 6.])
        """
        node = Value(self.item())
        if self.requires_grad and recording.on:
            node.op, node.a, node.x = ops.item, self, self._data
            if watching:
                watching[-1].made(node)
        return node

    def detach(self) -> Tensor:
        """The same numbers as a constant: no gradient flows back through it."""
        mine = self.op is not None and self._data.base is None  # no leaf's memory
        return as_constant(self._data if mine else self._data.copy())

    def copy(self) -> Tensor:
        """A tensor of its own with the same numbers; the gradient flows back to this one."""
        return ops.copy(self)  # type: ignore[no-any-return]

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if self.op is not None:
            raise errors.no_deepcopy(self)
        twin = object.__new__(type(self))
        twin._start(self._data.copy(), self.requires_grad)
        twin.grad = None if self.grad is None else self.grad.copy()
        twin.name = self.name
        return twin

    def __repr__(self) -> str:
        text = np.array2string(
            self._data, precision=6, separator=", ", prefix="Tensor(", threshold=200
        )
        dtype = "" if self.dtype == np.float64 else f", dtype={self.dtype}"
        made = f", op={self.op.name}" if self.op else ""
        wants = ", requires_grad=True" if self.requires_grad and not self.op else ""
        name = f", name={self.name!r}" if self.name else ""
        return f"{type(self).__name__}({text}{dtype}{made}{wants}{name})"


def as_tensor(data: Any, requires_grad: bool = False) -> Tensor:
    """A Tensor that shares the array it is given, instead of copying it.

    Writing to the array writes to the tensor. Graphs do not notice: an operation that needs the
    array later takes a snapshot of it. A Tensor is returned as it is.

    >>> import numpy as np
    >>> a = np.zeros(2)
    >>> t = as_tensor(a)
    >>> a[0] = 5.0
    >>> t
    Tensor([5., 0.])
    """
    if isinstance(data, Tensor):
        return data
    tensor = object.__new__(Tensor)
    tensor._start(_as_array(data, None, copy=False), requires_grad)
    tensor.exposed = True
    return tensor


def as_constant(array: Array) -> Tensor:
    """A Tensor around an array that nobody else writes to. No copy, no check."""
    tensor = object.__new__(Tensor)
    tensor._start(array, False)
    return tensor


def _as_array(data: Any, dtype: Any, *, copy: bool) -> Array:
    """`data` as an array of real numbers; Python numbers become float64."""
    if isinstance(data, Tensor):
        data = data._data
    elif _holds_nodes(data):
        raise errors.nodes_in_array()
    elif isinstance(data, np.ma.MaskedArray):
        raise errors.masked_array()
    array = plain(np.asarray(plain(data)))
    numbers = not isinstance(data, (np.ndarray, np.generic))
    if dtype is None and numbers and array.dtype.kind in "iu":
        dtype = np.float64
    try:
        array = np.array(array, dtype=dtype, copy=True if copy else None)
    except TypeError:
        raise errors.unknown_dtype(dtype) from None
    return plain(array)  # type: ignore[no-any-return]  # an array in, an array out


def _holds_nodes(data: Any) -> bool:
    if isinstance(data, (list, tuple)):
        return any(_holds_nodes(x) for x in data)
    return isinstance(data, Recorder)


def _take_snapshots(op: Op, arrays: list[Any], outside: list[int], parents: Sequence[Any]) -> None:
    """Copy the arrays that others may write to, where the rules of `op` will read them."""
    for slot in outside:
        if op.keeps(slot, parents):
            arrays[slot] = arrays[slot].copy()


def _one_of(out: Any, arrays: list[Any]) -> bool:
    """Whether a kernel handed one of its inputs back."""
    for array in arrays:  # noqa: SIM110  # on every operation: half the time of any()
        if out is array:
            return True
    return False


def _settled(operands: Sequence[Any]) -> bool:
    """Whether nobody will write to these: constants that have not been handed out."""
    return not any(
        isinstance(x, np.ndarray) or (isinstance(x, Tensor) and (x.exposed or x.wants))
        for x in operands
    )


def _pull_item(node: Value) -> None:
    assert node.a is not None
    node.a.receive(node.a.fit(node.grad))


ops.item.pull = _pull_item
Recorder.for_arrays = Tensor
