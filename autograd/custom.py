"""Operations of one's own.

Two ways. `operation` is for what can be said in one line: a function and its rule, in plain
arithmetic and other operations, as in the library's own table; it works on numbers, arrays,
Values and Tensors, and to any order. `Function` is for code that is not made of operations: two
methods on plain numbers and arrays, and a place to keep things from the one for the other.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import errors
from autograd.graph import Node
from autograd.ops.op import ManyOp, Op, Rule, recorder_of
from autograd.ops.symbol import Symbol
from autograd.tensor import Tensor
from autograd.transform import shape_of
from autograd.value import Value, as_float

__all__ = ["Function", "operation"]

SAME: Any = object()  # the float kernel is the function itself
MANY = 99  # any number of arguments


def operation(
    vjp: Rule | Sequence[Rule | None],
    *,
    scalar: Callable[..., Any] | None = SAME,
    says: str = "",
    form: str = "",
) -> Callable[[Callable[..., Any]], Op]:
    """Make an operation of a function, by giving its rule.

    Args:
        vjp: the rule: `(g, out, *inputs, **parameters)`, where g is the gradient that arrives and
            out the result, gives the gradient for the input. Several inputs: a tuple with one
            rule each; None for an input that never gets a gradient. Made of operators and other
            operations it can be differentiated again; broadcasting is undone for you. Name an
            argument that the rule does not read with a leading underscore: it need not be kept.
        scalar: what computes it on Python floats. Left out: the function itself. None: Values are
            refused, for functions that understand arrays only.
        says: what the backward pass does, in one sentence, for explanations.
        form: how it prints, with one `{}` per input, as in `"square({})"`.

    The function's arguments after its inputs are parameters: they are passed on to the rules.

    Raises:
        OptionError: if the rules do not fit the function.

    >>> @operation(vjp=lambda g, out, x: g * 2 * x)
    ... def square(x):
    ...     return x * x
    >>> from autograd import Value
    >>> v = Value(3.0)
    >>> square(v).backward()
    >>> v.grad, square(4.0)
    (6.0, 16.0)
    """
    rules = tuple(vjp) if isinstance(vjp, Sequence) else (vjp,)

    def wrap(function: Callable[..., Any]) -> Op:
        name = getattr(function, "__name__", "operation").strip("_<>")
        _check_rules(name, function, rules)
        inputs = ", ".join(["{}"] * len(rules))
        op = _Custom(
            name,
            form or f"{name}({inputs})",
            None if scalar is None else _on_floats(function if scalar is SAME else scalar),
            function,
            *[rule and _tidy(rule, name, slot) for slot, rule in enumerate(rules)],
            says=says or f"{name}: the rule that was given with it",
            doc=function.__doc__ or "",
        )
        op.__module__ = function.__module__
        op.__wrapped__ = function  # type: ignore[attr-defined]  # for inspect.signature
        return op

    return wrap


class _Custom(Op):
    """An Op whose parameters are filled in before a Value records it: Values keep none."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        operands, params = self.bind(args, kwargs)
        recorder = recorder_of(operands)
        if recorder is None:
            return self.compute(operands, params)
        if recorder is Value and params:
            return self._filled(params)(*operands)
        return recorder.record(self, operands, params)

    def compute(self, operands: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.scalar is not None and all(type(x) in (float, int, bool) for x in operands):
            return self.scalar(*map(float, operands), **params)
        return super().compute(operands, params)

    def _filled(self, params: dict[str, Any]) -> Op:
        def fill(function: Any) -> Any:
            return function and functools.partial(function, **params)

        numbered = [f"{{{i}}}" for i in range(self.arity)]
        op = Op(
            self.name,
            self.form.format(*numbered, **params),
            fill(self.scalar),
            self.array,
            *map(fill, self.rules),
            says=self.says,
        )
        op.defaults = {}
        return op


def _check_rules(name: str, function: Callable[..., Any], rules: Sequence[Any]) -> None:
    takes = _positional(function)
    if not rules or len(rules) > takes:
        raise errors.wrong_rules(name, f"between 1 and {takes} rules", str(len(rules)))
    for rule in rules:
        if rule is not None and not callable(rule):
            raise errors.wrong_rules(name, "functions, or None", errors.describe(rule))
        # Each input by its name: the underscores say which are needed.
        if rule is not None and not 2 + len(rules) <= _positional(rule) < MANY:
            expected = f"each rule to take g, out and {len(rules)} inputs, one by one"
            raise errors.wrong_rules(name, expected, str(inspect.signature(rule)))


def _positional(function: Any) -> int:
    """How many arguments a function takes by position."""
    try:
        arguments = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin that does not say
        return MANY
    if any(a.kind is a.VAR_POSITIONAL for a in arguments):
        return MANY
    return sum(a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD) for a in arguments)


def _on_floats(function: Callable[..., Any]) -> Callable[..., float]:
    """A float kernel that answers with a float, as numpy would where Python raises."""

    def kernel(*xs: float, **params: Any) -> float:
        with np.errstate(all="ignore"):
            try:
                return as_float(function(*xs, **params))
            except (ArithmeticError, ValueError):  # 1 / 0, log(-1)
                return as_float(function(*map(np.float64, xs), **params))

    return kernel


def _tidy(rule: Rule, name: str, slot: int) -> Rule:
    """A rule that gives floats on floats, whatever the user computed with, and prints."""

    @functools.wraps(rule)
    def tidy(g: Any, out: Any, *xs: Any, **params: Any) -> Any:
        if isinstance(g, Symbol):
            try:
                return rule(g, out, *xs, **params)
            except Exception:  # it uses something that has no text
                return Symbol(f"rule of {name} for input {slot}")
        share = rule(g, out, *xs, **params)
        if isinstance(g, float) and share.__class__ is not float:
            return as_float(share)
        return share

    return tidy


# --- forward and backward -------------------------------------------------------------------------


class Context:
    """What `forward` leaves for `backward`.

    Attributes:
        saved: what `save_for_backward` was given. In a pass that is recorded itself, inputs and
            the output appear here as nodes.
        needs_input_grad: for each input, whether anybody wants its gradient. For `backward`.

    Anything else can be set as an attribute.
    """

    saved: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *things: Any) -> None:
        """Keep these until backward: inputs, the output, intermediate results."""
        self.saved = things


class Function:
    """An operation with a `forward` and a `backward` of its own, as in PyTorch.

    Subclass it, write the two static methods, and call `apply`. Both methods get plain floats
    (for Values) and read-only arrays (for Tensors).

    - `forward(ctx, *inputs, **options)` returns one number or array.
    - `backward(ctx, g)` returns one gradient per input; None for "no gradient". A single one need
      not be a tuple. It has the input's shape; if the input was broadcast to the output, that of
      the output will do, and is summed back. It is called once per pass.

    In traces and pictures the operation has the name of the class, or the `name` that the class
    sets; the first line of the docstring says what its backward does.

    Derivatives of the gradient (`create_graph=True`, `grad(grad(f))`) run `backward` on nodes.
    This works if it computes with operators and functions of `autograd` or numpy, and if what was
    kept are inputs and the output: through anything else, the way back to the inputs is unknown.

    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved
    ...         return g * 3 * x * x
    >>> from autograd import Value
    >>> v = Value(2.0)
    >>> Cube.apply(v).backward()
    >>> v.grad
    12.0
    """

    name: ClassVar[str] = ""
    _op: ClassVar[Op]

    def __init__(self) -> None:
        raise errors.function_not_applied(type(self).__name__)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._op = _FunctionOp(cls)

    @staticmethod
    def forward(ctx: Any, *inputs: Any, **options: Any) -> Any:
        """Compute the result. To be written by the subclass."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """Compute the gradients of the inputs. To be written by the subclass."""
        raise NotImplementedError

    @classmethod
    def apply(cls, *inputs: Any, **options: Any) -> Any:
        """Run `forward` on the inputs, and note in the graph that `backward` belongs to it.

        Args:
            inputs: Values, Tensors, arrays and numbers.
            options: passed on to `forward` as they are.

        Raises:
            GradientError: if a method is missing; in backward, if the number of gradients is
                wrong, or something was kept that forbids a second derivative.
            ShapeError: in backward, if a gradient does not have the shape of its input.
        """
        if cls.forward is Function.forward or cls.backward is Function.backward:
            raise errors.function_incomplete(cls.__name__)
        ctx = Context()
        params = {"ctx": ctx, "options": options}
        recorder = recorder_of(inputs)
        if recorder is None or not inputs:
            return cls._op.compute(inputs, params)
        node = recorder.record(cls._op, inputs, params)
        if isinstance(node, Node):  # and not a formula
            ctx.needs_input_grad = tuple(parent is not None for parent in node.parents)
        return node


class _FunctionOp(ManyOp):
    """The entry of a Function in the graph. Its parameters hold the context of one call."""

    def __init__(self, function: type[Function]) -> None:
        self.function = function
        name = function.__dict__.get("name") or function.__name__  # not that of a class above it
        doc = (function.__doc__ or "").strip().partition("\n")[0]
        super().__init__(
            name,
            f"{name}({{}})",
            self._forward_floats,
            self._forward,
            self._backward,
            says=doc if function.__doc__ != Function.__doc__ and doc else f"{name}: its backward",
        )
        self.pull = self._pull

    def compute(self, operands: Sequence[Any], params: dict[str, Any]) -> Any:
        if any(isinstance(x, (np.ndarray, np.generic, list, tuple)) for x in operands):
            return super().compute(operands, params)
        return self._forward_floats(*map(as_float, operands), **params)

    def _forward(self, *xs: Any, ctx: Context, options: dict[str, Any]) -> Any:
        # Every input is an object of its own, so that what is saved can be told apart.
        given = [_read_only(x) if isinstance(x, np.ndarray) else x * 1.0 for x in xs]
        out = self.function.forward(ctx, *given, **options)
        if not isinstance(out, (np.ndarray, np.generic, float, int)):
            raise errors.function_result(self.function.__name__, out)
        ctx.__dict__["_origin"] = _Origin(given, out, options)
        return out

    def _forward_floats(self, *xs: float, ctx: Context, options: dict[str, Any]) -> float:
        with np.errstate(all="ignore"):
            return as_float(self._forward(*xs, ctx=ctx, options=options))

    def _backward(
        self, g: Any, out: Any, xs: Sequence[Any], ctx: Any = None, options: Any = None
    ) -> list[Any]:
        if isinstance(g, Symbol):
            return [Symbol(f"{self.name}.backward({g}) for input {i}") for i in range(len(xs))]
        recorded = isinstance(g, Node)
        if recorded:
            ctx = ctx.__dict__["_origin"].on_nodes(self.function.__name__, ctx, xs, out)
        given = self.function.backward(ctx, g)
        shares = list(given) if isinstance(given, (tuple, list)) else [given]
        if len(shares) != len(xs):
            raise errors.function_gradients(self.function.__name__, len(xs), len(shares))
        for share, x in zip(shares, xs, strict=True):
            if share is not None and not _fits(shape_of(share), shape_of(x), shape_of(out)):
                name = self.function.__name__
                raise errors.function_gradient_shape(name, shape_of(x), shape_of(share))
        return [_constant(share) if recorded else share for share in shares]

    def _pull(self, node: Any) -> None:
        shares = self._backward(node.grad, node.data, node.x, **node.params)
        for parent, share in zip(node.a, shares, strict=True):
            if parent is not None and share is not None:
                parent.grad += as_float(share)


class _Origin:
    """What `forward` was given and returned, by identity: to find the nodes of what it kept."""

    def __init__(self, given: Sequence[Any], out: Any, options: dict[str, Any]) -> None:
        self.slots = {id(x): slot for slot, x in enumerate(given)}
        self.out = id(out)
        self.options = {id(x) for x in options.values()}
        self.alive = (given, out)  # an id is only good while the thing lives

    def on_nodes(self, name: str, ctx: Context, xs: Sequence[Any], out: Any) -> Context:
        """The context with nodes in the places of inputs and output."""

        def node_of(what: str, thing: Any) -> Any:
            if id(thing) in self.slots:
                return xs[self.slots[id(thing)]]
            if id(thing) == self.out:
                return out
            if id(thing) not in self.options and _may_depend(thing):
                raise errors.function_kept(name, what, thing)
            return thing

        new = Context()
        for key, thing in vars(ctx).items():
            if key == "saved":
                new.saved = tuple([node_of(f"saved[{i}]", x) for i, x in enumerate(thing)])
            elif key != "_origin":
                setattr(new, key, node_of(key, thing))
        return new


def _may_depend(thing: Any) -> bool:
    """Whether something kept may vary with the inputs: numbers with a fraction."""
    if isinstance(thing, (list, tuple)):
        return any(map(_may_depend, thing))
    if isinstance(thing, dict):
        return any(map(_may_depend, thing.values()))
    if isinstance(thing, (np.ndarray, np.generic)):
        return thing.dtype.kind not in "iub"
    return isinstance(thing, (float, Node))


def _fits(share: tuple[int, ...], x: tuple[int, ...], out: tuple[int, ...]) -> bool:
    """Whether a gradient has the shape of its input, or of an output the input was broadcast to."""
    if share == x:
        return True
    stretched = zip(reversed(x), reversed(out), strict=False)
    return share == out and len(x) <= len(out) and all(n in (1, m) for n, m in stretched)


def _read_only(array: Any) -> Any:
    view = array.view()
    view.flags.writeable = False
    return view


def _constant(share: Any) -> Any:
    if share is None or isinstance(share, Node):
        return share
    return Tensor(share) if isinstance(share, np.ndarray) else Value(share)
