"""An instructor's machine: two small tiers installed, their wheels in a folder, all other wheels in another."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from installed import closure

from tinytorch_course.wheels import repack

ROOT = Path(__file__).parents[3]
FAKE = Path(__file__).parents[1] / "fake"


def build(project, out):
    """The wheel of a project; in a folder beside `course`, where a tier's hook looks for the tangler."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)


def small_tier(folder, name, version="0.1.0"):
    """The project of a small tier in some version; charts is the third, as in configuration 3."""
    project = folder / name
    shutil.copytree(FAKE / name, project, ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in (
        ("tier.toml", "order = 7", "order = 3"),
        ("pyproject.toml", 'version = "0.1.0"', f'version = "{version}"'),
    ):
        path = project / file
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    return project


@pytest.fixture(scope="session")
def upgrade(tmp_path_factory):
    """Makes the wheel of a later foundation."""

    def make(version):
        out = tmp_path_factory.mktemp("later")
        build(small_tier(tmp_path_factory.mktemp("projects"), "foundation", version), out)
        return next(out.iterdir())

    return make


@pytest.fixture(scope="session")
def own(tmp_path_factory):
    """The folder of our own wheels, as an instructor has it: that of the tier to be taught lies there too."""
    out = tmp_path_factory.mktemp("own")
    projects = tmp_path_factory.mktemp("projects")
    for name in ("foundation", "charts"):
        build(small_tier(projects, name), out)
    build(ROOT / "packages/course", out)
    return out


@pytest.fixture(scope="session")
def others(tmp_path_factory):
    """The wheels of everything that the tool needs, made from what is installed here."""
    out = tmp_path_factory.mktemp("others")
    text = (ROOT / "packages/course/pyproject.toml").read_text("utf-8")
    (line,) = re.findall(r"(?m)^dependencies = (.*)", text)
    for name in sorted(closure(*re.findall(r'"([a-z]+)>=', line))):
        repack(name, out)
    return out


class Staff:
    """Runs `tt course` with the two folders."""

    def __init__(self, machine, own, others):
        self.machine, self.own, self.others = machine, own, others
        self.tt = machine.tt

    @property
    def folder(self):
        return self.machine.folder

    def new(self, *arguments):
        run = self.tt("course", "new", "small", *arguments)
        assert run.code == 0, run.text
        return self.folder / "small"

    def handout(self, *arguments, own=None):
        where = ["--wheels", str(own or self.own), "--wheelhouse", str(self.others)]
        run = self.tt("course", "handout", *where, *arguments, cwd=self.folder / "small")
        text = run.text.replace(str(self.others), "WHEELS")
        return type(run)(re.sub(r"--python-version 3\.\d+", "--python-version 3.N", text), run.code)

    def zip(self, *arguments):
        """What students get of a course with these arguments."""
        course = self.new(*arguments)
        run = self.handout()
        assert run.code == 0, run.text
        return course / "small.zip"


@pytest.fixture
def staff(bare, own, others):
    bare.install("charts")
    manifest = bare.site / "tinytorch_charts/project/tier.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("order = 7", "order = 3"), "utf-8")
    return Staff(bare, own, others)


@pytest.fixture
def student(staff, tmp_path):
    """Somebody with the zip and what pip installs from it: the tier to be built is not there."""

    def unpack(path):
        folder = tmp_path / "student"
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        machine = staff.machine
        for tier in ("charts", "foundation"):
            if not list((folder / "small/wheelhouse").glob(f"tinytorch_{tier}-*")):
                machine.uninstall(tier)
        machine.folder = folder / "small"
        return machine

    return unpack
