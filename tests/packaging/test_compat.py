"""The compatibility matrix on a repository with made-up history: foundation below, robotics above it."""

from __future__ import annotations

import shutil

import api
import compat
import pytest
import versions
from packaging.version import Version

OLD = """\
def scale(x, by=2, *, exact=False):
    return x * by

class Arm:
    def __init__(self, joints):
        self.joints = joints

    def move(self, to, speed=1):
        return to

    def _settle(self, a):
        return a

def helper(a, b):
    return a
"""


def site(folder, code, exports=("scale", "Arm")):
    """What a wheel unpacks to, of one module."""
    (folder / "tinytorch").mkdir(parents=True)
    (folder / "tinytorch/arms.py").write_text(code)
    project = folder / "tinytorch_robotics/project"
    project.mkdir(parents=True)
    names = str(list(exports)).replace("'", '"')
    (project / "tier.toml").write_text(f'[[module]]\ntarget = "arms"\nexports = {names}\n')
    return folder


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("def scale", "def resize", "tinytorch.arms.scale: the public name was removed"),
        ("by=2", "by=3", "tinytorch.arms.scale: the default of by was 2 and is 3"),
        ("exact=False", "other=1", "tinytorch.arms.scale: parameter was removed: exact"),
        ("by=2", "by", "tinytorch.arms.scale: parameter is now required: by"),
        ("def move", "def go", "tinytorch.arms.Arm.move: public object was removed: move"),
        ("speed=1", "speed=1, *, force", "tinytorch.arms.Arm.move: parameter was added as required: force"),
        ("joints):", "joints, name):", "tinytorch.arms.Arm.__init__: parameter was added as required: name"),
    ],
)
def test_what_is_broken_is_named(tmp_path, old, new, sentence):
    assert old in OLD
    before, after = site(tmp_path / "1", OLD), site(tmp_path / "2", OLD.replace(old, new))
    assert sentence in list(api.compare(before, after))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("exact=False", "exact=False, more=1"),
        ("return x * by", "return by * x"),
        ("_settle(self, a)", "_settle(self, a, b)"),
        ("def helper(a, b)", "def other(a)"),
        ("speed=1", "speed=1, force=2"),
    ],
)
def test_what_breaks_nothing(tmp_path, old, new):
    assert old in OLD
    before, after = site(tmp_path / "1", OLD), site(tmp_path / "2", OLD.replace(old, new))
    assert list(api.compare(before, after)) == []


def test_a_name_that_is_promised_no_longer(tmp_path):
    before, after = site(tmp_path / "1", OLD), site(tmp_path / "2", OLD, ["Arm"])
    assert list(api.compare(before, after)) == ["tinytorch.arms.scale: the public name was removed"]


# -- the matrix --------------------------------------------------------------------------------------------


@pytest.fixture
def history(repository, monkeypatch, tmp_path):
    """Two releases of foundation, one of robotics whose check computes with foundation's kernel."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@localhost")
    root = repository.root
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    shutil.rmtree(repository.foundation / "tests")
    (repository.foundation / "tests").mkdir()
    (repository.foundation / "tests/test_tensor.py").write_text(
        "from tinytorch import tensor\n\ndef test_tensor():\n    assert tensor(3).data == 3\n"
    )
    (repository.robotics / "tests/test_all.py").write_text(
        "from tinytorch import tensor\nfrom tinytorch.nn import Arm\n\ndef test_arm():\n"
        "    assert Arm.joint.weight.data == 0\n    assert tensor(2).data == 2\n"
    )
    needs = 'dependencies = ["tinytorch-foundation>=0.1,<0.2"]'
    edit(repository.robotics / "pyproject.toml", "dependencies = []", needs)
    versions.git(root, "init", "--quiet")
    commit(root, "foundation-v0.1.0", "robotics-v0.1.0")
    edit(repository.foundation / "pyproject.toml", 'version = "0.1.0"', 'version = "0.1.1"')
    commit(root, "foundation-v0.1.1")
    return repository


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def commit(root, *tags):
    versions.git(root, "add", "--all")
    versions.git(root, "commit", "--quiet", "--message", "x")
    for tag in tags:
        versions.git(root, "tag", f"tinytorch-{tag}")


def judged(repository, name, tmp_path, **here):
    package = versions.chosen(repository.root, name)
    house = compat.House(repository.root, tmp_path / "house")
    house.versions = {other: Version(version) for other, version in here.items()}
    return compat.judge(house, package)


def lines(repository, name, tmp_path):
    house = compat.House(repository.root, tmp_path / "house")
    return [(run.why, run.words) for run in compat.matrix(house, versions.chosen(repository.root, name))]


def test_what_is_tried(history, tmp_path):
    both = "foundation 0.1.1, robotics 0.1.0 (this commit)"
    assert lines(history, "robotics", tmp_path) == [
        ("own checks, this commit", both),  # nothing has changed since the latest release
        ("own checks, oldest allowed", "foundation 0.1.0, robotics 0.1.0 (this commit)"),
        ("its released checks", both),
    ]
    edit(history.foundation / "README.md", "tinytorch", "TinyTorch")
    commit(history.root)
    assert ("own checks, latest release", both) in lines(history, "robotics", tmp_path)
    assert lines(history, "foundation", tmp_path) == [
        ("own checks, this commit", "foundation 0.1.1 (this commit)"),
        ("its released checks", "foundation 0.1.1 (this commit)"),
        ("released robotics", "foundation 0.1.1 (this commit), robotics 0.1.0"),
    ]


@pytest.mark.long
def test_a_kernel_with_another_result(history, tmp_path, capsys):
    edit(history.foundation / "modules/01_tensor.py", "self.data = data", "self.data = data + 1")
    commit(history.root)
    assert judged(history, "foundation", tmp_path, foundation="0.1.2") == 3
    said = capsys.readouterr().out
    assert "FAILS  own checks" in said
    assert "FAILS  its released checks" in said
    assert "FAILS  released robotics" in said
    assert "passes the promises of the last release" in said


@pytest.mark.long
def test_a_name_that_a_tier_above_needs_is_gone(history, tmp_path, capsys):
    """Found in the promises, before the tier above is tried; a breaking version may, and leaves that tier behind."""
    edit(history.foundation / "modules/03_layers.py", "class Linear", "class Line")
    edit(history.foundation / "tier.toml", '["Linear"]', '["Line"]')
    commit(history.root)
    assert judged(history, "foundation", tmp_path, foundation="0.1.2") == 2
    said = capsys.readouterr().out
    assert "FAILS  tinytorch.nn.layers.Linear: the public name was removed" in said
    assert "FAILS  released robotics" in said
    assert judged(history, "foundation", tmp_path, foundation="0.2.0") == 0
    said = capsys.readouterr().out
    assert "not tried: robotics 0.1.0 asks for tinytorch-foundation<0.2,>=0.1" in said
    assert "breaks tinytorch.nn.layers.Linear" in said


@pytest.mark.long
def test_a_range_that_reaches_too_far_down(history, tmp_path, capsys):
    """Robotics takes up a name that only this foundation has, and still allows the one before."""
    edit(history.foundation / "modules/03_layers.py", "class Linear:", "class Line: pass\nclass Linear:")
    edit(history.foundation / "tier.toml", '["Linear"]', '["Linear", "Line"]')
    edit(history.robotics / "tests/test_all.py", "import Arm", "import Arm, Line")
    commit(history.root)
    assert judged(history, "robotics", tmp_path, foundation="0.1.2", robotics="0.1.1") == 2
    said = capsys.readouterr().out
    assert "passes own checks, this commit" in said
    assert "FAILS  own checks, oldest allowed" in said
    assert "FAILS  own checks, latest release" in said


def test_a_range_that_reaches_too_far_up(history, tmp_path):
    edit(history.robotics / "pyproject.toml", "<0.2", "<1")
    commit(history.root)
    package = versions.chosen(history.root, "robotics")
    assert compat.ranges_too_wide(compat.House(history.root, tmp_path), package)[0].endswith("end the range at <0.2")
