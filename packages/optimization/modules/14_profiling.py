# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A step of training takes eight milliseconds, and should take four. Which lines do you change? The
# answer has to be measured, and four questions are worth a number each. *Where* is the time? *How much* is
# computed there, and how many bytes move for it? Is that *near* what this machine can do? And what is the
# whole step worth, if one part of it becomes twice as fast?
#
# You need three things from the tiers below:
#
# - **The door.** A `Tensor` holds a NumPy array in `.data`. Whatever is done with tensors goes
#   through one function, `apply(name, *inputs, **attributes)`. It takes the arrays out, looks up
#   `kernels[name]`, a function on arrays, calls it, and wraps what it returns. Then it calls every
#   function in the list `observers`. A *composite*, such as `linear`, is made of other operations; while
#   they run, its name stands in the list `running`.
# - **The backward pass.** Training needs the gradient of the loss for every weight. After an operation,
#   `gradients[name](out, *arrays, **attributes)` is asked for one function for each input. Later
#   `loss.backward()` calls those that are needed: gradient of the result in, gradient of that input out.
# - **Models are trees.** A `Module` has a `forward`, and its parts are attributes. `named_modules()`
#   walks through all of them. While a module is being called, it stands in the list `calling`.
#
# An observer is enough to see what a model does:

# %%
#| default_exp profiling
from tinytorch.core.tensor import Tensor, manual_seed, observers, randn
from tinytorch.nn.activations import ReLU
from tinytorch.nn.conv import Conv2d, Flatten, MaxPool2d
from tinytorch.nn.layers import Linear, Sequential

manual_seed(0)
layers = [Conv2d(1, 8, 5), ReLU(), MaxPool2d(2), Conv2d(8, 16, 5), ReLU(), MaxPool2d(2)]
cnn = Sequential(*layers, Flatten(), Linear(256, 10))
observers.append(lambda name, inputs, arrays, attributes, result: print(f"{name:12}{result.shape}"))
try:
    cnn(randn(64, 1, 28, 28))
finally:
    observers.pop()

# %% [markdown]
# It sees everything and knows nothing of time: it is called when all is over. So the profiler of
# this chapter stands at the door in another way. All kernels are in one table, `kernels`, and all
# derivatives in another, `gradients`. While the profiler is open, each entry is replaced by a function
# that calls the old one and looks at the clock. Afterwards both tables are what they were.
#
# ## Build
#
# ### Counting arithmetic
#
# Count first, measure later: a count is exact and the same on every machine. The unit is the
# floating-point operation, FLOP: an addition, a multiplication, or a function such as exp. (FLOP/s
# is a rate. "FLOPS" has meant both; avoid it.) A multiply-add is two.
#
# Nearly all arithmetic of a model is in four operations, and their counts follow from shapes. (The
# product of a linear layer comes through the door as `matmul`, or as `linear` where a kernel has taken the
# place of its parts.)
#
# ```
#    linear     x (..., in), weight (out, in)             each number of the result: in multiply-adds
#    matmul     a (..., k), b (..., k, m)                 each number of the result: k
#    conv2d     weight (out, in, kh, kw)                  each number of the result: in * kh * kw
#    attention  q (..., N, d), k (..., M, d), v (..., M, dv), result (..., N, dv)
#               each of the N queries meets each of the M keys: d multiply-adds for their score,
#               a scaling, an exp, an addition, a division for its share, dv multiply-adds with it
# ```
#
# A bias is one addition for each number of the result. Write a function for each of the four. They
# get arrays, the result first, and use nothing but shapes.

# %% solution="products"
#| export
#| hint How many multiply-adds go into one number of the result, and how many FLOPs is one of them?
#| hint out.size counts the numbers of the result; weight.shape[1:] is what a window sees; pairs of query and key.
#| hint 2 * out.size * seen + (0 if bias is None else out.size); attention: pairs * (2 * d + 2 * dv + 4).
import math
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from statistics import fmean, median
from typing import Any, NamedTuple

import numpy as np

import tinytorch._profiling as given
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import kernels, running
from tinytorch.nn.layers import Module, calling

Kernel = Callable[..., Any]


def linear_flops(out: np.ndarray, x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> int:
    """The FLOPs of a linear layer.

    >>> linear_flops(np.ones((64, 10)), np.ones((64, 784)), np.ones((10, 784)), np.ones(10))
    1004160
    """
    ### BEGIN SOLUTION
    return 2 * out.size * weight.shape[1] + (0 if bias is None else out.size)
    ### END SOLUTION


def matmul_flops(out: np.ndarray, a: np.ndarray, b: np.ndarray) -> int:
    """The FLOPs of a @ b.

    >>> matmul_flops(np.ones((2, 4)), np.ones((2, 3)), np.ones((3, 4)))
    48
    """
    ### BEGIN SOLUTION
    return 2 * out.size * a.shape[-1]
    ### END SOLUTION


def conv2d_flops(out: np.ndarray, x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> int:
    """The FLOPs of a convolution: out (N, C_out, H, W), weight (C_out, C_in, kh, kw).

    >>> conv2d_flops(np.ones((128, 32, 28, 28)), np.ones((128, 3, 32, 32)), np.ones((32, 3, 5, 5)))
    481689600
    """
    ### BEGIN SOLUTION
    return 2 * out.size * math.prod(weight.shape[1:]) + (0 if bias is None else out.size)
    ### END SOLUTION


def attention_flops(out: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray) -> int:
    """The FLOPs of attention. What a mask forbids is computed all the same, and counted.

    >>> attention_flops(np.ones((64, 16)), np.ones((64, 16)), np.ones((64, 16)), np.ones((64, 16)))
    278528
    """
    ### BEGIN SOLUTION
    pairs = math.prod(out.shape[:-1]) * k.shape[-2]
    return pairs * (2 * q.shape[-1] + 2 * v.shape[-1] + 4)
    ### END SOLUTION


PRODUCTS: dict[str, Callable[..., int]] = {
    "linear": linear_flops, "matmul": matmul_flops, "conv2d": conv2d_flops, "attention": attention_flops,
}

# %% test="products" points=10
from tinytorch.testing import check, check_raises, check_true


def some(*shapes):
    """Arrays of float32 ones."""
    return [np.ones(shape, np.float32) for shape in shapes]


def test_linear_flops():
    x, weight, bias, out = some((6, 5, 3), (4, 3), (4,), (6, 5, 4))
    check("linear_flops, x (6, 5, 3), weight (4, 3)", linear_flops(out, x, weight), 2 * 30 * 3 * 4)
    check("the same with a bias", linear_flops(out, x, weight, bias), 2 * 30 * 3 * 4 + 30 * 4)


def test_matmul_flops():
    for a, b, out, want in [((2, 3), (3, 4), (2, 4), 48), ((5, 2, 3), (3, 4), (5, 2, 4), 240), ((3,), (3,), (), 6)]:
        check(f"matmul_flops, a {a}, b {b}", matmul_flops(*some(out, a, b)), want)


def test_conv2d_flops():
    x, weight, bias, out = some((2, 6, 9, 9), (8, 3, 5, 2), (8,), (2, 8, 5, 8))
    call = "conv2d_flops, weight (8, 3, 5, 2): two groups of 3 channels, result (2, 8, 5, 8)"
    check(call, conv2d_flops(out, x, weight), 2 * 640 * 30)
    check("the same with a bias", conv2d_flops(out, x, weight, bias), 2 * 640 * 30 + 640)


def test_attention_flops():
    out, q, k, v = some((2, 3, 5, 7), (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 7))
    want = 2 * 3 * 5 * 6 * (2 * 4 + 2 * 7 + 4)
    check("attention_flops, q (2, 3, 5, 4), k (2, 3, 6, 4), v (2, 3, 6, 7)", attention_flops(out, q, k, v), want)


test_linear_flops()
test_matmul_flops()
test_conv2d_flops()
test_attention_flops()

# %% [markdown]
# ### The rest
#
# Everything else does a few FLOPs for each number and is counted by a rule: so many times the
# numbers of the result or of the first input, whichever are more. For an addition with broadcasting
# that is the result, for a sum the input. How many a number costs stands in `PER_NUMBER`, from the
# formula, and is 1 for what is not there: softmax, for example, is an exp, an addition and a
# division. Pooling looks at a whole window for each number of its *result*. And some operations only
# move numbers.

# %% solution="flops-of"
#| export
#| hint There are four kinds of operations. Which table tells that a name is of the first, and of the second?
#| hint PRODUCTS[name] is called with the result first; MOVES cost 0; attributes["kernel_size"] is the window.
#| hint PER_NUMBER.get(name, 1) * max(size of result, size of arrays[0]) is the last line; getattr(a, "size", 1).
MOVES = {"reshape", "permute", "transpose", "getitem", "embedding", "split_heads", "merge_heads", "im2col"}
POOLS = {"max_pool2d", "avg_pool2d"}
PER_NUMBER = {"sigmoid": 4, "gelu": 5, "softmax": 3, "log_softmax": 3, "cross_entropy": 3, "bce_with_logits": 9}
PER_NUMBER |= {"layer_norm": 7, "batch_norm": 4, "erf": 4, "tanh": 1, "softplus": 5}


def flops_of(name: str, arrays: Sequence[Any], attributes: dict[str, Any], result: Any) -> int:
    """The FLOPs of one operation, as the door sees it: its name, inputs, attributes and result.

    An operation that no table knows counts as one FLOP for each number.

    >>> flops_of("add", [np.ones((4, 3)), np.ones(3)], {}, np.ones((4, 3)))
    12
    """
    if name in given.counted:
        return given.counted[name](arrays, attributes, result)[0]
    ### BEGIN SOLUTION
    if name in PRODUCTS:
        return PRODUCTS[name](result, *arrays)
    if name in MOVES:
        return 0
    if name in POOLS:
        return result.size * math.prod(attributes["kernel_size"])
    return PER_NUMBER.get(name, 1) * max(getattr(result, "size", 1), getattr(arrays[0], "size", 1))
    ### END SOLUTION


# %% test="flops-of" points=7
def test_flops_of_products():
    x, weight, out = some((5, 3), (4, 3), (5, 4))
    check('flops_of("linear", [x (5, 3), weight (4, 3)], {}, out)', flops_of("linear", [x, weight], {}, out), 120)


def test_flops_of_the_rest():
    a, row, pooled = some((4, 6), (6,), (2, 3, 5, 5))
    for name, arrays, attributes, result, want in [
        ("add", [a, row], {}, a, 24),
        ("sub", [2.0, a], {}, a, 24),
        ("sum", [a], {"dim": None, "keepdim": False}, np.float32(24), 24),
        ("softmax", [a], {"dim": 1}, a, 72),
        ("reshape", [a], {"shape": (24,)}, a.reshape(24), 0),
        ("embedding", [a], {"ids": np.array([0, 0])}, a[[0, 0]], 0),
        ("max_pool2d", some((2, 3, 10, 15)), {"kernel_size": (2, 3)}, pooled, 150 * 6),
        ("mine", [a], {}, a, 24),
    ]:
        check(f'flops_of("{name}", ...)', flops_of(name, arrays, attributes, result), want)


test_flops_of_products()
test_flops_of_the_rest()

# %% [markdown]
# ### Counting bytes
#
# Arithmetic is half of the bill. Every input must come from memory and every result must go there.
# Count each array once: what was given, among the inputs or among the attributes (ids, masks), and
# the result. Fewer bytes cannot do; an operation that goes over its arrays several times moves
# more.
#
# Operations that only move are different in two ways. A *view*, such as a transposed matrix, is
# another way to walk through the same memory and moves nothing; `is_view` tells. And an
# embedding that takes 64 rows out of a table of a million does not read the table. So a move reads
# what it writes, or its whole input if that is less.

# %% solution="bytes-of"
#| export
#| hint Which arrays are touched, and are there any among the attributes?
#| hint Sum the nbytes of inputs, attributes and result; for MOVES a view is 0, else the first counts less.
#| hint For MOVES: if is_view(result, arrays[0]): return 0; read[0] = min(read[0], written). Then the sum of all.


def is_view(result: Any, array: Any) -> bool:
    """Whether both are arrays, in the same memory."""
    return type(result) is type(array) is np.ndarray and np.may_share_memory(result, array)


def bytes_of(name: str, arrays: Sequence[Any], attributes: dict[str, Any], result: Any) -> int:
    """The bytes that one operation has to move, at least: each array that it is given once, and its result.

    >>> a, b = np.ones((4, 3), np.float32), np.ones(3, np.float32)
    >>> bytes_of("add", [a, b], {}, a + b), bytes_of("transpose", [a], {"dim0": 0, "dim1": 1}, a.T)
    (108, 0)
    """
    if name in given.counted:
        return given.counted[name](arrays, attributes, result)[1]
    read = [getattr(a, "nbytes", 0) for a in (*arrays, *attributes.values())]
    written = getattr(result, "nbytes", 0)
    ### BEGIN SOLUTION
    if name in MOVES:
        if is_view(result, arrays[0]):
            return 0
        read[0] = min(read[0], written)
    return sum(read) + written
    ### END SOLUTION


# %% test="bytes-of" points=8
def test_bytes_of_a_linear_layer():
    arrays, (out,) = some((6, 5, 3), (4, 3), (4,)), some((6, 5, 4))
    want = 4 * (90 + 12 + 4 + 120)
    check('bytes_of("linear", [x (6, 5, 3), weight (4, 3), bias], {}, out)', bytes_of("linear", arrays, {}, out), want)


def test_bytes_of_numbers_and_attributes():
    (a,) = some((4, 6))
    check('bytes_of("mul", [a, 2.0], {}, out): a number is no array', bytes_of("mul", [a, 2.0], {}, a), 192)
    attributes = {"labels": np.zeros(4, np.int64), "reduction": "mean"}
    call = 'bytes_of("cross_entropy", [a (4, 6)], labels, one number)'
    check(call, bytes_of("cross_entropy", [a], attributes, np.float32(1)), 96 + 32 + 4)


def test_bytes_of_moves():
    table, a, ids = *some((1000, 8), (4, 6)), np.array([3, 3, 5])
    for call, name, arrays, attributes, result, want in [
        ("a view", "permute", [a], {"dims": (1, 0)}, a.T, 0),
        ("a copy", "reshape", [a.T], {"shape": (24,)}, a.T.reshape(24), 192),
        ("three rows of 1000", "embedding", [table], {"ids": ids}, table[ids], 2 * 96 + 24),
        ("columns", "im2col", [a], {}, np.zeros((4, 18), np.float32), 96 + 288),
    ]:
        check(f'bytes_of("{name}", ...), {call}', bytes_of(name, arrays, attributes, result), want)


test_bytes_of_a_linear_layer()
test_bytes_of_numbers_and_attributes()
test_bytes_of_moves()

# %% [markdown]
# ### The way back
#
# A product out = a b has two gradients: that of a is a product of g, the gradient of the result,
# with b, and that of b is a product of g with a. Three arrays are involved, and each of the three
# products makes one of them from the other two. So all three are equally large, in FLOPs and in
# bytes. A training step computes about three times what running the model does.
#
# The bias, input 2 of `linear` and `conv2d`, gets the sum of g over the rows. Attention has two
# products, so four on the way back, and the slope of the softmax, four FLOPs a score. The first of
# its functions, for q, does more than the others: the product with v, the softmax, the product with
# k. That is as much as the whole way forward. For k and v one product each remains.

# %% solution="backward"
#| export
#| hint The gradient of a weight is a product of which two arrays? How many multiply-adds is that?
#| hint Input 2 that is not attention's is a bias. Inputs 0 and 1 of a plain product cost what the product costs.
#| hint out.size for a bias; PRODUCTS[name](out, *arrays[:2]); attention: all for i == 0, pairs * 2 * size for 1, 2.


def backward_flops(name: str, i: int, out: Any, arrays: Sequence[Any]) -> int:
    """The FLOPs of the gradient of input i of a product, from the arrays of the way forward.

    >>> x, weight, out = np.ones((64, 784)), np.ones((10, 784)), np.ones((64, 10))
    >>> backward_flops("linear", 1, out, (x, weight)), backward_flops("linear", 2, out, (x, weight, np.ones(10)))
    (1003520, 640)
    """
    ### BEGIN SOLUTION
    if name != "attention":
        return out.size if i == 2 else PRODUCTS[name](out, *arrays[:2])
    if i == 0:
        return attention_flops(out, *arrays)
    return 2 * math.prod(out.shape[:-1]) * math.prod(arrays[i].shape[-2:])
    ### END SOLUTION


HANDED_ON = {"add", "sum", "mean", "reshape", "permute", "transpose", "merge_heads"}  # g itself, or a view of it


def backward_work(name: str, i: int, out: Any, arrays: Sequence[Any]) -> tuple[int, int]:
    """FLOPs and bytes of the gradient of input i. What is no product: one FLOP for each number."""
    if name not in PRODUCTS:
        flops = 0 if name in HANDED_ON or name in MOVES else arrays[i].size
        return flops, 0 if name in HANDED_ON else out.nbytes + arrays[i].nbytes
    operands = arrays if name == "attention" else arrays[:2]
    moved = sum(a.nbytes for a in operands) if i < len(operands) else arrays[i].nbytes
    return backward_flops(name, i, out, arrays), out.nbytes + moved


# %% test="backward" points=6
def test_backward_of_products():
    x, weight, bias, out = some((6, 5, 3), (4, 3), (4,), (6, 5, 4))
    got = [backward_flops("linear", i, out, (x, weight, bias)) for i in range(3)]
    check('backward_flops("linear", i, ...), i = 0, 1, 2', got, [720, 720, 120])
    x, weight, bias, out = some((2, 6, 9, 9), (8, 3, 5, 2), (8,), (2, 8, 5, 8))
    got = [backward_flops("conv2d", i, out, (x, weight, bias)) for i in range(3)]
    check('backward_flops("conv2d", i, ...), i = 0, 1, 2', got, [38_400, 38_400, 640])


def test_backward_of_attention():
    out, q, k, v = some((2, 3, 5, 7), (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 7))
    got = [backward_flops("attention", i, out, (q, k, v)) for i in range(3)]
    check('backward_flops("attention", i, ...) for q, k, v', got, [180 * 26, 180 * 8, 180 * 14])


test_backward_of_products()
test_backward_of_attention()

# %% [markdown]
# ### A clock inside a clock
#
# Now time. Look at the clock, call the function, look again. One thing spoils it. Some operations do
# others inside: a checkpoint runs a part of a model. Both look at the clock, the inner time is
# counted twice, and the parts add up to more than the whole. So what an operation is charged with is
# its *own* time: what passed, less what operations inside it were charged with. `log.inner` adds up
# the time of everything that was timed inside the operation that is running now. Whoever begins
# sets it to 0 and remembers what stood there; whoever ends adds its whole time to that.
#
# `timed_kernel` makes the function that takes the place of a kernel. It runs the kernel by the clock,
# notes a row, and hands on the result, untouched. This is the one place that has to be quick: it runs for
# every operation, and what it costs, it adds to the program. So note now and count later: of the arrays
# it keeps shapes and bytes, in plain tuples (`noted`), and counts when somebody reads the
# records. Nor may it keep the arrays alive; a profiler must not change the memory that it watches.
# When the log is closed, the kernel is called and nothing else.
#
# Two lists say where we are. By `running`, of module 01, the product inside of a linear layer is noted as
# a part of `linear`. In `calling`, of module 03, `log.where()` finds the innermost module that has a name.
#
# The log has its clock as an attribute, so that a test can bring another one. Memory is seen by
# `tracemalloc`, which hears of each block that Python and NumPy take. `lap` gives the most that was
# in use since the last call. That costs far too much to be on all the time.

# %% solution="timed-kernel"
#| export
#| hint If an operation took 5 ms and operations inside it 2 ms, what is it charged with, and what is its caller told?
#| hint Remember log.inner, set it to 0, time the call; charged is took - log.inner; then log.inner = outer + took.
#| hint Append (name, log.where(), own seconds, peak, note, the first of `running` or ""), then return the result.
OUTSIDE = "(outside)"
noted = partial(given.noted, MOVES)


class Record(NamedTuple):
    """One operation that was seen. `seconds` is its own time, `peak` the most bytes in use while it ran.

    `within` is the composite that it was a part of, or empty.
    """

    name: str
    module: str
    backward: bool
    shape: tuple[int, ...]
    seconds: float
    flops: int
    bytes: int
    peak: int = 0
    within: str = ""

    @property
    def operation(self) -> str:
        """The name under which a table shows it: that of the composite, where it is a part of one."""
        return self.within or self.name


def as_record(row: tuple[Any, ...]) -> Record:
    """A row with everything counted. That of a gradient is (row of the operation, input, seconds, peak)."""
    if isinstance(row, Record):
        return row
    forward, i = (row, None) if len(row) == 6 else row[:2]
    name, module, seconds, peak, note, within = forward
    arrays, attributes, out = given.restored(note)
    if i is not None:
        work = backward_work(name, i, out, arrays)
        return Record(name, module, True, arrays[i].shape, row[2], *work, row[3], within)
    work = note[-1] or (flops_of(name, arrays, attributes, out), bytes_of(name, arrays, attributes, out))
    return Record(name, module, False, out.shape, seconds, *work, peak, within)


def innermost(names: dict[int, str], modules: Sequence[Module]) -> str:
    """Of the modules that are being called, outermost first, the name of the innermost one that has a name.

    >>> from tinytorch.nn.layers import Sequential
    >>> model, other = Sequential(), Sequential()
    >>> innermost({id(model): "layers.0"}, [model, other]), innermost({}, [model])
    ('layers.0', '(outside)')
    """
    ### BEGIN SOLUTION
    for module in reversed(modules):
        if id(module) in names:
            return names[id(module)]
    return OUTSIDE
    ### END SOLUTION


@dataclass
class Log:
    """What was seen, the names of the modules, and how many seconds were timed inside this operation."""

    memory: bool = False
    clock: Callable[[], float] = time.perf_counter
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)  # id of a module -> its name
    inner: float = 0.0
    open: bool = True
    level: int = 0
    highest: int = 0

    def where(self) -> str:
        """The name of the module that is running."""
        return innermost(self.names, calling)

    def lap(self) -> int:
        """The most bytes in use since the last lap, on top of `level`."""
        peak = tracemalloc.get_traced_memory()[1] - self.level
        tracemalloc.reset_peak()
        self.highest = max(self.highest, peak)
        return peak


def timed_kernel(log: Log, name: str, kernel: Kernel) -> Kernel:
    """A function that does what the kernel of the operation `name` does, and notes each call in the log.

    >>> log = Log(clock=iter([1.0, 4.0]).__next__)
    >>> timed_kernel(log, "add", np.add)(np.ones(3), np.ones(3))
    array([2., 2., 2.])
    >>> as_record(log.rows[0])[:7]
    ('add', '(outside)', False, (3,), 3.0, 3, 72)
    """
    clock, rows = log.clock, log.rows

    def timed(*arrays: Any, **attributes: Any) -> Any:
        if not log.open:
            return kernel(*arrays, **attributes)
        if log.memory:
            log.lap()
        ### BEGIN SOLUTION
        outer, log.inner = log.inner, 0.0
        start = clock()
        result = kernel(*arrays, **attributes)
        took = clock() - start
        note, peak = noted(name, arrays, attributes, result), log.lap() if log.memory else 0
        rows.append((name, log.where(), took - log.inner, peak, note, running[0] if running else ""))
        log.inner = outer + took
        return result
        ### END SOLUTION

    return timed


# %% test="timed-kernel" points=10
from tinytorch.nn.layers import Sequential


class Ticks:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, seconds, *inside):
        """A function that takes so many seconds, and then calls the functions `inside`."""

        def function(*arguments):
            self.now += seconds
            for other in inside:
                other()
            return seconds

        return function


def test_timed_kernel():
    log, (a, b, out), model = Log(clock=Ticks()), some((5, 3), (3, 4), (5, 4)), Sequential()
    log.names[id(model)], seen = "layers.0", []

    def product(*arrays, **attributes):
        log.clock.now += 2.0
        seen.append(([array.shape for array in arrays], attributes))
        return out

    calling.append(model)
    running.append("linear")
    try:
        got = timed_kernel(log, "matmul", product)(a, b, scale=1)
    finally:
        calling.pop(), running.pop()
    check_true("the stand-in returns the kernel's own result", got is out)
    check("the calls of the kernel", seen, [([(5, 3), (3, 4)], {"scale": 1})])
    want = [Record("matmul", "layers.0", False, (5, 4), 2.0, 120, 4 * (15 + 12 + 20), 0, "linear")]
    check("the records after one call, a part of `linear` in layers.0", [as_record(row) for row in log.rows], want)


def test_innermost():
    first, second, third = Sequential(), Sequential(), Sequential()
    names = {id(first): "", id(second): "head"}
    for modules, want in [([], OUTSIDE), ([first], ""), ([first, second], "head"), ([second, first, third], "")]:
        label = [names.get(id(module), "no name") for module in modules]
        check(f"innermost(names, modules with the names {label})", innermost(names, modules), want)


def test_operations_inside_of_operations():
    log = Log(clock=Ticks())

    def timed(seconds, *inside):
        stand_in = timed_kernel(log, "mine", log.clock.work(seconds, *inside))
        return lambda: stand_in(np.ones(2))

    timed(1.0, timed(2.0, timed(4.0)), timed(8.0))()
    got = [as_record(row).seconds for row in log.rows]
    check("own times of 4 inside 2, then 8, both inside 1, in the order of their ends", got, [4.0, 2.0, 8.0, 1.0])
    timed(16.0)()
    check("the own time of the next operation", as_record(log.rows[-1]).seconds, 16.0)


def test_memory_of_an_operation():
    log, (a,) = Log(memory=True), some((250_000,))
    tracemalloc.start()
    try:
        timed_kernel(log, "neg", np.negative)(a)
    finally:
        tracemalloc.stop()
    check("the peak of -a, a of 1 MB, in MB", round(as_record(log.rows[0]).peak / 1e6), 1)


test_timed_kernel()
test_innermost()
test_operations_inside_of_operations()
test_memory_of_an_operation()

# %% [markdown]
# ### Both directions
#
# The backward pass takes one step more. An entry of the table `gradients` is called in the *forward* pass,
# right after the kernel, and returns functions that are called later. Each of them gets a stand-in,
# `given.timed_part`, which is your function with one argument. What it notes is short: the row of
# the operation, with its shapes and its module, and the number of the input. In the backward pass no
# module is running, and the time belongs to the one that made the operation.

# %% solution="timed-gradient"
#| export
#| hint What does the caller of an entry get, and when will that be called?
#| hint One stand-in for each: given.timed_part needs the log, the forward row, the input's number, the function.
#| hint [given.timed_part(log, forward, i, function) for i, function in enumerate(functions)].


def timed_gradient(log: Log, name: str, entry: Kernel) -> Kernel:
    """What stands in for an entry of the table of gradients: each function that it returns gets a stand-in."""

    def timed(out: Any, *arrays: Any, **attributes: Any) -> Sequence[Kernel]:
        if not log.open:
            return entry(out, *arrays, **attributes)
        forward = log.rows[-1] if log.rows else ("",)
        if forward[0] != name:  # its kernel was not seen
            note = noted(name, arrays, attributes, out)
            forward = (name, log.where(), 0.0, 0, note, running[0] if running else "")
        functions = list(entry(out, *arrays, **attributes))[: len(arrays)]
        ### BEGIN SOLUTION
        return [given.timed_part(log, forward, i, function) for i, function in enumerate(functions)]
        ### END SOLUTION

    return timed


# %% test="timed-gradient" points=6
def test_timed_gradient():
    log, (x, weight, bias, out), model = Log(clock=Ticks()), some((5, 3), (4, 3), (4,), (5, 4)), Sequential()

    def entry(out, *arrays):
        return (lambda g: g @ weight), (lambda g: g.T @ x), (lambda g: log.clock.work(1.0)() and g.sum(axis=0))

    log.names[id(model)] = "head"
    calling.append(model)
    try:
        by_x, by_weight, by_bias = timed_gradient(log, "linear", entry)(out, x, weight, bias)
    finally:
        calling.pop()
    check("rows before the backward pass", log.rows, [])
    check("the gradient of the weight: what the function returned", by_weight(out), out.T @ x)
    check("the gradient of the bias: what the function returned", by_bias(out), out.sum(axis=0))
    check("the gradient of x: what the function returned", by_x(out), out @ weight)
    got = [(r.name, r.module, r.backward, r.seconds, r.flops) for r in map(as_record, log.rows)]
    want = [("linear", "head", True, seconds, flops) for seconds, flops in [(0.0, 120), (1.0, 20), (0.0, 120)]]
    check("the records: weight, bias, x", got, want)


def test_a_gradient_after_the_end():
    log, (g,) = Log(), some((5,))
    (part,) = timed_gradient(log, "relu", lambda out, a: [lambda g: g * 2])(g, g)
    part(g)
    log.open = False
    check("a gradient function that is called when the log is closed", part(g), g * 2)
    check("FLOPs of what was noted before", [as_record(row).flops for row in log.rows], [5])


test_timed_gradient()
test_a_gradient_after_the_end()

# %% [markdown]
# ### Replaced and put back
#
# The stand-ins go into the two tables, and come out again also after an error: a context manager with a
# `finally` does it. Remember the old entries first. A second
# profiler inside the first replaces the stand-ins of the first, and puts *them* back: contexts that
# remember what they found can be nested.

# %% solution="replaced"
#| export
#| hint In which state must the table be after the block, if the block failed, or added an entry of its own?
#| hint Which entries must be remembered before the first of them changes?
#| hint Remember {name: entry} of those to be replaced; update with what make gives, and in a finally with the old ones.


@contextmanager
def replaced(table: dict[str, Any], make: Callable[[str, Any], Any], *names: str) -> Iterator[None]:
    """Inside the block each entry of `table`, or of these names, is make(name, entry); afterwards it is what it was.

    >>> table = {"one": 1, "two": 2}
    >>> with replaced(table, lambda name, entry: name * entry):
    ...     print(table)
    {'one': 'one', 'two': 'twotwo'}
    >>> table
    {'one': 1, 'two': 2}
    """
    ### BEGIN SOLUTION
    before = {name: table[name] for name in names or table}
    table.update({name: make(name, entry) for name, entry in before.items()})
    try:
        yield
    finally:
        table.update(before)
    ### END SOLUTION


# %% test="replaced" points=8
def test_replaced():
    table = {"one": 1, "two": 2}
    with replaced(table, lambda name, entry: entry * 10):
        check("the table in the block", table, {"one": 10, "two": 20})
        with replaced(table, lambda name, entry: entry + 1):
            check("the table in a block inside it", table, {"one": 11, "two": 21})
        check("after the inner block", table, {"one": 10, "two": 20})
        with replaced(table, lambda name, entry: 0, "two"):
            check("in a block for one of the names", table, {"one": 10, "two": 0})
        table["three"] = 3
    check("after all, with an entry that the block made", table, {"one": 1, "two": 2, "three": 3})


def test_replaced_after_an_error():
    table = {"one": 1}

    def failing():
        with replaced(table, lambda name, entry: 0):
            raise KeyError("on purpose")

    check_raises("a block that fails", failing, KeyError, "on purpose")
    check("the table afterwards", table, {"one": 1})


test_replaced()
test_replaced_after_an_error()

# %% [markdown]
# ### Adding up
#
# A hundred records are no answer. Add up what belongs together: by operation, with the way back
# apart, and by module. A module's total includes all that is inside it, so a record of
# `layers.0.norm1` counts for four: for the whole model, whose name is empty, for `layers`,
# `layers.0` and `layers.0.norm1`. Peaks do not add; the highest counts.
#
# From sums follow two quotients that say more than either: FLOPs a second, how fast it was, and
# FLOPs a byte, the *intensity*: how much is done with a byte once it has been fetched.

# %% solution="totals"
#| export
#| hint Which fields of a record add up, and which one does not?
#| hint totals.setdefault(label, Totals()).add(record) for each label of each record; the path grows part by part.
#| hint parts = module.split("."); ["", *(".".join(parts[:i]) for i in range(1, len(parts) + 1))], if not "" or outside.


@dataclass
class Totals:
    """The sum of records: how many, their seconds, FLOPs and bytes, and the highest of their peaks."""

    calls: int = 0
    seconds: float = 0.0
    flops: int = 0
    bytes: int = 0
    peak: int = 0

    def add(self, record: Record) -> None:
        """Count one more record."""
        ### BEGIN SOLUTION
        self.calls += 1
        self.seconds += record.seconds
        self.flops += record.flops
        self.bytes += record.bytes
        self.peak = max(self.peak, record.peak)
        ### END SOLUTION

    @property
    def rate(self) -> float:
        """FLOPs a second."""
        return self.flops / self.seconds if self.seconds else 0.0

    @property
    def intensity(self) -> float:
        """FLOPs a byte."""
        return self.flops / self.bytes if self.bytes else 0.0


def totals_by(records: Iterable[Record], labels: Callable[[Record], Iterable[str]]) -> dict[str, Totals]:
    """The totals under each label, the longest first; labels(record) are those that a record counts for.

    >>> relu = Record("relu", "", False, (5,), 0.5, 5, 40)
    >>> {name: totals.calls for name, totals in totals_by([relu, relu], lambda record: ["all", record.name]).items()}
    {'all': 2, 'relu': 2}
    """
    totals: dict[str, Totals] = {}
    ### BEGIN SOLUTION
    for record in records:
        for label in labels(record):
            totals.setdefault(label, Totals()).add(record)
    ### END SOLUTION
    return dict(sorted(totals.items(), key=lambda item: -item[1].seconds))


def enclosing(module: str) -> list[str]:
    """The names of a module and of all around it, the whole model first; what is outside of it is in nothing.

    >>> enclosing("layers.0"), enclosing(""), enclosing(OUTSIDE)
    (['', 'layers', 'layers.0'], [''], ['(outside)'])
    """
    ### BEGIN SOLUTION
    if module in ("", OUTSIDE):
        return [module]
    parts = module.split(".")
    return ["", *(".".join(parts[: i + 1]) for i in range(len(parts)))]
    ### END SOLUTION


def count_parameters(model: Module) -> int:
    """The numbers in the parameters of a model; those that two parts share count once.

    >>> from tinytorch.nn.layers import Linear, Sequential
    >>> count_parameters(Sequential(Linear(784, 128), Linear(128, 10)))
    101770
    """
    ### BEGIN SOLUTION
    return sum(parameter.size for parameter in model.parameters())
    ### END SOLUTION


# %% test="totals" points=7
from tinytorch.nn.layers import Linear

RECORDS = [
    Record("linear", "layers.0", False, (2, 3), 3.0, 120, 60, 900),
    Record("relu", "layers", False, (2, 3), 1.0, 6, 48, 700),
    Record("linear", "layers.10", False, (2, 4), 2.0, 80, 40, 800),
    Record("linear", "layers.0", True, (2, 3), 6.0, 240, 90, 100),
    Record("mul", OUTSIDE, False, (), 0.5, 1, 12),
]


def test_totals_by():
    got = totals_by(RECORDS, lambda r: [r.name])
    check("the totals of linear", got["linear"], Totals(3, 11.0, 440, 190, 900))
    check("the order of the totals: the longest first", list(got), ["linear", "relu", "mul"])
    check("rate and intensity of linear", (got["linear"].rate, got["linear"].intensity), (40.0, 440 / 190))
    check("rate of nothing", Totals().rate, 0.0)


def test_enclosing():
    check('enclosing("layers.0.norm1")', enclosing("layers.0.norm1"), ["", "layers", "layers.0", "layers.0.norm1"])
    check('enclosing("")', enclosing(""), [""])
    check("enclosing(OUTSIDE)", enclosing(OUTSIDE), [OUTSIDE])
    got = {name: t.calls for name, t in totals_by(RECORDS, lambda r: enclosing(r.module)).items()}
    check("calls by module", got, {"": 4, "layers": 4, "layers.0": 2, "layers.10": 1, OUTSIDE: 1})


def test_count_parameters():
    shared = Linear(3, 2)
    check("count_parameters of a model that uses Linear(3, 2) twice", count_parameters(Sequential(shared, shared)), 8)


test_totals_by()
test_enclosing()
test_count_parameters()

# %% [markdown]
# ### Amdahl's law
#
# Suppose a share p of the time becomes f times faster. The rest, 1 - p, stays; of the part p / f is
# left. The whole becomes 1 / (1 - p + p / f) times faster. With 70 percent and a factor of 2:
# 1 / (0.3 + 0.35) = 1.54, not 2. With an infinite factor: 1 / 0.3 = 3.3, and no more. What was left
# alone is now everything, and the next profile will say so.

# %% solution="amdahl"
#| export
#| hint Of one second, how much is left after the change?
#| hint What is not in the share stays; the share is divided by the factor.
#| hint left = 1 - share + share / factor; return 1 / left if left else math.inf.


def amdahl_speedup(share: float, factor: float) -> float:
    """How many times faster the whole becomes if `share` of its time (0 to 1) becomes `factor` times faster.

    `factor` may be math.inf. Raises ValueError for a share that is none, and for a factor that is not positive.

    >>> round(amdahl_speedup(0.7, 2), 3), round(amdahl_speedup(0.7, math.inf), 3)
    (1.538, 3.333)
    """
    if not 0 <= share <= 1 or not factor > 0:
        raise ValueError(f"a share is 0 to 1 and a factor is positive, not {share} and {factor}")
    ### BEGIN SOLUTION
    left = 1 - share + share / factor
    return 1 / left if left else math.inf
    ### END SOLUTION


# %% test="amdahl" points=5
def test_amdahl_speedup():
    for share, factor, want in [(0.7, 2, 1.5384615), (0.5, math.inf, 2.0), (1, 4, 4.0), (0, 9, 1.0), (0.5, 0.5, 2 / 3)]:
        check(f"amdahl_speedup({share}, {factor})", lambda s=share, f=factor: amdahl_speedup(s, f), want)
    check("amdahl_speedup(1, inf)", lambda: amdahl_speedup(1, math.inf), math.inf)


def test_amdahl_refuses():
    for share, factor in [(70, 2), (-0.1, 2), (0.5, 0)]:
        call = f"amdahl_speedup({share}, {factor})"
        check_raises(call, lambda s=share, f=factor: amdahl_speedup(s, f), ValueError, str(share), str(factor))


test_amdahl_speedup()
test_amdahl_refuses()

# %% [markdown]
# ### The roofline
#
# How fast could an operation be? Two things limit it. The processor does no more than so many FLOPs
# a second. And memory brings no more than so many bytes a second, each of which is worth
# `intensity` FLOPs. The smaller of the two is the limit. Drawn over the intensity it looks like a
# roof: a slope, where memory is the limit, then flat. An operation left of the bend, the *ridge*,
# gains nothing from a faster processor or fewer FLOPs; it needs fewer bytes.
#
# Both numbers are measured, not read from a data sheet: a large product of matrices is the most
# that NumPy gets out of this processor, a copy of arrays too large for the caches the most out of
# its memory. Here the *best* of several runs counts, because a peak is what is asked for, and
# whatever disturbs makes it only slower.

# %% solution="roofline"
#| export
#| hint If each byte is worth so many FLOPs, how many FLOPs a second does memory allow?
#| hint A product of two n x n matrices is 2 n^3 FLOPs; a copy reads and writes every byte.
#| hint min(peaks.flops, intensity * peaks.bandwidth); Peaks(2 * size**3 / product, 2 * source.nbytes / copy).


class Peaks(NamedTuple):
    """The most that a machine does: FLOPs a second and bytes a second."""

    flops: float
    bandwidth: float

    @property
    def ridge(self) -> float:
        """The intensity, in FLOPs a byte, at which both limits are equal."""
        return self.flops / self.bandwidth

    def __str__(self) -> str:
        return f"{self.flops / 1e9:.0f} GFLOP/s, {self.bandwidth / 1e9:.1f} GB/s, ridge at {self.ridge:.1f} FLOP/byte"


def roofline(intensity: float, peaks: Peaks) -> float:
    """The most FLOPs a second that an operation of this intensity (FLOPs a byte) can reach.

    >>> roofline(2.0, Peaks(100e9, 10e9)) / 1e9, roofline(50.0, Peaks(100e9, 10e9)) / 1e9
    (20.0, 100.0)
    """
    ### BEGIN SOLUTION
    return min(peaks.flops, intensity * peaks.bandwidth)
    ### END SOLUTION


def best_seconds(function: Callable[[], Any], repeat: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """The shortest of `repeat` calls of `function()`."""
    times = []
    for _ in range(repeat):
        start = clock()
        function()
        times.append(clock() - start)
    return min(times)


def machine_peaks(size: int = 512, megabytes: int = 64) -> Peaks:
    """What this machine does at most, measured in a fraction of a second with one product and one copy.

    `size`: of the square matrices; `megabytes`: of the array that is copied, more than the caches hold.

    >>> machine_peaks(size=64, megabytes=1).flops > 0
    True
    """
    a, out = np.ones((size, size), np.float32), np.empty((size, size), np.float32)
    source = np.ones(megabytes * 250_000, np.float32)
    target = np.zeros_like(source)
    product = best_seconds(lambda: np.matmul(a, a, out=out), 12)
    copy = best_seconds(lambda: np.copyto(target, source), 5)
    ### BEGIN SOLUTION
    return Peaks(2 * size**3 / product, 2 * source.nbytes / copy)
    ### END SOLUTION


# %% test="roofline" points=5
def test_roofline():
    peaks = Peaks(80e9, 10e9)
    for intensity, want in [(0.25, 2.5e9), (8.0, 80e9), (7.0, 70e9), (100.0, 80e9), (0.0, 0.0)]:
        check(f"roofline({intensity}, Peaks(80e9, 10e9))", roofline(intensity, peaks), want)


def test_machine_peaks():
    def stopped(function, repeat):
        function()
        return 0.001

    real = globals()["best_seconds"]
    try:
        machine_peaks.__globals__["best_seconds"] = stopped
        got = machine_peaks(size=100, megabytes=3)
    finally:
        machine_peaks.__globals__["best_seconds"] = real
    check("machine_peaks(100, 3) on a machine that needs 1 ms for each", tuple(got), (2e9, 6e9))


test_roofline()
test_machine_peaks()

# %% [markdown]
# ### Joules
#
# Where Linux offers the counters of the processor (RAPL), energy is measured: microjoules since
# some time in the past, read before and after. The counter has an end and starts again from 0
# there, on some machines every minute. It counts the whole processor, idle time and other programs
# included.
#
# Where there are none, or only root may read them, an estimate is better than nothing, as long as
# it says that it is one. Mark Horowitz published what operations cost in a chip of 45 nm (ISSCC
# 2014): a 32-bit multiplication 3.7 pJ, an addition 0.9 pJ, so 2.3 pJ a FLOP; 32 bits from the main
# memory 640 pJ, so 160 pJ a byte. Today's chips need less of both, and spend more on everything
# around. What lasts is the ratio: a byte from memory costs as much as 70 FLOPs.

# %% solution="energy"
#| export
#| hint Which difference of two readings is right when the counter has started again in between?
#| hint Modulo the counter's range, a small number after a large one is a small step forward.
#| hint sum((after[zone][0] - start) % limit for zone, (start, limit) in before.items()) * 1e-6.
JOULES_PER_FLOP, JOULES_PER_BYTE = 2.3e-12, 160e-12
ESTIMATE = "2.3 pJ a FLOP and 160 pJ a byte, Horowitz 2014 for 45 nm"


class Energy(NamedTuple):
    """Joules, and whether they were measured or only estimated."""

    joules: float
    measured: bool
    source: str

    def __str__(self) -> str:
        return f"{self.joules:.2g} J, {'measured' if self.measured else 'an estimate'} ({self.source})"


def energy(flops: int, moved: int) -> Energy:
    """An estimate of the joules for so many FLOPs and so many bytes from memory; it says that it is one.

    >>> print(energy(1_000_000_000, 100_000_000))
    0.018 J, an estimate (2.3 pJ a FLOP and 160 pJ a byte, Horowitz 2014 for 45 nm)
    """
    ### BEGIN SOLUTION
    return Energy(flops * JOULES_PER_FLOP + moved * JOULES_PER_BYTE, False, ESTIMATE)
    ### END SOLUTION


def joules_between(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> float:
    """The joules between two readings of the counters, {zone: (microjoules, range)}, of all processors.

    >>> joules_between({"0": (7_000_000, 9_000_000)}, {"0": (8_500_000, 9_000_000)})
    1.5
    """
    ### BEGIN SOLUTION
    return sum((after[zone][0] - start) % limit for zone, (start, limit) in before.items()) * 1e-6
    ### END SOLUTION


# %% test="energy" points=4
def test_energy():
    got = energy(10**12, 10**9)
    check("energy(10**12, 10**9).joules", got.joules, 2.3 + 0.16)
    check("whether it was measured", got.measured, False)
    check_true("it says that it is an estimate", "estimate" in str(got), str(got))


def test_joules_between():
    before, after = {"a": (8_000_000, 9_000_000), "b": (0, 10**12)}, {"a": (500_000, 9_000_000), "b": (250_000, 10**12)}
    check("joules of two counters, one of which has started again", joules_between(before, after), 1.75)


test_energy()
test_joules_between()

# %% [markdown]
# ### The profiler
#
# All parts are there. A profiler that opens replaces the entries of both tables; `ExitStack` closes in
# reverse whatever was opened, also if opening the next one fails. Then the
# clock starts. Other threads have to wait: there is one door. How a table is laid out and a plot is
# drawn teaches nothing here; `_profiling` does it.
#
# What the profiler costs belongs in its report. `record_cost` times an operation that does next to
# nothing, with the stand-in and without. In between it fills the caches with something else, as a
# real step does: in a tight loop noting would look twice as cheap as it is.

# %%
#| export
@cache
def record_cost() -> float:
    """The seconds that noting one operation costs on this machine, amid work that fills the caches."""
    a, (source, target), times = np.ones(1, np.float32), np.ones((2, 500_000), np.float32), ([], [])
    for _ in range(100):
        for function, found in zip((np.add, timed_kernel(Log(), "add", np.add)), times, strict=True):
            np.copyto(target, source)
            found.append(best_seconds(lambda f=function: f(a, a), 1))
    return max(0.0, median(times[1]) - median(times[0]))


# %% solution="profiler"
#| export
#| hint Which two tables are replaced, and what does `make` get for each of their entries?
#| hint Enter `replaced` for kernels and for gradients, with `partial(timed_kernel, log)` and its sister as `make`.
#| hint An operation's label is r.operation, and " backward" if r.backward; a module's labels are enclosing(r.module).


class Profiler:
    """Watches every operation inside its `with` block, and the modules of `model`, if one is given.

    `memory` also watches the peak of the memory, which slows everything down: do not trust its times. The same
    profiler may be opened several times; records add up. RuntimeError if it is open already, or one in
    another thread.

    >>> from tinytorch.core.tensor import ones
    >>> from tinytorch.nn.layers import Linear
    >>> model = Linear(784, 10)
    >>> with Profiler(model) as profiler:
    ...     out = model(ones(64, 784))
    >>> profiler.by_operation()["linear"].flops, profiler.by_module()[""].calls
    (1004160, 3)
    """

    def __init__(self, model: Module | None = None, memory: bool = False) -> None:
        if model is not None and not isinstance(model, Module):
            raise TypeError(f"a Profiler watches a Module, not {type(model).__name__}")
        self.model, self.log = model, Log(memory, open=False)
        self.elapsed: float = 0.0
        self.joules: float | None = None
        self.parameters: dict[str, int] = {}
        for prefix, module in () if model is None else model.walk():
            self.log.names.setdefault(id(module), prefix.removesuffix("."))
            self.parameters.setdefault(prefix.removesuffix("."), count_parameters(module))

    def __enter__(self) -> "Profiler":
        if self.log.open:
            raise RuntimeError("this profiler is open already")
        log = self.log
        with ExitStack() as stack:
            enter = stack.enter_context
            enter(given.alone())
            ### BEGIN SOLUTION
            enter(replaced(kernels, partial(timed_kernel, log)))
            enter(replaced(gradients, partial(timed_gradient, log)))
            ### END SOLUTION
            enter(given.traced(log))
            self.close = stack.pop_all().close
        self.log.open, self.before, self.start = True, given.counters(), self.log.clock()
        return self

    def __exit__(self, *error: Any) -> None:
        self.elapsed += self.log.clock() - self.start
        self.log.open = False
        self.close()
        if self.before:
            self.joules = (self.joules or 0.0) + joules_between(self.before, given.counters())

    @property
    def records(self) -> list[Record]:
        """Every operation, in the order in which they ended."""
        return [as_record(row) for row in self.log.rows]

    @property
    def outside(self) -> float:
        """The seconds that no operation accounts for: Python, recording, the optimizer."""
        return self.elapsed - sum(record.seconds for record in self.records)

    @property
    def overhead(self) -> float:
        """The seconds that the profiler itself cost."""
        return len(self.records) * record_cost()

    @property
    def peak_memory(self) -> int:
        """The most bytes that were in use at once, on top of what there was; 0 if memory was not watched."""
        return self.log.highest

    def by_operation(self) -> dict[str, Totals]:
        """Totals by operation, a composite with all its parts; the backward pass apart, as "linear backward"."""
        ### BEGIN SOLUTION
        return totals_by(self.records, lambda r: [f"{r.operation} backward" if r.backward else r.operation])
        ### END SOLUTION

    def by_module(self, backward: bool | None = None) -> dict[str, Totals]:
        """Totals by module, with all that is inside each: "" is the model. One direction alone, if it is given."""
        ### BEGIN SOLUTION
        chosen = [r for r in self.records if backward is None or r.backward == backward]
        return totals_by(chosen, lambda r: enclosing(r.module))
        ### END SOLUTION

    def energy(self) -> Energy:
        """Measured where the machine has counters that can be read, else an estimate that says so."""
        if self.joules is not None:
            return Energy(self.joules, True, "the processor's counters, RAPL")
        return energy(sum(r.flops for r in self.records), sum(r.bytes for r in self.records))

    def table(self, by: str = "operation") -> str:
        """The profile as text, by "operation" or by "module"; ValueError for anything else."""
        return given.table(self, by)

    def roofline(self, peaks: Peaks | None = None) -> str:
        """Every operation with FLOPs under the roof of this machine: what it reached, and what limits it."""
        return given.roofs(self.by_operation(), peaks or machine_peaks(), roofline)

    def plot(self, path: str | Path, peaks: Peaks | None = None) -> None:
        """Two drawings into a file: milliseconds by operation, and the roofline. ImportError without matplotlib."""
        given.plot(self.by_operation(), peaks or machine_peaks(), roofline, path)


# %% test="profiler" points=7
from tinytorch.core.autograd import gradients
from tinytorch.core.tensor import Tensor, kernels, manual_seed, randn
from tinytorch.nn.activations import ReLU


def test_profiler_by_operation():
    manual_seed(0)
    model, x = Sequential(Linear(6, 4), ReLU(), Linear(4, 2)), randn(5, 6)
    with Profiler(model) as profiler:
        model(x).sum().backward()
    got = {name: (t.calls, t.flops) for name, t in sorted(profiler.by_operation().items())}
    want = {"linear": (6, 2 * 5 * 24 + 20 + 2 * 5 * 8 + 10), "linear backward": (9, 240 + 2 * 80)}
    want |= {"relu": (1, 20), "relu backward": (1, 20), "sum": (1, 10), "sum backward": (1, 0)}
    check("calls and FLOPs by operation", got, want)
    inside = sum(record.seconds for record in profiler.records)
    check_true("the operations take a part of the whole", 0 < inside < profiler.elapsed)


def test_profiler_by_module():
    manual_seed(0)
    model, x = Sequential(Linear(6, 4), Sequential(ReLU(), Linear(4, 2))), randn(5, 6)
    with Profiler(model) as profiler:
        model(x).sum().backward()
    forward = {name: t.calls for name, t in sorted(profiler.by_module(backward=False).items())}
    check("calls by module in the forward pass", forward, {"": 7, OUTSIDE: 1, "0": 3, "1": 4, "1.1": 3})
    both = {name: t.calls for name, t in sorted(profiler.by_module().items())}
    check("calls by module", both, {"": 17, OUTSIDE: 2, "0": 7, "1": 10, "1.1": 8})


def test_profiler_changes_nothing():
    tables, model = [dict(kernels), dict(gradients)], Sequential(Linear(3, 3))
    with Profiler(model), Profiler(model) as inner:
        check("the result inside of two profilers", model(Tensor(np.zeros((1, 3)))), Tensor(model[0].bias.data[None]))
    check("records of the inner one: the parts of a linear layer", len(inner.records), 3)
    check_raises("a block that fails", lambda: failing(model), ZeroDivisionError)
    check_true("both tables are what they were", [kernels, gradients] == tables)
    check("the attributes of the model", sorted(vars(model)), ["layers"])


def failing(model):
    with Profiler(model):
        return 1 / 0


test_profiler_by_operation()
test_profiler_by_module()
test_profiler_changes_nothing()

# %% [markdown]
# ### One run is no measurement
#
# The first run is slow: memory is fetched, libraries wake up. Any run may be disturbed. So run the
# step a few times for nothing, then several times by the clock. The operations are the same each
# time, in the same order; merge the runs record by record and take the *median* of the seconds,
# which one bad run cannot move. Memory is watched in a run of its own, whose times are thrown away.

# %% solution="profile"
#| export
#| hint What must be equal in the records of all runs at one place, and what may differ?
#| hint zip(*runs) gives the records of one place together; r._replace(seconds=...) is a changed copy.
#| hint [same[0]._replace(seconds=median(r.seconds for r in same)) for same in zip(*runs, strict=True)].


def merged(runs: list[list[Record]]) -> list[Record]:
    """The records of several runs of the same step as one: the median of the seconds, the highest peak.

    Raises ValueError if the runs do not do the same operations in the same order.

    >>> relu = Record("relu", "", False, (5,), 0.5, 5, 40)
    >>> [r.seconds for r in merged([[relu], [relu._replace(seconds=9.0)], [relu._replace(seconds=0.6)]])]
    [0.6]
    """
    if len({tuple((r.name, r.module, r.backward, r.shape) for r in run) for run in runs}) != 1:
        raise ValueError("the step does not do the same operations each time: use Profiler for each part")
    ### BEGIN SOLUTION
    found = []
    for same in zip(*runs, strict=True):
        seconds, peak = median(r.seconds for r in same), max(r.peak for r in same)
        found.append(same[0]._replace(seconds=seconds, peak=peak))
    return found
    ### END SOLUTION


def watched(step: Callable[[], Any], model: Module | None, memory: bool = False) -> Profiler:
    """A profiler that has seen one step."""
    with Profiler(model, memory) as profiler:
        step()
    return profiler


def profile(
    step: Callable[[], Any], model: Module | None = None, repeat: int = 5, warmup: int = 2, memory: bool = True
) -> Profiler:
    """The profile of one `step()`: warm-up, then the median of `repeat` runs; memory in a run of its own.

    >>> from tinytorch.core.tensor import ones
    >>> from tinytorch.nn.layers import Linear
    >>> model = Linear(4, 2)
    >>> profile(lambda: model(ones(3, 4)), model).by_operation()["linear"].calls
    3
    """
    if repeat < 1:
        raise ValueError(f"repeat must be at least 1, not {repeat}")
    for _ in range(warmup):
        step()
    runs = [watched(step, model) for _ in range(repeat)]
    result = Profiler(model, memory)
    records = merged([run.records for run in runs])
    result.elapsed = sum(r.seconds for r in records) + median(run.outside for run in runs)
    if all(run.joules is not None for run in runs):
        result.joules = fmean(run.joules or 0.0 for run in runs)
    if memory:
        seen = watched(step, model, memory)
        merged([records, seen.records])  # the same operations?
        records = [r._replace(peak=other.peak) for r, other in zip(records, seen.records, strict=True)]
        result.log.highest = seen.peak_memory
    result.log.rows = list(records)
    return result


# %% test="profile" points=5
def test_merged():
    run = [Record("a", "", False, (), 1.0, 5, 7, 10), Record("b", "m", True, (2,), 2.0, 3, 4, 20)]
    times = [(1.0, 9.0), (8.0, 2.0), (3.0, 3.0)]
    runs = [[r._replace(seconds=s, peak=int(s)) for r, s in zip(run, pair, strict=True)] for pair in times]
    want = [run[0]._replace(seconds=3.0, peak=8), run[1]._replace(seconds=3.0, peak=9)]
    check("merged(three runs): medians of (1, 8, 3) and (9, 2, 3)", merged(runs), want)


def test_profile():
    calls, model = [], Linear(250, 1000)
    x = Tensor(np.ones((1000, 250)))
    report = profile(lambda: calls.append(model(x)) or calls.clear(), model, repeat=3, warmup=2)
    want = [("permute", (250, 1000)), ("matmul", (1000, 1000)), ("add", (1000, 1000))]
    check("records of one step, the parts of `linear`", [(r.name, r.shape) for r in report.records], want)
    why = f"the peak is {report.peak_memory:,}"
    check_true("the product and the sum take 4 MB each", 8e6 <= report.peak_memory < 8.1e6, why)
    odd = iter(range(100))
    call = "profile of a step that does something else each time"
    check_raises(call, lambda: profile(lambda: x.reshape(-1, 2 ** (next(odd) % 2))), ValueError, "same operations")


test_merged()
test_profile()

# %% [markdown]
# ## Use
#
# The small CNN from the first page, on digits. One step of training with a batch of 64: which layer
# has most of the parameters, and which takes most of the time? Write both down, then look.

# %%
from contextlib import suppress

from tinytorch.core.tensor import kernels
from tinytorch.datasets import TinyDigits, TinyTalks
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.nn.transformer import Transformer
from tinytorch.optim.optimizers import SGD
from tinytorch.training import train_step

digits = TinyDigits(train=True)
pictures, labels = Tensor(digits.images[:64]).reshape(64, 1, 28, 28) / 255, digits.labels[:64]
sgd, loss_of = SGD(cnn.parameters(), lr=0.1), CrossEntropyLoss()


def digits_step():
    train_step(cnn, sgd, loss_of, pictures, labels)


report = profile(digits_step, cnn)
print(report.table(), report.table("module"), sep="\n\n")
totals = report.by_operation()
share = sum(totals[name].seconds for name in ("conv2d", "conv2d backward")) / report.elapsed
print(f"\nconvolution is {share:.0%} of a step: {amdahl_speedup(share, 2):.2f} times faster if that were")
print(f"twice as fast, and {amdahl_speedup(share, math.inf):.2f} times if it took no time")
assert totals["conv2d"].flops > 0.9 * sum(r.flops for r in report.records if not r.backward)

# %% [markdown]
# Nearly all FLOPs are in the convolutions, but not nearly all of the time: look at what pooling
# takes, for next to no FLOPs. Now a small transformer that reads sentences letter by letter. Its
# famous part is the attention. Is that where you would begin?

# %%
talk = " ".join(TinyTalks().answers).encode()[: 16 * 65]
ids = np.frombuffer(talk, np.uint8).reshape(16, 65).astype(np.int64)
decoder = Transformer(vocab=256, d_model=64, n_heads=4, n_layers=2, max_len=64)


def decoder_step():
    decoder.zero_grad()
    decoder(ids[:, :-1], ids[:, 1:]).backward()


talks, peaks = profile(decoder_step, decoder), machine_peaks()
print(talks.table("module"), talks.roofline(peaks), sep="\n\n")
with suppress(ImportError):  # without matplotlib there is no drawing
    talks.plot("profile.svg", peaks)
totals = talks.by_operation()
share = sum(totals[name].seconds for name in ("attention", "attention backward")) / talks.elapsed
print(f"\nattention is {share:.0%} of a step")
assert share < 0.5

# %% [markdown]
# The limits divide the operations in two. Products lie near the ridge or right of it. Everything
# that works number by number lies far to the left: few FLOPs, many bytes. Some of these reach more
# than 100 percent. That is no mistake: their arrays were still in the cache, and the roof was
# measured with arrays that are not.
#
# ## Measure
#
# **Predict the FLOPs** of both convolutions, for 64 pictures: the results are 8 x 24 x 24 and 16 x
# 8 x 8, the windows see 1 x 5 x 5 and 8 x 5 x 5 numbers. And on the way back? Nobody needs the
# gradient of the pictures.

# %%
with Profiler(cnn) as profiler:
    digits_step()
first, second, biases = 64 * 8 * 24 * 24 * 25, 64 * 16 * 8 * 8 * 200, 64 * 8 * 24 * 24 + 64 * 16 * 8 * 8
totals = profiler.by_operation()
print(f"forward {totals['conv2d'].flops:,} FLOPs, backward {totals['conv2d backward'].flops:,}")
assert totals["conv2d"].flops == 2 * (first + second) + biases
assert totals["conv2d backward"].flops == 2 * first + 4 * second + biases

# %% [markdown]
# **What the profiler costs.** It notes an operation in a few microseconds, so it matters how long
# operations take. Run steps with and without it in turn, because the machine does not stay the same,
# and take the best of each, by a clock that stands still while other programs run. Predict the
# ratio for the CNN, and for a model of tiny layers.

# %%
mlp = Sequential(Flatten(), Linear(784, 32), ReLU(), Linear(32, 10))
mlp_sgd = SGD(mlp.parameters(), lr=0.1)


def slower(step, context, tries, rounds=9):
    """How many times longer a step takes inside of `context()`, the best of each, tried in turn."""
    plain = inside = math.inf
    for _ in range(rounds):
        plain = min(plain, best_seconds(step, tries, time.thread_time))
        with context():
            inside = min(inside, best_seconds(step, tries, time.thread_time))
    return inside / plain


large = slower(digits_step, lambda: Profiler(cnn), 5) - 1
small = slower(lambda: train_step(mlp, mlp_sgd, loss_of, pictures, labels), lambda: Profiler(mlp), 20) - 1
print(f"noting takes {record_cost() * 1e6:.1f} us: a step of the CNN {large:+.1%}, of the tiny model {small:+.1%}")
assert large < 0.2

# %% [markdown]
# **Is Amdahl right?** Nobody here can make the convolution five times faster, but anybody can make it
# five times slower: a factor of one fifth. The door lets us: exchange its kernel for one that runs
# five times. Predict from a profile how long a step will be.


# %%
def five_times(name, kernel):
    def slow(*arrays, **attributes):
        return [kernel(*arrays, **attributes) for _ in range(5)].pop()

    return slow if name == "conv2d" else kernel


profiler = Profiler(cnn)
profiler.log.clock = time.thread_time
with profiler:
    for _ in range(10):
        digits_step()
share = profiler.by_operation()["conv2d"].seconds / profiler.elapsed
predicted = 1 / amdahl_speedup(share, 1 / 5)
measured = slower(digits_step, lambda: replaced(kernels, five_times), 5)
print(f"conv2d forward is {share:.0%} of a step; done five times: {predicted:.2f} predicted, {measured:.2f} measured")
assert abs(measured / predicted - 1) < 0.3

# %% [markdown] reflect="ridge" points=4
# ## Reflect
#
# **1. The ridge.** Take your machine's two peaks. At which batch size does a layer `Linear(1024,
# 1024)` cross the ridge? What does it mean for a model that answers one question at a time?
#
# ### BEGIN SOLUTION
# Rubric: intensity 2 B n^2 / (4 (n^2 + 2 B n)) = B / 2 / (1 + 2 B / n), about B / 2 for small B: with a ridge of 8
# at a batch of about 16. (2 points) With a batch of 1 every weight is fetched for one multiply-add, 0.5 FLOP a
# byte: memory sets the time, and fewer or smaller weights help, a faster processor does not. (2 points)
# ### END SOLUTION

# %% [markdown] reflect="amdahl" points=4
# **2. Three improvements.** One makes 60 percent of a step 1.5 times faster, one makes 20 percent
# 10 times faster, one removes 15 percent. Each takes a week. Which first? What must you do before
# you begin with the second, and why?
#
# ### BEGIN SOLUTION
# Rubric: 1.25, 1.22 and 1.18 times: the first, but hardly. (2 points) Profile again: the shares have changed
# (the 20 percent are now 25), and they may overlap. (2 points)
# ### END SOLUTION

# %% [markdown] reflect="watching" points=4
# **3. Watching changes it.** Name three ways in which this profiler changes what it measures, and say
# for each how you would notice. Why is memory watched in a run of its own?
#
# ### BEGIN SOLUTION
# Rubric: time of noting (about 1 percent of the CNN's step, some 15 with tiny layers; compare elapsed with and
# without), its records and stand-ins take memory (compare peaks with peak_memory of module 01), caches and branch
# predictors meet other code between operations, tracemalloc slows every allocation. (3 points for three) With
# tracemalloc on, times grow by a tenth to more than double, unevenly: most where much is allocated. (1 point)
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.profiler.profile` stands at PyTorch's door, the dispatcher, and is a context manager as
# well. Its table has the same two columns that we met: "CPU total" with everything inside an
# operation, and "Self CPU", the own time. `with_flops=True` counts products and convolutions by
# formulas like ours; `torch.utils.flop_counter.FlopCounterMode` adds them up by module. Operations
# of a graphics card run later than the call that asks for them, so a clock around the call measures
# nothing; the profiler asks the card. `profile_memory=True` reads PyTorch's own allocator, which is
# cheaper than tracemalloc.
#
# ## Today
#
# A card of 2020, NVIDIA's A100, does 312 TFLOP/s in numbers of 16 bits and moves 1.56 TB/s: its
# ridge lies at 200 FLOP/byte. Two years later that of the H100 lay at 295. Processors grow faster
# than memory, so every year more of a model lies on the slope, and the question of this field has
# become which bytes need not move. Energy says the same with other numbers. Large data centres
# profile all of their machines all of the time, by samples of one in thousands: a percent, found
# once, is worth a building.
