# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# Attention fetches. What each place gets is a mixture of what the others hold, and that is all it
# can get: shares that add up to 1, times values that were there already. Two things are missing.
#
# **Nobody thinks.** A mean of two rows lies between them. To turn what was fetched into something
# new, each place needs a network of its own behind the attention: a hidden layer and a bend.
#
# **It does not stack.** Mixing makes alike. Put attention upon attention, as one would with any
# other layer, and watch 64 places that start with different rows:

# %%
#| default_exp nn.transformer
import numpy as np

from tinytorch.core.tensor import manual_seed, randn
from tinytorch.nn.attention import MultiHeadAttention

manual_seed(0)
x, size, apart = randn(64, 64), {}, {}  # 64 places with 64 random numbers each
print("layers   size of the numbers   how far the places are apart")
for layer in range(1, 33):
    x = MultiHeadAttention(64, 4)(x)
    size[layer], apart[layer] = np.sqrt(np.mean(x.data**2)), x.data.std(axis=0).mean()
    if layer in (1, 2, 4, 8, 32):
        print(f"{layer:6} {size[layer]:21.2g} {apart[layer]:30.2g}")
assert apart[2] < 0.1 * size[2]
assert size[32] < 1e-6

# %% [markdown]
# After two layers all places say the same; after 32 they say nothing. Without training, and with it
# as well: where the signal fades on its way in, its gradient fades on the way back.
#
# The *transformer* of 2017 is attention with the cure. Each layer gets three things around it: a
# small network for each place, a path that leads past it, and a measure that keeps numbers at one
# size. A block of these can be stacked a hundred times. This chapter builds the block, stacks it
# into a model that writes text, and counts what it costs before it runs.
#
# ## Build
#
# ### One size for every row
#
# Layer normalization looks at one place: a row of `d` numbers. It takes their mean away, and divides
# by the root of their mean square (what is left when the mean is gone; it is called the variance).
# The row has mean 0 and size 1 then, whatever came in. A `weight` and a `bias`, one number each for
# every column, let the model choose another size where it needs one. They start at 1 and 0.
#
# A tiny `eps` is added to the variance, under the root, because a row may hold the same number
# everywhere.
#
# Write it first with the operations of the Tensor. It differentiates by itself.

# %% solution="layer-norm-composed"
#| export
#| hint Which mean belongs to a row, and which shape must it have so that it can be taken from every number?
#| hint Keep the dimension in both means; the variance is the mean of the squares of what is left.
#| hint centered = x - x.mean(-1, keepdim=True); centered / (variance + eps).sqrt() * weight + bias.
import math

import numpy as np

from tinytorch.core.autograd import gradient
from tinytorch.core.tensor import Tensor, apply, as_array, kernel, kernels, ones, rng, tensor, whole_numbers, wrap
from tinytorch.core.tensor import zeros
from tinytorch.nn.activations import GELU
from tinytorch.nn.attention import MultiHeadAttention, as_mask, causal_mask
from tinytorch.nn.embedding import Embedding, LearnedPositionalEncoding
from tinytorch.nn.layers import Dropout, Linear, Module, Parameter, not_negative, whole_size
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.training import evaluating


def layer_norm_composed(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Each row with mean 0 and variance 1, times weight, plus bias: x (..., d), weight and bias (d,) give (..., d).

    >>> layer_norm_composed(Tensor([[1, 3], [-50, 50]]), ones(2), zeros(2))
    Tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    ### BEGIN SOLUTION
    centered = x - x.mean(-1, keepdim=True)
    variance = (centered * centered).mean(-1, keepdim=True)
    return centered / (variance + eps).sqrt() * weight + bias
    ### END SOLUTION


# %% test="layer-norm-composed" points=6
from tinytorch.core.tensor import manual_seed
from tinytorch.testing import check, check_gradients, check_raises, check_true


def some(*shapes, size=1.0):
    """Arrays of random numbers, the same ones every time."""
    generator = np.random.default_rng(13)
    return [(size * generator.standard_normal(shape)).astype(np.float32) for shape in shapes]


def by_definition(x, weight=1.0, bias=0.0, eps=1e-5):
    """Layer normalization in float64."""
    wide = x.astype(np.float64)
    centered = wide - wide.mean(-1, keepdims=True)
    return (centered / np.sqrt((centered**2).mean(-1, keepdims=True) + eps) * weight + bias).astype(np.float32)


def test_layer_norm_composed():
    for shape in [(3, 4), (2, 3, 5), (6,)]:
        x, weight, bias = some(shape, shape[-1:], shape[-1:])
        got = layer_norm_composed(*map(Tensor, (x, weight, bias)))
        check(f"layer_norm_composed(x, weight, bias), x of shape {shape}", got, Tensor(by_definition(x, weight, bias)))


def test_layer_norm_of_equal_numbers():
    x = Tensor([[5.0, 5.0, 5.0]])
    with np.errstate(divide="raise", invalid="raise"):
        call = "layer_norm_composed([[5, 5, 5]], 1, 0): eps keeps the division alive"
        check(call, lambda: layer_norm_composed(x, ones(3), zeros(3)), zeros(1, 3))
    got = layer_norm_composed(Tensor([[1.0, -1.0]]), ones(2), zeros(2), eps=3.0)
    check("layer_norm_composed([[1, -1]], 1, 0, eps=3): eps stands under the root", got, Tensor([[0.5, -0.5]]))


test_layer_norm_composed()
test_layer_norm_of_equal_numbers()

# %% [markdown]
# ### The same as one operation
#
# Count: nine passages through the door, and each leaves an array as large as x or needs one on the
# way back. A model of twelve blocks does this 25 times in a step. It is worth an operation of its
# own.
#
# `normalize` does the work on rows; write it with few passes. A mean of each row is a product with a
# column of 1 / d, which BLAS does faster than `mean`. `np.vecdot` multiplies two rows and adds up.
# And change `out` in its own memory.
#
# The kernel wants leading dimensions of any number: they become rows.

# %% solution="layer-norm-kernel"
#| export
#| hint Which two numbers does each row need, and how long is the array that holds one number for each row?
#| hint rows @ np.full(d, 1 / d, rows.dtype) is the mean of each row; [:, None] makes a column of it.
#| hint out = rows - mean[:, None]; scale = 1 / np.sqrt(np.vecdot(out, out) / d + eps); out *= scale[:, None].


def normalize(rows: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, d) with mean 0 and variance 1, and what each was multiplied with: (n, d) and (n, 1).

    >>> normalize(np.array([[1.0, 3.0], [-50.0, 50.0]]), 0.0)[1]
    array([[1.  ],
           [0.02]])
    """
    d = rows.shape[1]
    ### BEGIN SOLUTION
    out = rows - (rows @ np.full(d, 1 / d, rows.dtype))[:, None]
    scale = 1 / np.sqrt(np.vecdot(out, out) / d + eps)[:, None]
    out *= scale
    return out, scale
    ### END SOLUTION


def rows_for(x, weight):
    """x (..., *weight.shape) as rows (n, weight.size) of floats; ValueError if the shapes do not fit."""
    if x.shape[max(x.ndim - weight.ndim, 0) :] != weight.shape:
        raise ValueError(f"the layer normalizes rows of shape {weight.shape}, the input has shape {x.shape}")
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    return x.reshape(math.prod(x.shape[: x.ndim - weight.ndim]), weight.size)


@kernel("layer_norm")
def layer_norm(x, weight, bias, eps=1e-5):
    """Layer normalization over the last dimensions of x (..., *shape); weight and bias have that shape.

    >>> layer_norm(np.array([[1.0, 3.0]]), np.array([10.0, 10.0]), np.array([0.0, 1.0]), eps=0.0)
    array([[-10.,  11.]])
    """
    rows = rows_for(x, weight)
    ### BEGIN SOLUTION
    normalized, _ = normalize(rows, eps)
    out = normalized * weight.reshape(-1)
    out += bias.reshape(-1)
    ### END SOLUTION
    return out.reshape(x.shape)


# %% test="layer-norm-kernel" points=12
def test_normalize():
    (rows,) = some((5, 8), size=30.0)
    got, scale = normalize(rows + 100, 1e-5)
    check("normalize(rows, eps)[0], rows (5, 8)", got, by_definition(rows + 100), tolerance=1e-4)
    check("normalize(rows, eps)[1]: one over the root", scale, 1 / rows.std(axis=1, keepdims=True), tolerance=1e-4)
    check("normalize(zeros, eps=0.25)[1]", normalize(np.zeros((1, 4), np.float32), 0.25)[1], np.full((1, 1), 2.0))


def test_layer_norm_kernel():
    for shape in [(3, 4), (2, 3, 4), (4,), (0, 4)]:
        x, weight, bias = some(shape, (4,), (4,))
        call = f'apply("layer_norm", x, weight, bias), x of shape {shape}'
        got = apply("layer_norm", Tensor(x), Tensor(weight), Tensor(bias), eps=1e-5)
        check(call, got, Tensor(by_definition(x, weight, bias)))


def test_layer_norm_leaves_its_inputs_alone():
    x, weight, bias = some((2, 3), (3,), (3,))
    copies = [x.copy(), weight.copy(), bias.copy()]
    layer_norm(x, weight, bias)
    for name, array, copy in zip(["x", "weight", "bias"], [x, weight, bias], copies, strict=True):
        check(f"{name} after layer_norm(x, weight, bias)", array, copy)


test_normalize()
test_layer_norm_kernel()
test_layer_norm_leaves_its_inputs_alone()

# %% [markdown]
# ### The way back
#
# It is easy to lose a term here, and a model with such a gradient still trains, only worse.
#
# Write n = (x - mean) s for a normalized row, with s its factor, and let g be the gradient of n. A
# single number of n depends on one number of x directly, with slope s, and on all of them through
# the mean and the variance. Work it out, with d numbers in a row:
#
# ```
#    dn_j / dx_i  =  s  ( 1 if i is j  -  1 / d  -  n_i n_j / d )
#
#    gradient of x_i  =  sum over j of g_j dn_j / dx_i
#                     =  s  ( g_i  -  mean(g)  -  n_i mean(g n) )
# ```
#
# The result can be checked without a pencil. Add the same number to all of x: n does not change. So
# no part of the gradient may point that way, and the second term takes it out. Double x: n does not
# change either. So no part may point along n, and the third term takes that out. What remains is g,
# less two directions.
#
# Weight and bias are shared by all rows, as the bias of a linear layer is. Their gradients are sums
# over the rows: of g times n, and of g.

# %% solution="layer-norm-gradients"
#| export
#| hint Of g, which two parts cannot change a normalized row, and must go?
#| hint Two numbers for each row: the mean of g, and the mean of g * normalized. The weight comes before, in g.
#| hint (g - mean[:, None] - normalized * along[:, None]) * scale; weight: sum of g * normalized over the rows.


def towards_rows(g: np.ndarray, normalized: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The gradient of the rows before `normalize`, from the gradient g (n, d) of the rows after it.

    >>> towards_rows(np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 1.0, -1.0]]), np.array([[3.0]]))
    array([[ 2., -1., -1.]])
    """
    d = g.shape[1]
    ### BEGIN SOLUTION
    mean = g @ np.full(d, 1 / d, g.dtype)
    along = np.vecdot(g, normalized) / d
    slope = g - mean[:, None]
    slope -= normalized * along[:, None]
    slope *= scale
    return slope
    ### END SOLUTION


@gradient("layer_norm")
def layer_norm_gradients(out, x, weight, bias, eps=1e-5):
    """Three functions. They need the normalized rows without weight and bias, which are computed again."""
    before, shape, flat = x.shape, weight.shape, (-1, max(weight.size, 1))
    normalized, scale = normalize(rows_for(x, weight), eps)
    ### BEGIN SOLUTION
    return (
        lambda g: towards_rows(g.reshape(flat) * weight.reshape(-1), normalized, scale).reshape(before),
        lambda g: np.einsum("nd,nd->d", g.reshape(flat), normalized).reshape(shape),
        lambda g: g.reshape(flat).sum(axis=0).reshape(shape),
    )
    ### END SOLUTION


class LayerNorm(Module):
    """Rows with mean 0 and variance 1, times `weight`, plus `bias`, as `torch.nn.LayerNorm`.

    `normalized_shape`: the size of the last dimension, or the sizes of the last ones. Raises ValueError if
    the input has others.

    >>> layer = LayerNorm(2)
    >>> layer(Tensor([[1, 3], [-50, 50]])), list(layer.state_dict())
    (Tensor([[-1.,  1.],
            [-1.,  1.]]), ['weight', 'bias'])
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5):
        sizes = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        self.normalized_shape = tuple(whole_size(size, "normalized_shape") for size in sizes)
        self.eps = not_negative(eps, "eps")
        self.weight, self.bias = Parameter(ones(self.normalized_shape)), Parameter(zeros(self.normalized_shape))

    def forward(self, x: Tensor) -> Tensor:
        return apply("layer_norm", x, self.weight, self.bias, eps=self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}"


# %% test="layer-norm-gradients" points=16
def test_towards_rows_has_no_part_that_changes_nothing():
    rows, g = some((4, 6), (4, 6))
    normalized, scale = normalize(rows, 0.0)
    slope = towards_rows(g, normalized, scale)
    call = "towards_rows(g, normalized, scale)"
    check(f"the sum of each row of {call}: adding a number to x changes nothing", slope.sum(axis=1), np.zeros(4))
    along = np.vecdot(slope, normalized)
    check(f"{call} along the normalized rows: doubling x changes nothing", along, np.zeros(4))


def test_layer_norm_gradients():
    x, weight, bias = some((2, 3, 5), (5,), (5,))
    fused = lambda x, w, b: apply("layer_norm", x, w, b, eps=0.1)  # noqa: E731 - a line
    check_gradients('apply("layer_norm", x, weight, bias)', fused, x, weight, bias)


def test_layer_norm_agrees_with_the_composed_form():
    x, weight, bias, g = some((4, 7), (7,), (7,), (4, 7))
    slopes = []
    for function in (layer_norm_composed, lambda *inputs: apply("layer_norm", *inputs, eps=1e-5)):
        leaves = [Tensor(a, requires_grad=True) for a in (x, weight, bias)]
        function(*leaves).backward(Tensor(g))
        slopes.append([leaf.grad for leaf in leaves])
    for i, name in enumerate(["x", "weight", "bias"]):
        check(f"the gradient of {name}, beside the composed form's", slopes[1][i], slopes[0][i], tolerance=1e-4)


def test_layer_norm_layer():
    layer, (x,) = LayerNorm((3, 4)), some((2, 3, 4))
    want = by_definition(x.reshape(2, 12)).reshape(2, 3, 4)
    check("LayerNorm((3, 4))(x), x of shape (2, 3, 4)", layer(Tensor(x)), Tensor(want))
    check_raises("LayerNorm(4)(x), x of shape (4, 3)", lambda: LayerNorm(4)(zeros(4, 3)), ValueError, "(4,)", "(4, 3)")


test_towards_rows_has_no_part_that_changes_nothing()
test_layer_norm_gradients()
test_layer_norm_agrees_with_the_composed_form()
test_layer_norm_layer()

# %% [markdown]
# ### Each place for itself
#
# The small network: a layer that makes each row four times as wide, a GELU, and a layer back. It
# sees one place at a time, and it is the same for all places. Four is a habit since 2017, and it has
# a consequence that you will measure: two thirds of a block's parameters are here.

# %% solution="feed-forward"
#| export
#| hint Which two layers does it own, and what stands between them?
#| hint linear1 goes from d_model to d_hidden, linear2 back; call them in a row with the activation between.
#| hint self.linear1, self.linear2 = Linear(d_model, d_hidden), Linear(d_hidden, d_model).


class FeedForward(Module):
    """Two linear layers with a GELU between them, for each place alike: x (..., d_model) gives the same shape.

    `d_hidden` is 4 d_model if it is left out.

    >>> layer = FeedForward(8)
    >>> layer.linear1.weight.shape, layer(zeros(2, 5, 8)).shape
    ((32, 8), (2, 5, 8))
    """

    def __init__(self, d_model: int, d_hidden: int | None = None):
        d_hidden = 4 * d_model if d_hidden is None else d_hidden
        self.activation = GELU()
        ### BEGIN SOLUTION
        self.linear1 = Linear(d_model, d_hidden)
        self.linear2 = Linear(d_hidden, d_model)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return self.linear2(self.activation(self.linear1(x)))
        ### END SOLUTION


# %% test="feed-forward" points=6
def test_feed_forward():
    layer, (x,) = FeedForward(4, 6), some((2, 3, 4))
    hidden = GELU()(x @ layer.linear1.weight.data.T + layer.linear1.bias.data).data
    want = hidden @ layer.linear2.weight.data.T + layer.linear2.bias.data
    check("FeedForward(4, 6)(x), x of shape (2, 3, 4)", layer(Tensor(x)), Tensor(want))


def test_feed_forward_shapes():
    got = [(name, p.shape) for name, p in FeedForward(4).named_parameters()]
    want = [("linear1.weight", (16, 4)), ("linear1.bias", (16,)), ("linear2.weight", (4, 16)), ("linear2.bias", (4,))]
    check("the parameters of FeedForward(4), sorted", sorted(got), sorted(want))


test_feed_forward()
test_feed_forward_shapes()

# %% [markdown]
# ### The block
#
# Now the path that leads past. Instead of `x = layer(x)` write `x = x + layer(x)`. The layer no
# longer has to carry the signal; it adds to it. Whatever it does, x arrives at the other end, and on
# the way back the gradient of the sum goes to both: one copy straight through, untouched. This is
# called a *residual* connection, because the layer learns the rest, what is still missing in x.
#
# And the norm? The paper of 2017 put it behind the sum, in the middle of the path. There it touches
# the signal, and its gradient, once a layer. Put it in front of the layer instead, *pre-norm*:
#
# ```
#    x ----+------------------------ + ----+--------------------------- + ----> x
#          |                         |     |                            |
#          +-> norm1 -> attention ---+     +-> norm2 -> feed-forward ---+
# ```
#
# The path from end to end is free; each layer sees rows of size 1 and adds what it found. Dropout,
# if there is any, falls on what is added.
#
# The names in a file are PyTorch's, whose block has no part called `feed_forward`: its layers are
# the block's own. `walk` is given and leaves that name out.

# %% solution="block"
#| export
#| hint What goes into the attention, what comes out, and what is it added to?
#| hint Twice the same pattern: x plus the dropout of a layer of a norm of x. The second x is the sum of the first.
#| hint x = x + self.dropout(self.self_attn(self.norm1(x), mask)); then the same with norm2 and feed_forward.


class TransformerBlock(Module):
    """Attention and a feed-forward network, each behind a norm and beside a free path (pre-norm).

    x (B, N, d_model) or (N, d_model) gives the same shape; `mask` as in `MultiHeadAttention`. The keys are those
    of `torch.nn.TransformerEncoderLayer` with norm_first=True.

    >>> block = TransformerBlock(8, 2)
    >>> block(zeros(3, 5, 8), causal_mask(5)).shape, "linear1.weight" in block.state_dict()
    ((3, 5, 8), True)
    """

    def __init__(self, d_model: int, n_heads: int, d_hidden: int | None = None, dropout: float = 0.0):
        self.self_attn = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_hidden)
        self.norm1, self.norm2 = LayerNorm(d_model), LayerNorm(d_model)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, mask=None) -> Tensor:
        ### BEGIN SOLUTION
        x = x + self.dropout(self.self_attn(self.norm1(x), mask))
        return x + self.dropout(self.feed_forward(self.norm2(x)))
        ### END SOLUTION

    def walk(self, prefix=""):
        """As in Module, but what is below `feed_forward` has the block's own prefix."""
        yield prefix, self
        for name, value in self.members():
            if isinstance(value, Module):
                yield from value.walk(prefix if name == "feed_forward" else f"{prefix}{name}.")


# %% test="block" points=14
def block_and_input(n_heads=2, **options):
    manual_seed(3)
    block, (x,) = TransformerBlock(8, n_heads, **options), some((2, 5, 8))
    return block, Tensor(x)


def test_block_has_a_free_path():
    block, x = block_and_input()
    for layer in (block.self_attn.out_proj, block.feed_forward.linear2):
        layer.weight.data[...], layer.bias.data[...] = 0, 0
    check("block(x), where both layers add zeros: x passes as it is", block(x), x)


def test_a_norm_does_not_stand_in_the_path():
    block, x = block_and_input()
    large = block(x * 1000)
    why = f"it begins with {large.data[0, 0, :3]}, 1000 x with {1000 * x.data[0, 0, :3]}"
    check_true("block(1000 x) is nearly 1000 x", bool(abs(large - x * 1000).max() < 20), why)


def test_block():
    block, x = block_and_input()
    mask = causal_mask(5)
    middle = x + block.self_attn(block.norm1(x), mask)
    check("block(x, mask)", block(x, mask), middle + block.feed_forward(block.norm2(middle)))
    check_true("block(x) without the mask is another result", bool(abs(block(x) - block(x, mask)).max() > 1e-4))


def test_dropout_falls_on_what_is_added():
    block, x = block_and_input(dropout=1.0)
    check("TransformerBlock(8, 2, dropout=1)(x): all that is added is dropped", block(x), x)
    check_true("after eval() nothing is dropped", bool(abs(block.eval()(x) - x).max() > 1e-3))


test_block_has_a_free_path()
test_a_norm_does_not_stand_in_the_path()
test_block()
test_dropout_falls_on_what_is_added()

# %% [markdown]
# ### Count before you build
#
# How many parameters has a block of width d? Attention has three projections in and one out, each a
# matrix d by d with d biases. The feed-forward network has two matrices, d by 4d, with 4d and d
# biases. Two norms have a weight and a bias each. Add up. In front of the blocks stand a row of
# numbers for each token and one for each position; behind them a last norm, and the *head*: a layer
# without a bias that turns a row into a score for each token.

# %% solution="parameter-count"
#| export
#| hint Write the four matrices of the attention and the two of the feed-forward network as multiples of d * d.
#| hint Biases: 4 d and 5 d; norms: 4 d. The model: two tables, n_layers blocks, a norm, a head (vocab, d).
#| hint 12 * d * d + 13 * d for a block; (2 * vocab + max_len) * d + n_layers * block + 2 * d for the model.


def block_parameters(d_model: int) -> int:
    """The parameters of a TransformerBlock with a hidden layer of 4 d_model.

    >>> block_parameters(64)
    49984
    """
    d = d_model
    ### BEGIN SOLUTION
    return 12 * d * d + 13 * d
    ### END SOLUTION


def transformer_parameters(vocab: int, d_model: int, n_layers: int, max_len: int = 1024) -> int:
    """The parameters of a Transformer; the number of its heads makes no difference.

    >>> transformer_parameters(1000, 64, 2)
    293632
    """
    d = d_model
    ### BEGIN SOLUTION
    tables = (vocab + max_len) * d
    return tables + n_layers * block_parameters(d) + 2 * d + vocab * d
    ### END SOLUTION


# %% test="parameter-count" points=8
def parameters_in(model):
    return sum(p.size for p in model.parameters())


def test_block_parameters():
    for d in (4, 12):
        check(f"block_parameters({d})", block_parameters(d), parameters_in(TransformerBlock(d, 2)))


def test_transformer_parameters():
    check("transformer_parameters(10, 4, 0, 5): tables, norm and head", transformer_parameters(10, 4, 0, 5), 108)
    more = transformer_parameters(10, 4, 3, 5) - 108
    check("what 3 layers add to it", more, 3 * block_parameters(4))


test_block_parameters()
test_transformer_parameters()

# %% [markdown]
# ### The model
#
# A *decoder* reads ids and gives, at each place, a score for every token that could come next. The
# causal mask of module 12 keeps each place from looking ahead, so one text of N ids is N exercises
# at once: ids 0 to 4 are asked for id 5, and in the same pass ids 0 to 5 for id 6.
#
# With the answers `y`, which are the ids moved by one place, `forward` gives the loss instead: the
# cross-entropy of module 04, over all places of all texts. `seen` is given. It joins the causal mask
# with a mask for padding, if there is one; places that are padding do not count in the loss.

# %% solution="transformer"
#| export
#| hint What is done with the ids first, and what with the rows that come out of the last block?
#| hint Walk through self.layers, each gets the rows and the mask; then the norm, then the head.
#| hint hidden = layer(hidden, mask) for each; logits = self.head(self.norm(hidden)); (B N, vocab) against (B N,).


def seen(n: int, mask=None) -> Tensor:
    """The causal mask for n places, joined with `mask`: (n, n), or the shape that both broadcast to.

    >>> seen(2, np.array([[[False, True]]]))
    Tensor([[[False, False],
             [False,  True]]])
    """
    back = causal_mask(n)
    if mask is None:
        return back
    mask = as_mask(mask)
    if mask.shape[-1:] not in ((1,), (n,)) or mask.shape[-2:-1] not in ((), (1,), (n,)):
        raise ValueError(f"a mask of shape {mask.shape} does not fit texts of {n} ids")
    return wrap(back.data & mask if mask.dtype == bool else np.where(back.data, mask, np.float32(-np.inf)))


def real_places(mask, shape: tuple[int, ...]) -> np.ndarray:
    """Where ids of shape (..., N) are real: where a mask (B, 1, N) is True. Other masks say nothing about it.

    >>> real_places([[[True, False]]], (1, 2))
    array([[ True, False]])
    """
    mask = as_mask(mask)
    is_padding = mask.dtype == bool and mask.shape == (*shape[:-1], 1, shape[-1])
    return mask[..., 0, :] if is_padding else np.ones(shape, bool)


class Transformer(Module):
    """A causal decoder: ids in, a score for each next token out, or with the right answers the loss.

    vocab: the number of tokens; d_model: the width of a row, which n_heads must divide; max_len: the number of
    positions. Raises ValueError for ids that are not in 0 ... vocab - 1, and for texts longer than max_len.

    >>> model = Transformer(vocab=1000, d_model=64, n_heads=4, n_layers=2)
    >>> model([[5, 7, 5]]).shape, model([[5, 7]], [[7, 5]]).shape
    ((1, 3, 1000), ())
    """

    def __init__(
        self, vocab: int, d_model: int, n_heads: int, n_layers: int, max_len: int = 1024, dropout: float = 0.0
    ):
        self.vocab, self.max_len = vocab, max_len
        self.embedding = Embedding(vocab, d_model)
        self.positions = LearnedPositionalEncoding(d_model, max_len)
        depth = range(whole_size(n_layers, "n_layers"))
        self.layers = [TransformerBlock(d_model, n_heads, dropout=dropout) for _ in depth]
        self.norm, self.head = LayerNorm(d_model), Linear(d_model, vocab, bias=False)

    def embed(self, ids, positions=None) -> Tensor:
        """A row for each id plus one for its place: ids (B, N) or (N,) give (..., N, d_model)."""
        return self.positions(self.embedding(ids), positions)

    def logits(self, ids, mask) -> Tensor:
        """Scores for the next token: ids (..., N) give (..., N, vocab)."""
        ### BEGIN SOLUTION
        hidden = self.embed(ids)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.head(self.norm(hidden))
        ### END SOLUTION

    def loss(self, logits: Tensor, y: np.ndarray) -> Tensor:
        """The mean cross-entropy of logits (..., vocab) against the ids y (...)."""
        ### BEGIN SOLUTION
        return CrossEntropyLoss()(logits.reshape(-1, self.vocab), y.reshape(-1))
        ### END SOLUTION

    def forward(self, x, y=None, mask=None) -> Tensor:
        """Logits (..., N, vocab) for ids x (B, N) or (N,); with y, ids of the same shape, the mean loss.

        `mask`: True where an id of x is real, as `padding_mask` gives it (B, 1, N), or as in MultiHeadAttention.
        With a mask (B, 1, N) places that are padding do not count in the loss. ValueError if y does not fit x.
        """
        x, y = as_array(x), None if y is None else as_array(y)
        if x.ndim not in (1, 2) or (y is not None and y.shape != x.shape):
            raise ValueError(f"x has shape {x.shape}, y {np.shape(y)}: wanted are ids (B, N) or (N,), both alike")
        logits = self.logits(x, seen(x.shape[-1], mask))
        if y is None or mask is None:
            return logits if y is None else self.loss(logits, y)
        real = real_places(mask, x.shape)
        return self.loss(logits[real], y[real])

    def generate(self, ids, max_new_tokens: int, temperature=1.0, top_k=None, seed=None) -> Tensor:
        """See `generate`."""
        return generate(self, ids, max_new_tokens, temperature, top_k, seed)


# %% test="transformer" points=14
def small_model():
    manual_seed(8)
    return Transformer(vocab=11, d_model=8, n_heads=2, n_layers=2, max_len=6)


IDS = np.array([[1, 2, 3, 4], [5, 5, 0, 10]])


def test_logits():
    model = small_model()
    rows = model.embed(IDS)
    for layer in model.layers:
        rows = layer(rows, causal_mask(4))
    want = model.norm(rows) @ model.head.weight.T
    check("model(ids), ids (2, 4), vocab 11", model(IDS), want)
    check("model(ids[0])", model(IDS[0]), want[0])


def test_no_place_sees_what_comes_after_it():
    model, other = small_model(), IDS.copy()
    other[:, 3] = [9, 9]
    check("model(ids)[:, :3] does not depend on the last ids", model(other)[:, :3], model(IDS)[:, :3])


def test_loss():
    model, y = small_model(), (IDS + 1) % 11
    shares = np.exp(model(IDS).data)
    shares /= shares.sum(axis=-1, keepdims=True)
    costs = -np.log(np.take_along_axis(shares, y[..., None], axis=-1))
    check("model(ids, y): the mean over 8 places", model(IDS, y), Tensor(costs.mean()))
    check_raises("model(ids, y), y (2, 3)", lambda: model(IDS, y[:, :3]), ValueError, "(2, 4)", "(2, 3)")


def test_padding_does_not_count():
    model, y = small_model(), (IDS + 1) % 11
    mask = np.array([[[True] * 4], [[True, True, False, False]]])
    padded = IDS.copy()
    padded[1, 2:] = 7
    got, want = model(padded, y, mask=mask), model(IDS, y, mask=mask)
    check("model(ids, y, mask=mask) with other ids where the mask is False", got, want)
    check("the logits of a text do not depend on its padding", model(padded, mask=mask)[1, :2], model(IDS[1, :2]))


test_logits()
test_no_place_sees_what_comes_after_it()
test_loss()
test_padding_does_not_count()

# %% [markdown]
# ### What comes next
#
# The model gives scores, and a text needs one token. The likeliest every time? Then the text is the
# same every time, and often runs in circles. Draw by the shares that softmax makes of the scores,
# and now and then the model says what it thinks unlikely, and has to go on from there. Between the
# two lies a knob, the *temperature*: divide the scores by it before softmax. Below 1 the large
# shares grow; towards 0 only the largest is left. Above 1 all become alike.
#
# `top_k` is a second knob: only the k best scores take part. Set the others to minus infinity, and
# softmax gives them 0.
#
# To draw by shares, lay them end to end on a line from 0 to 1, throw a dart, and see in which piece
# it sticks: the number of pieces that end at or before the dart.

# %% solution="sampling"
#| export
#| hint What must the scores below the k best become, so that softmax gives them nothing?
#| hint np.partition(scores, -k)[:, -k] is the k-th best of each row; np.cumsum gives the ends of the pieces.
#| hint np.where(scores < least, -np.inf, scores), softmax; (ends <= darts[:, None] * ends[:, -1:]).sum(axis=1).


def sampling_shares(logits: np.ndarray, temperature: float = 1.0, top_k: int | None = None) -> np.ndarray:
    """The shares by which the next tokens are drawn: logits (B, vocab) give (B, vocab), each row with sum 1.

    >>> sampling_shares(np.array([[1.0, 3.0, 2.0]]), top_k=2).round(3)
    array([[0.   , 0.731, 0.269]])
    >>> sampling_shares(np.array([[1.0, 3.0, 2.0]]), temperature=0)
    array([[0., 1., 0.]])
    """
    if np.isnan(logits).any():
        raise ValueError("a logit is nan: some weight of the model became nan, so there is no next token")
    if temperature == 0:
        return np.eye(logits.shape[1])[logits.argmax(axis=1)]
    ### BEGIN SOLUTION
    scores = logits / temperature
    if top_k is not None and top_k < scores.shape[1]:
        least = np.partition(scores, -top_k, axis=1)[:, -top_k]
        scores = np.where(scores < least[:, None], -np.inf, scores)
    return kernels["softmax"](scores, dim=1)
    ### END SOLUTION


def draw(shares: np.ndarray, darts: np.ndarray) -> np.ndarray:
    """For each row of shares (B, n) the piece that a dart in 0 ... 1 hits: whole numbers (B,).

    >>> draw(np.array([[0.25, 0.0, 0.75]] * 3), np.array([0.0, 0.24, 0.25])).tolist()
    [0, 0, 2]
    """
    ### BEGIN SOLUTION
    ends = np.cumsum(shares, axis=1)
    return (ends <= darts[:, None] * ends[:, -1:]).sum(axis=1)
    ### END SOLUTION


# %% test="sampling" points=10
def test_temperature():
    logits = np.log(np.array([[0.1, 0.2, 0.7]]))
    check("sampling_shares(log [0.1, 0.2, 0.7])", sampling_shares(logits), np.array([[0.1, 0.2, 0.7]]))
    squares = np.array([[0.01, 0.04, 0.49]]) / 0.54
    check("the same at temperature 0.5: the squares of the shares", sampling_shares(logits, 0.5), squares)
    check("the same at temperature 1e6: all alike", sampling_shares(logits, 1e6), np.full((1, 3), 1 / 3))


def test_top_k():
    logits = np.array([[1.0, 4.0, 3.0, 2.0], [5.0, 1.0, 1.5, 4.0]])
    got = sampling_shares(logits, top_k=2)
    check("where sampling_shares(logits, top_k=2) is not 0", (got > 0).tolist(), [[0, 1, 1, 0], [1, 0, 0, 1]])
    check("the sums of its rows", got.sum(axis=1), np.ones(2))
    check("top_k above the number of tokens", sampling_shares(logits, top_k=9), sampling_shares(logits))


def test_draw():
    darts = np.random.default_rng(0).random(20_000)
    got = draw(np.tile([0.1, 0.0, 0.6, 0.3], (20_000, 1)), darts)
    counts = np.bincount(got, minlength=4) / 20_000
    check("how often each of [0.1, 0, 0.6, 0.3] is drawn", counts, np.array([0.1, 0, 0.6, 0.3]), tolerance=0.01)
    got = draw(np.array([[0.0, 0.2, 0.2]]), np.array([0.999999]))
    check("draw([[0, 0.2, 0.2]], [0.999999]): shares whose sum is not quite 1", got, np.array([2]))


test_temperature()
test_top_k()
test_draw()

# %% [markdown]
# ### One token after another
#
# Ask the model for the scores behind the last id, draw, append, and ask again with the longer text.
# That is all that happens when a machine writes. Two details: in eval mode, without recording, which
# `evaluating` of module 07 takes care of; and when a text outgrows `max_len`, only its end is read.

# %% solution="generate"
#| export
#| hint Of the logits (B, N, vocab) that the model returns, which ones tell what comes next?
#| hint A loop of max_new_tokens turns: logits at the last place, shares, one dart for each text, append a column.
#| hint model(rows[:, -model.max_len:]).data[:, -1]; np.concatenate([rows, new[:, None]], axis=1).


def check_sampling(max_new_tokens, temperature, top_k):
    """ValueError for a number that makes no sense here."""
    if not isinstance(max_new_tokens, (int, np.integer)) or max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must be a whole number, 0 or more, not {max_new_tokens!r}")
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature must be 0 or more, not {temperature}")
    if top_k is not None and (not isinstance(top_k, (int, np.integer)) or top_k < 1):
        raise ValueError(f"top_k must be a whole number, 1 or more, or None, not {top_k!r}")


def generate(model: Module, ids, max_new_tokens: int, temperature=1.0, top_k=None, seed=None) -> Tensor:
    """`ids`, (N,) or (B, N), with max_new_tokens more that the model chose, one after the other: int64.

    temperature: 0 takes the likeliest token, 1 draws by the model's shares. top_k: draws among the k likeliest.
    seed: the same number gives the same text; without it the shared generator draws. Raises ValueError for an
    empty text and for options that make no sense.

    >>> model = Transformer(vocab=10, d_model=8, n_heads=2, n_layers=1)
    >>> generate(model, [1, 2], 3, seed=0).shape, generate(model, [[1, 2]], 3, temperature=0).shape
    ((5,), (1, 5))
    """
    check_sampling(max_new_tokens, temperature, top_k)
    given, generator = whole_numbers(ids, "id", model.vocab), rng if seed is None else np.random.default_rng(seed)
    if given.ndim not in (1, 2) or given.shape[-1] == 0:
        raise ValueError(f"wanted are ids (N,) or (B, N), at least one in each text, not {given.shape}")
    rows = np.atleast_2d(given)
    with evaluating(model):
        for _ in range(max_new_tokens):
            ### BEGIN SOLUTION
            logits = model(rows[:, -model.max_len :]).data[:, -1]
            new = draw(sampling_shares(logits, temperature, top_k), generator.random(len(rows)))
            rows = np.concatenate([rows, new[:, None]], axis=1)
            ### END SOLUTION
    return tensor(rows.reshape(*given.shape[:-1], -1))


# %% test="generate" points=8
def test_generate_the_likeliest():
    model, text = small_model(), [1, 2]
    for _ in range(7):
        text.append(int(model(text[-6:]).data[-1].argmax()))
    got = generate(model, [1, 2], 7, temperature=0)
    check("generate(model, [1, 2], 7, temperature=0), max_len 6", got, tensor(text))


def test_generate_with_a_seed():
    model = small_model().train()
    first, again = (generate(model, IDS, 5, seed=3) for _ in range(2))
    check("generate(model, ids, 5, seed=3), twice", again, first)
    check("its first columns are ids", first[:, :4], tensor(IDS))
    texts = set(map(tuple, generate(model, [[1]] * 9, 5).tolist()))
    check_true("nine texts that begin alike go on differently", len(texts) > 1)
    check("the mode of the model afterwards", model.training, True)


def test_generate_refuses():
    model = small_model()
    for call, options in [("temperature=-1", {"temperature": -1}), ("top_k=0", {"top_k": 0})]:
        check_raises(f"generate(model, [1], 2, {call})", lambda o=options: generate(model, [1], 2, **o), ValueError)
    check_raises("generate(model, [], 2)", lambda: generate(model, np.zeros(0, int), 2), ValueError, "(0,)")


test_generate_the_likeliest()
test_generate_with_a_seed()
test_generate_refuses()

# %% [markdown]
# ## Use
#
# All parts of this course so far, and one text: the 2,500 questions and answers of TinyTalks, each
# pair a line. The tokenizer of module 10 makes ids of it, 512 different ones. Each step takes 32
# stretches of 33 ids at random places: the first 32 are `x`, the last 32 are `y`.
#
# A loss is hard to read. Its exponential, the *perplexity*, is easier: the model is as unsure as if
# it had to guess among so many equally likely tokens. It starts at about 512.

# %%
from tinytorch.datasets import TinyTalks
from tinytorch.optim.optimizers import Adam
from tinytorch.text import BPETokenizer

text = "".join(f"{question} {answer}\n" for question, answer in TinyTalks())
tokenizer = BPETokenizer().train(text, vocab_size=512)
ids = np.array(tokenizer.encode(text))

manual_seed(0)
model = Transformer(vocab=512, d_model=64, n_heads=4, n_layers=2, max_len=32)
optimizer = Adam(model.parameters(), lr=3e-3)
print(f"{len(ids):,} ids, {parameters_in(model):,} parameters")
for step in range(300):
    starts = rng.integers(0, len(ids) - 32, 32)
    stretches = ids[starts[:, None] + np.arange(33)]
    loss = model(stretches[:, :-1], stretches[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0 or step == 299:
        print(f"step {step:3d}  loss {loss.item():.2f}  perplexity {math.exp(loss.item()):6.1f}")
assert loss.item() < 2

# %% [markdown]
# Let it write. Every text begins with the same four words. Then count: of the words that it writes,
# how many are words of TinyTalks? (Nobody told it that there are words.)

# %%
known, start = set(text.split()), tokenizer.encode("\nWhat is the capital")


def written(count, **options):
    """`count` texts of 24 new tokens, without the last word, which may be unfinished."""
    texts = generate(model, [start] * count, 24, seed=1, **options).tolist()
    return [tokenizer.decode(text).rsplit(" ", 1)[0] for text in texts]


ways = {f"temperature {t}": {"temperature": t} for t in (0, 0.5, 1, 2)} | {"the best 5": {"top_k": 5}}
share = {}
for name, options in ways.items():
    texts = written(40, **options)
    share[name] = np.mean([word in known for text in texts for word in text.split()])
    print(f"{name:15} {share[name]:5.1%} are words: {texts[0].strip()!a}")
assert share["temperature 0.5"] > share["temperature 1"] > share["temperature 2"] + 0.1

# %% [markdown]
# The grammar is there after a few seconds, and most of the facts are not. At temperature 0 it writes
# the same text every time; at 2 the words fall apart. How far training carries is the subject of the
# milestone of this module.
#
# ## Measure
#
# **One operation or nine.** Rows of 64 numbers, 1,024 of them, forward and backward. Predict how
# many arrays of the size of x are still there after the forward pass, in both forms.

# %%
import tracemalloc

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import observers, seconds


def operations(function):
    """How often the door was passed in function()."""
    seen = []
    observers.append(lambda name, *rest: seen.append(name))
    try:
        function()
    finally:
        observers.pop()
    return len(seen)


def bytes_kept(function):
    """What is in use after function(), as long as its result lives: what the way back will need."""
    tracemalloc.start()
    try:
        result = function()
        return tracemalloc.get_traced_memory()[0] if result is not None else 0
    finally:
        tracemalloc.stop()


x, g, layer = Tensor(randn(1024, 64), requires_grad=True), randn(1024, 64), LayerNorm(64)
forms = {"composed": lambda: layer_norm_composed(x, layer.weight, layer.bias), "one operation": lambda: layer(x)}
count, kept = {}, {}
for name, form in forms.items():
    count[name], kept[name] = operations(form), bytes_kept(form) / x.nbytes
    print(f"{name:14} {count[name]} operations, {kept[name]:.2f} arrays kept,", end=" ")
    print(f"{seconds(lambda form=form: form().backward(g), 30) * 1e3:.2f} ms forward and backward")
assert list(count.values()) == [9, 1]
assert kept["one operation"] < 2.1 < 2.9 < kept["composed"]

# %% [markdown]
# **A signal through 32 blocks,** and its gradient back. Blocks as they start, in four versions: with
# and without the free path, with and without the norms. The size of what comes in is 1, and so is
# that of the gradient at the end. Predict which of the four carry both.


# %%
def size_of(array):
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


def through(depth, path, norm):
    """The size of the signal behind `depth` blocks, how far places are apart in it, the size of its gradient."""
    manual_seed(5)
    x, mask = Tensor(randn(32, 64), requires_grad=True), causal_mask(32)
    out = x
    for block in (TransformerBlock(64, 4) for _ in range(depth)):
        attend = lambda rows, block=block: block.self_attn(rows, mask)  # noqa: E731
        for layer, norm_of in ((attend, block.norm1), (block.feed_forward, block.norm2)):
            added = layer(norm_of(out) if norm else out)
            out = out + added if path else added
    g = randn(32, 64)
    out.backward(g)
    return size_of(out.data), size_of(out.data.std(axis=0)), size_of(x.grad.data) / size_of(g.data)


versions = {(False, False): "bare", (False, True): "norms", (True, False): "path", (True, True): "path and norms"}
print("signal / places apart / gradient, behind        1                    8                   32 blocks")
found = {}
for (path, norm), name in versions.items():
    found[name] = [through(depth, path, norm) for depth in (1, 8, 32)]
    print(f"{name:22}", *("   {:8.2g} {:8.2g} {:8.2g}".format(*sizes) for sizes in found[name]))
assert found["bare"][2][2] < 1e-30
assert found["norms"][2][1] < 1e-6
assert found["path"][2][2] > 20
assert max(found["path and norms"][2]) < 5

# %% [markdown]
# Norms alone keep the size and lose the content: all places are the same. The path alone keeps the
# content, and the sums grow, one upon the other. It takes both.
#
# **Parameters.** Your formula first, then the count; then two models that others have built, from
# their published sizes. (GPT-2 and GPT-3 use the table of tokens as their head as well: `vocab * d`
# less.)

# %%
model = Transformer(vocab=1000, d_model=64, n_heads=4, n_layers=2)
predicted, counted = transformer_parameters(1000, 64, 2), parameters_in(model)
print(f"predicted {predicted:,}, counted {counted:,}")
for name, part in [("tables", [model.embedding, model.positions]), ("head", [model.head])]:
    print(f"   {name:13} {sum(map(parameters_in, part)) / counted:5.1%}")
for name in ("self_attn", "feed_forward", "norm1", "norm2"):
    print(f"   {name:13} {sum(parameters_in(getattr(b, name)) for b in model.layers) / counted:5.1%}")
assert predicted == counted == 293_632

gpt2 = transformer_parameters(50_257, 768, 12) - 50_257 * 768
gpt3 = transformer_parameters(50_257, 12_288, 96, max_len=2048) - 50_257 * 12_288
print(f"GPT-2: {gpt2:,} parameters; GPT-3: {gpt3 / 1e9:.0f} billion, of which", end=" ")
print(f"{12 * 96 * 12_288**2 / gpt3:.1%} are 12 d d a block")
assert gpt2 == 124_439_808
bytes_of_training = gpt3 * 4 * 4  # weights, gradients, and Adam's two averages, 4 bytes each
print(f"to train GPT-3 takes {bytes_of_training / 1e12:.1f} TB, {bytes_of_training / 2**40:.2f} TiB")
assert 2.5 < bytes_of_training / 2**40 < 2.6

# %% [markdown]
# In a small model the tables weigh most, in a large one everything is blocks. And the bytes above
# are there before the first text comes in. What a text adds are *activations*.
#
# **Activations.** What does the way back need, for each place? Go through your block and count, in
# numbers: a norm keeps its normalized row and its result, 2 d; the projection 3 d; the shares of H
# heads over N places, H N; the attention's result d; the second norm 2 d. GELU keeps its input, what the
# error function was given, the factor, and its result: four arrays of 4 d. Together 24 d + H N for each
# place and layer. (The sums are needed by nobody.)

# %%
for batch, n in [(1, 64), (16, 64), (4, 256)]:
    model, ids = Transformer(256, 64, 4, 2), rng.integers(0, 256, (batch, n))
    predicted = 4 * batch * n * (2 * (24 * 64 + 4 * n) + 2 * 64 + 256)  # the last norm, the shares of the loss
    kept = bytes_kept(lambda model=model, ids=ids: model(ids, ids))
    weights = 4 * parameters_in(model)
    print(f"{batch:2} texts of {n:3} ids: predicted {predicted:10,} bytes, kept {kept:10,},", end=" ")
    print(f"{kept / weights:4.1f} times the parameters; {kept / batch / n:6,.0f} a token")
    assert abs(kept / predicted - 1) < 0.1

# %% [markdown]
# The same 1,024 ids cost half as much again when they are four long texts instead of 16 short ones:
# the shares grow with N squared.
#
# **The next token.** `generate` hands the model the whole text for every token. Predict what one
# more token costs after 16, 128 and 1,024 others: multiply-adds, and then milliseconds.

# %%
model, spent = Transformer(1000, 64, 4, 2).eval(), {}
for n in (16, 128, 1024):
    ids = rng.integers(0, 1000, n)
    work = n * (2 * 12 * 64 * 64 + 1000 * 64) + 2 * 2 * n * n * 64
    with no_grad():
        spent[n] = seconds(lambda ids=ids: model(ids), 5)
    print(f"after {n:4} tokens: {work:11,} multiply-adds, {spent[n] * 1e3:7.2f} ms for the next one")
assert spent[1024] > 5 * spent[16]
print(f"a text of 1,000 tokens: the model reads {1000 * 1001 // 2:,} ids to write it")

# %% [markdown] reflect="where-the-norm" points=2
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. The norm in the path.** In 2017 a layer was `x = norm(x + layer(x))`. Change `through` to that
# form and run it for 1, 8 and 32 blocks. Of its three numbers, which one differs most from "path and
# norms", measured against the size of the signal? What does each norm do to that which came in first?
#
# ### BEGIN SOLUTION
# Rubric: signal 1.0 and gradient 1.5 are fine at 32 blocks; the places are 0.47 apart in a signal of
# 1.0, against 1.5 in 1.9 (0.79). Each of the 64 norms divides the whole sum by a little more than 1, so
# what came first fades in favour of what was added last; the free path is gone. One point each half.
# ### END SOLUTION

# %% [markdown] reflect="does-it-fit" points=2
# **2. Does it fit?** A machine has 80 GB. How many of them are needed to hold GPT-3 for training, in
# float32, before a single activation? How many to use it only? Name the largest item that could be
# dropped or made smaller in each case.
#
# ### BEGIN SOLUTION
# Rubric: 2.8e12 / 80e9 = 35 machines; weights alone 0.7 TB, 9 machines. Training: Adam's averages
# (half of all), or 2 bytes a number; using: no gradients and no state; 2 bytes instead of 4. One
# point each half.
# ### END SOLUTION

# %% [markdown] reflect="again-and-again" points=2
# **3. Again and again.** While a text of 1,000 tokens is written, how often does the model compute
# the rows of the first token? Does any of these rows come out differently the second time? Answer
# with the causal mask, for the embedding, the keys, and the output of the last block.
#
# ### BEGIN SOLUTION
# Rubric: 1,000 times. No: nothing before a place depends on what comes after it, so every row of an
# earlier place, in every layer, is the same each time. Only the last place is new. One point each.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.LayerNorm` is yours. Your block is a `torch.nn.TransformerEncoderLayer(norm_first=True,
# activation="gelu", batch_first=True)`: the keys are the same, and a state loads in both directions.
# It is called an encoder layer there, because PyTorch's decoder layer has a second attention, which
# looks at another text; with a causal mask the first one is what today's decoders are made of. Mind
# the mask: in that class True means *not* allowed, the opposite of `scaled_dot_product_attention`
# and of ours. Its default is norm_first=False, the form of 2017, with ReLU and a dropout of 0.1.
# PyTorch has neither a whole language model nor `generate`; other libraries add them.
#
# ## Today
#
# The block has hardly changed since 2019. Layer normalization has lost its mean and its bias in many
# models, which then divide by the root of the mean square only; GELU has made room for products of
# two layers, one with a bend; positions are turned into q and k instead of being added in front. In
# the largest models the feed-forward network has become many, and each token visits a few of them.
# The rest is size: your formula with d in the thousands and n_layers near a hundred.
