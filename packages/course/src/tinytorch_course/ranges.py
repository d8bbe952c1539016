"""Lists of modules as people write and read them: `7,14-20`, and "modules 07 and 14 to 20"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tinytorch_course.errors import ToolError

EXAMPLE = 'write numbers and ranges: modules = [7, "14-20"]'


def module_numbers(parts: Iterable[object]) -> list[int]:
    """The numbers that `7` and `"14-20"` stand for, in order; none may be named twice."""
    named: dict[int, object] = {}
    for part in parts:
        for number in _range(part):
            if number in named:
                twice = "" if named[number] == part else f": {named[number]} and {part} overlap"
                raise ToolError(f"module {number:02} is named twice{twice}", EXAMPLE)
            named[number] = part
    return sorted(named)


def _range(part: object) -> range:
    text = re.sub(r" *[-\N{EN DASH}] *", "-", str(part).strip())
    match = re.fullmatch(r"(\d{0,3})(-?)(\d{0,3})", text, re.ASCII)
    if match is None or isinstance(part, bool) or not (match[1] or match[3]):
        raise ToolError(f"{part!r} is not a module (12) or a range of modules (14-20)", EXAMPLE)
    if match[2] and not (match[1] and match[3]):
        raise ToolError(f"{text} has no {'end' if match[1] else 'beginning'}", EXAMPLE)
    first, last = int(match[1]), int(match[3] or match[1])
    if last < first:
        raise ToolError(f"{text} runs backwards: write {last}-{first}", EXAMPLE)
    return range(first, last + 1)


def span(numbers: Iterable[int]) -> str:
    """`module 12`, `modules 12 and 15`, `modules 07 and 14 to 20`."""
    parts = [text for run in _runs(numbers) for text in _words(run)]
    if len(parts) > 1:
        return f"modules {', '.join(parts[:-1])} and {parts[-1]}"
    return f"module{'s' if ' to ' in parts[0] else ''} {parts[0]}"


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _words(run: list[int]) -> list[str]:
    """Two neighbours are named, more are a range."""
    return [f"{run[0]:02} to {run[-1]:02}"] if len(run) > 2 else [f"{number:02}" for number in run]
