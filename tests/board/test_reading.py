"""What a folder holds becomes entries, or problems with the file's name; nothing becomes an exception."""

import json
import zipfile

import pytest
from some_submissions import BEGAN, archive, record, submission, verified

from tinytorch.capstone import validate
from tinytorch_course.competition.board.entries import REFUSED, VERIFIED
from tinytorch_course.competition.board.reading import MOST_RECORD, read_folder


@pytest.fixture(scope="module")
def ada():
    return submission("Ada", 2.0)


def problem(folder):
    found = read_folder(folder, validate)
    assert found.entries == []
    (one,) = found.problems
    return one


def test_a_record_takes_the_place_of_its_claim(tmp_path, ada):
    verified(tmp_path, "ada", ada)
    archive(tmp_path, "copy", ada.to_json())
    (tmp_path / "renamed.zip").write_bytes((tmp_path / "ada.zip").read_bytes())  # the same zip under another name
    found = read_folder(tmp_path, validate)
    assert [(entry.label, entry.status) for entry in found.entries] == [("ada", "verified"), ("copy", "claim")]
    assert found.problems == []


def test_a_record_stands_without_its_zip(tmp_path, ada):
    record(tmp_path, "ada", "0" * 64, ada)
    (entry,) = read_folder(tmp_path, validate).entries
    assert (entry.name, entry.status, entry.improvement("latency_p90")) == (
        "Ada",
        VERIFIED,
        ada.improvements["latency_p90"],
    )


def test_of_two_records_of_a_submission_the_later_one_holds(tmp_path, ada):
    record(tmp_path, "a", "0" * 64, ada, when="2026-03-01T12:00:00+02:00", status="refused", reasons=["first"])
    record(tmp_path, "b", "0" * 64, ada, when="2026-03-01T11:00:00+00:00")
    record(tmp_path, "c", "0" * 64, ada, when="2026-03-01T09:00:00+00:00", status="refused", reasons=["before"])
    (entry,) = read_folder(tmp_path, validate).entries
    assert (entry.label, entry.status) == ("b", VERIFIED)


def test_one_refused_before_it_was_measured_has_the_name_of_its_claim(tmp_path, ada):
    record(tmp_path, "ada", archive(tmp_path, "ada", ada.to_json()), None, status="refused", reasons=["imports torch"])
    (entry,) = read_folder(tmp_path, validate).entries
    assert (entry.name, entry.status, entry.reasons) == ("Ada", REFUSED, ("imports torch",))
    (tmp_path / "ada.zip").unlink()
    (entry,) = read_folder(tmp_path, validate).entries
    assert (entry.name, entry.track) == ("ada", "")


def test_a_refused_one_with_a_claim_that_cannot_be_read_is_no_problem(tmp_path):
    digest = archive(tmp_path, "eve", "{}")
    record(tmp_path, "eve", digest, None, status="refused", reasons=["submission.json: a field is missing"])
    found = read_folder(tmp_path, validate)
    assert [entry.name for entry in found.entries] == ["eve"]
    assert found.problems == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("[]", "no object"),
        ("{", "no JSON"),
        ('{"version": NaN}', "NaN is no number"),
        ('{"version": 1, "version": 1}', "the key 'version' occurs twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"version": 1' + "0" * 5000 + "}", "no JSON"),
        ('{"version": 2}', "its version is 2"),
        ('{"version": 1, "submission": "x"}', "submission is 'x'"),
        ("\ud800", "no JSON"),
    ],
)
def test_a_damaged_record_is_named(tmp_path, text, says):
    (tmp_path / "x.verified.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    one = problem(tmp_path)
    assert (one.file, one.record) == ("x.verified.json", True)
    assert says in one.what


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("status", "best", "status is 'best'"),
        ("when", "now", "when is 'now'"),
        ("when", None, "when is None"),
        ("reasons", "because", "reasons is not a list"),
        ("reasons", [1], "reasons is not a list"),
        ("protections", [], None),
        ("protections", ["x"], "protections is not an object"),
        ("measured", None, "holds nothing that was measured"),
        ("measured", [1], "measured is not valid"),
    ],
)
def test_a_record_with_a_wrong_field_is_named(tmp_path, ada, field, value, says):
    record(tmp_path, "x", "0" * 64, ada, **{field: value})
    if says is None:
        assert len(read_folder(tmp_path, validate).entries) == 1
    else:
        assert says in problem(tmp_path).what


def test_a_record_that_was_edited_is_named(tmp_path, ada):
    path = record(tmp_path, "x", "0" * 64, ada)
    value = json.loads(path.read_text("utf-8"))
    value["measured"]["improvements"]["latency_p90"] = 99.0
    path.write_text(json.dumps(value), "utf-8")
    assert "improvements.latency_p90: reported 99.0" in problem(tmp_path).what


def test_a_record_without_end_is_named(tmp_path):
    with (tmp_path / "x.verified.json").open("wb") as file:
        file.truncate(MOST_RECORD + 1)
    assert problem(tmp_path).what == "it is larger than 64 MB"


@pytest.mark.parametrize("name", ["x.verified.json", "x.zip"])
def test_a_folder_with_such_a_name_is_named(tmp_path, name):
    (tmp_path / name).mkdir()
    assert problem(tmp_path).what == "it is no file"


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    (tmp_path / "x.zip").symlink_to(tmp_path / "nothing")
    assert problem(tmp_path).what == "it is no file"


def test_a_claim_that_does_not_hold_is_named(tmp_path, ada):
    archive(tmp_path, "x", ada.to_json().replace('"version": 1', '"version": 7', 1))
    one = problem(tmp_path)
    assert (one.file, one.record) == ("x.zip", False)
    assert "version: expected 1, got 7" in one.what


def test_a_zip_is_read_with_the_competition_s_reader(tmp_path, ada):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("submission.json", ada.to_json())
        file.writestr("../outside.txt", "x")
    assert "leads out of the folder" in problem(tmp_path).what
    assert not (tmp_path.parent / "outside.txt").exists()


def test_dates(ada, tmp_path):
    record(tmp_path, "ada", "0" * 64, ada)
    archive(tmp_path, "claim", submission("Grace", 2.0, seed=5).to_json())
    dates = {entry.name: entry.moment for entry in read_folder(tmp_path, validate).entries}
    assert dates["Ada"] == BEGAN
    assert dates["Grace"].hour == BEGAN.hour + 5
