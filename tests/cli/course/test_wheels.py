"""Choosing wheels for somebody else's machine, and making one again from what is installed."""

import importlib.metadata
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from zips import plant

from tinytorch_course.errors import ToolError
from tinytorch_course.wheels import Target, repack, select, wheels_in

LINUX, WINDOWS = Target("linux-x86_64", "3.11"), Target("windows-x86_64", "3.12")


@pytest.fixture
def shelf(tmp_path):
    """Makes empty wheels with facts: name of the file -> lines of METADATA."""

    def make(facts):
        for name, lines in facts.items():
            project, version = name.split("-")[:2]
            text = "\n".join(["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}", *lines, ""])
            plant(tmp_path / f"{name}.whl", f"{project}-{version}.dist-info/METADATA", text)
        return wheels_in(tmp_path)

    return make


def chosen(shelf, target, *wanted):
    found, missing = select(map(Requirement, wanted), shelf, target)
    return sorted(wheel.path.stem for wheel in found.values()), list(map(str, missing))


def test_the_machine_decides(shelf):
    wheels = shelf(
        {
            "num-2.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64": [],
            "num-2.1-cp312-cp312-win_amd64": [],
            "num-2.2-cp312-cp312-macosx_14_0_arm64": [],
            "num-2.3-cp311-cp311-manylinux_2_39_x86_64": [],  # too new for a system of 2019
        }
    )
    assert chosen(wheels, LINUX, "num") == (
        ["num-2.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64"],
        [],
    )
    assert chosen(wheels, WINDOWS, "num") == (["num-2.1-cp312-cp312-win_amd64"], [])
    assert chosen(wheels, Target("macos-arm64", "3.12"), "num")[0] == ["num-2.2-cp312-cp312-macosx_14_0_arm64"]
    assert chosen(wheels, WINDOWS, "num>=2.2") == ([], ["num>=2.2"])


def test_what_is_needed_comes_along(shelf):
    needs = [
        "Requires-Dist: low<3",
        'Requires-Dist: color; sys_platform == "win32"',
        'Requires-Dist: draw; extra == "plots"',
    ]
    wheels = shelf(
        {
            "top-1.0-py3-none-any": needs,
            "low-2.0-py3-none-any": [],
            "low-3.0-py3-none-any": [],
            "color-1.0-py2.py3-none-any": [],
        }
    )
    assert chosen(wheels, LINUX, "top", "low") == (["low-2.0-py3-none-any", "top-1.0-py3-none-any"], [])
    assert "color-1.0-py2.py3-none-any" in chosen(wheels, WINDOWS, "top")[0]
    assert chosen(wheels, LINUX, "top[plots]")[1] == ["draw"]


def test_the_newest_that_runs_there(shelf):
    wheels = shelf(
        {
            "low-1.0-py3-none-any": [],
            "low-2.0-py3-none-any": ["Requires-Python: >=3.12"],
            "low-3.0rc1-py3-none-any": [],
        }
    )
    assert chosen(wheels, LINUX, "low")[0] == ["low-1.0-py3-none-any"]
    assert chosen(wheels, WINDOWS, "low")[0] == ["low-2.0-py3-none-any"]


def test_a_file_that_is_no_wheel(shelf, tmp_path):
    (tmp_path / "low-1.0-py3-none-any.whl").write_text("404: Not Found", "utf-8")
    with pytest.raises(ToolError, match=r"low-1\.0-py3-none-any\.whl is no wheel"):
        chosen(wheels_in(tmp_path), LINUX, "low")


@pytest.mark.parametrize("name", ["top-2.0-py3-none-any", "low-1.0-py3-none-any"])
def test_a_wheel_that_was_renamed(shelf, tmp_path, name):
    shelf({"top-1.0-py3-none-any": []})
    (tmp_path / "top-1.0-py3-none-any.whl").rename(tmp_path / f"{name}.whl")
    with pytest.raises(ToolError, match=rf"{name}\.whl is no wheel: inside it is top 1\.0"):
        chosen(wheels_in(tmp_path), LINUX, "top", "low")


def test_made_again_it_holds_what_was_installed(tmp_path):
    path = repack("iniconfig", tmp_path)
    assert path.name == f"iniconfig-{importlib.metadata.version('iniconfig')}-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
        for file in importlib.metadata.files("iniconfig"):
            if file.as_posix() in names and file.name != "RECORD":
                assert wheel.read(file.as_posix()) == Path(str(file.locate())).read_bytes()
    assert "iniconfig/__init__.py" in names
    assert not [name for name in names if name.endswith(("INSTALLER", "direct_url.json", ".pyc"))]
    assert repack("iniconfig", tmp_path).read_bytes() == path.read_bytes()


def test_made_again_only_if_nobody_changed_it(tmp_path, monkeypatch):
    site = tmp_path / "site"
    with zipfile.ZipFile(repack("iniconfig", tmp_path)) as wheel:
        wheel.extractall(site)
    (site / "iniconfig/__init__.py").write_text("# mine\n", "utf-8")
    monkeypatch.setattr("sys.path", [str(site)])
    with pytest.raises(ToolError, match=r"not as its wheel was: iniconfig/__init__\.py was changed"):
        repack("iniconfig", tmp_path)
