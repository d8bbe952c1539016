# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# ## Build

# %% solution="one-hot"
#| default_exp nn.embedding
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)
import numpy as np

from tinytorch.core.autograd import gradient
from tinytorch.core.tensor import Tensor, apply, kernel, randn, whole_numbers, wrap
from tinytorch.nn.layers import Module, Parameter, whole_size


def one_hot(ids: np.ndarray, classes: int) -> np.ndarray:
    """A row of float32 zeros for each id, with a 1 in the column of the id: ids (n,) give (n, classes).

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    ### BEGIN SOLUTION
    rows = np.zeros((len(ids), classes), np.float32)
    rows[np.arange(len(ids)), ids] = 1
    return rows
    ### END SOLUTION


# %% test="one-hot" points=10
def test_one_hot():
    pass


test_one_hot()

# %% solution="look-up"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


@kernel("embedding")
def embedding(weight, ids):
    """Row ids[...] of the table for each id: weight (rows, d) and ids of any shape give (*ids.shape, d).

    >>> embedding(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1, 0]]))
    array([[[3., 4.],
            [1., 2.]]])
    """
    ### BEGIN SOLUTION
    return weight.take(ids, axis=0)
    ### END SOLUTION


# %% test="look-up" points=10
def test_look_up():
    pass


test_look_up()

# %% solution="add-rows"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)
BLOCK = 32


def add_rows(g: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    """An array (rows, d): row i is the sum of those rows of g (n, d) whose id is i.

    >>> add_rows(np.array([[1.0], [10.0], [100.0]]), np.array([2, 0, 2]), 4)
    array([[ 10.],
           [  0.],
           [101.],
           [  0.]])
    """
    out = np.zeros((rows, g.shape[1]), g.dtype)
    if not np.isfinite(g).all():  # 0 * inf is nan: a product would carry it into other rows
        np.add.at(out, ids, g)
        return out
    ### BEGIN SOLUTION
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]
    first = np.append(True, ids[1:] != ids[:-1])[: len(ids)]
    distinct, which = ids[first], np.cumsum(first) - 1
    for start in range(0, len(distinct), BLOCK):
        block = distinct[start : start + BLOCK]
        a, b = np.searchsorted(which, [start, start + BLOCK])
        out[block] = one_hot(which[a:b] - start, len(block)).T @ g[a:b]
    return out
    ### END SOLUTION


@gradient("embedding")
def embedding_gradients(out, weight, ids):
    rows = len(weight)
    return (lambda g: add_rows(g.reshape(-1, g.shape[-1]), ids.reshape(-1), rows),)


# %% test="add-rows" points=10
def test_add_rows():
    pass


test_add_rows()

# %% solution="embedding-layer"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


class Embedding(Module):
    """A table with a row of learned numbers for each id, as `torch.nn.Embedding`.

    Ids of any shape, whole numbers in 0 ... num_embeddings - 1 as a list, an array or a Tensor of any type,
    give (*shape, embedding_dim). Raises ValueError for an id that is not whole or out of range.

    >>> layer = Embedding(256, 64)
    >>> layer.weight.shape, layer([[7, 0, 7]]).shape
    ((256, 64), (1, 3, 64))
    """

    def __init__(self, num_embeddings: int, embedding_dim: int):
        self.num_embeddings = whole_size(num_embeddings, "num_embeddings")
        self.embedding_dim = whole_size(embedding_dim, "embedding_dim")
        ### BEGIN SOLUTION
        self.weight = Parameter(randn(num_embeddings, embedding_dim))
        ### END SOLUTION

    def forward(self, ids) -> Tensor:
        ids = whole_numbers(ids, "id", self.num_embeddings)
        ### BEGIN SOLUTION
        return apply("embedding", self.weight, ids=ids)
        ### END SOLUTION

    def extra_repr(self):
        return f"{self.num_embeddings}, {self.embedding_dim}"


# %% test="embedding-layer" points=10
def test_layer():
    pass


test_layer()

# %% solution="sinusoids"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


def sinusoids(n: int, d: int) -> np.ndarray:
    """Waves of growing length, float32 (n, d): even columns sin(p f), odd columns cos(p f), f = 10000^(-column / d).

    >>> sinusoids(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]], dtype=float32)
    """
    table = np.zeros((n, d), np.float32)
    ### BEGIN SOLUTION
    angles = np.arange(n)[:, None] * 10000.0 ** (-np.arange(0, d, 2) / d)
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : d // 2])
    return table
    ### END SOLUTION


# %% test="sinusoids" points=10
def test_sinusoids():
    pass


test_sinusoids()

# %% solution="positional-encodings"
#| export
#| hint (to come)
#| hint (to come)
#| hint (to come)


def places(x, positions, table):
    """The rows of `table` (max_len, d) for x (..., N, d): the first N, or those at `positions`.

    Raises ValueError if x has another width, or is longer than the table.
    """
    (max_len, width), n = table.shape, x.shape[-2] if x.ndim > 1 else 0
    if x.ndim < 2 or x.shape[-1] != width:
        raise ValueError(f"wanted is an input of shape (..., N, {width}), not {x.shape}")
    if positions is not None:
        return apply("embedding", table, ids=whole_numbers(positions, "position", max_len))
    if n > max_len:
        raise ValueError(f"{n} positions, but max_len is {max_len}")
    return table[:n]


class SinusoidalPositionalEncoding(Module):
    """x plus a fixed pattern of waves for each position: x (..., N, d_model) gives the same shape.

    `positions`, whole numbers (N,) or (B, N), are 0 ... N - 1 if they are left out. Raises ValueError for
    positions from max_len on.

    >>> SinusoidalPositionalEncoding(4)(Tensor(np.zeros((1, 4)))).data[0].tolist()
    [0.0, 1.0, 0.0, 1.0]
    """

    def __init__(self, d_model: int, max_len: int = 5000):
        self.table = wrap(sinusoids(whole_size(max_len, "max_len"), whole_size(d_model, "d_model")))

    def forward(self, x: Tensor, positions=None) -> Tensor:
        ### BEGIN SOLUTION
        return x + places(x, positions, self.table)
        ### END SOLUTION


class LearnedPositionalEncoding(Module):
    """x plus a learned row for each position: x (..., N, d_model) gives the same shape.

    `weight` is (max_len, d_model) and starts small, with a deviation of 0.02. `positions` as above.

    >>> layer = LearnedPositionalEncoding(8, max_len=16)
    >>> layer.weight.shape, layer(Tensor(np.zeros((2, 3, 8)))).shape
    ((16, 8), (2, 3, 8))
    """

    def __init__(self, d_model: int, max_len: int = 1024):
        ### BEGIN SOLUTION
        self.weight = Parameter(randn(whole_size(max_len, "max_len"), whole_size(d_model, "d_model")) * 0.02)
        ### END SOLUTION

    def forward(self, x: Tensor, positions=None) -> Tensor:
        ### BEGIN SOLUTION
        return x + places(x, positions, self.weight)
        ### END SOLUTION


# %% test="positional-encodings" points=10
def test_positional_encodings():
    pass


test_positional_encodings()
