"""Activations together with the Tensor of module 01: types, shapes, edge values, bad input, and the door."""

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, observers, running, tensor
from tinytorch.nn import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.testing import check, check_raises

ALL = [ReLU(), Sigmoid(), Tanh(), GELU(), GELU("tanh"), Softmax()]
NAMES = ["relu", "sigmoid", "tanh", "gelu", "gelu", "softmax"]  # primitives, and the composite gelu
every = pytest.mark.parametrize("f", ALL, ids=repr)


@every
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0, 3), (3, 1, 2)])
def test_any_shape_gives_the_same_shape(f, shape):
    check(f"{f!r}(x).shape, x of shape {shape}", f(Tensor(np.full(shape, 0.5))).shape, shape)


@every
def test_float32_stays_float32_and_float64_stays_float64(f):
    values = np.linspace(-3, 3, 8)
    for dtype in (np.float32, np.float64):
        got = f(tensor(values, dtype=dtype)).dtype
        check(f"the dtype of {f!r}(x), x of {np.dtype(dtype).name}", got, np.dtype(dtype))


@every
def test_lists_arrays_and_whole_numbers_are_taken(f):
    want = f(Tensor([-1.0, 0.0, 2.0]))
    check(f"{f!r}([-1.0, 0.0, 2.0])", f([-1.0, 0.0, 2.0]), want)
    check(f"{f!r}(np.array([-1.0, 0.0, 2.0]))", f(np.array([-1.0, 0.0, 2.0])), want)
    check(f"{f!r}(tensor([-1, 0, 2]))", f(tensor([-1, 0, 2])).data.astype(np.float32), want.data)


@every
def test_nan_stays_visible(f):
    got = np.isnan(f(Tensor([1.0, np.nan])).data).any()
    check(f"{f!r}(Tensor([1, nan])) has a nan", bool(got), True)


@every
def test_the_input_is_not_changed(f):
    x = Tensor([[-2.0, 3.0], [0.5, -1.0]])
    f(x)
    check(f"x after {f!r}(x)", x, Tensor([[-2.0, 3.0], [0.5, -1.0]]))


@pytest.mark.parametrize(("f", "name"), list(zip(ALL, NAMES, strict=True)), ids=repr)
def test_the_door_sees_one_name(f, name):
    seen = set()
    observers.append(lambda name, *rest: seen.add(running[0] if running else name))
    try:
        f(Tensor([1.0, 2.0]))
    finally:
        observers.pop()
    check(f"the operations seen in {f!r}(x), a composite by its name", seen, {name})


def test_a_transposed_view():
    a = np.arange(-6, 6, dtype=np.float32).reshape(3, 4)
    check("ReLU()(x.T)", ReLU()(Tensor(a).T), Tensor(np.maximum(a.T, 0)))
    check("Softmax(dim=0)(x.T)", Softmax(dim=0)(Tensor(a).T), Tensor(Softmax(dim=1)(Tensor(a)).data.T))


def test_sigmoid_and_tanh_are_the_same_step():
    x = Tensor(np.linspace(-4, 4, 33))
    check("2 sigmoid(2 x) - 1", Sigmoid()(x * 2) * 2 - 1, Tanh()(x), tolerance=1e-6)


def test_the_two_forms_of_gelu_are_near():
    x = Tensor(np.linspace(-6, 6, 121))
    check('GELU("tanh")(x)', GELU("tanh")(x), GELU()(x), tolerance=5e-4)
    difference = float(abs(GELU("tanh")(x) - GELU()(x)).max())
    check("the two forms are the same function", difference < 1e-6, False)


def test_gelu_is_within_float32_of_the_truth():
    from math import erf, sqrt

    values = np.linspace(-6, 6, 241, dtype=np.float32)
    want = np.array([v * 0.5 * (1 + erf(v / sqrt(2))) for v in values.astype(float)])
    check("GELU()(x) for 241 x from -6 to 6", GELU()(Tensor(values)), want.astype(np.float32), tolerance=1e-6)


def test_softmax_sees_only_differences():
    a = np.random.default_rng(4).standard_normal((5, 7)).astype(np.float32)
    check("Softmax()(x + 500)", Softmax()(Tensor(a) + 512.0), Softmax()(Tensor(a)), tolerance=1e-4)


def test_softmax_gives_nothing_to_what_is_ruled_out():
    x = Tensor([[0.0, -np.inf, 0.0], [-np.inf, -np.inf, 3.0]])
    check("Softmax()(x) with scores of -inf", Softmax()(x), Tensor([[0.5, 0, 0.5], [0, 0, 1]]))


def test_a_dim_that_is_not_there():
    x = Tensor(np.ones((2, 3)))
    check_raises(
        "Softmax(dim=2)(x), x of shape (2, 3)", lambda: Softmax(2)(x), ValueError, "(2, 3)", "axis 2"
    )


def test_an_unknown_form_of_gelu():
    check("GELU()([1.0])", GELU()([1.0]), Tensor([0.84134475]))
    check_raises('GELU("fast")', lambda: GELU("fast"), ValueError, "fast", "none", "tanh")


def test_text_is_refused():
    check("ReLU()([1.0])", ReLU()([1.0]), Tensor([1.0]))
    check_raises('ReLU()(["a"])', lambda: ReLU()(["a"]), TypeError, "numbers")
