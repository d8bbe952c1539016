"""Checks whose failures explain themselves. Every test of the course is written with these four functions.

    check(call, got, want)                   the value, its shape and its dtype
    check_true(statement, condition, why)    anything else
    check_raises(call, function, error, *words)
    check_gradients(call, function, *inputs)

`call` is what the learner would type. A failure is an AssertionError that says what was called, what was
wanted and what came, the first place where they differ, and in its last line, where it can tell, why. NumPy
is all that is needed: a Tensor is anything that keeps an array in `.data`.
"""

import importlib
import re
import sys
import traceback
from pathlib import Path
from types import FunctionType

import numpy as np

from tinytorch._why import (
    Talk,
    a_or_an,
    equal,
    few,
    is_parts,
    is_tensor,
    not_finite,
    numbers,
    place_of,
    why_data,
    why_dtype,
    why_keys,
    why_kind,
    why_object,
    why_shape,
    why_tuple,
    why_type,
    why_values,
    wide,
)


def check(call, got, want, tolerance=1e-5):
    """`got` must be `want`: the same shape, values within `tolerance`, a fitting dtype.

    want is a Tensor: only a Tensor will do. An array or a nested list: a Tensor or an array. A number: a
    number, or a Tensor or array of shape (). Tuples, dicts and lists of these are compared part by part,
    anything else with ==. Values may differ by tolerance * (1 + |want|); whole numbers must be equal. 3.0 is an
    error where want is 3, 1 where want is True, a tuple where want is a list. float64 is an error where want is
    float32, and in a Tensor where want is a list or a number; an array of integers or booleans wants just
    these. A lambda as `got` is called here, so that an error in it is reported with
    the call.

    >>> check("2 + 2", 2 + 2, 4)
    >>> check("2 - 3", 2 - 3, 1)
    Traceback (most recent call last):
    AssertionError: 2 - 3
      wanted  1
      got     -1
      why:    the sign is wrong
    """
    __tracebackhide__ = True
    if isinstance(got, FunctionType) and got.__name__ == "<lambda>":
        got = _run(call, got)
    fault = _compare(got, want, tolerance, Talk("grad" in call.lower()))
    if fault is not None:
        raise AssertionError(_message(call, fault))


def check_true(statement, condition, why=""):
    """`condition` must be true: a bool, or one boolean value in an array or Tensor.

    >>> check_true("every weight is positive", True)
    """
    __tracebackhide__ = True
    value = numbers(condition)
    if value is None or value.size != 1:
        raise AssertionError(_layout(statement, [("wanted", "True"), ("got", _show(condition))], why))
    if not value.item():
        raise AssertionError(_layout(f"not so: {statement}", [], why))


def check_raises(call, function, error, *words):
    """`function()` must raise `error` (a class, or a tuple of them), with all the `words` in its message.

    A word may be anything that has a str(), a shape for example; case does not count. Returns the exception.

    >>> _ = check_raises("int('x')", lambda: int("x"), ValueError, "invalid", "'x'")
    """
    __tracebackhide__ = True
    names = " or ".join(kind.__name__ for kind in (error if isinstance(error, tuple) else (error,)))
    try:
        result = function()
    except error as problem:
        _check_words(call, names, problem, words)
        return problem
    except Exception as problem:
        lines = [("wanted", names), ("got", _describe_error(problem))]
        raise AssertionError(_layout(call, lines, _why_error(problem))) from problem
    lines = [("wanted", names), ("got", f"no error, but {_show(result)}")]
    raise AssertionError(_layout(call, lines, _why_no_error(error)))


def check_gradients(call, function, *inputs, tolerance=1e-3):
    """`function(*inputs).backward()` must leave the gradients of finite differences in its inputs.

    function: takes Tensors, returns one Tensor of any shape. inputs: arrays, nested lists or Tensors; whole
    numbers (labels, indices) are handed over as they are, so write 2.0, not 2, where a gradient is wanted.
    Each result is weighted differently, so that a sum in the wrong place shows. Gradients may differ by
    tolerance times the largest of them. The differences are taken in float64 if the framework keeps it,
    otherwise, coarsely, in float32.
    """
    __tracebackhide__ = True
    make = _Make(inputs)
    arrays = [_input(x) for x in inputs]
    leaves = [make.leaf(a) if _differentiable(a) else a for a in arrays]
    out = _run(call, lambda: function(*leaves))
    _check_output(call, out)
    weights = _weights(out.data.shape)
    _run(f"backward() of {call}", lambda: _backward(out, weights, make))
    wants, tolerance = _run(call, lambda: _differences(function, arrays, weights, make, tolerance))
    _compare_gradients(call, _Pass(leaves, out, weights, wants), tolerance)


# ---------------------------------------------------------------- what came, and what was wanted


class _Fault:
    """Two values that do not agree. where: a line about the first difference; part: the place in a list."""

    def __init__(self, got, want, why="", where="", part=""):
        self.got, self.want, self.why, self.where, self.part = got, want, why, where, part


def _compare(got, want, tolerance, talk):
    """None if got is what is wanted, otherwise a _Fault."""
    if is_parts(want):
        return _compare_parts(got, want, tolerance, talk)
    if is_tensor(want) or numbers(want) is not None:
        return _compare_numbers(got, want, tolerance, talk)
    return None if _same(got, want) else _Fault(got, want, why_object(got, want))


def _compare_parts(got, want, tolerance, talk):
    why = why_kind(got, want, talk) if not isinstance(got, type(want)) else why_keys(got, want)
    if why:
        return _Fault(got, want, why)
    keys = want if isinstance(want, dict) else range(len(want))
    for key in keys:
        fault = _compare(got[key], want[key], tolerance, talk)
        if fault is not None and isinstance(want, tuple) and numbers(want) is not None:
            return _Fault(got, want, fault.why if got == want else why_tuple(got, want))  # a shape is clearer whole
        if fault is not None:
            fault.part = f"[{key!r}]{fault.part}"
            return fault
    return None


def _compare_numbers(got, want, tolerance, talk):
    why = why_kind(got, want, talk)
    if why:
        return _Fault(got, want, why)
    g, w = numbers(got), numbers(want)
    if g.shape != w.shape:
        return _Fault(got, want, why_shape(g, w, talk))
    wrong = ~_close(g, w, tolerance)
    if wrong.any():
        return _Fault(got, want, why_values(g, w, wrong, tolerance, talk), _where(g, w, wrong))
    why = why_type(got, want) or why_dtype(got, want)
    return _Fault(got, want, why) if why else None


def _close(g, w, tolerance):
    """Where the values agree; nan agrees with nan. Whole numbers agree when they are equal."""
    if g.dtype.kind in "biu" and w.dtype.kind in "biu":
        return np.asarray(g == w)
    with np.errstate(all="ignore"):
        return np.isclose(wide(g), wide(w), rtol=tolerance, atol=tolerance, equal_nan=True)


def _same(got, want):
    try:
        return got is want or bool(got == want)
    except Exception:  # whatever a learner's == does, it was not equal
        return False


# ---------------------------------------------------------------- gradients


class _Make:
    """Makes Tensors of the inputs' own class; of tinytorch's, if none of them is a Tensor."""

    def __init__(self, inputs):
        given = next((x for x in inputs if is_tensor(x)), None)
        module = type(given).__module__ if given is not None else "tinytorch.core.tensor"
        self.module = sys.modules.get(module) or importlib.import_module(module)
        self.Tensor = type(given) if given is not None else self.module.Tensor

    def leaf(self, array):
        return self.Tensor(array.astype(np.float32), requires_grad=True)

    def constant(self, array, dtype):
        function = getattr(self.module, "tensor", None)
        return self.Tensor(array) if function is None else function(array.astype(dtype), dtype=dtype)


class _Pass:
    """One run forward and backward, and the gradients that it should have left."""

    def __init__(self, leaves, out, weights, wants):
        self.leaves, self.out, self.weights, self.wants = leaves, out, weights, wants
        self.grads = [numbers(getattr(leaf, "grad", None)) for leaf in leaves]


def _input(x):
    array = numbers(x)
    if array is None:
        raise TypeError(f"check_gradients takes arrays, lists of numbers or Tensors, not {x!r}")
    if array.dtype.kind != "f":
        return array
    return array.astype(np.float32).astype(np.float64)  # both sides at exactly the same point


def _differentiable(array):
    return array.dtype.kind == "f"


def _weights(shape):
    """A different weight for every result, between 0.5 and 1.5; 1 for a single one."""
    size = int(np.prod(shape))
    return np.ones(shape) if size == 1 else (0.5 + np.arange(1, size + 1) * 0.6180339887 % 1).reshape(shape)


def _check_output(call, out):
    why = f"{a_or_an(out)} where a Tensor belongs: no gradient can go back through it"
    why = why_data(out.data) if is_tensor(out) else why
    if why:
        raise AssertionError(_layout(call, [("wanted", "a Tensor"), ("got", _show(out))], why))


def _backward(out, weights, make):
    if getattr(out, "requires_grad", None) is False:
        return  # an error in an awake autograd, nothing in a sleeping one: told as a missing gradient
    if weights.size == 1:
        out.backward()
    else:
        out.backward(make.Tensor(weights.astype(np.float32)))


def _differences(function, arrays, weights, make, tolerance):
    """What each gradient should be (None for whole numbers), and how near one can ask to come."""
    dtype = np.float64
    if function(*_constants(arrays, make, dtype)).data.dtype != np.float64:
        dtype, tolerance = np.float32, max(tolerance, 3e-2)

    def total(changed):
        out = function(*_constants(changed, make, dtype))
        return float((np.asarray(out.data, np.float64) * weights).sum())

    step = 1e-6 if dtype is np.float64 else 1e-2
    return [_slope(total, arrays, i, step) for i in range(len(arrays))], tolerance


def _constants(arrays, make, dtype):
    return [make.constant(a, dtype) if _differentiable(a) else a for a in arrays]


def _slope(total, arrays, i, step):
    """(total(x + step) - total(x - step)) / (2 step) for every value of input i."""
    if not _differentiable(arrays[i]):
        return None
    slope = np.zeros(arrays[i].shape)
    for place in np.ndindex(slope.shape):
        h = step * max(1.0, abs(arrays[i][place]))
        ends = []
        for sign in (1, -1):
            moved = arrays[i].copy()
            moved[place] += sign * h
            ends.append(total([*arrays[:i], moved, *arrays[i + 1 :]]))
        slope[place] = (ends[0] - ends[1]) / (2 * h)
    return slope


def _compare_gradients(call, run, tolerance):
    __tracebackhide__ = True
    for i, want in enumerate(run.wants):
        if want is not None:
            fault = _gradient_fault(run, i, want, tolerance)
            if fault is not None:
                raise AssertionError(_message(f"gradient of input {i} of {call}", fault))


def _gradient_fault(run, i, want, tolerance):
    """None if input i has its gradient, otherwise a _Fault."""
    want = want.astype(np.float32)
    grad = getattr(run.leaves[i], "grad", None)
    if grad is None:
        return _Fault(None, want, _why_no_gradient(run, i)) if want.any() else None
    why = why_kind(grad, run.leaves[i], Talk(True))
    if why:
        return _Fault(grad, want, why)
    g = numbers(grad)
    if g.shape != want.shape:
        return _Fault(grad, want, _why_gradient(run, i) or why_shape(g, want, _talk(run)))
    scale = max(np.abs(want).max(initial=0), 0.01)
    wrong = ~np.isclose(g, want, rtol=tolerance, atol=tolerance * scale)
    if wrong.any():
        why = not_finite(g, want) or _why_gradient(run, i)
        why = why or why_values(g, want, wrong, min(tolerance, 1e-3), _talk(run))
        return _Fault(grad, want, why, _where(g, want, wrong))
    why = why_dtype(grad, want)
    return _Fault(grad, want, why) if why else None


def _talk(run):
    """In gradients a forgotten mean shows as the number of results."""
    shape = run.out.data.shape
    counts = {n: f"the length of dim {d} of the result" for d, n in enumerate(shape) if n > 1}
    if run.weights.size > 1:
        counts.setdefault(run.weights.size, "the number of results")
    for leaf in run.leaves:
        if is_tensor(leaf) and leaf.data.size > 1:
            counts.setdefault(leaf.data.size, "the number of an input's values")
            counts.setdefault(leaf.data.shape[0], "the length of an input's dim 0")
    return Talk(True, counts)


def _why_no_gradient(run, i):
    if all(grad is None for grad in run.grads):
        if getattr(run.out, "requires_grad", None) is False:
            return (
                f"no gradient reached input {i}: the result does not require one (requires_grad is False). "
                "Was it computed from .data with NumPy, or put into a new Tensor, so nobody recorded how?"
            )
        return f"no gradient reached input {i}: backward() left nothing. Is enable_autograd() called?"
    others = " and ".join(str(n) for n, grad in enumerate(run.grads) if grad is not None)
    return f"no gradient reached input {i} (input {others} has one): the way back to it is missing"


def _why_gradient(run, i):
    """Mistakes that only gradients have."""
    g, want, seed = run.grads[i], run.wants[i], run.weights
    others = [(n, w) for n, w in enumerate(run.wants) if w is not None and n != i]
    swapped = next((n for n, w in others if not few(g) and equal(g, w) and not equal(want, w)), None)
    if swapped is not None and not equal(g, seed):
        return f"this is the gradient of input {swapped}: are the two exchanged?"
    if g.shape != want.shape or seed.size == 1:
        return ""
    if equal(g, seed):
        return "the gradient of the result came through unchanged: the operation's own derivative is missing"
    if g.shape == seed.shape and equal(g * seed, want):
        return "only the operation's own derivative: it is not multiplied by the gradient of the result"
    return ""


# ---------------------------------------------------------------- errors


def _run(call, function):
    """function(), with an error told as what became of the call."""
    __tracebackhide__ = True
    try:
        return function()
    except AssertionError:
        raise
    except Exception as problem:
        lines = [("got", _describe_error(problem))]
        raise AssertionError(_layout(call, lines, _why_error(problem))) from problem


def _why_no_error(error):
    """These errors are about what was handed over; any other may be about what happened before, or elsewhere."""
    kinds = error if isinstance(error, tuple) else (error,)
    about_input = all(issubclass(kind, (ValueError, TypeError, IndexError)) for kind in kinds)
    return "the input is not looked at before it is used" if about_input else ""


def _check_words(call, names, problem, words):
    __tracebackhide__ = True
    missing = [str(word) for word in words if str(word).casefold() not in str(problem).casefold()]
    if missing:
        lines = [("wanted", f"{names} whose message has: {', '.join(map(str, words))}")]
        lines.append(("got", _describe_error(problem)))
        why = f"the message does not say: {', '.join(missing)}"
        raise AssertionError(_layout(call, lines, why)) from problem


def _describe_error(problem):
    """ValueError: its message (tensor.py, line 12): the innermost line that is neither ours nor NumPy's."""
    skipped = (Path(__file__).parent / "testing.py", Path(np.__file__).parent)
    files = [(Path(f.filename), f.lineno) for f in traceback.extract_tb(problem.__traceback__)]
    own = [(f, line) for f, line in files if not any(f.is_relative_to(s) for s in skipped)]
    place = f" ({own[-1][0].name}, line {own[-1][1]})" if own and own[-1][0].suffix == ".py" else ""
    return f"{type(problem).__name__}{f': {problem}' if str(problem) else ''}{place}"


def _why_error(problem):
    if isinstance(problem, NotImplementedError):
        return "this is not written yet"
    if isinstance(problem, RecursionError):
        return "a function calls itself without end"
    if isinstance(problem, UnboundLocalError):
        return "a variable is used before it has a value"
    if isinstance(problem, (AttributeError, NameError)):
        return "a name that is not there: is it misspelt, or not set yet?"
    return ""


# ---------------------------------------------------------------- how it is told


def _message(call, fault):
    named = call + (f", part {fault.part}" if fault.part else "")
    lines = [("wanted", _show(fault.want)), ("got", _show(fault.got))]
    if fault.where:
        lines.append(("first", fault.where))
    return _layout(named, lines, fault.why)


def _layout(head, lines, why):
    text = [head]
    for name, value in [*lines, ("why:", why)]:
        if value:
            text.append(f"  {name:<7} " + value.replace("\n", "\n" + " " * 10))
    return re.sub(r" +\n", "\n", "\n".join(text))


def _where(g, w, wrong):
    if not wrong.shape:
        return ""
    at = tuple(np.argwhere(wrong)[0])
    return f"difference at {place_of(wrong)}: wanted {_number(w[at])}, got {_number(g[at])}"


def _number(x):
    return np.format_float_positional(x, 6, trim="0", fractional=False) if _plain(x) else str(x)


def _plain(x):
    return x.dtype.kind == "f" and (x == 0 or 1e-4 <= abs(x) < 1e7)


def _show(x):
    """A value as a learner reads it: the numbers, then the shape and the dtype."""
    array = numbers(x)
    empty = isinstance(x, list) and not x
    if array is None or empty or not (is_tensor(x) or isinstance(x, (np.ndarray, np.generic, list))):
        return _clip(f"Tensor with .data = {x.data!r}" if is_tensor(x) else repr(x))
    large = array.size > 60
    text = np.array2string(
        array,
        precision=4 if large else 6,
        threshold=60,
        edgeitems=2 if large and array.ndim > 1 else 3,
        suppress_small=_plain_all(array, 1e-3 if large else 1e-4),
    )
    facts = f"{'Tensor, ' if is_tensor(x) else ''}shape {array.shape}"
    facts += "" if isinstance(x, list) else f", {array.dtype}"
    return f"{facts}\n{text}" if "\n" in text else f"{text}  ({facts})"


def _plain_all(array, least):
    """Are there no very large numbers, and not only very small ones? Then no exponents are needed."""
    sizes = np.abs(wide(array)[np.isfinite(array)])
    return bool(sizes.size) and least <= sizes.max() < 1e5


def _clip(text, limit=300):
    return text if len(text) <= limit else text[:limit] + " ..."
