"""numpy's own functions on Tensors and Values: `np.exp(t)`, `np.sum(t, axis=0)`, `array * t`.

numpy asks its arguments before it works on them (NEP 13 for ufuncs, NEP 18 for functions). The
answers come from the table of operations. Three kinds:

- what has a rule goes to our operation of that name and is recorded;
- what only asks (`np.isnan`, `np.argmax`, `np.shape`, comparisons) is answered on the plain
  array, without a graph: see `PLAIN`;
- anything else raises at once, with what to use instead. So does an argument that our operation
  does not have. Nothing ever falls back to an array of objects.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd import errors, ops
from autograd.modes import recording
from autograd.ops.op import Op

# Our operations for numpy's functions, under numpy's argument names: those we can do.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    # reductions
    "sum": lambda a, axis=None, keepdims=False: ops.sum(a, axis, keepdims),
    "mean": lambda a, axis=None, keepdims=False: ops.mean(a, axis, keepdims),
    "prod": lambda a, axis=None, keepdims=False: ops.prod(a, axis, keepdims),
    "max": lambda a, axis=None, keepdims=False: ops.max(a, axis=axis, keepdims=keepdims),
    "min": lambda a, axis=None, keepdims=False: ops.min(a, axis=axis, keepdims=keepdims),
    "amax": lambda a, axis=None, keepdims=False: ops.max(a, axis=axis, keepdims=keepdims),
    "amin": lambda a, axis=None, keepdims=False: ops.min(a, axis=axis, keepdims=keepdims),
    "median": lambda a, axis=None, keepdims=False: ops.median(a, axis, keepdims),
    "var": lambda a, axis=None, ddof=0, keepdims=False, correction=None: ops.var(
        a, axis, ddof if correction is None else correction, keepdims
    ),
    "std": lambda a, axis=None, ddof=0, keepdims=False, correction=None: ops.std(
        a, axis, ddof if correction is None else correction, keepdims
    ),
    "cumsum": lambda a, axis=None: ops.cumsum(a, axis),
    "cumprod": lambda a, axis=None: ops.cumprod(a, axis),
    "sort": lambda a, axis=-1: ops.sort(a, axis),
    # element by element
    "where": lambda condition, x, y: ops.where(condition, x, y),
    "clip": lambda a, a_min=None, a_max=None, min=None, max=None: ops.clip(
        a, min if a_min is None else a_min, max if a_max is None else a_max
    ),
    "round": lambda a, decimals=0: ops.round(a, decimals),
    "around": lambda a, decimals=0: ops.round(a, decimals),
    "nan_to_num": lambda x, nan=0.0, posinf=None, neginf=None: ops.nan_to_num(
        x, nan, posinf, neginf
    ),
    "sinc": lambda x: ops.sinc(x),
    "copy": lambda a: ops.copy(a),
    # shapes
    "reshape": lambda a, shape=None, newshape=None: ops.reshape(  # its name in numpy 2.0
        a, newshape if shape is None else shape
    ),
    "ravel": lambda a: ops.reshape(a, (-1,)),
    "transpose": lambda a, axes=None: ops.transpose(a, axes),
    "permute_dims": lambda a, axes=None: ops.transpose(a, axes),
    "matrix_transpose": lambda x: ops.swapaxes(x, -1, -2),
    "swapaxes": lambda a, axis1, axis2: ops.swapaxes(a, axis1, axis2),
    "moveaxis": lambda a, source, destination: ops.moveaxis(a, source, destination),
    "expand_dims": lambda a, axis: ops.expand_dims(a, axis),
    "squeeze": lambda a, axis=None: ops.squeeze(a, axis),
    "broadcast_to": lambda array, shape: ops.broadcast_to(array, shape),
    "atleast_1d": lambda *arys: _each(arys, lambda x: _at_least(x, 1)),
    "atleast_2d": lambda *arys: _each(arys, lambda x: _at_least(x, 2)),
    "flip": lambda m, axis=None: ops.flip(m, axis),
    "fliplr": lambda m: ops.flip(m, 1),
    "flipud": lambda m: ops.flip(m, 0),
    "roll": lambda a, shift, axis=None: ops.roll(a, shift, axis),
    "repeat": lambda a, repeats, axis=None: ops.repeat(a, repeats, axis),
    "tile": lambda A, reps: ops.tile(A, reps),
    "pad": lambda array, pad_width, mode="constant", constant_values=0: ops.pad(
        array, pad_width, mode, constant_values
    ),
    "diag": lambda v, k=0: ops.diag(v, k),
    "diagonal": lambda a, offset=0, axis1=0, axis2=1: ops.diagonal(a, offset, axis1, axis2),
    "trace": lambda a, offset=0, axis1=0, axis2=1: ops.trace(a, offset, axis1, axis2),
    "tril": lambda m, k=0: ops.tril(m, k),
    "triu": lambda m, k=0: ops.triu(m, k),
    "take": lambda a, indices, axis=None: ops.take(a, indices, axis),
    "take_along_axis": lambda arr, indices, axis=-1: ops.take_along_axis(arr, indices, axis),
    # several arrays
    "concatenate": lambda arrays, axis=0: ops.concatenate(arrays, axis),
    "stack": lambda arrays, axis=0: ops.stack(arrays, axis),
    "vstack": lambda tup: ops.concatenate([_at_least(x, 2) for x in tup], 0),
    "hstack": lambda tup: _beside([_at_least(x, 1) for x in tup]),
    "column_stack": lambda tup: ops.concatenate([_column(x) for x in tup], 1),
    "append": lambda arr, values, axis=None: ops.concatenate([arr, values], axis),
    "split": lambda ary, indices_or_sections, axis=0: ops.split(ary, indices_or_sections, axis),
    # products
    "dot": lambda a, b: _dot(a, b),
    "inner": lambda a, b: _inner(a, b),
    "vdot": lambda a, b: ops.sum(ops.reshape(a, (-1,)) * ops.reshape(b, (-1,))),
    "outer": lambda a, b: ops.outer(ops.reshape(a, (-1,)), ops.reshape(b, (-1,))),
    "kron": lambda a, b: ops.kron(a, b),
    "einsum": lambda *operands, optimize=False: ops.einsum(*operands),
    "tensordot": lambda a, b, axes=2: ops.tensordot(a, b, axes),
    # linear algebra
    "linalg.inv": lambda a: ops.inv(a),
    "linalg.det": lambda a: ops.det(a),
    "linalg.slogdet": lambda a: type(np.linalg.slogdet(np.eye(1)))(_sign(a), ops.logdet(a)),
    "linalg.solve": lambda a, b: ops.solve(a, b),
    "linalg.cholesky": lambda a: ops.cholesky(a),
    "linalg.norm": lambda x, ord=None, axis=None, keepdims=False: ops.norm(x, ord, axis, keepdims),
}

# Questions: answered on the plain array, nothing is recorded.
PLAIN = [
    "all",
    "any",
    "allclose",
    "argmax",
    "argmin",
    "argsort",
    "argpartition",
    "argwhere",
    "array_equal",
    "array_equiv",
    "array_repr",
    "array_str",
    "array2string",
    "can_cast",
    "count_nonzero",
    "digitize",
    "empty_like",
    "flatnonzero",
    "full_like",
    "isclose",
    "iscomplexobj",
    "isin",
    "isneginf",
    "isposinf",
    "isrealobj",
    "may_share_memory",
    "ndim",
    "nonzero",
    "ones_like",
    "result_type",
    "searchsorted",
    "shape",
    "shares_memory",
    "size",
    "zeros_like",
]
PLAIN_UFUNCS = [
    "equal",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "signbit",
]

# ufuncs whose operation here has another name
RENAMED: dict[str, Callable[..., Any]] = {
    "absolute": lambda x: ops.abs(x),
    "fabs": lambda x: ops.abs(x),
    "positive": lambda x: +x,
    "rint": lambda x: ops.round(x),
    "float_power": lambda x, y: ops.power(x, y),
}
REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}

ADVICE = {
    "unique": "its result has a shape that depends on the data; use x.detach().numpy()",
    "array": "use autograd.stack([...])",
    "copyto": "build a new tensor: x.put(index, values) or autograd.where(mask, a, b)",
    "floor_divide": "use autograd.floor(x / y), whose gradient is 0",
    "linalg.eigh": "use x.detach().numpy() if no gradient is meant",
    "save": "save x.detach().numpy()",
}


class NumpyProtocol:
    """What makes numpy's functions work on a node."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        name = ufunc.__name__
        out = kwargs.get("out") or ()
        if ufunc in _plain() and not any(isinstance(x, NumpyProtocol) for x in out):
            return getattr(ufunc, method)(*map(raw, inputs), **kwargs)
        if out:
            raise errors.into_array(name)
        if method == "reduce" and name in REDUCTIONS:
            return _reduce(name, *inputs, **kwargs)
        function = _ufuncs().get(ufunc)
        if function is None or method != "__call__":
            full = name if method == "__call__" else f"{name}.{method}"
            raise errors.not_in_protocol(full, ADVICE.get(name, ""))
        for key, value in kwargs.items():
            raise errors.protocol_argument(name, key, value)
        return function(*inputs)

    def __array_function__(
        self, function: Any, types: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        if function in _plain() or (function is np.where and len(args) == 1):
            return function(*raw(args), **raw(kwargs))
        ours = _functions().get(function)
        if ours is None:
            name = _name_of(function)
            raise errors.not_in_protocol(name, ADVICE.get(name, ""))
        return _translated(function, ours, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The plain array, for `np.asarray`: refused where that would lose a gradient."""
        if not hasattr(self, "requires_grad"):
            raise errors.value_in_array()
        if self.requires_grad and recording.on:
            raise errors.would_lose_gradient()
        array = raw(self).view()
        array.flags.writeable = False  # it may be the tensor's own memory
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"a tensor of {array.dtype} cannot become {dtype} without a copy")
            return array.astype(dtype)
        return array.copy() if copy else array


def raw(x: Any) -> Any:
    """Nodes replaced by their numbers, also in lists, tuples and dictionaries."""
    if isinstance(x, NumpyProtocol):
        return x._data if hasattr(x, "_data") else x.data  # type: ignore[attr-defined]  # the nodes'
    if isinstance(x, (list, tuple)) and any(isinstance(i, (NumpyProtocol, list, tuple)) for i in x):
        return type(x)(map(raw, x)) if type(x) in (list, tuple) else x
    if isinstance(x, dict):
        return {key: raw(value) for key, value in x.items()}
    return x


# --- the tables, with numpy's functions as keys ---------------------------------------------------


@cache
def _plain() -> frozenset[Any]:
    return frozenset(getattr(np, name) for name in (*PLAIN, *PLAIN_UFUNCS))


@cache
def _functions() -> dict[Any, Callable[..., Any]]:
    return {_numpy(name): ours for name, ours in FUNCTIONS.items()}


@cache
def _ufuncs() -> dict[Any, Callable[..., Any]]:
    """Each ufunc that is the array kernel of an operation, or has its name."""
    table: dict[Any, Callable[..., Any]] = {getattr(np, k): f for k, f in RENAMED.items()}
    for op in vars(ops).values():
        if isinstance(op, Op) and isinstance(op.array, np.ufunc):
            table[op.array] = op
    for ufunc in vars(np).values():
        if isinstance(ufunc, np.ufunc) and hasattr(ops, ufunc.__name__):
            table[ufunc] = getattr(ops, ufunc.__name__)  # the public one, if there are several
    return table


def _numpy(name: str) -> Any:
    """numpy's function of this name; `linalg.inv` is in a module of its own."""
    place: Any = np
    for part in name.split("."):
        place = getattr(place, part)
    return place


def _name_of(function: Any) -> str:
    module = getattr(function, "__module__", "numpy").removeprefix("numpy").lstrip(".")
    name = getattr(function, "__name__", repr(function))
    return f"{module}.{name}" if module and not module.startswith(("_", "lib")) else name


# --- calling ours with numpy's arguments ----------------------------------------------------------


@cache
def _signatures(function: Any, ours: Any) -> tuple[inspect.Signature, frozenset[str]]:
    """numpy's signature, and the names of what we can do of it."""
    mine = inspect.signature(ours)
    try:
        theirs = inspect.signature(function)
    except ValueError:  # numpy 2.0 does not say for what is written in C: ours, in order
        more = inspect.Parameter("more", inspect.Parameter.VAR_KEYWORD)
        theirs = inspect.Signature([*mine.parameters.values(), more])
    return theirs, frozenset(mine.parameters)


def _translated(
    function: Any, ours: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    theirs, accepted = _signatures(function, ours)
    name = _name_of(function)
    try:
        given = theirs.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise errors.protocol_call(name, error) from None
    positional: Sequence[Any] = ()
    named: dict[str, Any] = {}
    for key, value in given.items():
        kind = theirs.parameters[key].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            positional = value
        elif kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        else:
            named[key] = value
    for key in [k for k in named if k not in accepted]:
        value = named.pop(key)
        if not _is_default(theirs, key, value):
            raise errors.protocol_argument(name, key, value)
    return ours(*positional, **named)


def _is_default(signature: inspect.Signature, key: str, value: Any) -> bool:
    if value is None:
        return True
    parameter = signature.parameters.get(key)
    plain = isinstance(value, (str, int, float))
    return parameter is not None and plain and bool(value == parameter.default)


def _reduce(name: str, x: Any, axis: Any = 0, keepdims: bool = False, **kwargs: Any) -> Any:
    """`np.add.reduce(t)`: unlike `np.sum`, along the first axis by default."""
    for key, value in kwargs.items():
        raise errors.protocol_argument(f"{name}.reduce", key, value)
    return FUNCTIONS[REDUCTIONS[name]](x, axis=axis, keepdims=keepdims)


# --- small differences ----------------------------------------------------------------------------


def _ndim(x: Any) -> int:
    return np.ndim(raw(x))


def _each(xs: Sequence[Any], function: Callable[[Any], Any]) -> Any:
    done = tuple(function(x) for x in xs)
    return done[0] if len(done) == 1 else done


def _at_least(x: Any, ndim: int) -> Any:
    """x with axes put before its own until there are `ndim`."""
    missing = ndim - _ndim(x)
    return ops.expand_dims(x, tuple(range(missing))) if missing > 0 else x


def _beside(xs: Sequence[Any]) -> Any:
    return ops.concatenate(xs, 0 if _ndim(xs[0]) == 1 else 1)


def _column(x: Any) -> Any:
    return x if _ndim(x) >= 2 else ops.reshape(x, (-1, 1))


def _inner(a: Any, b: Any) -> Any:
    if _ndim(a) == 0 or _ndim(b) == 0:
        return ops.multiply(a, b)
    return ops.tensordot(a, b, ((-1,), (-1,)))


def _dot(a: Any, b: Any) -> Any:
    if _ndim(a) == 0 or _ndim(b) == 0:
        return ops.multiply(a, b)
    return ops.matmul(a, b) if _ndim(b) <= 2 else ops.tensordot(a, b, ((-1,), (-2,)))


def _sign(a: Any) -> Any:
    return np.linalg.slogdet(raw(a))[0]
