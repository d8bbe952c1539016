"""tt course new: a folder with a course.toml, once it is known that everything is there."""

import tomllib

import pytest


def settings(staff):
    return tomllib.loads((staff.folder / "small/course.toml").read_text("utf-8"))


def test_the_third_configuration(staff, expect):
    expect(staff.tt("course", "new", "small", "--config", "3"), "new", 0)
    assert settings(staff)["course"] == {"name": "small", "tiers": ["charts"], "above": []}
    assert settings(staff)["handout"]["format"] == "py"


def test_the_first_configuration(staff):
    staff.new("--config", "1")
    assert settings(staff)["course"] == {"name": "small", "tiers": ["foundation"], "above": []}


def test_the_second_configuration(staff):
    for name, old in (("foundation", "[1]"), ("charts", "[3]")):
        manifest = staff.machine.site / f"tinytorch_{name}/project/tier.toml"
        text = manifest.read_text("utf-8")
        manifest.write_text(text.replace(f"configurations = {old}", "configurations = [2]"), "utf-8")
    staff.new("--config", "2")
    assert settings(staff)["course"]["tiers"] == ["foundation", "charts"]


def test_a_configuration_is_never_found_by_position(staff):
    """A tier of somebody else's that stands where the third one would."""
    manifest = staff.machine.site / "tinytorch_charts/project/tier.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("configurations = [3]", ""), "utf-8")
    done = staff.tt("course", "new", "small", "--config", "3")
    assert done.code == 2
    assert "no tier that is installed is taught in configuration 3" in done.text


def test_modules_of_a_bootcamp(staff, expect):
    expect(staff.tt("course", "new", "small", "--modules", "5,2-3"), "new_modules", 0)
    assert settings(staff)["course"] == {"name": "small", "modules": [2, 3, 5], "above": []}


def test_what_the_third_configuration_brings_along(with_contest, expect):
    expect(with_contest.tt("course", "new", "small", "--config", "3"), "new_above", 0)
    assert settings(with_contest)["course"] == {"name": "small", "tiers": ["charts"], "above": ["contest"]}


@pytest.mark.parametrize("arguments", [["--config", "1"], ["--modules", "4-5"]])
def test_no_other_brings_it(with_contest, arguments):
    with_contest.new(*arguments)
    assert settings(with_contest)["course"]["above"] == []


def test_what_it_would_bring_is_not_installed(staff, expect):
    staff.know("charts", "contest")
    expect(staff.tt("course", "new", "small", "--config", "3"), "new_nothing_above", 0)
    assert settings(staff)["course"]["above"] == []


def test_a_range_over_two_tiers(with_contest, expect):
    """The tier above is then built, not brought along."""
    expect(with_contest.tt("course", "new", "small", "--modules", "4-5,20"), "new_range", 0)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [('[2, "4-5"]', "modules 02, 04 and 05"), ('["2-5"]', "modules 02 to 05"), ('["2"]', "module 02")],
)
def test_ranges_in_the_file(staff, written, numbers):
    file = staff.new("--config", "3") / "course.toml"
    file.write_text(file.read_text("utf-8").replace('tiers = ["charts"]', f"modules = {written}"), "utf-8")
    run = staff.handout()
    assert f"  to write   {numbers}\n" in run.text, run.text


def test_a_tier_that_is_known_and_not_installed(staff, expect):
    staff.know("foundation", "charts")
    staff.machine.uninstall("charts")
    expect(staff.tt("course", "new", "small", "--config", "3"), "new_not_installed", 2)
    expect(staff.tt("course", "new", "small", "--modules", "4"), "new_module_not_installed", 2)
    assert not list(staff.folder.iterdir())


def test_the_own_build_has_no_answers_to_strip(staff, expect):
    staff.machine.replace_by_own_build("foundation")
    expect(staff.tt("course", "new", "small", "--config", "3"), "new_own_build", 2)


def test_a_tier_that_lacks_a_module(staff, expect):
    (staff.machine.site / "tinytorch_charts/project/modules/05_axis.py").unlink()
    expect(staff.tt("course", "new", "small", "--config", "3"), "new_incomplete", 2)


def test_what_is_there_stays(staff, expect):
    before = (staff.new("--config", "3") / "course.toml").read_bytes()
    expect(staff.tt("course", "new", "small", "--config", "1"), "new_again", 2)
    assert (staff.folder / "small/course.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["small"], "new_what"),
        (["small", "--config", "3", "--modules", "4"], "new_what"),
        (["small", "--config", "4"], "new_config"),
        (["small", "--modules", "four"], "new_no_list"),
        (["small", "--modules", "2,5-4"], "new_backwards"),
        (["small", "--modules", "4-"], "new_no_end"),
        (["small", "--modules", "-4"], "new_no_beginning"),
        (["small", "--modules", "2-4,3-5"], "new_overlap"),
        (["small", "--modules", "2,4,2"], "new_twice"),
        (["small", "--modules", "4-7"], "new_no_modules"),
        (["small", "--modules", ""], "new_empty"),
        (["small", "--modules", "9"], "new_no_module"),
        (["../small", "--config", "3"], "new_name"),
        (["small", "--config", "2"], "new_no_tier"),
    ],
)
def test_wrong_arguments(staff, expect, arguments, name):
    expect(staff.tt("course", "new", *arguments), name, 2)
    assert not list(staff.folder.iterdir())


def test_a_file_of_that_name(staff, expect):
    (staff.folder / "small").write_text("notes", "utf-8")
    expect(staff.tt("course", "new", "small", "--config", "3"), "new_file", 2)
    assert (staff.folder / "small").read_text("utf-8") == "notes"


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('tiers = ["charts"]', "", "toml_nothing_taught"),
        ('tiers = ["charts"]', 'tiers = ["nets"]', "toml_no_such_tier"),
        ('tiers = ["charts"]', 'modules = ["four"]', "toml_no_numbers"),
        ('tiers = ["charts"]', "modules = [true]", "toml_no_number"),
        ('tiers = ["charts"]', "modules = 4", "toml_no_list"),
        ('tiers = ["charts"]', 'modules = [4, "2-5"]', "toml_overlap"),
        ("above = []", 'above = ["contest"]', "toml_no_such_above"),
        ("above = []", "above = 'contest'", "toml_above_no_list"),
        ('tiers = ["charts"]', "modules = [4, 77]", "toml_no_such_module"),
        ('tiers = ["charts"]', "tiers = charts", "toml_no_toml"),
        ("extras = []", 'extras = ["cuda"]', "toml_no_such_extra"),
        ('format = "py"', 'format = "ipynb"', "toml_notebooks"),
        ('format = "py"', 'fromat = "ipynb"', "toml_no_such_key"),
        ("[handout]", "[handuot]", "toml_no_such_section"),
        ('name = "small"', 'name = "a/b"', "toml_name"),
    ],
)
def test_a_course_toml_that_cannot_be_used(staff, expect, old, new, name):
    file = staff.new("--config", "3") / "course.toml"
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    expect(staff.handout(), name, 2)
