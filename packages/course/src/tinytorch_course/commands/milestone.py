"""tt milestone: run one on what the learner built, and find the module that matters when it fails."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tinytorch_course import checking, files, show
from tinytorch_course.checking import Outcome, Selection, build_course, select
from tinytorch_course.errors import ENVIRONMENT, NOT_YET, PASS, NotYet, ToolError
from tinytorch_course.judge import WORKER, isolated_environment, kill_group
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.workspace import Workspace

BESIDE = Path(__file__).parents[1] / "milestones"  # in a wheel
CLONE = Path(__file__).parents[5] / "milestones"  # in an editable install of the repository


@dataclass(frozen=True)
class Milestone:
    name: str
    script: Path
    unlocked_by: Module

    @property
    def title(self) -> str:
        text = ast.get_docstring(ast.parse(self.script.read_text("utf-8"))) or ""
        return text.strip().split("\n")[0].split(". ")[0]

    def modules(self, workspace: Workspace) -> list[Module]:
        """Everything that was taught when it is unlocked: what it may use."""
        return [m for m in workspace.modules if m.number <= self.unlocked_by.number]


def milestones(workspace: Workspace) -> list[Milestone]:
    """Those that the modules of this course unlock, in the order of their years."""
    found = []
    for module in workspace.modules:
        folders = [workspace.project(module.tier) / "milestones", BESIDE, CLONE]  # a tier may bring its own
        for name in module.unlocks:
            script = next((p for f in folders if (p := f / f"{name}.py").is_file()), None)
            if script is not None:
                found.append(Milestone(name, script.resolve(), module))
    return sorted(found, key=lambda milestone: milestone.name)


def listing(workspace: Workspace, as_json: bool) -> int:
    rows = [_facts(workspace, milestone) for milestone in milestones(workspace)]
    if as_json:
        show.say_json({"milestones": rows})
        return PASS
    if not rows:
        show.say("There are no milestones for this workspace.")
        return PASS
    for line in show.table([(r["name"], r["title"], _words(r)) for r in rows]):
        show.say(line)
    show.say("Run one: tt milestone NAME")
    return PASS


def _facts(workspace: Workspace, milestone: Milestone) -> dict[str, Any]:
    lacking = lacking_for(workspace, milestone)
    return {
        "name": milestone.name,
        "title": milestone.title,
        "unlocked_by": milestone.unlocked_by.label,
        "needs": [module.label for module in lacking],
        "passed": not lacking
        and workspace.recall("milestones", milestone.name) == mark(workspace, milestone),
    }


def _words(row: Mapping[str, Any]) -> str:
    if row["passed"]:
        return "passed"
    return f"needs {', '.join(row['needs'])}" if row["needs"] else "ready"


def lacking_for(workspace: Workspace, milestone: Milestone) -> list[Module]:
    return [m for m in milestone.modules(workspace) if workspace.supplier(m) is None]


def mark(workspace: Workspace, milestone: Milestone) -> list[str]:
    """What stands for the files that a milestone ran on: it has passed for as long as they stay the same."""
    modules = milestone.modules(workspace)
    return [files.digest(path) for m in modules if (path := workspace.supplier(m)) is not None]


def by_name(workspace: Workspace, name: str) -> Milestone:
    known = milestones(workspace)
    found = [m for m in known if m.name == name] or [m for m in known if name.lower() in m.name]
    if len(found) == 1:
        return found[0]
    names = ", ".join(m.name for m in found or known)
    what = f"{name} could be more than one milestone" if found else f"there is no milestone {name} here"
    raise ToolError(what, f"there are: {names}" if names else "")


def run(workspace: Workspace, name: str, arguments: tuple[str, ...]) -> int:
    milestone = by_name(workspace, name)
    lacking = lacking_for(workspace, milestone)
    if lacking:
        first = lacking[0]
        what = f"{milestone.name} needs module {first.label} ({first.title}), which nobody supplies yet"
        raise NotYet(
            what,
            f"write it: tt start {first.label}; or, with a reference: tt use reference {first.label}",
        )
    selection = selected(workspace, milestone)
    status = trial(workspace, milestone, selection.files, arguments, None)
    workspace.remember("milestones", milestone.name, mark(workspace, milestone) if status == 0 else None)
    if status == 0:
        show.say(f"Milestone {milestone.name}: passed.", "green")
        return PASS
    if status == ENVIRONMENT:  # bad arguments, missing data: nobody's code is at fault
        show.say(f"Milestone {milestone.name} could not be run as asked; it says why above.", "red")
        return ENVIRONMENT
    show.say(f"Milestone {milestone.name}: not yet (exit status {status}).", "red")
    explain(workspace, milestone, selection, arguments)
    return NOT_YET


def selected(workspace: Workspace, milestone: Milestone) -> Selection:
    last = milestone.unlocked_by
    outcome = Outcome(last, "")
    selection = select(workspace, last, None, last.number, outcome)
    if outcome.blockers:
        blocker = outcome.blockers[0]
        raise NotYet(
            f"module {blocker.module.label} {blocker.reason}", f"see: tt check {blocker.module.label}"
        )
    missing = [m for m in milestone.modules(workspace) if m.number not in selection.files]
    if missing:
        raise NotYet(
            f"module {missing[0].label} cannot be used as it is", f"see: tt check {missing[0].label}"
        )
    return selection


def trial(
    workspace: Workspace,
    milestone: Milestone,
    sources: Mapping[int, Path],
    arguments: tuple[str, ...],
    output: Any,
) -> int:
    """Run the script on a build of `sources`; its words go to the terminal, or to the file `output`.

    On the terminal it can be talked to.
    """
    with workspace.scratch("milestone-") as folder:
        tree = folder / "tree"
        tree.mkdir()
        build_course(workspace, sources, tree)
        command = [
            sys.executable,
            "-P",
            "-B",
            str(WORKER),
            "run",
            str(tree),
            str(milestone.script),
            *arguments,
        ]
        environment = isolated_environment(folder) | {"PYTHONUNBUFFERED": "1"}
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
            environment.pop(name)  # training may use every core
        sys.stdout.flush()
        process = subprocess.Popen(
            command,
            stdin=None if output is None else subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
        try:
            return process.wait()
        finally:
            kill_group(process)


# --- why it failed


def explain(
    workspace: Workspace, milestone: Milestone, selection: Selection, arguments: tuple[str, ...]
) -> None:
    mine = [workspace.module(number) for number in sorted(selection.mine)]
    failing = next((m for m in mine if not checking.check(workspace, m).passed), None)
    if failing is not None:
        show.say(
            f"Module {failing.label} ({failing.title}) does not pass its own check. "
            f"Begin there: tt check {failing.label}"
        )
        return
    testable = [m for m in mine if workspace.reference_file(m) is not None]
    show.say("Every check passes, so the reference now takes the place of one module at a time.")
    for module in mine:
        if module not in testable:
            show.say(f"  module {module.label} could not be tried: this workspace has no reference of it")
    culprit = _find_culprit(workspace, milestone, selection, testable, arguments)
    if culprit is not None:
        show.say(
            f"It is module {culprit.label} ({culprit.title}): with the reference's the milestone passes.",
            "bold",
        )
        show.say(
            f"Look again at {workspace.relative(selection.files[culprit.number])}; "
            "its checks do not see what is wrong."
        )
    elif testable:
        show.say(
            "No single module explains it: several together do, "
            "or the milestone asks for more than the reference gives."
        )


def _find_culprit(
    workspace: Workspace,
    milestone: Milestone,
    selection: Selection,
    suspects: list[Module],
    arguments: tuple[str, ...],
) -> Module | None:
    """The last written first: the work of today is more often wrong than that of last week."""
    order = list(reversed(suspects))
    hidden = not sys.stdout.isatty()
    with click.progressbar(
        order, label="swapping", item_show_func=_label, hidden=hidden, file=sys.stderr
    ) as bar:
        for module in bar:
            reference = workspace.reference_file(module)
            assert reference is not None
            swapped = {**selection.files, module.number: reference}
            status = trial(workspace, milestone, swapped, arguments, subprocess.DEVNULL)
            if hidden:
                show.say(f"  reference for {module.label}: {'passes' if status == 0 else 'fails as before'}")
            if status == 0:
                return module
    return None


def _label(module: Module | None) -> str | None:
    return None if module is None else module.stem
