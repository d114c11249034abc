"""Mistakes that people make, and that get a sentence; and odd uses that are none."""

from __future__ import annotations

import copy
import pickle
import re

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value, errors, grad, gradcheck, no_grad, operation


def leaf(*shape):
    return Tensor(np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape), requires_grad=True)


def says(*parts):
    return ".*".join(map(re.escape, parts))


# --- showing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Value, Tensor, lambda x: Tensor([[x]]), lambda x: leaf() * x])
def test_a_single_number_takes_the_formats_of_a_float(make):
    node = make(2.34567)
    assert f"{node:.2f}" == "2.35"
    assert f"{node:+10.1e}|" == "  +2.3e+00|"
    assert f"{node}" == str(node) == format(node)
    with pytest.raises(ValueError, match="Unknown format code"):
        format(node, "q")


def test_several_numbers_take_none():
    with pytest.raises(errors.ShapeError, match=says("'.2f' is for one number", "(2, 3)", "sum")):
        format(leaf(2, 3), ".2f")
    assert f"{Tensor([1.0, 2.0])}" == "Tensor([1., 2.])"


# --- making ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", [np.float32, "yes", None, [True]])
def test_requires_grad_is_no_dtype(flag):
    with pytest.raises(
        errors.DTypeError, match=r"requires_grad must be True or False.*dtype=numpy"
    ):
        Tensor([1.0], flag)


@pytest.mark.parametrize("flag", [True, 1, np.True_])
def test_requires_grad_takes_what_is_true(flag):
    assert Tensor([1.0], flag).requires_grad is True


def test_a_mask_is_not_dropped():
    data = np.ma.masked_array([1.0, 2.0], [True, False])
    with pytest.raises(errors.DTypeError, match=r"no mask.*filled.*compressed"):
        Tensor(data)
    assert Tensor(data.filled(0.0)).numpy().tolist() == [0.0, 2.0]
    assert Tensor(data.compressed()).numpy().tolist() == [2.0]


@pytest.mark.parametrize("make", [Value, Tensor])
def test_a_name_is_a_text(make):
    with pytest.raises(errors.DTypeError, match=r"name: expected a text.*3"):
        make(1.0, name=3)
    x = make(1.0, name="x")
    x.name = None
    assert x.name is None


# --- gradients that somebody put there ------------------------------------------------------------


def test_a_gradient_of_another_shape_is_refused_and_nothing_changes():
    x, y = leaf(3), leaf(3)
    y.grad = np.ones(5)
    for a, b in ((x, y), (y, x)):
        with pytest.raises(errors.ShapeError, match=says("(5,)", "(3,)", "zero_grad")):
            (a * b).sum().backward()
        assert x.grad is None
        assert y.grad.shape == (5,)
    y.grad = None
    (x * y).sum().backward()
    assert y.grad.tolist() == x.grad.tolist() == [1.0, 2.0, 3.0]


def test_none_clears_the_gradient_of_a_value_too():
    v = Value(3.0)
    (v * v).backward()
    v.grad = None
    (v * 2.0).backward()
    assert v.grad == 2.0


def test_nothing_recorded_tells_all_that_may_be_the_reason():
    with no_grad():
        inside = leaf(3).sum()
    for y in (inside, leaf(3).detach().sum(), Tensor([1.0])):
        with pytest.raises(errors.GradientError, match=says("no_grad()", "detach", "=True")):
            y.backward()


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [Value, lambda x: Tensor([x], requires_grad=True)])
def test_leaves_are_pickled_and_results_are_not(make):
    x = make(2.0)
    (x * 3.0).backward()
    twin = pickle.loads(pickle.dumps(x))
    assert repr(twin) == repr(x)
    assert twin.grad == x.grad == 3.0
    for copied in (pickle.dumps, copy.deepcopy):
        with pytest.raises(errors.GradientError, match=r"deep-copied or pickled.*multiply"):
            copied(x * 3.0)


# --- operations -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "parts"),
    [
        (lambda t: t @ 2, errors.ShapeError, ("(2, 3) and ()", "x * y")),
        (lambda t: ag.matmul(3.0, t), errors.ShapeError, ("() and (2, 3)", "x * y")),
        (lambda t: Tensor(np.array([2])) ** -1, errors.DTypeError, ("negative", "astype(float)")),
        (lambda t: t[::0], errors.IndexingError, ("step cannot be zero", "-1")),
        (lambda t: t.register_hook(3), errors.DTypeError, ("register_hook: ", "number 3")),
        (lambda t: ag.exp(t, t), errors.DTypeError, ("takes 1 input, got 2",)),
        (lambda t: ag.multiply(t), errors.DTypeError, ("takes 2 inputs, got 1",)),
    ],
)
def test_a_plain_sentence_instead_of_a_riddle(call, kind, parts):
    with pytest.raises(kind, match=says(*parts)):
        call(leaf(2, 3))


@pytest.mark.parametrize(
    "call",
    [
        lambda: grad(9.0),
        lambda: ag.hessian(9.0),
        lambda: ag.vjp(9.0, 3.0),
        lambda: ag.jvp(9.0, 3.0, 1.0),
        lambda: gradcheck(9.0, 3.0),
    ],
)
def test_a_result_is_no_function(call):
    with pytest.raises(errors.DTypeError, match=says("a function, got the number 9.0", "f(x)")):
        call()


@pytest.mark.parametrize("vjp", [3, (lambda g, out, x, y: g, 3)])
def test_a_rule_is_a_function(vjp):
    with pytest.raises(errors.OptionError, match="expected functions, or None, got the number 3"):
        operation(vjp=vjp)(lambda x, y: x)
