"""Reading what the learner wrote: can it be compiled, and what of the original is no longer there."""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinytorch_course.tangle.modulefile import Cell, ModuleFile, ModuleFileError, read_module


@dataclass(frozen=True)
class Place:
    """A line of a learner's file; in a notebook, the line of a cell (counted from 1)."""

    file: str
    line: int | None = None
    cell: int | None = None

    def __str__(self) -> str:
        if self.line is None:
            return self.file
        cell = "" if self.cell is None else f"cell {self.cell}, "
        return f"{self.file}, {cell}line {self.line}"


@dataclass(frozen=True)
class Problem:
    """Why a module file cannot be checked at all."""

    message: str
    place: Place | None = None
    line: str = ""
    column: int | None = None
    help: str = ""


@dataclass(frozen=True)
class Source:
    """A module file that could be read, and the name by which messages call it."""

    name: str
    module: ModuleFile

    @property
    def notebook(self) -> bool:
        return self.module.notebook

    def at(self, line: int) -> Place:
        """A line of the tangled file; a notebook is numbered as the percent file that it stands for."""
        if not self.notebook:
            return Place(self.name, line)
        cells = [c for c in self.module.cells if c.lineno <= line]
        cell = cells[-1] if cells else self.module.cells[0]
        return self.place(cell, max(0, line - cell.lineno))

    def place(self, cell: Cell, offset: int) -> Place:
        """The line `offset` (from 0) of a cell."""
        if self.notebook:
            return Place(self.name, offset + 1, cell.index + 1)
        return Place(self.name, cell.lineno + offset)

    def place_of(self, name: str) -> Place | None:
        """Where the function or class `name` begins."""
        for cell in self.module.cells:
            for offset, line in enumerate(cell.lines):
                if line.startswith((f"def {name}(", f"class {name}(", f"class {name}:")):
                    return self.place(cell, offset)
        return None

    def find_solution(self, name: str) -> Cell | None:
        return next((c for c in self.module.cells if c.solution == name), None)


def first_stub(source: Source) -> Place | None:
    """Where a module still raises NotImplementedError in the place of an answer."""
    for cell in source.module.cells:
        for offset, line in enumerate(code_of(cell).split("\n") if cell.solution else ()):
            if line.strip().startswith("raise NotImplementedError"):
                return source.place(cell, offset)
    return None


def code_of(cell: Cell) -> str:
    return "\n".join(cell.code())


def open_source(path: Path, name: str) -> Source | Problem:
    """Read and compile a module file; what stands in the way is returned, not raised."""
    try:
        module = read_module(path)
    except ModuleFileError as error:
        place = Place(name, error.line) if error.line else None
        return Problem(_sentence(error.message), place or Place(name), help=_help(error.message))
    source = Source(name, module)
    return syntax_problem(source) or source


def _sentence(message: str) -> str:
    """Some messages go on from the file's name ("is not UTF-8"), others are sentences."""
    return f"the file {message}" if message.startswith(("is ", "has ", "holds ", "cannot ")) else message


def _help(message: str) -> str:
    if "UTF-8" in message or "null character" in message:
        return "your editor can do that (Save with encoding: UTF-8)"
    return "undo the last change, or: tt reset  keeps a copy of the file and gives you a fresh one"


def syntax_problem(source: Source) -> Problem | None:
    """The first error that keeps the exported code from compiling, at its place in the learner's file."""
    for cell in source.module.cells:
        if cell.kind != "code" or not (cell.export or cell.solution):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a SyntaxWarning is shown when the code runs
                # not the file's own name: Python would take the line from the file, counted from its top
                compile(code_of(cell), "<cell>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return _syntax(source, cell, error)
        except ValueError as error:  # a null byte
            return Problem(f"SyntaxError: {error}", source.place(cell, 0))
    return None


def _syntax(source: Source, cell: Cell, error: SyntaxError) -> Problem:
    lines = code_of(cell).split("\n")
    number = min(max(error.lineno or 1, 1), len(lines))
    line = lines[number - 1]
    column = error.offset - 1 if error.offset else None
    if isinstance(error, IndentationError):  # Python points behind the indentation, or nowhere
        column = len(line) - len(line.lstrip())
    return Problem(
        f"{type(error).__name__}: {error.msg}",
        source.place(cell, number - 1),
        line,
        column,
        _advice(error, line),
    )


def _advice(error: SyntaxError, line: str) -> str:
    if isinstance(error, TabError):
        return "this line is indented with tabs and others with spaces: use four spaces everywhere"
    if isinstance(error, IndentationError):
        return "the line stands too far left or right of its neighbours: four spaces for each level"
    if line.lstrip().startswith(("%", "!")):
        return "a notebook command cannot go into the package: move it to a cell without #| export"
    return ""


# --- what of the original is no longer there


@dataclass(frozen=True)
class Change:
    """A difference from the original module that the learner should know of."""

    kind: str  # "test-changed", "test-gone", "marker-gone", "name-gone"
    name: str
    message: str


def changes(source: Source, original: ModuleFile) -> list[Change]:
    return [*_markers(source, original), *_tests(source, original), *_names(source, original)]


def _tests(source: Source, original: ModuleFile) -> Iterator[Change]:
    mine = {c.test: code_of(c).strip() for c in source.module.cells if c.test}
    every = {code_of(c).strip() for c in source.module.cells}
    merged = any(source.find_solution(c.solution) is None for c in original.cells if c.solution)
    for cell in original.cells:
        code = code_of(cell).strip()
        if not cell.test or code in every:
            continue
        if cell.test not in mine:
            yield Change(
                "test-gone",
                cell.test,
                f"the test cell {cell.test} is gone from your file; the original was used",
            )
        elif not (merged and mine[cell.test].startswith(code)):  # the cell after it lost its marker
            yield Change(
                "test-changed", cell.test, f"the test cell {cell.test} was changed; the original was used"
            )


def _markers(source: Source, original: ModuleFile) -> Iterator[Change]:
    for cell in original.cells:
        if not cell.solution or source.find_solution(cell.solution) is not None:
            continue
        heading = next((x for x in cell.lines if x.startswith(("def ", "class "))), "")
        found = _line_of(source, heading)
        if source.notebook:
            message = f"the cell of {cell.solution} has lost its NBGrader metadata" + (
                f" ({found})" if found else ""
            )
        else:
            where = f": put it back above {found}" if found else ""
            message = f'the line  # %% solution="{cell.solution}"  that begins a cell is gone{where}'
        yield Change("marker-gone", cell.solution, message)


def _line_of(source: Source, text: str) -> str:
    for cell in source.module.cells:
        for offset, line in enumerate(cell.lines):
            if text and line.rstrip() == text.rstrip():
                return str(source.place(cell, offset))
    return ""


def _names(source: Source, original: ModuleFile) -> Iterator[Change]:
    mine, theirs = _defined(source.module), _defined(original)
    lost = {c.solution for c in original.cells if c.solution and source.find_solution(c.solution) is None}
    new = [name for name in mine if name not in theirs]
    for name in theirs:
        inner = any(name.startswith(f"{outer}.") for outer in theirs if outer not in mine)
        if name in mine or inner or theirs[name][0].solution in lost:
            continue
        close = difflib.get_close_matches(name, new, 1, 0.7)
        place = mine[close[0]] if close else None
        hint = f"; did you rename it to {close[0]} ({source.place(*place)})?" if place else ""
        yield Change("name-gone", name, f"{name} is no longer in your file{hint}")


def _defined(module: ModuleFile) -> dict[str, tuple[Cell, int]]:
    """Functions and classes of the exported cells, methods as Class.method, with their places."""
    names: dict[str, tuple[Cell, int]] = {}
    for cell in module.cells:
        if cell.kind == "code" and cell.export:
            for name, line in _definitions(ast.parse(code_of(cell)).body, ""):
                names[name] = (cell, line - 1)
    return names


def _definitions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, int]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield prefix + node.name, node.lineno
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{prefix}{node.name}.")
