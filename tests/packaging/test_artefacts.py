"""What a release gives out: contents, metadata, and the page of changes."""

from __future__ import annotations

import email
import re
import shutil
import zipfile
from pathlib import Path

import artefacts
import pytest
import versions
from versions import Refused

from tinytorch_course.tangle.manifest import read_tier
from tinytorch_course.tangle.project import files_below

ROOT = Path(__file__).resolve().parents[2]
TIERS = sorted(path.parent for path in ROOT.glob("packages/*/tier.toml"))
EVERYTHING = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
LOG = """\
# Changes

<!-- releases -->

## 0.2.0 (2020-01-01)

### For learners

#### Changed

- The sum is exact.

### For instructors

No significant changes.

### For maintainers

#### Fixed

- A range.

## 0.1.0 (2019-01-01)

### For instructors

- The old.
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Of every package."""
    out = tmp_path_factory.mktemp("wheels")
    return {project.name: versions.build(project, out / project.name) for project in EVERYTHING}


def names(wheel):
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("project", TIERS, ids=lambda project: project.name)
def test_a_wheel_holds_these_files_and_no_other(project, wheels):
    """Tangled modules, ordinary source, the project to build it again, and what makes it a distribution."""
    tier = read_tier(project)
    expected = {f"{module.import_name.replace('.', '/')}.py" for module in tier.modules}
    expected |= {path.relative_to("src").as_posix() for path in files_below(project, "src")}
    expected |= {f"tinytorch/_tiers/{tier.name}.py", f"{tier.carrier}/__init__.py"}
    lazy = [path for path in (project / "src").rglob("__init__.py") if "_lazy" in path.read_text("utf-8")]
    expected |= {f"{path.parent.relative_to(project / 'src').as_posix()}/__init__.pyi" for path in lazy}
    own = ["modules/" + module.stem + ".py" for module in tier.modules]
    own += [path.as_posix() for folder in ("tests", "src") for path in files_below(project, folder)]
    own += [path.name for path in project.iterdir() if path.is_file() and path.name != ".gitignore"]
    own += [f"_build_support/catalog/{other.name}.toml" for other in TIERS if other != project]
    expected |= {f"{tier.carrier}/project/{name}" for name in own}
    info = f"{tier.carrier}-{versions.read(project).version}.dist-info"
    licences = [f"licenses/{path.name}" for path in project.glob("LICENSE*")]
    expected |= {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", *licences)}
    found = names(wheels[project.name])
    assert found - expected == set()
    assert expected - found == set()


@pytest.mark.parametrize("project", EVERYTHING, ids=lambda project: project.name)
def test_metadata(project, wheels):
    with zipfile.ZipFile(wheels[project.name]) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        facts = email.message_from_bytes(archive.read(name))
    licence = facts["License-Expression"]
    assert "MIT" in licence
    assert ("CC-BY-SA-4.0" in licence) == (project in TIERS)
    assert facts["Keywords"]
    assert facts["Requires-Python"] == ">=3.11"
    supported = {f"Programming Language :: Python :: {one}" for one in pythons()}
    assert supported <= set(facts.get_all("Classifier"))
    assert facts["Description-Content-Type"] == "text/markdown"
    for url in facts.get_all("Project-URL") or []:
        assert not re.search(r"example\.|localhost|\.invalid|\.test\b", url), "a made-up host"


def pythons():
    """The Pythons that `nox -s pythons` runs."""
    return re.findall(r'"(3\.\d+)"', re.search(r"PYTHONS = \[(.*)\]", (ROOT / "noxfile.py").read_text("utf-8"))[1])


def test_the_lowest_tier_carries_the_mark_of_types(wheels):
    assert "tinytorch/py.typed" in names(wheels["foundation"])


@pytest.mark.long
def test_built_twice_and_from_the_sdist(repository, tmp_path):
    package = versions.read(repository.foundation)
    made = artefacts.distribute(package, tmp_path)
    assert sorted(path.suffix for path in made) == [".gz", ".whl"]
    artefacts.twine(made)


@pytest.mark.long
def test_other_bytes_are_refused(repository, tmp_path):
    """A build that writes what differs from time to time."""
    hook = repository.foundation / "hatch_build.py"
    code = "import uuid\nPath(HERE / 'src/tinytorch/now.py').write_text(uuid.uuid4().hex)\n"
    hook.write_text(f"{hook.read_text()}\n{code}")
    with pytest.raises(Refused, match=r"tinytorch-foundation: .* built a second time has other bytes"):
        artefacts.distribute(versions.read(repository.foundation), tmp_path)


def test_a_readme_that_does_not_render_is_refused(repository, tmp_path):
    settings = repository.foundation / "pyproject.toml"
    readme = 'readme = { file = "README.md", content-type = "text/x-rst" }'
    settings.write_text(settings.read_text().replace('readme = "README.md"', readme))
    (repository.foundation / "README.md").write_text("`a`_ **\n==\n")
    with pytest.raises(Refused, match="twine check --strict"):
        artefacts.twine([versions.build(repository.foundation, tmp_path)])


def test_the_page_of_changes(tmp_path):
    folder = tmp_path / "packages/foundation"
    folder.mkdir(parents=True)
    for name in ("pyproject.toml", "tier.toml"):
        shutil.copy(ROOT / "packages/foundation" / name, folder)
    (folder / "CHANGELOG.md").write_text(LOG)
    page = artefacts.page([versions.read(folder)])
    learner, instructor, maintainer = re.split(r"(?m)^## ", page)[1:]
    assert learner.startswith("For a learner in the middle of a course\n")
    assert "- The sum is exact." in learner
    assert "Nothing changes for you" in instructor
    assert "- A range." in maintainer
    assert "The old" not in page


def test_sums(tmp_path):
    (tmp_path / "b.whl").write_bytes(b"")
    (tmp_path / "a.zip").write_bytes(b"a")
    (tmp_path / "SHA256SUMS").write_text("old")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    lines = artefacts.sums(tmp_path).splitlines()
    assert [line.split("  ")[1] for line in lines] == ["a.zip", "b.whl"]
    assert lines[1].startswith(empty)
