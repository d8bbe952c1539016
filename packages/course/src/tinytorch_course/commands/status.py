"""tt status and tt reset."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinytorch_course import files, show
from tinytorch_course.errors import PASS, ToolError
from tinytorch_course.kits import installed_tiers
from tinytorch_course.tangle.manifest import Module, Tier
from tinytorch_course.tangle.modulefile import ModuleFileError, read_module
from tinytorch_course.workspace import Workspace, pristine_text

HEADINGS = ("  ", "module", "supplied by", "check", "points")


def status(workspace: Workspace, as_json: bool) -> int:
    rows = [facts(workspace, module) for tier in workspace.tiers for module in tier.modules]
    at = workspace.current.label if workspace.current is not None else None
    if as_json:
        show.say_json({"current": at, "tiers": [_whose(workspace, t) for t in workspace.tiers], "modules": rows})
        return PASS
    head, *lines = show.table([HEADINGS, *(_line(row, at) for row in rows)])
    show.say(head)
    for tier in workspace.tiers:
        if len(workspace.tiers) > 1:
            show.say(f"{tier.distribution}  ({_in_words(_whose(workspace, tier))})")
        for _ in tier.modules:
            show.say(lines.pop(0))
    return PASS


def _whose(workspace: Workspace, tier: Tier) -> dict[str, str | None]:
    """Whose a tier is; in which version it is taken as installed, and in which of the learner's it is installed."""
    mine = any(workspace.side(module) == "mine" for module in tier.modules)
    built = [one.version for one in installed_tiers() if one.tier.name == tier.name and one.is_student_build]
    return {
        "tier": tier.name,
        "side": "mine" if mine else "reference",
        "installed": None if tier.name in workspace.kits else workspace.installed[tier.name].version,
        "built": built[0] if built else None,
    }


def _in_words(facts: Mapping[str, str | None]) -> str:
    if facts["side"] == "reference":
        return "reference" + (f", as installed: {facts['installed']}" if facts["installed"] else "")
    return f"yours, installed: {facts['built']}" if facts["built"] else "yours, not installed: tt build"


def _line(row: Mapping[str, Any], at: str | None) -> tuple[str, ...]:
    return (
        "> " if row["module"] == at else "  ",
        f"{row['module']} {row['title']}",
        {"absent": "not started"}.get(row["side"], row["side"]),
        row["state"],
        f"{row['points']:g} of {row['of']:g}" if row["points"] is not None else "",
    )


def facts(workspace: Workspace, module: Module) -> dict[str, Any]:
    path = workspace.learner_file(module)
    known = workspace.recall("checks", module.label)
    row: dict[str, Any] = {
        "module": module.label,
        "tier": module.tier,
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


def tested_points(workspace: Workspace, module: Module) -> float | None:
    """What a module's test cells are worth; of a tier that is not built here nobody is tested."""
    if module.tier not in workspace.kits:
        return None
    return sum(cell.points for cell in workspace.kit(module).pristine_module(module).cells if cell.test)


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
