"""Tensors beside the paper: what a product of two matrices needs, and what loops cost."""

import time

import numpy as np

from tinytorch import Tensor, ones
from tinytorch.core.tensor import matmul_explicit, peak_memory

Claim = tuple[str, str, str, bool | None]


def seconds(function, repeats):
    """The shortest of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def memory() -> Claim:
    peak = peak_memory(lambda: ones(1000, 1000) @ ones(1000, 1000))
    return ("memory of a 1000 x 1000 product", "12 MB", f"{peak / 1e6:.1f} MB at the peak", abs(peak / 12e6 - 1) < 0.05)


def loops(side: int) -> Claim:
    a, b = (Tensor(np.random.default_rng(i).standard_normal((side, side))) for i in (0, 1))
    large = (Tensor(np.ones((1000, 1000))) for _ in range(2))
    x, y = large
    slow, fast = seconds(lambda: matmul_explicit(a, b), 1), seconds(lambda: x @ y, 5)
    ratio = (slow / side**3) / (fast / 1000**3)
    measured = f"{slow:.2f} s for {side} x {side}, {1e3 * fast:.1f} ms for 1000 x 1000: {ratio:,.0f}x per multiply-add"
    return ("loops against a product at 1000 x 1000", "1,090x", measured, ratio > 1000)


def claims(quick: bool) -> list[Claim]:
    return [memory(), loops(40 if quick else 100)]
