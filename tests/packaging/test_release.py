"""Releases of one package at a time, on a repository with made-up history: two tiers, one above the other."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
import release
import versions
from packaging.requirements import Requirement
from packaging.version import Version
from versions import Refused

ROOT = Path(__file__).resolve().parents[2]
UPPER = """\
# Of the robots.
[project]
name = "tinytorch-robotics"  # a name
version = "0.1.0"
dependencies = [
    "numpy>=2.0",
    "tinytorch-foundation>=0.1,<0.2",  # the floor
]

[tool.hatch.build]  # last
"""


def git(root, *arguments):
    return versions.git(root, *arguments)


def tier(root, name, order, settings):
    folder = root / "packages" / name
    (folder / "changes/learner").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(settings)
    (folder / "tier.toml").write_text(f'[tier]\nname = "{name}"\ntitle = "{name}"\norder = {order}\n')
    (folder / "CHANGELOG.md").write_text("# Changes\n\n<!-- releases -->\n")
    (folder / "code.py").write_text("one = 1\n")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Foundation 0.1.0 and robotics 0.1.0, both released."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@localhost")
    root = tmp_path / "repository"
    tier(root, "foundation", 1, '[project]\nname = "tinytorch-foundation"\nversion = "0.1.0"\n')
    tier(root, "robotics", 2, UPPER)
    shutil.copy(ROOT / "pyproject.toml", root)
    git(root, "init", "--quiet")
    commit(root)
    git(root, "tag", "tinytorch-foundation-v0.1.0")
    git(root, "tag", "tinytorch-robotics-v0.1.0")
    return root


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "x")


def fragment(root, package, name, text="Something.\n"):
    path = root / "packages" / package / "changes" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    commit(root)


def released(root, package, words, compat=lambda name, version: None):
    release.release(root, package, words, False, compat)


def files(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts}


@pytest.mark.parametrize(
    ("kind", "version"), [("fixed", "0.1.1"), ("added", "0.1.1"), ("changed", "0.2.0"), ("removed", "0.2.0")]
)
def test_fragments_suggest_a_version(root, capsys, kind, version):
    fragment(root, "foundation", f"learner/+a.{kind}.md", "The sum is exact.\n")
    release.show_next(root, "foundation")
    said = capsys.readouterr().out
    assert f"suggested: {version}" in said
    assert "The sum is exact." in said
    moved = version == "0.2.0"
    assert ("tinytorch-foundation>=0.1,<0.3, version 0.1.1" in said) == moved
    assert ("tinytorch-robotics: stays as it is" in said) == (not moved)


def test_from_one_point_zero_on_a_minor_version_adds(root):
    git(root, "tag", "tinytorch-foundation-v1.2.3")
    for kind, version in [("fixed", "1.2.4"), ("added", "1.3.0"), ("removed", "2.0.0")]:
        fragment(root, "foundation", f"learner/+a.{kind}.md")
        assert release.suggested(root, versions.chosen(root, "foundation")) == Version(version)


def test_a_patch_touches_nothing_else(root):
    fragment(root, "foundation", "learner/+a.fixed.md", "The sum is exact.\n")
    before = files(root)
    released(root, "foundation", "patch")
    after = files(root)
    paths = [path for path in before.keys() | after if before.get(path) != after.get(path)]
    changed = {path.relative_to(root).as_posix() for path in paths}
    home = "packages/foundation"
    assert changed == {f"{home}/pyproject.toml", f"{home}/CHANGELOG.md", f"{home}/changes/learner/+a.fixed.md"}
    log = (root / home / "CHANGELOG.md").read_text()
    assert log.startswith("# Changes\n\n<!-- releases -->\n")
    assert "## 0.1.1 (" in log
    assert "For learners" in log
    assert "- The sum is exact." in log
    assert git(root, "describe", "--exact-match").strip() == "tinytorch-foundation-v0.1.1"
    assert not git(root, "status", "--porcelain")


def test_a_range_that_must_move_moves_and_keeps_the_layout(root, capsys):
    fragment(root, "foundation", "learner/+a.removed.md")
    released(root, "foundation", "minor")
    expected = UPPER.replace('version = "0.1.0"', 'version = "0.1.1"').replace("<0.2", "<0.3")
    assert (root / "packages/robotics/pyproject.toml").read_text() == expected
    assert "nox -s release -- robotics 0.1.1" in capsys.readouterr().out
    assert not versions.released(root, versions.chosen(root, "robotics"))[1:]
    released(root, "robotics", "0.1.1")
    assert "Works with tinytorch-foundation 0.2 too." in (root / "packages/robotics/CHANGELOG.md").read_text()


def test_a_dependent_that_waits_for_its_release_moves_once(root):
    fragment(root, "foundation", "learner/+a.removed.md")
    released(root, "foundation", "minor")
    fragment(root, "foundation", "learner/+b.removed.md")
    released(root, "foundation", "minor")
    robotics = versions.chosen(root, "robotics")
    assert (str(robotics.version), str(robotics.ranges["foundation"])) == ("0.1.1", "tinytorch-foundation<0.4,>=0.1")


def test_the_tools_version_stands_in_a_file(root):
    folder = root / "packages/course"
    tier(root, "course", 0, '[project]\nname = "tinytorch-course"\ndynamic = ["version"]\n'
         '[tool.hatch.version]\npath = "own.py"\n')
    (folder / "tier.toml").unlink()
    (folder / "own.py").write_text('"""It."""\n\n__version__ = "0.1.0"\n')
    fragment(root, "course", "instructor/+a.added.md")
    released(root, "course", "0.2.0")
    assert (folder / "own.py").read_text() == '"""It."""\n\n__version__ = "0.2.0"\n'


def test_dry_run_changes_nothing(root, capsys):
    fragment(root, "foundation", "learner/+a.removed.md", "The old name.\n")
    before, head = files(root), git(root, "rev-parse", "HEAD")
    release.release(root, "foundation", "minor", True, lambda name, version: pytest.fail("it ran"))
    assert files(root) == before
    assert git(root, "rev-parse", "HEAD") == head
    said = capsys.readouterr().out
    assert "tinytorch-foundation 0.2.0, tag tinytorch-foundation-v0.2.0" in said
    assert "The old name." in said


def dirty(root):
    (root / "packages/foundation/code.py").write_text("two = 2\n")


def silent(root):
    (root / "packages/foundation/changes/learner/+a.fixed.md").unlink()
    commit(root)


def misspelt(root):
    fragment(root, "foundation", "learner/+b.fixd.md")


def excluding(root):
    settings = root / "packages/robotics/pyproject.toml"
    settings.write_text(UPPER.replace(">=0.1,<0.2", ">=0.2,<0.3"))
    commit(root)


def too_wide(root):
    settings = root / "packages/robotics/pyproject.toml"
    settings.write_text(UPPER.replace("<0.2", "<1"))
    commit(root)


@pytest.mark.parametrize(
    ("spoil", "package", "words", "reason"),
    [
        (dirty, "foundation", "patch", "not committed"),
        (silent, "foundation", "patch", "nothing is said of the changes: write packages/foundation/changes/"),
        (misspelt, "foundation", "patch", r"changes/learner/\+b.fixd.md: a fragment is"),
        (None, "foundation", "0.1.0", "0.1.0 exists: git tag says tinytorch-foundation-v0.1.0"),
        (None, "foundation", "0.0.9", "older than 0.1.0"),
        (None, "foundation", "soon", "soon is no version"),
        (None, "fundation", "patch", "there is no package fundation in packages/; there are: foundation, robotics"),
        (excluding, "robotics", "patch", "which excludes the latest release, 0.1.0"),
        (too_wide, "robotics", "patch", "which is too wide: 0.2.0 does not exist.*end the range at <0.2"),
    ],
)
def test_refused(root, spoil, package, words, reason):
    for name in ("foundation", "robotics"):
        fragment(root, name, "learner/+a.fixed.md")
    if spoil:
        spoil(root)
    before, head = files(root), git(root, "rev-parse", "HEAD")
    with pytest.raises(Refused, match=reason):
        released(root, package, words)
    assert files(root) == before
    assert git(root, "rev-parse", "HEAD") == head


def test_refused_when_the_matrix_fails(root):
    def fails(name, version):
        raise Refused(f"{name} {version} fails")

    fragment(root, "foundation", "learner/+a.fixed.md")
    before = files(root)
    with pytest.raises(Refused, match=r"foundation 0\.1\.1 fails"):
        released(root, "foundation", "patch", fails)
    assert files(root) == before
    assert "v0.1.1" not in git(root, "tag", "--list")


def test_a_range_that_begins_too_high_cannot_move():
    with pytest.raises(Refused, match="begins above"):
        release.widened(Requirement("tinytorch-foundation>=0.3,<0.4"), Version("0.2"))


# -- the real repository -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(ROOT.glob("packages/*/pyproject.toml")), ids=lambda path: path.parent.name)
def test_every_package_can_be_released(path):
    package = versions.read(path.parent)
    assert release.misplaced(package) is None
    assert "<!-- releases -->\n" in (path.parent / "CHANGELOG.md").read_text()
    known = versions.packages(ROOT)
    for below in package.ranges:
        assert known[below].version in package.ranges[below].specifier
    assert tomllib.loads(path.read_text())["project"]["license-files"] == ["LICENSE*"]
