"""Runs one scene (a milestone, or a chapter's Use and Measure) once as it is, then with one region raising at a time.

    python stage.py JOB     JOB: {"build", "scene", "arguments", "cells", "studied", "label", "skip", "result"}

The result is {"status": ..., "bearing": [regions whose raising changes how the scene ends], "reached": [...]}.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

LIMIT = 300  # seconds for a run that the raising does not end
RAISED = 77
USE, MEASURE = "use", "measure"


def milestone(job) -> None:
    sys.argv = [job["scene"], *job["arguments"]]
    runpy.run_path(job["scene"], run_name="__main__")


def chapter(job) -> None:
    """The cells that are neither exported nor tests, in the module's own names, from Use on with sections told."""
    import _tripwires

    sys.argv = [job["scene"]]
    module = importlib.import_module(job["import_name"])
    names = dict(vars(module), __name__="__main__", __file__=job["scene"])
    sys.modules["__main__"].__dict__.update(names)  # where multiprocessing looks for what a chapter defines
    for cell in job["cells"]:
        _tripwires.section = cell["section"]
        exec(compile(cell["code"], job["scene"], "exec", dont_inherit=True), sys.modules["__main__"].__dict__)


def run(job, region: str, log: str) -> int:
    """In a process of its own: the exit status of the scene."""
    sys.path.insert(0, job["build"])
    import _tripwires

    os.environ["PYTHONPATH"] = job["build"]
    os.environ[_tripwires.LOG] = log
    if region:
        # what stands behind a form to be studied is looked at in Measure, too
        studied = region in job["studied"]
        _tripwires.arm(region, {"", USE, MEASURE} if studied else {"", USE})
    try:
        milestone(job) if job["cells"] is None else chapter(job)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        if not region:
            traceback.print_exc()
        return RAISED
    return 0


def forked(job, region: str, folder: Path) -> tuple[int, list[str]]:
    """The status of a run with `region` raising, and what it reached."""
    log = folder / "reached.txt"
    log.write_text("")
    pid = os.fork()
    if pid == 0:
        status = RAISED
        os.setsid()
        with tempfile.TemporaryDirectory() as here, contextlib.suppress(BaseException):
            os.chdir(here)
            quiet = os.open(os.devnull if region else str(folder / "said.txt"), os.O_WRONLY | os.O_CREAT)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            status = run(job, region, str(log))
            sys.stderr.flush()
            os.chdir("/")
        os._exit(status)
    return waited(pid), log.read_text("utf-8").splitlines()


def waited(pid: int) -> int:
    """The status of the child; it and whatever it started are ended after the limit."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGKILL


def main(path: str) -> None:
    job = json.loads(Path(path).read_text("utf-8"))
    import numpy  # noqa: F401 - once, for all runs

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        status, lines = forked(job, "", folder)
        said = (folder / "said.txt").read_text("utf-8", "replace")
        found = [line.partition("|")[::2] for line in lines]
        reached = [region for section, region in found if counted(job, section, region) and region not in job["skip"]]
        reached = list(dict.fromkeys(reached))
        bearing = [region for region in reached if forked(job, region, folder)[0] != status]
    result = {"status": status, "said": said[-3000:], "reached": reached, "bearing": bearing}
    Path(job["result"]).write_text(json.dumps(result), "utf-8")


def counted(job, section: str, region: str) -> bool:
    """Is this region looked at in this part of the scene? In a chapter only its own."""
    if job["cells"] is not None and not region.startswith(job["label"]):
        return False
    return section in ("", USE) or (section == MEASURE and region in job["studied"])


if __name__ == "__main__":
    main(sys.argv[1])
