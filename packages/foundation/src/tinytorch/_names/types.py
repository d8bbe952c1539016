"""PyTorch's names of types and devices."""

import numpy as np

from tinytorch._names.absent import CPU_ONLY, DTYPES


def dtype(name):
    return np.dtype(DTYPES[name])


class Size(int):
    """A number of elements that is also PyTorch's method: `x.size`, `x.size()` and `x.size(0)` all work."""

    def __call__(self, dim=None):
        return self.shape if dim is None else self.shape[dim]


def size_of(shape, count):
    size = Size(count)
    size.shape = shape
    return size


class device:
    """`torch.device`: the CPU; RuntimeError for any other.

    >>> device("cpu")
    device(type='cpu')
    """

    type, index = "cpu", None

    def __init__(self, name="cpu", index=None):
        check_device(name)

    def __repr__(self):
        return "device(type='cpu')"

    def __str__(self):
        return "cpu"

    def __eq__(self, other):
        return isinstance(other, device) or other == "cpu"

    def __hash__(self):
        return hash("cpu")


def check_device(name):
    if not isinstance(name, device) and str(name).partition(":")[0] != "cpu":
        raise RuntimeError(f"there is no device {name!r}: {CPU_ONLY}, so leave the device out or write 'cpu'")


def as_dtype(kind):
    """The NumPy type for what `.to()` or `dtype=` was given; None for a device; an error for anything else."""
    if isinstance(kind, device) or (isinstance(kind, str) and kind not in DTYPES):
        return check_device(kind)
    if isinstance(kind, str):
        return dtype(kind)
    return np.dtype(kind)
