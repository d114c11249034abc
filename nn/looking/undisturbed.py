"""Looking at a model without leaving a trace: for summaries and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from nn.module import Module


@contextmanager
def left_alone(model: Module) -> Iterator[None]:
    """In here `model` evaluates; afterwards mode, buffers and generators are as they were.

    >>> import nn
    >>> net = nn.Linear(2, 1)
    >>> with left_alone(net):
    ...     net.training
    False
    >>> net.training
    True
    """
    buffers = [
        (module, name, array, array.copy())
        for module in model.modules()
        for name, array in module.named_buffers(recurse=False)
    ]
    generators = [
        (thing.bit_generator, thing.bit_generator.state)
        for module in model.modules()
        for thing in vars(module).values()
        if isinstance(thing, np.random.Generator)
    ]
    try:
        with model.evaluating():
            yield
    finally:
        for module, name, array, numbers in buffers:
            if array.flags.writeable:
                array[...] = numbers
            setattr(module, name, array)
        for bits, state in generators:
            bits.state = state
