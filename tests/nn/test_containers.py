"""ModuleList and ModuleDict: parts are found, named and numbered as in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import nn
from autograd import errors
from nn.layers.container import ModuleDict, ModuleList


def linears(*sizes):
    return [nn.Linear(2, n, generator=n) for n in sizes]


def test_a_list_has_the_names_and_the_order_of_pytorchs():
    torch = pytest.importorskip("torch")
    theirs = torch.nn.ModuleList([torch.nn.Linear(2, n) for n in (3, 4)])
    theirs.append(torch.nn.Linear(2, 5))
    theirs.insert(1, torch.nn.Linear(2, 6))
    ours = ModuleList(linears(3, 4)).append(linears(5)[0])
    ours.insert(1, linears(6)[0])
    assert {n: p.shape for n, p in ours.named_parameters()} == {
        n: tuple(p.shape) for n, p in theirs.named_parameters()
    }


def test_a_list_is_indexed_sliced_and_extended():
    first, second, third = linears(3, 4, 5)
    layers = ModuleList([first]).extend([second])
    layers[0] = third
    assert list(layers) == [third, second]
    assert layers[-1] is second
    assert isinstance(layers[1:], ModuleList)
    assert list(layers[1:]) == [second]
    with pytest.raises(errors.IndexingError):
        layers[2]


def test_a_dict_keeps_modules_by_name():
    first, second, third = linears(3, 4, 5)
    parts = ModuleDict({"a": first, "b": second})
    parts["a"] = third
    assert list(parts) == ["b", "a"] == list(parts.keys())
    assert list(parts.values()) == [second, third]
    assert parts.pop("b") is second
    assert "b" not in parts
    assert len(parts) == 1
    with pytest.raises(errors.IndexingError, match="'c'"):
        parts["c"]


@pytest.mark.parametrize("wrong", ["a.b", "", "forward", 3])
def test_names_that_cannot_be(wrong):
    with pytest.raises(errors.OptionError):
        ModuleDict({wrong: nn.ReLU()})


def test_what_is_no_module():
    with pytest.raises(errors.DTypeError):
        ModuleList([np.ones(2)])
    with pytest.raises(errors.DTypeError):
        ModuleDict({"a": 3})
