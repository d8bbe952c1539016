"""The packages of a repository as a release sees them: versions, ranges, tags, and wheels of any commit."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

FAMILY = "tinytorch-"


class Refused(Exception):
    """What cannot be done, why, and what to do."""


@dataclass(frozen=True)
class Package:
    """One folder of packages/: a tier, or the tool."""

    name: str
    folder: Path
    order: int | None  # of a tier
    version: Version
    ranges: dict[str, Requirement]  # of the packages beside it, by their short names

    @property
    def distribution(self) -> str:
        return FAMILY + self.name

    @property
    def carrier(self) -> str:
        return f"tinytorch_{self.name}"

    def tag(self, version: Version) -> str:
        return f"{self.distribution}-v{version}"


def packages(root: Path) -> dict[str, Package]:
    """All of them, the lowest tier first and the tool last."""
    found = [read(path.parent) for path in root.glob("packages/*/pyproject.toml")]
    return {one.name: one for one in sorted(found, key=lambda one: (one.order is None, one.order or 0, one.name))}


def read(folder: Path) -> Package:
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    name = project["name"].removeprefix(FAMILY)
    manifest = folder / "tier.toml"
    order = tomllib.loads(manifest.read_text("utf-8"))["tier"]["order"] if manifest.is_file() else None
    needed = [Requirement(line) for line in project.get("dependencies", [])]
    ranges = {one.name.removeprefix(FAMILY): one for one in needed if one.name.startswith(FAMILY)}
    return Package(name, folder, order, Version(version_text(folder, project)), ranges)


def version_text(folder: Path, project: dict[str, Any]) -> str:
    """As pyproject.toml says it, or as the file does that it names."""
    if "version" in project:
        return str(project["version"])
    line = next(line for line in version_file(folder).read_text("utf-8").splitlines() if line.startswith("__version__"))
    return line.split('"')[1]


def version_file(folder: Path) -> Path:
    settings = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    return folder / settings["tool"]["hatch"]["version"]["path"]


def chosen(root: Path, name: str) -> Package:
    known = packages(root)
    if name not in known:
        raise Refused(f"there is no package {name} in packages/; there are: {', '.join(known)}")
    return known[name]


def lower(package: Package, known: dict[str, Package]) -> list[Package]:
    """The tiers that it stands on, lowest first."""
    return [one for one in known.values() if one.name in package.ranges]


def upper(package: Package, known: dict[str, Package]) -> list[Package]:
    """The packages that stand on it."""
    return [one for one in known.values() if package.name in one.ranges]


# -- history -----------------------------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def released(root: Path, package: Package) -> list[Version]:
    """The versions that have a tag, oldest first."""
    head = package.tag(Version("0"))[:-1]
    return sorted(Version(tag.removeprefix(head)) for tag in git(root, "tag", "--list", f"{head}*").split())


def changed_since(root: Path, package: Package, version: Version) -> bool:
    """Whether anything of the package is other than in that release."""
    place = package.folder.relative_to(root).as_posix()
    return bool(git(root, "diff", "--name-only", package.tag(version), "--", place).strip())


def checkout(root: Path, ref: str, out: Path) -> Path:
    """The files of a commit in a folder."""
    archive = subprocess.run(["git", "archive", ref], cwd=root, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(out, filter="data")
    return out


def build(folder: Path, out: Path, target: str = "wheel", **settings: str) -> Path:
    """Build what a folder holds; hatchling is this environment's."""
    before = set(out.glob("*"))
    command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HATCH_")} | settings
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"{folder.name} does not build:\n{done.stdout}{done.stderr}")
    made = set(out.glob("*")) - before
    return made.pop() if made else max(out.glob("*"), key=lambda path: path.stat().st_mtime_ns)
