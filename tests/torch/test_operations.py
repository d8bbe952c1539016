"""Every operation of module 01 has PyTorch's values, types and gradients, over generated shapes."""

import numpy as np
import pytest
import torch
from generated import (
    array_indices,
    distinct,
    masks,
    numbers,
    pairs_of_shapes,
    plain_indices,
    products,
    reshapes,
    shapes,
    some_dims,
)
from hypothesis import given
from hypothesis import strategies as st
from oracle import agree, close, our_tensor, their_tensor

import tinytorch
from tinytorch import Tensor

BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}
UNARY = {
    "neg": lambda a: -a,
    "abs": lambda a: a.abs(),
    "abs()": abs,
    "exp": lambda a: a.exp(),
    "square": lambda a: a**2,
    "cube": lambda a: a**3,
    "to the 0": lambda a: a**0,
    "to the 1": lambda a: a**1,
    "to the -1": lambda a: a**-1,
    "2 to the": lambda a: 2**a,
    "plus a number": lambda a: a + 2,
    "number plus": lambda a: 2 + a,
    "minus a number": lambda a: a - 0.5,
    "number minus": lambda a: 0.5 - a,
    "times a number": lambda a: a * 3,
    "number times": lambda a: 3 * a,
    "by a number": lambda a: a / 4,
    "number by": lambda a: 4 / a,
    "itself": lambda a: a * a + a / a,
}
POSITIVE = {
    "log": lambda a: a.log(),
    "sqrt": lambda a: a.sqrt(),
    "to the 0.5": lambda a: a**0.5,
    "to the -1.5": lambda a: a**-1.5,
    "to itself": lambda a: a**a,
}
COMPARISONS = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
TYPES = st.sampled_from([np.float32, np.float64])


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_arithmetic_broadcasts(name, data):
    a, b = data.draw(pairs_of_shapes())
    dtype = data.draw(TYPES)
    agree(BINARY[name], data.draw(numbers(a, dtype=dtype)), data.draw(numbers(b, dtype=dtype)))


@given(data=st.data())
def test_powers_broadcast(data):
    a, b = data.draw(pairs_of_shapes())
    agree(lambda a, b: a**b, data.draw(numbers(a, 0.1, 3)), data.draw(numbers(b)))


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_functions_of_one(name, data):
    shape, dtype = data.draw(shapes()), data.draw(TYPES)
    agree(UNARY[name], data.draw(numbers(shape, dtype=dtype)))


@pytest.mark.parametrize("name", POSITIVE)
@given(data=st.data())
def test_functions_of_positive_numbers(name, data):
    agree(POSITIVE[name], data.draw(numbers(data.draw(shapes()), 0.1, 3)))


@pytest.mark.parametrize("name", COMPARISONS)
@given(data=st.data())
def test_comparisons(name, data):
    a, b = data.draw(pairs_of_shapes())
    rounded = data.draw(numbers(a)).round(), data.draw(numbers(b)).round()  # so that some are equal
    agree(COMPARISONS[name], *rounded)
    agree(lambda a: COMPARISONS[name](a, 1), rounded[0])


@given(data=st.data())
def test_products_of_all_ranks(data):
    a, b = data.draw(products())
    agree(lambda a, b: a @ b, data.draw(numbers(a)), data.draw(numbers(b)), atol=1e-5)


@given(data=st.data(), name=st.sampled_from(["sum", "mean"]), keepdim=st.booleans())
def test_sums_and_means(data, name, keepdim):
    shape = data.draw(shapes(smallest=1))
    dim, a = data.draw(some_dims(len(shape))), data.draw(numbers(shape))
    agree(lambda a: getattr(a, name)(dim=dim, keepdim=keepdim), a)
    agree(lambda a: getattr(a, name)(axis=dim, keepdims=keepdim), a)


@given(data=st.data(), name=st.sampled_from(["sum", "mean"]))
def test_sums_and_means_by_position(data, name):
    shape = data.draw(shapes(least=1, smallest=1))
    dim, a = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(numbers(shape))
    agree(lambda a: getattr(a, name)(dim), a)
    agree(lambda a: getattr(a, name)(dim, True), a)
    agree(lambda a: getattr(a, name)([dim]), a)
    agree(lambda a: getattr(a, name)(), a)


@given(data=st.data(), keepdim=st.booleans())
def test_sum_of_nothing(data, keepdim):
    shape = data.draw(shapes(least=1))
    dim = data.draw(some_dims(len(shape)))
    agree(lambda a: a.sum(dim=dim, keepdim=keepdim), data.draw(numbers(shape)))


@given(data=st.data(), keepdim=st.booleans())
def test_largest(data, keepdim):
    shape = data.draw(shapes(smallest=1))
    dim = data.draw(some_dims(len(shape)))
    theirs = lambda a: a.amax(dim=() if dim is None else dim, keepdim=keepdim)  # noqa: E731
    a = data.draw(distinct(shape))
    agree(lambda a: a.max(dim=dim, keepdim=keepdim), a, theirs=theirs)
    agree(
        lambda a: a.max(axis=dim, keepdims=keepdim), (a * 1.5).round(), theirs=theirs
    )  # several are largest


@given(data=st.data(), keepdim=st.booleans())
def test_position_of_the_largest(data, keepdim):
    shape = data.draw(shapes(least=1, smallest=1))
    dim = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    a = data.draw(numbers(shape)).round()
    agree(lambda a: a.argmax(dim=dim, keepdim=keepdim), a)


@given(data=st.data())
def test_reshape(data):
    before, after = data.draw(reshapes())
    a = data.draw(numbers(before))
    agree(lambda a: a.reshape(after), a)
    agree(lambda a: a.reshape(list(after)), a)
    if after:
        agree(lambda a: a.reshape(*after), a)
    agree(lambda a: a.reshape(-1), a)


@given(data=st.data())
def test_permute_and_transpose(data):
    shape = data.draw(shapes(least=1))
    n, a = len(shape), data.draw(numbers(shape))
    dims = [d - n if data.draw(st.booleans()) else d for d in data.draw(st.permutations(range(n)))]
    agree(lambda a: a.permute(*dims), a)
    agree(lambda a: a.permute(tuple(dims)), a)
    agree(lambda a: a.transpose(dims[0], dims[-1]), a)


@given(data=st.data())
def test_T(data):
    a = data.draw(numbers(data.draw(shapes(least=2, most=2))))
    agree(lambda a: a.T, a)


@given(data=st.data())
def test_T_reverses_all_dimensions(data):
    a = data.draw(numbers(data.draw(shapes())))
    agree(lambda a: a.T, a, theirs=lambda a: a.permute(tuple(reversed(range(a.ndim)))))


@given(data=st.data())
def test_indices_with_numbers_slices_dots_and_none(data):
    shape = data.draw(shapes())
    index = data.draw(plain_indices(shape))
    agree(lambda a: a[index], data.draw(numbers(shape)))


@given(data=st.data())
def test_indices_with_arrays(data):
    shape = data.draw(shapes(least=1, smallest=1))
    index = data.draw(array_indices(shape))
    as_theirs = tuple(torch.tensor(i) if isinstance(i, np.ndarray) else i for i in index)
    a = data.draw(numbers(shape))
    agree(lambda a: a[index], a, theirs=lambda a: a[as_theirs])
    as_ours = tuple(Tensor(i) if isinstance(i, np.ndarray) else i for i in index)  # whole numbers as floats
    agree(lambda a: a[as_ours], a, theirs=lambda a: a[as_theirs])


@given(data=st.data())
def test_indices_with_lists(data):
    shape = data.draw(shapes(least=1, smallest=1))
    rows = data.draw(st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=6))
    agree(lambda a: a[rows], data.draw(numbers(shape)))


@given(data=st.data())
def test_masks(data):
    shape = data.draw(shapes(least=1))
    mask, a = data.draw(masks(shape)), data.draw(numbers(shape))
    agree(lambda a: a[mask], a, theirs=lambda a: a[torch.tensor(mask)])
    agree(lambda a: a[our_tensor(mask)], a, theirs=lambda a: a[torch.tensor(mask)])


@given(data=st.data())
def test_mask_from_a_comparison(data):
    agree(lambda a: (a[a > 0] * 2).sum(), data.draw(numbers(data.draw(shapes(least=1)))))


def test_comparisons_need_no_gradient():
    x = our_tensor(np.ones(3, np.float32))
    assert not (x > 0).requires_grad
    assert not x.argmax().requires_grad


@given(data=st.data())
def test_arrays_and_lists_as_the_other_side(data):
    a, b = data.draw(pairs_of_shapes(smallest=1))
    x, y = data.draw(numbers(a)), data.draw(numbers(b))
    for ours in [lambda a: a * y, lambda a: y * a, lambda a: a - y, lambda a: y - a, lambda a: y / a]:
        agree(ours, x, theirs=lambda a, ours=ours: with_tensor(ours, y, a))
    agree(lambda a: a * y.tolist(), x, theirs=lambda a: a * torch.tensor(y))


def with_tensor(function, array, x):
    """`function` closes over a NumPy array; torch wants a tensor in its place."""
    index = function.__code__.co_freevars.index("y")
    cell = function.__closure__[index]
    before, cell.cell_contents = cell.cell_contents, torch.tensor(array)
    try:
        return function(x)
    finally:
        cell.cell_contents = before


@given(data=st.data())
def test_a_longer_expression(data):
    """Everything together, with parts used several times."""
    n, k = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    a, b, c = (data.draw(numbers(s)) for s in [(n, k), (k, n), (n,)])

    def expression(a, b, c):
        p = a @ b + c
        q = (p * p + 1).sqrt().log()
        r = (q[0] - q.mean(0)) / (1 + c.abs())
        return (r.exp().sum() * p[:, :1] + q.T[-1:]).transpose(0, 1) - p

    agree(expression, a, b, c, rtol=2e-4, atol=2e-4)


@given(data=st.data())
def test_creation(data):
    shape = data.draw(shapes())
    for name in ("zeros", "ones"):
        close(
            getattr(tinytorch, name)(*shape),
            getattr(torch, name)(*shape) if shape else getattr(torch, name)(()),
        )
        close(getattr(tinytorch, name)(shape), getattr(torch, name)(shape))
    for a in (
        data.draw(numbers(shape)),
        np.ones(shape, np.int64),
        np.ones(shape, bool),
        np.ones(shape, np.float64),
    ):
        for name in ("zeros_like", "ones_like"):
            close(getattr(tinytorch, name)(our_tensor(a)), getattr(torch, name)(their_tensor(a)).detach())


@pytest.mark.parametrize("arguments", [(5,), (2, 7), (2, 9, 3), (0.0, 1.0, 0.25), (5, 0, -2), (3.0,), (0,)])
def test_arange(arguments):
    close(tinytorch.arange(*arguments), torch.arange(*arguments))
