"""Data to learn from, without a download: real digits and toy problems, all seeded."""

from nn.datasets.digits import digits, train_test_split
from nn.datasets.toys import circles, moons, spirals

__all__ = ["circles", "digits", "moons", "spirals", "train_test_split"]
