"""ReLU writes its zeros into the input."""
# cell: relu
# says: x after ReLU\(\)\(x\).*not to be changed
import math

import numpy as np

from tinytorch.core.tensor import apply, kernel


@kernel("relu")
def relu(a):
    a[a < 0] = 0
    return a


class ReLU:
    def __call__(self, x):
        return apply("relu", x)

    def __repr__(self):
        return "ReLU()"
