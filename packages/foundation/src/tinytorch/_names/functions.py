"""PyTorch's functions: `tinytorch.cat`, `tinytorch.stack`, ... Those that are methods too call the method."""

import builtins
import math

import numpy as np

from tinytorch._names.absent import METHODS_TOO
from tinytorch._names.operations import operation
from tinytorch._names.tensor import truths
from tinytorch.core import tensor as core


def method(name):
    def function(x, *arguments, **options):
        return getattr(as_tensor(x), name)(*arguments, **options)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`x.{name}(...)`, as `torch.{name}`."
    return function


globals().update({name: method(name) for name in METHODS_TOO.split()})


def as_tensor(data, dtype=None, device=None):
    """`data` as a Tensor; the same one if it is one already, as `torch.as_tensor`."""
    x = data if isinstance(data, core.Tensor) else core.tensor(data)
    return x.to(dtype, device)


def from_numpy(array):
    """A Tensor that shares the memory of the array, as `torch.from_numpy`."""
    if type(array) is not np.ndarray or array.dtype.kind not in "biuf":
        raise TypeError(f"from_numpy takes an array of numbers, not {type(array).__name__}")
    return core.wrap(array)


def is_tensor(x):
    return isinstance(x, core.Tensor)


# -- joining and choosing


def cat(tensors, dim=0):
    """The tensors one after the other along `dim`, as `torch.cat`."""
    tensors = [as_tensor(x) for x in tensors]
    if not tensors:
        raise ValueError("cat needs at least one tensor")
    return operation("cat", *tensors, core=core, dim=dim)


def stack(tensors, dim=0):
    """The tensors along a new dimension, as `torch.stack`."""
    return cat([as_tensor(x).unsqueeze(dim) for x in tensors], dim)


def hstack(tensors):
    tensors = [as_tensor(x) for x in tensors]
    return cat(tensors, 0 if tensors and tensors[0].ndim == 1 else 1)


def vstack(tensors):
    return cat([x if x.ndim > 1 else x.reshape(1, -1) for x in map(as_tensor, tensors)], 0)


def where(condition, a, b):
    """a where the condition is true, b elsewhere, as `torch.where`."""
    return operation("where", truths(as_tensor(condition), "the condition of where"), a, b, core=core)


def max(x, dim=None, keepdim=False):
    """The largest value, or of two tensors the larger; with `dim` see `x.max(dim)` and `x.argmax(dim)`."""
    return extreme("max", x, dim)


def min(x, dim=None, keepdim=False):
    """The smallest value, or of two tensors the smaller; with `dim` see `x.min(dim)` and `x.argmin(dim)`."""
    return extreme("min", x, dim)


def extreme(name, x, other):
    if other is not None and not isinstance(other, core.Tensor):
        raise TypeError(
            f"torch.{name}(x, dim) gives values and indices; here they are x.{name}(dim) and x.arg{name}(dim)"
        )
    return getattr(x, name)(other)


def outer(a, b):
    return a.reshape(-1, 1) * b.reshape(1, -1)


def meshgrid(*tensors, indexing="ij"):
    shape = tuple(x.numel() for x in tensors)
    grids = [x.reshape([-1 if i == d else 1 for i in range(len(shape))]).expand(shape) for d, x in enumerate(tensors)]
    return tuple(grids if indexing == "ij" else [grid.transpose(0, 1) for grid in grids])


# -- new tensors


def made(x, dtype, requires_grad, device=None):
    return x.to(dtype, device).requires_grad_(requires_grad)


def full(size, value, dtype=None, device=None, requires_grad=False):
    """A tensor full of one value, as `torch.full`."""
    return made(core.tensor(value).expand(size).clone(), dtype, requires_grad, device)


def empty(*size, dtype=None, device=None, requires_grad=False):
    """As `torch.empty`; here the numbers are zeros."""
    return made(core.zeros(*size), dtype, requires_grad, device)


def eye(n, m=None, dtype=None, device=None, requires_grad=False):
    """Ones on the diagonal, as `torch.eye`."""
    rows, columns = core.arange(n), core.arange(n if m is None else m)
    return made((rows.unsqueeze(1) == columns).float(), dtype, requires_grad, device)


def linspace(start, end, steps, dtype=None, device=None, requires_grad=False):
    """`steps` numbers from start to end, both included, as `torch.linspace`."""
    x = start + core.arange(steps) * ((end - start) / builtins.max(steps - 1, 1))
    return made(x.float(), dtype, requires_grad, device)


def rand(*size, dtype=None, device=None, requires_grad=False):
    """Random numbers between 0 and 1 from the shared generator, as `torch.rand`."""
    return made(core.wrap(core.rng.random(core.sizes(size), np.float32)), dtype, requires_grad, device)


def randint(low, high, size=None, dtype=None, device=None):
    """Random whole numbers low ... high - 1 from the shared generator, as `torch.randint`."""
    low, high, size = (0, low, high) if size is None else (low, high, size)
    return core.wrap(core.rng.integers(low, high, size)).to(dtype, device)


def randperm(n):
    """0 ... n - 1 in a random order, as `torch.randperm`."""
    return core.wrap(core.rng.permutation(n))


def normal(mean=0.0, std=1.0, size=()):
    return core.randn(size) * std + mean


def rand_like(x):
    return rand(x.shape)


def randn_like(x):
    return core.randn(x.shape)


def empty_like(x):
    return core.zeros_like(x)


def full_like(x, value):
    return core.zeros_like(x).fill_(value)


def multinomial(x, num_samples, replacement=False):
    """Indices drawn in proportion to the rows of x, as `torch.multinomial`.

    A race: each index takes a time that is exponential with its weight as rate, and the first ones win.
    """
    weights = x.detach()
    if not replacement:
        if bool(((weights > 0).sum(-1) < num_samples).any()):
            raise RuntimeError("multinomial without replacement needs as many weights above 0 as samples")
        speed = weights / -(1 - rand(weights.shape)).log().clamp(max=-1e-30)
        return speed.topk(num_samples, dim=-1)[1]
    return cat([multinomial(weights, 1) for _ in range(num_samples)], dim=-1)


def bernoulli(x):
    return (rand(x.shape) < x).to(x.dtype)


# -- settings


def inference_mode(mode=True):
    """Nothing is recorded inside, as in `no_grad()`; as `torch.inference_mode`."""
    from tinytorch.core.autograd import no_grad, set_grad_enabled

    return no_grad() if mode else set_grad_enabled(True)


def enable_grad():
    """Operations are recorded inside, as in `torch.enable_grad`."""
    from tinytorch.core.autograd import set_grad_enabled

    return set_grad_enabled(True)


def is_grad_enabled():
    from tinytorch.core.autograd import mode

    return mode.recording


def get_default_dtype():
    return np.dtype(np.float32)


pi, inf, nan, e = math.pi, math.inf, math.nan, math.e
