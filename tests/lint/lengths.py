"""The length of this project's functions: median at most 10 lines, nine of ten at most 35.

Chapters have budgets of their own (`nox -s modules`); tests are counted too, since they are read as well.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ["noxfile.py", "packages/*/src/**/*.py", "packages/*/*.py", "tests/**/*.py", "milestones/*.py"]
CODE += ["capstone/**/*.py"]


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of each function's body, its docstring aside, and where it stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            first = body[0].lineno if body else node.lineno
            where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            yield (node.end_lineno or first) - first + 1, where


def main() -> int:
    files = sorted({path for pattern in CODE for path in ROOT.glob(pattern)})
    found = sorted(item for path in files for item in functions(path))
    lengths = [length for length, _ in found]
    median, most = statistics.median(lengths), lengths[int(0.9 * (len(lengths) - 1))]
    print(f"{len(lengths)} functions: median {median:g} lines (at most 10), nine of ten at most {most} (35)")
    if median <= 10 and most <= 35:
        return 0
    for length, where in found[-15:]:
        print(f"{length:5}  {where}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
