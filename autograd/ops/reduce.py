"""Reductions."""

import numpy as np
from autograd.ops.op import Op, array_op
from autograd.ops.shape import spread


@array_op("sum({}, {axis})", lambda g, out, x, axis, keepdims: spread(g, x), says="")
def sum(x, axis=None, keepdims=False):
    return np.add.reduce(x, axis=axis, keepdims=keepdims)
