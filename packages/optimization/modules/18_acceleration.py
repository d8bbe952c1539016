# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A product of two 512 x 512 matrices is 134 million multiply-adds, in whatever order they are done.
# Here are two orders. Both call NumPy for 512 numbers at once, and both make exactly the same numbers:

# %%
#| default_exp acceleration
import numpy as np

from tinytorch.core.tensor import seconds

a, b = (np.random.default_rng(i).standard_normal((512, 512)).astype(np.float32) for i in range(2))


def along_the_rows(a, b, out):
    for i in range(512):
        for k in range(512):
            out[i] += a[i, k] * b[k]


def down_the_columns(a, b, out):
    along_the_rows(b.T, a.T, out.T)


orders = (down_the_columns, along_the_rows, np.matmul)
down, along, blas = (seconds(lambda f=f: f(a, b, np.zeros((512, 512), np.float32)), 1) for f in orders)
print(f"down the columns {down:.2f} s, along the rows {along:.2f} s, a @ b {blas * 1e3:.1f} ms")
assert along < down

# %% [markdown]
# The count of a program's arithmetic does not say how long it takes. The order alone is worth a small
# factor here. The large one, to `a @ b`, is made of half a million calls that `a @ b` does not need, and
# of the order of everything inside of it. A processor multiplies in a
# fraction of a nanosecond, sixteen numbers at a time, and waits a hundred for a number that is not
# near. Acceleration is the craft of keeping numbers near. It has five tools, and this chapter makes
# one of each: a better *order*, memory that is *used again*, *all cores*, fewer *trips* over the same
# array, and fewer *calls*.
#
# From the tiers below you need one thing. All operations on Tensors pass through one door: they look
# up `kernels[name]`, a function on arrays, and for training `gradients[name]`, which is given the
# result and the inputs, and returns for each input a function from the gradient of the result to the
# gradient of that input. If you replace functions in these two tables, you have replaced them for
# every model there is, and you can put the old ones back. *Composites* such as `gelu` and `cross_entropy`
# have no kernel: they are made of other operations. Enter a kernel and a gradient under the name of one,
# and it becomes a single operation; remove them, and its parts are back.
#
# ## Build
#
# ### Three orders
#
# out[i, j] is the sum of a[i, k] * b[k, j]: three indices, three loops. One or two of them become a call of
# NumPy. Which ones, decides what is touched:
#
# ```
#    by dots      out[i, j]  =  row i of a  .  column j of b        n * m calls
#    by rows      out[i]    +=  a[i, k]  *  row k of b              n * k calls
#    by outers    out       +=  column k of a  x  row k of b        k calls, over all of out
# ```
#
# An array lies in memory row by row. Memory comes in *lines* of 64 bytes, sixteen numbers. Along a
# row all sixteen are used; down a column one is used, and the other fifteen are fetched for nothing.
# The last order has the fewest calls. It has a price too, and you will measure it.

# %% solution="loop-orders"
#| export
#| hint Which of the three indices have no loop in Python, because one call of NumPy does all of them?
#| hint dots: loops over i and j; rows: loops over i and k; outers: a loop over k alone.
#| hint out[i, j] = a[i] @ b[:, j]; out[i] += a[i, k] * b[k]; out += a[:, k, None] * b[k].
import copy
import math
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import tinytorch._acceleration as given
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import Tensor, composites, kernels
from tinytorch.nn.conv import largest_gradients, largest_of_windows
from tinytorch.optim.optimizers import Adam

Array = np.ndarray


def matmul_by_dots(a: Array, b: Array) -> Array:
    """a (n, k) @ b (k, m), a dot product for each number of the result.

    >>> matmul_by_dots(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    out = np.empty((a.shape[0], b.shape[1]), np.result_type(a, b))
    ### BEGIN SOLUTION
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = a[i] @ b[:, j]
    ### END SOLUTION
    return out


def matmul_by_rows(a: Array, b: Array) -> Array:
    """a (n, k) @ b (k, m), each row of the result a sum of rows of b.

    >>> matmul_by_rows(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    out = np.zeros((a.shape[0], b.shape[1]), np.result_type(a, b))
    ### BEGIN SOLUTION
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            out[i] += a[i, k] * b[k]
    ### END SOLUTION
    return out


def matmul_by_outers(a: Array, b: Array) -> Array:
    """a (n, k) @ b (k, m), the sum over k of column times row.

    >>> matmul_by_outers(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    out = np.zeros((a.shape[0], b.shape[1]), np.result_type(a, b))
    ### BEGIN SOLUTION
    for k in range(a.shape[1]):
        out += a[:, k, None] * b[k]
    ### END SOLUTION
    return out


# %% test="loop-orders" points=6
from tinytorch.testing import check, check_raises, check_true


def some(*shapes, size=1.0):
    """Arrays of random numbers, the same ones every time."""
    rng = np.random.default_rng(18)
    return [(size * rng.standard_normal(shape)).astype(np.float32) for shape in shapes]


def test_loop_orders():
    for shapes in [((3, 4), (4, 5)), ((1, 6), (6, 2)), ((4, 1), (1, 3)), ((2, 0), (0, 3))]:
        a, b = some(*shapes)
        for product in (matmul_by_dots, matmul_by_rows, matmul_by_outers):
            call = f"{product.__name__}(a {shapes[0]}, b {shapes[1]})"
            check(call, lambda a=a, b=b, product=product: product(a, b), a @ b)
            check(f"b after {call}", b, some(*shapes)[1])


test_loop_orders()

# %% [markdown]
# ### Blocks
#
# The outer products have few calls, and for each k all of `out` goes by: fetched, changed, written
# back. If it is larger than the *cache*, the small memory next to the processor, every trip goes to
# the large one. So work on a piece of `out` that fits, a *tile*, until it is finished:
#
# ```
#              b
#            +---+---+      out tile  =  sum over the tiles along k
#            |   | x |
#        a   +---+---+      a tile of t x t numbers of a and one of b are fetched,
#    +---+---+   | x |      2 t^2 numbers, for t^3 multiply-adds:
#    | x | x |   +---+      the larger the tile, the fewer bytes for the same work,
#    +---+---+ [out]        as long as three tiles fit in the cache
# ```
#
# Each row of tiles of `out` reads all of b once, each column of tiles reads all of a once. Count how
# many numbers that is, then write the three loops. Sizes need not be multiples of the tile: a slice
# that reaches over the edge ends at the edge. How a tile is multiplied is an argument, so that you
# can try each of the orders inside.

# %% solution="tiles"
#| export
#| hint Into how many tiles are n rows cut, if the last may be smaller? And how often is each number of a read?
#| hint Loops over i, j and k in steps of `tile`; out[i : i + tile, j : j + tile] grows by a product of two tiles.
#| hint across = -(-m // tile): a is read `across` times, b is read -(-n // tile) times, that is n k across + k m down.


def tile_loads(n: int, k: int, m: int, tile: int) -> int:
    """The numbers of a (n, k) and b (k, m) that are fetched for a @ b in tiles, if only a tile of each is kept.

    >>> tile_loads(512, 512, 512, 1), tile_loads(512, 512, 512, 64)
    (268435456, 4194304)
    """
    ### BEGIN SOLUTION
    down, across = -(-n // tile), -(-m // tile)
    return n * k * across + k * m * down
    ### END SOLUTION


def tiled_matmul(a: Array, b: Array, tile: int = 128, product: Callable = np.matmul) -> Array:
    """a (n, k) @ b (k, m) in tiles of at most tile x tile numbers, each multiplied by `product`.

    Raises ValueError for shapes that do not fit, and for a tile below 1.

    >>> tiled_matmul(np.ones((3, 5)), np.ones((5, 2)), tile=2)
    array([[5., 5.],
           [5., 5.],
           [5., 5.]])
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"wanted are a (n, k) and b (k, m), not {a.shape} and {b.shape}")
    if tile < 1:
        raise ValueError(f"a tile has at least one number, not {tile}")
    (n, inner), m = a.shape, b.shape[1]
    out = np.zeros((n, m), np.result_type(a, b))
    ### BEGIN SOLUTION
    for i in range(0, n, tile):
        for j in range(0, m, tile):
            part = out[i : i + tile, j : j + tile]
            for k in range(0, inner, tile):
                part += product(a[i : i + tile, k : k + tile], b[k : k + tile, j : j + tile])
    ### END SOLUTION
    return out


# %% test="tiles" points=8
def test_tile_loads():
    check("tile_loads(4, 6, 8, 2)", tile_loads(4, 6, 8, 2), 4 * 6 * 4 + 6 * 8 * 2)
    check("tile_loads(5, 6, 7, 4): the last tiles are smaller", tile_loads(5, 6, 7, 4), 5 * 6 * 2 + 6 * 7 * 2)
    check("tile_loads(5, 6, 7, 100): each number once", tile_loads(5, 6, 7, 100), 5 * 6 + 6 * 7)


def test_tiled_matmul():
    for shapes, tile in [(((4, 6), (6, 8)), 2), (((5, 7), (7, 3)), 4), (((2, 3), (3, 2)), 10), (((3, 0), (0, 2)), 2)]:
        a, b = some(*shapes)
        call = f"tiled_matmul(a {shapes[0]}, b {shapes[1]}, tile={tile})"
        check(call, lambda a=a, b=b, tile=tile: tiled_matmul(a, b, tile), a @ b)


def test_tiles_are_small():
    seen = []
    tiled_matmul(*some((5, 9), (9, 6)), 4, lambda x, y: seen.append((*x.shape, y.shape[1])) or x @ y)
    check("the largest n, k, m given to `product`, a (5, 9), b (9, 6), tile=4", np.max(seen, axis=0), [4, 4, 4])
    check("how many products of tiles that takes", len(seen), 2 * 3 * 2)


def test_tiled_matmul_refuses():
    call = "tiled_matmul(a (2, 3), b (2, 3))"
    check_raises(call, lambda: tiled_matmul(*some((2, 3), (2, 3))), ValueError, "(2, 3)")


test_tile_loads()
test_tiled_matmul()
test_tiles_are_small()
test_tiled_matmul_refuses()

# %% [markdown]
# ### A convolution as one product
#
# The greatest gain of all is not to compute in Python. `conv2d_explicit` of module 09 slides each
# filter over the pictures with seven loops. Each of its steps is a multiply-add wrapped in a
# hundred times its work: looking up names, checking types, making objects. To *vectorize* is to say
# all of it in one call.
#
# `sliding_window_view` shows what every window sees, as a view: nothing is copied, the strides do it.
# Put what a window sees in a row, and the filters in columns: one product is the whole convolution.

# %% solution="vectorized"
#| export
#| hint What does one number of the result need: which numbers of x, and which of weight, in the same order?
#| hint The view is (N, C, H', W', kh, kw). Bring it to (N, H', W', C, kh, kw); the last three become one.
#| hint rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, weight[0].size) @ weight.reshape(len(weight), -1).T.


def conv2d_vectorized(x: Array, weight: Array) -> Array:
    """What each filter of weight (C_out, C, kh, kw) sees in x (N, C, H, W), summed: (N, C_out, H', W').

    >>> conv2d_vectorized(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    """
    if x.ndim != 4 or weight.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"wanted are x (N, C, H, W) and weight (C_out, C, kh, kw), not {x.shape} and {weight.shape}")
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))  # (N, C, H', W', kh, kw)
    ### BEGIN SOLUTION
    rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, weight[0].size)
    out = rows @ weight.reshape(len(weight), -1).T
    return out.reshape(len(x), *windows.shape[2:4], len(weight)).transpose(0, 3, 1, 2)
    ### END SOLUTION


# %% test="vectorized" points=6
from tinytorch.nn.conv import conv2d_explicit


def test_conv2d_vectorized():
    for shapes in [((2, 3, 6, 7), (4, 3, 3, 2)), ((1, 1, 4, 4), (2, 1, 4, 4)), ((3, 2, 5, 3), (1, 2, 1, 1))]:
        x, weight = some(*shapes)
        want = conv2d_explicit(x, weight).astype(np.float32)
        check(f"conv2d_vectorized(x {shapes[0]}, weight {shapes[1]})", conv2d_vectorized(x, weight), want)


test_conv2d_vectorized()

# %% [markdown]
# ### Memory that is used again
#
# Where does a new array come from? From the operating system, in pages of 4,096 bytes, and each page
# is given out at the first touch, filled with zeros. That costs more than the arithmetic on it. (An
# optimizer of module 06 makes glibc keep what is freed; elsewhere you pay at every step.)
#
# Training asks for the same shapes in every step. So keep the blocks in a *pool* and give them out
# again. The question is when. In C somebody calls `free`, sometimes too early. In Python every object
# counts who holds it, and an array that is a view holds the array whose memory it uses, its `base`.
# So: give out views of blocks. When the last view of a block has gone, nobody holds the block but
# the pool. `unused` looks for such a block; you write what `take` does when there is one, and when
# there is none.

# %% solution="pool"
#| export
#| hint When may a block be given out again, and when must a new one be made?
#| hint `unused(blocks)` returns a block that nobody else holds, or None. Only a new one goes into the list.
#| hint if block is None: block = given.memory_for(size); blocks.append(block); self.made += size.
PROBE = [np.empty(0)]
ALONE = sys.getrefcount(PROBE[0])  # what the count says of an object that nobody holds but a list


def unused(blocks: list[Array]) -> Array | None:
    """A block in the list that nobody else holds, neither by name nor through a view; None if there is none."""
    for i in range(len(blocks)):
        if sys.getrefcount(blocks[i]) == ALONE:
            return blocks[i]
    return None


class BufferPool:
    """Gives out arrays, and gives their memory out again when nobody holds them any more.

    `taken` counts the bytes that were given out in all, `made` those of them for which a new block was made.

    >>> pool = BufferPool()
    >>> for _ in range(10):
    ...     x = pool.take((100, 10))
    ...     del x
    >>> pool.taken, pool.made
    (40000, 4000)
    """

    def __init__(self) -> None:
        self.blocks: dict[int, list[Array]] = {}  # size in bytes -> blocks of that size
        self.taken, self.made, self.lock = 0, 0, threading.Lock()

    def take(self, shape: tuple[int, ...], dtype: Any = np.float32) -> Array:
        """An array whose numbers are what happened to be there, as np.empty. It goes back by itself."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        with self.lock:
            blocks = self.blocks.setdefault(size, [])
            block = unused(blocks)
            self.taken += size
            ### BEGIN SOLUTION
            if block is None:
                block = given.memory_for(size)
                blocks.append(block)
                self.made += size
            ### END SOLUTION
            return given.array_in(block, shape, dtype)

    def in_use(self) -> int:
        """The bytes of the blocks that somebody holds."""
        ### BEGIN SOLUTION
        return sum(size for size, blocks in self.blocks.items() for i in range(len(blocks)) if held(blocks, i))
        ### END SOLUTION

    def profile(self) -> str:
        """A line for each size: how many blocks there are, and how many of them are in use."""
        busy = {size: sum(held(blocks, i) for i in range(len(blocks))) for size, blocks in self.blocks.items()}
        lines = [f"{size:12,} {len(self.blocks[size]):7} {busy[size]:7}" for size in sorted(busy)]
        total = f"taken {self.taken:,}, made {self.made:,}, in use {self.in_use():,} bytes"
        return "\n".join([f"{'bytes':>12} {'blocks':>7} {'in use':>7}", *lines, total])


def held(blocks: list[Array], i: int) -> bool:
    """Whether somebody besides the list holds block i."""
    return sys.getrefcount(blocks[i]) > ALONE


POOL = BufferPool()


# %% test="pool" points=10
def test_a_block_is_used_again():
    pool = BufferPool()
    first = pool.take((2, 3))
    check("pool.take((2, 3)).shape, and its type", (first.shape, first.dtype), ((2, 3), np.dtype(np.float32)))
    where = first.ctypes.data
    del first
    again = pool.take((3, 2))
    check_true("after `del first` its memory is given out again", again.ctypes.data == where)
    check("pool.taken and pool.made, two arrays of 24 bytes one after the other", (pool.taken, pool.made), (48, 24))


def test_what_is_held_stays():
    pool = BufferPool()
    first = pool.take((4,))
    first[:] = 1
    row = first.reshape(2, 2)[1]
    del first
    second = pool.take((4,))
    second[:] = 2
    check("a view of an array from the pool, after another was taken and filled with 2", row, np.ones(2, np.float32))
    check("pool.made: both are in use", pool.made, 32)
    check("pool.in_use()", pool.in_use(), 32)
    del row, second
    check("pool.in_use() when nobody holds them", pool.in_use(), 0)


def test_sizes_and_types():
    pool = BufferPool()
    wide, narrow = pool.take((3,), np.float64), pool.take((3,))
    check("pool.take((3,), np.float64).dtype", wide.dtype, np.dtype(np.float64))
    check_true("arrays of different sizes share no memory", not np.shares_memory(wide, narrow))
    check("pool.made", pool.made, 24 + 12)


test_a_block_is_used_again()
test_what_is_held_stays()
test_sizes_and_types()

# %% [markdown]
# ### All cores
#
# The library behind `@` uses every core. All the rest of NumPy uses one. Python lets only one thread
# run at a time, but NumPy lets go of that lock while it computes. So threads that spend their time in
# NumPy do run side by side, if each has an array to itself: its part of a batch.
#
# Write how to cut, and how to wait. `given.submit(function, item)` hands a call to a thread and
# returns at once. What it returns has `exception()`, which waits for the end and says what went
# wrong (None if nothing), and `result()`, which waits and raises it. The thread that asks takes the
# first item itself. And nobody may leave before all are done, not even after an error: a thread that
# goes on writing into an array that the caller has given up is the worst kind of mistake.

# %% solution="threads"
#| export
#| hint If 10 rows are cut into 4 parts, where do the parts end? What if there are more parts than rows?
#| hint ends = [i * count // parts for i in range(parts + 1)]; submit items[1:], do items[0] yourself, then wait.
#| hint try: function(items[0]) finally: problems = [done.exception() for done in waiting]; then raise the first.


def parts_of(count: int, parts: int) -> list[slice]:
    """The numbers 0 ... count - 1 in `parts` slices that differ by at most one in length; fewer if some were empty.

    >>> parts_of(10, 4)
    [slice(0, 2, None), slice(2, 5, None), slice(5, 7, None), slice(7, 10, None)]
    """
    ### BEGIN SOLUTION
    parts = max(1, min(parts, count))
    ends = [i * count // parts for i in range(parts + 1)]
    return [slice(ends[i], ends[i + 1]) for i in range(parts)]
    ### END SOLUTION


def side_by_side(function: Callable[[Any], None], items: Sequence[Any]) -> None:
    """function(item) for every item, in threads; ends when all have ended, and raises the first error.

    >>> found = []
    >>> side_by_side(found.append, [1, 2, 3])
    >>> sorted(found)
    [1, 2, 3]
    """
    ### BEGIN SOLUTION
    waiting = [given.submit(function, item) for item in items[1:]]
    try:
        function(items[0])
    finally:
        problems = [done.exception() for done in waiting]
    for problem in problems:
        if problem is not None:
            raise problem
    ### END SOLUTION


def in_all_threads(work: Callable[[slice], None], rows: int, size: int) -> None:
    """work(slice) for all rows of an array of `size` numbers, in as many threads as there are, if it is worth while."""
    side_by_side(work, parts_of(rows, given.thread_count() if size > given.WORTH else 1))


# %% test="threads" points=10
def test_parts_of():
    for count, parts in [(10, 4), (8, 2), (3, 1), (2, 5), (7, 7)]:
        got = parts_of(count, parts)
        lengths = [len(range(count)[part]) for part in got]
        call = f"parts_of({count}, {parts})"
        check(
            f"the numbers in {call}, one part after the other",
            [i for p in got for i in range(count)[p]],
            [*range(count)],
        )
        check(f"how many parts {call} has", len(got), min(parts, count))
        even = max(lengths) - min(lengths) <= 1
        check_true(f"the parts of {call} differ by at most one in length", even, f"the lengths are {lengths}")


def test_side_by_side():
    import time

    names, out = set(), np.zeros(6)

    def fill(part):
        names.add(threading.get_ident())
        time.sleep(0.02 * (1 + part.start))  # the first one, which the caller does itself, ends first
        out[part] = 1

    side_by_side(fill, parts_of(6, 3))
    check("out, filled in three parts, when side_by_side has ended", out.copy(), np.ones(6))
    check_true("more than one thread took part", len(names) > 1, f"all parts ran in {len(names)} thread")


def test_side_by_side_after_an_error():
    import time

    for bad in (0, 2):
        done = []

        def work(item, bad=bad, done=done):
            if item == bad:
                raise KeyError(f"item {item}")
            time.sleep(0.05)
            done.append(item)

        call = f"side_by_side of three items, where item {bad} fails"
        check_raises(call, lambda work=work: side_by_side(work, [0, 1, 2]), KeyError, f"item {bad}")
        check(f"the items that were done when {call} ended", sorted(done), sorted({0, 1, 2} - {bad}))


test_parts_of()
test_side_by_side()
test_side_by_side_after_an_error()

# %% [markdown]
# ### Fewer trips: a GELU
#
# `0.5 * x * (1 + tanh(...))` looks like one formula. NumPy makes a trip over the whole array for each
# sign, and a new array for each trip. A *fused kernel* does the whole formula while a number is near.
# We cannot fuse in NumPy, but nearly: go through the array in blocks that fit in the cache, and let
# every call write into memory that is there, with `out=`.
#
# GELU is x times the share of a normal distribution below x. That share is half of 1 + tanh(z), with
# z = x (c0 + c1 x^2 + c2 x^4 + ...). The factors `given.SHARE` were fitted, the highest first, and
# GELU comes out within 4e-6. Module 02 has two factors more, for two digits more; four trips that
# nobody would miss. Each factor needs two: times x^2, plus the next. Write it without making an
# array. The kernel around it is given: it makes the blocks and takes buffers for them from the pool. Its
# gradient goes over the blocks once more.

# %% solution="gelu"
#| export
#| hint How many arrays does your formula need besides x, its square, and the result?
#| hint None: np.multiply(square, c, out=out), then out += c and out *= square in turn; at last out *= x.
#| hint for c in SHARE[1:-1]: out += c; out *= square. Then out += SHARE[-1]; out *= x; np.tanh(out, out=out); ...


def share_below(x: Array, square: Array, out: Array) -> None:
    """The share of a normal distribution below x, into `out`; `square` is x * x. No array is made.

    >>> x, out = np.array([-1.0, 0.0, 1.0]), np.empty(3)
    >>> share_below(x, x * x, out)
    >>> out.round(4)
    array([0.1587, 0.5   , 0.8413])
    """
    ### BEGIN SOLUTION
    np.multiply(square, given.SHARE[0], out=out)
    for factor in given.SHARE[1:-1]:
        out += factor
        out *= square
    out += given.SHARE[-1]
    out *= x
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    ### END SOLUTION


def gelu_in_blocks(a: Array, approximate: str = "none") -> Array:
    """A kernel for module 02's composite `gelu`, a block at a time; its parts for what is not float32 in C order."""
    if not given.in_blocks(a, approximate):
        return given.by_parts("gelu")(a if a.dtype.kind == "f" else a.astype(np.float32), approximate=approximate)
    return given.gelu(a, share_below, POOL, in_all_threads)


def gelu_gradient(out: Array, a: Array, approximate: str = "none") -> tuple[Callable, ...]:
    """Its gradient."""
    return (given.gelu_gradient(a, approximate, share_below, POOL, in_all_threads),)


# %% test="gelu" points=8
from tinytorch.nn.activations import error_function


def test_share_below():
    x = np.linspace(-6, 6, 101, dtype=np.float32)
    square, out = x * x, np.empty_like(x)
    want = 0.5 * (1 + error_function(x.astype(np.float64) / math.sqrt(2))).astype(np.float32)
    check("share_below(x, x * x, out) fills out, x = -6 ... 6", share_below(x, square, out), None)
    check("out", out, want, tolerance=1e-5)
    check("x afterwards", x, np.linspace(-6, 6, 101, dtype=np.float32))
    check("square afterwards", square, x * x)


def test_share_below_makes_no_array():
    import tracemalloc

    x, out = np.ones(100_000, np.float32), np.empty(100_000, np.float32)
    tracemalloc.start()
    try:
        share_below(x, x, out)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    check_true("share_below makes no new array of 400,000 bytes", peak < 100_000, f"{peak:,} bytes were in use")


def test_gelu_in_blocks():
    plain, entry = given.by_parts("gelu"), given.gradient_by_parts("gelu")
    for shape in [(7,), (3, 30_000), (2, 3, 4)]:
        a, g = some(shape, shape, size=3.0)
        call = f"gelu_in_blocks(a), a {shape}"
        out = gelu_in_blocks(a)
        check(call, out, plain(a), tolerance=1e-5)
        check(f"the gradient of {call}", gelu_gradient(out, a)[0](g), entry(out, a)[0](g), tolerance=1e-4)


test_share_below()
test_share_below_makes_no_array()
test_gelu_in_blocks()

# %% [markdown]
# ### Look at the few: a cross-entropy
#
# Module 04 guards its exponentials: it subtracts the largest score of each row, which takes two trips
# over n x classes elements. What could go wrong shows in the *sums* of the exponentials as well, and of
# these there are only n. If each lies between 1e-8 and 1e8, nothing has overflowed and no digits are
# lost. If not, which is rare, do it again the careful way.
#
# As parts, the loss writes down the log-probabilities of all classes and picks one in each row, and its
# gradient fills an array with zeros and goes through the softmax. As one operation, the gradient is
# (probability - 1 at the label) / n. Dividing by the sums and by n are both factors of a row, and one trip
# does for both.

# %% solution="cross-entropy"
#| export
#| hint Which two factors does each row of exponentials get until it is a gradient?
#| hint Kernel: costs as in module 04, from rows and sums. Gradient: rows times factor / sums, then the labels.
#| hint e *= (factor / given.row_sums(e))[:, None]; e[np.arange(len(e)), labels] -= factor; return e.


def cross_entropy_once(logits: Array, labels: Array, reduction: str = "mean") -> Array:
    """A kernel for module 04's composite `cross_entropy`.

    >>> cross_entropy_once(np.array([[0.0, 0.0], [0.0, 1000.0]]), np.array([0, 0]), "none").round(4)
    array([6.931e-01, 1.000e+03])
    """
    ### BEGIN SOLUTION
    rows, _, sums = given.exponentials(logits)
    costs = np.log(sums) - rows[np.arange(len(rows)), labels]
    ### END SOLUTION
    return costs if reduction == "none" else kernels[reduction](costs, dim=None, keepdim=False)


def cross_entropy_gradient(out: Array, logits: Array, labels: Array, reduction: str = "mean") -> tuple[Callable, ...]:
    """Its gradient: g is one number, or with reduction "none" one a row."""
    count = max(len(labels), 1) if reduction == "mean" else 1

    def by_logits(g: Array) -> Array:
        e = given.exponentials(logits)[1]
        factor = g if reduction == "none" else np.full(len(e), g / count, e.dtype)  # (n,)
        ### BEGIN SOLUTION
        np.multiply(e, (factor / given.row_sums(e))[:, None], out=e)
        e[np.arange(len(e)), labels] -= factor
        return e
        ### END SOLUTION

    return (by_logits,)


# %% test="cross-entropy" points=8
def both_ways(plain, own, arrays, **attributes):
    """Result and gradients of one operation, by two pairs of a kernel and an entry in the table of gradients."""
    g = some(np.shape(plain[0](*arrays, **attributes)))[0]
    for kernel, entry in (plain, own):
        out = np.asarray(kernel(*arrays, **attributes))
        yield out, [part(g) for part in entry(out, *arrays, **attributes)[:1]]


def test_cross_entropy_once():
    labels, plain = np.array([0, 4, 2]), (given.by_parts("cross_entropy"), given.gradient_by_parts("cross_entropy"))
    for size in (1.0, 30.0, 1000.0):
        (logits,) = some((3, 5), size=size)
        for reduction in ("none", "mean", "sum"):
            own = cross_entropy_once, cross_entropy_gradient
            (want, grads), (got, mine) = both_ways(plain, own, [logits, labels], reduction=reduction)
            call = f"cross_entropy_once(logits (3, 5) of size {size:g}, reduction={reduction!r})"
            check(call, got, want)
            check(f"the gradient of {call}", mine[0], grads[0])
    check("logits afterwards", logits, some((3, 5), size=1000.0)[0])


test_cross_entropy_once()

# %% [markdown]
# ### Along the rows: max pooling
#
# Module 09 takes the maximum over the entries of a window, whatever the stride. Most windows lie side
# by side, and then the work can be split: first the larger of each pair of rows, in long runs, then
# the larger of each pair of columns of what is left, which is half as much. Three comparisons of
# quarters become one of a half and one of a quarter.
#
# On the way back every pixel lies in exactly one window. So nothing has to be added up, and nothing
# has to be zero before: write each entry's gradient where it belongs. It is that of the window if
# the pixel won, and the first of several equal ones wins; `free` says where nobody has won yet.

# %% solution="max-pool"
#| export
#| hint Which rows of x are the first of a window, and which the second? How long is a run along them?
#| hint x[:, :, u::kh] are the rows u of all windows; then the columns v of the result, rows[..., v::kw].
#| hint Back: won = x[..., u::kh, v::kw] == out; won &= free; free ^= won; np.multiply(g, won, out=slope[...]).


def touching(x: Array, kernel_size: tuple, stride: tuple, padding: tuple, dilation: tuple) -> bool:
    """Whether the windows touch, cover everything and do not overlap."""
    fits = all(n % k == 0 for n, k in zip(x.shape[2:], kernel_size, strict=True))
    return x.ndim == 4 and fits and stride == kernel_size and padding == (0, 0) and dilation == (1, 1)


def largest_of_tiles(x: Array, kernel_size: tuple[int, int]) -> Array:
    """The largest number in each of the windows that lie side by side: x (N, C, H, W) gives (N, C, H / kh, W / kw).

    >>> largest_of_tiles(np.array([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 9.0]]]]), (2, 2))
    array([[[[5., 9.]]]])
    """
    kh, kw = kernel_size
    ### BEGIN SOLUTION
    rows = x[:, :, ::kh]
    for u in range(1, kh):
        rows = np.maximum(rows, x[:, :, u::kh])
    out = rows[..., ::kw]
    for v in range(1, kw):
        out = np.maximum(out, rows[..., v::kw])
    return out
    ### END SOLUTION


def slope_of_tiles(g: Array, x: Array, out: Array, slope: Array, kernel_size: tuple[int, int]) -> None:
    """Into slope, shaped as x: the gradient g of each window at its first largest pixel, 0 at the others."""
    (kh, kw), free = kernel_size, np.ones_like(out, bool)
    ### BEGIN SOLUTION
    for u in range(kh):
        for v in range(kw):
            won = x[:, :, u::kh, v::kw] == out
            won &= free
            free ^= won
            np.multiply(g, won, out=slope[:, :, u::kh, v::kw])
    ### END SOLUTION


def max_pool_by_rows(x: Array, kernel_size: tuple, **window: Any) -> Array:
    """The kernel "max_pool2d" of module 09 for windows side by side; others go to module 09."""
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    if not touching(x, kernel_size, **window):
        return largest_of_windows(x, kernel_size, **window)
    places = [n // k for n, k in zip(x.shape[2:], kernel_size, strict=True)]
    out = np.empty_like(x, shape=(*x.shape[:2], *places))

    def work(part: slice) -> None:
        out[part] = largest_of_tiles(x[part], kernel_size)

    given.in_portions(work, x, in_all_threads)
    return out


def max_pool_gradient(out: Array, x: Array, kernel_size: tuple, **window: Any) -> tuple[Callable, ...]:
    """Its gradient."""
    if not touching(x, kernel_size, **window):
        return largest_gradients(out, x, kernel_size, **window)

    def by_x(g: Array) -> Array:
        slope, g = np.empty_like(x), given.laid_out_as(out, g)

        def work(part: slice) -> None:
            slope_of_tiles(g[part], x[part], out[part], slope[part], kernel_size)

        given.in_portions(work, x, in_all_threads)
        return slope

    return (by_x,)


# %% test="max-pool" points=6
def test_tiles_of_one_window():
    x = np.array([[[[0, 7], [7, -1]]]], np.float32)
    one = np.ones((1, 1, 1, 1), np.float32)
    check("largest_of_tiles([[0, 7], [7, -1]], (2, 2))", largest_of_tiles(x, (2, 2)), 7 * one)
    slope = np.full_like(x, 99)
    slope_of_tiles(5 * one, x, 7 * one, slope, (2, 2))
    check("slope after slope_of_tiles, g = 5, full of 99 before", slope[0, 0], np.array([[0, 5], [0, 0]], np.float32))


def test_max_pool_by_rows():
    sizes = [((2, 3, 4, 6), (2, 2)), ((1, 2, 6, 4), (3, 2)), ((2, 1, 5, 5), (1, 1)), ((1, 1, 5, 4), (2, 2))]
    for shape, window in sizes:
        x = some(shape)[0].round(0)  # many are equal
        options = {"kernel_size": window, "stride": window, "padding": (0, 0), "dilation": (1, 1)}
        plain = kernels["max_pool2d"], gradients["max_pool2d"]
        (want, slopes), (got, own) = both_ways(plain, (max_pool_by_rows, max_pool_gradient), [x], **options)
        check(f"max_pool_by_rows(x {shape}, {window})", got, want)
        check(f"its gradient, x {shape}, {window}: to the first of the largest", own[0], slopes[0])


test_tiles_of_one_window()
test_max_pool_by_rows()

# %% [markdown]
# ### Fewer calls: an optimizer
#
# A small transformer has 30 parameter tensors, most of them short. Adam (module 06) makes about 14 calls of
# NumPy for each, and a call costs half a microsecond before it has computed anything. Two cures.
#
# *In place*: `adam_in_place` writes each intermediate result into `out`, which in the end holds what
# has to be subtracted from the parameter. The two corrections for the start at zero are numbers, so
# they need no trip: m / c1 over (root of v / c2, plus eps), times lr, is m over (root of v, plus eps
# times root of c2), times lr root of c2 / c1.
#
# *End to end*: an `Arena` is one long row that holds the gradients of many parameters behind one
# another, and further rows for m and v. Each parameter has views into them. Then the 11 calls are made
# once for all; each parameter keeps two, its gradient in and its step out. Every part begins where a
# line of memory begins, so the row has gaps; they are zeros. (Module 06 looks its update up in the table of
# kernels too, as `adam_step`, so this can be exchanged like any other operation.)

# %% solution="adam"
#| export
#| hint Which arrays may be changed: grad, m, v, out? And what does each call write into?
#| hint out holds one thing after another: (1 - beta1)(grad - m), (1 - beta2) grad^2, the root of v, the step.
#| hint np.subtract(grad, m, out=out); out *= 1 - beta1; m += out; ...; np.divide(m, out, out=out); out *= the rest.


def adam_in_place(
    grad: Array, m: Array, v: Array, step: int, lr: float, betas: tuple[float, float], eps: float, out: Array
) -> None:
    """Adam's averages brought up to date, and lr times its direction into `out`; `step` counts from 1.

    >>> m, v, out = np.zeros(2), np.zeros(2), np.empty(2)
    >>> adam_in_place(np.array([5.0, -0.01]), m, v, 1, 0.1, (0.9, 0.999), 1e-8, out)
    >>> out.round(4), m
    (array([ 0.1, -0.1]), array([ 0.5  , -0.001]))
    """
    beta1, beta2 = betas
    c1, root = 1 - beta1**step, math.sqrt(1 - beta2**step)
    ### BEGIN SOLUTION
    np.subtract(grad, m, out=out)
    out *= 1 - beta1
    m += out
    np.multiply(grad, grad, out=out)
    out *= 1 - beta2
    v *= beta2
    v += out
    np.sqrt(v, out=out)
    out += eps * root
    np.divide(m, out, out=out)
    out *= lr * root / c1
    ### END SOLUTION


class Arena:
    """Rows in which many parameters lie end to end: `grads`, `m`, `v` and `out`.

    >>> arena = Arena([Tensor([1.0, 2.0]), Tensor([[3.0]])])
    >>> arena.grads.size, [view.shape for view in arena.views(arena.grads)]
    (32, [(2,), (1, 1)])
    """

    def __init__(self, params: Sequence[Tensor]) -> None:
        self.params = list(params)
        self.starts = [0]
        for p in self.params:
            self.starts.append(self.starts[-1] + -(-p.size // 16) * 16)  # 16 numbers of 4 bytes are a line
        rows = (given.array_in(given.memory_for(4 * self.starts[-1]), (self.starts[-1],), np.float32) for _ in range(4))
        self.grads, self.m, self.v, self.out = rows
        for row in (self.grads, self.m, self.v, self.out):
            row[...] = 0
        self.parts = {id(row): self.views(row) for row in (self.grads, self.m, self.v, self.out)}

    def views(self, row: Array) -> list[Array]:
        """Each parameter's part of a row, in its shape, as it lies in memory."""
        ### BEGIN SOLUTION
        pairs = zip(self.starts[:-1], self.params, strict=True)
        return [given.shaped_as(p.data, row[start : start + p.size]) for start, p in pairs]
        ### END SOLUTION

    def step(self, step: int, lr: float, betas: tuple[float, float], eps: float) -> None:
        """One step of Adam for all parameters."""
        ### BEGIN SOLUTION
        for part, p in zip(self.parts[id(self.grads)], self.params, strict=True):
            part[...] = p.grad.data
        for here in given.blocks(slice(0, self.out.size)):
            rows = self.grads[here], self.m[here], self.v[here]
            adam_in_place(*rows, step, lr, betas, eps, self.out[here])
        for part, p in zip(self.parts[id(self.out)], self.params, strict=True):
            p.data -= part
        ### END SOLUTION


# %% test="adam" points=8
def test_adam_in_place():
    from tinytorch.optim.optimizers import adam_direction

    g, m, v = some((5,), (5,), (5,), size=0.01)
    v = 100 * v * v
    want_m, want_v, before = m.copy(), v.copy(), g.copy()
    want = 0.5 * adam_direction(g, want_m, want_v, 3, (0.8, 0.99), 1e-3)
    out = np.empty_like(g)
    adam_in_place(g, m, v, 3, 0.5, (0.8, 0.99), 1e-3, out)
    check("m after adam_in_place(..., step=3, betas=(0.8, 0.99))", m, want_m)
    check("v", v, want_v)
    check("out: lr times the direction", out, want)
    check("grad afterwards", g, before)


def test_arena():
    turned = Tensor(np.zeros((2, 3)))
    turned.data = np.zeros((3, 2), np.float32).T
    arena = Arena([Tensor([1.0] * 5), turned, Tensor([[1.0]])])
    views = arena.views(arena.m)
    check("the shapes of arena.views(arena.m)", [view.shape for view in views], [(5,), (2, 3), (1, 1)])
    for i, view in enumerate(views):
        view[...] = i + 1
    want = np.repeat(np.float32([1, 0, 2, 0, 3, 0]), [5, 11, 6, 10, 1, 15])
    check("arena.m, filled through its views with 1, 2, 3", arena.m, want)
    check("a turned parameter's view is turned too", views[1].strides, turned.data.strides)


def test_arena_steps_as_adam():
    params = [Tensor(a) for a in some((3, 4), (4,), (2, 2))]
    twins = [Tensor(p.data.copy()) for p in params]
    arena, adam = Arena(params), Adam(twins, lr=0.01)
    for step in range(1, 5):
        for p, twin, g in zip(params, twins, some((3, 4), (4,), (2, 2), size=step), strict=True):
            p.grad, twin.grad = Tensor(g), Tensor(g)
        arena.step(step, 0.01, (0.9, 0.999), 1e-8)
        adam.step()
        for i, (p, twin) in enumerate(zip(params, twins, strict=True)):
            check(f"parameter {i} after step {step} of the arena, and of Adam", p.data, twin.data)


test_adam_in_place()
test_arena()
test_arena_steps_as_adam()

# %% [markdown]
# ### The exchange
#
# Now put them at the door. An `Exchange` is given pairs of a table and what is to stand in it; it
# remembers what stood there. It can be used in two ways, as a file can: `with Exchange(...):`, or a
# call now and `undo()` later. Four things must be true, or nobody will trust it:
#
# - a name that the table does not have is refused, before anything has changed, unless it is that of a
#   composite: its entry is new, and is removed afterwards;
# - leaving undoes everything, also after an error, and undoing twice changes nothing;
# - exchanges nest, and each leaves what it found, so the outer one may not go first;
# - nothing but the tables is touched.

# %% solution="exchange"
#| export
#| hint What must be remembered of each table before it is changed? And in which order is it put back?
#| hint self.before is a list of (table, {name: what stood there, or None}); where there was nothing, undo must delete.
#| hint Remember table.get(name) for every new name, update, append to `opened`. Undo in reverse, name by name; pop.
Change = tuple[dict, Mapping[str, Callable]]


class Exchange:
    """Functions in tables exchanged for others, from now until `undo()`, or until a `with` block is left.

    Raises ValueError, and changes nothing, for a name that a table does not have; RuntimeError if an exchange of
    another thread is open, and if one that was undone is entered.

    >>> table = {"one": 1, "two": 2}
    >>> with Exchange((table, {"two": 22})):
    ...     print(table)
    {'one': 1, 'two': 22}
    >>> table
    {'one': 1, 'two': 2}
    """

    opened: list["Exchange"] = []  # the outermost first

    def __init__(self, *changes: Change) -> None:
        self.thread = given.this_thread(Exchange.opened)
        if any(exchange.thread != self.thread for exchange in Exchange.opened):
            raise RuntimeError("another thread has exchanged functions, in tables that all threads share: wait for it")
        unknown = sorted(name for table, new in changes for name in new if name not in table and name not in composites)
        if unknown:
            raise ValueError(f"there is no operation {unknown[0]!r} to exchange")
        ### BEGIN SOLUTION
        self.before = [(table, {name: table.get(name) for name in new}) for table, new in changes]
        for table, new in changes:
            table.update(new)
        Exchange.opened.append(self)
        ### END SOLUTION

    def undo(self) -> None:
        """Put back what stood in the tables. RuntimeError if an exchange that was made later is still open."""
        ### BEGIN SOLUTION
        if self not in Exchange.opened:
            return
        if Exchange.opened[-1] is not self:
            raise RuntimeError("an exchange that was made inside of this one is open: undo that one first")
        for table, old in reversed(self.before):
            for name, entry in old.items():
                if entry is None:
                    del table[name]
                else:
                    table[name] = entry
        Exchange.opened.pop()
        ### END SOLUTION

    def __enter__(self) -> "Exchange":
        if self not in Exchange.opened:
            raise RuntimeError("this exchange was undone: make a new one")
        return self

    def __exit__(self, *error: object) -> None:
        self.undo()


def original(table: dict, name: str) -> Callable | None:
    """What stands in the table under this name when all exchanges are undone; None for a composite."""
    for exchange in Exchange.opened:
        for changed, old in exchange.before:
            if changed is table and name in old:
                return old[name]
    return table.get(name)


# %% test="exchange" points=10
def test_exchange_and_undo():
    table, other = {"a": 1, "b": 2}, {"a": 3}
    exchange = Exchange((table, {"a": 10}), (other, {"a": 30}))
    call = "Exchange((table, {'a': 10}), (other, {'a': 30}))"
    check(f"both tables after {call}", (table, other), ({"a": 10, "b": 2}, {"a": 30}))
    exchange.undo()
    check("both tables after undo()", (table, other), ({"a": 1, "b": 2}, {"a": 3}))
    table["a"] = 5
    exchange.undo()
    check("a table that was changed by hand, after a second undo(): it stays", table, {"a": 5, "b": 2})


def test_exchange_ends_with_an_error():
    table = {"a": 1}
    check_raises("a KeyError inside of the block", lambda: fail_inside(table), KeyError, "on purpose")
    check("the table after a block that failed", table, {"a": 1})
    check("exchanges that are open", len(Exchange.opened), 0)


def fail_inside(table):
    with Exchange((table, {"a": 2})):
        raise KeyError("on purpose")


def test_exchanges_nest():
    table = {"a": 1}
    with Exchange((table, {"a": 2})) as outer:
        with Exchange((table, {"a": 3})):
            check("the table inside of two exchanges", table, {"a": 3})
            check("original(table, 'a') inside of two exchanges", original(table, "a"), 1)
            check_raises("undo() of the outer one first", outer.undo, RuntimeError, "undo that one first")
            check("the table afterwards", table, {"a": 3})
        check("the table after the inner one", table, {"a": 2})
    check("the table after both", table, {"a": 1})


def test_exchange_refuses():
    table = {"a": 1, "b": 2}
    check_raises("Exchange of 'c', which is not there", lambda: Exchange((table, {"a": 2, "c": 3})), ValueError, "'c'")
    check("the table afterwards", table, {"a": 1, "b": 2})


def test_exchange_of_a_composite():
    table = {"a": 1}
    with Exchange((table, {"gelu": 2})):
        check("the table with an entry for the composite gelu", table, {"a": 1, "gelu": 2})
        with Exchange((table, {"gelu": 3})):
            check("with another one inside", table, {"a": 1, "gelu": 3})
            check("original(table, 'gelu')", original(table, "gelu"), None)
        check("after the inner one", table, {"a": 1, "gelu": 2})
    check("the table afterwards: the entry is gone", table, {"a": 1})


test_exchange_and_undo()
test_exchange_ends_with_an_error()
test_exchanges_nest()
test_exchange_refuses()
test_exchange_of_a_composite()

# %% [markdown]
# ### Trust, but check
#
# A wrong kernel is worse than a slow one: the model trains, and is worse, and nobody knows why. So
# each exchanged function can be watched. The first time that it meets inputs of certain shapes and types,
# and attributes such as `dim`, the original computes the same, and the two are compared. Later calls of
# this kind cost some microseconds.
#
# Three faults are found: a result of another shape or type; a number that differs by more than 1e-5
# (of the largest number, if that is above 1); an input that was changed. So that the last does no harm,
# a function that is not yet trusted works on copies. The message names the operation and the shapes.
# `agree` does the comparing and `checked_kernel` the watching; for gradients it is the same with one more
# step, and is given.
#
# `accelerate` puts it all together. Besides your kernels it exchanges three that are given: the ReLU
# and the attention, which are the originals for the rows of each thread, and the gradient of an
# embedding. Only what was faster by the clock is in the table `FAST`, and only for sizes where it
# was: an attention that divides the narrow result instead of the wide shares moved fewer bytes and
# took as long, so it is not there.

# %% solution="check"
#| export
#| hint What may the fast kernel be given before it is known to be right, and how is a changed input noticed?
#| hint Ask first whether this case was met; then original on fresh attributes, fast on copies, three comparisons.
#| hint want = reference(*arrays, **given.fresh(attributes)); got = fast(*copies, ...); agree(what, got, want); met.add.
TOLERANCE = 1e-5


def agree(what: str, got: Array, want: Array) -> None:
    """RuntimeError that begins with `what` if the two differ in shape or type, or by more than the tolerance.

    >>> agree("gelu of (2,)", np.ones(2), np.ones(2) + 1e-7)
    """
    got, want = np.asarray(got), np.asarray(want)
    ### BEGIN SOLUTION
    if (got.shape, got.dtype) != (want.shape, want.dtype):
        raise RuntimeError(f"{what}: {got.dtype} of shape {got.shape} instead of {want.dtype} of {want.shape}")
    most = TOLERANCE * max(1.0, float(np.abs(want[np.isfinite(want)]).max(initial=0)))
    wrong = ~np.isclose(got, want, rtol=0, atol=most, equal_nan=True)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise RuntimeError(f"{what}: {got[at]:.6g} instead of {want[at]:.6g} at index {at}")
    ### END SOLUTION


def checked_kernel(name: str, fast: Callable, reference: Callable) -> Callable:
    """`fast`, compared with `reference` whenever it meets new shapes, types or attributes; until then it gets copies.

    RuntimeError names the operation and the shapes.

    >>> checked_kernel("neg", np.abs, np.negative)(np.array([1.0, 2.0]))
    Traceback (most recent call last):
    RuntimeError: the accelerated kernel of neg on (2,): 1 instead of -1 at index (0,)
    """
    met: set[str] = set()

    def kernel(*arrays: Any, **attributes: Any) -> Array:
        case = given.case_of(arrays, attributes)
        ### BEGIN SOLUTION
        if case in met:
            return fast(*arrays, **attributes)
        what = f"the accelerated kernel of {name} on {given.shapes_of(arrays)}"
        copies = [copy.copy(a) for a in arrays]
        want = reference(*arrays, **given.fresh(attributes))
        got = fast(*copies, **attributes)
        agree(what, got, want)
        for i, (copied, array) in enumerate(zip(copies, arrays, strict=True)):
            agree(f"{what} changes its input {i}", copied, array)
        met.add(case)
        return got
        ### END SOLUTION

    return kernel


def checked_gradient(name: str, fast: Callable, reference: Callable, kernel: Callable) -> Callable:
    """The same for an entry of the table of gradients; `kernel` and `reference` are the originals."""
    return given.checked_gradient(name, fast, reference, kernel, agree)


class Fast(NamedTuple):
    """A kernel to exchange, and its gradient if that is exchanged too.

    >>> Fast(np.negative).gradient is None
    True
    """

    kernel: Callable
    gradient: Callable | None = None


FAST = {
    "gelu": Fast(gelu_in_blocks, gelu_gradient),
    "cross_entropy": Fast(cross_entropy_once, cross_entropy_gradient),
    "max_pool2d": Fast(max_pool_by_rows, max_pool_gradient),
    **{name: Fast(*pair) for name, pair in given.others(in_all_threads).items()},
}


def accelerate(fast: Mapping[str, Fast] | None = None, check: bool = False) -> Exchange:
    """This chapter's kernels, gradients and optimizer step at the door, until the `with` block is left or `undo()`.

    `fast`: other kernels in their place, name -> Fast. With `check` each is compared with the original on the
    shapes that it meets. Raises ValueError for an operation that does not exist.

    >>> with accelerate():
    ...     kernels["gelu"] is gelu_in_blocks
    True
    >>> "gelu" in kernels  # it is a composite
    False
    """
    chosen = FAST if fast is None else fast
    own = {name: f.kernel for name, f in chosen.items()}
    entries = {name: f.gradient for name, f in chosen.items() if f.gradient is not None}
    if check:
        known = {name: plain_kernel(name) for name in own if name in kernels or name in composites}
        entries = {name: entries.get(name) or plain_gradient(name) for name in known}
        entries = {n: checked_gradient(n, f, plain_gradient(n), known[n]) for n, f in entries.items() if f}
        own = {name: checked_kernel(name, f, known[name]) if name in known else f for name, f in own.items()}
    return Exchange((kernels, {"adam_step": adam_step_together, **own}), (gradients, entries))


def plain_kernel(name: str) -> Callable:
    """What runs under this name without an exchange: the kernel, or the parts of a composite."""
    return original(kernels, name) or given.by_parts(name)


def plain_gradient(name: str) -> Callable | None:
    """The same for its gradient; None if it has none."""
    return original(gradients, name) or (given.gradient_by_parts(name) if name in composites else None)


ARENAS: dict = {}  # shapes of small parameters -> their arena


def adam_step_together(*lists: list, **options: Any) -> None:
    """A kernel for Adam's update, on lists of arrays: small parameters end to end, large ones in blocks."""
    arena = (Arena, ARENAS, adam_in_place)
    given.step_together(lists, options, *arena, plain_kernel("adam_step"), in_all_threads)


# %% test="check" points=8
from tinytorch.nn.activations import ReLU


def test_agree():
    agree("x", np.array([1.0, np.nan, np.inf]), np.array([1.0 + 1e-6, np.nan, np.inf]))
    agree("numbers of size 1e6", np.array([1e6, 5.0], np.float32), np.array([1e6, 6.0], np.float32))
    want = np.array([[1.0, 2.0], [3.0, 4.0]])
    for last in (4.1, np.nan):
        call, got = f"agree('mul of (2, 2)', [[1, 2], [3, {last}]], [[1, 2], [3, 4]])", np.array([[1, 2], [3, last]])
        words = ("mul of (2, 2)", "(1, 1)", "4")
        check_raises(call, lambda got=got: agree("mul of (2, 2)", got, want), RuntimeError, *words)
    flat, narrow = want.reshape(4), want.astype(np.float32)
    check_raises("agree of shapes (4,) and (2, 2)", lambda: agree("x", flat, want), RuntimeError, "(4,)", "(2, 2)")
    check_raises("agree of float64 and float32", lambda: agree("x", want, narrow), RuntimeError, "float64")


def test_checked_kernel_names_operation_and_shape():
    wrong = checked_kernel("exp", lambda a: 1 + a, np.exp)
    x = np.array([[0.0, 0.0, 1.0]])
    call = "a kernel of exp that computes 1 + a, on (1, 3)"
    check_raises(call, lambda: wrong(x), RuntimeError, "exp", "(1, 3)", "(0, 2)")

    def careless(a):
        result = np.negative(a)
        a[...] = 0
        return result

    call, watched = "a kernel of neg that puts zeros into its input", checked_kernel("neg", careless, np.negative)
    x = np.ones(2)
    check_raises(call, lambda: watched(x), RuntimeError, "changes its input 0")
    check("the array that it was to negate, afterwards", x, np.ones(2))


def test_rooms_belong_to_the_fast_kernel():
    def kernel(a, kept):
        kept.append(a.sum())
        return -a

    kept = []
    checked_kernel("neg", kernel, kernel)(np.ones(3), kept=kept)
    check("what a kernel that keeps the sum has put into `kept`, once, while it was checked", kept, [np.float64(3)])


def test_each_shape_is_checked_once():
    calls = []
    reference = lambda a: calls.append(a.shape) or -a  # noqa: E731
    kernel = checked_kernel("neg", np.negative, reference)
    for shape in [(2,), (2,), (3,), (2,)]:
        check(f"the checked kernel on {shape}", kernel(np.ones(shape)), -np.ones(shape))
    check("the shapes that the original was called with", calls, [(2,), (3,)])


def test_accelerate_check_finds_a_wrong_gradient():
    wrong = {"relu": Fast(kernels["relu"], lambda out, a: (lambda g: g,))}
    x = Tensor([[-1.0, 2.0]], requires_grad=True)
    with accelerate(wrong, check=True):
        out = ReLU()(x)
        call, words = "backward() through a relu whose gradient is g", ("gradient of relu", "(1, 2)")
        check_raises(call, lambda: out.backward(Tensor([[1.0, 1.0]])), RuntimeError, *words)


def test_accelerate_is_undone():
    before = dict(kernels), dict(gradients)
    with accelerate(check=True), accelerate():
        own = {name for name, fast in FAST.items() if kernels[name] is fast.kernel}
        check("kernels of FAST that stand in the table inside of `with accelerate()`", own, set(FAST))
    check_true("both tables are as before", (kernels, gradients) == before)
    check_true("gelu is a composite again", "gelu" not in kernels)
    nonsense = {"nonsense": Fast(np.abs)}
    check_raises("accelerate({'nonsense': ...})", lambda: accelerate(nonsense, check=True), ValueError, "nonsense")


test_agree()
test_checked_kernel_names_operation_and_shape()
test_rooms_belong_to_the_fast_kernel()
test_each_shape_is_checked_once()
test_accelerate_check_finds_a_wrong_gradient()
test_accelerate_is_undone()

# %% [markdown]
# ## Use
#
# A small CNN on digits and a small transformer on TinyTalks, built from the tiers below as they are.
# First with `check=True`: every exchanged kernel meets its original on the shapes of this very model.
# Then two runs from the same start, plain and accelerated: how far are the losses apart?

# %%
from tinytorch.core.tensor import manual_seed, tensor
from tinytorch.datasets import TinyDigits, TinyTalks
from tinytorch.nn.activations import GELU, ReLU
from tinytorch.nn.conv import Conv2d, Flatten, MaxPool2d, conv2d_explicit
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.nn.transformer import Transformer

digits, criterion = TinyDigits(train=True), CrossEntropyLoss()
talk = " ".join(f"{question} {answer}" for question, answer in TinyTalks("train"))
stream = np.frombuffer(talk.encode(), np.uint8) % 128  # letters are their own numbers


def pictures(rng):
    rows = rng.integers(0, len(digits), 32)
    return tensor(digits.images[rows].reshape(-1, 1, 28, 28) / np.float32(255)), digits.labels[rows]


def texts(rng):
    rows = stream[rng.integers(0, len(stream) - 65, (16, 1)) + np.arange(65)]
    return rows[:, :-1], rows[:, 1:]


def small_cnn():
    first = [Conv2d(1, 16, 3, padding=1), ReLU(), MaxPool2d(2)]
    model = Sequential(*first, Conv2d(16, 32, 3, padding=1), ReLU(), MaxPool2d(2), Flatten(), Linear(1568, 10))
    return model, pictures, lambda x, y: criterion(model(x), y)


def decoder():
    model = Transformer(vocab=128, d_model=64, n_heads=4, n_layers=2, max_len=64)
    return model, texts, lambda x, y: model(x, y)


def trained(make, steps):
    """The losses of some steps from a fixed start, and the seconds of the fastest step."""
    manual_seed(0)
    (model, batch, loss_of), rng, losses, times = make(), np.random.default_rng(1), [], []
    optimizer = Adam(model.parameters(), lr=1e-3)

    def step():
        x, y = batch(rng)
        optimizer.zero_grad()
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    for _ in range(steps):
        times.append(seconds(step, 1))
    return np.array(losses), min(times)


for make in (small_cnn, decoder):
    with accelerate(check=True):
        trained(make, 2)
    plain, slow = trained(make, 25)
    with accelerate():
        fast_losses, fast = trained(make, 25)
    apart = abs(plain - fast_losses)[:5].max()
    print(f"{make.__name__:10} first losses within {apart:.0e}; {slow * 1e3:5.2f} ms a step, now {fast * 1e3:5.2f}")
    assert apart < 1e-4

# %% [markdown]
# Losses of later steps drift apart, as they do between two machines: Adam divides by the size of a
# gradient, so where a gradient is nothing but rounding errors, the direction is too.
#
# And a kernel that is wrong? Here is one with a mistake in a corner: a GELU whose author forgot that
# numbers may be large.

# %%
plain = given.by_parts("gelu")
careless = Fast(lambda a, approximate="none": plain(np.clip(a, -5, 5), approximate=approximate), gelu_gradient)
with accelerate({"gelu": careless}, check=True):
    trained(decoder, 1)
    print("nothing was noticed in a step of training: no number of this model is beyond 5")
    try:
        GELU()(tensor(np.linspace(-9, 9, 7)))
    except RuntimeError as error:
        found = str(error)
print(found)

# %% [markdown]
# ## Measure
#
# **The caches of this machine.** Add 1 to every number of an array, over and over. Predict: by what
# factor is a number dearer in an array of 64 MB than in one of 400 KB? And why is it dear in the first row, too?

# %%
print("      bytes   ns for each number")
for size in (4_000, 16_000, 100_000, 500_000, 4_000_000, 16_000_000):
    x, repeat = np.zeros(size, np.float32), max(1, 8_000_000 // size)
    taken = seconds(lambda x=x, repeat=repeat: [np.add(x, 1, out=x) for _ in range(repeat)], 3)
    print(f"{x.nbytes:11,} {taken / repeat / size * 1e9:10.3f}")

# %% [markdown]
# **Tiles.** The outer products make the tiles visible; `np.matmul` has tiles of its own inside. For
# each size: the numbers fetched by your count, and the time. Where should the best tile lie, if three
# of them are to fit?

# %%
a, b = some((768, 768), (768, 768))
print(f"a @ b {seconds(lambda: a @ b) * 1e3:.1f} ms")
print("tile   numbers fetched   by outers (ms)   by np.matmul (ms)")
for tile in (48, 96, 192, 384, 768):
    outers = seconds(lambda t=tile: tiled_matmul(a, b, t, matmul_by_outers), 1)
    inside = seconds(lambda t=tile: tiled_matmul(a, b, t), 3)
    print(f"{tile:4} {tile_loads(768, 768, 768, tile):17,} {outers * 1e3:13.0f} {inside * 1e3:16.1f}")
assert np.allclose(tiled_matmul(a, b, 100), a @ b, atol=1e-3)

# %% [markdown]
# **Vectorized.** A corner of one picture with four filters, then a batch of 128 pictures with 32 filters,
# for which the loops would take minutes; their time is computed from the corner's. Guess the factor.

# %%
x, weight = some((128, 3, 32, 32), (32, 3, 5, 5))
loops = seconds(lambda: conv2d_explicit(x[:1, :, :12, :12], weight[:4]), 1)
loops *= (128 * 32 * 28 * 28) / (4 * 8 * 8)  # each number of the result costs the same
once = seconds(lambda: conv2d_vectorized(x, weight), 3)
chunks = seconds(lambda: kernels["conv2d"](x, weight), 3)
print(f"loops {loops:.0f} s, one product {once * 1e3:.0f} ms, in chunks (module 09) {chunks * 1e3:.0f} ms")
print(f"one product: {loops / once:,.0f} times faster than the loops")
assert loops > 100 * once

# %% [markdown]
# **The pool.** What a decoder's training takes from it in 20 steps, and how much of that is new.

# %%
taken, made = POOL.taken, POOL.made
with accelerate():
    trained(decoder, 20)
print(f"20 steps took {POOL.taken - taken:,} bytes from the pool, {POOL.made - made:,} of them newly made")
print(POOL.profile())
assert POOL.made - made < (POOL.taken - taken) / 10
assert POOL.in_use() == 0

# %% [markdown]
# ## Reflect
#
# Answer in a few sentences each, with numbers.

# %% [markdown] reflect="tiles" points=4
# **1. Tiles.** A cache of 2 MB holds three tiles of float32. How large may they be? How many numbers
# does a product of two 4,096 x 4,096 matrices then fetch, and how many without tiles, if nothing is
# kept? Why was the best tile that you measured smaller or larger than that?
#
# ### BEGIN SOLUTION
# Rubric: 3 * 4 t^2 <= 2 MiB gives t = 418; 2 * 4096^2 * 10 = 3.4e8 with tiles of 418 (10 across),
# 2 * 4096^3 = 1.4e11 without; measured: calls cost half a microsecond each, so small tiles lose, and
# the product's own temporary array needs room too. One point each, one for the reason.
# ### END SOLUTION

# %% [markdown] reflect="in-place" points=4
# **2. In place.** ReLU could write into its input: one array less for each layer. The input is the
# result of a convolution, which does not need it for its own gradient. Give a model in which it would
# be wrong all the same. Why can no kernel at the door know?
#
# ### BEGIN SOLUTION
# Rubric: any model that uses the tensor again, as x + relu(x) or a path around; also a tanh before it,
# whose gradient uses its output (two points). A kernel sees arrays, not who else holds the tensor or
# which function saved it (two points).
# ### END SOLUTION

# %% [markdown] reflect="amdahl" points=4
# **3. The next factor.** Profile a decoder's step (module 14) inside of `accelerate()`. Which share is
# matrix products? If everything else took no time at all, by what factor would the step be faster?
# What does that say about the next thing to do?
#
# ### BEGIN SOLUTION
# Rubric: about half, measured and named; Amdahl: 1 / share, so about 2; then only fewer or narrower
# multiply-adds help: smaller models, other precision, other hardware. One point for the measurement,
# one for the law, two for the conclusion.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# The door is there too: the dispatcher looks up a kernel by operation, type and device, and
# `torch.library` puts your own into its table. `torch.compile` does what this chapter did by hand. It
# records the operations of a model, fuses the ones between products into loops that read each number
# once, and generates code for them. The products go to a library whose innermost tile lives in the
# processor's registers, with further tiles around it for each cache. Optimizers take `foreach=True`,
# all parameters in few calls, or `fused=True`, one call. Memory on a GPU comes from a caching
# allocator: a pool, as yours. And `torch.testing.assert_close` is what `agree` is.
#
# ## Today
#
# Flash attention is this chapter in one kernel: tiles of queries and keys, exponentials whose wide
# array is never written down, and a row's sum that is divided out at the end, where the result is
# narrow. It made no multiply-add unnecessary. It moved fewer bytes, and models now read texts of
# hundreds of thousands of tokens. Compilers and languages for kernels, such as
# Triton, exist to write such orders down; searching for them is a field of its own. What has not
# changed is how a fast kernel earns trust: it is compared with the slow one.
