"""What editors and type checkers see, and what importing costs."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tinytorch_course.student import build_tree
from tinytorch_course.tangle.manifest import read_tier
from tinytorch_course.tangle.tangler import find_sources

FOUNDATION = Path(__file__).resolve().parents[2] / "packages/foundation"


def offered(stub: Path) -> set[str]:
    """The names that a stub re-exports (`x as x`)."""
    imports = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
    return {alias.asname for node in imports for alias in node.names if alias.asname}


@pytest.mark.parametrize("package", ["", "core", "nn", "optim"])
def test_stubs_say_what_the_packages_offer(repository, python, tmp_path, package):
    build_tree(repository.foundation, repository.sources(), tmp_path / "build")
    build_tree(repository.robotics, {101: repository.robotics / "modules/101_arm.py"}, tmp_path / "build")
    name = f"tinytorch.{package}".rstrip(".")
    said = python(
        f"import {name} as p\nprint(*[n for n in dir(p) if not n.startswith('_')])", tmp_path / "build"
    )
    stub = tmp_path / "build" / name.replace(".", "/") / "__init__.pyi"
    # a tier that this one knows is offered to editors whether it is installed or not
    assert offered(stub) - {"robotics"} == set(said.split()) - {"robotics"}


def test_packages_with_code_of_their_own_have_no_stub(repository, tmp_path):
    own = repository.foundation / "src/tinytorch/datasets/__init__.py"
    own.parent.mkdir()
    own.write_text("Digits = 1\n")
    build_tree(repository.foundation, repository.sources(), tmp_path / "build")
    assert not (tmp_path / "build/tinytorch/datasets/__init__.pyi").exists()
    assert "datasets" in offered(tmp_path / "build/tinytorch/__init__.pyi")


def test_datasets_of_every_tier_are_in_the_stub(tmp_path):
    build_tree(FOUNDATION, find_sources(read_tier(FOUNDATION), FOUNDATION / "modules"), tmp_path)
    stub = offered(tmp_path / "tinytorch/datasets/__init__.pyi")
    assert {"TinyDigits", "MNIST", "TinyTalks", "tinydigits"} <= stub


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="needs mypy")
def test_mypy_sees_the_classes(repository, environment, build, tmp_path):
    """From wheels: a type checker does not follow a package over two editable folders."""
    site = next(environment.folder.glob("**/site-packages"))
    for project in (repository.foundation, repository.robotics):
        zipfile.ZipFile(build(project, tmp_path)).extractall(site)
    code = tmp_path / "code.py"
    code.write_text(
        "import tinytorch\nfrom tinytorch.nn import Arm, ReLU\n"
        "reveal_type(Arm)\nreveal_type(tinytorch.Tensor)\nReLU.x\n"
    )
    command = [sys.executable, "-m", "mypy", "--python-executable", str(environment.python), str(code)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert 'Revealed type is "type[tinytorch.nn.arm.Arm]"' in said.replace("def () -> ", "type[").replace(
        'Arm"', 'Arm]"'
    )
    assert "Tensor" in said
    assert '"type[ReLU]" has no attribute "x"' in said


def test_importing_reads_little(tmp_path):
    """What has to be read is counted; the bench holds the time."""
    build_tree(FOUNDATION, find_sources(read_tier(FOUNDATION), FOUNDATION / "modules"), tmp_path)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import numpy\n"
    code += "before = set(sys.modules); import tinytorch; print(*(set(sys.modules) - before))"
    command = [sys.executable, "-P", "-c", code]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in read if name.startswith("tinytorch.core.")} == {
        "tinytorch.core.tensor",
        "tinytorch.core.autograd",
    }
    assert "safetensors" not in read
    assert len(read) < 60
