"""tinytorch.fast.products: the products of a linear layer are NumPy's, however they are cut."""

import doctest

import numpy as np
import pytest

from tinytorch.fast import products
from tinytorch.fast.products import column_sums, cut, product, product_into, transposed_product

SIZES = [(0, 5, 40), (1, 1, 1), (5, 0, 3), (64, 128, 10), (9, 3000, 40), (63, 784, 128), (64, 784, 128)]


@pytest.fixture(params=[(0, False), (100**3, False), (100**3, True)], ids=["whole", "cut", "asleep"])
def _small(request, monkeypatch):
    monkeypatch.setattr(products, "SMALL", request.param[0])
    monkeypatch.setattr(products, "asleep", request.param[1])


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


# cut along the rows, along the columns, along the sum; not at all
LARGER = [(700, 288, 64), (64, 300, 7000), (27, 7411, 32), (3, 2, 1), (0, 4, 5), (5, 0, 4), (130, 131, 132)]


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(("n", "k", "m"), LARGER)
@pytest.mark.parametrize("orders", ["CCC", "FCC", "CFC", "CCF", "FFF", "CFF"])
def test_product_into(n, k, m, orders):
    rng = np.random.default_rng(n)
    shapes = [(n, k), (k, m)]
    rows, weight = (
        np.asarray(rng.standard_normal(shape, np.float32), order=order)
        for shape, order in zip(shapes, orders[:2], strict=True)
    )
    out = np.full((n, m), np.nan, np.float32, order=orders[2])
    assert product_into(out, rows, weight) is out
    np.testing.assert_allclose(out, rows.astype(float) @ weight, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (4, 3), (1001, 100), (131_072, 32), (2, 20_000), (20_000, 1)])
def test_column_sums(shape):
    rows = np.random.default_rng(0).standard_normal(shape, np.float32)
    got = column_sums(rows)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, rows.sum(0, dtype=float), rtol=1e-3, atol=1e-2)


def test_only_small_batches_are_cut(monkeypatch):
    monkeypatch.setattr(products, "SMALL", 100**3)
    assert cut(64, 784 * 128, 8) == 8  # rows at a time, and not 9: eight pieces of the same size
    assert cut(64, 4096 * 128, 8) == 64  # a single row is work enough: not cut
    assert cut(784, 64 * 128, 100) == 112
    assert cut(0, 0, 8) == 1


def test_examples():
    assert doctest.testmod(products).failed == 0
