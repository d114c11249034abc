"""Optimisers and schedules, with PyTorch's names, arguments, defaults and update rules."""

from nn.optim import problems
from nn.optim.adam import Adam, AdamW
from nn.optim.adam_family import Adamax, NAdam, RAdam
from nn.optim.adaptive import Adadelta, Adagrad, RMSprop
from nn.optim.asgd import ASGD
from nn.optim.clip import clip_grad_norm_, clip_grad_value_, get_total_norm
from nn.optim.comparing import compare
from nn.optim.compound import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from nn.optim.cyclic import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from nn.optim.lbfgs import LBFGS
from nn.optim.optimizer import Optimizer
from nn.optim.rprop import Rprop
from nn.optim.schedule import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from nn.optim.scheduler import LRScheduler
from nn.optim.sgd import SGD
from nn.optim.sparse_adam import SparseAdam

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "NAdam",
    "OneCycleLR",
    "Optimizer",
    "PolynomialLR",
    "RAdam",
    "RMSprop",
    "ReduceLROnPlateau",
    "Rprop",
    "SequentialLR",
    "SparseAdam",
    "StepLR",
    "clip_grad_norm_",
    "clip_grad_value_",
    "compare",
    "get_total_norm",
    "problems",
]
