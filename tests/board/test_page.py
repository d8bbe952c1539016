"""board.html, as a parser reads it."""

import base64
import hashlib
import math
import random
import re
import shutil

import pytest
from documents import Document
from some_submissions import HOSTILE, UNSEEN, submission, verified

from tinytorch_course.competition.board import board_of, write_board
from tinytorch_course.competition.board.markup import visible

BOTH = pytest.mark.parametrize("name", ["few", "hostile"])


@pytest.fixture
def made(request, name):
    return request.getfixturevalue(name)


@BOTH
def test_nothing_is_asked_for(made):
    document = made.document
    assert {"img", "iframe", "object", "embed", "form", "base", "audio", "video", "use"}.isdisjoint(
        node.tag for node in document.root.all()
    )
    (link,) = document.find("link")
    assert link.attributes["href"].startswith("data:image/svg+xml,")
    for node in document.root.all():
        assert "src" not in node.attributes
        assert node.tag == "link" or (node.attributes.get("href") or "#").startswith("#")
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"url\(|@import|https?:", document.find("style")[0].text)


@BOTH
def test_the_policy_allows_the_two_texts_and_nothing_else(made):
    document = made.document
    (policy,) = [m.attributes["content"] for m in document.find("meta") if "http-equiv" in m.attributes]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for tag in ("style", "script"):
        (node,) = document.find(tag)
        digest = base64.b64encode(hashlib.sha256(node.text.encode()).digest()).decode()
        assert rules.pop(f"{tag}-src") == f"'sha256-{digest}'"
    none = "'none'"
    assert rules == {"default-src": none, "img-src": "data:", "base-uri": none, "form-action": none}


@BOTH
def test_what_refers_to_something_finds_it(made):
    nodes = list(made.document.root.all())
    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    referring = ("aria-labelledby", "aria-describedby", "aria-controls")
    referred = [node.attributes[key] for node in nodes for key in referring if key in node.attributes]
    referred += [node.attributes["href"][1:] for node in nodes if node.tag == "a"]
    assert set(referred) <= set(ids)


@BOTH
def test_tables_and_drawings_say_what_they_are(made):
    document = made.document
    for table in document.find("table"):
        assert table.find("caption")[0].text
        assert all(head.attributes["scope"] == "col" for head in table.find("thead")[0].find("th"))
        width = len(table.find("thead")[0].find("th"))
        for row in table.find("tbody")[0].find("tr"):
            assert len([part for part in row.parts if part.tag in ("td", "th")]) == width
            assert [head.attributes["scope"] for head in row.find("th")] == ["row"]
    for drawing in document.find("svg", "plot"):
        assert drawing.attributes["role"] == "img"
        assert drawing.find("title")[0].text
        assert "entr" in drawing.find("desc")[0].text or "best" in drawing.find("desc")[0].text
    assert all(bar.attributes["aria-hidden"] == "true" for bar in document.find("svg", "bar"))


def test_shared_ranks_are_shown_as_such(few):
    table = few.document.find("table", "ranking")[0]
    assert [cell.text for cell in table.find("td", "rank")] == ["1= shared", "1= shared", "3"]


def test_a_row_says_all(few):
    row = few.document.find("table", "ranking")[0].find("tbody")[0].find("tr")[0]
    text = row.text.replace("\u00a0", " ").replace("\u2060", "")
    entry = few.board.tracks[0].ranked[0].entry
    assert row.find("bdi", "name")[0].text == "Linus Weber"
    for part in ("tiled products only", "closed", "on loan: 18", "own 14–17, 19", "4 Feb 2026", "kB", "MB", "µJ"):
        assert part in text
    assert f"{entry.improvement('latency_p90'):.2f}×" in text
    low, high = entry.interval("latency_p90")
    assert f"{low:.2f}–{high:.2f}" in text
    assert f"floor {100 * 0.99 * entry.value('accuracy', 'baseline'):.2f}"[:-1] in text


def test_the_interval_is_drawn_where_its_ends_are(few):
    """Widths on the logarithmic axis: the ratio of two intervals' widths is that of their logarithms."""
    rows = few.document.find("table", "ranking")[0].find("svg", "bar")
    widths, expected = [], []
    for bar, standing in zip(rows, few.board.tracks[0].ranked, strict=True):
        (line,) = bar.find("line", "interval")
        widths.append(float(line.attributes["x2"][:-1]) - float(line.attributes["x1"][:-1]))
        low, high = standing.entry.interval("latency_p90")
        expected.append(math.log(high / low))
    for width, logarithm in zip(widths[1:], expected[1:], strict=True):
        assert width / widths[0] == pytest.approx(logarithm / expected[0], rel=0.02)


def test_the_front_and_the_history(few):
    document = few.document
    front, history = (figure.find("table", "short")[0] for figure in document.find("figure")[:2])
    assert [node.text for node in front.find("bdi")] == ["Linus Weber", "Ada Tanaka"]
    assert [node.text for node in history.find("bdi")] == ["Ada Tanaka", "Grace Okafor", "Linus Weber"]
    drawn = [len(drawing.find("circle", "front")) for drawing in document.find("svg", "plot")[:4]]
    assert drawn == [2, 2, 3, 3]


def test_claims_are_grey_and_below(few):
    panel = few.document.find("section", "panel")[0]
    claims = panel.find("section", "claims")[0]
    assert [node.text for node in claims.find("bdi", "name")] == ["Barbara Moreau"]
    assert "Barbara Moreau" not in panel.find("table", "ranking")[0].text
    assert "no rank until it is verified" in claims.text


def test_reasons_are_folded_away_and_noise_is_not(few):
    panel = few.document.find("section", "panel")[0]
    (details,) = panel.find("section", "refused")[0].find("details")
    assert "open" not in details.attributes
    assert details.find("bdi", "name")[0].text == "Radia Novak"
    assert "it is somebody else's" in details.text
    noisy = panel.find("section", "noisy")[0]
    assert "close: firefox (140 %)" in noisy.text
    assert not noisy.find("details")


def test_the_machine_is_described(few):
    facts = few.document.find("dl", "facts")[0].text.replace("\u00a0", " ")
    for part in ("AMD EPYC 9R14", "8.20 GB", "scipy-openblas, 0.3.31, SkylakeX, 2 threads", "landlock"):
        assert part in facts


def test_an_empty_track_says_so(few):
    panel = few.document.find("section", "panel")[2]
    assert "No verified entry yet." in panel.text
    assert not panel.find("table")


def test_hostile_names_are_shown_as_text(hostile):
    document = hostile.document
    shown = {node.text for node in document.find("table", "ranking")[0].find("bdi", "name")}
    assert shown == {visible(name) for name in HOSTILE.values()}
    assert [script.text for script in document.find("script")] == [hostile.document.find("script")[-1].text]
    reasons = document.find("section", "refused")[0].text
    assert visible(UNSEEN) in reasons
    assert HOSTILE["image"] in reasons


def test_no_character_turns_or_ends_what_stands_around_it(hostile):
    assert not {*hostile.text()} & {*"\x00\x1b\x7f\x9b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ud800"}


def test_damaged_files_are_named(hostile):
    problems = next(s for s in hostile.document.find("section", "below") if "could not be read" in s.text)
    assert [node.text for node in problems.find("bdi", "name")] == [
        "<b>&'.verified.json",
        "damaged.verified.json",
        "=cmd.zip",
    ]


def test_the_same_input_gives_the_same_bytes(few, tmp_path):
    """In another folder, copied in another order, at another time."""
    paths = [path for path in few.folder.iterdir() if not path.name.startswith("board.")]
    random.Random(1).shuffle(paths)
    for path in paths:
        shutil.copyfile(path, tmp_path / path.name)
    for name in write_board(board_of(tmp_path), tmp_path):
        assert (tmp_path / name).read_bytes() == (few.folder / name).read_bytes()
    names = write_board(board_of(tmp_path), tmp_path)  # again, with the board's own files there
    assert all((tmp_path / name).read_bytes() == (few.folder / name).read_bytes() for name in names)


def test_more_than_a_screen_is_folded_away(tmp_path):
    made = submission("Ada", 2.0)
    for i in range(28):
        verified(tmp_path, f"entry-{i:02d}", made, i)
    write_board(board_of(tmp_path), tmp_path)
    document = Document((tmp_path / "board.html").read_text("utf-8"))
    first, rest = document.find("table", "ranking")
    assert [len(table.find("tbody")[0].find("tr")) for table in (first, rest)] == [25, 3]
    (details,) = document.find("details", "more")
    assert details.find("table") == [rest]
    assert details.find("summary")[0].text == "3 more, from rank 1"
    labels = document.find("svg", "plot")[0].find("text", "name")
    assert 1 <= len(labels) <= 10  # 28 points lie on one another


def test_the_first_tab_has_entries(tmp_path):
    verified(tmp_path, "ada", submission("Ada", track="tinytalks-transformer"))
    tracks = [one.track.name for one in board_of(tmp_path).tracks]
    assert tracks == ["tinytalks-transformer", "digits-cnn", "cifar10-cnn"]
