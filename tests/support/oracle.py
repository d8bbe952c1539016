"""PyTorch as the judge: the same function on our tensors and on theirs, values and gradients.

Most expressions are the same words in both frameworks, so one function often serves both sides.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.testing import assert_allclose

import tinytorch
from tinytorch import Tensor

TOLERANCE = {
    np.dtype(np.float32): {"rtol": 2e-5, "atol": 2e-6},
    np.dtype(np.float64): {"rtol": 1e-9, "atol": 1e-10},
}


def our_tensor(array, requires_grad=None):
    """A Tensor of the array's own type; floats require a gradient."""
    array = np.asarray(array)
    wanted = array.dtype.kind == "f" if requires_grad is None else requires_grad
    return tinytorch.tensor(array, dtype=array.dtype, requires_grad=wanted)


def their_tensor(array, requires_grad=None):
    array = np.asarray(array)
    wanted = array.dtype.kind == "f" if requires_grad is None else requires_grad
    return torch.tensor(array, requires_grad=wanted)


def close(got, want, what="", **tolerance):
    """`got` is a Tensor with the shape, the type and the numbers of `want`, a torch tensor."""
    assert isinstance(got, Tensor), f"{what}: got {type(got).__name__}"
    want = want.detach().numpy()
    assert got.shape == want.shape, f"{what}: shape {got.shape}, PyTorch's is {want.shape}"
    assert got.dtype == want.dtype, f"{what}: type {got.dtype}, PyTorch's is {want.dtype}"
    assert_allclose(got.data, want, err_msg=what, **{**TOLERANCE.get(want.dtype, {}), **tolerance})


def agree(ours, *arrays, theirs=None, gradients=True, **tolerance):
    """`ours` on Tensors and `theirs` (the same function, if left out) on torch tensors give the same result,
    and the same gradients of a sum in which every number of the result counts differently."""
    mine, judges = [our_tensor(a) for a in arrays], [their_tensor(a) for a in arrays]
    got, want = ours(*mine), (theirs or ours)(*judges)
    close(got, want, "the result", **tolerance)
    if gradients and want.requires_grad:
        assert got.requires_grad, "the result does not require a gradient, PyTorch's does"
        weights = np.random.default_rng(7).uniform(0.5, 1.5, got.shape).astype(got.dtype)
        got.backward(our_tensor(weights, requires_grad=False))
        want.backward(torch.tensor(weights))
        for i, (x, y) in enumerate(zip(mine, judges, strict=True)):
            same_gradient(x.grad, y.grad, f"the gradient of input {i}", **tolerance)


def same_gradient(got, want, what, **tolerance):
    if want is None or got is None:
        assert got is None, f"{what} is there, PyTorch has none"
        assert want is None, f"{what} is None, PyTorch's is {want}"
    else:
        close(got, want, what, **tolerance)
