"""Networks of scalars: the same numbers and gradients as the array layers."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, errors
from autograd.viz import trace, why
from nn.scalar import MLP, Layer, Neuron

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "linear": None}


def arrays_like(net: MLP) -> nn.Sequential:
    with ag.default_dtype(np.float64):
        layers = []
        for layer in net.layers:
            layers.append(nn.Linear(layer.n_in, layer.n_out))
            if ACTIVATIONS[layer.activation] is not None:
                layers.append(ACTIVATIONS[layer.activation]())
        return nn.Sequential(*layers)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [[4, 3, 2], [5, 1], [3]])
def test_scalars_and_arrays_agree_in_outputs_and_gradients(activation, sizes, rng):
    net = MLP(2, sizes, activation, generator=3)
    arrays = arrays_like(net)
    net.copy_to(arrays)
    for _ in range(3):
        x, upstream = rng.standard_normal(2), rng.standard_normal(sizes[-1])
        inputs = [Value(v) for v in x]
        net.zero_grad()
        out = net(inputs)
        outs = out if isinstance(out, list) else [out]
        ag.dot(outs, upstream.tolist()).backward()
        leaf = ag.Tensor(x[None], requires_grad=True)
        arrays.zero_grad()
        batch = arrays(leaf)
        batch.backward(upstream[None])
        np.testing.assert_allclose([o.data for o in outs], batch.numpy()[0], rtol=1e-12)
        np.testing.assert_allclose([v.grad for v in inputs], leaf.grad[0], rtol=1e-11, atol=1e-15)
        linears = [layer for layer in arrays if isinstance(layer, nn.Linear)]
        for layer, linear in zip(net.layers, linears, strict=True):
            weights = [[w.grad for w in neuron.weights] for neuron in layer.neurons]
            biases = [neuron.bias.grad for neuron in layer.neurons]
            np.testing.assert_allclose(weights, linear.weight.grad, rtol=1e-11, atol=1e-15)
            np.testing.assert_allclose(biases, linear.bias.grad, rtol=1e-11, atol=1e-15)


def test_training_steps_stay_equal(rng):
    net = MLP(2, [4, 1], "tanh", generator=0)
    arrays = arrays_like(net)
    net.copy_to(arrays)
    x, y = rng.standard_normal((6, 2)), rng.standard_normal(6)
    scalars = nn.optim.Adam(net.parameters(), lr=0.05)
    tensors = nn.optim.Adam(arrays.parameters(), lr=0.05)
    for _ in range(10):
        scalars.zero_grad()
        squares = [(net(row) - t) ** 2 for row, t in zip(x.tolist(), y.tolist(), strict=True)]
        loss = ag.total(squares) * (1 / len(y))
        loss.backward()
        scalars.step()
        tensors.zero_grad()
        batch = nn.functional.mse_loss(arrays(x), y[:, None])
        batch.backward()
        tensors.step()
        assert loss.data == pytest.approx(batch.item(), rel=1e-10)
    twin = MLP(2, [4, 1], "tanh")
    twin.copy_from(arrays)
    mine, theirs = ([p.data for p in n.parameters()] for n in (net, twin))
    np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_copy_there_and_back_is_exact():
    net, other = MLP(3, [4, 2], generator=1), MLP(3, [4, 2], generator=2)
    arrays = arrays_like(net)
    net.copy_to(arrays)
    other.copy_from(arrays)
    assert [p.data for p in net.parameters()] == [p.data for p in other.parameters()]
    assert all(type(p.data) is float for p in other.parameters())


@pytest.mark.parametrize(
    "wrong",
    [
        nn.Sequential(nn.Linear(2, 3), nn.ReLU()),
        nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)),
        nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, bias=False)),
        nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)),
        nn.Linear(2, 1),
        None,
    ],
)
def test_another_architecture_is_refused_and_nothing_changes(wrong):
    net = MLP(2, [3, 1], generator=0)
    before = [p.data for p in net.parameters()]
    for take in (net.copy_to, net.copy_from):
        with pytest.raises(errors.ShapeError, match=r"Linear\(2, 3\), ReLU\(\), Linear\(3, 1\)"):
            take(wrong)
    assert [p.data for p in net.parameters()] == before


def test_names_parameters_and_repr():
    net = MLP(2, [16, 16, 1], generator=0)
    names = [name for name, _ in net.named_parameters()]
    assert len(names) == len(set(names)) == len(net.parameters()) == 337
    assert names[2] == "layers.0.neurons.0.bias"
    assert net.layers[0].neurons[0].bias.name == names[2]
    assert repr(net) == "MLP(2, [16, 16, 1], activation='relu')"
    assert [layer.activation for layer in net.layers] == ["relu", "relu", "linear"]


def test_few_nodes_stand_for_a_neuron():
    """dot, add, activation: not one node per weight."""
    out = Neuron(50, "tanh", generator=0)([0.1] * 50)
    nodes, todo = set(), [out]
    while todo:
        node = todo.pop()
        if node is not None and node.op is not None and node not in nodes:
            nodes.add(node)
            todo.extend(node.parents)
    assert len(nodes) == 3


def test_inputs_may_be_floats_values_or_arrays():
    net = MLP(2, [3, 1], generator=0)
    expected = net([0.5, -1.0]).data
    assert net([Value(0.5), Value(-1.0)]).data == expected
    assert net((0.5, Value(-1.0))).data == expected
    assert net(np.array([0.5, -1.0])).data == pytest.approx(expected)
    assert isinstance(Layer(2, 2)([1.0, 2.0]), list)
    assert isinstance(MLP(2, [2])([1.0, 2.0]), list)


def test_seeds_repeat_and_the_range_is_that_of_linear():
    a, b = MLP(4, [8, 2], generator=5), MLP(4, [8, 2], generator=np.random.default_rng(5))
    assert [p.data for p in a.parameters()] == [p.data for p in b.parameters()]
    assert [p.data for p in a.parameters()] != [p.data for p in MLP(4, [8, 2]).parameters()]
    assert max(abs(p.data) for p in Neuron(400, generator=0).parameters()) <= 0.05


def test_bad_arguments_are_refused():
    for make in (
        lambda: Neuron(0),
        lambda: Neuron(2, "swish"),
        lambda: Layer(2, 0),
        lambda: MLP(2, []),
        lambda: MLP(2, 3),
        lambda: MLP(2, [3, 0]),
    ):
        with pytest.raises(errors.OptionError):
            make()
    with pytest.raises(errors.ShapeError, match=r"Neuron\(2, 'relu'\).*\(2,\).*\(3,\)"):
        MLP(2, [3, 1])([1.0, 2.0, 3.0])


def test_pictures_know_weights_and_inputs_apart():
    net = MLP(2, [2, 1], generator=0)
    x = Value(1.0, name="x")
    for each in (net, copy.deepcopy(net)):
        out = each([x, -2.0])
        kinds = {item.name: item.kind for item in trace(out, names={}).items}
        weights = {name for name, kind in kinds.items() if kind == "parameter"}
        assert weights == {name for name, _ in net.named_parameters()}
        assert len(weights) == 9
        assert kinds["x"] == "input"
        out.backward()
        assert "-2, a parameter" not in str(why(x))
        assert ", a parameter." in str(why(each.layers[0].neurons[1].bias, names={}))


def test_a_neuron_alone_has_short_names():
    assert repr(Neuron(1, generator=0).bias).endswith("name='bias')")
    names = [p.name for p in Layer(1, 2, generator=0).parameters()]
    assert names == [
        "neurons.0.weights.0",
        "neurons.0.bias",
        "neurons.1.weights.0",
        "neurons.1.bias",
    ]


def test_only_nodes_are_parameters():
    with pytest.raises(errors.DTypeError, match="what is learned must be a Value"):
        ag.as_parameter(3.0)
