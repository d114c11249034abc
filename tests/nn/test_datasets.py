"""The shipped digits are the real ones; everything random is seeded."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from autograd import errors
from nn.datasets import circles, digits, moons, spirals, train_test_split

COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # of the UCI test set


def test_the_digits_are_the_known_ones():
    images, labels = digits()
    assert images.shape == (1797, 8, 8)
    assert images.dtype == np.float32
    assert labels.shape == (1797,)
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == COUNTS
    assert (images.min(), images.max()) == (0.0, 1.0)
    pixels = images * 16
    assert (pixels == np.round(pixels)).all()
    # The first image of the set, as printed in many places.
    assert pixels[0, :3].astype(int).tolist() == [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
    ]
    with_channel, _ = digits(channel=True)
    assert with_channel.shape == (1797, 1, 8, 8)
    np.testing.assert_array_equal(with_channel[:, 0], images)


def test_each_call_gives_arrays_of_its_own():
    images, labels = digits()
    images[...] = 0
    labels[...] = 0
    assert digits()[0].any()
    assert digits()[1].any()


def test_the_file_is_small_plain_and_documented():
    folder = files("nn.datasets")
    data = folder.joinpath("digits.npz").read_bytes()
    assert len(data) < 80_000
    text = folder.joinpath("README.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("Alpaydin", "Kaynak", "UCI", "Creative Commons"))


def test_split_keeps_pairs_together_and_loses_nothing():
    images, labels = digits()
    numbers = np.arange(len(labels))
    a, b, c, d, e, f = train_test_split(images, labels, numbers, generator=0)
    assert (len(a), len(b)) == (1438, 359)
    np.testing.assert_array_equal(images[e], a)
    np.testing.assert_array_equal(images[f], b)
    np.testing.assert_array_equal(labels[np.concatenate([e, f])], np.concatenate([c, d]))
    assert sorted(np.concatenate([e, f])) == numbers.tolist()
    assert not np.array_equal(np.sort(f), f)


def test_split_is_seeded_and_leaves_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # what must not change
    x = np.arange(50)
    one, two = (train_test_split(x, generator=3)[1] for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, train_test_split(x, generator=4)[1])
    assert np.random.get_state()[1].tolist() == before.tolist()  # noqa: NPY002


def test_a_stratified_split_keeps_the_share_of_each_class():
    labels = digits()[1]
    train, test = train_test_split(labels, test_size=0.25, stratify=labels, generator=0)
    assert np.bincount(test).tolist() == [round(n * 0.25) for n in COUNTS]
    assert len(train) + len(test) == 1797
    assert not np.array_equal(np.sort(test), test)


def test_bad_splits_are_refused():
    with pytest.raises(errors.ShapeError, match="3 and 4"):
        train_test_split(np.zeros(3), np.zeros(4))
    with pytest.raises(errors.ShapeError):
        train_test_split(np.zeros(3), stratify=np.zeros(2))
    with pytest.raises(errors.ShapeError):
        train_test_split()
    for size in (0.0, 1.0, -1, 2):
        with pytest.raises(errors.OptionError):
            train_test_split(np.zeros(3), test_size=size)


@pytest.mark.parametrize("make", [moons, circles, spirals])
def test_toys_have_the_promised_shapes_and_are_seeded(make):
    points, labels = make(101, generator=7)
    assert points.shape == (101, 2)
    assert points.dtype == np.float64
    assert labels.dtype == np.int64
    counts = np.bincount(labels)
    assert len(counts) == (3 if make is spirals else 2)
    assert counts.max() - counts.min() <= 1
    again, same = make(101, generator=np.random.default_rng(7))
    np.testing.assert_array_equal(points, again)
    np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(points, make(101, generator=8)[0])
    assert not np.array_equal(np.sort(labels), labels)
    assert make(1)[0].shape == (1, 2)


def test_without_noise_points_lie_on_their_curves():
    points, labels = moons(200, noise=0.0, generator=0)
    centre = np.where(labels[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    np.testing.assert_allclose(np.hypot(*(points - centre).T), 1.0, rtol=1e-12)
    assert (points[labels == 0, 1] >= 0).all()
    assert (points[labels == 1, 1] <= 0.5 + 1e-15).all()
    points, labels = circles(200, noise=0.0, factor=0.3, generator=0)
    np.testing.assert_allclose(np.hypot(*points.T), np.where(labels, 0.3, 1.0), rtol=1e-12)
    points, labels = spirals(60, noise=0.0, classes=2, turns=1.0, generator=0)
    radius = np.hypot(*points.T)
    expected = np.array([1.0, -1.0])[labels] * np.exp(2j * np.pi * radius) * radius
    np.testing.assert_allclose(points[:, 0] + 1j * points[:, 1], expected, atol=1e-12)


def test_noise_has_the_size_that_was_asked_for():
    clean, noisy = (moons(5000, noise=s, generator=0)[0] for s in (0.0, 0.2))
    assert np.std(noisy - clean) == pytest.approx(0.2, rel=0.03)


def test_bad_arguments_are_refused():
    for make in (
        lambda: moons(0),
        lambda: moons(10.5),
        lambda: moons(10, noise=-1),
        lambda: circles(10, factor=1.0),
        lambda: spirals(10, classes=0),
    ):
        with pytest.raises(errors.OptionError):
            make()
    with pytest.raises(errors.DTypeError):
        moons(10, generator="seed")
