"""1969: XOR. What no single layer can do, two layers learn: ten runs of ten, each from other first weights.

Needs modules 01 to 07.

    python 1969_xor.py [--seed N] [--plot FILE]

Exit code: 0 the criterion is met, 1 it is missed, 2 wrong arguments.
"""

import argparse
import sys
from pathlib import Path

from tinytorch import manual_seed
from tinytorch.core import Tensor
from tinytorch.nn import BCEWithLogitsLoss, Linear, Sequential, Sigmoid, Tanh
from tinytorch.optim import SGD

HISTORY = """\
In 1969 Marvin Minsky and Seymour Papert proved in their book "Perceptrons" what a single layer cannot
compute; exclusive or, true when exactly one of two inputs is, is the smallest example. A layer of hidden
units in between was known to be enough, but not how to train it. The book is often named among the
reasons why neural networks found little support for more than a decade."""

CORNERS, XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
RUNS, HIDDEN, STEPS, ENOUGH = 10, 8, 500, 0.05


def two_layers():
    return Sequential(Linear(2, HIDDEN), Tanh(), Linear(HIDDEN, 1))


def one_layer():
    """The perceptron of 1958."""
    return Sequential(Linear(2, 1))


def train(model):
    """Until the loss is ENOUGH, or for STEPS steps; how many it took."""
    x, target = Tensor(CORNERS), Tensor(XOR)
    optimizer, loss_fn = SGD(model.parameters(), lr=0.5, momentum=0.9), BCEWithLogitsLoss()
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        loss = loss_fn(model(x), target)
        loss.backward()
        optimizer.step()
        if loss.item() < ENOUGH:
            return step
    return STEPS


def answers(model):
    """What the model gives for each corner, as numbers between 0 and 1."""
    return Sigmoid()(model(Tensor(CORNERS))).data.ravel().tolist()


def accuracy(model):
    right = [(answer > 0.5) == bool(wanted) for answer, (wanted,) in zip(answers(model), XOR, strict=True)]
    return sum(right) / len(right)


def run(seed):
    """One run of both architectures from the same seed: models and accuracies, the newer one first."""
    models = []
    for build in (two_layers, one_layer):
        manual_seed(seed)
        model = build()
        models.append((model, train(model), accuracy(model)))
    (new, steps, right), (old, _, before) = models
    print(
        f"  seed {seed:<4} two layers {right:>5.0%} after {steps:>4} steps    one layer {before:>5.0%}",
        flush=True,
    )
    return new, right, old, before


def truth_table(model):
    print("\n  a  b   a xor b   the last network says")
    for (a, b), (wanted,), answer in zip(CORNERS, XOR, answers(model), strict=True):
        print(f"  {a}  {b}      {wanted}       {answer:.3f}")


def new_figure(path, parser):
    """An empty picture; every reason why it could not be saved is found before the training."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error('--plot needs matplotlib: pip install "tinytorch-course[plots]"')
    figure = Figure(figsize=(8, 4), layout="constrained")
    if path.suffix[1:].lower() not in figure.canvas.get_supported_filetypes():
        parser.error(f"--plot: {path.name} should end in .png, .svg or .pdf")
    if not path.parent.is_dir():
        parser.error(f"--plot: there is no folder {path.parent}")
    return figure


def draw(axes, title, model, size=200):
    """The model's answer over the plane, the boundary at one half, and the four corners."""
    marks = [2 * i / (size - 1) - 0.5 for i in range(size)]
    plane = Sigmoid()(model(Tensor([[x, y] for y in marks for x in marks]))).data.reshape(size, size)
    axes.imshow(
        plane, origin="lower", extent=(-0.5, 1.5, -0.5, 1.5), cmap="coolwarm", vmin=0, vmax=1, alpha=0.6
    )
    if plane.min() < 0.5 < plane.max():
        axes.contour(marks, marks, plane, levels=[0.5], colors="black")
    for wanted, marker in ((0, "o"), (1, "x")):
        chosen = [corner for corner, (one,) in zip(CORNERS, XOR, strict=True) if one == wanted]
        axes.scatter([a for a, _ in chosen], [b for _, b in chosen], marker=marker, c="black", s=70)
    axes.set(title=title, xlabel="a", ylabel="b")


def natural(text):
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=natural, default=0, metavar="N", help="the first of ten (default 0)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw both answers (needs matplotlib)")
    return parser.parse_args(), parser


def main():
    options, parser = arguments()
    figure = new_figure(options.plot, parser) if options.plot else None
    print(f"1969: XOR\n\n{HISTORY}\n")
    runs = [run(options.seed + i) for i in range(RUNS)]
    new, _, old, _ = runs[-1]
    truth_table(new)
    if figure:
        for axes, title, model in zip(
            figure.subplots(1, 2), ("one layer", "two layers"), (old, new), strict=True
        ):
            draw(axes, f"{title}: {accuracy(model):.0%}", model)
        figure.savefig(options.plot)
        print(f"\nPicture: {options.plot}")
    return report(sum(right == 1.0 for _, right, _, _ in runs), max(before for *_, before in runs))


def report(solved, before):
    """The result beside the criterion and beside the milestone before; the exit code."""
    print(f"\n  two layers: {solved} of {RUNS} runs answer all four cases, wanted {RUNS} of {RUNS}")
    print(f"  one layer (1958): at best {before:.0%} of the four cases; more than 75% is impossible")
    met = solved == RUNS and before <= 0.75
    print("\nThe hidden units bend the boundary; the gradient tells them how.")
    print("Criterion met." if met else "Criterion MISSED.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
