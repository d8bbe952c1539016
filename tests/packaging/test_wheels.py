"""What a tier's wheel holds, and that its bytes depend on the sources alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tinytorch_course.student import BuildError, build_wheel

ROOT = Path(__file__).resolve().parents[2]


def unpack(sdist: Path, out: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(out, filter="data")
    return next(out.iterdir())


def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def read(wheel: Path, name: str) -> str:
    return zipfile.ZipFile(wheel).read(name).decode()


def test_the_same_bytes_from_clone_sdist_and_a_second_time(repository, build, tmp_path):
    project = repository.foundation
    first = build(project, tmp_path / "1").read_bytes()
    sdist = build(project, tmp_path / "s", "-t", "sdist")
    again = build(project, tmp_path / "s2", "-t", "sdist")
    assert sdist.read_bytes() == again.read_bytes()
    # away from the repository: neither the tangler nor the other tiers' manifests are beside it
    away = unpack(sdist, tmp_path / "away")
    assert build(away, tmp_path / "2").read_bytes() == first
    nested = unpack(build(away, tmp_path / "s3", "-t", "sdist"), tmp_path / "far")
    assert build(nested, tmp_path / "3").read_bytes() == first
    (project / "src/tinytorch/nn/__pycache__").mkdir()
    (project / "src/tinytorch/nn/__pycache__/x.pyc").touch()
    (project / "modules/.ipynb_checkpoints").mkdir()
    assert build(project, tmp_path / "4").read_bytes() == first


def test_a_sdist_brings_the_tangler(repository, tmp_path, build):
    sdist = build(repository.foundation, tmp_path / "out", "-t", "sdist")
    support = unpack(sdist, tmp_path / "away") / "_build_support"
    found = sorted(path.relative_to(support).as_posix() for path in support.rglob("*.*"))
    assert found[0] == "catalog/robotics.toml"
    assert "tinytorch_tangle/hook.py" in found
    imports = "".join(path.read_text() for path in support.glob("*/*.py") if path.name != "hook.py")
    modules = set(re.findall(r"(?m)^\s*(?:from|import) ([a-z_]+)", imports))
    assert modules <= sys.stdlib_module_names


def test_what_a_wheel_holds(repository, build, tmp_path):
    held = names(build(repository.foundation, tmp_path))
    package = {name for name in held if name.startswith("tinytorch/")}
    source = repository.foundation / "src"
    ordinary = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert {"tinytorch/__init__.py", "tinytorch/_lazy.py", "tinytorch/py.typed"} < ordinary
    assert package == ordinary | {
        "tinytorch/__init__.pyi",
        "tinytorch/_tiers/foundation.py",
        "tinytorch/core/__init__.pyi",
        "tinytorch/core/autograd.py",
        "tinytorch/core/tensor.py",
        "tinytorch/nn/__init__.pyi",
        "tinytorch/nn/activations.py",
        "tinytorch/nn/layers.py",
        "tinytorch/optim/__init__.pyi",
        "tinytorch/training.py",
    }
    project = {name.removeprefix("tinytorch_foundation/project/") for name in held if "/project/" in name}
    assert project >= {
        "pyproject.toml",
        "hatch_build.py",
        "tier.toml",
        "README.md",
        "LICENSE",
        "tests/test_all.py",
    }
    assert project >= {
        "modules/01_tensor.py",
        "src/tinytorch/_lazy.py",
        "_build_support/catalog/robotics.toml",
    }
    information = {name.partition(".dist-info/")[2] for name in held if ".dist-info/" in name}
    assert information >= {"licenses/LICENSE", "licenses/LICENSE-prose", "entry_points.txt"}


def test_tiers_do_not_ship_each_others_files(repository, build, tmp_path):
    foundation = names(build(repository.foundation, tmp_path))
    robotics = names(build(repository.robotics, tmp_path))
    assert not foundation & robotics


def test_no_path_of_this_machine_gets_in(repository, build, tmp_path):
    wheel = build(repository.foundation, tmp_path)
    for name in names(wheel):
        assert str(tmp_path).encode() not in zipfile.ZipFile(wheel).read(name), name


def test_without_the_hook_the_build_fails(repository, hatchling, tmp_path):
    done = hatchling(repository.foundation, tmp_path / "out", "-t", "wheel", HATCH_BUILD_NO_HOOKS="1")
    assert done.returncode != 0
    assert "Unable to determine which files to ship" in done.stderr
    assert not list((tmp_path / "out").glob("*.whl"))


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "02_activations.py",
            "# %%\n#| default_exp ../../evil\n",
            "02_activations.py:2: '#| default_exp ../../evil' is refused",
        ),
        ("02_activations.py", "# %%\n#| default_exp nn.layers\n", "is refused: module 02 is nn.activations"),
        (
            "02_activations.py",
            "# %%\n#| default_exp nn.activations\n#| export\nx = (\n",
            "02_activations.py:4: the code does not parse",
        ),
        ("02_activation.py", "", "02_activation.py: is no module of tinytorch-foundation"),
        (
            "02_activations.ipynb",
            "{}",
            "02_activations.py: there is 02_activations.ipynb too: keep one of the two",
        ),
    ],
)
def test_a_reference_that_is_wrong_does_not_build(repository, hatchling, tmp_path, file, text, message):
    (repository.foundation / "modules" / file).write_text(text)
    done = hatchling(repository.foundation, tmp_path / "out", "-t", "wheel")
    assert done.returncode != 0
    assert message in done.stderr
    assert not list(tmp_path.rglob("*evil*"))


def test_a_tier_with_some_of_its_modules_builds(repository, build, tmp_path):
    for path in repository.sources(3, 7).values():
        path.unlink()
    wheel = build(repository.foundation, tmp_path)
    assert "tinytorch/nn/layers.py" not in names(wheel)
    assert "Linear" not in read(wheel, "tinytorch/nn/__init__.pyi")
    for path in repository.sources().values():
        path.unlink()
    with pytest.raises(AssertionError, match="modules/ holds no module"):
        build(repository.foundation, tmp_path)


def test_a_tier_cannot_take_what_belongs_to_another(repository, hatchling, tmp_path):
    manifest = repository.robotics / "tier.toml"
    manifest.write_text(manifest.read_text().replace('"nn.arm"', '"nn.layers"'))
    done = hatchling(repository.robotics, tmp_path / "out", "-t", "wheel")
    assert "tinytorch.nn.layers belongs to module 03 (Layers)" in done.stderr


def test_a_students_wheel(repository, tmp_path):
    sources = repository.sources(1, 2)
    first = build_wheel(repository.foundation, sources, tmp_path / "1")
    assert re.fullmatch(r"tinytorch_foundation-0\.1\.0\+student\.[0-9a-f]{8}-py3-none-any\.whl", first.name)
    assert build_wheel(repository.foundation, sources, tmp_path / "2").read_bytes() == first.read_bytes()
    assert "tinytorch/nn/layers.py" not in names(first)
    assert "BUILD = 'student'" in read(first, "tinytorch/_tiers/foundation.py")
    sources[2].write_text(sources[2].read_text() + "# more\n")
    assert build_wheel(repository.foundation, sources, tmp_path / "3").name != first.name


def test_a_students_wheel_says_who_wrote_each_module(repository, tmp_path):
    def authors(lent):
        wheel = build_wheel(repository.foundation, repository.sources(1, 2), tmp_path, lent)
        names: dict[str, list] = {}
        exec(read(wheel, "tinytorch/_tiers/foundation.py"), names)
        return {facts["number"]: facts["by"] for facts in names["MODULES"] if facts["present"]}

    assert authors(lent=[]) == {1: "learner", 2: "learner"}
    assert authors(lent=[2]) == {1: "learner", 2: "reference"}


def test_a_students_wheel_from_what_a_wheel_carries(repository, build, tmp_path):
    """The tool works from the installed tier: no clone, no sdist, and with nothing in modules/."""
    expected = build_wheel(repository.foundation, repository.sources(1, 2), tmp_path / "1")
    with zipfile.ZipFile(build(repository.foundation, tmp_path)) as archive:
        archive.extractall(tmp_path / "site")
    project = tmp_path / "site/tinytorch_foundation/project"
    for path in (project / "modules").iterdir():
        path.unlink()
    again = build_wheel(project, repository.sources(1, 2), tmp_path / "2")
    assert again.read_bytes() == expected.read_bytes()


def test_what_a_wheel_carries_builds_the_same_wheel(repository, build, tmp_path):
    """With the tangler of the installed tool, the third place where the shim looks."""
    first = build(repository.foundation, tmp_path / "1")
    with zipfile.ZipFile(first) as archive:
        archive.extractall(tmp_path / "site")
    again = build(tmp_path / "site/tinytorch_foundation/project", tmp_path / "2")
    assert again.read_bytes() == first.read_bytes()


def test_nothing_of_the_students_runs_at_build_time(repository, tmp_path):
    mark = tmp_path / "ran"
    text = repository.module("nn.activations", f"open({str(mark)!r}, 'w')\n")
    (tmp_path / "02_activations.py").write_text(text)
    for name in ("hatchling", "tomllib", "conftest"):  # beside the module: must not be imported either
        (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')\n")
    build_wheel(repository.foundation, {2: tmp_path / "02_activations.py"}, tmp_path / "out")
    assert not mark.exists()


def test_a_students_broken_module_does_not_stop_the_build(repository, tmp_path):
    (tmp_path / "a.py").write_text("# %%\n#| default_exp ../../../evil\n#| export\nx = 1\n")
    (tmp_path / "b.ipynb").write_text("{")
    sources = {**repository.sources(1), 2: tmp_path / "a.py", 3: tmp_path / "b.ipynb"}
    wheel = build_wheel(repository.foundation, sources, tmp_path / "out")
    assert "modules/02_activations.py:2: '#| default_exp ../../../evil' is refused" in read(
        wheel, "tinytorch/nn/activations.py"
    )
    assert "03_layers.ipynb:1: is not a notebook" in read(wheel, "tinytorch/nn/layers.py")
    assert not list(tmp_path.parent.rglob("*evil*"))


def test_what_cannot_be_a_source(repository, tmp_path):
    with pytest.raises(ValueError, match="has no module 42"):
        build_wheel(repository.foundation, {42: tmp_path / "x.py"}, tmp_path)
    with pytest.raises(ValueError, match=r"neither \.py nor \.ipynb"):
        build_wheel(repository.foundation, {2: tmp_path / "x.txt"}, tmp_path)
    (repository.foundation / "hatch_build.py").write_text("raise OSError('no build')\n")
    with pytest.raises(BuildError, match="no build"):
        build_wheel(repository.foundation, repository.sources(1), tmp_path)


# -- the real packages -------------------------------------------------------------------------------------


def test_foundation_is_the_same_from_clone_and_sdist(build, tmp_path):
    project = ROOT / "packages/foundation"
    first = build(project, tmp_path / "1")
    away = unpack(build(project, tmp_path / "s", "-t", "sdist"), tmp_path / "away")
    assert build(away, tmp_path / "2").read_bytes() == first.read_bytes()
    assert "tinytorch/datasets/tinydigits.npz" in names(first)


def inside(wheel, name):
    """The path of one of the files that describe the distribution."""
    return next(path for path in names(wheel) if path.endswith(f".dist-info/{name}"))


def competition():
    """What stands in capstone/, without the submissions and without what only a maintainer runs."""
    files = [path.relative_to(ROOT) for path in (ROOT / "capstone").rglob("*") if path.is_file()]
    carried = {"README.md", "reference.py", "tracks", "baselines", "entries"}
    kept = [path for path in files if path.parts[1] in carried and "__pycache__" not in path.parts]
    assert {path.parts[1] for path in kept} == carried
    return {f"tinytorch_course/{path.as_posix()}" for path in kept}


def test_course_carries_the_milestones_and_the_competition(build, tmp_path):
    project = ROOT / "packages/course"
    first = build(project, tmp_path / "1")
    away = unpack(build(project, tmp_path / "s", "-t", "sdist"), tmp_path / "away")
    assert build(away, tmp_path / "2").read_bytes() == first.read_bytes()
    expected = {
        f"tinytorch_course/milestones/{path.name}" for path in (ROOT / "milestones").glob("[0-9]*.py")
    }
    assert {name for name in names(first) if "/milestones/" in name} == expected
    assert expected
    assert {name for name in names(first) if "/capstone/" in name} == competition()
    assert "tt = tinytorch_course.cli:main" in read(first, inside(first, "entry_points.txt"))


def test_the_capstone_carries_its_schema(build, tmp_path):
    project = ROOT / "packages/capstone"
    first = build(project, tmp_path / "1")
    away = unpack(build(project, tmp_path / "s", "-t", "sdist"), tmp_path / "away")
    assert build(away, tmp_path / "2").read_bytes() == first.read_bytes()
    assert {"tinytorch/capstone.py", "tinytorch/schemas/submission-1.json"} <= names(first)
    assert "jsonschema>=4.23" in read(first, inside(first, "METADATA"))


@pytest.mark.parametrize("package", ["foundation", "capstone", "course"])
def test_licences(package):
    """Copies, since a package cannot be built with files from above its folder."""
    for path in (ROOT / "packages" / package).glob("LICENSE*"):
        assert path.read_text() == (ROOT / path.name).read_text()


def test_every_tier_has_the_same_shim():
    shims = {
        path.read_text()
        for path in ROOT.glob("packages/*/hatch_build.py")
        if (path.parent / "tier.toml").exists()
    }
    assert len(shims) == 1


def test_the_tangler_imports_without_the_tool(tmp_path):
    """It runs where neither the tool nor its dependencies are installed."""
    tangle = ROOT / "packages/course/src/tinytorch_course/tangle"
    code = f"import sys; sys.path.insert(0, {str(tangle.parent)!r}); import tangle.project, tangle.tangler"
    subprocess.run([sys.executable, "-P", "-S", "-W", "error", "-c", code], check=True, cwd=tmp_path)
