"""tt course verify: run submissions again, and say what was found."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinytorch_course import confine, files, show
from tinytorch_course.competition import measure
from tinytorch_course.competition import verify as verifying
from tinytorch_course.competition.verify import NOISY, VERIFIED, Options, Record
from tinytorch_course.errors import NOT_YET, PASS

STEPS = {"optimize": "optimize", "measure": "measure: process"}
LATENCY, MILLI = "latency", 1e3


def verify(paths: Iterable[Path], out: Path | None, options: Options, as_json: bool) -> int:
    """Exit 0 if all of them are verified, 1 if one is refused or has no rank."""
    if out is not None:
        files.make_folder(out)
    records: list[tuple[Record, Path]] = []
    with measure.private_folder() as folder:
        base = verifying.reference(folder / "reference")
        for path in paths:
            record = verifying.verify(path, base, replace(options, progress=progress(path)))
            clear()
            records.append((record, verifying.write(record, path, out)))
            if not as_json:
                tell(path, *records[-1])
    if as_json:
        show.say_json([{"record": str(target), **found.as_dict()} for found, target in records])
    return PASS if all(record.status == VERIFIED for record, _ in records) else NOT_YET


def progress(path: Path) -> measure.Progress | None:
    """One line on a terminal, written over again and again."""
    if not sys.stderr.isatty():
        return None

    def tell(what: str, done: int, of: int) -> None:
        clear()
        sys.stderr.write(f"{path.name}: {STEPS.get(what, what)} {min(done + 1, of)} of {of}")
        sys.stderr.flush()

    return tell


def clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def tell(path: Path, record: Record, target: Path) -> None:
    word = record.status if record.verdict is None else f"{record.status}: {record.verdict}"
    style = "green" if record.status == VERIFIED else "yellow" if record.status == NOISY else "red"
    show.say(f"{path.name}  {word}", style)
    for reason in record.reasons:
        show.say(f"  {reason}")
    if record.measured is not None:
        for line in figures(record.measured):
            show.say(f"  {line}")
    for note in record.notes:
        show.say(f"  note: {note}")
    for line in missing(record):
        show.say(f"  {line}")
    show.say(f"  record: {target}")


def figures(measured: dict[str, Any]) -> list[str]:
    """The timed metrics, with their intervals."""
    found = []
    for name, (low, high) in measured["intervals"].items():
        value, factor = measured["metrics"]["optimized"][name], measured["improvements"][name]
        shown = f"{value * MILLI:.3g} ms" if name.startswith(LATENCY) else f"{value:,.0f} items/s"
        found.append(f"{name:12} {shown:>16}   {factor:.2f} times the baseline ({low:.2f} to {high:.2f})")
    return found


def missing(record: Record) -> list[str]:
    """The protections that the run did not have."""
    names = [name for name in confine.NAMES if name in record.unprotected]
    return [f"not protected by {name}: {record.unprotected[name]}" for name in names]
