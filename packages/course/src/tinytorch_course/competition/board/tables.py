"""board.csv and board.json: the same board for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from tinytorch_course.competition.board.entries import Board, Entry, Standing, TrackBoard
from tinytorch_course.competition.board.markup import clean, visible
from tinytorch_course.competition.board.plots import floor

MEASURED = ("latency_p50", "latency_p90", "throughput", "accuracy", "parameters", "file_bytes", "peak_memory_bytes")
COLUMNS = (
    *("track", "status", "rank", "shared", "front", "name", "title", "division", "rank_by"),
    *("improvement", "low", "high", "floor"),
    *(*MEASURED, "flops", "energy_joules"),
    *("modules_own", "modules_loan", "date", "file", "reasons"),
)
# What a spreadsheet takes for a formula: at the head of a cell, and behind a sign that may end a cell elsewhere.
FORMULA = re.compile(r"(^|[;,|])(\s*)(?=[=+\-@＝＋－＠])")
Row = dict[str, Any]


def as_json(board: Board) -> str:
    problems = [{"file": clean(one.file), "problem": clean(one.what)} for one in board.problems]
    tracks = [{"name": one.track.name, "title": one.track.title, "rank_by": one.track.rank_by} for one in board.tracks]
    value = {"version": 1, "tracks": tracks, "entries": list(_rows(board)), "problems": problems}
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def as_csv(board: Board) -> str:
    """A spreadsheet on a desk shows a file without its mark of UTF-8 in another alphabet, so the mark is there."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(board):
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = " ".join(map(str, value))
    return harmless(value) if isinstance(value, str) else repr(value)


def harmless(text: str) -> str:
    """The text with an apostrophe before each sign at which a spreadsheet would begin to calculate."""
    return FORMULA.sub(r"\1\2'", text)


def _rows(board: Board) -> Iterator[Row]:
    for one in board.tracks:
        for standing in one.ranked:
            yield _ranked(one, standing)
        for entry in one.others:
            yield _row(entry, one)
    for entry in board.strays:
        yield _row(entry, None)


def _ranked(board: TrackBoard, standing: Standing) -> Row:
    places = {"rank": standing.rank, "shared": standing.shared, "front": standing.front}
    return _row(standing.entry, board) | places | {"floor": floor(board, standing)}


def _row(entry: Entry, board: TrackBoard | None) -> Row:
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"status": entry.status, "name": entry.name, "title": entry.title, "division": entry.division}
    row |= {"track": clean(entry.track), "file": visible(entry.file), "reasons": [clean(r) for r in entry.reasons]}
    row["date"] = entry.moment.isoformat(timespec="seconds") if entry.moment else None
    return row | _figures(entry, board.track.rank_by) if board is not None and entry.data else row


def _figures(entry: Entry, metric: str) -> Row:
    """Of an entry that was measured, and of a claim: `status` tells one from the other."""
    low, high = entry.interval(metric) or (None, None)
    values = {name: entry.data["metrics"]["optimized"][name] for name in (*MEASURED, "flops", "energy_joules")}
    own, loan = entry.modules("learner"), entry.modules("loan")
    ratio = {"rank_by": metric, "improvement": entry.improvement(metric), "low": low, "high": high}
    return ratio | values | {"modules_own": own, "modules_loan": loan}


