"""From a reference module to what learners get: no answers and hints, but NBGrader's metadata and the map.

Stripping does what NBGrader's ClearSolutions does, and a test compares the two.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .tangle.manifest import Module, Tier
from .tangle.modulefile import BEGIN, END, Cell, ModuleFileError, expand_metadata, is_directive, read_text

CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)
HEADER = "# {header}"

_COMMENT = re.compile(r"# ?")
_HINT = re.compile(r"#\|\s*hint\b")


class MissingExtra(ImportError):
    """Something optional is needed; the text names the extra that brings it."""


def strip_module(text: str, module: Module, tiers: Iterable[Tier]) -> str:
    """The percent text of a reference module as a hand-out: answers and hints gone, short metadata written
    out in full, the header expanded. ModuleFileError if the text is no module, or a solution cell has no
    solution region.
    """
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    path = Path("modules", f"{module.stem}.py")
    lines = text.split("\n")
    source = read_text(path, text)
    out = lines[: source.cells[0].lineno - 2] if source.cells[0].lineno > 1 else []
    for cell in source.cells:
        if cell.lineno > 1:
            out.append(_marker(lines[cell.lineno - 2], cell))
        out += _header(cell, module, tiers) or list(_stripped(path, cell))
    return "\n".join(out)


def expand_header(text: str, module: Module, tiers: Iterable[Tier]) -> str:
    """Percent text with its `# {header}` line expanded and nothing else changed (for the docs)."""
    header = "\n".join(f"# {line}".rstrip() for line in header_lines(module, tiers))
    return re.sub(rf"(?m)^# {re.escape(HEADER)}$|^{re.escape(HEADER)}$", lambda _: header, text, count=1)


def header_lines(module: Module, tiers: Iterable[Tier]) -> list[str]:
    """The markdown at the head of a module: title, connection map, points and budget."""
    title = f"# Module {module.label}: {module.title}"
    budget = f"{module.budget.seconds:g} seconds and {module.budget.megabytes:g} MB"
    last = f"{module.points} points. Its checks may take {budget}."
    return [title, "", "```text", *connection_map(module, tiers), "```", "", last]


def connection_map(module: Module, tiers: Iterable[Tier]) -> list[str]:
    """What the module needs, teaches and unlocks, as ASCII art that reads from left to right."""
    known = {other.number: other for tier in tiers for other in tier.modules}
    needs = [_called(known, number) for number in module.needs] or ["nothing yet"]
    opens = [
        _called(known, other.number)
        for other in known.values()
        if max(other.needs, default=0) == module.number
    ]
    unlocks = opens + [f"milestone {name}" for name in module.unlocks] or ["the end of this tier"]
    columns = [["needs", *needs], ["this module", f"{module.label} {module.title}"], ["unlocks", *unlocks]]
    height = max(len(column) for column in columns)
    rows = list(zip(*(column + [""] * (height - len(column)) for column in columns), strict=True))
    widths = [max(map(len, column)) for column in columns]
    art = [_row(row, widths, "-->" if index == 1 else "   ") for index, row in enumerate(rows)]
    return [*art, "", f"teaches  {module.teaches['ml']}", f"systems  {module.teaches['systems']}"]


def to_notebook(text: str) -> str:
    """Percent text as a notebook (JSON), the same bytes every time; MissingExtra without jupytext."""
    try:
        jupytext: Any = importlib.import_module("jupytext")  # neither ships types
        nbformat: Any = importlib.import_module("nbformat")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"notebooks need {error.name}: pip install 'tinytorch-course[jupyter]'", name=error.name
        ) from None
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells):
        # jupytext draws ids at random; an id has at most 64 characters
        cell.id = (cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{index:03d}")[:64]
    return f"{nbformat.writes(notebook, version=4)}\n"


# -- cells -------------------------------------------------------------------------------------------------


def _marker(line: str, cell: Cell) -> str:
    """The marker with short metadata written out; a line that needs no change is kept as it is."""
    full = expand_metadata(cell.metadata)
    if full == cell.metadata:
        return line
    kind = "" if cell.kind == "code" else f" [{cell.kind}]"
    title = re.split(r"\s(?:\[\w+\]|[A-Za-z_][\w.-]*=)", line.removeprefix("# %%"), maxsplit=1)[0]
    return f"# %%{title}{kind}" + "".join(f" {key}={json.dumps(value)}" for key, value in full.items())


def _header(cell: Cell, module: Module, tiers: Iterable[Tier]) -> list[str]:
    if cell.kind != "markdown" or cell.text().strip() not in (HEADER, HEADER.removeprefix("# ")):
        return []
    return [*(f"# {line}".rstrip() for line in header_lines(module, tiers)), ""]


def _stripped(path: Path, cell: Cell) -> Iterator[str]:
    """The cell's lines with each solution region replaced by the stub, at the region's indentation."""
    if cell.nbgrader.get("solution") and not any(BEGIN in line for line in cell.lines):
        raise ModuleFileError(path, cell.lineno - 1, f"solution cell {cell.grade_id!r} has no '{BEGIN}'")
    markdown = cell.kind == "markdown"
    inside = False
    for line in cell.lines:
        if BEGIN in line:
            inside = True
            yield from _stub(line, markdown)
        elif END in line:
            inside = False
        elif not inside and not (_HINT.match(line) and is_directive(line)):
            yield line


def _stub(line: str, markdown: bool) -> Iterator[str]:
    """In percent form a markdown line is a comment: the region's indentation is what follows its sign."""
    sign = _COMMENT.match(line) if markdown else None
    prefix = sign.group() if sign and line.strip() != BEGIN else ""
    indent = prefix + " " * (len(line) - len(prefix) - len(line[len(prefix) :].lstrip()))
    for stub in TEXT_STUB if markdown else CODE_STUB:
        yield indent + stub


# -- the map -----------------------------------------------------------------------------------------------


def _called(known: dict[int, Any], number: int) -> str:
    return f"{number:02d} {known[number].title}" if number in known else f"{number:02d}"


def _row(row: tuple[str, ...], widths: list[int], arrow: str) -> str:
    return f"  {arrow}  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
