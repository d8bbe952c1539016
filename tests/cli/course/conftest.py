"""An instructor's machine: small tiers installed, their wheels in a folder, all other wheels in another."""

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
    """The project of a small tier in some version; charts is the third, as in configuration 3, contest the fourth."""
    project = folder / name
    shutil.copytree(FAKE / name, project, ignore=shutil.ignore_patterns("__pycache__"))
    put_in_order(project)
    path = project / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace('version = "0.1.0"', f'version = "{version}"'), "utf-8")
    return project


def put_in_order(project):
    manifest = project / "tier.toml"
    text = manifest.read_text("utf-8").replace("order = 7", "order = 3\nconfigurations = [3]")
    text = text.replace("order = 8", "order = 4\nalong = [3]")
    text = text.replace("order = 1\n", "order = 1\nconfigurations = [1]\n")
    manifest.write_text(text, "utf-8")


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
    for name in ("foundation", "charts", "contest"):
        build(small_tier(projects, name), out)
    build(ROOT / "packages/course", out)
    return out


@pytest.fixture(scope="session")
def others(tmp_path_factory):
    """The wheels of everything that the tool and the small tiers need, made from what is installed here."""
    out = tmp_path_factory.mktemp("others")
    projects = (ROOT / "packages/course/pyproject.toml", FAKE / "contest/pyproject.toml")
    lines = [re.findall(r"(?m)^dependencies = (.*)", path.read_text("utf-8"))[0] for path in projects]
    for name in sorted(closure(*re.findall(r'"([a-z]+)>=', " ".join(lines)))):
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

    def know(self, tier, other):
        """As the tiers of one repository do, this one carries the other's manifest."""
        known = self.machine.site / f"tinytorch_{tier}/project/_build_support/catalog"
        known.mkdir(parents=True)
        path = small_tier(self.folder.parent, other) / "tier.toml"
        path.rename(known / f"{other}.toml")

    def zip(self, *arguments):
        """What students get of a course with these arguments."""
        course = self.new(*arguments)
        run = self.handout()
        assert run.code == 0, run.text
        return course / "small.zip"


@pytest.fixture
def staff(bare, own, others):
    bare.install("charts")
    put_in_order(bare.site / "tinytorch_charts/project")
    put_in_order(bare.site / "tinytorch_foundation/project")
    return Staff(bare, own, others)


@pytest.fixture
def with_contest(staff):
    """The tier above those that configuration 3 teaches is installed too, with a milestone of its own."""
    staff.machine.install("contest")
    project = staff.machine.site / "tinytorch_contest/project"
    put_in_order(project)
    (project / "milestones").mkdir()
    shutil.copy(FAKE / "1803_contest.py", project / "milestones")
    return staff


@pytest.fixture
def student(staff, tmp_path):
    """Somebody with the zip and what pip installs from it: the tier to be built is not there."""

    def unpack(path):
        folder = tmp_path / "student"
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        machine = staff.machine
        for tier in ("contest", "charts", "foundation"):
            there = (machine.site / f"tinytorch_{tier}").is_dir()
            if there and not list((folder / "small/wheelhouse").glob(f"tinytorch_{tier}-*")):
                machine.uninstall(tier)
        machine.folder = folder / "small"
        return machine

    return unpack
