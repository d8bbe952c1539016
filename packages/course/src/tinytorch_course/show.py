"""Words and layout: what the commands print.  Everything goes through one console that honours NO_COLOR."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from tinytorch_course.checking import Outcome
from tinytorch_course.judge import Report, Result
from tinytorch_course.source import Problem
from tinytorch_course.tangle.manifest import Module
from tinytorch_course.workspace import Workspace

MOST_FAILURES = 5  # integration checks that are listed by name


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # the command line decides what that means, not rich


def console(stderr: bool = False) -> Console:
    """Made anew for each use, so that it writes to what sys.stdout is at that time."""
    return _Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False, markup=False)


def say(text: str = "", style: str = "") -> None:
    """Print; characters that the terminal cannot show are replaced, not fatal."""
    _print(console(), text, style)


def _print(out: Console, text: str, style: str) -> None:
    encoding = out.encoding or "utf-8"
    out.print(Text(text.encode(encoding, "replace").decode(encoding), style=style))


def complain(message: str, help: str = "") -> None:
    _print(console(stderr=True), f"tt: {message}", "bold red")
    if help:
        _print(console(stderr=True), f"    {help}", "")


def say_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n")


def indent(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line if line else "" for line in text.splitlines())


def points(value: float) -> str:
    return f"{value:g} point" + ("" if value == 1 else "s")


# --- a check


def outcome(workspace: Workspace, found: Outcome) -> None:
    """Everything about one module's check, the first failure in full."""
    say(f"Module {found.module.label}  {found.module.title}  ({found.file})", "bold")
    say()
    if found.problem is not None:
        problem(found.problem)
        return
    report = found.report
    if report is not None:
        _table(found, report)
        _first_failure(found, report)
    _remarks(found, report)
    for blocker in found.blockers:
        say(
            f"Module {found.module.label} needs module {blocker.module.label} ({blocker.module.title}), "
            f"which {blocker.reason}."
        )
        for way in ways_out(workspace, blocker.module):
            say(f"  {way}")
    if report is not None:
        say(cost(found, report))


def problem(found: Problem) -> None:
    say(f"{found.place}: {found.message}" if found.place else found.message, "red")
    if found.line.strip():
        line = found.line.replace("\t", "    ")
        say(f"    {line}")
        if found.column is not None:
            ahead = found.line[: found.column].replace("\t", "    ")
            say("    " + " " * len(ahead) + "^")
    if found.help:
        say(found.help)


def ways_out(workspace: Workspace, below: Module) -> list[str]:
    started = workspace.learner_file(below) is not None
    finish = f"tt check {below.label}" if started else f"tt start {below.label}"
    ways = [f"finish it:                    {finish}"]
    if workspace.reference_file(below) is not None:
        ways.append(f"let the reference supply it:  tt use reference {below.label}")
    else:
        ways.append("there is no reference in this workspace to supply it")
    return ways


def _table(found: Outcome, report: Report) -> None:
    cells = [r for r in report.results if r.kind == "cell"]
    width = max([len(r.id) for r in cells] + [12])
    for result in cells:
        todo = result.id in found.todo
        say(f"  {_mark(result, todo)}  {result.id:<{width}}  {_worth(result, todo)}", _style(result, todo))
    integration = [r for r in report.results if r.kind == "integration"]
    if integration:
        failed = [r for r in integration if not r.passed]
        count = f"{len(integration) - len(failed)} of {len(integration)}"
        say(
            f"  {'FAIL' if failed else 'pass'}  {'integration':<{width}}  {count}",
            "red" if failed else "green",
        )
        _failed_integration(failed)
    examples = [r for r in report.results if r.kind == "example"]
    for result in examples:
        say(f"  FAIL  {'example':<{width}}  {result.id.removeprefix('example ')}", "red")
    if cells or integration or examples:
        say()


def _failed_integration(failed: list[Result]) -> None:
    for result in failed[:MOST_FAILURES]:
        say(f"        {_name(result)}", "red")
    if len(failed) > MOST_FAILURES:
        say(f"        and {len(failed) - MOST_FAILURES} more", "red")


def _name(result: Result) -> str:
    if result.kind == "example":
        return f"the example in the docstring of {result.id.removeprefix('example ')}"
    return result.id.rpartition("::")[2]


def _mark(result: Result, todo: bool) -> str:
    if result.passed:
        return "pass"
    return "todo" if todo else "----" if not result.ran else "FAIL"


def _worth(result: Result, todo: bool) -> str:
    if result.passed:
        return points(result.points)
    why = "not written yet" if todo else "" if result.ran else "not run"
    return f"0 of {points(result.points)}" + (f"  ({why})" if why else "")


def _style(result: Result, todo: bool) -> str:
    return "green" if result.passed else "yellow" if todo or not result.ran else "red"


def _first_failure(found: Outcome, report: Report) -> None:
    """The first; after it what ended the process, which may have been a later check."""
    first = next((r for r in report.failures if r.message != report.error and r.ran), None)
    if first is not None:
        _failure(found, first)
    if report.error:
        _error(found, report)


def _failure(found: Outcome, first: Result) -> None:
    if first.unwritten and first.where is not None:
        say(f"{first.where.function} is not written yet: {found.places.get(first.id)}")
    else:
        say(f"{_name(first)} fails:")
        say()
        say(indent(first.message))
        say()
        _where(found, first)
        if found.places.get(first.id) is None and first.at is None:
            return
    say()


def _where(found: Outcome, first: Result) -> None:
    place = found.places.get(first.id)
    if place is None and first.kind == "integration" and first.at is not None:
        say(f"    the check: {_from_workspace(first.at.file)}, line {first.at.line}")
    if place is not None:
        function = first.where.function if first.where is not None else ""
        say(f"    your code: {place}" + (f", in {function}" if function and function != "<module>" else ""))
    if first.where is not None and first.where.text:
        say(f"               {first.where.text}")


def _from_workspace(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index(".tinytorch") :]) if ".tinytorch" in parts else path.name


def _error(found: Outcome, report: Report) -> None:
    where = f" ({found.error_place})" if found.error_place else ""
    function = report.where.function if report.where is not None else ""
    if report.unwritten:
        name = "a part of the module" if function == "<module>" else function
        say(f"{name} is not written yet: {found.error_place}")
    elif report.timed_out:
        say(f"Stopped after {report.seconds:.0f} seconds: {report.error}.", "red")
        if found.error_place is not None:
            say(f"At that moment it was in {function}: {found.error_place}. Is there a loop that never ends?")
    elif any(result.ran for result in report.results):
        say(f"Cut short: {report.error}.", "red")
    else:
        say(f"Your module could not be used{where}:", "red")
        say()
        say(indent(report.error))
        if report.where is not None and report.where.text:
            say(f"    at: {report.where.text}")
    say()


def _remarks(found: Outcome, report: Report | None) -> None:
    lines = [f"note: {c.message}" for c in found.changes] + [f"note: {n}" for n in found.notes]
    lines += [f"warning: {w}" for w in found.warnings]
    for line in dict.fromkeys(lines):
        say(line, "yellow")
    if report is not None and report.output.strip() and not report.passed:
        say("your code printed:")
        say(indent(_shorten(report.output)))
    if lines or (report is not None and report.output.strip() and not report.passed):
        say()


def _shorten(text: str, most: int = 20) -> str:
    lines = text.rstrip().splitlines()
    return "\n".join(line[:200] for line in lines[:most]) + (
        f"\n... ({len(lines) - most} more lines)" if len(lines) > most else ""
    )


def cost(found: Outcome, report: Report) -> str:
    budget = found.module.budget
    total = sum(result.points for result in report.results)
    parts = [f"{found.points:g} of {total:g} points", f"{report.seconds:.1f} s (budget {budget.seconds:g} s)"]
    if report.megabytes is not None:
        parts.append(f"{report.megabytes:.0f} MB (budget {budget.megabytes:g} MB)")
    over = [
        word
        for word, used, most in (
            ("time", report.seconds, budget.seconds),
            ("memory", report.megabytes, budget.megabytes),
        )
        if used and used > most
    ]
    return ", ".join(parts) + "." + (f" Over the budget of {' and '.join(over)}." if over else "")


# --- as data


def outcome_data(found: Outcome) -> dict[str, Any]:
    report = found.report
    return {
        "module": found.module.label,
        "title": found.module.title,
        "file": found.file,
        "passed": found.passed,
        "points": found.points,
        "of": sum(result.points for result in found.results),
        "checks": [_result_data(found, result) for result in found.results],
        "error": _error_data(found),
        "changes": [{"kind": c.kind, "name": c.name, "message": c.message} for c in found.changes],
        "notes": found.notes,
        "warnings": found.warnings,
        "needs": [{"module": b.module.label, "reason": b.reason} for b in found.blockers],
        "seconds": report.seconds if report else None,
        "megabytes": report.megabytes if report else None,
        "budget": {"seconds": found.module.budget.seconds, "megabytes": found.module.budget.megabytes},
        "timed_out": bool(report and report.timed_out),
        "output": report.output if report else "",
    }


def _result_data(found: Outcome, result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "kind": result.kind,
        "passed": result.passed,
        "points": result.points,
        "message": result.message,
        "written": result.id not in found.todo,
        "ran": result.ran,
        "where": str(found.places.get(result.id) or "") or None,
    }


def _error_data(found: Outcome) -> dict[str, Any] | None:
    if found.problem is not None:
        return {"message": found.problem.message, "where": str(found.problem.place or "") or None}
    if found.report is not None and found.report.error:
        return {"message": found.report.error, "where": str(found.error_place or "") or None}
    return None


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Columns aligned by the longest entry of each."""
    listed = list(rows)
    widths = [max(len(row[i]) for row in listed) for i in range(len(listed[0]))] if listed else []
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in listed
    ]
