"""One package at a time: what would be released (`next`), and the release: version, changelog, tag.

python tests/staff/release.py next optimization
python tests/staff/release.py release optimization minor --dry-run
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version
from versions import (
    FAMILY,
    Package,
    Refused,
    changed_since,
    chosen,
    git,
    lower,
    packages,
    released,
    upper,
    version_file,
)

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("patch", "minor", "major")
READERS = ("learner", "instructor", "maintainer")


# -- versions ----------------------------------------------------------------------------------------------


def fragments(package: Package) -> list[Path]:
    return sorted(path for path in package.folder.glob("changes/*/*.md"))


def kind(fragment: Path) -> str:
    """`+name.fixed.md` is `fixed`."""
    return fragment.name.split(".")[-2]


def step(version: Version, name: str) -> Version:
    major, minor, micro = version.release[:3]
    steps = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, micro + 1)}
    return Version(".".join(map(str, steps[name])))


def next_breaking(version: Version) -> Version:
    """Before 1.0 a minor version may break what stands on it; from then on only a major one may."""
    return step(version, "major" if version.major else "minor")


def suggested(root: Path, package: Package) -> Version:
    """What the fragments ask for; without a release, what pyproject.toml says."""
    tags = released(root, package)
    if not tags:
        return package.version
    kinds = {kind(fragment) for fragment in fragments(package)}
    if kinds & {"removed", "changed"}:
        return next_breaking(tags[-1])
    return step(tags[-1], "minor" if "added" in kinds and tags[-1].major else "patch")


def asked(root: Path, package: Package, words: str) -> Version:
    """`patch`, `minor` or `major` from the last release on, or a version."""
    tags = released(root, package)
    if words in STEPS:
        return step(tags[-1], words) if tags else package.version
    try:
        return Version(words)
    except InvalidVersion:
        raise Refused(f"{words} is no version, and none of {', '.join(STEPS)}") from None


# -- ranges ------------------------------------------------------------------------------------------------


def widened(requirement: Requirement, version: Version) -> str:
    """The range with its end moved so far that `version` is in it."""
    kept = [one for one in requirement.specifier if one.operator not in ("<", "<=", "==", "~=")]
    begin = SpecifierSet(",".join(map(str, kept)))
    if version not in begin:
        raise Refused(f"{requirement} begins above {version}: no later end can let it in")
    end = next_breaking(version)
    return f"{requirement.name}{begin},<{end.major}.{end.minor}"


@dataclass(frozen=True)
class Move:
    """A package whose range does not hold what is to be released."""

    package: Package
    old: str
    new: str
    version: Version


def moves(root: Path, package: Package, version: Version) -> list[Move]:
    found = []
    for one in upper(package, packages(root)):
        requirement = one.ranges[package.name]
        if version not in requirement.specifier:
            tags = released(root, one)
            # what stands there already, unreleased, is not counted up a second time
            moved = one.version if not tags or one.version > tags[-1] else step(one.version, "patch")
            found.append(Move(one, str(requirement), widened(requirement, version), moved))
    return found


# -- refusals ----------------------------------------------------------------------------------------------


def refuse(root: Path, package: Package, version: Version) -> None:
    """Everything that can be said without running anything."""
    if git(root, "status", "--porcelain").strip():
        raise Refused("there are changes that are not committed; a release is made from a commit")
    tags = released(root, package)
    if version in tags:
        raise Refused(f"{package.distribution} {version} exists: git tag says {package.tag(version)}")
    if tags and version < tags[-1]:
        raise Refused(f"{version} is older than {tags[-1]}, which is released")
    if not fragments(package):
        where = f"{package.folder.relative_to(root).as_posix()}/changes"
        raise Refused(f"nothing is said of the changes: write {where}/learner/+WORDS.fixed.md (docs/release.md)")
    if (badly := misplaced(package)) is not None:
        raise Refused(badly)
    for below in lower(package, packages(root)):
        check_range(root, package, below)


def misplaced(package: Package) -> str | None:
    """A fragment that towncrier would pass over in silence."""
    for path in package.folder.glob("changes/**/*"):
        name = path.relative_to(package.folder).as_posix()
        if path.is_file() and path.name != ".gitignore":
            parts = path.relative_to(package.folder / "changes").parts
            known = path.suffix == ".md" and path.name.count(".") > 1 and kind(path) in KINDS
            if len(parts) != 2 or parts[0] not in READERS or not known:
                return f"{name}: a fragment is changes/READER/WORDS.KIND.md, {'|'.join(READERS)}, {'|'.join(KINDS)}"
    return None


KINDS = ("removed", "changed", "added", "fixed")


def check_range(root: Path, package: Package, below: Package) -> None:
    """The range holds the latest release below, and promises nothing of versions that nobody made."""
    requirement = package.ranges[below.name]
    versions = released(root, below)
    if versions and versions[-1] not in requirement.specifier:
        asks = f"{package.distribution} asks for {requirement}"
        raise Refused(f"{asks}, which excludes the latest release, {versions[-1]}")
    latest = max([*versions, below.version])
    beyond = next_breaking(next_breaking(latest))
    promised = [v for v in (next_breaking(latest), beyond) if v in requirement.specifier]
    if promised:
        end = next_breaking(latest)
        raise Refused(
            f"{package.distribution} asks for {requirement}, which is too wide: {promised[0]} does not exist, and may "
            f"break it; end the range at <{end.major}.{end.minor}"
        )


# -- writing -----------------------------------------------------------------------------------------------


def write_version(package: Package, version: Version) -> Path:
    path = package.folder / "pyproject.toml"
    document = tomlkit.parse(path.read_text("utf-8"))
    if "version" in document["project"]:
        document["project"]["version"] = str(version)
        path.write_text(tomlkit.dumps(document), "utf-8")
        return path
    path = version_file(package.folder)
    path.write_text(path.read_text("utf-8").replace(f'"{package.version}"', f'"{version}"', 1), "utf-8")
    return path


def write_range(move: Move) -> None:
    """The range alone: comments, order and layout stay."""
    path = move.package.folder / "pyproject.toml"
    document = tomlkit.parse(path.read_text("utf-8"))
    lines = document["project"]["dependencies"]
    place = next(i for i, line in enumerate(lines) if str(Requirement(line)) == move.old)
    lines[place] = move.new
    path.write_text(tomlkit.dumps(document), "utf-8")
    write_version(move.package, move.version)


def write_fragment(move: Move, package: Package, version: Version) -> None:
    path = move.package.folder / "changes/maintainer" / f"+{package.name}-{version}.fixed.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"Works with {package.distribution} {version.major}.{version.minor} too.\n", "utf-8")


def towncrier(root: Path, package: Package, version: Version, *options: str) -> str:
    command = [sys.executable, "-m", "towncrier", "build", "--config", str(root / "pyproject.toml")]
    command += ["--dir", str(package.folder), "--version", str(version), *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"towncrier: {done.stdout}{done.stderr}".strip())
    return done.stdout


def perform(root: Path, package: Package, version: Version) -> None:
    """Write, commit, tag."""
    moving = moves(root, package, version)
    write_version(package, version)
    towncrier(root, package, version, "--yes")
    for move in moving:
        write_range(move)
        write_fragment(move, package, version)
    git(root, "add", "--all", "packages")
    git(root, "commit", "--quiet", "--message", f"{package.distribution} {version}")
    git(root, "tag", "--annotate", package.tag(version), "--message", f"{package.distribution} {version}")


# -- commands ----------------------------------------------------------------------------------------------


def show_next(root: Path, name: str) -> None:
    package = chosen(root, name)
    tags, found = released(root, package), fragments(package)
    print(f"{package.distribution}: {f'released {tags[-1]}' if tags else 'never released'}, here {package.version}")
    for path in found:
        print(f"  {path.parent.name:<11}{kind(path):<9}{path.read_text('utf-8').strip().splitlines()[0]}")
    if not found:
        touched = tags and changed_since(root, package, tags[-1])
        print("  no fragments" + (", and the package has changed since" if touched else ""))
        return
    version = suggested(root, package)
    print(f"suggested: {version}")
    show_dependents(root, package, version)


def show_dependents(root: Path, package: Package, version: Version) -> None:
    moving = {move.package.name: move for move in moves(root, package, version)}
    for one in upper(package, packages(root)):
        move = moving.get(one.name)
        what = f"range moves: {move.old} becomes {move.new}, version {move.version}" if move else "stays as it is"
        print(f"  {FAMILY}{one.name}: {what}")


def release(root: Path, name: str, words: str, dry: bool, compat: Callable[[str, Version], None]) -> None:
    package = chosen(root, name)
    version = asked(root, package, words)
    refuse(root, package, version)
    moving = moves(root, package, version)  # a range that cannot move refuses too
    print(f"{package.distribution} {version}, tag {package.tag(version)}")
    show_dependents(root, package, version)
    if dry:
        print(towncrier(root, package, version, "--draft").strip())
        print("nothing was written; the release runs the compatibility matrix first")
        return
    compat(name, version)
    perform(root, package, version)
    print(f"written and tagged. Artefacts: nox -s artefacts -- {name}")
    for move in moving:
        print(f"then release {move.package.name} too: nox -s release -- {move.package.name} {move.version}")


def run_compat(name: str, version: Version) -> None:
    command = [sys.executable, str(Path(__file__).with_name("compat.py")), name, "--version", str(version)]
    if subprocess.run(command, check=False).returncode != 0:
        raise Refused("the compatibility matrix has failures; nothing was written")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["next", "release"])
    parser.add_argument("package")
    parser.add_argument("version", nargs="?", help="patch, minor, major or a version", default="")
    parser.add_argument("--dry-run", action="store_true")
    given = parser.parse_args(arguments)
    try:
        if given.command == "next":
            show_next(ROOT, given.package)
        else:
            wanted = given.version or str(suggested(ROOT, chosen(ROOT, given.package)))
            release(ROOT, given.package, wanted, given.dry_run, run_compat)
    except Refused as refusal:
        print(f"refused: {refusal}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
