"""What a check hands over is compared before and after, wherever the function stands that gets it."""

import textwrap
import tracemalloc

import numpy as np
import pytest

from tinytorch import Tensor
from tinytorch._arguments import MOST, watch

LEARNER = "/build/tinytorch/learner.py"


def learner(text):
    """The names of a learner's module."""
    names = {"np": np, "Tensor": Tensor}
    exec(compile(textwrap.dedent(text), LEARNER, "exec"), names)
    return names


def changes(text, check, **more):
    """What is told of a check, a line of Python, on a learner's module."""
    names = {**learner(text), **more}
    with watch(["check.py"], "/build") as found:
        exec(compile(check, "check.py", "exec"), names)
    return [str(change) for change in found]


RELU = "def relu(a):\n    a[a < 0] = 0\n    return a\n"


def test_a_changed_array_is_told():
    (told,) = changes(RELU, "relu(np.array([-1.0, 2.0]))")
    assert told == (
        "relu changed its argument a, which belongs to the caller\n"
        "  before  [-1.  2.]\n"
        "  after   [0. 2.]\n"
        "  why:    what it was given was written to: a new array has to hold the result"
    )


@pytest.mark.parametrize(
    ("text", "check", "name"),
    [
        (RELU.replace("a[a < 0]", "a.data[a.data < 0]"), "relu(Tensor([-1.0]))", "a"),
        (RELU.replace("a[a < 0]", "a.data"), "relu(Tensor([-1.0]))", "a"),  # .data is another array now
        ("def total(*parts):\n    parts[1][0] = 5", "total(np.ones(2), np.ones(2))", "parts[1]"),
        ("def total(parts):\n    parts[0].data *= 2", "total([Tensor([1.0])])", "parts[0]"),
        ("def load(state):\n    state['w'] -= 1", "load({'w': np.ones(3)})", "state['w']"),
        ("def top(scores):\n    scores.sort()\n    return scores[-1]", "top([2.0, 1.0])", "scores"),
        ("def top(rows):\n    rows[0].sort()", "top([[2, 1], [3, 4]])", "rows"),
        ("relu = lambda a: np.maximum(a, 0, out=a)", "relu(np.array([-1.0]))", "a"),
        (RELU, "relu(np.array([[-1.0, 2.0], [3.0, 4.0]]).T)", "a"),
        (RELU, "relu(np.arange(9.0)[::2] - 4)", "a"),
        (RELU, "(lambda x: relu(x))(np.array([-1.0]))", "a"),
        ("class T(Tensor):\n    def relu(self):\n        self.data[:] = 0", "T([1.0]).relu()", "self"),
        (RELU + "    raise ValueError", "try: relu(np.array([-1.0]))\nexcept ValueError: pass", "a"),
    ],
)
def test_what_is_watched(text, check, name):
    (told,) = changes(text, check)
    assert "the tensor itself" in told if name == "self" else f"its argument {name}," in told


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("def relu(a):\n    return np.maximum(a, 0)", "relu(np.array([-1.0]))"),
        ("def fill_(a):\n    a[:] = 0", "fill_(np.ones(2))"),
        ("def load_into(own):\n    own[:] = 0", "load_into(np.ones(2))"),
        ("def double(a):\n    'Doubles a in place.'\n    a *= 2", "double(np.ones(2))"),
        ("def double(a, out):\n    out[:] = 2 * a", "double(np.ones(2), np.ones(2))"),
        ("def train(history):\n    history.append(Tensor([1.0]))", "train([])"),
        ("class T(Tensor):\n    def __iadd__(t, x):\n        t.data += x\n        return t", "t = T([1.0])\nt += 1"),
        ("class Box:\n    def __init__(self, a):\n        self.data = a * 2", "Box(np.ones(2))"),
        (
            "class Box:\n    data = property(lambda s: s.a, lambda s, v: setattr(s, 'a', v))",
            "b = Box()\nb.a = np.ones(1)\nb.data = np.zeros(1)",
        ),
        (RELU, "np.maximum(np.array([-1.0]), 0)"),
        (RELU + "def outer(n):\n    return relu(np.ones(n) - 2)", "outer(3)"),  # its own array, not the check's
        ("def wait(a):\n    yield a", "list(wait(np.ones(2)))"),
    ],
)
def test_what_may_be_changed(text, check):
    assert changes(text, check) == []


def test_memory_that_is_measured_holds_no_copies():
    a = np.zeros(10_000)
    with watch([__file__], "/build"):
        tracemalloc.start()
        learner("def same(a):\n    return a")["same"](a)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40_000


def test_many_calls_cost_little():
    calls = []
    names = learner("def same(a):\n    return a")
    names["count"] = lambda a: calls.append(1)
    with watch(["check.py"], "/build") as found:
        exec(compile(f"for _ in range({MOST + 50}): same(np.zeros(1))", "check.py", "exec"), names)
    assert found == []


def test_a_tensor_that_raises_is_left_alone():
    text = "class Odd:\n    @property\n    def data(self):\n        raise ValueError\ndef use(a):\n    return 1"
    assert changes(text, "use(Odd())") == []


def test_the_profile_function_is_put_back():
    import sys

    with watch(["check.py"], "/build"):
        pass
    assert sys.getprofile() is None
