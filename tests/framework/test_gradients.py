"""Every operation's gradient against finite differences, over generated shapes; and its types."""

import numpy as np
import pytest
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

import tinytorch
import tinytorch.nn.losses  # enters the kernels of modules 02 to 04
from tinytorch import Tensor, apply, gradcheck, nn
from tinytorch.core.autograd import Function, gradients
from tinytorch.core.tensor import composites, kernels, operation_names, tensor
from tinytorch.testing import check_gradients

# An operation's name -> (arrays, attributes), drawn in float64. Small sizes: a gradient by differences costs
# two forward passes for each number.


def two_shapes(draw, low=-2.0, high=2.0):
    a, b = draw(pairs_of_shapes(most=3))
    return [draw(numbers(a, low, high, np.float64)), draw(numbers(b, low, high, np.float64))], {}


def one(draw, low=-2.0, high=2.0):
    return [draw(numbers(draw(shapes(most=3, largest=3)), low, high, np.float64))], {}


def power(draw):
    a, b = draw(pairs_of_shapes(most=2))
    return [draw(numbers(a, 0.2, 2, np.float64)), draw(numbers(b, dtype=np.float64))], {}


def product(draw):
    a, b = draw(products())
    return [draw(numbers(a, dtype=np.float64)), draw(numbers(b, dtype=np.float64))], {}


def reduction(draw):
    shape = draw(shapes(most=3, smallest=1, largest=3))
    return [draw(distinct(shape, np.float64))], {
        "dim": draw(some_dims(len(shape))),
        "keepdim": draw(st.booleans()),
    }


def reshape(draw):
    before, after = draw(reshapes(largest=12))
    return [draw(numbers(before, dtype=np.float64))], {"shape": after}


def permute(draw):
    shape = draw(shapes(least=1, largest=3))
    dims = tuple(d - len(shape) * draw(st.booleans()) for d in draw(st.permutations(range(len(shape)))))
    return [draw(numbers(shape, dtype=np.float64))], {"dims": dims}


def transpose(draw):
    shape = draw(shapes(least=1, largest=3))
    dims = st.integers(-len(shape), len(shape) - 1)
    return [draw(numbers(shape, dtype=np.float64))], {"dim0": draw(dims), "dim1": draw(dims)}


def getitem(draw):
    shape = draw(shapes(least=1, most=3, smallest=1, largest=3))
    index = draw(st.sampled_from([plain_indices, array_indices, masks]))(shape)
    return [draw(numbers(shape, dtype=np.float64))], {"index": draw(index)}


def along(draw):
    shape = draw(shapes(least=1, most=3, largest=3))
    dim = draw(st.integers(-len(shape), len(shape) - 1))
    return [draw(numbers(shape, dtype=np.float64))], {"dim": dim}


def gelu(draw):
    """The error function is a fit good to 6e-8, so its slopes by differences are a little off."""
    return one(draw, -4, 4)[0], {"approximate": draw(st.sampled_from(["none", "tanh"]))}


def linear(draw):
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sizes = [(*draw(shapes(most=2, largest=3)), n), (m, n), (m,)][: draw(st.integers(2, 3))]
    return [draw(numbers(s, dtype=np.float64)) for s in sizes], {}


def cross_entropy(draw):
    rows, classes = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows))
    return [draw(numbers((rows, classes), -5, 5, np.float64))], {
        "labels": np.array(labels, np.int64),
        "reduction": draw(st.sampled_from(["none", "sum"] + ["mean"] * (rows > 0))),
    }


def bce(draw):
    shape = draw(shapes(most=2, largest=3))
    return [draw(numbers(shape, -5, 5, np.float64)), draw(numbers(shape, 0, 1, np.float64))], {}


CASES = {
    **dict.fromkeys(["add", "sub", "mul", "div"], two_shapes),
    **dict.fromkeys(["neg", "abs", "exp", "relu", "sigmoid", "tanh", "erf", "softplus"], one),
    **dict.fromkeys(["log", "sqrt"], lambda draw: one(draw, 0.1, 3)),
    **dict.fromkeys(["sum", "mean", "max"], reduction),
    **dict.fromkeys(["softmax", "log_softmax"], along),
    "pow": power,
    "matmul": product,
    "reshape": reshape,
    "permute": permute,
    "transpose": transpose,
    "getitem": getitem,
}
COMPOSITES = {"gelu": gelu, "linear": linear, "cross_entropy": cross_entropy, "bce_with_logits": bce}
ALL = {**CASES, **COMPOSITES}
FOUNDATION = {None, "tinytorch.core.tensor", "tinytorch.core.autograd"}
FOUNDATION |= {f"tinytorch.nn.{name}" for name in ("activations", "layers", "losses")}
WITHOUT = {"eq", "ne", "lt", "le", "gt", "ge", "argmax"}  # whole numbers and truth values have no slope


def own(table):
    """The operations of the foundation; not those of higher tiers, nor what tests have entered (Function classes)."""
    homes = {name: {home(table[name]), home(gradients.get(name))} for name in table if name[0].islower()}
    return {name for name, found in homes.items() if found <= FOUNDATION}


def home(function):
    """The module of this house that a function comes from, or None."""
    name = str(getattr(function, "__module__", None))
    return name if name.startswith("tinytorch.") else None


def test_every_operation_is_here():
    assert own(gradients) == set(CASES)
    assert own(kernels) == set(CASES) | WITHOUT
    assert set(operation_names.values()) <= own(kernels)


def run(name, *inputs, **attributes):
    """The primitive or the composite of this name."""
    return composites[name](*inputs, **attributes) if name in COMPOSITES else apply(name, *inputs, **attributes)


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_gradients_are_those_of_finite_differences(name, data):
    arrays, attributes = ALL[name](data.draw)
    inputs = [tensor(a, dtype=np.float64) for a in arrays]
    loose = {"atol": 2e-5} if name in ("gelu", "erf") else {}
    assert gradcheck(lambda *inputs: run(name, *inputs, **attributes), inputs, **loose)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_the_type_never_changes(name, dtype, data):
    """float32 in, float32 out, forward and backward, with not one float64 array on the way; float64 stays."""
    arrays, attributes = ALL[name](data.draw)
    arrays = [a.astype(dtype) for a in arrays]
    inputs = [tensor(a, dtype=dtype, requires_grad=True) for a in arrays]
    if name in CASES:
        assert np.asarray(kernels[name](*arrays, **attributes)).dtype == dtype, "the kernel"
    out = run(name, *inputs, **attributes)
    g = np.ones(out.shape, dtype)
    for _, function in out._node.edges:
        assert np.asarray(function(g)).dtype == dtype, "a function of the table of gradients"
    out.backward(tensor(g, dtype=dtype))
    assert {t.dtype for t in (out, *(x.grad for x in inputs))} == {np.dtype(dtype)}
    assert [x.grad.shape for x in inputs] == [x.shape for x in inputs]


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_no_input_and_no_gradient_is_changed(name, data):
    """Neither the forward nor the backward function writes into an array that it was given."""
    arrays, attributes = ALL[name](data.draw)
    inputs = [tensor(a, dtype=np.float64, requires_grad=True) for a in arrays]
    out = run(name, *inputs, **attributes)
    value, g = out.data.copy(), np.random.default_rng(0).standard_normal(out.shape)
    given_gradient = tensor(g, dtype=np.float64)
    out.backward(given_gradient)
    np.testing.assert_array_equal(given_gradient.data, g)
    np.testing.assert_array_equal(out.data, value)
    for x, a in zip(inputs, arrays, strict=True):
        np.testing.assert_array_equal(x.data, a)


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_only_the_gradients_that_are_wanted_are_there(name, data):
    arrays, attributes = ALL[name](data.draw)
    wanted = [data.draw(st.booleans()) for _ in arrays]
    inputs = [tensor(a, requires_grad=w) for a, w in zip(arrays, wanted, strict=True)]
    out = run(name, *inputs, **attributes)
    assert out.requires_grad is any(wanted)
    if any(wanted):
        out.backward(tinytorch.ones_like(out))
    assert [x.grad is not None for x in inputs] == wanted


NUMBERS = {
    "x + 2": lambda x: x + 2,
    "2 - x": lambda x: 2 - x,
    "x * 3.5": lambda x: x * 3.5,
    "3 / x": lambda x: 3 / x,
    "x / 3": lambda x: x / 3,
    "x ** 2": lambda x: x**2,
    "x ** 3": lambda x: x**3,
    "x ** 0": lambda x: x**0,
    "x ** 1": lambda x: x**1,
    "x ** -1": lambda x: x**-1,
    "x ** 0.5": lambda x: x**0.5,
    "2 ** x": lambda x: 2**x,
    "x * np.float64(2)": lambda x: x * np.float64(2),
    "np.float64(2) * x": lambda x: np.float64(2) * x,
    "-x + [1, 2, 3]": lambda x: -x + [1.0, 2.0, 3.0],
    "array * x": lambda x: np.array([1.0, 2.0, 3.0], np.float32) * x,
    "array @ x": lambda x: np.array([1.0, 2.0, 3.0], np.float32) @ x,
    "np.exp(x)": lambda x: np.exp(x),
    "x.mean() * x.sum()": lambda x: x.mean() * x.sum(),
    "x.T": lambda x: x.T * x,
    "iteration": lambda x: sum(a * i for i, a in enumerate(x, 1)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_arrays_and_numpy_functions(name):
    x = Tensor([0.5, 1.25, 2.0])
    assert gradcheck(NUMBERS[name], [x])
    y = Tensor([0.5, 1.25, 2.0], requires_grad=True)
    out = NUMBERS[name](y)
    assert out.dtype == np.float32
    out.backward(tinytorch.ones_like(out))
    assert y.grad.dtype == np.float32


@pytest.mark.parametrize(
    "module", [nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.GELU(), nn.GELU("tanh"), nn.Softmax(-1)]
)
@pytest.mark.parametrize("shape", [(), (1,), (3, 4), (2, 3, 2)])
def test_modules(module, shape):
    if shape or not isinstance(module, nn.Softmax):
        rng = np.random.default_rng(1)
        check_gradients(
            f"{module!r}(x), x of shape {shape}",
            module,
            rng.uniform(0.2, 2, shape) * rng.choice([-1, 1], shape),
        )


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(reduction):
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((4, 3)), rng.random((4, 3))
    check_gradients("MSELoss", nn.MSELoss(reduction), a, b)
    check_gradients("BCEWithLogitsLoss", nn.BCEWithLogitsLoss(reduction), a, b)
    check_gradients("CrossEntropyLoss", lambda x: nn.CrossEntropyLoss(reduction)(x, [0, 2, 1, 1]), a)


@given(data=st.data())
def test_a_broadcast_is_undone(data):
    """Each number's gradient is the number of places that it was used in."""
    a, b = data.draw(pairs_of_shapes())
    x, y = (tensor(np.ones(s, np.float32), requires_grad=True) for s in (a, b))
    out = x + y
    out.sum().backward()
    for t in (x, y):
        assert t.grad.shape == t.shape
        np.testing.assert_array_equal(t.grad.data, np.full(t.shape, out.size / max(t.size, 1)))


# -- gradcheck -----------------------------------------------------------------------------------------------


class Wrong(Function):
    """x squared, with a gradient that is off by `factor`, or misses the last number."""

    def forward(ctx, a, factor=1.0, last=True):
        ctx.save_for_backward(a)
        ctx.factor, ctx.last = factor, last
        return a * a

    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        slope = 2 * a * g * ctx.factor
        if not ctx.last:
            slope[..., -1] = 0
        return slope


def test_gradcheck_accepts_what_is_right():
    assert gradcheck(Wrong.apply, [Tensor([0.5, 1.5])])


@pytest.mark.parametrize("factor", [0.5, 2.0, -1.0, 1.01, 0.0])
def test_gradcheck_finds_a_wrong_factor(factor):
    with pytest.raises(RuntimeError, match=r"input 0, index \(0,\): backward gives .*, measured 0\.12"):
        gradcheck(lambda x: Wrong.apply(x, factor=factor), [Tensor([0.5, 1.5])])


def test_gradcheck_says_where():
    with pytest.raises(RuntimeError, match=r"input 1, index \(1, 2\)"):
        gradcheck(lambda a, b: a + Wrong.apply(b, last=False)[1], [Tensor(1.0), Tensor(np.ones((2, 3)))])


def test_gradcheck_finds_a_gradient_that_is_missing():
    with pytest.raises(RuntimeError, match="backward gives 0"):
        gradcheck(lambda a, b: a * b.detach(), [Tensor([1.0]), Tensor([2.0])])


def test_gradcheck_finds_a_gradient_exchanged_between_entries():
    class Flipped(Function):
        def forward(ctx, a):
            return a * np.arange(1.0, 4.0)

        def backward(ctx, g):
            return (g * np.arange(1.0, 4.0))[::-1]

    with pytest.raises(RuntimeError, match="index"):
        gradcheck(Flipped.apply, [Tensor([1.0, 1.0, 1.0])])


def test_gradcheck_leaves_its_inputs_alone():
    x = Tensor([0.5, 1.5], requires_grad=True)
    gradcheck(lambda x: x * x, [x])
    assert x.grad is None
    np.testing.assert_array_equal(x.data, np.array([0.5, 1.5], np.float32))
