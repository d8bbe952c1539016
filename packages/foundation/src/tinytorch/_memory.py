"""Two ways to spare the memory of the machine: it is slower than the processor by far."""

import tracemalloc
from functools import wraps

import numpy as np

PIECE = 32_000  # numbers: a few arrays of 128 KB fit into a processor's second cache
LARGEST = 31 << 20  # bytes; glibc learns from blocks of less than 32 MB
settled = False


def in_pieces(function):
    """`function` of arrays of one shape, number by number: computed a piece at a time where they are large.

    What it makes on the way then stays in the processor's cache, whatever the size of the arrays. Arrays of that
    shape among the options, for further results, are cut as well.

    >>> in_pieces(lambda a, b: a * b + 1)(np.ones(100_000), np.ones(100_000)).sum()
    np.float64(200000.0)
    """

    @wraps(function)
    def whole(*arrays, **options):
        first = arrays[0]
        named = {name: a for name, a in options.items() if isinstance(a, np.ndarray)}
        every = [*arrays, *named.values()]
        if first.size <= PIECE or not all(a.flags.c_contiguous and a.shape == first.shape for a in every):
            return function(*arrays, **options)
        out = np.empty_like(first)
        flat = [a.reshape(-1) for a in (out, *every)]
        for start in range(0, first.size, PIECE):
            result, *pieces = (a[start : start + PIECE] for a in flat)
            cut = dict(zip(named, pieces[len(arrays) :], strict=True))
            result[...] = function(*pieces[: len(arrays)], **{**options, **cut})
        return out

    return whole


def keep_freed_memory():
    """Let the process keep what its arrays give back, for the next arrays: a step of training takes it again.

    glibc returns the end of its heap to the kernel as soon as it is twice as large as the largest block that
    was ever mapped and freed, and every page that is fetched again costs more than the arithmetic on it: a third
    of a small decoder's step. A block of 31 MB, freed at once, raises that limit. Its pages are never touched, so
    it costs nothing. Other C libraries take no notice.
    """
    global settled
    if not settled and not tracemalloc.is_tracing():  # who measures memory is not to see it
        np.empty(LARGEST, np.uint8)
        settled = True
