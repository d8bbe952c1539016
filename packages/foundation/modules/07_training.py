# %% [markdown]
# {header}

# %% [markdown]
# ## The problem

# %% [markdown]
# ## Build

# %% solution="train-step"
#| default_exp training
#| export
#| hint What is left over from the batch before, and what must not happen if the loss is not a number?
#| hint Six lines: drop the old gradients, forward, look at the loss, backward, step, hand back the number.
#| hint optimizer.zero_grad(); loss = loss_fn(model(x), y); raise if not math.isfinite(loss.item()); backward; clip; step.
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


def train_step(model, optimizer, loss_fn, x, y, max_norm=None):
    """Change the parameters once, from one batch; the loss before the change, as a number.

    RuntimeError if the loss is inf or nan; then no parameter has changed.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    if not math.isfinite(loss.item()):
        raise RuntimeError(f"the loss is {loss.item()}")
    loss.backward()
    if max_norm is not None:
        clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% solution="clip"
#| export
#| hint Should a gradient keep its direction when it is made shorter? Then what may differ between the parameters?
#| hint One norm over all gradients together, one factor for all of them, and never a factor above 1.
#| hint total = math.sqrt(sum of all squares); factor = min(1, max_norm / (total + 1e-6)); gradient.data *= factor.
def clip_grad_norm_(parameters, max_norm):
    """Scale all gradients by one factor so that their common norm is at most max_norm, as `torch.nn.utils` does.

    Parameters without a gradient are left out. Returns the norm before, a Tensor of one number.
    ValueError for a max_norm that is negative or not a number.
    """
    if not max_norm >= 0:
        raise ValueError(f"max_norm must be 0 or more, not {max_norm}")
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    gradients = [p.grad.data for p in parameters if p.grad is not None]
    with np.errstate(all="ignore"):  # a norm of inf or nan makes the gradients 0 and nan, as in PyTorch
        ### BEGIN SOLUTION
        total = math.sqrt(sum(float(np.vdot(g, g)) for g in gradients))
        factor = np.minimum(1.0, max_norm / (total + 1e-6))
        for g in gradients:
            g *= factor
        ### END SOLUTION
    return wrap(np.asarray(total, np.float32))


# %% solution="cosine"
#| export
#| hint What is the cosine at 0, at pi/2 and at pi? What should the learning rate be at the start and at T_max?
#| hint (1 + cos) / 2 falls from 1 to 0; use it to mix the base rate and eta_min.
#| hint return eta_min + (base - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2.
def cosine_rate(base, t, T_max, eta_min=0):
    """The learning rate after t steps: `base` at 0, `eta_min` at T_max, half of a cosine between; then up again.

    >>> [round(cosine_rate(0.1, t, 4), 4) for t in range(5)]
    [0.1, 0.0854, 0.05, 0.0146, 0.0]
    """
    ### BEGIN SOLUTION
    return eta_min + (base - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2
    ### END SOLUTION


class CosineAnnealingLR:
    """Sets the learning rates of an optimizer's groups to `cosine_rate`, as the scheduler of this name in PyTorch.

    `step()` is called once after each epoch (or each batch: T_max counts the calls).
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
        ### BEGIN SOLUTION
        self.last_epoch += 1
        for group, base in zip(self.optimizer.param_groups, self.base_lrs):
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
            raise ValueError(f"the state has {len(mine['base_lrs'])} learning rates, not {len(self.base_lrs)}")
        vars(self).update(mine, base_lrs=list(mine["base_lrs"]))


# %% solution="batches"
#| export
#| hint Ten examples in batches of four: how many batches, and how long is each?
#| hint Make the order of all examples first, shuffled by the shared generator `rng`; then cut it.
#| hint order = rng.permutation(n) if shuffle else np.arange(n); yield order[start : start + size] for each start.
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
    x, y = (v.data if isinstance(v, Tensor) else v if isinstance(v, np.ndarray) else as_array(v) for v in (x, y))
    if not x.ndim or not y.ndim or len(x) != len(y):
        raise ValueError(f"x and y must have the same length, but their shapes are {x.shape} and {y.shape}")
    if not len(x):
        raise ValueError("there are no examples")
    if not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number, 1 or more, not {batch_size!r}")
    return x, y


# %%
#| export
def encode(value, name, arrays):
    """`value` as JSON: each Tensor and array is put into `arrays`, and stands in the JSON by its name there."""
    if isinstance(value, (Tensor, np.ndarray)):
        name = name or "value"
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

    A flat dict of Tensors keeps its names, so PyTorch reads it with `safetensors.torch.load_file`. A file that was
    there is replaced only when the new one is complete. TypeError for anything else, naming its key.
    """
    path, arrays = Path(path), {}
    structure = json.dumps(encode(obj, "", arrays))
    facts = {"tinytorch": structure, "sha256": fingerprint(structure, arrays)}
    content = safetensors.numpy.save(arrays, metadata=facts)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path):
    """What `save` wrote; from another program's safetensors file a dict of Tensors by name.

    ValueError if the file is not one, is cut off, or was altered.
    """
    content = Path(path).read_bytes()
    try:
        arrays = safetensors.numpy.load(content)
        facts = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")]).get("__metadata__", {})
        if "tinytorch" not in facts:
            return {name: wrap(array) for name, array in arrays.items()}
        if facts.get("sha256") != fingerprint(facts["tinytorch"], arrays):
            raise ValueError("its content is not what was saved")
        return decode(json.loads(facts["tinytorch"]), arrays)
    except (SafetensorError, ValueError, LookupError, TypeError, AttributeError) as problem:
        raise ValueError(
            f"{path} is damaged, or it is no safetensors file ({problem}): load another copy, or save it again"
        ) from None


# %% solution="trainer"
#| export
#| hint A run is stopped and goes on tomorrow. What must be the same for its next batch to give the same numbers?
#| hint The epoch's loss: each batch's loss counts as often as the batch has examples. The state: five things change in a run.
#| hint total += loss * len(rows), at the end / len(x); {"model": ..., "optimizer": ..., "scheduler": ..., "epoch": ..., "generator": rng.bit_generator.state, ...}.
class Trainer:
    """Trains a model: epochs over batches, clipping, a schedule, a history, and a run that can be resumed.

    model: has parameters(), train(), eval() and state_dict(). loss_fn(model(x), y): one number. scheduler: its
    `step()` is called after each epoch. max_norm: gradients are clipped to it.
    `history` has a dict for each epoch: epoch (from 1), loss, lr, seconds.
    """

    def __init__(self, model, optimizer, loss_fn, scheduler=None, max_norm=None):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, not {type(optimizer).__name__}")
        if scheduler is not None and scheduler.optimizer is not optimizer:
            raise ValueError("the scheduler belongs to another optimizer")
        if max_norm is not None and not max_norm >= 0:
            raise ValueError(f"max_norm must be 0 or more, not {max_norm}")
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.max_norm = scheduler, max_norm
        self.epoch, self.history = 0, []

    def fit(self, x, y, epochs, batch_size=64, shuffle=True, on_epoch=None):
        """Train for so many more epochs and return the history; `on_epoch` is called with each new entry of it.

        x, y: arrays or Tensors of equal length. ValueError if they are not; RuntimeError, with the epoch and the
        batch, as soon as a loss is inf or nan.
        """
        x, y = examples(x, y, batch_size)
        if not isinstance(epochs, int) or epochs < 0:
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
        """Every example once; the mean loss over all examples."""
        self.model.train()
        total = 0.0
        for batch, rows in enumerate(batches(len(x), batch_size, shuffle), 1):
            with told_where(self.epoch + 1, batch):
                ### BEGIN SOLUTION
                loss = self.step(rows_of(x, rows), rows_of(y, rows))
                total += loss * len(rows)
                ### END SOLUTION
        return total / len(x)

    def step(self, x, y):
        return train_step(self.model, self.optimizer, self.loss_fn, x, y, self.max_norm)

    def evaluate(self, x, y, batch_size=256):
        """(loss, accuracy) over all examples, in eval mode and without a graph; the mode is as before afterwards.

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
            raise ValueError("the run was saved with a scheduler, this one has none" if saved["scheduler"] else
                             "the run was saved without a scheduler, this one has one")  # fmt: skip
        before = self.optimizer.state_dict()
        try:
            self.optimizer.load_state_dict(saved["optimizer"])
            self.model.load_state_dict(saved["model"])
        except Exception:
            self.optimizer.load_state_dict(before)
            raise
        if self.scheduler is not None:
            self.scheduler.load_state_dict(saved["scheduler"])
        self.epoch, self.history = saved["epoch"], list(saved["history"])
        rng.bit_generator.state = saved["generator"]

    def save(self, path):
        """Write the whole state of the run into one file."""
        save(self.state_dict(), path)

    def load(self, path):
        """Go on from what `save(path)` wrote, bit for bit."""
        self.load_state_dict(load(path))


@contextmanager
def told_where(epoch, batch):
    """Adds to the complaint about a loss where it happened."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("the loss is"):
            raise
        advice = "nothing was changed by this batch; try a smaller learning rate, or max_norm"
        raise RuntimeError(f"{error} in epoch {epoch}, batch {batch}; {advice}") from None


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
    """How many rows of outputs (n, classes) have their largest value at the label; nan if y holds no labels."""
    if outputs.ndim != labels.ndim + 1:
        return math.nan
    return float((outputs.data.argmax(axis=-1) == labels.data).sum())
