"""The decided questions of the design, one test per row, in scalars and arrays where both apply."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value

G = 0.7  # an upstream gradient that is not 1


def slopes(f, *xs, upstream=G):
    """The gradients of `f` at numbers, once as Values and once as arrays; they must agree."""
    nodes = [Value(x) for x in xs]
    f(*nodes).backward(upstream)
    arrays = [Tensor([x, x], requires_grad=True) for x in xs]
    f(*arrays).backward([upstream, upstream])
    for node, array in zip(nodes, arrays, strict=True):
        np.testing.assert_array_equal(array.grad, [node.grad, node.grad])
    return [node.grad for node in nodes]


def leaf(data):
    return Tensor(data, requires_grad=True)


def test_ties_go_to_the_first_or_are_split():
    assert slopes(ag.maximum, 2.0, 2.0) == [G, 0.0]
    assert slopes(ag.minimum, 2.0, 2.0) == [G, 0.0]
    assert slopes(lambda x, y: ag.maximum(x, y, ties="split"), 2.0, 2.0) == [G / 2, G / 2]
    for ties, expected in (("first", [0.0, G, 0.0, 0.0]), ("split", [0.0, G / 2, G / 2, 0.0])):
        many = [Value(x) for x in (1.0, 3.0, 3.0, 2.0)]
        ag.max(*many, ties=ties).backward(G)
        assert [v.grad for v in many] == expected
        x = leaf([1.0, 3.0, 3.0, 2.0])
        ag.max(x, ties=ties).backward(G)
        assert x.grad.tolist() == expected
        image = leaf([[[[1.0, 3.0], [3.0, 2.0]]]])
        ag.max_pool2d(image, 2, ties=ties).backward([[[[G]]]])
        assert image.grad.ravel().tolist() == expected


def test_relu_abs_and_sign_are_flat_at_zero():
    for f in (ag.relu, ag.abs, ag.sign):
        assert slopes(f, 0.0) == [0.0]
    assert slopes(lambda x: ag.maximum(0.0, x), 0.0) == [0.0]


def test_clip_passes_at_its_bounds():
    for x, expected in ((-1.0, G), (2.0, G), (0.5, G), (-1.5, 0.0), (2.5, 0.0)):
        assert slopes(lambda x: ag.clip(x, -1.0, 2.0), x) == [expected]


def test_norm_std_and_sqrt_of_a_sum_at_zero():
    for f in (ag.norm, ag.std, lambda x: ag.sqrt((x * x).sum())):
        x = leaf(np.zeros(3))
        f(x).backward(G)
        assert x.grad.tolist() == [0.0, 0.0, 0.0]
    v = Value(0.0)
    ag.sqrt(v * v).backward()
    assert v.grad == 0.0


def test_the_first_nan_takes_the_gradient_of_a_maximum():
    nan = float("nan")
    assert slopes(ag.maximum, nan, 1.0) == [G, 0.0]
    assert slopes(ag.maximum, 1.0, nan) == [0.0, G]
    assert slopes(ag.maximum, nan, nan) == [G, 0.0]
    x = leaf([1.0, nan, 5.0, nan])
    y = x.max()
    y.backward(G)
    assert np.isnan(y.data)
    assert x.grad.tolist() == [0.0, G, 0.0, 0.0]


def test_pooling_over_padding_and_minus_infinity():
    x = leaf(-np.ones((1, 1, 2, 2)))
    y = ag.max_pool2d(x, 2, padding=1)
    y.backward(np.full(y.shape, G))
    assert y.data.tolist() == [[[[-1.0, -1.0], [-1.0, -1.0]]]]
    assert x.grad.ravel().tolist() == [G] * 4
    low = leaf(np.full((1, 1, 2, 2), -np.inf))
    ag.max_pool2d(low, 2).backward([[[[G]]]])
    assert low.grad.ravel().tolist() == [G, 0.0, 0.0, 0.0]


def test_overlapping_windows_add_and_unread_cells_get_zero():
    x = leaf(np.array([[0.0, 0, 0], [0, 9, 0], [0, 0, 0]])[None, None])
    y = ag.max_pool2d(x, 3, stride=1, padding=1)
    y.backward(np.ones(y.shape))
    assert x.grad[0, 0].tolist() == [[0, 0, 0], [0, 9, 0], [0, 0, 0]]
    ragged = leaf(np.arange(9.0).reshape(1, 1, 3, 3))
    ag.max_pool2d(ragged, 2).backward([[[[G]]]])
    assert ragged.grad[0, 0].tolist() == [[0, 0, 0], [0, G, 0], [0, 0, 0]]
    assert ag.max_pool2d(ragged, 2, ceil_mode=True).shape == (1, 1, 2, 2)


def test_convolution_does_not_flip_its_kernel():
    x = Tensor(np.arange(4.0).reshape(1, 1, 2, 2))
    assert ag.conv2d(x, np.array([[[[1.0, 2.0], [3.0, 4.0]]]])).item() == 0 + 2 + 6 + 12


def test_backward_from_many_numbers_wants_an_upstream():
    x = leaf([1.0, 2.0, 3.0])
    with pytest.raises(ag.GradientError, match=r"\(3,\)"):
        (x * 2.0).backward()
    (x * 2.0).backward([2, 3, 6])
    assert x.grad.tolist() == [4.0, 6.0, 12.0]


@pytest.mark.parametrize("make", [Value, lambda x: leaf(float(x))])
def test_leaves_add_up_and_other_nodes_show_the_latest_pass(make):
    x = make(3.0)
    h = x * x
    y = h * 2.0
    y.backward()
    y.backward()
    assert (float(x.grad), float(h.grad)) == (24.0, 2.0)


@pytest.mark.parametrize("make", [Value, lambda x: leaf(float(x))])
def test_free_lets_go_of_graph_and_gradients(make):
    x = make(3.0)
    h = x * x
    y = h * 2.0
    y.backward(free=True)
    assert float(x.grad) == 12.0
    assert h.op.name == "freed"
    assert not h.grad
    with pytest.raises(ag.GradientError, match="free"):
        y.backward()


def test_a_view_counts_as_its_base():
    for view in (lambda t: t.reshape(2, 1), lambda t: t[::-1], lambda t: t.T):
        x = leaf([1.0, 2.0])
        y = (view(x) * view(x)).sum()
        x.overwrite()[...] = 9.0
        with pytest.raises(ag.ChangedError):
            y.backward()


def test_making_nodes():
    assert type(Value(2).data) is float
    array = np.ones(2)
    copied, shared = Tensor(array), ag.as_tensor(array)
    array[0] = 5.0
    assert (copied.data[0], shared.data[0]) == (1.0, 5.0)
    assert not copied.requires_grad
    assert nn.Parameter(array).requires_grad
    with pytest.raises(ag.GradientError, match="requires_grad=True"):
        (copied * 2.0).sum().backward()


def test_recording_is_per_thread_and_a_value_records_always():
    x, v = leaf([1.0]), Value(1.0)
    elsewhere = []
    with ag.no_grad():
        assert not (x * 2.0).requires_grad
        assert (v * 2.0).op is not None
        thread = threading.Thread(target=lambda: elsewhere.append((x * 2.0).requires_grad))
        thread.start()
        thread.join()
    assert elsewhere == [True]

    @ag.no_grad()
    def decorated():
        return x * 2.0

    assert not decorated().requires_grad


def test_dtypes():
    x = leaf(np.ones(2, np.float32))
    y = (2 * x + 1.0).sum()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32
    assert Tensor([1, 2]).dtype == np.float64
    with pytest.raises(ag.DTypeError, match="floating-point"):
        leaf(np.arange(2))
    assert nn.Linear(2, 1).weight.dtype == np.float32
    with ag.default_dtype(np.float64):
        assert nn.Linear(2, 1).weight.dtype == np.float64


def test_an_array_that_a_graph_needs_does_not_change_silently():
    x = leaf([1.0, 2.0])
    y = x * x
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 7.0
    z = y.sum()
    x.data[0] = 50.0
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    w = leaf([1.0, 2.0])
    loss = (w * w).sum()
    w.grad = np.ones(2)
    nn.optim.SGD([w], lr=0.1).step()
    with pytest.raises(ag.ChangedError, match="multiply"):
        loss.backward()


def test_equality():
    a, b = Value(1.0), Value(1.0)
    assert a != b
    assert len({a, b}) == 2
    t = Tensor([1.0, 2.0])
    assert (t == [1.0, 3.0]).tolist() == [True, False]
    assert type(t == t) is np.ndarray
    assert hash(t) == object.__hash__(t)


def test_numpys_functions_keep_the_gradient_or_raise():
    x = leaf([1.0, 2.0])
    np.concatenate([np.exp(x), np.ones(1)]).backward([1.0, 2.0, 3.0])
    np.testing.assert_allclose(x.grad, np.exp([1.0, 2.0]) * [1.0, 2.0])
    with pytest.raises(ag.GradientError, match=r"numpy\.sort_complex"):
        np.sort_complex(x)
    with pytest.raises(ag.GradientError):
        np.array([x, x])


def test_scalars_and_arrays_in_one_graph():
    v, t = Value(3.0), leaf([1.0, 2.0])
    out = (v * t).sum().value() * v
    out.backward()
    assert v.grad == 2 * 3.0 * 3.0
    assert t.grad.tolist() == [9.0, 9.0]
    stacked = ag.stack([v, 2.0])
    assert isinstance(stacked, Tensor)


def test_derivatives_as_functions_and_of_graphs():
    assert ag.grad(lambda x: x**3)(2.0) == 12.0
    x = Value(2.0)
    (first,) = ag.gradients(x**3, [x], create_graph=True)
    assert ag.gradients(first, [x]) == [12.0]
    assert x.grad == 0.0


def test_randomness_is_seeded_and_leaves_numpys_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # that is what must not change
    one, two = nn.Linear(3, 2, generator=5), nn.Linear(3, 2, generator=np.random.default_rng(5))
    np.testing.assert_array_equal(one.weight.data, two.weight.data)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_the_collector_is_paused_only_where_one_says_so():
    assert gc.isenabled()
    with ag.paused_gc():
        assert not gc.isenabled()
    assert gc.isenabled()
