"""The competition's board: one static page from a folder of submissions and records, with CSV and JSON beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tinytorch_course import files
from tinytorch_course.competition.board.entries import Board
from tinytorch_course.competition.board.page import page
from tinytorch_course.competition.board.reading import read_folder
from tinytorch_course.competition.board.standing import capstone, make_board, read_tracks
from tinytorch_course.competition.board.tables import as_csv, as_json

Watch = Callable[[list[Path]], Iterable[Path]]


def board_of(folder: Path, watch: Watch = iter) -> Board:
    tier = capstone()
    return make_board(read_folder(folder, tier.validate, watch), read_tracks(), tier)


def write_board(board: Board, out: Path) -> list[str]:
    """The names of the files that were written; the same board gives the same bytes."""
    texts = {"board.html": page(board), "board.csv": as_csv(board), "board.json": as_json(board)}
    files.make_folder(out)
    for name, text in texts.items():
        files.write_text(out / name, text)
    return list(texts)
