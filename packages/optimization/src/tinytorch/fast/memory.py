"""Where arrays lie in memory: parameters where a processor reads best, freed memory with the process that trains."""

import tracemalloc

import numpy as np

LINE = 64  # bytes of a line of the cache, and of AVX-512's loads
LARGEST = 31 << 20  # bytes; glibc learns from blocks of less than 32 MB
settled = False


def aligned(array):
    """A copy of `array`, laid out alike, whose first byte lies where the processor's widest loads begin.

    NumPy's own arrays begin at any multiple of 16 bytes; products of small batches take up to 1.4 times as long then.

    >>> aligned(np.ones((3, 2)).T).ctypes.data % 64, aligned(np.ones((3, 2)).T).strides
    (0, (8, 16))
    """
    memory = np.empty(array.nbytes + LINE, np.uint8)
    start, strides = -memory.ctypes.data % LINE, np.empty_like(array).strides
    copy = np.ndarray(array.shape, array.dtype, memory, start, strides)
    copy[...] = array
    return copy


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
