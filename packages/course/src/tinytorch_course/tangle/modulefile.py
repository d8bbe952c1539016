"""Reading a module file: percent format (`.py`) or a notebook (`.ipynb`), cell by cell.

Both forms give the same cells. A notebook is laid out as the percent file that it stands for (one marker
line before each cell's lines), so that every line has a number in either form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
LARGEST = 50_000_000  # bytes; a notebook with pictures has a few million

_MARKER = re.compile(r"# %%(?!%)(?P<rest>.*)")
_KIND = re.compile(r"\[(?P<kind>\w+)\]\s*(?P<rest>.*)")
_KEY = re.compile(r"\s*(?P<key>[A-Za-z_][\w.-]*)=")
_DIRECTIVE = re.compile(r"#\|\s*(?P<name>\w+)[ \t]*(?P<argument>.*?)\s*")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_KINDS = {"markdown": "markdown", "md": "markdown", "raw": "raw", "code": "code"}
_ARGUMENTS = {"default_exp": True, "export": False, "hint": True}  # directive -> does it take an argument
_FLAGS = {  # what short metadata stands for: the rest of NBGrader's keys
    "solution": {"grade": False, "locked": False, "solution": True},
    "test": {"grade": True, "locked": True, "solution": False},
    "reflect": {"grade": True, "locked": False, "solution": True},
}


class ModuleFileError(ValueError):
    """A module file that cannot be used; `str()` is one line: `modules/01_tensor.py:12: what is wrong`."""

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        self.path, self.line, self.message = Path(path), line, message
        where = "/".join(self.path.parts[-2:])
        super().__init__(f"{where}:{line}: {message}" if line else f"{where}: {message}")


@dataclass
class Cell:
    """One cell. `lineno` is the number of its first source line, `index` its place in the file."""

    kind: str
    metadata: dict[str, Any]
    lines: list[str]
    lineno: int
    index: int
    directives: dict[str, list[str]] = field(default_factory=dict)

    @property
    def export(self) -> bool:
        """Does this cell go into the package?"""
        return "export" in self.directives

    @property
    def hints(self) -> list[str]:
        """The texts of its `#| hint` lines."""
        return self.directives.get("hint", [])

    @property
    def nbgrader(self) -> dict[str, Any]:
        """NBGrader's metadata; empty where the cell has none."""
        found: dict[str, Any] = expand_metadata(self.metadata).get("nbgrader", {})
        return found

    @property
    def grade_id(self) -> str | None:
        """NBGrader's name for the cell."""
        return self.nbgrader.get("grade_id")

    @property
    def points(self) -> float:
        """What a graded cell is worth, otherwise 0."""
        return self.nbgrader.get("points", 0) if self.nbgrader.get("grade") else 0

    @property
    def solution(self) -> str | None:
        """The id, if this is a cell that the learner writes."""
        return self._id("solution")

    @property
    def test(self) -> str | None:
        """The id, if this is a cell that tests."""
        return self._id("test")

    @property
    def reflect(self) -> str | None:
        """The id, if this is an answer that a person grades."""
        return self._id("reflect")

    def _id(self, role: str) -> str | None:
        data = self.nbgrader
        if not all(data.get(key, False) == value for key, value in _FLAGS[role].items() if key != "locked"):
            return None
        grade_id = self.grade_id
        return grade_id.removeprefix(f"{role}-") if grade_id and role != "solution" else grade_id

    def code(self) -> list[str]:
        """The source lines with directives blanked, so that every line keeps its place."""
        return ["" if is_directive(line) else line for line in self.lines]

    def text(self) -> str:
        """A markdown cell's text, without the comment signs of the percent format."""
        return "\n".join(re.sub(r"^# ?", "", line) for line in self.lines).strip("\n")


@dataclass
class ModuleFile:
    """A module file that has been read. `notebook` tells which of the two forms it had."""

    path: Path
    cells: list[Cell]
    notebook: bool = False

    @property
    def target(self) -> str:
        """What `#| default_exp` says; to be compared with the manifest, never to be written to."""
        return next(
            cell.directives["default_exp"][0] for cell in self.cells if "default_exp" in cell.directives
        )

    def cell(self, grade_id: str) -> Cell:
        """The cell with this `grade_id`; KeyError if there is none."""
        for cell in self.cells:
            if cell.grade_id == grade_id:
                return cell
        raise KeyError(grade_id)

    def where(self, line: int) -> str:
        """As its author sees a line: `modules/01_tensor.py:12`, `modules/01_tensor.ipynb, cell 3, line 2`."""
        name = "/".join(self.path.parts[-2:])
        if not self.notebook:
            return f"{name}:{line}"
        cell = max((cell for cell in self.cells if cell.lineno <= line), key=lambda cell: cell.lineno)
        return f"{name}, cell {cell.index + 1}, line {line - cell.lineno + 1}"


def is_directive(line: str) -> bool:
    """Is this line a `#| ...` directive?"""
    return _DIRECTIVE.fullmatch(line) is not None


def read_module(path: Path) -> ModuleFile:
    """Read a `.py` or `.ipynb` module file; ModuleFileError, with the line, if it is not one."""
    path = Path(path)
    text = _decode(path)
    if path.suffix == ".ipynb":
        return _checked(ModuleFile(path, list(_notebook_cells(path, text)), notebook=True))
    return read_text(path, text)


def read_text(path: Path, text: str) -> ModuleFile:
    """The same for percent text that is already at hand; `path` is used in messages."""
    return _checked(ModuleFile(Path(path), list(_percent_cells(Path(path), text))))


def expand_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Short metadata (`solution=`, `test=` or `reflect=` with `points=`) written out as NBGrader's."""
    role = next((role for role in _FLAGS if isinstance(metadata.get(role), str)), None)
    if role is None:
        return dict(metadata)
    name = metadata[role] if role == "solution" else f"{role}-{metadata[role]}"
    full = {**_FLAGS[role], "grade_id": name, "schema_version": 3, "task": False}
    if role != "solution":
        full["points"] = metadata.get("points", 0)
    rest = {key: value for key, value in metadata.items() if key not in (role, "points")}
    return {"nbgrader": dict(sorted(full.items())), **rest}


# -- the two forms -----------------------------------------------------------------------------------------


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModuleFileError(path, None, f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise ModuleFileError(path, None, f"is too large ({len(data):,} bytes)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise ModuleFileError(
            path, line, f"is not UTF-8 (byte 0x{byte:02x}): save the file as UTF-8"
        ) from None
    if "\0" in text:
        raise ModuleFileError(path, text.count("\n", 0, text.index("\0")) + 1, "holds a null character")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _percent_cells(path: Path, text: str) -> Iterator[Cell]:
    """Lines before the first marker are a cell only if they hold code (a marker may have been deleted)."""
    cell = Cell("code", {}, [], 1, 0)
    for number, line in enumerate(
        text.split("\n"), 1
    ):  # not splitlines(): Python ends lines at newlines only
        marker = _MARKER.fullmatch(line)
        if marker is None:
            cell.lines.append(line)
            continue
        if cell.index or cell.lineno > 1 or _holds_code(cell.lines):
            yield cell
            index = cell.index + 1
        else:
            index = 0
        kind, metadata = _marker(path, number, marker["rest"])
        cell = Cell(kind, metadata, [], number + 1, index)
    if cell.lineno > 1 or _holds_code(cell.lines):
        yield cell


def _holds_code(lines: Sequence[str]) -> bool:
    return any(is_directive(line) or (line.strip() and not line.startswith("#")) for line in lines)


def _marker(path: Path, number: int, rest: str) -> tuple[str, dict[str, Any]]:
    """`Title [kind] key=value ...`: title and kind are optional, values are JSON."""
    start = re.search(r"(?:^|\s)(?=\[\w+\]|[A-Za-z_][\w.-]*=)", rest)
    rest = rest[start.end() :] if start else ""
    kind = "code"
    if found := _KIND.match(rest):
        if found["kind"] not in _KINDS:
            raise ModuleFileError(path, number, f"a cell cannot be [{found['kind']}]")
        kind, rest = _KINDS[found["kind"]], found["rest"]
    metadata, position, decoder = {}, 0, json.JSONDecoder()
    while key := _KEY.match(rest, position):
        try:
            metadata[key["key"]], position = decoder.raw_decode(rest, key.end())
        except (ValueError, RecursionError):
            raise ModuleFileError(path, number, f"what follows {key['key']}= cannot be read") from None
    if rest[position:].strip():
        raise ModuleFileError(
            path, number, f"{rest[position:].strip()!r} in the cell's marker cannot be read"
        )
    return kind, metadata


def _notebook_cells(path: Path, text: str) -> Iterator[Cell]:
    try:
        cells = json.loads(text)["cells"]
    except json.JSONDecodeError as error:
        raise ModuleFileError(path, error.lineno, f"is not a notebook: {error.msg}") from None
    except (ValueError, RecursionError, KeyError, TypeError):
        raise ModuleFileError(path, None, "is not a notebook (no list of cells)") from None
    if not isinstance(cells, list):
        raise ModuleFileError(path, None, "is not a notebook (no list of cells)")
    lineno = 2
    for index, cell in enumerate(cells):
        try:
            source = cell["source"]
            source = "".join(source) if isinstance(source, list) else source
            lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            kind, metadata = _KINDS[cell["cell_type"]], cell.get("metadata", {})
        except (KeyError, TypeError, AttributeError):
            raise ModuleFileError(path, None, f"cell {index + 1} is damaged") from None
        yield Cell(kind, metadata if isinstance(metadata, dict) else {}, lines, lineno, index)
        lineno += len(lines) + 1


# -- what must hold in either form -------------------------------------------------------------------------


def _checked(module: ModuleFile) -> ModuleFile:
    for cell in module.cells:
        _read_directives(module, cell)
        _check_metadata(module, cell)
        _check_regions(module, cell)
    _check_ids(module)
    targets = [cell for cell in module.cells if "default_exp" in cell.directives]
    if not targets:
        raise ModuleFileError(
            module.path, None, "has no '#| default_exp ...' line (it is in the first code cell)"
        )
    if len(targets) > 1 or len(targets[0].directives["default_exp"]) > 1:
        raise _error(module, targets[-1], "'#| default_exp' is written twice")
    return module


def _error(module: ModuleFile, cell: Cell, message: str, offset: int = 0) -> ModuleFileError:
    """At a line of the cell: offset 0 is its first source line, -1 its marker. Notebooks name the cell."""
    if module.notebook:
        return ModuleFileError(module.path, None, f"cell {cell.index + 1}: {message}")
    return ModuleFileError(module.path, cell.lineno + offset, message)


def _read_directives(module: ModuleFile, cell: Cell) -> None:
    if cell.kind != "code":
        return
    for offset, line in enumerate(cell.lines):
        found = _DIRECTIVE.fullmatch(line)
        if found is None:
            continue
        name, argument = found["name"], found["argument"]
        if name not in _ARGUMENTS:
            known = ", ".join(_ARGUMENTS)
            raise _error(module, cell, f"there is no directive '#| {name}' (there are {known})", offset)
        if bool(argument) != _ARGUMENTS[name]:
            takes = (
                "needs something after it"
                if _ARGUMENTS[name]
                else f"takes nothing after it, not {argument!r}"
            )
            raise _error(module, cell, f"'#| {name}' {takes}", offset)
        cell.directives.setdefault(name, []).append(argument)


def _check_metadata(module: ModuleFile, cell: Cell) -> None:
    roles = [role for role in _FLAGS if isinstance(cell.metadata.get(role), str)]
    if len(roles) > 1:
        raise _error(module, cell, f"a cell is {roles[0]} or {roles[1]}, not both", -1)
    data = cell.nbgrader
    if not isinstance(data, dict):
        raise _error(module, cell, "nbgrader= must be an object", -1)
    if data and not (isinstance(cell.grade_id, str) and _ID.fullmatch(cell.grade_id)):
        raise _error(module, cell, f"{cell.grade_id!r} is no grade_id (letters, digits, - and _)", -1)
    points = data.get("points", 0)
    if not isinstance(points, (int, float)) or isinstance(points, bool) or not 0 <= points < 10_000:
        raise _error(module, cell, f"points= must be a number, not {points!r}", -1)
    if roles and roles[0] != "solution" and "points" not in cell.metadata:
        raise _error(module, cell, f"a {roles[0]} cell needs points=", -1)


def _check_regions(module: ModuleFile, cell: Cell) -> None:
    """Solution regions: closed, not nested, and in cells that are solutions (NBGrader refuses the others)."""
    begun: int | None = None
    for offset, line in enumerate(cell.lines):
        if BEGIN in line:
            if begun is not None:
                raise _error(module, cell, f"'{BEGIN}' inside another", offset)
            if not cell.nbgrader.get("solution"):
                raise _error(module, cell, f"'{BEGIN}' in a cell that is not a solution", offset)
            begun = offset
        elif END in line:
            if begun is None:
                raise _error(module, cell, f"'{END}' without '{BEGIN}'", offset)
            begun = None
    if begun is not None:
        raise _error(module, cell, f"'{BEGIN}' has no '{END}'", begun)


def _check_ids(module: ModuleFile) -> None:
    seen: dict[str, Cell] = {}
    for cell in module.cells:
        if cell.grade_id in seen:
            raise _error(module, cell, f"a second cell is named {cell.grade_id!r}", -1)
        if cell.grade_id is not None:
            seen[cell.grade_id] = cell
