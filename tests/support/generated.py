"""Generated shapes, numbers and indices, for tests that hold for all of them.

Numbers come from a drawn seed, not one by one: what matters is the shapes, and drawing stays fast. A test
folder's conftest.py calls `load_profiles()`: the same examples on every run, unless
`--hypothesis-profile=search` asks for new ones.
"""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e30, -1e30, 1e-30, -1e-30, np.inf, -np.inf, np.nan]


def load_profiles(examples: int) -> None:
    common = {"deadline": None, "database": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile("steady", derandomize=True, max_examples=examples, **common)
    settings.register_profile("search", max_examples=20 * examples, **common)
    settings.load_profile("steady")


def shapes(least=0, most=4, smallest=0, largest=4):
    """Tuples of `least` to `most` sizes; a size of 0 is an empty array."""
    return st.lists(st.integers(smallest, largest), min_size=least, max_size=most).map(tuple)


@st.composite
def pairs_of_shapes(draw, most=4, smallest=0):
    """Two shapes that broadcast against each other."""
    whole = draw(shapes(0, most, smallest))
    return draw(part_of(whole)), draw(part_of(whole))


@st.composite
def part_of(draw, whole):
    """A shape that broadcasts to `whole`: some sizes are 1, some on the left are left out."""
    ones = [draw(st.booleans()) for _ in whole]
    return tuple(1 if one else n for one, n in zip(ones, whole, strict=True))[
        draw(st.integers(0, len(whole))) :
    ]


@st.composite
def numbers(draw, shape, low=-3.0, high=3.0, dtype=np.float32):
    """An array of numbers of low ... high, with none too near to 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    array = rng.uniform(low, high, shape)
    return np.where(np.abs(array) < 0.05, 0.05, array).astype(dtype)


@st.composite
def specials(draw, shape, dtype=np.float32):
    """An array of ordinary numbers, and among them zeros, infinities, nan, very large and very small ones."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return np.where(rng.random(shape) < 0.5, rng.choice(SPECIAL, shape), rng.normal(size=shape)).astype(dtype)


@st.composite
def distinct(draw, shape, dtype=np.float32):
    """An array in which no two numbers are equal or near: a largest one is clearly the largest."""
    size = int(np.prod(shape))
    order = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).permutation(size)
    return ((order - size / 2) / max(size, 1) * 4).reshape(shape).astype(dtype)


@st.composite
def some_dims(draw, ndim):
    """A dimension, several, or None for all; counted from the left or from the right."""
    if ndim == 0:
        return None
    chosen = draw(st.lists(st.integers(0, ndim - 1), min_size=1, max_size=ndim, unique=True))
    dims = tuple(d - ndim if draw(st.booleans()) else d for d in chosen)
    return draw(st.sampled_from([None, dims[0], dims]))


@st.composite
def products(draw, smallest=0):
    """Two shapes whose product exists: vectors, matrices and batches of them that broadcast."""
    size = st.integers(smallest, 4)
    n, k, m = draw(size), draw(size), draw(size)
    kind = draw(st.sampled_from(["vv", "vm", "mv", "mm", "bm", "mb", "bb", "vb", "bv"]))
    batches = draw(pairs_of_shapes(most=2, smallest=smallest))
    sides = {"v": lambda side: (k,), "m": lambda side: ((n, k), (k, m))[side]}
    sides["b"] = lambda side: batches[side] + sides["m"](side)
    return sides[kind[0]](0), sides[kind[1]](1)


@st.composite
def reshapes(draw, largest=24):
    """A shape, and another one of the same size, perhaps with a -1 in it."""
    size = draw(st.integers(1, largest))
    before, after = draw(factors(size)), list(draw(factors(size)))
    if after and draw(st.booleans()):
        after[draw(st.integers(0, len(after) - 1))] = -1
    return before, tuple(after)


@st.composite
def factors(draw, size):
    """A shape of `size` numbers."""
    shape = []
    while size > 1:
        n = draw(st.sampled_from([d for d in range(2, size + 1) if size % d == 0]))
        shape.append(n)
        size //= n
    return tuple(draw(st.permutations(shape + [1] * draw(st.integers(0, 2)))))


@st.composite
def plain_indices(draw, shape):
    """Whole numbers, slices that go forward, `...` and None, as a tuple for an array of this shape."""
    parts = [draw(one_part(n)) for n in shape[: draw(st.integers(0, len(shape)))]]
    if draw(st.booleans()):
        parts.append(...)
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    return tuple(parts)


@st.composite
def one_part(draw, n):
    if n and draw(st.booleans()):
        return draw(st.integers(-n, n - 1))
    ends = st.none() | st.integers(-n - 1, n + 1)
    return slice(draw(ends), draw(ends), draw(st.none() | st.integers(1, 3)))


@st.composite
def array_indices(draw, shape):
    """One or two arrays of whole numbers with repeats, of shapes that broadcast, with slices around them."""
    count = draw(st.integers(1, min(2, len(shape))))
    places = sorted(draw(st.permutations(range(len(shape))))[:count])
    broadcast = draw(pairs_of_shapes(most=2, smallest=1).filter(all))  # of no dimensions: see test_edges.py
    parts = [draw(one_part(n).filter(lambda p: isinstance(p, slice))) for n in shape[: places[-1] + 1]]
    for place, index_shape in zip(places, broadcast, strict=False):
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        parts[place] = rng.integers(-shape[place], shape[place], index_shape)
    return tuple(parts)


@st.composite
def masks(draw, shape):
    """Truth values for all dimensions, or for the first ones."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.random(shape[: draw(st.integers(1, len(shape)))]) < 0.5
