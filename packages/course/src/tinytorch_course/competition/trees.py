"""Importable trees of tinytorch, and the folders that a confined worker sees of them."""

from __future__ import annotations

import compileall
import hashlib
import importlib.metadata
import shutil
import sysconfig
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from runpy import run_path
from typing import Any

from packaging.requirements import Requirement

from tinytorch_course.student import build_tree
from tinytorch_course.tangle.project import read_project

HERE = Path(__file__).resolve().parent
DATA = ("*.npz", "*.txt", "*.md", "*.bin")  # what a worker need not see: data sets above all
LIBRARIES = ("numpy", "safetensors", "jsonschema")  # what may be imported in the closed division, beside tinytorch
OURS = ("tinytorch*", "*tinytorch*.dist-info", "*tinytorch*.pth", "capstone")


def build(projects: Iterable[Path], sources: Mapping[int, Path], out: Path) -> dict[int, str]:
    """One tree of these tiers from these module files. Returns what is known to be wrong with modules, by number."""
    wrong: dict[int, str] = {}
    for project in projects:
        numbers = {module.number for module in read_project(project).modules}
        wrong |= build_tree(project, {n: path for n, path in sources.items() if n in numbers}, out)
    compile_all(out)
    return wrong


def describe(tree: Path, mine: Collection[int]) -> list[dict[str, Any]]:
    """The tiers of a tree as a submission has them; `mine` are the numbers of the learner's modules.

    The tables are written by the tangler, so running them runs nobody's code.
    """
    tables = [run_path(str(path)) for path in (tree / "tinytorch/_tiers").glob("[a-z]*.py")]
    found = [tier(tree, table, mine) for table in tables if any(facts["present"] for facts in table["MODULES"])]
    return sorted(found, key=lambda one: [module["number"] for module in one["modules"]])


def tier(tree: Path, table: Mapping[str, Any], mine: Collection[int]) -> dict[str, Any]:
    present = [facts for facts in table["MODULES"] if facts["present"]]
    written = [facts["number"] in mine for facts in present]
    theirs = "loan" if any(written) else "reference"
    total = hashlib.sha256()
    for facts in sorted(present, key=lambda facts: str(facts["target"])):
        data = (tree / "tinytorch" / Path(*facts["target"].split("."))).with_suffix(".py").read_bytes()
        total.update(f"{hashlib.sha256(data).hexdigest()}  {len(data)}  {facts['target']}\n".encode())
    return {
        "name": table["DISTRIBUTION"].removeprefix("tinytorch-"),
        "version": table["VERSION"] if any(written) else table["VERSION"].partition("+")[0],
        "build": "student" if any(written) else "reference",
        "sha256": total.hexdigest(),
        "modules": [
            {"number": facts["number"], "by": "learner" if own else theirs}
            for facts, own in zip(present, written, strict=True)
        ],
    }


# -- what a worker sees ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """A worker's folder, from where it may import other packages, and what it is shown and what not."""

    folder: Path
    sites: Sequence[Path]
    read: Sequence[Path]
    hide: Sequence[Path]


def view(folder: Path, tree: Path, capstone: Path, track: str, division: str, extras: Mapping[str, Path]) -> View:
    """Lay out what a worker needs: tinytorch without its data, the track, and `extras` by name.

    The baseline's weights are an extra like any other: who brings an artefact of their own must not find them here.
    """
    shutil.copytree(tree / "tinytorch", folder / "tree/tinytorch", ignore=shutil.ignore_patterns(*DATA))
    for name in ("worker.py", "protocol.py"):
        shutil.copyfile(HERE / name, folder / name)
    (folder / "capstone/tracks").mkdir(parents=True)
    for name in ("reference.py", f"tracks/{track}.toml"):
        shutil.copyfile(capstone / name, folder / "capstone" / name)
    for name, path in extras.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
    compile_all(folder)
    make_readable(folder)
    return closed(folder) if division == "closed" else everything(folder)


def compile_all(folder: Path) -> None:
    """Workers cannot keep bytecode, and would compile everything each time. What does not compile they will tell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(RecursionError, MemoryError, ValueError):
            compileall.compile_dir(folder, quiet=2)


def make_readable(folder: Path) -> None:
    """For a worker that is another user than we are."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def closed(folder: Path) -> View:
    """A folder of links to NumPy and what else is allowed, with what those need."""
    site = folder / "site"
    site.mkdir()
    targets = sorted(set(parts_of(LIBRARIES)))
    for target in targets:
        (site / target.name).symlink_to(target)
    return View(folder, [site], [folder, *targets], [])


def everything(folder: Path) -> View:
    """All that is installed, without our own packages: they carry data sets and answers."""
    sites = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")]
    hidden = [path for site in sites for pattern in OURS for path in site.glob(pattern)]
    return View(folder, list(dict.fromkeys(sites)), [folder, *sites], hidden)


def parts_of(names: Iterable[str]) -> Iterator[Path]:
    """Where distributions, and those that they need, lie: their folders and files at the top of site-packages."""
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        needed = map(Requirement, distribution.requires or [])
        waiting += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
        tops = {file.parts[0] for file in distribution.files or [] if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            if not top.endswith((".dist-info", ".pth")):
                yield Path(str(distribution.locate_file(top))).resolve()
