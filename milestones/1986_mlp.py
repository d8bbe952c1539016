"""1986: backpropagation. A network with one hidden layer learns to read handwritten digits.

Needs modules 01 to 07. TinyDigits comes with the framework; MNIST is read from $TINYTORCH_DATA/mnist.

    python 1986_mlp.py [--data tinydigits|mnist] [--epochs N] [--seed N] [--plot FILE]

Exit code: 0 the criterion is met, 1 it is missed, 2 wrong arguments or no data.
"""

import argparse
import os
import sys
from pathlib import Path

# The products here are small: a second thread gains little, and loses much where something else is running.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tinytorch import manual_seed
from tinytorch.core import Tensor
from tinytorch.datasets import MNIST, TinyDigits
from tinytorch.nn import CrossEntropyLoss, Linear, ReLU, Sequential
from tinytorch.optim import SGD
from tinytorch.training import CosineAnnealingLR, Trainer

HISTORY = """\
In 1986 David Rumelhart, Geoffrey Hinton and Ronald Williams showed in "Nature" that errors, propagated back
through a network, train its hidden layers, and that these find useful features by themselves. The
principle had been found before, by Seppo Linnainmaa in 1970 and Paul Werbos in 1974 among others; now it
became the way to train networks. Handwritten digits were among the first uses: from 1989 on networks of
Yann LeCun and others read the postcodes on letters."""

# dataset, accuracy wanted, epochs, seconds of training that 2 cores should need at most
DATA = {"tinydigits": (TinyDigits, 0.93, 20, 20), "mnist": (MNIST, 0.97, 8, 60)}
HIDDEN, BATCH = 128, 64


def two_layers():
    return Sequential(Linear(784, HIDDEN), ReLU(), Linear(HIDDEN, 10))


def one_layer():
    """A perceptron for each digit: the architecture of 1958."""
    return Sequential(Linear(784, 10))


def pixels(digits):
    """Images as a Tensor (n, 784) of numbers from 0 to 1, and their labels."""
    x = Tensor(digits.images.reshape(len(digits), 784))
    x /= 255
    return x, digits.labels


def train(name, build, data, epochs, rate):
    """The trainer, its accuracy on the test digits after each epoch, and the seconds of training alone."""
    (x, y), test = data
    model = build()
    optimizer = SGD(model.parameters(), lr=rate, momentum=0.9)
    trainer = Trainer(model, optimizer, CrossEntropyLoss(), CosineAnnealingLR(optimizer, epochs))
    curve = []

    def show(epoch):
        curve.append(trainer.evaluate(*test)[1])
        if epoch["epoch"] in (1, epochs) or epoch["epoch"] % max(1, epochs // 5) == 0:
            told = f"{name}  epoch {epoch['epoch']:>3}/{epochs}  loss {epoch['loss']:.4f}"
            print(f"  {told}  test {curve[-1]:.2%}  {epoch['seconds']:.2f} s", flush=True)

    history = trainer.fit(x, y, epochs=epochs, batch_size=BATCH, on_epoch=show)
    return trainer, curve, sum(epoch["seconds"] for epoch in history)


def new_figure(path, parser):
    """An empty picture; every reason why it could not be saved is found before the training."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error('--plot needs matplotlib: pip install "tinytorch-course[plots]"')
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    if path.suffix[1:].lower() not in figure.canvas.get_supported_filetypes():
        parser.error(f"--plot: {path.name} should end in .png, .svg or .pdf")
    if not path.parent.is_dir():
        parser.error(f"--plot: there is no folder {path.parent}")
    return figure


def draw(figure, curves, wanted, model, test):
    """Accuracy over the epochs; what eight hidden units look for; eight digits that were misread."""
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    axes = left.subplots()
    for name, curve in curves.items():
        axes.plot(range(1, len(curve) + 1), curve, label=name)
    axes.axhline(wanted, color="grey", linestyle="--", label="wanted")
    axes.set(title="Accuracy on the test digits", xlabel="epoch", ylim=(min(0.85, *curves["one layer"]), 1))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(loc="lower right")
    top, bottom = right.subfigures(2, 1)
    top.suptitle("The weights of eight hidden units: what each looks for")
    strip(top, [(unit.reshape(28, 28), "") for unit in model[0].weight.data[:8]], "coolwarm")
    bottom.suptitle("Misread: what was written, what was read")
    strip(bottom, misread(model, *test), "gray_r")


def misread(model, x, labels, n=8):
    """The first n test digits that the model gets wrong: (image, "written -> read")."""
    read = model(x).data.argmax(1)
    wrong = [int(i) for i in (read != labels).nonzero()[0][:n]]
    return [(x.data[i].reshape(28, 28), f"{labels[i]} → {read[i]}") for i in wrong]


def strip(figure, pictures, colours):
    for axes, (image, title) in zip(figure.subplots(1, 8), pictures, strict=False):
        axes.imshow(image, cmap=colours)
        axes.set_title(title)
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
    parser.add_argument("--epochs", type=positive, metavar="N", help="default: 20, and 8 with MNIST")
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="of weights and batches (default 0)"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw what was learned (needs matplotlib)")
    return parser.parse_args(), parser


def main():
    options, parser = arguments()
    figure = new_figure(options.plot, parser) if options.plot else None
    dataset, wanted, epochs, seconds = DATA[options.data]
    try:
        data = [pixels(dataset(train=True)), pixels(dataset(train=False))]
    except (OSError, ValueError) as problem:
        parser.error(str(problem))
    epochs = options.epochs or epochs
    manual_seed(options.seed)
    print(f"1986: backpropagation\n\n{HISTORY}\n")
    print(
        f"{dataset.__name__}: {len(data[0][1]):,} digits to learn from, {len(data[1][1]):,} to be tested on\n"
    )
    _, old, _ = train("one layer ", one_layer, data, epochs, rate=0.02)
    trainer, new, took = train("two layers", two_layers, data, epochs, rate=0.1)
    if figure:
        draw(figure, {"two layers": new, "one layer": old}, wanted, trainer.model, data[1])
        figure.savefig(options.plot)
        print(f"\nPicture: {options.plot}")
    return report(new[-1], wanted, took, seconds, old[-1])


def report(right, wanted, took, seconds, before):
    """The result beside the criterion and beside the milestone before; the exit code."""
    print(f"\n  two layers: {right:.2%} of the test digits right, wanted at least {wanted:.0%}")
    mistakes = (1 - before) / max(1 - right, 1e-9)
    print(f"  one layer (1958): {before:.2%}, {mistakes:.1f} times as many mistakes")
    print(f"  training took {took:.1f} s; {seconds} s is what 2 cores should need at most")
    met = right >= wanted
    print("\nCriterion met." if met else "\nCriterion MISSED.")
    return 0 if met else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Nothing was kept.")
