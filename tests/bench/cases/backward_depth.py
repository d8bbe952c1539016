"""Backward through 8 times the layers, the worse of a plain and a residual chain: one visit a node.

In the residual chain there are 2 ** depth paths from the end to the start.
"""

import statistics
import time

import numpy as np

UNIT = "times"
CHAINS = {"plain": lambda x, w: x @ w, "residual": lambda x, w: x + (x @ w) * 0.1}


def seconds(chain, depth):
    from tinytorch import Tensor

    words = np.random.default_rng(0)
    out = Tensor(words.random((8, 16), np.float32), requires_grad=True)
    w = Tensor(words.normal(0, 0.25, (16, 16)).astype(np.float32), requires_grad=True)
    for _ in range(depth):
        out = chain(out, w)
    out = out.sum()
    began = time.perf_counter()
    out.backward()
    return time.perf_counter() - began


def ratio(chain, rounds):
    seconds(chain, 50)
    times = [(seconds(chain, 50), seconds(chain, 400)) for _ in range(rounds)]
    short, long = (statistics.median(side) for side in zip(*times, strict=True))
    return long / short


def measure(quick):
    return max(ratio(chain, 7 if quick else 25) for chain in CHAINS.values()), 10.0
