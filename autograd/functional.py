"""Derivatives as functions of functions: `grad(f)` is a function like any other.

What comes out follows what went in: numbers and arrays give numbers and arrays; Values, and
Tensors that ask for a gradient, give nodes that can be differentiated on. While another
function of this module is running, results are always nodes, because that one may need to look
through them: so these functions nest to any depth (see `autograd.transform` for how).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd import errors, ops
from autograd.graph import Node
from autograd.modes import enable_grad
from autograd.recompute import checkpoint
from autograd.tensor import Tensor
from autograd.transform import (
    depends,
    depth,
    inner,
    matched,
    pull,
    pull_all,
    records,
    run,
    shape_of,
)
from autograd.trees import flatten
from autograd.value import Value

__all__ = ["checkpoint", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

# --- first derivatives ----------------------------------------------------------------------------


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the gradient of `f`.

    Args:
        f: takes numbers, arrays, Values or Tensors, also in lists, tuples and dictionaries;
            returns one number (a Value, or a Tensor of one element). Inside, a number is a
            Value and an array is a Tensor.
        argnums: which positional argument to differentiate, or several in a tuple.

    Returns:
        A function of the same arguments. Its result has the structure, shapes and dtypes of the
        argument (a tuple of such for several); zeros where `f` does not depend on it.

    Raises:
        GradientError: if `f` returns more than one number: `jacobian` is meant for that.
        DTypeError: if an argument cannot be differentiated (integer arrays, text), or `f`
            returns something that is no number.

    >>> def f(x):
    ...     return x ** 3
    >>> grad(f)(2.0), grad(grad(f))(2.0)
    (12.0, 12.0)
    >>> import numpy as np
    >>> grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(np.array([1.0, 2.0]), 3.0)
    (array([3., 3.]), 3.0)
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return _named(gradient, f, "gradient")


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives the value of `f` and its gradient, for the price of one pass.

    Arguments and errors are those of `grad`.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        call = run(f, args, kwargs, argnums)
        root = _one_number(call.out, "grad")
        return call.hand_out([root])[0], call.result(pull(root, call.leaves, None, call.recorded))

    return _named(value_and_gradient, f, "value and gradient")


def vjp(f: Callable[..., Any], *inputs: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of `f(*inputs)`, and the function that sends a gradient back through it.

    Returns:
        The value, and a function from the gradient that arrives at the value (its structure and
        shapes) to a tuple: the gradient of each input. It can be called many times.

    >>> value, back = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> value, back(1.0), back(10.0)
    (10.0, (5.0, 2.0), (50.0, 20.0))
    """
    call = run(f, inputs, {}, range(len(inputs)))
    roots, build = flatten(call.out)

    def back(upstream: Any) -> tuple[Any, ...]:
        given, _ = flatten(upstream)
        if len(given) != len(roots):
            raise errors.wrong_tree("vjp", "upstream gradients", len(roots), len(given))
        seeds = [matched(root, u, "vjp") for root, u in zip(roots, given, strict=True)]
        recorded = call.recorded or depth.now > 0 or any(map(records, given))
        result: tuple[Any, ...] = call.result(
            pull_all(roots, call.leaves, seeds, recorded), recorded
        )
        return result

    return build(call.hand_out(roots)), back


def jvp(f: Callable[..., Any], inputs: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of `f`, and how fast it changes when the inputs move along `tangents`.

    Args:
        f: any function of the inputs.
        inputs: a tuple or list of arguments, or one argument.
        tangents: the direction, in the structure and shapes of `inputs`.

    It needs no rules of its own: the gradient sent back through `f` depends linearly on the
    upstream gradient, and the derivative of *that* by the upstream gradient is the answer,
    exactly (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 10.0))
    (10.0, 25.0)
    """
    args, directions = _arguments(inputs, tangents, "jvp")
    call = run(f, args, {}, range(len(args)))
    vs = call.match(directions, "jvp")
    roots, build = flatten(call.out)
    moving = [root for root in roots if depends(root)]
    upstreams = [_ones(root) for root in moving]
    with enable_grad():
        along = inner(pull_all(moving, call.leaves, upstreams, recorded=True), vs)
    slopes = iter(pull(along, upstreams, None, call.recorded))
    # What does not depend on the inputs does not move.
    given = [next(slopes) if depends(x) else np.zeros(shape_of(x))[()] for x in roots]
    return build(call.hand_out(roots)), build(call.hand_out(given))


# --- matrices and second derivatives --------------------------------------------------------------


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives all slopes of `f`: every output by every input.

    Returns:
        A function of the same arguments. For each output array and each input array it gives an
        array of shape `output.shape + input.shape`. Structure: that of the output, and in each
        place that of the argument (a tuple for several `argnums`). One backward pass per output
        element.

    >>> import numpy as np
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    >>> jacobian(lambda x: [x * 2, x * x])(3.0)
    [2.0, 6.0]
    """

    def slopes(*args: Any, **kwargs: Any) -> Any:
        call = run(f, args, kwargs, argnums)
        roots, build = flatten(call.out)
        return build([call.result(_rows(root, call.leaves, call.recorded)) for root in roots])

    return _named(slopes, f, "Jacobian")


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The function that gives all second derivatives of `f`, which returns one number.

    For an array input the result has shape `x.shape + x.shape`.

    >>> import numpy as np
    >>> hessian(lambda x: (x * x).sum() * x[0])(np.array([1.0, 2.0]))
    array([[6., 4.],
           [4., 2.]])
    """
    return _named(jacobian(grad(f, argnums), argnums), f, "Hessian")


def hvp(f: Callable[..., Any], inputs: Any, v: Any) -> Any:
    """The Hessian of `f` times `v`, without ever building the Hessian: the price of two passes.

    Args:
        f: returns one number.
        inputs: a tuple or list of arguments, or one argument.
        v: in the structure and shapes of `inputs`.

    Returns:
        In the structure and shapes of `inputs`. The slope of the gradient along v is taken as
        the gradient of (gradient . v), since a Hessian is symmetric (Pearlmutter, 1994).

    >>> hvp(lambda x, y: x * x * y, (3.0, 5.0), (1.0, 0.0))
    (10.0, 6.0)
    """
    args, directions = _arguments(inputs, v, "hvp")
    call = run(f, args, {}, range(len(args)))
    vs = call.match(directions, "hvp")
    root = _one_number(call.out, "hvp")
    with enable_grad():
        along = inner(pull(root, call.leaves, None, recorded=True), vs)
    result = call.result(pull(along, call.leaves, None, call.recorded))
    return result if isinstance(inputs, (tuple, list)) else result[0]


# --- helpers --------------------------------------------------------------------------------------


def _one_number(out: Any, name: str) -> Any:
    """What `f` returned, if it is one number."""
    if not isinstance(out, (Node, np.ndarray, np.generic, float, int)):
        raise errors.not_a_node(name, out)
    shape = shape_of(out)
    if any(n != 1 for n in shape):
        raise errors.not_scalar_function(name, shape)
    return out


def _ones(root: Any) -> Node:
    if isinstance(root, Value):
        return Value(1.0)
    return Tensor(np.ones(root.shape, root.dtype), requires_grad=True)


def _rows(root: Any, leaves: Sequence[Node], recorded: bool) -> list[Any]:
    """The Jacobian of one output by each leaf."""
    shape = shape_of(root)
    if shape == ():
        return pull(root, leaves, None, recorded)
    if not depends(root) or root.size == 0:
        return [_zeros(shape, leaf, recorded) for leaf in leaves]
    rows = []
    for i in range(root.size):
        upstream = np.zeros(shape, root.dtype)
        upstream.flat[i] = 1
        rows.append(pull(root, leaves, upstream, recorded))
    together: Callable[..., Any] = ops.stack if recorded else np.stack
    return [
        together(column).reshape(shape + shape_of(leaf))
        for column, leaf in zip(zip(*rows, strict=True), leaves, strict=True)
    ]


def _zeros(shape: tuple[int, ...], leaf: Node, recorded: bool) -> Any:
    dtype = leaf.dtype if isinstance(leaf, Tensor) else np.float64
    zeros = np.zeros(shape + shape_of(leaf), dtype)
    return Tensor(zeros) if recorded else zeros


def _arguments(inputs: Any, directions: Any, name: str) -> tuple[Sequence[Any], Sequence[Any]]:
    """Arguments and directions as two sequences of one length."""
    if not isinstance(inputs, (tuple, list)):
        return (inputs,), (directions,)
    if not isinstance(directions, (tuple, list)) or len(directions) != len(inputs):
        got = len(directions) if isinstance(directions, (tuple, list)) else 1
        raise errors.wrong_tree(name, "directions", len(inputs), got)
    return inputs, directions


def _named(function: Callable[..., Any], f: Callable[..., Any], what: str) -> Callable[..., Any]:
    """Dress a derivative as what it is the derivative of."""
    if not callable(f):
        raise errors.function_expected("derivative", f)
    name = getattr(f, "__name__", type(f).__name__)

    @wraps(f, updated=())
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    wrapper.__name__ = wrapper.__qualname__ = f"{what.replace(' ', '_')}_of_{name.strip('<>')}"
    wrapper.__doc__ = f"The {what} of {name}, as a function of the same arguments."
    return wrapper
