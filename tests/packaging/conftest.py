"""A small repository with two tiers, and environments to install it in.

Nothing in these tiers needs NumPy, so nothing is downloaded: the environments hold what is installed from
here, and find hatchling through PYTHONPATH while something is built.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TENSOR = '''\
# %% [markdown]
# {header}
#
# Some text.

# %%
#| default_exp core.tensor
#| export
import math


# %% solution="tensor"
#| export
#| hint What is a tensor?
#| hint Look at __init__.
#| hint One line.
class Tensor:
    """A number."""

    def __init__(self, data):
        ### BEGIN SOLUTION
        self.data = data
        ### END SOLUTION


def tensor(data):
    return Tensor(data)

# %% test="tensor" points=5
def test_tensor():
    assert Tensor(1).data == 1

test_tensor()

# %%
#| export
awake = []
'''


def module(target: str, code: str) -> str:
    """A module file with one exported cell."""
    head = f"# %%\n#| default_exp {target}\n\n# %%\n#| export\n"
    return f"{head}{textwrap.dedent(code)}\n# %%\nprint('not exported')\n"


FOUNDATION = {
    1: ("tensor", "core.tensor", ["Tensor", "tensor", "awake"], TENSOR),
    2: (
        "activations",
        "nn.activations",
        ["ReLU", "Softmax"],
        module("nn.activations", "class ReLU: pass\nclass Softmax: pass\n"),
    ),
    3: (
        "layers",
        "nn.layers",
        ["Linear"],
        module(
            "nn.layers", "from tinytorch.core.tensor import Tensor\nclass Linear:\n    weight = Tensor(0)\n"
        ),
    ),
    5: (
        "autograd",
        "core.autograd",
        ["enable_autograd"],
        module(
            "core.autograd",
            "from tinytorch.core.tensor import awake\ndef enable_autograd():\n    awake.append(True)\n",
        ),
    ),
    7: ("training", "training", ["Trainer"], module("training", "class Trainer: pass\n")),
}
ROBOTICS = {
    101: (
        "arm",
        "nn.arm",
        ["Arm"],
        module("nn.arm", "from tinytorch.nn import Linear\nclass Arm:\n    joint = Linear()\n"),
    ),
    102: ("gripper", "robotics.gripper", ["Gripper"], module("robotics.gripper", "class Gripper: pass\n")),
}

Modules = Mapping[int, tuple[str, str, list[str], str]]


class Repository:
    """`packages/foundation`, `packages/robotics` and the tangler of `packages/course`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(
            ROOT / "packages/course/src/tinytorch_course/tangle",
            root / "packages/course/src/tinytorch_course/tangle",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (root / "packages/course/src/tinytorch_course/__init__.py").touch()
        self.foundation = self.tier("foundation", 1, FOUNDATION)
        self.robotics = self.tier("robotics", 9, ROBOTICS)
        own = self.robotics / "src/tinytorch/robotics/__init__.py"
        own.parent.mkdir(parents=True)
        shutil.copy(ROOT / "packages/foundation/src/tinytorch/nn/__init__.py", own)
        real = ROOT / "packages/foundation/src/tinytorch"
        for name in ("__init__.py", "_lazy.py", "_names", "py.typed", "core", "nn", "optim"):
            target = self.foundation / "src/tinytorch" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (real / name).is_dir():
                shutil.copytree(real / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(real / name, target)

    module = staticmethod(module)

    def sources(self, *numbers: int) -> dict[int, Path]:
        """Foundation's module files, all of them or those with these numbers."""
        files = {int(path.name[:2]): path for path in sorted((self.foundation / "modules").iterdir())}
        return {number: files[number] for number in numbers or files}

    def tier(self, name: str, order: int, modules: Modules) -> Path:
        """Write a tier's project; the build files are the real foundation's, renamed."""
        folder = self.root / "packages" / name
        (folder / "modules").mkdir(parents=True)
        (folder / "tests").mkdir()
        (folder / "tests" / "test_all.py").write_text("def test_all(): pass\n")
        for file in ("hatch_build.py", "LICENSE", "LICENSE-prose", "README.md"):
            shutil.copy(ROOT / "packages/foundation" / file, folder)
        settings = (ROOT / "packages/foundation/pyproject.toml").read_text()
        settings = re.sub(
            r"(?m)^dependencies = .*", "dependencies = []", settings.replace("foundation", name)
        )
        settings = re.sub(r"(?m)^version = .*", 'version = "0.1.0"', settings)
        (folder / "pyproject.toml").write_text(settings)
        (folder / "tier.toml").write_text(manifest(name, order, modules))
        for number, (stem, _, _, text) in modules.items():
            (folder / "modules" / f"{number:02d}_{stem}.py").write_text(text)
        return folder


def manifest(name: str, order: int, modules: Modules) -> str:
    """A tier.toml."""
    text = f'[tier]\nname = "{name}"\ntitle = "{name.title()}"\norder = {order}\n'
    for number, (stem, target, exports, _) in modules.items():
        extra = 'on_import = "enable_autograd"\n' if "enable_autograd" in exports else ""
        text += (
            f'\n[[module]]\nnumber = {number}\nname = "{stem}"\ntitle = "{stem.title()}"\n'
            f'target = "{target}"\n'
            f"needs = {[] if number == 1 else [1]}\nexports = {exports}\npoints = 10\n{extra}"
            'teaches = { ml = "a", systems = "b" }\ncovers = []\n'
            "budget = { seconds = 10, megabytes = 300 }\nunlocks = []\n"
        )
    return text.replace("'", '"')


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hatchling and what it imports, and nothing else of this environment."""
    folder = tmp_path_factory.mktemp("backend")
    for name in ("hatchling", "packaging", "pathspec", "pluggy", "trove_classifiers"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (folder / name).symlink_to(Path(spec.origin).parent, target_is_directory=True)
    return folder


def run_hatchling(
    project: Path, out: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """`hatchling build`, in the project's folder."""
    command = [sys.executable, "-P", "-m", "hatchling", "build", "-d", str(out), *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HATCH_")}
    return subprocess.run(
        command, cwd=project, env=environment | settings, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def hatchling() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`hatchling build`, with its result as it is."""
    return run_hatchling


@pytest.fixture(scope="session")
def build() -> Callable[..., Path]:
    """Build a wheel (or, with `-t sdist`, an sdist) and return it."""

    def build(project: Path, out: Path, *arguments: str) -> Path:
        done = run_hatchling(project, out, *(arguments or ("-t", "wheel")))
        assert done.returncode == 0, done.stdout + done.stderr
        return Path(done.stdout.split()[-1] if done.stdout.strip() else done.stderr.split()[-1])

    return build


class Environment:
    """A virtual environment."""

    def __init__(self, folder: Path, backend: Path) -> None:
        self.folder, self.backend = folder, backend
        if uv := installer():
            run([*uv, "venv", "-q", "--python", sys.executable, str(folder)])
        else:
            run([sys.executable, "-m", "venv", str(folder)])
        self.python = next(path for path in folder.glob("*/python*") if path.stem == "python")
        self.empty = folder / "empty"
        self.empty.mkdir()

    def install(self, *what: Path | str) -> None:
        """Install by path, without dependencies and without a network; "-e" makes the next one editable."""
        uv = installer()
        head = [*uv, "pip"] if uv else [str(self.python), "-m", "pip", "-q", "--disable-pip-version-check"]
        tail = ["-q", "--no-cache", "--python", str(self.python)] if uv else []
        run(
            [*head, "install", *tail, "--no-deps", "--no-build-isolation", *map(str, what)],
            env={**os.environ, "PYTHONPATH": str(self.backend)},
        )

    def uninstall(self, name: str) -> None:
        uv = installer()
        head = [*uv, "pip"] if uv else [str(self.python), "-m", "pip", "-q", "--disable-pip-version-check"]
        run([*head, "uninstall", *(["-q", "--python", str(self.python)] if uv else ["-y"]), name])

    def pip(self, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
        """`pip` or `uv pip` as somebody would type it, with its result as it is."""
        uv = installer()
        head = [*uv, "pip"] if uv else [sys.executable, "-m", "pip", "--python", str(self.python)]
        target = ["--python", str(self.python)] if uv else []
        command = [*head, str(arguments[0]), *target, *map(str, arguments[1:])]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def run(self, code: str) -> str:
        """What `code` prints, run from an empty folder with nothing but what is installed on the path."""
        return run([str(self.python), "-P", "-W", "error", "-c", textwrap.dedent(code)], cwd=self.empty)


def installer() -> list[str]:
    """uv if it is there: ten times as fast as pip."""
    if found := shutil.which("uv"):
        return [found]
    return [sys.executable, "-m", "uv"] if importlib.util.find_spec("uv") else []


def run(command: list[str], **settings: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    output: str = done.stdout
    return output


@pytest.fixture
def environment(tmp_path: Path, backend: Path) -> Environment:
    return Environment(tmp_path / "environment", backend)


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., str]:
    """Run code against folders on the path, in a fresh process; its output, and an error's last line."""

    def python(code: str, *path: Path, warn: str = "error") -> str:
        setup = f"import sys\nsys.path[:0] = {[str(folder) for folder in path]!r}\n"
        command = [sys.executable, "-P", "-S", "-W", warn, "-c", setup + textwrap.dedent(code)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        last = done.stderr.strip().splitlines()[-1:] if done.returncode else []
        return "\n".join([*done.stdout.splitlines(), *last])

    return python
