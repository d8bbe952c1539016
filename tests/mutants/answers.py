"""Answers beside the reference's: packages/*/wrong/NN/*.py and packages/*/right/NN/*.py, one file each.

    \"\"\"What is different, in one line.\"\"\"
    # cell: grade_id of the solution cell
    # says: for a wrong one, a regular expression that the failing message must match
    ...the cell...

`# cell:` sections may repeat. A cell is given in one of three forms: whole, as the learner wrote it; as the lines
that differ from the reference's, each of which must occur there exactly once,

    # replace:
    ...
    # by:
    ...

or as what stands in the solution region of a function (of a method: Class.method), which needs no change when
the given code around it changes:

    # function: relu
    return np.where(a > 0, a, 0)
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import BEGIN, END

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from cells import bodies, replace
from house import ROOT, course, source

SECTION = re.compile(r"(?m)^# cell: *(\S+) *\n")
SAYS = re.compile(r"(?m)^# says: *(.+?) *\n")
CHANGE = re.compile(r"(?ms)^# replace:\n(.*?)^# by:\n(.*?)(?=^# replace:\n|\Z)")
FUNCTION = re.compile(r"(?m)^# function: *(\S+) *\n")


@dataclass(frozen=True)
class Answer:
    module: Module
    path: Path
    what: str
    says: list[str]
    cells: dict[str, str]

    @property
    def right(self) -> bool:
        return self.path.parents[1].name == "right"

    def text(self) -> str:
        """The module file with this answer in it."""
        return answered(source(self.module).read_text("utf-8"), self.cells)


def read(path: Path, module: Module) -> Answer:
    text = path.read_text("utf-8")
    head, *parts = SECTION.split(text)
    what = (ast.get_docstring(ast.parse(head)) or "").strip()
    cells = {name: SAYS.sub("", body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
    answer = Answer(module, path, what, SAYS.findall(text), cells)
    if not (what and cells) or "\n" in what or bool(answer.says) == answer.right:
        raise ValueError(
            f"{path}: needs a docstring of one line and `# cell:`; `# says:` if it is wrong, none if it is right"
        )
    return answer


def found(kind: str, number: int | None = None, name: str = "") -> list[Answer]:
    """Those of one kind, "wrong" or "right": all, a module's, or those whose file's name begins with `name`."""
    modules = [module for module in course() if number in (None, module.number)]
    folders = [(module, ROOT / "packages" / module.tier / kind / module.label) for module in modules]
    return [read(path, module) for module, folder in folders for path in sorted(folder.glob(f"{name}*.py"))]


def answered(text: str, cells: dict[str, str]) -> str:
    """The text of a module file with other answers in its cells."""
    own = bodies(text)
    missing = sorted(set(cells) - set(own))
    if missing:
        raise KeyError(f"no such cell: {', '.join(missing)}")
    return replace(text, {name: written(body, own[name]) for name, body in cells.items()})


def written(body: str, reference: str) -> str:
    """The whole cell that `body` stands for."""
    _, *parts = FUNCTION.split(body)
    for name, code in zip(parts[::2], parts[1::2], strict=True):
        reference = refilled(reference, name, code)
    changes = [(old.strip("\n"), new.strip("\n")) for old, new in CHANGE.findall(body)]
    for old, new in changes:
        if reference.count(old) != 1:
            raise ValueError(f"{reference.count(old)} places, not one, have these lines:\n{old}")
        reference = reference.replace(old, new)
    return reference if parts or changes else body


def refilled(cell: str, name: str, code: str) -> str:
    """`cell` with `code` in the one solution region of the function `name`."""
    node: ast.AST = ast.parse(cell)
    for part in name.split("."):
        node = next((n for n in ast.walk(node) if getattr(n, "name", None) == part), ast.Module([], []))
    lines = cell.split("\n")
    inside = range(getattr(node, "lineno", 1) - 1, getattr(node, "end_lineno", 0) + 1)  # END may stand behind
    begins = [i for i in inside if i < len(lines) and BEGIN in lines[i]]
    if len(begins) != 1:
        raise ValueError(f"{name} has {len(begins)} solution regions, not one")
    end = next(i for i in range(begins[0], len(lines)) if END in lines[i])
    indent = lines[begins[0]][: lines[begins[0]].index(BEGIN)]
    filling = textwrap.indent(textwrap.dedent(code).strip("\n"), indent)
    return "\n".join([*lines[: begins[0] + 1], filling, *lines[end:]])
