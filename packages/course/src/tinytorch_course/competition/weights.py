"""A safetensors file from a stranger: its header is read by us before any library sees the rest."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from tinytorch_course.errors import NotYet

SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2}  # type -> bytes; those that NumPy has
SIZES |= {"I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}
LARGEST_HEADER = 1_000_000
MOST_ARRAYS = 10_000
MOST_DIMENSIONS = 8
LONGEST_NAME = 200


class BadWeights(NotYet):
    """The file is refused; the sentence says why."""


def refused(what: str) -> BadWeights:
    return BadWeights(f"artefacts/model.safetensors is refused: {what}", "write it with safetensors' save_file")


def read_header(path: Path, largest: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name -> type and shape. BadWeights unless the arrays fill the file exactly, without gap or overlap."""
    size = path.stat().st_size
    if size > largest:
        raise refused(f"it has {size:,} bytes; this track allows {largest:,}")
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(LARGEST_HEADER, size - 8):
            raise refused(f"its header would have {length:,} bytes")
        table = parse(file.read(length))
    arrays = {name: checked(name, facts) for name, facts in table.items() if name != "__metadata__"}
    if not arrays:
        raise refused("there is no array in it")
    fill_exactly({name: facts["data_offsets"] for name, facts in table.items() if name in arrays}, size - 8 - length)
    return arrays


def parse(header: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError("a name comes twice")
        return dict(pairs)

    try:
        table = json.loads(header, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise refused(f"its header is no JSON ({error})") from None
    if not isinstance(table, dict) or len(table) > MOST_ARRAYS:
        raise refused(f"its header is not a table of at most {MOST_ARRAYS:,} arrays")
    return table


def checked(name: str, facts: Any) -> tuple[str, tuple[int, ...]]:
    """Type and shape of an array, whose bytes are as many as they must be."""
    label = ascii(name[:60])
    if len(name) > LONGEST_NAME or not isinstance(facts, dict) or set(facts) != {"dtype", "shape", "data_offsets"}:
        raise refused(f"the header describes {label} in another way than safetensors does")
    kind, shape, offsets = facts["dtype"], facts["shape"], facts["data_offsets"]
    if not isinstance(kind, str) or kind not in SIZES:
        raise refused(f"{label} is of type {ascii(kind)[:40]}, which is not known here")
    if not whole(shape) or len(shape) > MOST_DIMENSIONS or not whole(offsets) or len(offsets) != 2:
        raise refused(f"{label} has a shape or offsets that are not lists of whole numbers")
    if offsets[1] - offsets[0] != math.prod(shape) * SIZES[kind]:
        raise refused(f"{label} of shape {shape} and type {kind} does not have {offsets[1] - offsets[0]:,} bytes")
    return kind, tuple(shape)


def whole(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 1 << 48 for value in values)


def fill_exactly(offsets: dict[str, list[int]], size: int) -> None:
    end = 0
    for name, (first, last) in sorted(offsets.items(), key=lambda item: item[1]):
        if first != end:
            what = "overlaps the array before it" if first < end else "leaves bytes unused before it"
            raise refused(f"{name[:60]!a} {what}")
        end = last
    if end != size:
        raise refused(f"its arrays have {end:,} bytes, and the file has {size:,}")
