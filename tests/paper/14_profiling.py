"""Profiling beside the paper: where training time goes, what a part of it is worth, what looking costs, and joules."""

import math
import statistics
import sys
import time

import numpy as np

from tinytorch import Tensor, manual_seed
from tinytorch.core.tensor import kernels
from tinytorch.datasets import CIFAR10, TinyDigits
from tinytorch.nn import Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential, conv2d_explicit
from tinytorch.optim import Adam
from tinytorch.profiling import Profiler, amdahl_speedup, machine_peaks, profile, replaced
from tinytorch.training import train_step

Claim = tuple[str, str, str, bool | None]
BATCH = 32


def photographs():
    """The set's name, images (500, 3, 32, 32) and labels of CIFAR-10, or None where it is not there."""
    try:
        data = CIFAR10(train=False)
    except FileNotFoundError:
        return None
    return "CIFAR-10", data.images[:500], data.labels[:500]


def digits():
    data = TinyDigits(train=True)
    return "TinyDigits", data.images[:500].reshape(500, 1, 28, 28), data.labels[:500]


def trained(images, labels, steps):
    """A CNN of two convolutions that has seen so many batches, and one more step of its training."""
    manual_seed(0)
    channels, side = images.shape[1], images.shape[2] // 4
    layers = [Conv2d(channels, 32, 3, padding=1), ReLU(), MaxPool2d(2), Conv2d(32, 64, 3, padding=1), ReLU()]
    model = Sequential(*layers, MaxPool2d(2), Flatten(), Linear(64 * side * side, 128), ReLU(), Linear(128, 10))
    optimizer, loss_of, draws = Adam(model.parameters(), lr=1e-3), CrossEntropyLoss(), np.random.default_rng(0)

    def step():
        rows = draws.integers(0, len(images), BATCH)
        train_step(model, optimizer, loss_of, Tensor(images[rows]) / 255, labels[rows])

    for _ in range(steps):
        step()
    return model, step


def with_loops(quick):
    """The share of a convolution in seven loops, forward, the rest of the model as it is."""
    model = Sequential(Conv2d(1, 8, 3, bias=False), ReLU(), MaxPool2d(2), Flatten(), Linear(8 * 13 * 13, 10))
    x = Tensor(digits()[1][: 1 if quick else 4]) / 255
    loops = lambda name, kernel: (lambda a, w, **_: conv2d_explicit(a, w)) if name == "conv2d" else kernel  # noqa: E731
    with replaced(kernels, loops):
        report = profile(lambda: model(x), model, repeat=3, warmup=0)
    found = report.by_operation()["conv2d"].seconds / report.elapsed
    claim = "convolution takes most of the time: in seven loops, forward"
    return claim, "80 % and more of training", f"{found:.1%} of a model with one convolution", found >= 0.8


def whereabouts(name, report):
    """By operation, both directions together: is convolution the largest part?"""
    parts = {}
    for operation, totals in report.by_operation().items():
        kind = operation.removesuffix(" backward")
        parts[kind] = parts.get(kind, 0) + totals.seconds / report.elapsed
    outside = report.outside / report.elapsed
    measured = f"{parts['conv2d']:.0%} of a step of the CNN on {name}, batch {BATCH}; {outside:.0%} in no operation"
    claim = f"and still the largest part as a product in chunks, training ({name})"
    return claim, "", measured, max(parts, key=parts.__getitem__) == "conv2d"


def counts(model, report, x):
    """FLOPs of both convolutions by hand, forward and backward."""
    side = x.shape[2]
    first = BATCH * 32 * side**2 * x.shape[1] * 9
    second = BATCH * 64 * (side // 2) ** 2 * 32 * 9
    biases = BATCH * (32 * side**2 + 64 * (side // 2) ** 2)
    hand = 2 * (first + second) + biases, 2 * first + 4 * second + biases
    totals = report.by_operation()
    seen = totals["conv2d"].flops, totals["conv2d backward"].flops
    measured = f"{seen[0]:,} forward and {seen[1]:,} backward in both convolutions, as by hand"
    return f"measuring FLOPs ({x.shape[1]} x {side} x {side} pictures)", "FLOPs measured", measured, seen == hand


def law():
    speedup = amdahl_speedup(0.7, 2)
    measured = f"{speedup:.4f}; no more than {amdahl_speedup(0.7, math.inf):.2f} times for any factor"
    return "70 % of the time, 2 times faster (Amdahl)", "1.53x", measured, math.floor(100 * speedup) == 153


def five_times(name, kernel):
    def slow(*arrays, **attributes):
        return [kernel(*arrays, **attributes) for _ in range(5)].pop()

    return slow if name == "conv2d" else kernel


def seconds(step, steps=3):
    began = time.thread_time()
    for _ in range(steps):
        step()
    return time.thread_time() - began


def ratio(step, context, rounds):
    """How many times longer a step takes inside of `context()`: the median of several comparisons, in turn."""
    found = []
    for _ in range(rounds):
        plain = seconds(step)
        with context():
            found.append(seconds(step) / plain)
    return statistics.median(found)


def law_on_a_step(name, model, step, rounds):
    watching = Profiler(model)
    watching.log.clock = time.thread_time
    with watching:
        seconds(step, 3 * rounds)
    part = watching.by_operation()["conv2d"].seconds / watching.elapsed
    predicted, got = 1 / amdahl_speedup(part, 1 / 5), ratio(step, lambda: replaced(kernels, five_times), rounds)
    measured = f"convolution forward, {part:.0%} of it, done five times: {predicted:.2f} predicted, {got:.2f} measured"
    return f"the law on a step of training ({name})", "", measured, abs(got / predicted - 1) < 0.15


def cost(name, model, step, rounds):
    more = 100 * (ratio(step, lambda: Profiler(model), rounds) - 1)
    return f"measurement overhead ({name})", "", f"{more:.1f} % of a step of training; at most 5 %", more <= 5


def limits(report):
    """Products lie under the flat part of the roof or near it, everything else far on the slope."""
    peaks, totals = machine_peaks(), report.by_operation()
    conv, relu = totals["conv2d"].intensity, totals["relu"].intensity
    measured = f"{peaks}; convolution does {conv:.0f} FLOP/byte, ReLU {relu:.2f}"
    good = relu < peaks.ridge and conv > 50 * relu
    return "roofline of this machine, the model on it", "a future extension", measured, good


def joules(name, report):
    found = report.energy()
    measured = f"{found} for a step on {name}"
    return "energy", "not measured", measured, found.measured or "an estimate" in str(found)


def claims(quick: bool) -> list[Claim]:
    rounds, found = 5 if quick else 15, [with_loops(quick)]
    for name, images, labels in filter(None, (digits(), photographs())):
        model, step = trained(images, labels, 5 if quick else 40)
        report = profile(step, model, repeat=5 if quick else 15)
        found += [whereabouts(name, report), counts(model, report, images)]
        found += [law_on_a_step(name, model, step, rounds), cost(name, model, step, rounds)]
    if photographs() is None:
        found.append(("the same on CIFAR-10", "", "not measured: no data", None))
    return [*found, law(), limits(report), joules(name, report)]


if __name__ == "__main__":
    for row in claims("--quick" in sys.argv):
        print(*row, sep=" | ")
