"""One training step of MLP 784-128-10 on batches of 64, SGD: forward, loss, backward, update."""

import itertools

import numpy as np

THREADS = {1: 1.2}
WORDS = np.random.default_rng(0)
BATCHES = [(WORDS.random((64, 784), np.float32), WORDS.integers(0, 10, 64)) for _ in range(20)]
SHAPES = [(128, 784), (128,), (10, 128), (10,)]
WEIGHTS = [WORDS.normal(0, 0.05, shape).astype(np.float32) for shape in SHAPES]


def ours():
    from tinytorch import Tensor
    from tinytorch.nn import CrossEntropyLoss, Linear, ReLU, Sequential
    from tinytorch.optim import SGD

    model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    for parameter, weight in zip(model.parameters(), WEIGHTS, strict=True):
        parameter.data[...] = weight  # into the layer's own memory, as load_state_dict does
    return training(model, CrossEntropyLoss(), SGD, [(Tensor(x), y) for x, y in BATCHES])


def theirs():
    import torch
    from torch import nn

    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    for parameter, weight in zip(model.parameters(), WEIGHTS, strict=True):
        parameter.data = torch.from_numpy(weight.copy())
    batches = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in BATCHES]
    return training(model, nn.CrossEntropyLoss(), torch.optim.SGD, batches)


def training(model, criterion, optimizer, batches):
    """The same step for both: that it can be written once is the point of PyTorch's names."""
    optimizer = optimizer(list(model.parameters()), lr=0.1)
    endless = itertools.cycle(batches)

    def step():
        x, y = next(endless)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step
