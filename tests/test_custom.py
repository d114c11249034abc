"""Operations of one's own: rules in one line, and `Function` with forward and backward."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, errors, gradients, ops
from autograd.checking import gradcheck
from autograd.custom import Function, operation
from autograd.functional import grad, hessian
from autograd.ops.symbol import formula


@operation(vjp=lambda g, out, x: g * 2 * x)
def square(x):
    """x times x."""
    return x * x


@operation(vjp=(lambda g, out, x, _y: g * 2 * x, lambda g, out, _x, y: -3 * g * y * y))
def mixed(x, y):
    return x**2 - y**3


@operation(vjp=lambda g, out, x: g * np.cos(x), form="sine({})", says="the gradient times cosine")
def sine(x):
    return np.sin(x)


@operation(vjp=lambda g, out, _x, factor: g * factor, form="scaled({}, {factor})")
def scaled(x, factor=2.0):
    return x * factor


@operation(vjp=lambda g, out, x: ops.broadcast_to(g, (3,)) * 2.0 * x, scalar=None)
def squared_length(x):
    return np.vdot(x, x)


# --- the decorator --------------------------------------------------------------------------------


def test_a_rule_serves_floats_arrays_values_and_tensors(rng):
    assert square(3.0) == 9.0
    assert type(square(3)) is float
    np.testing.assert_array_equal(square(np.array([1.0, 2.0])), [1.0, 4.0])
    v = Value(3.0)
    square(v).backward(0.5)
    assert v.grad == 3.0
    data, upstream = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    t = Tensor(data, requires_grad=True)
    square(t).backward(upstream)
    np.testing.assert_allclose(t.grad, upstream * 2 * data, rtol=1e-15)


def test_two_inputs_broadcast_and_mix(rng):
    x = rng.standard_normal((2, 3))
    y = rng.standard_normal(3)
    assert gradcheck(mixed, (x, y), order=2)
    assert gradcheck(mixed, (0.7, -1.3), order=2)
    assert gradcheck(mixed, (0.7, y), order=2)
    assert mixed(2.0, 1.0) == 3.0


def test_constant_operands_take_no_gradient():
    v = Value(2.0)
    out = mixed(v, 5)
    out.backward()
    assert v.grad == 4.0
    assert out.parents == (v, None)


def test_float32_stays_float32():
    t = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    out = square(t)
    out.backward(np.array([0.5, 0.25]))
    assert out.dtype == t.grad.dtype == np.float32


def test_numpy_functions_in_kernel_and_rule_give_plain_floats():
    v = Value(0.5)
    out = sine(v)
    out.backward()
    assert type(out.data) is float
    assert type(v.grad) is float
    assert v.grad == pytest.approx(np.cos(0.5), rel=1e-15)
    assert out.op.says == "the gradient times cosine"


def test_numpy_functions_in_a_rule_can_be_differentiated_again():
    assert gradcheck(sine, 0.5, order=2)
    assert gradcheck(sine, np.array([0.5, -2.0]), order=2)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_any_order(order):
    f = lambda x: square(x) * square(x)  # noqa: E731  # x**4
    for _ in range(order):
        f = grad(f)
    factor = {2: 12 * 1.5**2, 3: 24 * 1.5, 4: 24.0}[order]
    assert f(1.5) == pytest.approx(factor, rel=1e-14)


def test_parameters_reach_kernels_and_rules(rng):
    data = rng.standard_normal(4)
    assert scaled(2.0) == 4.0
    assert scaled(2.0, factor=5.0) == 10.0
    np.testing.assert_array_equal(scaled(data, 3.0), data * 3.0)
    v = Value(2.0)
    out = scaled(v, factor=-1.5)
    out.backward()
    assert (out.data, v.grad) == (-3.0, -1.5)
    assert gradcheck(lambda x: scaled(x, factor=3.0) ** 2, data, order=2)
    assert gradcheck(lambda x: scaled(x, factor=3.0) ** 2, 0.3, order=2)
    with pytest.raises(errors.AutogradError, match="factor"):
        scaled(2.0, fctor=1.0)


def test_special_values_follow_numpy():
    @operation(vjp=lambda g, out, x: -g * out * out)
    def inverse(x):
        return 1.0 / x

    assert inverse(0.0) == np.inf
    assert inverse(Value(0.0)).data == np.inf
    np.testing.assert_array_equal(inverse(np.array([0.0, 2.0])), [np.inf, 0.5])


def test_arrays_only():
    t = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    squared_length(t).backward(0.5)
    np.testing.assert_array_equal(t.grad, [1.0, 2.0, 3.0])
    with pytest.raises(errors.DTypeError, match=r"squared_length.*arrays"):
        squared_length(Value(1.0))


def test_a_kernel_for_floats_of_its_own():
    @operation(vjp=lambda g, out, x: g * 2 * x, scalar=lambda x: x * x)
    def arrays_first(x):
        return np.einsum("...,...->...", x, x)

    assert arrays_first(Value(3.0)).data == 9.0


def test_rules_must_fit_the_function():
    with pytest.raises(errors.OptionError, match="between 1 and 1 rules, got 2"):
        operation(vjp=(lambda g, out, x: g, lambda g, out, x: g))(lambda x: x)
    with pytest.raises(errors.OptionError, match="2 inputs"):
        operation(vjp=(lambda g, out, x: g, None))(lambda x, y: x)
    with pytest.raises(errors.OptionError, match="one by one"):
        operation(vjp=lambda g, out, *xs: g)(lambda x: x)


def test_the_formula_is_printed_from_the_rule():
    assert formula(square) == ["g * 2 * x"]
    assert formula(sine) == ["rule of sine for input 0"]  # numpy cannot be printed
    assert square.__doc__ == "x times x."


def test_a_rule_of_none_passes_nothing():
    @operation(vjp=(lambda g, out, _x, mask: g * mask, None))
    def masked(x, mask):
        return x * mask

    x, mask = Value(2.0), Value(3.0)
    masked(x, mask).backward()
    assert (x.grad, mask.grad) == (3.0, 0.0)


def test_underscores_say_what_need_not_be_kept():
    assert square.keeps(0, (True,))
    assert not scaled.keeps(0, (True,))
    assert [mixed.keeps(slot, (True, None)) for slot in (0, 1)] == [True, False]
    assert [mixed.keeps(slot, (None, True)) for slot in (0, 1)] == [False, True]


def test_an_array_changed_later_does_not_change_the_gradient(rng):
    data = rng.standard_normal(3)
    t = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = mixed(t, data)
    before = t.data.copy()
    t.data[:] = 100.0
    data[:] = -7.0
    y.backward(np.ones(3))
    np.testing.assert_array_equal(t.grad, 2 * before)


# --- Function -------------------------------------------------------------------------------------


class Product(Function):
    """The product, by hand."""

    calls = 0

    @staticmethod
    def forward(ctx, x, y, power=1):
        ctx.save_for_backward(x, y)
        ctx.power = power
        return x**power * y

    @staticmethod
    def backward(ctx, g):
        Product.calls += 1
        x, y = ctx.saved
        p = ctx.power
        return g * p * x ** (p - 1) * y, g * x**p


class Exponential(Function):
    @staticmethod
    def forward(ctx, x):
        out = np.exp(x)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved[0]


class Softplus(Function):
    """Keeps an intermediate result."""

    @staticmethod
    def forward(ctx, x):
        e = np.exp(x)
        ctx.save_for_backward(e)
        return np.log1p(e)

    @staticmethod
    def backward(ctx, g):
        (e,) = ctx.saved
        return g * e / (1 + e)


def test_values_and_tensors_in_one_graph(rng):
    data, upstream = rng.standard_normal(3), rng.standard_normal(3)
    x, y = Tensor(data, requires_grad=True), Value(2.0)
    out = Product.apply(x, y, power=2)
    np.testing.assert_allclose(out.numpy(), data**2 * 2)
    out.backward(upstream)
    np.testing.assert_allclose(x.grad, upstream * 2 * data * 2)
    assert y.grad == pytest.approx(upstream @ data**2, rel=1e-14)
    a, b = Value(3.0), Value(5.0)
    Product.apply(a, b, power=3).backward()
    assert (a.grad, b.grad) == (135.0, 27.0)
    assert type(a.grad) is float


@pytest.mark.parametrize("make", [Value, lambda x: Tensor(x, requires_grad=True)])
def test_backward_is_called_once_per_pass(make):
    x, y = make(3.0), make(5.0)
    out = Product.apply(x, y)
    Product.calls = 0
    out.backward()
    assert Product.calls == 1
    out.backward()
    assert Product.calls == 2
    assert (float(x.grad), float(y.grad)) == (10.0, 6.0)


def test_the_same_node_twice():
    v = Value(3.0)
    Product.apply(v, v).backward()
    assert v.grad == 6.0


def test_plain_inputs_give_plain_results():
    assert Product.apply(2.0, 3.0) == 6.0
    assert type(Product.apply(2, 3)) is float
    np.testing.assert_array_equal(Product.apply(np.array([1.0, 2.0]), 3), [3.0, 6.0])
    t = Tensor([1.0, 2.0])
    assert not Product.apply(t, 3.0).requires_grad


def test_forward_cannot_write_to_its_inputs():
    class Writes(Function):
        @staticmethod
        def forward(ctx, x):
            x += 1
            return x

        backward = Exponential.backward

    t = Tensor([1.0], requires_grad=True)
    with pytest.raises(errors.AutogradError, match="read-only"):
        Writes.apply(t)
    assert t.item() == 1.0


@pytest.mark.parametrize("inputs", [(0.7, -1.2), (np.array([0.7, -2.0]), np.array([1.5, 0.4]))])
def test_second_order_through_inputs(inputs):
    assert gradcheck(lambda x, y: Product.apply(x, y, power=3), inputs, order=2)


@pytest.mark.parametrize("x", [0.7, np.array([0.7, -2.0])])
def test_second_order_through_the_output(x):
    assert gradcheck(Exponential.apply, x, order=2)
    np.testing.assert_allclose(grad(grad(grad(lambda x: Exponential.apply(x))))(0.5), np.exp(0.5))


def test_equal_inputs_are_not_confused_in_second_order():
    value = 0.5
    result = hessian(lambda x, y: Product.apply(x, y, power=2), argnums=(0, 1))(value, value)
    np.testing.assert_allclose(np.array(result), [[2 * value, 2 * value], [2 * value, 0.0]])


@pytest.mark.parametrize("x", [0.5, np.array([0.5, 1.0])])
def test_second_order_through_an_intermediate_is_refused(x):
    assert gradcheck(Softplus.apply, x)
    with pytest.raises(errors.GradientError, match=r"Softplus.*saved\[0\].*inputs and the output"):
        hessian(
            lambda x: np.exp(Softplus.apply(x)) if np.ndim(x) == 0 else Softplus.apply(x).sum()
        )(x)


def test_an_attribute_that_may_depend_on_the_inputs_is_refused_too():
    class Sine(Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.cosine = np.cos(x)
            ctx.mask = np.asarray(x) > 0
            ctx.scale = scale
            return scale * np.sin(x)

        @staticmethod
        def backward(ctx, g):
            return g * ctx.cosine * ctx.scale, None

    v = Value(0.5)
    Sine.apply(v, 2.0).backward()
    assert v.grad == pytest.approx(2 * np.cos(0.5))
    with pytest.raises(errors.GradientError, match=r"Sine.*ctx\.cosine"):
        gradients(Sine.apply(v, 2.0), [v], create_graph=True)


def test_options_and_masks_are_constants():
    class Leaky(Function):
        @staticmethod
        def forward(ctx, x, slope=0.1):
            ctx.positive = np.asarray(x > 0)
            ctx.slope = slope
            ctx.save_for_backward(x)
            return np.where(x > 0, x * x, slope * x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved
            return g * autograd.ops.where(ctx.positive, 2 * x, ctx.slope)

    assert gradcheck(lambda x: Leaky.apply(x, slope=0.3), np.array([1.0, -2.0]), order=2)


def test_none_means_no_gradient():
    class First(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + 0 * y

        @staticmethod
        def backward(ctx, g):
            return g, None

    x, y = Value(1.0), Value(2.0)
    First.apply(x, y).backward()
    assert (x.grad, y.grad) == (1.0, 0.0)
    t = Tensor([1.0], requires_grad=True)
    u = Tensor([1.0], requires_grad=True)
    First.apply(t, u).backward()
    assert u.grad is None
    assert float(t.grad[0]) == 1.0


def test_a_constant_gradient_is_a_node_in_a_recorded_pass():
    class Sum(Function):
        @staticmethod
        def forward(ctx, x):
            return np.sum(x)

        @staticmethod
        def backward(ctx, g):
            return np.full(3, 2.0) if np.ndim(g) == 0 else None

    t = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    (slope,) = gradients(Sum.apply(t), [t], create_graph=True)
    assert isinstance(slope, Tensor)
    assert hessian(lambda x: Sum.apply(x))(np.ones(3)).tolist() == np.zeros((3, 3)).tolist()


def test_needs_input_grad():
    seen = []

    class Looks(Product):
        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g, g

    Looks.apply(Value(1.0), 2.0).backward()
    Looks.apply(np.ones(2), Tensor([1.0, 2.0], requires_grad=True)).backward(np.ones(2))
    assert seen == [(True, False), (False, True)]


def test_wrong_counts_shapes_and_results_name_the_function():
    def broken(returns, forward=lambda ctx, x, y: x * y):
        class Broken(Function):
            backward = staticmethod(lambda ctx, g: returns)

        Broken.forward = staticmethod(forward)
        return Broken

    t = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(errors.GradientError, match=r"Broken.backward.*input, 2, it returned 1"):
        broken(np.ones((2, 3))).apply(t, t).sum().backward()
    with pytest.raises(errors.GradientError, match="it returned 3"):
        broken((1.0, 1.0, 1.0)).apply(Value(1.0), Value(2.0)).backward()
    with pytest.raises(errors.ShapeError, match=r"Broken.backward.*\(3,\).*\(2, 3\)"):
        broken((np.ones((2, 3)), np.ones(3))).apply(t, t).sum().backward()
    with pytest.raises(errors.ShapeError, match=r"Broken.backward.*\(2,\).*\(\)"):
        broken((np.ones(2), 1.0)).apply(Value(1.0), Value(2.0)).backward()
    with pytest.raises(errors.DTypeError, match=r"Broken.forward.*tuple"):
        broken(None, lambda ctx, x, y: (x, y)).apply(t, t)
    with pytest.raises(errors.GradientError, match=r"Broken.*apply"):
        broken(None)()

    class Empty(Function):
        forward = staticmethod(lambda ctx, x: x)

    with pytest.raises(errors.GradientError, match=r"Empty.*two static methods"):
        Empty.apply(Value(1.0))


def test_a_name_of_its_own():
    class Twice(Function):
        """Twice: both get the gradient."""

        name = "two_times"
        forward = staticmethod(lambda ctx, x: 2.0 * x)
        backward = staticmethod(lambda ctx, g: (g, g))

    class Deeper(Twice):
        pass

    y = Twice.apply(Value(1.0))
    assert (y.op.name, y.op.says) == ("two_times", "Twice: both get the gradient.")
    assert repr(y) == "Value(2, op=two_times)"
    assert Deeper.apply(Value(1.0)).op.name == "Deeper"
    with pytest.raises(errors.GradientError, match=r"^Twice\.backward"):  # where to look
        y.backward()


def test_its_graph_is_freed_without_the_collector(no_collector):
    v = Value(2.0)
    y = Product.apply(v, v) * 2
    inner = weakref.ref(y.parents[0])
    del y
    assert inner() is None
    t = Tensor([2.0], requires_grad=True)
    y = Product.apply(t, t) * 2
    y.backward()
    context = weakref.ref(y.parents[0].params["ctx"])
    del y
    assert context() is None
    assert not gc.isenabled()


def test_its_formula_prints():
    assert formula(Product._op)[0] == "Product.backward(g) for input 0"
    assert Product._op.says == "The product, by hand."
