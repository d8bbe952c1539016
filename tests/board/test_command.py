"""`tt course leaderboard`."""

import importlib.resources
import sys

import pytest
from some_submissions import record, submission, verified

from tinytorch_course.competition.board import standing
from tinytorch_course.competition.measure import capstone_folder


def test_an_empty_folder_has_a_board(tt, tmp_path):
    code, said = tt(tmp_path)
    assert code == 0
    assert said.splitlines() == [
        f"Made board.html, board.csv and board.json in {tmp_path}.",
        "  digits-cnn",
        "  cifar10-cnn",
        "  tinytalks-transformer",
    ]
    assert "No verified entry yet." in (tmp_path / "board.html").read_text("utf-8")


def test_what_was_read_is_counted(tt, few):
    code, said = tt(few.folder)
    assert code == 0
    assert "  digits-cnn             3 verified  1 claimed  1 refused  1 too noisy" in said.splitlines()


def test_elsewhere(tt, tmp_path):
    (tmp_path / "in").mkdir()
    code, said = tt(tmp_path / "in", "--out", tmp_path / "out")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["board.csv", "board.html", "board.json"]
    assert not list((tmp_path / "in").iterdir())
    assert f"in {tmp_path / 'out'}." in said


def test_a_damaged_record_is_said_and_the_board_is_made(tt, tmp_path):
    verified(tmp_path, "ada", submission("Ada"))
    (tmp_path / "eve\x1b[2J.verified.json").write_text("{", "utf-8")
    code, said = tt(tmp_path)
    assert code == 1
    assert "left out: eve␛[2J.verified.json: it is no JSON" in said
    assert "\x1b[2J" not in said
    page = (tmp_path / "board.html").read_text("utf-8")
    assert "Ada" in page
    assert "eve␛[2J.verified.json" in page


def test_a_claim_that_cannot_be_read_is_said_and_is_its_author_s_affair(tt, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK")
    code, said = tt(tmp_path)
    assert code == 0
    assert "left out: x.zip: it is no zip, or a damaged one" in said


def test_a_track_that_is_not_the_competition_s(tt, tmp_path):
    record(tmp_path, "ada", "0" * 64, submission("Ada", track="imagenet"))
    code, said = tt(tmp_path)
    assert code == 1
    assert "ada.verified.json: its track is 'imagenet', and the tracks are digits-cnn, cifar10-cnn," in said


def test_no_folder(tt, tmp_path):
    code, said = tt(tmp_path / "none")
    assert code == 2
    assert "does not exist" in said


def test_a_board_is_not_made_by_a_student_s_build(tt, tmp_path, monkeypatch):
    tiers = standing.installed_tiers()
    object.__setattr__(tiers[-1], "build", "student")
    monkeypatch.setattr(standing, "installed_tiers", lambda: tiers)
    code, said = tt(tmp_path)
    assert code == 2
    assert "the tinytorch-capstone that is installed is a student's build" in said
    assert not list(tmp_path.iterdir())


def test_without_the_capstone(tt, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tinytorch.capstone", None)
    code, said = tt(tmp_path)
    assert code == 2
    assert "install it: python -m pip install tinytorch-capstone" in said


def test_the_competition_s_tracks_are_read():
    found = {track.name: track for track in standing.read_tracks()}
    assert sorted(found) == sorted(path.stem for path in (capstone_folder() / "tracks").glob("*.toml"))
    assert found["digits-cnn"].rank_by in ("latency_p50", "latency_p90", "throughput")
    assert 0.9 <= found["digits-cnn"].floor <= 1


@pytest.mark.parametrize("name", ["board.css", "board.js"])
def test_the_page_s_files_are_in_the_package(name):
    assert importlib.resources.files("tinytorch_course.competition.board").joinpath(name).is_file()
