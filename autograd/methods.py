"""The public functions as methods: `t.sum(axis=0)` is `autograd.sum(t, axis=0)`.

Which ones: those that numpy's arrays or PyTorch's tensors have as methods.
"""

from __future__ import annotations

from typing import Any

from autograd import ops


def method(function: Any) -> Any:
    """A public function as a method: the node is its first argument."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    return dressed(call, function)


def dressed(call: Any, function: Any) -> Any:
    """`call` with the name of `function`, and the first line of its docstring."""
    name = call.__name__ = call.__qualname__ = function.__name__
    summary = (function.__doc__ or "").strip().split("\n\n")[0]
    call.__doc__ = f"{summary}\n\nThe method form of `autograd.{name}`, which says more."
    return call


class ElementwiseMethods:
    """What scalars and arrays share."""

    __slots__ = ()

    sign = method(ops.sign)
    square = method(ops.square)
    reciprocal = method(ops.reciprocal)
    sqrt = method(ops.sqrt)
    rsqrt = method(ops.rsqrt)
    exp = method(ops.exp)
    exp2 = method(ops.exp2)
    expm1 = method(ops.expm1)
    log = method(ops.log)
    log2 = method(ops.log2)
    log10 = method(ops.log10)
    log1p = method(ops.log1p)
    logaddexp = method(ops.logaddexp)
    sin = method(ops.sin)
    cos = method(ops.cos)
    tan = method(ops.tan)
    arcsin = method(ops.arcsin)
    arccos = method(ops.arccos)
    arctan = method(ops.arctan)
    arctan2 = method(ops.arctan2)
    sinh = method(ops.sinh)
    cosh = method(ops.cosh)
    tanh = method(ops.tanh)
    arcsinh = method(ops.arcsinh)
    arccosh = method(ops.arccosh)
    arctanh = method(ops.arctanh)
    hypot = method(ops.hypot)
    erf = method(ops.erf)
    erfc = method(ops.erfc)
    sinc = method(ops.sinc)
    floor = method(ops.floor)
    ceil = method(ops.ceil)
    round = method(ops.round)
    maximum = method(ops.maximum)
    minimum = method(ops.minimum)
    clip = method(ops.clip)
    nan_to_num = method(ops.nan_to_num)
    relu = method(ops.relu)
    sigmoid = method(ops.sigmoid)


class ArrayMethods:
    """What only arrays have."""

    __slots__ = ()

    masked_fill = method(ops.masked_fill)
    softmax = method(ops.softmax)
    log_softmax = method(ops.log_softmax)
    sum = method(ops.sum)
    mean = method(ops.mean)
    prod = method(ops.prod)
    max = method(ops.max)
    min = method(ops.min)
    var = method(ops.var)
    std = method(ops.std)
    norm = method(ops.norm)
    logsumexp = method(ops.logsumexp)
    median = method(ops.median)
    cumsum = method(ops.cumsum)
    cumprod = method(ops.cumprod)
    cummax = method(ops.cummax)
    logcumsumexp = method(ops.logcumsumexp)
    argmax = method(ops.argmax)
    argmin = method(ops.argmin)
    argsort = method(ops.argsort)
    sort = method(ops.sort)
    topk = method(ops.topk)
    reshape = method(ops.reshape)
    flatten = method(ops.flatten)
    transpose = method(ops.transpose)
    swapaxes = method(ops.swapaxes)
    moveaxis = method(ops.moveaxis)
    expand_dims = method(ops.expand_dims)
    squeeze = method(ops.squeeze)
    broadcast_to = method(ops.broadcast_to)
    split = method(ops.split)
    flip = method(ops.flip)
    roll = method(ops.roll)
    repeat = method(ops.repeat)
    tile = method(ops.tile)
    diag = method(ops.diag)
    diagonal = method(ops.diagonal)
    trace = method(ops.trace)
    tril = method(ops.tril)
    triu = method(ops.triu)
    take = method(ops.take)
    take_along_axis = method(ops.take_along_axis)
    put = method(ops.put)
    index_add = method(ops.index_add)
    astype = method(ops.astype)
    matmul = method(ops.matmul)
    outer = method(ops.outer)
    kron = method(ops.kron)
    inv = method(ops.inv)
    det = method(ops.det)
    logdet = method(ops.logdet)
    cholesky = method(ops.cholesky)
    unfold = method(ops.unfold)
