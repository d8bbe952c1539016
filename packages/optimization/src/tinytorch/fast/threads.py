"""Work on large arrays, shared out among as many threads as the matrix products were given.

NumPy computes sums, maxima and copies on one core, however many threads its products have. It lets other threads run
meanwhile, so two Python threads that each have a part of a batch keep two cores busy. OpenBLAS's own threads have to
stay asleep then; where products cannot be cut for that (`tinytorch.fast.products`), there is one thread.
"""

import contextvars
import os
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise

from tinytorch.fast import products

CHUNK = 200_000  # numbers, 0.8 MB of float32: they stay in the cache
WORTH = 2**18  # numbers in a part: waking a thread takes as long as copying some ten thousand
pool = None


def forget():
    """A process that was forked has none of the threads."""
    global pool
    pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)


def thread_count():
    """How many threads the products may use: what the environment says, else one for each core of this process.

    >>> thread_count() >= 1
    True
    """
    if not products.SMALL:
        return 1
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if os.environ.get(name, "").isdigit():
            return max(1, int(os.environ[name]))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def submit(function, item):
    """A Future of function(item), computed in another thread. Settings such as np.errstate hold there, too.

    >>> submit(float, "1").result()
    1.0
    """
    global pool
    pool = pool or ThreadPoolExecutor(max(2, thread_count()), "tinytorch")
    return pool.submit(contextvars.copy_context().run, function, item)


def in_parts(function, length, work):
    """[function(part), ...] for slices that together are range(length), each in a thread if there is enough work.

    work: how many numbers there are to handle. What goes wrong in a part is raised here, once all parts have ended.
    `function` is not to call in_parts itself: it could wait for ever.

    >>> in_parts(lambda part: list(range(10)[part]), 10, work=1)
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]
    """
    count = max(1, min(thread_count(), length, work // WORTH))
    if count == 1:
        return [function(slice(0, length))]
    ends = [length * i // count for i in range(count + 1)]
    first, *rest = (slice(*pair) for pair in pairwise(ends))
    products.leave_asleep()
    others = [submit(function, part) for part in rest]
    try:
        return [function(first), *(other.result() for other in others)]
    finally:
        wait(others)


def in_portions(function, result, *arrays):
    """`result`, filled with function(*arrays), a few rows at a time: what is made on the way stays in the cache.

    >>> import numpy as np
    >>> in_portions(np.add, np.empty(3), np.ones(3), np.arange(3))
    array([1., 2., 3.])
    """
    few = max(1, CHUNK * len(result) // max(1, arrays[0].size))

    def fill(part):
        for start in range(part.start, part.stop, few):
            some = slice(start, min(start + few, part.stop))
            result[some] = function(*(array[some] for array in arrays))

    in_parts(fill, len(result), arrays[0].size)
    return result
