"""A tier in a repository of its own, laid out as docs/tier.md says, and what it is beside ours."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import layout
import pytest
import versions
from versions import Refused

from tinytorch_course.tangle.manifest import read_tier

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs/tier.md").read_text("utf-8")


def documented():
    """The settings that the page says to write."""
    return tomllib.loads(re.search(r"(?s)```toml\n(.*?)```", DOCS)[1])


@pytest.fixture
def elsewhere(tmp_path):
    """The tier of docs/tier.md, in a folder with nothing of ours beside it."""
    command = re.search(r"\$ nox -s new-tier -- (\w+) (\S+)", DOCS)
    return layout.tier(command[1], tmp_path / "away" / Path(command[2]).name)


def test_it_builds_with_the_tool_that_is_installed(elsewhere, build, tmp_path):
    wheel = build(elsewhere, tmp_path / "out")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"tinytorch/robotics/{name}" for name in ("__init__.py", "__init__.pyi", "first.py")} <= names
    settings = tomllib.loads((elsewhere / "pyproject.toml").read_text("utf-8"))
    assert settings["build-system"] == documented()["build-system"]
    assert wheel.name in DOCS


def test_without_the_tool_the_build_says_what_to_install(elsewhere, backend, tmp_path):
    code = "import sys; sys.path.insert(0, sys.argv[1])\n"
    code += "from hatchling.build import build_wheel; build_wheel(sys.argv[2])"
    command = [sys.executable, "-I", "-S", "-c", code, str(backend), str(tmp_path)]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert 'requires = ["hatchling>=1.27", "tinytorch-course"]' in done.stderr
    assert "Traceback" not in done.stderr


def test_it_brings_its_milestones_along(elsewhere, build, tmp_path):
    (elsewhere / "milestones").mkdir()
    (elsewhere / "milestones/1999_arm.py").write_text('"""An arm."""\n')
    names = zipfile.ZipFile(build(elsewhere, tmp_path / "out")).namelist()
    assert "tinytorch_robotics/project/milestones/1999_arm.py" in names
    away = build(elsewhere, tmp_path / "out", "-t", "sdist")
    shutil.unpack_archive(away, tmp_path / "sdist")
    assert list((tmp_path / "sdist").glob("*/milestones/1999_arm.py"))


def test_it_may_stand_between_two_of_ours(elsewhere):
    orders = sorted(read_tier(path).order for path in ROOT.glob("packages/*/tier.toml"))
    assert all(after - before > 1 for before, after in itertools.pairwise(orders))


def test_nothing_here_names_it():
    code = [path for path in ROOT.glob("packages/*/src/**/*.py") if "robotics" in path.read_text("utf-8")]
    assert code == []


def test_type_checkers_see_its_names(elsewhere, repository, build, environment, tmp_path):
    pytest.importorskip("mypy")
    site = next(environment.folder.glob("**/site-packages"))
    for project in (repository.foundation, elsewhere):
        zipfile.ZipFile(build(project, tmp_path / project.name)).extractall(site)
    (tmp_path / "code.py").write_text(
        "from tinytorch import Tensor\nfrom tinytorch.robotics import double, Nothing\n"
        "reveal_type(Tensor)\nreveal_type(double)\n"
    )
    command = [sys.executable, "-m", "mypy", "--python-executable", str(environment.python), "code.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    tensor, double = re.findall(r'Revealed type is "(.*)"', said)
    assert "Tensor" in tensor
    assert "def (x" in double
    assert 'has no attribute "Nothing"' in said


@pytest.mark.long
def test_docs_tier_from_an_empty_folder_to_a_hand_out(elsewhere, tmp_path):
    """The commands of the page, with what stands for an environment that has the tool and foundation."""
    site = tmp_path / "site"
    settings = {**os.environ, "PYTHONPATH": str(site), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    folder = elsewhere
    for line in re.findall(r"(?m)^\$ (.*)$", DOCS)[1:]:
        words = line.split()
        if words[0] == "cd":
            folder = folder / words[1]
            continue
        if words[:4] == ["python", "-m", "pip", "install"]:
            zipfile.ZipFile(folder / words[-1]).extractall(site)
            continue
        head = [sys.executable, "-m", "tinytorch_course.cli"] if words[0] == "tt" else [sys.executable]
        if words[2:4] == ["pip", "wheel"]:
            versions.build(folder, folder / "dist")
            continue
        command = [*head, *words[1:]]
        done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    names = zipfile.ZipFile(folder / "arms.zip").namelist()
    assert any(name.endswith("modules/101_first.py") for name in names)


# -- a module of a tier that is there ----------------------------------------------------------------------


def test_a_module_more(repository):
    (repository.root / "packages/foundation/CHANGELOG.md").touch()
    made = layout.module("robotics", "wheels", repository.root)
    assert made.name == "103_wheels.py"
    tier = read_tier(repository.robotics)
    assert tier.module(103).target == "wheels"
    assert (repository.robotics / "tests/test_103_wheels.py").is_file()
    assert (repository.robotics / "wrong/103").is_dir()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["tier", "Robotics"], "one lower-case word"),
        (["tier", "foundation"], "is not empty"),
        (["module", "robotics", "first"], "there is no tier robotics in packages/; there are: foundation, arch"),
        (["module", "foundation", "tensor"], "there is a module tensor"),
        (["module"], "nox -s new-tier -- NAME"),
    ],
)
def test_refused(arguments, reason, capsys):
    assert layout.main(arguments) == 1
    assert reason in capsys.readouterr().out


def test_a_name_twice_is_refused(repository):
    with pytest.raises(Refused, match="there is a module arm"):
        layout.module("robotics", "arm", repository.root)
