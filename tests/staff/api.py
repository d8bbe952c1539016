"""What a tier promises, read from a wheel without running it, and what a later wheel breaks of it."""

from __future__ import annotations

import logging
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

logging.getLogger("griffe").setLevel(logging.ERROR)
# A string of text, a table that grew, a base class that nobody sees: no promise.
NO_PROMISE = {griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE, griffe.BreakageKind.CLASS_REMOVED_BASE}


def breakages(old: Path, new: Path) -> list[str]:
    """One sentence for each public name that is gone and each signature that takes less than before."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = (unpack(wheel, Path(folder, side)) for wheel, side in ((old, "old"), (new, "new")))
        return list(compare(before, after))


def unpack(wheel: Path, out: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out)
    return out


def compare(before: Path, after: Path) -> Iterator[str]:
    now = exports(after)
    for place, names in exports(before).items():
        gone = set(names) - set(now.get(place, []))
        yield from (f"{place}.{name}: the public name was removed" for name in sorted(gone))
        if place in now:
            old, new = load(before, place), load(after, place)
            for name in sorted(set(names) - gone):
                yield from changes(old, new, f"{place}.{name}", name)


def exports(site: Path) -> dict[str, list[str]]:
    """The public names of each module that is there, as the tier's manifest promises them."""
    manifest = next(site.glob("tinytorch_*/project/tier.toml"))
    modules = tomllib.loads(manifest.read_text("utf-8"))["module"]
    places = {f"tinytorch.{module['target']}": module["exports"] for module in modules}
    return {place: names for place, names in places.items() if file_of(site, place).is_file()}


def file_of(site: Path, place: str) -> Path:
    return site.joinpath(*place.split(".")).with_suffix(".py")


def load(site: Path, place: str) -> griffe.Module:
    path = file_of(site, place)
    return griffe.visit(path.stem, path, path.read_text("utf-8"))


def changes(old: griffe.Module, new: griffe.Module, where: str, name: str) -> Iterator[str]:
    if name not in new.members:
        if name in old.members:
            yield f"{where}: the public name was removed"
        return
    if name not in old.members or old.members[name].is_alias or new.members[name].is_alias:
        return
    one, other = (holding(module.members[name]) for module in (old, new))
    for found in griffe.find_breaking_changes(one, other):
        if found.kind not in NO_PROMISE and not private(found.obj.path):
            yield f"tinytorch.{where.removeprefix('tinytorch.').removesuffix(name)}{inner(found)}: {words(found)}"


def holding(member: Any) -> griffe.Module:
    """A module with this one public member: what the comparison begins with."""
    module = griffe.Module("m")
    module.set_member(member.name, member)
    return module


def private(path: str) -> bool:
    """`_x` and what is inside it; `__init__` and its like are not."""
    return any(part.startswith("_") and not part.endswith("__") for part in path.split("."))


def inner(found: griffe.Breakage) -> str:
    return found.obj.path.partition(".")[2]


def words(found: griffe.Breakage) -> str:
    old, new = (getattr(value, "name", None) or value for value in (found.old_value, found.new_value))
    if found.kind is griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT:
        old, new = found.old_value.default, found.new_value.default
        return f"the default of {found.old_value.name} was {old} and is {new}"
    text = found.kind.value[0].lower() + found.kind.value[1:]
    return f"{text}: {old}" if isinstance(old, str) and old else f"{text}: {new}"
