"""Runs a learner's code in its own process: `check JOB` a module's checks, `run BUILD SCRIPT ...` a script.

Standard library only, and started by its path: it must work whatever the learner's code does to the
environment, and it imports nothing of the tool. What it finds out goes to a file of JSON lines, one at a time
and flushed, so that a process that dies (os._exit, a crash, a kill) still tells how far it came.
"""

from __future__ import annotations

import contextlib
import doctest
import faulthandler
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import os
import pkgutil
import re
import runpy
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

PACKAGE = "tinytorch"
OUTPUT_KEPT = 4000  # characters of what the learner's code printed
MESSAGE_KEPT = 8000
HURRIED = 10.0  # seconds for each check that is left when one has failed
RESULTS_LOST = 28  # exit status: the disk is full, the results could not be written


class ArgumentChanged(Exception):
    """A function wrote to what a check had handed to it; the first argument says it all."""


class BuildOnly(importlib.abc.MetaPathFinder):
    """Finds tinytorch in the build tree only: an installed copy never stands in for the learner's."""

    def __init__(self, build: str) -> None:
        self.build = build

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != PACKAGE and not fullname.startswith(PACKAGE + "."):
            return None
        places = [self.build] if path is None else [p for p in path if inside(p, self.build)]
        spec = importlib.machinery.PathFinder.find_spec(fullname, places, target)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return spec


def inside(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def isolate(build: str) -> None:
    """From here on `import tinytorch` means the build tree, and `tinytorch.__path__` names no other place."""
    sys.path.insert(0, build)
    sys.meta_path.insert(0, BuildOnly(build))
    extend = pkgutil.extend_path

    def extend_path(path: Any, name: str) -> Any:
        extended = extend(path, name)
        return [p for p in extended if inside(p, build)] if name.split(".")[0] == PACKAGE else extended

    pkgutil.extend_path = extend_path  # type: ignore[assignment,unused-ignore]
    for name in [n for n in sys.modules if n.split(".")[0] == PACKAGE]:
        del sys.modules[name]  # a .pth file may have imported the installed one already


def foreign(build: str) -> list[str]:
    """Modules of tinytorch that were not loaded from the build tree; there should be none."""
    loaded = {
        n: getattr(m, "__file__", None) for n, m in list(sys.modules.items()) if n.split(".")[0] == PACKAGE
    }
    return [f"{name} ({file})" for name, file in loaded.items() if file and not inside(file, build)]


class Capped(io.TextIOBase):
    """Keeps the beginning of what is printed and counts the rest: an endless print must not fill the disk."""

    def __init__(self) -> None:
        self.kept = ""
        self.dropped = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        room = OUTPUT_KEPT - len(self.kept)
        self.kept += text[:room]
        self.dropped += max(0, len(text) - room)
        return len(text)

    def take(self) -> str:
        text = self.kept + (f"\n... and {self.dropped} more characters" if self.dropped else "")
        self.kept, self.dropped = "", 0
        return text


class Worker:
    def __init__(self, job: dict[str, Any], trace: TextIO) -> None:
        self.job, self.trace, self.began = job, trace, time.monotonic()
        self.build: str = job["build"]
        self.output = Capped()
        self.warnings: list[dict[str, Any]] = []
        self.carried: dict[str, Any] = {}
        self.failed = False
        self.log = open(job["results"], "w", encoding="utf-8")  # noqa: SIM115  (stays open to the end)

    def say(self, event: str, **facts: Any) -> None:
        self.failed |= event.endswith("-failed")
        if event == "start" and self.failed:
            self.hurry()
        try:
            self.log.write(json.dumps({"event": event, **facts}) + "\n")
            self.log.flush()
        except OSError:
            os._exit(RESULTS_LOST)

    def hurry(self) -> None:
        """Something has failed already: nobody should wait long for an endless loop behind it."""
        left = self.job["limit"] - (time.monotonic() - self.began)
        self.ring(max(0.01, min(left, max(HURRIED, self.job["limit"] / 4))))

    def ring(self, seconds: float) -> None:
        # a thread of C code: it works even when the learner's code never lets go of the interpreter
        faulthandler.dump_traceback_later(seconds, exit=True, file=self.trace)

    def run(self) -> None:
        if self.job["tests"]:
            import pytest  # noqa: F401  (the tool's own cost, not the learner's)
        self.began = time.monotonic()
        self.ring(self.job["limit"])
        start = time.perf_counter()
        self.say("import")
        module = self.attempt("import", lambda: importlib.import_module(self.job["import_name"]))
        strangers = foreign(self.build)
        if strangers:
            self.say("foreign", modules=strangers)
        if module is not None and not strangers:
            for cell in self.job["cells"]:
                self.cell(module, cell)
            if self.job["tests"]:
                self.integration(self.job["tests"])
            for example in () if self.failed else self.job["examples"]:
                self.example(module, example)
        self.say("done", seconds=time.perf_counter() - start, megabytes=peak_megabytes())

    def attempt(self, event: str, action: Callable[[], Any]) -> Any:
        """The action's value; when it fails, None, and the failure is told as an event."""
        try:
            with self.listening():
                value = action()
        except BaseException as error:
            self.say(f"{event}-failed", **self.describe(error), **self.heard())
            return None
        self.say(f"{event}-passed", **self.heard())
        return value

    def cell(self, module: types.ModuleType, cell: dict[str, Any]) -> None:
        """One test cell, in a namespace of its own: the module's, and what earlier test cells imported."""
        namespace = {**self.carried, **vars(module)}

        def action() -> bool:
            # the cell keeps its line numbers, so that a failing line can be shown
            source = "\n" * (cell["lineno"] - 1) + cell["code"]
            with self.unchanged(cell["path"]):
                exec(compile(source, cell["path"], "exec", dont_inherit=True), namespace)
            return True

        self.say("start", id=cell["id"])
        self.attempt("check", action)
        self.carried |= {k: v for k, v in namespace.items() if not hasattr(module, k)}

    def example(self, module: types.ModuleType, example: dict[str, Any]) -> None:
        """The examples of one docstring, with the module's names: what they print is what the docstring shows."""

        def action() -> bool:
            names = dict(vars(module))
            test = doctest.DocTestParser().get_doctest(
                example["doc"], names, example["name"], example["path"], example["lineno"] - 1
            )
            runner = doctest.DebugRunner(checker=Alike(), verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
            runner.run(test, clear_globs=False)
            return True

        self.say("start", id=f"example {example['name']}")
        self.attempt("example", action)

    @contextlib.contextmanager
    def unchanged(self, path: str) -> Iterator[None]:
        """Inside of it what the checks in `path` hand over must stay what it is; that is told before any failure."""
        try:
            watch = importlib.import_module(f"{PACKAGE}._arguments").watch
        except (ImportError, AttributeError):
            yield
            return
        with watch([path], self.build) as changes:
            try:
                yield
            except Exception as error:
                if not changes or self.unwritten(error):
                    raise
                raise ArgumentChanged(changes[0]) from error
        if changes:
            raise ArgumentChanged(changes[0])

    def integration(self, tests: str) -> None:
        import pytest

        quiet = [
            "-p",
            "no:terminal",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:faulthandler",
            "-p",
            "no:warnings",
            "-p",
            "no:logging",
        ]
        place = ["--rootdir", os.getcwd(), "-c", self.job["ini"], "--import-mode", "importlib"]
        self.say("start", id=Path(tests).name)
        Recorder.pytest_runtest_call = pytest.hookimpl(wrapper=True)(Recorder.watched)  # type: ignore[attr-defined]
        with self.listening():
            pytest.main([*quiet, *place, "-s", tests], plugins=[Recorder(self)])
        self.say("collected", **self.heard())

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        def heard(message: Any, category: type[Warning], filename: str, lineno: int, *_: Any) -> None:
            entry = {"text": f"{category.__name__}: {in_short(str(message))}", "file": filename, "line": lineno}
            if entry not in self.warnings and len(self.warnings) < 20:
                self.warnings.append(entry)

        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(self.output),
            contextlib.redirect_stderr(self.output),
        ):
            warnings.simplefilter("default")
            warnings.showwarning = heard  # type: ignore[assignment,unused-ignore]
            yield

    def heard(self) -> dict[str, Any]:
        facts = {"output": self.output.take(), "warnings": self.warnings}
        self.warnings = []
        return facts

    def describe(self, error: BaseException) -> dict[str, Any]:
        if isinstance(error, ArgumentChanged):
            change, code = error.args[0], error.args[0].code
            place = {"file": code.co_filename, "line": code.co_firstlineno, "function": code.co_qualname}
            frame = {**place, "text": line_of(place["file"], place["line"])}
            text = "\n".join([str(change), *after(error.__cause__)])[:MESSAGE_KEPT]
            return {"type": "AssertionError", "message": text, "frames": [frame], "unwritten": None}
        frames = [f for f in frames_of(error) if self.relevant(f["file"])]
        if isinstance(error, (doctest.DocTestFailure, doctest.UnexpectedException)):
            return described_example(error, frames)
        return {
            "type": type(error).__name__,
            "message": str(error)[:MESSAGE_KEPT],
            "frames": frames[-40:],
            "unwritten": self.unwritten(error),
        }

    def relevant(self, file: str) -> bool:
        known = {cell["path"] for cell in self.job["cells"]} | {self.job["tests"]}
        return file in known or inside(file, self.build)

    def unwritten(self, error: BaseException | None) -> dict[str, Any] | None:
        """The frame of the stub (raise NotImplementedError()) in the build that caused this error, if any."""
        seen = 0
        while error is not None and seen < 10:
            frames = frames_of(error)
            if isinstance(error, NotImplementedError) and frames and self.is_stub(frames[-1]):
                return frames[-1]
            error, seen = error.__cause__ or error.__context__, seen + 1
        return None

    def is_stub(self, frame: dict[str, Any]) -> bool:
        return frame["text"].startswith("raise NotImplementedError") and inside(frame["file"], self.build)


class Alike(doctest.OutputChecker):
    """Numbers may differ in their last digits, and in the sign of 0: an answer in another form is right, too."""

    NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?")

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        texts = [re.sub(r"\s", "", self.NUMBER.sub("#", text)) for text in (want, got)]
        pairs = zip(*([float(x) for x in self.NUMBER.findall(text)] for text in (want, got)), strict=False)
        return texts[0] == texts[1] and all(abs(a - b) <= 2e-4 * max(1, abs(a)) for a, b in pairs)


def described_example(
    error: doctest.DocTestFailure | doctest.UnexpectedException, frames: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the docstring shows, and what came."""
    lines = [f">>> {error.example.source.strip()}"]
    if isinstance(error, doctest.DocTestFailure):
        got = error.got
    else:
        raised = error.exc_info[1]
        got = f"{type(raised).__name__}: {raised}"
        frames = frames_of(raised) if raised is not None else []
    lines += [f"  wanted  {error.example.want.strip()}", f"  got     {got.strip() or 'nothing'}"]
    lines = [line.replace("\n", "\n          ") for line in lines]
    return {"type": "AssertionError", "message": "\n".join(lines)[:MESSAGE_KEPT], "frames": frames, "unwritten": None}


def after(error: BaseException | None) -> list[str]:
    """What a check said besides."""
    if error is None:
        return []
    name = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
    return ["after which this came of it:", f"{name}{error}"]


def in_short(text: str) -> str:
    """A warning that tells a traceback, such as that of a thread: its first line and the error."""
    first, found, rest = text.partition("\nTraceback (most recent call last):\n")
    error = next((line for line in rest.splitlines() if line and not line[0].isspace()), "")
    return f"{first.strip()}: {error}" if found else text


def frames_of(error: BaseException) -> list[dict[str, Any]]:
    """The traceback, outermost first; a deep recursion is cut in the middle."""
    frames: list[dict[str, Any]] = [
        {"file": frame.f_code.co_filename, "line": line, "function": frame.f_code.co_qualname}
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    frames = frames if len(frames) < 100 else frames[:20] + frames[-40:]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append({"file": error.filename, "line": error.lineno or 1, "function": "<module>"})
    return [{**f, "text": line_of(f["file"], f["line"])} for f in frames]


def line_of(file: str, number: int) -> str:
    try:
        return Path(file).read_text("utf-8", "replace").splitlines()[number - 1].strip()
    except (OSError, IndexError):
        return ""


class Recorder:
    """A pytest plugin that tells each integration check's outcome as it happens."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self.worker.say("start", id=nodeid.rpartition("/")[2])

    def watched(self, item: Any) -> Iterator[None]:
        """Around each check; see Worker.unchanged. Becomes a hook when pytest has been imported."""
        with self.worker.unchanged(str(item.path)):
            return (yield)

    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        error = call.excinfo.value if call.excinfo is not None else None
        skipped = error is not None and type(error).__name__ == "Skipped"
        if error is not None and not skipped:
            self.worker.say("check-failed", **self.worker.describe(error), **self.worker.heard())
        elif call.when == "call" or skipped:
            self.worker.say("check-skipped" if skipped else "check-passed", **self.worker.heard())

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            lines = [
                x.removeprefix("E").strip() for x in str(report.longrepr).splitlines() if x.startswith("E ")
            ]
            message = "\n".join(lines)[:MESSAGE_KEPT] or "the checks could not be read"
            self.worker.say(
                "check-failed", type="", message=message, frames=[], unwritten=None, output="", warnings=[]
            )


def peak_megabytes() -> float | None:
    """The most memory that this process ever held, or None where the system does not tell."""
    # VmHWM first: on Linux ru_maxrss starts from what the parent process held
    with contextlib.suppress(OSError, IndexError, ValueError):
        status = Path("/proc/self/status").read_text("utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)


def limit_resources(megabytes: int) -> None:
    """A runaway list or file ends in MemoryError or OSError in the learner's code, not in a dead machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform.startswith("linux"):
            resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def check(path: str) -> None:
    job = json.loads(Path(path).read_text("utf-8"))
    with open(job["trace"], "w", encoding="utf-8") as trace:
        limit_resources(job["memory"])
        isolate(job["build"])
        Worker(job, trace).run()
        os._exit(0)  # threads or exit handlers of the learner's code have no say any more


def run(build: str, script: str, *arguments: str) -> None:
    isolate(build)
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    if sys.argv[1] == "check":
        check(sys.argv[2])
    else:
        run(*sys.argv[2:])
