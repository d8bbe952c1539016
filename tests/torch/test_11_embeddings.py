"""Embeddings have PyTorch's values, gradients, names and starts; the table's gradient is the sum, whatever comes."""

import numpy as np
import pytest
import torch
from generated import numbers, shapes, specials
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from oracle import close, our_tensor, same_gradient, their_tensor

import tinytorch
from tinytorch import Tensor, nn
from tinytorch.nn.embedding import add_rows, add_rows_explicit, sinusoids


def twins(rows, width):
    ours, theirs = nn.Embedding(rows, width), torch.nn.Embedding(rows, width)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


@given(data=st.data(), kind=st.sampled_from(["array", "list", "Tensor", "floats", "int32"]))
def test_embedding(data, kind):
    rows, width = data.draw(st.integers(1, 300)), data.draw(st.integers(1, 9))
    shape = data.draw(shapes(0, 3, largest=12))
    ids = np.random.default_rng(data.draw(st.integers(0, 999))).integers(0, rows, shape)
    given_ids = {"array": ids, "list": ids.tolist(), "Tensor": tinytorch.tensor(ids)}
    given_ids |= {"floats": Tensor(ids), "int32": ids.astype(np.int32)}
    if kind == "list" and ids.size == 0:
        kind = "array"  # an empty list does not say its shape
    ours, theirs = twins(rows, width)
    got, want = ours(given_ids[kind]), theirs(torch.tensor(ids))
    close(got, want)
    weights = data.draw(numbers(got.shape))
    got.backward(Tensor(weights))
    want.backward(torch.tensor(weights))
    same_gradient(ours.weight.grad, theirs.weight.grad, "the table", atol=1e-5)


@given(data=st.data(), dtype=st.sampled_from([np.float32, np.float64]))
def test_the_sum_of_rows(data, dtype):
    """Also with infinities and nan: they stay in the rows that they belong to."""
    n, rows, width = data.draw(st.integers(0, 200)), data.draw(st.integers(1, 90)), data.draw(st.integers(1, 4))
    ids = np.random.default_rng(data.draw(st.integers(0, 999))).integers(0, rows, n)
    g = data.draw(specials((n, width), dtype) if data.draw(st.booleans()) else numbers((n, width), dtype=dtype))
    before = g.copy()
    with np.errstate(all="ignore"):
        got = add_rows(g, ids, rows)
        want = torch.zeros((rows, width), dtype=torch.tensor(g).dtype).index_add_(0, torch.tensor(ids), torch.tensor(g))
        assert_allclose(add_rows_explicit(g, ids, rows), want.numpy(), rtol=2e-5, atol=1e-5)
    assert got.dtype == dtype
    assert_allclose(got, want.numpy(), rtol=2e-5, atol=1e-5)
    assert_array_equal(g, before)


def test_it_has_their_names_and_their_look():
    ours, theirs = twins(5, 3)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    assert repr(ours) == repr(theirs)


def test_it_starts_as_theirs():
    tinytorch.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = nn.Embedding(400, 100).weight.data, torch.nn.Embedding(400, 100).weight.detach().numpy()
    assert ours.dtype == theirs.dtype
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.02)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)


@pytest.mark.parametrize("ids", [[5], [-1]])
def test_an_id_out_of_range_is_an_error_on_both_sides(ids):
    ours, theirs = twins(5, 3)
    with pytest.raises(IndexError):
        theirs(torch.tensor(ids))
    with pytest.raises(ValueError, match=str(ids[0])):
        ours(ids)


def test_two_uses_of_one_table():
    """The table reads at the beginning and scores at the end."""
    ours, theirs = twins(7, 4)
    ids = np.array([[1, 2, 2], [6, 1, 1]])
    got, want = ours(ids) @ ours.weight.T, theirs(torch.tensor(ids)) @ theirs.weight.T
    close(got, want)
    got.sum().backward()
    want.sum().backward()
    same_gradient(ours.weight.grad, theirs.weight.grad, "the table", atol=1e-5)


@given(n=st.integers(1, 40), d=st.integers(1, 33))
def test_sinusoids(n, d):
    places, columns = torch.arange(n, dtype=torch.float64), torch.arange(d)
    angles = places[:, None] / 10000.0 ** ((columns - columns % 2).double() / d)
    want = torch.where(columns % 2 == 0, angles.sin(), angles.cos()).float()
    assert_allclose(sinusoids(n, d), want.numpy(), rtol=1e-6, atol=1e-7)


@given(data=st.data(), kind=st.sampled_from(["none", "row", "grid"]))
def test_learned_positions(data, kind):
    batch, n, d, most = (data.draw(st.integers(1, 5)) for _ in range(4))
    n = min(n, most)
    ours, theirs = nn.LearnedPositionalEncoding(d, max_len=most), torch.nn.Embedding(most, d)
    ours.load_state_dict({"weight": theirs.weight.detach().numpy()})
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    positions = {"none": np.arange(n), "row": rng.integers(0, most, n), "grid": rng.integers(0, most, (batch, n))}[kind]
    a, weights = data.draw(numbers((batch, n, d))), data.draw(numbers((batch, n, d)))
    x, y = our_tensor(a), their_tensor(a)
    got, want = ours(x, None if kind == "none" else positions), y + theirs(torch.tensor(positions))
    close(got, want)
    got.backward(Tensor(weights))
    want.backward(torch.tensor(weights))
    same_gradient(x.grad, y.grad, "x")
    same_gradient(ours.weight.grad, theirs.weight.grad, "the positions", atol=1e-5)
