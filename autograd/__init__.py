"""glassgrad: an autograd engine you can see through.

A `Value` is a number that remembers how it was computed, a `Tensor` an array that does. The
functions have numpy's names, and PyTorch's where numpy has none.

>>> from autograd import Value
>>> x = Value(3.0)
>>> y = x * x
>>> y.backward()
>>> x.grad
6.0
"""

from pathlib import Path as _Path
from types import ModuleType as _ModuleType

if (_Path(__file__).parent / "tracer.py").exists():
    raise ImportError(
        "glassgrad and the PyPI package 'autograd' are installed into the same folder, "
        f"{_Path(__file__).parent}, and have overwritten each other's files; uninstall both and "
        "install glassgrad into an environment of its own: python -m venv .venv"
    )

from autograd.checking import gradcheck as gradcheck
from autograd.custom import Function as Function, operation as operation
from autograd.errors import (
    AnomalyError as AnomalyError,
    AutogradError as AutogradError,
    ChangedError as ChangedError,
    DomainError as DomainError,
    DTypeError as DTypeError,
    GradcheckError as GradcheckError,
    GradientError as GradientError,
    IndexingError as IndexingError,
    OptionError as OptionError,
    OutputError as OutputError,
    ShapeError as ShapeError,
)
from autograd.functional import (
    checkpoint as checkpoint,
    grad as grad,
    hessian as hessian,
    hvp as hvp,
    jacobian as jacobian,
    jvp as jvp,
    value_and_grad as value_and_grad,
    vjp as vjp,
)
from autograd.graph import gradients as gradients
from autograd.memory import keep_memory as keep_memory
from autograd.modes import (
    default_dtype as default_dtype,
    enable_grad as enable_grad,
    get_default_dtype as get_default_dtype,
    no_grad as no_grad,
    paused_gc as paused_gc,
)
from autograd.ops import (
    abs as abs,
    add as add,
    arccos as arccos,
    arccosh as arccosh,
    arcsin as arcsin,
    arcsinh as arcsinh,
    arctan as arctan,
    arctan2 as arctan2,
    arctanh as arctanh,
    argmax as argmax,
    argmin as argmin,
    argsort as argsort,
    astype as astype,
    avg_pool1d as avg_pool1d,
    avg_pool2d as avg_pool2d,
    avg_pool3d as avg_pool3d,
    broadcast_to as broadcast_to,
    ceil as ceil,
    celu as celu,
    cholesky as cholesky,
    clip as clip,
    concatenate as concatenate,
    conv1d as conv1d,
    conv2d as conv2d,
    conv3d as conv3d,
    conv_transpose1d as conv_transpose1d,
    conv_transpose2d as conv_transpose2d,
    copy as copy,
    cos as cos,
    cosh as cosh,
    cummax as cummax,
    cummin as cummin,
    cumprod as cumprod,
    cumsum as cumsum,
    det as det,
    diag as diag,
    diagonal as diagonal,
    divide as divide,
    dot as dot,
    einsum as einsum,
    elu as elu,
    equal as equal,
    erf as erf,
    erfc as erfc,
    exp as exp,
    exp2 as exp2,
    expand_dims as expand_dims,
    expm1 as expm1,
    flatten as flatten,
    flip as flip,
    floor as floor,
    fold as fold,
    gelu as gelu,
    getitem as getitem,
    greater as greater,
    greater_equal as greater_equal,
    hardshrink as hardshrink,
    hardsigmoid as hardsigmoid,
    hardswish as hardswish,
    hardtanh as hardtanh,
    hypot as hypot,
    index_add as index_add,
    inv as inv,
    kron as kron,
    leaky_relu as leaky_relu,
    less as less,
    less_equal as less_equal,
    linear as linear,
    log as log,
    log1p as log1p,
    log2 as log2,
    log10 as log10,
    log_softmax as log_softmax,
    logaddexp as logaddexp,
    logcumsumexp as logcumsumexp,
    logdet as logdet,
    logsigmoid as logsigmoid,
    logsumexp as logsumexp,
    masked_fill as masked_fill,
    matmul as matmul,
    max as max,
    max_pool1d as max_pool1d,
    max_pool2d as max_pool2d,
    max_pool3d as max_pool3d,
    maximum as maximum,
    mean as mean,
    median as median,
    min as min,
    minimum as minimum,
    mish as mish,
    moveaxis as moveaxis,
    multiply as multiply,
    nan_to_num as nan_to_num,
    negative as negative,
    norm as norm,
    not_equal as not_equal,
    outer as outer,
    pad as pad,
    power as power,
    prod as prod,
    put as put,
    reciprocal as reciprocal,
    relu as relu,
    relu6 as relu6,
    repeat as repeat,
    reshape as reshape,
    roll as roll,
    round as round,
    rsqrt as rsqrt,
    selu as selu,
    sigmoid as sigmoid,
    sign as sign,
    silu as silu,
    sin as sin,
    sinc as sinc,
    sinh as sinh,
    softmax as softmax,
    softplus as softplus,
    softshrink as softshrink,
    softsign as softsign,
    solve as solve,
    sort as sort,
    split as split,
    sqrt as sqrt,
    square as square,
    squeeze as squeeze,
    stack as stack,
    std as std,
    subtract as subtract,
    sum as sum,
    swapaxes as swapaxes,
    take as take,
    take_along_axis as take_along_axis,
    tan as tan,
    tanh as tanh,
    tanhshrink as tanhshrink,
    tensordot as tensordot,
    threshold as threshold,
    tile as tile,
    topk as topk,
    total as total,
    trace as trace,
    transpose as transpose,
    tril as tril,
    triu as triu,
    unfold as unfold,
    var as var,
    where as where,
)
from autograd.rows import RowGradient as RowGradient
from autograd.tensor import Tensor as Tensor, as_tensor as as_tensor
from autograd.value import Value as Value
from autograd.watching import (
    as_parameter as as_parameter,
    detect_anomaly as detect_anomaly,
    made_by as made_by,
)

# What `from autograd import *` gives: the names above, not the modules they come from.
__all__ = sorted(
    name
    for name, thing in globals().items()
    if name[0] != "_" and not isinstance(thing, _ModuleType)
)
