"""Writing files so that an interruption or a full disk never costs the learner one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinytorch_course.errors import ToolError


def write_bytes(path: Path, data: bytes) -> None:
    """Write the whole file or nothing: a temporary file beside it takes its place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; a learner's file has the permissions that any new file would get
        os.chmod(name, path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def create_text(path: Path, text: str) -> bool:
    """Write a file that must not exist yet; False (and nothing written) when it does."""
    if path.exists():
        return False
    write_text(path, text)
    return True


def replace_folder(source: Path, target: Path) -> None:
    """Put the folder `source` in the place of `target`; what was there stays whole until then."""
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.with_name(f".{target.name}.old-{os.getpid()}")
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(source, target)
    except BaseException:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def forget_older(folder: Path, hours: float) -> None:
    """Remove the folders in `folder` in which nothing was written for so long."""
    for path in folder.glob("*/"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - 3600 * hours:
                shutil.rmtree(path, ignore_errors=True)


def make_folder(path: Path) -> None:
    """The folder with those above it; a file in its way is said."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, FileNotFoundError):
        what = f"{path} cannot be a folder: a file is in its way"
        raise ToolError(what, "choose another place, or move the file away") from None


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """A temporary folder under `parent`, gone afterwards whatever happens."""
    make_folder(parent)
    path = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def writable(folder: Path) -> bool:
    """Whether a file can be made there, which permissions alone do not tell."""
    try:
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        os.unlink(name)
    except OSError:
        return False
    return True


def backup(path: Path, folder: Path) -> Path:
    """Copy `path` into `folder` under its name and the time; return the copy."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1, 1000):
        suffix = "" if number == 1 else f"-{number}"
        copy = folder / f"{path.stem}-{stamp}{suffix}{path.suffix}"
        if not copy.exists():
            write_bytes(copy, path.read_bytes())
            return copy
    raise FileExistsError(f"no free name for a copy of {path.name} in {folder}")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
