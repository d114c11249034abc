"""Every operation, declared once.

Each module has the operations that belong together and says in its `__all__` which of them are
public: `autograd` exports exactly those. The others are what rules are made of.
"""

from types import ModuleType

from autograd.ops import (
    activation,
    arithmetic,
    choose,
    conv,
    diagonals,
    indexing,
    joining,
    linalg,
    nary,
    norms,
    order,
    piecewise,
    pool,
    probability,
    products,
    rearranging,
    reduce,
    scan,
    shape,
    subscripts,
    transcendental,
    trigonometry,
    window,
)
from autograd.ops.activation import *
from autograd.ops.arithmetic import *
from autograd.ops.choose import *
from autograd.ops.conv import *
from autograd.ops.diagonals import *
from autograd.ops.indexing import *
from autograd.ops.inline import inline
from autograd.ops.joining import *
from autograd.ops.linalg import *
from autograd.ops.nary import *
from autograd.ops.norms import *
from autograd.ops.op import ManyOp as ManyOp, Op as Op, array_op as array_op
from autograd.ops.order import *
from autograd.ops.piecewise import *
from autograd.ops.pool import *
from autograd.ops.probability import *
from autograd.ops.products import *
from autograd.ops.rearranging import *
from autograd.ops.reduce import *
from autograd.ops.scan import *
from autograd.ops.shape import *
from autograd.ops.shape import item as item, spread as spread, unbroadcast as unbroadcast
from autograd.ops.subscripts import *
from autograd.ops.transcendental import *
from autograd.ops.trigonometry import *
from autograd.ops.window import *

__all__: list[str] = []
__all__ += activation.__all__
__all__ += arithmetic.__all__
__all__ += choose.__all__
__all__ += conv.__all__
__all__ += diagonals.__all__
__all__ += indexing.__all__
__all__ += joining.__all__
__all__ += linalg.__all__
__all__ += nary.__all__
__all__ += norms.__all__
__all__ += order.__all__
__all__ += piecewise.__all__
__all__ += pool.__all__
__all__ += products.__all__
__all__ += rearranging.__all__
__all__ += reduce.__all__
__all__ += scan.__all__
__all__ += shape.__all__
__all__ += probability.__all__
__all__ += subscripts.__all__
__all__ += transcendental.__all__
__all__ += trigonometry.__all__
__all__ += window.__all__

_modules = [module for module in vars().values() if isinstance(module, ModuleType)]
inline(op for module in _modules for op in vars(module).values() if isinstance(op, Op))
