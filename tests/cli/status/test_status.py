import json


def test_at_the_start(learner, expect):
    expect(learner.tt("status"), "start", 0)


def test_underway(learner, expect):
    learner.write("01_box")
    learner.tt("check")
    learner.tt("start", "03")
    expect(learner.tt("status"), "underway", 0)
    learner.edit("01_box", "result = 0", "result = 0.0")
    expect(learner.tt("status"), "changed", 0)


def test_as_json(learner):
    found = json.loads(learner.tt("status", "--json").text)
    assert found["current"] == "01"
    assert [row["side"] for row in found["modules"]] == ["mine", "absent", "absent"]


def test_outside_a_workspace(bare, expect):
    expect(bare.tt("status"), "outside", 2)


def test_outside_a_workspace_as_json(bare):
    run = bare.tt("status", "--json")
    assert run.code == 2
    assert json.loads(run.text)["error"]["exit"] == 2
