import json
import os
import shutil

import pytest


def test_in_an_empty_folder(bare, expect):
    expect(bare.tt("start", process=True), "empty_folder", 0)
    made = sorted(p.name for p in bare.folder.iterdir())
    assert made == [".tinytorch", "modules", "tinytorch.toml"]
    stripped = bare.path("01_box").read_text("utf-8")
    assert "raise NotImplementedError()" in stripped
    assert "self.items = list" not in stripped
    assert "#| hint" not in stripped


def test_again_shows_where_the_learner_is(learner, expect):
    before = learner.write("01_box").read_bytes()
    expect(learner.tt("start"), "again", 0)
    assert learner.path("01_box").read_bytes() == before


def test_after_a_pass_it_goes_on_to_the_next_module(learner):
    learner.write("01_box")
    assert learner.tt("check").code == 0
    assert "Module 02: Statistics. Your copy is modules/02_stats.py" in learner.tt("start").text


def test_before_the_prerequisites_are_finished(learner, expect):
    expect(learner.tt("start", "02"), "too_early", 0)


def test_what_was_never_started_comes_from_the_reference(bare, expect):
    expect(bare.tt("start", "03"), "third_module_first", 0)
    bare.write("03_scaling")
    assert bare.tt("check").code == 0


def test_a_number_that_does_not_exist(learner, expect):
    expect(learner.tt("start", "9"), "no_such_module", 2)


def test_without_the_tier(bare, expect):
    bare.uninstall()
    expect(bare.tt("start"), "tier_not_installed", 2)
    assert not (bare.folder / "tinytorch.toml").exists()


def test_a_student_build_is_no_reference(bare):
    bare.replace_by_own_build()
    run = bare.tt("start")
    assert run.code == 2
    assert "is your own build" in run.text


def test_missing_parts_come_back(learner):
    learner.write("01_box")
    shutil.rmtree(learner.folder / ".tinytorch/foundation/pristine")
    run = learner.tt("check")
    assert run.code == 2
    assert "incomplete: .tinytorch/foundation/pristine/01_box.py is missing" in run.text
    assert learner.tt("start").code == 0
    assert learner.tt("check").code == 0


def test_a_broken_mark_is_written_anew_and_the_old_one_kept(learner, expect):
    mine = learner.write("01_box").read_bytes()
    mark = learner.folder / "tinytorch.toml"
    mark.write_text(mark.read_text("utf-8").partition('py"  #')[0], "utf-8")
    expect(learner.tt("status"), "truncated_mark", 2)
    assert learner.tt("start").code == 0
    assert learner.path("01_box").read_bytes() == mine
    assert len(list((learner.folder / ".tinytorch/backups").glob("tinytorch-*.toml"))) == 1
    assert learner.tt("check").code == 0


@pytest.mark.parametrize(("section", "old"), [("use", "[use]\n"), ("check", "[check]\n")])
def test_a_setting_where_a_section_should_be(learner, section, old):
    mark = learner.folder / "tinytorch.toml"
    text = mark.read_text("utf-8")
    mark.write_text(f"{section} = 3\n" + text.replace(old, ""), "utf-8")
    for command in (["status"], ["check"], ["use", "reference", "02"]):
        run = learner.tt(*command)
        assert run.code == 2
        assert f"tinytorch.toml cannot be read: {section} is not a section" in run.text
    assert learner.tt("start").code == 0
    assert learner.tt("status").code == 0


def test_a_start_that_was_interrupted_is_completed(learner):
    (learner.folder / "tinytorch.toml").unlink()
    shutil.rmtree(learner.folder / ".tinytorch/foundation/src")
    assert learner.tt("start").code == 0
    learner.write("01_box")
    assert learner.tt("check").code == 0


def test_a_moved_workspace_still_works(learner):
    learner.write("01_box")
    learner.tt("check")
    new = learner.folder.parent / "elsewhere" / "my course"
    new.parent.mkdir()
    os.rename(learner.folder, new)
    learner.folder = new
    assert learner.tt("check").code == 0
    assert learner.tt("hint").code == 0
    found = json.loads(learner.tt("status", "--json").text)
    assert found["modules"][0]["passed"] is True


def test_from_a_folder_inside_the_workspace(learner):
    assert "You have it already" in learner.tt("start", cwd=learner.folder / "modules").text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(bare):
    bare.folder.chmod(0o500)
    try:
        run = bare.tt("start")
    finally:
        bare.folder.chmod(0o700)
    assert run.code == 2
    assert "no permission" in run.text


@pytest.mark.parametrize("name", ["tier.toml", "hints.json", "src"])
def test_a_half_written_kit_is_completed(learner, name):
    learner.write("01_box")
    part = learner.folder / ".tinytorch/foundation" / name
    if part.is_dir():
        shutil.rmtree(part)
    elif name == "tier.toml":
        part.write_text(part.read_text("utf-8")[:200], "utf-8")
    else:
        part.unlink()
    assert learner.tt("check").code == 2
    assert learner.tt("start").code == 0
    assert learner.tt("check").code == 0
