"""The cost of recording one operation: x * x on a tensor of one element that requires a gradient."""

import statistics
import timeit

UNIT = "us"


def cost(x, quick):
    runs = timeit.repeat(lambda: x * x, number=2000, repeat=5 if quick else 25)
    return 1e6 * statistics.median(runs) / 2000


def measure(quick):
    import torch

    from tinytorch import Tensor

    ours = cost(Tensor([1.0], requires_grad=True), quick)
    theirs = cost(torch.tensor([1.0], requires_grad=True), quick)
    return ours, max(3.0, theirs)
