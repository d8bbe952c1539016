"""What stands on a board: entries, the tracks that they run on, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from tinytorch_course.competition.board.markup import NO_NAME, visible
from tinytorch_course.competition.board.words import moment

VERIFIED, CLAIM, REFUSED, NOISY = "verified", "claim", "refused", "too noisy"
RECORD, ARCHIVE = ".verified.json", ".zip"  # how their files' names end


@dataclass(frozen=True)
class Problem:
    """A file that cannot be read as what its name says."""

    file: str
    what: str
    record: bool = False  # a verifier's own file: somebody may be missing on the board


@dataclass(frozen=True)
class Entry:
    """One submission: as its author claims it, or as the verifier found it."""

    label: str  # the file's name without its endings
    status: str
    data: Mapping[str, Any]  # a Submission's fields; of a refused one perhaps none
    submission: Any = None  # the Submission that `data` was taken from
    when: str = ""
    reasons: tuple[str, ...] = ()
    protections: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return self.label + (ARCHIVE if self.status == CLAIM else RECORD)

    @property
    def name(self) -> str:
        return visible(str(self.data.get("name", "")), NO_NAME if self.data else self.label)

    @property
    def title(self) -> str:
        return visible(str(self.data.get("title", "")), "")

    @property
    def track(self) -> str:
        return str(self.data.get("track", ""))

    @property
    def division(self) -> str:
        return visible(str(self.data.get("division", "")), "")

    @cached_property
    def moment(self) -> datetime | None:
        return moment(self.when or str(self.data.get("created", "")))

    def value(self, metric: str, side: str = "optimized") -> float:
        return float(self.data["metrics"][side][metric])

    def improvement(self, metric: str) -> float:
        return float(self.data["improvements"][metric])

    def interval(self, metric: str) -> tuple[float, float] | None:
        """Of the improvement; only what is timed has one."""
        found = self.data["intervals"].get(metric)
        return (float(found[0]), float(found[1])) if found else None

    def modules(self, by: str) -> list[int]:
        """The modules that `reference`, `learner` or `loan` supplied."""
        return [m["number"] for tier in self.data["tiers"] for m in tier["modules"] if m["by"] == by]


@dataclass(frozen=True)
class Track:
    """What a board needs to know of a track."""

    name: str
    title: str
    rank_by: str = "latency_p90"
    floor: float = 0.99  # of the baseline's accuracy


@dataclass(frozen=True)
class Standing:
    """A verified entry in its place."""

    entry: Entry
    rank: int
    shared: bool  # others have this rank too
    front: bool  # nobody is both faster and more accurate


@dataclass(frozen=True)
class TrackBoard:
    track: Track
    ranked: tuple[Standing, ...] = ()
    others: tuple[Entry, ...] = ()

    def of(self, *status: str) -> list[Entry]:
        return [entry for entry in self.others if entry.status in status]


@dataclass(frozen=True)
class Board:
    tracks: tuple[TrackBoard, ...]
    strays: tuple[Entry, ...] = ()  # refused before anything told their track
    problems: tuple[Problem, ...] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)  # each metric's definition

    @property
    def ranked(self) -> list[Entry]:
        return [standing.entry for one in self.tracks for standing in one.ranked]
