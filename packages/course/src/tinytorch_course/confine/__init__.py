"""Run a command that nobody trusts.

On Linux it gets namespaces of its own (users, processes, network, IPC, mounts), Landlock, limits and no way to new
privileges; as root it becomes another user as well. Elsewhere it gets the limits that the system has. What applied is
reported, never assumed: unless `confined=False` is said, a command that would lack one of REQUIRED does not start.

A command's output goes to a file: a pipe could be held open by a process that it left behind. For a conversation there
is one end of a socket pair, to be read with a deadline.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from tinytorch_course.errors import ToolError

# As a module, so that its bytecode is kept; the folder holds nothing else that could be imported by mistake.
LAUNCHER = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import os, launch; os._exit(launch.main())"
# Of each of these groups at least one must hold.
REQUIRED: tuple[tuple[str, ...], ...] = (
    ("network namespace",),
    ("process namespace",),
    ("landlock", "mount namespace"),
    ("unprivileged user",),
    ("no new privileges",),
    ("limits",),
)
NAMES = (
    "user namespace",
    "process namespace",
    "network namespace",
    "ipc namespace",
    "mount namespace",
    "landlock",
    "unprivileged user",
    "no new privileges",
    "limits",
)
OPTION = "--without-confinement"  # how a command line says confined=False
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
LARGEST_REPORT = 1 << 16


class Unconfined(ToolError):
    """This system lacks a protection that an untrusted command needs."""


@dataclass(frozen=True)
class Limits:
    """Seconds by the clock and of processor time, bytes of memory and of a file, counts of processes and open files."""

    wall: float = 30.0
    cpu: int = 30
    memory: int = 2 << 30
    file_size: int = 64 << 20
    processes: int = 64
    files: int = 256

    def as_plan(self) -> dict[str, int]:
        """By the names that the system has for them."""
        named = {
            "CPU": self.cpu,
            "AS": self.memory,
            "FSIZE": self.file_size,
            "NPROC": self.processes,
            "NOFILE": self.files,
            "CORE": 0,
        }
        if sys.platform == "darwin":
            del named["NPROC"]  # counts all processes of the user there, those outside too
        return named


@dataclass(frozen=True)
class Ended:
    """How a run ended. `status` is the exit code, or minus the signal; None if it was stopped from here."""

    status: int | None
    reason: str  # in words, "" for a good end
    seconds: float
    cpu_seconds: float
    peak_memory: int | None  # bytes, of all that it started
    protections: Mapping[str, str]  # name -> "" or why it did not apply

    @property
    def ok(self) -> bool:
        return self.status == 0


@dataclass
class Confined:
    """A command that was started. `channel` is our end of the socket pair, if one was asked for."""

    process: subprocess.Popen[bytes]
    report: IO[bytes]
    limits: Limits
    confined: bool
    channel: socket.socket | None = None
    began: float = field(default_factory=time.monotonic)
    stopped: str = ""

    def wait(self, timeout: float | None = None) -> Ended:
        """Wait until it ends, at most until its limit; then it is stopped."""
        left = self.began + self.limits.wall - time.monotonic()
        wanted = left if timeout is None else min(left, timeout)
        if not ended_within(self.process, max(0.0, wanted)):
            self.stop(f"it was not done after {self.limits.wall:g} s" if wanted == left else "it was told to end")
        return self.finish()

    def stop(self, reason: str) -> None:
        """End it with all that it started."""
        if self.process.poll() is None:
            self.stopped = self.stopped or reason
        kill(self.process)

    def finish(self) -> Ended:
        """After it ended: nothing of it is left, and this is how it went."""
        kill(self.process)
        if self.channel is not None:
            self.channel.close()
        seconds = time.monotonic() - self.began
        found = read_report(self.report)
        self.report.close()
        if not self.stopped and found.failed is not None:
            raise ToolError(f"the command could not be started: {found.failed}", "tt doctor  looks for the reason")
        protections = described(found.applied, self.confined)
        if found.lacking:
            raise refusal(protections, found.lacking)
        status = None if self.stopped else found.status
        reason = self.stopped or ending(status, self.limits)
        return Ended(status, reason, seconds, found.cpu, found.peak, protections)


def start(
    command: Sequence[str | Path],
    *,
    folder: Path,
    output: Path,
    read: Iterable[Path] = (),
    write: Iterable[Path] = (),
    hide: Iterable[Path] = (),
    limits: Limits = Limits(),
    channel: bool = False,
    scratch: int = 0,
    confined: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Confined:
    """Start `command` in `folder`, which it may write to, as it may to `write`. It sees `read` without `hide`.

    With `channel` it gets one end of a socket pair; the number of its descriptor is in TINYTORCH_CHANNEL. With
    `scratch`, where there are mounts, its folder holds so many bytes, in memory, and nothing of it is kept.
    """
    ours, theirs = socket.socketpair() if channel else (None, None)
    report = tempfile.TemporaryFile()  # noqa: SIM115 - `finish` closes it
    passed = [theirs.fileno()] if theirs is not None else []
    settings = minimal(folder) | dict(environment or {})
    if passed:
        settings["TINYTORCH_CHANNEL"] = str(passed[0])
    plan = {
        "parent": os.getpid(),
        "confined": confined and sys.platform == "linux",
        "required": REQUIRED if confined else (),
        "folder": str(folder.resolve()),
        "read": places(read),
        "write": places([folder, *write]),
        "hide": places(hide),
        "limits": limits.as_plan(),
        "environment": settings,
        "channel": passed,
        "scratch": scratch,
        "report": report.fileno(),
    }
    if os.name != "posix":
        raise no_launcher(confined)
    full = [sys.executable, "-I", "-S", "-c", LAUNCHER, marshal.dumps(plan).hex(), *map(str, command)]
    with open(output, "ab") as log:
        process = subprocess.Popen(
            full,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"LANG": "C.UTF-8"},
            pass_fds=[*passed, report.fileno()],
            start_new_session=True,
        )
    if theirs is not None:
        theirs.close()
    return Confined(process, report, limits, confined, ours)


def run(command: Sequence[str | Path], **options: Any) -> Ended:
    """Start a command and wait for its end."""
    return start(command, **options).wait()


# -- what a Python needs -----------------------------------------------------------------------------------


def python_paths() -> tuple[list[Path], list[Path]]:
    """Folders to read for the standard library and the system's libraries; and what of them to hide.

    Hidden are installed packages, wherever they lie: what a command may import is for its caller to say.
    """
    base = Path(sys.base_prefix)
    own = [base / "lib", base / "lib64", Path(sys.executable).parent, *links(Path(sys.executable))]
    own += [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib"))]
    own += [Path(sys.prefix) / "pyvenv.cfg"]
    system = [Path("/lib"), Path("/lib64"), Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib")]
    system += [Path("/etc/ld.so.cache"), Path("/etc/localtime")]
    shown = [path for path in [*own, *system] if path.exists()]
    hidden = [
        folder
        for top in {path.resolve() for path in shown if path.is_dir()}
        for name in ("site-packages", "dist-packages")
        for folder in [*top.glob(name), *top.glob(f"python3*/{name}")]
    ]
    return shown, hidden


def links(path: Path) -> list[Path]:
    """A path and all that it leads to, link by link: a virtual environment's Python is often two away from the file."""
    found = [path]
    while found[-1].is_symlink():
        found.append(Path(os.path.normpath(found[-1].parent / os.readlink(found[-1]))))
    return [*found, path.resolve()]


# -- how it goes -------------------------------------------------------------------------------------------


@lru_cache
def protections() -> Mapping[str, str]:
    """What applies on this machine: found out by running something under it. Name -> "" or why not."""
    shown, hidden = python_paths()
    with tempfile.TemporaryDirectory(prefix="tinytorch-") as name:
        folder = Path(name).resolve()
        done = run(
            [sys.executable, "-I", "-S", "-c", ""],
            folder=folder,
            output=folder / "output.txt",
            read=shown,
            hide=hidden,
        )
    return done.protections


def described(found: Mapping[str, str], confined: bool) -> dict[str, str]:
    missing = "not tried" if sys.platform == "linux" else f"{sys.platform} has none"
    missing = missing if confined else "not asked for"
    named = {name: found.get(name, missing) for name in NAMES}
    if sys.platform == "darwin" and not named["limits"]:
        named["limits"] = "macOS does not hold programs to a limit of memory"
    return named


def refusal(protections: Mapping[str, str], lacking: Iterable[str]) -> Unconfined:
    reasons = "; ".join(f"{name}: {protections[name]}" for name in lacking)
    return Unconfined(
        f"this machine cannot confine code that nobody trusts ({reasons}), so it was not run",
        f"use Linux 5.13 or later with user namespaces; or, where you trust the code as your own, say {OPTION}",
    )


def no_launcher(confined: bool) -> Unconfined:
    if confined:
        return refusal(described({}, True), [group[0] for group in REQUIRED])
    return Unconfined("this system has no way to limit a process", "use Linux, macOS or WSL")


def minimal(folder: Path) -> dict[str, str]:
    """The same environment on every machine; nothing of the caller's."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        **dict.fromkeys(THREADS, "1"),
    }


def places(paths: Iterable[Path]) -> list[str]:
    """Each path as it is named and as it really is, each once."""
    named = [str(form) for path in paths for form in (Path(os.path.abspath(path)), path.resolve())]
    return list(dict.fromkeys(named))


def ending(status: int | None, limits: Limits) -> str:
    if status == 0:
        return ""
    if status is None:
        return "it ended without a report"
    if status == -signal.SIGXCPU or (status == -signal.SIGKILL and limits.cpu):
        return f"the system ended it ({signal.Signals(-status).name}): at most {limits.cpu} s of processor time"
    if status < 0:
        with suppress(ValueError):
            return f"it crashed ({signal.Signals(-status).name})"
    return f"it ended with {status}"


@dataclass
class Report:
    """What the launcher wrote; `failed` unless it came as far as starting the command."""

    applied: dict[str, str] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)
    failed: str | None = "the launcher ended early"
    status: int | None = None
    peak: int | None = None
    cpu: float = 0.0


def read_report(file: IO[bytes]) -> Report:
    file.seek(0)
    found = Report()
    for line in file.read(LARGEST_REPORT).decode("utf-8", "replace").splitlines():
        kind, *words = line.split("\t")
        if kind == "applied":
            found.applied[words[0]] = words[1]
        elif kind == "lacking":
            found.lacking, found.failed = [word for word in words if word], None
        elif kind == "failed":
            found.failed = words[0]
        elif kind == "ended":
            found.status, found.peak, found.cpu = int(words[0]), int(words[1]), float(words[2])
    return found


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Popen.wait looks twenty times a second; a descriptor of the process tells at once."""
    if process.poll() is not None:
        return True
    if hasattr(os, "pidfd_open"):
        with suppress(OSError):
            descriptor = os.pidfd_open(process.pid)
            try:
                return bool(select.select([descriptor], [], [], seconds)[0])
            finally:
                os.close(descriptor)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def end_with_parent(parent: int) -> None:
    """If `parent`, who started us, is killed, so are we; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the launcher and all below it: with the PID namespace, or one by one where there is none."""
    if process.poll() is None:
        for _ in range(100):  # they may start others meanwhile
            below = descendants(process.pid)
            for pid in below:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if not below:
                break
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def descendants(root: int) -> list[int]:
    """The processes below `root`, where the system lists them; zombies are left out."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            state, parent = path.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(parent)
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]
