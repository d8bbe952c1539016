"""Operations that PyTorch's names need and that no chapter writes: what no combination of the learner's own would give.

They pass the learner's door like all others, and stand in the same two tables: entered when tinytorch has been imported
or, where autograd is not there yet, when they are first used.
"""

import sys

import numpy as np


def home(tensor):
    """The module that defines the class of this Tensor: its door, its tables, its functions."""
    for cls in type(tensor).__mro__:
        if any(base.__name__ == "TensorNames" for base in cls.__bases__):
            return sys.modules[cls.__module__]
    raise TypeError(f"a Tensor is expected, not {type(tensor).__name__}")


def operation(name, tensor, *inputs, core=None, **attributes):
    """Run one of the operations below on a Tensor and further inputs, through the door of that Tensor's module."""
    core = core or home(tensor)
    enter(name, core)
    return core.apply(name, tensor, *inputs, **attributes)


def enter(name, core):
    """Put the operation into the table of kernels, and into that of gradients if it is there."""
    kernel, gradient = OPERATIONS[name]
    core.kernels.setdefault(name, kernel)
    awake = sys.modules.get("tinytorch.core.autograd")
    if gradient is not None and hasattr(awake, "gradients"):
        awake.gradients.setdefault(name, gradient)


def enter_all():
    """So that whoever stands in the tables, as a profiler does, meets all of them."""
    for name in OPERATIONS:
        enter(name, sys.modules["tinytorch.core.tensor"])


def where(condition, a, b):
    return np.where(condition, a, b)


def where_gradients(out, condition, a, b):
    return (
        lambda g: None,
        lambda g: np.where(condition, g, 0),
        lambda g: np.where(condition, 0, g),
    )


def cat(*arrays, dim):
    return np.concatenate(arrays, axis=dim)


def cat_gradients(out, *arrays, dim):
    ends = np.cumsum([a.shape[dim] for a in arrays])
    return [part_of(dim, end - a.shape[dim], end) for a, end in zip(arrays, ends, strict=True)]


def part_of(dim, start, end):
    """The gradient of one of the arrays that were joined: its part of the whole."""
    return lambda g: np.swapaxes(np.swapaxes(g, 0, dim)[start:end], 0, dim)


def cast(a, like):
    """A copy of a in the type of another array. (float64 comes out of the door only where an input is float64.)"""
    return a.astype(like.dtype)


def cast_gradients(out, a, like):
    before = a.dtype
    return (lambda g: g.astype(before),)


def argsort(a, dim, descending):
    return np.argsort(-a if descending else a, axis=dim, kind="stable")


def cumsum(a, dim):
    return np.cumsum(a, axis=dim, dtype=a.dtype if a.dtype.kind == "f" else np.int64)


def cumsum_gradients(out, a, dim):
    return (lambda g: np.flip(np.cumsum(np.flip(g, dim), axis=dim), dim),)


def whole(function):
    """A function whose derivative is 0 wherever there is one."""
    return function, lambda out, *arrays: [lambda g: np.zeros_like(g)] * len(arrays)


def sine(out, a):
    return (lambda g: g * np.cos(a),)


def cosine(out, a):
    return (lambda g: -g * np.sin(a),)


OPERATIONS = {
    "where": (where, where_gradients),
    "cat": (cat, cat_gradients),
    "cast": (cast, cast_gradients),
    "argsort": (argsort, None),
    "cumsum": (cumsum, cumsum_gradients),
    "sin": (np.sin, sine),
    "cos": (np.cos, cosine),
    "floor": whole(np.floor),
    "round": whole(np.round),
}
