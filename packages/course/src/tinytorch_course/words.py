"""Python's own errors in the words of a course: what came back cannot be used as a check uses it.

An error in the learner's code is told as it is, with its line. One in a line of the check itself is none that the
learner can look up there: the code had ended, and what it returned was of the wrong kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NONE = "None came back: is a `return` missing?"
_PLAIN = {kind.__name__ for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set)}
_SHAPE = r"\((\d*(?:, ?\d+)*,?)\)"


def in_words(kind: str, message: str, line: str) -> str:
    """The failure of a check whose own line stopped with `kind: message`."""
    found = next(filter(None, (rule(kind, message) for rule in RULES)), "")
    what = found or f"{kind}: {message}"
    return f"{what}\n  the check: {line}" if line else what


def shapes_in_words(message: str) -> str:
    """What two shapes have to do with each other that NumPy could not bring together, or ''."""
    shapes = [tuple(int(n) for n in re.findall(r"\d+", text)) for text in re.findall(_SHAPE, message)]
    if not re.search("broadcast|not aligned|mismatch", message) or len(shapes) < 2:
        return ""
    first, second = shapes[:2]
    turned = len(first) > 1 and first != second and first == second[::-1]
    return f"the shapes {first} and {second} do not fit" + (": the one is the other transposed" if turned else "")


def _nothing(kind: str, message: str) -> str:
    return _NONE if "NoneType" in message else ""


def _attribute(kind: str, message: str) -> str:
    found = re.search(r"'([\w.]+)' object has no attribute '(\w+)'", message)
    if not found:
        return ""
    owner, name = found[1].rpartition(".")[2], found[2]
    if owner == "ndarray":
        return f"a NumPy array came back where a Tensor belongs: it has no .{name}"
    if owner in ("Tensor", "Parameter"):
        return f"a {owner} came back where an array belongs, or it lacks .{name}"
    if owner not in _PLAIN:
        return ""  # a class of the learner's, which lacks a method
    article = "an" if owner[0] in "aeiou" else "a"
    return f"{article} {owner} came back, which has no .{name}"


def _arguments(kind: str, message: str) -> str:
    if not re.search(r"\(\) (takes|missing|got an unexpected|got multiple)", message):
        return ""
    return f"the check calls it as the chapter describes it, and it takes other arguments: {message}"


def _shapes(kind: str, message: str) -> str:
    found = shapes_in_words(message)
    return f"what came back has another shape than it should: {found}" if found else ""


def _parts(kind: str, message: str) -> str:
    found = re.search(r"values to unpack \(expected (\d+)(?:, got (\d+))?\)", message)
    if not found:
        return ""
    return f"{found[1]} parts should come back, and {found[2] or 'more'} did"


def _missing(kind: str, message: str) -> str:
    if kind == "KeyError":
        return f"the check looks for {message} in what came back, and it is not there"
    return f"too little came back ({message})" if kind == "IndexError" else ""


RULES: tuple[Callable[[str, str], str], ...] = (_nothing, _attribute, _arguments, _shapes, _parts, _missing)
