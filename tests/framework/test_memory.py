"""Arrays in pieces give what they give whole; memory that is kept is asked for once, and not while it is measured."""

import doctest
import tracemalloc

import numpy as np
import pytest

from tinytorch import _memory
from tinytorch._memory import PIECE, in_pieces, keep_freed_memory

ODD = 2 * PIECE + 7


@in_pieces
def sum_and_product(a, b, factor=1, product=None):
    if product is not None:
        product[...] = a * b
    return factor * (a + b)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (PIECE,), (ODD,), (2, ODD), (3, PIECE // 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_pieces(shape, dtype):
    a, b = (np.random.default_rng(seed).standard_normal(shape).astype(dtype) for seed in (0, 1))
    product = np.full(shape, np.nan, dtype)
    got = sum_and_product(a, b, factor=3, product=product)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, 3 * (a + b))
    np.testing.assert_array_equal(product, a * b)


def test_in_pieces_of_arrays_that_do_not_lie_in_one_block():
    a = np.arange(2.0 * ODD).reshape(2, ODD)
    np.testing.assert_array_equal(sum_and_product(a.T, a.T), 2 * a.T)
    np.testing.assert_array_equal(sum_and_product(a, np.ones(ODD)), a + 1)  # shapes that broadcast
    got = sum_and_product(np.asfortranarray(a), a)
    np.testing.assert_array_equal(got, 2 * a)


def test_in_pieces_takes_little_memory():
    a = np.ones(50 * PIECE, np.float32)
    out = sum_and_product(a, a)
    tracemalloc.start()
    out = sum_and_product(a, a)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert out.nbytes <= peak < out.nbytes + 4 * 4 * PIECE


def test_memory_is_asked_for_once_and_not_while_it_is_measured(monkeypatch):
    asked = []
    monkeypatch.setattr(_memory, "settled", False)
    monkeypatch.setattr(_memory.np, "empty", lambda *size: asked.append(size))
    tracemalloc.start()
    keep_freed_memory()
    tracemalloc.stop()
    assert asked == []
    keep_freed_memory()
    keep_freed_memory()
    assert asked == [(_memory.LARGEST, np.uint8)]


def test_examples():
    assert doctest.testmod(_memory).failed == 0
