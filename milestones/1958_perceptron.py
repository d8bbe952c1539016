"""1958: the perceptron. One layer learns AND, OR and a set of points in the plane, and cannot learn XOR.

Needs modules 01 to 04. The weights are corrected by hand, after Rosenblatt: no gradient is asked for, so it
makes no difference whether autograd is asleep or awake.

    python 1958_perceptron.py [--seed N] [--plot FILE]

Exit code: 0 the criterion is met, 1 it is missed, 2 wrong arguments.
"""

import argparse
import math
import random
import sys
from pathlib import Path

from tinytorch import manual_seed
from tinytorch.core import Tensor
from tinytorch.nn import Linear, Sigmoid

HISTORY = """\
In 1958 the psychologist Frank Rosenblatt described the perceptron: weighted inputs, a threshold,
and a rule that corrects the weights wherever the answer was wrong. The Mark I Perceptron, a machine
with 400 photocells and motors that turned its weights, learned to tell simple shapes apart from
examples alone. What one layer can never learn was proved in 1969; the smallest case, XOR, is below."""

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
LOGIC = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}
RATE, EPOCHS, LINE_EVERY = 2.0, 1000, 250


def two_sides(seed, n=100, gap=0.1):
    """n points around the origin, none nearer than `gap` to a line that only their labels tell of."""
    chance = random.Random(seed)
    angle = chance.uniform(0, 2 * math.pi)
    points, labels = [], []
    while len(points) < n:
        x, y = chance.uniform(-1, 1), chance.uniform(-1, 1)
        side = x * math.cos(angle) + y * math.sin(angle) - 0.2
        if abs(side) > gap:
            points.append([x, y])
            labels.append(int(side > 0))
    return points, labels


def correct(layer, x, target):
    """One step of the delta rule: a weight moves by rate * error * its input, the mean over the examples."""
    error = target - Sigmoid()(layer(x))  # (n, 1)
    layer.weight.data += RATE / len(x) * (error.T @ x).data  # (1, 2)
    layer.bias.data += RATE / len(x) * error.sum(dim=0).data  # (1,)


def accuracy(layer, x, target):
    """The share of examples on the right side of 0.5."""
    return float(((Sigmoid()(layer(x)).data > 0.5) == (target.data > 0.5)).mean())


def learn(name, points, labels):
    """Correct until every answer is right, or for EPOCHS epochs; the layer, and its best accuracy."""
    layer, best = Linear(2, 1), 0.0
    x, target = Tensor(points), Tensor([[label] for label in labels])
    for epoch in range(EPOCHS + 1):
        now = accuracy(layer, x, target)
        best = max(best, now)
        if now == 1.0 or epoch % LINE_EVERY == 0:
            print(f"  {name:<6} epoch {epoch:>4}   {now:>6.1%} right")
        if now == 1.0:
            break
        correct(layer, x, target)
    return layer, best


def sides(layer, size):
    """Where the layer says 1, on a size x size grid over [-1.5, 1.5]: rows of booleans, y upwards."""
    marks = [3 * i / (size - 1) - 1.5 for i in range(size)]
    return (layer(Tensor([[x, y] for y in marks for x in marks])).data > 0).reshape(size, size)


def sketch(layer, points, labels, size=25):
    """The plane in characters: dots where the layer says 1, o and x the points of the two classes."""
    rows = [["." if one else " " for one in row for _ in (0, 1)] for row in sides(layer, size).tolist()]
    for (x, y), label in zip(points, labels, strict=True):
        row, column = (round((v + 1.5) / 3 * (size - 1)) for v in (y, x))
        rows[row][2 * column] = "ox"[label]
    return "\n".join("    " + "".join(row) for row in reversed(rows[4:-4]))


def new_figure(path, parser):
    """An empty picture; every reason why it could not be saved is found before the training."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        parser.error('--plot needs matplotlib: pip install "tinytorch-course[plots]"')
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    if path.suffix[1:].lower() not in figure.canvas.get_supported_filetypes():
        parser.error(f"--plot: {path.name} should end in .png, .svg or .pdf")
    if not path.parent.is_dir():
        parser.error(f"--plot: there is no folder {path.parent}")
    return figure


def draw(axes, name, points, labels, layer, best):
    """The two sides, the boundary between them, and the points."""
    extent = (-1.5, 1.5, -1.5, 1.5)
    axes.imshow(sides(layer, 300), origin="lower", extent=extent, cmap="coolwarm", alpha=0.25)
    for label, marker, colour in ((0, "o", "tab:blue"), (1, "x", "tab:red")):
        chosen = [p for p, one in zip(points, labels, strict=True) if one == label]
        axes.scatter(
            [p[0] for p in chosen], [p[1] for p in chosen], marker=marker, c=colour, label=str(label)
        )
    (w, v), b = layer.weight.data[0].tolist(), layer.bias.data.tolist()[0]
    if abs(w) + abs(v) > 1e-3:
        x, y = (-b * u / (w * w + v * v) for u in (w, v))  # the boundary's point nearest to the origin
        axes.axline((x, y), (x - v, y + w), color="black")
    axes.set(title=f"{name}: {best:.0%}", xlim=extent[:2], ylim=extent[2:])


def natural(text):
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seed",
        type=natural,
        default=0,
        metavar="N",
        help="of the first weights and of the points (default 0)",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the boundaries (needs matplotlib)")
    return parser.parse_args(), parser


def main():
    options, parser = arguments()
    figure = new_figure(options.plot, parser) if options.plot else None
    manual_seed(options.seed)
    print(f"1958: the perceptron\n\n{HISTORY}\n")
    problems = {name: (CORNERS, labels) for name, labels in LOGIC.items()}
    problems["points"] = two_sides(options.seed)
    problems["XOR"] = problems.pop("XOR")  # the one that fails comes last
    learned = {name: learn(name, *problem) for name, problem in problems.items()}
    print("\nThe boundary that it found between the points:\n")
    print(sketch(learned["points"][0], *problems["points"]))
    if figure:
        for axes, name in zip(figure.subplots(1, 4), problems, strict=True):
            draw(axes, name, *problems[name], *learned[name])
        figure.savefig(options.plot)
        print(f"\nPicture: {options.plot}")
    return report({name: best for name, (_, best) in learned.items()}, problems)


def report(best, problems):
    """The result beside the criterion and beside what went before; the exit code."""
    print("\n           right    wanted    always the same answer")
    for name, (_, labels) in problems.items():
        wanted = "< 100%" if name == "XOR" else "100%"
        guess = max(labels.count(0), labels.count(1)) / len(labels)
        print(f"  {name:<6} {best[name]:>7.0%}  {wanted:>8}  {guess:>24.0%}")
    met = all((right == 1.0) != (name == "XOR") for name, right in best.items())
    print("\nBefore 1958 such answers were wired or programmed; here four examples were enough.")
    print("No straight line has both ones of XOR on one side: 1969_xor.py needs a second layer.")
    print("Criterion met." if met else "Criterion MISSED.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
