"""Neural networks on top of `autograd`, with PyTorch's names, defaults and layouts.

>>> import numpy as np
>>> net = Sequential(Linear(2, 8, generator=0), Tanh(), Linear(8, 1, generator=1))
>>> optimiser = optim.SGD(net.parameters(), lr=0.1)
>>> loss = MSELoss()(net(np.array([[1.0, 2.0]])), [[0.5]])
>>> loss.backward()
>>> optimiser.step()
"""

from nn import datasets, errors, functional, init, optim, scalar
from nn.layers import (
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
)
from nn.losses import CrossEntropyLoss, MSELoss, NLLLoss
from nn.module import Module
from nn.parameter import Parameter

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "CrossEntropyLoss",
    "Flatten",
    "Linear",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "datasets",
    "errors",
    "functional",
    "init",
    "optim",
    "scalar",
]
