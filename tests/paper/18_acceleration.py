"""Acceleration: the paper's 10 to 100 times of vectorization, orders and caches, steps of real models accelerated."""

import os
import statistics
import time

import numpy as np

from tinytorch import manual_seed, tensor
from tinytorch.acceleration import (
    POOL,
    Fast,
    accelerate,
    conv2d_vectorized,
    matmul_by_outers,
    matmul_by_rows,
    original,
    tile_loads,
    tiled_matmul,
)
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import kernels
from tinytorch.datasets import CIFAR10, TinyDigits, TinyTalks
from tinytorch.nn import (
    Conv2d,
    CrossEntropyLoss,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    Transformer,
    conv2d_explicit,
)
from tinytorch.optim import SGD, Adam

WORDS = np.random.default_rng(0)


def seconds(function, repeat=3):
    """The shortest of some times: what else runs on the machine can only make them longer."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        function()
        taken.append(time.perf_counter() - began)
    return min(taken)


def arrays(*shapes):
    return [WORDS.standard_normal(shape).astype(np.float32) for shape in shapes]


# -- loops, orders and tiles -------------------------------------------------------------------------------------------


def vectorized(quick):
    """The paper's convolution, (128, 3, 32, 32) and 32 filters of 5 x 5; the loops on a corner of one picture."""
    x, weight = arrays((128, 3, 32, 32), (32, 3, 5, 5))
    side = 8 if quick else 12
    corner, few = x[:1, :, :side, :side], weight[:4]
    share = 128 * 32 * 28 * 28 / (4 * (side - 4) ** 2)
    loops = seconds(lambda: conv2d_explicit(corner, few), 1) * share
    once = seconds(lambda: conv2d_vectorized(x, weight))
    chunks = seconds(lambda: original(kernels, "conv2d")(x, weight))
    got, want = conv2d_vectorized(corner, few), conv2d_explicit(corner, few)
    same = float(np.abs(got - want).max())
    measured = f"{loops / once:,.0f} times (one product, {once * 1e3:.0f} ms), {loops / chunks:,.0f} in chunks"
    claim = "vectorized convolution against seven loops, 128 pictures and 32 filters of 5 x 5"
    yield claim, "10 to 100 times", f"{measured}; results within {same:.0e}", loops > 100 * once and same < 1e-4


def orders(quick):
    n = 256 if quick else 768
    a, b = arrays((n, n), (n, n))
    rows = seconds(lambda: matmul_by_rows(a, b), 1)
    down = seconds(lambda: matmul_by_rows(np.asfortranarray(a), np.asfortranarray(b)), 1)
    blas = seconds(lambda: a @ b)
    measured = f"{n} x {n}: down the columns takes {down / rows:.1f} times as long as along the rows, for the caches; "
    measured += f"that {rows / blas:,.0f} times as long as `a @ b`, for its {n * n:,} calls"
    claim = "identical algorithms differ by how they are written: one product"
    yield claim, "100 times", measured, down > rows > 10 * blas


def tiles(quick):
    n = 1024
    a, b = arrays((n, n), (n, n))
    times = {tile: seconds(lambda t=tile: tiled_matmul(a, b, t, matmul_by_outers), 1) for tile in (128, 256, n)}
    best = min(times, key=times.get)
    fewer = tile_loads(n, n, n, 1) / tile_loads(n, n, n, best)
    measured = (
        f"tile {best}: {times[n] / times[best]:.1f} times, {fewer:.0f} times fewer numbers fetched than one by one"
    )
    yield "tiles: outer products of 1024 x 1024 in blocks that fit the cache", "", measured, best < n


# -- training ----------------------------------------------------------------------------------------------------------


def batches_of(images, labels, size, channels):
    pictures = images.reshape(len(images), channels, *images.shape[-2:] if channels == 1 else (32, 32))
    rows = [WORDS.integers(0, len(images), size) for _ in range(8)]
    return [(tensor(pictures[r] / np.float32(255)), labels[r]) for r in rows]


def digits_mlp():
    digits = TinyDigits(train=True)
    model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    batches = [(x.reshape(-1, 784), y) for x, y in batches_of(digits.images, digits.labels, 64, 1)]
    return model, SGD(model.parameters(), lr=0.1), batches


def digits_cnn():
    digits = TinyDigits(train=True)
    first = [Conv2d(1, 16, 3, padding=1), ReLU(), MaxPool2d(2)]
    model = Sequential(*first, Conv2d(16, 32, 3, padding=1), ReLU(), MaxPool2d(2), Flatten(), Linear(1568, 10))
    return model, Adam(model.parameters()), batches_of(digits.images, digits.labels, 32, 1)


def cifar_cnn():
    images = CIFAR10(train=False)
    layers = [Conv2d(3, 32, 3, padding=1), ReLU(), MaxPool2d(2), Conv2d(32, 64, 3, padding=1), ReLU(), MaxPool2d(2)]
    model = Sequential(*layers, Flatten(), Linear(4096, 128), ReLU(), Linear(128, 10))
    return model, Adam(model.parameters()), batches_of(images.images, images.labels, 32, 3)


def decoder():
    text = " ".join(f"{question} {answer}" for question, answer in TinyTalks("train"))
    stream = np.frombuffer(text.encode(), np.uint8) % 128
    rows = [stream[WORDS.integers(0, len(stream) - 65, (16, 1)) + np.arange(65)] for _ in range(8)]
    model = Transformer(vocab=128, d_model=64, n_heads=4, n_layers=2, max_len=64)
    return model, Adam(model.parameters()), [(ids[:, :-1], ids[:, 1:]) for ids in rows]


def loss_of(model, x, y):
    return model(x, y) if isinstance(model, Transformer) else CrossEntropyLoss()(model(x), y)


def step_of(model, optimizer, batches, number):
    optimizer.zero_grad()
    loss = loss_of(model, *batches[number % len(batches)])
    loss.backward()
    optimizer.step()
    return loss.item()


def apart(model, batches):
    """The largest difference of a loss or a gradient, plain and accelerated; kernels are checked on their shapes."""
    found = []
    for context in (lambda: accelerate({}), lambda: accelerate(check=True)):
        model.zero_grad()
        with context():
            loss = loss_of(model, *batches[0])
            loss.backward()
        found.append([loss.data, *(p.grad.data.copy() for p in model.parameters())])
    return max(float(np.abs(a - b).max()) for a, b in zip(*found, strict=True))


def times_faster(model, optimizer, batches, rounds):
    """Medians of steps in turn, plain and accelerated, in one process."""
    plain, fast = [], []
    for number in range(rounds):
        plain.append(seconds(lambda n=number: step_of(model, optimizer, batches, n), 1))
        with accelerate():
            step_of(model, optimizer, batches, number)  # the optimizer's arena is made anew
            fast.append(seconds(lambda n=number: step_of(model, optimizer, batches, n), 1))
    return statistics.median(plain[2:]), statistics.median(fast[2:])


def training(quick):
    """`accelerate()` on real models: the same numbers to 1e-5, and the time of a step."""
    for make in (digits_mlp, digits_cnn, decoder, cifar_cnn):
        claim = f"accelerate() on a training step, {make.__name__.replace('_', ' of ')}"
        if make is cifar_cnn and not os.environ.get("TINYTORCH_DATA"):
            yield claim, "", "not measured: no data", None
            continue
        manual_seed(0)
        model, optimizer, batches = make()
        differ = apart(model, batches)
        slow, fast = times_faster(model, optimizer, batches, 8 if quick else 40)
        measured = f"{slow * 1e3:.2f} ms plain, {fast * 1e3:.2f} accelerated; loss and gradients within {differ:.0e}"
        yield claim, "", measured, differ < 1e-5


# -- memory and trust --------------------------------------------------------------------------------------------------


def pool(quick):
    manual_seed(0)
    model, optimizer, batches = decoder()
    with accelerate():
        step_of(model, optimizer, batches, 0)
        taken, made = POOL.taken, POOL.made
        for number in range(5):
            step_of(model, optimizer, batches, number)
    fresh = POOL.made - made
    measured = f"{(POOL.taken - taken) / 1e6:.1f} MB taken in 5 steps, {fresh / 1e6:.1f} MB of them newly made"
    yield "a buffer pool serves a decoder's steps from memory that is there", "", measured, fresh == 0


def trust(quick):
    before, said = (dict(kernels), dict(gradients)), "nothing"
    wrong = {"gelu": Fast(lambda a, approximate="none": np.maximum(a, 0))}
    try:
        with accelerate(wrong, check=True):
            model, _, batches = decoder()
            model(*batches[0])
    except RuntimeError as error:
        said = str(error)
    named = "gelu on (16, 64, 256)" in said and (kernels, gradients) == before
    yield "a faulty accelerated kernel in a real model is named, and everything is undone", "", said, named


def claims(quick):
    return [row for part in (vectorized, orders, tiles, training, pool, trust) for row in part(quick)]
