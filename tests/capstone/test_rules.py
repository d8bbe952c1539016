"""The page of rules: short, and without a number that stands in a track's file."""

import re

from house import ROOT

PAGE = (ROOT / "capstone/README.md").read_text("utf-8")


def test_every_track_is_named(reference):
    named = re.findall(r"`((?:\w+-)+(?:cnn|transformer))`", PAGE)
    assert sorted(set(named)) == reference.tracks()


def test_a_page_is_a_page():
    assert len(PAGE.split()) < 1000


def test_no_number_of_a_track_is_repeated(reference):
    """It would go on standing here when the track's is changed."""
    for name in reference.tracks():
        track = reference.read_track(name)
        facts = [track.accuracy_floor, track.agreement, track.weights["accuracy"], *track.measuring.values()]
        percent = {f"{100 * fact:g} %" for fact in facts if isinstance(fact, float)}
        assert not any(fact in PAGE for fact in percent)
    assert not re.search(r"\b\d+ (processes|requests|seconds|megabytes)", PAGE)


def test_the_fields_that_it_names_are_there(reference):
    track = reference.read_track("digits-cnn")
    for field in ("agreement", "accuracy_floor", "rank_by", "limits"):
        assert f"`{field}`" in PAGE
        assert hasattr(track, field)
    for helper in ("vary", "loss", "baseline_predict"):
        assert f"`{helper}`" in PAGE
        assert callable(getattr(track, helper))
    assert callable(reference.read_track("tinytalks-transformer").greedy)


def test_folders_and_files_that_it_names_are_there():
    for name in ("reference.py", "make_baselines.py", "make_submissions.py", "entries"):
        assert f"`{name}" in PAGE
        assert (ROOT / "capstone" / name).exists()
