"""tt course handout: what is in the zip, and what never is."""

import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from zips import inside, plant

from tinytorch_course import handout
from tinytorch_course.answers import Answer, Search
from tinytorch_course.wheels import this_machine

FAKE = Path(__file__).parents[1] / "fake"
BARS = 'return ["#" * item for item in box.items]'


def answer_lines(tier, *stems):
    """The lines between the marks, found without the tool."""
    paths = [p for p in (FAKE / tier / "modules").glob("*.py") if not stems or p.stem in stems]
    found = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", "".join(p.read_text("utf-8") for p in paths), re.S)
    return [line.strip().encode() for region in found for line in region.splitlines() if line.strip()]


def names(path, pattern=""):
    return sorted(name.removeprefix("small/") for name in zipfile.ZipFile(path).namelist() if pattern in name)


def own_wheels(path):
    return [name.split("/")[-1].split("-")[0] for name in names(path, "tinytorch_") if name.endswith(".whl")]


def test_of_the_third_configuration(staff, expect):
    staff.new("--config", "3")
    expect(staff.handout(), "handout", 0)
    path = staff.folder / "small/small.zip"
    assert own_wheels(path) == ["tinytorch_course", "tinytorch_foundation"]
    assert names(path, "modules/") == ["modules/04_bars.py", "modules/05_axis.py"]
    assert not names(path, "reference")
    lines = answer_lines("charts")
    assert BARS.encode() in lines
    for name, content in inside(path).items():
        assert not [line for line in lines if line in content], name
        assert "tinytorch_charts" not in name
    for part in ("milestones/", "capstone/tracks/", "capstone/entries/", "capstone/baselines/"):
        assert [name for name in inside(path) if f"tinytorch_course/{part}" in name]


def test_of_the_third_configuration_with_a_tier_above(with_contest, expect):
    """It comes as a wheel, and what it needs from elsewhere too; what students build still has none."""
    with_contest.new("--config", "3")
    said = with_contest.handout()
    expect(said, "handout_above", 0)
    path = with_contest.folder / "small/small.zip"
    assert own_wheels(path) == ["tinytorch_contest", "tinytorch_course", "tinytorch_foundation"]
    assert names(path, "wheelhouse/jsonschema-")
    assert names(path, "modules/") == ["modules/04_bars.py", "modules/05_axis.py"]
    content = inside(path)
    lines = answer_lines("charts")
    assert not [name for name, data in content.items() if any(line in data for line in lines)]
    page = with_contest.machine.normal(content["small/README.md"].decode())
    expect(type(said)(page, 0), "handout_readme", 0)
    assert b'\n20 = "reference"\n' in content["small/tinytorch.toml"]


def test_of_a_range_with_the_tier_above(with_contest):
    """Students build it, so nothing of it is given."""
    path = with_contest.zip("--modules", "4-5,20")
    assert own_wheels(path) == ["tinytorch_course", "tinytorch_foundation"]
    assert names(path, "modules/") == ["modules/04_bars.py", "modules/05_axis.py", "modules/20_contest.py"]
    lines = answer_lines("charts") + answer_lines("contest")
    assert b"return max(bars(box), key=len)" in lines
    assert not [name for name, content in inside(path).items() if any(line in content for line in lines)]


def test_an_answer_in_the_tier_above(planted, with_contest):
    """Its wheel is searched like every other."""
    run = planted("tinytorch_contest", "notes.md", f"By the way: `{BARS}`\n")
    assert run.code == 2
    assert "tinytorch_contest-0.1.0-py3-none-any.whl: notes.md: a line of the answer bars of module 04" in run.text


def test_of_the_first_configuration(staff):
    path = staff.zip("--config", "1")
    assert own_wheels(path) == ["tinytorch_course"]
    telling = [line for line in answer_lines("foundation") if len(line) > 15]
    for name, content in inside(path).items():
        if ("tinytorch_" in name or ".whl" not in name):
            assert not [line for line in telling if line in content], name


def test_of_a_bootcamp(staff):
    """The module beside the one that is taught comes as a source: the tier's wheel would hold all answers."""
    path = staff.zip("--modules", "5")
    assert own_wheels(path) == ["tinytorch_course", "tinytorch_foundation"]
    assert names(path, "modules/") == [".tinytorch/reference/charts/modules/04_bars.py", "modules/05_axis.py"]
    lines = answer_lines("charts", "05_axis")
    assert not [name for name, content in inside(path).items() if any(line in content for line in lines)]


def test_of_a_module_in_each_tier(staff, student, expect):
    path = staff.zip("--modules", "2,5")
    assert own_wheels(path) == ["tinytorch_course"]
    machine = student(path)
    expect(machine.tt("status"), "two_tiers_status", 0)
    machine.write("02_stats")
    machine.write("05_axis")
    assert machine.tt("check", "02").code == 0
    assert machine.tt("check", "05").code == 0
    expect(machine.tt("build", "--no-install"), "two_tiers_build", 0)


def test_notebooks(staff, monkeypatch):
    """Their extra makes a large wheelhouse, which is left out here."""
    pytest.importorskip("jupytext")
    monkeypatch.setattr(handout, "roots", lambda course, plan: [Requirement("tinytorch-course")])
    file = staff.new("--config", "3") / "course.toml"
    text = file.read_text("utf-8").replace("extras = []", 'extras = ["jupyter"]')
    file.write_text(text.replace('format = "py"', 'format = "ipynb"'), "utf-8")
    assert staff.handout().code == 0
    path = staff.folder / "small/small.zip"
    assert names(path, "modules/") == ["modules/04_bars.ipynb", "modules/05_axis.ipynb"]
    notebook = json.loads(zipfile.ZipFile(path).read("small/modules/04_bars.ipynb"))
    source = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "raise NotImplementedError()" in source
    assert BARS not in source


def test_an_extra_that_the_folder_lacks(staff):
    file = staff.new("--config", "3") / "course.toml"
    file.write_text(file.read_text("utf-8").replace("extras = []", 'extras = ["jupyter"]'), "utf-8")
    run = staff.handout()
    assert run.code == 2
    assert "no wheel for" in run.text
    assert "ipykernel" in run.text


def test_the_same_bytes_every_time(staff):
    first = staff.zip("--config", "3").read_bytes()
    assert staff.handout("--out", str(staff.folder / "other.zip")).code == 0
    assert (staff.folder / "other.zip").read_bytes() == first


def test_outside_a_course(staff, expect):
    expect(staff.tt("course", "handout"), "handout_outside", 2)


# --- wheels


def test_a_file_where_a_folder_should_be(staff):
    """The zip cannot go below it, and that is nobody's fault but the argument's."""
    staff.new("--config", "3")
    run = staff.handout("--out", "course.toml/small.zip")
    assert run.code == 2
    assert "course.toml cannot be a folder: a file is in its way" in run.text


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder in which root makes no file either")
def test_a_folder_that_takes_no_file(staff):
    staff.new("--config", "3")
    run = staff.handout("--out", "/proc/small.zip")
    assert run.code == 2
    assert "/proc cannot be written\n    say where the zip may go: --out FOLDER/small.zip\n" in run.text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_course(staff):
    course = staff.new("--config", "3")
    course.chmod(0o500)
    try:
        refused, elsewhere = staff.handout(), staff.handout("--out", str(staff.folder / "small.zip"))
    finally:
        course.chmod(0o700)
    assert refused.code == 2
    assert "small cannot be written\n    say where the zip may go: --out FOLDER/small.zip\n" in refused.text
    assert elsewhere.code == 0


def test_a_wheel_is_missing_for_another_machine(staff, expect):
    staff.new("--config", "3")
    expect(staff.handout("--platform", "windows-x86_64"), "handout_windows", 2)
    expect(staff.handout("--platform", "beos"), "handout_platform", 2)
    expect(staff.handout("--python", "2.7"), "handout_python", 2)
    assert not list(staff.folder.glob("small/*.zip"))
    assert not list(staff.folder.glob("small/.h*"))


def test_a_machine_for_which_nothing_is_compiled(staff, tmp_path):
    """One more pure wheel makes a hand-out for two kinds of machines."""
    extra = tmp_path / "both"
    shutil.copytree(staff.others, extra)
    facts = "Name: colorama\nVersion: 0.4.6\n"
    plant(extra / "colorama-0.4.6-py3-none-any.whl", "colorama-0.4.6.dist-info/METADATA", facts)
    staff.others = extra
    staff.new("--config", "3")
    here = this_machine()
    run = staff.handout("--platform", "windows-x86_64", *(["--platform", here] if here else []))
    assert run.code == 0, run.text
    assert names(staff.folder / "small/small.zip", "colorama")


def test_no_wheel_in_the_version_that_is_installed(staff, expect, tmp_path):
    staff.new("--config", "3")
    older = tmp_path / "older"
    older.mkdir()
    for path in staff.own.glob("*course*"):
        shutil.copy(path, older)
    shutil.copy(next(staff.own.glob("*foundation*")), older / "tinytorch_foundation-0.0.9-py3-none-any.whl")
    expect(staff.handout(own=older), "handout_no_wheel", 2)


def test_from_what_is_installed_without_a_network(staff):
    if this_machine() is None:
        pytest.skip("a machine without a name")
    staff.new("--config", "3")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_NO_INDEX": "1"}
    run = staff.tt("course", "handout", "--wheels", str(staff.own), cwd=staff.folder / "small", **nowhere)
    assert run.code == 0, run.text
    assert names(staff.folder / "small/small.zip", "wheelhouse/click-")


def test_a_tier_that_cannot_be_made_again(staff):
    """The small tiers were put into place by hand: there is no list of files to go by."""
    staff.new("--config", "3")
    run = staff.tt("course", "handout", "--wheelhouse", str(staff.others), cwd=staff.folder / "small")
    assert run.code == 2
    assert "cannot be made into a wheel again" in run.text or "is not installed" in run.text


def test_a_wheel_of_the_taught_tier_that_lies_about(staff, tmp_path):
    mixed = tmp_path / "mixed"
    shutil.copytree(staff.others, mixed)
    for wheel in staff.own.iterdir():
        shutil.copy(wheel, mixed)
    staff.others = mixed
    assert own_wheels(staff.zip("--config", "3")) == ["tinytorch_course", "tinytorch_foundation"]


def test_a_damaged_wheel(staff, tmp_path):
    """One byte in the middle of a file in it; at the top of the wheel stands what is packed, and that is compared."""
    staff.new("--config", "3")
    for name in ("own", "others"):
        wheel = next(getattr(staff, name).glob("*course-*" if name == "own" else "click-*"))
        with zipfile.ZipFile(wheel) as archive:
            entry = max(archive.infolist(), key=lambda one: one.compress_size)
        data = bytearray(wheel.read_bytes())
        data[entry.header_offset + entry.compress_size // 2] ^= 0xFF
        copy = tmp_path / name
        shutil.copytree(getattr(staff, name), copy)
        (copy / wheel.name).write_bytes(data)
        run = staff.tt(
            *("course", "handout", "--wheels", str(copy if name == "own" else staff.own)),
            *("--wheelhouse", str(copy if name == "others" else staff.others)),
            cwd=staff.folder / "small",
        )
        assert run.code == 2
        assert f"tt: {wheel.name} is no wheel: " in run.text
        assert not list(staff.folder.glob("small/*.zip"))


def test_a_wheel_under_another_name(staff, tmp_path, expect):
    staff.new("--config", "3")
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    (name,) = [path.name for path in staff.own.glob("*foundation*")]
    shutil.copy(next(staff.own.glob("*course-*")), renamed)
    shutil.copy(next(staff.own.glob("*charts*")), renamed / name)
    expect(staff.handout(own=renamed), "handout_renamed", 2)


# --- answers that were planted are found


@pytest.fixture
def planted(staff, tmp_path):
    """Hand out with one more file in one of the wheels."""

    def hand_out(wheel, name, content, course=("--config", "3")):
        folders = {"own": tmp_path / "own", "others": tmp_path / "others"}
        shutil.copytree(staff.own, folders["own"])
        shutil.copytree(staff.others, folders["others"])
        staff.others = folders["others"]
        (path,) = [path for folder in folders.values() for path in folder.glob(f"{wheel}-*.whl")]
        plant(path, name, content)
        staff.new(*course)
        run = staff.handout(own=folders["own"])
        assert not list(staff.folder.glob("small/*.zip")) or run.code == 0
        return run

    return hand_out


def test_in_a_wheel_below(planted, expect):
    expect(planted("tinytorch_foundation", "notes.md", f"By the way: `{BARS}`\n"), "leak_line", 2)


def test_in_a_notebook(planted):
    cell = {"cell_type": "code", "source": ["def bars(box):\n", f"    {BARS}\n"]}
    run = planted("tinytorch_course", "demo.ipynb", json.dumps({"cells": [cell]}))
    assert run.code == 2
    assert "demo.ipynb: " in run.text


def test_the_sources_of_the_tier(planted, expect):
    run = planted("tinytorch_foundation", "tinytorch_charts/project/README.md", "nothing in it")
    expect(run, "leak_carrier", 2)


def test_the_code_of_a_module(planted, expect):
    expect(planted("tinytorch_foundation", "tinytorch/charts/bars.py", ""), "leak_code", 2)


def test_a_wheel_in_a_wheel(planted, staff):
    wheel = next(staff.own.glob("tinytorch_charts-*"))
    run = planted("tinytorch_course", f"spare/{wheel.name}", wheel.read_bytes())
    assert run.code == 2
    assert "a wheel of tinytorch-charts" in run.text


def test_the_hints_are_there_and_no_grep_meets_them(staff, student, expect):
    machine = student(staff.zip("--config", "3"))
    kept = (machine.folder / ".tinytorch/charts/hints.json").read_text("utf-8")
    assert "item in box.items" not in kept
    machine.tt("hint")
    machine.tt("hint")
    expect(machine.tt("hint"), "hint", 0)


def test_in_a_wheel_from_elsewhere(planted):
    module = (FAKE / "foundation/modules/01_box.py").read_text("utf-8")
    run = planted("iniconfig", "iniconfig/box.py", module, course=("--config", "1"))
    assert run.code == 0  # four short lines that anybody might write
    long = Answer("01", "x", "", ("first = compute(something, of=everything)",) * 4)
    found = Search([long], []).leaks("x.py", ("    " + "\n    ".join(long.lines)).encode(), from_elsewhere=True)
    assert len(list(found)) == 1


def test_in_the_tiers_own_checks(staff):
    """The tests of the tier are handed out too."""
    test = staff.machine.site / "tinytorch_charts/project/tests/test_04_bars.py"
    text = test.read_text("utf-8")
    answer = "    middle = mean(box)\n    return Box(item - middle for item in box.items)\n"
    test.write_text(f"{text}\n\ndef scaled(box):\n{answer}", "utf-8")
    staff.new("--modules", "3,4")
    run = staff.handout()
    assert run.code == 2
    assert "the answer scale of module 03" in run.text


def test_what_was_handed_out_before_stays(staff, planted):
    path = staff.zip("--config", "3")
    before = path.read_bytes()
    test = staff.machine.site / "tinytorch_charts/project/README.md"
    test.write_text(f"{BARS}\n", "utf-8")
    assert staff.handout().code == 2
    assert path.read_bytes() == before


SHORT = Answer("01", "short", "def twice(x):", ("return x + x",))


@pytest.mark.parametrize(
    ("text", "given", "found"),
    [
        ("def other(x):\n    return x + x\n", "", 0),  # a short line, elsewhere: gives nothing away
        ("def twice(x):\n\n    return x + x\n", "", 1),  # the same in its place
        ("def twice(x):\n\n    return x + x\n", "def twice(x):\n    return x + x", 0),  # which is given anyway
    ],
)
def test_a_short_answer(text, given, found):
    assert len(list(Search([SHORT], [given]).leaks("file.py", text.encode()))) == found


def test_a_line_that_is_given_gives_nothing_away():
    answer = Answer("01", "long", "", ("total = first + second + third",))
    text = b"total = first + second + third\n"
    assert list(Search([answer], []).leaks("file.py", text))
    assert not list(Search([answer], ["    total = first + second + third  # as above\n"]).leaks("file.py", text))
