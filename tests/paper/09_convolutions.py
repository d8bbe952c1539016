"""Convolutions beside the paper: parameters, multiply-adds, and seven loops against products of matrices."""

import time

import numpy as np

from tinytorch import Tensor
from tinytorch.nn import Conv2d, Linear, conv2d_explicit

Claim = tuple[str, str, str, bool | None]


def parameters() -> Claim:
    conv, dense = (sum(p.size for p in layer.parameters()) for layer in (Conv2d(3, 32, 3), Linear(3072, 32)))
    measured = f"{conv:,} in Conv2d(3, 32, 3), {dense:,} in Linear(3072, 32)"
    return ("parameters of a convolution", "896 against 98,336", measured, (conv, dense) == (896, 98_336))


def loops(pictures: int) -> tuple[Claim, Claim]:
    """The paper's batch: 128 pictures of 3 x 32 x 32, 32 filters of 5 x 5. The loops get the first few."""
    draws = np.random.default_rng(0)
    x = draws.standard_normal((128, 3, 32, 32)).astype(np.float32)
    layer = Conv2d(3, 32, 5, bias=False)
    places = layer(Tensor(x[:1])).data[0, 0].size
    products = len(x) * 32 * places * 3 * 5 * 5
    start = time.perf_counter()
    slow = conv2d_explicit(x[:pictures, :, :14, :14], layer.weight.data)
    loop = (time.perf_counter() - start) / (slow.size * 75) * products
    times = []
    for _ in range(5):
        start = time.perf_counter()
        fast = layer(Tensor(x))
        times.append(time.perf_counter() - start)
    same = np.allclose(slow, fast.data[:pictures, :, :10, :10], atol=1e-4)
    ratio = loop / min(times)
    count = ("multiply-adds of a batch through 5 x 5", "241 M", f"{products / 1e6:.0f} M", round(products / 1e6) == 241)
    measured = f"{loop:.0f} s in loops (from {pictures} small pictures), {1e3 * min(times):.1f} ms: {ratio:,.0f}x"
    paper = "10-100x, 10,017x to PyTorch"
    return count, ("seven loops against the vectorized form", paper, measured, same and ratio > 100)


def claims(quick: bool) -> list[Claim]:
    return [parameters(), *loops(1 if quick else 3)]
