"""`tinytorch.float32`, `tinytorch.long`, ...: NumPy's types under PyTorch's names."""

from tinytorch._names.absent import DTYPES
from tinytorch._names.types import dtype

globals().update({name: dtype(name) for name in DTYPES})
