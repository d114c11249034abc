"""Value: the scalar node.

A `Value` is a Python float that remembers how it was computed. Its operators run the float
kernel of an operation and leave a node behind; they are made from the table, one small function
per number of inputs. This is the hot path of scalar networks: each operator does one
allocation, and `object.__new__` with direct slot stores is about half the price of an `__init__`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Self

import numpy as np

from autograd import errors, ops
from autograd.graph import FREED, Node
from autograd.methods import ElementwiseMethods, dressed
from autograd.ops.op import Op, Recorder
from autograd.protocol import NumpyProtocol
from autograd.watching import as_parameter, is_parameter, watching

new: Callable[[type[Any]], Any] = object.__new__
data_of = attrgetter("data")


def _unary(op: Op) -> Any:
    kernel = op.scalar
    assert kernel is not None, op

    def method(self: Value) -> Value:
        node: Value = new(Value)
        node.x = x = self.data
        node.data = kernel(x)
        node.op = op
        node.a = self
        node.b = node.y = None
        node.grad = 0.0
        if watching:
            watching[-1].made(node)
        return node

    return dressed(method, op)


def _binary(op: Op) -> Any:
    kernel = op.scalar
    assert kernel is not None, op

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is Value:
            b, y = other, other.data
        elif other.__class__ is float:
            b, y = None, other
        else:
            return _with_other(op, self, other, reflected=False)
        node: Value = new(Value)
        node.x = x = self.data
        node.y = y
        node.data = kernel(x, y)
        node.op = op
        node.a = self
        node.b = b
        node.grad = 0.0
        if watching:
            watching[-1].made(node)
        return node

    return dressed(method, op)


def _reflected(op: Op) -> Any:
    def method(self: Value, other: Any) -> Any:
        return _with_other(op, self, other, reflected=True)

    return dressed(method, op)


def _with_other(op: Op, value: Value, other: Any, *, reflected: bool) -> Any:
    """A binary operation with something that is neither a Value nor a float."""
    if isinstance(other, Recorder) and other.rank > value.rank:
        return NotImplemented  # a Tensor takes the Value in, from its side
    if not isinstance(other, (np.ndarray, Value)):
        other = as_float(other)
    return op(other, value) if reflected else op(value, other)


def as_float(x: Any) -> float:
    """`x` as a Python float, if it is one real number.

    Raises:
        DTypeError: for anything else: text, None, complex numbers, arrays of several numbers.
    """
    if isinstance(x, (float, int)):
        try:
            return float(x)
        except OverflowError:
            raise errors.not_a_number(x) from None
    if isinstance(x, (np.generic, np.ndarray)) and x.dtype.kind in "fiub" and x.size == 1:
        return float(x.item())
    if isinstance(x, Node) and getattr(x, "size", 1) == 1:
        return float(x)  # type: ignore[arg-type]  # both kinds of node have __float__
    raise errors.not_a_number(x)


class Value(ElementwiseMethods, NumpyProtocol, Node):
    """One number that remembers how it was computed.

    Args:
        data: a real number; kept as a float.
        name: what messages and pictures call it.

    Attributes:
        data: the number. Assign to it to move a parameter.
        grad: the gradient, 0.0 until a backward pass arrives.

    Raises:
        DTypeError: if `data` is not one real number.

    >>> x = Value(2.0, name="x")
    >>> y = x * x + 3 * x
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 7.0)
    """

    __slots__ = ("b", "data", "y")
    rank: ClassVar[int] = 1
    nothing = 0.0
    __array_priority__ = 1000.0

    data: float
    b: Node | None
    y: Any

    def __init__(self, data: Any, *, name: str | None = None) -> None:
        self.data = as_float(data)
        self.grad = 0.0
        self.op = self.a = self.b = self.x = self.y = None
        if name is not None:
            self.name = name

    def __init_subclass__(cls) -> None:
        raise errors.final("Value")  # who is a Value is asked in every operator, by its class

    # --- recording -----------------------------------------------------------------------------

    @classmethod
    def record(cls, op: Op, operands: Sequence[Any], params: dict[str, Any]) -> Value:
        """Apply an operation to numbers and Values, leaving a node."""
        if op.scalar is None:
            raise errors.scalar_kind_missing(op.name)
        node: Value = new(Value)
        parents: tuple[Value | None, ...]
        if set(map(type, operands)) == {Value}:  # a neuron over neurons: no loop in Python
            parents = tuple(operands)
            numbers = tuple(map(data_of, operands))
        else:
            parents = tuple([x if x.__class__ is Value else None for x in operands])
            numbers = tuple(
                [
                    x.data if x.__class__ is Value else x if x.__class__ is float else as_float(x)
                    for x in operands
                ]
            )
        node.data = float(op.scalar(*numbers, **params))
        node.op = op
        node.grad = 0.0
        if op.variadic or op.arity > 2:
            node.a, node.x = parents, numbers
            node.b, node.y = None, params or None
        else:
            node.a, node.b = parents if op.arity == 2 else (*parents, None)
            node.x, node.y = numbers if op.arity == 2 else (*numbers, None)
        if watching:
            watching[-1].made(node)
        return node

    @classmethod
    def constant(cls, data: Any) -> Value:
        return cls(data)

    @property
    def parents(self) -> tuple[Node | None, ...]:
        if self.op is None:
            return ()
        if self.a.__class__ is tuple:
            return self.a
        return (self.a, self.b)[: self.op.arity]

    @property
    def operands(self) -> tuple[Any, ...]:
        if self.op is None:
            return ()
        if self.a.__class__ is tuple:
            return self.x  # type: ignore[no-any-return]  # a tuple, as a is
        return (self.x, self.y)[: self.op.arity]

    @property
    def params(self) -> dict[str, Any]:
        return (self.y or {}) if self.a.__class__ is tuple else {}

    # --- the backward pass ---------------------------------------------------------------------

    def pull(self) -> None:
        self.op.pull(self)  # type: ignore[union-attr]  # never called on a leaf

    def receive(self, share: Any) -> None:
        self.grad += share

    def fit(self, share: Any) -> Any:
        if isinstance(share, Node):
            return share if isinstance(share, Value) else share.sum().value()  # type: ignore[attr-defined]
        if share.__class__ is float:
            return share
        return float(share) if np.ndim(share) == 0 else float(np.sum(share))

    def as_gradient(self, upstream: Any, borrow: bool = False) -> float:
        return 1.0 if upstream is None else as_float(upstream)

    def commit(self, before: float) -> None:
        if before is not None:  # which whoever comes from Tensors may have set
            self.grad = before + self.grad

    def holds(self, data: float) -> bool:
        return self.data == data or self.data != self.data

    def zeros(self, recorded: bool) -> Any:
        return Value(0.0) if recorded else 0.0

    def release(self) -> None:
        self.op = FREED
        self.a = self.b = self.x = self.y = None
        self.grad = 0.0

    def zero_grad(self) -> None:
        """Set the gradient to 0. Only leaves need it: other nodes start afresh at each pass."""
        self.grad = 0.0

    # --- operators -----------------------------------------------------------------------------

    __add__ = _binary(ops.add)
    __radd__ = _reflected(ops.add)
    __sub__ = _binary(ops.subtract)
    __rsub__ = _reflected(ops.subtract)
    __mul__ = _binary(ops.multiply)
    __rmul__ = _reflected(ops.multiply)
    __truediv__ = _binary(ops.divide)
    __rtruediv__ = _reflected(ops.divide)
    __pow__ = _binary(ops.power)
    __rpow__ = _reflected(ops.power)
    __neg__ = _unary(ops.negative)
    __abs__ = _unary(ops.abs)

    # The activations of scalar networks, without the detour over a method's arguments.
    exp = _unary(ops.exp)
    log = _unary(ops.log)
    tanh = _unary(ops.tanh)
    sigmoid = _unary(ops.sigmoid)
    relu = _unary(ops.relu)

    def __pos__(self) -> Self:
        return self

    def __round__(self, ndigits: int | None = None) -> Any:
        return ops.round(self, ndigits or 0)

    # --- as a number ---------------------------------------------------------------------------

    def __float__(self) -> float:
        return float(self.data)

    def __int__(self) -> int:
        return int(self.data)

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __lt__(self, other: Any) -> bool:
        return self.data < as_float(other)

    def __le__(self, other: Any) -> bool:
        return self.data <= as_float(other)

    def __gt__(self, other: Any) -> bool:
        return self.data > as_float(other)

    def __ge__(self, other: Any) -> bool:
        return self.data >= as_float(other)

    def item(self) -> float:
        """The number, as a float."""
        return float(self.data)

    def numpy(self) -> np.ndarray[Any, Any]:
        """The number, as an array without dimensions."""
        return np.array(self.data)

    def detach(self) -> Value:
        """A new leaf with the same number, and no past."""
        return Value(self.data)

    def copy(self) -> Value:
        """A node of its own with the same number; the gradient flows back to this one."""
        return ops.copy(self)  # type: ignore[no-any-return]

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        if self.op is not None:
            raise errors.no_deepcopy(self)
        twin = Value(self.data, name=self.name)
        twin.grad = self.grad
        return as_parameter(twin) if is_parameter(self) else twin

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        made = f", op={self.op.name}" if self.op else ""
        return f"Value({self.data:.6g}{made}{name})"
