import json
import shutil

import pytest


@pytest.fixture
def ready(learner):
    learner.write("01_box")
    learner.tt("start", "02")
    learner.write("02_stats")
    learner.add_milestone()
    return learner


def test_the_list(ready, expect):
    expect(ready.tt("milestone"), "list", 0)
    assert json.loads(ready.tt("milestone", "--json").text)["milestones"][0]["unlocked_by"] == "02"


def test_passes(ready, expect):
    expect(ready.tt("milestone", "1801", "--data", "small"), "passes", 0)
    assert "passed" in ready.tt("milestone").text


def test_talking_to_it(ready, expect):
    ready.typed = "good morning\n"
    expect(ready.tt("milestone", "1801", "--talk"), "talks", 0)


def test_wrong_arguments_start_no_search(ready, expect):
    expect(ready.tt("milestone", "1801", "--data", "nowhere"), "wrong_arguments", 2)


def test_a_module_that_is_missing(learner, expect):
    learner.add_milestone()
    expect(learner.tt("milestone", "1801_means"), "missing_module", 1)


def test_one_that_does_not_exist(ready, expect):
    expect(ready.tt("milestone", "1999"), "no_such_milestone", 2)


def test_a_check_that_fails_is_named_first(ready, expect):
    ready.write("01_box", "result += item", "result = item")
    expect(ready.tt("milestone", "1801"), "check_fails", 1)


def test_the_culprit_is_named(ready, expect):
    """The mean is wrong for an even count only: no check sees it."""
    ready.write("02_stats", "total(box) / box.size()", "total(box) / (box.size() - (box.size() % 2 == 0))")
    expect(ready.tt("milestone", "1801"), "culprit", 1)


def test_two_culprits(ready, expect):
    """Module 01 loses negative numbers and 02 is wrong for an even count: neither alone explains it."""
    ready.write("01_box", "result += item", "result += item if item > 0 else 0")
    ready.write("02_stats", "total(box) / box.size()", "total(box) / (box.size() - (box.size() == 4))")
    expect(ready.tt("milestone", "1801"), "two_culprits", 1)


def test_without_a_reference(ready, expect):
    shutil.rmtree(ready.folder / ".tinytorch/reference")
    ready.write("02_stats", "total(box) / box.size()", "total(box) / (box.size() - (box.size() % 2 == 0))")
    expect(ready.tt("milestone", "1801"), "no_reference", 1)


def test_an_installed_reference_is_no_help(ready):
    right = ready.site / "tinytorch"
    shutil.copytree(ready.site / "tinytorch_foundation/project/src/tinytorch", right)
    for stem, target in (("01_box", "core/box"), ("02_stats", "core/stats")):
        shutil.copy(ready.site / f"tinytorch_foundation/project/modules/{stem}.py", right / f"{target}.py")
    ready.write("02_stats", "total(box) / box.size()", "total(box) / (box.size() + 1)")
    assert ready.tt("milestone", "1801").code == 1
