"""board.csv and board.json: for spreadsheets and programs, with names from strangers."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from some_submissions import HOSTILE

from tinytorch_course.competition.board.markup import visible
from tinytorch_course.competition.board.tables import COLUMNS, harmless


def rows(made):
    text = made.text("board.csv")
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_the_columns_and_the_entries(few):
    found = rows(few)
    assert tuple(found[0]) == COLUMNS
    places = [(row["file"], row["status"], row["rank"], row["shared"]) for row in found]
    assert places == [
        ("weber.verified.json", "verified", "1", "yes"),
        ("okafor.verified.json", "verified", "1", "yes"),
        ("tanaka.verified.json", "verified", "3", "no"),
        ("moreau.zip", "claim", "", ""),
        ("novak.verified.json", "refused", "", ""),
        ("silva.verified.json", "too noisy", "", ""),
        ("iyer.verified.json", "verified", "1", "no"),
    ]


def test_figures_are_those_that_were_measured(few):
    row = rows(few)[0]
    measured = few.board.tracks[0].ranked[0].entry.data
    assert float(row["latency_p90"]) == measured["metrics"]["optimized"]["latency_p90"]
    assert [float(row["low"]), float(row["high"])] == measured["intervals"]["latency_p90"]
    assert float(row["floor"]) == pytest.approx(0.99 * measured["metrics"]["baseline"]["accuracy"])
    assert (row["modules_own"], row["modules_loan"]) == ("14 15 16 17 19", "18")


def test_json_says_the_same(few):
    value = json.loads(few.text("board.json"))
    assert [one["name"] for one in value["tracks"]] == ["digits-cnn", "cifar10-cnn", "tinytalks-transformer"]
    assert [one["file"] for one in value["entries"]] == [row["file"] for row in rows(few)]
    assert value["entries"][0]["modules_own"] == [14, 15, 16, 17, 19]
    assert value["problems"] == []


def test_no_cell_is_a_formula(hostile):
    cells = [cell for row in rows(hostile) for cell in row.values()]
    assert sum("cmd|" in cell for cell in cells) >= 3
    for cell in cells:
        for part in cell.replace(",", ";").replace("|", ";").split(";"):  # a spreadsheet elsewhere ends cells there
            assert not part.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
    assert all("\n" not in cell and "\r" not in cell for cell in cells)


@given(st.text(alphabet="=+-@a1 ;,|\u3000＝"))
def test_harmless(text):
    for part in harmless(text).replace(",", ";").replace("|", ";").split(";"):
        assert not part.lstrip().startswith(("=", "+", "-", "@", "＝"))
    assert harmless(text).replace("'", "") == text


def test_json_is_ascii_and_holds_the_names(hostile):
    text = hostile.text("board.json")
    assert text.isascii()
    names = {entry["name"] for entry in json.loads(text)["entries"]}
    assert names == {visible(name) for name in HOSTILE.values()}
