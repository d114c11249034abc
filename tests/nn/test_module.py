"""The module tree: what is found, under which names, and what the state does."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import errors
from nn.errors import MissingForwardError, StateError


class Net(nn.Module):
    """Attributes, a list, a dict, a nested list, a shared layer, a bare parameter and a buffer."""

    def __init__(self):
        self.blocks = [nn.Linear(2, 3, generator=1), nn.Linear(3, 3, generator=2)]
        self.heads = {"a": nn.Linear(3, 1, generator=3), "b": (nn.Linear(3, 2, generator=4),)}
        self.scale = nn.Parameter(np.array([2.0], np.float32))
        self.again = self.blocks[1]
        self.nothing = None
        self.numbers = [1, 2, {"x": "y"}]
        self.register_buffer("mean", np.arange(3.0))
        self.register_buffer("scratch", np.zeros(2), persistent=False)
        self.register_buffer("count", 0)

    def forward(self, x):
        for block in self.blocks:
            x = nn.functional.relu(block(x))
        return self.heads["a"](x) * self.scale


PARAMETERS = [
    "scale",
    "blocks.0.weight",
    "blocks.0.bias",
    "blocks.1.weight",
    "blocks.1.bias",
    "heads.a.weight",
    "heads.a.bias",
    "heads.b.0.weight",
    "heads.b.0.bias",
]


def test_parameters_are_found_in_attributes_lists_and_dicts_and_listed_once():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == PARAMETERS
    assert len({id(p) for p in net.parameters()}) == len(PARAMETERS)
    assert [name for name, _ in net.named_parameters(recurse=False)] == ["scale"]


def test_modules_and_children_are_listed_once():
    net = Net()
    names = [name for name, _ in net.named_modules()]
    assert names == ["", "blocks.0", "blocks.1", "heads.a", "heads.b.0"]
    assert [name for name, _ in net.named_children()] == names[1:]
    everything = [name for name, _ in net.named_modules(remove_duplicate=False)]
    assert everything == [*names, "again"]
    assert next(iter(net.modules())) is net
    assert list(net.children()) == list(net.modules())[1:]


def test_a_shared_parameter_in_two_layers_is_listed_once_and_learns_from_both():
    one, two = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    two.weight = one.weight
    net = nn.Sequential(one, two).astype(np.float64)
    assert [name for name, _ in net.named_parameters()] == ["0.weight"]
    assert two.weight is one.weight
    assert list(net.state_dict()) == ["0.weight", "1.weight"]
    x, w = np.array([[1.0, -2.0]]), one.weight.numpy()
    net(x).backward(np.array([[1.0, 3.0]]))
    up = np.array([1.0, 3.0])
    expected = np.outer(up, w @ x[0]) + np.outer(w.T @ up, x[0])
    np.testing.assert_allclose(one.weight.grad, expected, rtol=1e-12)


def test_a_part_that_points_back_at_its_whole_is_no_part_of_itself():
    net = Net()
    net.blocks[0].owner = net
    assert len(list(net.modules())) == 5
    assert "blocks.0.weight" in net.state_dict()
    assert "..." in repr(net)


def test_parameters_are_named_by_their_longest_path():
    net = Net()
    layer = net.blocks[0]
    list(layer.named_parameters())
    assert layer.weight.name == "weight"
    net(np.zeros((1, 2)))
    assert layer.weight.name == "blocks.0.weight"
    list(layer.named_parameters())
    assert layer.weight.name == "blocks.0.weight"
    mine = nn.Linear(1, 1)
    mine.weight.name = "theta"
    list(nn.Sequential(mine).named_parameters())
    assert mine.weight.name == "theta"


def test_train_eval_and_evaluating_reach_every_module():
    net = Net()
    assert all(m.training for m in net.modules())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.heads["a"].train()
    with net.evaluating() as same:
        assert same is net
        assert not any(m.training for m in net.modules())
    with pytest.raises(KeyError), net.evaluating():
        {}["an error inside"]
    assert [m.training for m in net.modules()] == [False, False, False, True, False]
    assert net.train() is net
    assert all(m.training for m in net.modules())


def test_buffers_are_arrays_in_the_state_but_not_learned():
    net = Net()
    assert [name for name, _ in net.named_buffers()] == ["mean", "scratch", "count"]
    assert isinstance(net.mean, np.ndarray)
    state = net.state_dict()
    assert "mean" in state
    assert "count" in state
    assert "scratch" not in state
    net.mean += 1
    assert state["mean"].tolist() == [0.0, 1.0, 2.0]  # a copy
    net.load_state_dict(state)
    assert net.mean.tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(errors.OptionError, match="taken"):
        net.register_buffer("forward", 1.0)
    with pytest.raises(errors.OptionError, match="dot"):
        net.register_buffer("a.b", 1.0)
    net.register_buffer("mean", None)
    assert "mean" not in net.state_dict()
    assert len(list(net.buffers())) == 2


def test_zero_grad_and_freezing():
    net = Net()
    net(np.ones((4, 2))).sum().backward()
    assert net.blocks[0].weight.grad is not None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert net.requires_grad_(False) is net
    out = net(np.ones((4, 2)))
    assert not out.requires_grad
    net.requires_grad_()
    assert net(np.ones((4, 2))).requires_grad


def test_unfreezing_cannot_change_a_graph_that_read_the_weights_as_constants():
    layer = nn.Linear(2, 1, bias=False).astype(np.float64).requires_grad_(False)
    before = layer.weight.numpy()
    x = ag.Tensor(np.array([[1.0, 2.0]]), requires_grad=True)
    y = layer(x)
    layer.requires_grad_(True)
    layer.weight.overwrite()[...] = 100.0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, before)


def test_apply_visits_inner_modules_first():
    seen = []
    net = Net()
    assert net.apply(seen.append) is net
    assert seen[-1] is net
    assert set(seen) == set(net.modules())
    assert len(seen) == 5


def test_astype_converts_in_place_and_keeps_sharing():
    net = Net()
    weight = net.blocks[1].weight
    net(np.ones((1, 2))).sum().backward()
    grad = weight.grad.copy()
    assert net.astype(np.float64) is net
    assert weight is net.again.weight
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float64)}
    assert weight.grad.dtype == np.float64
    np.testing.assert_array_equal(weight.grad, grad)
    assert net.mean.dtype == np.float64
    assert net.astype("float32").mean.dtype == np.float32
    assert net.count.dtype.kind in "if"
    with pytest.raises(errors.OptionError, match="floating"):
        net.astype(int)


def test_layers_follow_the_default_dtype():
    assert nn.Linear(1, 1).weight.dtype == np.float32
    with ag.default_dtype(np.float64):
        assert nn.Conv2d(1, 1, 1).bias.dtype == np.float64


def test_hooks_see_and_replace():
    layer = nn.Linear(2, 1)
    seen = []
    first = layer.register_forward_pre_hook(lambda m, args: seen.append((m, args)))
    double = layer.register_forward_pre_hook(lambda m, args: args[0] * 2)
    after = layer.register_forward_hook(lambda m, args, out: out + 1)
    x = np.array([[1.0, 2.0]], np.float32)
    plain = layer.forward(x).numpy()
    twice = layer.forward(x * 2).numpy()
    np.testing.assert_array_equal(layer(x).numpy(), twice + 1)
    assert seen == [(layer, (x,))]
    double.remove()
    after.remove()
    first.remove()
    first.remove()  # a second time does nothing
    np.testing.assert_array_equal(layer(x).numpy(), plain)
    assert len(seen) == 1


def test_state_dict_round_trip_and_copies():
    net, other = Net(), Net()
    state = net.state_dict()
    assert list(state)[:2] == ["scale", "mean"]
    assert all(type(a) is np.ndarray for a in state.values())
    other.apply(lambda m: [p.overwrite().fill(7) for p in m.parameters()])
    result = other.load_state_dict(state)
    assert result == ([], [])
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, state[name])
    state["scale"][...] = 99.0
    assert net.scale.item() == 2.0
    assert other.scale.item() == 2.0


def test_state_dict_takes_tensors_and_keeps_dtypes():
    a, b = nn.Linear(2, 2).astype(np.float64), nn.Linear(2, 2)
    b.load_state_dict({name: ag.Tensor(x) for name, x in a.state_dict().items()})
    assert b.weight.dtype == np.float32
    np.testing.assert_allclose(b.weight.numpy(), a.weight.numpy(), rtol=1e-6)
    b.load_state_dict(dict(a.named_parameters()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("blocks.0.bias"), ["missing: blocks.0.bias"]),
        (lambda s: s.update(extra=np.zeros(1)), ["unexpected: extra"]),
        (lambda s: s.update(scale=np.zeros(2)), ["scale has shape (2,), expected (1,)"]),
        (lambda s: s.update(scale="text"), ["scale is not an array of real numbers"]),
        (lambda s: s.update(scale=[[1], [1, 2]]), ["scale is not an array of real numbers"]),
        (lambda s: s.update(scale=np.array([1j])), ["scale is not an array of real numbers"]),
        (
            lambda s: (s.pop("scale"), s.update(a=1, mean=np.zeros(4))),
            ["missing: scale", "unexpected: a", "mean has shape (4,), expected (3,)"],
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, words):
    net = Net()
    before = net.state_dict()
    state = {name: array + 1 for name, array in before.items()}
    change(state)
    with pytest.raises(StateError) as caught:
        net.load_state_dict(state)
    assert all(word in str(caught.value) for word in words)
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_state_can_be_loaded_in_part():
    net = Net()
    result = net.load_state_dict({"scale": [5.0], "new": 1}, strict=False)
    assert net.scale.item() == 5.0
    assert result.unexpected_keys == ["new"]
    assert "blocks.0.weight" in result.missing_keys
    with pytest.raises(StateError, match="shape"):
        net.load_state_dict({"scale": [5.0, 6.0]}, strict=False)
    with pytest.raises(StateError, match="dict of arrays"):
        net.load_state_dict([1, 2])


def test_loading_between_forward_and_backward_is_noticed():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    state = net.state_dict()
    y = net(np.ones((1, 2))).sum()
    net.load_state_dict(state)
    with pytest.raises(errors.ChangedError):
        y.backward()


def test_deepcopy_is_independent():
    net = Net()
    twin = copy.deepcopy(net)
    assert twin.again is twin.blocks[1]
    twin.scale.overwrite()[...] = 3.0
    assert net.scale.item() == 2.0
    assert isinstance(twin.scale, nn.Parameter)
    assert twin.scale.requires_grad


def test_repr_is_nested():
    assert repr(Net()) == (
        "Net(\n"
        "  (blocks.0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (blocks.1): Linear(in_features=3, out_features=3, bias=True)\n"
        "  (heads.a): Linear(in_features=3, out_features=1, bias=True)\n"
        "  (heads.b.0): Linear(in_features=3, out_features=2, bias=True)\n"
        ")"
    )
    nested = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
    assert repr(nested) == (
        "Sequential(\n  (0): Sequential(\n    (0): ReLU()\n  )\n  (1): Tanh()\n)"
    )


def test_a_module_without_forward_says_so():
    class Empty(nn.Module):
        pass

    with pytest.raises(MissingForwardError, match="Empty"):
        Empty()(1)


def test_parameter_is_a_leaf_whose_results_are_ordinary_tensors():
    w = nn.Parameter([1.0, 2.0], name="w")
    assert w.requires_grad
    assert type(w * 2) is ag.Tensor
    assert not nn.Parameter([1.0], requires_grad=False).requires_grad
    with pytest.raises(errors.DTypeError):
        nn.Parameter(np.array([1, 2]))
    w.become(np.zeros(3, np.float32))
    assert w.shape == (3,)
    assert w.dtype == np.float32


# --- Sequential -----------------------------------------------------------------------------------


def test_sequential_indexes_slices_and_appends():
    a, b, c = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)
    net = nn.Sequential(a, b)
    assert net.append(c) is net
    assert len(net) == 3
    assert list(net) == [a, b, c]
    assert net[0] is a
    assert net[-1] is c
    part = net[1:]
    assert isinstance(part, nn.Sequential)
    assert list(part) == [b, c]
    assert part[1].weight is c.weight
    part.append(nn.Tanh())
    assert len(part) == 3
    assert len(net) == 3
    net[1] = nn.Tanh()
    assert isinstance(net[1], nn.Tanh)
    assert [name for name, _ in net.named_children()] == ["0", "1", "2"]
    assert len(nn.Sequential()) == 0
    assert nn.Sequential()(3.0) == 3.0


def test_sequential_takes_names():
    net = nn.Sequential({"fc": nn.Linear(2, 1), "act": nn.Sigmoid()})
    assert list(net.state_dict()) == ["fc.weight", "fc.bias"]
    assert net.fc is net[0]
    assert list(net[:1].state_dict()) == ["fc.weight", "fc.bias"]


@pytest.mark.parametrize("name", ["forward", "a.b", "", "append", 3])
def test_sequential_refuses_names_that_are_taken(name):
    with pytest.raises(errors.OptionError):
        nn.Sequential({name: nn.ReLU()})


def test_sequential_refuses_what_is_no_layer():
    with pytest.raises(errors.DTypeError, match="Modules"):
        nn.Sequential(nn.ReLU(), np.tanh)
    net = nn.Sequential(nn.ReLU())
    with pytest.raises(errors.DTypeError):
        net.append(3)
    with pytest.raises(errors.DTypeError):
        net[0] = None
    for index in (1, -2, "0"):
        with pytest.raises(IndexError, match="no layer"):
            net[index]


# --- against PyTorch ------------------------------------------------------------------------------


def test_state_names_and_order_are_those_of_pytorch():
    torch = pytest.importorskip("torch")

    def build(layers):
        return layers.Sequential(
            layers.Conv2d(1, 4, 3),
            layers.ReLU(),
            layers.MaxPool2d(2),
            layers.Flatten(),
            layers.Sequential(layers.Linear(36, 8), layers.Tanh(), layers.Linear(8, 3, bias=False)),
        )

    mine, theirs = build(nn), build(torch.nn)
    state = theirs.state_dict()
    assert list(mine.state_dict()) == list(state)
    mine.load_state_dict({name: array.numpy() for name, array in state.items()})
    x = np.random.default_rng(0).standard_normal((5, 1, 8, 8)).astype(np.float32)
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(mine(x).numpy(), expected, rtol=1e-5, atol=1e-6)
