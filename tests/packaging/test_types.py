"""What editors and type checkers see, and what importing costs."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import shutil
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


CHECKERS = {
    "mypy": [sys.executable, "-m", "mypy", "--strict", "--no-incremental"],
    "basedpyright": [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable],
}


def checked(checker: str, path: Path) -> str:
    """What a type checker says about a program that uses the installed wheels."""
    if any(importlib.util.find_spec(name) is None for name in (checker, "tinytorch")):
        pytest.skip(f"needs {checker} and the installed tiers")
    (path.parent / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    done = subprocess.run([*CHECKERS[checker], path.name], cwd=path.parent, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_users_training_program(checker, tmp_path):
    program = tmp_path / "program.py"
    shutil.copy(Path(__file__).with_name("user_program.py"), program)
    said = checked(checker, program)
    assert "Success: no issues found" in said or "0 errors, 0 warnings" in said, said


REVEALED = """\
import tinytorch
from tinytorch import Tensor, nn
x = Tensor([1.0])
reveal_type(nn.Linear(1, 1)(x))
reveal_type(x.grad)
reveal_type(tinytorch.cat([x]))
reveal_type(x == x)
x.nonsense
nn.Linear(1, 1).weight = 5
"""


@pytest.mark.parametrize("checker", CHECKERS)
def test_types_are_those_that_come(checker, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(REVEALED)
    lines = [line.replace("tinytorch.core.tensor.", "") for line in checked(checker, program).splitlines()]
    said = {int(line.split(":")[1]): line for line in lines if "program.py:" in line}
    assert [said[n].count("Tensor") > 0 for n in (4, 5, 6, 7)] == [True] * 4, said
    assert "Tensor | None" in said[5]
    assert "nonsense" in said[8]
    assert "error" in said[9]


def stub_of(name: str) -> tuple[ast.Module, object]:
    module = importlib.import_module(name)
    stub = Path(str(module.__file__)).with_suffix(".pyi")
    return ast.parse(stub.read_text()), module


WITH_STUBS = [
    "core.tensor",
    "core.autograd",
    "nn.activations",
    "nn.layers",
    "nn.losses",
    "nn.functional",
    "nn.init",
    "nn.more",
    "nn.utils",
    "optim.optimizers",
    "optim.lr_scheduler",
    "training",
    "_names.functions",
    "_names.types",
    "_names.dtypes",
]


@pytest.mark.parametrize("name", WITH_STUBS)
@pytest.mark.skipif(importlib.util.find_spec("tinytorch") is None, reason="needs the installed tiers")
def test_a_stub_has_the_names_and_arguments_of_its_module(name):
    tree, module = stub_of(f"tinytorch.{name}")
    wrong = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            real = getattr(module, node.name, None)
            wrong += [f"{node.name}.{text}" for text in misfits(node.body, real)]
    wrong += misfits([node for node in tree.body if isinstance(node, ast.FunctionDef)], module)
    assert wrong == []


def misfits(nodes: list[ast.stmt], home: object) -> list[str]:
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name != "__getattr__"]
    found = []
    for node in functions:
        real = getattr(home, node.name, None)
        if real is None:
            found.append(f"{node.name} is not there")
        elif callable(real) and not node.decorator_list and "**" not in ast.unparse(node.args):
            mine = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
            theirs = set(inspect.signature(real).parameters)
            if isinstance(home, type) and "numpy_words" not in theirs and not mine - {"self"} <= theirs:
                found.append(f"{node.name} has {theirs}, the stub {mine}")
    return found


@pytest.mark.skipif(importlib.util.find_spec("tinytorch") is None, reason="needs the installed tiers")
def test_the_stub_of_tensor_is_complete():
    tree, module = stub_of("tinytorch.core.tensor")
    (cls,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Tensor"]
    named = {node.name for node in cls.body if isinstance(node, ast.FunctionDef)}
    assert {name for name in dir(module.Tensor) if not name.startswith("_")} <= named


@pytest.mark.skipif(importlib.util.find_spec("tinytorch") is None, reason="needs the installed tiers")
@pytest.mark.parametrize("package", ["tinytorch", "tinytorch.nn"])
def test_editors_see_the_names_that_are_given(package):
    module = importlib.import_module(package)
    absent = importlib.import_module("tinytorch._names.absent")
    folder = Path(str(absent.__file__)).parent
    assert sorted(offered(folder / "offered" / f"{package}.pyi")) == absent.given(package)
    assert all(hasattr(module, name) for name in absent.given(package))


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
