"""How much longer a training step takes under a Profiler: a CNN on digits or a small decoder, the worse of the two.

Steps with and without it in turn, by the time of this thread: other programs would decide the comparison.
"""

import statistics
import time

import numpy as np

UNIT = "%"


def digits():
    from tinytorch import Tensor, nn
    from tinytorch.datasets import TinyDigits
    from tinytorch.optim import SGD
    from tinytorch.training import train_step

    layers = [nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    model, data = nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 10)), TinyDigits(train=True)
    x, y = Tensor(data.images[:64]).reshape(64, 1, 28, 28) / 255, data.labels[:64]
    optimizer, loss_of = SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    return model, lambda: train_step(model, optimizer, loss_of, x, y)


def decoder():
    from tinytorch.nn import Transformer
    from tinytorch.optim import Adam

    ids = np.random.default_rng(0).integers(0, 256, (16, 65))
    model = Transformer(vocab=256, d_model=64, n_heads=4, n_layers=2, max_len=64)
    optimizer = Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        model(ids[:, :-1], ids[:, 1:]).backward()
        optimizer.step()

    return model, step


def seconds(step, steps=3):
    began = time.thread_time()
    for _ in range(steps):
        step()
    return time.thread_time() - began


def overhead(model, step, rounds):
    from tinytorch.profiling import Profiler

    ratios = []
    seconds(step)
    for _ in range(rounds):
        plain = seconds(step)
        with Profiler(model):
            ratios.append(seconds(step) / plain)
    return 100 * (statistics.median(ratios) - 1)


def measure(quick):
    return max(overhead(*make(), 20 if quick else 80) for make in (digits, decoder)), 5.0
