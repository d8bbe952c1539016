"""ReLU turns negative numbers positive instead of 0."""
# cell: relu
# says: negative numbers become 0.*wanted 0.0, got 2.0
import math

import numpy as np

from tinytorch.core.tensor import apply, kernel


@kernel("relu")
def relu(a):
    return np.abs(a)


class ReLU:
    def __call__(self, x):
        return apply("relu", x)

    def __repr__(self):
        return "ReLU()"
