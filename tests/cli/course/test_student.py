"""A student with the zip, a virtual environment and no network."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs the README's lines for sh")
NOWHERE = "http://127.0.0.1:9"
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


class Student:
    """Runs lines in a shell, in the folder that was unzipped, as if there were no network."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {key: os.environ[key] for key in KEPT if key in os.environ} | {
            "PIP_INDEX_URL": NOWHERE,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "https_proxy": NOWHERE,
            "PYTHONUTF8": "1",
            "COLUMNS": "100",
        }

    def sh(self, line, code=0):
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def enter(self):
        """What `activate` does, which lasts for one shell only."""
        self.environment["PATH"] = f"{self.folder}/.venv/bin{os.pathsep}{self.environment['PATH']}"

    def installed(self):
        return set(self.sh("python -m pip list --format=freeze").splitlines())

    def tiers(self):
        return {row["tier"]: row for row in json.loads(self.sh("tt status --json"))["tiers"]}


def read_me(folder):
    """The two lines for sh."""
    text = (folder / "README.md").read_text("utf-8")
    return text.split("```sh\n")[1].split("```")[0].splitlines()


def upgrading(folder):
    """The lines for a newer wheel of the reference."""
    lines = (folder / "README.md").read_text("utf-8").splitlines()
    return [line for line in lines if "--upgrade" in line]


@pytest.fixture
def handed(staff, tmp_path):
    """The zip of configuration 3, unpacked."""
    return unpacked(staff.zip("--config", "3"), tmp_path)


def unpacked(path, tmp_path):
    """A student at home with the zip; this Python is what `python3` calls."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "home")
    programs = tmp_path / "programs"
    programs.mkdir()
    base = Path(sys.base_prefix, "bin", f"python{sysconfig.get_python_version()}")
    (programs / "python3").symlink_to(base if base.is_file() else sys.executable)
    student = Student(tmp_path / "home/small")
    student.environment["PATH"] = f"{programs}{os.pathsep}{student.environment.get('PATH', '')}"
    return student


def test_from_the_zip_to_the_own_wheel_and_through_an_upgrade(staff, handed, upgrade):
    modules = handed.folder / "modules"
    first, second = read_me(handed.folder)

    # the two lines: everything is set up, and the first check fails usefully
    handed.sh(first)
    handed.enter()
    said = handed.sh(second, code=1)
    assert "bars is not written yet: modules/04_bars.py, line" in said
    before = handed.installed()
    below = handed.tiers()["foundation"]
    assert below == {"tier": "foundation", "side": "reference", "installed": "0.1.0", "built": None}

    # module 04 filled in, 05 not: what is there can be built and imported
    staff.machine.folder = handed.folder
    staff.machine.write("04_bars")
    assert "Module 04 passes" in handed.sh("tt check 04")
    assert "axis is not written yet" in handed.sh("tt check 05", code=1)
    handed.sh("tt build")
    use = "from tinytorch.charts.bars import bars; from tinytorch.core.box import Box; print(bars(Box([2])))"
    assert handed.sh(f'python -P -c "{use}"') == "['##']\n"
    (built,) = handed.installed() - before  # nothing else changed
    assert built.startswith("tinytorch-charts==0.1.0+student.")
    assert before <= handed.installed()
    assert handed.sh("python -m pip check").startswith("No broken")
    tier = handed.tiers()["charts"]
    assert tier["side"] == "mine"
    assert tier["built"].startswith("0.1.0+student.")

    # a patch release of the tier below takes nothing of theirs away
    mine = {path.name: path.read_bytes() for path in modules.iterdir()}
    for version in ("0.1.1", "0.2.0"):  # pip passes over the second, since the line names the range
        shutil.copy(upgrade(version), handed.folder / "wheelhouse")
    (line,) = upgrading(handed.folder)
    handed.sh(line)
    assert handed.tiers()["foundation"]["installed"] == "0.1.1"
    assert handed.tiers()["charts"] == tier
    assert {path.name: path.read_bytes() for path in modules.iterdir()} == mine
    handed.sh("tt check 04")

    # a release that the taught tier does not work with is refused, with the range and the way back
    handed.sh(f"python -m pip install --no-index --no-deps {upgrade('0.2.0')}")
    said = handed.sh("tt check 04", code=2)
    assert "tinytorch-charts works with tinytorch-foundation>=0.1,<0.2, and this workspace has 0.2.0" in said
    (line,) = [line.strip() for line in said.splitlines() if "find-links wheelhouse" in line]
    handed.sh(line.removeprefix("install one that fits: "))
    handed.sh("tt check 04")
    assert {path.name: path.read_bytes() for path in modules.iterdir()} == mine


def test_a_tier_above_what_is_built(with_contest, tmp_path):
    """Installed by the README's line before there is what it stands on; `tt build` makes it whole."""
    student = unpacked(with_contest.zip("--config", "3"), tmp_path)
    (first, _) = read_me(student.folder)
    student.sh(first)
    student.enter()
    assert "tinytorch-contest==0.1.0" in student.installed()
    assert student.tiers()["contest"] == {
        "tier": "contest", "side": "reference", "installed": "0.1.0", "built": None
    }
    assert "No module named 'tinytorch.charts'" in student.sh('python -P -c "import tinytorch.contest"', code=1)
    machine = with_contest.machine
    machine.folder = student.folder
    machine.write("04_bars")
    machine.write("05_axis")
    student.sh("tt check --through 05")
    student.sh("tt build")
    use = "from tinytorch.contest import longest; from tinytorch.core.box import Box; print(longest(Box([2, 3])))"
    assert student.sh(f'python -P -c "{use}"') == "###\n"
    assert student.sh("python -m pip check").startswith("No broken")
    for line in upgrading(student.folder):
        student.sh(line)
    assert student.sh("python -m pip check").startswith("No broken")


def test_a_part_that_was_lost(staff, student):
    machine = student(staff.zip("--config", "3"))
    for part in ("charts/pristine", ""):
        shutil.rmtree(machine.folder / ".tinytorch" / part)
        for command in ("check", "start"):
            run = machine.tt(command)
            assert run.code == 2
            assert "take .tinytorch from the zip that you were given" in run.text


KIT = ("tests/test_04_bars.py", "src/tinytorch/charts/__init__.py", "pristine/05_axis.py", "hints.json", "files.json")


def test_a_file_of_the_kit_that_is_lost_or_damaged(staff, student):
    """Without its check file a module would pass with less than its checks."""
    machine = student(staff.zip("--config", "3"))
    machine.write("04_bars")
    for part in KIT:
        path = machine.folder / ".tinytorch/charts" / part
        whole = path.read_bytes()
        for left in (None, b"", whole[: len(whole) // 2]):
            path.unlink(missing_ok=True)
            if left is not None:
                path.write_bytes(left)
            for command in ("check", "start", "doctor"):
                run = machine.tt(command)
                assert run.code == 2, (part, command)
                assert f".tinytorch/charts/{part} is {'missing' if left is None else 'damaged'}" in run.text
                assert "take .tinytorch from the zip that you were given" in run.text
        path.write_bytes(whole.replace(b"\n", b"\r\n"))  # as git writes it on Windows
        assert machine.tt("check", "04").code == 0


def test_no_module_is_left(staff, student):
    """What the student begins with is what is taught, and not the first module of the reference below."""
    machine = student(staff.zip("--config", "3"))
    for path in (machine.folder / "modules").iterdir():
        path.unlink()
    for command in ("check", "build"):
        assert "start one: tt start 04" in machine.tt(command).text
    assert "Your copy is modules/04_bars.py" in machine.tt("start").text
    assert [path.stem for path in (machine.folder / "modules").iterdir()] == ["04_bars"]


def test_a_module_that_does_not_compile(staff, student, expect):
    """No reference can take its place in the build; moved away, it is left out."""
    machine = student(staff.zip("--config", "3"))
    machine.write("04_bars")
    path = machine.write("05_axis", "return", "return return")
    expect(machine.tt("build", "--no-install"), "student_build", 1)
    path.rename(machine.folder / path.name)
    assert machine.tt("build", "--no-install").code == 0


def test_any_order(staff, student, expect):
    """Module 05 needs 04, and 04 nothing of 05; what is missing is named."""
    machine = student(staff.zip("--config", "3"))
    expect(machine.tt("status"), "student_status", 0)
    machine.write("05_axis")
    run = machine.tt("check", "05")
    assert run.code == 1
    assert "module 05 builds on module 04 (Bars), which is not finished" in run.text
    machine.write("04_bars")
    run = machine.tt("check", "05")
    assert run.code == 0
    assert "Next: tt check 04" in run.text  # not the end while an earlier one is open


def test_what_comes_next_is_what_is_taught(staff, student, expect):
    """Modules 02 and 04 of five; the others are left to the reference."""
    machine = student(staff.zip("--modules", "2,4"))
    machine.write("02_stats")
    expect(machine.tt("check", "02"), "next_taught", 0)
    machine.write("04_bars")
    assert "That was the last one" in machine.tt("check", "04").text


# --- with a tier above what is built


@pytest.fixture
def above(with_contest, student):
    return student(with_contest.zip("--config", "3"))


def test_before_anything_is_built(above, expect):
    expect(above.tt("status"), "above_status", 0)
    expect(above.tt("check", "20"), "above_check", 2)
    expect(above.tt("milestone"), "above_milestones", 0)
    run = above.tt("doctor")
    assert "tinytorch-contest 0.1.0 stands on tinytorch-charts, which is not installed yet\n" in run.text
    assert run.code == 0


def test_once_everything_passes(above, expect):
    for stem in ("04_bars", "05_axis"):
        above.write(stem)
        assert above.tt("check", stem[:2]).code == 0
    end = "That was the last one: tt build, then tt milestone 1803_contest, then tt submit 20"
    assert end in above.tt("check", "05").text
    expect(above.tt("milestone", "1803"), "above_passes", 0)
    expect(above.tt("build", "--no-install"), "above_build", 0)


def test_a_student_who_writes_the_tier_above_all_the_same(above):
    for stem in ("04_bars", "05_axis"):
        above.write(stem)
    assert "Your copy is modules/20_contest.py" in above.tt("start", "20").text
    assert above.sides()["20"] == "mine"
    above.write("20_contest")
    assert above.tt("check", "20").code == 0
    assert {tier: side for tier, side in above.sides().items() if side != "reference"} == {
        "04": "mine", "05": "mine", "20": "mine"
    }
    assert "Built dist/tinytorch_contest-0.1.0+student.HASH" in above.tt("build", "--no-install").text
