# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A Linear layer does not know what a picture is. Each of its outputs has a weight for every number
# of the picture, and nothing in it says that two pixels are neighbours. Shuffle the pixels of all
# pictures in the same way, and it learns as well, or as badly, as before. Move a digit by two
# pixels, and it meets numbers on weights that have never seen them.
#
# Pictures have two properties that such a layer pays for and does not use. What belongs together is
# *near*: an edge is a matter of a few pixels. And what is worth finding at one place is worth
# finding *everywhere*. So take a small window, a weighted sum of the numbers in it, and slide it
# over the whole picture with the same weights. That is a *convolution*. Its result is a picture
# again: how strongly, at each place, the window's pattern was there.
#
# Compare the layer of module 03, from 3 x 32 x 32 numbers to 32, with 32 windows of 3 x 3 that look
# at all 3 colours:

# %%
dense, shared = (3 * 32 * 32 + 1) * 32, (3 * 3 * 3 + 1) * 32  # weights of an output and its bias, 32 times
print(f"{dense:,} parameters against {shared}, {dense / shared:.0f} times fewer, for {32**3:,} outputs instead of 32")
assert (dense, shared) == (98_336, 896)

# %% [markdown]
# Fewer parameters do not mean less work: each of them is used at every place. The work is what this
# chapter counts, and then moves into a matrix product, piece by piece, until it runs about as fast
# as a library that has been tuned for years.
#
# ## Build
#
# ### How many places
#
# Along a row of 32 pixels a window of 5 has 28 places: its left end can stand at 0 to 27. Three
# numbers change that. *Padding* puts so many zeros around the picture; with 2 on each side the
# window of 5 has 32 places again. *Stride* is the step from one place to the next; with 2 every
# other place is left out. *Dilation* stretches the window: its entries stand so many pixels apart.
# A window of 3 with dilation 2 reaches over 5 pixels and looks at three of them.
#
# Everything here has two dimensions, so these numbers come in pairs, (along the height, along the
# width). `Window` holds the four pairs; you write the arithmetic for one dimension.

# %% solution="places"
#| default_exp nn.conv
#| export
#| hint How far does the window reach, and how wide is the picture with its padding?
#| hint reach = dilation * (kernel - 1) + 1. The first place is free; each further one needs `stride` pixels.
#| hint return (size + 2 * padding - reach) // stride + 1, after the ValueError for a reach that is too long.
import math
from collections import namedtuple

import numpy as np

from tinytorch.core.autograd import gradient
from tinytorch.core.tensor import Tensor, apply, kernel, ones, tensor, total, wrap, zeros
from tinytorch.nn.layers import Module, Parameter, Sequential, not_negative, uniform_, whole_size


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """The number of places of a window of `kernel` entries along `size` pixels; ValueError if it has none.

    >>> output_size(32, 5), output_size(32, 5, padding=2), output_size(32, 3, stride=2), output_size(32, 3, dilation=2)
    (28, 32, 15, 28)
    """
    ### BEGIN SOLUTION
    reach = dilation * (kernel - 1) + 1
    if reach > size + 2 * padding:
        raise ValueError(f"a window that reaches over {reach} does not fit into {size} with padding {padding}")
    return (size + 2 * padding - reach) // stride + 1
    ### END SOLUTION


def pair(value: int | tuple[int, int], what: str, least: int) -> tuple[int, int]:
    """A number as a pair of it, a pair as it is; TypeError or ValueError if it cannot be `what`."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(numbers) != 2 or not all(isinstance(n, (int, np.integer)) for n in numbers):
        raise TypeError(f"{what} is a whole number or a pair of them, not {value!r}")
    if min(numbers) < least:
        raise ValueError(f"{what} is at least {least}, not {value}")
    return numbers


class Window(namedtuple("Window", "kernel_size stride padding dilation")):
    """A window that slides over a picture: four pairs, each (along the height, along the width)."""

    __slots__ = ()

    @classmethod
    def of(cls, kernel_size, stride=1, padding=0, dilation=1):
        """From numbers or pairs, checked."""
        values = zip((kernel_size, stride, padding, dilation), cls._fields, (1, 1, 0, 1), strict=True)
        return cls(*(pair(*value) for value in values))

    def places(self, x: np.ndarray) -> tuple[int, int]:
        """How many places there are down and across the pictures x (N, C, H, W)."""
        if x.ndim != 4:
            raise ValueError(f"wanted is a batch of pictures (N, C, H, W), not shape {x.shape}")
        return tuple(output_size(*numbers) for numbers in zip(x.shape[2:], *self, strict=True))

    def reach(self) -> tuple[int, int]:
        """How many pixels it reaches over, down and across."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))


# %% test="places" points=6
from tinytorch.testing import check, check_gradients, check_raises, check_true


def test_output_size():
    for call, got, want in [
        ("output_size(32, 5)", lambda: output_size(32, 5), 28),
        ("output_size(32, 3, padding=1): both sides are padded", lambda: output_size(32, 3, padding=1), 32),
        ("output_size(7, 3, stride=2)", lambda: output_size(7, 3, stride=2), 3),
        ("output_size(8, 3, stride=2): the last column is not reached", lambda: output_size(8, 3, 2), 3),
        ("output_size(9, 3, dilation=2)", lambda: output_size(9, 3, dilation=2), 5),
        ("output_size(10, 3, 2, 1, 3)", lambda: output_size(10, 3, 2, 1, 3), 3),
        ("output_size(5, 5)", lambda: output_size(5, 5), 1),
    ]:
        check(call, got, want)


def test_output_size_refuses():
    call = "output_size(4, 3, dilation=2): it reaches over 5"
    check_raises(call, lambda: output_size(4, 3, dilation=2), ValueError, "5", "4")
    check_raises("output_size(2, 5, padding=1)", lambda: output_size(2, 5, padding=1), ValueError)


test_output_size()
test_output_size_refuses()

# %% [markdown]
# ### Seven loops
#
# Now the thing itself, as it is defined. A batch has shape (B, C_in, H, W): pictures, channels
# (colours, at first), rows, columns. The weight has shape (C_out, C_in, K_h, K_w): for each output
# channel a *filter*, a small block of weights that sees all input channels. (PyTorch calls the size
# of the window `kernel_size`. In this course a kernel is a function at the door, so we say window
# and filter.)
#
# Four loops walk over the numbers of the result: picture, filter, row, column. Three more walk over
# what each of them sees: channel, and row and column of the window. The innermost line is one
# multiply-add. No padding, stride 1. Count before you run: 128 pictures of 3 x 32 x 32, 32 filters
# of 5 x 5.

# %% solution="explicit"
#| export
#| hint How many numbers has the result, and how many products are added up in each of them?
#| hint Place (h, w) of the result sees the pixels (h + kh, w + kw), kh and kw counting through the window.
#| hint output[b, c_out, h, w] += input[b, c_in, h + kh, w + kw] * weight[c_out, c_in, kh, kw] in seven loops.


def conv2d_explicit(input: Tensor | np.ndarray, weight: Tensor | np.ndarray) -> Tensor | np.ndarray:
    """A convolution with seven loops: input (B, C_in, H, W), weight (C_out, C_in, K_h, K_w).

    Returns (B, C_out, H - K_h + 1, W - K_w + 1): a Tensor for Tensors, an array for arrays. ValueError if
    the channels differ or the window is too large.

    >>> conv2d_explicit(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    if isinstance(input, Tensor) or isinstance(weight, Tensor):
        return wrap(conv2d_explicit(np.asarray(input), np.asarray(weight)))
    check_channels(input, weight)
    (B, C_in, H, W), (C_out, _, K_h, K_w) = input.shape, weight.shape
    H_out, W_out = output_size(H, K_h), output_size(W, K_w)
    output = np.zeros((B, C_out, H_out, W_out), np.result_type(input, weight))
    ### BEGIN SOLUTION
    for b in range(B):
        for c_out in range(C_out):
            for h in range(H_out):
                for w in range(W_out):
                    for c_in in range(C_in):
                        for kh in range(K_h):
                            for kw in range(K_w):
                                product = input[b, c_in, h + kh, w + kw] * weight[c_out, c_in, kh, kw]
                                output[b, c_out, h, w] += product
    ### END SOLUTION
    return output


def conv2d_multiply_adds(output_shape: tuple[int, ...], weight_shape: tuple[int, ...]) -> int:
    """The multiply-adds of a convolution, from the shapes of its result and of its weight.

    >>> conv2d_multiply_adds((128, 32, 28, 28), (32, 3, 5, 5))
    240844800
    """
    ### BEGIN SOLUTION
    return math.prod(output_shape) * math.prod(weight_shape[1:])
    ### END SOLUTION


def check_channels(x, weight, groups=1):
    """ValueError unless both have four dimensions, and the filters see the channels that x has."""
    if np.ndim(x) != 4 or np.ndim(weight) != 4:
        raise ValueError(f"wanted are (N, C, H, W) and (out, in, kh, kw), not {x.shape} and {weight.shape}")
    if x.shape[1] != weight.shape[1] * groups:
        raise ValueError(f"the filters see {weight.shape[1] * groups} channels, the input has {x.shape[1]}")


# %% test="explicit" points=12
def test_conv2d_explicit():
    picture = np.array([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]], np.float32)
    edge = np.array([[[[1, 0], [0, -10]]]], np.float32)
    want = np.array([[[[1 - 50, 2 - 60], [4 - 80, 5 - 90]]]], np.float32)
    call = "conv2d_explicit(picture, filter), filter [[1, 0], [0, -10]]"
    check(call, conv2d_explicit(picture, edge), want)


def test_conv2d_explicit_sums_over_channels():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((4, 3, 2, 3))
    x, w = x.astype(np.float32), w.astype(np.float32)
    want = sum(
        np.einsum("bchw,oc->bohw", x[:, :, u : u + 3, v : v + 3], w[:, :, u, v]) for u, v in np.ndindex(2, 3)
    )
    call = "conv2d_explicit(x, w), x (2, 3, 4, 5), w (4, 3, 2, 3)"
    check(call, conv2d_explicit(x, w), want)
    check(f"{call}, as Tensors", conv2d_explicit(Tensor(x), Tensor(w)), Tensor(want))


def test_conv2d_multiply_adds():
    call = "conv2d_multiply_adds((128, 32, 28, 28), (32, 3, 5, 5))"
    check(call, conv2d_multiply_adds((128, 32, 28, 28), (32, 3, 5, 5)), 240_844_800)
    call = "conv2d_multiply_adds((2, 7, 1, 1), (7, 5, 3, 2))"
    check(call, conv2d_multiply_adds((2, 7, 1, 1), (7, 5, 3, 2)), 2 * 7 * 30)


test_conv2d_explicit()
test_conv2d_explicit_sums_over_channels()
test_conv2d_multiply_adds()

# %% [markdown]
# ### The other way round
#
# 241 million turns of a loop are about a minute. But look at the loops from inside. Entry (kh, kw)
# of the window meets, over all places, the numbers `input[:, :, kh : kh + H_out, kw : kw + W_out]`:
# the picture itself, shifted, as *one slice*. With a stride the slice has a step, with a dilation
# it begins later. So loop over the few entries of the window, and let a slice do the many places.
# `under` is that slice. Everything that follows, convolution and pooling, forward and backward, is
# made of it.
#
# The first thing made of it is *im2col*, "picture to columns". Write what each place sees as a
# column of numbers, one place beside the other. A picture becomes a matrix (C * K_h * K_w, places),
# and the convolution becomes what this course can do best: the weight, as a matrix (C_out, C * K_h *
# K_w), times these columns.
#
# `framed` puts the padding around, `inside` is the way back; both are given.

# %% solution="im2col"
#| export
#| hint Where does entry (u, v) of the window stand at the first place, and where at the next ones?
#| hint Rows u * dilation, then one every `stride`, as many as there are places down; columns likewise.
#| hint columns[:, :, u, v] = under(frame, u, v, window, places) for each (u, v) of np.ndindex(*kernel_size).


def framed(x: np.ndarray, padding: tuple[int, int], value: float = 0) -> np.ndarray:
    """The pictures x (N, C, H, W) in a frame of `value`, laid out in memory as x is."""
    if not any(padding):
        return x
    height, width = (n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True))
    frame = np.full_like(x, value, shape=(*x.shape[:2], height, width))
    inside(frame, padding)[...] = x
    return frame


def inside(frame: np.ndarray, padding: tuple[int, int]) -> np.ndarray:
    """What `framed` put a frame around: a view."""
    (p, q), (height, width) = padding, frame.shape[2:]
    return frame[:, :, p : height - p, q : width - q]


def under(frame: np.ndarray, u: int, v: int, window: Window, places: tuple[int, int]) -> np.ndarray:
    """What entry (u, v) of the window meets at all `places`: a view (N, C, *places) of the framed pictures.

    >>> picture = np.arange(16).reshape(1, 1, 4, 4)
    >>> under(picture, 0, 1, Window.of(2, stride=2), (2, 2))[0, 0]
    array([[ 1,  3],
           [ 9, 11]])
    """
    ### BEGIN SOLUTION
    (s, t), (top, left) = window.stride, (u * window.dilation[0], v * window.dilation[1])
    return frame[:, :, top : top + s * places[0] : s, left : left + t * places[1] : t]
    ### END SOLUTION


@kernel("im2col")
def columns_of(x, kernel_size, stride, padding, dilation):
    """x (N, C, H, W) as columns (N, C * kh * kw, places), in the order (channel, row, column of the window)."""
    window = Window(kernel_size, stride, padding, dilation)
    places, frame = window.places(x), framed(x, padding)
    columns = np.empty((*x.shape[:2], *kernel_size, *places), x.dtype)
    ### BEGIN SOLUTION
    for u, v in np.ndindex(*kernel_size):
        columns[:, :, u, v] = under(frame, u, v, window, places)
    ### END SOLUTION
    return columns.reshape(len(x), x.shape[1] * math.prod(kernel_size), math.prod(places))


def im2col(x: Tensor, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """What the window sees at each place, as a column: (N, C * kh * kw, places), as `torch.nn.functional.unfold`.

    >>> im2col(Tensor([[[[1, 2, 3], [4, 5, 6]]]]), (2, 2))
    Tensor([[[1., 2.],
             [2., 3.],
             [4., 5.],
             [5., 6.]]])
    """
    return apply("im2col", x, **Window.of(kernel_size, stride, padding, dilation)._asdict())


# %% test="im2col" points=12
def sees(x, window, i, j):
    """What the window sees at place (i, j), pixel by pixel."""
    frame = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in window.padding)])
    rows = [i * window.stride[0] + u * window.dilation[0] for u in range(window.kernel_size[0])]
    columns = [j * window.stride[1] + v * window.dilation[1] for v in range(window.kernel_size[1])]
    return frame[:, :, rows][:, :, :, columns].reshape(len(x), -1)


def test_under():
    picture = np.arange(42, dtype=np.float32).reshape(1, 1, 6, 7)
    for options, want in [
        ({}, [[8, 9], [15, 16]]),
        ({"stride": (2, 3)}, [[8, 11], [22, 25]]),
        ({"dilation": (3, 2)}, [[23, 24], [30, 31]]),
    ]:
        got = under(picture, 1, 1, Window.of(2, **options), (2, 2))
        check(f"under(picture, 1, 1, Window.of(2, **{options}), (2, 2)), picture 0 ... 41", got[0, 0], want)
    check_true("under(...) is a view of the picture", np.shares_memory(got, picture), "it is a copy")


def test_im2col_of_two_channels():
    x, want = Tensor([[[[1, 2, 3]], [[40, 50, 60]]]]), Tensor([[[1, 2], [2, 3], [40, 50], [50, 60]]])
    check("im2col(x, (1, 2)), x [[1, 2, 3]] and [[40, 50, 60]]: channel by channel", lambda: im2col(x, (1, 2)), want)


def test_im2col():
    x = np.random.default_rng(1).standard_normal((2, 3, 6, 7)).astype(np.float32)
    for size, stride, padding, dilation in [
        ((3, 2), 1, 0, 1),
        ((2, 2), (2, 1), 0, 1),
        ((3, 3), 1, 1, 1),
        ((2, 3), (1, 2), (0, 2), (3, 2)),
    ]:
        call = f"im2col(x, {size}, stride={stride}, padding={padding}, dilation={dilation}), x (2, 3, 6, 7)"
        window = Window.of(size, stride, padding, dilation)
        want = np.stack([sees(x, window, i, j) for i, j in np.ndindex(*window.places(x))], axis=2)
        check(call, lambda: im2col(Tensor(x), size, dilation, padding, stride), Tensor(want))  # noqa: B023


test_under()
test_im2col_of_two_channels()
test_im2col()

# %% [markdown]
# ### And back
#
# Backward, each number of the columns has a gradient. A pixel was copied into as many columns as
# there are places that see it, up to K_h * K_w of them, and its gradient is the *sum* over these
# copies. So the way back is the same loop, with the copy turned round and `=` turned into `+=`:
# what was read through `under` is added through `under`.

# %% solution="fold"
#| export
#| hint A pixel that three places have seen gets three gradients. What becomes of them?
#| hint There is a view of `total` under each entry (u, v); the gradients of that entry are added into it.
#| hint there = under(total, u, v, window, places), then there += g[:, :, u, v].


@gradient("im2col")
def columns_gradients(out, x, kernel_size, stride, padding, dilation):
    window = Window(kernel_size, stride, padding, dilation)

    def by_x(g):
        places, total = window.places(x), np.zeros_like(framed(x, padding))
        g = g.reshape(*x.shape[:2], *kernel_size, *places)
        ### BEGIN SOLUTION
        for u, v in np.ndindex(*kernel_size):
            there = under(total, u, v, window, places)
            there += g[:, :, u, v]
        ### END SOLUTION
        return inside(total, padding)

    return (by_x,)


# %% test="fold" points=8
def test_the_gradient_counts_the_places_that_see_a_pixel():
    x, want = Tensor(np.ones((1, 1, 3, 4)), requires_grad=True), [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]
    im2col(x, 2).sum().backward()
    check("the gradient of im2col(x, 2).sum(), x (1, 1, 3, 4)", x.grad.data[0, 0], want)


def test_the_gradient_of_im2col():
    x = np.random.default_rng(2).standard_normal((2, 2, 5, 6))
    for size, stride, padding, dilation in [(2, 1, 0, 1), (3, 2, 1, 1), ((2, 1), (1, 3), (0, 2), (2, 1))]:
        call = f"im2col(x, {size}, stride={stride}, padding={padding}, dilation={dilation})"
        check_gradients(call, lambda a: im2col(a, size, dilation, padding, stride), x)  # noqa: B023


test_the_gradient_counts_the_places_that_see_a_pixel()
test_the_gradient_of_im2col()

# %% [markdown]
# ### A convolution from parts
#
# With im2col a convolution is a few operations that exist already, and that already have gradients.
# The product of (C_out, C * K_h * K_w) and (N, C * K_h * K_w, places) is (N, C_out, places): the
# right numbers in the right order, only the places still stand in one row.

# %% solution="by-columns"
#| export
#| hint Which shapes have the two matrices, and what has to be said about the shape of their product?
#| hint weight.reshape(C_out, -1) @ columns gives (N, C_out, places); the bias needs shape (C_out, 1) there.
#| hint out = weight.reshape(len(weight), -1) @ columns; out + bias.reshape(-1, 1); out.reshape(N, -1, *places).


def conv2d_by_columns(x: Tensor, weight: Tensor, bias: Tensor | None = None, stride=1, padding=0, dilation=1) -> Tensor:
    """A convolution as a product with the columns: (N, C, H, W) gives (N, C_out, *places).

    >>> conv2d_by_columns(ones(2, 3, 8, 8), ones(5, 3, 3, 3), padding=1).shape
    (2, 5, 8, 8)
    """
    check_channels(x.data, weight.data)
    window = Window.of(weight.shape[2:], stride, padding, dilation)
    columns, places = apply("im2col", x, **window._asdict()), window.places(x.data)
    ### BEGIN SOLUTION
    out = weight.reshape(len(weight), -1) @ columns
    if bias is not None:
        out = out + bias.reshape(-1, 1)
    return out.reshape(len(x), len(weight), *places)
    ### END SOLUTION


# %% test="by-columns" points=8
def test_conv2d_by_columns_agrees_with_the_loops():
    rng = np.random.default_rng(3)
    x, w = Tensor(rng.standard_normal((2, 3, 5, 6))), Tensor(rng.standard_normal((4, 3, 3, 2)))
    call, want = "conv2d_by_columns(x, w), x (2, 3, 5, 6), w (4, 3, 3, 2)", conv2d_explicit(x, w)
    check(call, lambda: conv2d_by_columns(x, w), want)
    bias = Tensor([0, 10, 200, 3000])
    call, want = "the same with a bias for each filter", Tensor(want.data + bias.data[:, None, None])
    check(call, lambda: conv2d_by_columns(x, w, bias), want)


def test_conv2d_by_columns_has_gradients():
    rng = np.random.default_rng(4)
    x, w, b = (rng.standard_normal(shape) for shape in [(2, 2, 5, 4), (3, 2, 2, 3), (3,)])
    function = lambda x, w, b: conv2d_by_columns(x, w, b, stride=(2, 1), padding=1)  # noqa: E731 - needed once
    check_gradients("conv2d_by_columns(x, w, b, stride=(2, 1), padding=1)", function, x, w, b)


test_conv2d_by_columns_agrees_with_the_loops()
test_conv2d_by_columns_has_gradients()

# %% [markdown]
# ### The operation of the layer
#
# `Conv2d` uses the same product, written on arrays as one operation with a derivative of its own. Two
# things are different, and the code is given:
#
# - *Groups* cut the channels into parts, each with filters of its own. The matrices get a dimension
#   more, and `@` multiplies group by group.
# - The columns are not kept for the backward pass. They hold every pixel up to K_h * K_w times, 25 times
#   for a window of 5; Measure shows how many bytes that is. Backward makes them again, which costs less
#   than a third of the forward pass.
#
# The backward pass is what you know from module 05. The gradient of the filters is a product of g with
# the columns; the gradient of the columns is a product of the filters with g, and your fold brings it
# back to the pixels.

# %%
#| export


@kernel("conv2d")
def convolve(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """x (N, C, H, W), weight (C_out, C / groups, kh, kw), bias (C_out,) or None give (N, C_out, *places)."""
    check_channels(x, weight, groups)
    window = Window(weight.shape[2:], stride, padding, dilation)
    out = by_groups(weight, groups) @ grouped_columns(x, weight, window, groups)
    out = out.reshape(len(x), len(weight), *window.places(x))
    return out if bias is None else out + bias[:, None, None]


def by_groups(weight, groups):
    """The filters as a matrix for each group: (groups, C_out / groups, C / groups * kh * kw)."""
    return weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))


def grouped_columns(x, weight, window, groups):
    """The columns of x for each group: (N, groups, C / groups * kh * kw, places)."""
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    columns = columns_of(x, *window)
    return columns.reshape(len(x), groups, math.prod(weight.shape[1:]), columns.shape[2])


@gradient("conv2d")
def convolve_gradients(out, x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    window = Window(weight.shape[2:], stride, padding, dilation)

    def rows(g):  # (N, groups, C_out / groups, places)
        return g.reshape(len(g), groups, len(weight) // groups, math.prod(g.shape[2:]))

    def by_x(g):
        columns = by_groups(weight, groups).swapaxes(-1, -2) @ rows(g)
        return columns_gradients(None, x, *window)[0](columns)

    def by_weight(g):
        columns = grouped_columns(x, weight, window, groups)
        return (rows(g) @ columns.swapaxes(-1, -2)).sum(axis=0).reshape(weight.shape)

    return by_x, by_weight, lambda g: g.sum(axis=(0, 2, 3))

# %% [markdown]
# ### The layer
#
# The class owns the filters, and a bias for each of them, and starts them as PyTorch does: spread
# evenly over -b ... b with b = 1 / sqrt(n), where n is how many numbers a filter sees. With groups
# a filter sees only its part of the channels.

# %% solution="conv2d"
#| export
#| hint How many numbers go into one output, and which shape has the weight that belongs to them?
#| hint The weight is (out_channels, in_channels // groups, *kernel_size); n is all of it but out_channels.
#| hint uniform_(Parameter(zeros(...)), -bound, bound), bias (out_channels,) likewise or None; apply("conv2d", ...).


def batched(operation, x: Tensor) -> Tensor:
    """operation(x) for a batch (N, C, H, W). One picture (C, H, W) is a batch of one for as long as it takes."""
    x = x if isinstance(x, Tensor) else Tensor(x)
    if x.ndim != 3:
        return operation(x)
    out = operation(x.reshape(1, *x.shape))
    return out.reshape(*out.shape[1:])


class Conv2d(Module):
    """A window that slides over pictures, as `torch.nn.Conv2d`: (N, in_channels, H, W) or one picture without N.

    Sizes are numbers or pairs (along the height, along the width). Raises ValueError for sizes that cannot
    be, channels that the groups do not divide, other channels in the input, a window that does not fit.

    >>> layer = Conv2d(3, 32, 3, padding=1)
    >>> layer(zeros(8, 3, 32, 32)).shape, sum(p.size for p in layer.parameters())
    ((8, 32, 32, 32), 896)
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True
    ):
        self.window = Window.of(kernel_size, stride, padding, dilation)
        self.kernel_size, self.stride, self.padding, self.dilation = self.window
        self.in_channels = whole_size(in_channels, "in_channels")
        self.out_channels = whole_size(out_channels, "out_channels")
        self.groups = whole_size(groups, "groups")
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"{groups} groups do not divide {in_channels} and {out_channels} channels")
        ### BEGIN SOLUTION
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = uniform_(Parameter(zeros(shape)), -bound, bound)
        self.bias = uniform_(Parameter(zeros(out_channels)), -bound, bound) if bias else None
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        return batched(self.slide, x)

    def slide(self, x: Tensor) -> Tensor:
        """The operation "conv2d" on a batch, with this layer's numbers."""
        options = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups}
        ### BEGIN SOLUTION
        if self.bias is None:
            return apply("conv2d", x, self.weight, **options)
        return apply("conv2d", x, self.weight, self.bias, **options)
        ### END SOLUTION

    def extra_repr(self):
        sizes = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        rest = f"padding={self.padding}, dilation={self.dilation}, groups={self.groups}"
        return f"{sizes}, {rest}, bias={self.bias is not None}"


# %% test="conv2d" points=8
from tinytorch.core.tensor import manual_seed, randn


def test_conv2d_is_the_product_with_the_columns():
    manual_seed(5)
    for channels, size, options in [
        (3, (8, 9), {"padding": 1}),
        (8, (9, 5), {"stride": 2}),
        (2, (7, 8), {"dilation": (2, 1), "padding": (2, 0), "bias": False}),
    ]:
        layer, x = Conv2d(channels, 4, 3, **options), randn(2, channels, *size)
        window = dict(zip(("stride", "padding", "dilation"), layer.window[1:], strict=True))
        want = conv2d_by_columns(x, layer.weight, layer.bias, **window)
        check(f"Conv2d({channels}, 4, 3, **{options})(x), x {x.shape}", lambda: layer(x), want.detach())  # noqa: B023


def test_conv2d_has_parameters():
    shapes = lambda layer: {name: p.shape for name, p in layer.named_parameters()}  # noqa: E731 - needed twice
    check("the parameters of Conv2d(3, 32, 3)", shapes(Conv2d(3, 32, 3)), {"weight": (32, 3, 3, 3), "bias": (32,)})
    got = shapes(Conv2d(6, 4, (1, 5), groups=2, bias=False))
    check("the parameters of Conv2d(6, 4, (1, 5), groups=2, bias=False)", got, {"weight": (4, 3, 1, 5)})


def test_conv2d_starts_as_in_pytorch():
    manual_seed(6)
    for name, p in Conv2d(16, 200, 5, groups=4).named_parameters():
        largest = float(abs(p).max())
        why = f"the largest is {largest:.3g}"
        check_true(f"each {name} of Conv2d(16, 200, 5, groups=4) lies in -0.1 ... 0.1", largest <= 0.1, why)
        check_true(f"the {name} of Conv2d(16, 200, 5, groups=4) reaches nearly to 0.1", largest > 0.095, why)


def test_conv2d_groups():
    layer, x = Conv2d(4, 2, 1, groups=2, bias=False), Tensor(np.arange(4).reshape(1, 4, 1, 1))
    layer.weight.data[...] = np.array([[1, 10], [100, 1000]]).reshape(2, 2, 1, 1)
    check("two groups over the channels 0, 1 | 2, 3", layer(x).data.ravel(), np.array([10, 3200], np.float32))


test_conv2d_is_the_product_with_the_columns()
test_conv2d_has_parameters()
test_conv2d_starts_as_in_pytorch()
test_conv2d_groups()

# %% [markdown]
# ### Making pictures smaller
#
# Whether an edge was found matters more than the exact pixel it was found at. *Pooling* keeps one
# number of each window: the largest, or the mean. It has no parameters, it leaves the channels
# apart, and its windows usually do not overlap: the stride is the window's size, unless you say
# otherwise. With windows of 2 x 2 a quarter of the numbers is left, and the next convolution does a
# quarter of the work and sees twice as far.
#
# Both are `under` again: what the entries of the window meet, one slice after the other, and their
# maximum or their sum. For a maximum the padding is minus infinity, which never wins.
#
# Backward, the gradient of a maximum goes to the pixel that won. Of several equal ones it is the
# first, in the order of reading, and only that one; after a ReLU many windows are all zeros, so
# this is no rare case. `free` says for which windows no winner has been found yet.

# %% solution="max-pool"
#| export
#| hint In the forward pass a window's result starts with its first entry. What happens at each further one?
#| hint Forward: np.maximum of `out` and what (u, v) meets. Backward: where that equals out, and is still free.
#| hint won = (under(frame, ...) == out) & free; free &= ~won; add to under(total, ...) what np.where(won, g, 0) gives.


class Pool(Module):
    """What both kinds of pooling share; `operation` is the name of the kernel."""

    operation = ""

    def __init__(self, kernel_size, stride=None, padding=0):
        self.window = Window.of(kernel_size, kernel_size if stride is None else stride, padding)
        self.kernel_size, self.stride, self.padding, _ = self.window
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(f"a padding of {self.padding} is more than half of the window {self.kernel_size}")

    def forward(self, x: Tensor) -> Tensor:
        return batched(lambda x: apply(self.operation, x, **self.window._asdict()), x)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@kernel("max_pool2d", floats=True)
def largest_of_windows(x, kernel_size, stride, padding, dilation):
    """The largest number in each window: (N, C, H, W) gives (N, C, *places)."""
    window = Window(kernel_size, stride, padding, dilation)
    places = window.places(x)

    frame = framed(x, padding, -np.inf)
    out = under(frame, 0, 0, window, places).copy()
    ### BEGIN SOLUTION
    for u, v in np.ndindex(*kernel_size):
        np.maximum(out, under(frame, u, v, window, places), out=out)
    ### END SOLUTION
    return out


@gradient("max_pool2d")
def largest_gradients(out, x, kernel_size, stride, padding, dilation):
    window, places = Window(kernel_size, stride, padding, dilation), out.shape[2:]
    if np.isnan(out).any():  # a nan wins, as if it were the largest of all
        x, out = (np.where(np.isnan(a), np.inf, a) for a in (x, out))

    def by_x(g):
        frame, free = framed(x, padding, np.nan), np.ones_like(out, bool)  # the padding is equal to nothing
        total = np.zeros_like(frame)
        ### BEGIN SOLUTION
        for u, v in np.ndindex(*kernel_size):
            won = (under(frame, u, v, window, places) == out) & free
            free &= ~won
            there = under(total, u, v, window, places)
            there += np.where(won, g, 0)
        ### END SOLUTION
        return inside(total, padding)

    return (by_x,)


class MaxPool2d(Pool):
    """The largest number in each window, as `torch.nn.MaxPool2d`; the stride is the window's size if not given.

    >>> MaxPool2d(2)(Tensor([[[[1, 5, 2, 0], [3, 4, 8, 9]]]]))
    Tensor([[[[5., 9.]]]])
    """

    operation = "max_pool2d"

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__(kernel_size, stride, padding)


# %% test="max-pool" points=12
def pooled(x, window, reduce):
    """Pooling place by place; x has its padding already."""
    places = window._replace(padding=(0, 0)).places(x)
    seen = [sees(x, window._replace(padding=(0, 0)), *at).reshape(*x.shape[:2], -1) for at in np.ndindex(*places)]
    return np.stack([reduce(s, axis=2) for s in seen], axis=2).reshape(*x.shape[:2], *places)


def test_max_pool_of_one_window():
    x = Tensor([[[[-4, -2], [-3, -6]]]])
    check("MaxPool2d(2)([[-4, -2], [-3, -6]])", lambda: MaxPool2d(2)(x), Tensor([[[[-2]]]]))


def test_max_pool():
    x = np.random.default_rng(7).standard_normal((2, 3, 6, 7)).astype(np.float32) - 3
    for arguments in [(2,), (3, 2), ((2, 3), (1, 2), (1, 0))]:
        p = Window.of(2, 1, (arguments + (0, 0))[2]).padding
        frame = np.pad(x, [(0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])], constant_values=-np.inf)
        want = pooled(frame, MaxPool2d(*arguments).window, np.max)
        got = MaxPool2d(*arguments)(Tensor(x))
        check(f"MaxPool2d{arguments}(x), x (2, 3, 6, 7), all below 0", got, Tensor(want))


def test_max_pool_gives_the_gradient_to_the_first_of_the_largest():
    x = Tensor([[[[0, 0, 7, 1], [0, 0, 7, 2]]]], requires_grad=True)
    MaxPool2d(2)(x).backward(Tensor([[[[10, 20]]]]))
    want = [[10, 0, 20, 0], [0, 0, 0, 0]]
    check("the gradient of MaxPool2d(2)(x), x [[0, 0, 7, 1], [0, 0, 7, 2]]", x.grad.data[0, 0], want)


def test_max_pool_has_a_gradient():
    x = np.random.default_rng(8).permutation(60).reshape(1, 2, 5, 6) / 10.0
    check_gradients("MaxPool2d(2)(x)", MaxPool2d(2), x)
    check_gradients("MaxPool2d(3, 1, 1)(x): the windows overlap", MaxPool2d(3, 1, 1), x)


test_max_pool_of_one_window()
test_max_pool()
test_max_pool_gives_the_gradient_to_the_first_of_the_largest()
test_max_pool_has_a_gradient()

# %% [markdown]
# The mean is simpler: every entry counts, and gets an equal share of the gradient. The zeros of the
# padding count too, as in PyTorch.

# %% solution="avg-pool"
#| export
#| hint By how much does the mean grow if one of its numbers grows by 1?
#| hint Add up what the entries meet and divide by how many they are; backward, each gets g over that number.
#| hint out += under(frame, u, v, window, places), then out / entries; there += share with share = g / entries.


@kernel("avg_pool2d", floats=True)
def mean_of_windows(x, kernel_size, stride, padding, dilation):
    """The mean of each window, its zeros from the padding included: (N, C, H, W) gives (N, C, *places)."""
    window, entries = Window(kernel_size, stride, padding, dilation), math.prod(kernel_size)
    places = window.places(x)

    frame = framed(x, padding)
    out = np.zeros_like(under(frame, 0, 0, window, places))
    ### BEGIN SOLUTION
    for u, v in np.ndindex(*kernel_size):
        out += under(frame, u, v, window, places)
    return out / entries
    ### END SOLUTION


@gradient("avg_pool2d")
def mean_gradients(out, x, kernel_size, stride, padding, dilation):
    window, entries = Window(kernel_size, stride, padding, dilation), math.prod(kernel_size)

    def by_x(g):
        places, total = g.shape[2:], np.zeros_like(framed(x, padding))
        ### BEGIN SOLUTION
        share = g / entries
        for u, v in np.ndindex(*kernel_size):
            there = under(total, u, v, window, places)
            there += share
        ### END SOLUTION
        return inside(total, padding)

    return (by_x,)


class AvgPool2d(Pool):
    """The mean of each window, as `torch.nn.AvgPool2d`; the stride is the window's size if not given.

    >>> AvgPool2d(2)(Tensor([[[[1, 5, 2, 0], [3, 3, 8, 10]]]]))
    Tensor([[[[3., 5.]]]])
    """

    operation = "avg_pool2d"

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__(kernel_size, stride, padding)


# %% test="avg-pool" points=6
def test_avg_pool_of_one_window():
    x = Tensor([[[[1, 5], [3, 3]]]], requires_grad=True)
    y = AvgPool2d(2)(x)
    check("AvgPool2d(2)([[1, 5], [3, 3]])", y, Tensor([[[[3]]]]))
    y.backward(Tensor([[[[8]]]]))
    check("its gradient, if that of the result is 8: shared by four", x.grad.data[0, 0], [[2, 2], [2, 2]])


def test_avg_pool():
    x = np.random.default_rng(9).standard_normal((2, 3, 6, 7)).astype(np.float32)
    for arguments in [(2,), (3, 2), ((2, 3), (1, 2), (1, 0))]:
        p = Window.of(2, 1, (arguments + (0, 0))[2]).padding
        frame = np.pad(x, [(0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])])
        want = pooled(frame, AvgPool2d(*arguments).window, np.mean)
        check(f"AvgPool2d{arguments}(x), x (2, 3, 6, 7)", AvgPool2d(*arguments)(Tensor(x)), Tensor(want))


def test_avg_pool_has_a_gradient():
    x = np.random.default_rng(10).standard_normal((1, 2, 5, 6))
    check_gradients("AvgPool2d(2)(x)", AvgPool2d(2), x)
    check_gradients("AvgPool2d(3, 2, 1)(x)", AvgPool2d(3, 2, 1), x)


test_avg_pool_of_one_window()
test_avg_pool()
test_avg_pool_has_a_gradient()

# %% [markdown]
# ### Keeping the numbers in range
#
# Module 03 chose the starting weights so that a signal keeps its size through many layers. Training
# then changes the weights. *Batch normalization* (2015) makes the size independent of them: take
# each channel, over all pictures and places of the batch, subtract its mean, divide by its
# deviation, and let two parameters of the channel, `weight` and `bias`, choose a new scale and a
# new middle.
#
# That makes a picture's result depend on the pictures beside it. In training it is tolerable; when
# the model is used it is not, and a single picture has no batch. So the layer also keeps *running*
# means and variances: after each batch they move by a share `momentum`, 0.1, towards the batch's.
# `eval()` switches to them. They are buffers: saved with the model, not trained.
#
# `momentum=None` means the plain average of all batches so far, so the share of batch number n is 1 / n. There
# are very many rows: 131,072 in a batch of 128 pictures of 32 x 32. Tell NumPy to add them up in float64, or the
# mean of a channel is off in its fourth digit.
#
# One detail has cost people days. The batch is divided by its own variance, the mean of the squared
# differences. The running variance is meant for pictures not yet seen, and there the fair estimate
# divides by n - 1 instead of n. PyTorch does both, and so do we.

# %% solution="batch-norm"
#| export
#| hint Which numbers share a mean, and which of the two variances goes where?
#| hint Rows (N * H * W, C) have their statistics along dimension 0; running += share * (batch - running).
#| hint rows.mean and rows.var take axis=0 and dtype; the running variance gets variance * count / (count - 1).


def as_rows(x: np.ndarray) -> np.ndarray:
    """x (N, C, H, W) as rows (N * H * W, C): one for each place, a column for each channel."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def as_pictures(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The way back: rows (N * H * W, C) as (N, C, H, W)."""
    return rows.reshape(shape[0], *shape[2:], shape[1]).transpose(0, 3, 1, 2)


@kernel("batch_norm")
def normalize(x, weight, bias, mean, variance, eps, training=False):
    """weight * (x - mean) / sqrt(variance + eps) + bias, channel by channel; all but x are (C,)."""
    ### BEGIN SOLUTION
    scale = weight / np.sqrt(variance + eps)
    return as_pictures(as_rows(x) * scale + (bias - mean * scale), x.shape)
    ### END SOLUTION


@gradient("batch_norm")
def normalize_gradients(out, x, weight, bias, mean, variance, eps, training):
    inverse = 1 / np.sqrt(variance + eps)

    def normal():
        return (as_rows(x) - mean) * inverse

    def by_x(g):
        g = as_rows(g)
        if training:  # a pixel also moves the mean and the variance of its channel
            z = normal()
            g = g - total(g, 0) / len(g) - z * (total(g * z, 0) / len(g))
        return as_pictures(g * (weight * inverse), x.shape)

    return by_x, lambda g: total(as_rows(g) * normal(), 0), lambda g: total(as_rows(g), 0)


class BatchNorm2d(Module):
    """Each channel brought to mean 0 and variance 1, then scaled and shifted, as `torch.nn.BatchNorm2d`.

    (N, num_features, H, W) gives the same shape. ValueError for other shapes, and in training for a batch
    with one number in a channel: it has no variance.

    >>> layer = BatchNorm2d(2)
    >>> layer(Tensor([[[[1, 3]], [[10, 50]]]]))
    Tensor([[[[-1.,  1.]],
    <BLANKLINE>
             [[-1.,  1.]]]])
    >>> layer.running_mean, layer.running_var
    (Tensor([0.2, 3. ]), Tensor([ 1.1, 80.9]))
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1):
        self.num_features, self.eps = whole_size(num_features, "num_features"), not_negative(eps, "eps")
        self.momentum = momentum
        self.weight, self.bias = Parameter(ones(num_features)), Parameter(zeros(num_features))
        self.register_buffer("running_mean", zeros(num_features))
        self.register_buffer("running_var", ones(num_features))
        self.register_buffer("num_batches_tracked", tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError(f"expected is (N, {self.num_features}, H, W), not {x.shape}")
        if self.training and x.size <= self.num_features:
            raise ValueError(f"more than 1 value per channel is needed when training, the input is {x.shape}")
        mean, variance = self.statistics(x.data) if self.training else (self.running_mean.data, self.running_var.data)
        options = {"eps": self.eps, "training": self.training}
        return apply("batch_norm", x, self.weight, self.bias, mean=mean, variance=variance, **options)

    def statistics(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each channel of the batch; the running ones take in their share of them."""
        rows, running_mean, running_var = as_rows(x), self.running_mean.data, self.running_var.data
        self.num_batches_tracked.data += 1
        share = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        ### BEGIN SOLUTION
        count, mean, variance = len(rows), rows.mean(axis=0, dtype=np.float64), rows.var(axis=0, dtype=np.float64)
        running_mean += share * (mean - running_mean)
        running_var += share * (variance * count / (count - 1) - running_var)
        return mean.astype(x.dtype), variance.astype(x.dtype)
        ### END SOLUTION


# %% test="batch-norm" points=10
def test_batch_norm_of_four_numbers():
    x = Tensor([[[[1, 3]]], [[[5, 7]]]])
    want = Tensor([[[[-1.341639, -0.447213]]], [[[0.447213, 1.341639]]]])
    check("BatchNorm2d(1)(x), x [1, 3] and [5, 7]: mean 4, variance 5, over n", lambda: BatchNorm2d(1)(x), want)


def test_batch_norm():
    x, layer = np.random.default_rng(11).standard_normal((4, 3, 5, 2)).astype(np.float32) * 5 + 2, BatchNorm2d(3)
    layer.weight.data[...], layer.bias.data[...] = [1, 2, 3], [0, 10, 20]
    each = (slice(None), None, None)
    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    normal = (x - mean[each]) / np.sqrt(variance[each] + 1e-5)
    want = normal * layer.weight.data[each] + layer.bias.data[each]
    check("BatchNorm2d(3)(x) in training, weight [1, 2, 3], bias [0, 10, 20]", layer(Tensor(x)), Tensor(want))
    check("running_mean after it: a tenth of the way from 0", layer.running_mean, Tensor(0.1 * mean))
    call = "running_var after it: a tenth of the way from 1, to the variance over n - 1"
    check(call, layer.running_var, Tensor(0.9 + 0.1 * variance * 40 / 39))
    check("num_batches_tracked after it", int(layer.num_batches_tracked), 1)


def test_batch_norm_in_use():
    layer = BatchNorm2d(1, eps=5).eval()
    layer.running_mean.data[...], layer.running_var.data[...] = 3, 4
    call = "BatchNorm2d(1, eps=5).eval()([3, 6]), running mean 3 and variance 4: divided by the root of 9"
    check(call, layer(Tensor([[[[3, 6]]]])), Tensor([[[[0, 1]]]]))
    check("running_mean after it: it stays", layer.running_mean, Tensor([3]))


def test_batch_norm_has_gradients():
    rng = np.random.default_rng(12)
    x, w, b = rng.standard_normal((3, 2, 2, 3)), rng.standard_normal(2), rng.standard_normal(2)

    def composed(x, w, b):
        centred = x - x.mean(dim=(0, 2, 3), keepdim=True)
        normal = centred / ((centred**2).mean(dim=(0, 2, 3), keepdim=True) + 1e-5).sqrt()
        return normal * w.reshape(2, 1, 1) + b.reshape(2, 1, 1)

    def fused(x, w, b):
        known = {"mean": x.data.mean((0, 2, 3)), "variance": x.data.var((0, 2, 3))}
        return apply("batch_norm", x, w, b, **known, eps=1e-5, training=True)

    slopes = []
    for function in (composed, fused):
        inputs = [Tensor(a, requires_grad=True) for a in (x, w, b)]
        (function(*inputs) * Tensor(np.arange(36).reshape(3, 2, 2, 3))).sum().backward()
        slopes.append([a.grad for a in inputs])
    for name, want, got in zip(("x", "weight", "bias"), *slopes, strict=True):
        check(f"the gradient of {name}, against the layer composed of primitives", got, want, tolerance=1e-4)


test_batch_norm_of_four_numbers()
test_batch_norm()
test_batch_norm_in_use()
test_batch_norm_has_gradients()

# %% [markdown]
# ### How far a number sees
#
# A number behind one convolution of 3 x 3 has seen 3 x 3 pixels. Behind two it has seen 5 x 5. The
# pixels that one number depends on are its *receptive field*, and a digit of 20 pixels cannot be
# told from another by numbers that see 5.
#
# Walk through the layers with two numbers: how many pixels are seen, and how many pixels lie
# between two neighbours. At the input both are 1. A window that reaches over r numbers adds r - 1
# distances, and its stride multiplies the distance.

# %% solution="receptive-field"
#| export
#| hint Two neighbours behind a pooling of stride 2: how many pixels of the input lie between them?
#| hint Each window adds (reach - 1) times the distance as it was before; then its stride multiplies the distance.
#| hint field += (window.reach()[dim] - 1) * distance, then distance *= window.stride[dim].


def receptive_field(*layers: Module) -> tuple[int, int]:
    """How many pixels, down and across, one number behind `layers` depends on; parts of a model count too.

    >>> receptive_field(Conv2d(3, 32, 3), MaxPool2d(2), Conv2d(32, 64, 3))
    (8, 8)
    """
    windows = [layer.window for _, layer in Sequential(*layers).named_modules() if hasattr(layer, "window")]
    return seen_through(windows, 0), seen_through(windows, 1)


def seen_through(windows: list[Window], dim: int) -> int:
    """The receptive field along one dimension, behind one window after the other."""
    field = distance = 1
    ### BEGIN SOLUTION
    for window in windows:
        field += (window.reach()[dim] - 1) * distance
        distance *= window.stride[dim]
    ### END SOLUTION
    return field


# %% test="receptive-field" points=6
def test_receptive_field():
    small = [Conv2d(1, 1, 3), Conv2d(1, 1, 3)]
    for call, layers, want in [
        ("Conv2d(1, 1, 5)", [Conv2d(1, 1, 5)], (5, 5)),
        ("Conv2d(1, 1, 3), twice", small, (5, 5)),
        ("Conv2d(1, 1, 3, dilation=(2, 1)), MaxPool2d(2)", [Conv2d(1, 1, 3, dilation=(2, 1)), MaxPool2d(2)], (6, 4)),
        ("MaxPool2d(2), MaxPool2d((2, 1)), Conv2d(1, 1, 3)", [MaxPool2d(2), MaxPool2d((2, 1)), small[0]], (12, 6)),
    ]:
        check(f"receptive_field({call})", lambda: receptive_field(*layers), want)  # noqa: B023


test_receptive_field()

# %% [markdown]
# ### From pictures to rows
#
# The last layers of a model are Linear, and want a row of numbers for each picture.

# %% solution="flatten"
#| export
#| hint Which sizes stay, and what is the size that takes the place of the others?
#| hint The sizes before `start` stay and those behind `end` too; between them there is their product.
#| hint x.reshape(*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]).


class Flatten(Module):
    """The dimensions start_dim to end_dim as one, as `torch.nn.Flatten`; IndexError for one that is not there.

    >>> Flatten()(zeros(8, 3, 4, 5)).shape
    (8, 60)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Tensor) -> Tensor:
        x = x.reshape(1) if x.ndim == 0 else x  # as in PyTorch, a single number has a dimension 0
        start, end = (range(x.ndim)[dim] for dim in (self.start_dim, self.end_dim))
        if start > end:
            raise ValueError(f"start_dim {self.start_dim} comes after end_dim {self.end_dim}, shape {x.shape}")
        ### BEGIN SOLUTION
        return x.reshape(*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :])
        ### END SOLUTION


# %% test="flatten" points=4
def test_flatten():
    x = Tensor(np.arange(120).reshape(2, 3, 4, 5))
    check("Flatten()(x), x (2, 3, 4, 5)", Flatten()(x), x.reshape(2, 60))
    check("Flatten(1, 2)(x)", Flatten(1, 2)(x), x.reshape(2, 12, 5))
    check("Flatten(0, -2)(x)", Flatten(0, -2)(x), x.reshape(24, 5))
    check("Flatten()(x), x (0, 3, 2): no pictures", lambda: Flatten()(zeros(0, 3, 2)), zeros(0, 6))


test_flatten()

# %% [markdown]
# ## Use
#
# Two models with about 6,000 parameters each, the digits, and the training loop of module 07. One
# looks at all pixels at once through 8 sums; the other looks through 8 windows, then through 16
# over these, and only then at the whole. In the last column the unseen digits are moved three
# pixels to the right. Neither model has seen that. Which one will mind more?

# %%
from tinytorch.datasets import TinyDigits
from tinytorch.nn import CrossEntropyLoss, Linear, ReLU
from tinytorch.optim import Adam
from tinytorch.training import Trainer

train, test = TinyDigits(train=True), TinyDigits(train=False)
pictures, unseen = (Tensor(d.images).reshape(-1, 1, 28, 28) / 255 for d in (train, test))


def trained(model):
    trainer = Trainer(model, Adam(model.parameters(), lr=4e-3), CrossEntropyLoss())
    spent = sum(entry["seconds"] for entry in trainer.fit(pictures, train.labels, epochs=4))
    right = [trainer.evaluate(x, test.labels)[1] for x in (unseen, np.roll(unseen, 3, axis=3))]
    print(f"{sum(p.size for p in model.parameters()):,} parameters, {spent:.1f} s:", end=" ")
    print(f"{right[0]:.1%} right, moved {right[1]:.1%}")
    return right


manual_seed(0)
looking = [Conv2d(1, 8, 5), ReLU(), MaxPool2d(2), Conv2d(8, 16, 5), ReLU(), MaxPool2d(2)]
mlp = trained(Sequential(Flatten(), Linear(784, 8), ReLU(), Linear(8, 10)))
cnn = trained(Sequential(*looking, Flatten(), Linear(256, 10)))
assert cnn[0] > 0.96 > mlp[0]
assert cnn[1] > mlp[1] + 0.1

# %% [markdown]
# The model that knows what a picture is needs no more numbers than the other, only better placed
# ones. Here are its eight windows, darker where the weight is larger. Some have a dark side and a
# light one: they find edges. Nobody asked for edges.

# %%
filters = looking[0].weight.data[:, 0]
shades = (9.99 * (filters - filters.min()) / np.ptp(filters)).astype(int)
for row in shades.transpose(1, 0, 2):
    print("  ".join("".join(" .:-=+*#%@"[n] * 2 for n in window) for window in row))

# %% [markdown]
# ## Measure
#
# **The work.** A batch of 128 colour pictures, 32 filters of 5 x 5. Count the multiply-adds, then
# predict how long the seven loops take for them, and what a matrix product makes of it. The loops
# are timed on a small part; the rest is a multiplication.

# %%
from tinytorch.core.tensor import peak_memory, seconds

batch, filters = randn(128, 3, 32, 32), randn(32, 3, 5, 5)
work = conv2d_multiply_adds((128, 32, 28, 28), filters.shape)
part, few = batch[:1, :, :12, :12], filters[:4]
slow = seconds(lambda: conv2d_explicit(part, few), 3) * work / conv2d_multiply_adds((1, 4, 8, 8), few.shape)
print(f"{work:,} multiply-adds; seven loops would take {slow:.0f} s")
assert work == 128 * 32 * 28 * 28 * 3 * 5 * 5
for name, way in [
    ("all columns, one product", lambda: conv2d_by_columns(batch, filters)),
    ("the operation of Conv2d", lambda: apply("conv2d", batch, filters)),
]:
    time, peak = seconds(way), peak_memory(way)
    print(f"{name:24s}{time * 1e3:6.1f} ms, {slow / time:6,.0f} times faster, at most {peak / 1e6:4.1f} MB")
    assert slow > 100 * time

# %% [markdown]
# **The bytes.** How large are the columns of this batch, and how many times the pictures? Each of
# 28 x 28 places holds 3 x 5 x 5 numbers. Then look at the peaks above again: they are these columns
# and the result, which takes 12.8 MB.

# %%
columns = im2col(batch, 5)
print(f"{columns.nbytes / 1e6:.1f} MB of columns, {columns.nbytes / batch.nbytes:.1f} times the pictures")
assert columns.nbytes == 4 * 128 * 28 * 28 * 3 * 5 * 5 < peak

# %% [markdown]
# **Where parameters are, and where work is.** A model for the small colour pictures of CIFAR-10, and
# a batch of 32. Before you run it: which layer has most of the weights, which does most of the work,
# which result takes most of the memory? (The count for convolutions is right for a Linear layer,
# too: every number of the result takes a product with every weight that belongs to it.)

# %%
layers = [Conv2d(3, 32, 3, padding=1), ReLU(), MaxPool2d(2), Conv2d(32, 64, 3, padding=1), ReLU(), MaxPool2d(2)]
layers += [Flatten(), Linear(4096, 128), ReLU(), Linear(128, 10)]
x = colours = randn(32, 3, 32, 32)
print(f"{'':11}{'weights':>12}{'multiply-adds':>15}{'bytes of the result':>22}")
for layer in layers:
    x, weight = layer(x), getattr(layer, "weight", zeros(0))
    work = conv2d_multiply_adds(x.shape, weight.shape) if weight.size else 0
    print(f"{type(layer).__name__:11}{weight.size:12,}{work:15,}{x.nbytes:22,}")

step = peak_memory(lambda: Sequential(*layers)(colours).sum().backward())
print(f"forward and backward: at most {step / 1e6:.0f} MB; a number behind layer 6 sees {receptive_field(*layers[:6])}")
assert step < 40e6

# %% [markdown] reflect="field" points=2
# The convolutions have 4 percent of the weights and do 91 percent of the work: sharing saves
# memory, not time.
#
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. Far enough.** A number behind the sixth layer of this model sees 10 x 10 of 32 x 32 pixels.
# Give two changes, each of one number in one layer, that make it see more, and say for each what it
# does to the parameters and to the work. How do the two Linear layers see the whole picture?
#
# ### BEGIN SOLUTION
# Rubric: for example a window of 5 in the second convolution (field 14, its parameters and work
# times 25/9), dilation 2 there (14 with padding 2, same parameters and work), stride 2 in the first
# (more, work of all that follows a quarter). One point. The first Linear layer has a weight for
# every place: its 4,096 inputs are all of them. One point.
# ### END SOLUTION

# %% [markdown] reflect="columns" points=3
# **2. A layer of a larger model.** A batch of 64 pictures, 224 x 224, 64 channels, 64 filters of 3 x
# 3 with padding 1. How many bytes have the input, the result, the columns? How many multiply-adds,
# and how long would your machine take, at the rate you measured? Which of these numbers would you
# halve first, and how?
#
# ### BEGIN SOLUTION
# Rubric: 64 * 64 * 224 * 224 * 4 bytes = 822 MB in and out, 7.4 GB of columns (9 times); 118 billion
# multiply-adds, about 2 s at 50 to 60 billion a second. (2 points) A smaller batch halves all of
# them for a step; stride 2 or pooling before it quarters result, columns and work. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="batch-norm" points=3
# **3. The batch in the result.** A model with batch normalization is trained with batches of 2. What
# is odd about its statistics, and how would it show when the model is used? What happens to the
# accumulation of gradients over small batches, from module 07?
#
# ### BEGIN SOLUTION
# Rubric: each value is normalized with the mean of a few numbers, noisy from batch to batch, while
# eval() uses the averages over many batches: accuracy in training and in use differ. (2 points)
# Accumulating four batches of 16 is no longer one batch of 64: each part has its own mean. (1 point)
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# The classes have the same names, arguments, shapes and keys: a `state_dict` of a CNN loads on the
# other side and gives the same outputs. `torch.nn.functional.unfold` is im2col, and `fold` is
# its gradient. PyTorch's `Conv2d` also takes `padding="same"` and
# other kinds of padding; ours takes numbers. Channels that do not fit raise RuntimeError there and
# ValueError here.
#
# Below the class PyTorch asks a library, which has several programs for a convolution and chooses
# by the shape: a product in chunks, as here, also on columns that are never written down but read
# in place; for windows of 3 x 3 Winograd's algorithm, which trades multiplications for additions.
# `channels_last` is a memory format there as well.
#
# ## Today
#
# LeNet read the digits on cheques in 1998 with 60,000 parameters and layers as you have them here.
# In 2012 the same idea with 60 million, on two graphics cards, won the ImageNet contest by ten
# points, and within two years nearly everybody there used it. Since then windows have become
# smaller and layers more: two of 3 x 3 see as far as one of 5 x 5, with 18 weights instead of 25.
# Convolutions still look through the cameras of phones and cars, find tumours in scans and hear
# words in sound; in all of them the first layer still finds edges, as yours has.
