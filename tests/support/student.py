"""A student's wheel of one tier: python student.py TIER OUT [FOLDER: a workspace, or its modules]

Without a folder the reference's answers are written into what `tt start` hands out, so that the wheel went
through the same steps as a student's: stripped, filled in, built.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tinytorch_course.student import build_wheel
from tinytorch_course.tangle.manifest import Module

sys.path.insert(0, str(Path(__file__).resolve().parent))
from cells import fill
from house import ROOT, source, stripped, tiers


def filled(module: Module, folder: Path) -> Path:
    """The handed-out module with the answers in it."""
    path = folder / f"{module.stem}.py"
    path.write_text(fill(stripped(module), source(module).read_text("utf-8")), "utf-8")
    return path


def given(modules: list[Module], folder: Path) -> dict[int, Path]:
    """The modules of a student, as .py or as .ipynb; what they do not have stays absent, as in their build."""
    place = folder / "modules" if (folder / "modules").is_dir() else folder
    files = {m.number: [place / f"{m.stem}{end}" for end in (".py", ".ipynb")] for m in modules}
    found = {number: path for number, paths in files.items() for path in paths if path.is_file()}
    if not found:
        sys.exit(f"no module of this tier in {folder}: expected a workspace, or files such as {modules[0].stem}.py")
    return found


def main(name: str, out: str, folder: str | None = None) -> None:
    tier = next(tier for tier in tiers() if tier.name == name)
    modules = [module for module in tier.modules if source(module).is_file()]
    Path(out).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        if folder:
            sources = given(modules, Path(folder))
        else:
            sources = {m.number: filled(m, Path(work)) for m in modules}
        print(build_wheel(ROOT / "packages" / name, sources, Path(out)))


if __name__ == "__main__":
    main(*sys.argv[1:])
