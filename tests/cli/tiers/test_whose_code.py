"""What is judged is the learner's, in whichever tier it stands, and however right the installed package is."""

import pytest


@pytest.fixture
def right(both):
    """Modules 01, 02 and 04 are the learner's, and right; a right package of both tiers is installed as well."""
    for stem in ("01_box", "02_stats", "04_bars"):
        both.tt("start", stem[:2])
        both.write(stem)
    both.install_package()
    return both


def test_of_both_tiers(right, expect):
    expect(right.tt("check", "04"), "passes", 0)


def test_a_wrong_module_of_the_tier_below(right, expect):
    right.write("02_stats", "total(box) / box.size()", "total(box)")
    expect(right.tt("check", "04"), "wrong_below", 1)


def test_an_unfinished_module_of_the_tier_below(right, expect):
    right.write("02_stats", "return total(box) / box.size()", "raise NotImplementedError()")
    expect(right.tt("check", "04"), "unfinished_below", 1)


def test_a_broken_module_of_the_tier_below(right, expect):
    right.write("02_stats", "/ box.size()", "/ / box.size()")
    expect(right.tt("check", "04"), "broken_below", 1)


def test_a_broken_module_that_is_not_needed_stays_out(right, expect):
    """Module 03 would be found in the installed package, were it looked for there."""
    right.tt("start", "03")
    right.write("03_scaling", "middle = mean(box)", "middle = = mean(box)")
    right.write("04_bars", '    return "#"', '    import tinytorch.scaling\n    return "#"')
    expect(right.tt("check", "04"), "broken_aside", 1)


def test_a_name_that_the_learner_lost(right, expect):
    right.write("02_stats", "def mean(", "def means(")
    expect(right.tt("check", "04"), "lost_name", 1)


def test_a_wrong_module_on_the_installed_reference(handed_out, expect):
    handed_out.install_package()
    handed_out.write("04_bars", "round(mean(box))", "round(mean(box) + 1)")
    expect(handed_out.tt("check", "04"), "wrong_in_hand_out", 1)


def test_nothing_stands_in_for_what_was_handed_out(handed_out, expect):
    """With the reference of the very tier installed: it is what the learner is to write."""
    handed_out.install("charts")
    handed_out.install_package()
    handed_out.path("04_bars").unlink()
    handed_out.write("05_axis")
    expect(handed_out.tt("check", "05"), "nothing_stands_in", 1)


def test_a_broken_module_is_not_built_from_the_reference(right):
    right.write("02_stats", "/ box.size()", "/ / box.size()")
    run = right.tt("build", "--no-install")
    assert run.code == 1
    assert "not built: module 02 cannot be used: SyntaxError" in run.text
    assert not (right.folder / "dist").exists()


@pytest.mark.parametrize("side", ["reference", "mine"])
def test_the_reference_on_request_only(right, side):
    right.write("02_stats", "total(box) / box.size()", "total(box)")
    right.tt("use", side, "02")
    assert right.tt("check", "04").code == (0 if side == "reference" else 1)
