# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A weight is a float32: 4 bytes, 24 binary digits of precision, any size between 1e-38 and 1e38. Most
# of that is never used. This chapter keeps weights in one byte, and finds out what is lost.
#
# You need four things from the tiers below:
#
# - **Models are trees.** A `Module` has a `forward`, and finds its tensors and parts among its own
#   attributes. `Linear`, `Conv2d`, `Embedding` and `MultiHeadAttention` each own a `weight` or two.
#   `register_buffer` keeps a tensor that is saved and not trained. `state_dict()` names all of them.
# - **The door.** Every operation on tensors goes through `apply(name, *inputs, **attributes)`: it
#   looks up `kernels[name]`, a function on arrays, and calls it. `@kernel("name")` enters a new one.
#   Whatever stands in the list `observers` is told of each operation.
# - **Training** makes the weights. `Trainer` does it; how does not matter here.
# - **`save(state, path)`** writes tensors into a safetensors file, each in its own type.
#
# A network for digits, trained for a few seconds. Then its weights may only take so many different
# values, at equal distances. Guess how few are enough:

# %%
#| default_exp quantization
import numpy as np

from tinytorch.core.tensor import Tensor, manual_seed
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import Adam
from tinytorch.training import Trainer

digits, unseen = TinyDigits(train=True), TinyDigits(train=False)
pictures, new_pictures = (Tensor(part.images).reshape(-1, 784) / 255 for part in (digits, unseen))


def trained(model, x, epochs):
    Trainer(model, Adam(model.parameters(), lr=2e-3), CrossEntropyLoss()).fit(x, digits.labels, epochs)
    return model.eval()


def share_right(model, x):
    return (model(x).argmax(dim=1).numpy() == unseen.labels).mean()


manual_seed(0)
mlp = trained(Sequential(Linear(784, 128), ReLU(), Linear(128, 10)), pictures, 8)
kept = {name: tensor.numpy().copy() for name, tensor in mlp.state_dict().items()}
print(f"float32: {share_right(mlp, new_pictures):.1%} of the digits are right")
for bits in (8, 4, 3, 2):
    steps = {name: (a.max() - a.min()) / (2**bits - 1) for name, a in kept.items()}
    whole = {name: np.round((a - a.min()) / steps[name]) for name, a in kept.items()}  # 0, 1, ... 2**bits - 1
    mlp.load_state_dict({name: a.min() + whole[name] * steps[name] for name, a in kept.items()})
    print(f"{2**bits:7} values: {share_right(mlp, new_pictures):.1%}")
mlp.load_state_dict(kept)

# %% [markdown]
# With 256 values nothing is lost, and a number of 256 values is a byte. So the model could be four
# times smaller: in the file, on the way over the network, in memory, and on its way from memory to
# the processor, which is where most of the time and energy goes.
#
# ## Build
#
# ### A grid of 256 values
#
# A byte holds -128 to 127. Two numbers say what it stands for. The *scale* is the distance between
# two neighbours of the grid. The *zero point* is the byte that stands for 0:
#
# ```
#    low                     0                         high            x  =  (q - zero_point) * scale
#     |----|----|----|----|--+-|----|----|----|----|----|
#   -128                zero_point                     127             q  =  round(x / scale) + zero_point
# ```
#
# This map is *affine*: a factor and a shift. From a range low ... high follow scale = (high - low) /
# 255, and a zero point such that low becomes -128. Zero must be on the grid *exactly*. Padding is
# zeros, ReLU gives zeros, and a small error that is the same in each of them would add up. So the
# zero point is a whole number, and the range is stretched to hold 0, if it does not.
#
# Weights lie on both sides of 0, about equally far. For them the grid may be *symmetric*: zero point
# 0, and -127 ... 127 for the largest size. It wastes one of 256 values, and products become simpler.
#
# Two traps are in the three lines below. What lies outside of the range must become the nearest end:
# 128 does not fit in a byte, and wraps round to -128. And bytes must be made wide *before* the zero
# point is taken away: 100 - (-100) is no byte either.

# %% solution="grid"
#| export
#| hint Which byte must low become, which high, and how many steps lie between them?
#| hint rint, then the zero point, then clip to the ends of the type, then astype; back: astype(np.float32) first.
#| hint np.clip(np.rint(x / scale) + zero_point, ends.min, ends.max).astype(dtype); np.rint(-128 - low / scale).
import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import tinytorch._quantization as given
from tinytorch._quantization import held_bytes, relative_error, steps_of, verified
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, apply, kernel, kernels, observers, whole_numbers, wrap
from tinytorch.nn.attention import MultiHeadAttention
from tinytorch.nn.conv import BatchNorm2d, Conv2d, MaxPool2d, batched, framed
from tinytorch.nn.embedding import Embedding, LearnedPositionalEncoding
from tinytorch.nn.layers import Linear, Module, Parameter, Sequential

Range = tuple[float, float]
TINY = np.finfo(np.float32).tiny


def quantization_parameters(low: Any, high: Any, symmetric: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The scale (float32) and the zero point (int8) of a grid of bytes for low ... high, numbers or arrays.

    Where there is nothing but 0 the scale is 1. Raises ValueError for a range that is none.

    >>> quantization_parameters(-1.0, 1.55)
    (array(0.01, dtype=float32), array(-28, dtype=int8))
    """
    low, high = given.range_with_zero(low, high)
    ### BEGIN SOLUTION
    scale = np.maximum(-low, high) / 127 if symmetric else (high - low) / 255
    scale = np.where(scale < TINY, 1, scale)
    zero_point = 0 * scale if symmetric else np.rint(-128 - low / scale)
    ### END SOLUTION
    return np.asarray(scale, np.float32), np.asarray(zero_point, np.int8)


def quantize(x: Tensor | np.ndarray, scale: Any, zero_point: Any, dtype: Any = np.int8) -> np.ndarray:
    """The nearest value of the grid for each number of x, as whole numbers of `dtype`; what is outside goes to an end.

    scale and zero_point: numbers, or arrays that broadcast against x. dtype has 32 bits at most.
    Raises ValueError for nan, and for a scale that is not above 0.

    >>> quantize(np.array([-1.0, 0.004, 0.006, 9.0]), 0.01, -28)
    array([-128,  -28,  -27,  127], dtype=int8)
    """
    x, scale, ends = given.for_a_grid(x, scale, dtype)
    with np.errstate(over="ignore"):
        ### BEGIN SOLUTION
        steps = np.rint(x / scale) + zero_point
        return np.clip(steps, ends.min, ends.max).astype(dtype)
        ### END SOLUTION


def dequantize(q: np.ndarray, scale: Any, zero_point: Any) -> np.ndarray:
    """What the whole numbers q stand for, in float32.

    >>> dequantize(np.array([-128, -28, 127], np.int8), 0.01, -28)
    array([-1.  ,  0.  ,  1.55], dtype=float32)
    """
    scale = np.asarray(scale, np.float32)
    ### BEGIN SOLUTION
    return (q.astype(np.float32) - zero_point) * scale
    ### END SOLUTION


# %% test="grid" points=12
from tinytorch.testing import check, check_raises, check_true

BYTE = np.dtype(np.int8)


def test_quantization_parameters():
    ranges = [(-1, 1.55, 0.01, -28), (0, 2.55, 0.01, -128), (-2.55, 0, 0.01, 127), (-1, 6, 7 / 255, -92)]
    for low, high, scale, zero in ranges:
        got = quantization_parameters(low, high)
        check(f"the scale of quantization_parameters({low}, {high})", got[0], np.float32(scale))
        check(f"its zero point: {low} becomes -128, {high} becomes 127", int(got[1]), zero)
    check("the types of both", tuple(a.dtype for a in got), (np.dtype(np.float32), BYTE))


def test_a_range_without_zero():
    for low, high, zero in [(2.0, 5.1, -128), (-5.1, -2.0, 127)]:
        got = quantization_parameters(low, high)
        check(f"the scale of quantization_parameters({low}, {high}): 0 must be on the grid", got[0], np.float32(0.02))
        check("its zero point", int(got[1]), zero)
    check("the scale of a range of 0 alone", quantization_parameters(0.0, 0.0)[0], np.float32(1))


def test_symmetric_parameters():
    for low, high in [(-0.5, 1.27), (-1.27, 0.5)]:
        scale, zero = quantization_parameters(low, high, symmetric=True)
        check(f"the scale of quantization_parameters({low}, {high}, symmetric=True)", scale, np.float32(0.01))
        check("its zero point", int(zero), 0)


def test_many_ranges():
    low, high = np.array([-1.0, 0, 0, -3]), np.array([1.55, 2.55, 0, -1])
    scale, zero = quantization_parameters(low, high)
    check("scales of four ranges at once", scale, np.array([0.01, 0.01, 1, 3 / 255], np.float32))
    check("their zero points", zero.tolist(), [-28, -128, -128, 127])


def test_quantize():
    x = np.array([-9, -1, -0.0149, 0, 0.0151, 1.55, 1.56, 9], np.float32)
    got, want = quantize(x, 0.01, -28), np.array([-128, -128, -29, -28, -26, 127, 127, 127], np.int8)
    check(f"quantize({x.tolist()}, 0.01, -28)", got, want)
    check("its type", got.dtype, BYTE)
    check("the same of a Tensor", quantize(Tensor(x), 0.01, -28), want)
    got = quantize([-1, 0.5, 90], 0.5, 100, np.uint8).tolist()
    check("quantize([-1, 0.5, 90], 0.5, 100, np.uint8)", got, [98, 101, 255])
    check_raises("quantize([nan, 1], 1, 0)", lambda: quantize(np.array([np.nan, 1]), 1, 0), ValueError, "nan", "(2,)")


def test_dequantize():
    q = np.array([-128, -100, 0, 100, 127], np.int8)
    for zero in (np.int8(-100), np.int8(100), 0):
        got = dequantize(q, 0.5, zero)
        want = np.array([(int(n) - int(zero)) / 2 for n in q], np.float32)
        check(f"dequantize({q.tolist()}, 0.5, {zero})", got, want)


def test_there_and_back():
    x = np.linspace(-3, 5, 1001, dtype=np.float32)
    scale, zero = quantization_parameters(-3, 5)
    off = float(abs(dequantize(quantize(x, scale, zero), scale, zero) - x).max())
    why = f"one moves by {off:.4f}, a step is {8 / 255:.4f}"
    check_true("there and back no number moves by more than half a step", off <= 0.5001 * 8 / 255, why)
    check("0 comes back as 0", dequantize(quantize(np.zeros(1), scale, zero), scale, zero), np.zeros(1, np.float32))


test_quantization_parameters()
test_a_range_without_zero()
test_symmetric_parameters()
test_many_ranges()
test_quantize()
test_dequantize()
test_there_and_back()

# %% [markdown]
# ### One grid for each row
#
# All 100,352 weights of a layer on one grid: then the largest of them decides how coarse it is for all
# others. A row of the weight (an output of a linear layer, a filter of a convolution, the row of an id)
# can have a grid of its own instead. This is called *per channel*, the first is *per tensor*. It costs
# a scale for each row, and nothing else, since a row has an output of its own too.
#
# `along_rows` is given. It turns scales, one or one for each row, into the shape that broadcasts.

# %% solution="pack"
#| export
#| hint Over which dimensions are the smallest and the largest number taken, for one grid, and for one a row?
#| hint axis is None, or all dimensions but the first; then the three functions above, with scales along the rows.
#| hint quantization_parameters(x.min(axis=axis), x.max(axis=axis), symmetric); quantize with along_rows(scale, x.ndim).


def along_rows(scale: Any, ndim: int) -> np.ndarray:
    """Numbers () or (rows,) in the shape that broadcasts against an array (rows, ...) of so many dimensions."""
    return np.reshape(scale, (-1, *[1] * (ndim - 1)))


class Packed(NamedTuple):
    """An array in bytes: `values` int8, with `scale` and `zero_point`, both () or one for each row."""

    values: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray

    def numbers(self) -> np.ndarray:
        """What it stands for, in float32."""
        ndim = self.values.ndim
        return dequantize(self.values, along_rows(self.scale, ndim), along_rows(self.zero_point, ndim))


def pack(x: np.ndarray, per_channel: bool = False, symmetric: bool = False) -> Packed:
    """x (rows, ...) in bytes: on one grid, or on one for each row, as wide as its numbers need.

    >>> packed = pack(np.array([[-1.27, 1.0], [127.0, 0.0]]), per_channel=True, symmetric=True)
    >>> packed.values.tolist(), packed.scale
    ([[-127, 100], [127, 0]], array([0.01, 1.  ], dtype=float32))
    """
    if x.ndim == 0 or x.size == 0:
        raise ValueError(f"there is nothing to quantize in an array of shape {x.shape}")
    ### BEGIN SOLUTION
    axis = tuple(range(1, x.ndim)) if per_channel else None
    scale, zero_point = quantization_parameters(x.min(axis=axis), x.max(axis=axis), symmetric)
    values = quantize(x, along_rows(scale, x.ndim), along_rows(zero_point, x.ndim))
    ### END SOLUTION
    return Packed(np.ascontiguousarray(values), scale, zero_point)


# %% test="pack" points=8
def some(*shape, size=1.0):
    """Random numbers, the same ones every time."""
    return (np.random.default_rng(15).standard_normal(shape) * size).astype(np.float32)


def test_pack_per_tensor():
    x = np.array([[-1.0, 0.5], [1.55, 0.0]], np.float32)
    packed = pack(x)
    check("pack([[-1, 0.5], [1.55, 0]]).values", packed.values, np.array([[-128, 22], [127, -28]], np.int8))
    check("its scale, and its zero point", (float(packed.scale), int(packed.zero_point)), (0.01, -28))
    check("what it stands for", packed.numbers(), x)


def test_pack_per_channel():
    for shape in [(3, 4), (3, 2, 2, 2)]:
        x = some(*shape) * along_rows([1, 100, 0.01], len(shape))
        packed = pack(x.astype(np.float32), per_channel=True)
        check(f"the shape of the scales of pack(x, per_channel=True), x {shape}", packed.scale.shape, (3,))
        worst = abs(packed.numbers() - x).reshape(3, -1).max(axis=1)
        why = f"the largest errors are {worst}, the scales {packed.scale}"
        statement = f"no number of x {shape} moves by more than half a step of its row"
        check_true(statement, (worst <= packed.scale * 0.501).all(), why)


def test_pack_symmetric():
    packed = pack(np.array([[-2.54, 1.0], [0.0, 0.0]], np.float32), per_channel=True, symmetric=True)
    call = "pack([[-2.54, 1], [0, 0]], per_channel=True, symmetric=True)"
    check(f"{call}.values", packed.values.tolist(), [[-127, 50], [0, 0]])
    check("its zero points", packed.zero_point.tolist(), [0, 0])
    check_raises("pack of shape (0, 3)", lambda: pack(np.zeros((0, 3))), ValueError, "(0, 3)")


test_pack_per_tensor()
test_pack_per_channel()
test_pack_symmetric()

# %% [markdown]
# ### Weights in bytes, products in floats
#
# The first way to use bytes changes nothing but the storage: *weight-only*. The processor's fast
# products want float32, so the bytes must be made wide before they are multiplied. All at once would
# be a float32 copy of the layer: the memory that was just saved, and a trip through it. So take a
# *block* of rows at a time, in a small buffer that is used again for the next. It stays in the cache.
#
# And look at what needs to be done to each weight. With a symmetric grid, an output is the sum of
# x_i q_i s: the scale of the row comes out of the sum. Nothing is left to do per weight but the
# conversion, `np.copyto(block, weight[rows])`; the scale is multiplied once per *output*.

# %% solution="weight-only"
#| export
#| hint Which rows are in a block, and which columns of the result belong to them?
#| hint The last block may be shorter. np.matmul(x, block.T, out=out[:, rows]); scale and bias come after the loop.
#| hint for start in range(0, len(weight), step): np.copyto(block, weight[start:stop]); yield slice(...), block.
BLOCK = 32_768  # numbers, 128 KB


def blocks(weight: np.ndarray, dtype: Any = np.float32) -> Iterator[tuple[slice, np.ndarray]]:
    """The rows of weight (rows, n) as numbers of `dtype`, a block at a time: (which rows, block (some, n)).

    All blocks are in the same buffer of about BLOCK numbers: use one before you ask for the next.

    >>> [(rows, block.dtype) for rows, block in blocks(np.ones((2, 3), np.int8))]
    [(slice(0, 2, None), dtype('float32'))]
    """
    step = max(1, BLOCK // max(weight.shape[1], 1))
    buffer = np.empty((min(step, len(weight)), weight.shape[1]), dtype)
    ### BEGIN SOLUTION
    for start in range(0, len(weight), step):
        stop = min(start + step, len(weight))
        block = buffer[: stop - start]
        np.copyto(block, weight[start:stop])
        yield slice(start, stop), block
    ### END SOLUTION


def rows_for(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """x (..., in) as rows (n, in); ValueError if weight (out, in) takes other inputs."""
    if np.shape(x)[-1:] != weight.shape[1:]:
        raise ValueError(f"the layer takes {weight.shape[1]} features, the input has shape {np.shape(x)}")
    return x.reshape(-1, x.shape[-1])


@kernel("linear_int8")
def linear_int8(x: np.ndarray, weight: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """A linear layer with bytes for weights: x (..., in), weight (out, in) int8, scale () or (out,) give (..., out).

    >>> linear_int8(np.ones((1, 2)), np.array([[100, 27], [1, 0]], np.int8), np.float32([0.5, 1]), np.float32([0, 5]))
    array([[63.5,  6. ]])
    """
    rows = rows_for(x, weight)
    out = np.empty((len(rows), len(weight)), np.result_type(x, np.float32))
    ### BEGIN SOLUTION
    for some_rows, block in blocks(weight):
        np.matmul(rows, block.T, out=out[:, some_rows])
    out *= scale
    if bias is not None:
        out += bias
    ### END SOLUTION
    return out.reshape(*x.shape[:-1], len(weight))


# %% test="weight-only" points=10
def test_blocks():
    weight = np.arange(-100, 100).astype(np.int8).reshape(-1, 4)
    for limit in (8, 12, 3, 1000):
        BLOCK_BEFORE, blocks.__globals__["BLOCK"] = blocks.__globals__["BLOCK"], limit
        try:
            found = [(rows, block, block.copy()) for rows, block in blocks(weight)]
        finally:
            blocks.__globals__["BLOCK"] = BLOCK_BEFORE
        call = f"blocks(weight (50, 4)) with blocks of {limit} numbers"
        places = [place for rows, _, _ in found for place in range(50)[rows]]
        check(f"{call}: the rows, one after another", places, list(range(50)))
        check(f"{call}: all numbers", np.concatenate([each for _, _, each in found]), weight.astype(np.float32))
        largest = max(block.size for _, block, _ in found)
        check_true(f"{call}: a block has no more, or is one row", largest <= max(limit, 4), f"{largest} numbers in one")
        same = all(np.shares_memory(block, found[0][1]) for _, block, _ in found)
        check_true(f"{call}: all are in one buffer", same, "each block has memory of its own")


def test_linear_int8():
    weight, bias = pack(some(90, 700), per_channel=True, symmetric=True), some(90)
    wide = weight.values.astype(np.float64) * weight.scale[:, None]
    for shape in [(5, 700), (700,), (2, 3, 700), (0, 700)]:
        x = some(*shape)
        call = f'apply("linear_int8", x, weight, scale), x {shape}, weight (90, 700) int8'
        got = apply("linear_int8", x, weight.values, weight.scale)
        check(call, got, Tensor(x @ wide.T), tolerance=1e-4)
        got = apply("linear_int8", x, weight.values, weight.scale, bias)
        check(f"{call}, with a bias", got, Tensor(x @ wide.T + bias), tolerance=1e-4)
    other = lambda: apply("linear_int8", some(5, 7), weight.values, weight.scale)  # noqa: E731 - used once
    check_raises("the same with x (5, 7)", other, ValueError, "(5, 7)", "700")


def test_linear_int8_leaves_its_inputs_alone():
    x, weight, scale, bias = some(2, 3), np.array([[1, 2, 3]], np.int8), np.array(0.5, np.float32), some(1)
    copies = [a.copy() for a in (x, weight, scale, bias)]
    check("one scale for all rows", linear_int8(x, weight, scale, bias), x @ (weight.T * 0.5) + bias)
    for name, array, before in zip(["x", "weight", "scale", "bias"], (x, weight, scale, bias), copies, strict=True):
        check(f"{name} after linear_int8(x, weight, scale, bias)", array, before)


test_blocks()
test_linear_int8()
test_linear_int8_leaves_its_inputs_alone()

# %% [markdown]
# Tables and filters are simpler. Of an embedding only the rows that are asked for become floats. The
# filters of a convolution are few numbers, used at many places: they can be made wide at once, and
# there the scale belongs to the filters, not to the many outputs.

# %% solution="tables-and-filters"
#| export
#| hint Which rows are needed, and which of the scales belong to them?
#| hint weight.take(ids, axis=0) are bytes (..., d); a scale for each row must become (..., 1) at the same ids.
#| hint dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0); kernels["conv2d"](...).


@kernel("embedding_int8")
def embedding_int8(weight: np.ndarray, scale: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The row of a table of bytes for each id: weight (rows, d), ids of any shape, gives (*ids.shape, d).

    >>> embedding_int8(np.array([[1, 2], [3, 4]], np.int8), np.float32([10, 100]), np.array([1, 0]))
    array([[300., 400.],
           [ 10.,  20.]], dtype=float32)
    """
    ### BEGIN SOLUTION
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0)
    ### END SOLUTION


@kernel("conv2d_int8")
def conv2d_int8(
    x: np.ndarray, weight: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None, **window: Any
) -> np.ndarray:
    """The operation "conv2d" with bytes for filters: weight (out, in, kh, kw) int8, scale () or (out,)."""
    ### BEGIN SOLUTION
    wide = dequantize(weight, along_rows(scale, 4), 0)
    return kernels["conv2d"](x, wide, bias, **window)
    ### END SOLUTION


# %% test="tables-and-filters" points=8
def test_embedding_int8():
    table, ids = np.array([[1, 2], [3, 4], [100, -100]], np.int8), np.array([[2, 0, 2]])
    want = [[[1000, -1000], [1, 2], [1000, -1000]]]
    got = apply("embedding_int8", table, np.array([1, 1, 10], np.float32), ids=ids)
    check('apply("embedding_int8", table, scales [1, 1, 10]), ids [[2, 0, 2]]', got, Tensor(want))
    got = apply("embedding_int8", table, np.array(0.5, np.float32), ids=ids)
    check("the same with one scale, 0.5", got, Tensor([[[50, -50], [0.5, 1], [50, -50]]]))


def test_conv2d_int8():
    x, packed, bias = some(2, 3, 6, 7), pack(some(4, 3, 3, 2), per_channel=True, symmetric=True), some(4)
    for window in ({}, {"padding": (1, 2), "stride": (2, 1)}):
        want = kernels["conv2d"](x, packed.numbers(), bias, **window)
        call = f'apply("conv2d_int8", x (2, 3, 6, 7), weight (4, 3, 3, 2), scale, bias, {window})'
        check(call, apply("conv2d_int8", x, packed.values, packed.scale, bias, **window), Tensor(want))


test_embedding_int8()
test_conv2d_int8()

# %% [markdown]
# ### Whole numbers, exactly
#
# The second way computes with the bytes themselves. In hardware this is where speed comes from:
# products of bytes, added up in 32 bits. A product of two bytes is at most 128 * 128 = 2^14, so a sum
# of fewer than 2^17 of them fits. In int8 it does not: NumPy's `a @ b` of two int8 arrays is an int8
# array, wrapped round and wrong without a word.
#
# Making both int32 first is right, and slow: the libraries behind NumPy multiply floats only. But a
# float32 holds every whole number up to 2^24 *exactly*, and so does every step of a sum that stays
# below. 2^24 / 2^14 = 1,024 products are always exact in float32, in whatever order they are added.
# A float64 has 53 digits, enough for all that int32 can hold.

# %% solution="integer-product"
#| export
#| hint How many products of 2^14 fit under 2^24? And what becomes of a result that is whole but a float?
#| hint exact_type says which float; a.astype(kind), and the blocks of b in the same type; each result goes into out.
#| hint for rows, block in blocks(b, kind): out[:, rows] = a.astype(kind) @ block.T, with out of np.int32.


def exact_type(terms: int) -> type:
    """The narrowest float in which sums of so many products of two bytes are exact.

    >>> exact_type(1024), exact_type(1025)
    (<class 'numpy.float32'>, <class 'numpy.float64'>)
    """
    ### BEGIN SOLUTION
    return np.float32 if terms * 2**14 <= 2**24 else np.float64
    ### END SOLUTION


TERMS = 2**17  # of so many products of two bytes the sum may not fit into int32


def integer_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b.T of bytes a (n, k) and b (m, k), exact: (n, m) int32.

    Raises TypeError for other types, ValueError if the shapes do not fit, or the sums not into int32.

    >>> integer_product(np.full((1, 3), -128, np.int8), np.full((2, 3), -128, np.int8))
    array([[49152, 49152]], dtype=int32)
    """
    if a.dtype != np.int8 or b.dtype != np.int8:
        raise TypeError(f"integer_product takes int8 arrays, not {a.dtype} and {b.dtype}")
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or a.shape[1] >= TERMS:
        raise ValueError(f"wanted are (n, k) and (m, k), k below {TERMS:,}, not {a.shape} and {b.shape}")
    out = np.empty((len(a), len(b)), np.int32)
    ### BEGIN SOLUTION
    kind = exact_type(a.shape[1])
    wide = a.astype(kind)
    for rows, block in blocks(b, kind):
        out[:, rows] = wide @ block.T
    ### END SOLUTION
    return out


# %% test="integer-product" points=10
def test_exact_type():
    for terms, want in [(1, np.float32), (1024, np.float32), (1025, np.float64), (100_000, np.float64)]:
        check_true(f"exact_type({terms}) is {want.__name__}", exact_type(terms) is want, f"it is {exact_type(terms)}")


def test_integer_product():
    draws = np.random.default_rng(15)
    for n, m, k in [(3, 4, 5), (1, 2, 1), (5, 200, 784), (2, 3, 3000), (0, 2, 4), (2, 3, 0)]:
        a, b = (draws.integers(-128, 128, (rows, k)).astype(np.int8) for rows in (n, m))
        want = (a.astype(np.int64) @ b.astype(np.int64).T).astype(np.int32)
        check(f"integer_product(a ({n}, {k}), b ({m}, {k}))", integer_product(a, b), want)


def test_the_largest_sums():
    for k in (1024, 1025, 4000, 2**17 - 1):
        a, b = np.full((2, k), -128, np.int8), np.full((2, k), -128, np.int8)
        a[1], b[1] = -127, 127
        a[1, 0], b[1, 0] = 1, 1  # an odd sum, which a coarser grid does not have
        want = (a.astype(np.int64) @ b.astype(np.int64).T).astype(np.int32)
        check(f"integer_product of the largest numbers, {k:,} terms", integer_product(a, b), want)


def test_integer_product_refuses():
    a = np.ones((2, 3), np.int8)
    check_raises("integer_product of float32", lambda: integer_product(a.astype(np.float32), a), TypeError, "float32")
    other = np.ones((4, 5), np.int8)
    check_raises("integer_product((2, 3), (4, 5))", lambda: integer_product(a, other), ValueError, "(4, 5)")


test_exact_type()
test_integer_product()
test_the_largest_sums()
test_integer_product_refuses()

# %% [markdown]
# ### Standing at the door
#
# To put *inputs* of a layer on a grid one must know their range before they come. Nobody can compute
# it from the weights; it must be observed, on examples: *calibration*. You do not need to change a
# model for that. The product inside of a linear layer comes through the door as `"matmul"`, a convolution
# as `"conv2d"`, with the input first and the weight second. The weight says which layer it is, also when it
# comes transposed: a transposed array is a view and begins at the same address in memory.
#
# `Calibrator` knows the weights of one model by their addresses, and widens the range of each as
# inputs come by. `observing` puts it at the door, and takes it away even after an error.

# %% solution="calibrator"
#| export
#| hint What says whose input is passing, and what was the range before?
#| hint `weight` is the name of the layer's weight, low ... high the range of this input. A range never shrinks.
#| hint old_low, old_high = self.ranges.get(weight, (x.min(), x.max())); self.ranges[weight] = (min(...), max(...)).


@contextmanager
def observing(observer: Callable[..., None]) -> Iterator[Any]:
    """`observer` stands at the door as long as this is open."""
    observers.append(observer)
    try:
        yield observer
    finally:
        observers.remove(observer)


class Calibrator:
    """An observer that notes the smallest and the largest input of each layer of `model`: `ranges`, by weight.

    >>> layer = Linear(2, 3)
    >>> with observing(Calibrator(layer)) as calibrator:
    ...     out = layer(Tensor([[1.0, -2.0]])), layer(Tensor([[5.0, 0.0]]))
    >>> calibrator.ranges
    {'weight': (-2.0, 5.0)}
    """

    __name__ = "calibrator"  # observers are told apart by their names
    model: Module
    names: dict[int, str]
    ranges: dict[str, Range]

    def __init__(self, model: Module) -> None:
        self.model, self.ranges = model, {}
        self.names = {given.address(parameter.data): name for name, parameter in model.named_parameters()}

    def __call__(self, name: str, inputs: tuple, arrays: list, attributes: dict, result: Tensor) -> None:
        product = name in ("linear", "matmul", "conv2d") and arrays[0].size
        weight = self.names.get(given.address(arrays[1])) if product else None
        if weight is None:
            return
        low, high = float(arrays[0].min()), float(arrays[0].max())
        ### BEGIN SOLUTION
        old_low, old_high = self.ranges.get(weight, (low, high))
        self.ranges[weight] = min(low, old_low), max(high, old_high)
        ### END SOLUTION

    def range_of(self, weight: Tensor) -> Range | None:
        """The range of what went into the layer of `weight`; None if nothing did."""
        return self.ranges.get(self.names.get(given.address(weight.data), ""))


def calibrated(model: Module, batches: Iterable[Any]) -> Calibrator:
    """A Calibrator that has seen `model` at work on all batches; ValueError if no layer had work, or had nan."""
    with observing(Calibrator(model)) as calibrator, no_grad():
        for x in batches:
            model(x)
    given.check_ranges(calibrator.ranges)
    return calibrator


# %% test="calibrator" points=8
class Twice(Module):
    """Two layers, the first of which is used again."""

    def __init__(self):
        self.first, self.second = Linear(2, 2, bias=False), Linear(2, 2, bias=False)
        self.first.weight.data[...] = [[2, 0], [0, 2]]

    def forward(self, x):
        return self.second(self.first(self.first(x)))


def test_calibrator():
    model, other = Twice(), Twice()
    with observing(Calibrator(model)) as calibrator:
        for batch in ([[1.0, -3.0]], [[2.0, 0.5]], [[0.0, 0.0]]):
            model(Tensor(batch))
            other(Tensor(batch) * 100)
            Tensor(batch) @ Tensor([[50.0], [50.0]])
    want = {"first.weight": (-6.0, 4.0), "second.weight": (-12.0, 8.0)}
    check("ranges after three batches: x and 2 x go into first, 4 x into second", calibrator.ranges, want)
    model(Tensor([[1000.0, 0.0]]))
    check("ranges after the block was left", calibrator.ranges, want)
    check("range_of(model.second.weight)", calibrator.range_of(model.second.weight), (-12.0, 8.0))
    check_true("range_of a weight of another model is None", calibrator.range_of(other.first.weight) is None)


def test_observing_ends_after_an_error():
    before, calibrator = list(observers), Calibrator(Twice())
    fails = lambda: calibrated(calibrator.model, [Tensor([[1.0] * 3])])  # noqa: E731 - used once
    check_raises("calibrated(model, [x (1, 3)])", fails, ValueError, "(1, 3)")
    check_true("the observers at the door are those of before", observers == before)
    got = calibrated(calibrator.model, [Tensor([[-1.0, 1.0]])]).ranges["first.weight"]
    check("calibrated(model, [[[-1, 1]]]): what went into first", got, (-2.0, 2.0))
    check_raises("calibrated(model, [])", lambda: calibrated(calibrator.model, []), ValueError, "batches")


test_calibrator()
test_observing_ends_after_an_error()

# %% [markdown]
# ### Bytes times bytes
#
# With a grid for the input, x = (q - z) s, and a symmetric one for the weights, w = p t, an output is
#
# ```
#    sum of x w  =  s t * sum of (q - z) p  =  s t * ( sum of q p  -  z * sum of p )
# ```
#
# The first sum is the product of whole numbers; the second depends on the weights only. Everything up
# to the bracket is exact, as long as it fits: q - z reaches 255, so the difference of two sums that fit
# into int32 may not. The second is int64, and then so is the difference. What is lost was lost before,
# when x and w were rounded.
#
# For a convolution remember the frame: padding is x = 0, and the byte for that is z.

# %% solution="bytes-times-bytes"
#| export
#| hint What has to be taken from the sum of q p for each output, and by what is the bracket multiplied?
#| hint weight_sums gives z times the sum of p; framed(q, padding, zero_point), then "conv2d" in an exact type.
#| hint total - weight_sums(weight, input_zero_point), then .astype(np.float32) * (input_scale * scale).


def weight_sums(weight: np.ndarray, zero_point: Any) -> np.ndarray:
    """The zero point times the sum of each row of weight (out, ...), in int64."""
    return np.int64(zero_point) * weight.reshape(len(weight), -1).sum(axis=1, dtype=np.int64)


@kernel("integer_linear")
def integer_linear(
    x: np.ndarray, weight: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None,
    *, input_scale: np.ndarray, input_zero_point: np.ndarray,
) -> np.ndarray:
    """A linear layer on bytes: x (..., in) is put on its grid; the rest as in "linear_int8"."""
    q = quantize(rows_for(x, weight), input_scale, input_zero_point)
    ### BEGIN SOLUTION
    total = integer_product(q, weight) - weight_sums(weight, input_zero_point)
    out = total.astype(np.float32) * (input_scale * scale)
    ### END SOLUTION
    if bias is not None:
        out += bias
    return out.reshape(*x.shape[:-1], len(weight))


@kernel("integer_conv2d")
def integer_conv2d(
    x: np.ndarray, weight: np.ndarray, scale: np.ndarray, bias: np.ndarray | None = None,
    *, input_scale: np.ndarray, input_zero_point: np.ndarray, padding: tuple[int, int] = (0, 0), **window: Any,
) -> np.ndarray:
    """A convolution on bytes: x (N, C, H, W) is put on its grid; the rest as in "conv2d_int8"."""
    q, kind = quantize(x, input_scale, input_zero_point), exact_type(weight[0].size)
    ### BEGIN SOLUTION
    whole = framed(q, padding, input_zero_point).astype(kind)
    total = kernels["conv2d"](whole, weight.astype(kind), **window)
    total -= along_rows(weight_sums(weight, input_zero_point), 3)
    out = total.astype(np.float32) * along_rows(input_scale * scale, 3)
    ### END SOLUTION
    if bias is not None:
        out += along_rows(bias, 3)
    return out


# %% test="bytes-times-bytes" points=8
def on_a_grid(x, scale, zero_point):
    """What x becomes on its grid, in float64."""
    steps = np.clip(np.rint(x / np.float32(scale)) + zero_point, -128, 127) - zero_point
    return steps * np.float64(np.float32(scale))


def test_integer_linear():
    x, bias = some(2, 5, 60), some(7)
    for per_channel in (True, False):
        packed = pack(some(7, 60), per_channel, symmetric=True)
        grid = {"input_scale": np.float32(0.03), "input_zero_point": np.int8(-20)}
        want = on_a_grid(x, 0.03, -20) @ packed.numbers().T + bias
        call = f'apply("integer_linear", x (2, 5, 60), weight (7, 60)), per channel: {per_channel}, input 0.03 and -20'
        got = apply("integer_linear", x, packed.values, packed.scale, bias, **grid)
        check(call, got, Tensor(want), tolerance=1e-4)
        got = apply("integer_linear", x, packed.values, packed.scale, **grid)
        check(f"{call}, no bias", got, Tensor(want - bias), tolerance=1e-4)


def test_integer_conv2d():
    x, bias = some(2, 4, 6, 5) + 1, some(6)
    for window in ({}, {"padding": (1, 2)}, {"padding": (1, 0), "stride": (2, 1), "groups": 2}):
        packed = pack(some(6, 4 // window.get("groups", 1), 3, 2), per_channel=True, symmetric=True)
        grid = {"input_scale": np.float32(0.03), "input_zero_point": np.int8(-60)}
        want = kernels["conv2d"](on_a_grid(x, 0.03, -60), packed.numbers().astype(np.float64), bias, **window)
        call = f'apply("integer_conv2d", x (2, 4, 6, 5), weight {packed.values.shape}, {window}), input 0.03 and -60'
        got = apply("integer_conv2d", x, packed.values, packed.scale, bias, **grid, **window)
        check(call, got, Tensor(want), tolerance=1e-4)


test_integer_linear()
test_integer_conv2d()

# %% [markdown]
# ### Layers that hold bytes
#
# Now the modules. A quantized layer is made *from* a layer, and owns int8 in place of its weight, as a
# buffer: it is saved, and not trained. A bias stays float32; there is one for a whole row of weights.
#
# A `Recipe` says how: one grid or one for each row, and which calibrator knows the inputs, if any.
# Left alone it decides on the rows by itself: a scale takes 4 bytes, so where a large weight has short
# rows, fewer than 256 numbers, scales for each would be more than 1.5 % of it, and they share one. It
# remembers what it has packed, so that a weight that two layers share is shared in bytes too.
# `given.checked` hands a copy of each weight to `pack`, and looks at the bytes with arithmetic of its own, as
# `given.check_grid` does at a grid for inputs: what a faulty `quantize` makes never gets into a model.
#
# You write the first layer; the others follow its pattern. If the layer has a grid for its input, the
# operation is `"integer_linear"`, with the grid as attributes, and otherwise `"linear_int8"`.

# %% solution="layers"
#| export
#| hint What does a layer of bytes keep of the layer it is made from, and which operation does it call?
#| hint self.keep(layer.weight, layer.bias, recipe) in the constructor; self.run has both names of the operation.
#| hint self.out_features, self.in_features = self.weight.shape; return self.run("linear_int8", "integer_linear", x).


@dataclass
class Recipe:
    """How to quantize: `per_channel` None (where rows are long), True or False; `calibrator` for inputs, or None."""

    per_channel: bool | None = None
    calibrator: Calibrator | None = None
    packed: dict[int, Packed] = field(default_factory=dict)

    def pack(self, weight: Tensor) -> Packed:
        """The weight in bytes; ValueError if these do not stand for it."""
        if id(weight) not in self.packed:
            rows_are_long = weight.size < 10_000 or weight.size // len(weight) >= 256
            each = rows_are_long if self.per_channel is None else self.per_channel
            self.packed[id(weight)] = given.checked(pack, weight.data, each)
        return self.packed[id(weight)]


class Quantized(Module):
    """What layers of bytes share. Buffers: weight, weight_scale; perhaps bias, input_scale and input_zero_point."""

    weight: Tensor
    weight_scale: Tensor
    bias: Tensor | None = None
    input_scale: Tensor | None = None
    input_zero_point: Tensor | None = None

    def keep(self, weight: Tensor, bias: Tensor | None, recipe: Recipe | None) -> None:
        """Take over a weight in bytes, a bias as it is, and a grid for inputs that were observed and whose sums fit."""
        recipe = recipe or Recipe()
        packed = recipe.pack(weight)
        kept = {"weight": packed.values, "weight_scale": packed.scale}
        if bias is not None:
            kept["bias"] = bias.data.copy()
        found = recipe.calibrator and recipe.calibrator.range_of(weight)
        if found and weight.size < TERMS * len(weight):
            kept["input_scale"], kept["input_zero_point"] = grid = quantization_parameters(*found)
            given.check_grid(weight.shape, *found, *grid)
        for name, array in kept.items():
            self.register_buffer(name, wrap(array))

    def run(self, weight_only: str, integer: str, x: Tensor, **attributes: Any) -> Tensor:
        """The operation `integer` if there is a grid for the inputs, otherwise `weight_only`."""
        operands = [x, self.weight, self.weight_scale, *([] if self.bias is None else [self.bias])]
        if self.input_scale is None or self.input_zero_point is None:
            return apply(weight_only, *operands, **attributes)
        grid = {"input_scale": self.input_scale.data, "input_zero_point": self.input_zero_point.data}
        return apply(integer, *operands, **grid, **attributes)

    def extra_repr(self) -> str:
        grids = "one scale" if self.weight_scale.ndim == 0 else f"{self.weight_scale.size} scales"
        return f"{self.weight.shape} int8, {grids}{'' if self.input_scale is None else ', input int8'}"


class QuantizedLinear(Quantized):
    """A `Linear` with bytes for weights: (..., in_features) gives (..., out_features). No gradients.

    >>> QuantizedLinear(Linear(784, 10))
    QuantizedLinear((10, 784) int8, 10 scales)
    """

    in_features: int
    out_features: int

    def __init__(self, layer: Linear, recipe: Recipe | None = None) -> None:
        ### BEGIN SOLUTION
        self.keep(layer.weight, layer.bias, recipe)
        self.out_features, self.in_features = self.weight.shape
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return self.run("linear_int8", "integer_linear", x)
        ### END SOLUTION


class QuantizedConv2d(Quantized):
    """A `Conv2d` with bytes for filters: (N, in_channels, H, W), or one picture without N. No gradients.

    >>> QuantizedConv2d(Conv2d(3, 8, 5))(Tensor(np.ones((2, 3, 9, 9)))).shape
    (2, 8, 5, 5)
    """

    def __init__(self, layer: Conv2d, recipe: Recipe | None = None) -> None:
        self.keep(layer.weight, layer.bias, recipe)
        self.options = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups")}

    def forward(self, x: Tensor) -> Tensor:
        return batched(lambda x: self.run("conv2d_int8", "integer_conv2d", x, **self.options), x)


class QuantizedEmbedding(Quantized):
    """An `Embedding` with bytes in its table."""

    def __init__(self, layer: Embedding, recipe: Recipe | None = None) -> None:
        self.keep(layer.weight, None, recipe)

    def forward(self, ids: Any) -> Tensor:
        ids = whole_numbers(ids, "id", len(self.weight))
        return apply("embedding_int8", self.weight, self.weight_scale, ids=ids)


class QuantizedPositions(QuantizedEmbedding):
    """A `LearnedPositionalEncoding` with bytes in its table."""

    def forward(self, x: Tensor, positions: Any = None) -> Tensor:
        n, max_len = x.shape[-2], len(self.weight)
        if positions is None and n > max_len:
            raise ValueError(f"the input has {n} positions, more than max_len={max_len}")
        positions = whole_numbers(np.arange(n) if positions is None else positions, "position", max_len)
        return x + apply("embedding_int8", self.weight, self.weight_scale, ids=positions)


class QuantizedAttention(MultiHeadAttention):
    """A `MultiHeadAttention` whose two layers hold bytes; scores and shares are computed as before."""

    def __init__(self, layer: MultiHeadAttention, recipe: Recipe | None = None) -> None:
        self.d_model, self.n_heads, self.in_proj_bias = layer.d_model, layer.n_heads, None
        into = SimpleNamespace(weight=layer.in_proj_weight, bias=layer.in_proj_bias)
        self.in_proj = QuantizedLinear(into, recipe)  # type: ignore[arg-type]
        self.out_proj = QuantizedLinear(layer.out_proj, recipe)

    def heads(self, x: Tensor) -> tuple[Tensor, ...]:
        packed = self.in_proj(x)
        return tuple(apply("split_heads", packed, n_heads=self.n_heads, part=i) for i in range(3))

    def extra_repr(self) -> str:
        return f"d_model={self.d_model}, n_heads={self.n_heads}"


# %% test="layers" points=6
from tinytorch.core.tensor import manual_seed, randn


def test_quantized_linear():
    manual_seed(1)
    layer, x = Linear(30, 4), randn(5, 30)
    quantized = QuantizedLinear(layer)
    packed = pack(layer.weight.data, per_channel=True, symmetric=True)
    want = Tensor(x.data @ packed.numbers().T + layer.bias.data)
    check("QuantizedLinear(Linear(30, 4))(x), x (5, 30)", quantized(x), want)
    check("the sizes it knows", (quantized.in_features, quantized.out_features), (30, 4))
    got = {name: str(t.dtype) for name, t in quantized.named_tensors()}
    check("its tensors", got, {"weight": "int8", "weight_scale": "float32", "bias": "float32"})
    no_bias = QuantizedLinear(Linear(30, 4, bias=False))
    check("QuantizedLinear of a layer without a bias", no_bias(x).shape, (5, 4))


def test_quantized_linear_with_a_grid_for_its_inputs():
    manual_seed(2)
    layer, x = Linear(30, 4), randn(50, 30)
    quantized = QuantizedLinear(layer, Recipe(calibrator=calibrated(layer, [x])))
    seen = []
    with observing(lambda name, *rest: seen.append(name)):
        got = quantized(x)
    check("the operations of a QuantizedLinear whose inputs were observed", seen, ["integer_linear"])
    off = float(abs(got - layer(x)).max())
    check_true("its results are near those of the layer", off < 0.06, f"one is {off:.3f} away")


test_quantized_linear()
test_quantized_linear_with_a_grid_for_its_inputs()

# %% [markdown]
# ### Norms disappear
#
# A batch norm that is no longer trained multiplies each channel by one number and adds another. The
# convolution before it can do that itself, with other filters: multiply filter and bias by the factor,
# and shift the bias. This is called *folding*. Five tensors and an operation disappear, and nothing
# changes, up to rounding. It must be done first: the factor changes how large a filter is.
#
# ```
#    norm(y) = (y - mean) * factor + norm.bias        factor = norm.weight / sqrt(variance + eps)
# ```
#
# `fold_batch_norm` is given. It finds the pairs in each `Sequential`. A max-pooling may stand between
# the two, if all factors are above 0: the largest stays the largest.

# %% solution="fold"
#| export
#| hint Put y = w x + b into the formula of the norm. What stands before x, and what is left without it?
#| hint The factor belongs to output channels, dimension 0 of the filters; mean is running_mean, an array in its .data.
#| hint new.weight = Parameter(conv.weight.data * along_rows(factor, 4)); new.bias: (bias - mean) * factor + norm.bias.


def folded(conv: Conv2d, norm: BatchNorm2d) -> Conv2d:
    """A convolution that gives what `norm`, in eval mode, makes of what `conv` gives. Both stay as they are."""
    new, factor = copy.copy(conv), given.norm_factor(norm)
    bias = 0 if conv.bias is None else conv.bias.data
    ### BEGIN SOLUTION
    new.weight = Parameter(conv.weight.data * along_rows(factor, 4), requires_grad=False)
    new.bias = Parameter((bias - norm.running_mean.data) * factor + norm.bias.data, requires_grad=False)
    ### END SOLUTION
    return new


def fold_batch_norm(model: Module) -> Module:
    """A copy of `model` in eval mode, in which each norm behind a convolution of a Sequential is folded into it.

    >>> fold_batch_norm(Sequential(Conv2d(1, 4, 3, bias=False), BatchNorm2d(4)))[1]
    Identity()
    """
    new: dict[int, Module] = {}
    for conv, norm in given.pairs_to_fold(model):
        new[id(conv)], new[id(norm)] = folded(given.copy_of(conv), given.copy_of(norm)), given.Identity()
    return given.rebuilt(model, lambda part: new.get(id(part))).eval()


# %% test="fold" points=6
def conv_and_norm(**options):
    manual_seed(3)
    conv, norm = Conv2d(2, 3, 3, **options), BatchNorm2d(3)
    for tensor, values in [(norm.weight, [1, -2, 0.5]), (norm.bias, [0, 1, 5]), (norm.running_mean, [1, 0, -1])]:
        tensor.data[...] = values
    norm.running_var.data[...] = [1, 4, 0.25]
    return conv, norm.eval()


def test_folded():
    x = Tensor(some(2, 2, 5, 6))
    for options in ({}, {"bias": False, "padding": 1, "stride": 2}):
        conv, norm = conv_and_norm(**options)
        want = norm(conv(x))
        new = folded(conv, norm)
        check(f"folded(conv, norm)(x), Conv2d(2, 3, 3, **{options})", new(x), want.detach(), tolerance=1e-4)
        check("what conv and norm give afterwards", norm(conv(x)), want.detach())


def test_fold_batch_norm():
    x = Tensor(some(2, 2, 5, 6))
    for between, folds in [([], True), ([MaxPool2d(2)], False)]:
        conv, norm = conv_and_norm()
        model = Sequential(conv, *between, norm).eval()
        got = fold_batch_norm(model)
        check(f"fold_batch_norm(model)(x), model {model!r}", got(x), model(x).detach(), tolerance=1e-4)
        check("whether the norm is gone (a factor is below 0)", type(got[-1]) is given.Identity, folds)
    norm.weight.data[1] = 2
    gone = type(fold_batch_norm(model)[-1]) is given.Identity
    check("whether it is gone behind a max-pooling, all factors above 0", gone, True)


test_folded()
test_fold_batch_norm()

# %% [markdown]
# ### The whole model
#
# What is left is a walk through the tree, and `given.rebuilt(model, make)` does it: a copy of the model,
# in which `make(part)` stands for each part, or a copy of the part where `make` returns None. The model
# itself stays as it is; you will want to compare.
#
# `given.checked` has looked at the bytes. `verified()`, given too, looks at the operations. While it
# is open, each of the five is computed again in float64 by code that is not yours, and the first wrong
# number is an error that names the operation and its shapes. It is slow; the checks below use it.

# %% solution="quantize-model"
#| export
#| hint What has to happen before the layers are exchanged, and in which order?
#| hint Fold; calibrate the folded model, if there are batches; one Recipe for all; LAYERS[type(part)](part, recipe).
#| hint recipe = Recipe(per_channel, calibrator); make = lambda part: LAYERS[type(part)](part, recipe) if ... else None.
LAYERS: dict[type, Callable[..., Module]] = {
    Linear: QuantizedLinear, Conv2d: QuantizedConv2d, Embedding: QuantizedEmbedding,
    LearnedPositionalEncoding: QuantizedPositions, MultiHeadAttention: QuantizedAttention,
}  # fmt: skip


def quantize_model(
    model: Module, calibration: Iterable[Any] | None = None, per_channel: bool | None = None
) -> Module:
    """A copy of `model`, in eval mode, whose layers hold bytes; what has no quantized twin is copied as it is.

    calibration: batches of inputs for the model; with them the inputs of linear layers and convolutions become
    bytes too, where a row has fewer than 131,072 weights: longer sums may not fit into int32.
    per_channel: a scale for each row (True), one for each weight (False), or by the rows' length (None).
    Raises TypeError for what is no Module, ValueError for weights that are nan or inf.

    >>> model = quantize_model(Sequential(Linear(784, 128), Linear(128, 10)))
    >>> model[1], held_bytes(model)
    (QuantizedLinear((10, 128) int8, 10 scales), 102736)
    """
    if not isinstance(model, Module):
        raise TypeError(f"quantize_model takes a Module, not {type(model).__name__}")
    ### BEGIN SOLUTION
    plain = fold_batch_norm(model)
    recipe = Recipe(per_channel, None if calibration is None else calibrated(plain, calibration))
    make = lambda part: LAYERS[type(part)](part, recipe) if type(part) in LAYERS else None  # noqa: E731 - used once
    return given.rebuilt(plain, make).eval()
    ### END SOLUTION


# %% test="quantize-model" points=8
from tinytorch.nn.activations import ReLU
from tinytorch.nn.transformer import Transformer


def small_cnn():
    manual_seed(4)
    layers = [Conv2d(1, 4, 3, padding=1), BatchNorm2d(4), ReLU(), MaxPool2d(2), Conv2d(4, 6, 3)]
    model = Sequential(*layers, MaxPool2d(2), BatchNorm2d(6), ReLU())
    model(randn(8, 1, 12, 12) * 2 + 1)  # in training: the norms learn what is usual
    return model.eval()


def near(call, got, want, share):
    """The error of all numbers together, as a share of their size."""
    error = float(np.sqrt(np.square(got.data - want.data).mean() / np.square(want.data).mean()))
    check_true(f"{call} is within {share:.1%} of the model's output", error < share, f"the error is {error:.2%}")


def test_quantize_model():
    model, x = small_cnn(), Tensor(some(6, 1, 12, 12) + 1)
    before = {name: t.data.copy() for name, t in model.state_dict().items()}
    for options, share in [({}, 0.02), ({"per_channel": False}, 0.03), ({"calibration": [x]}, 0.04)]:
        quantized = quantize_model(model, **options)
        with verified():
            near(f"quantize_model(cnn, {', '.join(options)})(x)", quantized(x), model(x), share)
        scales = [t.shape for name, t in quantized.named_tensors() if name.endswith("weight_scale")]
        want = [(), ()] if "per_channel" in options else [(4,), (6,)]
        check(f"the shapes of the scales of quantize_model(cnn, {', '.join(options)})", scales, want)
    for name, tensor in model.state_dict().items():
        check(f"{name} of the model itself, afterwards", tensor.data, before[name])


def test_quantize_model_of_a_transformer():
    manual_seed(5)
    model, ids = Transformer(vocab=50, d_model=16, n_heads=2, n_layers=2, max_len=8).eval(), [[1, 2, 3, 49, 0, 7]]
    for options, share in [({}, 0.02), ({"calibration": [ids]}, 0.05)]:
        quantized = quantize_model(model, **options)
        with verified():
            near(f"quantize_model(transformer, {', '.join(options)})(ids)", quantized(ids), model(ids), share)
    left = [name for name, t in quantized.named_tensors() if t.ndim > 1 and t.dtype != np.int8]
    check("the matrices that are not int8", left, [])


def test_a_shared_weight_is_shared_in_bytes():
    manual_seed(6)
    model = Transformer(vocab=50, d_model=16, n_heads=2, n_layers=1, max_len=8)
    model.head.weight = model.embedding.weight
    quantized = quantize_model(model)
    same = quantized.head.weight.data is quantized.embedding.weight.data
    check_true("a weight that two layers share is one array of bytes for both", same)


test_quantize_model()
test_quantize_model_of_a_transformer()
test_a_shared_weight_is_shared_in_bytes()

# %% [markdown]
# ### Where the error comes from
#
# The model and its copy make the same operations in the same order, and the door can write them down.
# Two questions can be asked of each. How far is its result from the one it should have, with all that
# happened before: the *total* error? And how far would it be if its input were right: its *own* error?
# For the second, run the copy's kernel on the input that the model had.
#
# `steps_of` is given: all operations of model(x), each with `name`, `arrays`, `attributes` and `result`. So is
# `relative_error(got, want)`: the root of the mean square of got - want, as a share of want's own.

# %% solution="errors"
#| export
#| hint Which input must the copy's kernel get, so that nothing of what happened before is in its error?
#| hint [right.arrays[0], *other.arrays[1:]], but a table is no input; where names are equal nothing was quantized.
#| hint own = relative_error(kernels[other.name](*arrays, **other.attributes), right.result) if names differ, else 0.


class LayerError(NamedTuple):
    """The error of one operation, as shares: its `own`, and in `total` with what came before."""

    operation: str
    shape: tuple[int, ...]
    own: float
    total: float


def layer_errors(model: Module, quantized: Module, x: Any) -> list[LayerError]:
    """The errors of each operation of `quantized`, a quantized copy of `model`, on the input x.

    Raises ValueError if the two do not make the same operations.

    >>> model, x = Sequential(Linear(3, 2)), Tensor([[1.0, 2.0, 3.0]])
    >>> [(error.operation, error.shape) for error in layer_errors(model, quantize_model(model), x)]
    [('linear_int8', (1, 2))]
    """
    plain, found = steps_of(fold_batch_norm(model), x), []
    for right, other in zip(plain, (others := steps_of(quantized, x)), strict=False):
        if right.result.shape != other.result.shape or len(plain) != len(others):
            shapes = f"{right.name} {right.result.shape}, {other.name} {other.result.shape}"
            raise ValueError(f"these are not copies of each other: {shapes}")
        ### BEGIN SOLUTION
        arrays = other.arrays if other.name == "embedding_int8" else [right.arrays[0], *other.arrays[1:]]
        own = 0.0
        if right.name != other.name:
            own = relative_error(kernels[other.name](*arrays, **other.attributes), right.result)
        total = relative_error(other.result, right.result)
        ### END SOLUTION
        found.append(LayerError(other.name, other.result.shape, own, total))
    return found


# %% test="errors" points=4
def test_layer_errors():
    manual_seed(7)
    model, x = Sequential(Linear(40, 30), ReLU(), Linear(30, 20)), randn(50, 40)
    quantized = quantize_model(model, per_channel=False)
    first, bend, last = layer_errors(model, quantized, x)
    check("the operations", (first.operation, bend.operation, last.shape), ("linear_int8", "relu", (50, 20)))
    check("the total error of the first layer is its own", first.total, first.own)
    check("the own error of a ReLU", bend.own, 0.0)
    right = model[1](model[0](x)).detach()
    want = relative_error(quantized[2](right).data, model[2](right).data)
    check("the own error of the last layer: quantized[2] on the right input", last.own, want, tolerance=1e-9)
    check("its total error", last.total, relative_error(quantized(x).data, model(x).data), tolerance=1e-9)
    check_raises("layer_errors of another model", lambda: layer_errors(model[:2], quantized, x), ValueError, "copies")


test_layer_errors()

# %% [markdown]
# ## Use
#
# A convolutional network for the digits with two batch norms, quantized in three ways. `save` writes
# each into a file; the model that is read back was made anew, of random numbers, before `load`.

# %%
import math
import tempfile
from pathlib import Path

from tinytorch.nn.conv import Flatten
from tinytorch.training import load, save

folder = Path(tempfile.mkdtemp())


def make_cnn():
    layers = [Conv2d(1, 8, 5, padding=2), MaxPool2d(2), BatchNorm2d(8), ReLU()]
    layers += [Conv2d(8, 16, 3, padding=1), MaxPool2d(2), BatchNorm2d(16), ReLU()]
    return Sequential(*layers, Flatten(), Linear(784, 64), ReLU(), Linear(64, 10))


def file_bytes(model):
    save(model.state_dict(), folder / "model.safetensors")
    return (folder / "model.safetensors").stat().st_size


images, new_images = pictures.reshape(-1, 1, 28, 28), new_pictures.reshape(-1, 1, 28, 28)
manual_seed(0)
cnn = trained(make_cnn(), images, 3)
in_file, in_memory, right = file_bytes(cnn), held_bytes(cnn), share_right(cnn, new_images)
print(f"float32               {in_file:8,} B in the file  {in_memory:8,} B in memory  {right:.1%}")
rows_apart, inputs = {"per_channel": True}, {"calibration": [images[:500]]}
ways = {"one scale": {"per_channel": False}, "a scale a row": rows_apart, "inputs too": inputs}
for way, options in ways.items():
    small = quantize_model(cnn, **options)
    stored, held, now = file_bytes(small), held_bytes(small), share_right(small, new_images)
    print(f"{way:15} {in_file / stored:5.2f} {stored:8,} B           {in_memory / held:5.2f} {held:8,} B  {now:.1%}")
    assert min(in_file / stored, in_memory / held) >= 3.8
    assert now >= right - 0.01

again = quantize_model(make_cnn(), calibration=[images[:1]])
again.load_state_dict(load(folder / "model.safetensors"))
assert (again(new_images[:100]).data == small(new_images[:100]).data).all()

# %% [markdown]
# A decoder that has read TinyTalks for a few seconds (modules 10 and 13). Its measure is *perplexity*,
# e to the mean loss on text that it has not seen: among how many tokens it hesitates.

# %%
from tinytorch.datasets import TinyTalks
from tinytorch.text import BPETokenizer

texts = ["\n".join(f"{question} {answer}" for question, answer in TinyTalks(part)) for part in ("train", "heldout")]
tokenizer = BPETokenizer().train(texts[0], vocab_size=512)
stream, rest = (np.array(tokenizer.encode(text)) for text in texts)
manual_seed(0)
talker, draws = Transformer(512, d_model=128, n_heads=4, n_layers=2, max_len=32), np.random.default_rng(0)
optimizer = Adam(talker.parameters(), lr=3e-3)
for _ in range(120):
    rows = stream[draws.integers(0, len(stream) - 33, (16, 1)) + np.arange(33)]
    optimizer.zero_grad()
    talker(rows[:, :-1], rows[:, 1:]).backward()
    optimizer.step()
talker.eval()
held_out = rest[: len(rest) // 33 * 33].reshape(-1, 33)[:100]


def perplexity(model):
    with no_grad():
        return math.exp(model(held_out[:, :-1], held_out[:, 1:]).item())


before = perplexity(talker)
print(f"float32          {held_bytes(talker):9,} B  perplexity {before:.3f}")
for way, options in (ways | {"inputs too": {"calibration": [stream[:3200].reshape(100, 32)]}}).items():
    small_talker = quantize_model(talker, **options)
    smaller, worse = held_bytes(talker) / held_bytes(small_talker), perplexity(small_talker) / before - 1
    print(f"{way:15}  {smaller:8.2f} x smaller, perplexity {worse:+.2%}")
    assert smaller >= 3.8
    assert worse < 0.02

# %% [markdown]
# ## Measure
#
# **Bytes.** Why not four times? Predict the bytes of the network for pictures of 784 numbers, 128 units
# and 10 classes, in float32 and in int8: weights, biases, scales. Then measure what NumPy really holds,
# after the float model is gone.

# %%
import tracemalloc

predicted = {"float32": 4 * (784 * 128 + 128 * 10) + 4 * 138, "int8": (784 * 128 + 128 * 10) + 4 * 138 + 4 * 138}
tracemalloc.start()
model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
held = {"float32": given.numpy_bytes()}
model = quantize_model(model)
held["int8"] = given.numpy_bytes()
tracemalloc.stop()
for kind, count in predicted.items():
    print(f"{kind:8} predicted {count:8,} B, held {held[kind]:8,} B")
    assert count <= held[kind] < count + 600  # parameters begin where loads are fast, a few bytes further on
print(f"{held['float32'] / held['int8']:.2f} times smaller")

# %% [markdown]
# **Error, layer by layer.** One weight of the first layer is set to ten times the largest, as a model
# may well have it. Predict what it does to the own error of the layer, with one grid and with one for
# each row.

# %%
for name, size in [("as trained", 1), ("with one large weight", 10)]:
    strange = given.rebuilt(mlp, lambda part: None)
    strange[0].weight.data[3, 0] = size * abs(strange[0].weight.data).max()  # pixel 0 is 0 in all pictures
    print(f"{name:24}  own, total with one scale      own, total with a scale a row")
    errors = [layer_errors(strange, quantize_model(strange, per_channel=each), new_pictures) for each in (False, True)]
    for whole, by_row in zip(*errors, strict=True):
        both = f"{whole.own:9.2%} {whole.total:9.2%} {by_row.own:20.2%} {by_row.total:9.2%}"
        print(f"  {whole.operation:12} {whole.shape!s:12} {both}")
assert errors[0][0].own > 4 * errors[1][0].own

found = layer_errors(talker, quantize_model(talker, calibration=[stream[:3200].reshape(100, 32)]), held_out[:, :-1])
for error in (e for e in found if e.operation == "integer_linear"):
    print(f"decoder, inputs too: {error.operation} {error.shape!s:15} {error.own:7.2%} {error.total:9.2%}")

# %% [markdown]
# A ReLU adds nothing; it often takes some away. In the sums of a layer errors of both signs cancel, so
# own errors do not simply add up: of two equal ones, independent of each other, 1.4 are left, and 10
# of 100. And one large weight spoils a grid for a hundred thousand others, but only for one row.
#
# **Exact.** The same product of bytes in three ways. Guess the order before you run it.

# %%
from tinytorch.core.tensor import ones, peak_memory, seconds

a, b = (np.random.default_rng(1).integers(-128, 128, shape).astype(np.int8) for shape in ((64, 784), (128, 784)))
exact = a.astype(np.int64) @ b.astype(np.int64).T
assert (integer_product(a, b) == exact).all()
assert ((a @ b.T) == exact).mean() < 0.1  # int8: wrapped round
(wide_a, wide_b), (float_a, float_b) = ((a.astype(kind), b.T.astype(kind)) for kind in (np.int32, np.float32))
slow, ours = seconds(lambda: wide_a @ wide_b, 5), seconds(lambda: integer_product(a, b), 50)
fast = seconds(lambda: float_a @ float_b, 50)
print(f"int32 {slow * 1e6:7.0f} us, bytes in float32 {ours * 1e6:5.0f} us, float32 alone {fast * 1e6:5.0f} us")
print(f"NumPy's whole numbers: {slow / fast:.0f} times slower than its floats")
assert slow > 5 * ours

# %% [markdown]
# **Time.** A layer of 1,024 by 1,024, for one row and for 64: float32; all bytes made wide at once; in
# blocks; with bytes for the inputs. Is any of the last three faster than the first?

# %%
manual_seed(0)
layer = Linear(1024, 1024)
packed = pack(layer.weight.data, per_channel=True, symmetric=True)
with_inputs = Recipe(calibrator=calibrated(layer, [randn(64, 1024)]))
blocked, integer = QuantizedLinear(layer), QuantizedLinear(layer, with_inputs)
for n in (1, 64):
    x = randn(n, 1024)
    forms = {"float32": lambda x=x: layer(x), "wide at once": lambda x=x: x @ Tensor(packed.numbers()).T}
    forms |= {"in blocks": lambda x=x: blocked(x), "inputs too": lambda x=x: integer(x)}
    with no_grad():
        times = {name: seconds(form, 30) for name, form in forms.items()}
    for name, form in forms.items():
        print(f"{n:2} rows, {name:13} {times[name] * 1e3:6.2f} ms, {peak_memory(form) / 1e6:5.1f} MB at the peak")

# %% [markdown]
# For these two, none. NumPy has no product of bytes that uses what the processor has for it, so bytes must
# be made wide, and that is work that float32 does not have. What int8 saves here is *memory*, in the file,
# at rest, and in traffic. In blocks it costs about half as much again, with bytes for the inputs about
# twice as much, and a wide copy several times as much. Between the two, with 2 to 8 rows, blocks may win:
# try it. Ask module 14: the arithmetic is the same, and a quarter of the bytes is moved.

# %%
from tinytorch.profiling import bytes_of, flops_of

for each in (layer, blocked):
    (step,) = steps_of(each, ones(1, 1024))
    print(f"{step.name:12} for one row: {flops_of(*step):9,} FLOPs, {bytes_of(*step):9,} bytes moved")

# %% [markdown]
# ## Reflect
#
# Answer in a few sentences each, with numbers.

# %% [markdown] reflect="outliers" points=4
# **1. Outliers.** An activation lies in 0 ... 2, except for one in a thousand, which reaches 40. What
# are the scale and the largest rounding error with a range of 0 ... 40, and with 0 ... 2? What does the
# second do to the thousandth? Which rule would you give a calibrator, and what could decide between
# the two?
#
# ### BEGIN SOLUTION
# Rubric: 0.157 and 0.078; 0.0078 and 0.0039; it becomes 2, an error of 38. A percentile, or the range with
# the least mean square error, decided on accuracy with held-out batches. One point each.
# ### END SOLUTION

# %% [markdown] reflect="a-large-one" points=4
# **2. A large one.** A model has 7 billion weights and writes a token at a time; for each it reads all
# of them once, at 50 GB a second. How many tokens a second at most, in float32, in 2 bytes, in int8,
# in 4 bits? Why does int8 help there, though our layers did not get faster?
#
# ### BEGIN SOLUTION
# Rubric: 28, 14, 7 and 3.5 GB, so 1.8, 3.6, 7.1 and 14 (two points). With one row the work is reading weights;
# where making them wide costs less than the bytes that are not read, fewer bytes are less time; NumPy makes
# them wide in a pass of its own (two points).
# ### END SOLUTION

# %% [markdown] reflect="training" points=4
# **3. Why not train in bytes?** A weight of 0.1 on a grid with scale 0.002 gets steps of 0.0001. What
# happens in int8, after one step and after a hundred? What must be kept in a wider form?
#
# ### BEGIN SOLUTION
# Rubric: each step is rounded away; nothing after a hundred either, though 0.01 is five grid steps. The weights
# that are trained (a float copy), bytes only for the forward pass. Two points each.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.ao.quantization` has the same parts: observers (`MinMaxObserver`, `PerChannelMinMaxObserver`),
# `qint8` tensors with `q_scale()` and `q_zero_point()`, layers in `torch.ao.nn.quantized`, and
# `fuse_modules` for the norms. A model is prepared, calibrated and converted, by putting observers
# *into* it; ours stand at the door. `quantize_dynamic` makes weights bytes beforehand and inputs when
# they come, with a new range for each batch. Its products use the processor's instructions for bytes
# (FBGEMM, oneDNN), and there int8 is faster than float32. The newer `torchao` does weight-only, as you
# did, with the conversion inside of the product.
#
# ## Today
#
# Nearly every large language model that runs on somebody's own machine is weight-only, mostly with 4
# bits and a scale for each group of 32 to 128 weights: per channel, carried further. Methods such as
# GPTQ and AWQ choose rounding and scales so that the *layer's output* errs least, not the weight. Phones and
# cameras use bytes for inputs as well, since their chips have units for them. And the newest
# processors multiply floats of 8 and 4 bits, whose grid is finer near 0: the zero point is gone, the
# scale has stayed.
