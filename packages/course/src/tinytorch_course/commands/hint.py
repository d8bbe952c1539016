"""tt hint: three rungs for the first function that is not right yet."""

from __future__ import annotations

from typing import Any

from tinytorch_course import checking, show
from tinytorch_course.commands.check import current
from tinytorch_course.errors import NOT_YET, PASS
from tinytorch_course.source import Problem, Source, code_of, open_source
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import ModuleFile
from tinytorch_course.workspace import Workspace


def hint(workspace: Workspace, as_json: bool) -> int:
    module = current(workspace)
    path = workspace.learner_file(module)
    assert path is not None
    source = open_source(path, workspace.relative(path))
    if isinstance(source, Problem):
        show.say_json({"module": module.label, "error": source.message}) if as_json else show.problem(source)
        return NOT_YET
    known = last_check(workspace, module)
    original = workspace.kit(module).pristine_module(module)
    name = first_open(source, original, set(known["failing"])) if known["ran"] else None
    facts = _next_rung(workspace, module, source, name) if name else _nothing(module, known)
    show.say_json(facts) if as_json else _tell(facts)
    return PASS


def last_check(workspace: Workspace, module: Module) -> dict[str, Any]:
    """What a check says of the files as they are now; it runs only if one has changed since the last."""
    known = workspace.recall("checks", module.label)
    if not isinstance(known, dict) or known.get("on") != checking.files_behind(workspace, module):
        checking.check(workspace, module)
        known = workspace.recall("checks", module.label)
    return {"failing": [], "ran": False, "passed": False, **known}


def first_open(source: Source, original: ModuleFile, failing_tests: set[str]) -> str | None:
    """The first solution cell, in the order of the chapter, that is unwritten or whose test fails."""
    failing = {_solution_for(original, cell.test) for cell in original.cells if cell.test in failing_tests}
    for cell in original.cells:
        if not cell.solution:
            continue
        mine = source.find_solution(cell.solution)
        unwritten = mine is None or "raise NotImplementedError()" in code_of(mine)
        if unwritten or cell.solution in failing:
            return cell.solution
    return None


def _solution_for(original: ModuleFile, test: str | None) -> str | None:
    """The solution cell that a test is about: the one of its name, else the nearest before it."""
    latest = None
    for cell in original.cells:
        if cell.solution == test:
            return test
        latest = cell.solution or latest
        if cell.test == test:
            return latest
    return None


def _next_rung(workspace: Workspace, module: Module, source: Source, name: str) -> dict[str, Any]:
    hints = workspace.kit(module).hints(module).get(name, [])
    table = workspace.recall("hints", module.label)
    given = dict(table) if isinstance(table, dict) else {}
    rung = min(int(given.get(name, 0)) + 1, max(len(hints), 1))
    workspace.remember("hints", module.label, {**given, name: rung})
    cell = source.find_solution(name)
    place = str(source.place(cell, 0)) if cell else source.name
    text = (
        hints[rung - 1]
        if hints
        else "there is no hint for this part; the text above it in the chapter is the help"
    )
    return {
        "module": module.label,
        "cell": name,
        "rung": rung,
        "of": len(hints),
        "hint": text,
        "where": place,
    }


def _nothing(module: Module, known: dict[str, Any]) -> dict[str, Any]:
    if not known["ran"]:
        text = "its checks cannot run yet; see  tt check  for the reason"
    elif known["passed"]:
        text = "nothing is open in this module: every check passes"
    else:
        text = "every part that has hints passes its own test; see  tt check  for what fails"
    return {"module": module.label, "cell": None, "rung": 0, "of": 0, "hint": text, "where": None}


def _tell(facts: dict[str, Any]) -> None:
    if facts["cell"] is None:
        show.say(f"Module {facts['module']}: {facts['hint']}")
        return
    show.say(f"{facts['cell']}, hint {facts['rung']} of {facts['of']}  ({facts['where']})", "bold")
    for line in facts["hint"].splitlines():  # one for each function of the cell
        show.say(f"  {line}")
    if facts["rung"] < facts["of"]:
        show.say("More: tt hint")
    elif facts["of"]:
        show.say("That was the last one.")
