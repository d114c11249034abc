"""Products of matrices."""

import numpy as np
from autograd.ops.op import Op, array_op


@array_op(
    "{} @ {}", lambda g, out, _x, y: matmul(g, y.T), lambda g, out, x, _y: matmul(x.T, g), says=""
)
def matmul(x, y):
    return np.matmul(x, y)
