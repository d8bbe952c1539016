"""tinytorch.fast: a GELU in blocks is that of module 02; freed memory is kept, which is asked for once."""

import doctest
import tracemalloc

import numpy as np
import pytest

from tinytorch.core.tensor import tensor
from tinytorch.fast import gelu as fast_gelu
from tinytorch.fast import memory
from tinytorch.fast.gelu import BLOCK, LONG, exact_gelu, is_long
from tinytorch.fast.memory import aligned, keep_freed_memory
from tinytorch.nn.activations import gelu

ODD = 2 * BLOCK + 7


@pytest.mark.parametrize("shape", [(), (0,), (3,), (LONG + 1,), (ODD,), (2, ODD), (3, 5, 7000)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_long_gelu_is_that_of_module_02(shape, dtype):
    a = (4 * np.random.default_rng(0).standard_normal(shape)).astype(dtype)
    slope, x = np.full_like(a, np.nan), tensor(a, dtype, requires_grad=True)
    got, want = exact_gelu(a, slope), gelu(x)
    want.backward(np.ones_like(a))
    assert got.dtype == slope.dtype == dtype
    assert got.shape == shape
    tolerance = {"rtol": 1e-5 if dtype == np.float32 else 1e-6, "atol": 1e-6}
    np.testing.assert_allclose(got, want.data, **tolerance)
    np.testing.assert_allclose(slope, x.grad.data, **tolerance)
    np.testing.assert_array_equal(exact_gelu(a), got)


def test_a_long_gelu_at_the_ends():
    a = np.resize(np.array([-1e30, -100, -0.0, 0.0, 100, 1e30, np.inf, np.nan], np.float32), LONG + 8)
    slope = np.empty_like(a)
    with np.errstate(over="raise", divide="raise"):
        got = exact_gelu(a, slope)
    np.testing.assert_array_equal(got[:8], np.array([0, 0, 0, 0, 100, 1e30, np.inf, np.nan], np.float32))
    np.testing.assert_allclose(slope[:8], [0, 0, 0.5, 0.5, 1, 1, 1, np.nan], atol=1e-30)


def test_what_is_long():
    a = np.ones((2, LONG), np.float32)
    assert is_long(a)
    assert not is_long(a[:, ::2])
    assert not is_long(a.T)
    assert not is_long(a[0])


def test_a_long_gelu_takes_little_memory():
    a, slope = np.ones(30 * BLOCK, np.float32), np.ones(30 * BLOCK, np.float32)
    tracemalloc.start()
    out = exact_gelu(a, slope)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert out.nbytes <= peak < out.nbytes + 3.1 * 4 * BLOCK


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (7, 3), (2, 3, 5)])
def test_aligned(shape, dtype):
    array = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    for same in (array, array.T, np.asfortranarray(array)):
        copy = aligned(same)
        assert copy.ctypes.data % 64 == 0
        assert copy.dtype == dtype
        assert copy.strides == same.strides
        np.testing.assert_array_equal(copy, same)
        assert not np.shares_memory(copy, same)


def test_memory_is_asked_for_once_and_not_while_it_is_measured(monkeypatch):
    asked = []
    monkeypatch.setattr(memory, "settled", False)
    monkeypatch.setattr(memory.np, "empty", lambda *size: asked.append(size))
    tracemalloc.start()
    keep_freed_memory()
    tracemalloc.stop()
    assert asked == []
    keep_freed_memory()
    keep_freed_memory()
    assert asked == [(memory.LARGEST, np.uint8)]


@pytest.mark.parametrize("module", [fast_gelu, memory])
def test_examples(module):
    assert doctest.testmod(module).failed == 0
