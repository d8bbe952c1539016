"""The tiers of this repository, and builds of any prefix of the course, for what tests the teaching."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tinytorch_course.judge import Report, judge
from tinytorch_course.strip import strip_module
from tinytorch_course.student import build_tree
from tinytorch_course.tangle.manifest import Module, Tier, read_tier
from tinytorch_course.tangle.modulefile import read_module

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 60.0  # seconds a judged module may take, an endless loop included
# The milestones that train for long, cut short: their criterion is missed, all of their code is run.
QUICK = {"1998": ["--epochs", "1"], "2017": ["--epochs", "1"]}


def tiers() -> list[Tier]:
    """Lowest first."""
    return sorted(map(read_tier, ROOT.glob("packages/*/tier.toml")), key=lambda tier: tier.order)


def course() -> list[Module]:
    """Every module of every tier whose file is there, in the order of the course."""
    return [module for tier in tiers() for module in tier.modules if source(module).is_file()]


def catalogue() -> list[Module]:
    """Every module that a manifest names."""
    return [module for tier in tiers() for module in tier.modules]


def project(module: Module) -> Path:
    return ROOT / "packages" / module.tier


def source(module: Module) -> Path:
    return project(module) / "modules" / f"{module.stem}.py"


def checks(module: Module) -> Path | None:
    path = project(module) / "tests" / f"test_{module.stem}.py"
    return path if path.is_file() else None


def stripped(module: Module) -> str:
    return strip_module(source(module).read_text("utf-8"), module, tiers())


def build(through: int, out: Path, mine: Mapping[int, Path] | None = None) -> Path:
    """An importable folder with the modules up to `through`, those of `mine` in place of the reference's."""
    reference = {module.number: source(module) for module in course() if module.number <= through}
    files = {**reference, **(mine or {})}
    for tier in tiers():
        chosen = {module.number: files[module.number] for module in tier.modules if module.number in files}
        if chosen:
            build_tree(ROOT / "packages" / tier.name, chosen, out)
    return out


def verdict(
    module: Module, built: Path, file: Path | None = None, limit: float = LIMIT, *, integration: bool = True
) -> Report:
    """Judge a module in a build: its test cells and, unless they are left out, its integration checks."""
    return judge(built, module, read_module(file or source(module)), checks(module) if integration else None, limit)


def complaints(report: Report) -> str:
    """Everything that went wrong, as the learner would read it."""
    lines = [f"{result.id}: {result.message}" for result in report.results if not result.passed]
    return "\n".join([*([report.error] if report.error else []), *lines])
