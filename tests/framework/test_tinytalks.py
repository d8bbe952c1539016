"""TinyTalks is what its data sheet says, and what its generator writes."""

import re
import runpy
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tinytorch.datasets import TinyTalks, tinytalks

TIER = Path(__file__).resolve().parents[2] / "packages/architectures"
SCRIPT = TIER / "scripts/make_tinytalks.py"
SPLITS = {"train": 2500, "heldout": 400, "unseen": 100}


@pytest.fixture(scope="module")
def talks():
    return {split: TinyTalks(split) for split in SPLITS}


def words(text):
    return re.findall(r"[\w-]+", text.lower())


@pytest.mark.parametrize(("split", "size"), SPLITS.items())
def test_a_split(talks, split, size):
    part = talks[split]
    assert len(part) == len(part.pairs) == len(part.topics) == size
    assert repr(part) == f"TinyTalks: {size:,} questions and answers ({split})"
    assert part[3] == (part.questions[3], part.answers[3]) == part.pairs[3]
    assert part[:2] == part.pairs[:2]
    assert list(part) == part.pairs
    with pytest.raises(IndexError):
        part[size]


def test_train_is_the_default(talks):
    assert TinyTalks().pairs == talks["train"].pairs


def test_a_split_that_there_is_not():
    with pytest.raises(ValueError, match="has the splits train, heldout, unseen, not 'test'"):
        TinyTalks(split="test")


def test_no_question_twice_and_none_with_two_answers(talks):
    questions = [question.lower() for part in talks.values() for question in part.questions]
    assert len(set(questions)) == 3000
    bare = defaultdict(set)  # "Hello!" and "Hello." are two questions with one answer
    for part in talks.values():
        for question, answer in part:
            bare[" ".join(words(question))].add(answer)
    assert all(len(answers) == 1 for answers in bare.values())


def test_short_and_from_closed_lists(talks):
    pairs = [pair for part in talks.values() for pair in part]
    assert max(len(question.split()) for question, _ in pairs) == 11
    assert max(len(answer.split()) for _, answer in pairs) == 8
    assert len({word for question, _ in pairs for word in words(question)}) == 439
    assert len({word for _, answer in pairs for word in words(answer)}) == 596
    known = {word for answer in talks["train"].answers for word in words(answer)}
    assert known >= {word for part in talks.values() for answer in part.answers for word in words(answer)}


def test_plain_text(talks):
    for part in talks.values():
        for question, answer in part:
            assert re.fullmatch(r"[A-Z][A-Za-z ,-]*[.?!]", question)
            assert re.fullmatch(r"[A-Z][A-Za-z ,-]*(! [A-Z][A-Za-z ]*)?[.?]", answer)


def test_held_out_questions_are_new_and_their_facts_are_not(talks):
    """The fact is seen in at least four other wordings, the wording with other facts."""
    seen = defaultdict(list)
    for question, answer in talks["train"]:
        seen[answer].append(question)
    assert all(len(seen[answer]) >= 4 for answer in talks["heldout"].answers)
    assert not set(talks["heldout"].questions) & set(talks["train"].questions)


def test_the_answers_of_unseen_facts_are_not_in_the_others(talks):
    others = set(talks["train"].answers) | set(talks["heldout"].answers)
    assert not set(talks["unseen"].answers) & others
    assert set(talks["unseen"].topics) == {"sum", "difference"}


@pytest.fixture(scope="module")
def generator():
    return runpy.run_path(str(SCRIPT))


def test_wordings_of_held_out_questions_occur_in_training(generator):
    places = {}  # question -> (topic, wording)
    for topic in generator["TOPICS"]:
        for fact in topic.facts:
            for form in topic.questions:
                places[generator["fill"](form, fact)] = topic.name, form
    used = {places.get(question) for question in TinyTalks("train").questions}
    for split in ("heldout", "unseen"):
        assert {places[question] for question in TinyTalks(split).questions} <= used


def test_arithmetic_is_right(generator):
    number = {word: value for value, word in enumerate(generator["NUMBERS"])}
    found = 0
    for split in SPLITS:
        for answer in TinyTalks(split).answers:
            if parts := re.fullmatch(r"(\w+) (plus|minus) (\w+) is (\w+)\.", answer.lower()):
                a, sign, b, c = parts.groups()
                assert number[c] == (number[a] + number[b] if sign == "plus" else number[a] - number[b])
                found += 1
    assert found == 478


def test_every_opposite_holds_both_ways():
    pairs = {
        tuple(re.fullmatch(r"The opposite of (\w+) is (\w+)\.", answer).groups())
        for split in SPLITS
        for answer in TinyTalks(split).answers
        if "opposite" in answer
    }
    assert len(pairs) == 54
    assert {(b, a) for a, b in pairs} == pairs


# -- the file and its generator


def test_the_generator_writes_these_very_bytes(generator):
    assert generator["written"](generator["splits"]()) == tinytalks.FILE.read_bytes().replace(b"\r\n", b"\n")


def test_check_from_the_command_line():
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "the shipped file agrees\n"), done.stderr


def test_small():
    assert tinytalks.FILE.stat().st_size < 300_000


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-10],
        lambda text: text.replace(b"Paris", b"Porto"),
        lambda text: b"version https://git-lfs.github.com/spec/v1\n",
    ],
)
def test_damage_is_told(tmp_path, monkeypatch, damage):
    (tmp_path / "tinytalks.txt").write_bytes(damage(tinytalks.FILE.read_bytes()))
    monkeypatch.setattr(tinytalks, "FILE", tmp_path / "tinytalks.txt")
    with pytest.raises(ValueError, match=r"is damaged: .* Install tinytorch-architectures again"):
        TinyTalks()


def test_line_ends_of_another_system_are_no_damage(tmp_path, monkeypatch):
    (tmp_path / "tinytalks.txt").write_bytes(tinytalks.FILE.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setattr(tinytalks, "FILE", tmp_path / "tinytalks.txt")
    assert len(TinyTalks()) == 2500


def test_the_data_sheet_names_the_file():
    sheet = (TIER / "src/tinytorch/datasets/TINYTALKS.md").read_text("utf-8")
    assert tinytalks.SHA256 in sheet
    assert f"{len(tinytalks.FILE.read_bytes().replace(bytes([13]), b'')):,} bytes" in sheet


def test_the_data_sheet_counts_its_topics(generator, talks):
    sheet = (TIER / "src/tinytorch/datasets/TINYTALKS.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+|its own) \| (\d+) \| (\d+) \| (\d+) \| (.*) \|$", sheet, re.M)
    assert len(rows) == len(generator["TOPICS"]) + 1
    for topic, _, _, *counts, example in rows:
        assert [part.topics.count(topic) for part in talks.values()] == list(map(int, counts))
        assert example in {f"{question} {answer}" for question, answer in talks["train"]}
