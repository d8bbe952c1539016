"""Tiers as the tool meets them: installed (with answers), and as the kit without answers of a workspace."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import shutil
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tinytorch_course.errors import ToolError
from tinytorch_course.files import replace_folder, scratch, write_json
from tinytorch_course.strip import strip_module
from tinytorch_course.tangle import project as projects
from tinytorch_course.tangle.manifest import ManifestError, Module, Tier, read_tier
from tinytorch_course.tangle.modulefile import ModuleFile, ModuleFileError, read_module

GROUP = "tinytorch.tiers"
LIST = "files.json"  # in a kit: its files and what was in each
RUNGS = 3
REPAIR = "tt start  puts the missing parts back and leaves your modules alone"


@dataclass(frozen=True)
class Installed:
    """A tier found among the installed packages."""

    tier: Tier
    version: str
    project: Path
    build: str = "reference"

    @property
    def is_student_build(self) -> bool:
        return self.build == "student" or "+student" in self.version

    @property
    def has_reference(self) -> bool:
        return not self.is_student_build and (self.project / "modules").is_dir()


def installed_tiers() -> list[Installed]:
    """Every tier that is installed, in the order in which they are taught; broken ones are left out."""
    found = []
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            carrier = entry.load()
            project = Path(carrier.PROJECT)
            tier = projects.read_project(project)
        except (ImportError, AttributeError, OSError, ManifestError):
            continue
        version = entry.dist.version if entry.dist is not None else "0"
        found.append(Installed(tier, version, project, getattr(carrier, "BUILD", "reference")))
    return sorted(found, key=lambda one: (one.tier.order, one.tier.name))


@dataclass(frozen=True)
class Kit:
    """A tier's project inside a workspace: everything that a student build needs, and no answers."""

    root: Path

    @property
    def tier(self) -> Tier:
        try:
            return read_tier(self.root / "tier.toml")
        except (OSError, ManifestError) as error:
            raise ToolError(
                f"the workspace's copy of the tier's manifest cannot be used: {error}", REPAIR
            ) from None

    def pristine(self, module: Module) -> Path:
        return self.root / "pristine" / f"{module.stem}.py"

    def pristine_module(self, module: Module) -> ModuleFile:
        try:
            return read_module(self.pristine(module))
        except (OSError, ModuleFileError):
            raise ToolError(f"the workspace has lost its copy of module {module.label}", REPAIR) from None

    def tests(self, module: Module) -> Path | None:
        path = self.root / "tests" / f"test_{module.stem}.py"
        return path if path.is_file() else None

    def hints(self, module: Module) -> Mapping[str, list[str]]:
        try:
            coded = json.loads((self.root / "hints.json").read_text("utf-8"))["hints"]
            table = json.loads(base64.b64decode(coded))
        except (OSError, ValueError):
            raise ToolError("the workspace has lost its hints", REPAIR) from None
        hints: dict[str, list[str]] = table.get(module.label, {})
        return hints

    def missing(self) -> list[str]:
        """What of the kit is lost or not as it was written, as paths in it.

        Whatever a check reads is in the list, so that nothing can pass because a part of its check is gone.
        """
        try:
            written = json.loads((self.root / LIST).read_text("utf-8"))
        except (OSError, ValueError):
            return [LIST]
        return [name for name, content in written.items() if _digest(self.root / name) != content]


def version_of(project: Path) -> str:
    return str(_settings(project)["version"])


def tiers_needed(project: Path) -> dict[str, Requirement]:
    """The tiers that a tier depends on, by the words in which it says so."""
    needed = {text: Requirement(text) for text in _settings(project).get("dependencies", [])}
    family = {text: one for text, one in needed.items() if one.name.startswith("tinytorch-")}
    return {text: one for text, one in family.items() if not _is_no_tier(one.name)}


def libraries_needed(project: Path) -> list[str]:
    """What else a tier depends on, in the words in which it says so."""
    return [text for text in _settings(project).get("dependencies", []) if text not in tiers_needed(project)]


def _is_no_tier(distribution: str) -> bool:
    """A third party may name a library like a tier; installed, it can be told apart."""
    with suppress(importlib.metadata.PackageNotFoundError):
        entries = importlib.metadata.distribution(distribution).entry_points
        return not any(entry.group == GROUP for entry in entries)
    return False


def _settings(project: Path) -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    return settings


def make_kit(project: Path, target: Path) -> None:
    """Write the kit of the tier at `project` to `target`, whole or not at all."""
    tier = projects.read_project(project)
    tiers = [tier, *projects.read_catalog(project)]
    with scratch(target.parent, ".kit-") as folder:
        kit = folder / "kit"
        kit.mkdir()
        _copy_project(project, tier, kit)
        sources = {m.label: read_module(project / "modules" / f"{m.stem}.py") for m in tier.modules}
        for module in tier.modules:
            text = (project / "modules" / f"{module.stem}.py").read_text("utf-8")
            (kit / "pristine" / f"{module.stem}.py").write_text(strip_module(text, module, tiers), "utf-8")
        write_json(kit / "hints.json", {"hints": _coded({k: _hints(v) for k, v in sources.items()})})
        written = (path for path in kit.rglob("*") if path.is_file())
        write_json(kit / LIST, {path.relative_to(kit).as_posix(): _digest(path) for path in written})
        replace_folder(kit, target)


def copy_reference(project: Path, target: Path) -> None:
    """Keep the tier's module sources, answers included, for a learner who works alone."""
    with scratch(target.parent, ".reference-") as folder:
        shutil.copytree(
            project / "modules", folder / "modules", ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
        replace_folder(folder / "modules", target)


def _copy_project(project: Path, tier: Tier, kit: Path) -> None:
    for name, path in projects.project_files(project, tier).items():
        if name.parts[0] != "modules":
            (kit / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, kit / name)
    for folder in ("tests", "src", "pristine"):
        (kit / folder).mkdir(exist_ok=True)


def _digest(path: Path) -> str:
    """Of a file's lines, which git ends in another way on Windows; nothing for a file that is not there."""
    with suppress(OSError):
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]
    return ""


def _coded(hints: Mapping[str, Any]) -> str:
    """The last rung may be a line of the answer: nobody is to meet it who looks for something else."""
    return base64.b64encode(json.dumps(hints).encode()).decode()


def _hints(module: ModuleFile) -> dict[str, list[str]]:
    return {cell.solution: rungs(cell.hints) for cell in module.cells if cell.solution and cell.hints}


def rungs(hints: list[str]) -> list[str]:
    """Three rungs from one ladder of three for each function of a cell: those of one height are given together."""
    return ["\n".join(hints[i::RUNGS]) for i in range(min(RUNGS, len(hints)))]
