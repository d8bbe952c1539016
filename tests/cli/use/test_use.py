import shutil


def test_reference_and_back(learner, expect):
    expect(learner.tt("use", "reference", "01"), "reference", 0)
    expect(learner.tt("use", "mine", "01"), "mine", 0)


def test_comments_in_the_settings_survive(learner):
    mark = learner.folder / "tinytorch.toml"
    mark.write_text(mark.read_text("utf-8") + "# my own note\n", "utf-8")
    learner.tt("use", "reference", "02")
    text = mark.read_text("utf-8")
    assert "# my own note" in text
    assert '02 = "reference"' in text


def test_the_modules_below_come_along(learner):
    learner.tt("use", "reference", "03")
    assert learner.sides() == {"01": "mine", "02": "reference", "03": "reference"}


def test_starting_a_module_makes_it_mine(learner):
    learner.tt("use", "reference", "02")
    learner.tt("start", "02")
    assert learner.sides()["02"] == "mine"


def test_mine_that_was_not_started(learner, expect):
    expect(learner.tt("use", "mine", "02"), "not_started", 2)


def test_no_reference_in_a_hand_out(learner, expect):
    shutil.rmtree(learner.folder / ".tinytorch/reference")
    expect(learner.tt("use", "reference", "02"), "no_reference", 2)


def test_a_side_that_does_not_exist(learner, expect):
    expect(learner.tt("use", "yours", "02"), "no_such_side", 2)
