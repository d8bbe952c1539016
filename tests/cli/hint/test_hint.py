import json

from tinytorch_course.kits import rungs


def test_three_rungs(learner, expect):
    learner.write("01_box", "result += item", "result = item")
    for rung in ("first", "second", "third", "third"):
        expect(learner.tt("hint"), rung, 0)


def test_a_ladder_for_each_function():
    first, second = ["f: what?", "f: where?", "f: how?"], ["g: what?", "g: where?", "g: how?"]
    assert rungs(first) == first
    assert rungs([*first, *second]) == ["f: what?\ng: what?", "f: where?\ng: where?", "f: how?\ng: how?"]


def test_unwritten_comes_before_failing(learner):
    assert json.loads(learner.tt("hint", "--json").text)["cell"] == "box"


def test_a_new_cell_begins_at_the_first_rung(learner):
    learner.tt("hint")
    learner.tt("hint")
    learner.write("01_box", "result += item", "result = item")
    found = json.loads(learner.tt("hint", "--json").text)
    assert (found["cell"], found["rung"], found["of"]) == ("total", 1, 3)


def test_nothing_open(learner, expect):
    learner.write("01_box")
    expect(learner.tt("hint"), "nothing_open", 0)


def test_only_integration_fails(learner, expect):
    learner.write("01_box", "list(items)", "items")
    expect(learner.tt("hint"), "integration", 0)


def test_a_file_that_does_not_compile(learner, expect):
    learner.write("01_box", "result = 0", "result = = 0")
    expect(learner.tt("hint"), "syntax_error", 1)
