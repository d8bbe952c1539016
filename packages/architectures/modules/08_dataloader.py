# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# The training loop of module 07 took two arrays and cut its batches out of them by hand. That hides
# three assumptions. The examples are there as arrays. All of them fit in memory. And cutting a batch
# costs nothing. ImageNet has 1.2 million photographs of different sizes, in 140 GB of files; each
# must be read, decoded and cut to size before it is a row of anything. None of the three holds.
#
# A fourth one was in the loop itself: the order. Take the digits as they would come from ten
# folders, all zeros first, then all ones. Train twice, with and without shuffling, and look at both
# columns before you trust the first.

# %%
#| default_exp data
import numpy as np

from tinytorch.core.tensor import manual_seed
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import SGD
from tinytorch.training import Trainer

digits, unseen = TinyDigits(train=True), TinyDigits(train=False)
by_class = np.argsort(digits.labels, kind="stable")
pictures = digits.images.reshape(-1, 784) / np.float32(255)


def classifier():
    manual_seed(0)
    return Sequential(Linear(784, 128), ReLU(), Linear(128, 10))


right = {}
print("           training loss   unseen digits right")
for shuffle in (False, True):
    model = classifier()
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), CrossEntropyLoss())
    history = trainer.fit(pictures[by_class], digits.labels[by_class], epochs=5, shuffle=shuffle)
    right[shuffle] = trainer.evaluate(unseen.images.reshape(-1, 784) / np.float32(255), unseen.labels)[1]
    print(f"{'shuffled' if shuffle else 'sorted':11}{history[-1]['loss']:13.2f}{right[shuffle]:22.0%}")
assert right[False] < 0.5 < 0.8 < right[True]

# %% [markdown]
# The training loss of the first is nearly that of the second. Each batch holds one digit, the model
# learns within a few steps to say that digit whatever it sees, and the loss of the next batch of the
# same digit is small. What it knew before is gone. Nothing failed, nothing warned.
#
# So the way from stored examples to batches deserves a part of its own. It has two halves. A
# *dataset* knows where examples are and how to get one; it knows nothing of batches. A *loader*
# decides which examples come together, in which order, and who fetches them; it knows nothing of
# files. Between them there are two questions only: how many examples are there, and what is number i?

# %% [markdown]
# ## Build
#
# ### A length, and a sample by its number
#
# That is the whole protocol: `len(dataset)` and `dataset[i]`. A list has both, so a list of pairs is
# a dataset, and so is `TinyDigits`. The class `Dataset` adds nothing; it is a place for the two
# names, and a clear word for whoever forgets one.
#
# One sample at a time is the right question for files: each is opened anyway. For arrays it is a
# poor one. 128 rows cost 128 calls in Python, and then somebody has to stack them. NumPy takes an
# array of row numbers as an index and answers with all rows at once, copied in one loop in C. That
# is called a *gather*. A dataset that can do it says so with a second method, `__getitems__`. The
# name is PyTorch's.
#
# Rows are copied as they are stored. `as_tensor` makes float64 into float32 and leaves whole numbers
# alone: a picture in bytes stays in bytes until the model needs floats.

# %% solution="dataset"
#| export
#| hint What does NumPy give for array[3], and what for array[np.array([3, 0, 3])]?
#| hint Each array is indexed in the same way; as_tensor goes around each part; the answer is a tuple.
#| hint len(self.arrays[0]); tuple(as_tensor(a[index]) for a in self.arrays); the same line with rows.
import multiprocessing
import random
import signal
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

import numpy as np

from tinytorch.core.tensor import Tensor, as_array, manual_seed, rng, whole_numbers, wrap


class Dataset:
    """Examples by their number, as `torch.utils.data.Dataset`. Subclasses write `__len__` and `__getitem__`.

    Any object with these two will do, a list for example. `__getitems__(rows)`, for a whole array of numbers at
    once, may be added: it returns a tuple of arrays or Tensors, or a list of samples.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 5
    ...     def __getitem__(self, index):
    ...         return index, index**2
    >>> Squares()[3]
    (3, 9)
    """

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no __len__ yet")

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__ yet")


def as_numbers(values: Any) -> np.ndarray:
    """The array of a Tensor, an array itself, or an array made of numbers; TypeError for anything else."""
    array = values.data if isinstance(values, Tensor) else values
    if not isinstance(array, np.ndarray):
        return as_array(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a batch holds numbers, not an array of {array.dtype}")
    return array


def as_tensor(values: Any) -> Tensor:
    """`values` as a Tensor, without a copy where that is possible: floats are float32, integers stay as they are.

    >>> as_tensor([0.5, 1.0]).dtype, as_tensor(np.uint8([1, 2])).dtype
    (dtype('float32'), dtype('uint8'))
    """
    array = as_numbers(values)
    return wrap(array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array)


class TensorDataset(Dataset):
    """Arrays or Tensors of one length, side by side, as `torch.utils.data.TensorDataset`: sample i has row i of each.

    The arrays are not copied, so one that lies in a file (`np.load(path, mmap_mode="r")`) stays there.
    ValueError if the lengths differ.

    >>> data = TensorDataset([0.1, 0.2, 0.3], [[1, 2], [3, 4], [5, 6]])
    >>> len(data), data[1]
    (3, (Tensor(0.2), Tensor([3, 4])))
    >>> data.__getitems__(np.array([2, 0]))[0]
    Tensor([0.3, 0.1])
    """

    def __init__(self, *arrays: Any) -> None:
        self.arrays = tuple(as_numbers(a) for a in arrays)
        shapes = [a.shape for a in self.arrays]
        if not shapes or () in shapes or len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"a TensorDataset needs arrays of the same length, not of shapes {shapes}")

    def __len__(self) -> int:
        ### BEGIN SOLUTION
        return len(self.arrays[0])
        ### END SOLUTION

    def __getitem__(self, index: int) -> tuple:
        """One sample: a tuple with row `index` of each array."""
        ### BEGIN SOLUTION
        return tuple(as_tensor(a[index]) for a in self.arrays)
        ### END SOLUTION

    def __getitems__(self, rows: np.ndarray) -> tuple:
        """Many samples at once: a tuple with all `rows` of each array, gathered in one copy."""
        ### BEGIN SOLUTION
        return tuple(as_tensor(a[rows]) for a in self.arrays)
        ### END SOLUTION


# %% test="dataset" points=12
from tinytorch.testing import check, check_raises, check_true


def numbered(n):
    """n pictures of 2 x 2 bytes and their labels: picture i is full of i, and its label is 10 i."""
    return TensorDataset(np.repeat(np.arange(n, dtype=np.uint8), 4).reshape(n, 2, 2), 10 * np.arange(n))


def test_one_sample():
    data = numbered(5)
    check("len(data), five pictures of 2 x 2 and five labels", len(data), 5)
    check_true("data[3] is a tuple of Tensors", isinstance(data[3], tuple) and isinstance(data[3][0], Tensor))
    check("the picture of data[3], in bytes as it was stored", data[3][0], np.full((2, 2), 3, np.uint8))
    check("the label of data[3]", data[3][1], np.int64(30))
    check("data[0] with one array: a tuple of one", len(TensorDataset(np.ones((3, 2)))[0]), 1)
    check_raises("data[5]", lambda: data[5], IndexError)


def test_many_samples_at_once():
    rows = np.array([4, 0, 4])
    x, y = numbered(5).__getitems__(rows)
    check("the labels of data.__getitems__([4, 0, 4]), in the order asked for", y, rows * 10)
    check("the pictures", x, np.repeat(rows.astype(np.uint8), 4).reshape(3, 2, 2))
    x = TensorDataset(np.ones((3, 2)), np.zeros(3)).__getitems__(rows[1:2])[0]
    check("rows of a float64 array: float32", x, np.ones((1, 2), np.float32))


class Counting(np.ndarray):
    """An array that counts how often it is indexed."""

    asked = 0

    def __getitem__(self, index):
        Counting.asked += 1
        return np.asarray(self)[index]


def test_one_gather_for_a_batch():
    Counting.asked = 0
    TensorDataset(np.zeros((50, 4)).view(Counting)).__getitems__(np.arange(32))
    why = f"{Counting.asked} times: index it once, with the array of row numbers"
    check_true("__getitems__ of 32 rows indexes each array once", Counting.asked == 1, why)


test_one_sample()
test_many_samples_at_once()
test_one_gather_for_a_batch()

# %% [markdown]
# ### From samples to a batch
#
# A list of samples is not a batch. If each sample is a pair, the batch is a pair too: all first
# parts together, all second parts together. That is turning a table on its side, and Python has a
# word for it: `zip(*samples)`. A part may be a tuple itself, so the function calls itself for each
# part. Where it arrives at numbers they are stacked, with the batch as a new first dimension.
#
# A pair becomes a `Batch`, so that both ways of writing work: `x, y = batch` and `batch.x`. `stack`
# is given; half of it is the message for the day when one picture has another size.

# %% solution="collate"
#| export
#| hint Three samples (x, y): how many parts has the batch, and how many numbers stand in each part?
#| hint zip(*samples) yields the parts; what holds for a sample holds for a part, so collate them.
#| hint if isinstance(samples[0], tuple): return batch_of(collate(part) for part in zip(...)); else stack(samples).


class Batch(NamedTuple):
    """Many samples of two parts: `x, y = batch`, or `batch.x` and `batch.y`.

    >>> Batch(x=Tensor([1.0]), y=Tensor([2.0])).y
    Tensor([2.])
    """

    x: Any
    y: Any


def batch_of(parts: Iterable) -> tuple:
    """Two parts as a Batch, any other number of them as a tuple."""
    parts = tuple(parts)
    return Batch(*parts) if len(parts) == 2 else parts


def stack(samples: list) -> Tensor:
    """Samples of numbers, all of one shape, as a Tensor with a first dimension more; ValueError if they differ.

    >>> stack([[1, 2], [3, 4], [5, 6]]).shape
    (3, 2)
    """
    arrays = [as_numbers(sample) for sample in samples]
    for i, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            shapes = f"sample {i} of the batch has shape {array.shape}, sample 0 has {arrays[0].shape}"
            raise ValueError(f"{shapes}: make them equal in the dataset, or give the loader a collate_fn")
    return as_tensor(np.stack(arrays))


def of_numbers(sample: list) -> bool:
    """Is this list an array of numbers? A list [image, label] has parts instead."""
    return all(isinstance(x, int | float) or (isinstance(x, list) and of_numbers(x)) for x in sample)


def collate(samples: list) -> Any:
    """Samples as one batch: numbers are stacked, tuples are collated part by part, pairs become a Batch.

    Texts stay a list, dicts become a dict of batches. ValueError if samples differ in their shapes or parts.

    >>> collate([(1.0, 0), (2.0, 1), (3.0, 0)])
    Batch(x=Tensor([1., 2., 3.]), y=Tensor([0, 1, 0]))
    """
    if isinstance(samples[0], list) and not of_numbers(samples[0]):
        samples = [tuple(sample) for sample in samples]
    first = samples[0]
    if isinstance(first, str | bytes):
        return list(samples)
    if isinstance(first, dict):
        return {key: collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, tuple) and len({len(sample) for sample in samples}) > 1:
        raise ValueError(f"the samples of a batch have {sorted({len(s) for s in samples})} parts, not all the same")
    ### BEGIN SOLUTION
    if isinstance(first, tuple):
        return batch_of(collate(part) for part in zip(*samples, strict=True))
    return stack(samples)
    ### END SOLUTION


# %% test="collate" points=12
def test_pairs_become_a_batch():
    got = lambda: collate([(1.5, 10), (2.5, 20), (3.5, 30)])  # noqa: E731
    check("collate of three pairs", got, Batch(np.float32([1.5, 2.5, 3.5]), np.array([10, 20, 30])))
    samples = [(np.full((2, 3), i, np.uint8), i) for i in range(4)]
    batch = collate(samples)
    check("batch.x of four samples (2, 3)", batch.x, np.stack([x for x, _ in samples]))
    check("batch.y", batch.y, np.arange(4))
    _, y = batch
    check("y of x, y = batch", y, np.arange(4))


def test_other_samples():
    check("collate([1.5, 2.5])", collate([1.5, 2.5]), np.float32([1.5, 2.5]))
    got = lambda: collate([(1, 2, 3), (4, 5, 6)])  # noqa: E731
    check("collate of samples with three parts: three parts", got, tuple(np.array([[1, 4], [2, 5], [3, 6]])))
    got = collate([((1.0, 2.0), "one"), ((3.0, 4.0), "two")])
    check("collate of (pair, text): the pair is collated too", got.x, Batch(np.float32([1, 3]), np.float32([2, 4])))
    check("texts stay a list", got.y, ["one", "two"])


def test_samples_of_different_shapes():
    call = lambda: collate([np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 3))])  # noqa: E731
    check_raises("collate of shapes (2, 2), (2, 2), (2, 3)", call, ValueError, "sample 2", (2, 3), "collate_fn")


test_pairs_become_a_batch()
test_other_samples()
test_samples_of_different_shapes()

# %% [markdown]
# ### Fetching a batch
#
# Now the fork in the road. `gather` asks a dataset for many rows: in one call if it offers
# `__getitems__`, one by one if it does not. The answer is either a list of samples, still to be
# collated, or a tuple of whole arrays, which needs no stacking any more. `fetch` makes a batch of
# either. Whoever brings a `collate_fn` of their own wants to see samples, and gets a list of them.

# %% solution="fetch"
#| export
#| hint Which datasets can answer for all rows at once, and what does a function of your own expect?
#| hint gather: hasattr(dataset, "__getitems__") decides; rows.tolist() gives plain numbers to the others.
#| hint fetch: collate_fn([dataset[i] ...]) if there is one; a list is collated; a tuple goes through as_batch.


def as_batch(parts: Any) -> Any:
    """What `__getitems__` returned as whole arrays: Tensors, in a Batch if there are two."""
    return batch_of(as_tensor(part) for part in parts) if isinstance(parts, tuple) else as_tensor(parts)


def gather(dataset: Any, rows: np.ndarray) -> Any:
    """The samples at `rows`: whatever `__getitems__` returns, or a list of samples where there is none.

    >>> gather(["a", "b", "c"], np.array([2, 0]))
    ['c', 'a']
    """
    ### BEGIN SOLUTION
    if hasattr(dataset, "__getitems__"):
        return dataset.__getitems__(rows)
    return [dataset[i] for i in rows.tolist()]
    ### END SOLUTION


def fetch(dataset: Any, rows: np.ndarray, collate_fn: Any = None) -> Any:
    """The batch of the samples at `rows`. `collate_fn`, if given, makes it from a list of samples.

    >>> fetch([(1.0, 0), (2.0, 1)], np.array([1, 1, 0]))
    Batch(x=Tensor([2., 2., 1.]), y=Tensor([1, 1, 0]))
    """
    ### BEGIN SOLUTION
    if collate_fn is not None:
        return collate_fn([dataset[i] for i in rows.tolist()])
    samples = gather(dataset, rows)
    return collate(samples) if isinstance(samples, list) else as_batch(samples)
    ### END SOLUTION


# %% test="fetch" points=12
class OneByOne(Dataset):
    """Says the numbers that it was asked for."""

    def __init__(self):
        self.asked = []

    def __len__(self):
        return 100

    def __getitem__(self, index):
        self.asked.append(index)
        return float(index), -index


class AtOnce(OneByOne):
    def __getitems__(self, rows):
        self.asked.append(list(rows))
        return np.asarray(rows, np.float64), -np.asarray(rows)


def test_fetch_sample_by_sample():
    data = OneByOne()
    want = Batch(np.float32([7, 3, 7]), np.array([-7, -3, -7]))
    check("fetch(data, rows 7, 3, 7)", fetch(data, np.array([7, 3, 7])), want)
    check("what data was asked for", data.asked, [7, 3, 7])
    why = "a dataset is asked with Python's own whole numbers: rows.tolist()"
    check_true("the numbers are of type int", all(type(i) is int for i in data.asked), why)


def test_fetch_at_once():
    data = AtOnce()
    got = fetch(data, np.array([7, 3]))
    check("what a dataset with __getitems__ was asked for: once, for all rows", data.asked, [[7, 3]])
    check_true("the batch is a Batch", isinstance(got, Batch), f"it is a {type(got).__name__}")
    check("its x, float32", got.x, np.float32([7, 3]))
    check("rows of a list", gather(["a", "b"], np.array([1, 1])), ["b", "b"])


def test_fetch_with_a_function_of_your_own():
    for data in (OneByOne(), AtOnce()):
        got = fetch(data, np.array([7, 3]), collate_fn=lambda samples: ("mine", samples))
        name = type(data).__name__
        check(f"fetch({name}(), rows, collate_fn): the function gets samples", got, ("mine", [(7.0, -7), (3.0, -3)]))


test_fetch_sample_by_sample()
test_fetch_at_once()
test_fetch_with_a_function_of_your_own()

# %% [markdown]
# ### Parts of a dataset
#
# To judge a model while it is being trained, keep some examples apart, and choose them at random:
# the last tenth of a sorted dataset is one digit. The parts are not copies. A `Subset` is a dataset
# and a list of numbers: sample i of the subset is sample `indices[i]` of the whole. It can hand on a
# gather, too. `whole_counts`, given, turns shares such as 0.9 and 0.1 into counts.

# %% solution="split"
#| export
#| hint Which number has sample i of the subset in the whole dataset? And the samples at `rows`?
#| hint self.indices is an array, so it can be indexed with one number and with an array of them.
#| hint self.dataset[int(self.indices[index])]; gather(self.dataset, self.indices[rows]); cut one permutation.


class Subset(Dataset):
    """Some samples of a dataset, as `torch.utils.data.Subset`: sample i is sample indices[i] of the whole.

    ValueError for an index that the dataset does not have.

    >>> Subset(["a", "b", "c"], [2, 0])[0]
    'c'
    """

    def __init__(self, dataset: Any, indices: Any) -> None:
        self.dataset, self.indices = dataset, whole_numbers(indices, "index", len(dataset))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Any:
        ### BEGIN SOLUTION
        return self.dataset[int(self.indices[index])]
        ### END SOLUTION

    def __getitems__(self, rows: np.ndarray) -> Any:
        ### BEGIN SOLUTION
        return gather(self.dataset, self.indices[rows])
        ### END SOLUTION


def whole_counts(n: int, lengths: list) -> list[int]:
    """Counts that sum to n, as given or, if they are shares that sum to 1, computed; as PyTorch rounds them.

    >>> whole_counts(10, [0.75, 0.25])
    [8, 2]
    """
    counts = list(lengths)
    if np.isclose(sum(counts), 1):
        counts = [int(np.floor(n * share)) for share in counts]
        for i in range(n - sum(counts)):
            counts[i % len(counts)] += 1
    if sum(counts) != n or min(counts, default=0) < 0:
        raise ValueError(f"the lengths {lengths} must sum to {n}, the length of the dataset, or to 1")
    return whole_numbers(counts, "length").tolist()


def random_split(dataset: Any, lengths: Iterable, seed: int | None = None) -> list[Subset]:
    """Random parts without a common sample, as `torch.utils.data.random_split`.

    lengths: counts that sum to len(dataset), or shares that sum to 1. Without a seed the shared generator draws.

    >>> [len(part) for part in random_split(range(100), [0.8, 0.2], seed=0)]
    [80, 20]
    """
    counts = whole_counts(len(dataset), list(lengths))
    generator = rng if seed is None else np.random.default_rng(seed)
    ### BEGIN SOLUTION
    order = generator.permutation(len(dataset))
    return [Subset(dataset, order[end - n : end]) for n, end in zip(counts, np.cumsum(counts), strict=True)]
    ### END SOLUTION


# %% test="split" points=10
def test_subset():
    part = Subset(numbered(10), [9, 0, 4])
    check("the labels of Subset(data, [9, 0, 4]), one by one", [part[i][1].item() for i in range(3)], [90, 0, 40])
    got = part.__getitems__(np.array([2, 0]))
    check("the labels of its rows 2 and 0, at once", got[1], np.array([40, 90]))
    check("a subset of a list", Subset(["a", "b", "c"], [2, 1]).__getitems__(np.array([1, 0])), ["b", "c"])
    whole = AtOnce()
    Subset(whole, np.arange(50, 60)).__getitems__(np.array([3, 4]))
    check("what a dataset with __getitems__ is asked for through a Subset: once", whole.asked, [[53, 54]])


def test_random_split():
    parts = random_split(range(100), [70, 20, 10], seed=1)
    members = [[part[i] for i in range(len(part))] for part in parts]
    check("the lengths of the parts of 70, 20, 10", [len(m) for m in members], [70, 20, 10])
    check("all samples of all parts, sorted: each once", sorted(np.concatenate(members).tolist()), list(range(100)))
    check_true("the parts are chosen at random", members[2] != sorted(members[2]))
    again = random_split(range(100), [0.7, 0.2, 0.1], seed=1)
    check("the third part with the same seed, and with shares", again[2].indices.tolist(), members[2])
    other = random_split(range(100), [70, 20, 10], seed=2)
    check_true("another seed gives other parts", other[2].indices.tolist() != members[2])


test_subset()
test_random_split()

# %% [markdown]
# ### Which samples come together
#
# The loader makes the order of a whole epoch first, an array of row numbers, and then cuts it into
# batches. The last batch may be shorter; with `drop_last` it is left away, for those who need
# batches of one size.

# %% solution="index-batches"
#| export
#| hint Ten rows in batches of four: which three slices are they, and which of them is not full?
#| hint Step through range(0, n, batch_size); with drop_last stop where a full batch no longer fits.
#| hint end = n - n % batch_size if drop_last else n; [order[i : i + batch_size] for i in range(0, end, ...)].


def index_batches(order: np.ndarray, batch_size: int, drop_last: bool) -> list[np.ndarray]:
    """`order` cut into arrays of `batch_size`; the last may be shorter, or is left away with `drop_last`.

    >>> [rows.tolist() for rows in index_batches(np.array([3, 1, 4, 0, 2]), 2, drop_last=False)]
    [[3, 1], [4, 0], [2]]
    """
    ### BEGIN SOLUTION
    end = len(order) - len(order) % batch_size if drop_last else len(order)
    return [order[start : start + batch_size] for start in range(0, end, batch_size)]
    ### END SOLUTION


# %% test="index-batches" points=8
def test_index_batches():
    order = np.array([3, 1, 4, 0, 2, 5])
    for size, drop_last, want in [
        (4, False, [[3, 1, 4, 0], [2, 5]]),
        (4, True, [[3, 1, 4, 0]]),
        (3, False, [[3, 1, 4], [0, 2, 5]]),
        (3, True, [[3, 1, 4], [0, 2, 5]]),
        (9, False, [[3, 1, 4, 0, 2, 5]]),
        (9, True, []),
    ]:
        got = [np.asarray(rows).tolist() for rows in index_batches(order, size, drop_last)]
        check(f"index_batches(3 1 4 0 2 5, {size}, drop_last={drop_last})", got, want)


test_index_batches()

# %% [markdown]
# ### The loader
#
# A loader is something to loop over, again and again: each `for` is an epoch. Python asks it for an
# *iterator*, and the iterator for one batch after the other. So the batches need not exist before
# they are asked for, and should not: an epoch of them would be the whole dataset once more. A
# generator expression makes them one at a time.
#
# Shuffling has to satisfy two wishes that seem to contradict each other. Every epoch needs another
# order. And a run with the same seed must see the same orders, whatever else in the program draws
# random numbers. Both hold if the order is drawn from a generator of its own, made from two numbers:
# the seed, and the count of the epoch. Without a seed one number is drawn from the shared generator,
# and stands in their place.

# %% solution="loader"
#| export
#| hint From which two numbers does an order follow, so that epochs differ and runs do not?
#| hint epoch_seed: (self.seed, self.epoch), or (a number from rng,); order: np.random.default_rng(seed).
#| hint len: n // size, rounded up unless drop_last; __iter__: (fetch(...) for rows in batches), in round brackets.


def at_least(least: int, value: Any, name: str) -> int:
    if not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, not {value!r}")
    return int(value)


class DataLoader:
    """Loops over a dataset in batches, as `torch.utils.data.DataLoader`. Each loop is an epoch.

    dataset: any object with a length and samples by number. shuffle: another order in every epoch; with a `seed`
    a new loader has the same epochs again. drop_last: leave away a last batch that is not full. collate_fn: makes
    a batch from a list of samples, in place of `collate`. num_workers: processes that fetch batches, each up to
    `prefetch` ahead of what was asked for; the order of the batches does not depend on them.
    multiprocessing_context: how processes are started ("fork", "spawn"), the platform's own way if left out.

    >>> loader = DataLoader(TensorDataset(np.arange(10.0), np.arange(10)), batch_size=4, shuffle=True, seed=1)
    >>> for x, y in loader:
    ...     print(x, y)
    Tensor([8., 4., 7., 0.]) Tensor([8, 4, 7, 0])
    Tensor([1., 2., 5., 9.]) Tensor([1, 2, 5, 9])
    Tensor([6., 3.]) Tensor([6, 3])
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        seed: int | None = None,
        drop_last: bool = False,
        collate_fn: Any = None,
        num_workers: int = 0,
        prefetch: int = 2,
        multiprocessing_context: Any = None,
    ) -> None:
        if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
            raise TypeError(f"a dataset has a length and gives samples by number, a {type(dataset).__name__} does not")
        self.dataset, self.shuffle, self.drop_last, self.collate_fn = dataset, shuffle, drop_last, collate_fn
        self.batch_size = at_least(1, batch_size, "batch_size")
        self.seed = None if seed is None else at_least(0, seed, "seed")
        self.num_workers = at_least(0, num_workers, "num_workers")
        self.prefetch = at_least(1, prefetch, "prefetch")
        self.multiprocessing_context = multiprocessing_context
        self.epoch = 0  # set it to resume: the next order is that of this epoch

    def __len__(self) -> int:
        """The number of batches."""
        n = len(self.dataset)
        ### BEGIN SOLUTION
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
        ### END SOLUTION

    def epoch_seed(self) -> tuple[int, ...]:
        """What the random numbers of this epoch follow from: (seed, epoch), or one number drawn from `rng`."""
        ### BEGIN SOLUTION
        return (int(rng.integers(2**63)),) if self.seed is None else (self.seed, self.epoch)
        ### END SOLUTION

    def order(self, seed: tuple[int, ...]) -> np.ndarray:
        """The row numbers of an epoch: 0, 1, 2, ..., or with `shuffle` the permutation that `seed` gives."""
        n = len(self.dataset)
        ### BEGIN SOLUTION
        return np.random.default_rng(seed).permutation(n) if self.shuffle else np.arange(n)
        ### END SOLUTION

    def __iter__(self) -> Iterator:
        """The batches of the next epoch, each made when it is asked for."""
        seed = self.epoch_seed()
        self.epoch += 1
        batches = index_batches(self.order(seed), self.batch_size, self.drop_last)
        if self.num_workers > 0:
            return from_workers(self, batches, seed)
        ### BEGIN SOLUTION
        return (fetch(self.dataset, rows, self.collate_fn) for rows in batches)
        ### END SOLUTION


# %% test="loader" points=14
def labels(loader):
    return [y.tolist() for _, y in loader]


def flat(loader):
    return np.concatenate(labels(loader)).tolist()


def test_loader_without_shuffling():
    loader = DataLoader(numbered(10), batch_size=4)
    check("len(loader) of 10 samples in batches of 4", len(loader), 3)
    check("its labels", labels(loader), [[0, 10, 20, 30], [40, 50, 60, 70], [80, 90]])
    check("the labels of the second loop over it", labels(loader), [[0, 10, 20, 30], [40, 50, 60, 70], [80, 90]])
    full = DataLoader(numbered(10), batch_size=4, drop_last=True)
    check("len(loader) with drop_last", len(full), 2)
    check("its labels", labels(full), [[0, 10, 20, 30], [40, 50, 60, 70]])
    check("len(loader) of 8 samples in batches of 4", len(DataLoader(numbered(8), batch_size=4)), 2)
    counts = list(DataLoader(numbered(10), batch_size=4, collate_fn=len))
    check("what a loader with collate_fn=len hands out: the numbers of samples", counts, [4, 4, 2])


def test_loader_shuffles():
    make = lambda seed: DataLoader(numbered(25), batch_size=4, shuffle=True, seed=seed)  # noqa: E731
    loader = make(5)
    epochs = [flat(loader) for _ in range(3)]
    check("all labels of a shuffled epoch, sorted: each once", sorted(epochs[0]), list(range(0, 250, 10)))
    check_true("a shuffled epoch is not in order", epochs[0] != sorted(epochs[0]))
    why = "the order follows from the seed alone: the count of the epoch belongs to it"
    check_true("the next epochs have other orders", epochs[0] != epochs[1] != epochs[2] != epochs[0], why)
    again = make(5)
    manual_seed(99)
    check("three epochs of a new loader with the same seed", [flat(again) for _ in range(3)], epochs)
    check_true("another seed gives another order", flat(make(6)) != epochs[0])


def test_loader_without_a_seed_follows_the_shared_generator():
    manual_seed(3)
    loader = DataLoader(numbered(25), batch_size=4, shuffle=True)
    epochs = [flat(loader) for _ in range(2)]
    check_true("two epochs without a seed have different orders", epochs[0] != epochs[1])
    manual_seed(3)
    check("an epoch without a seed, after the same manual_seed", flat(loader), epochs[0])


def test_batches_are_made_when_they_are_asked_for():
    data = OneByOne()
    batches = iter(DataLoader(data, batch_size=10))
    next(batches)
    check("the samples fetched after one batch of ten, of 100 samples", len(data.asked), 10)


test_loader_without_shuffling()
test_loader_shuffles()
test_loader_without_a_seed_follows_the_shared_generator()
test_batches_are_made_when_they_are_asked_for()

# %% [markdown]
# ### Workers
#
# While the model computes, the loader waits; while the loader reads files, the model waits. A second
# process ends that: it makes the next batches in the meantime. Threads would be simpler, but Python
# code runs in one of them at a time.
#
# Each worker has a *pipe* to the main process. Objects go through it as bytes, so a batch is written
# out on one side and built up again on the other: workers have a price. The rules of the
# conversation are few. Batch number i belongs to worker i modulo the number of workers. The main
# process sends a request, the worker answers with the next batch of its share. A worker has never
# more than `prefetch` requests open, so no process can fill the memory with batches that nobody
# wants yet. That is called *backpressure*.
#
# You write the worker's loop. For each batch of the share: wait for a request, set the random
# numbers, make the batch, hand it over. A worker is a copy of the main process, random generators
# included. If each went on from the copied state, all would draw the same "random" numbers; many
# published programs do. So each batch starts from numbers of its own: the seed of the epoch, and the
# number of the batch. And an exception must not end the worker unseen: `attempt` turns it into an
# answer, with the text of its traceback.

# %% solution="worker"
#| export
#| hint Which batches are worker 1's if there are three workers? What comes before each of them?
#| hint list(enumerate(batches)) has the numbers; a slice with a step picks every third.
#| hint pipe.recv(); seed_batch(seed, number); sender.submit(deliver, pipe, attempt(fetch, dataset, rows, collate_fn)).


def share_of(batches: list, worker: int, num_workers: int) -> list[tuple]:
    """(number, batch) of the batches that one worker makes: every num_workers-th, from number `worker` on.

    >>> share_of(["a", "b", "c", "d", "e"], worker=1, num_workers=3)
    [(1, 'b'), (4, 'e')]
    """
    ### BEGIN SOLUTION
    return list(enumerate(batches))[worker::num_workers]
    ### END SOLUTION


def seed_batch(seed: tuple[int, ...], number: int) -> None:
    """Set the generators of this process, ours, NumPy's and Python's, to a state that belongs to batch `number`."""
    numbers = np.random.SeedSequence((*seed, number))
    manual_seed(numbers)
    np.random.seed(numbers.generate_state(4))
    random.seed(numbers.generate_state(1).item())


def attempt(function: Any, *arguments: Any) -> tuple:
    """("", result) of a call, or (its traceback as text, the exception)."""
    try:
        return "", function(*arguments)
    except Exception as error:
        return traceback.format_exc(), error


def deliver(pipe: Any, answer: tuple) -> None:
    """Send an answer; if it cannot be sent, send why. An exception must survive the way there and back."""
    text, value = answer
    try:
        if text:
            ForkingPickler.loads(ForkingPickler.dumps(value))
        pipe.send(answer)
    except OSError:
        pass  # the main process is no longer interested
    except Exception as error:
        problem = f"{type(value).__name__}: {value}" if text else f"a batch cannot be sent to the main process: {error}"
        pipe.send((text or traceback.format_exc(), RuntimeError(problem)))


def work(dataset: Any, collate_fn: Any, share: list[tuple], seed: tuple[int, ...], pipe: Any) -> None:
    """What a worker does with its share: for each request that comes through the pipe, one batch goes back.

    Batches are sent by a thread of their own, so that the next one is being made in the meantime.
    """
    with ThreadPoolExecutor(1) as sender:
        for number, rows in share:
            ### BEGIN SOLUTION
            pipe.recv()
            seed_batch(seed, number)
            sender.submit(deliver, pipe, attempt(fetch, dataset, rows, collate_fn))
            ### END SOLUTION


# %% test="worker" points=12
class Pipe:
    """The worker's end of a pipe in which so many requests lie; after them the other side is gone."""

    def __init__(self, requests):
        self.requests, self.sent = requests, []

    def recv(self):
        self.requests -= 1
        if self.requests < 0:
            raise EOFError

    def send(self, answer):
        self.sent.append(answer)


def answers(share, requests, collate_fn=None, seed=(1, 2)):
    """What `work` sends for so many requests, on a dataset of 100 samples (i, -i)."""
    pipe = Pipe(requests)
    with suppress(EOFError):
        work(OneByOne(), collate_fn, share, seed, pipe)
    return pipe.sent


def test_shares():
    batches = ["a", "b", "c", "d", "e", "f", "g"]
    shares = [share_of(batches, worker, 3) for worker in range(3)]
    check("share_of(seven batches, worker 0 of 3)", shares[0], [(0, "a"), (3, "d"), (6, "g")])
    check("share_of(seven batches, worker 2 of 3)", shares[2], [(2, "c"), (5, "f")])
    check("all shares together, sorted", sorted([*shares[0], *shares[1], *shares[2]]), list(enumerate(batches)))


def test_one_batch_for_each_request():
    share = share_of([np.array([i, i + 50]) for i in range(6)], 1, 2)
    sent = answers(share, 3)
    check("the tracebacks in the answers to three requests: none", [text for text, _ in sent], ["", "", ""])
    check("the labels in them", [batch.y.tolist() for _, batch in sent], [[-1, -51], [-3, -53], [-5, -55]])
    why = "the worker waits for a request before each batch: otherwise it fills the memory"
    for requests in (2, 0):
        count = len(answers(share, requests))
        check_true(f"{requests} requests get {requests} answers, not {count}", count == requests, why)


def fragile(samples):
    if samples[0][0] == 1:
        raise KeyError("number one is missing")
    return len(samples)


def test_an_exception_is_an_answer():
    share = share_of([np.array([i]) for i in range(3)], 0, 1)
    sent = check_answers = attempt(answers, share, 3, fragile)
    why = "an exception in fetch ended the worker; attempt(fetch, ...) makes an answer of it"
    check_true("work goes on after an exception in a batch", check_answers[0] == "", why)
    text, error = sent[1][1]
    check_true("the answer for the batch that failed is its exception", isinstance(error, KeyError), why)
    check_true("and its traceback, which names the function that failed", "in fragile" in text)
    check("the answer after it", sent[1][2], ("", 1))


def test_random_numbers_belong_to_the_batch():
    draw = lambda samples: (rng.random(), np.random.rand(), random.random())  # noqa: E731
    batches = [np.array([i]) for i in range(6)]
    alone = [value for _, value in answers(share_of(batches, 0, 1), 6, draw)]
    why = "each batch starts from seed_batch(seed, number)"
    check_true("the random numbers of six batches are six times different", len(set(alone)) == 6, why)
    shared = [[value for _, value in answers(share_of(batches, worker, 2), 3, draw)] for worker in range(2)]
    check_true("batches 1, 3, 5 have the same numbers when worker 1 of 2 makes them", shared[1] == alone[1::2], why)
    other = [value for _, value in answers(share_of(batches, 0, 1), 6, draw, seed=(1, 3))]
    check_true("in the next epoch they are others", other[0] != alone[0], why)


test_shares()
test_one_batch_for_each_request()
test_an_exception_is_an_answer()
test_random_numbers_belong_to_the_batch()

# %% [markdown]
# ### In order, and ahead of time
#
# The main process's side. Workers differ in speed, but their batches must come in order, or a run
# cannot be repeated. With one pipe for each worker the order needs no sorting: batch i is the next
# thing that comes out of pipe i modulo n, whoever is ready earlier.
#
# `Worker` is given. It starts a process and has two methods: `ask()` sends a request and returns at
# once; `take()` waits for the next batch of this worker, and raises what was raised over there. If
# the process has died the pipe is closed, so `take` never waits for a dead one.
#
# You write `ordered`. Ask every worker `prefetch` times before anything else. Then, for each batch:
# take it, and ask its worker for one more *before* you hand it on. The user's code runs between two
# batches; that is the time in which the workers must have something to do.

# %% solution="ordered"
#| export
#| hint How many requests are open while the user's code computes with a batch?
#| hint Batch number + n * prefetch belongs to the same worker as batch number; is there one?
#| hint worker = workers[number % n]; batch = worker.take(); worker.ask() if number + n * prefetch < count; yield.


class WorkerTraceback(Exception):
    """The traceback of an exception in another process, as its cause."""


def start_work(pipe: Any, other_end: Any, job: tuple) -> None:
    """The first function of a worker process."""
    other_end.close()  # a copy of it here would keep the pipe open when the main process is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the main one ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, OSError):  # the main process is gone
        work(*job, pipe)


class Worker:
    """A process that makes batches when it is asked, and the pipe to it."""

    def __init__(self, context: Any, job: tuple) -> None:
        self.pipe, other_end = context.Pipe()
        self.process = context.Process(target=start_work, args=(other_end, self.pipe, job), daemon=True)
        try:
            self.process.start()
        except Exception as problem:
            advice = "define what it needs at the top level of a file that can be imported, or use num_workers=0"
            raise RuntimeError(f"a worker process cannot be given the dataset ({problem}): {advice}") from problem
        other_end.close()

    def ask(self) -> None:
        with suppress(OSError):  # it has died, as take() will say
            self.pipe.send(None)

    def take(self) -> Any:
        try:
            text, value = self.pipe.recv()
        except (EOFError, OSError):
            raise RuntimeError(self.obituary()) from None
        if text:
            raise value from WorkerTraceback(f"in worker process {self.process.pid}\n{text}")
        return value

    def obituary(self) -> str:
        self.process.join(1)
        code = self.process.exitcode or 0
        how = f"signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"exit code {code}"
        advice = "see what it printed above, and try num_workers=0"
        advice += "; the system kills processes when memory is full" if code < 0 else ""
        return f"worker process {self.process.pid} ended with {how} and did not deliver its batch: {advice}"


@contextmanager
def uninterrupted() -> Iterator:
    """Inside the block Ctrl-C waits until its end: Python loses one that comes in the middle of a fork."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def from_workers(loader: DataLoader, batches: list[np.ndarray], seed: tuple[int, ...]) -> Iterator:
    """The batches in order, made by worker processes; no process is left, however the loop over them ends."""
    context, workers = loader.multiprocessing_context, []
    if context is None or isinstance(context, str):
        context = multiprocessing.get_context(context)
    number = min(loader.num_workers, len(batches))
    try:
        with uninterrupted():
            for n in range(number):
                job = loader.dataset, loader.collate_fn, share_of(batches, n, number), seed
                workers.append(Worker(context, job))
        yield from ordered(workers, len(batches), loader.prefetch)
        for worker in workers:
            worker.process.join(5)  # they have nothing left to do
    finally:
        for worker in workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join()


def ordered(workers: list[Worker], count: int, prefetch: int) -> Iterator:
    """`count` batches in order, batch i from workers[i % n]; up to `prefetch` requests are open at each of them."""
    n = len(workers)
    ### BEGIN SOLUTION
    for number in range(min(n * prefetch, count)):
        workers[number % n].ask()
    for number in range(count):
        batch = workers[number % n].take()
        if number + n * prefetch < count:
            workers[number % n].ask()
        yield batch
    ### END SOLUTION


# %% test="ordered" points=10
class Told:
    """A worker of the test: keeps count of the requests, and has batch i, i + n, i + 2n, ... to give."""

    def __init__(self, first, step):
        self.next, self.step, self.asked, self.taken = first, step, 0, 0

    def ask(self):
        self.asked += 1

    def take(self):
        assert self.asked > self.taken, "take() without a request: the worker would wait, and so would you"
        self.taken += 1
        self.next += self.step
        return self.next - self.step


def test_batches_come_in_order():
    for n, count, prefetch in [(1, 4, 1), (2, 7, 2), (3, 20, 1), (3, 2, 4)]:
        told = [Told(i, n) for i in range(n)]
        got = list(ordered(told, count, prefetch))
        check(f"ordered({n} workers, {count}, prefetch={prefetch})", got, list(range(count)))
        check("the number of requests, all workers together", sum(w.asked for w in told), count)


def test_requests_are_open_while_the_user_computes():
    told = [Told(i, 2) for i in range(2)]
    batches = ordered(told, 20, 3)
    for number in range(3):
        next(batches)
        got = [w.asked - w.taken for w in told]
        check(f"open requests of two workers after batch {number}, prefetch=3", got, [3, 3])


START = "fork" if "fork" in multiprocessing.get_all_start_methods() else None


def test_worker_processes():
    options = {"batch_size": 4, "shuffle": True, "seed": 8}
    want = labels(DataLoader(numbered(50), **options))
    before = set(multiprocessing.active_children())
    for n in (1, 3):
        loader = DataLoader(numbered(50), **options, num_workers=n, multiprocessing_context=START)
        check(f"the labels with num_workers={n}, as without", labels(loader), want)
        for _ in loader:
            break
        left = set(multiprocessing.active_children()) - before
        check(f"processes left after a loop that ended early, num_workers={n}", len(left), 0)


test_batches_come_in_order()
test_requests_are_open_while_the_user_computes()
if START:  # elsewhere a process cannot see what a notebook defines; tt check tests it there
    test_worker_processes()

# %% [markdown]
# ## Use
#
# `TinyDigits` was written before there was a loader. It has a length and gives samples by number, so
# it is a dataset. Here is what its first batches hold, in three orders: how often each digit occurs.

# %%
orders = {
    "sorted by class": DataLoader(Subset(digits, by_class), batch_size=64),
    "as in the file": DataLoader(digits, batch_size=64),
    "shuffled": DataLoader(digits, batch_size=64, shuffle=True, seed=0),
}
print("                     " + "".join(f"{digit:4}" for digit in range(10)))
for name, loader in orders.items():
    for number, batch in zip(range(3), loader, strict=False):
        counts = np.bincount(batch.y.numpy(), minlength=10)
        print(f"{name if number == 0 else '':16}  {number}  " + "".join(f"{c or '.':>4}" for c in counts))
first = next(iter(orders["sorted by class"]))
assert set(first.y.tolist()) == {0}
assert (first.x.shape, first.x.dtype) == ((64, 28, 28), np.uint8)

# %% [markdown]
# Now train. A tenth of the digits is kept apart for validation, chosen at random. The loop is the
# one of module 07, with `train_step` in its middle; where it cut arrays it now says what it means.
# A batch arrives as it is stored, in bytes. It becomes floats between 0 and 1 just before the model.

# %%
from tinytorch.core.autograd import no_grad
from tinytorch.training import train_step

train, validation = random_split(digits, [0.9, 0.1], seed=0)
batches_to_learn = DataLoader(train, batch_size=64, shuffle=True, seed=0)


def inputs(x):
    return x.reshape(len(x), 784) / 255


def share_right(model, dataset):
    with no_grad():
        outcomes = [model(inputs(x)).numpy().argmax(1) == y.numpy() for x, y in DataLoader(dataset, batch_size=250)]
    return np.concatenate(outcomes).mean()


model, loss_fn = classifier(), CrossEntropyLoss()
optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(1, 9):
    losses = [train_step(model, optimizer, loss_fn, inputs(x), y) for x, y in batches_to_learn]
    loss, share = np.mean(losses), share_right(model, validation)
    print(f"epoch {epoch}  {share:6.1%} of validation right  loss {loss:.3f}  {'#' * round(60 * loss)}")
accuracy = share_right(model, unseen)
print(f"{accuracy:.1%} of {len(unseen)} unseen digits right, learned from {len(train)}")
assert accuracy > 0.92

# %% [markdown]
# The same loop runs on data that do not fit into memory. `np.load` with `mmap_mode="r"` gives an
# array whose numbers stay in the file; the system reads the pages that are indexed. `TensorDataset`
# takes it like any other. Predict the peak of an epoch over a file of 31 MB, in batches of 64.

# %%
import tempfile
from pathlib import Path

from tinytorch.core.tensor import peak_memory, seconds

with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    path = Path(folder, "photographs.npy")
    np.save(path, np.random.default_rng(0).integers(0, 256, (10_000, 3, 32, 32), np.uint8))
    on_disk = DataLoader(TensorDataset(np.load(path, mmap_mode="r")), batch_size=64, shuffle=True)
    peak = peak_memory(lambda: [x.shape for (x,) in on_disk])
    print(f"{path.stat().st_size / 1e6:.1f} MB in the file, {peak / 1e6:.2f} MB at the peak of an epoch")
    assert 2 < peak / (64 * 3 * 32 * 32) < 3

# %% [markdown]
# Between two and three batches: the one in use, the one being made, and the order of the rows.
#
# ## Measure
#
# **One by one, or at once.** Pictures of the size of CIFAR-10, 3 x 32 x 32 bytes, in batches of 128.
# A dataset without `__getitems__` answers 128 times, and then its samples are stacked. Predict how
# many times faster the gather is, and which of the two steps costs more. And predict what it costs
# to make the batch float32, once it is there.

# %%
import itertools


class OnlyOneByOne(Dataset):
    """A dataset whose `__getitems__` is hidden."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.dataset[index]


numbers = np.random.default_rng(0)
photographs = numbers.integers(0, 256, (10_000, 3, 32, 32), np.uint8)
at_once = TensorDataset(photographs, numbers.integers(0, 10, 10_000))
one_by_one = OnlyOneByOne(at_once)
other_rows = itertools.cycle(index_batches(numbers.permutation(10_000), 128, drop_last=True))
samples, batch = gather(one_by_one, next(other_rows)), fetch(at_once, next(other_rows))

steps = {
    "128 samples, one by one": lambda: gather(one_by_one, next(other_rows)),
    "collating them": lambda: collate(samples),
    "the whole batch, gathered": lambda: fetch(at_once, next(other_rows)),
    "making it float32": lambda: batch.x.numpy().astype(np.float32),
}
spent = {name: seconds(step, 101) for name, step in steps.items()}
for name, taken in spent.items():
    print(f"{name:26} {taken * 1e6:5.0f} us")
speed = {}
for name, dataset in {"one by one": one_by_one, "at once": at_once}.items():
    loader = DataLoader(dataset, batch_size=128, shuffle=True, seed=0)
    speed[name] = len(loader) / seconds(lambda: [len(batch) for batch in loader], 3)  # noqa: B023
    print(f"{name:11} {speed[name]:7,.0f} batches a second, {128 * speed[name]:10,.0f} pictures")
assert speed["at once"] > 3 * speed["one by one"]

# %% [markdown]
# The bytes are the same. What the gather saves is Python: 256 small tensors, made to be stacked and
# thrown away. The last step is one reason to convert late; the other is that a float32 batch is four
# times as many bytes, wherever it is kept or sent.
#
# **When workers help.** Three kinds of work, 256 samples in batches of 32. In memory, a sample costs
# nothing. Slow samples wait two milliseconds each, as for a disk or a network. In the last column a
# model computes for 40 ms on each batch, too. Fill in a table of your own first: no workers, 1, 2
# and 4. Where will one worker be worse than none? And what is the least time of the last column?

# %%
import time


class Slow(Dataset):
    """256 pictures; each takes two milliseconds to arrive."""

    def __len__(self):
        return 256

    def __getitem__(self, index):
        time.sleep(0.002)
        return np.zeros((3, 32, 32), np.float32), index


def epoch_of(dataset, num_workers, computing=0.0):
    """Seconds for an epoch, with so many seconds of computing after each batch."""
    loader = DataLoader(dataset, batch_size=32, num_workers=num_workers, multiprocessing_context=START)
    start = time.perf_counter()
    for _ in loader:
        time.sleep(computing)
    return time.perf_counter() - start


in_memory = TensorDataset(np.zeros((256, 3, 32, 32), np.float32), np.arange(256))
if START:
    table = {}
    print("workers    in memory   slow samples   slow samples and a model")
    for n in (0, 1, 2, 4):
        table[n] = epoch_of(in_memory, n), epoch_of(Slow(), n), epoch_of(Slow(), n, computing=0.04)
        memory, slow, both = (1e3 * taken for taken in table[n])
        print(f"{n:7}{memory:10.0f} ms{slow:12.0f} ms{both:24.0f} ms")
    assert table[0][0] < table[1][0]
else:
    print("a process on this system does not see what a notebook defines: put Slow and epoch_of into a file")

# %% [markdown]
# Starting a process costs milliseconds, and each batch crosses a pipe as bytes; for data in memory
# that is all loss. Waiting is what workers hide. One worker already makes the time of the last
# column the larger of loading and computing, and no longer their sum. With two it comes down to the
# 320 ms of the model and the start of the workers, and more can do no better.
#
# **Batches in flight.** What does `prefetch` cost? Two workers, batches of 32 pictures in float32.
# The main process takes one batch and then rests. How many have been made when nobody asks?

# %%
import mmap


class Marking(Dataset):
    """512 pictures, and for each a mark, in memory that all processes share: it has been made."""

    def __init__(self):
        self.made = np.frombuffer(mmap.mmap(-1, 512), np.uint8)

    def __len__(self):
        return 512

    def __getitem__(self, index):
        self.made[index] = 1
        return np.zeros((3, 32, 32), np.float32), index


if START:
    print("prefetch   batches ahead   bytes in flight")
    for prefetch in (1, 2, 4):
        marking = Marking()
        options = {"num_workers": 2, "prefetch": prefetch, "multiprocessing_context": START}
        batches = iter(DataLoader(marking, batch_size=32, **options))
        batch = next(batches)
        time.sleep(0.2)
        ahead = marking.made.sum() // 32 - 1
        print(f"{prefetch:8}{ahead:16}{ahead * (batch.x.nbytes + batch.y.nbytes):18,}")
        assert ahead == 2 * prefetch
        batches.close()

# %% [markdown] reflect="order" points=4
# Workers times prefetch, and then they wait for a request. That product, times the bytes of a batch,
# is the memory that a loader adds to a training run.
#
# ## Reflect
#
# **1. A stream.** Your examples come over a network, sorted by date, and there are more than fit on
# the disk: no permutation of the whole is possible. Somebody keeps a buffer of 1,000 examples, and
# hands out a random one each time a new one comes in. Compare with the three orders of Use. When is
# this good enough, when is it not, and what would you measure to find out?
#
# ### BEGIN SOLUTION
# Rubric: it mixes over about a thousand neighbours: good if a thousand neighbours are a fair sample
# of the whole, as in the file of digits; not if runs of one kind are longer. Digits sorted by class,
# 400 of each, come two or three classes at a time. (2 points) Measure: the classes in a batch, as in
# Use, and unseen accuracy, since the training loss does not show it. (1 point) A remedy: mix the
# order of the files, read several streams at once. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="workers" points=3
# **2. How many?** A sample takes 4 ms to read and decode, a batch has 64 samples of 600 kB as
# float32, and the model needs 80 ms for a batch. How many workers keep the model busy? What do they
# add to memory with prefetch=2, what if samples are sent as bytes, and what changes if 3 of the 4 ms
# are computing, on a machine with 2 cores?
#
# ### BEGIN SOLUTION
# Rubric: 256 ms of loading against 80 ms: 3.2, so 4 workers. 4 x 2 x 64 x 600 kB = 307 MB; a quarter
# as bytes. (2 points) 192 ms of computing a batch on 2 cores, one of which the model wants: the
# cores are the limit, more workers only take turns; decode less, or store decoded. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="split" points=3
# **3. A split that is too good.** Ten photographs of each animal are taken within one second. A
# random split puts nine in ten photographs into training. The validation is 99 % right, the first
# day outside is not. What happened, and which split would have told you?
#
# ### BEGIN SOLUTION
# Rubric: nearly every validation photograph has twins in training; it was recognized, not
# classified. (2 points) Split by animal (or by second), with Subset and indices of your own. (1 point)
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `Dataset`, `TensorDataset`, `Subset`, `random_split` and `DataLoader` have the same names there, and
# loaders are written the same way. Where they differ: a shuffled order comes from a
# `torch.Generator`, in place of a seed; a batch of pairs is a list, `x, y = batch` works and
# `batch.x` does not; lists are taken apart as tuples are, here they are rows of numbers.
# `prefetch` is called `prefetch_factor`. `__getitems__` exists, but PyTorch's `TensorDataset` does
# not have it: its samples are fetched one by one and stacked, which is why yours is faster from
# memory. Its workers put batches into memory that processes share, where yours write them into a
# pipe; for large batches that is faster, and it is the larger half of its code. There are also
# datasets without a length, for streams, and a switch that keeps the workers for the next epoch.
#
# ## Today
#
# A machine with eight accelerators computes faster than most storage can read. Large training runs
# store their examples in files of a few hundred megabytes, read one after the other, because a disk
# answers a long request much faster than a thousand short ones; the files are shuffled, and then a
# buffer of examples. Decoding runs on separate machines where the processors beside the
# accelerators do not suffice. And the position in the data, epoch and batch, belongs into what is
# saved: a run that resumes and sees the same examples again is a different run. The first thing to
# look at when training is slow is still the comparison that you made: what is the speed with the
# model left away, and what is it with the data left away?
