"""A workspace over two tiers: foundation with modules 01 to 03, and charts, of a third party, with 04 and 05."""

import json
import shutil

import pytest

FOUNDATION = {"01": "reference", "02": "reference", "03": "reference"}


def made(learner):
    """The tiers that the workspace has a kit of, and those that it has a reference of."""
    hidden = learner.folder / ".tinytorch"
    return [sorted(p.parent.name for p in hidden.glob(f"{part}")) for part in ("*/tier.toml", "reference/*/modules")]


def test_a_module_of_the_next_tier(both, expect):
    before = both.write("01_box").read_bytes()
    expect(both.tt("start", "04"), "start_next_tier", 0)
    assert made(both) == [["charts", "foundation"]] * 2
    assert both.path("01_box").read_bytes() == before
    assert both.sides() == {"01": "mine", "02": "reference", "03": "reference", "04": "mine", "05": "absent"}


def test_a_bootcamp_begins_in_the_middle(bare, expect):
    bare.install("charts")
    expect(bare.tt("start", "04"), "start_in_the_middle", 0)
    assert made(bare) == [["charts", "foundation"]] * 2
    bare.write("04_bars")
    expect(bare.tt("check"), "check_in_the_middle", 0)


def test_in_an_empty_folder_the_lowest_module_is_first(bare):
    bare.install("charts")
    assert "Module 01: Box. Your copy is modules/01_box.py" in bare.tt("start").text
    assert made(bare) == [["foundation"]] * 2


def test_after_the_last_module_of_a_tier(both):
    for stem in ("01_box", "02_stats", "03_scaling"):
        both.tt("start", stem[:2])
        both.write(stem)
        run = both.tt("check", stem[:2])
    assert "Module 03 passes. Next: tt start 04" in run.text
    assert "Module 04: Bars. Your copy is modules/04_bars.py" in both.tt("start").text


def test_a_tier_that_is_known_and_not_installed(learner, expect):
    """As the tiers of one repository, each carries the other's manifest."""
    carried = learner.site / "tinytorch_charts/project/tier.toml"
    learner.install("charts")
    known = learner.folder / ".tinytorch/foundation/_build_support/catalog"
    known.mkdir(parents=True)
    shutil.copy(carried, known / "charts.toml")
    learner.uninstall("charts")
    expect(learner.tt("start", "04"), "not_installed", 2)
    assert not learner.path("04_bars").exists()


def test_the_own_build_of_a_tier_below_is_no_reference(bare, expect):
    bare.install("charts")
    bare.replace_by_own_build()
    expect(bare.tt("start", "04"), "own_build_below", 2)
    assert not list(bare.folder.iterdir())


def test_own_builds_of_both_change_nothing_in_a_workspace(both):
    both.tt("start", "04")
    both.replace_by_own_build("foundation")
    both.replace_by_own_build("charts")
    both.write("04_bars")
    assert both.sides()["02"] == "reference"
    assert both.tt("check").code == 1  # 01 is the learner's, and unwritten
    both.write("01_box")
    assert both.tt("check").code == 0


def test_a_workspace_that_names_its_one_tier(learner):
    """As the first version of the tool wrote it."""
    mark = learner.folder / "tinytorch.toml"
    mark.write_text(mark.read_text("utf-8").replace("format =", 'tier = "foundation"\nformat ='), "utf-8")
    learner.write("01_box")
    assert learner.tt("check").code == 0
    learner.install("charts")
    assert learner.tt("start", "04").code == 0
    learner.write("04_bars")
    assert learner.tt("check").code == 0


@pytest.mark.parametrize("lost", ["", "charts", "foundation", "reference", "charts/pristine"])
def test_what_was_lost_comes_back(both, lost):
    both.tt("start", "04")
    mine = both.write("01_box").read_bytes()
    both.write("04_bars")
    shutil.rmtree(both.folder / ".tinytorch" / lost)
    if lost != "reference":
        run = both.tt("check", "04")
        assert run.code == 2
        assert f"the workspace is incomplete: .tinytorch/{lost}".rstrip("/") in run.text
    assert both.tt("start", "04").code == 0
    assert made(both) == [["charts", "foundation"]] * 2
    assert both.path("01_box").read_bytes() == mine
    assert both.tt("check", "04").code == 0


def test_two_tiers_that_number_alike(both):
    """The one that is here already stays; the other is not mixed into it."""
    manifest = both.site / "tinytorch_charts/project/tier.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("number = 4", "number = 3"), "utf-8")
    assert list(both.sides()) == ["01", "02", "03"]


def test_status_of_both(both, expect):
    both.write("01_box")
    both.tt("check")
    expect(both.tt("status"), "status_first_tier", 0)
    both.tt("start", "04")
    both.tt("use", "reference", "01")
    expect(both.tt("status"), "status_both_tiers", 0)


def test_hint_and_reset_in_the_next_tier(both, expect):
    both.tt("start", "04")
    both.write("01_box")
    both.write("04_bars", "round(mean(box))", "round(mean(box)) + 1")
    expect(both.tt("hint"), "hint", 0)
    expect(both.tt("reset", "04"), "reset", 0)
    assert "NotImplementedError" in both.path("04_bars").read_text("utf-8")


def test_doctor_counts_what_is_built_here(both):
    assert "course: 1 of 3 started" in both.tt("doctor").text
    both.tt("start", "04")
    found = both.tt("doctor").text
    assert "course: 2 of 5 started" in found
    assert "tinytorch-charts 0.1.0" in found


# --- Configuration 3 in small: handed out without answers, over the installed reference of the tier below


def test_what_was_handed_out(handed_out, expect):
    assert made(handed_out) == [["charts"], []]
    expect(handed_out.tt("status"), "handed_out_status", 0)
    tiers = json.loads(handed_out.tt("status", "--json").text)["tiers"]
    assert tiers == [
        {"tier": "foundation", "side": "reference", "installed": "0.1.0", "built": None},
        {"tier": "charts", "side": "mine", "installed": None, "built": None},
    ]
    assert handed_out.sides() == FOUNDATION | {"04": "mine", "05": "mine"}


def test_a_check_on_the_installed_reference(handed_out, expect):
    expect(handed_out.tt("check", "04"), "handed_out_unwritten", 1)
    handed_out.write("04_bars")
    expect(handed_out.tt("check", "04"), "handed_out_passes", 0)
    handed_out.write("05_axis")
    expect(handed_out.tt("check", "--through", "05"), "handed_out_through", 0)


def test_starting_leaves_a_hand_out_as_it_is(handed_out):
    assert handed_out.tt("start", "05").code == 0
    assert made(handed_out) == [["charts"], []]
    assert handed_out.sides() == FOUNDATION | {"04": "mine", "05": "mine"}


def test_the_tier_below_is_not_installed(handed_out, expect):
    handed_out.uninstall("foundation")
    expect(handed_out.tt("check", "04"), "handed_out_alone", 2)
    assert "bad   workspace   tinytorch-foundation is not installed" in handed_out.tt("doctor").text


def test_the_tier_below_in_another_version(handed_out, expect):
    settings = handed_out.site / "tinytorch_foundation/project/pyproject.toml"
    handed_out.write("04_bars")
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('version = "0.1.0"', 'version = "0.1.9"'), "utf-8")
    assert handed_out.tt("check", "04").code == 0
    settings.write_text(text.replace('version = "0.1.0"', 'version = "0.2.0"'), "utf-8")
    expect(handed_out.tt("check", "04"), "handed_out_version", 2)


def test_a_hand_out_that_lost_its_folder(handed_out, expect):
    mine = handed_out.write("04_bars").read_bytes()
    shutil.rmtree(handed_out.folder / ".tinytorch")
    expect(handed_out.tt("check", "04"), "handed_out_lost", 2)
    expect(handed_out.tt("start"), "handed_out_lost_start", 2)
    assert handed_out.path("04_bars").read_bytes() == mine
