"""Looking for answers where there must be none: in a hand-out, with every wheel in it opened.

An answer is what stands in a solution region. Three things give it away:

- the whole region, if it is more than a line that anybody might write;
- the region in its place, however short: behind the line that it stands behind in the module;
- any one of its lines that is long enough to tell, and that is not given to the learner anyway.

Code that is given (stripped modules, the tiers below, checks, milestones) may say the same as a short answer does, such
as `return x`: that gives nothing away. A wheel from elsewhere is searched for whole regions only.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import BEGIN, END, Cell, ModuleFile

TELLING = 16  # characters that a line has at least, to give an answer away by itself
WHOLE = (2, 50)  # lines and characters of a region that nobody of this house writes twice by chance
STRANGE = (3, 90)  # ... nor anybody in the world


@dataclass(frozen=True)
class Answer:
    module: str  # its number
    cell: str
    before: str  # the line that it stands behind
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return _joined(self.lines)

    def has(self, size: tuple[int, int]) -> bool:
        return len(self.lines) >= size[0] and sum(map(len, self.lines)) >= size[1]


@dataclass(frozen=True)
class Leak:
    where: str  # a file in the zip
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def answers(module: Module, source: ModuleFile) -> Iterator[Answer]:
    """Every solution region of a module with its answers."""
    for cell in source.cells:
        yield from _regions(module, cell)


def _regions(module: Module, cell: Cell) -> Iterator[Answer]:
    before = ""
    inside: list[str] | None = None
    for line in _significant(cell.text() if cell.kind == "markdown" else "\n".join(cell.lines)):
        if BEGIN.lstrip("# ") in line:
            inside = []
        elif END.lstrip("# ") in line and inside is not None:
            if inside:
                yield Answer(module.label, cell.grade_id or "?", before, tuple(inside))
            inside = None
        elif inside is not None:
            inside.append(line)
        else:
            before = line


def _significant(text: str) -> list[str]:
    return [stripped for line in text.splitlines() if (stripped := line.strip())]


def _joined(lines: Iterable[str]) -> str:
    """So that whole lines can be looked for as text."""
    return "\n" + "\n".join(lines) + "\n"


class Search:
    """For the given answers; `given` are the texts that learners have anyway."""

    def __init__(self, answers: Iterable[Answer], given: Iterable[str]) -> None:
        self.answers = list(answers)
        self.given = _joined(line for text in given for line in _significant(text))

    @cached_property
    def lines(self) -> dict[str, Answer]:
        """The lines that give an answer away by themselves."""
        long = {line: answer for answer in self.answers for line in answer.lines if len(line) >= TELLING}
        return {line: answer for line, answer in long.items() if line not in self.given}

    @cached_property
    def places(self) -> dict[str, Answer]:
        """Each answer behind the line that it stands behind."""
        found = {_joined((answer.before, *answer.lines)): answer for answer in self.answers if answer.before}
        return {text: answer for text, answer in found.items() if text not in self.given}

    @cached_property
    def wholes(self) -> dict[str, Answer]:
        return {answer.text: answer for answer in self.answers if answer.has(WHOLE)}

    @cached_property
    def strange(self) -> dict[str, Answer]:
        return {text: answer for text, answer in self.wholes.items() if answer.has(STRANGE)}

    def leaks(self, where: str, data: bytes, from_elsewhere: bool = False) -> Iterator[Leak]:
        """What a file gives away."""
        if from_elsewhere and b"\0" in data[:4096]:
            return  # compiled code
        raw = data.decode("utf-8", "replace")
        lines = _significant(raw)
        if where.endswith((".json", ".ipynb")):
            lines += _significant(_strings(raw))
        text = _joined(lines)
        known = self.strange if from_elsewhere else {**self.wholes, **self.places, **self.lines}
        for part, answer in known.items():
            if part in text:
                kind = "a line of the" if part in self.lines else "the"
                yield Leak(where, f"{kind} answer {answer.cell} of module {answer.module}")


def _strings(text: str) -> str:
    """Every text in a JSON file, one after the other, as somebody who opens it sees them."""
    try:
        return "\n".join(_texts(json.loads(text)))
    except (ValueError, RecursionError):
        return ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for part in value.values() for text in _texts(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in _texts(part))


def files_of(data: bytes, name: str = "") -> Iterator[tuple[str, bytes]]:
    """The files of a zip, and of every zip in it: `handout/wheelhouse/x.whl: package/file.py`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            inner, where = archive.read(entry), f"{name}: {entry.filename}" if name else entry.filename
            yield where, inner
            if is_zip(inner):
                yield from files_of(inner, where)


def is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")
