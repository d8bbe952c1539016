"""What is handed in of a learner's modules: the code that is built, and nothing that they wrote beside it.

A module file also holds answers to questions, notes, tests and, in a notebook, what was printed and drawn. All that is
left out. What stays keeps its line, so that a build of the one is a build of the other, byte for byte.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tinytorch_course.tangle.modulefile import Cell, ModuleFile, read_module


def handed_in(path: Path) -> bytes:
    """The module file at `path` with the exported cells alone."""
    module = read_module(path)
    text = _notebook(module) if module.notebook else _percent(module)
    return text.encode("utf-8")


def _percent(module: ModuleFile) -> str:
    lines: list[str] = []
    for cell in module.cells:
        if not _kept(cell):
            continue
        lines += [""] * (cell.lineno - 1 - len(lines))
        if cell.lineno > 1:
            lines[cell.lineno - 2] = _marker(cell)
        lines += cell.lines
    return "\n".join(lines).rstrip("\n") + "\n"


def _marker(cell: Cell) -> str:
    facts = [f"{key}={json.dumps(value)}" for key, value in _metadata(cell).items()]
    return " ".join(["# %%", *facts])


def _notebook(module: ModuleFile) -> str:
    cells = [_code(cell) if _kept(cell) else _blank(cell) for cell in module.cells]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def _code(cell: Cell) -> dict[str, Any]:
    facts = {"cell_type": "code", "metadata": _metadata(cell), "source": "\n".join(cell.lines)}
    return {"id": f"cell-{cell.index}", "execution_count": None, "outputs": [], **facts}


def _blank(cell: Cell) -> dict[str, Any]:
    """As many lines as there were."""
    return {"id": f"cell-{cell.index}", "cell_type": "raw", "metadata": {}, "source": "\n" * (len(cell.lines) - 1)}


def _kept(cell: Cell) -> bool:
    return cell.kind == "code" and (cell.export or "default_exp" in cell.directives)


def _metadata(cell: Cell) -> dict[str, Any]:
    """What says which part of the module a cell is; an author may have written anything else there."""
    return {key: cell.metadata[key] for key in ("solution", "nbgrader") if key in cell.metadata}
