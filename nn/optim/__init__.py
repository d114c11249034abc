"""Optimisers, with PyTorch's names, arguments, defaults and update rules."""

from nn.optim.adam import Adam
from nn.optim.optimizer import Optimizer
from nn.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
