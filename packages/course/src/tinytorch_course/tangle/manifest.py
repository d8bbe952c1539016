"""tier.toml: the one place where a fact about a module is written."""

from __future__ import annotations

import keyword
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_TARGET = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LINE = re.compile(r"[^\x00-\x1f\x7f]+")


class ManifestError(ValueError):
    """A manifest that cannot be used; the text names the file and the field."""


@dataclass(frozen=True)
class Budget:
    """What checking a module may cost."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Module:
    """One module's facts, as its tier's manifest gives them."""

    number: int
    name: str
    title: str
    target: str
    needs: tuple[int, ...]
    exports: tuple[str, ...]
    points: int
    teaches: Mapping[str, str]
    covers: tuple[str, ...]
    budget: Budget
    unlocks: tuple[str, ...]
    on_import: str | None
    tier: str
    studied: tuple[str, ...] = ()  # functions and classes that are read and measured, and that nothing else uses

    @property
    def label(self) -> str:
        """`01`"""
        return f"{self.number:02d}"

    @property
    def stem(self) -> str:
        """`01_tensor`, the module file's name without its suffix"""
        return f"{self.label}_{self.name}"

    @property
    def import_name(self) -> str:
        """`tinytorch.core.tensor`"""
        return f"tinytorch.{self.target}"

    @property
    def package(self) -> str:
        """`tinytorch.core`"""
        return self.import_name.rpartition(".")[0]


@dataclass(frozen=True)
class Tier:
    """A tier and its modules, in order of their numbers."""

    name: str
    title: str
    order: int
    modules: tuple[Module, ...]
    configurations: tuple[int, ...] = ()  # of a course, in which this tier is taught
    along: tuple[int, ...] = ()  # and those that bring it along, above what is taught
    datasets: tuple[str, ...] = ()  # class X of the ordinary source tinytorch/datasets/x.py, each

    @property
    def distribution(self) -> str:
        """`tinytorch-foundation`"""
        return f"tinytorch-{self.name}"

    @property
    def carrier(self) -> str:
        """`tinytorch_foundation`, the import package that carries the tier's project"""
        return f"tinytorch_{self.name}"

    def module(self, number: int) -> Module:
        """The module with this number; KeyError if the tier has none."""
        for module in self.modules:
            if module.number == number:
                return module
        raise KeyError(number)


class _Fields:
    """Typed access to one table of the manifest; every complaint names the file and the field."""

    def __init__(self, path: Path, where: str, table: Any) -> None:
        self.path, self.where = path, where
        if not isinstance(table, dict):
            raise ManifestError(f"{_short(path)}: {where} must be a table")
        self.table: dict[str, Any] = table

    def fail(self, field: str, problem: str) -> ManifestError:
        return ManifestError(f"{_short(self.path)}: {self.where}: '{field}' {problem}")

    def get(self, field: str, kind: type | tuple[type, ...], what: str, default: Any = None) -> Any:
        value = self.table.get(field, default)
        if value is None:
            raise self.fail(field, "is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.fail(field, f"must be {what}, not {value!r}")
        return value

    def text(self, field: str, pattern: re.Pattern[str], what: str) -> str:
        value: str = self.get(field, str, what)
        if not pattern.fullmatch(value):
            raise self.fail(field, f"must be {what}, not {value!r}")
        return value

    def whole(self, field: str, low: int, high: int) -> int:
        value: int = self.get(field, int, f"a whole number from {low} to {high}")
        if not low <= value <= high:
            raise self.fail(field, f"must be a whole number from {low} to {high}, not {value}")
        return value

    def number(self, field: str) -> float:
        value: float = self.get(field, (int, float), "a number above 0")
        if not value > 0:
            raise self.fail(field, f"must be a number above 0, not {value}")
        return value

    def sequence(self, field: str, kind: type, what: str) -> tuple[Any, ...]:
        values: list[Any] = self.get(field, list, f"a list of {what}", [])
        if any(not isinstance(value, kind) or isinstance(value, bool) for value in values):
            raise self.fail(field, f"must be a list of {what}, not {values!r}")
        if len(set(values)) < len(values):
            raise self.fail(field, "names something twice")
        return tuple(values)


def read_tier(path: Path) -> Tier:
    """The tier of the manifest at `path` (or in the folder `path`); ManifestError if it describes none."""
    path = Path(path)
    if path.is_dir():
        path = path / "tier.toml"
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ManifestError(f"{_short(path)}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # not UTF-8, or not TOML
        raise ManifestError(f"{_short(path)}: is not a TOML file: {error}") from None
    fields = _Fields(path, "[tier]", document.get("tier"))
    name = fields.text("name", _WORD, "a lower-case word")
    entries = document.get("module", [])
    if not isinstance(entries, list):
        raise ManifestError(f"{_short(path)}: modules are written as [[module]]")
    modules = [_module(_Fields(path, _where(entry), entry), name) for entry in entries]
    _distinct(path, modules)
    return Tier(
        name=name,
        title=fields.text("title", _LINE, "one line of text"),
        order=fields.whole("order", 0, 999),
        modules=tuple(sorted(modules, key=lambda module: module.number)),
        configurations=fields.sequence("configurations", int, "whole numbers"),
        along=fields.sequence("along", int, "whole numbers"),
        datasets=_names(fields, "datasets"),
    )


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])


def _where(entry: Any) -> str:
    return f"module {entry.get('number', '?')}" if isinstance(entry, dict) else "[[module]]"


def _module(fields: _Fields, tier: str) -> Module:
    budget = _Fields(fields.path, f"{fields.where} budget", fields.table.get("budget"))
    on_import = fields.table.get("on_import")
    exports = _names(fields, "exports")
    if on_import is not None and on_import not in exports:
        raise fields.fail("on_import", f"must be one of the exports, not {on_import!r}")
    return Module(
        number=fields.whole("number", 1, 999),
        name=fields.text("name", _WORD, "a lower-case word"),
        title=fields.text("title", _LINE, "one line of text"),
        target=_target(fields),
        needs=_needs(fields),
        exports=exports,
        points=fields.whole("points", 0, 10_000),
        teaches=_teaches(fields),
        covers=fields.sequence("covers", str, "texts"),
        budget=Budget(budget.number("seconds"), budget.number("megabytes")),
        unlocks=fields.sequence("unlocks", str, "texts"),
        on_import=on_import,
        tier=tier,
        studied=_names(fields, "studied"),
    )


def _target(fields: _Fields) -> str:
    """The strict pattern keeps all that a build writes below the package: no `..`, `/` or `_private`."""
    target = fields.text("target", _TARGET, "a dotted name of lower-case words")
    if any(keyword.iskeyword(word) for word in target.split(".")):
        raise fields.fail("target", f"{target!r} cannot be imported")
    return target


def _needs(fields: _Fields) -> tuple[int, ...]:
    needs = fields.sequence("needs", int, "module numbers")
    number = fields.whole("number", 1, 999)
    for needed in needs:
        if not 1 <= needed < number:
            raise fields.fail("needs", f"names module {needed}: a module builds on earlier ones only")
    return needs


def _names(fields: _Fields, field: str) -> tuple[str, ...]:
    names = fields.sequence(field, str, "names")
    for name in names:
        if not _NAME.fullmatch(name) or keyword.iskeyword(name):
            raise fields.fail(field, f"holds {name!r}, which is not a public name")
    return names


def _teaches(fields: _Fields) -> Mapping[str, str]:
    teaches = _Fields(fields.path, f"{fields.where} teaches", fields.table.get("teaches"))
    return {key: teaches.text(key, _LINE, "one line of text") for key in ("ml", "systems")}


def _distinct(path: Path, modules: Iterable[Module]) -> None:
    """No number, name or target twice, and no target inside another."""
    seen: dict[tuple[str, Any], Module] = {}
    for module in modules:
        for key in (("number", module.number), ("name", module.name), ("target", module.target)):
            if key in seen:
                raise ManifestError(f"{_short(path)}: two modules have the {key[0]} {key[1]!r}")
            seen[key] = module
    targets = [module.target for module in modules]
    for target in targets:
        if any(other.startswith(f"{target}.") for other in targets):
            raise ManifestError(f"{_short(path)}: target {target!r} is a module and a package at once")
