"""tt status and tt reset."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from tinytorch_course import files, show
from tinytorch_course.errors import PASS, ToolError
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import ModuleFileError, read_module
from tinytorch_course.workspace import Workspace, pristine_text


def status(workspace: Workspace, as_json: bool) -> int:
    rows = [facts(workspace, module) for module in workspace.tier.modules]
    at = workspace.current
    if as_json:
        show.say_json({"current": at.label if at else None, "modules": rows})
        return PASS
    lines = show.table(
        [("  ", "module", "supplied by", "check", "points")]
        + [
            (
                "> " if at is not None and row["module"] == at.label else "  ",
                f"{row['module']} {row['title']}",
                {"absent": "not started"}.get(row["side"], row["side"]),
                row["state"],
                f"{row['points']:g} of {row['of']:g}" if row["points"] is not None else "",
            )
            for row in rows
        ]
    )
    for line in lines:
        show.say(line)
    return PASS


def facts(workspace: Workspace, module: Module) -> dict[str, Any]:
    path = workspace.learner_file(module)
    known = workspace.recall("checks", module.label)
    row: dict[str, Any] = {
        "module": module.label,
        "title": module.title,
        "side": workspace.side(module),
        "file": None,
        "points": None,
    }
    row |= {"of": tested_points(workspace, module), "state": "", "passed": workspace.passed(module)}
    if path is None:
        return row
    row |= {"file": workspace.relative(path), "state": "not checked yet"}
    if isinstance(known, dict):
        same = known.get("of") == files.digest(path)
        row["points"] = known.get("points", 0)
        row["state"] = (
            ("passed" if known.get("passed") else "not yet") if same else "changed since its last check"
        )
    return row


def tested_points(workspace: Workspace, module: Module) -> float:
    return sum(cell.points for cell in workspace.kit.pristine_module(module).cells if cell.test)


def reset(workspace: Workspace, number: int) -> int:
    module = workspace.module(number)
    path = workspace.learner_file(module)
    if path is None:
        raise ToolError(
            f"module {module.label} is not started, so there is nothing to reset",
            f"start it: tt start {module.label}",
        )
    fresh = pristine_text(workspace, module, path.suffix == ".ipynb")
    name = workspace.relative(path)
    difference = _difference(path, fresh, name)
    if path.read_bytes() == fresh.encode("utf-8"):
        show.say(f"{name} is already as it was at the start.")
        return PASS
    for line in difference:
        show.say(line, "red" if line.startswith("-") else "green" if line.startswith("+") else "")
    copy = files.backup(path, workspace.backups)
    files.write_text(path, fresh)
    workspace.remember("checks", module.label, None)
    workspace.remember("hints", module.label, {})
    show.say(f"{name} is as it was at the start. Your version is kept: {workspace.relative(copy)}")
    return PASS


def _difference(path: Path, fresh: str, name: str) -> list[str]:
    """What the reset takes away and puts back, on the text of the cells for a notebook."""
    try:
        mine = _lines(path)
        original = fresh.splitlines() if path.suffix == ".py" else _cells_of(fresh, path)
    except (ModuleFileError, UnicodeDecodeError):
        return [f"{name} cannot be read as text, so the difference is not shown."]
    return list(
        difflib.unified_diff(mine, original, f"{name} (yours)", f"{name} (at the start)", "", "", 1, "")
    )


def _lines(path: Path) -> list[str]:
    if path.suffix == ".py":
        return path.read_text("utf-8").splitlines()
    return [line for cell in read_module(path).cells for line in cell.lines]


def _cells_of(fresh: str, path: Path) -> list[str]:
    import json

    cells = json.loads(fresh)["cells"]
    sources = ["".join(c["source"]) if isinstance(c["source"], list) else c["source"] for c in cells]
    return [line for source in sources for line in source.split("\n")]
