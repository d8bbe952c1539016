"""tt doctor: look at everything that can keep the tool from working, and say what to do about it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tinytorch_course import __version__, show
from tinytorch_course.errors import ENVIRONMENT, PASS, ToolError
from tinytorch_course.files import writable
from tinytorch_course.kits import Installed, installed_tiers, tiers_needed
from tinytorch_course.source import Problem, open_source
from tinytorch_course.workspace import Workspace, find, find_root

ENOUGH_SPACE = 200  # megabytes
Finding = tuple[str, str, str]  # "ok" "note" or "bad"; what was found; what to do


@dataclass(frozen=True)
class Line:
    topic: str
    state: str
    found: str
    help: str


def doctor(here: Path, as_json: bool) -> int:
    lines = [Line(topic, *finding) for topic, examine in EXAMINATIONS for finding in examine(here)]
    bad = [line for line in lines if line.state == "bad"]
    if as_json:
        show.say_json({"healthy": not bad, "findings": [asdict(line) for line in lines]})
    else:
        for line in lines:
            style = {"bad": "red", "note": "yellow"}.get(line.state, "")
            show.say(f"{line.state:<4}  {line.topic:<10}  {line.found}", style)
            if line.help:
                show.say(f"                  {line.help}")
        show.say("Nothing keeps the tool from working." if not bad else f"{len(bad)} to repair: see above.")
    return ENVIRONMENT if bad else PASS


def _python(here: Path) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield ("ok", version, "") if good else ("bad", version, "TinyTorch needs Python 3.11 or later")
    if sys.prefix == sys.base_prefix:
        yield "note", "not in a virtual environment", "one keeps this course apart: python -m venv .venv"


def _packages(here: Path) -> Iterator[Finding]:
    yield "ok", f"tinytorch-course {__version__}", ""
    try:
        version = importlib.metadata.version("numpy")
        good = int(version.split(".")[0]) >= 2
        yield (
            ("ok", f"numpy {version}", "")
            if good
            else ("bad", f"numpy {version} is too old", "python -m pip install -U numpy")
        )
    except importlib.metadata.PackageNotFoundError:
        yield "bad", "numpy is not installed", "python -m pip install numpy"
    tiers = installed_tiers()
    for tier in tiers:
        yield (
            "ok",
            f"{tier.tier.distribution} {tier.version}" + (" (your build)" if tier.is_student_build else ""),
            "",
        )
    yield from _without_what_is_built(tiers)
    if not tiers:
        in_workspace = find_root(here) is not None
        what = "no tier is installed" + (" (the workspace works without)" if in_workspace else "")
        yield "note" if in_workspace else "bad", what, "python -m pip install tinytorch-foundation"


def _without_what_is_built(tiers: list[Installed]) -> Iterator[Finding]:
    """A hand-out may bring a tier that stands on the one that is built there."""
    names = {one.tier.distribution for one in tiers}
    for one in tiers:
        for needed in (n.name for n in tiers_needed(one.project).values() if n.name not in names):
            what = f"{one.tier.distribution} {one.version} stands on {needed}, which is not installed yet"
            yield "note", what, "once you have written something, make it: tt build"


def _workspace(here: Path) -> Iterator[Finding]:
    if find_root(here) is None:
        yield "note", "this folder is not in a workspace", "cd to yours, or make one here: tt start"
        return
    try:
        workspace = find(here)
        count = sum(len(tier.modules) for tier in workspace.tiers if tier.name in workspace.kits)
        yield "ok", f"{workspace.root.name}: {len(workspace.started())} of {count} started", ""
        yield from _modules(workspace)
    except ToolError as error:
        yield "bad", error.message, error.help


def _modules(workspace: Workspace) -> Iterator[Finding]:
    for module in workspace.started():
        path = workspace.learner_file(module)
        source = open_source(path, workspace.relative(path)) if path is not None else None
        if isinstance(source, Problem):
            where = f"{source.place}: " if source.place else ""
            yield "note", f"{where}{source.message}", source.help or f"see: tt check {module.label}"


def _disk(here: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(here).free >> 20
    found = f"{free:,} MB free" if free < 10_000 else "more than 10,000 MB free"
    yield (
        ("ok", found, "")
        if free >= ENOUGH_SPACE
        else ("bad", found, f"make room: {ENOUGH_SPACE} MB are needed")
    )


def _writing(here: Path) -> Iterator[Finding]:
    root = find_root(here) or here
    for folder in (root, root / "modules", root / ".tinytorch", Path(tempfile.gettempdir())):
        if folder.is_dir() and not writable(folder):
            yield "bad", f"{folder} cannot be written", "change its permissions, or move the workspace"
            return
    yield "ok", "files can be written", ""


def _encoding(here: Path) -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "unknown").lower()
    if encoding.replace("-", "") == "utf8":
        yield "ok", "utf-8", ""
    else:
        yield (
            "note",
            f"the terminal uses {encoding}",
            "set PYTHONUTF8=1 if characters look wrong; module files are UTF-8 anyway",
        )


EXAMINATIONS: list[tuple[str, Callable[[Path], Iterator[Finding]]]] = [
    ("python", _python),
    ("packages", _packages),
    ("workspace", _workspace),
    ("disk", _disk),
    ("writing", _writing),
    ("encoding", _encoding),
]
