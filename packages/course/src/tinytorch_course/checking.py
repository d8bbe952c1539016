"""`tt check` without its words: build a tree around the learner's file, judge it, translate the result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinytorch_course import files
from tinytorch_course.errors import ToolError
from tinytorch_course.judge import Report, Result, Where, judge
from tinytorch_course.source import Change, Place, Problem, Source, changes, open_source
from tinytorch_course.student import build_tree
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import Cell, ModuleFile
from tinytorch_course.workspace import Workspace

START_UP = 2.0  # seconds that a slow machine may need before the learner's code begins


@dataclass(frozen=True)
class Blocker:
    """A module below that stands in the way, and why."""

    module: Module
    reason: str


@dataclass
class Outcome:
    """What a check of one module found, in terms of the learner's own files."""

    module: Module
    file: str
    problem: Problem | None = None
    report: Report | None = None
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    places: dict[str, Place | None] = field(default_factory=dict)
    todo: set[str] = field(default_factory=set)  # checks that stopped at a stub of this module
    error_place: Place | None = None
    warnings: list[str] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.report is not None and self.report.passed

    @property
    def results(self) -> tuple[Result, ...]:
        return self.report.results if self.report is not None else ()

    @property
    def points(self) -> float:
        return self.report.points if self.report is not None else 0


@dataclass(frozen=True)
class Selection:
    """Which file supplies each module of a build, and the sources of those that are the learner's."""

    files: dict[int, Path]
    mine: dict[int, Source]


def check(workspace: Workspace, module: Module, through: int | None = None) -> Outcome:
    """Check the learner's file of a module, in a build of everything up to it (or up to `through`)."""
    path = workspace.learner_file(module)
    if path is None:
        raise _nothing_of_theirs(workspace, module)
    outcome = Outcome(module, workspace.relative(path))
    source = open_source(path, outcome.file)
    if isinstance(source, Problem):
        outcome.problem = source
    else:
        _judge(workspace, source, outcome, through or module.number)
    _remember(workspace, outcome, path)
    return outcome


def _nothing_of_theirs(workspace: Workspace, module: Module) -> ToolError:
    name, start = f"module {module.label} ({module.title})", f"tt start {module.label}"
    if workspace.side(module) == "reference":
        return ToolError(f"{name} is the reference's, so there is nothing to check", f"to write it yourself: {start}")
    return ToolError(f"{name} is not started", f"start it: {start}")


def _judge(workspace: Workspace, source: Source, outcome: Outcome, through: int) -> None:
    module = outcome.module
    original = workspace.kit(module).pristine_module(module)
    outcome.changes = changes(source, original)
    selection = select(workspace, module, source, through, outcome)
    if outcome.blockers:
        return
    limit = workspace.patience * module.budget.seconds + START_UP
    with workspace.scratch(f"check-{module.label}-") as tree:
        build_course(workspace, selection.files, tree)
        report = judge(tree, module, original, workspace.kit(module).tests(module), limit)
        _translate(
            workspace, outcome, report, Translator(workspace, tree.resolve(), selection, original, module)
        )


def build_course(workspace: Workspace, sources: Mapping[int, Path], out: Path) -> None:
    """One tree of every tier up to the last module of `sources`.

    The tiers that this workspace does not build are laid out beside the learner's, from the sources that their
    reference carries: whatever runs on the tree then needs nothing that is installed, and finds nothing there.
    """
    for tier in workspace.tiers:
        own = {m.number: sources[m.number] for m in tier.modules if m.number in sources}
        if any(m.number <= max(sources, default=0) for m in tier.modules):
            lent = [m.number for m in tier.modules if workspace.side(m) != "mine"]
            build_tree(workspace.project(tier.name), own, out, lent)


def select(
    workspace: Workspace, module: Module, source: Source | None, through: int, outcome: Outcome
) -> Selection:
    """The files of a build through a module; a broken file below stops it only if the module needs it."""
    chosen: dict[int, Path] = {}
    mine: dict[int, Source] = {}
    needed = workspace.closure(module)
    for other in workspace.modules:
        if other.number > through:
            continue
        path = (
            workspace.learner_file(other)
            if source and other.number == module.number
            else workspace.supplier(other)
        )
        if path is None:
            if other.number in needed:
                outcome.blockers.append(Blocker(other, "is not started"))
            continue
        read = source if source and other.number == module.number else _read(workspace, other, path)
        if isinstance(read, Problem):
            _broken(outcome, other, read, other.number in needed)
            continue
        chosen[other.number] = path
        if read is not None:
            mine[other.number] = read
    return Selection(chosen, mine)


def _read(workspace: Workspace, module: Module, path: Path) -> Source | Problem | None:
    """A learner's file, read and compiled; None for the reference's, which needs no such care."""
    return open_source(path, workspace.relative(path)) if workspace.side(module) == "mine" else None


def _broken(outcome: Outcome, module: Module, problem: Problem, needed: bool) -> None:
    reason = f"cannot be used: {problem.message} ({problem.place or module.stem})"
    if needed:
        outcome.blockers.append(Blocker(module, reason))
    else:
        outcome.notes.append(f"module {module.label} was left out of this check: it {reason}")


@dataclass(frozen=True)
class Translator:
    """From places in the build tree and in the original checks to places in the learner's files."""

    workspace: Workspace
    tree: Path
    selection: Selection
    original: ModuleFile
    module: Module

    def module_of(self, where: Where) -> Module | None:
        for module in self.workspace.modules:
            if where.file == self.tree.joinpath("tinytorch", *module.target.split(".")).with_suffix(".py"):
                return module
        return None

    def place(self, where: Where | None) -> Place | None:
        """Where in the learner's (or the reference's) module file a line of the tree comes from."""
        module = self.module_of(where) if where is not None else None
        if where is None or module is None:
            return self.of_check(where) if where is not None else None
        source = self.selection.mine.get(module.number)
        if source is None:
            return Place(f"the reference's {module.stem}.py", where.line)
        return source.at(where.line)

    def of_check(self, where: Where) -> Place | None:
        """A line of an original test cell, where the learner's file has it too."""
        if where.file != self.original.path.resolve():
            return None
        cell = next((c for c in self.original.cells if 0 <= where.line - c.lineno < len(c.lines)), None)
        source = self.selection.mine.get(self.module.number)
        twin = (
            next((c for c in source.module.cells if cell and c.test == cell.test), None) if source else None
        )
        if source is None or cell is None or twin is None:
            return None
        return source.place(twin, where.line - cell.lineno)

    def of_result(self, result: Result) -> Place | None:
        """Where the learner should look: the line that broke, else the function that the check is about."""
        place = self.place(result.where) if result.where is not None else None
        if place is not None:
            return place
        source = self.selection.mine.get(self.module.number)
        if source is not None and result.kind == "example":
            return source.place_of(result.id.removeprefix("example ").partition(".")[0])
        cell = source.find_solution(result.id) if source else None
        return source.place(cell, _first_definition(cell)) if source and cell else None


def _first_definition(cell: Cell) -> int:
    return next((n for n, line in enumerate(cell.lines) if line.lstrip().startswith(("def ", "class "))), 0)


def _translate(workspace: Workspace, outcome: Outcome, report: Report, translator: Translator) -> None:
    outcome.report = report
    outcome.error_place = translator.place(report.where)
    outcome.places = {result.id: translator.of_result(result) for result in report.results}
    for result in report.results:
        found = translator.module_of(result.where) if result.unwritten and result.where else None
        if found is not None and found.number == outcome.module.number:
            outcome.todo.add(result.id)
    for text, where in report.warnings:
        place = translator.place(where)
        outcome.warnings.append(f"{text} ({place})" if place else text)
    _blame(workspace, outcome, translator)


def _blame(workspace: Workspace, outcome: Outcome, translator: Translator) -> None:
    """When code of an earlier module of the learner's is what broke, say so."""
    report = outcome.report
    if report is None or report.passed:
        return
    # an import that does not find a name ends in the module that asks for it
    lacking = [(m, False) for m in workspace.modules if f" from '{m.import_name}'" in report.error]
    failures = [(report.where, report.unwritten)] + [
        (r.where, r.unwritten) for r in report.results if not r.passed
    ]
    for module, unwritten in lacking + [(translator.module_of(where), stub) for where, stub in failures if where]:
        if module is None or module.number == outcome.module.number or workspace.side(module) != "mine":
            continue
        if unwritten or not workspace.passed(module):
            outcome.notes.append(unfinished(workspace, module, outcome.module))
            return


def unfinished(workspace: Workspace, below: Module, module: Module) -> str:
    """A module that is not finished, and the two ways out."""
    finish = f"finish it (tt check {below.label})"
    if workspace.learner_file(below) is None:
        finish = f"start it (tt start {below.label})"
    text = f"module {module.label} builds on module {below.label} ({below.title}), which is not finished: "
    text += finish
    if workspace.reference_file(below) is not None:
        return f"{text}, or let the reference supply it for now (tt use reference {below.label})"
    return f"{text}; this workspace has no reference to supply it"


def files_behind(workspace: Workspace, module: Module) -> list[str]:
    """What stands for everything that a module's check depends on."""
    below = [workspace.supplier(m) for m in workspace.modules if m.number < module.number]
    return [files.digest(path) for path in [*below, workspace.learner_file(module)] if path is not None]


def _remember(workspace: Workspace, outcome: Outcome, path: Path) -> None:
    report = outcome.report
    facts: dict[str, Any] = {
        "of": files.digest(path),
        "on": files_behind(workspace, outcome.module),
        "failing": [result.id for result in outcome.results if not result.passed],
        "ran": report is not None and (report.unwritten or any(result.ran for result in report.results)),
        "passed": outcome.passed,
        "points": outcome.points,
        "when": time.strftime("%Y-%m-%d %H:%M"),
    }
    workspace.remember("checks", outcome.module.label, facts)
