"""Attention has PyTorch's values and gradients with the same weights and masks, for any shapes and any numbers."""

import numpy as np
import pytest
import torch
from generated import numbers, pairs_of_shapes, specials
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from oracle import agree, close, our_tensor, same_gradient, their_tensor

import tinytorch
from tinytorch import Tensor, nn

theirs_of = torch.nn.functional.scaled_dot_product_attention
KINDS = st.sampled_from([None, "causal", "truth", "floats", "padding"])


def composed(q, k, v, mask=None):
    return nn.attention_weights(q, k, mask) @ v


def drawn_mask(data, kind, batch, n, m):
    """A mask of a kind for scores (*batch, n, m); rows with nothing allowed among them."""
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    if kind == "causal":
        return np.tri(n, m, dtype=bool)
    shape = (*(batch if data.draw(st.booleans()) else ()), n, m)
    if kind == "padding":
        return rng.random((*batch, 1, m)) < 0.6
    allowed = rng.random(shape) < 0.6
    return allowed if kind == "truth" else np.where(allowed, rng.normal(size=shape), -np.inf).astype(np.float32)


def as_theirs(mask):
    return None if mask is None else torch.tensor(mask)


@pytest.mark.parametrize("form", [nn.scaled_dot_product_attention, composed])
@given(data=st.data(), kind=KINDS, size=st.sampled_from([1.0, 1.0, 30.0]))
def test_attention(form, data, kind, size):
    n, m, d, dv = (data.draw(st.integers(1, 7)) for _ in range(4))
    batch, _ = data.draw(pairs_of_shapes(most=2, smallest=1))
    shapes = [(*batch, n, d), (*batch, m, d), (*batch, m, dv)]
    arrays = [data.draw(numbers(shape, -size, size)) for shape in shapes]
    mask = None if kind is None else drawn_mask(data, kind, batch, n, m)
    ours, theirs = lambda q, k, v: form(q, k, v, mask), lambda q, k, v: theirs_of(q, k, v, attn_mask=as_theirs(mask))
    agree(ours, *arrays, theirs=theirs, atol=2e-5 * size, rtol=1e-4)


@given(data=st.data())
def test_attention_over_batches_that_broadcast(data):
    left, right = data.draw(pairs_of_shapes(most=3, smallest=1))
    arrays = [data.draw(numbers(shape)) for shape in [(*left, 4, 3), (*right, 5, 3), (*right, 5, 2)]]
    agree(nn.scaled_dot_product_attention, *arrays, theirs=theirs_of, atol=2e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 64, 200])
def test_attention_at_ordinary_sizes(n, dtype):
    rng = np.random.default_rng(n)
    arrays = [rng.standard_normal((2, 4, n, 16)).astype(dtype) for _ in range(3)]
    mask = nn.causal_mask(n)
    ours, theirs = (
        lambda q, k, v: nn.scaled_dot_product_attention(q, k, v, mask),
        lambda q, k, v: theirs_of(q, k, v, is_causal=True),
    )
    agree(ours, *arrays, theirs=theirs, **({"atol": 2e-5} if dtype == np.float32 else {}))


@given(data=st.data(), kind=st.sampled_from([None, "truth"]))
def test_attention_of_any_numbers(data, kind):
    """Infinities, nan and scores beyond float32: the same numbers, infinities and nan as theirs."""
    n, m, d = (data.draw(st.integers(1, 5)) for _ in range(3))
    q, k = data.draw(specials((n, d))), data.draw(specials((m, d)))
    v = data.draw(specials((m, 2)) if data.draw(st.booleans()) else numbers((m, 2)))
    mask = None if kind is None else drawn_mask(data, kind, (), n, m)
    with np.errstate(all="ignore"):
        got = nn.scaled_dot_product_attention(Tensor(q), Tensor(k), Tensor(v), mask)
    want = theirs_of(*(torch.tensor(a)[None] for a in (q, k, v)), attn_mask=as_theirs(mask))[0]
    assert_allclose(got.data, want.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [1e2, 1e4, 1e9, 1e18])
def test_large_scores_overflow_nowhere(size):
    rng = np.random.default_rng(3)
    q, k, v = (rng.standard_normal((2, 5, 4)).astype(np.float32) for _ in range(3))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        agree(nn.scaled_dot_product_attention, q * np.float32(size), k, v, theirs=theirs_of, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3), (2, 3, 0)])
def test_nothing_to_look_at(shape):
    batch, n, m = shape
    q, k, v = np.ones((batch, n, 4), np.float32), np.ones((batch, m, 4), np.float32), np.ones((batch, m, 2), np.float32)
    agree(nn.scaled_dot_product_attention, q, k, v, theirs=theirs_of)


def test_a_mask_that_is_learned():
    rng = np.random.default_rng(4)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in [(2, 3, 4)] * 3 + [(3, 3)]]
    agree(nn.scaled_dot_product_attention, *arrays, theirs=theirs_of)


def test_queries_that_look_nowhere_have_gradients_without_nan():
    mask = np.zeros((3, 3), bool)
    for form in (nn.scaled_dot_product_attention, composed):
        q, k, v = (our_tensor(np.ones((3, 2), np.float32)) for _ in range(3))
        out = form(q, k, v, mask)
        out.sum().backward()
        assert not out.data.any()
        assert not any(x.grad.data.any() for x in (q, k, v))


# -- the layer -----------------------------------------------------------------------------------------------


def twins(d, heads, bias=True):
    ours, theirs = (
        nn.MultiHeadAttention(d, heads, bias=bias),
        torch.nn.MultiheadAttention(d, heads, bias=bias, batch_first=True),
    )
    if bias:
        torch.nn.init.normal_(theirs.in_proj_bias)
        torch.nn.init.normal_(theirs.out_proj.bias)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


def their_mask(mask, batch, heads, n):
    """Their layer wants truth values the other way round, and one mask for each head of each sequence."""
    if mask is None or mask.ndim == 2:
        return None if mask is None else torch.tensor(~mask if mask.dtype == bool else mask)
    whole = np.broadcast_to(mask[:, None] if mask.ndim == 3 else mask, (batch, heads, n, n)).reshape(-1, n, n)
    return torch.tensor(~whole if mask.dtype == bool else whole)


@given(data=st.data(), bias=st.booleans(), shape=st.sampled_from([None, "n", "b1", "bn", "b1n", "bhn"]))
def test_multi_head_attention(data, bias, shape):
    batch, n, heads = (data.draw(st.integers(1, 4)) for _ in range(3))
    d = heads * data.draw(st.integers(1, 4))
    ours, theirs = twins(d, heads, bias)
    dims = {"n": (n, n), "b1": (batch, 1, n), "bn": (batch, n, n), "b1n": (batch, 1, n, n), "bhn": (batch, heads, n, n)}
    mask = None if shape is None else np.random.default_rng(data.draw(st.integers(0, 99))).random(dims[shape]) < 0.7
    if mask is not None and shape != "b1":
        mask |= np.eye(n, dtype=bool)  # their layer gives nan where nothing is allowed
    elif mask is not None:
        mask[..., 0] = True
    a = data.draw(numbers((batch, n, d)))
    run = lambda x: theirs(x, x, x, attn_mask=their_mask(mask, batch, heads, n), need_weights=False)[0]  # noqa: E731
    agree(lambda x: ours(x, mask), a, theirs=run, atol=2e-5)
    judges = dict(theirs.named_parameters())
    for name, p in ours.named_parameters():
        same_gradient(p.grad, judges[name].grad, name, atol=1e-4)


def test_one_sequence_without_a_batch():
    ours, theirs = twins(8, 2)
    agree(
        ours, np.random.default_rng(5).standard_normal((5, 8)).astype(np.float32), theirs=lambda x: theirs(x, x, x)[0]
    )


def test_padding_is_their_key_padding_mask():
    ours, theirs = twins(8, 2)
    x = np.random.default_rng(6).standard_normal((2, 5, 8)).astype(np.float32)
    mask = nn.padding_mask([5, 3])
    hidden = torch.tensor(~mask.data[:, 0])
    agree(lambda x: ours(x, mask), x, theirs=lambda x: theirs(x, x, x, key_padding_mask=hidden)[0])


def test_the_shares_are_theirs():
    ours, theirs = twins(12, 3)
    x = np.random.default_rng(7).standard_normal((2, 6, 12)).astype(np.float32)
    q, k, _ = ours.heads(Tensor(x))
    t = torch.tensor(x)
    want = theirs(t, t, t, attn_mask=torch.tensor(~np.tri(6, dtype=bool)), average_attn_weights=False)[1]
    close(nn.attention_weights(q, k, nn.causal_mask(6)), want)


@pytest.mark.parametrize("bias", [True, False])
def test_names_shapes_and_starts(bias):
    tinytorch.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.MultiHeadAttention(96, 4, bias=bias), torch.nn.MultiheadAttention(96, 4, bias=bias)
    mine, judges = dict(ours.named_parameters()), dict(theirs.named_parameters())
    assert {k: p.shape for k, p in mine.items()} == {k: tuple(p.shape) for k, p in judges.items()}
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, p in mine.items():
        want = judges[name].detach().numpy()
        assert np.abs(p.data).max() == pytest.approx(np.abs(want).max(), rel=0.01)
        assert p.data.std() == pytest.approx(want.std(), rel=0.03)


def test_parts_of_the_heads_alone():
    """The three parts share an array on the way back: a part that nobody asks for counts as 0."""
    ours, _ = twins(4, 2)
    a = np.random.default_rng(8).standard_normal((3, 4)).astype(np.float32)
    for used in [(0,), (1,), (2,), (0, 2), (2, 1)]:
        ours.zero_grad()
        x, y = our_tensor(a), their_tensor(a)
        parts = ours.heads(x)
        sum((parts[i] ** 2).sum() for i in used).backward()
        packed = y @ torch.tensor(ours.in_proj_weight.data).T + torch.tensor(ours.in_proj_bias.data)
        sum((packed[:, 4 * i : 4 * i + 4] ** 2).sum() for i in used).backward()
        same_gradient(x.grad, y.grad, f"x, parts {used}", atol=1e-5)


def test_one_head_is_their_formula():
    layer = nn.Attention(6, 4)
    a = np.random.default_rng(9).standard_normal((2, 5, 6)).astype(np.float32)
    q, k, v = (torch.tensor(p.weight.data) for p in (layer.query, layer.key, layer.value))
    agree(layer, a, theirs=lambda x: theirs_of(x @ q.T, x @ k.T, x @ v.T))
