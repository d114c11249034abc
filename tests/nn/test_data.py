"""Batches of arrays, and windows over sequences: the counts of question 6."""

from __future__ import annotations

import string

import numpy as np
import pytest

import autograd as ag
from nn.data import DataLoader, windows
from nn.errors import DTypeError, GradientError, OptionError, ShapeError, StateError
from nn.files.generators import restore_generator

ALPHABET = string.ascii_uppercase


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(("samples", "size"), [(10, 3), (9, 3), (2, 5), (0, 4), (5, 1)])
def test_a_pass_shows_every_sample_once(samples, size, drop_last, shuffle):
    x = np.arange(2 * samples, dtype=np.float32).reshape(samples, 2)
    y = np.arange(samples)
    loader = DataLoader((x, y), size, shuffle, drop_last=drop_last, generator=3)
    for _ in range(2):
        batches = list(loader)
        full, rest = divmod(samples, size)
        sizes = [size] * full + ([rest] if rest and not drop_last else [])
        assert [len(b) for _, b in batches] == sizes
        assert len(loader) == len(sizes)
        seen = [int(i) for _, b in batches for i in b.numpy()]
        assert len(set(seen)) == len(seen) == sum(sizes)
        if not shuffle:
            assert seen == list(range(sum(sizes)))
        for a, b in batches:
            np.testing.assert_array_equal(a.numpy()[:, 0], 2 * b.numpy())


def test_shuffling_is_seeded_and_differs_between_passes():
    def passes(seed):
        loader = DataLoader(np.arange(50), 7, True, generator=seed)
        return [[int(i) for (b,) in loader for i in b.numpy()] for _ in range(3)]

    assert passes(1) == passes(1)
    assert passes(1) != passes(2)
    first, second, _ = passes(1)
    assert first != second
    own = np.random.default_rng(1)
    loader = DataLoader(np.arange(50), 50, True, generator=own)
    assert loader.generator is own


def test_the_state_of_the_shuffle_can_be_kept():
    a = DataLoader(np.arange(20), 20, True, generator=1)
    b = DataLoader(np.arange(20), 20, True, generator=2)
    list(a)
    state = a.state_dict()
    expected = [next(iter(a))[0].numpy().tolist() for _ in range(2)]
    b.load_state_dict(state)
    assert [next(iter(b))[0].numpy().tolist() for _ in range(2)] == expected
    for bad in ({}, None, {"generator": 3}, {"generator": {**state["generator"], "state": {}}}):
        with pytest.raises(StateError):
            b.load_state_dict(bad)
    other = np.random.Generator(np.random.MT19937(1)).bit_generator.state
    with pytest.raises(StateError, match="PCG64"):
        b.load_state_dict({"generator": other})


KINDS = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_generator_goes_on_and_checks_its_state(kind):
    a, b = (np.random.Generator(kind(seed)) for seed in (1, 2))
    a.random(3), a.integers(0, 9, 3, dtype=np.uint32)
    state = a.bit_generator.state
    restore_generator(b, state)
    assert b.random(700).tolist() == a.random(700).tolist()
    inner = state["state"]
    before = repr(b.bit_generator.state)
    for place in ("pos", "buffer_pos"):
        for wrong in (-1, 625, 10**9, True, "1"):  # numpy would read outside its buffer
            if place in inner:
                with pytest.raises(StateError):
                    restore_generator(b, {**state, "state": {**inner, place: wrong}})
            if place in state:
                with pytest.raises(StateError):
                    restore_generator(b, {**state, place: wrong})
    for name, value in inner.items():
        wrong = value[:-1] if isinstance(value, np.ndarray) else -1
        with pytest.raises(StateError):
            restore_generator(b, {**state, "state": {**inner, name: wrong}})
    if "uinteger" in state:  # the last thing numpy reads: the others are changed by then
        with pytest.raises(StateError):
            restore_generator(b, {**state, "uinteger": 2**300})
    assert repr(b.bit_generator.state) == before


def test_batches_are_read_only_and_copied_at_most_once():
    tensor = ag.Tensor(np.arange(12.0).reshape(6, 2))
    array = np.arange(12, dtype=np.float32).reshape(6, 2)
    (first, second) = next(iter(DataLoader((tensor, array), 4)))
    for batch in (first, second):
        assert isinstance(batch, ag.Tensor)
        assert not batch.requires_grad
    assert np.shares_memory(first._data, tensor._data)  # a view: nothing was copied
    assert not first._data.flags.writeable
    array[...] = -1.0
    assert second.numpy().min() == 0.0  # a batch does not change any more
    loader = DataLoader(array, 4)
    array[...] = 5.0
    assert next(iter(loader))[0].numpy().min() == 5.0  # the array was shared
    with pytest.raises(ValueError, match="read-only"):
        second._data[...] = 1.0


def test_numbers_have_the_dtype_of_layers(float64):
    x = np.zeros((3, 2))
    (batch,) = next(iter(DataLoader(x, 3)))
    assert batch.dtype == np.float64
    with ag.default_dtype(np.float32):
        loader = DataLoader((x, [1, 2, 3], [0.5, 1.0, 2.0], ag.Tensor(x)), 3)
        assert next(iter(DataLoader(x, dtype=np.float64)))[0].dtype == np.float64
    dtypes = [batch.dtype.name for batch in next(iter(loader))]
    assert dtypes == ["float32", "int64", "float32", "float64"]


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        ((np.zeros(3), np.zeros(4)), ShapeError, "3 and 4"),
        ((), DTypeError, "tuple of arrays"),
        (3.0, DTypeError, "the number 3.0"),
        ("text", DTypeError, "text"),
        (np.array(3.0), DTypeError, "array"),
        (ag.Tensor(3.0), DTypeError, "shape ()"),
        ({"x": [1]}, DTypeError, "dict"),
        (np.array(["a"]), DTypeError, ""),
        ([[1], [1, 2]], ShapeError, ""),
        (ag.Tensor([1.0], requires_grad=True), GradientError, "detach"),
    ],
    ids=str,
)
def test_bad_data_are_refused(data, kind, words):
    with pytest.raises(kind) as caught:
        DataLoader(data)
    assert words in str(caught.value)


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "2"])
def test_bad_batch_sizes_are_refused(size):
    with pytest.raises(OptionError, match="batch_size"):
        DataLoader(np.zeros(3), size)


def test_the_printed_loader():
    text = repr(DataLoader((np.zeros((5, 2), np.float32), np.arange(5)), 2))
    assert "float32[5, 2], int64[5]" in text
    assert "3 batches" in text


# --- question 6 -------------------------------------------------------------------------------


def test_windows_shifted_by_one():
    w = windows(ALPHABET, 14, 1)
    assert len(w) == 13
    assert w.pair_counts.sum() == 169
    assert w.pair_counts.tolist() == [*range(1, 14), *range(12, 0, -1)]
    assert w.element_counts.tolist() == [*range(1, 14), *range(13, 0, -1)]
    inside = ["EFGHIJK" in "".join([*inputs, targets[-1]]) for inputs, targets in w]
    assert sum(inside) == 5


def test_blocks_lose_the_pair_at_the_seam():
    w = windows(ALPHABET, 14)
    assert len(w) == 2
    assert (w.stops - w.starts).tolist() == [14, 12]
    assert w.pair_counts.sum() == 24
    lost = [ALPHABET[i] + ALPHABET[i + 1] for i in np.flatnonzero(w.pair_counts == 0)]
    assert lost == ["NO"]
    assert len(windows(ALPHABET, 14, drop_last=True)) == 1


def test_blocks_with_targets_after_them_lose_no_pair():
    w = windows(ALPHABET, 14, targets="after")
    assert ["".join(inputs) for inputs, _ in w] == ["ABCDEFGHIJKLMN", "OPQRSTUVWXY"]
    assert ["".join(targets) for _, targets in w] == ["BCDEFGHIJKLMNO", "PQRSTUVWXYZ"]
    assert w.pair_counts.tolist() == [1] * 25


def test_windows_shifted_by_two():
    w = windows(ALPHABET, 14, 2)
    assert len(w) == 7
    assert w.pair_counts.sum() == 91
    assert np.count_nonzero(w.pair_counts) == 25


def test_windowing_is_a_weighting_for_a_model_without_memory(rng):
    """The summed loss of all windows, and its gradient, is the full pass with the pair counts."""
    x = rng.standard_normal(26)
    w = windows(x, 14, 1)
    slope, offset = (ag.Tensor(rng.standard_normal(), requires_grad=True) for _ in range(2))

    def errors_of(inputs, targets):
        return (ag.tanh(slope * inputs + offset) - targets) ** 2

    windowed = ag.sum(errors_of(w.inputs, w.targets))
    weighted = ag.sum(errors_of(x[:-1], x[1:]) * w.pair_counts)
    assert windowed.item() == pytest.approx(weighted.item(), rel=1e-14)
    for a, b in zip(
        ag.gradients(windowed, [slope, offset]),
        ag.gradients(weighted, [slope, offset]),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert abs(windowed.item() - ag.sum(errors_of(x[:-1], x[1:])).item()) > 1.0


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("targets", ["inside", "after"])
def test_windows_against_counting_by_hand(targets, drop_last):
    for n in range(3, 14):
        for length in range(1, 7):
            for shift in range(1, 7):
                for ahead in range(1, 3):
                    if targets == "inside" and length <= ahead:
                        continue
                    span = length + (ahead if targets == "after" else 0)
                    if span > n and (drop_last or n <= ahead):
                        continue
                    w = windows(
                        np.arange(n),
                        length,
                        shift,
                        targets=targets,
                        ahead=ahead,
                        drop_last=drop_last,
                    )
                    pairs = np.zeros(n - ahead, int)
                    elements = np.zeros(n, int)
                    for i, (inputs, outputs) in enumerate(w):
                        assert (outputs == inputs + ahead).all()
                        assert inputs[0] == i * shift
                        assert len(inputs) == w.lengths[i] <= span - ahead
                        pairs[inputs] += 1
                        elements[inputs[0] : outputs[-1] + 1] += 1
                        if drop_last:
                            assert len(inputs) == span - ahead
                    assert w.pair_counts.tolist() == pairs.tolist()
                    assert w.element_counts.tolist() == elements.tolist()
                    short = [s for s in range(0, n, shift) if s + span <= n]
                    assert len(w) - len(short) in (0, 1)
                    if shift <= span - ahead and not drop_last:
                        assert pairs.all()


def test_windows_of_vectors_fit_in_one_array(rng):
    x = rng.standard_normal((20, 3))
    w = windows(x, 6, 2, ahead=2)
    assert w.inputs.shape == w.targets.shape == (8, 4, 3)
    for i, (inputs, targets) in enumerate(w):
        np.testing.assert_array_equal(w.inputs[i], inputs)
        np.testing.assert_array_equal(w.targets[i], targets)
        assert np.shares_memory(inputs, x)
    with pytest.raises(ShapeError, match="drop_last"):
        windows(np.arange(20), 6, 4, targets="after").inputs  # noqa: B018
    assert "2 steps after its input" in repr(w)


@pytest.mark.parametrize("targets", ["inside", "after"])
@pytest.mark.parametrize("shift", [1, 3, 10, 13])
@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.8])
def test_a_split_shares_no_element(targets, shift, fraction):
    w = windows(np.arange(300), 10, shift, targets=targets)
    train, validation = w.split(fraction)
    overlap = (train.element_counts > 0) & (validation.element_counts > 0)
    assert not overlap.any()
    assert set(train.starts) | set(validation.starts) <= set(w.starts)
    share = len(validation) / (len(train) + len(validation))
    assert abs(share - fraction) < 0.05
    straddling = len(w) - len(train) - len(validation)
    assert straddling <= (10 + (targets == "after")) // shift + 1


def test_blocks_split_without_loss():
    train, validation = windows(ALPHABET, 14).split(0.5)
    assert (len(train), len(validation)) == (1, 1)
    assert "".join(validation[0][0]) == "OPQRSTUVWXY"
    with pytest.raises(ShapeError, match="cannot be split"):
        windows(ALPHABET, 14, targets="after").split(0.5)  # they share the O
    with pytest.raises(ShapeError, match="cannot be split"):
        windows(ALPHABET, 14, 1).split(0.5)
    for fraction in (0, 1, -0.5, True, float("nan")):
        with pytest.raises(OptionError, match="fraction"):
            windows(ALPHABET, 3).split(fraction)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"length": 0}, OptionError, "length"),
        ({"length": 1}, OptionError, "more than 1"),
        ({"length": 3, "shift": 0}, OptionError, "shift"),
        ({"length": 3, "shift": 1.0}, OptionError, "shift"),
        ({"length": 3, "ahead": 3}, OptionError, "more than 3"),
        ({"length": 3, "ahead": 0}, OptionError, "ahead"),
        ({"length": 3, "targets": "before"}, OptionError, "'inside' or 'after'"),
        ({"length": 11, "drop_last": True}, ShapeError, "needs 11 elements, the sequence has 10"),
    ],
)
def test_bad_windows_are_refused(options, kind, words):
    with pytest.raises(kind, match=words):
        windows(np.arange(10), **options)


def test_no_window_over_nothing():
    for sequence in ([], [1], 3.0):
        with pytest.raises(ShapeError):
            windows(sequence, 3)
