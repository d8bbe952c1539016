"""Which arrays were changed in place, and when, so that backward() can refuse values that are no longer those of the
forward pass.

There is one clock for both: each recorded operation and each change takes a number from it. A pass backward looks
closer only where a change is younger than an operation, so that a usual training loop pays nothing.
"""

import itertools
import weakref
from functools import partial
from types import FunctionType

import numpy as np

clock = itertools.count(1)
latest = 0  # the youngest change
_changes = {}  # id of the array that owns the memory -> [weak reference to it, time of its youngest change]


def changed(array):
    """Note that the numbers of `array` were changed in place."""
    global latest
    owner, latest = owner_of(array), next(clock)
    key = id(owner)
    if key in _changes:
        _changes[key][1] = latest
    else:
        _changes[key] = [weakref.ref(owner, partial(forget, key)), latest]


def forget(key, reference):
    """The array is gone: another one may get its id."""
    if key in _changes and _changes[key][0] is reference:
        del _changes[key]


def owner_of(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def changed_since(array, time):
    return _changes.get(id(owner_of(array)), (None, 0))[1] > time


def stale(time, edges):
    """An array that the functions of `edges` keep for the backward pass and that was changed after `time`; or None."""
    if time > latest:
        return None
    arrays = (array for _, function in edges for array in kept(function, set()))
    return next((array for array in arrays if changed_since(array, time)), None)


def check_node(node):
    """RuntimeError if a backward pass has freed what the node kept, or if that was changed in place since."""
    if node.edges is None:
        raise RuntimeError(
            "this graph was freed by an earlier backward(): run the forward pass again, "
            "add the losses and call backward() once, or call backward(retain_graph=True)"
        )
    array = stale(node.order, node.edges)
    if array is not None:
        raise RuntimeError(
            f"an array of shape {array.shape} was changed in place after the operation {node.name} used it, and "
            "the gradient needs its old values: call backward() before you change it, or change a copy"
        )


def kept(thing, seen):
    """All arrays that a function, its defaults and closures, or a tuple, a dict or a plain object in them, holds."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield thing
    for part in parts(thing):
        yield from kept(part, seen)


def parts(thing):
    if isinstance(thing, (tuple, list)):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    if isinstance(thing, FunctionType):
        return [*(cell.cell_contents for cell in thing.__closure__ or () if filled(cell)), *(thing.__defaults__ or ())]
    if isinstance(thing, partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if type(thing).__name__ == "Context":
        return vars(thing).values()
    return [thing._data] if isinstance(getattr(thing, "_data", None), np.ndarray) else ()


def filled(cell):
    try:
        cell.cell_contents  # noqa: B018 - asked for the error that an empty cell gives
    except ValueError:
        return False
    return True
