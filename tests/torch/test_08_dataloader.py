"""Datasets, batches and loaders: what PyTorch's give, in the same order."""

import numpy as np
import pytest
import torch
import torch.utils.data as theirs
from generated import numbers, shapes
from hypothesis import given
from hypothesis import strategies as st
from oracle import close

from tinytorch import Tensor
from tinytorch import data as ours

TYPES = st.sampled_from([np.float32, np.uint8, np.int64, np.int32, bool])


@st.composite
def columns(draw, most=12):
    """One to three arrays of the same length."""
    n = draw(st.integers(1, most))
    return [draw(numbers((n, *draw(shapes(0, 2, 1, 3))))).astype(draw(TYPES)) for _ in range(draw(st.integers(1, 3)))]


def same(got, want, what="a batch"):
    """A Tensor and a torch tensor, or tuples and lists of them."""
    if isinstance(want, torch.Tensor):
        close(got, want, what)
        return
    assert isinstance(got, tuple), f"{what} is a {type(got).__name__}"
    assert len(got) == len(want), what
    for i, (g, w) in enumerate(zip(got, want, strict=True)):
        same(g, w, f"{what}, part {i}")


def datasets(arrays):
    return ours.TensorDataset(*arrays), theirs.TensorDataset(*map(torch.from_numpy, arrays))


@given(arrays=columns())
def test_tensor_dataset(arrays):
    mine, judge = datasets(arrays)
    assert len(mine) == len(judge)
    for i in (0, len(judge) - 1, -1):
        same(mine[i], judge[i], f"sample {i}")
    with pytest.raises(IndexError):
        mine[len(mine)]


@given(arrays=columns(), size=st.integers(1, 6), drop_last=st.booleans(), way=st.sampled_from(["at once", "single"]))
def test_loader(arrays, size, drop_last, way):
    mine, judge = datasets(arrays)
    if way == "single":
        mine = [mine[i] for i in range(len(mine))]
    loader = ours.DataLoader(mine, batch_size=size, drop_last=drop_last)
    judging = theirs.DataLoader(judge, batch_size=size, drop_last=drop_last)
    assert len(loader) == len(judging)
    for _ in range(2):
        for got, want in zip(loader, judging, strict=True):
            same(got, want)


@given(arrays=columns(), size=st.integers(1, 6), seed=st.integers(0, 100))
def test_a_shuffled_epoch_has_the_same_samples(arrays, size, seed):
    mine, judge = datasets([np.arange(len(arrays[0])), *arrays])
    loader = ours.DataLoader(mine, batch_size=size, shuffle=True, seed=seed)
    batches = list(loader)
    assert [len(batch[0]) for batch in batches] == [len(b[0]) for b in theirs.DataLoader(judge, size, shuffle=True)]
    order = np.concatenate([batch[0].numpy() for batch in batches])
    assert sorted(order) == list(range(len(mine)))
    whole = [np.concatenate([part.numpy() for part in parts]) for parts in zip(*batches, strict=True)]
    for got, want in zip(whole, judge[torch.from_numpy(order)], strict=True):
        assert np.array_equal(got, want.numpy())


@pytest.mark.parametrize(
    "samples",
    [
        [1, 2, 3],
        [True, False],
        [(1, np.ones(3, np.float32)), (2, np.zeros(3, np.float32))],
        [(np.float32(1.5), np.uint8(3), np.int64(4)), (np.float32(2.5), np.uint8(5), np.int64(6))],
        [(np.ones((2, 2), np.float32), (1, 2)), (np.zeros((2, 2), np.float32), (3, 4))],
        [((1,), 2), ((3,), 4)],
        [np.zeros(0, np.float32), np.zeros(0, np.float32)],
    ],
)
def test_collate(samples):
    same(ours.collate(samples), theirs.default_collate(samples))


def test_collate_of_python_floats():
    """PyTorch makes them float64, here they are float32 as everything else."""
    close(ours.collate([0.1, 0.2]), theirs.default_collate([0.1, 0.2]).float())


def test_collate_of_texts_and_dicts():
    samples = [{"name": "a", "x": (1, 2)}, {"name": "b", "x": (3, 4)}]
    got, want = ours.collate(samples), theirs.default_collate(samples)
    assert got["name"] == want["name"]
    same(got["x"], want["x"])


@pytest.mark.parametrize("samples", [[np.zeros(2), np.zeros(3)], [(1, 2), (1,)], [None, None]])
def test_what_neither_collates(samples):
    with pytest.raises((RuntimeError, TypeError, ValueError)):
        theirs.default_collate(samples)
    with pytest.raises((TypeError, ValueError)):
        ours.collate(samples)


@pytest.mark.filterwarnings("ignore:Length of split at index")
@given(n=st.integers(1, 60), parts=st.lists(st.integers(1, 20), min_size=1, max_size=5), seed=st.integers(0, 9))
def test_random_split(n, parts, seed):
    shares = [part / sum(parts) for part in parts]
    generator = torch.Generator().manual_seed(seed)
    for lengths in (shares, [n - n // 2, n // 2]):
        got, want = ours.random_split(range(n), lengths, seed), theirs.random_split(range(n), lengths, generator)
        assert [len(part) for part in got] == [len(part) for part in want]
        assert sorted(i for part in got for i in part.indices) == list(range(n))


@pytest.mark.parametrize("lengths", [[3, 3], [0.5, 0.6], [1.5, -0.5]])
def test_splits_that_neither_makes(lengths):
    for side in (ours, theirs):
        with pytest.raises(ValueError):
            side.random_split(range(5), lengths)


@given(arrays=columns(), size=st.integers(1, 4), data=st.data())
def test_subset(arrays, size, data):
    mine, judge = datasets(arrays)
    rows = data.draw(st.lists(st.integers(0, len(mine) - 1), min_size=1, max_size=8))
    loaders = ours.DataLoader(ours.Subset(mine, rows), size), theirs.DataLoader(theirs.Subset(judge, rows), size)
    for got, want in zip(*loaders, strict=True):
        same(got, want)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # of torch.Tensor
def test_their_datasets_in_our_loader():
    """A dataset is a length and samples by number, whoever wrote it."""
    x, y = torch.arange(12.0).reshape(6, 2), torch.arange(6)
    for judge in (theirs.TensorDataset(x, y), theirs.Subset(theirs.TensorDataset(x, y), range(6))):
        batch = next(iter(ours.DataLoader(judge, batch_size=4)))
        assert isinstance(batch.x, Tensor)
        same(batch, [x[:4], y[:4]])


class Fragile:
    def __len__(self):
        return 6

    def __getitem__(self, i):
        if i == 4:
            raise LookupError(f"sample {i} is damaged")
        return i


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_in_a_worker(workers):
    """The same kind of exception on both sides, and the words of the original in it."""
    for side in (ours, theirs):
        with pytest.raises(LookupError, match="sample 4 is damaged"):
            list(side.DataLoader(Fragile(), batch_size=2, num_workers=workers, multiprocessing_context=fork(workers)))


def test_batches_of_workers():
    options = {"batch_size": 4, "num_workers": 2, "multiprocessing_context": fork(2)}
    for got, want in zip(ours.DataLoader(range(10), **options), theirs.DataLoader(range(10), **options), strict=True):
        same(got, want)


def fork(workers):
    """Their loader takes a context only together with workers."""
    return "fork" if workers else None


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"num_workers": -1}, {"batch_size": -2}])
def test_options_that_neither_takes(options):
    for side in (ours, theirs):
        with pytest.raises(ValueError):
            side.DataLoader(range(3), **options)
