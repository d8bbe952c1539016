"""How much the process grows over 10,000 training steps, after 500 to warm up."""

import gc

import numpy as np

UNIT = "MB"


def training():
    from tinytorch import Tensor
    from tinytorch.nn import CrossEntropyLoss, Linear, ReLU, Sequential
    from tinytorch.optim import Adam

    words = np.random.default_rng(0)
    x, y = Tensor(words.random((16, 32), np.float32)), words.integers(0, 10, 16)
    model, criterion = Sequential(Linear(32, 32), ReLU(), Linear(32, 10)), CrossEntropyLoss()
    optimizer = Adam(list(model.parameters()), lr=1e-3)

    def step():
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    return step


def measure(quick):
    import psutil

    step, process = training(), psutil.Process()
    for _ in range(500):
        step()
    # whatever has to be collected counts as growth: a graph must go when its last name goes
    gc.disable()
    before = process.memory_info().rss
    for _ in range(2000 if quick else 10_000):
        step()
    return (process.memory_info().rss - before) / 1e6, 2.0
