"""Every operation, declared once. The public functions are collected here."""

from autograd.ops.arithmetic import *
from autograd.ops.linalg import *
from autograd.ops.nary import *
from autograd.ops.op import *
from autograd.ops.reduce import *
from autograd.ops.shape import *
from autograd.ops.transcendental import *
