"""Attention with embeddings, losses and optimizers: training, masks of every shape, edge values, bad input."""

import numpy as np
import pytest

from tinytorch.core.autograd import checkpoint, gradcheck, no_grad
from tinytorch.core.tensor import Tensor, manual_seed, observers, randn, tensor, zeros
from tinytorch.nn import (
    Attention,
    CrossEntropyLoss,
    Linear,
    Module,
    MultiHeadAttention,
    attention_weights,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from tinytorch.optim import Adam
from tinytorch.testing import check, check_gradients, check_raises, check_true


class First(Module):
    """Says at every place what stood at the first one. Symbols and places come as rows with a 1 for each."""

    def __init__(self, width=16):
        self.rows, self.scores = Linear(4 + 8, width), Linear(width, 4)
        self.attention = MultiHeadAttention(width, 2)

    def forward(self, ids):
        places = np.broadcast_to(np.eye(8), (*ids.shape, 8))
        x = self.rows(Tensor(np.concatenate([np.eye(4)[ids], places], axis=-1)))
        x = x + self.attention(x, causal_mask(8))
        return self.scores(x).reshape(-1, 4)


def test_a_model_learns_to_look_back():
    manual_seed(0)
    rng = np.random.default_rng(0)
    model, loss_of = First(), CrossEntropyLoss()
    optimizer = Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        ids = rng.integers(0, 4, (32, 8))
        loss = loss_of(model(ids), np.repeat(ids[:, 0], 8))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ids = rng.integers(0, 4, (100, 8))
    with no_grad():
        right = (model(ids).argmax(dim=1).data == np.repeat(ids[:, 0], 8)).mean()
    check_true("what stood first is found in at least 9 of 10 places", right > 0.9, f"{right:.0%}")


@pytest.mark.parametrize("layer", [Attention(6, 4), MultiHeadAttention(6, 3)], ids=["Attention", "MultiHeadAttention"])
def test_later_places_change_nothing(layer):
    x = randn(2, 5, 6)
    changed = Tensor(x.data)
    changed.data[:, 3:] = 100
    with no_grad():
        before, after = layer(x, causal_mask(5)), layer(changed, causal_mask(5))
    check("the first three places, after the last two have changed", after[:, :3], before[:, :3])
    check_true("the last place has changed", abs(after[:, 4] - before[:, 4]).max() > 1e-3)


def test_padding_changes_nothing():
    layer, x = MultiHeadAttention(6, 2), randn(1, 3, 6)
    padded = Tensor(np.concatenate([x.data, np.full((1, 2, 6), 50.0)], axis=1))
    with no_grad():
        check("layer(x) and padded to 5 places", layer(padded, padding_mask([3], 5))[:, :3], layer(x))
    left = Tensor(padded.data[:, ::-1])
    real = np.array([[False, False, True, True, True]])
    with no_grad():
        got = layer(left, padding_mask(real))[:, 2:]
    check("the same with the padding on the left, and x turned round", got, layer(Tensor(x.data[:, ::-1])))


def test_the_order_of_the_keys_does_not_matter():
    q, k, v = randn(3, 4), randn(5, 4), randn(5, 2)
    turned = [Tensor(x.data[::-1]) for x in (k, v)]
    want = scaled_dot_product_attention(q, k, v)
    check("attention with keys and values turned round", scaled_dot_product_attention(q, *turned), want)


@pytest.mark.parametrize("shape", [(5, 5), (2, 1, 5), (2, 5, 5), (2, 1, 1, 5), (2, 3, 5, 5), (1, 3, 5, 5)])
def test_masks_of_every_shape(shape):
    layer, x = MultiHeadAttention(6, 3), randn(2, 5, 6)
    mask = np.random.default_rng(1).random(shape) < 0.6
    with no_grad():
        q, k, v = layer.heads(x)
        whole = np.broadcast_to(mask[:, None] if len(shape) == 3 else mask, (2, 3, 5, 5))
        want = layer.merge(attention_weights(q, k, whole) @ v)
        for name, given in [("an array", mask), ("a Tensor", tensor(mask)), ("a list", mask.tolist())]:
            check(f"MultiHeadAttention(6, 3)(x, mask {shape} as {name})", layer(x, given), want)
        bias = np.where(mask, 0, -np.inf)
        check(f"the same with floats, 0 and -inf, {shape}", layer(x, bias), want)


@pytest.mark.parametrize("mask", [np.zeros((3, 3), bool), np.full((3, 3), -np.inf), padding_mask([0], 3)])
def test_nothing_to_look_at(mask):
    q, k, v = (tensor(np.ones((1, 3, 2)), requires_grad=True) for _ in range(3))
    out = scaled_dot_product_attention(q, k, v, mask)
    check("attention where nothing is allowed", out, zeros(1, 3, 2))
    out.sum().backward()
    for name, x in zip("qkv", (q, k, v), strict=True):
        check(f"the gradient of {name}", x.grad, zeros(1, 3, 2))
    check("attention_weights where nothing is allowed", attention_weights(q, k, mask), zeros(1, 3, 3))


@pytest.mark.parametrize("shift", [0.0, 100.0, -1e4, 1e30])
def test_scores_of_any_size(shift):
    """A number that all scores have in common changes no share, and no exponential overflows."""
    q, k, v = Tensor([[1.0, 1.0]]), Tensor([[1.0, 0], [2.0, 0]]), Tensor([[1.0], [3.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        high = Tensor([[0, shift], [0, shift]])
        got = scaled_dot_product_attention(q, high + k if abs(shift) < 1e20 else high, v)
    share = 1 / (1 + np.exp(-(2**-0.5))) if abs(shift) < 1e20 else 0.5
    check(f"attention with scores around {shift}", got, Tensor([[1 + 2 * share]]), tolerance=2e-3)


def test_nan_stays_visible():
    q, k, v = Tensor([[np.nan, 1.0], [1.0, 1.0]]), randn(2, 2), randn(2, 2)
    got = np.isnan(scaled_dot_product_attention(q, k, v).data).all(axis=1)
    check("which rows are nan, where the first query has a nan", got, np.array([True, False]))


def test_a_mask_that_is_learned():
    bias = np.random.default_rng(2).standard_normal((3, 3))
    q, k, v = (np.random.default_rng(i).standard_normal((2, 3, 4)) for i in range(3))
    check_gradients("attention with a bias that requires a gradient", scaled_dot_product_attention, q, k, v, bias)


@pytest.mark.parametrize(
    "mask", [None, causal_mask(4), np.where(np.tri(4), 0.5, -np.inf)], ids=["none", "causal", "floats"]
)
def test_gradients_in_float64(mask):
    inputs = [randn(2, 4, 3), randn(2, 4, 3), randn(2, 4, 2)]
    function = lambda q, k, v: scaled_dot_product_attention(q, k, v, mask)  # noqa: E731 - the mask is what varies
    check("gradcheck of attention", gradcheck(function, inputs), True)


def test_keys_for_all_sequences():
    q, k, v = randn(4, 2, 3, 5), randn(2, 6, 5), randn(6, 2)
    want = attention_weights(q, k) @ v
    check("q (4, 2, 3, 5), k (2, 6, 5), v (6, 2)", scaled_dot_product_attention(q, k, v), want)
    check_gradients("its gradients", scaled_dot_product_attention, q.data, k.data, v.data)


def test_attention_is_one_operation_and_stays_float32():
    seen, layer = [], MultiHeadAttention(4, 2)
    observers.append(lambda name, inputs, arrays, attributes, result: seen.append((name, result.dtype)))
    try:
        layer(randn(2, 3, 4), causal_mask(3))
    finally:
        observers.pop()
    linear = ["permute", "matmul", "add"]
    want = [*linear, *["split_heads"] * 3, "attention", "merge_heads", *linear]
    check("the operations seen in MultiHeadAttention", [name for name, _ in seen], want)
    check("their types", {dtype for _, dtype in seen}, {np.dtype(np.float32)})


def test_the_inputs_stay_as_they_are():
    arrays = [randn(2, 3, 4) for _ in range(3)]
    before, mask = [x.data.copy() for x in arrays], causal_mask(3)
    scaled_dot_product_attention(*arrays, mask)
    for name, x, want in zip("qkv", arrays, before, strict=True):
        check(f"{name} after attention", x.data, want)
    check("the mask after attention", mask, np.tri(3, dtype=bool))


def test_heads_share_their_gradient():
    """Each of the three parts may be used alone, twice, or not at all."""
    layer, x = MultiHeadAttention(4, 2), np.random.default_rng(3).standard_normal((3, 4))
    for used in [(0,), (2,), (0, 1), (1, 1), (2, 0)]:
        call = f"the product of parts {used} of layer.heads(x)"
        check_gradients(call, lambda x, used=used: layer.heads(x)[used[0]] * layer.heads(x)[used[-1]], x)


def test_a_state_goes_from_layer_to_layer():
    first, second, x = MultiHeadAttention(6, 2), MultiHeadAttention(6, 2), randn(2, 3, 6)
    check(
        "the keys of its state",
        list(first.state_dict()),
        ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"],
    )
    second.load_state_dict({name: value.numpy() for name, value in first.state_dict().items()})
    check("second(x) after loading first's state", second(x), first(x))
    bare = MultiHeadAttention(6, 2, bias=False)
    check("the keys without biases", list(bare.state_dict()), ["in_proj_weight", "out_proj.weight"])
    check("its result for zeros", bare(zeros(1, 2, 6)), zeros(1, 2, 6))


def test_under_checkpoint():
    layer, x = MultiHeadAttention(4, 2), randn(2, 3, 4)
    (layer(x, causal_mask(3)) ** 2).sum().backward()
    want = [p.grad.data.copy() for p in layer.parameters()]
    layer.zero_grad()
    (checkpoint(lambda x: layer(x, causal_mask(3)), x) ** 2).sum().backward()
    for (name, p), grad in zip(layer.named_parameters(), want, strict=True):
        check(f"the gradient of {name} behind checkpoint", p.grad.data, grad)


def test_shapes_that_do_not_fit():
    good = scaled_dot_product_attention(zeros(2, 4), zeros(3, 4), zeros(3, 1))
    check("attention of q (2, 4), k (3, 4), v (3, 1)", good.shape, (2, 1))
    for q, k, v in [
        ((2, 4), (3, 5), (3, 1)),
        ((2, 4), (3, 4), (2, 1)),
        ((4,), (3, 4), (3, 1)),
        ((2, 5, 4), (3, 5, 4), (3, 5, 4)),
    ]:
        run = lambda q=q, k=k, v=v: scaled_dot_product_attention(zeros(*q), zeros(*k), zeros(*v))  # noqa: E731
        check_raises(f"attention of q {q}, k {k}, v {v}", run, ValueError, q, k, v)


def test_masks_that_do_not_fit():
    x = zeros(2, 3, 4)
    check("attention with causal_mask(3)", scaled_dot_product_attention(x, x, x, causal_mask(3)), x)
    for shape in [(4, 4), (3, 2), (5, 3, 3), (1, 2, 3, 3)]:
        mask = np.ones(shape, bool)
        call = f"a mask {shape} for scores (2, 3, 3)"
        check_raises(call, lambda m=mask: scaled_dot_product_attention(x, x, x, m), ValueError, shape, (2, 3, 3))
    call = "a mask of whole numbers"
    check_raises(call, lambda: scaled_dot_product_attention(x, x, x, np.ones((3, 3), int)), TypeError, "truth values")


def test_heads_that_do_not_divide():
    layer = MultiHeadAttention(6, 3)
    check("MultiHeadAttention(6, 3)(x).shape", layer(zeros(2, 6)).shape, (2, 6))
    check_raises("MultiHeadAttention(6, 4)", lambda: MultiHeadAttention(6, 4), ValueError, "4", "6")
    check_raises("MultiHeadAttention(6, 0)", lambda: MultiHeadAttention(6, 0), ValueError, "n_heads")
    check_raises("layer(x), x of width 5", lambda: layer(zeros(2, 5)), ValueError, "6", "(2, 5)")
