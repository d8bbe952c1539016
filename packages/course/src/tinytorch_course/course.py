"""A course: what is taught, to whose machines. `course.toml` says it, and is the instructor's to edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import tomlkit
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError

from tinytorch_course.errors import ToolError
from tinytorch_course.kits import Installed, installed_tiers, tiers_needed
from tinytorch_course.ranges import EXAMPLE, module_numbers, span
from tinytorch_course.tangle.manifest import Module, Tier
from tinytorch_course.tangle.project import read_catalog
from tinytorch_course.wheels import MACHINES, this_machine, this_python
from tinytorch_course.workspace import not_at_hand

FILE = "course.toml"
KEYS = {"course": ("name", "tiers", "modules", "above"), "handout": ("platforms", "python", "extras", "format")}
EXTRAS = ("jupyter", "plots")

TEMPLATE = """\
# A TinyTorch course.  Change what you like here: nobody else writes to this file.
# What your students get:  tt course handout

[course]
name = {name}

# What your students write: all of these tiers (tiers), or only these modules of theirs (modules, [7, "14-20"]).
# Whatever lies below comes from the reference, and with modules also whatever lies beside.
{teaches}

# Tiers above that come from the reference too: with "capstone" your students can take part in the competition.
above = {above}

[handout]
# Your students' machines, one or more of
#   {machines}
platforms = {platforms}

# Their Pythons, 3.11 or later, one or more: the hand-out holds NumPy for each.
python = {python}

# Beside what is always there: "jupyter" (work in notebooks), "plots" (pictures).
extras = []

# What students work in: "py", or "ipynb" (which needs the extra "jupyter").
format = "py"
"""


@dataclass(frozen=True)
class Course:
    """A course as its file describes it; of `tiers` and `modules` one is empty."""

    root: Path
    name: str
    tiers: tuple[str, ...]
    modules: tuple[int, ...]
    above: tuple[str, ...]
    platforms: tuple[str, ...]
    python: tuple[str, ...]
    extras: tuple[str, ...]
    format: str


# --- a new one


def template(course: Course) -> str:
    """The text of a new course.toml."""
    key = "modules" if course.modules else "tiers"
    machine = this_machine()
    return TEMPLATE.format(
        name=_toml(course.name),
        teaches=f"{key} = {_toml(list(getattr(course, key)))}",
        above=_toml(list(course.above)),
        machines=" ".join(MACHINES),
        platforms=_toml([machine] if machine else []),
        python=_toml([this_python()]),
    )


def _toml(value: Any) -> str:
    return str(tomlkit.item(value).as_string())


def configured(number: int) -> list[Tier]:
    """The tiers that say of themselves that a configuration teaches them; each must be installed."""
    references = installed_references()
    tiers = [tier for tier in _everywhere(references) if number in tier.configurations]
    lacking = next((tier.distribution for tier in tiers if tier.name not in references), None)
    if tiers and lacking is None:
        return tiers
    if lacking is not None:
        raise ToolError(
            f"configuration {number} teaches {lacking}, which is not installed",
            f"install it: python -m pip install {lacking}",
        )
    raise ToolError(
        f"no tier that is installed is taught in configuration {number}",
        "install the tiers of the course: python -m pip install tinytorch-foundation",
    )


def brought(number: int | None) -> tuple[list[Tier], list[Tier]]:
    """The tiers above that a configuration brings along, and those that it would, were they installed."""
    references = installed_references()
    tiers = [tier for tier in _everywhere(references) if number in tier.along]
    there = [tier for tier in tiers if tier.name in references]
    return there, [tier for tier in tiers if tier.name not in references]


def _everywhere(references: dict[str, Installed]) -> list[Tier]:
    """Those that are installed, and those of which they know, lowest first."""
    known = {tier.name: tier for tier in _known(references)} | {one.tier.name: one.tier for one in references.values()}
    return sorted(known.values(), key=lambda tier: (tier.order, tier.name))


def _known(references: dict[str, Installed]) -> list[Tier]:
    """The tiers beside those installed, of which they know."""
    return [tier for one in references.values() for tier in read_catalog(one.project)]


def installed_references() -> dict[str, Installed]:
    """The installed tiers that are originals, lowest first; a build of somebody's has no answers to strip."""
    return {one.tier.name: one for one in installed_tiers() if one.has_reference}


# --- one that is there


def find_course(start: Path) -> Course:
    """The course that `start` is in."""
    root = next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)
    if root is None:
        raise ToolError(
            f"this folder is not in a course (there is no {FILE} here or above)",
            "cd to yours, or make one: tt course new NAME --config 3",
        )
    try:
        document = tomlkit.parse((root / FILE).read_text("utf-8")).unwrap()
    except (TOMLKitError, ValueError) as error:
        raise ToolError(f"{FILE} cannot be read: {error}", "repair it there, or make a new course") from None
    with naming_the_file():
        return checked(_read(root, document))


def _read(root: Path, document: dict[str, Any]) -> Course:
    _refuse_unknown(document, KEYS, "the file")
    course, handout = (_table(document, name) for name in KEYS)
    return Course(
        root,
        _name(course),
        tuple(_list(course, "tiers")),
        tuple(_modules(course)),
        tuple(_list(course, "above")),
        tuple(_list(handout, "platforms")),
        tuple(_list(handout, "python")),
        tuple(_list(handout, "extras")),
        str(handout.get("format", "py")),
    )


@contextmanager
def naming_the_file() -> Iterator[None]:
    """What is wrong with a value of the file begins with its name."""
    try:
        yield
    except ToolError as error:
        raise fault(error.message.removeprefix(f"{FILE}: "), error.help) from None


def fault(what: str, help: str) -> ToolError:
    return ToolError(f"{FILE}: {what}", help)


def _refuse_unknown(table: dict[str, Any], known: Collection[str], where: str) -> None:
    """What is misspelt would be left out without a word."""
    for key in (key for key in table if key not in known):
        near = get_close_matches(key, known, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise fault(f"{key} is not known{meant}", f"{where} has: {' '.join(known)}")


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise fault(f"{name} is not a section", f"write it as [{name}]")
    _refuse_unknown(value, KEYS[name], f"[{name}]")
    return value


def _list(table: dict[str, Any], name: str) -> list[str]:
    value = table.get(name, [])
    if not isinstance(value, list) or any(type(one) is not str for one in value):
        raise fault(f"{name} is {value!r}", f'write a list: {name} = ["...", "..."]')
    return list(dict.fromkeys(value))


def _modules(table: dict[str, Any]) -> list[int]:
    value = table.get("modules", [])
    if not isinstance(value, list):
        raise fault(f"modules is {value!r}", EXAMPLE)
    try:
        return module_numbers(value)
    except ToolError as error:
        raise fault(f"modules: {error.message}", error.help) from None


def _name(table: dict[str, Any]) -> str:
    return checked_name(str(table.get("name", "")))


def checked_name(name: str) -> str:
    """The name of a course is that of a folder, on any system."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", name):
        raise ToolError(f"{name!r} cannot be the name of a course", "use letters, digits, - and _, such as ml-opt")
    return name


def checked(course: Course) -> Course:
    if bool(course.tiers) == bool(course.modules):
        raise fault("it must name either tiers or modules", 'tiers = ["optimization"]  or  modules = [7, "14-20"]')
    for name, values, known in (
        ("platforms", course.platforms, tuple(MACHINES)),
        ("extras", course.extras, EXTRAS),
        ("format", (course.format,), ("py", "ipynb")),
    ):
        for value in values:
            if value not in known:
                raise ToolError(f"{name}: {value!r} is not known", f"there are: {' '.join(known)}")
    for value in course.python:
        if not re.fullmatch(r"3\.\d{1,2}", value) or int(value[2:]) < 11:
            raise ToolError(f"python: {value!r} cannot be used", 'write 3.11 or later, in quotes, such as "3.12"')
    if course.format == "ipynb" and "jupyter" not in course.extras:
        raise fault('format = "ipynb" needs the extra "jupyter"', 'extras = ["jupyter"]')
    return course


# --- what it means for each tier


@dataclass(frozen=True)
class Plan:
    """Which tiers are handed out as what. `built` has no wheel in the hand-out, since a wheel has all answers."""

    taught: tuple[Module, ...]
    built: tuple[Installed, ...]  # a tier that is taught, in whole or in part, or that stands on one
    below: tuple[Installed, ...]  # as the reference's wheel
    above: tuple[Installed, ...] = ()  # the same; it stands on what students build

    @property
    def given(self) -> list[Module]:
        """The modules of the tiers that are built here which the reference supplies."""
        return [m for one in self.built for m in one.tier.modules if m not in self.taught]


def plan(course: Course) -> Plan:
    references = installed_references()
    with naming_the_file() if (course.root / FILE).is_file() else nullcontext():
        taught = list(_taught(course, references))
        for name in course.above:
            _reference(name, references)
    names = {module.tier for module in taught}
    family = _closure(names, references)
    while more := {n for n in family - names if names & _closure({n}, references) - {n}}:
        names |= more  # stands on a tier that is taught, so its wheel would ask for that one's
    family |= _closure(course.above, references)
    above = {n for n in family - names if names & _closure({n}, references)}
    ordered = [one for name, one in references.items() if name in family]
    for one in ordered:
        _require_whole(one)
    return Plan(
        tuple(taught),
        tuple(one for one in ordered if one.tier.name in names),
        tuple(one for one in ordered if one.tier.name not in names | above),
        tuple(one for one in ordered if one.tier.name in above),
    )


def _require_whole(one: Installed) -> None:
    sources = [one.project / "modules" / f"{module.stem}.py" for module in one.tier.modules]
    lost = [path.name for path in sources if not path.is_file()]
    if lost:
        raise ToolError(
            f"the installed {one.tier.distribution} {one.version} is incomplete: it has no modules/{lost[0]}",
            f"install it again: python -m pip install --force-reinstall {one.tier.distribution}",
        )


def _taught(course: Course, references: dict[str, Installed]) -> Iterable[Module]:
    for name in course.tiers:
        yield from _reference(name, references).tier.modules
    known = {m.number: m for one in references.values() for m in one.tier.modules}
    unknown = [number for number in course.modules if number not in known]
    if unknown:
        raise _unknown(unknown, references)
    yield from (known[number] for number in course.modules)


def _unknown(numbers: list[int], references: dict[str, Installed]) -> ToolError:
    tier = next((t for t in _known(references) if set(numbers) & {m.number for m in t.modules}), None)
    if tier is not None:
        return not_at_hand(tier.name)
    there = [m.number for one in references.values() for m in one.tier.modules]
    return ToolError(f"no installed tier has {span(numbers)}", f"they have {span(there)}")


def _reference(name: str, references: dict[str, Installed]) -> Installed:
    if name not in references:
        raise not_at_hand(name)
    return references[name]


def _closure(names: Iterable[str], references: dict[str, Installed]) -> set[str]:
    """These tiers and all that they stand on; a version that does not fit is refused."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for text, needed in tiers_needed(_reference(name, references).project).items():
            below = _reference(canonicalize_name(needed.name).removeprefix("tinytorch-"), references)
            if not needed.specifier.contains(below.version, prereleases=True):
                raise ToolError(
                    f"tinytorch-{name} works with {text}, and {below.version} is installed",
                    f"install one that fits: python -m pip install '{text}'",
                )
            waiting.append(below.tier.name)
    return found
