"""Every operation, declared once. The public functions are collected here."""

from autograd.ops.activation import *
from autograd.ops.arithmetic import *
from autograd.ops.choose import *
from autograd.ops.conv import *
from autograd.ops.diagonals import *
from autograd.ops.indexing import *
from autograd.ops.joining import *
from autograd.ops.linalg import *
from autograd.ops.nary import *
from autograd.ops.norms import *
from autograd.ops.piecewise import *
from autograd.ops.pool import *
from autograd.ops.products import *
from autograd.ops.rearranging import *
from autograd.ops.reduce import *
from autograd.ops.scan import *
from autograd.ops.shape import *
from autograd.ops.special import *
from autograd.ops.transcendental import *
from autograd.ops.trigonometry import *
from autograd.ops.window import *
