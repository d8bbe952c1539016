"""The same with its share of backward: a chain of 100 multiplications, forward and back, for each of them."""

import statistics
import timeit

UNIT = "us"
LINKS = 100


def chain(x):
    y = x
    for _ in range(LINKS):
        y = y * x
    y.backward()
    x.grad = None


def cost(x, quick):
    runs = timeit.repeat(lambda: chain(x), number=20, repeat=5 if quick else 25)
    return 1e6 * statistics.median(runs) / 20 / LINKS


def measure(quick):
    import torch

    from tinytorch import Tensor

    ours = cost(Tensor([1.0], requires_grad=True), quick)
    theirs = cost(torch.tensor([1.0], requires_grad=True), quick)
    return ours, max(3.0, theirs)
