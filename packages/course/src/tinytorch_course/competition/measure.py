"""Jobs for the examiner, as the tool gives them out. What a job is about is a file; what comes back is JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinytorch_course import confine
from tinytorch_course.errors import NotYet, ToolError

Progress = Callable[[str, int, int], None]
PACKAGE = Path(__file__).resolve().parents[1]
# A few processes and requests: enough for a submission that validates, not for a rank.
QUICK = {"processes": 10, "warmup": 2, "requests": 10, "batches": 2, "batch": 16}


class Refused(NotYet):
    """What was submitted does not keep the rules; the message is the examiner's sentence.

    `output`: the end of what it printed, from a stranger's process.
    """

    def __init__(self, message: str, help: str = "", output: str = "") -> None:
        super().__init__(message, help)
        self.output = output


def capstone_folder() -> Path:
    """The competition's folder: in the tool's wheel, in a clone beside the packages."""
    for folder in (PACKAGE / "capstone", *(parent / "capstone" for parent in PACKAGE.parents[:4])):
        if (folder / "reference.py").is_file():
            return folder
    raise ToolError("the competition's tracks are not here", "install the tool again: pip install tinytorch-course")


@dataclass(frozen=True)
class Job:
    """One submission on one track. `tree` is what it runs on, `reference` what the baseline and the examiner run on."""

    track: str
    division: str
    entry: Path
    tree: Path
    reference: Path
    artefact: Path
    optimize_seed: int
    request_seed: int
    confined: bool = True
    measuring: Mapping[str, int] = field(default_factory=dict)  # in place of the track's numbers
    limits: Mapping[str, int] = field(default_factory=dict)
    capstone: Path = field(default_factory=capstone_folder)

    def values(self) -> dict[str, Any]:
        return {
            "track": self.track,
            "division": self.division,
            "entry": str(self.entry),
            "tree": str(self.tree),
            "reference": str(self.reference),
            "artefact": str(self.artefact),
            "seeds": {"optimize": self.optimize_seed, "requests": self.request_seed},
            "confined": self.confined,
            "measuring": dict(self.measuring),
            "limits": dict(self.limits),
            "capstone": str(self.capstone),
        }


def examine(job: Job, command: str, progress: Progress | None = None, **more: Any) -> dict[str, Any]:
    """Have the examiner do one thing. Refused and ToolError carry its sentences; anything else is our fault."""
    with private_folder() as folder:
        values = {**job.values(), **more, "command": command, "parent": os.getpid()}
        values["result"] = str(folder / "result.json")
        (folder / "job.json").write_text(json.dumps(values), "utf-8")
        code = converse(job, folder, progress)
        if not (folder / "result.json").is_file():
            tail = (folder / "errors.txt").read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"the examiner ended with {code}:\n{tail}")
        result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
    if "error" in result:
        code, message, help = result["error"]
        raise (NotYet if code == NotYet.code else ToolError)(message, help)
    if "refused" in result:
        raise Refused(result["refused"], output=result.get("output", ""))
    return result


@contextmanager
def private_folder() -> Iterator[Path]:
    """Nobody else reads it, except a worker what it is shown of it: the way there is open to whom it is shown."""
    folder = Path(tempfile.mkdtemp(prefix="tinytorch-")).resolve()
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def converse(job: Job, folder: Path, progress: Progress | None) -> int:
    """Run the examiner on the job in `folder`, and pass on what it says of its progress."""
    command = [sys.executable, "-P", "-m", "tinytorch_course.competition.examiner", str(folder / "job.json")]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    paths = [str(job.reference), str(PACKAGE.parent)]
    settings = {**kept, **dict.fromkeys(confine.THREADS, "1"), "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}
    settings |= {"PYTHONDONTWRITEBYTECODE": "1"}
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "text": True}
    with open(folder / "errors.txt", "wb") as errors, subprocess.Popen(
        command, stderr=errors, env=settings, **pipes
    ) as process:
        try:
            for line in process.stdout or ():
                if progress is not None:
                    progress(*json.loads(line))
            return process.wait()
        finally:
            process.kill()
