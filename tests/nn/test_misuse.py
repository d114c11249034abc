"""Mistakes with layers, loops and files, and the sentences that answer them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import Tensor, Value, errors

X = np.linspace(-1.0, 1.0, 8).reshape(4, 2)
Y = np.arange(4) % 3


def layer():
    return nn.Linear(2, 3, generator=0)


def says(*parts):
    return ".*".join(map(re.escape, parts))


# --- modules --------------------------------------------------------------------------------------


def test_an_array_does_not_take_the_place_of_a_parameter():
    net = layer()
    with pytest.raises(errors.DTypeError, match=says("Linear.weight", ".data", "nn.Parameter")):
        net.weight = np.ones((3, 2))
    net.weight.data = np.ones((3, 2))
    net.bias = None
    assert [name for name, _ in net.named_parameters()] == ["weight"]
    net.extra = np.ones(2)  # an array in an attribute of its own is one
    net.weight = nn.Parameter(np.zeros((5, 2)))
    assert net(X).shape == (4, 5)


@pytest.mark.parametrize("name", ["parameters", "train", "children", "forward"])
def test_a_member_does_not_hide_a_method(name):
    net = nn.Module()
    for member in ([layer()], layer(), 3):
        with pytest.raises(errors.OptionError, match=says(f"Module.{name} is a method")):
            setattr(net, name, member)
    setattr(net, name, lambda *args: 7)  # a function may take its place
    assert getattr(net, name)() == 7


def test_layers_in_a_set_have_no_names():
    net = nn.Module()
    net.parts = {layer()}
    with pytest.raises(errors.DTypeError, match=r"parts: a set.*use a list"):
        list(net.parameters())
    net.parts = {1, 2}
    assert not list(net.parameters())


def test_two_things_of_one_name_are_not_saved_as_one():
    net = nn.Module()
    net.parts = {1: layer(), "1": layer()}
    for look in (net.state_dict, lambda: net.load_state_dict({})):
        with pytest.raises(errors.OptionError, match=says("'parts.1.weight'", "other names")):
            look()
    net.parts = {1: layer(), "2": layer()}
    assert len(net.state_dict()) == 4


@pytest.mark.parametrize("mode", ["eval", "False", None, 2])
def test_a_mode_is_a_bool(mode):
    net = layer()
    with pytest.raises(errors.OptionError, match="mode must be True or False"):
        net.train(mode)
    with pytest.raises(errors.OptionError, match="requires_grad_: "):
        net.requires_grad_(mode)
    assert net.training
    assert net.weight.requires_grad


def test_other_odd_arguments_of_modules():
    with pytest.raises(errors.DTypeError, match=r"dtype of real numbers.*'float33'"):
        layer().astype("float33")
    with pytest.raises(errors.OptionError, match="hook must be a function, got 3"):
        layer().register_forward_hook(3)
    with pytest.raises(errors.OptionError, match="3 cannot be the name"):
        layer().register_buffer(3, X)


def test_layers_that_are_none():
    for wrong, advice in (
        ([nn.ReLU()], "Sequential(*layers)"),
        (nn.ReLU, "ReLU(...)"),
        (lambda x: x, "forward of a Module of your own"),
    ):
        with pytest.raises(errors.DTypeError, match=says("expected layers", advice)):
            nn.Sequential(wrong)
    with pytest.raises(errors.DTypeError, match=r"got None$"):
        nn.Sequential(None)


def test_a_state_is_not_handed_to_the_next_layer():
    net = nn.Sequential(nn.LSTM(2, 3), nn.Linear(3, 1))
    with pytest.raises(errors.DTypeError, match=says("tuple of 2", "(output, state)")):
        net(np.zeros((4, 1, 2)))


# --- optimisers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [nn.optim.SGD, nn.optim.Adam, nn.optim.LBFGS])
def test_an_option_set_beside_its_group_is_refused(kind):
    optimiser = kind(layer().parameters(), lr=0.1)
    with pytest.raises(errors.OptionError, match=says("lr belongs to the groups", "group['lr']")):
        optimiser.lr = 0.5
    optimiser.param_groups[0]["lr"] = 0.5
    optimiser.note = "of one's own"


def test_values_without_a_gradient_stay():
    v, w = Value(3.0), Value(2.0)
    optimiser = nn.optim.SGD([v, w], lr=0.5)
    (v * 2.0).backward()
    w.grad = None
    optimiser.step()
    assert (v.data, w.data) == (2.0, 2.0)


# --- data and training ----------------------------------------------------------------------------


def test_samples_one_by_one_are_no_data():
    for samples in ([(X[i], Y[i]) for i in range(4)], [{"x": X[0]}]):
        with pytest.raises(errors.DTypeError, match=says("list of samples", "np.stack")):
            nn.DataLoader(samples)
    assert len(nn.DataLoader([(1, 2), (3, 4)])) == 2  # a table


@pytest.mark.parametrize(
    ("argument", "wrong", "expected"),
    [
        ("data", None, "a DataLoader"),
        ("data", 3, "a DataLoader"),
        ("validation", 3, "a DataLoader"),
        ("loss", "mse", "function of (output, target)"),
        ("loss", None, "function of (output, target)"),
        ("loss", nn.CrossEntropyLoss, "with its parentheses"),
        ("optimiser", None, "an optimiser"),
        ("optimiser", nn.optim.SGD, "an optimiser"),
        ("schedule", "step", "a schedule"),
        ("schedule", nn.optim.StepLR, "a schedule"),
        ("metrics", nn.accuracy, "a list or dict"),
        ("callbacks", print, "a list"),
        ("history", "old", "earlier fit"),
    ],
)
def test_what_fit_does_not_take(argument, wrong, expected):
    net = layer()
    good = {
        "model": net,
        "data": (X, Y),
        "loss": nn.CrossEntropyLoss(),
        "optimiser": nn.optim.SGD(net.parameters(), lr=0.1),
    }
    assert len(nn.fit(**good, epochs=1, progress=False)["loss"]) == 1
    with pytest.raises(errors.OptionError, match=says("fit: ", "must be", expected)):
        nn.fit(**{**good, argument: wrong}, epochs=1, progress=False)


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [None, 3, "", Path("/"), ["a"]])
def test_what_is_no_path(path):
    with pytest.raises(errors.OptionError, match="save: path must be the name of a file"):
        nn.save(layer(), path)


@pytest.mark.parametrize("path", [None, 3, ["a"]])
def test_what_cannot_be_read_from(path):
    for load in (nn.load, lambda net, path: nn.load_checkpoint(path, model=net)):
        with pytest.raises(errors.OptionError, match="load: path must be the name of a file"):
            load(layer(), path)


def test_a_state_may_hold_tensors():
    net, state = layer(), layer().state_dict()
    net.load_state_dict({name: Tensor(array + 1.0) for name, array in state.items()})
    assert np.array_equal(net.weight.numpy(), state["weight"] + 1.0)
