# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# Module 10 turned text into whole numbers, and a model cannot do anything sensible with them. Id 40
# is not twice id 20, and the mean of "forty" and "two" is not id 21. An id is a name. What a model
# can use is a row of numbers for each name, numbers that are found like all others: by going
# downhill. The table of these rows is called an *embedding*, because it puts things that have no
# place into a space where they have one, and where near means alike.
#
# Three questions come with it:
#
# 1. **Work.** Looking up a row can be written as a product of matrices, and then it has a gradient
#    like any other. Nearly all of that product is multiplying by zero. How much is saved by not
#    doing it?
# 2. **The gradient.** A batch of text uses the same word many times. Its row gets a gradient from
#    each place, and they must be *added*. It sounds harmless. It is the one place in this course
#    where the obvious NumPy line is either wrong or slow.
# 3. **Order.** "two hundred" and "hundred two" are the same rows. Whatever adds them up cannot tell
#    the two apart. So each row must also say where it stands.

# %%
#| default_exp nn.embedding
import numpy as np

weight, ids = np.zeros((3, 2)), np.array([2, 0, 2])
weight[ids] += 1  # three ids, so three additions?
print(weight)
assert weight.sum() == 4  # row 2 was to get 2, and got 1: four numbers, not six

# %% [markdown]
# ## Build
#
# ### A product with zeros
#
# Give each id a row of zeros with a single 1, in the column of the id. It is called *one-hot*. No
# two ids are nearer to each other than any other two, so nothing wrong is claimed. Multiplied with
# a matrix, such a row picks out one of its rows:
#
# ```
#    [0 0 1 0]  x  [ row 0 ]   =   [ row 2 ]
#    [1 0 0 0]     [ row 1 ]       [ row 0 ]
#                  [ row 2 ]
#                  [ row 3 ]
# ```
#
# So an embedding is a linear layer without a bias, whose input is one-hot. Write the rows, and
# count the multiply-adds of that product: `n` ids, a table of `rows` rows of `d` numbers.

# %% solution="one-hot"
#| export
#| hint In which row and in which column stands the 1 of the i-th id?
#| hint Start from float32 zeros (n, classes). One assignment with two lists of indices sets all the ones.
#| hint hot[np.arange(len(ids)), ids] = 1; the product costs n * rows * d multiply-adds.
import numpy as np

from tinytorch.core.autograd import gradient
from tinytorch.core.tensor import Tensor, apply, kernel, randn, whole_numbers, wrap
from tinytorch.nn.layers import Module, Parameter, whole_size


def one_hot(ids: np.ndarray, classes: int) -> np.ndarray:
    """A row of zeros for each id, with a 1 in the column of the id: ids (n,) give float32 (n, classes).

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    ### BEGIN SOLUTION
    hot = np.zeros((len(ids), classes), np.float32)
    hot[np.arange(len(ids)), ids] = 1
    return hot
    ### END SOLUTION


def one_hot_multiply_adds(n: int, rows: int, d: int) -> int:
    """The multiply-adds of a product of n one-hot rows with a table (rows, d).

    >>> one_hot_multiply_adds(1024, 1000, 64)
    65536000
    """
    ### BEGIN SOLUTION
    return n * rows * d
    ### END SOLUTION


# %% test="one-hot" points=12
from tinytorch.testing import check, check_gradients, check_raises, check_true


def test_one_hot():
    want = np.array([[0, 1, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]], np.float32)
    check("one_hot([1, 3, 1], 4)", one_hot(np.array([1, 3, 1]), 4), want)
    check("one_hot([], 4).shape", one_hot(np.array([], int), 4).shape, (0, 4))


def test_one_hot_rows_pick_rows():
    table = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    check("one_hot([4, 0], 5) @ table", one_hot(np.array([4, 0]), 5) @ table, table[[4, 0]])


def test_one_hot_multiply_adds():
    check("one_hot_multiply_adds(2, 5, 3)", one_hot_multiply_adds(2, 5, 3), 30)


test_one_hot()
test_one_hot_rows_pick_rows()
test_one_hot_multiply_adds()

# %% [markdown]
# ### A look-up
#
# The product is the definition. The work is done by taking the rows: no multiplication, and the ids
# may have any shape. Ids (B, N) give (B, N, d): a row of numbers where there was one number.

# %% solution="look-up"
#| export
#| hint What does NumPy return when an array is indexed with an array of whole numbers?
#| hint The ids choose rows, so they index dimension 0; their own shape comes first in the result.
#| hint return weight.take(ids, axis=0), which is weight[ids], somewhat faster.


@kernel("embedding")
def embedding(weight, ids):
    """The row of the table for each id: weight (rows, d), ids of any shape, gives (*ids.shape, d).

    >>> embedding(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1, 0]]))
    array([[[3., 4.],
            [1., 2.]]])
    """
    ### BEGIN SOLUTION
    return weight.take(ids, axis=0)
    ### END SOLUTION


# %% test="look-up" points=8
def test_look_up():
    table = np.random.default_rng(1).standard_normal((6, 2)).astype(np.float32)
    for shape in [(4,), (2, 3), (), (0,)]:
        ids = np.random.default_rng(2).integers(0, 6, shape)
        call = f"embedding(weight (6, 2), ids of shape {shape})"
        want = one_hot(ids.reshape(-1), 6).dot(table).reshape(*shape, 2)
        check(call, lambda ids=ids: embedding(table, ids), want)


test_look_up()

# %% [markdown]
# ### The way back
#
# A row that was taken twice moved the result in two places, so its gradient is the sum of both. The
# rows that nobody took get 0. Write it as a loop first: it is the specification of what follows.
#
# The cell at the top of this chapter shows what becomes of it in one line of NumPy. `weight[ids] +=
# 1` reads all three rows, adds, and writes them back: row 2 twice, the same value. The second write
# covers the first.

# %% solution="add-rows-explicit"
#| export
#| hint Which row of the result does the i-th row of g belong to?
#| hint Zeros of shape (rows, d), and a loop over the ids; rows that meet are added.
#| hint for i, id in enumerate(ids): out[id] += g[i].


def add_rows_explicit(g: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    """An array (rows, d): its row r is the sum of those rows of g (n, d) whose id is r. With a loop.

    >>> add_rows_explicit(np.array([[1.0], [10.0], [100.0]]), np.array([2, 0, 2]), 4)
    array([[ 10.],
           [  0.],
           [101.],
           [  0.]])
    """
    out = np.zeros((rows, g.shape[1]), g.dtype)
    ### BEGIN SOLUTION
    for i in range(len(ids)):
        out[ids[i]] += g[i]
    ### END SOLUTION
    return out


# %% test="add-rows-explicit" points=8
def sums(function, ids, rows=7, width=3):
    """`function` and the definition by a product, on random gradients for the ids."""
    g, ids = np.random.default_rng(3).standard_normal((len(ids), width)).astype(np.float32), np.array(ids, int)
    call = f"{function.__name__}(g, ids {np.array2string(ids, threshold=8, edgeitems=3)}, {rows})"
    check(call, function(g, ids, rows), (one_hot(ids, rows).T @ g).astype(np.float32))


def test_add_rows_explicit():
    sums(add_rows_explicit, [2, 0, 5])
    sums(add_rows_explicit, [2, 0, 2, 2, 6])


test_add_rows_explicit()

# %% [markdown]
# ### The staircase
#
# NumPy has a function for this loop, `np.add.at`, and in older versions it was hardly faster than
# the loop itself. BLAS, on the other hand, sits idle. The gradient *is* a product: the transposed
# one-hot matrix times g. Its fault is only its size: a thousand columns, one of them used.
#
# So sort the ids, and the rows of g along with them. Equal ids now stand together, and the one-hot
# matrix of sorted ids is a staircase, with nothing above or below the steps:
#
# ```
#    ids  which     distinct  3 5 8 9
#     3     0       1 . . .
#     3     0       1 . . .      the first four rows of g need two columns,
#     3     0       1 . . .      those of the distinct ids 3 and 5
#     5     1       . 1 . .
#    --------------------------------
#     5     1       . 1 . .
#     8     2       . . 1 .      the next four need three columns,
#     8     2       . . 1 .      those of 5, 8 and 9
#     9     3       . . . 1
# ```
#
# `which` numbers the distinct ids in their order: it grows by 1 wherever a new id begins. Take
# `BLOCK` rows at a time. Their columns run from the first to the last of their `which`, so there
# are at most `BLOCK`, however large the table. What lies outside of the blocks is never written
# down. An id may stand in two blocks, like 5 above: add to what is there.
#
# The lines above the solution are given: zero times `inf` is `nan`, so in a product one row that
# went wrong would spoil its neighbours. If that happens, speed is not what matters.

# %% solution="add-rows"
#| export
#| hint After sorting, how do you see that a new id begins, and how does that number the ids?
#| hint order = np.argsort(ids, kind="stable"); an id differs from the one before; np.cumsum of that is `which`.
#| hint own = which[a : a + BLOCK]; block = distinct[own[0] : own[-1] + 1]; out[block] += one_hot(...).T @ g[...].
BLOCK = 64


def add_rows(g: np.ndarray, ids: np.ndarray, rows: int) -> np.ndarray:
    """An array (rows, d): its row r is the sum of those rows of g (n, d) whose id is r. With small products.

    >>> add_rows(np.array([[1.0], [10.0], [100.0]]), np.array([2, 0, 2]), 4)
    array([[ 10.],
           [  0.],
           [101.],
           [  0.]])
    """
    out = np.zeros((rows, g.shape[1]), g.dtype)
    if len(ids) == 0 or not np.isfinite(g).all():
        np.add.at(out, ids, g)
        return out
    ### BEGIN SOLUTION
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]
    first = np.append(True, ids[1:] != ids[:-1])
    distinct, which = ids[first], np.cumsum(first) - 1
    for start in range(0, len(ids), BLOCK):
        own = which[start : start + BLOCK]
        block = distinct[own[0] : own[-1] + 1]
        out[block] += one_hot(own - own[0], len(block)).T @ g[start : start + BLOCK]
    return out
    ### END SOLUTION


@gradient("embedding")
def embedding_gradients(out, weight, ids):
    rows = len(weight)
    return (lambda g: add_rows(g.reshape(-1, g.shape[-1]), ids.reshape(-1), rows),)


# %% test="add-rows" points=20
def test_add_rows():
    sums(add_rows, [2, 0, 5])
    sums(add_rows, [2, 0, 2, 2, 6])
    sums(add_rows, [4] * 9)
    sums(add_rows, [])


def test_add_rows_of_many_ids():
    rng = np.random.default_rng(4)
    for n, rows in [(300, 40), (200, 1000), (64, 64)]:
        sums(add_rows, rng.integers(0, rows, n), rows)


def test_add_rows_keeps_its_inputs_and_types():
    g, ids = np.ones((3, 2)), np.array([2, 0, 2])
    check("add_rows(g, ids, 3) for float64 g", add_rows(g, ids, 3), np.array([[1.0, 1], [0, 0], [2, 2]]))
    check("ids afterwards", ids, np.array([2, 0, 2]))


def test_one_bad_row_stays_one():
    g = np.array([[1.0], [np.inf], [2.0]], np.float32)
    got = add_rows(g, np.array([0, 1, 2]), 3)
    check("add_rows of a gradient with inf in the row of id 1", got, g)


def test_embedding_gradient():
    table = np.random.default_rng(5).standard_normal((4, 2))
    ids = np.array([[3, 0, 3], [1, 3, 3]])
    check_gradients("embedding, ids [[3, 0, 3], [1, 3, 3]]", lambda w: apply("embedding", w, ids=ids), table)


test_add_rows()
test_add_rows_of_many_ids()
test_add_rows_keeps_its_inputs_and_types()
test_one_bad_row_stays_one()
test_embedding_gradient()

# %% [markdown]
# ### The layer
#
# The layer owns the table. It starts with numbers of mean 0 and variance 1, as PyTorch's does: rows
# at random directions, none of them special. The ids are checked, because an id that is too large
# by one is the most frequent error of all, and -1 would silently be the last row.

# %% solution="embedding"
#| export
#| hint What does the layer own, and what makes it a parameter?
#| hint `randn` gives numbers of mean 0 and variance 1; forward goes through the door.
#| hint self.weight = Parameter(randn(num_embeddings, embedding_dim)); return apply("embedding", self.weight, ids=ids).


class Embedding(Module):
    """A table with a row of learned numbers for each id, as `torch.nn.Embedding`.

    Ids of any shape, whole numbers in 0 ... num_embeddings - 1 in a list, an array or a Tensor of any type,
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


# %% test="embedding" points=12
from tinytorch.core.tensor import manual_seed


def test_embedding():
    layer = Embedding(3, 2)
    layer.weight.data[...] = [[0, 1], [10, 11], [20, 21]]
    for ids in ([[2, 0]], np.array([[2, 0]]), np.array([[2.0, 0.0]]), Tensor([[2, 0]])):
        check(f"layer({ids!r})", layer(ids), Tensor([[[20, 21], [0, 1]]]))


def test_embedding_is_a_parameter():
    check("the parameters of Embedding(3, 2)", [n for n, _ in Embedding(3, 2).named_parameters()], ["weight"])
    layer = Embedding(3, 2)
    layer([1, 1]).sum().backward()
    check("layer.weight.grad after layer([1, 1]).sum().backward()", layer.weight.grad, Tensor([[0, 0], [2, 2], [0, 0]]))


def test_embedding_starts_as_in_pytorch():
    manual_seed(0)
    weight = Embedding(200, 50).weight
    check("the mean of the table of Embedding(200, 50)", weight.mean().item(), 0.0, tolerance=0.05)
    check("its mean square", (weight * weight).mean().item(), 1.0, tolerance=0.05)


def test_embedding_refuses():
    for ids in ([0, 3], [-1], [0.5]):
        check_raises(f"Embedding(3, 2)({ids})", lambda ids=ids: Embedding(3, 2)(ids), ValueError, "id")


test_embedding()
test_embedding_is_a_parameter()
test_embedding_starts_as_in_pytorch()
test_embedding_refuses()

# %% [markdown]
# ### Where it stands
#
# A place in a row is a whole number too, and could get a row of its own from a second table: that
# is the *learned* encoding, below. But a table has an end, and position 900 learns nothing from
# what position 901 has learned. An older idea needs no learning: write the position as clocks do.
#
# The second hand alone tells where in the minute it is, not in which. The minute hand is slower and
# says more, roughly. Hands of several speeds together give every moment its own picture, and
# moments that lie near have similar ones. Take `d / 2` hands. Hand `j` turns by `f` at each
# position, with
#
# ```
#    f = 10000 ^ (-2 j / d)            1 for the first hand, towards 1 / 10000 for the last
#    column 2 j      sin(position f)
#    column 2 j + 1  cos(position f)
# ```
#
# A hand's two coordinates have length 1 whatever the time. And whoever looks at two times sees the
# angle between them: sin a sin b + cos a cos b = cos(a - b). So the product of two rows depends on
# their distance alone, not on where they are. Measure will show it.

# %% solution="sinusoids"
#| export
#| hint How far has hand j turned at position p, and which two columns show it?
#| hint The angles are a grid: positions down, hands across. The even columns get sin, the odd ones cos.
#| hint angles = np.arange(n)[:, None] * 10000.0 ** (-np.arange(0, d, 2) / d); table[:, 0::2] = np.sin(angles).


def sinusoids(n: int, d: int) -> np.ndarray:
    """The positions 0 ... n - 1 as d / 2 hands of clocks, sin and cos in turn: float32 (n, d).

    If d is odd, the last hand has no cos.

    >>> sinusoids(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]], dtype=float32)
    """
    table = np.zeros((n, d), np.float32)
    ### BEGIN SOLUTION
    angles = np.arange(n)[:, None] * 10000.0 ** (-np.arange(0, d, 2) / d)
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : d // 2])
    ### END SOLUTION
    return table


# %% test="sinusoids" points=16
def test_sinusoids_at_the_start():
    check("sinusoids(1, 6): at 0 every sin is 0, every cos 1", sinusoids(1, 6), np.array([[0, 1] * 3], np.float32))


def test_sinusoids():
    for n, d in [(5, 4), (7, 6), (3, 5), (4, 1)]:
        want = [
            [np.sin(p / 10000 ** (c / d)) if c % 2 == 0 else np.cos(p / 10000 ** ((c - 1) / d)) for c in range(d)]
            for p in range(n)
        ]
        check(f"sinusoids({n}, {d})", sinusoids(n, d), np.array(want, np.float32))


def test_sinusoids_see_distances():
    table = sinusoids(50, 32)
    check("row 3 times row 10, and row 33 times row 40", float(table[3] @ table[10]), float(table[33] @ table[40]))


test_sinusoids_at_the_start()
test_sinusoids()
test_sinusoids_see_distances()

# %% [markdown]
# ### Adding it
#
# Both encodings do the same with their table: they *add* its rows to x. One would expect the two
# pieces of information to get mixed up. They do not have to: in a space of many dimensions there is
# room for both, and the model that follows learns where to look. The waves are not saved with a
# model, because they can be computed again at any time; the learned table is a parameter.
#
# `places` is given. It takes the first N rows or those of `positions`: a row of text that begins
# with padding does not begin at position 0.

# %% solution="positional-encodings"
#| export
#| hint What is done with x and the rows that `places` finds?
#| hint Both forwards are the same line, with self.table or with self.weight; the weight is a Parameter.
#| hint return x + places(x, positions, self.table); Parameter(randn(max_len, d_model) * 0.02).


def places(x, positions, table):
    """The rows of `table` (max_len, d) for x (..., N, d): the first N, or those at `positions`.

    Raises ValueError if x has another width or is longer than the table, or if the positions do not fit x.
    """
    (max_len, width), shape = table.shape, x.shape
    if len(shape) < 2 or shape[-1] != width:
        raise ValueError(f"the input has shape {shape}, wanted is (..., N, {width})")
    if positions is None:
        if shape[-2] > max_len:
            raise ValueError(f"the input has {shape[-2]} positions, more than max_len={max_len}")
        return table[: shape[-2]]
    positions = whole_numbers(positions, "position", max_len)
    if positions.shape not in (shape[-2:-1], shape[:-1]):
        raise ValueError(f"positions {positions.shape} do not fit an input of shape {shape}")
    return apply("embedding", table, ids=positions)


class SinusoidalPositionalEncoding(Module):
    """x plus the waves of each position: x (..., N, d_model) gives the same shape. Nothing is learned.

    `positions`, whole numbers (N,) or (B, N), are 0 ... N - 1 if they are left out. Raises ValueError for
    positions from max_len on.

    >>> SinusoidalPositionalEncoding(4)(Tensor(np.zeros((2, 4))), positions=[7, 0]).data[1].tolist()
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

    `weight` (max_len, d_model) starts small, with a standard deviation of 0.02. `positions` and errors as in
    `SinusoidalPositionalEncoding`.

    >>> layer = LearnedPositionalEncoding(8, max_len=16)
    >>> layer.weight.shape, layer(Tensor(np.zeros((2, 3, 8)))).shape
    ((16, 8), (2, 3, 8))
    """

    def __init__(self, d_model: int, max_len: int = 1024):
        whole_size(max_len, "max_len"), whole_size(d_model, "d_model")
        ### BEGIN SOLUTION
        self.weight = Parameter(randn(max_len, d_model) * 0.02)
        ### END SOLUTION

    def forward(self, x: Tensor, positions=None) -> Tensor:
        ### BEGIN SOLUTION
        return x + places(x, positions, self.weight)
        ### END SOLUTION


# %% test="positional-encodings" points=14
def encodings():
    return SinusoidalPositionalEncoding(4, max_len=6), LearnedPositionalEncoding(4, max_len=6)


def table_of(layer):
    return sinusoids(6, 4) if isinstance(layer, SinusoidalPositionalEncoding) else layer.weight.data


def test_positions_are_added():
    x = np.random.default_rng(6).standard_normal((2, 3, 4)).astype(np.float32)
    for layer in encodings():
        name, table = type(layer).__name__, table_of(layer)
        check(f"{name}(4)(x), x of shape (2, 3, 4)", layer(Tensor(x)), Tensor(x + table[:3]))
        check(f"{name}(4)(x), positions [5, 0, 1]", layer(Tensor(x), [5, 0, 1]), Tensor(x + table[[5, 0, 1]]))
        rows = np.array([[0, 1, 2], [0, 0, 1]])
        check(f"{name}(4)(x), positions (2, 3)", layer(Tensor(x), rows), Tensor(x + table[rows]))


def test_what_is_learned():
    waves, learned = encodings()
    waves(Tensor(np.zeros((2, 3, 4))))
    check("the keys of a SinusoidalPositionalEncoding", list(waves.state_dict()), [])
    check("the keys of a LearnedPositionalEncoding", list(learned.state_dict()), ["weight"])
    learned(Tensor(np.zeros((2, 3, 4)))).sum().backward()
    want = Tensor([[2.0] * 4] * 3 + [[0.0] * 4] * 3)
    check("weight.grad after a batch of 2 with 3 positions", learned.weight.grad, want)


def test_learned_positions_start_small():
    manual_seed(1)
    weight = LearnedPositionalEncoding(64, max_len=100).weight
    size = float((weight * weight).mean().sqrt())
    check_true("the weight starts with a deviation of 0.02", 0.019 < size < 0.021, f"it is {size:.3g}")


def test_positions_have_an_end():
    for layer in encodings():
        name = type(layer).__name__
        for call, positions, n in [
            ("x of 7 positions", None, 7),
            ("position 6", [6], 1),
            ("2 positions for 3", [0, 1], 3),
        ]:
            x = Tensor(np.zeros((n, 4)))
            check_raises(f"{name}(4, max_len=6), {call}", lambda layer=layer, x=x, p=positions: layer(x, p), ValueError)


test_positions_are_added()
test_what_is_learned()
test_learned_positions_start_small()
test_positions_have_an_end()

# %% [markdown]
# ## Use
#
# A language small enough to know completely: the numbers from 1 to 9,999, in words. It has 29 words
# and an end mark. Nobody tells the model that "forty" and "fifty" are of a kind. It sees two words
# and has to say which one follows, and it can do that best if words that are followed by the same
# words have rows that lie near to each other.

# %%
SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
WORDS = ["end", *SMALL.split(), "hundred", "thousand"]


def spelled(n):
    """The words of a number below 10,000."""
    for size, name in [(1000, "thousand"), (100, "hundred")]:
        if n >= size:
            return [*spelled(n // size), name, *spelled(n % size)]
    if n >= 20:
        return [WORDS[n // 10 + 18], *spelled(n % 10)]
    return WORDS[n : n + 1] if n else []


texts = [["end", "end", *spelled(n), "end"] for n in range(1, 10_000)]
triples = np.array([[WORDS.index(w) for w in text[i : i + 3]] for text in texts for i in range(len(text) - 2)])
print(" ".join(spelled(7342)), f"- and so on, {len(triples):,} words in all")

# %%
from tinytorch.nn.activations import Tanh
from tinytorch.nn.layers import Linear
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import Adam


class NextWord(Module):
    """Two words' rows side by side, a hidden layer, a score for each word that could follow."""

    def __init__(self, width=16):
        self.embedding = Embedding(len(WORDS), width)
        self.hidden, self.scores = Linear(2 * width, 64), Linear(64, len(WORDS))

    def forward(self, ids):
        rows = self.embedding(ids)  # (batch, 2, width)
        return self.scores(Tanh()(self.hidden(rows.reshape(len(ids), -1))))


manual_seed(0)
model, loss_of, rng = NextWord(), CrossEntropyLoss(), np.random.default_rng(0)
optimizer = Adam(model.parameters(), lr=0.01)
for step in range(1500):
    batch = triples[rng.integers(0, len(triples), 128)]
    loss = loss_of(model(batch[:, :2]), batch[:, 2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 300 == 0 or step == 1499:
        print(f"step {step:4d}  loss {loss.item():.3f}")

# %%
rows = model.embedding.weight.data[1:28]
rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
alike = rows @ rows.T - 2 * np.eye(27)
kinds = np.repeat([0, 1, 2], [9, 10, 8])  # one ... nine, ten ... nineteen, twenty ... ninety
nearest = alike.argmax(axis=1)
for word in ("three", "eight", "twelve", "nineteen", "forty", "ninety"):
    i = WORDS.index(word) - 1
    print(f"{word:9s} is nearest to", ", ".join(WORDS[j + 1] for j in alike[i].argsort()[::-1][:4]))
print(f"nearest to a word of its own kind: {(kinds[nearest] == kinds).sum()} of 27")

# %% [markdown]
# Every word of the 27 has found its kind, from nothing but what follows it. Drawn on the plane in
# which the rows differ most, each kind has a region, with a stray or two. (The drawing needs
# matplotlib; the figures under it do not.)

# %%
middle = rows - rows.mean(axis=0)
plane = middle @ np.linalg.svd(middle, full_matrices=False)[2][:2].T
try:
    from matplotlib import pyplot
except ImportError:
    pyplot = None
if pyplot:
    axes = pyplot.figure(figsize=(6, 5)).add_subplot(title="27 words, seen from where they differ most")
    axes.scatter(*plane.T, c=kinds)
    for word, place in zip(WORDS[1:28], plane, strict=True):
        axes.annotate(word, place)
for kind, name in enumerate(["one ... nine", "ten ... nineteen", "twenty ... ninety"]):
    print(f"{name:18s} around", plane[kinds == kind].mean(axis=0).round(2))
assert (kinds[nearest] == kinds).mean() > 0.8

# %% [markdown]
# And the order. The sum of the rows of "two hundred" is that of "hundred two", to the last bit.
# With positions it is *still* the same: the rows of words and places are only added, and a sum of
# sums can be sorted anew. What helps is a bend in between.

# %%
places_of, both = SinusoidalPositionalEncoding(16), np.array([["two", "hundred"], ["hundred", "two"]])
ids = np.array([[WORDS.index(word) for word in text] for text in both])
x = model.embedding(ids)
for name, seen in [("rows", x), ("with positions", places_of(x)), ("and a bend", Tanh()(places_of(x)))]:
    first, second = seen.sum(dim=1).data
    print(f"{name:16s} the two sums differ by {abs(first - second).max():.5f}")
assert abs(first - second).max() > 0.1

# %% [markdown]
# ## Measure
#
# **A product against a look-up.** 1,024 ids, a table of 1,000 rows of 64 numbers. The product takes
# 65.5 million multiply-adds. Predict how many times faster the look-up is, and how many bytes the
# one-hot rows take.

# %%
from tinytorch.core.tensor import seconds

ids, layer = np.random.default_rng(1).integers(0, 1000, 1024), Embedding(1000, 64)
hot = one_hot(ids, 1000)
product, look_up = seconds(lambda: hot @ layer.weight.data, 20), seconds(lambda: layer(ids), 100)
print(f"{one_hot_multiply_adds(1024, 1000, 64):,} multiply-adds, {hot.nbytes:,} bytes of zeros and ones")
print(f"product {product * 1e6:.0f} us, look-up {look_up * 1e6:.0f} us: {product / look_up:.0f} times faster")
assert hot.nbytes == 4_096_000
assert product > 2 * look_up

# %% [markdown]
# **Four gradients.** The loop, NumPy's `np.add.at`, the whole one-hot product, and the staircase,
# for tables of three sizes. Words are not equally frequent: word number r of a language comes about
# 1 / r times as often as the first, and so do these. Predict for which tables the whole product
# loses.


# %%
def add_rows_at(g, ids, rows):
    out = np.zeros((rows, g.shape[1]), g.dtype)
    np.add.at(out, ids, g)
    return out


def add_rows_by_product(g, ids, rows):
    return one_hot(ids, rows).T @ g


ways = [add_rows_explicit, add_rows_at, add_rows_by_product, add_rows]
print("4,096 ids, rows of 64     loop   add.at   product   staircase   (milliseconds)")
times = {}
for rows in (100, 1000, 10_000):
    share = 1 / np.arange(1, rows + 1)
    ids, g = rng.choice(rows, 4096, p=share / share.sum()), rng.standard_normal((4096, 64), np.float32)
    assert abs(add_rows(g, ids, rows) - add_rows_explicit(g, ids, rows)).max() < 1e-3
    times[rows] = [seconds(lambda way=way: way(g, ids, rows), 5) * 1e3 for way in ways]  # noqa: B023
    print(f"table of {rows:6,} rows  {{:8.2f}} {{:8.2f}} {{:9.2f}} {{:11.2f}}".format(*times[rows]))
assert times[10_000][2] > 2 * times[10_000][3]

# %% [markdown]
# **What the table costs.** A gradient has the shape of its parameter. One batch of 1,024 words
# touches at most 1,024 rows; the other rows get zeros, and the optimizer works through them all the
# same.

# %%
layer, ids = Embedding(10_000, 64), rng.choice(10_000, 1024, p=share / share.sum())
layer(ids).sum().backward()
touched = (layer.weight.grad.data != 0).any(axis=1).mean()
optimizer = Adam(layer.parameters())
optimizer.step()
taken = layer.weight.nbytes + layer.weight.grad.nbytes + optimizer.state_bytes()
print(f"{touched:.1%} of the rows have a gradient; weight, gradient and Adam's state: {taken:,} bytes")
assert touched < 0.1
assert taken >= 4 * 10_000 * 64 * 4

# %% [markdown]
# **Waves see distances.** The product of the rows of two positions, for pairs at the same distance
# in different places; beside it a learned table as it starts. Predict which columns are constant.

# %%
waves, learned = sinusoids(1024, 64), LearnedPositionalEncoding(64).weight.data
print("distance        waves, from 0, 100, 900           learned, from 0, 100, 900")
for distance in (0, 1, 4, 16, 64):
    found = [[float(t[p] @ t[p + distance]) for p in (0, 100, 900)] for t in (waves, learned)]
    print(f"{distance:8d}   ", *(f"{n:9.3f}" for n in found[0]), "   ", *(f"{n:9.4f}" for n in found[1]))
    assert max(found[0]) - min(found[0]) < 1e-3
if pyplot:
    pyplot.figure(figsize=(7, 3)).add_subplot(title="64 columns over 200 positions").imshow(waves[:200].T)

# %% [markdown] reflect="no-zero" points=3
# ## Reflect
#
# Answer in a few sentences each, with numbers.
#
# **1. Rare words.** In a table of 50,000 rows a word comes once in a million. How often has its row
# been changed by a gradient after 10 million words, and what does the row hold? What would you do
# with such words?
#
# ### BEGIN SOLUTION
# Rubric: about ten times; still nearly its random start, so it means nothing. Give them a common
# row, or build words from pieces that are frequent (module 10). One point each.
# ### END SOLUTION

# %% [markdown] reflect="which-way-back" points=4
# **2. The way back.** From your table of four gradients: which way is best for 26 letters, and
# which for 10,000 words? Why does the time of the staircase not grow with the table, except for one
# thing? What is it?
#
# ### BEGIN SOLUTION
# Rubric: for few ids the whole product is as good (one block); for many the staircase. Its work
# depends on the ids, not on the rows; only the zeros of the result, rows x d, grow with the table.
# Two points each half.
# ### END SOLUTION

# %% [markdown] reflect="beyond-the-end" points=3
# **3. Beyond the end.** A model was trained on texts of 100 words. What happens at position 150
# with a learned table of 1,024 rows, and with waves? Is one of the two safe?
#
# ### BEGIN SOLUTION
# Rubric: row 150 of the table is still random; the waves are defined, but the model has never seen
# the angles of the slow hands there. Neither is safe; only distances repeat. One point each.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.Embedding` has the same table, the same start and the same `weight` in its state. It
# also has a `padding_idx`, a row that never gets a gradient, and `sparse=True`, which keeps only
# the touched rows of the gradient, with optimizers that understand it. It takes ids in tensors of
# integers only; ours takes whole numbers of any type, and an id out of range is a ValueError here
# and an IndexError there. For positions there is no layer: one writes the waves by hand, or uses a
# second `Embedding`.
#
# ## Today
#
# Large models have tables of 100,000 to 250,000 rows with several thousand numbers each: a billion
# parameters before the first layer. Often the same table is used twice, at the beginning to read
# and at the end to score. Positions have moved: instead of adding a wave to the row, most recent
# models turn pairs of numbers by the wave's angle, so that the products see distances only. And
# shops, maps and search engines compare everything, pictures and songs included, by how near two
# rows are.
