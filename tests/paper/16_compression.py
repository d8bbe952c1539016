"""Compression beside the paper: 90 % of the weights, 10 times smaller, a teacher, and what makes a model faster."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tinytorch import Tensor, manual_seed, no_grad
from tinytorch.compression import (
    DistillationLoss,
    Distiller,
    FineTuner,
    Masks,
    gradual,
    load_sparse,
    low_rank,
    low_rank_error,
    magnitude_prune,
    save_sparse,
    sparsity,
    structured_prune,
)
from tinytorch.datasets import MNIST, TinyDigits
from tinytorch.nn import BatchNorm2d, Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential
from tinytorch.optim import Adam
from tinytorch.training import CosineAnnealingLR, Trainer, save

Claim = tuple[str, str, str, bool | None]


class Task:
    """Digits to train on and to test on, as pictures (n, 1, 28, 28), and how to train on them."""

    def __init__(self, name, dataset, epochs, tuning, rounds):
        self.name, self.epochs, self.tuning, self.rounds = name, epochs, tuning, rounds
        parts = dataset(train=True), dataset(train=False)
        self.x, self.unseen = (part.images.reshape(-1, 1, 28, 28).astype(np.float32) / 255 for part in parts)
        self.y, self.labels = (part.labels for part in parts)

    def right(self, model):
        """The share of the test digits that are read rightly, in per cent."""
        trainer = Trainer(model, Adam(model.parameters()), CrossEntropyLoss())
        return 100 * trainer.evaluate(self.unseen, self.labels, batch_size=500)[1]

    def tune(self, model, epochs, lr, masks=None, decay=0):
        optimizer = Adam(model.parameters(), lr=lr, weight_decay=decay)
        schedule = CosineAnnealingLR(optimizer, epochs)
        FineTuner(masks or Masks(model, {}), model, optimizer, CrossEntropyLoss(), scheduler=schedule).fit(
            self.x, self.y, epochs
        )
        return model


def mlp():
    return Sequential(Flatten(), Linear(784, 128), ReLU(), Linear(128, 10))


def cnn():
    """The network of the milestone of 1998."""
    first = [Conv2d(1, 8, 5, padding=2), MaxPool2d(2), BatchNorm2d(8), ReLU()]
    second = [Conv2d(8, 16, 3, padding=1), MaxPool2d(2), BatchNorm2d(16), ReLU()]
    return Sequential(*first, *second, Flatten(), Linear(16 * 49, 64), ReLU(), Linear(64, 10))


def tasks(quick):
    """(task, network, learning rate) of everything that is pruned; None where there is no data.

    The last of a Task are the epochs of a round in which each layer loses weights, those of the last round, and the
    weight decay. They were chosen on training digits that were held out, not on the test digits.
    """
    digits = Task("TinyDigits", TinyDigits, 4 if quick else 12, 4 if quick else 6, (4, 12, 1e-3))
    yield digits, mlp, 2e-3
    yield digits, cnn, 4e-3
    try:
        rounds = (1, 2, 1e-5) if quick else (2, 8, 1e-5)
        yield Task("MNIST", MNIST, 1 if quick else 4, 1 if quick else 6, rounds), mlp, 2e-3
    except FileNotFoundError:
        yield None


def count(model):
    return sum(p.size for p in model.parameters())


def shrink(task, model, rate):
    """90 % of the weights set to 0, the smallest of all, in three rounds of pruning and fine-tuning."""
    for amount in gradual(0.9, 3):
        task.tune(model, task.tuning, rate, magnitude_prune(model, amount))


def shrink_layers(task, model, rate):
    """90 % of each layer set to 0, in six rounds, the last of them longer.

    Of a unit that has lost all its ways out no gradient comes back: without weight decay its weights would stay as
    large as they were, and take the places of weights that work.
    """
    each, last, decay = task.rounds
    for amount, epochs in zip(gradual(0.9, 6), [each] * 5 + [last], strict=True):
        task.tune(model, epochs, rate, magnitude_prune(model, amount, "layer"), decay)


def pruned(task, make, model, before, rate):
    shrink(task, model, rate / 2)
    after, zeros = task.right(model), 100 * sparsity(model)
    claim = f"pruning removes 90 % of the weights ({make.__name__.upper()} on {task.name}, the smallest of all)"
    measured = f"{zeros:.1f} % are 0: {before:.2f} % right before, {after:.2f} % after"
    return claim, "minimal impact", measured, zeros >= 89.9 and after >= before - 1


def in_each_layer(task, make, rate, networks):
    """The mean of several networks: from one to the next the loss differs by half a point."""
    found = []
    for seed in range(networks):
        manual_seed(seed)
        model = task.tune(make(), task.epochs, rate)
        before = task.right(model)
        shrink_layers(task, model, rate if make is mlp else 2 * rate)
        found.append((before, task.right(model), 100 * sparsity(model)))
    before, after, zeros = (statistics.mean(column) for column in zip(*found, strict=True))
    claim = f"90 % of each layer instead ({make.__name__.upper()} on {task.name})"
    measured = f"{zeros:.1f} % are 0: {before:.2f} % right before, {after:.2f} % after (the mean of {networks})"
    return claim, "minimal impact", measured, zeros >= 89.9 and after >= before - 1


def stored(task, make, model, before):
    """The file with gaps and one byte a number, and what is read from it."""
    folder, again = Path(tempfile.mkdtemp()), make()
    save_sparse(model, folder / "small.safetensors", bits=8)
    save_sparse(model, folder / "sparse.safetensors")
    again.load_state_dict(load_sparse(folder / "small.safetensors"))
    dense = make()
    save(dense.state_dict(), folder / "dense.safetensors")
    sizes = {path.stem: path.stat().st_size for path in folder.iterdir()}
    after, times = task.right(again), sizes["dense"] / sizes["small"]
    claim = f"pruned, one byte a number, stored ({make.__name__.upper()} on {task.name})"
    measured = f"{times:.1f} times smaller ({sizes['dense']:,} to {sizes['small']:,} bytes; {sizes['sparse']:,} with "
    measured += f"4 bytes a number): {before:.2f} % right before, {after:.2f} % after"
    return claim, "10x shrinkage", measured, times >= 10 and after >= before - 2


def milliseconds(models, x, rounds):
    """The median time of each model for a batch, in turn: what else runs on the machine disturbs all alike."""
    taken = {name: [] for name in models}
    with no_grad():
        for _ in range(rounds):
            for name, model in models.items():
                began = time.perf_counter()
                model(x)
                taken[name].append(1e3 * (time.perf_counter() - began))
    return {name: statistics.median(found) for name, found in taken.items()}


def structured(task, make, model, rate, amount, quick):
    before = task.right(model)
    small = task.tune(structured_prune(model, amount), task.epochs, rate)
    after, zeros = task.right(small), make()
    zeros.load_state_dict(model.state_dict())
    magnitude_prune(zeros, 0.9)
    models = {"dense": model.eval(), "small": small.eval(), "zeros": zeros.eval()}
    took = milliseconds(models, Tensor(task.unseen[:256]), 15 if quick else 60)
    times = took["dense"] / took["small"]
    claim = f"{amount:.0%} of all units and filters gone ({make.__name__.upper()} on {task.name}, 256 digits)"
    measured = f"{count(model):,} to {count(small):,} parameters, {times:.1f} times faster, {before:.2f} % to "
    measured += f"{after:.2f} % right; with 90 % zeros instead {took['dense'] / took['zeros']:.2f} times"
    return claim, "", measured, times > 1.2 and after >= before - 1


def factored(task, model):
    layer, worst = model[1], 0.0
    for rank in (4, 16, 64):
        first, second = low_rank(layer, rank)
        apart = np.linalg.norm(layer.weight.data.astype(np.float64) - second.weight.data @ first.weight.data)
        worst = max(worst, abs(apart / low_rank_error(layer, rank) - 1))
    thin = Sequential(model[0], low_rank(layer, 32), *model[2:])
    before, after = task.right(model), task.right(thin)
    measured = (
        f"rank 32 of 128: {count(model):,} to {count(thin):,} parameters, {before:.2f} % to {after:.2f} % right; "
    )
    measured += f"the error is the tail of the singular values, to {worst:.0e}"
    return "low-rank factors, without training", "", measured, worst < 1e-4 and after >= before - 1


def student(task, teacher, seed):
    """A small model that has seen 500 digits, with labels and perhaps with a teacher's answers."""
    manual_seed(seed)
    model = Sequential(Flatten(), Linear(784, 32), ReLU(), Linear(32, 10))
    optimizer = Adam(model.parameters(), lr=3e-3)
    if teacher is None:
        trainer = Trainer(model, optimizer, CrossEntropyLoss())
    else:
        trainer = Distiller(teacher, DistillationLoss(temperature=2, alpha=0.9), model, optimizer)
    trainer.fit(task.x[:500], task.y[:500], 60)
    return task.right(model)


def distilled(task):
    manual_seed(0)
    teacher = Sequential(Flatten(), Linear(784, 512), ReLU(), Linear(512, 512), ReLU(), Linear(512, 10))
    Trainer(teacher, Adam(teacher.parameters(), lr=1e-3), CrossEntropyLoss()).fit(task.x, task.y, 8)
    found = [[student(task, who, seed) for seed in range(5)] for who in (None, teacher)]
    better = sum(taught > alone for alone, taught in zip(*found, strict=True))
    alone, taught = (statistics.mean(side) for side in found)
    small = count(Sequential(Linear(784, 32), Linear(32, 10)))
    measured = f"five seeds: {alone:.2f} % alone, {taught:.2f} % with a teacher ({task.right(teacher):.2f} %), "
    measured += f"better in {better} of 5; {count(teacher):,} to {small:,} parameters"
    return f"distillation (500 labelled digits of {task.name})", "", measured, taught > alone


def claims(quick: bool) -> list[Claim]:
    found = []
    for case in tasks(quick):
        if case is None:
            found.append(("the same on MNIST", "", "not measured: no data", None))
            continue
        task, make, rate = case
        manual_seed(0)
        model = task.tune(make(), task.epochs, rate)
        whole, before = {name: value.data.copy() for name, value in model.state_dict().items()}, task.right(model)
        found.append(pruned(task, make, model, before, rate))
        found.append(stored(task, make, model, before))
        model.load_state_dict(whole)
        if not (quick and make is cnn):
            found.append(in_each_layer(task, make, rate, 1 if quick else 3))
        found.append(structured(task, make, model, rate, 0.5, quick))
        if make is mlp:
            found.append(factored(task, model))
        else:
            found.append(distilled(task))
    return found


if __name__ == "__main__":
    for row in claims("--quick" in sys.argv):
        print(*row, sep=" | ")
