"""Embeddings with layers, losses and optimizers: training, shared tables, files, edge values, bad input, the door."""

import numpy as np
import pytest

from tinytorch.core.autograd import checkpoint, no_grad
from tinytorch.core.tensor import Tensor, manual_seed, observers, randn, tensor
from tinytorch.nn import (
    CrossEntropyLoss,
    Embedding,
    LearnedPositionalEncoding,
    Linear,
    Module,
    Sequential,
    SinusoidalPositionalEncoding,
)
from tinytorch.optim import SGD, Adam
from tinytorch.testing import check, check_gradients, check_raises, check_true


class Tagger(Module):
    """A label for each place, from its id and its position."""

    def __init__(self, ids=6, width=8, labels=3):
        self.embedding, self.positions = Embedding(ids, width), LearnedPositionalEncoding(width, max_len=5)
        self.scores = Linear(width, labels)

    def forward(self, ids):
        return self.scores(self.positions(self.embedding(ids))).reshape(-1, 3)


def test_a_model_learns_ids_and_positions():
    manual_seed(0)
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 6, (40, 5))
    labels = np.digitize(ids + np.arange(5), [3, 6]).reshape(-1)  # neither the id nor the position says it alone
    model, loss_of = Tagger(), CrossEntropyLoss()
    optimizer = Adam(model.parameters(), lr=0.05)
    for _ in range(150):
        loss = loss_of(model(ids), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with no_grad():
        right = (model(ids).argmax(dim=1).data == labels).mean()
    check_true("a tagger of ids and positions is right in at least 9 of 10 places", right > 0.9, f"{right:.0%}")


def test_a_table_that_reads_and_scores():
    table, ids = Embedding(5, 3), np.array([[1, 2, 2], [4, 1, 1]])
    check_gradients(
        "(Embedding(ids) @ weight.T), one table used twice",
        lambda w: _with(table, w)(ids) @ w.T,
        table.weight.data.copy(),
    )


def _with(layer, weight):
    vars(layer)["weight"] = weight  # no Parameter, so that its gradient can be looked at
    return layer


def test_a_step_changes_the_rows_that_were_used():
    manual_seed(1)
    layer = Embedding(4, 2)
    before = layer.weight.data.copy()
    layer([2, 0, 2]).sum().backward()
    SGD(layer.parameters(), lr=0.5).step()
    want = before - np.float32(0.5) * np.array([[1, 1], [0, 0], [2, 2], [0, 0]], np.float32)
    check("the table after one step with ids [2, 0, 2]", layer.weight.data, want)


def test_gradients_of_two_batches_add_up():
    layer = Embedding(3, 1)
    layer([0, 1]).sum().backward()
    layer([[1], [2]]).sum().backward()
    check("weight.grad after ids [0, 1] and [[1], [2]]", layer.weight.grad, Tensor([[1], [2], [1]]))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 4), (0,), (2, 0)])
def test_ids_of_any_shape(shape):
    layer = Embedding(7, 4)
    ids = np.random.default_rng(2).integers(0, 7, shape)
    out = layer(ids)
    check(f"Embedding(7, 4)(ids), ids of shape {shape}", out, Tensor(layer.weight.data[ids]))
    out.sum().backward()
    counts = np.bincount(ids.reshape(-1), minlength=7)[:, None] * np.ones((1, 4))
    check("weight.grad after .sum().backward()", layer.weight.grad, Tensor(counts))


def test_a_frequent_id():
    layer, ids = Embedding(300, 2), np.concatenate([np.full(5000, 7), np.arange(300)])
    layer(ids).sum().backward()
    want = np.ones((300, 2), np.float32)
    want[7] = 5001
    check("weight.grad with one id 5,001 times and all others once", layer.weight.grad, Tensor(want))


def test_a_look_up_is_one_operation_and_stays_float32():
    seen, layer = [], Embedding(3, 2)
    observers.append(lambda name, inputs, arrays, attributes, result: seen.append((name, result.dtype)))
    try:
        layer(Tensor([0, 2]))
    finally:
        observers.pop()
    check("the operations seen in Embedding(3, 2)([0, 2])", seen, [("embedding", np.dtype(np.float32))])
    layer([1]).sum().backward()
    check("weight.grad.dtype", layer.weight.grad.dtype, np.dtype(np.float32))


def test_the_result_is_not_the_table():
    layer = Embedding(2, 2)
    before = layer.weight.data.copy()
    layer([0, 1]).data[...] = 9
    check("the table after layer([0, 1]).data[...] = 9", layer.weight.data, before)


@pytest.mark.parametrize("ids", [[3], [-1], [[0, 1], [2, 30]], [0.5], [float("nan")], Tensor([1.0, 3.0])])
def test_ids_that_are_none(ids):
    layer = Embedding(3, 2)
    check("Embedding(3, 2)([2]).shape", layer([2]).shape, (1, 2))
    check_raises(f"Embedding(3, 2)({ids!r})", lambda: layer(ids), ValueError, "id")


def test_sizes_that_are_none():
    layer = Embedding(np.int64(3), np.int64(2))
    check("Embedding of NumPy's whole numbers", layer.weight.shape, (3, 2))
    check_raises("Embedding(0, 4)", lambda: Embedding(0, 4), ValueError, "num_embeddings")
    check_raises("Embedding(4, 2.5)", lambda: Embedding(4, 2.5), TypeError, "embedding_dim")


def test_a_state_goes_from_model_to_model():
    manual_seed(3)
    first, second, ids = Tagger(), Tagger(), [[0, 5, 1, 1]]
    names = ["embedding.weight", "positions.weight", "scores.weight", "scores.bias"]
    check("the names of its parameters", [name for name, _ in first.named_parameters()], names)
    second.load_state_dict(first.state_dict())
    check("second(ids) after loading first's state", second(ids), first(ids))


def test_the_same_seed_gives_the_same_table():
    tables = []
    for _ in range(2):
        manual_seed(4)
        tables.append(Embedding(5, 3).weight.data)
    check("Embedding(5, 3).weight after the same manual_seed", tables[1], tables[0])


@pytest.mark.parametrize("kind", [SinusoidalPositionalEncoding, LearnedPositionalEncoding])
def test_positions_of_sequences(kind):
    layer, x = kind(6, max_len=4), randn(2, 3, 6)
    alone = layer(x[1])
    check("the second sequence in the batch and alone", layer(x)[1], alone)
    check("positions [0, 1, 2] and none", layer(x, [0, 1, 2]), layer(x))
    padded = np.array([[0, 0, 1], [0, 1, 2]])
    check("positions (2, 3): the second row counts from 0", layer(x, padded)[1], alone)
    check("the first row begins with padding", layer(x, padded)[0, 2], layer(x[:, 1:])[0, 1] - x[0, 2] + x[0, 2])
    check("a sequence of nothing", layer(x[:, :0]).shape, (2, 0, 6))


@pytest.mark.parametrize("kind", [SinusoidalPositionalEncoding, LearnedPositionalEncoding])
def test_positions_that_do_not_fit(kind):
    layer, x = kind(6, max_len=4), randn(2, 3, 6)
    check("layer(x).shape", layer(x).shape, (2, 3, 6))
    name = kind.__name__
    for call, positions, given in [
        ("5 places, max_len=4", None, randn(5, 6)),
        ("position 4", [0, 1, 4], x),
        ("position -1", [0, -1, 1], x),
        ("position 0.5", [0, 0.5, 1], x),
        ("1 position for 3 places", [0], x),
        ("x of width 5", None, randn(3, 5)),
        ("x of one dimension", None, randn(6)),
    ]:
        check_raises(f"{name}, {call}", lambda p=positions, g=given: layer(g, p), ValueError)


def test_gradients_of_positions():
    layer = LearnedPositionalEncoding(2, max_len=3)
    x = tensor(np.zeros((2, 2, 2)), requires_grad=True)
    layer(x, [[0, 2], [2, 2]]).sum().backward()
    check("weight.grad after positions [[0, 2], [2, 2]]", layer.weight.grad, Tensor([[1, 1], [0, 0], [3, 3]]))
    check("x.grad", x.grad, Tensor(np.ones((2, 2, 2))))


def test_waves_of_an_odd_width_and_float64():
    layer = SinusoidalPositionalEncoding(5, max_len=3)
    check("SinusoidalPositionalEncoding(5)(zeros)[0]", layer(Tensor(np.zeros((1, 5)))), Tensor([[0, 1, 0, 1, 0]]))
    wide = tensor(np.zeros((1, 5)), dtype=np.float64)
    check("its dtype for x of float64", layer(wide).dtype, np.dtype(np.float64))


def test_under_checkpoint():
    layer, ids = Sequential(Embedding(4, 3)), np.array([1, 1, 3])
    checkpoint(lambda: layer(ids)).sum().backward()
    check("weight.grad behind checkpoint", layer[0].weight.grad, Tensor([[0] * 3, [2] * 3, [0] * 3, [1] * 3]))
