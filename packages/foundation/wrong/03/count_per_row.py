"""The multiply-adds of one row, not of the batch."""
# cell: linear-explicit
# says: linear_multiply_adds\(64, 784, 128\)
# says: 64 times too small
import math
from collections import namedtuple

import numpy as np

from tinytorch.core.tensor import Tensor, apply, as_array, kernel, rng, wrap, zeros


def linear_explicit(x, weight, bias):
    """A layer with three loops: x (rows, in), weight (out, in) and bias (out,) give (rows, out)."""
    (rows, inputs), outputs = x.shape, len(weight)
    out = np.zeros((rows, outputs), np.float32)
    for n in range(rows):
        for o in range(outputs):
            out[n, o] = bias.data[o]
            for i in range(inputs):
                out[n, o] += x.data[n, i] * weight.data[o, i]
    return Tensor(out)


def linear_multiply_adds(rows, in_features, out_features):
    """The multiply-adds of a layer for `rows` inputs; adding the bias is not counted."""
    return in_features * out_features
