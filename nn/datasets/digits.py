"""Real handwritten digits, small enough to ship: 1,797 images of 8x8 pixels.

The test set of "Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak (1998), UCI
Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0. See README.md in this folder.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Any

import numpy as np

from nn import errors, init

Array = np.ndarray[Any, Any]


def digits(*, channel: bool = False) -> tuple[Array, Array]:
    """The handwritten digits: images and labels, in their original order.

    Args:
        channel: images of shape (1797, 1, 8, 8), as convolutional layers want them, instead of
            (1797, 8, 8).

    Returns:
        Images, float32 from 0 (white) to 1 (black), and labels, int64 from 0 to 9. New arrays at
        each call.

    >>> images, labels = digits()
    >>> images.shape, labels.shape, labels[:10].tolist()
    ((1797, 8, 8), (1797,), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    resource = files("nn.datasets").joinpath("digits.npz")
    with as_file(resource) as path, np.load(path, allow_pickle=False) as data:
        images, labels = data["images"], data["labels"]
    images = images.astype(np.float32) / np.float32(16.0)
    return (images[:, None] if channel else images), labels.astype(np.int64)


def train_test_split(
    *arrays: Any,
    test_size: float = 0.2,
    stratify: Any = None,
    generator: init.Seed = None,
) -> list[Array]:
    """Split arrays along their first axis, in the same random way, into a large and a small part.

    Args:
        arrays: of one length.
        test_size: the share of the small part, rounded to whole samples.
        stratify: labels, one per sample; each label is then split in this proportion.
        generator: a numpy Generator, a seed, or None.

    Returns:
        For each array its training and its test part: copies, shuffled.

    Raises:
        ShapeError: if lengths differ.
        OptionError: unless 0 < test_size < 1.

    >>> a, b, c, d = train_test_split(np.arange(10), np.arange(10) * 2, generator=0)
    >>> len(a), len(b), bool((c == 2 * a).all())
    (8, 2, True)
    """
    data = [np.asarray(array) for array in arrays]
    labels = None if stratify is None else np.asarray(stratify)
    lengths = [len(array) if array.ndim else 0 for array in [*data, labels] if array is not None]
    if not data or len(set(lengths)) != 1:
        raise errors.unequal_lengths(lengths or [0])
    if not 0.0 < test_size < 1.0:
        raise errors.bad_option("train_test_split", "test_size", "between 0 and 1", test_size)
    generator = init.as_generator(generator)
    order = generator.permutation(lengths[0])
    if labels is None:
        held_out = round(lengths[0] * test_size)
        test, train = order[:held_out], order[held_out:]
    else:
        chosen = np.zeros(lengths[0], bool)
        for label in np.unique(labels):
            members = order[labels[order] == label]
            chosen[members[: round(len(members) * test_size)]] = True
        test, train = order[chosen[order]], order[~chosen[order]]
    return [array[part] for array in data for part in (train, test)]
