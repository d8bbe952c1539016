"""Wheels: what is inside, which of a folder fit somebody else's machine, and one made again from what is installed."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import platform
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from tinytorch_course.errors import ToolError

EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every file in what we write: the same input gives the same bytes
INSTALLERS = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_build.json", "uv_cache.json"}
ROUNDS = 50  # of finding what the found wheels need


# --- machines


def _manylinux(machine: str) -> list[str]:
    names = [f"manylinux_2_{minor}_{machine}" for minor in range(28, 16, -1)]  # glibc 2.28: any Linux since 2019
    return [*names, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}"]


# name -> sys_platform, platform_system, platform_machine as markers know them
MACHINES: Mapping[str, tuple[str, str, str]] = {
    "linux-x86_64": ("linux", "Linux", "x86_64"),
    "linux-aarch64": ("linux", "Linux", "aarch64"),
    "macos-arm64": ("darwin", "Darwin", "arm64"),
    "macos-x86_64": ("darwin", "Darwin", "x86_64"),
    "windows-x86_64": ("win32", "Windows", "AMD64"),
    "windows-arm64": ("win32", "Windows", "ARM64"),
}


@dataclass(frozen=True)
class Target:
    """A kind of machine that a hand-out is for: `linux-x86_64` with Python `3.12`."""

    machine: str
    python: str

    def __str__(self) -> str:
        return f"Python {self.python} on {self.machine}"

    @property
    def platforms(self) -> list[str]:
        """The platform tags of wheels that such a machine takes, the best first."""
        system, architecture = self.machine.split("-")
        if system == "linux":
            return _manylinux(architecture)
        if system == "macos":
            return list(mac_platforms((14, 0), architecture))
        return ["win_amd64" if architecture == "x86_64" else f"win_{architecture}"]

    @cached_property
    def tags(self) -> dict[Tag, int]:
        """Every tag that fits, and its rank."""
        version = tuple(map(int, self.python.split(".")))
        interpreter = "cp" + self.python.replace(".", "")
        found = [
            *cpython_tags(version, abis=[interpreter], platforms=self.platforms),
            *compatible_tags(version, interpreter, self.platforms),
        ]
        return {tag: rank for rank, tag in enumerate(found)}

    def needs(self, requirement: Requirement, extras: Iterable[str]) -> bool:
        """Does a requirement of a distribution hold on this machine?"""
        system, long, architecture = MACHINES[self.machine]
        facts = {
            "sys_platform": system,
            "platform_system": long,
            "platform_machine": architecture,
            "os_name": "nt" if system == "win32" else "posix",
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "platform_python_implementation": "CPython",
        }
        marker = requirement.marker
        return marker is None or any(marker.evaluate({**facts, "extra": extra}) for extra in ("", *extras))


def this_machine() -> str | None:
    """The name of the machine that we run on; None when it has none."""
    here = platform.machine().lower()
    same = (name for name, (system, _, arch) in MACHINES.items() if (system, arch.lower()) == (sys.platform, here))
    return next(same, None)


def this_python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


# --- wheels in a folder


@dataclass(frozen=True)
class Wheel:
    path: Path
    name: str
    version: Version
    tags: frozenset[Tag]

    @cached_property
    def requires(self) -> list[Requirement]:
        return [Requirement(line) for line in self._metadata.get_all("Requires-Dist", [])]

    @cached_property
    def python(self) -> SpecifierSet:
        return SpecifierSet(self._metadata.get("Requires-Python", ""))

    @cached_property
    def _metadata(self) -> Message[str, str]:
        with self._opened() as file:
            (name,) = [n for n in file.namelist() if n.count("/") == 1 and n.endswith(".dist-info/METADATA")]
            facts = HeaderParser().parsestr(file.read(name).decode("utf-8"))
            name, version = facts.get("Name", ""), facts.get("Version", "")
            if (canonicalize_name(name), Version(version)) != (self.name, self.version):
                raise ValueError(f"inside it is {name} {version}")
        return facts

    def verify(self) -> None:
        """Refuse a wheel in which a byte was changed."""
        with self._opened() as file:
            for entry in file.infolist():
                file.read(entry)

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as file:
                yield file
        except Exception as error:  # zipfile and what unpacks for it have no error in common
            reason = str(error) or type(error).__name__
            raise ToolError(f"{self.path.name} is no wheel: {reason}", "get it again, or take it away") from None


def wheel_at(path: Path) -> Wheel | None:
    """What a file's name says of it; None when it is not the name of a wheel."""
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        return None
    return Wheel(path, name, version, tags)


def wheels_in(folder: Path) -> list[Wheel]:
    return [wheel for path in sorted(folder.glob("*.whl")) if (wheel := wheel_at(path)) is not None]


# --- which of them a machine needs


@dataclass(frozen=True)
class Needed:
    """All that was asked of one distribution, by whoever needs it."""

    specifier: SpecifierSet
    extras: frozenset[str]


def select(
    wanted: Iterable[Requirement], shelf: Iterable[Wheel], target: Target
) -> tuple[dict[str, Wheel], list[Requirement]]:
    """The wheels of a shelf that fulfil these requirements and what those need in turn; and what it lacks."""
    by_name: dict[str, list[Wheel]] = {}
    for wheel in shelf:
        by_name.setdefault(wheel.name, []).append(wheel)
    roots = list(wanted)
    needed: dict[str, Needed] = {}
    chosen: dict[str, Wheel] = {}
    for _ in range(ROUNDS):
        of_chosen = [one for name, wheel in chosen.items() for one in _required(wheel, needed[name].extras, target)]
        before, needed = needed, _joined([*roots, *of_chosen])
        if needed == before:
            break
        picked = {name: _best(by_name.get(name, []), one.specifier, target) for name, one in needed.items()}
        chosen = {name: wheel for name, wheel in picked.items() if wheel is not None}
    missing = [Requirement(_written(name, one)) for name, one in needed.items() if name not in chosen]
    return chosen, missing


def _required(wheel: Wheel, extras: frozenset[str], target: Target) -> list[Requirement]:
    return [one for one in wheel.requires if target.needs(one, extras)]


def _joined(requirements: Iterable[Requirement]) -> dict[str, Needed]:
    found: dict[str, Needed] = {}
    for one in requirements:
        name = canonicalize_name(one.name)
        known = found.get(name, Needed(SpecifierSet(), frozenset()))
        found[name] = Needed(known.specifier & one.specifier, known.extras | one.extras)
    return found


def _best(wheels: Iterable[Wheel], specifier: SpecifierSet, target: Target) -> Wheel | None:
    """The newest that fits, a pre-release only where there is nothing else."""
    fits = [w for w in wheels if specifier.contains(w.version, prereleases=True) and w.tags & target.tags.keys()]
    fits = [w for w in fits if w.python.contains(f"{target.python}.0", prereleases=True)]

    def rank(wheel: Wheel) -> tuple[bool, Version, int]:
        return not wheel.version.is_prerelease, wheel.version, -min(target.tags.get(t, 10**6) for t in wheel.tags)

    return max(fits, key=rank, default=None)


def _written(name: str, needed: Needed) -> str:
    return name + (f"[{','.join(sorted(needed.extras))}]" if needed.extras else "") + str(needed.specifier)


# --- back from what is installed


def repack(name: str, into: Path) -> Path:
    """Make the wheel of an installed distribution again: the files that it brought, each as it came."""
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise ToolError(f"{name} is not installed", f"install it: python -m pip install {name}") from None
    info, files = _contents(distribution, name)
    tags = HeaderParser().parsestr(files[f"{info}/WHEEL"].decode("utf-8")).get_all("Tag", [])
    parts = zip(*(tag.split("-") for tag in tags), strict=True)
    stem = info.removesuffix(".dist-info")
    path = into / "-".join([stem, *(".".join(sorted(set(part))) for part in parts)])
    path = path.with_name(f"{path.name}.whl")
    rows = [f"{n},sha256={_digest('sha256', data)},{len(data)}" for n, data in sorted(files.items())]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    write_zip(path, files)
    return path


def _contents(distribution: importlib.metadata.Distribution, name: str) -> tuple[str, dict[str, bytes]]:
    """The folder of facts of a distribution, and its files by their places in a wheel."""
    files: dict[str, bytes] = {}
    scripts = {entry.name for entry in distribution.entry_points}
    for path in distribution.files or []:
        if "__pycache__" in path.parts or (path.parts[0].endswith(".dist-info") and path.name in INSTALLERS):
            continue
        if ".." in path.parts or path.is_absolute():
            if path.name.removesuffix(".exe") in scripts:
                continue  # the installer made it
            what = f"the installed {name} cannot be made into a wheel again: {path.name} lies outside"
            raise ToolError(what, f"name the folder of its wheel: {WHEELS_OPTION}")
        data = Path(str(path.locate())).read_bytes()
        if path.hash is None or _digest(path.hash.mode, data) != path.hash.value:
            what = f"the installed {name} is not as its wheel was: {path} was changed"
            raise ToolError(what, f"install it again, or name the folder of its wheel: {WHEELS_OPTION}")
        files[path.as_posix()] = data
    info = next((n.partition("/")[0] for n in files if n.endswith(".dist-info/WHEEL")), None)
    editable = '"editable": true' in (distribution.read_text("direct_url.json") or "")
    if info is None or editable:
        why = "it is editable" if editable else "its list of files is missing"
        what = f"the installed {name} cannot be made into a wheel again: {why}"
        raise ToolError(what, f"name the folder of its wheel: {WHEELS_OPTION}")
    return info, files


WHEELS_OPTION = "tt course handout --wheels DIR"


def _digest(kind: str, data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).rstrip(b"=").decode()


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """The same files give the same bytes: sorted, with one time for all; wheels are not compressed twice."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            packed = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], packed)
