"""Edge values and types: 0-d, empty, one element, 1e30, 1e-30, inf and nan pass through as PyTorch's do."""

import warnings

import numpy as np
import pytest
import torch
from generated import numbers, pairs_of_shapes, shapes, specials
from hypothesis import given
from hypothesis import strategies as st
from oracle import agree, close, our_tensor, their_tensor

import tinytorch
from tinytorch import Tensor, nn

# What overflows, or is not defined, may say so as NumPy does; the values are what counts here.


def quiet():
    return np.errstate(all="ignore")


BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "ge": lambda a, b: a >= b,
}
UNARY = {
    "neg": lambda a: -a,
    "abs": lambda a: a.abs(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "sqrt": lambda a: a.sqrt(),
    "square": lambda a: a**2,
    "cube": lambda a: a**3,
    "to the -1": lambda a: a**-1,
    "to the 0": lambda a: a**0,
    "to the 0.5": lambda a: a**0.5,
    "sum": lambda a: a.sum(),
    "mean": lambda a: a.mean(),
    "sum of rows": lambda a: a.sum(dim=-1) if a.ndim else a.sum(),
}
STABLE = {
    "ReLU": ((), {}),
    "Sigmoid": ((), {}),
    "Tanh": ((), {}),
    "GELU": ((), {}),
    "GELU tanh": ((), {"approximate": "tanh"}),
    "Softmax": ((-1,), {}),
}


def layer(library, name):
    arguments, options = STABLE[name]
    return getattr(library, name.split()[0])(*arguments, **options)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_special_values_through_arithmetic(name, data):
    a, b = data.draw(pairs_of_shapes())
    with quiet():
        agree(BINARY[name], data.draw(specials(a)), data.draw(specials(b)))


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_special_values_through_functions(name, data):
    """Left out is what differs on purpose or by rounding: the slope of abs at nan (theirs 0, ours nan), sums
    in which 1e30 and -1e30 cancel, so that the order of adding decides, and the roots of -0 and of minus
    infinity, for which their power has a case of its own."""
    a = data.draw(specials(data.draw(shapes(smallest=1))))
    a[np.isnan(a)] = np.nan if name != "abs" else 0
    a[a == np.float32(-1e30)] = 1e30 if "sum" in name or name == "mean" else -1e30
    if name == "to the 0.5":
        a = np.where(np.signbit(a), 0, a).astype(np.float32)
    with quiet():
        agree(UNARY[name], a)


@given(data=st.data())
def test_special_values_through_max(data):
    a = data.draw(specials(data.draw(shapes(least=1, smallest=1))))
    with quiet():
        agree(lambda a: a.max(dim=0), a, theirs=lambda a: a.amax(dim=0), gradients=False)
        agree(lambda a: a.argmax(dim=0), a, gradients=False)


@given(data=st.data())
def test_special_values_through_products(data):
    """One row and one column: in a longer sum the order of adding decides between inf and nan."""
    a, b = data.draw(specials((3, 1))), data.draw(specials((1, 2)))
    with quiet():
        agree(lambda a, b: a @ b, a, b, gradients=False)


@pytest.mark.parametrize("name", STABLE)
@given(data=st.data())
def test_special_values_through_activations(name, data):
    a = data.draw(specials(data.draw(shapes(least=1, smallest=1))))
    if name.startswith("GELU"):
        a[np.isinf(a)] = 0  # theirs is inf for one number and nan for several; see the next test
    with quiet():
        agree(layer(nn, name), a, theirs=layer(torch.nn, name), gradients=False)


@pytest.mark.parametrize("name", [n for n in STABLE if n != "Softmax"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e30, -1e30, 88.0, -104.0, 1e-30, 0.0, -0.0])
def test_one_special_value_and_its_gradient(name, value):
    """Where PyTorch's own slope of GELU is nan, far out, ours may be the limit."""
    a = np.array([value], np.float32)
    far_out = name.startswith("GELU") and not abs(value) < 1e10
    with quiet():
        agree(layer(nn, name), a, theirs=layer(torch.nn, name), gradients=not far_out)


@pytest.mark.parametrize("name", STABLE)
@pytest.mark.parametrize("size", [1.0, 88.0, 1e4, 1e30])
def test_stable_forms_are_silent(name, size):
    """Neither forward nor backward warns, however large the finite numbers are: warnings are errors here."""
    a = np.array([[1.0, -1.0, 0.0, 0.5], [-1.0, -1.0, -0.2, -0.9]], np.float32) * np.float32(size)
    theirs_is_nan = name == "GELU tanh" and size == 1e30
    agree(layer(nn, name), a, theirs=layer(torch.nn, name), atol=1e-6, gradients=not theirs_is_nan)
    x = our_tensor(a)
    layer(nn, name)(x).sum().backward()
    assert np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("size", [1.0, 88.0, 1e4, 1e30])
def test_stable_losses_are_silent(size):
    logits = np.array([[1.0, -1.0, 0.0], [-1.0, -0.9, -0.2]], np.float32) * np.float32(size)
    labels = np.array([2, 0])
    agree(lambda a: nn.CrossEntropyLoss()(a, labels), logits, theirs=lambda a: torch_ce(a, labels))
    targets = np.array([[0.0, 1.0, 1.0], [0.3, 0.0, 1.0]], np.float32)
    agree(nn.BCEWithLogitsLoss(), logits, targets, theirs=torch.nn.BCEWithLogitsLoss())
    agree(nn.log_softmax, logits, theirs=lambda a: torch.log_softmax(a, -1))


def torch_ce(logits, labels, **options):
    return torch.nn.functional.cross_entropy(logits, torch.tensor(labels), **options)


@given(data=st.data())
def test_special_values_through_losses(data):
    logits, labels = data.draw(specials((3, 4))), np.array([0, 3, 1])
    with quiet():
        loss = lambda a: nn.CrossEntropyLoss(reduction="none")(a, labels)  # noqa: E731
        agree(loss, logits, theirs=lambda a: torch_ce(a, labels, reduction="none"), gradients=False)
        agree(nn.log_softmax, logits, theirs=lambda a: torch.log_softmax(a, -1), gradients=False)
        ours, theirs = nn.MSELoss(reduction="none"), torch.nn.MSELoss(reduction="none")
        agree(ours, logits, data.draw(specials((3, 4))), theirs=theirs)


@pytest.mark.parametrize("logit", [np.inf, -np.inf, np.nan, 1e30, -1e30])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_special_logits_through_bce(logit, target):
    """For minus infinity and target 1 theirs is nan, by 0 * inf; ours may be the limit, which is inf."""
    ours, theirs = nn.BCEWithLogitsLoss(), torch.nn.BCEWithLogitsLoss()
    with quiet():
        a, b = np.array([logit], np.float32), np.array([target], np.float32)
        if (logit, target) == (-np.inf, 1.0):
            assert not np.isfinite(ours(our_tensor(a), our_tensor(b)).item())
        else:
            agree(ours, a, b, theirs=theirs, gradients=False)


# -- empty, 0-d, one element ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0), (2, 0, 3)])
def test_empty(shape):
    a = np.zeros(shape, np.float32)
    for function in [
        lambda a: a.exp() * 2 + a,
        lambda a: a.sum(),
        lambda a: a.sum(dim=0),
        lambda a: a.reshape(-1),
    ]:
        agree(function, a)
    for name in STABLE:
        agree(layer(nn, name), a, theirs=layer(torch.nn, name))


def test_empty_product():
    agree(lambda a, b: a @ b, np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32))
    agree(lambda a, b: a @ b, np.zeros((0, 2), np.float32), np.ones((2, 3), np.float32))
    agree(lambda a, b: a @ b, np.zeros(0, np.float32), np.zeros(0, np.float32))


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_of_nothing(shape, reduction):
    """A mean of nothing is nan, a sum is 0, and neither is an error."""
    a, b = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    with quiet():
        agree(nn.MSELoss(reduction), a, b, theirs=torch.nn.MSELoss(reduction=reduction))
        agree(nn.BCEWithLogitsLoss(reduction), a, b, theirs=torch.nn.BCEWithLogitsLoss(reduction=reduction))
        if len(shape) == 2:
            labels = np.zeros(0, np.int64)
            ours, theirs = nn.CrossEntropyLoss(reduction), torch.nn.CrossEntropyLoss(reduction=reduction)
            agree(lambda a: ours(a, labels), a, theirs=lambda a: theirs(a, torch.tensor(labels)))


def test_mean_of_nothing_is_nan():
    with quiet():
        agree(lambda a: a.mean(), np.zeros((0, 3), np.float32))
        agree(lambda a: a.mean(dim=0), np.zeros((0, 3), np.float32))


def test_linear_of_no_rows():
    ours, theirs = twin_linear(4, 3)
    for shape in [(0, 4), (2, 0, 4)]:
        agree(ours, np.zeros(shape, np.float32), theirs=theirs)


def twin_linear(n, m):
    ours, theirs = nn.Linear(n, m), torch.nn.Linear(n, m)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_number(shape):
    a = np.full(shape, 0.75, np.float32)
    agree(lambda a: (a * a + a.exp() / 2).sum(), a)
    agree(lambda a: a.max(), a)
    x, y = our_tensor(a), their_tensor(a)
    assert x.item() == y.item()
    assert float(x) == float(y.detach())
    assert int(x * 4) == int(y.detach() * 4) == 3
    assert bool(x > 0.5) is bool(y > 0.5) is True
    x.backward()
    y.backward()
    close(x.grad, y.grad)


def test_log_and_division_at_zero():
    a = np.array([0.0, -1.0], np.float32)
    with quiet():
        for function in [
            lambda a: a.log(),
            lambda a: 1 / a,
            lambda a: a.sqrt(),
            lambda a: a**-2,
            lambda a: a / a,
        ]:
            agree(function, a)


@pytest.mark.parametrize("exponent", [0, 0.0, 1, 2, 3, 0.5, 1.5, -1, -0.5, 10])
def test_powers_of_zero(exponent):
    with quiet():
        agree(lambda a: a**exponent, np.array([0.0, 2.0], np.float32))


def test_powers_of_zero_by_tensors():
    with quiet():
        agree(lambda a, b: a**b, np.zeros(3, np.float32), np.array([0.0, 1.0, 2.0], np.float32))
        agree(lambda b: 0**b, np.array([0.0, 1.0, 2.0], np.float32))


def test_slopes_at_the_kinks():
    a = np.array([-1.0, 0.0, 1.0], np.float32)
    agree(lambda a: a.abs(), a)
    agree(nn.ReLU(), a, theirs=torch.relu)


# -- types ---------------------------------------------------------------------------------------------------

KINDS = [np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_]


def of_kind(kind, shape=(2, 3)):
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape).astype(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_types_with_themselves(kind):
    a = of_kind(kind)
    for function in [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a == b]:
        agree(function, a, a)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["exp", "log", "sqrt"])
def test_functions_of_each_type(kind, name):
    agree(lambda a: getattr(a, name)(), of_kind(kind))


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.bool_])
@pytest.mark.parametrize("name", ["Sigmoid", "Tanh"])
def test_activations_of_each_type(kind, name):
    agree(layer(nn, name), of_kind(kind), theirs=layer(torch.nn, name))


@pytest.mark.parametrize("kind", KINDS)
def test_reductions_of_each_type(kind):
    a = of_kind(kind)
    agree(lambda a: a.sum(), a)
    agree(lambda a: a.sum(dim=1), a)
    agree(lambda a: a.max(), a, theirs=lambda a: a.amax(), gradients=False)
    if kind != np.bool_:
        agree(lambda a: a.argmax(dim=1), a)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.int32])
def test_numbers_with_each_type(kind):
    a = of_kind(kind)
    for function in [
        lambda a: a + 1,
        lambda a: a * 2.5,
        lambda a: a / 2,
        lambda a: 1 / a,
        lambda a: a - 0.5,
        lambda a: a**2,
        lambda a: a > 2,
        lambda a: 7 - a,
    ]:
        agree(function, a)


@pytest.mark.parametrize("other", [np.int64, np.int32, np.uint8, np.bool_])
def test_float32_with_each_type(other):
    for function in [
        lambda a, b: a + b,
        lambda a, b: a * b,
        lambda a, b: b + a,
        lambda a, b: a / b,
        lambda a, b: a > b,
    ]:
        agree(function, of_kind(np.float32), of_kind(other))


@given(data=st.data())
def test_float64_stays(data):
    a, b = data.draw(pairs_of_shapes(smallest=1))
    x, y = data.draw(numbers(a, dtype=np.float64)), data.draw(numbers(b, dtype=np.float64))
    agree(lambda a, b: ((a * b + 2).abs() + 0.5).log().mean() / 3 - a.sum(), x, y)


def test_mixed_floats():
    """One input of 8-byte numbers makes the result one; each gradient has its own input's type."""
    agree(lambda a, b: a * b + a, np.ones((2, 3), np.float32), np.full((3,), 2, np.float64))
    a, b = our_tensor(np.ones((2, 3), np.float32)), our_tensor(np.ones((3, 2)))
    product = a @ b  # PyTorch refuses this one
    product.sum().backward()
    assert [t.dtype for t in (product, a.grad, b.grad)] == [np.float64, np.float32, np.float64]


def test_python_and_numpy_numbers_do_not_widen():
    x = Tensor([1.0, 2.0])
    for y in [
        x * 0.1,
        x + 1,
        x / 3,
        x**2.0,
        x * np.float64(0.1),
        x - np.float32(1),
        1 / x,
        np.float64(2) * x,
        x * True,
    ]:
        assert y.dtype == np.float32, y


def test_what_tensor_makes_of_types():
    """Integers and truth values stay; floats are float32 unless another type is asked for."""
    for data in ([1, 2], [True, False], [1.5, 2.0], 3, 3.5, True, [[1, 2], [3, 4]], []):
        close(tinytorch.tensor(data), torch.tensor(data))
    for data in (np.ones(2, np.uint8), np.ones(2, np.int32), np.ones(2, bool)):
        close(tinytorch.tensor(data), torch.tensor(data))
    assert tinytorch.tensor(np.ones(2)).dtype == np.float32
    assert tinytorch.tensor([1, 2], dtype=np.float32).dtype == np.float32
    assert tinytorch.tensor([1.0], dtype=np.float64).dtype == np.float64


# -- indices, where NumPy and PyTorch have different habits --------------------------------------------------


def test_a_tensor_of_one_number_is_an_index_like_a_number():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    agree(lambda a: a[Tensor(1)], a, theirs=lambda a: a[torch.tensor(1)])
    agree(lambda a: a[:, our_tensor(np.array(2))], a, theirs=lambda a: a[:, torch.tensor(2)])


def test_a_number_beside_an_array_as_index():
    a, rows = np.arange(24, dtype=np.float32).reshape(2, 3, 4), [0, 2]
    agree(lambda a: a[0, rows], a)
    agree(lambda a: a[:, 1, [3, 0]], a)
    agree(lambda a: a[1, 2, [3, 0]], a)


def test_a_number_and_an_array_with_a_slice_between():
    """The one place where indices follow NumPy and not PyTorch, which takes the number first."""
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    agree(lambda a: a[0, :, [1, 3]], a, theirs=lambda a: a[0, :, [1, 3]].T)


@pytest.mark.parametrize("flag", [True, False])
def test_a_truth_value_as_index(flag):
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    agree(lambda a: a[flag], a)


def test_an_empty_list_as_index():
    nothing, a = np.array([], np.int64), np.ones((2, 3), np.float32)
    agree(lambda a: a[nothing], a, theirs=lambda a: a[torch.tensor(nothing)])


# -- views ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.reshape(3, 4, 2),
        lambda a: a.permute(2, 0, 1),
        lambda a: a.transpose(0, 2),
        lambda a: a.T if isinstance(a, Tensor) else a.permute(2, 1, 0),
        lambda a: a[1],
        lambda a: a[:, 1:, ::2],
        lambda a: a[..., None, 0],
        lambda a: a.detach(),
    ],
)
def test_views_see_changes_of_what_they_view(view):
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    x, y = Tensor(a), torch.tensor(a)
    seen_x, seen_y = view(x), view(y)
    x.data[1, 1, 2] = 99
    y[1, 1, 2] = 99
    close(seen_x, seen_y)
    x -= 5
    y -= 5
    close(seen_x, seen_y)


def test_in_place_arithmetic_on_a_view():
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    x, y = Tensor(a), torch.tensor(a)
    row_x, row_y = x[0], y[0]
    row_x *= 10
    row_y *= 10
    close(x, y)


def test_no_warning_is_left_over():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(lambda a: (a * 1e-30).exp().sum(), np.array([1e30, 1e-30, 0.0], np.float32))
