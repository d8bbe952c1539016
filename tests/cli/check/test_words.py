"""Python's errors in a line of a check, and examples that are right in other digits."""

import pytest

from tinytorch_course.judge_worker import Alike
from tinytorch_course.words import in_words, shapes_in_words


@pytest.mark.parametrize(
    ("kind", "message", "words"),
    [
        ("AttributeError", "'NoneType' object has no attribute 'shape'", "None came back: is a `return` missing?"),
        ("TypeError", "'NoneType' object is not subscriptable", "None came back"),
        ("TypeError", "cannot unpack non-iterable NoneType object", "None came back"),
        ("AttributeError", "'numpy.ndarray' object has no attribute 'grad'", "a NumPy array came back where a Tensor"),
        ("AttributeError", "'Tensor' object has no attribute 'astype'", "a Tensor came back where an array belongs"),
        ("AttributeError", "'int' object has no attribute 'data'", "an int came back, which has no .data"),
        ("TypeError", "size() missing 1 required positional argument: 'unit'", "it takes other arguments"),
        (
            "ValueError",
            "operands could not be broadcast together with shapes (2,3) (3,2) ",
            "the shapes (2, 3) and (3, 2) do not fit: the one is the other transposed",
        ),
        ("ValueError", "not enough values to unpack (expected 2, got 1)", "2 parts should come back, and 1 did"),
        ("ValueError", "too many values to unpack (expected 2)", "2 parts should come back, and more did"),
        ("KeyError", "'weight'", "looks for 'weight' in what came back"),
        ("IndexError", "list index out of range", "too little came back (list index out of range)"),
        ("ValueError", "anything", "ValueError: anything"),
        ("AttributeError", "'Box' object has no attribute 'size'", "AttributeError: 'Box' object has no"),
    ],
)
def test_in_words(kind, message, words):
    told = in_words(kind, message, "y = f(x)")
    assert words in told
    assert told.endswith("\n  the check: y = f(x)")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("could not broadcast input array from shape (3,2) into shape (2,3)", "transposed"),
        ("operands could not be broadcast together with shapes (3,) (2,) ", "the shapes (3,) and (2,) do not fit"),
        ("add of (2, 3) and (4, 5): they do not fit", ""),
        ("rows and columns", ""),
    ],
)
def test_shapes_in_words(message, words):
    assert words in shapes_in_words(message)
    assert bool(words) == bool(shapes_in_words(message))


@pytest.mark.parametrize(
    ("want", "got", "same"),
    [
        ("Tensor([0.1192, 0.8808])", "Tensor([0.1193, 0.8808])", True),
        ("array([-0.,  1.])", "array([0., 1.])", True),
        ("array([1. , 2.5])", "array([1.0, 2.5])", True),
        ("3", "3.0", False),
        ("(2, 3)", "(3, 2)", False),
        ("[0.5, 0.5]", "[0.5, 0.6]", False),
        ("[0.5]", "[0.5, 0.5]", False),
        ("24", "25", False),
    ],
)
def test_examples_may_differ_in_the_last_digit(want, got, same):
    assert Alike().check_output(want + "\n", got + "\n", 0) is same
