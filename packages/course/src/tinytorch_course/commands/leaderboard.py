"""tt course leaderboard: the competition's board, as one static page."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from tinytorch_course import show
from tinytorch_course.competition.board import board_of, write_board
from tinytorch_course.competition.board.entries import CLAIM, NOISY, REFUSED, Board, TrackBoard
from tinytorch_course.competition.board.markup import visible
from tinytorch_course.errors import NOT_YET, PASS


def leaderboard(folder: Path, out: Path | None) -> int:
    board = board_of(folder, _watched)
    names = write_board(board, out or folder)
    show.say(f"Made {', '.join(names[:-1])} and {names[-1]} in {out or folder}.", "green")
    for line in show.table(map(_counts, board.tracks)):
        show.say(f"  {line}")
    for problem in board.problems:
        show.say(f"  left out: {visible(problem.file)}: {visible(problem.what)}", "yellow")
    return _code(board)


def _watched(paths: list[Path]) -> Iterable[Path]:
    """Validating computes every figure again, which takes a while for hundreds."""
    with click.progressbar(paths, label="reading", hidden=not sys.stderr.isatty(), file=sys.stderr) as bar:
        yield from bar


def _counts(one: TrackBoard) -> tuple[str, ...]:
    counts = {"verified": len(one.ranked), "claimed": len(one.of(CLAIM))}
    counts |= {"refused": len(one.of(REFUSED)), "too noisy": len(one.of(NOISY))}
    return (one.track.name, *(f"{count} {what}" if count else "" for what, count in counts.items()))


def _code(board: Board) -> int:
    """A damaged record may be somebody's rank; a claim that cannot be read is its author's affair."""
    return NOT_YET if any(problem.record for problem in board.problems) else PASS
