"""Installing by name from a folder of several versions, which is an index of files."""

from __future__ import annotations

import re

import pytest

VERSIONS = {"foundation": ["0.1.0", "0.1.1", "0.2.0"], "robotics": ["0.1.0"]}


@pytest.fixture
def index(repository, build, tmp_path):
    """Three versions of foundation, and robotics, which needs one below 0.2."""
    folder = tmp_path / "index"
    for name, versions in VERSIONS.items():
        settings = repository.root / "packages" / name / "pyproject.toml"
        text = settings.read_text()
        if name == "robotics":
            text = text.replace("dependencies = []", 'dependencies = ["tinytorch-foundation>=0.1.1,<0.2"]')
        for version in versions:
            settings.write_text(re.sub(r"(?m)^version = .*", f'version = "{version}"', text))
            build(settings.parent, folder)
    return folder


def test_a_set_that_works_together_is_picked(index, environment):
    done = environment.pip("install", "--no-index", "--find-links", index, "tinytorch-robotics")
    assert done.returncode == 0, done.stderr
    code = "import importlib.metadata as m; print(*(m.version(f'tinytorch-{n}') for n in ('foundation', 'robotics')))"
    assert environment.run(code) == "0.1.1 0.1.0\n"
    assert environment.pip("check").returncode == 0
    environment.uninstall("tinytorch-foundation")
    assert environment.pip("check").returncode != 0


@pytest.mark.long
def test_a_tier_without_the_others_at_hand(index, environment):
    for path in index.glob("tinytorch_foundation-*"):
        path.unlink()
    done = environment.pip("install", "--no-index", "--find-links", index, "tinytorch-robotics")
    assert done.returncode != 0
    assert "tinytorch-foundation" in done.stdout + done.stderr


@pytest.mark.long
def test_a_later_tier_that_is_not_allowed_is_refused(index, environment):
    wanted = ["tinytorch-robotics", "tinytorch-foundation==0.2.0"]
    done = environment.pip("install", "--no-index", "--find-links", index, *wanted)
    assert done.returncode != 0
    assert re.search(r"tinytorch-foundation.*<0\.2", (done.stdout + done.stderr).replace("\n", " "))
