# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A model is trained once and carried around for years: in a phone, in a camera, over slow lines. Its
# size is decided before anybody knows what it will need. To be able to learn, it gets more numbers than
# the task is worth, and nobody takes them away afterwards.
#
# This chapter takes them away. It uses from the modules below: `Linear`, `Sequential` and the walk over
# a model's parameters (module 03), the loss of a classifier (04), the `Trainer` (07) and convolutions
# (09). A model reads digits. How many of its weights may be set to 0 before it notices? First ones that
# are drawn by lot, then those that are nearest to 0 anyway:

# %%
#| default_exp compression
import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, manual_seed, seconds
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.conv import BatchNorm2d, Conv2d, Flatten, MaxPool2d
from tinytorch.nn.layers import Linear, Module, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import Adam
from tinytorch.training import Trainer

train, test = TinyDigits(train=True), TinyDigits(train=False)
pictures, unseen = (Tensor(part.images).reshape(len(part), 784) / 255 for part in (train, test))


def right(model: Module) -> float:
    """The share of the test digits that are read rightly."""
    with no_grad():
        shape = (-1, 1, 28, 28) if isinstance(model[0], Conv2d) else (-1, 784)
        return float((model.eval()(unseen.reshape(*shape)).argmax(dim=1).data == test.labels).mean())


manual_seed(0)
mlp = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
Trainer(mlp, Adam(mlp.parameters(), lr=2e-3), CrossEntropyLoss()).fit(pictures, train.labels, epochs=10)
dense, draws, at = {name: p.data.copy() for name, p in mlp.state_dict().items()}, np.random.default_rng(0), {}
print(f"{sum(p.size for p in dense.values()):,} parameters, {right(mlp):.1%} right")
print("weights gone     by lot     the smallest")
for share in (0.5, 0.7, 0.8, 0.9):
    for kind, size_of in (("by lot", lambda w: draws.random(w.shape)), ("smallest", abs)):
        sizes = {name: size_of(w) for name, w in dense.items()}
        state = {name: np.where(sizes[name] < np.quantile(sizes[name], share), 0, w) for name, w in dense.items()}
        mlp.load_state_dict({name: state[name] if dense[name].ndim > 1 else dense[name] for name in dense})
        at[kind] = right(mlp)
    print(f"{share:12.0%} {at['by lot']:10.1%} {at['smallest']:16.1%}")
    assert at["smallest"] > at["by lot"]
mlp.load_state_dict(dense)

# %% [markdown]
# Half of them are not missed, if they are the smallest; by lot, half is too many. For 90 % what is left
# has to be trained again. There are four ways from here, and you will write all of them: zeros in place
# of weights, layers that are really smaller, products of thin matrices, and a small model that learns
# from the large one. Then comes the file: a zero is worth nothing as long as it is written down with 4
# bytes like any other number.
#
# ## Build
#
# ### Which ones go
#
# Taking away weights is called *pruning*. The rule here is *magnitude*: what has the smallest size goes.
# The sign says nothing about importance, so the size is the absolute value.
#
# Let `largest` decide how many: exactly `round(amount * n)` go, also when many sizes are equal. A
# threshold would take all equal ones or none; in a model that has been pruned before, with its many
# zeros, that is no rare case.
#
# `sparsity` is the share of zeros among the *weights*: matrices and filters, the parameters with two
# dimensions or more. Biases are few, and each matters to all examples; they stay.

# %% solution="largest"
#| export
#| hint If all sizes were equal, how would you still let exactly half of them go?
#| hint Sort: np.argsort gives positions in the order of size; kind="stable" keeps equal ones in their order.
#| hint order = np.argsort(sizes.ravel(), kind="stable"); keep[order[:count]] = False with count = round(amount * n).
import copy
import math
from pathlib import Path

import numpy as np

from tinytorch.core.tensor import Tensor, wrap
from tinytorch.nn.conv import BatchNorm2d, Conv2d
from tinytorch.nn.layers import Linear, Module, Parameter, Sequential, whole_size
from tinytorch.nn.losses import CrossEntropyLoss, log_softmax
from tinytorch.optim.optimizers import Optimizer, check_option
from tinytorch.training import Trainer, evaluating, load, save, train_step


def largest(sizes: np.ndarray, amount: float) -> np.ndarray:
    """True where a size stays, in the shape of sizes: all but the round(amount * n) smallest; of equals the first go.

    ValueError for an amount that is not in 0 ... 1 (1 excluded), and for sizes that are no numbers.

    >>> largest(np.array([[3, 1], [2, 1]]), 0.5)
    array([[ True, False],
           [ True, False]])
    """
    check_option("amount", amount, 0, 1)
    if not np.isfinite(sizes).all():
        raise ValueError(f"sizes of shape {sizes.shape} hold inf or nan: which is the smallest?")
    keep = np.ones(sizes.size, bool)
    ### BEGIN SOLUTION
    order = np.argsort(sizes.ravel(), kind="stable")
    keep[order[: round(amount * sizes.size)]] = False
    ### END SOLUTION
    return keep.reshape(sizes.shape)


def weights(model: Module) -> dict[str, Parameter]:
    """The parameters of at least two dimensions, by name; ValueError if there are none."""
    found = {name: p for name, p in model.named_parameters() if p.ndim > 1}
    if not found:
        raise ValueError(f"{type(model).__name__} has no weights: no parameter has two dimensions")
    return found


def sparsity(model: Module) -> float:
    """The share of zeros among all weights of a model, 0 to 1.

    >>> layer = Linear(4, 2)
    >>> layer.weight.data[0] = 0
    >>> sparsity(layer)
    0.5
    """
    ### BEGIN SOLUTION
    found = weights(model).values()
    zeros = sum(int((p.data == 0).sum()) for p in found)
    return zeros / sum(p.size for p in found)
    ### END SOLUTION


# %% test="largest" points=6
from tinytorch.testing import check, check_raises, check_true


def test_largest():
    sizes = np.array([[3.0, 1.0, 2.0], [5.0, 4.0, 0.0]])
    for amount, want in [(0, [[1, 1, 1], [1, 1, 1]]), (0.5, [[1, 0, 0], [1, 1, 0]]), (0.8, [[0, 0, 0], [1, 0, 0]])]:
        check(f"largest([[3, 1, 2], [5, 4, 0]], {amount})", largest(sizes, amount), np.array(want, bool))
    check("how many of 5 stay at amount 0.7: round(3.5) = 4 go", largest(np.arange(5.0), 0.7).sum(), np.int64(1))


def test_largest_of_equal_sizes():
    got = largest(np.array([0.0, 1.0, 1.0, 1.0, 1.0, 0.0]), 0.5)
    check("largest([0, 1, 1, 1, 1, 0], 0.5): exactly three go", got, np.array([0, 0, 1, 1, 1, 0], bool))


def test_sparsity():
    model = Sequential(Linear(5, 4), Linear(4, 2))
    model[0].weight.data[...], model[1].weight.data[...] = 1, -2
    model[0].bias.data[...] = 0
    check("sparsity of weights without a zero: biases do not count", sparsity(model), 0.0)
    model[1].weight.data[...] = [[0, 3, 0, 1], [0, 0, 2, 0]]
    check("sparsity of 20 weights and 8, of which 5 are 0: a share of all", sparsity(model), 5 / 28)


test_largest()
test_largest_of_equal_sizes()
test_sparsity()

# %% [markdown]
# ### In every layer, or wherever they are
#
# 90 % of a model can be 90 % of *each layer*. Or one looks at all weights together, and takes the
# smallest wherever they are: *global* pruning. Then a layer with many idle weights gives more, and a
# small layer that everything passes through gives little. Layers whose weights are small all over may
# lose everything, though: look at each layer's share afterwards.

# %% solution="magnitude"
#| export
#| hint What must all weights have in common before the smallest of them can be found?
#| hint "layer": `largest` for each size array. "global": one long array, `largest` once, and the cuts between layers.
#| hint np.concatenate([s.ravel() for s in ...]); np.split(keep, np.cumsum(lengths)[:-1]); part.reshape(s.shape).


def magnitude_masks(model: Module, amount: float, scope: str = "global") -> dict[str, np.ndarray]:
    """Which weights stay when `amount` of them go, the smallest: {name: True where one stays}.

    scope: "global", the smallest of all together, or "layer", the same share of each. The model stays as it is.

    >>> layer = Linear(2, 2)
    >>> layer.weight.data[...] = [[0.5, -2.0], [-0.1, 0.2]]
    >>> magnitude_masks(layer, 0.75)
    {'weight': array([[False,  True],
           [False, False]])}
    """
    if scope not in ("global", "layer"):
        raise ValueError(f"scope is 'global' or 'layer', not {scope!r}")
    ### BEGIN SOLUTION
    sizes = {name: abs(p.data) for name, p in weights(model).items()}
    if scope == "layer":
        return {name: largest(s, amount) for name, s in sizes.items()}
    keep = largest(np.concatenate([s.ravel() for s in sizes.values()]), amount)
    parts = np.split(keep, np.cumsum([s.size for s in sizes.values()])[:-1])
    return {name: part.reshape(s.shape) for (name, s), part in zip(sizes.items(), parts, strict=True)}
    ### END SOLUTION


# %% test="magnitude" points=10
def two_layers():
    """4 -> 3 -> 2; the sizes of the first weight are 1 to 12, of the second 10 to 60, every other one negative."""
    model = Sequential(Linear(4, 3), Linear(3, 2))
    starts = np.arange(1.0, 13).reshape(3, 4), np.arange(10.0, 70, 10).reshape(2, 3)
    for layer, values in zip(model, starts, strict=True):
        layer.weight.data[...] = values
        layer.weight.data[:, ::2] *= -1
        layer.bias.data[...] = 0.5
    return model


def test_masks_in_each_layer():
    got = magnitude_masks(two_layers(), 0.5, scope="layer")
    check('magnitude_masks(model, 0.5, "layer"): the names', sorted(got), ["0.weight", "1.weight"])
    want = np.arange(1, 13).reshape(3, 4) > 6
    check("sizes 1 to 12, half of them", got["0.weight"], want)
    check("sizes 10 to 60, half of them", got["1.weight"], np.array([[0, 0, 0], [1, 1, 1]], bool))


def test_masks_of_all_together():
    got = magnitude_masks(two_layers(), 0.5)
    check("half of 18 weights in both layers: sizes 1 to 9 go", got["0.weight"], np.arange(1, 13).reshape(3, 4) > 9)
    check("and nothing of the second layer, 10 to 60", got["1.weight"], np.ones((2, 3), bool))
    shapes = [
        mask.shape for mask in magnitude_masks(Sequential(Linear(2, 3), Linear(3, 5), Linear(5, 1)), 0.5).values()
    ]
    check("the shapes of the masks of three layers", shapes, [(3, 2), (5, 3), (1, 5)])
    got = magnitude_masks(two_layers(), 13 / 18)["1.weight"]
    check("13 of 18: the second layer loses 10", got, np.array([[0, 1, 1], [1, 1, 1]], bool))


def test_masks_change_nothing():
    model = two_layers()
    magnitude_masks(model, 0.5)
    check("sparsity after magnitude_masks: the model stays as it is", sparsity(model), 0.0)


test_masks_in_each_layer()
test_masks_of_all_together()
test_masks_change_nothing()

# %% [markdown]
# ### Zeros that stay zero
#
# A model with zeros is worse than before, and a little training repairs most of it: the weights that are
# left take over. But an optimizer knows nothing of pruning. A weight of 0 has a gradient, as a rule, so
# the next step would bring it back; and with momentum or Adam it would move even if its gradient were
# set to 0, because these remember older ones. There is one sure place: *after* the step, put the zeros
# back. `Masks` knows where. `FineTuner` is module 07's `Trainer` with this in each step.
#
# Best is not to take everything at once. In each of n rounds let the same share of *what is left* go,
# then train a little. For 90 % in three rounds 46.4 % stay each time: 0.464 to the third power is 0.1.
# Which total does the first round reach?

# %% solution="masks"
#| export
#| hint When does a weight of 0 stop being 0, and who has to act right after that?
#| hint apply: index the data with ~keep. step: the Trainer's own step, with super(), then the masks.
#| hint parameter.data[~keep] = 0; loss = super().step(x, y, batch); 1 - (1 - amount) ** (t / rounds), t from 1.


class Masks:
    """Which weights of a model stay, {name: True where one stays}; the others are set to 0, now and at each `apply`.

    ValueError for a name that no parameter has, and for a mask of another shape.

    >>> layer = Linear(2, 1)
    >>> masks = Masks(layer, {"weight": np.array([[False, True]])})
    >>> layer.weight.data[...] = 5
    >>> masks.apply()
    >>> layer.weight, masks
    (Parameter([[0., 5.]]), Masks: 1 of 2 weights stay)
    """

    keep: dict[str, np.ndarray]
    parameters: dict[str, Parameter]

    def __init__(self, model: Module, keep: dict[str, np.ndarray]):
        self.keep = {name: np.asarray(mask, bool) for name, mask in keep.items()}
        self.parameters = dict(model.named_parameters())
        for name, mask in self.keep.items():
            shape = self.parameters[name].shape if name in self.parameters else "nowhere"
            if shape != mask.shape:
                raise ValueError(f"a mask of shape {mask.shape} for {name}, whose shape in the model is {shape}")
        self.apply()

    @classmethod
    def of_zeros(cls, model: Module) -> "Masks":
        """What is 0 stays 0: the masks of a model that was pruned before, and read from a file."""
        return cls(model, {name: p.data != 0 for name, p in weights(model).items()})

    def apply(self) -> None:
        """Set to 0 what does not stay, in the parameters' own memory."""
        ### BEGIN SOLUTION
        for name, keep in self.keep.items():
            self.parameters[name].data[~keep] = 0
        ### END SOLUTION

    def __repr__(self) -> str:
        stay, all_of_them = (sum(f(keep) for keep in self.keep.values()) for f in (np.count_nonzero, np.size))
        return f"Masks: {stay:,} of {all_of_them:,} weights stay"


def magnitude_prune(model: Module, amount: float, scope: str = "global") -> Masks:
    """Set the smallest weights of the model to 0, `amount` of all (or of each, scope="layer"); the masks for it.

    What was 0 before counts, since it is the smallest: a second call takes only what is missing to `amount`.

    >>> layer = Linear(100, 10)
    >>> magnitude_prune(layer, 0.9), sparsity(layer)
    (Masks: 100 of 1,000 weights stay, 0.9)
    """
    return Masks(model, magnitude_masks(model, amount, scope))


def gradual(amount: float, rounds: int) -> list[float]:
    """The totals to prune to in so many rounds, each of which takes the same share of what is left.

    >>> [round(total, 3) for total in gradual(0.75, 2)]
    [0.5, 0.75]
    """
    check_option("amount", amount, 0, 1)
    whole_size(rounds, "rounds")
    ### BEGIN SOLUTION
    return [1 - (1 - amount) ** (t / rounds) for t in range(1, rounds + 1)]
    ### END SOLUTION


class FineTuner(Trainer):
    """A `Trainer` for a pruned model: what its masks set to 0 is 0 again after every step.

    >>> model = Linear(3, 2)
    >>> masks = magnitude_prune(model, 0.5)
    >>> from tinytorch.optim.optimizers import SGD
    >>> tuner = FineTuner(masks, model, SGD(model.parameters(), lr=0.1, momentum=0.9), CrossEntropyLoss())
    >>> history = tuner.fit(np.eye(3), [0, 1, 1], epochs=2)
    >>> sparsity(model)
    0.5
    """

    masks: Masks

    def __init__(self, masks: Masks, model: Module, optimizer: Optimizer, loss_fn: Module, **options):
        super().__init__(model, optimizer, loss_fn, **options)
        self.masks = masks

    def step(self, x: Tensor, y: Tensor, batch: int) -> float:
        """One step of the Trainer, then the masks; the loss."""
        ### BEGIN SOLUTION
        loss = super().step(x, y, batch)
        self.masks.apply()
        return loss
        ### END SOLUTION


# %% test="masks" points=12
from tinytorch.optim.optimizers import SGD, Adam


def test_masks_apply():
    model = two_layers()
    memory, keep = model[0].weight.data, np.arange(12).reshape(3, 4) % 3 == 0
    masks = Masks(model, {"0.weight": keep})
    want = np.where(keep, two_layers()[0].weight.data, 0)
    check("a weight (3, 4) under a mask of every third", model[0].weight.data, want)
    check_true("masks.apply() changes the parameter's own array", model[0].weight.data is memory)
    model[0].weight.data[...] = 7
    masks.apply()
    check("all 7, after masks.apply()", model[0].weight.data, np.where(keep, 7, 0).astype(np.float32))
    check("a weight that has no mask", model[1].weight, two_layers()[1].weight)


def test_zeros_stay_zero_while_training():
    draws = np.random.default_rng(0)
    x, y = draws.standard_normal((40, 4)).astype(np.float32), draws.integers(0, 2, 40)
    for make in (lambda p: SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1), lambda p: Adam(p, lr=0.05)):
        model, second = Sequential(Linear(4, 3), Linear(3, 2)), np.array([[1, 0, 1], [0, 1, 1]], bool)
        masks = Masks(model, {"0.weight": np.arange(12).reshape(3, 4) % 2 == 0, "1.weight": second})
        before = model[0].weight.data.copy()
        tuner = FineTuner(masks, model, make(list(model.parameters())), CrossEntropyLoss())
        tuner.fit(x, y, epochs=3, batch_size=8)
        name = type(tuner.optimizer).__name__
        check(f"sparsity after 15 steps of {name}, 8 of 18 weights masked", sparsity(model), 8 / 18)
        check_true("the zeros are where the masks put them", not model[1].weight.data[~second].any())
        check_true("the weights that stay are trained", (model[0].weight.data != before).any())
        check_true("step returns the loss, a Python number", type(tuner.step(Tensor(x), y, 1)) is float)


def test_gradual():
    for amount, rounds in [(0.9, 3), (0.5, 1), (0.99, 4)]:
        got = gradual(amount, rounds)
        check(f"gradual({amount}, {rounds}) has so many totals", len(got), rounds)
        check(f"gradual({amount}, {rounds}) ends at", got[-1], amount)
        left = np.array([1, *(1 - total for total in got)])
        want = np.full(rounds, (1 - amount) ** (1 / rounds))
        check(
            f"the shares of what is left that stay, in each round of gradual({amount}, {rounds})",
            left[1:] / left[:-1],
            want,
        )


test_masks_apply()
test_zeros_stay_zero_while_training()
test_gradual()

# %% [markdown]
# ### Units that go as a whole
#
# A matrix with zeros is as large as before, and a processor multiplies by 0 as slowly as by 7. To get a
# smaller matrix, whole *units* have to go: a row of a Linear's weight, or a filter of a convolution.
# That is *structured* pruning.
#
# Measure a unit by the length of its row: the root of the sum of all squares, over everything that comes
# after the first dimension, before any input is taken away. At least one unit has to stay, or nothing gets through.

# %% solution="units"
#| export
#| hint What belongs to one unit of a weight (out, in), and of one (out, in, kh, kw)?
#| hint reshape(len(weight), -1) makes rows of both; then the lengths of the rows, and `largest` of them.
#| hint np.sqrt((rows**2).sum(axis=1)); if not keep.any(): keep[lengths.argmax()] = True.


def strongest(weight: np.ndarray, amount: float) -> np.ndarray:
    """True for the units that stay, (out,), when `amount` of them go, those with the shortest rows; at least one.

    weight (out, in) or (out, in, kh, kw).

    >>> strongest(np.array([[3.0, 4.0], [1.0, 1.0]]), 0.5)
    array([ True, False])
    """
    ### BEGIN SOLUTION
    rows = weight.reshape(len(weight), -1)
    lengths = np.sqrt((rows**2).sum(axis=1))
    keep = largest(lengths, amount)
    if not keep.any():
        keep[lengths.argmax()] = True
    return keep
    ### END SOLUTION


# %% test="units" points=6
def test_strongest():
    weight = np.array([[1.0, 1.0, 1.0], [0.0, 1.5, 0.0], [-3.0, -4.0, 0.0], [0.5, 0.0, 1.8]])
    want = np.array([0, 0, 1, 1], bool)
    check("strongest of rows with lengths 1.73, 1.5, 5, 1.87, amount 0.5", strongest(weight, 0.5), want)
    check("the same with amount 0.25", strongest(weight, 0.25), np.array([1, 0, 1, 1], bool))


def test_strongest_filters():
    weight = np.zeros((3, 2, 2, 2))
    weight[0, 1, 1] = 3, 3
    weight[1, 0] = 2
    weight[2, 0, 0, 0] = 4.1
    got = strongest(weight, 1 / 3)
    check("strongest of filters (3, 2, 2, 2) with lengths 4.24, 4, 4.1", got, np.array([1, 0, 1], bool))


def test_one_unit_stays():
    got = strongest(np.array([[1.0], [-5.0], [2.0]]), 0.95)
    check("strongest([[1], [-5], [2]], 0.95)", got, np.array([0, 1, 0], bool))


test_strongest()
test_strongest_filters()
test_one_unit_stays()

# %% [markdown]
# ### The next layer's inputs
#
# When a unit goes, three things go with it. Its row of the weight. Its bias. And what the *next* layer
# makes of it: a column of that weight. If the next layer is a convolution, it is an input channel of
# every filter. And between a convolution and a Linear there is a Flatten: a channel of 7 x 7 pixels has
# become 49 inputs, one block after the other.
#
# ```
#     keep            T  F  T            units of the layer before, or its channels
#     Linear          T  F  T            inputs
#     Flatten 2x2     TTTT FFFF TTTT     inputs of the Linear behind it: np.repeat(keep, 4)
# ```
#
# So walk through the layers, and carry along which outputs of the last one stay. The units of the very
# last layer are the classes; all of them stay. `smaller_norm` is given: a batch norm has four numbers
# for each channel. Everything without parameters is taken as it is.

# %% solution="shrink"
#| export
#| hint Which dimension of a weight are its units, and which its inputs? What has the bias one of for each?
#| hint First the units, then the inputs: two indexings. The last layer is shrunk as well, in its inputs only.
#| hint weight[units][:, inputs]; np.repeat(keep, n // len(keep)); keep = strongest(weight, amount if i < last else 0).


def smaller_layer(layer: Linear | Conv2d, inputs: np.ndarray, units: np.ndarray) -> Linear | Conv2d:
    """The layer with the inputs (in,) and the units (out,) that are True. The layer itself stays as it is.

    >>> smaller_layer(Linear(3, 2), np.array([True, False, True]), np.array([True, False]))
    Linear(in_features=2, out_features=1, bias=True)
    """
    weight, smaller = layer.weight.data, copy.copy(layer)
    bias = None if layer.bias is None else layer.bias.data
    ### BEGIN SOLUTION
    weight = weight[units][:, inputs]
    if bias is not None:
        bias = bias[units]
    ### END SOLUTION
    if isinstance(layer, Linear):
        weight = np.asfortranarray(weight)  # module 03: the transpose lies in one block
        smaller.out_features, smaller.in_features = weight.shape
    else:
        smaller.out_channels, smaller.in_channels = weight.shape[:2]
    smaller.weight, smaller.bias = Parameter(weight), None if bias is None else Parameter(bias)
    return smaller


def smaller_norm(layer: BatchNorm2d, channels: np.ndarray) -> BatchNorm2d:
    """The batch norm with the channels (C,) that are True."""
    smaller = copy.copy(layer)
    smaller.num_features = int(channels.sum())
    smaller.weight, smaller.bias = Parameter(layer.weight.data[channels]), Parameter(layer.bias.data[channels])
    for name in ("running_mean", "running_var"):
        setattr(smaller, name, wrap(getattr(layer, name).data[channels]))
    smaller.num_batches_tracked = wrap(layer.num_batches_tracked.data.copy())
    return smaller


def inputs_that_stay(layer: Linear | Conv2d, keep: np.ndarray | None) -> np.ndarray:
    """True for the inputs (in,) that come from outputs that stay, keep (n,), or from the data itself: None.

    in is n, or a multiple of it: so many numbers of each channel, behind a Flatten. ValueError if it is not.

    >>> inputs_that_stay(Linear(4, 1), np.array([True, False]))
    array([ True,  True, False, False])
    """
    n = layer.weight.shape[1]
    if keep is None:
        return np.ones(n, bool)
    if n % len(keep):
        raise ValueError(f"the {n} inputs of {layer!r} are no multiple of the {len(keep)} outputs before it")
    ### BEGIN SOLUTION
    return np.repeat(keep, n // len(keep))
    ### END SOLUTION


def known(layers: list) -> int:
    """The place of the last layer that has units; ValueError, if there is none or a layer cannot be shrunk."""
    for i, layer in enumerate(layers):
        has_parameters = isinstance(layer, Module) and any(True for _ in layer.parameters())
        if has_parameters and not isinstance(layer, (Linear, Conv2d, BatchNorm2d)):
            raise ValueError(f"layer {i} is a {type(layer).__name__}: its parameters cannot be shrunk here")
        if isinstance(layer, Conv2d) and layer.groups > 1:
            raise ValueError(f"layer {i} has {layer.groups} groups: its filters see different channels")
    places = [i for i, layer in enumerate(layers) if isinstance(layer, (Linear, Conv2d))]
    if not places:
        raise ValueError("there is no Linear and no Conv2d in this model")
    return places[-1]


def structured_prune(model: Sequential, amount: float) -> Sequential:
    """A smaller model: `amount` of the units of each Linear and Conv2d are gone, the last one keeps all.

    The model itself stays as it is. ValueError for layers with parameters other than Linear, Conv2d (one
    group) and BatchNorm2d.

    >>> structured_prune(Sequential(Linear(8, 4), Linear(4, 2)), 0.75)
    Sequential(
      (0): Linear(in_features=8, out_features=1, bias=True)
      (1): Linear(in_features=1, out_features=2, bias=True)
    )
    """
    check_option("amount", amount, 0, 1)
    last, keep, smaller = known(list(model)), None, []
    for i, layer in enumerate(model):
        if isinstance(layer, BatchNorm2d):
            layer = smaller_norm(layer, np.ones(layer.num_features, bool) if keep is None else keep)
        ### BEGIN SOLUTION
        if isinstance(layer, (Linear, Conv2d)):
            inputs = inputs_that_stay(layer, keep)
            keep = strongest(layer.weight.data, amount if i < last else 0)
            layer = smaller_layer(layer, inputs, keep)
        ### END SOLUTION
        smaller.append(copy.copy(layer))
    return Sequential(*smaller)


# %% test="shrink" points=16
from tinytorch.core.tensor import manual_seed, randn
from tinytorch.nn.activations import ReLU, Sigmoid
from tinytorch.nn.conv import Flatten, MaxPool2d


def test_smaller_layer():
    layer = Linear(4, 3)
    layer.weight.data[...], layer.bias.data[...] = np.arange(12).reshape(3, 4), [10, 20, 30]
    inputs, units = np.array([1, 0, 1, 1], bool), np.array([1, 0, 1], bool)
    got = smaller_layer(layer, inputs, units)
    check(
        "the weight of smaller_layer(layer, inputs T F T T, units T F T)",
        got.weight.data,
        np.array([[0, 2, 3], [8, 10, 11]], np.float32),
    )
    check("its bias: one number for each unit", got.bias.data, np.array([10, 30], np.float32))
    check("the layer itself afterwards", (layer.weight.shape, layer.bias.shape), ((3, 4), (3,)))
    got = smaller_layer(Linear(4, 3, bias=False), inputs, units)
    check(
        "the weight's shape and the bias of a smaller layer without a bias",
        (got.weight.shape, got.bias),
        ((2, 3), None),
    )


def test_inputs_that_stay():
    keep = np.array([1, 0, 1], bool)
    check("inputs_that_stay(Linear(3, 2), T F T)", inputs_that_stay(Linear(3, 2), keep), keep)
    want = np.array([1, 1, 0, 0, 1, 1], bool)
    check("inputs_that_stay(Linear(6, 2), T F T): 2 pixels of each channel", inputs_that_stay(Linear(6, 2), keep), want)
    check("inputs_that_stay(Linear(3, 2), None): from the data", inputs_that_stay(Linear(3, 2), None), np.ones(3, bool))


def deaf(model, amount):
    """What structured_prune must compute: the model as it is, in which nobody listens to the units that go."""
    model, keep = copy.deepcopy(model), None
    for layer in model:
        if isinstance(layer, (Linear, Conv2d)):
            stay = strongest(layer.weight.data, amount)
            if keep is not None:
                layer.weight.data[:, ~np.repeat(keep, layer.weight.shape[1] // len(keep))] = 0
            keep = stay
    return model.eval()


def small_cnn():
    layers = [Conv2d(2, 6, 3, padding=1), BatchNorm2d(6), ReLU(), MaxPool2d(2), Conv2d(6, 5, 3), Sigmoid()]
    model = Sequential(*layers, Flatten(), Linear(20, 7), ReLU(), Linear(7, 3))
    model[1].running_mean.data[...] = np.arange(6)
    return model.eval()


def test_structured_prune_of_rows():
    manual_seed(1)
    model = Sequential(Linear(6, 8), Sigmoid(), Linear(8, 4), Linear(4, 3))
    want, smaller = model(Tensor(np.eye(6))), structured_prune(model, 0.5)
    shapes = [p.shape for p in smaller.parameters()]
    call = "structured_prune(6 -> 8 -> 4 -> 3, 0.5)"
    check(f"the parameters' shapes of {call}: all classes stay", shapes, [(4, 6), (4,), (2, 4), (2,), (3, 2), (3,)])
    x = randn(5, 6)
    check(f"{call}(x): as if nobody listened to the units that are gone", smaller(x), deaf(model, 0.5)(x).detach())
    check("the model itself afterwards", model(Tensor(np.eye(6))), want.detach())


def test_structured_prune_of_filters():
    manual_seed(2)
    model, x = small_cnn(), randn(3, 2, 8, 8)
    for amount in (0.3, 0.5, 0.9):
        smaller = structured_prune(model, amount).eval()
        call = f"structured_prune(cnn, {amount})(x), x (3, 2, 8, 8)"
        check(call, lambda: smaller(x), deaf(model, amount)(x).detach())  # noqa: B023


test_smaller_layer()
test_inputs_that_stay()
test_structured_prune_of_rows()
test_structured_prune_of_filters()

# %% [markdown]
# ### Two thin matrices for one
#
# A matrix (out, in) of *rank* r can be written as the product of two thin ones, (out, r) and (r, in).
# They have r (out + in) numbers instead of out x in, and need as many multiply-adds. A trained weight
# has full rank, but not evenly: the *singular value decomposition* writes it as a sum of simple matrices
# of rank 1, sorted by weight, `u[:, i] * s[i] * vt[i]`. The first r of them are the nearest matrix of
# rank r there is. What is lost can be said before it is done: the squares of all entries of the
# difference add up to the squares of the singular values that were left out, the *tail*.
#
# Give each side the root of the singular values, so that both matrices are of the same size; training
# goes on better with them. The bias belongs to the second layer.

# %% solution="low-rank"
#| export
#| hint Which of the two thin layers meets the input first, and what are the shapes (out, in) of their weights?
#| hint weight = u @ diag(s) @ vt. Keep r columns of u, r singular values, r rows of vt; the roots go to both.
#| hint linear_of(root[:, None] * vt[:rank]), then linear_of(u[:, :rank] * root, bias); math.sqrt((s[rank:]**2).sum()).


def linear_of(weight: np.ndarray, bias: np.ndarray | None = None) -> Linear:
    """A Linear with these numbers, for which nothing is drawn: weight (out, in), bias (out,).

    >>> linear_of(np.ones((2, 3)))(Tensor([[1.0, 2.0, 3.0]]))
    Tensor([[6., 6.]])
    """
    layer = Linear.__new__(Linear)
    layer.out_features, layer.in_features = weight.shape
    layer.weight = Parameter(np.asfortranarray(weight, np.float32))
    layer.bias = None if bias is None else Parameter(bias)
    return layer


def decomposed(layer: Linear, rank: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """u (out, n), s (n,) and vt (n, in) of the weight in float64, n the smaller side.

    ValueError if rank is above n, and for a weight that holds inf or nan.
    """
    weight, n = layer.weight.data.astype(np.float64), min(layer.weight.shape)
    if whole_size(rank, "rank") > n:
        raise ValueError(f"rank {rank}: a weight of shape {weight.shape} has at most {n}")
    if not np.isfinite(weight).all():
        raise ValueError(f"a weight of shape {weight.shape} holds inf or nan: it has no singular values")
    return np.linalg.svd(weight, full_matrices=False)


def low_rank(layer: Linear, rank: int) -> Sequential:
    """Two layers, in -> rank -> out, whose product is the nearest to the weight that has this rank.

    ValueError for a rank below 1 or above the smaller side. The layer itself stays as it is.

    >>> low_rank(Linear(784, 128), 16)
    Sequential(
      (0): Linear(in_features=784, out_features=16, bias=False)
      (1): Linear(in_features=16, out_features=128, bias=True)
    )
    """
    u, s, vt = decomposed(layer, rank)
    bias = None if layer.bias is None else layer.bias.data
    ### BEGIN SOLUTION
    root = np.sqrt(s[:rank])
    return Sequential(linear_of(root[:, None] * vt[:rank]), linear_of(u[:, :rank] * root, bias))
    ### END SOLUTION


def low_rank_error(layer: Linear, rank: int) -> float:
    """How far the weight of `low_rank(layer, rank)` is from the layer's: the root of all squares of the difference.

    >>> layer = linear_of(np.diag([5.0, 4.0, 3.0]))
    >>> low_rank_error(layer, 1), low_rank_error(layer, 3)
    (5.0, 0.0)
    """
    _, s, _ = decomposed(layer, rank)
    ### BEGIN SOLUTION
    return math.sqrt((s[rank:] ** 2).sum())
    ### END SOLUTION


# %% test="low-rank" points=10
def layer_of_rank(rank, bias=True):
    draws = np.random.default_rng(rank)
    weight = draws.standard_normal((6, rank)) @ draws.standard_normal((rank, 9))
    return linear_of(weight, np.arange(6.0) if bias else None)


def test_low_rank_of_its_own_rank():
    layer, x = layer_of_rank(3), randn(4, 9)
    thin = low_rank(layer, 3)
    check(
        "the parameters' shapes of low_rank(Linear(9, 6), 3)",
        [p.shape for p in thin.parameters()],
        [(3, 9), (6, 3), (6,)],
    )
    check("low_rank(layer, 3)(x), a weight (6, 9) of rank 3: nothing is lost", thin(x), layer(x).detach(), 1e-4)
    thin = low_rank(layer_of_rank(3, bias=False), 3)
    check("the biases of low_rank(Linear without bias, 3)", [part.bias for part in thin], [None, None])


def test_low_rank_is_the_nearest():
    layer = layer_of_rank(6)
    s = np.linalg.svd(layer.weight.data.astype(np.float64), compute_uv=False)
    for rank in (1, 4, 6):
        first, second = low_rank(layer, rank)
        apart = np.linalg.norm(layer.weight.data - second.weight.data @ first.weight.data)
        want = math.sqrt(sum(s[rank:] ** 2))
        check(f"the distance of low_rank(layer, {rank}), weight (6, 9), from the layer", float(apart), want, 1e-4)
        check(f"low_rank_error(layer, {rank}): the tail of the singular values", low_rank_error(layer, rank), want)
        sizes = [float(np.linalg.norm(part.weight.data)) for part in (first, second)]
        check(f"the sizes of both thin matrices of rank {rank} are equal", sizes[0], sizes[1], 1e-4)


def test_low_rank_refuses():
    check_raises("low_rank(Linear(9, 6), 7)", lambda: low_rank(layer_of_rank(6), 7), ValueError, "7", "(6, 9)")
    check_raises("low_rank(Linear(9, 6), 0)", lambda: low_rank(layer_of_rank(6), 0), ValueError, "rank")


test_low_rank_of_its_own_rank()
test_low_rank_is_the_nearest()
test_low_rank_refuses()

# %% [markdown]
# ### A teacher
#
# A small model can also be trained from the start, and then a large one can help. The label says "this
# is a 7". The large model, the *teacher*, says more: 0.9 that it is a 7, 0.08 for 1, nearly nothing for
# 0. How the wrong answers relate is what it has learned about digits. Learning from its answers is
# *distillation*.
#
# A good teacher is so sure that the wrong shares vanish. Divide the logits by a *temperature* T above 1
# before the softmax, those of teacher and student alike, and the shares come nearer to each other. The
# distance between the two is the mean, over the teacher's shares p, of log p - log q (the
# *Kullback-Leibler divergence*): for each example the sum over the classes, then the mean over the batch.
#
# Softer shares make smaller gradients, by about 1 / T for each of the two divisions; the factor T x T
# brings them back. The rest, 1 - alpha, is the usual loss at the labels.
#
# The teacher is looked at, not trained: in eval mode, without a graph. `evaluating` of module 07 does
# both, and gives it its mode back.

# %% solution="distillation"
#| export
#| hint Whose shares say how much each difference of logs counts?
#| hint Logs of shares at temperature T of both, with log_softmax. Sum over dim 1, mean over the batch, T * T, alpha.
#| hint soft = log_softmax(teacher / T); (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean().


class DistillationLoss(Module):
    """alpha * T^2 * KL(teacher || student, both at temperature T) + (1 - alpha) * cross-entropy at the labels.

    student and teacher: logits (N, classes), labels (N,). The teacher gets no gradient. ValueError for logits
    whose shapes differ, a temperature that is not above 0, an alpha that is not in 0 ... 1.

    >>> loss = DistillationLoss(temperature=2.0, alpha=1.0)
    >>> loss(Tensor([[1.0, 3.0]]), [0], Tensor([[1.0, 3.0]])).item()
    0.0
    """

    temperature: float
    alpha: float

    def __init__(self, temperature: float = 4.0, alpha: float = 0.5):
        if not (0 < temperature < math.inf and 0 <= alpha <= 1):
            raise ValueError(f"wanted are temperature > 0 and alpha in 0 ... 1, not {temperature} and {alpha}")
        self.temperature, self.alpha = temperature, alpha

    def forward(self, student: Tensor, labels: Tensor, teacher: Tensor) -> Tensor:
        # The numbers, without their history. A logit of -inf becomes finite: its share is 0, and 0 times inf is nan.
        teacher, T = wrap(np.maximum(np.asarray(teacher), -1e30)), self.temperature
        if student.shape != teacher.shape or student.ndim != 2:
            raise ValueError(f"logits of student and teacher are (N, classes), not {student.shape} and {teacher.shape}")
        ### BEGIN SOLUTION
        soft = log_softmax(teacher / T)
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
        return self.alpha * T**2 * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
        ### END SOLUTION


class Distiller(Trainer):
    """A `Trainer` whose model learns from labels and from a teacher; it is evaluated by the labels alone.

    >>> from tinytorch.optim.optimizers import SGD
    >>> teacher, student = Linear(3, 2), Linear(3, 2)
    >>> distiller = Distiller(teacher, DistillationLoss(), student, SGD(student.parameters(), lr=0.1))
    >>> len(distiller.fit(np.eye(3), [0, 1, 1], epochs=2))
    2
    """

    teacher: Module
    distillation: DistillationLoss

    def __init__(self, teacher: Module, loss: DistillationLoss, model: Module, optimizer: Optimizer, **options):
        super().__init__(model, optimizer, CrossEntropyLoss(), **options)
        self.teacher, self.distillation = teacher, loss

    def step(self, x: Tensor, y: Tensor, batch: int) -> float:
        """Ask the teacher about the batch, then `train_step` of the model; the loss."""
        ### BEGIN SOLUTION
        with evaluating(self.teacher):
            answers = self.teacher(x)
        ### END SOLUTION
        where = f"epoch {self.epoch + 1}, batch {batch}"
        loss_of = lambda logits, labels: self.distillation(logits, labels, answers)  # noqa: E731 - used once
        return train_step(self.model, self.optimizer, loss_of, x, y, self.max_norm, where)


# %% test="distillation" points=12
from tinytorch.nn.layers import Dropout


def expected_loss(student, labels, teacher, T, alpha):
    """The loss, number by number, in float64."""
    shares = lambda a: np.exp(a / T) / np.exp(a / T).sum()  # noqa: E731 - short
    total = 0.0
    for s, label, t in zip(student, labels, teacher, strict=True):
        p, q = shares(t), shares(s)
        soft = sum(p[c] * (np.log(p[c]) - np.log(q[c])) for c in range(len(p)))
        total += alpha * T * T * soft - (1 - alpha) * np.log(np.exp(s[label]) / np.exp(s).sum())
    return total / len(student)


def test_distillation_loss():
    draws = np.random.default_rng(5)
    student, teacher, labels = draws.standard_normal((4, 3)), 3 * draws.standard_normal((4, 3)), [0, 2, 1, 1]
    for T, alpha in [(1, 1.0), (4, 1.0), (2, 0.25), (3, 0.0)]:
        got = DistillationLoss(T, alpha)(Tensor(student), labels, Tensor(teacher))
        want = expected_loss(student, labels, teacher, T, alpha)
        check(f"DistillationLoss(temperature={T}, alpha={alpha}), logits (4, 3)", got.detach(), np.float32(want), 1e-4)


def test_distillation_loss_of_large_logits():
    student, teacher = Tensor([[0.0, 800.0]]), Tensor([[1000.0, 0.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss = lambda: DistillationLoss(2, 1.0)(student, [0], teacher)  # noqa: E731 - short
        check("DistillationLoss(2, 1)([[0, 800]], teacher [[1000, 0]]): 4 * 400", loss, Tensor(1600.0))


def test_the_gradient_goes_to_the_student():
    student, teacher = (Tensor(np.array(rows), requires_grad=True) for rows in ([[0.0, 1, 2]], [[2.0, 0, 1]]))
    DistillationLoss(2, 1.0)(student, [0], teacher).backward()
    shares = [np.exp(t.data / 2) / np.exp(t.data / 2).sum() for t in (student, teacher)]
    want = (2 * (shares[0] - shares[1])).astype(np.float32)
    check("the gradient of the student's logits: T (q - p)", student.grad.data, want, 1e-4)
    check("the gradient of the teacher's logits", teacher.grad, None)


def test_distiller():
    manual_seed(3)
    teacher, student = Sequential(Linear(3, 2), Dropout(0.5)).train(), Linear(3, 2)
    before, x, y = [p.data.copy() for p in teacher.parameters()], randn(5, 3), [0, 1, 1, 0, 1]
    with evaluating(teacher):
        want = DistillationLoss(2, 0.5)(student(x), y, teacher(x)).item()
    distiller = Distiller(teacher, DistillationLoss(2, 0.5), student, SGD(student.parameters(), lr=0.1))
    start = student.weight.data.copy()
    check("the loss of distiller.step(x, y, 1): the teacher answers in eval mode", distiller.step(x, y, 1), want)
    check_true("the student has changed", (student.weight.data != start).any())
    check_true("the teacher is in training mode again, as before", teacher.training and teacher[1].training)
    check("the teacher's gradients", [p.grad for p in teacher.parameters()], [None, None])
    for p, old in zip(teacher.parameters(), before, strict=True):
        check("the teacher's parameters after a step", p.data, old)


test_distillation_loss()
test_distillation_loss_of_large_logits()
test_the_gradient_goes_to_the_student()
test_distiller()

# %% [markdown]
# ### Writing down what is not zero
#
# Now the file. Of n numbers m are not zero. Write these m, and where they belong. Two ways:
#
# - **A bit for each place**: 1 where there is a number. n / 8 bytes, whatever m is.
# - **The gaps**: before each number, how many zeros there are. Up to 255 fit into one byte, so m bytes.
#   A longer gap is bridged by a *filler*: 255 zeros, and then a number that is 0 itself, which makes 256
#   places.
#
# ```
#     flat     0 0 5 0 7 8
#     bits     0 0 1 0 1 1  (0 0)    one byte, the first place in its highest bit
#     gaps         2   1 0           one byte each
#     values       5   7 8
# ```
#
# Above one number in 8 places bits are shorter, below it gaps. For a gap of g, `g // 256` fillers are
# needed, and `g % 256` is left. Reading is a running sum: a code c moves on by c + 1 places.

# %% solution="packing"
#| export
#| hint At which place does the k-th number stand, if you know all gaps up to it?
#| hint np.packbits, np.unpackbits(bits, count=size). Gaps: np.diff of the places of numbers, beginning at -1, less 1.
#| hint ends = np.cumsum(gaps // 256 + 1) - 1; codes[ends] = gaps % 256; back: np.cumsum(gaps.astype(np.int64) + 1) - 1.


def to_bits(flat: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers of flat (n,) that are not zero, and a bit for each place: {"bits", "values"}.

    >>> to_bits(np.array([0, 0, 5, 0, 7, 8]))
    {'bits': array([44], dtype=uint8), 'values': array([5, 7, 8])}
    """
    ### BEGIN SOLUTION
    return {"bits": np.packbits(flat != 0), "values": flat[flat != 0]}
    ### END SOLUTION


def from_bits(bits: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """The `size` numbers that `to_bits` was given."""
    flat = np.zeros(size, values.dtype)
    ### BEGIN SOLUTION
    flat[np.unpackbits(bits, count=size).astype(bool)] = values
    ### END SOLUTION
    return flat


def to_gaps(flat: np.ndarray) -> dict[str, np.ndarray]:
    """The numbers of flat (n,) that are not zero, with the zeros before each: {"gaps", "values"}, both (m,).

    A gap is a byte. For more than 255 zeros there are fillers: gap 255, value 0.

    >>> to_gaps(np.array([0, 0, 5, 0, 7, 8]))
    {'gaps': array([2, 1, 0], dtype=uint8), 'values': array([5, 7, 8])}
    """
    places = np.flatnonzero(flat)
    ### BEGIN SOLUTION
    gaps = np.diff(places, prepend=-1) - 1
    entries = gaps // 256 + 1
    ends = np.cumsum(entries) - 1
    codes, values = np.full(entries.sum(), 255, np.uint8), np.zeros(entries.sum(), flat.dtype)
    codes[ends], values[ends] = gaps % 256, flat[places]
    return {"gaps": codes, "values": values}
    ### END SOLUTION


def from_gaps(gaps: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """The `size` numbers that `to_gaps` was given."""
    flat = np.zeros(size, values.dtype)
    ### BEGIN SOLUTION
    flat[np.cumsum(gaps.astype(np.int64) + 1) - 1] = values
    ### END SOLUTION
    return flat


# %% test="packing" points=10
def sparse(size, places, start=1.0):
    flat = np.zeros(size, np.float32)
    flat[places] = np.arange(start, start + len(places))
    return flat


CASES = [
    ("no numbers", sparse(10, [])),
    ("first and last", sparse(9, [0, 8])),
    ("numbers only", sparse(5, range(5), start=-2.5)),
    ("every third", sparse(100, range(0, 100, 3))),
    ("long gaps", sparse(2000, [3, 259, 516, 1600])),
    ("gaps of 255, 256, 511, 512", sparse(1600, np.cumsum([255, 257, 512, 513]))),
]


def test_bits():
    got = to_bits(sparse(12, [0, 3, 11]))
    check(
        "to_bits of 12 places, numbers at 0, 3, 11: the bits", got["bits"], np.array([0b10010000, 0b00010000], np.uint8)
    )
    check("the values", got["values"], np.array([1, 2, 3], np.float32))
    for name, flat in CASES:
        got = to_bits(flat)
        check(f"from_bits(to_bits(flat)), {name}", lambda: from_bits(**got, size=flat.size), flat)  # noqa: B023


def test_gaps():
    got = to_gaps(sparse(12, [0, 3, 11]))
    check("to_gaps of 12 places, numbers at 0, 3, 11: the gaps", got["gaps"], np.array([0, 2, 7], np.uint8))
    check("the values", got["values"], np.array([1, 2, 3], np.float32))
    for name, flat in CASES:
        got = to_gaps(flat)
        check(f"from_gaps(to_gaps(flat)), {name}", lambda: from_gaps(**got, size=flat.size), flat)  # noqa: B023


def test_fillers():
    for gap, codes in [(255, [255]), (256, [255, 0]), (512, [255, 255, 0]), (700, [255, 255, 188])]:
        got = to_gaps(sparse(gap + 1, [gap], start=9.0))
        check(f"to_gaps of a number after {gap} zeros: the gaps", got["gaps"], np.array(codes, np.uint8))
        check("the values: a filler has 0", got["values"], np.array([0] * (len(codes) - 1) + [9], np.float32))


test_bits()
test_gaps()
test_fillers()

# %% [markdown]
# ### One byte for a number
#
# What is left takes 4 bytes a number. Divide by a *scale*, so that the largest becomes 127, and round:
# one byte. It is off by half a scale at most, and 0 stays 0. (Module 15 is about such numbers, and goes
# much further; here three lines are enough.)
#
# `pack` makes all three forms of a weight, as it is, with bits, with gaps, and takes the shortest. Whole
# numbers stay as they are: without 90 % of its weights, a model's file is more than ten times smaller with
# `bits=8`, or if module 15 quantized the model first. The file itself is module 07's: safetensors, written
# whole or not at all, with a checksum. Files come from others, too, so `check_parts` looks at every part.

# %% solution="storage"
#| export
#| hint What is the largest size among the values, and what should become of it?
#| hint Round to the nearest, np.rint, then astype(np.int8). For `pack`: nbytes of every array of a form.
#| hint scale = abs(values).max() / 127 (or 1.0); {"values": ..., "scale": scale}; min(forms, key=lambda form: ...).
HOLDS = {"sparse", "weights", "others"}


def to_bytes(values: np.ndarray) -> dict:
    """The values in one byte each: {"values" int8, "scale"}, where values are about int8 * scale.

    ValueError for values that are inf or nan.

    >>> to_bytes(np.array([0.0, 25.4, -10.1]))["values"].tolist()
    [0, 127, -50]
    """
    if not np.isfinite(values).all():
        raise ValueError("inf and nan cannot be written in one byte: save with bits=32")
    ### BEGIN SOLUTION
    scale = float(abs(values).max(initial=0)) / 127 or 1.0
    return {"values": np.rint(values / scale).astype(np.int8), "scale": scale}
    ### END SOLUTION


def pack(array: np.ndarray, bits: int = 32) -> dict:
    """The array in the fewest bytes: {"shape", "values"}, with "bits" or "gaps" if there are zeros enough.

    bits: 32, the numbers as they are, or 8, one byte each, with their "scale". Whole numbers stay as they are.

    >>> {name: np.size(value) for name, value in pack(np.eye(100, dtype=np.float32)).items()}
    {'shape': 2, 'gaps': 100, 'values': 100}
    """
    flat = array.ravel()
    bits = bits if flat.dtype.kind == "f" else 32
    forms = [{"values": flat}, to_bits(flat), to_gaps(flat)]
    ### BEGIN SOLUTION
    if bits == 8:
        forms = [form | to_bytes(form["values"]) for form in forms]
    size = lambda form: sum(part.nbytes for part in form.values() if isinstance(part, np.ndarray))  # noqa: E731
    return {"shape": list(array.shape)} | min(forms, key=size)
    ### END SOLUTION


def check_parts(shape: list[int], values: np.ndarray, scale: float = 1.0, **places: np.ndarray) -> None:
    """ValueError unless the parts of a packed array belong together: for each value one place within the shape."""
    parts = {"values": values} | places
    if not all(isinstance(part, np.ndarray) and part.ndim == 1 for part in parts.values()):
        raise ValueError(f"{' and '.join(parts)} must be arrays of one dimension")
    if min(shape, default=0) < 0 or not 0 < scale < math.inf:
        raise ValueError(f"no array has the shape {shape} and the scale {scale}")
    n, size = len(values), math.prod(shape)
    if list(places) == ["bits"]:
        belong = len(places["bits"]) == -(-size // 8) and np.unpackbits(places["bits"], count=size).sum() == n
    elif list(places) == ["gaps"]:
        gaps = places["gaps"]
        belong = gaps.dtype == np.uint8 and len(gaps) == n and gaps.sum(dtype=np.int64) + n <= size
    else:
        belong = not places and n == size
    if not belong:
        sizes = " and ".join(f"{len(part)} {name}" for name, part in parts.items())
        raise ValueError(f"{sizes} do not belong to an array of shape {shape}")


def unpack(packed: dict) -> np.ndarray:
    """The array that `pack` was given; with bits=8, nearly. ValueError if the parts do not belong together."""
    check_parts(**packed)
    values, size = packed["values"], math.prod(packed["shape"])
    if "scale" in packed:
        values = values * np.float32(packed["scale"])
    if "bits" in packed:
        values = from_bits(packed["bits"], values, size)
    elif "gaps" in packed:
        values = from_gaps(packed["gaps"], values, size)
    return values.reshape(packed["shape"])


def save_sparse(model: Module | dict[str, Tensor], path: str | Path, bits: int = 32) -> None:
    """Write a model or a state_dict; of weights only what is not zero, in `bits` 32 or 8 each. Biases stay whole.

    Whole numbers are written as they are. A file that was there is replaced when the new one is complete.
    ValueError for other bits.

    >>> import tempfile
    >>> path, layer = Path(tempfile.mkdtemp(), "layer.safetensors"), Linear(100, 50)
    >>> masks = magnitude_prune(layer, 0.95)
    >>> save_sparse(layer, path)
    >>> bool((load_sparse(path)["weight"] == layer.weight).data.all()), path.stat().st_size < layer.weight.nbytes / 5
    (True, True)
    """
    if bits not in (32, 8):
        raise ValueError(f"a number takes 32 bits or 8, not {bits!r}")
    state = model.state_dict() if isinstance(model, Module) else dict(model)
    large = {name for name, value in state.items() if value.ndim > 1}
    packed = {name: pack(np.asarray(state[name]), bits) for name in state if name in large}
    others = {name: wrap(np.asarray(value)) for name, value in state.items() if name not in large}
    save({"sparse": 1, "weights": packed, "others": others}, path)


def load_sparse(path: str | Path) -> dict[str, Tensor]:
    """The state_dict in a file of `save_sparse`, for `load_state_dict`.

    ValueError if the file is cut off or altered, or if another program wrote it.

    >>> load_sparse("nothing.safetensors")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nothing.safetensors'
    """
    content = load(path)
    if not isinstance(content, dict) or set(content) != HOLDS:
        raise ValueError(f"{path} was not written by save_sparse: try tinytorch.training.load")
    try:
        if not all(isinstance(value, Tensor) for value in content["others"].values()):
            raise ValueError("what is not packed must be Tensors")
        return {name: wrap(unpack(packed)) for name, packed in content["weights"].items()} | content["others"]
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, MemoryError) as problem:
        raise ValueError(f"{path} holds weights that cannot be unpacked: {problem}") from None


# %% test="storage" points=10
import tempfile


def file():
    return Path(tempfile.mkdtemp(), "model.safetensors")


def test_to_bytes():
    values = np.array([0.5, -2.0, 0.0, 1.26, 0.008], np.float32)
    got = to_bytes(values)
    check(
        "to_bytes([0.5, -2, 0, 1.26, 0.008]): the largest becomes 127",
        got["values"],
        np.array([32, -127, 0, 80, 1], np.int8),
    )
    check("its scale", float(got["scale"]), 2 / 127)
    with np.errstate(all="raise"):
        zeros = np.zeros(3, np.float32)
        check("to_bytes of zeros", lambda: to_bytes(zeros), {"values": np.zeros(3, np.int8), "scale": 1.0})
    off = abs(got["values"] * got["scale"] - values).max()
    check_true("no value is off by more than half a scale", off <= 0.5001 * got["scale"], f"{off:.4g}")


def bytes_of(packed):
    return sum(part.nbytes for part in packed.values() if isinstance(part, np.ndarray))


def test_pack_takes_the_shortest():
    full = np.arange(1.0, 801, dtype=np.float32).reshape(20, 40)
    for share, parts, n32, n8 in [
        (1, ["values"], 3200, 800),
        (2, ["bits", "values"], 1700, 500),
        (16, ["gaps", "values"], 250, 100),
    ]:
        array = np.where(np.arange(800).reshape(20, 40) % share == 0, full, 0)
        for bits, want in ((32, n32), (8, n8)):
            got = pack(array, bits)
            call = f"pack(array (20, 40) with every number of {share} places, bits={bits})"
            check(f"{call}: the arrays in it", sorted(set(got) - {"shape", "scale"}), parts)
            check(f"{call}: their bytes", bytes_of(got), want)
            off = abs(unpack(got) - array).max()
            check_true(f"unpack({call}) is off by half a scale at most", off <= (0 if bits == 32 else 3.16), f"{off}")


def test_save_and_load():
    manual_seed(4)
    model = Sequential(Linear(40, 30), BatchNorm2d(30), Linear(30, 20, bias=False))
    magnitude_prune(model, 0.9)
    path, other = file(), Sequential(Linear(40, 30), BatchNorm2d(30), Linear(30, 20, bias=False))
    save_sparse(model, path)
    other.load_state_dict(load_sparse(path))
    for name, value in model.state_dict().items():
        check(f"{name} after save_sparse and load_sparse", other.state_dict()[name].data, value.data)
    save_sparse(model, path, bits=8)
    for name, value in load_sparse(path).items():
        want = model.state_dict()[name].data
        half = 0.51 * abs(want).max() / 127 if value.ndim > 1 else 0
        off = abs(value.data - want).max()
        check_true(f"{name} with bits=8 is off by half a scale at most", off <= half, f"{off} of {half}")
        check_true(f"the zeros of {name} with bits=8 are zeros", not value.data[want == 0].any())


def test_load_sparse_refuses():
    path, model = file(), Linear(50, 40)
    save(model.state_dict(), path)
    check_raises("load_sparse of a file of save", lambda: load_sparse(path), ValueError, "save_sparse")
    save_sparse(model, path)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    check_raises("load_sparse of a file that is cut off", lambda: load_sparse(path), ValueError, "damaged")


test_to_bytes()
test_pack_takes_the_shortest()
test_save_and_load()
test_load_sparse_refuses()

# %% [markdown]
# ## Use
#
# The reader of digits from the beginning loses 90 % of its weights, in three rounds. `cut` is what is
# right after the smallest have gone, then the others are trained.


# %%
def tuned(model: Module, epochs: int, masks: Masks | None = None, lr: float = 1e-3) -> float:
    """Train the model on the digits, under masks if there are any; the share that is right then."""
    masks, optimizer = masks or Masks(model, {}), Adam(model.parameters(), lr=lr)
    shape = (-1, 1, 28, 28) if isinstance(model[0], Conv2d) else (-1, 784)
    FineTuner(masks, model, optimizer, CrossEntropyLoss()).fit(pictures.reshape(*shape), train.labels, epochs)
    return right(model)


whole = right(mlp)
print(f"dense: {whole:.1%}")
for total in gradual(0.9, 3):
    masks = magnitude_prune(mlp, total)
    shares = ", ".join(f"{sparsity(layer):.0%}" for layer in (mlp[0], mlp[2]))
    print(f"{total:4.0%} gone (of each layer {shares}): {right(mlp):.1%} cut, {tuned(mlp, 3, masks):.1%} tuned")
assert sparsity(mlp) > 0.899
assert right(mlp) > whole - 0.01

read = (mlp[0].weight.data != 0).reshape(128, 14, 2, 14, 2).sum(axis=(0, 2, 4))
print("\n".join("".join(" .:+*#"[min(5, n // 16)] * 2 for n in row) for row in read))

# %% [markdown]
# The drawing shows how many weights are left for each 2 x 2 pixels. Nobody told the model that no digit
# reaches the corners. The small last layer has kept a larger share than the first, because the smallest of all were
# taken, and nearly all of those were in the first.
#
# Now a CNN, and units that go as a whole. Everything shrinks that should: filters, their batch norms,
# the input channels of the next layer, the inputs behind the Flatten.

# %%
manual_seed(0)
first = [Conv2d(1, 16, 5, padding=2), MaxPool2d(2), BatchNorm2d(16), ReLU()]
second = [Conv2d(16, 32, 3, padding=1), MaxPool2d(2), BatchNorm2d(32), ReLU()]
cnn = Sequential(*first, *second, Flatten(), Linear(32 * 49, 64), ReLU(), Linear(64, 10))
tuned(cnn, 2, lr=4e-3)
small = structured_prune(cnn, 0.5)
cut, batch = right(small), unseen[:256].reshape(256, 1, 28, 28)
tuned(small, 1, lr=2e-3)
print(small)


def fastest(models: dict[str, Module], batch: Tensor, rounds: int) -> dict[str, float]:
    """The shortest time of each model for the batch, in seconds; all take turns, so that all have the same luck."""
    with no_grad():
        turns = [[seconds(lambda m=model: m(batch), 1) for model in models.values()] for _ in range(rounds)]
    return dict(zip(models, map(min, zip(*turns, strict=True)), strict=True))


spent = fastest({"whole": cnn, "half the units": small}, batch, 15)
for model, (name, time) in zip((cnn, small), spent.items(), strict=True):
    count = sum(p.size for p in model.parameters())
    print(f"{name:15} {count:8,} parameters {1e3 * time:7.1f} ms for 256 digits, {right(model):.1%} right")
print(f"before fine-tuning it was {cut:.1%}")
assert right(small) > right(cnn) - 0.01

# %% [markdown]
# ## Measure
#
# **Bytes.** The reader has 101,632 weights, of which 10,163 are left. Predict, from the two ways to say
# where they are, the bytes of the file: as bits, as gaps; with 4 bytes a number, with 1. Which is
# shorter, and how many times shorter than all of it in float32?

# %%
n, m = (sum(count(p.data) for p in weights(mlp).values()) for count in (np.size, np.count_nonzero))
folder, sizes = Path(tempfile.mkdtemp()), {}
save(mlp.state_dict(), folder / "dense")
for bits in (32, 8):
    flags, gaps = n // 8 + m * bits // 8, m + m * bits // 8
    print(f"predicted for numbers of {bits:2} bits: {flags:7,} with a bit for each place, {gaps:7,} with gaps")
    save_sparse(mlp, folder / f"{bits} bits", bits)
for name, read_back in (("dense", load), ("32 bits", load_sparse), ("8 bits", load_sparse)):
    copied, sizes[name] = Sequential(Linear(784, 128), ReLU(), Linear(128, 10)), (folder / name).stat().st_size
    copied.load_state_dict(read_back(folder / name))
    times = sizes["dense"] / sizes[name]
    print(f"{name:8} {sizes[name]:8,} bytes, {times:4.1f} times smaller, {right(copied):.1%} right after reading")
assert sizes["dense"] > 10 * sizes["8 bits"]
assert right(copied) > whole - 0.02

# %% [markdown]
# The rest above the prediction is what every file has: names, shapes, biases, fillers, a checksum.
#
# **Seconds.** A wider model, and three ways to make it smaller. Predict first: which of them makes a
# batch of 256 faster, and how many times?

# %%
manual_seed(0)
wide = Sequential(Linear(784, 512), ReLU(), Linear(512, 512), ReLU(), Linear(512, 10))
tuned(wide, 8)
thin = Sequential(*(low_rank(layer, 48) if i in (0, 2) else layer for i, layer in enumerate(wide)))
zeros = copy.deepcopy(wide)
candidates = {"dense": wide, "90 % zeros": zeros, "rank 48": thin, "70 % of units": structured_prune(wide, 0.7)}
tuned(zeros, 1, magnitude_prune(zeros, 0.9))
tuned(candidates["70 % of units"], 1)
took = fastest(candidates, unseen[:256], 40)
print("                multiply-adds   ms a batch   times as fast   right")
for name, model in candidates.items():
    done, times = sum(p.size for p in model.parameters() if p.ndim > 1), took["dense"] / took[name]
    print(f"{name:14} {done:14,} {1e3 * took[name]:12.2f} {times:15.1f} {right(model):7.1%}")
assert took["dense"] < 1.5 * took["90 % zeros"]
assert took["dense"] > 1.5 * took["70 % of units"]
assert took["dense"] > 1.5 * took["rank 48"]

# %% [markdown]
# Ten times fewer numbers, and not a microsecond: a product multiplies by 0 as by anything else. Zeros
# are for the file, smaller layers for the clock.
#
# **Rank.** What is lost, predicted by the tail and then measured; and what the digits say to it. With
# which rank are the two thin layers as large as the one?

# %%
layer = wide[2]
print("rank   of the size   predicted   measured   right without training")
for rank in (8, 16, 32, 64, 128, 256):
    thin = low_rank(layer, rank)
    lost = float(np.linalg.norm(layer.weight.data - thin[1].weight.data @ thin[0].weight.data))
    share = rank * (512 + 512) / 512**2
    reads = right(Sequential(*wide[:2], thin, *wide[3:]))
    print(f"{rank:4} {share:12.0%} {low_rank_error(layer, rank):13.3f} {lost:10.3f} {reads:12.1%}")
    assert abs(lost - low_rank_error(layer, rank)) < 1e-3

# %% [markdown]
# **A teacher, five times.** A student with 32 units gets 500 pictures. It learns alone, and with the wide
# model as its teacher, which has seen all 4,000; from the same start, with the same batches. One pair says
# little: which is better depends on luck as well. Five pairs.


# %%
def student(seed: int, teacher: Module | None) -> float:
    """What a small model reads rightly that learned from the labels, or from a teacher, too."""
    manual_seed(seed)
    model = Sequential(Linear(784, 32), ReLU(), Linear(32, 10))
    optimizer = Adam(model.parameters(), lr=3e-3)
    if teacher is None:
        trainer = Trainer(model, optimizer, CrossEntropyLoss())
    else:
        trainer = Distiller(teacher, DistillationLoss(temperature=2, alpha=0.9), model, optimizer)
    trainer.fit(pictures[:500], train.labels[:500], epochs=60)
    return right(model)


alone, taught = ([student(seed, teacher) for seed in range(5)] for teacher in (None, wide))
for name, found in (("alone", alone), ("with a teacher", taught)):
    print(f"{name:15}", *(f"{share:7.1%}" for share in found), f"   mean {np.mean(found):.2%}")
assert np.mean(taught) > np.mean(alone)

# %% [markdown]
# What the teacher adds is what the labels lack. Give the student all 4,000 pictures, and hardly anything of
# the gain is left. Try other temperatures, too.
#
# ## Reflect
#
# Answer in a few sentences each, with numbers.

# %% [markdown] reflect="ten-per-cent" points=3
# **1. Ten per cent.** A colleague prunes 90 % of a model of 100 million weights in float32 and saves it
# with the usual program. How large is the file? How large with bits, with gaps, and with gaps and one
# byte a number? At which sparsity is a file with bits as large as the dense one?
#
# ### BEGIN SOLUTION
# Rubric: 400 MB, as before (one point). 12.5 + 40 = 52.5 MB; 10 + 40 = 50 MB; 20 MB (one point). When
# n / 8 + 4 m = 4 n, so m = 31/32 n: 3 % zeros are enough (one point).
# ### END SOLUTION

# %% [markdown] reflect="where" points=3
# **2. Where to cut.** A CNN has most of its weights in the Linear behind the Flatten, and most of its
# multiply-adds in the convolutions. Which kind of pruning would you use to make its file smaller, and
# which to make it faster? What does global magnitude pruning do to the filters, and why?
#
# ### BEGIN SOLUTION
# Rubric: magnitude for the file, structured in the convolutions for the time; it takes mostly from the
# Linear, since its many weights are smaller (a sum of 1,568 numbers against one of 25 or 144), and
# leaves the filters, so the work stays. One point each.
# ### END SOLUTION

# %% [markdown] reflect="teacher" points=2
# **3. What is in the answers.** A teacher answers with shares of exactly 0 and 1 for all training
# pictures. What can a student learn from it that the labels do not say, at temperature 1 and at
# temperature 4?
#
# ### BEGIN SOLUTION
# Rubric: at 1 nothing, except where the teacher corrects a label; at 4 the logits behind the shares show
# again, and with them which wrong classes are near. One point each.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.utils.prune` has `l1_unstructured`, `global_unstructured` and `ln_structured`. It keeps the
# whole weight as `weight_orig`, a buffer `weight_mask`, and multiplies the two before each forward pass,
# so nothing has to follow the optimizer; `prune.remove` makes it permanent. Nothing becomes smaller by
# it: `ln_structured` fills rows with zeros, and taking them out is left to other libraries. For singular
# values there is `torch.linalg.svd`. The soft part of our loss is `F.kl_div(log_softmax(student / T),
# softmax(teacher / T), reduction="batchmean") * T**2`. Sparse tensors exist in several formats; their
# products are faster than dense ones only far above 90 % zeros. Graphics cards multiply matrices with two
# zeros in every four numbers about twice as fast, if they stand in this pattern: a compromise between
# the two kinds of pruning.
#
# ## Today
#
# Taking out the least important weights is from 1990 (LeCun, Denker and Solla, *Optimal Brain Damage*).
# In 2016 Han, Mao and Dally made AlexNet 35 times smaller, in the order of this chapter: prune, write down
# gaps, fewer bits for a number; and at the end shorter codes for what is frequent. In 2019 DistilBERT had 40 %
# fewer parameters than its teacher and kept 97 % of its score on a collection of language tasks. Many of
# today's small language models are taught by a large one, or are its pruned and tuned remains. And thin
# matrices are how large models are adapted: the weight stays as it is, and what training changes is a
# product of rank 8 or 16, a file of some megabytes.
