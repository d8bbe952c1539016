"""The exact GELU of long arrays, with its slope: what module 02 computes, in one go and in memory that is used again.

The chapter's form goes over its numbers thirty times and makes a new array each time. Here a block of numbers goes
through all steps before the next one, in three arrays that stay in the processor's cache, and the slope takes its
exponential from the square that the error function has made.
"""

import math

import numpy as np

LONG = 32_000  # numbers; below, the chapter's form is as fast
BLOCK = 65_536
# erf(x) is a tanh of x (1.128 + 0.103 x^2 - ...), up to 6e-8: the factors of x^12, x^10, ..., x^0
ERF = (1.5895996e-07, -5.9856864e-06, 8.9712564e-05, -0.00062571952, -0.00018438375, 0.10276548, 1.1283797)


def is_long(a):
    """Whether `exact_gelu` is worth its while."""
    return a.size > LONG and a.flags.c_contiguous


def scratch(count, dtype):
    """An empty array whose first byte lies where the processor's widest loads begin.

    >>> scratch(10, np.dtype(np.float32)).ctypes.data % 64
    0
    """
    memory = np.empty(count * dtype.itemsize + 64, np.uint8)
    return np.ndarray((count,), dtype, memory, -memory.ctypes.data % 64)


def share_of(b, square, share):
    """Half of 1 + erf(b), into `share`; `square` is b * b."""
    np.multiply(square, ERF[0], out=share)
    for term in ERF[1:-1]:
        share += term
        share *= square
    share += ERF[-1]
    share *= b
    np.tanh(share, out=share)
    share *= 0.5
    share += 0.5


def exact_gelu(a, slope=None):
    """a (of any shape, C order) times the share of a normal distribution below it; `slope` receives the steepness.

    >>> exact_gelu(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """
    out = np.empty_like(a)
    flat = [None if array is None else array.reshape(-1) for array in (a, out, slope)]
    rooms = [scratch(min(a.size, BLOCK), a.dtype) for _ in range(3)]
    for start in range(0, a.size, BLOCK):
        x, y, steep = (None if array is None else array[start : start + BLOCK] for array in flat)
        b, square, share = (room[: x.size] for room in rooms)
        np.multiply(x, math.sqrt(0.5), out=b)
        np.clip(b, -9, 9, out=b)  # beyond, the share is 0 or 1, and its growth below 1e-34
        np.multiply(b, b, out=square)
        share_of(b, square, share)
        np.multiply(x, share, out=y)
        if steep is not None:  # share + x exp(-x^2 / 2) / sqrt(2 pi), and x is sqrt(2) b
            np.subtract(-0.5 * math.log(math.pi), square, out=square)
            np.exp(square, out=square)
            square *= b
            np.add(square, share, out=steep)
    return out
