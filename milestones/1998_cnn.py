"""1998: convolution. Small filters that slide over the image, against a network of 1986 with as many parameters.

Needs modules 01 to 09. TinyDigits comes with the framework. MNIST and CIFAR-10 are read from $TINYTORCH_DATA, or
from where `python -m tinytorch.datasets mnist` (or cifar10) put them.

    python 1998_cnn.py [--data tinydigits|mnist|cifar10] [--epochs N] [--seed N] [--checkpoint FILE] [--plot FILE]

Exit code: 0 the criterion is met, 1 it is missed or the run was interrupted, 2 wrong arguments or no data.
"""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

# One thread is fast enough. A second one of the matrix products has nothing to do between them, and where something
# else is running the two wait for each other: a step then took several times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tinytorch import manual_seed
from tinytorch.core import Tensor, no_grad, zeros
from tinytorch.core.tensor import rng
from tinytorch.data import DataLoader, Dataset
from tinytorch.datasets import CIFAR10, MNIST, TinyDigits
from tinytorch.nn import BatchNorm2d, Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential
from tinytorch.optim import Adam
from tinytorch.training import CosineAnnealingLR, Trainer, load, save

HISTORY = """\
In 1998 Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner described LeNet-5, in which the same small
filters look at every place of an image, so that 60,000 parameters serve 340,000 connections, and a stroke is
recognized wherever it stands. Kunihiko Fukushima had built such layers in his Neocognitron of 1980, and LeCun
had trained them by backpropagation since 1989. LeNet-5 misread 0.95 % of MNIST's test digits, and a system
around it read several million checks a day."""


class Task(NamedTuple):
    dataset: type
    filters: tuple[int, int]  # how many in the first and in the second convolution
    hidden: int  # units behind them
    centre: float  # of the bytes of an image, which becomes 0 ...
    spread: float  # ... and what becomes 1 above it
    mirror: bool  # does an image show the same the other way round?
    wanted: float  # accuracy
    rate: float  # of learning, at first
    epochs: int
    minutes: int  # of training both networks that 2 cores should need at most


DATA = {
    "tinydigits": Task(TinyDigits, (8, 16), 64, 0, 255, False, 0.97, 0.004, 15, 1),
    "mnist": Task(MNIST, (8, 16), 64, 0, 255, False, 0.99, 0.002, 5, 5),
    "cifar10": Task(CIFAR10, (32, 64), 128, 120, 64, True, 0.70, 0.001, 8, 20),
}
BATCH = 64
SHIFT = 2  # pixels that an image is moved by, at most
SHOWN = 9  # small pictures in a row of the drawing


def cnn(task, channels, size):
    """Two convolutions and two layers. The largest of each 2x2 is taken first, so that what follows costs a quarter."""
    first, second = task.filters
    return Sequential(
        *(Conv2d(channels, first, 5, padding=2), MaxPool2d(2), BatchNorm2d(first), ReLU()),
        *(Conv2d(first, second, 3, padding=1), MaxPool2d(2), BatchNorm2d(second), ReLU()),
        *(Flatten(), Linear(second * (size // 4) ** 2, task.hidden), ReLU(), Linear(task.hidden, 10)),
    )


def mlp(task, channels, size):
    """The network of 1986, as wide as it must be to have as many parameters as the CNN."""
    pixels = channels * size * size
    width = round((parameters(cnn(task, channels, size)) - 10) / (pixels + 1 + 10))
    return Sequential(Flatten(), Linear(pixels, width), ReLU(), Linear(width, 10))


NETWORKS = {"MLP": mlp, "CNN": cnn}


def parameters(model):
    return sum(p.size for p in model.parameters())


class Pictures(Dataset):
    """Images as numbers around 0. To be learned from they are moved a little, and mirrored, anew each time."""

    def __init__(self, images, labels, task, learn):
        self.images, self.labels, self.task, self.learn = images, labels, task, learn

    def __len__(self):
        return len(self.labels)

    def __getitems__(self, rows):
        x = self.numbers(self.images[rows])
        if self.learn:
            x = moved(x)
        if self.learn and self.task.mirror:
            chosen = rng.random(len(x)) < 0.5
            x[chosen] = x[chosen, :, :, ::-1]
        return x, self.labels[rows]

    def numbers(self, images):
        x = images.astype("float32")
        x -= self.task.centre
        x /= self.task.spread
        return x


def moved(x):
    """Each image moved by up to SHIFT pixels up or down and left or right; what comes in at its edges is 0."""
    n, channels, height, width = x.shape
    wide = zeros(n, channels, height + 2 * SHIFT, width + 2 * SHIFT).data
    wide[:, :, SHIFT:-SHIFT, SHIFT:-SHIFT] = x
    for i, (top, left) in enumerate(rng.integers(0, 2 * SHIFT + 1, (n, 2))):
        x[i] = wide[i, :, top : top + height, left : left + width]
    return x


class Run(Trainer):
    """A Trainer that takes its batches from a DataLoader of Pictures."""

    def __init__(self, name, task, shape, epochs):
        model = NETWORKS[name](task, *shape)
        optimizer = Adam(model.parameters(), lr=task.rate)
        super().__init__(model, optimizer, CrossEntropyLoss(), CosineAnnealingLR(optimizer, epochs))
        self.name, self.task, self.epochs = name, task, epochs

    def run_epoch(self, x, y, batch_size, shuffle):
        self.model.train()
        loader, total = DataLoader(Pictures(x, y, self.task, learn=True), batch_size, shuffle), 0.0
        for number, (images, labels) in enumerate(loader, 1):
            total += len(labels) * self.step(images, labels, number)
            if sys.stderr.isatty():  # an epoch may take a minute
                told = f"  {self.name}  epoch {self.epoch + 1:>2}/{self.epochs}  batch {number}/{len(loader)}"
                print(told, end="\r", file=sys.stderr, flush=True)
        return total / len(y)

    def train(self, data, test, keep):
        """The epochs that are left. Each is told, and kept with its accuracy on the test images."""

        def show(epoch):
            epoch["test"] = self.evaluate(*test)[1]
            told = f"{self.name}  epoch {epoch['epoch']:>2}/{self.epochs}  loss {epoch['loss']:.4f}"
            print(f"  {told}  test {epoch['test']:.2%}  {epoch['seconds']:.1f} s", flush=True)
            keep(self)

        self.fit(*data, epochs=max(0, self.epochs - self.epoch), batch_size=BATCH, on_epoch=show)


class Checkpoint:
    """What both runs have reached, in memory and, if the user names one, in a file."""

    def __init__(self, options, parser):
        self.path, self.parser = options.checkpoint, parser
        self.content = {"run": {"data": options.data, "epochs": options.epochs, "seed": options.seed}}
        if self.path and not self.path.parent.is_dir():
            parser.error(f"--checkpoint: there is no folder {self.path.parent}")
        if self.path and self.path.exists():
            self.content = self.read(self.content["run"])

    def read(self, facts):
        try:
            content = load(self.path)
        except (OSError, ValueError) as problem:
            self.parser.error(f"--checkpoint: {problem}")
        if not isinstance(content, dict) or content.get("run") != facts:
            self.parser.error(f"--checkpoint: {self.path} is of another run; give its arguments, or another file")
        return content

    def resume(self, run):
        """Bring a run to where it was."""
        try:
            if run.name in self.content:
                run.load_state_dict(self.content[run.name])
                print(f"  {run.name}  {run.epoch} of {run.epochs} epochs were done before")
        except ValueError as problem:
            self.parser.error(f"--checkpoint: {self.path}: {problem}")

    def keep(self, run):
        """After each epoch."""
        self.content[run.name] = run.state_dict()
        if self.path:
            save(self.content, self.path)

    def advice(self):
        """What a user who interrupted the run can do."""
        if not self.path:
            return "Nothing was kept; with --checkpoint FILE a run can go on after its last whole epoch."
        return f"Every whole epoch is in {self.path}: the same command goes on from there."


def trained(name, task, data, test, options, checkpoint):
    """A network after all its epochs."""
    manual_seed(options.seed)
    run = Run(name, task, data[0].shape[1:3], options.epochs)
    checkpoint.resume(run)
    run.train(data, test, checkpoint.keep)
    return run


def peak_memory():
    """The most bytes that this process has held, in words."""
    try:
        most = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    except (OSError, TypeError):  # not Linux
        try:
            import resource
        except ImportError:
            return "not told by this operating system"
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{most / 1e6:,.0f} MB"


def new_figure(path, parser):
    """An empty picture; every reason why it could not be saved is found before the training."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error('--plot needs matplotlib: pip install "tinytorch-course[plots]"')
    figure = Figure(figsize=(13, 7), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1)
    if path.suffix[1:].lower() not in figure.canvas.get_supported_filetypes():
        parser.error(f"--plot: {path.name} should end in .png, .svg or .pdf")
    if not path.parent.is_dir():
        parser.error(f"--plot: there is no folder {path.parent}")
    return figure


def draw(figure, runs, test, images, names):
    """Accuracy over the epochs; the first layers of both networks; where each filter answers; misread images."""
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    axes = left.subplots()
    for name, run in runs.items():
        axes.plot(range(1, run.epoch + 1), [epoch["test"] for epoch in run.history], label=name)
    axes.axhline(runs["CNN"].task.wanted, color="grey", linestyle="--", label="wanted")
    axes.set(title="Accuracy on the test images", xlabel="epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.legend(loc="lower right")
    first, units = runs["CNN"].model[0], runs["MLP"].model[1].weight.data[:SHOWN]
    answers = first(Tensor(test[0][:1])).data[0]
    rows = {
        "Filters of the CNN, each 5x5": [(None, ""), *((filter, "") for filter in first.weight.data)],
        "An image, and where each filter finds what it looks for": [(images[0], ""), *((a[None], "") for a in answers)],
        "Units of the MLP: a weight for each pixel": [(unit.reshape(images.shape[1:]), "") for unit in units],
        "Misread by the CNN: what it is, what was read": misread(runs["CNN"], test, images, names),
    }
    for part, (title, pictures) in zip(right.subfigures(4, 1), rows.items(), strict=True):
        part.suptitle(title)
        strip(part, pictures)


def misread(run, test, images, names):
    """The first test images that the model gets wrong: (image, what it is and what was read)."""
    found, step = [], 250
    run.model.eval()
    for start in range(0, len(images), step):
        with no_grad():
            read = run.model(Tensor(test[0][start : start + step])).data.argmax(1)
        wrong = (read != test[1][start : start + step]).nonzero()[0]
        found += [(images[start + i], f"{names[test[1][start + i]]}\n{names[read[i]]}") for i in wrong]
        if len(found) >= SHOWN:
            break
    return found


def strip(figure, pictures):
    """Small pictures (channels, height, width) side by side, each in its own range of brightness."""
    for axes, (picture, title) in zip(figure.subplots(1, SHOWN), pictures, strict=False):
        if picture is not None:
            low, high = float(picture.min()), float(picture.max())
            axes.imshow((picture.transpose(1, 2, 0) - low) / max(high - low, 1e-9), cmap="gray")
        axes.set_title(title, fontsize=8)
    for axes in figure.axes:
        axes.set_axis_off()


def natural(text, least=0):
    number = int(text)
    if number < least:
        raise ValueError
    return number


def positive(text):
    return natural(text, least=1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=DATA, default="tinydigits", help="default: tinydigits")
    epochs = ", ".join(f"{task.epochs} with {name}" for name, task in DATA.items())
    parser.add_argument("--epochs", type=positive, metavar="N", help=f"default: {epochs}")
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="of weights, batches and shifts (default 0)"
    )
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="keep the run here, and go on from here")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what was learned (needs matplotlib)")
    options = parser.parse_args()
    options.epochs = options.epochs or DATA[options.data].epochs
    return options, parser


def read(dataset, parser):
    """Images (n, channels, height, width) and labels to learn from, and to be tested on."""
    try:
        parts = [dataset(train=True), dataset(train=False)]
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    return [(part.images.reshape(len(part), -1, *part.images.shape[-2:]), part.labels) for part in parts]


def main():
    options, parser = arguments()
    figure = new_figure(options.plot, parser) if options.plot else None
    task = DATA[options.data]
    kept = Checkpoint(options, parser)
    data, (images, labels) = read(task.dataset, parser)
    test = Pictures(images, labels, task, learn=False).__getitems__(slice(None))
    print(f"1998: convolution\n\n{HISTORY}\n")
    print(f"{task.dataset.__name__}: {len(data[1]):,} images to learn from, {len(labels):,} to be tested on\n")
    try:
        runs = {name: trained(name, task, data, test, options, kept) for name in NETWORKS}
    except KeyboardInterrupt:
        print(f"\n\nInterrupted. {kept.advice()}")
        return 1
    if figure:
        draw(figure, runs, test, images, getattr(task.dataset, "classes", range(10)))
        figure.savefig(options.plot)
        print(f"\nPicture: {options.plot}")
    return report(task, runs)


def report(task, runs):
    """The result beside the criterion and beside the milestone before; the exit code."""
    right, before = (runs[name].history[-1]["test"] for name in ("CNN", "MLP"))
    counts = {name: parameters(run.model) for name, run in runs.items()}
    took = sum(epoch["seconds"] for run in runs.values() for epoch in run.history)
    print(f"\n  CNN: {right:.2%} of the test images right, wanted at least {task.wanted:.1%} and more than the MLP")
    mistakes = (1 - before) / max(1 - right, 1e-9)
    print(f"  MLP (1986): {before:.2%}, {mistakes:.1f} times as many mistakes")
    print(f"  parameters: {counts['CNN']:,} in the CNN, {counts['MLP']:,} in the MLP")
    print(f"  training took {took:.1f} s; {60 * task.minutes} s is what 2 cores should need at most")
    print(f"  peak memory: {peak_memory()}")
    met = right >= task.wanted and right > before
    print("\nCriterion met." if met else "\nCriterion MISSED.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
