"""Judging a built module: its test cells, then its integration checks, in a process of its own."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tinytorch_course.tangle.manifest import Module
from tinytorch_course.tangle.modulefile import Cell, ModuleFile
from tinytorch_course.words import in_words, shapes_in_words

WORKER = Path(__file__).with_name("judge_worker.py")
RESULTS_LOST = 28
_TRACE = re.compile(r'^ +File "(?P<file>.+)", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE)
_BLANK = re.compile(r"### BEGIN SOLUTION|^\s*# YOUR CODE HERE")  # in the reference's file, in a kit's
# where Python found a module that lacks a name: in a folder that is gone by now
_IN_BUILD = re.compile(r" \([^()]*tinytorch[^()]*\.py\)$")


Kind = Literal["cell", "integration", "example"]


@dataclass(frozen=True)
class Where:
    """A place in the code that was judged; `file` is what Python ran, in the build tree or of the checks."""

    file: Path
    line: int
    function: str = ""
    text: str = ""


@dataclass(frozen=True)
class Result:
    """One check. `where` is the innermost line of the built code in a failure, `at` the check's own line."""

    id: str
    kind: Kind
    points: float
    passed: bool
    message: str = ""
    where: Where | None = None
    at: Where | None = None
    unwritten: bool = False
    ran: bool = True


@dataclass(frozen=True)
class Report:
    module: Module
    results: tuple[Result, ...]
    error: str = ""
    seconds: float = 0.0
    megabytes: float | None = None
    timed_out: bool = False
    where: Where | None = None
    unwritten: bool = False
    output: str = ""
    warnings: tuple[tuple[str, Where], ...] = ()

    @property
    def passed(self) -> bool:
        return not self.error and bool(self.results) and all(result.passed for result in self.results)

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results if result.passed)

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if not result.passed]


def judge(build: Path, module: Module, cells: ModuleFile, tests: Path | None, limit: float) -> Report:
    """Run the test cells of `cells` and the pytest file `tests` on the tree `build`.

    What is not done after `limit` seconds is stopped.
    """
    test_cells = [cell for cell in cells.cells if cell.test]
    with tempfile.TemporaryDirectory(prefix="tinytorch-check-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        began = time.monotonic()
        status = _run_worker(folder, _job(folder, build, module, cells, test_cells, tests, limit), limit)
        took = min(limit, time.monotonic() - began)  # less than the limit where something had failed before
        log = _Log(module, test_cells, folder, build.resolve())
        log.read(status)
    return log.report(took)


def isolated_environment(folder: Path) -> dict[str, str]:
    """The learner's environment without what would change how the checks run."""
    drop = (
        "PYTEST_",
        "PYTHONWARNINGS",
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
        "PYTHONFAULTHANDLER",
        "PYTHONPROFILE",
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(drop)}
    # an empty or relative entry would mean another folder now that the process runs elsewhere
    paths = [p for p in kept.pop("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(p)]
    one_thread = dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
    )
    return {
        **kept,
        **one_thread,
        **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {}),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
        "TMPDIR": str(folder),
    }


def _job(
    folder: Path,
    build: Path,
    module: Module,
    cells: ModuleFile,
    tests_in: list[Cell],
    tests: Path | None,
    limit: float,
) -> Path:
    job = {
        "build": str(build.resolve()),
        "import_name": module.import_name,
        "cells": [
            {
                "id": cell.test,
                "lineno": cell.lineno,
                "path": str(cells.path.resolve()),
                "code": "\n".join(cell.code()),
            }
            for cell in tests_in
        ],
        "tests": str(tests.resolve()) if tests is not None else None,
        "examples": examples(cells),
        "ini": str(folder / "pytest.ini"),
        "results": str(folder / "results.jsonl"),
        "trace": str(folder / "trace.txt"),
        "limit": limit,
        # room for NumPy's own address space, well under a small machine's memory
        "memory": int(max(3072, 4 * module.budget.megabytes)),
    }
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    path = folder / "job.json"
    path.write_text(json.dumps(job), "utf-8")
    return path


def examples(cells: ModuleFile) -> list[dict[str, Any]]:
    """The docstrings with examples of the functions and classes of which the learner writes something."""
    found = []
    for cell in cells.cells:
        if cell.solution and cell.export:
            lines = cell.code()
            for node in ast.parse("\n".join(lines)).body:
                written = any(_BLANK.search(line) for line in lines[node.lineno - 1 : (node.end_lineno or 0) + 1])
                found += list(_examples(node, "", cell, cells)) if written else []
    return found


def _examples(node: ast.AST, prefix: str, cell: Cell, cells: ModuleFile) -> Iterable[dict[str, Any]]:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return
    name = f"{prefix}{node.name}"
    doc = ast.get_docstring(node)
    if doc and ">>>" in doc:
        lineno = cell.lineno + node.body[0].lineno - 1
        yield {"name": name, "doc": doc, "lineno": lineno, "path": str(cells.path.resolve())}
    for inner in node.body if isinstance(node, ast.ClassDef) else ():
        yield from _examples(inner, f"{name}.", cell, cells)


def _run_worker(folder: Path, job: Path, limit: float) -> int | None:
    """The exit status, or None when even the worker's own alarm did not end it."""
    here = folder / "work"
    here.mkdir()
    command = [sys.executable, "-P", "-B", str(WORKER), "check", str(job)]
    with open(folder / "output.txt", "wb") as output:  # a file: a pipe could be held open by an escaped child
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=here,
            env=isolated_environment(folder),
            start_new_session=True,
        )
        try:
            return process.wait(timeout=limit + 10)  # the worker's own alarm begins when pytest is there
        except subprocess.TimeoutExpired:
            return None
        finally:
            kill_group(process)


def kill_group(process: subprocess.Popen[Any]) -> None:
    """End the process and whatever it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


@dataclass
class _Log:
    """Reads the worker's events back into a report; a log that breaks off is itself a finding."""

    module: Module
    cells: list[Cell]
    folder: Path
    build: Path
    results: list[Result] = field(default_factory=list)
    warnings: dict[tuple[str, Where], None] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    current: str = ""
    output: str = ""

    def read(self, status: int | None) -> None:
        for line in self._lines():
            event = json.loads(line)
            self._event(event["event"], event)
        if status == RESULTS_LOST:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
        if "seconds" not in self.facts:
            self._broke_off(status)

    def _lines(self) -> Iterable[str]:
        with suppress(OSError):
            return [
                x for x in (self.folder / "results.jsonl").read_text("utf-8").split("\n") if x.endswith("}")
            ]
        return []

    def _event(self, name: str, event: dict[str, Any]) -> None:
        self._heard(event)
        if name in ("import", "start"):
            self.current = event.get("id", "import")
        elif name == "import-failed":
            where, at = self._places(event)
            self.facts |= {
                "error": _message(event),
                "where": where or at,
                "unwritten": bool(event["unwritten"]),
            }
        elif name == "foreign":
            self.facts["error"] = "the checks did not get the code that was built: " + ", ".join(
                event["modules"]
            )
        elif (name.startswith("check-") and name != "check-skipped") or name == "example-failed":
            self._result(name == "check-passed", event)
        elif name == "done":
            self.facts |= {"seconds": event["seconds"], "megabytes": event["megabytes"]}

    def _heard(self, event: dict[str, Any]) -> None:
        if event.get("output") and len(self.output) < 8000:
            self.output += event["output"]
        for warning in event.get("warnings", ()):
            self.warnings[warning["text"], Where(Path(warning["file"]), warning["line"])] = None

    def _result(self, passed: bool, event: dict[str, Any]) -> None:
        kind, points = self._kind()
        result = Result(self.current, kind, points, passed)
        if not passed:
            where, at = self._places(event)
            unwritten = bool(event["unwritten"])
            result = Result(self.current, kind, points, False, self._words(event), where, at, unwritten)
        # a check can fail twice (in the test and in its clean-up); the first is the one to show
        if not any(r.id == result.id for r in self.results):
            self.results.append(result)

    def _words(self, event: dict[str, Any]) -> str:
        """An error in a line of the check itself is about what the learner's code returned."""
        last = event["frames"][-1] if event["frames"] else None
        bare = event["type"] in ("AttributeError", "TypeError", "ValueError", "IndexError", "KeyError")
        if bare and last is not None and self.build not in Path(last["file"]).parents:
            return in_words(event["type"], event["message"], last["text"])
        shapes = shapes_in_words(event["message"]) if event["type"] == "ValueError" else ""
        return f"{_message(event)}\n  why:    {shapes}" if shapes else _message(event)

    def _kind(self) -> tuple[Kind, float]:
        """Of the check that is running: what it is, and what it is worth."""
        cell = next((cell for cell in self.cells if cell.test == self.current), None)
        if cell is not None:
            return "cell", cell.points or 0
        return ("example" if self.current.startswith("example ") else "integration"), 0

    def _places(self, event: dict[str, Any]) -> tuple[Where | None, Where | None]:
        frames = [event["unwritten"]] if event["unwritten"] else event["frames"]
        places = [Where(Path(f["file"]), f["line"], f["function"], f["text"]) for f in frames]
        built = [p for p in places if self.build in p.file.parents and p.file.name != "testing.py"]
        checks = [p for p in places if self.build not in p.file.parents]
        return (built[-1] if built else None), (checks[-1] if checks else None)

    def _broke_off(self, status: int | None) -> None:
        stack = self._trace()
        self.facts["timed_out"] = bool(stack) or status is None
        built = [p for p in stack if self.build in p.file.parents]
        self.facts["where"] = where = built[0] if built else None
        during = f"in the check {self.current}"
        if self.current in ("", "import"):
            during = "while it was imported"
        elif self.current.startswith("example "):
            during = f"in the {self.current.replace(' ', ' of ', 1)}"
        if self.facts["timed_out"]:
            self.facts["error"] = f"it did not come to an end {during}"
        else:
            self.facts["error"] = f"the process ended {during}: {_ending(status)}"
        self._cut_short(where)

    def _cut_short(self, where: Where | None) -> None:
        """The check that was running when the process ended has failed, it was not skipped."""
        running = self.current not in ("", "import") and not any(r.id == self.current for r in self.results)
        if running:
            kind, points = self._kind()
            self.results.append(Result(self.current, kind, points, False, self.facts["error"], where))

    def _trace(self) -> list[Where]:
        """Where the code was when the alarm rang, innermost first."""
        with suppress(OSError):
            text = (self.folder / "trace.txt").read_text("utf-8", "replace")
            # faulthandler writes in ASCII, whatever the folder is called
            text = text.replace(str(self.build).encode("ascii", "backslashreplace").decode(), str(self.build))
            return [Where(Path(m["file"]), int(m["line"]), m["function"]) for m in _TRACE.finditer(text)]
        return []

    def report(self, took: float) -> Report:
        missing = [
            Result(cell.test or "", "cell", cell.points or 0, False, "not run", ran=False)
            for cell in self.cells
            if not any(result.id == cell.test for result in self.results)
        ]
        facts = {"seconds": took if self.facts.get("timed_out") else 0.0, **self.facts}
        results = (*(r for r in self.results if r.kind == "cell"), *missing)
        integration = tuple(r for r in self.results if r.kind != "cell")
        return Report(
            self.module, results + integration, output=self.output, warnings=tuple(self.warnings), **facts
        )


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        with suppress(ValueError):
            return f"it crashed ({signal.Signals(-status).name})"
    return f"something called os._exit({status})"


def _message(event: dict[str, Any]) -> str:
    """The failure in words: an assertion's own text, other errors with their name."""
    kind, message = event["type"], event["message"]
    if kind == "SystemExit":
        return "the code calls sys.exit(): a module must not end Python, raise an error or return instead"
    if kind == "EOFError" or "reading from stdin" in message:
        return "the code asks for keyboard input: there is nobody to answer during a check"
    if kind == "MemoryError":
        return f"MemoryError: {message or 'more memory than a check may use'}"
    if kind == "RecursionError":
        return f"RecursionError: {message}: a function calls itself without an end"
    if kind == "ImportError":
        message = _IN_BUILD.sub("", message)
    if kind in ("AssertionError", ""):
        return message or _bare_assertion(event)
    return f"{kind}: {message}" if message else kind


def _bare_assertion(event: dict[str, Any]) -> str:
    line = event["frames"][-1]["text"] if event["frames"] else ""
    return f"this does not hold: {line.removeprefix('assert ')}" if line else "an assertion failed"
