"""Every failed check says what was called, what was wanted, what came, and why."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinytorch.testing import check, check_gradients, check_raises, check_true

A = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
V = np.array([0.5, -1.5, 2.5, 4.0], np.float32)
W = np.array([-15481, 3346, 23889, 13607], np.int32)


class Tensor:
    """As little as a check needs: the learner's class may be no better, and may be worse."""

    def __init__(self, data, requires_grad=False, back=None, inputs=()):
        self.data = np.asarray(data) if not isinstance(data, (Tensor, list)) else data
        self.requires_grad = requires_grad
        self.grad = None
        self.back, self.inputs = back, inputs

    def backward(self, gradient=None):
        if self.back is None:
            return
        g = np.ones_like(self.data) if gradient is None else gradient.data
        for x, gx in zip(self.inputs, self.back(g), strict=True):
            if gx is not None:
                x.grad = gx if not isinstance(gx, np.ndarray) else Tensor(gx)


def tensor(data, dtype=None):
    return Tensor(np.asarray(data, dtype))


def operation(forward, *backwards):
    """f(*tensors) with one gradient function of (g, *arrays) for each input; None gives no gradient."""

    def function(*inputs):
        arrays = [getattr(x, "data", x) if isinstance(x, Tensor) else x for x in inputs]

        def back(g):
            return [b(g, *arrays) if b is not None else None for b in backwards]

        return Tensor(forward(*arrays), True, back, inputs[: len(backwards)])

    return function


def message(function, *arguments, **options):
    with pytest.raises(AssertionError) as caught:
        function(*arguments, **options)
    return str(caught.value)


def why(got, want, call="f(x)", **options):
    text = message(check, call, got, want, **options)
    return text.rsplit("why:", 1)[1].strip() if "why:" in text else ""


# -- what passes


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (Tensor(A), A),
        (Tensor(A), Tensor(A)),
        (Tensor(A), A.tolist()),
        (Tensor(A), A.astype(np.float64)),  # NumPy's own choice of dtype is no demand
        (A, A),
        (A.astype(np.float64), A.tolist()),
        (Tensor(np.float32(3)), 3.0),
        (Tensor(np.array([1, 2])), [1, 2]),
        (Tensor(np.array([True, False])), [True, False]),
        (3.0000001, 3.0),
        (np.float32(7.5), np.float32(7.5)),
        (np.array([np.nan, np.inf], np.float32), np.array([np.nan, np.inf], np.float32)),
        (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)),
        ((2, 3), (2, 3)),
        ((), ()),
        ([Tensor(A), Tensor(V)], [A, V]),
        ({"weight": Tensor(A)}, {"weight": A}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ("Tensor([1.])", "Tensor([1.])"),
        (None, None),
        (np.dtype("float32"), np.float32),
        (np.True_, True),
        (int, int),
        (lambda: Tensor(A), A),
    ],
)
def test_passes(got, want):
    check("f(x)", got, want)


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_every_array_is_itself(array):
    check("f(x)", Tensor(array), array)
    check("f(x)", array.copy(), Tensor(array).data)


@given(
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.floats(-9, 9, width=32)
    ),
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.floats(-9, 9, width=32)
    ),
)
def test_passes_exactly_where_the_values_agree(got, want):
    if got.shape == want.shape and np.allclose(got, want, 1e-5, 1e-5):
        check("f(x)", got, want)
    else:
        text = message(check, "f(x)", got, want)
        assert text.startswith("f(x)\n  wanted  ")
        assert "\n  got     " in text


@given(hnp.arrays(np.float32, (2, 3)), st.integers(0, 5))
def test_special_values_are_compared_and_told(array, at):
    other = array.copy()
    other.flat[at] = np.nan if np.isfinite(array.flat[at]) else 1.0
    assert "[" in message(check, "f(x)", other, array)


# -- the whole of a message


def test_a_whole_message():
    assert message(check, "x @ w", Tensor(A.T), Tensor(A)) == (
        "x @ w\n"
        "  wanted  Tensor, shape (2, 3), float32\n"
        "          [[1. 2. 3.]\n"
        "           [4. 5. 6.]]\n"
        "  got     Tensor, shape (3, 2), float32\n"
        "          [[1. 4.]\n"
        "           [2. 5.]\n"
        "           [3. 6.]]\n"
        "  why:    transposed: the values are right, but rows and columns are exchanged"
    )


def test_the_first_difference_is_named():
    got = A.copy()
    got[1, 1:] = 9, 11
    assert "\n  first   difference at [1, 1]: wanted 5.0, got 9.0" in message(check, "f(x)", got, A)


def test_numbers_and_shapes_stay_on_their_line():
    assert message(check, "x.ndim", 3, 2) == "x.ndim\n  wanted  2\n  got     3"
    assert message(check, "x.shape", (3, 2), (2, 3)) == (
        "x.shape\n"
        "  wanted  (2, 3)\n"
        "  got     (3, 2)\n"
        "  why:    the right numbers in reverse order: transposed"
    )


def test_large_arrays_are_cut_short():
    text = message(check, "f(x)", np.zeros((500, 500), np.float32), np.ones((500, 500), np.float32))
    assert len(text.splitlines()) < 30
    assert max(map(len, text.splitlines())) < 120


def test_parts_are_named():
    text = message(check, "state()", {"w": A, "b": [V, V]}, {"w": A, "b": [V, -V]})
    assert text.startswith("state(), part ['b'][1]\n")


# -- why: the kind of thing


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (None, A, "is a `return` missing?"),
        (None, "text", "is a `return` missing?"),
        (None, (2, 3), "is a `return` missing?"),
        (A, Tensor(A), "a NumPy array where a Tensor belongs"),
        (np.float32(1), Tensor(np.float32(1)), "a NumPy number (float32) where a Tensor belongs"),
        (1.0, Tensor(np.float32(1)), "a float where a Tensor belongs"),
        (A.tolist(), Tensor(A), "a list where a Tensor belongs"),
        (A.tolist(), A, "a list where an array or a Tensor belongs"),
        ("6", 6, "a str where numbers belong"),
        (Tensor(Tensor(A)), A, "a Tensor inside the Tensor's .data"),
        (Tensor([1.0]), [1.0], "the Tensor's .data is a list"),
        (Tensor(np.array([None])), [1.0], "holds Python objects"),
        (Tensor(A).backward, A, "`backward` itself came back"),
        (len, 3, "`len` itself came back"),
        (Tensor, A, "`Tensor` itself came back"),
        ((x for x in A), A, "a generator"),
        (NotImplemented, A, "not defined for these two"),
        ([2, 3], (2, 3), "a list where a tuple belongs"),
        (Tensor(A), (2, 3), "a Tensor where a tuple belongs"),
        ((2,), (2, 3), "1 part came, wanted 2"),
        ((3, 1, 2), (1, 2, 3), "in another order"),
        ({"w": 1}, {"w": 1, "b": 2}, "missing: b"),
        ({"w": 1, "c": 2}, {"w": 1}, "not wanted: c"),
        (["w"], ["w", "b"], "missing: b"),
        (["w", "c"], ["w"], "not wanted: c"),
        ([A], [A, A], "1 part came, wanted 2"),
        ("Tensor([1.0])", "Tensor([1.])", "from character 10 on"),
        (3, "text", "an int where a str belongs"),
        (3, None, "an int where None belongs"),
    ],
)
def test_why_kind(got, want, words):
    assert words in why(got, want)


def test_a_ragged_list_is_no_array():
    assert "a list where an array" in why([[1.0], [1.0, 2.0]], A)


def test_errors_in_a_lambda_are_told_with_the_call():
    line = test_errors_in_a_lambda_are_told_with_the_call.__code__.co_firstlineno + 2
    text = message(check, "half(0)", lambda: 1 / 0, 3)
    assert text == f"half(0)\n  got     ZeroDivisionError: division by zero (test_testing.py, line {line})"


def unwritten():
    raise NotImplementedError


def endless():
    return endless()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (unwritten, "not written yet"),
        (endless, "calls itself without end"),
        (lambda: A.nothing, "a name that is not there"),
    ],
)
def test_why_an_error(function, words):
    assert words in why(lambda: function(), A)


# -- why: dtype


def test_why_float64():
    assert "float64 where float32 belongs: twice the bytes" in why(Tensor(A.astype(np.float64)), A)
    assert "float64 where float32 belongs" in why(Tensor(A.astype(np.float64)), A.tolist())
    assert "float64 where float32 belongs" in why(Tensor(np.float64(2)), 2.0)
    assert "float64 where float32 belongs" in why(A.astype(np.float64), A)
    assert "float32 where float64 belongs" in why(Tensor(A), Tensor(A.astype(np.float64)))


def test_why_integers_and_booleans():
    whole = np.array([1, 2])
    assert "float32 where int64 belongs" in why(Tensor(whole.astype(np.float32)), whole.astype(np.int64))
    assert "int64 where float32 belongs" in why(Tensor(whole.astype(np.int64)), [1.0, 2.0])
    assert "float32 where bool belongs" in why(Tensor(np.array([1, 0], np.float32)), [True, False])
    check("f(x)", Tensor(whole.astype(np.int32)), whole.astype(np.int64))


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (3.0, 3, "right, but it is a float where an int belongs"),
        (np.float64(3), 3, "a NumPy number (float64) where an int belongs"),
        (np.float32(3), 3, "a NumPy number (float32) where an int belongs"),
        (True, 1, "a bool where an int belongs"),
        (True, 1.0, "a bool where a float belongs"),
        (1, True, "an int where a bool belongs"),
        ((2, 3.0), (2, 3), "a float where an int belongs"),
        ({"epoch": 3.0}, {"epoch": 3}, "a float where an int belongs"),
        ([1, 2.0], [1, 2], "a float where an int belongs"),
        ([[1], [2.0]], [[1], [2]], "a float where an int belongs"),
        ((1, 2), [1, 2], "a tuple where a list belongs"),
    ],
)
def test_why_python_types(got, want, words):
    assert words in why(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (3, 3.0),
        (np.int64(3), 3),
        (np.bool_(1), True),
        (Tensor(np.float32(3)), 3),
        (A.astype(int), A.astype(int).tolist()),
        ([1.0, 0.5], [1, 0.5]),
        ([[True, False]], [[1, 0]]),
    ],
)
def test_python_types_that_do(got, want):
    check("f(x)", got, want)


def test_whole_numbers_must_be_equal():
    check("f(x)", 188_160_000, 188_160_000)
    assert "wanted  188160000\n  got     188160001" in message(check, "f(x)", 188_160_001, 188_160_000)


# -- why: shape

B = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (A.T, A, "transposed: the values are right, but rows and columns are exchanged"),
        (A.T + 1, A, "the shape is transposed"),
        (B.transpose(0, 2, 1), B, "dims 1 and 2 are exchanged"),
        (B.transpose(2, 0, 1), B, "dims 0, 1 and 2 are exchanged"),
        (A.reshape(3, 2), A, "the shape is transposed"),
        (A.ravel(), A, "reshaped: the values are right and in order, but (6,) is wanted as (2, 3)"),
        (A.sum(0, keepdims=True), A.sum(0), "there is a dim of length 1 too many"),
        (A.sum(0), A.sum(0, keepdims=True), "there is a dim of length 1 too few"),
        (V[None, :, None] + 9, V[None, None], "a dim of length 1 in the wrong place"),
        (np.ones(1, np.float32), np.float32(1), "a dim of length 1 too many"),
        (V, V.sum(), "the sum over dim 0 is missing"),
        (V, V.mean(), "the mean over dim 0 is missing"),
        (A, A.max(1), "the max over dim 1 is missing"),
        (A, A.sum(), "the sum over dims 0 and 1 is missing"),
        (A.sum(1), A, "this is the sum over dim 1 of what is wanted"),
        (np.tile(V, (3, 1)), V, "every value came several times"),
        (V, np.tile(V, (3, 1)), "the values are right, but not stretched to (3, 4)"),
        (A[:, :2], A, "dim 1 should have length 3"),
        (A[:1, :2], A, "dims 0 and 1 should have length 2 and 3"),
        (np.ones((4, 4), np.float32), A, "dims 0 and 1 should have length"),
        (B, A, "3 dims came, 2 are wanted"),
    ],
)
def test_why_shape(got, want, words):
    assert words in why(got, want)


# -- why: values

S = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]], np.float32)


def softmax(x, dim):
    e = np.exp(x - x.max(dim, keepdims=True))
    return e / e.sum(dim, keepdims=True)


def test_a_value_that_repeats_is_no_pattern():
    """7 and 7 are 1.75 times 4 and 4, which says nothing."""
    assert "times too" not in message(check, "f(x)", np.full(4, 4, np.float32), np.full(4, 7, np.float32))
    assert "times too" in message(check, "f(x)", np.full(4, 4, np.float32), np.full(4, 8, np.float32))


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.int64(4), np.int64(16)),  # a count: any is a multiple of any
        (3, 6),
        (8.0, 2.0),
        (2.0, 8.0),
        (0.0, 2.5),
        (2, 2.5),
        (np.float32([3, 6]), np.float32([1, 2])),
        (np.float32([1, 4, 9]), np.float32([1, 2, 3])),
        (np.float32([2, 3, 5]), np.float32([1, 2, 4])),
        (np.float32([1, 2, 9]), np.float32([1, 2, 3])),
        (np.float32([2, 3]), np.float32(5)),
        (np.float32([3, 1]), np.float32(3)),
        (np.float32([0, 0]), np.float32([1, 2])),
    ],
)
def test_fewer_than_four_values_are_not_explained(got, want):
    text = why(got, want)
    assert not text or text.endswith(("dims came, 0 are wanted", "dim came, 0 are wanted")), text


def test_what_is_plain_to_see_is_said_of_few_values_too():
    assert why(-1.5, 1.5) == "the sign is wrong"
    assert why(np.float32([2, 1, 3]), np.float32([1, 2, 3])) == "the right values in the wrong places"
    assert why(np.float32([1, 2.0001]), np.float32([1, 2])).startswith("nearly right")
    assert why(float("inf"), 1.0).startswith("inf")


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (-A, A, "the sign is wrong"),
        (0 * A, A, "every value is 0"),
        (A * 2, A, "every value is 2 times too large: 2 is the number of rows; is a mean missing"),
        (A * 3, A, "every value is 3 times too large: 3 is the number of columns; is a mean missing"),
        (A * 6, A, "6 is the number of values; is a mean missing"),
        (
            A / 2,
            A,
            "every value is 2 times too small: 2 is the number of rows; is it divided once too often",
        ),
        (V * 4, V, "4 is the number of values"),
        (B * 3, B, "3 is the length of dim 1"),
        (A * -5, A, "every value is 5 times too large, and the sign is wrong"),
        (A * 1.7, A, "every value is 1.7 times too large"),
        (A / np.log(2), A, "log2 in place of log?"),
        (A / np.log(10), A, "log10 in place of log?"),
        (A + 1, A, "every value is 1 too large"),
        (A - 0.5, A, "every value is 0.5 too small"),
        (W + 1, W, "every value is 1 too large"),
        (W[::-1], W, "reversed"),
        (W + [1, 0, 0, 0], W, "only value 0 is wrong"),
        (np.trunc(V), V, "cut off: is it `//` in place of `/`?"),
        (V.astype(np.int64), V, "cut off: the values are kept as int64"),
        (V**2, V, "the squares of what is wanted"),
        (np.sqrt(A), A, "the square roots"),
        (np.exp(V), V, "is a log missing?"),
        (np.log(A), A, "is an exp missing?"),
        (1 / A, A, "upside down"),
        (1 - V, V, "1 minus"),
        (np.abs(V), V, "negative values came out positive"),
        (np.maximum(V, 0), V, "negative values came out as 0"),
        (np.minimum(V, 0), V, "positive values came out as 0"),
        (S.T, S, "transposed: the values are right"),
        (A.reshape(3, 2), A.T, "a reshape in place of a transpose, or the reverse"),
        (B.reshape(2, 4, 3), B.swapaxes(1, 2), "a reshape in place of a transpose"),
        (V[::-1], V, "reversed"),
        (A[::-1], A, "reversed along dim 0"),
        (np.roll(V, 1), V, "shifted by one place"),
        (np.roll(B, -1, 2), B, "shifted by one place along dim 2"),
        (V[[0, 2, 1, 3]], V, "the right values in the wrong places"),
        (softmax(S, 0), softmax(S, 1), "add up to 1 along dim 0; they should along dim 1"),
        (A + np.float32(1e-4) * A**2, A, "nearly right"),
        (np.vstack([S[:2], [[0, 0, 0]]]), S, "only row 2 is wrong: does a loop stop too early?"),
        (np.hstack([[[9], [9], [9]], S[:, 1:]]), S, "only column 0 is wrong"),
        (np.array([0.5, 7, 2.5, 4.0]), V, "only value 1 is wrong"),
    ],
)
def test_why_values(got, want, words):
    got = np.asarray(got, np.float32) if np.asarray(got).dtype.kind == "f" else got
    assert words in why(got, want)


def test_why_not_finite():
    got = A.copy()
    got[0, 1] = np.nan
    assert why(got, A).startswith("1 of 6 values: nan, first at [0, 1]: 0 / 0, inf - inf")
    got[0, 1] = np.inf
    assert "beyond what float32 holds; exp(89) is" in why(got, A)
    assert why(float("nan"), 1.0).startswith("nan: 0 / 0")


def test_why_not_passed_through():
    want = A.copy()
    want[1, 2] = np.nan
    assert why(A, want) == "nan should have passed through at [1, 2]"
    assert why(0.0, float("inf")) == "inf should have passed through"


def test_truth_values_and_chance_have_no_patterns():
    assert why(False, True) == ""
    assert why(np.array([True, False]), np.array([False, True])) == ""
    assert why(0.75, 0.25, tolerance=0.02) == ""
    assert why(np.dtype("float64"), np.dtype("float32")) == ""


def test_near_values_are_not_called_misplaced():
    assert why(V + np.float32(1e-4), V).startswith("nearly right")
    assert "nearly" not in why(A * 1e-6, A * 1e-3)


def test_a_coincidence_is_not_explained():
    assert why(2.7, 1.3) == ""
    assert why(np.array([3.0, 1.0, 4.0]), np.array([2.0, 7.0, 1.0])) == ""


def test_no_word_of_later_modules():
    for got in (None, A.T, B, -A, A * 2, A + np.nan):
        assert "grad" not in message(check, "f(x)", got, A)


@given(hnp.arrays(np.float32, (3, 4), elements=st.floats(-99, 99, width=32)), st.randoms())
def test_whatever_comes_there_is_a_message(array, random):
    shape = random.choice([(3, 4), (4, 3), (12,), (2, 6), (1, 3, 4), (3, 1), (4,), ()])
    got = np.resize(array, shape) + np.float32(random.choice([1e-2, 1, -3, np.inf, np.nan, 1e30]))
    assert message(check, "f(x)", Tensor(got), array).startswith("f(x)\n  wanted")


# -- check_true


def test_check_true():
    check_true("all is well", True)
    check_true("all is well", Tensor(np.array([True])))
    assert message(check_true, "loss < 1", False) == "not so: loss < 1"
    assert message(check_true, "loss < 1", np.False_, "it is 3") == "not so: loss < 1\n  why:    it is 3"
    assert "wanted  True\n  got     None" in message(check_true, "loss < 1", None)


# -- check_raises


def refuse(text="shapes (2, 3) and (4, 5) do not fit", error=ValueError):
    raise error(text)


def test_check_raises():
    problem = check_raises("a @ b", refuse, ValueError, (2, 3), (4, 5), "FIT")
    assert isinstance(problem, ValueError)
    check_raises("a @ b", refuse, (TypeError, ValueError))


def test_check_raises_nothing_came():
    text = message(check_raises, "a @ b", lambda: A, ValueError)
    assert text.startswith("a @ b\n  wanted  ValueError\n  got     no error, but shape (2, 3), float32\n")
    assert text.endswith("why:    the input is not looked at before it is used")


@pytest.mark.parametrize("error", [RuntimeError, OSError, ZeroDivisionError, (ValueError, RuntimeError)])
def test_check_raises_blames_the_input_only_where_it_is_at_fault(error):
    assert "why" not in message(check_raises, "y.backward(), twice", lambda: None, error)


def test_check_raises_another_error():
    text = message(check_raises, "a @ b", lambda: refuse(error=KeyError), (ValueError, TypeError))
    assert "wanted  ValueError or TypeError\n  got     KeyError" in text
    assert "not written yet" in message(check_raises, "a @ b", unwritten, ValueError)


def test_check_raises_missing_words():
    text = message(check_raises, "a @ b", refuse, ValueError, (2, 3), (9, 9), "rows")
    assert text.endswith("why:    the message does not say: (9, 9), rows")


def test_check_raises_lets_ctrl_c_through():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_raises("a @ b", interrupt, ValueError)


# -- check_gradients

multiply = operation(np.multiply, lambda g, a, b: g * b, lambda g, a, b: g * a)
X, Y = Tensor(A), Tensor(A[:, ::-1] / 7)


def gradient_why(function, *inputs):
    text = message(check_gradients, "f(x)", function, *inputs)
    return text.rsplit("why:", 1)[1].strip() if "why:" in text else ""


def test_gradients_pass():
    check_gradients("x * y", multiply, X, Y)
    check_gradients("sum(x)", operation(np.sum, lambda g, a: g * np.ones_like(a)), X)
    check_gradients("x.T", operation(np.transpose, lambda g, a: g.T), X)


def test_labels_are_handed_over_as_they_are():
    pick = operation(lambda a, i: a[i], lambda g, a, i: np.eye(2, dtype=np.float32)[i].T @ g)
    check_gradients("x[i]", pick, X, np.array([0, 1, 1]))


@pytest.mark.parametrize(
    ("back", "words"),
    [
        ((lambda g, a, b: g, lambda g, a, b: g * a), "came through unchanged"),
        ((lambda g, a, b: b, lambda g, a, b: a), "not multiplied by the gradient of the result"),
        ((lambda g, a, b: g * a, lambda g, a, b: g * b), "the gradient of input 1: are the two exchanged?"),
        ((lambda g, a, b: -g * b, lambda g, a, b: g * a), "the sign is wrong"),
        ((lambda g, a, b: g * b / 6, lambda g, a, b: g * a), "6 times too small: 6 is the number of values"),
        ((lambda g, a, b: (g * b).T, lambda g, a, b: g * a), "transposed"),
        ((lambda g, a, b: g * np.nan, lambda g, a, b: g * a), "6 of 6 values: nan"),
        ((lambda g, a, b: (g * b).astype(np.float64), None), "float64 where float32 belongs"),
        ((None, lambda g, a, b: g * a), "no gradient reached input 0 (input 1 has one)"),
        ((lambda g, a, b: g * b, None), "no gradient reached input 1 (input 0 has one)"),
        ((None, None), "no gradient reached input 0: backward() left nothing. Is enable_autograd()"),
        ((lambda g, a, b: (g * b).tolist(), None), "a list where a Tensor belongs"),
    ],
)
def test_why_gradients(back, words):
    assert words in gradient_why(operation(np.multiply, *back), X, Y)


def test_why_not_summed_back():
    add = operation(np.add, lambda g, a, b: g, lambda g, a, b: g)
    assert "not summed back over dim 0, which broadcasting stretched" in gradient_why(add, X, Tensor(A[0]))
    assert "not summed back over dims 0 and 1" in gradient_why(add, X, Tensor(A[0, 0]))
    wrong = operation(np.multiply, lambda g, a, b: g * b, lambda g, a, b: g * b + 1)
    assert "not summed back over dim 0" in gradient_why(wrong, X, Tensor(A[0]))


def test_two_gradients_of_one_number_are_not_called_exchanged():
    swap = operation(np.multiply, lambda g, a, b: g * a, lambda g, a, b: g * b)
    text = message(check_gradients, "x * y", swap, np.array([2.0]), np.array([3.0]))
    assert "exchanged" not in text


def test_why_replaced_and_not_added():
    square = operation(lambda a: a * a, lambda g, a: g * a)
    assert "2 times too small; the gradients of an input that is used twice are added" in gradient_why(
        square, X
    )


def test_why_a_mean_is_missing():
    mean = operation(np.mean, lambda g, a: g * np.ones_like(a))
    text = gradient_why(mean, X)
    assert "every value is 6 times too large: 6 is the number of values; is a mean missing" in text


def test_why_nobody_recorded():
    def unrecorded(x):
        return Tensor(x.data * 2)

    assert "Was it computed from .data with NumPy" in gradient_why(unrecorded, X)

    class Strict(Tensor):
        def backward(self, gradient=None):
            raise RuntimeError("this tensor does not require a gradient")

    assert "Was it computed from .data with NumPy" in gradient_why(lambda x: Strict(x.data * 2), X)


def test_why_an_array_came():
    assert "a NumPy array where a Tensor belongs" in gradient_why(lambda x: x.data * 2, X)


def test_backward_that_fails():
    broken = operation(np.multiply, lambda g, a, b: g @ b, lambda g, a, b: g)
    text = message(check_gradients, "x * y", broken, X, Y)
    assert text.startswith("backward() of x * y\n  got     ValueError: matmul")


def test_forward_that_is_not_written():
    text = message(check_gradients, "x * y", lambda x, y: unwritten(), X, Y)
    assert text.startswith("x * y\n  got     NotImplementedError")


def test_a_framework_of_float32_alone_is_checked_coarsely():
    def keeps_float32(a, b):
        return np.multiply(a, b).astype(np.float32)

    check_gradients("x * y", operation(keeps_float32, lambda g, a, b: g * b, lambda g, a, b: g * a), X, Y)
    assert "sign" in gradient_why(
        operation(keeps_float32, lambda g, a, b: -g * b, lambda g, a, b: g * a), X, Y
    )


@given(hnp.arrays(np.float32, (2, 3), elements=st.floats(-3, 3, width=32)))
def test_a_wrong_derivative_is_caught(array):
    cube = operation(lambda a: a**3, lambda g, a: g * 3 * a**2)
    check_gradients("x ** 3", cube, Tensor(array))
    if np.abs(array).max() > 0.1:
        message(
            check_gradients, "x ** 3", operation(lambda a: a**3, lambda g, a: g * 2 * a**2), Tensor(array)
        )
