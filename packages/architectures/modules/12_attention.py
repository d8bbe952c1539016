# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# ## Build
#
# ### One question, many answers

# %% solution="attention-explicit"
#| default_exp nn.attention
#| export
#| hint How well does each key fit the query, and what is done with the values once you know?
#| hint Three passes: a score for each key, the softmax of the scores, a weighted sum of the values.
#| hint total += query[i] * keys[j, i], divided by sqrt(d); then out[i] += shares[j] * values[j, i].
import math

import numpy as np

from tinytorch.core.autograd import gradient
from tinytorch.core.tensor import Tensor, apply, as_array, kernel, whole_numbers, wrap, zeros
from tinytorch.nn.activations import Softmax, softmax_explicit
from tinytorch.nn.layers import Linear, Module, Parameter, whole_size, xavier_uniform_


def attention_explicit(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """One look-up with loops: query (d,), keys (M, d) and values (M, dv) give a mixture of values, (dv,).

    >>> attention_explicit(Tensor([0, 0]), Tensor([[1, 2], [3, 4]]), Tensor([[10, 0], [0, 20]]))
    Tensor([ 5., 10.])
    """
    (count, width), out = keys.shape, np.zeros(values.shape[1], np.float32)
    ### BEGIN SOLUTION
    scores = []
    for j in range(count):
        total = 0.0
        for i in range(width):
            total += float(query.data[i] * keys.data[j, i])
        scores.append(total / math.sqrt(width))
    shares = softmax_explicit(scores)
    for j in range(count):
        for i in range(len(out)):
            out[i] += shares[j] * values.data[j, i]
    ### END SOLUTION
    return Tensor(out)


def attention_multiply_adds(queries: int, keys: int, d: int, dv: int) -> int:
    """The multiply-adds of `queries` look-ups among `keys` keys of size d, with values of size dv.

    >>> attention_multiply_adds(64, 64, 16, 16)
    131072
    """
    ### BEGIN SOLUTION
    return queries * keys * (d + dv)
    ### END SOLUTION


# %% test="attention-explicit" points=10
from tinytorch.testing import check, check_gradients, check_raises, check_true


def example(*shapes, seed=1):
    """Tensors of random numbers."""
    rng = np.random.default_rng(seed)
    return [Tensor(rng.standard_normal(shape)) for shape in shapes]


def test_attention_explicit():
    query, keys, values = example((3,), (4, 3), (4, 2))
    exps = np.exp(keys.data @ query.data / 3**0.5)
    want = Tensor(exps @ values.data / exps.sum())
    check("attention_explicit(query (3,), keys (4, 3), values (4, 2))", attention_explicit(query, keys, values), want)


test_attention_explicit()

# %% solution="masks"
#| export
#| hint May the first position look at the second? May the second look at the first?
#| hint Rows are queries, columns are keys: row i allows the columns up to i.
#| hint wrap(np.tri(n, dtype=bool)); real = np.arange(n) < lengths[:, None], and one more dimension.


def causal_mask(n: int) -> Tensor:
    """Truth values (n, n): True where a position may look, at itself and at all before it.

    >>> causal_mask(3)
    Tensor([[ True, False, False],
            [ True,  True, False],
            [ True,  True,  True]])
    """
    ### BEGIN SOLUTION
    return wrap(np.tri(n, dtype=bool))
    ### END SOLUTION


def padding_mask(real: object, n: int | None = None) -> Tensor:
    """Truth values (B, 1, n): True where a key is real and not padding, for every query alike.

    `real` is either the lengths of B sequences that begin at the left, n being the largest if it is left
    out; or truth values (B, n), for padding anywhere. Raises ValueError for a length that is not in 0 ... n.

    >>> padding_mask([3, 1])
    Tensor([[[ True,  True,  True]],
    <BLANKLINE>
            [[ True, False, False]]])
    """
    real = as_array(real)
    if real.dtype != bool:
        n = int(real.max(initial=0)) if n is None else n
        lengths = whole_numbers(real, "length", n + 1)
        ### BEGIN SOLUTION
        real = np.arange(n) < lengths[:, None]
    return wrap(real[:, None, :])
    ### END SOLUTION


# %% test="masks" points=10
def test_masks():
    pass


test_masks()

# %% solution="attention-weights"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)
LOWEST = float(np.finfo(np.float32).min)


def attention_scores(q: Tensor, k: Tensor) -> Tensor:
    """How well each key fits each query: q (..., N, d) and k (..., M, d) give (..., N, M).

    >>> attention_scores(Tensor([[2, 0, 0, 0]]), Tensor([[1, 0, 0, 0], [3, 0, 0, 0]]))
    Tensor([[1., 3.]])
    """
    ### BEGIN SOLUTION
    return q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    ### END SOLUTION


def as_bias(mask) -> Tensor:
    """What is added to the scores for a mask: 0 or a float where it allows, a very low number where not."""
    if isinstance(mask, Tensor) and mask.requires_grad:
        return mask
    array = as_mask(mask)
    return wrap(np.where(array, 0, LOWEST).astype(np.float32) if array.dtype == bool else np.maximum(array, LOWEST))


def as_mask(mask, shape=None):
    """A mask as an array of truth values or floats that broadcasts to `shape`, or None.

    Raises TypeError for whole numbers, because they could mean either, and ValueError for a shape that does
    not fit.
    """
    if mask is None:
        return None
    array = mask.data if isinstance(mask, Tensor) else as_array(mask)
    if array.dtype.kind not in "bf":
        raise TypeError(f"a mask holds truth values (True: allowed) or floats (added), not {array.dtype}")
    if shape is not None:
        fits = len(array.shape) <= len(shape) and all(
            m in (1, n) for m, n in zip(reversed(array.shape), reversed(shape), strict=False)
        )
        if not fits:
            raise ValueError(f"a mask of shape {array.shape} does not fit scores of shape {shape}")
    return array


def attention_weights(q: Tensor, k: Tensor, mask=None) -> Tensor:
    """The share that each query gives to each key: q (..., N, d) and k (..., M, d) give (..., N, M).

    >>> attention_weights(Tensor([[0, 0]]), Tensor([[1, 2], [3, 4]]))
    Tensor([[0.5, 0.5]])
    """
    scores = attention_scores(q, k)
    ### BEGIN SOLUTION
    if mask is None:
        return Softmax(-1)(scores)
    bias = as_bias(mask)
    some = (bias.data > LOWEST).any(-1, keepdims=True).astype(np.float32)
    return Softmax(-1)(scores + bias) * some
    ### END SOLUTION


# %% test="attention-weights" points=10
def test_attention_weights():
    pass


test_attention_weights()

# %% solution="fused-attention"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)
SAFE = 60.0  # a float32 holds exp(-60) and exp(60), and the sum of billions of them


def lower_rows(scores, mask):
    """In place, for any numbers: add the mask, and take the largest of each row away."""
    with np.errstate(invalid="ignore"):  # inf - inf is nan, and is to be seen
        if mask is not None:
            scores += np.where(mask, 0, -np.inf) if mask.dtype == bool else mask
        top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
        top[top == -np.inf] = 0  # nothing allowed: every exponential will be 0
        scores -= top


def softmax_in_place(scores, mask):
    """Scores (..., N, M) become shares, in the same memory; rows with nothing allowed become 0."""
    small = -SAFE < scores.min(initial=0) and scores.max(initial=0) < SAFE
    if not small or (mask is not None and mask.dtype != bool):
        lower_rows(scores, mask)
        mask = None
    ### BEGIN SOLUTION
    np.exp(scores, out=scores)
    if mask is not None:
        scores *= mask
    sums = scores @ np.ones(scores.shape[-1], scores.dtype)
    sums[sums == 0] = 1
    scores *= (1 / sums)[..., None]
    return scores
    ### END SOLUTION


@kernel("attention")
def attention(q, k, v, mask=None, weights=None):
    """softmax(q k^T / sqrt(d)) v: q (..., N, d), k (..., M, d) and v (..., M, dv) give (..., N, dv).

    `mask` is an array of truth values or floats, `weights` an array (..., N, M) that receives the shares.

    >>> attention(np.zeros((1, 2)), np.eye(2), np.array([[2.0], [4.0]]))
    array([[3.]])
    """
    ### BEGIN SOLUTION
    scores = np.matmul(q * max(q.shape[-1], 1) ** -0.5, k.swapaxes(-1, -2), out=weights)
    shares = softmax_in_place(scores, mask)
    ### END SOLUTION
    batch = np.broadcast_shapes(shares.shape[:-2], v.shape[:-2])
    out = np.empty_like(q, np.result_type(shares, v), shape=(*batch, q.shape[-2], v.shape[-1]))
    return np.matmul(shares, v, out=out)  # lies in memory as q does


def scores_shape(q, k, v):
    """The shape (..., N, M) of the scores; ValueError if the three shapes do not fit."""
    shapes = f"q {q}, k {k}, v {v}"
    if min(len(q), len(k), len(v)) < 2:
        raise ValueError(f"queries, keys and values have at least two dimensions: {shapes}")
    if q[-1] != k[-1] or k[-2] != v[-2]:
        raise ValueError(f"wanted are q (..., N, d), k (..., M, d), v (..., M, dv), not {shapes}")
    try:
        batch = np.broadcast_shapes(q[:-2], k[:-2], v[:-2])
    except ValueError:
        raise ValueError(f"the leading dimensions do not fit: {shapes}") from None
    return (*batch, q[-2], k[-2])


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask=None) -> Tensor:
    """softmax(q k^T / sqrt(d)) v in one operation, as `torch.nn.functional.scaled_dot_product_attention`.

    q (..., N, d), k (..., M, d), v (..., M, dv) give (..., N, dv). A mask that broadcasts to (..., N, M) is of
    truth values, True where attention is allowed, or of floats that are added to the scores. A query that may
    look nowhere gets zeros. Raises ValueError for shapes that do not fit, TypeError for a mask of integers.

    >>> scaled_dot_product_attention(zeros(2, 4), zeros(2, 4), Tensor([[2], [4]]), causal_mask(2))
    Tensor([[2.],
            [3.]])
    """
    q, k, v = (x if isinstance(x, Tensor) else Tensor(x) for x in (q, k, v))
    shape = scores_shape(q.shape, k.shape, v.shape)
    array = as_mask(mask, shape)
    if isinstance(mask, Tensor) and mask.requires_grad:
        return attention_weights(q, k, mask) @ v
    kept = q.requires_grad or k.requires_grad or v.requires_grad
    weights = np.empty(np.broadcast_shapes(q.shape[:-2], k.shape[:-2]) + shape[-2:], np.result_type(q.data, k.data)) if kept else None
    return apply("attention", q, k, v, mask=array, weights=weights)


# %% test="fused-attention" points=10
def test_fused():
    pass


test_fused()

# %% solution="attention-gradients"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


def scores_gradient(g, out, v, weights):
    """The gradient of the scaled scores, (..., N, M), from the gradient g of the output (..., N, dv)."""
    ### BEGIN SOLUTION
    slope = g @ v.swapaxes(-1, -2)
    slope -= np.vecdot(g, out)[..., None]
    slope *= weights
    return slope
    ### END SOLUTION


@gradient("attention")
def attention_gradients(out, q, k, v, mask=None, weights=None):
    """Three functions; those of q and k share the gradient of the scores."""
    made, scale = [], max(q.shape[-1], 1) ** -0.5

    def by_scores(g):
        if not made:
            made.append(scores_gradient(g, out, v, weights))
        return made[0]

    ### BEGIN SOLUTION
    return (
        lambda g: scaled(by_scores(g) @ k, scale),
        lambda g: scaled(by_scores(g).swapaxes(-1, -2) @ q, scale),
        lambda g: weights.swapaxes(-1, -2) @ g,
    )
    ### END SOLUTION


def scaled(array, factor):
    """`array` times a number, in its own memory."""
    array *= factor
    return array


# %% test="attention-gradients" points=10
def test_gradients():
    pass


test_gradients()

# %% solution="attention-layer"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


class Attention(Module):
    """One look-up among the positions of a sequence: x (..., N, d_model) gives (..., N, d_head).

    Queries, keys and values are three linear layers of the same x, without biases. `d_head` is d_model if it
    is left out. `mask` as in `scaled_dot_product_attention`.

    >>> Attention(8, 4)(zeros(2, 5, 8), causal_mask(5)).shape
    (2, 5, 4)
    """

    def __init__(self, d_model: int, d_head: int | None = None):
        width = d_model if d_head is None else d_head
        ### BEGIN SOLUTION
        self.query = Linear(d_model, width, bias=False)
        self.key = Linear(d_model, width, bias=False)
        self.value = Linear(d_model, width, bias=False)
        ### END SOLUTION

    def forward(self, x: Tensor, mask=None) -> Tensor:
        ### BEGIN SOLUTION
        return scaled_dot_product_attention(self.query(x), self.key(x), self.value(x), mask)
        ### END SOLUTION


# %% test="attention-layer" points=10
def test_layer():
    pass


test_layer()

# %% solution="heads"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


def heads_view(packed, n_heads, part, parts):
    """Part `part` of `parts` of an array (..., N, parts * d) as heads, (..., n_heads, N, d / n_heads): a view.

    >>> heads_view(np.zeros((2, 5, 24)), 4, 0, 3).shape
    (2, 4, 5, 2)
    """
    width = packed.shape[-1] // parts
    ### BEGIN SOLUTION
    own = packed[..., part * width : (part + 1) * width]
    return own.reshape(*own.shape[:-1], n_heads, width // n_heads).swapaxes(-3, -2)
    ### END SOLUTION


def heads_merged(heads):
    """Heads (..., n_heads, N, d) side by side again: (..., N, n_heads * d).

    >>> heads_merged(np.zeros((2, 4, 5, 2))).shape
    (2, 5, 8)
    """
    ### BEGIN SOLUTION
    rows = heads.swapaxes(-3, -2)
    return rows.reshape(*rows.shape[:-2], rows.shape[-2] * rows.shape[-1])
    ### END SOLUTION


@kernel("heads")
def heads(packed, n_heads, part, slopes):
    return heads_view(packed, n_heads, part, 3)


@gradient("heads")
def heads_gradients(out, packed, n_heads, part, slopes):
    """The parts share one array for their gradients: the first to arrive makes it, each fills its own part."""
    shape = packed.shape

    def by_packed(g):
        if not slopes:
            slopes.append(np.zeros(shape, g.dtype))
            heads_view(slopes[0], n_heads, part, 3)[...] = g
            return slopes[0]
        heads_view(slopes[0], n_heads, part, 3)[...] = g
        return None

    return (by_packed,)


@kernel("merge_heads")
def merge_heads(heads):
    return heads_merged(heads)


@gradient("merge_heads")
def merge_heads_gradients(out, heads):
    count = heads.shape[-3]
    return (lambda g: heads_view(g, count, 0, 1),)


# %% test="heads" points=10
def test_heads():
    pass


test_heads()

# %% solution="multi-head-attention"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


def for_heads(mask):
    """A mask (B, 1 or N, N) gets a dimension for the heads: (B, 1, 1 or N, N). Others stay."""
    if mask is None or len(np.shape(mask)) != 3:
        return mask
    return mask.reshape(mask.shape[0], 1, *mask.shape[1:]) if isinstance(mask, Tensor) else as_array(mask)[:, None]


class MultiHeadAttention(Module):
    """n_heads look-ups side by side, each d_model / n_heads wide, as `torch.nn.MultiheadAttention`.

    x (B, N, d_model) or (N, d_model) gives the same shape. `mask`, True where allowed or floats to add, has the
    shape (N, N), (B, 1 or N, N) or (B, 1 or n_heads, N, N). Raises ValueError if n_heads does not divide d_model.

    >>> layer = MultiHeadAttention(8, 2)
    >>> layer(zeros(3, 5, 8), causal_mask(5)).shape, list(layer.state_dict())[:2]
    ((3, 5, 8), ['in_proj_weight', 'in_proj_bias'])
    """

    def __init__(self, d_model: int, n_heads: int, bias: bool = True):
        self.d_model, self.n_heads = whole_size(d_model, "d_model"), whole_size(n_heads, "n_heads")
        if d_model % n_heads:
            raise ValueError(f"{n_heads} heads cannot share {d_model} features evenly")
        self.in_proj_weight = xavier_uniform_(Parameter(zeros(d_model, 3 * d_model).T))
        self.in_proj_bias = Parameter(zeros(3 * d_model)) if bias else None
        self.out_proj = Linear(d_model, d_model, bias=bias)
        if bias:
            self.out_proj.bias.data[...] = 0

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of x (B, N, d_model), each (B, n_heads, N, d_head): one product, three views."""
        ### BEGIN SOLUTION
        bias = () if self.in_proj_bias is None else (self.in_proj_bias,)
        packed, slopes = apply("linear", x, self.in_proj_weight, *bias), []
        return tuple(apply("heads", packed, n_heads=self.n_heads, part=i, slopes=slopes) for i in range(3))
        ### END SOLUTION

    def merge(self, out: Tensor) -> Tensor:
        """The heads' results (B, n_heads, N, d_head) side by side and through the last layer: (B, N, d_model)."""
        ### BEGIN SOLUTION
        return self.out_proj(apply("merge_heads", out))
        ### END SOLUTION

    def forward(self, x: Tensor, mask=None) -> Tensor:
        ### BEGIN SOLUTION
        q, k, v = self.heads(x)
        return self.merge(scaled_dot_product_attention(q, k, v, for_heads(mask)))
        ### END SOLUTION

    def extra_repr(self):
        return f"d_model={self.d_model}, n_heads={self.n_heads}"


# %% test="multi-head-attention" points=10
def test_mha():
    pass


test_mha()
