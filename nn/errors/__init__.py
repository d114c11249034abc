"""Every message of `nn` in one place: what was expected, what came, and what to do about it.

Each function here builds one exception, ready to `raise`; the classes in `kinds`, and those of
`autograd.errors`, are what callers catch.
"""

from autograd.errors import MissingExtraError as MissingExtraError, missing_extra as missing_extra
from nn.errors.kinds import *
from nn.errors.layers import *
from nn.errors.modules import *
from nn.errors.training import *

for _thing in list(vars().values()):
    if isinstance(_thing, type) and _thing.__module__.startswith(__name__):
        _thing.__module__ = __name__  # tracebacks show the name under which they are caught
