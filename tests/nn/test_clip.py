"""Clipping gradients by norm and by value, of Tensors and Values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autograd import Tensor, Value, errors
from nn.optim.clip import clip_grad_norm_, clip_grad_value_, get_total_norm

SHAPES = [(3, 2), (4,), (), (0,)]
POWERS = [2.0, 1, 0.5, 3.7, math.inf, "inf"]


def parameters(rng, dtype=np.float64, scale=1.0):
    """Some parameters with gradients, and one without."""
    params = [Tensor(np.zeros(shape, dtype), requires_grad=True) for shape in SHAPES]
    for p in params:
        p.grad = np.asarray(scale * rng.standard_normal(p.shape), dtype)
    return [*params, Tensor([1.0], requires_grad=True)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("limit", [0.3, 100.0, 0.0])
def test_norms_equal_pytorch(power, limit, dtype, rng):
    torch = pytest.importorskip("torch")
    mine = parameters(rng, dtype)
    theirs = [torch.tensor(p.numpy(), requires_grad=True) for p in mine if p.size]
    for p, q in zip([p for p in mine if p.size], theirs, strict=True):
        q.grad = None if p.grad is None else torch.from_numpy(p.grad.copy())
    norm = clip_grad_norm_(iter(mine), limit, power)
    expected = torch.nn.utils.clip_grad_norm_(theirs, limit, float(power))
    rtol = 1e-9 if dtype is np.float64 else 1e-5
    assert norm == pytest.approx(expected.item(), rel=rtol)
    for p, q in zip([p for p in mine if p.size], theirs, strict=True):
        if q.grad is None:
            assert p.grad is None
        else:
            assert p.grad.dtype == dtype
            np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("power", POWERS)
def test_the_norm_is_that_of_one_long_vector(power, rng):
    params = parameters(rng)
    flat = np.concatenate([p.grad.ravel() for p in params if p.grad is not None])
    p = float(power)
    expected = abs(flat).max() if p == math.inf else (abs(flat) ** p).sum() ** (1 / p)
    assert clip_grad_norm_(params, 0.5, power) == pytest.approx(expected)
    after = get_total_norm([q.grad for q in params if q.grad is not None], power)
    assert after == pytest.approx(0.5, rel=1e-5)
    clipped = np.concatenate([q.grad.ravel() for q in params if q.grad is not None])
    np.testing.assert_allclose(clipped / clipped[0], flat / flat[0])  # the direction is kept


def test_small_gradients_are_left_alone(rng):
    params = parameters(rng, scale=1e-3)
    before = [None if p.grad is None else p.grad.copy() for p in params]
    clip_grad_norm_(params, 1.0)
    clip_grad_value_(params, 1.0)
    for p, g in zip(params, before, strict=True):
        if g is None:
            assert p.grad is None
        else:
            np.testing.assert_array_equal(p.grad, g)


def test_values_and_tensors_together():
    value, w = Value(1.0), Tensor([1.0], requires_grad=True)
    value.grad, w.grad = 3.0, np.array([-4.0])
    assert clip_grad_norm_([value, w], 1.0) == 5.0
    assert value.grad == pytest.approx(0.6, rel=1e-5)
    assert type(value.grad) is float
    assert w.grad[0] == pytest.approx(-0.8, rel=1e-5)
    clip_grad_value_([value, w], 0.7)
    assert value.grad == pytest.approx(0.6, rel=1e-5)
    assert w.grad[0] == -0.7
    value.grad = -9.0
    clip_grad_value_(value, 2)
    assert value.grad == -2.0
    assert get_total_norm([Value(3.0), Tensor([4.0]), 12.0]) == pytest.approx(13.0)


def test_clipping_is_in_place_unless_the_array_is_read_only(rng):
    for clip in (lambda p: clip_grad_norm_(p, 0.5), lambda p: clip_grad_value_(p, 0.1)):
        w = Tensor(np.zeros(3), requires_grad=True)
        w.grad = g = np.array([3.0, -4.0, 0.0])
        clip(w)
        assert w.grad is g
        assert abs(g).max() < 0.5
        w.grad = fixed = np.array([3.0, -4.0, 0.0])
        fixed.flags.writeable = False
        clip(w)
        assert fixed[0] == 3.0
        assert abs(w.grad).max() < 0.5


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.float32, 1e30), (np.float32, 1e-30), (np.float64, 1e200), (np.float64, 1e-200)],
)
def test_no_power_overflows(dtype, size):
    g = np.array([3.0, 4.0], dtype) * dtype(size)
    assert get_total_norm(g) == pytest.approx(5.0 * size, rel=1e-6)
    assert get_total_norm([g, g], 4) == pytest.approx(size * (2 * (81 + 256)) ** 0.25, rel=1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite(bad):
    w = Tensor([1.0, 1.0], requires_grad=True)
    w.grad = np.array([bad, 1.0])
    with pytest.raises(errors.DomainError, match="norm of the gradients"):
        clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
    assert w.grad[1] == 1.0  # nothing was changed
    norm = clip_grad_norm_([w], 1.0)
    assert not math.isfinite(norm)
    assert math.isnan(w.grad[0])  # as in PyTorch
    assert math.isnan(w.grad[1]) if math.isnan(bad) else w.grad[1] == 0.0
    value = Value(1.0)
    value.grad = bad
    clip_grad_value_([value], 2.0)
    assert math.isnan(value.grad) if math.isnan(bad) else abs(value.grad) == 2.0


def test_nothing_to_clip():
    assert clip_grad_norm_([], 1.0) == 0.0
    assert get_total_norm([]) == 0.0
    assert clip_grad_norm_([Tensor([1.0], requires_grad=True)], 1.0) == 0.0
    clip_grad_value_([], 1.0)


def test_bad_input_is_refused():
    w = Tensor([1.0], requires_grad=True)
    for bad in (0, -1.0, math.nan, "two", None, -math.inf):
        with pytest.raises(errors.OptionError, match="norm_type"):
            clip_grad_norm_([w], 1.0, bad)
        with pytest.raises(errors.OptionError, match="norm_type"):
            get_total_norm([np.ones(2)], bad)
    for bad in (None, "1", math.nan):
        with pytest.raises(errors.OptionError, match="max_norm"):
            clip_grad_norm_([w], bad)
    for bad in (None, -0.1, math.inf):
        with pytest.raises(errors.OptionError, match="clip_value"):
            clip_grad_value_([w], bad)
    for bad in (3, [np.ones(2)], [w, None]):
        with pytest.raises(errors.DTypeError, match="usually it is model"):
            clip_grad_norm_(bad, 1.0)
        with pytest.raises(errors.DTypeError, match="usually it is model"):
            clip_grad_value_(bad, 1.0)
