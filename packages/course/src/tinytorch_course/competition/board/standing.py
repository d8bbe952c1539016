"""From entries to the board. Ranks and the Pareto front are module 20's; nothing is ranked here."""

from __future__ import annotations

import importlib
import tomllib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tinytorch_course.competition.board.entries import (
    CLAIM,
    REFUSED,
    VERIFIED,
    Board,
    Entry,
    Problem,
    Standing,
    Track,
    TrackBoard,
)
from tinytorch_course.competition.board.reading import Found
from tinytorch_course.competition.measure import capstone_folder
from tinytorch_course.errors import ToolError
from tinytorch_course.kits import installed_tiers


def capstone() -> Any:
    """`tinytorch.capstone`, which validates and ranks: the reference's, over the reference."""
    for one in installed_tiers():
        if one.is_student_build:
            raise ToolError(
                f"the tinytorch-{one.tier.name} that is installed is a student's build, and a board is the reference's",
                "make the board in an environment of its own, with the reference's wheels",
            )
    try:
        return importlib.import_module("tinytorch.capstone")
    except ImportError:
        raise ToolError(
            "tinytorch-capstone is not installed: it validates submissions and ranks them",
            "install it: python -m pip install tinytorch-capstone",
        ) from None


def read_tracks() -> list[Track]:
    """The tracks of the competition, by their names."""
    paths = sorted((capstone_folder() / "tracks").glob("*.toml"))
    return [_track(tomllib.loads(path.read_text("utf-8"))) for path in paths]


def _track(facts: dict[str, Any]) -> Track:
    return Track(facts["name"], facts["title"], facts["rank_by"], facts["accuracy_floor"])


def make_board(found: Found, tracks: Iterable[Track], tier: Any) -> Board:
    """The entries of `found`, each on its track; `tier` is `tinytorch.capstone`."""
    known = {track.name: track for track in tracks}
    problems = list(found.problems)
    strays = []
    for entry in found.entries:
        if entry.track in known:
            continue
        if entry.status == REFUSED:
            strays.append(entry)
        else:
            problems.append(_no_track(entry, known))
    boards = [_on_track(found.entries, track, tier) for track in known.values()]
    boards.sort(key=lambda board: not (board.ranked or board.others))  # a page begins with what there is to see
    return Board(tuple(boards), tuple(strays), tuple(problems), _definitions(tier))


def _no_track(entry: Entry, known: Iterable[str]) -> Problem:
    tracks = ", ".join(known) or "none"
    return Problem(entry.file, f"its track is {entry.track!r}, and the tracks are {tracks}", entry.status != CLAIM)


def _on_track(entries: list[Entry], track: Track, tier: Any) -> TrackBoard:
    here = [entry for entry in entries if entry.track == track.name]
    verified = [entry for entry in here if entry.status == VERIFIED]
    others = tuple(entry for entry in here if entry.status != VERIFIED)
    return TrackBoard(track, _ranked(verified, track, tier), others)


def _ranked(entries: list[Entry], track: Track, tier: Any) -> tuple[Standing, ...]:
    leaderboard = tier.Leaderboard(by=track.rank_by)
    by_label = {entry.label: entry for entry in entries}
    for label, entry in by_label.items():
        leaderboard.add(entry.submission, verified=True, label=label)
    ranks = {row.label: row.rank for row in leaderboard.rows(track.name) if row.rank is not None}
    front = {row.label for row in leaderboard.pareto(track.name)}
    holders = Counter(ranks.values())
    return tuple(
        Standing(by_label[label], rank, holders[rank] > 1, label in front) for label, rank in ranks.items()
    )


def _definitions(tier: Any) -> dict[str, str]:
    return {name: metric.definition for name, metric in tier.METRICS.items()}
