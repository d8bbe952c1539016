"""The loader together with datasets, models and training; worker processes in all the ways that they end."""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, manual_seed, rng, tensor
from tinytorch.data import Batch, DataLoader, Dataset, Subset, TensorDataset, collate, random_split
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU
from tinytorch.nn.layers import Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss
from tinytorch.optim.optimizers import Adam
from tinytorch.testing import check, check_raises, check_true
from tinytorch.training import Trainer, train_step

# What workers must be able to import, whatever the platform's way to start them is.
THINGS = '''
import os, random, signal, time
import numpy as np
from tinytorch.core.tensor import rng

class Things:
    """Eleven samples (i, i * i). Number `bad`, if there is one, does what `how` says."""
    def __init__(self, bad=None, how=None):
        self.bad, self.how = bad, how
    def __len__(self):
        return 11
    def __getitem__(self, i):
        if i == self.bad:
            return getattr(self, self.how)(i)
        return float(i), i * i
    def raises(self, i):
        raise ValueError(f"the file of sample {i} is damaged")
    def raises_stubborn(self, i):
        raise Stubborn(i, "text")
    def raises_from(self, i):
        try:
            {}["name"]
        except KeyError as error:
            raise LookupError("no such name") from error
    def returns_a_function(self, i):
        return (lambda: i), i
    def leaves(self, i):
        os._exit(3)
    def exits(self, i):
        raise SystemExit(4)
    def is_killed(self, i):
        os.kill(os.getpid(), signal.SIGKILL)
    def sleeps(self, i):
        time.sleep(600)

class Stubborn(Exception):
    """Cannot be made again from its text alone."""
    def __init__(self, number, text):
        super().__init__(text)

class Pids(Things):
    def __getitem__(self, i):
        return os.getpid(), i

class Random(Things):
    def __getitem__(self, i):
        return np.array([rng.random(), np.random.rand(), random.random()]), i

class Uneven(Things):
    """The samples of the first worker come late."""
    def __getitem__(self, i):
        time.sleep(0.02 if i % 4 < 2 else 0)
        return float(i), i

def count(samples):
    return len(samples)
'''


@pytest.fixture
def things(tmp_path, monkeypatch):
    """THINGS as a module that any process can import."""
    (tmp_path / "things_to_load.py").write_text(THINGS, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("things_to_load")
    del sys.modules["things_to_load"]


def labels(loader):
    return [batch.y.tolist() for batch in loader]


def processes():
    return set(multiprocessing.active_children())


# -- anything with a length and samples is a dataset -------------------------------------------------------


def test_figure_1c():
    data = [(np.arange(4), 1), (np.arange(4), 0), (np.arange(4), 1)]
    for batch in DataLoader(data):
        check("batch.x", batch.x, np.arange(4)[None])
        check("the shape of batch.y", batch.y.shape, (1,))
    x, y = next(iter(DataLoader(data, batch_size=3)))
    check("x, y = batch", (x.shape, y.tolist()), ((3, 4), [1, 0, 1]))


@pytest.mark.parametrize("form", ["list", "range", "TinyDigits", "class", "of samples"])
def test_any_object_is_a_dataset(form):
    class Squares(Dataset):
        def __len__(self):
            return 7

        def __getitem__(self, i):
            return i, i * i

    class Listing(Squares):
        def __getitems__(self, rows):
            return [self[int(i)] for i in rows]

    pairs = [(i, i * i) for i in range(7)]
    data = {"list": pairs, "class": Squares(), "of samples": Listing(), "range": range(7), "TinyDigits": TinyDigits()}
    last = list(DataLoader(data[form], batch_size=4))[-1]
    if form == "TinyDigits":
        check("the last pictures", last.x, TinyDigits().images[-4:])
        check("their labels", last.y, TinyDigits().labels[-4:])
    elif form == "range":
        check("the last batch of range(7)", last, np.array([4, 5, 6]))
    else:
        check("the last batch", last, Batch(np.array([4, 5, 6]), np.array([16, 25, 36])))


@pytest.mark.parametrize(
    ("dtype", "want"),
    [("float64", "float32"), ("float16", "float32"), ("float32", "float32"), ("uint8", "uint8"), ("int64", "int64")],
)
@pytest.mark.parametrize("whole", [True, False], ids=["at once", "one by one"])
def test_types_of_batches(dtype, want, whole):
    array = np.arange(12).reshape(6, 2).astype(dtype)
    data = TensorDataset(array, array > 3) if whole else list(zip(array, array > 3, strict=True))
    batch = next(iter(DataLoader(data, batch_size=5)))
    check(f"the type of a batch of {dtype}", batch.x.dtype, np.dtype(want))
    check("its numbers", batch.x.numpy(), array[:5].astype(want))
    check("truth values stay", batch.y.numpy(), array[:5] > 3)


def test_tensors_in_datasets():
    x, y = Tensor([[1.0], [2.0], [3.0]]), tensor([4, 5, 6])
    for data in (TensorDataset(x, y), list(zip(x, y, strict=True))):
        check("a batch of Tensors", fetch_all(data), Batch(np.float32([[1], [2], [3]]), np.array([4, 5, 6])))
    data = TensorDataset(x, y)
    next(iter(DataLoader(data, batch_size=3))).x.data[...] = 0
    check("a batch is a copy: the dataset is as before", x, np.float32([[1], [2], [3]]))


def fetch_all(data):
    return next(iter(DataLoader(data, batch_size=len(data))))


def test_samples_that_are_no_pairs():
    check("three parts", fetch_all([(1, 2, 3), (4, 5, 6)]), (np.array([1, 4]), np.array([2, 5]), np.array([3, 6])))
    check("one part", fetch_all(TensorDataset([1, 2])), (np.array([1, 2]),))
    check("lists of numbers", fetch_all([[1, 2, 3], [4, 5, 6]]), np.array([[1, 2, 3], [4, 5, 6]]))
    check("texts", fetch_all([("a", "b"), ("c", "d")]), Batch(["a", "c"], ["b", "d"]))
    got = fetch_all([{"x": 1.0, "name": "a"}, {"x": 2.0, "name": "b"}])
    check("dicts", got, {"x": np.float32([1, 2]), "name": ["a", "b"]})


def test_a_trainer_takes_a_loader():
    x, y = np.linspace(-1, 1, 22).reshape(11, 2), np.arange(11) % 2
    results = []
    for data in ([x, y], [DataLoader(TensorDataset(x, y), batch_size=4)]):
        manual_seed(0)
        model = Linear(2, 2)
        trainer = Trainer(model, Adam(model.parameters(), lr=0.1), CrossEntropyLoss())
        trainer.fit(*data, epochs=3, batch_size=4, shuffle=False)
        results.append(([entry["loss"] for entry in trainer.history], model.weight.data, trainer.evaluate(*data)))
    check("losses, weights and evaluation of a Trainer with a DataLoader", results[1], results[0], 1e-6)


def test_a_loop_in_a_loop():
    loader = DataLoader(range(4), batch_size=2, shuffle=True, seed=0)
    pairs = [(a.tolist(), b.tolist()) for a in loader for b in loader]
    check("batches of both loops", len(pairs), 4)
    check("epochs begun", loader.epoch, 3)


def test_an_epoch_can_be_chosen():
    orders = DataLoader(range(20), batch_size=20, shuffle=True, seed=4)
    third = [next(iter(orders)).tolist() for _ in range(3)][2]
    later = DataLoader(range(20), batch_size=20, shuffle=True, seed=4)
    later.epoch = 2
    check("the third epoch of a new loader", next(iter(later)).tolist(), third)


def test_a_seed_leaves_the_shared_generator_alone():
    state = rng.bit_generator.state
    list(DataLoader(range(20), shuffle=True, seed=4))
    random_split(range(20), [0.5, 0.5], seed=1)
    check("the state of the shared generator", rng.bit_generator.state == state, True)


def test_random_split_without_a_seed():
    first, second = (random_split(range(50), [25, 25])[0].indices.tolist() for _ in range(2))
    check_true("two splits are different", first != second)
    manual_seed(1)
    first = random_split(range(50), [25, 25])[0].indices.tolist()
    manual_seed(1)
    check("after the same manual_seed", random_split(range(50), [25, 25])[0].indices.tolist(), first)


def test_subsets_of_subsets():
    part = Subset(Subset(TinyDigits(), np.arange(100, 200)), tensor([5.0, 50.0]))
    check("the labels", fetch_all(part).y, TinyDigits().labels[[105, 150]])
    check("an empty part", len(Subset(range(5), [])), 0)


def test_an_empty_dataset():
    loader = DataLoader(TensorDataset(np.zeros((0, 3))), batch_size=4, shuffle=True, num_workers=2)
    check("len(loader) and its batches", (len(loader), list(loader)), (0, []))


# -- bad input ---------------------------------------------------------------------------------------------


def good_input():
    """What a complaint is worth is seen beside a call that is right."""
    part, _ = random_split(TensorDataset(np.arange(6), np.arange(6)), [4, 2], seed=0)
    got = sorted(np.concatenate(labels(DataLoader(Subset(part, range(4)), batch_size=3, shuffle=True))).tolist())
    check("the labels of a part of 4 samples", got, sorted(part.indices.tolist()))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 0}, ["batch_size", "1 or more", "0"]),
        ({"batch_size": 2.5}, ["batch_size", "whole number", "2.5"]),
        ({"batch_size": None}, ["batch_size", "None"]),
        ({"num_workers": -1}, ["num_workers", "0 or more", "-1"]),
        ({"prefetch": 0}, ["prefetch", "1 or more"]),
        ({"seed": -1}, ["seed", "0 or more"]),
        ({"seed": "text"}, ["seed", "'text'"]),
    ],
)
def test_bad_options(options, words):
    good_input()
    check_raises(f"DataLoader(data, {options})", lambda: DataLoader(range(3), **options), ValueError, *words)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: DataLoader(x for x in range(3)), TypeError, ["dataset", "length", "generator"]),
        (lambda: TensorDataset(np.zeros(3), np.zeros(4)), ValueError, ["same length", (3,), (4,)]),
        (lambda: TensorDataset(), ValueError, ["length"]),
        (lambda: TensorDataset(5.0), ValueError, ["length", ()]),
        (lambda: TensorDataset(["a", "b"]), TypeError, ["numbers"]),
        (lambda: TensorDataset(np.array(["a", "b"])), TypeError, ["numbers", "<U1"]),
        (lambda: len(Dataset()), NotImplementedError, ["Dataset", "__len__"]),
        (lambda: Dataset()[0], NotImplementedError, ["Dataset", "__getitem__"]),
        (lambda: Subset(range(5), [0, 5]), ValueError, ["index 5", "0 to 4"]),
        (lambda: Subset(range(5), [-1]), ValueError, ["index -1", "0 to 4"]),
        (lambda: Subset(range(5), [0.5]), ValueError, ["0.5", "whole number"]),
        (lambda: random_split(range(5), [3, 3]), ValueError, ["[3, 3]", "5"]),
        (lambda: random_split(range(5), [0.5, 0.6]), ValueError, ["[0.5, 0.6]", "sum"]),
        (lambda: random_split(range(5), [6, -1]), ValueError, ["[6, -1]"]),
        (lambda: random_split(range(5), [1.5, -0.5]), ValueError, ["[1.5, -0.5]"]),
        (lambda: random_split(range(5), [2.5, 2.5]), ValueError, ["2.5", "whole"]),
        (lambda: collate([(1, 2), (1, 2, 3)]), ValueError, ["[2, 3] parts"]),
        (lambda: collate([(np.zeros(2), 0), (np.zeros(3), 0)]), ValueError, ["sample 1", (3,), (2,), "collate_fn"]),
        (lambda: collate([None, None]), TypeError, ["numbers", "NoneType"]),
    ],
)
def test_bad_input(call, error, words):
    good_input()
    check_raises("this call", call, error, *words)


# -- workers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("prefetch", [1, 3])
def test_batches_come_in_order(things, workers, prefetch):
    options = {"batch_size": 2, "shuffle": True, "seed": 1}
    loader, alone = (DataLoader(things.Things(), **options, num_workers=n, prefetch=prefetch) for n in (workers, 0))
    before = processes()
    for epoch in range(2):
        check(f"the labels of epoch {epoch}", labels(loader), labels(alone))
    check("processes left", processes(), before)


def test_late_batches_keep_their_place(things):
    loader = DataLoader(things.Uneven(), batch_size=2, num_workers=2)
    check("the labels", labels(loader), [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]])


def test_workers_are_other_processes(things):
    pids = [batch.x.tolist() for batch in DataLoader(things.Pids(), batch_size=3, num_workers=2)]
    check_true("two processes, in turn", pids[0] == pids[2] != pids[1] and os.getpid() not in pids[0] + pids[1])


def test_other_batches_come_through(things):
    loader = DataLoader(things.Things(), batch_size=4, num_workers=2, drop_last=True, collate_fn=things.count)
    check("what collate_fn returned", list(loader), [4, 4])
    check("texts", list(DataLoader(["a", "b", "c"], batch_size=2, num_workers=1)), [["a", "b"], ["c"]])
    large = TensorDataset(np.arange(3e6).reshape(3, 1000, 1000))
    for i, (x,) in enumerate(DataLoader(large, num_workers=2)):
        check("a batch of 4 MB", x.numpy(), large.arrays[0][i : i + 1].astype(np.float32))


def test_random_numbers_do_not_depend_on_the_workers(things):
    def drawn(workers, seed=3):
        loader = DataLoader(things.Random(), batch_size=2, num_workers=workers, seed=seed)
        return [[x.tolist() for x, _ in loader] for _ in range(2)]

    one = drawn(1)
    check("with two workers, as with one", drawn(2), one)
    numbers = np.array([batch for epoch in one for batch in epoch[:5]])
    check("all of them are different", len(np.unique(numbers)), numbers.size)
    manual_seed(5)
    first = drawn(2, seed=None)
    manual_seed(5)
    check("without a seed, after the same manual_seed", drawn(2, seed=None), first)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_arrives_with_its_traceback(things, workers):
    before, seen = processes(), []
    loader = DataLoader(things.Things(bad=7, how="raises"), batch_size=2, num_workers=workers)

    def loop():
        for batch in loader:
            seen.append(batch.y.tolist())

    error = check_raises("a loop over it", loop, ValueError, "the file of sample 7 is damaged")
    check("the batches before it", seen, [[0, 1], [4, 9], [16, 25]])
    told = str(error.__cause__)
    check_true("its traceback says where", "things_to_load.py" in told and "in raises" in told, told)
    check_true("and in which process", "in worker process" in told)
    check("processes left", processes(), before)


@pytest.mark.parametrize(
    ("how", "error", "words", "cause"),
    [
        ("raises_stubborn", RuntimeError, ["Stubborn", "text"], "in raises_stubborn"),
        ("raises_from", LookupError, ["no such name"], "KeyError: 'name'"),
        ("returns_a_function", TypeError, ["numbers", "function"], "as_array"),
    ],
)
def test_exceptions_of_every_kind(things, how, error, words, cause):
    loader = DataLoader(things.Things(bad=1, how=how), batch_size=2, num_workers=1)
    raised = check_raises("a loop over it", lambda: list(loader), error, *words)
    check_true(f"the traceback has {cause!r}", cause in str(raised.__cause__), str(raised.__cause__))


def test_a_batch_that_cannot_be_sent(things):
    data = [(lambda: 0)]
    fork = "fork" if "fork" in multiprocessing.get_all_start_methods() else None
    loader = DataLoader(data, num_workers=1, collate_fn=list, multiprocessing_context=fork)
    if fork:
        check_raises("a loop over it", lambda: list(loader), RuntimeError, "batch", "cannot be sent")
    check_raises(
        "the same, started by spawn",
        lambda: list(DataLoader(data, num_workers=1, collate_fn=list, multiprocessing_context="spawn")),
        RuntimeError,
        "a worker process cannot be given the dataset",
        "num_workers=0",
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [("leaves", ["exit code 3"]), ("exits", ["exit code 4"]), ("is_killed", ["signal 9", "memory"])],
)
def test_a_dead_worker_is_an_error(things, how, words):
    if how == "is_killed" and os.name == "nt":
        pytest.skip("there are no signals")
    before, loader = processes(), DataLoader(things.Things(bad=5, how=how), batch_size=2, num_workers=2)
    check_raises("a loop over it", lambda: list(loader), RuntimeError, "worker process", *words, "num_workers=0")
    check("processes left", processes(), before)


def test_a_loop_that_ends_early_leaves_no_process(things):
    before = processes()
    for _ in DataLoader(things.Things(bad=6, how="sleeps"), batch_size=2, num_workers=3, prefetch=1):
        check("workers at work", len(processes() - before), 3)
        break
    check("processes left after break", processes(), before)
    loader = DataLoader(things.Things(), batch_size=2, num_workers=2)
    with pytest.raises(ZeroDivisionError):
        [1 / 0 for _ in loader]
    check("processes left after an exception in the loop", processes(), before)


def test_workers_started_by_spawn(things):
    data = things.Things(bad=10, how="raises")
    batches = iter(DataLoader(data, batch_size=4, num_workers=1, multiprocessing_context="spawn"))
    check("the labels", [next(batches).y.tolist() for _ in range(2)], [[0, 1, 4, 9], [16, 25, 36, 49]])
    check_raises("the last batch", lambda: next(batches), ValueError, "sample 10 is damaged")


# -- Ctrl-C, and what else may end the main process --------------------------------------------------------

PROGRAM = """
import multiprocessing, signal, sys, time
from things_to_load import Things
from tinytorch.data import DataLoader

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background is started without
    bad = 2 if sys.argv[1] == "waiting" else None
    # batches of 1: with fewer of them a worker could have made its share, and be gone, before it is counted
    for batch in DataLoader(Things(bad, "sleeps"), batch_size=1, num_workers=2):
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        if sys.argv[1] == "computing":
            time.sleep(600)
"""


def runs(pid):
    """Is there such a process, and not only its entry?"""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return not Path("/proc/self").exists()  # a system without /proc


def ended(pids, patience=10.0):
    until = time.monotonic() + patience
    while time.monotonic() < until and any(map(runs, pids)):
        time.sleep(0.02)
    return not any(map(runs, pids))


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("doing", "how"),
    [("computing", "Ctrl-C"), ("waiting", "Ctrl-C"), ("waiting", "interrupted"), ("computing", "killed")],
)
def test_no_process_outlives_the_main_one(things, tmp_path, doing, how):
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    main = subprocess.Popen(
        [sys.executable, "-P", tmp_path / "program.py", doing],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    workers = [int(pid) for pid in main.stdout.readline().split()]
    time.sleep(0.1)
    # Ctrl-C in a terminal is a signal to every process of the group
    {"Ctrl-C": os.killpg, "interrupted": os.kill, "killed": os.kill}[how](
        main.pid, signal.SIGKILL if how == "killed" else signal.SIGINT
    )
    errors = main.communicate(timeout=20)[1]
    check("the number of workers there were", len(workers), 2)
    check_true("no worker is left", ended(workers))
    if how == "killed":  # a worker that is at work learns of it when its batch is made
        check("how it ended", main.returncode, -signal.SIGKILL)
    else:
        check("tracebacks on the terminal: one, the main process's", errors.count("Traceback"), 1)
        check_true("it is KeyboardInterrupt", "KeyboardInterrupt" in errors, errors)


# -- with all that came before -----------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 2])
def test_a_classifier_learns_digits(workers):
    manual_seed(0)
    model = Sequential(Linear(784, 32), ReLU(), Linear(32, 10))
    optimizer, loss_fn = Adam(model.parameters(), lr=0.003), CrossEntropyLoss()
    train, unseen = random_split(TinyDigits(), [2000, 2000], seed=0)
    loader = DataLoader(train, batch_size=50, shuffle=True, seed=1, num_workers=workers)
    for _ in range(3):
        for x, y in loader:
            train_step(model, optimizer, loss_fn, x.reshape(len(x), 784) / 255, y)
    x, y = fetch_all(unseen)
    accuracy = (model(x.reshape(2000, 784) / 255).numpy().argmax(1) == y.numpy()).mean()
    check_true(f"most unseen digits are right: {accuracy:.1%}", accuracy > 0.85)
