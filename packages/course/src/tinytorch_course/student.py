"""Student builds: the reference project's build files around the modules that somebody else wrote.

Nothing of those modules runs at build time. `sources` says which file supplies which module, mine or the
reference's; a module that it does not name is absent from the build, and importing it says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from .tangle import project as projects
from .tangle.manifest import Tier
from .tangle.tangler import STUDENT, forget_bytecode, tangle_tree, write_if_changed

RECORDS = ".built"  # in a build tree: which files each tier's last build wrote


class BuildError(RuntimeError):
    """The build itself failed (not the modules: what is wrong with them is found when they are imported)."""


def build_tree(
    project: Path, sources: Mapping[int, Path], out: Path, lent: Collection[int] = ()
) -> dict[int, str]:
    """Write an importable tree to `out`: the tier's ordinary source and the tangled `sources`.

    Several tiers can share `out`. Unchanged files are left untouched, files of this tier's previous build
    that are no longer part of it are removed. `lent` are the numbers of those sources that are the
    reference's. Returns what is known to be wrong with modules, by number.
    """
    project, out = Path(project), Path(out)
    tier = projects.read_project(project)
    _check_sources(tier, sources)
    files = tangle_tree(
        tier,
        sources,
        out,
        projects.read_catalog(project),
        src=project / "src",
        version=student_version(project, sources),
        build=STUDENT,
        lent=lent,
    )
    for name in projects.files_below(project, "src"):
        write_if_changed(out / name.relative_to("src"), (project / name).read_bytes())
        files.append(name.relative_to("src"))
    _remove_stale(out, tier, {path.as_posix() for path in files})
    return problems(out, tier)


def build_wheel(project: Path, sources: Mapping[int, Path], out: Path, lent: Collection[int] = ()) -> Path:
    """Build the student's wheel into the folder `out` and return it; `lent` as in `build_tree`.

    Its version is `X.Y.Z+student.<8 hex of the sources>`: it satisfies whatever the reference satisfies, so
    the two must never share a folder.
    """
    project, out = Path(project), Path(out)
    tier = projects.read_project(project)
    _check_sources(tier, sources)
    with tempfile.TemporaryDirectory(prefix="tinytorch-") as folder:
        root = Path(folder)
        _lay_out(project, tier, sources, root, lent)
        _hatchling(root)
        wheel = next((root / "dist").glob("*.whl"))
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(wheel, out / wheel.name))


def student_version(project: Path, sources: Mapping[int, Path]) -> str:
    """The reference's version with a mark that depends on the sources' numbers, kinds and bytes alone."""
    total = hashlib.sha256()
    for number, path in sorted(sources.items()):
        data = Path(path).read_bytes()
        total.update(f"{number}{Path(path).suffix}:{len(data)}:".encode() + data)
    document: Any = tomlkit.parse((Path(project) / "pyproject.toml").read_text("utf-8"))
    version = document["project"]["version"]
    return f"{str(version).partition('+')[0]}+student.{total.hexdigest()[:8]}"


def problems(build: Path, tier: Tier) -> dict[int, str]:
    """What a build tree's table says is wrong with its modules, by number."""
    from runpy import run_path  # the table is written by the tangler: data, not anybody's code

    table = run_path(str(Path(build, "tinytorch", "_tiers", f"{tier.name}.py")))
    return {facts["number"]: facts["error"] for facts in table["MODULES"] if facts["error"]}


def _check_sources(tier: Tier, sources: Mapping[int, Path]) -> None:
    for number, path in sources.items():
        if Path(path).suffix not in (".py", ".ipynb"):
            raise ValueError(f"module {number:02d}: {Path(path).name} is neither .py nor .ipynb")
        if number not in {module.number for module in tier.modules}:
            raise ValueError(f"{tier.distribution} has no module {number}")


def _remove_stale(out: Path, tier: Tier, files: set[str]) -> None:
    record = out / RECORDS / f"{tier.name}.txt"
    before = set(record.read_text("utf-8").split("\n")) if record.is_file() else set()
    for name in before - files - {""}:
        if name.startswith("tinytorch/") and ".." not in name:
            forget_bytecode(out / name)
            (out / name).unlink(missing_ok=True)
    write_if_changed(record, "\n".join(sorted(files)).encode())


def _lay_out(
    project: Path, tier: Tier, sources: Mapping[int, Path], root: Path, lent: Collection[int]
) -> None:
    """A project of its own: the trusted files, this version's tangler, and the student's modules."""
    for name, path in projects.project_files(project, tier).items():
        if name.parts[0] != "modules" and name.name != "pyproject.toml":
            _copy(path, root / name)
    for path in projects.tangler_files():
        _copy(path, root / projects.SUPPORT / "tinytorch_tangle" / path.name)
    for number, path in sources.items():
        _copy(Path(path), root / "modules" / f"{tier.module(number).stem}{Path(path).suffix}")
    (root / "pyproject.toml").write_text(_settings(project, student_version(project, sources), lent), "utf-8")


def _settings(project: Path, version: str, lent: Collection[int]) -> str:
    document: Any = tomlkit.parse((project / "pyproject.toml").read_text("utf-8"))
    table = document["project"]
    table["version"] = version
    if not (project / str(table.get("readme", ""))).is_file():
        table.pop("readme", None)
    document["tool"]["hatch"]["build"]["hooks"]["custom"] |= {"build": STUDENT, "lent": sorted(lent)}
    return tomlkit.dumps(document)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _hatchling(root: Path) -> None:
    """Run in a process of its own, from the project's folder, with nothing of the student's on the path."""
    settings = {key: value for key, value in os.environ.items() if not key.startswith("HATCH_")}
    command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(root / "dist")]
    done = subprocess.run(command, cwd=root, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["hatchling said nothing"]
        raise BuildError(f"the wheel could not be built: {said[-1]}")
