"""Module 01 as the other modules use it: types, views, the door, and what is refused."""

import warnings

import numpy as np
import pytest

from tinytorch.core.tensor import (
    Tensor,
    apply,
    arange,
    kernels,
    manual_seed,
    matmul_explicit,
    observers,
    ones,
    ones_like,
    peak_memory,
    randn,
    tensor,
    whole_numbers,
    zeros,
    zeros_like,
)
from tinytorch.testing import check, check_raises, check_true


@pytest.mark.parametrize(
    "name", ["add", "sub", "mul", "div", "pow", "eq", "ne", "lt", "le", "gt", "ge", "matmul"]
)
def test_results_are_float32_or_truth_values(name):
    a = Tensor([[1.0, 2.0], [3.0, 4.0]])
    kind = apply(name, a, np.ones((2, 2))).dtype.kind
    check_true(f"apply({name!r}, x, np.ones((2, 2))) is float32 or bool", kind in "fb")
    check(
        f"the bytes of one number of apply({name!r}, x, x)", apply(name, a, a).dtype.itemsize in (1, 4), True
    )


def test_integers_divide_to_float32():
    check("(tensor([1, 2]) / 2).dtype", (tensor([1, 2]) / 2).dtype, np.dtype(np.float32))
    check("(tensor([1, 2]) * 0.5).dtype", (tensor([1, 2]) * 0.5).dtype, np.dtype(np.float32))
    check("(tensor([1, 2]) + 1).dtype", (tensor([1, 2]) + 1).dtype, np.dtype(np.int64))


def test_float64_stays_if_it_was_asked_for():
    wide = tensor([1.0, 2.0], dtype=np.float64)
    check("(wide * 2).dtype", (wide * 2).dtype, np.dtype(np.float64))
    check("wide.exp().mean().dtype", wide.exp().mean().dtype, np.dtype(np.float64))


def test_a_result_of_one_number_is_an_array():
    x = Tensor([1.0, 2.0])
    for call, result in [("x.sum()", x.sum()), ("x[0]", x[0]), ("x @ x", x @ x), ("x.max()", x.max())]:
        check(f"type({call}.data)", type(result.data) is np.ndarray, True)
        check(f"{call}.shape", result.shape, ())


def test_arrays_on_the_left():
    x = Tensor([1.0, 2.0])
    check("np.array([10, 20]) - x", np.array([10.0, 20.0]) - x, np.array([9.0, 18.0], np.float32))
    check_true("np.ones(2) * x is a Tensor", isinstance(np.ones(2) * x, Tensor))
    check("np.ones((2, 2)) @ x", np.ones((2, 2)) @ x, np.array([3.0, 3.0], np.float32))
    check("np.exp(x)", np.exp(x), np.exp(np.array([1.0, 2.0], np.float32)))
    check_raises("np.sin(x)", lambda: np.sin(x), TypeError, "np.sin")


def test_data_is_updated_in_place():
    x = Tensor([1.0, 2.0])
    array = x.data
    x.data -= Tensor([0.5, 0.5])
    check("x after x.data -= Tensor([0.5, 0.5])", x, np.array([0.5, 1.5], np.float32))
    x += 1
    check("x after x += 1", x, np.array([1.5, 2.5], np.float32))
    check_true("both changed the array that x had", x.data is array)


def test_an_update_that_does_not_fit_changes_nothing():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="3"):
        x += Tensor([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="broadcast"):
        x += ones(3, 2)
    check("x afterwards", x, np.array([1.0, 2.0], np.float32))


def test_numpy_words_are_taken():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    check("x.sum(axis=1, keepdims=True)", x.sum(axis=1, keepdims=True), np.array([[3.0], [12.0]], np.float32))
    check("x.max(axis=0)", x.max(axis=0), np.array([3.0, 4.0, 5.0], np.float32))
    check("x.mean([0, 1])", x.mean([0, 1]), np.float32(2.5))
    check("x.argmax(dim=1)", x.argmax(dim=1), np.array([2, 2]))


def test_indexing_with_tensors():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    check("x[tensor([1, 0])]", x[tensor([1, 0])], np.array([[3.0, 4.0], [1.0, 2.0]], np.float32))
    check("x[Tensor([1.0])]", x[Tensor([1.0])], np.array([[3.0, 4.0]], np.float32))
    check("x[x > 2]", x[x > 2], np.array([3.0, 4.0], np.float32))
    check_raises("x[Tensor([0.5])]", lambda: x[Tensor([0.5])], ValueError, "0.5", "whole")
    check_raises("x[5]", lambda: x[5], IndexError, "5")


def test_creation_likes():
    x = tensor([[1, 2]])
    check("zeros_like(x)", zeros_like(x), np.zeros((1, 2), np.int64))
    check("ones_like(randn(2))", ones_like(randn(2)), np.ones(2, np.float32))
    check("arange(3).dtype", arange(3).dtype, np.dtype(np.int64))
    check("arange(0, 1, 0.5)", arange(0, 1, 0.5), np.array([0.0, 0.5], np.float32))


def test_conversions():
    x = Tensor([[2.5]])
    check(
        "(float(x), int(x), bool(x), x.item(), len(x))",
        (float(x), int(x), bool(x), x.item(), len(x)),
        (2.5, 2, True, 2.5, 1),
    )
    check("[float(row) for row in Tensor([1, 2])]", [float(row) for row in Tensor([1, 2])], [1.0, 2.0])
    check("np.asarray(x)", np.asarray(x), np.array([[2.5]], np.float32))
    check("repr(Tensor([1, 2]))", repr(Tensor([1, 2])), "Tensor([1., 2.])")


def test_empty_and_special_numbers_pass_through():
    check("Tensor([]).sum()", Tensor([]).sum(), np.float32(0))
    check(
        "(Tensor(np.zeros((0, 3))) @ zeros(3, 2)).shape",
        (Tensor(np.zeros((0, 3))) @ zeros(3, 2)).shape,
        (0, 2),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got, large = Tensor([1.0, -1.0, 0.0]) / 0, Tensor([1e38]) * 10
    check("Tensor([1, -1, 0]) / 0", got, np.array([np.inf, -np.inf, np.nan], np.float32))
    check("Tensor([1e38]) * 10, which float32 cannot hold", large, np.array([np.inf], np.float32))


def test_what_is_refused():
    check_raises("Tensor([[1, 2], [3]])", lambda: Tensor([[1, 2], [3]]), ValueError, "length")
    check_raises("Tensor('abc')", lambda: Tensor("abc"), TypeError, "str")
    check_raises("Tensor(None)", lambda: Tensor(None), TypeError, "NoneType")
    check_raises("Tensor([1, None])", lambda: Tensor([1, None]), TypeError)
    check_raises("Tensor([1]) + 'a'", lambda: Tensor([1]) + "a", TypeError)
    check_raises("Tensor([1, 2]).item()", lambda: Tensor([1, 2]).item(), ValueError, "(2,)")
    check_raises("bool(Tensor([1, 2]))", lambda: bool(Tensor([1, 2])), ValueError, "(2,)")
    check_raises("len(Tensor(1))", lambda: len(Tensor(1)), TypeError)
    check_raises("Tensor([]).max()", lambda: Tensor([]).max(), ValueError, "max", "(0,)")
    check_raises("Tensor([1]).sum(3)", lambda: Tensor([1]).sum(3), IndexError, "3")
    check_raises(
        "tensor([1, 2], requires_grad=True)", lambda: tensor([1, 2], requires_grad=True), RuntimeError
    )
    check_raises(
        "whole_numbers([0.5], 'label')", lambda: whole_numbers([0.5], "label"), ValueError, "label", "0.5"
    )
    check_raises(
        "whole_numbers([3], 'label', 3)", lambda: whole_numbers([3], "label", 3), ValueError, "label 3"
    )
    check_raises(
        "whole_numbers([np.nan], 'label')", lambda: whole_numbers([np.nan], "label"), ValueError, "nan"
    )


def test_a_product_of_1000_peaks_at_12_megabytes():
    check_true(
        "ones @ ones of 1000 x 1000 peaks at 12 MB",
        12e6 <= peak_memory(lambda: ones(1000, 1000) @ ones(1000, 1000)) < 12.1e6,
    )


def test_every_operation_comes_through_the_door():
    x, before = Tensor([[1.0, 2.0]]), dict(kernels)
    try:
        for name in kernels:
            kernels[name] = lambda *arrays, **attributes: np.float32(42)
        results = [
            x + 1,
            x @ x.T,
            x.sum(),
            x.mean(),
            x[0],
            x.reshape(2),
            x.T,
            x.exp(),
            -x,
            x**2,
            abs(x),
            x == x,
        ]
    finally:
        kernels.update(before)
    check(
        "every result when all kernels are exchanged for one that gives 42",
        [r.item() for r in results],
        [42.0] * 12,
    )


def test_explicit_and_fast_products_agree():
    a, b = randn(7, 5), randn(5, 3)
    check("matmul_explicit(a, b)", matmul_explicit(a, b), (a @ b).data)


def test_observers_hear_what_was_given_and_what_is_returned():
    heard, x = [], Tensor([1.0, 2.0])

    def observe(*facts):
        heard.append(facts)

    observers.append(observe)
    try:
        y = apply("add", x, 3)
    finally:
        observers.remove(observe)
    check("how often an observer is called for one operation", len(heard), 1)
    name, inputs, arrays, _, result = heard[0]
    check("the name", name, "add")
    check_true("the inputs are those of the caller: the Tensor itself, and 3", inputs[0] is x and inputs[1] == 3)
    check_true("the first array is that of x", arrays[0] is x.data)
    check_true("the result is the very Tensor that apply returns", result is y)


def test_the_bytes_of_other_types():
    check("tensor([1, 2, 3]).memory_footprint(), of 8 bytes each", tensor([1, 2, 3]).memory_footprint(), 24)
    check("(Tensor([1, 2, 3]) > 1).memory_footprint()", (Tensor([1, 2, 3]) > 1).memory_footprint(), 3)


def test_randn_is_normal():
    manual_seed(5)
    values = np.abs(randn(100, 100).data)
    check("the fraction of 10,000 numbers between -1 and 1", float((values < 1).mean()), 0.683, tolerance=0.02)
    check("the fraction beyond -2 and 2", float((values > 2).mean()), 0.0455, tolerance=0.01)
