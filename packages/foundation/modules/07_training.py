# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# Everything is here: layers, a loss, gradients, optimizers. Training is a loop around them, five
# lines long, and everybody has written it. It also fails, in ways that the five lines do not show:
#
# - One strange batch makes one huge gradient, and a single step throws away an hour of work.
# - The step length that is right at the beginning is too long at the end.
# - The loss becomes nan in the night. By morning every parameter is nan.
# - The last batch of an epoch is shorter than the others, and the mean is wrong without a word.
# - The machine stops at epoch 60 of 90. The weights were saved. The run that goes on from them is
#   another run.
#
# None of these is mathematics; all of them cost days. This module builds the loop with each of them
# taken care of, every part in a few lines. Then it looks at what a step of training does to memory
# while it runs: that is what decides how large a batch can be.

# %% [markdown]
# ## Build
#
# ### A leash for gradients
#
# Put all gradients of a model into one long list of numbers. Its length, the square root of the sum
# of all squares, is the *norm*. If the norm is above `max_norm`, multiply every gradient by the one
# factor that brings it down to `max_norm`. The step becomes shorter and keeps its direction.
#
# Clip each parameter by itself and the direction is lost: where one weight had a gradient a
# thousand times as large as another, both are now the same. And a norm below `max_norm` is left
# alone; this is a leash, not a stretcher.
#
# PyTorch adds 0.000001 to the norm before it divides. Do the same, and the results agree.

# %% solution="clip"
#| default_exp training
#| export
#| hint Should the step keep its direction when it is made shorter? Then what must all gradients share?
#| hint One norm over all gradients together, one factor for all of them, and never a factor above 1.
#| hint total = math.sqrt(sum of all squares); factor = max_norm / (total + 1e-6); unless >= 1, g *= factor.
import hashlib
import json
import math
import os
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, as_array, rng, wrap
from tinytorch.optim.optimizers import Optimizer


def check_max_norm(max_norm):
    if not max_norm >= 0:
        raise ValueError(f"max_norm must be 0 or more, not {max_norm}")


def clip_grad_norm_(parameters, max_norm):
    """Scale all gradients by one factor so that their common norm is at most max_norm, as `torch.nn.utils`.

    Parameters without a gradient are left out. Returns the norm before, a Tensor of one number.
    ValueError for a max_norm that is negative or not a number.

    >>> w = Tensor([0.0, 0.0])
    >>> w.grad = Tensor([3.0, 4.0])
    >>> clip_grad_norm_([w], max_norm=1), w.grad
    (Tensor(5.), Tensor([0.6, 0.8]))
    """
    check_max_norm(max_norm)
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    gradients = [p.grad.data for p in parameters if p.grad is not None]
    with np.errstate(all="ignore"):  # a norm of inf or nan makes the gradients 0 and nan, as in PyTorch
        ### BEGIN SOLUTION
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
        factor = max_norm / (total + 1e-6)
        if not factor >= 1:  # so that a factor of nan passes, too
            for g in gradients:
                g *= factor
        ### END SOLUTION
    return wrap(np.asarray(total, np.float32))


# %% test="clip" points=14
from tinytorch.core.tensor import manual_seed
from tinytorch.nn.layers import Dropout, Linear, Sequential
from tinytorch.nn.losses import CrossEntropyLoss, MSELoss
from tinytorch.optim.optimizers import SGD, Adam
from tinytorch.testing import check, check_raises, check_true


def with_gradients(*gradients):
    parameters = [Tensor(np.zeros(np.shape(g)), requires_grad=True) for g in gradients]
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = None if g is None else Tensor(g)
    return parameters


def test_clip_uses_one_factor_for_all():
    a, b = with_gradients([3.0, 0.0], [[4.0]])
    norm = clip_grad_norm_([a, b], 1.0)
    check("the norm of gradients (3, 0) and (4): one norm over both", norm, 5.0)
    check(
        "the first gradient: one factor for all parameters, 1/5", a.grad.data, np.array([0.6, 0], np.float32)
    )
    check("the second gradient: the same factor", b.grad.data, np.array([[0.8]], np.float32))


def test_clip_leaves_small_gradients_alone():
    (a,) = with_gradients([0.3, 0.4])
    check("clip_grad_norm_ of gradients with norm 0.5, max_norm=1", clip_grad_norm_([a], 1.0), 0.5)
    check(
        "a gradient whose norm is below max_norm: never made longer",
        a.grad.data,
        np.array([0.3, 0.4], np.float32),
    )


def test_clip_skips_what_has_no_gradient():
    a, b = with_gradients([30.0, 40.0], None)
    array = a.grad.data
    clip_grad_norm_([a, b], 10)
    check(
        "the gradient of (30, 40), max_norm=10, changed in its own memory",
        array,
        np.array([6, 8], np.float32),
    )
    check("the norm of no gradients", clip_grad_norm_([b], 1.0), 0.0)


test_clip_uses_one_factor_for_all()
test_clip_leaves_small_gradients_alone()
test_clip_skips_what_has_no_gradient()

# %% [markdown]
# ### One step
#
# Here is the loop's inside, in the order that matters. Gradients add up in `grad`, so the old ones
# must go first. The loss is looked at before `backward`, when nothing has changed yet: a model
# whose parameters are still good can be saved, inspected, started again. Clipping stands between
# `backward` and `step`; anywhere else it does nothing.
#
# `loss.item()` is a plain number. Keep that, not the tensor: a list of loss tensors keeps every
# graph of the epoch alive.


# %% solution="train-step"
#| export
#| hint What is left over from the batch before, and what must not happen if the loss is not a number?
#| hint Drop the old gradients, forward, look at the loss, backward, clip, step; return the number.
#| hint value = loss.item(); check_loss(value, where) stands before loss.backward(); clip stands after it.
def check_loss(value, where):
    """RuntimeError that says where, if a loss is inf or nan."""
    if not math.isfinite(value):
        advice = "the parameters are as before it; try a smaller learning rate, or max_norm"
        raise RuntimeError(f"the loss is {value} in {where}; {advice}")


def train_step(model, optimizer, loss_fn, x, y, max_norm=None, where="this batch"):
    """Change the parameters once, from one batch; the loss before the change, as a Python number.

    If max_norm is given the gradients are clipped to it. RuntimeError from `check_loss` if the loss is inf or
    nan; then no parameter has changed.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    value = loss.item()
    check_loss(value, where)
    loss.backward()
    if max_norm is not None:
        clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return value
    ### END SOLUTION


# %% test="train-step" points=16
def tiny(loss_fn=None):
    """A model of one weight, 2, an optimizer with lr 0.1, and a batch whose gradient is 4 * (weight - 1)."""
    model = Linear(1, 1, bias=False)
    model.weight.data[...] = 2
    x, y = Tensor([[1.0], [np.sqrt(3)]]), Tensor([[1.0], [np.sqrt(3)]])
    return model, SGD(model.parameters(), lr=0.1), loss_fn or MSELoss(), x, y


def test_train_step_changes_the_parameters():
    model, optimizer, loss_fn, x, y = tiny()
    value = train_step(model, optimizer, loss_fn, x, y)
    check_true("train_step returns a Python number", type(value) is float, "a Tensor keeps its graph alive")
    check("the loss before the change", value, 2.0)
    check("the weight after one step: 2 - 0.1 * 4", model.weight, Tensor([[1.6]]))
    train_step(model, optimizer, loss_fn, x, y)
    check("the weight after a second step: the gradients do not add up", model.weight, Tensor([[1.36]]))


def test_train_step_clips():
    model, optimizer, loss_fn, x, y = tiny()
    train_step(model, optimizer, loss_fn, x, y, max_norm=0.5)
    check(
        "the weight after a step with max_norm=0.5: clipped before the step", model.weight, Tensor([[1.95]])
    )


def test_train_step_stops_at_nan():
    for bad in (np.nan, np.inf):
        model, optimizer, loss_fn, x, y = tiny(lambda out, y: MSELoss()(out, y) * bad)  # noqa: B023
        call = lambda: train_step(model, optimizer, loss_fn, x, y, where="batch 7")  # noqa: B023, E731
        check_raises(f"train_step with a loss of {bad}", call, RuntimeError, "loss", bad, "batch 7")
        check(
            "the weight after it: the loss is looked at before anything changes",
            model.weight,
            Tensor([[2.0]]),
        )


test_train_step_changes_the_parameters()
test_train_step_clips()
test_train_step_stops_at_nan()

# %% [markdown]
# ### A schedule
#
# At the start long steps are right: everything is far from where it should be. Near the end they
# jump about the minimum and never settle. So let the learning rate fall. The cosine schedule begins
# flat, falls fastest in the middle, and arrives flat at `eta_min` after `T_max` steps. After that
# it rises again; few people want that, so choose `T_max` as the length of the run.
#
# The base rate is the one that the optimizer had when the scheduler was made. It must be kept
# apart: whoever computes the new rate from the last one shrinks it twice.


# %% solution="cosine"
#| export
#| hint What is the cosine at 0, at pi/2 and at pi? What should the rate be at the start and at T_max?
#| hint (1 + cos) / 2 falls from 1 to 0; use it to mix the base rate and eta_min.
#| hint return eta_min + (base - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2.
def cosine_rate(base, t, T_max, eta_min=0):
    """The learning rate after t steps: `base` at 0, `eta_min` at T_max, half a cosine between; then up again.

    >>> [round(cosine_rate(0.1, t, 4), 4) for t in range(5)]
    [0.1, 0.0854, 0.05, 0.0146, 0.0]
    """
    ### BEGIN SOLUTION
    return eta_min + (base - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2
    ### END SOLUTION


class CosineAnnealingLR:
    """Sets the learning rate of each group of an optimizer to `cosine_rate`, as the scheduler in PyTorch.

    `step()` is called after each epoch (or after each batch: T_max counts the calls). TypeError without an
    optimizer, ValueError for a T_max below 1.

    >>> from tinytorch.optim.optimizers import SGD
    >>> scheduler = CosineAnnealingLR(SGD([Tensor([1.0])], lr=0.1), T_max=2)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.05]
    """

    def __init__(self, optimizer, T_max, eta_min=0):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a scheduler needs an optimizer, not {type(optimizer).__name__}")
        if not T_max >= 1:
            raise ValueError(f"T_max must be 1 or more, not {T_max}")
        self.optimizer, self.T_max, self.eta_min = optimizer, T_max, eta_min
        self.last_epoch = 0
        self.base_lrs = [float(g.setdefault("initial_lr", g["lr"])) for g in optimizer.param_groups]

    def step(self):
        """Count one step, and set the learning rates that belong to the new count."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:  # added since the last step
            self.base_lrs.append(float(group.setdefault("initial_lr", group["lr"])))
        ### BEGIN SOLUTION
        self.last_epoch += 1
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = cosine_rate(base, self.last_epoch, self.T_max, self.eta_min)
        ### END SOLUTION

    def get_last_lr(self):
        """The learning rate of each parameter group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        names = ("T_max", "eta_min", "base_lrs", "last_epoch")
        return {name: getattr(self, name) for name in names} | {"_last_lr": self.get_last_lr()}

    def load_state_dict(self, saved):
        """Go on from a saved count. The rates themselves are in the optimizer's state_dict."""
        mine = {name: saved[name] for name in ("T_max", "eta_min", "base_lrs", "last_epoch")}
        if len(mine["base_lrs"]) != len(self.base_lrs):
            raise ValueError(
                f"the state has {len(mine['base_lrs'])} learning rates, not {len(self.base_lrs)}"
            )
        vars(self).update(mine, base_lrs=list(mine["base_lrs"]))


# %% test="cosine" points=14
def test_cosine_rate():
    for t, want in [(0, 0.5), (25, 0.43410), (50, 0.275), (75, 0.11590), (100, 0.05), (200, 0.5)]:
        check(f"cosine_rate(0.5, {t}, 100, eta_min=0.05)", cosine_rate(0.5, t, 100, 0.05), want, 1e-4)


def test_scheduler_counts_from_one():
    optimizer = SGD([{"params": [Tensor([1.0])]}, {"params": [Tensor([1.0])], "lr": 0.2}], lr=0.1)
    scheduler = CosineAnnealingLR(optimizer, T_max=4)
    check("the learning rates before the first step()", scheduler.get_last_lr(), [0.1, 0.2], 1e-6)
    scheduler.step()
    got = scheduler.get_last_lr()
    check("after one step() of T_max=4: cosine_rate(base, 1, 4)", got, [0.085355, 0.170711], 1e-5)
    scheduler.step()
    got = scheduler.get_last_lr()
    check("after two: half, computed from the base rate and not from the last one", got, [0.05, 0.1], 1e-5)
    scheduler.step(), scheduler.step()
    check("after T_max steps: eta_min", [group["lr"] for group in optimizer.param_groups], [0.0, 0.0], 1e-6)


test_cosine_rate()
test_scheduler_counts_from_one()

# %% [markdown]
# ### Batches
#
# Data often comes sorted: all zeros, then all ones. Batches of one kind pull the model to and fro,
# so each epoch goes through the examples in a new order. The order comes from the shared generator
# of random numbers, and that will matter when a run is resumed.


# %% solution="batches"
#| export
#| hint Ten examples in batches of four: how many batches, and how long is each?
#| hint Make the order of all examples first, shuffled by the shared generator `rng`; then cut it.
#| hint order = rng.permutation(n) if shuffle else np.arange(n); yield order[start : start + size], ...
def batches(n, size, shuffle):
    """The positions 0 ... n - 1, each once, in arrays of `size` (the last may be shorter).

    >>> [rows.tolist() for rows in batches(5, 2, shuffle=False)]
    [[0, 1], [2, 3], [4]]
    """
    ### BEGIN SOLUTION
    order = rng.permutation(n) if shuffle else np.arange(n)
    for start in range(0, n, size):
        yield order[start : start + size]
    ### END SOLUTION


def rows_of(values, rows):
    """A Tensor with some rows of an array; float64 becomes float32, whole numbers stay as they are."""
    chosen = values[rows]
    return wrap(chosen.astype(np.float32) if chosen.dtype == np.float64 else chosen)


def examples(x, y, batch_size):
    """x and y as arrays of equal length; ValueError if they are not, or if there is nothing to train on."""
    x, y = (
        v.data if isinstance(v, Tensor) else v if isinstance(v, np.ndarray) else as_array(v) for v in (x, y)
    )
    if not x.ndim or not y.ndim or len(x) != len(y):
        raise ValueError(f"x and y must have the same length, but their shapes are {x.shape} and {y.shape}")
    if not len(x):
        raise ValueError("there are no examples")
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number, 1 or more, not {batch_size!r}")
    return x, y


# %% test="batches" points=10
def test_batches_have_every_example_once():
    for n, size, lengths in [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 5, [3])]:
        for shuffle in (False, True):
            parts = list(batches(n, size, shuffle))
            call = f"batches({n}, {size}, shuffle={shuffle})"
            check(
                f"the lengths of {call}: the last one may be shorter", [len(rows) for rows in parts], lengths
            )
            check(f"all positions of {call}, sorted", sorted(np.concatenate(parts).tolist()), list(range(n)))
    got = np.concatenate(list(batches(10, 4, False))).tolist()
    check("the order without shuffling", got, list(range(10)))


def test_the_order_comes_from_the_shared_generator():
    manual_seed(4)
    orders = [np.concatenate(list(batches(50, 8, True))).tolist() for _ in range(2)]
    manual_seed(4)
    again = np.concatenate(list(batches(50, 8, True))).tolist()
    check("the order after the same manual_seed, from the shared generator rng", again, orders[0])
    check_true("the next epoch has another order", orders[0] != orders[1] and orders[0] != sorted(orders[0]))


test_batches_have_every_example_once()
test_the_order_comes_from_the_shared_generator()

# %% [markdown]
# ### A file
#
# What is to be saved is a tree: dicts and lists, with Tensors, arrays, numbers and texts at the
# leaves. The file format is safetensors: a header in JSON that says where each array lies, and then
# the bytes. It cannot do anything when it is read. A pickle, the usual way to store Python objects,
# can: loading one runs whatever program its author put into it.
#
# `encode` takes the arrays out of the tree and leaves their names; the rest goes into the header. A
# flat dict of Tensors keeps its names in the file, so PyTorch can read it. A checksum is stored
# too, so that a file in which one bit has changed is not mistaken for a model.
#
# Your part is the last two lines. A program that opens `path` and writes destroys the old file
# first. If it dies in between, both are gone: the file that was good, and the one that is half
# there.


# %% solution="save"
#| export
#| hint The power fails while the new file is half written. What is left of the old one?
#| hint Write all of it beside the old file, under the name `unfinished`, and then exchange the two.
#| hint unfinished.write_bytes(content), then os.replace(unfinished, path): it is done whole or not at all.
def encode(value, name, arrays):
    """`value` as JSON; Tensors and arrays are put into `arrays`, and stand in it by their names there."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (Tensor, np.ndarray)):
        name = name or "value"
        if name == "__metadata__":
            raise TypeError("cannot save '__metadata__': safetensors keeps this name for itself")
        while name in arrays:
            name += "'"
        arrays[name] = np.asarray(value.data if isinstance(value, Tensor) else value, order="C")
        if arrays[name].dtype.kind not in "biuf":
            raise TypeError(f"cannot save {name!r}: an array of {arrays[name].dtype}")
        return {"tensor" if isinstance(value, Tensor) else "array": name}
    if isinstance(value, dict):
        return {"dict": [[key_of(k, name), encode(v, join(name, k), arrays)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [encode(v, join(name, i), arrays) for i, v in enumerate(value)]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"cannot save {name!r}: it is of type {type(value).__name__}")


def join(name, key):
    return f"{name}.{key}" if name else str(key)


def key_of(key, name):
    if type(key) in (str, int):
        return key
    raise TypeError(f"cannot save {name!r}: the key {key!r} is neither a text nor a whole number")


def decode(code, arrays):
    """What `encode` was given."""
    if not isinstance(code, dict):
        return code
    (kind, content), *_ = code.items()
    if kind in ("tensor", "array"):
        return wrap(arrays[content]) if kind == "tensor" else arrays[content]
    if kind == "dict":
        return {key: decode(value, arrays) for key, value in content}
    return {"list": list, "tuple": tuple}[kind](decode(value, arrays) for value in content)


def fingerprint(structure, arrays):
    """A number that changes with any byte of what is saved."""
    digest = hashlib.sha256(structure.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def save(obj, path):
    """Write nested dicts and lists of Tensors, arrays, numbers and texts into one safetensors file.

    A flat dict of Tensors keeps its names: PyTorch reads it with `safetensors.torch.load_file`. A file that
    was there is replaced only when the new one is complete. TypeError for anything else, naming its key.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "run.safetensors")
    >>> save({"weights": [Tensor([1.0, 2.0])], "epoch": 3}, path)
    >>> load(path)
    {'weights': [Tensor([1., 2.])], 'epoch': 3}
    """
    path, arrays = Path(path), {}
    structure = json.dumps(encode(obj, "", arrays))
    facts = {"tinytorch": structure, "sha256": fingerprint(structure, arrays)}
    content = safetensors.numpy.save(arrays, metadata=facts)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        ### BEGIN SOLUTION
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
        ### END SOLUTION
    finally:
        unfinished.unlink(missing_ok=True)


def load(path):
    """What `save` wrote; from another program's safetensors file a dict of Tensors by name.

    ValueError if the file is not one, is cut off, or was altered.

    >>> load("nothing.safetensors")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nothing.safetensors'
    """
    content = Path(path).read_bytes()
    try:
        arrays = safetensors.numpy.load(content)
        facts = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})
        if not {"tinytorch", "sha256"} & set(facts):
            return {name: wrap(array) for name, array in arrays.items()}
        structure = facts.get("tinytorch", "")
        if facts.get("sha256") != fingerprint(structure, arrays):
            raise ValueError("its content is not what was saved")
        return decode(json.loads(structure), arrays)
    except KeyError as unknown:
        raise ValueError(f"{path} holds numbers of a type that NumPy does not have: {unknown}") from None
    except (SafetensorError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        advice = "load another copy, or save it again"
        raise ValueError(f"{path} is damaged, or no safetensors file ({problem}): {advice}") from None


# %% test="save" points=10
import tempfile


def somewhere():
    return Path(tempfile.mkdtemp(), "run.safetensors")


def test_load_gives_what_was_saved():
    path = somewhere()
    tree = {
        "w": Tensor([[1.0, 2.0]]),
        "n": np.arange(3),
        "list": [1, 0.1, None, (True, "text")],
        7: {"x": Tensor(5.0)},
    }
    save(tree, path)
    check("load(path) after save(tree, path)", load(path), tree, 0)


def test_save_replaces_the_file_whole():
    path = somewhere()
    save({"w": Tensor(np.zeros(1000))}, path)
    before = path.stat().st_ino
    save({"w": Tensor(np.ones(1000))}, path)
    check("the new content", load(path)["w"], np.ones(1000, np.float32))
    why = "the old one was opened and overwritten: it is lost if the program dies now"
    check_true("save puts a new file in the place of the old one", path.stat().st_ino != before, why)
    check("the files in the folder", [p.name for p in path.parent.iterdir()], ["run.safetensors"])


test_load_gives_what_was_saved()
test_save_replaces_the_file_whole()

# %% [markdown]
# ### The trainer
#
# Now the parts together. Three places are yours.
#
# `run_epoch` returns the mean loss over all *examples*. The loss of a batch is a mean already; it
# counts as often as the batch has examples. Ten examples in batches of four are 4, 4 and 2: the
# mean of the three means would give each of the last two twice the weight of the others.
#
# `evaluate` does the same without learning: in eval mode, without a graph, and the model goes back
# to the mode in which it was.
#
# `state_dict` is the interesting one. What does the next batch depend on? The parameters. The
# optimizer's averages and counts. The schedule's count. The number of the epoch. And the state of
# the random generator, which decides the next order of the examples and which numbers a dropout
# layer drops. Leave out one of them and the run goes on, looks healthy, and is a different run.


# %% solution="trainer"
#| export
#| hint A run is stopped and goes on tomorrow. On what do the numbers of its next batch depend?
#| hint A batch's loss counts as often as it has examples. Five things change in a run, and the history.
#| hint total += loss * len(rows), at the end / len(x); the generator's state is rng.bit_generator.state.
@contextmanager
def evaluating(model):
    """Eval mode and no graph inside the block; afterwards every part of the model has its own mode again."""
    modes = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def correct(outputs, labels):
    """How many rows of outputs (n, classes) have their largest value at the label; nan without labels."""
    if outputs.ndim != labels.ndim + 1:
        return math.nan
    return float((outputs.data.argmax(axis=-1) == labels.data).sum())


class Trainer:
    """Trains a model: epochs over batches, clipping, a schedule, a history, and a run that can be resumed.

    model: a Module. loss_fn(model(x), y): one number, the mean over the batch. scheduler: its `step()` is
    called after each epoch. max_norm: gradients are clipped to it.
    `history` has a dict for each epoch: epoch (from 1), loss, lr, seconds.

    >>> from tinytorch.nn.layers import Linear
    >>> from tinytorch.nn.losses import MSELoss
    >>> from tinytorch.optim.optimizers import SGD
    >>> x, model = np.linspace(-1, 1, 64).reshape(64, 1), Linear(1, 1)
    >>> trainer = Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss())
    >>> history = trainer.fit(x, 3 * x + 1, epochs=50, batch_size=16)
    >>> model.weight, model.bias
    (Parameter([[3.]]), Parameter([1.]))
    """

    def __init__(self, model, optimizer, loss_fn, scheduler=None, max_norm=None):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, not {type(optimizer).__name__}")
        if scheduler is not None and scheduler.optimizer is not optimizer:
            raise ValueError("the scheduler belongs to another optimizer")
        check_max_norm(0 if max_norm is None else max_norm)
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.max_norm = scheduler, max_norm
        self.epoch, self.history = 0, []

    def fit(self, x, y, epochs, batch_size=64, shuffle=True, on_epoch=None):
        """Train for so many more epochs; `on_epoch` is called with each new entry of the history. Returns it.

        x, y: arrays or Tensors of equal length. ValueError if they are not; RuntimeError, with the epoch and
        the batch, as soon as a loss is inf or nan.
        """
        x, y = examples(x, y, batch_size)
        if not isinstance(epochs, (int, np.integer)) or epochs < 0:
            raise ValueError(f"epochs must be a whole number, 0 or more, not {epochs!r}")
        for _ in range(epochs):
            start, lr = time.perf_counter(), self.optimizer.param_groups[0]["lr"]
            loss = self.run_epoch(x, y, batch_size, shuffle)
            if self.scheduler is not None:
                self.scheduler.step()
            self.epoch += 1
            seconds = time.perf_counter() - start
            self.history.append({"epoch": self.epoch, "loss": loss, "lr": lr, "seconds": seconds})
            if on_epoch is not None:
                on_epoch(self.history[-1])
        return self.history

    def run_epoch(self, x, y, batch_size, shuffle):
        """One step for each batch, numbered from 1; the mean loss over all examples."""
        self.model.train()
        ### BEGIN SOLUTION
        total = 0.0
        for batch, rows in enumerate(batches(len(x), batch_size, shuffle), 1):
            total += len(rows) * self.step(rows_of(x, rows), rows_of(y, rows), batch)
        return total / len(x)
        ### END SOLUTION

    def step(self, x, y, batch):
        """One `train_step`; `batch` is its number, for the complaint about a loss that is no number."""
        where = f"epoch {self.epoch + 1}, batch {batch}"
        return train_step(self.model, self.optimizer, self.loss_fn, x, y, self.max_norm, where)

    def evaluate(self, x, y, batch_size=256):
        """(loss, accuracy) over all examples, in eval mode and without a graph; then the mode is as before.

        Accuracy is the share of rows whose largest output is at the label; nan where y does not hold labels.
        """
        x, y = examples(x, y, batch_size)
        total, right = 0.0, 0.0
        with evaluating(self.model):
            for rows in batches(len(x), batch_size, shuffle=False):
                outputs, targets = self.model(rows_of(x, rows)), rows_of(y, rows)
                ### BEGIN SOLUTION
                total += self.loss_fn(outputs, targets).item() * len(rows)
                right += correct(outputs, targets)
                ### END SOLUTION
        return total / len(x), right / len(x)

    def state_dict(self):
        """Everything that the next epoch depends on besides the data, and the history."""
        ### BEGIN SOLUTION
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
            "epoch": self.epoch,
            "history": self.history,
            "generator": rng.bit_generator.state,
        }
        ### END SOLUTION

    def load_state_dict(self, saved):
        """Go on from a saved state. ValueError, and nothing changed, if it is not one or does not fit."""
        missing = set(self.state_dict()) - set(saved if isinstance(saved, dict) else ())
        if missing:
            raise ValueError(f"this is not the state of a training run: {', '.join(sorted(missing))} missing")
        if (saved["scheduler"] is None) != (self.scheduler is None):
            raise ValueError(
                "one of the two runs has a scheduler, the saved one or this one, and the other has none"
            )
        before = {
            **self.state_dict(),
            "model": {k: v.data.copy() for k, v in self.model.state_dict().items()},
        }
        try:
            self.restore(saved)
        except Exception as problem:
            self.restore(before)
            raise ValueError(f"the saved state does not fit this run: {problem}") from problem

    def restore(self, saved):
        self.optimizer.load_state_dict(saved["optimizer"])
        self.model.load_state_dict(saved["model"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(saved["scheduler"])
        rng.bit_generator.state = saved["generator"]
        self.epoch, self.history = saved["epoch"], list(saved["history"])

    def save(self, path):
        """Write the whole state of the run into one file."""
        save(self.state_dict(), path)

    def load(self, path):
        """Go on from what `save(path)` wrote, bit for bit."""
        self.load_state_dict(load(path))


# %% test="trainer" points=26
def a_run(epochs=0, dropout=0.2):
    """A trainer with everything that has a state, on ten examples of three numbers."""
    manual_seed(1)
    x = np.linspace(-1, 1, 30).reshape(10, 3)
    model = Sequential(Linear(3, 8), Dropout(dropout), Linear(8, 2))
    optimizer = Adam(model.parameters(), lr=0.05)
    trainer = Trainer(model, optimizer, CrossEntropyLoss(), CosineAnnealingLR(optimizer, 6), max_norm=1)
    y = np.arange(10) % 2
    trainer.fit(x, y, epochs, batch_size=4)
    return trainer, x, y


def test_the_loss_is_a_mean_over_examples():
    trainer, x, y = a_run(dropout=0)
    trainer.optimizer.param_groups[0]["lr"] = 0
    want = trainer.loss_fn(trainer.model(Tensor(x)), y).item()
    trainer.fit(x, y, 1, batch_size=4)
    got = trainer.history[0]["loss"]
    check("the loss of an epoch of batches of 4, 4 and 2, a mean over all examples", got, want, 1e-6)
    check("evaluate's loss in the same batches", trainer.evaluate(x, y, batch_size=4)[0], want, 1e-6)


def test_accuracy_and_mode():
    trainer, x, y = a_run()
    outputs = trainer.model.eval()(Tensor(x)).data
    trainer.model.train()
    got = trainer.evaluate(x, y, batch_size=4)
    check(
        "evaluate's accuracy: the share that is right, without dropout",
        got[1],
        (outputs.argmax(1) == y).mean(),
    )
    check_true("the model is in training mode again after evaluate", trainer.model.training)


def test_the_state_is_complete():
    state = a_run(3)[0].state_dict()
    for part, what in {
        "model": "the parameters",
        "optimizer": "the averages and counts of the optimizer",
        "scheduler": "the count of the schedule",
        "epoch": "the number of the epoch",
        "history": "the history",
        "generator": "the state of the random generator, which orders the examples and drives dropout",
    }.items():
        check_true(f"state_dict() has {part!r}: {what}", part in state)


def test_a_resumed_run_is_the_same_run():
    whole, x, y = a_run(6)
    path = somewhere()
    a_run(3)[0].save(path)
    resumed = a_run(0)[0]
    manual_seed(99)
    resumed.load(path)
    resumed.fit(x, y, 3, batch_size=4)
    check(
        "the epochs of 3 + save + load + 3", [entry["epoch"] for entry in resumed.history], [1, 2, 3, 4, 5, 6]
    )
    check("their learning rates", [e["lr"] for e in resumed.history], [e["lr"] for e in whole.history], 0)
    check(
        "their losses, to the last bit",
        [e["loss"] for e in resumed.history],
        [e["loss"] for e in whole.history],
        0,
    )
    for name, want in whole.model.state_dict().items():
        check(f"{name} after it, to the last bit", resumed.model.state_dict()[name], want, 0)


test_the_loss_is_a_mean_over_examples()
test_accuracy_and_mode()
test_the_state_is_complete()
test_a_resumed_run_is_the_same_run()

# %% [markdown]
# ## Use
#
# The whole course so far in one cell: 4,000 digits, a network with one hidden layer, ten passes,
# and 1,000 digits that it has never seen.

# %%
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU

train, test = TinyDigits(train=True), TinyDigits(train=False)
pictures, unseen = (Tensor(d.images).reshape(len(d), 784) / 255 for d in (train, test))


def new_trainer(lr=0.1, max_norm=None, seed=0):
    manual_seed(seed)
    model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    optimizer = SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, T_max=10)
    return Trainer(model, optimizer, CrossEntropyLoss(), schedule, max_norm)


def show(entry):
    bar = "#" * round(40 * entry["loss"])
    print(f"epoch {entry['epoch']:2d}  lr {entry['lr']:.4f}  loss {entry['loss']:.4f}  {bar}")


trainer = new_trainer()
trainer.fit(pictures, train.labels, epochs=10, on_epoch=show)
loss, accuracy = trainer.evaluate(unseen, test.labels)
spent = sum(entry["seconds"] for entry in trainer.history)
print(f"unseen digits: loss {loss:.3f}, {accuracy:.1%} right, after {spent:.1f} s of training")
assert accuracy > 0.93

# %% [markdown]
# Now two accidents. A learning rate ten times as high, first without a leash and then with one; and
# one damaged number in one of the 4,000 pictures.

# %%
right = {}
for max_norm in (None, 0.1):
    trainer = new_trainer(lr=1.0, max_norm=max_norm)
    trainer.fit(pictures, train.labels, epochs=5)
    right[max_norm] = trainer.evaluate(unseen, test.labels)[1]
    print(f"lr 1.0, max_norm={max_norm}: {right[max_norm]:.1%} right")
assert right[None] < 0.5
assert right[0.1] > 0.9

damaged = Tensor(pictures)
damaged.data[1234, 300] = np.nan
trainer = new_trainer()
try:
    trainer.fit(damaged, train.labels, epochs=1)
except RuntimeError as error:
    print(error)
assert np.isfinite(trainer.model[0].weight.data).all()

# %% [markdown]
# ## Measure
#
# The life of a step. A network of sixteen blocks, each a Linear of width 256 and a ReLU, and a
# batch of 1,024. Its parameters take 4.2 MB and are there before the step begins; the output of one
# layer takes 1.05 MB. Predict what is added, and when it goes: what the forward pass keeps for the
# way back, the gradients, the state of Adam. Which of the three is the largest, and when is the
# peak?

# %%
import tracemalloc

from tinytorch.core.autograd import checkpoint
from tinytorch.core.tensor import peak_memory, seconds

blocks = [Sequential(Linear(256, 256), ReLU()) for _ in range(16)]
deep, batch, nothing = Sequential(*blocks), Tensor(np.ones((1024, 256))), Tensor(np.zeros((1024, 256)))
adam = Adam(deep.parameters())


def phases():
    """(name, MB in use after it, MB at its peak) for the three phases of a first step."""
    deep.zero_grad()
    tracemalloc.start()
    loss = None
    for phase in ("forward", "backward", "step"):
        tracemalloc.reset_peak()
        if phase == "forward":
            loss = MSELoss()(deep(batch), nothing)
        else:
            loss.backward() if phase == "backward" else adam.step()
        now, peak = tracemalloc.get_traced_memory()
        yield phase, now / 1e6, peak / 1e6
    tracemalloc.stop()


parameters = sum(p.nbytes for p in deep.parameters()) / 1e6
print(f"parameters {parameters:.1f} MB, one layer's output {batch.nbytes / 1e6:.1f} MB")
table = list(phases())
for phase, now, peak in table:
    print(f"{phase:9s} {now:5.1f} MB in use after it, {peak:5.1f} MB at its peak")
used = {phase: now for phase, now, _ in table}
kept = used["forward"] / (batch.nbytes / 1e6)
print(f"the forward pass kept {kept:.1f} outputs: one for each block, and the loss's difference")
assert 17 <= kept < 17.2
assert 2 * parameters < used["step"] - used["backward"] < 2.1 * parameters

# %% [markdown]
# Each block has two layers and keeps one array: the slope of ReLU can be read off its output, which
# the next Linear keeps anyway. The peak belongs to what the forward pass keeps, and that grows with
# the batch; parameters, gradients and state do not. Two ways to pay less. *Accumulation*: four
# small batches, each with a quarter of its loss, and one step; gradients add up by themselves.
# *Checkpointing*: keep only what enters every fourth block, and compute the rest again on the way
# back. What does each save, and what does it cost in time?


# %%
def whole():
    MSELoss()(deep(batch), nothing).backward()


def accumulated():
    for i in range(0, 1024, 256):
        (MSELoss()(deep(batch[i : i + 256]), nothing[i : i + 256]) / 4).backward()


def checkpointed():
    out = batch
    for i in range(0, 16, 4):
        out = checkpoint(Sequential(*blocks[i : i + 4]), out)
    MSELoss()(out, nothing).backward()


def fresh(way):
    deep.zero_grad()
    way()
    return np.concatenate([p.grad.data.ravel() for p in deep.parameters()])


want = fresh(whole)
peaks = {}
for way in (whole, accumulated, checkpointed):
    assert np.allclose(fresh(way), want, rtol=1e-3, atol=1e-7)
    peaks[way] = peak_memory(lambda: fresh(way)) / 1e6  # noqa: B023
    time = seconds(lambda: fresh(way), 3)  # noqa: B023
    print(f"{way.__name__:13s} peak {peaks[way]:5.1f} MB, {time * 1e3:4.0f} ms, the same gradients")
assert max(peaks[accumulated], peaks[checkpointed]) < 0.7 * peaks[whole]

# %% [markdown]
# The last bill is the file: parameters, and for Adam twice as much again.

# %%
path = somewhere()
for name, tree in {
    "model": deep.state_dict(),
    "model and Adam": [deep.state_dict(), adam.state_dict()],
}.items():
    save(tree, path)
    taken = seconds(lambda: save(tree, path), 3)  # noqa: B023
    print(f"{name:15s} {path.stat().st_size / 1e6:4.1f} MB, written in {taken * 1e3:3.0f} ms")
assert 3 * parameters < path.stat().st_size / 1e6 < 3.1 * parameters

# %% [markdown] reflect="batch" points=4
# ## Reflect
#
# **1. A batch that does not fit.** Your model trains with batches of 64 and must be moved to a
# machine with a quarter of the memory. Name three changes that make it fit, and say for each what
# it costs and whether the gradients stay the same. One layer of the model computes with the mean of
# the batch: which of the three is no longer exact?
#
# ### BEGIN SOLUTION
# Rubric: accumulation over four batches of 16 (same gradients, little time), checkpointing (same
# gradients, about a third more time), a smaller batch (other, noisier gradients; lr must be chosen
# again), or an optimizer with less state. One point each. With a mean over the batch accumulation
# is no longer exact: each part sees its own mean. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="clip" points=3
# **2. Clipping and Adam.** Adam divides by the size of the gradients. Does it still matter whether
# a gradient is clipped before it gets there? Think of one batch with gradients a thousand times as
# large, and follow m and v over the next hundred steps.
#
# ### BEGIN SOLUTION
# Rubric: the step itself is bounded, at about lr * (1 - beta1) / sqrt(1 - beta2) = 3 lr, but v
# takes in the square of the outlier and forgets it only over some 1 / (1 - beta2) = 1,000 steps:
# all that time the steps are too short, and m points to the outlier for about ten. (2 points)
# Clipping keeps it out of both. (1 point)
# ### END SOLUTION

# %% [markdown] reflect="exact" points=3
# **3. Bit for bit.** A resumed run here gives the same bits. Name two things that would break this
# even though the state is complete, and one reason to want it although nobody needs the last bit.
#
# ### BEGIN SOLUTION
# Rubric: another number of threads or another BLAS (sums in another order), another version of
# NumPy, data that changed, a different batch size. (2 points) Any difference, for example after a
# change of the code, is then a bug and not noise; failures can be repeated. (1 point)
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `clip_grad_norm_` and `CosineAnnealingLR` have the same names, arguments and values there. PyTorch
# computes each rate from the last one, so that several schedulers can be chained; ours computes it
# from the base. There is no `Trainer` in PyTorch: people write the loop, or use a library that has
# one. Saving is `torch.save`, which writes a pickle; since version 2.6 `torch.load` refuses by
# default to run what is in it. A resumed run there must restore several generators: Python's,
# NumPy's, PyTorch's, and one for each graphics card.
#
# ## Today
#
# Training runs last for months on thousands of machines, some of which fail every day. They save
# their state every few minutes, in parallel, and exactly what you listed: parameters, averages,
# schedule, generators, and the position in the data. Clipping at norm 1, a few steps of warm-up and
# a cosine are what most published recipes use, with AdamW below them. And the first question about
# a new model is still the one of this module: what is in memory at the peak, and which part of it
# can be computed again, cut up, or left away?
