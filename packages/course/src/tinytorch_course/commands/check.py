"""tt check and tt watch."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tinytorch_course import checking, show
from tinytorch_course.checking import Outcome
from tinytorch_course.commands.start import following
from tinytorch_course.errors import NOT_YET, PASS, ToolError
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.workspace import SUBMITTED, Workspace

POLL = 0.2  # seconds between two looks at the files


def current(workspace: Workspace) -> Module:
    module = workspace.current
    if module is None:
        raise ToolError("no module is started in this workspace", f"start one: tt start {workspace.first.label}")
    return module


def check(workspace: Workspace, number: int | None, through: int | None, as_json: bool) -> int:
    if through is not None:
        return check_through(workspace, workspace.module(through), as_json)
    module = workspace.module(number) if number is not None else current(workspace)
    outcome = checked(workspace, module)
    workspace.remember("at", "module", module.number)
    if as_json:
        show.say_json(show.outcome_data(outcome))
    else:
        _tell(workspace, outcome)
    return PASS if outcome.passed else NOT_YET


def checked(workspace: Workspace, module: Module, through: int | None = None) -> Outcome:
    """Check, with a moving sign on a terminal."""
    if not sys.stdout.isatty():
        return checking.check(workspace, module, through)
    with show.console().status(f"checking module {module.label}"):
        return checking.check(workspace, module, through)


def _tell(workspace: Workspace, outcome: Outcome) -> None:
    show.outcome(workspace, outcome)
    show.say(next_step(workspace, outcome))


def next_step(workspace: Workspace, outcome: Outcome) -> str:
    if not outcome.passed:
        return (
            "Next: fix this, then  tt check.  Stuck? tt hint"
            if not outcome.problem
            else "Next: fix this, then  tt check"
        )
    label = outcome.module.label
    parts = [f"Module {label} passes."]
    if workspace.side(outcome.module) == "reference":
        parts.append(f"Your builds use the reference for it: tt use mine {label}  changes that.")
    parts += [f"Unlocked: tt milestone {name}." for name in outcome.module.unlocks]
    return " ".join([*parts, _next_module(workspace, outcome.module)])


def _next_module(workspace: Workspace, module: Module) -> str:
    """The next one that has not passed; one that is open already is checked, not started."""
    after = following(workspace, module)
    while after is not None and workspace.passed(after):
        after = following(workspace, after)
    if after is None:  # the modules may be written in any order
        after = next((m for m in workspace.started() if _is_open(workspace, m)), None)
    if after is None:
        return f"That was the last one: {', then '.join(['tt build', *_after_the_last(workspace)])}"
    return f"Next: tt {'start' if workspace.learner_file(after) is None else 'check'} {after.label}"


def _after_the_last(workspace: Workspace) -> list[str]:
    """What a module above, that nobody writes here, makes of it all."""
    above = [m for m in workspace.modules if m.number > workspace.started()[-1].number and workspace.says_reference(m)]
    commands = [f"tt milestone {name}" for module in above for name in module.unlocks]
    return commands + [f"tt submit {SUBMITTED}" for m in workspace.modules if m.number == SUBMITTED]


def _is_open(workspace: Workspace, module: Module) -> bool:
    return workspace.side(module) == "mine" and not workspace.passed(module)


def check_through(workspace: Workspace, last: Module, as_json: bool) -> int:
    """Check 01 to NN in order, each in the build through NN; what the reference supplies is not judged."""
    mine = [m for m in workspace.started() if m.number <= last.number]
    if not mine:
        raise ToolError(f"no module up to {last.label} is started", f"start one: tt start {workspace.first.label}")
    outcomes = []
    for module in mine:
        outcome = checked(workspace, module, last.number)
        outcomes.append(outcome)
        if not as_json:
            show.say(_line(outcome), "green" if outcome.passed else "red")
    passed = all(outcome.passed for outcome in outcomes)
    if as_json:
        show.say_json(
            {"through": last.label, "passed": passed, "modules": [show.outcome_data(o) for o in outcomes]}
        )
    else:
        _summary(workspace, outcomes)
    return PASS if passed else NOT_YET


def _line(outcome: Outcome) -> str:
    total = sum(result.points for result in outcome.results)
    worth = f"{outcome.points:g} of {total:g} points" if outcome.report else "not checked"
    return f"{'pass' if outcome.passed else 'FAIL'}  {outcome.module.label}  {outcome.module.title}: {worth}"


def _summary(workspace: Workspace, outcomes: list[Outcome]) -> None:
    failed = next((outcome for outcome in outcomes if not outcome.passed), None)
    if failed is None:
        count = len(outcomes)
        show.say("The module passes." if count == 1 else f"All {count} modules pass.")
    else:
        show.say()
        show.outcome(workspace, failed)


def watch(workspace: Workspace, number: int | None) -> int:
    """Check now and after every save, until Ctrl-C; without a terminal, once."""
    module = workspace.module(number) if number is not None else current(workspace)
    if not sys.stdout.isatty():
        return check(workspace, module.number, None, False)
    passed = NOT_YET
    try:
        while True:
            before = signature(workspace)
            passed = _once(workspace, module)
            show.say(f"{time.strftime('%H:%M:%S')}  watching {module.stem}; Ctrl-C ends", "dim")
            wait_for_change(workspace, before)
    except KeyboardInterrupt:
        show.say("Stopped watching. Your files are as you saved them.")
    return passed


def _once(workspace: Workspace, module: Module) -> int:
    try:
        return check(workspace, module.number, None, False)
    except ToolError as error:  # a file renamed by an editor, a second file: the next save may mend it
        show.complain(error.message, error.help)
        return NOT_YET


def wait_for_change(workspace: Workspace, before: dict[Path, Any]) -> None:
    while signature(workspace) == before:
        time.sleep(POLL)


def signature(workspace: Workspace) -> dict[Path, Any]:
    """What every file in modules/ looked like, of those that are there at this moment."""
    found = {}
    for path in sorted((workspace.root / "modules").glob("[0-9]*")):
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found
