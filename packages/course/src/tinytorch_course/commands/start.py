"""tt start: make a workspace, or extend it by a module, and say the first step."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tinytorch_course import show
from tinytorch_course.checking import unfinished
from tinytorch_course.source import Problem, first_stub, open_source
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.workspace import Workspace, add_module, extend, find_root, not_at_hand, repaired, settings


def start(number: int | None, notebook: bool | None) -> int:
    here = Path.cwd()
    root = find_root(here)
    workspace = repaired(root or here)
    module = _which(workspace, number)
    workspace = extend(workspace, module, bool(notebook))
    if root is None:
        show.say(f"Made a workspace in {here.name or here}.")
    as_notebook = settings(workspace).get("format") == "ipynb" if notebook is None else notebook
    new = workspace.learner_file(module) is None
    path = add_module(workspace, module, as_notebook)
    workspace.remember("at", "module", module.number)
    _tell(workspace, module, path, new)
    _open(path)
    return 0


def _which(workspace: Workspace, number: int | None) -> Module:
    """The module asked for; else the current one, or the one after it once it has passed."""
    if not workspace.modules:
        raise not_at_hand()
    if number is not None:
        return workspace.module(number)
    current = workspace.current
    if current is None:
        return workspace.first
    return following(workspace, current) or current if workspace.passed(current) else current


def following(workspace: Workspace, module: Module) -> Module | None:
    """The next module that is not left to the reference."""
    later = (m for m in workspace.modules if m.number > module.number)
    return next((m for m in later if not workspace.says_reference(m)), None)


def _tell(workspace: Workspace, module: Module, path: Path, new: bool) -> None:
    name = workspace.relative(path)
    show.say(
        f"Module {module.label}: {module.title}. "
        + (f"Your copy is {name}" if new else f"You have it already: {name}")
    )
    for needed in module.needs:
        _prerequisite(workspace, workspace.module(needed), module)
    show.say()
    step = first_step(workspace, path)
    show.say(f"Next: open {name}, {step}" if step else f"Next: open {name}; nothing in it is left unwritten")
    show.say("Then: tt check     (or  tt watch  to check on every save;  tt hint  when stuck)")


def _prerequisite(workspace: Workspace, needed: Module, module: Module) -> None:
    side = workspace.side(needed)
    if side == "reference":
        show.say(f"  module {needed.label} ({needed.title}) is supplied by the reference")
    elif not workspace.passed(needed):
        show.say(f"note: {unfinished(workspace, needed, module)}", "yellow")


def first_step(workspace: Workspace, path: Path) -> str:
    source = open_source(path, workspace.relative(path))
    if isinstance(source, Problem):
        return ""
    place = first_stub(source)
    if place is None:
        return ""
    spot = f"cell {place.cell}, line {place.line}" if place.cell else f"line {place.line}"
    return f"read as far as {spot}, and write your code there"


def _open(path: Path) -> None:
    """Open the module in the learner's editor, where there is a terminal and an editor was named."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        show.say(
            f"note: the editor {editor!r} could not be started ({error}); open the file yourself", "yellow"
        )
