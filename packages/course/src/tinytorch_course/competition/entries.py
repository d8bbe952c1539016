"""capstone/entry.py in a workspace: the one that is there, or one to begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinytorch_course import files
from tinytorch_course.competition import claim, measure
from tinytorch_course.errors import NotYet, ToolError

PLACE = "capstone/entry.py"
FIRST_TRACK = "digits-cnn"  # what a new entry is for, unless something else is said: its data come with the course


@dataclass(frozen=True)
class Wishes:
    """What the command line says an entry is to be."""

    track: str | None = None
    division: str | None = None


def entry_in(root: Path, wishes: Wishes) -> tuple[Path, claim.Entry, bool]:
    """The workspace's entry, what it says of itself, and whether it was made just now. A file is never overwritten."""
    path = root / PLACE
    known_track(wishes.track)
    new = files.create_text(path, starter(wishes.track or FIRST_TRACK, wishes.division or "closed"))
    entry = claim.read_entry(path)
    for key, wanted, found in (("TRACK", wishes.track, entry.track), ("DIVISION", wishes.division, entry.division)):
        if wanted is not None and wanted != found:
            raise ToolError(
                f'{PLACE} says {key} = "{found}", and --{key.lower()} says {wanted}',
                f"change the line there, or move the file away: tt submit 20 --{key.lower()} {wanted}  makes a new one",
            )
    claim.known_track(entry)
    return path, entry, new


def known_track(name: str | None) -> None:
    there = claim.tracks()
    if name is not None and name not in there:
        raise ToolError(f"there is no track {name}", f"there are: {', '.join(there)}")


def starter(track: str, division: str) -> str:
    """An entry that leaves the track's baseline as it is; of a track that has none, another track's with its name."""
    found = dict(_starters())
    if not found:
        again = "install the tool again: python -m pip install --force-reinstall tinytorch-course"
        raise ToolError("the competition's entries are not here", again)
    text = found.get(track) or found.get(FIRST_TRACK) or next(iter(found.values()))
    return _with(_with(text, "TRACK", track), "DIVISION", division)


def _starters() -> Iterator[tuple[str, str]]:
    for path in sorted((measure.capstone_folder() / "entries").glob("*_start.py")):
        try:
            yield claim.read_entry(path).track, path.read_text("utf-8")
        except NotYet:
            continue


def _with(text: str, name: str, value: str) -> str:
    return re.sub(rf'(?m)^{name} = ".*"', f'{name} = "{value}"', text)
