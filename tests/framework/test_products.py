"""The products of a linear layer are NumPy's, however they are cut."""

import doctest

import numpy as np
import pytest

from tinytorch import _products
from tinytorch._products import cut, product, transposed_product

SIZES = [(0, 5, 40), (1, 1, 1), (5, 0, 3), (64, 128, 10), (9, 3000, 40), (63, 784, 128), (64, 784, 128)]


@pytest.fixture(params=[0, 100**3], ids=["whole", "cut"])
def _small(request, monkeypatch):
    monkeypatch.setattr(_products, "SMALL", request.param)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(("n", "inputs", "outputs"), SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_product(n, inputs, outputs, dtype):
    rng = np.random.default_rng(n)
    rows, weight = rng.standard_normal((n, inputs)).astype(dtype), rng.standard_normal((outputs, inputs)).astype(dtype)
    got = product(rows, weight)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, rows @ weight.T, rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(("n", "inputs", "outputs"), SIZES)
@pytest.mark.parametrize("order", "CF")
def test_transposed_product(n, inputs, outputs, order):
    rng = np.random.default_rng(n)
    g, rows = rng.standard_normal((n, outputs), np.float32), rng.standard_normal((n, inputs), np.float32)
    out = np.full((outputs, inputs), np.nan, np.float32, order=order)
    assert transposed_product(g, rows, out) is out
    np.testing.assert_allclose(out, g.T @ rows, rtol=1e-4, atol=1e-4)


def test_only_small_batches_are_cut(monkeypatch):
    monkeypatch.setattr(_products, "SMALL", 100**3)
    assert cut(64, 784 * 128, 8) == 9  # rows at a time
    assert cut(64, 4096 * 128, 8) == 64  # a single row is work enough: not cut
    assert cut(784, 64 * 128, 100) == 122
    assert cut(0, 0, 8) == 1


def test_examples():
    assert doctest.testmod(_products).failed == 0
