"""Memory that a step of training gives back and takes again."""

import tracemalloc

import numpy as np

LARGEST = 31 << 20  # bytes; glibc learns from blocks of less than 32 MB
settled = False


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
