"""Functions that slide a window: convolution, pooling, and windows as columns.

They are autograd's own, which have PyTorch's arguments and layouts: images are (N, C, H, W), or
(C, H, W); sequences have one axis less, volumes one more.
"""

from __future__ import annotations

from autograd import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    fold,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    unfold,
)

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "fold",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "unfold",
]
