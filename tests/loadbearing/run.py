"""What the learner writes is what runs: each solution region, made to raise when it is called, breaks something.

    python run.py [NN] [--cache FOLDER]

Something is no check: for a part of the framework a milestone or the Use section of its chapter; for a form to be
studied, which the manifest names under `studied`, Measure as well. known.toml lists the regions that bear no load
yet; one that does, or that is gone, has to be taken off it.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from house import QUICK, ROOT, build, course, source
from regions import Region, parsed, regions, wire_file, wired

from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import ModuleFile, read_module

HERE = Path(__file__).resolve().parent
KNOWN = HERE / "known.toml"
DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
SECTIONS = {"## Use": "use", "## Measure": "measure"}


@dataclass
class Scene:
    """Something to run: a milestone on the whole course, or a chapter on what is built up to it."""

    name: str
    through: int
    job: dict[str, Any]
    status: int = 0
    said: str = ""
    bearing: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)


def label(module: Module, region: str) -> str:
    return f"{module.label} {region}"


def is_studied(module: Module, region: Region) -> bool:
    return region.name.partition(".")[0].partition("#")[0] in module.studied


# -- scenes ------------------------------------------------------------------------------------------------


def milestones(through: int) -> list[Scene]:
    """Those whose modules are all there."""
    unlocked = {name for module in course() if module.number <= through for name in module.unlocks}
    scripts = [path for path in sorted((ROOT / "milestones").glob("[0-9]*.py")) if path.stem in unlocked]
    jobs = [{"scene": str(path), "arguments": QUICK.get(path.name[:4], []), "cells": None} for path in scripts]
    return [Scene(Path(job["scene"]).stem, through, job) for job in jobs]


def chapter(module: Module) -> Scene:
    file = read_module(source(module))
    job = {"scene": str(file.path), "import_name": module.import_name, "cells": cells(module, file)}
    return Scene(f"chapter {module.label}", module.number, job)


def cells(module: Module, file: ModuleFile) -> list[dict[str, str]]:
    """What a chapter runs besides its exported code and its tests, with tripwires in what the learner writes there."""
    section, found = "build", []
    for cell in file.cells:
        if cell.kind == "markdown":
            headings = [line for line in cell.text().split("\n") if line.startswith("## ")]
            section = next((SECTIONS[h] for h in headings if h in SECTIONS), section)
        elif cell.kind == "code" and not cell.export:
            tree = parsed(cell)
            if cell.test:  # what it imports and defines is used later on; its checks are not wanted here
                tree.body = [node for node in tree.body if isinstance(node, DEFINES)]
            found.append({"section": section, "code": ast.unparse(wired(tree, module.label, regions(file))[0])})
    return found


def lay_out(through: int, out: Path) -> Path:
    """The reference through a module, with a tripwire in each solution region."""
    build(through, out)
    (out / "_tripwires.py").write_bytes((HERE / "_tripwires.py").read_bytes())
    for module in course():
        if module.number <= through:
            file = out.joinpath("tinytorch", *module.target.split(".")).with_suffix(".py")
            wire_file(file, module.label, regions(read_module(source(module))))
    return out


# -- runs --------------------------------------------------------------------------------------------------


def played(scene: Scene, built: Path, skip: Iterable[str], studied: list[str], cache: Path | None) -> Scene:
    """The scene with what it found, from the cache if nothing has changed that it reads."""
    job = {**scene.job, "studied": studied, "skip": sorted(skip), "label": f"{scene.name[-2:]} "}
    kept = cache / f"{fingerprint(built, job)}.json" if cache else None
    if kept is None or not kept.is_file():
        result = staged(job, built)
        if result["status"] != 0 and not (result["status"] == 1 and scene.job.get("arguments")):
            result = staged(job, built)  # a busy machine can make a comparison of times fail
        if kept is None:
            return told(scene, result)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(result), "utf-8")
    return told(scene, json.loads(kept.read_text("utf-8")))


def told(scene: Scene, result: dict[str, Any]) -> Scene:
    scene.status, scene.said = result["status"], result["said"]
    scene.bearing, scene.reached = result["bearing"], result["reached"]
    return scene


def staged(job: dict[str, Any], built: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job = {**job, "build": str(built), "result": str(folder / "result.json")}
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        settings = {**os.environ, **threads, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-P", str(HERE / "stage.py"), str(folder / "job.json")]
        subprocess.run(command, cwd=folder, env=settings, check=True, stdin=subprocess.DEVNULL)
        return json.loads((folder / "result.json").read_text("utf-8"))


def fingerprint(built: Path, job: dict[str, Any]) -> str:
    """A name for all that a scene reads."""
    total = hashlib.sha256(f"{sys.version}{json.dumps(job)}".encode())
    total.update((HERE / "stage.py").read_bytes() + Path(job["scene"]).read_bytes())
    for path in sorted(p for p in built.rglob("*") if p.is_file()):
        total.update(str(path.relative_to(built)).encode() + path.read_bytes())
    return total.hexdigest()[:32]


def judged(chosen: list[Module], cache: Path | None, folder: Path) -> list[Scene]:
    """Chapters first, two at a time, then milestone after milestone, the shortest first, for what is left."""
    studied = [label(m, r.name) for m in course() for r in regions(read_module(source(m))) if is_studied(m, r)]
    last = max(module.number for module in course())
    builds = {n: lay_out(n, folder / f"{n:02d}") for n in {last, *(module.number for module in chosen)}}
    with ThreadPoolExecutor(2) as pool:
        chapters = list(pool.map(lambda m: played(chapter(m), builds[m.number], (), studied, cache), chosen))
    wanted = {label(m, r.name) for m in chosen for r in regions(read_module(source(m)))}
    others = {label(m, r.name) for m in course() if m not in chosen for r in regions(read_module(source(m)))}
    scenes, done = chapters, {region for scene in chapters for region in scene.bearing}
    for scene in milestones(last):
        if wanted <= done:
            break
        scenes.append(played(scene, builds[last], done | others, studied, cache))
        done |= set(scene.bearing)
    return scenes


# -- the report --------------------------------------------------------------------------------------------


def known() -> dict[str, list[str]]:
    return tomllib.loads(KNOWN.read_text("utf-8")) if KNOWN.is_file() else {}


def report(chosen: list[Module], scenes: list[Scene]) -> list[str]:
    """A line for each module; the complaints."""
    bearing = {region for scene in scenes for region in scene.bearing}
    wrong = [f"{s.name} does not pass as it is (exit status {s.status})\n{s.said}" for s in scenes if broken(s)]
    for module in chosen:
        found = [label(module, region.name) for region in regions(read_module(source(module)))]
        idle = [region for region in found if region not in bearing]
        listed = [label(module, name) for name in known().get(module.label, [])]
        print(f"{module.label}  {len(found):3} regions, {len(found) - len(idle):3} bear load", flush=True)
        for region in idle:
            print(f"      {region[3:]}{'' if region in listed else '  NOT KNOWN'}")
        wrong += [f"{region}: nothing but checks notices when it raises" for region in idle if region not in listed]
        gone = [region for region in listed if region not in idle]
        wrong += [f"{r}: take it off known.toml, it {'bears load' if r in found else 'is gone'}" for r in gone]
    return wrong


def broken(scene: Scene) -> bool:
    return scene.status != 0 and not (scene.status == 1 and scene.job.get("arguments"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("number", nargs="*", type=int, help="modules; all, if none is named")
    parser.add_argument("--cache", type=Path)
    asked = parser.parse_args()
    chosen = [module for module in course() if not asked.number or module.number in asked.number]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        scenes = judged(chosen, asked.cache, Path(folder))
    wrong = report(chosen, scenes)
    for line in wrong:
        print(line)
    bearing = len({region for scene in scenes for region in scene.bearing})
    print(f"{bearing} passed, {len(wrong)} failed in {time.perf_counter() - began:.1f}s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
