"""Every message in one place.

An error says what was expected, what came, and what to do about it. Each function here builds
one exception, ready to `raise`; the classes in `kinds` are what callers catch.
"""

from autograd.errors.arrays import *
from autograd.errors.commands import *
from autograd.errors.functions import *
from autograd.errors.kinds import *
from autograd.errors.nodes import *
from autograd.errors.operations import *
from autograd.errors.views import *
from autograd.errors.words import *

for _thing in list(vars().values()):
    if isinstance(_thing, type) and issubclass(_thing, AutogradError):
        _thing.__module__ = __name__  # tracebacks show the name under which they are caught
