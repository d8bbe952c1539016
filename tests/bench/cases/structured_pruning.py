"""A batch of 256 through 784 -> 512 -> 512 -> 10 after half of the units have gone, beside the whole model."""

import statistics
import time

import numpy as np

UNIT = "of the whole model's time"


def models():
    from tinytorch import manual_seed
    from tinytorch.compression import structured_prune
    from tinytorch.nn import Linear, ReLU, Sequential

    manual_seed(0)
    whole = Sequential(Linear(784, 512), ReLU(), Linear(512, 512), ReLU(), Linear(512, 10))
    return structured_prune(whole, 0.5), whole


def seconds(model, x):
    began = time.perf_counter()
    model(x)
    return time.perf_counter() - began


def measure(quick):
    from tinytorch import Tensor, no_grad

    pair, x = models(), Tensor(np.random.default_rng(0).random((256, 784), np.float32))
    with no_grad():
        times = [[seconds(model, x) for model in pair] for _ in range(40 if quick else 200)]
    return statistics.median(small / whole for small, whole in times), 0.6
