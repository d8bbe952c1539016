# %% [markdown]
# {header}

# %% [markdown]
# ## The problem
#
# You have layers, a loss, gradients and optimizers. Training is a loop of five lines around them, and
# everybody has written it. It also fails in ways that the five lines do not show:
#
# - One strange batch produces one huge gradient, and a single step throws away an hour of training.
# - The learning rate that is right at the start is too large at the end.
# - The loss becomes nan during the night. By morning every parameter is nan.
# - The last batch of an epoch is shorter than the others, and the reported mean is wrong. Nobody notices.
# - The machine stops at epoch 60 of 90. The weights were saved, so you start again from them. What
#   continues is a different run.
#
# None of this is mathematics, and each of the five costs days. In this chapter you write the loop with all
# five taken care of, a few lines each. Then you measure what one training step does to memory while it
# runs, because that decides how large a batch can be.
#
# ### What you stand on
#
# - `rng` is the generator of random numbers that everything shares; `rng.bit_generator.state` is its state,
#   a dict that you can read and set. `wrap(array)` makes a Tensor without copying (module 01).
# - `model.train()` and `model.eval()` set the flag `training` of every part of a model, for dropout. A
#   `state_dict()` holds a model's parameters and buffers by name; `load_state_dict` puts them back
#   (module 03).
# - A loss object takes outputs and targets and returns the mean over the batch, one number (module 04).
# - `loss.backward()` adds to `grad` of each parameter; inside `with no_grad():` nothing is recorded (module 05).
# - `optimizer.zero_grad()`, `optimizer.step()`, and `param_groups`, a list of dicts with the key "lr". An
#   optimizer has a `state_dict()` too (module 06).

# %% [markdown]
# ## Build
#
# ### Clip the gradients
#
# Imagine all gradients of a model in one long vector. Its length is the *norm*: the square root of the sum
# of all squares. If the norm is above `max_norm`, multiply every gradient by the one factor that brings the
# norm down to `max_norm`. The step becomes shorter and keeps its direction.
#
# ```
#    gradients of two weights        (3, 4)         norm 5
#    clipped together, max_norm=1    (0.6, 0.8)     norm 1, the same direction
#    each clipped by itself          (1, 1)         another direction
# ```
#
# Gradients whose norm is already below `max_norm` stay as they are: clipping shortens and never lengthens.
# PyTorch adds 0.000001 to the norm before it divides. Do the same, and the results agree.
#
# One trap: a gradient that is nan. Then the norm is nan, the factor is nan, and *every comparison with nan is
# False*. Code that asks "is the factor below 1?" gets a no and leaves the other gradients untouched, as if
# nothing had happened. As in PyTorch, all gradients must become nan, so that the failure is seen at once.

# %% solution="clip"
#| default_exp training
#| export
#| hint A step shall become shorter and keep its direction. What must all its components be multiplied by?
#| hint One norm over all gradients together. When may the factor be left out? What does your condition say to nan?
#| hint Root of the sum of all squares; the factor from it; unless that is 1 or more, scale each array in place.
import math
import os
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tinytorch._files import from_bytes, to_bytes
from tinytorch.core.autograd import no_grad
from tinytorch.core.tensor import Tensor, as_array, rng, wrap
from tinytorch.optim.optimizers import Optimizer


def check_max_norm(max_norm):
    if not max_norm >= 0:
        raise ValueError(f"max_norm must be 0 or more, not {max_norm}")


def clip_grad_norm_(parameters, max_norm):
    """Scale all gradients by one factor so that their common norm is at most max_norm, as `torch.nn.utils`.

    Parameters without a gradient are ignored. Returns the norm before clipping, a Tensor with one element.
    ValueError if max_norm is negative or nan.

    >>> w = Tensor([0.0, 0.0])
    >>> w.grad = Tensor([3.0, 4.0])
    >>> clip_grad_norm_([w], max_norm=1), w.grad
    (Tensor(5.), Tensor([0.6, 0.8]))
    """
    check_max_norm(max_norm)
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    gradients = [p.grad.data for p in parameters if p.grad is not None]
    with np.errstate(all="ignore"):  # inf and nan are expected here
        ### BEGIN SOLUTION
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
        factor = max_norm / (total + 1e-6)
        if not factor >= 1:  # true for a factor of nan, too
            for g in gradients:
                g *= factor
        ### END SOLUTION
    return wrap(np.asarray(total, np.float32))


# %% test="clip" points=12
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
    check("the norm of no gradients", lambda: clip_grad_norm_([b], 1.0), 0.0)
    (c,) = with_gradients([0.0, 0.0])
    check("the norm of gradients that are 0", lambda: clip_grad_norm_([c], 1.0), 0.0)
    check("the gradients of 0 afterwards", c.grad.data, np.array([0, 0], np.float32))


def test_clip_does_not_hide_nan():
    a, b = with_gradients([np.nan, 1.0], [1.0])
    clip_grad_norm_([a, b], 1.0)
    check("the gradient (nan, 1) afterwards", a.grad.data, np.array([np.nan, np.nan], np.float32))
    check("the gradient (1) beside it: nan, too", b.grad.data, np.array([np.nan], np.float32))


test_clip_uses_one_factor_for_all()
test_clip_leaves_small_gradients_alone()
test_clip_skips_what_has_no_gradient()
test_clip_does_not_hide_nan()

# %% [markdown]
# ### One step
#
# `train_step` is the inside of the loop, and its order matters.
#
# - Gradients add up in `grad`, so those of the previous batch must be dropped before `backward`.
# - Check the loss before anything changes. A model whose parameters are still good can be saved, inspected
#   and started again; one whose parameters are nan cannot.
# - Clipping has an effect only between `backward` and `step`.
# - Return `loss.item()`, a plain number. A list of loss *tensors* would keep the graph of every batch of
#   the epoch in memory.


# %% solution="train-step"
#| export
#| hint What is left over from the previous batch? What must not happen if the loss is not a finite number?
#| hint Drop old gradients, forward, check the loss, backward, clip, step: which of the six may change a parameter?
#| hint Take the loss as a plain number once, before backward; use it for the check and for the result.
def check_loss(value, where):
    """RuntimeError that says where, if a loss is inf or nan."""
    if not math.isfinite(value):
        advice = "the parameters are as before it; try a smaller learning rate, or max_norm"
        raise RuntimeError(f"the loss is {value} in {where}; {advice}")


def train_step(model, optimizer, loss_fn, x, y, max_norm=None, where="this batch"):
    """Change the parameters once, from one batch; return the loss before the change, as a Python number.

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


# %% test="train-step" points=14
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
            "the weight after it: the loss is checked before anything changes",
            model.weight,
            Tensor([[2.0]]),
        )


test_train_step_changes_the_parameters()
test_train_step_clips()
test_train_step_stops_at_nan()

# %% [markdown]
# ### A schedule
#
# Early in training, large steps are right: everything is far from where it should be. Near the end they
# jump back and forth across the minimum. So let the learning rate fall. The cosine schedule starts flat, falls
# fastest in the middle, and arrives flat at `eta_min` after `T_max` steps:
#
# ```
#    base     *  *
#                   *
#                     *
#                       *
#    eta_min               *  *
#             0   T_max/2   T_max
# ```
#
# The cosine itself goes from 1 at 0 to -1 at pi. Turn that into a number that goes from 1 to 0, and use it to
# mix the two rates. (After `T_max` the cosine rises again, and so does the rate, as in PyTorch.)
#
# Compute each rate from the *base* rate, the one that the optimizer had when the scheduler was made. If you
# multiply the current rate instead, the reductions compound and the rate is soon near zero.


# %% solution="cosine"
#| export
#| hint cosine_rate: what is the cosine at 0, at pi/2 and at pi? What must the rate be there?
#| hint cosine_rate: (1 + cosine) / 2 falls from 1 to 0. Use it as the fraction of the way between two rates.
#| hint cosine_rate: eta_min, plus that fraction of the distance from eta_min to base.
#| hint step: from which rate is the new one computed, from the last one or from the base rate?
#| hint step: each group has its own base rate, in the same order. Does the count change before or after?
#| hint step: count, then go through groups and base rates together and set the "lr" of each group.
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

    saved = ("T_max", "eta_min", "base_lrs", "last_epoch")

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
        return {name: getattr(self, name) for name in self.saved} | {"_last_lr": self.get_last_lr()}

    def load_state_dict(self, saved):
        """Continue from a saved count. The rates themselves are in the optimizer's state_dict."""
        mine = {name: saved[name] for name in self.saved}
        if len(mine["base_lrs"]) != len(self.base_lrs):
            raise ValueError(
                f"the state has {len(mine['base_lrs'])} learning rates, not {len(self.base_lrs)}"
            )
        vars(self).update(mine, base_lrs=list(mine["base_lrs"]))


# %% test="cosine" points=12
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


def test_scheduler_uses_eta_min():
    optimizer = SGD([Tensor([1.0])], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=1, eta_min=0.1)
    scheduler.step()
    check("after one step() of T_max=1, eta_min=0.1", scheduler.get_last_lr(), [0.1], 1e-6)


test_cosine_rate()
test_scheduler_counts_from_one()
test_scheduler_uses_eta_min()

# %% [markdown]
# ### Batches
#
# Data is often stored in order: all zeros, then all ones. Batches of one kind pull the model back and forth,
# so each epoch goes through the examples in a new random order. The order must come from the shared generator
# `rng`. Remember this when we get to resuming a run.


# %% solution="batches"
#| export
#| hint Ten examples in batches of four: how many batches are there, and how long is each?
#| hint Make the order of all examples first, with `rng` if it is to be random. Then cut it.
#| hint A permutation from the shared generator, or the plain range; yield slices of it, each `size` further on.
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


# %% test="batches" points=8
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
# You may skip the next cell. It turns what a user has (Tensors, arrays, lists, or an object that yields
# batches by itself) into pairs of Tensors, and refuses what cannot work. What matters: `pairs(x, y, size,
# shuffle)` yields the batches of one epoch. Without a `y`, `x` itself must yield pairs, anew in each epoch.

# %%
#| export


def examples(x, y, batch_size):
    """x and y as arrays of equal length, or x as it is if y is None; ValueError or TypeError if that cannot be."""
    if y is None and (isinstance(x, (Tensor, np.ndarray)) or not hasattr(x, "__iter__")):
        raise TypeError(f"give x and y, or one object that yields pairs (x, y), not {type(x).__name__} alone")
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number, 1 or more, not {batch_size!r}")
    if y is None:
        return x, None
    x, y = (v.data if isinstance(v, Tensor) else v if isinstance(v, np.ndarray) else as_array(v) for v in (x, y))
    if not x.ndim or not y.ndim or len(x) != len(y):
        raise ValueError(f"x and y must have the same length, but their shapes are {x.shape} and {y.shape}")
    return x, y


def ready(part):
    """A Tensor with the numbers of `part`; float64 becomes float32, whole numbers stay as they are."""
    array = part.data if isinstance(part, Tensor) else np.asarray(part)
    return wrap(array.astype(np.float32)) if array.dtype == np.float64 else wrap(array)


def pairs(x, y, batch_size, shuffle=False):
    """The batches (x, y) of one epoch, as Tensors. ValueError if there is none."""
    cut = x if y is None else ((x[rows], y[rows]) for rows in batches(len(x), batch_size, shuffle))
    empty = True
    for inputs, targets in cut:
        empty = False
        yield ready(inputs), ready(targets)
    if empty:
        raise ValueError("there are no examples (a generator has some only once: pass what can be looped over again)")


# %% [markdown]
# ### Look without touching
#
# To evaluate a model, switch off dropout and the recording of the graph, and afterwards restore what was
# there before, even if an error occurs in between. "What was there before" is not always `model.train()`:
# somebody may have put one layer into eval mode on purpose, to freeze it. So remember the flag of every part.


# %% solution="evaluating"
#| export
#| hint One layer of the model was already in eval mode. In which mode must it be afterwards?
#| hint `model.named_modules()` yields every part and its name. Which statement runs its end even after an error?
#| hint Note module and flag of every part; eval; yield inside of no_grad and try; in finally, the flags go back.
@contextmanager
def evaluating(model):
    """Eval mode and no graph inside the block; afterwards every part of the model has its own mode again."""
    ### BEGIN SOLUTION
    modes = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
    ### END SOLUTION


# %% test="evaluating" points=4
def test_evaluating_restores_every_mode():
    model = Sequential(Linear(2, 2), Dropout(0.5), Dropout(0.5))
    model[2].eval()
    with evaluating(model):
        flags = [module.training for _, module in model.named_modules()]
        check_true("every part is in eval mode inside the block", not any(flags))
        records = model(Tensor([[1.0, 2.0]])).requires_grad
        check("whether an output inside the block requires a gradient", records, False)
    after = [model.training, model[1].training, model[2].training]
    check("the modes afterwards: the model, a layer in training mode, one in eval mode", after, [True, True, False])


def test_evaluating_ends_with_an_error():
    model = Sequential(Linear(2, 2))
    try:
        with evaluating(model):
            raise KeyError("on purpose")
    except KeyError:
        pass
    check("model.training after a block that failed", model.training, True)
    check("whether an output requires a gradient after it", model(Tensor([[1.0, 2.0]])).requires_grad, True)


test_evaluating_restores_every_mode()
test_evaluating_ends_with_an_error()

# %% [markdown]
# ### The loop
#
# Now put the parts together. Three methods are yours.
#
# `run_epoch` returns the mean loss over all *examples*. The loss of a batch is already a mean, so weight it
# by the number of its examples. Ten examples in batches of 4, 4 and 2 show why: the mean of the three means
# would give each of the last two examples twice the weight of the others. The number of examples is not
# known in advance when `x` yields the batches, so count them. Batches are numbered from 1.
#
# `evaluate` does the same without learning, and counts the correct answers.
#
# `fit` repeats epochs. Note the learning rate that an epoch was trained with before the scheduler changes it,
# and remember that there may be no scheduler.


# %% solution="trainer"
#| export
#| hint run_epoch: how often does the loss of a batch of two count, and that of a batch of four?
#| hint run_epoch: the number of targets is the weight of a batch. What must be known at the end to divide by?
#| hint run_epoch: two sums, of weighted losses and of weights. `self.step` needs the number of the batch.
#| hint evaluate: what does it have in common with run_epoch, and what must not happen in it?
#| hint evaluate: `pairs` without shuffling; the loss object and `correct` both need the outputs.
#| hint evaluate: three sums; the loss of each batch weighted, the correct rows as they are. Divide two by the third.
#| hint fit: which learning rate belongs in the history, the one before or after the scheduler's step?
#| hint fit: what needs the old number of the epoch, what the new one? What may not be there at all?
#| hint fit: note rate and time; run the epoch; step a scheduler that is there; count; append the entry; tell on_epoch.
def correct(outputs, labels):
    """How many rows of outputs (n, classes) have their largest value at the label; nan without labels."""
    if outputs.ndim != labels.ndim + 1:
        return math.nan
    return float((outputs.data.argmax(axis=-1) == labels.data).sum())


class Loop:
    """The training loop: epochs over batches, clipping, a schedule, a history."""

    def __init__(self, model, optimizer, loss_fn, scheduler=None, max_norm=None):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, not {type(optimizer).__name__}")
        if scheduler is not None and scheduler.optimizer is not optimizer:
            raise ValueError("the scheduler belongs to another optimizer")
        check_max_norm(0 if max_norm is None else max_norm)
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.max_norm = scheduler, max_norm
        self.epoch, self.history = 0, []

    def step(self, x, y, batch):
        """One `train_step`; `batch` is its number, for the message about a loss that is not finite."""
        where = f"epoch {self.epoch + 1}, batch {batch}"
        return train_step(self.model, self.optimizer, self.loss_fn, x, y, self.max_norm, where)

    def run_epoch(self, x, y, batch_size, shuffle):
        """One step for each batch, numbered from 1; the mean loss over all examples."""
        self.model.train()
        ### BEGIN SOLUTION
        total, count = 0.0, 0
        for batch, (inputs, targets) in enumerate(pairs(x, y, batch_size, shuffle), 1):
            total += len(targets) * self.step(inputs, targets, batch)
            count += len(targets)
        return total / count
        ### END SOLUTION

    def evaluate(self, x, y=None, batch_size=256):
        """(loss, accuracy) over all examples, in eval mode and without a graph; then the mode is as before.

        Accuracy is the fraction of rows whose largest output is at the label; nan if y does not hold labels.
        """
        x, y = examples(x, y, batch_size)
        with evaluating(self.model):
            ### BEGIN SOLUTION
            total, right, count = 0.0, 0.0, 0
            for inputs, targets in pairs(x, y, batch_size):
                outputs = self.model(inputs)
                total += len(targets) * self.loss_fn(outputs, targets).item()
                right += correct(outputs, targets)
                count += len(targets)
            return total / count, right / count
            ### END SOLUTION

    def fit(self, x, y=None, epochs=1, batch_size=64, shuffle=True, on_epoch=None):
        """Train for so many more epochs; `on_epoch` is called with each new entry of the history. Returns it.

        x, y: arrays or Tensors of equal length; or x alone, which yields batches (x, y). ValueError if they do
        not fit; RuntimeError, with the epoch and the batch, as soon as a loss is inf or nan.
        An entry has the keys epoch (from 1), loss, lr (of this epoch) and seconds.
        """
        x, y = examples(x, y, batch_size)
        if not isinstance(epochs, (int, np.integer)) or epochs < 0:
            raise ValueError(f"epochs must be a whole number, 0 or more, not {epochs!r}")
        for _ in range(epochs):
            ### BEGIN SOLUTION
            lr, start = self.optimizer.param_groups[0]["lr"], time.perf_counter()
            loss = self.run_epoch(x, y, batch_size, shuffle)
            if self.scheduler is not None:
                self.scheduler.step()
            self.epoch += 1
            spent = time.perf_counter() - start
            self.history.append({"epoch": self.epoch, "loss": loss, "lr": lr, "seconds": spent})
            if on_epoch is not None:
                on_epoch(self.history[-1])
            ### END SOLUTION
        return self.history


# %% test="trainer" points=20
def a_loop(dropout=0.0, scheduled=False):
    """A loop and ten examples of three numbers."""
    manual_seed(1)
    model = Sequential(Linear(3, 8), Dropout(dropout), Linear(8, 2))
    optimizer = SGD(model.parameters(), lr=0.05)
    scheduler = CosineAnnealingLR(optimizer, 2) if scheduled else None
    x, y = np.linspace(-1, 1, 30).reshape(10, 3), np.arange(10) % 2
    return Loop(model, optimizer, CrossEntropyLoss(), scheduler), x, y


def test_the_loss_is_a_mean_over_examples():
    loop, x, y = a_loop()
    loop.optimizer.param_groups[0]["lr"] = 0
    want = loop.loss_fn(loop.model(Tensor(x)), y).item()
    got = loop.run_epoch(x, y, 4, True)
    check("the loss of an epoch of batches of 4, 4 and 2, a mean over all examples", got, want, 1e-6)
    check("evaluate's loss in the same batches", loop.evaluate(x, y, batch_size=4)[0], want, 1e-6)


def test_accuracy_and_mode():
    loop, x, y = a_loop(dropout=0.5)
    outputs = loop.model.eval()(Tensor(x)).data
    loop.model.train()
    got = loop.evaluate(x, y, batch_size=4)
    check("evaluate's accuracy, without dropout", got[1], (outputs.argmax(1) == y).mean())
    check_true("the model is in training mode again after evaluate", loop.model.training)


def test_fit_keeps_a_history():
    loop, x, y = a_loop(scheduled=True)
    seen = []
    history = loop.fit(x, y, 2, batch_size=4, on_epoch=lambda entry: seen.append(entry["epoch"]))
    check("the keys of an entry of the history", sorted(history[0]), ["epoch", "loss", "lr", "seconds"])
    check("the epochs in the history", [entry["epoch"] for entry in history], [1, 2])
    check("lr in the history: what each epoch was trained with", [entry["lr"] for entry in history], [0.05, 0.025])
    check("the epochs that on_epoch was called with", seen, [1, 2])
    check("loop.epoch", loop.epoch, 2)


def test_fit_takes_batches_from_elsewhere():
    arrays, x, y = a_loop()
    arrays.fit(x, y, 2, batch_size=4, shuffle=False)
    loader, x, y = a_loop()
    ready_made = [(Tensor(x[rows]), y[rows]) for rows in (slice(0, 4), slice(4, 8), slice(8, 10))]
    loader.fit(ready_made, epochs=2)
    want = [entry["loss"] for entry in arrays.history]
    check("the losses of fit(...) with a list of three batches", [e["loss"] for e in loader.history], want, 1e-6)
    check("evaluate(...) of the list", loader.evaluate(ready_made), arrays.evaluate(x, y), 1e-6)


test_the_loss_is_a_mean_over_examples()
test_accuracy_and_mode()
test_fit_keeps_a_history()
test_fit_takes_batches_from_elsewhere()

# %% [markdown]
# ### The state of a run
#
# On what does the next batch depend? On the parameters; on the averages and counts of the optimizer; on how
# far the schedule has come, if there is one; on the number of the epoch; and on the state of the random
# generator, which decides the next order of the examples and which elements dropout drops. Omit one of these
# and the run continues, looks healthy, and is a different run.
#
# `state_dict` collects them, under the names "model", "optimizer", "scheduler" (None if there is none),
# "epoch", "history" and "generator". `restore` puts them back. Every value must be something that a file can
# hold: numbers, texts, arrays, and lists and dicts of these. `load_state_dict` is given. It restores all or nothing.


# %% solution="state"
#| export
#| hint state_dict: a run stops and continues tomorrow. On what do the numbers of its next batch depend?
#| hint state_dict: three objects can say their own state. One of them may be None. The generator has its state, too.
#| hint state_dict: a dict of six entries under the names in the text.
#| hint restore: which of the six are put back by a method, and which by an assignment?
#| hint restore: a saved history may still belong to another trainer. What happens if both append to it?
#| hint restore: three load_state_dict calls, one of them only if needed; then state, epoch and a new list.
class Trainer(Loop):
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

    def state_dict(self):
        """Everything that the next epoch depends on besides the data, and the history."""
        ### BEGIN SOLUTION
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "epoch": self.epoch,
            "history": self.history,
            "generator": rng.bit_generator.state,
        }
        ### END SOLUTION

    def restore(self, saved):
        """Put back what `state_dict` collected."""
        ### BEGIN SOLUTION
        self.optimizer.load_state_dict(saved["optimizer"])
        self.model.load_state_dict(saved["model"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(saved["scheduler"])
        rng.bit_generator.state = saved["generator"]
        self.epoch, self.history = saved["epoch"], list(saved["history"])
        ### END SOLUTION

    def load_state_dict(self, saved):
        """Continue from a saved state. ValueError, and nothing changed, if it is not one or does not fit."""
        mine = self.state_dict()
        missing = set(mine) - set(saved if isinstance(saved, dict) else ())
        if missing:
            raise ValueError(f"this is not the state of a training run: {', '.join(sorted(missing))} missing")
        if (saved["scheduler"] is None) != (self.scheduler is None):
            raise ValueError("only one of the two runs, the saved one and this one, has a scheduler")
        before = {**mine, "model": {k: v.data.copy() for k, v in mine["model"].items()}}
        try:
            self.restore(saved)
        except Exception as problem:
            self.restore(before)
            raise ValueError(f"the saved state does not fit this run: {problem}") from problem

    def save(self, path):
        """Write the whole state of the run into one file."""
        save(self.state_dict(), path)

    def load(self, path):
        """Continue from what `save(path)` wrote, bit for bit."""
        self.load_state_dict(load(path))


# %% test="state" points=10
def a_run(epochs=0, scheduled=True):
    """A trainer with everything that has a state, after some epochs on ten examples of three numbers."""
    manual_seed(1)
    x, y = np.linspace(-1, 1, 30).reshape(10, 3), np.arange(10) % 2
    model = Sequential(Linear(3, 8), Dropout(0.2), Linear(8, 2))
    optimizer = Adam(model.parameters(), lr=0.05)
    scheduler = CosineAnnealingLR(optimizer, 6) if scheduled else None
    trainer = Trainer(model, optimizer, CrossEntropyLoss(), scheduler, max_norm=1)
    trainer.fit(x, y, epochs, batch_size=4)
    return trainer, x, y


def as_in_a_file(state):
    """The state as it comes back from a file."""
    return from_bytes(to_bytes(state), "the state")


def check_same_run(resumed, whole):
    check("the epochs of 3 + a new trainer + 3", [entry["epoch"] for entry in resumed.history], [1, 2, 3, 4, 5, 6])
    check("their learning rates", [e["lr"] for e in resumed.history], [e["lr"] for e in whole.history], 0)
    got, want = ([entry["loss"] for entry in run.history] for run in (resumed, whole))
    check("their losses, to the last bit", got, want, 0)
    for name, value in whole.model.state_dict().items():
        check(f"{name} after it, to the last bit", resumed.model.state_dict()[name], value, 0)


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
    check("state_dict()['epoch'] after three epochs", state["epoch"], 3)


def test_a_resumed_run_is_the_same_run():
    whole, x, y = a_run(6)
    state = as_in_a_file(a_run(3)[0].state_dict())
    resumed = a_run(0)[0]
    manual_seed(99)
    resumed.load_state_dict(state)
    resumed.fit(x, y, 3, batch_size=4)
    check_same_run(resumed, whole)


def test_a_run_without_a_scheduler_has_a_state():
    state = as_in_a_file(a_run(2, scheduled=False)[0].state_dict())
    check("state_dict()['scheduler'] of a run without one", state["scheduler"], None)
    resumed = a_run(0, scheduled=False)[0]
    resumed.load_state_dict(state)
    check("the epoch of a run without a scheduler, resumed", resumed.epoch, 2)


test_the_state_is_complete()
test_a_resumed_run_is_the_same_run()
test_a_run_without_a_scheduler_has_a_state()

# %% [markdown]
# ### A file that survives
#
# The format is given: `to_bytes` turns nested dicts and lists of Tensors, arrays, numbers and texts into the
# bytes of one *safetensors* file, and `from_bytes` reads them back. (It is a header in JSON, which says where
# each array lies, then the arrays, and a checksum, so that a file with one wrong bit is not mistaken for a model. A
# weight that stands under two names is stored once.)
# Why not pickle, Python's own way to store objects? Because loading a pickle runs whatever program its author
# put into it. A safetensors file can do nothing when it is read. PyTorch reads ours, too.
#
# Getting the bytes onto the disk is your part. A program that opens `path` and writes destroys the old file
# first. If it dies half way, both are gone: the old file, which was good, and the new one, which is incomplete.
# At every moment either the whole old file or the whole new one must be there. `os.replace(a, b)` gives the file
# `a` the name `b`, at once, even if `b` exists. And if writing fails (a full disk), no half-written file may
# be left lying around: `unfinished.unlink(missing_ok=True)` removes it if it is there.


# %% solution="save"
#| export
#| hint The power fails while the new file is half written. What is left of the old one?
#| hint Write under the name `unfinished`, beside the old file. When does it get the other name? And after an error?
#| hint In try: write all bytes, then replace. In finally: remove what is unfinished, if there is anything.
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
    path, content = Path(path), to_bytes(obj)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    ### BEGIN SOLUTION
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    ### END SOLUTION


def load(path):
    """What `save` wrote; from another program's safetensors file a dict of Tensors by name.

    ValueError if the file is not one, is cut off, or was altered.

    >>> load("nothing.safetensors")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'nothing.safetensors'
    """
    return from_bytes(Path(path).read_bytes(), path)


# %% test="save" points=10
import tempfile


def somewhere():
    return Path(tempfile.mkdtemp(), "run.safetensors")


def files_beside(path):
    return [p.name for p in path.parent.iterdir()]


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
    check("the files in the folder", files_beside(path), ["run.safetensors"])


def test_a_failed_save_leaves_nothing_behind():
    folder = somewhere()
    folder.mkdir()  # a folder has the name: the file cannot take its place
    check_raises("save to the path of a folder", lambda: save([1], folder), OSError)
    check("what is beside it afterwards: nothing unfinished", files_beside(folder), ["run.safetensors"])


test_load_gives_what_was_saved()
test_save_replaces_the_file_whole()
test_a_failed_save_leaves_nothing_behind()

# %% [markdown]
# ## Use
#
# The whole course so far in one cell: 4,000 digits, a network with one hidden layer, ten epochs, and 1,000
# digits that it has never seen. The loss curve is drawn as text, and as a figure if matplotlib is installed.

# %%
from tinytorch.datasets import TinyDigits
from tinytorch.nn.activations import ReLU

try:
    from matplotlib import pyplot
except ImportError:
    pyplot = None

train, test = TinyDigits(train=True), TinyDigits(train=False)
images, unseen = (Tensor(d.images).reshape(len(d), 784) / 255 for d in (train, test))


def new_trainer(lr=0.1, max_norm=None, seed=0):
    manual_seed(seed)
    model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
    optimizer = SGD(model.parameters(), lr=lr, momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, T_max=10)
    return Trainer(model, optimizer, CrossEntropyLoss(), schedule, max_norm)


def draw(values, title):
    """A curve: one bar of text for each value, and a figure."""
    for i, value in enumerate(values, 1):
        print(f"{i:4d} {value:8.4f} {'#' * round(50 * value / max(values))}")
    if pyplot:
        pyplot.figure(figsize=(6, 3)).add_subplot(title=title).plot(range(1, len(values) + 1), values, marker="o")


trainer = new_trainer()
history = trainer.fit(images, train.labels, epochs=10)
draw([entry["loss"] for entry in history], "mean loss of each epoch")
loss, accuracy = trainer.evaluate(unseen, test.labels)
print(f"unseen digits: loss {loss:.3f}, {accuracy:.1%} right")
assert accuracy > 0.93

# %% [markdown]
# Now three of the accidents from the beginning. First a learning rate ten times as high, without clipping and
# with it. Then one damaged pixel in one of the 4,000 images. Last a run that stops after epoch 4 and goes on
# in a new trainer: will its ten losses equal those above, or only nearly?

# %%
right = {}
for max_norm in (None, 0.1):
    trainer = new_trainer(lr=1.0, max_norm=max_norm)
    trainer.fit(images, train.labels, epochs=5)
    right[max_norm] = trainer.evaluate(unseen, test.labels)[1]
    print(f"lr 1.0, max_norm={max_norm}: {right[max_norm]:.1%} right")
assert right[None] < 0.5
assert right[0.1] > 0.9

damaged = Tensor(images)
damaged.data[1234, 300] = np.nan
trainer = new_trainer()
try:
    trainer.fit(damaged, train.labels, epochs=1)
except RuntimeError as error:
    print(error)
assert np.isfinite(trainer.model[0].weight.data).all()

path, stopped = somewhere(), new_trainer()
stopped.fit(images, train.labels, epochs=4)
stopped.save(path)
resumed = new_trainer(seed=1)  # other weights, another random state
resumed.load(path)
resumed.fit(images, train.labels, epochs=6)
print("the same ten losses:", [e["loss"] for e in resumed.history] == [e["loss"] for e in history])
assert [e["loss"] for e in resumed.history] == [e["loss"] for e in history]

# %% [markdown]
# ## Measure
#
# **A timeline of memory.** Sixteen blocks, each a Linear of width 256 and a ReLU, and a batch of 1,024 rows.
# The parameters take 4.2 MB and are there before the step begins. The output of one layer takes 1.05 MB.
# `Watch` is an operation that does nothing to its input; it notes how much memory is in use when the forward
# pass comes by, and when the backward pass does. Put one behind each block.
#
# Draw the curve before you run the cell. How much does each block add in the forward pass, with its two layers?
# What does it do in the backward pass, when gradients appear and saved arrays are freed? How high does it end,
# after the first step of Adam?

# %%
import tracemalloc

from tinytorch.core.autograd import Function, checkpoint
from tinytorch.core.tensor import peak_memory, seconds

blocks = [Sequential(Linear(256, 256), ReLU()) for _ in range(16)]
deep, batch, nothing = Sequential(*blocks), Tensor(np.ones((1024, 256))), Tensor(np.zeros((1024, 256)))
adam, timeline = Adam(deep.parameters()), []


def note():
    timeline.append(tracemalloc.get_traced_memory()[0] / 1e6)


class Watch(Function):
    def forward(ctx, a):
        note()
        return a

    def backward(ctx, g):
        note()
        return g


def watched_step():
    out = batch
    for block in blocks:
        out = Watch.apply(block(out))
    loss = MSELoss()(out, nothing)
    del out
    loss.backward()
    note()  # number 33: the gradients are there
    adam.step()
    note()  # number 34: and Adam's averages


tracemalloc.start()
watched_step()
tracemalloc.stop()
draw(timeline, "MB in use during one step: 16 blocks forward, 16 backward, gradients, Adam")
parameters, output = sum(p.nbytes for p in deep.parameters()) / 1e6, batch.nbytes / 1e6
a_block = (timeline[15] - timeline[0]) / 15 / output
print(f"each block keeps {a_block:.2f} outputs; Adam keeps {(timeline[33] - timeline[32]) / parameters:.2f} parameters")
assert 0.99 < a_block < 1.02
assert 2 * parameters < timeline[33] - timeline[32] < 2.1 * parameters

# %% [markdown]
# A block has two layers and keeps one array: the gradient of ReLU needs its output, the gradient of the next
# Linear needs its input, and these are the same array. In the backward pass each block frees 1.05 MB and adds
# 0.26 MB of gradients. The peak belongs to what the forward pass keeps, and that part grows with the batch;
# parameters, gradients and Adam's averages do not.
#
# **Two ways to pay less.** *Accumulation*: four small batches, each with a quarter of its loss, then one step;
# gradients add up by themselves. *Checkpointing*: keep only the input of every fourth block, and compute the
# rest again in the backward pass. Predict for each: how much lower is the peak, and how much longer does it take?


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


want, peaks = fresh(whole), {}
for way in (whole, accumulated, checkpointed):
    assert np.allclose(fresh(way), want, rtol=1e-3, atol=1e-7)
    peaks[way] = peak_memory(lambda: fresh(way)) / 1e6  # noqa: B023
    spent = seconds(lambda: fresh(way), 3)  # noqa: B023
    print(f"{way.__name__:13s} peak {peaks[way]:5.1f} MB, {spent * 1e3:4.0f} ms, the same gradients")
assert max(peaks[accumulated], peaks[checkpointed]) < 0.7 * peaks[whole]

# %% [markdown]
# If accumulation took hardly longer than the whole batch, that is no accident: it does the same arithmetic
# in four parts. Checkpointing runs the forward pass twice, about a third more work.
#
# **The price of a file.** Parameters alone, or parameters with Adam's averages: predict both sizes.

# %%
path = somewhere()
for name, tree in {"model": deep.state_dict(), "model and Adam": [deep.state_dict(), adam.state_dict()]}.items():
    save(tree, path)
    print(f"{name:15s} {path.stat().st_size / 1e6:4.1f} MB")
assert 3 * parameters < path.stat().st_size / 1e6 < 3.1 * parameters

# %% [markdown] reflect="batch" points=4
# ## Reflect
#
# Answer in a few sentences each, with numbers where there are any.
#
# **1. A batch that does not fit.** Your model trains with batches of 64 and must move to a machine with a
# quarter of the memory. Name three changes that make it fit, and say for each what it costs and whether the
# gradients stay the same. One layer of the model computes with the mean of the batch: for which of your three
# are the gradients no longer the same because of that layer?
#
# ### BEGIN SOLUTION
# Rubric: three of these, one point each, with cost and gradients: accumulation over four batches of 16 (same
# gradients, little time); checkpointing (same gradients, about a third more time); a smaller batch (noisier
# gradients, lr must be chosen again); an optimizer with less state (other steps) (3 points). With a mean over the
# batch, accumulation is no longer exact (1 point).
# Model answer: four batches of 16 with a quarter of the loss each give the same gradients in nearly the same
# time. Checkpoints give the same gradients for a second forward pass. Batches of 16 with a step each are other,
# noisier steps, with a new lr. The layer with the mean sees 16 examples instead of 64 under accumulation, so
# its mean and the gradients differ; checkpointing repeats the same 64 and stays exact.
# ### END SOLUTION

# %% [markdown] reflect="clip" points=3
# **2. Clipping and Adam.** Adam divides by the size of the gradients. Does it still matter whether a gradient
# is clipped before it gets there? Take one batch with gradients a thousand times as large as usual, and
# follow m and v over the next hundred steps.
#
# ### BEGIN SOLUTION
# Rubric: the step of the outlier is bounded (1 point). v keeps the outlier's square for about 1,000 steps, and
# all that time the steps are too short (1 point). Clipping keeps it out of both averages (1 point).
# Model answer: late in training the outlier's own step is about lr * (1 - beta1) / sqrt(1 - beta2), 3 lr. But
# v now contains 0.001 * 1000² = 1,000 times the usual square, and loses only 0.1 % of it per step. After m has
# forgotten the outlier (about ten steps, factor 0.9 each), the steps are about 30 times too short. With
# clipping, neither m nor v ever sees the large value.
# ### END SOLUTION

# %% [markdown] reflect="exact" points=3
# **3. Bit for bit.** A resumed run in this chapter gives the same bits. Name two things that would break this
# although the state is complete, and one reason to want it although nobody needs the last bit.
#
# ### BEGIN SOLUTION
# Rubric: two of these, one point each: another number of threads or another BLAS, another version of NumPy,
# changed data, another batch size (2 points). A reason: any difference is then a bug and not noise, or failures
# can be repeated (1 point).
# Model answer: with another number of threads the sums inside a matrix product are added in another order, and
# a new NumPy may do so too; both change the last bit, and training enlarges it. If equal code gives equal bits,
# then a difference after a change of the code is caused by the change, and a crash in epoch 61 can be repeated.
# ### END SOLUTION

# %% [markdown]
# ## In PyTorch
#
# `clip_grad_norm_` and `CosineAnnealingLR` have the same names, arguments and values there. PyTorch computes
# each rate from the previous one, so that several schedulers can be chained; ours computes it from the base
# rate. PyTorch has no `Trainer`: people write the loop, or use a library that has one, such as Lightning or the
# `Trainer` of Hugging Face. Saving is `torch.save`, which writes a pickle; since version 2.6 `torch.load`
# refuses by default to run what is in it, and most published weights are safetensors files. A resumed run must
# restore several generators: Python's, NumPy's, PyTorch's, and one for each GPU.
#
# ## Today
#
# Training runs last for months on thousands of machines, and some of these fail every day. They save their state
# every few minutes, in parallel, and they save exactly what you listed: parameters, averages, schedule,
# generators, and the position in the data. Most published recipes use AdamW, clipping at norm 1, a short
# warm-up and a cosine. And the first question about a new model is still the one that you measured: what is in
# memory at the peak, and which part of it can be computed again, split up, or omitted?
#
# Further reading:
#
# - Razvan Pascanu, Tomas Mikolov, Yoshua Bengio, *On the difficulty of training recurrent neural networks*, 2013:
#   clipping by the norm.
# - Ilya Loshchilov, Frank Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017: the cosine.
# - Tianqi Chen et al., *Training deep nets with sublinear memory cost*, 2016: checkpointing.
# - Susan Zhang et al., *OPT-175B logbook*, 2022: what goes wrong when a large model is trained, day by day.
# - Andrej Karpathy, *A recipe for training neural networks*, 2019: how to find mistakes that raise no error.
