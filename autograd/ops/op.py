"""What an operation is.

One `Op` per operation: a name, how it prints, a kernel for floats, a kernel for arrays, one rule
per input in plain arithmetic and other Ops, and one sentence in plain words.

A rule answers one question: what does this input get when `g` arrives at the output?
The same rule runs on four kinds of number: on floats and arrays (the backward pass), on nodes
(derivatives of derivatives) and on symbols (the printed formula). That is why calling an Op
does whatever its operands ask for: it computes, records, or prints.

Names in rules: g is the incoming gradient, out the result, x, y, z the inputs.
A rule of None means "no gradient, ever": the input decides something, it is not passed on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import errors

Rule = Callable[..., Any]


class Recorder:
    """What an Op does not compute on, but hands itself to: nodes record it, symbols print it.

    `rank` decides who takes an Op with mixed operands: the largest.
    """

    __slots__ = ()
    rank: ClassVar[int] = 0
    for_arrays: ClassVar[type[Recorder]]  # who takes over when an array meets a scalar node

    @classmethod
    def record(cls, op: Op, operands: Sequence[Any], params: dict[str, Any]) -> Any:
        raise NotImplementedError


class Op:
    """One operation with a fixed number of inputs.

    Args:
        name: what it is called in messages, pictures and formulas.
        form: how it prints; one `{}` per input, `{name}` for a parameter.
        scalar: the kernel for Python floats, following IEEE as numpy does; None for operations
            that exist on arrays only.
        array: the kernel for arrays; its arguments after the inputs are the parameters.
        rules: one per input, each `(g, out, *inputs, **params) -> gradient`, or None.
        says: what the backward pass does, in one sentence.
        doc: the docstring of the public function.

    Calling an Op computes on numbers and arrays, records on nodes and prints on symbols.
    """

    variadic = False

    def __init__(
        self,
        name: str,
        form: str,
        scalar: Callable[..., Any] | None,
        array: Callable[..., Any],
        *rules: Rule | None,
        says: str,
        doc: str = "",
    ) -> None:
        self.name = self.__name__ = name
        self.form = form
        self.scalar = scalar
        self.array = array
        self.rules = rules
        self.says = says
        self.arity = len(rules)
        self.defaults = _defaults(array, self.arity)
        self._reads = [slots_read(rule, self.arity) for rule in rules]
        if not hasattr(self, "pull"):
            self.pull: Callable[[Any], None] = _puller(rules)
        self.__doc__ = doc or f"{name}.\n\n    {says}\n"

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) == self.arity:
            # Only floats, or only float arrays: the two cases inside rules, without detours.
            if self.scalar is not None and all_floats(args):
                return self.scalar(*args)
            if not self.defaults and all_float_arrays(args):
                return self.run(args, kwargs)
        operands, params = self.bind(args, kwargs)
        recorder = recorder_of(operands)
        if recorder is not None:
            return recorder.record(self, operands, params)
        return self.compute(operands, params)

    def bind(
        self, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """Split a call into operands and parameters, defaults filled in."""
        if not kwargs and not self.defaults:
            operands, params = args, kwargs
        else:
            operands, values = args[: self.arity], args[self.arity :]
            given = dict(zip(self.defaults, values, strict=False))
            if twice := given.keys() & kwargs.keys():
                raise errors.given_twice(self.name, errors.listing(twice))
            params = {**self.defaults, **given, **kwargs}
            if len(values) > len(self.defaults) or len(params) > len(self.defaults):
                known = errors.listing(self.defaults) if self.defaults else "none"
                extra = errors.listing(kwargs.keys() - self.defaults.keys() or values)
                raise errors.wrong_count(self.name, f"the parameters {known}", extra)
            for key, value in params.items():
                if value is REQUIRED:
                    raise errors.wrong_count(self.name, f"a value for {key}", "none")
        if len(operands) != self.arity:
            takes = "1 input" if self.arity == 1 else f"{self.arity} inputs"
            raise errors.wrong_count(self.name, takes, len(operands))
        return operands, params

    def compute(self, operands: Sequence[Any], params: dict[str, Any]) -> Any:
        """The value of the operation on plain numbers and arrays."""
        if self.scalar is not None and NUMBERS.issuperset(map(type, operands)):
            return self.scalar(*map(float, operands), **params)
        return self.run([plain(x) for x in operands], params)

    @np.errstate(all="ignore")  # nan and inf are answers here; detect_anomaly finds their origin
    def run(self, arrays: Sequence[Any], params: dict[str, Any]) -> Any:
        """The array kernel, with numpy's complaints in our words."""
        try:
            return self.array(*arrays, **params)
        except errors.AutogradError:
            raise
        except errors.KERNEL_ERRORS as error:
            shapes = [np.shape(x) for x in arrays]
            if "broadcast" in str(error) and self.scalar is not None:
                raise errors.no_broadcast(self.name, shapes) from None
            raise errors.kernel_failed(self.name, arrays, error) from error

    def keeps(self, slot: int, wanted: Sequence[Any]) -> bool:
        """Whether an input must stay as it is until backward.

        That is: whether it is read by the rule of any input that wants a gradient (not None).
        """
        return any(
            want is not None and slot in read
            for want, read in zip(wanted, self._reads, strict=True)
        )

    def shares(
        self,
        wanted: Sequence[Any],
        g: Any,
        out: Any,
        operands: Sequence[Any],
        params: dict[str, Any],
    ) -> list[Any]:
        """What each input gets; None where nobody wants it or the rule is None."""
        return [
            rule(g, out, *operands, **params) if rule is not None and want is not None else None
            for rule, want in zip(self.rules, wanted, strict=True)
        ]


class ManyOp(Op):
    """An operation with any number of inputs, and one rule that answers for all of them.

    The kernels take the inputs one by one, `(*xs, **params)`; the rule takes them together,
    `(g, out, xs, **params)`, and returns one gradient per input, in order.
    """

    variadic = True

    def __init__(
        self,
        name: str,
        form: str,
        scalar: Callable[..., Any] | None,
        array: Callable[..., Any],
        rule: Rule,
        *,
        says: str,
        doc: str = "",
        reads: bool = True,
    ) -> None:
        super().__init__(name, form, scalar, array, says=says, doc=doc)
        self.rule = rule
        self._looks = reads  # whether the rule looks into the inputs, or only counts them
        self.pull = _pull_many(rule)

    def bind(
        self, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        if not args:
            raise errors.wrong_count(self.name, "at least one input", 0)
        if not kwargs and not self.defaults:
            return args, kwargs
        return args, super().bind((), kwargs)[1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        operands, params = self.bind(args, kwargs)
        recorder = recorder_of(operands)
        if recorder is not None:
            return recorder.record(self, operands, params)
        return self.compute(operands, params)

    def keeps(self, slot: int, wanted: Sequence[Any]) -> bool:
        return self._looks

    def shares(
        self,
        wanted: Sequence[Any],
        g: Any,
        out: Any,
        operands: Sequence[Any],
        params: dict[str, Any],
    ) -> list[Any]:
        given = self.rule(g, out, operands, **params)
        return [
            share if want is not None else None for share, want in zip(given, wanted, strict=True)
        ]


NUMBERS = frozenset({float, int, bool})
REQUIRED = object()  # the default of a parameter that has none


def array_op(form: str, *rules: Rule | None, says: str) -> Callable[[Callable[..., Any]], Op]:
    """Make an array-only `Op` of a kernel; the kernel's name, parameters and docstring stay.

    ```python
    @array_op("flip({}, {axis})", lambda g, out, x, axis: flip(g, axis), says="flip back")
    def flip(x, axis=None):
        '''Reverse the order of the elements along an axis.'''
        return np.flip(x, axis)
    ```
    """

    def wrap(kernel: Callable[..., Any]) -> Op:
        name = kernel.__name__.strip("_")
        op = Op(name, form, None, kernel, *rules, says=says, doc=kernel.__doc__ or "")
        op.__module__ = kernel.__module__
        op.__wrapped__ = kernel  # type: ignore[attr-defined]  # for inspect.signature and doctest
        return op

    return wrap


def all_floats(operands: Sequence[Any]) -> bool:
    for x in operands:  # noqa: SIM110  # a third of the time of all()
        if x.__class__ is not float:
            return False
    return True


def all_float_arrays(operands: Sequence[Any]) -> bool:
    for x in operands:  # noqa: SIM110  # likewise
        if x.__class__ is not np.ndarray or x.dtype.kind != "f":
            return False
    return True


def recorder_of(operands: Sequence[Any]) -> type[Recorder] | None:
    """Who records an operation on these operands; None if they are plain numbers and arrays."""
    taker: type[Recorder] | None = None
    arrays = False
    for kind in set(map(type, operands)):  # a dot of many has many operands, but of two kinds
        if issubclass(kind, Recorder):
            if taker is None or kind.rank > taker.rank:
                taker = kind
        elif issubclass(kind, (np.ndarray, list, tuple)):
            arrays = True
    if taker is not None and arrays and taker.rank < Recorder.for_arrays.rank:
        return Recorder.for_arrays
    return taker


def plain(x: Any) -> Any:
    """`x` as something numpy computes on: a Python number stays one (and so stays weak)."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fiub":
        return x
    if isinstance(x, float) and not isinstance(x, np.generic):
        return x
    if isinstance(x, int):
        if x.bit_length() > 63:
            raise errors.not_numeric(x)
        return x
    try:
        array = np.asarray(x)
    except ValueError:
        raise errors.ragged(x) from None
    if array.dtype.kind not in "fiub":
        raise errors.not_numeric(x)
    return array


def ieee(scalar: Callable[..., float], array: Callable[..., Any]) -> Callable[..., float]:
    """A float kernel that answers as numpy does where Python's raises: log(-1.0) is nan."""

    def kernel(*xs: float) -> float:
        try:
            return scalar(*xs)
        except (ValueError, OverflowError, ZeroDivisionError):
            with np.errstate(all="ignore"):
                return float(array(*xs))

    return kernel


def _defaults(kernel: Callable[..., Any], arity: int) -> dict[str, Any]:
    """The kernel's parameters (whatever follows its inputs) and their default values."""
    if isinstance(kernel, np.ufunc):
        return {}
    try:
        arguments = list(inspect.signature(kernel).parameters.values())
    except ValueError:  # a builtin without a signature has no parameters of ours
        return {}
    many = [a for a in arguments if a.kind is a.VAR_POSITIONAL]
    params = [a for a in arguments if a.kind is a.KEYWORD_ONLY] if many else arguments[arity:]
    return {a.name: REQUIRED if a.default is a.empty else a.default for a in params}


def slots_read(rule: Rule | None, arity: int) -> list[int]:
    """Which inputs a rule reads. One that it does not read is named with an underscore."""
    if rule is None:
        return []
    names = list(inspect.signature(rule).parameters)[2 : 2 + arity]
    return [slot for slot, name in enumerate(names) if not name.startswith("_")]


def same(g: Any, out: Any, *_: Any) -> Any:
    """The rule of an input that gets the gradient as it is."""
    return g


def _puller(rules: Sequence[Rule | None]) -> Callable[[Any], None]:
    """The backward step of a scalar node, made once for the number of its inputs.

    This is the innermost loop of the scalar engine: one function per arity, everything bound.
    """
    if len(rules) == 1 and rules[0] is not None:
        return _pull_one(rules[0])
    if len(rules) == 2 and rules[0] is not None and rules[1] is not None:
        return _pull_same if rules[0] is rules[1] is same else _pull_two(rules[0], rules[1])

    def pull(node: Any) -> None:
        shares = zip(node.parents, rules, strict=True)
        for parent, rule in shares:
            if parent is not None and rule is not None:
                parent.grad += rule(node.grad, node.data, *node.operands)

    return pull


def _pull_one(rule: Rule) -> Callable[[Any], None]:
    def pull(node: Any) -> None:
        node.a.grad += rule(node.grad, node.data, node.x)

    return pull


def _pull_two(left: Rule, right: Rule) -> Callable[[Any], None]:
    def pull(node: Any) -> None:
        g, out, x, y = node.grad, node.data, node.x, node.y
        a = node.a
        if a is not None:
            a.grad += left(g, out, x, y)
        b = node.b
        if b is not None:
            b.grad += right(g, out, x, y)

    return pull


def _pull_same(node: Any) -> None:
    g = node.grad
    a = node.a
    if a is not None:
        a.grad += g
    b = node.b
    if b is not None:
        b.grad += g


def _pull_many(rule: Rule) -> Callable[[Any], None]:
    """The backward step of a scalar node with any number of inputs."""

    def pull(node: Any) -> None:
        for parent, share in zip(node.a, rule(node.grad, node.data, node.x), strict=True):
            if parent is not None:
                parent.grad += share

    return pull
