"""Pairs that several cases share: the same step in both frameworks, since the names are the same."""

from __future__ import annotations

import itertools

import numpy as np


class Side:
    """One of the two frameworks: its layers, its optimizers, and how it makes a tensor."""

    def __init__(self, name):
        if name == "ours":
            import tinytorch as library
            from tinytorch import nn, optim
        else:
            import torch as library
            from torch import nn, optim
        self.nn, self.optim, self.tensor = nn, optim, library.tensor

    def start(self, model):
        """The same weights on both sides, written into the memory that is there."""
        words = np.random.default_rng(1)
        for p in model.parameters():
            values = words.uniform(-0.05, 0.05, tuple(p.shape)).astype(np.float32)
            p.data[...] = values if isinstance(p.data, np.ndarray) else self.tensor(values)
        return model

    def colours(self, batch):
        return self.tensor(np.random.default_rng(2).standard_normal((batch, 3, 32, 32)).astype(np.float32))


def both(make):
    """`ours` and `theirs` of a case, from one function of a Side."""
    return lambda: make(Side("ours")), lambda: make(Side("theirs"))


def first_convolution(batch):
    """Conv2d(3, 32, 3, padding=1), forward and backward, on colours: they need no gradient."""
    return both(lambda side: convolution(side, side.start(side.nn.Conv2d(3, 32, 3, padding=1)), side.colours(batch)))


def second_convolution(batch):
    """Conv2d(32, 64, 3, padding=1), forward and backward, on what a layer before it hands over, 32 x 16 x 16."""

    def make(side):
        before = side.start(side.nn.Conv2d(3, 32, 2, stride=2))(side.colours(batch)).detach()
        before.requires_grad = True
        return convolution(side, side.start(side.nn.Conv2d(32, 64, 3, padding=1)), before)

    return both(make)


def convolution(side, layer, x):
    """The loss is half the sum of squares, so that the gradient that comes back is the result itself."""

    def step():
        x.grad = layer.weight.grad = layer.bias.grad = None
        out = layer(x)
        out.backward(out.detach())
        return layer.bias.grad.sum() * (1 / len(x))

    return step


def cnn(batch):
    """A training step: 3 -> 32 -> 64 channels, each with ReLU and pooling, 4096 -> 128 -> 10, cross-entropy, Adam."""
    return both(lambda side: training(side, side.start(cifar_model(side.nn)), batch))


def cifar_model(nn):
    first = [nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10))


def training(side, model, batch):
    words, criterion = np.random.default_rng(0), side.nn.CrossEntropyLoss()
    pictures = words.standard_normal((8, batch, 3, 32, 32)).astype(np.float32)
    batches = itertools.cycle([(side.tensor(x), side.tensor(words.integers(0, 10, batch))) for x in pictures])
    optimizer = side.optim.Adam(list(model.parameters()))

    def step():
        x, y = next(batches)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step
