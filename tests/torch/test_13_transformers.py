"""Transformers have PyTorch's values, gradients and names, part by part and whole, with the same weights."""

import numpy as np
import pytest
import torch
from generated import numbers, shapes, specials
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from oracle import agree, close, our_tensor, same_gradient, their_tensor
from torch.nn import functional as F

import tinytorch
from tinytorch import Tensor, nn
from tinytorch.core.tensor import apply
from tinytorch.nn.transformer import layer_norm_composed, sampling_shares


def load(ours, theirs):
    """The same weights in both, from theirs; both have the same names and shapes."""
    state = {name: value.numpy() for name, value in theirs.state_dict().items()}
    assert {name: value.shape for name, value in ours.state_dict().items()} == {k: v.shape for k, v in state.items()}
    ours.load_state_dict(state)
    return ours, theirs


def same_gradients(ours, theirs, **tolerance):
    judges = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        same_gradient(parameter.grad, judges[name].grad, name, **tolerance)


def shaken(module, seed=0):
    """PyTorch's module with random numbers in every parameter: norms do not stay at 1 and 0."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    return module


# -- layer norm ----------------------------------------------------------------------------------------------------


def one_operation(x, weight, bias, eps):
    return apply("layer_norm", x, weight, bias, eps=eps)


@pytest.mark.parametrize("form", [layer_norm_composed, one_operation])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data(), eps=st.sampled_from([1e-5, 1e-3, 0.5]))
def test_layer_norm(form, dtype, data, eps):
    d = data.draw(st.integers(2, 6))
    x = data.draw(numbers((*data.draw(shapes(most=3, smallest=1)), d), -0.3, 0.3, dtype))
    x += np.arange(d, dtype=dtype)  # rows of nearly equal numbers have steep slopes, and few digits to compare
    weight, bias = data.draw(numbers((d,), dtype=dtype)), data.draw(numbers((d,), dtype=dtype))
    tolerance = {"atol": 5e-5, "rtol": 2e-4} if dtype == np.float32 else {}
    theirs = lambda x, w, b: F.layer_norm(x, (d,), w, b, eps)  # noqa: E731
    agree(lambda x, w, b: form(x, w, b, eps), x, weight, bias, theirs=theirs, **tolerance)


@given(data=st.data())
def test_layer_norm_over_several_dimensions(data):
    shape = data.draw(shapes(least=1, most=3, smallest=2))
    ours, theirs = load(nn.LayerNorm(shape), shaken(torch.nn.LayerNorm(shape)))
    x = data.draw(numbers((*data.draw(shapes(most=2, smallest=1)), *shape), -0.3, 0.3))
    x += np.arange(x[(0,) * (x.ndim - len(shape))].size, dtype=np.float32).reshape(shape)
    agree(ours, x, theirs=theirs, atol=5e-5, rtol=2e-4)
    same_gradients(ours, theirs, atol=5e-5, rtol=2e-4)


@given(data=st.data())
def test_layer_norm_of_any_numbers(data):
    """Where a row has an infinity or nan, or overflows, it is nan in both."""
    x = data.draw(specials((4, data.draw(st.integers(1, 5)))))
    with np.errstate(all="ignore"):
        got = nn.LayerNorm(x.shape[1])(Tensor(x)).data
    want = F.layer_norm(torch.tensor(x), x.shape[1:]).numpy()
    plain = (np.isfinite(x) & (abs(x) < 1e18)).all(axis=1)
    assert_allclose(got[plain], want[plain], rtol=1e-4, atol=1e-4)
    broken = ~np.isfinite(x).all(axis=1)
    assert np.isnan(got[broken]).all()
    assert np.isnan(want[broken]).all()


def test_layer_norm_far_from_zero():
    """A row of 10,000 and a little: the mean is taken away before anything is squared."""
    x = (10_000 + np.random.default_rng(0).standard_normal((8, 64))).astype(np.float32)
    wide = torch.tensor(x, dtype=torch.float64)
    assert_allclose(nn.LayerNorm(64)(Tensor(x)).data, F.layer_norm(wide, (64,)).numpy(), atol=5e-3)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0, 3)])
def test_layer_norm_of_nothing(shape):
    agree(nn.LayerNorm(3), np.ones(shape, np.float32), theirs=torch.nn.LayerNorm(3))


# -- feed-forward and block ------------------------------------------------------------------------------------------


class TheirFeedForward(torch.nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.linear1, self.linear2 = torch.nn.Linear(d, hidden), torch.nn.Linear(hidden, d)

    def forward(self, x):
        return self.linear2(F.gelu(self.linear1(x)))


@given(data=st.data(), d=st.integers(1, 6), hidden=st.integers(1, 9))
def test_feed_forward(data, d, hidden):
    ours, theirs = load(nn.FeedForward(d, hidden), TheirFeedForward(d, hidden))
    agree(ours, data.draw(numbers((*data.draw(shapes(most=3)), d))), theirs=theirs)
    same_gradients(ours, theirs, atol=2e-5)


def test_feed_forward_of_a_large_batch():
    """More numbers than one piece of GELU."""
    ours, theirs = load(nn.FeedForward(64), TheirFeedForward(64, 256))
    x = np.random.default_rng(0).standard_normal((3, 100, 64)).astype(np.float32)
    agree(ours, x, theirs=theirs, atol=1e-5)
    same_gradients(ours, theirs, atol=1e-3, rtol=1e-4)


def their_block(d, heads, hidden):
    options = {"dim_feedforward": hidden, "dropout": 0.0, "activation": "gelu"}
    return torch.nn.TransformerEncoderLayer(d, heads, **options, batch_first=True, norm_first=True)


def block_twins(d, heads, hidden=None, seed=0):
    torch.manual_seed(seed)
    return load(nn.TransformerBlock(d, heads, hidden), shaken(their_block(d, heads, hidden or 4 * d)))


@given(data=st.data(), heads=st.integers(1, 3), causal=st.booleans())
def test_block(data, heads, causal):
    d = 4 * heads * data.draw(st.integers(1, 2))
    ours, theirs = block_twins(d, heads, data.draw(st.sampled_from([None, 3])))
    batch, n = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 6))
    x = data.draw(numbers((batch, n, d)))
    look = nn.causal_mask(n) if causal else None
    ban = ~torch.ones(n, n).tril().bool() if causal else None  # True is not allowed, in this class
    agree(lambda x: ours(x, look), x, theirs=lambda x: theirs(x, src_mask=ban), atol=2e-4, rtol=1e-3)
    same_gradients(ours, theirs, atol=5e-4, rtol=1e-3)


def test_block_with_padding():
    ours, theirs = block_twins(8, 2)
    x = np.random.default_rng(1).standard_normal((2, 5, 8)).astype(np.float32)
    real = np.arange(5) < np.array([[5], [3]])
    mine = lambda x: ours(x, nn.padding_mask(real)) * Tensor(real[..., None])  # noqa: E731
    ban = torch.tensor(~real)
    agree(
        mine,
        x,
        theirs=lambda x: theirs(x, src_key_padding_mask=ban) * torch.tensor(real[..., None]),
        atol=1e-4,
        rtol=1e-3,
    )


def test_block_of_a_single_text():
    ours, theirs = block_twins(6, 3)
    x = np.random.default_rng(2).standard_normal((4, 6)).astype(np.float32)
    agree(ours, x, theirs=theirs, atol=1e-4, rtol=1e-3)


def test_names_and_shapes_are_theirs():
    mine = {name: value.shape for name, value in nn.TransformerBlock(8, 2).state_dict().items()}
    assert list(mine.items()) == [(k, tuple(v.shape)) for k, v in their_block(8, 2, 32).state_dict().items()]
    mine = {name: value.shape for name, value in nn.LayerNorm((2, 3)).state_dict().items()}
    assert mine == {name: value.shape for name, value in torch.nn.LayerNorm((2, 3)).state_dict().items()}


def test_our_state_loads_into_theirs():
    ours, theirs = nn.TransformerBlock(8, 2), their_block(8, 2, 32)
    theirs.load_state_dict({name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()})
    x = np.random.default_rng(3).standard_normal((2, 3, 8)).astype(np.float32)
    agree(ours, x, theirs=theirs, atol=1e-5)


# -- the decoder -----------------------------------------------------------------------------------------------------


class TheirDecoder(torch.nn.Module):
    """A decoder of PyTorch's own parts, with our names."""

    def __init__(self, vocab, d, heads, layers, max_len):
        super().__init__()
        self.embedding, self.positions = torch.nn.Embedding(vocab, d), torch.nn.Embedding(max_len, d)
        self.layers = torch.nn.ModuleList(their_block(d, heads, 4 * d) for _ in range(layers))
        self.norm, self.head = torch.nn.LayerNorm(d), torch.nn.Linear(d, vocab, bias=False)

    def forward(self, x, y=None, real=None):
        n = x.shape[-1]
        ban = torch.full((n, n), float("-inf")).triu(1)
        padding = None if real is None else torch.zeros(real.shape).masked_fill(~real, float("-inf"))
        hidden = self.embedding(x) + self.positions(torch.arange(n))
        for layer in self.layers:
            hidden = layer(hidden, src_mask=ban, src_key_padding_mask=padding)
        logits = self.head(self.norm(hidden))
        if y is None:
            return logits
        y = y if real is None else y.masked_fill(~real, -100)  # not counted by cross_entropy
        return F.cross_entropy(logits.flatten(0, -2), y.flatten())


def decoders(vocab=13, d=12, heads=3, layers=2, max_len=9, seed=0):
    torch.manual_seed(seed)
    return load(
        nn.Transformer(vocab, d, heads, layers, max_len=max_len), shaken(TheirDecoder(vocab, d, heads, layers, max_len))
    )


def some_ids(vocab, *shape, seed=0):
    return np.random.default_rng(seed).integers(0, vocab, shape)


@given(data=st.data(), heads=st.integers(1, 3), layers=st.integers(1, 3))
def test_decoder(data, heads, layers):
    vocab, d, seed = data.draw(st.integers(1, 9)), 4 * heads, data.draw(st.integers(0, 99))
    batch, n = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 7))
    ours, theirs = decoders(vocab, d, heads, layers, max_len=7, seed=seed)
    x, y = some_ids(vocab, batch, n, seed=seed), some_ids(vocab, batch, n, seed=seed + 1)
    close(ours(x), theirs(torch.tensor(x)), "the logits", atol=2e-4, rtol=1e-3)
    loss, judge = ours(x, y), theirs(torch.tensor(x), torch.tensor(y))
    close(loss, judge, "the loss", atol=5e-5, rtol=1e-4)
    loss.backward()
    judge.backward()
    same_gradients(ours, theirs, atol=5e-4, rtol=2e-3)


def test_decoder_with_padding():
    ours, theirs = decoders()
    x, y, lengths = some_ids(13, 3, 8), some_ids(13, 3, 8, seed=1), np.array([8, 3, 5])
    real = torch.tensor(np.arange(8) < lengths[:, None])
    loss, judge = ours(x, y, mask=nn.padding_mask(lengths)), theirs(torch.tensor(x), torch.tensor(y), real)
    close(loss, judge, "the loss", atol=2e-5)
    loss.backward()
    judge.backward()
    same_gradients(ours, theirs, atol=1e-4, rtol=1e-3)


def test_decoder_at_the_size_of_the_benchmark():
    ours, theirs = decoders(vocab=256, d=64, heads=4, layers=2, max_len=64)
    x, y = some_ids(256, 16, 64), some_ids(256, 16, 64, seed=1)
    loss, judge = ours(x, y), theirs(torch.tensor(x), torch.tensor(y))
    close(loss, judge, "the loss", atol=1e-5)
    loss.backward()
    judge.backward()
    same_gradients(ours, theirs, atol=2e-5, rtol=2e-3)


def test_ten_steps_of_adam():
    ours, theirs = decoders()
    optimizer, judge = tinytorch.optim.Adam(ours.parameters(), lr=1e-2), torch.optim.Adam(theirs.parameters(), lr=1e-2)
    for step in range(10):
        x, y = some_ids(13, 4, 9, seed=step), some_ids(13, 4, 9, seed=step + 50)
        losses = []
        for model, optim, kind in ((ours, optimizer, np.asarray), (theirs, judge, torch.tensor)):
            loss = model(kind(x), kind(y))
            optim.zero_grad()
            loss.backward()
            optim.step()
            losses.append(loss.item())
        assert losses[0] == pytest.approx(losses[1], abs=2e-3)


# -- sampling --------------------------------------------------------------------------------------------------------


def test_the_likeliest_text_is_theirs():
    ours, theirs = decoders(max_len=20)
    rows = torch.tensor([[1, 2], [3, 4]])
    with torch.no_grad():
        for _ in range(15):
            rows = torch.cat([rows, theirs(rows)[:, -1].argmax(dim=1, keepdim=True)], dim=1)
    assert nn.generate(ours, [[1, 2], [3, 4]], 15, temperature=0).tolist() == rows.tolist()


@given(data=st.data(), temperature=st.sampled_from([0.3, 1.0, 2.5]))
def test_shares(data, temperature):
    logits, k = data.draw(numbers((3, 8), -5, 5)), data.draw(st.integers(1, 9))
    scores = torch.tensor(logits) / temperature
    best = scores.topk(min(k, 8), dim=1).values[:, -1:]
    want = scores.masked_fill(scores < best, float("-inf")).softmax(dim=1)
    assert_allclose(sampling_shares(logits, temperature, k), want.numpy(), rtol=1e-5, atol=1e-7)


def test_texts_come_as_often_as_the_model_thinks():
    """4,000 first tokens against the shares that PyTorch's twin gives."""
    ours, theirs = decoders(vocab=6)
    with torch.no_grad():
        want = theirs(torch.tensor([[2, 5]]))[0, -1].softmax(dim=0).numpy()
    new = nn.generate(ours, [[2, 5]] * 4000, 1, seed=0).data[:, -1]
    got = np.bincount(new, minlength=6) / 4000
    assert (abs(got - want) < 4 * np.sqrt(want * (1 - want) / 4000) + 1e-9).all()


# -- errors ----------------------------------------------------------------------------------------------------------


def test_errors_are_of_their_kind():
    ours, theirs = decoders()
    x = np.ones((2, 4), np.float32)
    for library, model, kind, rows in (
        (tinytorch, ours, np.array, our_tensor(x)),
        (torch, theirs, torch.tensor, their_tensor(x)),
    ):
        with pytest.raises((ValueError, IndexError)):
            model(kind([[13]]))
        with pytest.raises((ValueError, IndexError)):
            model(kind([[1] * 10]))
        with pytest.raises((ValueError, RuntimeError), match="3"):
            library.nn.LayerNorm(3)(rows)
