# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# A language model writes one token, then reads everything again to write the next. This chapter
# works on the `Transformer` and the `generate` of module 13, as they are. From the modules below it
# uses three facts. A `Transformer` is a list of `layers`; in each of them every place of a text makes
# a query, a key and a value, and looks at the places before it (module 12). All operations pass
# through one door, `apply`, where observers may watch (module 01). And `generate` calls the model
# once for each new token, with the whole text so far.
#
# Let a small one write, and take the time of single tokens:

# %%
#| default_exp generation
import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import manual_seed, seconds
from tinytorch.nn.transformer import Transformer

manual_seed(0)
model = Transformer(vocab=65, d_model=64, n_heads=4, n_layers=2).eval()
text = np.random.default_rng(0).integers(0, 65, (1, 512))
with no_grad():
    for n in (8, 32, 128, 512):
        print(f"the token after {n:3} others: {seconds(lambda n=n: model(text[:, :n])) * 1e3:6.2f} ms")

# %% [markdown]
# Every token is dearer than the one before it, and none of them is harder. What takes the time is
# work that was done already: to write token 100 the model computes again what it computed for
# token 99, and that was nearly all it had computed for token 98.
#
# The cure is older than computers: write down what you will need again. It is not free. It takes
# memory, and you have to know what stays true.
#
# ## Build
#
# ### A function that remembers
#
# Keep the answers in a dictionary, under the arguments. When the same arguments come again, look the
# answer up. This is called *memoization*. Any function can be wrapped so, if it is *pure*: the same
# arguments always give the same answer, and the answer is all that a call does.

# %% solution="memoize"
#| export
#| hint When must the function be called, and when not?
#| hint `kept` is a dictionary, and a tuple of arguments can be a key. Ask with `in`: an answer may be None or 0.
#| hint if arguments not in kept: kept[arguments] = function(*arguments); then return kept[arguments].
import math
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import (
    Tensor,
    apply,
    as_array,
    kernel,
    observers,
    rng,
    tensor,
    whole_numbers,
    wrap,
)
from tinytorch.nn.activations import GELU, error_function
from tinytorch.nn.attention import LOWEST, MultiHeadAttention
from tinytorch.nn.layers import Dropout, Linear, Module, whole_size
from tinytorch.nn.transformer import (
    FeedForward,
    LayerNorm,
    TransformerBlock,
    check_sampling,
    draw,
    sampling_shares,
)
from tinytorch.training import evaluating


def memoize(function: Callable) -> Callable:
    """`function`, a pure one, that computes each answer once; `kept` holds them, arguments -> answer.

    >>> square = memoize(lambda x: x * x)
    >>> square(3), square(3), square.kept
    (9, 9, {(3,): 9})
    """
    kept = {}

    def remembering(*arguments):
        ### BEGIN SOLUTION
        if arguments not in kept:
            kept[arguments] = function(*arguments)
        return kept[arguments]
        ### END SOLUTION

    remembering.kept = kept
    return remembering


# %% test="memoize" points=6
from tinytorch.testing import check, check_raises, check_true


def test_memoize():
    calls = []
    add = memoize(lambda a, b: calls.append((a, b)) or a + b)
    check("add(1, 2), add(2, 1), add(1, 2)", [add(1, 2), add(2, 1), add(1, 2)], [3, 3, 3])
    check("the calls that were made for it", calls, [(1, 2), (2, 1)])
    check("what was kept", add.kept, {(1, 2): 3, (2, 1): 3})


def test_memoize_keeps_every_answer():
    calls = []
    nothing = memoize(lambda x: calls.append(x))
    check("nothing(5), twice: a function whose answer is None", [nothing(5), nothing(5)], [None, None])
    check("the calls that were made for it", calls, [5])


test_memoize()
test_memoize_keeps_every_answer()

# %% [markdown]
# Try it on the numbers of Fibonacci, each the sum of the two before it. Read the definition, and
# count in your head how often `fibonacci(24)` asks for `fibonacci(1)`.

# %%
asked = 0


def fibonacci(n):
    global asked
    asked += 1
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(f"plain: fibonacci(24) = {fibonacci(24)} with {asked:,} calls")
asked, fibonacci = 0, memoize(fibonacci)  # the calls inside go by this name too
print(f"memoized: fibonacci(24) = {fibonacci(24)} with {asked:,} calls")
assert asked == len(fibonacci.kept) == 25

# %% [markdown]
# 150,049 calls have become 25, for a dictionary of 25 numbers. That is the whole trade: *memory
# against computing again*.
#
# Can `memoize` be wrapped around a model? The argument would be the text, and in a generation no
# text comes twice: each is longer by one token. What comes again is inside: parts of the
# computation. Find out how much.
#
# ### Count
#
# A text of n ids gives the model n places to work at. Starting from a `prompt` of p ids, the turns
# have p, p + 1, p + 2, ... places. With p = 1 and 100 new tokens these are 1 + 2 + ... + 100. If
# every place needed to be worked at only once, there would be one turn with the prompt, and then a
# single place for each token. The last new token is never read: nothing comes after it.
#
# A formula may be wrong, so measure it too. Put an observer at the door: it is called with the name,
# the inputs, the arrays, the attributes and the result of every operation. The operation
# `"attention"` has the arrays q (B, heads, N, d), k and v (B, heads, M, d): in each layer N places of
# B texts work, and each looks at M. `Work` is given, with a block that puts the observer up and takes
# it down.

# %% solution="count"
#| export
#| hint How many places does the model see in its i-th turn, when i tokens are there already besides the prompt?
#| hint Gauss: the sum of p, p + 1, ... over `new` turns is new * p + new * (new - 1) / 2. Shapes: arrays[0], arrays[1].
#| hint if name == "attention": self.places += B * N, self.pairs += B * N * M, with N and M from q.shape and k.shape.


def places_without(prompt: int, new: int) -> int:
    """The places that a model works at to write `new` tokens after `prompt` ids, all again for each token.

    >>> places_without(1, 3)
    6
    """
    ### BEGIN SOLUTION
    return new * prompt + new * (new - 1) // 2
    ### END SOLUTION


def places_with(prompt: int, new: int) -> int:
    """The same if each place is worked at only once, and the last token never (nothing comes after it).

    >>> places_with(1, 3)
    3
    """
    ### BEGIN SOLUTION
    return prompt + new - 1 if new else 0
    ### END SOLUTION


class Work:
    """What the attention of all layers was asked to do: `places` that looked, and `pairs` of looks.

    An observer for the door: places count once in each layer, pairs once for each place looked at, masked or not.

    >>> with watching() as work:
    ...     out = apply("attention", *(tensor(np.ones((2, 4, n, 8))) for n in (3, 5, 5)))
    >>> work.places, work.pairs
    (6, 30)
    """

    __name__ = "work"  # observers have one, as functions do
    places: int = 0
    pairs: int = 0

    def __call__(self, name: str, inputs: tuple, arrays: list, attributes: dict, result: Tensor) -> None:
        if name == "one_place":  # an operation of this chapter, further below: all blocks for one place of each text
            self.places += len(arrays[0]) * len(attributes["blocks"])
            self.pairs += len(arrays[0]) * len(attributes["blocks"]) * (attributes["place"] + 1)
        ### BEGIN SOLUTION
        if name == "attention":
            (batch, _, queries, _), keys = arrays[0].shape, arrays[1].shape[2]
            self.places += batch * queries
            self.pairs += batch * queries * keys
        ### END SOLUTION


@contextmanager
def watching():
    """A `Work` that counts what passes the door inside of the block, and nothing after it."""
    work = Work()
    observers.append(work)
    try:
        yield work
    finally:
        observers.remove(work)


# %% test="count" points=12
from tinytorch.core.tensor import manual_seed, zeros
from tinytorch.nn.transformer import Transformer
from tinytorch.nn.transformer import generate as generate_of_13


def small_model(**options):
    """A model with biases that are not zero, to which places matter much; the same one every time."""
    manual_seed(17)
    model, draws = (
        Transformer(vocab=11, d_model=8, n_heads=2, n_layers=3, max_len=12, **options),
        np.random.default_rng(17),
    )
    for parameter in model.parameters():
        parameter.data += draws.normal(0, 0.3, parameter.shape).astype(np.float32)
    model.positions.weight.data *= 4
    model.norm.bias.data *= 0.1
    return model.eval()


IDS = np.array([[1, 2, 3, 4, 9], [5, 5, 0, 10, 7]])


def test_places():
    check("places_without(1, 100)", places_without(1, 100), 5050)
    check("places_with(1, 100)", places_with(1, 100), 100)
    for prompt, new in [(1, 1), (4, 3), (7, 0)]:
        turns = list(range(prompt, prompt + new))
        check(f"places_without({prompt}, {new}): the sum of {turns}", places_without(prompt, new), sum(turns))
        check(f"places_with({prompt}, {new}): the last of {turns}", places_with(prompt, new), max(turns, default=0))


def test_work_is_what_passes_the_door():
    q, k = zeros(2, 4, 3, 8), zeros(2, 4, 5, 8)
    with watching() as work:
        q + q
        apply("attention", q, k, k)
        apply("attention", k, k, k)
    apply("attention", q, k, k)
    call = "of attention with q (2, 4, 3, 8), k (2, 4, 5, 8), and then (2, 4, 5, 8) twice"
    check(f"work.places {call}: 2 texts of 3 places, and of 5", work.places, 2 * 3 + 2 * 5)
    check(f"work.pairs {call}", work.pairs, 2 * 3 * 5 + 2 * 5 * 5)


def test_work_of_module_13():
    with watching() as work:
        generate_of_13(small_model(), [1, 2], 5, seed=0)
    check("work.places of module 13's generate, 3 layers, 5 tokens after 2", work.places, 3 * places_without(2, 5))


test_places()
test_work_is_what_passes_the_door()
test_work_of_module_13()

# %% [markdown]
# ### What stays true
#
# A place may look back, and never ahead: that is the causal mask. So whatever is appended to a text,
# nothing changes at the places before. Not in the first layer, and therefore not in the second, whose
# inputs are the outputs of the first. What does the new place want from the old ones? It looks at
# them, in every layer: at their *keys*, and it takes from their *values*. It never asks for their
# queries, nor for what their feed-forward networks made. Two rows for each place and layer are all
# that has to be kept. This is the *key-value cache*.
#
# Check the claim on a model before you build on it:

# %%
with no_grad():
    short, long = (model.layers[0].self_attn.heads(model.layers[0].norm1(model.embed(text[:, :n]))) for n in (8, 9))
    for name, a, b in zip(["queries", "keys", "values"], short, long, strict=True):
        change = abs(a - b[:, :, :8]).max().item()
        print(f"{name} of layer 0 at the first 8 places, text of 8 ids and of 9: differ by {change:.1e}")
        assert change < 1e-5
    change = abs(model(text[:, :8]) - model(text[:, :9])[:, :8]).max().item()
    print(f"and what comes out of all layers: {change:.1e}")
    assert change < 1e-4

# %% [markdown]
# How much memory? Two arrays, keys and values; in each of L layers; for each place a row of d
# numbers, whatever the number of heads; 4 bytes a number; for each text of a batch.
#
# Make room for all of it at once. Growing an array with `np.concatenate` would copy everything kept
# so far, for each token: the square would be back through the other door. `append` writes the new
# rows behind the `length` ones that are there, and returns what an attention needs: the keys and
# values of *all* places up to now. They are views, no copies.
#
# All layers append for the same places, one after the other, so the length may not change in between.
# `advance` says when a turn is over.

# %% solution="cache"
#| export
#| hint How many arrays, layers, places, numbers in a row and bytes in a number are kept? And where do new rows go?
#| hint The new rows have places length ... length + n - 1, with n = k.shape[2]; what is returned begins at place 0.
#| hint self.array[0, layer, :, :, length:end] = k.data, [1] for v; return wrap(self.array[0, layer, :, :, :end]), ...


def cache_bytes(n_layers: int, d_model: int, places: int, batch: int = 1, itemsize: int = 4) -> int:
    """The bytes of the keys and values of `places` places of `batch` texts.

    >>> cache_bytes(n_layers=4, d_model=128, places=1024)
    4194304
    """
    ### BEGIN SOLUTION
    return 2 * n_layers * places * d_model * itemsize * batch
    ### END SOLUTION


class KVCache:
    """The keys and values of up to `capacity` places of `batch` texts, in every layer of a `Transformer`.

    model: gives the sizes. capacity: model.max_len if it is left out, and not more. padding: how many places at
    the left of each text are none of its own, (B,). Raises ValueError for sizes that make no sense.

    `array` (2, layers, B, heads, capacity, d_head) holds keys and values, `length` is the number of places that
    are taken, `nbytes` what all of it takes, used or not.

    >>> from tinytorch.nn.transformer import Transformer
    >>> cache = KVCache(Transformer(vocab=10, d_model=8, n_heads=2, n_layers=3), batch=2, capacity=16)
    >>> cache
    KVCache: 0 of 16 places for 2 texts, 6,144 bytes
    """

    array: np.ndarray
    length: int
    padding: np.ndarray | None
    model: Module
    plain: Callable  # the model's parameters, gathered once; further below

    def __init__(self, model: Module, batch: int = 1, capacity: int | None = None, padding=None):
        batch = whole_size(batch, "batch")
        capacity = model.max_len if capacity is None else whole_size(capacity, "capacity")
        if capacity > model.max_len:
            raise ValueError(f"capacity {capacity} is more than the model's max_len, {model.max_len}")
        self.array = np.empty((2, *cache_shape(model, batch, capacity)), np.float32)
        self.length, self.padding = 0, padding_of(padding, batch)
        self.model, self.plain = model, memoize(lambda model: plain_model(model))

    def append(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Keep k and v (B, heads, n, d_head) of the next n places; all keys and values of the layer up to them.

        They are views (B, heads, length + n, d_head) of the cache's own memory. `length` stays as it is.
        """
        ### BEGIN SOLUTION
        end = self.length + k.shape[2]
        for kept, new in zip(self.array[:, layer], (k, v), strict=True):
            kept[:, :, self.length : end] = new.data
        return wrap(self.array[0, layer, :, :, :end]), wrap(self.array[1, layer, :, :, :end])
        ### END SOLUTION

    def advance(self, n: int) -> None:
        """All layers have appended n places: they are taken."""
        ### BEGIN SOLUTION
        self.length += n
        ### END SOLUTION

    @property
    def capacity(self) -> int:
        """How many places there are, taken or free."""
        return self.array.shape[4]

    @property
    def nbytes(self) -> int:
        """The bytes that the keys and values take."""
        return self.array.nbytes

    def __repr__(self) -> str:
        texts = self.array.shape[2]
        return f"KVCache: {self.length} of {self.capacity} places for {texts} texts, {self.nbytes:,} bytes"


def cache_shape(model: Module, batch: int, capacity: int) -> tuple[int, ...]:
    """The shape of the keys of all layers: (layers, B, heads, capacity, d_head)."""
    attention = model.layers[0].self_attn
    return len(model.layers), batch, attention.n_heads, capacity, attention.d_model // attention.n_heads


def padding_of(padding, batch: int) -> np.ndarray | None:
    """`padding` as whole numbers (B,), or None if nothing is padded; ValueError if there are not `batch`."""
    if padding is None:
        return None
    padding = whole_numbers(padding, "padding")
    if padding.shape != (batch,) or padding.min() < 0:
        raise ValueError(f"padding is a number, 0 or more, for each of {batch} texts, not {padding.tolist()}")
    return padding if padding.any() else None


# %% test="cache" points=20
def some(*shape):
    """Random numbers, the same ones every time."""
    return wrap(np.random.default_rng(17).standard_normal(shape).astype(np.float32))


def test_cache_bytes():
    check("cache_bytes(4, 128, 1024)", cache_bytes(4, 128, 1024), 4 * 2**20)
    check("cache_bytes(3, 10, 7, batch=5)", cache_bytes(3, 10, 7, batch=5), 2 * 3 * 7 * 10 * 4 * 5)
    check("cache_bytes(1, 8, 2, itemsize=2)", cache_bytes(1, 8, 2, itemsize=2), 64)
    model = small_model()
    got = KVCache(model, batch=2, capacity=7).nbytes
    check("cache_bytes(3, 8, 7, batch=2), beside a KVCache's nbytes", cache_bytes(3, 8, 7, batch=2), got)


def check_pair(call, got, keys, values):
    for name, array, want in zip(["keys", "values"], got, [keys, values], strict=True):
        check(f"{call}: the {name}", array, want)


def test_append_returns_all_places():
    cache, k, v = KVCache(small_model(), batch=2, capacity=7), some(2, 2, 6, 4), some(2, 2, 6, 4) + 1
    for layer in (0, 2):
        got = cache.append(layer, k[:, :, :3], v[:, :, :3])
        check_pair(f"cache.append({layer}, k, v), 3 places in an empty cache", got, k[:, :, :3], v[:, :, :3])
    cache.advance(3)
    check("cache.length after cache.advance(3)", cache.length, 3)
    for place in (3, 4, 5):
        one = slice(place, place + 1)
        got = cache.append(2, k[:, :, one], v[:, :, one])
        check_pair(f"cache.append(2, k, v), the place {place}", got, k[:, :, : place + 1], v[:, :, : place + 1])
        cache.advance(1)


def test_layers_do_not_meet():
    cache, k, v = KVCache(small_model(), batch=2, capacity=7), some(2, 2, 6, 4), some(2, 2, 6, 4) + 1
    first = cache.append(0, k, v)
    check("cache.length before advance: the other layers have the same places to fill", cache.length, 0)
    cache.append(1, k * 5, v * 5)
    check_pair("after cache.append(1, ...), what cache.append(0, k, v) returned", first, k, v)


def test_append_does_not_copy():
    cache, k = KVCache(small_model(), batch=2), some(2, 2, 3, 4)
    for name, got in zip(["keys", "values"], cache.append(1, k, k), strict=True):
        check_true(f"the {name} that append returns are a view of cache.array", np.shares_memory(got.data, cache.array))


def test_cache_refuses():
    model = small_model()
    check_raises("KVCache(model, capacity=13)", lambda: KVCache(model, capacity=13), ValueError, "13", "12")
    check_raises("KVCache(model, batch=0)", lambda: KVCache(model, batch=0), ValueError, "batch")
    call = "KVCache(model, batch=2, padding=[1])"
    check_raises(call, lambda: KVCache(model, batch=2, padding=[1]), ValueError, "2 texts")


test_cache_bytes()
test_layers_do_not_meet()
test_append_returns_all_places()
test_append_does_not_copy()
test_cache_refuses()

# %% [markdown]
# ### Which place is this, and what may it see?
#
# The model used to count places from 0. It gets only the new ones now, so somebody must say *which*
# they are: with `length` places taken, the next n are length, length + 1, ... And the mask is no
# square any more: n queries look at length + n keys. New place i may see all that was there, and the
# new ones up to itself. For a single new place that is everything: no mask at all.
#
# Then there are texts of different lengths. They become a batch when the short ones are filled up,
# and for writing they are filled up *on the left*, so that all end at the same column, and the next
# token goes into the next column for all of them:
#
# ```
#    column       0  1  2  3  4  5 ->        places of text 1       what its column 3 may see
#
#    text 0       a  b  c  d  e  .
#    text 1       -  -  f  g  h  .           0  0  0  1  2  3       -  -  T  T
#
#    padding [0, 2]
# ```
#
# Two things have to be right, or the short text becomes another text. Its first token is at place 0,
# wherever its column is. And nobody looks at the filling: its keys and values lie in the cache, and
# the mask leaves them out, for every token to come.

# %% solution="places"
#| export
#| hint In text b the column c holds place c - padding[b]; what is said of the columns before that does not matter.
#| hint columns = np.arange(length, length + n); the mask has a True where key column <= query column, and >= padding.
#| hint np.maximum(columns - padding[:, None], 0); np.tri(n, length + n, length, dtype=bool), then & [:, None, None, :].


def positions_after(length: int, n: int, padding: np.ndarray | None = None) -> np.ndarray:
    """The places of the n columns that follow `length` ones: (n,), or (B, n) with padding (B,), at least 0.

    >>> positions_after(3, 2), positions_after(3, 2, np.array([0, 2])).tolist()
    (array([3, 4]), [[3, 4], [1, 2]])
    """
    ### BEGIN SOLUTION
    columns = np.arange(length, length + n)
    return columns if padding is None else np.maximum(columns - padding[:, None], 0)
    ### END SOLUTION


def mask_after(length: int, n: int, padding: np.ndarray | None = None) -> np.ndarray | None:
    """What n columns that follow `length` ones may see: (n, length + n), with padding (B, 1, n, length + n).

    True where allowed: at itself and the columns before, padding left out. None if that is everything.

    >>> mask_after(1, 2)
    array([[ True,  True, False],
           [ True,  True,  True]])
    """
    if n == 1 and padding is None:
        return None
    ### BEGIN SOLUTION
    back = np.tri(n, length + n, length, dtype=bool)
    if padding is None:
        return back
    return back & (np.arange(length + n) >= padding[:, None])[:, None, None, :]
    ### END SOLUTION


def left_pad(texts: list, filling: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Texts of different lengths as rows that end at the same column: ids (B, N) and padding (B,).

    >>> left_pad([[5, 6, 7], [8]])
    (array([[5, 6, 7],
           [0, 0, 8]]), array([0, 2]))
    """
    ### BEGIN SOLUTION
    longest = max(len(text) for text in texts)
    padding = np.array([longest - len(text) for text in texts])
    ids = np.full((len(texts), longest), filling)
    for row, text, start in zip(ids, texts, padding, strict=True):
        row[start:] = text
    return ids, padding
    ### END SOLUTION


# %% test="places" points=16
PADDING = np.array([0, 2, 3])


def test_positions():
    check("positions_after(0, 4)", positions_after(0, 4), np.arange(4))
    check("positions_after(5, 1)", positions_after(5, 1), np.array([5]))
    want = np.array([[0, 1, 2, 3], [0, 0, 0, 1], [0, 0, 0, 0]])
    check("positions_after(0, 4, padding [0, 2, 3])", positions_after(0, 4, PADDING), want)
    check(
        "positions_after(4, 2, padding [0, 2, 3])", positions_after(4, 2, PADDING), np.array([[4, 5], [2, 3], [1, 2]])
    )


def test_masks():
    for length, n in [(0, 3), (2, 3), (4, 2)]:
        rows = [[key <= length + i for key in range(length + n)] for i in range(n)]
        check(f"mask_after({length}, {n})", mask_after(length, n), np.array(rows))
        want = np.array([[[[see and key >= p for key, see in enumerate(row)] for row in rows]] for p in PADDING])
        check(f"mask_after({length}, {n}, padding [0, 2, 3])", mask_after(length, n, PADDING), want)
    check_true("mask_after(7, 1) is None: a single place may see all", mask_after(7, 1) is None)
    got = mask_after(3, 1, PADDING)
    want = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]], bool)[:, None, None, :]
    check("mask_after(3, 1, padding [0, 2, 3]): a single place must not see the filling", got, want)


def test_left_pad():
    ids, padding = left_pad([[1, 2], [3, 4, 5, 6], [7]], filling=9)
    check(
        "left_pad([[1, 2], [3, 4, 5, 6], [7]], filling=9)[0]", ids, np.array([[9, 9, 1, 2], [3, 4, 5, 6], [9, 9, 9, 7]])
    )
    check("its padding", padding, np.array([2, 0, 3]))
    check("left_pad([[1, 2]])[1]: nothing to fill", left_pad([[1, 2]])[1], np.array([0]))


test_positions()
test_masks()
test_left_pad()

# %% [markdown]
# ### A block for new places
#
# Now walk through the model as its own `forward` does, with two differences: only new ids come in,
# and each layer looks at what the cache returns. Begin with one block. Its parts can be called one by
# one: `norm1`; `self_attn.heads`, which makes queries, keys and values; the attention of module 12,
# here straight by its name at the door; `self_attn.merge`, which puts what the heads found side by
# side and mixes it; then `norm2` and `feed_forward`. Both halves have the path that leads past them.

# %% solution="block"
#| export
#| hint Of q, k and v of the new places, which are kept, and what takes their place in the attention?
#| hint heads of norm1(x), cache.append, the attention with the mask, merge, added to x; then feed_forward of norm2.
#| hint k, v = cache.append(index, k, v); x = x + layer.self_attn.merge(apply("attention", q, k, v, mask=mask)).


def attend(layer: Module, index: int, x: Tensor, mask: np.ndarray | None, cache: KVCache) -> Tensor:
    """Block number `index` of a model for new places only: x (B, n, d_model) gives the same shape.

    The attention looks at the places that the cache has, too, and adds the new ones to it.
    """
    ### BEGIN SOLUTION
    q, k, v = layer.self_attn.heads(layer.norm1(x))
    k, v = cache.append(index, k, v)
    x = x + layer.self_attn.merge(apply("attention", q, k, v, mask=mask))
    return x + layer.feed_forward(layer.norm2(x))
    ### END SOLUTION


# %% test="block" points=6
def test_block_of_new_places():
    model, x = small_model(), some(2, 5, 8)
    for index in (0, 2):
        layer, cache = model.layers[index], KVCache(model, batch=2)
        want = layer(x, np.tri(5, dtype=bool))
        got = attend(layer, index, x[:, :3], mask_after(0, 3), cache)
        check(f"attend(layer, {index}, x, mask, cache) for the first 3 of 5 places", got, want[:, :3])
        cache.advance(3)
        got = attend(layer, index, x[:, 3:], mask_after(3, 2), cache)
        check(f"attend(layer, {index}, x, mask, cache) for the other 2", got, want[:, 3:])


test_block_of_new_places()

# %% [markdown]
# ### A single place, in one operation
#
# A block is fourteen passages through the door. For a text of 500 places nobody notices. For a single
# place the matrices are multiplied with *one* row, which takes a few microseconds, and each passage
# takes about as long itself. So the turns of which there will be thousands, those with one place,
# deserve an operation of their own. It is `attend` again, on arrays, with nothing in between.
#
# `look_back` is the attention of one query in each text and head. A product with the keys, shares,
# a product with the values. With one row of scores there is nothing to save on: take the largest
# away, as softmax should. What is not allowed gets the lowest score there is, `LOWEST`: a difference
# of minus infinity and minus infinity, in a place of nothing but padding, would be no number.
# `one_block` puts it between the products. `row_norm` and `gelu_rows` are given, and are what modules
# 13 and 02 compute.
#
# `pass_one` is given. It asks whether the model is made of the parts that `one_place` knows, and
# remembers the answer, with your `memoize`, as long as the cache lives. (May it? A model is not a number: it
# can be changed. But then the keys and values in the cache are void as well.) A model with other parts goes
# through the door as before.

# %% solution="one-place"
#| export
#| hint Which shapes have the scores of one query, (B, heads, places), when keys are (B, heads, places, d_head)?
#| hint keys @ q[..., None] has a last dimension of 1. `row_norm` stands before both halves.
#| hint packed.reshape(B, 3, heads, d_head).swapaxes(0, 1) are q, k, v; rows + found @ out_weight.T + out_bias.


def look_back(q, k, v, kept: np.ndarray, place: int, mask: np.ndarray | None = None) -> np.ndarray:
    """What one query in each text and head finds: q, k, v (B, heads, d_head) give the same shape.

    k and v are kept as number `place` of kept (2, B, heads, capacity, d_head), and belong to what is looked at.
    mask (B, 1, 1, place + 1): True where allowed.

    >>> kept = np.zeros((2, 1, 1, 4, 2))
    >>> one = np.ones((1, 1, 2))
    >>> look_back(0 * one, one, 2 * one, kept, place=1), kept[:, 0, 0, 1]
    (array([[[1., 1.]]]), array([[1., 1.],
           [2., 2.]]))
    """
    ### BEGIN SOLUTION
    kept[0, :, :, place], kept[1, :, :, place] = k, v
    keys, values = kept[:, :, :, : place + 1]
    scores = (keys @ (q * q.shape[-1] ** -0.5)[..., None])[..., 0]
    if mask is not None:
        scores = np.where(mask[:, :, 0], scores, LOWEST)
    scores -= np.maximum.reduce(scores, axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= np.add.reduce(scores, axis=-1, keepdims=True)
    return (scores[..., None, :] @ values)[..., 0, :]
    ### END SOLUTION


def row_norm(rows, weight, bias, eps: float) -> np.ndarray:
    """Layer normalization of rows (B, d), on arrays."""
    d = rows.shape[1]
    out = rows - np.add.reduce(rows, axis=1, keepdims=True) / d
    out *= ((np.vecdot(out, out) / d + eps) ** -0.5)[:, None]
    out *= weight
    out += bias
    return out


def gelu_rows(x: np.ndarray) -> np.ndarray:
    """Exact GELU of a few numbers, on arrays."""
    share = error_function(np.minimum(np.maximum(x, -10), 10) * math.sqrt(0.5))
    share += 1
    share *= x
    share *= 0.5
    return share


def one_block(rows: np.ndarray, block: tuple, kept: np.ndarray, place: int, mask: np.ndarray | None) -> np.ndarray:
    """`attend` for one place of each text, rows (B, d_model), on arrays; block: its parameters.

    kept, place and mask as in `look_back`.
    """
    heads, d_head = kept.shape[2], kept.shape[4]
    (weight1, bias1, eps1), (in_weight, in_bias), (out_weight, out_bias) = block[:3]
    (weight2, bias2, eps2), (up, up_bias), (down, down_bias) = block[3:]
    ### BEGIN SOLUTION
    packed = row_norm(rows, weight1, bias1, eps1) @ in_weight.T + in_bias
    q, k, v = packed.reshape(len(rows), 3, heads, d_head).swapaxes(0, 1)
    found = look_back(q, k, v, kept, place, mask).reshape(rows.shape)
    rows = rows + found @ out_weight.T + out_bias
    hidden = row_norm(rows, weight2, bias2, eps2) @ up.T + up_bias
    rows += gelu_rows(hidden) @ down.T + down_bias
    return rows
    ### END SOLUTION


@kernel("one_place")
def one_place(x, blocks: list, norm: tuple, kept: np.ndarray, place: int, mask: np.ndarray | None = None) -> np.ndarray:
    """All blocks and the last norm for one place of each text: x (B, 1, d_model) gives (B, d_model).

    kept (2, layers, B, heads, capacity, d_head) has the rooms of all layers.
    """
    rows = x[:, 0]
    for layer, block in enumerate(blocks):
        rows = one_block(rows, block, kept[:, layer], place, mask)
    return row_norm(rows, *norm)


PLAIN = (TransformerBlock, MultiHeadAttention, FeedForward, GELU, LayerNorm, LayerNorm, Linear, Linear, Linear)


def plain_parameters(layer: Module) -> tuple | None:
    """The arrays of a block in the order of `one_place`, or None if it has other parts than module 13 gives it."""
    a, f, norms = layer.self_attn, layer.feed_forward, (layer.norm1, layer.norm2)
    if type(a) is not MultiHeadAttention or type(f) is not FeedForward:
        return None
    linears = a.out_proj, f.linear1, f.linear2
    if tuple(map(type, (layer, a, f, f.activation, *norms, *linears))) != PLAIN or f.activation.approximate != "none":
        return None
    if any(bias is None for bias in (a.in_proj_bias, *(linear.bias for linear in linears))):
        return None
    first, second = ((norm.weight.data, norm.bias.data, norm.eps) for norm in norms)
    out, up, down = ((linear.weight.data, linear.bias.data) for linear in linears)
    return first, (a.in_proj_weight.data, a.in_proj_bias.data), out, second, up, down


def plain_model(model: Module) -> tuple[list, tuple] | None:
    """What `one_place` needs: the arrays of all blocks and of the last norm; None if a part is not as in module 13."""
    blocks, norm = [plain_parameters(layer) for layer in model.layers], model.norm
    if type(norm) is not LayerNorm or None in blocks:
        return None
    return blocks, (norm.weight.data, norm.bias.data, norm.eps)


def pass_one(model: Module, x: Tensor, mask: np.ndarray | None, cache: KVCache) -> Tensor | None:
    """All blocks and the last norm for one new place, x (B, 1, d_model), in one operation: (B, d_model).

    None, and nothing done, if the model has parts that the operation does not know.
    """
    plain = cache.plain(model)
    if plain is None:
        return None
    return apply("one_place", x, blocks=plain[0], norm=plain[1], kept=cache.array, place=cache.length, mask=mask)


# %% test="one-place" points=10
def test_look_back():
    for name, mask in [
        ("None", None),
        ("one column of padding", np.arange(4) >= np.array([0, 1])[:, None, None, None]),
    ]:
        kept, all_of = np.full((2, 2, 3, 6, 4), np.nan, np.float32), some(3, 2, 3, 4, 4).data
        kept[:, :, :, :3] = all_of[1:, :, :, :3]
        q, k, v = all_of[:, :, :, 3]
        call = f"look_back(q, k, v, kept, place=3), mask {name}"
        want = apply("attention", *(all_of[i][:, :, 3 * (i == 0) :] for i in range(3)), mask=mask).data[:, :, 0]
        check(call, look_back(q, k, v, kept, 3, mask), want)
        check(f"kept afterwards, {call}", kept[:, :, :, :4], all_of[1:])


def test_one_block_is_attend():
    model, x = small_model(), some(2, 5, 8)
    layer = model.layers[1]
    for padding in (None, np.array([0, 1])):
        one, other = caches = [KVCache(model, batch=2, padding=padding) for _ in range(2)]
        for cache in caches:
            attend(layer, 1, x[:, :2], mask_after(0, 2, padding), cache), cache.advance(2)
        for place in (2, 3, 4):
            new, mask = x[:, place : place + 1], mask_after(place, 1, padding)
            got = one_block(new.data[:, 0], plain_parameters(layer), one.array[:, 1], place, mask)
            want = attend(layer, 1, new, mask, other).data[:, 0]
            check(f"one_block beside attend, place {place}, padding {padding}", got, want)
            one.advance(1), other.advance(1)
        for name, a, b in zip(["keys", "values"], one.array[:, 1], other.array[:, 1], strict=True):
            check(f"the {name} kept by one_block, padding {padding}", a[:, :, :5], b[:, :, :5])


def test_all_blocks_in_one_operation():
    model, x = small_model(), some(2, 1, 8)
    with no_grad():
        got = pass_one(model, x, None, KVCache(model, batch=2))
    want = x
    for layer in model.layers:
        want = layer(want)
    check("pass_one(model, x, None, cache), one place: all blocks and the norm", got, model.norm(want)[:, 0])


def test_other_parts_are_seen():
    class Doubled(FeedForward):
        def forward(self, x):
            return super().forward(x) * 2

    model = small_model()
    model.layers[1].feed_forward = Doubled(8)
    none = pass_one(model, some(2, 1, 8), None, KVCache(model, batch=2))
    check_true("pass_one of a model with another feed-forward network is None", none is None)


test_look_back()
test_one_block_is_attend()
test_all_blocks_in_one_operation()
test_other_parts_are_seen()

# %% [markdown]
# ### A turn
#
# The rest of the model: `model.embed(ids, positions)` in front, `model.norm` and `model.head` behind. A
# turn with one place takes the operation above, all others go part by part.
# Only the last place is asked what comes next. So only its row needs the head: for a prompt of 500
# ids and 50,000 tokens that saves 499 rows of 50,000 scores.
#
# `check_turn` is given. It refuses, before anything is written into the cache, what would make a
# mess later: another number of texts, more places than are free, and dropout. A layer that drops
# numbers at random is no pure function, and what was kept would not be what would be computed.

# %% solution="turn"
#| export
#| hint What goes through all layers, and when may the cache count the new places as taken?
#| hint pass_all: attend in a loop with enumerate, then the norm of one place; next_logits: n places more, and the head.
#| hint hidden = attend(layer, index, hidden, ...); model.norm(hidden[:, -1]); cache.advance(n), model.head(last).


def check_turn(model: Module, ids: np.ndarray, cache: KVCache) -> None:
    """ValueError if ids (B, n) do not fit into the cache, or it into the model; RuntimeError if dropout is on."""
    taken, batch = cache.length, cache.array.shape[2]
    if cache.model is not model:
        raise ValueError("the cache was made for another model: make one with KVCache(model)")
    if ids.ndim != 2 or len(ids) != batch or not ids.size:
        raise ValueError(f"the cache is for {batch} texts: wanted are ids ({batch}, n), n at least 1, not {ids.shape}")
    if taken + ids.shape[1] > cache.capacity:
        raise ValueError(f"the cache is full: {taken} of {cache.capacity} places are taken, {ids.shape[1]} are to come")
    if model.training and any(isinstance(m, Dropout) and m.p for _, m in model.named_modules()):
        raise RuntimeError("dropout is on, and what it drops differs from call to call: call model.eval() first")


def pass_all(model: Module, hidden: Tensor, mask: np.ndarray | None, cache: KVCache) -> Tensor:
    """All blocks, part by part, and the last norm of the last place: hidden (B, n, d_model) gives (B, d_model)."""
    ### BEGIN SOLUTION
    for index, layer in enumerate(model.layers):
        hidden = attend(layer, index, hidden, mask, cache)
    return model.norm(hidden[:, -1])
    ### END SOLUTION


def next_logits(model: Module, ids, cache: KVCache) -> Tensor:
    """The scores for what comes next, (B, vocab), when ids (B, n) follow what the cache holds; keeps them there.

    Nothing is recorded for gradients. Raises ValueError if ids are too many for the cache or for other texts than
    it was made for, RuntimeError if dropout is on; the cache is as it was then.

    >>> from tinytorch.nn.transformer import Transformer
    >>> model = Transformer(vocab=10, d_model=8, n_heads=2, n_layers=1)
    >>> cache = KVCache(model)
    >>> next_logits(model, [[5, 7, 5]], cache).shape, next_logits(model, [[1]], cache).shape, cache.length
    ((1, 10), (1, 10), 4)
    """
    ids = as_array(ids)
    check_turn(model, ids, cache)
    n = ids.shape[-1]
    positions = positions_after(cache.length, n, cache.padding)
    mask = mask_after(cache.length, n, cache.padding)
    with no_grad():
        hidden = model.embed(ids, positions)
        last = pass_one(model, hidden, mask, cache) if n == 1 else None
        if last is None:
            last = pass_all(model, hidden, mask, cache)
        ### BEGIN SOLUTION
        cache.advance(n)
        return model.head(last)
        ### END SOLUTION


# %% test="turn" points=10
def test_a_whole_text_in_one_turn():
    model = small_model()
    got = next_logits(model, IDS, KVCache(model, batch=2))
    check("next_logits(model, ids, KVCache(model, 2)), ids (2, 5)", got, model(IDS)[:, -1])


def test_turns():
    model = small_model()
    for parts in [(1, 1, 1, 1, 1), (2, 3), (3, 1, 1)]:
        cache, end = KVCache(model, batch=2, capacity=5), 0
        for n in parts:
            end += n
            got = next_logits(model, IDS[:, end - n : end], cache)
            check(f"next_logits in turns of {parts} ids, after {end}", got, model(IDS[:, :end])[:, -1])
        check(f"cache.length after turns of {parts} ids", cache.length, 5)


def test_texts_of_different_lengths():
    model = small_model()
    texts = [[1, 2, 3, 4, 9], [7], [5, 0, 10]]
    ids, padding = left_pad(texts, filling=8)
    cache, new = KVCache(model, batch=3, padding=padding), np.array([[2], [6], [4]])
    first, second = next_logits(model, ids, cache), next_logits(model, new, cache)
    for i, text in enumerate(texts):
        alone = model(text)[-1], model([*text, int(new[i, 0])])[-1]
        check(f"next_logits of text {i} of 3, of {len(text)} ids, beside the text alone", first[i], alone[0])
        check("and one id later", second[i], alone[1])


def test_a_turn_refuses():
    model = small_model(dropout=0.5)
    cache = KVCache(model, batch=2, capacity=6)
    next_logits(model, IDS, cache)
    check_raises(
        "a turn of 2 ids, 1 place free", lambda: next_logits(model, IDS[:, :2], cache), ValueError, "full", "5", "6"
    )
    call = "a turn of 3 texts with a cache for 2"
    check_raises(call, lambda: next_logits(model, [[1], [2], [3]], cache), ValueError, "2 texts", "(3, 1)")
    model.train()
    check_raises("a turn with dropout", lambda: next_logits(model, IDS[:, :1], cache), RuntimeError, "eval()")
    check("cache.length after turns that were refused", cache.length, 5)


test_a_whole_text_in_one_turn()
test_turns()
test_texts_of_different_lengths()
test_a_turn_refuses()

# %% [markdown]
# ### Generate
#
# The loop of module 13, with one line changed: after the first turn only the newest column goes in.
# What is drawn, and with which darts, stays as it was, so the same seed writes the same text.
# `sampling_shares` and `draw` are module 13's.
#
# Without the cache the whole text goes in each time, into a new and empty cache. That is the same
# code, so that the two can be compared, and it is what to do for texts that outgrow the model: the
# places of the cache are numbered, and when the oldest id falls out at the left, the numbers of all
# others change, and everything that was kept is wrong.

# %% solution="generate"
#| export
#| hint Which columns go into the turn with a cache, and which without? After which turn does that differ?
#| hint cache.length columns are known to the cache: the new ones are rows[:, cache.length : end].
#| hint logits = next_logits(model, rows[:, cache.length : end], cache); rows[:, end] = choose(logits.data).


def as_texts(ids, vocab: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Ids (B, N), and padding (B,) if they are texts of different lengths; ValueError if a text is empty."""
    ragged = isinstance(ids, (list, tuple)) and len({np.size(text) for text in ids}) > 1
    texts = [whole_numbers(text, "id", vocab) for text in ids] if ragged else [whole_numbers(ids, "id", vocab)]
    if any(text.size == 0 or text.ndim > (1 if ragged else 2) for text in texts) or texts[0].ndim == 0:
        shapes = ", ".join(str(text.shape) for text in texts)
        raise ValueError(f"wanted are ids (N,) or (B, N), or a list of texts, at least one id in each, not {shapes}")
    return left_pad(texts) if ragged else (np.atleast_2d(texts[0]), None)


def check_length(model: Module, prompt: int, new: int) -> None:
    """ValueError if a cache cannot hold `prompt` ids and all new ones but the last."""
    if prompt + new - 1 > model.max_len:
        raise ValueError(
            f"{prompt} ids and {new} new ones need {prompt + new - 1} places, the model has max_len {model.max_len}: "
            "ask for fewer, or use cache=False, which reads the end of the text"
        )


def without_cache(model: Module, rows: np.ndarray, padding: np.ndarray | None) -> Tensor:
    """The scores for what follows rows (B, N), all computed anew; of long texts the end is read: (B, vocab)."""
    cut = max(rows.shape[1] - model.max_len, 0)
    padding = None if padding is None else np.maximum(padding - cut, 0)
    return next_logits(model, rows[:, cut:], KVCache(model, len(rows), rows.shape[1] - cut, padding))


def write(
    model: Module, rows: np.ndarray, start: int, padding: np.ndarray | None, choose: Callable, cache: bool
) -> None:
    """Fill rows (B, N) in place from column `start` on; `choose` makes tokens (B,) of logits (B, vocab)."""
    kept = KVCache(model, len(rows), max(rows.shape[1] - 1, 1), padding) if cache else None
    for end in range(start, rows.shape[1]):
        ### BEGIN SOLUTION
        if cache:
            logits = next_logits(model, rows[:, kept.length : end], kept)
        else:
            logits = without_cache(model, rows[:, :end], padding)
        rows[:, end] = choose(logits.data)
        ### END SOLUTION


def generate(
    model: Module,
    ids,
    max_new_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int | None = None,
    cache: bool = True,
) -> Tensor | list[Tensor]:
    """Module 13's `generate`, with the same tokens for the same seed: ids with the new ones appended, int64.

    ids (N,) or (B, N) give a Tensor (..., N + new); a list of texts of different lengths gives a list of Tensors.
    Raises ValueError for an empty text, for options that make no sense, and for more than max_len places,
    unless cache=False: then everything is computed again for each token.

    >>> from tinytorch.nn.transformer import Transformer
    >>> model = Transformer(vocab=10, d_model=8, n_heads=2, n_layers=1)
    >>> generate(model, [1, 2], 3, seed=0).shape, [text.shape for text in generate(model, [[1, 2], [3]], 3)]
    ((5,), [(5,), (4,)])
    """
    check_sampling(max_new_tokens, temperature, top_k)
    (given, padding), source = as_texts(ids, model.vocab), rng if seed is None else np.random.default_rng(seed)
    if cache:
        check_length(model, given.shape[1], max_new_tokens)
    rows = np.concatenate([given, np.zeros((len(given), max_new_tokens), given.dtype)], axis=1)
    with evaluating(model):
        write(model, rows, given.shape[1], padding, lambda logits: choose(logits, temperature, top_k, source), cache)
    if padding is not None:
        return [tensor(row[start:]) for row, start in zip(rows, padding, strict=True)]
    return tensor(rows[0] if np.ndim(ids) == 1 else rows)


def choose(logits: np.ndarray, temperature: float, top_k: int | None, source: np.random.Generator) -> np.ndarray:
    """Tokens (B,) drawn by logits (B, vocab), one dart for each."""
    return draw(sampling_shares(logits, temperature, top_k), source.random(len(logits)))


# %% test="generate" points=8
def test_the_same_tokens_as_module_13():
    model = small_model()
    for ids in ([3], [1, 2, 3], IDS):
        for options in ({"temperature": 0}, {"seed": 5}, {"seed": 6, "temperature": 2.0, "top_k": 3}):
            want = generate_of_13(model, ids, 7, **options)
            for cache in (True, False):
                words = f"{options}, cache={cache}"
                check(
                    f"generate(model, ids {np.shape(ids)}, 7), {words}",
                    generate(model, ids, 7, **options, cache=cache),
                    want,
                )


def test_texts_of_different_lengths_side_by_side():
    model, texts = small_model(), [[1, 2, 3, 4, 9], [7], [5, 0, 10]]
    for cache in (True, False):
        together = generate(model, texts, 8, temperature=0, cache=cache)
        for text, got in zip(texts, together, strict=True):
            want = generate_of_13(model, text, 8, temperature=0)
            check(f"generate(model, texts, 8, temperature=0, cache={cache}), the text {text}", got, want)


def test_each_place_is_worked_at_only_once():
    model = small_model()
    for cache, places in ((True, places_with), (False, places_without)):
        with watching() as work:
            generate(model, [1, 2], 9, seed=0, cache=cache)
        check(f"the places of generate(model, [1, 2], 9, cache={cache}), in 3 layers", work.places, 3 * places(2, 9))


def test_generate_and_max_len():
    model = small_model()
    check("generate(model, [1, 2], 11): 12 places are read", generate(model, [1, 2], 11, seed=1).shape, (13,))
    check_raises(
        "generate(model, [1, 2], 12)", lambda: generate(model, [1, 2], 12), ValueError, "max_len 12", "cache=False"
    )
    want = generate_of_13(model, [1, 2], 20, seed=1)
    check("generate(model, [1, 2], 20, cache=False)", generate(model, [1, 2], 20, seed=1, cache=False), want)


test_the_same_tokens_as_module_13()
test_texts_of_different_lengths_side_by_side()
test_each_place_is_worked_at_only_once()
test_generate_and_max_len()

# %% [markdown]
# ## Use
#
# Questions come in all lengths, and at the same time. A small model learns from TinyTalks for a few
# seconds (modules 06, 10 and 13; it learns the manner of an answer more than the facts), then five
# questions are answered in one batch. They are filled up on the left, and each gets the answer that
# it would get alone.

# %%
import time

from tinytorch.core.tensor import peak_memory
from tinytorch.datasets import TinyTalks
from tinytorch.optim.optimizers import Adam
from tinytorch.text import BPETokenizer

talks, draws = TinyTalks("train"), np.random.default_rng(0)
text = "\n".join(f"{question} {answer}" for question, answer in talks)
tokenizer = BPETokenizer().train(text, vocab_size=512)
stream = np.array(tokenizer.encode(text))
manual_seed(0)
talker = Transformer(vocab=512, d_model=64, n_heads=4, n_layers=2, max_len=64)
optimizer = Adam(talker.parameters(), lr=4e-3)
for _ in range(200):
    rows = stream[draws.integers(0, len(stream) - 33, (16, 1)) + np.arange(33)]
    loss = talker(rows[:, :-1], rows[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"{len(stream):,} tokens, loss after 200 steps {loss.item():.2f}")

questions = ["What colour is a plum?", "What is two plus three?", "Which continent is Japan in?", "Who sings songs?"]
questions.append("Can you tell me what the opposite of day is?")
prompts = [tokenizer.encode(question) for question in questions]
answers = generate(talker, prompts, 20, temperature=0)
for prompt, answer in zip(prompts, answers, strict=True):
    print(f"{len(prompt):3} tokens   {tokenizer.decode(answer.tolist()).splitlines()[0]}")
    alone = generate(talker, prompt, 20, temperature=0)
    assert alone.tolist() == answer.tolist()

# %% [markdown]
# The same parts make a conversation: hold on to a `KVCache`, and give `next_logits` what is new. What
# was said before is not read again.
#
# ## Measure
#
# **Count.** One id, and 100 tokens after it. Predict four numbers, for a single layer: the places
# worked at, and the pairs of places that look and are looked at, without the cache and with it.

# %%
manual_seed(0)
reader = Transformer(vocab=65, d_model=16, n_heads=2, n_layers=1, max_len=128)
found = []
for cache in (False, True):
    with watching() as work:
        generate(reader, [0], 100, seed=0, cache=cache)
    found.append((work.places, work.pairs))
    print(f"100 tokens, cache={cache!s:5}: {work.places:5,} places, {work.pairs:7,} pairs in each layer")
assert found == [(5050, 338_350), (100, 5050)]

# %% [markdown]
# 5,050 is there twice. Without the cache it is the number of places, 1 + 2 + ... + 100. With it the
# same sum is the number of pairs: a new token has to look back at all others, and no memory can take
# that away, because this look has never happened before. The square has not gone. It has moved, from
# the matrices of the model to one product with the keys; and the cube, the sum of the squares, has
# gone.
#
# **Bytes.** Predict what a cache takes for 4 layers, width 128, 1,024 places; for 8 texts; for half
# the places. Then measure what Python really holds.

# %%
manual_seed(0)
model = Transformer(vocab=256, d_model=128, n_heads=4, n_layers=4, max_len=1024).eval()
for batch, capacity in [(1, 1024), (8, 1024), (8, 512)]:
    made = []
    traced = peak_memory(lambda b=batch, c=capacity: made.append(KVCache(model, b, c)))  # noqa: B023 - called at once
    predicted = cache_bytes(4, 128, capacity, batch)
    print(f"{batch} x {capacity:4} places: predicted {predicted:10,}, held {made[0].nbytes:10,}, traced {traced:10,} B")
    assert made[0].nbytes == predicted <= traced < predicted + 4000
weights = sum(p.size * 4 for p in model.parameters())
print(f"the weights: {weights:,} bytes, as much as {weights / cache_bytes(4, 128, 1):,.0f} places")

# %% [markdown]
# **Time.** How many times faster, for 16, 64 and 256 tokens? From the count alone it would be 8, 32
# and 128 times. Say first what could keep it from that.


# %%
def shortest(function, repeat):
    """The shortest of several times: what else runs on the machine can only make them longer."""
    return min(seconds(function, 1) for _ in range(repeat))


print("tokens   without (ms)   with (ms)   times faster   times fewer places")
for n in (16, 64, 256):
    taken = {}
    for cache in (True, False):
        began = time.perf_counter()
        taken[cache] = generate(model, [1], n, seed=0, cache=cache), 1e3 * (time.perf_counter() - began)
    (fast, short), (slow, long) = taken[True], taken[False]
    share = places_without(1, n) / places_with(1, n)
    print(f"{n:6} {long:14.0f} {short:11.0f} {long / short:14.1f} {share:20.1f}")
    assert fast.tolist() == slow.tolist()
assert long > 3 * short

ids, cache = draws.integers(0, 256, (1, 1000)), KVCache(model)
next_logits(model, ids[:, :-10], cache)
turns = iter(np.split(ids[:, -10:], 10, axis=1))
one = shortest(lambda: next_logits(model, next(turns), cache), 9)
with no_grad():
    whole = shortest(lambda: model(ids), 3)
    apart = abs(next_logits(model, next(turns), cache) - model(ids)[:, -1]).max().item()
print(f"token 1,001: {whole * 1e3:.1f} ms without, {one * 1e3:.2f} ms with; the scores differ by {apart:.1e}")
assert apart < 1e-5
assert whole > 10 * one

# %% [markdown]
# Fewer places, but dearer ones. A turn with a whole text is made of products of matrices: each weight
# is read once and used for all places. A turn with one place reads every weight to use it once. It is
# limited by what memory delivers, and by everything that costs the same for one place as for a
# hundred: passages through the door, calls of NumPy, the draw.
#
# **Batches.** So give the weights more to do. Texts side by side share them; each brings a cache of
# its own. Predict the tokens a second for 4, 16 and 64 texts from those of one.

# %%
print("texts   tokens a second   of one text's   cache (MB)")
speeds = {}
for batch in (1, 4, 16, 64):
    cache, column = KVCache(model, batch, 128), draws.integers(0, 256, (batch, 1))
    next_logits(model, np.tile(column, 100), cache)
    speeds[batch] = batch / shortest(lambda column=column, cache=cache: next_logits(model, column, cache), 25)
    print(f"{batch:5} {speeds[batch]:17,.0f} {speeds[batch] / speeds[1]:15.1f} {cache.nbytes / 1e6:12.1f}")

# %% [markdown]
# This is why a service that answers many people is cheaper for each of them, and why its memory, and
# not its arithmetic, says how many there can be: each brings a cache.
#
# ## Reflect
#
# Answer in a few sentences each, with numbers.

# %% [markdown] reflect="a-large-one" points=4
# **1. A large one.** A model has 32 layers of width 4,096 and 7 billion parameters, all in numbers of
# 2 bytes. How large is the cache of one text of 4,096 tokens? Of how many such texts are the caches
# as large as the model? What would `np.concatenate`, instead of room made before, copy to write the
# last token?
#
# ### BEGIN SOLUTION
# Rubric: 2 x 32 x 4,096 x 4,096 x 2 = 2.1 GB; the model has 14 GB, so 6.5 texts; all of it, 2.1 GB,
# for a single token. One point each, and one for the formula.
# ### END SOLUTION

# %% [markdown] reflect="sliding" points=4
# **2. The window that moves.** When a text outgrows `max_len`, `generate` with a cache gives up. Why
# not drop the oldest column of the cache, and go on? There are two reasons; one of them remains even
# if positions were no problem.
#
# ### BEGIN SOLUTION
# Rubric: positions were added to the rows before keys and values were made, and each id would have
# another one now (two points). And what was kept of the later places, from the second layer on, has
# been computed while they could see the oldest id; computed anew, they could not (two points).
# ### END SOLUTION

# %% [markdown] reflect="what-may-be-kept" points=4
# **3. What may be kept.** Which of these may be memoized, and under which key: the logits of a prompt
# that all users share; a drawn token; the output of a batch norm in training; the rows of an
# embedding while the model is trained?
#
# ### BEGIN SOLUTION
# Rubric: yes, under the ids (and the weights' version); no, unless the seed and the scores are in the
# key; no, it depends on the rest of the batch and changes the running means; only until the next step
# of the optimizer. One point each.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# PyTorch itself has no cache; `torch.nn.functional.scaled_dot_product_attention` takes q with fewer
# places than k, as ours does. Beware of its `is_causal=True` there: it aligns the triangle at the
# upper left corner, so that a single query sees a single key. Libraries on top of it have caches. In
# Hugging Face's transformers, `model.generate(..., use_cache=True)` is the default, what is kept is
# called `past_key_values`, a `DynamicCache` grows by concatenation, a `StaticCache` makes room before
# as we do, and a tokenizer with `padding_side="left"` fills up as we do. The wrong side is a common
# mistake there, and nothing fails: the answers only get worse.
#
# ## Today
#
# The cache has become what large models are built around. Its bytes are fought at every factor of
# the formula. Several heads share keys and values (grouped queries), which divides d by 4 or 8, or
# rows are kept in a narrow form and made wide when they are wanted. Numbers of 1 byte or less are
# kept. And since rooms of `max_len` places stand half empty when the answers are short, places are
# given out in pages of 16, as an operating system does with memory; texts that begin alike share
# their first pages. Reading the prompt and writing the answer are so different, the one limited by
# arithmetic and the other by memory, that large services run them on different machines.
