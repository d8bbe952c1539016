"""What a release gives out, in one folder: wheels, sdists, hand-outs, checksums, and a page that says what changed.

python tests/staff/artefacts.py OUT [PACKAGE ...]      nothing of it depends on when or where it is made
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from release import READERS
from versions import Package, Refused, build, packages

ROOT = Path(__file__).resolve().parents[2]
EPOCH = "1577836800"  # for build tools that would write the time of the build
CONFIGURATIONS = (1, 2, 3)


def distribute(package: Package, out: Path) -> list[Path]:
    """The sdist and the wheel, each built twice, the wheel once more from the sdist: the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        made = {target: twice(package, target, Path(folder)) for target in ("sdist", "wheel")}
        with tarfile.open(made["sdist"]) as archive:
            archive.extractall(Path(folder, "away"), filter="data")
        away = next(Path(folder, "away").iterdir())
        same(package, made["wheel"], build(away, Path(folder, "again"), SOURCE_DATE_EPOCH=EPOCH), "from the sdist")
        out.mkdir(parents=True, exist_ok=True)
        return [path.replace(out / path.name) for path in made.values()]


def twice(package: Package, target: str, folder: Path) -> Path:
    first, second = (
        build(package.folder, folder / target / number, target, SOURCE_DATE_EPOCH=EPOCH) for number in ("1", "2")
    )
    same(package, first, second, "a second time")
    return first


def same(package: Package, one: Path, other: Path, how: str) -> None:
    if one.read_bytes() != other.read_bytes():
        raise Refused(f"{package.distribution}: {one.name} built {how} has other bytes")


def twine(paths: list[Path]) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"twine check --strict:\n{done.stdout}{done.stderr}")


def hand_outs(out: Path) -> None:
    """Configurations 1 to 3 as an instructor gets them from the packages that are installed here."""
    with tempfile.TemporaryDirectory() as folder:
        for number in CONFIGURATIONS:
            name = f"configuration-{number}"
            tool(Path(folder), "new", name, "--config", str(number))
            tool(Path(folder, name), "handout", "--out", str(out.resolve() / f"{name}.zip"))


def tool(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-P", "-m", "tinytorch_course.cli", "course", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"tt course {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


# -- the page ----------------------------------------------------------------------------------------------


def latest(changelog: str) -> str:
    """The newest version's part of a changelog, without its heading."""
    parts = re.split(r"(?m)^## .*$", changelog)
    return parts[1] if len(parts) > 1 else ""


def told_to(reader: str, text: str) -> str:
    """What a part says to one reader; empty where it says nothing."""
    found = re.search(rf"(?ms)^### For {reader}s\n(.*?)(?=^### |\Z)", text)
    said = found.group(1).strip() if found else ""
    return "" if said == "No significant changes." else said


def page(chosen: list[Package]) -> str:
    """CHANGES.md, by reader: who is in the middle of a course reads one part."""
    lines = ["# What changed", ""]
    lines += [f"- {one.distribution} {one.version}" for one in chosen]
    for reader in READERS:
        lines += ["", f"## {HEADINGS[reader]}", ""]
        told = [(one, told_to(reader, latest((one.folder / "CHANGELOG.md").read_text("utf-8")))) for one in chosen]
        lines += [f"### {one.distribution}\n\n{text}\n" for one, text in told if text] or [UNTOUCHED[reader]]
    return "\n".join(lines).strip() + "\n"


HEADINGS = {
    "learner": "For a learner in the middle of a course",
    "instructor": "For an instructor",
    "maintainer": "For a maintainer",
}
UNTOUCHED = {
    "learner": "Nothing changes for you: keep what is installed, and what is in `modules/` is yours in any case.",
    "instructor": "Nothing changes for you; a hand-out that you have given out stays as it is.",
    "maintainer": "Nothing changes for you.",
}


def sums(out: Path) -> str:
    """As sha256sum -c reads it."""
    files = sorted(path for path in out.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def main(arguments: list[str]) -> int:
    out, known = Path(arguments[0]), packages(ROOT)
    try:
        unknown = sorted(set(arguments[1:]) - set(known))
        if unknown:
            raise Refused(f"there is no package {unknown[0]}; there are: {', '.join(known)}")
        if out.is_dir() and any(out.iterdir()):
            raise Refused(f"{out} is not empty")
        chosen = [known[name] for name in arguments[1:] or known]
        for package in chosen:
            twine(distribute(package, out))
            print(f"{package.distribution} {package.version}: the same bytes, and twine has nothing to say", flush=True)
        hand_outs(out)
        (out / "CHANGES.md").write_text(page(chosen), "utf-8")
        (out / "SHA256SUMS").write_text(sums(out), "utf-8")
    except Refused as refusal:
        print(f"refused: {refusal}")
        return 1
    print("\n".join(f"{path.stat().st_size:>12,}  {path.name}" for path in sorted(out.iterdir())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
