from autograd.graph import gradients
from autograd.modes import no_grad, paused_gc
from autograd.tensor import Tensor, as_tensor
from autograd.value import Value
from autograd import ops
from autograd.watching import detect_anomaly
