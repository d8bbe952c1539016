"""A training step of a decoder of 8 layers, as so many steps of one of 1: each layer costs what the first did."""

import statistics
import time

import numpy as np

UNIT = "times"


def training(layers):
    from tinytorch.nn import Transformer
    from tinytorch.optim import Adam

    ids = np.random.default_rng(0).integers(0, 256, (16, 65))
    model = Transformer(256, 64, 4, layers, max_len=64)
    optimizer = Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        model(ids[:, :-1], ids[:, 1:]).backward()
        optimizer.step()

    return step


def seconds(step):
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def measure(quick):
    shallow, deep = training(1), training(8)
    for _ in range(3):
        shallow(), deep()
    times = [(seconds(shallow), seconds(deep)) for _ in range(7 if quick else 40)]
    short, long = (statistics.median(side) for side in zip(*times, strict=True))
    return long / short, 10.0
