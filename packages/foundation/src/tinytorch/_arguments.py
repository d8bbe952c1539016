"""What a check hands to a function must be the same afterwards, unless the function says that it changes it.

    with watch(checks={...}, code="...") as changes: ...

Every call of a function of the folder `code` that stands in one of the files `checks` is watched: the arrays,
Tensors and lists of numbers among its arguments are compared before and after. That needs no word in a check, and
costs nothing inside of the learner's code. `changes` is a list of Change.

Functions that may change an argument: those that end in `_` (PyTorch's rule) or in `_into`, those with "in_place" in
their name, `+=` and its like, item assignment, setters, and those whose docstring says "in place". Arguments that are
there to be written to: OUTPUTS.
"""

import sys
import tracemalloc
import zlib
from collections import Counter
from contextlib import contextmanager

import numpy as np

from tinytorch._why import is_tensor

LARGEST = 1 << 22  # bytes of an argument that is compared: more would be felt
MOST = 200  # calls of one function in a check that are watched
EVENTS = 100_000  # calls of anything in a check, after which nothing more is watched
OUTPUTS = {"out", "slope", "shares", "kept"}  # NumPy's word, and those of kernels that give a second result
WITH_ASSIGNMENT = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
IN_PLACE = {f"__i{name}__" for name in WITH_ASSIGNMENT}
IN_PLACE |= {"__setitem__", "__setattr__", "__delitem__", "__setstate__"}


class Change:
    """One argument that did not stay what it was."""

    def __init__(self, code, name, before, after):
        self.code, self.name, self.before, self.after = code, name, before, after

    def __str__(self):
        told = "the tensor itself" if self.name == "self" else f"its argument {self.name}"
        text = f"{self.code.co_name} changed {told}, which belongs to the caller"
        if self.before is not None and self.after is not None:
            text += f"\n  before  {self.before}\n  after   {self.after}"
        return f"{text}\n  why:    what it was given was written to: a new array has to hold the result"


@contextmanager
def watch(checks, code):
    watcher = Watcher(frozenset(map(str, checks)), str(code))
    before = sys.getprofile()
    sys.setprofile(watcher)
    try:
        yield watcher.changes
    finally:
        sys.setprofile(before)


class Watcher:
    def __init__(self, checks, code):
        self.checks, self.code = checks, code
        self.calls, self.changes, self.count = {}, [], Counter()
        self.left = EVENTS

    def __call__(self, frame, event, _):
        self.left -= 1
        if self.left < 0:
            sys.setprofile(None)
        elif event == "call":
            caller = frame.f_back
            if caller is not None and caller.f_code.co_filename in self.checks:
                self.begin(frame)
        elif event == "return" and self.calls and id(frame) in self.calls:
            self.end(frame.f_code, self.calls.pop(id(frame)))

    def begin(self, frame):
        code = frame.f_code
        if self.count[code] == MOST or not code.co_filename.startswith(self.code):
            return
        self.count[code] += 1
        if tracemalloc.is_tracing() or code.co_filename.endswith("testing.py") or may_change(frame):
            return
        kept = [(name, value, state(value), copied(value)) for name, value in arguments(frame)]
        self.calls[id(frame)] = [entry for entry in kept if entry[2] is not None]

    def end(self, code, kept):
        for name, value, before, copy in kept:
            if state(value) != before:
                self.changes.append(Change(code, name, copy, copied(value)))


def may_change(frame):
    code = frame.f_code
    name, doc = code.co_name, code.co_consts[0] if code.co_consts else None
    if (name.endswith(("_into", "_")) and not name.endswith("__")) or name in IN_PLACE or "in_place" in name:
        return True
    return (isinstance(doc, str) and "in place" in doc) or is_setter(frame)


def is_setter(frame):
    """Is this the function behind `x.data = ...`?"""
    code = frame.f_code
    owner = type(frame.f_locals.get(code.co_varnames[0])) if code.co_argcount == 2 else object
    properties = [p for kind in owner.__mro__ for p in vars(kind).values() if isinstance(p, property)]
    return any(getattr(p.fset, "__code__", None) is code for p in properties)


def arguments(frame):
    """(name, value) of every argument; the parts of `*inputs` and of lists one by one."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    for name in code.co_varnames[:count]:
        value = frame.f_locals.get(name)
        if name in OUTPUTS:
            continue
        if isinstance(value, (tuple, list, dict)) and not of_numbers(value):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            yield from ((f"{name}[{key!r}]", part) for key, part in parts if key not in OUTPUTS)
        else:
            yield name, value


def of_numbers(value):
    """Is this a list of numbers, or of rows of numbers? (An empty one may be there to be filled.)"""
    return isinstance(value, list) and bool(value) and all(isinstance(x, (int, float)) or of_numbers(x) for x in value)


def state(value):
    """Something that is another as soon as `value` changes; None for what is not watched."""
    value = array_in(value)
    if isinstance(value, np.ndarray):
        return of_array(value)
    return repr(value) if isinstance(value, list) and of_numbers(value) and len(value) < 1000 else None


def array_in(value):
    """A Tensor's array; anything else as it is."""
    try:
        return value.data if is_tensor(value) else value
    except Exception:  # a learner's Tensor may do anything
        return None


def of_array(array):
    """Shape, dtype and a checksum of the memory, which is not copied."""
    whole = array
    while isinstance(whole.base, np.ndarray) and not whole.flags.forc:
        whole = whole.base
    whole = whole if whole.flags.c_contiguous else whole.T
    if not whole.flags.c_contiguous or whole.nbytes > LARGEST or whole.dtype.kind not in "biufc":
        return None
    return array.shape, array.dtype, zlib.crc32(whole)


def copied(value):
    """A copy of a small value, to be shown; None of a large one."""
    value = array_in(value)
    if isinstance(value, np.ndarray):
        return value.copy() if value.size <= 12 and value.ndim < 2 else None
    return list(value) if isinstance(value, list) and len(value) <= 12 else None
