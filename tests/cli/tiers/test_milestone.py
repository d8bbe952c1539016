"""A milestone over both tiers: the last to change is not always the one that is wrong."""

import json

import pytest


@pytest.fixture
def ready(both):
    for stem in ("01_box", "02_stats", "04_bars", "05_axis"):
        both.tt("start", stem[:2])
        both.write(stem)
    both.add_milestone()
    both.add_milestone("1802_charts", "charts")
    return both


def test_the_list(ready, expect):
    expect(ready.tt("milestone"), "milestone_list", 0)
    rows = json.loads(ready.tt("milestone", "--json").text)["milestones"]
    assert [row["unlocked_by"] for row in rows] == ["02", "05"]


def test_passes(ready, expect):
    expect(ready.tt("milestone", "1802"), "milestone_passes", 0)


def test_a_culprit_of_the_tier_below(ready, expect):
    """The mean is wrong for four numbers only: no check sees it."""
    ready.write("02_stats", "total(box) / box.size()", "total(box) / (box.size() - (box.size() == 4))")
    expect(ready.tt("milestone", "1802"), "milestone_culprit_below", 1)


def test_a_culprit_of_the_tier_itself(ready, expect):
    ready.write("04_bars", "for item in box.items", "for item in box.items[:3]")
    expect(ready.tt("milestone", "1802"), "milestone_culprit_above", 1)


def test_a_check_that_fails_below_is_named_first(ready, expect):
    ready.write("01_box", "result += item", "result = item")
    expect(ready.tt("milestone", "1802"), "milestone_check_fails", 1)


def test_in_a_hand_out(handed_out, expect):
    """The reference of the tier below is there, and none of what the learner writes."""
    handed_out.write("04_bars", "for item in box.items", "for item in box.items[:3]")
    handed_out.write("05_axis")
    handed_out.add_milestone("1802_charts", "charts")
    expect(handed_out.tt("milestone", "1802"), "milestone_hand_out", 1)
    handed_out.write("04_bars")
    assert handed_out.tt("milestone", "1802").code == 0
