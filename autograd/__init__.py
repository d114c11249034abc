from autograd.graph import gradients
from autograd.modes import *
from autograd.ops import *
from autograd import errors, ops
from autograd.tensor import Tensor, as_tensor
from autograd.value import Value
from autograd.watching import detect_anomaly
from autograd.functional import *
from autograd.custom import *
