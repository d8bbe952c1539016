"""Boards of a few entries and of hostile names, made once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import some_submissions
from documents import Document

from tinytorch_course.competition.board import board_of, write_board
from tinytorch_course.competition.board.entries import Board, Track

TRACKS = [Track(name, f"The track {name}") for name in some_submissions.TRACKS]


@pytest.fixture(scope="session", autouse=True)
def three_tracks() -> None:
    """The tests do not follow the competition's tracks, which may change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tinytorch_course.competition.board.read_tracks", lambda: TRACKS)
        yield


class Made:
    """A folder of submissions and records with its board."""

    def __init__(self, folder: Path, fill: Callable[[Path], None]) -> None:
        self.folder = folder
        fill(folder)
        self.board: Board = board_of(folder)
        write_board(self.board, folder)

    def text(self, name: str = "board.html") -> str:
        return (self.folder / name).read_bytes().decode("utf-8")

    @property
    def document(self) -> Document:
        return Document(self.text())


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("few"), some_submissions.few)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("hostile"), some_submissions.hostile)


@pytest.fixture
def tt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run `tt course leaderboard`: the exit code, and all that it printed."""
    from tinytorch_course import cli

    def run(*arguments: object) -> tuple[int, str]:
        line = ["course", "leaderboard", *map(str, arguments)]
        monkeypatch.setattr("sys.argv", ["tt", *line])
        monkeypatch.setitem(os.environ, "COLUMNS", "200")
        code = cli.main(line)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run
