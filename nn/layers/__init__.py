"""Layers, with PyTorch's names, arguments, defaults, parameter names and starting values."""

from nn.layers.activation import ReLU, Sigmoid, Tanh
from nn.layers.container import Sequential
from nn.layers.conv import Conv2d
from nn.layers.linear import Linear
from nn.layers.pool import AvgPool2d, MaxPool2d
from nn.layers.shape import Flatten

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Flatten",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
