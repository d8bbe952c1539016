"""The compatibility matrix of one package, from wheels only.

Its own checks over what it stands on: the oldest version that its ranges allow, the latest release, this commit. The
checks that were released, its own and those of the tiers above, over its wheel of this commit. And what it promised in
its last release. Released wheels are built from their tags.

python tests/staff/compat.py optimization [--version 0.2.0]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import api
from packaging.version import Version
from release import check_range, fragments, next_breaking, suggested
from versions import (
    Package,
    Refused,
    build,
    changed_since,
    checkout,
    chosen,
    git,
    lower,
    packages,
    read,
    released,
    upper,
)

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, order=True)
class Pick:
    """A package at a version: of a tag, or of this commit."""

    name: str
    version: Version
    ref: str

    @property
    def words(self) -> str:
        return f"{self.name} {self.version}{'' if self.ref != 'HEAD' else ' (this commit)'}"


@dataclass(frozen=True)
class Run:
    """One line of the table: the checks that `checks` carries, on these packages."""

    why: str
    checks: Pick
    picks: tuple[Pick, ...]

    @property
    def words(self) -> str:
        return ", ".join(pick.words for pick in self.picks)


@dataclass
class House:
    """The wheels of a repository, of any commit, built once."""

    root: Path
    folder: Path
    versions: dict[str, Version] = field(default_factory=dict)  # of this commit, where it is not in a file yet

    def here(self, package: Package) -> Pick:
        return Pick(package.name, self.versions.get(package.name, package.version), "HEAD")

    def beside(self, package: Package) -> Pick:
        """Another package at this commit, which is its latest release where nothing has changed since."""
        tags = released(self.root, package)
        if package.name in self.versions or not tags or changed_since(self.root, package, tags[-1]):
            return self.here(package)
        return self.at(package, tags[-1])

    def at(self, package: Package, version: Version) -> Pick:
        return Pick(package.name, version, package.tag(version))

    def source(self, ref: str) -> Path:
        folder = self.folder / git(self.root, "rev-parse", f"{ref}^{{commit}}").strip()
        return folder if folder.is_dir() else checkout(self.root, ref, folder)

    def package(self, pick: Pick) -> Package:
        return read(self.source(pick.ref) / "packages" / pick.name)

    def wheel(self, pick: Pick) -> Path:
        out = self.source(pick.ref) / "wheels" / pick.name
        found = list(out.glob("*.whl"))
        return found[0] if found else build(self.source(pick.ref) / "packages" / pick.name, out)

    def fits(self, picks: Iterable[Pick]) -> str | None:
        """What does not fit: the first range that excludes another package of the set."""
        there = {pick.name: pick for pick in picks}
        for pick in there.values():
            for name, requirement in self.package(pick).ranges.items():
                if name in there and there[name].version not in requirement.specifier:
                    return f"{pick.name} {pick.version} asks for {requirement}"
        return None


# -- what is tried -----------------------------------------------------------------------------------------


def stands_on(house: House, package: Package) -> Iterator[tuple[str, tuple[Pick, ...]]]:
    """The sets of lower tiers: all at their oldest, latest and this commit, then each one apart."""
    known = packages(house.root)
    below = lower(package, known)
    now = {one.name: house.beside(one) for one in below}
    ends = {}
    for one in below:
        allowed = [v for v in released(house.root, one) if v in package.ranges[one.name].specifier]
        ends[one.name] = [house.at(one, v) for v in (allowed[:1] + allowed[-1:])] or [now[one.name]] * 2
    yield "this commit", tuple(now.values())
    for number, words in enumerate(("oldest allowed", "latest release")):
        yield words, tuple(ends[one.name][number] for one in below)
        for one in below if len(below) > 1 else []:
            yield f"{words} {one.name}", tuple((now | {one.name: ends[one.name][number]}).values())


def matrix(house: House, package: Package) -> list[Run]:
    """Every line of the table once."""
    me, known = house.here(package), packages(house.root)
    runs = [Run(f"own checks, {why}", me, (*below, me)) for why, below in stands_on(house, package)]
    now = tuple(house.beside(one) for one in lower(package, known))
    runs += [Run("its released checks", house.at(package, v), (*now, me)) for v in released(house.root, package)[-1:]]
    for one in upper(package, known):
        if one.order is not None:
            for version in released(house.root, one)[-1:]:
                others = tuple(house.beside(known[name]) for name in one.ranges if name != package.name)
                runs.append(Run(f"released {one.name}", house.at(one, version), (*others, me, house.at(one, version))))
    seen: dict[tuple[Pick, tuple[Pick, ...]], Run] = {}
    for run in runs:
        seen.setdefault((run.checks, tuple(sorted(run.picks))), run)
    return list(seen.values())


def promises(house: House, package: Package) -> list[str]:
    """What the last release promised and this commit does not keep; a breaking version may."""
    tags = released(house.root, package)
    if not tags or package.order is None:
        return []
    return api.breakages(house.wheel(house.at(package, tags[-1])), house.wheel(house.here(package)))


def may_break(house: House, package: Package) -> bool:
    tags = released(house.root, package)
    return not tags or house.here(package).version >= next_breaking(tags[-1])


# -- running -----------------------------------------------------------------------------------------------


def install(house: House, picks: Iterable[Pick], target: Path) -> None:
    """The wheels in a folder of their own; what they need beside is in this environment, which has no tier."""
    wheels = [str(house.wheel(pick)) for pick in picks]
    uv = shutil.which("uv")
    command = [uv, "pip", "install", "-q", "--no-cache", "--python", sys.executable] if uv else []
    command = command or [sys.executable, "-m", "pip", "-q", "install", "--disable-pip-version-check"]
    subprocess.run([*command, "--no-deps", "--target", str(target), *wheels], check=True)


def attempt(house: House, run: Run) -> tuple[bool, str]:
    """Whether the checks pass, and the last lines of what they say."""
    with tempfile.TemporaryDirectory() as folder:
        site, empty = Path(folder, "site"), Path(folder, "empty")
        install(house, run.picks, site)
        api.unpack(house.wheel(run.checks), Path(folder, "checks"))
        empty.mkdir()
        tests = Path(folder, "checks", f"tinytorch_{run.checks.name}", "project", "tests")
        settings = ["-c", str(house.root / "pyproject.toml"), "--rootdir", str(house.root), "-p", "no:cacheprovider"]
        command = [sys.executable, "-P", "-m", "pytest", "-q", "--tb=line", *settings, str(tests)]
        done = subprocess.run(
            command, cwd=empty, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(site)}
        )
    said = done.stdout.strip().splitlines()
    failed = [line for line in said if line.startswith(("FAILED", "ERROR"))]
    return done.returncode == 0, "\n".join([*failed[:3], said[-1] if said else done.stderr.strip()[-300:]])


Attempt = Callable[[House, Run], tuple[bool, str]]


def judge(house: House, package: Package, attempt: Attempt = attempt) -> int:
    """The table, and how many of its lines fail."""
    bad = ranges_too_wide(house, package)
    for problem in bad:
        print(f"FAILS  {problem}")
    for run in matrix(house, package):
        began = time.perf_counter()
        unfit = house.fits(run.picks)
        good, said = (True, f"not tried: {unfit}") if unfit else attempt(house, run)
        free = not good and run.checks.name == package.name and run.checks.ref != "HEAD" and may_break(house, package)
        word = "passes" if good and not unfit else "  --  " if unfit else "breaks" if free else "FAILS "
        last = said.splitlines()[-1] if said else ""
        print(f"{word} {run.why:<34} {run.words}  [{time.perf_counter() - began:.0f} s] {last}", flush=True)
        if word == "FAILS ":
            print("\n".join(f"       {line}" for line in said.splitlines()[:-1]))
            bad.append(run.why)
    return len(bad) + judge_promises(house, package)


def ranges_too_wide(house: House, package: Package) -> list[str]:
    known = packages(house.root)
    found = []
    for below in lower(package, known):
        try:
            check_range(house.root, package, below)
        except Refused as refusal:
            found.append(str(refusal))
    return found


def judge_promises(house: House, package: Package) -> int:
    found, free = promises(house, package), may_break(house, package)
    for sentence in found:
        print(f"{'breaks' if free else 'FAILS '} {sentence}")
    if not found:
        print("passes the promises of the last release" if released(house.root, package) else "       no release yet")
    elif free:
        print(f"       which {house.here(package).version} may, in which nothing above is promised to work")
    return 0 if free else len(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package")
    parser.add_argument("--version", type=Version, help="of this commit; otherwise the one that the fragments suggest")
    given = parser.parse_args()
    try:
        package = chosen(ROOT, given.package)
        house = House(ROOT, ROOT / ".house/released")
        house.versions = {one.name: suggested(ROOT, one) for one in packages(ROOT).values() if fragments(one)}
        house.versions[package.name] = given.version or suggested(ROOT, package)
        bad = judge(house, package)
    except Refused as refusal:
        print(f"refused: {refusal}")
        return 1
    print(f"{bad} failed" if bad else f"{package.distribution} is compatible")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
