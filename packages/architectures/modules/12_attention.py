# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# The model of module 11 saw two words and no more. To see ten it would need ten times as many
# weights, and still a word that matters may be the eleventh. What is needed is a way to *fetch*:
# each place of a sequence asks a question, and the answer comes from wherever it is, near or far.
#
# Python has a structure for that, the dictionary: keys and values, and a query that must equal a
# key. But "equal" has no slope. Nobody can go downhill on it. So soften it, in three steps:
#
# 1. A query and a key are rows of numbers. How well they fit is a number too: their product.
# 2. Softmax turns the fits into shares.
# 3. The answer is all values together, each with its share.
#
# If one key fits far better than the others, its share is nearly 1, and the look-up is that of a
# dictionary. If not, the answer is a mixture, and every query, key and value has a gradient.

# %%
#| default_exp nn.attention
import numpy as np

keys, values = np.eye(3), np.array([10.0, 20.0, 30.0])
for name, query in [("sharp", [0.0, 40.0, 0.0]), ("torn", [0.0, 40.0, 40.0]), ("blank", [0.0, 0.0, 0.0])]:
    shares = np.exp(keys @ query - np.max(keys @ query))
    shares /= shares.sum()
    print(f"a {name} query: shares {shares.round(2)}, answer {shares @ values:.1f}")

# %% [markdown]
# This is *attention*. It has a price, and the second half of this chapter is about it: every place
# asks every other. Twice as long a sequence, four times the work, and four times the memory.
#
# ## Build
#
# ### One look-up, in full
#
# One query of `d` numbers, `M` keys of the same size, `M` values. A score for each key, the softmax
# of the scores (module 02 has one for lists), the weighted sum. Write it with loops.
#
# One factor is in it without having been announced: the scores are divided by the square root of
# `d`. Its reason comes next.

# %% solution="attention-explicit"
#| export
#| hint How well does each key fit the query, and what is done with the values once you know?
#| hint Three passes: a score for each key, softmax_explicit of the scores, a weighted sum of the values.
#| hint total += query.data[i] * keys.data[j, i], then / math.sqrt(d); out[i] += shares[j] * values.data[j, i].
import math

import numpy as np

from tinytorch.core.autograd import gradient
from tinytorch.core.tensor import Tensor, apply, as_array, kernel, whole_numbers, wrap, zeros
from tinytorch.nn.activations import Softmax, softmax_explicit
from tinytorch.nn.layers import Linear, Module, Parameter, linear, whole_size, xavier_uniform_


def attention_explicit(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """One look-up with loops: query (d,), keys (M, d) and values (M, dv) give a mixture of values, (dv,).

    >>> attention_explicit(Tensor([0, 0]), Tensor([[1, 2], [3, 4]]), Tensor([[10, 0], [0, 20]]))
    Tensor([ 5., 10.])
    """
    (count, d), out = keys.shape, np.zeros(values.shape[1], np.float32)
    ### BEGIN SOLUTION
    scores = []
    for j in range(count):
        total = 0.0
        for i in range(d):
            total += float(query.data[i]) * float(keys.data[j, i])
        scores.append(total / math.sqrt(d))
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


# %% test="attention-explicit" points=12
from tinytorch.testing import check, check_gradients, check_raises, check_true


def some(*shapes, size=1.0):
    """Arrays of random numbers, the same ones every time."""
    rng = np.random.default_rng(7)
    return [(size * rng.standard_normal(shape)).astype(np.float32) for shape in shapes]


def shares_by_definition(q, k, allowed=True):
    """The softmax of the scaled scores in float64; rows in which nothing is allowed are 0."""
    exps = np.exp(q.astype(np.float64) @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5) * allowed
    sums = exps.sum(-1, keepdims=True)
    return (exps / np.where(sums == 0, 1, sums)).astype(np.float32)


def test_attention_explicit():
    for keys, d, dv in [(4, 3, 2), (1, 2, 3), (3, 4, 4)]:
        q, k, v = some((1, d), (keys, d), (keys, dv))
        call = f"attention_explicit(query ({d},), keys ({keys}, {d}), values ({keys}, {dv}))"
        want = Tensor((shares_by_definition(q, k) @ v)[0])
        check(call, attention_explicit(Tensor(q[0]), Tensor(k), Tensor(v)), want)


def test_attention_multiply_adds():
    got = attention_multiply_adds(2, 3, 5, 7)
    check("attention_multiply_adds(2, 3, 5, 7): six scores of 5, six shares times 7", got, 72)


test_attention_explicit()
test_attention_multiply_adds()

# %% [markdown]
# ### All at once
#
# All queries against all keys is one product: q (N, d) times k transposed (d, M) gives (N, M). The
# dimensions to the left, batches and whatever else, come along.
#
# Now the root. If the numbers of q and k are independent and have variance 1, their product is a
# sum of d terms and has variance d. With d = 64 scores of 8 and -8 are ordinary, and softmax of
# such scores gives nearly all to the largest one, at random, before anything has been learned.
# There its slope is nearly 0, so nothing will be. Divided by the root of d, the scores have
# variance 1 again, for any d. It is the argument of module 03 about how weights should start.

# %% solution="scores"
#| export
#| hint Which product of q (..., N, d) and k (..., M, d) has the shape (..., N, M)?
#| hint The last two dimensions of k have to be exchanged, whatever stands to the left of them.
#| hint return q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5.


def attention_scores(q: Tensor, k: Tensor) -> Tensor:
    """How well each key fits each query: q (..., N, d) and k (..., M, d) give (..., N, M).

    >>> attention_scores(Tensor([[2, 0, 0, 0]]), Tensor([[1, 0, 0, 0], [3, 0, 0, 0]]))
    Tensor([[1., 3.]])
    """
    ### BEGIN SOLUTION
    return q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    ### END SOLUTION


# %% test="scores" points=8
def test_attention_scores():
    for left, right in [((5, 4), (3, 4)), ((2, 3, 5, 4), (2, 3, 6, 4)), ((2, 5, 9), (5, 9))]:
        q, k = some(left, right)
        want = (q @ k.swapaxes(-1, -2) / left[-1] ** 0.5).astype(np.float32)
        check(f"attention_scores(q {left}, k {right})", attention_scores(Tensor(q), Tensor(k)), Tensor(want))


def test_scores_keep_their_size():
    for d in (16, 1024):
        q, k = some((100, d), (100, d))
        size = float((attention_scores(Tensor(q), Tensor(k)) ** 2).mean())
        why = f"the variance is {size:.3g}"
        check_true(f"scores of random queries and keys with d = {d} have variance 1", 0.8 < size < 1.2, why)


test_attention_scores()
test_scores_keep_their_size()

# %% [markdown]
# ### Who may look where
#
# Not every look is fair. A model that is to say what comes next must not look at it: place `i` may
# look at the places 0 ... i. And sequences of different lengths stand in one batch because the
# short ones were filled up; nobody should look at the filling. Both are said by a *mask*, truth
# values that are **True where looking is allowed**:
#
# ```
#     causal, 4 places             3 real keys, 1 of padding
#
#          keys                         keys
#    q   T . . .                  q   T T T .
#        T T . .                      T T T .
#        T T T .                      T T T .
#        T T T T                      T T T .
# ```
#
# The first is the same for every sequence, (N, N). The second differs from sequence to sequence and
# is the same for each query: (B, 1, N), and broadcasting does the rest. The product of two masks
# allows what both allow.

# %% solution="masks"
#| export
#| hint May the first place look at the second? May the second look at the first?
#| hint NumPy has the triangle as np.tri. A place is real if its number is below the length.
#| hint wrap(np.tri(n, dtype=bool)); real = np.arange(n) < lengths[:, None]; wrap(real[:, None, :]).


def causal_mask(n: int) -> Tensor:
    """Truth values (n, n): True where a place may look, at itself and at all before it.

    >>> causal_mask(3)
    Tensor([[ True, False, False],
            [ True,  True, False],
            [ True,  True,  True]])
    """
    ### BEGIN SOLUTION
    return wrap(np.tri(n, dtype=bool))
    ### END SOLUTION


def padding_mask(real, n: int | None = None) -> Tensor:
    """Truth values (B, 1, n): True where a key is real and not padding, the same for every query.

    `real` is the lengths of B sequences that are padded at their ends, in places up to n, the largest of them
    if it is left out; or truth values (B, n), for padding anywhere. Raises ValueError for any other shape, and
    for a length that is not in 0 ... n.

    >>> padding_mask([3, 1]).tolist()
    [[[True, True, True]], [[True, False, False]]]
    """
    real = as_array(real)
    if real.ndim != 1 + (real.dtype == bool):
        raise ValueError(f"wanted are lengths (B,) or truth values (B, n), not {real.dtype} of {real.shape}")
    n = int(real.max(initial=0)) if n is None else n
    ### BEGIN SOLUTION
    if real.dtype != bool:
        real = np.arange(n) < whole_numbers(real, "length", n + 1)[:, None]
    return wrap(real[:, None, :])
    ### END SOLUTION


# %% test="masks" points=12
def test_causal_mask():
    want = np.array([[j <= i for j in range(4)] for i in range(4)])
    check("causal_mask(4): row i allows the columns up to i", causal_mask(4), want)


def test_padding_mask():
    want = np.array([[[True, True, False, False]], [[False] * 4], [[True] * 4]])
    check("padding_mask([2, 0, 4])", padding_mask([2, 0, 4]), want)
    check("padding_mask([2, 0], 3)", padding_mask([2, 0], 3), want[:2, :, :3])
    real = np.array([[False, True, True], [True, True, True]])
    check("padding_mask of truth values (2, 3), padded on the left", padding_mask(real), real[:, None, :])


def test_masks_meet():
    both = causal_mask(3) * padding_mask([3, 2])
    check("(causal_mask(3) * padding_mask([3, 2])).shape", both.shape, (2, 3, 3))
    check("its sum: 6 and 5 places", both.sum(dim=(1, 2)), np.array([6, 5]))


def test_padding_mask_refuses():
    check_raises("padding_mask([4], 3)", lambda: padding_mask([4], 3), ValueError, "4")
    check_raises("padding_mask([[1, 2]])", lambda: padding_mask([[1, 2]]), ValueError, "(1, 2)")


test_causal_mask()
test_padding_mask()
test_masks_meet()
test_padding_mask_refuses()

# %% [markdown]
# ### Shares
#
# What is not allowed must get a share of 0, and the *others* must still add up to 1. So it does not
# help to set shares to 0 after the softmax. The mask works on the scores: add 0 where looking is
# allowed and minus infinity where it is not, and the exponential does the rest.
#
# The softmax runs over the keys, the last dimension: each *query* has one whole to give away. Over
# the queries it would also give numbers between 0 and 1, and with N = M even the shape would be
# right.
#
# One case needs care. A query that may look nowhere, a place of padding perhaps, has a row of
# nothing but minus infinity, and its softmax is 0 / 0. Such a row shall be 0. `as_bias` therefore
# adds the lowest number that float32 has, and `anywhere` is 0 for such queries and 1 for the
# others. A mask of *floats* is added as it is; with it one can also prefer places instead of
# forbidding them. A mask of whole numbers could mean either, so it is refused.

# %% solution="attention-weights"
#| export
#| hint Which scores must the softmax not see, and over which dimension is its sum 1?
#| hint Add as_bias(mask) to the scores, take the softmax over the keys, multiply with anywhere(mask).
#| hint if mask is None: return Softmax(-1)(scores); else Softmax(-1)(scores + as_bias(mask)) * anywhere(mask).
LOWEST = float(np.finfo(np.float32).min)


def as_mask(mask):
    """A mask as an array of truth values or floats; TypeError for whole numbers, which could mean either."""
    array = mask.data if isinstance(mask, Tensor) else as_array(mask)
    if array.dtype.kind not in "bf":
        raise TypeError(f"a mask holds truth values (True: allowed) or floats (added), not {array.dtype}")
    return array if isinstance(mask, Tensor) or array.dtype == bool else array.astype(np.float32, copy=False)


def as_bias(mask):
    """What is added to the scores: 0 where True and LOWEST where False; floats as they are, none below LOWEST."""
    array = as_mask(mask)
    if isinstance(mask, Tensor) and mask.requires_grad:
        return mask
    if array.dtype == bool:
        return wrap(np.where(array, np.float32(0), np.float32(LOWEST)))
    return wrap(np.maximum(array, LOWEST))


def anywhere(mask):
    """1 for each query that may look somewhere, 0 for one that may not: (..., N, 1)."""
    array = as_mask(mask)
    allowed = array if array.dtype == bool else array > LOWEST
    return wrap(allowed.any(axis=-1, keepdims=True).astype(np.float32))


def attention_weights(q: Tensor, k: Tensor, mask=None) -> Tensor:
    """The share that each query gives to each key: q (..., N, d) and k (..., M, d) give (..., N, M).

    A mask that broadcasts to (..., N, M) holds truth values, True where allowed, or floats to add to the scores.
    Raises TypeError for a mask of whole numbers.

    >>> attention_weights(Tensor([[0, 0], [0, 0]]), Tensor([[1, 2], [3, 4]]), causal_mask(2))
    Tensor([[1. , 0. ],
            [0.5, 0.5]])
    """
    scores = attention_scores(q, k)
    ### BEGIN SOLUTION
    if mask is None:
        return Softmax(-1)(scores)
    return Softmax(-1)(scores + as_bias(mask)) * anywhere(mask)
    ### END SOLUTION


# %% test="attention-weights" points=12
def test_attention_weights():
    for left, right in [((4, 3), (4, 3)), ((2, 3, 5, 4), (2, 3, 6, 4))]:
        q, k = some(left, right)
        call, want = f"attention_weights(q {left}, k {right})", Tensor(shares_by_definition(q, k))
        check(call, attention_weights(Tensor(q), Tensor(k)), want)


def test_shares_of_what_is_allowed():
    q, k = some((2, 4, 3), (2, 4, 3))
    for name, mask in [("causal_mask(4)", causal_mask(4)), ("padding_mask([4, 2])", padding_mask([4, 2]))]:
        got = attention_weights(Tensor(q), Tensor(k), mask)
        check(f"attention_weights(q, k, {name})", got, Tensor(shares_by_definition(q, k, mask.data)))
        check("the sum of each query's shares", got.sum(dim=-1), Tensor(np.ones((2, 4))))


def test_a_query_that_may_look_nowhere():
    q, k = some((3, 2), (3, 2))
    mask = np.array([[True, False, True], [False, False, False], [True, True, True]])
    want = Tensor(shares_by_definition(q, k, mask))
    check("attention_weights, nothing allowed in row 1", attention_weights(Tensor(q), Tensor(k), mask), want)
    bias = np.where(mask, 0, -np.inf)
    check("the same with a mask of floats", attention_weights(Tensor(q), Tensor(k), bias), want)


def test_a_mask_of_floats_is_added():
    q, k = some((2, 2), (3, 2))
    bias = np.array([[0.0, 1.0, -1.0], [2.0, 0.0, -np.inf]])
    want = Tensor(shares_by_definition(q, k, np.exp(bias)))
    check("attention_weights with a mask of floats", attention_weights(Tensor(q), Tensor(k), bias), want)
    call = "attention_weights with a mask of whole numbers"
    check_raises(call, lambda: attention_weights(Tensor(q), Tensor(k), np.ones((2, 3), int)), TypeError, "int")


test_attention_weights()
test_shares_of_what_is_allowed()
test_a_query_that_may_look_nowhere()
test_a_mask_of_floats_is_added()

# %% [markdown]
# ### One operation
#
# `attention_weights(q, k, mask) @ v` is complete and correct. It also makes an array of N x M
# numbers in every step: the product, the scaled, the masked, the exponentials, the shares. For 64
# places that is nothing; for 2,048 each is 17 MB. So write it once more as one operation, in a
# single array from beginning to end. Four savings:
#
# - **Scale the queries, not the scores**: N x d numbers instead of N x M.
# - **No largest number to look for.** Module 02 took the largest of each row away so that no
#   exponential overflows. But exp(60) is no trouble in float32, and scores rarely reach it. One
#   look at the smallest and the largest of *all* scores is far cheaper than a maximum for each row.
#   `lower_rows`, the careful way, is given and is taken when it is needed.
# - **Mask after the exponential.** Multiplied with True or False, exponentials stay or become 0.
#   That is *before* the sum, so the shares are right.
# - **The sum of each row is a product** with ones, and BLAS is better at it than `sum`. Sums of 0
#   become 1: that makes the rows that may look nowhere 0.
#

# %% solution="one-operation"
#| export
#| hint Which steps of softmax can write into the array that they read?
#| hint np.exp(scores, out=scores), then the mask, the sums, and a division, all with in-place operators.
#| hint sums = scores @ np.ones(M); sums[sums == 0] = 1; scores *= (1 / sums)[..., None]; q * d ** -0.5 in matmul.
SAFE = 60.0  # exp(60) is 1e26 and exp(-60) 1e-26: float32 holds both, and sums of billions of them


def lower_rows(scores, mask):
    """In place and for any numbers: add the mask, then take the largest of each row away."""
    with np.errstate(invalid="ignore"):  # inf - inf is nan, and nan is the answer
        if mask is not None:
            scores += np.where(mask, 0, -np.inf) if mask.dtype == bool else mask
        top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
        top[top == -np.inf] = 0  # nothing allowed: all exponentials will be 0
        scores -= top


def shares_in_place(scores, mask=None):
    """An array of scores (..., N, M) becomes the shares, in its own memory; returns it.

    >>> shares_in_place(np.zeros((2, 2)), np.array([[True, False], [True, True]]))
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    small = scores.min(initial=0) > -SAFE and scores.max(initial=0) < SAFE
    if not small or (mask is not None and mask.dtype != bool):
        lower_rows(scores, mask)
        mask = None  # it is in the scores now
    ### BEGIN SOLUTION
    np.exp(scores, out=scores)
    if mask is not None:
        scores *= mask
    sums = scores @ np.ones(scores.shape[-1], scores.dtype)
    sums[sums == 0] = 1
    scores *= (1 / sums)[..., None]
    ### END SOLUTION
    return scores


def shares_of(q, k, mask=None):
    """The shares of arrays q (..., N, d) and k (..., M, d): (..., N, M).

    >>> shares_of(np.zeros((1, 2)), np.ones((4, 2)))
    array([[0.25, 0.25, 0.25, 0.25]])
    """
    ### BEGIN SOLUTION
    scores = np.matmul(q * max(q.shape[-1], 1) ** -0.5, k.swapaxes(-1, -2))
    return shares_in_place(scores, mask)
    ### END SOLUTION


@kernel("attention")
def attention(q, k, v, mask=None):
    """The shares times the values, on arrays."""
    return np.matmul(shares_of(q, k, mask), v)


# %% test="one-operation" points=14
MASK = np.array([[True, False, True], [False, False, False], [True, True, True]])


def test_shares_in_place():
    q, k = some((2, 3, 4), (2, 3, 4))
    for name, mask in [("None", None), ("truth values", MASK), ("floats", np.where(MASK, 0.5, -np.inf))]:
        scores = (q @ k.swapaxes(-1, -2) / 2).astype(np.float32)
        want = shares_by_definition(q, k, True if mask is None else MASK)
        got = shares_in_place(scores, mask)
        check(f"shares_in_place(scores, mask), mask {name}", got, want)
        check_true("the shares are in the array that held the scores", np.shares_memory(got, scores))


def test_shares_of():
    q, k = some((2, 3, 4), (2, 5, 4))
    before, want = q.copy(), shares_by_definition(q, k)
    check("shares_of(q (2, 3, 4), k (2, 5, 4))", shares_of(q, k), want)
    check("q afterwards", q, before)


def test_large_scores():
    want = np.array([[1, 0], [0.5, 0.5], [0.26894142, 0.73105858]], np.float32)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for shift in (0, 500, -500, 1e6):
            scores = np.array([[200, 0], [3, 3], [0, 1]], np.float32) + np.float32(shift)
            call = f"shares_in_place([[200, 0], [3, 3], [0, 1]] + {shift})"
            check(call, lambda scores=scores: shares_in_place(scores), want)


def test_attention_of_values():
    q, k, v = some((2, 3, 4), (2, 3, 4), (2, 3, 5))
    want = shares_by_definition(q, k, MASK) @ v
    check('apply("attention", q, k, v, mask=mask)', apply("attention", q, k, v, mask=MASK), Tensor(want))


test_shares_in_place()
test_shares_of()
test_large_scores()
test_attention_of_values()

# %% [markdown]
# ### Its way back
#
# What is computed in one operation needs one gradient. Let P be the shares and g the gradient of
# the output, out = P v:
#
# - of v: P transposed times g, as in every product;
# - of P: g times v transposed, as in every product;
# - of the scores: softmax, module 05: P (s - the sum of s P in each row), where s is the gradient
#   of P.
#
# Written as `(s * P).sum(-1)` the last line would make another array of N x M numbers, only to add
# them up. `np.vecdot(s, P)` takes the product of each row of s with the same row of P and keeps
# nothing but the sums.

# %% solution="attention-gradients"
#| export
#| hint Which of P, g, q, k, v does each gradient need, and which shapes leave no other choice?
#| hint slope = g v^T; take its weighted sum, np.vecdot(slope, weights), from each row; multiply with the shares.
#| hint q: scaled(by_scores(g) @ k, scale); k: by_scores(g), last two dims exchanged, @ q, scaled; v: weights^T @ g.


def scores_gradient(g: np.ndarray, v: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The gradient of the scores, as of the shares `weights` (..., N, M), from that of the output, g (..., N, dv).

    >>> scores_gradient(np.array([[1.0]]), np.array([[2.0], [4.0]]), np.array([[0.5, 0.5]]))
    array([[-0.5,  0.5]])
    """
    ### BEGIN SOLUTION
    slope = g @ v.swapaxes(-1, -2)
    slope -= np.vecdot(slope, weights)[..., None]
    slope *= weights
    return slope
    ### END SOLUTION


def scaled(array, factor):
    """`array` times a number, in its own memory."""
    array *= factor
    return array


@gradient("attention")
def attention_gradients(out, q, k, v, mask=None):
    """Three functions. Those of q and k need the gradient of the scores, which is computed once."""
    made, scale = [], max(q.shape[-1], 1) ** -0.5
    weights = shares_of(q, k, mask)

    def by_scores(g):
        if not made:
            made.append(scores_gradient(g, v, weights))
        return made[0]

    ### BEGIN SOLUTION
    return (
        lambda g: scaled(by_scores(g) @ k, scale),
        lambda g: scaled(by_scores(g).swapaxes(-1, -2) @ q, scale),
        lambda g: weights.swapaxes(-1, -2) @ g,
    )
    ### END SOLUTION


def scores_shape(q, k, v):
    """The shape (..., N, M) of the scores for these shapes; ValueError if they do not fit each other."""
    wanted = f"wanted are q (..., N, d), k (..., M, d), v (..., M, dv), not {q}, {k}, {v}"
    if min(len(q), len(k), len(v)) < 2 or q[-1] != k[-1] or k[-2] != v[-2]:
        raise ValueError(wanted)
    try:
        np.broadcast_shapes(q[:-2], k[:-2], v[:-2])
    except ValueError:
        raise ValueError(wanted) from None
    return (*np.broadcast_shapes(q[:-2], k[:-2]), q[-2], k[-2])


def check_mask(array, shape):
    """ValueError if a mask does not broadcast to the shape of the scores."""
    pairs = zip(reversed(array.shape), reversed(shape), strict=False)
    if array.ndim > len(shape) or any(m not in (1, n) for m, n in pairs):
        raise ValueError(f"a mask of shape {array.shape} does not fit scores of shape {shape}")


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask=None) -> Tensor:
    """softmax(q k^T / sqrt(d)) v, as `torch.nn.functional.scaled_dot_product_attention`.

    q (..., N, d), k (..., M, d) and v (..., M, dv) give (..., N, dv). A mask that broadcasts to (..., N, M) holds
    truth values, True where allowed, or floats to add to the scores. A query that may look nowhere gets zeros.
    Raises ValueError for shapes that do not fit, TypeError for a mask of whole numbers.

    >>> scaled_dot_product_attention(zeros(2, 4), zeros(2, 4), Tensor([[2], [4]]), causal_mask(2))
    Tensor([[2.],
            [3.]])
    """
    q, k, v = (x if isinstance(x, Tensor) else Tensor(x) for x in (q, k, v))
    shape, array = scores_shape(q.shape, k.shape, v.shape), None if mask is None else as_mask(mask)
    if array is not None:
        check_mask(array, shape)
    if isinstance(mask, Tensor) and mask.requires_grad:
        return attention_weights(q, k, mask) @ v
    return apply("attention", q, k, v, mask=array)


# %% test="attention-gradients" points=12
def test_scores_gradient():
    k, v, g = some((5, 3), (5, 2), (4, 2))
    q = some((4, 3))[0]
    weights = shares_by_definition(q, k)
    slope = g @ v.T
    want = weights * (slope - (slope * weights).sum(axis=1, keepdims=True))
    check("scores_gradient(g, v, weights)", scores_gradient(g, v, weights), want)


def test_attention_gradients():
    for name, mask in [("None", None), ("truth values", MASK), ("floats", np.where(MASK, 0.5, -np.inf))]:
        q, k, v = some((2, 3, 4), (2, 3, 4), (2, 3, 2))
        call = f"scaled_dot_product_attention(q, k, v, mask), mask {name}"
        check_gradients(call, lambda q, k, v, m=mask: scaled_dot_product_attention(q, k, v, m), q, k, v)


def test_one_operation_is_the_composed_form():
    arrays = some((2, 2, 5, 4), (2, 2, 5, 4), (2, 2, 5, 3))
    grads = []
    for form in (scaled_dot_product_attention, lambda q, k, v, mask: attention_weights(q, k, mask) @ v):
        q, k, v = (Tensor(a, requires_grad=True) for a in arrays)
        (form(q, k, v, causal_mask(5)) ** 2).sum().backward()
        grads.append((q.grad, k.grad, v.grad))
    for name, got, want in zip("qkv", *grads, strict=True):
        check(f"the gradient of {name}, one operation and composed", got, want)


test_scores_gradient()
test_attention_gradients()
test_one_operation_is_the_composed_form()

# %% [markdown]
# ### A layer that looks
#
# Where do queries, keys and values come from? From x, all three, each through a linear layer of its
# own: what a place asks, what it offers to be found by, and what it gives when found. When a
# sequence looks into itself like this, it is called *self-attention*. The layers have no bias here;
# the formula reads so in most books.

# %% solution="attention-layer"
#| export
#| hint Which three layers turn the same x into three different things?
#| hint Each takes d_model features and gives `width`; forward hands the three results to the operation above.
#| hint self.query = Linear(d_model, width, bias=False), likewise key and value; then one call with the mask.


class Attention(Module):
    """Each place of a sequence looks at the others: x (..., N, d_model) gives (..., N, d_head).

    `d_head` is d_model if it is left out. The layers `query`, `key` and `value` have no bias. Masks and errors as
    in `scaled_dot_product_attention`.

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


# %% test="attention-layer" points=6
def test_attention_layer():
    layer, x = Attention(4, 3), some((2, 5, 4))[0]
    want = {"query.weight": (3, 4), "key.weight": (3, 4), "value.weight": (3, 4)}
    check("the parameters of Attention(4, 3)", {n: p.shape for n, p in layer.named_parameters()}, want)
    q, k, v = (x @ p.data.T for p in (layer.query.weight, layer.key.weight, layer.value.weight))
    want = shares_by_definition(q, k, np.tri(5, dtype=bool)) @ v
    check("Attention(4, 3)(x, causal_mask(5)), x (2, 5, 4)", layer(Tensor(x), causal_mask(5)), Tensor(want))
    check("Attention(4)(x).shape", Attention(4)(Tensor(x)).shape, (2, 5, 4))


test_attention_layer()

# %% [markdown]
# ### Several heads
#
# One softmax gives one mixture. A place that wants to know two things, who did it and when, gets
# the mean of both. So let it look several times, each time with queries, keys and values of its
# own: *heads*. To keep the work the same, each head gets only its share of the width: four heads of
# 16 instead of one of 64.
#
# The three layers can be one, with a weight of (3 d, d): one large product instead of three. Its
# result holds, for each place, all queries, then all keys, then all values, and within each the
# heads side by side:
#
# ```
#    a place:   | q0 q1 q2 q3 | k0 k1 k2 k3 | v0 v1 v2 v3 |      (N, 3 d)
#
#    the keys:  every place's piece k0, k1, k2, k3               (heads, N, d / heads)
# ```
#
# To bring one part into this shape is a slice, a reshape that *splits the last dimension*, and an
# exchange of places and heads. All three are views: nothing is moved. (A reshape straight to
# (heads, N, d / heads) would give the right shape too, with the places mixed up among the heads.)
#
# A view can be read, and it can be written. That gives the way back: the three parts share one
# array for their gradients, and each writes into its own view of it.

# %% solution="heads"
#| export
#| hint Which columns belong to the part, and in which order do heads and their numbers lie in them?
#| hint Slice the part, split its last dimension into (n_heads, size), exchange the dimensions -3 and -2.
#| hint own.reshape(*own.shape[:-1], n_heads, -1).swapaxes(-3, -2); merging: swapaxes first, then reshape.


def heads_view(packed: np.ndarray, n_heads: int, part: int, parts: int) -> np.ndarray:
    """Part number `part` of an array (..., N, parts * d) as heads, (..., n_heads, N, d / n_heads): a view.

    >>> heads_view(np.arange(8).reshape(1, 8), 2, 1, 2).tolist()
    [[[4, 5]], [[6, 7]]]
    """
    d = packed.shape[-1] // parts
    ### BEGIN SOLUTION
    own = packed[..., part * d : (part + 1) * d]
    return own.reshape(*own.shape[:-1], n_heads, d // n_heads).swapaxes(-3, -2)
    ### END SOLUTION


def heads_side_by_side(heads: np.ndarray) -> np.ndarray:
    """Heads (..., n_heads, N, d) next to each other in each place: (..., N, n_heads * d).

    >>> heads_side_by_side(np.array([[[4, 5]], [[6, 7]]])).tolist()
    [[4, 5, 6, 7]]
    """
    count, _, d = heads.shape[-3:]
    ### BEGIN SOLUTION
    rows = heads.swapaxes(-3, -2)
    return rows.reshape(*rows.shape[:-2], count * d)
    ### END SOLUTION


@kernel("split_heads")
def split_heads(packed, n_heads, part):
    return heads_view(packed, n_heads, part, 3)


@gradient("split_heads")
def split_heads_gradients(out, packed, n_heads, part):
    """Zeros in the shape of `packed`, and the gradient where this part was taken from."""
    shape = packed.shape

    def by_packed(g):
        whole = np.zeros(shape, g.dtype)
        heads_view(whole, n_heads, part, 3)[...] = g
        return whole

    return (by_packed,)


@kernel("merge_heads")
def merge_heads(heads):
    return heads_side_by_side(heads)


@gradient("merge_heads")
def merge_heads_gradients(out, heads):
    count = heads.shape[-3]
    return (lambda g: heads_view(g, count, 0, 1),)


# %% test="heads" points=8
def test_heads_view():
    packed = np.arange(2 * 3 * 24).reshape(2, 3, 24)
    for part in range(3):
        got = heads_view(packed, 4, part, 3)
        want = np.array(
            [
                [[[packed[b, n, 8 * part + 2 * h + i] for i in range(2)] for n in range(3)] for h in range(4)]
                for b in range(2)
            ]
        )
        check(f"heads_view(packed (2, 3, 24), 4 heads, part {part} of 3)", got, want)
        check_true("it is a view, nothing was copied", np.shares_memory(got, packed))


def test_heads_side_by_side():
    x = some((2, 5, 12))[0]
    check("heads_side_by_side(heads_view(x, 3, 0, 1)): x again", heads_side_by_side(heads_view(x, 3, 0, 1)), x)
    check("heads_side_by_side of (3, 5, 4)", heads_side_by_side(some((3, 5, 4))[0]).shape, (5, 12))


test_heads_view()
test_heads_side_by_side()

# %% [markdown]
# ### All together
#
# One product to queries, keys and values; the look-ups of all heads as one operation; the heads
# side by side; and a last linear layer, so that what the heads found can be mixed. The parameters
# have PyTorch's names, shapes and starts.

# %% solution="multi-head-attention"
#| export
#| hint Which layer has the weight (3 d, d), and how do its results become three?
#| hint heads: one call of linear, then "split_heads" for parts 0, 1 and 2. merge: "merge_heads", then out_proj.
#| hint q, k, v = self.heads(x); return self.merge(scaled_dot_product_attention(q, k, v, for_heads(mask))).


def for_heads(mask):
    """A mask (B, 1 or N, N) with a dimension for the heads, (B, 1, 1 or N, N); other masks as they are."""
    if mask is None or len(np.shape(mask)) != 3:
        return mask
    mask = mask if isinstance(mask, Tensor) else wrap(as_array(mask))
    return mask.reshape(mask.shape[0], 1, *mask.shape[1:])


class MultiHeadAttention(Module):
    """n_heads look-ups side by side, each of width d_model / n_heads, as `torch.nn.MultiheadAttention`.

    x (B, N, d_model) or (N, d_model) gives the same shape. A mask is (N, N), (B, 1 or N, N) or (B, 1 or n_heads,
    N, N): truth values, True where allowed, or floats. Raises ValueError if n_heads does not divide d_model, or
    if shapes do not fit.

    >>> layer = MultiHeadAttention(8, 2)
    >>> layer(zeros(3, 5, 8), causal_mask(5)).shape, list(layer.state_dict())[:2]
    ((3, 5, 8), ['in_proj_weight', 'in_proj_bias'])
    """

    def __init__(self, d_model: int, n_heads: int, bias: bool = True):
        self.d_model, self.n_heads = whole_size(d_model, "d_model"), whole_size(n_heads, "n_heads")
        if d_model % n_heads:
            raise ValueError(f"{n_heads} heads cannot share {d_model} features evenly")
        self.in_proj_weight = xavier_uniform_(Parameter(zeros(3 * d_model, d_model)))
        self.in_proj_bias = Parameter(zeros(3 * d_model)) if bias else None
        self.out_proj = Linear(d_model, d_model, bias=bias)
        if bias:
            self.out_proj.bias.data[...] = 0

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of x (B, N, d_model), each (B, n_heads, N, d_model / n_heads)."""
        ### BEGIN SOLUTION
        packed = linear(x, self.in_proj_weight, self.in_proj_bias)
        return tuple(apply("split_heads", packed, n_heads=self.n_heads, part=i) for i in range(3))
        ### END SOLUTION

    def merge(self, out: Tensor) -> Tensor:
        """What the heads found, (B, n_heads, N, d_model / n_heads), side by side and mixed: (B, N, d_model)."""
        ### BEGIN SOLUTION
        return self.out_proj(apply("merge_heads", out))
        ### END SOLUTION

    def forward(self, x: Tensor, mask=None) -> Tensor:
        ### BEGIN SOLUTION
        q, k, v = self.heads(x)
        return self.merge(scaled_dot_product_attention(q, k, v, for_heads(mask)))
        ### END SOLUTION

    def extra_repr(self):
        return f"d_model={self.d_model}, n_heads={self.n_heads}, bias={self.in_proj_bias is not None}"


# %% test="multi-head-attention" points=8
def by_hand(layer, x, allowed=True):
    """The same layer head by head, with slices of its weights."""
    d, found = layer.d_model, []
    size = d // layer.n_heads
    packed = x @ layer.in_proj_weight.data.T + layer.in_proj_bias.data
    for h in range(layer.n_heads):
        q, k, v = (packed[..., part * d + h * size : part * d + (h + 1) * size] for part in range(3))
        found.append(shares_by_definition(q, k, allowed) @ v)
    return np.concatenate(found, axis=-1) @ layer.out_proj.weight.data.T + layer.out_proj.bias.data


def test_multi_head_attention():
    layer, x = MultiHeadAttention(6, 3), some((2, 5, 6))[0]
    layer.in_proj_bias.data[...], layer.out_proj.bias.data[...] = some((18,), (6,))
    check("MultiHeadAttention(6, 3)(x), x (2, 5, 6)", layer(Tensor(x)), Tensor(by_hand(layer, x)))
    want = Tensor(by_hand(layer, x, np.tri(5, dtype=bool)))
    check("the same with causal_mask(5)", layer(Tensor(x), causal_mask(5)), want)
    want = Tensor(by_hand(layer, x, padding_mask([5, 3]).data))
    check("the same with padding_mask([5, 3])", lambda: layer(Tensor(x), padding_mask([5, 3])), want)


def test_parts_of_multi_head_attention():
    layer, x = MultiHeadAttention(6, 3), Tensor(some((2, 5, 6))[0])
    check("the shapes of layer.heads(x)", [t.shape for t in layer.heads(x)], [(2, 3, 5, 2)] * 3)
    check("layer.merge(q).shape", layer.merge(layer.heads(x)[0]).shape, (2, 5, 6))


def test_multi_head_attention_gradients():
    layer, x = MultiHeadAttention(4, 2), some((2, 3, 4))[0]
    check_gradients("MultiHeadAttention(4, 2)(x, causal_mask(3))", lambda x: layer(x, causal_mask(3)), x)
    layer(Tensor(x)).sum().backward()
    without = [name for name, p in layer.named_parameters() if p.grad is None]
    check("parameters of MultiHeadAttention(4, 2) that got no gradient", without, [])


test_multi_head_attention()
test_parts_of_multi_head_attention()
test_multi_head_attention_gradients()

# %% [markdown]
# ## Use
#
# A task that only looking back can solve. Eight cards lie in a row, each a letter and a digit; then
# a letter is called, and the digit of its card is the answer. The letters and digits are new every
# time, so there is nothing to learn by heart. A model that sees the mean of all places knows which
# digits lie there, and not which of them belongs to the letter: it can only guess.
#
# Each place knows its own symbol and the one before it. So the place of a digit knows its letter,
# and can be found by it.

# %%
from tinytorch.core.tensor import manual_seed, peak_memory, randn, seconds
from tinytorch.nn.embedding import Embedding
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import Adam

LETTERS, CARDS, rng = 20, 8, np.random.default_rng(0)


def games(n):
    """Rows of symbols (n, 17), letters 0 to 19 and digits 20 to 29, with the digits that are the answers (n,)."""
    letters = rng.permuted(np.tile(np.arange(LETTERS), (n, 1)), axis=1)[:, :CARDS]
    digits, asked = rng.integers(0, 10, (n, CARDS)), rng.integers(0, CARDS, (n, 1))
    cards = np.stack([letters, LETTERS + digits], axis=2).reshape(n, 2 * CARDS)
    called = np.take_along_axis(letters, asked, axis=1)
    return np.concatenate([cards, called], axis=1), np.take_along_axis(digits, asked, axis=1)[:, 0]


class Recall(Module):
    """Symbols and the ones before them, a look around (or none), a score for each digit at the last place."""

    def __init__(self, width=32, n_heads=2, looks=True):
        self.symbol, self.before = Embedding(31, width), Embedding(31, width)
        self.attention, self.looks = MultiHeadAttention(width, n_heads), looks
        self.scores = Linear(width, 10)

    def rows(self, ids):
        before = np.concatenate([np.full((len(ids), 1), 30), ids[:, :-1]], axis=1)
        return self.symbol(ids) + self.before(before)

    def forward(self, ids):
        x = self.rows(ids)
        found = self.attention(x, causal_mask(ids.shape[1])) if self.looks else x.mean(dim=1, keepdim=True)
        return self.scores((x + found)[:, -1])


def trained(model, steps=250):
    optimizer, loss_of = Adam(model.parameters(), lr=0.01), CrossEntropyLoss()
    for _ in range(steps):
        ids, answers = games(64)
        loss = loss_of(model(ids), answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ids, answers = games(1000)
    return (model(ids).argmax(dim=1).data == answers).mean()


manual_seed(0)
model = Recall()
looking, mean = trained(model), trained(Recall(looks=False))
print(f"right answers: {looking:.1%} by looking, {mean:.1%} from the mean of all places")
assert looking > 0.9 > 0.5 > mean

# %% [markdown]
# Where does it look? The shares of the last place, for one game. Nobody told it.

# %%
ids, _ = games(1)
q, k, _ = model.attention.heads(model.rows(ids))
shares = attention_weights(q, k, causal_mask(17)).data[0]  # (heads, places, places)
symbols = [chr(97 + i) if i < LETTERS else str(i - LETTERS) for i in ids[0]]
print("symbols", *(f"{s:>4s}" for s in symbols))
for head, row in enumerate(shares[:, -1]):
    print(f"head {head} ", *(f"{share:4.0%}" for share in row))
right = list(ids[0]).index(ids[0][-1]) + 1  # the digit after the letter that was called
assert shares[:, -1].mean(axis=0).argmax() == right
try:
    from matplotlib import pyplot
except ImportError:
    pyplot = None
if pyplot:
    axes = pyplot.figure(figsize=(5, 5)).add_subplot(xlabel="looked at", ylabel="from", title="mean of the heads")
    axes.imshow(shares.mean(axis=0), cmap="Greys")
    axes.set_xticks(range(17), symbols)
    axes.set_yticks(range(17), symbols)

# %% [markdown]
# ## Measure
#
# **Loops against products.** 64 places, width 64. Predict from the multiply-adds what the loops
# take.

# %%
x = [randn(64, 64) for _ in range(3)]
work = attention_multiply_adds(64, 64, 64, 64)
slow = 64 * seconds(lambda: attention_explicit(x[0][0], x[1], x[2]), 3)
fast = seconds(lambda: scaled_dot_product_attention(*x), 50)
print(
    f"{work:,} multiply-adds: loops {slow * 1e3:.0f} ms, one call {fast * 1e6:.0f} us, {slow / fast:,.0f} times faster"
)
assert slow > 100 * fast

# %% [markdown]
# **The root of d.** The largest of 64 shares, with the scale and without, for random queries and
# keys. And the size of the gradient that comes back to the scores from it. For which d can such a
# model still learn?

# %%
print("    d    largest share: scaled, not       slope p (1 - p): scaled, not")
for d in (4, 64, 1024):
    q, k = randn(64, d), randn(64, d)
    scores = attention_scores(q, k).data
    both = [shares_in_place(s.copy()).max(axis=-1) for s in (scores, scores * d**0.5)]
    print(f"{d:5d} {both[0].mean():18.3f} {both[1].mean():9.3f}", *(f"{(p * (1 - p)).mean():16.4f}" for p in both))
assert both[0].mean() < 0.3
assert both[1].mean() > 0.7

# %% [markdown]
# **One operation against several.** The same result, forward and backward, at 512 places. How many
# arrays of 512 x 512 does each form have at its peak? (One is 1.05 MB.)


# %%
def forward_and_backward(form, n, d=64):
    q, k, v = (Tensor(randn(1, n, d), requires_grad=True) for _ in range(3))
    mask = causal_mask(n)
    return lambda: form(q, k, v, mask).sum().backward()


def composed(q, k, v, mask):
    return attention_weights(q, k, mask) @ v


for form in (composed, scaled_dot_product_attention):
    run = forward_and_backward(form, 512)
    peak = peak_memory(run)
    print(f"{form.__name__:30s} peak {peak / 512**2 / 4:4.1f} arrays, {seconds(run, 5) * 1e3:5.1f} ms")
assert peak < 4 * 512**2 * 4

# %% [markdown]
# **Doubling N.** Now the price. Predict the last row from the one before it, memory and time.

# %%
lengths, table = [128, 256, 512, 1024, 2048], []
print("places      peak      of the last   milliseconds   of the last")
for n in lengths:
    run = forward_and_backward(scaled_dot_product_attention, n)
    table.append((peak_memory(run) / 1e6, seconds(run, 5 if n < 1024 else 3) * 1e3))
    growth = [a / b for a, b in zip(table[-1], table[-2], strict=True)] if len(table) > 1 else [1, 1]
    print(f"{n:6d} {table[-1][0]:7.2f} MB {growth[0]:12.1f} {table[-1][1]:14.2f} {growth[1]:12.1f}")
assert 3.5 < growth[0] < 4.1
assert table[-1][1] > 4 * table[-3][1]
if pyplot:
    figure = pyplot.figure(figsize=(8, 3.5))
    for i, name in enumerate(["MB", "ms"]):
        axes = figure.add_subplot(1, 2, 1 + i, xlabel="places", ylabel=name)
        axes.loglog(lengths, [row[i] for row in table], "o-", label="measured")
        axes.loglog(lengths, [table[-1][i] * (n / 2048) ** 2 for n in lengths], "--", label="N squared")
        axes.minorticks_off()
        axes.set_xticks(lengths, lengths)
        axes.legend()

# %% [markdown]
# The memory is two arrays of N x N, the shares and their gradient; everything else grows with N
# only and soon does not matter.
#
# ## Reflect
#
# Answer in a few sentences each, with numbers.

# %% [markdown] reflect="a-book" points=3
# **1. A book.** A novel has about 100,000 words. How many bytes are the shares of one head, of 16
# heads, of 24 layers with 16 heads each? How many multiply-adds is one head of width 64? Which of
# the two stops you first?
#
# ### BEGIN SOLUTION
# Rubric: 1e10 shares, 40 GB; 640 GB; 15 TB. 1e10 x 128 = 1.3e12 multiply-adds, some seconds on one
# core. Memory. One point each.
# ### END SOLUTION

# %% [markdown] reflect="kept-or-computed" points=3
# **2. Kept or computed again.** The shares wait for the way back. What would it cost to compute
# them again instead, from your table above, and what would it save? What must be kept in any case?
#
# ### BEGIN SOLUTION
# Rubric: a product and an exponential more, about a third of the time; one of two arrays of N x N,
# so half of the peak (all of it if the rows are taken a block at a time). q, k, v and the mask. One
# point each.
# ### END SOLUTION

# %% [markdown] reflect="after-the-softmax" points=2
# **3. After the softmax.** Someone multiplies the shares with the causal mask *after* the softmax
# and finds that the model learns fast, and is useless when it has to continue a text. What
# happened?
#
# ### BEGIN SOLUTION
# Rubric: the sums under the shares contain the scores of later places, so what comes next leaks
# into every share; when there is no next place yet, the shares are different. One point each half.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=...)` is ours, with the same
# masks: True where looking is allowed. `torch.nn.MultiheadAttention` has the opposite convention
# for truth values: True where looking is *forbidden*, in `attn_mask` and in `key_padding_mask`.
# Whoever carries a mask from the one to the other must turn it with `~`; nothing fails if it is
# forgotten. Its weights load into ours and the reverse. It also takes queries, keys and values from
# different sequences, wants `batch_first=True` for our shapes, and returns the shares along with
# the result unless `need_weights=False` says no. And it has an `is_causal` that needs no mask at
# all.
#
# ## Today
#
# The N x N array is no longer made in practice: since 2022 the rows are computed a block at a time,
# and sums that were begun with an old largest number are corrected when a larger one comes. The
# work still grows with the square, the memory with N only. That is why texts of a million words can
# be read at all. Heads are still there, often with fewer keys and values than queries, because
# these have to be stored for every place. And the form has outlived its first use: pictures,
# proteins and the moves of robots are sequences that look into themselves.
